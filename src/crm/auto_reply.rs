//! Automatic replies (rows W07, X30, W22): who gets one, and how often.
//!
//! The rules are RFC 3834's and what programs for absences check besides; any doubt means no reply. A reply goes to
//! the envelope sender, from the null sender, so that nothing answers it. The one exception is row W07's: the customer
//! whom a portal or form names gets a new message, if the source is proven and nothing of the form is in it.
//!
//! It decides for one message at one inbox and says why. How often is decided when the plan is written, by counters
//! that all nodes share: see [`claims`].

use super::contact::{Company, is_no_reply};
use super::customer::Way;
use super::facts::{Kind as MailKind, Reading};
use super::inbox::{Inbox, Kind};
use super::known::{Digest, Known};
use super::letter::Automatic;
use super::plan::{Outcome, Target};
use super::policy::Policy;
use super::template::{Purpose, Tag, Tags, Templates};
use crate::mail::address::{self, Mailbox};
use crate::mail::envelope::{Envelope, InboxRcpt};
use crate::mail::unanswerable::is_system;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use uuid::Uuid;

mod planned;

pub use planned::PlannedReply;

/// What is said automatically, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replies {
    /// The texts of all that goes out.
    pub templates: Templates,
    /// Ceilings.
    pub limits: Limits,
}

/// Ceilings of automatic replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To one address within an hour.
    pub address_hour: u32,
    /// To one address within a day.
    pub address_day: u32,
    /// To all addresses within an hour.
    pub all_hour: u32,
    /// To all addresses within a day.
    pub all_day: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { address_hour: 4, address_day: 10, all_hour: 1000, all_day: 5000 }
    }
}

/// A message at an inbox, and what came of it there.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The inbox.
    pub inbox: &'a Inbox,
    /// The recipient that it was reached by.
    pub rcpt: &'a InboxRcpt,
    /// What the session said.
    pub envelope: &'a Envelope,
    /// What the message says; `None`: it was not understood.
    pub reading: Option<&'a Reading>,
    /// Whether it carries a user's authority.
    pub user: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// For an unresolved one: why.
    pub cause: Option<&'static str>,
    /// By which way its customers were found.
    pub way: Option<Way>,
    /// What it stands on.
    pub targets: &'a [Target],
    /// The ticket that it opened.
    pub ticket: Option<Uuid>,
    /// Whether it was filed by its thread or by a code: the talk has begun.
    pub answers: bool,
}

/// Who gets a reply, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Canonical address.
    pub address: String,
    /// An answer, or a message of its own.
    pub automatic: Automatic,
    /// The name that may be used.
    pub name: Option<String>,
}

/// Why there is none.
type No = Cow<'static, str>;

impl Case<'_> {
    /// Who gets a reply; or why nobody does, for people.
    ///
    /// # Errors
    /// The first reason.
    pub fn addressee(&self, known: &Known, policy: &Policy) -> Result<Addressee, No> {
        let reading = self.worth_one()?;
        let company = Company { policy, users: &known.users };
        let check = Check { case: self, reading, company, known };
        check.message()?;
        let own = check.own_form();
        let addressee = match self.way {
            Some(Way::Form) if !own => check.of_form()?,
            Some(Way::Author | Way::Form) => check.of_author()?,
            _ => return Err("its author is not the customer".into()),
        };
        check.recipient(&addressee.address)?;
        match self.inbox.kind {
            Kind::Tickets if self.ticket.is_none() => Err("it opened no ticket".into()),
            Kind::Leads if self.answers => Err("it belongs to what is there already".into()),
            _ => Ok(addressee),
        }
    }

    /// What came of the message decides first.
    fn worth_one(&self) -> Result<&Reading, No> {
        let why: &'static str = match self.outcome {
            _ if self.inbox.kind == Kind::Assistant => "an assistant answers nobody",
            _ if self.envelope.door.is_by_hand() => "it was imported, or put here by hand",
            _ if self.envelope.released.is_some() => "it was released by hand",
            _ if self.user => "a colleague sent it",
            Outcome::Duplicate => "it was recorded before",
            Outcome::Internal => "everybody in it is a colleague",
            Outcome::Spam => "it is marked as spam",
            Outcome::Automatic => "it is automatic mail",
            Outcome::Bounce => "it is a report about another mail",
            Outcome::Unsubscribe => "it asks for no more mail",
            Outcome::Erased => "its party was erased",
            Outcome::Blocked => "its author is blocked",
            Outcome::Failed => "it could not be read",
            Outcome::Unresolved
                if !matches!(
                    self.cause,
                    Some(
                        "manual"
                            | "several-records"
                            | "shared-address"
                            | "shared-reference"
                            | "code-not-party"
                            | "unknown-code"
                    )
                ) =>
            {
                "it waits for a decision"
            }
            Outcome::Recorded | Outcome::Unresolved => {
                return self.reading.ok_or(Cow::Borrowed("it could not be read"));
            }
        };
        Err(why.into())
    }
}

/// The questions about one message.
struct Check<'a> {
    case: &'a Case<'a>,
    reading: &'a Reading,
    company: Company<'a>,
    known: &'a Known,
}

impl Check<'_> {
    fn canonical(&self, text: &str) -> Option<String> {
        address::canonical(text, self.company.policy.case_sensitive)
    }

    fn author(&self) -> Option<String> {
        let [author] = self.reading.from.as_slice() else { return None };
        self.canonical(author.address.as_deref()?)
    }

    /// What is asked of every message, a portal's too.
    fn message(&self) -> Result<(), No> {
        if self.reading.dmarc_failed {
            return Err("DMARC failed for its author".into());
        }
        let loops = self.reading.unanswerable.as_deref().filter(|why| {
            why.contains("automatic reply already") || why.starts_with("somebody has sent it on")
        });
        if let Some(why) = loops {
            return Err(why.to_owned().into());
        }
        let ours = |mailbox: &Mailbox| {
            let Some(named) = mailbox.address.as_deref() else { return false };
            let inbox = self.company.policy.inboxes.find(named);
            inbox.is_some_and(|(inbox, _)| inbox.key == self.case.inbox.key)
                || self.canonical(named).is_some_and(|c| Some(c) == self.canonical(&self.case.rcpt.rcpt_to))
        };
        if !self.reading.to.iter().chain(&self.reading.cc).any(ours) {
            return Err("our address stands neither in To nor in Cc".into());
        }
        Ok(())
    }

    /// Whether a person wrote a form's lines in a mail of their own.
    fn own_form(&self) -> bool {
        let named = self.reading.form.as_ref().and_then(|form| self.canonical(form.address.as_deref()?));
        named.is_some() && named == self.author() && named == self.canonical(&self.case.envelope.mail_from)
    }

    /// The customer whom a portal or form names.
    fn of_form(&self) -> Result<Addressee, No> {
        match &self.reading.source {
            Some((_, true)) => {}
            Some((name, false)) => {
                return Err(
                    format!("neither client nor DMARC proves that it comes from the source {name}").into()
                );
            }
            None => return Err("no [[source]] vouches for this form".into()),
        }
        let form = self.reading.form.as_ref().ok_or("it names no customer")?;
        let address = form.address.as_deref().ok_or("the form names no address")?;
        let address = self.canonical(address).ok_or("the form names no address that can be written to")?;
        let name = form.name.as_deref().and_then(plain_name);
        Ok(Addressee { address, automatic: Automatic::AutoGenerated, name })
    }

    /// The envelope sender.
    fn of_author(&self) -> Result<Addressee, No> {
        let mail_from = self.case.envelope.mail_from.as_str();
        if mail_from.is_empty() {
            return Err("it came from the null sender".into());
        }
        if let Some(why) = &self.reading.unanswerable {
            return Err(why.clone().into());
        }
        if self.reading.kind != MailKind::Person || self.reading.by_machine {
            return Err("a machine made it, or it was sent to many".into());
        }
        let [author] = self.reading.from.as_slice() else {
            return Err("it has not exactly one author".into());
        };
        let canonical = self.author().ok_or("its author has no address")?;
        if let Some(why) = self.system(&canonical) {
            return Err(format!("its author is {canonical}, {why}").into());
        }
        if self.company.is_internal(&canonical) {
            return Err("its author is one of us".into());
        }
        let address = self.canonical(mail_from).ok_or("its envelope sender is no address")?;
        // A name is used only where answer and author are the same, and only if it can be nothing but a name.
        let name = author.name.as_deref().filter(|_| canonical == address).and_then(plain_name);
        Ok(Addressee { address, automatic: Automatic::AutoReplied, name })
    }

    fn system(&self, canonical: &str) -> Option<&'static str> {
        let local = canonical.rsplit_once('@').map_or(canonical, |(local, _)| local);
        if is_system(local) || is_no_reply(canonical) {
            return Some("where nobody reads");
        }
        // `news+info=crm.test@…`: sent to many, each under a sender of its own.
        let ours = self.case.inbox.address.replace('@', "=");
        local.contains(ours.as_str()).then_some("which is made for each recipient")
    }

    /// Whether that address may get automatic mail.
    fn recipient(&self, canonical: &str) -> Result<(), No> {
        let policy = self.company.policy;
        if let Some(why) = self.system(canonical) {
            return Err(format!("it would go to {canonical}, {why}").into());
        }
        let bare = policy.inboxes.without_detail(canonical);
        if self.company.is_internal(canonical) || bare.is_some_and(|bare| self.company.is_internal(&bare)) {
            return Err(format!("{canonical} is one of us").into());
        }
        if policy.block(canonical).is_some() {
            return Err(format!("{canonical} is blocked").into());
        }
        if self.known.off.contains(canonical) || policy.lists.off.contains(canonical) {
            return Err(format!("{canonical} is switched off").into());
        }
        let contacts = self.case.targets.iter().filter_map(|target| match target {
            Target::Contact(contact) => Some(*contact),
            _ => None,
        });
        let holders = self.known.contacts_by_address.get(canonical).into_iter().flatten().copied();
        for contact in contacts.chain(holders).filter_map(|contact| self.known.contacts.get(&contact)) {
            if let Some(why) = contact.state.no_automatic_mail() {
                return Err(why.into());
            }
        }
        Ok(())
    }
}

/// One of the counters that a reply needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Digest of what is counted.
    pub key: Digest,
    /// In seconds from the first one that is counted.
    pub window: u32,
    /// How many there may be in it.
    pub most: u32,
    /// Why there is no reply when there were as many, for people.
    pub full: String,
}

/// Two replies to one address sooner than this after each other are a loop of machines, in seconds.
const PAUSE: u32 = 120;
const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// What a reply of that inbox to that address has to claim.
pub fn claims(inbox: &Inbox, address: &str, limits: Limits) -> Vec<Claim> {
    let person = person(address);
    let claim = |what: &str, of: &str, window, most, full: String| {
        let key = Sha256::digest(format!("{what}\0{of}\0{window}")).into();
        Claim { key, window, most, full }
    };
    let own = format!("{}\0{person}", inbox.key);
    let first = match inbox.kind {
        Kind::Tickets => {
            let full = format!(
                "one went to {person} less than {} minutes ago, and only machines write that soon",
                PAUSE / 60
            );
            claim("pause", &own, PAUSE, 1, full)
        }
        Kind::Leads | Kind::Assistant => {
            let hours = inbox.reply_hours;
            let full = format!("one went to {person} less than {hours} hours ago");
            claim("sender", &own, hours.saturating_mul(HOUR), 1, full)
        }
    };
    let to_one = |window, most, time: &str| {
        claim("address", person, window, most, format!("{most} went to {person} within {time}"))
    };
    let to_all = |window, most, time: &str| {
        claim("all", "", window, most, format!("{most} automatic replies went out within {time}"))
    };
    vec![
        first,
        to_one(HOUR, limits.address_hour, "an hour"),
        to_one(DAY, limits.address_day, "a day"),
        to_all(HOUR, limits.all_hour, "an hour"),
        to_all(DAY, limits.all_day, "a day"),
    ]
}

/// Who is counted: an address without the tag that signs it anew each day (BATV).
fn person(address: &str) -> &str {
    let tagged = address.strip_prefix("prvs=").or_else(|| address.strip_prefix("btv1=="));
    tagged.and_then(|rest| rest.split_once('=')).map_or(address, |(_, person)| person.trim_start_matches('='))
}

/// The purpose that an inbox's replies have.
pub fn purpose(kind: Kind) -> Option<Purpose> {
    match kind {
        Kind::Leads => Some(Purpose::LeadReply),
        Kind::Tickets => Some(Purpose::TicketReply),
        Kind::Assistant => None,
    }
}

/// The values that are known before anything is written.
pub fn tags(
    templates: &Templates,
    inbox: &Inbox,
    to: &Addressee,
    owner: Option<&str>,
    reading: &Reading,
) -> Tags {
    // Nothing of a form goes to its customer: anybody may have written it.
    let subject = match to.automatic {
        Automatic::AutoReplied => reading.subject.as_deref().and_then(clean_subject),
        Automatic::AutoGenerated => None,
    };
    let same = to.name.is_some();
    templates
        .tags()
        .with(Tag::InboxName, &inbox.name)
        .with(Tag::InboxAddress, &inbox.address)
        .with_option(Tag::ContactName, to.name.as_deref())
        .with_option(Tag::UserName, owner.filter(|_| same))
        .with_option(Tag::MailSubject, subject)
}

/// In-Reply-To and References of an answer (RFC 5322, section 3.6.4). `references` are without brackets, the newest
/// first.
pub fn thread(message_id: Option<&str>, references: &[String]) -> (Option<String>, Vec<String>) {
    const MOST: usize = 20;
    let bracketed = |id: &str| {
        let id = id.trim().trim_start_matches('<').trim_end_matches('>');
        let good = (3..=250).contains(&id.len()) && id.contains('@');
        let plain = id.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[],;:\\\"".contains(&b));
        (good && plain).then(|| format!("<{id}>"))
    };
    let answered = message_id.and_then(bracketed);
    let mut ids: Vec<String> = references.iter().take(MOST - 1).filter_map(|id| bracketed(id)).collect();
    ids.reverse();
    ids.retain(|id| Some(id) != answered.as_ref());
    ids.extend(answered.clone());
    (answered, ids)
}

/// A name that can be nothing but a name: letters of any script, spaces, hyphens and apostrophes, at most 40.
pub fn plain_name(written: &str) -> Option<String> {
    let name = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = |c: char| c.is_alphabetic() || is_mark(c) || matches!(c, ' ' | '-' | '\'' | '’' | 'ʼ' | '·');
    let short = (2..=40).contains(&name.chars().count()) && name.split(' ').count() <= 6;
    (short && name.starts_with(char::is_alphabetic) && name.chars().all(plain)).then_some(name)
}

/// Combining marks of names' scripts: Latin, Arabic, Hebrew, Devanagari and its neighbours, Thai.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}'
        | '\u{93a}'..='\u{94f}' | '\u{981}'..='\u{983}' | '\u{9bc}'..='\u{9cd}' | '\u{b82}' | '\u{bbe}'..='\u{bcd}'
        | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
}

/// A subject that may be repeated to a stranger's address: short, and neither link, address, number nor tag in it.
pub fn clean_subject(written: &str) -> Option<String> {
    let subject = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = |c: char| {
        c.is_alphanumeric()
            || is_mark(c)
            || matches!(
                c,
                ' ' | '-'
                    | '–'
                    | '\''
                    | '’'
                    | ','
                    | '.'
                    | '!'
                    | '?'
                    | '¿'
                    | '¡'
                    | ':'
                    | '('
                    | ')'
                    | '&'
                    | '+'
                    | '#'
            )
    };
    let linked = subject.split(' ').any(|word| {
        let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
        inner.contains('.') && inner.chars().any(char::is_alphabetic)
            || inner.to_lowercase().starts_with("www")
    });
    let digits = subject.chars().filter(|c| c.is_numeric()).count();
    let short = (1..=60).contains(&subject.chars().count());
    (short && digits <= 6 && !linked && subject.chars().all(plain)).then_some(subject)
}

#[cfg(test)]
mod tests;
