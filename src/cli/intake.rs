//! `crmctl intake`.

use super::args::intake::Intake as Verb;
use super::desk::Desk;
use super::exit::{USAGE, fault};
use super::table::Table;
use super::text;
use crate::crm::plan::Outcome;
use crate::store::{IntakeFilter, IntakeLine};

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    let Verb::List { outcome, inbox, page } = verb;
    if let Some(name) = outcome.as_deref().filter(|name| Outcome::from_name(name).is_none()) {
        let known = Outcome::ALL.map(Outcome::as_str).join(", ");
        return Err(fault(USAGE, format!("no outcome `{name}`; there are {known}")));
    }
    let filter = IntakeFilter { inbox, outcome, ..IntakeFilter::default() };
    desk.list(&desk.store()?.intake_list(&filter, (&page).into())?, table)
}

/// Intakes as a table.
pub fn table(intakes: &[IntakeLine]) -> Table {
    let mut table =
        Table::new(&["received", "inbox", "from", "subject", "outcome", "reason", "owner", "mail"]);
    for intake in intakes {
        let inbox = match &intake.detail {
            Some(detail) => format!("{}+{detail}", intake.inbox),
            None => intake.inbox.clone(),
        };
        table.row([
            text::time(intake.received_at),
            inbox,
            format!("<{}>", intake.mail_from),
            intake.subject.clone().unwrap_or_default(),
            intake.outcome.clone(),
            intake.reason.clone(),
            intake.owner.clone().unwrap_or_default(),
            intake.mail_id.map(|id| id.to_string()).unwrap_or_default(),
        ]);
    }
    table
}
