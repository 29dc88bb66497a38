//! `crmctl note`.

use super::args::note::{Note as Verb, NoteOn};
use super::desk::Desk;
use super::pick;
use super::text;
use crate::store::{Note, NoteTarget, Store};
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::Add { target, text, pin } => {
            let target = on(desk, &store, target)?;
            let id = store.note_add(target, &pick::text(text)?, *pin)?;
            desk.done(&json!({ "id": id }), &format!("note {id} written"))
        }
        Verb::List { target, deleted } => {
            let notes = store.note_list(on(desk, &store, target)?, *deleted)?;
            desk.show(&notes, |notes| match notes.as_slice() {
                [] => "(none)\n".into(),
                notes => notes.iter().map(shown).collect(),
            })
        }
        Verb::Show { note } => {
            let (note, before) = store.note_show(*note)?;
            let whole = json!({ "note": note, "before": before });
            desk.show(&whole, |_| {
                let mut out = shown(&note);
                for version in &before {
                    let by = version.replaced_by.as_deref().unwrap_or("an operator");
                    let when = text::time(version.replaced_at);
                    out.push_str(&format!("\nUntil {when}, when {} changed it:\n", text::line(by)));
                    out.push_str(&indented(&version.text));
                }
                out
            })
        }
        Verb::Edit { note, text } => {
            store.note_edit(*note, &pick::text(text)?)?;
            desk.done(&json!({ "id": note }), &format!("note {note} changed; what it said is kept"))
        }
        Verb::Pin { note } => {
            store.note_pin(*note, true)?;
            desk.done(&json!({ "id": note }), &format!("note {note} pinned"))
        }
        Verb::Unpin { note } => {
            store.note_pin(*note, false)?;
            desk.done(&json!({ "id": note }), &format!("note {note} pinned no more"))
        }
        Verb::Delete { note } => {
            store.note_delete(*note)?;
            desk.done(&json!({ "id": note }), &format!("note {note} deleted"))
        }
    }
}

fn on(desk: &Desk, store: &Store, target: &NoteOn) -> anyhow::Result<NoteTarget> {
    Ok(match target {
        NoteOn { contact: Some(contact), .. } => {
            NoteTarget::Contact(pick::contact(&desk.config()?, store, contact)?)
        }
        NoteOn { record: Some(record), .. } => NoteTarget::Record(pick::record(store, record)?),
        NoteOn { ticket: Some(ticket), .. } => NoteTarget::Ticket(pick::ticket(store, ticket)?),
        // One of the four is there, as the command line demands.
        NoteOn { mail, .. } => NoteTarget::Mail(store.mail_find(mail.unwrap_or_default())?),
    })
}

/// A note with who wrote it.
pub fn shown(note: &Note) -> String {
    let mut about = vec![format!(
        "{} on {}",
        note.author.as_deref().unwrap_or("an operator"),
        text::time(note.created_at)
    )];
    if note.pinned {
        about.insert(0, "pinned".into());
    }
    about.extend(note.edited_at.map(|at| format!("edited {}", text::time(at))));
    about.extend(note.deleted_at.map(|at| format!("deleted {}", text::time(at))));
    format!("{} ({})\n{}", text::line(&about.join(", ")), note.id, indented(&note.text))
}

fn indented(text: &str) -> String {
    text::lines(text).lines().map(|line| format!("    {line}\n")).collect()
}
