//! Inboxes: the addresses that crm-milter watches, and how a recipient is recognised as one of them.

use super::assignment::Assignment;
use crate::mail::address;
use std::collections::HashMap;

/// One watched address and what its mail becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Short stable name, the local part at the pipe door: `[a-z0-9-]{1,32}`.
    pub key: String,
    /// The watched address, canonical.
    pub address: String,
    /// What a mail to it becomes.
    pub kind: Kind,
    /// Whether it records at all; `false`: its mail passes untouched.
    pub enabled: bool,
    /// Name shown to people.
    pub name: String,
    /// What becomes of the original message.
    pub original: Original,
    /// Whether a copy carries `X-CRM-Intake`.
    pub mark_copy: bool,
    /// Series of the codes given to its tickets and leads: `INC` gives `INC-2026-00042`.
    pub reference: Option<String>,
    /// What becomes of a user's mail whose detail names no record.
    pub unknown_code: UnknownCode,
    /// Whether records are opened automatically or the mail is only listed.
    pub record: Recording,
    /// Login of the user who gets its mail unless a rule says otherwise.
    pub assigned_to: Option<String>,
    /// Whether a known contact's owner comes before `assigned_to`.
    pub use_contact_owner: bool,
    /// Office whose coordinator gets its leads.
    pub office: Option<String>,
    /// How the owner of what it opens is found.
    pub assignment: Assignment,
    /// Origin set on contacts that it creates.
    pub origin: Option<String>,
}

/// What a mail to an inbox becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Contacts and leads.
    Leads,
    /// Tickets.
    Tickets,
    /// A user's own filing, by BCC or forwarding.
    Assistant,
}

/// What becomes of the original message at SMTP time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// Our recipient is deleted.
    Consume,
    /// Our recipient is replaced by this address.
    Copy(String),
    /// Our recipient stays: the inbox is also a mailbox.
    Keep,
}

/// What becomes of a user's recipient whose detail names no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCode {
    /// The mail is recorded, and the user is told.
    Accept,
    /// The recipient is refused.
    Refuse,
}

/// Whether records are made without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Contacts and records are opened automatically.
    Auto,
    /// The mail is listed; a user files it.
    Manual,
}

impl Kind {
    /// The name used in configuration, SQL and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Leads => "leads",
            Kind::Tickets => "tickets",
            Kind::Assistant => "assistant",
        }
    }
}

/// All inboxes, found by recipient address.
#[derive(Debug, Clone, Default)]
pub struct InboxTable {
    inboxes: Vec<Inbox>,
    by_address: HashMap<String, usize>,
    by_key: HashMap<String, usize>,
    delimiter: Option<char>,
    case_sensitive: bool,
}

impl InboxTable {
    /// A table of `inboxes`, whose addresses and keys must be distinct (the configuration sees to it).
    /// `delimiter` is Postfix's `recipient_delimiter`; `case_sensitive` speaks of local parts.
    pub fn new(inboxes: Vec<Inbox>, delimiter: Option<char>, case_sensitive: bool) -> Self {
        let by_address = inboxes.iter().enumerate().map(|(i, b)| (b.address.clone(), i)).collect();
        let by_key = inboxes.iter().enumerate().map(|(i, b)| (b.key.clone(), i)).collect();
        InboxTable { inboxes, by_address, by_key, delimiter, case_sensitive }
    }

    /// Every inbox, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Inbox> {
        self.inboxes.iter()
    }

    /// What separates an inbox from a detail.
    pub fn delimiter(&self) -> Option<char> {
        self.delimiter
    }

    /// The inbox of that key.
    pub fn by_key(&self, key: &str) -> Option<&Inbox> {
        self.by_key.get(key).map(|&i| &self.inboxes[i])
    }

    /// The enabled inbox that `rcpt_to` reaches, and the detail behind the delimiter, in the case in which
    /// it was written. An inbox whose own address holds the delimiter is found before its prefix.
    pub fn find(&self, rcpt_to: &str) -> Option<(&Inbox, Option<String>)> {
        let whole = address::canonical(rcpt_to, self.case_sensitive)?;
        if let Some(&i) = self.by_address.get(&whole) {
            return self.inboxes[i].enabled.then(|| (&self.inboxes[i], None));
        }
        let delimiter = self.delimiter?;
        let &i = self.by_address.get(&self.without_detail(&whole)?)?;
        // The detail is taken from the address as written: codes are shown as people typed them.
        let written = rcpt_to.trim().trim_start_matches('<').trim_start_matches('"');
        let detail = written
            .find(delimiter)
            .and_then(|at| written[at + delimiter.len_utf8()..].rsplit_once('@'))
            .map(|(detail, _)| detail.trim_end_matches('"').to_owned())
            .filter(|detail| !detail.is_empty());
        self.inboxes[i].enabled.then(|| (&self.inboxes[i], detail))
    }

    /// A canonical address without the detail behind the delimiter, if it has one.
    pub fn without_detail(&self, canonical: &str) -> Option<String> {
        let (local, domain) = canonical.rsplit_once('@')?;
        let cut = local.find(self.delimiter?).filter(|&at| at > 0)?;
        Some(format!("{}@{domain}", &local[..cut]))
    }
}

/// Whether what stands behind the delimiter can be the code of a record: a tag like `newsletter` is none, as codes
/// have numbers.
pub fn may_be_code(detail: &str) -> bool {
    detail.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
impl Inbox {
    /// An inbox for leads as tests need it, everything else at its default.
    pub(crate) fn sample(key: &str, address: &str) -> Inbox {
        Inbox {
            key: key.into(),
            address: address.into(),
            kind: Kind::Leads,
            enabled: true,
            name: key.into(),
            original: Original::Consume,
            mark_copy: false,
            reference: None,
            unknown_code: UnknownCode::Accept,
            record: Recording::Auto,
            assigned_to: None,
            use_contact_owner: true,
            office: None,
            assignment: Assignment::default(),
            origin: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> InboxTable {
        let inbox = |key: &str, address: &str, enabled| Inbox { enabled, ..Inbox::sample(key, address) };
        let all = vec![
            inbox("info", "info@crm.test", true),
            inbox("off", "off@crm.test", false),
            inbox("plus", "info+sales@crm.test", true),
        ];
        InboxTable::new(all, Some('+'), false)
    }

    #[test]
    fn inbox_is_found_with_and_without_detail_in_any_case() {
        let table = table();
        let found = |rcpt: &str| table.find(rcpt).map(|(inbox, detail)| (inbox.key.clone(), detail));
        assert_eq!(found("<Info@CRM.test>"), Some(("info".into(), None)));
        assert_eq!(found("info+DEAL-1@crm.test"), Some(("info".into(), Some("DEAL-1".into()))));
        assert_eq!(found("\"info+DEAL-1\"@crm.test"), Some(("info".into(), Some("DEAL-1".into()))));
        assert_eq!(found("info+@crm.test"), Some(("info".into(), None)));
        assert_eq!(found("info+sales@crm.test"), Some(("plus".into(), None)));
    }

    #[test]
    fn strangers_prefixes_and_disabled_inboxes_are_not_found() {
        let table = table();
        for rcpt in
            ["information@crm.test", "info@crm.test.evil.test", "off@crm.test", "+info@crm.test", "info", ""]
        {
            assert!(table.find(rcpt).is_none(), "{rcpt}");
        }
    }
}
