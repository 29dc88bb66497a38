//! The route of captured mail (row R07): decided anew by the whole reading and the database, then filed with the
//! outsiders that the rule is about.
//!
//! What is not captured after all leaves nothing: the milter may have taken a stranger for a contact, and the
//! configuration may have become stricter.
//!
//! Nobody asked for this mail to be filed, and that is the difference to every inbox. It opens no lead, with
//! `contacts = "all"` neither: a lead says that somebody wants something of the company, which the customer says by
//! writing to an inbox and a colleague by filing; of the plumber in a colleague's mailbox nobody does. It is no
//! news to anybody, as its user has it in the mailbox. And it asks nobody to decide: where several records could
//! be meant it stands on the contact, and the reason says so. Only what could be linked to nothing is unresolved.

use super::{Routes, Verdict};
use crate::crm::authority::{self, Proofs};
use crate::crm::capture::{Exclusion, Header, Hit, Question};
use crate::crm::customer::{self, Found, Way};
use crate::crm::facts::{Customer, Reading};
use crate::crm::filing::Filing;
use crate::crm::inbox::{Inbox, Original};
use crate::crm::known::Known;
use crate::crm::plan::{Outcome, Target};
use crate::mail::address;
use crate::mail::envelope::InboxRcpt;
use uuid::Uuid;

impl Routes<'_> {
    /// Plans the route and says whether the mail is to be stored for it; `stored` says whether it is already.
    pub(super) fn capture(&mut self, stored: bool, known: &mut Known) -> bool {
        let (facts, rules) = (self.facts, self.rules);
        let envelope = &facts.envelope;
        if envelope.capture.is_empty() {
            return false;
        }
        let Ok(reading) = &facts.reading else {
            self.plan.dropped = Some("not-understood");
            return false;
        };
        let user = authority::submitting_user(Proofs::from(envelope), &known.users).map(|(user, _)| user);
        let header = Some(Header::from(reading));
        let question = Question { user, mail_from: &envelope.mail_from, rcpt_to: &envelope.rcpt_to, header };
        let is_known = |canonical: &str| known.contacts_by_address.contains_key(canonical);
        let verdict = rules.policy.captures.decide(&question, self.company(known), &is_known);
        let named = |key: &str| envelope.capture.iter().any(|named| named == key);
        let Some((key, hit)) = verdict.first(named) else {
            let why = verdict
                .rules
                .iter()
                .find(|(key, _)| named(key))
                .and_then(|(_, result)| result.as_ref().err());
            self.plan.dropped = Some(why.map_or("no-such-rule", Exclusion::name));
            return false;
        };
        let found = self.outsiders(hit, reading, known);
        // A user whom only DMARC proves did not submit it here.
        let by_dmarc = std::mem::replace(&mut self.user, user);
        let notices = self.plan.notifications.len();
        let inbox = inbox(key);
        let rcpt = InboxRcpt { inbox: key.to_owned(), detail: None, rcpt_to: String::new() };
        let mut filing = self.file_captured(&inbox, &rcpt, hit, reading, &found, known);
        let verdict = match filing.doubt.take() {
            _ if self.came_before(&rcpt) => {
                Verdict::stored(Outcome::Duplicate, "the same message was captured before")
            }
            Some((cause, reason)) if filing.targets.is_empty() => Verdict::unresolved(cause, reason),
            Some((_, reason)) => Verdict::stored(Outcome::Recorded, format!("{}; {reason}", filing.done())),
            None => Verdict::stored(Outcome::Recorded, filing.done()),
        };
        self.intake(&rcpt, verdict, filing);
        self.plan.notifications.truncate(notices);
        self.user = by_dmarc;
        if !stored {
            self.found = Some(found);
        }
        true
    }

    /// Those outside with whom the mail is recorded.
    fn outsiders(&self, hit: &Hit, reading: &Reading, known: &Known) -> Found {
        let case_sensitive = self.rules.policy.case_sensitive;
        let (mut customers, way) = if hit.outgoing {
            let company = self.company(known);
            (customer::written_to(self.facts, reading, &company, case_sensitive), Way::Recipients)
        } else {
            (customer::authors(reading), Way::Author)
        };
        customers.retain(|customer| {
            let canonical = customer.address.as_deref().and_then(|a| address::canonical(a, case_sensitive));
            canonical.is_some_and(|canonical| hit.outside.contains(&canonical))
        });
        Found { customers, way, captured: true }
    }

    fn file_captured(
        &mut self,
        inbox: &Inbox,
        rcpt: &InboxRcpt,
        hit: &Hit,
        reading: &Reading,
        found: &Found,
        known: &mut Known,
    ) -> Filing {
        let rules = self.rules;
        let mut filing = Filing::by(found.way);
        filing.without_lead = true;
        filing.codes(rcpt, reading, found, hit.outgoing, known, rules);
        filing.thread(reading, found, known, rules);
        let owner = (Some(hit.user), "owner: the user whose mail it is".to_owned());
        for customer in &found.customers {
            match customer::contacts(customer, known, rules.policy.case_sensitive).as_slice() {
                [contact] => filing.known_contact(*contact, inbox, known),
                [] => self.new_captured(inbox, customer, &owner, found, &mut filing, known),
                several => {
                    filing.candidates.extend(several.iter().copied().map(Target::Contact));
                    filing.doubt("shared-address", "several contacts share the address");
                }
            }
        }
        filing
    }

    fn new_captured(
        &mut self,
        inbox: &Inbox,
        customer: &Customer,
        owner: &(Option<Uuid>, String),
        found: &Found,
        filing: &mut Filing,
        known: &mut Known,
    ) {
        let rules = self.rules;
        if let Some(full) = self.ceiling(inbox, customer, known) {
            return filing.doubt("ceiling", &full);
        }
        let written = customer.address.as_deref();
        let canonical = written.and_then(|a| address::canonical(a, rules.policy.case_sensitive));
        let (plan, ids) = (&mut *self.plan, &mut *self.ids);
        filing.new_contact(plan, ids, known, inbox, customer, canonical, owner, found, rules, self.facts);
    }
}

/// A rule as the filing takes it: an inbox of its key, where nothing is said but whose the mail is.
fn inbox(key: &str) -> Inbox {
    Inbox { original: Original::Keep, ..Inbox::new(key, "") }
}
