//! The corpus: every `tests/corpus/<set>/*.eml` gives what stands in its `.json`, with LF and with CRLF.
//!
//! The answer is a subset of what `crmctl extract` prints: only the keys that it has are compared, at every
//! depth; `null` also stands for an absent key; arrays must have the same length. A test lists all cases of
//! its set that fail, with what was wanted and what was found. tests/corpus/README.md names origin and point
//! of each case.

// A helper that cannot go on is a failed test.
#![allow(clippy::unwrap_used)]

use crm_milter::cli::extract::run;
use crm_milter::extract::Options;
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// One test per set; the last test fails for a folder without one.
macro_rules! sets {
    ($($set:ident),* $(,)?) => {
        const SETS: &[&str] = &[$(stringify!($set)),*];
        $(#[test] fn $set() { check(stringify!($set)); })*
    };
}

sets![automatic, bounce, code, form, forward, phone, reply, signature, text, vcard];

/// The set whose white space counts; elsewhere it is folded before texts are compared.
const EXACT: &str = "text";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn messages(set: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(set)).unwrap().map(|e| e.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "eml")).collect();
    found.sort();
    assert!(!found.is_empty(), "set {set} has no cases");
    found
}

fn check(set: &str) {
    let mut failures = String::new();
    let (mut cases, mut failed) = (0, 0);
    for path in messages(set) {
        let raw = fs::read(&path).unwrap();
        let expected: Value =
            serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        for (ends, input) in [("LF", with_lf(&raw)), ("CRLF", with_crlf(&raw))] {
            let found = run(&input, &Options::default(), false);
            let mut wrong = String::new();
            compare("", &expected, &found, set == EXACT, &mut wrong);
            cases += 1;
            if !wrong.is_empty() {
                failed += 1;
                writeln!(failures, "{name} ({ends})\n{wrong}").unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{set}: {failed} of {cases} fail\n{failures}");
}

fn compare(place: &str, expected: &Value, found: &Value, exact: bool, wrong: &mut String) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(_)) => {
            for (key, value) in wanted {
                let found = found.get(key).unwrap_or(&Value::Null);
                compare(&format!("{place}.{key}"), value, found, exact, wrong);
            }
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            for (i, (value, other)) in wanted.iter().zip(got).enumerate() {
                compare(&format!("{place}[{i}]"), value, other, exact, wrong);
            }
        }
        (Value::String(wanted), Value::String(got)) if !exact && folded(wanted) == folded(got) => {}
        _ if expected == found => {}
        _ => writeln!(wrong, "  {place}\n    wanted {expected}\n    found  {found}").unwrap(),
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with_lf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    for (i, &octet) in raw.iter().enumerate() {
        if octet != b'\r' || raw.get(i + 1) != Some(&b'\n') {
            out.push(octet);
        }
    }
    out
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 32);
    for octet in with_lf(raw) {
        if octet == b'\n' {
            out.push(b'\r');
        }
        out.push(octet);
    }
    out
}

#[test]
fn every_folder_is_a_set_and_every_case_is_in_the_table() {
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|e| e.path().is_dir()) {
        let set = entry.file_name().to_string_lossy().into_owned();
        assert!(SETS.contains(&set.as_str()), "no test runs the set {set}");
        let tables = [entry.path().join("README.md"), root().join("README.md"), root().join("WILD.md")];
        let table: String = tables.iter().filter_map(|table| fs::read_to_string(table).ok()).collect();
        for path in messages(&set) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(path.with_extension("json").exists(), "{set}/{name} has no answer");
            assert!(
                [format!("| {name} |"), format!("| {name}.eml |")].iter().any(|row| table.contains(row)),
                "{set}/{name} is not in README.md"
            );
        }
    }
}

#[test]
fn explain_names_the_rule_and_the_text_behind_each_field_of_the_contact() {
    for path in messages("form") {
        let facts = run(&fs::read(&path).unwrap(), &Options::default(), true);
        let findings = facts["findings"].as_array().unwrap();
        let contact = facts["contact"].as_object().unwrap();
        for (field, value) in contact.iter().filter(|(field, _)| *field != "company_domain") {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            let place = format!("contact.{field}");
            let explained = findings.iter().filter(|f| f["where"] == place.as_str());
            let told = explained
                .filter(|f| f["rule"].is_string() && !f["what"].as_str().unwrap().is_empty())
                .count();
            assert_eq!(empty, told == 0, "{}: {field} is {value}, explained {told} times", path.display());
        }
        let plain = run(&fs::read(&path).unwrap(), &Options::default(), false);
        assert!(plain["findings"].as_array().unwrap().len() < findings.len(), "{}", path.display());
    }
}

#[test]
fn explain_names_the_rule_and_the_text_behind_each_field_of_forward_reply_and_signature() {
    for path in ["forward", "reply", "signature"].into_iter().flat_map(messages) {
        let facts = run(&fs::read(&path).unwrap(), &Options::default(), true);
        if facts["kind"] == "lead" {
            continue;
        }
        let findings = facts["findings"].as_array().unwrap();
        for part in ["forward", "reply", "signature"] {
            let fields = facts[part].as_object().into_iter().flatten();
            for (field, value) in fields.filter(|(field, _)| !["via", "chain"].contains(&field.as_str())) {
                let empty = value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_str().is_some_and(str::is_empty);
                let place = format!("{part}.{field}");
                let told = findings.iter().filter(|f| f["where"] == place.as_str());
                let told = told.filter(|f| !f["what"].as_str().unwrap().is_empty()).count();
                assert_eq!(
                    empty,
                    told == 0,
                    "{}: {place} is {value}, explained {told} times",
                    path.display()
                );
            }
        }
    }
}
