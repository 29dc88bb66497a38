//! The envelope of a message and all that its session said: what the milter, the pipe door or an import
//! knew besides the message itself. It is the first part of a spool entry.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// Everything about a message that is not in the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// By which door it came.
    pub door: Door,
    /// It came before, was taken for spam, and somebody has released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Released>,
    /// When we received it.
    pub received_at: Timestamp,
    /// Postfix's queue id, if it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<String>,
    /// Reverse path without angle brackets; empty for the null sender.
    pub mail_from: String,
    /// Every recipient seen in the transaction, ours included, without angle brackets, in order. The pipe
    /// door sees only its own.
    pub rcpt_to: Vec<String>,
    /// Which of them are inboxes.
    pub inboxes: Vec<InboxRcpt>,
    /// The SMTP client's address; absent for sendmail(1) and imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<IpAddr>,
    /// The SMTP client's verified name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The client's HELO or EHLO name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helo: Option<String>,
    /// SASL login name (`{auth_authen}`), if the client logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sasl_login: Option<String>,
    /// Issuer of the verified client certificate (`{cert_issuer}`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_issuer: Option<String>,
    /// Subject of the verified client certificate (`{cert_subject}`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_subject: Option<String>,
    /// Keys of the capture rules that may record it; the worker decides anew, among these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capture: Vec<String>,
    /// What the user who submitted it is to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
    /// A person put it here, and no mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<ByHand>,
}

/// What a person said who imported a message, or brought it to the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Login of the user who did it, or for whom it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Contacts and history: it opens no lead and no ticket.
    #[serde(default)]
    pub history: bool,
}

impl Envelope {
    /// One of which no more is known than where and when it came in.
    pub fn new(door: Door, received_at: Timestamp) -> Envelope {
        Envelope {
            door,
            released: None,
            received_at,
            queue_id: None,
            mail_from: String::new(),
            rcpt_to: Vec::new(),
            inboxes: Vec::new(),
            client_address: None,
            client_name: None,
            helo: None,
            sasl_login: None,
            cert_issuer: None,
            cert_subject: None,
            capture: Vec::new(),
            reports: Vec::new(),
            by_hand: None,
        }
    }
}

/// A message that was stored as spam and is to be filed after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// The stored mail.
    pub mail: Uuid,
    /// Who released it, for people.
    pub by: String,
}

/// Something that a session came upon, for the user who submitted the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// `blocked` or `switched-off`: why the recipient wants no mail. `missed`: nobody has the address, and a contact
    /// wrote to it.
    pub what: String,
    /// The recipient as the client wrote it, without angle brackets.
    pub address: String,
}

impl Report {
    /// The name of a contact's mail to an address that is not there.
    pub const MISSED: &str = "missed";
}

/// One recipient that is an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRcpt {
    /// The inbox's key in the configuration.
    pub inbox: String,
    /// What stood behind the recipient delimiter: `DEAL-1` in `assistant+DEAL-1@example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The recipient as the client wrote it, without angle brackets.
    pub rcpt_to: String,
}

/// How a message came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// At SMTP time, through the milter.
    Milter,
    /// From Postfix's queue, through pipe(8) and `crmctl deliver`.
    Pipe,
    /// `crmctl import`.
    Import,
    /// `crmctl mail add`.
    Desk,
}

impl Door {
    /// The door of that name.
    pub fn from_name(name: &str) -> Option<Door> {
        [Door::Milter, Door::Pipe, Door::Import, Door::Desk].into_iter().find(|door| door.as_str() == name)
    }

    /// Whether a person used it: what comes that way has happened long ago or in front of somebody, and is no
    /// news to anybody.
    pub fn is_by_hand(self) -> bool {
        matches!(self, Door::Import | Door::Desk)
    }

    /// The name used in SQL, logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Door::Milter => "milter",
            Door::Pipe => "pipe",
            Door::Import => "import",
            Door::Desk => "desk",
        }
    }
}
