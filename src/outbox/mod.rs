//! The outbox: rows of the database go out by SMTP, whatever happens on the way.
//!
//! One thread per process sends, one message after the other over one connection, so that an end of the process at
//! the worst moment sends one message twice and no more: between the server's reply and the commit that notes it.
//! It waits for news of the database or for the time at which something is due, and looks once a minute besides, as
//! news may be lost on their way. Leases keep the nodes apart; what a node had in hand when it died is due again when
//! its lease ends, within a minute.
//!
//! - [`compose`](mod@compose): the message, from row, inbox and author. [`field`]: its header.
//! - [`notices`](mod@notices): users are told, by the thread of [`teller`](mod@teller), which posts to webhooks
//!   ([`webhook`](mod@webhook)) too.
//! - [`send`]: SMTP, over a `connection`. [`retry`]: when there is another attempt. [`stored`]: what is kept of it.
//!
//! What may go wrong: the database is away: nothing is claimed, and what was sent is noted as soon as it is back;
//! the server is away: rows are given back with the reason and as untried as they were, and it is asked again within half a minute; what has waited
//! for it for five days goes out no more, as nobody wants old news when it is set up at last; a row that cannot be composed, or that the server refuses, is a dead letter with the reason, which `crmctl outbox` shows.

pub mod compose;
mod connection;
pub mod field;
mod keep;
pub mod notices;
mod private_file;
pub mod retry;
pub mod send;
pub mod stored;
mod stream;
pub mod teller;
pub mod webhook;

use crate::crm::policy::{Policy, Unwanted};
use crate::mail::hex;
use crate::store::{self, Claimed, OutboxNews, Queued, Settled, Store};
use arc_swap::ArcSwap;
use compose::{Company, Composed};
use jiff::Timestamp;
use keep::InHand;
use send::{Failure, Sender, Server};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a row belongs to the node that has claimed it, unless it is renewed.
const LEASE: Duration = Duration::from_secs(30);
/// A row that has less left is renewed before it is begun.
const ENOUGH: Duration = Duration::from_secs(20);
/// Rows of one claim: what a node that hangs holds back.
const BATCH: u16 = 10;
/// An idle connection is closed after that: Postfix has few to give away.
const IDLE: Duration = Duration::from_secs(5);
/// Longest wait without news: the connection that brings them may be lost, or cannot be had.
const LONGEST_WAIT: Duration = Duration::from_secs(50);
/// Octets of one message's attachments: what a user may write into a row names any number of them, and all of them
/// are in memory several times over.
const MOST_ATTACHED: u64 = 100 << 20;
/// First pause while the database is away; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A database that is away for so long is worth a warning.
const LONG_AWAY: Duration = Duration::from_secs(30);

/// What the outbox goes by; replaced whole by a reload.
#[derive(Debug)]
pub struct Settings {
    /// Inboxes and blocks: the same that the doors go by.
    pub policy: Arc<ArcSwap<Policy>>,
    /// In whose name what no inbox sends goes out.
    pub company: Company,
    /// Where it goes.
    pub server: Server,
    /// Most mails within a minute to one domain.
    pub domain_per_minute: u32,
}

/// Ends the outbox's threads.
#[derive(Debug, Clone)]
pub struct StopHandle {
    stopped: Arc<AtomicBool>,
    tell: SyncSender<()>,
    in_hand: InHand,
}

impl StopHandle {
    /// Ends them soon: what is being sent is sent to its end.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.in_hand.stop();
        wake(&self.tell);
    }

    /// Hears of news until it is stopped, and tells somebody else as well; on a thread of its own.
    pub fn listen(&self, store: &Store, also: impl Fn()) {
        OutboxNews::new(store).run(&self.stopped, || {
            wake(&self.tell);
            also();
        });
    }

    /// Keeps the lease of what is being sent until it is stopped; on a thread of its own.
    pub fn keep(&self, store: &Store, node: &str) {
        self.in_hand.run(store, node);
    }
}

/// One look at the outbox answers all that is told before it.
fn wake(tell: &SyncSender<()>) {
    match tell.try_send(()) {
        Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
    }
}

/// The thread that sends.
#[derive(Debug)]
pub struct Outbox {
    store: Store,
    settings: Arc<ArcSwap<Settings>>,
    node: String,
    news: Receiver<()>,
    handle: StopHandle,
    sender: Option<Sender>,
    /// Times that the server has failed everybody since it last took something.
    server_away: u32,
    database_away: Option<Away>,
}

#[derive(Debug)]
struct Away {
    since: Instant,
    pause: Duration,
    told: bool,
}

/// When to look again.
enum Next {
    At(Option<Duration>),
    Now,
}

impl Outbox {
    /// An outbox of this process; `host` names it for people.
    pub fn new(store: Store, settings: Arc<ArcSwap<Settings>>, host: &str) -> Outbox {
        let (tell, news) = sync_channel(1);
        let handle = StopHandle { stopped: Arc::default(), tell, in_hand: InHand::default() };
        let node = format!("{host}:{}", Uuid::new_v4().simple());
        Outbox { store, settings, node, news, handle, sender: None, server_away: 0, database_away: None }
    }

    /// What stops it.
    pub fn stop_handle(&self) -> StopHandle {
        self.handle.clone()
    }

    /// The name under which it holds leases.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Sends until it is stopped.
    pub fn run(&mut self) {
        while !self.is_stopped() {
            let round = catch_unwind(AssertUnwindSafe(|| self.round()));
            self.handle.in_hand.hold(None);
            match round {
                Ok(Ok(Next::Now)) => self.database_away = None,
                Ok(Ok(Next::At(due))) => {
                    self.database_away = None;
                    self.wait(due);
                }
                Ok(Err(error)) => self.database_is_away(&error),
                Err(_) => {
                    log::error!("outbox: panic; what was in hand is due again within a minute");
                    self.sender = None;
                    self.pause(LONGEST_PAUSE);
                }
            }
        }
        if let Some(sender) = &mut self.sender {
            sender.close();
        }
    }

    fn is_stopped(&self) -> bool {
        self.handle.stopped.load(Ordering::Acquire)
    }

    /// Waits for news or the time; an idle connection is closed meanwhile.
    fn wait(&mut self, due: Option<Duration>) {
        let due = patience(due);
        let first = due.min(if self.sender.is_some() { IDLE } else { LONGEST_WAIT });
        if self.wait_for_news(first) || first == due {
            return;
        }
        if let Some(sender) = &mut self.sender {
            sender.close();
        }
        self.wait_for_news(due.saturating_sub(first));
    }

    /// Whether there were any within that time.
    fn wait_for_news(&self, limit: Duration) -> bool {
        !matches!(self.news.recv_timeout(limit), Err(RecvTimeoutError::Timeout))
    }

    /// Waits, whatever is told meanwhile, but for the end.
    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.is_stopped() && Instant::now() < until {
            self.wait_for_news(until.saturating_duration_since(Instant::now()));
        }
        // What was told meanwhile is looked at now.
        wake(&self.handle.tell);
    }

    fn database_is_away(&mut self, error: &store::Error) {
        let first = || Away { since: Instant::now(), pause: FIRST_PAUSE, told: false };
        let away = self.database_away.get_or_insert_with(first);
        if !away.told && away.since.elapsed() > LONG_AWAY {
            away.told = true;
            log::warn!("outbox: nothing goes out, the database is away: {error}");
        } else {
            log::debug!("outbox: the database is away: {error}");
        }
        let pause = away.pause;
        away.pause = (pause * 2).min(LONGEST_PAUSE);
        self.pause(pause);
    }

    /// Claims what is due, and sends it.
    fn round(&mut self) -> Result<Next, store::Error> {
        let settings = self.settings.load_full();
        let per_minute = settings.domain_per_minute;
        let Claimed { rows, keys } = self.store.outbox_claim(&self.node, LEASE, BATCH, per_minute)?;
        let claimed = Instant::now();
        if rows.is_empty() {
            // What is due now is in another node's hands for a moment.
            return Ok(Next::At(self.store.outbox_due()?.map(|due| due.max(FIRST_PAUSE))));
        }
        if self.sender.as_ref().is_none_or(|sender| *sender.server() != settings.server) {
            self.sender = Some(Sender::new(settings.server.clone()));
        }
        for (at, row) in rows.iter().enumerate() {
            if self.is_stopped() {
                self.release(&rows[at..], None)?;
                return Ok(Next::Now);
            }
            if claimed.elapsed() + ENOUGH > LEASE && !self.store.outbox_renew(&self.node, row.id, LEASE)? {
                continue;
            }
            self.handle.in_hand.hold(Some(row.id));
            let done = self.row(row, &keys, &settings)?;
            self.handle.in_hand.hold(None);
            if let Some(error) = done {
                self.server_away += 1;
                let pause = retry::server_pause(self.server_away);
                let level =
                    if retry::is_said(self.server_away) { log::Level::Warn } else { log::Level::Debug };
                log::log!(level, "outbox: {error}; asked again in {pause:?}, {} rows wait", rows.len() - at);
                for row in rows[at + 1..].iter().filter(|row| retry::is_over(row.since, Timestamp::now())) {
                    self.settle(row, too_old(&error, None))?;
                }
                self.release(&rows[at..], Some(&error))?;
                self.pause(pause);
                return Ok(Next::Now);
            }
        }
        Ok(Next::Now)
    }

    /// Gives rows back; `why` the server cannot have them now is seen on them.
    fn release(&self, rows: &[Queued], why: Option<&str>) -> Result<(), store::Error> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        self.store.outbox_release(&self.node, &ids, why)
    }

    /// One row, to its end; what is wrong with the server where nothing can be sent.
    fn row(
        &mut self,
        row: &Queued,
        keys: &crate::crm::signed::Keys,
        settings: &Settings,
    ) -> Result<Option<String>, store::Error> {
        let policy = settings.policy.load();
        if let Some(reason) = suppressed(row, &policy) {
            self.settle(row, Settled::Cancelled { reason })?;
            return Ok(None);
        }
        let files = self.files(row)?;
        let composed = files.and_then(|files| {
            let compose = || compose::compose(row, keys, &policy, &settings.company, &files);
            let composed = catch_unwind(AssertUnwindSafe(compose))
                .unwrap_or_else(|_| Err("composing it made the program panic".to_owned()))?;
            Ok((composed, files))
        });
        let (mail, files) = match composed {
            Ok(composed) => composed,
            Err(error) => {
                self.settle(row, Settled::Dead { error, reply: None })?;
                return Ok(None);
            }
        };
        let Some(sender) = &mut self.sender else { return Ok(Some("no server".to_owned())) };
        let sent = sender.send(&mail);
        if sent.is_ok() {
            self.server_away = 0;
        }
        let now = Timestamp::now();
        match sent {
            Ok(reply) => self.sent(row, &mail, &files, reply, now)?,
            Err(Failure::Server { error, begun: false }) => {
                if retry::is_over(row.since, now) {
                    self.settle(row, too_old(&error, None))?;
                }
                return Ok(Some(error));
            }
            Err(Failure::Server { error, begun: true }) => {
                self.settle(row, later(row, error.clone(), Some(error.clone()), now))?;
                return Ok(Some(error));
            }
            Err(Failure::Later { error, reply }) => self.settle(row, later(row, error, reply, now))?,
            Err(Failure::Never { error, reply }) => self.settle(row, Settled::Dead { error, reply })?,
        }
        Ok(None)
    }

    /// The contents of its attachments, or why they cannot be had.
    fn files(&self, row: &Queued) -> Result<Result<Vec<Vec<u8>>, String>, store::Error> {
        let Ok(content) = &row.content else { return Ok(Ok(Vec::new())) };
        let (mut files, mut left) = (Vec::new(), MOST_ATTACHED);
        for attached in &content.attachments {
            let digest = digest(&attached.sha256);
            let found =
                digest.map(|digest| self.store.outbox_attachment(&digest, left)).transpose()?.flatten();
            let Some(file) = found else {
                let name = field::clean(&attached.name);
                return Ok(Err(format!(
                    "the attached file {name} is gone, or with it there are more than {MOST_ATTACHED} octets; write it \
                     again, with the file or without"
                )));
            };
            left = left.saturating_sub(file.len() as u64);
            files.push(file);
        }
        Ok(Ok(files))
    }

    /// Notes that a row was sent, for as long as it takes: without that it would be sent again.
    fn sent(
        &mut self,
        row: &Queued,
        mail: &Composed,
        files: &[Vec<u8>],
        reply: String,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        let mut plan = stored::plan(row, mail, files, now).map(Box::new);
        let mut pause = FIRST_PAUSE;
        loop {
            let settled = Settled::Sent { reply: reply.clone(), plan: plan.clone() };
            match self.settle(row, settled) {
                Ok(()) => return Ok(()),
                // Stored by another way already, or it cannot be: that it was sent is what counts.
                Err(error) if plan.is_some() && !error.is_transient() => {
                    log::warn!("outbox={}: sent, but not stored as mail: {error}", row.number);
                    plan = None;
                }
                Err(error) if self.is_stopped() => return Err(error),
                Err(error) => {
                    log::debug!("outbox={}: sent, and not noted yet: {error}", row.number);
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE / 10);
                }
            }
        }
    }

    /// Settles, and says so in Postfix's manner.
    fn settle(&self, row: &Queued, settled: Settled) -> Result<(), store::Error> {
        let held = self.store.outbox_settle(&self.node, row.id, &settled)?;
        let (state, why) = settled.status();
        let queue_id = match &settled {
            Settled::Sent { reply, .. } => queue_id(reply).unwrap_or("NOQUEUE"),
            _ => "NOQUEUE",
        };
        let lost = if held { "" } else { ", but another node holds it now" };
        log::info!(
            "{queue_id}: outbox={} kind={} to=<{}>, status={state}{lost} ({})",
            row.number,
            row.kind.as_str(),
            field::clean(&row.rcpt_to),
            field::clean(why).chars().take(300).collect::<String>()
        );
        Ok(())
    }
}

/// Another attempt, or none where it has been tried for long enough.
fn later(row: &Queued, error: String, reply: Option<String>, now: Timestamp) -> Settled {
    if retry::is_over(row.since, now) {
        return too_old(&error, reply);
    }
    Settled::Later { after: retry::jittered(row.attempts.saturating_add(1)), error, reply }
}

/// The end of what has been tried, or has waited, for long enough.
fn too_old(error: &str, reply: Option<String>) -> Settled {
    Settled::Dead { error: format!("tried for five days: {error}"), reply }
}

/// How long to wait for news when something is due in that time, or nothing is.
fn patience(due: Option<Duration>) -> Duration {
    due.map_or(LONGEST_WAIT, |due| due.min(LONGEST_WAIT))
}

/// Why nothing may be sent to its recipient.
fn suppressed(row: &Queued, policy: &Policy) -> Option<String> {
    if row.erased {
        return Some("the contact was erased".to_owned());
    }
    if let Some(reason) = &row.off {
        return Some(format!("the address is {} ({reason})", Unwanted::Off.as_str()));
    }
    let written = field::addr_spec(&row.rcpt_to);
    let block = policy.block(written.as_deref().unwrap_or(&row.rcpt_to));
    block.map(|_| format!("the address is {}", Unwanted::Blocked.as_str()))
}

/// The queue id of `250 2.0.0 Ok: queued as 4F…`.
fn queue_id(reply: &str) -> Option<&str> {
    let (_, id) = reply.rsplit_once("queued as ")?;
    let id = id.split(' ').next()?.trim_end_matches(['.', ')']);
    (!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric())).then_some(id)
}

/// The octets of a SHA-256 in hexadecimal.
fn digest(digits: &str) -> Option<[u8; 32]> {
    hex::octets(digits)?.try_into().ok()
}

#[cfg(test)]
mod tests;
