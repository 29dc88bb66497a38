//! Fills a migrated database with as many contacts, records and mails as are asked for, in set-based SQL.
//!
//! `sql/` says what is made, in the order of the file names: few contacts have many mails, mails lie in the partitions of
//! 24 months, cards are owned by few agents mostly, and two agents own next to nothing. Who may see which mail is worked
//! out by the functions that the triggers call; tests/store_explain.rs shows that the triggers make the same.

use postgres::Client;
use std::time::{Duration, Instant};

const STEPS: [(&str, &str); 7] = [
    ("months and colleagues", include_str!("sql/1_prepare.sql")),
    ("cards", include_str!("sql/2_cards.sql")),
    ("mails", include_str!("sql/3_mails.sql")),
    ("work", include_str!("sql/4_work.sql")),
    ("indexes", include_str!("sql/5_indexes.sql")),
    ("access and words", include_str!("sql/6_access.sql")),
    ("triggers", include_str!("sql/7_finish.sql")),
];

/// How many there are to be; half as many tickets as records.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub contacts: u64,
    pub records: u64,
    pub mails: u64,
}

/// Fills the database; `client` is a superuser's. Tells each step's name and time.
pub fn generate(
    client: &mut Client,
    scale: Scale,
    told: impl Fn(&str, Duration),
) -> Result<(), postgres::Error> {
    let Scale { contacts, records, mails } = scale;
    client.batch_execute(&format!(
        "SET scale.contacts = {contacts}; SET scale.records = {records}; SET scale.mails = {mails};
         SET timezone = 'UTC'; SET jit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'"
    ))?;
    for (name, sql) in STEPS {
        let begun = Instant::now();
        client.batch_execute(sql)?;
        told(name, begun.elapsed());
    }
    let begun = Instant::now();
    client.batch_execute("VACUUM (ANALYZE)")?;
    told("statistics", begun.elapsed());
    Ok(())
}
