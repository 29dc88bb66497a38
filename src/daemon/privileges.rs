//! Giving up root, and going to the background.

use nix::unistd::{Gid, Uid, User, initgroups, setgid, setuid};
use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Becomes `user` with its primary group and its supplementary groups (Postfix's among them, where the
/// package made it so). Nothing to do if it is that user already; an error if it is neither that user nor root.
pub fn become_user(user: &str) -> io::Result<()> {
    let found = User::from_name(user)?
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no such user: {user}")))?;
    let me = Uid::effective();
    if me == found.uid {
        return Ok(());
    }
    if !me.is_root() {
        let text = format!("started as user {me}, cannot become {user}");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    let name = CString::new(user).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    initgroups(&name, found.gid)?;
    setgid(found.gid)?;
    setuid(found.uid)?;
    // A half-done drop would be worse than none.
    if Uid::current() != found.uid || Uid::effective() != found.uid || Gid::effective() != found.gid {
        return Err(io::Error::other(format!("still not {user} after setuid")));
    }
    Ok(())
}

/// Makes a directory that is missing, closed to others, and gives it to `user`. With a `group`, that group gets
/// in as well, and what is made in it is the group's. One that is there already is the administrator's and
/// stays as it is.
pub fn make_directory(path: &Path, user: &str, group: Option<Gid>) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let found = User::from_name(user)?
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no such user: {user}")))?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::DirBuilder::new().mode(0o750).create(path)?;
    nix::unistd::chown(path, Some(found.uid), Some(group.unwrap_or(found.gid)))?;
    if group.is_some() {
        // After chown, which takes this bit away.
        fs::set_permissions(path, fs::Permissions::from_mode(0o2750))?;
    }
    Ok(())
}

/// Goes to the background: only before any thread is there.
pub fn daemonise() -> io::Result<()> {
    nix::unistd::daemon(true, false)?;
    Ok(())
}

/// Writes our process id to `path`.
pub fn write_pid_file(path: &Path) -> io::Result<()> {
    // Removed first: an old file may belong to another user, or be a link.
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(named(e, path)),
        _ => {}
    }
    let open = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path);
    open.and_then(|mut file| writeln!(file, "{}", std::process::id())).map_err(|e| named(e, path))
}

fn named(error: io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn unknown_user_is_an_error_and_the_present_one_is_none() {
        let error = become_user("no-such-user-here").unwrap_err();
        assert!(error.to_string().contains("no such user: no-such-user-here"));
        let me = User::from_uid(Uid::effective()).unwrap().unwrap();
        become_user(&me.name).unwrap();
    }

    #[test]
    fn pid_file_replaces_an_old_one() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("pid");
        for _ in 0..2 {
            write_pid_file(&path).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap().trim(), std::process::id().to_string());
    }

    #[test]
    fn group_of_the_mail_server_gets_into_the_directory_made_for_it_and_nobody_else() {
        use std::os::unix::fs::MetadataExt;
        if !Uid::effective().is_root() {
            return; // Only root gives directories away.
        }
        let dir = tempfile::TempDir::new().unwrap();
        let found = |name: &str, group| {
            let path = dir.path().join(name);
            make_directory(&path, "nobody", group).unwrap();
            let meta = fs::metadata(&path).unwrap();
            (meta.mode() & 0o7777, meta.gid())
        };
        let nobody = User::from_name("nobody").unwrap().unwrap();
        assert_eq!(found("socket", Some(Gid::from_raw(8))), (0o2750, 8));
        assert_eq!(found("spool", None), (0o750, nobody.gid.as_raw()));
    }
}
