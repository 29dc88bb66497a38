//! Letters with files, from `crmctl mail write` through the outbox and a Postfix to the mailbox at the other end.

use crate::harness::site::{Options, Site};
use crate::harness::wait;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::{MessageParser, MimeHeaders as _};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A company whose Postfix takes no message above a megabyte.
fn company() -> Site {
    let options = Options {
        outbox: "inbox = \"info\"",
        main_cf: "message_size_limit = 1000000\n",
        ..Options::default()
    };
    let site = Site::with(&options);
    site.crmctl(&["contact", "add", "Eva Soler", "--address", "eva@client.test"]);
    site
}

/// Ana's letter to Eva with these files; the id of its row.
fn write(site: &Site, files: &[PathBuf]) -> String {
    let mut words =
        vec!["--json", "--as", "ana", "mail", "write", "--to", "eva@client.test", "--subject", "Plans"];
    for file in files {
        words.extend(["--attach", file.to_str().unwrap()]);
    }
    let said: serde_json::Value = serde_json::from_str(&site.crmctl_fed(&words, "See below.\n")).unwrap();
    said["id"].as_str().unwrap().to_owned()
}

/// Waits until a row is in that state, and returns its error, reply and mail.
fn settled(site: &Site, id: &str, state: &str) -> [String; 3] {
    let log = site.scratch.path().join("daemon.log");
    let watched: [&Path; 1] = [&log];
    let sql = format!(
        "SELECT state, coalesce(error, ''), coalesce(reply, ''), coalesce(mail_id::text, '') \
         FROM crm.outbox WHERE id = '{id}'"
    );
    wait::until(&format!("{id} {state}"), &watched, Duration::from_secs(60), || {
        let [found, error, reply, mail] = site.rows(&sql).remove(0).try_into().unwrap();
        (found == state).then_some([error, reply, mail])
    })
}

/// Names as they arrive, and contents: of the very octets, as a reader would make text of what says that it is.
fn attached(message: &[u8]) -> Vec<(String, Vec<u8>)> {
    let read = MessageParser::default().parse(message).unwrap();
    let named = |part: &mail_parser::MessagePart<'_>| {
        let from = usize::try_from(part.raw_body_offset()).unwrap();
        let encoded = &message[from..usize::try_from(part.raw_end_offset()).unwrap()];
        (part.attachment_name().unwrap_or_default().to_owned(), base64_decode(encoded).unwrap())
    };
    read.attachments().map(named).collect()
}

#[test]
fn files_of_a_letter_arrive_octet_by_octet_and_are_kept_with_the_sent_mail() {
    let site = company();
    let folder = tempfile::tempdir().unwrap();
    let every = (0..200_000_u32).map(|n| u8::try_from(n * (n >> 8) % 251).unwrap()).chain(0..=255).collect();
    let contents: [(&[u8], Vec<u8>, &str); 6] = [
        (b"notes.txt", b"one\n.\n\n..two\rthree\r\nfour \n\xff\xfe no end".to_vec(), "notes.txt"),
        (b"all.bin", every, "all.bin"),
        ("Größe für José 項目.csv".as_bytes(), "ä;ö\n".into(), "Größe für José 項目.csv"),
        (b"a\"b;c='\r\nBcc: spy@evil.test\r\n\xe2\x80\xaefdp.exe", b"MZ".to_vec(), ""),
        (b"-rf=?utf-8?q?x?=.eml", b"From: x\n\nFrom y\n".to_vec(), ""),
        (b"empty", Vec::new(), "empty"),
    ];
    let mut files = Vec::new();
    for (name, content, _) in &contents {
        let path = folder.path().join(OsString::from_vec(name.to_vec()));
        fs::write(&path, content).unwrap();
        files.push(path);
    }
    let id = write(&site, &files);
    let [_, reply, mail] = settled(&site, &id, "sent");
    site.postfix.wait_removed(reply.rsplit_once("queued as ").unwrap().1);
    let delivered = site.postfix.delivered("eva@client.test").remove(0).message;
    let arrived = attached(&delivered);
    assert_eq!(arrived.len(), contents.len());
    for ((name, content), (_, sent, wanted)) in arrived.iter().zip(&contents) {
        assert!(content == sent, "{name} arrived otherwise: {} octets of {}", content.len(), sent.len());
        assert!(wanted.is_empty() || name == wanted, "{name} is not {wanted}");
        assert!(!name.contains(|c: char| c.is_control() || "\"/\\\u{202e}".contains(c)), "{name:?}");
    }
    let text = String::from_utf8_lossy(&delivered).into_owned();
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    // What was sent is what is kept, and what is given back.
    assert_eq!(attached(&site.raw(&mail)), arrived);
    let saved = folder.path().join("saved");
    site.crmctl(&["--as", "ana", "mail", "show", &mail, "--save", saved.to_str().unwrap()]);
    let mut kept: Vec<Vec<u8>> =
        fs::read_dir(&saved).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    let mut sent: Vec<Vec<u8>> = contents.iter().map(|(_, content, _)| content.clone()).collect();
    kept.sort();
    sent.sort();
    assert!(kept == sent, "{saved:?}");
    assert!(saved.join("Größe für José 項目.csv").exists());
}

#[test]
fn letter_whose_files_are_too_large_or_gone_is_a_dead_letter_that_says_so() {
    let site = company();
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.bin");
    fs::write(&large, vec![7; 900_000]).unwrap();
    let [error, _, _] = settled(&site, &write(&site, &[large]), "dead");
    assert!(error.starts_with("552 5.3.4 "), "{error}");
    // It is lost between the letter's writing and its turn.
    site.postfix.pause();
    let plan = folder.path().join("plan.pdf");
    fs::write(&plan, "plan").unwrap();
    let id = write(&site, &[plan]);
    site.rows("ALTER TABLE crm.attachment_content DISABLE TRIGGER USER");
    site.rows("DELETE FROM crm.attachment_content WHERE sha256 = sha256('plan')");
    site.postfix.resume();
    let [error, _, _] = settled(&site, &id, "dead");
    assert!(
        error.contains("the attached file plan.pdf is gone") && error.contains("write it again"),
        "{error}"
    );
    assert_eq!(site.postfix.delivered("eva@client.test").len(), 0);
    let listed = site.crmctl(&["outbox", "list", "--state", "dead"]);
    assert!(listed.contains("552 5.3.4") && listed.contains("plan.pdf is gone"), "{listed}");
}
