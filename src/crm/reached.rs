//! The inboxes that a message reached, and what the addresses prove by which it came.
//!
//! A detail that we signed ([`super::signed`]) goes on without its signature: lists show the code, and the same mail
//! to the same code is one route whichever key signed it. One that has the form of a signature and is none of ours
//! (forged, mutilated, or older than its key) counts as if nothing stood behind the delimiter; it is reported, so that
//! the log says why an answer was not filed.

use super::signed::{Claimed, Detail, Keys};
use crate::mail::envelope::InboxRcpt;

/// One inbox that the message reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The recipient, without a signature.
    pub rcpt: InboxRcpt,
    /// What we signed the address for.
    pub proven: Option<Detail>,
}

impl Reached {
    /// By an address that proves nothing.
    pub fn plain(rcpt: InboxRcpt) -> Reached {
        Reached { rcpt, proven: None }
    }

    /// The code, in upper case, that answers to the address are filed to.
    pub fn answers(&self) -> Option<&str> {
        match &self.proven {
            Some(Detail::Answer(code)) => Some(code),
            _ => None,
        }
    }

    /// What stands behind the delimiter, if it can be a code at all.
    pub fn code(&self) -> Option<&str> {
        match &self.proven {
            Some(Detail::Bounce(_) | Detail::Unsubscribe(_)) => None,
            _ => self.rcpt.detail.as_deref(),
        }
    }
}

/// The inboxes reached, each with each detail once, and the addresses that only looked signed.
pub fn reached(inboxes: &[InboxRcpt], keys: &Keys) -> (Vec<Reached>, Vec<String>) {
    let (mut all, mut unsigned): (Vec<Reached>, Vec<String>) = (Vec::new(), Vec::new());
    for rcpt in inboxes {
        let one = match rcpt.detail.as_deref().and_then(Claimed::of) {
            None => Reached::plain(rcpt.clone()),
            Some(claimed) => match keys.verify(&claimed) {
                Some(detail) => proven(rcpt, detail.clone()),
                None => {
                    if !unsigned.contains(&rcpt.rcpt_to) {
                        unsigned.push(rcpt.rcpt_to.clone());
                    }
                    Reached::plain(InboxRcpt { detail: None, ..rcpt.clone() })
                }
            },
        };
        let same =
            |other: &&mut Reached| other.rcpt.inbox == one.rcpt.inbox && other.rcpt.detail == one.rcpt.detail;
        match all.iter_mut().find(same) {
            Some(other) => other.proven = other.proven.take().or(one.proven),
            None => all.push(one),
        }
    }
    (all, unsigned)
}

fn proven(rcpt: &InboxRcpt, detail: Detail) -> Reached {
    let text = match &detail {
        Detail::Answer(code) => code.clone(),
        Detail::Bounce(number) => format!("b.{number}"),
        Detail::Unsubscribe(number) => format!("u.{number}"),
    };
    let written = rcpt.detail.as_deref().unwrap_or_default();
    let rcpt_to = rcpt.rcpt_to.replacen(written, &text, 1);
    Reached {
        rcpt: InboxRcpt { inbox: rcpt.inbox.clone(), detail: Some(text), rcpt_to },
        proven: Some(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rcpt(address: &str) -> InboxRcpt {
        let detail =
            address.split_once('+').and_then(|(_, rest)| rest.rsplit_once('@')).map(|(d, _)| d.to_owned());
        InboxRcpt { inbox: "support".into(), detail, rcpt_to: address.into() }
    }

    #[test]
    fn signed_details_go_on_without_their_signature_and_forged_ones_as_none() {
        let old = Keys::new([(1, vec![1; 32])]);
        let both = Keys::new([(2, vec![2; 32]), (1, vec![1; 32])]);
        let detail = Detail::Answer("INC-2026-00042".into());
        let of =
            |keys: &Keys, detail| keys.address("support@crm.test", Some('+'), detail).unwrap_or_default();
        let (by_old, by_new) = (of(&old, &detail), of(&both, &detail));
        assert_ne!(by_old, by_new);
        let forged = by_new.replacen("00042", "00043", 1);
        let bounce = of(&both, &Detail::Bounce(7));
        let all = [
            "support+inc-2026-00042@crm.test",
            by_old.as_str(),
            &by_new.to_uppercase(),
            &by_new.to_lowercase(),
            &forged,
            "support@crm.test",
            &bounce,
            "support+INC-2026-00042@crm.test",
        ];
        let (found, unsigned) = reached(&all.map(rcpt), &both);
        let shown: Vec<_> =
            found.iter().map(|one| (one.rcpt.detail.as_deref(), one.answers(), one.code())).collect();
        let code = Some("INC-2026-00042");
        assert_eq!(
            shown,
            [
                (Some("inc-2026-00042"), None, Some("inc-2026-00042")),
                (code, code, code),
                (None, None, None),
                (Some("b.7"), None, None),
            ]
        );
        assert_eq!(found[1].rcpt.rcpt_to, "support+INC-2026-00042@crm.test");
        assert_eq!(unsigned, [forged]);
    }
}
