//! Whom a message is about: the customers that it names, and the contacts that they are.

use super::contact::Company;
use super::facts::{Customer, Facts, MOST_LOOKED_UP, MOST_RECIPIENTS, Original, Reading};
use super::known::Known;
use crate::mail::address::{self, Mailbox};
use uuid::Uuid;

/// The way by which customers were found: it becomes the mail's source and direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The customers, at most [`MOST_RECIPIENTS`].
    pub customers: Vec<Customer>,
    /// By which way.
    pub way: Way,
    /// Whether a capture rule found them.
    pub captured: bool,
}

/// By which way customers were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A form or a source named them.
    Form,
    /// Author, or outside recipients, of the original that a user forwarded or redirected.
    Forward,
    /// A user wrote to them.
    Recipients,
    /// They wrote themselves.
    Author,
}

/// The customers of a message. `user` says whether it carries a user's authority: without it the inside of a
/// forward proves nothing, and the author is the customer.
pub fn find(facts: &Facts, reading: &Reading, user: bool, company: &Company, case_sensitive: bool) -> Found {
    let outside = |mailboxes: &[&Mailbox]| outside(mailboxes, company, case_sensitive);
    if let Some(form) = reading.form.as_ref().filter(|f| f.address.is_some() || !f.phones.is_empty()) {
        return Found { customers: vec![form.clone()], way: Way::Form, captured: false };
    }
    if user && let Some(original) = &reading.forward {
        let customers = match &original.from {
            _ if original.customer.is_some() => original.customer.iter().cloned().collect(),
            Some(from) if !outside(&[from]).is_empty() => vec![customer(from)],
            _ => outside(&recipients(original)),
        };
        return Found { customers, way: Way::Forward, captured: false };
    }
    let outside_authors = outside(&reading.from.iter().take(MOST_LOOKED_UP).collect::<Vec<_>>());
    if user && outside_authors.is_empty() {
        let customers = written_to(facts, reading, company, case_sensitive);
        return Found { customers, way: Way::Recipients, captured: false };
    }
    let way = if user { Way::Forward } else { Way::Author };
    Found { customers: authors(reading), way, captured: false }
}

/// The outside recipients, the hidden ones too.
pub fn written_to(
    facts: &Facts,
    reading: &Reading,
    company: &Company,
    case_sensitive: bool,
) -> Vec<Customer> {
    let header: Vec<&Mailbox> = reading.to.iter().chain(&reading.cc).take(MOST_LOOKED_UP).collect();
    let mut customers = outside(&header, company, case_sensitive);
    let hidden: Vec<Mailbox> = facts
        .envelope
        .rcpt_to
        .iter()
        .take(MOST_LOOKED_UP)
        .map(|rcpt| Mailbox { name: None, address: Some(rcpt.clone()) })
        .collect();
    for bcc in outside(&hidden.iter().collect::<Vec<_>>(), company, case_sensitive) {
        let same = |c: &Customer| same_address(c, &bcc, case_sensitive);
        if customers.len() < MOST_RECIPIENTS && !customers.iter().any(same) {
            customers.push(bcc);
        }
    }
    customers
}

/// The authors, and what the signature says of a single one.
pub fn authors(reading: &Reading) -> Vec<Customer> {
    let mut customers: Vec<Customer> = reading.from.iter().take(MOST_RECIPIENTS).map(customer).collect();
    if let [author] = customers.as_mut_slice() {
        author.phones.clone_from(&reading.author.phones);
        author.company.clone_from(&reading.author.company);
        if author.name.is_none() {
            author.name.clone_from(&reading.author.name);
        }
    }
    customers
}

fn recipients(original: &Original) -> Vec<&Mailbox> {
    original.to.iter().chain(&original.cc).take(MOST_LOOKED_UP).collect()
}

/// The mailboxes with an address that is not the company's own, each address once.
fn outside(mailboxes: &[&Mailbox], company: &Company, case_sensitive: bool) -> Vec<Customer> {
    let mut seen = std::collections::HashSet::new();
    mailboxes
        .iter()
        .filter(|mailbox| {
            let canonical = mailbox.address.as_deref().and_then(|a| address::canonical(a, case_sensitive));
            canonical.is_some_and(|c| !company.is_internal(&c) && seen.insert(c))
        })
        .take(MOST_RECIPIENTS)
        .map(|mailbox| customer(mailbox))
        .collect()
}

fn customer(mailbox: &Mailbox) -> Customer {
    Customer { name: mailbox.name.clone(), address: mailbox.address.clone(), ..Customer::default() }
}

fn same_address(a: &Customer, b: &Customer, case_sensitive: bool) -> bool {
    let canonical = |c: &Customer| c.address.as_deref().and_then(|a| address::canonical(a, case_sensitive));
    canonical(a) == canonical(b)
}

/// The contacts that a customer is: by address, and where there is none by phone.
pub fn contacts(customer: &Customer, known: &Known, case_sensitive: bool) -> Vec<Uuid> {
    if let Some(text) = &customer.address {
        let canonical = address::canonical(text, case_sensitive);
        return canonical.and_then(|c| known.contacts_by_address.get(&c)).cloned().unwrap_or_default();
    }
    let mut ids: Vec<Uuid> =
        customer.phones.iter().filter_map(|p| known.contacts_by_phone.get(p)).flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whether everybody whom the message names is a colleague (row B05). Somebody without an address is
/// counted as outside: a name proves nothing. Whoever gets the answers counts: a web site that writes under
/// its own name puts the customer there.
pub fn all_internal(facts: &Facts, reading: &Reading, company: &Company, case_sensitive: bool) -> bool {
    let internal =
        |text: &str| address::canonical(text, case_sensitive).is_some_and(|c| company.is_internal(&c));
    let mailboxes = reading.from.iter().chain(&reading.reply_to).chain(&reading.to).chain(&reading.cc);
    !reading.from.is_empty()
        && mailboxes.into_iter().all(|m| m.address.as_deref().is_some_and(internal))
        && facts.envelope.rcpt_to.iter().all(|rcpt| internal(rcpt))
}
