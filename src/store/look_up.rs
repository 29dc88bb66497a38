//! What a batch of messages has to know before it is planned: one answer to one question, in at most a
//! dozen statements whatever the batch's size.
//!
//! Nothing is locked but the turns of queues, which are given out while planning, and the addresses of letters that
//! came back, as their bounces are counted. What else changes between the answer and the writing is found by the
//! unique keys then, and the batch is planned again.

use super::Result;
use crate::crm::card::State;
use crate::crm::known::{
    Digest, Known, KnownContact, KnownIntake, KnownMail, KnownRecord, KnownTicket, KnownUser, Thread, Users,
    Wanted,
};
use crate::mail::envelope::Door;
use postgres::{Row, Transaction};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use uuid::Uuid;

/// Answers `wanted`.
///
/// # Errors
/// The database's.
pub fn look_up(transaction: &mut Transaction<'_>, wanted: &Wanted) -> Result<Known> {
    let mut known = Known::default();
    // First of all, so that transactions which want several rows wait for each other in one order.
    if !wanted.queues.is_empty() {
        let keys: Vec<&str> = wanted.queues.iter().map(String::as_str).collect();
        for row in transaction.query(include_str!("sql/queue_hold.sql"), &[&keys])? {
            known.queues.insert(row.get(0), row.get(1));
        }
    }
    users(transaction, &mut known)?;
    if !wanted.spool_ids.is_empty() {
        let ids: Vec<Uuid> = wanted.spool_ids.iter().copied().collect();
        let rows = transaction.query(include_str!("sql/sighting_known.sql"), &[&ids])?;
        known.recorded = rows.iter().map(|row| row.get(0)).collect();
    }
    let mut contacts = BTreeSet::new();
    if !wanted.addresses.is_empty() {
        let digests: Vec<Vec<u8>> = wanted.addresses.iter().map(|address| digest(address)).collect();
        for row in transaction.query(include_str!("sql/contact_address_known.sql"), &[&digests])? {
            known.contacts_by_address.entry(row.get(0)).or_default().push(row.get(1));
            contacts.insert(row.get::<_, Uuid>(1));
        }
    }
    if let (Some(oldest), false) = (wanted.oldest, wanted.addresses.is_empty()) {
        let addresses: Vec<&str> = wanted.addresses.iter().map(String::as_str).collect();
        for row in transaction.query(include_str!("sql/erased_address_known.sql"), &[&addresses, &oldest])? {
            known.erased.insert(row.get(0), row.get(1));
        }
    }
    if wanted.replies && !wanted.addresses.is_empty() {
        let addresses: Vec<&str> = wanted.addresses.iter().map(String::as_str).collect();
        let digests: Vec<Vec<u8>> = addresses.iter().map(|address| digest(address)).collect();
        let rows = transaction.query(include_str!("sql/address_state_known.sql"), &[&addresses, &digests])?;
        known.off = rows.iter().map(|row| row.get(0)).collect();
    }
    if !wanted.phones.is_empty() {
        let digests: Vec<Vec<u8>> = wanted.phones.iter().map(|phone| digest(phone)).collect();
        for row in transaction.query(include_str!("sql/contact_phone_known.sql"), &[&digests])? {
            known.contacts_by_phone.entry(row.get(0)).or_default().push(row.get(1));
            contacts.insert(row.get::<_, Uuid>(1));
        }
    }
    if wanted.signed {
        known.keys = super::outbox::keys(transaction)?;
    }
    super::returned::look_up(transaction, wanted, &mut known)?;
    if !wanted.ceilings.is_empty() {
        let keys: Vec<&str> = wanted.ceilings.iter().map(String::as_str).collect();
        for row in transaction.query(include_str!("sql/lead_count_known.sql"), &[&keys])? {
            let leads: i32 = row.get(1);
            known.recent_leads.insert(row.get(0), leads.unsigned_abs());
        }
    }
    let stands = mails(transaction, wanted, &mut known)?;
    records(transaction, wanted, &contacts, &stands, &mut known)?;
    tickets(transaction, wanted, &stands, &mut known)?;
    finish_threads(&stands, &mut known);
    contacts.extend(stands.values().flat_map(|standing| standing.contacts.iter().copied()));
    contacts.extend(known.records_by_code.values().flat_map(|record| record.contacts.iter().copied()));
    contacts.extend(known.tickets_by_code.values().filter_map(|ticket| ticket.contact));
    if !contacts.is_empty() {
        let ids: Vec<Uuid> = contacts.into_iter().collect();
        for row in transaction.query(include_str!("sql/contact_known.sql"), &[&ids])? {
            let contact = KnownContact {
                id: row.get(0),
                name: row.get(1),
                owner: row.get(2),
                addresses: row.get(3),
                companies: row.get(4),
                state: State::from_name(row.get(5)).unwrap_or(State::Open),
            };
            known.contacts.insert(contact.id, contact);
        }
    }
    Ok(known)
}

/// The key of a text in the database: `crm.digest()`.
pub(super) fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn users(transaction: &mut Transaction<'_>, known: &mut Known) -> Result<()> {
    let rows = transaction.query(include_str!("sql/users_known.sql"), &[])?;
    // Row W08: the first administrator; where that one is in several teams, the second.
    let mut administrators = Vec::new();
    for row in &rows {
        if row.get::<_, &str>(3) == "administrator" {
            administrators.push((row.get::<_, Uuid>(0), row.get::<_, i64>(9)));
        }
        add_user(&mut known.users, row);
    }
    known.default_owner = match administrators.as_slice() {
        [(_, teams), (second, _), ..] if *teams > 1 => Some(*second),
        [(first, _), ..] => Some(*first),
        [] => None,
    };
    for row in transaction.query(include_str!("sql/office_known.sql"), &[])? {
        known.coordinators.insert(row.get(0), row.get(1));
    }
    Ok(())
}

/// Adds a row of `users_known`.
pub(super) fn add_user(users: &mut Users, row: &Row) {
    let id: Uuid = row.get(0);
    let user = KnownUser { id, login: row.get(1), name: row.get(2), addresses: row.get(4) };
    users.by_login.insert(user.login.to_lowercase(), id);
    users.by_address.extend(user.addresses.iter().map(|address| (address.clone(), id)));
    users.by_sasl_login.extend(row.get::<_, Vec<String>>(5).into_iter().map(|login| (login, id)));
    users.by_client_address.extend(row.get::<_, Vec<IpAddr>>(6).into_iter().map(|address| (address, id)));
    let certificates = row.get::<_, Vec<String>>(7).into_iter().zip(row.get::<_, Vec<String>>(8));
    users.by_certificate.extend(certificates.map(|certificate| (certificate, id)));
    users.by_id.insert(id, user);
}

/// What one mail stands on, by ids.
#[derive(Debug, Default)]
struct Standing {
    contacts: Vec<Uuid>,
    records: Vec<Uuid>,
    tickets: Vec<Uuid>,
}

/// Finds the mails by fingerprint and the threads by Message-ID, and what they stand on.
fn mails(
    transaction: &mut Transaction<'_>,
    wanted: &Wanted,
    known: &mut Known,
) -> Result<HashMap<Uuid, Standing>> {
    let mut by_fingerprint = HashMap::new();
    if !wanted.fingerprints.is_empty() {
        let keys: Vec<&[u8]> = wanted.fingerprints.iter().map(|d| d.as_slice()).collect();
        for row in transaction.query(include_str!("sql/mail_key_known.sql"), &[&keys])? {
            by_fingerprint.insert(digest_of(&row, 0), (row.get::<_, Uuid>(1), row.get(2), row.get(3)));
        }
    }
    if !wanted.message_ids.is_empty() {
        let keys: Vec<&[u8]> = wanted.message_ids.iter().map(|d| d.as_slice()).collect();
        for row in transaction.query(include_str!("sql/message_id_key_known.sql"), &[&keys])? {
            known.threads.insert(digest_of(&row, 0), Thread { mail: row.get(1), ..Thread::default() });
        }
    }
    let stored: BTreeSet<Uuid> = by_fingerprint.values().map(|(id, ..)| *id).collect();
    let answered: BTreeSet<Uuid> = known.threads.values().map(|thread| thread.mail).collect();
    let all: Vec<Uuid> = stored.union(&answered).copied().collect();
    if all.is_empty() && wanted.released.is_empty() {
        return Ok(HashMap::new());
    }
    let mut stands: HashMap<Uuid, Standing> = all.iter().map(|id| (*id, Standing::default())).collect();
    for row in transaction.query(include_str!("sql/link_known.sql"), &[&all])? {
        let standing = stands.entry(row.get(0)).or_default();
        standing.contacts.extend(row.get::<_, Option<Uuid>>(1));
        standing.records.extend(row.get::<_, Option<Uuid>>(2));
        standing.tickets.extend(row.get::<_, Option<Uuid>>(3));
    }
    parties(transaction, &answered, known)?;
    let mut routes: HashMap<Uuid, Vec<_>> = HashMap::new();
    if !stored.is_empty() || !wanted.released.is_empty() {
        let ids: Vec<Uuid> = stored.union(&wanted.released).copied().collect();
        for row in transaction.query(include_str!("sql/intake_known.sql"), &[&ids])? {
            routes.entry(row.get(0)).or_default().push(KnownIntake {
                inbox: row.get(1),
                detail: row.get(2),
                user: row.get(3),
                door: Door::from_name(row.get(4)).unwrap_or(Door::Import),
                queue_id: row.get(5),
                spam: row.get(6),
            });
        }
    }
    let released = wanted.released.iter().map(|id| (*id, routes.get(id).cloned().unwrap_or_default()));
    known.released = released.collect();
    for (fingerprint, (id, received_at, erased)) in by_fingerprint {
        let mail =
            KnownMail { id, received_at, intakes: routes.get(&id).cloned().unwrap_or_default(), erased };
        known.mails.insert(fingerprint, mail);
    }
    Ok(stands)
}

fn parties(transaction: &mut Transaction<'_>, answered: &BTreeSet<Uuid>, known: &mut Known) -> Result<()> {
    if answered.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = answered.iter().copied().collect();
    let mut parties: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in transaction.query(include_str!("sql/party_known.sql"), &[&ids])? {
        parties.entry(row.get(0)).or_default().push(row.get(1));
    }
    for thread in known.threads.values_mut() {
        thread.parties = parties.get(&thread.mail).cloned().unwrap_or_default();
    }
    Ok(())
}

fn records(
    transaction: &mut Transaction<'_>,
    wanted: &Wanted,
    contacts: &BTreeSet<Uuid>,
    stands: &HashMap<Uuid, Standing>,
    known: &mut Known,
) -> Result<()> {
    let codes: Vec<&str> = wanted.codes.iter().map(String::as_str).collect();
    let references: Vec<Vec<u8>> = wanted.external_references.iter().map(|r| digest(r)).collect();
    let ids: BTreeSet<Uuid> = stands.values().flat_map(|s| s.records.iter().copied()).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let asked: Vec<Uuid> = contacts.iter().copied().collect();
    if codes.is_empty() && references.is_empty() && ids.is_empty() && asked.is_empty() {
        return Ok(());
    }
    let rows =
        transaction.query(include_str!("sql/record_known.sql"), &[&codes, &references, &ids, &asked])?;
    for row in rows {
        let record = KnownRecord {
            id: row.get(0),
            code: row.get(1),
            owner: row.get(3),
            contacts: row.get(5),
            open: row.get(4),
        };
        if let Some(reference) = row.get::<_, Option<String>>(2)
            && wanted.external_references.contains(&reference)
        {
            known.records_by_reference.entry(reference).or_default().push(record.clone());
        }
        if record.open {
            for contact in record.contacts.iter().filter(|contact| contacts.contains(contact)) {
                known.open_records.entry(*contact).or_default().push(record.clone());
            }
        }
        known.records_by_code.insert(record.code.clone(), record);
    }
    Ok(())
}

fn tickets(
    transaction: &mut Transaction<'_>,
    wanted: &Wanted,
    stands: &HashMap<Uuid, Standing>,
    known: &mut Known,
) -> Result<()> {
    let codes: Vec<&str> = wanted.codes.iter().map(String::as_str).collect();
    let ids: BTreeSet<Uuid> = stands.values().flat_map(|s| s.tickets.iter().copied()).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if codes.is_empty() && ids.is_empty() {
        return Ok(());
    }
    for row in transaction.query(include_str!("sql/ticket_known.sql"), &[&codes, &ids])? {
        let ticket = KnownTicket {
            id: row.get(0),
            code: row.get(1),
            owner: row.get(2),
            contact: row.get(3),
            solved: row.get(4),
            closed: row.get(5),
        };
        known.tickets_by_code.insert(ticket.code.clone(), ticket);
    }
    Ok(())
}

/// Puts the records and tickets themselves into the threads that stand on them.
fn finish_threads(stands: &HashMap<Uuid, Standing>, known: &mut Known) {
    let records: HashMap<Uuid, &KnownRecord> = known.records_by_code.values().map(|r| (r.id, r)).collect();
    let tickets: HashMap<Uuid, &KnownTicket> = known.tickets_by_code.values().map(|t| (t.id, t)).collect();
    for thread in known.threads.values_mut() {
        let Some(standing) = stands.get(&thread.mail) else { continue };
        thread.contacts.clone_from(&standing.contacts);
        thread.records = standing.records.iter().filter_map(|id| records.get(id).copied().cloned()).collect();
        thread.tickets = standing.tickets.iter().filter_map(|id| tickets.get(id).copied().cloned()).collect();
    }
}

fn digest_of(row: &Row, index: usize) -> Digest {
    // The columns hold what `write` put there: 32 octets.
    row.get::<_, &[u8]>(index).try_into().unwrap_or_default()
}
