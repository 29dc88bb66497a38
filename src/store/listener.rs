//! The lists that a node holds in memory, kept fresh over a connection of its own that waits for
//! notifications.
//!
//! A notification that was sent while the connection was down is lost, so after each connect every list is
//! loaded, and after each notification the one that it speaks of; new codes and contacts' addresses come with
//! the notification itself. Several changes at once are one load, and between two loads there is as much rest
//! as the last one took. Half a minute without news is a reason to ask: a connection whose server froze or
//! went away without a word is found that way. While the database is away, the caller keeps what it had.

use super::lists::{self, Filling};
use super::{Result, Store};
use crate::crm::block::{BlockKeys, BlockList};
use crate::crm::known::{Digest, Users};
use crate::crm::lists::{KeySet, KnownAddresses};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Config, NoTls};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often it looks whether it should stop or needs other lists.
const LOOK: Duration = Duration::from_millis(200);
/// Without news for so long, it asks.
const ASK: Duration = Duration::from_secs(30);
/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Between attempts to connect, doubled up to this.
const AGAIN: Duration = Duration::from_secs(5);

/// Which lists are wanted beside blocks and users. A list that is not costs neither memory nor time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// The users.
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
    /// All codes.
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
        // Whole lists are read here, for which no index is the best way, and a million rows take their time.
        let whole = "-c enable_seqscan=on -c statement_timeout=600000";
        let options = config.get_options().map_or(whole.into(), |own| format!("{own} {whole}"));
        config.options(&options);
        Listener { config }
    }

    /// Tells of every list after each connect and each change, until `stop` is set. Returns within a quarter
    /// of a second then, or as soon as a running connect or query ends. `needs` is asked again and again.
    pub fn run(&self, stop: &AtomicBool, needs: impl Fn() -> Needs, mut tell: impl FnMut(Heard)) {
        let (mut wait, mut warned) = (LOOK, String::new());
        while !stop.load(Ordering::Acquire) {
            let mut heard = false;
            let ended = self.listen(stop, &needs, &mut |news| {
                heard = true;
                tell(news);
            });
            if heard {
                warned.clear();
            }
            if let Err(error) = ended.map_err(|error| error.to_string())
                && error != warned
                && !stop.load(Ordering::Acquire)
            {
                log::warn!("lists of blocks and users: {error}; the last ones known stay in force");
                warned = error;
            }
            wait = if heard { LOOK } else { (wait * 2).min(AGAIN) };
            let until = Instant::now() + wait;
            while Instant::now() < until && !stop.load(Ordering::Acquire) {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// One connection's life.
    fn listen(
        &self,
        stop: &AtomicBool,
        needs: &dyn Fn() -> Needs,
        tell: &mut dyn FnMut(Heard),
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
        let due = Due { wanted: false, stale: false, rest_until: Instant::now() };
        let mut live =
            Live { client, keys, tell, due: [due; LISTS.len()], codes: None, known: None, filling: None };
        for always in [List::Blocks, List::Users] {
            live.due[always as usize] = Due { wanted: true, stale: true, ..due };
        }
        let mut asked = Instant::now();
        while !stop.load(Ordering::Acquire) && !live.client.is_closed() {
            live.want(needs());
            if live.hear()? {
                asked = Instant::now();
            }
            live.load()?;
            if asked.elapsed() > ASK {
                // The lists are what they were; only a live connection could have told otherwise.
                asked = Instant::now();
                live.client.is_valid(ANSWER)?;
            }
        }
        Ok(())
    }
}

/// The lists, in the order of their urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Blocks,
    Users,
    Off,
    Codes,
    Known,
}

const LISTS: [List; 5] = [List::Blocks, List::Users, List::Off, List::Codes, List::Known];

/// What is to be done about a list.
#[derive(Debug, Clone, Copy)]
struct Due {
    wanted: bool,
    stale: bool,
    rest_until: Instant,
}

/// A connection that listens.
struct Live<'a> {
    client: Client,
    keys: BlockKeys,
    tell: &'a mut dyn FnMut(Heard),
    due: [Due; LISTS.len()],
    codes: Option<Arc<KeySet>>,
    known: Option<Arc<KnownAddresses>>,
    filling: Option<Filling>,
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
            (due.wanted, due.stale) = (wanted, wanted);
            match list {
                _ if wanted => continue,
                List::Codes => self.codes = None,
                List::Known => (self.known, self.filling) = (None, None),
                _ => {}
            }
            (self.tell)(none);
        }
    }

    /// Takes what has been told; waits for it if there is nothing else to do. Whether there was anything.
    fn hear(&mut self) -> Result<bool> {
        let now = Instant::now();
        let rests = self.due.iter().filter(|due| due.stale).map(|due| due.rest_until);
        let work = rests.chain(self.filling.is_some().then_some(now)).min();
        let wait = work.map_or(LOOK, |at| at.saturating_duration_since(now)).min(LOOK);
        let mut told = Vec::new();
        let mut notifications = self.client.notifications();
        if !wait.is_zero() {
            told.extend(notifications.timeout_iter(wait).next()?);
        }
        told.extend(notifications.iter().collect::<Vec<_>>()?);
        drop(notifications);
        let mut codes = Vec::new();
        for notification in &told {
            let (list, added) = match notification.channel() {
                "crm_block" => (List::Blocks, None),
                "crm_users" => (List::Users, None),
                "crm_address_off" => (List::Off, None),
                "crm_code" => (List::Codes, digests(notification.payload())),
                _ => (List::Known, digests(notification.payload())),
            };
            let due = &mut self.due[list as usize];
            match added {
                Some(added) if list == List::Codes => codes.extend(added),
                Some(added) => self.add_known(&added),
                None => due.stale = due.wanted,
            }
        }
        self.add_codes(&codes);
        Ok(!told.is_empty())
    }

    fn add_known(&mut self, added: &[Digest]) {
        for digest in added {
            self.known.iter().for_each(|filter| filter.insert(digest));
            self.filling.iter().for_each(|filling| filling.insert(digest));
        }
        if self.filling.is_none() && self.known.as_ref().is_some_and(|filter| filter.is_full()) {
            self.due[List::Known as usize].stale = true;
        }
    }

    /// A list that is still to be loaded will have them.
    fn add_codes(&mut self, added: &[Digest]) {
        let Some(codes) = self.codes.as_ref().filter(|_| !added.is_empty()) else { return };
        let codes = Arc::new(codes.with(added));
        self.codes = Some(Arc::clone(&codes));
        (self.tell)(Heard::Codes(Some(codes)));
    }

    /// Loads the most urgent list that is due, or goes on with the filter. What fails ends the connection.
    fn load(&mut self) -> Result<()> {
        let started = Instant::now();
        let due = |list: &List| {
            let due = self.due[*list as usize];
            // A filter that is being filled is filled first.
            due.stale && due.rest_until <= started && (*list != List::Known || self.filling.is_none())
        };
        let Some(list) = LISTS.into_iter().find(due) else { return self.fill() };
        let client = &mut self.client;
        let news = match list {
            List::Blocks => Heard::Blocks(Arc::new(lists::blocks(client, &self.keys)?)),
            List::Users => Heard::Users(Arc::new(lists::users(client)?)),
            List::Off => Heard::Off(Some(Arc::new(lists::off(client, &self.keys)?))),
            List::Codes => {
                let codes = Arc::new(lists::codes(client, &self.keys)?);
                self.codes = Some(Arc::clone(&codes));
                Heard::Codes(Some(codes))
            }
            List::Known => {
                self.filling = Some(Filling::begin(client)?);
                self.due[list as usize].stale = false;
                return Ok(());
            }
        };
        (self.tell)(news);
        let due = &mut self.due[list as usize];
        (due.stale, due.rest_until) = (false, Instant::now() + started.elapsed());
        Ok(())
    }

    /// The next portion of contacts' addresses, if a filter is being filled.
    fn fill(&mut self) -> Result<()> {
        let Some(filling) = &mut self.filling else { return Ok(()) };
        if let Some(filter) = filling.go_on(&mut self.client)? {
            self.filling = None;
            self.known = Some(Arc::clone(&filter));
            (self.tell)(Heard::Known(Some(filter)));
        }
        Ok(())
    }
}

/// The digests in a payload; `None` if it holds none, or is not ours.
fn digests(payload: &str) -> Option<Vec<Digest>> {
    let octet = |pair: &[u8; 2]| {
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        Some(digit(pair[0])? << 4 | digit(pair[1])?)
    };
    let (pairs, []) = payload.as_bytes().as_chunks::<2>() else { return None };
    let octets: Vec<u8> = pairs.iter().map(octet).collect::<Option<_>>()?;
    let (digests, []) = octets.as_chunks::<32>() else { return None };
    (!digests.is_empty()).then(|| digests.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_that_is_not_digests_means_to_load_anew() {
        let digest = |octet: u8| [octet; 32];
        let hex = |octet: &str| octet.repeat(32);
        assert_eq!(digests(&hex("0a")), Some(vec![digest(10)]));
        assert_eq!(digests(&(hex("ff") + &hex("00"))), Some(vec![digest(255), digest(0)]));
        for bad in ["", "0a", &hex("0g"), &hex("0a")[1..], &(hex("0a") + "00"), &hex("é")] {
            assert_eq!(digests(bad), None, "{bad}");
        }
    }
}
