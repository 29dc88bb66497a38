//! The edits at end of message: which recipients go, which copies come, whether a header is added. Pure; the
//! callbacks carry them out one by one, so that copies come before anything goes.
//!
//! `delrcpt` takes the recipient exactly as the client wrote it, once for each spelling: Postfix compares
//! with the original text, and case counts. A copy is never added for an address that stays in the envelope
//! anyway, since Postfix would deliver it twice; it asks for no delivery notices, which would reach the
//! sender and tell of it. The header goes in only if nobody but readers of copies will see it, and only then
//! are forged ones of its name taken out.

use crate::crm::inbox::Original;
use crate::mail::address;
use std::collections::HashSet;
use uuid::Uuid;

/// The header field that leads the reader of a copy to its record.
pub const INTAKE_HEADER: &str = "X-CRM-Intake";

/// One recipient of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The first argument of RCPT, verbatim.
    pub written: String,
    /// What happens to the original, if it is an inbox.
    pub inbox: Option<(Original, bool)>,
}

/// One change that Postfix is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Add a recipient, without delivery notices.
    AddRcpt(String),
    /// Remove a recipient, spelled like this.
    DelRcpt(String),
    /// Remove the n-th header field of that name.
    DelHeader(&'static str, usize),
    /// Add a header field.
    AddHeader(&'static str, String),
}

/// What becomes of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Somebody else still gets it: these edits, then accept.
    Deliver(Vec<Edit>),
    /// Nobody is left.
    Discard,
}

/// The fate of a message that is recorded as `id`. `forged` is how many header fields of our name it has.
pub fn fate(recipients: &[Recipient], id: Uuid, forged: usize, case_sensitive: bool) -> Fate {
    let same =
        |address: &str| address::canonical(address, case_sensitive).unwrap_or_else(|| address.to_owned());
    let stays = |r: &&Recipient| matches!(r.inbox, None | Some((Original::Keep, _)));
    let mut remaining: HashSet<String> = recipients.iter().filter(stays).map(|r| same(&r.written)).collect();
    let others = recipients.iter().any(|r| stays(&r));
    let (mut added, mut removed, mut marked) = (Vec::new(), Vec::new(), true);
    let mut spellings = HashSet::new();
    for recipient in recipients.iter().filter(|r| !stays(r)) {
        if let Some((Original::Copy(to), mark)) = &recipient.inbox {
            marked &= mark;
            let key = same(to);
            if remaining.insert(key) {
                added.push(Edit::AddRcpt(to.clone()));
            }
        }
        if spellings.insert(&recipient.written) {
            removed.push(Edit::DelRcpt(recipient.written.clone()));
        }
    }
    if remaining.is_empty() {
        return Fate::Discard;
    }
    let mut edits = added;
    edits.append(&mut removed);
    if !others && marked {
        // From the highest index down: each removal renumbers those behind it.
        edits.extend((1..=forged).rev().map(|n| Edit::DelHeader(INTAKE_HEADER, n)));
        edits.push(Edit::AddHeader(INTAKE_HEADER, id.to_string()));
    }
    Fate::Deliver(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rcpt(written: &str, inbox: Option<(Original, bool)>) -> Recipient {
        Recipient { written: written.into(), inbox }
    }

    fn fate_of(recipients: &[Recipient], forged: usize) -> Fate {
        fate(recipients, Uuid::nil(), forged, false)
    }

    fn copy(to: &str, mark: bool) -> Option<(Original, bool)> {
        Some((Original::Copy(to.into()), mark))
    }

    #[test]
    fn consumed_recipient_is_deleted_as_written_once_for_each_spelling() {
        let ours = || Some((Original::Consume, false));
        let all = [
            rcpt("<info@crm.test>", ours()),
            rcpt("<Info@CRM.test>", ours()),
            rcpt("<info@crm.test>", ours()),
            rcpt("<bob@crm.test>", None),
        ];
        let expected = ["<info@crm.test>", "<Info@CRM.test>"].map(|r| Edit::DelRcpt(r.into())).to_vec();
        assert_eq!(fate_of(&all, 3), Fate::Deliver(expected));
        assert_eq!(fate_of(&all[..3], 0), Fate::Discard);
    }

    #[test]
    fn copy_is_added_before_the_removal_and_never_twice() {
        let ours = rcpt("<info@crm.test>", copy("Ann@crm.test", false));
        let del = Edit::DelRcpt("<info@crm.test>".into());
        let expected = vec![Edit::AddRcpt("Ann@crm.test".into()), del.clone()];
        assert_eq!(fate_of(std::slice::from_ref(&ours), 0), Fate::Deliver(expected));
        let there = rcpt("<ann@CRM.test>", None);
        assert_eq!(fate_of(&[ours.clone(), there], 0), Fate::Deliver(vec![del]));
        let second = rcpt("<sales@crm.test>", copy("ann@crm.test", false));
        let Fate::Deliver(edits) = fate_of(&[ours, second], 0) else { panic!("discarded") };
        assert_eq!(edits.iter().filter(|e| matches!(e, Edit::AddRcpt(_))).count(), 1);
    }

    #[test]
    fn kept_recipient_costs_no_edit() {
        assert_eq!(
            fate_of(&[rcpt("<info@crm.test>", Some((Original::Keep, true)))], 1),
            Fate::Deliver(vec![])
        );
    }

    #[test]
    fn header_is_added_only_if_nobody_but_readers_of_copies_sees_it() {
        let marked = rcpt("<info@crm.test>", copy("ann@crm.test", true));
        let has_header = |all: &[Recipient]| match fate_of(all, 2) {
            Fate::Deliver(edits) => {
                edits.iter().any(|e| matches!(e, Edit::AddHeader(..) | Edit::DelHeader(..)))
            }
            Fate::Discard => false,
        };
        let Fate::Deliver(edits) = fate_of(std::slice::from_ref(&marked), 2) else { panic!("discarded") };
        let expected = [
            Edit::DelHeader(INTAKE_HEADER, 2),
            Edit::DelHeader(INTAKE_HEADER, 1),
            Edit::AddHeader(INTAKE_HEADER, Uuid::nil().to_string()),
        ];
        assert_eq!(edits[2..], expected);
        assert!(!has_header(&[marked.clone(), rcpt("<bob@else.test>", None)]));
        assert!(!has_header(&[marked.clone(), rcpt("<box@crm.test>", Some((Original::Keep, true)))]));
        assert!(!has_header(&[marked.clone(), rcpt("<x@crm.test>", copy("bob@crm.test", false))]));
        assert!(has_header(&[marked, rcpt("<x@crm.test>", Some((Original::Consume, false)))]));
    }
}
