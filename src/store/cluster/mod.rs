//! The private PostgreSQL cluster: with no database URL configured, the daemon makes one from the system's
//! PostgreSQL programs and runs it as its child, so that a first start needs no database administrator.
//!
//! It listens on a unix socket only, and lets in only operating system users named in its peer map, as roles
//! that are not superusers: the owner of the schema, the daemon, the desk. The superuser's role is open to
//! `administrators` (root) alone. The server ends when this process does, however it ends
//! (`PR_SET_PDEATHSIG`); after `kill -9` of both, PostgreSQL refuses to start for some seconds until the
//! kernel has buried the dead, so starting is a loop. What is ready is our own child, by its process id in
//! `postmaster.pid`, never an orphan that happens to listen there.
//!
//! What it does not do: migrations (see [`crate::store::migrate()`]) and upgrades from one major version to
//! the next. A caller that cannot start it gets an [`Error`] with the remedy or the last lines of the
//! server's log; a server that dies later is started again by the keeper thread, and the log says so.

mod keeper;
mod layout;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The role that only `administrators` reach.
const SUPERUSER: &str = "crm_superuser";

/// A login of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Owns the schema: migrations.
    Owner,
    /// The daemon's work.
    Daemon,
    /// People's work.
    Desk,
    /// PostgreSQL's superuser, for an administrator's repairs; only for `administrators`.
    Superuser,
}

impl Role {
    /// The role's name in PostgreSQL.
    pub fn name(self) -> &'static str {
        match self {
            Role::Owner => "crm_owner",
            Role::Daemon => "crm_daemon",
            Role::Desk => "crm_desk",
            Role::Superuser => SUPERUSER,
        }
    }
}

/// Where a cluster lives and whose it is.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// Its directory; `data`, `server.log` and a lock are made in it. Parents must let `user` through.
    pub directory: PathBuf,
    /// Where its socket stands; at most 85 octets, as the kernel limits the path to 107.
    pub socket_directory: PathBuf,
    /// Operating system user that the server runs as. Needed when this process is root's, which PostgreSQL
    /// refuses to run as; otherwise it must be this process's own user or absent.
    pub user: Option<String>,
    /// Operating system users let in as owner, daemon and desk, beside `user`.
    pub clients: Vec<String>,
    /// Operating system users let in as any role.
    pub administrators: Vec<String>,
    /// Where `initdb` and `postgres` are; searched for if absent.
    pub bindir: Option<PathBuf>,
    /// Name of the database.
    pub database: String,
    /// Settings beyond those built in, `("shared_buffers", "128MB")`.
    pub settings: Vec<(String, String)>,
    /// How long starting may take, redo after a crash included.
    pub start_timeout: Duration,
}

impl ClusterConfig {
    /// A cluster in `directory` with its socket in `socket_directory`; root may do anything, nobody else is
    /// let in but `user`.
    pub fn new(directory: impl Into<PathBuf>, socket_directory: impl Into<PathBuf>) -> Self {
        ClusterConfig {
            directory: directory.into(),
            socket_directory: socket_directory.into(),
            user: None,
            clients: Vec::new(),
            administrators: vec!["root".into()],
            bindir: None,
            database: "crm".into(),
            settings: Vec::new(),
            start_timeout: Duration::from_secs(60),
        }
    }

    /// The URL under which `role` reaches the cluster, whether it runs or not.
    pub fn url(&self, role: Role) -> String {
        let host = percent(&self.socket_directory.to_string_lossy());
        format!("postgresql://{}@{host}/{}", role.name(), percent(&self.database))
    }
}

/// A running cluster; dropping it stops it.
#[derive(Debug)]
pub struct Cluster {
    config: ClusterConfig,
    keeper: Option<keeper::Keeper>,
}

impl Cluster {
    /// Makes the cluster if its directory is empty, and starts it. Returns when it takes connections.
    ///
    /// # Errors
    /// See [`Error`]; nothing is left running.
    pub fn start(config: &ClusterConfig) -> Result<Cluster, Error> {
        let place = layout::prepare(config)?;
        let keeper = keeper::Keeper::start(place, config.start_timeout)?;
        Ok(Cluster { config: config.clone(), keeper: Some(keeper) })
    }

    /// The URL under which `role` reaches it.
    pub fn url(&self, role: Role) -> String {
        self.config.url(role)
    }

    /// Process id of the server that runs now; `None` between a crash and the next start.
    pub fn pid(&self) -> Option<u32> {
        self.keeper.as_ref().and_then(keeper::Keeper::pid)
    }

    /// Where its socket stands.
    pub fn socket_directory(&self) -> &Path {
        &self.config.socket_directory
    }

    /// Stops it: open transactions are rolled back, clients are sent away, all is written (`fast` shutdown).
    pub fn stop(mut self) {
        self.keeper.take();
    }
}

/// Why a cluster cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No `initdb` and `postgres` of the system.
    #[error(
        "no PostgreSQL programs (initdb, postgres) in {searched}; install the package `postgresql`, \
         name their directory, or configure a database URL"
    )]
    Programs {
        /// Where they were looked for.
        searched: String,
    },
    /// The data is another major version's.
    #[error(
        "{data} was made by PostgreSQL {found}, but only {installed} is installed; install \
         postgresql-{found}, or move the data with pg_dump (or pg_upgrade) to a new directory"
    )]
    Version {
        /// The data directory.
        data: PathBuf,
        /// Its major version.
        found: String,
        /// What is installed.
        installed: String,
    },
    /// The operating system user is wrong.
    #[error("the private PostgreSQL cluster cannot run as {user}: {reason}")]
    User {
        /// The user.
        user: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another crm-milter runs it.
    #[error("{0} is in use by another process of crm-milter")]
    InUse(PathBuf),
    /// The socket's path is too long for the kernel.
    #[error("the socket directory {0} is too long: at most 85 octets")]
    SocketPath(PathBuf),
    /// A directory or file cannot be had.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `initdb` or the making of roles failed.
    #[error("making the private PostgreSQL cluster in {directory} failed: {output}")]
    Make {
        /// Its directory.
        directory: PathBuf,
        /// What the program said.
        output: String,
    },
    /// The server does not come up.
    #[error("the private PostgreSQL cluster does not start ({log}): {tail}")]
    Start {
        /// The server's log.
        log: PathBuf,
        /// Its end.
        tail: String,
    },
}

/// Percent-encodes what is not unreserved in a URL.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
