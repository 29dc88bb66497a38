//! Work on the side: what is done as well as can be must keep no client waiting, and a stranger must not learn from
//! the time of an answer that it was done. One thread does it, in order; when more waits than it can hold, the
//! newest is given up.

use super::session::Missed;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait.
const MOST_WAITING: usize = 256;

/// The thread; it ends when nobody can give it anything any more.
#[derive(Clone)]
pub struct Side {
    jobs: SyncSender<Job>,
    /// What was noted of mail that came to nobody.
    pub missed: Arc<Missed>,
}

impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Side")
    }
}

impl Side {
    /// Starts the thread.
    pub fn start() -> io::Result<Side> {
        let (jobs, given) = mpsc::sync_channel::<Job>(MOST_WAITING);
        std::thread::Builder::new().name("milter-side".into()).spawn(move || {
            for job in given {
                if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
                    log::error!("panic in work on the side");
                }
            }
        })?;
        Ok(Side { jobs, missed: Arc::default() })
    }

    /// Gives it something to do; `false`: too much waits, and this is given up.
    pub fn give(&self, job: impl FnOnce() + Send + 'static) -> bool {
        self.jobs.try_send(Box::new(job)).is_ok()
    }

    /// Waits until all that was given so far is done; whether it was in time.
    pub fn finish(&self, patience: Duration) -> bool {
        let (done, finished) = mpsc::channel();
        let given = self.jobs.send(Box::new(move || done.send(()).unwrap_or_default()));
        given.is_ok() && finished.recv_timeout(patience).is_ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn what_is_given_is_done_in_order_a_panic_is_survived_and_too_much_is_given_up() {
        let side = Side::start().unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        assert!(side.give(|| panic!("of this test")));
        let (open, gate) = mpsc::channel::<()>();
        assert!(side.give(move || gate.recv().unwrap_or_default()));
        let mut given = 0;
        loop {
            let done = Arc::clone(&done);
            if !side.give(move || _ = done.fetch_add(1, Ordering::SeqCst)) {
                break;
            }
            given += 1;
        }
        assert!((MOST_WAITING - 2..=MOST_WAITING).contains(&given), "{given}");
        drop(open);
        assert!(side.finish(Duration::from_secs(30)));
        assert_eq!(done.load(Ordering::SeqCst), given);
    }
}
