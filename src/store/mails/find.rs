//! Finding mails: by filter in an order, page by page from a key, and by the words in them.
//!
//! `crm.mail_select` (V049) makes the statement out of what is asked for, so that each list begins where the fewest
//! rows are read. Words are looked for by `crm.search_mail`, newest first, in portions that the filter then thins.

use super::MailLine;
use crate::store::text::{LINE, SHORT, gate};
use crate::store::{Result, Store};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Which mails. What is not set does not count.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// `in`, `out`.
    pub direction: Option<String>,
    /// `inbox`, `assistant-bcc`, …
    pub source: Option<String>,
    /// Stands on this contact.
    pub contact: Option<Uuid>,
    /// Stands on this record.
    pub record: Option<Uuid>,
    /// Stands on this ticket.
    pub ticket: Option<Uuid>,
    /// Reached the inbox of this key.
    pub inbox: Option<String>,
    /// Written or filed by this user.
    pub user: Option<Uuid>,
    /// Looked after by this user.
    pub owner: Option<Uuid>,
    /// Canonical address of From, Sender or Reply-To.
    pub from: Option<String>,
    /// Canonical address of a recipient.
    pub to: Option<String>,
    /// Canonical address of either.
    pub address: Option<String>,
    /// Not before, by the time that the list is ordered by.
    pub since: Option<Timestamp>,
    /// Before, likewise.
    pub until: Option<Timestamp>,
    /// Has an attachment.
    pub attachment: bool,
    /// Waits for a person's decision.
    pub unresolved: bool,
    /// Stands on nothing.
    pub unlinked: bool,
    /// Is locked.
    pub locked: bool,
}

/// By which of its times mail is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MailOrder {
    /// When it was stored.
    #[default]
    Recorded,
    /// By the sender's clock, but not later than it was received.
    Sent,
    /// By the server's clock.
    Received,
}

/// Which part of a list, and in which order.
#[derive(Debug, Clone)]
pub struct MailPage {
    /// The order.
    pub order: MailOrder,
    /// The newest first, or the oldest.
    pub newest: bool,
    /// Go on behind this mail.
    pub after: Option<Uuid>,
    /// How many at most.
    pub limit: i32,
}

impl Default for MailPage {
    fn default() -> Self {
        MailPage { order: MailOrder::Recorded, newest: true, after: None, limit: 50 }
    }
}

/// Mails found by their words.
#[derive(Debug, Clone)]
pub struct Found {
    /// The newest first.
    pub ids: Vec<Uuid>,
    /// The last mail that was looked at, if the search ended before all were.
    pub looked_until: Option<Uuid>,
}

/// How many mails with the words are thinned by the filter at a time, and how many times.
const PORTION: i32 = 500;
const PORTIONS: usize = 20;

impl MailOrder {
    fn as_str(self) -> &'static str {
        match self {
            MailOrder::Recorded => "recorded",
            MailOrder::Sent => "sent",
            MailOrder::Received => "received",
        }
    }
}

impl MailFilter {
    fn as_json(&self) -> Value {
        let text = |value: &Option<String>| value.as_deref().map(|text| Value::from(gate(text, SHORT)));
        let id = |value: Option<Uuid>| value.map(|id| Value::from(id.to_string()));
        let time = |value: Option<Timestamp>| value.map(|time| Value::from(time.to_string()));
        let whether = |value: bool| value.then_some(Value::Bool(true));
        let fields = [
            ("direction", text(&self.direction)),
            ("source", text(&self.source)),
            ("inbox", text(&self.inbox)),
            ("from", text(&self.from)),
            ("to", text(&self.to)),
            ("address", text(&self.address)),
            ("contact", id(self.contact)),
            ("record", id(self.record)),
            ("ticket", id(self.ticket)),
            ("user", id(self.user)),
            ("owner", id(self.owner)),
            ("since", time(self.since)),
            ("until", time(self.until)),
            ("attachment", whether(self.attachment)),
            ("unresolved", whether(self.unresolved)),
            ("unlinked", whether(self.unlinked)),
            ("locked", whether(self.locked)),
        ];
        let set = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(set.collect::<Map<_, _>>())
    }
}

impl Store {
    /// Ids of a page of mails, in its order.
    ///
    /// # Errors
    /// [`super::Error::NotFound`] if the page begins behind a mail that is not there.
    pub fn mail_select(&self, filter: &MailFilter, page: &MailPage) -> Result<Vec<Uuid>> {
        self.select(&filter.as_json(), page)
    }

    fn select(&self, filter: &Value, page: &MailPage) -> Result<Vec<Uuid>> {
        let sql = include_str!("../sql/mail_select.sql");
        let order = page.order.as_str();
        let rows =
            self.connection()?.query(sql, &[filter, &order, &page.newest, &page.after, &page.limit])?;
        if let (true, Some(after)) = (rows.is_empty(), page.after) {
            self.mail_find(after)?;
        }
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Mails of that filter with these words, the newest first. Words as people write them: `viewing "sea view"
    /// -garage`; `language` (ISO 639-1) is theirs, else the user's.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_found(
        &self,
        words: &str,
        language: Option<&str>,
        filter: &MailFilter,
        after: Option<Uuid>,
        limit: i32,
    ) -> Result<Found> {
        let mut asked = filter.as_json();
        let mut found = Found { ids: Vec::new(), looked_until: after };
        let wanted = usize::try_from(limit).unwrap_or(0);
        for _ in 0..PORTIONS {
            let portion = self.mail_search(words, language, found.looked_until, PORTION)?;
            let Some(&last) = portion.last() else {
                found.looked_until = None;
                return Ok(found);
            };
            asked["among"] = portion.iter().map(|id| Value::from(id.to_string())).collect();
            let page = MailPage { limit: PORTION, ..MailPage::default() };
            found.ids.extend(self.select(&asked, &page)?);
            found.looked_until = Some(last);
            if found.ids.len() >= wanted {
                found.ids.truncate(wanted);
                found.looked_until = found.ids.last().copied();
                return Ok(found);
            }
        }
        Ok(found)
    }

    /// Sets the snippets of lines that were found by these words.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_snippets(&self, lines: &mut [MailLine], words: &str, language: Option<&str>) -> Result<()> {
        let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
        let sql = include_str!("../sql/mail_snippets.sql");
        for row in self.connection()?.query(sql, &[&ids, &gate(words, LINE), &language])? {
            let id: Uuid = row.get(0);
            if let Some(line) = lines.iter_mut().find(|line| line.id == id) {
                line.snippet = row.get(1);
            }
        }
        Ok(())
    }
}
