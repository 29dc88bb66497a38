//! Whom the CRM would file a message under, and which addresses are never the customer's.

use super::form::{self, Lead};
use super::{Options, company, name};
use crate::mail::address::{self, Mailbox};
use crate::mail::finding::Finding;
use crate::mail::forwarded::Forward;
use crate::mail::message::Message;
use serde::Serialize;
use std::collections::HashSet;

/// The person to file under.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// Name.
    pub name: Option<String>,
    /// Mail address, as written.
    pub email: Option<String>,
    /// Telephones in E.164, extensions behind `;ext=`.
    pub phones: Vec<String>,
    /// The company named, else the domain of the address where that is a company's.
    pub company: Option<String>,
    /// The company's domain; none for mailbox providers.
    pub company_domain: Option<String>,
    /// What the customer wrote in a form.
    pub message: Option<String>,
    /// Reference of the thing asked about.
    pub reference: Option<String>,
    /// Origin: a source template's, or what the form says.
    pub source: Option<String>,
}

/// Addresses that are ours or the portal's.
#[derive(Debug, Clone, Default)]
pub struct Ours {
    addresses: HashSet<String>,
    domains: HashSet<String>,
    holder: Option<String>,
}

impl Ours {
    /// From the configuration and the header. The author's domain counts as the portal's where a machine
    /// writes; `From: ana@customer.example`, which older form plug-ins set, is the customer.
    pub fn new(message: &Message, options: &Options) -> Self {
        let mut ours = Ours::company(options);
        let canonical = |a: &str| address::canonical(a, false);
        ours.addresses.extend(message.to.iter().filter_map(|m| m.address.as_deref()).filter_map(canonical));
        if let Some(from) = message.from.first().and_then(|m| m.address.as_deref()).and_then(canonical) {
            let (local, domain) = from.rsplit_once('@').unwrap_or_default();
            let elsewhere = message
                .reply_to
                .iter()
                .filter_map(|m| m.address.as_deref())
                .filter_map(canonical)
                .any(|r| r != from);
            let machine = form::is_machine_local(local) || elsewhere || form::automated(message) >= 2;
            if machine && !company::is_free_mail(domain) {
                ours.holder = Some(company::registrable(domain).to_owned());
            }
            if form::is_machine_local(local) || elsewhere {
                ours.addresses.insert(from);
            }
        }
        ours
    }

    /// What the configuration says is the company's.
    pub fn company(options: &Options) -> Self {
        let addresses = options.own_addresses.iter().filter_map(|a| address::canonical(a, false));
        let domains = options.own_domains.iter().filter_map(|d| address::canonical_domain(d));
        Ours { addresses: addresses.collect(), domains: domains.collect(), holder: None }
    }

    /// Whether the address is one of those, or at one of the domains.
    pub fn is_companys(&self, written: &str) -> bool {
        address::canonical(written, false).is_some_and(|canonical| {
            self.addresses.contains(&canonical)
                || address::domain_of(&canonical).is_some_and(|d| self.is_own_domain(d))
        })
    }

    /// Whether the address is not a customer's.
    pub fn is(&self, written: &str) -> bool {
        let Some(canonical) = address::canonical(written, false) else { return true };
        let Some((local, domain)) = canonical.rsplit_once('@') else { return true };
        self.addresses.contains(&canonical)
            || self.is_own_domain(domain)
            || self.holder.as_deref() == Some(company::registrable(domain))
            || is_relay(local, domain)
    }

    /// Whether the domain, or one above it, is configured as ours.
    pub fn is_own_domain(&self, domain: &str) -> bool {
        let mut rest = domain;
        loop {
            if self.domains.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return false,
            }
        }
    }
}

/// Addresses made for one conversation, and those nobody reads.
pub fn is_relay(local: &str, domain: &str) -> bool {
    let squeezed: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    if squeezed.starts_with("noreply") || squeezed.starts_with("donotreply") || squeezed.ends_with("noreply")
    {
        return true;
    }
    const RELAYS: &[&str] = &[
        "reply",
        "replies",
        "relay",
        "inbound",
        "parse",
        "messaging",
        "messages",
        "guest",
        "respuesta",
        "respuestas",
        "mensajes",
        "mensagens",
        "antwort",
        "nachrichten",
        "reponse",
        "berichten",
        "chat",
        "conversation",
        "conversations",
        "privaterelay",
    ];
    let below = domain.strip_suffix(company::registrable(domain)).unwrap_or_default();
    let longest = local.split(['-', '_', '.', '+']).map(str::len).max().unwrap_or_default();
    let token = longest >= 24 && local.bytes().filter(u8::is_ascii_digit).count() >= 4;
    below.split('.').any(|label| RELAYS.contains(&label)) || token
}

/// The contact of a lead: its fields, then Reply-To, then an author who is the customer, then the subject.
pub fn of_lead(mut lead: Lead, message: &Message, ours: &Ours, explain: &mut Vec<Finding>) -> Contact {
    let reply_to = message.reply_to.iter().find(|m| m.address.as_deref().is_some_and(|a| !ours.is(a)));
    if let Some(mailbox) = reply_to {
        take(&mut lead, mailbox, "reply-to");
    }
    if lead.email.is_none()
        && let Some(author) = message.from.first()
        && author.address.as_deref().is_some_and(|a| !ours.is(a))
        && (form::automated(message) == 0 || same_name(author, lead.name.as_deref()))
    {
        take(&mut lead, author, "author");
    }
    if lead.name.is_none()
        && let Some(found) = message.subject.as_deref().and_then(form::subject::customer)
    {
        lead.explained("name-in-subject", "name", message.subject.as_deref().unwrap_or_default());
        lead.name = Some(found);
    }
    explain.append(&mut lead.explain);
    let mut contact = Contact {
        name: lead.name,
        email: lead.email,
        phones: lead.phones,
        company: lead.company,
        company_domain: None,
        message: lead.message,
        reference: lead.reference,
        source: lead.source,
    };
    add_company(&mut contact, explain);
    contact
}

/// Whether an author is the person whom the form names.
fn same_name(author: &Mailbox, name: Option<&str>) -> bool {
    let normal = |text: &str| super::labels::normal(text);
    author.name.as_deref().zip(name).is_some_and(|(a, b)| normal(a) == normal(b))
}

/// Takes address and name of a mailbox into a lead that lacks them; the name only with its own address.
fn take(lead: &mut Lead, mailbox: &Mailbox, rule: &'static str) {
    let Some(found) = mailbox.address.as_deref() else { return };
    let same = lead.email.as_deref().is_none_or(|e| e.eq_ignore_ascii_case(found));
    if lead.email.is_none() {
        lead.explained(rule, "email", found);
        lead.email = Some(found.to_owned());
    }
    if lead.name.is_none()
        && same
        && let Some(name) = mailbox.name.as_deref().and_then(name::of_value)
    {
        lead.explained(rule, "name", mailbox.name.as_deref().unwrap_or_default());
        lead.name = Some(name);
    }
}

/// The contact of a message that is no lead: the forward's original author, for the company's own mail the first
/// outside recipient, else the author. `None` if a forward does not show its author.
pub fn of_party(
    message: &Message,
    forward: Option<&Forward>,
    options: &Options,
    explain: &mut Vec<Finding>,
) -> Option<Contact> {
    if let Some(forward) = forward {
        return forward.from.as_ref().map(|from| of_mailbox(from, "forward", explain));
    }
    let author = message.from.first()?;
    let company = Ours::company(options);
    if author.address.as_deref().is_some_and(|a| company.is_companys(a)) {
        let outside = message.to.iter().chain(&message.cc);
        let mut outside = outside.filter(|m| m.address.as_deref().is_some_and(|a| !company.is_companys(a)));
        return outside.next().map(|mailbox| of_mailbox(mailbox, "recipient", explain));
    }
    Some(of_mailbox(author, "author", explain))
}

/// The contact that a mailbox names.
fn of_mailbox(mailbox: &Mailbox, rule: &'static str, explain: &mut Vec<Finding>) -> Contact {
    let mut contact = Contact {
        name: mailbox.name.clone().filter(|n| !n.trim().is_empty()),
        email: mailbox.address.clone(),
        ..Contact::default()
    };
    // A display name that only repeats the address is none.
    if contact
        .name
        .as_deref()
        .is_some_and(|n| contact.email.as_deref().is_some_and(|e| n.eq_ignore_ascii_case(e)))
    {
        contact.name = None;
    }
    if let Some(name) = &contact.name {
        explain.push(Finding::new(rule, "contact.name", name));
    }
    if let Some(email) = &contact.email {
        explain.push(Finding::new(rule, "contact.email", email));
    }
    add_company(&mut contact, explain);
    contact
}

/// The company by domain (row X19).
fn add_company(contact: &mut Contact, explain: &mut Vec<Finding>) {
    contact.company_domain = contact.email.as_deref().and_then(company::domain_of);
    if contact.company.is_none()
        && let Some(domain) = &contact.company_domain
    {
        explain.push(Finding::new("company-by-domain", "contact.company", domain));
        contact.company = Some(domain.clone());
    }
}
