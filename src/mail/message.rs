//! One message read: header fields decoded, text chosen, parts listed.
//!
//! [`read`] takes any octets. What it cannot read is missing from the [`Message`] and stands in its findings;
//! the caller keeps the raw message. LF and CRLF line ends give equal messages.

use super::address::{self, Mailbox};
use super::body::Body;
use super::finding::Finding;
use super::mime::{self, Part};
use super::{auth_results, date, header, limits, text};
use jiff::Timestamp;
use serde::Serialize;

/// What a message says about itself. Owned, bounded by [`super::limits`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Every header field in order: name as written, body unfolded, raw bytes decoded (UTF-8, else the
    /// message's charset, else windows-1252), encoded words *not* decoded; `Authentication-Results` exactly as
    /// written ([`RawField::exact`](header::RawField::exact)). At most [`super::limits::FIELDS`] fields of [`super::limits::FIELD`] octets.
    pub fields: Vec<Field>,
    /// Mailboxes of all `From` fields, decoded. More than one is suspicious and gives a finding.
    pub from: Vec<Mailbox>,
    /// Mailbox of `Sender`.
    pub sender: Option<Mailbox>,
    /// Mailboxes of `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// Mailboxes of `To`, groups flattened.
    pub to: Vec<Mailbox>,
    /// Mailboxes of `Cc`, groups flattened.
    pub cc: Vec<Mailbox>,
    /// `Subject`, decoded, on one line.
    pub subject: Option<String>,
    /// `Date`.
    pub sent_at: Option<Timestamp>,
    /// `Date` as written.
    pub date: Option<String>,
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// Message-IDs of `In-Reply-To`, then of `References`, newest first, without repetition, at most 32.
    pub references: Vec<String>,
    /// The text, from the alternative that says more.
    pub body: Body,
    /// Leaf parts that are not the text, in order.
    pub attachments: Vec<Attachment>,
    /// Name and content of the HTML's `<meta>` elements, in order (Lead Metadata Specification 1.0).
    pub meta: Vec<(String, String)>,
    /// Attached messages (`message/rfc822`, `message/global`), in order; theirs are inside them.
    pub attached: Vec<Message>,
    /// What was odd.
    pub findings: Vec<Finding>,
}

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Field name as written.
    pub name: String,
    /// Field body, unfolded.
    pub value: String,
}

/// One leaf part, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// File name, decoded, as the sender wrote it: never a path to open.
    pub name: Option<String>,
    /// Media type in lower case, `text/calendar`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Whether the part is shown in the text (`Content-ID` or `Content-Disposition: inline`).
    pub inline: bool,
    /// Decoded size in octets.
    pub size: usize,
    /// SHA-256 of the decoded content, in lower-case hex.
    pub sha256: String,
    /// The decoded content.
    #[serde(skip)]
    pub content: Vec<u8>,
}

impl Message {
    /// Bodies of all fields of that name, in order; the name compares case-insensitively.
    pub fn field<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.as_str())
    }
}

/// Reads a message.
pub fn read(raw: &[u8]) -> Message {
    read_at(raw, 0)
}

/// Reads a message that stands `depth` deep in others.
pub(super) fn read_at(raw: &[u8], depth: usize) -> Message {
    let mut findings = Vec::new();
    let tree = mime::read(raw, depth, &mut findings);
    let mut message = from_part(&tree, depth);
    message.findings.splice(0..0, findings);
    message
}

/// The message whose header and body are those of `part`.
pub(super) fn from_part(part: &Part<'_>, depth: usize) -> Message {
    let mut message = Message::default();
    fill_header(&mut message, part);
    text::fill(&mut message, part, depth);
    message
}

/// Most Message-IDs kept of `In-Reply-To` and `References`.
const REFERENCES: usize = 32;

/// Fills everything that stands in the header.
fn fill_header(message: &mut Message, part: &Part<'_>) {
    let charset = charset_of(part);
    for raw in &part.fields {
        if raw.value.len() > limits::FIELD {
            let name = String::from_utf8_lossy(raw.name);
            message.findings.push(Finding::new("field-cut", name, limits::FIELD.to_string()));
        }
        let name = String::from_utf8_lossy(raw.name).into_owned();
        let value = if name.eq_ignore_ascii_case(auth_results::FIELD) {
            raw.exact()
        } else {
            header::text(&raw.unfolded(), charset).trim().to_owned()
        };
        message.fields.push(Field { name, value });
    }
    message.from = mailboxes(message, "From");
    message.reply_to = mailboxes(message, "Reply-To");
    message.to = mailboxes(message, "To");
    message.cc = mailboxes(message, "Cc");
    message.sender = mailboxes(message, "Sender").into_iter().next();
    let subject = message.field("Subject").next().map(|s| one_line(&header::decode_words(s)));
    let date = message.field("Date").next().map(str::to_owned).filter(|d| !d.is_empty());
    let id = message.field("Message-ID").find_map(|v| ids(v).next());
    (message.subject, message.date, message.message_id) = (subject, date, id);
    message.sent_at = message.date.as_deref().and_then(date::parse);
    message.references = references(message);
    if message.field("From").count() > 1 || message.from.iter().filter(|m| m.address.is_some()).count() > 1 {
        let all: Vec<&str> = message.field("From").collect();
        message.findings.push(Finding::new("several-authors", "From", all.join(" | ")));
    }
}

/// Message-IDs of `In-Reply-To`, then of `References`, newest first.
fn references(message: &Message) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let answered = message.field("In-Reply-To").take(1).flat_map(ids);
    let thread: Vec<String> = message.field("References").take(1).flat_map(ids).collect();
    for id in answered.chain(thread.into_iter().rev()) {
        if found.len() == REFERENCES {
            break;
        }
        // A Message-ID of kilobytes finds nothing and costs in every index.
        if id.len() <= limits::NAME && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// The Message-IDs in a field body, without angle brackets. Words without brackets count only if there is
/// nothing else: `In-Reply-To` of the eighties was prose.
pub fn ids(value: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(open) = rest.find('<') {
        let Some(close) = rest[open..].find('>') else { break };
        let id: String = rest[open + 1..open + close].chars().filter(|c| !c.is_whitespace()).collect();
        if !id.is_empty() {
            found.push(id);
        }
        rest = &rest[open + close + 1..];
    }
    if found.is_empty() && !value.contains(char::is_whitespace) && value.contains('@') {
        found.push(value.trim_matches(['<', '>']).to_owned());
    }
    found.into_iter()
}

fn mailboxes(message: &Message, name: &str) -> Vec<Mailbox> {
    message.field(name).flat_map(address::parse_field).take(limits::MAILBOXES).collect()
}

/// The charset that the message or its first text names, for raw octets in the header.
fn charset_of<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    let mut part = part;
    loop {
        if let Some(charset) = part.media.param("charset") {
            return Some(charset);
        }
        part = part.children.first()?;
    }
}

/// White space runs become one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crlf(text: &str) -> Vec<u8> {
        text.replace('\n', "\r\n").into_bytes()
    }

    #[test]
    fn plain_message_is_read_alike_with_lf_and_crlf() {
        let text = "From: =?utf-8?Q?Ana_P=C3=A9rez?= <ana@example.com>\nTo: group: Bob <bob@example.org>, c@d.test;\n\
                    Subject: =?iso-8859-1?q?Pr=FCfung?=\n of folding\nDate: Mon, 2 Mar 2020 10:00:00 +0100\n\
                    Message-ID: <1@x>\nReferences: <a@x>\n <b@x>\nIn-Reply-To: <b@x>\n\nHola\n\nAdiós\n";
        let lf = read(text.as_bytes());
        assert_eq!(lf, read(&crlf(text)));
        assert_eq!(lf.from[0].name.as_deref(), Some("Ana Pérez"));
        assert_eq!(lf.to.len(), 2);
        assert_eq!(lf.subject.as_deref(), Some("Prüfung of folding"));
        assert_eq!(lf.sent_at.map(|t| t.to_string()).as_deref(), Some("2020-03-02T09:00:00Z"));
        assert_eq!(lf.references, ["b@x", "a@x"]);
        assert_eq!(lf.body.text, "Hola\n\nAdiós\n");
        assert!(lf.findings.iter().all(|f| f.rule == "charset-guessed"), "{:?}", lf.findings);
    }

    #[test]
    fn html_rows_of_label_and_value_become_one_line_each() {
        let message = read(
            b"Content-Type: text/html; charset=utf-8\n\n<html><head><style>x</style><meta name=lead_name content=Ana>\
              </head><body><p>Hi<p>there<table><tr><td><p>Nombre:</p></td><td>Ana</td></tr><tr><td>Tel</td>\
              <td><a href='tel:+34'>600</a></td></tr></table><blockquote type=cite>old</blockquote></body></html>",
        );
        assert_eq!(message.body.text, "Hi\n\nthere\n\nNombre:\tAna\nTel\t600\nold\n");
        assert_eq!(message.meta, [("lead_name".to_owned(), "Ana".to_owned())]);
        assert_eq!(message.body.marks.len(), 2);
    }

    #[test]
    fn attached_message_and_file_are_apart_from_the_text() {
        let text = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: message/rfc822\n\n\
                    From: x@y\n\ninner\n--b\nContent-Type: application/pdf; name=\"a.pdf\"\n\
                    Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n";
        let message = read(text.as_bytes());
        assert_eq!(message, read(&crlf(text)));
        assert_eq!(message.body.text, "hello\n");
        assert_eq!(message.attached[0].body.text, "inner\n");
        assert_eq!(message.attachments[0].content, [0, 1, 2]);
    }
}
