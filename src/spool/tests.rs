use super::*;
use crate::mail::envelope::{Door, Envelope, InboxRcpt};
use std::fs;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use uuid::Uuid;

fn envelope(mail_from: &str) -> Envelope {
    Envelope {
        queue_id: Some("4XyZ".into()),
        mail_from: mail_from.into(),
        rcpt_to: vec!["info+DEAL-1@crm.test".into(), "bob@crm.test".into()],
        inboxes: vec![InboxRcpt {
            inbox: "info".into(),
            detail: Some("DEAL-1".into()),
            rcpt_to: "info+DEAL-1@crm.test".into(),
        }],
        client_address: Some("192.0.2.1".parse().unwrap()),
        ..Envelope::new(Door::Milter, "2026-11-22T10:00:00Z".parse().unwrap())
    }
}

fn spool() -> (TempDir, Spool) {
    let dir = TempDir::new().unwrap();
    let spool = Spool::open(dir.path().join("spool")).unwrap();
    (dir, spool)
}

fn put(spool: &Spool, message: &[u8]) -> Uuid {
    let mut draft = spool.begin(&envelope("ann@example.com")).unwrap();
    draft.write(message).unwrap();
    draft.commit().unwrap()
}

fn claimed(claims: &mut Claims, max: usize) -> Vec<Uuid> {
    claims.claim(max).unwrap().into_iter().map(|e| e.id).collect()
}

/// Runs the test `name` of this module again in a process of its own, with `CRM_MILTER_CHILD` set, and gives
/// its outcome: for tests that change the process or end it.
fn in_child(name: &str, value: &str) -> std::process::Output {
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("spool::tests::{name}"), "--nocapture"])
        .env("CRM_MILTER_CHILD", value)
        .output()
        .unwrap()
}

#[test]
fn message_and_envelope_come_back_to_the_octet() {
    let (_dir, spool) = spool();
    let large: Vec<u8> = (0..300_000u32).map(|i| (i * 7 % 256) as u8).collect();
    let mut draft = spool.begin(&envelope("")).unwrap();
    for piece in [&large[..10], &large[10..70_000], &large[70_000..70_001], &large[70_001..]] {
        draft.write(piece).unwrap();
    }
    assert_eq!(draft.message_bytes(), 300_000);
    let id = draft.commit().unwrap();
    let entry = spool.claims().unwrap().claim(10).unwrap().remove(0);
    assert_eq!((entry.id, entry.suspect), (id, false));
    assert_eq!(entry.envelope, envelope(""));
    assert!(entry.message == large);
    assert_eq!(spool.envelope(Place::New, id).unwrap(), envelope(""));
}

#[test]
fn dropped_draft_leaves_nothing() {
    let (_dir, spool) = spool();
    let mut draft = spool.begin(&envelope("a@b.test")).unwrap();
    draft.write(&[b'x'; 100_000]).unwrap();
    assert_eq!(spool.counts().unwrap(), Counts { tmp: 1, new: 0, failed: 0 });
    drop(draft);
    assert_eq!(spool.counts().unwrap(), Counts::default());
}

#[test]
fn entries_are_claimed_once_and_in_order_until_settled() {
    let (_dir, spool) = spool();
    let all: Vec<Uuid> = (0..7).map(|_| put(&spool, b"m")).collect();
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 3), all[..3]);
    assert_eq!(claimed(&mut claims, 3), all[3..6]);
    let late = put(&spool, b"late");
    assert_eq!(claimed(&mut claims, 3), [all[6], late]);
    assert!(claimed(&mut claims, 3).is_empty());
    claims.settle(&all[..3]).unwrap();
    claims.release(&[all[4], all[3]]);
    assert_eq!(claimed(&mut claims, 9), all[3..5]);
    drop(claims);
    let mut again = spool.claims().unwrap();
    assert_eq!(claimed(&mut again, 9), [&all[3..], &[late]].concat(), "what was not settled is there again");
}

#[test]
fn one_process_claims() {
    let (_dir, spool) = spool();
    let first = spool.claims().unwrap();
    let error = spool.claims().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert!(error.to_string().contains("another process works on this spool"), "{error}");
    drop(first);
    spool.claims().unwrap();
}

#[test]
fn large_messages_are_claimed_in_smaller_batches() {
    let (_dir, spool) = spool();
    let big = vec![b'x'; 20 << 20];
    let all: Vec<Uuid> = [&big[..], &big[..], b"small"].iter().map(|m| put(&spool, m)).collect();
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 10), all[..1]);
    assert_eq!(claimed(&mut claims, 10), all[1..]);
}

#[test]
fn rejected_entry_waits_in_failed_with_its_reason_until_retried() {
    let (_dir, spool) = spool();
    let id = put(&spool, b"m");
    let mut claims = spool.claims().unwrap();
    claims.claim(1).unwrap();
    claims.reject(id, "inbox gone").unwrap();
    let listed = spool.list(Place::Failed).unwrap();
    assert_eq!((listed.len(), listed[0].id, listed[0].reason.as_deref()), (1, id, Some("inbox gone")));
    assert_eq!(spool.find(id), Some(Place::Failed));
    spool.retry(id).unwrap();
    assert_eq!(claimed(&mut claims, 1), [id]);
    assert_eq!(fs::read_dir(spool.dir().join("failed")).unwrap().count(), 0);
}

#[test]
fn damaged_entry_goes_to_failed_and_stops_nobody() {
    let (_dir, spool) = spool();
    let good = put(&spool, b"m");
    let mut damaged = Vec::new();
    for text in ["", "crm-milter-spool 2\n{}\n", "crm-milter-spool 1\n{\"door\":", "crm-milter-spool 1\n{}\n"]
    {
        let id = Uuid::now_v7();
        fs::write(spool.path(Place::New, id), text).unwrap();
        damaged.push(id);
    }
    fs::write(spool.dir().join("new/README"), "not an entry").unwrap();
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 10), [good]);
    let failed: Vec<Uuid> = spool.list(Place::Failed).unwrap().into_iter().map(|l| l.id).collect();
    assert_eq!(failed, damaged);
}

#[test]
fn entry_that_ended_the_program_twice_alone_is_suspect() {
    let (_dir, spool) = spool();
    let all: Vec<Uuid> = (0..3).map(|_| put(&spool, b"m")).collect();
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 10), all);
    claims.mark(&all);
    drop(claims); // first crash: in a batch
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 10), all[..1], "one by one");
    claims.mark(&all[..1]);
    claims.unmark();
    claims.settle(&all[..1]).unwrap();
    assert_eq!(claimed(&mut claims, 10), all[1..2]);
    claims.mark(&all[1..2]);
    drop(claims); // second: alone
    let mut claims = spool.claims().unwrap();
    let entry = claims.claim(10).unwrap().remove(0);
    assert_eq!((entry.id, entry.suspect), (all[1], false));
    claims.mark(&all[1..2]);
    drop(claims); // third: alone again
    let mut claims = spool.claims().unwrap();
    let entry = claims.claim(10).unwrap().remove(0);
    assert_eq!((entry.id, entry.suspect), (all[1], true));
    claims.settle(&all[1..2]).unwrap();
    let entry = claims.claim(10).unwrap().remove(0);
    assert_eq!((entry.id, entry.suspect), (all[2], false));
}

#[test]
fn released_single_entry_is_given_again() {
    let (_dir, spool) = spool();
    let id = put(&spool, b"m");
    let claims = spool.claims().unwrap();
    claims.mark(&[id]);
    drop(claims);
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 5), [id]);
    claims.release(&[id]);
    assert_eq!(claimed(&mut claims, 5), [id]);
    assert!(claimed(&mut claims, 5).is_empty());
}

#[test]
fn waiting_worker_is_woken_by_another_process_and_by_stop() {
    let (_dir, spool) = spool();
    let claims = spool.claims().unwrap();
    assert_eq!(claims.wait(Duration::from_millis(5)).unwrap(), Wake::Timeout);
    let id = put(&spool, b"m");
    assert_eq!(claims.wait(Duration::from_secs(60)).unwrap(), Wake::Entries);
    assert_eq!(claims.wait(Duration::from_millis(5)).unwrap(), Wake::Timeout, "news is told once");
    // What another process does is a rename into `new`.
    let other = spool.dir().join("other");
    fs::rename(spool.path(Place::New, id), &other).unwrap();
    let new = spool.path(Place::New, id);
    let mover = std::thread::spawn(move || fs::rename(other, new).unwrap());
    assert_eq!(claims.wait(Duration::from_secs(60)).unwrap(), Wake::Entries);
    mover.join().unwrap();
    put(&spool, b"m");
    assert_eq!(claims.pause(Duration::from_millis(5)).unwrap(), Wake::Timeout, "a pause is not cut short");
    let stop = claims.stop_handle();
    assert_eq!(claims.wait(Duration::from_secs(60)).unwrap(), Wake::Entries);
    let stopper = std::thread::spawn(move || stop.stop());
    assert_eq!(claims.wait(Duration::from_secs(60)).unwrap(), Wake::Stopped);
    stopper.join().unwrap();
    assert_eq!(claims.pause(Duration::from_secs(60)).unwrap(), Wake::Stopped);
    assert_eq!(claims.wait(Duration::from_secs(60)).unwrap(), Wake::Stopped);
}

#[test]
fn long_backlog_costs_one_look_at_the_directory() {
    let (_dir, spool) = spool();
    let id = put(&spool, b"m");
    let template = fs::read(spool.path(Place::New, id)).unwrap();
    for _ in 0..20_000 {
        fs::write(spool.path(Place::New, Uuid::now_v7()), &template).unwrap();
    }
    let mut claims = spool.claims().unwrap();
    assert_eq!(claimed(&mut claims, 1).len(), 1);
    // With the names gone from the directory the backlog still has them: no second look was needed.
    assert_eq!(claims.backlog.len(), 20_000);
    let started = Instant::now();
    let mut seen = 1;
    while seen < 20_001 {
        let ids = claimed(&mut claims, 100);
        assert!(!ids.is_empty());
        seen += ids.len();
        claims.settle(&ids).unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn temporary_files_survive_a_start_and_go_after_the_queue_lifetime() {
    let (dir, spool) = spool();
    let old = Uuid::now_v7();
    let young = Uuid::now_v7();
    for id in [old, young] {
        fs::write(spool.path(Place::Tmp, id), "crm-milter-spool 1\n").unwrap();
    }
    let six_days_ago = SystemTime::now() - Duration::from_secs(6 * 86_400);
    fs::File::options()
        .write(true)
        .open(spool.path(Place::Tmp, old))
        .unwrap()
        .set_modified(six_days_ago)
        .unwrap();
    let spool = Spool::open(dir.path().join("spool")).unwrap();
    let _claims = spool.claims().unwrap();
    assert_eq!(spool.counts().unwrap().tmp, 2);
    assert_eq!(spool.sweep(Duration::from_secs(5 * 86_400)).unwrap(), 1);
    assert_eq!(spool.list(Place::Tmp).unwrap()[0].id, young);
}

#[test]
fn unsafe_directories_are_refused_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _spool) = spool();
    let path = dir.path().join("spool/new");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Spool::open(dir.path().join("spool")).unwrap_err().to_string();
    assert!(error.contains("others may write to it (mode 777)") && error.contains("spool/new"), "{error}");
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Spool::open(&file).unwrap_err().to_string();
    assert!(error.contains("not a directory"), "{error}");
    let error = Spool::open(dir.path().join("no/such/parent")).unwrap_err().to_string();
    assert!(error.contains("create spool directory"), "{error}");
}

#[test]
fn what_root_puts_into_the_daemons_spool_belongs_to_the_daemon() {
    use std::os::unix::fs::{MetadataExt, chown};
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let dir = TempDir::new().unwrap();
    chown(dir.path(), Some(65534), Some(65534)).unwrap();
    let spool = Spool::open(dir.path()).unwrap();
    let id = put(&spool, b"m");
    let _claims = spool.claims().unwrap();
    for path in [spool.dir().join("tmp"), spool.path(Place::New, id), spool.dir().join("lock")] {
        assert_eq!(fs::metadata(&path).unwrap().uid(), 65534, "{}", path.display());
    }
}

#[test]
fn full_disk_is_an_error_and_leaves_nothing() {
    if std::env::var_os("CRM_MILTER_CHILD").is_none() {
        let child = in_child("full_disk_is_an_error_and_leaves_nothing", "1");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    use nix::sys::resource::{Resource, setrlimit};
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: SIG_IGN is no handler.
    unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn).unwrap() };
    setrlimit(Resource::RLIMIT_FSIZE, 200_000, 200_000).unwrap();
    let (_dir, spool) = spool();
    let mut draft = spool.begin(&envelope("a@b.test")).unwrap();
    let mut failed = None;
    for _ in 0..100 {
        if let Err(error) = draft.write(&[b'x'; 10_000]) {
            failed = Some(error);
            break;
        }
    }
    assert!(failed.unwrap().to_string().contains("write "), "the error says what and where");
    drop(draft);
    // Full only at the last flush: the commit fails.
    let mut draft = spool.begin(&envelope("a@b.test")).unwrap();
    for _ in 0..20 {
        draft.write(&[b'x'; 10_000]).unwrap();
    }
    draft.commit().unwrap_err();
    assert_eq!(spool.counts().unwrap(), Counts::default());
    put(&spool, b"a small one still fits");
}

#[test]
fn exhausted_file_descriptors_are_an_error_and_lose_nothing() {
    if std::env::var_os("CRM_MILTER_CHILD").is_none() {
        let child = in_child("exhausted_file_descriptors_are_an_error_and_lose_nothing", "1");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    use nix::sys::resource::{Resource, setrlimit};
    let (_dir, spool) = spool();
    let id = put(&spool, b"m");
    let mut claims = spool.claims().unwrap();
    let mut draft = spool.begin(&envelope("a@b.test")).unwrap();
    draft.write(b"x").unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 64, 64).unwrap();
    let mut held = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        held.push(file);
    }
    spool.begin(&envelope("a@b.test")).unwrap_err();
    claims.claim(5).unwrap_err();
    // The rename needs no descriptor, the sync of the directory does: an error, and the entry stays.
    draft.commit().unwrap_err();
    held.clear();
    assert_eq!(spool.counts().unwrap().tmp, 0);
    assert_eq!(claimed(&mut claims, 5)[0], id);
}

#[cfg(feature = "faults")]
#[test]
fn process_ended_at_a_stop_point_has_recorded_or_promised_nothing() {
    if let Some(dir) = std::env::var_os("CRM_MILTER_CHILD") {
        put(&Spool::open(dir).unwrap(), b"m");
        println!("promised");
        std::process::exit(0);
    }
    for (point, promised, expected) in [
        ("after-temp", false, Counts { tmp: 1, new: 0, failed: 0 }),
        ("after-rename", false, Counts { tmp: 0, new: 1, failed: 0 }),
        ("none", true, Counts { tmp: 0, new: 1, failed: 0 }),
        // The wrong order: promised, and lost. If this line fails, the seam has no teeth.
        ("reply-before-rename", true, Counts { tmp: 1, new: 0, failed: 0 }),
    ] {
        let (_dir, spool) = spool();
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("spool::tests::process_ended_at_a_stop_point_has_recorded_or_promised_nothing")
            .env("CRM_MILTER_CHILD", spool.dir())
            .env("CRM_MILTER_FAULT", point)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).contains("promised");
        assert_eq!((said, spool.counts().unwrap()), (promised, expected), "{point}");
    }
}

#[test]
fn entry_that_cannot_be_read_holds_up_no_other() {
    let (_dir, spool) = spool();
    let unreadable = Uuid::now_v7();
    fs::create_dir(spool.path(Place::New, unreadable)).unwrap();
    let good = put(&spool, b"behind it");
    let mut claims = spool.claims().unwrap();
    let ids = |batch: Vec<Entry>| batch.iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids(claims.claim(10).unwrap()), [good]);
    claims.settle(&[good]).unwrap();
    claims.claim(10).unwrap_err();
    fs::remove_dir(spool.path(Place::New, unreadable)).unwrap();
    assert!(claims.claim(10).unwrap().is_empty());
}

#[test]
fn where_nothing_can_be_written_entries_are_worked_on_and_set_aside() {
    let (_dir, spool) = spool();
    let (first, second) = (put(&spool, b"one"), put(&spool, b"two"));
    let mut claims = spool.claims().unwrap();
    // Directories stand where the notes would go.
    fs::create_dir(spool.dir().join("processing")).unwrap();
    fs::create_dir(spool.reason_path(first)).unwrap();
    assert_eq!(claims.claim(10).unwrap().len(), 2);
    claims.mark(&[first, second]);
    claims.unmark();
    claims.reject(first, "no").unwrap();
    claims.settle(&[second]).unwrap();
    assert_eq!(spool.counts().unwrap(), Counts { tmp: 0, new: 0, failed: 1 });
}
