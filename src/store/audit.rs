//! Who changed what, and when. It is read only: the database writes it by itself, see V023.

use super::text::{SHORT, gate_option};
use super::{Error, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// One change of one row.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct AuditLine {
    pub id: i64,
    pub at: Timestamp,
    /// Login of the user who was at it; none for the desk itself and the owner.
    pub user: Option<String>,
    /// What the desk said of who sat at it: a note, no proof.
    pub operator: Option<String>,
    /// Login to the database, and the role that it had taken on.
    pub db_role: String,
    pub as_role: Option<String>,
    /// `insert`, `update` or `delete`.
    pub action: String,
    /// The table.
    pub entity: String,
    pub entity_id: Option<Uuid>,
    /// Key of the row, where that is not its id.
    pub key: Option<Value>,
    /// The row that came or went, or of each changed column what it was and what it is.
    pub change: Value,
}

/// Which changes.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this card and what stands on it, or of whatever else has this id.
    pub of: Option<Uuid>,
    /// By this user.
    pub by: Option<Uuid>,
    /// Of this table.
    pub entity: Option<String>,
}

impl Store {
    /// Changes, the newest first, before the one of an id.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for a user who is no administrator; the database would show them nothing.
    pub fn audit_list(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AuditLine>> {
        if let Some((_, login)) = self.acting_user()?
            && self.user_show(&login)?.role != "administrator"
        {
            return Err(Error::NotAllowed(format!(
                "who changed what is for administrators, and {login} is none"
            )));
        }
        let entity = gate_option(filter.entity.as_deref(), SHORT);
        let rows = self
            .connection()?
            .query(include_str!("sql/audit_list.sql"), &[&before, &filter.of, &filter.by, &entity, &limit])?;
        let line = |row: &postgres::Row| AuditLine {
            id: row.get(0),
            at: row.get(1),
            user: row.get(2),
            operator: row.get(3),
            db_role: row.get(4),
            as_role: row.get(5),
            action: row.get(6),
            entity: row.get(7),
            entity_id: row.get(8),
            key: row.get(9),
            change: row.get(10),
        };
        Ok(rows.iter().map(line).collect())
    }
}
