//! `crmctl retention`: what the daemon's upkeep does each hour, done now or only counted, by an administrator.

use super::args::retention::Retention as Verb;
use super::desk::Desk;
use super::exit::{USAGE, fault};
use super::privacy::administrator;
use super::table::Table;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let Verb::Run { preview } = verb;
    let inboxes = desk.config()?.retention();
    if inboxes.is_empty() {
        return Err(fault(USAGE, "every inbox keeps its mail for ever: no [[inbox]] has retention_days"));
    }
    let store = administrator(desk)?;
    let done = store.retain(&inboxes, *preview)?;
    if !preview {
        store.drop_empty_partitions()?;
    }
    desk.list(&done, |inboxes| {
        let mut table = Table::new(&["inbox", "days", "mails", "lines"]);
        for inbox in inboxes {
            table.row([
                inbox.inbox.clone(),
                inbox.days.to_string(),
                inbox.mails.to_string(),
                inbox.lines.to_string(),
            ]);
        }
        table
    })
}
