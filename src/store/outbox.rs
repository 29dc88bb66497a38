//! What goes out: rows made in the transaction of what caused them ([`crate::crm::letter`]), and sent by whichever
//! node holds them.

mod news;
mod queue;

pub use news::OutboxNews;
pub use queue::{Author, Claimed, Queued, Settled};

use super::text::{LINE, SHORT, gate, gate_json, gate_option};
use super::{Error, Result, Store};
use crate::crm::letter::NewLetter;
use crate::crm::signed::Keys;
use postgres::Transaction;
use serde_json::Value;
use uuid::Uuid;

/// The keys of signed addresses, the one to sign with first.
pub(super) fn keys(transaction: &mut Transaction<'_>) -> Result<Keys> {
    let rows = transaction.query(include_str!("sql/signing_key_load.sql"), &[])?;
    Ok(Keys::new(rows.iter().map(|row| (row.get::<_, i16>(0).unsigned_abs().to_be_bytes()[1], row.get(1)))))
}

impl Store {
    /// Writes one letter of a user.
    ///
    /// # Errors
    /// The database's; also when row-level security says that the user may not write it.
    pub fn outbox_add(&self, letter: &NewLetter) -> Result<()> {
        self.transaction(|transaction| insert(transaction, &[letter]))
    }
}

/// Writes letters.
pub(super) fn insert(transaction: &mut Transaction<'_>, letters: &[&NewLetter]) -> Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = letters.iter().map(|l| l.id).collect();
    let kinds: Vec<&str> = letters.iter().map(|l| l.kind.as_str()).collect();
    let inboxes: Vec<_> = letters.iter().map(|l| gate_option(l.inbox.as_deref(), SHORT)).collect();
    let senders: Vec<_> = letters.iter().map(|l| gate(&l.mail_from, SHORT)).collect();
    let recipients: Vec<_> = letters.iter().map(|l| gate(&l.rcpt_to, SHORT)).collect();
    let message_ids: Vec<_> = letters.iter().map(|l| gate(&l.message_id, LINE)).collect();
    let subjects: Vec<_> = letters.iter().map(|l| gate(&l.subject, LINE)).collect();
    let content = |letter: &&NewLetter| {
        let value = serde_json::to_value(&letter.content).map_err(|e| Error::Invalid(e.to_string()))?;
        Ok(gate_json(&value))
    };
    let contents: Vec<Value> = letters.iter().map(content).collect::<Result<_>>()?;
    let answered: Vec<Option<Uuid>> = letters.iter().map(|l| l.in_reply_to).collect();
    let contacts: Vec<Option<Uuid>> = letters.iter().map(|l| l.contact).collect();
    let records: Vec<Option<Uuid>> = letters.iter().map(|l| l.record).collect();
    let tickets: Vec<Option<Uuid>> = letters.iter().map(|l| l.ticket).collect();
    let comments: Vec<Option<Uuid>> = letters.iter().map(|l| l.comment).collect();
    let authors: Vec<Option<Uuid>> = letters.iter().map(|l| l.author).collect();
    transaction.execute(
        include_str!("sql/outbox_insert.sql"),
        &[
            &ids,
            &kinds,
            &inboxes,
            &senders,
            &recipients,
            &message_ids,
            &subjects,
            &contents,
            &answered,
            &contacts,
            &records,
            &tickets,
            &comments,
            &authors,
        ],
    )?;
    Ok(())
}
