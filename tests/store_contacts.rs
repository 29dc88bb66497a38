//! Contacts made at once by mail and by hand, and contacts merged and unmerged, on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::card::Changes;
use crm_milter::crm::duplicate::{Keys, Reading as KeyReading};
use crm_milter::crm::facts::{Facts, Reading};
use crm_milter::crm::inbox::{Inbox, InboxTable};
use crm_milter::crm::intake::{self, Ceilings, Rules};
use crm_milter::crm::known::Wanted;
use crm_milter::crm::plan::{Link, Outcome, Plan, Target};
use crm_milter::crm::policy::Policy;
use crm_milter::mail::address::Mailbox;
use crm_milter::mail::envelope::{Door, Envelope, InboxRcpt};
use crm_milter::store::cluster::Role;
use crm_milter::store::{Error, Store};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Barrier;
use store_support::desk::Desk;
use store_support::{CommitBatch, Scratch, plan};
use uuid::Uuid;

fn keys(addresses: &[&str], phones: &[&str]) -> Keys {
    Keys::read(addresses, phones, KeyReading { case_sensitive: false, region: "ES" }).unwrap()
}

fn policy() -> Policy {
    let inbox = Inbox::new("info", "info@crm.test");
    Policy::of_inboxes(InboxTable::new(vec![inbox], Some('+'), false))
}

/// A mail of an outsider to the inbox, as the rules get it.
fn facts(number: u8, from: &str) -> Facts {
    let reading = Reading {
        from: vec![Mailbox { name: Some("New".into()), address: Some(from.into()) }],
        subject: Some(format!("question {number}")),
        text: "Text".into(),
        message_id: Some(format!("{number}@there.test")),
        ..Reading::default()
    };
    Facts {
        spool_id: Uuid::now_v7(),
        envelope: Envelope {
            queue_id: Some("QID".into()),
            mail_from: from.into(),
            rcpt_to: vec!["info@crm.test".into()],
            inboxes: vec![InboxRcpt { inbox: "info".into(), detail: None, rcpt_to: "info@crm.test".into() }],
            ..Envelope::new(Door::Milter, Timestamp::now())
        },
        fingerprint: plan::digest(&format!("question {number}")),
        anonymous: false,
        reading: Ok(reading),
        raw: b"raw".to_vec(),
    }
}

/// Records a mail as the worker does: another transaction that was first means to look and plan again. What is
/// over by itself, a deadlock above all, is tried again only where it `may_deadlock`.
fn record(store: &Store, facts: &Facts, may_deadlock: bool) {
    let policy = policy();
    let rules = Rules {
        policy: &policy,
        lead_series: "LEAD",
        code_series: &[],
        ceilings: Ceilings { client: 1000, source: 1000 },
    };
    let mut wanted = Wanted::default();
    facts.want(false, &mut wanted);
    for _ in 0..20 {
        let done = store.record(&wanted, |known| {
            intake::plan(facts, known, &rules, &mut Uuid::now_v7).into_iter().collect()
        });
        match done {
            Ok(_) => return,
            Err(error) if error.is_conflict() || may_deadlock && error.is_transient() => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("a conflict that does not end");
}

#[test]
fn sixty_four_writers_of_one_new_contact_make_one_and_lose_no_mail() {
    const EACH: u8 = 32;
    let scratch = Scratch::with(&[("max_connections", "100")]);
    let both = [Role::Daemon, Role::Desk].map(|role| scratch.wide_store(role, u32::from(EACH)));
    let [daemon, desk] = &both;
    let start = Barrier::new(usize::from(EACH) * 2);
    let wanted = keys(&["new@there.test"], &["600111222"]);
    let added = std::thread::scope(|scope| {
        for number in 0..EACH {
            let start = &start;
            scope.spawn(move || {
                let facts = facts(number, "new@there.test");
                start.wait();
                record(daemon, &facts, false);
            });
        }
        let hands: Vec<_> = (0..EACH)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    match desk.contact_add(&Changes::default(), &wanted, false) {
                        Ok(id) => Some(id),
                        Err(Error::InUse { .. }) => None,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        hands.into_iter().filter_map(|hand| hand.join().unwrap()).count()
    });
    assert!(added <= 1, "{added} made by hand");
    let mut client = scratch.client(Role::Owner);
    let count =
        |client: &mut postgres::Client, sql: &str| -> i64 { client.query_one(sql, &[]).unwrap().get(0) };
    assert_eq!(count(&mut client, "SELECT count(*) FROM crm.contact"), 1);
    assert_eq!(count(&mut client, "SELECT count(*) FROM crm.contact_address"), 1);
    assert_eq!(count(&mut client, "SELECT count(*) FROM crm.mail"), i64::from(EACH), "no mail is lost");
    let linked =
        "SELECT count(DISTINCT mail_id) FROM crm.link WHERE contact_id = (SELECT id FROM crm.contact)";
    assert_eq!(count(&mut client, linked), i64::from(EACH), "each stands on the one contact");
}

/// Everything that a merge could change, as text, without the times of change and the merges themselves.
fn snapshot(desk: &Desk) -> Vec<String> {
    let mut client = desk.scratch.client(Role::Owner);
    let mut out = Vec::new();
    for table in [
        "contact",
        "contact_address",
        "contact_phone",
        "contact_relation",
        "link",
        "record_party",
        "ticket",
        "note",
        "task",
        "activity",
        "notification",
        "consent",
        "block",
        "outbox",
        "party",
        "mail",
    ] {
        let sql =
            format!("SELECT '{table} ' || (to_jsonb(t) - 'updated_at')::text FROM crm.{table} t ORDER BY 1");
        out.extend(client.query(&sql, &[]).unwrap().iter().map(|row| row.get::<_, String>(0)));
    }
    out
}

/// Two contacts with something of everything on both, and a company that both stand under.
fn two() -> (Desk, String, String) {
    let desk = Desk::with("[contacts]\nallow_duplicates = true\n");
    desk.text(&["user", "add", "ben"]);
    let company = desk.id(&["contact", "add", "Ruiz S.L."]);
    let lead = plan::lead("question", "old@b.test");
    let old = lead.contacts[0].id;
    let mut both = plan::ticket("broken", "old@b.test", Some(old));
    let target = |contact: Uuid| crm_milter::crm::plan::Link {
        mail: both.mail.as_ref().unwrap().id,
        target: crm_milter::crm::plan::Target::Contact(contact),
    };
    let new: Uuid = desk
        .id(&[
            "contact",
            "add",
            "New",
            "--address",
            "new@b.test",
            "--phone",
            "600111222",
            "--set",
            "company=Mine",
        ])
        .parse()
        .unwrap();
    let links = [target(old), target(new)];
    both.links.extend(links);
    desk.scratch.store(Role::Daemon).commit_batch(&[lead, both]).unwrap();
    let (old, new) = (old.to_string(), new.to_string());
    desk.text(&[
        "contact",
        "set",
        &old,
        "company=Theirs",
        "language=es",
        "interests=golf",
        "stars=2",
        "owner=ben",
    ]);
    desk.text(&["contact", "phone", "add", &old, "600111333"]);
    desk.text(&["contact", "address", "add", &old, "shared@b.test"]);
    desk.text(&["contact", "address", "add", &new, "shared@b.test"]);
    desk.text(&["note", "add", "--contact", &old, "a note"]);
    desk.text(&["task", "add", "a task", "--contact", &old]);
    desk.text(&["block", "add", "--contact", "old@b.test"]);
    desk.text(&["contact", "person", "add", &company, &old, "--job-title", "Buyer"]);
    desk.text(&["contact", "person", "add", &company, &new]);
    desk.text(&["contact", "person", "add", &new, &old]);
    let consent = "INSERT INTO crm.consent (id, contact_id, purpose, evidence, given_at)
                   VALUES (gen_random_uuid(), $1::text::uuid, 'mail', 'form', now())";
    desk.client().execute(consent, &[&old]).unwrap();
    letter(&desk, &old);
    (desk, old, new)
}

#[test]
fn merge_moves_everything_and_the_old_id_leads_to_the_contact_that_stays() {
    let (desk, old, new) = two();
    let done = desk.json(&["contact", "merge", &old, &new]);
    for noun in [
        "address", "phone", "mail", "record", "ticket", "note", "task", "consent", "block", "relation",
        "letter",
    ] {
        assert!(done["moved"][noun].as_u64() >= Some(1), "{noun} in {done}");
    }
    let card = desk.json(&["contact", "show", &old]);
    assert_eq!(card["id"], new.as_str(), "the old id leads on");
    assert_eq!(desk.json(&["contact", "show", "old@b.test"])["id"], new.as_str());
    assert_eq!(card["addresses"], serde_json::json!(["new@b.test", "shared@b.test", "old@b.test"]));
    assert_eq!(card["address_list"][1]["shared"], false, "what both had is the one's own now");
    assert_eq!(
        (&card["company"], &card["language"], &card["stars"]),
        (&"Mine".into(), &"es".into(), &2.into())
    );
    assert_eq!(card["owner"], "ben");
    for list in ["notes", "tasks", "blocks", "tickets", "records", "merged"] {
        assert_eq!(card[list].as_array().unwrap().len(), 1, "{list}");
    }
    assert_eq!(card["mails"].as_array().unwrap().len(), 2);
    assert_eq!(card["companies"].as_array().unwrap().len(), 1, "no contact stands under itself");
    assert_eq!(desk.names(&[]), ["New", "Ruiz S.L."]);
    assert_eq!(desk.refused(&["contact", "merge", &old, &new]).0, 65, "they are one");
    assert_eq!(desk.refused(&["contact", "unmerge", &new]).0, 65, "that one was not merged");
}

#[test]
fn undone_merge_restores_everything_exactly() {
    let (desk, old, new) = two();
    let before = snapshot(&desk);
    desk.text(&["contact", "merge", &old, &new]);
    assert_ne!(snapshot(&desk), before);
    let done = desk.json(&["contact", "unmerge", &old]);
    assert_eq!(done["stays"], serde_json::json!([]));
    assert_eq!(snapshot(&desk), before);
    desk.text(&["contact", "merge", &new, &old]);
    desk.text(&["contact", "unmerge", &new]);
    assert_eq!(snapshot(&desk), before, "the other way round");
}

#[test]
fn merge_of_two_blocked_contacts_keeps_the_wider_block_and_its_undoing_both() {
    let (desk, old, new) = two();
    desk.text(&["block", "remove", "--contact", "old@b.test"]);
    desk.text(&["block", "add", "--contact", "old@b.test", "--scope", "all", "--reason", "pest"]);
    desk.text(&["block", "add", "--contact", "new@b.test", "--reason", "other"]);
    let before = snapshot(&desk);
    desk.text(&["contact", "merge", &old, &new]);
    let card = desk.json(&["contact", "show", &new]);
    assert_eq!((&card["blocks"][0]["scope"], &card["blocks"][0]["reason"]), (&"all".into(), &"other".into()));
    desk.text(&["contact", "unmerge", &old]);
    assert_eq!(snapshot(&desk), before);
}

#[test]
fn what_changed_since_a_merge_stays_and_is_named() {
    let (desk, old, new) = two();
    desk.text(&["contact", "merge", &old, &new]);
    desk.text(&["contact", "phone", "remove", &new, "600111333"]);
    desk.text(&["contact", "set", &new, "language=de"]);
    desk.text(&["note", "add", "--contact", &new, "written since"]);
    desk.text(&["contact", "address", "add", &new, "since@b.test"]);
    let done = desk.json(&["contact", "unmerge", &old]);
    assert_eq!(done["stays"], serde_json::json!(["phone +34600111333", "field language"]));
    let (old, new) = (desk.json(&["contact", "show", &old]), desk.json(&["contact", "show", &new]));
    assert_eq!((&old["language"], &new["language"]), (&"es".into(), &"de".into()));
    assert_eq!(old["phones"], serde_json::json!([]));
    assert_eq!(new["addresses"], serde_json::json!(["new@b.test", "shared@b.test", "since@b.test"]));
    assert_eq!(
        (&old["notes"][0]["text"], &new["notes"][0]["text"]),
        (&"a note".into(), &"written since".into())
    );
}

#[test]
fn chain_of_merges_is_followed_and_undone_from_its_end() {
    let desk = Desk::open();
    let ids: Vec<String> = ["A", "B", "C"].iter().map(|name| desk.id(&["contact", "add", name])).collect();
    desk.text(&["contact", "address", "add", &ids[0], "a@b.test"]);
    desk.text(&["contact", "merge", &ids[0], &ids[1]]);
    desk.text(&["contact", "merge", &ids[1], &ids[2]]);
    assert_eq!(desk.json(&["contact", "show", &ids[0]])["id"], ids[2].as_str());
    let (code, error) = desk.refused(&["contact", "unmerge", &ids[0]]);
    assert!(code == 65 && error.contains("undo that first"), "{error}");
    desk.text(&["contact", "unmerge", &ids[1]]);
    desk.text(&["contact", "unmerge", &ids[0]]);
    assert_eq!(desk.json(&["contact", "show", "a@b.test"])["id"], ids[0].as_str());
}

#[test]
fn mail_that_comes_during_merges_is_on_the_contact_that_stays() {
    const WRITERS: u8 = 8;
    let desk = Desk::open();
    let old = desk.store().contact_add(&Changes::default(), &keys(&["old@b.test"], &[]), false).unwrap();
    let new = desk.store().contact_add(&Changes::default(), &keys(&["new@b.test"], &[]), false).unwrap();
    let (daemon, store) = (desk.scratch.wide_store(Role::Daemon, WRITERS.into()), desk.store());
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let daemon = &daemon;
            scope.spawn(move || {
                (0..10).for_each(|n| record(daemon, &facts(writer * 10 + n, "old@b.test"), true))
            });
        }
        for _ in 0..6 {
            store.contact_merge(old, new).unwrap();
            store.contact_unmerge(old).unwrap();
        }
        store.contact_merge(old, new).unwrap();
    });
    let mut client = desk.scratch.client(Role::Owner);
    let count = |client: &mut postgres::Client, table: &str, id: Uuid| -> i64 {
        let sql = format!("SELECT count(*) FROM crm.{table} WHERE contact_id = $1");
        client.query_one(&sql, &[&id]).unwrap().get(0)
    };
    assert_eq!(count(&mut client, "link", new), i64::from(WRITERS) * 10);
    assert_eq!((count(&mut client, "link", old), count(&mut client, "record_party", old)), (0, 0));
}

#[test]
fn mail_planned_before_a_merge_and_written_after_it_stands_on_the_contact_that_stays() {
    let desk = Desk::open();
    let (old, new) = (desk.id(&["contact", "add", "Old"]), desk.id(&["contact", "add", "New"]));
    let mut lead = plan::lead("late", "someone@b.test");
    let old_id: Uuid = old.parse().unwrap();
    lead.contacts.clear();
    lead.records[0].contacts = vec![old_id];
    lead.links[0].target = crm_milter::crm::plan::Target::Contact(old_id);
    desk.text(&["contact", "merge", &old, &new]);
    desk.scratch.store(Role::Daemon).commit_batch(&[lead]).unwrap();
    let card = desk.json(&["contact", "show", &new]);
    let count = |list: &str| card[list].as_array().map_or(0, Vec::len);
    assert_eq!((count("mails"), count("records")), (1, 1));
    assert_eq!(card["mails"][0]["subject"], Value::from("late"));
}

#[test]
fn address_of_a_contact_that_one_may_not_see_is_refused_by_its_owner_alone() {
    let desk = Desk::open();
    for login in ["ann", "ben"] {
        desk.text(&["user", "add", login]);
    }
    let secret = desk.id(&[
        "--as",
        "ann",
        "contact",
        "add",
        "Secret",
        "--address",
        "a@b.test",
        "--phone",
        "600111222",
    ]);
    for wanted in [["--address", "a@b.test"], ["--phone", "600111222"]] {
        let refusal =
            |login| desk.refused(&[&["--as", login, "contact", "add", "Other"], &wanted[..]].concat()).1;
        assert!(refusal("ann").contains("in use by Secret, owner ann"), "{}", refusal("ann"));
        assert!(refusal("ben").contains("in use by a contact of ann\n"), "{}", refusal("ben"));
        assert!(!refusal("ben").contains("Secret"));
    }
    let other = desk.id(&["--as", "ben", "contact", "add", "Other"]);
    assert_eq!(desk.json(&["contact", "show", &other])["owner"], "ben", "whoever adds it owns it");
    assert_eq!(desk.refused(&["--as", "ben", "contact", "show", &secret]).0, 66);
    assert_eq!(desk.refused(&["--as", "ben", "contact", "merge", &secret, &other]).0, 66);
    assert_eq!(desk.refused(&["--as", "ben", "contact", "set", &secret, "stars=1"]).0, 66);
}

/// Something that goes out about a contact, by the daemon: nobody's letter.
fn letter(desk: &Desk, contact: &str) {
    let sql = "INSERT INTO crm.outbox (id, kind, mail_from, rcpt_to, message_id, subject, message, contact_id)
               VALUES (gen_random_uuid(), 'reply', '', 'old@b.test', '<1@crm.test>', 'Thank you', '{}', $1::text::uuid)";
    desk.scratch.client(Role::Daemon).execute(sql, &[&contact]).unwrap();
}

/// Which contact a table's only row stands on.
fn stands_on(desk: &Desk, table: &str) -> String {
    let sql = format!("SELECT contact_id::text FROM crm.{table}");
    desk.scratch.client(Role::Owner).query_one(&sql, &[]).unwrap().get(0)
}

#[test]
fn merge_by_a_user_moves_what_the_user_sees_and_once_more_by_who_sees_all_the_rest() {
    let desk = Desk::open();
    let mut contacts = BTreeMap::new();
    for (login, name) in [("ann", "Old"), ("ann", "New"), ("bob", "Third")] {
        if !contacts.values().any(|(_, owner)| *owner == login) {
            desk.text(&["user", "add", login]);
        }
        contacts.insert(name, (desk.id(&["--as", login, "contact", "add", name]), login));
    }
    let id = |name: &str| contacts[name].0.clone();
    let (old, new, third) = (id("Old"), id("New"), id("Third"));
    let stands = |content: &str, on: &[&String]| {
        let mail = plan::mail(content, "x@b.test");
        let target = |contact: &String| Target::Contact(contact.parse().unwrap());
        Plan {
            links: on.iter().map(|contact| Link { mail: mail.id, target: target(contact) }).collect(),
            intakes: vec![plan::intake(Some(mail.id), Outcome::Recorded)],
            mail: Some(mail),
            ..plan::empty()
        }
    };
    let plans = [stands("hers alone", &[&old]), stands("his as well", &[&old, &third])];
    desk.scratch.store(Role::Daemon).commit_batch(&plans).unwrap();
    letter(&desk, &old);
    let before = snapshot(&desk);

    let done = desk.json(&["--as", "ann", "contact", "merge", &old, &new]);
    assert_eq!((&done["moved"]["mail"], &done["moved"]["letter"]), (&1.into(), &1.into()), "{done}");
    assert_eq!(stands_on(&desk, "outbox"), new, "a letter about the contact is nobody's");
    letter(&desk, &old);
    let of_letters = "SELECT count(*) FROM crm.outbox WHERE contact_id <> $1::text::uuid";
    let elsewhere: i64 =
        desk.scratch.client(Role::Owner).query_one(of_letters, &[&new.as_str()]).unwrap().get(0);
    assert_eq!(elsewhere, 0, "what is made for the old one later follows it");
    let subjects = |contact: &String, by: &[&str]| -> Vec<String> {
        let card = desk.json(&[by, &["mail", "list", "--contact", contact]].concat());
        let mails = card.as_array().unwrap().iter();
        mails.map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(subjects(&new, &["--as", "ann"]), ["hers alone"]);
    assert_eq!(subjects(&new, &[]), ["hers alone"], "what she does not see stays on the old contact");
    let done = desk.json(&["contact", "merge", &old, &new]);
    assert_eq!(done["moved"], serde_json::json!({ "mail": 1 }), "the rest, and only that");
    assert_eq!(subjects(&new, &[]), ["his as well", "hers alone"]);
    assert_eq!(subjects(&new, &["--as", "ann"]), ["hers alone"], "and she sees no more than before");
    assert_eq!(subjects(&third, &["--as", "bob"]), Vec::<String>::new());

    desk.scratch
        .client(Role::Owner)
        .execute(
            "DELETE FROM crm.outbox WHERE id NOT IN (SELECT id FROM crm.outbox ORDER BY created_at LIMIT 1)",
            &[],
        )
        .unwrap();
    desk.text(&["contact", "unmerge", &old]);
    assert_eq!(snapshot(&desk), before, "undone as one");
}

#[test]
fn waiting_mail_names_the_contact_that_stays_after_merges() {
    let desk = Desk::open();
    let [a, b, c] = ["Anna", "Anne", "Ann"].map(|name| desk.id(&["contact", "add", name]));
    let mail = plan::mail("whose", "x@b.test");
    let mut intake = plan::intake(Some(mail.id), Outcome::Unresolved);
    intake.cause = Some("manual");
    let candidate = |id: &String| Target::Contact(id.parse().unwrap());
    intake.candidates = vec![candidate(&a), candidate(&b), candidate(&c)];
    let waiting = Plan { mail: Some(mail), intakes: vec![intake], ..plan::empty() };
    desk.scratch.store(Role::Daemon).commit_batch(&[waiting]).unwrap();
    let names = || desk.json(&["unresolved", "list"])[0]["candidates"].clone();
    let line = |name: &str, id: &String| format!("{name} ({id})");
    assert_eq!(names(), serde_json::json!([line("Anna", &a), line("Anne", &b), line("Ann", &c)]));
    desk.text(&["contact", "merge", &a, &b]);
    assert_eq!(names(), serde_json::json!([line("Anne", &b), line("Ann", &c)]), "each once");
    desk.text(&["contact", "merge", &b, &c]);
    assert_eq!(names(), serde_json::json!([line("Ann", &c)]), "through a chain");
    desk.text(&["contact", "unmerge", &b]);
    assert_eq!(names(), serde_json::json!([line("Anne", &b), line("Ann", &c)]));
}

#[test]
fn what_a_user_could_not_merge_is_counted_and_moved_by_who_can() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ann"]);
    let old = desk.id(&["--as", "ann", "contact", "add", "Old", "--address", "old@b.test"]);
    let new = desk.id(&["--as", "ann", "contact", "add", "New"]);
    desk.text(&[
        "record",
        "add",
        "--kind",
        "lead",
        "--title",
        "not ann's",
        "--contact",
        &old,
        "--owner",
        "ann",
    ]);
    desk.text(&["user", "add", "ben"]);
    desk.text(&["record", "set", "LEAD-1", "owner=ben"]);
    desk.text(&["note", "add", "--contact", &old, "an operator's"]);
    let said = desk.text(&["--as", "ann", "contact", "merge", &old, &new]);
    assert!(said.contains("2 things are left on it"), "{said}");
    assert_eq!(desk.json(&["contact", "show", &new])["notes"], serde_json::json!([]));
    let again = desk.json(&["contact", "merge", &old, &new]);
    assert_eq!(
        (&again["moved"]["note"], &again["moved"]["record"], &again["left"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(desk.json(&["record", "show", "LEAD-1"])["parties"][0]["name"], "New");
    desk.text(&["contact", "unmerge", &old]);
    assert_eq!(desk.json(&["record", "show", "LEAD-1"])["parties"][0]["name"], "Old");
}

#[test]
fn user_merges_and_unmerges_what_is_their_own() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ann"]);
    let old = desk.id(&["--as", "ann", "contact", "add", "Old", "--address", "old@b.test"]);
    let new = desk.id(&["--as", "ann", "contact", "add", "New", "--phone", "600111222"]);
    let note = desk.id(&["--as", "ann", "note", "add", "--contact", &old, "a note"]);
    desk.text(&["--as", "ann", "note", "edit", &note, "changed"]);
    assert_eq!(desk.json(&["--as", "ann", "note", "show", &note])["before"][0]["text"], "a note");
    let task = desk.id(&["--as", "ann", "task", "add", "Call", "--contact", &old]);
    let before = snapshot(&desk);
    desk.text(&["--as", "ann", "contact", "merge", &old, &new]);
    let card = desk.json(&["--as", "ann", "contact", "show", "old@b.test"]);
    assert_eq!((&card["notes"][0]["author"], &card["tasks"][0]["user"]), (&"ann".into(), &"ann".into()));
    assert_eq!(card["merged"][0]["merged_by"], "ann");
    desk.text(&["--as", "ann", "contact", "unmerge", &old]);
    assert_eq!(snapshot(&desk), before);
    desk.text(&["--as", "ann", "task", "complete", &task]);
    assert_eq!(desk.json(&["task", "list", "--done", "--all"])[0]["completed_by"], "ann");
    assert_eq!(desk.json(&["--as", "ann", "task", "list"]).as_array().map(Vec::len), Some(0));
}
