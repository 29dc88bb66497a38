//! Sent letters and comments as stored mail, written in the transaction that settles them.

use super::compose::Composed;
use crate::crm::facts::message_id_digest;
use crate::crm::letter::LetterKind;
use crate::crm::plan::{Link, NewAttachment, NewMail, Party, Plan, Target};
use crate::mail::address;
use crate::mail::envelope::{Door, Envelope};
use crate::mail::fingerprint;
use crate::store::Queued;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What is stored of a row that was sent at `now`; nothing of what machines wrote.
pub fn plan(row: &Queued, mail: &Composed, files: &[Vec<u8>], now: Timestamp) -> Option<Plan> {
    let content = row.content.as_ref().ok()?;
    if !matches!(row.kind, LetterKind::Letter | LetterKind::Comment) {
        return None;
    }
    let mail_from = mail.mail_from.clone().unwrap_or_default();
    // By whatever other way it comes back, it is the same mail.
    let envelope = Envelope {
        door: Door::Pipe,
        released: None,
        received_at: now,
        queue_id: None,
        mail_from: mail_from.clone(),
        rcpt_to: vec![mail.rcpt_to.clone()],
        inboxes: Vec::new(),
        client_address: None,
        client_name: None,
        helo: None,
        sasl_login: None,
        cert_issuer: None,
        cert_subject: None,
        capture: Vec::new(),
        reports: Vec::new(),
    };
    let fingerprint = fingerprint::of(&mail.message, &envelope);
    let attachments = content.attachments.iter().zip(files).map(|(attached, file)| NewAttachment {
        name: Some(attached.name.clone()),
        media_type: attached.media_type.clone(),
        sha256: Sha256::digest(file).into(),
        content: file.clone(),
    });
    let id = Uuid::now_v7();
    let mut plan = Plan::of(row.id);
    plan.mail = Some(NewMail {
        id,
        fingerprint: fingerprint.digest,
        anonymous: fingerprint.anonymous,
        source: "desk",
        direction: "out",
        sent_at: Some(row.created_at),
        received_at: now,
        mail_from,
        message_id: Some(mail.message_id.clone()),
        message_id_digests: vec![message_id_digest(&mail.message_id)],
        subject: Some(row.subject.clone()),
        text: content.text.clone(),
        new_text: Some(content.text.clone()),
        note: None,
        language: None,
        filed_by: row.author.as_ref().map(|author| author.id),
        unparsed: None,
        parties: vec![
            party(
                "from",
                Some(&mail.from.0),
                &mail.from.1,
                None,
                row.author.as_ref().map(|author| author.id),
            ),
            party("to", content.to_name.as_deref(), &row.rcpt_to, row.contact, None),
        ],
        attachments: attachments.collect(),
        findings: serde_json::Value::Array(Vec::new()),
        raw: mail.message.clone(),
    });
    let targets =
        [row.contact.map(Target::Contact), row.record.map(Target::Record), row.ticket.map(Target::Ticket)];
    plan.links = targets.into_iter().flatten().map(|target| Link { mail: id, target }).collect();
    Some(plan)
}

fn party(
    role: &'static str,
    name: Option<&str>,
    address: &str,
    contact: Option<Uuid>,
    user: Option<Uuid>,
) -> Party {
    Party {
        role,
        name: name.map(str::to_owned),
        address: Some(address.to_owned()),
        canonical: address::canonical(address, false),
        contact,
        user,
    }
}
