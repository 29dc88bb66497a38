//! Tickets that people open: somebody called.

use super::super::text::{LINE, LONG, SHORT, gate};
use super::super::{Error, Result, Store, write};
use uuid::Uuid;

/// A ticket to open by hand.
#[derive(Debug, Clone, Default)]
pub struct TicketByHand {
    /// What it is about.
    pub subject: String,
    /// Series of its code.
    pub series: String,
    /// Key of the inbox that it belongs to.
    pub inbox: String,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: String,
    /// Whose it is.
    pub contact: Option<Uuid>,
    /// What it belongs to.
    pub record: Option<Uuid>,
    /// Owner; else the contact's, else whoever opens it.
    pub owner: Option<Uuid>,
    /// A mail that it is opened from.
    pub mail: Option<Uuid>,
    /// A first note, for colleagues.
    pub note: Option<String>,
}

impl Store {
    /// Opens a ticket; returns its id and code.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty subject; the database's.
    pub fn ticket_add(&self, new: &TicketByHand) -> Result<(Uuid, String)> {
        let subject = gate(new.subject.trim(), LINE);
        if subject.is_empty() {
            return Err(Error::Invalid("a ticket needs a subject".into()));
        }
        let id = Uuid::now_v7();
        self.transaction(|t| {
            let mut codes = write::allot(t, &[(id, &new.series, true)])?;
            let (series, code) =
                codes.remove(&id).ok_or_else(|| Error::Invalid(format!("no series {}", new.series)))?;
            let (priority, inbox) = (gate(&new.priority, SHORT), gate(&new.inbox, SHORT));
            t.execute(
                include_str!("../sql/ticket_add.sql"),
                &[&id, &code, &series, &subject, &priority, &new.contact, &new.record, &new.owner, &inbox],
            )?;
            if let Some(mail) = new.mail {
                let contacts: Vec<Uuid> = new.contact.into_iter().collect();
                let sql = include_str!("../sql/link_by_hand.sql");
                t.execute(sql, &[&mail, &contacts, &None::<Uuid>, &Some(id)])?;
            }
            if let Some(note) = new.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
                let sql = include_str!("../sql/ticket_comment_add.sql");
                t.execute(sql, &[&Uuid::now_v7(), &id, &false, &gate(note, LONG)])?;
            }
            Ok((id, code))
        })
    }
}
