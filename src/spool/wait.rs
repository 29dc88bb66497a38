//! Waiting for entries. The kernel tells us of each rename into `new`, whichever process made it, so that
//! `crmctl deliver` wakes the daemon's worker at once.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between looks at the directory when the kernel has no inotify instance left for us.
const POLL: Duration = Duration::from_secs(1);

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// There are, or may be, entries to claim.
    Entries,
    /// The time is over.
    Timeout,
    /// Somebody called [`StopHandle::stop`].
    Stopped,
}

/// Ends the waits of a [`super::Claims`] from another thread or from a signal's thread.
#[derive(Debug, Clone)]
pub struct StopHandle {
    inner: Arc<Stop>,
}

#[derive(Debug)]
struct Stop {
    stopped: AtomicBool,
    event: EventFd,
}

impl StopHandle {
    /// Ends the present wait and all later ones.
    pub fn stop(&self) {
        self.inner.stopped.store(true, Ordering::SeqCst);
        // A full counter wakes just as well.
        let _ = self.inner.event.write(1);
    }

    /// Whether somebody called [`StopHandle::stop`].
    pub fn is_stopped(&self) -> bool {
        self.inner.stopped.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub(super) struct Waiter {
    inotify: Option<Inotify>,
    stop: StopHandle,
}

impl Waiter {
    /// Watches `dir` from now on: what arrives between this and a wait ends that wait.
    pub(super) fn new(dir: &Path) -> io::Result<Waiter> {
        let event = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        let stop = StopHandle { inner: Arc::new(Stop { stopped: AtomicBool::new(false), event }) };
        let inotify =
            watch(dir).map_err(|e| log::warn!("spool: no inotify ({e}), looking every second instead")).ok();
        Ok(Waiter { inotify, stop })
    }

    pub(super) fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    pub(super) fn wait(&self, timeout: Duration) -> io::Result<Wake> {
        let until = Instant::now() + timeout;
        loop {
            if self.stop.is_stopped() {
                return Ok(Wake::Stopped);
            }
            let mut left = until.saturating_duration_since(Instant::now());
            if self.inotify.is_none() {
                left = left.min(POLL);
            }
            let mut fds = vec![PollFd::new(self.stop.inner.event.as_fd(), PollFlags::POLLIN)];
            fds.extend(self.inotify.as_ref().map(|i| PollFd::new(i.as_fd(), PollFlags::POLLIN)));
            match poll(&mut fds, timeout_of(left)) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(e) => return Err(e.into()),
            }
            if self.stop.is_stopped() {
                return Ok(Wake::Stopped);
            }
            if self.inotify.is_none() || self.drain()? {
                return Ok(Wake::Entries);
            }
            if Instant::now() >= until {
                return Ok(Wake::Timeout);
            }
        }
    }

    pub(super) fn pause(&self, time: Duration) -> io::Result<Wake> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if self.stop.is_stopped() {
                return Ok(Wake::Stopped);
            }
            if left.is_zero() {
                return Ok(Wake::Timeout);
            }
            match poll(&mut [PollFd::new(self.stop.inner.event.as_fd(), PollFlags::POLLIN)], timeout_of(left))
            {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Takes the kernel's news; whether there was any.
    fn drain(&self) -> io::Result<bool> {
        let Some(inotify) = &self.inotify else { return Ok(false) };
        Ok(drain(inotify)?)
    }
}

/// Takes the kernel's news; whether there was any.
pub(super) fn drain(inotify: &Inotify) -> nix::Result<bool> {
    let mut any = false;
    loop {
        match inotify.read_events() {
            Ok(_) => any = true,
            Err(Errno::EAGAIN) => return Ok(any),
            Err(Errno::EINTR) => {}
            Err(e) => return Err(e),
        }
    }
}

/// Rounded up, or the last millisecond would be spent spinning.
fn timeout_of(left: Duration) -> PollTimeout {
    PollTimeout::try_from(left.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
}

fn watch(dir: &Path) -> nix::Result<Inotify> {
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
    inotify.add_watch(dir, AddWatchFlags::IN_MOVED_TO)?;
    Ok(inotify)
}
