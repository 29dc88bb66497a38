//! What an import costs. A worker that only takes entries away stands for the daemon: what is measured is the
//! importing program.

use super::{letter, maildir, mbox, text};
use crm_milter::spool::{Spool, StopHandle, Wake};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Greatest resident memory of an import in kilobytes, and its seconds.
fn measured(path: &Path, dir: &Path) -> (i64, f64) {
    let spool = Spool::open(dir.join("spool")).unwrap();
    let mut claims = spool.claims().unwrap();
    let stop = claims.stop_handle();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let entries: Vec<_> = claims.claim(100).unwrap().iter().map(|entry| entry.id).collect();
                claims.settle(&entries).unwrap();
                if claims.wait(Duration::from_secs(60)).unwrap() == Wake::Stopped {
                    return;
                }
            }
        });
        let begun = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_crmctl"));
        command.arg("--config").arg(dir.join("crm-milter.toml")).args([
            "import",
            text(path),
            "--inbox",
            "info",
        ]);
        // Whatever is found wrong: the scope waits for the other thread.
        let _stop = Stop(stop);
        #[expect(clippy::zombie_processes, reason = "wait4 waits for it, and says what it took")]
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
        let pid = libc::pid_t::try_from(child.id()).unwrap();
        // SAFETY: both are ours to be written to, and nobody else waits for this child.
        let waited = unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) };
        assert_eq!((waited, status), (pid, 0));
        // SAFETY: all zeroes are a valid value, whether wait4 wrote it or not.
        let usage = unsafe { usage.assume_init() };
        (usage.ru_maxrss, begun.elapsed().as_secs_f64())
    })
}

struct Stop(StopHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn site() -> tempfile::TempDir {
    // Memory is measured, and not the disk.
    let dir = tempfile::TempDir::new_in("/dev/shm").unwrap();
    let text = format!(
        "spool = \"{}/spool\"\n[company]\ndomains = [\"crm.test\"]\n[[inbox]]\nkey = \"info\"\nkind = \"leads\"\naddress = \"info@crm.test\"\n",
        dir.path().display()
    );
    fs::write(dir.path().join("crm-milter.toml"), text).unwrap();
    dir
}

/// Mailboxes of both sorts with so many messages.
fn mailboxes(dir: &Path, messages: usize) -> [(&'static str, std::path::PathBuf); 2] {
    let file = mbox(&dir.join(format!("{messages}.mbox")), (0..messages).map(letter));
    let folder = maildir(&dir.join(format!("{messages}.Maildir")));
    for n in 0..messages {
        fs::write(folder.join(format!("cur/{n:09}.M1P2.host:2,S")), letter(n)).unwrap();
    }
    [("mbox", file), ("Maildir", folder)]
}

fn compare(few: usize, many: usize) {
    let dir = site();
    for ((sort, less), (_, more)) in mailboxes(dir.path(), few).into_iter().zip(mailboxes(dir.path(), many)) {
        let (small, seconds) = measured(&less, dir.path());
        println!("{sort}: {few} messages, {small} kB resident, {:.0}/s", few as f64 / seconds);
        let (large, seconds) = measured(&more, dir.path());
        println!("{sort}: {many} messages, {large} kB resident, {:.0}/s", many as f64 / seconds);
        // A portion of a folder's names is held; all else is one buffer.
        assert!(large < small + 4_000, "{sort}: {small} kB for {few}, {large} kB for {many} messages");
    }
}

#[test]
fn import_takes_no_more_memory_for_ten_times_the_mail() {
    compare(500, 5_000);
}

#[test]
#[ignore = "takes minutes: tests/bench/import.sh"]
fn import_takes_no_more_memory_for_a_hundred_thousand_mails_than_for_ten_thousand() {
    compare(10_000, 100_000);
}
