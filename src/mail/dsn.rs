//! Reports that a message of ours was not delivered, was delayed or arrived.
//!
//! RFC 3464 reports are read field by field. The many servers that write prose instead are read by what all
//! of them have in common: a sender that is no person, an address that stands where the failed recipient
//! stands, and near it the words or the SMTP reply that say why. No rule knows a single product's mail.
//!
//! `None` means: not such a report. A report whose recipients cannot be told has none in its list. Whether the
//! report answers a message that we sent is for the caller to check; nothing here is evidence of that.

mod phrases;
mod prose;
mod reason;
mod reply;
mod report;

use super::message::Message;
use serde::Serialize;

pub use reason::Reason;

/// A delivery report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// What became of each recipient, in the order of the report.
    pub recipients: Vec<Recipient>,
    /// `Message-ID` of the message that the report is about, without angle brackets.
    pub original_message_id: Option<String>,
}

/// One recipient of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// The address; the original one (RFC 3464, section 2.3.1) where the report has both.
    pub address: Option<String>,
    /// Enhanced status code (RFC 3463); `5.0.0` or `4.0.0` if only the class can be told.
    pub status: String,
    /// Whether trying again later is of no use.
    pub permanent: bool,
    /// Why.
    pub reason: Reason,
    /// What was done.
    pub action: Action,
    /// The words of the server that refused, on one line, cut to 500 characters.
    pub diagnostic: Option<String>,
}

/// `Action` of RFC 3464, section 2.3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Given up.
    Failed,
    /// Still being tried.
    Delayed,
    /// Arrived.
    Delivered,
    /// Handed to a server that sends no reports.
    Relayed,
    /// Sent on to several addresses.
    Expanded,
}

impl Bounce {
    /// Whether any recipient was given up or is delayed.
    pub fn failed(&self) -> bool {
        self.recipients.iter().any(|r| matches!(r.action, Action::Failed | Action::Delayed))
    }
}

/// Reads a report. `null_sender` says whether the envelope sender was empty; where the envelope is not known
/// `Return-Path` fields tell.
pub fn bounce(message: &Message, null_sender: bool) -> Option<Bounce> {
    let found = report::read(message, null_sender).or_else(|| prose::read(message, null_sender))?;
    Some(Bounce { original_message_id: original_id(message), ..found })
}

/// The Message-ID of the returned message: of the attached one, of its header, or of its copy in the text.
fn original_id(message: &Message) -> Option<String> {
    let attached = message.attached.iter().find_map(|m| m.message_id.clone());
    attached.or_else(|| header_part(message)).or_else(|| {
        let lines = message.body.text.lines();
        field_after(lines, &["message-id:", "x-original-message-id:", "original-message-id:"])
    })
}

fn header_part(message: &Message) -> Option<String> {
    let headers = message.attachments.iter().filter(|a| is_header_part(&a.media_type));
    headers.into_iter().find_map(|part| {
        let text = String::from_utf8_lossy(&part.content);
        field_after(text.lines(), &["message-id:", "x-original-message-id:", "original-message-id:"])
    })
}

fn is_header_part(media_type: &str) -> bool {
    matches!(media_type, "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers")
        || media_type.ends_with("delivery-status")
        || media_type == "text/rfc822"
}

/// The first Message-ID behind one of the labels; it may stand on the next line.
fn field_after<'l>(mut lines: impl Iterator<Item = &'l str>, labels: &[&str]) -> Option<String> {
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start_matches([' ', '\t', '>']);
        let label = labels
            .iter()
            .find(|label| trimmed.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label)));
        let Some(label) = label else { continue };
        let value = trimmed[label.len()..].trim();
        let value = if value.is_empty() { lines.next().unwrap_or_default().trim() } else { value };
        if let Some(id) = super::message::ids(value).next() {
            return Some(id);
        }
    }
    None
}

/// Whether the mail comes from a machine that reports: a null sender, a daemon's or postmaster's address, or
/// a field that only reports have.
fn from_daemon(message: &Message, null_sender: bool) -> bool {
    null_sender
        || message.field("Return-Path").any(|v| matches!(v.trim(), "<>" | "") || is_daemon(v))
        || message.field("X-Failed-Recipients").next().is_some()
        || message.field("X-MS-Exchange-Message-Is-Ndr").next().is_some()
        || message.from.iter().any(|m| {
            m.address.as_deref().is_some_and(is_daemon)
                || m.name.as_deref().is_some_and(|name| is_daemon_name(&name.to_lowercase()))
        })
}

fn is_daemon(address: &str) -> bool {
    let address = address.trim().trim_matches(['<', '>']).to_lowercase();
    let local = address.split('@').next().unwrap_or_default();
    const NAMES: [&str; 16] = [
        "mailer-daemon",
        "mailerdaemon",
        "mailer_daemon",
        "postmaster",
        "mail-daemon",
        "maildaemon",
        "mail.delivery",
        "double-bounce",
        "bounce-notification",
        "mdaemon",
        "mailer",
        "bounces",
        "maildelivery",
        "post_master",
        "postoffice",
        "undeliverable",
    ];
    NAMES.contains(&local) || local.contains("mailer-daemon") || local.ends_with("postmaster")
}

fn is_daemon_name(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "mail delivery s",
        "mailer-daemon",
        "mail administrator",
        "system administrator",
        "postmaster",
        "mail router",
        "mail system",
        "mail deliver",
        "internet mail",
    ];
    NAMES.iter().any(|n| name.contains(n))
}
