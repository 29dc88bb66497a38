//! Hostile texts in whatever the desk shows, terminals of any width, and clerks at one card at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use store_support::desk::Desk;
use store_support::{CommitBatch as _, plan};

const PAYLOADS: [&str; 6] = [
    "'; DROP TABLE crm.contact; --",
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "evil\u{202e}gpj.exe \u{2066}\u{200b}",
    "{{7*7}}{% include 'x' %}${jndi:ldap://x}",
    "=cmd|'/c calc'!A1",
    "\u{9b}31m%s%n$(id)`id`",
];

/// Whether a terminal would do something else than show it.
fn steers(text: &str) -> bool {
    text.contains(|c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn hostile_text_in_every_noun_is_kept_as_written_and_shown_inert() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ann", "--role", "administrator"]);
    for (n, payload) in PAYLOADS.into_iter().enumerate() {
        let (language, login) = (format!("en={payload}"), format!("u{n}"));
        desk.text(&["user", "add", &login, "--name", payload]);
        desk.text(&["stage", "add", "--kind", "lead", payload]);
        desk.text(&["type", "add", &format!("t{n}"), "--name", &language]);
        desk.text(&["origin", "add", &format!("o{n}"), "--name", &language]);
        let code = desk.json(&["record", "add", "--kind", "lead", "--title", payload])["code"].to_string();
        let code = code.trim_matches('"');
        desk.text(&["record", "set", code, &format!("stage={payload}"), &format!("reference={payload}")]);
        desk.text(&["note", "add", "--record", code, payload]);
        desk.text(&["activity", "add", payload, "--record", code, "--for", "ann"]);
        desk.text(&["task", "add", payload, "--record", code, "--for", "ann"]);
        desk.text(&["block", "add", &format!("b{n}@c.test"), "--reason", payload]);
        let mut ticket = plan::ticket(payload, "x@c.test", None);
        ticket.tickets[0].subject = payload.into();
        ticket.intakes[0].subject = Some(payload.into());
        ticket.intakes[0].reason = payload.into();
        desk.scratch.store(Role::Daemon).commit_batch(&[ticket]).unwrap();
        let card = desk.json(&["record", "show", code]);
        for kept in [&card["title"], &card["stage"], &card["external_reference"], &card["notes"][0]["text"]] {
            assert_eq!(kept, payload, "as it was written");
        }
        for words in [
            &["record", "show", code][..],
            &["record", "list", "--columns", "code,title,stage,reference"],
            &["ticket", "list"],
            &["activity", "list", "--all"],
            &["user", "list"],
            &["stage", "list"],
            &["type", "list"],
            &["origin", "list"],
            &["block", "list"],
            &["block", "why", &format!("b{n}@c.test")],
            &["intake", "list"],
            &["mail", "list"],
            &["audit", "list"],
            &["--as", "ann", "dashboard"],
        ] {
            let shown = desk.text(words);
            assert!(!steers(&shown), "{words:?}: {shown:?}");
            let json = desk.text(&[&["--json"], words].concat());
            assert!(!steers(&json), "{words:?}: {json:?}");
        }
        // What is refused quotes it, too.
        let (_, refused) = desk.refused(&["contact", "show", payload]);
        assert!(!steers(&refused), "{refused:?}");
    }
    assert_eq!(desk.json(&["record", "list"]).as_array().map(Vec::len), Some(PAYLOADS.len()));
}

#[test]
fn tables_fit_terminals_of_any_width_and_no_color_takes_bold_away() {
    let desk = Desk::open();
    let name = "A name that is rather longer than a narrow terminal is wide, and goes on and on";
    desk.text(&["contact", "add", name, "--address", "long.address.of.somebody@a.rather.long.domain.test"]);
    let at = |columns: usize, before: &str| {
        let config = desk.scratch.directory.path().join("crm-milter.toml");
        let line = format!(
            "stty rows 24 cols {columns}; {before} {} --config {} contact list",
            env!("CARGO_BIN_EXE_crmctl"),
            config.display()
        );
        let output =
            std::process::Command::new("script").args(["-qec", &line, "/dev/null"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for columns in [40, 60, 80, 132] {
        let shown = at(columns, "");
        assert!(shown.contains("\u{1b}[1m"), "headings are bold on a terminal: {shown:?}");
        let plain = at(columns, "NO_COLOR=1");
        assert!(!plain.contains('\u{1b}') && plain.contains("NAME"), "{plain:?}");
        for line in plain.lines() {
            assert!(line.trim_end().chars().count() <= columns.max(60), "{columns}: {line}");
        }
    }
    assert!(desk.text(&["contact", "list"]).contains(name), "what a program gets is whole");
}

#[test]
fn clerks_at_one_card_at_once_lose_nothing_of_each_other() {
    let desk = Desk::open();
    let id: uuid::Uuid = desk.id(&["contact", "add", "Ana"]).parse().unwrap();
    let words: Vec<String> = (0..16).map(|n| format!("interest{n:02}")).collect();
    std::thread::scope(|scope| {
        for word in &words {
            let store = desk.store();
            scope.spawn(move || {
                let changes = serde_json::json!({ "interests_add": [word] });
                let mut client = store.connection().unwrap();
                let sql = include_str!("../src/store/sql/contact_update.sql");
                client.query(sql, &[&vec![id], &changes]).unwrap();
            });
        }
        for (field, value) in
            [("company", "Ruiz"), ("job_title", "Boss"), ("language", "es"), ("colour", "red")]
        {
            let store = desk.store();
            scope.spawn(move || {
                let changes = serde_json::json!({ field: value });
                let mut client = store.connection().unwrap();
                let sql = include_str!("../src/store/sql/contact_update.sql");
                client.query(sql, &[&vec![id], &changes]).unwrap();
            });
        }
    });
    let card = desk.json(&["contact", "show", &id.to_string()]);
    let mut interests: Vec<&str> =
        card["interests"].as_array().unwrap().iter().filter_map(|w| w.as_str()).collect();
    interests.sort_unstable();
    assert_eq!(interests, words);
    let rest = ["company", "job_title", "language", "colour"].map(|field| card[field].as_str().unwrap());
    assert_eq!(rest, ["Ruiz", "Boss", "es", "red"]);
}

#[test]
fn mail_unlinked_while_its_lead_is_converted_stands_on_both_or_on_neither() {
    let desk = Desk::open();
    let store = desk.scratch.store(Role::Daemon);
    let leads: Vec<_> = (0..12).map(|n| plan::lead(&format!("lead {n}"), &format!("x{n}@c.test"))).collect();
    store.commit_batch(&leads).unwrap();
    let gate = std::sync::Barrier::new(2);
    for lead in &leads {
        let (record, mail) = (lead.records[0].id, lead.mail.as_ref().unwrap().id);
        std::thread::scope(|scope| {
            let (converter, mut client, gate) = (desk.store(), desk.client(), &gate);
            scope.spawn(move || {
                gate.wait();
                converter.record_convert(record, "deal", None).unwrap();
            });
            scope.spawn(move || {
                gate.wait();
                let unlink = "DELETE FROM crm.link WHERE mail_id = $1 AND record_id = $2";
                let _ = client.execute(unlink, &[&mail, &record]);
            });
        });
    }
    let halves = "SELECT count(*) FROM crm.record lead JOIN crm.record deal ON deal.parent_id = lead.id
        WHERE (SELECT count(*) FROM crm.link l WHERE l.record_id IN (lead.id, deal.id)) = 1";
    assert_eq!(desk.client().query_one(halves, &[]).unwrap().get::<_, i64>(0), 0);
    let deals = "SELECT count(*) FROM crm.record WHERE kind = 'deal'";
    assert_eq!(desk.client().query_one(deals, &[]).unwrap().get::<_, i64>(0), 12);
}
