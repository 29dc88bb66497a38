//! Mail at the desk: `crmctl mail` as people run it, with the rights of who runs it, on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::{Link, Outcome, Plan, Target};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use store_support::plan;
use store_support::program::{Program, file};
use uuid::Uuid;

#[test]
fn every_mail_stands_in_the_history_of_each_card_that_it_is_linked_to() {
    let crm = Program::open();
    let ann = crm.contact("of ann");
    assert_eq!(crm.subjects(&["--contact", &ann]), ["filed", "both", "of ann"]);
    assert_eq!(crm.subjects(&["--contact", &ann, "--oldest"]), ["of ann", "both", "filed"]);
    assert_eq!(crm.subjects(&["--contact", "of bob"]), ["both", "of bob"]);
    let code = crm.json(&["mail", "show", &crm.mail("of ann")])["stands_on"][1]["code"].clone();
    assert_eq!(crm.subjects(&["--record", code.as_str().unwrap()]), ["of ann"]);
    let card = crm.json(&["contact", "show", &ann]);
    let on_card: Vec<&str> =
        card["mails"].as_array().unwrap().iter().map(|mail| mail["subject"].as_str().unwrap()).collect();
    assert_eq!(on_card, ["filed", "both", "of ann"]);
}

#[test]
fn list_is_filtered_by_whatever_a_mail_has() {
    let crm = Program::open();
    let (waiting, _) = crm.waiting("with file", "Zoe@B.test", |entry| {
        let mail = entry.mail.as_mut().unwrap();
        mail.attachments.push(file("a.txt", b"content"));
        mail.direction = "out";
        mail.source = "capture";
        let mut to = mail.parties[0].clone();
        (to.role, to.address, to.canonical) = ("bcc", Some("eve@c.test".into()), Some("eve@c.test".into()));
        mail.parties.push(to);
        mail.parties[0].canonical = Some("zoe@b.test".into());
        entry.intakes[0].inbox = "help".into();
    });
    assert_eq!(crm.subjects(&["--attachment"]), ["with file"]);
    assert_eq!(crm.subjects(&["--direction", "out"]), ["with file"]);
    assert_eq!(crm.subjects(&["--source", "capture"]), ["with file"]);
    assert_eq!(crm.subjects(&["--inbox", "help"]), ["with file"]);
    assert_eq!(crm.subjects(&["--from", "ZOE@b.test"]), ["with file"]);
    assert_eq!(crm.subjects(&["--to", "eve@c.test"]), ["with file"]);
    assert_eq!(crm.subjects(&["--address", "eve@c.test", "--attachment"]), ["with file"]);
    assert_eq!(crm.subjects(&["--from", "eve@c.test"]), [""; 0]);
    assert_eq!(crm.subjects(&["--unresolved"]), ["with file", "loose"]);
    assert_eq!(crm.subjects(&["--unlinked", "--oldest"]), ["loose", "with file"]);
    assert_eq!(crm.subjects(&["--user", "bob"]), ["filed"]);
    assert_eq!(crm.subjects(&["--since", "tomorrow"]), [""; 0]);
    assert_eq!(crm.subjects(&["--until", "yesterday"]), [""; 0]);
    assert_eq!(crm.subjects(&["--since", "2026-01-02", "--until", "2026-01-03", "--order", "sent"]).len(), 8);
    assert_eq!(crm.subjects(&["--unresolved", "--inbox", "info", "--direction", "in"]), ["loose"]);
    crm.text(&["mail", "lock", &waiting.to_string()]);
    assert_eq!(crm.subjects(&["--locked"]), ["with file"]);
    let none = crm.refused(&["mail", "list", "--columns", "id,nonsense"]);
    assert!(none.0 == 64 && none.1.contains("there are id, sent, received"), "{none:?}");
    assert_eq!(crm.refused(&["mail", "list", "--contact", "nobody@b.test"]).0, 66);
    assert_eq!(crm.refused(&["mail", "list", "--from", "no address"]).0, 65);
    assert_eq!(crm.refused(&["mail", "list", "--after", &Uuid::now_v7().to_string()]).0, 66);
}

#[test]
fn each_order_is_paged_without_gap_or_repeat_for_whoever_reads() {
    let crm = Program::open();
    let times =
        ["2026-03-01T10:00:00Z", "2026-01-01T10:00:00Z", "2026-02-01T10:00:00Z", "2026-01-01T10:00:00Z"];
    for (n, sent) in times.iter().enumerate() {
        crm.waiting(&format!("n{n}"), "x@c.test", |entry| {
            let mail = entry.mail.as_mut().unwrap();
            mail.sent_at = Some(sent.parse().unwrap());
            mail.received_at = times[3 - n].parse().unwrap();
            let target = Target::Contact(crm.company.contacts["of ann"]);
            entry.links.push(Link { mail: mail.id, target });
        });
    }
    for who in [&[][..], &["--as", "adm"], &["--as", "ann"], &["--as", "coo"]] {
        for order in ["recorded", "sent", "received"] {
            for direction in [&[][..], &["--oldest"]] {
                let common = [who, &["mail", "list", "--order", order], direction].concat();
                let ids = |arguments: &[&str]| -> Vec<String> {
                    let list = crm.json(&[&common, arguments].concat());
                    list.as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect()
                };
                let whole = ids(&[]);
                let mut paged: Vec<String> = Vec::new();
                loop {
                    let last = paged.last().cloned();
                    let mut arguments = vec!["--limit", "2"];
                    arguments.extend(last.iter().flat_map(|last| ["--after", last]));
                    let page = ids(&arguments);
                    if page.is_empty() {
                        break;
                    }
                    paged.extend(page);
                }
                assert!(whole.len() >= 6, "{common:?}: {whole:?}");
                assert_eq!(paged, whole, "{common:?}");
                let list = crm.json(&common);
                let moment = |mail: &Value| {
                    let [sent, received] =
                        ["sent_at", "received_at"].map(|key| mail[key].as_str().unwrap().to_owned());
                    // Nothing was sent after it was received, whatever its sender's clock says.
                    if order == "sent" { sent.min(received) } else { received }
                };
                let moments: Vec<String> = list.as_array().unwrap().iter().map(moment).collect();
                if order != "recorded" {
                    let mut sorted = moments.clone();
                    sorted.sort_unstable();
                    if direction.is_empty() {
                        sorted.reverse();
                    }
                    assert_eq!(moments, sorted, "{common:?}");
                }
            }
        }
    }
    assert_eq!(crm.subjects(&["--order", "sent", "--limit", "1", "--contact", "of ann"]), ["filed"]);
}

#[test]
fn the_three_times_are_kept_and_shown_with_their_zone() {
    let crm = Program::open();
    let (id, _) = crm.waiting("times", "x@c.test", |entry| {
        let mail = entry.mail.as_mut().unwrap();
        mail.sent_at = Some("2026-07-01T10:00:00Z".parse().unwrap());
        mail.received_at = "2026-07-02T10:00:00Z".parse().unwrap();
    });
    let shown = crm.text(&["mail", "show", &id.to_string()]);
    assert!(shown.contains("Sent  2026-07-01 12:00:00 +02:00"), "{shown}");
    assert!(shown.contains("Received  2026-07-02 12:00:00 +02:00"), "{shown}");
    let recorded = shown.lines().find(|line| line.trim_start().starts_with("Recorded  ")).unwrap();
    assert!(recorded.ends_with("+01:00") || recorded.ends_with("+02:00"), "{recorded}");
    let list = crm.text(&["mail", "list", "--columns", "sent,received,recorded,subject", "--inbox", "info"]);
    let line = list.lines().find(|line| line.ends_with("times")).unwrap();
    assert!(line.starts_with("2026-07-01 12:00:00 +02:00  2026-07-02 12:00:00 +02:00  "), "{list}");
    let json = crm.json(&["mail", "show", &id.to_string()]);
    assert_eq!(
        (&json["sent_at"], &json["received_at"]),
        (&"2026-07-01T10:00:00Z".into(), &"2026-07-02T10:00:00Z".into())
    );
    assert!(json["recorded_at"].is_string());
}

#[test]
fn headers_and_message_are_shown_as_received() {
    let crm = Program::open();
    let raw = b"Subject: \x1b[2Jx\r\nX-Fold: a\r\n b\r\n\r\nbody \xff\0\r\n";
    let (id, intake) =
        crm.waiting("headers", "x@c.test", |entry| entry.mail.as_mut().unwrap().raw = raw.to_vec());
    assert_eq!(crm.bytes(&["mail", "show", &id.to_string(), "--raw"]), raw);
    assert_eq!(crm.bytes(&["mail", "show", &intake.to_string(), "--raw"]), raw, "by its line of intake too");
    let headers = crm.text(&["mail", "show", &id.to_string(), "--headers"]);
    assert_eq!(headers, "Subject: \\u{1b}[2Jx\nX-Fold: a\n b\n");
}

#[test]
fn mail_is_shown_with_parties_links_notes_and_attachments_and_steers_no_terminal() {
    let crm = Program::open();
    let (id, _) = crm.waiting("evil \u{1b}[2J\u{202e}", "x@c.test", |entry| {
        let mail = entry.mail.as_mut().unwrap();
        mail.text = "one\n\u{9b}31mtwo\u{200b}".into();
        mail.attachments.push(file("\u{1b}]0;x\u{7}.txt", b"content"));
        mail.parties[0].name = Some("Eve\u{1b}[8m".into());
        entry.links.push(Link { mail: mail.id, target: Target::Contact(crm.company.contacts["of ann"]) });
    });
    let id = id.to_string();
    crm.text(&["mail", "note", &id, "call \u{1b}[1mback"]);
    let shown = crm.text(&["mail", "show", &id]);
    for part in ["x@c.test", "of ann", "call ", ".txt", "one\n", "two", "info", "Received"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let list = crm.text(&["mail", "list"]);
    let json = crm.text(&["--json", "mail", "show", &id]);
    for output in [&shown, &list, &json] {
        let steering = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
        assert!(!output.contains(steering), "{output:?}");
    }
    assert_eq!(crm.json(&["mail", "show", &id])["notes"][0]["text"], "call \u{1b}[1mback");
}

#[test]
fn attachments_are_saved_under_harmless_names_and_overwrite_nothing() {
    let crm = Program::open();
    let names = ["../../evil.sh", "--output=x", "a.txt", "a.txt", ".profile", "con", "\u{202e}gpj.exe", ""];
    let (id, _) = crm.waiting("files", "x@c.test", |entry| {
        let mail = entry.mail.as_mut().unwrap();
        mail.attachments = (0u8..).zip(names).map(|(n, name)| file(name, &[b'0' + n])).collect();
    });
    let directory = crm.company.scratch.directory.path().join("out");
    std::fs::create_dir(&directory).unwrap();
    let victim = crm.company.scratch.directory.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, directory.join("evil.sh")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", directory.join("profile")).unwrap();
    let saved = crm.json(&["mail", "show", &id.to_string(), "--save", directory.to_str().unwrap()]);
    let files: Vec<String> = saved["saved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            PathBuf::from(file["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned()
        })
        .collect();
    let expected =
        ["evil-2.sh", "output=x", "a.txt", "a-2.txt", "profile-2", "file-con", "gpj.exe", "attachment-8"];
    assert_eq!(files, expected);
    for (n, name) in files.iter().enumerate() {
        let path = directory.join(name);
        assert_eq!(std::fs::read(&path).unwrap(), [b'0' + u8::try_from(n).unwrap()]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), names.len() + 2);
    let wrong = crm.refused(&["mail", "show", &id.to_string(), "--save", "/proc/nothing/here"]);
    assert!(wrong.1.contains("/proc/nothing/here"), "{wrong:?}");
}

#[test]
fn mail_is_linked_unlinked_and_moved_by_who_may() {
    let crm = Program::open();
    let both = crm.mail("both");
    let codes = |id: &str| -> Vec<String> {
        let shown = crm.json(&["mail", "show", id]);
        shown["stands_on"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let record = |contact: &str| {
        crm.json(&["contact", "show", contact])["records"][0]["code"].as_str().unwrap().to_owned()
    };
    let (of_ann, of_bob) = (record("of ann"), record("of bob"));
    crm.text(&["mail", "link", &both, &of_bob, "of nobody"]);
    assert_eq!(codes(&both), ["of ann", "of bob", "of nobody", of_bob.as_str()]);
    assert_eq!(crm.json(&["mail", "link", &both, &of_bob])["linked"], 0, "again: nothing new");
    crm.text(&["mail", "unlink", &both, &of_bob, "of nobody"]);
    assert_eq!(codes(&both), ["of ann", "of bob"]);
    assert_eq!(crm.refused(&["mail", "unlink", &both, &of_bob]).0, 65);
    // An agent moves the mails of own cards, and neither sees nor names others'.
    let mine = crm.mail("of ann");
    crm.text(&["--as", "ann", "mail", "unlink", &mine, &of_ann]);
    crm.text(&["--as", "ann", "mail", "relink", &mine, "of ann", &of_ann]);
    assert_eq!(codes(&mine), [of_ann.as_str()]);
    assert_eq!(crm.json(&["mail", "show", &mine])["stands_on"][0]["linked_by"], "ann");
    assert_eq!(crm.refused(&["--as", "ann", "mail", "link", &mine, &of_bob]).0, 66);
    assert_eq!(crm.refused(&["--as", "ann", "mail", "link", &both, &of_ann]).0, 66, "bob's contact hides it");
    assert_eq!(crm.refused(&["--as", "ann", "mail", "unlink", &crm.mail("of bob"), &of_bob]).0, 66);
    assert_eq!(crm.refused(&["mail", "relink", &mine, "of bob", "of ann"]).0, 65);
    assert_eq!(codes(&mine), [of_ann.as_str()], "nothing of a refused move is done");
}

#[test]
fn mail_of_a_converted_lead_stays_on_both() {
    let crm = Program::open();
    let mail = crm.mail("of ann");
    let lead = crm.json(&["contact", "show", "of ann"])["records"][0]["code"].as_str().unwrap().to_owned();
    // A lock holds what stands there; it does not keep a lead from becoming a deal.
    crm.text(&["mail", "lock", &mail]);
    crm.text(&["record", "convert", &lead]);
    crm.text(&["mail", "unlock", &mail]);
    let shown = crm.json(&["mail", "show", &mail]);
    let links = shown["links"].as_array().unwrap().iter().map(|link| link.as_str().unwrap());
    let deal = links.clone().find(|code| code.starts_with("DEAL-")).unwrap().to_owned();
    assert_eq!(links.collect::<Vec<_>>(), ["of ann", &deal, &lead]);
    for held in [&lead, &deal] {
        let (code, text) = crm.refused(&["mail", "unlink", &mail, held]);
        let other = if *held == lead { &deal } else { &lead };
        assert!(code == 77 && text.contains(&format!("stands on {other} as well")), "{code} {text}");
        assert_eq!(crm.refused(&["mail", "relink", &mail, held, "of bob"]).0, 77);
    }
    let mut client = crm.company.client("adm");
    let refused = client.execute("DELETE FROM crm.link WHERE mail_id = $1", &[&crm.company.mails["of ann"]]);
    assert!(refused.is_err(), "by whichever client");
    crm.text(&["mail", "link", &mail, "of bob"]);
    crm.text(&["mail", "unlink", &mail, "of bob"]);
    assert_eq!(crm.json(&["mail", "show", &mail])["stands_on"].as_array().unwrap().len(), 3);
}

#[test]
fn locked_mail_keeps_its_links_and_its_owner_until_it_is_unlocked_by_who_may() {
    let crm = Program::open();
    let mail = crm.mail("of ann");
    assert_eq!(crm.json(&["--as", "ann", "mail", "lock", &mail])["locked"], 1);
    assert_eq!(crm.json(&["--as", "adm", "mail", "lock", &mail])["locked"], 0, "it is locked");
    assert_eq!(crm.json(&["mail", "show", &mail])["locked_by"], "ann");
    for arguments in [
        &["mail", "link", &mail, "of bob"][..],
        &["mail", "unlink", &mail, "of ann"],
        &["mail", "relink", &mail, "of ann", "of bob"],
        &["mail", "owner", "bob", &mail],
    ] {
        let (code, text) = crm.refused(arguments);
        assert!(
            code == 77 && text.contains("locked by ann") && text.contains("mail unlock"),
            "{code} {text}"
        );
    }
    let mut client = crm.company.client("ann");
    let id = crm.company.mails["of ann"];
    assert!(
        client.execute("DELETE FROM crm.link WHERE mail_id = $1", &[&id]).is_err(),
        "by whichever client"
    );
    let forged = "UPDATE crm.mail_handling SET locked_by = NULL WHERE mail_id = $1";
    assert!(client.execute(forged, &[&id]).is_err(), "whose lock it is");
    assert_eq!(crm.json(&["mail", "show", &mail])["locked_by"], "ann");
    // What merges cards moves the links of locked mails as well.
    crm.text(&["contact", "merge", &crm.contact("of ann"), &crm.contact("of nobody")]);
    crm.text(&["contact", "unmerge", &crm.contact("of ann")]);
    assert_eq!(crm.json(&["--as", "ann", "mail", "unlock", &mail])["unlocked"], 1);
    crm.text(&["--as", "adm", "mail", "lock", &mail]);
    let (code, text) = crm.refused(&["--as", "ann", "mail", "unlock", &mail]);
    assert!(code == 77 && text.contains("was locked by adm"), "{code} {text}");
    crm.text(&["--as", "coo", "mail", "unlock", &mail]);
    crm.text(&["mail", "link", &mail, "of bob"]);
}

#[test]
fn owner_of_all_that_is_listed_changes_at_once() {
    let crm = Program::open();
    let (code, text) = crm.refused(&["mail", "owner", "ann", "--unresolved"]);
    assert!(
        code == 64 && text.contains("loose") && text.contains("--yes"),
        "a preview, and nobody to ask: {text}"
    );
    assert_eq!(crm.subjects(&["--owner", "ann"]), [""; 0]);
    let done = crm.json(&["mail", "owner", "ann", "--source", "inbox", "--yes"]);
    assert_eq!((&done["mails"], &done["changed"]), (&7.into(), &7.into()));
    assert_eq!(crm.subjects(&["--owner", "ann"]).len(), 7);
    assert_eq!(crm.json(&["mail", "owner", "bob", &crm.mail("loose")])["changed"], 1);
    assert_eq!(crm.subjects(&["--owner", "bob"]), ["loose"]);
    assert_eq!(crm.subjects(&["--owner", "ann", "--unresolved"]), [""; 0]);
    crm.text(&["mail", "owner", "-", "--owner", "ann", "--yes"]);
    assert_eq!(crm.subjects(&["--owner", "ann"]), [""; 0]);
    // An agent changes what the agent sees.
    let own = crm.json(&["--as", "ann", "mail", "owner", "ann", "--contact", "of ann", "--yes"]);
    assert_eq!(own["changed"], 2, "`of ann` and `filed`, not `both`");
    assert_eq!(crm.refused(&["--as", "ann", "mail", "owner", "ann", &crm.mail("of bob")]).0, 66);
    assert_eq!(crm.refused(&["mail", "owner", "ann"]).0, 64, "all mails are not meant by nothing");
    assert_eq!(crm.refused(&["mail", "owner", "nobody", &crm.mail("both")]).0, 66);
    // A locked one holds up all of them, with the reason.
    crm.text(&["mail", "lock", &crm.mail("both")]);
    assert!(crm.refused(&["mail", "owner", "ann", "--source", "inbox", "--yes"]).1.contains("locked"));
    assert_eq!(crm.subjects(&["--owner", "bob"]), ["loose"]);
}

#[test]
fn users_list_what_they_may_see_and_no_filter_tells_more() {
    let crm = Program::open();
    let seen = |login: &str, arguments: &[&str]| {
        let mut found = crm.subjects(&[&["--as", login], arguments].concat());
        found.sort();
        found.join(", ")
    };
    let all = "both, filed, loose, of ann, of bob, of centro, of nobody";
    for arguments in [
        &[][..],
        &["--order", "sent"],
        &["--order", "received"],
        &["--since", "2020-01-01"],
        &["--direction", "in"],
    ] {
        assert_eq!(seen("adm", arguments), all, "{arguments:?}");
        assert_eq!(seen("ann", arguments), "filed, loose, of ann", "{arguments:?}");
        assert_eq!(seen("bob", arguments), "filed, loose, of bob", "{arguments:?}");
        assert_eq!(seen("coo", arguments), "filed, loose, of ann, of centro", "{arguments:?}");
        assert_eq!(seen("eve", arguments), "", "{arguments:?}");
    }
    assert_eq!(seen("bob", &["--unlinked"]), "loose", "`filed` stands on a card that bob does not see");
    assert_eq!(seen("eve", &["--unlinked"]), "");
    assert_eq!(seen("bob", &["--unresolved"]), "loose");
    assert_eq!(seen("bob", &["--user", "bob"]), "filed");
    assert_eq!(seen("ann", &["--from", "x@b.test"]), "filed, loose");
    assert_eq!(seen("ann", &["--inbox", "info", "--from", "of.bob@b.test"]), "");
    assert_eq!(seen("ann", &["--search", "text"]), "filed, loose, of ann");
    assert_eq!(seen("eve", &["--search", "text"]), "");
    for verb in [&["show"][..], &["show", "--raw"], &["note", "--pin"], &["lock"], &["save"]] {
        let mail = crm.mail("of bob");
        let mut arguments = vec!["--as", "ann", "mail", verb[0], &mail];
        arguments.extend(&verb[1..]);
        if verb[0] == "note" {
            arguments.push("text");
        }
        assert_eq!(crm.refused(&arguments).0, 66, "{verb:?}");
    }
    crm.text(&["--as", "ann", "mail", "note", &crm.mail("of ann"), "call back"]);
    let noted = crm.json(&["--as", "ann", "mail", "show", &crm.mail("of ann")]);
    assert_eq!(
        (&noted["notes"][0]["author"], &noted["notes"][0]["text"]),
        (&"ann".into(), &"call back".into())
    );
    let exported = crm.text(&["--as", "ann", "mail", "export", "--format", "jsonl"]);
    assert_eq!(exported.lines().count(), 3);
}

#[test]
fn words_are_found_with_their_places_and_thinned_by_filters() {
    let crm = Program::open();
    for (subject, text, language) in [
        ("Viewing on Monday", "We would like to see the flats with a sea view, please.", "en"),
        ("Visita", "Queremos visitar los pisos con vistas al mar.", "es"),
        ("Garage", "A garage and a sea view.", "en"),
    ] {
        crm.waiting(subject, "x@c.test", |entry| {
            let mail = entry.mail.as_mut().unwrap();
            (mail.text, mail.language) = (text.into(), Some(language.into()));
            if subject == "Garage" {
                mail.attachments.push(file("plan.pdf", b"plan"));
            }
        });
    }
    assert_eq!(crm.subjects(&["--search", "sea view"]), ["Garage", "Viewing on Monday"]);
    assert_eq!(crm.subjects(&["--search", "\"sea view\" -garage"]), ["Viewing on Monday"]);
    assert_eq!(
        crm.subjects(&["--search", "flat", "--language", "en"]),
        ["Viewing on Monday"],
        "the stem of flats"
    );
    assert_eq!(crm.subjects(&["--search", "piso", "--language", "es"]), ["Visita"]);
    assert_eq!(crm.subjects(&["--search", "sea view", "--attachment"]), ["Garage"]);
    assert_eq!(crm.subjects(&["--search", "nowhere"]), [""; 0]);
    assert_eq!(crm.subjects(&["--search", "') OR 1=1 -- ' & ! | <->"]), [""; 0]);
    let found = crm.json(&["mail", "list", "--search", "piso", "--language", "es"]);
    assert!(found[0]["snippet"].as_str().unwrap().contains("«pisos»"), "{found}");
    assert!(crm.text(&["mail", "list", "--search", "garage"]).contains("«garage»"));
    let first = crm.json(&["mail", "list", "--search", "sea view", "--limit", "1"]);
    let next = crm.subjects(&["--search", "sea view", "--after", first[0]["id"].as_str().unwrap()]);
    assert_eq!(next, ["Viewing on Monday"]);
    assert_eq!(crm.refused(&["mail", "list", "--search", "x", "--oldest"]).0, 64);
}

#[test]
fn mail_of_an_inbox_that_only_lists_is_filed_by_hand() {
    let crm = Program::open();
    let (mail, line) = crm.waiting("A flat", "Zoe@c.test", |entry| {
        let party = &mut entry.mail.as_mut().unwrap().parties[0];
        (party.name, party.canonical) = (Some("Zoe".into()), Some("zoe@c.test".into()));
    });
    let done = crm.json(&["--as", "ann", "mail", "save", &line.to_string(), "--new", "lead"]);
    assert_eq!(done["resolved"], 1);
    let shown = crm.json(&["--as", "ann", "mail", "show", &mail.to_string()]);
    let stands: Vec<&str> =
        shown["stands_on"].as_array().unwrap().iter().map(|link| link["title"].as_str().unwrap()).collect();
    assert_eq!(stands, ["Zoe", "A flat"], "{shown}");
    let contact = crm.json(&["contact", "show", "zoe@c.test"]);
    assert_eq!((&contact["owner"], &contact["records"][0]["owner"]), (&"ann".into(), &"ann".into()));
    let intake = &shown["intakes"][0];
    assert!(intake["resolution"].as_str().unwrap().starts_with("filed by ann under LEAD-"), "{intake}");
    assert_eq!(crm.subjects(&["--unresolved"]), ["loose"]);
    // The second mail of that author finds the contact; an existing record is chosen.
    let (second, _) = crm.waiting("Again", "zoe@c.test", |_| ());
    let code = contact["records"][0]["code"].as_str().unwrap();
    crm.text(&["mail", "save", &second.to_string(), "--record", code]);
    assert_eq!(crm.subjects(&["--contact", "zoe@c.test"]), ["Again", "A flat"]);
    // A contact of one's choice, and none made.
    let (third, _) = crm.waiting("Third", "new@c.test", |_| ());
    crm.text(&["mail", "save", &third.to_string(), "--contact", "of ann"]);
    assert_eq!(crm.refused(&["contact", "show", "new@c.test"]).0, 66);
    // What cannot be filed says why.
    let (machine, _) = crm.waiting("Machine", "no-reply@c.test", |_| ());
    assert!(crm.refused(&["mail", "save", &machine.to_string()]).1.contains("--contact"));
    let (internal, _) = crm.waiting("Lunch", "ann@crm.test", |entry| {
        let parties = &mut entry.mail.as_mut().unwrap().parties;
        let mut to = parties[0].clone();
        (to.role, to.address, to.canonical) =
            ("to", Some("bob@crm.test".into()), Some("bob@crm.test".into()));
        parties.push(to);
    });
    let (code, text) = crm.refused(&["mail", "save", &internal.to_string()]);
    assert!(code == 65 && text.contains("internal"), "{text}");
    let mut unstored = plan::intake(None, Outcome::Internal);
    unstored.subject = Some("never stored".into());
    let line = unstored.id;
    crm.company.commit(&[Plan { intakes: vec![unstored], ..plan::empty() }]);
    let (code, text) = crm.refused(&["mail", "save", &line.to_string()]);
    assert!(code == 65 && text.contains("internal"), "{text}");
}
