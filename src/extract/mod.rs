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
pub mod phone;
pub mod source;
pub mod values;
pub mod vcard;

use crate::mail::address::Mailbox;
use crate::mail::finding::Finding;
use crate::mail::message::{Attachment, Message};
use contact::{Contact, Ours};
use form::Lead;
use jiff::Timestamp;
use phone::Regions;
use serde::Serialize;
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
}

impl Default for Options {
    /// For the bare `crmctl extract`: no company is known, the codes are [`code::DEFAULT_SERIES`].
    fn default() -> Self {
        Options {
            default_region: None,
            code_series: code::DEFAULT_SERIES.map(str::to_owned).to_vec(),
            own_domains: Vec::new(),
            own_addresses: Vec::new(),
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
    /// Whom to file it under.
    pub contact: Option<Contact>,
    /// Codes of our records in the subject.
    pub codes: Vec<String>,
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

/// All facts of one message.
pub fn extract(message: &Message, options: &Options) -> Extract {
    let mut explained = Vec::new();
    let ours = Ours::new(message, options);
    let text = message.body.text.as_str();
    let language = language::detect(text);
    let regions = regions(message, options, language);
    let is_reply = !message.references.is_empty();
    let lead = lead(text, message, &ours, &regions, is_reply);
    let kind = match (&lead, is_reply) {
        (Some(_), _) => Kind::Lead,
        (None, true) => Kind::Reply,
        _ => Kind::Person,
    };
    let contact = match lead {
        Some(lead) => Some(contact::of_lead(lead, message, &ours, &mut explained)),
        None => message.from.first().map(|from| contact::of_mailbox(from, "author", &mut explained)),
    };
    Extract {
        kind,
        subject: message.subject.clone(),
        sent_at: message.sent_at,
        from: message.from.first().cloned(),
        to: message.to.clone(),
        cc: message.cc.clone(),
        text: text.to_owned(),
        contact,
        codes: code::find(message.subject.as_deref().unwrap_or_default(), &options.code_series),
        vcards: message.attachments.iter().flat_map(|a| vcard::read(a, &regions)).collect(),
        attachments: message.attachments.clone(),
        language,
        findings: message.findings.clone(),
        explained,
    }
}

/// The lead that the text of `message` holds.
fn lead(text: &str, message: &Message, ours: &Ours, regions: &Regions, is_reply: bool) -> Option<Lead> {
    form::find(text, form::Context { message, regions, ours, is_reply })
}

/// Regions in which to read national numbers: the configured one alone, else what the message suggests.
fn regions(message: &Message, options: &Options, language: Option<&str>) -> Regions {
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
    if let Some(region) = language.and_then(country::of_language) {
        regions.add(region);
    }
    regions
}
