//! `crmctl extract --site` goes by the configuration: its codes, domains, region and sources; a fault in it is
//! told with its place.

// A helper that cannot go on is a failed test.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A portal's mail that the general rules alone do not understand.
const MAIL: &str = "From: Homes <leads@homes.example>\nTo: sales@firm.example\nSubject: Flat wanted, DEAL-7 OPP-9\n\
    Date: Mon, 3 Jun 2024 12:01:00 +0200\n\nFlat no. A-12 is wanted by somebody.\n\
    Who wants it: Ana Ruiz\nWhere she reads: ana@customer.example\nShe rings at 600 112 233 in the evening.\n\
    Our man: Pau Sala pau@firm.example\n";

const SOURCE: &str = "\
[[source]]
name = \"Homes\"
from = [\"@homes.example\"]
origin = \"portal\"
[source.labels]
name = [\"Who wants it\"]
email = [\"Where she reads\"]
[source.patterns]
reference = 'flat no\\. (\\S+)'
phone = 'rings at ([+\\d ]+)'
";

/// A configuration file of this test's own.
fn config(test: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("extract-{test}.toml"));
    std::fs::write(&path, text).unwrap();
    path
}

fn crmctl(config: &Path, more: &[&str], mail: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crmctl"))
        .arg("--config")
        .arg(config)
        .arg("extract")
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its configuration need not read its input.
    _ = child.stdin.take().unwrap().write_all(mail.as_bytes());
    child.wait_with_output().unwrap()
}

fn facts(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn extract_with_site_goes_by_the_configurations_sources_region_and_codes() {
    let company = "[company]\nname = \"Firm\"\ndomains = [\"firm.example\"]\ndefault_region = \"ES\"\n";
    let path = config("site", &format!("{company}[records]\nprefixes = [\"OPP\"]\n{SOURCE}"));
    let found = facts(&crmctl(&path, &["--site", "--explain"], MAIL));
    assert_eq!(found["kind"], "lead");
    let contact = &found["contact"];
    assert_eq!(contact["name"], "Ana Ruiz");
    assert_eq!(contact["email"], "ana@customer.example");
    assert_eq!(contact["phones"][0], "+34600112233");
    assert_eq!(contact["reference"], "A-12");
    assert_eq!(contact["source"], "portal");
    let rules = found["findings"].as_array().unwrap();
    assert!(rules.iter().any(|f| f["rule"] == "source-pattern" && f["where"] == "contact.reference"));
    // Neither the file's sources nor its region count without the option.
    let bare = facts(&crmctl(&path, &[], MAIL));
    assert_ne!(bare["kind"], "lead");
    assert_eq!(bare["codes"], serde_json::json!(["DEAL-7"]));
}

#[test]
fn extract_with_site_files_own_mail_under_whom_it_was_written_to() {
    let path = config("own", "[company]\nname = \"Firm\"\ndomains = [\"firm.example\"]\n");
    let mail = "From: Pau Sala <pau@firm.example>\nTo: Ana Ruiz <ana@customer.example>\nSubject: Offer\n\nAs promised.\n";
    assert_eq!(facts(&crmctl(&path, &["--site"], mail))["contact"]["email"], "ana@customer.example");
    assert_eq!(facts(&crmctl(&path, &[], mail))["contact"]["email"], "pau@firm.example");
}

#[test]
fn faulty_sources_are_told_with_file_line_and_column() {
    for (test, from, to, place, reason) in [
        ("pattern", "'flat no\\. (\\S+)'", "'flat no\\. (\\S+'", ":9:13:", "not a regular expression"),
        ("groups", "'flat no\\. (\\S+)'", "'flat no'", ":1:1:", "exactly one must hold the value"),
        ("sender", "\"@homes.example\"", "\"homes\"", ":1:1:", "neither an address nor a domain"),
        ("field", "email = [", "e_mail = [", ":7:1:", "e_mail"),
    ] {
        let path = config(test, &SOURCE.replace(from, to));
        let output = crmctl(&path, &["--site"], MAIL);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{test}");
        assert!(told.contains(&format!("{}{place}", path.display())), "{test}: {told}");
        assert!(told.contains(reason), "{test}: {told}");
    }
}
