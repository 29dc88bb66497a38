//! Waiting for something to become true, woken by changes in the file system.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// Looks with `probe` now and after each change in `watched` (directories or files), until it finds something.
/// Panics with `what` after `limit`.
pub fn until<T>(what: &str, watched: &[&Path], limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).unwrap();
    let changes = AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MOVE
        | AddWatchFlags::IN_MODIFY
        | AddWatchFlags::IN_ATTRIB;
    for path in watched {
        inotify.add_watch(*path, changes).unwrap_or_else(|e| panic!("watching {}: {e}", path.display()));
    }
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        let left = end.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "waited {limit:?} in vain for {what}");
        let mut fds = [PollFd::new(inotify.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)).unwrap();
        while inotify.read_events().is_ok() {}
    }
}
