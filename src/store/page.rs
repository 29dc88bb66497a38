//! Paging by key: ids are UUIDv7, so "the page before this id" costs the same on page one and on page
//! thousand, and nothing is shown twice while new rows arrive.

use uuid::Uuid;

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Only what is older than this id: the last one of the page before.
    pub before: Option<Uuid>,
    /// How many at most.
    pub limit: i64,
}

impl Default for Page {
    fn default() -> Self {
        Page { before: None, limit: 50 }
    }
}
