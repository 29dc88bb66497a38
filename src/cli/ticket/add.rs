//! `crmctl ticket add`: somebody called, and nothing has come by mail.
//!
//! A ticket belongs to an inbox for tickets, whose series its code has and from which its contact gets answers. It
//! belongs to the one that there is; where there are several the caller says which.

use super::super::args::ticket::Add;
use super::super::desk::Desk;
use super::super::exit::{DATAERR, NOINPUT, fault};
use super::super::pick;
use crate::crm::filing::TICKET_SERIES;
use crate::crm::inbox::{Inbox, InboxTable, Kind};
use crate::store::{Store, TicketByHand};
use serde_json::json;

/// Runs the verb.
pub fn run(desk: &Desk, store: &Store, what: &Add) -> anyhow::Result<()> {
    let config = desk.config()?;
    let inboxes = config.inbox_table();
    let inbox = inbox(&inboxes, what.inbox.as_deref())?;
    let mail = what.mail.map(|mail| store.mail_show(mail)).transpose()?;
    let contact = match &what.contact {
        Some(written) => Some(pick::contact(&config, store, written)?),
        None => mail
            .iter()
            .flat_map(|mail| &mail.stands_on)
            .find(|link| link.kind == "contact")
            .map(|link| link.id),
    };
    let subject = what.subject.clone().or_else(|| mail.as_ref()?.line.subject.clone());
    let new = TicketByHand {
        subject: subject.unwrap_or_else(|| "(no subject)".into()),
        series: inbox.reference.clone().unwrap_or_else(|| TICKET_SERIES.into()),
        inbox: inbox.key.clone(),
        priority: what.priority.clone(),
        contact,
        record: what.record.as_deref().map(|written| pick::record(store, written)).transpose()?,
        owner: what.owner.as_deref().map(|login| store.user_id(login)).transpose()?,
        mail: mail.map(|mail| mail.line.id),
        note: what.note.as_deref().map(pick::text).transpose()?,
    };
    let (id, code) = store.ticket_add(&new)?;
    let sentence = format!("ticket {code} opened, of inbox {}", inbox.key);
    desk.done(&json!({ "id": id, "code": code, "inbox": inbox.key }), &sentence)
}

fn inbox<'a>(inboxes: &'a InboxTable, wanted: Option<&str>) -> anyhow::Result<&'a Inbox> {
    let all: Vec<&Inbox> = inboxes.iter().filter(|inbox| inbox.kind == Kind::Tickets).collect();
    let keys: Vec<&str> = all.iter().map(|inbox| inbox.key.as_str()).collect();
    match (wanted, all.as_slice()) {
        (_, []) => {
            let text =
                "there is no inbox with `kind = \"tickets\"` in the configuration, to which tickets belong";
            Err(fault(NOINPUT, text))
        }
        (Some(key), all) => {
            all.iter().find(|inbox| inbox.key.eq_ignore_ascii_case(key)).copied().ok_or_else(|| {
                fault(
                    NOINPUT,
                    format!("there is no inbox `{key}` for tickets; there are {}", keys.join(", ")),
                )
            })
        }
        (None, [one]) => Ok(one),
        (None, _) => Err(fault(DATAERR, format!("say by --inbox to which it belongs: {}", keys.join(", ")))),
    }
}
