//! What people call a mailbox, and what somebody has put into one.

use super::{letter, maildir, mbox, text};
use crate::harness::scratch;
use crate::harness::site::{INBOXES, Options, Site};
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_no_mailbox_is_refused_before_anything_is_imported() {
    let site = Site::start();
    let dir = site.scratch.path().join("given");
    fs::create_dir(&dir).unwrap();
    let good = mbox(&dir.join("good.mbox"), (0..3).map(letter));
    let put = |name: &str, content: &[u8]| {
        let path = dir.join(name);
        fs::write(&path, content).unwrap();
        text(&path).to_owned()
    };
    let nothing = text(&dir.join("nothing")).to_owned();
    for (path, code, complaint) in [
        (put("binary", b"\x7fELF\0\0\xff\xfe"), 65, "no mbox file: it does not begin with a line"),
        (put("mail.gz", b"\x1f\x8b\x08\0"), 65, "unpack it with `gunzip`"),
        (put("one.eml", letter(1).as_bytes()), 65, "`crmctl mail add FILE` files it"),
        (put("text", b"From here on it is a letter\n"), 65, "no mbox file"),
        (put("blank", &[b'\n'; 9000]), 65, "no mbox file"),
        (text(&dir).to_owned(), 65, "is no Maildir"),
        (nothing, 66, "there is no"),
        ("/dev/zero".into(), 65, "neither a file nor a directory"),
    ] {
        let output = site.try_crmctl(&["import", text(&good), &path, "--inbox", "info"]);
        assert_eq!(output.status.code(), Some(code), "{path}: {}", said(&output));
        assert!(said(&output).contains(complaint), "{path}: {}", said(&output));
    }
    for (inbox, code, complaint) in [("sale", 66, "there are info, sales"), ("off", 65, "switched off")] {
        let output = site.try_crmctl(&["import", text(&good), "--inbox", inbox]);
        assert_eq!(output.status.code(), Some(code));
        assert!(said(&output).contains(complaint), "{}", said(&output));
    }
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "0");
    let empty = put("empty", b"");
    assert!(site.crmctl(&["import", &empty, "--inbox", "info"]).starts_with("0 messages taken"));
}

#[test]
fn hostile_mailboxes_are_read_to_their_ends_and_name_what_is_left_out() {
    let inboxes = format!("{INBOXES}\n[limits]\nmessage_size = 1000000\n");
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    let dir = site.scratch.path().join("given");
    let root = maildir(&dir.join("Mail Ü\u{202e} 邮件"));
    for (name, n) in [("new/1.ñ", 1), ("cur/2.\u{1b}[2J:2,S", 2), ("cur/10:30.eml", 3)] {
        fs::write(root.join(name), letter(n)).unwrap();
    }
    symlink("/etc/shadow", root.join("cur/4.link:2,S")).unwrap();
    nix::unistd::mkfifo(&root.join("cur/5.pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::create_dir(root.join("cur/6.folder")).unwrap();
    // Folders that lead back to themselves, and one without an end.
    symlink(&root, root.join(".loop")).unwrap();
    symlink("..", root.join("up")).unwrap();
    let deep = (0..40).fold(root.clone(), |path, n| path.join(format!(".{n}")));
    fs::create_dir_all(&deep).unwrap();
    // A line of one gigabyte between two mails, and a last mail that is cut in its header.
    let large = mbox(&dir.join("large.mbox"), [letter(7)]);
    let mut file = File::options().append(true).open(&large).unwrap();
    file.write_all(b"From x@y.test Sun Nov  2 14:54:43 2025\nSubject: ").unwrap();
    let end = file.metadata().unwrap().len() + (1 << 30);
    file.set_len(end).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    let last = "\n\nFrom x@y.test Sun Nov  2 14:54:43 2025\n";
    file.write_all(
        format!("{last}{}{last}From: cut@there.test\nMessage-ID: <cut@there.te", letter(8)).as_bytes(),
    )
    .unwrap();
    let output = site.try_crmctl(&["--json", "import", text(&root), text(&large), "--inbox", "info"]);
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(74), "{done}");
    assert_eq!((done["taken"].as_u64(), done["failed"].as_u64()), (Some(6), Some(5)), "{done}");
    let reasons: Vec<&str> =
        done["failures"].as_array().unwrap().iter().map(|f| f["reason"].as_str().unwrap()).collect();
    assert!(
        reasons[0].contains("folders deep") && reasons[4].contains("larger than 1000000 octets"),
        "{reasons:?}"
    );
    assert!(done["failures"][4]["offset"].as_u64().unwrap() > 0);
    assert!(
        !said(&output).contains(['\u{1b}', '\u{202e}']),
        "no name steers the terminal: {}",
        said(&output)
    );
    site.wait_spool_empty();
    let subjects = site.rows("SELECT coalesce(subject, mail_from) FROM crm.mail ORDER BY 1").concat();
    let expected = ["Question 1", "Question 2", "Question 3", "Question 7", "Question 8", "x@y.test"];
    assert_eq!(subjects, expected.map(str::to_owned));
}

#[test]
fn daemons_own_user_may_import_what_that_user_can_read_and_nobody_else_may() {
    let site = Site::start();
    let folder = maildir(&site.scratch.path().join("Maildir"));
    for n in 0..3 {
        fs::write(folder.join(format!("cur/{n}.x:2,S")), letter(n)).unwrap();
    }
    fs::set_permissions(folder.join("cur/1.x:2,S"), fs::Permissions::from_mode(0o000)).unwrap();
    let closed = maildir(&folder.join(".Closed"));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let run = |uid: u32| {
        let dir = site.scratch.path();
        let mut command = Command::new(dir.join("crmctl"));
        command.arg("--config").arg(dir.join("crm-milter.toml")).args([
            "import",
            text(&folder),
            "--inbox",
            "info",
        ]);
        command.uid(uid).gid(uid).output().unwrap()
    };
    let output = run(scratch::user().uid.as_raw());
    assert_eq!(output.status.code(), Some(74), "{}", said(&output));
    assert!(
        said(&output).contains(".Closed") && said(&output).contains("1.x:2,S: Permission denied"),
        "{}",
        said(&output)
    );
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "2");
    let output = run(12_345);
    assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    assert!(said(&output).contains("run it as root on a host where crm-milter runs"), "{}", said(&output));
}

#[test]
fn full_disk_ends_the_import_with_nothing_lost_and_it_goes_on() {
    let mut site = Site::with(&Options { spool_kilobytes: Some(400), ..Options::default() });
    let big = |n: usize| format!("{}{}\n", letter(n), format!("{}\n", "x".repeat(70)).repeat(400));
    let file = mbox(&site.scratch.path().join("big.mbox"), (0..30).map(big));
    let words = ["import", text(&file), "--inbox", "info"];
    site.stop_daemon();
    let output = site.try_crmctl(&words);
    assert_eq!(output.status.code(), Some(74), "{}", said(&output));
    assert!(
        said(&output).contains("No space left") && said(&output).contains("the same command goes on"),
        "{}",
        said(&output)
    );
    site.start_daemon();
    // The worker empties the spool slower than the import fills it.
    let mut runs = 0;
    while !site.try_crmctl(&words).status.success() {
        site.wait_spool_empty();
        runs += 1;
        assert!(runs < 30, "no end");
    }
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "30");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "30");
}
