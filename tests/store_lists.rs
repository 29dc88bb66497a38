//! The lists that every node holds in memory: heard of at once, complete after every reconnect, small.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::block::{BlockKey, BlockKeys, BlockKind, BlockScope};
use crm_milter::crm::lists::{KeySet, Lists, digest};
use crm_milter::store::cluster::Role;
use crm_milter::store::{Blocked, Heard, Listener, Needs, NewUser, RecordByHand, Scope, Store};
use postgres::fallible_iterator::FallibleIterator as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store_support::{CommitBatch as _, Scratch, plan};
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);
const START: Duration = Duration::from_secs(10);
const ALL: Needs = Needs { off: true, codes: true, known: true };

/// A node, as far as its lists are concerned.
struct Node {
    heard: Receiver<Heard>,
    lists: Lists,
    secret: Vec<u8>,
    needs: Arc<Mutex<Needs>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Node {
    fn start(store: &Store, needs: Needs) -> Node {
        let listener = Listener::new(store);
        let (stop, needs) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(needs)));
        let (tell, heard) = channel();
        let (stopped, asked) = (Arc::clone(&stop), Arc::clone(&needs));
        let thread = std::thread::spawn(move || {
            listener.run(&stopped, || *asked.lock().unwrap(), |news| drop(tell.send(news)));
        });
        Node { heard, lists: Lists::empty(), secret: Vec::new(), needs, stop, thread: Some(thread) }
    }

    /// Waits until the lists are as wanted.
    fn hears(&mut self, what: &str, within: Duration, wanted: impl Fn(&Lists) -> bool) {
        let until = Instant::now() + within;
        while !wanted(&self.lists) {
            // A filter learns without a word; so no wait is longer than this.
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not heard within {within:?}: {what}");
            match self.heard.recv_timeout(left.min(Duration::from_millis(10))) {
                Ok(Heard::Secret(secret)) => self.secret = secret,
                Ok(Heard::Blocks(blocks)) => self.lists.blocks = blocks,
                Ok(Heard::Users(users)) => self.lists.users = Some(users),
                Ok(Heard::Off(off)) => {
                    self.lists.off = off.unwrap_or_else(|| Arc::new(KeySet::empty()));
                }
                Ok(Heard::Codes(codes)) => self.lists.codes = codes,
                Ok(Heard::Known(known)) => self.lists.known = known,
                Err(_) => {}
            }
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        let _ = self.thread.take().unwrap().join();
    }
}

fn is_blocked(lists: &Lists, address: &str) -> bool {
    lists.blocks.find(address).is_some()
}

fn is_known(lists: &Lists, address: &str) -> bool {
    lists.known.as_ref().is_some_and(|known| known.contains(address))
}

fn has_code(lists: &Lists, code: &str) -> bool {
    lists.codes.as_ref().is_some_and(|codes| codes.contains(code))
}

fn contact(scratch: &Scratch, name: &str, address: &str) -> Uuid {
    let lead = plan::lead(name, address);
    let id = lead.contacts[0].id;
    scratch.store(Role::Daemon).commit_batch(&[lead]).unwrap();
    id
}

fn add_address(scratch: &Scratch, contact: Uuid, address: &str) {
    let sql = "INSERT INTO crm.contact_address (contact_id, address, shown) VALUES ($1, $2, $2)";
    scratch.client(Role::Desk).execute(sql, &[&contact, &address]).unwrap();
}

#[test]
fn block_is_in_force_on_every_node_within_a_second() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut nodes = [0, 1].map(|_| Node::start(&scratch.store(Role::Daemon), Needs::default()));
    for node in &mut nodes {
        node.hears("the start", START, |lists| lists.users.is_some());
    }
    let eve = contact(&scratch, "eve", "eve@b.test");
    for (what, address) in [
        (Blocked::Address("ann@a.test".into()), "ann@a.test"),
        (Blocked::Domain("bad.test".into()), "x@bad.test"),
        (Blocked::Subdomains("worse.test".into()), "x@mail.worse.test"),
        (Blocked::Contact(eve), "eve@b.test"),
    ] {
        desk.block_add(&what, Scope::All, None, "ann").unwrap();
        for node in &mut nodes {
            node.hears(address, SECOND, |lists| is_blocked(lists, address));
        }
    }
    add_address(&scratch, eve, "later@b.test");
    for node in &mut nodes {
        node.hears("address of a blocked contact", SECOND, |lists| is_blocked(lists, "later@b.test"));
        assert!(!is_blocked(&node.lists, "x@mail.bad.test"), "a domain is not what lies below it");
        assert_eq!(node.lists.blocks.find("ann@a.test").unwrap().scope, BlockScope::All);
    }
    desk.block_remove(&Blocked::Contact(eve), "ann").unwrap();
    for node in &mut nodes {
        node.hears("the end of a block", SECOND, |lists| !is_blocked(lists, "later@b.test"));
    }
}

#[test]
fn change_made_while_the_connection_was_gone_is_in_force_after_it() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut node = Node::start(&scratch.store(Role::Daemon), ALL);
    node.hears("the start", START, |lists| lists.users.is_some() && lists.known.is_some());
    desk.block_add(&Blocked::Address("before@a.test".into()), Scope::Inbox, None, "ann").unwrap();
    node.hears("a block", SECOND, |lists| is_blocked(lists, "before@a.test"));
    let kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = 'crm-milter lists'";
    assert!(scratch.client(Role::Superuser).query_one(kill, &[]).unwrap().get::<_, bool>(0));
    // Nobody listens now.
    desk.block_add(&Blocked::Address("meanwhile@a.test".into()), Scope::Inbox, None, "ann").unwrap();
    desk.block_remove(&Blocked::Address("before@a.test".into()), "ann").unwrap();
    contact(&scratch, "bob", "bob@b.test");
    assert!(is_blocked(&node.lists, "before@a.test"), "what was known stays in force");
    node.hears("blocks after the connection came back", Duration::from_secs(5), |lists| {
        is_blocked(lists, "meanwhile@a.test") && !is_blocked(lists, "before@a.test")
    });
    node.hears("contacts after the connection came back", Duration::from_secs(5), |lists| {
        is_known(lists, "bob@b.test")
    });
}

fn add_record(scratch: &Scratch, code: &str) {
    let record = RecordByHand {
        kind: "deal".into(),
        code: Some(code.into()),
        title: "x".into(),
        ..RecordByHand::default()
    };
    scratch.store(Role::Desk).record_add(&record).unwrap();
}

#[test]
fn no_code_is_refused_while_the_list_may_lack_new_ones() {
    let scratch = Scratch::migrated();
    add_record(&scratch, "DEAL-1");
    let mut node = Node::start(&scratch.store(Role::Daemon), ALL);
    node.hears("the start", START, |lists| has_code(lists, "DEAL-1"));
    let kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = 'crm-milter lists'";
    assert!(scratch.client(Role::Superuser).query_one(kill, &[]).unwrap().get::<_, bool>(0));
    node.hears("that the connection is gone", SECOND, |lists| lists.codes.is_none());
    add_record(&scratch, "DEAL-2");
    node.hears("codes after the connection came back", Duration::from_secs(5), |lists| {
        assert!(lists.codes.is_none() || has_code(lists, "DEAL-2"), "a list that lacks it");
        has_code(lists, "DEAL-1") && has_code(lists, "DEAL-2")
    });
    // So many at once that they are not told one by one.
    let sql = "INSERT INTO crm.record (id, kind, code, series, title)
               SELECT gen_random_uuid(), 'deal', 'MANY-' || n, 'deal', 'x' FROM generate_series(1, 10001) n";
    scratch.client(Role::Owner).execute(sql, &[]).unwrap();
    node.hears("that the list lacks some", SECOND, |lists| lists.codes.is_none());
    node.hears("very many codes", START, |lists| {
        has_code(lists, "MANY-1") && has_code(lists, "MANY-10001") && has_code(lists, "DEAL-2")
    });
}

#[test]
fn notifications_tell_nothing_to_a_login_that_tries_words() {
    let scratch = Scratch::migrated();
    let node = Node::start(&scratch.store(Role::Daemon), ALL);
    let mut listening = scratch.client(Role::Desk);
    let channels = ["crm_block", "crm_users", "crm_address_off", "crm_code", "crm_contact_address"];
    channels.iter().for_each(|channel| listening.batch_execute(&format!("LISTEN {channel}")).unwrap());
    contact(&scratch, "ann", "ann@a.test");
    add_record(&scratch, "DEAL-1");
    scratch
        .store(Role::Desk)
        .block_add(&Blocked::Address("ann@a.test".into()), Scope::All, None, "x")
        .unwrap();
    let mut notifications = listening.notifications();
    let told = notifications.timeout_iter(SECOND).map(|told| Ok(told.payload().to_owned()));
    let told: Vec<String> = told.collect().unwrap();
    let secret = loop {
        if let Heard::Secret(secret) = node.heard.recv_timeout(START).unwrap() {
            break secret;
        }
    };
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let keys = BlockKeys::new(&secret);
    for word in ["ann@a.test", "DEAL-1"] {
        let key = hex(&keys.of_digest(&digest(word)).0.to_be_bytes());
        assert!(told.iter().any(|payload| payload.contains(&key)), "{word} is told to who has the secret");
        let plain = [digest(word), digest(&hex(&digest(word)))].map(|digest| hex(&digest[..8]));
        let unkeyed = BlockKeys::new(b"");
        let others = [unkeyed.of_digest(&digest(word)), unkeyed.key(BlockKind::Address, word)];
        let others = others.map(|key| hex(&key.0.to_be_bytes()[..8]));
        for guess in plain.into_iter().chain(others).chain([word.to_owned(), hex(word.as_bytes())]) {
            assert!(!told.iter().any(|payload| payload.contains(&guess)), "{word}: {guess} in {told:?}");
        }
    }
    // Nor is there a function that makes keys of words.
    for call in ["crm.tell_keys('crm_code', '{}')", "crm.tell_entries('crm_code', '{}')"] {
        for role in [Role::Desk, Role::Daemon] {
            let error = scratch.client(role).query(&format!("SELECT {call}"), &[]).unwrap_err();
            assert_eq!(error.code().unwrap().code(), "42501", "{call}");
        }
    }
}

#[test]
fn address_that_is_blocked_twice_stays_blocked_until_the_last_block_ends() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut node = Node::start(&scratch.store(Role::Daemon), Needs::default());
    node.hears("the start", START, |lists| lists.users.is_some());
    let ann = contact(&scratch, "ann", "ann@a.test");
    let scope = |lists: &Lists| lists.blocks.find("ann@a.test").map(|block| block.scope);
    let address = Blocked::Address("ann@a.test".into());
    desk.block_add(&address, Scope::Inbox, None, "x").unwrap();
    node.hears("a block", SECOND, |lists| scope(lists) == Some(BlockScope::Inbox));
    desk.block_add(&Blocked::Contact(ann), Scope::All, None, "x").unwrap();
    node.hears("a wider block", SECOND, |lists| scope(lists) == Some(BlockScope::All));
    desk.block_remove(&Blocked::Contact(ann), "x").unwrap();
    node.hears("the wider block's end", SECOND, |lists| scope(lists) == Some(BlockScope::Inbox));
    desk.block_add(&Blocked::Contact(ann), Scope::All, None, "x").unwrap();
    node.hears("a wider block", SECOND, |lists| scope(lists) == Some(BlockScope::All));
    let mut client = scratch.client(Role::Desk);
    client.execute("UPDATE crm.contact_address SET address = 'moved@a.test'", &[]).unwrap();
    node.hears("a blocked contact's move", SECOND, |lists| {
        is_blocked(lists, "moved@a.test") && scope(lists) == Some(BlockScope::Inbox)
    });
    desk.block_remove(&address, "x").unwrap();
    node.hears("the last block's end", SECOND, |lists| scope(lists).is_none());
    assert!(is_blocked(&node.lists, "moved@a.test"));
}

/// Counts warnings.
struct Warnings(Mutex<Vec<String>>);

static WARNINGS: Warnings = Warnings(Mutex::new(Vec::new()));

impl log::Log for Warnings {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[test]
fn list_that_cannot_be_loaded_is_one_warning_and_the_others_are_in_force() {
    log::set_logger(&WARNINGS).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let scratch = Scratch::migrated();
    scratch.client(Role::Owner).execute("REVOKE SELECT ON crm.ticket FROM crm_daemon", &[]).unwrap();
    let node = Node::start(&scratch.store(Role::Daemon), ALL);
    for _ in 0..4 {
        while !matches!(node.heard.recv_timeout(START).unwrap(), Heard::Blocks(_)) {}
    }
    let told = WARNINGS.0.lock().unwrap().clone();
    let told: Vec<_> = told.iter().filter(|warning| warning.contains("last ones known")).collect();
    assert!(told.len() == 1 && told[0].contains("ticket"), "{told:?}");
}

#[test]
fn users_codes_contacts_and_switched_off_addresses_are_known_within_a_second() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    contact(&scratch, "old", "old@c.test");
    let mut node = Node::start(&scratch.store(Role::Daemon), ALL);
    node.hears("the start", START, |lists| lists.codes.is_some() && is_known(lists, "old@c.test"));
    assert!(!is_known(&node.lists, "new@c.test"));
    let known = Arc::clone(node.lists.known.as_ref().unwrap());

    contact(&scratch, "new", "new@c.test");
    node.hears("a contact", SECOND, |lists| is_known(lists, "new@c.test"));
    assert!(Arc::ptr_eq(&known, node.lists.known.as_ref().unwrap()), "without building it anew");
    let moved = "UPDATE crm.contact_address SET address = 'moved@c.test' WHERE address = 'new@c.test'";
    scratch.client(Role::Desk).execute(moved, &[]).unwrap();
    node.hears("a changed address", SECOND, |lists| is_known(lists, "moved@c.test"));

    add_record(&scratch, "DEAL-77");
    node.hears("a record", SECOND, |lists| has_code(lists, "DEAL-77"));
    scratch.client(Role::Owner).execute("DELETE FROM crm.record WHERE code = 'DEAL-77'", &[]).unwrap();
    node.hears("a record's end", SECOND, |lists| lists.codes.is_some() && !has_code(lists, "DEAL-77"));

    let ana = NewUser { login: "ana".into(), sasl_logins: vec!["ana".into()], ..NewUser::default() };
    let ana = desk.user_add(&ana).unwrap();
    let proven = |lists: &Lists, login: &str| {
        lists.users.as_ref().is_some_and(|users| users.by_sasl_login.contains_key(login))
    };
    node.hears("a user", SECOND, |lists| proven(lists, "ana"));
    let sql = "INSERT INTO crm.user_sasl_login (login, user_id) VALUES ('ana.t', $1)";
    scratch.client(Role::Desk).execute(sql, &[&ana]).unwrap();
    node.hears("a user's login", SECOND, |lists| proven(lists, "ana.t"));
    scratch.client(Role::Desk).execute("UPDATE crm.users SET deactivated_at = now()", &[]).unwrap();
    node.hears("a user's end", SECOND, |lists| !proven(lists, "ana"));

    let mut client = scratch.client(Role::Daemon);
    let state =
        "INSERT INTO crm.address_state (digest, address, soft_failures) VALUES (crm.digest($1), $1, 1)";
    client.execute(state, &[&"off@c.test"]).unwrap();
    let switch =
        "UPDATE crm.address_state SET off_at = now(), reason = 'bounce' WHERE address = 'off@c.test'";
    client.execute(switch, &[]).unwrap();
    node.hears("a switched-off address", SECOND, |lists| lists.off.contains("off@c.test"));
    desk.address_on("off@c.test", "said so by telephone").unwrap();
    node.hears("a reactivated address", SECOND, |lists| !lists.off.contains("off@c.test"));
}

#[test]
fn list_is_loaded_when_it_is_wanted_and_dropped_when_not() {
    let scratch = Scratch::migrated();
    contact(&scratch, "old", "old@c.test");
    let mut node = Node::start(&scratch.store(Role::Daemon), Needs::default());
    node.hears("the start", START, |lists| lists.users.is_some());
    assert!(node.lists.codes.is_none() && node.lists.known.is_none());
    *node.needs.lock().unwrap() = ALL;
    node.hears("more lists", SECOND, |lists| lists.codes.is_some() && is_known(lists, "old@c.test"));
    *node.needs.lock().unwrap() = Needs { known: true, ..Needs::default() };
    node.hears("fewer lists", SECOND, |lists| lists.codes.is_none() && is_known(lists, "old@c.test"));
}

#[test]
fn many_contacts_at_once_are_all_known() {
    let scratch = Scratch::migrated();
    let mut node = Node::start(&scratch.store(Role::Daemon), ALL);
    node.hears("the start", START, |lists| lists.known.is_some());
    let mut client = scratch.client(Role::Owner);
    // Told of in 2 notifications and a half; by a word to load anew; and more than the filter had room for.
    for (from, to) in [(1, 250), (251, 30_250)] {
        let sql = "WITH made AS (INSERT INTO crm.contact (id, name)
                       SELECT gen_random_uuid(), n::text FROM generate_series($1::int, $2::int) n RETURNING id, name)
                   INSERT INTO crm.contact_address (contact_id, address, shown)
                   SELECT id, 'n' || name || '@n.test', name FROM made";
        client.execute(sql, &[&from, &to]).unwrap();
        let all = |lists: &Lists| {
            (from..=to).step_by(49).chain([to]).all(|n| is_known(lists, &format!("n{n}@n.test")))
        };
        node.hears("many contacts", START, all);
    }
    assert!(!node.lists.known.as_ref().unwrap().is_full());
}

#[test]
fn block_of_a_deleted_merged_or_erased_contact_survives() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut node = Node::start(&scratch.store(Role::Daemon), Needs::default());
    node.hears("the start", START, |lists| lists.users.is_some());
    let mut owner = scratch.client(Role::Owner);
    let by_hand = |name: &str| {
        let id = Uuid::now_v7();
        scratch
            .client(Role::Desk)
            .execute("INSERT INTO crm.contact (id, name) VALUES ($1, $2)", &[&id, &name])
            .unwrap();
        add_address(&scratch, id, &format!("{name}@b.test"));
        id
    };
    let (gone, merged, into) = (by_hand("gone"), by_hand("merged"), by_hand("into"));
    desk.block_add(&Blocked::Contact(gone), Scope::All, Some("pest"), "ann").unwrap();
    desk.block_add(&Blocked::Contact(merged), Scope::All, Some("pest too"), "ann").unwrap();
    node.hears("blocks", SECOND, |lists| {
        is_blocked(lists, "gone@b.test") && is_blocked(lists, "merged@b.test")
    });

    owner.execute("DELETE FROM crm.contact WHERE id = $1", &[&gone]).unwrap();
    let why = desk.block_why("gone@b.test").unwrap();
    let block = &why[0].block;
    assert_eq!(
        (block.kind.as_str(), block.scope, block.reason.as_deref()),
        ("address", Scope::All, Some("pest"))
    );
    assert_eq!((why.len(), block.created_by.as_str()), (1, "ann"));

    let mut transaction = owner.transaction().unwrap();
    transaction
        .execute("UPDATE crm.contact_address SET contact_id = $1 WHERE contact_id = $2", &[&into, &merged])
        .unwrap();
    transaction.execute("UPDATE crm.contact SET merged_into = $1 WHERE id = $2", &[&into, &merged]).unwrap();
    transaction.commit().unwrap();
    node.hears("a merge", SECOND, |lists| is_blocked(lists, "into@b.test"));
    assert!(is_blocked(&node.lists, "gone@b.test") && is_blocked(&node.lists, "merged@b.test"));
    // Blocking a contact that was merged is blocking the one that it went into.
    desk.block_remove(&Blocked::Contact(into), "ann").unwrap();
    node.hears("the end", SECOND, |lists| !is_blocked(lists, "merged@b.test"));
    desk.block_remove(&Blocked::Contact(merged), "ann").unwrap();
    desk.block_add(&Blocked::Contact(merged), Scope::All, None, "ann").unwrap();
    node.hears("a merged contact's block", SECOND, |lists| is_blocked(lists, "into@b.test"));

    // What an erasure leaves: the key that the program makes of the address, and nothing else.
    let erase = "INSERT INTO crm.block (id, kind, keyed_hash, scope, created_by)
                 VALUES (gen_random_uuid(), 'hash', crm.block_key($1), 'inbox', 'ann')";
    owner.execute(erase, &[&"erased@b.test"]).unwrap();
    node.hears("a hash", SECOND, |lists| is_blocked(lists, "erased@b.test"));
    let key = BlockKeys::new(&node.secret).key(BlockKind::Address, "erased@b.test");
    let kept: Vec<u8> =
        owner.query_one("SELECT keyed_hash FROM crm.block WHERE kind = 'hash'", &[]).unwrap().get(0);
    assert_eq!(BlockKey::of_octets(kept[..].try_into().unwrap()), key);
    assert_eq!(desk.block_why("erased+x@b.test").unwrap()[0].block.kind, "hash");
    desk.block_remove(&Blocked::Address("erased@b.test".into()), "ann").unwrap();
    node.hears("the end of a hash", SECOND, |lists| !is_blocked(lists, "erased@b.test"));
}

#[test]
fn secret_of_the_blocks_is_the_same_for_all_nodes_and_never_the_desks() {
    let scratch = Scratch::migrated();
    let mut nodes = [0, 1].map(|_| Node::start(&scratch.store(Role::Daemon), Needs::default()));
    for node in &mut nodes {
        node.hears("the start", START, |lists| lists.users.is_some());
    }
    assert!(nodes[0].secret.len() >= 32 && nodes[0].secret == nodes[1].secret);
    let error = scratch.client(Role::Desk).query("SELECT value FROM crm.secret", &[]).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
}

#[test]
fn domain_blocked_before_domains_and_subdomains_were_told_apart_keeps_its_effect() {
    let scratch = Scratch::migrated();
    let migration = include_str!("../src/store/migrations/V010__lists_at_smtp_time.sql");
    let update = migration.lines().find(|line| line.starts_with("UPDATE crm.block SET kind")).unwrap();
    let desk = scratch.store(Role::Desk);
    desk.block_add(&Blocked::Domain("old.test".into()), Scope::Inbox, None, "ann").unwrap();
    scratch.client(Role::Owner).execute(update, &[]).unwrap();
    assert_eq!(desk.block_why("x@sub.old.test").unwrap()[0].block.kind, "subdomains");
}

/// Octets of this process: now, and at most so far.
fn memory() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    };
    (line("VmRSS:"), line("VmHWM:"))
}

#[test]
fn million_blocks_take_no_more_than_64_mb_while_they_are_loaded_and_after() {
    let scratch = Scratch::migrated();
    let sql = "INSERT INTO crm.block (id, kind, value, created_by)
               SELECT gen_random_uuid(), 'address', 'u' || n || '@x.test', 'ann' FROM generate_series(1, 1000000) n";
    scratch.client(Role::Owner).execute(sql, &[]).unwrap();
    let mut node = Node::start(&scratch.store(Role::Daemon), Needs::default());
    let (before, _) = memory();
    let started = Instant::now();
    node.hears("a million blocks", Duration::from_secs(60), |lists| lists.blocks.len() == 1_000_000);
    let took = started.elapsed();
    let (after, most) = memory();
    println!(
        "loading 1,000,000 blocks: {took:?}; memory {} MB more at most, {} MB after",
        (most - before) / 1_000_000,
        after.saturating_sub(before) / 1_000_000
    );
    assert!(most - before <= 64_000_000 && is_blocked(&node.lists, "u1000000@x.test"));

    // At rest after the load, again at once, and while all are loaded anew.
    let desk = scratch.store(Role::Desk);
    let mut slowest = Duration::ZERO;
    for n in 0..10 {
        if n == 5 {
            scratch.client(Role::Daemon).execute("SELECT pg_notify('crm_block', '')", &[]).unwrap();
        }
        let address = format!("new{n}@y.test");
        for block in [true, false] {
            if block {
                desk.block_add(&Blocked::Address(address.clone()), Scope::All, None, "ann").unwrap();
            } else {
                desk.block_remove(&Blocked::Address(address.clone()), "ann").unwrap();
            }
            let committed = Instant::now();
            node.hears("a change among a million", SECOND, |lists| is_blocked(lists, &address) == block);
            slowest = slowest.max(committed.elapsed());
        }
    }
    println!("a change of 1,000,000 blocks: in force {slowest:?} after its commit at most");
    // And after a reconnect, before all are loaded.
    let kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = 'crm-milter lists'";
    assert!(scratch.client(Role::Superuser).query_one(kill, &[]).unwrap().get::<_, bool>(0));
    let until = Instant::now() + START;
    while !matches!(node.heard.recv_timeout(until - Instant::now()).unwrap(), Heard::Users(_)) {}
    desk.block_add(&Blocked::Address("last@y.test".into()), Scope::All, None, "ann").unwrap();
    node.hears("a block during the load", SECOND, |lists| is_blocked(lists, "last@y.test"));
    assert_eq!(node.lists.blocks.len(), 1_000_001);
}
