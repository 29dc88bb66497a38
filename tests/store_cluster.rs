//! The private PostgreSQL cluster, as a real one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::{Cluster, Error, Role};
use postgres::{Client, NoTls};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use store_support::{Scratch, config, connect, directory};

/// Waits for a condition of another process, for which there is nothing to wait on.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn kill_9(pid: u32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::SIGKILL).unwrap();
}

#[test]
fn first_start_makes_database_and_roles_none_of_them_superuser() {
    let scratch = Scratch::start();
    for role in [Role::Owner, Role::Daemon, Role::Desk] {
        let row = scratch
            .client(role)
            .query_one("SELECT current_user::text, rolsuper, current_database()::text FROM pg_roles WHERE rolname = current_user", &[])
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), role.name());
        assert!(!row.get::<_, bool>(1));
        assert_eq!(row.get::<_, &str>(2), "crm");
    }
}

#[test]
fn two_clusters_run_side_by_side_and_stop() {
    let (one, two) = (Scratch::start(), Scratch::start());
    one.client(Role::Owner).batch_execute("CREATE SCHEMA mine").unwrap();
    let rows =
        two.client(Role::Owner).query("SELECT 1 FROM pg_namespace WHERE nspname = 'mine'", &[]).unwrap();
    assert!(rows.is_empty());
    let (pid, url) = (one.cluster.pid().unwrap(), one.config.url(Role::Owner));
    one.cluster.stop();
    assert!(!is_alive(pid));
    assert!(Client::connect(&url, NoTls).is_err());
}

#[test]
fn data_is_there_after_stop_and_start() {
    let scratch = Scratch::start();
    scratch.client(Role::Owner).batch_execute("CREATE SCHEMA kept").unwrap();
    let Scratch { cluster, config, directory } = scratch;
    cluster.stop();
    let again = Cluster::start(&config).unwrap();
    connect(&config, Role::Owner).batch_execute("CREATE TABLE kept.t ()").unwrap();
    drop(again);
    drop(directory);
}

#[test]
fn two_daemons_cannot_run_one_cluster() {
    let scratch = Scratch::start();
    assert!(matches!(Cluster::start(&scratch.config), Err(Error::InUse(_))));
}

#[test]
fn server_that_dies_is_started_again() {
    let scratch = Scratch::start();
    let first = scratch.cluster.pid().unwrap();
    kill_9(first);
    until("a new server", || scratch.cluster.pid().is_some_and(|pid| pid != first));
    scratch.client(Role::Daemon).simple_query("SELECT 1").unwrap();
}

#[test]
fn other_operating_system_users_are_not_let_in() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::start();
    let psql = |user: &str, role: Role| {
        Command::new("setpriv")
            .args(["--reuid", user, "--clear-groups", "psql", "-XAtc", "SELECT 1", &scratch.config.url(role)])
            .current_dir("/")
            .output()
            .unwrap()
    };
    let stranger = psql("daemon", Role::Desk);
    assert!(!stranger.status.success());
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("Peer authentication failed"));
    let own = scratch.config.user.as_deref().unwrap();
    assert!(psql(own, Role::Daemon).status.success());
    assert!(!psql(own, Role::Superuser).status.success());
}

#[test]
fn data_of_another_major_version_is_left_alone_with_a_clear_word() {
    let scratch = Scratch::start();
    let Scratch { cluster, config, directory } = scratch;
    cluster.stop();
    let version = config.directory.join("data/PG_VERSION");
    let true_version = std::fs::read_to_string(&version).unwrap();
    std::fs::write(&version, "9\n").unwrap();
    let error = Cluster::start(&config).unwrap_err();
    assert!(matches!(&error, Error::Version { found, .. } if found == "9"), "{error}");
    assert!(error.to_string().contains("pg_dump"), "{error}");
    std::fs::write(&version, true_version).unwrap();
    Cluster::start(&config).unwrap();
    drop(directory);
}

#[test]
fn missing_programs_and_users_are_named_with_a_remedy() {
    let directory = directory();
    let mut wrong = config(directory.path());
    wrong.bindir = Some("/nonexistent".into());
    let error = Cluster::start(&wrong).unwrap_err().to_string();
    assert!(error.contains("/nonexistent") && error.contains("install"), "{error}");
    wrong.user = Some("no-such-user".into());
    assert!(matches!(Cluster::start(&wrong), Err(Error::User { .. })));
    if nix::unistd::geteuid().is_root() {
        wrong.user = None;
        assert!(matches!(Cluster::start(&wrong), Err(Error::User { .. })));
    }
    let mut long = config(directory.path());
    long.socket_directory = directory.path().join("x".repeat(100));
    assert!(matches!(Cluster::start(&long), Err(Error::SocketPath(_))));
}

#[test]
fn wrong_setting_fails_at_once_with_the_servers_words() {
    let directory = directory();
    let mut wrong = config(directory.path());
    wrong.settings.push(("no_such_setting".into(), "1".into()));
    let start = Instant::now();
    let error = Cluster::start(&wrong).unwrap_err().to_string();
    assert!(error.contains("no_such_setting"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn empty_pid_file_of_a_power_cut_does_not_stop_the_start() {
    let Scratch { cluster, config, directory } = Scratch::start();
    cluster.stop();
    std::fs::write(config.directory.join("data/postmaster.pid"), "").unwrap();
    Cluster::start(&config).unwrap();
    drop(directory);
}

/// Not a test of its own: the process that the tests below kill.
#[test]
fn process_to_be_killed() {
    let Ok(path) = std::env::var("CRM_TEST_CLUSTER") else { return };
    let cluster = Cluster::start(&config(path.as_ref())).unwrap();
    println!("\nserver {}", cluster.pid().unwrap());
    let _ = std::io::stdin().read(&mut [0]);
}

fn start_in_another_process(path: &std::path::Path) -> (std::process::Child, u32) {
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process_to_be_killed", "--nocapture"])
        .env("CRM_TEST_CLUSTER", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let server = lines.map_while(Result::ok).find_map(|l| l.strip_prefix("server ")?.parse().ok()).unwrap();
    (other, server)
}

#[test]
fn server_ends_when_its_daemon_is_killed() {
    let directory = directory();
    let (mut daemon, server) = start_in_another_process(directory.path());
    assert!(is_alive(server));
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    until("the server's end", || !is_alive(server));
}

#[test]
fn cluster_starts_again_after_kill_of_daemon_and_server() {
    let directory = directory();
    let (mut daemon, server) = start_in_another_process(directory.path());
    connect(&config(directory.path()), Role::Owner).batch_execute("CREATE SCHEMA kept").unwrap();
    kill_9(server);
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let cluster = Cluster::start(&config(directory.path())).unwrap();
    assert_ne!(cluster.pid(), Some(server));
    connect(&config(directory.path()), Role::Owner).batch_execute("CREATE TABLE kept.t ()").unwrap();
}

#[test]
fn root_does_not_write_through_a_link_in_the_servers_directory() {
    let Scratch { cluster, config, directory } = Scratch::start();
    cluster.stop();
    let target = directory.path().join("target");
    std::fs::write(&target, "untouched").unwrap();
    for name in ["lock", "server.log", "data/pg_hba.conf"] {
        let path = config.directory.join(name);
        let aside = directory.path().join("aside");
        std::fs::rename(&path, &aside).unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        Cluster::start(&config).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(&aside, &path).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "untouched");
    Cluster::start(&config).unwrap();
}
