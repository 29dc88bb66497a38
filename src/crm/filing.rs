//! What one mail stands on at one inbox: collected from its codes, its thread, a form's reference and its
//! customers, with the first doubt that makes it a person's decision.

use super::card::State;
use super::customer::{self, Found, Way};
use super::facts::{Customer, Facts, MOST_RECIPIENTS, Reading, message_id_digest};
use super::inbox::{Inbox, Kind, may_be_code};
use super::intake::{Rules, ceiling_keys};
use super::known::{Known, KnownContact, KnownRecord, KnownTicket, Thread};
use super::plan::{NewContact, NewRecord, NewTicket, Plan, Target};
use super::reached::Reached;
use crate::mail::address;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Series of tickets of an inbox without `reference`.
pub const TICKET_SERIES: &str = "TICKET";

/// How the reason says that the thread decided.
const WITH_THREAD: &str = "filed with the mail that it answers";

/// How the reason says that a code decided.
fn filed_under(code: &str) -> String {
    format!("filed under {code}")
}

/// What came to an address that we signed for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The ticket or record.
    pub target: Target,
    /// Its code.
    pub code: String,
    /// Whether a user or a party to it wrote it. If not, somebody had the address handed on: the mail is put there and
    /// nothing else comes of it.
    pub verified: bool,
}

/// What a mail stands on at one inbox.
#[derive(Debug, Default)]
pub struct Filing {
    /// By which way the customers were found.
    pub way: Option<Way>,
    /// What the mail is linked to, in the order found.
    pub targets: Vec<Target>,
    /// Why a person must decide: cause and reason of the first doubt.
    pub doubt: Option<(&'static str, String)>,
    /// What it could stand on.
    pub candidates: Vec<Target>,
    /// Who gets it, and by which rule.
    pub owner: (Option<Uuid>, String),
    /// The known contact and its owner, who is active.
    pub contact_owner: Option<(Uuid, Uuid)>,
    /// Whether a contact, record or ticket was made.
    pub made: bool,
    /// Whether new contacts get no lead: nobody asked for anything.
    pub without_lead: bool,
    /// Tickets of the thread that an answer reopens.
    pub solved: Vec<Uuid>,
    /// What it answers by the address that it came to.
    pub answer: Option<Answer>,
    /// Owners of the tickets that it stands on, who hear of it.
    pub ticket_owners: Vec<(Uuid, Uuid)>,
    /// Whether its thread or a code says what it belongs to.
    pub belongs: bool,
    /// Keys under which leads opened by strangers are counted.
    pub ceilings: Vec<String>,
    /// One line for the owner.
    pub news: Option<String>,
    records: Vec<KnownRecord>,
    /// A form's reference that named no record of ours.
    unknown_reference: Option<String>,
    words: Vec<String>,
}

impl Filing {
    /// Nothing yet, for customers found by that way.
    pub fn by(way: Way) -> Self {
        Filing { way: Some(way), ..Filing::default() }
    }

    /// On these cards, whoever wrote.
    pub fn about(targets: Vec<Target>) -> Self {
        Filing { targets, ..Filing::default() }
    }

    /// Notes a doubt; the first one names the cause.
    pub fn doubt(&mut self, cause: &'static str, reason: &str) {
        self.doubt.get_or_insert_with(|| (cause, reason.to_owned()));
    }

    fn link(&mut self, target: Target) {
        if !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }

    /// Links the records and tickets whose codes stand in the subject or behind the delimiter. A code counts
    /// only from a user or from a party (row R04): for anybody else it would be a way into others' records. Where we
    /// signed the address it does not get lost (row X06), but nobody vouches for its sender.
    pub fn codes(
        &mut self,
        reached: &Reached,
        reading: &Reading,
        found: &Found,
        user: bool,
        known: &Known,
        rules: &Rules,
    ) {
        let authors: Vec<Uuid> = match found.way {
            Way::Author | Way::Form => {
                let customers = writers(found, reading, rules).take(MOST_RECIPIENTS);
                customers.flat_map(|c| customer::contacts(c, known, rules.policy.case_sensitive)).collect()
            }
            Way::Forward | Way::Recipients => Vec::new(),
        };
        let detail = reached.code().filter(|detail| may_be_code(detail)).map(str::to_uppercase);
        let codes: BTreeSet<String> =
            reading.codes.iter().map(|c| c.to_uppercase()).chain(detail.clone()).collect();
        for code in codes {
            let (target, party) = match (known.records_by_code.get(&code), known.tickets_by_code.get(&code)) {
                (Some(record), _) => {
                    let party = record.contacts.iter().any(|contact| authors.contains(contact));
                    (Target::Record(record.id), party)
                }
                (None, Some(ticket)) => {
                    let party = ticket.contact.is_some_and(|contact| authors.contains(&contact));
                    (Target::Ticket(ticket.id), party)
                }
                // Strangers' subjects are full of other systems' codes; a user means ours.
                (None, None) => {
                    if user || detail.as_ref() == Some(&code) {
                        self.doubt("unknown-code", &unknown_code(&code, rules.code_series));
                    }
                    continue;
                }
            };
            if reached.answers() == Some(code.as_str()) {
                let verified = user || party || self.is_in_thread(target, reading, found, known, rules);
                self.answered(Answer { target, code, verified }, found, known);
                continue;
            }
            if !user && !party {
                self.candidates.push(target);
                self.doubt("code-not-party", &format!("it names {code}, but its sender is no party to that"));
                continue;
            }
            self.under_code(target, &code, known);
            self.words.push(filed_under(&code));
        }
    }

    fn under_code(&mut self, target: Target, code: &str, known: &Known) {
        if let Some(record) = known.records_by_code.get(code) {
            self.records.push(record.clone());
        }
        if let Some(ticket) = known.tickets_by_code.get(code).filter(|t| target == Target::Ticket(t.id)) {
            self.hears(ticket, known);
        }
        self.link(target);
        self.belongs = true;
    }

    /// Notes what came to the signed address of a ticket or record.
    fn answered(&mut self, answer: Answer, found: &Found, known: &Known) {
        self.under_code(answer.target, &answer.code, known);
        self.words.push(filed_under(&answer.code));
        if !answer.verified {
            let sender = found.customers.first().and_then(|c| c.address.as_deref()).unwrap_or("its sender");
            self.words.push(format!("unverified: {sender} is no party to it"));
            self.news =
                Some(format!("unverified answer to {} from {sender}, who is no party to it", answer.code));
        }
        self.answer = Some(answer);
    }

    /// Whether the author is a party to a mail that this one answers and that stands there.
    fn is_in_thread(
        &self,
        target: Target,
        reading: &Reading,
        found: &Found,
        known: &Known,
        rules: &Rules,
    ) -> bool {
        let people = people(found, reading, rules);
        let stands = |thread: &Thread| match target {
            Target::Ticket(id) => thread.tickets.iter().any(|ticket| ticket.id == id),
            Target::Record(id) => thread.records.iter().any(|record| record.id == id),
            Target::Contact(_) => false,
        };
        let threads = reading.references.iter().filter_map(|id| known.threads.get(&message_id_digest(id)));
        threads.filter(|thread| stands(thread)).any(|t| t.parties.iter().any(|party| people.contains(party)))
    }

    /// The owner of a ticket hears of what is filed there.
    fn hears(&mut self, ticket: &KnownTicket, known: &Known) {
        let owner = ticket.owner.filter(|owner| known.users.by_id.contains_key(owner));
        if let Some(owner) = owner.filter(|_| !self.ticket_owners.iter().any(|(id, _)| *id == ticket.id)) {
            self.ticket_owners.push((ticket.id, owner));
        }
    }

    /// Whether nobody vouches for what it was filed under.
    pub fn is_unverified(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| !answer.verified)
    }

    /// Links what the answered mails stand on, if the author is a party to the thread (row X06).
    pub fn thread(&mut self, reading: &Reading, found: &Found, known: &Known, rules: &Rules) {
        if !self.targets.is_empty() {
            return;
        }
        let people = people(found, reading, rules);
        let threads = reading.references.iter().filter_map(|id| known.threads.get(&message_id_digest(id)));
        for thread in threads {
            if !thread.parties.iter().any(|party| people.contains(party)) {
                continue;
            }
            for ticket in &thread.tickets {
                self.link(Target::Ticket(ticket.id));
                self.hears(ticket, known);
                if ticket.solved && found.way == Way::Author {
                    self.solved.push(ticket.id);
                }
            }
            for record in thread.records.iter().filter(|record| record.open) {
                self.link(Target::Record(record.id));
                self.records.push(record.clone());
            }
            if !self.targets.is_empty() {
                self.belongs = true;
                self.words.push(WITH_THREAD.into());
                return;
            }
        }
    }

    /// Links the record whose external reference a form names.
    pub fn reference(&mut self, found: &Found, known: &Known) {
        let Some(reference) = found.customers.first().and_then(|c| c.reference.as_ref()) else { return };
        match known.records_by_reference.get(reference).map(Vec::as_slice) {
            Some([record]) => {
                self.link(Target::Record(record.id));
                self.records.push(record.clone());
                self.words.push(format!("filed under the record with the reference {reference}"));
            }
            Some(several @ [_, ..]) => {
                self.candidates.extend(several.iter().map(|record| Target::Record(record.id)));
                self.doubt("shared-reference", &format!("several records have the reference {reference}"));
            }
            _ => self.unknown_reference = Some(reference.clone()),
        }
    }

    /// The owner of the record that the mail refers to.
    pub fn record_owner(&self, known: &Known) -> Option<Uuid> {
        let active = |user: &Uuid| known.users.by_id.contains_key(user);
        self.records.iter().filter_map(|record| record.owner).find(active)
    }

    /// Takes the mail off closed tickets, if it stands on no other ones; returns the newest of them. It opens a
    /// ticket of its own, which names that one.
    pub fn leave_closed(&mut self, known: &Known) -> Option<Uuid> {
        let linked: Vec<Uuid> = self.tickets().collect();
        let closed = known.tickets_by_code.values().filter(|t| t.closed && linked.contains(&t.id));
        let closed: Vec<&KnownTicket> = closed.collect();
        if closed.len() < linked.len() {
            return None;
        }
        let newest = closed.iter().max_by_key(|ticket| ticket.id)?;
        self.targets.retain(|target| !matches!(target, Target::Ticket(_)));
        self.words
            .retain(|words| !closed.iter().any(|t| *words == filed_under(&t.code)) && words != WITH_THREAD);
        self.words.push(format!("{} is closed", newest.code));
        Some(newest.id)
    }

    /// The tickets that the mail stands on.
    pub fn tickets(&self) -> impl Iterator<Item = Uuid> {
        self.targets.iter().filter_map(|target| match target {
            Target::Ticket(ticket) => Some(*ticket),
            _ => None,
        })
    }

    /// Links a known contact with the companies that it is a person of (row R12), and its one open record where
    /// nothing better is known (row X05).
    pub fn known_contact(&mut self, contact: Uuid, inbox: &Inbox, known: &Known) {
        let name = known.contacts.get(&contact).map_or("a contact", |c| c.name.as_str());
        self.news.get_or_insert_with(|| format!("news from {name}"));
        self.link(Target::Contact(contact));
        for company in known.contacts.get(&contact).map(|c| c.companies.as_slice()).unwrap_or_default() {
            self.link(Target::Contact(*company));
        }
        if !self.records.is_empty() || self.tickets().next().is_some() || inbox.kind == Kind::Tickets {
            return;
        }
        match known.open_records.get(&contact).map(Vec::as_slice).unwrap_or_default() {
            [] => {}
            [record] => {
                self.link(Target::Record(record.id));
                self.words.push("filed under the contact's one open record".into());
            }
            several => {
                self.candidates.extend(several.iter().map(|record| Target::Record(record.id)));
                let reason = format!("{name} has {} open records and the mail names none", several.len());
                self.doubt("several-records", &reason);
            }
        }
    }

    /// Makes a contact, and a lead for it unless the mail belongs to a record or opens a ticket.
    #[expect(clippy::too_many_arguments, reason = "one caller, which has all of them at hand")]
    pub fn new_contact(
        &mut self,
        plan: &mut Plan,
        ids: &mut dyn FnMut() -> Uuid,
        known: &mut Known,
        inbox: &Inbox,
        customer: &Customer,
        canonical: Option<String>,
        owner: &(Option<Uuid>, String),
        found: &Found,
        rules: &Rules,
        facts: &Facts,
    ) {
        let id = ids();
        let written = customer.address.as_deref().map(str::trim).unwrap_or_default();
        let named = customer.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let phone = customer.phones.first().map(String::as_str).unwrap_or_default();
        let name = named.unwrap_or(if written.is_empty() { phone } else { written }).to_owned();
        let origin = inbox.origin.clone().or_else(|| customer.origin.clone());
        let origin = Some(origin.unwrap_or_else(|| "mail".into()));
        let contact = NewContact {
            id,
            name: name.clone(),
            company: customer.company.clone(),
            addresses: canonical.into_iter().map(|c| (c, written.to_owned())).collect(),
            phones: customer.phones.clone(),
            language: facts.reading.as_ref().ok().and_then(|reading| reading.language.clone()),
            origin: origin.clone(),
            owner: owner.0,
        };
        known.learn_contact(&contact);
        plan.contacts.push(contact);
        self.link(Target::Contact(id));
        self.made = true;
        self.owner = owner.clone();
        self.words.push(format!("new contact {name}"));
        self.news.get_or_insert_with(|| format!("new contact {name}"));
        if self.without_lead {
            return self.count_stranger(facts, customer, inbox, found);
        }
        if inbox.kind == Kind::Tickets || !self.records.is_empty() || self.tickets().next().is_some() {
            return;
        }
        let reading = facts.reading.as_ref().ok();
        let original =
            reading.and_then(|reading| reading.forward.as_ref()).filter(|_| found.way == Way::Forward);
        let subject = original.and_then(|original| original.subject.clone());
        let subject = subject.or_else(|| reading.and_then(|reading| reading.subject.clone()));
        let record = NewRecord {
            id: ids(),
            kind: "lead",
            series: rules.lead_series.to_owned(),
            title: subject.filter(|s| !s.trim().is_empty()).unwrap_or(name),
            contacts: vec![id],
            owner: owner.0,
            origin,
            asked_about: self.unknown_reference.clone(),
        };
        self.link(Target::Record(record.id));
        self.words.push("lead opened".into());
        known.learn_record(&record);
        plan.records.push(record);
        self.count_stranger(facts, customer, inbox, found);
    }

    /// Counts what a stranger made us open, for the ceilings.
    fn count_stranger(&mut self, facts: &Facts, customer: &Customer, inbox: &Inbox, found: &Found) {
        if matches!(found.way, Way::Author | Way::Form) && !facts.envelope.door.is_by_hand() {
            let (client, source) = ceiling_keys(facts, customer, inbox);
            self.ceilings.extend(client.into_iter().chain([source]));
        }
    }

    /// Opens a ticket for the first customer, and for the owner that was found.
    pub fn new_ticket(
        &mut self,
        plan: &mut Plan,
        ids: &mut dyn FnMut() -> Uuid,
        inbox: &Inbox,
        reading: &Reading,
        follows: Option<Uuid>,
    ) {
        let contact = self.targets.iter().find_map(|target| match target {
            Target::Contact(contact) => Some(*contact),
            _ => None,
        });
        let ticket = NewTicket {
            id: ids(),
            series: inbox.reference.clone().unwrap_or_else(|| TICKET_SERIES.into()),
            subject: reading
                .subject
                .clone()
                .filter(|s| !s.trim().is_empty())
                .unwrap_or_else(|| "(no subject)".into()),
            contact,
            owner: self.owner.0,
            inbox: inbox.key.clone(),
            follows,
        };
        self.link(Target::Ticket(ticket.id));
        self.made = true;
        self.words.push("ticket opened".into());
        plan.tickets.push(ticket);
    }

    /// Links the ticket that another route of the same message to the same inbox opened: a sender may write
    /// as many details behind the delimiter as there are recipients.
    pub fn same_ticket(&mut self, ticket: Uuid) {
        self.link(Target::Ticket(ticket));
        self.words.push("filed under the ticket opened for the same message".into());
    }

    /// What was done; empty if nothing was.
    pub fn done(&self) -> String {
        match self.words.is_empty() {
            true if self.targets.is_empty() => String::new(),
            true => "filed under a known contact".into(),
            false => self.words.join(", "),
        }
    }
}

/// Why a code is none: it is of no series of ours, or nothing has it.
fn unknown_code(code: &str, series: &[String]) -> String {
    let of_us = code.rsplit_once('-').map_or(code, |(before, _)| before);
    let of_us = of_us.split_once('-').map_or(of_us, |(series, _)| series);
    if series.iter().any(|ours| ours.eq_ignore_ascii_case(of_us)) {
        return format!("no record and no ticket has the code {code}");
    }
    let known: Vec<String> = series.iter().map(|ours| format!("{ours}-")).collect();
    format!("{code} is no code of this company, whose codes begin with {}", known.join(", "))
}

/// The customers, without those who stand only in a form: anybody can write another's address there, and
/// comes into nobody's records by it.
fn writers<'a>(found: &'a Found, reading: &'a Reading, rules: &Rules) -> impl Iterator<Item = &'a Customer> {
    let case_sensitive = rules.policy.case_sensitive;
    let canonical = move |text: &str| address::canonical(text, case_sensitive);
    found.customers.iter().filter(move |customer| {
        let named = customer.address.as_deref().and_then(canonical);
        let mut authors = reading.from.iter().filter_map(|from| canonical(from.address.as_deref()?));
        found.way != Way::Form || named.is_some_and(|named| authors.any(|author| author == named))
    })
}

/// Canonical addresses of those who wrote it.
fn people(found: &Found, reading: &Reading, rules: &Rules) -> Vec<String> {
    let named = writers(found, reading, rules).filter_map(|c| c.address.as_deref());
    named.filter_map(|text| address::canonical(text, rules.policy.case_sensitive)).collect()
}

impl Known {
    /// Learns a contact that the batch will make.
    pub fn learn_contact(&mut self, contact: &NewContact) {
        let addresses: Vec<String> =
            contact.addresses.iter().map(|(canonical, _)| canonical.clone()).collect();
        for address in &addresses {
            self.contacts_by_address.insert(address.clone(), vec![contact.id]);
        }
        for phone in &contact.phones {
            self.contacts_by_phone.entry(phone.clone()).or_default().push(contact.id);
        }
        let known = KnownContact {
            id: contact.id,
            name: contact.name.clone(),
            state: State::Open,
            owner: contact.owner,
            addresses,
            companies: Vec::new(),
        };
        self.contacts.insert(contact.id, known);
    }

    /// Learns a record that the batch will open. Its code is allotted when it is written.
    pub fn learn_record(&mut self, record: &NewRecord) {
        let known = KnownRecord {
            id: record.id,
            code: String::new(),
            owner: record.owner,
            contacts: record.contacts.clone(),
            open: true,
        };
        for contact in &record.contacts {
            self.open_records.entry(*contact).or_default().push(known.clone());
        }
    }

    /// A ticket of the batch, as a thread shows it.
    pub(super) fn ticket_of(ticket: &NewTicket) -> KnownTicket {
        KnownTicket {
            id: ticket.id,
            code: String::new(),
            owner: ticket.owner,
            contact: ticket.contact,
            solved: false,
            closed: false,
        }
    }
}
