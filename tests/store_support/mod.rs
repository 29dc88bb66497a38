//! A private PostgreSQL cluster for a test: made, migrated if asked, and gone with the value.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod plan;

use crm_milter::store::cluster::{Cluster, ClusterConfig, Role};
use postgres::{Client, NoTls};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

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
        let scratch = Scratch::start();
        crm_milter::store::migrate(&scratch.config.url(Role::Owner)).unwrap();
        scratch
    }

    pub fn store(&self, role: Role) -> crm_milter::store::Store {
        use crm_milter::store::{Store, StoreConfig};
        Store::new(&StoreConfig::new(self.config.url(role))).unwrap()
    }
}
