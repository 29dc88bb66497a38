//! The corpus under `tests/corpus`: every mail is read with LF and with CRLF line ends and must give what
//! stands beside it.

use super::{automatic, dsn, message};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn cases(set: &str) -> Vec<(PathBuf, Vec<u8>, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(set);
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Cases named w… hold the answer of the whole extractor; tests/corpus.rs reads them.
        let own = path.file_name().is_some_and(|n| n.as_encoded_bytes()[0].is_ascii_digit());
        if own && path.extension().is_some_and(|e| e == "eml") {
            let want = std::fs::read(path.with_extension("json")).unwrap();
            cases.push((path.clone(), std::fs::read(&path).unwrap(), serde_json::from_slice(&want).unwrap()));
        }
    }
    assert!(cases.len() >= 10, "{set} has too few cases");
    cases
}

/// The mail with LF and with CRLF line ends.
fn both(raw: &[u8]) -> [Vec<u8>; 2] {
    let lf = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    let same = lf.as_bytes() == raw;
    let crlf: Vec<u8> =
        raw.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect();
    assert!(same || !raw.contains(&b'\r'), "cases are kept with LF");
    [raw.to_vec(), crlf]
}

#[test]
fn delivery_reports_of_the_corpus_are_understood() {
    for (path, raw, want) in cases("bounce") {
        for raw in both(&raw) {
            let message = message::read(&raw);
            let found = dsn::bounce(&message, false);
            let name = path.display();
            if want["kind"] != "bounce" {
                assert_eq!(found, None, "{name}");
                continue;
            }
            let found = found.unwrap_or_else(|| panic!("{name}: no report"));
            let got: Vec<Value> = found
                .recipients
                .iter()
                .map(|r| serde_json::json!({"address": r.address, "class": &r.status[..1], "reason": r.reason}))
                .collect();
            assert_eq!(Value::from(got), want["recipients"], "{name}");
            let id = want.get("original_message_id").and_then(Value::as_str);
            assert_eq!(found.original_message_id.as_deref(), id, "{name}");
        }
    }
}

#[test]
fn automatic_mails_of_the_corpus_are_told_from_those_of_people() {
    for (path, raw, want) in cases("automatic") {
        for raw in both(&raw) {
            let found = automatic::classify(&message::read(&raw), false);
            assert_eq!(serde_json::json!(found.kind), want["automatic"], "{}: {found:?}", path.display());
        }
    }
}

#[test]
fn texts_of_the_corpus_are_decoded() {
    let mut wrong = Vec::new();
    for (path, raw, want) in cases("text") {
        let [lf, crlf] = both(&raw).map(|raw| message::read(&raw));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let files: Vec<Value> = lf.attachments.iter().map(|a| Value::from(a.name.clone())).collect();
        let wanted = want.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
        if lf != crlf {
            wrong.push(format!("{name}: LF {:?} and CRLF {:?} differ", lf.body.text, crlf.body.text));
        }
        if want["text"] != lf.body.text.as_str() || files != wanted {
            wrong.push(format!("{name}: {:?}, files {files:?}, not {want}", lf.body.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
