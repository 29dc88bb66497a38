//! Times of the desk's lists and of one intake on a database that was filled by generate.rs; run.sh starts it, README.md
//! says what the columns mean.

#![allow(clippy::unwrap_used, reason = "a tool of the developers: it fails by panicking")]

mod generate;
mod intake;
mod verbs;

use crm_milter::store::cluster::{Cluster, ClusterConfig, Role};
use crm_milter::store::{Store, StoreConfig};
use generate::Scale;
use postgres::{Client, NoTls};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use verbs::Own;

/// How often each list is asked for; the median counts.
const TIMES: usize = 7;
const AIM: Duration = Duration::from_millis(100);

struct Options {
    scale: Scale,
    keep: Option<PathBuf>,
    only: String,
}

fn options() -> Options {
    let mut options = Options {
        scale: Scale { contacts: 100_000, records: 20_000, mails: 500_000 },
        keep: None,
        only: String::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--release" {
            continue;
        }
        let value = arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        let number = || value.replace(['_', ','], "").parse().unwrap();
        match argument.as_str() {
            "--contacts" => options.scale.contacts = number(),
            "--records" => options.scale.records = number(),
            "--mails" => options.scale.mails = number(),
            "--keep" => options.keep = Some(PathBuf::from(value)),
            "--only" => options.only = value,
            other => panic!("{other}? see tests/scale/run.sh"),
        }
    }
    options
}

/// A private cluster whose disk is not waited for: what is compared is the database's work.
fn cluster(directory: &Path) -> (Cluster, ClusterConfig) {
    let mut config = ClusterConfig::new(directory.join("pg"), directory.join("run"));
    if nix::unistd::geteuid().is_root() {
        config.user = Some("postgres".into());
    } else {
        let own = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap();
        config.administrators.push(own.name);
    }
    let settings = [("fsync", "off"), ("full_page_writes", "off"), ("shared_buffers", "1GB")];
    config.settings.extend(settings.map(|(name, value)| (name.into(), value.into())));
    let cluster = Cluster::start(&config).unwrap();
    crm_milter::store::migrate(&config.url(Role::Owner)).unwrap();
    (cluster, config)
}

fn directory() -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("crm-scale").tempdir_in("/tmp").unwrap();
    open_to_all(directory.path());
    directory
}

fn open_to_all(directory: &Path) {
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn store(config: &ClusterConfig, role: Role) -> Store {
    let mut settings = StoreConfig::new(config.url(role));
    settings.connections = 1;
    settings.statement_timeout = Duration::from_secs(120);
    Store::new(&settings).unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// Sizes of what there is.
fn sizes(client: &mut Client) {
    let sql = "SELECT (SELECT count(*) FROM crm.contact), (SELECT count(*) FROM crm.record), (SELECT count(*) FROM crm.mail),
        pg_database_size(current_database()),
        (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
         WHERE inhparent IN ('crm.mail'::regclass, 'crm.mail_raw'::regclass, 'crm.party'::regclass, 'crm.attachment'::regclass,
                             'crm.mail_search'::regclass))::bigint
        + (SELECT sum(pg_total_relation_size(t)) FROM unnest(ARRAY['crm.mail_key', 'crm.message_id_key', 'crm.link', 'crm.intake',
           'crm.mail_access', 'crm.sighting']::regclass[]) AS t)::bigint";
    let row = client.query_one(sql, &[]).unwrap();
    let [contacts, records, mails, all, of_mails] = [0, 1, 2, 3, 4].map(|n| row.get::<_, i64>(n));
    println!(
        "{contacts} contacts, {records} records, {mails} mails; database {} MB; {} bytes a mail with its indexes",
        all >> 20,
        of_mails / mails.max(1)
    );
}

/// Each list by each role; how many were over the aim.
fn lists(config: &ClusterConfig, only: &str) {
    const LOGINS: [&str; 5] = ["adm", "coo1", "agent1", "ann", "eve"];
    println!(
        "\n{:50} {}  (ms, median of {TIMES}; load {})",
        "list",
        LOGINS.map(|l| format!("{l:>9}")).join(" "),
        load()
    );
    let roles = LOGINS.map(|login| {
        let store = store(config, Role::Desk).acting_as(login).unwrap();
        let own = Own::of(&mut store.connection().unwrap(), login);
        (store, own)
    });
    let (mut over, mut all) = (0, 0);
    for verb in verbs::verbs().iter().filter(|verb| verb.name.contains(only)) {
        let times = roles.each_ref().map(|(store, own)| {
            let once = || {
                let begun = Instant::now();
                if let Err(error) = verb.run(store, own) {
                    println!("{}: {error}", verb.name);
                }
                begun.elapsed()
            };
            // What takes seconds needs no median.
            let first = once();
            if first > Duration::from_secs(3) { first } else { median((0..TIMES).map(|_| once()).collect()) }
        });
        let slow = times.iter().filter(|time| **time > AIM).count();
        over += slow;
        all += times.len();
        println!(
            "{:50} {}{}",
            verb.name,
            times.map(|t| format!("{:>9}", ms(t))).join(" "),
            if slow > 0 { "  *" } else { "" }
        );
    }
    println!("{over} of {all} take longer than {} ms (*); load {}", AIM.as_millis(), load());
}

fn main() {
    let options = options();
    let own = directory();
    let home = options.keep.clone().unwrap_or_else(|| own.path().to_owned());
    std::fs::create_dir_all(&home).unwrap();
    open_to_all(&home);
    let (cluster, config) = cluster(&home);
    let mut superuser = Client::connect(&config.url(Role::Superuser), NoTls).unwrap();
    if superuser.query_one("SELECT EXISTS (SELECT FROM crm.users)", &[]).unwrap().get::<_, bool>(0) {
        println!("{} is measured as it is", home.display());
    } else {
        let told = |name: &str, time: Duration| println!("{name}: {:.1} s", time.as_secs_f64());
        generate::generate(&mut superuser, options.scale, told).unwrap();
    }
    sizes(&mut superuser);
    drop(superuser);
    if !options.only.contains("intake of") {
        lists(&config, &options.only);
    }
    if options.only.is_empty() || options.only.contains("intake of") {
        intake::compare(&config);
    }
    cluster.stop();
    if options.keep.is_some() {
        println!("kept in {}", home.display());
    }
}
