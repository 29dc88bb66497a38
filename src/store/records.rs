//! Records for people: listed, shown, made by hand.

use super::mails::{MailFilter, MailLine};
use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Page, Result, Store, write};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A record in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct RecordLine {
    pub id: Uuid,
    pub kind: String,
    pub code: String,
    pub external_reference: Option<String>,
    pub title: String,
    pub state: String,
    pub owner: Option<String>,
    pub origin: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Names of the contacts that are parties to it.
    pub contacts: Vec<String>,
}

/// A record with its mails.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Record {
    #[serde(flatten)]
    pub line: RecordLine,
    pub mails: Vec<MailLine>,
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// `lead`, `deal`, …
    pub kind: Option<String>,
    /// `open`, `won`, `lost`, `closed`.
    pub state: Option<String>,
    /// Login of the owner.
    pub owner: Option<String>,
    /// A contact that is a party.
    pub contact: Option<Uuid>,
}

/// A record to make by hand.
#[derive(Debug, Clone, Default)]
pub struct RecordByHand {
    /// `lead`, `deal`, …
    pub kind: String,
    /// Series of its code; the kind in upper case if empty.
    pub series: String,
    /// Its code, if it has one already; else the next of the series.
    pub code: Option<String>,
    /// A form's `Referencia`, a portal's number.
    pub external_reference: Option<String>,
    /// Title.
    pub title: String,
    /// Contacts that are parties to it.
    pub contacts: Vec<Uuid>,
    /// Owner.
    pub owner: Option<Uuid>,
}

impl Store {
    /// Records, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn record_list(&self, filter: &RecordFilter, page: Page) -> Result<Vec<RecordLine>> {
        let [kind, state, owner] =
            [&filter.kind, &filter.state, &filter.owner].map(|text| gate_option(text.as_deref(), SHORT));
        let rows = self.connection()?.query(
            include_str!("sql/record_list.sql"),
            &[&page.before, &kind, &state, &owner, &filter.contact, &page.limit],
        )?;
        Ok(rows.iter().map(line).collect())
    }

    /// A record with its mails, by code, id or external reference.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] naming the records that share an external reference.
    pub fn record_show(&self, key: &str) -> Result<Record> {
        let id = Uuid::try_parse(key).ok();
        let rows =
            self.connection()?.query(include_str!("sql/record_show.sql"), &[&gate(key, SHORT), &id])?;
        let lines: Vec<RecordLine> = rows.iter().map(line).collect();
        let upper = key.to_uppercase();
        let line = match lines.as_slice() {
            [] => return Err(Error::NotFound { noun: "record", name: key.into() }),
            [first, ..] if first.code == upper || lines.len() == 1 => first.clone(),
            several => {
                let codes: Vec<&str> = several.iter().map(|record| record.code.as_str()).collect();
                return Err(Error::Invalid(format!("{key} is the reference of {}", codes.join(", "))));
            }
        };
        let filter = MailFilter { record: Some(line.id), ..MailFilter::default() };
        let mails = self.mail_list(&filter, Page::default())?;
        Ok(Record { line, mails })
    }

    /// Makes a record; returns its code.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty kind or a code that is no word; [`Error::InUse`] if the code is
    /// another record's.
    pub fn record_add(&self, new: &RecordByHand) -> Result<(Uuid, String)> {
        let word = |text: &str| {
            !text.is_empty()
                && text.len() <= 64
                && text.chars().all(|c| c.is_alphanumeric() || "-_/.".contains(c))
        };
        if !word(&new.kind) {
            return Err(Error::Invalid("a record needs a kind: lead, deal, …".into()));
        }
        let series = if new.series.is_empty() { &new.kind } else { &new.series }.to_uppercase();
        if !word(&series) || new.code.as_deref().is_some_and(|code| !word(code)) {
            return Err(Error::Invalid("series and code are words of letters, digits and -_/.".into()));
        }
        let id = Uuid::now_v7();
        let title = gate(&new.title, LINE);
        let reference = gate_option(new.external_reference.as_deref(), SHORT);
        self.transaction(|t| {
            let (series, code) = match &new.code {
                Some(code) => {
                    let code = code.to_uppercase();
                    // A number given by hand must not be given again by the series.
                    match code.rsplit_once('-').map(|(prefix, n)| (prefix.to_owned(), n.parse::<i64>())) {
                        Some((prefix, Ok(number))) if !prefix.is_empty() && number > 0 => {
                            t.execute(include_str!("sql/series_advance.sql"), &[&prefix, &number])?;
                            (prefix, code)
                        }
                        _ => (series, code),
                    }
                }
                None => {
                    let mut codes = write::allot(t, &[(id, &series, false)])?;
                    codes.remove(&id).ok_or_else(|| Error::Invalid(format!("no series {series}")))?
                }
            };
            let made = t.execute(
                include_str!("sql/record_add.sql"),
                &[&id, &new.kind, &code, &series, &reference, &title, &new.owner],
            );
            made.map_err(|error| match error.code() {
                Some(&postgres::error::SqlState::UNIQUE_VIOLATION) => {
                    Error::InUse { what: format!("code {code}"), by: "another record".into() }
                }
                _ => error.into(),
            })?;
            let records = vec![id; new.contacts.len()];
            t.execute(include_str!("sql/record_party_insert.sql"), &[&records, &new.contacts])?;
            Ok((id, code))
        })
    }
}

fn line(row: &postgres::Row) -> RecordLine {
    RecordLine {
        id: row.get(0),
        kind: row.get(1),
        code: row.get(2),
        external_reference: row.get(3),
        title: row.get(4),
        state: row.get(5),
        owner: row.get(6),
        origin: row.get(7),
        created_at: row.get(8),
        updated_at: row.get(9),
        contacts: row.get(10),
    }
}
