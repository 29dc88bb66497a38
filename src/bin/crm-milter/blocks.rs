//! The list of blocks in memory: loaded from the database at each change, kept beside the spool for a start
//! without database.
//!
//! The kept file holds keyed digests only; the key lies beside it and never leaves this host. A file that is
//! damaged, or of another host, is not used: the list is then empty until the database answers.

use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use crm_milter::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use crm_milter::crm::lists::Lists;
use crm_milter::crm::policy::Policy;
use crm_milter::daemon::signals;
use crm_milter::store::{BlockEntry, Listener, Scope, Store};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the list is kept, and with which keys.
#[derive(Debug, Clone)]
pub struct Place {
    file: PathBuf,
    keys: BlockKeys,
}

/// The thread that keeps the list fresh.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
}

impl Place {
    /// The place in a spool directory; makes the secret at the first start.
    pub fn open(spool: &Path) -> Result<Place> {
        let path = spool.join("blocks.secret");
        let secret = match fs::read(&path) {
            Ok(secret) if secret.len() >= 32 => secret,
            Ok(_) => make_secret(&path).with_context(|| format!("writing {}", path.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_secret(&path).with_context(|| format!("writing {}", path.display()))?
            }
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(Place { file: spool.join("blocks"), keys: BlockKeys::new(&secret) })
    }

    /// The list as it was kept, or an empty one.
    pub fn kept(&self) -> Arc<BlockList> {
        let list = match fs::read(&self.file) {
            Ok(bytes) => BlockList::decode(self.keys.clone(), &bytes).unwrap_or_else(|error| {
                log::warn!("{}: {error}; no block is known until the database answers", self.file.display());
                BlockList::empty()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BlockList::empty(),
            Err(error) => {
                log::warn!("{}: {error}", self.file.display());
                BlockList::empty()
            }
        };
        Arc::new(list)
    }

    fn list(&self, entries: &[BlockEntry]) -> BlockList {
        let one = |entry: &BlockEntry| {
            let kind = match entry.kind.as_str() {
                "address" => BlockKind::Address,
                "domain" => BlockKind::Subdomains,
                kind => {
                    log::warn!("block {}: kind {kind} is not known to this version", entry.id);
                    return None;
                }
            };
            let scope = match entry.scope {
                Scope::Inbox => BlockScope::Inbox,
                Scope::All => BlockScope::All,
            };
            Some((self.keys.key(kind, &entry.value), scope))
        };
        BlockList::new(self.keys.clone(), entries.iter().filter_map(one))
    }

    /// Written beside and renamed: a crash leaves the old list or the new one.
    fn keep(&self, list: &BlockList) -> io::Result<()> {
        let beside = self.file.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&list.encode())?;
        fs::rename(&beside, &self.file)
    }
}

fn make_secret(path: &Path) -> io::Result<Vec<u8>> {
    let mut secret = vec![0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let _ = fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(&secret)?;
    Ok(secret)
}

/// Keeps the policy's list fresh from now on.
pub fn watch(store: &Store, policy: Arc<ArcSwap<Policy>>, place: Place) -> io::Result<Watch> {
    let stop = Arc::new(AtomicBool::new(false));
    let listener = Listener::new(store);
    let stopped = Arc::clone(&stop);
    signals::spawn("blocks", move || {
        listener.run(&stopped, |entries| {
            let list = Arc::new(place.list(&entries));
            policy.rcu(|old| {
                let lists = Lists { blocks: Arc::clone(&list), ..old.lists.clone() };
                Policy { lists, ..Policy::clone(old) }
            });
            log::info!("{} blocks in force", list.len());
            if let Err(error) = place.keep(&list) {
                log::warn!("{}: {error}; a start without database would not know them", place.file.display());
            }
        });
    })?;
    Ok(Watch { stop })
}

impl Watch {
    /// Ends it soon; nobody needs to wait for it.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }
}
