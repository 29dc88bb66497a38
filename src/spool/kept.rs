//! Files beside the entries that are replaced whole: what a probe has proven, lists for a start without
//! database, their secret. After a crash of the program or the machine the old content is there or the new, and
//! never a part or nothing.

use super::at;
use super::draft::sync_directory;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Replaces a file in the spool directory: written beside, synced, renamed. Root may be working on another
/// user's spool: what stands there under the name beside, a link too, is removed and not written to.
///
/// # Errors
/// With what was attempted; the old content is there then, or after a failed last sync perhaps the new.
pub fn write(spool: &Path, name: &str, content: &[u8], mode: u32) -> io::Result<()> {
    let (path, beside) = (spool.join(name), spool.join(format!("{name}.new")));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(error, "remove", &beside)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&beside)
        .map_err(|e| at(e, "create", &beside))?;
    // Whatever the umask is.
    file.set_permissions(Permissions::from_mode(mode)).map_err(|e| at(e, "chmod", &beside))?;
    file.write_all(content).map_err(|e| at(e, "write", &beside))?;
    // A rename may reach the disk before the content does, which would then be empty.
    file.sync_all().map_err(|e| at(e, "sync", &beside))?;
    fs::rename(&beside, &path).map_err(|e| at(e, "rename", &beside))?;
    sync_directory(spool)
}
