//! What people bring to the desk: a message out of a file, and a ticket that nobody wrote a mail for.

use super::{letter, text};
use crate::harness::site::{INBOXES, Options, Site};
use serde_json::Value;
use std::fs;

fn json(site: &Site, words: &[&str]) -> Value {
    serde_json::from_str(&site.crmctl(&[&["--json"], words].concat())).unwrap()
}

#[test]
fn message_that_reached_no_inbox_is_stored_and_filed_from_a_file() {
    let site = Site::start();
    let file = |name: &str, content: &str| {
        let path = site.scratch.path().join(name);
        fs::write(&path, content).unwrap();
        text(&path).to_owned()
    };
    site.crmctl(&["record", "add", "--title", "Villa"]);
    let first = file("one.eml", &letter(1));
    let done = json(&site, &["--as", "luis", "mail", "add", &first, "--new", "lead"]);
    let mail = done[0]["id"].as_str().unwrap();
    assert_eq!(done[0]["under"], serde_json::json!(["LEAD-1", "Customer 1"]));
    let shown = json(&site, &["mail", "show", mail]);
    assert_eq!(
        (shown["source"].as_str(), shown["direction"].as_str()),
        (Some("desk"), Some("in")),
        "{shown}"
    );
    assert_eq!(
        (shown["filed_by"].as_str(), shown["received_at"].as_str()),
        (Some("luis"), Some("2025-10-01T10:01:00Z"))
    );
    let line = &shown["intakes"][0];
    assert!(line["resolution"].as_str().unwrap().starts_with("filed by luis under LEAD-1"), "{line}");
    // What a colleague wrote goes to whom they wrote to; again it is the same mail, filed under more.
    let sent = "From: ana@crm.test\nTo: bert@there.test\nSubject: offer\nMessage-ID: <o@crm.test>\n\nx\n";
    let sent = file("sent.eml", sent);
    let done = json(&site, &["mail", "add", &sent]);
    assert_eq!(done[0]["under"], serde_json::json!(["bert@there.test"]));
    let again = json(&site, &["mail", "add", &sent, "--record", "DEAL-1"]);
    assert_eq!(again[0]["id"], done[0]["id"]);
    let offer = json(&site, &["mail", "show", done[0]["id"].as_str().unwrap()]);
    assert_eq!(
        (offer["direction"].as_str(), offer["stands_on"].as_array().unwrap().len()),
        (Some("out"), 2),
        "{offer}"
    );
    assert_eq!(site.value("SELECT count(*) FROM crm.notification"), "0");
    // What cannot be filed stores nothing.
    let internal =
        file("internal.eml", "From: ana@crm.test\nTo: luis@crm.test\nMessage-ID: <i@crm.test>\n\nx\n");
    let (elf, mbox) =
        (file("elf", "\u{7f}ELF"), file("mbox", "From x@y.test Sun Nov  2 14:54:43 2025\nA: b\n"));
    let second = file("two.eml", &letter(2));
    for (words, complaint) in [
        (&[internal.as_str()][..], "everybody in it is a colleague"),
        (&[&elf], "it is no message"),
        (&[&mbox], "`crmctl import` takes these"),
        (&["/nowhere.eml"], "No such file"),
        (&[&second, &elf], "it is no message"),
        (&[&second, "--record", "DEAL-9"], "DEAL-9"),
    ] {
        let output = site.try_crmctl(&[&["mail", "add"], words].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(complaint), "{words:?}: {said}");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "2");
}

#[test]
fn message_waits_in_the_spool_while_nobody_can_store_it() {
    let mut site = Site::start();
    let path = site.scratch.path().join("one.eml");
    fs::write(&path, letter(1)).unwrap();
    site.stop_daemon();
    let output = site.try_crmctl(&["mail", "add", text(&path)]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(75) && said.contains("stores it as soon as it runs"), "{said}");
    site.start_daemon();
    site.wait_spool_empty();
    site.crmctl(&["mail", "add", text(&path)]);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
}

#[test]
fn ticket_is_opened_by_hand_in_the_series_of_its_inbox() {
    let second = "[[inbox]]\nkey = \"repairs\"\naddress = \"repairs@crm.test\"\nkind = \"tickets\"\nreference = \"REP\"\n";
    let inboxes = format!("{INBOXES}\n{second}");
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    site.crmctl(&["contact", "add", "Eva", "--address", "eva@there.test", "--set", "owner=luis"]);
    site.crmctl(&["record", "add", "--title", "Villa", "--contact", "eva@there.test"]);
    let add = ["ticket", "add", "--subject", "Boiler broken", "--contact", "eva@there.test"];
    let output = site.try_crmctl(&add);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(65)
            && said.contains("say by --inbox to which it belongs: support, repairs"),
        "{said}"
    );
    let more = ["--inbox", "repairs", "--priority", "high", "--record", "DEAL-1", "--note", "She called"];
    let made = json(&site, &[&["--as", "ana"], &add[..], &more].concat());
    let code = made["code"].as_str().unwrap();
    assert!(code.starts_with("REP-20") && code.ends_with("-00001"), "{made}");
    let ticket = json(&site, &["ticket", "show", code]);
    assert_eq!(
        (ticket["status"].as_str(), ticket["priority"].as_str()),
        (Some("new"), Some("high")),
        "{ticket}"
    );
    assert_eq!(
        (ticket["owner"].as_str(), ticket["contact"].as_str()),
        (Some("luis"), Some("Eva")),
        "{ticket}"
    );
    assert_eq!(
        (ticket["record"].as_str(), ticket["inbox"].as_str()),
        (Some("DEAL-1"), Some("repairs")),
        "{ticket}"
    );
    assert_eq!(ticket["comments"][0]["is_public"], false);
    // From a mail, which stands on it; its answer finds it.
    let path = site.scratch.path().join("one.eml");
    fs::write(&path, letter(1)).unwrap();
    let mail = json(&site, &["mail", "add", text(&path)])[0]["id"].as_str().unwrap().to_owned();
    let made = json(&site, &["ticket", "add", "--mail", &mail, "--inbox", "support"]);
    let ticket = json(&site, &["ticket", "show", made["code"].as_str().unwrap()]);
    assert_eq!(
        (ticket["subject"].as_str(), ticket["contact"].as_str()),
        (Some("Question 1"), Some("Customer 1"))
    );
    assert_eq!(ticket["mails"][0]["id"], mail.as_str());
    assert_eq!(
        site.value("SELECT count(*) FROM crm.audit WHERE entity = 'ticket' AND action = 'insert'"),
        "2"
    );
    for (words, complaint) in [
        (&["--subject", " ", "--inbox", "support"][..], "subject"),
        (&["--subject", "x", "--inbox", "info"], "there are support, repairs"),
        (&["--subject", "x", "--inbox", "support", "--contact", "nobody@there.test"], "nobody@there.test"),
        (&["--inbox", "support"], "--subject"),
    ] {
        let output = site.try_crmctl(&[&["ticket", "add"], words].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(complaint), "{words:?}: {said}");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.ticket"), "2");
}
