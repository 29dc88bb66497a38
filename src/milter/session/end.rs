//! The end of a message: who wrote it, recorded, then edited; in this order.

use super::super::counters::count;
use super::super::edits::{Fate, Recipient, fate};
use super::super::reply::Reply;
use super::{Answer, End, Macros, Message, Recording, Session};
use crate::crm::block::{Block, BlockScope};
use crate::crm::inbox::Original;
use crate::crm::policy::Refusal;
use crate::mail::envelope::Door;
use crate::mail::{auth_results, message};
use crate::spool::probes::{Seen, Token};
use std::sync::Arc;
use uuid::Uuid;

impl Session {
    /// The message is complete: record it, then say what becomes of it.
    pub fn eom(&mut self, macros: &impl Macros) -> End {
        let Some(message) = self.message.as_mut() else { return End::Answer(Answer::Accept) };
        message.queue_id = macros.value("i").map(str::to_owned).or(message.queue_id.take());
        if let Some(message @ Message { recording: Recording::Probe(token), .. }) = &self.message {
            self.tell_of_probe(message, token);
            self.message = None;
            return Answer::Discard.into();
        }
        if let Some(end) = self.refuse_author().or_else(|| self.refuse_outsider()) {
            self.message = None;
            return end;
        }
        self.decide_capture();
        // A message without header and body is one, too.
        self.record(|_| Ok(()));
        let Some(message) = self.message.take() else { return End::Answer(Answer::Accept) };
        self.commit_with(message, |message, id| {
            fate(&message.recipients, id, message.forged, message.policy.case_sensitive)
        })
    }

    /// Writes down what arrived of a probe. It is no mail: whatever goes wrong, nobody gets it.
    fn tell_of_probe(&self, message: &Message, token: &Token) {
        let (header, queue_id) = (message.header.as_deref().unwrap_or_default(), message.queue_id());
        let seen = Seen { door: Door::Milter, header: String::from_utf8_lossy(header).into_owned() };
        match self.shared.spool.saw_probe(token, &seen) {
            Ok(()) => log::info!("{queue_id}: a probe of `crmctl check`"),
            Err(error) => log::error!("{queue_id}: a probe of `crmctl check`: {error}"),
        }
    }

    /// Commits, and only then names the edits.
    fn commit_with(&self, mut message: Message, fate: impl FnOnce(&Message, Uuid) -> Fate) -> End {
        let recording = std::mem::replace(&mut message.recording, Recording::Failed);
        let Recording::Writing(draft) = recording else { return Answer::Accept.into() };
        if message.inboxes.is_empty() {
            return self.commit_capture(&message, draft);
        }
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

    /// Refuses what only assistants would get from somebody who turns out to be no colleague. With other
    /// recipients it goes on, and the worker lists it as unresolved: a customer's mail to an inbox for leads is
    /// not to be lost because an assistant stood beside it.
    fn refuse_outsider(&mut self) -> Option<End> {
        let message = self.message.as_ref().filter(|m| m.judges_authors())?;
        let only_assistants = message.assistants == message.recipients.len();
        if !only_assistants || message.recipients.iter().any(|r| message.policy.passes(&r.written)) {
            return None;
        }
        let policy = &message.policy;
        if let Some(id) = &policy.authserv_id {
            // A header too long to be kept is left to the worker, which sees all of it.
            let header = [message.header.as_deref()?, b"\r\n"].concat();
            let author = auth_results::author(&message::read(&header), id, Door::Milter).ok();
            let users = policy.lists.users.as_deref()?;
            if author.is_some_and(|author| users.by_address.contains_key(&author)) {
                return None;
            }
        }
        count(&self.shared.counters.refused_eom);
        Some(self.refuse_all(&Refusal::Outsider))
    }

    fn refuse_all(&self, refusal: &Refusal) -> End {
        let Some(message) = &self.message else { return Answer::Continue.into() };
        let reply = Reply::refused(&message.policy, refusal);
        self.log_refusal("end of message", refusal, &message.rcpt_to.join(","), &reply);
        Answer::Refuse(reply).into()
    }

    /// Tells the worker what a colleague is to be told, where nothing else of the message is recorded. It is no
    /// mail of ours: if the spool cannot take it, nobody waits for it.
    pub(super) fn tell_reports(&mut self) {
        let Some(message) = self.message.as_ref().filter(|m| !m.reports.is_empty()) else { return };
        let (spool, envelope) = (self.shared.spool.clone(), self.envelope(message));
        let (counters, queue_id) = (Arc::clone(&self.shared.counters), message.queue_id().to_owned());
        let given =
            self.shared.side.give(move || match spool.begin(&envelope).and_then(|draft| draft.commit()) {
                Ok(_) => count(&counters.reports),
                Err(error) => log::error!("{queue_id}: the colleague is not told: {error}"),
            });
        if !given {
            log::error!("{}: the colleague is not told: too much waits", message.queue_id());
        }
        if let Some(message) = self.message.as_mut() {
            // Told once, whatever else is recorded of the message.
            message.reports.clear();
        }
    }

    /// What a blocked author in `From` leads to. Mail from sendmail(1), and what somebody who logged in passes
    /// on, is left to the worker.
    fn refuse_author(&mut self) -> Option<End> {
        let block = self.author_block()?;
        let message = self.message.as_ref()?;
        let all_ours = message.recipients.iter().all(|r| r.inbox.is_some());
        let policy = Arc::clone(&message.policy);
        let exempt = |r: &Recipient| policy.passes(&r.written);
        let refusable = all_ours || block.scope == BlockScope::All;
        if refusable && !message.recipients.iter().any(exempt) {
            count(&self.shared.counters.refused_eom);
            return Some(self.refuse_all(&Refusal::Blocked(block)));
        }
        if message.inboxes.is_empty() {
            return Some(Answer::Accept.into());
        }
        // Only our recipients go, without a copy. One of ours that always passes goes its own way.
        let mut recipients = message.recipients.clone();
        let refused = |r: &&mut Recipient| r.inbox.is_some() && !exempt(r);
        recipients.iter_mut().filter(refused).for_each(|r| r.inbox = Some((Original::Consume, false)));
        count(&self.shared.counters.taken_out);
        self.log_taken_out(message, block);
        // The worker lists it as blocked: what reached an inbox has a line (row W05).
        self.record(|_| Ok(()));
        let message = self.message.take()?;
        Some(self.commit_with(message, |message, id| {
            fate(&recipients, id, message.forged, message.policy.case_sensitive)
        }))
    }

    /// The block against an author in `From`, as far as it is ours to judge. Known once the header is complete.
    pub(super) fn author_block(&self) -> Option<Block> {
        let trusted = |m: &&Message| m.sasl_login.is_some() || m.submitter.user.is_some();
        let judged = |m: &&Message| m.smtp && !trusted(m) && !m.from.is_empty();
        let message = self.message.as_ref().filter(judged)?;
        let blocks = authors(&message.from).into_iter().filter_map(|a| message.policy.block(&a));
        blocks.max_by_key(|block| block.scope)
    }
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
