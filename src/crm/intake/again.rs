//! A stored mail planned again, with the present rules and templates.
//!
//! Only what is added comes of it. A route that waits for a person, or of which nothing came because the message was
//! not understood or taken for a machine's, is planned as if it had come today. One that was recorded keeps what
//! came of it; it may get links to what its codes, its thread and its customers say, and to nothing newer: that its
//! contact has one open record today does not mean that the mail of last year was about it. Nothing is opened for it.

use super::{Routes, Rules, mark};
use crate::crm::customer;
use crate::crm::facts::{Customer, Facts};
use crate::crm::known::{Known, KnownMail};
use crate::crm::plan::{Outcome, Plan, Target};
use crate::crm::reached::Reached;
use std::collections::HashSet;
use uuid::Uuid;

/// What is known of a stored mail and of one route of it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The mail.
    pub mail: Uuid,
    /// The user on whose authority it came.
    pub user: Option<Uuid>,
    /// What came of it.
    pub outcome: Outcome,
    /// Somebody has decided about it.
    pub decided: bool,
    /// What it stands on, and what somebody has taken it off.
    pub settled: HashSet<Target>,
}

impl Stored {
    /// Whether all of it is planned anew.
    pub fn is_open(&self) -> bool {
        !self.decided && matches!(self.outcome, Outcome::Unresolved | Outcome::Automatic | Outcome::Failed)
    }
}

/// What comes of planning it again.
#[derive(Debug)]
pub struct Again {
    /// What it adds; its one line says what came of it now.
    pub plan: Plan,
    /// Contacts that there are, with what the message says of them today.
    pub contacts: Vec<(Uuid, Customer)>,
}

/// Plans one route of a stored mail again. The facts name that route alone.
pub fn again(
    facts: &Facts,
    stored: &Stored,
    known: &mut Known,
    rules: &Rules,
    ids: &mut dyn FnMut() -> Uuid,
) -> Again {
    // Neither is for what is old: no ceiling, no turn of a queue without a lead.
    known.recent_leads.clear();
    if !stored.is_open() {
        known.open_records.clear();
    }
    let received_at = facts.envelope.received_at;
    let repeat = Some(KnownMail { id: stored.mail, received_at, intakes: Vec::new(), erased: false });
    let mut plan = Plan::of(facts.spool_id);
    let mark = mark(facts, stored.user);
    let (user, mail) = (stored.user, stored.mail);
    let mut routes =
        Routes { facts, rules, ids, user, mark, mail, repeat, plan: &mut plan, found: None, answered: None };
    for rcpt in &facts.envelope.inboxes {
        // What its address proved is no longer known: the line keeps the code alone.
        routes.route(&Reached::plain(rcpt.clone()), known);
    }
    let found = routes.found.take();
    plan.notifications.clear();
    // What is old is answered by nobody.
    plan.letters.clear();
    plan.intakes.iter_mut().for_each(|intake| intake.reply = None);
    plan.reopened.clear();
    let recorded = plan.intakes.iter().any(|intake| intake.outcome == Outcome::Recorded);
    if !stored.is_open() || !recorded {
        let made: HashSet<Uuid> = (plan.contacts.iter().map(|contact| contact.id))
            .chain(plan.records.iter().map(|record| record.id))
            .chain(plan.tickets.iter().map(|ticket| ticket.id))
            .collect();
        plan.links.retain(|link| {
            let (Target::Contact(id) | Target::Record(id) | Target::Ticket(id)) = link.target;
            !made.contains(&id)
        });
        plan.contacts.clear();
        plan.records.clear();
        plan.tickets.clear();
    } else {
        plan.turns = std::mem::take(&mut known.turns);
    }
    plan.links.retain(|link| !stored.settled.contains(&link.target));
    let stands = |contact: &Uuid| {
        let target = Target::Contact(*contact);
        stored.settled.contains(&target) || plan.links.iter().any(|link| link.target == target)
    };
    let case_sensitive = rules.policy.case_sensitive;
    let customers = found.into_iter().flat_map(|found| found.customers);
    let contacts = customers.filter_map(|customer| {
        match customer::contacts(&customer, known, case_sensitive).as_slice() {
            [contact] if stands(contact) => Some((*contact, customer)),
            _ => None,
        }
    });
    let contacts = contacts.filter(|(id, _)| plan.contacts.iter().all(|new| new.id != *id)).collect();
    Again { plan, contacts }
}
