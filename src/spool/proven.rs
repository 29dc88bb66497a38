//! What a probe has found out about this host: which header fields a stranger cannot forge here, because a
//! filter strips them on arrival. One JSON file in the spool, as each host has filters of its own.
//!
//! Nothing is believed without it: a file that is missing, damaged or of another shape proves nothing.

use super::kept;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// The file's name in the spool directory.
const NAME: &str = "proven";

/// What was proven.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proven {
    /// Forged Authentication-Results fields of this authserv-id are stripped.
    pub authserv_id: Option<String>,
    /// Forged fields of these names are stripped, in lower case.
    pub markers: Vec<String>,
    /// When it was tried.
    pub at: Option<Timestamp>,
}

impl Proven {
    /// What was proven at this spool's host; nothing if that cannot be read.
    pub fn read(spool: &Path) -> Proven {
        let path = spool.join(NAME);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                log::warn!("{}: {error}; run `crmctl check --probe` again", path.display());
                Proven::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Proven::default(),
            Err(error) => {
                log::warn!("{}: {error}", path.display());
                Proven::default()
            }
        }
    }

    /// Keeps it. Whatever root's umask is, the daemon reads it.
    pub fn write(&self, spool: &Path) -> io::Result<()> {
        kept::write(spool, NAME, &serde_json::to_vec_pretty(self)?, 0o644)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn root_follows_no_link_that_the_spools_owner_has_laid() {
        let dir = tempfile::tempdir().unwrap();
        let other = dir.path().join("passwd");
        fs::write(&other, "root").unwrap();
        let spool = dir.path().join("spool");
        fs::create_dir(&spool).unwrap();
        std::os::unix::fs::symlink(&other, spool.join("proven.new")).unwrap();
        let proven = Proven { markers: vec!["x-spam".into()], ..Proven::default() };
        proven.write(&spool).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "root");
        assert_eq!(Proven::read(&spool), proven);
        fs::write(spool.join("proven.new"), "left by a crash").unwrap();
        proven.write(&spool).unwrap();
    }

    #[test]
    fn daemon_can_read_what_root_writes_under_a_narrow_umask() {
        let dir = tempfile::tempdir().unwrap();
        let before = nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
        let written = Proven::default().write(dir.path());
        nix::sys::stat::umask(before);
        written.unwrap();
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }

    #[test]
    fn what_is_missing_or_damaged_proves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Proven::read(dir.path()), Proven::default());
        let proven = Proven { authserv_id: Some("mx.crm.test".into()), ..Proven::default() };
        proven.write(dir.path()).unwrap();
        assert_eq!(Proven::read(dir.path()), proven);
        fs::write(dir.path().join(NAME), "{\"authserv_id\": 7}").unwrap();
        assert_eq!(Proven::read(dir.path()), Proven::default());
    }
}
