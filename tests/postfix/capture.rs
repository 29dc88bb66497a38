//! Mail between colleagues and contacts is recorded as it passes, with no BCC: row R07.

use crate::harness::postfix::{Postfix, Settings};
use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const ANA: &str = "Ana Torres <ana@crm.test>";
const EVA: &str = "Eva Soler <eva@client.test>";

const RULES: &str = r#"
[[capture]]
key = "team"
never_addresses = ["doctor@clinic.test"]
never_domains = ["lawyers.test"]
"#;

/// A company with capture rules, where eva, the doctor and a lawyer are contacts and the sessions know it.
fn company() -> Site {
    let inboxes = INBOXES.to_owned() + RULES;
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    contacts(&site);
    site
}

fn contacts(site: &Site) {
    for address in ["doctor@clinic.test", "x@deep.lawyers.test", "eva@client.test"] {
        let letter = plain(address, "info@crm.test", &format!("First of {address}"), "Hello.");
        site.record(&Mail::new(address, &["info@crm.test"], letter));
    }
    // Heard of one after the other: who knows the last one knows them all.
    let log = site.scratch.path().join("daemon.log");
    let mut tries = 0;
    wait::until("eva among the known contacts", &[&log], Duration::from_secs(20), || {
        tries += 1;
        let letter = plain(EVA, "luis@crm.test", &format!("Warm-up {tries}"), "Hello.");
        let queue_id = site.accept(&Mail::new("eva@client.test", &["luis@crm.test"], letter));
        site.postfix.wait_removed(&queue_id);
        site.daemon().log().contains(": capture=team").then_some(())
    });
    site.wait_spool_empty();
}

/// Waits until the milter has recorded it for a rule alone, which it does on the side.
fn wait_captured(site: &Site, queue_id: &str) {
    site.daemon().wait_for(&format!("{queue_id}: capture=team"));
}

fn by_ana<'a>(to: &[&'a str], letter: impl AsRef<[u8]>) -> Mail<'a> {
    Mail::new("ana@crm.test", to, letter).login("ana")
}

fn linked(site: &Site, mail: &str) -> Vec<Vec<String>> {
    site.rows(&format!(
        "SELECT address FROM crm.link l JOIN crm.contact_address a ON a.contact_id = l.contact_id \
         WHERE mail_id = '{mail}' ORDER BY address"
    ))
}

#[test]
fn mail_between_colleagues_and_contacts_is_captured_both_ways_and_opens_no_lead() {
    let site = company();
    let leads = site.value("SELECT count(*) FROM crm.record");
    let news = site.value("SELECT count(*) FROM crm.notification");
    let to = ["eva@client.test", "luis@crm.test", "stranger@there.test"];
    let letter = plain(ANA, "eva@client.test, luis@crm.test", "Our offer", "Here.");
    let queue_id = site.accept(&by_ana(&to, letter));
    let out = site.intakes(&queue_id, 1).remove(0);
    assert_eq!((out.inbox.as_str(), out.outcome.as_str(), out.door.as_str()), ("team", "recorded", "milter"));
    assert_eq!(linked(&site, &out.mail), [["eva@client.test"]]);
    let letter = plain(EVA, "ana@crm.test", "Your offer", "Thanks.");
    let back = site.record(&Mail::new("eva@client.test", &["ana@crm.test"], letter));
    assert_eq!((back.inbox.as_str(), back.outcome.as_str()), ("team", "recorded"), "{back:?}");
    assert_eq!(linked(&site, &back.mail), [["eva@client.test"]]);
    let stored = "SELECT source, direction FROM crm.mail WHERE subject LIKE '%offer' ORDER BY id";
    assert_eq!(site.rows(stored), [["capture", "out"], ["capture", "in"]]);
    // Hidden from everybody else, and recorded.
    let letter = plain(ANA, "luis@crm.test", "Look at this", "Secretly.");
    let hidden = site.record(&by_ana(&["luis@crm.test", "eva@client.test"], letter));
    assert_eq!(linked(&site, &hidden.mail), [["eva@client.test"]]);
    let role =
        format!("SELECT role FROM crm.party WHERE mail_id = '{}' AND canonical LIKE 'eva%'", hidden.mail);
    assert_eq!(site.value(&role), "bcc");
    assert_eq!(site.value("SELECT count(*) FROM crm.record"), leads);
    assert_eq!(site.value("SELECT count(*) FROM crm.notification"), news);
    assert_eq!(site.value("SELECT count(*) FROM crm.contact_address WHERE address LIKE 'stranger%'"), "0");
}

#[test]
fn what_is_not_to_be_captured_passes_and_not_a_byte_of_it_is_written() {
    let site = company();
    let spool = site.scratch.path().join("spool");
    let watch = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
    for folder in ["tmp", "new", "failed"] {
        watch.add_watch(&spool.join(folder), AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVE).unwrap();
    }
    let mails = site.value("SELECT count(*) FROM crm.mail");
    let intakes = site.value("SELECT count(*) FROM crm.intake");
    let letter = |from: &str, to: &str, subject: &str| plain(from, to, subject, "Text.");
    let passed = [
        by_ana(&["eva@client.test"], letter(ANA, "eva@client.test", "[Private] lunch")),
        by_ana(&["eva@client.test"], letter(ANA, "eva@client.test", "=?utf-8?b?W3ByaXZhZG9dIGNvbWlkYQ==?=")),
        Mail::new("eva@client.test", &["ana@crm.test"], letter(EVA, "ana@crm.test", "Re: [PRIVATE] lunch")),
        by_ana(&["doctor@clinic.test"], letter(ANA, "doctor@clinic.test", "Results")),
        by_ana(&["eva@client.test", "doctor@clinic.test"], letter(ANA, "eva@client.test", "Both")),
        Mail::new(
            "x@deep.lawyers.test",
            &["ana@crm.test"],
            letter("x@deep.lawyers.test", "ana@crm.test", "Case"),
        ),
        Mail::new("new@there.test", &["ana@crm.test"], letter("new@there.test", "ana@crm.test", "Stranger")),
        by_ana(&["new@there.test"], letter(ANA, "new@there.test", "To a stranger")),
        by_ana(&["luis@crm.test"], letter(ANA, "luis@crm.test", "Among us")),
        Mail::new("", &["ana@crm.test"], letter(EVA, "ana@crm.test", "Bounce")),
        // Nobody who logged in: another's name proves nothing.
        Mail::new("ana@crm.test", &["luis@crm.test"], letter(ANA, "luis@crm.test", "Forged")),
    ];
    for mail in &passed {
        let queue_id = site.accept(mail);
        site.postfix.wait_removed(&queue_id);
        assert!(!site.daemon().log().contains(&format!("{queue_id}: capture=")), "{mail:?}");
    }
    assert!(watch.read_events().is_err(), "something was written");
    assert_eq!(site.postfix.delivered("eva@client.test").len(), 3);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), mails);
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), intakes);
}

#[test]
fn stranger_taken_for_a_contact_and_machines_mail_leave_nothing() {
    let site = company();
    // The filter forgets nobody until it is built anew; without its trigger the deletion is not heard of.
    site.rows(
        "SET session_replication_role = replica; DELETE FROM crm.contact_address WHERE address LIKE 'eva%'",
    );
    let (mails, contacts) = ("SELECT count(*) FROM crm.mail", "SELECT count(*) FROM crm.contact");
    let before = (site.value(mails), site.value(contacts));
    let queue_id =
        site.accept(&by_ana(&["eva@client.test"], plain(ANA, "eva@client.test", "Taken", "Text.")));
    wait_captured(&site, &queue_id); // the sessions still take eva for a contact
    let log = site.scratch.path().join("daemon.log");
    let dropped = |queue_id: &str, why: &str| {
        wait::until("the worker's line", &[&log], Duration::from_secs(20), || {
            let log = site.daemon().log();
            let line = log.lines().find(|line| line.contains(queue_id) && line.contains("dropped"))?;
            assert!(line.contains(why) && !line.contains("eva@"), "{line}");
            Some(())
        });
    };
    dropped(&queue_id, "(no-contact)");
    let listed =
        plain(EVA, "ana@crm.test", "List", "Text.").replace("Subject:", "List-Id: <l.test>\nSubject:");
    let queue_id = site.accept(&Mail::new("l@there.test", &["ana@crm.test"], listed));
    dropped(&queue_id, "(machine)");
    site.wait_spool_empty();
    assert_eq!((site.value(mails), site.value(contacts)), before);
    assert_eq!(fs::read_dir(site.scratch.path().join("spool/failed")).unwrap().count(), 0);
}

#[test]
fn captured_mail_that_is_also_filed_is_one_mail_with_both_routes() {
    let site = company();
    let letter = plain(ANA, "eva@client.test", "Both ways", "Text.");
    let queue_id = site.accept(&by_ana(&["eva@client.test", "log@crm.test"], &letter));
    let routes = site.intakes(&queue_id, 2);
    let shown: Vec<_> = routes.iter().map(|i| (i.inbox.as_str(), i.outcome.as_str())).collect();
    assert_eq!(shown, [("log", "recorded"), ("team", "recorded")]);
    assert_eq!(routes[0].mail, routes[1].mail);
    // Again, as by a second node: nothing is stored twice.
    let queue_id = site.accept(&by_ana(&["eva@client.test"], &letter));
    let again = site.intakes(&queue_id, 1).remove(0);
    assert_eq!((again.outcome.as_str(), &again.mail), ("duplicate", &routes[0].mail));
    assert_eq!(site.value("SELECT count(*) FROM crm.mail WHERE subject = 'Both ways'"), "1");
    assert_eq!(linked(&site, &again.mail), [["eva@client.test"]]);
}

#[test]
fn with_an_unusable_spool_captured_mail_passes_at_once_and_unharmed() {
    let site = company();
    let spool = site.scratch.path().join("spool");
    let set = |folder: &str, mode| {
        fs::set_permissions(spool.join(folder), fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut long = plain(ANA, "eva@client.test", "Long", "").into_bytes();
    long.extend(b"0123456789abcdef\n".repeat(20_000));
    for (number, folder) in ["tmp", "new"].into_iter().enumerate() {
        set(folder, 0o500);
        let queue_id = site.accept(&by_ana(&["eva@client.test", "luis@crm.test"], &long));
        site.postfix.wait_removed(&queue_id);
        set(folder, 0o700);
        for reader in ["eva@client.test", "luis@crm.test"] {
            let delivered = site.postfix.delivered(reader);
            assert_eq!(delivered.last().unwrap().without_trace(), long, "{reader}, {number}");
        }
        assert!(site.daemon().log().contains(&format!("{queue_id}: not captured, the mail goes on")));
    }
    let letter = plain(ANA, "eva@client.test", "Room again", "Text.");
    assert_eq!(site.record(&by_ana(&["eva@client.test"], letter)).outcome, "recorded");
    assert_eq!(site.value("SELECT count(*) FROM crm.mail WHERE subject = 'Long'"), "0");
}

#[test]
fn captured_mail_leaves_byte_identical() {
    let site = company();
    let settings =
        Settings { mailboxes: vec!["ana@crm.test".into(), "luis@crm.test".into()], ..Settings::default() };
    let without = Postfix::start(&site.scratch, "plain", &settings);
    let mut long = plain(ANA, "eva@client.test", "Very long", "").into_bytes();
    long.extend(b"0123456789abcdef\n".repeat(50_000));
    let letters: [Vec<u8>; 4] = [
        plain(ANA, "eva@client.test", "Plain", "Text.").into_bytes(),
        b"From: ana@crm.test\r\nTo: eva@client.test\r\nSubject:   odd\r\n   folding\t \r\nX-Empty:\r\nX-None:no space\r\n\
          Message-ID:\r\n <odd@crm.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\r\n  leading\r\n..dots\r\n\r\ntrailing  \r\n\r\n\r\n"
            .to_vec(),
        b"From: ana@crm.test\nSubject: \xe1\xe9 8-bit\nMessage-ID: <8bit@crm.test>\nDate: Sun, 22 Nov 2026 10:00:00 +0100\n\n\xff\xfe\x80 body\n"
            .to_vec(),
        long,
    ];
    let to = ["eva@client.test", "luis@crm.test"];
    let before = to.map(|reader| site.postfix.delivered(reader).len());
    for (number, letter) in letters.iter().enumerate() {
        let queue_id = site.accept(&by_ana(&to, letter));
        wait_captured(&site, &queue_id);
        site.postfix.wait_removed(&queue_id);
        let sent = without.send(&by_ana(&to, letter));
        assert!(sent.accepted(), "{sent:?}");
        without.wait_removed(sent.queue_id());
        for (reader, before) in to.iter().zip(before) {
            let ours = &site.postfix.delivered(reader)[before + number];
            let theirs = &without.delivered(reader)[number];
            assert_eq!(ours.without_trace(), theirs.without_trace(), "letter {number} to {reader}");
        }
        // What is stored is what left.
        let intake = site.intakes(&queue_id, 1).remove(0);
        assert_eq!((intake.inbox.as_str(), intake.outcome.as_str()), ("team", "recorded"), "{intake:?}");
    }
}

#[test]
fn explain_says_by_each_rule_what_would_be_recorded_and_why() {
    let inboxes = INBOXES.to_owned()
        + RULES
        + "[[capture]]\nkey = \"luis\"\nusers = [\"luis\", \"gone\"]\ndirection = \"in\"\ncontacts = \"all\"\n";
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    contacts(&site);
    assert!(site.daemon().log().contains("capture rule `luis`: no user has the login `gone`"));
    let file = site.scratch.path().join("letter.eml");
    let explain = |letter: &str, more: &[&str]| -> serde_json::Value {
        fs::write(&file, letter).unwrap();
        let words = [&["--json", "capture", "explain", file.to_str().unwrap()], more].concat();
        serde_json::from_str(&site.crmctl(&words)).unwrap()
    };
    let said = |answer: &serde_json::Value| {
        let rules = answer["rules"].as_array().unwrap();
        rules.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let out = explain(&plain(ANA, "eva@client.test", "Offer", "Text."), &[]);
    assert_eq!((&out["captured_by"], &out["assumed"]), (&"team".into(), &true.into()), "{out}");
    assert_eq!(
        (said(&out), &out["recorded_with"][0]),
        (vec!["captured".into(), "only-incoming".into()], &"eva@client.test".into())
    );
    let outsider = explain(&plain(ANA, "eva@client.test", "Offer", "Text."), &["--from", "ana@crm.test"]);
    assert_eq!(said(&outsider), ["no-user", "no-user"]);
    let stranger = plain("new@there.test", "luis@crm.test", "Hello", "Text.");
    assert_eq!(said(&explain(&stranger, &[])), ["no-contact", "captured"]);
    assert_eq!(said(&explain(&stranger, &["--to", "ana@crm.test"])), ["no-contact", "no-user"]);
    assert_eq!(said(&explain(&stranger, &["--from", ""])), ["null-sender", "null-sender"]);
    assert_eq!(said(&explain(&stranger.replace("Hello", "[privat] Hello"), &[])), ["marker", "marker"]);
    assert_eq!(
        said(&explain(&stranger.replace("Subject:", "Cc: doctor@clinic.test\nSubject:"), &[])),
        ["never", "never"]
    );
    let people = site.crmctl(&[
        "capture",
        "explain",
        file.to_str().unwrap(),
        "--login",
        "ana",
        "--to",
        "doctor@clinic.test",
    ]);
    assert!(people.contains("doctor@clinic.test is in a never list of rule `team`"), "{people}");
    let user = site.crmctl(&["capture", "explain", "--login", "ana"]);
    assert!(user.contains("it covers all users") && user.contains("it names other users only"), "{user}");
    assert!(user.contains("No user has the login gone in rule luis"), "{user}");
    assert!(site.crmctl(&["capture", "list"]).contains("@lawyers.test"));
    for (words, code, text) in [
        (&["capture", "explain"][..], 64, "--login LOGIN"),
        (&["capture", "explain", "--login", "nobody"], 66, "crmctl user list"),
        (&["capture", "explain", "/nonexistent.eml"], 66, "/nonexistent.eml"),
        (&["capture", "explain", "/dev/null"], 65, "--to ADDRESS"),
        (&["capture", "explain", "/dev/null", "--to", "eva@client.test"], 65, "--from ADDRESS"),
        (&["capture", "explain", "/dev/null", "--login", "ana", "--to", "x"], 65, "no mail address"),
    ] {
        let output = site.try_crmctl(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && error.contains(text), "{words:?} {output:?}");
    }
}
