//! `crmctl notification`: news for users.

use super::args::notification::Notification as Verb;
use super::desk::Desk;
use super::table::Table;
use super::text;
use crate::store::NotificationLine;
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    let id = |login: &Option<String>| login.as_deref().map(|login| store.user_id(login)).transpose();
    match verb {
        Verb::List { user, all, page } => {
            desk.list(&store.notification_list(id(user)?, *all, page.into())?, table)
        }
        Verb::Seen { notifications, user } => {
            let new = store.notification_seen(notifications, id(user)?)?;
            let sentence = format!("{} marked as seen", text::count(new, "notification", "notifications"));
            desk.done(&json!({ "seen": new }), &sentence)
        }
    }
}

/// News as a table.
pub fn table(notifications: &[NotificationLine]) -> Table {
    let mut table = Table::new(&["id", "user", "since", "seen", "kind", "about", "text"]);
    for one in notifications {
        table.row([
            one.id.to_string(),
            one.user.clone(),
            text::time(one.created_at),
            if one.seen_at.is_some() { "yes" } else { "no" }.into(),
            one.kind.clone(),
            one.about.clone().unwrap_or_default(),
            one.text.clone(),
        ]);
    }
    table
}
