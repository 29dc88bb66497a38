//! Writing one entry: temporary file, sync, rename, sync of the directory. In this order a message that was
//! acknowledged is there after a power cut, and one that was not leaves at most a file in `tmp`.

use super::{Dirs, Spool, at, entry, fault};
use crate::mail::envelope::Envelope;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Bytes gathered before they are written; the only memory that a message costs.
const BUFFER: usize = 64 * 1024;

/// An entry being written. Dropped before [`Draft::commit`] it removes its file.
#[derive(Debug)]
pub struct Draft {
    dirs: Arc<Dirs>,
    id: Uuid,
    file: File,
    buffer: Vec<u8>,
    bytes: u64,
    in_tmp: bool,
    /// The last octet given to [`Draft::write_lines`].
    last: u8,
}

impl Spool {
    /// Begins an entry with its envelope; the message follows by [`Draft::write`].
    pub fn begin(&self, envelope: &Envelope) -> io::Result<Draft> {
        let id = Uuid::now_v7();
        let path = self.dirs.tmp.join(id.to_string());
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| at(e, "create", &path))?;
        let mut draft = Draft {
            dirs: Arc::clone(&self.dirs),
            id,
            file,
            buffer: entry::head(envelope),
            bytes: 0,
            in_tmp: true,
            last: 0,
        };
        self.own(&draft.file, &path)?;
        draft.buffer.reserve(BUFFER.saturating_sub(draft.buffer.len()));
        Ok(draft)
    }
}

impl Draft {
    /// The id that the entry will have.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Octets of the message so far.
    pub fn message_bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends to the message.
    pub fn write(&mut self, data: &[u8]) -> io::Result<()> {
        self.bytes += data.len() as u64;
        if self.buffer.len() + data.len() > BUFFER {
            self.flush()?;
        }
        if data.len() >= BUFFER {
            return self.file.write_all(data).map_err(|e| self.failed(e, "write"));
        }
        self.buffer.extend_from_slice(data);
        Ok(())
    }

    /// Appends to the message what has LF or CRLF line ends, as CRLF, wherever it is cut into pieces.
    pub fn write_lines(&mut self, piece: &[u8]) -> io::Result<()> {
        let mut done = 0;
        for at in memchr::memchr_iter(b'\n', piece) {
            let before = if at == 0 { self.last } else { piece[at - 1] };
            self.write(&piece[done..at])?;
            self.write(if before == b'\r' { b"\n" } else { b"\r\n" })?;
            done = at + 1;
        }
        self.write(&piece[done..])?;
        self.last = piece.last().copied().unwrap_or(self.last);
        Ok(())
    }

    /// Makes the entry durable and gives it to the worker. After `Ok` the message may be acknowledged.
    pub fn commit(mut self) -> io::Result<Uuid> {
        self.flush()?;
        self.file.sync_data().map_err(|e| self.failed(e, "sync"))?;
        fault::reached("after-temp");
        if fault::is_set("reply-before-rename") {
            return Ok(self.rename_late());
        }
        self.rename()?;
        fault::reached("after-rename");
        Ok(self.id)
    }

    fn rename(&mut self) -> io::Result<()> {
        let name = self.id.to_string();
        let from = self.dirs.tmp.join(&name);
        fs::rename(&from, self.dirs.new.join(&name)).map_err(|e| at(e, "move to new", &from))?;
        self.in_tmp = false;
        sync_directory(&self.dirs.new)
    }

    /// The wrong order, on purpose, for the test that shows what it loses.
    fn rename_late(mut self) -> Uuid {
        let id = self.id;
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            if let Err(error) = self.rename() {
                log::error!("{error}");
            }
        });
        id
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.write_all(&self.buffer);
        self.buffer.clear();
        result.map_err(|e| self.failed(e, "write"))
    }

    fn failed(&self, error: io::Error, what: &str) -> io::Error {
        at(error, what, &self.dirs.tmp.join(self.id.to_string()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.in_tmp {
            let path = self.dirs.tmp.join(self.id.to_string());
            if let Err(error) = fs::remove_file(&path) {
                log::warn!("{}", at(error, "remove", &path));
            }
        }
    }
}

/// Makes renames into `dir` durable.
pub(super) fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(|e| at(e, "sync directory", dir))
}
