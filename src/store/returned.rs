//! What came back of our own mail: the letters looked up, and what is written of them and of their addresses.
//! The rules are in [`crate::crm::returned`].

use super::Result;
use super::text::{LINE, SHORT, gate};
use crate::crm::known::{Digest, Known, KnownSent, KnownState, Wanted};
use crate::crm::plan::Plan;
use crate::crm::returned::{Effect, Off, Returned, Sign};
use crate::crm::signed::Detail;
use jiff::Timestamp;
use postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Finds the letters whose signed addresses something came to, and those that reports name. Until the commit no
/// other node judges what came back of the same addresses: two full mailboxes at once are two.
pub(super) fn look_up(transaction: &mut Transaction<'_>, wanted: &Wanted, known: &mut Known) -> Result<()> {
    let verified = wanted.returned.iter().filter_map(|claimed| known.keys.verify(claimed));
    let numbers: Vec<i64> = verified
        .filter_map(|detail| match detail {
            Detail::Bounce(number) | Detail::Unsubscribe(number) => Some(*number),
            Detail::Answer(_) => None,
        })
        .collect();
    let ids: Vec<&[u8]> = wanted.sent_ids.iter().map(|digest| digest.as_slice()).collect();
    if numbers.is_empty() && ids.is_empty() {
        return Ok(());
    }
    transaction.query(include_str!("sql/outbox_hold.sql"), &[&numbers, &ids])?;
    for row in transaction.query(include_str!("sql/outbox_known.sql"), &[&numbers, &ids])? {
        let number: i64 = row.get(0);
        let sent = KnownSent {
            id: row.get(1),
            rcpt_to: row.get(3),
            subject: row.get(4),
            contact: row.get(5),
            record: row.get(6),
            ticket: row.get(7),
            told: row.get(8),
            created_at: row.get(9),
            report: row.get::<_, Option<&str>>(10).and_then(Sign::from_name),
            hearsay: row.get(11),
        };
        let full = row.get::<_, Vec<Uuid>>(14).into_iter().zip(row.get::<_, Vec<Timestamp>>(15)).collect();
        let state = KnownState {
            off: row.get::<_, Option<&str>>(12).map(Off::from_name),
            reactivated_at: row.get(13),
            full,
        };
        known.states.insert(sent.rcpt_to.clone(), state);
        let id: Digest = row.get::<_, &[u8]>(2).try_into().unwrap_or_default();
        known.sent_by_id.insert(id, number);
        known.sent.insert(number, sent);
    }
    Ok(())
}

/// Writes what came back, and what it does to the addresses.
pub(super) fn write(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    let hearsay: BTreeSet<Uuid> = plans.iter().flat_map(|plan| plan.hearsay.iter().copied()).collect();
    if !hearsay.is_empty() {
        let ids: Vec<Uuid> = hearsay.into_iter().collect();
        transaction.execute(include_str!("sql/outbox_hearsay.sql"), &[&ids])?;
    }
    let heard: BTreeSet<&str> = plans.iter().flat_map(|plan| plan.heard.iter().map(String::as_str)).collect();
    if !heard.is_empty() {
        let addresses: Vec<_> = heard.into_iter().map(|address| gate(address, SHORT)).collect();
        transaction.execute(include_str!("sql/address_state_heard.sql"), &[&addresses])?;
    }
    // Of several in a batch the last one knew of the others.
    let all = || plans.iter().flat_map(|plan| &plan.returned);
    let letters: BTreeMap<Uuid, &Returned> = all().map(|returned| (returned.sent, returned)).collect();
    if letters.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = letters.keys().copied().collect();
    let signs: Vec<&str> = letters.values().map(|r| r.sign.as_str()).collect();
    let times: Vec<Timestamp> = letters.values().map(|r| r.at).collect();
    let words: Vec<_> = letters.values().map(|r| gate(&r.words, LINE)).collect();
    let mails: Vec<Uuid> = letters.values().map(|r| r.mail).collect();
    transaction.execute(include_str!("sql/outbox_report.sql"), &[&ids, &signs, &times, &words, &mails])?;
    let changed = all().filter(|returned| returned.effect != Effect::None);
    let addresses: BTreeMap<&str, &Returned> = changed.map(|r| (r.address.as_str(), r)).collect();
    if addresses.is_empty() {
        return Ok(());
    }
    let counted = |returned: &&Returned| match returned.effect {
        Effect::Counted(count) => i32::try_from(count).ok(),
        Effect::None | Effect::Off(_) => None,
    };
    let reason = |returned: &&Returned| match returned.effect {
        Effect::Off(reason) => Some(reason),
        Effect::None | Effect::Counted(_) => None,
    };
    let names: Vec<_> = addresses.keys().map(|address| gate(address, SHORT)).collect();
    let counts: Vec<Option<i32>> = addresses.values().map(counted).collect();
    let reasons: Vec<Option<&str>> = addresses.values().map(reason).collect();
    let words: Vec<_> = addresses.values().map(|r| gate(&r.words, LINE)).collect();
    let mails: Vec<Uuid> = addresses.values().map(|r| r.mail).collect();
    let values: [&(dyn postgres::types::ToSql + Sync); 5] = [&names, &counts, &reasons, &words, &mails];
    transaction.execute(include_str!("sql/address_state_set.sql"), &values)?;
    Ok(())
}
