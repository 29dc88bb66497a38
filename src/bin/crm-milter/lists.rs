//! The lists of the policy: loaded from the database at each change; blocks and switched-off addresses are
//! kept beside the spool for a start without database.
//!
//! The kept files hold keyed digests only. Their secret is the database's, of which the node keeps a copy. A
//! file that is damaged, or made under another secret, is not used: its list is then empty until the database
//! answers. They are written, and synced, by a thread of their own: a slow disk does not hold up a block.

use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use crm_milter::crm::block::{BlockKeys, BlockList};
use crm_milter::crm::inbox::UnknownCode;
use crm_milter::crm::lists::{KeptError, KeySet, Lists};
use crm_milter::crm::policy::{Outgoing, Policy};
use crm_milter::daemon::signals;
use crm_milter::spool::kept;
use crm_milter::store::{Heard, Listener, Needs, Store};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const SECRET: &str = "blocks.secret";
const BLOCKS: &str = "blocks";
const OFF: &str = "switched-off";
/// How long the daemon's end may wait for files that are being written.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// Where lists are kept.
#[derive(Debug, Clone)]
pub struct Place {
    directory: PathBuf,
}

/// The threads that keep the lists fresh.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    keep: Sender<Keep>,
}

/// What is to be written.
#[derive(Debug)]
enum Keep {
    List(Heard),
    /// Nothing more: answers when all before it is written.
    Done(Sender<()>),
}

impl Place {
    /// The place in a spool directory.
    pub fn new(spool: &Path) -> Place {
        Place { directory: spool.to_owned() }
    }

    /// The lists as they were kept; what was not is empty.
    ///
    /// # Errors
    /// The secret cannot be read, though it is there.
    pub fn kept(&self) -> Result<Lists> {
        let path = self.directory.join(SECRET);
        let secret = match fs::read(&path) {
            Ok(secret) if secret.is_empty() => {
                log::warn!("{} is empty; no list is known until the database answers", path.display());
                return Ok(Lists::empty());
            }
            Ok(secret) => secret,
            // Nothing was ever loaded.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lists::empty()),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let keys = BlockKeys::new(&secret);
        let blocks = self.read(BLOCKS, |file| BlockList::decode(keys.clone(), file));
        let off = self.read(OFF, |file| KeySet::decode(keys.clone(), file));
        Ok(Lists {
            off: Arc::new(off.unwrap_or_else(KeySet::empty)),
            ..Lists::of_blocks(Arc::new(blocks.unwrap_or_else(BlockList::empty)))
        })
    }

    fn read<T>(&self, name: &str, decode: impl Fn(&[u8]) -> Result<T, KeptError>) -> Option<T> {
        let path = self.directory.join(name);
        let warn = |error: String| {
            log::warn!("{}: {error}; empty until the database answers", path.display());
        };
        match fs::read(&path) {
            Ok(file) => decode(&file).map_err(|error| warn(error.to_string())).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                warn(error.to_string());
                None
            }
        }
    }

    fn keep(&self, name: &str, content: &[u8]) {
        let path = self.directory.join(name);
        // Each connect tells the secret, which never changes.
        if name == SECRET && fs::read(&path).is_ok_and(|kept| kept == content) {
            return;
        }
        if let Err(error) = kept::write(&self.directory, name, content, 0o600) {
            log::warn!("{error}; a start without database would not know {}", path.display());
        }
    }

    /// Writes what comes, of several forms of a list the last one only, until nobody is left to tell.
    fn keep_all(&self, news: &Receiver<Keep>) {
        while let Ok(first) = news.recv() {
            let (mut secret, mut blocks, mut off, mut done) = (None, None, None, None);
            for news in std::iter::once(first).chain(news.try_iter()) {
                match news {
                    Keep::List(Heard::Secret(new)) => secret = Some(new),
                    Keep::List(Heard::Blocks(new)) => blocks = Some(new),
                    Keep::List(Heard::Off(Some(new))) => off = Some(new),
                    Keep::List(_) => {}
                    Keep::Done(answer) => done = Some(answer),
                }
            }
            secret.into_iter().for_each(|secret| self.keep(SECRET, &secret));
            blocks.into_iter().for_each(|blocks| self.keep(BLOCKS, &blocks.encode()));
            off.into_iter().for_each(|off| self.keep(OFF, &off.encode()));
            if let Some(done) = done {
                // Who asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }

    /// Puts a list in force.
    fn take(policy: &ArcSwap<Policy>, heard: &Heard) {
        policy.rcu(|old| {
            let mut lists = old.lists.clone();
            match heard {
                Heard::Secret(_) => {}
                Heard::Blocks(blocks) => lists.blocks = Arc::clone(blocks),
                Heard::Users(users) => lists.users = Some(Arc::clone(users)),
                Heard::Off(off) => lists.off = off.clone().unwrap_or_else(|| Arc::new(KeySet::empty())),
                Heard::Codes(codes) => lists.codes = codes.clone(),
                Heard::Known(known) => lists.known = known.clone(),
            }
            Policy { lists, ..Policy::clone(old) }
        });
        match heard {
            Heard::Blocks(blocks) => log::info!("{} blocks in force", blocks.len()),
            Heard::Users(users) => {
                log::info!("{} users known", users.by_id.len());
                warn_of_logins(&policy.load());
            }
            Heard::Known(Some(known)) => {
                log::info!("{} contacts' addresses known, in {} octets", known.len(), known.size());
            }
            Heard::Secret(_) | Heard::Off(_) | Heard::Codes(_) | Heard::Known(None) => {}
        }
    }
}

/// Names the logins in capture rules that no user has: their mail is not recorded, and nothing else would tell.
pub fn warn_of_logins(policy: &Policy) {
    let Some(users) = policy.lists.users.as_deref() else { return };
    for (key, login) in policy.captures.unknown_logins(users) {
        log::warn!("capture rule `{key}`: no user has the login `{login}`; see `crmctl user list`");
    }
}

/// The lists that this policy looks at.
fn needs(policy: &Policy) -> Needs {
    Needs {
        off: policy.outgoing != Outgoing::Allow,
        codes: policy.inboxes.iter().any(|inbox| inbox.unknown_code == UnknownCode::Refuse),
        known: policy.missed_mail || policy.captures.needs_known(),
    }
}

/// Keeps the policy's lists fresh from now on.
pub fn watch(store: &Store, policy: Arc<ArcSwap<Policy>>, place: Place) -> io::Result<Watch> {
    let stop = Arc::new(AtomicBool::new(false));
    let listener = Listener::new(store);
    let stopped = Arc::clone(&stop);
    let (keep, kept) = channel();
    let told = keep.clone();
    signals::spawn("kept lists", move || place.keep_all(&kept))?;
    signals::spawn("lists", move || {
        let needs = || needs(&policy.load());
        listener.run(&stopped, needs, |heard| {
            Place::take(&policy, &heard);
            // The other thread ends after this one.
            drop(told.send(Keep::List(heard)));
        });
    })?;
    Ok(Watch { stop, keep })
}

impl Watch {
    /// Ends it soon; what was in force by now has been kept when this returns, unless the disk takes very long.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        let (done, written) = channel();
        if self.keep.send(Keep::Done(done)).is_ok() && written.recv_timeout(LAST_WRITES).is_err() {
            log::warn!("lists for a start without database were not written within {LAST_WRITES:?}");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crm_milter::crm::block::{BlockKind, BlockScope};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    fn blocking(secret: &[u8], address: &str) -> Heard {
        let keys = BlockKeys::new(secret);
        let block = (keys.key(BlockKind::Address, address), BlockScope::Inbox);
        Heard::Blocks(Arc::new(BlockList::new(keys, [block])))
    }

    fn keep(place: &Place, news: impl IntoIterator<Item = Heard>) {
        let (tell, told) = channel();
        news.into_iter().for_each(|news| tell.send(Keep::List(news)).unwrap());
        drop(tell);
        place.keep_all(&told);
    }

    #[test]
    fn kept_lists_are_the_last_ones_and_an_unchanged_secret_is_not_rewritten() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let secret = || Heard::Secret(b"secret".to_vec());
        keep(&place, [secret(), blocking(b"secret", "ann@a.test"), blocking(b"secret", "bob@a.test")]);
        let lists = place.kept().unwrap();
        assert!(lists.blocks.find("bob@a.test").is_some() && lists.blocks.find("ann@a.test").is_none());
        let look = |name: &str| fs::metadata(dir.path().join(name)).unwrap();
        let (before, blocks) = (look(SECRET), look(BLOCKS).ino());
        assert_eq!(before.permissions().mode() & 0o777, 0o600);
        // A file that has not gone keeps its number to itself.
        fs::hard_link(dir.path().join(BLOCKS), dir.path().join("held")).unwrap();
        keep(&place, [secret(), blocking(b"secret", "ann@a.test")]);
        assert_eq!((look(SECRET).ino(), look(SECRET).ctime_nsec()), (before.ino(), before.ctime_nsec()));
        assert_ne!(look(BLOCKS).ino(), blocks);
        keep(&place, [Heard::Secret(b"another".to_vec()), blocking(b"another", "eve@a.test")]);
        assert!(place.kept().unwrap().blocks.find("eve@a.test").is_some());
    }

    #[test]
    fn what_a_crash_has_left_beside_is_not_read_and_not_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let all = || [Heard::Secret(b"secret".to_vec()), blocking(b"secret", "ann@a.test")];
        for name in [SECRET, BLOCKS] {
            fs::write(dir.path().join(format!("{name}.new")), "").unwrap();
        }
        assert!(place.kept().unwrap().blocks.is_empty(), "nothing was ever loaded");
        keep(&place, all());
        for name in [SECRET, BLOCKS] {
            fs::write(dir.path().join(format!("{name}.new")), "").unwrap();
        }
        assert!(place.kept().unwrap().blocks.find("ann@a.test").is_some());
        // What only a version that did not sync could leave.
        fs::write(dir.path().join(SECRET), "").unwrap();
        assert!(place.kept().unwrap().blocks.is_empty());
        keep(&place, all());
        assert!(place.kept().unwrap().blocks.find("ann@a.test").is_some());
    }
}
