//! Notes on contacts, records, tickets and mails: written, pinned, edited and deleted. What a note said before
//! is kept: an edit keeps the old text, a deleted note leaves the lists and stays.

use super::text::{LONG, gate};
use super::{Error, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// What a note stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteTarget {
    /// A contact.
    Contact(Uuid),
    /// A record.
    Record(Uuid),
    /// A ticket.
    Ticket(Uuid),
    /// A mail.
    Mail(Uuid),
}

/// A note.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Note {
    pub id: Uuid,
    pub contact_id: Option<Uuid>,
    pub record_id: Option<Uuid>,
    pub ticket_id: Option<Uuid>,
    pub mail_id: Option<Uuid>,
    /// Login; none: an operator.
    pub author: Option<String>,
    pub text: String,
    pub pinned: bool,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

/// What a note said before it was edited.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct NoteVersion {
    pub text: String,
    pub replaced_at: Timestamp,
    pub replaced_by: Option<String>,
}

impl NoteTarget {
    fn columns(self) -> [Option<Uuid>; 4] {
        match self {
            NoteTarget::Contact(id) => [Some(id), None, None, None],
            NoteTarget::Record(id) => [None, Some(id), None, None],
            NoteTarget::Ticket(id) => [None, None, Some(id), None],
            NoteTarget::Mail(id) => [None, None, None, Some(id)],
        }
    }
}

impl Store {
    /// Writes a note.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text.
    pub fn note_add(&self, target: NoteTarget, text: &str, pinned: bool) -> Result<Uuid> {
        let text = note_text(text)?;
        let id = Uuid::now_v7();
        let [contact, record, ticket, mail] = target.columns();
        self.connection()?.execute(
            include_str!("sql/note_add.sql"),
            &[&id, &contact, &record, &ticket, &mail, &text, &pinned],
        )?;
        Ok(id)
    }

    /// Notes on something, the pinned ones first.
    ///
    /// # Errors
    /// The database's.
    pub fn note_list(&self, target: NoteTarget, deleted: bool) -> Result<Vec<Note>> {
        self.notes(target.columns(), None, deleted)
    }

    /// A note with what it said before, the newest first. A deleted one is shown too.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn note_show(&self, id: Uuid) -> Result<(Note, Vec<NoteVersion>)> {
        let note = self.notes([None; 4], Some(id), true)?.pop().ok_or_else(|| missing(id))?;
        let rows = self.connection()?.query(include_str!("sql/note_version_list.sql"), &[&id])?;
        let version = |row: &postgres::Row| NoteVersion {
            text: row.get(0),
            replaced_at: row.get(1),
            replaced_by: row.get(2),
        };
        Ok((note, rows.iter().map(version).collect()))
    }

    fn notes(&self, target: [Option<Uuid>; 4], id: Option<Uuid>, deleted: bool) -> Result<Vec<Note>> {
        let [contact, record, ticket, mail] = target;
        let rows = self
            .connection()?
            .query(include_str!("sql/note_list.sql"), &[&contact, &record, &ticket, &mail, &id, &deleted])?;
        let note = |row: &postgres::Row| Note {
            id: row.get(0),
            contact_id: row.get(1),
            record_id: row.get(2),
            ticket_id: row.get(3),
            mail_id: row.get(4),
            author: row.get(5),
            text: row.get(6),
            pinned: row.get(7),
            created_at: row.get(8),
            edited_at: row.get(9),
            deleted_at: row.get(10),
        };
        Ok(rows.iter().map(note).collect())
    }

    /// Changes what a note says.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a deleted one; [`Error::Invalid`] for an empty text.
    pub fn note_edit(&self, id: Uuid, text: &str) -> Result<()> {
        let text = note_text(text)?;
        let changed = self.connection()?.execute(include_str!("sql/note_edit.sql"), &[&id, &text])?;
        found(changed, id)
    }

    /// Pins a note, or takes the pin out.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn note_pin(&self, id: Uuid, pinned: bool) -> Result<()> {
        let changed = self.connection()?.execute(include_str!("sql/note_pin.sql"), &[&id, &pinned])?;
        found(changed, id)
    }

    /// Deletes a note from the lists.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn note_delete(&self, id: Uuid) -> Result<()> {
        found(self.connection()?.execute(include_str!("sql/note_delete.sql"), &[&id])?, id)
    }
}

fn note_text(text: &str) -> Result<String> {
    let text = gate(text.trim_end(), LONG);
    if text.trim().is_empty() {
        Err(Error::Invalid("the note is empty".into()))
    } else {
        Ok(text.into_owned())
    }
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { noun: "note", name: id.to_string() }
}

fn found(changed: u64, id: Uuid) -> Result<()> {
    if changed == 0 { Err(missing(id)) } else { Ok(()) }
}
