//! Records at the desk, and what becomes of their mail: row B10.

use super::letters::{letter, policy, record, users};
use crate::store_support::desk::Desk;
use crm_milter::store::cluster::Role;

/// Ann's client Eva with LEAD-1 and two mails.
fn company() -> Desk {
    let desk = Desk::open();
    users(&desk.scratch, "administrator", &["ann", "ben"]);
    let (policy, store) = (policy(&[]), desk.scratch.store(Role::Daemon));
    record(&store, &policy, &[letter("first", "eva@b.test", "info")]);
    record(&store, &policy, &[letter("second", "eva@b.test", "info")]);
    desk
}

fn stands_on(desk: &Desk, mail: &str) -> Vec<String> {
    let mut codes: Vec<String> = desk.json(&["mail", "show", mail])["stands_on"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|link| link["kind"] == "record")
        .map(|link| link["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes
}

#[test]
fn after_a_lead_became_a_deal_its_mail_stands_on_both_and_the_database_keeps_it_there() {
    let desk = company();
    desk.text(&[
        "record",
        "set",
        "LEAD-1",
        "reference=REF-7",
        "amount=1200.50",
        "currency=eur",
        "field.rooms=4",
    ]);
    // A lock on a mail is not in the way.
    let locked = desk.json(&["mail", "list"])[0]["id"].as_str().unwrap().to_owned();
    desk.text(&["--as", "ben", "mail", "lock", &locked]);
    let made = desk.json(&["--as", "ann", "record", "convert", "LEAD-1"]);
    assert_eq!((made["code"].as_str(), made["from"].as_str()), (Some("DEAL-1"), Some("LEAD-1")));
    let deal = desk.json(&["record", "show", "DEAL-1"]);
    assert_eq!((deal["title"].as_str(), deal["owner"].as_str()), (Some("first"), Some("ann")));
    assert_eq!((deal["amount"].as_str(), deal["fields"]["rooms"].as_str()), (Some("1200.50"), Some("4")));
    assert_eq!(
        (deal["came_from"].as_str(), deal["parties"][0]["name"].as_str()),
        (Some("LEAD-1"), Some("eva@b.test"))
    );
    let lead = desk.json(&["record", "show", "LEAD-1"]);
    assert_eq!((lead["state"].as_str(), lead["became"].as_str()), (Some("won"), Some("DEAL-1")));
    assert_eq!(desk.json(&["record", "show", "REF-7"])["code"], "DEAL-1", "forms find the deal");
    for mail in deal["mails"].as_array().unwrap() {
        assert_eq!(stands_on(&desk, mail["id"].as_str().unwrap()), ["DEAL-1", "LEAD-1"]);
    }
    // Nobody takes it off either, nor to another record.
    let mut client = desk.client();
    let error = client.execute("DELETE FROM crm.link WHERE record_id IS NOT NULL", &[]).unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("stays on both"), "{error}");
    let mut root = desk.scratch.client(Role::Superuser);
    let moved =
        "UPDATE crm.link SET record_id = NULL, ticket_id = gen_random_uuid() WHERE record_id IS NOT NULL";
    assert!(root.execute(moved, &[]).is_err());
    // A third mail goes to the open deal; one that is linked to the lead stands on both.
    let plans =
        record(&desk.scratch.store(Role::Daemon), &policy(&[]), &[letter("third", "eva@b.test", "info")]);
    let third = plans[0].mail.as_ref().unwrap().id.to_string();
    assert_eq!(stands_on(&desk, &third), ["DEAL-1"]);
    let link = "INSERT INTO crm.link (mail_id, record_id) SELECT $1::text::uuid, id FROM crm.record WHERE code = 'LEAD-1'";
    client.execute(link, &[&third]).unwrap();
    assert_eq!(stands_on(&desk, &third), ["DEAL-1", "LEAD-1"]);
    // Once, and not back.
    let (code, error) = desk.refused(&["record", "convert", "LEAD-1"]);
    assert!(code == 65 && error.contains("LEAD-1 became DEAL-1 already"), "{code} {error}");
    let (_, error) = desk.refused(&["record", "reopen", "LEAD-1"]);
    assert!(error.contains("LEAD-1 became another record"), "{error}");
}

#[test]
fn two_conversions_at_once_make_one_deal_and_codes_have_no_gaps() {
    let desk = company();
    let lead = desk.store().record_show("LEAD-1").unwrap().line.id;
    let stores: Vec<_> = (0..4).map(|_| desk.scratch.store(Role::Desk)).collect();
    let made = std::thread::scope(|all| {
        let running: Vec<_> = stores
            .iter()
            .map(|store| all.spawn(move || store.record_convert(lead, "deal", None).is_ok()))
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).filter(|made| *made).count()
    });
    assert_eq!(made, 1);
    let (code, _) = desk.refused(&["record", "add", "--title", "Taken", "--code", "deal-1"]);
    assert_eq!(code, 65);
    for number in 2..5 {
        let added = desk.json(&["record", "add", "--title", "Next"]);
        assert_eq!(added["code"], format!("DEAL-{number}"), "what failed took no number");
    }
}

#[test]
fn record_is_changed_listed_ended_and_opened_again() {
    let desk = company();
    desk.text(&["stage", "add", "--kind", "lead", "Visited"]);
    desk.text(&["record", "add", "--kind", "property", "--title", "Flat", "--external-reference", "REF-7"]);
    let said = desk.text(&["record", "set", "LEAD-1", "stage=visited", "owner=ben", "reference=REF-7"]);
    assert!(said.contains("PROPERTY-1 has that reference too"), "{said}");
    for (wrong, complaint) in [
        ("stage=Nowhere", "no stage Nowhere of kind lead; see `crmctl stage list`"),
        ("owner=nobody", "no user nobody"),
        ("amount=much", "write 1234.50"),
        ("party+=nobody@b.test", "nobody@b.test"),
    ] {
        let (_, error) = desk.refused(&["record", "set", "LEAD-1", "title=Changed", wrong]);
        assert!(error.contains(complaint), "{error}");
        assert_eq!(desk.json(&["record", "show", "LEAD-1"])["title"], "first", "nothing is half changed");
    }
    let found = |words: &[&str]| -> Vec<String> {
        let list = desk.json(&[&["record", "list"], words].concat());
        list.as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found(&["--stage", "Visited", "--owner", "BEN"]), ["LEAD-1"]);
    assert_eq!(found(&["--contact", "eva@b.test"]), ["LEAD-1"]);
    assert_eq!(found(&["--text", "LA", "--kind", "Property"]), ["PROPERTY-1"]);
    assert_eq!(found(&["--state", "won"]), Vec::<String>::new());
    let table = desk.text(&["record", "list", "--columns", "code,stage", "--kind", "lead"]);
    assert_eq!(table, "CODE    STAGE\nLEAD-1  Visited\n");
    assert!(desk.refused(&["record", "list", "--columns", "nothing"]).1.contains("there are code, kind"));
    let page = desk.json(&["record", "list", "--limit", "1"]);
    let before = page[0]["id"].as_str().unwrap();
    assert_eq!(
        (page[0]["code"].as_str(), found(&["--before", before])),
        (Some("PROPERTY-1"), vec!["LEAD-1".into()])
    );
    desk.text(&["record", "lost", "LEAD-1"]);
    let lost = desk.json(&["record", "show", "LEAD-1"]);
    assert!(lost["state"] == "lost" && lost["stage"] == "Visited" && lost["closed_at"].is_string(), "{lost}");
    assert!(desk.refused(&["record", "convert", "LEAD-1"]).1.contains("crmctl record reopen LEAD-1"));
    desk.text(&["record", "reopen", "LEAD-1"]);
    assert!(desk.json(&["record", "show", "LEAD-1"])["closed_at"].is_null());
    desk.text(&["record", "set", "LEAD-1", "party-=eva@b.test", "reference="]);
    assert_eq!(found(&["--contact", "eva@b.test"]), Vec::<String>::new());
}

#[test]
fn deal_and_activity_are_made_from_a_mail_and_belong_to_the_owner_of_the_card() {
    let desk = company();
    desk.text(&["contact", "set", "eva@b.test", "owner=ben"]);
    desk.text(&["record", "set", "LEAD-1", "owner=ben"]);
    let mail = desk.json(&["mail", "list"])[0]["id"].as_str().unwrap().to_owned();
    let deal = desk.json(&["record", "add", "--mail", &mail]);
    let deal = desk.json(&["record", "show", deal["code"].as_str().unwrap()]);
    assert_eq!((deal["title"].as_str(), deal["owner"].as_str()), (Some("second"), Some("ben")));
    assert_eq!(deal["parties"][0]["name"], "eva@b.test");
    assert_eq!(stands_on(&desk, &mail), ["DEAL-1", "LEAD-1"]);
    // B11, B06.
    let add = ["activity", "add", "Call back", "--mail", &mail, "--due", "2026-01-30 10:00"];
    let activity = desk.json(&add);
    let id = activity["id"].as_str().unwrap();
    assert_eq!((activity["user"].as_str(), activity["overdue"].as_bool()), (Some("ben"), Some(true)));
    assert_eq!(activity["due_at"], "2026-01-30T09:00:00Z");
    let shown = desk.text(&["activity", "list", "--for", "ben"]);
    assert!(shown.contains("OVERDUE 2026-01-30 10:00:00 +01:00"), "{shown}");
    desk.text(&["activity", "set", id, "--for", "ann"]);
    desk.text(&["activity", "complete", id]);
    let done = desk.json(&["activity", "show", id]);
    assert!(
        done["user"] == "ann" && done["completed_at"].is_string() && done["created_at"].is_string(),
        "{done}"
    );
    let page = desk.text(&["activity", "show", id]);
    assert!(page.contains("Created  2") && page.contains("Completed  2"), "{page}");
    assert_eq!(desk.json(&["activity", "list", "--mail", &mail, "--done"])[0]["id"], id);
    desk.text(&["activity", "reopen", id]);
    assert!(desk.json(&["activity", "show", id])["completed_at"].is_null());
    // The mail's own three times.
    let page = desk.text(&["mail", "show", &mail]);
    for time in ["Received", "Recorded"] {
        assert!(page.contains(time), "{page}");
    }
    // Note and discussion on the mail itself.
    desk.text(&["note", "add", "--mail", &mail, "Sounds serious"]);
    desk.text(&["note", "add", "--mail", &mail, "I call her"]);
    assert_eq!(desk.json(&["note", "list", "--mail", &mail]).as_array().unwrap().len(), 2);
    let (code, _) = desk.refused(&["activity", "add", "Nowhere"]);
    assert_eq!(code, 64);
}
