//! The format of an entry: a line with the format's name and version, the envelope as one line of JSON, then
//! the message as received, with CRLF line ends. No part is escaped, and the message runs to the end of the
//! file: an entry can be read, and repaired, with any editor.

use super::{Place, Spool, at};
use crate::mail::envelope::Envelope;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use uuid::Uuid;

const MAGIC: &[u8] = b"crm-milter-spool 1\n";
/// Longest envelope line; 50,000 recipients (Postfix's limit times fifty) fit.
const ENVELOPE_MAX: u64 = 32 << 20;

/// An entry with its message.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id, the key of idempotence in the store.
    pub id: Uuid,
    /// All that is known besides the message.
    pub envelope: Envelope,
    /// The message as received.
    pub message: Vec<u8>,
    /// Parsing it alone ended the program twice: store it raw as `unparsed`, do not parse it again.
    pub suspect: bool,
}

/// What stands before the message.
pub(super) fn head(envelope: &Envelope) -> Vec<u8> {
    let mut head = Vec::with_capacity(1024);
    head.extend_from_slice(MAGIC);
    serde_json::to_writer(&mut head, envelope).expect("an envelope has only string keys");
    head.push(b'\n');
    head
}

/// The envelope, leaving `input` at the first octet of the message.
pub(super) fn read_head(input: &mut impl BufRead) -> io::Result<Envelope> {
    let mut line = Vec::new();
    input.take(MAGIC.len() as u64).read_until(b'\n', &mut line)?;
    if line != MAGIC {
        return Err(invalid("not a spool entry of version 1"));
    }
    line.clear();
    input.take(ENVELOPE_MAX).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(invalid("envelope cut short"));
    }
    serde_json::from_slice(&line).map_err(|e| invalid(&format!("envelope not understood: {e}")))
}

pub(super) fn read(id: Uuid, file: File, path: &Path) -> io::Result<Entry> {
    let mut input = BufReader::new(file);
    let envelope = read_head(&mut input).map_err(|e| at(e, "read", path))?;
    let mut message = Vec::new();
    input.read_to_end(&mut message).map_err(|e| at(e, "read", path))?;
    Ok(Entry { id, envelope, message, suspect: false })
}

impl Spool {
    /// The envelope of an entry, without reading its message.
    pub fn envelope(&self, place: Place, id: Uuid) -> io::Result<Envelope> {
        let path = self.path(place, id);
        let file = File::open(&path).map_err(|e| at(e, "open", &path))?;
        read_head(&mut BufReader::new(file)).map_err(|e| at(e, "read", &path))
    }

    /// An entry with its message.
    pub fn read(&self, place: Place, id: Uuid) -> io::Result<Entry> {
        let path = self.path(place, id);
        let file = File::open(&path).map_err(|e| at(e, "open", &path))?;
        read(id, file, &path)
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
