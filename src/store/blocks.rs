//! Blocks: made, listed, ended by people, and loaded whole by each node.
//!
//! A block of a contact holds for whatever addresses the contact has now and later. A block that is ended
//! stays as history. Every change is told to all nodes at its commit (see [`super::Listener`]).

use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Result, Store};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// A canonical address.
    Address(String),
    /// A domain in canonical form.
    Domain(String),
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

/// A block in force, as mail is compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockEntry {
    /// Key, for the log.
    pub id: Uuid,
    /// `address`, `domain`, or `hash` (hexadecimal, of an erased contact's address).
    pub kind: String,
    /// Canonical.
    pub value: String,
    /// What it holds for.
    pub scope: Scope,
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
            Blocked::Contact(id) => ("contact", None, Some(*id)),
        }
    }

    fn name(&self) -> String {
        match self {
            Blocked::Address(name) | Blocked::Domain(name) => name.clone(),
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

    /// Blocks, the newest first; `ended` shows the history too, `value` only an address's or domain's.
    ///
    /// # Errors
    /// The database's.
    pub fn block_list(&self, ended: bool, value: Option<&str>) -> Result<Vec<BlockLine>> {
        let rows = self
            .connection()?
            .query(include_str!("sql/block_list.sql"), &[&ended, &gate_option(value, SHORT)])?;
        let line = |row: &postgres::Row| BlockLine {
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
        };
        Ok(rows.iter().map(line).collect())
    }

    /// Ends a block.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn block_remove(&self, what: &Blocked, by: &str) -> Result<()> {
        let (kind, value, contact) = what.columns();
        let ended = self
            .connection()?
            .execute(include_str!("sql/block_remove.sql"), &[&kind, &value, &contact, &gate(by, SHORT)])?;
        if ended == 0 { Err(Error::NotFound { noun: "block of", name: what.name() }) } else { Ok(()) }
    }

    /// All blocks in force.
    ///
    /// # Errors
    /// The database's.
    pub fn blocks_load(&self) -> Result<Vec<BlockEntry>> {
        load(&mut *self.connection()?)
    }
}

/// All blocks in force.
pub(super) fn load(client: &mut impl postgres::GenericClient) -> Result<Vec<BlockEntry>> {
    let rows = client.query(include_str!("sql/block_load.sql"), &[])?;
    let entry = |row: &postgres::Row| BlockEntry {
        id: row.get(0),
        kind: row.get(1),
        value: row.get(2),
        scope: Scope::of(row, 3),
    };
    Ok(rows.iter().map(entry).collect())
}
