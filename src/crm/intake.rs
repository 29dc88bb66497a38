//! The plan of one message: for each inbox that it reached, what comes of it.
//!
//! Order of the decisions: recorded before a crash, what comes back of our own mail, not understood, blocked, bounce, spam, form or source,
//! automatic, internal, authority, codes, thread, customers, exactly one open record. The first that applies
//! names the outcome; `reason` says it to people. What a message writes is collected in one [`Plan`], and
//! `known` learns it, so that the next message of the batch sees it.

mod again;
mod capture;
mod desk;
mod missed;
mod reply;
mod returned;
mod verdict;

pub use again::{Again, Stored, again};

use super::assignment::{self, Case};
use super::authority::{self, Proofs};
use super::auto_reply::PlannedReply;
use super::contact::Company;
use super::customer::{self, Found, Way};
use super::erased;
use super::facts::{Customer, Facts, Reading};
use super::filing::Filing;
use super::inbox::{Inbox, Kind, Original, Recording};
use super::known::{Known, KnownIntake, KnownMail, Users};
use super::notice;
use super::plan::{Link, NewIntake, NewNotification, Outcome, Plan, Target};
use super::policy::Policy;
use super::reached::{Reached, reached};
use super::stored;
use crate::mail::address;
use crate::mail::envelope::{Door, InboxRcpt, Released, Report};
use jiff::SignedDuration;
use uuid::Uuid;
use verdict::Verdict;

/// A message without an own Message-ID is a repeat only within this time (DESIGN: two equal form mails on two
/// days are two requests).
const REPEAT: SignedDuration = SignedDuration::from_hours(6);

/// What the rules go by.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Inboxes, blocks and own domains: the same that the doors go by.
    pub policy: &'a Policy,
    /// Series of the codes of new leads.
    pub lead_series: &'a str,
    /// Series of all our codes.
    pub code_series: &'a [String],
    /// New leads of one client, and of one source, within an hour; over it: unresolved.
    pub ceilings: Ceilings,
}

/// How many leads strangers may open within an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// By one SMTP client.
    pub client: u32,
    /// By one source, or by one inbox where no source matched.
    pub source: u32,
}

/// What one message writes; `None` if it was recorded before a crash. `ids` gives a new UUIDv7 each time.
pub fn plan(facts: &Facts, known: &mut Known, rules: &Rules, ids: &mut dyn FnMut() -> Uuid) -> Option<Plan> {
    if known.recorded.contains(&facts.spool_id) {
        return None;
    }
    if let Some(plan) = erased::late(facts, known, rules, ids) {
        known.learn(&plan, facts);
        return Some(plan);
    }
    let mut plan = Plan::of(facts.spool_id);
    let repeat = stored_before(facts, known);
    let mail = repeat.as_ref().map_or_else(&mut *ids, |mail| mail.id);
    let user = authority(facts, &known.users, rules.policy.case_sensitive).map(|(user, _)| user);
    let mark = mark(facts, user);
    let (mut inboxes, unsigned) = reached(&facts.envelope.inboxes, &known.keys);
    // What an address proves is known before the same message comes to the inbox without a detail.
    inboxes.sort_by_key(|reached| reached.proven.is_none());
    plan.unsigned = unsigned;
    let mut routes =
        Routes { facts, rules, ids, user, mark, mail, repeat, plan: &mut plan, found: None, answered: None };
    let mut stores = false;
    for reached in &inboxes {
        stores |= routes.route(reached, known);
    }
    stores |= routes.capture(stores, known);
    stores |= routes.desk(known);
    routes.missed(known);
    routes.reports();
    let Routes { repeat, found, .. } = routes;
    if stores && repeat.is_none() {
        plan.mail = Some(stored::mail(facts, mail, user, found.as_ref(), known, rules));
    }
    if !stores {
        plan.links.clear();
    }
    if facts.envelope.door.is_by_hand() {
        plan.notifications.clear();
    }
    plan.turns = std::mem::take(&mut known.turns);
    known.learn(&plan, facts);
    Some(plan)
}

/// The stored mail that this message is.
pub(super) fn stored_before(facts: &Facts, known: &Known) -> Option<KnownMail> {
    let Some(released) = &facts.envelope.released else {
        return known.mails.get(&facts.fingerprint).filter(|mail| is_repeat(mail, facts)).cloned();
    };
    // Its fingerprint may lead to a later mail by now, if it has no Message-ID of its sender's.
    let intakes = known.released.get(&released.mail).cloned().unwrap_or_default();
    Some(KnownMail { id: released.mail, received_at: facts.envelope.received_at, intakes, erased: false })
}

/// The field that marks the message as spam. A user's own mail is not judged, nor what a person has released.
fn mark(facts: &Facts, user: Option<Uuid>) -> Option<&str> {
    let judged = user.is_none() && facts.envelope.released.is_none();
    facts.reading.as_ref().ok().filter(|_| judged)?.spam.as_deref()
}

/// The user whose authority the message carries, and what proves it. What was taken for spam had none, and gets
/// none by being released.
pub(super) fn authority(facts: &Facts, users: &Users, case_sensitive: bool) -> Option<(Uuid, &'static str)> {
    if facts.envelope.released.is_some() {
        return None;
    }
    if facts.envelope.door.is_by_hand() {
        return desk::authority(facts, users, case_sensitive);
    }
    let proofs = Proofs::from(&facts.envelope);
    authority::submitting_user(proofs, users).or_else(|| {
        let author = facts.reading.as_ref().ok()?.proven_author.as_ref()?;
        let user = users.by_address.get(author).filter(|_| authority::dmarc_may_prove(proofs));
        user.map(|&user| (user, "DMARC"))
    })
}

fn is_repeat(mail: &KnownMail, facts: &Facts) -> bool {
    !facts.anonymous
        || facts.envelope.received_at.duration_since(mail.received_at).abs() <= REPEAT
        // The door may be late by more than that.
        || mail.intakes.iter().any(|intake| other_door(intake, facts))
}

/// Whether that intake is of the same arrival, seen at the other door.
fn other_door(intake: &KnownIntake, facts: &Facts) -> bool {
    let queue_id = &facts.envelope.queue_id;
    queue_id.is_some() && intake.queue_id == *queue_id && intake.door != facts.envelope.door
}

/// The state while the inboxes of one message are gone through.
struct Routes<'a> {
    facts: &'a Facts,
    rules: &'a Rules<'a>,
    ids: &'a mut dyn FnMut() -> Uuid,
    user: Option<Uuid>,
    mark: Option<&'a str>,
    mail: Uuid,
    repeat: Option<KnownMail>,
    plan: &'a mut Plan,
    found: Option<Found>,
    /// The ticket that the message answers by the address of another route.
    answered: Option<Uuid>,
}

impl Routes<'_> {
    /// Plans one route and says whether the mail is to be stored for it.
    fn route(&mut self, reached: &Reached, known: &mut Known) -> bool {
        let rcpt = &reached.rcpt;
        if self.same_arrival(rcpt) {
            return false;
        }
        if self.came_before(rcpt) {
            let mut verdict = Verdict::stored(Outcome::Duplicate, "the same message was recorded before");
            if let Some(inbox) = self.rules.policy.inboxes.by_key(&rcpt.inbox) {
                self.reply(inbox, rcpt, &mut verdict, &Filing::default(), known);
            }
            self.intake(rcpt, verdict, Filing::default());
            return false;
        }
        if let Ok(reading) = &self.facts.reading
            && let Some((verdict, filing)) = self.returned(reached, reading, known)
        {
            self.intake(rcpt, verdict, filing);
            return true;
        }
        let rules = self.rules;
        let Some(inbox) = rules.policy.inboxes.by_key(&rcpt.inbox) else {
            let reason = format!("no inbox `{}` is configured any more", rcpt.inbox);
            self.intake(rcpt, Verdict::unresolved("unknown-inbox", reason), Filing::default());
            return true;
        };
        let reading = match &self.facts.reading {
            Ok(reading) => reading,
            Err(reason) => {
                self.intake(rcpt, Verdict::stored(Outcome::Failed, reason), Filing::default());
                return true;
            }
        };
        let (mut verdict, filing) = match self.before_filing(inbox, rcpt, reading, known) {
            Some(verdict) => (verdict, Filing::default()),
            None => self.file(inbox, reached, reading, known),
        };
        self.reply(inbox, rcpt, &mut verdict, &filing, known);
        let stores = verdict.stores;
        match verdict.outcome {
            Outcome::Bounce => self.hearsay(reading, stores, known),
            Outcome::Recorded | Outcome::Unresolved => self.heard(reading, known),
            _ => {}
        }
        self.intake(rcpt, verdict, filing);
        stores
    }

    /// Whether this mail reached this inbox before, on the same authority. What was taken for spam then does not
    /// swallow what is not taken for it now.
    fn came_before(&self, rcpt: &InboxRcpt) -> bool {
        let judged_alike = |intake: &KnownIntake| self.mark.is_some() || !intake.spam;
        self.routes_to(rcpt).any(|intake| intake.user == self.user && judged_alike(intake))
    }

    /// With `original = "keep"` both doors see one arrival, which has one queue id: the second adopts and lists
    /// nothing, whatever authority the doors could see.
    fn same_arrival(&self, rcpt: &InboxRcpt) -> bool {
        let inbox = self.rules.policy.inboxes.by_key(&rcpt.inbox);
        inbox.is_some_and(|inbox| inbox.original == Original::Keep)
            && self.routes_to(rcpt).any(|intake| other_door(intake, self.facts))
    }

    fn routes_to(&self, rcpt: &InboxRcpt) -> impl Iterator<Item = &KnownIntake> {
        let routes = self.repeat.iter().flat_map(|mail| &mail.intakes);
        routes.filter(|intake| intake.inbox == rcpt.inbox && intake.detail == rcpt.detail)
    }

    fn company<'k>(&'k self, known: &'k Known) -> Company<'k> {
        Company { policy: self.rules.policy, users: &known.users }
    }

    /// Files the mail: codes, thread, customers, records.
    fn file(
        &mut self,
        inbox: &Inbox,
        reached: &Reached,
        reading: &Reading,
        known: &mut Known,
    ) -> (Verdict, Filing) {
        let rules = self.rules;
        let found = customer::find(
            self.facts,
            reading,
            self.user.is_some(),
            &self.company(known),
            rules.policy.case_sensitive,
        );
        let mut filing = Filing::by(found.way);
        filing.without_lead = self.is_history();
        filing.codes(reached, reading, &found, self.user.is_some(), known, rules);
        if filing.is_unverified() {
            return self.unverified(inbox, found, filing, known);
        }
        filing.thread(reading, &found, known, rules);
        filing.reference(&found, known);
        if inbox.record == Recording::Manual {
            self.found = Some(found);
            let verdict = Verdict::unresolved("manual", "this inbox only lists its mail; a user files it");
            let mut listed = Filing::default();
            listed.candidates.extend(filing.answer.iter().map(|answer| answer.target));
            return (verdict, listed);
        }
        let several_authors = found.way == Way::Author && found.customers.len() > 1;
        if several_authors {
            filing.doubt("several-authors", "From names several authors");
        } else {
            for customer in &found.customers {
                self.customer(inbox, customer, &found, &mut filing, known);
            }
        }
        if found.customers.is_empty() && filing.targets.is_empty() {
            filing.doubt("no-customer", "no customer's address could be found");
        }
        // An answer stays where its address says: one to a ticket reopens it whatever the inbox is for, and one to a
        // record opens no ticket.
        let answered = filing.answer.as_ref().map(|answer| answer.target);
        let to_ticket = match answered {
            Some(target) => matches!(target, Target::Ticket(_)),
            None => inbox.kind == Kind::Tickets,
        };
        if to_ticket && !several_authors {
            self.ticket(inbox, reading, &mut filing, known);
        }
        self.found = Some(found);
        let verdict = match filing.doubt.take() {
            Some((cause, reason)) => Verdict::unresolved(cause, reason),
            None => Verdict::stored(Outcome::Recorded, filing.done()),
        };
        (verdict, filing)
    }

    /// The signed address of a ticket or record, and somebody who is no party to it: the mail is put there, the owner
    /// is told, and nothing else comes of it. No contact, as a card would make them somebody; nothing reopened, as
    /// anybody whom the address was handed on to could do that.
    fn unverified(
        &mut self,
        inbox: &Inbox,
        found: Found,
        mut filing: Filing,
        known: &mut Known,
    ) -> (Verdict, Filing) {
        let ticket_owner = filing.ticket_owners.first().map(|(_, owner)| *owner);
        filing.owner = match ticket_owner {
            Some(owner) => (Some(owner), "owner: the ticket's owner".into()),
            None => self.owner(inbox, None, false, &filing, known),
        };
        self.found = Some(found);
        let verdict = match filing.doubt.take() {
            Some((cause, reason)) => Verdict::unresolved(cause, reason),
            None => Verdict::stored(Outcome::Recorded, filing.done()),
        };
        (verdict, filing)
    }

    /// Finds or makes the contact of one customer, and the record that the mail belongs to.
    fn customer(
        &mut self,
        inbox: &Inbox,
        customer: &Customer,
        found: &Found,
        filing: &mut Filing,
        known: &mut Known,
    ) {
        let rules = self.rules;
        match customer::contacts(customer, known, rules.policy.case_sensitive).as_slice() {
            [] => {
                let canonical = customer
                    .address
                    .as_deref()
                    .and_then(|a| address::canonical(a, rules.policy.case_sensitive));
                if canonical.is_none() && customer.phones.is_empty() {
                    return filing.doubt("no-address", "the customer has neither an address nor a phone");
                }
                let excluded = canonical.as_ref().and_then(|c| self.company(known).excluded(c));
                if let (Some(why), Some(canonical)) = (excluded, &canonical) {
                    return filing
                        .doubt("excluded-address", &format!("{canonical} is made no contact: {why}"));
                }
                if let Some(full) = self.ceiling(inbox, customer, known) {
                    return filing.doubt("ceiling", &full);
                }
                let owner = self.owner(inbox, None, true, filing, known);
                filing.new_contact(
                    self.plan, self.ids, known, inbox, customer, canonical, &owner, found, rules, self.facts,
                );
            }
            [contact] => {
                let contact = *contact;
                let contact_owner = known.contacts.get(&contact).and_then(|c| c.owner);
                filing.owner = self.owner(inbox, contact_owner, false, filing, known);
                let active = contact_owner.filter(|owner| known.users.by_id.contains_key(owner));
                filing.contact_owner = filing.contact_owner.or(active.map(|owner| (contact, owner)));
                filing.known_contact(contact, inbox, known);
            }
            several => {
                filing.candidates.extend(several.iter().copied().map(Target::Contact));
                filing.doubt("shared-address", "several contacts have this address or telephone");
            }
        }
    }

    /// Why this stranger may open no further lead now.
    fn ceiling(&self, inbox: &Inbox, customer: &Customer, known: &Known) -> Option<String> {
        let envelope = &self.facts.envelope;
        if self.user.is_some() || envelope.door.is_by_hand() || envelope.released.is_some() {
            return None;
        }
        let limits = self.rules.ceilings;
        let keys = ceiling_keys(self.facts, customer, inbox);
        let (client, source) = (keys.0.as_ref(), &keys.1);
        let count = |key: &String| known.recent_leads.get(key).copied().unwrap_or(0);
        if client.is_some_and(|key| count(key) >= limits.client) {
            return Some(format!("too many leads: this SMTP client opened {} within an hour", limits.client));
        }
        (count(source) >= limits.source)
            .then(|| format!("too many leads: {source} opened {} within an hour", limits.source))
    }

    fn owner(
        &self,
        inbox: &Inbox,
        contact_owner: Option<Uuid>,
        opens: bool,
        filing: &Filing,
        known: &mut Known,
    ) -> (Option<Uuid>, String) {
        let case = Case { contact_owner, record_owner: filing.record_owner(known), filer: self.user, opens };
        assignment::owner(inbox, &case, known)
    }

    /// Opens a ticket unless the mail belongs to one; an answer of its author reopens a solved one, and to a closed
    /// one opens another that names it.
    fn ticket(&mut self, inbox: &Inbox, reading: &Reading, filing: &mut Filing, known: &mut Known) {
        // What was imported was said long ago.
        let imported = self.facts.envelope.door == Door::Import;
        let answers = filing.way == Some(Way::Author) && !imported;
        let follows = if answers { filing.leave_closed(known) } else { None };
        let tickets: Vec<Uuid> = filing.tickets().collect();
        if let Some(Target::Ticket(ticket)) = filing.answer.as_ref().map(|answer| answer.target) {
            self.answered = Some(ticket).filter(|ticket| tickets.contains(ticket));
        }
        if tickets.is_empty() {
            if let Some(ticket) = self.answered {
                filing.same_ticket(ticket);
            } else if let Some(opened) = self.plan.tickets.iter().find(|ticket| ticket.inbox == inbox.key) {
                filing.same_ticket(opened.id);
            } else if self.is_history() {
                // Only those that are there.
            } else if filing.doubt.is_none() || !filing.targets.is_empty() || follows.is_some() {
                if !filing.made {
                    let contact_owner = filing.contact_owner.map(|(_, owner)| owner);
                    filing.owner = self.owner(inbox, contact_owner, true, filing, known);
                }
                filing.new_ticket(self.plan, self.ids, inbox, reading, follows);
            }
            return;
        }
        if !answers {
            return;
        }
        let solved = known.tickets_by_code.values().filter(|t| t.solved && tickets.contains(&t.id));
        let solved: Vec<Uuid> = solved.map(|t| t.id).chain(filing.solved.iter().copied()).collect();
        for ticket in solved {
            if !self.plan.reopened.contains(&ticket) {
                self.plan.reopened.push(ticket);
            }
        }
    }

    /// Writes the intake line, the links and the owner's news.
    fn intake(&mut self, rcpt: &InboxRcpt, verdict: Verdict, filing: Filing) {
        let envelope = &self.facts.envelope;
        let subject = self.facts.reading.as_ref().ok().and_then(|reading| reading.subject.clone());
        let mail = verdict.stores.then_some(self.mail);
        let done = filing.done();
        let unverified = filing.is_unverified();
        for &target in &filing.targets {
            let link = Link { mail: self.mail, target };
            if !self.plan.links.contains(&link) {
                self.plan.links.push(link);
                if unverified {
                    self.plan.unverified.push(link);
                }
            }
        }
        let (owner, assignment) = filing.owner;
        let target = filing.targets.first().copied();
        // One message is one piece of news, by however many details behind the delimiter it came.
        let told = |user: Uuid| self.plan.notifications.iter().any(|n| n.user == user && n.target == target);
        let news = owner.filter(|&user| Some(user) != self.user && mail.is_some() && !told(user));
        if let Some(user) = news {
            self.plan.notifications.push(NewNotification {
                id: (self.ids)(),
                user,
                kind: if filing.made { "assigned" } else { "news" },
                target,
                mail,
                text: filing.news.clone().unwrap_or_else(|| verdict.reason.clone()),
            });
        }
        // The contact's owner hears of it, whoever it goes to (row W09), and so does the ticket's.
        let of_contact = filing.contact_owner.map(|(contact, user)| (Target::Contact(contact), user));
        let of_tickets = filing.ticket_owners.iter().map(|&(ticket, user)| (Target::Ticket(ticket), user));
        for (target, user) in of_contact.into_iter().chain(of_tickets) {
            let told = self.plan.notifications.iter().any(|n| n.user == user && n.mail == mail);
            let hears = Some(user) != owner && Some(user) != self.user && mail.is_some() && !told;
            if let Some(text) = filing.news.clone().filter(|_| hears) {
                let (id, target) = ((self.ids)(), Some(target));
                self.plan.notifications.push(NewNotification { id, user, kind: "news", target, mail, text });
            }
        }
        if let Some(user) = self.user.filter(|_| verdict.is_users_matter()) {
            let (why, series) = (&verdict.reason, self.rules.lead_series);
            let text = notice::unfiled(subject.as_deref(), &rcpt.rcpt_to, why, &done, series);
            self.tell(user, "unresolved", mail, text);
        }
        let reason = reason(&verdict, &done, envelope.released.as_ref());
        let id = (self.ids)();
        self.plan.letters.extend(verdict.letter.map(|letter| PlannedReply { intake: id, ..letter }));
        self.plan.intakes.push(NewIntake {
            id,
            mail,
            inbox: rcpt.inbox.clone(),
            detail: rcpt.detail.clone(),
            user: self.user,
            outcome: verdict.outcome,
            reason,
            cause: verdict.cause,
            reply: verdict.reply,
            candidates: filing.candidates,
            assignment: (!assignment.is_empty()).then_some(assignment),
            owner,
            ceilings: filing.ceilings,
            queue_id: envelope.queue_id.clone(),
            door: envelope.door.as_str(),
            received_at: envelope.received_at,
            mail_from: envelope.mail_from.clone(),
            subject,
        });
    }

    /// Tells the submitting user what their session came upon (row W12). A proof that ended meanwhile leaves
    /// nobody to tell.
    fn reports(&mut self) {
        let Some(user) = self.user else { return };
        let subject = self.facts.reading.as_ref().ok().and_then(|reading| reading.subject.as_deref());
        let received_at = self.facts.envelope.received_at;
        for report in self.facts.envelope.reports.iter().filter(|r| r.what != Report::MISSED) {
            self.tell(user, "unwanted", None, notice::unwanted(subject, received_at, report));
        }
    }

    fn tell(&mut self, user: Uuid, kind: &'static str, mail: Option<Uuid>, text: String) {
        let id = (self.ids)();
        self.plan.notifications.push(NewNotification { id, user, kind, target: None, mail, text });
    }
}

/// The reason of a line: what waits for a person says also what was done already.
fn reason(verdict: &Verdict, done: &str, released: Option<&Released>) -> String {
    let by = released.map_or_else(String::new, |released| format!("released by {}: ", released.by));
    let done = match verdict.outcome {
        Outcome::Unresolved if !done.is_empty() => format!("; done already: {done}"),
        _ => String::new(),
    };
    format!("{by}{}{done}", verdict.reason)
}

/// The keys under which new leads of strangers are counted: the client's, and the source's or inbox's.
pub fn ceiling_keys(facts: &Facts, customer: &Customer, inbox: &Inbox) -> (Option<String>, String) {
    let client = facts.envelope.client_address.map(|address| format!("client {}", address.to_canonical()));
    let source = match &customer.source {
        Some(source) => format!("source {source}"),
        None => format!("inbox {}", inbox.key),
    };
    (client, source)
}
