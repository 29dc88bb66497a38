//! `crmctl reply preview`: what an inbox would answer to a saved mail, by the worker's own decision and the outbox's
//! own composition.
//!
//! Nothing is recorded, so what the database would give out is a stand-in: codes, numbers, signatures. Without the
//! database nobody is known, and nobody is a colleague, blocked, lost or switched off; what was assumed is said on
//! standard error, or in `assumed` of the JSON.

use super::args::reply::Reply as Verb;
use super::block;
use super::desk::Desk;
use super::exit::not_found;
use crate::config::model::Config;
use crate::crm::facts::Facts;
use crate::crm::inbox::Inbox;
use crate::crm::intake::{self, Ceilings, Rules};
use crate::crm::known::{Known, Wanted};
use crate::crm::plan::Plan;
use crate::crm::policy::Policy;
use crate::crm::signed::Keys;
use crate::mail::address;
use crate::mail::envelope::{Door, Envelope, InboxRcpt};
use crate::mail::message::{self, Message};
use crate::outbox::compose::{Company, compose};
use crate::spool::Entry;
use crate::spool::proven::Proven;
use crate::store::{Queued, Store};
use crate::worker::reading;
use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    let Verb::Preview { inbox, file, from, client } = verb;
    let mut raw = Vec::new();
    match file.as_deref().filter(|file| *file != Path::new("-")) {
        Some(file) => raw = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?,
        None => _ = std::io::stdin().read_to_end(&mut raw).context("cannot read standard input")?,
    }
    let preview = preview(desk, &inbox, raw, from, client)?;
    if !desk.json {
        for assumed in &preview.assumed {
            eprintln!("crmctl: assumed: {assumed}");
        }
    }
    desk.show(&preview, |preview| match &preview.message {
        Some(message) => {
            let lines = message.replace("\r\n", "\n");
            format!("MAIL FROM:<>\nRCPT TO:<{}>\n\n{lines}", preview.rcpt_to.as_deref().unwrap_or_default())
        }
        None => format!("{}\n", preview.reply),
    })
}

/// What would be answered.
#[derive(Debug, Serialize)]
struct Preview {
    /// `reply to ADDRESS`, or `no reply: WHY`.
    reply: String,
    /// Who would get it.
    rcpt_to: Option<String>,
    /// The message, with its header.
    message: Option<String>,
    /// What could not be known.
    assumed: Vec<String>,
}

fn preview(
    desk: &Desk,
    key: &str,
    raw: Vec<u8>,
    from: Option<String>,
    client: Option<IpAddr>,
) -> anyhow::Result<Preview> {
    let config = desk.config()?;
    let mut assumed = Vec::new();
    let table = config.inbox_table();
    let Some(inbox) = table.by_key(key) else {
        let keys: Vec<&str> = table.iter().map(|inbox| inbox.key.as_str()).collect();
        return Err(not_found(format!("no inbox `{key}`; there are {}", keys.join(", "))));
    };
    if !config.replies().templates.answers(key) {
        let reply = format!(
            "no reply: inbox {key} has none; [[inbox.reply]] below it in the configuration makes one"
        );
        return Ok(Preview { reply, rcpt_to: None, message: None, assumed });
    }
    let message = message::read(&raw);
    let envelope = envelope(inbox, &message, from, client, &mut assumed);
    let mut policy = policy(&config, &mut assumed);
    let entry = Entry { id: Uuid::now_v7(), envelope, message: raw, suspect: false };
    let facts = reading::facts(entry, &config.extract_options(), &policy);
    let mut known = match desk.store().and_then(|store| known(&store, &facts, &mut policy)) {
        Ok(known) => known,
        Err(error) => {
            assumed.push(format!(
                "nobody is known, blocked, lost or a colleague, as the database is away ({error:#})"
            ));
            Known::default()
        }
    };
    let plan = plan(&config, &policy, &facts, &mut known).context("the message would not be planned")?;
    let reply = plan.intakes.first().and_then(|intake| intake.reply.clone());
    let reply = reply.unwrap_or_else(|| "no reply: the mail would not reach this inbox".into());
    let Some(planned) = plan.letters.first() else {
        return Ok(Preview { reply, rcpt_to: None, message: None, assumed });
    };
    assumed.push("no reply went to that address of late: counters are not looked at".into());
    assumed.push("codes, Message-ID, Date and signatures are stand-ins".into());
    let code = code(&plan, planned.ticket, planned.record);
    let letter = planned.letter(code.as_deref())?;
    let row = Queued {
        id: letter.id,
        number: 1,
        kind: letter.kind,
        inbox: letter.inbox,
        mail_from: letter.mail_from,
        rcpt_to: letter.rcpt_to,
        message_id: letter.message_id,
        subject: letter.subject,
        content: Ok(letter.content),
        in_reply_to: letter.in_reply_to,
        contact: letter.contact,
        record: letter.record,
        ticket: letter.ticket,
        comment: None,
        author: None,
        attempts: 0,
        created_at: Timestamp::now(),
        since: Timestamp::now(),
        off: None,
        erased: false,
        codes: code.into_iter().collect(),
    };
    let stand_in = Keys::new([(0, vec![0; 32])]);
    let composed = compose(&row, &stand_in, &policy, &Company::default(), &[]).map_err(anyhow::Error::msg)?;
    let message = String::from_utf8_lossy(&composed.message).into_owned();
    Ok(Preview { reply, rcpt_to: Some(composed.rcpt_to), message: Some(message), assumed })
}

/// The envelope that the mail may have had.
fn envelope(
    inbox: &Inbox,
    message: &Message,
    from: Option<String>,
    client: Option<IpAddr>,
    assumed: &mut Vec<String>,
) -> Envelope {
    let path = |text: &str| text.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    let mail_from = from.map(|from| path(&from)).or_else(|| {
        let field = message.field("Return-Path").next().map(path);
        field.or_else(|| {
            let author = message.from.first().and_then(|from| from.address.clone());
            let shown = author.as_deref().unwrap_or_default();
            assumed.push(format!("the envelope sender is the author, {shown}; --from says another"));
            author
        })
    });
    let rcpt_to = inbox.address.clone();
    Envelope {
        // A mail from a mailbox has the line of our own Postfix, as at the door.
        mail_from: mail_from.unwrap_or_default(),
        rcpt_to: vec![rcpt_to.clone()],
        inboxes: vec![InboxRcpt { inbox: inbox.key.clone(), detail: None, rcpt_to }],
        client_address: client,
        ..Envelope::new(Door::Pipe, Timestamp::now())
    }
}

/// The policy as far as the decision asks for it.
fn policy(config: &Config, assumed: &mut Vec<String>) -> Policy {
    let proven = Proven::read(&config.spool);
    let named = Some(config.authority.authserv_id.to_string()).filter(|id| !id.is_empty());
    if named.is_some() && proven.authserv_id != named {
        assumed.push(
            "DMARC passes nothing: `crmctl check --probe` has not shown that forged results are stripped"
                .into(),
        );
    }
    Policy {
        authserv_id: named.clone().filter(|id| proven.authserv_id.as_ref() == Some(id)),
        authserv_named: named,
        spam: config.spam_markers(&proven.markers),
        replies: Arc::new(config.replies()),
        own_domains: config.company.domains.iter().map(|domain| domain.to_string()).collect(),
        case_sensitive: config.case_sensitive_local_parts,
        ..Policy::of_inboxes(config.inbox_table())
    }
}

/// What the database knows of everybody in the mail; a mail that is stored already counts as new.
fn known(store: &Store, facts: &Facts, policy: &mut Policy) -> anyhow::Result<Known> {
    let mut wanted = Wanted { replies: true, ..Wanted::default() };
    facts.want(policy.case_sensitive, &mut wanted);
    let Wanted { addresses, phones, codes, external_references, message_ids, .. } = wanted;
    let replies = true;
    let wanted =
        Wanted { addresses, phones, codes, external_references, message_ids, replies, ..Wanted::default() };
    let reading = facts.reading.as_ref().ok();
    let form = reading.and_then(|reading| reading.form.as_ref()?.address.as_deref());
    let authors = reading.into_iter().flat_map(|reading| &reading.from).take(2);
    let authors = authors.filter_map(|author| author.address.as_deref()).chain(form);
    let authors = authors.chain([facts.envelope.mail_from.as_str()]);
    let canonical = authors.filter_map(|text| address::canonical(text, policy.case_sensitive));
    policy.lists.blocks = block::against(store, canonical)?;
    Ok(store.known(&wanted)?)
}

fn plan(config: &Config, policy: &Policy, facts: &Facts, known: &mut Known) -> Option<Plan> {
    let extract = config.extract_options();
    let rules = Rules {
        policy,
        lead_series: &config.records.lead_series,
        code_series: &extract.code_series,
        ceilings: Ceilings {
            client: config.ceilings.client_per_hour,
            source: config.ceilings.source_per_hour,
        },
    };
    intake::plan(facts, known, &rules, &mut Uuid::now_v7)
}

/// A stand-in for the code of what the mail would open.
fn code(plan: &Plan, ticket: Option<Uuid>, record: Option<Uuid>) -> Option<String> {
    let ticket = plan.tickets.iter().find(|new| Some(new.id) == ticket);
    let record = plan.records.iter().find(|new| Some(new.id) == record);
    let year = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year();
    let ticket = ticket.map(|ticket| format!("{}-{year}-00000", ticket.series));
    ticket.or_else(|| record.map(|record| format!("{}-0", record.series)))
}
