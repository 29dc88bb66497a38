//! Tickets for people: listed, shown, changed, commented.

mod add;

pub use add::TicketByHand;

use super::mails::{MailFilter, MailLine};
use super::text::{SHORT, gate, gate_json, gate_option};
use super::{ActivityFilter, ActivityLine, Error, Note, NoteTarget, Page, Result, Store};
use crate::crm::change::Changes;
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
    pub closed_at: Option<Timestamp>,
    /// Code of its record.
    pub record: Option<String>,
    /// Code of the closed ticket whose answer opened this one.
    pub follows: Option<String>,
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
    /// State of the mail that takes it to the contact: `queued`, `sent`, `dead`, `cancelled`; none for what no mail took.
    pub mail_state: Option<String>,
}

/// A ticket with comments and mails.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Ticket {
    #[serde(flatten)]
    pub line: TicketLine,
    pub comments: Vec<TicketComment>,
    /// Codes of the tickets that answers to this closed one opened.
    pub followed_by: Vec<String>,
    pub notes: Vec<Note>,
    pub activities: Vec<ActivityLine>,
    pub mails: Vec<MailLine>,
    /// Those of its mails that came to its signed address from somebody who is no party to it.
    pub unverified: Vec<Uuid>,
}

/// Which tickets.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// A status; `unsolved` stands for all that are neither solved nor closed.
    pub status: Option<String>,
    /// Login of the owner.
    pub owner: Option<String>,
    /// Key of the inbox.
    pub inbox: Option<String>,
    /// The contact.
    pub contact: Option<Uuid>,
    /// A priority.
    pub priority: Option<String>,
    /// The record.
    pub record: Option<Uuid>,
}

impl Store {
    /// Tickets, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn ticket_list(&self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketLine>> {
        let texts = [&filter.status, &filter.inbox, &filter.priority];
        let [status, inbox, priority] = texts.map(|text| gate_option(text.as_deref(), SHORT));
        let owner = self.owner_asked(filter.owner.as_deref())?;
        let (contact, record) = (&filter.contact, &filter.record);
        let rows = self.connection()?.query(
            include_str!("sql/ticket_list.sql"),
            &[&page.before, &status, &owner, &inbox, contact, &page.limit, &priority, record],
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
            mail_state: row.get(5),
        };
        let comments = comments.iter().map(comment).collect();
        let followed_by = connection.query(include_str!("sql/ticket_followed_by.sql"), &[&line.id])?;
        let followed_by = followed_by.iter().map(|row| row.get(0)).collect();
        let unverified = connection.query(include_str!("sql/ticket_unverified.sql"), &[&line.id])?;
        let unverified = unverified.iter().map(|row| row.get(0)).collect();
        drop(connection);
        let ticket = Some(line.id);
        let activities =
            self.activity_list(&ActivityFilter { ticket, ..ActivityFilter::default() }, None, 50)?;
        let mails = self.mail_list(&MailFilter { ticket, ..MailFilter::default() }, Page::default())?;
        let notes = self.note_list(NoteTarget::Ticket(line.id), false)?;
        Ok(Ticket { line, comments, followed_by, notes, activities, mails, unverified })
    }

    /// Changes fields of a ticket; record and contact stand there as ids.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the ticket or a user who is not there.
    pub fn ticket_edit(&self, id: Uuid, changes: &Changes) -> Result<()> {
        let mut fields = changes.fields.clone();
        if let Some(login) = changes.text("owner") {
            fields.insert("owner".into(), self.user_id(login)?.to_string().into());
        }
        let fields = gate_json(&serde_json::Value::Object(fields));
        match self.connection()?.execute(include_str!("sql/ticket_update.sql"), &[&id, &fields])? {
            0 => Err(Error::NotFound { noun: "ticket", name: id.to_string() }),
            _ => Ok(()),
        }
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
        closed_at: row.get(12),
        record: row.get(13),
        follows: row.get(14),
    }
}
