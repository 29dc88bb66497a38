//! PostgreSQL: the only folder with SQL.
//!
//! - [`cluster`]: the private server.
//! - [`migrate`](migrate()): the schema; `migrations/` says what is kept and why.
//! - [`Store`]: a pool of connections, and the verbs of the daemon and the desk.
//! - [`look_up`](look_up()), [`write`](write()): what a batch of messages asks and writes, each a fixed number
//!   of statements whatever the batch's size.
//! - [`Listener`]: keeps the lists fresh that are looked at while a client is on the line.
//! - `sql/`: one statement per file, named `<table>_<verb>.sql`, whose first lines say purpose, parameters,
//!   index and lock. A test prepares each against the migrated schema.
//!
//! Text enters a column through the one gate in `text`; unique keys of what may be long are over digests.
//! Callers tell errors apart by [`Error`]'s predicates. A connection that hangs because the server is frozen
//! is bounded by nothing that can be set here (the reason for the spool): no caller may hold up Postfix.

mod activities;
mod addresses;
mod again;
mod audit;
mod blocks;
mod changes;
pub mod cluster;
mod contacts;
mod dashboard;
mod erasure;
mod error;
mod export;
mod intakes;
mod letters;
mod listener;
mod lists;
mod look_up;
mod mails;
mod merge;
mod migrate;
mod notes;
mod notices;
mod notifications;
mod offices;
mod outbox;
mod page;
mod records;
mod retention;
mod returned;
mod search;
mod sight;
mod tasks;
mod text;
mod tickets;
mod unresolved;
mod users;
mod vocabulary;
mod write;

pub use activities::{ActivityChange, ActivityFilter, ActivityLine, NewActivity};
pub use addresses::{Address, AddressConsent, AddressEvent, AddressFilter, AddressReport, OffLine};
pub use again::{Addition, Fill};
pub use audit::{AuditFilter, AuditLine};
pub use blocks::{BlockLine, BlockMet, Blocked, Scope};
pub use changes::MOST_EDITED;
pub use contacts::{
    AddressLine, BlockOnCard, Contact, ContactFilter, ContactKey, ContactLine, ContactOrder, MergedContact,
    PhoneLine, Relation,
};
pub use dashboard::{Counts, Dashboard};
pub use erasure::{Company, PendingBody, Words};
pub use export::Person;
pub use intakes::{IntakeFilter, IntakeLine};
pub use letters::{InThread, Reach, Writer};
pub use listener::{Heard, Listener, Needs};
pub use mails::{
    AttachmentLine, Found, LinkLine, Mail, MailFilter, MailLine, MailOrder, MailPage, PartyLine,
};
pub use merge::{Merged, Unmerged};
pub use notes::{Note, NoteTarget, NoteVersion};
pub use notices::{NewNotice, News, Post, Reader};
pub use notifications::NotificationLine;
pub use offices::{Office, Team};
pub use outbox::{Author, Claimed, OutboxFilter, OutboxLine, OutboxNews, Queued, Settled};
pub use page::Page;
pub use records::{PartyToRecord, Record, RecordByHand, RecordFilter, RecordLine};
pub use retention::Retained;
pub use tasks::{NewTask, TaskChange, TaskFilter, TaskLine};
pub use tickets::{Ticket, TicketByHand, TicketComment, TicketFilter, TicketLine};
pub use unresolved::{ContactFromMail, UnresolvedLine};
pub use users::{NewUser, Proofs, User, UserChange};
pub use vocabulary::{ContactType, Funnel, Origin, Stage};

pub use error::{Error, Result};
pub use look_up::look_up;
pub use migrate::{Migrated, built_in_version, ensure_partitions, migrate, schema_version};
pub use write::{Written, write};

use crate::crm::known::{Known, Wanted};
use crate::crm::plan::Plan;
use postgres::{Config, NoTls, Transaction};
use r2d2_postgres::PostgresConnectionManager;
use r2d2_postgres::r2d2;
use std::time::Duration;
use uuid::Uuid;

/// A connection out of the pool.
pub type Connection = r2d2::PooledConnection<PostgresConnectionManager<NoTls>>;

/// How the database is reached.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `postgresql://user@host,host2/crm?target_session_attrs=read-write`, or a private cluster's.
    pub url: String,
    /// Connections at most.
    pub connections: u32,
    /// How long connecting, and waiting for a free connection, may take.
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// Name by which the server's administrator sees the connections.
    pub application_name: String,
    /// Who sits at it, for the audit: a note beside what the server knows itself.
    pub operator: Option<String>,
}

impl StoreConfig {
    /// Four connections, 3 s to connect, 30 s a statement.
    pub fn new(url: impl Into<String>) -> Self {
        StoreConfig {
            url: url.into(),
            connections: 4,
            connect_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(30),
            application_name: "crm-milter".into(),
            operator: None,
        }
    }

    /// The connection settings: what the URL says, and time limits where it is silent.
    fn config(&self) -> Result<Config> {
        let mut config: Config = self.url.parse().map_err(|e: postgres::Error| Error::Url(e.to_string()))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.connect_timeout);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        config.keepalives(true).keepalives_idle(Duration::from_secs(30));
        config.keepalives_interval(Duration::from_secs(5)).keepalives_retries(3);
        if config.get_application_name().is_none() {
            config.application_name(&self.application_name);
        }
        // Every statement here is meant for its index. Left to itself, the planner reads whole tables as long
        // as it has no statistics of them, which is just when a young database or an import needs speed.
        let limit = format!(
            "-c statement_timeout={0} -c idle_in_transaction_session_timeout={0} -c timezone=UTC \
             -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off",
            self.statement_timeout.as_millis()
        );
        let options = config.get_options().map_or(limit.clone(), |own| format!("{limit} {own}"));
        config.options(&options);
        if let Some(operator) = &self.operator {
            set(&mut config, "crm.operator", operator);
        }
        Ok(config)
    }
}

/// Has connections begin with a setting; the server's own `RESET` goes back to it.
fn set(config: &mut Config, name: &str, value: &str) {
    let mut options = config.get_options().map(|own| format!("{own} ")).unwrap_or_default();
    options.push_str(&format!("-c {name}="));
    for c in value.chars().filter(|&c| c != '\0') {
        if c == '\\' || c.is_ascii_whitespace() {
            options.push('\\');
        }
        options.push(c);
    }
    config.options(&options);
}

/// What [`Store::maintain`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintained {
    /// Partitions made.
    pub partitions: i32,
    /// Sightings forgotten.
    pub sightings: u64,
    /// Whether there is a new key for signed addresses.
    pub new_key: bool,
}

/// A pool of connections to a migrated database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: r2d2::Pool<PostgresConnectionManager<NoTls>>,
    config: Config,
    connections: u32,
    patience: Duration,
    /// The agent as whom its connections act. An agent's cards are those that the agent owns: a list that says so by
    /// the agent's id is planned for these, while the policy's condition alone has no number that the planner knows.
    agent: Option<Uuid>,
}

impl Store {
    /// A store that connects when it is first used: the database may be down now.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn new(settings: &StoreConfig) -> Result<Store> {
        Ok(Store::over(settings.config()?, settings.connections, settings.connect_timeout))
    }

    fn over(config: Config, connections: u32, patience: Duration) -> Store {
        let manager = PostgresConnectionManager::new(config.clone(), NoTls);
        let pool = r2d2::Pool::builder()
            .max_size(connections)
            .min_idle(Some(0))
            .idle_timeout(Some(Duration::from_secs(300)))
            .connection_timeout(patience)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(manager);
        Store { pool, config, connections, patience, agent: None }
    }

    /// The same database as that user: its connections take on the user's role when they begin, and row-level
    /// security decides from then on what is there.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotAllowed`] for a user who was deactivated, and for a login that may not
    /// take on the role, with the remedy.
    pub fn acting_as(&self, login: &str) -> Result<Store> {
        let (role, agent) = self.user_role(login)?;
        let mut config = self.config.clone();
        set(&mut config, "role", &role);
        Ok(Store { agent, ..Store::over(config, self.connections, self.patience) })
    }

    /// A connection.
    ///
    /// # Errors
    /// [`Error::Pool`] if none is to be had in time.
    pub fn connection(&self) -> Result<Connection> {
        Ok(self.pool.get()?)
    }

    /// Runs `work` in a transaction, committed if it succeeds.
    ///
    /// # Errors
    /// Those of `work`, and the database's; nothing is written then, unless the connection was lost in the
    /// commit itself, when only looking tells.
    pub fn transaction<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut connection = self.connection()?;
        let mut transaction = connection.transaction()?;
        let done = work(&mut transaction).and_then(|value| {
            transaction.commit()?;
            Ok(value)
        });
        if done.as_ref().is_err_and(Error::is_missing_partition) {
            match ensure_partitions(&mut *connection) {
                Ok(made) => log::warn!("{made} partitions of coming months were missing, made now"),
                Err(error) => log::error!("partitions of coming months are missing: {error}"),
            }
        }
        done
    }

    /// Records a batch in one transaction: looks up what is wanted, lets `plan` plan, and writes it.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn record(&self, wanted: &Wanted, plan: impl FnOnce(&mut Known) -> Vec<Plan>) -> Result<Vec<Plan>> {
        self.transaction(|transaction| {
            let mut known = look_up(transaction, wanted)?;
            let mut plans = plan(&mut known);
            let mut withheld = write(transaction, &plans)?.withheld;
            for intake in plans.iter_mut().flat_map(|plan| &mut plan.intakes) {
                intake.reply = withheld.remove(&intake.id).or(intake.reply.take());
            }
            Ok(plans)
        })
    }

    /// Looks up what is wanted, and writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub fn known(&self, wanted: &Wanted) -> Result<Known> {
        self.transaction(|transaction| look_up(transaction, wanted))
    }

    /// Refuses a database whose schema is not this program's.
    ///
    /// # Errors
    /// [`Error::Schema`] with the remedy.
    pub fn check_schema(&self) -> Result<()> {
        let (found, needed) = (schema_version(&mut *self.connection()?)?, built_in_version());
        match found.cmp(&needed) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(Error::Schema { found, needed, remedy: "run `crmctl migrate`" }),
            std::cmp::Ordering::Greater => {
                let remedy = "a newer crm-milter has migrated it; upgrade this one";
                Err(Error::Schema { found, needed, remedy })
            }
        }
    }

    /// Refuses a login that lacks the rights of the daemon or the desk; the schema must be there.
    ///
    /// # Errors
    /// [`Error::Rights`] with the remedy.
    pub fn check_rights(&self, role: cluster::Role) -> Result<()> {
        let row = self.connection()?.query_one(include_str!("sql/schema_rights.sql"), &[&role.name()])?;
        if row.get(1) { Ok(()) } else { Err(Error::Rights { login: row.get(0), group: role.name() }) }
    }

    /// Makes the partitions of the coming months; at start.
    ///
    /// # Errors
    /// The database's.
    pub fn ensure_partitions(&self) -> Result<i32> {
        ensure_partitions(&mut *self.connection()?)
    }

    /// How many partitions of this month and the next are missing.
    ///
    /// # Errors
    /// The database's.
    pub fn missing_partitions(&self) -> Result<i64> {
        Ok(self.connection()?.query_one(include_str!("sql/mail_partitions_missing.sql"), &[])?.get(0))
    }

    /// What has to be done daily, by any node: partitions of the coming months, a fresh key for signed addresses, old
    /// sightings and counters forgotten.
    ///
    /// # Errors
    /// The database's.
    pub fn maintain(&self) -> Result<Maintained> {
        const PORTION: i64 = 10_000;
        let partitions = self.ensure_partitions()?;
        let new_key = self.connection()?.query_one(include_str!("sql/signing_key_rotate.sql"), &[])?.get(0);
        self.connection()?.execute(include_str!("sql/told_once_purge.sql"), &[])?;
        self.connection()?.execute(include_str!("sql/outbox_domain_purge.sql"), &[])?;
        let mut sightings = 0;
        loop {
            let gone = self.connection()?.execute(include_str!("sql/sighting_purge.sql"), &[&PORTION])?;
            sightings += gone;
            if gone < PORTION.unsigned_abs() {
                while self.connection()?.execute(include_str!("sql/reply_count_purge.sql"), &[&PORTION])?
                    == PORTION.unsigned_abs()
                {}
                return Ok(Maintained { partitions, sightings, new_key });
            }
        }
    }

    /// Settings for a connection beside the pool.
    fn settings(&self) -> &Config {
        &self.config
    }
}
