//! Contacts, records and tickets of a batch, and the codes that they get.

use super::{Error, Result};
use crate::crm::plan::{NewContact, NewRecord, NewTicket, Plan};
use crate::store::text::{LINE, SHORT, gate, gate_option};
use postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Writes the contacts with their addresses and phones.
pub(super) fn contacts(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    let contacts: Vec<&NewContact> = plans.iter().flat_map(|plan| &plan.contacts).collect();
    origins(transaction, plans)?;
    if contacts.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = contacts.iter().map(|c| c.id).collect();
    let names: Vec<_> = contacts.iter().map(|c| gate(&c.name, SHORT)).collect();
    let companies: Vec<_> = contacts.iter().map(|c| gate_option(c.company.as_deref(), SHORT)).collect();
    let languages: Vec<_> = contacts.iter().map(|c| gate_option(c.language.as_deref(), SHORT)).collect();
    let origins: Vec<_> = contacts.iter().map(|c| gate_option(c.origin.as_deref(), SHORT)).collect();
    let owners: Vec<Option<Uuid>> = contacts.iter().map(|c| c.owner).collect();
    transaction.execute(
        include_str!("../sql/contact_insert.sql"),
        &[&ids, &names, &companies, &languages, &origins, &owners],
    )?;
    addresses(transaction, &contacts)?;
    phones(transaction, &contacts)
}

/// Origins are made when they are first named: configuration and templates name them freely.
fn origins(transaction: &mut Transaction<'_>, plans: &[Plan]) -> Result<()> {
    let of_contacts = plans.iter().flat_map(|plan| &plan.contacts).filter_map(|c| c.origin.as_deref());
    let of_records = plans.iter().flat_map(|plan| &plan.records).filter_map(|r| r.origin.as_deref());
    let keys: BTreeSet<_> = of_contacts.chain(of_records).map(|key| gate(key, SHORT)).collect();
    if !keys.is_empty() {
        let keys: Vec<_> = keys.into_iter().collect();
        transaction.execute(include_str!("../sql/origin_insert.sql"), &[&keys])?;
    }
    Ok(())
}

/// Claims the addresses.
fn addresses(transaction: &mut Transaction<'_>, contacts: &[&NewContact]) -> Result<()> {
    // Sorted by address: the order in which every node claims them.
    let mut rows: BTreeMap<&str, (Uuid, &str, i16)> = BTreeMap::new();
    for contact in contacts {
        for (position, (address, shown)) in (0i16..).zip(&contact.addresses) {
            match rows.get(address.as_str()) {
                Some((other, ..)) if *other != contact.id => {
                    return Err(Error::Invalid("two new contacts with one address in a batch".into()));
                }
                Some(_) => {}
                None => {
                    rows.insert(address, (contact.id, shown, position));
                }
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = rows.values().map(|(id, ..)| *id).collect();
    let canonical: Vec<&str> = rows.keys().copied().collect();
    let shown: Vec<_> = rows.values().map(|(_, shown, _)| gate(shown, SHORT)).collect();
    let positions: Vec<i16> = rows.values().map(|(.., position)| *position).collect();
    let claimed = transaction
        .query(include_str!("../sql/contact_address_claim.sql"), &[&ids, &canonical, &shown, &positions])?;
    if claimed.len() < rows.len() {
        return Err(Error::Conflict("contact's address"));
    }
    Ok(())
}

fn phones(transaction: &mut Transaction<'_>, contacts: &[&NewContact]) -> Result<()> {
    let mut rows: BTreeMap<(&str, Uuid), i16> = BTreeMap::new();
    for contact in contacts {
        for (position, number) in (0i16..).zip(&contact.phones) {
            rows.entry((number, contact.id)).or_insert(position);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = rows.keys().map(|(_, id)| *id).collect();
    let numbers: Vec<_> = rows.keys().map(|(number, _)| gate(number, SHORT)).collect();
    let positions: Vec<i16> = rows.values().copied().collect();
    transaction.execute(include_str!("../sql/contact_phone_insert.sql"), &[&ids, &numbers, &positions])?;
    Ok(())
}

/// Writes records and tickets; returns their codes.
pub(super) fn records_and_tickets(
    transaction: &mut Transaction<'_>,
    plans: &[Plan],
) -> Result<HashMap<Uuid, String>> {
    let new_records: Vec<&NewRecord> = plans.iter().flat_map(|plan| &plan.records).collect();
    let new_tickets: Vec<&NewTicket> = plans.iter().flat_map(|plan| &plan.tickets).collect();
    // A ticket's numbers begin anew each year, a record's do not.
    let of_records = new_records.iter().map(|record| (record.id, record.series.as_str(), false));
    let of_tickets = new_tickets.iter().map(|ticket| (ticket.id, ticket.series.as_str(), true));
    let codes = allot(transaction, &of_records.chain(of_tickets).collect::<Vec<_>>())?;
    if !new_records.is_empty() {
        records(transaction, &new_records, &codes)?;
    }
    if !new_tickets.is_empty() {
        tickets(transaction, &new_tickets, &codes)?;
    }
    let reopened: BTreeSet<Uuid> = plans.iter().flat_map(|plan| plan.reopened.iter().copied()).collect();
    if !reopened.is_empty() {
        let ids: Vec<Uuid> = reopened.into_iter().collect();
        transaction.execute(include_str!("../sql/ticket_reopen.sql"), &[&ids])?;
    }
    Ok(codes.into_iter().map(|(id, (_, code))| (id, code)).collect())
}

/// Codes by id, with their series, from one update of all series concerned.
pub(in crate::store) fn allot(
    transaction: &mut Transaction<'_>,
    wanted: &[(Uuid, &str, bool)],
) -> Result<HashMap<Uuid, (String, String)>> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let mut counts: BTreeMap<(String, bool), i64> = BTreeMap::new();
    for (_, series, yearly) in wanted {
        *counts.entry((prefix(series), *yearly)).or_default() += 1;
    }
    let prefixes: Vec<&str> = counts.keys().map(|(prefix, _)| prefix.as_str()).collect();
    let yearly: Vec<bool> = counts.keys().map(|(_, yearly)| *yearly).collect();
    let wanted_counts: Vec<i64> = counts.values().copied().collect();
    let rows =
        transaction.query(include_str!("../sql/series_allot.sql"), &[&prefixes, &yearly, &wanted_counts])?;
    let mut next: HashMap<(String, bool), (i16, i64)> = HashMap::new();
    for row in rows {
        let (year, last): (i16, i64) = (row.get(1), row.get(2));
        let key = (row.get::<_, String>(0), year != 0);
        let count = counts.get(&key).copied().unwrap_or_default();
        next.insert(key, (year, last - count + 1));
    }
    let mut codes = HashMap::new();
    for (id, series, yearly) in wanted {
        let key = (prefix(series), *yearly);
        let Some((year, number)) = next.get_mut(&key) else {
            return Err(Error::Invalid(format!("no numbers in series {series}")));
        };
        let code =
            if *yearly { format!("{}-{year}-{number:05}", key.0) } else { format!("{}-{number}", key.0) };
        *number += 1;
        codes.insert(*id, (key.0, code));
    }
    Ok(codes)
}

fn prefix(series: &str) -> String {
    gate(series, 32).to_uppercase()
}

fn records(
    transaction: &mut Transaction<'_>,
    new: &[&NewRecord],
    codes: &HashMap<Uuid, (String, String)>,
) -> Result<()> {
    let ids: Vec<Uuid> = new.iter().map(|r| r.id).collect();
    let kinds: Vec<&str> = new.iter().map(|r| r.kind).collect();
    let given: Vec<&str> = new.iter().map(|r| codes[&r.id].1.as_str()).collect();
    let series: Vec<&str> = new.iter().map(|r| codes[&r.id].0.as_str()).collect();
    let references: Vec<_> = new.iter().map(|r| gate_option(r.asked_about.as_deref(), SHORT)).collect();
    let titles: Vec<_> = new.iter().map(|r| gate(&r.title, LINE)).collect();
    let owners: Vec<Option<Uuid>> = new.iter().map(|r| r.owner).collect();
    let origins: Vec<_> = new.iter().map(|r| gate_option(r.origin.as_deref(), SHORT)).collect();
    transaction.execute(
        include_str!("../sql/record_insert.sql"),
        &[&ids, &kinds, &given, &series, &references, &titles, &owners, &origins],
    )?;
    let parties: BTreeSet<(Uuid, Uuid)> =
        new.iter().flat_map(|r| r.contacts.iter().map(|contact| (r.id, *contact))).collect();
    if !parties.is_empty() {
        let (records, contacts): (Vec<Uuid>, Vec<Uuid>) = parties.into_iter().unzip();
        transaction.execute(include_str!("../sql/record_party_insert.sql"), &[&records, &contacts])?;
    }
    Ok(())
}

fn tickets(
    transaction: &mut Transaction<'_>,
    new: &[&NewTicket],
    codes: &HashMap<Uuid, (String, String)>,
) -> Result<()> {
    let ids: Vec<Uuid> = new.iter().map(|t| t.id).collect();
    let given: Vec<&str> = new.iter().map(|t| codes[&t.id].1.as_str()).collect();
    let series: Vec<&str> = new.iter().map(|t| codes[&t.id].0.as_str()).collect();
    let subjects: Vec<_> = new.iter().map(|t| gate(&t.subject, LINE)).collect();
    let contacts: Vec<Option<Uuid>> = new.iter().map(|t| t.contact).collect();
    let owners: Vec<Option<Uuid>> = new.iter().map(|t| t.owner).collect();
    let inboxes: Vec<_> = new.iter().map(|t| gate(&t.inbox, SHORT)).collect();
    let follows: Vec<Option<Uuid>> = new.iter().map(|t| t.follows).collect();
    transaction.execute(
        include_str!("../sql/ticket_insert.sql"),
        &[&ids, &given, &series, &subjects, &contacts, &owners, &inboxes, &follows],
    )?;
    Ok(())
}
