//! From the header of an imported message to its envelope: what a mail server said of it then, as far as the
//! message still tells.
//!
//! The time of receipt is that of the top `Received` field, else `Date`, else what the mailbox says. A time before
//! there was mail, or after now, is none.

use crate::mail::address;
use crate::mail::date;
use crate::mail::envelope::{ByHand, Door, Envelope, InboxRcpt};
use crate::mail::message::{self, Message};
use jiff::{SignedDuration, Timestamp};
use std::panic::catch_unwind;

/// Blind recipients taken from the header.
const MOST_BLIND: usize = 100;

/// What all messages of an import have in common.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its door, and where it is taken to have arrived.
    pub door: Door,
    /// The inboxes; none at the desk.
    pub inboxes: Vec<InboxRcpt>,
    /// Who it is done for.
    pub by_hand: ByHand,
}

/// What the mailbox says of a message.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Envelope sender.
    pub sender: Option<String>,
    /// Time of delivery.
    pub at: Option<Timestamp>,
}

/// The envelope of a message with that header. Reading it may panic as any reading of hostile octets may; the worker
/// will see it again.
pub fn envelope(header: &[u8], told: &Told, template: &Template, now: Timestamp) -> Envelope {
    let head = catch_unwind(|| message::read(header)).unwrap_or_default();
    let mut rcpt_to: Vec<String> = template.inboxes.iter().map(|rcpt| rcpt.rcpt_to.clone()).collect();
    if template.by_hand.user.is_some() {
        let blind = head.field("Bcc").flat_map(address::parse_field).filter_map(|mailbox| mailbox.address);
        rcpt_to.extend(blind.take(MOST_BLIND));
    }
    Envelope {
        mail_from: mail_from(&head, told),
        rcpt_to,
        inboxes: template.inboxes.clone(),
        by_hand: Some(template.by_hand.clone()),
        ..Envelope::new(template.door, received_at(&head, told, now))
    }
}

fn received_at(head: &Message, told: &Told, now: Timestamp) -> Timestamp {
    let first = Timestamp::constant(315_532_800, 0);
    let last = now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now);
    let sane = |moment: &Timestamp| (first..=last).contains(moment);
    let stamp = head.field("Received").next().and_then(|field| date::parse(field.rsplit_once(';')?.1));
    stamp.filter(sane).or(head.sent_at.filter(sane)).or(told.at.filter(sane)).unwrap_or(now)
}

/// `Return-Path`, as whoever delivered it wrote it; else what the mailbox says; else the author. Only what says so
/// is the null sender's.
fn mail_from(head: &Message, told: &Told) -> String {
    if let Some(path) = head.field("Return-Path").next() {
        return path.trim().trim_start_matches('<').trim_end_matches('>').trim().to_owned();
    }
    match told.sender.as_deref() {
        Some("MAILER-DAEMON") => String::new(),
        Some(sender) => sender.to_owned(),
        None => head.from.first().and_then(|author| author.address.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn of(header: &str, told: &Told, user: Option<&str>) -> Envelope {
        let by_hand = ByHand { user: user.map(str::to_owned), history: false };
        let template = Template { door: Door::Import, inboxes: Vec::new(), by_hand };
        envelope(header.as_bytes(), told, &template, NOW)
    }

    #[test]
    fn time_of_receipt_is_the_top_received_fields_else_the_date_else_the_mailboxes() {
        let told = Told { sender: None, at: Some(Timestamp::constant(1_000_000_000, 0)) };
        let at = |header: &str| of(header, &told, None).received_at.to_string();
        let date = "Date: Sun, 22 Nov 2020 10:00:00 +0100\n";
        let received = "Received: from a by b; id 1;\n Sun, 22 Nov 2020 09:30:00 +0000\nReceived: from c by a; Sat, 21 Nov 2020 09:30:00 +0000\n";
        assert_eq!(at(&format!("{received}{date}")), "2020-11-22T09:30:00Z");
        assert_eq!(at(date), "2020-11-22T09:00:00Z");
        assert_eq!(at("Subject: x\n"), "2001-09-09T01:46:40Z");
        assert_eq!(at(&format!("Received: by b\n{date}")), "2020-11-22T09:00:00Z");
        for absurd in [
            "Date: Sun, 22 Nov 9020 10:00:00 +0100\n",
            "Date: Sun, 22 Nov 1920 10:00:00 +0100\n",
            "Date: no\n",
        ] {
            assert_eq!(at(absurd), "2001-09-09T01:46:40Z", "{absurd}");
        }
        assert_eq!(of("", &Told::default(), None).received_at, NOW);
    }

    #[test]
    fn sender_is_the_return_paths_else_the_mailboxes_else_the_author() {
        let told = |sender: &str| Told { sender: Some(sender.into()), at: None };
        let from = "From: Ann <ann@b.test>\n";
        assert_eq!(
            of(&format!("Return-Path: <x@b.test>\n{from}"), &told("y@b.test"), None).mail_from,
            "x@b.test"
        );
        assert_eq!(of(&format!("Return-Path: <>\n{from}"), &told("y@b.test"), None).mail_from, "");
        assert_eq!(of(from, &told("y@b.test"), None).mail_from, "y@b.test");
        assert_eq!(of(from, &told("MAILER-DAEMON"), None).mail_from, "");
        assert_eq!(of(from, &Told::default(), None).mail_from, "ann@b.test");
        assert_eq!(of("\0\0", &Told::default(), None).mail_from, "");
    }

    #[test]
    fn blind_recipients_are_believed_of_a_users_own_mail_only() {
        let header = "From: ana@crm.test\nBcc: eve@b.test, \"Zoe\" <zoe@b.test>\n";
        assert_eq!(of(header, &Told::default(), Some("ana")).rcpt_to, ["eve@b.test", "zoe@b.test"]);
        assert!(of(header, &Told::default(), None).rcpt_to.is_empty());
    }
}
