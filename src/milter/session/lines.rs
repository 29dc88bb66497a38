//! The session's log lines, in Postfix's manner: queue id first, then what happened, then `name=value`.

use super::super::edits::Fate;
use super::super::reply::Reply;
use super::{Message, Session};
use crate::crm::block::Block;
use crate::crm::inbox::Original;
use crate::crm::policy::Refusal;
use std::io;
use uuid::Uuid;

impl Session {
    pub(super) fn log_recorded(&self, message: &Message, id: Uuid, bytes: u64, fate: &Fate) {
        let originals: Vec<&str> = message
            .recipients
            .iter()
            .filter_map(|r| r.inbox.as_ref())
            .map(|(o, _)| original_name(o))
            .collect();
        let last = if *fate == Fate::Discard { ", removed last recipient" } else { "" };
        log::info!(
            "{}: inbox={} size={bytes} spool={id} original={} nrcpt={} session={}{last}",
            message.queue_id(),
            message.inbox_keys(),
            originals.join(","),
            message.recipients.len(),
            self.number
        );
    }

    pub(super) fn log_not_captured(&self, message: &Message, why: &str) {
        log::warn!("{}: not captured, the mail goes on: {why}; session={}", message.queue_id(), self.number);
    }

    pub(super) fn log_refusal(&self, stage: &str, refusal: &Refusal, rcpt_to: &str, reply: &Reply) {
        let (queue_id, mail_from) =
            self.message.as_ref().map_or(("NOQUEUE", ""), |m| (m.queue_id(), m.mail_from.as_str()));
        let client = self.client_address.map_or_else(|| "unknown".to_owned(), |a| a.to_string());
        log::info!(
            "{queue_id}: refused: {stage} from {}[{client}]: {} {}; from=<{}> to={} {} session={}",
            printable(&self.client_name),
            reply.code,
            reply.enhanced,
            printable(mail_from),
            printable(rcpt_to),
            why(refusal),
            self.number
        );
    }

    pub(super) fn log_taken_out(&self, message: &Message, block: Block) {
        log::info!(
            "{}: blocked author: inbox={} taken out; block={} scope={} session={}",
            message.queue_id(),
            message.inbox_keys(),
            block.kind.as_str(),
            block.scope.as_str(),
            self.number
        );
    }

    pub(super) fn log_left_to_the_door(&self, message: &Message, why: &str) {
        log::warn!(
            "{}: {why}: passed, and left to the pipe door; from=<{}> session={}",
            message.queue_id(),
            printable(&message.mail_from),
            self.number
        );
    }

    pub(super) fn log_spool_failed(&self, message: &Message, error: &io::Error) {
        log::error!(
            "{}: not recorded, left to the pipe door: {error}; session={}",
            message.queue_id(),
            self.number
        );
    }
}

/// Why something was refused, as `name=value`.
fn why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Blocked(block) => format!("block={} scope={}", block.kind.as_str(), block.scope.as_str()),
        Refusal::Outsider => "why=outsider".into(),
        Refusal::UnknownCode(code) => format!("why=unknown-code code={}", printable(code)),
        Refusal::Unwanted(why) => format!("why={}-recipient", why.as_str()),
    }
}

/// For a log line: no control characters, at most 300 of the others.
fn printable(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn original_name(original: &Original) -> &'static str {
    match original {
        Original::Consume => "consume",
        Original::Copy(_) => "copy",
        Original::Keep => "keep",
    }
}
