//! The content of a message as it arrives: into the draft, and what the end must know of its header.

use super::super::counters::count;
use super::super::edits::INTAKE_HEADER;
use super::{Answer, Message, Recording, Session};
use crate::spool::{Draft, fault};
use std::io;

/// Longest part of a message's `From` fields that is kept for the block list.
const FROM_MAX: usize = 32 * 1024;
/// Longest header that is kept in memory; in a longer one `Authentication-Results` prove nobody, and nothing
/// captures it.
pub(super) const HEADER_MAX: usize = 96 * 1024;

impl Session {
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
        if let Some(mut header) = message.header.take()
            && header.len() + name.len() + value.len() < HEADER_MAX
        {
            header.extend_from_slice(name);
            header.extend_from_slice(separator);
            crlf(value, |piece| header.extend_from_slice(piece));
            header.extend_from_slice(b"\r\n");
            message.header = Some(header);
        }
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
        if let Some(Message { recording: Recording::Undecided, header: Some(header), .. }) = &mut self.message
        {
            header.extend_from_slice(b"\r\n");
        }
        self.record(|draft| draft.write(b"\r\n"));
    }

    /// A piece of the body, cut anywhere.
    pub fn body(&mut self, chunk: &[u8]) -> Answer {
        fault::panic_at("panic-in-body");
        self.decide_capture();
        self.record(|draft| draft.write(chunk));
        let looks_on = matches!(&self.message, Some(Message { recording: Recording::LookOnly, .. }));
        if looks_on && self.author_block().is_none() {
            // Nothing stands against the author: neither the rest of the body nor its end need come to us.
            self.message = None;
        }
        match &self.message {
            None => Answer::Accept,
            Some(message) if self.offered.skip && !message.needs_body() => Answer::Skip,
            Some(_) => Answer::Continue,
        }
    }

    /// Writes to the draft, beginning it first if need be. From the first error on, or over the limit, nothing is
    /// recorded.
    pub(super) fn record(&mut self, write: impl FnOnce(&mut Draft) -> io::Result<()>) {
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
            Ok(draft) if draft.message_bytes() > message.policy.limits.message_size => {
                self.over_limit(&message, "larger than limits.message_size");
            }
            Ok(draft) => message.recording = Recording::Writing(draft),
            Err(error) => self.spool_failed(&message, &error),
        }
        self.message = Some(message);
    }

    /// Tells of a message of which nothing is taken: what is for an inbox stays in Postfix's queue and comes by the
    /// pipe door.
    pub(super) fn over_limit(&self, message: &Message, why: &str) {
        if message.inboxes.is_empty() && !message.capture.is_empty() {
            count(&self.shared.counters.capture_errors);
            return self.log_not_captured(message, why);
        }
        count(&self.shared.counters.over_limit);
        self.log_left_to_the_door(message, why);
    }

    pub(super) fn spool_failed(&self, message: &Message, error: &io::Error) {
        if message.inboxes.is_empty() {
            count(&self.shared.counters.capture_errors);
            return self.log_not_captured(message, &error.to_string());
        }
        count(&self.shared.counters.spool_errors);
        self.log_spool_failed(message, error);
    }
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
