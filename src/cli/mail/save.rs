//! `crmctl mail save`: a person files what its inbox only lists, or what the rules could not decide.
//!
//! The mail is stored already; filing links it, by hand, to contacts and records that are chosen or made, and
//! resolves its lines of intake. A run that is cut short can be repeated: a contact that it made is found by then.

use super::super::args::mail::{Save, Under};
use super::super::desk::Desk;
use super::super::exit::{DATAERR, fault};
use super::super::pick;
use super::handle;
use crate::config::model::Config;
use crate::crm::card::Changes;
use crate::crm::contact::is_no_reply;
use crate::crm::plan::{Outcome, Target};
use crate::mail::address::domain_of;
use crate::store::{Error, IntakeLine, Mail, PartyLine, RecordByHand, Store};
use serde_json::json;
use uuid::Uuid;

/// What came of it.
#[derive(Debug)]
pub struct Filed {
    /// Codes and names of what the mail stands on now.
    pub under: Vec<String>,
    /// The same in a sentence with who did it.
    pub resolution: String,
    /// Lines of intake that waited.
    pub resolved: u64,
}

/// Runs the verb.
pub fn run(desk: &Desk, what: &Save) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let id = mail_of(&store, what.mail)?;
    let filed = file(&config, &store, id, &what.under)?;
    let done = json!({ "id": id, "under": filed.under, "resolved": filed.resolved });
    desk.done(&done, &format!("mail {id} {}", filed.resolution))
}

/// Refuses a contact, a record or a ticket that is not there.
pub fn check(config: &Config, store: &Store, under: &Under) -> anyhow::Result<()> {
    chosen(config, store, under).map(drop)
}

/// The contacts, and the records and tickets, that the caller named.
fn chosen(config: &Config, store: &Store, under: &Under) -> anyhow::Result<(Vec<Uuid>, Vec<Target>)> {
    let contacts = under.contacts.iter().map(|written| pick::contact(config, store, written));
    let records = under.records.iter().map(|written| match handle::target(config, store, written)? {
        Target::Contact(_) => Err(Error::NotFound { noun: "record or ticket", name: written.clone() }.into()),
        target => Ok(target),
    });
    Ok((contacts.collect::<anyhow::Result<_>>()?, records.collect::<anyhow::Result<_>>()?))
}

/// Files a stored mail.
pub fn file(config: &Config, store: &Store, id: Uuid, what: &Under) -> anyhow::Result<Filed> {
    let mail = store.mail_show(id)?;
    if let Some(spam) = mail.intakes.iter().find(|line| is_open_spam(line)) {
        let text = format!("mail {id} was taken for spam; `crmctl intake release {}` files it", spam.id);
        return Err(fault(DATAERR, text));
    }
    let outside = outside(config, &mail);
    if outside.is_empty() && what.contacts.is_empty() && all_internal(config, &mail) {
        return Err(fault(
            DATAERR,
            format!("mail {id} is not filed: it is internal, everybody in it is a colleague"),
        ));
    }
    let (mut contacts, mut targets) = chosen(config, store, what)?;
    if contacts.is_empty() {
        if outside.is_empty() {
            let text =
                format!("mail {id} names nobody outside who could be a contact; name one with --contact");
            return Err(fault(DATAERR, text));
        }
        for party in outside {
            contacts.push(contact_of(config, store, party)?);
        }
    }
    let mut names = what.records.clone();
    if let Some(kind) = &what.new {
        let (record, code) = record(store, kind, what.title.as_deref(), &mail, &contacts)?;
        targets.push(Target::Record(record));
        names.push(code);
    }
    targets.extend(contacts.iter().map(|&contact| Target::Contact(contact)));
    names.extend(store.contact_lines(&contacts)?.into_iter().map(|line| line.name));
    let by = store.acting_user()?.map_or_else(|| "an operator".to_owned(), |(_, login)| login);
    let resolution = format!("filed by {by} under {}", names.join(", "));
    let resolved = store.mail_file(id, &targets, &resolution)?;
    Ok(Filed { under: names, resolution, resolved })
}

/// The stored mail of an id; what was not stored says why.
fn mail_of(store: &Store, id: Uuid) -> anyhow::Result<Uuid> {
    match (store.mail_find(id), store.intake_show(id)) {
        (Ok(mail), _) => Ok(mail),
        (Err(_), Ok(line)) if line.outcome == Outcome::Internal.as_str() => {
            let text =
                format!("line {id} is not filed: the mail is internal, everybody in it is a colleague");
            Err(fault(DATAERR, text))
        }
        (Err(_), Ok(line)) => {
            Err(fault(DATAERR, format!("line {id} is not filed: its mail was not stored ({})", line.reason)))
        }
        (Err(error), Err(_)) => Err(error.into()),
    }
}

fn is_open_spam(line: &IntakeLine) -> bool {
    line.outcome == Outcome::Spam.as_str() && line.resolution.is_none()
}

/// Correspondents who could be contacts: the author of what came in, the recipients of what went out.
fn outside<'a>(config: &Config, mail: &'a Mail) -> Vec<&'a PartyLine> {
    let roles: &[&str] = if mail.line.direction == "in" { &["from"] } else { &["to", "cc", "bcc"] };
    let mut found: Vec<&PartyLine> = Vec::new();
    for party in mail.parties.iter().filter(|party| roles.contains(&party.role.as_str())) {
        let Some(canonical) = party.canonical.as_deref() else { continue };
        let again = found.iter().any(|other| other.canonical == party.canonical);
        if !again && !is_internal(config, party) && !is_no_reply(canonical) {
            found.push(party);
        }
    }
    found
}

fn all_internal(config: &Config, mail: &Mail) -> bool {
    let mut with_address = mail.parties.iter().filter(|party| party.canonical.is_some()).peekable();
    with_address.peek().is_some() && with_address.all(|party| is_internal(config, party))
}

/// A colleague, one of our inboxes, or of our own domains.
fn is_internal(config: &Config, party: &PartyLine) -> bool {
    let Some(canonical) = party.canonical.as_deref() else { return false };
    party.user.is_some()
        || config.inbox_table().find(canonical).is_some()
        || domain_of(canonical)
            .is_some_and(|domain| config.company.domains.iter().any(|own| own.to_string() == domain))
}

/// The contact with a correspondent's address, made if there is none.
fn contact_of(config: &Config, store: &Store, party: &PartyLine) -> anyhow::Result<Uuid> {
    let address = party.address.clone().unwrap_or_default();
    match pick::contact(config, store, &address) {
        Err(error) if matches!(error.downcast_ref(), Some(Error::NotFound { .. })) => {}
        known => return known,
    }
    let mut changes = Changes::default();
    if let Some(name) = party.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        changes.set("name", name).map_err(|wrong| fault(DATAERR, wrong))?;
    }
    let keys = pick::keys(config, &[address], &[])?;
    Ok(store.contact_add(&changes, &keys, false)?)
}

fn record(
    store: &Store,
    kind: &str,
    title: Option<&str>,
    mail: &Mail,
    contacts: &[Uuid],
) -> anyhow::Result<(Uuid, String)> {
    let subject = mail.line.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    let new = RecordByHand {
        kind: kind.to_owned(),
        title: title.or(subject).unwrap_or("(no subject)").to_owned(),
        contacts: contacts.to_vec(),
        owner: store.acting_user()?.map(|(id, _)| id),
        ..RecordByHand::default()
    };
    Ok(store.record_add(&new)?)
}
