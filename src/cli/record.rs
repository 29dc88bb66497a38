//! `crmctl record`.

use super::args::record::Record as Verb;
use super::desk::Desk;
use super::table::Table;
use super::text::{self, Page};
use super::{mail, pick};
use crate::store::{RecordByHand, RecordFilter, RecordLine};
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List(page) => {
            let records = desk.store()?.record_list(&RecordFilter::default(), (&page).into())?;
            desk.list(&records, table)
        }
        Verb::Show { record } => show(desk, &record),
        Verb::Add { kind, code, title, contacts, external_reference, owner } => {
            let store = desk.store()?;
            let config = desk.config()?;
            let mut parties = Vec::new();
            for contact in &contacts {
                parties.push(pick::contact(&config, &store, contact)?);
            }
            let new = RecordByHand {
                kind: kind.to_lowercase(),
                series: String::new(),
                code,
                external_reference,
                title,
                contacts: parties,
                owner: owner.map(|login| store.user_id(&login)).transpose()?,
            };
            let (id, code) = store.record_add(&new)?;
            desk.done(&json!({ "id": id, "code": code }), &format!("{} {code} added", new.kind))
        }
    }
}

/// Records as a table.
pub fn table(records: &[RecordLine]) -> Table {
    let mut table =
        Table::new(&["code", "kind", "title", "contacts", "state", "owner", "reference", "since"]);
    for record in records {
        table.row([
            record.code.clone(),
            record.kind.clone(),
            record.title.clone(),
            record.contacts.join(", "),
            record.state.clone(),
            record.owner.clone().unwrap_or_default(),
            record.external_reference.clone().unwrap_or_default(),
            text::time(record.created_at),
        ]);
    }
    table
}

fn show(desk: &Desk, key: &str) -> anyhow::Result<()> {
    let record = desk.store()?.record_show(key)?;
    desk.show(&record, |record| {
        let line = &record.line;
        let mut page = Page::default();
        page.field("Code", &line.code);
        page.field("Kind", &line.kind);
        page.field("Title", &line.title);
        page.field("State", &line.state);
        page.maybe("Contacts", Some(line.contacts.join(", ")));
        page.maybe("Owner", line.owner.as_ref());
        page.maybe("Origin", line.origin.as_ref());
        page.maybe("Reference", line.external_reference.as_ref());
        page.field("Since", text::time(line.created_at));
        page.field("Id", line.id);
        let mut out = page.finish();
        desk.section(&mut out, "Mail", &record.mails, mail::table);
        out
    })
}
