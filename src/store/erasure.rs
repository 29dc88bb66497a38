//! A person's erasure, and the decisions on bodies that it leaves open. The database does it (V031) and lets only
//! administrators: here is the way there. Whoever else asks gets the database's refusal, with what to do.

use super::{Error, Result, Store};
use jiff::Timestamp;
use postgres::Transaction;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// How long an erasure may take: it reads whole tables.
const PATIENCE: &str = "3600000";
const PATIENTLY: &str = include_str!("sql/transaction_patience.sql");
/// How often an erasure that met a deadlock with mail being recorded is tried again.
const ATTEMPTS: usize = 3;

/// Who the company is: everybody else in a mail is an outside party.
#[derive(Debug, Clone, Default)]
pub struct Company {
    /// Canonical addresses of inboxes.
    pub addresses: Vec<String>,
    /// Domains.
    pub domains: Vec<String>,
}

/// What names a person in others' texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words<'a> {
    /// More than addresses, phones and full name.
    pub also: &'a [String],
    /// The name stays where others wrote it: it is a common word, as `Sales Team` is.
    pub spare_name: bool,
}

/// A mail whose body waits for a decision.
#[derive(Debug, Clone, Serialize)]
pub struct PendingBody {
    /// The mail.
    pub mail: Uuid,
    /// `party`: the erased person was one of several; `mention`: it only names the person; `late`: it came afterwards.
    pub cause: String,
    /// The stub of the erased person.
    pub contact: Option<Uuid>,
    /// Since when it waits.
    pub since: Timestamp,
    /// When the mail was received.
    pub received_at: Timestamp,
    /// Its subject.
    pub subject: Option<String>,
    /// The other outside parties.
    pub parties: Vec<String>,
}

impl Store {
    /// Whether this connection is an administrator's.
    ///
    /// # Errors
    /// The database's.
    pub fn is_administrator(&self) -> Result<bool> {
        Ok(self.connection()?.query_one(include_str!("sql/users_administrator.sql"), &[])?.get(0))
    }

    /// Erases a person; `preview` does the same and takes it back, so that its numbers are exact.
    ///
    /// # Errors
    /// The database's, for who is no administrator.
    pub fn contact_erase(
        &self,
        contact: Uuid,
        company: &Company,
        words: Words<'_>,
        preview: bool,
    ) -> Result<Value> {
        let mut attempt = 1;
        loop {
            match self.erase_once(contact, company, words, preview) {
                Err(error) if error.sqlstate() == Some("40P01") && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    fn erase_once(&self, contact: Uuid, company: &Company, words: Words<'_>, preview: bool) -> Result<Value> {
        let mut connection = self.connection()?;
        let mut transaction = connection.transaction()?;
        transaction.query(PATIENTLY, &[&PATIENCE])?;
        let also: Vec<_> =
            words.also.iter().map(|text| super::text::gate(text, super::text::SHORT)).collect();
        let row = transaction.query_one(
            include_str!("sql/contact_erase.sql"),
            &[&contact, &company.addresses, &company.domains, &also, &words.spare_name],
        )?;
        let done: Value = row.get(0);
        if preview {
            transaction.rollback()?
        } else {
            transaction.commit()?
        }
        Ok(done)
    }

    /// A transaction whose statements may take long.
    pub(super) fn patiently<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        self.transaction(|transaction| {
            transaction.query(PATIENTLY, &[&PATIENCE])?;
            work(transaction)
        })
    }

    /// Bodies that wait for a decision, the longest waiting first.
    ///
    /// # Errors
    /// The database's.
    pub fn erasure_pending(&self, most: i64) -> Result<Vec<PendingBody>> {
        let rows = self.connection()?.query(include_str!("sql/erasure_pending_list.sql"), &[&most])?;
        let pending = |row: &postgres::Row| PendingBody {
            mail: row.get(0),
            cause: row.get(1),
            contact: row.get(2),
            since: row.get(3),
            received_at: row.get(4),
            subject: row.get(5),
            parties: row.get(6),
        };
        Ok(rows.iter().map(pending).collect())
    }

    /// Deletes or keeps bodies that wait.
    ///
    /// # Errors
    /// [`Error::NotFound`] if one of them does not wait: then nothing is decided.
    pub fn erasure_decide(&self, mails: &[Uuid], delete: bool) -> Result<()> {
        let content = if delete { "delete" } else { "keep" };
        let mut wanted = mails.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        self.transaction(|transaction| {
            let sql = include_str!("sql/erasure_pending_decide.sql");
            let decided: i64 = transaction.query_one(sql, &[&wanted, &content])?.get(0);
            if usize::try_from(decided) == Ok(wanted.len()) {
                return Ok(());
            }
            let name = if wanted.len() == 1 { wanted[0].to_string() } else { "of these, all of them".into() };
            Err(Error::NotFound { noun: "body that waits for a decision:", name })
        })
    }
}
