//! The program itself, as cargo built it, for the peer to talk to: its real start, reload and stop, and what
//! the system says of its process. Its database cannot be reached: what it takes stays in its spool.

use super::{Peer, wait};
use crm_milter::spool::{Counts, Spool};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running crm-milter; killed when dropped.
pub struct Program {
    pub dir: tempfile::TempDir,
    pub child: Child,
}

/// What its process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub threads: usize,
    pub descriptors: usize,
    /// Resident memory in kB, and how much of it is no file's.
    pub memory: u64,
    pub anonymous: u64,
}

impl Program {
    /// Starts it with an inbox `info@crm.test` that consumes, and `more` in its configuration.
    pub fn start(more: &str) -> Program {
        let dir = tempfile::TempDir::new().unwrap();
        let notify = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        notify.set_read_timeout(Some(PATIENCE)).unwrap();
        configure(&dir, more);
        let log = File::create(dir.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_crm-milter"))
            .arg("--config")
            .arg(dir.path().join("crm-milter.toml"))
            .env("NOTIFY_SOCKET", dir.path().join("notify"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let program = Program { dir, child };
        let mut said = [0; 4096];
        let n = notify.recv(&mut said).unwrap_or_else(|e| panic!("not ready: {e}\n{}", program.log()));
        assert!(said[..n].starts_with(b"READY=1"), "{}", program.log());
        program
    }

    /// Writes its configuration anew.
    pub fn configure(&self, more: &str) {
        configure(&self.dir, more);
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("milter.sock")
    }

    pub fn peer(&self) -> Peer {
        Peer::at(&self.socket())
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// All that is done meanwhile it finds at once when it goes on.
    pub fn while_it_stands_still(&self, done: impl FnOnce()) {
        self.signal(Signal::SIGSTOP);
        waitpid(self.pid(), Some(WaitPidFlag::WUNTRACED)).unwrap();
        done();
        self.signal(Signal::SIGCONT);
    }

    /// How many messages it has recorded, and how many are begun.
    pub fn spooled(&self) -> Counts {
        Spool::open(self.dir.path().join("spool")).unwrap().counts().unwrap()
    }

    /// Waits for what shows in its log or its spool.
    pub fn wait_until(&self, what: &str, done: impl Fn() -> bool) {
        let (tmp, new) = (self.dir.path().join("spool/tmp"), self.dir.path().join("spool/new"));
        wait::until(what, &[&tmp, &new, self.dir.path()], PATIENCE, || done().then_some(()));
    }

    /// What its process holds now.
    pub fn held(&self) -> Held {
        let proc = PathBuf::from(format!("/proc/{}", self.child.id()));
        let count = |name: &str| fs::read_dir(proc.join(name)).unwrap().count();
        let status = fs::read_to_string(proc.join("status")).unwrap();
        let size = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        let (memory, anonymous) = (size("VmRSS:"), size("RssAnon:"));
        Held { threads: count("task"), descriptors: count("fd"), memory, anonymous }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(4000);
            eprintln!("--- the end of the log\n{}", log.get(from..).unwrap_or(&log));
        }
    }
}

fn configure(dir: &tempfile::TempDir, more: &str) {
    let path = dir.path().display();
    let text = format!(
        "socket = \"unix:{path}/milter.sock\"\nspool = \"{path}/spool\"\nuser = \"\"\nrecipient_delimiter = \"+\"\n\
         [company]\nname = \"ACME\"\ndomains = [\"crm.test\"]\n\
         [log]\ntarget = \"stderr\"\n\
         [database]\nurl = \"postgresql://nobody@127.0.0.1:1/none\"\n\
         [[inbox]]\nkey = \"info\"\naddress = \"info@crm.test\"\nkind = \"leads\"\nname = \"Web\"\noriginal = \"consume\"\n\
         {more}\n",
    );
    let beside = dir.path().join("crm-milter.new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, dir.path().join("crm-milter.toml")).unwrap();
}
