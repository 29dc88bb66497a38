//! `crmctl check --probe`: whether the milter is attached and forged fields are stripped, tried through a real
//! Postfix. Its header_checks stand for a filter that strips.

use crate::harness::postfix::DOMAIN;
use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::Mail;
use serde_json::Value;
use std::fs;

fn company(main_cf: &str) -> Site {
    let inboxes = format!("{INBOXES}\n[authority]\nauthserv_id = \"mx.{DOMAIN}\"\n");
    Site::with(&Options { inboxes: &inboxes, main_cf, ..Options::default() })
}

/// `level check: what` of each finding about the probe.
fn probe(site: &Site) -> Vec<String> {
    let server = format!("127.0.0.1:{}", site.postfix.port);
    let directory = site.postfix.config().to_str().unwrap();
    let words = ["--json", "check", "--postfix-directory", directory, "--probe", &server];
    let output = site.try_crmctl(&words);
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let text = |f: &Value, key: &str| f[key].as_str().unwrap().to_owned();
    let of_probe = |f: &&Value| text(f, "check").starts_with("probe");
    let findings = shown["findings"].as_array().unwrap().iter().filter(of_probe);
    findings.map(|f| format!("{} {}: {}", text(f, "level"), text(f, "check"), text(f, "what"))).collect()
}

fn proven(site: &Site) -> Value {
    let text = fs::read(site.scratch.path().join("spool/proven")).unwrap_or_else(|_| b"null".to_vec());
    serde_json::from_slice(&text).unwrap()
}

fn has(found: &[String], start: &str) -> bool {
    found.iter().any(|line| line.starts_with(start))
}

/// Tokens of probes that are over.
fn spent(site: &Site) -> Vec<String> {
    let files = fs::read_dir(site.scratch.path().join("spool/probes")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .map(|name| name.strip_suffix(".spent").unwrap_or_else(|| panic!("{name} is left")).to_owned())
        .collect()
}

#[test]
fn without_a_filter_nothing_is_proven_and_every_forgery_is_named() {
    let site = company("");
    let found = probe(&site);
    assert!(has(&found, "ok probe: "), "{found:#?}");
    assert!(has(&found, "error probe-results: ") && has(&found, "note probe-markers: "), "{found:#?}");
    let line = found.iter().find(|line| line.starts_with("error probe-results")).unwrap();
    for how in [
        "first field",
        "in capitals",
        "in quotes",
        "comment",
        "version",
        "second line",
        "small letters",
        "space in front",
        "further down",
    ] {
        assert!(line.contains(how), "{how}: {line}");
    }
    assert_eq!(
        (&proven(&site)["authserv_id"], &proven(&site)["markers"]),
        (&Value::Null, &Value::Array(vec![]))
    );
}

#[test]
fn filter_that_strips_forged_fields_is_proven_and_the_proof_is_kept() {
    let checks =
        "header_checks = regexp:{ {/^Authentication-Results *:/ IGNORE}, {/^X-Spam-Flag:/ IGNORE} }\n";
    let site = company(checks);
    let found = probe(&site);
    assert!(has(&found, "ok probe: ") && has(&found, "ok probe-results: "), "{found:#?}");
    assert!(!has(&found, "error") && has(&found, "note probe-reload: "), "{found:#?}");
    let kept = proven(&site);
    assert_eq!(kept["authserv_id"], format!("mx.{DOMAIN}").as_str());
    assert_eq!(kept["markers"], serde_json::json!(["x-spam-flag"]));
    assert!(!has(&probe(&site), "note probe-reload"), "nothing new was found");
}

#[test]
fn filter_that_knows_only_the_plain_spelling_proves_nothing() {
    let site = company("header_checks = regexp:{ {/^Authentication-Results: mx.crm.test[; ]/ IGNORE} }\n");
    let found = probe(&site);
    let line = found.iter().find(|line| line.starts_with("error probe-results")).unwrap();
    assert!(
        line.contains("in quotes") && line.contains("comment") && !line.contains("further down"),
        "{line}"
    );
    assert_eq!(proven(&site)["authserv_id"], Value::Null);
}

#[test]
fn probe_that_comes_by_the_door_says_that_the_milter_is_not_attached() {
    let site = company("smtpd_milters =\n");
    let found = probe(&site);
    assert!(has(&found, "error probe: ") && found[0].contains("came by the door"), "{found:#?}");
    assert_eq!(proven(&site), Value::Null);
}

#[test]
fn probe_never_becomes_mail_and_strangers_tokens_are_details_like_any_other() {
    let site = company("");
    assert!(has(&probe(&site), "ok probe: "));
    let tokens = spent(&site);
    assert_eq!(tokens.len(), 3, "each probe is over: {tokens:?}");
    let late = format!("info+probe-{}@{DOMAIN}", tokens[0]);
    site.accept(&Mail::new("", &[&late], "Subject: late\n\nA probe that was held up.\n"));
    let foreign = format!("info+probe-{}@{DOMAIN}", "0".repeat(32));
    let stranger = Mail::new("eva@client.test", &[&foreign], "From: eva@client.test\nSubject: x\n\nhello\n");
    let intake = site.record(&stranger);
    assert_eq!(
        (intake.outcome.as_str(), intake.cause.is_empty()),
        ("unresolved", false),
        "a code that is none"
    );
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "1");
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
    assert!(site.postfix.delivered(&format!("info@{DOMAIN}")).is_empty());
}

#[test]
fn company_with_assistants_only_is_probed_as_well() {
    let inboxes = "[[inbox]]\nkey = \"log\"\naddress = \"log@crm.test\"\nkind = \"assistant\"\n";
    let site = Site::with(&Options { inboxes, ..Options::default() });
    let found = probe(&site);
    assert!(has(&found, "ok probe: ") && !has(&found, "error"), "{found:#?}");
}
