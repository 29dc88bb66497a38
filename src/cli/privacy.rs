//! `crmctl privacy`: what is known of a person, handed out or erased, by an administrator who is named.
//!
//! The database decides who may: an erasure is a function of its owner that asks whose role calls it. Here the same is
//! asked first, so that nothing is half done.

mod archive;
mod export;
mod page;

use super::args::privacy::{Decision, Privacy as Verb};
use super::bulk::confirm;
use super::desk::Desk;
use super::exit::{DATAERR, NOPERM, fault};
use super::pick;
use super::table::Table;
use super::text;
use crate::config::model::Config;
use crate::mail::address;
use crate::spool::{Place, Spool};
use crate::store::{Company, PendingBody, Store, Words};
use serde_json::{Value, json};
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Export { contact, to } => {
            let store = administrator(desk)?;
            let config = desk.config()?;
            let id = pick::contact(&config, &store, contact)?;
            export::run(desk, &config, &store, id, to)
        }
        Verb::Erase { contact, also, spare_name, preview, yes } => {
            erase(desk, contact, Words { also, spare_name: *spare_name }, *preview, *yes)
        }
        Verb::Pending { limit } => {
            let bodies = administrator(desk)?.erasure_pending(i64::from(*limit))?;
            desk.list(&bodies, pending)
        }
        Verb::Decide { mails, decision } => {
            let delete = *decision == Decision::Delete;
            administrator(desk)?.erasure_decide(mails, delete)?;
            let what = if delete { "deleted" } else { "kept" };
            let bodies = text::count(mails.len(), "body is", "bodies are");
            desk.done(&json!({ "mails": mails, "decision": what }), &format!("{bodies} {what}"))
        }
    }
}

/// The database as an administrator.
pub fn administrator(desk: &Desk) -> anyhow::Result<Store> {
    let store = desk.store()?;
    if store.is_administrator()? {
        return Ok(store);
    }
    Err(fault(NOPERM, "this is for administrators, by name: crmctl --as LOGIN …"))
}

/// The company's own side in a mail, as the configuration has it.
fn company(config: &Config) -> Company {
    let canonical = |text: &str| address::canonical(text, config.case_sensitive_local_parts);
    let inboxes =
        config.inbox.iter().flat_map(|inbox| [Some(inbox.address.get_ref()), inbox.copy_to.as_ref()]);
    Company {
        addresses: inboxes.flatten().filter_map(|address| canonical(address)).collect(),
        domains: config.company.domains.iter().map(|domain| domain.to_string()).collect(),
    }
}

fn erase(desk: &Desk, contact: &str, words: Words<'_>, preview: bool, yes: bool) -> anyhow::Result<()> {
    if let Some(short) = words.also.iter().find(|text| text.trim().chars().count() < 4) {
        return Err(fault(
            DATAERR,
            format!("--also `{short}` is too short: it would be taken out of every text"),
        ));
    }
    let config = desk.config()?;
    let store = administrator(desk)?;
    let id = pick::contact(&config, &store, contact)?;
    let company = company(&config);
    let name = store.contact_find(id.to_string().as_str())?.name;
    if preview || !yes {
        let would = store.contact_erase(id, &company, words, true)?;
        if preview {
            return desk.show(&would, |would| said(would, &name, "would be"));
        }
        let question = format!("{}\nThere is no way back but a backup.\n", said(&would, &name, "will be"));
        confirm(&text::lines(&question), &text::line(&name))?;
    }
    let mut done = store.contact_erase(id, &company, words, false)?;
    let waiting = in_spool(&config, &done);
    if let Value::Object(fields) = &mut done {
        fields.insert("spool_entries".into(), waiting.into());
    }
    desk.show(&done, |done| {
        let mut page = said(done, "the contact", "is");
        if waiting > 0 {
            let entries = text::count(waiting, "entry", "entries");
            page.push_str(&format!("{entries} set aside in this host's spool given to the worker, which drops them\n"));
        }
        page.push_str("on every other node: `crmctl spool retry`; backups keep what they have, see PRIVACY in crmctl(1)\n");
        page
    })
}

/// Gives the worker what was set aside and names the person: it drops what is older than the erasure. Returns how many
/// entries; the spool of a host without one counts as empty.
fn in_spool(config: &Config, done: &Value) -> usize {
    let addresses: Vec<String> = done["addresses"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|address| address.as_str().map(str::to_lowercase))
        .collect();
    if !config.spool.is_dir() {
        return 0;
    }
    let Ok(spool) = Spool::open(&config.spool) else { return 0 };
    let entries = spool.list(Place::Failed).unwrap_or_default();
    let names = |id: Uuid| {
        std::fs::read(spool.path(Place::Failed, id)).is_ok_and(|bytes| {
            let entry = String::from_utf8_lossy(&bytes).to_lowercase();
            addresses.iter().any(|address| entry.contains(address))
        })
    };
    entries.iter().filter(|entry| names(entry.id) && spool.retry(entry.id).is_ok()).count()
}

/// What an erasure does, for people.
fn said(done: &Value, name: &str, verb: &str) -> String {
    let count = |value: &Value| usize::try_from(value.as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
    let list = |field: &str| {
        let texts = done[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join(", ")
    };
    let mut out =
        format!("{} {verb} erased: addresses {}\n", text::line(name), text::line(&list("addresses")));
    let shared = list("shared");
    if !shared.is_empty() {
        out.push_str(&format!(
            "not others' mail from addresses that other contacts have too: {}\n",
            text::line(&shared)
        ));
    }
    out.push_str(&format!(
        "{}; {} for a decision (`crmctl privacy pending`)\n",
        text::count(count(&done["mails_erased"]), "mail becomes a stub", "mails become stubs"),
        text::count(count(&done["mails_pending"]), "body waits", "bodies wait")
    ));
    let words = list("words");
    let elsewhere = text::count(count(&done["elsewhere"]), "text", "texts");
    out.push_str(&format!(
        "of {elsewhere} elsewhere what names the person is taken out: the addresses, telephones{}{}\n",
        if words.is_empty() { "" } else { ", " },
        text::line(&words)
    ));
    for (table, rows) in done["rows"].as_object().into_iter().flatten() {
        out.push_str(&format!("  {table} {rows}\n"));
    }
    out
}

fn pending(bodies: &[PendingBody]) -> Table {
    let mut table = Table::new(&["id", "cause", "received", "subject", "other parties", "since"]);
    for body in bodies {
        table.row([
            body.mail.to_string(),
            body.cause.clone(),
            text::time(body.received_at),
            body.subject.clone().unwrap_or_default(),
            body.parties.join(", "),
            text::time(body.since),
        ]);
    }
    table
}
