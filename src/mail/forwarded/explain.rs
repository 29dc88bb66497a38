//! Which rule found each field of a forward, and the text that it stood in.
//!
//! `forward-attachment`: the attached message's own header. `forward-block`: a line of the quoted header block.
//! `forward-intro`: the line above the quotation. `forward-separator`: only a separator stood above.
//! `forward-subject`: the subject of the whole mail, without its prefix.

use super::Forward;
use crate::mail::address::Mailbox;
use crate::mail::finding::Finding;
use crate::mail::labels::Role;
use crate::mail::message::Message;
use crate::mail::reply::head::{Head, Kind};
use crate::mail::reply::lines::Lines;

/// Of a forward that came as an attached message.
pub(super) fn attachment(forward: &Forward, original: &Message) -> Vec<Finding> {
    let date = original.date.clone();
    let values = [
        ("from", forward.from.as_ref().map(written)),
        ("to", listed(&forward.to)),
        ("cc", listed(&forward.cc)),
        ("date", date.clone()),
        ("sent_at", forward.sent_at.and(date)),
        ("subject", forward.subject.clone()),
        ("message_id", forward.message_id.clone()),
        ("text", first_line(&forward.text)),
        ("note", forward.note.as_deref().and_then(first_line)),
    ];
    let rule = "forward-attachment";
    values.into_iter().filter_map(|(field, what)| Some(Finding::new(rule, place(field), what?))).collect()
}

/// Of a forward in the text.
pub(super) fn inline(forward: &Forward, lines: &Lines<'_>, head: &Head) -> Vec<Finding> {
    let above = lines.all.get(head.start).map_or("", |line| line.text);
    let (rule, block, whole) = match &head.kind {
        Kind::Block(block) => ("forward-block", Some(block), above),
        Kind::Intro(intro) => ("forward-intro", None, intro.text.as_str()),
        Kind::Bare => ("forward-separator", None, above),
    };
    let value = |role: Role| block.map_or(Some(whole), |block| block.value(role));
    let found = [
        ("from", forward.from.is_some(), value(Role::From)),
        ("to", !forward.to.is_empty(), value(Role::To)),
        ("cc", !forward.cc.is_empty(), value(Role::Cc)),
        ("date", forward.date.is_some(), value(Role::Date)),
        ("sent_at", forward.sent_at.is_some(), value(Role::Date)),
        ("message_id", forward.message_id.is_some(), value(Role::MessageId)),
        ("text", !forward.text.is_empty(), Some(whole)),
        ("note", forward.note.is_some(), Some(whole)),
    ];
    let found = found.into_iter().filter(|(_, there, _)| *there);
    let mut explained: Vec<Finding> =
        found.map(|(field, _, what)| Finding::new(rule, place(field), what.unwrap_or(whole))).collect();
    if let Some(subject) = &forward.subject {
        let stood = block.and_then(|block| block.value(Role::Subject));
        let rule = if stood.is_some() { rule } else { "forward-subject" };
        explained.push(Finding::new(rule, place("subject"), stood.unwrap_or(subject)));
    }
    explained
}

fn place(field: &str) -> String {
    format!("forward.{field}")
}

fn written(mailbox: &Mailbox) -> String {
    match (&mailbox.name, &mailbox.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.clone().or_else(|| address.clone()).unwrap_or_default(),
    }
}

fn listed(boxes: &[Mailbox]) -> Option<String> {
    let all: Vec<String> = boxes.iter().map(written).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn first_line(text: &str) -> Option<String> {
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}
