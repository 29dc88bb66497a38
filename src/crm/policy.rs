//! The policy at SMTP time: what is ours, and who is refused. All of it from memory; a message keeps the
//! policy that it began with.
//!
//! Nobody is refused on the way of sendmail(1): Postfix would try such a submission again for ever. What comes
//! that way from a blocked sender is recorded, and the worker lists it as blocked. Mail to postmaster and
//! abuse, and mail from our own domains, always passes.

use super::block::{Block, BlockList, BlockScope};
use super::inbox::{Inbox, InboxTable};
use crate::mail::address;
use std::collections::HashSet;
use std::sync::Arc;

/// What the doors decide by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The watched addresses.
    pub inboxes: InboxTable,
    /// Whose mail is refused.
    pub blocks: Arc<BlockList>,
    /// Text of a refusal. Neutral: it does not tell that a person decided.
    pub refusal: String,
    /// Canonical domains of ours, whose senders are never blocked.
    pub own_domains: HashSet<String>,
    /// Whether local parts are told apart by case.
    pub case_sensitive: bool,
}

/// What becomes of a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rcpt<'a> {
    /// None of ours.
    Other,
    /// An inbox, with the detail behind the delimiter.
    Ours(&'a Inbox, Option<String>),
    /// Refused: this block stands against the sender.
    Refused(Block),
}

impl Policy {
    /// The block against an address as it stands in the envelope or in `From`, with or without an extension
    /// of its local part.
    pub fn block(&self, sender: &str) -> Option<Block> {
        if self.blocks.is_empty() {
            return None;
        }
        let whole = address::canonical(sender, self.case_sensitive)?;
        let (local, domain) = whole.rsplit_once('@')?;
        if self.own_domains.contains(domain) {
            return None;
        }
        let base = local.split_once('+').map(|(base, _)| base).filter(|base| !base.is_empty());
        let base = base.and_then(|base| self.blocks.find(&format!("{base}@{domain}")));
        match (self.blocks.find(&whole), base) {
            (Some(a), Some(b)) => Some(if b.scope > a.scope { b } else { a }),
            (a, b) => a.or(b),
        }
    }

    /// What becomes of a recipient, given the block against the envelope sender. `written` is the recipient
    /// as the client wrote it, `parsed` as Postfix reads it; on the way of sendmail(1) `may_refuse` is false.
    pub fn rcpt(
        &self,
        sender: Option<Block>,
        written: &str,
        parsed: Option<&str>,
        may_refuse: bool,
    ) -> Rcpt<'_> {
        let ours = self.inbox(written, parsed);
        let refused = sender.filter(|block| may_refuse && (ours.is_some() || block.scope == BlockScope::All));
        match (refused, ours) {
            (Some(block), _) if !is_exempt(parsed.unwrap_or(written)) => Rcpt::Refused(block),
            (_, Some((inbox, detail))) => Rcpt::Ours(inbox, detail),
            (_, None) => Rcpt::Other,
        }
    }

    /// Whether mail with none of our recipients must be looked at, for its `From`.
    pub fn looks_at_all(&self) -> bool {
        self.blocks.has_scope_all()
    }

    /// Postfix's reading decides what a recipient is; the detail is taken as the client wrote it, since
    /// Postfix gives the local part in lower case.
    fn inbox(&self, written: &str, parsed: Option<&str>) -> Option<(&Inbox, Option<String>)> {
        let as_written = self.inboxes.find(written);
        let Some(parsed) = parsed else { return as_written };
        let as_parsed = self.inboxes.find(parsed)?;
        Some(as_written.filter(|(inbox, _)| inbox.key == as_parsed.0.key).unwrap_or(as_parsed))
    }
}

/// Whether mail to that recipient always passes (RFC 5321, section 4.5.1; RFC 2142).
pub fn is_exempt(rcpt_to: &str) -> bool {
    let rcpt_to = rcpt_to.trim().trim_start_matches('<').trim_end_matches('>');
    let local = rcpt_to.rsplit_once('@').map_or(rcpt_to, |(local, _)| local);
    let local = local.split_once('+').map_or(local, |(base, _)| base).trim_matches('"');
    local.eq_ignore_ascii_case("postmaster") || local.eq_ignore_ascii_case("abuse")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::block::{BlockKeys, BlockKind};
    use super::super::inbox::{Kind, Original, Recording};
    use super::*;

    fn policy(blocks: &[(BlockKind, &str, BlockScope)]) -> Policy {
        let inbox = |key: &str, address: &str| Inbox {
            key: key.into(),
            address: address.into(),
            kind: Kind::Leads,
            enabled: true,
            name: key.into(),
            original: Original::Consume,
            mark_copy: false,
            reference: None,
            record: Recording::Auto,
            assigned_to: None,
            use_contact_owner: true,
            office: None,
            origin: None,
        };
        let keys = BlockKeys::new(b"s");
        let entries: Vec<_> = blocks.iter().map(|(k, v, s)| (keys.key(*k, v), *s)).collect();
        Policy {
            inboxes: InboxTable::new(
                vec![inbox("info", "info@crm.test"), inbox("abuse", "abuse@crm.test")],
                Some('+'),
                false,
            ),
            blocks: Arc::new(BlockList::new(keys, entries)),
            refusal: "Recipient address rejected".into(),
            own_domains: HashSet::from(["crm.test".to_owned()]),
            case_sensitive: false,
        }
    }

    #[test]
    fn blocked_sender_is_refused_for_inboxes_only_unless_the_scope_is_all() {
        let narrow = policy(&[(BlockKind::Address, "ann@bad.test", BlockScope::Inbox)]);
        let ann = narrow.block("<Ann+x@BAD.test>");
        assert!(ann.is_some(), "with extension and in any case");
        assert!(matches!(narrow.rcpt(ann, "<info@crm.test>", None, true), Rcpt::Refused(_)));
        assert_eq!(narrow.rcpt(ann, "<bob@crm.test>", None, true), Rcpt::Other);
        assert!(matches!(narrow.rcpt(None, "<info@crm.test>", None, true), Rcpt::Ours(..)));
        let wide = policy(&[(BlockKind::Domain, "bad.test", BlockScope::All)]);
        let ann = wide.block("ann@bad.test");
        assert!(matches!(wide.rcpt(ann, "<bob@crm.test>", None, true), Rcpt::Refused(_)));
    }

    #[test]
    fn postmaster_abuse_own_domains_and_sendmail_are_never_refused() {
        let wide = policy(&[
            (BlockKind::Domain, "bad.test", BlockScope::All),
            (BlockKind::Domain, "crm.test", BlockScope::All),
        ]);
        let ann = wide.block("ann@bad.test");
        for rcpt in
            ["<postmaster>", "<Postmaster@crm.test>", "<\"postmaster\"@crm.test>", "<postmaster+x@crm.test>"]
        {
            assert_eq!(wide.rcpt(ann, rcpt, None, true), Rcpt::Other, "{rcpt}");
        }
        assert!(matches!(wide.rcpt(ann, "<abuse@crm.test>", None, true), Rcpt::Ours(..)));
        assert!(matches!(wide.rcpt(ann, "<info@crm.test>", None, false), Rcpt::Ours(..)));
        assert_eq!(wide.block("boss@crm.test"), None);
        assert_eq!(wide.block(""), None, "the null sender cannot be blocked");
    }

    #[test]
    fn postfix_reading_decides_and_the_detail_keeps_its_case() {
        let policy = policy(&[]);
        let detail = |written: &str, parsed| match policy.rcpt(None, written, parsed, true) {
            Rcpt::Ours(inbox, detail) => Some((inbox.key.clone(), detail)),
            _ => None,
        };
        let deal = Some(("info".to_owned(), Some("DEAL-1".to_owned())));
        assert_eq!(detail("<info+DEAL-1@crm.test>", Some("info+deal-1@crm.test")), deal);
        assert_eq!(detail("<@relay.test:info@crm.test>", Some("info@crm.test")), Some(("info".into(), None)));
        assert_eq!(detail("<info@crm.test>", Some("someone@else.test")), None);
    }
}
