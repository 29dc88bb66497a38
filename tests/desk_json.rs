//! What every noun prints for programs, and who changed what.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use serde_json::{Map, Value};
use store_support::desk::{check_shapes, shape};
use store_support::program::Program;

#[test]
fn json_of_mails_users_blocks_and_lists_has_its_documented_shape() {
    let crm = Program::open();
    let (first, both) = (crm.company.mails["of ann"].to_string(), crm.company.mails["both"].to_string());
    let (waiting, _) = crm.waiting("offer", "x@c.test", |_| {});
    let waiting = waiting.to_string();
    crm.company
        .scratch
        .client(crm_milter::store::cluster::Role::Owner)
        .batch_execute(
            "INSERT INTO crm.notification (id, user_id, kind, text, contact_id)
             SELECT gen_random_uuid(), u.id, 'news', 'news', c.id FROM crm.users u, crm.contact c
             WHERE u.login = 'ann' AND c.name = 'of ann'",
        )
        .unwrap();
    let mut shapes = Map::new();
    for words in [
        &["mail", "note", &first, "A note"][..],
        &["mail", "lock", &first],
        &["mail", "list", "--locked"],
        &["mail", "show", &first],
        &["mail", "unlock", &first],
        &["mail", "owner", "ann", &first],
        &["mail", "link", &both, "of nobody"],
        &["mail", "unlink", &both, "of nobody"],
        &["mail", "relink", &both, "of bob", "of nobody"],
        &["mail", "save", &waiting, "--contact", "of ann"],
        &["intake", "list"],
        &["notification", "list"],
        &["notification", "seen", "--user", "ann"],
        &["user", "add", "zoe"],
        &["user", "list"],
        &["user", "show", "ann"],
        &["user", "office", "list"],
        &["user", "team", "add", "Night"],
        &["user", "team", "join", "Night", "ann"],
        &["user", "team", "list"],
        &["block", "add", "pest@c.test", "--reason", "spam"],
        &["block", "list"],
        &["block", "why", "pest@c.test"],
        &["block", "remove", "pest@c.test"],
        &["audit", "list", "--table", "block"],
    ] {
        let verbs = words.iter().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()));
        let name = verbs.copied().take(3).collect::<Vec<_>>().join(" ");
        shapes.insert(name, shape(&crm.json(words)));
    }
    check_shapes(&Value::Object(shapes), "desk.json");
}

#[test]
fn audit_lists_who_changed_what_for_administrators_and_nobody_else() {
    let crm = Program::open();
    crm.text(&["--as", "ann", "contact", "set", "of ann", "stars=2"]);
    crm.text(&["--as", "ann", "contact", "phone", "add", "of ann", "+34911234567"]);
    crm.text(&["--as", "coo", "note", "add", "--contact", "of ann", "evil \u{1b}[2J\u{202e}"]);
    crm.text(&["contact", "set", "of bob", "stars=1"]);
    let of = |arguments: &[&str]| {
        let lines = crm.json(&[&["--as", "adm", "audit", "list"], arguments].concat());
        let of = |line: &Value| {
            format!(
                "{} {} {}",
                line["user"].as_str().unwrap_or("-"),
                line["action"].as_str().unwrap(),
                line["entity"].as_str().unwrap()
            )
        };
        lines.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let card = of(&["--contact", "of ann", "--limit", "3"]);
    assert_eq!(card, ["coo insert note", "ann insert contact_phone", "ann update contact"]);
    assert_eq!(of(&["--by", "ann"]), ["ann insert contact_phone", "ann update contact"]);
    assert_eq!(of(&["--contact", "of bob", "--limit", "1"]), ["- update contact"], "an operator's");
    let newest = crm.json(&["audit", "list", "--by", "ann"])[1].clone();
    assert_eq!(newest["change"]["stars"], serde_json::json!([0, 2]));
    assert!(crm.json(&["audit", "list"])[0]["operator"].is_string());
    // What is older goes on where a list ended.
    let last = crm.json(&["audit", "list", "--limit", "2"])[1]["id"].to_string();
    let next = crm.json(&["audit", "list", "--before", &last, "--limit", "1"])[0]["id"].as_i64().unwrap();
    assert!(next < last.parse().unwrap());
    let shown = crm.text(&["audit", "list", "--table", "note"]);
    assert!(shown.contains("coo") && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    for login in ["ann", "coo"] {
        let (code, text) = crm.refused(&["--as", login, "audit", "list"]);
        assert!(code == 77 && text.contains("for administrators"), "{code} {text}");
    }
    let (code, text) = crm.refused(&["audit", "list", "--by", "zoe"]);
    assert!(code == 66 && text.contains("`crmctl user list`"), "what to do next: {code} {text}");
}
