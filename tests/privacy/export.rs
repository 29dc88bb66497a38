//! Handing out: row X42.

use super::person::{self, ADDRESS, NAME, OTHER_ADDRESS, SECRET, raw};
use crate::store_support::plan;
use crate::store_support::program::Program;
use crm_milter::crm::plan::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Names and contents of an archive's files.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    if path.is_dir() {
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap().path();
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    let name = entry.strip_prefix(path).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, std::fs::read(&entry).unwrap());
                }
            }
        }
        return found;
    }
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!(entry.header().mode().unwrap() & 0o077, 0);
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.insert(entry.path().unwrap().to_str().unwrap().to_owned(), content);
    }
    found
}

fn rows(files: &BTreeMap<String, Vec<u8>>, noun: &str) -> Vec<Value> {
    serde_json::from_slice::<Value>(
        files.get(&format!("data/{noun}.json")).unwrap_or_else(|| panic!("no {noun}")),
    )
    .unwrap()
    .as_array()
    .unwrap()
    .clone()
}

#[test]
fn export_holds_everything_about_a_person_and_is_the_same_each_time() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let (tar, dir) = (crm.config.with_file_name("rosa.tar"), crm.config.with_file_name("rosa"));
    let again = crm.config.with_file_name("again.tar");
    for path in [&tar, &dir, &again] {
        let done = crm.json(&["--as", "adm", "privacy", "export", NAME, "--to", path.to_str().unwrap()]);
        assert_eq!(done["mails"], 4, "{done}");
    }
    assert_eq!(std::fs::read(&tar).unwrap(), std::fs::read(&again).unwrap());
    assert_eq!(std::fs::metadata(&tar).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    let found = files(&tar);
    assert_eq!(found, files(&dir));
    for (noun, count) in [
        ("contacts", 2),
        ("addresses", 2),
        ("phones", 2),
        ("merges", 1),
        ("consents", 1),
        ("switched-off", 1),
        ("blocks", 1),
        ("records", 2),
        ("tickets", 1),
        ("comments", 1),
        ("notes", 2),
        ("tasks", 1),
        ("activities", 1),
        ("outbox", 2),
        ("notifications", 1),
        ("mails", 4),
    ] {
        assert_eq!(rows(&found, noun).len(), count, "{noun}");
    }
    assert!(rows(&found, "intakes").len() >= 5 && rows(&found, "audit").len() > 5);
    assert_eq!(rows(&found, "notes")[0]["versions"][0]["text"], format!("{SECRET}, tel. 911 22 33 44"));
    // Each mail as it was received, found by the page.
    let page = String::from_utf8(found["index.html"].clone()).unwrap();
    let letters = rows(&found, "mails");
    let of = |id: &str| {
        letters.iter().find(|letter| letter["id"] == id).unwrap()["file"].as_str().unwrap().to_owned()
    };
    let sole = of(&rosa.sole.to_string());
    assert_eq!(found[&sole], crm.bytes(&["mail", "show", &rosa.sole.to_string(), "--raw"]));
    for letter in &letters {
        let file = letter["file"].as_str().unwrap();
        assert!(page.contains(&format!("href=\"{file}\"")) && found.contains_key(file), "{file}");
    }
    for name in found.keys() {
        assert!(
            name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-./".contains(&b)) && !name.contains(".."),
            "{name}"
        );
    }
    assert!(page.contains(OTHER_ADDRESS) && page.contains("+34911223344"));
    // What is there already is not overwritten.
    let (_, complaint) =
        crm.refused(&["--as", "adm", "privacy", "export", NAME, "--to", tar.to_str().unwrap()]);
    assert!(complaint.contains("rosa.tar"), "{complaint}");
    assert_eq!(std::fs::read(&tar).unwrap(), std::fs::read(&again).unwrap());
}

#[test]
fn export_leaves_out_others_blind_copies_and_others_letters() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let copies = "Bcc: Eva <eva@secret.test>, Rosa@cliente.test,\r\n zoe@secret.test\r\n";
    let mut mail = plan::mail("blind copies", "ann@crm.test");
    mail.raw = raw("ann@crm.test", "notario@otro.test", copies, "To some.");
    mail.parties = ["eva@secret.test", ADDRESS, "zoe@secret.test"]
        .iter()
        .map(|address| Party {
            role: "bcc",
            name: None,
            address: Some((*address).into()),
            canonical: Some((*address).into()),
            contact: None,
            user: None,
        })
        .collect();
    let id = mail.id;
    // A letter about Rosa that is not hers stands on her card.
    let mut about = plan::mail("about her", "notario@otro.test");
    about.raw = raw("notario@otro.test", "info@crm.test", "", "a confidence of the notary");
    let about_id = about.id;
    let link = Link { mail: about.id, target: Target::Contact(rosa.contact) };
    for (mail, links) in [(mail, vec![]), (about, vec![link])] {
        crm.company.commit(&[Plan {
            intakes: vec![plan::intake(Some(mail.id), Outcome::Recorded)],
            mail: Some(mail),
            links,
            ..plan::empty()
        }]);
    }
    let dir = crm.config.with_file_name("rosa");
    crm.text(&["--as", "adm", "privacy", "export", ADDRESS, "--to", dir.to_str().unwrap()]);
    let found = files(&dir);
    for (name, content) in &found {
        let text = String::from_utf8_lossy(content).to_lowercase();
        for others in ["eva@secret.test", "zoe@secret.test", "a confidence", "about her"] {
            assert!(!text.contains(others), "{others} in {name}");
        }
    }
    let letters = rows(&found, "mails");
    let of = |id: uuid::Uuid| letters.iter().find(|letter| letter["id"] == id.to_string()).unwrap();
    let own = String::from_utf8(found[of(id)["file"].as_str().unwrap()].clone()).unwrap();
    assert!(own.starts_with("Bcc: rosa@cliente.test\r\nFrom: ann@crm.test\r\n"), "{own}");
    assert_eq!(of(about_id)["file"], Value::Null);
}

#[test]
fn page_of_an_export_runs_nothing_loads_nothing_and_shows_markup_as_text() {
    let crm = Program::open();
    let mut lead = plan::lead("evil", "evil@b.test");
    lead.contacts[0].name = "<script>alert(1)</script>\u{202e}gpj".into();
    if let Some(mail) = &mut lead.mail {
        mail.subject = Some("\"><img src=//evil.test/x onerror=alert(1)>".into());
    }
    let id = lead.contacts[0].id.to_string();
    crm.company.commit(&[lead]);
    crm.text(&["--as", "adm", "note", "add", "--contact", &id, "</td></table><iframe src='//evil.test'>"]);
    let dir = crm.config.with_file_name("evil");
    crm.text(&["--as", "adm", "privacy", "export", &id, "--to", dir.to_str().unwrap()]);
    let page = std::fs::read_to_string(dir.join("index.html")).unwrap();
    for markup in ["<script", "<img", "<iframe", "src=\"", "javascript:", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("default-src 'none'"));
    let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    for link in links {
        assert!(dir.join(link).is_file(), "{link}");
    }
}
