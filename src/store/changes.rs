//! Contacts changed by people: made, edited alone and in bulk, given addresses, phones and persons.
//!
//! Addresses and phones are *claimed* as the recording of mail does it, contacts before addresses before
//! phones and each sorted, so that a person and sixty mails that bring the same new contact at once make one,
//! and nobody waits in a circle.

use super::look_up::digest;
use super::text::{LINE, SHORT, gate, gate_json, gate_option};
use super::{Error, Result, Store};
use crate::crm::card::Changes;
use crate::crm::duplicate::{self, Keys};
use postgres::Transaction;
use postgres::error::SqlState;
use uuid::Uuid;

/// Most contacts that one edit changes: the ids go through memory, and the rows stay locked until the commit.
pub const MOST_EDITED: usize = 200_000;

impl Store {
    /// Makes a contact with its addresses and phones.
    ///
    /// # Errors
    /// [`Error::InUse`] with the holder of an address or phone, unless duplicates are allowed;
    /// [`Error::Invalid`] for values that cannot be; [`Error::NotFound`] for users, offices that are not there.
    pub fn contact_add(&self, changes: &Changes, keys: &Keys, allow_duplicates: bool) -> Result<Uuid> {
        let id = Uuid::now_v7();
        let first = |keys: Option<&String>| keys.cloned();
        let name = changes.text("name").map(str::to_owned);
        let name = name.or_else(|| first(keys.addresses.iter().min_by_key(|a| a.2).map(|a| &a.1)));
        let name = name.or_else(|| first(keys.phones.iter().min_by_key(|p| p.1).map(|p| &p.0)));
        let name =
            name.ok_or_else(|| Error::Invalid("a contact needs a name, an address or a phone".into()))?;
        let changes = self.resolve(changes)?;
        self.transaction(|t| {
            t.execute(include_str!("sql/contact_add.sql"), &[&id, &gate(&name, SHORT)])?;
            update(t, &[id], &changes)?;
            claim(t, id, keys, allow_duplicates)
        })?;
        Ok(id)
    }

    /// Changes contacts, all to the same values; returns how many. None is changed if one cannot be.
    ///
    /// # Errors
    /// As [`Store::contact_add`].
    pub fn contact_edit(&self, ids: &[Uuid], changes: &Changes) -> Result<usize> {
        if ids.len() > MOST_EDITED {
            let most = format!("{} contacts at once are too many, at most {MOST_EDITED}", ids.len());
            return Err(Error::Invalid(most));
        }
        let changes = self.resolve(changes)?;
        self.transaction(|t| update(t, ids, &changes))
    }

    /// The changes with ids in place of logins and names of offices, after a look whether there are such a
    /// type and origin: a foreign key's refusal would tell a person less.
    fn resolve(&self, changes: &Changes) -> Result<Changes> {
        let mut changes = changes.clone();
        if let Some(login) = changes.text("owner") {
            let id = self.user_id(login)?;
            changes.replace("owner", id.to_string());
        }
        if let Some(office) = changes.text("office") {
            let id = self.office_id(office)?;
            changes.replace("office", id.to_string());
        }
        if let Some(kind) = changes.text("type") {
            self.type_exists(kind)?;
        }
        if let Some(origin) = changes.text("origin") {
            self.origin_exists(origin)?;
        }
        for text in ["name", "company", "job_title"] {
            if let Some(value) = changes.text(text).map(|value| gate(value, SHORT).into_owned()) {
                changes.replace(text, value);
            }
        }
        Ok(changes)
    }

    /// The id of an office.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn office_id(&self, name: &str) -> Result<Uuid> {
        let row = self.connection()?.query_opt(include_str!("sql/office_find.sql"), &[&gate(name, SHORT)])?;
        row.map(|row| row.get(0)).ok_or_else(|| Error::NotFound { noun: "office", name: name.into() })
    }

    /// Adds addresses and phones to a contact, behind those that it has.
    ///
    /// # Errors
    /// As [`Store::contact_add`]; [`Error::Invalid`] for one that the contact has.
    pub fn contact_extend(&self, contact: Uuid, keys: &Keys, allow_duplicates: bool) -> Result<()> {
        let mut keys = keys.clone();
        self.transaction(|t| {
            let last = |t: &mut Transaction<'_>, sql: &str, key: &str| -> Result<i16> {
                let row = t.query_one(sql, &[&contact, &key])?;
                if row.get(1) {
                    return Err(Error::Invalid(format!("the contact has {key} already")));
                }
                Ok(row.get(0))
            };
            for (address, _, position) in &mut keys.addresses {
                *position += last(t, include_str!("sql/contact_address_last.sql"), address)?;
            }
            for (number, position) in &mut keys.phones {
                *position += last(t, include_str!("sql/contact_phone_last.sql"), number)?;
            }
            claim(t, contact, &keys, allow_duplicates)?;
            update(t, &[contact], &Changes::default())?;
            Ok(())
        })
    }

    /// Takes addresses and phones from a contact.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that it does not have.
    pub fn contact_reduce(&self, contact: Uuid, keys: &Keys) -> Result<()> {
        self.each_key(contact, keys, |t, is_address, key| {
            let sql = if is_address {
                include_str!("sql/contact_address_remove.sql")
            } else {
                include_str!("sql/contact_phone_remove.sql")
            };
            t.execute(sql, &[&contact, &key])
        })
    }

    /// Puts an address or a phone before the contact's others.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that it does not have.
    pub fn contact_main(&self, contact: Uuid, keys: &Keys) -> Result<()> {
        self.each_key(contact, keys, |t, is_address, key| {
            let sql = if is_address {
                include_str!("sql/contact_address_main.sql")
            } else {
                include_str!("sql/contact_phone_main.sql")
            };
            t.execute(sql, &[&contact, &key])
        })
    }

    fn each_key(
        &self,
        contact: Uuid,
        keys: &Keys,
        work: impl Fn(&mut Transaction<'_>, bool, &str) -> std::result::Result<u64, postgres::Error>,
    ) -> Result<()> {
        let addresses = keys.addresses.iter().map(|(address, ..)| (true, address.as_str()));
        let phones = keys.phones.iter().map(|(number, _)| (false, number.as_str()));
        self.transaction(|t| {
            for (is_address, key) in addresses.chain(phones) {
                if work(t, is_address, key)? == 0 {
                    let noun = if is_address { "address" } else { "phone" };
                    return Err(Error::NotFound { noun, name: format!("{key} on this contact") });
                }
            }
            update(t, &[contact], &Changes::default())?;
            Ok(())
        })
    }

    /// Puts a person under a company.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are one contact.
    pub fn person_add(&self, company: Uuid, person: Uuid, job_title: Option<&str>) -> Result<()> {
        if company == person {
            return Err(Error::Invalid("a contact is no person of itself".into()));
        }
        let title = gate_option(job_title, LINE);
        let sql = include_str!("sql/contact_relation_add.sql");
        self.connection()?.execute(sql, &[&person, &company, &title])?;
        Ok(())
    }

    /// Takes a person from a company.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn person_remove(&self, company: Uuid, person: Uuid) -> Result<()> {
        let sql = include_str!("sql/contact_relation_remove.sql");
        match self.connection()?.execute(sql, &[&person, &company])? {
            0 => Err(Error::NotFound { noun: "person", name: format!("{person} under {company}") }),
            _ => Ok(()),
        }
    }
}

fn update(t: &mut Transaction<'_>, ids: &[Uuid], changes: &Changes) -> Result<usize> {
    let sql = include_str!("sql/contact_update.sql");
    let rows = t.query(sql, &[&ids, &gate_json(&changes.as_json())]).map_err(of_names)?;
    if let Some(lost) = rows.iter().find(|row| row.get(1)) {
        let stage = changes.text("stage").unwrap_or_default();
        return Err(Error::NotFound {
            noun: "stage",
            name: format!("{stage} of type {} (see `crmctl stage list`)", lost.get::<_, &str>(0)),
        });
    }
    Ok(rows.len())
}

/// Somebody took a type, origin or stage away between the look and the writing.
fn of_names(error: postgres::Error) -> Error {
    match error.code() {
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => {
            Error::Conflict("a type, origin, stage, user or office is gone; look again")
        }
        _ => error.into(),
    }
}

/// Claims the keys for a contact that the transaction made or has.
pub(super) fn claim(
    t: &mut Transaction<'_>,
    contact: Uuid,
    keys: &Keys,
    allow_duplicates: bool,
) -> Result<()> {
    for (address, shown, position) in &keys.addresses {
        let (contacts, addresses) = ([contact], [address]);
        let (shown, positions) = ([gate(shown, SHORT)], [*position]);
        let sql = include_str!("sql/contact_address_claim.sql");
        if t.query(sql, &[&&contacts[..], &&addresses[..], &&shown[..], &&positions[..]])?.is_empty() {
            if !allow_duplicates {
                return Err(in_use(t, "address", address, true));
            }
            let sql = include_str!("sql/contact_address_share.sql");
            t.execute(sql, &[&contact, address, &shown[0], position])?;
        }
    }
    for (number, position) in &keys.phones {
        let (contacts, numbers, positions) = ([contact], [number], [*position]);
        let sql = include_str!("sql/contact_phone_claim.sql");
        if t.query(sql, &[&&contacts[..], &&numbers[..], &&positions[..]])?.is_empty() {
            if !allow_duplicates {
                return Err(in_use(t, "phone", number, false));
            }
            t.execute(include_str!("sql/contact_phone_share.sql"), &[&contact, number, position])?;
        }
    }
    Ok(())
}

fn in_use(t: &mut Transaction<'_>, noun: &str, key: &str, is_address: bool) -> Error {
    let digest = digest(key);
    let (address, phone) = if is_address { (Some(digest), None) } else { (None, Some(digest)) };
    match t.query_opt(include_str!("sql/contact_holder.sql"), &[&address, &phone]) {
        Ok(row) => {
            let name: Option<String> = row.as_ref().and_then(|row| row.get(0));
            let owner: Option<String> = row.as_ref().and_then(|row| row.get(1));
            let by = duplicate::holder(name.as_deref(), owner.as_deref());
            Error::InUse { what: format!("{noun} {key}"), by }
        }
        Err(error) => error.into(),
    }
}
