//! What a program needs to be a daemon: signals, an orderly stop, the notice to systemd, privileges, logging.
//! Plain functions over values; the wiring is in `bin`.
//!
//! # The order of a start
//!
//! [`bound_heaps`], read the configuration, [`log::init`], [`privileges::daemonise`], [`signals::install`],
//! [`privileges::become_user`], open spool and store, spawn threads with [`signals::spawn`], run the milter on
//! one of them, [`notify::Notifier::ready`] when its socket is open; the main thread then does nothing but
//! [`signals::Signals::wait`].
//!
//! # The order of a stop
//!
//! Stop the worker and the private cluster, while the spool still takes mail; remove the socket's file if we
//! opened it, close the milter's gate, then [`leave`]. So no client waits for the database. libmilter's
//! own stop would stall every open session for seconds; a process that is gone costs none of them anything.

pub mod log;
pub mod notify;
pub mod privileges;
pub mod signals;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io;
use std::path::Path;

/// Raises the number of files that may be open to what the system allows. libmilter spins without end once
/// there are none left; each SMTP session holds one, each message under way another.
pub fn raise_file_limit() -> io::Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(hard)
}

/// Heaps of malloc(3). No message allocates much: two never kept each other waiting.
#[cfg(target_env = "gnu")]
const HEAPS: libc::c_int = 2;
/// Free octets at the end of a heap that malloc(3) keeps. Unset, it keeps twice the largest block that was ever
/// given back: after one mail of 25 MB, 50 MB in each heap.
#[cfg(target_env = "gnu")]
const KEPT: libc::c_int = 256 * 1024;

/// Has malloc(3) share its heaps among all threads and keep little that is free. Before the first thread starts:
/// each one would get a heap of its own, up to eight to a processor, and in a rush there are hundreds.
pub fn bound_heaps() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets two numbers that malloc(3) reads.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
    }
}

/// Puts a file of ours (the kept block list) in the place of the old one, whole or not at all. Not synced:
/// its content must tell by itself whether it is sound.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, content)
        .and_then(|()| std::fs::rename(&new, path))
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))
}

/// Ends the process without running libmilter's exit handlers, after the last replies had time to be sent.
pub fn leave(code: i32) -> ! {
    // libmilter writes a reply after the callback has returned, and tells nobody when it has.
    std::thread::sleep(std::time::Duration::from_millis(20));
    ::log::logger().flush();
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(code) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn file_is_replaced_whole_and_an_error_names_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("blocks");
        for content in [&b"old"[..], b"newer"] {
            replace_file(&path, content).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), content);
        }
        let missing = dir.path().join("no/blocks");
        assert!(replace_file(&missing, b"x").unwrap_err().to_string().contains("no/blocks"));
    }

    #[test]
    fn file_limit_is_what_the_system_allows() {
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap().1, raise_file_limit().unwrap());
    }
}
