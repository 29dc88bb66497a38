//! The gate at end of message. A stop closes it: who comes later is parked until the process is gone (Postfix
//! then answers by its default action), who is inside finishes, so that no message is recorded without its
//! edits and its reply.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The gate.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    closed: bool,
}

/// One end of message under way.
#[derive(Debug)]
pub struct Pass<'a> {
    gate: &'a Gate,
}

impl Gate {
    /// An open gate.
    pub fn new() -> Gate {
        Gate::default()
    }

    /// Goes in; never returns once the gate is closed.
    pub fn enter(&self) -> Pass<'_> {
        let mut state = self.lock();
        while state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.inside += 1;
        Pass { gate: self }
    }

    /// Closes the gate and waits for those inside; whether all came out in time.
    pub fn close(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        state.closed = true;
        let (state, _) = self
            .changed
            .wait_timeout_while(state, patience, |state| state.inside > 0)
            .unwrap_or_else(PoisonError::into_inner);
        state.inside == 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lock().inside -= 1;
        self.gate.changed.notify_all();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    #[test]
    fn stop_waits_for_who_is_inside_and_parks_who_comes_later() {
        let gate = Arc::new(Gate::new());
        let pass = gate.enter();
        assert!(!gate.close(Duration::from_millis(1)), "somebody is inside");
        let (told, tell) = mpsc::channel();
        let late = Arc::clone(&gate);
        std::thread::spawn(move || {
            let _pass = late.enter();
            told.send(()).ok();
        });
        drop(pass);
        assert!(gate.close(Duration::from_secs(10)));
        assert!(tell.recv_timeout(Duration::from_millis(50)).is_err(), "the late one is parked");
    }
}
