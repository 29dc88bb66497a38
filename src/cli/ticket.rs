//! `crmctl ticket`.
//!
//! A comment is what the contact is to read. It is kept and shown here; nothing goes out by mail, and the verb says
//! so.

mod add;

use super::args::ticket::{Ticket as Verb, TicketFilter as Filter};
use super::columns::{Column, Columns};
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use super::text::{self, Page};
use super::{activity, mail, note, pick};
use crate::crm::change::{Changes, Of};
use crate::store::{Store, Ticket, TicketFilter, TicketLine};
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::List { filter, columns, page } => {
            let columns = Columns::named(&columns, &COLUMNS, &USUAL)?;
            let filter = filter_of(desk, &store, filter)?;
            desk.list(&store.ticket_list(&filter, (&page).into())?, |tickets| columns.table(tickets))
        }
        Verb::Add(what) => add::run(desk, &store, &what),
        Verb::Show { ticket } => show(desk, &ticket),
        Verb::Set { ticket, changes } => set(desk, &store, &ticket, &changes),
        Verb::Comment { ticket, text } => comment(desk, &store, &ticket, &text, true),
        Verb::Note { ticket, text } => comment(desk, &store, &ticket, &text, false),
    }
}

fn filter_of(desk: &Desk, store: &Store, filter: Filter) -> anyhow::Result<TicketFilter> {
    let contact =
        filter.contact.map(|contact| pick::contact(&desk.config()?, store, &contact)).transpose()?;
    Ok(TicketFilter {
        status: filter.status,
        priority: filter.priority,
        owner: filter.owner,
        inbox: filter.inbox,
        contact,
        record: None,
    })
}

fn set(desk: &Desk, store: &Store, written: &str, words: &[String]) -> anyhow::Result<()> {
    let mut changes = Changes::parse(words, Of::Ticket).map_err(|wrong| fault(DATAERR, wrong))?;
    let id = pick::ticket(store, written)?;
    if let Some(record) = changes.text("record") {
        let record = pick::record(store, record)?;
        changes.fields.insert("record".into(), record.to_string().into());
    }
    if let Some(contact) = changes.text("contact") {
        let contact = pick::contact(&desk.config()?, store, contact)?;
        changes.fields.insert("contact".into(), contact.to_string().into());
    }
    store.ticket_edit(id, &changes)?;
    let ticket = store.ticket_show(&id.to_string())?;
    desk.done(&ticket, &format!("{} changed: {}", ticket.line.code, ticket.line.status))
}

fn comment(desk: &Desk, store: &Store, written: &str, words: &str, public: bool) -> anyhow::Result<()> {
    let id = pick::ticket(store, written)?;
    let comment = store.ticket_comment(id, &pick::text(words)?, public)?;
    let sentence = match public {
        true => "comment kept; it was not sent: answer the contact by mail as well",
        false => "note kept, for colleagues only",
    };
    desk.done(&json!({ "id": comment, "is_public": public, "sent": false }), sentence)
}

const COLUMNS: [Column<TicketLine>; 13] = [
    ("code", |t| t.code.clone()),
    ("status", |t| t.status.clone()),
    ("priority", |t| t.priority.clone()),
    ("subject", |t| t.subject.clone()),
    ("contact", |t| t.contact.clone().unwrap_or_default()),
    ("owner", |t| t.owner.clone().unwrap_or_default()),
    ("inbox", |t| t.inbox.clone()),
    ("record", |t| t.record.clone().unwrap_or_default()),
    ("since", |t| text::time(t.created_at)),
    ("changed", |t| text::time(t.updated_at)),
    ("solved", |t| t.solved_at.map(text::time).unwrap_or_default()),
    ("closed", |t| t.closed_at.map(text::time).unwrap_or_default()),
    ("id", |t| t.id.to_string()),
];

const USUAL: [&str; 8] = ["code", "status", "priority", "subject", "contact", "owner", "inbox", "since"];

/// Tickets as a table.
pub fn table(tickets: &[TicketLine]) -> Table {
    Columns::named(&[], &COLUMNS, &USUAL).map_or_else(|_| Table::new(&[]), |columns| columns.table(tickets))
}

fn show(desk: &Desk, key: &str) -> anyhow::Result<()> {
    let ticket = desk.store()?.ticket_show(key)?;
    desk.show(&ticket, |ticket| {
        let mut out = top(ticket);
        for comment in &ticket.comments {
            let author = comment.author.as_deref().unwrap_or("an operator");
            let kind = if comment.is_public { "wrote (not sent by mail)" } else { "noted for colleagues" };
            let when = text::time(comment.created_at);
            out.push_str(&format!("\n{} {kind} on {when}:\n", text::line(author)));
            out.push_str(&text::lines(&comment.text));
            out.push('\n');
        }
        if !ticket.notes.is_empty() {
            out.push('\n');
            out.push_str(&desk.heading("Notes"));
            ticket.notes.iter().for_each(|n| out.push_str(&note::shown(n)));
        }
        desk.section(&mut out, "Activities", &ticket.activities, activity::table);
        desk.section(&mut out, "Mail", &ticket.mails, mail::table);
        out
    })
}

fn top(ticket: &Ticket) -> String {
    let line = &ticket.line;
    let mut page = Page::default();
    page.field("Code", &line.code);
    page.field("Subject", &line.subject);
    page.field("Status", &line.status);
    page.field("Priority", &line.priority);
    page.field("Inbox", &line.inbox);
    page.maybe("Contact", line.contact.as_ref());
    page.maybe("Record", line.record.as_ref());
    page.maybe("Owner", line.owner.as_ref());
    page.maybe("Follows", line.follows.as_ref());
    page.maybe("Followed by", ticket.followed_by.first());
    page.field("Since", text::time(line.created_at));
    page.field("Changed", text::time(line.updated_at));
    page.maybe("Solved", line.solved_at.map(text::time));
    page.maybe("Closed", line.closed_at.map(text::time));
    page.field("Id", line.id);
    page.finish()
}
