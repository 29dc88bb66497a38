//! What the desk has to know before a user writes to a contact, and the contents that a user attaches.

use super::text::{LONG, gate};
use super::{Error, Result, Store, outbox};
use crate::crm::block::without_extension;
use crate::crm::letter::NewLetter;
use crate::mail::address;
use crate::mail::hex;
use jiff::Timestamp;
use uuid::Uuid;

/// An address of a contact, and whether something may be sent to it.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Canonical.
    pub address: String,
    /// As people see it.
    pub shown: String,
    /// Since when nothing is sent to it, and why.
    pub off: Option<(Timestamp, String)>,
    /// A block stands against it.
    pub blocked: bool,
}

/// A user who writes.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Writer {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub addresses: Vec<String>,
}

/// A mail by which an answer finds its thread.
#[derive(Debug, Clone)]
pub struct InThread {
    /// The mail.
    pub mail: Uuid,
    /// Its Message-ID as written.
    pub message_id: String,
    /// Whether an outsider wrote it.
    pub incoming: bool,
}

impl Store {
    /// The addresses of a contact, the main one first.
    ///
    /// # Errors
    /// The database's.
    pub fn contact_reach(&self, contact: Uuid) -> Result<Vec<Reach>> {
        let mut connection = self.connection()?;
        let rows = connection.query(include_str!("sql/contact_address_reach.sql"), &[&contact])?;
        let mut all = Vec::new();
        for row in rows {
            let address: String = row.get(0);
            let off: Option<Timestamp> = row.get(2);
            let off = off.map(|at| (at, row.get::<_, Option<String>>(3).unwrap_or_default()));
            let base = without_extension(&address);
            let own: Vec<&str> = std::iter::once(address.as_str()).chain(base.as_deref()).collect();
            let domain = address::domain_of(&address).unwrap_or_default();
            let above = std::iter::successors(Some(domain), |d| d.split_once('.').map(|(_, above)| above));
            let above: Vec<&str> = above.collect();
            let blocked =
                connection.query_one(include_str!("sql/block_stands.sql"), &[&own, &domain, &above])?.get(0);
            all.push(Reach { shown: row.get(1), address, off, blocked });
        }
        Ok(all)
    }

    /// The mails of a ticket by which an answer finds its thread, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn ticket_thread(&self, ticket: Uuid) -> Result<Vec<InThread>> {
        let rows = self.connection()?.query(include_str!("sql/ticket_thread.sql"), &[&ticket])?;
        let one = |row: &postgres::Row| InThread {
            mail: row.get(0),
            message_id: row.get(1),
            incoming: row.get::<_, &str>(2) == "in",
        };
        Ok(rows.iter().map(one).collect())
    }

    /// Keeps a content that the user is going to attach; returns its SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// The database's; also for whoever is no user.
    pub fn content_add(&self, content: &[u8]) -> Result<String> {
        let row =
            self.connection()?.query_one(include_str!("sql/attachment_content_add.sql"), &[&content])?;
        Ok(hex::of(row.get(0)))
    }

    /// The user as whom the connection acts: id, name and addresses, the main one first; `None`: an operator.
    ///
    /// # Errors
    /// The database's.
    pub fn writer(&self) -> Result<Option<Writer>> {
        let Some((id, login)) = self.acting_user()? else { return Ok(None) };
        let user = self.user_show(&login)?;
        Ok(Some(Writer { id, login, name: user.name, addresses: user.addresses }))
    }

    /// Writes a comment for the contact, with the letter that takes it there, or a note for colleagues only.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text; the database's, also when row-level security says that the user may
    /// not write to the contact.
    pub fn ticket_comment(
        &self,
        id: Uuid,
        ticket: Uuid,
        text: &str,
        letter: Option<&NewLetter>,
    ) -> Result<()> {
        let text = gate(text.trim(), LONG);
        if text.is_empty() {
            return Err(Error::Invalid("a comment needs a text".into()));
        }
        self.transaction(|transaction| {
            let sql = include_str!("sql/ticket_comment_add.sql");
            transaction.execute(sql, &[&id, &ticket, &letter.is_some(), &text])?;
            outbox::insert(transaction, letter.as_slice())
        })
    }
}
