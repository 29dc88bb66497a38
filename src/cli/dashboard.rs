//! `crmctl dashboard`: one screen of what there is for a user (row W09).
//!
//! Looking changes nothing. With `--seen` exactly those news are marked that were shown: what came meanwhile, or did
//! not fit on the screen, is still new the next time.

use super::args::dashboard::Dashboard as Verb;
use super::desk::Desk;
use super::table::Table;
use super::{activity, notification, task, ticket, unresolved};
use crate::store::{Counts, Dashboard};
use uuid::Uuid;

/// Runs it.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    let user = match &verb.user {
        Some(login) => Some((store.user_id(login)?, login.clone())),
        None => store.acting_user()?,
    };
    let dashboard = store.dashboard(user, i64::from(verb.limit))?;
    desk.show(&dashboard, |dashboard| screen(desk, dashboard))?;
    if verb.seen && !dashboard.news.is_empty() {
        let ids: Vec<Uuid> = dashboard.news.iter().map(|one| one.id).collect();
        store.notification_seen(&ids, None)?;
    }
    Ok(())
}

fn screen(desk: &Desk, dashboard: &Dashboard) -> String {
    let mut out = summary(dashboard.user.as_deref(), &dashboard.counts);
    let counts = &dashboard.counts;
    section(desk, &mut out, "News", counts.news, &dashboard.news, notification::table);
    section(desk, &mut out, "Tasks", counts.tasks, &dashboard.tasks, task::table);
    section(desk, &mut out, "Activities", counts.activities, &dashboard.activities, activity::table);
    section(desk, &mut out, "Tickets", counts.tickets, &dashboard.tickets, ticket::table);
    section(desk, &mut out, "Mail that waits", counts.unresolved, &dashboard.unresolved, unresolved::table);
    out
}

fn summary(user: Option<&str>, counts: &Counts) -> String {
    let whose = super::text::line(user.unwrap_or("everybody"));
    format!(
        "For {whose}: {} news, {} overdue, {} tasks, {} activities, {} tickets, {} open records, {} mails that wait\n",
        counts.news,
        counts.overdue,
        counts.tasks,
        counts.activities,
        counts.tickets,
        counts.open_records,
        counts.unresolved
    )
}

fn section<T>(desk: &Desk, out: &mut String, words: &str, all: i64, rows: &[T], table: fn(&[T]) -> Table) {
    desk.section(out, words, rows, table);
    let more = all - i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if more > 0 {
        out.push_str(&format!("… and {more} more\n"));
    }
}
