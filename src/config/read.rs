//! Reads and checks the configuration file.
//!
//! DIAGNOSTICS: every error is one line `FILE:LINE:COLUMN: what is wrong; what to write instead`, with the
//! line itself below where there is one. Nothing is half read: there is a whole configuration or an error.

mod outgoing;

pub use super::error::Error;
use super::model::{self, Config, Inbox};
use super::templates;
use super::value::{Address, Domain};
use crate::crm::assignment::{Assignment, Rule};
use crate::crm::capture::{self, Captures};
use crate::crm::filing::TICKET_SERIES;
use crate::crm::inbox::{self, InboxTable, Kind, Original, Recording, UnknownCode};
use crate::crm::template::Templates;
use crate::extract;
use crate::mail::spam;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

/// Where the file is when nothing is said.
pub const PATH: &str = "/etc/crm-milter/crm-milter.toml";

/// Reads and checks a file.
pub fn load(path: &Path) -> Result<Config, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => "name the file with --config",
            std::io::ErrorKind::PermissionDenied => "run as root or as the daemon's user",
            std::io::ErrorKind::InvalidData => "write it in UTF-8",
            _ => "look at the file",
        };
        Error { file: path.into(), place: None, message: format!("{error}; {remedy}"), line: None }
    })?;
    parse(&text, path)
}

/// Checks the text of a file; texts in files of their own are read beside `path`.
pub fn parse(text: &str, path: &Path) -> Result<Config, Error> {
    let at = |span: Option<Range<usize>>, message: String| Error::at(path, text, span, message);
    let mut config: Config = toml::from_str(text).map_err(|e| at(e.span(), remedy(e.message())))?;
    check(&config).map_err(|(span, message)| at(span, message))?;
    config.templates = templates::load(&config, text, path, &at)?;
    Ok(config)
}

/// Adds what to write to serde's words where it can be told.
fn remedy(message: &str) -> String {
    if let Some(key) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("the key `{key}` is missing in this table; add `{key} = …`");
    }
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return message.to_owned();
    };
    let (unknown, expected) = rest.split_once('`').unwrap_or((rest, ""));
    let known = expected.split('`').skip(1).step_by(2);
    match known.map(|k| (distance(unknown, k), k)).min() {
        Some((d, near)) if d <= 2.max(unknown.len() / 3) => {
            format!("unknown key `{unknown}`; did you mean `{near}`?")
        }
        _ => format!("unknown key `{unknown}`{}", expected.replacen(", expected", "; known here:", 1)),
    }
}

/// Levenshtein's distance of two keys.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.bytes().enumerate() {
            let next = (diagonal + usize::from(ca != cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

pub(super) type Complaint = (Option<Range<usize>>, String);

/// What serde cannot see: values that must agree with each other.
fn check(config: &Config) -> Result<(), Complaint> {
    let no_place = |message: String| (None, message);
    if u32::from_str_radix(&config.socket_mode, 8).map_or(true, |mode| mode > 0o777) {
        return Err(no_place(format!(
            "socket_mode = \"{}\" is no permission; write octal digits as \"0660\"",
            config.socket_mode
        )));
    }
    within("worker.batch", config.worker.batch as u64, 1..=1000)?;
    within("worker.retry_seconds", config.worker.retry_seconds, 1..=3600)?;
    within("limits.sessions", config.limits.sessions.into(), 1..=100_000)?;
    within("limits.recipients", config.limits.recipients.into(), 1..=1_000_000)?;
    within("limits.message_size", config.limits.message_size, 1_000_000..=u64::MAX >> 1)?;
    within("database.connections", config.database.connections.into(), 2..=100)?;
    outgoing::check(config)?;
    check_paths(config)?;
    check_database(config)?;
    check_inboxes(config)?;
    check_captures(config)?;
    templates::check(config)?;
    super::notices::check(&config.notices, &config.webhook)?;
    check_door(config)
}

fn within(key: &str, value: u64, range: std::ops::RangeInclusive<u64>) -> Result<(), Complaint> {
    if range.contains(&value) {
        return Ok(());
    }
    Err((None, format!("{key} = {value} is out of range; write {} to {}", range.start(), range.end())))
}

/// The daemon and pipe(8) run in different directories: a relative path would be two places, and what the door
/// records in one would never be found in the other.
fn check_paths(config: &Config) -> Result<(), Complaint> {
    let database = &config.database;
    for (key, path) in [
        ("spool", &config.spool),
        ("database.data_directory", &database.data_directory),
        ("database.socket_directory", &database.socket_directory),
    ] {
        if !path.is_absolute() {
            let message = format!(
                "{key} = \"{}\" is no absolute path; write it from the root, as \"/…\"",
                path.display()
            );
            return Err((None, message));
        }
    }
    Ok(())
}

/// All mail to the door's domain goes into the pipe, so nobody else may have mail there.
fn check_door(config: &Config) -> Result<(), Complaint> {
    let domain_of = crate::mail::address::domain_of;
    let of_inboxes = config.inbox.iter().flat_map(|inbox| {
        [Some(inbox.address.get_ref()), inbox.copy_to.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|a| domain_of(a))
    });
    let mut taken = config.company.domains.iter().map(|domain| &**domain).chain(of_inboxes);
    if taken.any(|domain| domain == &*config.door_domain) {
        let message = format!(
            "door_domain = \"{}\" is a domain with mail of its own, which would all go to the door; write one \
             that nobody uses, as \"crm.invalid\"",
            config.door_domain
        );
        return Err((None, message));
    }
    Ok(())
}

fn check_database(config: &Config) -> Result<(), Complaint> {
    let database = &config.database;
    if database.url.is_empty() {
        let length = database.socket_directory.as_os_str().len();
        if length > 90 {
            let message = format!("database.socket_directory has {length} bytes; a socket in it may have 90");
            return Err((None, message));
        }
        return Ok(());
    }
    match database.url.parse::<postgres::Config>() {
        Ok(url) if url.get_ssl_mode() == postgres::config::SslMode::Require => {
            let message = "database.url: connections with TLS are not built in; leave out sslmode, and reach the \
                           server by a unix socket, a tunnel or a network that you trust";
            Err((None, message.into()))
        }
        Ok(_) => Ok(()),
        Err(error) => {
            let message =
                format!("database.url: {error}; write \"postgresql://user@host/database\" or leave it empty");
            Err((None, message))
        }
    }
}

fn check_inboxes(config: &Config) -> Result<(), Complaint> {
    let mut keys = HashMap::new();
    let mut addresses = HashMap::new();
    for inbox in &config.inbox {
        let key = inbox.key.get_ref();
        if keys.insert(key.to_string(), ()).is_some() {
            return Err((
                Some(inbox.key.span()),
                format!("a second inbox has the key `{key}`; keys are unique"),
            ));
        }
        let address = watched(inbox, config);
        if let Some(other) = addresses.insert(address.clone(), key.to_string()) {
            let message = format!("`{address}` is already the address of inbox `{other}`");
            return Err((Some(inbox.address.span()), message));
        }
        match (inbox.original, &inbox.copy_to) {
            (model::Original::Copy, None) => {
                let message =
                    format!("inbox `{key}`: original = \"copy\" needs copy_to = \"name@example.com\"");
                return Err((Some(inbox.key.span()), message));
            }
            (model::Original::Consume | model::Original::Keep, Some(_)) => {
                let message = format!("inbox `{key}`: copy_to works only with original = \"copy\"");
                return Err((Some(inbox.key.span()), message));
            }
            _ => {}
        }
        check_assignment(inbox)?;
        super::retention::check(inbox)?;
        if let (model::Kind::Assistant, Some(reply)) = (inbox.kind, inbox.reply.first()) {
            let message = format!("inbox `{key}`: an assistant answers nobody; take the reply out");
            return Err((Some(reply.subject.span()), message));
        }
        within("reply_hours", inbox.reply_hours.into(), 1..=8760)?;
    }
    let canonical: Vec<String> = config.inbox.iter().map(|inbox| watched(inbox, config)).collect();
    for inbox in &config.inbox {
        let Some(copy_to) = &inbox.copy_to else { continue };
        let folded = crate::mail::address::canonical(copy_to, config.case_sensitive_local_parts);
        let delimiter = config.recipient_delimiter.chars().next();
        let bare = |to: &String| {
            let (local, domain) = to.rsplit_once('@')?;
            Some(format!("{}@{domain}", local.split_once(delimiter?)?.0))
        };
        let ring =
            |to: String| canonical.contains(&to) || bare(&to).is_some_and(|to| canonical.contains(&to));
        if folded.is_some_and(ring) {
            let key = inbox.key.get_ref();
            let message =
                format!("inbox `{key}`: copy_to is itself an inbox; the copy would go round in a ring");
            return Err((Some(inbox.key.span()), message));
        }
    }
    Ok(())
}

/// A rule that can never name anybody is a mistake.
fn check_assignment(inbox: &Inbox) -> Result<(), Complaint> {
    let Some(assign) = &inbox.assign else { return Ok(()) };
    let (key, rules) = (inbox.key.get_ref(), assign.get_ref());
    let complain = |what: String| Err((Some(assign.span()), format!("inbox `{key}`: assign = […] {what}")));
    let empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.is_empty());
    for (at, rule) in rules.iter().enumerate() {
        let name = rule.as_str();
        let lacks = match rule {
            _ if rules[..at].contains(rule) => return complain(format!("names `{name}` twice")),
            Rule::ContactOwner | Rule::ContactOwnerInQueue if !inbox.use_contact_owner => {
                return complain(format!("names `{name}`, which use_contact_owner = false rules out"));
            }
            Rule::AssignedTo if empty(&inbox.assigned_to) => "assigned_to = \"LOGIN\"",
            Rule::OfficeCoordinator if empty(&inbox.office) => "office = \"NAME\"",
            Rule::Queue | Rule::ContactOwnerInQueue if inbox.queue.is_empty() => "queue = [\"LOGIN\", …]",
            _ => continue,
        };
        return complain(format!("names `{name}`, which needs {lacks}"));
    }
    let of_queue = |rule: &Rule| matches!(rule, Rule::Queue | Rule::ContactOwnerInQueue);
    if !inbox.queue.is_empty() && !rules.is_empty() && !rules.iter().any(of_queue) {
        return complain("has no `queue`, so queue = […] would do nothing: add it where its turn is".into());
    }
    Ok(())
}

/// Keys stand side by side in the list of intakes.
fn check_captures(config: &Config) -> Result<(), Complaint> {
    let mut keys: HashSet<&str> = HashSet::new();
    for rule in &config.capture {
        let key: &str = rule.key.get_ref();
        let complain = |what: String| Err((Some(rule.key.span()), what));
        if config.inbox.iter().any(|inbox| **inbox.key.get_ref() == *key) {
            return complain(format!("an inbox has the key `{key}`; a capture rule needs one of its own"));
        }
        if !keys.insert(key) {
            return complain(format!("a second capture rule has the key `{key}`; keys are unique"));
        }
        let never = rule.never_domains.iter().find(|never| is_ours(never, config));
        if let Some(never) = never {
            let what = "is a domain of yours: the rule would never record anything";
            return complain(format!("capture rule `{key}`: never_domains: {never} {what}; take it out"));
        }
    }
    Ok(())
}

/// Whether mail of one of the company's own domains is mail of this domain, or of one below it.
fn is_ours(domain: &str, config: &Config) -> bool {
    config.company.domains.iter().any(|own| {
        let below = own.strip_suffix(domain);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

/// The inbox's address as recipients are compared with it.
fn watched(inbox: &Inbox, config: &Config) -> String {
    let address = inbox.address.get_ref();
    crate::mail::address::canonical(address, config.case_sensitive_local_parts)
        .unwrap_or_else(|| address.to_string())
}

impl Config {
    /// The texts of what goes out.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// What the extraction goes by.
    pub fn extract_options(&self) -> extract::Options {
        let references = self.inbox.iter().filter_map(|inbox| inbox.reference.as_ref());
        let series = self.records.prefixes.iter().chain([&self.records.lead_series]).chain(references);
        let mut code_series: Vec<String> = series.map(|prefix| prefix.to_string()).collect();
        code_series.push(TICKET_SERIES.to_owned());
        code_series.sort();
        code_series.dedup();
        extract::Options {
            default_region: Some(self.company.default_region.to_string()),
            code_series,
            own_domains: self.company.domains.iter().map(|domain| domain.to_string()).collect(),
            sources: self.source.clone(),
            own_addresses: self.inbox.iter().map(|inbox| watched(inbox, self)).collect(),
        }
    }

    /// What counts as spam, given the names of the fields that a stranger cannot forge here.
    pub fn spam_markers(&self, proven: &[String]) -> spam::Markers {
        let marker = |marker: &model::SpamMarker| spam::Marker {
            field: marker.field.to_string(),
            value: marker.value.to_string(),
        };
        spam::Markers { markers: self.spam.markers.iter().map(marker).collect(), proven: proven.to_vec() }
    }

    /// The inboxes as the rules take them.
    pub fn inbox_table(&self) -> InboxTable {
        let inboxes = self.inbox.iter().map(|inbox| self.rules_inbox(inbox)).collect();
        InboxTable::new(inboxes, self.recipient_delimiter.chars().next(), self.case_sensitive_local_parts)
    }

    /// The capture rules as the rules take them.
    pub fn captures(&self) -> Captures {
        Captures::new(self.capture.iter().map(|rule| self.capture_rule(rule)).collect())
    }

    fn capture_rule(&self, rule: &model::Capture) -> capture::Rule {
        let domains = |all: &[Domain]| all.iter().map(|domain| domain.to_string()).collect();
        let case_sensitive = self.case_sensitive_local_parts;
        let canonical = |address: &Address| crate::mail::address::canonical(address, case_sensitive);
        capture::Rule {
            key: rule.key.get_ref().to_string(),
            enabled: rule.enabled,
            users: rule.users.iter().map(|login| login.to_string()).collect(),
            direction: match rule.direction {
                model::Direction::In => capture::Direction::In,
                model::Direction::Out => capture::Direction::Out,
                model::Direction::Both => capture::Direction::Both,
            },
            contacts: match rule.contacts {
                model::Contacts::Known => capture::Contacts::Known,
                model::Contacts::All => capture::Contacts::All,
            },
            internal_domains: domains(&rule.internal_domains),
            never_addresses: rule.never_addresses.iter().filter_map(canonical).collect(),
            never_domains: domains(&rule.never_domains),
            markers: rule.markers.iter().map(|marker| marker.to_string()).collect(),
        }
    }

    fn rules_inbox(&self, inbox: &Inbox) -> inbox::Inbox {
        let key = inbox.key.get_ref().to_string();
        inbox::Inbox {
            name: if inbox.name.is_empty() { key.clone() } else { inbox.name.clone() },
            key,
            address: watched(inbox, self),
            kind: match inbox.kind {
                model::Kind::Leads => Kind::Leads,
                model::Kind::Tickets => Kind::Tickets,
                model::Kind::Assistant => Kind::Assistant,
            },
            enabled: inbox.enabled,
            original: match (inbox.original, &inbox.copy_to) {
                (model::Original::Copy, Some(to)) => Original::Copy(to.to_string()),
                (model::Original::Keep, _) => Original::Keep,
                _ => Original::Consume,
            },
            mark_copy: inbox.mark_copy,
            reference: inbox.reference.as_ref().map(|r| r.to_string()),
            unknown_code: match inbox.unknown_code {
                model::UnknownCode::Accept => UnknownCode::Accept,
                model::UnknownCode::Refuse => UnknownCode::Refuse,
            },
            record: match inbox.record {
                model::Recording::Auto => Recording::Auto,
                model::Recording::Manual => Recording::Manual,
            },
            assigned_to: inbox.assigned_to.clone().filter(|login| !login.is_empty()),
            use_contact_owner: inbox.use_contact_owner,
            office: inbox.office.clone().filter(|office| !office.is_empty()),
            assignment: Assignment {
                rules: inbox.assign.as_ref().map(|assign| assign.get_ref().clone()).unwrap_or_default(),
                queue: inbox.queue.iter().map(|login| login.to_string()).collect(),
            },
            origin: inbox.origin.clone().filter(|origin| !origin.is_empty()),
            reply_hours: inbox.reply_hours,
        }
    }
}

#[cfg(test)]
mod tests;
