//! Mail of erased persons that is recorded after the erasure although it was received before: it waited in a spool,
//! or Postfix delivers it a second time.
//!
//! Where nobody else outside is a party, nothing is stored, and the line of intake names nobody. Other parties' mail is
//! stored without that party and waits for an administrator's decision. What an erased person writes later is new mail.

use super::facts::{Facts, MOST_LOOKED_UP};
use super::intake::{Rules, authority, stored_before};
use super::known::Known;
use super::plan::{NewIntake, Outcome, Plan};
use super::reached::reached;
use super::stored;
use crate::mail::address;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What stands where a person stood.
pub const NOBODY: &str = "(erased)";

/// The plan of such a message; none for any other.
pub fn late(facts: &Facts, known: &Known, rules: &Rules, ids: &mut dyn FnMut() -> Uuid) -> Option<Plan> {
    let repeat = stored_before(facts, known);
    let copy = repeat.as_ref().is_some_and(|mail| mail.erased);
    if known.erased.is_empty() && !copy {
        return None;
    }
    let outside = outside(facts, known, rules);
    let (erased, others): (BTreeSet<String>, BTreeSet<String>) = outside.into_iter().partition(|address| {
        known.erased.get(address).is_some_and(|&erased_at| facts.envelope.received_at <= erased_at)
    });
    if erased.is_empty() && !copy {
        return None;
    }
    let mut plan = Plan::of(facts.spool_id);
    let sole = copy || others.is_empty();
    let mail = repeat.as_ref().map_or_else(&mut *ids, |mail| mail.id);
    let user = authority(facts, &known.users, rules.policy.case_sensitive).map(|(user, _)| user);
    let known_address = |text: &str| {
        address::canonical(text, rules.policy.case_sensitive)
            .is_some_and(|canonical| erased.contains(&canonical))
    };
    if facts.envelope.inboxes.is_empty() {
        plan.dropped = Some("a party was erased");
        return Some(plan);
    }
    let (outcome, reason, cause) = match &repeat {
        _ if sole => (Outcome::Erased, "it is from before its party was erased", None),
        Some(_) => (Outcome::Duplicate, "the same message was recorded before", None),
        None => {
            (Outcome::Unresolved, "one of its parties was erased after it was received", Some("erased-party"))
        }
    };
    let stores = outcome == Outcome::Unresolved;
    let (inboxes, _) = reached(&facts.envelope.inboxes, &known.keys);
    for rcpt in inboxes.iter().map(|one| &one.rcpt) {
        let mail_from = &facts.envelope.mail_from;
        let subject = facts.reading.as_ref().ok().and_then(|reading| reading.subject.clone());
        plan.intakes.push(NewIntake {
            id: ids(),
            mail: (!sole).then_some(mail),
            inbox: rcpt.inbox.clone(),
            detail: rcpt.detail.clone().filter(|_| !sole),
            user,
            outcome,
            reason: reason.into(),
            cause,
            candidates: Vec::new(),
            assignment: None,
            owner: None,
            ceilings: Vec::new(),
            queue_id: facts.envelope.queue_id.clone(),
            door: facts.envelope.door.as_str(),
            received_at: facts.envelope.received_at,
            mail_from: if sole || known_address(mail_from) { NOBODY.into() } else { mail_from.clone() },
            subject: subject.filter(|_| !sole),
            reply: None,
        });
    }
    if stores {
        let mut stored = stored::mail(facts, mail, user, None, known, rules);
        for party in &mut stored.parties {
            if party.canonical.as_ref().is_some_and(|canonical| erased.contains(canonical)) {
                (party.name, party.address, party.canonical) = (None, None, None);
            }
        }
        if known_address(&stored.mail_from) {
            stored.mail_from = NOBODY.into();
        }
        plan.mail = Some(stored);
    }
    Some(plan)
}

/// Canonical addresses of all parties who are neither colleagues nor inboxes.
fn outside(facts: &Facts, known: &Known, rules: &Rules) -> BTreeSet<String> {
    let policy = rules.policy;
    let mut named: Vec<&str> = vec![&facts.envelope.mail_from];
    named.extend(facts.envelope.rcpt_to.iter().take(MOST_LOOKED_UP).map(String::as_str));
    if let Ok(reading) = &facts.reading {
        let original = reading.forward.as_ref();
        let lists = [
            Some(&reading.from),
            Some(&reading.to),
            Some(&reading.cc),
            original.map(|original| &original.to),
            original.map(|original| &original.cc),
        ];
        let mailboxes = lists.into_iter().flatten().flat_map(|list| list.iter().take(MOST_LOOKED_UP));
        let mailboxes = mailboxes.chain(original.and_then(|original| original.from.as_ref()));
        named.extend(mailboxes.filter_map(|mailbox| mailbox.address.as_deref()));
        let customers = reading.form.iter().chain(original.and_then(|original| original.customer.as_ref()));
        named.extend(customers.filter_map(|customer| customer.address.as_deref()));
    }
    let canonical = named.into_iter().filter_map(|text| address::canonical(text, policy.case_sensitive));
    let ours = |address: &String| {
        let domain = address.rsplit('@').next().unwrap_or_default();
        known.users.by_address.contains_key(address)
            || policy.inboxes.find(address).is_some()
            || policy.own_domains.iter().any(|own| own == domain)
    };
    canonical.filter(|address| !ours(address)).collect()
}
