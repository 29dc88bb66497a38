//! Source templates (row W04): what the company's configuration says of a portal or form in `[[source]]`.
//!
//! A template names who sends the mail and, where the general rules are not enough, the labels or patterns
//! that hold a field. A faulty one is an error when the configuration is read, with the place and the reason;
//! a template that finds nobody leaves the message to the general rules.

use super::contact::Ours;
use super::form::{self, Lead};
use super::labels::{Field, Own};
use super::network::Network;
use super::phone::{self, Regions};
use super::{name, values};
use crate::mail::address;
use crate::mail::message::Message;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Largest compiled pattern, in octets: a pattern is the company's own, but a slip must not eat the memory.
const PATTERN: usize = 1024 * 1024;

/// One `[[source]]` of the configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Source {
    /// Name shown to people and in findings.
    pub name: String,
    /// Who sends it: canonical addresses, or domains with `@` before them.
    pub from: Vec<String>,
    /// What its subject looks like; absent: any.
    pub subject: Option<Pattern>,
    /// Labels that hold a field, besides the built-in ones.
    pub labels: Own,
    /// Patterns that hold a field, each with one group; they come before labels.
    pub patterns: BTreeMap<Field, Pattern>,
    /// Origin of the contacts that it brings.
    pub origin: Option<String>,
    /// Whether its `Reply-To` is the customer.
    pub reply_to: bool,
    /// Addresses or networks of the SMTP clients that speak for the source: a customer whom it names may then get the inbox's automatic reply.
    pub clients: Vec<Network>,
    /// Whether an aligned DMARC pass of the sender, found by our own host (`authority.authserv_id`), does the same.
    pub dmarc: bool,
}

/// The template as the configuration has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    from: Vec<String>,
    subject: Option<Pattern>,
    #[serde(default)]
    labels: BTreeMap<Field, Vec<String>>,
    #[serde(default)]
    patterns: BTreeMap<Field, Pattern>,
    origin: Option<String>,
    #[serde(default = "yes")]
    reply_to: bool,
    #[serde(default)]
    clients: Vec<Network>,
    #[serde(default)]
    dmarc: bool,
}

fn yes() -> bool {
    true
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No name.
    #[error("a source needs a name")]
    NoName,
    /// Nobody sends it.
    #[error(
        "source {0:?}: `from` is empty; it names the senders, \"leads@portal.example\" or \"@portal.example\""
    )]
    NoSender(String),
    /// A sender that cannot be one.
    #[error("source {0:?}: {1:?} in `from` is neither an address nor a domain with @ before it")]
    Sender(String, String),
    /// A field that a template cannot set.
    #[error("source {0:?}: {1:?} is no field of a customer")]
    Field(String, Field),
    /// A label of which nothing counts.
    #[error("source {0:?}: label {1:?} has no letter or digit")]
    Label(String, String),
    /// A pattern for a field without its one group.
    #[error("source {0:?}: the pattern of {1:?} has {2} groups; exactly one must hold the value")]
    Groups(String, Field, usize),
}

impl TryFrom<Written> for Source {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self, Error> {
        let name = written.name.trim().to_owned();
        if name.is_empty() {
            return Err(Error::NoName);
        }
        if written.from.is_empty() {
            return Err(Error::NoSender(name));
        }
        let sender = |text: &String| match text.trim().strip_prefix('@') {
            Some(domain) => address::canonical_domain(domain).map(|d| format!("@{d}")),
            None => address::canonical(text, false),
        };
        let from = written
            .from
            .iter()
            .map(|text| sender(text).ok_or_else(|| Error::Sender(name.clone(), text.clone())));
        let from = from.collect::<Result<Vec<_>, _>>()?;
        for field in written.labels.keys().chain(written.patterns.keys()) {
            if matches!(
                field,
                Field::End | Field::Other | Field::Heading | Field::Subject | Field::From | Field::Salutation
            ) {
                return Err(Error::Field(name, *field));
            }
        }
        let mut labels = Own::default();
        for (field, label) in written.labels.iter().flat_map(|(f, all)| all.iter().map(move |l| (f, l))) {
            if !labels.add(label, *field) {
                return Err(Error::Label(name, label.clone()));
            }
        }
        for (field, pattern) in &written.patterns {
            let groups = pattern.0.captures_len() - 1;
            if groups != 1 {
                return Err(Error::Groups(name, *field, groups));
            }
        }
        let Written { subject, patterns, origin, reply_to, clients, dmarc, .. } = written;
        Ok(Source { name, from, subject, labels, patterns, origin, reply_to, clients, dmarc })
    }
}

/// A regular expression of the configuration: case does not count, `^` and `$` are line ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let built =
            RegexBuilder::new(&text).case_insensitive(true).multi_line(true).size_limit(PATTERN).build();
        built.map(Pattern).map_err(|error| format!("not a regular expression: {error}"))
    }
}

impl Source {
    /// Whether this SMTP client speaks for it.
    pub fn is_client(&self, client: IpAddr) -> bool {
        self.clients.iter().any(|network| network.contains(client))
    }

    /// Whether the message is one of the source's, by its author and subject.
    pub fn matches(&self, message: &Message) -> bool {
        let [author] = message.from.as_slice() else { return false };
        let Some(author) = author.address.as_deref().and_then(|a| address::canonical(a, false)) else {
            return false;
        };
        let domain = address::domain_of(&author).unwrap_or_default();
        let sent = self.from.iter().any(|from| match from.strip_prefix('@') {
            Some(listed) => listed == domain,
            None => *from == author,
        });
        let subject = message.subject.as_deref().unwrap_or_default();
        sent && self.subject.as_ref().is_none_or(|pattern| pattern.0.is_match(subject))
    }

    /// The customer whom a message of this source names; `None` if it names nobody.
    pub fn read(&self, text: &str, message: &Message, ours: &Ours, regions: &Regions) -> Option<Lead> {
        let mut lead = Lead::default();
        let subject = message.subject.as_deref().unwrap_or_default();
        for (field, pattern) in &self.patterns {
            let found = [text, subject].into_iter().find_map(|t| pattern.0.captures(t)?.get(1));
            if let Some(found) = found.map(|m| m.as_str().trim()).filter(|v| !values::is_absent(v)) {
                self.set(&mut lead, *field, found, ours, regions);
            }
        }
        let context = form::Context { message, regions, ours, is_reply: false };
        lead.fill_from(form::with_labels(text, &self.labels, context));
        if let Some(origin) = &self.origin {
            lead.source = Some(origin.clone());
            lead.explained("source-origin", "source", &self.name);
        }
        let replies = self.reply_to
            && message.reply_to.iter().filter_map(|m| m.address.as_deref()).any(|a| !ours.is(a));
        (lead.names_somebody() || replies).then(|| {
            lead.source = lead.source.take().or_else(|| Some(self.name.clone()));
            lead
        })
    }

    fn set(&self, lead: &mut Lead, field: Field, found: &str, ours: &Ours, regions: &Regions) {
        let one_line = values::tidy(found);
        let slot = match field {
            Field::Name => {
                lead.name = name::of_value(&one_line);
                "name"
            }
            Field::FirstName => {
                lead.name = name::join(name::of_value(&one_line).as_deref(), lead.name.as_deref());
                "name"
            }
            Field::LastName => {
                lead.name = name::join(lead.name.as_deref(), name::of_value(&one_line).as_deref());
                "name"
            }
            Field::Email => {
                lead.email = values::address(&one_line).filter(|a| !ours.is(a));
                "email"
            }
            Field::Phone => {
                lead.phones = phone::in_value(found, regions);
                "phones"
            }
            Field::Company => {
                lead.company = Some(one_line);
                "company"
            }
            Field::Reference => {
                lead.reference = Some(one_line);
                "reference"
            }
            Field::Source => {
                lead.source = Some(one_line);
                "source"
            }
            Field::Message => {
                lead.message = Some(found.to_owned());
                "message"
            }
            Field::Country
            | Field::Salutation
            | Field::From
            | Field::Subject
            | Field::End
            | Field::Heading
            | Field::Other => {
                return;
            }
        };
        lead.explained("source-pattern", slot, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::message;

    #[derive(Debug, Deserialize)]
    struct File {
        source: Vec<Source>,
    }

    fn source(text: &str) -> Result<Source, String> {
        toml::from_str::<File>(&format!("[[source]]\n{text}"))
            .map(|mut f| f.source.remove(0))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn template_reads_what_general_rules_cannot() {
        let source = source(
            "name = \"Portal\"\nfrom = [\"@portal.example\"]\norigin = \"portal\"\nsubject = \"^contact \"\n\
             [source.labels]\nname = [\"Who wants it\"]\n[source.patterns]\nreference = 'flat no\\. (\\S+)'\nphone = 'rings at ([+\\d ]+)'\n",
        )
        .unwrap();
        let raw = b"From: x@portal.example\nTo: a@firm.example\nSubject: Contact today\n\nFlat no. A-12 is wanted.\nWho wants it: Ana Ruiz\nShe rings at +34 600 112 233 in the evening.\n";
        let message = message::read(raw);
        assert!(source.matches(&message));
        let lead = source.read(&message.body.text, &message, &Ours::default(), &Regions::default()).unwrap();
        assert_eq!(lead.name.as_deref(), Some("Ana Ruiz"));
        assert_eq!(lead.reference.as_deref(), Some("A-12"));
        assert_eq!(lead.phones, ["+34600112233"]);
        assert_eq!(lead.source.as_deref(), Some("portal"));
    }

    #[test]
    fn template_speaks_only_for_its_senders() {
        let source = source("name = \"P\"\nfrom = [\"@portal.example\", \"a@b.example\"]").unwrap();
        for (from, expected) in [
            ("x@portal.example", true),
            ("A@B.example", true),
            ("x@b.example", false),
            ("x@evil-portal.example", false),
            ("x@portal.example.evil.example", false),
            ("x@portal.example, y@z.example", false),
        ] {
            let message = message::read(format!("From: {from}\n\nx\n").as_bytes());
            assert_eq!(source.matches(&message), expected, "{from}");
        }
    }

    #[test]
    fn faulty_templates_are_refused_with_the_reason() {
        for (text, reason) in [
            ("name = \"\"\nfrom = [\"@a.example\"]", "needs a name"),
            ("name = \"P\"\nfrom = []", "`from` is empty"),
            ("name = \"P\"\nfrom = [\"portal\"]", "neither an address nor a domain"),
            ("name = \"P\"\nfrom = [\"@a.example\"]\nsubject = \"(\"", "not a regular expression"),
            ("name = \"P\"\nfrom = [\"@a.example\"]\n[source.patterns]\nname = \"Name\"", "0 groups"),
            (
                "name = \"P\"\nfrom = [\"@a.example\"]\n[source.labels]\nother = [\"x\"]",
                "no field of a customer",
            ),
            ("name = \"P\"\nfrom = [\"@a.example\"]\n[source.labels]\nname = [\"--\"]", "no letter or digit"),
            ("name = \"P\"\nfrom = [\"@a.example\"]\nlabel = 1", "unknown field `label`"),
            (
                "name = \"P\"\nfrom = [\"@a.example\"]\n[source.labels]\nnmae = [\"x\"]",
                "unknown variant `nmae`",
            ),
        ] {
            let error = source(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
