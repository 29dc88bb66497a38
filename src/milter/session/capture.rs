//! Mail that is recorded as it passes (row R07): asked at DATA from the envelope, decided by the header, then
//! streamed into the spool like any other.
//!
//! It is done on the side: whatever fails here, the mail goes on at once as if no rule existed, without an edit, a
//! refusal or a second attempt, and a counter tells. What an inbox gets is recorded anyway; of such a message only
//! the rules that may apply are noted, and the worker decides. A header that is longer than [`HEADER_MAX`] is not
//! kept in memory and captures nothing.
//!
//! While the users are not loaded yet (no database since the start) nobody is covered, and nothing is captured.

use super::super::counters::count;
use super::content::HEADER_MAX;
use super::{Answer, End, Message, Recording, Session};
use crate::crm::capture::{Header, Question};
use crate::crm::contact::Company;
use crate::mail::message;
use crate::spool::Draft;

impl Session {
    /// At DATA, of a message that no inbox gets: whether a rule may apply, so that its header is needed.
    pub(super) fn awaits_capture(&mut self) -> bool {
        let Some(message) = self.message.as_mut() else { return false };
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

    /// Commits what only a rule records. The message goes on unchanged whether that succeeds or not.
    pub(super) fn commit_capture(&self, message: &Message, draft: Draft) -> End {
        let bytes = draft.message_bytes();
        match draft.commit() {
            Ok(id) => {
                count(&self.shared.counters.captured);
                self.log_captured(message, id, bytes);
            }
            Err(error) => self.spool_failed(message, &error),
        }
        Answer::Accept.into()
    }
}

impl Message {
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
