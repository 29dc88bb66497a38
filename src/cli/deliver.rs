//! `crmctl deliver`: the pipe door. Postfix's pipe(8) runs it with a message on standard input, for mail that
//! the milter could not take: it was down, its spool was full, or the address was reached through an alias.
//!
//! # Diagnostics
//!
//! It prints nothing and ends with 0 (recorded) or 75 (try again), whatever happens: with nearly every other
//! code pipe(8) would bounce the message to its sender with our output quoted, and tell a stranger of an inbox
//! that stood in somebody's BCC. Wrong arguments, a broken configuration, an unknown or switched-off inbox and
//! a panic are all 75 and a line in the log: the mail waits in Postfix's queue until the cause is mended.
//!
//! It decides nothing: blocks and authority are the worker's, as for every message.
//!
//! # A message that was cut
//!
//! What a pipe(8) that died left half written is not recorded ([`whole`]). `${size}` cannot show it. It counts the
//! octets in the queue file: the message with a head of two octets to each record (three from 128 octets of text
//! on, and a record more to each 2048 octets of a long line), in one that milters saw 34 to 69 more, and what
//! they changed afterwards not at all: a field of 900 octets that was taken out still counts, one that was added
//! does not. A whole message can be shorter than any bound drawn from it, and would never be recorded. The argument
//! is taken because the printed lines hand it over.

pub mod whole;

use crate::crm::inbox::{Inbox, InboxTable, Original};
use crate::mail::envelope::{Door, Envelope, InboxRcpt};
use crate::spool::Spool;
use crate::spool::probes::{HEADER_MAX, Seen};
use anyhow::{Context as _, bail};
use clap::Parser;
use jiff::Timestamp;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use uuid::Uuid;

/// Recorded, or nothing to do.
pub const DONE: u8 = 0;
/// `EX_TEMPFAIL`: Postfix keeps the message and tries again.
pub const TRY_AGAIN: u8 = 75;

/// Records a message that Postfix's pipe(8) hands over on standard input.
#[derive(Debug, Parser)]
#[command(name = "deliver", disable_help_flag = true, disable_version_flag = true)]
pub struct Args {
    /// Configuration file.
    #[arg(short = 'c', long)]
    pub config: Option<PathBuf>,
    /// Envelope sender; empty for the null sender (`${sender}` with `null_sender=`).
    #[arg(short = 's', long, allow_hyphen_values = true)]
    sender: String,
    /// The address that the client wrote (`${original_recipient}`).
    #[arg(short = 'o', long, allow_hyphen_values = true, default_value = "")]
    original_recipient: String,
    /// The address at the door, whose local part is the inbox's key (`${recipient}`).
    #[arg(short = 'r', long, allow_hyphen_values = true)]
    recipient: String,
    /// What stood behind the recipient delimiter (`${extension}`).
    #[arg(short = 'e', long, allow_hyphen_values = true, default_value = "")]
    extension: String,
    /// Queue id (`${queue_id}`).
    #[arg(short = 'q', long, allow_hyphen_values = true, default_value = "")]
    queue_id: String,
    /// Size in octets, as Postfix counts it (`${size}`).
    #[arg(short = 'z', long, allow_hyphen_values = true, default_value = "")]
    size: String,
    /// The SMTP client's address (`${client_address}`).
    #[arg(short = 'a', long, allow_hyphen_values = true, default_value = "")]
    client_address: String,
    /// SASL login name (`${sasl_username}`).
    #[arg(short = 'l', long, allow_hyphen_values = true, default_value = "")]
    sasl_login: String,
}

/// What the door needs of the configuration.
#[derive(Debug, Clone)]
pub struct DoorParts {
    /// Where the message is recorded.
    pub spool: Spool,
    /// The inboxes.
    pub inboxes: InboxTable,
}

/// Runs the door: `arguments` without the program's name, beginning with `deliver`; `open` reads the
/// configuration. Gives the exit code and never panics.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    input: impl Read,
    now: fn() -> Timestamp,
    open: impl FnOnce(Option<PathBuf>) -> anyhow::Result<DoorParts>,
) -> u8 {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let args = Args::try_parse_from(arguments).map_err(|e| {
            // The first line says what is wrong; the rest is help for a person at a terminal.
            anyhow::anyhow!("{}", e.to_string().lines().next().unwrap_or("arguments not understood"))
        })?;
        let queue_id = if args.queue_id.is_empty() { "NOQUEUE".to_owned() } else { args.queue_id.clone() };
        deliver(args, input, now(), open)
            .inspect_err(|error| log::error!("{queue_id}: not recorded: {error:#}"))
    }));
    match attempt {
        Ok(Ok(())) => DONE,
        Ok(Err(error)) => {
            log::debug!("deliver: {error:#}");
            TRY_AGAIN
        }
        Err(_) => TRY_AGAIN, // the panic hook has logged it
    }
}

fn deliver(
    mut args: Args,
    input: impl Read,
    now: Timestamp,
    open: impl FnOnce(Option<PathBuf>) -> anyhow::Result<DoorParts>,
) -> anyhow::Result<()> {
    let parts = open(args.config.take()).context("configuration")?;
    let inbox = inbox_of(&args, &parts.inboxes)?;
    if !inbox.enabled {
        return pass_by(inbox, &args);
    }
    let envelope = envelope(&args, inbox, &parts.inboxes, now);
    let detail = envelope.inboxes.first().and_then(|rcpt| rcpt.detail.as_deref());
    if let Some(token) = detail.and_then(|detail| parts.spool.probe(detail)) {
        log::info!("{}: a probe of `crmctl check`", args.queue_id);
        return Ok(parts.spool.saw_probe(&token, &Seen { door: Door::Pipe, header: header(input)? })?);
    }
    let (id, bytes) = record(&parts.spool, &envelope, input)?;
    log::info!("{}: inbox={} size={bytes} spool={id} door=pipe", args.queue_id, inbox.key);
    Ok(())
}

fn inbox_of<'a>(args: &Args, inboxes: &'a InboxTable) -> anyhow::Result<&'a Inbox> {
    let local = args.recipient.rsplit_once('@').map_or(args.recipient.as_str(), |(local, _)| local);
    let local = local.trim_matches('"').to_ascii_lowercase();
    // Postfix hands the extension over both on the address and by itself.
    let key = Some(args.extension.to_ascii_lowercase())
        .filter(|extension| !extension.is_empty())
        .and_then(|extension| local.strip_suffix(&extension).map(str::to_owned))
        .and_then(|rest| {
            let mut rest = rest.chars();
            rest.next_back().filter(|c| !c.is_ascii_alphanumeric()).map(|_| rest.as_str().to_owned())
        })
        .filter(|key| inboxes.by_key(key).is_some());
    let key = key.unwrap_or(local);
    inboxes.by_key(&key).with_context(|| {
        format!("no inbox has the key {key:?}: do the maps of Postfix agree with the configuration?")
    })
}

/// Mail to an inbox that is switched off passes untouched (row W02). Where the original goes on by another
/// alias there is nothing to do; where we were its only reader it must wait for Postfix's maps.
fn pass_by(inbox: &Inbox, args: &Args) -> anyhow::Result<()> {
    if inbox.original == Original::Consume {
        bail!("inbox {} is switched off, but Postfix's maps still send its mail here", inbox.key);
    }
    log::info!("{}: inbox={} is switched off: not recorded", args.queue_id, inbox.key);
    Ok(())
}

fn envelope(args: &Args, inbox: &Inbox, inboxes: &InboxTable, now: Timestamp) -> Envelope {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let written = some(&args.original_recipient).unwrap_or_else(|| args.recipient.clone());
    // As the client wrote it, if the client wrote this inbox's address; through an alias, what Postfix passed
    // on of it.
    let detail = inboxes.find(&written).filter(|(found, _)| found.key == inbox.key).and_then(|(_, d)| d);
    // No longer than a local part may be (RFC 5321, section 4.5.3.1): it becomes part of a unique key.
    let detail = detail.or_else(|| some(&args.extension).filter(|extension| extension.len() <= 64));
    Envelope {
        queue_id: some(&args.queue_id),
        mail_from: args.sender.trim_start_matches('<').trim_end_matches('>').to_owned(),
        rcpt_to: vec![written.clone()],
        inboxes: vec![InboxRcpt { inbox: inbox.key.clone(), detail, rcpt_to: written }],
        // Postfix writes `unknown` for what did not come by SMTP.
        client_address: args.client_address.parse().ok(),
        sasl_login: some(&args.sasl_login),
        ..Envelope::new(Door::Pipe, now)
    }
}

/// The header section; the rest of the message is read as well, for pipe(8) to have got rid of it.
fn header(input: impl Read) -> anyhow::Result<String> {
    let mut input = BufReader::new(input);
    let mut header = Vec::new();
    while header.len() < HEADER_MAX {
        let before = header.len();
        let read = input.by_ref().take(HEADER_MAX as u64).read_until(b'\n', &mut header)?;
        if read == 0 || header[before..].trim_ascii().is_empty() {
            break;
        }
    }
    std::io::copy(&mut input, &mut std::io::sink())?;
    Ok(String::from_utf8_lossy(&header).into_owned())
}

/// Copies the message into the spool, its line ends as CRLF.
fn record(spool: &Spool, envelope: &Envelope, mut input: impl Read) -> anyhow::Result<(Uuid, u64)> {
    let mut draft = spool.begin(envelope)?;
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => draft.write_lines(&chunk[..n])?,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e).context("standard input"),
        }
    }
    let bytes = draft.message_bytes();
    Ok((draft.commit()?, bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spool::{Counts, Entry};
    use tempfile::TempDir;

    fn parts() -> (TempDir, DoorParts) {
        let inbox = |key: &str, enabled, original| Inbox {
            enabled,
            original,
            ..Inbox::new(key, &format!("{key}@crm.test"))
        };
        let dir = TempDir::new().unwrap();
        let all = vec![
            inbox("info", true, Original::Consume),
            inbox("info-es", true, Original::Consume),
            inbox("off", false, Original::Consume),
            inbox("off-keep", false, Original::Keep),
        ];
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        (dir, DoorParts { spool, inboxes: InboxTable::new(all, Some('+'), false) })
    }

    fn run_with(parts: &DoorParts, arguments: &[&str], input: impl Read) -> u8 {
        let arguments = std::iter::once("deliver").chain(arguments.iter().copied()).map(OsString::from);
        run(arguments, input, || "2026-11-22T10:00:00Z".parse().unwrap(), |_| Ok(parts.clone()))
    }

    fn entry(parts: &DoorParts) -> Entry {
        let mut claims = parts.spool.claims().unwrap();
        let entry = claims.claim(1).unwrap().remove(0);
        claims.settle(&[entry.id]).unwrap();
        entry
    }

    #[test]
    fn message_from_the_pipe_is_recorded_as_the_milter_would_have() {
        let (_dir, parts) = parts();
        let arguments = [
            "-s",
            "",
            "-o",
            "Info+DEAL-1@crm.test",
            "-r",
            "info+deal-1@crm.invalid",
            "-e",
            "deal-1",
            "-q",
            "4Q",
            "-z",
            "12",
            "-a",
            "192.0.2.1",
            "-l",
            "-ann",
        ];
        assert_eq!(run_with(&parts, &arguments, &b"A: b\nC: d\r\n\n.\n\xff\0"[..]), DONE);
        let entry = entry(&parts);
        assert_eq!(entry.message, b"A: b\r\nC: d\r\n\r\n.\r\n\xff\0");
        let envelope = entry.envelope;
        assert_eq!((envelope.door, envelope.mail_from.as_str()), (Door::Pipe, ""));
        assert_eq!(envelope.inboxes[0].inbox, "info");
        assert_eq!(envelope.inboxes[0].detail.as_deref(), Some("DEAL-1"));
        assert_eq!(envelope.inboxes[0].rcpt_to, "Info+DEAL-1@crm.test");
        assert_eq!(envelope.client_address.unwrap().to_string(), "192.0.2.1");
        assert_eq!(envelope.sasl_login.as_deref(), Some("-ann"));
    }

    #[test]
    fn inbox_is_found_by_its_key_through_any_alias() {
        let (_dir, parts) = parts();
        for (recipient, extension, key, detail) in [
            ("info@crm.invalid", "", "info", None),
            ("Info@crm.invalid", "", "info", None),
            ("info+X1@crm.invalid", "X1", "info", Some("X1")),
            ("info-es@crm.invalid", "es", "info", Some("es")),
            ("info-es@crm.invalid", "", "info-es", None),
        ] {
            let arguments = ["-s", "a@b.test", "-o", "team@crm.test", "-r", recipient, "-e", extension];
            assert_eq!(run_with(&parts, &arguments, &b"x"[..]), DONE, "{recipient}");
            let rcpt = entry(&parts).envelope.inboxes.remove(0);
            assert_eq!((rcpt.inbox.as_str(), rcpt.detail.as_deref()), (key, detail), "{recipient}");
            assert_eq!(rcpt.rcpt_to, "team@crm.test");
        }
    }

    #[test]
    fn detail_longer_than_a_local_part_is_none() {
        let (_dir, parts) = parts();
        let long = "x".repeat(1500);
        let recipient = format!("info+{long}@crm.invalid");
        let arguments = ["-s", "a@b.test", "-o", "team@crm.test", "-r", &recipient, "-e", &long];
        assert_eq!(run_with(&parts, &arguments, &b"x"[..]), DONE);
        assert_eq!(entry(&parts).envelope.inboxes.remove(0).detail, None);
    }

    #[test]
    fn whatever_goes_wrong_the_code_is_75_and_nothing_is_recorded() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("broken"))
            }
        }
        let (_dir, parts) = parts();
        for arguments in [
            &[][..],
            &["--help"],
            &["--version"],
            &["-x"],
            &["-s", "a@b.test", "-r", "nobody@crm.invalid"],
            &["-s", "a@b.test", "-r", "off@crm.invalid"],
            &["-s", "a@b.test", "-r", ""],
        ] {
            assert_eq!(run_with(&parts, arguments, &b"x"[..]), TRY_AGAIN, "{arguments:?}");
        }
        assert_eq!(run_with(&parts, &["-s", "", "-r", "info@crm.invalid"], Broken), TRY_AGAIN);
        let good = || ["deliver", "-s", "", "-r", "info@crm.invalid"].map(OsString::from);
        let now = || "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(run(good(), &b"x"[..], now, |_| anyhow::bail!("line 3: no")), TRY_AGAIN);
        assert_eq!(run(good(), &b"x"[..], now, |_| panic!("a fault of ours")), TRY_AGAIN);
        std::fs::remove_dir(parts.spool.dir().join("tmp")).unwrap();
        assert_eq!(run(good(), &b"x"[..], now, |_| Ok(parts.clone())), TRY_AGAIN);
        std::fs::create_dir(parts.spool.dir().join("tmp")).unwrap();
        assert_eq!(parts.spool.counts().unwrap(), Counts::default());
    }

    #[test]
    fn mail_to_a_switched_off_inbox_that_goes_on_elsewhere_is_let_by() {
        let (_dir, parts) = parts();
        assert_eq!(run_with(&parts, &["-s", "", "-r", "off-keep@crm.invalid"], &b"x"[..]), DONE);
        assert_eq!(parts.spool.counts().unwrap(), Counts::default());
    }
}
