//! `crmctl unresolved`: mails that wait for a person, each settled by one command.

use super::args::unresolved::{LinkTo, Unresolved as Verb};
use super::desk::Desk;
use super::exit::{DATAERR, USAGE, fault};
use super::pick;
use super::table::Table;
use super::text;
use crate::crm::plan::Target;
use crate::crm::unresolved::{CAUSES, is_cause};
use crate::store::{ContactFromMail, Page, Store, UnresolvedLine};
use jiff::{Timestamp, Unit};
use serde_json::json;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::List { cause, inbox, page } => {
            known(cause.as_deref())?;
            desk.list(&store.unresolved_list(cause.as_deref(), inbox.as_deref(), page.into())?, table)
        }
        Verb::Link { id, target } => link(desk, &store, *id, target),
        Verb::Contact { id, name, address, owner, without_lead } => {
            let owner = owner.as_deref().map(|login| store.user_id(login)).transpose()?;
            contact(desk, &store, *id, name.as_deref(), address.as_deref(), owner, !without_lead)
        }
        Verb::Dismiss { ids, cause, inbox, reason } => {
            known(cause.as_deref())?;
            if reason.trim().is_empty() {
                return Err(fault(USAGE, "--reason says why, for whoever asks later"));
            }
            let resolution = format!("dismissed by {}: {}", desk.operator(), reason.trim());
            let count = match cause {
                Some(cause) => dismiss_all(&store, cause, inbox.as_deref(), &resolution)?,
                None => {
                    for id in ids {
                        store.unresolved_dismiss(*id, &resolution)?;
                    }
                    ids.len()
                }
            };
            let sentence = format!("{} dismissed", text::count(count, "mail", "mails"));
            desk.done(&json!({ "dismissed": count }), &sentence)
        }
    }
}

/// Refuses a cause that is none.
fn known(cause: Option<&str>) -> anyhow::Result<()> {
    match cause.filter(|cause| !is_cause(cause)) {
        Some(cause) => {
            let known = CAUSES.map(|(cause, _)| cause).join(", ");
            Err(fault(USAGE, format!("no cause `{cause}`; there are {known}")))
        }
        None => Ok(()),
    }
}

/// Those that are there now: what comes while somebody decides was never seen.
fn dismiss_all(store: &Store, cause: &str, inbox: Option<&str>, resolution: &str) -> anyhow::Result<usize> {
    let newest = store.unresolved_list(Some(cause), inbox, Page { before: None, limit: 1 })?;
    let Some(newest) = newest.first() else { return Ok(0) };
    let count = store.unresolved_dismiss_all(cause, inbox, newest.id, resolution)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn link(desk: &Desk, store: &Store, id: Uuid, to: &LinkTo) -> anyhow::Result<()> {
    let (target, name) = match to {
        LinkTo { contact: Some(contact), .. } => {
            let contact = store.contact_find(pick::key(&desk.config()?, contact))?;
            (Target::Contact(contact.id), contact.name)
        }
        LinkTo { record: Some(record), .. } => {
            let record = store.record_show(record)?.line;
            (Target::Record(record.id), record.code)
        }
        // One of the three is there, as the command line demands.
        LinkTo { ticket, .. } => {
            let ticket = store.ticket_show(ticket.as_deref().unwrap_or_default())?.line;
            (Target::Ticket(ticket.id), ticket.code)
        }
    };
    store.unresolved_link(id, target, &format!("linked to {name} by {}", desk.operator()))?;
    desk.done(&json!({ "id": id, "linked_to": name }), &format!("linked to {name}"))
}

fn contact(
    desk: &Desk,
    store: &Store,
    id: Uuid,
    name: Option<&str>,
    address: Option<&str>,
    owner: Option<Uuid>,
    lead: bool,
) -> anyhow::Result<()> {
    let config = desk.config()?;
    let line = store.intake_show(id)?;
    let author = line.mail_id.map(|mail| store.mail_author(mail)).transpose()?.flatten();
    let (written, of_author) = match (address, &author) {
        (Some(address), _) => (address.to_owned(), None),
        (None, Some((name, address))) => (address.clone(), name.clone()),
        (None, None) => return Err(fault(DATAERR, "its author has no address; name one with --address")),
    };
    let keys = pick::keys(&config, std::slice::from_ref(&written), &[])?;
    let name = name.map(str::to_owned).or(of_author).filter(|name| !name.trim().is_empty());
    let title = line.subject.clone().filter(|subject| !subject.trim().is_empty());
    let name = name.unwrap_or_else(|| written.clone());
    let lead = lead.then(|| (config.records.lead_series.to_string(), title.unwrap_or_else(|| name.clone())));
    let new = ContactFromMail { name: name.clone(), keys, owner, lead };
    let resolution = format!("made the contact {name} by {}", desk.operator());
    let (contact, lead) = store.unresolved_contact(id, &new, &resolution)?;
    let with = lead.as_ref().map(|code| format!(", with {code}")).unwrap_or_default();
    let done = json!({ "id": id, "contact_id": contact, "lead": lead });
    desk.done(&done, &format!("contact {name} made{with}"))
}

/// Waiting mails as a table.
pub fn table(lines: &[UnresolvedLine]) -> Table {
    let now = Timestamp::now();
    let mut table = Table::new(&["id", "age", "inbox", "from", "subject", "cause", "candidates", "reason"]);
    for line in lines {
        table.row([
            line.id.to_string(),
            age(now, line.received_at),
            line.inbox.clone(),
            format!("<{}>", line.mail_from),
            line.subject.clone().unwrap_or_default(),
            line.cause.clone().unwrap_or_default(),
            line.candidates.join(", "),
            line.reason.clone(),
        ]);
    }
    table
}

/// `5m`, `3h`, `12d`.
fn age(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.since(then).and_then(|span| span.total(Unit::Minute)).unwrap_or_default().max(0.0);
    match minutes {
        m if m < 60.0 => format!("{m:.0}m"),
        m if m < 48.0 * 60.0 => format!("{:.0}h", (m / 60.0).floor()),
        m => format!("{:.0}d", (m / 1440.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_short_and_never_negative() {
        let now = Timestamp::from_second(10_000_000).expect("a constant moment");
        let ago = |seconds: i64| age(now, Timestamp::from_second(10_000_000 - seconds).expect("near it"));
        assert_eq!([ago(-5), ago(300), ago(7300), ago(3 * 86_400)], ["0m", "5m", "2h", "3d"]);
    }
}
