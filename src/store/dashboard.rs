//! What there is for a user, on one screen: news, work, tickets and mail that waits. Whatever the connection may not
//! see is in no list and in no count.

use super::{
    ActivityFilter, ActivityLine, NotificationLine, Page, Result, Store, TaskFilter, TaskLine, TicketFilter,
    TicketLine, UnresolvedLine,
};
use serde::Serialize;
use uuid::Uuid;

/// How much there is.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Counts {
    /// Not seen yet.
    pub news: i64,
    pub tasks: i64,
    pub activities: i64,
    /// Tasks and activities together.
    pub overdue: i64,
    /// Neither solved nor closed.
    pub tickets: i64,
    pub open_records: i64,
    /// Of all inboxes that are open to whoever asks.
    pub unresolved: i64,
}

/// The screen.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Dashboard {
    /// Login; none: everybody.
    pub user: Option<String>,
    pub counts: Counts,
    pub news: Vec<NotificationLine>,
    pub tasks: Vec<TaskLine>,
    pub activities: Vec<ActivityLine>,
    pub tickets: Vec<TicketLine>,
    pub unresolved: Vec<UnresolvedLine>,
}

impl Store {
    /// What there is for a user, or for everybody; at most `limit` rows of each sort.
    ///
    /// # Errors
    /// The database's.
    pub fn dashboard(&self, user: Option<(Uuid, String)>, limit: i64) -> Result<Dashboard> {
        let (id, login) = user.unzip();
        let own = self.own_lines_only()?;
        let row = self.connection()?.query_one(include_str!("sql/dashboard_counts.sql"), &[&id, &own])?;
        let counts = Counts {
            news: row.get(0),
            tasks: row.get(1),
            activities: row.get(2),
            overdue: row.get(3),
            tickets: row.get(4),
            open_records: row.get(5),
            unresolved: row.get(6),
        };
        let page = Page { before: None, limit };
        let activities = ActivityFilter { user: id, done: Some(false), ..ActivityFilter::default() };
        let status = Some("unsolved".to_owned());
        let tickets = TicketFilter { status, owner: login.clone(), ..TicketFilter::default() };
        Ok(Dashboard {
            counts,
            news: self.notification_list(id, false, page)?,
            tasks: self.task_list(&TaskFilter { user: id, ..TaskFilter::default() }, None, limit)?,
            activities: self.activity_list(&activities, None, limit)?,
            tickets: self.ticket_list(&tickets, page)?,
            unresolved: self.unresolved_list(None, None, page)?,
            user: login,
        })
    }
}
