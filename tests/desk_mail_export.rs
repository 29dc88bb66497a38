//! `crmctl mail export`: what comes out is what was stored, inert, and without whom it does not concern.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::{Outcome, Plan};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use store_support::program::Program;
use store_support::{CommitBatch as _, plan};

#[test]
fn csv_is_rfc_4180_and_no_cell_is_computed() {
    let crm = Program::open();
    crm.waiting("=cmd|'/c calc'!A1, \"x\"", "x@c.test", |entry| {
        let mail = entry.mail.as_mut().unwrap();
        mail.parties[0].name = Some("+1\u{1b}[2J".into());
        mail.text = "two\r\nlines".into();
    });
    let csv = crm.text(&[
        "mail",
        "export",
        "--format",
        "csv",
        "--unresolved",
        "--columns",
        "subject,from,text",
        "--inbox",
        "info",
    ]);
    let expected = "subject,from,text\r\n\"'=cmd|'/c calc'!A1, \"\"x\"\"\",'+1\\u{1b}[2J,\"two\nlines\"\r\nloose,x@b.test,text of loose\r\n";
    assert_eq!(csv, expected);
    let all = crm.text(&["mail", "export", "--format", "csv", &crm.mail("of ann")]);
    assert!(all.starts_with("id,sent,received,recorded,from,author,to,subject,"), "{all}");
    assert_eq!(all.matches("\r\n").count(), 2);
}

#[test]
fn json_lines_are_one_object_each() {
    let crm = Program::open();
    crm.waiting("evil \u{9b}2J\n", "x@c.test", |entry| entry.mail.as_mut().unwrap().text = "a\nb".into());
    let lines = crm.text(&["mail", "export", "--format", "jsonl", "--text", "--order", "sent"]);
    assert!(!lines.contains('\u{9b}'));
    let mails: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(mails.len(), 8);
    assert!(mails.iter().any(|mail| mail["subject"] == "evil \u{9b}2J\n" && mail["text"] == "a\nb"));
    let without = crm.text(&["mail", "export", "--format", "jsonl", &crm.mail("loose")]);
    assert!(serde_json::from_str::<Value>(&without).unwrap().get("text").is_none());
}

/// Messages of an mbox, by the description of the format.
fn messages(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    for line in mbox.split_inclusive(|&octet| octet == b'\n') {
        if line.starts_with(b"From ") {
            found.push(Vec::new());
            continue;
        }
        let quoted = line.iter().position(|&octet| octet != b'>').unwrap_or(line.len());
        let cut = usize::from(quoted > 0 && line[quoted..].starts_with(b"From "));
        found.last_mut().unwrap().extend_from_slice(&line[cut..]);
    }
    found.iter_mut().for_each(|message| assert_eq!(message.pop(), Some(b'\n')));
    found
}

#[test]
fn mbox_gives_every_message_back_byte_for_byte() {
    let crm = Program::open();
    let raws: [&[u8]; 3] = [
        b"Subject: a\r\n\r\nFrom here\r\n>From there\r\n\r\n",
        b"Subject: b\n\n\xff\0\nFrom \n",
        b"From: x@c.test\r\nBcc-Like: kept\r\n\r\nBcc: in the body\r\n",
    ];
    let ids: Vec<String> = raws
        .iter()
        .map(|raw| {
            let from = "a@b.test\nFrom evil@b.test Sun Nov 22 14:54:43 2026\n";
            let (id, _) = crm.waiting(&format!("{raw:?}"), "x@c.test", |entry| {
                let mail = entry.mail.as_mut().unwrap();
                (mail.raw, mail.mail_from) = (raw.to_vec(), from.into());
            });
            id.to_string()
        })
        .collect();
    let arguments =
        [&["mail", "export", "--format", "mbox"][..], &ids.iter().map(String::as_str).collect::<Vec<_>>()];
    assert_eq!(messages(&crm.bytes(&arguments.concat())), raws);
    let path = crm.company.scratch.directory.path().join("all.mbox");
    let path = path.to_str().unwrap();
    crm.text(&["mail", "export", "--format", "mbox", "--inbox", "info", "--oldest", "--output", path]);
    let all = std::fs::read(path).unwrap();
    assert_eq!(messages(&all).len(), 10);
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        crm.refused(&["mail", "export", "--format", "csv", "--output", path]).0,
        74,
        "it is there already"
    );
    assert_eq!(std::fs::read(path).unwrap(), all);
    let half = format!("{path}.half");
    let nobody = uuid::Uuid::now_v7().to_string();
    let arguments = ["mail", "export", "--format", "mbox", "--output", &half, &ids[0], &nobody];
    assert_eq!(crm.refused(&arguments).0, 66);
    assert!(!std::path::Path::new(&half).exists(), "half an export is none");
}

#[test]
fn export_hides_who_got_a_blind_copy_of_others_mail() {
    let crm = Program::open();
    let raw = b"From: bob@crm.test\r\nBcc: secret@c.test,\r\n other@c.test\r\nTo: x@c.test\r\n\r\nbody\r\n";
    let (id, _) = crm.waiting("with bcc", "bob@crm.test", |entry| {
        let mail = entry.mail.as_mut().unwrap();
        mail.raw = raw.to_vec();
        mail.filed_by = Some(crm.company.users["bob"]);
        let mut bcc = mail.parties[0].clone();
        (bcc.role, bcc.address, bcc.canonical) =
            ("bcc", Some("secret@c.test".into()), Some("secret@c.test".into()));
        mail.parties.push(bcc);
        entry.intakes[0].user = mail.filed_by;
    });
    let id = id.to_string();
    let mbox = |who: &[&str]| {
        messages(&crm.bytes(&[who, &["mail", "export", "--format", "mbox", &id]].concat())).remove(0)
    };
    assert_eq!(mbox(&["--as", "bob"]), raw, "one's own is whole");
    for who in [&[][..], &["--as", "adm"]] {
        assert_eq!(mbox(who), b"From: bob@crm.test\r\nTo: x@c.test\r\n\r\nbody\r\n");
        for format in ["csv", "jsonl"] {
            let text = crm.text(&[who, &["mail", "export", "--format", format, &id]].concat());
            assert!(!text.contains("secret@c.test"), "{text}");
        }
    }
}

#[test]
fn export_of_twenty_thousand_mails_fits_into_memory_that_does_not_hold_them() {
    const MAILS: usize = 20_000;
    const KILOBYTES: u64 = 32_000;
    let crm = Program::open();
    let store = crm.company.scratch.store(crm_milter::store::cluster::Role::Daemon);
    let body = "words ".repeat(600);
    for batch in 0..MAILS / 500 {
        let entry = |n: usize| {
            let mut mail = plan::mail(&format!("{batch}-{n}"), "x@c.test");
            mail.raw = format!("Subject: {batch}-{n}\r\n\r\n{body}\r\n").into_bytes();
            mail.text.clone_from(&body);
            let intake = plan::intake(Some(mail.id), Outcome::Unresolved);
            Plan { mail: Some(mail), intakes: vec![intake], ..plan::empty() }
        };
        store.commit_batch(&(0..500).map(entry).collect::<Vec<_>>()).unwrap();
    }
    for format in [&["--format", "mbox"][..], &["--format", "jsonl", "--text"]] {
        let path = crm.company.scratch.directory.path().join(format[1]);
        let output = Command::new("bash")
            .args(["-c", "ulimit -d \"$1\"; shift; exec \"$@\"", "-", &KILOBYTES.to_string()])
            .arg(env!("CARGO_BIN_EXE_crmctl"))
            .arg("--config")
            .arg(&crm.config)
            .args(["mail", "export", "--output"])
            .arg(&path)
            .args(format)
            .env_remove("CRM_USER")
            .env("MALLOC_ARENA_MAX", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{format:?}: {}", String::from_utf8_lossy(&output.stderr));
        let octets = std::fs::metadata(path).unwrap().len();
        assert!(octets > 2 * 1024 * KILOBYTES, "{format:?}: {octets}");
    }
}
