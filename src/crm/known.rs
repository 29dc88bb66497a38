//! What the rules ask the store before they plan, and its answer. One question and one answer serve a whole
//! batch of messages; while planning, the answer learns what earlier messages of the batch will write.

use super::card::State;
use super::returned::{Off, Sign};
use super::signed::{Claimed, Keys};
use crate::mail::envelope::Door;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use uuid::Uuid;

/// SHA-256 of something.
pub type Digest = [u8; 32];

/// The keys that a batch wants looked up. Sorted, so that two nodes ask in one order.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Canonical addresses of possible contacts.
    pub addresses: BTreeSet<String>,
    /// Phones in E.164, of customers who may have no address.
    pub phones: BTreeSet<String>,
    /// Codes of records and tickets, in upper case.
    pub codes: BTreeSet<String>,
    /// External references of records (a form's `Referencia`).
    pub external_references: BTreeSet<String>,
    /// Digests of Message-IDs that the messages answer.
    pub message_ids: BTreeSet<Digest>,
    /// Fingerprints of the messages.
    pub fingerprints: BTreeSet<Digest>,
    /// Keys under which leads of strangers are counted.
    pub ceilings: BTreeSet<String>,
    /// Stored mails that were released, whose routes are wanted.
    pub released: BTreeSet<Uuid>,
    /// Keys of the inboxes that have a queue of users: their turns are held until the commit.
    pub queues: BTreeSet<String>,
    /// Whether automatic replies may come of it: which of the addresses are switched off.
    pub replies: bool,
    /// A message came to an address that looks signed by us.
    pub signed: bool,
    /// Letters of ours that messages came back to the signed addresses of, if we did sign these.
    pub returned: BTreeSet<Claimed>,
    /// Digests of Message-IDs, with angle brackets, that reports say were sent by us.
    pub sent_ids: BTreeSet<Digest>,
    /// Spool ids of the messages, to see what was recorded before a crash.
    pub spool_ids: BTreeSet<Uuid>,
    /// When the oldest of the messages was received: erasures before that are none of its business.
    pub oldest: Option<jiff::Timestamp>,
}

/// The store's answer.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Active users.
    pub users: Users,
    /// Contacts that have one of the addresses; several if the address is shared.
    pub contacts_by_address: HashMap<String, Vec<Uuid>>,
    /// Those of the addresses that are switched off, if replies were wanted.
    pub off: HashSet<String>,
    /// Contacts that have one of the phones.
    pub contacts_by_phone: HashMap<String, Vec<Uuid>>,
    /// Those contacts, those of the records and tickets found, and those of the threads found.
    pub contacts: HashMap<Uuid, KnownContact>,
    /// Records by code in upper case.
    pub records_by_code: HashMap<String, KnownRecord>,
    /// Records by external reference; several if it is not unique.
    pub records_by_reference: HashMap<String, Vec<KnownRecord>>,
    /// Open records of the contacts in `contacts_by_address`, by contact.
    pub open_records: HashMap<Uuid, Vec<KnownRecord>>,
    /// Tickets by code in upper case.
    pub tickets_by_code: HashMap<String, KnownTicket>,
    /// Mails by the digest of their Message-ID.
    pub threads: HashMap<Digest, Thread>,
    /// Mails by fingerprint, with the intakes that they have.
    pub mails: HashMap<Digest, KnownMail>,
    /// Routes of the released mails.
    pub released: HashMap<Uuid, Vec<KnownIntake>>,
    /// Spool ids already recorded.
    pub recorded: BTreeSet<Uuid>,
    /// Leads that strangers opened within the last hour, by the keys of
    /// [`ceiling_keys`](super::intake::ceiling_keys).
    pub recent_leads: HashMap<String, u32>,
    /// Whom the queue of an inbox has served, by its key, the last one at the end.
    pub queues: HashMap<String, Vec<Uuid>>,
    /// Which of the addresses belong to erased persons, and when they were erased.
    pub erased: HashMap<String, jiff::Timestamp>,
    /// Turns taken while planning and not yet in a plan: the inbox's key, and who was served.
    pub turns: Vec<(String, Uuid)>,
    /// The keys of our signed addresses, if they were wanted.
    pub keys: Keys,
    /// Letters of ours that something came back of, by their number in the outbox.
    pub sent: HashMap<i64, KnownSent>,
    /// Their numbers by the digest of their Message-ID.
    pub sent_by_id: HashMap<Digest, i64>,
    /// What stands of the addresses that they went to.
    pub states: HashMap<String, KnownState>,
    /// First administrator by creation, the last resort of assignment (row W08).
    pub default_owner: Option<Uuid>,
    /// Coordinator of each office, by the office's name in lower case.
    pub coordinators: HashMap<String, Uuid>,
}

/// All active users, found by what proves them.
#[derive(Debug, Clone, Default)]
pub struct Users {
    /// By id.
    pub by_id: HashMap<Uuid, KnownUser>,
    /// By login name, in lower case.
    pub by_login: HashMap<String, Uuid>,
    /// By SASL login name, exactly as Postfix reports it.
    pub by_sasl_login: HashMap<String, Uuid>,
    /// By client address that belongs to one user.
    pub by_client_address: HashMap<IpAddr, Uuid>,
    /// By certificate issuer and subject.
    pub by_certificate: HashMap<(String, String), Uuid>,
    /// By canonical mail address.
    pub by_address: HashMap<String, Uuid>,
}

/// A user as far as the rules need it.
#[derive(Debug, Clone)]
pub struct KnownUser {
    /// Key.
    pub id: Uuid,
    /// Login name.
    pub login: String,
    /// Name shown to people.
    pub name: String,
    /// Canonical mail addresses.
    pub addresses: Vec<String>,
}

/// A contact as far as the rules need it.
#[derive(Debug, Clone)]
pub struct KnownContact {
    /// Key.
    pub id: Uuid,
    /// Name shown to people.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Who owns it.
    pub owner: Option<Uuid>,
    /// All its canonical addresses.
    pub addresses: Vec<String>,
    /// Companies that it is a person of.
    pub companies: Vec<Uuid>,
}

/// A record as far as the rules need it.
#[derive(Debug, Clone)]
pub struct KnownRecord {
    /// Key.
    pub id: Uuid,
    /// Code shown to people.
    pub code: String,
    /// Who owns it.
    pub owner: Option<Uuid>,
    /// Contacts that are parties to it.
    pub contacts: Vec<Uuid>,
    /// Whether it is open.
    pub open: bool,
}

/// A ticket as far as the rules need it.
#[derive(Debug, Clone)]
pub struct KnownTicket {
    /// Key.
    pub id: Uuid,
    /// Code shown to people.
    pub code: String,
    /// Who owns it.
    pub owner: Option<Uuid>,
    /// The contact that it is about.
    pub contact: Option<Uuid>,
    /// Whether an answer reopens it.
    pub solved: bool,
    /// Whether it is closed for good: an answer opens a new one.
    pub closed: bool,
}

/// A letter of the outbox as far as the rules need it.
#[derive(Debug, Clone)]
pub struct KnownSent {
    /// Key.
    pub id: Uuid,
    /// Canonical address that it went to.
    pub rcpt_to: String,
    /// Subject.
    pub subject: String,
    /// The contact that it went to.
    pub contact: Option<Uuid>,
    /// The record that it is about.
    pub record: Option<Uuid>,
    /// The ticket that it is about.
    pub ticket: Option<Uuid>,
    /// Who is told what became of it: owners of ticket and contact, else its author.
    pub told: Vec<Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The gravest that came back of it.
    pub report: Option<Sign>,
    /// Whether somebody was told of a report that came without our signature.
    pub hearsay: bool,
}

/// What stands of an address that letters went to.
#[derive(Debug, Clone, Default)]
pub struct KnownState {
    /// Why nothing is sent to it.
    pub off: Option<Off>,
    /// When somebody switched it on last.
    pub reactivated_at: Option<Timestamp>,
    /// Letters that found the mailbox full since its owner wrote last, and when that was said.
    pub full: Vec<(Uuid, Timestamp)>,
}

/// What a mail found by its Message-ID stands on.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// The mail.
    pub mail: Uuid,
    /// Contacts linked to it.
    pub contacts: Vec<Uuid>,
    /// Records linked to it.
    pub records: Vec<KnownRecord>,
    /// Tickets linked to it.
    pub tickets: Vec<KnownTicket>,
    /// Canonical addresses of its parties, authors and recipients.
    pub parties: Vec<String>,
}

/// A mail found by its fingerprint.
#[derive(Debug, Clone)]
pub struct KnownMail {
    /// Key.
    pub id: Uuid,
    /// When it was received, for messages that count as a repeat only within six hours.
    pub received_at: jiff::Timestamp,
    /// Its intakes, duplicates left out.
    pub intakes: Vec<KnownIntake>,
    /// Its content was erased.
    pub erased: bool,
}

/// One route by which a mail was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIntake {
    /// The inbox's key.
    pub inbox: String,
    /// What stood behind the delimiter.
    pub detail: Option<String>,
    /// The user on whose authority it came.
    pub user: Option<Uuid>,
    /// By which door.
    pub door: Door,
    /// Queue id that it came with.
    pub queue_id: Option<String>,
    /// It was taken for spam: nothing else came of it.
    pub spam: bool,
}
