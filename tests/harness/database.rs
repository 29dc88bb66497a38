//! Looking into the database past all of our own code, as its superuser, which root may be in a private
//! cluster.

use postgres::{Client, NoTls, SimpleQueryMessage};
use std::path::Path;

/// Rows as text; NULL is the empty string.
pub fn rows(socket_directory: &Path, sql: &str) -> Result<Vec<Vec<String>>, postgres::Error> {
    let mut config = postgres::Config::new();
    config.host_path(socket_directory).user("crm_superuser").dbname("crm");
    let mut client: Client = config.connect(NoTls)?;
    let mut rows = Vec::new();
    for message in client.simple_query(sql)? {
        if let SimpleQueryMessage::Row(row) = message {
            rows.push((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect());
        }
    }
    Ok(rows)
}
