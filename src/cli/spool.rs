//! `crmctl spool`: what waits for the database, and what was set aside. Needs no database.

use super::args;
use super::desk::Desk;
use super::exit::not_found;
use super::table::Table;
use super::text;
use crate::mail::envelope::Envelope;
use crate::spool::{Listed, Place, Spool};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// One entry in a list.
#[derive(Debug, Serialize)]
struct Row {
    id: Uuid,
    place: &'static str,
    received_at: Option<Timestamp>,
    bytes: u64,
    queue_id: Option<String>,
    mail_from: Option<String>,
    inboxes: Vec<String>,
    reason: Option<String>,
}

/// One entry, whole.
#[derive(Debug, Serialize)]
struct Shown {
    id: Uuid,
    place: &'static str,
    path: String,
    reason: Option<String>,
    envelope: Envelope,
}

/// Runs a verb.
pub fn run(desk: &Desk, verb: &args::spool::Spool) -> anyhow::Result<()> {
    let spool = Spool::open(&desk.config()?.spool)?;
    match verb {
        args::spool::Spool::List => list(desk, &spool),
        args::spool::Spool::Show { entry, raw } => show(desk, &spool, *entry, *raw),
        args::spool::Spool::Retry { entry, .. } => retry(desk, &spool, *entry),
    }
}

fn list(desk: &Desk, spool: &Spool) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for place in [Place::Failed, Place::New, Place::Tmp] {
        rows.extend(spool.list(place)?.into_iter().map(|listed| row(spool, listed)));
    }
    desk.list(&rows, |rows| {
        let mut table =
            Table::new(&["id", "place", "received", "bytes", "queue id", "sender", "inboxes", "reason"]);
        for row in rows {
            table.row([
                row.id.to_string(),
                row.place.into(),
                row.received_at.map(text::time).unwrap_or_default(),
                row.bytes.to_string(),
                row.queue_id.clone().unwrap_or_default(),
                row.mail_from.clone().unwrap_or_default(),
                row.inboxes.join(" "),
                row.reason.clone().unwrap_or_default(),
            ]);
        }
        table
    })
}

/// A line of the list; an entry whose envelope cannot be read is listed all the same.
fn row(spool: &Spool, listed: Listed) -> Row {
    let envelope = spool.envelope(listed.place, listed.id).ok();
    Row {
        id: listed.id,
        place: listed.place.as_str(),
        received_at: envelope.as_ref().map(|e| e.received_at),
        bytes: listed.bytes,
        queue_id: envelope.as_ref().and_then(|e| e.queue_id.clone()),
        mail_from: envelope.as_ref().map(|e| format!("<{}>", e.mail_from)),
        inboxes: envelope.map(|e| e.inboxes.into_iter().map(|rcpt| rcpt.inbox).collect()).unwrap_or_default(),
        reason: listed.reason,
    }
}

fn show(desk: &Desk, spool: &Spool, id: Uuid, raw: bool) -> anyhow::Result<()> {
    let place = spool.find(id).ok_or_else(|| not_found(format!("entry {id} in the spool")))?;
    if raw {
        return desk.bytes(&spool.read(place, id)?.message);
    }
    let reason = spool.list(place)?.into_iter().find(|listed| listed.id == id).and_then(|l| l.reason);
    let path = spool.path(place, id).display().to_string();
    let shown = Shown { id, place: place.as_str(), path, reason, envelope: spool.envelope(place, id)? };
    desk.show(&shown, |shown| {
        let envelope = &shown.envelope;
        let mut page = text::Page::default();
        page.field("Entry", shown.id);
        page.field("Place", shown.place);
        page.field("File", &shown.path);
        page.maybe("Set aside", shown.reason.as_ref());
        page.field("Received", text::time(envelope.received_at));
        page.field("Door", envelope.door.as_str());
        page.maybe("Queue id", envelope.queue_id.as_ref());
        page.field("Sender", format!("<{}>", envelope.mail_from));
        page.field("Recipients", envelope.rcpt_to.join(", "));
        page.maybe("Client", envelope.client_address);
        page.maybe("Login", envelope.sasl_login.as_ref());
        page.finish()
    })
}

fn retry(desk: &Desk, spool: &Spool, entry: Option<Uuid>) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = match entry {
        Some(id) if spool.find(id) == Some(Place::Failed) => vec![id],
        Some(id) => return Err(not_found(format!("entry {id} that was set aside; see `crmctl spool list`"))),
        None => spool.list(Place::Failed)?.into_iter().map(|listed| listed.id).collect(),
    };
    for &id in &ids {
        spool.retry(id)?;
    }
    desk.done(&ids, &format!("{} given to the worker again", text::count(ids.len(), "entry", "entries")))
}
