//! Keeps the lease of the row that is being sent, however long the server takes: a lease that lapses in the middle
//! would have another node send it a second time.

use super::LEASE;
use crate::store::Store;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How often a lease is renewed.
const EACH: Duration = Duration::from_secs(LEASE.as_secs() / 3);

/// What is in hand.
#[derive(Debug, Clone, Default)]
pub(super) struct InHand(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    row: Option<Uuid>,
    stopped: bool,
}

impl InHand {
    /// Holds a row until another, or none, is told.
    pub(super) fn hold(&self, row: Option<Uuid>) {
        let (state, changed) = &*self.0;
        state.lock().unwrap_or_else(PoisonError::into_inner).row = row;
        changed.notify_all();
    }

    /// Ends [`InHand::run`].
    pub(super) fn stop(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        changed.notify_all();
    }

    /// Renews until it is stopped.
    pub(super) fn run(&self, store: &Store, node: &str) {
        let (state, changed) = &*self.0;
        let mut guard = state.lock().unwrap_or_else(PoisonError::into_inner);
        while !guard.stopped {
            let Some(row) = guard.row else {
                guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let until = Instant::now() + EACH;
            while guard.row == Some(row) && !guard.stopped && Instant::now() < until {
                let left = until.saturating_duration_since(Instant::now());
                guard = changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            if guard.row != Some(row) || guard.stopped {
                continue;
            }
            drop(guard);
            if let Err(error) = store.outbox_renew(node, row, LEASE) {
                log::debug!("outbox: the lease of {row} was not renewed: {error}");
            }
            guard = state.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}
