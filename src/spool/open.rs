//! Opening the directory: what is missing is created, what is unsafe is refused.

use super::{Dirs, at};
use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::Path;

pub(super) fn dirs(root: &Path) -> io::Result<Dirs> {
    let meta = directory(root, 0o750, None)?;
    let me = nix::unistd::geteuid().as_raw();
    // Root (an administrator's crmctl) may work on the daemon's spool; what it makes belongs to the daemon.
    let owner = (me == 0 && meta.uid() != 0).then(|| (meta.uid(), meta.gid()));
    if me != 0 && meta.uid() != me {
        return Err(refused(
            root,
            &format!("it belongs to user {}, not to user {me} who runs this program", meta.uid()),
        ));
    }
    let part = |name: &str| {
        let path = root.join(name);
        let part = directory(&path, 0o700, owner)?;
        if part.dev() != meta.dev() {
            return Err(refused(&path, "it is on another file system than the spool itself"));
        }
        if part.uid() != meta.uid() {
            return Err(refused(&path, "it belongs to another user than the spool itself"));
        }
        Ok(path)
    };
    Ok(Dirs { tmp: part("tmp")?, new: part("new")?, failed: part("failed")?, root: root.to_owned(), owner })
}

pub(super) fn directory(path: &Path, mode: u32, owner: Option<(u32, u32)>) -> io::Result<Metadata> {
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => {
            if let Some((uid, gid)) = owner {
                lchown(path, Some(uid), Some(gid)).map_err(|e| at(e, "chown", path))?;
            }
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(at(e, "create spool directory", path)),
    }
    let meta = fs::metadata(path).map_err(|e| at(e, "look at spool directory", path))?;
    if !meta.is_dir() {
        return Err(refused(path, "it is not a directory"));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(refused(path, &format!("others may write to it (mode {:o})", meta.mode() & 0o777)));
    }
    Ok(meta)
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("spool directory {}: {why}", path.display()))
}
