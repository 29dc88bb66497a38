//! Plans as the rules would make them.

#![allow(dead_code, reason = "each test file uses its own part")]

use crm_milter::crm::plan::*;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The plan of a spool entry that writes nothing but its sighting.
pub fn empty() -> Plan {
    Plan::of(Uuid::now_v7())
}

/// A mail of that content from that address.
pub fn mail(content: &str, from: &str) -> NewMail {
    NewMail {
        id: Uuid::now_v7(),
        fingerprint: digest(content),
        anonymous: false,
        source: "inbox",
        direction: "in",
        sent_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        received_at: Timestamp::now(),
        mail_from: from.into(),
        message_id: Some(format!("<{content}@b.test>")),
        message_id_digests: vec![digest(&format!("<{content}@b.test>"))],
        subject: Some(content.into()),
        text: format!("text of {content}"),
        new_text: None,
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
        raw: content.as_bytes().to_vec(),
    }
}

pub fn contact(address: &str) -> NewContact {
    NewContact {
        id: Uuid::now_v7(),
        name: address.into(),
        company: None,
        addresses: vec![(address.into(), address.into())],
        phones: Vec::new(),
        language: None,
        origin: Some("mail".into()),
        owner: None,
    }
}

pub fn intake(mail: Option<Uuid>, outcome: Outcome) -> NewIntake {
    NewIntake {
        id: Uuid::now_v7(),
        reply: None,
        mail,
        inbox: "info".into(),
        detail: None,
        user: None,
        outcome,
        reason: "a test".into(),
        cause: None,
        candidates: Vec::new(),
        assignment: None,
        owner: None,
        ceilings: vec!["inbox info".into()],
        queue_id: Some("4XYZ".into()),
        door: "milter",
        received_at: Timestamp::now(),
        mail_from: "a@b.test".into(),
        subject: Some("subject".into()),
    }
}

/// A lead: new contact, record, mail, links, one intake.
pub fn lead(content: &str, from: &str) -> Plan {
    let (mail, contact) = (mail(content, from), contact(from));
    let record = NewRecord {
        id: Uuid::now_v7(),
        kind: "lead",
        series: "LEAD".into(),
        title: content.into(),
        contacts: vec![contact.id],
        owner: None,
        origin: Some("mail".into()),
        asked_about: None,
    };
    Plan {
        links: vec![
            Link { mail: mail.id, target: Target::Contact(contact.id) },
            Link { mail: mail.id, target: Target::Record(record.id) },
        ],
        intakes: vec![intake(Some(mail.id), Outcome::Recorded)],
        mail: Some(mail),
        contacts: vec![contact],
        records: vec![record],
        ..empty()
    }
}

/// A ticket of a contact that exists.
pub fn ticket(content: &str, from: &str, contact: Option<Uuid>) -> Plan {
    let mail = mail(content, from);
    let ticket = NewTicket {
        id: Uuid::now_v7(),
        series: "INC".into(),
        subject: content.into(),
        contact,
        owner: None,
        inbox: "help".into(),
        follows: None,
    };
    Plan {
        links: vec![Link { mail: mail.id, target: Target::Ticket(ticket.id) }],
        intakes: vec![intake(Some(mail.id), Outcome::Recorded)],
        mail: Some(mail),
        tickets: vec![ticket],
        ..empty()
    }
}
