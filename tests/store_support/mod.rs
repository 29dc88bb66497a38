//! A private PostgreSQL cluster for a test: made, migrated if asked, and gone with the value.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod company;
pub mod desk;
pub mod plan;
pub mod program;

use crm_milter::crm::plan::Plan;
use crm_milter::store::cluster::{Cluster, ClusterConfig, Role};
use crm_milter::store::{Result, Store, StoreConfig, Written, write};
use postgres::{Client, NoTls};
use sha2::Digest as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A running cluster in a directory of its own under the temporary directory.
pub struct Scratch {
    pub cluster: Cluster,
    pub config: ClusterConfig,
    pub directory: tempfile::TempDir,
}

/// A directory that the server's user can pass through; short, for the socket's path.
pub fn directory() -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("crm").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// The configuration of a cluster below `directory`, run by an ordinary user when the tests are root's.
/// Durability is switched off: what is tested here is not the disk.
pub fn config(directory: &Path) -> ClusterConfig {
    let mut config = ClusterConfig::new(directory.join("pg"), directory.join("run"));
    if nix::unistd::geteuid().is_root() {
        let user = nix::unistd::User::from_name("postgres").unwrap().map_or("nobody", |_| "postgres");
        config.user = Some(user.into());
    } else {
        let own = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap();
        config.administrators.push(own.name);
    }
    config.settings.push(("fsync".into(), "off".into()));
    config
}

impl Scratch {
    pub fn start() -> Scratch {
        let directory = directory();
        let config = config(directory.path());
        let cluster = Cluster::start(&config).unwrap();
        Scratch { cluster, config, directory }
    }

    pub fn client(&self, role: Role) -> Client {
        connect(&self.config, role)
    }
}

pub fn connect(config: &ClusterConfig, role: Role) -> Client {
    Client::connect(&config.url(role), NoTls).unwrap()
}

impl Scratch {
    /// A cluster with the schema in it.
    pub fn migrated() -> Scratch {
        Scratch::with(&[])
    }

    /// A cluster with the schema in it and settings of the server.
    pub fn with(settings: &[(&str, &str)]) -> Scratch {
        let directory = directory();
        let mut config = config(directory.path());
        config.settings.extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        copy(&template(), &config.directory);
        let cluster = Cluster::start(&config).unwrap();
        // Nothing to do but the partitions of a month that began since the template was made.
        crm_milter::store::migrate(&config.url(Role::Owner)).unwrap();
        Scratch { cluster, config, directory }
    }

    pub fn store(&self, role: Role) -> Store {
        self.wide_store(role, 4)
    }

    /// A store with so many connections.
    pub fn wide_store(&self, role: Role, connections: u32) -> Store {
        let mut settings = StoreConfig::new(self.config.url(role));
        settings.connections = connections;
        settings.connect_timeout = std::time::Duration::from_secs(30);
        Store::new(&settings).unwrap()
    }
}

/// A stopped cluster with the schema in it, made once per state of the migrations: copying it takes a tenth
/// of the time that making one does.
fn template() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = std::fs::File::create(home.join("template.lock")).unwrap();
    let _lock = nix::fcntl::Flock::lock(lock, nix::fcntl::FlockArg::LockExclusive).unwrap();
    let template = home.join(format!("template-{}-{}", nix::unistd::geteuid(), state_of_schema()));
    if template.exists() {
        return template;
    }
    for old in std::fs::read_dir(home).unwrap().flatten() {
        if old.file_name().to_string_lossy().starts_with("template-") {
            std::fs::remove_dir_all(old.path()).unwrap();
        }
    }
    let Scratch { cluster, config, directory } = Scratch::start();
    crm_milter::store::migrate(&config.url(Role::Owner)).unwrap();
    cluster.stop();
    let new = home.join("template.new");
    let _ = std::fs::remove_dir_all(&new);
    copy(&config.directory, &new);
    std::fs::rename(&new, &template).unwrap();
    drop(directory);
    template
}

/// A digest of all that the template is made from.
fn state_of_schema() -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut files: Vec<PathBuf> = ["migrations", "cluster"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(source.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut state = sha2::Sha256::new();
    for file in files {
        state.update(std::fs::read(file).unwrap());
    }
    state.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to).status();
    assert!(copied.unwrap().success(), "copy of {}", from.display());
}

/// Writes plans that no rule made, in one transaction.
pub trait CommitBatch {
    /// What [`write()`] gives.
    fn commit_batch(&self, plans: &[Plan]) -> Result<Written>;
}

impl CommitBatch for Store {
    fn commit_batch(&self, plans: &[Plan]) -> Result<Written> {
        self.transaction(|transaction| write(transaction, plans))
    }
}
