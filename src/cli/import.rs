//! `crmctl import`: mail of the past, out of mbox files and Maildirs, through the spool like all other mail.
//!
//! Nothing is held but one buffer, and the spool never gets more than `MOST_WAITING` entries of backlog: the import
//! waits for the worker. What has been taken is noted in the spool ([`crate::spool::progress`]), so that a killed
//! import goes on where it was: the note of a message is written between the beginning of its entry and its becoming
//! one, and whether it has become one is seen afterwards from where the entry is. After a power cut the note may be
//! older than the entries; then messages come twice, and the fingerprint makes duplicates of them.
//!
//! Whoever may write to the spool may import: root, and the daemon's own user.
//!
//! # Diagnostics
//!
//! Paths, inbox and user are looked at before anything is imported. A single file of a Maildir that cannot be read,
//! and a message that is too large, are named on standard error and counted; the rest is imported, and the exit
//! code is 74. Everything else ends the import at once, and it can be repeated.

mod folder;
mod message;
mod shown;
mod source;

pub use message::{Template, Told, envelope};

use super::args::import::Import;
use super::desk::Desk;
use super::exit::{DATAERR, IOERR, NOINPUT, TEMPFAIL, fault};
use super::pick::{self, Way};
use super::text;
use crate::crm::inbox::InboxTable;
use crate::mail::envelope::{ByHand, Door, InboxRcpt};
use crate::mail::hex;
use crate::mail::mbox::reader::{Reader, Separator};
use crate::spool::progress::Progress;
use crate::spool::{Draft, Place, Room, Spool};
use crate::store::Error;
use crate::store::cluster::Role;
use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shown::Shown;
use source::Source;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// Entries in the spool, of whatever door, at which an import waits: some batches of the worker.
const MOST_WAITING: usize = 500;
/// How long an import waits for the first of them to leave before it says so.
const PATIENCE: Duration = Duration::from_secs(10);
/// Octets of a header that are looked at for the envelope.
const HEADER: usize = 256 * 1024;
/// Octets of a message at most, besides `limits.message_size`: the worker and the database hold it whole.
const MESSAGE: u64 = 256 << 20;
/// Troubles that are told one by one at the end.
const MOST_TOLD: usize = 100;

/// What came of an import.
#[derive(Debug, Default, Serialize)]
struct Summary {
    /// Messages put into the spool.
    taken: u64,
    /// Taken by an earlier run of the same command, which this one went on with.
    sources_done_before: u64,
    /// Received before `--since`.
    too_old: u64,
    /// Drafts, and what was thrown away.
    drafts_or_trashed: u64,
    /// Without a single octet.
    empty: u64,
    /// What could not be imported: how many, and the first of them.
    failed: u64,
    failures: Vec<Failure>,
    octets: u64,
    seconds: f64,
    /// Entries in the spool at the end.
    waiting: usize,
    /// Whether crm-milter runs, where that can be seen.
    daemon_runs: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Failure {
    path: String,
    /// Where in an mbox file the message begins.
    offset: Option<u64>,
    reason: String,
}

/// How far a source has been taken.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Note {
    /// What it is about, for people.
    path: String,
    /// Where the message in hand begins in an mbox file.
    offset: u64,
    /// The unique name of the message in hand in a folder; in an mbox file, what its separator says.
    name: String,
    /// Its entry in the spool.
    entry: Option<Uuid>,
    /// The boot of the machine in which this was written.
    boot: String,
    /// All of it is taken.
    done: bool,
}

/// Octets of one message, piece by piece.
trait Pieces {
    fn piece(&mut self) -> io::Result<Option<&[u8]>>;
}

impl<R: Read + Seek> Pieces for Reader<R> {
    fn piece(&mut self) -> io::Result<Option<&[u8]>> {
        Reader::piece(self)
    }
}

/// A file that is a message.
struct Whole(File, Box<[u8]>);

impl Pieces for Whole {
    fn piece(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            match self.0.read(&mut self.1) {
                Ok(0) => return Ok(None),
                Ok(n) => return Ok(Some(&self.1[..n])),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// What became of one message.
enum Fate {
    Taken,
    TooOld,
    Empty,
    Failed(String),
}

struct Importer {
    spool: Spool,
    room: Room,
    template: Template,
    since: Option<Timestamp>,
    largest: u64,
    boot: String,
    shown: Shown,
    summary: Summary,
    /// Octets of the sources that are behind us.
    behind: u64,
}

/// Runs the verb.
pub fn run(desk: &Desk, what: &Import) -> anyhow::Result<()> {
    let config = desk.config()?;
    let rcpt = rcpt(&config.inbox_table(), &what.inbox)?;
    let since = what.since.as_deref().map(|when| pick::when(desk, when, Way::Back)).transpose()?;
    let user = desk.user().map(str::to_owned);
    if let Some(login) = &user {
        known(desk, login)?;
    }
    let found = source::find(&what.paths)?;
    let spool = Spool::open(&config.spool)
        .context("an import goes through the spool: run it as root on a host where crm-milter runs")?;
    let measured = |source: Source| (octets(&source), source);
    let sources: Vec<(u64, Source)> = found.sources.into_iter().map(measured).collect();
    let by_hand = ByHand { user: user.clone(), history: what.history };
    let template = Template { door: Door::Import, inboxes: vec![rcpt], by_hand };
    let mut importer = Importer {
        room: spool.room(MOST_WAITING)?,
        spool,
        template,
        since,
        largest: config.limits.message_size.min(MESSAGE),
        boot: fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned(),
        shown: Shown::new(sources.iter().map(|(octets, _)| octets).sum()),
        summary: Summary::default(),
        behind: 0,
    };
    for (path, why) in found.unreadable {
        importer.fail(&path, None, why);
    }
    let run = format!("{}\0{user:?}\0{:?}\0{}", what.inbox, what.since, what.history);
    let mut notes = Vec::new();
    for (octets, source) in &sources {
        notes.push(importer.source(source, &run)?);
        importer.behind += octets;
    }
    for note in notes {
        importer.spool.progress(&note)?.remove()?;
    }
    importer.finish(desk)
}

fn rcpt(inboxes: &InboxTable, key: &str) -> anyhow::Result<InboxRcpt> {
    let Some(inbox) = inboxes.by_key(key) else {
        let known: Vec<&str> = inboxes.iter().map(|inbox| inbox.key.as_str()).collect();
        return Err(fault(NOINPUT, format!("there is no inbox `{key}`; there are {}", known.join(", "))));
    };
    if !inbox.enabled {
        return Err(fault(DATAERR, format!("the inbox `{key}` is switched off (`enabled = false`)")));
    }
    Ok(InboxRcpt { inbox: inbox.key.clone(), detail: None, rcpt_to: inbox.address.clone() })
}

/// Refuses a login that is no active user's: their mail would count as a stranger's.
fn known(desk: &Desk, login: &str) -> anyhow::Result<()> {
    let store = desk.store_as(Role::Desk)?;
    match store.user_id(login) {
        Ok(_) => Ok(()),
        Err(error @ Error::NotFound { .. }) => Err(error.into()),
        Err(error) => {
            Err(anyhow::Error::new(error).context("whether --as names a user, only the database knows"))
        }
    }
}

fn octets(source: &Source) -> u64 {
    match source {
        Source::Mbox(path) => fs::metadata(path).map_or(0, |meta| meta.len()),
        Source::Folder(path) => folder::Folder::new(path, None, false).octets(),
    }
}

impl Importer {
    /// Takes all of a source, from where an earlier run has left it; returns the name of the notes about it.
    fn source(&mut self, source: &Source, run: &str) -> anyhow::Result<String> {
        let path = source.path();
        let digest = Sha256::digest([run.as_bytes(), b"\0", path.as_os_str().as_encoded_bytes()].concat());
        let name = hex::of(&digest[..16]);
        let mut progress = self.spool.progress(&name).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                fault(TEMPFAIL, format!("another import of {} is running; wait for it", path.display()))
            }
            _ => error.into(),
        })?;
        let mut note: Note = serde_json::from_slice(&progress.read()?).unwrap_or_default();
        note.path = path.display().to_string();
        if note.done {
            self.summary.sources_done_before += 1;
        } else {
            let taken = self.was_taken(&note)?;
            match source {
                Source::Mbox(path) => self.mbox(path, &mut note, taken, &mut progress)?,
                Source::Folder(path) => self.folder(path, &mut note, taken, &mut progress)?,
            }
            note = Note { path: note.path, done: true, ..Note::default() };
            progress.note(&serde_json::to_vec(&note)?)?;
        }
        Ok(name)
    }

    /// Whether the message that an earlier run had in hand has become an entry.
    fn was_taken(&self, note: &Note) -> anyhow::Result<bool> {
        let Some(entry) = note.entry else { return Ok(false) };
        match self.spool.find(entry) {
            Some(Place::Tmp) => {
                self.spool.discard(entry)?;
                Ok(false)
            }
            Some(_) => Ok(true),
            // The worker has recorded and removed it; or the machine has lost it, with all that was not synced.
            None => Ok(!note.boot.is_empty() && note.boot == self.boot),
        }
    }

    fn mbox(
        &mut self,
        path: &Path,
        note: &mut Note,
        taken: bool,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let broken = |e: io::Error| unreadable(path, &e);
        let open = |offset| File::open(path).and_then(|file| Reader::new(file, offset)).map_err(broken);
        let mut reader = open(note.offset)?;
        let mut next = reader.next_message().map_err(broken)?;
        if !note.name.is_empty() {
            if next.as_ref().is_none_or(|separator| mark(separator) != note.name) {
                self.shown.say(&format!("{} was changed: it is read from its beginning", path.display()));
                reader = open(0)?;
                next = reader.next_message().map_err(broken)?;
            } else if taken {
                next = reader.next_message().map_err(broken)?;
            }
        }
        while let Some(separator) = next {
            (note.offset, note.name) = (separator.offset, mark(&separator));
            let told = Told { sender: separator.sender, at: Some(separator.at) };
            match self.message(&mut reader, &told, note, progress)? {
                Fate::Failed(reason) => self.fail(path, Some(separator.offset), reason),
                fate => self.count(&fate),
            }
            next = reader.next_message().map_err(broken)?;
            self.shown.at(self.behind + reader.offset(), self.summary.taken);
        }
        if reader.offset() < fs::metadata(path).map_or(0, |meta| meta.len()) {
            self.fail(path, Some(reader.offset()), "no message begins here".into());
        }
        Ok(())
    }

    fn folder(
        &mut self,
        path: &Path,
        note: &mut Note,
        taken: bool,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let in_hand = folder::read_written(&note.name).filter(|name| !name.is_empty());
        let mut folder = folder::Folder::new(path, in_hand, !taken);
        let mut octets = 0;
        while let Some(name) = folder.next_name().map_err(|e| unreadable(path, &e))? {
            if name.is_draft_or_trashed() {
                self.summary.drafts_or_trashed += 1;
                continue;
            }
            let file = match folder.open(&name) {
                Ok(Some(file)) => file,
                Ok(None) => {
                    self.fail(name.path(), None, "it is gone, or no ordinary file".into());
                    continue;
                }
                Err(error) => {
                    self.fail(name.path(), None, error.to_string());
                    continue;
                }
            };
            let meta = file.metadata().ok();
            octets += meta.as_ref().map_or(0, fs::Metadata::len);
            let modified = meta.and_then(|meta| meta.modified().ok());
            note.name = folder::written(&name.unique);
            let told = Told { sender: None, at: modified.and_then(|at| Timestamp::try_from(at).ok()) };
            let mut whole = Whole(file, vec![0; 64 * 1024].into_boxed_slice());
            match self.message(&mut whole, &told, note, progress)? {
                Fate::Failed(reason) => self.fail(name.path(), None, reason),
                fate => self.count(&fate),
            }
            self.shown.at(self.behind + octets, self.summary.taken);
        }
        Ok(())
    }

    /// Takes one message into the spool.
    fn message(
        &mut self,
        pieces: &mut impl Pieces,
        told: &Told,
        note: &mut Note,
        progress: &mut Progress,
    ) -> anyhow::Result<Fate> {
        let mut header = Vec::new();
        while header.len() < HEADER {
            match pieces.piece() {
                Ok(Some(piece)) => {
                    let from = header.len().saturating_sub(3);
                    header.extend_from_slice(piece);
                    let ends = |mark: &[u8]| memchr::memmem::find(&header[from..], mark).is_some();
                    if ends(b"\n\n") || ends(b"\n\r\n") {
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => return Ok(Fate::Failed(error.to_string())),
            }
        }
        if header.is_empty() {
            return Ok(Fate::Empty);
        }
        let envelope = envelope(&header, told, &self.template, Timestamp::now());
        if self.since.is_some_and(|since| envelope.received_at < since) {
            return Ok(Fate::TooOld);
        }
        self.wait_for_room()?;
        let full = "the import stopped here and the same command goes on";
        let mut draft = self.spool.begin(&envelope).context(full)?;
        let entry = draft.id();
        note.entry = Some(entry);
        note.boot.clone_from(&self.boot);
        progress.note(&serde_json::to_vec(note)?).context(full)?;
        match fill(&mut draft, &header, pieces, self.largest) {
            Ok(None) => {}
            Ok(Some(reason)) => return Ok(Fate::Failed(reason)),
            Err(error) => {
                // Before the unfinished entry goes: what is nowhere counts as recorded.
                note.entry = None;
                if progress.note(&serde_json::to_vec(note)?).is_err() {
                    std::mem::forget(draft);
                }
                return Err(error).context(full);
            }
        }
        self.summary.octets += draft.message_bytes();
        if let Err(error) = draft.commit() {
            if self.spool.find(entry).is_none() {
                note.entry = None;
                progress.note(&serde_json::to_vec(note)?)?;
            }
            return Err(error).context(full);
        }
        self.room.took();
        Ok(Fate::Taken)
    }

    /// Waits while the worker has enough to do. Where nobody works nothing would ever end the wait.
    fn wait_for_room(&mut self) -> anyhow::Result<()> {
        let mut told = false;
        while !self.room.is_there()? {
            if self.spool.is_claimed() == Some(false) {
                let waiting = text::count(self.room.counted(), "message waits", "messages wait");
                let text = format!(
                    "{waiting} in the spool, and crm-milter does not run: start it, and the same command goes on"
                );
                return Err(fault(TEMPFAIL, text));
            }
            if !self.room.wait(PATIENCE)? && !told {
                told = true;
                let waiting = text::count(self.room.look()?, "message", "messages");
                let why = "is its database there? the log of crm-milter tells";
                self.shown.say(&format!("waiting: {waiting} in the spool and none leaves it; {why}"));
            }
        }
        Ok(())
    }

    fn count(&mut self, fate: &Fate) {
        match fate {
            Fate::Taken => self.summary.taken += 1,
            Fate::TooOld => self.summary.too_old += 1,
            Fate::Empty => self.summary.empty += 1,
            Fate::Failed(_) => self.summary.failed += 1,
        }
    }

    fn fail(&mut self, path: &Path, offset: Option<u64>, reason: String) {
        self.summary.failed += 1;
        if self.summary.failures.len() >= MOST_TOLD {
            return;
        }
        let path = path.display().to_string();
        let place = offset.map(|offset| format!(" at octet {offset}")).unwrap_or_default();
        self.shown.say(&format!("not imported: {path}{place}: {reason}"));
        self.summary.failures.push(Failure { path, offset, reason });
    }

    fn finish(mut self, desk: &Desk) -> anyhow::Result<()> {
        self.summary.seconds = self.shown.seconds();
        self.summary.waiting = self.room.look()?;
        self.summary.daemon_runs = self.spool.is_claimed();
        drop(self.shown);
        let summary = self.summary;
        desk.done(&summary, &sentence(&summary))?;
        match summary.failed {
            0 => Ok(()),
            failed => {
                let failed = usize::try_from(failed).unwrap_or(usize::MAX);
                let many = text::count(failed, "message or folder was", "messages and folders were");
                Err(fault(IOERR, format!("{many} not imported; the same command tries them again")))
            }
        }
    }
}

/// Writes a message into its entry; returns why it cannot be imported, if that is the message's own fault.
fn fill(
    draft: &mut Draft,
    header: &[u8],
    pieces: &mut impl Pieces,
    largest: u64,
) -> io::Result<Option<String>> {
    draft.write_lines(header)?;
    loop {
        match pieces.piece() {
            Ok(Some(piece)) => draft.write_lines(piece)?,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some(error.to_string())),
        }
        if draft.message_bytes() > largest {
            return Ok(Some(format!("it is larger than {largest} octets")));
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> anyhow::Error {
    fault(IOERR, format!("{} cannot be read: {error}; the same command goes on there", path.display()))
}

/// What shows that a message of an mbox file is still the same one.
fn mark(separator: &Separator) -> String {
    format!("{} {}", separator.sender.as_deref().unwrap_or("-"), separator.at)
}

fn sentence(summary: &Summary) -> String {
    let count = |number: u64, one: &str, several: &str| {
        text::count(usize::try_from(number).unwrap_or(usize::MAX), one, several)
    };
    let mut text = format!("{} taken", count(summary.taken, "message", "messages"));
    let rate = summary.taken as f64 / summary.seconds.max(0.001);
    text.push_str(&format!(" in {:.0} s, {rate:.0}/s", summary.seconds));
    for (number, what) in [
        (summary.too_old, "older than --since"),
        (summary.drafts_or_trashed, "drafts or thrown away"),
        (summary.empty, "empty"),
    ] {
        if number > 0 {
            text.push_str(&format!("; {number} {what}"));
        }
    }
    if summary.sources_done_before > 0 {
        text.push_str("; an earlier run had taken the rest");
    }
    let waiting = text::count(summary.waiting, "message waits", "messages wait");
    match (summary.waiting, summary.daemon_runs) {
        (0, _) => {}
        (_, Some(false)) => {
            text.push_str(&format!("; {waiting} in the spool until crm-milter runs: it does not now"))
        }
        _ => text.push_str(&format!("; {waiting} in the spool, see `crmctl spool list`")),
    }
    text
}
