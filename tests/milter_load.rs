//! The program under thousands of connections, good and bad: it gives back what it took.

#![allow(clippy::unwrap_used)]

mod peer;

use nix::sys::signal::Signal;
use peer::program::{Held, Program};
use peer::{Peer, Reply};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::time::{Duration, Instant};

const AT_ONCE: usize = 500;
const CLIENTS: usize = 10;
/// What Postfix is told to wait for an answer (command_timeout).
const POSTFIX_WAITS: Duration = Duration::from_secs(3);
/// The first octets of a packet that promises more.
const HALF: &[u8] = b"\0\0\xff\xffB";
/// What two heaps may keep of free memory, in kB: 256 each at the end, and what lies between.
const HEAPS_KEEP: u64 = 1024;

/// Connections that are opened together, used each in another way, and closed together.
fn wave(program: &Program, acknowledged: &AtomicUsize) {
    let (opened, used) = (Barrier::new(CLIENTS), Barrier::new(CLIENTS));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (opened, used) = (&opened, &used);
            scope.spawn(move || {
                let streams: Vec<UnixStream> =
                    (0..AT_ONCE / CLIENTS).map(|_| UnixStream::connect(program.socket()).unwrap()).collect();
                opened.wait();
                let use_all = || {
                    let numbered = streams.into_iter().enumerate();
                    numbered.map(|(n, stream)| use_it(client + n, stream, acknowledged)).collect::<Vec<_>>()
                };
                let kept = catch_unwind(AssertUnwindSafe(use_all));
                used.wait();
                drop(kept.unwrap_or_else(|panic| resume_unwind(panic)));
            });
        }
    });
}

/// What is left open of a connection until the others are done too.
#[allow(dead_code, reason = "held, not looked at")]
enum Left {
    Nothing,
    Stream(UnixStream),
    Session(Peer),
}

fn use_it(n: usize, stream: UnixStream, acknowledged: &AtomicUsize) -> Left {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let raw = |octets: &[u8]| {
        let mut stream = stream.try_clone().unwrap();
        // The daemon may have hung up on us already.
        std::io::Write::write_all(&mut stream, octets).ok();
    };
    match n % 12 {
        0 => return Left::Nothing, // a probe: connects and closes
        1 => raw(b"\xff\xfe garbage, and more of it \r\n\r\n\0\0\0\0"),
        2 => raw(b"\0\0\0\0O"),       // a packet without its letter
        3 => raw(b"\0\0\0\x0dO\0\0"), // half open: the rest never comes
        4 => raw(b"\x7f\xff\xff\xffO\0\0\0\x06"),
        5 => raw(b"GET / HTTP/1.0\r\n\r\n"),
        _ => return Left::Session(session(n % 12, Peer::offering(stream, peer::ALL), acknowledged)),
    }
    Left::Stream(stream)
}

fn session(kind: usize, mut peer: Peer, acknowledged: &AtomicUsize) -> Peer {
    let info = ["<info@crm.test>"];
    if kind == 6 {
        return peer; // negotiates, and no more
    }
    peer.greet();
    match kind {
        7 => {
            assert_eq!(peer.mail("<ann@example.com>").0, 'c');
            assert_eq!(peer.rcpt("<bob@else.test>").0, 'c');
            assert_eq!(peer.data().0, 'a');
            peer.abort();
        }
        8 => {
            // Cut in DATA.
            peer.begin("<ann@example.com>", &info);
            assert_eq!(peer.body(&[b'x'; 20_000]).0, 'c');
        }
        9 => {
            // Cut after a packet that promises more than comes.
            peer.begin("<ann@example.com>", &info);
            peer.raw(b"\0\0\xff\xffB half a body").unwrap();
        }
        10 => {
            peer.begin("<ann@example.com>", &info);
            peer.abort();
            peer.abort();
            peer.mail("<ann@example.com>");
        }
        _ => {
            for _ in 0..2 {
                assert_eq!(peer.message("<ann@example.com>", &info, b"x\r\n"), [reply('d')]);
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            peer.send('Q', b"");
        }
    }
    peer
}

fn reply(letter: char) -> Reply {
    (letter, String::new())
}

/// What it holds once it has noticed that everybody left, and libmilter's threads have waited in vain for more
/// work, which takes them up to ten seconds.
fn at_rest(program: &Program, before: Held) -> Held {
    let (_silent, unanswered) = mpsc::channel::<()>();
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let held = program.held();
        let back = held.threads <= before.threads
            && held.descriptors <= before.descriptors
            && held.memory * 10 <= before.memory * 11
            && held.anonymous <= before.anonymous + HEAPS_KEEP;
        if back || Instant::now() > end {
            return held;
        }
        // The kernel tells nobody when a process gives something back.
        unanswered.recv_timeout(Duration::from_millis(20)).ok();
    }
}

#[test]
fn ten_thousand_connections_leave_nothing_behind() {
    let program = Program::start("");
    let acknowledged = AtomicUsize::new(0);
    let started = program.held();
    // Each kind of use, so that its code has been read, and no more than that.
    for n in 0..24 {
        use_it(n, UnixStream::connect(program.socket()).unwrap(), &acknowledged);
    }
    let fresh = at_rest(&program, Held { memory: u64::MAX / 20, anonymous: u64::MAX / 20, ..started });
    for _ in 0..10_000 / AT_ONCE {
        wave(&program, &acknowledged);
    }
    let after = at_rest(&program, fresh);
    println!("after 24 connections {fresh:?}\nafter 10,000 more {after:?}");
    assert!(after.threads <= fresh.threads && after.descriptors <= fresh.descriptors, "{fresh:?} {after:?}");
    assert!(after.memory * 10 <= fresh.memory * 11, "{fresh:?} {after:?}");
    assert!(after.anonymous <= fresh.anonymous + HEAPS_KEEP, "{fresh:?} {after:?}");
    let counts = program.spooled();
    assert_eq!((counts.new, counts.tmp), (acknowledged.load(Ordering::SeqCst), 0));
}

#[test]
fn five_hundred_messages_under_way_fit_into_128_megabytes() {
    let program = Program::start("");
    let fresh = program.held();
    let mut peers: Vec<Peer> = (0..AT_ONCE).map(|_| program.peer()).collect();
    for peer in &mut peers {
        peer.greet();
        peer.begin("<ann@example.com>", &["<info@crm.test>"]);
        // As much as is kept in memory before it is written.
        for _ in 0..4 {
            assert_eq!(peer.body(&[b'x'; 16_000]).0, 'c');
        }
    }
    let held = program.held();
    println!("fresh {fresh:?}\nwith {AT_ONCE} messages under way {held:?}");
    assert!(held.memory < 128 * 1024);
    for peer in &mut peers {
        assert_eq!(peer.eom(), [reply('d')]);
    }
    assert_eq!(program.spooled().new, AT_ONCE);
}

#[test]
fn peers_that_froze_in_a_packet_keep_nobody_waiting() {
    let program = Program::start("");
    let together = Barrier::new(CLIENTS);
    let client = || {
        let mut frozen: Vec<Peer> = (0..60).map(|_| program.peer()).collect();
        let mut working = program.peer();
        working.greet();
        let mut longest = Duration::ZERO;
        for peer in &mut frozen {
            // Half a packet in the instant in which somebody else has something to say, and nobody after them.
            together.wait();
            peer.raw(HALF).unwrap();
            let started = Instant::now();
            working.send('M', b"<ann@example.com>\0");
            // What is late counts; the others wait for it at the barrier, and not for ever.
            let said = working.try_reply();
            longest = longest.max(started.elapsed());
            if said.is_err() {
                std::process::abort();
            }
        }
        longest
    };
    let longest = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).max().unwrap()
    });
    println!("longest wait {longest:?}");
    assert!(longest < POSTFIX_WAITS, "{longest:?}");
}

#[test]
fn hundreds_of_peers_that_froze_at_once_keep_nobody_waiting() {
    // libmilter leaves them all to two threads, or fewer of them, as it happens.
    for _ in 0..6 {
        let program = Program::start("");
        let mut frozen: Vec<Peer> = (0..300).map(|_| program.peer()).collect();
        // The oldest sessions come first. The last ones are there so that no thread still listens to this one.
        let mut working = program.peer();
        working.greet();
        frozen.extend((0..50).map(|_| program.peer()));
        program.while_it_stands_still(|| {
            frozen.iter_mut().for_each(|peer| peer.raw(HALF).unwrap());
            working.send('M', b"<ann@example.com>\0");
        });
        let started = Instant::now();
        assert_eq!(working.reply(), reply('c'));
        println!("waited {:?}", started.elapsed());
        assert!(started.elapsed() < POSTFIX_WAITS, "{:?}", started.elapsed());
    }
}

#[test]
fn reload_and_stop_take_a_moment_while_hundreds_of_peers_are_frozen() {
    let mut program = Program::start("");
    let mut frozen: Vec<Peer> = (0..300).map(|_| program.peer()).collect();
    let mut working = program.peer();
    working.greet();
    program.while_it_stands_still(|| {
        frozen.iter_mut().for_each(|peer| peer.raw(HALF).unwrap());
    });
    let moment = Duration::from_secs(2);
    for (n, signal) in [Signal::SIGHUP, Signal::SIGUSR1].into_iter().enumerate() {
        let started = Instant::now();
        program.signal(signal);
        program.wait_until("reload", || program.log().matches("reload: 1 inboxes").count() == n + 1);
        println!("{signal} took {:?}", started.elapsed());
        assert!(started.elapsed() < moment, "{signal}: {:?}", started.elapsed());
        assert_eq!(working.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d')]);
    }
    working.begin("<ann@example.com>", &["<info@crm.test>"]);
    program.signal(Signal::SIGTERM);
    // The milter goes last: before, the worker may still wait for a database that is not there.
    program.wait_until("end of the socket", || !program.socket().exists());
    let started = Instant::now();
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
    println!("stop took {:?}", started.elapsed());
    assert!(started.elapsed() < moment, "stop: {:?}", started.elapsed());
    assert!(!program.log().contains("still under way"), "{}", program.log());
    assert!(frozen.iter_mut().all(|peer| peer.try_reply().is_err()), "at once, not after a timeout");
    // The third was promised to nobody.
    assert_eq!(program.spooled().new, 2);
}

#[test]
fn sessions_over_the_limit_pass_unseen_and_the_next_one_is_ours_again() {
    let program = Program::start("[limits]\nsessions = 3");
    let mut within: Vec<Peer> = (0..3).map(|_| program.peer()).collect();
    within.iter_mut().for_each(Peer::greet);
    for _ in 0..5 {
        let mut over = program.peer();
        assert_eq!(over.options & peer::NR_CONN, 0, "the answer to connect is wanted");
        assert_eq!(over.connect(), reply('a'));
    }
    assert!(
        program.log().contains("3 sessions at a time are limits.sessions: 4 so far"),
        "{}",
        program.log()
    );
    for peer in &mut within {
        assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d')]);
    }
    assert_eq!(program.spooled().new, 3);
    drop(within);
    let end = Instant::now() + Duration::from_secs(10);
    while program.peer().options & peer::NR_CONN == 0 {
        assert!(Instant::now() < end, "the places are not free again");
    }
}
