//! The plans of every list, card and look-up of the desk on a database that has statistics: none reads a growing table
//! whole, and none reads many rows for a page.
//!
//! The verbs of the store are run as `crmctl` runs them, each role by SET ROLE; the server itself explains each
//! statement that it executes (auto_explain), those within functions too. The desk's own connections forbid sequential
//! scans, which alone would prove nothing: a whole index can be read instead, so the rows that were met are counted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "scale/generate.rs"]
mod generate;
mod store_support;
#[path = "scale/verbs.rs"]
mod verbs;

use crm_milter::store::Store;
use crm_milter::store::cluster::Role;
use generate::Scale;
use postgres::Client;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use store_support::Scratch;
use verbs::{Own, Verb};

const SCALE: Scale = Scale { contacts: 50_000, records: 20_000, mails: 50_000 };

/// Rows that a statement may meet in growing tables for a page of fifty lines.
const READ_AT_MOST: u64 = 3_000;

/// Tables of which a company has few rows, however long it works.
const SMALL: [&str; 22] = [
    "users",
    "office",
    "team",
    "team_member",
    "user_address",
    "user_sasl_login",
    "user_client_address",
    "user_certificate",
    "origin",
    "contact_type",
    "stage",
    "inbox",
    "scope",
    "scope_holder",
    "series",
    "queue",
    "secret",
    "schema_history",
    "lead_count",
    "search_queue",
    "block",
    "sighting",
];

/// What meets more rows than that, and why it is let be. None of it reads a table whole.
const DEAR: [(&str, &str); 10] = [
    ("dashboard of everybody", "counts all that is open"),
    ("mail list received", "of who sees less than ten thousand mails, these are put in order"),
    ("mail list --user me", "the same, of the own mails in the order of sending"),
    ("intake list", "lines of others that an agent may see have no index of their own"),
    ("task list --done", "the same, of the tasks of who sees many"),
    ("notification list of everybody --all", "the same, of the news"),
    ("record list --origin", "what an office or a colleague has of them has no index of its own"),
    ("record list --stage", "the same"),
    ("ticket list --status", "the same"),
    ("record list --text", "the middle of a frequent text"),
];

/// How lists decide where to begin: entries of an index alone are counted, up to a bound.
const COUNTS: [&str; 3] =
    ["SELECT count(*) FROM (SELECT FROM (", "own := (SELECT count(*)", "sees_few := (SELECT count(*)"];

/// The lower of the bounds.
const COUNTED_AT_MOST: u64 = 10_500;

/// Which statements of src/store/sql make lists or find what is shown.
const LISTS: [&str; 9] =
    ["_list", "_select", "_find", "_lines", "_search", "_counts", "_snippets", "_show", "_why"];

/// Statements of that name that are no list of the desk's.
const NO_LISTS: [(&str, &str); 3] = [
    ("secret_find", "one row, the daemon's alone"),
    ("mail_raw_show", "one row by its key, which is megabytes long"),
    ("attachment_content_show", "one row by its key, which is megabytes long"),
];

/// Lists that nobody but an administrator gets.
const OF_ADMINISTRATORS: [&str; 2] = ["audit_list", "erasure_pending_list"];

/// What a plan met in one table.
#[derive(Default, Clone)]
struct Met {
    rows: u64,
    /// Growing tables that were read from end to end, without an index.
    whole: BTreeSet<String>,
}

impl Met {
    fn of(plan: &Value) -> Met {
        let mut met = Met::default();
        met.add(plan);
        met
    }

    fn add(&mut self, plan: &Value) {
        let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
        let kind = plan["Node Type"].as_str().unwrap_or_default();
        let relation = plan["Relation Name"].as_str().unwrap_or_default();
        let month = regex::Regex::new("_[0-9]{4}_[0-9]{2}$").unwrap();
        let table = month.replace(relation, "");
        let of_system = table.starts_with("pg_");
        if !table.is_empty() && !of_system && !SMALL.contains(&&*table) {
            if kind == "Seq Scan" {
                self.whole.insert(table.into_owned());
            }
            let rows = number("Actual Rows")
                + number("Rows Removed by Filter")
                + number("Rows Removed by Index Recheck");
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let rows = (rows * number("Actual Loops")) as u64;
            self.rows += rows;
        } else if kind == "Bitmap Index Scan" {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let rows = (number("Actual Rows") * number("Actual Loops")) as u64;
            self.rows += rows;
        }
        for part in plan["Plans"].as_array().into_iter().flatten() {
            self.add(part);
        }
    }
}

/// The plans that the server wrote into its log from an offset on: text of the statement, and its plan.
fn plans(log: &Path, from: u64) -> (Vec<(String, Value)>, u64) {
    let mut file = File::open(log).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    let end = from + text.len() as u64;
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.ends_with("  plan:") {
            continue;
        }
        let mut json = String::new();
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            json.push_str(&more[1..]);
            json.push('\n');
        }
        let plan: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        found.push((plan["Query Text"].as_str().unwrap().to_owned(), plan["Plan"].clone()));
    }
    (found, end)
}

/// Statements of src/store/sql by name.
fn statements() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// A database of that scale whose server explains what the desk's connections execute.
fn filled(scale: Scale) -> Scratch {
    let scratch = Scratch::with(&[
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        ("auto_explain.log_format", "json"),
        ("shared_buffers", "128MB"),
    ]);
    let mut superuser = scratch.client(Role::Superuser);
    generate::generate(&mut superuser, scale, |_, _| {}).unwrap_or_else(|error| panic!("{error:?}"));
    superuser.batch_execute("ALTER ROLE crm_desk SET auto_explain.log_min_duration = 0").unwrap();
    scratch
}

/// Verbs whose statements stand within functions. Elsewhere there are but the policies' functions, once for each row.
fn is_nested(verb: &Verb) -> bool {
    verb.name.starts_with("mail ")
}

/// A connection that has taken on the role; `nested`: of which statements within functions are explained, too.
fn acting_as(scratch: &Scratch, login: &str, nested: bool) -> (Store, Own) {
    let set = format!("ALTER ROLE crm_desk SET auto_explain.log_nested_statements = {nested}");
    scratch.client(Role::Superuser).batch_execute(&set).unwrap();
    let store = scratch.wide_store(Role::Desk, 1).acting_as(login).unwrap();
    let own = Own::of(&mut store.connection().unwrap(), login);
    (store, own)
}

#[test]
fn no_list_reads_a_growing_table_whole_or_many_rows_whoever_asks() {
    let scratch = filled(SCALE);
    let log = scratch.config.directory.join("server.log");
    let names: BTreeMap<String, String> = statements().into_iter().map(|(name, sql)| (sql, name)).collect();
    let mut complaints = Vec::new();
    for login in ["adm", "coo1", "agent1", "ann", "eve"] {
        let by_nested = [false, true].map(|nested| acting_as(&scratch, login, nested));
        let mut seen = BTreeSet::new();
        for verb in verbs::verbs() {
            let (store, own) = &by_nested[usize::from(is_nested(&verb))];
            let from = std::fs::metadata(&log).unwrap().len();
            verb.run(store, own).unwrap_or_else(|error| panic!("{login}: {}: {error}", verb.name));
            for (sql, plan) in plans(&log, from).0 {
                let name = names.get(&sql).cloned();
                let what = name
                    .clone()
                    .unwrap_or_else(|| sql.chars().take(90).collect::<String>().replace('\n', " "));
                seen.extend(name);
                let met = Met::of(&plan);
                if !met.whole.is_empty() {
                    complaints.push(format!("{login}: {}: {what}: reads {:?} whole", verb.name, met.whole));
                }
                let dear = DEAR.iter().any(|(name, _)| verb.name.starts_with(name));
                let counts = COUNTS.iter().any(|begins| sql.starts_with(begins));
                let most = if counts { COUNTED_AT_MOST } else { READ_AT_MOST };
                if met.rows > most && !dear {
                    complaints.push(format!("{login}: {}: {what}: meets {} rows", verb.name, met.rows));
                }
            }
        }
        for name in names.values() {
            let is_list = LISTS.iter().any(|end| name.ends_with(end));
            let is_given = login == "adm" || !OF_ADMINISTRATORS.contains(&&**name);
            if is_list && is_given && !seen.contains(name) && !NO_LISTS.iter().any(|(no, _)| no == name) {
                complaints.push(format!("{login}: {name}.sql is run by no verb of tests/scale/verbs.rs"));
            }
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// Who may see which mail, and the words of each.
fn derived(client: &mut Client) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', a.mail_id, encode(s.key, 'hex'), a.sent_at, a.author) FROM crm.mail_access a JOIN crm.scope s ON s.id = a.scope_id
               UNION ALL SELECT concat_ws(' ', mail_id, words) FROM crm.mail_search ORDER BY 1";
    client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn generated_database_has_what_the_triggers_make() {
    let scratch = Scratch::migrated();
    let mut client = scratch.client(Role::Superuser);
    let scale = Scale { contacts: 1_000, records: 300, mails: 2_000 };
    generate::generate(&mut client, scale, |_, _| {}).unwrap_or_else(|error| panic!("{error:?}"));
    let generated = derived(&mut client);
    assert!(generated.len() > 4_000, "{}", generated.len());
    let by_triggers = "CREATE TEMP TABLE links AS SELECT * FROM crm.link; CREATE TEMP TABLE intakes AS SELECT * FROM crm.intake;
        SET session_replication_role = replica;
        DELETE FROM crm.link; DELETE FROM crm.intake; DELETE FROM crm.mail_access; DELETE FROM crm.mail_search;
        SET session_replication_role = origin;
        INSERT INTO crm.link SELECT * FROM links; INSERT INTO crm.intake SELECT * FROM intakes;
        SELECT crm.index_mails(100000)";
    client.batch_execute(by_triggers).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(derived(&mut client), generated);
}
