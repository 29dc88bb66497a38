//! The outbox for people: what goes out, what does not and why; put back and cancelled by who may.

use super::super::text::{SHORT, gate_option};
use super::super::{Error, Page, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A mail of the outbox.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct OutboxLine {
    pub id: Uuid,
    pub number: i64,
    /// `reply`, `notice`, `comment`, `letter`.
    pub kind: String,
    /// `queued`, `sent`, `dead`, `cancelled`.
    pub state: String,
    /// Key of the inbox in whose name it goes out.
    pub inbox: Option<String>,
    pub rcpt_to: String,
    pub subject: String,
    pub attempts: i32,
    pub created_at: Timestamp,
    /// When it is tried next, if it waits.
    pub next_at: Option<Timestamp>,
    /// A node has it in hand.
    pub leased: bool,
    /// Why it was not sent, or not yet.
    pub error: Option<String>,
    /// The server's last reply.
    pub reply: Option<String>,
    pub settled_at: Option<Timestamp>,
    /// Login of who wrote it.
    pub author: Option<String>,
    pub contact: Option<String>,
    /// Code of the ticket or record that it is about.
    pub code: Option<String>,
    pub message_id: String,
    /// The stored mail that it became.
    pub mail_id: Option<Uuid>,
    pub text: Option<String>,
}

/// Which mails.
#[derive(Debug, Clone, Default)]
pub struct OutboxFilter {
    /// A state's name.
    pub state: Option<String>,
    /// A kind's name.
    pub kind: Option<String>,
    /// Canonical address of the recipient.
    pub rcpt_to: Option<String>,
}

impl Store {
    /// Mails of the outbox, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn outbox_list(&self, filter: &OutboxFilter, page: Page) -> Result<Vec<OutboxLine>> {
        self.outbox_lines(filter, page, None, None)
    }

    /// One mail, by its number or its id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn outbox_show(&self, name: &str) -> Result<OutboxLine> {
        let (id, number) = (name.parse::<Uuid>().ok(), name.parse::<i64>().ok());
        let not_found = || Error::NotFound { noun: "mail in the outbox", name: name.to_owned() };
        if id.is_none() && number.is_none() {
            return Err(not_found());
        }
        let found = self.outbox_lines(&OutboxFilter::default(), Page::default(), id, number)?.pop();
        found.ok_or_else(not_found)
    }

    /// Has mails tried again now, and all dead ones if `dead`; says how many.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where none of those that are named can be.
    pub fn outbox_retry(&self, ids: &[Uuid], dead: bool) -> Result<u64> {
        let count = self.connection()?.execute(include_str!("../sql/outbox_retry.sql"), &[&ids, &dead])?;
        self.outbox_changed(ids, count, "be tried again")
    }

    /// Has mails not sent that wait; says how many.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where none of those that are named can be.
    pub fn outbox_cancel(&self, ids: &[Uuid]) -> Result<u64> {
        let count = self.connection()?.execute(include_str!("../sql/outbox_cancel.sql"), &[&ids])?;
        self.outbox_changed(ids, count, "be cancelled")
    }

    /// Why nothing changed, if nothing did.
    fn outbox_changed(&self, ids: &[Uuid], count: u64, what: &str) -> Result<u64> {
        let Some(first) = ids.first().filter(|_| count == 0) else { return Ok(count) };
        let line = self.outbox_show(&first.to_string())?;
        let why = match line.state.as_str() {
            "sent" => "it was sent",
            "cancelled" => "it is cancelled already",
            _ if line.leased => "it is being sent; look again in a minute",
            _ => "it is not yours",
        };
        Err(Error::NotAllowed(format!("mail {} cannot {what}: {why}", line.number)))
    }

    fn outbox_lines(
        &self,
        filter: &OutboxFilter,
        page: Page,
        id: Option<Uuid>,
        number: Option<i64>,
    ) -> Result<Vec<OutboxLine>> {
        let text =
            |value: &Option<String>| gate_option(value.as_deref(), SHORT).map(|text| text.into_owned());
        let (state, kind, rcpt_to) = (text(&filter.state), text(&filter.kind), text(&filter.rcpt_to));
        // What is asked for has an index of its own, but for a whole list.
        let narrow = rcpt_to.is_some() || id.is_some() || number.is_some();
        let few = if narrow { None } else { self.few_about("outbox")? };
        let rows = self.connection()?.query(
            include_str!("../sql/outbox_list.sql"),
            &[&page.before, &state, &kind, &rcpt_to, &id, &number, &page.limit, &few],
        )?;
        let line = |row: &postgres::Row| OutboxLine {
            id: row.get(0),
            number: row.get(1),
            kind: row.get(2),
            state: row.get(3),
            inbox: row.get(4),
            rcpt_to: row.get(5),
            subject: row.get(6),
            attempts: row.get(7),
            created_at: row.get(8),
            next_at: row.get(9),
            leased: row.get::<_, Option<bool>>(10).unwrap_or(false),
            error: row.get(11),
            reply: row.get(12),
            settled_at: row.get(13),
            author: row.get(14),
            contact: row.get(15),
            code: row.get(16),
            message_id: row.get(17),
            mail_id: row.get(18),
            text: row.get(19),
        };
        Ok(rows.iter().map(line).collect())
    }
}
