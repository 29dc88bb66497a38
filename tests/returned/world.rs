//! A company with letters that went out, and messages that come back.

use crate::store_support::Scratch;
use crm_milter::crm::facts::Facts;
use crm_milter::crm::inbox::{Inbox, InboxTable};
use crm_milter::crm::intake::{self, Ceilings, Rules};
use crm_milter::crm::known::Wanted;
use crm_milter::crm::letter::{Content, LetterKind, NewLetter, message_id};
use crm_milter::crm::plan::Plan;
use crm_milter::crm::policy::Policy;
use crm_milter::crm::signed::{Detail, Keys};
use crm_milter::extract;
use crm_milter::mail::envelope::{Door, Envelope};
use crm_milter::mail::spam::{Marker, Markers};
use crm_milter::spool::Entry;
use crm_milter::store::cluster::Role;
use crm_milter::store::{NewUser, Store};
use crm_milter::worker::reading;
use postgres::Client;
use std::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// See the module.
pub struct World {
    pub scratch: Scratch,
    pub policy: Policy,
    pub keys: Keys,
    daemon: Store,
    desk: Store,
    root: Mutex<Client>,
}

/// A letter that went out.
#[derive(Debug)]
pub struct Letter {
    pub number: i64,
    pub contact: Uuid,
    pub message_id: String,
}

/// What came of a message.
#[derive(Debug)]
pub struct Came {
    pub outcome: &'static str,
    pub reason: String,
}

impl World {
    /// The agent ann, the administrator boss, the inbox info for leads.
    pub fn new() -> World {
        let scratch = Scratch::migrated();
        let desk = scratch.store(Role::Desk);
        for (login, role) in [("boss", "administrator"), ("ann", "agent")] {
            let addresses = vec![format!("{login}@crm.test"), format!("{login}.private@home.test")];
            let new = NewUser { login: login.into(), role: role.into(), addresses, ..NewUser::default() };
            desk.user_add(&new).unwrap();
        }
        let inbox = Inbox::new("info", "info@crm.test");
        let inboxes = InboxTable::new(vec![inbox], Some('+'), false);
        let mut policy =
            Policy { own_domains: ["crm.test".to_owned()].into(), ..Policy::of_inboxes(inboxes) };
        let marker = Marker { field: "X-Spam-Flag".into(), value: "YES".into() };
        policy.spam = Markers { markers: vec![marker], proven: vec!["x-spam-flag".into()] };
        let daemon = scratch.wide_store(Role::Daemon, 8);
        let keys = daemon.known(&Wanted { signed: true, ..Wanted::default() }).unwrap().keys;
        let root = Mutex::new(scratch.client(Role::Superuser));
        World { scratch, policy, keys, daemon, desk, root }
    }

    fn root(&self) -> MutexGuard<'_, Client> {
        self.root.lock().unwrap()
    }

    /// A letter to that address, of a contact of ann's which has it.
    pub fn letter(&self, rcpt_to: &str) -> Letter {
        let mut root = self.root();
        let has = "SELECT contact_id FROM crm.contact_address WHERE address = $1";
        let contact = match root.query_opt(has, &[&rcpt_to]).unwrap() {
            Some(row) => row.get(0),
            None => {
                let make = "INSERT INTO crm.contact (id, name, owner_id)
                            VALUES (gen_random_uuid(), $1, (SELECT id FROM crm.users WHERE login = 'ann')) RETURNING id";
                let contact: Uuid = root.query_one(make, &[&rcpt_to]).unwrap().get(0);
                let address = "INSERT INTO crm.contact_address (contact_id, address, shown)
                               VALUES ($1, $2, $2)";
                root.execute(address, &[&contact, &rcpt_to]).unwrap();
                contact
            }
        };
        let id = Uuid::now_v7();
        let letter = NewLetter {
            id,
            kind: LetterKind::Letter,
            inbox: Some("info".into()),
            mail_from: "info@crm.test".into(),
            rcpt_to: rcpt_to.into(),
            message_id: message_id(id, "crm.test"),
            subject: "Offer".into(),
            content: Content { text: "Dear customer".into(), ..Content::default() },
            in_reply_to: None,
            contact: Some(contact),
            record: None,
            ticket: None,
            comment: None,
            author: None,
        };
        self.desk.outbox_add(&letter).unwrap();
        let number = "UPDATE crm.outbox SET state = 'sent' WHERE id = $1 RETURNING number";
        let number = root.query_one(number, &[&id]).unwrap().get(0);
        Letter { number, contact, message_id: letter.message_id }
    }

    /// The inbox's address signed for that.
    pub fn signed(&self, detail: Detail) -> String {
        self.keys.address("info@crm.test", Some('+'), &detail).unwrap()
    }

    /// A message as the worker reads it; each is one of its own.
    pub fn facts(&self, raw: impl AsRef<[u8]>, mail_from: &str, rcpt_to: &str) -> Facts {
        let (inbox, detail) = self.policy.inboxes.find(rcpt_to).unwrap();
        let id = Uuid::now_v7();
        let mut message = raw.as_ref().to_vec();
        if !message.windows(11).any(|w| w.eq_ignore_ascii_case(b"message-id:")) {
            message.splice(0..0, format!("Message-ID: <{id}@there.test>\n").into_bytes());
        }
        let envelope = Envelope {
            queue_id: Some(id.to_string()),
            mail_from: mail_from.into(),
            rcpt_to: vec![rcpt_to.into()],
            inboxes: vec![crm_milter::mail::envelope::InboxRcpt {
                inbox: inbox.key.clone(),
                detail,
                rcpt_to: rcpt_to.into(),
            }],
            ..Envelope::new(Door::Milter, jiff::Timestamp::now())
        };
        let entry = Entry { id, envelope, message, suspect: false };
        reading::facts(entry, &extract::Options::default(), &self.policy)
    }

    /// Records messages as the worker does, in one transaction.
    pub fn record(&self, batch: &[Facts]) -> Vec<Plan> {
        let rules = Rules {
            policy: &self.policy,
            lead_series: "LEAD",
            code_series: &["LEAD".to_owned()],
            ceilings: Ceilings { client: 1000, source: 1000 },
        };
        let mut wanted = Wanted::default();
        batch.iter().for_each(|facts| facts.want(false, &mut wanted));
        loop {
            let planned = self.daemon.record(&wanted, |known| {
                batch
                    .iter()
                    .filter_map(|facts| intake::plan(facts, known, &rules, &mut Uuid::now_v7))
                    .collect()
            });
            match planned {
                Err(error) if error.is_conflict() || error.is_transient() => {}
                planned => return planned.unwrap(),
            }
        }
    }

    /// A message comes.
    pub fn come(&mut self, raw: impl AsRef<[u8]>, mail_from: &str, rcpt_to: &str) -> Came {
        let plans = self.record(&[self.facts(raw, mail_from, rcpt_to)]);
        let intake = &plans[0].intakes[0];
        Came { outcome: intake.outcome.as_str(), reason: intake.reason.clone() }
    }

    /// Addresses that are switched off, and why.
    pub fn off(&self) -> Vec<(String, String)> {
        let sql = "SELECT address, reason FROM crm.address_state WHERE off_at IS NOT NULL ORDER BY address";
        let rows = self.root().query(sql, &[]).unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// The first column of all rows.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let rows = self.root().query(sql, &[]).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Runs a statement past all rules.
    pub fn run(&self, sql: &str) {
        self.root().batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    }
}

/// A report of RFC 3464.
pub fn dsn(address: &str, status: &str, words: &str) -> String {
    dsn_of(address, status, words, "<lost@crm.test>")
}

/// The same, about the mail with that Message-ID.
pub fn dsn_of(address: &str, status: &str, words: &str, message_id: &str) -> String {
    let id = Uuid::now_v7();
    format!(
        "From: MAILER-DAEMON@mx.there.test\nTo: x\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: \
         <{id}@mx.there.test>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=b\n\n--b\n\nCould not be delivered.\n\n--b\nContent-Type: \
         message/delivery-status\n\nReporting-MTA: dns; mx.there.test\n\nFinal-Recipient: rfc822; {address}\nAction: \
         failed\nStatus: {status}\nDiagnostic-Code: smtp; {words}\n\n--b\nContent-Type: \
         text/rfc822-headers\n\nFrom: info@crm.test\nTo: {address}\nSubject: Offer\nMessage-ID: {message_id}\n\n--b--\n"
    )
}
