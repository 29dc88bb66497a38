//! The database side of the daemon: the private cluster, the schema, the worker. None of it is waited for at
//! start; each is tried again until it is there.

use arc_swap::ArcSwap;
use crm_milter::cli::desk;
use crm_milter::config::model::Config;
use crm_milter::daemon::signals;
use crm_milter::spool::{Claims, Spool, Wake};
use crm_milter::store::cluster::{Cluster, Role};
use crm_milter::store::{self, Store, StoreConfig};
use crm_milter::worker::{Settings, Worker};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
/// Age of a temporary file that no client can still be waiting for: Postfix's queue lifetime.
const TMP_AGE: Duration = Duration::from_secs(5 * 24 * 3600);
/// Mails whose words are worked out in one transaction.
const PORTION: i32 = 100;
/// Pause between attempts at the cluster and the schema.
const PAUSE: Duration = Duration::from_secs(2);

/// The private cluster, once it runs: the main thread stops it last.
pub type SharedCluster = Arc<Mutex<Option<Cluster>>>;

/// The store under the daemon's role; it connects when it is first used.
pub fn open_store(config: &Config) -> Result<Store, store::Error> {
    let mut settings = StoreConfig::new(desk::database_url(config, Role::Daemon));
    settings.connections = config.database.connections;
    Store::new(&settings)
}

/// Starts the thread that sees to cluster and schema and then works on the spool until it is stopped.
pub fn spawn(
    config: &Config,
    claims: Claims,
    store: Store,
    settings: Arc<ArcSwap<Settings>>,
    cluster: SharedCluster,
) -> io::Result<JoinHandle<()>> {
    let config = config.clone();
    signals::spawn("worker", move || {
        let mut place = Place { config, store, cluster, told: String::new() };
        while !claims.stop_handle().is_stopped() {
            let prepared = catch_unwind(AssertUnwindSafe(|| place.prepare()));
            match prepared.unwrap_or_else(|_| Err("panic while preparing the database".into())) {
                Ok(()) => return work(claims, place.store, settings),
                Err(error) => place.tell(&error),
            }
            if !matches!(claims.pause(PAUSE), Ok(Wake::Timeout)) {
                return;
            }
        }
    })
}

/// Starts the thread that does, each hour, what must be done daily. It ends with the process.
pub fn spawn_hourly(store: Store, spool: Spool) -> io::Result<JoinHandle<()>> {
    signals::spawn("upkeep", move || {
        loop {
            // Also at once: a daemon that never runs for an hour would never sweep.
            if let Err(error) = spool.sweep(TMP_AGE) {
                log::warn!("spool: {error}");
            }
            std::thread::sleep(HOUR);
            match store.maintain() {
                Ok(done) if done.partitions > 0 => log::info!("{} partitions made", done.partitions),
                Ok(_) => {}
                Err(error) => log::warn!("upkeep: {error}"),
            }
        }
    })
}

/// Starts the thread that works out the words of what was stored, and tells the database which inboxes there are and
/// the office of each, whose coordinator sees their mail: also after a reload. It ends with the process; what waits
/// is in the database, for whichever node comes next.
pub fn spawn_search(store: Store, settings: Arc<ArcSwap<Settings>>) -> io::Result<JoinHandle<()>> {
    signals::spawn("search", move || {
        let (mut trouble, mut told) = (false, Vec::new());
        loop {
            let inboxes = offices(&settings);
            let declared = if inboxes == told { Ok(()) } else { store.inbox_declare(&inboxes) };
            match declared.and_then(|()| {
                told = inboxes;
                store.search_index(PORTION)
            }) {
                Ok(PORTION) => continue,
                Ok(_) => trouble = false,
                Err(error) if !trouble => {
                    trouble = true;
                    log::warn!("search waits for the database: {error}");
                }
                Err(_) => {}
            }
            std::thread::sleep(PAUSE);
        }
    })
}

/// Key and office of each inbox that is configured now.
fn offices(settings: &ArcSwap<Settings>) -> Vec<(String, Option<String>)> {
    let policy = settings.load().policy.load_full();
    policy.inboxes.iter().map(|inbox| (inbox.key.clone(), inbox.office.clone())).collect()
}

/// Works until stopped. A panic outside the fence of a message is logged and survived: the entries that it
/// met are still in the spool.
fn work(claims: Claims, store: Store, settings: Arc<ArcSwap<Settings>>) {
    let stop = claims.stop_handle();
    let mut worker = Worker::new(claims, store, settings);
    while !stop.is_stopped() {
        match catch_unwind(AssertUnwindSafe(|| worker.run())) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => log::error!("worker: {error}; again in {PAUSE:?}"),
            Err(_) => log::error!("worker: panic; again in {PAUSE:?}"),
        }
        worker.recover(PAUSE);
    }
}

struct Place {
    config: Config,
    store: Store,
    cluster: SharedCluster,
    told: String,
}

impl Place {
    /// Cluster, schema and partitions, as far as they are this daemon's business.
    fn prepare(&self) -> Result<(), String> {
        if self.config.database.url.is_empty() {
            let mut cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
            if cluster.is_none() {
                let started = Cluster::start(&desk::cluster(&self.config)).map_err(|e| e.to_string())?;
                log::info!("private database started, process {}", started.pid().unwrap_or_default());
                *cluster = Some(started);
            }
            let owner = desk::database_url(&self.config, Role::Owner);
            store::migrate(&owner).map_err(|e| e.to_string())?;
        }
        self.store.check_schema().map_err(|e| e.to_string())?;
        self.store.check_rights(Role::Daemon).map_err(|e| e.to_string())?;
        self.store.ensure_partitions().map_err(|e| e.to_string())?;
        log::info!("the database is ready");
        Ok(())
    }

    /// Logs a trouble once, not every two seconds.
    fn tell(&mut self, error: &str) {
        if self.told != error {
            log::warn!("database not ready, the spool keeps what comes: {error}");
            self.told = error.to_owned();
        }
    }
}
