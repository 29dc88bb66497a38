//! The worker: from the spool through the rules into the store, in batches.
//!
//! One thread per process. It claims a batch, reads it (hostile work, fenced), and commits it in one
//! transaction; then the entries are settled. What may go wrong:
//!
//! - The store is away: the batch is given back and tried again, with growing pauses. The spool keeps growing
//!   meanwhile, which is what it is for.
//! - Another node made the same contact or mail first: the transaction is rolled back and planned anew.
//! - The store refuses data: the batch is repeated one by one, and the message that it refuses is stored raw,
//!   as `unparsed`, with the reason. If it refuses even that, the entry is set aside in the spool.
//! - Any other error that is not the store's absence, a time limit among them: repeated one by one as well, so
//!   that the message that it is about holds up no other; that one is tried again until it succeeds.
//! - Reading panics, or ends the whole process twice: stored raw as well. So is what cannot be planned.
//!
//! Nothing here answers Postfix; that happened when the spool took the message.

pub mod reading;

use crate::crm::facts::Facts;
use crate::crm::intake::{self, Ceilings, Rules};
use crate::crm::known::Wanted;
use crate::crm::plan::Plan;
use crate::crm::policy::Policy;
use crate::extract;
use crate::spool::{Claims, Entry, Wake};
use crate::store::{self, Store};
use arc_swap::ArcSwap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What the worker goes by; replaced whole by a reload.
#[derive(Debug)]
pub struct Settings {
    /// Inboxes, blocks and own domains: the same that the doors go by.
    pub policy: Arc<ArcSwap<Policy>>,
    /// What the extraction goes by.
    pub extract: extract::Options,
    /// Series of the codes of new leads.
    pub lead_series: String,
    /// Leads that strangers may open.
    pub ceilings: Ceilings,
    /// Most messages in one transaction.
    pub batch: usize,
    /// Longest pause between attempts while the store is away.
    pub longest_pause: Duration,
    /// Inboxes whose mail is deleted after some days: not the worker's business, but that of the same reloads.
    pub retention: Vec<(String, i32)>,
}

/// Attempts at one batch against conflicts with other nodes before a pause.
const REPLANS: u32 = 5;
/// SQLSTATE query_canceled.
const STATEMENT_TIMEOUT: &str = "57014";
/// Wait for entries; waking without any costs one look at a directory.
const IDLE: Duration = Duration::from_secs(60);
/// First pause while the store is away; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The worker of one process.
#[derive(Debug)]
pub struct Worker {
    claims: Claims,
    store: Store,
    settings: Arc<ArcSwap<Settings>>,
    pause: Duration,
    /// Claimed and not yet settled: given back after a panic.
    in_hand: Vec<Uuid>,
}

/// What became of a batch.
enum Done {
    /// All of it is settled.
    Settled,
    /// The store is away.
    Away(store::Error),
}

impl Worker {
    /// A worker on a spool that this process alone claims from.
    pub fn new(claims: Claims, store: Store, settings: Arc<ArcSwap<Settings>>) -> Self {
        Worker { claims, store, settings, pause: FIRST_PAUSE, in_hand: Vec::new() }
    }

    /// Works until the claims' stop handle is used. Ends with an error only if the spool itself fails.
    pub fn run(&mut self) -> io::Result<()> {
        loop {
            let settings = self.settings.load_full();
            let entries = self.claims.claim(settings.batch)?;
            let wake =
                if entries.is_empty() { self.claims.wait(IDLE)? } else { self.work(entries, &settings)? };
            if wake == Wake::Stopped {
                return Ok(());
            }
        }
    }

    /// Gives back what was claimed when [`Worker::run`] ended early, and lets some time pass.
    pub fn recover(&mut self, pause: Duration) {
        self.claims.release(&std::mem::take(&mut self.in_hand));
        if let Err(error) = self.claims.pause(pause) {
            log::error!("{error}");
        }
    }

    fn work(&mut self, entries: Vec<Entry>, settings: &Settings) -> io::Result<Wake> {
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
        self.in_hand.clone_from(&ids);
        self.claims.mark(&ids);
        let policy = settings.policy.load();
        let read = |entry| reading::facts(entry, &settings.extract, &policy);
        let facts: Vec<Facts> = entries.into_iter().map(read).collect();
        self.claims.unmark();
        match self.commit(&facts, settings)? {
            Done::Settled => {
                self.pause = FIRST_PAUSE;
                let stopped = self.claims.stop_handle().is_stopped();
                Ok(if stopped { Wake::Stopped } else { Wake::Entries })
            }
            Done::Away(error) => {
                let (count, pause) = (facts.len(), self.pause);
                log::warn!("database away, {count} entries wait, next attempt in {pause:?}: {error}");
                self.claims.release(&ids);
                let wake = self.claims.pause(pause)?;
                self.pause = (pause * 2).min(settings.longest_pause);
                Ok(wake)
            }
        }
    }

    /// Commits a batch; where the store refuses its data, one by one.
    fn commit(&mut self, facts: &[Facts], settings: &Settings) -> io::Result<Done> {
        let error = match self.attempt(facts, settings) {
            Ok(()) => return self.settle(facts),
            Err(error) => error,
        };
        if is_of_everybody(&error) {
            return Ok(Done::Away(error));
        }
        // A conflict that stays after so many plans is a matter of this batch, not of another node. A statement
        // that took too long may have been too large.
        let [one] = facts else {
            let mut left = None;
            for one in facts {
                match self.commit(std::slice::from_ref(one), settings)? {
                    Done::Away(error) if is_of_everybody(&error) => return Ok(Done::Away(error)),
                    Done::Away(error) => left = Some(error),
                    Done::Settled => {}
                }
            }
            return Ok(left.map_or(Done::Settled, Done::Away));
        };
        if !error.is_data() && !error.is_conflict() {
            return Ok(Done::Away(error));
        }
        log::error!("{}: the database refuses it, stored raw: {error}", name(one));
        let raw = Facts { reading: Err(format!("the database refused it: {error}")), ..one.clone() };
        match self.attempt(std::slice::from_ref(&raw), settings) {
            Ok(()) => self.settle(facts),
            Err(error) if error.is_data() || error.is_conflict() => {
                log::error!("{}: set aside in the spool: {error}", name(one));
                self.claims.reject(one.spool_id, &error.to_string())?;
                Ok(Done::Settled)
            }
            Err(error) => Ok(Done::Away(error)),
        }
    }

    fn settle(&mut self, facts: &[Facts]) -> io::Result<Done> {
        let ids: Vec<Uuid> = facts.iter().map(|one| one.spool_id).collect();
        self.claims.settle(&ids)?;
        Ok(Done::Settled)
    }

    /// A transaction, fenced: what panics is a message that cannot be planned, and would for ever.
    fn attempt(&self, facts: &[Facts], settings: &Settings) -> Result<(), store::Error> {
        catch_unwind(AssertUnwindSafe(|| self.transaction(facts, settings)))
            .unwrap_or_else(|_| Err(store::Error::Invalid("planning it made the program panic".to_owned())))
    }

    /// One transaction: look up, plan, write. A conflict with another node is planned anew.
    fn transaction(&self, facts: &[Facts], settings: &Settings) -> Result<(), store::Error> {
        let policy = settings.policy.load();
        let rules = Rules {
            policy: &policy,
            lead_series: &settings.lead_series,
            code_series: &settings.extract.code_series,
            ceilings: settings.ceilings,
        };
        let mut wanted = Wanted::default();
        for one in facts {
            one.want(policy.case_sensitive, &mut wanted);
            let inboxes = one.envelope.inboxes.iter().filter_map(|rcpt| policy.inboxes.by_key(&rcpt.inbox));
            let queues = inboxes.filter(|inbox| !inbox.assignment.queue.is_empty());
            wanted.queues.extend(queues.map(|inbox| inbox.key.clone()));
            let mut inboxes = one.envelope.inboxes.iter();
            wanted.replies |= inboxes.any(|rcpt| policy.replies.templates.answers(&rcpt.inbox));
        }
        let mut attempt = 0;
        loop {
            let result = self.store.record(&wanted, |known| {
                facts.iter().filter_map(|one| intake::plan(one, known, &rules, &mut Uuid::now_v7)).collect()
            });
            match result {
                Ok(plans) => {
                    report(facts, &plans);
                    return Ok(());
                }
                Err(error) if error.is_conflict() && attempt < REPLANS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether no other message fares better now. A time limit may be the matter of a large one alone.
fn is_of_everybody(error: &store::Error) -> bool {
    error.is_transient() && error.sqlstate() != Some(STATEMENT_TIMEOUT)
}

/// One line per intake, in Postfix's manner.
fn report(facts: &[Facts], plans: &[Plan]) {
    for plan in plans {
        let Some(one) = facts.iter().find(|one| one.spool_id == plan.spool_id) else { continue };
        if let Some(why) = plan.dropped {
            log::debug!("{}: capture={} dropped ({why})", name(one), one.envelope.capture.join(","));
        }
        for address in &plan.unsigned {
            log::info!("{}: {} is not signed by us: its detail counts as none", name(one), shown(address));
        }
        for intake in &plan.intakes {
            let mail = intake.mail.map_or_else(|| "none".into(), |mail| mail.to_string());
            log::info!(
                "{}: inbox={} outcome={} mail={mail} ({})",
                name(one),
                intake.inbox,
                intake.outcome.as_str(),
                shown(&intake.reason)
            );
            if let Some(reply) = &intake.reply {
                log::info!("{}: inbox={} {}", name(one), intake.inbox, shown(reply));
            }
        }
    }
}

/// A reason for the log: it may quote a name as long as the header allows.
fn shown(reason: &str) -> String {
    reason.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// How log lines begin: the queue id, and the spool's id where there is none.
fn name(facts: &Facts) -> String {
    match &facts.envelope.queue_id {
        Some(queue_id) => format!("{queue_id}: spool={}", facts.spool_id),
        None => format!("NOQUEUE: spool={}", facts.spool_id),
    }
}
