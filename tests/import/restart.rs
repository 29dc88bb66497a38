//! Imports that are killed, that find nobody at work, and that run at once.

use super::{letter, maildir, mbox, text};
use crate::harness::site::Site;
use crate::harness::wait;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

fn start(site: &Site, words: &[&str]) -> Child {
    let dir = site.scratch.path();
    let mut command = Command::new(dir.join("crmctl"));
    command.arg("--config").arg(dir.join("crm-milter.toml")).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn waiting(site: &Site) -> usize {
    fs::read_dir(site.spool()).unwrap().count()
}

/// Messages that are recorded or wait to be.
fn arrived(site: &Site) -> usize {
    site.value("SELECT count(*) FROM crm.intake").parse::<usize>().unwrap() + waiting(site)
}

/// Runs the import and kills it whenever so many more messages have arrived; the last run ends by itself.
fn killed_again_and_again(site: &Site, words: &[&str], step: usize, kills: usize) {
    for _ in 0..kills {
        let before = arrived(site);
        let mut child = start(site, words);
        let watched = site.scratch.path().join("spool/new");
        wait::until("some more messages", &[&watched], PATIENCE, || {
            (arrived(site) >= before + step || child.try_wait().unwrap().is_some()).then_some(())
        });
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(status.code().is_none(), "it was killed in the middle: {status}");
    }
    site.crmctl(words);
    site.wait_spool_empty();
}

#[test]
fn import_that_is_killed_goes_on_where_it_was_and_nothing_is_twice_or_lost() {
    let site = Site::start();
    let file = mbox(&site.scratch.path().join("old.mbox"), (0..400).map(letter));
    let folder = maildir(&site.scratch.path().join("Maildir"));
    for n in 400..700 {
        let place = if n % 2 == 0 { format!("new/{n}.x") } else { format!("cur/{n}.x:2,S") };
        fs::write(folder.join(place), letter(n)).unwrap();
    }
    killed_again_and_again(&site, &["import", text(&file), text(&folder), "--inbox", "info"], 60, 8);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "700");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "700", "no message was put in twice");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake WHERE outcome <> 'recorded'"), "0");
    let left = |name: &str| fs::read_dir(site.scratch.path().join("spool").join(name)).unwrap().count();
    // Killed between the making of the entry and the note of it: nothing of it was promised.
    assert!(left("tmp") <= 8);
    assert_eq!((left("import"), left("failed")), (0, 0));
}

#[test]
fn mailbox_that_was_changed_meanwhile_is_read_from_its_beginning() {
    let site = Site::start();
    let path = site.scratch.path().join("old.mbox");
    let words = ["import", text(&path), "--inbox", "info"];
    mbox(&path, (0..300).map(letter));
    let mut child = start(&site, &words);
    wait::until("some messages", &[&site.spool()], PATIENCE, || (arrived(&site) >= 50).then_some(()));
    child.kill().unwrap();
    assert!(child.wait().unwrap().code().is_none());
    // The first was deleted, and others are new.
    mbox(&path, (1..310).map(letter));
    let output = site.try_crmctl(&words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("was changed: it is read from its beginning"), "{said}");
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "310");
}

#[test]
fn import_fills_the_spool_no_further_while_nobody_works_and_says_what_to_do() {
    let mut site = Site::start();
    let few = mbox(&site.scratch.path().join("few.mbox"), (0..3).map(letter));
    let many = mbox(&site.scratch.path().join("many.mbox"), (0..600).map(letter));
    site.stop_daemon();
    let said = site.crmctl(&["import", text(&few), "--inbox", "info"]);
    assert!(said.contains("3 messages wait in the spool until crm-milter runs"), "{said}");
    let words = ["import", text(&many), "--inbox", "info"];
    let output = site.try_crmctl(&words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains("crm-milter does not run: start it, and the same command goes on"), "{said}");
    assert_eq!(waiting(&site), 500);
    site.start_daemon();
    site.crmctl(&words);
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "600");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "603", "three of them were there");
}

#[test]
fn import_waits_while_the_database_is_away_and_the_worker_stands_still() {
    let site = Site::start();
    let file = mbox(&site.scratch.path().join("many.mbox"), (0..700).map(letter));
    let lock = site.scratch.path().join("run/postgresql");
    let mut config = postgres::Config::new();
    let mut root =
        config.host_path(&lock).user("crm_superuser").dbname("crm").connect(postgres::NoTls).unwrap();
    let mut held = root.transaction().unwrap();
    held.batch_execute("LOCK TABLE crm.sighting IN ACCESS EXCLUSIVE MODE").unwrap();
    let mut child = start(&site, &["import", text(&file), "--inbox", "info"]);
    wait::until("a full spool", &[&site.spool()], PATIENCE, || (waiting(&site) >= 500).then_some(()));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    held.rollback().unwrap();
    assert!(child.wait().unwrap().success());
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "700");
}

#[test]
fn two_imports_of_one_mailbox_are_refused_and_of_two_mailboxes_run_at_once() {
    let site = Site::start();
    let all: Vec<_> = (0..2)
        .map(|n| mbox(&site.scratch.path().join(format!("{n}.mbox")), (n * 250..n * 250 + 300).map(letter)))
        .collect();
    let words = |path: &Path| ["import".to_owned(), text(path).to_owned(), "--inbox".into(), "info".into()];
    let children: Vec<Child> =
        all.iter().map(|path| start(&site, &words(path).each_ref().map(String::as_str))).collect();
    wait::until("both to begin", &[&site.spool()], PATIENCE, || {
        (fs::read_dir(site.scratch.path().join("spool/import")).is_ok_and(|dir| dir.count() == 2))
            .then_some(())
    });
    let output = site.try_crmctl(&words(&all[0]).each_ref().map(String::as_str));
    // By now it may be through; then this is a second import, of which nothing comes.
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(75) && said.contains("another import of"), "{said}");
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "550");
}
