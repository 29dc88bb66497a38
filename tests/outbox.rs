//! The outbox against a real PostgreSQL and an SMTP server that fails as it is told: attempts, dead letters, leases,
//! several nodes, turns, and what must not be sent.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "harness/sink.rs"]
#[allow(dead_code, reason = "the tests with a Postfix use the rest")]
mod sink;
mod store_support;

use arc_swap::ArcSwap;
use crm_milter::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use crm_milter::crm::inbox::InboxTable;
use crm_milter::crm::letter::{Attached, Content, LetterKind, NewLetter};
use crm_milter::crm::policy::Policy;
use crm_milter::outbox::compose::Company;
use crm_milter::outbox::send::{Server, Tls};
use crm_milter::outbox::{Outbox, Settings, StopHandle};
use crm_milter::store::cluster::{Cluster, Role};
use crm_milter::store::{OutboxFilter, OutboxLine, Page, Store};
use postgres::Client;
use sink::{Fault, Sink, Taken};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store_support::{Scratch, connect};
use uuid::Uuid;

fn server(port: u16) -> Server {
    Server {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        login_file: None,
        timeout: Duration::from_secs(1),
        hello: "crm.test".into(),
    }
}

fn settings(server: Server) -> Settings {
    let policy = Policy::of_inboxes(InboxTable::new(Vec::new(), Some('+'), false));
    Settings {
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        company: Company { name: "ACME".into(), domain: "crm.test".into(), inbox: String::new() },
        server,
        domain_per_minute: 100_000,
    }
}

/// A running outbox with its threads.
struct Node {
    stop: StopHandle,
    threads: Vec<JoinHandle<()>>,
}

impl Node {
    fn start(store: &Store, settings: Settings) -> Node {
        let mut outbox = Outbox::new(store.clone(), Arc::new(ArcSwap::from_pointee(settings)), "test");
        let (stop, node) = (outbox.stop_handle(), outbox.node().to_owned());
        let (news, leases, a, b) = (stop.clone(), stop.clone(), store.clone(), store.clone());
        let threads = vec![
            std::thread::spawn(move || news.listen(&a, || ())),
            std::thread::spawn(move || leases.keep(&b, &node)),
            std::thread::spawn(move || outbox.run()),
        ];
        Node { stop, threads }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.stop();
        for thread in self.threads.drain(..) {
            assert!(thread.join().is_ok(), "a thread of the outbox panicked");
        }
    }
}

fn letter(to: &str) -> NewLetter {
    let id = Uuid::now_v7();
    NewLetter {
        id,
        kind: LetterKind::Notice,
        inbox: None,
        mail_from: String::new(),
        rcpt_to: to.into(),
        message_id: format!("<{id}@crm.test>"),
        subject: "News".into(),
        content: Content { text: "Some news.".into(), ..Content::default() },
        in_reply_to: None,
        contact: None,
        record: None,
        ticket: None,
        comment: None,
        author: None,
    }
}

fn put(store: &Store, to: &str) -> Uuid {
    let letter = letter(to);
    store.outbox_add(&letter).unwrap();
    letter.id
}

/// Waits until a row is as wanted; the database tells of no change of the daemon's own, so it is asked.
fn until(store: &Store, id: Uuid, good: impl Fn(&OutboxLine) -> bool) -> OutboxLine {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let line = store.outbox_show(&id.to_string()).unwrap();
        if good(&line) {
            return line;
        }
        assert!(Instant::now() < end, "waited in vain: {line:?}");
        std::thread::yield_now();
    }
}

fn ids(taken: &[Taken]) -> Vec<String> {
    taken.iter().map(|mail| mail.field("Message-ID").unwrap()).collect()
}

/// Has everything that waits for another attempt tried now.
fn now(client: &mut Client) {
    let sql = "UPDATE crm.outbox SET next_at = now() WHERE state = 'queued'; NOTIFY crm_outbox";
    client.batch_execute(sql).unwrap();
}

#[test]
fn what_fails_for_now_is_tried_again_as_the_same_message_and_what_is_refused_is_a_dead_letter() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let mut client = scratch.client(Role::Daemon);
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    for (fault, why, reply) in [
        (Fault::Reply("RCPT", "450 4.2.0 not now".into()), "450 4.2.0 not now", true),
        (Fault::Reply("END", "451-4.3.0 try\r\n451 4.3.0 again".into()), "451 4.3.0 try again", true),
        (Fault::Close("RCPT"), "connection closed by the server", false),
        (Fault::Stall("DATA"), "no answer within 1 s", false),
        (Fault::TakeAndClose, "connection closed by the server", false),
    ] {
        let before = sink.taken().len();
        sink.fail(std::slice::from_ref(&fault));
        let id = put(&store, "eva@client.test");
        let line = until(&store, id, |line| line.attempts == 1);
        assert_eq!((line.state.as_str(), line.error.as_deref()), ("queued", Some(why)), "{fault:?}");
        assert_eq!(line.reply.is_some(), reply, "{line:?}");
        let wait = line.next_at.unwrap().duration_since(jiff::Timestamp::now()).as_secs();
        assert!((40..=75).contains(&wait), "{wait}");
        now(&mut client);
        let line = until(&store, id, |line| line.state == "sent");
        assert_eq!((line.attempts, line.error), (2, None));
        let taken = sink.taken().split_off(before);
        assert_eq!(taken.len(), if fault == Fault::TakeAndClose { 2 } else { 1 }, "{fault:?}");
        assert!(taken.iter().all(|mail| mail.message == taken[0].message), "the same on each attempt");
    }
    for step in ["RCPT", "DATA", "END"] {
        sink.fail(&[Fault::Reply(step, "550 5.7.1 we do not want it".into())]);
        let id = put(&store, "eva@client.test");
        let line = until(&store, id, |line| line.state == "dead");
        assert_eq!((line.attempts, line.error.as_deref()), (1, Some("550 5.7.1 we do not want it")));
    }
    let filter = OutboxFilter { state: Some("dead".into()), ..OutboxFilter::default() };
    let dead = store.outbox_list(&filter, Page::default()).unwrap();
    assert_eq!(dead.len(), 3);
    // What the refusals came from is mended.
    let before = sink.taken().len();
    assert_eq!(scratch.store(Role::Desk).outbox_retry(&[], true).unwrap(), 3);
    sink.wait(before + 3);
    for line in dead {
        assert_eq!(until(&store, line.id, |line| line.state == "sent").attempts, 1, "it began anew");
    }
    let distinct: BTreeSet<String> = ids(&sink.taken()).into_iter().collect();
    assert_eq!(distinct.len(), 8);
}

#[test]
fn server_that_is_away_or_takes_from_nobody_costs_no_row_its_attempts() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let port = {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        taken.local_addr().unwrap().port()
    };
    let rows: Vec<Uuid> = (0..25).map(|n| put(&store, &format!("u{n}@client.test"))).collect();
    let _node = Node::start(&store, settings(server(port)));
    // It has asked at least once when it gives back what it had.
    let line = until(&store, rows[0], |line| !line.leased && line.error.is_some());
    assert!(line.error.as_deref().unwrap().starts_with("127.0.0.1:"), "{line:?}");
    assert!(rows.iter().all(|id| store.outbox_show(&id.to_string()).unwrap().attempts == 0));
    let sink = Sink::start_on(port);
    sink.fail(&[
        Fault::Reply("CONNECT", "421 4.3.2 all busy".into()),
        Fault::Close("CONNECT"),
        Fault::Reply("MAIL", "452 4.3.1 disk full".into()),
    ]);
    let taken = sink.wait(24);
    // The one at which it said so waits a minute; nobody else does.
    let tried = |id: &&Uuid| store.outbox_show(&id.to_string()).unwrap().attempts > 0;
    let waits = |id: &&Uuid| store.outbox_show(&id.to_string()).unwrap().error.is_some();
    rows.iter().for_each(|id| drop(until(&store, *id, |line| line.state == "sent" || line.error.is_some())));
    assert_eq!((rows.iter().filter(tried).count(), rows.iter().filter(waits).count()), (25, 1));
    assert_eq!(ids(&taken).into_iter().collect::<BTreeSet<_>>().len(), 24);
}

#[test]
fn what_has_waited_for_a_server_for_five_days_goes_out_no_more() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let port = {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        taken.local_addr().unwrap().port()
    };
    let old: Vec<Uuid> = (0..3).map(|n| put(&store, &format!("u{n}@client.test"))).collect();
    let fresh = put(&store, "eva@client.test");
    let sql = "UPDATE crm.outbox SET since = now() - interval '6 days' WHERE id <> $1";
    scratch.client(Role::Daemon).execute(sql, &[&fresh]).unwrap();
    let _node = Node::start(&store, settings(server(port)));
    for id in old {
        let line = until(&store, id, |line| line.state == "dead");
        assert!(line.error.as_deref().unwrap().starts_with("tried for five days: 127.0.0.1:"), "{line:?}");
    }
    assert_eq!(store.outbox_show(&fresh.to_string()).unwrap().state, "queued");
}

#[test]
fn attachments_that_are_too_much_for_the_memory_are_a_dead_letter() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let mut daemon = scratch.client(Role::Daemon);
    let sql = "INSERT INTO crm.attachment_content (sha256, content)
               SELECT sha256(c), c FROM (SELECT decode(repeat('00', 30 << 20), 'hex')) AS f (c)
               RETURNING encode(sha256, 'hex')";
    let sha256: String = daemon.query_one(sql, &[]).unwrap().get(0);
    let file = Attached { name: "a.bin".into(), media_type: "application/zip".into(), sha256 };
    let content = Content { attachments: vec![file; 1000], ..Content::default() };
    let large = NewLetter { content, ..letter("eva@client.test") };
    store.outbox_add(&large).unwrap();
    let good = put(&store, "eva@client.test");
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    until(&store, good, |line| line.state == "sent");
    let why = until(&store, large.id, |line| line.state == "dead").error.unwrap();
    assert!(why.contains("more than 104857600 octets"), "{why}");
}

#[test]
fn what_was_sent_and_cannot_be_stored_is_sent_once() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let written = NewLetter { kind: LetterKind::Letter, ..letter("eva@client.test") };
    let id = written.id;
    store.outbox_add(&written).unwrap();
    scratch.client(Role::Owner).batch_execute("REVOKE INSERT ON crm.mail FROM crm_daemon").unwrap();
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    let line = until(&store, id, |line| line.state == "sent");
    assert_eq!((line.attempts, sink.wait(1).len()), (1, 1), "{line:?}");
}

#[test]
fn connection_that_the_server_closed_while_idle_costs_nothing() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    put(&store, "eva@client.test");
    sink.wait(1);
    for (round, fault) in [Fault::Close("MAIL"), Fault::Reply("MAIL", "421 4.4.2 timeout exceeded".into())]
        .into_iter()
        .enumerate()
    {
        sink.fail(&[fault]);
        let id = put(&store, "eva@client.test");
        assert_eq!(until(&store, id, |line| line.state == "sent").attempts, 1);
        assert_eq!(sink.connections(), 2 + round);
    }
}

#[test]
fn two_nodes_send_each_row_once() {
    let scratch = Scratch::migrated();
    let (one, other) = (scratch.store(Role::Daemon), scratch.store(Role::Daemon));
    let sink = Sink::start();
    let nodes = [&one, &other].map(|store| Node::start(store, settings(server(sink.port))));
    let rows: Vec<Uuid> = (0..300).map(|n| put(&one, &format!("u{n}@d{}.test", n % 7))).collect();
    sink.wait(300);
    rows.iter().for_each(|id| drop(until(&one, *id, |line| line.state == "sent")));
    let taken = sink.taken();
    assert_eq!((taken.len(), ids(&taken).into_iter().collect::<BTreeSet<_>>().len()), (300, 300));
    assert!(sink.connections() >= 2, "both had a part");
    drop(nodes);
}

#[test]
fn what_a_dead_node_had_in_hand_is_sent_when_its_lease_ends_and_what_it_says_then_counts_for_nothing() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let sink = Sink::start();
    let id = put(&store, "eva@client.test");
    let claimed = store.outbox_claim("dead:1", Duration::from_secs(2), 10, 1000).unwrap();
    assert_eq!(claimed.rows.len(), 1);
    let _node = Node::start(&store, settings(server(sink.port)));
    let started = Instant::now();
    sink.wait(1);
    assert!(started.elapsed() < Duration::from_secs(20), "nobody told of it but its time");
    until(&store, id, |line| line.state == "sent");
    let late = crm_milter::store::Settled::Dead { error: "late".into(), reply: None };
    assert!(!store.outbox_settle("dead:1", id, &late).unwrap());
    assert!(!store.outbox_renew("dead:1", id, Duration::from_secs(9)).unwrap());
    assert_eq!(store.outbox_show(&id.to_string()).unwrap().state, "sent");
}

#[test]
fn no_more_goes_to_a_domain_within_a_minute_than_is_wanted_and_others_do_not_wait_for_it() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let sink = Sink::start();
    let many: Vec<Uuid> = (0..9).map(|n| put(&store, &format!("u{n}@Big.test"))).collect();
    let other = put(&store, "eva@client.test");
    let _node = Node::start(&store, Settings { domain_per_minute: 6, ..settings(server(sink.port)) });
    until(&store, other, |line| line.state == "sent");
    assert!(sink.wait(4).len() < 7);
    // Three at once, the others 15 s apart: in no minute more than six.
    let lines: Vec<OutboxLine> = many.iter().map(|id| store.outbox_show(&id.to_string()).unwrap()).collect();
    let mut turns: Vec<_> = lines.iter().filter_map(|line| line.next_at).collect();
    turns.sort();
    assert_eq!(turns.len(), 6, "{lines:?}");
    for pair in turns.windows(2) {
        let apart = pair[1].duration_since(pair[0]).as_millis();
        assert!((14_990..=15_010).contains(&apart), "{turns:?}");
    }
    assert!(lines.iter().all(|line| line.attempts <= 1 && line.error.is_none()), "a turn is no attempt");
    // Somebody who cannot wait for a turn gets no other one by it.
    let last = lines.iter().max_by_key(|line| line.next_at).unwrap();
    scratch.store(Role::Desk).outbox_retry(&[last.id], false).unwrap();
    let moved = until(&store, last.id, |line| line.next_at > last.next_at);
    assert_eq!(moved.state, "queued");
}

#[test]
fn nothing_goes_to_who_is_blocked_switched_off_or_erased() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let mut client = scratch.client(Role::Owner);
    client
        .batch_execute(
            "INSERT INTO crm.address_state (digest, address, off_at, reason) \
             VALUES (crm.digest('off@client.test'), 'off@client.test', now(), 'complaint'), \
                    (crm.digest('soft@client.test'), 'soft@client.test', NULL, NULL); \
             INSERT INTO crm.contact (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Eva')",
        )
        .unwrap();
    let keys = BlockKeys::new(b"s");
    let block = (keys.key(BlockKind::Subdomains, "bad.test"), BlockScope::Inbox);
    let sink = Sink::start();
    let settings = settings(server(sink.port));
    settings.policy.rcu(|policy| {
        let mut policy = Policy::clone(policy);
        policy.lists.blocks = Arc::new(BlockList::new(keys.clone(), [block]));
        policy
    });
    let erased = NewLetter {
        contact: Some("00000000-0000-7000-8000-000000000001".parse().unwrap()),
        ..letter("x@y.test")
    };
    store.outbox_add(&erased).unwrap();
    client.batch_execute("UPDATE crm.contact SET name = '', erased_at = now()").unwrap();
    let rows = [
        (put(&store, "off@client.test"), "the address is switched-off (complaint)"),
        (put(&store, "ann@mail.bad.test"), "the address is blocked"),
        (erased.id, "the contact was erased"),
    ];
    let _node = Node::start(&store, settings);
    let soft = put(&store, "soft@client.test");
    for (id, why) in rows {
        let line = until(&store, id, |line| line.state == "cancelled");
        assert_eq!((line.attempts, line.error.as_deref()), (0, Some(why)));
    }
    until(&store, soft, |line| line.state == "sent");
    assert_eq!(sink.taken().len(), 1);
    assert_eq!(sink.commands().iter().filter(|command| command.starts_with("RCPT")).count(), 1);
}

#[test]
fn what_people_cancel_is_not_sent_and_what_was_sent_stays_sent() {
    let scratch = Scratch::migrated();
    let (daemon, desk) = (scratch.store(Role::Daemon), scratch.store(Role::Desk));
    let (cancelled, sent) = (put(&daemon, "a@client.test"), put(&daemon, "b@client.test"));
    assert_eq!(desk.outbox_cancel(&[cancelled]).unwrap(), 1);
    let sink = Sink::start();
    {
        let _node = Node::start(&daemon, settings(server(sink.port)));
        until(&daemon, sent, |line| line.state == "sent");
        let line = daemon.outbox_show(&cancelled.to_string()).unwrap();
        assert_eq!((line.state.as_str(), line.error.as_deref()), ("cancelled", Some("cancelled by hand")));
        assert!(desk.outbox_cancel(&[sent]).unwrap_err().to_string().ends_with("it was sent"));
        assert!(desk.outbox_retry(&[sent], false).unwrap_err().to_string().ends_with("it was sent"));
        assert_eq!(desk.outbox_retry(&[cancelled], false).unwrap(), 1);
        sink.wait(2);
    }
    let held = put(&daemon, "c@client.test");
    daemon.outbox_claim("some:node", Duration::from_secs(30), 10, 1000).unwrap();
    assert!(desk.outbox_cancel(&[held]).unwrap_err().to_string().contains("it is being sent"));
    let mut client = scratch.client(Role::Desk);
    for state in ["sent", "dead"] {
        let sql = format!("UPDATE crm.outbox SET state = '{state}' WHERE id = '{held}'");
        assert!(client.batch_execute(&sql).is_err(), "only the daemon says so");
    }
}

#[test]
fn outbox_goes_on_where_it_was_when_the_database_comes_back() {
    let Scratch { cluster, config, directory } = Scratch::migrated();
    let mut options = crm_milter::store::StoreConfig::new(config.url(Role::Daemon));
    options.connect_timeout = Duration::from_secs(1);
    let store = Store::new(&options).unwrap();
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    put(&store, "eva@client.test");
    sink.wait(1);
    cluster.stop();
    let _cluster = Cluster::start(&config).unwrap();
    let mut client = connect(&config, Role::Daemon);
    client.batch_execute("SELECT 1").unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while store.outbox_add(&letter("eva@client.test")).is_err() {
        assert!(Instant::now() < end, "the pool does not find the database again");
    }
    sink.wait(2);
    drop(directory);
}

#[test]
fn login_is_used_and_a_file_that_everybody_may_read_is_not() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let sink = Sink::start();
    let file = scratch.directory.path().join("login");
    std::fs::write(&file, "crm:se:cret\n").unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&file, 0o644);
    let id = put(&store, "eva@client.test");
    let login = Server { login_file: Some(file.clone()), ..server(sink.port) };
    let _node = Node::start(&store, settings(login));
    // Connected, and not a word more.
    while sink.connections() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(store.outbox_show(&id.to_string()).unwrap().attempts, 0);
    mode(&file, 0o640);
    sink.wait(1);
    // "\0crm\0se:cret"
    assert!(sink.commands().contains(&"AUTH PLAIN AGNybQBzZTpjcmV0".to_owned()), "{:?}", sink.commands());
    assert!(sink.taken().len() == 1);
}

#[test]
fn address_beyond_ascii_goes_out_as_smtputf8() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    put(&store, "josé@client.test");
    put(&store, "a b@client.test");
    let mut taken = sink.wait(2);
    taken.sort_by(|a, b| b.rcpt.cmp(&a.rcpt));
    let all = taken.iter().map(|mail| (mail.mail.as_str(), mail.rcpt.as_str())).collect::<Vec<_>>();
    assert_eq!(all, [("<> SMTPUTF8 BODY=8BITMIME", "<josé@client.test>"), ("<>", "<\"a b\"@client.test>")]);
    assert_eq!(taken[0].field("To").unwrap(), "josé@client.test");
}

#[test]
fn rows_that_nobody_can_read_are_dead_letters_and_hold_nobody_up() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let odd = Uuid::now_v7();
    let values = format!("VALUES ('{odd}', 'letter', '', 'eva@client.test', 'x', 'x', '{{\"text\": 5}}')");
    let sql = format!(
        "INSERT INTO crm.outbox (id, kind, mail_from, rcpt_to, message_id, subject, message) {values}"
    );
    scratch.client(Role::Daemon).batch_execute(&sql).unwrap();
    let gone = NewLetter { inbox: Some("gone".into()), ..letter("eva@client.test") };
    store.outbox_add(&gone).unwrap();
    let good = put(&store, "eva@client.test");
    let sink = Sink::start();
    let _node = Node::start(&store, settings(server(sink.port)));
    until(&store, good, |line| line.state == "sent");
    let why = |id| until(&store, id, |line| line.state == "dead").error.unwrap();
    assert!(why(odd).starts_with("its content cannot be read"), "{}", why(odd));
    assert!(why(gone.id).contains("no inbox `gone`"), "{}", why(gone.id));
}
