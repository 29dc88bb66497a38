//! Two doors, one spool: rows X02 X03, and what happens while parts of us are down.

use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const EVA: &str = "Eva Soler <eva@client.test>";

#[test]
fn one_message_to_two_inboxes_is_one_mail_with_two_intakes() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test, support@crm.test", "Both", "Hello.");
    let mail = Mail::new("eva@client.test", &["info@crm.test", "support@crm.test"], &letter);
    let queue_id = site.accept(&mail);
    let intakes = site.intakes(&queue_id, 2);
    assert_eq!((intakes[0].inbox.as_str(), intakes[1].inbox.as_str()), ("info", "support"));
    assert_eq!(intakes[0].mail, intakes[1].mail);
    // Seen again: no second mail, and the new route counts.
    let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test", "sales@crm.test"], &letter));
    let again = site.intakes(&queue_id, 1);
    assert!(again.iter().all(|intake| intake.mail == intakes[0].mail), "{again:?}");
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
    let inboxes = "SELECT DISTINCT inbox FROM crm.intake ORDER BY inbox";
    assert_eq!(site.rows(inboxes), [["info"], ["sales"], ["support"]]);
}

#[test]
fn alias_of_an_inbox_comes_in_by_the_door_with_its_detail() {
    let aliases = [("team@crm.test", "info@crm.test, luis@crm.test")];
    let site = Site::with(&Options { aliases: &aliases, ..Options::default() });
    let letter = plain(EVA, "team@crm.test", "Through the alias", "Hello.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["team+x@crm.test"], &letter));
    let intake = &site.intakes(&queue_id, 1)[0];
    assert_eq!((intake.inbox.as_str(), intake.door.as_str()), ("info", "pipe"), "{intake:?}");
    assert_eq!(site.value("SELECT detail FROM crm.intake"), "x");
    assert_eq!(site.value("SELECT mail_from FROM crm.mail"), "eva@client.test");
    site.postfix.wait_removed(&queue_id);
}

#[test]
fn with_keep_both_doors_see_the_message_and_it_is_recorded_once() {
    let site = Site::start();
    let letter = plain(EVA, "office@crm.test", "Kept", "Hello.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["office@crm.test"], &letter));
    site.postfix.wait_removed(&queue_id);
    site.intakes(&queue_id, 1);
    site.wait_spool_empty();
    assert_eq!(site.postfix.delivered("office@crm.test")[0].without_trace(), letter.as_bytes());
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "1");
}

#[test]
fn while_the_daemon_is_stopped_mail_is_accepted_and_recorded_when_it_is_back() {
    let mut site = Site::start();
    site.stop_daemon();
    let ordinary = plain(EVA, "luis@crm.test", "Ordinary", "Hello.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["luis@crm.test"], &ordinary));
    site.postfix.wait_removed(&queue_id);
    assert_eq!(site.postfix.delivered("luis@crm.test")[0].without_trace(), ordinary.as_bytes());
    let letter = plain(EVA, "info+DEAL-1@crm.test", "Door", "Hello.");
    let lead = site.accept(&Mail::new("eva@client.test", &["info+DEAL-1@crm.test"], letter));
    let copied = plain(EVA, "sales@crm.test", "Door copy", "Hello.");
    let copy = site.accept(&Mail::new("eva@client.test", &["sales@crm.test"], &copied));
    site.postfix.wait_removed(&lead);
    site.postfix.wait_removed(&copy);
    site.start_daemon();
    assert_eq!(site.intakes(&lead, 1)[0].door, "pipe");
    assert_eq!(site.intakes(&copy, 1)[0].outcome, "recorded");
    assert_eq!(site.value("SELECT detail FROM crm.intake WHERE inbox = 'info'"), "DEAL-1");
    assert_eq!(site.postfix.delivered("luis@crm.test").len(), 2);
}

#[test]
fn while_the_database_is_down_mail_is_accepted_and_recorded_when_it_is_back() {
    let site = Site::start();
    let data = site.scratch.path().join("database/cluster/data/postmaster.pid");
    let pid: i32 = fs::read_to_string(&data).unwrap().lines().next().unwrap().parse().unwrap();
    let server = nix::unistd::Pid::from_raw(pid);
    // Frozen, the worst way of being away: connections are taken and nothing answers.
    kill(server, Signal::SIGSTOP).unwrap();
    let mut queue_ids = Vec::new();
    for number in 0..5 {
        let letter = plain(EVA, "info@crm.test", &format!("Down {number}"), "Hello.");
        queue_ids.push(site.accept(&Mail::new("eva@client.test", &["info@crm.test"], letter)));
    }
    let ordinary = plain(EVA, "luis@crm.test", "Ordinary", "Hello.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["luis@crm.test"], &ordinary));
    site.postfix.wait_removed(&queue_id);
    kill(server, Signal::SIGCONT).unwrap();
    for queue_id in &queue_ids {
        assert_eq!(site.intakes(queue_id, 1)[0].door, "milter");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "5");
}

#[test]
fn while_the_spool_takes_nothing_mail_is_accepted_and_recorded_when_it_does_again() {
    let site = Site::start();
    let spool = site.scratch.path().join("spool");
    let set = |mode| {
        for folder in ["tmp", "new"] {
            fs::set_permissions(spool.join(folder), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set(0o500);
    let letter = plain(EVA, "info@crm.test", "No room", "Hello.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test", "luis@crm.test"], &letter));
    // The other recipient has it; ours stays in Postfix's queue.
    site.postfix.wait_for_line(&[&queue_id, "relay=crm-milter", "status=deferred"]);
    assert_eq!(site.postfix.delivered("luis@crm.test")[0].without_trace(), letter.as_bytes());
    set(0o700);
    site.postfix.flush();
    let intake = &site.intakes(&queue_id, 1)[0];
    assert_eq!((intake.door.as_str(), intake.outcome.as_str()), ("pipe", "recorded"), "{intake:?}");
    site.postfix.wait_removed(&queue_id);
}

#[test]
fn while_the_spools_disk_is_full_mail_is_accepted_and_recorded_when_there_is_room() {
    let site = Site::with(&Options { spool_kilobytes: Some(256), ..Options::default() });
    let ballast = site.scratch.path().join("spool/ballast");
    // Not a byte is left.
    let mut file = fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let letter = plain(EVA, "info@crm.test", "Full", &"A long text. ".repeat(2000));
    let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test", "luis@crm.test"], &letter));
    site.postfix.wait_for_line(&[&queue_id, "relay=crm-milter", "status=deferred"]);
    assert_eq!(site.postfix.delivered("luis@crm.test")[0].without_trace(), letter.as_bytes());
    fs::remove_file(&ballast).unwrap();
    site.postfix.flush();
    let intake = &site.intakes(&queue_id, 1)[0];
    assert_eq!((intake.door.as_str(), intake.outcome.as_str()), ("pipe", "recorded"), "{intake:?}");
    site.postfix.wait_removed(&queue_id);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
}

#[test]
fn frozen_daemon_holds_mail_for_seconds_only_and_loses_nothing() {
    let site = Site::start();
    kill(site.daemon().pid(), Signal::SIGSTOP).unwrap();
    let began = Instant::now();
    let letter = plain(EVA, "info@crm.test", "Frozen", "Hello.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test", "luis@crm.test"], &letter));
    let took = began.elapsed();
    kill(site.daemon().pid(), Signal::SIGCONT).unwrap();
    assert!(took < Duration::from_secs(15), "{took:?}");
    let intake = &site.intakes(&queue_id, 1)[0];
    assert_eq!((intake.door.as_str(), intake.outcome.as_str()), ("pipe", "recorded"), "{intake:?}");
    site.postfix.wait_removed(&queue_id);
    assert_eq!(site.postfix.delivered("luis@crm.test")[0].without_trace(), letter.as_bytes());
}

#[test]
fn pipe_that_is_killed_in_the_middle_leaves_no_cut_mail() {
    // Postfix lets a service that died rest for a minute.
    let main_cf = "service_throttle_time = 1s\ntransport_retry_time = 1s\n";
    let mut site = Site::with(&Options { main_cf, ..Options::default() });
    site.stop_daemon();
    let letter =
        plain(EVA, "info@crm.test", "Long", &"A line of some forty octets, and again. \n".repeat(600_000));
    let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test"], &letter));
    // Stopped while it reads, and its writer is gone when it goes on.
    let tmp = site.scratch.path().join("spool/tmp");
    let program = site.scratch.path().join("crmctl");
    let (door, pipe) = wait::until("the door", &[&tmp], Duration::from_secs(60), || {
        fs::read_dir(&tmp).unwrap().next().and_then(|_| reading_door(program.to_str().unwrap()))
    });
    kill(door, Signal::SIGSTOP).unwrap();
    kill(pipe, Signal::SIGKILL).unwrap();
    kill(door, Signal::SIGCONT).unwrap();
    site.postfix.wait_for_line(&[&format!("pipe pid {pipe} killed by signal 9")]);
    wait::until("an empty spool", &[&tmp], Duration::from_secs(60), || {
        fs::read_dir(&tmp).unwrap().next().is_none().then_some(())
    });
    assert!(fs::read_dir(site.spool()).unwrap().next().is_none(), "a part was recorded");
    site.postfix.flush();
    site.postfix.wait_removed(&queue_id);
    site.start_daemon();
    let intake = site.intakes(&queue_id, 1).remove(0);
    assert!(site.raw(&intake.mail).len() > letter.len());
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
}

/// The `crmctl deliver` that runs, and the pipe(8) that feeds it and names the same program among its arguments.
fn reading_door(program: &str) -> Option<(Pid, Pid)> {
    for entry in fs::read_dir("/proc").unwrap() {
        let path = entry.unwrap().path();
        let Ok(line) = fs::read_to_string(path.join("cmdline")) else { continue };
        if !line.starts_with(&format!("{program}\0")) || !line.contains("\0deliver\0") {
            continue;
        }
        let status = fs::read_to_string(path.join("status")).ok()?;
        let number = |name: &str| status.lines().find_map(|l| l.strip_prefix(name))?.trim().parse().ok();
        return Some((Pid::from_raw(number("Pid:")?), Pid::from_raw(number("PPid:")?)));
    }
    None
}

#[test]
fn stopped_and_started_daemon_records_what_was_spooled_before() {
    let mut site = Site::start();
    for round in 0..3 {
        let letter = plain(EVA, "info@crm.test", &format!("Round {round}"), "Hello.");
        let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test"], letter));
        site.stop_daemon();
        site.start_daemon();
        site.intakes(&queue_id, 1);
    }
    wait::until("three mails", &[&site.spool()], Duration::from_secs(30), || {
        (site.value("SELECT count(*) FROM crm.mail") == "3").then_some(())
    });
}
