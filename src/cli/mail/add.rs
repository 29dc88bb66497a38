//! `crmctl mail add`: a message that never reached an inbox, out of a file that somebody saved, is stored and filed.
//!
//! It goes by the spool like every message; the worker stores it, and then it is filed as `crmctl mail save` files.
//! Cut short in between, it stands among the mails that wait for a person. What is stored already is filed too.

use super::super::args::mail::Add;
use super::super::desk::Desk;
use super::super::exit::{DATAERR, IOERR, NOINPUT, TEMPFAIL, fault};
use super::super::import::{Template, Told, envelope};
use super::save;
use crate::crm::plan::Outcome;
use crate::mail::envelope::{ByHand, Door};
use crate::mail::mbox::reader::separator;
use crate::spool::{Place, Spool};
use crate::store::{IntakeLine, Store};
use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::json;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long the worker may take until the message is stored.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the verb.
pub fn run(desk: &Desk, what: &Add) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let spool = Spool::open(&config.spool)
        .context("a message goes through the spool: run it as root on a host where crm-milter runs")?;
    let messages = what
        .files
        .iter()
        .map(|path| read(path, config.limits.message_size))
        .collect::<anyhow::Result<Vec<_>>>()?;
    // A contact or a record that is not there is no reason to store anything.
    save::check(&config, &store, &what.under)?;
    let by_hand = ByHand { user: desk.user().map(str::to_owned), history: false };
    let template = Template { door: Door::Desk, inboxes: Vec::new(), by_hand };
    let mut done = Vec::new();
    let mut said = String::new();
    for ((message, modified), path) in messages.iter().zip(&what.files) {
        let told = Told { sender: None, at: *modified };
        let mut draft = spool.begin(&envelope(message, &told, &template, Timestamp::now()))?;
        draft.write_lines(message)?;
        let entry = draft.commit()?;
        let line = stored(&store, &spool, entry, path)?;
        let Some(mail) = line.mail_id.filter(|_| line.outcome != Outcome::Internal.as_str()) else {
            return Err(fault(DATAERR, format!("{} is not filed: {}", path.display(), line.reason)));
        };
        let filed = save::file(&config, &store, mail, &what.under)?;
        said.push_str(&format!("mail {mail} {}\n", filed.resolution));
        done.push(json!({ "id": mail, "under": filed.under, "resolved": filed.resolved }));
    }
    desk.show(&done, |_| super::super::text::lines(&said))
}

/// The message and the time of its file.
fn read(path: &Path, largest: u64) -> anyhow::Result<(Vec<u8>, Option<Timestamp>)> {
    let shown = path.display();
    let wrong = |e: std::io::Error| {
        let code = if e.kind() == ErrorKind::NotFound { NOINPUT } else { IOERR };
        fault(code, format!("{shown} cannot be read: {e}"))
    };
    let mut message = Vec::new();
    let mut modified = None;
    let most = largest.saturating_add(1);
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut message).map_err(wrong)?;
    } else {
        let file = File::open(path).map_err(wrong)?;
        modified =
            file.metadata().and_then(|meta| meta.modified()).ok().and_then(|at| Timestamp::try_from(at).ok());
        file.take(most).read_to_end(&mut message).map_err(wrong)?;
    }
    let first = message.split_inclusive(|&octet| octet == b'\n').next().unwrap_or_default();
    let why = if message.len() as u64 > largest {
        format!("it is larger than {largest} octets")
    } else if separator(first, 0).is_some() {
        "it is an mbox file: `crmctl import` takes these".to_owned()
    } else if crate::mail::header::field_name(first).is_none() {
        "it is no message: it does not begin with a header field".to_owned()
    } else {
        return Ok((message, modified));
    };
    Err(fault(DATAERR, format!("{shown} is not filed: {why}")))
}

/// The line that came of the entry, as soon as the worker has stored it.
fn stored(store: &Store, spool: &Spool, entry: Uuid, path: &Path) -> anyhow::Result<IntakeLine> {
    let until = Instant::now() + PATIENCE;
    let room = spool.room(usize::MAX)?;
    loop {
        match spool.find(entry) {
            None => break,
            Some(Place::Failed) => {
                let text = format!("{} was set aside; `crmctl spool show {entry}` says why", path.display());
                return Err(fault(DATAERR, text));
            }
            Some(_) => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || spool.is_claimed() == Some(false) {
            let text = format!(
                "{} is in the spool, and crm-milter stores it as soon as it runs and has its database; then \
                 `crmctl unresolved list` has it, and `crmctl mail save` files it",
                path.display()
            );
            return Err(fault(TEMPFAIL, text));
        }
        room.wait(left)?;
    }
    let line = store.intake_of_entry(entry)?;
    line.ok_or_else(|| {
        fault(DATAERR, format!("nothing came of {}; see `crmctl intake list`", path.display()))
    })
}
