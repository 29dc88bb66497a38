//! The list of received mails: what came in, what came of it, and what people decided afterwards.

use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Page, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A line of the list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct IntakeLine {
    pub id: Uuid,
    pub inbox: String,
    pub detail: Option<String>,
    pub outcome: String,
    pub reason: String,
    pub cause: Option<String>,
    /// `[{"contact": id}, {"record": id}]`
    pub candidates: serde_json::Value,
    pub assignment: Option<String>,
    pub owner: Option<String>,
    /// The user on whose authority it came.
    pub user: Option<String>,
    pub queue_id: Option<String>,
    pub door: String,
    pub received_at: Timestamp,
    pub recorded_at: Timestamp,
    pub mail_from: String,
    pub subject: Option<String>,
    pub mail_id: Option<Uuid>,
    pub resolved_at: Option<Timestamp>,
    /// What a person decided afterwards.
    pub resolution: Option<String>,
    /// What came of the automatic reply.
    pub reply: Option<String>,
}

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct IntakeFilter {
    /// Key of the inbox.
    pub inbox: Option<String>,
    /// An outcome's name.
    pub outcome: Option<String>,
    /// Only what a person must still decide.
    pub unresolved: bool,
    /// Only this mail's.
    pub mail: Option<Uuid>,
    /// Only this line.
    pub id: Option<Uuid>,
}

impl Store {
    /// Lines of intake, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn intake_list(&self, filter: &IntakeFilter, page: Page) -> Result<Vec<IntakeLine>> {
        let inbox = gate_option(filter.inbox.as_deref(), SHORT);
        let outcome = gate_option(filter.outcome.as_deref(), SHORT);
        let own = self.own_lines_only()?;
        let rows = self.connection()?.query(
            include_str!("sql/intake_list.sql"),
            &[
                &page.before,
                &inbox,
                &outcome,
                &filter.unresolved,
                &filter.mail,
                &page.limit,
                &filter.id,
                &own,
            ],
        )?;
        let line = |row: &postgres::Row| IntakeLine {
            id: row.get(0),
            inbox: row.get(1),
            detail: row.get(2),
            outcome: row.get(3),
            reason: row.get(4),
            cause: row.get(5),
            candidates: row.get(6),
            assignment: row.get(7),
            owner: row.get(8),
            user: row.get(9),
            queue_id: row.get(10),
            door: row.get(11),
            received_at: row.get(12),
            recorded_at: row.get(13),
            mail_from: row.get(14),
            subject: row.get(15),
            mail_id: row.get(16),
            resolved_at: row.get(17),
            resolution: row.get(18),
            reply: row.get(19),
        };
        Ok(rows.iter().map(line).collect())
    }

    /// One line of intake.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn intake_show(&self, id: Uuid) -> Result<IntakeLine> {
        let filter = IntakeFilter { id: Some(id), ..IntakeFilter::default() };
        let found = self.intake_list(&filter, Page::default())?.pop();
        found.ok_or_else(|| Error::NotFound { noun: "line of intake", name: id.to_string() })
    }

    /// The first line that came of an entry of the spool.
    ///
    /// # Errors
    /// The database's.
    pub fn intake_of_entry(&self, entry: Uuid) -> Result<Option<IntakeLine>> {
        let rows = self.connection()?.query(include_str!("sql/intake_of_entry.sql"), &[&entry])?;
        rows.first().map(|row| self.intake_show(row.get(0))).transpose()
    }

    /// Notes what a person decided about a line; `false` if somebody did so before. `by` is the login of a user,
    /// or the name of an operator who is none.
    ///
    /// # Errors
    /// The database's.
    pub fn intake_resolve(&self, id: Uuid, by: &str, resolution: &str) -> Result<bool> {
        let changed = self.connection()?.execute(
            include_str!("sql/intake_resolve.sql"),
            &[&id, &gate(by, SHORT), &gate(resolution, LINE)],
        )?;
        Ok(changed > 0)
    }
}
