//! From a row to the message that goes out: the same octets on every attempt.
//!
//! What a user may have written into the row (recipient's name, subject, text, threading) is content; who it is from
//! and every address that comes back to us are taken from inbox and author. The parts of the body are lettre's; the
//! header is written in [`super::field`], as it carries what strangers wrote.

use super::field;
use crate::crm::inbox::{Inbox, Kind};
use crate::crm::letter::{Attached, Automatic, Content, LetterKind};
use crate::crm::policy::Policy;
use crate::crm::signed::{Detail, Keys};
use crate::mail::hex;
use crate::store::Queued;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, MultiPart, MultiPartBuilder, SinglePart};
use sha2::{Digest as _, Sha256};

/// Message-IDs of a thread that are named at most: the first and the last ones.
const REFERENCES: usize = 50;
/// Octets of an attachment's name.
const FILE_NAME: usize = 200;

/// In whose name what no inbox sends goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Name shown to people; empty: the program's.
    pub name: String,
    /// Its first domain; empty: this host's name.
    pub domain: String,
    /// Key of the inbox for what no other sends; empty: none.
    pub inbox: String,
}

/// A message with its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Envelope sender; `None` for the null sender.
    pub mail_from: Option<String>,
    /// Recipient.
    pub rcpt_to: String,
    /// Message-ID.
    pub message_id: String,
    /// Name and address in `From`.
    pub from: (String, String),
    /// Header and body.
    pub message: Vec<u8>,
}

impl Composed {
    /// Whether it takes SMTPUTF8 (RFC 6531).
    pub fn needs_utf8(&self) -> bool {
        !self.message.is_ascii()
            || !self.rcpt_to.is_ascii()
            || self.mail_from.as_ref().is_some_and(|a| !a.is_ascii())
    }
}

/// Composes a row. `files` are the contents of its attachments, in their order.
///
/// # Errors
/// Why it can never be composed, with what to do.
pub fn compose(
    row: &Queued,
    keys: &Keys,
    policy: &Policy,
    company: &Company,
    files: &[Vec<u8>],
) -> Result<Composed, String> {
    let content = row.content.as_ref().map_err(|error| format!("its content cannot be read: {error}"))?;
    let sender = Sender::of(row, policy, company)?;
    let rcpt_to = field::addr_spec(&row.rcpt_to)
        .ok_or_else(|| format!("SMTP cannot carry the address {}", field::clean(&row.rcpt_to)))?;
    let domain = sender.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let message_id = field::message_id(&row.message_id)
        .map_or_else(|| crate::crm::letter::message_id(row.id, domain), str::to_owned);
    let signed = |detail: &Detail| {
        let delimiter = policy.inboxes.delimiter();
        sender.inbox.and_then(|inbox| keys.address(&inbox.address, delimiter, detail))
    };
    let mail_from = match row.mail_from.is_empty() {
        true => None,
        false => Some(signed(&Detail::Bounce(row.number)).unwrap_or_else(|| sender.bounces.clone())),
    };
    let mail_from = mail_from.map(|address| spec(&address)).transpose()?;
    let mut header = field::mailbox("From", Some(&sender.name), &spec(&sender.address)?);
    // Of another record's code an answer would be filed there.
    let own = |code: &&String| row.codes.iter().any(|own| own.eq_ignore_ascii_case(code));
    let plain = |code: &&String| code.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    let code = content.code.as_ref().filter(own).filter(plain);
    let reply_to = code.and_then(|code| signed(&Detail::Answer(code.clone())));
    header += &answers(row.kind, &sender, reply_to.as_deref());
    header += &field::mailbox("To", content.to_name.as_deref(), &rcpt_to);
    header += &field::unstructured("Subject", &row.subject);
    header += &format!("Date: {}\r\n", date(row.created_at));
    header += &field::words("Message-ID", [message_id.as_str()]);
    header += &thread(content);
    if let Some(automatic) = automatic(row.kind, content) {
        header += &field::words("Auto-Submitted", [automatic.as_str()]);
        // What Exchange goes by.
        header += &field::words("X-Auto-Response-Suppress", ["All"]);
    }
    if row.kind != LetterKind::Notice
        && let Some(unsubscribe) = signed(&Detail::Unsubscribe(row.number))
    {
        let uri = format!("<mailto:{}?subject=unsubscribe>", percent(&unsubscribe));
        header += &field::words("List-Unsubscribe", [uri.as_str()]);
    }
    if let Some(mark) = keys.loop_mark() {
        header += &field::words("X-CRM-Loop", [mark.as_str()]);
    }
    header += "MIME-Version: 1.0\r\n";
    let mut message = header.into_bytes();
    message.extend(body(row, content, files)?);
    if !message.ends_with(b"\r\n") {
        message.extend_from_slice(b"\r\n");
    }
    Ok(Composed { mail_from, rcpt_to, message_id, from: (sender.name, sender.address), message })
}

/// Who it is from.
struct Sender<'p> {
    name: String,
    address: String,
    /// Whose address, signed, gets what comes back.
    inbox: Option<&'p Inbox>,
    /// Who gets bounces where no inbox does.
    bounces: String,
}

impl<'p> Sender<'p> {
    fn of(row: &Queued, policy: &'p Policy, company: &Company) -> Result<Sender<'p>, String> {
        let key = row.inbox.as_deref().unwrap_or(&company.inbox);
        let inbox = policy.inboxes.by_key(key);
        if inbox.is_none() && row.inbox.is_some() {
            return Err(format!("the configuration has no inbox `{key}` any more; put it back and retry"));
        }
        let author = row.author.as_ref().filter(|_| row.inbox.is_none());
        let author = author.and_then(|author| Some((author.name.clone(), author.address.clone()?)));
        let (name, address) = match (author, inbox) {
            (Some(author), _) => author,
            (None, Some(inbox)) => (inbox.name.clone(), inbox.address.clone()),
            (None, None) => {
                let name = if company.name.is_empty() { "crm-milter" } else { &company.name };
                (name.to_owned(), format!("postmaster@{}", company.domain))
            }
        };
        let bounces = inbox.map_or_else(|| address.clone(), |inbox| inbox.address.clone());
        Ok(Sender { name, address, inbox, bounces })
    }
}

fn spec(address: &str) -> Result<String, String> {
    field::addr_spec(address)
        .ok_or_else(|| format!("SMTP cannot carry our own address {}", field::clean(address)))
}

/// Where answers go: to the address that is signed for what it is about. Those to a letter go to its author as well,
/// who would miss them; without anything that it is about, the inbox files them under the contact, unless it would open
/// a ticket for each.
fn answers(kind: LetterKind, sender: &Sender<'_>, signed: Option<&str>) -> String {
    let signed = signed.and_then(field::addr_spec);
    if kind != LetterKind::Letter {
        let field = |signed: String| field::mailbox("Reply-To", Some(&sender.name), &signed);
        return signed.map(field).unwrap_or_default();
    }
    let leads = sender.inbox.filter(|inbox| inbox.kind == Kind::Leads && inbox.enabled);
    let filed = signed.or_else(|| leads.and_then(|inbox| field::addr_spec(&inbox.address)));
    match (field::addr_spec(&sender.address), sender.inbox, filed) {
        (Some(own), Some(inbox), Some(filed)) => {
            field::mailboxes("Reply-To", &[(Some(&sender.name), &own), (Some(&inbox.name), &filed)])
        }
        _ => String::new(),
    }
}

/// What a machine made says so, whatever its row says.
fn automatic(kind: LetterKind, content: &Content) -> Option<Automatic> {
    content.automatic.or(match kind {
        LetterKind::Reply => Some(Automatic::AutoReplied),
        LetterKind::Notice => Some(Automatic::AutoGenerated),
        LetterKind::Comment | LetterKind::Letter => None,
    })
}

/// `In-Reply-To` and `References`, of what are Message-IDs.
fn thread(content: &Content) -> String {
    let mut header = String::new();
    let answered = content.in_reply_to.as_deref().and_then(field::message_id);
    if let Some(answered) = answered {
        header += &field::words("In-Reply-To", [answered]);
    }
    let mut ids: Vec<&str> = content.references.iter().filter_map(|id| field::message_id(id)).collect();
    if ids.len() > REFERENCES {
        ids.drain(1..=ids.len() - REFERENCES);
    }
    if let Some(answered) = answered
        && ids.last() != Some(&answered)
    {
        ids.push(answered);
    }
    if !ids.is_empty() {
        header += &field::words("References", ids);
    }
    header
}

/// RFC 5322, section 3.3.
fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// RFC 6068, section 2.
fn percent(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for octet in address.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~+@".contains(&octet) {
            out.push(char::from(octet));
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
    out
}

/// The body with its header fields.
fn body(row: &Queued, content: &Content, files: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let plain = SinglePart::plain(tame(&content.text));
    let whole = Whole { row, content };
    let html = content.html.as_deref().map(|html| SinglePart::html(tame(html)));
    if content.attachments.is_empty() {
        return Ok(match html {
            Some(html) => whole
                .part(MultiPart::alternative(), "alternative")
                .singlepart(plain)
                .singlepart(html)
                .formatted(),
            None => plain.formatted(),
        });
    }
    let mixed = whole.part(MultiPart::mixed(), "mixed");
    let mut mixed = match html {
        Some(html) => mixed.multipart(
            whole.part(MultiPart::alternative(), "alternative").singlepart(plain).singlepart(html),
        ),
        None => mixed.singlepart(plain),
    };
    if files.len() != content.attachments.len() {
        return Err("an attached file is gone".to_owned());
    }
    for (attached, file) in content.attachments.iter().zip(files) {
        mixed = mixed.singlepart(attachment(attached, file)?);
    }
    Ok(mixed.formatted())
}

/// What the borders between parts are made from: nobody who writes a part can know them.
struct Whole<'a> {
    row: &'a Queued,
    content: &'a Content,
}

impl Whole<'_> {
    fn part(&self, builder: MultiPartBuilder, purpose: &str) -> MultiPart {
        let mut hash = Sha256::new();
        for piece in [purpose, &self.content.text, self.content.html.as_deref().unwrap_or_default()] {
            hash.update(piece.as_bytes());
            hash.update([0]);
        }
        hash.update(self.row.id.as_bytes());
        let digest = hash.finalize();
        builder.boundary(format!("=_{}", hex::of(&digest[..16]))).build()
    }
}

fn attachment(attached: &Attached, file: &[u8]) -> Result<SinglePart, String> {
    // What no file system takes; and lettre leaves what looks like an encoded word as it is.
    let mut name: String = field::clean(&attached.name)
        .chars()
        .map(|c| if "/\\\"?*:<>|".contains(c) { '_' } else { c })
        .collect();
    while name.len() > FILE_NAME {
        name.pop();
    }
    let name = if name.is_empty() { "file".to_owned() } else { name };
    // Of messages and multiparts the encoding may not be base64.
    let simple = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+/".contains(c);
    let media_type = Some(attached.media_type.as_str()).filter(|kind| kind.chars().all(simple));
    let media_type =
        media_type.filter(|kind| !kind.starts_with("message/") && !kind.starts_with("multipart/"));
    let media_type = media_type.and_then(|kind| ContentType::parse(kind).ok());
    let octets = || ContentType::parse("application/octet-stream").map_err(|error| error.to_string());
    let media_type = media_type.map_or_else(octets, Ok)?;
    let content = Body::new_with_encoding(file.to_vec(), ContentTransferEncoding::Base64)
        .map_err(|_| "an attached file cannot be encoded".to_owned())?;
    Ok(Attachment::new(name).body(content, media_type))
}

/// Text without control characters but line ends and tabs; lettre sees to its line ends and its encoding.
fn tame(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\t' => Some(c),
            '\r' => Some('\n'),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}
