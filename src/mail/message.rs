//! One message read: header fields decoded, text chosen, parts listed.

use super::address::Mailbox;
use super::body::Body;
use super::finding::Finding;
use jiff::Timestamp;
use serde::Serialize;

/// What a message says about itself. Owned, bounded by [`super::limits`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Every header field in order: name as written, body unfolded, raw bytes decoded (UTF-8, else the
    /// message's charset, else windows-1252), encoded words *not* decoded. At most
    /// [`super::limits::FIELDS`] fields of [`super::limits::FIELD`] octets.
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
