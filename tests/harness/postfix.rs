//! A private Postfix: own configuration, queue and data directories, no chroot, smtpd on a free loopback port,
//! every outside domain delivered into Maildirs so that a test can read what each recipient got.

use super::maildir::{self, Delivered, OUTSIDE};
use super::scratch::{self, Scratch};
use super::smtp::{self, Mail, Sent};
use super::wait;
use crm_milter::cli::postfix::Lines;
use nix::fcntl::{Flock, FlockArg};
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What differs between the tests' instances.
#[derive(Debug, Default)]
pub struct Settings {
    /// The lines of `crmctl postfix`; `None`: this Postfix knows nothing of us.
    pub lines: Option<Lines>,
    /// Mailboxes of the company's domain, `ana@crm.test`.
    pub mailboxes: Vec<String>,
    /// More aliases, `team@crm.test` to `log@crm.test`.
    pub aliases: Vec<(String, String)>,
    /// More lines for `main.cf`.
    pub main_cf: String,
    /// Delivers nothing anywhere: for figures.
    pub discard: bool,
    /// Entries of `smtpd_milters` before ours.
    pub milters_before: Vec<String>,
    /// And behind it.
    pub milters_after: Vec<String>,
    /// A second service, for submission.
    pub submission: Option<Submission>,
    /// What signs the mail that crm-milter sends: entries of the printed `crm_outbox_milters`.
    pub outbox_milters: Vec<String>,
}

/// A service for colleagues, which lets nobody relay who proved nothing. The other one then knows no logins,
/// as on port 25.
#[derive(Debug, Clone)]
pub struct Submission {
    /// SASL logins and passwords.
    pub logins: Vec<(String, String)>,
    /// The server's own certificate with its key.
    pub certificate: PathBuf,
    /// Whose clients' certificates are trusted.
    pub authority: PathBuf,
}

/// A running instance; stopped when dropped.
#[derive(Debug)]
pub struct Postfix {
    config: PathBuf,
    /// Where its smtpd listens, on 127.0.0.1.
    pub port: u16,
    /// Where the service for submission listens; 0 without one.
    pub submission: u16,
    /// Below it, one Maildir for each mailbox.
    pub mail: PathBuf,
    log: PathBuf,
}

/// The company's domain; every other one is outside.
pub const DOMAIN: &str = "crm.test";

const PATIENCE: Duration = Duration::from_secs(60);

impl Postfix {
    /// Writes the configuration and starts it. A port that somebody else took in the meantime is given up
    /// for another.
    pub fn start(scratch: &Scratch, name: &str, settings: &Settings) -> Postfix {
        assert!(nix::unistd::Uid::effective().is_root(), "Postfix needs root: run tests/run.sh with sudo");
        let home = scratch.path().join(name);
        let config = home.join("etc");
        for folder in ["etc", "data", "queue"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        let postfix = nix::unistd::User::from_name("postfix").unwrap().unwrap();
        nix::unistd::chown(&home.join("data"), Some(postfix.uid), None).unwrap();
        let mail = scratch.folder(&format!("{name}/mail"), None, 0o755);
        let log = home.join("log");
        fs::write(&log, "").unwrap();
        write_tables(&config, settings);
        if let Some(submission) = &settings.submission {
            write_logins(&config, submission);
        }
        fs::write(config.join("main.cf"), main_cf(&home, &mail, settings)).unwrap();
        for _ in 0..10 {
            let (port, submission) = (free_port(), settings.submission.as_ref().map_or(0, |_| free_port()));
            let master_cf = master_cf(port, submission, &config, settings);
            fs::write(config.join("master.cf"), master_cf).unwrap();
            let (mail, log) = (mail.clone(), log.clone());
            let mut instance = Postfix { config: config.clone(), port, submission, mail, log };
            if instance.run("start") {
                return instance;
            }
            instance.port = 0;
        }
        panic!("Postfix does not start:\n{}", fs::read_to_string(&log).unwrap_or_default());
    }

    /// Ends the master, and with it its children: `postfix stop` does the same, and sleeps between.
    fn stop(&self) {
        let file = self.config.parent().unwrap().join("queue/pid/master.pid");
        let Ok(text) = fs::read_to_string(&file) else { return };
        let pid = nix::unistd::Pid::from_raw(text.trim().parse().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).ok();
        // The master holds the lock of its pid file as long as it lives.
        let file = fs::File::open(&file).unwrap();
        Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, e)| e).unwrap();
    }

    fn run(&self, verb: &str) -> bool {
        let output =
            Command::new("/usr/sbin/postfix").arg("-c").arg(&self.config).arg(verb).output().unwrap();
        output.status.success()
    }

    /// Sends as the client that the mail names.
    pub fn send(&self, mail: &Mail<'_>) -> Sent {
        smtp::send(self.port, mail)
    }

    /// Submits by sendmail(1): its exit status, and what it said.
    pub fn sendmail(&self, from: &str, to: &[&str], message: &[u8]) -> std::process::Output {
        let mut child = Command::new("/usr/sbin/sendmail")
            .arg("-C")
            .arg(&self.config)
            .args(["-i", "-f", from, "--"])
            .args(to)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(message).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The whole log so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until the log holds a line with all of these pieces, and returns it.
    pub fn wait_for_line(&self, pieces: &[&str]) -> String {
        wait::until(&format!("{pieces:?} in {}", self.log.display()), &[&self.log], PATIENCE, || {
            let log = self.log();
            log.lines().find(|line| pieces.iter().all(|piece| line.contains(piece))).map(str::to_owned)
        })
    }

    /// Waits until every recipient of that queue file is done with.
    pub fn wait_removed(&self, queue_id: &str) {
        self.wait_for_line(&[&format!(" {queue_id}: "), "removed"]);
    }

    /// What lies in a mailbox.
    pub fn delivered(&self, address: &str) -> Vec<Delivered> {
        maildir::read(&self.mail, address)
    }

    /// Tries at once what was put off.
    pub fn flush(&self) {
        assert!(self.run("flush"));
    }

    /// The queue file names waiting for another try.
    pub fn deferred(&self) -> usize {
        let output =
            Command::new("/usr/sbin/postqueue").arg("-c").arg(&self.config).arg("-j").output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().count()
    }

    /// Its configuration directory.
    pub fn config(&self) -> &Path {
        &self.config
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if self.port != 0 {
            self.stop();
            if std::thread::panicking() {
                eprintln!("--- {}\n{}", self.log.display(), self.log());
            }
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A port that is free now and that the kernel gives to nobody who does not name it: it is written into a
/// configuration long before somebody listens there.
pub fn reserved_port() -> u16 {
    loop {
        let port = 20_000 + (uuid::Uuid::new_v4().as_u128() % 12_000) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

fn write_tables(config: &Path, settings: &Settings) {
    let mut mailboxes = String::new();
    for address in &settings.mailboxes {
        let (local, domain) = address.rsplit_once('@').unwrap();
        mailboxes.push_str(&format!("{address} {domain}/{local}/\n"));
    }
    fs::write(config.join("mailboxes"), mailboxes).unwrap();
    let mut aliases = String::new();
    for (from, to) in &settings.aliases {
        aliases.push_str(&format!("{from} {to}\n"));
    }
    fs::write(config.join("aliases"), aliases).unwrap();
    if let Some(lines) = &settings.lines {
        fs::write(config.join("crm-milter-virtual"), &lines.virtual_aliases).unwrap();
        fs::write(config.join("crm-milter-transport"), &lines.transport).unwrap();
    }
}

fn main_cf(home: &Path, mail: &Path, settings: &Settings) -> String {
    let (dir, config) = (home.display(), home.join("etc"));
    let (uid, gid) = scratch::ids();
    let mut text = format!(
        "\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
myhostname = mx.{DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_sasl_auth_enable = yes
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_recipient_limit = 20000
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_junk_command_limit = 1000
in_flow_delay = 0
queue_run_delay = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 5s
message_size_limit = 0
mailbox_size_limit = 0
virtual_mailbox_limit = 0
alias_maps =
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {mail}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_transport = virtual
",
        mail = mail.display(),
    );
    // Outside mailboxes exist for the delivery only: smtpd must go on refusing unknown people of ours.
    text.push_str(&format!("virtual_mailbox_maps = texthash:{dir}/etc/mailboxes\n"));
    text.push_str(if settings.discard {
        "default_transport = discard:\n"
    } else {
        "default_transport = outside:\n"
    });
    let aliases = format!("texthash:{dir}/etc/aliases");
    match &settings.lines {
        Some(lines) => text.push_str(&beside(lines, settings, &config, &aliases)),
        None => text.push_str(&format!("virtual_alias_maps = {aliases}\nrecipient_delimiter = +\n")),
    }
    text.push_str(&settings.main_cf);
    text
}

/// The printed lines with their tables in this instance's directory, and its own aliases and other milters
/// beside them.
fn beside(lines: &Lines, settings: &Settings, config: &Path, aliases: &str) -> String {
    let dir = config.display();
    let (virtual_file, transport_file) = (&lines.virtual_aliases_file, &lines.transport_file);
    let text = lines
        .main_cf
        .replace(
            &format!("texthash:{virtual_file}"),
            &format!("texthash:{dir}/crm-milter-virtual, {aliases}"),
        )
        .replace(&format!("texthash:{transport_file}"), &format!("texthash:{dir}/crm-milter-transport"));
    let (start, rest) = text.split_once("smtpd_milters = ").expect("the printed lines name the milter");
    let (ours, rest) = rest.split_once('\n').expect("a whole line");
    let signers = format!("crm_outbox_milters = {}\n", settings.outbox_milters.join(", "));
    let rest = rest.replacen("crm_outbox_milters =\n", &signers, 1);
    let mut milters: Vec<&str> = settings.milters_before.iter().map(String::as_str).collect();
    milters.push(ours);
    milters.extend(settings.milters_after.iter().map(String::as_str));
    format!("{start}smtpd_milters = {}\n{rest}", milters.join(", "))
}

/// The users of the submission service, in Cyrus SASL's own file.
fn write_logins(config: &Path, submission: &Submission) {
    let (folder, users) = (config.join("sasl"), config.parent().unwrap().join("data/sasldb2"));
    fs::create_dir_all(&folder).unwrap();
    let settings = format!(
        "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {}\nmech_list: PLAIN LOGIN\n",
        users.display()
    );
    fs::write(folder.join("smtpd.conf"), settings).unwrap();
    for (login, password) in &submission.logins {
        let mut child = Command::new("/usr/sbin/saslpasswd2")
            .args(["-p", "-c", "-u", DOMAIN, "-f"])
            .arg(&users)
            .arg(login)
            .stdin(Stdio::piped())
            .spawn()
            .expect("saslpasswd2 is installed by packaging/packages.sh");
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "saslpasswd2");
    }
    let postfix = nix::unistd::User::from_name("postfix").unwrap().unwrap();
    nix::unistd::chown(&users, Some(postfix.uid), None).unwrap();
}

/// The services on the two ports.
fn smtpd_services(port: u16, submission_port: u16, config: &Path, settings: &Settings) -> String {
    let mut text = format!("127.0.0.1:{port} inet n - n - - smtpd\n");
    let Some(submission) = &settings.submission else { return text };
    text.push_str("  -o smtpd_sasl_auth_enable=no\n");
    text.push_str(&format!(
        "\
127.0.0.1:{submission_port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_authorized_xclient_hosts=
  -o smtpd_sasl_type=cyrus
  -o smtpd_sasl_path=smtpd
  -o cyrus_sasl_config_path={config}/sasl
  -o smtpd_sasl_local_domain={DOMAIN}
  -o smtpd_tls_security_level=may
  -o smtpd_tls_cert_file={certificate}
  -o smtpd_tls_key_file={certificate}
  -o smtpd_tls_CAfile={authority}
  -o smtpd_tls_ask_ccert=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,permit_tls_all_clientcerts,reject
",
        config = config.display(),
        certificate = submission.certificate.display(),
        authority = submission.authority.display(),
    ));
    text.push_str("tlsmgr unix - - n 1000? 1 tlsmgr\n");
    text
}

fn master_cf(port: u16, submission: u16, config: &Path, settings: &Settings) -> String {
    let mut text = smtpd_services(port, submission, config, settings);
    text.push_str(&format!(
        "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
outside unix - n n - - virtual
  -o virtual_mailbox_maps=static:{OUTSIDE}/
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"
    ));
    if let Some(lines) = &settings.lines {
        text.push_str(&lines.master_cf);
        text.push_str(&lines.listener);
    }
    text
}
