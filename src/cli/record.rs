//! `crmctl record`.

use super::args::record::{Record as Verb, RecordFilter as Filter};
use super::columns::{Column, Columns};
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use super::text::{self, Page};
use super::{activity, mail, note, pick, task, ticket};
use crate::crm::change::{Changes, Of};
use crate::store::{PartyToRecord, Record, RecordByHand, RecordFilter, RecordLine, Store};
use serde_json::json;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List { filter, columns, page } => {
            let columns = Columns::named(&columns, &COLUMNS, &USUAL)?;
            let store = desk.store()?;
            let filter = filter_of(desk, &store, filter)?;
            desk.list(&store.record_list(&filter, (&page).into())?, |records| columns.table(records))
        }
        Verb::Show { record } => show(desk, &record),
        Verb::Add { kind, code, title, contacts, mail, external_reference, owner } => {
            let store = desk.store()?;
            let mut parties = parties(desk, &store, &contacts)?;
            let mut title = title.unwrap_or_default();
            if let Some(mail) = mail {
                let mail = store.mail_show(mail)?;
                let of_mail = mail.stands_on.iter().filter(|link| link.kind == "contact").map(|link| link.id);
                parties.extend(of_mail.filter(|_| contacts.is_empty()));
                if title.is_empty() {
                    title = mail.line.subject.unwrap_or_else(|| "(no subject)".into());
                }
            }
            let new = RecordByHand {
                kind: kind.to_lowercase(),
                series: String::new(),
                code,
                external_reference,
                title,
                contacts: parties,
                owner: owner.map(|login| store.user_id(&login)).transpose()?,
                mail,
            };
            let (id, code) = store.record_add(&new)?;
            let sentence = format!("{} {code} added{}", new.kind, shared_reference(&store, &code)?);
            desk.done(&json!({ "id": id, "code": code }), &sentence)
        }
        Verb::Set { record, changes } => set(desk, &record, &changes),
        Verb::Won(several) => state(desk, &several.records, "won"),
        Verb::Lost(several) => state(desk, &several.records, "lost"),
        Verb::Close(several) => state(desk, &several.records, "closed"),
        Verb::Reopen(several) => state(desk, &several.records, "open"),
        Verb::Convert { record, to, title } => {
            let store = desk.store()?;
            let old = store.record_show(&record)?.line;
            let (id, code) = store.record_convert(old.id, &to.to_lowercase(), title.as_deref())?;
            let sentence = format!("{} became {code}; its mail stands on both", old.code);
            desk.done(&json!({ "id": id, "code": code, "from": old.code }), &sentence)
        }
    }
}

fn parties(desk: &Desk, store: &Store, contacts: &[String]) -> anyhow::Result<Vec<Uuid>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let config = desk.config()?;
    contacts.iter().map(|contact| pick::contact(&config, store, contact)).collect()
}

fn filter_of(desk: &Desk, store: &Store, filter: Filter) -> anyhow::Result<RecordFilter> {
    let contact =
        filter.contact.map(|contact| pick::contact(&desk.config()?, store, &contact)).transpose()?;
    Ok(RecordFilter {
        kind: filter.kind.map(|kind| kind.to_lowercase()),
        state: filter.state,
        stage: filter.stage,
        owner: filter.owner,
        contact,
        origin: filter.origin,
        text: filter.text,
    })
}

fn set(desk: &Desk, written: &str, words: &[String]) -> anyhow::Result<()> {
    let changes = Changes::parse(words, Of::Record).map_err(|wrong| fault(DATAERR, wrong))?;
    let store = desk.store()?;
    let id = pick::record(&store, written)?;
    let join = parties(desk, &store, &changes.join)?;
    let leave = parties(desk, &store, &changes.leave)?;
    store.record_edit(id, &changes, &join, &leave)?;
    let record = store.record_show(&id.to_string())?;
    let hint = match changes.fields.contains_key("reference") {
        true => shared_reference(&store, &record.line.code)?,
        false => String::new(),
    };
    desk.done(&record, &format!("{} changed{hint}", record.line.code))
}

/// What a person should know of a reference that is not unique: nothing forbids it, and a form that names it will
/// wait for a decision.
fn shared_reference(store: &Store, code: &str) -> anyhow::Result<String> {
    let others = store.record_same_reference(code)?;
    if others.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("; {} has that reference too: a form that names it waits for a person", others.join(", ")))
}

fn state(desk: &Desk, records: &[String], state: &str) -> anyhow::Result<()> {
    let store = desk.store()?;
    let mut codes = Vec::new();
    for written in records {
        let record = store.record_show(written)?.line;
        store.record_state(record.id, state)?;
        codes.push(record.code);
    }
    desk.done(&json!({ "state": state, "codes": codes }), &format!("{}: {state}", codes.join(", ")))
}

const COLUMNS: [Column<RecordLine>; 13] = [
    ("code", |r| r.code.clone()),
    ("kind", |r| r.kind.clone()),
    ("title", |r| r.title.clone()),
    ("contacts", |r| r.contacts.join(", ")),
    ("state", |r| r.state.clone()),
    ("stage", |r| r.stage.clone().unwrap_or_default()),
    ("owner", |r| r.owner.clone().unwrap_or_default()),
    ("reference", |r| r.external_reference.clone().unwrap_or_default()),
    ("amount", amount),
    ("origin", |r| r.origin.clone().unwrap_or_default()),
    ("since", |r| text::time(r.created_at)),
    ("changed", |r| text::time(r.updated_at)),
    ("id", |r| r.id.to_string()),
];

const USUAL: [&str; 8] = ["code", "kind", "title", "contacts", "state", "owner", "reference", "since"];

fn amount(record: &RecordLine) -> String {
    let words = [record.amount.as_deref(), record.currency.as_deref()];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Records as a table.
pub fn table(records: &[RecordLine]) -> Table {
    Columns::named(&[], &COLUMNS, &USUAL).map_or_else(|_| Table::new(&[]), |columns| columns.table(records))
}

fn show(desk: &Desk, key: &str) -> anyhow::Result<()> {
    let record = desk.store()?.record_show(key)?;
    desk.show(&record, |record| {
        let mut out = top(record);
        desk.section(&mut out, "Parties", &record.parties, party_table);
        if !record.notes.is_empty() {
            out.push('\n');
            out.push_str(&desk.heading("Notes"));
            record.notes.iter().for_each(|n| out.push_str(&note::shown(n)));
        }
        desk.section(&mut out, "Tasks", &record.tasks, task::table);
        desk.section(&mut out, "Activities", &record.activities, activity::table);
        desk.section(&mut out, "Tickets", &record.tickets, ticket::table);
        desk.section(&mut out, "Mail", &record.mails, mail::table);
        out
    })
}

fn top(record: &Record) -> String {
    let line = &record.line;
    let mut page = Page::default();
    page.field("Code", &line.code);
    page.field("Kind", &line.kind);
    page.field("Title", &line.title);
    page.field("State", &line.state);
    page.maybe("Stage", line.stage.as_ref());
    page.maybe("Amount", Some(amount(line)));
    page.maybe("Owner", line.owner.as_ref());
    page.maybe("Office", line.office.as_ref());
    page.maybe("Origin", line.origin.as_ref());
    page.maybe("Reference", line.external_reference.as_ref());
    page.maybe("Came from", line.came_from.as_ref());
    page.maybe("Became", line.became.as_ref());
    for (name, value) in record.fields.as_object().into_iter().flatten() {
        page.maybe("Field", value.as_str().map(|value| format!("{name}: {value}")));
    }
    page.field("Since", text::time(line.created_at));
    page.field("Changed", text::time(line.updated_at));
    page.maybe("Ended", line.closed_at.map(text::time));
    page.field("Id", line.id);
    page.finish()
}

fn party_table(parties: &[PartyToRecord]) -> Table {
    let mut table = Table::new(&["name", "role", "address", "id"]);
    for party in parties {
        table.row([
            party.name.clone(),
            party.role.clone().unwrap_or_default(),
            party.address.clone().unwrap_or_default(),
            party.id.to_string(),
        ]);
    }
    table
}
