//! The policy at SMTP time: what is ours, who is refused, and why. All of it from memory; a message keeps the
//! policy that it began with.
//!
//! Nobody is refused on the way of sendmail(1): Postfix would try such a submission again for ever. What comes
//! that way from a blocked sender, or for an assistant, is recorded, and the worker lists it as blocked or
//! unresolved. Mail to postmaster and abuse, and mail from our own domains, is never blocked.
//!
//! What a stranger hears is the same for every block, and says nothing of records: a code is refused to
//! colleagues only. A list that is not there (no database since the start) refuses nobody.

use super::authority::{self, Proofs};
use super::auto_reply::Replies;
use super::block::{Block, BlockScope, without_extension};
use super::capture::Captures;
use super::inbox::{Inbox, InboxTable, Kind, UnknownCode, may_be_code};
use super::lists::Lists;
use super::signed::Claimed;
use crate::mail::address;
use crate::mail::spam::Markers;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// What the doors decide by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The watched addresses.
    pub inboxes: InboxTable,
    /// What the database says: blocks, users, addresses that are switched off, codes.
    pub lists: Lists,
    /// Text of a block's refusal. Neutral: it does not tell that a person decided.
    pub refusal: String,
    /// Text for outsiders at an assistant.
    pub outsider_reply: String,
    /// What becomes of users' recipients who are blocked or switched off.
    pub outgoing: Outgoing,
    /// Our authserv-id, once it is proven that forged fields of that name are stripped.
    pub authserv_id: Option<String>,
    /// What counts as spam.
    pub spam: Markers,
    /// The name of our host in Authentication-Results, proven or not: enough to withhold something.
    pub authserv_named: Option<String>,
    /// What is recorded as it passes.
    pub captures: Arc<Captures>,
    /// What is answered automatically; the doors do not look at it.
    pub replies: Arc<Replies>,
    /// Whether owners are told of contacts' mail to addresses that are not there.
    pub missed_mail: bool,
    /// What the milter takes upon itself.
    pub limits: Limits,
    /// Canonical domains of ours, whose senders are never blocked.
    pub own_domains: HashSet<String>,
    /// Whether local parts are told apart by case.
    pub case_sensitive: bool,
}

/// What becomes of a user's recipient who is blocked or switched off (row W12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outgoing {
    /// Nothing.
    Allow,
    /// It goes out, and the user is told.
    Notify,
    /// It is refused.
    Refuse,
}

/// What the milter takes upon itself; over a limit mail passes and comes by the pipe door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// SMTP sessions at a time.
    pub sessions: u32,
    /// Recipients of one message.
    pub recipients: u32,
    /// Bytes of one message.
    pub message_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { sessions: u32::MAX, recipients: u32::MAX, message_size: u64::MAX }
    }
}

/// Who is at the other end of a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Submitter {
    /// The user whom the session proves.
    pub user: Option<Uuid>,
    /// The block against the envelope sender.
    pub block: Option<Block>,
    /// Whether a proof can still come with the message: DMARC, or the sender is one that address verification
    /// uses, whose questions must not be answered with no (Postfix's ADDRESS_VERIFICATION_README).
    pub may_be_proven: bool,
}

/// What becomes of a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rcpt<'a> {
    /// None of ours.
    Other,
    /// None of ours, and the user is to be told that this address wants no mail.
    Unwanted(Unwanted),
    /// An inbox, with the detail behind the delimiter.
    Ours(&'a Inbox, Option<String>),
    /// Refused.
    Refused(Refusal),
}

/// Why a recipient, or a message, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// This block stands against the sender.
    Blocked(Block),
    /// An assistant, and nothing proves a colleague.
    Outsider,
    /// A colleague's mail with a detail that names no record.
    UnknownCode(String),
    /// A colleague's mail to an address that wants none.
    Unwanted(Unwanted),
}

/// Why an address gets no mail of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// It is blocked.
    Blocked,
    /// It was switched off: a bounce, a complaint, an unsubscription.
    Off,
}

impl Unwanted {
    /// The name used in the spool and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Unwanted::Blocked => "blocked",
            Unwanted::Off => "switched-off",
        }
    }
}

impl Policy {
    /// A policy for these inboxes that knows nothing else: nobody is blocked, no user is known.
    pub fn of_inboxes(inboxes: InboxTable) -> Policy {
        Policy {
            inboxes,
            lists: Lists::empty(),
            refusal: "Message refused".into(),
            outsider_reply: "Only for colleagues who have logged in".into(),
            outgoing: Outgoing::Allow,
            authserv_id: None,
            spam: Markers::default(),
            authserv_named: None,
            captures: Arc::default(),
            replies: Arc::default(),
            missed_mail: false,
            limits: Limits::default(),
            own_domains: HashSet::new(),
            case_sensitive: false,
        }
    }

    /// The block against an address as it stands in the envelope or in `From`, with or without an extension
    /// of its local part.
    pub fn block(&self, sender: &str) -> Option<Block> {
        let blocks = &self.lists.blocks;
        if blocks.is_empty() {
            return None;
        }
        let whole = address::canonical(sender, self.case_sensitive)?;
        if self.own_domains.contains(address::domain_of(&whole)?) {
            return None;
        }
        let base = without_extension(&whole).and_then(|base| blocks.find(&base));
        match (blocks.find(&whole), base) {
            (Some(a), Some(b)) => Some(if b.scope > a.scope { b } else { a }),
            (a, b) => a.or(b),
        }
    }

    /// Who submits: what the session proves, and what stands against the envelope sender.
    pub fn submitter(&self, mail_from: &str, proofs: Proofs<'_>) -> Submitter {
        let users = self.lists.users.as_deref();
        let user = users.and_then(|users| authority::submitting_user(proofs, users)).map(|(user, _)| user);
        let dmarc = self.authserv_id.is_some() && authority::dmarc_may_prove(proofs);
        Submitter {
            user,
            block: if user.is_some() { None } else { self.block(mail_from) },
            may_be_proven: users.is_none() || dmarc || is_verification(mail_from),
        }
    }

    /// What becomes of a recipient. `written` is the recipient as the client wrote it, `parsed` as Postfix reads
    /// it; on the way of sendmail(1) `may_refuse` is false.
    pub fn rcpt(
        &self,
        submitter: &Submitter,
        written: &str,
        parsed: Option<&str>,
        may_refuse: bool,
    ) -> Rcpt<'_> {
        let ours = self.inbox(written, parsed);
        let may_refuse = may_refuse && !self.passes(parsed.unwrap_or(written));
        let applies = |block: &Block| ours.is_some() || block.scope == BlockScope::All;
        if may_refuse && let Some(block) = submitter.block.filter(applies) {
            return Rcpt::Refused(Refusal::Blocked(block));
        }
        let Some((inbox, detail)) = ours else {
            return match self.unwanted(submitter, parsed.unwrap_or(written)) {
                Some(why) if may_refuse && self.outgoing == Outgoing::Refuse => {
                    Rcpt::Refused(Refusal::Unwanted(why))
                }
                Some(why) => Rcpt::Unwanted(why),
                None => Rcpt::Other,
            };
        };
        if may_refuse && let Some(refusal) = self.refuses(submitter, inbox, detail.as_deref()) {
            return Rcpt::Refused(refusal);
        }
        Rcpt::Ours(inbox, detail)
    }

    /// Whether mail to that recipient always passes: to postmasters, and what may come back of our own mail. The
    /// worker, which has the keys, takes an address that was not signed by us as if no detail stood there.
    pub fn passes(&self, rcpt_to: &str) -> bool {
        let claimed = || Claimed::of(&self.inboxes.find(rcpt_to)?.1?);
        is_exempt(rcpt_to) || claimed().is_some_and(|claimed| claimed.returns())
    }

    /// Why an inbox refuses this submitter, besides a block.
    fn refuses(&self, submitter: &Submitter, inbox: &Inbox, detail: Option<&str>) -> Option<Refusal> {
        if submitter.user.is_none() {
            let certain = inbox.kind == Kind::Assistant && !submitter.may_be_proven;
            return certain.then_some(Refusal::Outsider);
        }
        let codes = self.lists.codes.as_deref().filter(|_| inbox.unknown_code == UnknownCode::Refuse)?;
        let code = detail.filter(|detail| may_be_code(detail))?.to_uppercase();
        (!codes.contains(&code)).then_some(Refusal::UnknownCode(code))
    }

    /// Why a recipient of a user's wants no mail, if that is to be known.
    fn unwanted(&self, submitter: &Submitter, rcpt_to: &str) -> Option<Unwanted> {
        if submitter.user.is_none() || self.outgoing == Outgoing::Allow {
            return None;
        }
        if self.block(rcpt_to).is_some() {
            return Some(Unwanted::Blocked);
        }
        let canonical = address::canonical(rcpt_to, self.case_sensitive)?;
        self.lists.off.contains(&canonical).then_some(Unwanted::Off)
    }

    /// Enhanced status code (RFC 3463) and text of a refusal.
    pub fn reply(&self, refusal: &Refusal) -> (&'static str, String) {
        match refusal {
            Refusal::Blocked(_) => ("5.7.1", self.refusal.clone()),
            Refusal::Outsider => ("5.7.1", self.outsider_reply.clone()),
            Refusal::UnknownCode(code) => ("5.1.1", format!("No record has the code {code}")),
            Refusal::Unwanted(Unwanted::Blocked) => ("5.7.1", "Your company has blocked this address".into()),
            Refusal::Unwanted(Unwanted::Off) => {
                ("5.7.1", "Your company has switched this address off: it wants no mail".into())
            }
        }
    }

    /// Whether mail with none of our recipients must be looked at, for its `From`.
    pub fn looks_at_all(&self) -> bool {
        self.lists.blocks.has_scope_all()
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

/// Whether a sender is one by which other servers ask whether an address exists: null, or Postfix's
/// `double-bounce` with or without its time-dependent ending.
fn is_verification(mail_from: &str) -> bool {
    let local = mail_from.rsplit_once('@').map_or(mail_from, |(local, _)| local);
    mail_from.is_empty() || local.get(..13).is_some_and(|start| start.eq_ignore_ascii_case("double-bounce"))
}

#[cfg(test)]
impl Policy {
    /// A policy as tests need it: the company `crm.test`, nobody blocked, no list loaded.
    pub(crate) fn sample(inboxes: Vec<Inbox>) -> Policy {
        let own_domains = HashSet::from(["crm.test".to_owned()]);
        Policy { own_domains, ..Policy::of_inboxes(InboxTable::new(inboxes, Some('+'), false)) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::block::{BlockKeys, BlockKind, BlockList};
    use super::super::known::Users;
    use super::super::lists::{KeySet, digest};
    use super::*;

    fn policy(blocks: &[(BlockKind, &str, BlockScope)]) -> Policy {
        let inboxes = ["info", "abuse"].map(|key| Inbox::new(key, &format!("{key}@crm.test")));
        let log = Inbox { kind: Kind::Assistant, ..Inbox::new("log", "log@crm.test") };
        let strict = Inbox { unknown_code: UnknownCode::Refuse, ..Inbox::new("strict", "strict@crm.test") };
        let mut policy = Policy::sample(inboxes.into_iter().chain([log, strict]).collect());
        let keys = BlockKeys::new(b"s");
        let entries: Vec<_> = blocks.iter().map(|(k, v, s)| (keys.key(*k, v), *s)).collect();
        policy.lists.blocks = Arc::new(BlockList::new(keys, entries));
        policy
    }

    fn stranger(policy: &Policy, mail_from: &str) -> Submitter {
        policy.submitter(mail_from, Proofs::default())
    }

    #[test]
    fn blocked_sender_is_refused_for_inboxes_only_unless_the_scope_is_all() {
        let narrow = policy(&[(BlockKind::Address, "ann@bad.test", BlockScope::Inbox)]);
        assert!(narrow.block("<Ann+x@BAD.test>").is_some(), "with extension and in any case");
        let ann = stranger(&narrow, "Ann+x@BAD.test");
        let refused = |rcpt| matches!(rcpt, Rcpt::Refused(Refusal::Blocked(_)));
        assert!(refused(narrow.rcpt(&ann, "<info@crm.test>", None, true)));
        assert_eq!(narrow.rcpt(&ann, "<bob@crm.test>", None, true), Rcpt::Other);
        let bob = stranger(&narrow, "bob@bad.test");
        assert!(matches!(narrow.rcpt(&bob, "<info@crm.test>", None, true), Rcpt::Ours(..)));
        let wide = policy(&[(BlockKind::Subdomains, "bad.test", BlockScope::All)]);
        assert!(refused(wide.rcpt(&stranger(&wide, "ann@bad.test"), "<bob@crm.test>", None, true)));
    }

    #[test]
    fn postmaster_abuse_own_domains_and_sendmail_are_never_refused() {
        let wide = policy(&[
            (BlockKind::Domain, "bad.test", BlockScope::All),
            (BlockKind::Domain, "crm.test", BlockScope::All),
        ]);
        let ann = stranger(&wide, "ann@bad.test");
        for rcpt in
            ["<postmaster>", "<Postmaster@crm.test>", "<\"postmaster\"@crm.test>", "<postmaster+x@crm.test>"]
        {
            assert_eq!(wide.rcpt(&ann, rcpt, None, true), Rcpt::Other, "{rcpt}");
        }
        assert!(matches!(wide.rcpt(&ann, "<abuse@crm.test>", None, true), Rcpt::Ours(..)));
        assert!(matches!(wide.rcpt(&ann, "<info@crm.test>", None, false), Rcpt::Ours(..)));
        assert_eq!(wide.block("boss@crm.test"), None);
        assert_eq!(wide.block(""), None, "the null sender cannot be blocked");
    }

    /// The policy once the users are loaded: ana logs in as `ana`.
    fn loaded(blocks: &[(BlockKind, &str, BlockScope)]) -> Policy {
        let mut policy = policy(blocks);
        let mut users = Users::default();
        users.by_sasl_login.insert("ana".into(), Uuid::from_u128(1));
        policy.lists.users = Some(Arc::new(users));
        policy
    }

    fn login(name: &str) -> Proofs<'_> {
        Proofs { sasl_login: Some(name), ..Proofs::default() }
    }

    #[test]
    fn outsider_is_refused_at_an_assistant_once_nothing_can_prove_a_colleague_any_more() {
        let outcome = |policy: &Policy, mail_from: &str, proofs| {
            let submitter = policy.submitter(mail_from, proofs);
            policy.rcpt(&submitter, "<log+DEAL-1@crm.test>", None, true) == Rcpt::Refused(Refusal::Outsider)
        };
        let mut policy = loaded(&[]);
        assert!(outcome(&policy, "ana@crm.test", Proofs::default()), "whatever the sender says");
        assert!(outcome(&policy, "ana@crm.test", login("eve")));
        assert!(!outcome(&policy, "eve@else.test", login("ana")));
        for sender in ["", "double-bounce@mx.crm.test", "Double-Bounce-17@mx.crm.test"] {
            assert!(!outcome(&policy, sender, Proofs::default()), "address verification: {sender}");
        }
        policy.authserv_id = Some("mx.crm.test".into());
        let remote = Proofs { client_address: "192.0.2.7".parse().ok(), ..Proofs::default() };
        assert!(!outcome(&policy, "ana@crm.test", remote), "DMARC is known at the end only");
        assert!(outcome(&policy, "ana@crm.test", Proofs::default()), "it proves nobody on this host");
        assert!(outcome(&policy, "ana@crm.test", login("eve")), "a foreign login decides");
        policy.authserv_id = None;
        policy.lists.users = None;
        assert!(!outcome(&policy, "ana@crm.test", Proofs::default()), "nobody knows who is a user");
    }

    #[test]
    fn what_may_come_back_of_our_mail_passes_and_other_details_do_not() {
        let policy = Policy::sample(vec![Inbox::new("info", "info@crm.test")]);
        for passes in [
            "info+b.7.aaaaaaaaaaaaaaaaa@crm.test",
            "INFO+U.7.AAAAAAAAAAAAAAAAA@CRM.TEST",
            "postmaster@crm.test",
        ] {
            assert!(policy.passes(passes), "{passes}");
        }
        for other in [
            "info@crm.test",
            "info+b.7@crm.test",
            "info+DEAL-1.aaaaaaaaaaaaaaaaa@crm.test",
            "b.7.aaaaaaaaaaaaaaaaa@crm.test",
        ] {
            assert!(!policy.passes(other), "{other}");
        }
    }

    #[test]
    fn unknown_code_is_refused_to_colleagues_only_and_only_where_the_inbox_says_so() {
        let mut policy = loaded(&[]);
        let codes = KeySet::new(BlockKeys::new(b"s"), [digest("DEAL-1")]);
        policy.lists.codes = Some(Arc::new(codes));
        let outcome = |policy: &Policy, proofs, rcpt: &str| {
            let submitter = policy.submitter("ana@crm.test", proofs);
            match policy.rcpt(&submitter, rcpt, None, true) {
                Rcpt::Refused(refusal) => Some(policy.reply(&refusal)),
                _ => None,
            }
        };
        let refused = Some(("5.1.1", "No record has the code DEAL-2".to_owned()));
        assert_eq!(outcome(&policy, login("ana"), "<strict+Deal-2@crm.test>"), refused);
        assert_eq!(outcome(&policy, login("ana"), "<strict+deal-1@crm.test>"), None);
        assert_eq!(outcome(&policy, login("ana"), "<strict@crm.test>"), None);
        assert_eq!(outcome(&policy, login("ana"), "<info+DEAL-2@crm.test>"), None);
        assert_eq!(outcome(&policy, Proofs::default(), "<strict+DEAL-2@crm.test>"), None, "no oracle");
        let signed = "<strict+DEAL-2.aaaaaaaaaaaaaaaaa@crm.test>";
        assert_eq!(outcome(&policy, login("ana"), signed), None, "what looks signed is judged by the keys");
        policy.lists.codes = None;
        assert_eq!(outcome(&policy, login("ana"), "<strict+DEAL-2@crm.test>"), None, "not loaded");
    }

    #[test]
    fn colleagues_mail_to_who_wants_none_is_let_go_told_or_refused() {
        let mut policy = loaded(&[(BlockKind::Address, "ann@bad.test", BlockScope::Inbox)]);
        policy.lists.off = Arc::new(KeySet::new(BlockKeys::new(b"s"), [digest("gone@bad.test")]));
        let outcome = |policy: &Policy, proofs, rcpt: &str| {
            let submitter = policy.submitter("ana@crm.test", proofs);
            match policy.rcpt(&submitter, rcpt, None, true) {
                Rcpt::Other => "passes",
                Rcpt::Unwanted(_) => "told",
                Rcpt::Refused(_) => "refused",
                Rcpt::Ours(..) => "ours",
            }
        };
        for (outgoing, expected) in
            [(Outgoing::Allow, "passes"), (Outgoing::Notify, "told"), (Outgoing::Refuse, "refused")]
        {
            policy.outgoing = outgoing;
            for rcpt in ["<Ann@bad.test>", "<gone@BAD.test>"] {
                assert_eq!(outcome(&policy, login("ana"), rcpt), expected, "{rcpt}");
                assert_eq!(outcome(&policy, Proofs::default(), rcpt), "passes", "no oracle for strangers");
            }
            assert_eq!(outcome(&policy, login("ana"), "<bob@bad.test>"), "passes");
            assert_eq!(outcome(&policy, login("ana"), "<luis@crm.test>"), "passes");
        }
    }

    #[test]
    fn postfix_reading_decides_and_the_detail_keeps_its_case() {
        let policy = policy(&[]);
        let detail = |written: &str, parsed| match policy.rcpt(&Submitter::default(), written, parsed, true) {
            Rcpt::Ours(inbox, detail) => Some((inbox.key.clone(), detail)),
            _ => None,
        };
        let deal = Some(("info".to_owned(), Some("DEAL-1".to_owned())));
        assert_eq!(detail("<info+DEAL-1@crm.test>", Some("info+deal-1@crm.test")), deal);
        assert_eq!(detail("<@relay.test:info@crm.test>", Some("info@crm.test")), Some(("info".into(), None)));
        assert_eq!(detail("<info@crm.test>", Some("someone@else.test")), None);
    }
}
