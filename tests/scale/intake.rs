//! What the intake of one mail costs on the full database and on an empty one, in turns, by the store's own verb: look
//! up, plan, write, one transaction a mail. The plan is what the rules would make: a known contact's mail, its link and
//! its line of intake; and a stranger's, who becomes a contact with a lead.

use crate::{cluster, directory, load, median, store};
use crm_milter::crm::known::Wanted;
use crm_milter::crm::plan::{Link, NewContact, NewIntake, NewMail, NewRecord, Outcome, Party, Plan, Target};
use crm_milter::store::Store;
use crm_milter::store::cluster::{ClusterConfig, Role};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};
use uuid::Uuid;

const ROUNDS: usize = 40;
const MAILS: usize = 25;

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// A mail that nobody has sent before.
fn mail(name: &str, from: &str) -> NewMail {
    let text =
        "Good morning, we would like to see the house by the sea next week, if that suits you. ".repeat(4);
    NewMail {
        id: Uuid::now_v7(),
        fingerprint: digest(name),
        anonymous: false,
        source: "inbox",
        direction: "in",
        sent_at: Some(Timestamp::now()),
        received_at: Timestamp::now(),
        mail_from: from.into(),
        message_id: Some(format!("<{name}@b.test>")),
        message_id_digests: vec![digest(&format!("<{name}@b.test>"))],
        subject: Some(format!("subject {name}")),
        raw: text.repeat(2).into_bytes(),
        new_text: None,
        text,
        note: None,
        language: Some("en".into()),
        filed_by: None,
        unparsed: None,
        parties: vec![Party {
            role: "from",
            name: None,
            address: Some(from.into()),
            canonical: Some(from.into()),
            contact: None,
            user: None,
        }],
        attachments: Vec::new(),
        findings: serde_json::json!([]),
    }
}

fn intake(mail: &NewMail) -> NewIntake {
    NewIntake {
        id: Uuid::now_v7(),
        mail: Some(mail.id),
        inbox: "info".into(),
        detail: None,
        user: None,
        outcome: Outcome::Recorded,
        reason: "measured".into(),
        cause: None,
        candidates: Vec::new(),
        assignment: None,
        owner: None,
        ceilings: Vec::new(),
        queue_id: Some("4XYZ".into()),
        door: "milter",
        received_at: Timestamp::now(),
        mail_from: mail.mail_from.clone(),
        subject: mail.subject.clone(),
        reply: None,
    }
}

/// The plan of a mail; its author is a contact already, or becomes one with a lead.
fn plan(mail: NewMail, contact: Option<Uuid>) -> Plan {
    let intakes = vec![intake(&mail)];
    let link = |target| Link { mail: mail.id, target };
    let (mut contacts, mut records) = (Vec::new(), Vec::new());
    let links = if let Some(contact) = contact {
        vec![link(Target::Contact(contact))]
    } else {
        let contact = NewContact {
            id: Uuid::now_v7(),
            name: mail.mail_from.clone(),
            company: None,
            addresses: vec![(mail.mail_from.clone(), mail.mail_from.clone())],
            phones: Vec::new(),
            language: None,
            origin: Some("mail".into()),
            owner: None,
        };
        let record = NewRecord {
            id: Uuid::now_v7(),
            kind: "lead",
            series: "LEAD".into(),
            title: mail.mail_from.clone(),
            contacts: vec![contact.id],
            owner: None,
            origin: Some("mail".into()),
            asked_about: None,
        };
        let links = vec![link(Target::Contact(contact.id)), link(Target::Record(record.id))];
        contacts.push(contact);
        records.push(record);
        links
    };
    Plan { mail: Some(mail), contacts, records, links, intakes, ..Plan::of(Uuid::now_v7()) }
}

/// Records one mail; what it looks up is what the worker would.
fn record(store: &Store, name: &str, known: Option<&str>) {
    let stranger = format!("{name}@stranger.test");
    let from = known.unwrap_or(&stranger);
    let mail = mail(name, from);
    let mut wanted = Wanted::default();
    wanted.addresses.insert(from.to_owned());
    wanted.fingerprints.insert(mail.fingerprint);
    wanted.message_ids.extend(mail.message_id_digests.iter().copied());
    let recorded = store.record(&wanted, |found| {
        let contact = found.contacts_by_address.get(from).and_then(|ids| ids.first().copied());
        vec![plan(mail.clone(), contact)]
    });
    recorded.unwrap_or_else(|error| panic!("{error}"));
}

/// Prints the two medians and their quotient.
pub fn compare(full: &ClusterConfig) {
    let place = directory();
    let (other, empty) = cluster(place.path());
    let stores = [store(full, Role::Daemon), store(&empty, Role::Daemon)];
    println!("\nintake of one mail, {ROUNDS} rounds of {MAILS} in turns; load {}", load());
    for known in [true, false] {
        let author = format!("known.{}@c.test", Uuid::now_v7());
        if known {
            for store in &stores {
                record(store, &Uuid::now_v7().to_string(), Some(&author));
            }
        }
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            for at in [round % 2, (round + 1) % 2] {
                for _ in 0..MAILS {
                    let begun = Instant::now();
                    record(&stores[at], &Uuid::now_v7().to_string(), known.then_some(author.as_str()));
                    times[at].push(begun.elapsed());
                }
            }
        }
        let [on_full, on_empty] = times.map(median);
        let us = |time: Duration| time.as_micros();
        println!(
            "{:50} {} µs on the full database, {} µs on an empty one: {:.2} times",
            if known { "of a known contact" } else { "of a stranger, with contact and lead" },
            us(on_full),
            us(on_empty),
            on_full.as_secs_f64() / on_empty.as_secs_f64()
        );
    }
    drop(stores);
    other.stop();
}
