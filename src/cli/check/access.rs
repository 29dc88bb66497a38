//! Who gets at a file, judged by owner, group and mode of it and of every directory on the way. Access control
//! lists are not read: where one is in use, the mode's group bits show its mask.

use nix::unistd::{Gid, Uid, User, getgrouplist};
use std::ffi::CString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Right to read.
pub const READ: u32 = 0o4;
/// Right to write; of a socket: to connect.
pub const WRITE: u32 = 0o2;
/// Right to execute; of a directory: to pass.
pub const PASS: u32 = 0o1;

/// A user with all groups.
#[derive(Debug, Clone)]
pub struct Person {
    /// Login name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    groups: Vec<u32>,
}

/// Whether somebody gets at a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Granted,
    /// Not past this one.
    Denied(PathBuf),
    /// It is not there.
    Missing(PathBuf),
    /// We ourselves may not look there.
    Unknown(PathBuf),
}

impl Person {
    /// The user of that name.
    pub fn named(name: &str) -> Option<Person> {
        Self::of(User::from_name(name).ok()??)
    }

    /// The user of that number.
    pub fn numbered(uid: u32) -> Option<Person> {
        Self::of(User::from_uid(Uid::from_raw(uid)).ok()??)
    }

    /// Who runs this program.
    pub fn me() -> Option<Person> {
        Self::numbered(Uid::effective().as_raw())
    }

    fn of(user: User) -> Option<Person> {
        let name = CString::new(user.name.as_str()).ok()?;
        let groups = getgrouplist(&name, user.gid).unwrap_or_else(|_| vec![user.gid]);
        let groups = groups.into_iter().map(Gid::as_raw).collect();
        Some(Person { name: user.name, uid: user.uid.as_raw(), groups })
    }

    fn may(&self, meta: &Metadata, rights: u32) -> bool {
        if self.uid == 0 {
            return true;
        }
        // The first class that fits decides, as in the kernel.
        let shift = if meta.uid() == self.uid {
            6
        } else if self.groups.contains(&meta.gid()) {
            3
        } else {
            0
        };
        meta.mode() >> shift & rights == rights
    }

    /// Whether this user gets these rights on `path`, beginning at `root` (a chroot) and following links.
    pub fn reaches(&self, root: &Path, path: &Path, rights: u32) -> Access {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(e) => return refusal(&e, path),
        };
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let mut way: Vec<&Path> = real.ancestors().collect();
        way.reverse();
        for step in way {
            if !step.starts_with(&root) {
                continue; // outside of the chroot nobody asks
            }
            let meta = match fs::metadata(step) {
                Ok(meta) => meta,
                Err(e) => return refusal(&e, step),
            };
            let needed = if step == real { rights } else { PASS };
            if !self.may(&meta, needed) {
                return Access::Denied(step.to_owned());
            }
        }
        Access::Granted
    }
}

fn refusal(error: &io::Error, path: &Path) -> Access {
    match error.kind() {
        io::ErrorKind::NotFound => Access::Missing(path.to_owned()),
        _ => Access::Unknown(path.to_owned()),
    }
}

/// `user ana, group staff, mode 0640` of a file, for a finding.
pub fn described(path: &Path) -> String {
    let Ok(meta) = fs::metadata(path) else { return "not to be looked at".into() };
    let user = User::from_uid(Uid::from_raw(meta.uid())).ok().flatten();
    let user = user.map_or_else(|| meta.uid().to_string(), |user| user.name);
    let group = nix::unistd::Group::from_gid(Gid::from_raw(meta.gid())).ok().flatten();
    let group = group.map_or_else(|| meta.gid().to_string(), |group| group.name);
    format!("user {user}, group {group}, mode {:04o}", meta.mode() & 0o7777)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn closed_directory_on_the_way_is_named() {
        let dir = tempfile::TempDir::new().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let inner = dir.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let file = inner.join("file");
        fs::write(&file, "x").unwrap();
        let stranger = Person { name: "stranger".into(), uid: 4_000_000, groups: vec![] };
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        mode(&file, 0o644);
        assert_eq!(stranger.reaches(Path::new("/"), &file, READ), Access::Granted);
        assert_eq!(stranger.reaches(Path::new("/"), &file, WRITE), Access::Denied(file.clone()));
        mode(&inner, 0o750);
        assert_eq!(stranger.reaches(Path::new("/"), &file, READ), Access::Denied(inner.clone()));
        let gone = dir.path().join("gone");
        assert_eq!(stranger.reaches(Path::new("/"), &gone, READ), Access::Missing(gone.clone()));
    }
}
