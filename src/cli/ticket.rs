//! `crmctl ticket`.

use super::args::ticket::Ticket as Verb;
use super::desk::Desk;
use super::mail;
use super::table::Table;
use super::text::{self, Page};
use crate::store::{TicketFilter, TicketLine};

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List(page) => {
            desk.list(&desk.store()?.ticket_list(&TicketFilter::default(), page.into())?, table)
        }
        Verb::Show { ticket } => show(desk, ticket),
    }
}

/// Tickets as a table.
pub fn table(tickets: &[TicketLine]) -> Table {
    let mut table = Table::new(&["code", "status", "subject", "contact", "owner", "inbox", "since"]);
    for ticket in tickets {
        table.row([
            ticket.code.clone(),
            ticket.status.clone(),
            ticket.subject.clone(),
            ticket.contact.clone().unwrap_or_default(),
            ticket.owner.clone().unwrap_or_default(),
            ticket.inbox.clone(),
            text::time(ticket.created_at),
        ]);
    }
    table
}

fn show(desk: &Desk, key: &str) -> anyhow::Result<()> {
    let ticket = desk.store()?.ticket_show(key)?;
    desk.show(&ticket, |ticket| {
        let line = &ticket.line;
        let mut page = Page::default();
        page.field("Code", &line.code);
        page.field("Subject", &line.subject);
        page.field("Status", &line.status);
        page.field("Priority", &line.priority);
        page.field("Inbox", &line.inbox);
        page.maybe("Contact", line.contact.as_ref());
        page.maybe("Owner", line.owner.as_ref());
        page.field("Since", text::time(line.created_at));
        page.maybe("Solved", line.solved_at.map(text::time));
        page.field("Id", line.id);
        let mut out = page.finish();
        for comment in &ticket.comments {
            let author = comment.author.as_deref().unwrap_or("somebody");
            let kind = if comment.is_public { "wrote" } else { "noted" };
            let when = text::time(comment.created_at);
            out.push_str(&format!("\n{} {kind} on {when}:\n", text::line(author)));
            out.push_str(&text::lines(&comment.text));
            out.push('\n');
        }
        desk.section(&mut out, "Mail", &ticket.mails, mail::table);
        out
    })
}
