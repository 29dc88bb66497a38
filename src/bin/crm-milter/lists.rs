//! The lists of the policy: loaded from the database at each change; blocks and switched-off addresses are
//! kept beside the spool for a start without database.
//!
//! The kept files hold keyed digests only. Their secret is the database's, of which the node keeps a copy. A
//! file that is damaged, or made under another secret, is not used: its list is then empty until the database
//! answers.

use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use crm_milter::crm::block::{BlockKeys, BlockList};
use crm_milter::crm::inbox::UnknownCode;
use crm_milter::crm::lists::{KeptError, KeySet, Lists};
use crm_milter::crm::policy::{Outgoing, Policy};
use crm_milter::daemon::signals;
use crm_milter::store::{Heard, Listener, Needs, Store};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SECRET: &str = "blocks.secret";
const BLOCKS: &str = "blocks";
const OFF: &str = "switched-off";

/// Where lists are kept.
#[derive(Debug, Clone)]
pub struct Place {
    directory: PathBuf,
}

/// The thread that keeps the lists fresh.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
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

    /// Written beside and renamed: a crash leaves the old one or the new one.
    fn keep(&self, name: &str, content: &[u8]) {
        let (path, beside) = (self.directory.join(name), self.directory.join(format!("{name}.new")));
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(content)?;
            fs::rename(&beside, &path)
        };
        if let Err(error) = write() {
            log::warn!("{}: {error}; a start without database would not know it", path.display());
        }
    }

    /// Puts a list in force, and keeps it.
    fn take(&self, policy: &ArcSwap<Policy>, heard: &Heard) {
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
            Heard::Secret(secret) => self.keep(SECRET, secret),
            Heard::Blocks(blocks) => {
                log::info!("{} blocks in force", blocks.len());
                self.keep(BLOCKS, &blocks.encode());
            }
            Heard::Users(users) => {
                log::info!("{} users known", users.by_id.len());
                warn_of_logins(&policy.load());
            }
            Heard::Off(Some(off)) => self.keep(OFF, &off.encode()),
            Heard::Known(Some(known)) => {
                log::info!("{} contacts' addresses known, in {} octets", known.len(), known.size());
            }
            Heard::Off(None) | Heard::Codes(_) | Heard::Known(None) => {}
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
        known: policy.captures.needs_known(),
    }
}

/// Keeps the policy's lists fresh from now on.
pub fn watch(store: &Store, policy: Arc<ArcSwap<Policy>>, place: Place) -> io::Result<Watch> {
    let stop = Arc::new(AtomicBool::new(false));
    let listener = Listener::new(store);
    let stopped = Arc::clone(&stop);
    signals::spawn("lists", move || {
        listener.run(&stopped, || needs(&policy.load()), |heard| place.take(&policy, &heard));
    })?;
    Ok(Watch { stop })
}

impl Watch {
    /// Ends it soon; nobody needs to wait for it.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }
}
