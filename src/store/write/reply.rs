//! Automatic replies of a batch: claimed, filled in, and put into the outbox.
//!
//! A reply goes out if none of its counters is full. The counters' rows are locked, in the order of their keys, until
//! the commit: two nodes that record mails of one sender at once send one reply. What is not claimed is not sent, and
//! the line of intake says why.

use super::{Error, Result};
use crate::crm::auto_reply::{Claim, PlannedReply};
use crate::crm::known::Digest;
use crate::crm::letter::NewLetter;
use crate::crm::plan::Plan;
use crate::store::outbox;
use postgres::Transaction;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A counter that is held.
#[derive(Debug, Clone, Copy)]
struct Counter {
    replies: u32,
    /// Seconds since its window began.
    age: i64,
    /// Length of its window, once something was counted.
    window: Option<u32>,
    anew: bool,
}

/// Writes the replies whose claims are free; returns why the others are not sent, by their lines of intake.
pub(super) fn replies(
    transaction: &mut Transaction<'_>,
    plans: &[Plan],
    codes: &HashMap<Uuid, String>,
) -> Result<HashMap<Uuid, String>> {
    let wanted: Vec<&PlannedReply> = plans.iter().flat_map(|plan| &plan.letters).collect();
    let mut withheld = HashMap::new();
    if wanted.is_empty() {
        return Ok(withheld);
    }
    let mut counters = hold(transaction, &wanted)?;
    let mut letters = Vec::new();
    for reply in wanted {
        let code = reply.ticket.or(reply.record).and_then(|id| codes.get(&id));
        let outcome = match claim(&reply.claims, &mut counters) {
            Err(full) => Err(full.to_owned()),
            Ok(()) => fill(reply, code.map(String::as_str)),
        };
        match outcome {
            Ok(letter) => letters.push(letter),
            Err(why) => {
                withheld.insert(reply.intake, format!("no reply: {why}"));
            }
        }
    }
    set(transaction, &counters)?;
    outbox::insert(transaction, &letters.iter().collect::<Vec<_>>())?;
    Ok(withheld)
}

fn hold(transaction: &mut Transaction<'_>, wanted: &[&PlannedReply]) -> Result<BTreeMap<Digest, Counter>> {
    let claims = wanted.iter().flat_map(|reply| &reply.claims);
    let mut keys: Vec<&[u8]> = claims.map(|claim| claim.key.as_slice()).collect();
    keys.sort_unstable();
    keys.dedup();
    let rows = transaction.query(include_str!("../sql/reply_count_hold.sql"), &[&keys])?;
    let counter = |row: &postgres::Row| {
        let key: Digest = row.get::<_, &[u8]>(0).try_into().ok()?;
        let replies = row.get::<_, i32>(1).unsigned_abs();
        Some((key, Counter { replies, age: row.get(2), window: None, anew: false }))
    };
    rows.iter().map(counter).collect::<Option<_>>().ok_or_else(|| Error::Invalid("a counter's key".into()))
}

/// Counts the reply in all of its counters, or in none if one is full.
fn claim<'c>(
    claims: &'c [Claim],
    counters: &mut BTreeMap<Digest, Counter>,
) -> std::result::Result<(), &'c str> {
    for claim in claims {
        let Some(counter) = counters.get_mut(&claim.key) else { return Err("its counter is not there") };
        if !counter.anew && counter.age >= i64::from(claim.window) {
            (counter.replies, counter.anew) = (0, true);
        }
        if counter.replies >= claim.most {
            return Err(&claim.full);
        }
    }
    for claim in claims {
        if let Some(counter) = counters.get_mut(&claim.key) {
            // A first one begins its window, however long ago the empty row was made.
            counter.anew |= counter.replies == 0;
            counter.replies += 1;
            counter.window = Some(claim.window);
        }
    }
    Ok(())
}

fn set(transaction: &mut Transaction<'_>, counters: &BTreeMap<Digest, Counter>) -> Result<()> {
    let changed: Vec<(&Digest, &Counter, u32)> =
        counters.iter().filter_map(|(key, counter)| Some((key, counter, counter.window?))).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let keys: Vec<&[u8]> = changed.iter().map(|(key, ..)| key.as_slice()).collect();
    let replies: Vec<i32> =
        changed.iter().map(|(_, counter, _)| i32::try_from(counter.replies).unwrap_or(i32::MAX)).collect();
    let anew: Vec<bool> = changed.iter().map(|(_, counter, _)| counter.anew).collect();
    let windows: Vec<i64> = changed.iter().map(|(.., window)| i64::from(*window)).collect();
    transaction.execute(include_str!("../sql/reply_count_set.sql"), &[&keys, &replies, &anew, &windows])?;
    Ok(())
}

/// The row of the outbox.
fn fill(reply: &PlannedReply, code: Option<&str>) -> std::result::Result<NewLetter, String> {
    reply.letter(code).map_err(|error| {
        log::error!("inbox {}: the reply cannot be filled in: {error}", reply.inbox);
        format!("its text cannot be filled in: {error}")
    })
}
