//! `crmctl privacy export`: everything about a person in one archive: an index page, rows as JSON by noun, mails as they
//! were received. A mail at a time is in memory.
//!
//! Others' data stay out: of mails the blind copies but the person's own, letters that only stand on the person's
//! card and are others' (they are named by id and date), notes on what belongs to several.

use super::super::desk::Desk;
use super::super::text;
use super::archive::Archive;
use super::page::Index;
use crate::config::model::Config;
use crate::mail::mbox;
use crate::store::{Error, MailLine, Store};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;

/// Lines of mails that are read at a time.
const PORTION: usize = 200;

/// Runs it.
pub fn run(desk: &Desk, config: &Config, store: &Store, contact: Uuid, to: &Path) -> anyhow::Result<()> {
    let person = store.export_person(contact)?;
    let mails = store.export_mails(&person)?;
    let own: Vec<Uuid> = mails.iter().filter(|(_, party)| *party).map(|(id, _)| *id).collect();
    let rows = store.export_rows(&person, &own)?;
    let name = rows
        .iter()
        .find(|(_, row)| row["id"] == json!(contact))
        .map_or("", |(_, row)| row["name"].as_str().unwrap_or_default());
    let mut archive = Archive::create(to)?;
    let mut index = Index::new(name, &config.company.name);
    for rows in rows.chunk_by(|a, b| a.0 == b.0) {
        let noun = &rows[0].0;
        let file = format!("data/{noun}.json");
        let rows: Vec<&Value> = rows.iter().map(|(_, row)| row).collect();
        let mut content = serde_json::to_vec_pretty(&rows)?;
        content.push(b'\n');
        archive.add(&file, &content, Timestamp::UNIX_EPOCH)?;
        index.rows(noun, &file, &rows);
    }
    let letters = letters(store, &mails, &person.addresses, &mut archive)?;
    let mut content = serde_json::to_vec_pretty(&letters)?;
    content.push(b'\n');
    archive.add("data/mails.json", &content, Timestamp::UNIX_EPOCH)?;
    index.mails("data/mails.json", &letters);
    archive.add("index.html", index.finish().as_bytes(), Timestamp::UNIX_EPOCH)?;
    archive.finish()?;
    let count = text::count(own.len(), "mail", "mails");
    let sentence = format!("{count} and all that is written of {name} in {}", to.display());
    desk.done(&json!({ "contact": contact, "mails": own.len(), "file": to.to_string_lossy() }), &sentence)
}

/// Writes the mails; returns what stands in the index of each.
fn letters(
    store: &Store,
    mails: &[(Uuid, bool)],
    addresses: &[String],
    archive: &mut Archive,
) -> anyhow::Result<Vec<Value>> {
    let mut letters = Vec::with_capacity(mails.len());
    for portion in mails.chunks(PORTION) {
        let ids: Vec<Uuid> = portion.iter().map(|(id, _)| *id).collect();
        for line in store.mail_lines(&ids, false)? {
            let party = portion.iter().any(|(id, party)| *id == line.id && *party);
            let number = letters.len() + 1;
            letters.push(if party {
                let file = letter(store, &line, addresses, number, archive)?;
                json!({ "id": line.id, "received_at": line.received_at, "sent_at": line.sent_at,
                        "direction": line.direction, "from": line.from_address, "to": line.to,
                        "subject": line.subject, "attachments": line.attachments, "file": file })
            } else {
                json!({ "id": line.id, "received_at": line.received_at, "file": null,
                        "reason": "stands on the card; it is others' letter" })
            });
        }
    }
    Ok(letters)
}

/// Writes one mail; returns the name of its file, none if it was erased meanwhile.
fn letter(
    store: &Store,
    line: &MailLine,
    addresses: &[String],
    number: usize,
    archive: &mut Archive,
) -> anyhow::Result<Option<String>> {
    let raw = match store.mail_raw(line.id) {
        Ok(raw) => raw,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let day = line.received_at.strftime("%Y-%m-%d");
    let file = format!("mails/{number:06}-{day}-{}.eml", line.id);
    archive.add(&file, &mbox::with_bcc_of(&raw, addresses), line.received_at)?;
    Ok(Some(file))
}
