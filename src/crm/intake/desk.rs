//! What persons put here: an import, and a message that somebody brought to the desk.
//!
//! Nothing that such a message says of its way proves anything, least of all the results of checks: whoever has the
//! file can have written them. What counts is who put it here. An import names a user, and mail of that user's own is
//! taken for what it is; everybody else's carries nobody's authority. At the desk the user stands by what is filed.
//!
//! A message that was brought to the desk is stored and waits: the person who brought it says what it stands on.

use super::{Routes, Verdict};
use crate::crm::customer;
use crate::crm::facts::Facts;
use crate::crm::filing::Filing;
use crate::crm::known::{Known, Users};
use crate::crm::plan::Outcome;
use crate::mail::address;
use crate::mail::envelope::{Door, InboxRcpt};
use uuid::Uuid;

/// What stands in the place of an inbox for what was brought to the desk.
const DESK: &str = "desk";

/// The user whose authority it carries.
pub(super) fn authority(facts: &Facts, users: &Users, case_sensitive: bool) -> Option<(Uuid, &'static str)> {
    let login = facts.envelope.by_hand.as_ref()?.user.as_ref()?;
    let user = *users.by_login.get(&login.to_lowercase())?;
    if facts.envelope.door == Door::Desk {
        return Some((user, "desk"));
    }
    let author = match facts.reading.as_ref().ok()?.from.as_slice() {
        [author] => author.address.as_deref()?,
        _ => return None,
    };
    let author = address::canonical(author, case_sensitive)?;
    users.by_id.get(&user)?.addresses.contains(&author).then_some((user, "import"))
}

impl Routes<'_> {
    /// Whether nothing is to be opened.
    pub(super) fn is_history(&self) -> bool {
        self.facts.envelope.by_hand.as_ref().is_some_and(|by_hand| by_hand.history)
    }

    /// Plans a message that was brought to the desk, and says whether it is to be stored.
    pub(super) fn desk(&mut self, known: &Known) -> bool {
        let envelope = &self.facts.envelope;
        if envelope.door != Door::Desk || envelope.released.is_some() {
            return false;
        }
        let rcpt = InboxRcpt { inbox: DESK.to_owned(), detail: None, rcpt_to: String::new() };
        if self.came_before(&rcpt) {
            let reason = "the same message was brought to the desk before";
            self.intake(&rcpt, Verdict::stored(Outcome::Duplicate, reason), Filing::default());
            return false;
        }
        let reading = match &self.facts.reading {
            Ok(reading) => reading,
            Err(reason) => {
                self.intake(&rcpt, Verdict::stored(Outcome::Failed, reason), Filing::default());
                return true;
            }
        };
        let (company, case_sensitive) = (self.company(known), self.rules.policy.case_sensitive);
        let verdict = if customer::all_internal(self.facts, reading, &company, case_sensitive) {
            Verdict::listed(Outcome::Internal, "everybody in it is a colleague: not stored")
        } else {
            Verdict::unresolved("manual", "brought to the desk; a user files it")
        };
        let found = customer::find(self.facts, reading, true, &company, case_sensitive);
        self.found = Some(found);
        let stores = verdict.stores;
        self.intake(&rcpt, verdict, Filing::default());
        stores
    }
}
