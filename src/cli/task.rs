//! `crmctl task`.

use super::activity;
use super::args::task::Task as Verb;
use super::desk::Desk;
use super::pick::{self, Way};
use super::table::Table;
use super::text;
use crate::store::{NewTask, Store, TaskChange, TaskFilter, TaskLine};
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::Add { title, due, login, contact, record, ticket } => {
            let config = desk.config()?;
            let new = NewTask {
                title: title.clone(),
                user: login.as_deref().map(|login| store.user_id(login)).transpose()?,
                contact: contact.as_deref().map(|c| pick::contact(&config, &store, c)).transpose()?,
                record: record.as_deref().map(|r| pick::record(&store, r)).transpose()?,
                ticket: ticket.as_deref().map(|t| pick::ticket(&store, t)).transpose()?,
                due_at: due.as_deref().map(|due| pick::when(desk, due, Way::Ahead)).transpose()?,
            };
            let id = store.task_add(&new)?;
            let until = new.due_at.map(|due| format!(", due {}", text::time(due))).unwrap_or_default();
            desk.done(&store.task_show(id)?, &format!("task {id} added{until}"))
        }
        Verb::List { all, login, contact, done, limit, after } => {
            let filter = TaskFilter {
                user: pick::whose(&store, *all || contact.is_some(), login.as_deref())?,
                contact: contact.as_deref().map(|c| pick::contact(&desk.config()?, &store, c)).transpose()?,
                done: *done,
                ..TaskFilter::default()
            };
            desk.list(&store.task_list(&filter, *after, i64::from(*limit))?, table)
        }
        Verb::Set { task, title, due, login } => {
            let change = TaskChange {
                title: title.clone(),
                due_at: due.as_deref().map(|due| pick::due(desk, due)).transpose()?,
                user: login.as_deref().map(|login| pick::user(&store, login)).transpose()?,
            };
            store.task_edit(*task, &change)?;
            desk.done(&store.task_show(*task)?, &format!("task {task} changed"))
        }
        Verb::Complete { tasks } => complete(desk, &store, tasks, true),
        Verb::Reopen { tasks } => complete(desk, &store, tasks, false),
    }
}

fn complete(desk: &Desk, store: &Store, tasks: &[Uuid], done: bool) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for task in tasks {
        store.task_complete(*task, done)?;
        lines.push(store.task_show(*task)?);
    }
    let what = if done { "done" } else { "open again" };
    desk.done(&lines, &format!("{} {what}", text::count(tasks.len(), "task", "tasks")))
}

/// Tasks as a table.
pub fn table(tasks: &[TaskLine]) -> Table {
    let mut table = Table::new(&["due", "task", "for", "about", "id"]);
    for task in tasks {
        table.row([
            activity::due(task.completed_at, task.due_at, task.overdue),
            task.title.clone(),
            task.user.clone().unwrap_or_default(),
            activity::about(&task.contact, &task.record, &task.ticket),
            task.id.to_string(),
        ]);
    }
    table
}
