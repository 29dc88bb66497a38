//! What the rules know of one message when they plan: its envelope, its fingerprint, and its reading.

use super::block::without_extension;
use super::known::{Digest, Wanted};
use super::signed::Claimed;
use crate::extract;
use crate::mail::address::{self, Mailbox};
use crate::mail::complaint::Complaint;
use crate::mail::dsn::Bounce;
use crate::mail::envelope::{Envelope, Report};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// One spool entry, read.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The entry.
    pub spool_id: Uuid,
    /// What its session said.
    pub envelope: Envelope,
    /// What makes it one mail.
    pub fingerprint: Digest,
    /// Without a Message-ID of its sender's.
    pub anonymous: bool,
    /// What it says, or why it could not be understood.
    pub reading: Result<Reading, String>,
    /// The message as received.
    pub raw: Vec<u8>,
}

/// What a message says.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What sort of message it is.
    pub kind: Kind,
    /// Whether a machine made it, or it was sent to many. Portals' leads have such marks, too.
    pub by_machine: bool,
    /// Mailboxes of `From`.
    pub from: Vec<Mailbox>,
    /// Mailboxes of `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// Mailboxes of `To`.
    pub to: Vec<Mailbox>,
    /// Mailboxes of `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Subject`.
    pub subject: Option<String>,
    /// `Date`.
    pub sent_at: Option<Timestamp>,
    /// `Message-ID`.
    pub message_id: Option<String>,
    /// Message-IDs that it answers, newest first.
    pub references: Vec<String>,
    /// The whole text.
    pub text: String,
    /// The new text, without quotation and signature.
    pub new_text: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Codes of records in the subject.
    pub codes: Vec<String>,
    /// The customer of a form or of a source.
    pub form: Option<Customer>,
    /// The original of a forward.
    pub forward: Option<Original>,
    /// What a delivery report says.
    pub bounce: Option<Bounce>,
    /// What an abuse report says.
    pub complaint: Option<Complaint>,
    /// Canonical address of the author for whom our own host found an aligned DMARC pass.
    pub proven_author: Option<String>,
    /// By which field our own host's filter has marked it as spam: `X-Spam-Flag: YES`.
    pub spam: Option<String>,
    /// Whether our own host found that DMARC failed.
    pub dmarc_failed: bool,
    /// What in the header forbids an automatic answer, for people.
    pub unanswerable: Option<String>,
    /// Whether a program like this one has sent it.
    pub own_mark: bool,
    /// The `[[source]]` that it comes from, by author and subject, and whether client or DMARC prove that it does.
    pub source: Option<(String, bool)>,
    /// Phones, company and name of the author, from the signature.
    pub author: Customer,
    /// Attachments: name, media type, content.
    pub attachments: Vec<super::plan::NewAttachment>,
    /// Findings, as a JSON array.
    pub findings: serde_json::Value,
}

/// What sort of message it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A person wrote it, as far as one can tell.
    #[default]
    Person,
    /// A delivery status notification, or a bounce without its form.
    Bounce,
    /// An abuse report (RFC 5965).
    Complaint,
    /// An automatic answer (RFC 3834).
    Automatic,
    /// A mailing list's.
    List,
    /// An answer to an invitation.
    Calendar,
}

impl Kind {
    /// In words, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Person => "a person's",
            Kind::Bounce => "a delivery status notification",
            Kind::Complaint => "an abuse report",
            Kind::Automatic => "automatic mail",
            Kind::List => "a mailing list's",
            Kind::Calendar => "an answer to an invitation",
        }
    }
}

impl From<extract::Kind> for Kind {
    fn from(kind: extract::Kind) -> Self {
        match kind {
            extract::Kind::Bounce => Kind::Bounce,
            extract::Kind::Complaint => Kind::Complaint,
            extract::Kind::AutoReply => Kind::Automatic,
            extract::Kind::List => Kind::List,
            extract::Kind::Calendar => Kind::Calendar,
            extract::Kind::Person | extract::Kind::Lead | extract::Kind::Forward | extract::Kind::Reply => {
                Kind::Person
            }
        }
    }
}

/// Whom a form, a source or a signature names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Phones in E.164.
    pub phones: Vec<String>,
    /// Company.
    pub company: Option<String>,
    /// What they ask.
    pub message: Option<String>,
    /// What they ask about: the external reference of a record.
    pub reference: Option<String>,
    /// Name of the source, where one matched.
    pub source: Option<String>,
    /// Origin that the source, or the form as such, gives to new contacts.
    pub origin: Option<String>,
}

/// The original of a forward.
#[derive(Debug, Clone, Default)]
pub struct Original {
    /// Author.
    pub from: Option<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Date`.
    pub sent_at: Option<Timestamp>,
    /// `Subject`.
    pub subject: Option<String>,
    /// Message-ID, where it was attached whole.
    pub message_id: Option<String>,
    /// Its text.
    pub text: String,
    /// What the forwarder wrote above.
    pub note: Option<String>,
    /// Whom it names, if it is a form's mail.
    pub customer: Option<Customer>,
}

/// The key under which a Message-ID is looked up; one of 60 kB would not fit into an index.
pub fn message_id_digest(message_id: &str) -> Digest {
    Sha256::digest(message_id.trim().as_bytes()).into()
}

/// The key under which a letter of ours is looked up by the Message-ID that a report gives, without angle brackets.
pub fn sent_id_digest(message_id: &str) -> Digest {
    message_id_digest(&format!("<{}>", message_id.trim()))
}

impl Reading {
    /// The Message-ID of the mail that a report of its failure, or a complaint about it, is about.
    pub fn original_message_id(&self) -> Option<&str> {
        let failed = self.bounce.as_ref().filter(|bounce| bounce.failed());
        let bounced = failed.and_then(|bounce| bounce.original_message_id.as_deref());
        bounced.or_else(|| self.complaint.as_ref()?.original_message_id.as_deref())
    }
}

impl Facts {
    /// Adds to `wanted` what the rules will ask about this message.
    pub fn want(&self, case_sensitive: bool, wanted: &mut Wanted) {
        wanted.spool_ids.insert(self.spool_id);
        wanted.released.extend(self.envelope.released.iter().map(|released| released.mail));
        wanted.fingerprints.insert(self.fingerprint);
        let received_at = self.envelope.received_at;
        wanted.oldest = Some(wanted.oldest.map_or(received_at, |oldest| oldest.min(received_at)));
        let Ok(reading) = &self.reading else {
            wanted.addresses.extend(address::canonical(&self.envelope.mail_from, case_sensitive));
            return;
        };
        let client = self.envelope.client_address.map(|address| format!("client {}", address.to_canonical()));
        wanted.ceilings.extend(client);
        let routes = self.envelope.inboxes.iter().map(|rcpt| &rcpt.inbox).chain(&self.envelope.capture);
        wanted.ceilings.extend(routes.map(|key| format!("inbox {key}")));
        let mut address = |text: Option<&str>| {
            wanted.addresses.extend(text.and_then(|text| address::canonical(text, case_sensitive)));
        };
        let named = reading.to.iter().chain(&reading.cc).take(MOST_LOOKED_UP);
        for mailbox in reading.from.iter().take(MOST_LOOKED_UP).chain(named) {
            address(mailbox.address.as_deref());
        }
        address(Some(&self.envelope.mail_from));
        // A contact is told of by what stands before the extension as well.
        if self.envelope.reports.iter().any(|report| report.what == Report::MISSED) {
            let sender = address::canonical(&self.envelope.mail_from, case_sensitive);
            address(sender.and_then(|sender| without_extension(&sender)).as_deref());
        }
        self.envelope.rcpt_to.iter().take(MOST_LOOKED_UP).for_each(|rcpt| address(Some(rcpt)));
        if let Some(form) = &reading.form {
            address(form.address.as_deref());
            wanted.phones.extend(form.phones.iter().cloned());
            wanted.external_references.extend(form.reference.clone());
            wanted.ceilings.extend(form.source.iter().map(|source| format!("source {source}")));
        }
        if let Some(original) = &reading.forward {
            if let Some(customer) = &original.customer {
                address(customer.address.as_deref());
                wanted.phones.extend(customer.phones.iter().cloned());
                wanted.external_references.extend(customer.reference.clone());
            }
            let named = original.to.iter().chain(&original.cc).take(MOST_LOOKED_UP);
            for mailbox in original.from.iter().chain(named) {
                address(mailbox.address.as_deref());
            }
        }
        for detail in self.envelope.inboxes.iter().filter_map(|rcpt| rcpt.detail.as_deref()) {
            match Claimed::of(detail) {
                Some(claimed) => {
                    wanted.signed = true;
                    wanted.codes.extend(claimed.code().map(str::to_owned));
                    wanted.returned.extend(Some(claimed).filter(Claimed::returns));
                }
                None => _ = wanted.codes.insert(detail.to_uppercase()),
            }
        }
        wanted.sent_ids.extend(reading.original_message_id().map(sent_id_digest));
        wanted.codes.extend(reading.codes.iter().map(|code| code.to_uppercase()));
        wanted.message_ids.extend(reading.references.iter().take(32).map(|id| message_id_digest(id)));
    }
}

/// Recipients of one message that can become contacts. A mailing to thousands is no correspondence.
pub const MOST_RECIPIENTS: usize = 100;

/// Mailboxes of one list that are looked at for customers. Whoever stands behind them is in no answer of the
/// store and must not be taken for unknown: the rules and [`Facts::want`] go by the same number.
pub const MOST_LOOKED_UP: usize = MOST_RECIPIENTS * 10;
