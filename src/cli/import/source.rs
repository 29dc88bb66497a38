//! What a path is: an mbox file, or a directory with Maildir folders in it, at any depth.
//!
//! Links are followed where the caller wrote them and nowhere below: whose mailbox is read may have put one there.

use super::super::exit::{DATAERR, IOERR, NOINPUT, fault};
use crate::mail::mbox::reader::separator;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Folders inside each other at most.
const DEPTH: usize = 16;
/// Octets that show what a file is.
const HEAD: u64 = 4096;

/// One thing that is read from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An mbox file.
    Mbox(PathBuf),
    /// A folder with `cur` and `new`.
    Folder(PathBuf),
}

impl Source {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Source::Mbox(path) | Source::Folder(path) => path,
        }
    }
}

/// What was found below the paths.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order of the paths, folders by name.
    pub sources: Vec<Source>,
    /// Directories that could not be looked into, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// What the paths are. A path that is neither ends the command before anything is imported.
pub fn find(paths: &[PathBuf]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in paths {
        let shown = path.display();
        let whole = fs::canonicalize(path).map_err(|e| match e.kind() {
            ErrorKind::NotFound => fault(NOINPUT, format!("there is no {shown}")),
            _ => fault(IOERR, format!("{shown} cannot be read: {e}; run it as root or as who may read it")),
        })?;
        let before = found.sources.len();
        if whole.is_dir() {
            walk(&whole, 0, &mut found);
            if let Some((_, why)) = found.unreadable.iter().find(|(unreadable, _)| *unreadable == whole) {
                return Err(fault(IOERR, format!("{shown} cannot be read: {why}")));
            }
            if found.sources.len() == before && found.unreadable.is_empty() {
                let text = format!(
                    "{shown} is no Maildir: neither it nor anything in it has the folders cur and new"
                );
                return Err(fault(DATAERR, text));
            }
        } else {
            check_mbox(&whole, path)?;
            found.sources.push(Source::Mbox(whole));
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.sources.retain(|source| seen.insert(source.path().to_owned()));
    Ok(found)
}

fn walk(directory: &Path, depth: usize, found: &mut Found) {
    let is_folder = |name: &str| fs::symlink_metadata(directory.join(name)).is_ok_and(|meta| meta.is_dir());
    if is_folder("cur") && is_folder("new") {
        found.sources.push(Source::Folder(directory.to_owned()));
    }
    let names = match fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(names) => names,
        Err(error) => return found.unreadable.push((directory.to_owned(), error.to_string())),
    };
    let mut below: Vec<PathBuf> = names
        .into_iter()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| !["cur", "new", "tmp"].iter().any(|own| entry.file_name() == *own))
        .map(|entry| entry.path())
        .collect();
    below.sort();
    for directory in below {
        if depth < DEPTH {
            walk(&directory, depth + 1, found);
        } else {
            found.unreadable.push((directory, format!("it is more than {DEPTH} folders deep")));
        }
    }
}

/// Refuses what does not begin like an mbox file. An empty file is an empty one.
fn check_mbox(path: &Path, written: &Path) -> anyhow::Result<()> {
    let shown = written.display();
    let unreadable = |e: std::io::Error| fault(IOERR, format!("{shown} cannot be read: {e}"));
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(fault(DATAERR, format!("{shown} is neither a file nor a directory")));
    }
    let mut head = Vec::new();
    File::open(path).map_err(unreadable)?.take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
    let rest = head.trim_ascii_start();
    let line = rest.split_inclusive(|&octet| octet == b'\n').next().unwrap_or_default();
    if rest.is_empty() && head.len() < HEAD as usize || separator(line, 0).is_some() {
        return Ok(());
    }
    let is = match head.as_slice() {
        [0x1f, 0x8b, ..] => "it is compressed; unpack it with `gunzip`".to_owned(),
        [b'B', b'Z', b'h', ..] => "it is compressed; unpack it with `bunzip2`".to_owned(),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => "it is compressed; unpack it with `unxz`".to_owned(),
        _ if is_message(&head) => {
            "it looks like a single message: `crmctl mail add FILE` files it".to_owned()
        }
        _ => "it does not begin with a line as `From ana@example.com Sun Nov 22 14:54:43 2026`".to_owned(),
    };
    Err(fault(DATAERR, format!("{shown} is no mbox file: {is}")))
}

/// Whether it begins with a header field.
fn is_message(head: &[u8]) -> bool {
    crate::mail::header::field_name(head).is_some()
}
