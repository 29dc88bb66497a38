//! What is recorded as it passes: ana is a user, carla a contact.

use super::*;
use crate::crm::block::BlockKeys;
use crate::crm::capture::{Captures, Contacts, Direction, Rule};
use crate::crm::known::KnownUser;
use crate::crm::lists::{KnownAddresses, digest};
use std::time::Duration;

fn rule() -> Rule {
    Rule {
        key: "team".into(),
        enabled: true,
        users: [].into(),
        direction: Direction::Both,
        contacts: Contacts::Known,
        internal_domains: [].into(),
        never_addresses: [].into(),
        never_domains: ["lawyers.test".to_owned()].into(),
        markers: vec!["[private]".into()],
    }
}

fn capturing(change: impl FnOnce(&mut Policy)) -> Stage {
    company(|policy| {
        let mut users = policy.lists.users.as_deref().cloned().unwrap_or_default();
        let addresses = vec!["ana@crm.test".to_owned()];
        let id = Uuid::from_u128(1);
        users.by_id.insert(id, KnownUser { id, login: "ana".into(), name: "Ana".into(), addresses });
        policy.lists.users = Some(Arc::new(users));
        let known = ["carla@client.test", "x@lawyers.test"].map(digest);
        policy.lists.known = Some(Arc::new(KnownAddresses::new(BlockKeys::new(b"secret"), known)));
        policy.captures = Arc::new(Captures::new(vec![rule()]));
        change(policy);
    })
}

const ANA: [(&str, &str); 1] = [("{auth_authen}", "ana")];
const BY_ANA: [(&str, &str); 2] = [("From", " Ana <ana@crm.test>"), ("Subject", " Offer\n\tfor you")];
const BY_CARLA: [(&str, &str); 2] = [("From", " Carla <Carla@client.test>"), ("Subject", " Thanks")];

impl Stage {
    fn by_ana(&mut self, to: &[&str], header: &[(&str, &str)], body: &[&[u8]]) -> End {
        self.envelope_of(&ANA, "<ana@crm.test>", to);
        self.message(header, body)
    }

    fn incoming(&mut self, from: &str, header: &[(&str, &str)], body: &[&[u8]]) -> End {
        self.envelope(from, &["<ana@crm.test>", "<bob@crm.test>"]);
        self.message(header, body)
    }

    fn counted(&self) -> (u64, u64) {
        let counters = &self.shared.counters;
        (counters.captured.load(Ordering::Relaxed), counters.capture_errors.load(Ordering::Relaxed))
    }
}

#[test]
fn users_mail_with_a_contact_is_recorded_whole_and_goes_on_without_an_edit() {
    let mut stage = capturing(|_| ());
    let end =
        stage.by_ana(&["<carla@client.test>", "<bob@crm.test>"], &BY_ANA, &[b"Hello\r", b"\nthere\r\n"]);
    assert_eq!(end, Answer::Accept.into());
    assert_eq!(stage.incoming("<carla@client.test>", &BY_CARLA, &[]), Answer::Accept.into());
    let entries = stage.recorded();
    let sent = b"From: Ana <ana@crm.test>\r\nSubject: Offer\r\n\tfor you\r\n\r\nHello\r\nthere\r\n";
    assert_eq!(String::from_utf8_lossy(&entries[0].message), String::from_utf8_lossy(sent));
    let answer = b"From: Carla <Carla@client.test>\r\nSubject: Thanks\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&entries[1].message), String::from_utf8_lossy(answer));
    for entry in &entries {
        assert_eq!(
            (entry.envelope.capture.as_slice(), entry.envelope.inboxes.len()),
            (&["team".into()][..], 0)
        );
    }
    assert_eq!(stage.counted(), (2, 0));
}

#[test]
fn what_no_rule_can_be_about_is_accepted_at_data() {
    let mut stage = capturing(|_| ());
    for to in [&["<new@there.test>"][..], &["<bob@crm.test>"], &["<carla@client.test>", "<x@lawyers.test>"]] {
        stage.envelope_of(&ANA, "<ana@crm.test>", to);
        assert_eq!(stage.session.data(&set(&[])), Answer::Accept, "{to:?}");
    }
    stage.envelope("<carla@client.test>", &["<bob@crm.test>"]);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept, "bob is no user");
    stage.envelope("<>", &["<ana@crm.test>"]);
    assert_eq!(stage.session.data(&set(&[])), Answer::Accept, "a bounce");
    assert_eq!((stage.spool.counts().unwrap(), stage.counted()), (Counts::default(), (0, 0)));
}

#[test]
fn what_the_header_excludes_is_accepted_before_its_body_and_not_a_byte_is_written() {
    let private = [BY_CARLA[0], ("Subject", " Re: [Private] rent")];
    let encoded = [BY_CARLA[0], ("Subject", " =?utf-8?q?=5BPrivate=5D_rent?=")];
    let copied = [BY_CARLA[0], ("Cc", " lawyer <x@deep.lawyers.test>")];
    let stranger = [("From", " new@there.test")];
    let forged = [("From", " bob@crm.test")];
    for header in [&private[..], &encoded, &copied, &stranger, &forged, &[]] {
        let mut stage = capturing(|_| ());
        let files = stage.spool.dir().join("tmp");
        stage.envelope("<carla@client.test>", &["<ana@crm.test>"]);
        assert_eq!(stage.session.data(&set(&[])), Answer::Continue);
        header.iter().for_each(|(name, value)| stage.session.header(name.as_bytes(), value.as_bytes()));
        stage.session.eoh();
        assert_eq!(std::fs::read_dir(&files).unwrap().count(), 0, "written before it was decided");
        assert_eq!(stage.session.body(b"x"), Answer::Accept, "{header:?}");
        assert_eq!(stage.session.eom(&set(&[])), Answer::Accept.into());
        assert_eq!((stage.spool.counts().unwrap(), stage.counted()), (Counts::default(), (0, 0)));
    }
}

#[test]
fn message_without_body_is_decided_at_its_end() {
    let mut stage = capturing(|_| ());
    assert_eq!(
        stage.incoming("<new@there.test>", &[("From", " new@there.test")], &[]),
        Answer::Accept.into()
    );
    assert_eq!(stage.incoming("<carla@client.test>", &BY_CARLA, &[]), Answer::Accept.into());
    assert_eq!(stage.recorded().len(), 1);
}

#[test]
fn unusable_spool_costs_captured_mail_nothing() {
    let mut stage = capturing(|_| ());
    let (tmp, away) = (stage.spool.dir().join("tmp"), stage.spool.dir().join("away"));
    std::fs::rename(&tmp, &away).unwrap();
    assert_eq!(stage.by_ana(&["<carla@client.test>"], &BY_ANA, &[b"x", b"y"]), Answer::Accept.into());
    assert_eq!(stage.counted(), (0, 1));
    std::fs::rename(&away, &tmp).unwrap();
    stage.envelope_of(&ANA, "<ana@crm.test>", &["<carla@client.test>"]);
    stage.session.data(&set(&[]));
    BY_ANA.iter().for_each(|(name, value)| stage.session.header(name.as_bytes(), value.as_bytes()));
    stage.session.body(b"x");
    let new = stage.spool.dir().join("new");
    std::fs::rename(&new, &away).unwrap();
    assert_eq!(stage.session.eom(&set(&[])), Answer::Accept.into());
    assert!(stage.shared.side.finish(Duration::from_secs(30)));
    std::fs::rename(&away, &new).unwrap();
    assert_eq!((stage.spool.counts().unwrap(), stage.counted()), (Counts::default(), (0, 2)));
    assert_eq!(stage.shared.counters.spool_errors.load(Ordering::Relaxed), 0);
}

#[test]
fn over_a_limit_captured_mail_passes_unrecorded() {
    let mut stage = capturing(|policy| policy.limits.message_size = 1000);
    assert_eq!(
        stage.by_ana(&["<carla@client.test>"], &BY_ANA, &[&[b'x'; 2000], b"y"]),
        Answer::Accept.into()
    );
    let long = "x".repeat(3000);
    let mut header = vec![("X-Long", long.as_str()); 100];
    header.extend(BY_ANA);
    let mut stage = capturing(|_| ());
    assert_eq!(stage.by_ana(&["<carla@client.test>"], &header, &[b"x"]), Answer::Accept.into());
    assert_eq!((stage.spool.counts().unwrap(), stage.counted()), (Counts::default(), (0, 1)));
}

#[test]
fn mail_to_an_inbox_carries_the_rule_beside_it_and_is_recorded_once() {
    let mut stage = capturing(|_| ());
    let end = stage.by_ana(&["<carla@client.test>", "<log@crm.test>"], &BY_ANA, &[b"x"]);
    assert_eq!(end, End::Edit(vec![Edit::DelRcpt("<log@crm.test>".into())]));
    let entry = stage.recorded().remove(0);
    assert_eq!((entry.envelope.capture, entry.envelope.inboxes.len()), (vec!["team".to_owned()], 1));
    assert_eq!(stage.counted(), (0, 0));
}

#[test]
fn user_is_told_once_of_an_unwanted_recipient_whether_or_not_it_is_captured() {
    let mut stage = capturing(|policy| {
        let keys = BlockKeys::new(b"s");
        let blocked = (keys.key(BlockKind::Address, "pest@there.test"), BlockScope::Inbox);
        policy.lists.blocks = Arc::new(BlockList::new(keys, [blocked]));
        policy.outgoing = Outgoing::Notify;
    });
    stage.by_ana(&["<carla@client.test>", "<pest@there.test>"], &BY_ANA, &[b"x"]);
    let entries = stage.recorded();
    let mut seen: Vec<_> =
        entries.iter().map(|e| (e.envelope.reports.len(), e.envelope.capture.len())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(0, 1), (1, 0)]);
}

#[test]
fn before_the_users_are_known_and_by_sendmail_nobodys_mail_is_outgoing() {
    let mut stage = capturing(|policy| policy.lists.users = None);
    stage.by_ana(&["<carla@client.test>"], &BY_ANA, &[b"x"]);
    let mut local = capturing(|_| ());
    local.session.mail(b"ana@crm.test", &set(&[]));
    local.session.rcpt(b"carla@client.test", &set(&[("i", "4S")]));
    assert_eq!(local.session.data(&set(&[])), Answer::Accept);
    for stage in [&stage, &local] {
        assert_eq!(stage.spool.counts().unwrap(), Counts::default());
    }
}

#[test]
fn blocked_for_everybody_is_still_refused_and_never_captured() {
    let mut stage = capturing(|policy| {
        let keys = BlockKeys::new(b"s");
        let blocked = (keys.key(BlockKind::Address, "carla@client.test"), BlockScope::All);
        policy.lists.blocks = Arc::new(BlockList::new(keys, [blocked]));
    });
    let end = stage.incoming("<bounce@client.test>", &BY_CARLA, &[b"x"]);
    assert_eq!(end, Answer::Refuse(refusal()).into());
    assert_eq!(
        stage.incoming("<x@there.test>", &[("From", " x@there.test")], &[b"x"]),
        Answer::Accept.into()
    );
    assert_eq!(stage.spool.counts().unwrap(), Counts::default());
}
