//! From the octets of a message to its [`Reading`]: what the worker does with every message, and the desk when a
//! stored one is read again. Whoever calls it fences it: what is read is hostile.

use super::facts::{Customer, Original, Reading};
use super::plan::NewAttachment;
use super::policy::Policy;
use crate::extract::source::Source;
use crate::extract::{self, Extract, Options};
use crate::mail::auth_results;
use crate::mail::automatic;
use crate::mail::envelope::{Door, Envelope};
use crate::mail::forwarded::Forward;
use crate::mail::message::{self, Message};
use crate::mail::unanswerable;
use sha2::{Digest as _, Sha256};

/// Reads a message. The policy says which fields of our own host's count.
pub fn read(raw: &[u8], envelope: &Envelope, options: &Options, policy: &Policy) -> Reading {
    let message = message::read(raw);
    let facts = extract::extract_sent(&message, envelope.mail_from.is_empty(), options);
    let authserv_id = policy.authserv_id.as_deref();
    let proven_author = authserv_id.and_then(|id| auth_results::author(&message, id, envelope.door).ok());
    // The milter does not see the line that our own Postfix adds.
    let received = usize::from(envelope.door != Door::Milter);
    let spam = policy.spam.find(&message, received);
    let named = policy.authserv_named.as_deref();
    let dmarc_failed = named.is_some_and(|id| auth_results::failed(&message, id, envelope.door));
    let unanswerable = unanswerable::mark(&message);
    let own_mark = message.fields.iter().any(|field| field.name.eq_ignore_ascii_case(unanswerable::LOOP));
    let source = source(&message, envelope, proven_author.is_some(), options);
    Reading { proven_author, spam, dmarc_failed, unanswerable, own_mark, source, ..reading(message, facts) }
}

/// The source that the message comes from: one that is proven, if any is.
fn source(message: &Message, envelope: &Envelope, dmarc: bool, options: &Options) -> Option<(String, bool)> {
    let proves = |source: &Source| {
        let client = envelope.client_address.is_some_and(|client| source.is_client(client));
        client || source.dmarc && dmarc
    };
    let mut matching = options.sources.iter().filter(|source| source.matches(message));
    let first = matching.clone().next()?;
    let proven = matching.find(|source| proves(source));
    Some((proven.unwrap_or(first).name.clone(), proven.is_some()))
}

fn reading(message: Message, facts: Extract) -> Reading {
    let findings = serde_json::to_value(&facts.findings).unwrap_or_default();
    let named = facts.contact.map(|contact| Customer {
        name: contact.name,
        address: contact.email,
        phones: contact.phones,
        company: contact.company,
        message: contact.message,
        reference: contact.reference,
        origin: Some(if contact.source.is_some() { "portal" } else { "form" }.to_owned()),
        source: contact.source,
    });
    let forward = facts.forward.map(|forward| original(forward, named.as_ref()));
    let (form, author) = match facts.kind {
        extract::Kind::Lead => (named, Customer::default()),
        _ if forward.is_some() => (None, Customer::default()),
        _ => (None, named.unwrap_or_default()),
    };
    Reading {
        kind: facts.kind.into(),
        by_machine: facts.automatic.kind != automatic::Kind::None,
        from: message.from,
        reply_to: message.reply_to,
        to: message.to,
        cc: message.cc,
        subject: message.subject,
        sent_at: message.sent_at,
        message_id: message.message_id,
        references: message.references,
        text: facts.text,
        new_text: Some(facts.reply.text),
        language: facts.language.map(str::to_owned),
        codes: facts.codes,
        form,
        forward,
        bounce: facts.bounce,
        complaint: facts.complaint,
        author,
        proven_author: None,
        spam: None,
        dmarc_failed: false,
        unanswerable: None,
        own_mark: false,
        source: None,
        attachments: message
            .attachments
            .into_iter()
            .map(|attachment| NewAttachment {
                sha256: Sha256::digest(&attachment.content).into(),
                name: attachment.name,
                media_type: attachment.media_type,
                content: attachment.content,
            })
            .collect(),
        findings,
    }
}

/// A forwarded original. Where it is itself a form's mail, whom the form names is the customer, not the form.
fn original(forward: Forward, named: Option<&Customer>) -> Original {
    let author = forward.from.as_ref().and_then(|from| from.address.as_deref());
    let customer = named.filter(|named| named.address.as_deref() != author || named.message.is_some());
    Original {
        customer: customer.cloned(),
        from: forward.from,
        to: forward.to,
        cc: forward.cc,
        sent_at: forward.sent_at,
        subject: forward.subject,
        message_id: forward.message_id,
        text: forward.text,
        note: forward.note,
    }
}
