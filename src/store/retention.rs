//! Retention: mail goes after the days of its inboxes (V032), a batch a transaction. Run by each node's upkeep, and
//! by an administrator. An inbox that the configuration does not name any more keeps its mail for ever.

use super::{Result, Store};
use serde::Serialize;
use uuid::Uuid;

/// Lines of intake that are looked at in one transaction.
const PORTION: i32 = 500;

/// What went of an inbox, or would go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// The inbox's key.
    pub inbox: String,
    /// After how many days its mail goes.
    pub days: i32,
    /// Mails deleted.
    pub mails: i64,
    /// Lines of intake deleted.
    pub lines: i64,
}

impl Store {
    /// Deletes, or with `preview` counts, what outlived the days of all its inboxes. A mail that reached several
    /// inboxes is counted once by a run, and by each of them in a preview.
    ///
    /// # Errors
    /// The database's; what was deleted before stays deleted.
    pub fn retain(&self, inboxes: &[(String, i32)], preview: bool) -> Result<Vec<Retained>> {
        let keys: Vec<&str> = inboxes.iter().map(|(key, _)| key.as_str()).collect();
        let days: Vec<i32> = inboxes.iter().map(|(_, days)| *days).collect();
        let mut all = Vec::new();
        for (inbox, days_of_inbox) in inboxes {
            let mut done = Retained { inbox: inbox.clone(), days: *days_of_inbox, ..Retained::default() };
            let mut after: Option<Uuid> = None;
            loop {
                let sql = include_str!("sql/retention_run.sql");
                let row =
                    self.connection()?.query_one(sql, &[&keys, &days, inbox, &after, &PORTION, &preview])?;
                after = row.get(0);
                done.mails += row.get::<_, i64>(1);
                done.lines += row.get::<_, i64>(2);
                if after.is_none() {
                    break;
                }
            }
            all.push(done);
        }
        Ok(all)
    }

    /// Drops the partitions of past months of which nothing is left; returns how many.
    ///
    /// # Errors
    /// The database's: among them that the tables were busy for two seconds; the next run tries again.
    pub fn drop_empty_partitions(&self) -> Result<i32> {
        Ok(self.connection()?.query_one(include_str!("sql/retention_drop.sql"), &[])?.get(0))
    }
}
