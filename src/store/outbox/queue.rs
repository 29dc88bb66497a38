//! The outbox as the daemon works on it: rows leased, kept, and settled by who holds them.
//!
//! A row is looked at again at its `next_at`; a claim moves that to the end of its lease, so what a node that died
//! had in hand comes up by itself. Whatever is settled names the node, and nothing is written for one that has lost
//! its lease to another.

use super::super::text::{LINE, gate, gate_option};
use super::super::{Error, Result, Store, write};
use super::keys;
use crate::crm::letter::{Content, LetterKind};
use crate::crm::plan::Plan;
use crate::crm::signed::Keys;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// A leased row, with what stands against its recipient.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Key.
    pub id: Uuid,
    /// What its signed addresses name.
    pub number: i64,
    /// Why it goes out.
    pub kind: LetterKind,
    /// Key of the inbox in whose name it goes out.
    pub inbox: Option<String>,
    /// Envelope sender before it is signed; empty for the null sender.
    pub mail_from: String,
    /// Canonical address of the recipient.
    pub rcpt_to: String,
    /// As it stands in the row: a user may have written it.
    pub message_id: String,
    /// Subject.
    pub subject: String,
    /// The rest, or why it cannot be read.
    pub content: std::result::Result<Content, String>,
    /// The stored mail that it answers.
    pub in_reply_to: Option<Uuid>,
    /// The contact that it goes to.
    pub contact: Option<Uuid>,
    /// The record that it is about.
    pub record: Option<Uuid>,
    /// The ticket that it is about.
    pub ticket: Option<Uuid>,
    /// The ticket's comment that it carries.
    pub comment: Option<Uuid>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it was made: its `Date`.
    pub created_at: Timestamp,
    /// Since when it is tried.
    pub since: Timestamp,
    /// Why its recipient gets no mail: the reason for which the address is switched off.
    pub off: Option<String>,
    /// Its contact was erased.
    pub erased: bool,
    /// Codes of its ticket and its record.
    pub codes: Vec<String>,
}

/// The user who wrote a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Key.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// First address.
    pub address: Option<String>,
}

/// What a claim brought.
#[derive(Debug)]
pub struct Claimed {
    /// Leased rows, the oldest first.
    pub rows: Vec<Queued>,
    /// The keys to sign their addresses with.
    pub keys: Keys,
}

/// What became of a row.
#[derive(Debug)]
pub enum Settled {
    /// The server took it.
    Sent {
        /// Its reply.
        reply: String,
        /// What is stored of it.
        plan: Option<Box<Plan>>,
    },
    /// There will be another attempt.
    Later {
        /// In so much time.
        after: Duration,
        /// Why.
        error: String,
        /// The server's reply.
        reply: Option<String>,
    },
    /// There will be none.
    Dead {
        /// Why.
        error: String,
        /// The server's reply.
        reply: Option<String>,
    },
    /// It must not be sent.
    Cancelled {
        /// Why.
        reason: String,
    },
}

impl Settled {
    /// Its name in logs, as Postfix has them, and why.
    pub fn status(&self) -> (&'static str, &str) {
        match self {
            Settled::Sent { reply, .. } => ("sent", reply),
            Settled::Later { error, .. } => ("deferred", error),
            Settled::Dead { error, .. } => ("dead", error),
            Settled::Cancelled { reason } => ("cancelled", reason),
        }
    }
}

impl Store {
    /// Leases at most `most` rows that are due, and `per_minute` a minute to one domain.
    ///
    /// # Errors
    /// The database's.
    pub fn outbox_claim(&self, node: &str, lease: Duration, most: u16, per_minute: u32) -> Result<Claimed> {
        let per_minute = i32::try_from(per_minute).unwrap_or(i32::MAX);
        self.transaction(|transaction| {
            let claim = include_str!("../sql/outbox_claim.sql");
            let ids: Vec<Uuid> = transaction
                .query(claim, &[&node, &lease.as_secs_f64(), &i32::from(most), &per_minute])?
                .iter()
                .map(|row| row.get(0))
                .collect();
            if ids.is_empty() {
                return Ok(Claimed { rows: Vec::new(), keys: Keys::default() });
            }
            let rows = transaction.query(include_str!("../sql/outbox_load.sql"), &[&ids, &node])?;
            let rows = rows.iter().map(queued).collect::<Result<_>>()?;
            Ok(Claimed { rows, keys: keys(transaction)? })
        })
    }

    /// In how much time the next row is due; `None`: none is queued.
    ///
    /// # Errors
    /// The database's.
    pub fn outbox_due(&self) -> Result<Option<Duration>> {
        let row = self.connection()?.query_one(include_str!("../sql/outbox_due.sql"), &[])?;
        let seconds: Option<f64> = row.get(0);
        Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
    }

    /// Keeps a row that `node` holds; `false` if it does not hold it any more, or somebody has cancelled it.
    ///
    /// # Errors
    /// The database's.
    pub fn outbox_renew(&self, node: &str, id: Uuid, lease: Duration) -> Result<bool> {
        let sql = include_str!("../sql/outbox_renew.sql");
        Ok(self.connection()?.execute(sql, &[&id, &node, &lease.as_secs_f64()])? == 1)
    }

    /// Gives rows back that were not begun, and notes why if that is known.
    ///
    /// # Errors
    /// The database's.
    pub fn outbox_release(&self, node: &str, ids: &[Uuid], why: Option<&str>) -> Result<()> {
        if !ids.is_empty() {
            let why = gate_option(why, LINE);
            self.connection()?.execute(include_str!("../sql/outbox_release.sql"), &[&ids, &node, &why])?;
        }
        Ok(())
    }

    /// Settles a row that `node` holds; `false`, and nothing is written, if it does not hold it any more.
    ///
    /// # Errors
    /// The database's; as [`write()`] what is stored of it.
    pub fn outbox_settle(&self, node: &str, id: Uuid, settled: &Settled) -> Result<bool> {
        let reply_of = |reply: &Option<String>| gate_option(reply.as_deref(), LINE).map(|r| r.into_owned());
        let sql = |transaction: &mut postgres::Transaction<'_>| match settled {
            Settled::Sent { reply, plan } => {
                let mail = plan.as_ref().and_then(|plan| plan.mail.as_ref()).map(|mail| mail.id);
                let sent = include_str!("../sql/outbox_sent.sql");
                let count = transaction.execute(sent, &[&id, &node, &gate(reply, LINE), &mail])?;
                if let Some(plan) = plan.as_ref().filter(|_| count == 1) {
                    write(transaction, std::slice::from_ref(&**plan))?;
                }
                Ok(count)
            }
            Settled::Later { after, error, reply } => {
                let defer = include_str!("../sql/outbox_defer.sql");
                let (error, reply) = (gate(error, LINE), reply_of(reply));
                Ok(transaction.execute(defer, &[&id, &node, &after.as_secs_f64(), &error, &reply])?)
            }
            Settled::Dead { error, reply } => {
                let (error, reply) = (gate(error, LINE), reply_of(reply));
                let end = include_str!("../sql/outbox_end.sql");
                Ok(transaction.execute(end, &[&id, &node, &"dead", &error, &reply])?)
            }
            Settled::Cancelled { reason } => {
                let end = include_str!("../sql/outbox_end.sql");
                let none = None::<String>;
                Ok(transaction.execute(end, &[&id, &node, &"cancelled", &gate(reason, LINE), &none])?)
            }
        };
        Ok(self.transaction(sql)? == 1)
    }

    /// The content of an attached file that has at most so many octets.
    ///
    /// # Errors
    /// The database's.
    pub fn outbox_attachment(&self, sha256: &[u8], most: u64) -> Result<Option<Vec<u8>>> {
        let (sql, most) =
            (include_str!("../sql/outbox_attachment.sql"), i64::try_from(most).unwrap_or(i64::MAX));
        let row = self.connection()?.query_opt(sql, &[&sha256, &most])?;
        Ok(row.map(|row| row.get(0)))
    }
}

fn queued(row: &postgres::Row) -> Result<Queued> {
    let kind: &str = row.get("kind");
    let kind =
        LetterKind::from_name(kind).ok_or_else(|| Error::Invalid(format!("outbox: no kind {kind}")))?;
    let author: Option<Uuid> = row.get("author_id");
    let author =
        author.map(|id| Author { id, name: row.get("author_name"), address: row.get("author_address") });
    let message: Value = row.get("message");
    Ok(Queued {
        id: row.get("id"),
        number: row.get("number"),
        kind,
        inbox: row.get("inbox"),
        mail_from: row.get("mail_from"),
        rcpt_to: row.get("rcpt_to"),
        message_id: row.get("message_id"),
        subject: row.get("subject"),
        content: serde_json::from_value(message).map_err(|error| error.to_string()),
        in_reply_to: row.get("in_reply_to"),
        contact: row.get("contact_id"),
        record: row.get("record_id"),
        ticket: row.get("ticket_id"),
        comment: row.get("comment_id"),
        author,
        attempts: row.get::<_, i32>("attempts").unsigned_abs(),
        created_at: row.get("created_at"),
        since: row.get("since"),
        off: row.get("off"),
        erased: row.get("erased"),
        codes: row.get("codes"),
    })
}
