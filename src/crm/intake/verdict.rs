//! What comes of one route before anybody is looked for: blocked, bounce, spam, automatic, internal, no
//! authority.
//!
//! The order of the questions is that of [`Routes::before_filing`]; what none of them settles is filed.

use super::Routes;
use crate::crm::auto_reply::PlannedReply;
use crate::crm::customer;
use crate::crm::facts::{Kind as MailKind, Reading};
use crate::crm::inbox::{Inbox, Kind};
use crate::crm::known::Known;
use crate::crm::plan::Outcome;
use crate::crm::policy::is_exempt;
use crate::mail::address;
use crate::mail::envelope::InboxRcpt;

/// What came of one route.
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    pub(super) cause: Option<&'static str>,
    pub(super) stores: bool,
    /// What is said of the automatic reply.
    pub(super) reply: Option<String>,
    pub(super) letter: Option<PlannedReply>,
}

impl Verdict {
    pub(super) fn listed(outcome: Outcome, reason: impl Into<String>) -> Self {
        Verdict { stores: false, ..Verdict::stored(outcome, reason) }
    }

    pub(super) fn stored(outcome: Outcome, reason: impl Into<String>) -> Self {
        Verdict { outcome, reason: reason.into(), cause: None, stores: true, reply: None, letter: None }
    }

    /// Whether the user who filed the mail is to be told: it waits for a decision, and not because the inbox
    /// lets all of them wait.
    pub(super) fn is_users_matter(&self) -> bool {
        self.outcome == Outcome::Unresolved && self.cause != Some("manual")
    }

    pub(super) fn unresolved(cause: &'static str, reason: impl Into<String>) -> Self {
        Verdict { cause: Some(cause), ..Verdict::stored(Outcome::Unresolved, reason) }
    }
}

impl Routes<'_> {
    /// The outcomes that need no contact.
    pub(super) fn before_filing(
        &self,
        inbox: &Inbox,
        rcpt: &InboxRcpt,
        reading: &Reading,
        known: &Known,
    ) -> Option<Verdict> {
        // By an alias the client wrote another name than the inbox's.
        let exempt = is_exempt(&rcpt.rcpt_to) || is_exempt(&inbox.address);
        if self.user.is_none()
            && !exempt
            && let Some(author) = self.blocked_author(reading)
        {
            return Some(Verdict::listed(Outcome::Blocked, format!("{author} is blocked")));
        }
        match reading.kind {
            MailKind::Bounce => {
                return Some(Verdict::stored(
                    Outcome::Bounce,
                    "a mail server's report about the delivery of another mail",
                ));
            }
            MailKind::Complaint => {
                return Some(Verdict::stored(
                    Outcome::Bounce,
                    "a complaint about a mail of ours (abuse report)",
                ));
            }
            _ => {}
        }
        if let Some(mark) = self.mark {
            return Some(Verdict::stored(Outcome::Spam, format!("marked as spam by the field {mark}")));
        }
        // A notice may quote a form: to take that for a lead, and tell of it, would go round.
        if reading.own_mark && reading.by_machine {
            return Some(Verdict::stored(Outcome::Automatic, "a CRM's own automatic mail"));
        }
        let trusted_filing = self.user.is_some() && inbox.kind == Kind::Assistant;
        if reading.form.is_none() && !trusted_filing {
            match reading.kind {
                MailKind::Automatic => {
                    return Some(Verdict::stored(Outcome::Automatic, "an automatic answer"));
                }
                MailKind::List => {
                    return Some(Verdict::stored(Outcome::Automatic, "a mailing list's message"));
                }
                MailKind::Calendar => {
                    return Some(Verdict::stored(Outcome::Automatic, "an answer to an invitation"));
                }
                _ => {}
            }
        }
        let company = self.company(known);
        let forwards = self.user.is_some() && reading.forward.is_some();
        if reading.form.is_none()
            && !forwards
            && customer::all_internal(self.facts, reading, &company, self.rules.policy.case_sensitive)
        {
            return Some(Verdict::listed(Outcome::Internal, "everybody in it is a colleague: not stored"));
        }
        if inbox.kind == Kind::Assistant && self.user.is_none() {
            let reason = "it came to an assistant, and neither login, certificate, client address nor DMARC \
                          proves that a colleague sent it";
            return Some(Verdict::unresolved("no-authority", reason));
        }
        None
    }

    fn blocked_author(&self, reading: &Reading) -> Option<String> {
        let authors = reading.from.iter().filter_map(|from| from.address.as_deref());
        authors
            .chain(Some(self.facts.envelope.mail_from.as_str()))
            .filter_map(|text| address::canonical(text, self.rules.policy.case_sensitive))
            .find(|canonical| self.rules.policy.block(canonical).is_some())
    }
}
