//! `crmctl intake`: what reached the inboxes, and mail taken for spam that a person releases.
//!
//! A release goes by the spool like every message: the entry names the stored mail, and the worker plans it
//! again, as if it had no mark. The line that said `spam` stays and is resolved; what came of the release is a
//! line of its own. The entry is written first: a release that is cut short there can be repeated, and the
//! worker lists the second one as a duplicate.

use super::args::intake::Intake as Verb;
use super::desk::Desk;
use super::exit::{DATAERR, USAGE, fault};
use super::table::Table;
use super::text;
use crate::crm::plan::Outcome;
use crate::mail::envelope::{Door, Envelope, InboxRcpt, Released};
use crate::spool::Spool;
use crate::store::{IntakeFilter, IntakeLine, Page, Store};
use anyhow::Context as _;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a release waits for what comes of it, to tell.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List { outcome, inbox, page } => {
            if let Some(name) = outcome.as_deref().filter(|name| Outcome::from_name(name).is_none()) {
                let known = Outcome::ALL.map(Outcome::as_str).join(", ");
                return Err(fault(USAGE, format!("no outcome `{name}`; there are {known}")));
            }
            let filter = IntakeFilter { inbox, outcome, ..IntakeFilter::default() };
            desk.list(&desk.store()?.intake_list(&filter, (&page).into())?, table)
        }
        Verb::Release { intake } => release(desk, intake),
    }
}

/// Intakes as a table.
pub fn table(intakes: &[IntakeLine]) -> Table {
    let mut table =
        Table::new(&["id", "received", "inbox", "from", "subject", "outcome", "reason", "reply", "owner"]);
    for intake in intakes {
        let inbox = match &intake.detail {
            Some(detail) => format!("{}+{detail}", intake.inbox),
            None => intake.inbox.clone(),
        };
        let reason = match &intake.resolution {
            Some(resolution) => format!("{}; {resolution}", intake.reason),
            None => intake.reason.clone(),
        };
        table.row([
            intake.id.to_string(),
            text::time(intake.received_at),
            inbox,
            format!("<{}>", intake.mail_from),
            intake.subject.clone().unwrap_or_default(),
            intake.outcome.clone(),
            reason,
            intake.reply.clone().unwrap_or_default(),
            intake.owner.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn release(desk: &Desk, id: Uuid) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let line = store.intake_show(id)?;
    let mail = releasable(&line)?;
    let raw = store.mail_raw(mail)?;
    let spool = Spool::open(&config.spool)
        .context("a release goes through the spool: run it as root on a host where crm-milter runs")?;
    let inbox = config.inbox_table().by_key(&line.inbox).map(|inbox| inbox.address.clone());
    let by = desk.operator();
    let mut draft = spool.begin(&envelope(&line, mail, inbox, by.clone()))?;
    draft.write(&raw)?;
    let entry = draft.commit()?;
    let resolution = format!("released by {by} on {}", text::time(jiff::Timestamp::now()));
    if !store.intake_resolve(id, &by, &resolution)? {
        let why = format!("line {id} was released by somebody else at this moment; it is filed once");
        return Err(fault(DATAERR, why));
    }
    match outcome(&store, &spool, entry, &line, mail)? {
        Some(new) => {
            let sentence = format!("{}: {}", new.outcome, new.reason);
            desk.done(&new, &sentence)
        }
        None => {
            let sentence = "released; crm-milter files it as soon as it runs: see `crmctl intake list`";
            desk.done(&serde_json::json!({ "spool_id": entry }), sentence)
        }
    }
}

/// The mail of a line that can be released.
fn releasable(line: &IntakeLine) -> anyhow::Result<Uuid> {
    let refused = |why: &str| Err(fault(DATAERR, format!("line {} is not released: {why}", line.id)));
    if line.outcome == Outcome::Blocked.as_str() {
        return refused(
            "a blocked sender's mail is not stored; end the block with `crmctl block remove` and ask for it again",
        );
    }
    if line.outcome != Outcome::Spam.as_str() {
        let why = format!("it is no spam but `{}`; see `crmctl intake list --outcome spam`", line.outcome);
        return refused(&why);
    }
    match (&line.resolution, line.mail_id) {
        (Some(resolution), _) => refused(&format!("it was {resolution}")),
        (None, Some(mail)) => Ok(mail),
        (None, None) => refused("its mail is not stored"),
    }
}

/// What the session said, as far as the line kept it. Spam came on nobody's authority, and gets none here.
fn envelope(line: &IntakeLine, mail: Uuid, address: Option<String>, by: String) -> Envelope {
    let rcpt_to = address.unwrap_or_else(|| line.inbox.clone());
    Envelope {
        released: Some(Released { mail, by }),
        queue_id: line.queue_id.clone(),
        mail_from: line.mail_from.clone(),
        rcpt_to: vec![rcpt_to.clone()],
        inboxes: vec![InboxRcpt { inbox: line.inbox.clone(), detail: line.detail.clone(), rcpt_to }],
        ..Envelope::new(Door::from_name(&line.door).unwrap_or(Door::Import), line.received_at)
    }
}

/// The line that came of the release, if it comes soon.
fn outcome(
    store: &Store,
    spool: &Spool,
    entry: Uuid,
    line: &IntakeLine,
    mail: Uuid,
) -> anyhow::Result<Option<IntakeLine>> {
    let until = Instant::now() + PATIENCE;
    while spool.find(entry).is_some() {
        if Instant::now() > until {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let filter =
        IntakeFilter { mail: Some(mail), inbox: Some(line.inbox.clone()), ..IntakeFilter::default() };
    let newest = store.intake_list(&filter, Page::default())?;
    Ok(newest.into_iter().find(|new| new.id > line.id && new.detail == line.detail))
}
