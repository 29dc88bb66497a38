//! `crmctl contact`.

use super::args::contact::Contact as Verb;
use super::desk::Desk;
use super::table::Table;
use super::text::{self, Page};
use super::{mail, record, ticket};
use crate::mail::address;
use crate::store::ContactFilter;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List(page) => {
            let contacts = desk.store()?.contact_list(&ContactFilter::default(), page.into())?;
            desk.list(&contacts, |contacts| {
                let mut table =
                    Table::new(&["name", "addresses", "phones", "company", "owner", "origin", "since"]);
                for contact in contacts {
                    table.row([
                        contact.name.clone(),
                        contact.addresses.join(", "),
                        contact.phones.join(", "),
                        contact.company.clone().unwrap_or_default(),
                        contact.owner.clone().unwrap_or_default(),
                        contact.origin.clone().unwrap_or_default(),
                        text::time(contact.created_at),
                    ]);
                }
                table
            })
        }
        Verb::Show { contact } => show(desk, contact),
    }
}

fn show(desk: &Desk, key: &str) -> anyhow::Result<()> {
    let canonical = address::canonical(key, desk.config()?.case_sensitive_local_parts);
    let contact = desk.store()?.contact_show(canonical.as_deref().unwrap_or(key))?;
    desk.show(&contact, |contact| {
        let line = &contact.line;
        let mut page = Page::default();
        page.field("Name", &line.name);
        page.maybe("Company", line.company.as_ref());
        page.field("Type", &line.kind);
        page.field("State", &line.state);
        page.maybe("Addresses", Some(line.addresses.join(", ")));
        page.maybe("Phones", Some(line.phones.join(", ")));
        page.maybe("Language", line.language.as_ref());
        page.maybe("Owner", line.owner.as_ref());
        page.maybe("Origin", line.origin.as_ref());
        page.field("Since", text::time(line.created_at));
        page.field("Id", line.id);
        let mut out = page.finish();
        desk.section(&mut out, "Records", &contact.records, record::table);
        desk.section(&mut out, "Tickets", &contact.tickets, ticket::table);
        desk.section(&mut out, "Mail", &contact.mails, mail::table);
        out
    })
}
