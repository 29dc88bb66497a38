//! Writing the plans of a batch: the same few statements whether it is one message or a hundred.
//!
//! The order of the statements and of the rows in each is fixed, so that two nodes which write at once wait
//! for each other and never deadlock: spool entries, fingerprints, contacts, mails, and only then the series
//! of codes, whose rows are locked until the commit. Fingerprints, addresses and spool entries are *claimed*
//! (`ON CONFLICT DO NOTHING RETURNING`): what does not come back was another transaction's, and the whole
//! batch is a conflict, to be rolled back and planned again.
//!
//! It does not check what the rules decided. Two plans of one batch that claim the same thing are a fault
//! of the planner and reported as [`Error::Invalid`], which makes the worker go on one by one.

mod card;
mod intake;
mod mail;
mod reply;

pub(super) use card::allot;

use super::{Error, Result};
use crate::crm::known::Digest;
use crate::crm::plan::{NewMail, Plan, Target};
use postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Codes given to the records and tickets of the plans, by their ids.
    pub codes: HashMap<Uuid, String>,
    /// Mails stored.
    pub mails: usize,
    /// Lines of intake.
    pub intakes: usize,
    /// Why automatic replies of the plans are not sent after all, by the lines of intake.
    pub withheld: HashMap<Uuid, String>,
}

/// Writes all that the plans say. The caller commits, or rolls back after an error.
///
/// # Errors
/// [`Error::is_conflict`]: another transaction was first, plan again. [`Error::is_data`]: one of the plans
/// cannot be stored, try them one by one.
pub fn write(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<Written> {
    if plans.is_empty() {
        return Ok(Written::default());
    }
    sightings(transaction, plans)?;
    let mut mails: Vec<&NewMail> = plans.iter().filter_map(|plan| plan.mail.as_ref()).collect();
    mails.sort_by_key(|mail| mail.fingerprint);
    keys(transaction, &mails)?;
    card::contacts(transaction, plans)?;
    mail::mails(transaction, &mails)?;
    let codes = card::records_and_tickets(transaction, plans)?;
    intake::links(transaction, plans)?;
    let withheld = reply::replies(transaction, plans, &codes)?;
    let intakes = intake::intakes(transaction, plans, &withheld)?;
    let told = intake::told_once(transaction, plans)?;
    intake::notifications(transaction, plans, &told)?;
    intake::ceilings(transaction, plans)?;
    intake::turns(transaction, plans)?;
    super::returned::write(transaction, plans)?;
    Ok(Written { codes, mails: mails.len(), intakes, withheld })
}

/// Writes what a stored mail adds when it is read again: contacts, records, tickets, links and turns of queues;
/// returns the codes that were given.
pub(super) fn additions(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<HashMap<Uuid, String>> {
    card::contacts(transaction, plans)?;
    let codes = card::records_and_tickets(transaction, plans)?;
    intake::links(transaction, plans)?;
    intake::turns(transaction, plans)?;
    Ok(codes)
}

/// Claims the spool entries.
fn sightings(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    let ids: BTreeSet<Uuid> = plans.iter().map(|plan| plan.spool_id).collect();
    if ids.len() < plans.len() {
        return Err(Error::Invalid("two plans of one spool entry in a batch".into()));
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let claimed = transaction.query(include_str!("../sql/sighting_insert.sql"), &[&ids])?;
    if claimed.len() < ids.len() {
        return Err(Error::Conflict("spool entry"));
    }
    Ok(())
}

/// Claims the fingerprints of mails sorted by them. Anonymous mails may stand in a batch more than once, six
/// hours apart; the key is the newest one's.
fn keys(transaction: &mut Transaction<'_>, mails: &[&NewMail]) -> Result<()> {
    let mut newest: BTreeMap<Digest, &NewMail> = BTreeMap::new();
    for mail in mails {
        match newest.get(&mail.fingerprint) {
            Some(other) if !(other.anonymous && mail.anonymous) => {
                return Err(Error::Invalid("two mails of one fingerprint in a batch".into()));
            }
            Some(other) if other.received_at >= mail.received_at => {}
            _ => {
                newest.insert(mail.fingerprint, mail);
            }
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let fingerprints: Vec<&[u8]> = newest.keys().map(|f| f.as_slice()).collect();
    let ids: Vec<Uuid> = newest.values().map(|mail| mail.id).collect();
    let received: Vec<_> = newest.values().map(|mail| mail.received_at).collect();
    let anonymous: Vec<bool> = newest.values().map(|mail| mail.anonymous).collect();
    let claimed = transaction
        .query(include_str!("../sql/mail_key_insert.sql"), &[&fingerprints, &ids, &received, &anonymous])?;
    if claimed.len() < fingerprints.len() {
        return Err(Error::Conflict("fingerprint"));
    }
    Ok(())
}

/// The three columns of a target: contact, record, ticket.
fn columns(target: Option<Target>) -> (Option<Uuid>, Option<Uuid>, Option<Uuid>) {
    match target {
        Some(Target::Contact(id)) => (Some(id), None, None),
        Some(Target::Record(id)) => (None, Some(id), None),
        Some(Target::Ticket(id)) => (None, None, Some(id)),
        None => (None, None, None),
    }
}
