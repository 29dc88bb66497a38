//! Back-pressure: whoever can write faster than the worker takes waits until entries have left.
//!
//! Doors on the way of mail never wait here; an import does. The kernel tells of each entry that leaves.

use super::list::ids;
use super::wait::drain;
use super::{Spool, at};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

/// Between looks at the directory when the kernel has no inotify instance left for us.
const POLL: Duration = Duration::from_secs(1);

/// Counts what waits for the worker, and waits for it to become less.
#[derive(Debug)]
pub struct Room {
    spool: Spool,
    most: usize,
    /// How many there are at most, as far as known.
    counted: usize,
    /// It was full, and half of it must leave before there is room again: not one look for each entry.
    full: bool,
    inotify: Option<Inotify>,
}

impl Spool {
    /// Room for `most` entries that wait for the worker, whoever wrote them.
    pub fn room(&self, most: usize) -> io::Result<Room> {
        let watch = || -> nix::Result<Inotify> {
            let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
            inotify.add_watch(&self.dirs.new, AddWatchFlags::IN_DELETE | AddWatchFlags::IN_MOVED_FROM)?;
            Ok(inotify)
        };
        // Before the count: what leaves in between is not missed.
        let inotify =
            watch().map_err(|e| log::warn!("spool: no inotify ({e}), looking every second instead")).ok();
        let counted = ids(&self.dirs.new)?.len();
        Ok(Room { spool: self.clone(), most, counted, full: false, inotify })
    }

    /// Whether some process claims from this spool; `None` where the kernel does not show its locks. Trying the lock
    /// would show it too, and could keep a daemon from starting.
    pub fn is_claimed(&self) -> Option<bool> {
        let locks = fs::read_to_string("/proc/locks").ok()?;
        let Ok(lock) = fs::metadata(self.dirs.root.join("lock")) else { return Some(false) };
        let inode = format!(":{}", lock.ino());
        let of_file = |line: &str| {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            words.contains(&"FLOCK") && words.iter().any(|word| word.ends_with(&inode))
        };
        Some(locks.lines().any(of_file))
    }
}

impl Room {
    /// How many wait, by the last look.
    pub fn counted(&self) -> usize {
        self.counted
    }

    /// Whether one more may be written. Looks only when by its own count there is no room left.
    pub fn is_there(&mut self) -> io::Result<bool> {
        if self.full || self.counted >= self.most {
            self.look()?;
            self.full = if self.full { self.counted > self.most / 2 } else { self.counted >= self.most };
        }
        Ok(!self.full)
    }

    /// One more was written.
    pub fn took(&mut self) {
        self.counted += 1;
    }

    /// Counts anew.
    pub fn look(&mut self) -> io::Result<usize> {
        self.counted = ids(&self.spool.dirs.new)?.len();
        Ok(self.counted)
    }

    /// Waits until some entry has left, or until `timeout` is over; whether one has.
    pub fn wait(&self, timeout: Duration) -> io::Result<bool> {
        let Some(inotify) = &self.inotify else {
            std::thread::sleep(timeout.min(POLL));
            return Ok(true);
        };
        let left = PollTimeout::try_from(timeout.as_millis()).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(inotify.as_fd(), PollFlags::POLLIN)], left) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(at(e.into(), "wait for", &self.spool.dirs.new)),
        }
        drain(inotify).map_err(|e| at(e.into(), "wait for", &self.spool.dirs.new))
    }
}
