//! A mail server's side of the milter protocol (version 6), octet by octet, and a daemon to talk to: the
//! milter run in a process of its own, which is this test program started again.

#![allow(dead_code, clippy::unwrap_used)]

#[path = "../harness/wait.rs"]
mod wait;

pub mod program;

use crm_milter::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use crm_milter::crm::inbox::{Inbox, InboxTable, Original};
use crm_milter::crm::policy::Policy;
use crm_milter::daemon::{self, signals};
use crm_milter::milter::{self, Counters, Gate, Shared, Side, Socket};
use crm_milter::spool::{Entry, Place, Spool};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

pub const NR_HDR: u32 = 0x80;
pub const SKIP: u32 = 0x400;
pub const NR_CONN: u32 = 0x1000;
pub const NR_HELO: u32 = 0x2000;
pub const NR_EOH: u32 = 0x40000;
pub const HDR_LEADSPC: u32 = 0x10_0000;
/// Everything that Postfix offers.
pub const ALL: u32 = 0x1f_ffff;

const CLIENT: &[u8] = b"mx.example.com\x004\x30\x39192.0.2.1\0";

/// A reply: its letter and its text.
pub type Reply = (char, String);

/// The mail server.
pub struct Peer<S = UnixStream> {
    stream: S,
    pub options: u32,
    pub actions: u32,
}

impl Peer {
    pub fn new(daemon: &Daemon) -> Peer {
        Peer::at(&daemon.dir.path().join("milter.sock"))
    }

    pub fn at(socket: &Path) -> Peer {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Peer::offering(stream, ALL)
    }
}

impl<S: Read + Write> Peer<S> {
    pub fn offering(stream: S, options: u32) -> Peer<S> {
        let mut peer = Peer { stream, options: 0, actions: 0 };
        let words = [6, 0x1ff, options].map(u32::to_be_bytes).concat();
        peer.send('O', &words);
        let (letter, reply) = peer.packet().unwrap();
        assert_eq!(letter, 'O');
        let word = |n: usize| u32::from_be_bytes(reply[n * 4..n * 4 + 4].try_into().unwrap());
        (peer.actions, peer.options) = (word(1), word(2));
        assert_eq!(peer.options & !options, 0, "asked for what was not offered");
        peer
    }

    /// Octets as they are, which need not be a packet.
    pub fn raw(&mut self, octets: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(octets)
    }

    pub fn send(&mut self, letter: char, data: &[u8]) {
        self.try_send(letter, data).unwrap();
    }

    fn try_send(&mut self, letter: char, data: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(data.len() + 1).unwrap().to_be_bytes();
        let packet = [&length[..], &[letter as u8], data].concat();
        self.stream.write_all(&packet)
    }

    fn packet(&mut self) -> std::io::Result<(char, Vec<u8>)> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut data = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut data)?;
        Ok((data.remove(0) as char, data))
    }

    pub fn try_reply(&mut self) -> std::io::Result<Reply> {
        let (letter, data) = self.packet()?;
        let text = String::from_utf8_lossy(&data).trim_end_matches('\0').replace('\0', " ");
        Ok((letter, text))
    }

    pub fn reply(&mut self) -> Reply {
        self.try_reply().unwrap()
    }

    pub fn macros(&mut self, stage: char, pairs: &[(&str, &str)]) {
        let mut data = vec![stage as u8];
        for (name, value) in pairs {
            data.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
        }
        self.send('D', &data);
    }

    /// Sends, and waits for a reply unless none was agreed.
    fn step(&mut self, letter: char, data: &[u8], quiet: u32) -> Option<Reply> {
        self.send(letter, data);
        (self.options & quiet == 0).then(|| self.reply())
    }

    /// Connect, answered.
    pub fn connect(&mut self) -> Reply {
        self.step('C', CLIENT, 0).unwrap()
    }

    /// Connect and HELO.
    pub fn greet(&mut self) {
        let done = self.step('C', CLIENT, NR_CONN);
        assert!(done.is_none_or(|r| r.0 == 'c'));
        let done = self.step('H', b"mx.example.com\0", NR_HELO);
        assert!(done.is_none_or(|r| r.0 == 'c'));
    }

    pub fn mail(&mut self, sender: &str) -> Reply {
        self.macros('M', &[("{mail_addr}", sender.trim_matches(['<', '>']))]);
        self.step('M', format!("{sender}\0").as_bytes(), 0).unwrap()
    }

    pub fn rcpt(&mut self, recipient: &str) -> Reply {
        let parsed = recipient.trim_matches(['<', '>']).to_lowercase();
        self.macros('R', &[("{rcpt_mailer}", "smtp"), ("{rcpt_addr}", &parsed)]);
        self.step('R', format!("{recipient}\0").as_bytes(), 0).unwrap()
    }

    pub fn data(&mut self) -> Reply {
        self.macros('T', &[("i", "4QueueId")]);
        self.step('T', b"", 0).unwrap()
    }

    pub fn header(&mut self, name: &str, value: &str) {
        let done = self.step('L', format!("{name}\0{value}\0").as_bytes(), NR_HDR);
        assert!(done.is_none_or(|r| r.0 == 'c'));
    }

    pub fn eoh(&mut self) {
        let done = self.step('N', b"", NR_EOH);
        assert!(done.is_none_or(|r| r.0 == 'c'));
    }

    pub fn body(&mut self, chunk: &[u8]) -> Reply {
        self.step('B', chunk, 0).unwrap()
    }

    /// The edits, and last the answer.
    pub fn eom(&mut self) -> Vec<Reply> {
        self.try_eom().unwrap()
    }

    pub fn try_eom(&mut self) -> std::io::Result<Vec<Reply>> {
        self.macros('E', &[("i", "4QueueId")]);
        self.send('E', b"");
        let mut replies = vec![self.try_reply()?];
        while !"acdrty".contains(replies.last().unwrap().0) {
            replies.push(self.try_reply()?);
        }
        Ok(replies)
    }

    pub fn abort(&mut self) {
        self.send('A', b"");
    }

    /// MAIL to the end of the header; panics unless all is let through.
    pub fn begin(&mut self, sender: &str, recipients: &[&str]) {
        assert_eq!(self.mail(sender).0, 'c');
        for recipient in recipients {
            assert_eq!(self.rcpt(recipient).0, 'c');
        }
        assert_eq!(self.data().0, 'c');
        self.header("From", " Ann <ann@example.com>");
        self.header("Subject", " one\n\ttwo");
        self.eoh();
    }

    /// The answer to a whole short message, from a daemon that may go away at any moment.
    pub fn try_message(&mut self, sender: &str, recipients: &[&str]) -> std::io::Result<Reply> {
        self.try_send('M', format!("{sender}\0").as_bytes())?;
        self.try_reply()?;
        for recipient in recipients {
            self.try_send('D', b"R{rcpt_mailer}\0smtp\0")?;
            self.try_send('R', format!("{recipient}\0").as_bytes())?;
            self.try_reply()?;
        }
        self.try_send('T', b"")?;
        self.try_reply()?;
        self.try_send('L', b"Subject\0 x\0")?;
        self.try_send('N', b"")?;
        self.try_send('E', b"")?;
        self.try_reply()
    }

    /// A whole short message.
    pub fn message(&mut self, sender: &str, recipients: &[&str], body: &[u8]) -> Vec<Reply> {
        self.begin(sender, recipients);
        assert!(matches!(self.body(body).0, 'c' | 's'));
        self.eom()
    }
}

/// The daemon, with a directory of its own.
pub struct Daemon {
    pub dir: tempfile::TempDir,
    pub child: Child,
}

impl Daemon {
    pub fn start(blocks: &str) -> Daemon {
        Daemon::start_with(blocks, "unix", "")
    }

    /// `socket`: `unix`, or the address of another one. `fault`: see `spool::fault`.
    pub fn start_with(blocks: &str, socket: &str, fault: &str) -> Daemon {
        Daemon::start_in(tempfile::TempDir::new().unwrap(), blocks, socket, fault, "")
    }

    /// Started by root, becomes `user`.
    pub fn start_as(user: &str) -> Daemon {
        let found = nix::unistd::User::from_name(user).unwrap().unwrap();
        let dir = tempfile::TempDir::new().unwrap();
        std::os::unix::fs::chown(dir.path(), Some(found.uid.as_raw()), Some(found.gid.as_raw())).unwrap();
        Daemon::start_in(dir, "", "unix", "", user)
    }

    fn start_in(dir: tempfile::TempDir, blocks: &str, socket: &str, fault: &str, user: &str) -> Daemon {
        std::fs::write(dir.path().join("blocks"), blocks).unwrap();
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_daemon", "--ignored", "--nocapture"])
            .env("CRM_MILTER_CHILD", dir.path())
            .env("CRM_MILTER_SOCKET", socket)
            .env("CRM_MILTER_FAULT", fault)
            .env("CRM_MILTER_USER", user)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.contains("READY"));
        let daemon = Daemon { dir, child };
        assert!(ready, "{}", daemon.log());
        daemon
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap()
    }

    pub fn spool(&self) -> Spool {
        Spool::open(self.dir.path().join("spool")).unwrap()
    }

    pub fn recorded(&self) -> Vec<Entry> {
        let spool = self.spool();
        let list = spool.list(Place::New).unwrap();
        list.iter().map(|listed| spool.read(Place::New, listed.id).unwrap()).collect()
    }

    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, signal).unwrap();
    }

    /// Waits for a line of the log.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, || self.log().contains(text));
    }

    /// Waits for what another process does, which shows in its log or its spool.
    pub fn wait_until(&self, what: &str, done: impl Fn() -> bool) {
        let dir = self.dir.path();
        let spool = [dir.join("spool/tmp"), dir.join("spool/new")];
        let watched: Vec<&Path> =
            spool.iter().filter(|path| path.is_dir()).map(PathBuf::as_path).chain([dir]).collect();
        wait::until(what, &watched, Duration::from_secs(10), || done().then_some(()));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What runs in the child; call it from an ignored test named `the_daemon`.
pub fn the_daemon() {
    let Some(dir) = std::env::var_os("CRM_MILTER_CHILD").map(PathBuf::from) else { return };
    daemon::log::init("crm-milter", daemon::log::Target::Stderr, log::LevelFilter::Info);
    daemon::raise_file_limit().unwrap();
    let signals = signals::install().unwrap();
    if let Some(user) = std::env::var("CRM_MILTER_USER").ok().filter(|user| !user.is_empty()) {
        daemon::privileges::become_user(&user).unwrap();
        assert!(nix::unistd::setuid(nix::unistd::Uid::from_raw(0)).is_err(), "there is a way back to root");
    }
    let shared = Shared {
        policy: Arc::new(arc_swap::ArcSwap::from_pointee(policy(&dir))),
        spool: Spool::open(dir.join("spool")).unwrap(),
        gate: Arc::new(Gate::new()),
        counters: Arc::new(Counters::default()),
        side: Side::start().unwrap(),
        clock: jiff::Timestamp::now,
    };
    let socket: Socket = match std::env::var("CRM_MILTER_SOCKET").as_deref() {
        Ok("unix") | Err(_) => format!("unix:{}/milter.sock", dir.display()),
        Ok(other) => other.to_owned(),
    }
    .parse()
    .unwrap();
    let (listening, sharing) = (socket.clone(), shared.clone());
    signals::spawn("milter", move || {
        let ended = milter::run(&listening, sharing, || println!("READY"));
        log::error!("milter ended: {ended:?}");
        daemon::leave(70);
    })
    .unwrap();
    loop {
        match signals.wait(None).unwrap() {
            Some(signals::Request::Reload) => {
                shared.policy.store(Arc::new(policy(&dir)));
                log::info!(target: "crm_milter", "reloaded");
            }
            Some(signals::Request::Stop) => break,
            None => {}
        }
    }
    socket.remove();
    let done = shared.gate.close(Duration::from_secs(5));
    log::info!(target: "crm_milter", "stopped, all done: {done}, {:?}", shared.counters.snapshot());
    daemon::leave(0);
}

fn policy(dir: &Path) -> Policy {
    let inbox =
        |key: &str, original: Original| Inbox { original, ..Inbox::new(key, &format!("{key}@crm.test")) };
    let keys = BlockKeys::new(b"s");
    let text = std::fs::read_to_string(dir.join("blocks")).unwrap();
    let entries: Vec<_> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let kind = BlockKind::from_name(words.next()?)?;
            let key = keys.key(kind, words.next()?);
            Some((key, BlockScope::from_name(words.next()?)?))
        })
        .collect();
    let copy = Original::Copy("archive@crm.test".into());
    let inboxes = vec![inbox("info", Original::Consume), inbox("copy", copy), inbox("keep", Original::Keep)];
    let mut policy = Policy::of_inboxes(InboxTable::new(inboxes, Some('+'), false));
    policy.lists.blocks = Arc::new(BlockList::new(keys, entries));
    policy.refusal = "Not 100% welcome".into();
    policy
}
