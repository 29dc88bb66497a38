//! The outbox's threads: what sends mail, and what tells users and webhooks.

use crate::setup;
use arc_swap::ArcSwap;
use crm_milter::daemon::signals;
use crm_milter::outbox::notices::Notices;
use crm_milter::outbox::teller::{Teller, TellerHandle};
use crm_milter::outbox::{Outbox, Settings, StopHandle};
use crm_milter::store::Store;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

/// What sends and tells.
#[derive(Debug)]
pub struct Outgoing {
    stop: StopHandle,
    teller: TellerHandle,
    thread: JoinHandle<()>,
}

/// Starts sending and telling.
pub fn start(
    store: &Store,
    settings: Arc<ArcSwap<Settings>>,
    notices: Arc<ArcSwap<Notices>>,
) -> io::Result<Outgoing> {
    let host = setup::host_name();
    let mut outbox = Outbox::new(store.clone(), settings, &host);
    let mut teller = Teller::new(store.clone(), notices, &host);
    let (stop, node, tell) = (outbox.stop_handle(), outbox.node().to_owned(), teller.handle());
    let (news, told, database) = (stop.clone(), tell.clone(), store.clone());
    signals::spawn("outbox news", move || news.listen(&database, || told.wake()))?;
    let (leases, database) = (stop.clone(), store.clone());
    signals::spawn("outbox lease", move || leases.keep(&database, &node))?;
    signals::spawn("notices", move || teller.run())?;
    let thread = signals::spawn("outbox", move || outbox.run())?;
    Ok(Outgoing { stop, teller: tell, thread })
}

impl Outgoing {
    /// Ends it soon; what is being sent is sent to its end.
    pub fn stop(&self) {
        self.teller.stop();
        self.stop.stop();
    }

    /// The thread that sends.
    pub fn thread(&self) -> &JoinHandle<()> {
        &self.thread
    }
}
