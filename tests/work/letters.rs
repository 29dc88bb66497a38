//! Messages as they are read, planned and recorded past SMTP.

use crate::store_support::Scratch;
use crm_milter::crm::assignment::Assignment;
use crm_milter::crm::facts::{Facts, Reading, message_id_digest};
use crm_milter::crm::inbox::{Inbox, InboxTable, Kind, Original, Recording, UnknownCode};
use crm_milter::crm::intake::{self, Ceilings, Rules};
use crm_milter::crm::known::Wanted;
use crm_milter::crm::plan::Plan;
use crm_milter::crm::policy::Policy;
use crm_milter::mail::address::Mailbox;
use crm_milter::mail::envelope::{Door, Envelope, InboxRcpt};
use crm_milter::store::cluster::Role;
use crm_milter::store::{NewUser, Store};
use uuid::Uuid;

/// `info` for leads and `support` for tickets, with that queue at both.
pub fn policy(queue: &[&str]) -> Policy {
    let inbox = |key: &str, kind| Inbox {
        key: key.into(),
        address: format!("{key}@crm.test"),
        kind,
        enabled: true,
        name: key.into(),
        original: Original::Consume,
        mark_copy: false,
        reference: Some("INC".into()),
        unknown_code: UnknownCode::Accept,
        record: Recording::Auto,
        assigned_to: None,
        use_contact_owner: true,
        office: None,
        assignment: Assignment {
            rules: Vec::new(),
            queue: queue.iter().map(|login| (*login).into()).collect(),
        },
        origin: None,
        reply_hours: 24,
    };
    let inboxes = vec![inbox("info", Kind::Leads), inbox("support", Kind::Tickets)];
    let inboxes = InboxTable::new(inboxes, Some('+'), false);
    Policy { own_domains: ["crm.test".to_owned()].into(), ..Policy::of_inboxes(inboxes) }
}

/// A mail of that content from that address to an inbox. Codes in the subject are not looked for.
pub fn letter(content: &str, from: &str, inbox: &str) -> Facts {
    let message_id = format!("{content}@{from}");
    Facts {
        spool_id: Uuid::now_v7(),
        envelope: Envelope {
            mail_from: from.into(),
            rcpt_to: vec![format!("{inbox}@crm.test")],
            inboxes: vec![InboxRcpt {
                inbox: inbox.into(),
                detail: None,
                rcpt_to: format!("{inbox}@crm.test"),
            }],
            ..Envelope::new(Door::Milter, jiff::Timestamp::now())
        },
        fingerprint: message_id_digest(&message_id),
        anonymous: false,
        reading: Ok(Reading {
            from: vec![Mailbox { name: None, address: Some(from.into()) }],
            to: vec![Mailbox { name: None, address: Some(format!("{inbox}@crm.test")) }],
            subject: Some(content.into()),
            text: content.into(),
            message_id: Some(message_id),
            ..Reading::default()
        }),
        raw: content.as_bytes().to_vec(),
    }
}

/// The same, as an answer to another one.
pub fn answer(content: &str, to: &Facts, inbox: &str) -> Facts {
    let Ok(before) = &to.reading else { panic!("a letter is read") };
    let mut facts = letter(content, before.from[0].address.as_deref().unwrap(), inbox);
    if let Ok(reading) = &mut facts.reading {
        reading.references = before.message_id.iter().cloned().collect();
    }
    facts
}

/// Records a batch as the worker does.
pub fn record(store: &Store, policy: &Policy, batch: &[Facts]) -> Vec<Plan> {
    let series = ["LEAD".to_owned(), "DEAL".to_owned(), "INC".to_owned()];
    let rules = Rules {
        policy,
        lead_series: "LEAD",
        code_series: &series,
        ceilings: Ceilings { client: 1000, source: 1000 },
    };
    let mut wanted = Wanted::default();
    for facts in batch {
        facts.want(false, &mut wanted);
    }
    wanted.queues.extend(["info".to_owned(), "support".to_owned()]);
    loop {
        let planned = store.record(&wanted, |known| {
            batch.iter().filter_map(|facts| intake::plan(facts, known, &rules, &mut Uuid::now_v7)).collect()
        });
        match planned {
            Err(error) if error.is_conflict() => {}
            planned => return planned.unwrap(),
        }
    }
}

/// Adds users of a role.
pub fn users(scratch: &Scratch, role: &str, logins: &[&str]) -> Vec<Uuid> {
    let desk = scratch.store(Role::Desk);
    let add = |login: &&str| {
        let addresses = vec![format!("{login}@crm.test")];
        let new = NewUser { login: (*login).into(), role: role.into(), addresses, ..NewUser::default() };
        desk.user_add(&new).unwrap()
    };
    logins.iter().map(add).collect()
}
