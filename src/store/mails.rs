//! Stored mails for people: listed, shown with their parts, and as they were received.

use super::intakes::{IntakeFilter, IntakeLine};
use super::text::{SHORT, gate_option};
use super::{Error, Page, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A mail in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct MailLine {
    pub id: Uuid,
    pub source: String,
    pub direction: String,
    pub sent_at: Option<Timestamp>,
    pub received_at: Timestamp,
    pub recorded_at: Timestamp,
    pub mail_from: String,
    pub subject: Option<String>,
    pub unparsed: Option<String>,
    /// Octets as received.
    pub size: i64,
    /// Author's name, or address.
    pub from: Option<String>,
    /// What it stands on: names of contacts, codes of records and tickets.
    pub links: Vec<String>,
}

/// A mail with its parts.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Mail {
    #[serde(flatten)]
    pub line: MailLine,
    pub message_id: Option<String>,
    pub text: String,
    pub new_text: Option<String>,
    pub note: Option<String>,
    pub language: Option<String>,
    pub filed_by: Option<String>,
    pub findings: serde_json::Value,
    pub parties: Vec<PartyLine>,
    pub attachments: Vec<AttachmentLine>,
    pub stands_on: Vec<LinkLine>,
    pub intakes: Vec<IntakeLine>,
}

/// A correspondent.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct PartyLine {
    pub role: String,
    pub name: Option<String>,
    pub address: Option<String>,
    pub contact_id: Option<Uuid>,
    pub user: Option<String>,
}

/// An attachment.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct AttachmentLine {
    pub position: i16,
    pub name: Option<String>,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
}

/// What a mail stands on, how and by whom it was linked.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct LinkLine {
    pub kind: String,
    pub id: Uuid,
    pub code: String,
    pub title: String,
    pub how: String,
    pub linked_by: Option<String>,
    pub linked_at: Timestamp,
}

/// Which mails. With a contact, record or ticket, direction and source do not count.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// `in`, `out`.
    pub direction: Option<String>,
    /// `inbox`, `assistant-bcc`, …
    pub source: Option<String>,
    /// Stands on this contact.
    pub contact: Option<Uuid>,
    /// Stands on this record.
    pub record: Option<Uuid>,
    /// Stands on this ticket.
    pub ticket: Option<Uuid>,
}

impl Store {
    /// Mails, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_list(&self, filter: &MailFilter, page: Page) -> Result<Vec<MailLine>> {
        let mut connection = self.connection()?;
        let rows = if (filter.contact, filter.record, filter.ticket) == (None, None, None) {
            let direction = gate_option(filter.direction.as_deref(), SHORT);
            let source = gate_option(filter.source.as_deref(), SHORT);
            connection
                .query(include_str!("sql/mail_list.sql"), &[&page.before, &direction, &source, &page.limit])?
        } else {
            connection.query(
                include_str!("sql/mail_list_linked.sql"),
                &[&page.before, &filter.contact, &filter.record, &filter.ticket, &page.limit],
            )?
        };
        Ok(rows.iter().map(line).collect())
    }

    /// The mail of an id: its own, an intake's, or a spool entry's, as `X-CRM-Intake` names it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn mail_find(&self, id: Uuid) -> Result<Uuid> {
        let row = self.connection()?.query_opt(include_str!("sql/mail_find.sql"), &[&id])?;
        row.map(|row| row.get(0)).ok_or_else(|| not_found(id))
    }

    /// One mail with its parts.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn mail_show(&self, id: Uuid) -> Result<Mail> {
        let mut connection = self.connection()?;
        let row =
            connection.query_opt(include_str!("sql/mail_show.sql"), &[&id])?.ok_or_else(|| not_found(id))?;
        let parties = connection.query(include_str!("sql/party_list.sql"), &[&id])?;
        let attachments = connection.query(include_str!("sql/attachment_list.sql"), &[&id])?;
        let links = connection.query(include_str!("sql/link_list.sql"), &[&id])?;
        drop(connection);
        let filter = IntakeFilter { mail: Some(id), ..IntakeFilter::default() };
        Ok(Mail {
            line: line(&row),
            message_id: row.get(12),
            text: row.get(13),
            new_text: row.get(14),
            note: row.get(15),
            language: row.get(16),
            filed_by: row.get(17),
            findings: row.get(18),
            parties: parties.iter().map(party).collect(),
            attachments: attachments.iter().map(attachment).collect(),
            stands_on: links.iter().map(link).collect(),
            intakes: self.intake_list(&filter, Page::default())?,
        })
    }

    /// A message as it was received.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn mail_raw(&self, id: Uuid) -> Result<Vec<u8>> {
        let row = self.connection()?.query_opt(include_str!("sql/mail_raw_show.sql"), &[&id])?;
        row.map(|row| row.get(0)).ok_or_else(|| not_found(id))
    }

    /// The content of an attachment.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn attachment_content(&self, mail: Uuid, position: i16) -> Result<Vec<u8>> {
        let row = self
            .connection()?
            .query_opt(include_str!("sql/attachment_content_show.sql"), &[&mail, &position])?;
        row.map(|row| row.get(0))
            .ok_or_else(|| Error::NotFound { noun: "attachment", name: format!("{mail} {position}") })
    }
}

fn not_found(id: Uuid) -> Error {
    Error::NotFound { noun: "mail", name: id.to_string() }
}

fn line(row: &postgres::Row) -> MailLine {
    MailLine {
        id: row.get(0),
        source: row.get(1),
        direction: row.get(2),
        sent_at: row.get(3),
        received_at: row.get(4),
        recorded_at: row.get(5),
        mail_from: row.get(6),
        subject: row.get(7),
        unparsed: row.get(8),
        size: row.get(9),
        from: row.get(10),
        links: row.get(11),
    }
}

fn party(row: &postgres::Row) -> PartyLine {
    PartyLine {
        role: row.get(0),
        name: row.get(1),
        address: row.get(2),
        contact_id: row.get(3),
        user: row.get(4),
    }
}

fn attachment(row: &postgres::Row) -> AttachmentLine {
    AttachmentLine {
        position: row.get(0),
        name: row.get(1),
        media_type: row.get(2),
        size: row.get(3),
        sha256: row.get(4),
    }
}

fn link(row: &postgres::Row) -> LinkLine {
    LinkLine {
        kind: row.get(0),
        id: row.get(1),
        code: row.get(2),
        title: row.get(3),
        how: row.get(4),
        linked_by: row.get(5),
        linked_at: row.get(6),
    }
}
