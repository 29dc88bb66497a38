//! The spool: the durable directory between the doors (milter, pipe, import) and the worker. It is the only
//! write path into crm-milter and the only code that syncs files.
//!
//! ```text
//! tmp/<id>           being written; no client was told anything yet
//! new/<id>           recorded: the client may have its 250
//! failed/<id>        taken out by the worker, with the reason in failed/<id>.reason
//! probes/            what `crmctl check --probe` sends and gets back (see [`probes`])
//! proven             what such a probe has found out (see [`proven`])
//! blocks, switched-off, blocks.secret   lists for a start without database (see [`kept`])
//! processing         what the worker was parsing (see [`Claims::mark`])
//! import/            how far imports have come (see [`progress`])
//! lock               locked by the one process that claims
//! ```
//!
//! An entry's name is a UUIDv7, so that names sort by arrival; its format is in `entry.rs`.
//!
//! # Why files left in `tmp` are kept
//!
//! A complete temporary file cannot be told from an incomplete one, and neither was ever acknowledged: 250
//! follows the rename. So they are left alone at start, counted, shown by `crmctl spool`, and dropped with a
//! log line by [`Spool::sweep`] once Postfix's own queue lifetime is over.
//!
//! # Diagnostics
//!
//! Every error names the path and what was attempted. [`Draft`]: an error at any point means that nothing was
//! promised; the caller makes no recipient edit and accepts, and the message comes again by the pipe door.
//! An error after the rename leaves the entry, which the second door's message then adopts.

mod claims;
mod draft;
mod entry;
pub mod fault;
pub mod kept;
mod list;
mod open;
pub mod probes;
pub mod progress;
pub mod proven;
mod room;
mod wait;

pub use claims::{Claims, SUSPECT_AFTER};
pub use draft::Draft;
pub use entry::Entry;
pub use list::{Counts, Listed, Place};
pub use room::Room;
pub use wait::{StopHandle, Wake};

use std::fs::File;
use std::io;
use std::os::unix::fs::fchown;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A spool directory that was opened and found in order. Cheap to clone; any number of threads and processes
/// may write to it, one process claims from it.
#[derive(Debug, Clone)]
pub struct Spool {
    dirs: Arc<Dirs>,
}

#[derive(Debug)]
struct Dirs {
    root: PathBuf,
    tmp: PathBuf,
    new: PathBuf,
    failed: PathBuf,
    /// Owner that new files get when we run as root on another user's spool.
    owner: Option<(u32, u32)>,
}

impl Spool {
    /// The spool at `dir`. Creates what is missing, and refuses a directory that others may write to, that
    /// belongs to another user, or whose parts lie on different file systems.
    pub fn open(dir: impl AsRef<Path>) -> io::Result<Spool> {
        Ok(Spool { dirs: Arc::new(open::dirs(dir.as_ref())?) })
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dirs.root
    }

    /// The right to claim. One process has it at a time: a second one gets `WouldBlock`.
    pub fn claims(&self) -> io::Result<Claims> {
        Claims::new(self.clone())
    }

    /// Gives a file that root made to the spool's owner.
    fn own(&self, file: &File, path: &Path) -> io::Result<()> {
        match self.dirs.owner {
            Some((uid, gid)) => fchown(file, Some(uid), Some(gid)).map_err(|e| at(e, "chown", path)),
            None => Ok(()),
        }
    }
}

/// The error with what was attempted and where.
fn at(error: io::Error, what: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {}: {error}", path.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
