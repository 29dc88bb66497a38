//! Signals beside libmilter, which takes SIGHUP, SIGTERM and SIGINT for its own stop by sigwait(3) on a thread
//! of its own, and stalls every session while it does.
//!
//! The kernel gives a process-wide signal to the main thread whenever that does not block it, and to another
//! thread only otherwise. So: the main thread has handlers for all of them, with SA_NODEFER (or a second
//! signal during the handler would find it blocked and go to libmilter: seen after thousands of signals), and
//! then does nothing but [`Signals::wait`]; the milter and all else run on other threads, which block them.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is asked of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP or SIGUSR1: read the configuration again.
    Reload,
}

/// The main thread's ear.
#[derive(Debug)]
pub struct Signals {
    pipe: OwnedFd,
    _writer: OwnedFd,
}

const OURS: [Signal; 4] = [Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGTERM, Signal::SIGINT];

/// Where the handler writes; -1 before the installation.
static WRITER: AtomicI32 = AtomicI32::new(-1);

extern "C" fn on_signal(number: libc::c_int) {
    let octet = u8::try_from(number).unwrap_or(0);
    // SAFETY: write(2) may be called from a handler; a full pipe already wakes the reader. errno is kept for
    // the code that was interrupted.
    unsafe {
        let errno = libc::__errno_location();
        let kept = *errno;
        libc::write(WRITER.load(Ordering::Relaxed), (&raw const octet).cast(), 1);
        *errno = kept;
    }
}

/// Installs the handlers; on the main thread, before any other thread is there.
pub fn install() -> io::Result<Signals> {
    let flags = nix::fcntl::OFlag::O_CLOEXEC | nix::fcntl::OFlag::O_NONBLOCK;
    let (reader, writer) = nix::unistd::pipe2(flags)?;
    WRITER.store(writer.as_raw_fd(), Ordering::SeqCst);
    let flags = SaFlags::SA_NODEFER | SaFlags::SA_RESTART;
    let action = SigAction::new(SigHandler::Handler(on_signal), flags, SigSet::empty());
    for signal in OURS {
        // SAFETY: the handler calls nothing that a handler may not.
        unsafe { sigaction(signal, &action) }?;
    }
    Ok(Signals { pipe: reader, _writer: writer })
}

/// A thread that leaves the signals to the main thread.
pub fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let ours: SigSet = OURS.into_iter().collect();
        if let Err(error) = ours.thread_block() {
            log::warn!("signals not blocked: {error}");
        }
        body()
    })
}

impl Signals {
    /// The next request; `None` when `timeout` is over. Equal requests that came meanwhile are one, and a
    /// stop comes before a reload.
    pub fn wait(&self, timeout: Option<Duration>) -> io::Result<Option<Request>> {
        let until = timeout.map(|t| Instant::now() + t);
        loop {
            if let Some(request) = self.drain()? {
                return Ok(Some(request));
            }
            let left = until.map(|u| u.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(None);
            }
            let left = left.map_or(PollTimeout::NONE, |left| {
                PollTimeout::try_from(left.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
            });
            match poll(&mut [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)], left) {
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn drain(&self) -> io::Result<Option<Request>> {
        let mut request = None;
        let mut buffer = [0; 256];
        loop {
            match nix::unistd::read(&self.pipe, &mut buffer) {
                Ok(0) | Err(nix::errno::Errno::EAGAIN) => return Ok(request),
                Ok(n) => {
                    let stop = [Signal::SIGTERM as i32, Signal::SIGINT as i32];
                    if buffer[..n].iter().any(|octet| stop.contains(&i32::from(*octet))) {
                        return Ok(Some(Request::Stop));
                    }
                    request = Some(Request::Reload);
                }
                Err(nix::errno::Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use nix::sys::signal::kill;
    use nix::unistd::Pid;

    #[test]
    fn signals_are_told_once_each_and_stop_comes_first() {
        let signals = install().unwrap();
        assert_eq!(signals.wait(Some(Duration::from_millis(1))).unwrap(), None);
        let me = Pid::this();
        kill(me, Signal::SIGHUP).unwrap();
        kill(me, Signal::SIGUSR1).unwrap();
        assert_eq!(signals.wait(Some(Duration::from_secs(10))).unwrap(), Some(Request::Reload));
        // A thread of ours never sees them.
        let pending = spawn("test", move || {
            kill(me, Signal::SIGHUP).unwrap();
            kill(me, Signal::SIGTERM).unwrap();
            SigSet::thread_get_mask().unwrap().contains(Signal::SIGTERM)
        });
        assert!(pending.unwrap().join().unwrap());
        let mut seen = Vec::new();
        while seen.last() != Some(&Request::Stop) {
            seen.extend(signals.wait(Some(Duration::from_secs(10))).unwrap());
        }
        assert!(seen.len() <= 2);
    }
}
