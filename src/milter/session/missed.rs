//! Mail that Postfix refuses to a contact because nobody has that address (row X07): a mistyped one, a colleague who
//! left. The contact's owner is told, once a day for each such address.
//!
//! It is noted on the side, from the envelope: the message never comes. A sender is taken at their word, as nothing
//! proves it yet, and so one sender is good for a few addresses a day only: whoever tries names under a contact's
//! address shall not fill the owner's list.

use super::super::counters::count;
use super::{Message, Session, bare};
use crate::crm::block::without_extension;
use crate::mail::address;
use crate::mail::envelope::{Envelope, Report};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Addresses a day for which one sender is noted.
const MOST_EACH: usize = 5;
/// Senders a day who are noted.
const MOST_SENDERS: usize = 1000;
/// Postfix's detail for a mailbox that does not exist (RFC 3463), which it shows as the host of its `error` mailer.
const NO_SUCH_MAILBOX: &str = "5.1.1";

/// What was noted today, so that it is noted once.
#[derive(Debug, Default)]
pub struct Missed {
    today: Mutex<(i64, HashMap<String, HashSet<String>>)>,
}

impl Missed {
    /// Whether this is new on that day, counted from 1970, and not too much.
    fn note(&self, day: i64, sender: &str, address: &str) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.0 != day {
            *today = (day, HashMap::new());
        }
        if !today.1.contains_key(sender) && today.1.len() >= MOST_SENDERS {
            return false;
        }
        let addresses = today.1.entry(sender.to_owned()).or_default();
        addresses.len() < MOST_EACH && addresses.insert(address.to_owned())
    }
}

impl Session {
    /// A recipient that Postfix has refused, shown for information; `host` is what its `error` mailer says.
    pub(super) fn missed(&self, message: &Message, recipient: &[u8], host: Option<&str>) {
        let Some((sender, address)) = message.missed(recipient, host) else { return };
        let day = (self.shared.clock)().as_second() / (24 * 3600);
        if !self.shared.side.missed.note(day, &sender, &address) {
            return;
        }
        let envelope = Envelope {
            rcpt_to: vec![address.clone()],
            inboxes: Vec::new(),
            capture: Vec::new(),
            reports: vec![Report { what: Report::MISSED.into(), address }],
            ..self.envelope(message)
        };
        let (spool, counters) = (self.shared.spool.clone(), std::sync::Arc::clone(&self.shared.counters));
        self.shared.side.give(move || match spool.begin(&envelope).and_then(|draft| draft.commit()) {
            Ok(_) => count(&counters.missed),
            Err(error) => {
                log::warn!("a contact's mail to an address that is not there is not noted: {error}")
            }
        });
    }
}

impl Message {
    /// A contact's canonical address, and the recipient of theirs that is not there.
    fn missed(&self, recipient: &[u8], host: Option<&str>) -> Option<(String, String)> {
        let policy = &self.policy;
        let outsider = self.submitter.user.is_none() && self.submitter.block.is_none();
        if !policy.missed_mail || !outsider || !host?.trim().starts_with(NO_SUCH_MAILBOX) {
            return None;
        }
        let known = policy.lists.known.as_deref()?;
        let sender = address::canonical(&self.mail_from, policy.case_sensitive)?;
        let base = without_extension(&sender);
        let is_known = known.contains(&sender) || base.is_some_and(|base| known.contains(&base));
        let recipient = address::canonical(&bare(recipient), policy.case_sensitive).filter(|_| is_known)?;
        Some((sender, recipient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sender_is_noted_for_a_few_addresses_a_day_and_each_address_once() {
        let missed = Missed::default();
        assert!(missed.note(1, "eva@x.test", "jon@crm.test"));
        assert!(!missed.note(1, "eva@x.test", "jon@crm.test"));
        assert!(missed.note(1, "max@x.test", "jon@crm.test"));
        let noted = (0..100).filter(|n| missed.note(1, "eva@x.test", &format!("{n}@crm.test"))).count();
        assert_eq!(noted, MOST_EACH - 1);
        assert!(missed.note(2, "eva@x.test", "jon@crm.test"), "a new day");
        let senders = (0..5000).filter(|n| missed.note(2, &format!("{n}@x.test"), "jon@crm.test")).count();
        assert_eq!(senders, MOST_SENDERS - 1);
    }
}
