//! Words of stored mail: worked out after the mail was stored, by whichever node has time.

use super::{Result, Store};
use uuid::Uuid;

impl Store {
    /// Makes up to `most` waiting mails searchable; returns how many there were.
    ///
    /// # Errors
    /// The database's.
    pub fn search_index(&self, most: i32) -> Result<i32> {
        Ok(self.connection()?.query_one(include_str!("sql/search_index.sql"), &[&most])?.get(0))
    }

    /// Tells which inboxes there are, with the name of each one's office: its coordinator sees what reached the
    /// inbox and stands on nothing.
    ///
    /// # Errors
    /// The database's.
    pub fn inbox_declare(&self, inboxes: &[(String, Option<String>)]) -> Result<()> {
        let (keys, offices): (Vec<&str>, Vec<Option<&str>>) =
            inboxes.iter().map(|(key, office)| (key.as_str(), office.as_deref())).unzip();
        self.connection()?.execute(include_str!("sql/inbox_declare.sql"), &[&keys, &offices])?;
        Ok(())
    }

    /// Ids of the mails with these words that this connection's role may see, the newest first. Words as people
    /// write them: `viewing "sea view" -garage`; `language` (ISO 639-1) is theirs, else the user's.
    ///
    /// # Errors
    /// The database's.
    pub fn mail_search(
        &self,
        words: &str,
        language: Option<&str>,
        before: Option<Uuid>,
        most: i32,
    ) -> Result<Vec<Uuid>> {
        let words = super::text::gate(words, super::text::LINE);
        let rows = self
            .connection()?
            .query(include_str!("sql/mail_search.sql"), &[&words, &most, &before, &language])?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
