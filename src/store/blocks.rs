//! Blocks: made, listed, explained and ended by people.
//!
//! A block of a contact holds for whatever addresses the contact has now and later, and outlives it: deleted,
//! it leaves blocks of its addresses; erased, their keyed hashes; merged, the block of the contact that it went
//! into. A block that is ended stays as history. Every change is told to all nodes at its commit (see
//! [`super::Listener`]).

use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Result, Store};
use crate::crm::block::without_extension;
use crate::mail::address;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// A canonical address.
    Address(String),
    /// A domain in canonical form, without those below it.
    Domain(String),
    /// A domain in canonical form and all below it.
    Subdomains(String),
    /// All addresses of a contact.
    Contact(Uuid),
}

/// What a block holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Mail to inboxes.
    Inbox,
    /// Mail to everybody.
    All,
}

/// A block for people.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct BlockLine {
    pub id: Uuid,
    pub kind: String,
    /// Address, domain, contact's name or hash.
    pub value: String,
    pub contact_id: Option<Uuid>,
    pub scope: Scope,
    pub reason: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub removed_by: Option<String>,
    pub removed_at: Option<Timestamp>,
}

/// A block that stands against an address.
#[derive(Debug, Clone, Serialize)]
pub struct BlockMet {
    /// The block.
    #[serde(flatten)]
    pub block: BlockLine,
    /// What of the address it met: all of it, the address without its extension, its domain or one above.
    pub met: String,
}

impl BlockLine {
    fn of(row: &postgres::Row) -> BlockLine {
        BlockLine {
            id: row.get(0),
            kind: row.get(1),
            value: row.get(2),
            contact_id: row.get(3),
            scope: Scope::of(row, 4),
            reason: row.get(5),
            created_by: row.get(6),
            created_at: row.get(7),
            removed_by: row.get(8),
            removed_at: row.get(9),
        }
    }
}

impl Scope {
    /// The name used in configuration and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Inbox => "inbox",
            Scope::All => "all",
        }
    }

    fn of(row: &postgres::Row, index: usize) -> Scope {
        if row.get::<_, &str>(index) == "all" { Scope::All } else { Scope::Inbox }
    }
}

impl Blocked {
    fn columns(&self) -> (&'static str, Option<String>, Option<Uuid>) {
        match self {
            Blocked::Address(address) => ("address", Some(gate(address, SHORT).into_owned()), None),
            Blocked::Domain(domain) => ("domain", Some(gate(domain, SHORT).into_owned()), None),
            Blocked::Subdomains(domain) => ("subdomains", Some(gate(domain, SHORT).into_owned()), None),
            Blocked::Contact(id) => ("contact", None, Some(*id)),
        }
    }

    fn name(&self) -> String {
        match self {
            Blocked::Address(name) | Blocked::Domain(name) | Blocked::Subdomains(name) => name.clone(),
            Blocked::Contact(id) => id.to_string(),
        }
    }
}

impl Store {
    /// Blocks; the block's id.
    ///
    /// # Errors
    /// [`Error::InUse`] if it is blocked already: remove that block first to change scope or reason.
    pub fn block_add(&self, what: &Blocked, scope: Scope, reason: Option<&str>, by: &str) -> Result<Uuid> {
        let (kind, value, contact) = what.columns();
        let id = Uuid::now_v7();
        let made = self.connection()?.query_opt(
            include_str!("sql/block_insert.sql"),
            &[&id, &kind, &value, &contact, &scope.as_str(), &gate_option(reason, LINE), &gate(by, SHORT)],
        )?;
        match made {
            Some(_) => Ok(id),
            None => {
                Err(Error::InUse { what: format!("{kind} {}", what.name()), by: "a block in force".into() })
            }
        }
    }

    /// Blocks, the newest first; `ended` shows the history too.
    ///
    /// # Errors
    /// The database's.
    pub fn block_list(&self, ended: bool) -> Result<Vec<BlockLine>> {
        let rows = self.connection()?.query(include_str!("sql/block_list.sql"), &[&ended])?;
        Ok(rows.iter().map(BlockLine::of).collect())
    }

    /// The blocks in force against a canonical address, the widest first. The `+` that sets off an extension
    /// is the one of [`Policy::block`](crate::crm::policy::Policy::block).
    ///
    /// # Errors
    /// The database's.
    pub fn block_why(&self, canonical: &str) -> Result<Vec<BlockMet>> {
        let canonical = gate(canonical, SHORT);
        let base = without_extension(&canonical);
        let own: Vec<&str> = std::iter::once(&*canonical).chain(base.as_deref()).collect();
        let domain = address::domain_of(&canonical).unwrap_or_default();
        let above: Vec<&str> =
            std::iter::successors(Some(domain), |d| d.split_once('.').map(|(_, above)| above)).collect();
        let rows = self.connection()?.query(include_str!("sql/block_why.sql"), &[&own, &domain, &above])?;
        Ok(rows.iter().map(|row| BlockMet { block: BlockLine::of(row), met: row.get(10) }).collect())
    }

    /// Ends the block of an address (its keyed hash as well), of a domain with or without those below it, or
    /// of a contact.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn block_remove(&self, what: &Blocked, by: &str) -> Result<()> {
        let (_, value, id) = what.columns();
        let kinds: &[&str] = match what {
            Blocked::Address(_) => &["address", "hash"],
            Blocked::Domain(_) | Blocked::Subdomains(_) => &["domain", "subdomains"],
            Blocked::Contact(_) => &["contact"],
        };
        let ended = self
            .connection()?
            .execute(include_str!("sql/block_remove.sql"), &[&kinds, &value, &id, &gate(by, SHORT)])?;
        if ended == 0 { Err(Error::NotFound { noun: "block of", name: what.name() }) } else { Ok(()) }
    }
}
