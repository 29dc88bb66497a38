//! The thread that keeps the server: starts it, starts it again when it dies, stops it.
//!
//! The kernel sends the parent-death signal when the *thread* that spawned the child ends, so the server
//! must be spawned by a thread that lives as long as it is wanted: this one. It ends only after its server.

use super::Error;
use super::layout::{Place, last_lines};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getppid};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two attempts to start.
const AGAIN: Duration = Duration::from_millis(100);
/// Between two looks whether the server is ready or gone.
const LOOK: Duration = Duration::from_millis(10);
/// Between two looks whether the running server is still there.
const WATCH: Duration = Duration::from_millis(250);
/// How long a fast shutdown may take before the server is told to leave at once.
const STOP: Duration = Duration::from_secs(30);

/// Handle of the thread; dropping it stops the server.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Closed to say stop.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    pid: Arc<AtomicU32>,
}

impl Keeper {
    /// Starts the thread and waits until its server takes connections.
    pub(super) fn start(place: Place, timeout: Duration) -> Result<Keeper, Error> {
        let (alive, orders) = channel();
        let (tell, told) = channel();
        let pid = Arc::new(AtomicU32::new(0));
        let shared = Arc::clone(&pid);
        let log = place.log.clone();
        let thread = thread::Builder::new()
            .name("cluster".into())
            .spawn(move || keep(&place, timeout, &orders, &tell, &shared))
            .map_err(|source| Error::File { path: log.clone(), source })?;
        let keeper = Keeper { alive: Some(alive), thread: Some(thread), pid };
        match told.recv() {
            Ok(Ok(())) => Ok(keeper),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Error::Start { log, tail: "the keeper thread ended".into() }),
        }
    }

    pub(super) fn pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Acquire)).filter(|&pid| pid != 0)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.alive.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was logged by its hook; the server has its parent-death signal.
            let _ = thread.join();
        }
    }
}

/// The life of the thread.
fn keep(
    place: &Place,
    timeout: Duration,
    orders: &Receiver<()>,
    tell: &Sender<Result<(), Error>>,
    pid: &AtomicU32,
) {
    let mut first = true;
    loop {
        match launch(place, timeout, orders) {
            Ok(Some(mut child)) => {
                pid.store(child.id(), Ordering::Release);
                if first {
                    first = false;
                    // Nobody listens only if the starter is gone, and then `orders` is closed too.
                    let _ = tell.send(Ok(()));
                } else {
                    log::warn!("private PostgreSQL cluster started again, process {}", child.id());
                }
                let stopped = watch(&mut child, orders);
                pid.store(0, Ordering::Release);
                if stopped {
                    return;
                }
                log::error!("private PostgreSQL cluster ended by itself, see {}", place.log.display());
            }
            Ok(None) => return,
            Err(error) if first => {
                let _ = tell.send(Err(error));
                return;
            }
            Err(error) => log::error!("{error}"),
        }
        if !pause(orders, AGAIN) {
            return;
        }
    }
}

/// Waits; `false` if the order to stop came.
fn pause(orders: &Receiver<()>, time: Duration) -> bool {
    !matches!(orders.recv_timeout(time), Err(RecvTimeoutError::Disconnected))
}

/// Watches the server until it ends by itself (`false`) or was stopped by order (`true`).
fn watch(child: &mut Child, orders: &Receiver<()>) -> bool {
    loop {
        if !pause(orders, WATCH) {
            stop(child);
            return true;
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
    }
}

/// Starts the server, again and again while what hinders it is the rest of a crash. `None`: told to stop.
fn launch(place: &Place, timeout: Duration, orders: &Receiver<()>) -> Result<Option<Child>, Error> {
    let until = Instant::now() + timeout;
    loop {
        let (mut child, from) = spawn(place).map_err(|e| failure(place, e.to_string()))?;
        loop {
            if is_ready(place, child.id()) {
                return Ok(Some(child));
            }
            if !matches!(child.try_wait(), Ok(None)) {
                break;
            }
            if Instant::now() > until {
                stop(&mut child);
                return Err(failure(place, format!("not ready after {timeout:?}; {}", said(place, from))));
            }
            if !pause(orders, LOOK) {
                stop(&mut child);
                return Ok(None);
            }
        }
        let said = said(place, from);
        let rest_of_a_crash = ["postmaster.pid", "shared memory block", "could not create lock file"];
        if Instant::now() > until || !rest_of_a_crash.iter().any(|words| said.contains(words)) {
            return Err(failure(place, said));
        }
        if !pause(orders, AGAIN) {
            return Ok(None);
        }
    }
}

/// Spawns the server; also tells where in the log its words begin.
fn spawn(place: &Place) -> io::Result<(Child, u64)> {
    if fs::metadata(&place.log).is_ok_and(|meta| meta.len() > 4 << 20) {
        fs::rename(&place.log, place.log.with_extension("log.1"))?;
    }
    let log = place.open_log().map_err(io::Error::other)?;
    let from = log.metadata()?.len();
    let mut command = place.command("postgres");
    command.arg("-D").arg(&place.data).stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
    // Its own process group: a terminal's ^C is for us to pass on, after our last transaction.
    command.process_group(0);
    let parent = getpid();
    // SAFETY: prctl and getppid are async-signal-safe, and nothing is allocated between fork and exec. std
    // runs this after setuid, which would clear the parent-death signal.
    unsafe {
        command.pre_exec(move || {
            set_pdeathsig(Signal::SIGINT)?;
            if getppid() != parent {
                return Err(io::Error::from_raw_os_error(nix::libc::ESRCH));
            }
            Ok(())
        });
    }
    Ok((command.spawn()?, from))
}

/// Whether the server that takes connections is the one with this process id: the first line of
/// `postmaster.pid` is the id, the eighth the state. Asking by connecting would reach an orphan as well,
/// and fill the log with refusals during start-up.
fn is_ready(place: &Place, pid: u32) -> bool {
    let text = fs::read_to_string(place.data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    lines.next().is_some_and(|line| line.trim().parse() == Ok(pid))
        && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

/// Fast shutdown; immediate if that takes too long.
fn stop(child: &mut Child) {
    let signal = |child: &Child, signal| {
        // The child is not waited for yet, so its id is still its own.
        if let Ok(pid) = i32::try_from(child.id()) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    };
    signal(child, Signal::SIGINT);
    let until = Instant::now() + STOP;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > until {
            log::error!("private PostgreSQL cluster does not stop, told to leave at once");
            signal(child, Signal::SIGQUIT);
            let _ = child.wait();
            return;
        }
        thread::sleep(LOOK / 5);
    }
}

fn failure(place: &Place, tail: String) -> Error {
    Error::Start { log: place.log.clone(), tail }
}

/// What the server wrote into its log from an offset on, the last lines of it.
fn said(place: &Place, from: u64) -> String {
    let mut text = Vec::new();
    let read = File::open(&place.log).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.take(64 << 10).read_to_end(&mut text)
    });
    match read {
        Ok(_) => last_lines(&String::from_utf8_lossy(&text), 4),
        Err(error) => error.to_string(),
    }
}
