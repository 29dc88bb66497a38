//! `crmctl audit`: who changed what, and when.

use super::args::audit::{Audit as Verb, AuditFilter as Filter};
use super::desk::Desk;
use super::table::Table;
use super::{pick, text};
use crate::store::{AuditFilter, AuditLine};

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let Verb::List(filter) = verb;
    let store = desk.store()?;
    let of = match filter {
        Filter { contact: Some(contact), .. } => Some(pick::contact(&desk.config()?, &store, contact)?),
        Filter { record: Some(record), .. } => Some(pick::record(&store, record)?),
        Filter { ticket: Some(ticket), .. } => Some(pick::ticket(&store, ticket)?),
        Filter { id, .. } => *id,
    };
    let by = filter.by.as_deref().map(|login| store.user_id(login)).transpose()?;
    let wanted = AuditFilter { of, by, entity: filter.table.clone() };
    desk.list(&store.audit_list(&wanted, filter.before, filter.limit.into())?, table)
}

fn table(lines: &[AuditLine]) -> Table {
    let mut table = Table::new(&["id", "at", "who", "what", "of", "change"]);
    for line in lines {
        let operator = line.operator.as_ref().map(|operator| format!("{operator} at the desk"));
        let key = line.key.as_ref().map(ToString::to_string);
        table.row([
            line.id.to_string(),
            text::time(line.at),
            line.user.clone().or(operator).unwrap_or_else(|| line.db_role.clone()),
            format!("{} {}", line.action, line.entity),
            line.entity_id.map(|id| id.to_string()).or(key).unwrap_or_default(),
            line.change.to_string(),
        ]);
    }
    table
}
