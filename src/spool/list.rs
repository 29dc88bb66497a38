//! What an operator sees and does: lists, counts, retry of what failed, sweeping of what a crash left.

use super::draft::sync_directory;
use super::{Spool, at};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Being written, or left by a crash; never acknowledged.
    Tmp,
    /// Waiting for the worker.
    New,
    /// Taken out by the worker.
    Failed,
}

impl Place {
    /// The name of its directory.
    pub fn as_str(self) -> &'static str {
        match self {
            Place::Tmp => "tmp",
            Place::New => "new",
            Place::Failed => "failed",
        }
    }
}

/// One line of a listing; nothing of it needs the entry opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The entry.
    pub id: Uuid,
    /// Where it is.
    pub place: Place,
    /// Octets of the file.
    pub bytes: u64,
    /// When it was last written to.
    pub modified: SystemTime,
    /// Why it failed.
    pub reason: Option<String>,
}

/// How many entries are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Being written, or left by a crash.
    pub tmp: usize,
    /// Waiting.
    pub new: usize,
    /// Failed.
    pub failed: usize,
}

impl Spool {
    /// The entries in one place, oldest first.
    pub fn list(&self, place: Place) -> io::Result<Vec<Listed>> {
        let mut found = Vec::new();
        for id in ids(self.place_dir(place))? {
            let path = self.path(place, id);
            let meta = match fs::metadata(&path) {
                Ok(meta) => meta,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(at(e, "look at", &path)),
            };
            let modified = meta.modified().map_err(|e| at(e, "look at", &path))?;
            let reason = (place == Place::Failed)
                .then(|| fs::read(self.reason_path(id)).ok())
                .flatten()
                .map(|text| String::from_utf8_lossy(&text).trim_end().to_owned());
            found.push(Listed { id, place, bytes: meta.len(), modified, reason });
        }
        Ok(found)
    }

    /// How many entries are where; reads three directories and no entry.
    pub fn counts(&self) -> io::Result<Counts> {
        let count = |place| ids(self.place_dir(place)).map(|ids| ids.len());
        Ok(Counts { tmp: count(Place::Tmp)?, new: count(Place::New)?, failed: count(Place::Failed)? })
    }

    /// Where the entry is now; `None` if nowhere.
    pub fn find(&self, id: Uuid) -> Option<Place> {
        [Place::New, Place::Failed, Place::Tmp].into_iter().find(|&place| self.path(place, id).exists())
    }

    /// Gives a failed entry to the worker again.
    pub fn retry(&self, id: Uuid) -> io::Result<()> {
        let from = self.path(Place::Failed, id);
        fs::rename(&from, self.path(Place::New, id)).map_err(|e| at(e, "move to new", &from))?;
        sync_directory(&self.dirs.new)?;
        match fs::remove_file(self.reason_path(id)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(at(e, "remove", &self.reason_path(id))),
            _ => Ok(()),
        }
    }

    /// Drops a temporary file that is known to be left behind, as its writer's successor knows.
    pub fn discard(&self, id: Uuid) -> io::Result<()> {
        let path = self.path(Place::Tmp, id);
        fs::remove_file(&path).map_err(|e| at(e, "remove", &path))
    }

    /// Drops the temporary files that were last written to more than `age` ago, with a log line each, and
    /// says how many others there are.
    pub fn sweep(&self, age: Duration) -> io::Result<usize> {
        let now = SystemTime::now();
        let mut left = 0;
        for file in self.list(Place::Tmp)? {
            if now.duration_since(file.modified).is_ok_and(|old| old > age) {
                let path = self.path(Place::Tmp, file.id);
                fs::remove_file(&path).map_err(|e| at(e, "remove", &path))?;
                log::warn!("spool: removed {}, {} octets, never acknowledged", path.display(), file.bytes);
            } else {
                left += 1;
            }
        }
        Ok(left)
    }

    /// The path of an entry.
    pub fn path(&self, place: Place, id: Uuid) -> PathBuf {
        self.place_dir(place).join(id.to_string())
    }

    pub(super) fn reason_path(&self, id: Uuid) -> PathBuf {
        self.dirs.failed.join(format!("{id}.reason"))
    }

    fn place_dir(&self, place: Place) -> &Path {
        match place {
            Place::Tmp => &self.dirs.tmp,
            Place::New => &self.dirs.new,
            Place::Failed => &self.dirs.failed,
        }
    }
}

/// The entries in a directory in the order of their ids. Other names (reasons, an editor's files) are none.
pub(super) fn ids(dir: &Path) -> io::Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for file in fs::read_dir(dir).map_err(|e| at(e, "read directory", dir))? {
        let name = file.map_err(|e| at(e, "read directory", dir))?.file_name();
        // Only the exact spelling: Uuid would read braces and capitals too, and the path is made from the id.
        let id =
            name.to_str().and_then(|name| Uuid::try_parse(name).ok().filter(|id| id.to_string() == name));
        found.extend(id);
    }
    found.sort_unstable();
    Ok(found)
}
