//! `crmctl check` against a real installation: one made from the lines of `crmctl postfix` is without error,
//! and each mistake that an administrator can make in Postfix's files is found under its name.

use crate::harness::site::{Options, Site};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What `crmctl check --json` says of this company.
fn check(site: &Site, words: &[&str]) -> (Output, Value) {
    let directory = site.postfix.config().to_str().unwrap();
    let mut all = vec!["--json", "check", "--postfix-directory", directory];
    all.extend(words);
    let output = site.try_crmctl(&all);
    let shown = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    (output, shown)
}

/// `level check` of everything that is not as it should be.
fn complaints(shown: &Value) -> Vec<String> {
    let findings = shown["findings"].as_array().unwrap().iter();
    findings
        .map(|f| format!("{} {}", f["level"].as_str().unwrap(), f["check"].as_str().unwrap()))
        .filter(|line| !line.starts_with("ok "))
        .collect()
}

/// Writes a file as if long ago: Postfix reads one that changed this second again until it has settled.
fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    fs::File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
}

/// The files of an instance, put back when dropped.
struct Kept(Vec<(PathBuf, Vec<u8>)>);

impl Kept {
    fn of(directory: &Path) -> Kept {
        let names = ["main.cf", "master.cf", "crm-milter-virtual", "crm-milter-transport"];
        Kept(
            names.map(|name| directory.join(name)).map(|path| (path.clone(), fs::read(path).unwrap())).into(),
        )
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for (path, content) in &self.0 {
            write(path, content);
        }
    }
}

/// What an administrator did.
enum Mistake<'a> {
    /// A later line of main.cf, which counts.
    Main(&'a str),
    /// An option of the service that takes mail.
    Option(&'a str),
    /// A text in a file by another.
    Text(&'a str, &'a str, &'a str),
    /// One more service in master.cf.
    More(&'a str),
}

fn make(site: &Site, mistake: &Mistake<'_>) {
    let change = |file: &str, change: &dyn Fn(String) -> String| {
        let path = site.postfix.config().join(file);
        let (before, after) =
            (fs::read_to_string(&path).unwrap(), change(fs::read_to_string(&path).unwrap()));
        assert_ne!(before, after, "nothing changed in {file}");
        write(&path, after.as_bytes());
    };
    match mistake {
        Mistake::Main(line) => change("main.cf", &|text| format!("{text}{line}\n")),
        Mistake::Option(option) => {
            change("master.cf", &|text| text.replacen(" smtpd\n", &format!(" smtpd\n  -o {option}\n"), 1));
        }
        Mistake::Text(file, from, to) => change(file, &|text| text.replace(from, to)),
        Mistake::More(lines) => change("master.cf", &|text| format!("{text}{lines}\n")),
    }
}

#[test]
fn installation_made_from_the_printed_lines_has_no_error() {
    let site = Site::start();
    let (output, shown) = check(&site, &[]);
    assert!(output.status.success(), "{shown:#}");
    assert_eq!(shown["summary"]["errors"], 0, "{shown:#}");
    assert_eq!(shown["summary"]["warnings"], 0, "{shown:#}");
    for named in [
        "configuration",
        "spool",
        "spool-room",
        "daemon",
        "database",
        "postfix",
        "milter",
        "milter-reach",
        "door",
        "alias",
        "bare-newline",
        "delimiter",
        "logins",
        "outbox",
    ] {
        let findings = shown["findings"].as_array().unwrap();
        assert!(findings.iter().any(|f| f["check"] == named && f["level"] == "ok"), "{named}: {shown:#}");
    }
    let directory = site.postfix.config().to_str().unwrap();
    let text = site.crmctl(&["check", "--postfix-directory", directory]);
    assert!(text.lines().last().unwrap().starts_with("0 errors, 0 warnings, "), "{text}");
}

#[test]
fn each_mistake_in_postfixs_files_is_found_under_its_name() {
    use Mistake::{Main, More, Option, Text};
    let site = Site::start();
    let mistakes = [
        (Main("smtpd_milters ="), "error milter-missing"),
        (Option("smtpd_milters=inet:127.0.0.1:9"), "error milter-missing"),
        (More("submission inet n - n - - smtpd\n  -o smtpd_milters="), "error milter-missing"),
        (Main("smtpd_milters = $crm_milter, inet:127.0.0.1:9"), "error milter-last"),
        (Text("main.cf", "run/milter.sock", "elsewhere/milter.sock"), "error milter-socket"),
        (Main("smtpd_milters = inet:127.0.0.1:9, unix:/run/crm-milter/other.sock"), "error milter-socket"),
        (Text("main.cf", "default_action=accept, ", ""), "error milter-default-action"),
        (Text("main.cf", "default_action=accept", "default_action=tempfail"), "error milter-default-action"),
        (Text("main.cf", ", content_timeout=6s", ""), "warning milter-timeouts"),
        (
            Text("main.cf", "connect_timeout=2s, command_timeout=3s", "connect_timeout=20s"),
            "warning milter-timeouts",
        ),
        (Text("master.cf", "inet n - n - - smtpd", "inet n - y - - smtpd"), "error milter-chroot"),
        (Option("receive_override_options=no_milters"), "error milter-no-milters"),
        (Main("milter_protocol = 4"), "error milter-protocol"),
        (Option("smtpd_proxy_filter=127.0.0.1:9"), "warning milter-proxy-filter"),
        (
            More(
                "127.0.0.1:9 inet n - n - - smtpd\n  -o content_filter=\nscan unix - - n - - smtp\n  -o content_filter=x:",
            ),
            "warning milter-reinjection",
        ),
        (Text("crm-milter-transport", "crm.invalid", "other.invalid"), "error door-transport"),
        (Text("crm-milter-transport", "crm-milter:", "discard:"), "error door-transport"),
        (Text("master.cf", "crm-milter unix", "other unix"), "error door-service"),
        (Text("master.cf", "soft_bounce=yes", "soft_bounce=no"), "error door-soft-bounce"),
        (Text("master.cf", "crm-milter unix - n n", "crm-milter unix - n y"), "error door-chroot"),
        (Text("master.cf", "flags=q", "flags=Rq"), "error door-flags"),
        (Text("master.cf", "flags=q", "flags="), "error door-flags"),
        (Text("master.cf", " null_sender=", ""), "error door-null-sender"),
        (Text("master.cf", "user=nobody", "user=root"), "error door-user"),
        (Text("master.cf", "user=nobody", "user=daemon"), "error door-user"),
        (Text("master.cf", "user=nobody", "user=no-such-user"), "error door-user"),
        (Text("master.cf", "/crmctl ", "/no-such-program "), "error door-program"),
        (Text("master.cf", "crm-milter.toml", "other.toml"), "error door-config"),
        (Text("master.cf", "-o ${original_recipient} ", ""), "error door-arguments"),
        (Main("crm-milter_destination_recipient_limit = 50"), "error door-recipient-limit"),
        (Text("crm-milter-virtual", "info@crm.test", "other@crm.test"), "error alias"),
        (Text("crm-milter-virtual", "info@crm.invalid", "ana@crm.test"), "error alias"),
        (Text("crm-milter-virtual", ", luis@crm.test", ""), "warning alias"),
        (
            Text("crm-milter-virtual", "# off@crm.test is", "off@crm.test off@crm.invalid\n# is"),
            "warning alias",
        ),
        (
            Main(
                "virtual_alias_maps = inline:{ { info+crmctl-check@crm.test = ana@crm.test } }, texthash:${config_directory}/crm-milter-virtual",
            ),
            "error alias-detail",
        ),
        (
            Text("main.cf", "virtual_mailbox_domains = crm.test", "virtual_mailbox_domains ="),
            "error inbox-domain",
        ),
        (Main("recipient_delimiter ="), "error delimiter"),
        (Main("recipient_delimiter = +-"), "warning delimiter"),
        (Main("smtpd_forbid_bare_newline = no"), "error bare-newline"),
        (Main("smtpd_forbid_bare_newline_exclusions = $mynetworks"), "warning bare-newline-exclusions"),
        (Main("receive_override_options = no_address_mappings"), "error address-mappings"),
        (Main("smtpd_authorized_xclient_hosts = 0.0.0.0/0"), "error xclient"),
        (Main("smtpd_sasl_auth_enable = no"), "warning logins"),
        (
            Text("main.cf", "virtual_alias_maps = ", "virtual_alias_maps = hash:/no-such-table, "),
            "warning tables",
        ),
        (
            Text("master.cf", "smtpd_milters=$crm_outbox_milters", "smtpd_milters=$crm_milter"),
            "error outbox-milter",
        ),
        (Main("non_smtpd_milters = inet:127.0.0.1:9"), "warning outbox-signers"),
        (
            Text("master.cf", "permit_mynetworks,reject\n  -o smtpd_helo", "permit\n  -o smtpd_helo"),
            "warning outbox-open",
        ),
        (Main("internal_mail_filter_classes ="), "note internal-mail"),
        (Main("smtpd_delay_reject = no"), "note delay-reject"),
        (Main("non_smtpd_milters = $crm_milter"), "note milter-local"),
    ];
    let (_, before) = check(&site, &[]);
    let before = complaints(&before);
    for (mistake, expected) in &mistakes {
        let _kept = Kept::of(site.postfix.config());
        make(&site, mistake);
        let (output, shown) = check(&site, &[]);
        let found = complaints(&shown);
        assert!(found.iter().any(|line| line == expected), "{expected}: {shown:#}");
        assert!(!before.iter().any(|line| line == expected), "{expected} was there before");
        assert_eq!(
            output.status.code(),
            Some(if expected.starts_with("error") { 78 } else { 0 }),
            "{shown:#}"
        );
        let changed = shown["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| ["ok", "note"].contains(&f["level"].as_str().unwrap()) || f["change"].is_string());
        assert!(changed, "each says what to change: {shown:#}");
    }
}

#[test]
fn closed_ways_and_a_stopped_daemon_are_found() {
    let mut site = Site::start();
    let run = site.scratch.path().join("run");
    let socket = run.join("milter.sock");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let found = |site: &Site, expected: &str| {
        let (output, shown) = check(site, &[]);
        assert!(complaints(&shown).iter().any(|line| line == expected), "{expected}: {shown:#}");
        assert_eq!(output.status.code(), Some(78));
    };
    mode(&run, 0o2700);
    found(&site, "error milter-reach");
    mode(&run, 0o2750);
    mode(&socket, 0o600);
    found(&site, "error milter-reach");
    mode(&socket, 0o660);
    let spool = site.scratch.path().join("spool");
    chown(&spool, Some(0), None).unwrap();
    found(&site, "error spool");
    chown(&spool, Some(crate::harness::scratch::ids().0.as_raw()), None).unwrap();
    site.stop_daemon();
    found(&site, "error daemon");
    found(&site, "error database");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    found(&site, "error daemon");
}

#[test]
fn user_without_rights_is_told_what_could_not_be_looked_at() {
    let site = Site::start();
    let stranger = nix::unistd::User::from_name("daemon").unwrap().unwrap();
    let output = Command::new(site.scratch.path().join("crmctl"))
        .arg("--config")
        .arg(site.scratch.path().join("crm-milter.toml"))
        .args(["--json", "check", "--postfix-directory"])
        .arg(site.postfix.config())
        .uid(stranger.uid.as_raw())
        .gid(stranger.gid.as_raw())
        .output()
        .unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    assert_eq!(shown["summary"]["errors"], 0, "{shown:#}");
    let found = complaints(&shown);
    for expected in ["note spool", "note daemon", "note database"] {
        assert!(found.iter().any(|line| line == expected), "{expected}: {shown:#}");
    }
}

#[test]
fn configuration_with_a_mistake_is_named_without_its_password() {
    let site = Site::with(&Options::default());
    let broken = site.scratch.path().join("broken.toml");
    fs::write(&broken, "[database]\nurl = \"postgresql://crm:s3cret@db/crm\" x\n").unwrap();
    let output = Command::new(site.scratch.path().join("crmctl"))
        .arg("--config")
        .arg(&broken)
        .arg("check")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(
        text.starts_with("error: ") && text.contains("broken.toml:2:") && !text.contains("s3cret"),
        "{text}"
    );
    assert!(!String::from_utf8_lossy(&output.stderr).contains("s3cret"));
}
