//! The worker's side: entries in order of arrival, each until it is settled (recorded) or rejected (moved to
//! `failed`). What was claimed and not settled when the process ended is there again after the next start;
//! the store knows the ids that it recorded.
//!
//! # Entries that end the program
//!
//! Parsing may end the whole program (a stack overflow, the memory limit). The worker writes what it is about
//! to parse into the file `processing` and empties it afterwards. What stands there at start is given one by
//! one; an entry that stood there alone [`SUSPECT_AFTER`] times in a row is given as suspect, to be stored raw.

use super::draft::sync_directory;
use super::list::ids;
use super::wait::{StopHandle, Waiter, Wake};
use super::{Entry, Place, Spool, at, entry};
use nix::fcntl::{Flock, FlockArg};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

/// Crashes in a row, alone in `processing`, that make an entry suspect.
pub const SUSPECT_AFTER: u32 = 2;

/// Octets of messages given in one claim, the first one excepted: bounds the worker's memory.
const CLAIM_BYTES: u64 = 32 << 20;

/// The right to claim entries, held by one process.
#[derive(Debug)]
pub struct Claims {
    spool: Spool,
    waiter: Waiter,
    /// Waiting entries in order, from the last look at the directory. It is read again only when this is
    /// empty: a long backlog costs one look, not one per batch.
    pub(super) backlog: VecDeque<Uuid>,
    claimed: HashSet<Uuid>,
    /// Entries to be given alone, with their crashes so far.
    singly: BTreeMap<Uuid, u32>,
    _lock: Flock<File>,
}

impl Claims {
    pub(super) fn new(spool: Spool) -> io::Result<Claims> {
        let path = spool.dirs.root.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|e| at(e, "open", &path))?;
        spool.own(&file, &path)?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, e)| at(e.into(), "another process works on this spool: lock", &path))?;
        let waiter = Waiter::new(&spool.dirs.new)?;
        let singly = read_processing(&spool.dirs.root.join("processing"))?;
        for (id, crashes) in &singly {
            log::warn!("spool: {id} was being parsed when the program ended ({crashes} times alone)");
        }
        Ok(Claims { spool, waiter, backlog: VecDeque::new(), claimed: HashSet::new(), singly, _lock: lock })
    }

    /// The spool claimed from.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Up to `max` entries, oldest first, never one that is claimed already; fewer if they are large. An
    /// entry that cannot be understood is rejected on the way; one that cannot be read is passed, to be tried
    /// again at the next look, and is an error only if there is no other.
    pub fn claim(&mut self, max: usize) -> io::Result<Vec<Entry>> {
        if let Some(entry) = self.claim_single()? {
            return Ok(vec![entry]);
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut unreadable = None;
        while batch.len() < max {
            // Another look would only find again what was passed.
            if self.backlog.is_empty() && (unreadable.is_some() || !self.look()?) {
                break;
            }
            let Some(id) = self.backlog.pop_front() else { break };
            let room = (!batch.is_empty()).then(|| CLAIM_BYTES.saturating_sub(bytes));
            match self.load(id, room) {
                Ok(Loaded::Entry(entry)) => {
                    bytes += entry.message.len() as u64;
                    self.claimed.insert(id);
                    batch.push(*entry);
                }
                Ok(Loaded::TooLarge) => {
                    self.backlog.push_front(id);
                    break;
                }
                Ok(Loaded::Gone) => {}
                Err(error) => {
                    log::error!("spool: {id} passed for now: {error}");
                    unreadable = Some(error);
                }
            }
        }
        match unreadable {
            Some(error) if batch.is_empty() => Err(error),
            _ => Ok(batch),
        }
    }

    /// Removes entries that are recorded. Not synced: one that comes back after a power cut is known to the
    /// store by its id.
    pub fn settle(&mut self, ids: &[Uuid]) -> io::Result<()> {
        for &id in ids {
            self.forget(id);
            let path = self.spool.path(Place::New, id);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(at(e, "remove", &path)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives claimed entries back, to be claimed again: after an outage.
    pub fn release(&mut self, ids: &[Uuid]) {
        let back: BTreeSet<Uuid> = ids.iter().copied().filter(|id| self.claimed.remove(id)).collect();
        for id in back.into_iter().rev() {
            if !self.singly.contains_key(&id) {
                self.backlog.push_front(id);
            }
        }
    }

    /// Moves an entry to `failed`, with the reason for people.
    pub fn reject(&mut self, id: Uuid, reason: &str) -> io::Result<()> {
        self.forget(id);
        let from = self.spool.path(Place::New, id);
        fs::rename(&from, self.spool.path(Place::Failed, id)).map_err(|e| at(e, "move to failed", &from))?;
        // On a full disk there is no room for the note, and the entries behind must go on all the same.
        let note = self.spool.reason_path(id);
        if let Err(error) = fs::write(&note, format!("{reason}\n")) {
            log::warn!("{}: {reason}", at(error, "write", &note));
        }
        sync_directory(&self.spool.dirs.failed)
    }

    /// Notes what is about to be parsed; [`Claims::unmark`] when it is over. Survives the end of the process,
    /// not that of the machine: a power cut is nobody's fault. Where it cannot be noted, work goes on: a full
    /// disk gets its room back only by the spool's being emptied.
    pub fn mark(&self, ids: &[Uuid]) {
        let mut text = String::new();
        for id in ids {
            let crashes = self.singly.get(id).copied().unwrap_or(0);
            writeln!(text, "{id} {crashes}").expect("writing to a string succeeds");
        }
        self.note(&text);
    }

    /// What was marked is parsed.
    pub fn unmark(&self) {
        self.note("");
    }

    fn note(&self, text: &str) {
        let path = self.processing();
        if let Err(error) = fs::write(&path, text) {
            log::warn!("{}", at(error, "write", &path));
        }
    }

    /// Waits until there may be entries, until `timeout` is over, or until stopped.
    pub fn wait(&self, timeout: Duration) -> io::Result<Wake> {
        if !self.backlog.is_empty() && !self.waiter.stop_handle().is_stopped() {
            return Ok(Wake::Entries);
        }
        self.waiter.wait(timeout)
    }

    /// Lets time pass, whatever arrives, until stopped: between attempts at a store that is away.
    pub fn pause(&self, time: Duration) -> io::Result<Wake> {
        self.waiter.pause(time)
    }

    /// Ends the waits from another thread.
    pub fn stop_handle(&self) -> StopHandle {
        self.waiter.stop_handle()
    }

    fn claim_single(&mut self) -> io::Result<Option<Entry>> {
        let open: Vec<(Uuid, u32)> =
            self.singly.iter().filter(|(id, _)| !self.claimed.contains(id)).map(|(i, c)| (*i, *c)).collect();
        for (id, crashes) in open {
            match self.load(id, None) {
                Ok(Loaded::Entry(mut entry)) => {
                    entry.suspect = crashes >= SUSPECT_AFTER;
                    self.claimed.insert(id);
                    return Ok(Some(*entry));
                }
                Ok(Loaded::Gone | Loaded::TooLarge) => self.forget(id),
                Err(error) => log::error!("spool: {id} passed for now: {error}"),
            }
        }
        Ok(None)
    }

    /// Looks at the directory; whether there is anything to claim.
    fn look(&mut self) -> io::Result<bool> {
        self.backlog = ids(&self.spool.dirs.new)?
            .into_iter()
            .filter(|id| !self.claimed.contains(id) && !self.singly.contains_key(id))
            .collect();
        Ok(!self.backlog.is_empty())
    }

    fn load(&mut self, id: Uuid, room: Option<u64>) -> io::Result<Loaded> {
        let path = self.spool.path(Place::New, id);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Loaded::Gone),
            Err(e) => return Err(at(e, "open", &path)),
        };
        let bytes = file.metadata().map_err(|e| at(e, "look at", &path))?.len();
        if room.is_some_and(|room| bytes > room) {
            return Ok(Loaded::TooLarge);
        }
        match entry::read(id, file, &path) {
            Ok(entry) => Ok(Loaded::Entry(Box::new(entry))),
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                log::error!("spool: {id} moved to failed: {e}");
                self.reject(id, &e.to_string())?;
                Ok(Loaded::Gone)
            }
            Err(e) => Err(e),
        }
    }

    fn forget(&mut self, id: Uuid) {
        self.claimed.remove(&id);
        self.singly.remove(&id);
    }

    fn processing(&self) -> PathBuf {
        self.spool.dirs.root.join("processing")
    }
}

enum Loaded {
    Entry(Box<Entry>),
    TooLarge,
    Gone,
}

/// What was being parsed when the last process ended: a batch keeps its counts, an entry alone gets one more.
fn read_processing(path: &std::path::Path) -> io::Result<BTreeMap<Uuid, u32>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
            return Ok(BTreeMap::new());
        }
        Err(e) => return Err(at(e, "read", path)),
    };
    let mut found: BTreeMap<Uuid, u32> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(id, crashes)| Some((Uuid::try_parse(id).ok()?, crashes.parse().ok()?)))
        .collect();
    if let [crashes] = found.values_mut().collect::<Vec<_>>().as_mut_slice() {
        **crashes += 1;
    }
    Ok(found)
}
