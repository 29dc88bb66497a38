//! News for users: what came for them, what waits for a decision of theirs, whom they wrote to in vain.

use super::{Error, Page, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A piece of news.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct NotificationLine {
    pub id: Uuid,
    /// Login of whom it is for.
    pub user: String,
    /// `news`, `assigned`, `unresolved`, `unwanted`, `bounced`.
    pub kind: String,
    /// Code of the record or ticket, or name of the contact.
    pub about: Option<String>,
    pub mail_id: Option<Uuid>,
    pub text: String,
    pub created_at: Timestamp,
    pub seen_at: Option<Timestamp>,
}

impl Store {
    /// News, the newest first: of one user or of all, with or without what was seen.
    ///
    /// # Errors
    /// The database's.
    pub fn notification_list(
        &self,
        user: Option<Uuid>,
        seen: bool,
        page: Page,
    ) -> Result<Vec<NotificationLine>> {
        let rows = self
            .connection()?
            .query(include_str!("sql/notification_list.sql"), &[&page.before, &user, &seen, &page.limit])?;
        let line = |row: &postgres::Row| NotificationLine {
            id: row.get(0),
            user: row.get(1),
            kind: row.get(2),
            about: row.get(3),
            mail_id: row.get(4),
            text: row.get(5),
            created_at: row.get(6),
            seen_at: row.get(7),
        };
        Ok(rows.iter().map(line).collect())
    }

    /// Marks these news as seen, and all of one user's; says how many were new.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an id that is none; nothing is marked then.
    pub fn notification_seen(&self, ids: &[Uuid], user: Option<Uuid>) -> Result<usize> {
        self.transaction(|transaction| {
            let known = transaction.query(include_str!("sql/notification_known.sql"), &[&ids])?;
            let known: Vec<Uuid> = known.iter().map(|row| row.get(0)).collect();
            if let Some(missing) = ids.iter().find(|id| !known.contains(id)) {
                return Err(Error::NotFound { noun: "notification", name: missing.to_string() });
            }
            let marked = transaction.execute(include_str!("sql/notification_seen.sql"), &[&ids, &user])?;
            Ok(usize::try_from(marked).unwrap_or(usize::MAX))
        })
    }
}
