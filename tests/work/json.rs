//! What the verbs print for programs.

use super::letters::{answer, letter, policy, record, users};
use crate::store_support::desk::{Desk, check_shapes, shape};
use crm_milter::store::cluster::Role;
use serde_json::{Map, Value};

#[test]
fn json_of_work_has_its_documented_shape() {
    let desk = Desk::with(super::ticket::SUPPORT);
    users(&desk.scratch, "administrator", &["ann", "ben"]);
    let (policy, store) = (policy(&[]), desk.scratch.store(Role::Daemon));
    let broken = letter("broken", "eva@b.test", "support");
    let waits = letter("offer", "no-reply@shop.test", "info");
    record(&store, &policy, &[letter("first", "eva2@b.test", "info"), broken.clone(), waits]);
    let code = desk.json(&["ticket", "list"])[0]["code"].as_str().unwrap().to_owned();
    desk.text(&["ticket", "set", &code, "status=closed"]);
    record(&store, &policy, &[answer("again", &broken, "support")]);
    desk.text(&["stage", "add", "--kind", "lead", "Visited"]);
    desk.text(&["record", "set", "LEAD-1", "stage=Visited", "amount=12", "currency=EUR", "reference=R"]);
    let mut shapes = Map::new();
    let mut add = |name: &str, value: &Value| shapes.insert(name.to_owned(), shape(value));
    add("ticket comment", &desk.json(&["ticket", "comment", &code, "Hello"]));
    let deal = desk.json(&["record", "convert", "LEAD-1"]);
    add("record convert", &deal);
    let done = ["activity", "add", "Call", "--record", "DEAL-1", "--due", "2026-01-01"];
    let activity = desk.json(&done)["id"].as_str().unwrap().to_owned();
    desk.text(&["--as", "ann", "activity", "complete", &activity]);
    let mail = desk.json(&["mail", "list"])[0]["id"].as_str().unwrap().to_owned();
    desk.text(&["activity", "add", "Answer", "--mail", &mail]);
    for words in [
        &["record", "list"][..],
        &["record", "show", "DEAL-1"],
        &["ticket", "list"],
        &["ticket", "show", &code],
        &["activity", "show", &activity],
        &["unresolved", "list"],
        &["dashboard"],
    ] {
        add(&words.iter().take(2).copied().collect::<Vec<_>>().join(" "), &desk.json(words));
    }
    let line = desk.json(&["unresolved", "list"])[0]["id"].as_str().unwrap().to_owned();
    add("record state", &desk.json(&["record", "won", "DEAL-1"]));
    add("unresolved link", &desk.json(&["unresolved", "link", &line, "--record", "DEAL-1"]));
    add("unresolved dismiss", &desk.json(&["unresolved", "dismiss", "--cause", "manual", "--reason", "x"]));
    check_shapes(&Value::Object(shapes), "work.json");
}
