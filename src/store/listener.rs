//! The lists that a node holds in memory, kept fresh over a connection of its own that waits for
//! notifications.
//!
//! A notification that was sent while the connection was down is lost, so after each connect every list is
//! loaded. After that, notifications carry what is new: keys of codes and contacts' addresses, ids of blocks,
//! whose state is asked; of the other lists, and where that is not enough, they say to load it anew. Lists are
//! loaded in portions, and changes are heard of between two of them, so that a block does not wait for a
//! million others; between two loads of a list there is as much rest as the last one took.
//!
//! A dozen seconds without news is a reason to ask: a connection whose server froze or went away without a word
//! is found that way. While the database is away, the caller keeps what it had, save the codes: who was given
//! a new one meanwhile would be refused, so there are none until they are loaded again.

use super::lists::{self, Loading};
use super::{Result, Store};
use crate::crm::block::{BlockKey, BlockKeys, BlockList};
use crate::crm::known::Users;
use crate::crm::lists::{KeySet, KnownAddresses};
use crate::mail::hex;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Config, NoTls};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How often it looks whether it should stop or needs other lists.
const LOOK: Duration = Duration::from_millis(200);
/// Without news for so long, it asks.
const ASK: Duration = Duration::from_secs(12);
/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Between attempts to connect, doubled up to this.
const AGAIN: Duration = Duration::from_secs(5);

/// Which lists are wanted beside blocks and users. A list that is not costs neither memory nor time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// Addresses to which nothing is sent.
    pub off: bool,
    /// Codes of records and tickets.
    pub codes: bool,
    /// Contacts' addresses.
    pub known: bool,
}

/// What the listener has to tell. `None`: not wanted any more.
#[derive(Debug, Clone)]
pub enum Heard {
    /// The secret that the keys of all lists are made from; before any list, after each connect.
    Secret(Vec<u8>),
    /// All blocks in force.
    Blocks(Arc<BlockList>),
    /// All active users.
    Users(Arc<Users>),
    /// All addresses to which nothing is sent.
    Off(Option<Arc<KeySet>>),
    /// All codes. `None` also while they may lack new ones.
    Codes(Option<Arc<KeySet>>),
    /// All contacts' addresses. Later ones are added to this very filter.
    Known(Option<Arc<KnownAddresses>>),
}

/// Keeps lists fresh.
#[derive(Debug)]
pub struct Listener {
    config: Config,
}

impl Listener {
    /// A listener on the store's database.
    pub fn new(store: &Store) -> Listener {
        let mut config = store.settings().clone();
        config.application_name("crm-milter lists");
        // A portion is read in its index's order. Without statistics the planner would rather sort all that is
        // left, for each portion.
        let in_order = "-c enable_sort=off";
        let options = config.get_options().map_or(in_order.into(), |own| format!("{own} {in_order}"));
        config.options(&options);
        Listener { config }
    }

    /// Tells of every list after each connect and each change, until `stop` is set. Returns within a quarter
    /// of a second then, or as soon as a running connect or query ends. `needs` is asked again and again.
    pub fn run(&self, stop: &AtomicBool, needs: impl Fn() -> Needs, mut tell: impl FnMut(Heard)) {
        let (mut wait, mut warned, mut last) = (LOOK, String::new(), Last::default());
        while !stop.load(Ordering::Acquire) {
            let (mut codes, mut complete, before) = (false, false, last.clone());
            let mut heard = |news| {
                match &news {
                    Heard::Blocks(blocks) => last.blocks = Some(Arc::clone(blocks)),
                    Heard::Codes(list) => codes = list.is_some(),
                    Heard::Known(known) => last.known.clone_from(known),
                    Heard::Secret(_) | Heard::Users(_) | Heard::Off(_) => {}
                }
                tell(news);
            };
            let ended = self.listen(stop, &needs, before, &mut heard, &mut complete);
            if stop.load(Ordering::Acquire) {
                return;
            }
            if codes {
                tell(Heard::Codes(None));
            }
            // A list that fails each time, though others do not, is one warning.
            if complete {
                (wait, warned) = (LOOK, String::new());
            }
            if let Err(error) = ended.map_err(|error| error.to_string())
                && error != warned
            {
                log::warn!("lists of blocks and users: {error}; the last ones known stay in force");
                warned = error;
            }
            let until = Instant::now() + wait;
            while Instant::now() < until && !stop.load(Ordering::Acquire) {
                std::thread::sleep(LOOK);
            }
            wait = (wait * 2).min(AGAIN);
        }
    }

    /// One connection's life; whether all that is wanted was loaded.
    fn listen(
        &self,
        stop: &AtomicBool,
        needs: &dyn Fn() -> Needs,
        last: Last,
        tell: &mut dyn FnMut(Heard),
        complete: &mut bool,
    ) -> Result<()> {
        let mut client: Client = self.config.connect(NoTls)?;
        // First listen, then load: a change in between is then heard of.
        for sql in [
            include_str!("sql/block_listen.sql"),
            include_str!("sql/users_listen.sql"),
            include_str!("sql/address_state_listen.sql"),
            include_str!("sql/record_listen.sql"),
            include_str!("sql/contact_address_listen.sql"),
        ] {
            client.batch_execute(sql)?;
        }
        let secret = lists::secret(&mut client)?;
        let keys = BlockKeys::new(&secret);
        tell(Heard::Secret(secret));
        let due = LISTS.map(|list| {
            let always = matches!(list, List::Users | List::Blocks);
            let now = Instant::now();
            Due { wanted: always, stale: always, spent: Duration::ZERO, rest_until: now, loading: None }
        });
        let Last { blocks, known } = last;
        let mut live = Live { client, keys, tell, due, blocks, codes: None, known, touched: Vec::new() };
        let mut asked = Instant::now();
        while !stop.load(Ordering::Acquire) && !live.client.is_closed() {
            live.want(needs());
            if live.hear()? {
                asked = Instant::now();
            }
            *complete |= !live.load()?;
            if asked.elapsed() > ASK {
                // The lists are what they were; only a live connection could have told otherwise.
                asked = Instant::now();
                live.client.is_valid(ANSWER)?;
            }
        }
        Ok(())
    }
}

/// The lists, in the order in which they are loaded: the small one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Users,
    Blocks,
    Off,
    Codes,
    Known,
}

const LISTS: [List; 5] = [List::Users, List::Blocks, List::Off, List::Codes, List::Known];

/// What an earlier connection has left in force: what changes is added to it while all is loaded again.
#[derive(Debug, Clone, Default)]
struct Last {
    blocks: Option<Arc<BlockList>>,
    known: Option<Arc<KnownAddresses>>,
}

/// What is to be done about a list.
#[derive(Debug)]
struct Due {
    wanted: bool,
    stale: bool,
    loading: Option<Loading>,
    /// On loading it.
    spent: Duration,
    rest_until: Instant,
}

/// A connection that listens.
struct Live<'a> {
    client: Client,
    keys: BlockKeys,
    tell: &'a mut dyn FnMut(Heard),
    due: [Due; LISTS.len()],
    blocks: Option<Arc<BlockList>>,
    codes: Option<Arc<KeySet>>,
    known: Option<Arc<KnownAddresses>>,
    /// Blocks that changed while all are being loaded.
    touched: Vec<Uuid>,
}

impl Live<'_> {
    /// Takes up lists that are wanted from now on, and drops those that are not.
    fn want(&mut self, needs: Needs) {
        for list in LISTS {
            let (wanted, none) = match list {
                List::Blocks | List::Users => continue,
                List::Off => (needs.off, Heard::Off(None)),
                List::Codes => (needs.codes, Heard::Codes(None)),
                List::Known => (needs.known, Heard::Known(None)),
            };
            let due = &mut self.due[list as usize];
            if wanted == due.wanted {
                continue;
            }
            (due.wanted, due.stale, due.loading) = (wanted, wanted, None);
            match list {
                _ if wanted => continue,
                List::Codes => self.codes = None,
                List::Known => self.known = None,
                _ => {}
            }
            (self.tell)(none);
        }
    }

    /// Takes what has been told; waits for it if there is nothing else to do. Whether there was anything.
    fn hear(&mut self) -> Result<bool> {
        let now = Instant::now();
        let work = self.due.iter().filter_map(|due| match due.loading {
            Some(_) => Some(now),
            None => due.stale.then_some(due.rest_until),
        });
        let wait = work.min().map_or(LOOK, |at| at.saturating_duration_since(now)).min(LOOK);
        let mut told = Vec::new();
        let mut notifications = self.client.notifications();
        if wait.is_zero() {
            // Only a look, but one that reads what has arrived.
            told.extend(notifications.timeout_iter(Duration::from_millis(1)).next()?);
        } else {
            told.extend(notifications.timeout_iter(wait).next()?);
        }
        told.extend(notifications.iter().collect::<Vec<_>>()?);
        drop(notifications);
        let (mut blocks, mut codes) = (Vec::new(), Vec::new());
        for notification in &told {
            let list = match notification.channel() {
                "crm_block" => List::Blocks,
                "crm_users" => List::Users,
                "crm_address_off" => List::Off,
                "crm_code" => List::Codes,
                _ => List::Known,
            };
            match (list, entries(notification.payload())) {
                (List::Blocks, Some(ids)) => blocks.extend(ids.into_iter().map(Uuid::from_bytes)),
                (List::Codes, Some(keys)) => codes.extend(keys.iter().map(BlockKey::of_octets)),
                (List::Known, Some(keys)) => {
                    keys.iter().map(BlockKey::of_octets).for_each(|key| self.add_known(key));
                }
                _ => self.is_stale(list),
            }
        }
        self.add_codes(&codes);
        self.touch(&blocks)?;
        Ok(!told.is_empty())
    }

    /// Has a list loaded anew. Codes may lack new ones until then.
    fn is_stale(&mut self, list: List) {
        let due = &mut self.due[list as usize];
        due.stale = due.wanted;
        if list == List::Codes && self.codes.take().is_some() {
            (self.tell)(Heard::Codes(None));
        }
    }

    fn add_known(&mut self, key: BlockKey) {
        self.known.iter().for_each(|filter| filter.insert_key(key));
        let due = &mut self.due[List::Known as usize];
        match &mut due.loading {
            Some(loading) => loading.add(key),
            None => due.stale |= self.known.as_ref().is_some_and(|filter| filter.is_full()),
        }
    }

    /// A list that is still to be loaded will have them.
    fn add_codes(&mut self, added: &[BlockKey]) {
        if let Some(loading) = &mut self.due[List::Codes as usize].loading {
            added.iter().for_each(|key| loading.add(*key));
        }
        let Some(codes) = self.codes.as_ref().filter(|_| !added.is_empty()) else { return };
        let codes = Arc::new(codes.with(added));
        self.codes = Some(Arc::clone(&codes));
        (self.tell)(Heard::Codes(Some(codes)));
    }

    /// Asks how blocks are now, and changes the list that is in force.
    fn touch(&mut self, ids: &[Uuid]) -> Result<()> {
        if self.due[List::Blocks as usize].loading.is_some() {
            self.touched.extend(ids);
        }
        let Some(blocks) = self.blocks.as_ref().filter(|_| !ids.is_empty()) else { return Ok(()) };
        let changes = lists::changed_blocks(&mut self.client, &self.keys, blocks, ids)?;
        let blocks = Arc::new(blocks.with(&changes));
        self.blocks = Some(Arc::clone(&blocks));
        (self.tell)(Heard::Blocks(blocks));
        Ok(())
    }

    /// Begins what is due, and loads the next portion of the first list that is not complete. Whether there
    /// was any. What fails ends the connection.
    fn load(&mut self) -> Result<bool> {
        let started = Instant::now();
        let room = self.known.as_ref().map_or(0, |filter| filter.len());
        for list in LISTS {
            let due = &mut self.due[list as usize];
            if due.stale && due.loading.is_none() && due.rest_until <= started {
                due.loading = Some(Loading::begin(&mut self.client, list, &self.keys, room)?);
                (due.stale, due.spent) = (false, Duration::ZERO);
            }
        }
        let Some(due) = self.due.iter_mut().find(|due| due.loading.is_some()) else {
            return Ok(self.due.iter().any(|due| due.stale));
        };
        let Some(loading) = &mut due.loading else { return Ok(true) };
        let loaded = loading.go_on(&mut self.client, &self.keys)?;
        due.spent += started.elapsed();
        if let Some(news) = loaded {
            due.loading = None;
            due.rest_until = Instant::now() + due.spent;
            self.take(news)?;
        }
        Ok(true)
    }

    /// A list that is complete.
    fn take(&mut self, news: Heard) -> Result<()> {
        match &news {
            Heard::Blocks(blocks) => {
                self.blocks = Some(Arc::clone(blocks));
                let touched = std::mem::take(&mut self.touched);
                if !touched.is_empty() {
                    return self.touch(&touched);
                }
            }
            // What became stale on the way is loaded again first.
            Heard::Codes(_) if self.due[List::Codes as usize].stale => return Ok(()),
            Heard::Codes(codes) => self.codes.clone_from(codes),
            Heard::Known(known) => self.known.clone_from(known),
            Heard::Secret(_) | Heard::Users(_) | Heard::Off(_) => {}
        }
        (self.tell)(news);
        Ok(())
    }
}

/// The ids or keys in a payload; `None` if it holds none, or is not ours.
fn entries(payload: &str) -> Option<Vec<[u8; 16]>> {
    let octets = hex::octets(payload)?;
    let (entries, []) = octets.as_chunks::<16>() else { return None };
    (!entries.is_empty()).then(|| entries.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_that_is_not_entries_means_to_load_anew() {
        let hex = |octet: &str| octet.repeat(16);
        assert_eq!(entries(&hex("0a")), Some(vec![[10; 16]]));
        assert_eq!(entries(&(hex("ff") + &hex("00"))), Some(vec![[255; 16], [0; 16]]));
        for bad in ["", "0a", &hex("0g"), &hex("0a")[1..], &(hex("0a") + "00"), &hex("é")] {
            assert_eq!(entries(bad), None, "{bad}");
        }
    }
}
