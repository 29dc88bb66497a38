//! Facts to fields: the customer, phones, codes and signature that a message speaks of. Pure.
//!
//! [`extract`] puts together what the rules of [`crate::mail`] and of this folder find. It never fails; what
//! does not apply is absent, and what was odd is a [`Finding`].

pub mod adf;
pub mod code;
pub mod company;
pub mod contact;
pub mod country;
pub mod form;
pub mod labels;
pub mod language;
pub mod lead_metadata;
pub mod name;
pub mod network;
pub mod phone;
pub mod signature;
pub mod source;
pub mod values;
pub mod vcard;

use crate::mail::address::Mailbox;
use crate::mail::automatic::{self, Automatic};
use crate::mail::complaint::{Complaint, complaint};
use crate::mail::dsn::{Bounce, bounce};
use crate::mail::finding::Finding;
use crate::mail::forwarded::{self, Forward};
use crate::mail::labels::{Prefix, prefix};
use crate::mail::message::{Attachment, Message};
use crate::mail::reply::{self, Reply};
use contact::{Contact, Ours};
use form::Lead;
use jiff::Timestamp;
use phone::Regions;
use serde::Serialize;
use signature::Signature;
use source::Source;
use vcard::Card;

/// What the rules need to know of the company.
#[derive(Debug, Clone)]
pub struct Options {
    /// ISO 3166 code of the region in which telephones without a country code are read; `None`: the message's
    /// own domains, language and the form's country suggest it.
    pub default_region: Option<String>,
    /// Series of the codes of our records (`DEAL`, `INC`).
    pub code_series: Vec<String>,
    /// Domains of the company: their addresses are never the customer's.
    pub own_domains: Vec<String>,
    /// Single addresses of the company.
    pub own_addresses: Vec<String>,
    /// Source templates; the first that matches and finds somebody counts.
    pub sources: Vec<Source>,
}

impl Default for Options {
    /// For the bare `crmctl extract`: no company is known, the codes are [`code::DEFAULT_SERIES`].
    fn default() -> Self {
        Options {
            default_region: None,
            code_series: code::DEFAULT_SERIES.map(str::to_owned).to_vec(),
            own_domains: Vec::new(),
            own_addresses: Vec::new(),
            sources: Vec::new(),
        }
    }
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person wrote it.
    Person,
    /// A form, portal or lead document.
    Lead,
    /// A message handed on.
    Forward,
    /// An answer.
    Reply,
    /// A delivery failed.
    Bounce,
    /// A recipient complained (RFC 5965).
    Complaint,
    /// A machine answered.
    AutoReply,
    /// Mail of a list.
    List,
    /// A calendar's answer.
    Calendar,
}

/// All that one message says. Its JSON form is the output of `crmctl extract`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extract {
    /// What it is.
    pub kind: Kind,
    /// Decoded subject.
    pub subject: Option<String>,
    /// `Date`.
    pub sent_at: Option<Timestamp>,
    /// The author.
    pub from: Option<Mailbox>,
    /// Recipients.
    pub to: Vec<Mailbox>,
    /// Recipients of copies.
    pub cc: Vec<Mailbox>,
    /// The whole text.
    pub text: String,
    /// The text taken apart: new, signature, history.
    pub reply: Reply,
    /// The original that it forwards.
    pub forward: Option<Forward>,
    /// What the author's signature says, numbers in E.164 where they are numbers: suggestions for empty fields.
    pub signature: Option<Signature>,
    /// Whom to file it under.
    pub contact: Option<Contact>,
    /// Codes of our records in the subject.
    pub codes: Vec<String>,
    /// A delivery report.
    pub bounce: Option<Bounce>,
    /// An abuse report.
    pub complaint: Option<Complaint>,
    /// Whether and why a machine wrote it; portals' leads have such marks too.
    pub automatic: Automatic,
    /// Business cards.
    pub vcards: Vec<Card>,
    /// Leaf parts that are not the text.
    pub attachments: Vec<Attachment>,
    /// ISO 639-1.
    pub language: Option<&'static str>,
    /// What was odd.
    pub findings: Vec<Finding>,
    /// Which rule found which field, in which text; part of the output with `--explain`.
    #[serde(skip)]
    pub explained: Vec<Finding>,
}

/// All facts of one message. Its envelope sender is taken from `Return-Path`, where there is one; who knows the
/// envelope calls [`extract_sent`].
pub fn extract(message: &Message, options: &Options) -> Extract {
    let null_sender = message.field("Return-Path").next().is_some_and(|path| path.trim() == "<>");
    extract_sent(message, null_sender, options)
}

/// All facts of one message whose envelope sender was null or not.
pub fn extract_sent(message: &Message, null_sender: bool, options: &Options) -> Extract {
    let mut explained = Vec::new();
    let complaint = complaint(message);
    let bounce = if complaint.is_some() { None } else { bounce(message, null_sender) };
    let report = complaint.is_some() || bounce.is_some();
    let automatic = automatic::classify(message, null_sender);
    let forward = if report { None } else { forwarded::find(message) };
    let reply = reply::split(message);
    let mut told = language::Told::default();
    let regions = regions(message, options, || {
        told.detect(forward.as_ref().map_or(message.body.text.as_str(), |f| f.text.as_str()))
    });
    let is_reply = !message.references.is_empty();
    let found =
        if report { None } else { customer(message, &forward, &reply, &regions, &automatic, options) };
    let kind = match () {
        () if complaint.is_some() => Kind::Complaint,
        () if bounce.is_some() => Kind::Bounce,
        () if found.as_ref().is_some_and(|(_, of)| of.is_none()) => Kind::Lead,
        () if automatic.kind == automatic::Kind::Calendar => Kind::Calendar,
        () if matches!(automatic.kind, automatic::Kind::AutoReply | automatic::Kind::Challenge) => {
            Kind::AutoReply
        }
        () if automatic.kind == automatic::Kind::List => Kind::List,
        () if forward.is_some() => Kind::Forward,
        () if is_reply || answers(message) => Kind::Reply,
        () => Kind::Person,
    };
    let contact = match found {
        _ if report => None,
        Some((lead, of)) => {
            let of = of.as_ref().unwrap_or(message);
            Some(contact::of_lead(lead, of, &Ours::new(of, options), &mut explained))
        }
        None => contact::of_party(message, forward.as_ref(), options, &mut explained),
    };
    // What the customer wrote in a form says more than the form's own words around it.
    let written = [
        contact.as_ref().and_then(|c| c.message.as_deref()),
        Some(forward.as_ref().map_or(reply.text.as_str(), |f| f.text.as_str())),
        (kind == Kind::Lead).then_some(message.body.text.as_str()),
    ];
    let language = written.into_iter().flatten().find_map(|text| told.detect(text));
    // A machine's mail has no author who signs: its rules and blocks are the form's.
    let (reply, signature) = match kind {
        Kind::Lead => (Reply { text: message.body.text.trim().to_owned(), ..Reply::default() }, None),
        _ => {
            let signature = signature(&reply, message, &regions);
            (reply, signature)
        }
    };
    // A lead's blocks are the form's.
    if kind != Kind::Lead {
        explained.extend(forward.iter().flat_map(|f| f.explain.iter().cloned()));
        explained.extend(reply.explain.iter().cloned());
        explained.extend(signature.iter().flat_map(|s| s.explain.iter().cloned()));
    }
    let cards = message.attached.iter().chain([message]).flat_map(|m| &m.attachments);
    Extract {
        kind,
        subject: message.subject.clone(),
        sent_at: message.sent_at,
        from: message.from.first().cloned(),
        to: message.to.clone(),
        cc: message.cc.clone(),
        text: message.body.text.clone(),
        forward: forward.filter(|_| kind != Kind::Lead),
        reply,
        signature,
        contact,
        codes: code::find(message.subject.as_deref().unwrap_or_default(), &options.code_series),
        bounce,
        complaint,
        automatic,
        vcards: cards.flat_map(|a| vcard::read(a, &regions)).collect(),
        attachments: message.attachments.clone(),
        language,
        findings: message.findings.clone(),
        explained,
    }
}

/// Whether the subject says that the message is an answer.
fn answers(message: &Message) -> bool {
    message.subject.as_deref().and_then(prefix).is_some_and(|(kind, _)| kind == Prefix::Reply)
}

/// The customer whom a form or portal names: in the message itself, or in the original that it forwards, which
/// comes with it. A block `From: …, Subject: …` in a machine's mail is the form's and not a forward's.
fn customer(
    message: &Message,
    forward: &Option<Forward>,
    reply: &Reply,
    regions: &Regions,
    automatic: &Automatic,
    options: &Options,
) -> Option<(Lead, Option<Message>)> {
    // An automatic answer quotes forms; a lead it is only where an exact format or a template says so.
    let answer = matches!(
        automatic.kind,
        automatic::Kind::AutoReply | automatic::Kind::Challenge | automatic::Kind::Calendar
    );
    let is_reply = !message.references.is_empty();
    if let Some(forward) = forward
        && form::automated(message) < 2
    {
        let original = original(message, forward);
        let lead = lead(&forward.text, &original, regions, false, answer, options)?;
        return Some((lead, Some(original)));
    }
    // What a person quotes is no lead of now; a form's own blocks only look like quotations.
    let quotes = is_reply || (reply.quoted.is_some() && form::automated(message) < 2);
    let text = if quotes { &reply.text } else { &message.body.text };
    lead(text, message, regions, is_reply, answer, options).map(|lead| (lead, None))
}

/// The original of a forward as a message: the attached one, or what the header block in the text says.
fn original(message: &Message, forward: &Forward) -> Message {
    let attached = message
        .attached
        .iter()
        .find(|m| m.subject == forward.subject && m.from.first() == forward.from.as_ref());
    if let Some(attached) = attached.filter(|_| forward.via == forwarded::Via::Attachment) {
        return attached.clone();
    }
    Message {
        from: forward.from.iter().cloned().collect(),
        to: forward.to.clone(),
        cc: forward.cc.clone(),
        subject: forward.subject.clone(),
        sent_at: forward.sent_at,
        meta: message.meta.clone(),
        ..Message::default()
    }
}

/// What the signature says, its numbers in E.164 where they are numbers.
fn signature(reply: &Reply, message: &Message, regions: &Regions) -> Option<Signature> {
    let whole = match &reply.signature {
        Some(block) if reply.delimited => format!("{}\n-- \n{block}", reply.text),
        Some(block) => format!("{}\n{block}", reply.text),
        None => reply.text.clone(),
    };
    let mut found = signature::find(&whole, message.from.first())?;
    let mut regions = regions.clone();
    if let Some(region) = found.company.as_deref().and_then(signature::region_of) {
        regions.add(region);
    }
    let mut phones: Vec<String> = Vec::new();
    for written in found.phones {
        // One that no plan takes stays as written: it is only offered to a person.
        let mut numbers = phone::in_value(&written, &regions);
        if numbers.is_empty() {
            numbers.push(written);
        }
        numbers.retain(|number| !phones.contains(number));
        phones.append(&mut numbers);
    }
    found.phones = phones;
    Some(found)
}

/// The lead in `text`, which is `message`'s or a part of it: exact formats first, then the company's source
/// templates, then forms in general. Each fills what the one before left open.
fn lead(
    text: &str,
    message: &Message,
    regions: &Regions,
    is_reply: bool,
    answer: bool,
    options: &Options,
) -> Option<Lead> {
    let ours = &Ours::new(message, options);
    let form =
        || if answer { None } else { form::find(text, form::Context { message, regions, ours, is_reply }) };
    let source = options.sources.iter().filter(|s| !is_reply && s.matches(message));
    let source = source.filter_map(|s| s.read(text, message, ours, regions)).next();
    let exact =
        lead_metadata::read(&message.meta, ours, regions).or_else(|| adf::read(message, text, ours, regions));
    let mut lead: Option<Lead> = None;
    for found in [exact, source].into_iter().flatten() {
        match &mut lead {
            None => lead = Some(found),
            Some(lead) => {
                // The template's origin is the company's own word for where the lead came from.
                lead.source = found.source.clone().or(lead.source.take());
                lead.fill_from(found);
            }
        }
    }
    if let Some(mut lead) = lead {
        lead.fill_from(form().unwrap_or_default());
        return Some(lead);
    }
    form()
}

/// Regions in which to read national numbers: the configured one alone, else what the message suggests.
fn regions(message: &Message, options: &Options, language: impl FnOnce() -> Option<&'static str>) -> Regions {
    if let Some(region) = &options.default_region {
        return Regions::new([region.as_str()]);
    }
    let mut regions = Regions::default();
    let boxes = message.to.iter().chain(&message.from).chain(&message.reply_to);
    for address in boxes.filter_map(|m| m.address.as_deref()) {
        if let Some((_, domain)) = address.rsplit_once('@') {
            regions.add_domain(&domain.to_ascii_lowercase());
        }
    }
    if let Some(region) = language().and_then(country::of_language) {
        regions.add(region);
    }
    regions
}
