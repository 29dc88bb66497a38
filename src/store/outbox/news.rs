//! Hearing of what is to go out, over a connection of its own.
//!
//! What was told while the connection was down is lost, so each connect is news as well. A dozen seconds without
//! any is a reason to ask whether the server is still there.

use super::super::{Result, Store};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Config, NoTls};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often it looks whether it should stop.
const LOOK: Duration = Duration::from_millis(200);
/// Without news for so long, it asks.
const ASK: Duration = Duration::from_secs(12);
/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Longest pause between attempts to connect.
const AGAIN: Duration = Duration::from_secs(5);

/// Tells of the outbox's news.
#[derive(Debug)]
pub struct OutboxNews {
    config: Config,
}

impl OutboxNews {
    /// News of the store's database.
    pub fn new(store: &Store) -> OutboxNews {
        let mut config = store.settings().clone();
        config.application_name("crm-milter outbox");
        OutboxNews { config }
    }

    /// Tells after each connect and each change, until `stop` is set; returns within a quarter of a second then, or
    /// as soon as a running connect ends. What goes wrong is tried again; whoever works on the outbox says so.
    pub fn run(&self, stop: &AtomicBool, mut tell: impl FnMut()) {
        let mut wait = LOOK;
        while !stop.load(Ordering::Acquire) {
            let started = Instant::now();
            if let Err(error) = self.listen(stop, &mut tell) {
                log::debug!("outbox: hears of nothing: {error}");
            }
            wait = if started.elapsed() > AGAIN { LOOK } else { (wait * 2).min(AGAIN) };
            let until = Instant::now() + wait;
            while Instant::now() < until && !stop.load(Ordering::Acquire) {
                std::thread::sleep(LOOK);
            }
        }
    }

    fn listen(&self, stop: &AtomicBool, tell: &mut dyn FnMut()) -> Result<()> {
        let mut client: Client = self.config.connect(NoTls)?;
        client.batch_execute(include_str!("../sql/outbox_listen.sql"))?;
        tell();
        let mut asked = Instant::now();
        while !stop.load(Ordering::Acquire) && !client.is_closed() {
            let mut notifications = client.notifications();
            let told = notifications.timeout_iter(LOOK).next()?.is_some();
            // One look at the outbox answers them all.
            while notifications.iter().next()?.is_some() {}
            drop(notifications);
            if told {
                tell();
                asked = Instant::now();
            } else if asked.elapsed() > ASK {
                asked = Instant::now();
                client.is_valid(ANSWER)?;
            }
        }
        Ok(())
    }
}
