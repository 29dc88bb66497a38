//! The plan: everything that one message will write. The rules make it, the store carries it out in one
//! transaction for a whole batch; ids are made by the rules' caller, codes by the store from their series.

use super::auto_reply::PlannedReply;
use super::known::Digest;
use super::returned::Returned;
use jiff::Timestamp;
use uuid::Uuid;

/// What one spool entry writes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The entry; recorded with it, so that a repeat after a crash writes nothing.
    pub spool_id: Uuid,
    /// The mail to store, if it is new; `None` for a duplicate and for what is only listed.
    pub mail: Option<NewMail>,
    /// Contacts to make. If another transaction made one of their addresses first, the store reports a
    /// conflict and the batch is planned again.
    pub contacts: Vec<NewContact>,
    /// Records to open.
    pub records: Vec<NewRecord>,
    /// Tickets to open.
    pub tickets: Vec<NewTicket>,
    /// Tickets that an answer reopens.
    pub reopened: Vec<Uuid>,
    /// What the mail stands on.
    pub links: Vec<Link>,
    /// Those of the links that nobody vouches for: it came to the signed address of a ticket or record, from somebody
    /// who is no party to it.
    pub unverified: Vec<Link>,
    /// One line per inbox that the message reached.
    pub intakes: Vec<NewIntake>,
    /// Turns of queues that were taken: the inbox's key, and who was served.
    pub turns: Vec<(String, Uuid)>,
    /// News for owners.
    pub notifications: Vec<NewNotification>,
    /// What came back of our own mail.
    pub returned: Vec<Returned>,
    /// Rows of the outbox of which somebody was told that their mail may have come back.
    pub hearsay: Vec<Uuid>,
    /// Canonical addresses of people who wrote themselves: their mailboxes are not full any more.
    pub heard: Vec<String>,
    /// Addresses of ours that only looked signed.
    pub unsigned: Vec<String>,
    /// Automatic replies; each goes out if its claims are free.
    pub letters: Vec<PlannedReply>,
    /// News that is told once: its id, and what it is known by. Of what was told before nothing is written.
    pub told_once: Vec<(Uuid, Digest)>,
    /// Why nothing was captured after all, by the [name](super::capture::Exclusion::name) of the reason.
    pub dropped: Option<&'static str>,
}

/// A mail to store for ever.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// UUIDv7 of the moment of recording: it chooses the partition.
    pub id: Uuid,
    /// What makes it one mail.
    pub fingerprint: Digest,
    /// Without a Message-ID of its sender's: a repeat counts only within six hours.
    pub anonymous: bool,
    /// By which way it came: `assistant-bcc`, `assistant-forward`, `inbox`, `capture`, `desk`, `import`, `api`.
    pub source: &'static str,
    /// `in`: an outsider wrote it; `out`: a user did.
    pub direction: &'static str,
    /// `Date`, of the original where a forward was filed.
    pub sent_at: Option<Timestamp>,
    /// When Postfix gave it to us.
    pub received_at: Timestamp,
    /// Envelope sender; empty for the null sender.
    pub mail_from: String,
    /// Message-ID as written.
    pub message_id: Option<String>,
    /// Digests under which answers find it: its Message-ID, and the forwarded original's.
    pub message_id_digests: Vec<Digest>,
    /// Subject, of the original where a forward was filed.
    pub subject: Option<String>,
    /// The whole text.
    pub text: String,
    /// The new text: without quotation and signature, or the original's text of a forward.
    pub new_text: Option<String>,
    /// What the user wrote above a forward.
    pub note: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// The user on whose authority it was filed.
    pub filed_by: Option<Uuid>,
    /// Not understood: only `raw` and the reason are there.
    pub unparsed: Option<String>,
    /// Correspondents.
    pub parties: Vec<Party>,
    /// Attachments.
    pub attachments: Vec<NewAttachment>,
    /// Findings, as a JSON array.
    pub findings: serde_json::Value,
    /// The message as received.
    pub raw: Vec<u8>,
}

/// One correspondent of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// `from`, `sender`, `reply-to`, `to`, `cc`, `bcc`.
    pub role: &'static str,
    /// Name as written.
    pub name: Option<String>,
    /// Address as written.
    pub address: Option<String>,
    /// Canonical address, if it is one.
    pub canonical: Option<String>,
    /// The contact or user that it is.
    pub contact: Option<Uuid>,
    /// The user that it is.
    pub user: Option<Uuid>,
}

/// One attachment; equal contents are stored once.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// File name as sent.
    pub name: Option<String>,
    /// Media type.
    pub media_type: String,
    /// Digest of the content.
    pub sha256: Digest,
    /// The content.
    pub content: Vec<u8>,
}

/// A contact to make.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// Key.
    pub id: Uuid,
    /// Name; the address if there is none.
    pub name: String,
    /// Company's name, as text.
    pub company: Option<String>,
    /// Canonical addresses with the form shown to people.
    pub addresses: Vec<(String, String)>,
    /// Phones in E.164.
    pub phones: Vec<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Origin's key.
    pub origin: Option<String>,
    /// Owner.
    pub owner: Option<Uuid>,
}

/// A record to open.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Key.
    pub id: Uuid,
    /// `lead`, `deal`, …
    pub kind: &'static str,
    /// Series of its code, `LEAD`.
    pub series: String,
    /// Title.
    pub title: String,
    /// Contacts that are parties to it.
    pub contacts: Vec<Uuid>,
    /// Owner.
    pub owner: Option<Uuid>,
    /// Origin's key.
    pub origin: Option<String>,
    /// A form's reference that named no record of ours.
    pub asked_about: Option<String>,
}

/// A ticket to open.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Key.
    pub id: Uuid,
    /// Series of its code; the code is `SERIES-YEAR-NNNNN`.
    pub series: String,
    /// Subject.
    pub subject: String,
    /// The contact that it is about.
    pub contact: Option<Uuid>,
    /// Owner.
    pub owner: Option<Uuid>,
    /// The inbox that it came by.
    pub inbox: String,
    /// The closed ticket that this one follows.
    pub follows: Option<Uuid>,
}

/// What a mail stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The mail.
    pub mail: Uuid,
    /// What it is linked to.
    pub target: Target,
}

/// The things a mail can stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// A contact.
    Contact(Uuid),
    /// A record.
    Record(Uuid),
    /// A ticket.
    Ticket(Uuid),
}

/// One line of "this message reached this inbox, and this came of it".
#[derive(Debug, Clone)]
pub struct NewIntake {
    /// Key.
    pub id: Uuid,
    /// The mail, if one is stored.
    pub mail: Option<Uuid>,
    /// The inbox's key.
    pub inbox: String,
    /// What stood behind the delimiter.
    pub detail: Option<String>,
    /// The user on whose authority it came.
    pub user: Option<Uuid>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, for people.
    pub reason: String,
    /// For `unresolved`: the cause's stable name, `ambiguous-record`.
    pub cause: Option<&'static str>,
    /// What came of the automatic reply, for people; `None` where the inbox has none.
    pub reply: Option<String>,
    /// For `unresolved`: what it could be.
    pub candidates: Vec<Target>,
    /// How the owner was found, for people.
    pub assignment: Option<String>,
    /// The owner chosen.
    pub owner: Option<Uuid>,
    /// Keys under which a lead that a stranger opened is counted.
    pub ceilings: Vec<String>,
    /// Queue id.
    pub queue_id: Option<String>,
    /// By which door.
    pub door: &'static str,
    /// When Postfix gave it to us.
    pub received_at: Timestamp,
    /// Envelope sender; empty for the null sender.
    pub mail_from: String,
    /// Subject, as shown in the list of received mails.
    pub subject: Option<String>,
}

/// What came of a message at an inbox (row W05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Stored, and linked to something.
    Recorded,
    /// Stored before; the route was added or was there already.
    Duplicate,
    /// All parties are colleagues: nothing stored.
    Internal,
    /// Marked by an earlier filter.
    Spam,
    /// An automatic message: stored, nothing opened.
    Automatic,
    /// A delivery status notification.
    Bounce,
    /// A recipient of ours wants no more mail.
    Unsubscribe,
    /// Its author is blocked.
    Blocked,
    /// Stored, and a person must decide.
    Unresolved,
    /// Stored raw; not understood.
    Failed,
    /// Received before its only outside party was erased: nothing stored.
    Erased,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 11] = [
        Outcome::Recorded,
        Outcome::Duplicate,
        Outcome::Internal,
        Outcome::Spam,
        Outcome::Automatic,
        Outcome::Bounce,
        Outcome::Unsubscribe,
        Outcome::Blocked,
        Outcome::Unresolved,
        Outcome::Failed,
        Outcome::Erased,
    ];

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }

    /// The name used in SQL, logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Recorded => "recorded",
            Outcome::Duplicate => "duplicate",
            Outcome::Internal => "internal",
            Outcome::Spam => "spam",
            Outcome::Automatic => "automatic",
            Outcome::Bounce => "bounce",
            Outcome::Unsubscribe => "unsubscribe",
            Outcome::Blocked => "blocked",
            Outcome::Unresolved => "unresolved",
            Outcome::Failed => "failed",
            Outcome::Erased => "erased",
        }
    }
}

/// News for a user (row W09).
#[derive(Debug, Clone)]
pub struct NewNotification {
    /// Key.
    pub id: Uuid,
    /// For whom.
    pub user: Uuid,
    /// `news`, `assigned`; to who filed a mail: `unresolved`; to who wrote to one who wants no mail: `unwanted`;
    /// of our mail that came back: `bounced`.
    pub kind: &'static str,
    /// What it is about.
    pub target: Option<Target>,
    /// The mail that caused it.
    pub mail: Option<Uuid>,
    /// One line for people.
    pub text: String,
}
