//! Stored mail that is read again: what it adds is written as new mail's is, in one transaction a mail. The mail
//! itself is not touched.

use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Result, Store, look_up, write};
use crate::crm::known::{Known, Wanted};
use crate::crm::plan::{Plan, Target};
use std::collections::HashMap;
use uuid::Uuid;

/// Fields of a card that said nothing, and what the mail says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fill {
    /// The contact.
    pub contact: Uuid,
    /// Name, where the card has only an address or a phone in its place.
    pub name: Option<String>,
    /// Company's name.
    pub company: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Phones, where the card has none.
    pub phones: Vec<String>,
}

/// What is added to one route of a mail.
#[derive(Debug)]
pub struct Addition {
    /// The line of intake, if it is settled by this, and in which words.
    pub resolves: Option<(Uuid, String)>,
    /// Contacts, records, tickets and links.
    pub plan: Plan,
    /// Fields of cards.
    pub fills: Vec<Fill>,
}

impl Store {
    /// What somebody has taken a mail off.
    ///
    /// # Errors
    /// The database's.
    pub fn link_removed(&self, mail: Uuid) -> Result<Vec<Target>> {
        let rows = self.connection()?.query(include_str!("sql/link_removed.sql"), &[&mail])?;
        let target = |row: &postgres::Row| {
            let contact = row.get::<_, Option<Uuid>>(0).map(Target::Contact);
            let record = || row.get::<_, Option<Uuid>>(1).map(Target::Record);
            contact.or_else(record).or_else(|| row.get::<_, Option<Uuid>>(2).map(Target::Ticket))
        };
        Ok(rows.iter().filter_map(target).collect())
    }

    /// Looks up what is wanted, lets `plan` say what is added, and writes that; returns it with the codes that were
    /// given.
    ///
    /// # Errors
    /// [`Error::is_conflict`]: somebody else was first, plan again.
    pub fn add_again(
        &self,
        wanted: &Wanted,
        plan: impl FnOnce(&mut Known) -> Result<Option<Addition>>,
    ) -> Result<Option<(Addition, HashMap<Uuid, String>)>> {
        self.transaction(|t| {
            let mut known = look_up(t, wanted)?;
            let Some(addition) = plan(&mut known)? else { return Ok(None) };
            if let Some((line, words)) = &addition.resolves {
                let owner = addition.plan.intakes.first().and_then(|intake| intake.owner);
                let sql = include_str!("sql/intake_again.sql");
                if t.execute(sql, &[line, &gate(words, LINE), &owner])? == 0 {
                    return Err(Error::Conflict("line of intake"));
                }
            }
            let codes = write::additions(t, std::slice::from_ref(&addition.plan))?;
            for fill in &addition.fills {
                let company = gate_option(fill.company.as_deref(), SHORT);
                let language = gate_option(fill.language.as_deref(), SHORT);
                let name = gate_option(fill.name.as_deref(), SHORT);
                let sql = include_str!("sql/contact_fill_empty.sql");
                t.execute(sql, &[&fill.contact, &company, &language, &name])?;
                let mut phones = fill.phones.clone();
                phones.sort_unstable();
                t.execute(include_str!("sql/contact_phone_fill.sql"), &[&fill.contact, &phones])?;
            }
            Ok(Some((addition, codes)))
        })
    }
}
