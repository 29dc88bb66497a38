//! `crmctl activity`.

use super::args::activity::Activity as Verb;
use super::desk::Desk;
use super::pick::{self, Way};
use super::table::Table;
use super::text::{self, Page};
use crate::store::{ActivityChange, ActivityFilter, ActivityLine, NewActivity, Store};
use jiff::Timestamp;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::Add { title, kind, due, user, contact, record, ticket, mail } => {
            let new = NewActivity {
                kind: kind.clone(),
                title: title.clone(),
                user: user.as_deref().map(|login| store.user_id(login)).transpose()?,
                contact: contact_of(desk, &store, contact.as_deref())?,
                record: record.as_deref().map(|r| pick::record(&store, r)).transpose()?,
                ticket: ticket.as_deref().map(|t| pick::ticket(&store, t)).transpose()?,
                mail: mail.map(|mail| store.mail_find(mail)).transpose()?,
                due_at: due.as_deref().map(|due| pick::when(desk, due, Way::Ahead)).transpose()?,
            };
            let id = store.activity_add(&new)?;
            let line = store.activity_show(id)?;
            let whose = line.user.as_ref().map(|user| format!(" for {user}")).unwrap_or_default();
            let until = line.due_at.map(|due| format!(", due {}", text::time(due))).unwrap_or_default();
            desk.done(&line, &format!("activity {id} added{whose}{until}"))
        }
        Verb::List { all, user, contact, mail, done, limit, after } => {
            let everybody = *all || contact.is_some() || mail.is_some();
            let filter = ActivityFilter {
                user: pick::whose(&store, everybody, user.as_deref())?,
                contact: contact_of(desk, &store, contact.as_deref())?,
                mail: *mail,
                done: Some(*done),
                ..ActivityFilter::default()
            };
            desk.list(&store.activity_list(&filter, *after, i64::from(*limit))?, table)
        }
        Verb::Show { activity } => desk.show(&store.activity_show(*activity)?, shown),
        Verb::Set { activity, title, kind, due, user } => {
            let change = ActivityChange {
                kind: kind.clone(),
                title: title.clone(),
                due_at: due.as_deref().map(|due| pick::due(desk, due)).transpose()?,
                user: user.as_deref().map(|login| pick::user(&store, login)).transpose()?,
            };
            store.activity_edit(*activity, &change)?;
            desk.done(&store.activity_show(*activity)?, &format!("activity {activity} changed"))
        }
        Verb::Complete { activities } => complete(desk, &store, activities, true),
        Verb::Reopen { activities } => complete(desk, &store, activities, false),
    }
}

fn contact_of(desk: &Desk, store: &Store, written: Option<&str>) -> anyhow::Result<Option<Uuid>> {
    written.map(|contact| pick::contact(&desk.config()?, store, contact)).transpose()
}

fn complete(desk: &Desk, store: &Store, activities: &[Uuid], done: bool) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for activity in activities {
        store.activity_complete(*activity, done)?;
        lines.push(store.activity_show(*activity)?);
    }
    let what = if done { "done" } else { "open again" };
    desk.done(&lines, &format!("{} {what}", text::count(activities.len(), "activity", "activities")))
}

/// When it is due, or was done, for people.
pub fn due(done: Option<Timestamp>, due: Option<Timestamp>, overdue: bool) -> String {
    match (done, due) {
        (Some(done), _) => format!("done {}", text::time(done)),
        (None, Some(due)) if overdue => format!("OVERDUE {}", text::time(due)),
        (None, Some(due)) => text::time(due),
        (None, None) => String::new(),
    }
}

/// What it is about, for people.
pub fn about(contact: &Option<String>, record: &Option<String>, ticket: &Option<String>) -> String {
    let about = [contact, record, ticket];
    about.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
}

/// Activities as a table.
pub fn table(activities: &[ActivityLine]) -> Table {
    let mut table = Table::new(&["due", "kind", "activity", "for", "about", "id"]);
    for line in activities {
        table.row([
            due(line.completed_at, line.due_at, line.overdue),
            line.kind.clone(),
            line.title.clone(),
            line.user.clone().unwrap_or_default(),
            about(&line.contact, &line.record, &line.ticket),
            line.id.to_string(),
        ]);
    }
    table
}

fn shown(line: &ActivityLine) -> String {
    let mut page = Page::default();
    page.field("Kind", &line.kind);
    page.field("Activity", &line.title);
    page.maybe("For", line.user.as_ref());
    page.maybe("About", Some(about(&line.contact, &line.record, &line.ticket)));
    page.maybe("Mail", line.mail_id);
    page.maybe("Due", line.due_at.map(text::time));
    page.field("Created", text::time(line.created_at));
    page.maybe("Completed", line.completed_at.map(text::time));
    page.maybe("By", line.completed_by.as_ref());
    page.field("Id", line.id);
    page.finish()
}
