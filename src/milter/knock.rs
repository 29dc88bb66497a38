//! Knocks at our own socket, so that libmilter leaves no session unattended.
//!
//! libmilter hands a session that has something to say to an idle thread, and counts that thread as idle until
//! it has woken: several sessions can be left to one thread. When that one then waits, for a slow disk or for
//! the rest of a packet from a peer that froze (two hours at the most), the others wait with it, and no further
//! event starts a thread for them (seen: a whole site's sessions behind one half packet). A new connection,
//! closed at once, makes libmilter start a thread, which ends that connection and then sees to those left over,
//! the oldest first.
//!
//! That thread may get stuck like the one before, and each knock then frees one session only (seen: three hundred
//! that froze at once, and six seconds for who came after them). So as long as knocks need new threads there may
//! be sessions left over, and more knocks follow at once, twice as many each time. A thread that was there before
//! takes the oldest session that waits, and a knock is the youngest: if one ends a knock, nobody was left over.
//!
//! It disturbs nobody: a health check does the same.
//!
//! Once all sessions have ended it also gives free memory back to the system.

use super::{Error, Socket, callbacks};
use std::cell::Cell;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Between knocks while there are sessions: long enough to cost nothing, short of what an SMTP client notices.
const BUSY: Duration = Duration::from_millis(20);
/// Between knocks while none is known: those that never got as far as the negotiation are helped too.
const QUIET: Duration = Duration::from_secs(2);
/// Before more knocks follow: under load all threads may well be at work, and some are done with it by then.
const SETTLE: Duration = Duration::from_millis(5);
/// Knocks at a time, at the most.
const MOST: u32 = 64;

/// The thread that knocks, while it waits for sessions.
static WAITING: AtomicBool = AtomicBool::new(false);
static THREAD: OnceLock<Thread> = OnceLock::new();

/// How many knocks have ended since the last ones began, by threads that had ended one before and by others.
static ON_OLD: AtomicU32 = AtomicU32::new(0);
static ON_NEW: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// Whether this thread of libmilter's has ended a knock before.
    static OLD: Cell<bool> = const { Cell::new(false) };
}

/// There is a session where none was.
pub(super) fn begin() {
    // It sees our session, or we see it wait.
    fence(Ordering::SeqCst);
    if WAITING.swap(false, Ordering::Relaxed) {
        wake();
    }
}

/// On libmilter's thread: a connection that became no session of ours has ended. It was a knock, or as good as one.
pub(super) fn ended() {
    let counter = if OLD.replace(true) { &ON_OLD } else { &ON_NEW };
    counter.fetch_add(1, Ordering::Relaxed);
    wake();
}

fn wake() {
    if let Some(thread) = THREAD.get() {
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
    let mut rushed = false;
    let mut knocks = 1;
    while let Some(outcome) = knock_and_wait(socket, knocks) {
        match outcome {
            Outcome::NeededThreads => {
                knocks = MOST.min(knocks * 2);
                thread::sleep(SETTLE);
                continue;
            }
            Outcome::LeftOver => {
                knocks = 1;
                continue;
            }
            Outcome::Ended => knocks = 1,
        }
        if callbacks::live() == 0 {
            WAITING.store(true, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            park_while(QUIET, || callbacks::live() == 0);
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

/// What became of some knocks.
enum Outcome {
    /// A thread that was there before ended one: nobody is left over.
    Ended,
    /// Threads were started for them: there may be sessions left over.
    NeededThreads,
    /// They are left over themselves.
    LeftOver,
}

/// Knocks so many times, and waits for what becomes of it, though not for long. `None` when knocking is of no use
/// any more.
fn knock_and_wait(socket: &Socket, knocks: u32) -> Option<Outcome> {
    // Only a socket that is gone, or can never be reached, is a reason to stop.
    let lasting = [io::ErrorKind::NotFound, io::ErrorKind::Unsupported];
    ON_OLD.store(0, Ordering::Relaxed);
    ON_NEW.store(0, Ordering::Relaxed);
    let mut made = 0;
    for _ in 0..knocks {
        match socket.knock() {
            Ok(()) => made += 1,
            Err(error) if lasting.contains(&error.kind()) => return None,
            Err(_) => {}
        }
    }
    let ended = || (ON_OLD.load(Ordering::Relaxed), ON_NEW.load(Ordering::Relaxed));
    park_while(BUSY, || matches!(ended(), (0, on_new) if on_new < made));
    Some(match ended() {
        (0, 0) if made > 0 => Outcome::LeftOver,
        (0, on_new) if on_new > 0 => Outcome::NeededThreads,
        _ => Outcome::Ended,
    })
}

/// Until somebody wakes us and it is so no longer, or `at_most` is over.
fn park_while(at_most: Duration, so: impl Fn() -> bool) {
    let until = Instant::now() + at_most;
    while so() {
        match until.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => thread::park_timeout(left),
            _ => return,
        }
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
