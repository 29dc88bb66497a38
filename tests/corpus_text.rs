//! Promise: every mail of `tests/corpus/{forward,reply,signature}` is understood as its answer says, with LF and
//! with CRLF line ends.
//!
//! Each `NNN-name.eml` has its answer in `NNN-name.json`: a part of the contract of `crmctl extract`. Only keys
//! that are present are compared, lists whole; white space is folded before texts are compared.

use crm_milter::extract::signature;
use crm_milter::mail::{forwarded, message, reply};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn mails(set: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(set);
    let mut mails: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is part of the source")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect();
    mails.sort();
    mails
}

fn answer(raw: &[u8]) -> Value {
    let message = message::read(raw);
    let split = reply::split(&message);
    let whole = format!("{}\n{}", split.text, split.signature.as_deref().unwrap_or_default());
    let signature = signature::find(&whole, message.from.first());
    json!({ "forward": forwarded::find(&message), "reply": split, "signature": signature })
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is not as wanted, one line each.
fn differences(at: &str, want: &Value, got: &Value, out: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(want), Value::Object(_)) => {
            for (key, value) in want {
                differences(&format!("{at}.{key}"), value, got.get(key).unwrap_or(&Value::Null), out);
            }
        }
        (Value::String(want), Value::String(got)) if folded(want) == folded(got) => {}
        _ if want == got => {}
        _ => out.push(format!("{at}: want {want}, got {got}")),
    }
}

fn check(set: &str, least: usize) {
    let mails = mails(set);
    assert!(mails.len() >= least, "{} mails in {set}", mails.len());
    let mut wrong = Vec::new();
    for path in &mails {
        let raw = fs::read(path).expect("a readable mail");
        let want = fs::read(path.with_extension("json")).expect("each mail has its answer");
        let want: Value = serde_json::from_slice(&want).expect("the answer is JSON");
        let crlf = String::from_utf8_lossy(&raw).replace("\r\n", "\n").replace('\n', "\r\n");
        for (ends, raw) in [("LF", raw), ("CRLF", crlf.into_bytes())] {
            let mut out = Vec::new();
            differences("", &want, &answer(&raw), &mut out);
            wrong.extend(out.into_iter().map(|line| format!("{} ({ends}) {line}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn originals_of_forwards_are_found_in_every_language_and_layout() {
    check("forward", 60);
}

#[test]
fn new_text_of_replies_is_found_and_nothing_wanted_is_lost() {
    check("reply", 60);
}

#[test]
fn signatures_are_told_from_closings() {
    check("signature", 20);
}

/// Text that repeats one pattern up to the limit of 256 kB, in the shapes that rules look at.
#[test]
fn hostile_text_takes_time_in_proportion_to_its_length() {
    let units = [
        "> \n",
        "> a\n",
        ">",
        "From:\n",
        "From: a\n",
        "From: a@b.example\n",
        "On 5 Mar 2025 10:11\n",
        "wrote:\n",
        "On 5 Mar 2025 10:11 a wrote\n",
        "---- Forwarded message\n",
        "---- Forwarded message ----\n",
        "---- Forwarded by a a a a a a a ---- ",
        "> a\nb\n",
        "a:\n",
        ":",
        "a@b:\n",
        "<",
        "From: a To: b ",
        "Subject: a\n\n",
        "-- \n",
        "Kind regards\n\n",
        "Sent from my iPhone\n",
        "<mailto:",
        "From: <mailto:a@b.example> ",
        "--- On ",
        "From: a <a@b.example>\nDate: 5 Mar 2025 10:11\nTo: b\n\nx\n",
        "| From | a |\n",
    ];
    let quickest = |raw: &[u8]| {
        let message = message::read(raw);
        (0..3)
            .map(|_| {
                let start = std::time::Instant::now();
                let split = reply::split(&message);
                let whole = format!("{}\n{}", split.text, split.signature.unwrap_or_default());
                std::hint::black_box((
                    forwarded::find(&message),
                    signature::find(&whole, message.from.first()),
                ));
                start.elapsed()
            })
            .min()
            .expect("three runs")
    };
    for prefix in ["", "Re: ", "Fwd: "] {
        for unit in units {
            let mail = |size: usize| {
                format!("From: A B <a@b.example>\nSubject: {prefix}x\n\n{}", unit.repeat(size / unit.len()))
                    .into_bytes()
            };
            let (small, large) = (quickest(&mail(32 * 1024)), quickest(&mail(256 * 1024)));
            let limit = small * 8 * 4 + std::time::Duration::from_millis(400);
            assert!(large < limit, "{prefix:?} {unit:?}: {small:?} for 32 kB, {large:?} for 256 kB");
        }
    }
}
