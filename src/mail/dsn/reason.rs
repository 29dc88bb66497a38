//! Why a message was refused: classes of reasons from status codes and from servers' words.

use super::phrases::PHRASES;
use serde::Serialize;

/// Class of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No such mailbox.
    UnknownUser,
    /// The mailbox is full or over its quota.
    MailboxFull,
    /// The mailbox is switched off or suspended.
    Disabled,
    /// The recipient has another address now.
    Moved,
    /// No such domain or host, or it takes no mail.
    UnknownHost,
    /// The server could not be reached.
    Network,
    /// Tried until the time was over.
    Expired,
    /// The message is too large.
    TooBig,
    /// The content looks like spam.
    Spam,
    /// The content holds a virus or a forbidden attachment.
    Virus,
    /// The sending host is on a list or has a bad name.
    Blocked,
    /// SPF, DKIM or DMARC failed.
    Authentication,
    /// A rule of the receiving side.
    Policy,
    /// The server does not relay for this recipient or sender.
    Relaying,
    /// Too much mail in too little time.
    Rate,
    /// The message or a command is malformed.
    Content,
    /// A loop or too many hops.
    Loop,
    /// A fault of the receiving system.
    System,
    /// The sender was refused.
    Rejected,
    /// Nothing tells.
    Undefined,
}

impl Reason {
    /// The class of status that the reason has when nothing states one.
    pub fn class(self) -> char {
        match self {
            Reason::Network | Reason::Expired | Reason::Rate | Reason::System => '4',
            _ => '5',
        }
    }

    /// Subject and detail of the status code that says this.
    pub fn detail(self) -> &'static str {
        match self {
            Reason::UnknownUser => "1.1",
            Reason::MailboxFull => "2.2",
            Reason::Disabled => "2.1",
            Reason::Moved => "1.6",
            Reason::UnknownHost => "1.2",
            Reason::Network => "4.1",
            Reason::Expired => "4.7",
            Reason::TooBig => "3.4",
            Reason::Spam | Reason::Blocked | Reason::Policy | Reason::Relaying | Reason::Rejected => "7.1",
            Reason::Virus => "7.0",
            Reason::Authentication => "7.26",
            Reason::Rate => "4.5",
            Reason::Content => "6.0",
            Reason::Loop => "4.6",
            Reason::System => "3.0",
            Reason::Undefined => "0.0",
        }
    }
}

/// The reason that a status code and the server's words give: words first, because servers choose codes
/// carelessly and words carefully.
pub fn of(status: &str, words: &str) -> Reason {
    // These details name their cause beyond doubt, and the words about a sender's domain that does not exist
    // read like those about a recipient's.
    let sure = [".1.6", ".1.7", ".1.8", ".2.2", ".2.3", ".3.4", ".4.6"];
    if let Some(detail) = status.get(1..).filter(|detail| sure.contains(detail)) {
        return of_status(&format!("5{detail}"));
    }
    match of_words(words) {
        Reason::Undefined => of_status(status),
        reason => reason,
    }
}

fn of_status(status: &str) -> Reason {
    let mut parts = status.splitn(2, '.');
    let class = parts.next().unwrap_or_default();
    match parts.next().unwrap_or_default() {
        "1.0" | "1.1" | "1.3" | "1.4" => Reason::UnknownUser,
        "1.2" | "1.10" | "4.4" => Reason::UnknownHost,
        "1.6" => Reason::Moved,
        "1.7" | "1.8" => Reason::Rejected,
        "1.9" | "7.20" | "7.21" | "7.22" | "7.23" | "7.24" | "7.26" => Reason::Authentication,
        "2.0" | "2.1" => Reason::Disabled,
        "2.2" => Reason::MailboxFull,
        "2.3" | "3.4" => Reason::TooBig,
        "3.1" if class == "4" => Reason::System,
        "3.0" | "3.1" | "3.2" | "3.5" | "3.3" | "2.4" => Reason::System,
        "4.1" | "4.2" | "4.0" | "4.3" => Reason::Network,
        "4.5" => Reason::Rate,
        "4.6" => Reason::Loop,
        "4.7" => Reason::Expired,
        "7.0" | "7.1" | "7.2" | "7.3" | "7.4" | "7.5" | "7.6" | "7.7" | "7.8" | "7.9" | "7.12" | "7.13" => {
            Reason::Policy
        }
        "7.25" | "7.27" => Reason::Blocked,
        detail if detail.starts_with("6.") || detail.starts_with("5.") => Reason::Content,
        detail if detail.starts_with("7.") => Reason::Policy,
        detail if detail.starts_with("4.") => Reason::Network,
        _ => Reason::Undefined,
    }
}

/// The reason in a server's words; the first class with a phrase in them.
pub fn of_words(words: &str) -> Reason {
    if words.is_empty() {
        return Reason::Undefined;
    }
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let found = PHRASES.iter().find(|(_, phrases)| phrases.iter().any(|p| words.contains(p)));
    found.map_or(Reason::Undefined, |(reason, _)| *reason)
}
