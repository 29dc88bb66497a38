//! The lines that `crmctl postfix` prints, in a real Postfix whose milter is not there: the state in which
//! everything hangs on them. A recorder stands where `crmctl` will.

use crate::harness::postfix::{Postfix, Settings};
use crate::harness::scratch::{Scratch, USER};
use crate::harness::smtp::{Client, Mail};
use crate::harness::wait;
use crm_milter::cli::postfix::{Site, lines};
use crm_milter::crm::inbox::{Inbox, Kind, Original, Recording, UnknownCode};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn inbox(key: &str, address: &str, original: Original) -> Inbox {
    Inbox {
        key: key.into(),
        address: address.into(),
        kind: Kind::Leads,
        enabled: true,
        name: key.into(),
        original,
        mark_copy: false,
        reference: None,
        unknown_code: UnknownCode::Accept,
        record: Recording::Auto,
        assigned_to: None,
        use_contact_owner: true,
        office: None,
        assignment: Default::default(),
        origin: None,
    }
}

/// A program that writes its arguments and its input into the folder that stands in for the spool.
fn recorder(scratch: &Scratch) -> (PathBuf, PathBuf) {
    let folder = scratch.folder("recorded", None, 0o755);
    let program = scratch.path().join("recorder");
    let script = format!(
        "#!/bin/sh\nset -e\ncd {}\nfor a; do printf '<%s>\\n' \"$a\"; done >$$.tmp\ncat >>$$.tmp\nmv $$.tmp $$.mail\n",
        folder.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program, folder)
}

fn recorded(folder: &Path, count: usize) -> Vec<String> {
    wait::until(&format!("{count} mails at the door"), &[folder], Duration::from_secs(30), || {
        let found: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "mail"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        (found.len() >= count).then_some(found)
    })
}

fn instance(scratch: &Scratch, program: &Path) -> Postfix {
    let inboxes = [
        inbox("info", "info@crm.test", Original::Consume),
        inbox("sales", "sales@crm.test", Original::Copy("ana@crm.test".into())),
        inbox("office", "office@crm.test", Original::Keep),
    ];
    let socket = format!("unix:{}/nobody-listens", scratch.path().display());
    let site = Site {
        socket: &socket,
        crmctl: program.to_str().unwrap(),
        config: "/etc/crm-milter/crm-milter.toml",
        user: USER,
        directory: "/etc/postfix",
        recipient_delimiter: Some('+'),
        listener: None,
        door_domain: "crm.invalid",
    };
    let settings = Settings {
        lines: Some(lines(&site, &inboxes)),
        mailboxes: vec!["ana@crm.test".into(), "office@crm.test".into()],
        aliases: vec![("team@crm.test".into(), "info@crm.test, ana@crm.test".into())],
        ..Settings::default()
    };
    Postfix::start(scratch, "pf", &settings)
}

#[test]
fn without_the_milter_the_door_gets_the_mail_and_its_envelope() {
    let scratch = Scratch::new();
    let (program, folder) = recorder(&scratch);
    let postfix = instance(&scratch, &program);
    let sent =
        postfix.send(&Mail::new("eva@client.test", &["Info+DEAL-1@crm.test"], "Subject: x\n\nhello\n"));
    assert!(sent.accepted(), "{sent:?}");
    let mail = &recorded(&folder, 1)[0];
    let queue_id = sent.queue_id();
    for argument in [
        "<--config>\n</etc/crm-milter/crm-milter.toml>\n<deliver>\n<-s>\n<eva@client.test>\n",
        "<-o>\n<Info+DEAL-1@crm.test>\n<-r>\n<info+DEAL-1@crm.invalid>\n<-e>\n<DEAL-1>\n",
        &format!("<-q>\n<{queue_id}>\n"),
        "<-a>\n<203.0.113.9>\n<-l>\n<>\n",
        "\nSubject: x\n",
        "\n\nhello\n",
    ] {
        assert!(mail.contains(argument), "{argument} in\n{mail}");
    }
    let sent = postfix.send(&Mail::new("", &["info@crm.test"], "Subject: y\n\nbounce\n").login("ana"));
    assert!(sent.accepted(), "{sent:?}");
    let mails = recorded(&folder, 2);
    let mail = mails.iter().find(|mail| mail.contains("bounce")).unwrap();
    assert!(mail.contains("<-s>\n<>\n") && mail.contains("<-l>\n<ana>\n"), "{mail}");
}

#[test]
fn without_the_milter_copies_and_mailboxes_are_served_by_the_aliases() {
    let scratch = Scratch::new();
    let (program, folder) = recorder(&scratch);
    let postfix = instance(&scratch, &program);
    let to = ["sales@crm.test", "office@crm.test", "team@crm.test"];
    let sent = postfix.send(&Mail::new("eva@client.test", &to, "Subject: x\n\nhello\n"));
    assert!(sent.accepted(), "{sent:?}");
    assert_eq!(recorded(&folder, 3).len(), 3);
    postfix.wait_removed(sent.queue_id());
    assert_eq!(postfix.delivered("office@crm.test").len(), 1);
    assert!(!postfix.delivered("ana@crm.test").is_empty());
}

#[test]
fn strangers_cannot_name_the_door_and_unknown_addresses_stay_unknown() {
    let scratch = Scratch::new();
    let (program, _) = recorder(&scratch);
    let postfix = instance(&scratch, &program);
    let mut client = Client::connect_as(postfix.port, Some("203.0.113.9"), None);
    assert!(client.command("MAIL FROM:<eva@client.test>").good());
    assert_eq!(client.command("RCPT TO:<info@crm.invalid>").code, 554);
    assert_eq!(client.command("RCPT TO:<nobody@crm.test>").code, 550);
    assert_eq!(client.command("RCPT TO:<info+x@crm.test>").code, 250);
}
