//! What can go wrong in the store, and what the caller should do about it.
//!
//! Four ways out, told apart by predicates: *transient* (the same again later: the server is away, a
//! deadlock, a time limit), *conflict* (another transaction was first: look up and plan again), *data* (this
//! content can never be stored as it is: store the raw message as unparsed), and the rest, which is a fault
//! of installation or program (schema missing, no permission): nothing may be thrown away for it.

use postgres::error::SqlState;

/// The store's result.
pub type Result<T> = std::result::Result<T, Error>;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL or the way to it.
    #[error("{}", describe(.0))]
    Database(#[from] postgres::Error),
    /// No connection from the pool.
    #[error("no connection to the database: {0}")]
    Pool(String),
    /// Another transaction was first.
    #[error("another transaction was first: {0}")]
    Conflict(&'static str),
    /// The request is wrong.
    #[error("{0}")]
    Invalid(String),
    /// Not for this user, or not now.
    #[error("{0}")]
    NotAllowed(String),
    /// There is no such thing.
    #[error("no {noun} {name}")]
    NotFound {
        /// `contact`, `record`, …
        noun: &'static str,
        /// What was asked for.
        name: String,
    },
    /// A unique thing is another's already.
    #[error("{what} is in use by {by}")]
    InUse {
        /// `address a@b.test`.
        what: String,
        /// Its holder, for people.
        by: String,
    },
    /// The schema is not the one that this program was built for.
    #[error("the database's schema is version {found}, this program needs {needed}: {remedy}")]
    Schema {
        /// In the database; 0 if there is none.
        found: i32,
        /// Built in.
        needed: i32,
        /// What to do.
        remedy: &'static str,
    },
    /// The login lacks rights.
    #[error(
        "the database login {login} lacks the rights of {group}; as a PostgreSQL administrator: \
         GRANT {group} TO {login};"
    )]
    Rights {
        /// Who.
        login: String,
        /// Whose rights.
        group: &'static str,
    },
    /// A migration failed; the database is as it was before.
    #[error("migration failed: {0}")]
    Migration(String),
    /// The URL is none.
    #[error("the database URL is wrong: {0}")]
    Url(String),
}

impl Error {
    fn state(&self) -> Option<&SqlState> {
        match self {
            Error::Database(error) => error.code(),
            _ => None,
        }
    }

    /// The same may succeed later, unchanged.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Pool(_) => true,
            Error::Database(error) => match error.code() {
                // Connection, resources, operator's intervention, system, deadlock and serialisation; a
                // standby that is not yet primary.
                Some(state) => {
                    ["08", "53", "57", "58"].contains(&class(state))
                        || *state == SqlState::T_R_DEADLOCK_DETECTED
                        || *state == SqlState::T_R_SERIALIZATION_FAILURE
                        || *state == SqlState::LOCK_NOT_AVAILABLE
                        || *state == SqlState::READ_ONLY_SQL_TRANSACTION
                        || self.is_missing_partition()
                }
                // No word from the server: the connection is gone. What could not be encoded on our side
                // never was on the wire.
                None => !is_encoding(error),
            },
            _ => false,
        }
    }

    /// This content can never be stored as it is.
    pub fn is_data(&self) -> bool {
        match self {
            Error::Invalid(_) => true,
            Error::Database(error) => match error.code() {
                Some(state) => {
                    ["21", "22", "54"].contains(&class(state))
                        || (*state == SqlState::CHECK_VIOLATION && !self.is_missing_partition())
                        || *state == SqlState::NOT_NULL_VIOLATION
                }
                None => is_encoding(error),
            },
            _ => false,
        }
    }

    /// Another transaction was first, or took away what the plan refers to: look up and plan again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Error::Conflict(_) | Error::InUse { .. })
            || self
                .state()
                .is_some_and(|s| *s == SqlState::UNIQUE_VIOLATION || *s == SqlState::FOREIGN_KEY_VIOLATION)
    }

    /// There is no partition for the month: no fault of the content, though its SQLSTATE is that of a
    /// violated check. [`super::Store::transaction`] makes the partitions then, so the next attempt
    /// succeeds, unless the node's clock is months ahead of the server's.
    pub fn is_missing_partition(&self) -> bool {
        match self {
            Error::Database(error) => error
                .as_db_error()
                .is_some_and(|db| *db.code() == SqlState::CHECK_VIOLATION && db.constraint().is_none()),
            _ => false,
        }
    }

    /// SQLSTATE, for the log.
    pub fn sqlstate(&self) -> Option<&str> {
        self.state().map(SqlState::code)
    }
}

impl From<r2d2_postgres::r2d2::Error> for Error {
    fn from(error: r2d2_postgres::r2d2::Error) -> Self {
        Error::Pool(error.to_string())
    }
}

fn class(state: &SqlState) -> &str {
    state.code().get(..2).unwrap_or_default()
}

/// Whether a parameter could not be turned into bytes: content, not connection.
fn is_encoding(error: &postgres::Error) -> bool {
    error.to_string().starts_with("error serializing")
}

/// The server's own words with its hint; a `postgres::Error` alone says only "db error".
fn describe(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => {
            let mut text = format!("{} ({})", db.message(), db.code().code());
            for more in [db.detail(), db.hint()].into_iter().flatten() {
                text.push_str("; ");
                text.push_str(more);
            }
            text
        }
        None => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(inner) = source {
                text.push_str(": ");
                text.push_str(&inner.to_string());
                source = inner.source();
            }
            text
        }
    }
}
