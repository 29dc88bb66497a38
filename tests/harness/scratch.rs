//! A short temporary directory (the path of a unix socket has 107 bytes), and the unprivileged user that the
//! tests' daemons, pipes and mailboxes belong to.

use nix::unistd::{Gid, Group, Uid, User, chown};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The user that everything unprivileged runs as: it exists on every Debian, and pipe(8) refuses root.
pub const USER: &str = "nobody";

/// A directory that is gone when the value is.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// A new one, open to every user: each service in it looks after its own folder. `CRM_TEST_KEEP` in the
    /// environment leaves it behind for a look.
    pub fn new() -> Scratch {
        let mut dir = tempfile::Builder::new().prefix("crm-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        if std::env::var_os("CRM_TEST_KEEP").is_some() {
            eprintln!("kept: {}", dir.path().display());
            dir.disable_cleanup(true);
        }
        Scratch(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A folder in it that belongs to the unprivileged user and to `group`, with this mode.
    pub fn folder(&self, name: &str, group: Option<&str>, mode: u32) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(&path).unwrap();
        let user = user();
        let gid = group.map_or(user.gid, |g| Group::from_name(g).unwrap().unwrap().gid);
        chown(&path, Some(user.uid), Some(gid)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

/// The unprivileged user.
pub fn user() -> User {
    User::from_name(USER).unwrap().unwrap()
}

/// Its ids.
pub fn ids() -> (Uid, Gid) {
    let user = user();
    (user.uid, user.gid)
}
