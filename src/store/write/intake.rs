//! Links, intakes and notifications of a batch.

use super::{Error, Result, columns};
use crate::crm::plan::{NewIntake, NewNotification, Outcome, Plan, Target};
use crate::store::text::{LINE, SHORT, gate, gate_option, gate_time};
use jiff::Timestamp;
use postgres::Transaction;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Writes what mails stand on; a link that is there already stays as it is.
pub(super) fn links(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    type Columns = (Option<Uuid>, Option<Uuid>, Option<Uuid>);
    let links: BTreeSet<(Uuid, Columns)> =
        plans.iter().flat_map(|plan| &plan.links).map(|l| (l.mail, columns(Some(l.target)))).collect();
    if links.is_empty() {
        return Ok(());
    }
    let mails: Vec<Uuid> = links.iter().map(|(mail, _)| *mail).collect();
    let contacts: Vec<Option<Uuid>> = links.iter().map(|(_, target)| target.0).collect();
    let records: Vec<Option<Uuid>> = links.iter().map(|(_, target)| target.1).collect();
    let tickets: Vec<Option<Uuid>> = links.iter().map(|(_, target)| target.2).collect();
    let unverified: BTreeSet<(Uuid, Columns)> =
        plans.iter().flat_map(|plan| &plan.unverified).map(|l| (l.mail, columns(Some(l.target)))).collect();
    let unverified: Vec<bool> = links.iter().map(|link| unverified.contains(link)).collect();
    // Of mails that were there before, the database finds it.
    let sent: HashMap<Uuid, Timestamp> = plans
        .iter()
        .filter_map(|plan| plan.mail.as_ref())
        .map(|mail| {
            let sent = mail.sent_at.and_then(gate_time).unwrap_or(mail.received_at);
            (mail.id, sent.min(mail.received_at))
        })
        .collect();
    let sent: Vec<Option<Timestamp>> = mails.iter().map(|mail| sent.get(mail).copied()).collect();
    transaction.execute(
        include_str!("../sql/link_insert.sql"),
        &[&mails, &contacts, &records, &tickets, &unverified, &sent],
    )?;
    Ok(())
}

/// Writes the lines of intake; returns how many. `withheld` says why replies are not sent after all.
pub(super) fn intakes(
    transaction: &mut Transaction<'_>,
    plans: &[Plan],
    withheld: &HashMap<Uuid, String>,
) -> Result<usize> {
    let all: Vec<(Uuid, &NewIntake)> =
        plans.iter().flat_map(|plan| plan.intakes.iter().map(|intake| (plan.spool_id, intake))).collect();
    if all.is_empty() {
        return Ok(0);
    }
    let mut routes = HashSet::new();
    let first = |intake: &NewIntake| intake.mail.is_some() && intake.outcome != Outcome::Duplicate;
    for (_, intake) in all.iter().filter(|(_, intake)| first(intake)) {
        let spam = intake.outcome == Outcome::Spam;
        let detail = intake.detail.as_deref().unwrap_or("");
        if !routes.insert((intake.mail, &intake.inbox, detail, intake.user, spam)) {
            return Err(Error::Invalid("one route twice in a batch".into()));
        }
    }
    let option = |field: fn(&NewIntake) -> Option<&str>, limit| {
        all.iter().map(|(_, intake)| gate_option(field(intake), limit)).collect::<Vec<_>>()
    };
    let ids: Vec<Uuid> = all.iter().map(|(_, i)| i.id).collect();
    let mails: Vec<Option<Uuid>> = all.iter().map(|(_, i)| i.mail).collect();
    let spool_ids: Vec<Uuid> = all.iter().map(|(spool_id, _)| *spool_id).collect();
    let inboxes: Vec<_> = all.iter().map(|(_, i)| gate(&i.inbox, SHORT)).collect();
    let details = option(|i| i.detail.as_deref(), SHORT);
    let users: Vec<Option<Uuid>> = all.iter().map(|(_, i)| i.user).collect();
    let outcomes: Vec<&str> = all.iter().map(|(_, i)| i.outcome.as_str()).collect();
    let reasons: Vec<_> = all.iter().map(|(_, i)| gate(&i.reason, LINE)).collect();
    let causes: Vec<Option<&str>> = all.iter().map(|(_, i)| i.cause).collect();
    let candidates: Vec<Value> = all.iter().map(|(_, i)| candidates(&i.candidates)).collect();
    let assignments = option(|i| i.assignment.as_deref(), LINE);
    let owners: Vec<Option<Uuid>> = all.iter().map(|(_, i)| i.owner).collect();
    let queue_ids = option(|i| i.queue_id.as_deref(), SHORT);
    let doors: Vec<&str> = all.iter().map(|(_, i)| i.door).collect();
    let received: Vec<_> = all.iter().map(|(_, i)| i.received_at).collect();
    let senders: Vec<_> = all.iter().map(|(_, i)| gate(&i.mail_from, SHORT)).collect();
    let subjects = option(|i| i.subject.as_deref(), LINE);
    let reply =
        |i: &NewIntake| withheld.get(&i.id).or(i.reply.as_ref()).map(|reply| gate(reply, LINE).into_owned());
    let replies: Vec<Option<String>> = all.iter().map(|(_, i)| reply(i)).collect();
    transaction.execute(
        include_str!("../sql/intake_insert.sql"),
        &[
            &ids,
            &mails,
            &spool_ids,
            &inboxes,
            &details,
            &users,
            &outcomes,
            &reasons,
            &causes,
            &candidates,
            &assignments,
            &owners,
            &queue_ids,
            &doors,
            &received,
            &senders,
            &subjects,
            &replies,
        ],
    )?;
    Ok(all.len())
}

/// Counts the leads that strangers opened, for the ceilings.
pub(super) fn ceilings(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    for key in plans.iter().flat_map(|plan| &plan.intakes).flat_map(|intake| &intake.ceilings) {
        *counts.entry(key).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = counts.keys().map(|key| gate(key, SHORT)).collect();
    let leads: Vec<i32> = counts.values().copied().collect();
    transaction.execute(include_str!("../sql/lead_count_add.sql"), &[&keys, &leads])?;
    Ok(())
}

/// Puts those whom a queue served at its end; the look-up holds the rows.
pub(super) fn turns(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    let turns: Vec<&(String, Uuid)> = plans.iter().flat_map(|plan| &plan.turns).collect();
    if turns.is_empty() {
        return Ok(());
    }
    let inboxes: Vec<&str> = turns.iter().map(|(inbox, _)| inbox.as_str()).collect();
    let users: Vec<Uuid> = turns.iter().map(|(_, user)| *user).collect();
    transaction.execute(include_str!("../sql/queue_serve.sql"), &[&inboxes, &users])?;
    Ok(())
}

/// `[{"contact": id}, {"record": id}]`
fn candidates(targets: &[Target]) -> Value {
    let one = |target: &Target| match target {
        Target::Contact(id) => json!({ "contact": id }),
        Target::Record(id) => json!({ "record": id }),
        Target::Ticket(id) => json!({ "ticket": id }),
    };
    targets.iter().map(one).collect()
}

/// Claims what is told once; returns the ids of the news that was told before, by this batch or another.
pub(super) fn told_once(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<HashSet<Uuid>> {
    let mut wanted = BTreeMap::new();
    let mut told = HashSet::new();
    for (id, digest) in plans.iter().flat_map(|plan| &plan.told_once) {
        if wanted.contains_key(digest) {
            told.insert(*id);
        } else {
            wanted.insert(digest, *id);
        }
    }
    if wanted.is_empty() {
        return Ok(told);
    }
    // Sorted: the order in which every node claims them.
    let digests: Vec<&[u8]> = wanted.keys().map(|digest| digest.as_slice()).collect();
    let claimed = transaction.query(include_str!("../sql/told_once_claim.sql"), &[&digests])?;
    let claimed: HashSet<&[u8]> = claimed.iter().map(|row| row.get(0)).collect();
    told.extend(wanted.iter().filter(|(digest, _)| !claimed.contains(digest.as_slice())).map(|(_, id)| *id));
    Ok(told)
}

/// Writes news for users, but for what was told before.
pub(super) fn notifications(
    transaction: &mut Transaction<'_>,
    plans: &[Plan],
    told: &HashSet<Uuid>,
) -> Result<()> {
    let all = plans.iter().flat_map(|plan| &plan.notifications).filter(|n| !told.contains(&n.id));
    let all: Vec<&NewNotification> = all.collect();
    if all.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = all.iter().map(|n| n.id).collect();
    let users: Vec<Uuid> = all.iter().map(|n| n.user).collect();
    let kinds: Vec<&str> = all.iter().map(|n| n.kind).collect();
    let targets: Vec<_> = all.iter().map(|n| columns(n.target)).collect();
    let contacts: Vec<Option<Uuid>> = targets.iter().map(|t| t.0).collect();
    let records: Vec<Option<Uuid>> = targets.iter().map(|t| t.1).collect();
    let tickets: Vec<Option<Uuid>> = targets.iter().map(|t| t.2).collect();
    let mails: Vec<Option<Uuid>> = all.iter().map(|n| n.mail).collect();
    let texts: Vec<_> = all.iter().map(|n| gate(&n.text, LINE)).collect();
    transaction.execute(
        include_str!("../sql/notification_insert.sql"),
        &[&ids, &users, &kinds, &contacts, &records, &tickets, &mails, &texts],
    )?;
    Ok(())
}
