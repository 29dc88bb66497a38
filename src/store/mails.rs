//! Stored mails for people: found by [filter](MailFilter) in any order, shown with their parts, and as they were
//! received. What people do with a mail is in [`handling`].
//!
//! Whatever the connection may not see is not there: nothing here asks past row-level security.

mod find;
pub mod handling;

pub use find::{Found, MailFilter, MailOrder, MailPage};

use super::intakes::{IntakeFilter, IntakeLine};
use super::notes::{Note, NoteTarget};
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
    pub from_address: Option<String>,
    /// Addresses of To and Cc.
    pub to: Vec<String>,
    /// Keys of the inboxes that it reached.
    pub inboxes: Vec<String>,
    pub attachments: i64,
    pub message_id: Option<String>,
    pub language: Option<String>,
    /// Login of who wrote or filed it.
    pub filed_by: Option<String>,
    /// Login of who looks after it.
    pub owner: Option<String>,
    pub locked_at: Option<Timestamp>,
    pub locked_by: Option<String>,
    /// Where the words stand that were searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// The whole text, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A mail with its parts.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Mail {
    #[serde(flatten)]
    pub line: MailLine,
    pub new_text: Option<String>,
    pub note: Option<String>,
    pub findings: serde_json::Value,
    pub parties: Vec<PartyLine>,
    #[serde(rename = "attachment_list")]
    pub attachments: Vec<AttachmentLine>,
    pub stands_on: Vec<LinkLine>,
    /// The pinned ones first.
    pub notes: Vec<Note>,
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
    pub canonical: Option<String>,
    /// The contact's name, if the reader may see the contact.
    pub contact: Option<String>,
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
    /// Nobody vouches for its sender.
    pub unverified: bool,
}

impl Store {
    /// Mails of that filter as they were recorded, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_list(&self, filter: &MailFilter, page: Page) -> Result<Vec<MailLine>> {
        let limit = i32::try_from(page.limit).unwrap_or(i32::MAX);
        let page = MailPage { after: page.before, limit, ..MailPage::default() };
        let ids = self.mail_select(filter, &page)?;
        self.mail_lines(&ids, false)
    }

    /// The lines of mails, in the order of their ids; `text`: with the whole text.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_lines(&self, ids: &[Uuid], text: bool) -> Result<Vec<MailLine>> {
        let (lowest, highest) = (ids.iter().min(), ids.iter().max());
        let rows = self
            .connection()?
            .query(include_str!("sql/mail_lines.sql"), &[&ids, &text, &lowest, &highest])?;
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
        let line = self.mail_lines(&[id], true)?.pop().ok_or_else(|| not_found(id))?;
        let mut connection = self.connection()?;
        let row =
            connection.query_opt(include_str!("sql/mail_show.sql"), &[&id])?.ok_or_else(|| not_found(id))?;
        let parties = connection.query(include_str!("sql/party_list.sql"), &[&id])?;
        let attachments = connection.query(include_str!("sql/attachment_list.sql"), &[&id])?;
        let links = connection.query(include_str!("sql/link_list.sql"), &[&id])?;
        drop(connection);
        let filter = IntakeFilter { mail: Some(id), ..IntakeFilter::default() };
        Ok(Mail {
            line,
            new_text: row.get(0),
            note: row.get(1),
            findings: row.get(2),
            parties: parties.iter().map(party).collect(),
            attachments: attachments.iter().map(attachment).collect(),
            stands_on: links.iter().map(link).collect(),
            notes: self.note_list(NoteTarget::Mail(id), false)?,
            intakes: self.intake_list(&filter, Page::default())?,
        })
    }

    /// A message as it was received.
    ///
    /// # Errors
    /// [`Error::NotFound`], also where its content was erased.
    pub fn mail_raw(&self, id: Uuid) -> Result<Vec<u8>> {
        let row = self.connection()?.query_opt(include_str!("sql/mail_raw_show.sql"), &[&id])?;
        let raw: Option<Vec<u8>> = row.ok_or_else(|| not_found(id))?.get(0);
        raw.ok_or_else(|| Error::NotFound {
            noun: "content any more (it was erased) of mail",
            name: id.to_string(),
        })
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
        from_address: row.get(12),
        to: row.get(13),
        inboxes: row.get(14),
        attachments: row.get(15),
        message_id: row.get(16),
        language: row.get(17),
        filed_by: row.get(18),
        owner: row.get(19),
        locked_at: row.get(20),
        locked_by: row.get(21),
        snippet: None,
        text: row.get(22),
    }
}

fn party(row: &postgres::Row) -> PartyLine {
    PartyLine {
        role: row.get(0),
        name: row.get(1),
        address: row.get(2),
        contact_id: row.get(3),
        user: row.get(4),
        canonical: row.get(5),
        contact: row.get(6),
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
        unverified: row.get(7),
    }
}
