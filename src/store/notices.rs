//! News that goes out to users: claimed, made into rows of the outbox, and marked, in one transaction. The news itself
//! is the durable cause; whichever node comes first makes the rows, and none twice.

use super::text::{LINE, SHORT, gate, gate_json};
use super::{Result, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use postgres::{Row, Transaction};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// A piece of news.
#[derive(Debug, Clone)]
pub struct News {
    /// Key.
    pub id: Uuid,
    /// `news`, `assigned`, `unresolved`, …
    pub kind: String,
    /// One line for people.
    pub text: String,
    /// When it came up.
    pub created_at: Timestamp,
    /// The mail that caused it.
    pub mail: Option<Uuid>,
    /// Code of the record or ticket, or name of the contact.
    pub about: Option<String>,
    /// Subject of that mail.
    pub mail_subject: Option<String>,
    /// New text of that mail, if it was asked for.
    pub mail_text: Option<String>,
}

/// Whom it is for.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Main address; canonical.
    pub address: Option<String>,
    /// How the user wants it by mail: `at-once`, `digest`, `none`.
    pub notices: String,
    /// Whether the user was not deactivated.
    pub active: bool,
}

/// A row of the outbox.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// Key.
    pub id: Uuid,
    /// The news; `None` for a digest.
    pub news: Option<Uuid>,
    /// By webhook, whose key `rcpt_to` is.
    pub webhook: bool,
    /// Canonical address, or key of the webhook.
    pub rcpt_to: String,
    /// With angle brackets.
    pub message_id: String,
    /// Subject.
    pub subject: String,
    /// A [`Content`](crate::crm::letter::Content), or what the webhook is sent.
    pub message: Value,
}

/// A leased post to a webhook.
#[derive(Debug, Clone)]
pub struct Post {
    /// Key.
    pub id: Uuid,
    /// For the log.
    pub number: i64,
    /// Key of the webhook.
    pub webhook: String,
    /// What it is told.
    pub message: Value,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Digests made in one transaction.
const DIGESTS: i64 = 10;

impl Store {
    /// Makes rows of the outbox of what nobody was told of yet: `make` is asked for each piece of news. Returns how many
    /// pieces there were, at most `limit`.
    ///
    /// # Errors
    /// The database's; nothing is told then.
    pub fn tell_news(
        &self,
        limit: i64,
        with_text: bool,
        mut make: impl FnMut(&Reader, &News) -> Vec<NewNotice>,
    ) -> Result<usize> {
        self.transaction(|t| {
            let rows = t.query(include_str!("sql/notification_untold.sql"), &[&limit, &with_text])?;
            let (mut all, mut waiting, mut made) = (Vec::new(), Vec::new(), Vec::new());
            for row in &rows {
                let reader = Reader {
                    login: row.get(6),
                    name: row.get(7),
                    language: row.get(8),
                    notices: row.get(9),
                    address: row.get(10),
                    active: row.get(12),
                };
                let news = News { mail_text: row.get(11), ..news(row, 13) };
                all.push(news.id);
                if reader.notices == "digest" {
                    waiting.push(news.id);
                }
                if reader.active {
                    made.extend(make(&reader, &news));
                }
            }
            if !all.is_empty() {
                insert(t, &made)?;
                t.execute(include_str!("sql/notification_told.sql"), &[&all, &waiting])?;
            }
            Ok(all.len())
        })
    }

    /// Leases at most `most` posts that are due.
    ///
    /// # Errors
    /// The database's.
    pub fn webhook_claim(&self, node: &str, lease: Duration, most: i32) -> Result<Vec<Post>> {
        let sql = include_str!("sql/outbox_claim_webhook.sql");
        let rows = self.connection()?.query(sql, &[&node, &lease.as_secs_f64(), &most])?;
        let post = |row: &Row| Post {
            id: row.get(0),
            number: row.get(1),
            webhook: row.get(2),
            message: row.get(3),
            attempts: row.get::<_, i32>(4).unsigned_abs(),
            created_at: row.get(5),
        };
        Ok(rows.iter().map(post).collect())
    }

    /// In how much time the next post is due; `None`: none is queued.
    ///
    /// # Errors
    /// The database's.
    pub fn webhook_due(&self) -> Result<Option<Duration>> {
        let row = self.connection()?.query_one(include_str!("sql/outbox_due_webhook.sql"), &[])?;
        let seconds: Option<f64> = row.get(0);
        Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
    }

    /// Makes the digests that are due on that day, of the news that its readers have not seen. Returns how many users
    /// were looked at, at most ten.
    ///
    /// # Errors
    /// The database's; nothing is told then.
    pub fn tell_digests(
        &self,
        day: Date,
        mut make: impl FnMut(&Reader, &[News]) -> Option<NewNotice>,
    ) -> Result<usize> {
        self.transaction(|t| {
            let rows = t.query(include_str!("sql/digest_due.sql"), &[&day, &DIGESTS])?;
            let mut made = Vec::new();
            for row in &rows {
                let user: Uuid = row.get(0);
                let reader = Reader {
                    login: row.get(1),
                    name: row.get(2),
                    language: row.get(3),
                    address: row.get(4),
                    notices: "digest".into(),
                    active: true,
                };
                let taken = t.query(include_str!("sql/digest_take.sql"), &[&user])?;
                let news: Vec<News> = taken.iter().map(|row| news(row, 6)).collect();
                made.extend(if news.is_empty() { None } else { make(&reader, &news) });
                t.execute(include_str!("sql/digest_made.sql"), &[&user, &day])?;
            }
            insert(t, &made)?;
            Ok(rows.len())
        })
    }
}

fn news(row: &Row, subject: usize) -> News {
    News {
        id: row.get(0),
        kind: row.get(1),
        text: row.get(2),
        created_at: row.get(3),
        mail: row.get(4),
        about: row.get(5),
        mail_subject: row.get(subject),
        mail_text: None,
    }
}

fn insert(transaction: &mut Transaction<'_>, notices: &[NewNotice]) -> Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = notices.iter().map(|n| n.id).collect();
    let channels: Vec<&str> = notices.iter().map(|n| if n.webhook { "webhook" } else { "mail" }).collect();
    let news: Vec<Option<Uuid>> = notices.iter().map(|n| n.news).collect();
    let recipients: Vec<_> = notices.iter().map(|n| gate(&n.rcpt_to, SHORT)).collect();
    let message_ids: Vec<_> = notices.iter().map(|n| gate(&n.message_id, LINE)).collect();
    let subjects: Vec<_> = notices.iter().map(|n| gate(&n.subject, LINE)).collect();
    let messages: Vec<Value> = notices.iter().map(|n| gate_json(&n.message)).collect();
    transaction.execute(
        include_str!("sql/outbox_notice_insert.sql"),
        &[&ids, &channels, &news, &recipients, &message_ids, &subjects, &messages],
    )?;
    Ok(())
}
