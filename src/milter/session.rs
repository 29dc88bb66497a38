//! One SMTP session as a state machine: events in, answers out. It knows the policy and the spool, not
//! libmilter.
//!
//! A message's state begins at MAIL and ends at end of message, at the next MAIL, or when forgotten: after
//! *accept* at DATA nobody tells us that the message is over, and an abort may come twice or never.
//!
//! The queue id is unknown until DATA (or the second RCPT); lines logged before begin with `NOQUEUE`, and all
//! carry the session's number.

mod capture;
mod content;
mod end;
mod lines;
mod missed;

use super::Shared;
use super::counters::count;
use super::edits::{Edit, Recipient};
use super::reply::Reply;
use crate::crm::authority::Proofs;
use crate::crm::inbox::{Inbox, Kind};
use crate::crm::policy::{Policy, Rcpt, Submitter};
use crate::mail::envelope::{Door, Envelope, InboxRcpt, Report};
use crate::spool::probes::Token;
use crate::spool::{Draft, Spool};
pub use missed::Missed;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The macros of the present stage.
pub trait Macros {
    /// The macro's value, if it has one in UTF-8.
    fn value(&self, name: &str) -> Option<&str>;
}

/// What was negotiated with Postfix for this session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offered {
    /// No reply to connect.
    pub quiet_connect: bool,
    /// No reply to HELO.
    pub quiet_helo: bool,
    /// No reply to a header field.
    pub quiet_header: bool,
    /// No reply to the end of the header.
    pub quiet_eoh: bool,
    /// The rest of a body may be declined.
    pub skip: bool,
    /// Header fields come with the space behind their colon.
    pub leading_space: bool,
}

/// An answer to Postfix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Continue,
    /// This message is none of our business any more.
    Accept,
    /// Say 250 and deliver to nobody.
    Discard,
    /// No more of the body.
    Skip,
    /// Refuse this recipient, or at the end the message.
    Refuse(Reply),
}

/// What is done at end of message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// This answer.
    Answer(Answer),
    /// These edits, in order, then accept, whether Postfix takes them or not: the message is recorded.
    Edit(Vec<Edit>),
}

/// One SMTP session.
#[derive(Debug)]
pub struct Session {
    shared: Shared,
    /// What was negotiated.
    pub offered: Offered,
    number: u64,
    client_address: Option<IpAddr>,
    client_name: String,
    helo: Option<String>,
    message: Option<Message>,
}

/// One message, from MAIL to its end.
#[derive(Debug)]
struct Message {
    policy: Arc<Policy>,
    mail_from: String,
    submitter: Submitter,
    sasl_login: Option<String>,
    cert_issuer: Option<String>,
    cert_subject: Option<String>,
    /// Came by SMTP, not by sendmail(1).
    smtp: bool,
    recipients: Vec<Recipient>,
    rcpt_to: Vec<String>,
    inboxes: Vec<InboxRcpt>,
    /// How many of the recipients are assistants.
    assistants: usize,
    /// What a colleague is to be told.
    reports: Vec<Report>,
    /// Keys of the capture rules that may record it.
    capture: Vec<String>,
    /// It has more recipients than the milter keeps in mind.
    too_many: bool,
    queue_id: Option<String>,
    recording: Recording,
    /// The `From` fields, for the block list.
    from: Vec<u8>,
    /// The header, where `Authentication-Results` may prove a user, or a capture rule may apply.
    header: Option<Vec<u8>>,
    forged: usize,
}

#[derive(Debug)]
enum Recording {
    /// Nothing of ours: only `From` is of interest.
    LookOnly,
    /// It is one of `crmctl check`, and no mail: the header is of interest.
    Probe(Token),
    /// A capture rule may apply: the header decides.
    Undecided,
    /// Nothing arrived yet.
    Waiting,
    Writing(Draft),
    /// The spool could not take it.
    Failed,
}

impl Session {
    /// A session that was just negotiated.
    pub fn new(shared: Shared, offered: Offered) -> Session {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        count(&shared.counters.sessions);
        let client_name = "unknown".to_owned();
        Session { shared, offered, number, client_address: None, client_name, helo: None, message: None }
    }

    /// The client. Where the name is not verified Postfix says `unknown`, and libmilter is told the address.
    pub fn connect(&mut self, name: &str, address: Option<IpAddr>) {
        self.client_name = if name.starts_with('[') { "unknown" } else { name }.to_owned();
        self.client_address = address;
    }

    /// HELO or EHLO; may come again, or never.
    pub fn helo(&mut self, name: &str) {
        self.helo = Some(name.to_owned());
    }

    /// A transaction begins.
    pub fn mail(&mut self, sender: &[u8], macros: &impl Macros) {
        let policy = self.shared.policy.load_full();
        let mail_from = bare(sender);
        let own = |name| macros.value(name).filter(|v| !v.is_empty()).map(str::to_owned);
        let (sasl_login, cert_issuer, cert_subject) =
            (own("{auth_authen}"), own("{cert_issuer}"), own("{cert_subject}"));
        let proofs = Proofs {
            sasl_login: sasl_login.as_deref(),
            certificate: cert_issuer.as_deref().zip(cert_subject.as_deref()),
            client_address: self.client_address,
        };
        count(&self.shared.counters.messages);
        self.message = Some(Message {
            // Postfix's reading: a source route or a comment hides nobody.
            submitter: policy.submitter(own("{mail_addr}").as_deref().unwrap_or(&mail_from), proofs),
            policy,
            mail_from,
            sasl_login,
            cert_issuer,
            cert_subject,
            smtp: true,
            recipients: Vec::new(),
            rcpt_to: Vec::new(),
            inboxes: Vec::new(),
            assistants: 0,
            reports: Vec::new(),
            capture: Vec::new(),
            too_many: false,
            queue_id: own("i"),
            recording: Recording::LookOnly,
            from: Vec::new(),
            header: None,
            forged: 0,
        });
    }

    /// A recipient.
    pub fn rcpt(&mut self, recipient: &[u8], macros: &impl Macros) -> Answer {
        let Some(message) = self.message.as_mut() else { return Answer::Continue };
        let mailer = macros.value("{rcpt_mailer}");
        if mailer == Some("error") {
            // Refused already, shown for information.
            if let Some(message) = &self.message {
                self.missed(message, recipient, macros.value("{rcpt_host}"));
            }
            return Answer::Continue;
        }
        message.smtp = mailer.is_some();
        message.queue_id = macros.value("i").map(str::to_owned).or(message.queue_id.take());
        // A recipient that is not UTF-8 could not be deleted by its spelling; the pipe door takes it.
        let Ok(written) = std::str::from_utf8(recipient) else {
            message.note(String::from_utf8_lossy(recipient).into_owned(), None);
            return Answer::Continue;
        };
        let policy = Arc::clone(&message.policy);
        match policy.rcpt(&message.submitter, written, macros.value("{rcpt_addr}"), message.smtp) {
            Rcpt::Refused(refusal) => {
                count(&self.shared.counters.refused_rcpt);
                let reply = Reply::refused(&policy, &refusal);
                self.log_refusal("RCPT", &refusal, written, &reply);
                return Answer::Refuse(reply);
            }
            Rcpt::Other => _ = message.note(written.to_owned(), None),
            Rcpt::Unwanted(why) => {
                let report = Report { what: why.as_str().to_owned(), address: bare(recipient) };
                if message.note(written.to_owned(), None) {
                    message.reports.push(report);
                }
            }
            Rcpt::Ours(inbox, detail) => {
                let rcpt_to = bare(recipient);
                if message.note(written.to_owned(), Some(inbox)) {
                    // The same again is the rules' to leave out.
                    message.inboxes.push(InboxRcpt { inbox: inbox.key.clone(), detail, rcpt_to });
                }
            }
        }
        Answer::Continue
    }

    /// The recipients are complete.
    pub fn data(&mut self, macros: &impl Macros) -> Answer {
        let Some(message) = self.message.as_mut() else { return Answer::Accept };
        message.queue_id = macros.value("i").map(str::to_owned).or(message.queue_id.take());
        if message.too_many {
            let message = self.message.as_ref();
            message.iter().for_each(|m| self.over_limit(m, "more recipients than limits.recipients"));
            return self.look_on();
        }
        if let Some(token) = message.probe_of(&self.shared.spool) {
            message.recording = Recording::Probe(token);
            message.header = Some(Vec::new());
            return Answer::Continue;
        }
        if !message.inboxes.is_empty() {
            count(&self.shared.counters.designated);
            message.recording = Recording::Waiting;
            message.header = message.judges_authors().then(Vec::new);
            message.capture = message.captured_by(None);
            return Answer::Continue;
        }
        self.tell_reports();
        if self.awaits_capture() {
            return Answer::Continue;
        }
        self.look_on()
    }

    /// Nothing is recorded of this message; it is looked at if a block may stand against its author.
    fn look_on(&mut self) -> Answer {
        match self.message.as_mut().filter(|message| message.looks_at_author()) {
            Some(message) => {
                message.inboxes.clear();
                message.recording = Recording::LookOnly;
                Answer::Continue
            }
            None => {
                self.message = None;
                Answer::Accept
            }
        }
    }

    /// The message is over: aborted, or given up after a panic.
    pub fn forget_message(&mut self) {
        self.message = None;
    }

    fn envelope(&self, message: &Message) -> Envelope {
        // sendmail(1) is shown to us as a client on localhost that there is not.
        let client = message.smtp.then_some(self);
        let verified = |name: &&str| !name.eq_ignore_ascii_case("unknown");
        Envelope {
            door: Door::Milter,
            released: None,
            received_at: (self.shared.clock)(),
            queue_id: message.queue_id.clone(),
            mail_from: message.mail_from.clone(),
            rcpt_to: message.rcpt_to.clone(),
            inboxes: message.inboxes.clone(),
            client_address: client.and_then(|c| c.client_address),
            client_name: client.map(|c| c.client_name.as_str()).filter(verified).map(str::to_owned),
            helo: client.and_then(|c| c.helo.clone()),
            sasl_login: message.sasl_login.clone(),
            cert_issuer: message.cert_issuer.clone(),
            cert_subject: message.cert_subject.clone(),
            capture: message.capture.clone(),
            reports: message.reports.clone(),
            by_hand: None,
        }
    }
}

impl Message {
    /// Notes a recipient, if there is room for one more.
    fn note(&mut self, written: String, inbox: Option<&Inbox>) -> bool {
        if self.recipients.len() >= self.policy.limits.recipients as usize {
            self.too_many = true;
            return false;
        }
        self.assistants += usize::from(inbox.is_some_and(|inbox| inbox.kind == Kind::Assistant));
        self.rcpt_to.push(bare(written.as_bytes()));
        let inbox = inbox.map(|inbox| (inbox.original.clone(), inbox.mark_copy));
        self.recipients.push(Recipient { written, inbox });
        true
    }

    /// Whether an author must still be proven at the end of the message: an assistant is among the recipients,
    /// and nothing so far proves a user.
    fn judges_authors(&self) -> bool {
        let loaded = self.policy.lists.users.is_some();
        self.assistants > 0 && self.smtp && loaded && self.submitter.user.is_none()
    }

    /// Whether the rest of its body is of any use to us.
    fn needs_body(&self) -> bool {
        !matches!(self.recording, Recording::Probe(_) | Recording::LookOnly | Recording::Failed)
    }

    /// The token of the probe that this is, if it goes to nobody else.
    fn probe_of(&self, spool: &Spool) -> Option<Token> {
        let detail = self.inboxes.first()?.detail.as_deref().filter(|_| self.recipients.len() == 1)?;
        spool.probe(detail)
    }

    fn queue_id(&self) -> &str {
        self.queue_id.as_deref().unwrap_or("NOQUEUE")
    }

    fn inbox_keys(&self) -> String {
        self.inboxes.iter().map(|i| i.inbox.as_str()).collect::<Vec<_>>().join(",")
    }
}

impl From<Answer> for End {
    fn from(answer: Answer) -> End {
        End::Answer(answer)
    }
}

/// The address without its angle brackets; sendmail(1) and sloppy clients write none.
fn bare(argument: &[u8]) -> String {
    let text = String::from_utf8_lossy(argument);
    let text = text.trim();
    text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
