//! Tasks: for a user, perhaps about a contact, record or ticket, with a time by which they are to be done.

use super::text::{LINE, gate};
use super::{Error, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A task to add.
#[derive(Debug, Clone, Default)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// For whom; whoever adds it if nobody is named.
    pub user: Option<Uuid>,
    /// About whom.
    pub contact: Option<Uuid>,
    /// About which record.
    pub record: Option<Uuid>,
    /// About which ticket.
    pub ticket: Option<Uuid>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

/// A change of a task: `Some(None)` empties.
#[derive(Debug, Clone, Default)]
pub struct TaskChange {
    /// What is to be done.
    pub title: Option<String>,
    /// By when.
    pub due_at: Option<Option<Timestamp>>,
    /// For whom.
    pub user: Option<Option<Uuid>>,
}

/// A task in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct TaskLine {
    pub id: Uuid,
    pub title: String,
    /// Login.
    pub user: Option<String>,
    pub contact: Option<String>,
    pub contact_id: Option<Uuid>,
    pub record: Option<String>,
    pub ticket: Option<String>,
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    pub completed_by: Option<String>,
    pub overdue: bool,
}

/// Which tasks.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Those of a user.
    pub user: Option<Uuid>,
    /// Those about a contact.
    pub contact: Option<Uuid>,
    /// Those about a record.
    pub record: Option<Uuid>,
    /// Those about a ticket.
    pub ticket: Option<Uuid>,
    /// Those that are done, instead of those that are not.
    pub done: bool,
}

impl Store {
    /// Adds a task.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty title.
    pub fn task_add(&self, new: &NewTask) -> Result<Uuid> {
        let title = task_title(&new.title)?;
        let id = Uuid::now_v7();
        self.connection()?.execute(
            include_str!("sql/task_add.sql"),
            &[&id, &title, &new.user, &new.contact, &new.record, &new.ticket, &new.due_at],
        )?;
        Ok(id)
    }

    /// Tasks, what is due first first.
    ///
    /// # Errors
    /// The database's.
    pub fn task_list(&self, filter: &TaskFilter, after: Option<Uuid>, limit: i64) -> Result<Vec<TaskLine>> {
        self.tasks(filter, None, after, limit)
    }

    /// One task.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn task_show(&self, id: Uuid) -> Result<TaskLine> {
        self.tasks(&TaskFilter::default(), Some(id), None, 1)?.pop().ok_or_else(|| missing(id))
    }

    fn tasks(
        &self,
        filter: &TaskFilter,
        id: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<TaskLine>> {
        // What is asked for has an index of its own, but for a whole list.
        let narrow =
            [filter.user, filter.contact, filter.record, filter.ticket, id].iter().any(Option::is_some);
        let few = if narrow { None } else { self.few_about("task")? };
        let rows = self.connection()?.query(
            include_str!("sql/task_list.sql"),
            &[
                &filter.user,
                &filter.contact,
                &filter.record,
                &filter.ticket,
                &filter.done,
                &id,
                &after,
                &limit,
                &few,
            ],
        )?;
        let task = |row: &postgres::Row| TaskLine {
            id: row.get(0),
            title: row.get(1),
            user: row.get(2),
            contact: row.get(3),
            contact_id: row.get(4),
            record: row.get(5),
            ticket: row.get(6),
            due_at: row.get(7),
            created_at: row.get(8),
            completed_at: row.get(9),
            completed_by: row.get(10),
            overdue: row.get::<_, Option<bool>>(11).unwrap_or_default(),
        };
        Ok(rows.iter().map(task).collect())
    }

    /// Changes a task.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for an empty title.
    pub fn task_edit(&self, id: Uuid, change: &TaskChange) -> Result<()> {
        let mut columns = Map::new();
        if let Some(title) = &change.title {
            columns.insert("title".into(), task_title(title)?.into());
        }
        if let Some(due) = change.due_at {
            columns.insert("due_at".into(), due.map(|due| due.to_string()).into());
        }
        if let Some(user) = change.user {
            columns.insert("assigned_to".into(), user.map(|user| user.to_string()).into());
        }
        let sql = include_str!("sql/task_edit.sql");
        found(self.connection()?.execute(sql, &[&id, &Value::Object(columns)])?, id)
    }

    /// Says that a task is done, or opens it again.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn task_complete(&self, id: Uuid, done: bool) -> Result<()> {
        found(self.connection()?.execute(include_str!("sql/task_complete.sql"), &[&id, &done])?, id)
    }

    /// The user as whom the connection acts; `None`: an operator.
    ///
    /// # Errors
    /// The database's.
    pub fn acting_user(&self) -> Result<Option<(Uuid, String)>> {
        let row = self.connection()?.query_opt(include_str!("sql/users_me.sql"), &[])?;
        Ok(row.map(|row| (row.get(0), row.get(1))))
    }
}

fn task_title(title: &str) -> Result<String> {
    let title = gate(title.trim(), LINE);
    if title.is_empty() { Err(Error::Invalid("a task needs a title".into())) } else { Ok(title.into_owned()) }
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { noun: "task", name: id.to_string() }
}

fn found(changed: u64, id: Uuid) -> Result<()> {
    if changed == 0 { Err(missing(id)) } else { Ok(()) }
}
