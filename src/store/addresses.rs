//! Addresses to which nothing is sent: their page, and switching them off and on by hand (row W16). What switches
//! them off by itself is in `returned`.
//!
//! Row-level security decides whose addresses a user sees and changes: those of the contacts that the user sees.

use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Result, Store};
use jiff::Timestamp;
use postgres::error::SqlState;
use serde::Serialize;
use uuid::Uuid;

/// What stands of an address.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Address {
    pub address: String,
    pub off_at: Option<Timestamp>,
    /// `bounce`, `full`, `complaint`, `unsubscribe` or `hand`.
    pub reason: Option<String>,
    pub note: Option<String>,
    /// The message that said so.
    pub mail_id: Option<Uuid>,
    pub off_by: Option<String>,
    /// Letters that found the mailbox full.
    pub soft_failures: i32,
    pub reactivated_at: Option<Timestamp>,
    pub reactivated_by: Option<String>,
    /// Names of the contacts that have it.
    pub contacts: Vec<String>,
    pub consents: Vec<AddressConsent>,
    /// What came back of letters to it.
    pub reports: Vec<AddressReport>,
    /// What people did to it.
    pub history: Vec<AddressEvent>,
}

/// A recorded consent.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct AddressConsent {
    pub id: Uuid,
    pub purpose: String,
    pub evidence: String,
    pub given_at: Timestamp,
    pub recorded_at: Timestamp,
    pub recorded_by: Option<String>,
    pub withdrawn_at: Option<Timestamp>,
}

/// What came back of a letter.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct AddressReport {
    pub number: i64,
    pub kind: String,
    pub subject: String,
    pub created_at: Timestamp,
    pub report: String,
    pub reported_at: Option<Timestamp>,
    pub report_text: Option<String>,
    pub report_mail_id: Option<Uuid>,
}

/// Switched off or on by a person.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct AddressEvent {
    pub at: Timestamp,
    pub by: String,
    pub off: bool,
}

/// A line of the list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct OffLine {
    /// `None` after an erasure.
    pub address: Option<String>,
    pub off_at: Timestamp,
    pub reason: String,
    pub note: Option<String>,
    pub mail_id: Option<Uuid>,
    pub contacts: Option<String>,
}

/// Which addresses to list.
#[derive(Debug, Clone, Default)]
pub struct AddressFilter {
    /// Only those switched off for this reason.
    pub reason: Option<String>,
    /// Only those switched off before.
    pub before: Option<Timestamp>,
    /// At most so many.
    pub limit: i64,
}

impl Store {
    /// All of a canonical address.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing stands of it and no contact has it, as far as the user sees.
    pub fn address_show(&self, canonical: &str) -> Result<Address> {
        let address = gate(canonical, SHORT);
        let mut connection = self.connection()?;
        let state = connection.query_opt(include_str!("sql/address_state_show.sql"), &[&address])?;
        let holders = connection.query(include_str!("sql/address_holders.sql"), &[&address])?;
        if state.is_none() && holders.is_empty() {
            return Err(unknown(canonical));
        }
        let mut shown = Address { address: canonical.to_owned(), ..Address::default() };
        if let Some(row) = state {
            shown.off_at = row.get(0);
            shown.reason = row.get(1);
            shown.note = row.get(2);
            shown.mail_id = row.get(3);
            shown.off_by = row.get(4);
            shown.soft_failures = row.get(5);
            shown.reactivated_at = row.get(6);
            shown.reactivated_by = row.get(7);
        }
        shown.contacts = holders.iter().map(|row| row.get(1)).collect();
        let consents = connection.query(include_str!("sql/consent_of_address.sql"), &[&address])?;
        shown.consents = consents
            .iter()
            .map(|row| AddressConsent {
                id: row.get(0),
                purpose: row.get(1),
                evidence: row.get(2),
                given_at: row.get(3),
                recorded_at: row.get(4),
                recorded_by: row.get(5),
                withdrawn_at: row.get(6),
            })
            .collect();
        let reports = connection.query(include_str!("sql/outbox_reported.sql"), &[&address])?;
        shown.reports = reports
            .iter()
            .map(|row| AddressReport {
                number: row.get(0),
                kind: row.get(1),
                subject: row.get(2),
                created_at: row.get(3),
                report: row.get(4),
                reported_at: row.get(5),
                report_text: row.get(6),
                report_mail_id: row.get(7),
            })
            .collect();
        let history = connection.query(include_str!("sql/address_state_history.sql"), &[&address])?;
        shown.history = history
            .iter()
            .map(|row| AddressEvent { at: row.get(0), by: row.get(1), off: row.get(2) })
            .collect();
        Ok(shown)
    }

    /// Addresses that are switched off, the last ones first.
    ///
    /// # Errors
    /// The database's.
    pub fn address_list(&self, filter: &AddressFilter) -> Result<Vec<OffLine>> {
        let few = self.few_addresses()?;
        let rows = self.connection()?.query(
            include_str!("sql/address_state_list.sql"),
            &[&filter.reason, &filter.before, &filter.limit, &few],
        )?;
        let line = |row: &postgres::Row| OffLine {
            address: row.get(0),
            off_at: row.get(1),
            reason: row.get(2),
            note: row.get(3),
            mail_id: row.get(4),
            contacts: row.get(5),
        };
        Ok(rows.iter().map(line).collect())
    }

    /// Switches an address off by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is off; [`Error::NotFound`] if it is of no contact that the user sees.
    pub fn address_off(&self, canonical: &str, why: Option<&str>) -> Result<()> {
        let done = self.connection()?.execute(
            include_str!("sql/address_state_by_hand.sql"),
            &[&gate(canonical, SHORT), &gate_option(why, LINE)],
        );
        match done {
            Ok(0) => Err(Error::Invalid(format!(
                "{canonical} is switched off already; `crmctl address show {canonical}` says since when and why"
            ))),
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Err(unknown(canonical)),
            Err(error) => Err(error.into()),
        }
    }

    /// Switches an address on again, and records the consent for it.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] within 30 days of the last time, with the date from which it is possible;
    /// [`Error::Invalid`] if it is on; [`Error::NotFound`] if it is of no contact that the user sees.
    pub fn address_on(&self, canonical: &str, consent: &str) -> Result<()> {
        let address = gate(canonical, SHORT);
        self.transaction(|transaction| {
            let state = transaction.query_opt(include_str!("sql/address_state_lock.sql"), &[&address])?;
            let holders = transaction.query(include_str!("sql/address_holders.sql"), &[&address])?;
            let (state, holder) = (state.as_ref(), holders.first().map(|row| row.get::<_, Uuid>(0)));
            if state.is_none() && holder.is_none() {
                return Err(unknown(canonical));
            }
            let Some(state) = state.filter(|row| row.get::<_, Option<Timestamp>>(0).is_some()) else {
                return Err(Error::Invalid(format!("{canonical} is not switched off: mail goes to it")));
            };
            if let (Some(last), Some(again)) = (state.get::<_, Option<Timestamp>>(1), state.get::<_, Option<Timestamp>>(2))
                && again > Timestamp::now()
            {
                return Err(Error::NotAllowed(format!(
                    "{canonical} was switched on at {} and switched off since; it can be switched on again from {}",
                    shown(last),
                    shown(again)
                )));
            }
            let consent = gate(consent, LINE);
            transaction
                .execute(include_str!("sql/consent_add.sql"), &[&Uuid::now_v7(), &holder, &address, &consent])?;
            transaction.execute(include_str!("sql/address_state_on.sql"), &[&address])?;
            Ok(())
        })
    }
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn unknown(canonical: &str) -> Error {
    Error::NotFound { noun: "contact that you see has", name: canonical.to_owned() }
}
