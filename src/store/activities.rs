//! Activities: calls, meetings and other steps, planned on a card or from a mail, with the times of each.

use super::text::{LINE, SHORT, gate};
use super::{Error, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// An activity to add.
#[derive(Debug, Clone, Default)]
pub struct NewActivity {
    /// `call`, `meeting`, `visit`, … as the company likes.
    pub kind: String,
    /// What is to be done.
    pub title: String,
    /// Who is responsible; the owner of the card if nobody is named.
    pub user: Option<Uuid>,
    /// About whom.
    pub contact: Option<Uuid>,
    /// About which record.
    pub record: Option<Uuid>,
    /// About which ticket.
    pub ticket: Option<Uuid>,
    /// From which mail; without a card named it stands on those of the mail.
    pub mail: Option<Uuid>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

/// A change of an activity: `Some(None)` empties.
#[derive(Debug, Clone, Default)]
pub struct ActivityChange {
    /// Sort.
    pub kind: Option<String>,
    /// What is to be done.
    pub title: Option<String>,
    /// By when.
    pub due_at: Option<Option<Timestamp>>,
    /// Who is responsible.
    pub user: Option<Option<Uuid>>,
}

/// An activity in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct ActivityLine {
    pub id: Uuid,
    pub kind: String,
    pub title: String,
    /// Login of who is responsible.
    pub user: Option<String>,
    pub contact: Option<String>,
    pub record: Option<String>,
    pub ticket: Option<String>,
    pub mail_id: Option<Uuid>,
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    pub completed_by: Option<String>,
    pub overdue: bool,
}

/// Which activities.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// For which a user is responsible.
    pub user: Option<Uuid>,
    /// About a contact.
    pub contact: Option<Uuid>,
    /// About a record.
    pub record: Option<Uuid>,
    /// About a ticket.
    pub ticket: Option<Uuid>,
    /// From a mail.
    pub mail: Option<Uuid>,
    /// The done ones, or the open ones; both if it does not matter.
    pub done: Option<bool>,
}

impl Store {
    /// Adds an activity.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty kind or title.
    pub fn activity_add(&self, new: &NewActivity) -> Result<Uuid> {
        let (kind, title) = (word("kind", &new.kind)?, word("title", &new.title)?);
        let id = Uuid::now_v7();
        self.connection()?.execute(
            include_str!("sql/activity_add.sql"),
            &[&id, &kind, &title, &new.user, &new.contact, &new.record, &new.ticket, &new.mail, &new.due_at],
        )?;
        Ok(id)
    }

    /// Activities, what is due first first.
    ///
    /// # Errors
    /// The database's.
    pub fn activity_list(
        &self,
        filter: &ActivityFilter,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<ActivityLine>> {
        self.activities(filter, None, after, limit)
    }

    /// One activity.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn activity_show(&self, id: Uuid) -> Result<ActivityLine> {
        self.activities(&ActivityFilter::default(), Some(id), None, 1)?.pop().ok_or_else(|| missing(id))
    }

    fn activities(
        &self,
        filter: &ActivityFilter,
        id: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<ActivityLine>> {
        let ActivityFilter { user, contact, record, ticket, mail, done } = filter;
        // What is asked for has an index of its own, but for a whole list.
        let narrow = [user, contact, record, ticket, mail, &id].into_iter().any(Option::is_some);
        let few = if narrow { None } else { self.few_about("activity")? };
        let rows = self.connection()?.query(
            include_str!("sql/activity_list.sql"),
            &[user, contact, record, ticket, mail, done, &id, &after, &limit, &few],
        )?;
        let line = |row: &postgres::Row| ActivityLine {
            id: row.get(0),
            kind: row.get(1),
            title: row.get(2),
            user: row.get(3),
            contact: row.get(4),
            record: row.get(5),
            ticket: row.get(6),
            mail_id: row.get(7),
            due_at: row.get(8),
            created_at: row.get(9),
            completed_at: row.get(10),
            completed_by: row.get(11),
            overdue: row.get::<_, Option<bool>>(12).unwrap_or_default(),
        };
        Ok(rows.iter().map(line).collect())
    }

    /// Changes an activity.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for an empty kind or title.
    pub fn activity_edit(&self, id: Uuid, change: &ActivityChange) -> Result<()> {
        let mut columns = Map::new();
        if let Some(kind) = &change.kind {
            columns.insert("kind".into(), word("kind", kind)?.into());
        }
        if let Some(title) = &change.title {
            columns.insert("title".into(), word("title", title)?.into());
        }
        if let Some(due) = change.due_at {
            columns.insert("due_at".into(), due.map(|due| due.to_string()).into());
        }
        if let Some(user) = change.user {
            columns.insert("owner_id".into(), user.map(|user| user.to_string()).into());
        }
        let sql = include_str!("sql/activity_edit.sql");
        found(self.connection()?.execute(sql, &[&id, &Value::Object(columns)])?, id)
    }

    /// Says that an activity is done, or opens it again.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn activity_complete(&self, id: Uuid, done: bool) -> Result<()> {
        found(self.connection()?.execute(include_str!("sql/activity_complete.sql"), &[&id, &done])?, id)
    }
}

fn word(what: &str, text: &str) -> Result<String> {
    let text = gate(text.trim(), if what == "kind" { SHORT } else { LINE });
    if text.is_empty() {
        return Err(Error::Invalid(format!("an activity needs a {what}")));
    }
    Ok(text.into_owned())
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { noun: "activity", name: id.to_string() }
}

fn found(changed: u64, id: Uuid) -> Result<()> {
    if changed == 0 { Err(missing(id)) } else { Ok(()) }
}
