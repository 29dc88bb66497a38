//! A whole company: Postfix, crm-milter with its own private PostgreSQL, colleagues and inboxes.

use super::daemon::Daemon;
use super::database;
use super::postfix::{DOMAIN, Postfix, Settings, Submission, reserved_port};
use super::scratch::{Scratch, USER};
use super::smtp::{Mail, Sent};
use super::wait;
use crm_milter::cli::postfix::Lines;
use crm_milter::spool::proven::Proven;
use nix::sys::signal::{Signal, kill};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// The inboxes that most tests use, one of each sort. `ana` and `luis` are colleagues with mailboxes.
pub const INBOXES: &str = r#"
[[inbox]]
key = "info"
address = "info@crm.test"
kind = "leads"
name = "Web"
assigned_to = "ana"

[[inbox]]
key = "sales"
address = "sales@crm.test"
kind = "leads"
original = "copy"
copy_to = "luis@crm.test"

[[inbox]]
key = "office"
address = "office@crm.test"
kind = "leads"
original = "keep"

[[inbox]]
key = "support"
address = "support@crm.test"
kind = "tickets"
reference = "INC"
assigned_to = "luis"

[[inbox]]
key = "log"
address = "log@crm.test"
kind = "assistant"

[[inbox]]
key = "off"
address = "off@crm.test"
kind = "leads"
enabled = false
"#;

/// What differs between the tests' companies.
#[derive(Debug)]
pub struct Options<'a> {
    /// `[[inbox]]` tables and whatever else belongs behind the rest of the configuration.
    pub inboxes: &'a str,
    /// More aliases in Postfix.
    pub aliases: &'a [(&'a str, &'a str)],
    /// More lines for `main.cf`.
    pub main_cf: &'a str,
    /// The spool's size in kilobytes, on a file system of its own.
    pub spool_kilobytes: Option<u32>,
    /// Entries of `smtpd_milters` before ours.
    pub milters_before: &'a [String],
    /// And behind it.
    pub milters_after: &'a [String],
    /// A second service, for submission.
    pub submission: Option<Submission>,
    /// Where what goes out goes instead of to the Postfix's listener for it.
    pub outbox_port: Option<u16>,
    /// More lines of `[outbox]`.
    pub outbox: &'a str,
    /// Whether users are told of their news by mail.
    pub notices: bool,
    /// What signs at that listener.
    pub outbox_milters: &'a [String],
    /// More variables in the daemon's environment.
    pub environment: &'a [(String, String)],
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            inboxes: INBOXES,
            aliases: &[],
            main_cf: "",
            spool_kilobytes: None,
            milters_before: &[],
            milters_after: &[],
            submission: None,
            outbox_port: None,
            outbox: "",
            notices: false,
            outbox_milters: &[],
            environment: &[],
        }
    }
}

/// A running company. The fields' order is the order in which they stop.
#[derive(Debug)]
pub struct Site {
    /// Its Postfix.
    pub postfix: Postfix,
    daemon: Option<Daemon>,
    config: PathBuf,
    environment: Vec<(String, String)>,
    small_spool: Option<Mount>,
    /// Its directory.
    pub scratch: Scratch,
}

/// One line of the list of received mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The inbox's key.
    pub inbox: String,
    /// `recorded`, `duplicate`, …
    pub outcome: String,
    /// Why, for people.
    pub reason: String,
    /// Stable name of an unresolved one's cause.
    pub cause: String,
    /// `milter` or `pipe`.
    pub door: String,
    /// Id of the stored mail; empty if none is.
    pub mail: String,
}

impl Site {
    /// With the usual inboxes.
    pub fn start() -> Site {
        Site::with(&Options::default())
    }

    /// With other ones.
    pub fn with(options: &Options<'_>) -> Site {
        let scratch = Scratch::new();
        scratch.folder("run", Some("postfix"), 0o2750);
        let small_spool =
            options.spool_kilobytes.map(|size| Mount::tmpfs(&scratch.path().join("spool"), size));
        scratch.folder("spool", None, 0o700);
        scratch.folder("database", None, 0o700);
        install(&scratch);
        let config = write_config(&scratch, options);
        let program = scratch.path().join("crm-milter");
        let daemon = Daemon::start_in(&program, &config, scratch.path(), options.environment);
        daemon.wait_database();
        let crmctl = |words: &[&str]| crmctl(scratch.path(), &config, words);
        for (login, name, role) in [("ana", "Ana Torres", "administrator"), ("luis", "Luis Gil", "agent")] {
            let address = format!("{login}@{DOMAIN}");
            let words = [
                "user",
                "add",
                login,
                "--name",
                name,
                "--address",
                &address,
                // As XCLIENT names it, and as Cyrus SASL does.
                "--sasl-login",
                login,
                "--sasl-login",
                &address,
                "--role",
                role,
            ];
            good(&crmctl(&words));
        }
        if !options.notices {
            database::rows(&scratch.path().join("run/postgresql"), "UPDATE crm.users SET notices = 'none'")
                .unwrap();
        }
        daemon.wait_for(" 2 users known");
        let mut lines: Lines = serde_json::from_slice(&good(&crmctl(&["--json", "postfix"])).stdout).unwrap();
        if options.outbox_port.is_some() {
            // It goes elsewhere, to a port that is taken.
            lines.listener.clear();
        }
        let settings = Settings {
            lines: Some(lines),
            mailboxes: ["ana", "luis", "office", "off"].map(|local| format!("{local}@{DOMAIN}")).into(),
            aliases: options.aliases.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect(),
            main_cf: options.main_cf.into(),
            milters_before: options.milters_before.into(),
            milters_after: options.milters_after.into(),
            submission: options.submission.clone(),
            discard: false,
            outbox_milters: options.outbox_milters.into(),
        };
        let postfix = Postfix::start(&scratch, "pf", &settings);
        let environment = options.environment.into();
        Site { postfix, daemon: Some(daemon), config, environment, small_spool, scratch }
    }

    /// Runs `crmctl`; panics unless it succeeds.
    pub fn crmctl(&self, words: &[&str]) -> String {
        String::from_utf8(good(&crmctl(self.scratch.path(), &self.config, words)).stdout.clone()).unwrap()
    }

    /// Runs `crmctl` and hands back whatever came of it.
    pub fn try_crmctl(&self, words: &[&str]) -> Output {
        crmctl(self.scratch.path(), &self.config, words)
    }

    /// Runs `crmctl` with that on standard input; panics unless it succeeds.
    pub fn crmctl_fed(&self, words: &[&str], input: &str) -> String {
        let mut command = Command::new(self.scratch.path().join("crmctl"));
        command.arg("--config").arg(&self.config).args(words);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        String::from_utf8(good(&child.wait_with_output().unwrap()).stdout.clone()).unwrap()
    }

    /// Sends a message.
    pub fn send(&self, mail: &Mail<'_>) -> Sent {
        self.postfix.send(mail)
    }

    /// Sends a message that must be taken for everybody, and returns its queue id.
    pub fn accept(&self, mail: &Mail<'_>) -> String {
        let sent = self.send(mail);
        assert!(sent.accepted(), "{sent:?}");
        sent.queue_id().to_owned()
    }

    /// Rows of the database as text.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.try_rows(sql).unwrap_or_else(|e| panic!("{sql}: {e}: {:?}", e.as_db_error()))
    }

    /// The same, where the database may refuse.
    pub fn try_rows(&self, sql: &str) -> Result<Vec<Vec<String>>, postgres::Error> {
        database::rows(&self.scratch.path().join("run/postgresql"), sql)
    }

    /// The first column of the first row.
    pub fn value(&self, sql: &str) -> String {
        self.rows(sql).first().map(|row| row[0].clone()).unwrap_or_default()
    }

    /// Waits for `count` lines of what that message came to at the inboxes, ordered by inbox.
    pub fn intakes(&self, queue_id: &str, count: usize) -> Vec<Intake> {
        let sql = format!(
            "SELECT inbox, outcome, reason, cause, door, mail_id FROM crm.intake \
             WHERE queue_id = '{queue_id}' ORDER BY inbox, id"
        );
        let what = format!("{count} intakes of {queue_id}");
        wait::until(&what, &[&self.spool()], PATIENCE, || {
            let rows = self.try_rows(&sql).unwrap_or_default();
            (rows.len() >= count).then(|| rows.into_iter().map(intake).collect())
        })
    }

    /// Sends a message to one inbox and returns what came of it.
    pub fn record(&self, mail: &Mail<'_>) -> Intake {
        let queue_id = self.accept(mail);
        self.intakes(&queue_id, 1).remove(0)
    }

    /// The octets of a stored mail.
    pub fn raw(&self, mail: &str) -> Vec<u8> {
        let hex =
            self.value(&format!("SELECT encode(raw, 'hex') FROM crm.mail_raw WHERE mail_id = '{mail}'"));
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    /// Waits until nothing is in the spool.
    pub fn wait_spool_empty(&self) {
        let new = self.spool();
        wait::until("an empty spool", &[&new], PATIENCE, || {
            fs::read_dir(&new).unwrap().next().is_none().then_some(())
        });
    }

    /// Where messages wait for the worker.
    pub fn spool(&self) -> PathBuf {
        self.scratch.path().join("spool/new")
    }

    /// Keeps as proven that forged results of this authserv-id are stripped, as a probe would, and has the daemon
    /// take it up.
    pub fn prove(&self, authserv_id: &str) {
        let proven = Proven { authserv_id: Some(authserv_id.into()), ..Proven::default() };
        proven.write(&self.scratch.path().join("spool")).unwrap();
        self.reload();
    }

    /// Changes the configuration, and has the daemon take it up.
    pub fn configure(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        fs::write(&self.config, text.replacen(from, to, 1)).unwrap();
        self.reload();
    }

    fn reload(&self) {
        let log = self.scratch.path().join("daemon.log");
        let reloads = || self.daemon().log().matches("reload: ").count();
        let before = reloads();
        kill(self.daemon().pid(), Signal::SIGUSR1).unwrap();
        wait::until("the reload", &[&log], PATIENCE, || (reloads() > before).then_some(()));
    }

    /// Stops the daemon, and with it the database.
    pub fn stop_daemon(&mut self) {
        self.daemon = None;
    }

    /// kill -9.
    pub fn kill_daemon(&mut self) {
        let daemon = self.daemon.take().expect("the daemon runs");
        kill(daemon.pid(), Signal::SIGKILL).unwrap();
        // Dropping it waits for its end.
    }

    /// Starts it again, and waits for its database.
    pub fn start_daemon(&mut self) {
        self.start_daemon_alone();
        self.daemon().wait_database();
    }

    /// Starts it, whatever becomes of its database.
    pub fn start_daemon_alone(&mut self) {
        let program = self.scratch.path().join("crm-milter");
        let daemon = Daemon::start_in(&program, &self.config, self.scratch.path(), &self.environment);
        self.daemon = Some(daemon);
    }

    /// The running daemon.
    pub fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("the daemon runs")
    }
}

/// A file system in memory; gone when dropped.
#[derive(Debug)]
struct Mount(PathBuf);

impl Mount {
    fn tmpfs(path: &Path, kilobytes: u32) -> Mount {
        fs::create_dir(path).unwrap();
        let size = format!("size={kilobytes}k");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).status().unwrap();
        assert!(status.success(), "mounting needs root");
        Mount(path.to_owned())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().unwrap();
    }
}

fn intake(row: Vec<String>) -> Intake {
    let [inbox, outcome, reason, cause, door, mail] = row.try_into().unwrap();
    Intake { inbox, outcome, reason, cause, door, mail }
}

/// Puts the programs where every user gets at them: the project may lie in a closed home directory.
fn install(scratch: &Scratch) {
    for (name, built) in
        [("crm-milter", env!("CARGO_BIN_EXE_crm-milter")), ("crmctl", env!("CARGO_BIN_EXE_crmctl"))]
    {
        let here = scratch.path().join(name);
        fs::hard_link(built, &here).or_else(|_| fs::copy(built, &here).map(drop)).unwrap();
    }
}

fn write_config(scratch: &Scratch, options: &Options<'_>) -> PathBuf {
    let path = scratch.path().join("crm-milter.toml");
    let text = format!(
        r#"
socket = "unix:{dir}/run/milter.sock"
spool = "{dir}/spool"
user = "{USER}"
recipient_delimiter = "+"

[company]
name = "ACME"
domains = ["{DOMAIN}"]
default_region = "ES"
language = "es"

[log]
target = "stderr"
level = "debug"

[records]
prefixes = ["LEAD", "DEAL", "PROP"]

[worker]
retry_seconds = 1

[database]
url = ""
data_directory = "{dir}/database/cluster"
socket_directory = "{dir}/run/postgresql"

[outbox]
port = {outbox_port}
{outbox}
{inboxes}
"#,
        dir = scratch.path().display(),
        inboxes = options.inboxes,
        outbox_port = options.outbox_port.unwrap_or_else(reserved_port),
        outbox = options.outbox,
    );
    fs::write(&path, text).unwrap();
    path
}

fn crmctl(scratch: &Path, config: &Path, words: &[&str]) -> Output {
    Command::new(scratch.join("crmctl")).arg("--config").arg(config).args(words).output().unwrap()
}

fn good(output: &Output) -> &Output {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "crmctl: {}\n{error}", output.status);
    output
}
