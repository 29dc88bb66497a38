//! `crmctl migrate`.

use super::desk::{Desk, database_url};
use crate::store::{self, cluster::Role};
use serde_json::json;

/// Brings the schema to this version.
pub fn run(desk: &Desk) -> anyhow::Result<()> {
    let migrated = store::migrate(&database_url(&desk.config()?, Role::Owner))?;
    let (from, to) = (migrated.from, migrated.to);
    let sentence = if from == to {
        format!("the schema is at version {to} already")
    } else {
        format!("the schema went from version {from} to {to}")
    };
    desk.done(&json!({ "from": from, "to": to }), &sentence)
}
