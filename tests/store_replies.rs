//! Automatic replies when they are written: claimed once whatever the number of nodes, filled with the codes that the
//! same transaction allots, and within their ceilings.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::auto_reply::{self, Addressee, Limits, PlannedReply};
use crm_milter::crm::inbox::{Inbox, InboxTable};
use crm_milter::crm::letter::Automatic;
use crm_milter::crm::plan::Plan;
use crm_milter::crm::template::{Purpose, Tag, Tags, Template};
use crm_milter::store::Store;
use crm_milter::store::cluster::Role;
use std::sync::Barrier;
use store_support::{CommitBatch, Scratch, plan};
use uuid::Uuid;

fn inbox(kind: &str) -> Inbox {
    let text = format!("[[inbox]]\nkey = \"info\"\naddress = \"info@crm.test\"\nkind = \"{kind}\"\n");
    let config = crm_milter::config::read::parse(&text, std::path::Path::new("c.toml")).unwrap();
    let table: InboxTable = config.inbox_table();
    table.by_key("info").unwrap().clone()
}

/// A lead with a reply to that address.
fn answered(content: &str, address: &str, limits: Limits) -> Plan {
    with_reply(plan::lead(content, &format!("{content}@b.test")), "leads", address, limits)
}

fn with_reply(mut plan: Plan, kind: &str, address: &str, limits: Limits) -> Plan {
    let inbox = inbox(kind);
    let ticket = plan.tickets.first().map(|ticket| ticket.id);
    let record = plan.records.first().map(|record| record.id);
    let (purpose, text) = match ticket {
        Some(_) => (Purpose::TicketReply, "Ticket {{ ticket.code }}"),
        None => (Purpose::LeadReply, "Lead {{ record.code | default('-') }}"),
    };
    plan.intakes[0].reply = Some(format!("reply to {address}"));
    plan.letters = vec![PlannedReply {
        id: Uuid::now_v7(),
        intake: plan.intakes[0].id,
        inbox: inbox.key.clone(),
        domain: "crm.test".into(),
        to: Addressee { address: address.into(), automatic: Automatic::AutoReplied, name: None },
        template: Template::new(purpose, false, text, text, None).unwrap(),
        tags: Tags::default().with(Tag::InboxName, "Info"),
        mail: plan.mail.as_ref().map(|mail| mail.id),
        in_reply_to: None,
        references: Vec::new(),
        contact: None,
        record,
        ticket,
        claims: auto_reply::claims(&inbox, address, limits),
    }];
    plan
}

fn rows(scratch: &Scratch, sql: &str) -> Vec<String> {
    let rows = scratch.client(Role::Owner).query(sql, &[]).unwrap();
    rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect()
}

#[test]
fn code_allotted_in_the_same_transaction_stands_in_the_reply() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let ticket = with_reply(plan::ticket("help", "t@b.test", None), "tickets", "t@b.test", Limits::default());
    store.commit_batch(&[answered("a", "a@b.test", Limits::default()), ticket]).unwrap();
    let sent = rows(&scratch, "SELECT subject || ' ' || (message->>'code') FROM crm.outbox ORDER BY rcpt_to");
    assert_eq!(sent[0], "Lead LEAD-1 LEAD-1");
    let code = rows(&scratch, "SELECT code FROM crm.ticket").remove(0);
    assert_eq!(sent[1], format!("Ticket {code} {code}"));
    let said = rows(&scratch, "SELECT reply FROM crm.intake ORDER BY reply");
    assert_eq!(said, ["reply to a@b.test", "reply to t@b.test"]);
}

#[test]
fn nodes_that_record_one_sender_at_once_send_one_reply() {
    let scratch = Scratch::migrated();
    let stores: Vec<Store> = (0..8).map(|_| scratch.store(Role::Daemon)).collect();
    let barrier = Barrier::new(stores.len());
    std::thread::scope(|scope| {
        for (at, store) in stores.iter().enumerate() {
            let barrier = &barrier;
            scope.spawn(move || {
                // Two in a batch, in both orders: no deadlock, and still one.
                let one = answered(&format!("x{at}"), "same@b.test", Limits::default());
                let other = answered(&format!("y{at}"), &format!("o{}@b.test", at % 2), Limits::default());
                let batch = if at % 2 == 0 { [one, other] } else { [other, one] };
                barrier.wait();
                store.commit_batch(&batch).unwrap();
            });
        }
    });
    let sent = rows(&scratch, "SELECT rcpt_to FROM crm.outbox ORDER BY rcpt_to");
    assert_eq!(sent, ["o0@b.test", "o1@b.test", "same@b.test"]);
    let said =
        "SELECT reply FROM crm.intake WHERE reply LIKE 'no reply: one went to same@b.test less than 24%'";
    assert_eq!(rows(&scratch, said).len(), 7);
}

#[test]
fn windows_begin_anew_when_they_are_over_and_ceilings_hold_for_one_and_for_all() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let limits = Limits { address_hour: 2, address_day: 3, all_hour: 5, all_day: 100 };
    let reply = |content: &str, address: &str| {
        store.commit_batch(&[answered(content, address, limits)]).unwrap();
        rows(&scratch, &format!("SELECT reply FROM crm.intake i JOIN crm.mail m ON m.id = i.mail_id WHERE m.subject = '{content}'"))
            .remove(0)
    };
    let later = |hours: u32| {
        let sql = format!(
            "UPDATE crm.reply_count SET since = since - interval '{hours} hours', until = until - interval '{hours} hours'"
        );
        scratch.client(Role::Owner).execute(&sql, &[]).unwrap();
    };
    assert_eq!(reply("a1", "a@b.test"), "reply to a@b.test");
    assert!(reply("a2", "a@b.test").contains("one went to a@b.test less than 24 hours ago"));
    later(23);
    assert!(reply("a3", "a@b.test").contains("less than 24 hours ago"));
    later(2);
    assert_eq!(reply("a4", "a@b.test"), "reply to a@b.test");
    assert!(reply("a5", "prvs=1234567890=a@b.test").contains("one went to a@b.test"));
    // A ticket's inbox has no such window, but a pause against machines, and the ceilings.
    let ticket = |content: &str| {
        let plan = with_reply(plan::ticket(content, "k@b.test", None), "tickets", "k@b.test", limits);
        store.commit_batch(&[plan]).unwrap();
        rows(&scratch, &format!("SELECT reply FROM crm.intake i JOIN crm.mail m ON m.id = i.mail_id WHERE m.subject = '{content}'"))
            .remove(0)
    };
    let pass = |minutes: u32| {
        let sql = format!("UPDATE crm.reply_count SET since = since - interval '{minutes} minutes'");
        scratch.client(Role::Owner).execute(&sql, &[]).unwrap();
    };
    assert_eq!(ticket("k1"), "reply to k@b.test");
    assert!(ticket("k2").contains("only machines write that soon"));
    pass(3);
    assert_eq!(ticket("k3"), "reply to k@b.test");
    pass(3);
    assert!(ticket("k4").contains("2 went to k@b.test within an hour"));
    later(1);
    assert_eq!(ticket("k5"), "reply to k@b.test");
    later(1);
    assert!(ticket("k6").contains("3 went to k@b.test within a day"));
    // What is refused counts nowhere: five fit into the hour.
    later(1);
    let sent = (0..7)
        .filter(|at| reply(&format!("m{at}"), &format!("m{at}@b.test")).starts_with("reply to"))
        .count();
    assert_eq!(sent, 5);
    assert!(reply("m9", "m9@b.test").contains("5 automatic replies went out within an hour"));
    later(1000);
    store.maintain().unwrap();
    assert!(rows(&scratch, "SELECT 'x' FROM crm.reply_count").is_empty(), "forgotten when over");
}
