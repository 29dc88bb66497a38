//! Tickets for people: listed and shown.

use super::mails::{MailFilter, MailLine};
use super::text::{SHORT, gate, gate_option};
use super::{Error, Page, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A ticket in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct TicketLine {
    pub id: Uuid,
    pub code: String,
    pub subject: String,
    pub status: String,
    pub priority: String,
    pub inbox: String,
    pub contact_id: Option<Uuid>,
    pub contact: Option<String>,
    pub owner: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub solved_at: Option<Timestamp>,
}

/// A comment of a ticket.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct TicketComment {
    pub id: Uuid,
    pub is_public: bool,
    pub author: Option<String>,
    pub text: String,
    pub created_at: Timestamp,
}

/// A ticket with comments and mails.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Ticket {
    #[serde(flatten)]
    pub line: TicketLine,
    pub comments: Vec<TicketComment>,
    pub mails: Vec<MailLine>,
}

/// Which tickets.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// A status; `open` stands for all that are neither solved nor closed.
    pub status: Option<String>,
    /// Login of the owner.
    pub owner: Option<String>,
    /// Key of the inbox.
    pub inbox: Option<String>,
    /// The contact.
    pub contact: Option<Uuid>,
}

impl Store {
    /// Tickets, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn ticket_list(&self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketLine>> {
        let [status, owner, inbox] =
            [&filter.status, &filter.owner, &filter.inbox].map(|text| gate_option(text.as_deref(), SHORT));
        let rows = self.connection()?.query(
            include_str!("sql/ticket_list.sql"),
            &[&page.before, &status, &owner, &inbox, &filter.contact, &page.limit],
        )?;
        Ok(rows.iter().map(line).collect())
    }

    /// A ticket with comments and mails, by code or id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn ticket_show(&self, key: &str) -> Result<Ticket> {
        let id = Uuid::try_parse(key).ok();
        let mut connection = self.connection()?;
        let row = connection.query_opt(include_str!("sql/ticket_show.sql"), &[&gate(key, SHORT), &id])?;
        let line =
            row.map(|row| line(&row)).ok_or_else(|| Error::NotFound { noun: "ticket", name: key.into() })?;
        let comments = connection.query(include_str!("sql/ticket_comment_list.sql"), &[&line.id])?;
        let comment = |row: &postgres::Row| TicketComment {
            id: row.get(0),
            is_public: row.get(1),
            author: row.get(2),
            text: row.get(3),
            created_at: row.get(4),
        };
        let comments = comments.iter().map(comment).collect();
        drop(connection);
        let filter = MailFilter { ticket: Some(line.id), ..MailFilter::default() };
        let mails = self.mail_list(&filter, Page::default())?;
        Ok(Ticket { line, comments, mails })
    }
}

fn line(row: &postgres::Row) -> TicketLine {
    TicketLine {
        id: row.get(0),
        code: row.get(1),
        subject: row.get(2),
        status: row.get(3),
        priority: row.get(4),
        inbox: row.get(5),
        contact_id: row.get(6),
        contact: row.get(7),
        owner: row.get(8),
        created_at: row.get(9),
        updated_at: row.get(10),
        solved_at: row.get(11),
    }
}
