//! Mail that is recorded as it passes (row R07): asked at DATA from the envelope, decided by the header, then
//! streamed into the spool like any other.
//!
//! It is done on the side: whatever fails here, the mail goes on at once as if no rule existed, without an edit, a
//! refusal or a second attempt, and a counter tells. What an inbox gets is recorded anyway; of such a message only
//! the rules that may apply are noted, and the worker decides. A header that is longer than [`HEADER_MAX`] is not
//! kept in memory and captures nothing.
//!
//! While the users, or the contacts where a rule asks for them, are not loaded yet (no database since the start),
//! nothing is captured, and a counter tells.

use super::super::counters::count;
use super::content::HEADER_MAX;
use super::{Answer, End, Message, Recording, Session};
use crate::crm::capture::{Header, Question};
use crate::crm::contact::Company;
use crate::mail::message;
use crate::spool::Draft;
use std::sync::Arc;

impl Session {
    /// At DATA, of a message that no inbox gets: whether a rule may apply, so that its header is needed.
    pub(super) fn awaits_capture(&mut self) -> bool {
        let Some(message) = self.message.as_mut() else { return false };
        if message.lacks_lists() {
            count(&self.shared.counters.capture_missed);
            return false;
        }
        message.capture = message.captured_by(None);
        if message.capture.is_empty() {
            return false;
        }
        message.recording = Recording::Undecided;
        message.header = Some(Vec::new());
        true
    }

    /// When the header is complete: what is captured goes into the spool from here on, what is not is none of our
    /// business any more, unless a block may still stand against its author.
    pub(super) fn decide_capture(&mut self) {
        let undecided = |m: &&mut Message| matches!(m.recording, Recording::Undecided);
        let Some(message) = self.message.as_mut().filter(undecided) else { return };
        message.recording = Recording::LookOnly;
        let header = message.header.take();
        let header_is_too_long = header.is_none();
        message.capture = match &header {
            Some(header) => message.captured_by(Some(header)),
            None => Vec::new(),
        };
        if !message.capture.is_empty()
            && let Some(header) = header
        {
            message.recording = Recording::Waiting;
            return self.record(|draft| draft.write(&header));
        }
        let looks_on = message.looks_at_author();
        if header_is_too_long {
            count(&self.shared.counters.capture_errors);
            let why = format!("its header is longer than {HEADER_MAX} octets");
            self.message.iter().for_each(|message| self.log_not_captured(message, &why));
        }
        if !looks_on {
            self.message = None;
        }
    }

    /// Commits what only a rule records, on the side: the message goes on unchanged and at once, whether that
    /// succeeds or not, and nobody learns from the time of the answer whose mail is recorded. What is left to see is
    /// the time in which its body comes.
    pub(super) fn commit_capture(&self, message: &Message, draft: Draft) -> End {
        let bytes = draft.message_bytes();
        let counters = Arc::clone(&self.shared.counters);
        let (queue_id, session, rules) =
            (message.queue_id().to_owned(), self.number, message.capture.join(","));
        let given = self.shared.side.give(move || match draft.commit() {
            Ok(id) => {
                count(&counters.captured);
                log::info!("{queue_id}: capture={rules} size={bytes} spool={id} session={session}");
            }
            Err(error) => {
                count(&counters.capture_errors);
                log::error!("{queue_id}: not captured, the mail goes on: {error}; session={session}");
            }
        });
        if !given {
            count(&self.shared.counters.capture_errors);
            self.log_not_captured(message, "too much waits to be recorded");
        }
        Answer::Accept.into()
    }
}

impl Message {
    /// Whether rules are there, and what they must know is not.
    fn lacks_lists(&self) -> bool {
        let (captures, lists) = (&self.policy.captures, &self.policy.lists);
        !captures.is_idle() && (lists.users.is_none() || (captures.needs_known() && lists.known.is_none()))
    }

    /// Whether a block may stand against the author of mail that no inbox gets.
    pub(super) fn looks_at_author(&self) -> bool {
        self.policy.looks_at_all() && self.smtp
    }

    /// Keys of the rules that may capture this message, as far as envelope and header tell.
    pub(super) fn captured_by(&self, header: Option<&[u8]>) -> Vec<String> {
        let policy = &*self.policy;
        let users = match policy.lists.users.as_deref() {
            Some(users) if !policy.captures.is_idle() => users,
            _ => return Vec::new(),
        };
        let read = header.map(message::read);
        let spam = read.as_ref().and_then(|message| policy.spam.find(message, 0));
        let header = |message| Header { spam: spam.as_deref(), ..Header::from(message) };
        let question = Question {
            user: self.submitter.user,
            mail_from: &self.mail_from,
            rcpt_to: &self.rcpt_to,
            header: read.as_ref().map(header),
        };
        let known = policy.lists.known.as_deref();
        let is_known = |canonical: &str| known.is_some_and(|known| known.contains(canonical));
        policy.captures.decide(&question, Company { policy, users }, &is_known).keys()
    }
}
