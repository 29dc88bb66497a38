//! Contacts for people: listed, and one with all that stands on its card.

use super::look_up::digest;
use super::mails::MailLine;
use super::records::RecordLine;
use super::text::{SHORT, gate, gate_option};
use super::tickets::TicketLine;
use super::{Error, Page, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A contact in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct ContactLine {
    pub id: Uuid,
    pub name: String,
    pub company: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub state: String,
    pub stars: i16,
    pub language: Option<String>,
    pub origin: Option<String>,
    pub owner: Option<String>,
    pub created_at: Timestamp,
    pub addresses: Vec<String>,
    pub phones: Vec<String>,
}

/// A contact with what stands on its card.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Contact {
    #[serde(flatten)]
    pub line: ContactLine,
    pub records: Vec<RecordLine>,
    pub tickets: Vec<TicketLine>,
    /// The newest mails.
    pub mails: Vec<MailLine>,
}

/// Which contacts.
#[derive(Debug, Clone, Default)]
pub struct ContactFilter {
    /// Part of a name or company, or beginning of an address.
    pub text: Option<String>,
    /// Login of the owner.
    pub owner: Option<String>,
}

impl Store {
    /// Contacts, the newest first, without merged and inactive ones.
    ///
    /// # Errors
    /// The database's.
    pub fn contact_list(&self, filter: &ContactFilter, page: Page) -> Result<Vec<ContactLine>> {
        let text = gate_option(filter.text.as_deref(), SHORT);
        let owner = gate_option(filter.owner.as_deref(), SHORT);
        let rows = self
            .connection()?
            .query(include_str!("sql/contact_list.sql"), &[&page.before, &text, &owner, &page.limit])?;
        Ok(rows.iter().map(line).collect())
    }

    /// The contact of an id or a canonical address.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] naming the contacts that share the address.
    pub fn contact_find(&self, key: &str) -> Result<ContactLine> {
        let id = Uuid::try_parse(key).ok();
        let address = digest(&gate(key, SHORT));
        let rows = self.connection()?.query(include_str!("sql/contact_show.sql"), &[&id, &address])?;
        match rows.as_slice() {
            [] => Err(Error::NotFound { noun: "contact", name: key.into() }),
            [row] => Ok(line(row)),
            several => {
                let ids: Vec<String> = several
                    .iter()
                    .map(|row| format!("{} ({})", row.get::<_, Uuid>(0), row.get::<_, &str>(1)))
                    .collect();
                Err(Error::Invalid(format!("{key} is shared, name one by its id: {}", ids.join(", "))))
            }
        }
    }

    /// A contact with records, tickets and newest mails, by id or canonical address.
    ///
    /// # Errors
    /// As [`Store::contact_find`].
    pub fn contact_show(&self, key: &str) -> Result<Contact> {
        let line = self.contact_find(key)?;
        let of_contact = super::records::RecordFilter { contact: Some(line.id), ..Default::default() };
        let records = self.record_list(&of_contact, Page::default())?;
        let of_contact = super::tickets::TicketFilter { contact: Some(line.id), ..Default::default() };
        let tickets = self.ticket_list(&of_contact, Page::default())?;
        let of_contact = super::mails::MailFilter { contact: Some(line.id), ..Default::default() };
        let mails = self.mail_list(&of_contact, Page::default())?;
        Ok(Contact { line, records, tickets, mails })
    }
}

fn line(row: &postgres::Row) -> ContactLine {
    ContactLine {
        id: row.get(0),
        name: row.get(1),
        company: row.get(2),
        kind: row.get(3),
        state: row.get(4),
        stars: row.get(5),
        language: row.get(6),
        origin: row.get(7),
        owner: row.get(8),
        created_at: row.get(9),
        addresses: row.get(10),
        phones: row.get(11),
    }
}
