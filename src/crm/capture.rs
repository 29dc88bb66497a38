//! What is recorded as it passes, without BCC (row R07): the rules, and the one decision on them that the milter,
//! the worker and `crmctl capture explain` share.
//!
//! A rule covers users. It captures what a covered user submits to somebody outside, and what somebody outside
//! writes to a covered user's address; with `contacts = "known"` only where that somebody is a contact. The first
//! rule that captures names the route. Whoever stands in a list of what is never recorded, in whichever rule that
//! is switched on, keeps the whole mail out of every rule: a list of one colleague's doctor is not to be undone by
//! another's rule.
//!
//! The same question is asked three times, each time with more at hand: at DATA the envelope, at the end of the
//! header its authors and subject, in the worker the whole reading and the database. Nobody becomes captured by
//! knowing more, so the milter may let go what it excludes.
//!
//! It does not see through aliases: a covered user's mail is what came for one of the user's own addresses.

mod exclusion;

use super::contact::Company;
use super::facts::{Kind, MOST_LOOKED_UP, Reading};
use super::known::Users;
use crate::mail::address::{self, Mailbox, domain_of};
use crate::mail::message::Message;
use std::collections::{BTreeSet, HashSet};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

pub use exclusion::Exclusion;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the list of intakes; no inbox has the same.
    pub key: String,
    /// Whether it captures at all.
    pub enabled: bool,
    /// Logins of the users whom it covers, in lower case; none: all users.
    pub users: BTreeSet<String>,
    /// Which way mail goes that it captures.
    pub direction: Direction,
    /// Whom outside it is about.
    pub contacts: Contacts,
    /// Canonical domains that count as inside, besides the company's.
    pub internal_domains: BTreeSet<String>,
    /// Canonical addresses with which no mail is recorded.
    pub never_addresses: BTreeSet<String>,
    /// Canonical domains with which, and below which, no mail is recorded.
    pub never_domains: BTreeSet<String>,
    /// What in a subject keeps a mail out; compared without case.
    pub markers: Vec<String>,
}

/// Which way mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To users.
    In,
    /// From users.
    Out,
    /// Both.
    Both,
}

/// Whom outside a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contacts {
    /// Contacts only.
    Known,
    /// Everybody; who is none becomes a contact.
    All,
}

/// All rules, in the order of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captures {
    rules: Vec<Rule>,
}

/// A message, as far as it is known when it is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The user whom the session proves; a DMARC result does not count, as such mail came from elsewhere.
    pub user: Option<Uuid>,
    /// Envelope sender, empty for the null sender.
    pub mail_from: &'a str,
    /// Envelope recipients.
    pub rcpt_to: &'a [String],
    /// What the header says; `None`: it has not come yet, and what it could exclude is left open.
    pub header: Option<Header<'a>>,
}

/// What a header says.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// What sort of message it is; [`Kind::Person`] as long as nothing says otherwise.
    pub kind: Kind,
    /// The field by which our own host's filter has marked it as spam. A user's own mail is not judged.
    pub spam: Option<&'a str>,
    /// Authors.
    pub from: &'a [Mailbox],
    /// Who gets the answers.
    pub reply_to: &'a [Mailbox],
    /// `To`.
    pub to: &'a [Mailbox],
    /// `Cc`.
    pub cc: &'a [Mailbox],
    /// `Subject`, decoded.
    pub subject: Option<&'a str>,
}

/// What came of a message: each rule, and the first thing that excluded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The rules by their keys, in their order.
    pub rules: Vec<(&'a str, Result<Hit, Exclusion>)>,
}

/// What a rule captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Whether a user submitted it.
    pub outgoing: bool,
    /// The user whose mail it is.
    pub user: Uuid,
    /// Canonical addresses of those outside with whom it is recorded; empty while the author is not known.
    pub outside: Vec<String>,
}

impl Captures {
    /// These rules, whose keys must be distinct (the configuration sees to it).
    pub fn new(rules: Vec<Rule>) -> Captures {
        Captures { rules }
    }

    /// The rules.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rule of that key.
    pub fn by_key(&self, key: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.key == key)
    }

    /// Whether no rule is switched on.
    pub fn is_idle(&self) -> bool {
        !self.rules.iter().any(|rule| rule.enabled)
    }

    /// Whether a rule that is switched on asks who is a contact.
    pub fn needs_known(&self) -> bool {
        self.rules.iter().any(|rule| rule.enabled && rule.contacts == Contacts::Known)
    }

    /// Logins in the rules that no user has, with the rule's key.
    pub fn unknown_logins<'a>(&'a self, users: &'a Users) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.rules.iter().flat_map(|rule| rule.users.iter().map(|login| (&*rule.key, &**login)));
        all.filter(|(_, login)| !users.by_login.contains_key(*login))
    }

    /// What comes of a message. `known` says whether a canonical address is a contact's.
    pub fn decide(
        &self,
        question: &Question<'_>,
        company: Company<'_>,
        known: &dyn Fn(&str) -> bool,
    ) -> Verdict<'_> {
        let case_sensitive = company.policy.case_sensitive;
        let canonical = |text: &str| address::canonical(text, case_sensitive);
        let asked = Asked {
            question,
            company,
            known,
            rcpt_to: question.rcpt_to.iter().filter_map(|rcpt| canonical(rcpt)).collect(),
            from: question.header.map(|header| addresses(header.from, case_sensitive)),
        };
        let never = self.never(&asked);
        let of = |rule: &Rule| match &never {
            _ if !rule.enabled => Err(Exclusion::Off),
            Some((address, key)) => Err(Exclusion::Never(address.clone(), key.clone())),
            None => rule.decide(&asked),
        };
        Verdict { rules: self.rules.iter().map(|rule| (&*rule.key, of(rule))).collect() }
    }

    /// The first party with whom nothing is recorded, and the rule that says so.
    fn never(&self, asked: &Asked<'_>) -> Option<(String, String)> {
        let case_sensitive = asked.company.policy.case_sensitive;
        let lists = || self.rules.iter().filter(|rule| rule.enabled);
        if lists().all(|rule| rule.never_addresses.is_empty() && rule.never_domains.is_empty()) {
            return None;
        }
        let mut parties: HashSet<String> = asked.rcpt_to.iter().cloned().collect();
        parties.extend(address::canonical(asked.question.mail_from, case_sensitive));
        if let Some(header) = asked.question.header {
            for mailboxes in [header.from, header.reply_to, header.to, header.cc] {
                parties.extend(addresses(mailboxes, case_sensitive));
            }
        }
        // In one order, so that two questions get one answer.
        let mut parties: Vec<String> = parties.into_iter().collect();
        parties.sort_unstable();
        parties.into_iter().find_map(|party| {
            let rule = lists().find(|rule| rule.is_never(&party, asked.company))?;
            Some((party, rule.key.clone()))
        })
    }
}

/// A question with its addresses in the form in which they are compared.
struct Asked<'a> {
    question: &'a Question<'a>,
    company: Company<'a>,
    known: &'a dyn Fn(&str) -> bool,
    rcpt_to: Vec<String>,
    from: Option<Vec<String>>,
}

impl Rule {
    /// Whether the rule covers a user.
    pub fn covers(&self, user: Uuid, users: &Users) -> bool {
        let login = || users.by_id.get(&user).map(|user| user.login.to_lowercase());
        self.users.is_empty() || login().is_some_and(|login| self.users.contains(&login))
    }

    fn is_never(&self, canonical: &str, company: Company<'_>) -> bool {
        let base = company.policy.inboxes.without_detail(canonical);
        self.never_addresses.contains(canonical)
            || base.is_some_and(|base| self.never_addresses.contains(&base))
            || domain_of(canonical).is_some_and(|domain| is_below(domain, &self.never_domains))
    }

    fn decide(&self, asked: &Asked<'_>) -> Result<Hit, Exclusion> {
        if asked.question.mail_from.is_empty() {
            return Err(Exclusion::NullSender);
        }
        if let Some(header) = asked.question.header {
            if let Some(mark) = header.spam.filter(|_| asked.question.user.is_none()) {
                return Err(Exclusion::Spam(mark.to_owned()));
            }
            if header.kind != Kind::Person {
                return Err(Exclusion::Machine(header.kind));
            }
            if let Some(marker) = header.subject.and_then(|subject| self.marker(subject)) {
                return Err(Exclusion::Marker(marker.to_owned()));
            }
        }
        // What a user resends to a colleague is that colleague's incoming mail.
        match asked.question.user.map(|user| self.outgoing(user, asked)) {
            None => self.incoming(asked),
            Some(Ok(hit)) => Ok(hit),
            Some(Err(exclusion)) => self.incoming(asked).map_err(|_| exclusion),
        }
    }

    fn marker(&self, subject: &str) -> Option<&str> {
        let folded = |text: &str| text.nfc().collect::<String>().to_lowercase();
        let subject = folded(subject);
        self.markers.iter().map(String::as_str).find(|marker| subject.contains(&folded(marker)))
    }

    fn outgoing(&self, user: Uuid, asked: &Asked<'_>) -> Result<Hit, Exclusion> {
        let users = asked.company.users;
        if self.direction == Direction::In {
            return Err(Exclusion::OnlyIncoming);
        }
        if !self.covers(user, users) {
            let login = users.by_id.get(&user).map(|user| user.login.clone());
            return Err(Exclusion::NotCovered(login.unwrap_or_default()));
        }
        let is_outside = |canonical: &&String| !self.is_inside(canonical, asked.company);
        if let Some(author) = asked.from.iter().flatten().find(is_outside) {
            return Err(Exclusion::Resent(author.clone()));
        }
        let outside = || asked.rcpt_to.iter().take(MOST_LOOKED_UP).filter(is_outside);
        let Some(first) = outside().next() else { return Err(Exclusion::NobodyOutside) };
        if let Some(why) = self.is_nobody(first, asked)
            && outside().all(|rcpt| self.is_nobody(rcpt, asked).is_some())
        {
            return Err(Exclusion::NoContact(first.clone(), why));
        }
        // The header may name more than this transaction reaches, as a client may send in several.
        let case_sensitive = asked.company.policy.case_sensitive;
        let named = asked.question.header.iter().flat_map(|header| {
            let named = |mailboxes| addresses(mailboxes, case_sensitive).into_iter().take(MOST_LOOKED_UP);
            named(header.to).chain(named(header.cc))
        });
        let all: BTreeSet<String> = outside().cloned().chain(named).collect();
        let counts = |rcpt: &String| is_outside(&rcpt) && self.is_nobody(rcpt, asked).is_none();
        Ok(Hit { outgoing: true, user, outside: all.into_iter().filter(counts).collect() })
    }

    fn incoming(&self, asked: &Asked<'_>) -> Result<Hit, Exclusion> {
        if self.direction == Direction::Out {
            return Err(Exclusion::OnlyOutgoing);
        }
        let mut users = asked.rcpt_to.iter().filter_map(|rcpt| user_of(rcpt, asked.company));
        let Some(user) = users.find(|user| self.covers(*user, asked.company.users)) else {
            return Err(Exclusion::NoUser);
        };
        let outside = match asked.from.as_deref() {
            None => Vec::new(),
            Some([author]) => {
                self.author(author, asked)?;
                vec![author.clone()]
            }
            Some(_) => return Err(Exclusion::NoOneAuthor),
        };
        Ok(Hit { outgoing: false, user, outside })
    }

    fn author(&self, author: &str, asked: &Asked<'_>) -> Result<(), Exclusion> {
        if self.is_inside(author, asked.company) {
            return Err(Exclusion::InsideAuthor(author.to_owned()));
        }
        if asked.company.policy.block(author).is_some() {
            return Err(Exclusion::Blocked(author.to_owned()));
        }
        match self.is_nobody(author, asked) {
            Some(why) => Err(Exclusion::NoContact(author.to_owned(), why)),
            None => Ok(()),
        }
    }

    fn is_inside(&self, canonical: &str, company: Company<'_>) -> bool {
        company.is_internal(canonical)
            || domain_of(canonical).is_some_and(|domain| self.internal_domains.contains(domain))
    }

    /// Why nothing is recorded with somebody outside.
    fn is_nobody(&self, canonical: &str, asked: &Asked<'_>) -> Option<&'static str> {
        match self.contacts {
            _ if (asked.known)(canonical) => None,
            Contacts::Known => Some("no contact has this address"),
            Contacts::All => asked.company.excluded(canonical),
        }
    }
}

impl<'a> Verdict<'a> {
    /// The first rule that captures, of those that `among` allows.
    pub fn first(&self, among: impl Fn(&str) -> bool) -> Option<(&'a str, &Hit)> {
        self.rules.iter().find_map(|(key, result)| Some((*key, result.as_ref().ok().filter(|_| among(key))?)))
    }

    /// Keys of the rules that capture.
    pub fn keys(&self) -> Vec<String> {
        self.rules.iter().filter(|(_, result)| result.is_ok()).map(|(key, _)| (*key).to_owned()).collect()
    }
}

impl<'a> From<&'a Message> for Header<'a> {
    fn from(message: &'a Message) -> Self {
        Header {
            kind: Kind::Person,
            spam: None,
            from: &message.from,
            reply_to: &message.reply_to,
            to: &message.to,
            cc: &message.cc,
            subject: message.subject.as_deref(),
        }
    }
}

impl<'a> From<&'a Reading> for Header<'a> {
    fn from(reading: &'a Reading) -> Self {
        Header {
            kind: kind(reading.kind, reading.by_machine),
            spam: reading.spam.as_deref(),
            from: &reading.from,
            reply_to: &reading.reply_to,
            to: &reading.to,
            cc: &reading.cc,
            subject: reading.subject.as_deref(),
        }
    }
}

impl Direction {
    /// The name used in configuration and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Both => "both",
        }
    }
}

impl Contacts {
    /// The name used in configuration and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Contacts::Known => "known",
            Contacts::All => "all",
        }
    }
}

/// The kind of a message as the rules take it: machines' letters and mailings are no correspondence, whatever else
/// they may be.
pub fn kind(kind: Kind, by_machine: bool) -> Kind {
    if kind == Kind::Person && by_machine { Kind::Automatic } else { kind }
}

/// The user whose address a recipient is, with or without a detail.
fn user_of(canonical: &str, company: Company<'_>) -> Option<Uuid> {
    let by_address = &company.users.by_address;
    let base = || company.policy.inboxes.without_detail(canonical);
    by_address.get(canonical).or_else(|| by_address.get(&base()?)).copied()
}

/// Whether a domain is one of these or lies below one.
fn is_below(domain: &str, domains: &BTreeSet<String>) -> bool {
    let mut rest = Some(domain);
    while let Some(domain) = rest {
        if domains.contains(domain) {
            return true;
        }
        rest = domain.split_once('.').map(|(_, above)| above);
    }
    false
}

/// The canonical addresses of mailboxes, each once.
fn addresses(mailboxes: &[Mailbox], case_sensitive: bool) -> Vec<String> {
    let mut seen = HashSet::new();
    let canonical = |mailbox: &Mailbox| address::canonical(mailbox.address.as_deref()?, case_sensitive);
    mailboxes.iter().filter_map(canonical).filter(|address| seen.insert(address.clone())).collect()
}

#[cfg(test)]
mod tests;
