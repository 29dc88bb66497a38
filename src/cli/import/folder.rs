//! The messages of one Maildir folder, in the order of their unique names, which begin with the time of delivery.
//!
//! Names are read again for every portion, instead of all of them being held; so the last name is all that there is
//! to remember of how far one has come. A message whose flags change meanwhile gets another file name: it is looked
//! for again by its unique part. What is delivered meanwhile comes last, or with the next import.

use crate::mail::hex;
use nix::fcntl::OFlag;
use std::collections::BinaryHeap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Names held at a time.
const PORTION: usize = 10_000;

/// A message of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The part that no change of flags changes.
    pub unique: Vec<u8>,
    file: PathBuf,
}

impl Name {
    /// The file, as it is called now.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Whether it is a draft, or was thrown away: neither was correspondence.
    pub fn is_draft_or_trashed(&self) -> bool {
        let name = self.file.file_name().map(|name| name.as_bytes().to_vec()).unwrap_or_default();
        name.get(self.unique.len()..).is_some_and(|info| info.contains(&b'D') || info.contains(&b'T'))
    }

    fn of(directory: &Path, name: OsString) -> Option<Name> {
        let bytes = name.as_bytes();
        if bytes.starts_with(b".") {
            return None;
        }
        let info = [&b":2,"[..], b":1,"].iter().filter_map(|mark| memchr::memmem::rfind(bytes, mark)).max();
        let unique = bytes[..info.unwrap_or(bytes.len())].to_vec();
        Some(Name { unique, file: directory.join(name) })
    }
}

/// Reads the names of a folder, portion by portion.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    after: Option<Vec<u8>>,
    /// Whether that name itself is still to come.
    inclusive: bool,
    portion: std::vec::IntoIter<Name>,
}

impl Folder {
    /// The messages of the folder behind that unique name, or from it on.
    pub fn new(path: &Path, after: Option<Vec<u8>>, inclusive: bool) -> Folder {
        Folder { path: path.to_owned(), after, inclusive, portion: Vec::new().into_iter() }
    }

    /// The next message.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn next_name(&mut self) -> io::Result<Option<Name>> {
        if self.portion.as_slice().is_empty() {
            self.portion = self.read()?.into_iter();
        }
        let next = self.portion.next();
        if let Some(name) = &next {
            self.after = Some(name.unique.clone());
            self.inclusive = false;
        }
        Ok(next)
    }

    /// The first names behind the last one.
    fn read(&self) -> io::Result<Vec<Name>> {
        let mut first: BinaryHeap<Name> = BinaryHeap::with_capacity(PORTION + 1);
        self.each(|name| {
            let is_left = |after: &Vec<u8>| name.unique > *after || self.inclusive && name.unique == *after;
            if self.after.as_ref().is_none_or(is_left) {
                first.push(name);
                if first.len() > PORTION {
                    first.pop();
                }
            }
        })?;
        let mut names = first.into_sorted_vec();
        // Seen in `new` and, moved meanwhile, in `cur` again.
        names.dedup_by(|b, a| a.unique == b.unique);
        Ok(names)
    }

    /// Opens a message, under the name that it has by now. `None` if it is gone, or no file.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(&self, name: &Name) -> io::Result<Option<File>> {
        match open(name.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result,
        }
        let mut moved = None;
        self.each(|other| {
            if other.unique == name.unique {
                moved = Some(other);
            }
        })?;
        match moved.map(|name| open(name.path())) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Some(Ok(file)) => Ok(file),
            _ => Ok(None),
        }
    }

    /// Octets of all its messages.
    pub fn octets(&self) -> u64 {
        let mut octets = 0;
        // Only for showing how far one is.
        let _ = self.each(|name| {
            octets += fs::symlink_metadata(name.path()).map_or(0, |meta| meta.len());
        });
        octets
    }

    fn each(&self, mut visit: impl FnMut(Name)) -> io::Result<()> {
        for part in ["new", "cur"] {
            let directory = self.path.join(part);
            for entry in fs::read_dir(&directory)? {
                if let Some(name) = Name::of(&directory, entry?.file_name()) {
                    visit(name);
                }
            }
        }
        Ok(())
    }
}

/// Opens an ordinary file and nothing else: no link, and no pipe that would never end.
fn open(path: &Path) -> io::Result<Option<File>> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        // What a link is opened with.
        Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(file.metadata()?.is_file().then_some(file))
}

/// A unique name as text that gives it back, whatever octets it has.
pub fn written(unique: &[u8]) -> String {
    hex::of(unique)
}

/// The unique name of such a text.
pub fn read_written(text: &str) -> Option<Vec<u8>> {
    hex::octets(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_in_the_order_of_delivery_and_are_found_under_their_new_names() {
        let dir = tempfile::TempDir::new().unwrap();
        for part in ["cur", "new", "tmp"] {
            fs::create_dir(dir.path().join(part)).unwrap();
        }
        let put = |name: &str| fs::write(dir.path().join(name), name).unwrap();
        for name in [
            "new/3.c",
            "cur/1.a:2,S",
            "cur/2.ñ:2,",
            "tmp/0.t",
            "cur/.hidden",
            "cur/4.d:2,DS",
            "cur/10:30.eml",
        ] {
            put(name);
        }
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("cur/5.link")).unwrap();
        nix::unistd::mkfifo(&dir.path().join("cur/6.pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let mut folder = Folder::new(dir.path(), None, false);
        let mut names = Vec::new();
        while let Some(name) = folder.next_name().unwrap() {
            names.push(name);
        }
        let unique: Vec<_> =
            names.iter().map(|name| String::from_utf8(name.unique.clone()).unwrap()).collect();
        assert_eq!(unique, ["1.a", "10:30.eml", "2.ñ", "3.c", "4.d", "5.link", "6.pipe"]);
        let drafts = names.iter().filter(|name| name.is_draft_or_trashed()).count();
        assert_eq!(drafts, 1);
        fs::rename(dir.path().join("new/3.c"), dir.path().join("cur/3.c:2,S")).unwrap();
        assert!(folder.open(&names[3]).unwrap().is_some());
        assert!(folder.open(&names[5]).unwrap().is_none(), "a link");
        assert!(folder.open(&names[6]).unwrap().is_none(), "a pipe");
        fs::remove_file(dir.path().join("cur/1.a:2,S")).unwrap();
        assert!(folder.open(&names[0]).unwrap().is_none(), "gone");
        let rest = |inclusive| {
            let mut folder = Folder::new(dir.path(), Some("3.c".into()), inclusive);
            [folder.next_name(), folder.next_name()].map(|name| name.unwrap().unwrap().unique)
        };
        assert_eq!(rest(false), [b"4.d".to_vec(), b"5.link".to_vec()]);
        assert_eq!(rest(true), [b"3.c".to_vec(), b"4.d".to_vec()]);
        assert_eq!(read_written(&written(b"\xff2:\0")).unwrap(), b"\xff2:\0");
        assert_eq!(read_written("zz"), None);
    }
}
