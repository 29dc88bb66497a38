//! Hearing of changed blocks: a connection of its own that waits for notifications.
//!
//! A notification that was sent while the connection was down is lost, so after each connect the whole list
//! is loaded, and after each notification again. Half a minute without news is a reason to ask as well: a
//! connection whose server froze or went away without a word is found that way.

use super::blocks::{self, BlockEntry};
use super::{Result, Store};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Config, NoTls};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often it looks whether it should stop.
const LOOK: Duration = Duration::from_millis(200);
/// Without news for so long, it asks.
const ASK: Duration = Duration::from_secs(30);
/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Between attempts to connect, doubled up to this.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps a list of blocks fresh.
#[derive(Debug)]
pub struct Listener {
    config: Config,
}

impl Listener {
    /// A listener on the store's database.
    pub fn new(store: &Store) -> Listener {
        let mut config = store.settings().clone();
        config.application_name("crm-milter blocks");
        Listener { config }
    }

    /// Calls `refresh` with all blocks in force after each connect and each change, until `stop` is set.
    /// Returns within a quarter of a second then, or as soon as a running connect or query ends. While the
    /// database is away, the caller keeps what it had.
    pub fn run(&self, stop: &AtomicBool, mut refresh: impl FnMut(Vec<BlockEntry>)) {
        let mut wait = LOOK;
        while !stop.load(Ordering::Acquire) {
            let mut heard = false;
            let told = self.listen(stop, &mut |entries| {
                heard = true;
                refresh(entries);
            });
            if let Err(error) = told {
                log::warn!("list of blocks: {error}; the last one known stays in force");
            }
            wait = if heard { LOOK } else { (wait * 2).min(AGAIN) };
            let until = Instant::now() + wait;
            while Instant::now() < until && !stop.load(Ordering::Acquire) {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// One connection's life.
    fn listen(&self, stop: &AtomicBool, refresh: &mut dyn FnMut(Vec<BlockEntry>)) -> Result<()> {
        let mut client: Client = self.config.connect(NoTls)?;
        // First listen, then load: a change in between is then heard of.
        client.batch_execute(include_str!("sql/block_listen.sql"))?;
        refresh(blocks::load(&mut client)?);
        let mut asked = Instant::now();
        while !stop.load(Ordering::Acquire) {
            let changed = client.notifications().timeout_iter(LOOK).next()?.is_some();
            if changed {
                // Several changes at once are one refresh.
                let mut notifications = client.notifications();
                let mut more = notifications.iter();
                while more.next()?.is_some() {}
            }
            if changed {
                asked = Instant::now();
                refresh(blocks::load(&mut client)?);
            } else if asked.elapsed() > ASK {
                // The list is what it was; only a live connection could have told otherwise.
                asked = Instant::now();
                client.is_valid(ANSWER)?;
            }
            if client.is_closed() {
                break;
            }
        }
        Ok(())
    }
}
