//! Over each of `[limits]` mail goes on as if we were not there, and what is for an inbox comes in by the door, once:
//! row X52.

use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::Client;
use crate::letters::plain;

const EVA: &str = "Eva Soler <eva@client.test>";
/// An inbox that consumes, one that copies to `luis`, one that keeps; a colleague, and somebody outside.
const EVERYBODY: [&str; 5] =
    ["info@crm.test", "sales@crm.test", "office@crm.test", "ana@crm.test", "max@elsewhere.test"];
/// Who then has it in a mailbox.
const READERS: [&str; 4] = ["luis@crm.test", "office@crm.test", "ana@crm.test", "max@elsewhere.test"];

fn site(limit: &str) -> Site {
    let inboxes = format!("{INBOXES}\n[limits]\n{limit}\n");
    Site::with(&Options { inboxes: &inboxes, ..Options::default() })
}

/// What must have come of a message to everybody: every reader has it octet by octet, and it is one mail with an
/// intake at each inbox, by that door.
fn judge(site: &Site, queue_id: &str, letter: &str, door: &str) {
    site.postfix.wait_removed(queue_id);
    for reader in READERS {
        let delivered = site.postfix.delivered(reader);
        let same = delivered.iter().filter(|mail| mail.without_trace() == letter.as_bytes()).count();
        assert_eq!(same, 1, "{reader} of {queue_id}");
    }
    let intakes = site.intakes(queue_id, 3);
    site.wait_spool_empty();
    let by: Vec<_> = intakes.iter().map(|i| (i.inbox.as_str(), i.door.as_str())).collect();
    assert_eq!(by, [("info", door), ("office", door), ("sales", door)], "{intakes:?}");
    assert!(intakes.iter().all(|intake| intake.mail == intakes[0].mail), "{intakes:?}");
    assert!(!intakes[0].mail.is_empty(), "{intakes:?}");
    let count = format!("SELECT count(*) FROM crm.intake WHERE mail_id = '{}'", intakes[0].mail);
    assert_eq!(site.value(&count), "3");
}

/// The size of the only mail with that subject.
fn stored(site: &Site, subject: &str) -> usize {
    let mails = site.rows(&format!("SELECT id FROM crm.mail WHERE subject = '{subject}'"));
    assert_eq!(mails.len(), 1, "{subject}");
    site.raw(&mails[0][0]).len()
}

#[test]
fn over_the_limit_of_sessions_everybody_gets_the_mail_and_the_door_records_it_once() {
    let site = site("sessions = 2");
    let mut within = [(); 2].map(|()| Client::connect(site.postfix.port));
    let over = plain(EVA, "info@crm.test", "Over", "Hello.");
    let sent = Client::connect(site.postfix.port).send("eva@client.test", &EVERYBODY, over.as_bytes());
    judge(&site, sent.queue_id(), &over, "pipe");
    site.daemon().wait_for("2 sessions at a time are limits.sessions");
    // Who has a place keeps it.
    for (number, client) in within.iter_mut().enumerate() {
        let letter = plain(EVA, "info@crm.test", &format!("Within {number}"), "Hello.");
        let sent = client.send("eva@client.test", &EVERYBODY, letter.as_bytes());
        judge(&site, sent.queue_id(), &letter, "milter");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "3");
}

#[test]
fn over_the_limit_of_recipients_everybody_gets_the_mail_and_the_door_records_it_once() {
    let site = site("recipients = 5");
    let mut client = Client::connect(site.postfix.port);
    let six = [&EVERYBODY[..], &["max@elsewhere.test"][..]].concat();
    let over = plain(EVA, "info@crm.test", "Over", "Hello.");
    let sent = client.send("eva@client.test", &six, over.as_bytes());
    judge(&site, sent.queue_id(), &over, "pipe");
    site.daemon().wait_for(&format!("{}: more recipients than limits.recipients", sent.queue_id()));
    let within = plain(EVA, "info@crm.test", "Within", "Hello.");
    let sent = client.send("eva@client.test", &EVERYBODY, within.as_bytes());
    judge(&site, sent.queue_id(), &within, "milter");
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "2");
}

#[test]
fn over_the_limit_of_size_everybody_gets_the_mail_whole_and_the_door_records_it_once() {
    let site = site("message_size = 1000000");
    let mut client = Client::connect(site.postfix.port);
    for (subject, lines, door) in [("Within", 9_000, "milter"), ("Over", 11_000, "pipe")] {
        let text =
            "Some text of a hundred octets, for the message to grow. ".repeat(2).split_at(99).0.to_owned();
        let letter = plain(EVA, "info@crm.test", subject, &vec![text; lines].join("\n"));
        let sent = client.send("eva@client.test", &EVERYBODY, letter.as_bytes());
        judge(&site, sent.queue_id(), &letter, door);
        assert!(stored(&site, subject) > letter.len(), "whole");
        if door == "pipe" {
            site.daemon().wait_for(&format!("{}: larger than limits.message_size", sent.queue_id()));
        }
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "2");
}
