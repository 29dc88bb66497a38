//! How far an import has come: one small file for each thing that is imported, under `import/`, so that the same
//! command goes on where a killed one ended.
//!
//! A note is one write in place, which a kill of the process cannot cut; it is not synced, as that would double what
//! a message costs. After a power cut an older note may be there, or none: what is then read again is a repeat, which
//! the fingerprint shows. The file is locked while it is held: two imports of one thing at once are a mistake.

use super::{Spool, at, open};
use nix::fcntl::{Flock, FlockArg, OFlag};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

/// Octets of a note at most.
const LONGEST: usize = 64 * 1024;

/// The notes about one thing.
#[derive(Debug)]
pub struct Progress {
    path: PathBuf,
    file: Flock<File>,
    written: usize,
}

impl Spool {
    /// The notes under that name, which has letters and digits only.
    ///
    /// # Errors
    /// `WouldBlock` while another process has them.
    pub fn progress(&self, name: &str) -> io::Result<Progress> {
        if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a note's name has letters and digits only",
            ));
        }
        let directory = self.dirs.root.join("import");
        open::directory(&directory, 0o700, self.dirs.owner)?;
        // Root may be working on another user's spool: no link leads elsewhere.
        let found = fs::symlink_metadata(&directory).map_err(|e| at(e, "look at", &directory))?;
        let spool = fs::metadata(&self.dirs.root).map_err(|e| at(e, "look at", &self.dirs.root))?;
        if !found.is_dir() || found.uid() != spool.uid() {
            let error =
                io::Error::new(io::ErrorKind::PermissionDenied, "it is no directory of the spool's owner");
            return Err(at(error, "use", &directory));
        }
        let path = directory.join(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
            .open(&path)
            .map_err(|e| at(e, "open", &path))?;
        if !file.metadata().map_err(|e| at(e, "look at", &path))?.is_file() {
            let error = io::Error::new(io::ErrorKind::InvalidData, "it is no ordinary file");
            return Err(at(error, "use", &path));
        }
        self.own(&file, &path)?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, e)| at(e.into(), "another import works on it: lock", &path))?;
        Ok(Progress { path, file, written: 0 })
    }
}

impl Progress {
    /// The last note; empty if there is none.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; LONGEST];
        let mut length = 0;
        while length < buffer.len() {
            let there = u64::try_from(length).expect("a note is short");
            match self.file.read_at(&mut buffer[length..], there) {
                Ok(0) => break,
                Ok(n) => length += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(at(e, "read", &self.path)),
            }
        }
        self.written = length;
        buffer.truncate(memchr::memchr(b'\n', &buffer[..length]).unwrap_or(0));
        Ok(buffer)
    }

    /// Replaces the note by another one, of one line.
    pub fn note(&mut self, line: &[u8]) -> io::Result<()> {
        let mut note = line.to_vec();
        note.push(b'\n');
        // What a longer note left behind.
        note.resize(note.len().max(self.written), b' ');
        self.file.write_all_at(&note, 0).map_err(|e| at(e, "write", &self.path))?;
        self.written = note.len();
        Ok(())
    }

    /// It is over: nothing is kept.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path).map_err(|e| at(e, "remove", &self.path))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn note_is_the_last_one_whatever_its_length_and_is_held_by_one() {
        let dir = TempDir::new().unwrap();
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        let mut progress = spool.progress("a1").unwrap();
        assert_eq!(progress.read().unwrap(), b"");
        progress.note(b"a long note").unwrap();
        progress.note(b"short").unwrap();
        assert_eq!(spool.progress("a1").unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(progress);
        let mut progress = spool.progress("a1").unwrap();
        assert_eq!(progress.read().unwrap(), b"short");
        progress.remove().unwrap();
        assert_eq!(spool.progress("a1").unwrap().read().unwrap(), b"");
    }

    #[test]
    fn link_in_its_place_is_refused() {
        let dir = TempDir::new().unwrap();
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        drop(spool.progress("a1").unwrap());
        let (note, other) = (dir.path().join("spool/import/a1"), dir.path().join("other"));
        fs::write(&other, "precious").unwrap();
        fs::remove_file(&note).unwrap();
        std::os::unix::fs::symlink(&other, &note).unwrap();
        assert!(spool.progress("a1").is_err());
        fs::remove_file(&note).unwrap();
        fs::remove_dir(dir.path().join("spool/import")).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("spool/import")).unwrap();
        assert!(spool.progress("a1").is_err());
        assert!(spool.progress("../a1").is_err());
        assert_eq!(fs::read(&other).unwrap(), b"precious");
    }
}
