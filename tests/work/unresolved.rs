//! Mails that wait for a person, and the screen that tells of them: rows X40 W09.

use super::letters::{letter, policy, record, users};
use crate::store_support::desk::Desk;
use crm_milter::crm::facts::Facts;
use crm_milter::mail::address::Mailbox;
use crm_milter::store::cluster::Role;
use serde_json::Value;

/// A mail with two authors, which waits.
fn two_authors(content: &str, from: &str) -> Facts {
    let mut facts = letter(content, from, "info");
    if let Ok(reading) = &mut facts.reading {
        reading.from[0].name = Some("Eva Soler".into());
        reading.from.push(Mailbox { name: None, address: Some("other@b.test".into()) });
    }
    facts
}

fn no_reply(content: &str) -> Facts {
    letter(content, "no-reply@shop.test", "info")
}

/// Ann and Ben, and mails of these sorts.
fn company(letters: &[Facts]) -> Desk {
    let desk = Desk::open();
    users(&desk.scratch, "administrator", &["ann", "ben"]);
    for one in letters {
        record(&desk.scratch.store(Role::Daemon), &policy(&[]), std::slice::from_ref(one));
    }
    desk
}

fn waiting(desk: &Desk) -> Vec<Value> {
    desk.json(&["unresolved", "list"]).as_array().unwrap().clone()
}

fn id(line: &Value) -> &str {
    line["id"].as_str().unwrap()
}

#[test]
fn each_waiting_mail_says_why_and_is_settled_by_one_command() {
    let letters = [
        letter("first", "leo@b.test", "info"),
        two_authors("one", "eva@b.test"),
        two_authors("two", "max@b.test"),
        no_reply("three"),
    ];
    let desk = company(&letters);
    let lines = waiting(&desk);
    let causes: Vec<&str> = lines.iter().map(|line| line["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["excluded-address", "several-authors", "several-authors"]);
    let page = desk.text(&["unresolved", "list"]);
    assert!(page.contains("AGE") && page.contains("0m"), "{page}");
    // To a record; the line keeps who, when and how.
    desk.text(&["--as", "ann", "unresolved", "link", id(&lines[2]), "--record", "LEAD-1"]);
    let intake = desk.json(&["intake", "list", "--outcome", "unresolved"]);
    let line = intake.as_array().unwrap().iter().find(|one| one["id"] == lines[2]["id"]).unwrap();
    assert_eq!(line["resolution"], "linked to LEAD-1 by ann");
    assert!(line["resolved_at"].is_string(), "{line}");
    let by = "SELECT u.login FROM crm.intake i JOIN crm.users u ON u.id = i.resolved_by";
    assert_eq!(desk.client().query_one(by, &[]).unwrap().get::<_, String>(0), "ann");
    let mail = desk.json(&["mail", "show", line["mail_id"].as_str().unwrap()]);
    assert_eq!(
        (mail["stands_on"][0]["code"].as_str(), mail["stands_on"][0]["how"].as_str()),
        (Some("LEAD-1"), Some("hand"))
    );
    assert_eq!(mail["stands_on"][0]["linked_by"], "ann");
    // A contact with a lead.
    let made = desk.json(&["unresolved", "contact", id(&lines[1])]);
    assert_eq!(made["lead"], "LEAD-2");
    let lead = desk.json(&["record", "show", "LEAD-2"]);
    assert_eq!(
        (lead["title"].as_str(), lead["parties"][0]["name"].as_str()),
        (Some("two"), Some("Eva Soler"))
    );
    assert_eq!(desk.json(&["contact", "show", "max@b.test"])["mails"].as_array().unwrap().len(), 1);
    // Nothing, for a reason.
    desk.text(&["unresolved", "dismiss", id(&lines[0]), "--reason", "a shop"]);
    assert!(waiting(&desk).is_empty());
    // The first who decides counts.
    let (code, error) = desk.refused(&["unresolved", "link", id(&lines[2]), "--contact", "leo@b.test"]);
    assert!(code == 65 && error.contains("does not wait: it was linked to LEAD-1 by ann"), "{code} {error}");
    // Nothing is learnt: the next one of the sort waits again.
    record(&desk.scratch.store(Role::Daemon), &policy(&[]), &[two_authors("four", "eva2@b.test")]);
    assert_eq!(waiting(&desk).len(), 1);
}

#[test]
fn what_cannot_be_done_leaves_the_mail_waiting() {
    let desk = company(&[letter("first", "leo@b.test", "info"), two_authors("one", "leo@b.test")]);
    let lines = waiting(&desk);
    let line = id(&lines[0]);
    for (words, complaint) in [
        (&["link", line, "--record", "LEAD-9"][..], "LEAD-9"),
        (&["link", line], "required"),
        (&["contact", line], "leo@b.test is in use"),
        (&["contact", line, "--address", "nobody"], "nobody"),
        (&["dismiss", line, "--reason", " "], "--reason says why"),
        (&["dismiss", "--cause", "weather", "--reason", "x"], "there are ceiling, code-not-party"),
        (&["dismiss", "00000000-0000-7000-8000-000000000000", "--reason", "x"], "no line of intake"),
    ] {
        let (_, error) = desk.refused(&[&["unresolved"], words].concat());
        assert!(error.contains(complaint), "{words:?}: {error}");
        assert_eq!(waiting(&desk).len(), 1, "{words:?}");
    }
    let records = desk.json(&["record", "list"]);
    assert_eq!(records.as_array().unwrap().len(), 1, "nothing is half made: {records}");
}

#[test]
fn all_mails_of_a_cause_are_dismissed_at_once_and_no_others() {
    let desk = company(&[two_authors("one", "eva@b.test"), no_reply("two"), no_reply("three")]);
    let said = desk.text(&["unresolved", "dismiss", "--cause", "excluded-address", "--reason", "machines"]);
    assert_eq!(said, "2 mails dismissed\n");
    let left = waiting(&desk);
    assert_eq!((left.len(), left[0]["cause"].as_str()), (1, Some("several-authors")));
    let none = desk.json(&["unresolved", "dismiss", "--cause", "ceiling", "--reason", "none"]);
    assert_eq!(none["dismissed"], 0);
}

#[test]
fn dashboard_shows_a_users_news_and_work_and_marks_as_seen_only_on_request() {
    let letters = [
        letter("first", "leo@b.test", "info"),
        letter("second", "leo@b.test", "info"),
        letter("broken", "leo@b.test", "support"),
        no_reply("shop"),
    ];
    let desk = company(&letters);
    desk.text(&["task", "add", "Send the offer", "--for", "ann", "--due", "2026-01-30"]);
    desk.text(&["task", "add", "Tidy up", "--for", "ben"]);
    desk.text(&["activity", "add", "Call Leo", "--contact", "leo@b.test", "--due", "2026-01-31"]);
    let page = desk.text(&["--as", "ann", "dashboard"]);
    for wanted in [
        "For ann: 3 news, 2 overdue, 1 tasks, 1 activities, 1 tickets, 1 open records, 1 mails that wait",
        "news from leo@b.test",
        "OVERDUE 2026-01-30",
        "Send the offer",
        "Call Leo",
        "broken",
        "excluded-address",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(!page.contains("Tidy up"), "{page}");
    assert_eq!(desk.json(&["--as", "ann", "dashboard"])["counts"]["news"], 3, "looking marks nothing");
    // Only what was shown is seen.
    desk.text(&["--as", "ann", "dashboard", "--seen", "--limit", "2"]);
    let after = desk.json(&["--as", "ann", "dashboard"]);
    assert_eq!((after["counts"]["news"].as_i64(), after["user"].as_str()), (Some(1), Some("ann")));
    let ben = desk.json(&["dashboard", "--for", "ben"]);
    assert_eq!((ben["counts"]["tasks"].as_i64(), ben["counts"]["news"].as_i64()), (Some(1), Some(0)));
    assert_eq!(desk.json(&["dashboard"])["counts"]["tasks"], 2, "an operator sees everybody's");
}

#[test]
fn agent_works_on_own_cards_only_and_sees_nothing_of_the_others() {
    let desk = company(&[letter("first", "leo@b.test", "info"), two_authors("one", "eva@b.test")]);
    users(&desk.scratch, "agent", &["zoe", "tom"]);
    desk.text(&["contact", "set", "leo@b.test", "owner=zoe"]);
    desk.text(&["record", "set", "LEAD-1", "owner=zoe"]);
    let zoe = |words: &[&str]| desk.json(&[&["--as", "zoe"], words].concat());
    zoe(&["record", "set", "LEAD-1", "title=Mine"]);
    zoe(&["activity", "add", "Call", "--record", "LEAD-1"]);
    let deal = zoe(&["record", "convert", "LEAD-1"]);
    assert_eq!(deal["code"], "DEAL-1");
    assert_eq!(zoe(&["record", "show", "DEAL-1"])["mails"].as_array().unwrap().len(), 1);
    let line = id(&waiting(&desk)[0]).to_owned();
    let made = zoe(&["unresolved", "contact", &line]);
    assert_eq!(zoe(&["record", "show", made["lead"].as_str().unwrap()])["owner"], "zoe");
    let added = zoe(&["record", "add", "--title", "Own"]);
    assert_eq!(zoe(&["record", "show", added["code"].as_str().unwrap()])["owner"], "zoe");
    let tom = |words: &[&str]| desk.run(&[&["--as", "tom"], words].concat());
    for words in [
        &["record", "show", "DEAL-1"][..],
        &["record", "set", "DEAL-1", "title=His"],
        &["record", "won", "DEAL-1"],
        &["record", "convert", "DEAL-1", "--to", "project"],
        &["activity", "add", "Call", "--record", "DEAL-1"],
    ] {
        let output = tom(words);
        assert_eq!(output.status.code(), Some(66), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let his = desk.json(&["--as", "tom", "dashboard"]);
    assert_eq!(
        (his["counts"]["open_records"].as_i64(), his["activities"].as_array().unwrap().len()),
        (Some(0), 0)
    );
}
