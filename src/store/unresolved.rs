//! Mails that wait for a person, and what the person decides. The line of intake keeps who decided, when and how;
//! what is made or linked is written in the same transaction. Of two people who decide at once the first counts.

use super::changes::claim;
use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Page, Result, Store, write};
use crate::crm::duplicate::Keys;
use crate::crm::plan::Target;
use jiff::Timestamp;
use postgres::Transaction;
use serde::Serialize;
use uuid::Uuid;

/// A mail that waits.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct UnresolvedLine {
    pub id: Uuid,
    pub received_at: Timestamp,
    pub inbox: String,
    pub mail_from: String,
    pub subject: Option<String>,
    /// Stable name of what makes it wait.
    pub cause: Option<String>,
    /// The same for people.
    pub reason: String,
    pub mail_id: Option<Uuid>,
    /// The user on whose authority it came.
    pub user: Option<String>,
    /// Codes of records and tickets, names and ids of contacts that it could belong to.
    pub candidates: Vec<String>,
}

/// A contact to make out of a mail that waits.
#[derive(Debug, Clone, Default)]
pub struct ContactFromMail {
    /// Name.
    pub name: String,
    /// Addresses.
    pub keys: Keys,
    /// Owner; else whoever makes it, else the owner that the rules chose.
    pub owner: Option<Uuid>,
    /// Series and title of the lead that is opened with it.
    pub lead: Option<(String, String)>,
}

impl Store {
    /// Mails that wait, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn unresolved_list(
        &self,
        cause: Option<&str>,
        inbox: Option<&str>,
        page: Page,
    ) -> Result<Vec<UnresolvedLine>> {
        let (cause, inbox) = (gate_option(cause, SHORT), gate_option(inbox, SHORT));
        let sql = include_str!("sql/unresolved_list.sql");
        let own = self.own_lines_only()?;
        let rows = self.connection()?.query(sql, &[&page.before, &cause, &inbox, &page.limit, &own])?;
        let line = |row: &postgres::Row| UnresolvedLine {
            id: row.get(0),
            received_at: row.get(1),
            inbox: row.get(2),
            mail_from: row.get(3),
            subject: row.get(4),
            cause: row.get(5),
            reason: row.get(6),
            mail_id: row.get(7),
            user: row.get(8),
            candidates: row.get(9),
        };
        Ok(rows.iter().map(line).collect())
    }

    /// Name and address of whoever wrote a mail.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_author(&self, mail: Uuid) -> Result<Option<(Option<String>, String)>> {
        let row = self.connection()?.query_opt(include_str!("sql/unresolved_author.sql"), &[&mail])?;
        Ok(row.map(|row| (row.get(0), row.get(1))))
    }

    /// Links the mail to what a person named.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a line that does not wait.
    pub fn unresolved_link(&self, id: Uuid, target: Target, resolution: &str) -> Result<()> {
        let (contacts, record, ticket) = match target {
            Target::Contact(contact) => (vec![contact], None, None),
            Target::Record(record) => (Vec::new(), Some(record), None),
            Target::Ticket(ticket) => (Vec::new(), None, Some(ticket)),
        };
        self.decide(id, resolution, |t, mail, _| link(t, mail, &contacts, record, ticket))
    }

    /// Makes a contact, with a lead if one is wanted, and links the mail to them; returns the contact's id and the
    /// lead's code.
    ///
    /// # Errors
    /// As [`Store::unresolved_link`]; [`Error::InUse`] with the holder of the address.
    pub fn unresolved_contact(
        &self,
        id: Uuid,
        new: &ContactFromMail,
        resolution: &str,
    ) -> Result<(Uuid, Option<String>)> {
        let contact = Uuid::now_v7();
        self.decide(id, resolution, |t, mail, owner| {
            t.execute(include_str!("sql/contact_add.sql"), &[&contact, &gate(&new.name, SHORT)])?;
            claim(t, contact, &new.keys, false)?;
            t.execute(include_str!("sql/contact_from_mail.sql"), &[&contact, &owner, &new.owner])?;
            let lead = match &new.lead {
                Some((series, title)) => Some(open_lead(t, contact, series, title)?),
                None => None,
            };
            link(t, mail, &[contact], lead.as_ref().map(|(id, _)| *id), None)?;
            Ok((contact, lead.map(|(_, code)| code)))
        })
    }

    /// Nothing is to come of it.
    ///
    /// # Errors
    /// As [`Store::unresolved_link`].
    pub fn unresolved_dismiss(&self, id: Uuid, resolution: &str) -> Result<()> {
        self.decide(id, resolution, |_, _, _| Ok(()))
    }

    /// Nothing is to come of all that wait for one cause and came no later than `newest`; returns how many.
    ///
    /// # Errors
    /// The database's.
    pub fn unresolved_dismiss_all(
        &self,
        cause: &str,
        inbox: Option<&str>,
        newest: Uuid,
        resolution: &str,
    ) -> Result<u64> {
        let (resolution, inbox) = (gate(resolution, LINE), gate_option(inbox, SHORT));
        let sql = include_str!("sql/unresolved_dismiss.sql");
        Ok(self.connection()?.execute(sql, &[&cause, &resolution, &newest, &inbox])?)
    }

    /// Takes the line and does with its mail what was decided, in one transaction.
    fn decide<T>(
        &self,
        id: Uuid,
        resolution: &str,
        act: impl FnOnce(&mut Transaction<'_>, Uuid, Option<Uuid>) -> Result<T>,
    ) -> Result<T> {
        let resolution = gate(resolution, LINE);
        let done = self.transaction(|t| {
            let row = t.query_opt(include_str!("sql/unresolved_claim.sql"), &[&id, &resolution])?;
            let Some(row) = row else { return Ok(None) };
            let mail: Option<Uuid> = row.get(0);
            let mail = mail.ok_or_else(|| Error::Invalid(format!("the mail of line {id} is not stored")))?;
            act(t, mail, row.get(1)).map(Some)
        })?;
        match done {
            Some(done) => Ok(done),
            None => Err(self.not_waiting(id)?),
        }
    }

    /// Why a line does not wait.
    fn not_waiting(&self, id: Uuid) -> Result<Error> {
        let line = self.intake_show(id)?;
        let what = match &line.resolution {
            Some(resolution) => format!("it was {resolution}"),
            None => format!("it is `{}`", line.outcome),
        };
        Ok(Error::Invalid(format!("line {id} does not wait: {what}")))
    }
}

fn link(
    t: &mut Transaction<'_>,
    mail: Uuid,
    contacts: &[Uuid],
    record: Option<Uuid>,
    ticket: Option<Uuid>,
) -> Result<()> {
    t.execute(include_str!("sql/link_by_hand.sql"), &[&mail, &contacts, &record, &ticket])?;
    Ok(())
}

fn open_lead(t: &mut Transaction<'_>, contact: Uuid, series: &str, title: &str) -> Result<(Uuid, String)> {
    let id = Uuid::now_v7();
    let mut codes = write::allot(t, &[(id, series, false)])?;
    let (series, code) = codes.remove(&id).ok_or_else(|| Error::Invalid(format!("no series {series}")))?;
    let contacts = [contact];
    t.execute(
        include_str!("sql/record_add.sql"),
        &[&id, &"lead", &code, &series, &None::<String>, &gate(title, LINE), &None::<Uuid>, &&contacts[..]],
    )?;
    t.execute(include_str!("sql/record_party_insert.sql"), &[&&[id][..], &&contacts[..]])?;
    Ok((id, code))
}
