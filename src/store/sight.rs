//! What the caller sees, where that is little: with that, lists begin. The policies judge in any case.

use super::{Result, Store};
use uuid::Uuid;

impl Store {
    /// What of `task`, `activity` or `outbox` the caller could see; `None` if it is much, or everything.
    pub(super) fn few_about(&self, what: &str) -> Result<Option<Vec<Uuid>>> {
        Ok(self.connection()?.query_one(include_str!("sql/few_about.sql"), &[&what])?.get(0))
    }

    /// Digests of the addresses of the cards that the caller sees; `None` if they are many, or all.
    pub(super) fn few_addresses(&self) -> Result<Option<Vec<Vec<u8>>>> {
        Ok(self.connection()?.query_one(include_str!("sql/few_addresses.sql"), &[])?.get(0))
    }

    /// The caller, if of the lines of intake only those of the own mails are seen.
    pub(super) fn own_lines_only(&self) -> Result<Option<Uuid>> {
        Ok(self.connection()?.query_one(include_str!("sql/own_lines_only.sql"), &[])?.get(0))
    }
}
