//! `crmctl reprocess`: stored mail is read again with the present configuration, and what is found now and was not
//! found then is shown, and with `--apply` added.
//!
//! Mails are taken one by one, each in a transaction of its own: nothing is held but one. Only additions are made
//! ([`crate::crm::intake::again`]); what a person has decided, linked, unlinked or locked stays as it is, and the
//! stored mail never changes. A second run finds nothing more. Mail that was erased is passed over. Each change is in
//! the audit with whoever ran this.

use super::args::reprocess::Reprocess;
use super::desk::Desk;
use super::exit::{NOPERM, fault};
use super::pick::{self, Way};
use super::{capture, text};
use crate::config::model::Config;
use crate::crm::facts::{Customer, Facts, Reading};
use crate::crm::intake::{Again, Ceilings, Rules, Stored, again};
use crate::crm::known::{Known, Wanted};
use crate::crm::plan::{Outcome, Target};
use crate::crm::policy::Policy;
use crate::crm::reading;
use crate::extract;
use crate::mail::envelope::{Door, Envelope, InboxRcpt};
use crate::mail::message;
use crate::store::{
    Addition, ContactLine, Error, Fill, IntakeLine, Mail, MailFilter, MailOrder, MailPage, Store,
};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// Ids taken at a time.
const PORTION: i32 = 200;
/// Attempts against what others write at the same moment.
const ATTEMPTS: u32 = 5;

/// What was found in one route of a mail.
#[derive(Debug, Serialize)]
struct Difference {
    mail_id: Uuid,
    subject: Option<String>,
    inbox: String,
    /// What came of it then, and what comes of it now.
    outcome: [String; 2],
    /// Why now.
    reason: String,
    /// What is added, in words.
    adds: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    mails: u64,
    changed: u64,
    /// Erased, locked, or of an inbox that is not configured any more.
    passed_over: u64,
    applied: bool,
}

/// What all mails are read by.
struct Reader<'a> {
    desk: &'a Desk,
    config: Config,
    store: Store,
    options: extract::Options,
    apply: bool,
    differences: bool,
}

/// Runs the verb.
pub fn run(desk: &Desk, what: &Reprocess) -> anyhow::Result<()> {
    if desk.user().is_some() {
        let text = "stored mail is read again for everybody: leave out --as, it is the operator's";
        return Err(fault(NOPERM, text));
    }
    let (config, store) = (desk.config()?, desk.store()?);
    let options = config.extract_options();
    let mut reader = Reader { desk, config, store, options, apply: what.apply, differences: false };
    let mut summary = Summary { applied: what.apply, ..Summary::default() };
    if desk.json {
        desk.print("[")?;
    }
    if let Some(mail) = what.mail {
        let mail = reader.store.mail_find(mail)?;
        reader.mail(mail, &mut summary)?;
    } else {
        let filter = MailFilter {
            inbox: what.inbox.clone(),
            source: what.source.clone(),
            since: what.since.as_deref().map(|when| pick::when(desk, when, Way::Back)).transpose()?,
            ..MailFilter::default()
        };
        let mut page = MailPage { order: MailOrder::Received, newest: false, after: None, limit: PORTION };
        loop {
            let ids = reader.store.mail_select(&filter, &page)?;
            let Some(last) = ids.last() else { break };
            page.after = Some(*last);
            for mail in ids {
                reader.mail(mail, &mut summary)?;
            }
        }
    }
    let line = sentence(&summary);
    if desk.json {
        let comma = if reader.differences { "," } else { "" };
        return desk.print(&format!("{comma}\n{}]\n", text::json(&serde_json::to_string(&summary)?)));
    }
    desk.print(&format!("{line}\n"))
}

fn sentence(summary: &Summary) -> String {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let read = text::count(count(summary.mails), "mail was", "mails were");
    let changed = text::count(count(summary.changed), "has something new", "have something new");
    let end = match (summary.changed, summary.applied) {
        (0, _) => "nothing is new",
        (_, true) => "and it was added",
        (_, false) => "and --apply adds it",
    };
    let passed = match summary.passed_over {
        0 => String::new(),
        passed => format!("; {passed} passed over: erased, locked, or of no inbox of today"),
    };
    match summary.changed {
        0 => format!("{read} read again: {end}{passed}"),
        _ => format!("{read} read again: {changed}, {end}{passed}"),
    }
}

impl Reader<'_> {
    /// Reads one mail again.
    fn mail(&mut self, id: Uuid, summary: &mut Summary) -> anyhow::Result<()> {
        summary.mails += 1;
        let raw = match self.store.mail_raw(id) {
            Ok(raw) if !raw.is_empty() => raw,
            Ok(_) | Err(Error::NotFound { .. }) => {
                summary.passed_over += 1;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let mail = self.store.mail_show(id)?;
        let routes: Vec<&IntakeLine> = mail.intakes.iter().filter(|line| self.is_route(line)).collect();
        // Who was erased has left a party without name and address; the text may still name them.
        let erased = mail.parties.iter().any(|party| party.name.is_none() && party.address.is_none());
        if erased || mail.line.locked_at.is_some() || routes.is_empty() {
            summary.passed_over += 1;
            return Ok(());
        }
        let mut changed = false;
        for line in routes {
            if let Some(difference) = self.route(&mail, line, &raw)? {
                changed = true;
                self.show(&difference)?;
            }
        }
        summary.changed += u64::from(changed);
        Ok(())
    }

    /// Whether a line is of an inbox of today, and one from which something can come.
    fn is_route(&self, line: &IntakeLine) -> bool {
        let outcome = Outcome::from_name(&line.outcome);
        let may = [Outcome::Recorded, Outcome::Unresolved, Outcome::Automatic, Outcome::Failed];
        outcome.is_some_and(|outcome| may.contains(&outcome))
            && self.config.inbox_table().by_key(&line.inbox).is_some()
    }

    fn route(&self, mail: &Mail, line: &IntakeLine, raw: &[u8]) -> anyhow::Result<Option<Difference>> {
        let policy = capture::policy(&self.config, &self.store, &message::read(raw))?;
        let facts = self.facts(mail, line, raw, &policy);
        let mut settled: HashSet<Target> = self.store.link_removed(mail.line.id)?.into_iter().collect();
        settled.extend(mail.stands_on.iter().map(|link| match link.kind.as_str() {
            "contact" => Target::Contact(link.id),
            "ticket" => Target::Ticket(link.id),
            _ => Target::Record(link.id),
        }));
        let rules = Rules {
            policy: &policy,
            lead_series: &self.config.records.lead_series.to_string(),
            code_series: &self.options.code_series,
            ceilings: Ceilings { client: u32::MAX, source: u32::MAX },
        };
        let mut wanted = Wanted::default();
        facts.want(policy.case_sensitive, &mut wanted);
        wanted.phones.extend(facts.reading.iter().flat_map(|reading| reading.author.phones.iter().cloned()));
        wanted.ceilings.clear();
        wanted.spool_ids.clear();
        let inbox = policy.inboxes.by_key(&line.inbox).filter(|inbox| !inbox.assignment.queue.is_empty());
        wanted.queues.extend(inbox.map(|inbox| inbox.key.clone()));
        let stored = |known: &Known| Stored {
            mail: mail.line.id,
            user: line
                .user
                .as_ref()
                .and_then(|login| known.users.by_login.get(&login.to_lowercase()))
                .copied(),
            outcome: Outcome::from_name(&line.outcome).unwrap_or(Outcome::Recorded),
            decided: line.resolved_at.is_some(),
            settled: settled.clone(),
        };
        let plan = |known: &mut Known| {
            let stored = stored(known);
            let mut again = again(&facts, &stored, known, &rules, &mut Uuid::now_v7);
            // A phone that another card has is that one's.
            for (_, customer) in &mut again.contacts {
                customer.phones.retain(|phone| !known.contacts_by_phone.contains_key(phone));
            }
            (again, stored)
        };
        let (first, of) = plan(&mut self.store.known(&wanted)?);
        let ids: Vec<Uuid> = first.contacts.iter().map(|(id, _)| *id).collect();
        let cards = self.store.contact_lines(&ids)?;
        let Some(addition) = self.addition(&of, line, first, &facts, &cards) else { return Ok(None) };
        if !self.apply {
            return Ok(Some(difference(mail, line, &addition, &HashMap::new())));
        }
        let plan = |known: &mut Known| {
            let (again, stored) = plan(known);
            Ok(self.addition(&stored, line, again, &facts, &cards))
        };
        let mut attempt = 0;
        loop {
            match self.store.add_again(&wanted, plan) {
                Ok(done) => {
                    return Ok(done.map(|(addition, codes)| difference(mail, line, &addition, &codes)));
                }
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The stored mail as if it came by this route alone.
    fn facts(&self, mail: &Mail, line: &IntakeLine, raw: &[u8], policy: &Policy) -> Facts {
        let address =
            policy.inboxes.by_key(&line.inbox).map(|inbox| inbox.address.clone()).unwrap_or_default();
        let blind =
            mail.parties.iter().filter(|party| party.role == "bcc").filter_map(|party| party.address.clone());
        let envelope = Envelope {
            queue_id: line.queue_id.clone(),
            mail_from: line.mail_from.clone(),
            rcpt_to: std::iter::once(address.clone()).chain(blind).collect(),
            inboxes: vec![InboxRcpt {
                inbox: line.inbox.clone(),
                detail: line.detail.clone(),
                rcpt_to: address,
            }],
            ..Envelope::new(Door::from_name(&line.door).unwrap_or(Door::Import), line.received_at)
        };
        let read = || reading::read(raw, &envelope, &self.options, policy);
        let reading: Result<Reading, String> =
            catch_unwind(AssertUnwindSafe(read)).map_err(|_| "reading it made the program panic".to_owned());
        Facts {
            spool_id: Uuid::nil(),
            fingerprint: [0; 32],
            anonymous: false,
            reading,
            envelope,
            raw: Vec::new(),
        }
    }

    /// What is added, if anything is.
    fn addition(
        &self,
        stored: &Stored,
        line: &IntakeLine,
        again: Again,
        facts: &Facts,
        cards: &[ContactLine],
    ) -> Option<Addition> {
        let Again { plan, contacts } = again;
        let now = plan.intakes.first()?;
        let settles = stored.is_open() && now.outcome == Outcome::Recorded;
        let words = format!("read again by {}: {}", self.desk.operator(), now.reason);
        let language = facts.reading.as_ref().ok().and_then(|reading| reading.language.clone());
        let fill = |(id, customer): (Uuid, Customer)| {
            let card = cards.iter().find(|card| card.id == id)?;
            let fill = fill(card, customer, language.clone());
            (fill != Fill { contact: id, ..Fill::default() }).then_some(fill)
        };
        let fills: Vec<Fill> = contacts.into_iter().filter_map(fill).collect();
        let nothing = !settles && plan.links.is_empty() && fills.is_empty();
        (!nothing).then(|| Addition { resolves: settles.then_some((line.id, words)), plan, fills })
    }

    fn show(&mut self, difference: &Difference) -> anyhow::Result<()> {
        let first = !std::mem::replace(&mut self.differences, true);
        if self.desk.json {
            let comma = if first { "" } else { "," };
            return self.desk.print(&format!("{comma}\n{}", text::json(&serde_json::to_string(difference)?)));
        }
        let [then, now] = &difference.outcome;
        let subject = difference.subject.as_deref().unwrap_or("(no subject)");
        let mut lines = format!("{}  {}  {}\n", difference.mail_id, difference.inbox, text::line(subject));
        if then != now {
            lines.push_str(&format!("    {then} → {now}: {}\n", text::line(&difference.reason)));
        }
        for added in &difference.adds {
            lines.push_str(&format!("    + {}\n", text::line(added)));
        }
        self.desk.print(&lines)
    }
}

/// What a mail says of a contact whose card says nothing of it.
fn fill(card: &ContactLine, customer: Customer, language: Option<String>) -> Fill {
    let is_empty = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    let mut keys = card.addresses.iter().chain(&card.phones);
    let nameless = keys.any(|key| card.name.eq_ignore_ascii_case(key));
    Fill {
        contact: card.id,
        name: customer.name.filter(|name| nameless && !name.trim().is_empty() && *name != card.name),
        company: customer.company.filter(|_| is_empty(&card.company)),
        language: language.filter(|_| is_empty(&card.language)),
        phones: if card.phones.is_empty() { customer.phones } else { Vec::new() },
    }
}

fn difference(
    mail: &Mail,
    line: &IntakeLine,
    addition: &Addition,
    codes: &HashMap<Uuid, String>,
) -> Difference {
    let plan = &addition.plan;
    let mut adds = Vec::new();
    let code = |id: &Uuid| codes.get(id).map(|code| format!(" {code}")).unwrap_or_default();
    adds.extend(plan.contacts.iter().map(|contact| format!("contact {}", contact.name)));
    adds.extend(
        plan.records.iter().map(|record| format!("{}{}: {}", record.kind, code(&record.id), record.title)),
    );
    adds.extend(plan.tickets.iter().map(|ticket| format!("ticket{}: {}", code(&ticket.id), ticket.subject)));
    for link in &plan.links {
        let (what, id) = match link.target {
            Target::Contact(id) => ("contact", id),
            Target::Record(id) => ("record", id),
            Target::Ticket(id) => ("ticket", id),
        };
        let made = plan.contacts.iter().any(|new| new.id == id)
            || plan.records.iter().any(|new| new.id == id)
            || plan.tickets.iter().any(|new| new.id == id);
        if !made {
            adds.push(format!("link to the {what} {id}"));
        }
    }
    for fill in &addition.fills {
        let texts = [("name", &fill.name), ("company", &fill.company), ("language", &fill.language)];
        let mut fields: Vec<String> =
            texts.iter().filter_map(|(field, value)| Some(format!("{field} {}", value.as_ref()?))).collect();
        fields.extend(fill.phones.iter().map(|phone| format!("phone {phone}")));
        adds.push(format!("contact {}: {}", fill.contact, fields.join(", ")));
    }
    let now = plan.intakes.first();
    Difference {
        mail_id: mail.line.id,
        subject: mail.line.subject.clone(),
        inbox: line.inbox.clone(),
        outcome: [
            line.outcome.clone(),
            match (&addition.resolves, now) {
                (Some(_), Some(now)) => now.outcome.as_str().to_owned(),
                _ => line.outcome.clone(),
            },
        ],
        reason: now.map(|now| now.reason.clone()).unwrap_or_default(),
        adds,
    }
}
