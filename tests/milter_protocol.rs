//! The milter seen from the mail server's side of the protocol: the real libmilter, the real spool.

#![allow(clippy::unwrap_used)]

mod peer;

use crm_milter::spool::Entry;
use nix::sys::signal::Signal;
use peer::{ALL, Daemon, HDR_LEADSPC, NR_CONN, NR_EOH, NR_HDR, NR_HELO, Peer, Reply, SKIP};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
#[ignore = "the child of the other tests"]
fn the_daemon() {
    peer::the_daemon();
}

fn reply(letter: char, text: &str) -> Reply {
    (letter, text.to_owned())
}

#[test]
fn recorded_message_has_its_edits_named_after_it_is_on_disk() {
    let daemon = Daemon::start("");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    let replies = peer.message("<ann@example.com>", &["<bob@else.test>", "<Info+DEAL-1@CRM.test>"], b"x\r\n");
    assert_eq!(replies, [reply('-', "<Info+DEAL-1@CRM.test>"), reply('a', "")]);
    let entry = daemon.recorded().remove(0);
    let text = "From: Ann <ann@example.com>\r\nSubject: one\r\n\ttwo\r\n\r\nx\r\n";
    assert_eq!(String::from_utf8_lossy(&entry.message), text);
    assert_eq!(entry.envelope.client_address.unwrap().to_string(), "192.0.2.1");
    assert_eq!(entry.envelope.queue_id.as_deref(), Some("4QueueId"));
    assert_eq!(entry.envelope.inboxes[0].detail.as_deref(), Some("DEAL-1"));
    let replies = peer.message("<ann@example.com>", &["<copy@crm.test>"], b"x\r\n");
    let expected =
        [reply('2', "<archive@crm.test> NOTIFY=NEVER"), reply('-', "<copy@crm.test>"), reply('a', "")];
    assert_eq!(replies, expected);
    assert_eq!(peer.message("<>", &["<info@crm.test>"], b"x\r\n"), [reply('d', "")]);
    assert_eq!(peer.message("<>", &["<keep@crm.test>"], b"x\r\n"), [reply('a', "")]);
    assert_eq!(daemon.recorded().len(), 4);
    let line = format!("4QueueId: inbox=info size={} spool={} original=consume", text.len(), entry.id);
    assert!(daemon.log().contains(&line), "{}", daemon.log());
}

#[test]
fn only_what_was_offered_is_negotiated_and_every_reply_comes() {
    let daemon = Daemon::start("");
    let path = daemon.dir.path().join("milter.sock");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    let connect = || UnixStream::connect(&path).unwrap();
    let quiet = NR_CONN | NR_HELO | NR_HDR | NR_EOH;
    let mut full = Peer::offering(connect(), ALL);
    assert_eq!(full.options & quiet, quiet);
    assert_eq!(full.options & (SKIP | HDR_LEADSPC), SKIP | HDR_LEADSPC);
    // One session with everything and one with nothing, their steps interleaved: each keeps its own set.
    let mut bare = Peer::offering(connect(), 0);
    assert_eq!(bare.options, 0);
    full.greet();
    bare.greet();
    full.begin("<ann@example.com>", &["<info@crm.test>"]);
    assert_eq!(bare.mail("<ann@example.com>").0, 'c');
    assert_eq!(bare.rcpt("<info@crm.test>").0, 'c');
    assert_eq!(bare.data().0, 'c');
    bare.header("Subject", "without its space");
    bare.eoh();
    assert_eq!(full.eom(), [reply('d', "")]);
    assert_eq!(bare.eom(), [reply('d', "")]);
    let starts = |e: &Entry| e.message.starts_with(b"Subject: without its space\r\n");
    assert!(daemon.recorded().iter().any(starts));
}

#[test]
fn tcp_is_spared_the_no_reply_steps() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let daemon = Daemon::start_with("", &format!("inet:127.0.0.1:{port}"), "");
    let mut peer = Peer::offering(TcpStream::connect(("127.0.0.1", port)).unwrap(), ALL);
    assert_eq!(peer.options & (NR_CONN | NR_HELO | NR_HDR | NR_EOH), 0);
    peer.greet();
    assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d', "")]);
    assert_eq!(daemon.recorded().len(), 1);
}

#[test]
fn message_of_others_is_accepted_at_data_and_the_next_one_still_recorded() {
    let daemon = Daemon::start("");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    for _ in 0..3 {
        peer.mail("<ann@example.com>");
        peer.rcpt("<bob@else.test>");
        assert_eq!(peer.data(), reply('a', ""));
        peer.abort(); // so does Postfix
        assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d', "")]);
    }
    assert_eq!(daemon.recorded().len(), 3);
}

#[test]
fn blocked_contact_is_refused_at_rcpt_and_other_recipients_are_not() {
    let daemon = Daemon::start("address ann@example.com inbox\n");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    assert_eq!(peer.mail("<Ann+x@Example.com>").0, 'c');
    // Postfix expands the text once more: the percent sign travels doubled.
    assert_eq!(peer.rcpt("<info@crm.test>"), reply('y', "550 5.7.1 Not 100%% welcome"));
    assert_eq!(peer.rcpt("<bob@else.test>").0, 'c');
    assert_eq!(peer.data().0, 'a');
    daemon.wait_for(
        "NOQUEUE: refused: RCPT from mx.example.com[192.0.2.1]: 550 5.7.1; from=<Ann+x@Example.com>",
    );
}

#[test]
fn blocked_author_is_refused_at_the_end_or_loses_our_recipient_only() {
    let daemon = Daemon::start("address ann@example.com inbox\n");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    let refused = [reply('y', "550 5.7.1 Not 100%% welcome")];
    assert_eq!(peer.message("<x@list.test>", &["<info@crm.test>"], b"x"), refused);
    let replies = peer.message("<x@list.test>", &["<info@crm.test>", "<bob@else.test>"], b"x");
    assert_eq!(replies, [reply('-', "<info@crm.test>"), reply('a', "")]);
    // For the worker, which lists it as blocked.
    assert_eq!(daemon.recorded().len(), 1);
}

#[test]
fn block_is_in_force_after_a_reload_and_open_sessions_go_on() {
    let daemon = Daemon::start("");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d', "")]);
    std::fs::write(daemon.dir.path().join("blocks"), "domain example.com all\n").unwrap();
    for (n, signal) in [Signal::SIGUSR1, Signal::SIGHUP].into_iter().enumerate() {
        daemon.signal(signal);
        daemon.wait_until("reload", || daemon.log().matches("reloaded").count() > n);
    }
    assert_eq!(peer.mail("<ann@example.com>").0, 'c');
    assert_eq!(peer.rcpt("<bob@else.test>").0, 'y');
}

#[test]
fn thousands_of_hangups_do_not_stop_the_daemon() {
    let daemon = Daemon::start("");
    for n in 0..20_000 {
        daemon.signal(if n % 2 == 0 { Signal::SIGHUP } else { Signal::SIGUSR1 });
    }
    let mut peer = Peer::new(&daemon);
    peer.greet();
    assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d', "")]);
    assert!(!daemon.log().contains("warning"), "{}", daemon.log());
}

#[test]
fn daemon_that_gave_up_root_records_as_before() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let daemon = Daemon::start_as("nobody");
    for n in 0..2_000 {
        daemon.signal(if n % 2 == 0 { Signal::SIGHUP } else { Signal::SIGUSR1 });
    }
    let mut peer = Peer::new(&daemon);
    peer.greet();
    assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d', "")]);
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap().uid.as_raw();
    let entry = daemon.dir.path().join("spool/new").read_dir().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.metadata().unwrap().uid(), nobody);
    assert!(!daemon.log().contains("warning"), "{}", daemon.log());
}

#[test]
fn health_checks_aborts_and_hangups_leave_no_trace() {
    let daemon = Daemon::start("");
    drop(UnixStream::connect(daemon.dir.path().join("milter.sock")).unwrap());
    drop(Peer::new(&daemon));
    let mut peer = Peer::new(&daemon);
    peer.abort();
    peer.greet();
    peer.begin("<ann@example.com>", &["<info@crm.test>"]);
    peer.abort();
    peer.abort();
    peer.begin("<ann@example.com>", &["<info@crm.test>"]);
    drop(peer);
    let mut peer = Peer::new(&daemon);
    peer.greet();
    assert_eq!(peer.message("<ann@example.com>", &["<info@crm.test>"], b"x"), [reply('d', "")]);
    let spool = daemon.spool();
    daemon.wait_until("no temporary file", || spool.counts().unwrap().tmp == 0);
    assert_eq!((spool.counts().unwrap().tmp, spool.counts().unwrap().new), (0, 1));
    assert!(!daemon.log().contains("error"), "{}", daemon.log());
}

#[test]
fn large_message_is_recorded_whole_in_little_memory() {
    let daemon = Daemon::start("");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    peer.begin("<ann@example.com>", &["<info@crm.test>"]);
    let chunk: Vec<u8> = (0..65_535u32).map(|n| b'a' + (n % 26) as u8).collect();
    for _ in 0..400 {
        assert_eq!(peer.body(&chunk).0, 'c');
    }
    assert_eq!(peer.eom(), [reply('d', "")]);
    let message = daemon.recorded().remove(0).message;
    let start = message.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(message.len() - start, 400 * 65_535);
    assert!(message[start..].chunks(65_535).all(|c| c == chunk));
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.child.id())).unwrap();
    let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    let kilobytes: u32 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < 40_000, "{peak}");
}

#[test]
fn full_spool_costs_no_edit_and_no_refusal() {
    let daemon = Daemon::start("");
    let mut peer = Peer::new(&daemon);
    peer.greet();
    let tmp = daemon.dir.path().join("spool/tmp");
    std::fs::rename(&tmp, daemon.dir.path().join("away")).unwrap();
    let both = ["<info@crm.test>", "<bob@else.test>"];
    assert_eq!(peer.message("<ann@example.com>", &both, b"x"), [reply('a', "")]);
    daemon.wait_for("4QueueId: not recorded, left to the pipe door: create ");
    std::fs::rename(daemon.dir.path().join("away"), &tmp).unwrap();
    assert_eq!(peer.message("<ann@example.com>", &both, b"x").len(), 2);
}

#[test]
fn many_sessions_at_once_are_each_recorded_once() {
    let daemon = Daemon::start("");
    std::thread::scope(|scope| {
        for session in 0..24 {
            let daemon = &daemon;
            scope.spawn(move || {
                let mut peer = Peer::new(daemon);
                peer.greet();
                for n in 0..10 {
                    let body = format!("message {session}-{n}.");
                    let end = peer.message("<ann@example.com>", &["<info@crm.test>"], body.as_bytes());
                    assert_eq!(end, [reply('d', "")]);
                }
            });
        }
    });
    let mut bodies: Vec<String> = daemon
        .recorded()
        .iter()
        .map(|e| String::from_utf8_lossy(&e.message).rsplit("\r\n").next().unwrap().to_owned())
        .collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 240);
}

#[test]
fn stop_takes_a_moment_whatever_sessions_are_open() {
    let mut daemon = Daemon::start("");
    let mut idle: Vec<Peer> = (0..10).map(|_| Peer::new(&daemon)).collect();
    let mut peer = Peer::new(&daemon);
    peer.greet();
    peer.begin("<ann@example.com>", &["<info@crm.test>"]);
    let started = Instant::now();
    daemon.signal(Signal::SIGTERM);
    let status = daemon.child.wait().unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(status.code(), Some(0), "{}", daemon.log());
    assert!(!daemon.dir.path().join("milter.sock").exists());
    assert!(daemon.log().contains("stopped, all done: true"));
    assert!(idle.iter_mut().all(|p| p.try_reply().is_err()), "at once, not after a timeout");
    // The unfinished message was promised to nobody.
    assert_eq!(daemon.spool().counts().unwrap().new, 0);
}

/// Ends a daemon under load: how many messages it acknowledged, and how many it recorded.
fn end_under_load(end: impl FnOnce(&mut Daemon)) -> (usize, usize) {
    let mut daemon = Daemon::start("");
    let acknowledged = AtomicUsize::new(0);
    let mut peers: Vec<Peer> = (0..8).map(|_| Peer::new(&daemon)).collect();
    std::thread::scope(|scope| {
        for peer in &mut peers {
            scope.spawn(|| {
                peer.greet();
                while peer.try_message("<ann@example.com>", &["<info@crm.test>"]).is_ok_and(|r| r.0 == 'd') {
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        daemon.wait_until("load", || acknowledged.load(Ordering::SeqCst) > 100);
        end(&mut daemon);
        daemon.child.wait().unwrap();
    });
    (acknowledged.load(Ordering::SeqCst), daemon.recorded().len())
}

#[test]
fn stop_under_load_leaves_every_acknowledged_message_recorded() {
    let (acknowledged, recorded) = end_under_load(|daemon| {
        let started = Instant::now();
        daemon.signal(Signal::SIGTERM);
        assert_eq!(daemon.child.wait().unwrap().code(), Some(0), "{}", daemon.log());
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert!(daemon.log().contains("stopped, all done: true"));
    });
    // One whose reply was on its way when the process ended is tried again, and adopted.
    assert!((acknowledged..=acknowledged + 8).contains(&recorded), "{recorded} for {acknowledged}");
}

#[test]
fn kill_under_load_loses_no_acknowledged_message() {
    for _ in 0..5 {
        let (acknowledged, recorded) = end_under_load(|daemon| daemon.child.kill().unwrap());
        assert!((acknowledged..=acknowledged + 8).contains(&recorded), "{recorded} for {acknowledged}");
    }
}

#[cfg(feature = "faults")]
mod faults {
    use super::*;

    /// One message to a mailbox and an inbox, with a fault: the replies, and what is in the spool after the
    /// daemon was killed at once.
    fn killed(fault: &str) -> (Option<Vec<Reply>>, usize) {
        let mut daemon = Daemon::start_with("", "unix", fault);
        let mut peer = Peer::new(&daemon);
        peer.greet();
        peer.begin("<ann@example.com>", &["<bob@else.test>", "<info@crm.test>"]);
        peer.body(b"x");
        let replies = peer.try_eom().ok();
        daemon.child.kill().unwrap();
        daemon.child.wait().unwrap();
        (replies, daemon.recorded().len())
    }

    #[test]
    fn kill_at_any_point_of_the_end_loses_no_acknowledged_message() {
        // Without a reply Postfix goes by its default action, and the recipient that we did not delete comes
        // by the pipe door.
        assert_eq!(killed("after-temp"), (None, 0));
        assert_eq!(killed("after-rename"), (None, 1));
        assert_eq!(killed("after-edits"), (None, 1));
        let edits = vec![reply('-', "<info@crm.test>"), reply('a', "")];
        assert_eq!(killed("none"), (Some(edits.clone()), 1));
        // The wrong order, to show that this test can fail: acknowledged, deleted, and lost.
        assert_eq!(killed("reply-before-rename"), (Some(edits), 0));
    }

    #[test]
    fn panic_in_a_callback_costs_one_message_its_recording_and_nobody_their_mail() {
        let daemon = Daemon::start_with("", "unix", "panic-in-body");
        let mut peer = Peer::new(&daemon);
        peer.greet();
        for _ in 0..2 {
            peer.begin("<ann@example.com>", &["<bob@else.test>", "<info@crm.test>"]);
            assert_eq!(peer.body(b"x"), reply('a', ""));
            peer.abort();
        }
        peer.begin("<ann@example.com>", &["<info@crm.test>"]);
        assert_eq!(peer.eom(), [reply('d', "")], "without a body there is no panic");
        daemon.wait_for("error: panic in thread");
        assert_eq!(daemon.spool().counts().unwrap().tmp, 0);
    }
}
