use super::super::edits::INTAKE_HEADER;
use super::*;
use crate::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use crate::crm::inbox::{Inbox, Kind, Original};
use crate::crm::known::Users;
use crate::crm::policy::{Limits, Outgoing};
use crate::milter::{Counters, Gate, Side};
use crate::spool::{Counts, Entry, Spool};
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

struct Set(HashMap<&'static str, String>);

impl Macros for Set {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn set(pairs: &[(&'static str, &str)]) -> Set {
    Set(pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect())
}

fn inbox(key: &str, original: Original) -> Inbox {
    let address = format!("{key}@crm.test");
    Inbox { original, mark_copy: key == "marked", ..Inbox::new(key, &address) }
}

fn policy(blocks: &[(BlockKind, &str, BlockScope)]) -> Policy {
    let keys = BlockKeys::new(b"s");
    let entries: Vec<_> = blocks.iter().map(|(k, v, s)| (keys.key(*k, v), *s)).collect();
    let copy = |to: &str| Original::Copy(to.into());
    let inboxes = vec![
        inbox("info", Original::Consume),
        inbox("copy", copy("ann@crm.test")),
        inbox("marked", copy("ann@crm.test")),
        inbox("keep", Original::Keep),
        inbox("abuse", Original::Consume),
    ];
    let mut policy = Policy::sample(inboxes);
    policy.lists.blocks = Arc::new(BlockList::new(keys, entries));
    policy
}

/// What every blocked sender hears.
fn refusal() -> Reply {
    let (enhanced, text) = ("5.7.1", "Message refused".to_owned());
    Reply { code: "550", enhanced, text }
}

struct Stage {
    _dir: TempDir,
    spool: Spool,
    shared: Shared,
    session: Session,
}

fn stage(blocks: &[(BlockKind, &str, BlockScope)]) -> Stage {
    let dir = TempDir::new().unwrap();
    let spool = Spool::open(dir.path().join("spool")).unwrap();
    let shared = Shared {
        policy: Arc::new(ArcSwap::from_pointee(policy(blocks))),
        spool: spool.clone(),
        gate: Arc::new(Gate::new()),
        counters: Arc::new(Counters::default()),
        side: Side::start().unwrap(),
        clock: || "2026-11-22T10:00:00Z".parse().unwrap(),
    };
    let offered = Offered { skip: true, leading_space: true, ..Offered::default() };
    let mut session = Session::new(shared.clone(), offered);
    session.connect("mx.example.com", Some("192.0.2.1".parse().unwrap()));
    session.helo("mx.example.com");
    Stage { _dir: dir, spool, shared, session }
}

const HEADER: [(&str, &str); 3] =
    [("From", " Ann <ann@example.com>"), ("Subject", " one\n\ttwo"), ("X-None", "novalue")];

impl Stage {
    fn envelope(&mut self, sender: &str, recipients: &[&str]) -> Vec<Answer> {
        self.envelope_of(&[], sender, recipients)
    }

    /// The envelope of a client that logged in.
    fn envelope_of_ann(&mut self, sender: &str, recipients: &[&str]) -> Vec<Answer> {
        self.envelope_of(&[("{auth_authen}", "ann")], sender, recipients)
    }

    fn envelope_of(
        &mut self,
        macros: &[(&'static str, &str)],
        sender: &str,
        recipients: &[&str],
    ) -> Vec<Answer> {
        self.session.mail(sender.as_bytes(), &set(macros));
        let rcpt = set(&[("{rcpt_mailer}", "smtp"), ("i", "4Q")]);
        recipients.iter().map(|r| self.session.rcpt(r.as_bytes(), &rcpt)).collect()
    }

    fn message(&mut self, header: &[(&str, &str)], body: &[&[u8]]) -> End {
        if self.session.data(&set(&[("i", "4Q")])) == Answer::Accept {
            return Answer::Accept.into();
        }
        for (name, value) in header {
            self.session.header(name.as_bytes(), value.as_bytes());
        }
        self.session.eoh();
        for chunk in body {
            self.session.body(chunk);
        }
        self.session.eom(&set(&[("i", "4Q")]))
    }

    fn recorded(&self) -> Vec<Entry> {
        assert!(self.shared.side.finish(Duration::from_secs(30)));
        self.spool.claims().unwrap().claim(100).unwrap()
    }
}

fn blocked(scope: BlockScope) -> [(BlockKind, &'static str, BlockScope); 1] {
    [(BlockKind::Address, "ann@example.com", scope)]
}

#[test]
fn message_is_recorded_as_received_with_its_envelope() {
    let mut stage = stage(&[]);
    stage.envelope_of_ann("<ann@example.com>", &["<Info+DEAL-1@CRM.test>"]);
    let end = stage.message(&HEADER, &[b"Hello\r", b"\nworld\r\n"]);
    assert_eq!(end, Answer::Discard.into());
    let entry = stage.recorded().remove(0);
    let expected =
        b"From: Ann <ann@example.com>\r\nSubject: one\r\n\ttwo\r\nX-None:novalue\r\n\r\nHello\r\nworld\r\n";
    assert_eq!(String::from_utf8_lossy(&entry.message), String::from_utf8_lossy(expected));
    let envelope = entry.envelope;
    assert_eq!(envelope.mail_from, "ann@example.com");
    assert_eq!(envelope.rcpt_to, ["Info+DEAL-1@CRM.test"]);
    assert_eq!(envelope.inboxes[0].inbox, "info");
    assert_eq!(envelope.inboxes[0].detail.as_deref(), Some("DEAL-1"));
    assert_eq!(envelope.sasl_login.as_deref(), Some("ann"));
    assert_eq!(envelope.queue_id.as_deref(), Some("4Q"));
    assert_eq!(envelope.client_address.unwrap().to_string(), "192.0.2.1");
    assert_eq!(envelope.client_name.as_deref(), Some("mx.example.com"));
}

#[test]
fn mail_without_our_recipients_is_accepted_at_data_and_never_seen() {
    let mut stage = stage(&blocked(BlockScope::Inbox));
    assert_eq!(stage.envelope("<>", &["<bob@crm.test>", "<eve@else.test>"]), vec![Answer::Continue; 2]);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept);
    assert_eq!(stage.session.body(b"x"), Answer::Accept);
    assert_eq!(stage.spool.counts().unwrap(), Counts::default());
}

#[test]
fn other_recipients_keep_their_mail_and_ours_is_taken_out() {
    let mut stage = stage(&[]);
    stage.envelope("<ann@example.com>", &["<bob@crm.test>", "<Info@crm.test>", "<copy@crm.test>"]);
    let edits = [
        Edit::AddRcpt("ann@crm.test".into()),
        Edit::DelRcpt("<Info@crm.test>".into()),
        Edit::DelRcpt("<copy@crm.test>".into()),
    ];
    assert_eq!(stage.message(&HEADER, &[]), End::Edit(edits.to_vec()));
    let recorded = stage.recorded();
    assert_eq!((recorded.len(), recorded[0].envelope.inboxes.len()), (1, 2));
    assert_eq!(recorded[0].envelope.rcpt_to, ["bob@crm.test", "Info@crm.test", "copy@crm.test"]);
}

#[test]
fn kept_inbox_is_recorded_and_delivered() {
    let mut stage = stage(&[]);
    stage.envelope("<ann@example.com>", &["<keep@crm.test>"]);
    assert_eq!(stage.message(&HEADER, &[]), Answer::Accept.into());
    assert_eq!(stage.recorded().len(), 1);
}

#[test]
fn marked_copy_names_the_entry_and_drops_forged_marks() {
    let mut stage = stage(&[]);
    stage.envelope("<ann@example.com>", &["<marked@crm.test>"]);
    let header = [HEADER[0], ("x-crm-intake", " forged")];
    let End::Edit(edits) = stage.message(&header, &[]) else { panic!("no edits") };
    let id = stage.recorded()[0].id.to_string();
    assert_eq!(edits[2..], [Edit::DelHeader(INTAKE_HEADER, 1), Edit::AddHeader(INTAKE_HEADER, id)]);
}

#[test]
fn blocked_contact_is_refused_at_rcpt_for_inboxes_only() {
    let mut stage = stage(&blocked(BlockScope::Inbox));
    let answers = stage.envelope("<Ann@example.com>", &["<info@crm.test>", "<bob@crm.test>"]);
    let expected = refusal();
    assert_eq!(answers, [Answer::Refuse(expected), Answer::Continue]);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept);
    assert_eq!(stage.shared.counters.refused_rcpt.load(Ordering::Relaxed), 1);
}

#[test]
fn blocked_author_is_refused_at_the_end_or_only_ours_taken_out() {
    for from in [" Ann <ann@example.com>", " x@y.test, \"a\" <ANN@example.com>", " g: ann@example.com;"] {
        let mut stage = stage(&blocked(BlockScope::Inbox));
        stage.envelope("<bounce@sender.test>", &["<info@crm.test>", "<copy@crm.test>"]);
        let end = stage.message(&[("from", from)], &[b"x"]);
        assert_eq!(end, Answer::Refuse(refusal()).into(), "{from}");
        stage.envelope("<bounce@sender.test>", &["<info@crm.test>", "<bob@crm.test>"]);
        let end = stage.message(&[("From", from)], &[b"x"]);
        assert_eq!(end, End::Edit(vec![Edit::DelRcpt("<info@crm.test>".into())]));
        assert_eq!(stage.shared.counters.taken_out.load(Ordering::Relaxed), 1);
        // For the worker, which lists it as blocked.
        assert_eq!(stage.recorded().len(), 1);
    }
}

#[test]
fn blocked_authors_mail_takes_out_copies_and_kept_mail_and_leaves_abuse_its_way() {
    let mut stage = stage(&blocked(BlockScope::Inbox));
    stage.envelope("<bounce@sender.test>", &["<copy@crm.test>", "<keep@crm.test>", "<bob@crm.test>"]);
    let edits = ["<copy@crm.test>", "<keep@crm.test>"].map(|r| Edit::DelRcpt(r.into())).to_vec();
    assert_eq!(stage.message(&HEADER, &[b"x"]), End::Edit(edits));
    for (rcpt_to, end) in [
        (
            &["<abuse@crm.test>", "<bob@crm.test>"][..],
            End::Edit(vec![Edit::DelRcpt("<abuse@crm.test>".into())]),
        ),
        (&["<abuse@crm.test>", "<info@crm.test>"], Answer::Discard.into()),
    ] {
        stage.envelope("<bounce@sender.test>", rcpt_to);
        assert_eq!(stage.message(&HEADER, &[b"x"]), end, "recorded once, not left to the door as well");
    }
    assert_eq!(stage.recorded().len(), 3);
}

#[test]
fn mail_of_a_blocked_author_that_a_colleague_passes_on_is_recorded() {
    let mut stage = stage(&blocked(BlockScope::All));
    stage.envelope_of_ann("<ann@crm.test>", &["<info@crm.test>"]);
    assert_eq!(stage.message(&HEADER, &[b"x"]), Answer::Discard.into());
    assert_eq!(stage.recorded().len(), 1);
}

#[test]
fn author_blocked_for_everybody_is_refused_whoever_the_recipients_are() {
    let mut stage = stage(&blocked(BlockScope::All));
    stage.envelope("<bounce@sender.test>", &["<bob@crm.test>"]);
    assert_eq!(stage.message(&HEADER, &[b"x"]), Answer::Refuse(refusal()).into());
    stage.envelope("<bounce@sender.test>", &["<bob@crm.test>"]);
    let other = [("From", " carl@example.com")];
    assert_eq!(stage.message(&other, &[b"x"]), Answer::Accept.into());
    stage.envelope("<bounce@sender.test>", &["<bob@crm.test>", "<postmaster@crm.test>"]);
    assert_eq!(stage.message(&HEADER, &[b"x"]), Answer::Accept.into());
    assert_eq!(stage.spool.counts().unwrap(), Counts::default());
}

#[test]
fn body_nobody_needs_is_declined() {
    let mut stage = stage(&blocked(BlockScope::All));
    let begin = |stage: &mut Stage, from: &[u8]| {
        stage.envelope("<x@sender.test>", &["<bob@crm.test>"]);
        assert_eq!(stage.session.data(&set(&[])), Answer::Continue);
        stage.session.header(b"From", from);
        stage.session.eoh();
        stage.session.body(b"x")
    };
    // With nothing against the author not even the end of the message is waited for.
    assert_eq!(begin(&mut stage, b" bob@example.com"), Answer::Accept);
    assert_eq!(begin(&mut stage, b" ann@example.com"), Answer::Skip);
    stage.session.offered.skip = false;
    assert_eq!(begin(&mut stage, b" ann@example.com"), Answer::Continue);
}

#[test]
fn mail_from_sendmail_is_never_refused_and_has_no_client() {
    let mut stage = stage(&blocked(BlockScope::All));
    stage.session.mail(b"ann@example.com", &set(&[]));
    assert_eq!(stage.session.rcpt(b"info@crm.test", &set(&[("i", "4S")])), Answer::Continue);
    assert_eq!(stage.message(&HEADER, &[]), Answer::Discard.into());
    let envelope = stage.recorded().remove(0).envelope;
    assert_eq!((envelope.client_address, envelope.client_name, envelope.helo), (None, None, None));
}

#[test]
fn recipient_refused_by_the_mail_server_is_not_taken_for_ours() {
    let mut stage = stage(&[]);
    stage.session.mail(b"<a@b.test>", &set(&[]));
    let refused =
        set(&[("{rcpt_mailer}", "error"), ("{rcpt_host}", "5.1.1"), ("{rcpt_addr}", "User unknown")]);
    assert_eq!(stage.session.rcpt(b"<info@crm.test>", &refused), Answer::Continue);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept);
}

#[test]
fn full_spool_costs_no_edit_and_no_refusal() {
    let mut stage = stage(&[]);
    let tmp = stage.spool.dir().join("tmp");
    std::fs::rename(&tmp, stage.spool.dir().join("away")).unwrap();
    stage.envelope("<ann@example.com>", &["<info@crm.test>", "<bob@crm.test>"]);
    assert_eq!(stage.message(&HEADER, &[b"x"]), Answer::Accept.into());
    assert_eq!(stage.shared.counters.spool_errors.load(Ordering::Relaxed), 1);
    std::fs::rename(stage.spool.dir().join("away"), &tmp).unwrap();
    // Full only at the very end: the commit fails.
    stage.envelope("<ann@example.com>", &["<info@crm.test>"]);
    stage.session.data(&set(&[]));
    stage.session.header(b"From", b" a@b.test");
    std::fs::rename(stage.spool.dir().join("new"), stage.spool.dir().join("away")).unwrap();
    assert_eq!(stage.session.eom(&set(&[])), Answer::Accept.into());
    std::fs::rename(stage.spool.dir().join("away"), stage.spool.dir().join("new")).unwrap();
    assert_eq!(stage.spool.counts().unwrap(), Counts::default());
}

#[test]
fn aborted_and_abandoned_messages_leave_nothing_behind() {
    let mut stage = stage(&[]);
    stage.session.forget_message();
    stage.envelope("<ann@example.com>", &["<info@crm.test>"]);
    stage.session.data(&set(&[]));
    stage.session.header(b"From", b" a@b.test");
    assert_eq!(stage.spool.counts().unwrap().tmp, 1);
    stage.session.forget_message();
    stage.session.forget_message();
    assert_eq!(stage.spool.counts().unwrap(), Counts::default());
    // Nobody tells us of the end of a message accepted at DATA; the next MAIL is the next message.
    stage.envelope("<ann@example.com>", &["<info@crm.test>"]);
    stage.envelope("<carl@example.com>", &["<bob@crm.test>"]);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept);
    assert_eq!(stage.session.eom(&set(&[])), Answer::Accept.into());
}

#[test]
fn message_keeps_the_policy_that_it_began_with() {
    let mut stage = stage(&[]);
    stage.envelope("<ann@example.com>", &["<info@crm.test>"]);
    stage.shared.policy.store(Arc::new(policy(&blocked(BlockScope::All))));
    assert_eq!(stage.message(&HEADER, &[]), Answer::Discard.into());
    assert!(matches!(stage.envelope("<ann@example.com>", &["<info@crm.test>"])[0], Answer::Refuse(_)));
}

#[test]
fn empty_message_is_recorded_too() {
    let mut stage = stage(&[]);
    stage.envelope("<>", &["<info@crm.test>"]);
    stage.session.data(&set(&[]));
    assert_eq!(stage.session.eom(&set(&[])), Answer::Discard.into());
    let entry = stage.recorded().remove(0);
    assert_eq!((entry.envelope.mail_from.as_str(), entry.message.len()), ("", 0));
}

#[test]
fn recipient_in_broken_utf8_is_left_to_the_pipe_door() {
    let mut stage = stage(&[]);
    stage.session.mail(b"<a@b.test>", &set(&[]));
    let smtp = set(&[("{rcpt_mailer}", "smtp")]);
    assert_eq!(stage.session.rcpt(b"<info+\xff@crm.test>", &smtp), Answer::Continue);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept);
}

#[test]
fn ten_thousand_recipients_cost_no_more_than_their_number() {
    let mut stage = stage(&[]);
    let recipients: Vec<String> = (0..10_000).map(|n| format!("<info+{n:05}@crm.test>")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).chain(["<bob@crm.test>"]).collect();
    let started = std::time::Instant::now();
    stage.envelope("<ann@example.com>", &recipients);
    let End::Edit(edits) = stage.message(&HEADER, &[]) else { panic!("no edits") };
    let took = started.elapsed();
    assert_eq!(edits.len(), 10_000);
    assert!(took.as_secs() < 3, "{took:?}");
}

/// A stage that knows its users: ana logs in as `ana`, and `log@crm.test` is an assistant.
fn company(change: impl FnOnce(&mut Policy)) -> Stage {
    let mut stage = stage(&[]);
    let log = Inbox { kind: Kind::Assistant, ..inbox("log", Original::Consume) };
    let mut policy = Policy::sample(vec![inbox("info", Original::Consume), log]);
    let mut users = Users::default();
    users.by_sasl_login.insert("ana".into(), Uuid::from_u128(1));
    users.by_address.insert("ana@crm.test".into(), Uuid::from_u128(1));
    policy.lists.users = Some(Arc::new(users));
    change(&mut policy);
    stage.shared.policy.store(Arc::new(policy));
    stage.session = Session::new(stage.shared.clone(), stage.session.offered);
    stage.session.connect("mx.example.com", Some("192.0.2.1".parse().unwrap()));
    stage
}

fn outsider() -> Answer {
    let text = "Only for colleagues who have logged in".to_owned();
    Answer::Refuse(Reply { code: "550", enhanced: "5.7.1", text })
}

#[test]
fn outsider_is_refused_at_an_assistant_and_the_other_recipients_are_unharmed() {
    let mut stage = company(|_| ());
    let answers = stage.envelope("<ana@crm.test>", &["<log@crm.test>", "<bob@else.test>", "<info@crm.test>"]);
    assert_eq!(answers, [outsider(), Answer::Continue, Answer::Continue]);
    assert!(matches!(stage.message(&HEADER, &[b"x"]), End::Edit(_)));
    assert_eq!(stage.recorded()[0].envelope.inboxes.len(), 1);
    stage.session.mail(b"ana@crm.test", &set(&[]));
    assert_eq!(stage.session.rcpt(b"log@crm.test", &set(&[("i", "4Q")])), Answer::Continue, "sendmail(1)");
}

#[test]
fn with_dmarc_an_outsider_is_refused_at_the_end_if_only_assistants_would_get_it() {
    let results = |result: &str| format!(" mx.crm.test; dmarc={result} header.from=crm.test");
    let proven = |policy: &mut Policy| policy.authserv_id = Some("mx.crm.test".into());
    let end = |sender: &str, recipients: &[&str], result: &str| {
        let mut stage = company(proven);
        let refused = stage.envelope(sender, recipients).iter().any(|a| *a != Answer::Continue);
        assert!(!refused, "DMARC is not known yet");
        let results = results(result);
        let header = [("Authentication-Results", results.as_str()), ("From", " Ana <ana@crm.test>")];
        stage.message(&header, &[b"x"])
    };
    assert_eq!(end("<a@else.test>", &["<log@crm.test>"], "pass"), Answer::Discard.into());
    assert_eq!(end("<a@else.test>", &["<log@crm.test>"], "fail"), End::Answer(outsider()));
    assert_eq!(end("<>", &["<log@crm.test>", "<log+X@crm.test>"], "none"), End::Answer(outsider()));
    // A customer's mail to the other inbox must not be lost with it.
    assert_eq!(end("<a@else.test>", &["<log@crm.test>", "<info@crm.test>"], "fail"), Answer::Discard.into());
    assert!(matches!(end("<a@else.test>", &["<log@crm.test>", "<bob@x.test>"], "fail"), End::Edit(_)));
}

#[test]
fn over_a_limit_the_message_passes_and_is_left_to_the_pipe_door() {
    let mut stage = company(|policy| {
        policy.limits = Limits { recipients: 2, message_size: 1000, ..Limits::default() };
    });
    stage.envelope("<c@x.test>", &["<info@crm.test>", "<a@x.test>", "<b@x.test>"]);
    assert_eq!(stage.message(&HEADER, &[b"x"]), Answer::Accept.into());
    stage.envelope("<c@x.test>", &["<info@crm.test>"]);
    assert_eq!(stage.message(&HEADER, &[&[b'x'; 600], &[b'x'; 600], b"x"]), Answer::Accept.into());
    assert_eq!(stage.spool.counts().unwrap(), Counts::default());
    stage.envelope("<c@x.test>", &["<info@crm.test>", "<a@x.test>"]);
    assert!(matches!(stage.message(&HEADER, &[&[b'x'; 600]]), End::Edit(_)));
    assert_eq!(stage.shared.counters.over_limit.load(Ordering::Relaxed), 2);
}

#[test]
fn colleague_who_writes_to_a_blocked_address_is_reported_to_the_worker() {
    let mut stage = company(|policy| {
        let keys = BlockKeys::new(b"s");
        let blocked = (keys.key(BlockKind::Address, "ann@bad.test"), BlockScope::Inbox);
        policy.lists.blocks = Arc::new(BlockList::new(keys, [blocked]));
        policy.outgoing = Outgoing::Notify;
    });
    let ana = [("{auth_authen}", "ana")];
    stage.envelope_of(&ana, "<ana@crm.test>", &["<ann@bad.test>", "<bob@good.test>"]);
    assert_eq!(stage.message(&HEADER, &[b"x"]), Answer::Accept.into());
    let entry = stage.recorded().remove(0);
    assert!(entry.message.is_empty(), "nothing of an ordinary message is kept");
    let report = Report { what: "blocked".into(), address: "ann@bad.test".into() };
    assert_eq!((entry.envelope.reports, entry.envelope.inboxes.len()), (vec![report], 0));
}

mod captures;
