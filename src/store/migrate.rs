//! The schema: migrations built into the program, carried out by refinery in one transaction under an
//! advisory lock, so that two nodes that start at once do it once, and a failure leaves all as it was.
//!
//! Whoever migrates owns the schema. Where roles or the schema cannot be made, the error says what an
//! administrator has to run.

use super::{Error, Result};
use postgres::{Config, NoTls};
use std::time::Duration;

mod embedded {
    #![allow(missing_debug_implementations, reason = "generated")]
    refinery::embed_migrations!("src/store/migrations");
}

/// Oldest server: views that see with their reader's eyes came with 15.
const OLDEST_SERVER: i32 = 150_000;

/// Refinery's table.
const HISTORY: &str = "crm.schema_history";

/// What a migration did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Migrated {
    /// Version before; 0 if there was no schema.
    pub from: i32,
    /// Version now.
    pub to: i32,
    /// Names of the migrations carried out.
    pub applied: Vec<String>,
    /// Partitions made for this and the coming months.
    pub partitions: i32,
}

/// Version that this program was built for.
pub fn built_in_version() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(|m| m.version()).max().unwrap_or(0)
}

/// Version of the schema in the database; 0 if there is none.
///
/// # Errors
/// The database's.
pub fn schema_version(client: &mut impl postgres::GenericClient) -> Result<i32> {
    let there = client.query_one(include_str!("sql/schema_history_exists.sql"), &[])?;
    if !there.get::<_, bool>(0) {
        return Ok(0);
    }
    Ok(client.query_one(include_str!("sql/schema_history_version.sql"), &[])?.get(0))
}

/// Brings the schema up to date and makes the partitions of the coming months.
///
/// # Errors
/// [`Error::Migration`] and [`Error::Schema`] with a remedy, [`Error::Database`]; nothing is changed then.
pub fn migrate(url: &str) -> Result<Migrated> {
    let mut config: Config = url.parse().map_err(|e: postgres::Error| Error::Url(e.to_string()))?;
    config.connect_timeout(Duration::from_secs(10)).application_name("crm-milter migrate");
    let mut client = config.connect(NoTls)?;
    let server: i32 = client.query_one(include_str!("sql/server_version.sql"), &[])?.get(0);
    if server < OLDEST_SERVER {
        let major = server / 10_000;
        return Err(Error::Migration(format!("the server is PostgreSQL {major}, 15 or later is needed")));
    }
    // Held by the session: released by its end, however it ends.
    client.execute(include_str!("sql/schema_lock.sql"), &[])?;
    let from = schema_version(&mut client)?;
    let needed = built_in_version();
    if from > needed {
        let remedy = "a newer crm-milter has migrated it; upgrade this one";
        return Err(Error::Schema { found: from, needed, remedy });
    }
    if !client.query_one(include_str!("sql/schema_exists.sql"), &[])?.get::<_, bool>(0) {
        client.batch_execute(include_str!("sql/schema_create.sql")).map_err(|error| {
            let error = Error::from(error);
            Error::Migration(format!(
                "{error}; as a PostgreSQL administrator: GRANT CREATE ON DATABASE … TO the role in the URL"
            ))
        })?;
    }
    let mut runner = embedded::migrations::runner().set_grouped(true);
    runner.set_migration_table_name(HISTORY);
    let report = runner.run(&mut client).map_err(|error| migration_error(&error))?;
    let applied = report.applied_migrations().iter().map(ToString::to_string).collect();
    let partitions = ensure_partitions(&mut client)?;
    client.execute(include_str!("sql/users_ensure_roles.sql"), &[])?;
    Ok(Migrated { from, to: needed, applied, partitions })
}

/// Makes the partitions of this month and the three coming ones; returns how many were missing. To be
/// called at start and daily.
///
/// # Errors
/// The database's.
pub fn ensure_partitions(client: &mut impl postgres::GenericClient) -> Result<i32> {
    Ok(client.query_one(include_str!("sql/mail_ensure_partitions.sql"), &[])?.get(0))
}

/// Refinery wraps the server's words in several layers; the innermost says it.
fn migration_error(error: &refinery::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = source {
        if let Some(db) = inner.downcast_ref::<postgres::Error>().and_then(postgres::Error::as_db_error) {
            let hint = db.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            return Error::Migration(format!("{} ({}){hint}", db.message(), db.code().code()));
        }
        source = inner.source();
    }
    Error::Migration(error.to_string())
}
