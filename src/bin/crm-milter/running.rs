//! The running daemon: start, reload, stop.

use crate::{lists, outgoing, setup, upkeep};
use anyhow::{Context, Result, anyhow};
use arc_swap::ArcSwap;
use crm_milter::config::model::Config;
use crm_milter::config::read;
use crm_milter::crm::policy::Policy;
use crm_milter::daemon::notify::Notifier;
use crm_milter::daemon::privileges;
use crm_milter::daemon::signals::{self, Request, Signals};
use crm_milter::daemon::{bound_heaps, leave, log as logging, raise_file_limit};
use crm_milter::milter::{self, Counters, Gate, Shared, Side, Socket};
use crm_milter::outbox;
use crm_milter::outbox::notices::Notices;
use crm_milter::spool::proven::Proven;
use crm_milter::spool::{Spool, StopHandle};
use crm_milter::worker::Settings;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a stop waits for the worker's transaction, and then for ends of message under way: each is one write
/// and one sync.
const PATIENCE: Duration = Duration::from_secs(5);

struct Daemon {
    path: PathBuf,
    config: Config,
    socket: Socket,
    policy: Arc<ArcSwap<Policy>>,
    settings: Arc<ArcSwap<Settings>>,
    gate: Arc<Gate>,
    counters: Arc<Counters>,
    side: Side,
    worker_stop: StopHandle,
    worker: JoinHandle<()>,
    outbox_settings: Arc<ArcSwap<outbox::Settings>>,
    notices: Arc<ArcSwap<Notices>>,
    outgoing: outgoing::Outgoing,
    lists: lists::Watch,
    cluster: upkeep::SharedCluster,
    notifier: Arc<Notifier>,
    /// The socket is ours, to be removed at the end.
    opened: Arc<AtomicBool>,
    failed: Arc<AtomicBool>,
}

/// Whether the log already stands on standard error.
pub fn logs_to_stderr() -> bool {
    LOGS_TO_STDERR.load(Ordering::Relaxed)
}

static LOGS_TO_STDERR: AtomicBool = AtomicBool::new(false);

/// Starts and runs until a signal ends it.
pub fn run(path: &Path, background: bool) -> Result<()> {
    bound_heaps();
    let config = read::load(path)?;
    let (target, level) = setup::logging(&config);
    logging::init("crm-milter", target, level);
    LOGS_TO_STDERR.store(target != logging::Target::Syslog, Ordering::Relaxed);
    let path = std::path::absolute(path).context("the configuration's path")?;
    if background {
        privileges::daemonise().context("going into the background")?;
    }
    raise_file_limit().context("limit of open files")?;
    let signals = signals::install().context("signal handlers")?;
    if !config.pid_file.is_empty() {
        privileges::write_pid_file(Path::new(&config.pid_file)).context("pid file")?;
    }
    become_user(&config)?;
    // What is made from now on is ours alone, but for what is given a mode: the milter's socket.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let daemon = start(path, config)?;
    daemon.watch(&signals)
}

/// Makes the directories that are missing, owned by the daemon's user, and becomes that user.
fn become_user(config: &Config) -> Result<()> {
    if config.user.is_empty() || !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let group = Some(config.socket_group.as_str()).filter(|group| !group.is_empty());
    let mut directories = vec![(config.spool.as_path(), None)];
    if config.database.url.is_empty() {
        directories.push((&config.database.data_directory, None));
        directories.push((&config.database.socket_directory, None));
    }
    let socket = config.socket.strip_prefix("unix:").and_then(|path| Path::new(path).parent());
    directories.extend(socket.map(|directory| (directory, group)));
    for (directory, group) in directories {
        privileges::make_directory(directory, &config.user, group)
            .with_context(|| format!("directory {}", directory.display()))?;
    }
    privileges::become_user(&config.user).with_context(|| format!("becoming user {}", config.user))
}

fn start(path: PathBuf, config: Config) -> Result<Daemon> {
    let spool = Spool::open(&config.spool).context("spool")?;
    let claims = spool.claims().context("spool")?;
    let store = upkeep::open_store(&config).context("database")?;
    let place = lists::Place::new(&config.spool);
    let policy =
        Arc::new(ArcSwap::from_pointee(setup::policy(&config, place.kept()?, &Proven::read(&config.spool))));
    let settings = Arc::new(ArcSwap::from_pointee(setup::settings(&config, Arc::clone(&policy))));
    let cluster = upkeep::SharedCluster::default();
    let worker_stop = claims.stop_handle();
    let worker = upkeep::spawn(&config, claims, store.clone(), Arc::clone(&settings), Arc::clone(&cluster))
        .context("worker")?;
    let outbox_settings = Arc::new(ArcSwap::from_pointee(setup::outbox(&config, Arc::clone(&policy))));
    let notices = Arc::new(ArcSwap::from_pointee(setup::notices(&config)));
    let outgoing =
        outgoing::start(&store, Arc::clone(&outbox_settings), Arc::clone(&notices)).context("outbox")?;
    upkeep::spawn_hourly(store.clone(), spool.clone(), Arc::clone(&settings)).context("upkeep")?;
    upkeep::spawn_search(store.clone(), Arc::clone(&settings)).context("search")?;
    let lists = lists::watch(&store, Arc::clone(&policy), place).context("lists")?;
    let mode = u32::from_str_radix(&config.socket_mode, 8).context("socket_mode")?;
    let socket: Socket = config.socket.parse().map_err(|e: String| anyhow!(e)).context("socket")?;
    let daemon = Daemon {
        path,
        config,
        socket: socket.with_mode(mode),
        policy,
        settings,
        gate: Arc::new(Gate::new()),
        counters: Arc::new(Counters::default()),
        side: Side::start().context("side")?,
        worker_stop,
        worker,
        outbox_settings,
        notices,
        outgoing,
        lists,
        cluster,
        notifier: Arc::new(Notifier::new(
            std::env::var("NOTIFY_SOCKET").ok().as_deref(),
            std::env::var("WATCHDOG_USEC").ok().as_deref(),
        )),
        opened: Arc::new(AtomicBool::new(false)),
        failed: Arc::new(AtomicBool::new(false)),
    };
    daemon.open(spool)?;
    Ok(daemon)
}

impl Daemon {
    /// Opens the milter's socket, on a thread of its own.
    fn open(&self, spool: Spool) -> Result<()> {
        let shared = Shared {
            policy: Arc::clone(&self.policy),
            spool,
            gate: Arc::clone(&self.gate),
            counters: Arc::clone(&self.counters),
            side: self.side.clone(),
            clock: Timestamp::now,
        };
        let (socket, notifier, failed) =
            (self.socket.clone(), Arc::clone(&self.notifier), Arc::clone(&self.failed));
        let (shown, opened) = (socket.to_string(), Arc::clone(&self.opened));
        signals::spawn("milter", move || {
            let open = move || {
                opened.store(true, Ordering::SeqCst);
                log::info!("started, version {}, listening on {shown}", env!("CARGO_PKG_VERSION"));
                notifier.ready();
            };
            if let Err(error) = milter::run(&socket, shared, open) {
                log::error!("{error}");
            }
            failed.store(true, Ordering::SeqCst);
            // The main thread waits for signals only.
            let _ = nix::sys::signal::kill(nix::unistd::getpid(), nix::sys::signal::Signal::SIGTERM);
        })
        .context("milter")?;
        Ok(())
    }

    /// The main thread from now on.
    fn watch(mut self, signals: &Signals) -> Result<()> {
        loop {
            match signals.wait(self.notifier.interval()).context("waiting for signals")? {
                Some(Request::Stop) => self.stop(),
                Some(Request::Reload) => self.reload(),
                None => self.notifier.alive(),
            }
        }
    }

    /// Reads the configuration again; a bad one is refused and the old one stays.
    fn reload(&mut self) {
        let config = match read::load(&self.path) {
            Ok(config) => config,
            Err(error) => {
                log::error!("reload refused, the old configuration stays: {error}");
                return;
            }
        };
        for (key, changed) in [
            ("socket", config.socket != self.config.socket),
            ("socket_mode", config.socket_mode != self.config.socket_mode),
            ("socket_group", config.socket_group != self.config.socket_group),
            ("user", config.user != self.config.user),
            ("spool", config.spool != self.config.spool),
            ("database", format!("{:?}", config.database) != format!("{:?}", self.config.database)),
            ("log", format!("{:?}", config.log) != format!("{:?}", self.config.log)),
        ] {
            if changed {
                log::warn!("reload: `{key}` has changed; that takes a restart");
            }
        }
        // The lists may change at the same moment: take those that are in force when the swap succeeds.
        let proven = Proven::read(&self.config.spool);
        self.policy.rcu(|old| setup::policy(&config, old.lists.clone(), &proven));
        lists::warn_of_logins(&self.policy.load());
        self.settings.store(Arc::new(setup::settings(&config, Arc::clone(&self.policy))));
        self.outbox_settings.store(Arc::new(setup::outbox(&config, Arc::clone(&self.policy))));
        self.notices.store(Arc::new(setup::notices(&config)));
        log::info!("reload: {} inboxes", config.inbox.len());
        self.config = config;
    }

    /// Stops in the order that loses nothing and keeps nobody waiting: the milter last, as the spool takes mail
    /// while the database is put to rest, however long that takes.
    fn stop(self) -> ! {
        self.notifier.stopping();
        self.worker_stop.stop();
        self.outgoing.stop();
        self.lists.stop();
        if !ends_within(&self.worker, PATIENCE) {
            log::warn!("stop: the database does not answer; what the worker had in hand stays in the spool");
        }
        if !ends_within(self.outgoing.thread(), PATIENCE) {
            log::warn!("stop: the SMTP server does not answer; what is being sent to it is tried again");
        }
        // Held by a cluster that is still being started: it ends with us.
        let cluster = match self.cluster.try_lock() {
            Ok(mut cluster) => cluster.take(),
            Err(TryLockError::Poisoned(cluster)) => cluster.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(cluster) = cluster {
            cluster.stop();
        }
        if self.opened.load(Ordering::SeqCst) {
            self.socket.remove();
        }
        if !self.gate.close(PATIENCE) {
            log::warn!("stop: an end of message is still under way");
        }
        if !self.side.finish(PATIENCE) {
            log::warn!("stop: captured mail is still being recorded");
        }
        if !self.config.pid_file.is_empty() {
            let _ = std::fs::remove_file(&self.config.pid_file);
        }
        let failed = self.failed.load(Ordering::SeqCst);
        log::info!("stopped");
        leave(i32::from(failed) * i32::from(crm_milter::cli::exit::UNAVAILABLE))
    }
}

/// Whether the thread ends in that time. The standard library has no join with a limit.
fn ends_within(thread: &JoinHandle<()>, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    while !thread.is_finished() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(2));
    }
    thread.is_finished()
}
