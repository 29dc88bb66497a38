//! The card of a contact, for people.

use super::desk::Desk;
use super::table::Table;
use super::text::{self, Page};
use super::{mail, note, pick, record, task, ticket};
use crate::store::{AddressLine, BlockOnCard, Contact, MergedContact, PhoneLine, Relation};

/// Shows the card of the contact that an id, an address, a phone or a name means.
pub fn show(desk: &Desk, written: &str) -> anyhow::Result<()> {
    let config = desk.config()?;
    let contact = desk.store()?.contact_show(pick::key(&config, written))?;
    desk.show(&contact, |contact| {
        let mut out = top(contact);
        desk.section(&mut out, "Addresses", &contact.address_list, addresses);
        desk.section(&mut out, "Phones", &contact.phone_list, phones);
        desk.section(&mut out, "Blocks", &contact.blocks, blocks);
        desk.section(&mut out, "Persons", &contact.persons, relations);
        desk.section(&mut out, "Companies", &contact.companies, relations);
        if !contact.notes.is_empty() {
            out.push('\n');
            out.push_str(&desk.heading("Notes"));
            contact.notes.iter().for_each(|n| out.push_str(&note::shown(n)));
        }
        desk.section(&mut out, "Tasks", &contact.tasks, task::table);
        desk.section(&mut out, "Records", &contact.records, record::table);
        desk.section(&mut out, "Tickets", &contact.tickets, ticket::table);
        desk.section(&mut out, "Mail", &contact.mails, mail::table);
        desk.section(&mut out, "Merged into this one", &contact.merged, merged);
        out
    })
}

fn top(contact: &Contact) -> String {
    let line = &contact.line;
    let mut page = Page::default();
    let emoji = line.emoji.as_ref().map(|emoji| format!("{emoji} ")).unwrap_or_default();
    page.field("Name", format!("{emoji}{}", line.name));
    page.maybe("Company", line.company.as_ref());
    page.maybe("Job title", line.job_title.as_ref());
    page.field("Type", if line.is_company { format!("{}, a company", line.kind) } else { line.kind.clone() });
    page.maybe("Stage", line.stage.as_ref());
    page.field("State", &line.state);
    page.maybe("Automatic mail", contact.no_automatic_mail.map(|why| format!("none: {why}")));
    page.maybe("Stars", Some("★".repeat(usize::try_from(line.stars).unwrap_or(0))));
    page.maybe("Colour", line.colour.as_ref());
    page.maybe("Language", line.language.as_ref());
    page.maybe("Interests", Some(line.interests.join(", ")));
    page.maybe("Owner", line.owner.as_ref());
    page.maybe("Office", line.office.as_ref());
    page.maybe("Origin", line.origin.as_ref());
    page.field("Since", text::time(line.created_at));
    page.field("Changed", text::time(line.updated_at));
    page.field("Id", line.id);
    page.finish()
}

fn addresses(addresses: &[AddressLine]) -> Table {
    let mut table = Table::new(&["address", "link", "remark"]);
    for line in addresses {
        let mut remarks = Vec::new();
        if line.shared {
            remarks.push("another contact has it too".to_owned());
        }
        if let Some(off_at) = line.off_at {
            let reason = line.off_reason.as_deref().unwrap_or("for no reason that is known");
            remarks.push(format!("switched off: {reason}, since {}", text::time(off_at)));
        }
        table.row([line.address.clone(), line.link.clone(), remarks.join("; ")]);
    }
    table
}

fn phones(phones: &[PhoneLine]) -> Table {
    let mut table = Table::new(&["phone", "link", "WhatsApp"]);
    for line in phones {
        table.row([line.number.clone(), line.link.clone(), line.whatsapp.clone().unwrap_or_default()]);
    }
    table
}

fn blocks(blocks: &[BlockOnCard]) -> Table {
    let mut table = Table::new(&["what", "scope", "reason", "by", "since"]);
    for block in blocks {
        let what = match (&*block.kind, &block.value) {
            ("contact", _) | (_, None) => "the contact".to_owned(),
            ("address", Some(address)) => address.clone(),
            (_, Some(domain)) => format!("@{domain}"),
        };
        table.row([
            what,
            block.scope.clone(),
            block.reason.clone().unwrap_or_default(),
            block.created_by.clone(),
            text::time(block.created_at),
        ]);
    }
    table
}

fn relations(relations: &[Relation]) -> Table {
    let mut table = Table::new(&["name", "job title", "address", "id"]);
    for relation in relations {
        table.row([
            relation.name.clone(),
            relation.job_title.clone().unwrap_or_default(),
            relation.address.clone().unwrap_or_default(),
            relation.id.to_string(),
        ]);
    }
    table
}

fn merged(merged: &[MergedContact]) -> Table {
    let mut table = Table::new(&["name", "merged", "by", "id"]);
    for contact in merged {
        table.row([
            contact.name.clone(),
            text::time(contact.merged_at),
            contact.merged_by.clone().unwrap_or_default(),
            contact.id.to_string(),
        ]);
    }
    table
}
