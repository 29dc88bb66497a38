//! Knocks at our own socket, so that libmilter leaves no session unattended.
//!
//! libmilter hands a session that has something to say to an idle thread, and counts that thread as idle until
//! it has woken: several sessions can be left to one thread. When that one then waits, for a slow disk or for
//! the rest of a packet from a peer that froze (two hours at the most), the others wait with it, and no further
//! event starts a thread for them (seen: a whole site's sessions behind one half packet). A new connection,
//! closed at once, makes libmilter start a thread, which ends that connection and then sees to those left over.
//!
//! It disturbs nobody: a health check does the same.
//!
//! Once all sessions have ended it also gives free memory back to the system.

use super::{Error, Socket, callbacks};
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

/// Between knocks while there are sessions: long enough to cost nothing, short of what an SMTP client notices.
const BUSY: Duration = Duration::from_millis(20);
/// Between knocks while none is known: those that never got as far as the negotiation are helped too.
const QUIET: Duration = Duration::from_secs(2);

/// The thread that knocks, while it waits for sessions.
static WAITING: AtomicBool = AtomicBool::new(false);
static THREAD: OnceLock<Thread> = OnceLock::new();

/// There is a session where none was.
pub(super) fn begin() {
    if WAITING.swap(false, Ordering::Relaxed)
        && let Some(thread) = THREAD.get()
    {
        thread.unpark();
    }
}

/// Knocks until the process ends, on a thread of its own.
pub(super) fn spawn(socket: Socket) -> Result<(), Error> {
    let thread = thread::Builder::new().name("milter-knock".into()).spawn(move || knock(&socket));
    let thread = thread.map_err(|e| Error::Library(e.to_string()))?;
    THREAD.set(thread.thread().clone()).map_err(|_| Error::Twice)
}

fn knock(socket: &Socket) {
    // Only a socket that is gone, or can never be reached, is a reason to stop.
    let lasting = [io::ErrorKind::NotFound, io::ErrorKind::Unsupported];
    let mut rushed = false;
    while !socket.knock().is_err_and(|error| lasting.contains(&error.kind())) {
        if callbacks::live() == 0 {
            WAITING.store(true, Ordering::Relaxed);
            thread::park_timeout(QUIET);
            if rushed && callbacks::live() == 0 {
                give_back();
                rushed = false;
            }
        }
        // Also after a session woke us: mail after mail on a connection each is no reason to knock for each.
        thread::sleep(BUSY);
        rushed |= callbacks::live() > 0;
    }
}

/// After a rush.
fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: only gives free memory back to the system.
    unsafe {
        libc::malloc_trim(0);
    }
}
