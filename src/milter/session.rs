//! One SMTP session as a state machine: events in, answers out. It knows the policy and the spool, not
//! libmilter.
//!
//! A message's state begins at MAIL and ends at end of message, at the next MAIL, or when forgotten: after
//! *accept* at DATA nobody tells us that the message is over, and an abort may come twice or never.
//!
//! The queue id is unknown until DATA (or the second RCPT); lines logged before begin with `NOQUEUE`, and all
//! carry the session's number.

use super::counters::count;
use super::edits::{self, Edit, Fate, INTAKE_HEADER, Recipient};
use super::reply::Reply;
use super::{Shared, edits::fate};
use crate::crm::block::{Block, BlockScope};
use crate::crm::inbox::Original;
use crate::crm::policy::{Policy, Rcpt, is_exempt};
use crate::mail::envelope::{Door, Envelope, InboxRcpt};
use crate::spool::{Draft, fault};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Longest part of a message's `From` fields that is kept for the block list.
const FROM_MAX: usize = 64 * 1024;

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
    sender_block: Option<Block>,
    sasl_login: Option<String>,
    cert_issuer: Option<String>,
    cert_subject: Option<String>,
    /// Came by SMTP, not by sendmail(1).
    smtp: bool,
    recipients: Vec<Recipient>,
    rcpt_to: Vec<String>,
    inboxes: Vec<InboxRcpt>,
    queue_id: Option<String>,
    recording: Recording,
    from: Vec<u8>,
    forged: usize,
}

#[derive(Debug)]
enum Recording {
    /// Nothing of ours: only `From` is of interest.
    LookOnly,
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
        count(&self.shared.counters.messages);
        self.message = Some(Message {
            sender_block: policy.block(&mail_from),
            policy,
            mail_from,
            sasl_login: own("{auth_authen}"),
            cert_issuer: own("{cert_issuer}"),
            cert_subject: own("{cert_subject}"),
            smtp: true,
            recipients: Vec::new(),
            rcpt_to: Vec::new(),
            inboxes: Vec::new(),
            queue_id: own("i"),
            recording: Recording::LookOnly,
            from: Vec::new(),
            forged: 0,
        });
    }

    /// A recipient.
    pub fn rcpt(&mut self, recipient: &[u8], macros: &impl Macros) -> Answer {
        let Some(message) = self.message.as_mut() else { return Answer::Continue };
        let mailer = macros.value("{rcpt_mailer}");
        if mailer == Some("error") {
            return Answer::Continue; // refused already, shown for information
        }
        message.smtp = mailer.is_some();
        message.queue_id = macros.value("i").map(str::to_owned).or(message.queue_id.take());
        // A recipient that is not UTF-8 could not be deleted by its spelling; the pipe door takes it.
        let Ok(written) = std::str::from_utf8(recipient) else {
            message.note(String::from_utf8_lossy(recipient).into_owned(), None);
            return Answer::Continue;
        };
        let policy = Arc::clone(&message.policy);
        match policy.rcpt(message.sender_block, written, macros.value("{rcpt_addr}"), message.smtp) {
            Rcpt::Refused(block) => {
                count(&self.shared.counters.refused_rcpt);
                let reply = Reply::refused(&policy.refusal);
                self.log_refusal("RCPT", block, written, &reply);
                return Answer::Refuse(reply);
            }
            Rcpt::Other => message.note(written.to_owned(), None),
            Rcpt::Ours(inbox, detail) => {
                let rcpt_to = bare(recipient);
                message.note(written.to_owned(), Some((inbox.original.clone(), inbox.mark_copy)));
                // The same again is the rules' to leave out.
                message.inboxes.push(InboxRcpt { inbox: inbox.key.clone(), detail, rcpt_to });
            }
        }
        Answer::Continue
    }

    /// The recipients are complete.
    pub fn data(&mut self, macros: &impl Macros) -> Answer {
        let Some(message) = self.message.as_mut() else { return Answer::Accept };
        message.queue_id = macros.value("i").map(str::to_owned).or(message.queue_id.take());
        if !message.inboxes.is_empty() {
            count(&self.shared.counters.designated);
            message.recording = Recording::Waiting;
            return Answer::Continue;
        }
        if message.policy.looks_at_all() && message.smtp {
            return Answer::Continue;
        }
        self.message = None;
        Answer::Accept
    }

    /// A header field, its value as it came: with the leading space if that was negotiated, folded by LF.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        let Some(message) = self.message.as_mut() else { return };
        if name.eq_ignore_ascii_case(b"From") && message.from.len() + value.len() < FROM_MAX {
            message.from.extend_from_slice(b"From:");
            crlf(value, |piece| message.from.extend_from_slice(piece));
            message.from.extend_from_slice(b"\r\n");
        }
        if name.eq_ignore_ascii_case(INTAKE_HEADER.as_bytes()) {
            message.forged += 1;
        }
        let separator: &[u8] = if self.offered.leading_space { b":" } else { b": " };
        self.record(|draft| {
            draft.write(name)?;
            draft.write(separator)?;
            let mut result = Ok(());
            crlf(value, |piece| {
                if result.is_ok() {
                    result = draft.write(piece);
                }
            });
            result?;
            draft.write(b"\r\n")
        });
    }

    /// The header is complete.
    pub fn eoh(&mut self) {
        self.record(|draft| draft.write(b"\r\n"));
    }

    /// A piece of the body, cut anywhere.
    pub fn body(&mut self, chunk: &[u8]) -> Answer {
        fault::panic_at("panic-in-body");
        self.record(|draft| draft.write(chunk));
        match &self.message {
            None => Answer::Accept,
            Some(Message { recording: Recording::LookOnly | Recording::Failed, .. }) if self.offered.skip => {
                Answer::Skip
            }
            Some(_) => Answer::Continue,
        }
    }

    /// The message is complete: record it, then say what becomes of it.
    pub fn eom(&mut self, macros: &impl Macros) -> End {
        let Some(message) = self.message.as_mut() else { return End::Answer(Answer::Accept) };
        message.queue_id = macros.value("i").map(str::to_owned).or(message.queue_id.take());
        if let Some(end) = self.refuse_author() {
            self.message = None;
            return end;
        }
        // A message without header and body is one, too.
        self.record(|_| Ok(()));
        let Some(message) = self.message.take() else { return End::Answer(Answer::Accept) };
        self.commit_with(message, |message, id| {
            fate(&message.recipients, id, message.forged, message.policy.case_sensitive)
        })
    }

    /// The message is over: aborted, or given up after a panic.
    pub fn forget_message(&mut self) {
        self.message = None;
    }

    /// Commits, and only then names the edits.
    fn commit_with(&self, mut message: Message, fate: impl FnOnce(&Message, Uuid) -> Fate) -> End {
        let recording = std::mem::replace(&mut message.recording, Recording::Failed);
        let Recording::Writing(draft) = recording else { return Answer::Accept.into() };
        let bytes = draft.message_bytes();
        let id = match draft.commit() {
            Ok(id) => id,
            Err(error) => {
                self.spool_failed(&message, &error);
                return Answer::Accept.into();
            }
        };
        count(&self.shared.counters.recorded);
        let fate = fate(&message, id);
        self.log_recorded(&message, id, bytes, &fate);
        match fate {
            Fate::Discard => Answer::Discard.into(),
            Fate::Deliver(edits) if edits.is_empty() => Answer::Accept.into(),
            Fate::Deliver(edits) => End::Edit(edits),
        }
    }

    /// What a blocked author in `From` leads to. Mail from sendmail(1), and what somebody who logged in passes
    /// on, is left to the worker.
    fn refuse_author(&mut self) -> Option<End> {
        let judged = |m: &&Message| m.smtp && m.sasl_login.is_none() && !m.from.is_empty();
        let message = self.message.as_ref().filter(judged)?;
        let policy = &message.policy;
        let block = authors(&message.from).iter().filter_map(|a| policy.block(a)).max_by_key(|b| b.scope)?;
        let all_ours = message.recipients.iter().all(|r| r.inbox.is_some());
        let exempt = |r: &Recipient| is_exempt(&r.written);
        let refusable = all_ours || block.scope == BlockScope::All;
        if refusable && !message.recipients.iter().any(exempt) {
            count(&self.shared.counters.refused_eom);
            let reply = Reply::refused(&policy.refusal);
            self.log_refusal("end of message", block, &message.rcpt_to.join(","), &reply);
            return Some(Answer::Refuse(reply).into());
        }
        if message.inboxes.is_empty() {
            return Some(Answer::Accept.into());
        }
        // Only our recipients go. One that always passes stays, and reaches us by the pipe door.
        let mut recipients = message.recipients.clone();
        recipients.iter_mut().filter(|r| exempt(r)).for_each(|r| r.inbox = None);
        count(&self.shared.counters.taken_out);
        self.log_taken_out(message, block);
        // The worker lists it as blocked: what reached an inbox has a line (row W05).
        self.record(|_| Ok(()));
        let message = self.message.take()?;
        Some(self.commit_with(message, |_, _| edits::fate_of_blocked(&recipients)))
    }

    /// Writes to the draft, beginning it first if need be. From the first error on nothing is recorded.
    fn record(&mut self, write: impl FnOnce(&mut Draft) -> io::Result<()>) {
        let Some(mut message) = self.message.take() else { return };
        let before = std::mem::replace(&mut message.recording, Recording::Failed);
        let draft = match before {
            Recording::Waiting => self.shared.spool.begin(&self.envelope(&message)),
            Recording::Writing(draft) => Ok(draft),
            other => {
                message.recording = other;
                self.message = Some(message);
                return;
            }
        };
        match draft.and_then(|mut draft| write(&mut draft).map(|()| draft)) {
            Ok(draft) => message.recording = Recording::Writing(draft),
            Err(error) => self.spool_failed(&message, &error),
        }
        self.message = Some(message);
    }

    fn envelope(&self, message: &Message) -> Envelope {
        // sendmail(1) is shown to us as a client on localhost that there is not.
        let client = message.smtp.then_some(self);
        let verified = |name: &&str| !name.eq_ignore_ascii_case("unknown");
        Envelope {
            door: Door::Milter,
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
        }
    }

    fn spool_failed(&self, message: &Message, error: &io::Error) {
        count(&self.shared.counters.spool_errors);
        self.log_spool_failed(message, error);
    }
}

impl Message {
    fn note(&mut self, written: String, inbox: Option<(Original, bool)>) {
        self.rcpt_to.push(bare(written.as_bytes()));
        self.recipients.push(Recipient { written, inbox });
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

/// The addr-specs in `From` fields, those inside of groups included.
fn authors(fields: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let message = [fields, b"\r\n"].concat();
    let Some(parsed) = mail_parser::MessageParser::default().parse_headers(&message) else { return found };
    for header in parsed.headers() {
        if let mail_parser::HeaderValue::Address(address) = &header.value {
            found.extend(address.iter().filter_map(|a| a.address.as_deref()).map(str::to_owned));
        }
    }
    found
}

/// The value with its line ends as CRLF, in pieces.
fn crlf(value: &[u8], mut piece: impl FnMut(&[u8])) {
    let mut lines = value.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_none() {
            return piece(line);
        }
        piece(line.strip_suffix(b"\r").unwrap_or(line));
        piece(b"\r\n");
    }
}

mod lines;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
