//! The outbox's threads.

use crate::setup;
use arc_swap::ArcSwap;
use crm_milter::daemon::signals;
use crm_milter::outbox::{Outbox, Settings, StopHandle};
use crm_milter::store::Store;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

/// What sends.
#[derive(Debug)]
pub struct Outgoing {
    stop: StopHandle,
    thread: JoinHandle<()>,
}

/// Starts sending.
pub fn start(store: &Store, settings: Arc<ArcSwap<Settings>>) -> io::Result<Outgoing> {
    let mut outbox = Outbox::new(store.clone(), settings, &setup::host_name());
    let (stop, node) = (outbox.stop_handle(), outbox.node().to_owned());
    let (news, database) = (stop.clone(), store.clone());
    signals::spawn("outbox news", move || news.listen(&database))?;
    let (leases, database) = (stop.clone(), store.clone());
    signals::spawn("outbox lease", move || leases.keep(&database, &node))?;
    let thread = signals::spawn("outbox", move || outbox.run())?;
    Ok(Outgoing { stop, thread })
}

impl Outgoing {
    /// Ends it soon; what is being sent is sent to its end.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// The thread that sends.
    pub fn thread(&self) -> &JoinHandle<()> {
        &self.thread
    }
}
