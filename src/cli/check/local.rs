//! This machine's part: the configuration, the spool, the daemon behind its socket, the database.

use super::access::{Access, PASS, Person, READ, WRITE, described};
use super::endpoint::Endpoint;
use super::finding::Report;
use super::{negotiation, people};
use crate::cli::desk::{Desk, database_url};
use crate::cli::text;
use crate::config::model::Config;
use crate::config::read;
use crate::spool::proven::Proven;
use crate::spool::{Place, Spool};
use crate::store::cluster::Role;
use crate::store::{Error, Store, StoreConfig, built_in_version};
use nix::sys::statvfs::statvfs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Less room than this for the spool, and the next big mails come by the door; less than the second, all do.
const LITTLE: u64 = 256 << 20;
const NONE: u64 = 32 << 20;
/// An entry that waits longer is not being worked on.
const LONG: Duration = Duration::from_secs(600);

/// Reads the configuration; without one there is nothing else to look at.
pub fn configuration(path: &Path, report: &mut Report) -> Option<Config> {
    let config = match read::load(path) {
        Ok(config) => config,
        Err(error) => {
            report.error("configuration", error.to_string(), "mend it, then `crm-milter --check`");
            return None;
        }
    };
    let enabled = config.inbox.iter().filter(|inbox| inbox.enabled).count();
    if enabled == 0 {
        report.warning("inboxes", "no inbox is enabled: nothing is recorded", "crm-milter.toml: [[inbox]]");
    } else {
        let what = text::count(enabled, "inbox", "inboxes");
        report.ok("configuration", format!("{} is right, with {what}", path.display()));
    }
    if config.company.domains.is_empty() {
        report.warning(
            "own-domains",
            "company.domains is empty: colleagues would become contacts",
            "crm-milter.toml: [company] domains = [\"example.com\"]",
        );
    }
    Some(config)
}

/// Looks at the spool; returns its owner.
pub fn spool(config: &Config, report: &mut Report) -> Option<Person> {
    let path = config.spool.as_path();
    let shown = path.display();
    let wanted = if config.user.is_empty() { None } else { Person::named(&config.user) };
    if !config.user.is_empty() && wanted.is_none() {
        let change = "crm-milter.toml: user, or install packaging/systemd/sysusers.conf";
        report.error("spool", format!("user {} does not exist", config.user), change);
    }
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            report.note("spool", format!("could not look at {shown}"), "run crmctl check as root");
            return wanted;
        }
        Err(e) => {
            let user = wanted.as_ref().map_or("crm-milter", |person| &person.name);
            let change = format!("install -d -o {user} -m 0700 {shown}, or start crm-milter as root once");
            report.error("spool", format!("spool {shown}: {e}"), change);
            return wanted;
        }
    };
    let owner = Person::numbered(std::os::unix::fs::MetadataExt::uid(&meta));
    if let (Some(wanted), Some(owner)) = (&wanted, &owner)
        && wanted.uid != owner.uid
    {
        let change = format!("chown -R {} {shown}", wanted.name);
        let what = format!("spool {shown} belongs to {}, crm-milter runs as {}", owner.name, wanted.name);
        report.error("spool", what, change);
        return Some(wanted.clone());
    }
    if let Some(owner) = &owner
        && let Access::Denied(at) = owner.reaches(Path::new("/"), path, READ | WRITE | PASS)
    {
        let what =
            format!("{} does not get at the spool: {} has {}", owner.name, at.display(), described(&at));
        report.error("spool", what, format!("chmod u+rwx {shown}, and a+x for what is above it"));
        return Some(owner.clone());
    }
    let mine = Person::me().zip(owner.as_ref()).is_some_and(|(me, owner)| me.uid == 0 || me.uid == owner.uid);
    if !mine {
        report.note("spool", format!("could not look into {shown}"), "run crmctl check as root");
        return owner.or(wanted);
    }
    match Spool::open(path) {
        Ok(spool) => entries(&spool, report),
        Err(error) => report.error("spool", error.to_string(), "mend what it says"),
    }
    room(path, report);
    owner.or(wanted)
}

fn entries(spool: &Spool, report: &mut Report) {
    let listed = |place| spool.list(place);
    let (waiting, aside) = match (listed(Place::New), listed(Place::Failed)) {
        (Ok(waiting), Ok(aside)) => (waiting, aside),
        (Err(error), _) | (_, Err(error)) => {
            return report.error("spool", error.to_string(), "mend what it says");
        }
    };
    let shown = spool.dir().display();
    let oldest = waiting.first().and_then(|first| SystemTime::now().duration_since(first.modified).ok());
    let count = text::count(waiting.len(), "entry waits", "entries wait");
    match oldest {
        Some(age) if age > LONG => report.warning(
            "spool-waiting",
            format!("{count} in {shown}, the oldest for {} minutes", age.as_secs() / 60),
            "see that crm-milter and its database run; its log says why",
        ),
        Some(_) => report.note("spool-waiting", format!("{count} in {shown}"), ""),
        None => report.ok("spool", format!("spool {shown} is in order and empty")),
    }
    if !aside.is_empty() {
        let count = text::count(aside.len(), "entry was set aside", "entries were set aside");
        report.warning(
            "spool-aside",
            count,
            "`crmctl spool list` says why; `crmctl spool retry --all` afterwards",
        );
    }
}

fn room(path: &Path, report: &mut Report) {
    let Ok(disk) = statvfs(path) else { return };
    let free = disk.blocks_available() * disk.fragment_size();
    let shown = format!("{} MB free at {}", free >> 20, path.display());
    // A file system that counts no inodes says 0 of 0.
    let inodes = disk.files() == 0 || disk.files_available() > 1000;
    if free < NONE || !inodes {
        let what = if inodes { shown } else { format!("no more files fit at {}", path.display()) };
        report.error(
            "spool-room",
            format!("{what}: the spool takes no mail, all waits in Postfix's queue"),
            "make room",
        );
    } else if free < LITTLE {
        report.warning("spool-room", shown, "make room");
    } else {
        report.ok("spool-room", shown);
    }
}

/// Speaks to the daemon as Postfix does.
pub fn daemon(config: &Config, queue: &Path, report: &mut Report) {
    let Some(socket) = Endpoint::ours(&config.socket, queue) else { return };
    let start = "start crm-milter: systemctl start crm-milter";
    match negotiation::attempt(&socket) {
        Ok(time) if time > negotiation::SLOW => report.warning(
            "daemon",
            format!("crm-milter at {socket} took {} ms to answer", time.as_millis()),
            "look at the load of this machine",
        ),
        Ok(_) => report.ok("daemon", format!("crm-milter answers at {socket}")),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => {
                report.error(
                    "daemon",
                    format!("there is no socket {socket}: crm-milter does not run"),
                    start,
                );
            }
            ErrorKind::ConnectionRefused => {
                report.error("daemon", format!("nobody listens at {socket}: the socket is stale"), start);
            }
            ErrorKind::PermissionDenied => {
                report.note("daemon", format!("could not speak to {socket}"), "run crmctl check as root");
            }
            ErrorKind::TimedOut | ErrorKind::WouldBlock => report.error(
                "daemon",
                format!("crm-milter at {socket} does not answer: it is frozen or overloaded"),
                "systemctl restart crm-milter",
            ),
            _ => report.error(
                "daemon",
                format!("who listens at {socket} does not speak as a milter: {error}"),
                "crm-milter.toml: socket of its own for crm-milter",
            ),
        },
    }
}

/// Whether what the configuration builds on was proven.
pub fn proven(config: &Config, report: &mut Report) {
    let id = config.authority.authserv_id.to_string();
    let closed = std::fs::read_dir(&config.spool).is_err_and(|e| e.kind() == ErrorKind::PermissionDenied);
    if closed {
        return; // said of the spool already
    }
    if !id.is_empty() && Proven::read(&config.spool).authserv_id.as_ref() != Some(&id) {
        report.warning(
            "proven",
            format!("it is not proven that forged Authentication-Results of {id} are stripped: DMARC proves nobody"),
            "crmctl check --probe HOST:25",
        );
    }
}

/// Looks at the database.
pub fn database(desk: &Desk, config: &Config, report: &mut Report) {
    let store = match desk.store_as(Role::Desk) {
        Ok(store) => store,
        Err(error) => {
            return report.error("database", format!("{error:#}"), "crm-milter.toml: [database] url");
        }
    };
    if let Err(error) = store.connection() {
        // The private server lets in root and its own user only.
        let me = Person::me();
        if config.database.url.is_empty() && me.is_some_and(|me| me.uid != 0 && me.name != config.user) {
            return report.note(
                "database",
                "could not look at the private database",
                "run crmctl check as root",
            );
        }
        let (what, change) = match config.database.url.is_empty() {
            true => ("the private database", "start crm-milter, which runs it; its log says more"),
            false => ("the database", "crm-milter.toml: [database] url; does the server run?"),
        };
        return report.error("database", format!("{what} is not to be reached: {error}"), change);
    }
    match store.check_schema() {
        Ok(()) => report
            .ok("database", format!("the database is reached, its schema is version {}", built_in_version())),
        Err(error @ Error::Schema { .. }) => return report.error("schema", error.to_string(), ""),
        Err(error) => return report.error("schema", error.to_string(), "mend what it says"),
    }
    rights(config, &store, report);
    people::check(config, &store, report);
    match store.missing_partitions() {
        Ok(0) => {}
        Ok(missing) => report.warning(
            "partitions",
            format!(
                "{} of this month or the next missing",
                text::count(missing as usize, "partition", "partitions")
            ),
            "restart crm-milter, which makes them daily; its log says why it did not",
        ),
        Err(error) => report.error("partitions", error.to_string(), "mend what it says"),
    }
}

/// One login of a server of the company's does both parts' work; in the private cluster each has its own.
fn rights(config: &Config, store: &Store, report: &mut Report) {
    let mut roles = vec![(store.clone(), Role::Desk)];
    if config.database.url.is_empty() {
        let settings = StoreConfig { connections: 1, ..StoreConfig::new(database_url(config, Role::Daemon)) };
        roles.extend(Store::new(&settings).ok().map(|store| (store, Role::Daemon)));
    } else {
        roles.push((store.clone(), Role::Daemon));
    }
    for (store, role) in roles {
        if let Err(error) = store.check_rights(role) {
            report.error("rights", error.to_string(), "");
        }
    }
}
