//! The schema: migrated once, as it is in the golden dump, closed to those who may not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use crm_milter::store::{Error, built_in_version, migrate, schema_version};
use std::path::Path;
use std::process::Command;
use store_support::Scratch;

#[test]
fn two_nodes_that_migrate_at_once_do_it_once() {
    let scratch = Scratch::start();
    let url = scratch.config.url(Role::Owner);
    let reports: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| migrate(&url).unwrap())).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let applied: usize = reports.iter().map(|report| report.applied.len()).sum();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    assert_eq!(applied, std::fs::read_dir(migrations).unwrap().count());
    assert_eq!(schema_version(&mut scratch.client(Role::Daemon)).unwrap(), built_in_version());
    scratch.store(Role::Daemon).check_schema().unwrap();
    assert_eq!(migrate(&url).unwrap().applied.len(), 0);
}

#[test]
fn schema_of_another_version_is_met_with_a_remedy() {
    let scratch = Scratch::start();
    let missing = scratch.store(Role::Daemon).check_schema().unwrap_err();
    assert!(matches!(missing, Error::Schema { found: 0, .. }));
    assert!(missing.to_string().contains("crmctl migrate"), "{missing}");
    let url = scratch.config.url(Role::Owner);
    migrate(&url).unwrap();
    let newer = "INSERT INTO crm.schema_history (version, name, applied_on, checksum)
                 VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
    scratch.client(Role::Owner).batch_execute(newer).unwrap();
    assert!(matches!(migrate(&url), Err(Error::Schema { found: 999, .. })));
    assert!(scratch.store(Role::Daemon).check_schema().unwrap_err().to_string().contains("newer"));
}

#[test]
fn migration_without_the_right_says_what_an_administrator_has_to_run() {
    let scratch = Scratch::start();
    let error = migrate(&scratch.config.url(Role::Daemon)).unwrap_err().to_string();
    assert!(error.contains("GRANT CREATE ON DATABASE"), "{error}");
    scratch
        .client(Role::Superuser)
        .batch_execute("DROP OWNED BY crm_desk; DROP ROLE crm_desk; ALTER ROLE crm_owner NOCREATEROLE")
        .unwrap();
    let error = migrate(&scratch.config.url(Role::Owner)).unwrap_err().to_string();
    assert!(error.contains("CREATE ROLE crm_desk NOLOGIN"), "{error}");
    assert_eq!(schema_version(&mut scratch.client(Role::Owner)).unwrap(), 0);
}

#[test]
fn every_statement_prepares_against_the_migrated_schema_and_says_what_it_is_for() {
    let scratch = Scratch::migrated();
    let mut client = scratch.client(Role::Owner);
    let mut count = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let sql = std::fs::read_to_string(&path).unwrap();
        assert!(name.contains('_') && path.extension().unwrap() == "sql", "{name}: <table>_<verb>.sql");
        for (line, word) in sql.lines().zip(["-- Purpose: ", "-- Parameters: ", "-- Index: ", "-- Lock: "]) {
            assert!(line.starts_with(word) && line.len() > word.len(), "{name}: {word}");
        }
        assert!(!sql.trim_end().ends_with(';'), "{name}: one statement, no semicolon");
        client.prepare(&sql).unwrap_or_else(|e| panic!("{name}: {}", Error::from(e)));
        count += 1;
    }
    assert!(count > 10);
}

#[test]
fn schema_is_the_golden_one() {
    let scratch = Scratch::migrated();
    let program = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/pg_dump"))
        .filter(|path| path.exists())
        .max()
        .unwrap_or_else(|| "pg_dump".into());
    // Partitions are named by the month of the test.
    let output = Command::new(program)
        .args(["--schema-only", "--schema=crm", "--exclude-table=crm.*_20[0-9][0-9]_[0-9][0-9]", "-d"])
        .arg(scratch.config.url(Role::Owner))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let dump = normalised(&String::from_utf8(output.stdout).unwrap());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schema.sql");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
        std::fs::write(&golden, &dump).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    if let Some((line, (is, was))) =
        dump.lines().zip(expected.lines()).enumerate().find(|(_, (is, was))| is != was)
    {
        panic!("line {}: {is:?}, golden {was:?}; UPDATE_GOLDEN=1 writes tests/golden/schema.sql", line + 1);
    }
    assert_eq!(
        dump.lines().count(),
        expected.lines().count(),
        "UPDATE_GOLDEN=1 writes tests/golden/schema.sql"
    );
}

/// Without what depends on the version of the server and of pg_dump.
fn normalised(dump: &str) -> String {
    let mut out = String::new();
    for line in dump.lines() {
        let noise = line.trim().is_empty()
            || line.starts_with("--")
            || line.starts_with("SET ")
            || line.starts_with("SELECT pg_catalog.set_config")
            || line.starts_with("\\restrict")
            || line.starts_with("\\unrestrict");
        if !noise {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[test]
fn partitions_reach_three_months_ahead_and_are_made_by_the_daemon() {
    let scratch = Scratch::migrated();
    let mut daemon = scratch.client(Role::Daemon);
    let ahead = "SELECT count(*) FROM generate_series(0, 3) AS n
                 WHERE to_regclass('crm.mail_' || to_char(now() AT TIME ZONE 'UTC' + n * interval '1 month', 'YYYY_MM')) IS NOT NULL";
    assert_eq!(daemon.query_one(ahead, &[]).unwrap().get::<_, i64>(0), 4);
    assert_eq!(scratch.store(Role::Daemon).ensure_partitions().unwrap(), 0);
    let last = "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'crm.mail'::regclass";
    let last: String = daemon.query_one(last, &[]).unwrap().get(0);
    assert!(daemon.batch_execute(&format!("DROP TABLE {last}")).is_err());
    scratch.client(Role::Owner).batch_execute(&format!("DROP TABLE {last}")).unwrap();
    assert_eq!(scratch.store(Role::Daemon).ensure_partitions().unwrap(), 1);
}

#[test]
fn mail_goes_to_the_partition_of_the_month_of_its_id() {
    let scratch = Scratch::migrated();
    let mut daemon = scratch.client(Role::Daemon);
    let sql = "INSERT INTO crm.mail_raw (mail_id, raw)
               SELECT crm.id_floor(date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                                   + make_interval(months => $1, secs => $2)), ''
               RETURNING tableoid::regclass::text";
    let mut table =
        |months: i32, seconds: f64| -> String { daemon.query_one(sql, &[&months, &seconds]).unwrap().get(0) };
    let month = |n: i32| {
        let sql = "SELECT 'crm.mail_raw_' || to_char((now() AT TIME ZONE 'UTC') + make_interval(months => $1), 'YYYY_MM')";
        scratch.client(Role::Daemon).query_one(sql, &[&n]).unwrap().get::<_, String>(0)
    };
    assert_eq!(table(0, 0.0), month(0));
    assert_eq!(table(1, -0.001), month(0));
    assert_eq!(table(1, 0.0), month(1));
    assert_eq!(table(3, 86_400.0 * 27.0), month(3));
}

#[test]
fn daemon_and_desk_define_nothing_and_delete_no_mail() {
    let scratch = Scratch::migrated();
    for role in [Role::Daemon, Role::Desk] {
        let mut client = scratch.client(role);
        for sql in [
            "CREATE TABLE crm.mine ()",
            "CREATE TABLE public.mine ()",
            "CREATE TEMPORARY TABLE mine ()",
            "DROP TABLE crm.mail",
            "ALTER TABLE crm.mail DISABLE TRIGGER ALL",
            "DELETE FROM crm.mail",
            "UPDATE crm.mail SET subject = ''",
            "DELETE FROM crm.mail_key",
            "UPDATE crm.mail_key SET fingerprint = ''",
            "DELETE FROM crm.intake",
            "DELETE FROM crm.audit",
            "INSERT INTO crm.erasure (reason, mail_id) VALUES ('', gen_random_uuid())",
            "SET session_replication_role = replica",
        ] {
            let error = client.batch_execute(sql).expect_err(sql);
            let state = error.code().unwrap_or_else(|| panic!("{sql}: {error}")).code();
            assert_eq!(state, "42501", "{} may: {sql}: {error}", role.name());
        }
    }
}

#[test]
fn login_without_rights_is_met_with_the_grant_to_run() {
    let scratch = Scratch::migrated();
    for role in [Role::Daemon, Role::Desk] {
        scratch.store(role).check_rights(role).unwrap();
        scratch.store(Role::Owner).check_rights(role).unwrap();
    }
    let error = scratch.store(Role::Desk).check_rights(Role::Daemon).unwrap_err().to_string();
    assert!(error.contains("GRANT crm_daemon TO crm_desk"), "{error}");
}
