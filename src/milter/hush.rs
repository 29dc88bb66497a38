//! Puts libmilter's signal thread to rest.
//!
//! libmilter starts a thread that takes SIGHUP, SIGTERM and SIGINT by sigwait(3) and then stops the milter, and
//! offers no way to leave it out. Handlers in the main thread get most of those signals first, but not all:
//! while one is pending there and the thread has no processor yet, the kernel gives a second, different one to
//! any thread that wants it (seen: SIGUSR1 and SIGHUP by turns on a busy machine, and the daemon stopped).
//!
//! So that thread is sent a signal of its own, whose handler never returns: it no longer wants any signal, and
//! what comes while the main thread is busy waits for it. The thread is known by its mask: all threads of
//! libmilter inherit a mark, a blocked signal that nobody uses, and of them only the one in sigwait has SIGHUP
//! unblocked. Where it is not found, as on a system without /proc, all is as before.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

/// How long libmilter may take to start the thread.
const WITHIN: Duration = Duration::from_secs(2);

fn mark() -> libc::c_int {
    libc::SIGRTMIN() + 7
}

fn rest() -> libc::c_int {
    libc::SIGRTMIN() + 8
}

/// On the thread that runs libmilter, before it does.
pub(super) fn mark_this_thread() {
    // SAFETY: both sets are initialised before they are used; blocking a signal that nobody sends is harmless.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for signal in [mark(), libc::SIGHUP, libc::SIGTERM, libc::SIGINT, libc::SIGUSR1] {
            libc::sigaddset(&mut set, signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
    }
}

/// On another thread, once libmilter runs. Whether the thread was found.
pub(super) fn rest_signal_thread() -> io::Result<bool> {
    install()?;
    let until = Instant::now() + WITHIN;
    while Instant::now() < until {
        if let Some(thread) = signal_thread()? {
            // SAFETY: at worst the thread is gone by now, and the call says so.
            let sent = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, rest()) };
            return if sent == 0 { Ok(true) } else { Err(io::Error::last_os_error()) };
        }
        // Nobody is told when libmilter has started its thread.
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(false)
}

extern "C" fn never_return(_: libc::c_int) {
    loop {
        // SAFETY: pause(2) may be called from a handler.
        unsafe { libc::pause() };
    }
}

fn install() -> io::Result<()> {
    // SAFETY: the action is zeroed, then filled; the handler calls nothing that a handler may not. All signals
    // are blocked while it runs, which is for ever.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = never_return as extern "C" fn(libc::c_int) as usize;
        libc::sigfillset(&mut action.sa_mask);
        match libc::sigaction(rest(), &action, std::ptr::null_mut()) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn signal_thread() -> io::Result<Option<libc::pid_t>> {
    for task in fs::read_dir("/proc/self/task")? {
        let name = task?.file_name();
        let Some(thread) = name.to_str().and_then(|n| n.parse().ok()) else { continue };
        // A thread may end while we look.
        let Ok(status) = fs::read_to_string(format!("/proc/self/task/{thread}/status")) else { continue };
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        let blocked = blocked.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        let has = |signal: libc::c_int| blocked & (1 << (signal - 1)) != 0;
        if has(mark()) && !has(libc::SIGHUP) {
            return Ok(Some(thread));
        }
    }
    Ok(None)
}
