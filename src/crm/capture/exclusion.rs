//! Why a rule does not capture a mail: in words for people who may see the mail, and as a stable name for logs and
//! programs, which tells nothing of it.

use super::super::facts::Kind;
use std::fmt;

/// Why a rule does not capture. Its text is for people who may see the mail; its name is for logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exclusion {
    /// It is switched off.
    Off,
    /// That address is in that rule's list.
    Never(String, String),
    /// The null sender.
    NullSender,
    /// That field marks it as spam.
    Spam(String),
    /// A bounce, a list's mail, an automatic answer, or the like.
    Machine(Kind),
    /// That marker stands in the subject.
    Marker(String),
    /// Outgoing mail, and the rule is about incoming.
    OnlyIncoming,
    /// It does not cover that user.
    NotCovered(String),
    /// Nobody outside gets it.
    NobodyOutside,
    /// Resent: the author is not of the company.
    Resent(String),
    /// No outside recipient is one with whom it records, and why the first is none.
    NoContact(String, &'static str),
    /// Incoming mail, and the rule is about outgoing.
    OnlyOutgoing,
    /// No recipient is an address of a covered user.
    NoUser,
    /// `From` names nobody, or several.
    NoOneAuthor,
    /// The author is of the company.
    InsideAuthor(String),
    /// The author is blocked.
    Blocked(String),
}

impl Exclusion {
    /// A stable name that tells nothing of the mail.
    pub fn name(&self) -> &'static str {
        match self {
            Exclusion::Off => "off",
            Exclusion::Never(..) => "never",
            Exclusion::NullSender => "null-sender",
            Exclusion::Spam(_) => "spam",
            Exclusion::Machine(_) => "machine",
            Exclusion::Marker(_) => "marker",
            Exclusion::OnlyIncoming => "only-incoming",
            Exclusion::NotCovered(_) => "not-covered",
            Exclusion::NobodyOutside => "nobody-outside",
            Exclusion::Resent(_) => "resent",
            Exclusion::NoContact(..) => "no-contact",
            Exclusion::OnlyOutgoing => "only-outgoing",
            Exclusion::NoUser => "no-user",
            Exclusion::NoOneAuthor => "no-one-author",
            Exclusion::InsideAuthor(_) => "inside-author",
            Exclusion::Blocked(_) => "blocked",
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exclusion::Off => f.write_str("the rule is switched off"),
            Exclusion::Never(address, key) => write!(f, "{address} is in a never list of rule `{key}`"),
            Exclusion::NullSender => f.write_str("the null sender: a bounce or an automatic answer"),
            Exclusion::Spam(mark) => write!(f, "marked as spam by the field {mark}"),
            Exclusion::Machine(kind) => write!(f, "a program's mail ({})", kind.as_str()),
            Exclusion::Marker(marker) => write!(f, "the subject holds {marker}"),
            Exclusion::OnlyIncoming => f.write_str("a user submitted it; the rule is about incoming mail"),
            Exclusion::NotCovered(login) => write!(f, "the rule does not cover {login}"),
            Exclusion::NobodyOutside => f.write_str("nobody outside gets it"),
            Exclusion::Resent(author) => write!(f, "resent: {author} wrote it, who is outside"),
            Exclusion::NoContact(address, why) => write!(f, "{address}: {why}"),
            Exclusion::OnlyOutgoing => f.write_str("no user submitted it; the rule is about outgoing mail"),
            Exclusion::NoUser => f.write_str("no recipient is an address of a user whom the rule covers"),
            Exclusion::NoOneAuthor => f.write_str("From names nobody, or several"),
            Exclusion::InsideAuthor(author) => write!(f, "{author} wrote it, who is not outside"),
            Exclusion::Blocked(author) => write!(f, "{author} wrote it, who is blocked"),
        }
    }
}
