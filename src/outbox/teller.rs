//! The thread that tells users: it makes rows of the outbox of what is new ([`super::notices`]) and posts those that are
//! for webhooks. It is not the one that sends mail, so that a webhook that does not answer holds up no mail.
//!
//! It waits for news of the database, for the next post that is due, or for the hour of digests. What goes wrong with
//! the database is tried again after a pause; one webhook that fails holds up no other.

use super::notices::Notices;
use super::retry;
use super::webhook::Posted;
use crate::store::{Post, Result, Settled, Store};
use arc_swap::ArcSwap;
use jiff::Timestamp;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use uuid::Uuid;

/// How long a post belongs to the node that has claimed it: the longest answer of a webhook, with room.
const LEASE: Duration = Duration::from_secs(60);
/// Posts of one claim; with the longest wait of each they must end within the lease.
const BATCH: i32 = 1;
/// While the database is away.
const PAUSE: Duration = Duration::from_secs(5);
/// Failures in a row that are worth a warning.
const TROUBLES: u32 = 12;
/// Longest wait: news may be lost on their way, clocks are set, and summer time begins.
const LONGEST: Duration = Duration::from_secs(50);

/// What the thread needs to run.
#[derive(Debug)]
pub struct Teller {
    store: Store,
    settings: Arc<ArcSwap<Notices>>,
    node: String,
    news: Receiver<()>,
    handle: TellerHandle,
    /// Webhooks that failed, until when nothing is posted to them, and why.
    away: HashMap<String, (Timestamp, String)>,
}

/// Wakes and ends it.
#[derive(Debug, Clone)]
pub struct TellerHandle {
    stopped: Arc<AtomicBool>,
    tell: SyncSender<()>,
}

impl TellerHandle {
    /// There may be something new.
    pub fn wake(&self) {
        // One look answers all that is told before it.
        let _ = self.tell.try_send(());
    }

    /// Ends it soon: what is being posted is posted to its end.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.wake();
    }
}

impl Teller {
    /// A teller of this process.
    pub fn new(store: Store, settings: Arc<ArcSwap<Notices>>, host: &str) -> Teller {
        let (tell, news) = sync_channel(1);
        let handle = TellerHandle { stopped: Arc::default(), tell };
        let node = format!("{host}:{}", Uuid::new_v4().simple());
        Teller { store, settings, node, news, handle, away: HashMap::new() }
    }

    /// What wakes and ends it.
    pub fn handle(&self) -> TellerHandle {
        self.handle.clone()
    }

    /// Tells until it is stopped.
    pub fn run(&mut self) {
        let mut troubles = 0_u32;
        while !self.handle.stopped.load(Ordering::Acquire) {
            let round = catch_unwind(AssertUnwindSafe(|| self.round()));
            let wait = match round {
                Ok(Ok(wait)) => {
                    troubles = 0;
                    wait
                }
                Ok(Err(error)) => {
                    // A database that is away is told of by others; what stays wrong is told here.
                    troubles += 1;
                    if troubles == TROUBLES {
                        log::warn!("notices: nobody is told of news: {error}");
                    } else {
                        log::debug!("notices: {error}");
                    }
                    PAUSE
                }
                Err(_) => {
                    log::error!("notices: panic; again in {PAUSE:?}");
                    PAUSE
                }
            };
            if !wait.is_zero() {
                // Woken, timed out: look again.
                let _ = self.news.recv_timeout(wait.min(LONGEST));
            }
        }
    }

    /// Tells what is new, posts what is due, and says how long nothing will be.
    fn round(&mut self) -> Result<Duration> {
        let settings = self.settings.load_full();
        let now = Timestamp::now();
        settings.tell(&self.store, now)?;
        let posts = self.store.webhook_claim(&self.node, LEASE, BATCH)?;
        if posts.is_empty() {
            let due = self.store.webhook_due()?.unwrap_or(LONGEST);
            return Ok(due.min(settings.until_digest(now)));
        }
        for post in &posts {
            let settled = self.post(post, &settings);
            self.settle(post, &settled)?;
        }
        Ok(Duration::ZERO)
    }

    fn post(&mut self, post: &Post, settings: &Notices) -> Settled {
        let Some(webhook) = settings.webhooks.iter().find(|webhook| webhook.key == post.webhook) else {
            let reason = format!("no webhook `{}` is configured any more", post.webhook);
            return Settled::Cancelled { reason };
        };
        let now = Timestamp::now();
        let posted = match self.away.get(&webhook.key) {
            Some((until, error)) if *until > now => Posted::Later(error.clone()),
            _ => webhook.post(post.id, &post.message, now),
        };
        match posted {
            Posted::Done(reply) => {
                self.away.remove(&webhook.key);
                Settled::Sent { reply, plan: None }
            }
            Posted::Refused(error) => Settled::Dead { error, reply: None },
            Posted::Later(error) if retry::is_over(post.created_at, now) => {
                Settled::Dead { error, reply: None }
            }
            Posted::Later(error) => {
                let after = retry::jittered(post.attempts.saturating_add(1));
                // What else waits for it is not tried one by one, each for the longest time.
                self.away.entry(webhook.key.clone()).or_insert((now + REST, error.clone()));
                self.away.retain(|_, (until, _)| *until > now);
                Settled::Later { after, error, reply: None }
            }
        }
    }

    fn settle(&self, post: &Post, settled: &Settled) -> Result<()> {
        self.store.outbox_settle(&self.node, post.id, settled)?;
        let (state, why) = settled.status();
        let why: String = why.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect();
        log::info!("outbox={} kind=notice webhook={}, status={state} ({why})", post.number, post.webhook);
        Ok(())
    }
}

/// Nothing is posted to a webhook for so long after it failed.
const REST: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);
