//! `crmctl capture`: the rules, and what they would do with a mail. It asks the same function as the milter and the
//! worker, with the database at hand as the worker has it; it records nothing.
//!
//! Who submitted a mail does not stand in it: without `--login` and `--from` it is taken to be the user in From,
//! and the answer says so.

use super::args::capture::Capture as Verb;
use super::block;
use super::desk::Desk;
use super::exit::{DATAERR, USAGE, fault, not_found};
use super::table::Table;
use super::text::{self, Page};
use crate::config::model::Config;
use crate::crm::capture::{self, Captures, Exclusion, Header, Question, Rule};
use crate::crm::contact::Company;
use crate::crm::known::{Known, KnownUser, Users, Wanted};
use crate::crm::policy::Policy;
use crate::extract::extract_sent;
use crate::mail::address;
use crate::mail::message::{self, Message};
use crate::spool::proven::Proven;
use crate::store::Store;
use anyhow::Context;
use serde::Serialize;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Recipients and authors about whom the database is asked.
const MOST_ASKED: usize = crate::crm::facts::MOST_LOOKED_UP;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List => list(desk, &desk.config()?.captures()),
        Verb::Explain { file: Some(file), login, from, to } => {
            explain(desk, &read(&file)?, login.as_deref(), from.as_deref(), &to)
        }
        Verb::Explain { file: None, login: Some(login), .. } => cover(desk, &login),
        Verb::Explain { .. } => {
            Err(fault(USAGE, "name a message (`-` for standard input), or a user with --login LOGIN"))
        }
    }
}

/// A rule, for people and programs.
#[derive(Debug, Serialize)]
struct RuleLine {
    rule: String,
    enabled: bool,
    users: Vec<String>,
    direction: &'static str,
    contacts: &'static str,
    internal_domains: Vec<String>,
    never: Vec<String>,
    markers: Vec<String>,
}

impl From<&Rule> for RuleLine {
    fn from(rule: &Rule) -> Self {
        let domains = rule.never_domains.iter().map(|domain| format!("@{domain}"));
        RuleLine {
            rule: rule.key.clone(),
            enabled: rule.enabled,
            users: rule.users.iter().cloned().collect(),
            direction: rule.direction.as_str(),
            contacts: rule.contacts.as_str(),
            internal_domains: rule.internal_domains.iter().cloned().collect(),
            never: rule.never_addresses.iter().cloned().chain(domains).collect(),
            markers: rule.markers.clone(),
        }
    }
}

fn list(desk: &Desk, captures: &Captures) -> anyhow::Result<()> {
    let rules: Vec<RuleLine> = captures.iter().map(RuleLine::from).collect();
    desk.list(&rules, |rules| {
        let mut table =
            Table::new(&["rule", "on", "users", "direction", "contacts", "inside", "never", "markers"]);
        for rule in rules {
            let users = if rule.users.is_empty() { "all".to_owned() } else { rule.users.join(", ") };
            table.row([
                rule.rule.clone(),
                if rule.enabled { "yes" } else { "no" }.into(),
                users,
                rule.direction.into(),
                rule.contacts.into(),
                rule.internal_domains.join(", "),
                rule.never.join(", "),
                rule.markers.join(" "),
            ]);
        }
        table
    })
}

/// What a rule says.
#[derive(Debug, Serialize)]
struct Said {
    rule: String,
    captures: bool,
    /// Stable name of the reason.
    name: &'static str,
    reason: String,
}

/// What would be recorded of a mail.
#[derive(Debug, Serialize)]
struct Explained {
    /// Login of the user who submits it.
    submitted_by: Option<String>,
    /// Whether that user was taken from From.
    assumed: bool,
    mail_from: String,
    rcpt_to: Vec<String>,
    captured_by: Option<String>,
    direction: Option<&'static str>,
    /// Canonical addresses with which it would be recorded.
    recorded_with: Vec<String>,
    rules: Vec<Said>,
    unknown_logins: Vec<String>,
}

fn explain(
    desk: &Desk,
    raw: &[u8],
    login: Option<&str>,
    from: Option<&str>,
    to: &[String],
) -> anyhow::Result<()> {
    let config = desk.config()?;
    let store = desk.store()?;
    let message = message::read(raw);
    let sender = sender(&config, &message, from)?;
    let rcpt_to = recipients(&config, &message, to)?;
    let known = known(&config, &store, &message, sender.as_deref(), &rcpt_to)?;
    let policy = policy(&config, &store, &message)?;
    let user = match (login, &sender) {
        (Some(login), _) => Some(user(&known.users, login)?),
        (None, Some(author)) if from.is_none() => {
            let canonical = address::canonical(author, policy.case_sensitive);
            canonical.and_then(|author| known.users.by_address.get(&author)).copied()
        }
        _ => None,
    };
    let own = || known.users.by_id.get(&user?)?.addresses.first().cloned();
    let mail_from = sender.or_else(own).ok_or_else(|| {
        fault(DATAERR, "From names no address; say who sends it, by --login LOGIN or --from ADDRESS")
    })?;
    let facts = extract_sent(&message, mail_from.is_empty(), &config.extract_options());
    let by_machine = facts.automatic.kind != crate::mail::automatic::Kind::None;
    // A saved mail has the line of our own Postfix above it.
    let spam = config.spam_markers(&Proven::read(&config.spool).markers).find(&message, 1);
    let kind = capture::kind(facts.kind.into(), by_machine);
    let header = Header { kind, spam: spam.as_deref(), ..Header::from(&message) };
    let question = Question { user, mail_from: &mail_from, rcpt_to: &rcpt_to, header: Some(header) };
    let company = Company { policy: &policy, users: &known.users };
    let is_known = |canonical: &str| known.contacts_by_address.contains_key(canonical);
    let verdict = policy.captures.decide(&question, company, &is_known);
    let captured = verdict.first(|_| true);
    let explained = Explained {
        submitted_by: user.and_then(|user| known.users.by_id.get(&user)).map(|user| user.login.clone()),
        assumed: login.is_none() && user.is_some(),
        captured_by: captured.map(|(key, _)| key.to_owned()),
        direction: captured.map(|(_, hit)| if hit.outgoing { "out" } else { "in" }),
        recorded_with: captured.map(|(_, hit)| hit.outside.clone()).unwrap_or_default(),
        rules: verdict.rules.iter().map(|(key, result)| said(key, result.as_ref().err())).collect(),
        unknown_logins: unknown_logins(&policy.captures, &known.users),
        mail_from,
        rcpt_to,
    };
    desk.show(&explained, |explained| shown(desk, explained))
}

fn said(key: &str, exclusion: Option<&Exclusion>) -> Said {
    Said {
        rule: key.to_owned(),
        captures: exclusion.is_none(),
        name: exclusion.map_or("captured", Exclusion::name),
        reason: exclusion.map_or_else(|| "nothing excludes it".to_owned(), ToString::to_string),
    }
}

fn shown(desk: &Desk, explained: &Explained) -> String {
    let mut page = Page::default();
    let by = explained.submitted_by.as_deref().unwrap_or("nobody of ours");
    let assumed = if explained.assumed { " (assumed from From; say --login or --from)" } else { "" };
    page.field("Submitted by", format!("{by}{assumed}"));
    page.field("Sender", format!("<{}>", explained.mail_from));
    page.field("Recipients", explained.rcpt_to.join(", "));
    page.field(
        "Recorded",
        match (&explained.captured_by, explained.direction) {
            (Some(rule), Some("out")) => {
                format!("by {rule}, as written to {}", explained.recorded_with.join(", "))
            }
            (Some(rule), _) => format!("by {rule}, as written by {}", explained.recorded_with.join(", ")),
            (None, _) if explained.rules.is_empty() => "no: no [[capture]] rule is configured".into(),
            (None, _) => "no".into(),
        },
    );
    let mut page = page.finish();
    desk.section(&mut page, "Rules", &explained.rules, |rules| {
        let mut table = Table::new(&["rule", "captures", "why"]);
        for said in rules {
            let captures = if said.captures { "yes" } else { "no" };
            table.row([said.rule.clone(), captures.into(), said.reason.clone()]);
        }
        table
    });
    page + &notes(&explained.unknown_logins)
}

/// The rules that cover a user.
#[derive(Debug, Serialize)]
struct Covered {
    login: String,
    addresses: Vec<String>,
    rules: Vec<Coverage>,
    unknown_logins: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Coverage {
    covers: bool,
    reason: &'static str,
    #[serde(flatten)]
    rule: RuleLine,
}

fn cover(desk: &Desk, login: &str) -> anyhow::Result<()> {
    let captures = desk.config()?.captures();
    let known = desk.store()?.known(&Wanted::default())?;
    let id = user(&known.users, login)?;
    let coverage = |rule: &Rule| {
        let reason = match rule.covers(id, &known.users) {
            _ if !rule.enabled => "the rule is switched off",
            true if rule.users.is_empty() => "it covers all users",
            true => "it names this user",
            false => "it names other users only",
        };
        Coverage { covers: rule.enabled && rule.covers(id, &known.users), reason, rule: rule.into() }
    };
    let found = known.users.by_id.get(&id);
    let covered = Covered {
        login: found.map_or_else(|| login.to_owned(), |user: &KnownUser| user.login.clone()),
        addresses: found.map(|user| user.addresses.clone()).unwrap_or_default(),
        rules: captures.iter().map(coverage).collect(),
        unknown_logins: unknown_logins(&captures, &known.users),
    };
    desk.show(&covered, |covered| covered_page(desk, covered))
}

fn covered_page(desk: &Desk, covered: &Covered) -> String {
    let mut page = Page::default();
    page.field("User", &covered.login);
    let addresses = if covered.addresses.is_empty() {
        "none: no incoming mail counts as this user's".into()
    } else {
        covered.addresses.join(", ")
    };
    page.field("Addresses", addresses);
    if covered.rules.is_empty() {
        page.field("Rules", "none: no [[capture]] rule is configured");
    }
    let mut page = page.finish();
    desk.section(&mut page, "Rules", &covered.rules, |rules| {
        let mut table = Table::new(&["rule", "covers", "why", "direction", "contacts", "never", "markers"]);
        for Coverage { covers, reason, rule } in rules {
            table.row([
                rule.rule.clone(),
                if *covers { "yes" } else { "no" }.into(),
                (*reason).into(),
                rule.direction.into(),
                rule.contacts.into(),
                rule.never.join(", "),
                rule.markers.join(" "),
            ]);
        }
        table
    });
    if covered.rules.iter().any(|coverage| !coverage.rule.never.is_empty()) {
        page.push_str("\nWhom one rule never records, no other rule records either.\n");
    }
    page + &notes(&covered.unknown_logins)
}

fn unknown_logins(captures: &Captures, users: &Users) -> Vec<String> {
    captures.unknown_logins(users).map(|(key, login)| format!("{login} in rule {key}")).collect()
}

fn notes(unknown: &[String]) -> String {
    if unknown.is_empty() {
        return String::new();
    }
    format!("\nNo user has the login {}; see `crmctl user list`.\n", text::line(&unknown.join(", ")))
}

fn user(users: &Users, login: &str) -> anyhow::Result<Uuid> {
    let found = users.by_login.get(&login.to_lowercase()).or_else(|| users.by_sasl_login.get(login));
    found.copied().ok_or_else(|| not_found(format_args!("active user `{login}`; see `crmctl user list`")))
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    }
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).context("cannot read standard input")?;
    Ok(input)
}

/// The envelope sender: as given, or From's.
fn sender(config: &Config, message: &Message, from: Option<&str>) -> anyhow::Result<Option<String>> {
    match from.map(|from| from.trim().trim_start_matches('<').trim_end_matches('>')) {
        Some("") => Ok(Some(String::new())),
        Some(from) => checked(config, from).map(Some),
        None => Ok(message.from.iter().find_map(|author| author.address.clone())),
    }
}

fn recipients(config: &Config, message: &Message, to: &[String]) -> anyhow::Result<Vec<String>> {
    let named = message.to.iter().chain(&message.cc).filter_map(|mailbox| mailbox.address.clone());
    let all = match to {
        [] => named.collect(),
        to => to.iter().map(|to| checked(config, to)).collect::<anyhow::Result<Vec<_>>>()?,
    };
    if all.is_empty() {
        return Err(fault(DATAERR, "To and Cc name no address; say who gets it, by --to ADDRESS"));
    }
    Ok(all)
}

fn checked(config: &Config, written: &str) -> anyhow::Result<String> {
    let canonical = address::canonical(written, config.case_sensitive_local_parts);
    canonical.ok_or_else(|| fault(DATAERR, format!("`{written}` is no mail address")))
}

/// What the database knows of everybody in the mail.
fn known(
    config: &Config,
    store: &Store,
    message: &Message,
    mail_from: Option<&str>,
    rcpt_to: &[String],
) -> anyhow::Result<Known> {
    let named = [&message.from, &message.to, &message.cc];
    let named = named.into_iter().flat_map(|all| all.iter().take(MOST_ASKED));
    let named = named.filter_map(|mailbox| mailbox.address.as_deref());
    let all = named.chain(rcpt_to.iter().take(MOST_ASKED).map(String::as_str)).chain(mail_from);
    let canonical = |text: &str| address::canonical(text, config.case_sensitive_local_parts);
    let wanted = Wanted { addresses: all.filter_map(canonical).collect(), ..Wanted::default() };
    Ok(store.known(&wanted)?)
}

/// The policy as far as the decision asks for it: of the blocks, those against the author.
pub fn policy(config: &Config, store: &Store, message: &Message) -> anyhow::Result<Policy> {
    let authors = message.from.iter().take(2).filter_map(|author| author.address.as_deref());
    let authors = authors.filter_map(|a| address::canonical(a, config.case_sensitive_local_parts));
    let mut policy = Policy::of_inboxes(config.inbox_table());
    policy.lists.blocks = block::against(store, authors)?;
    policy.captures = Arc::new(config.captures());
    policy.own_domains = config.company.domains.iter().map(|domain| domain.to_string()).collect();
    policy.case_sensitive = config.case_sensitive_local_parts;
    Ok(policy)
}
