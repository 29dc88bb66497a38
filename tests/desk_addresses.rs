//! `crmctl address`, and who may do what to an address.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use postgres::Client;
use store_support::company::Company;
use store_support::desk::{Desk, check_shapes, shape};

const ANA: &str = "ana@b.test";

/// A contact with an address that is off.
fn off(desk: &Desk, reason: &str) {
    desk.text(&["contact", "add", "Ana", "--address", ANA]);
    let sql = "INSERT INTO crm.address_state (digest, address, off_at, reason, note, mail_id)
               VALUES (crm.digest($1), $1, now() - interval '1 day', $2, 'what it said', gen_random_uuid())";
    desk.scratch.client(Role::Daemon).execute(sql, &[&ANA, &reason]).unwrap();
}

fn is_off(client: &mut Client, address: &str) -> bool {
    let sql = "SELECT count(*) FROM crm.address_state WHERE address = $1 AND off_at IS NOT NULL";
    client.query_one(sql, &[&address]).unwrap().get::<_, i64>(0) > 0
}

#[test]
fn address_is_switched_on_with_recorded_consent_once_in_thirty_days() {
    for reason in ["bounce", "full", "complaint", "unsubscribe", "hand"] {
        let desk = Desk::open();
        off(&desk, reason);
        let (code, _) = desk.refused(&["address", "on", ANA]);
        assert_eq!(code, 64, "{reason}: without --consent it is no command");
        let (code, error) = desk.refused(&["address", "on", ANA, "--consent", "  "]);
        assert!(code == 65 && error.contains("how the owner of the address agreed"), "{error}");
        assert!(is_off(&mut desk.client(), ANA));
        desk.text(&["address", "on", "Ana@B.test", "--consent", "asked for the offer by telephone"]);
        let shown = desk.json(&["address", "show", ANA]);
        assert_eq!(shown["off_at"], serde_json::Value::Null);
        assert_eq!(shown["consents"][0]["evidence"], "asked for the offer by telephone");
        let (code, error) = desk.refused(&["address", "on", ANA, "--consent", "again"]);
        assert!(code == 65 && error.contains("is not switched off"), "{error}");
        // Off again: the second time has to wait, and the refusal says until when.
        desk.text(&["address", "off", ANA, "--reason", "she asked for it"]);
        let (code, error) = desk.refused(&["address", "on", ANA, "--consent", "again"]);
        let from: String = desk
            .client()
            .query_one(
                "SELECT to_char(reactivated_at + interval '30 days', 'YYYY-MM-DD HH24:MI') || ' UTC' FROM crm.address_state",
                &[],
            )
            .unwrap()
            .get(0);
        assert!(code == 77 && error.contains(&format!("from {from}")), "{error}");
        let mut root = desk.scratch.client(Role::Superuser);
        root.batch_execute("UPDATE crm.address_state SET reactivated_at = now() - interval '30 days'")
            .unwrap();
        desk.text(&["address", "on", ANA, "--consent", "again"]);
        assert!(!is_off(&mut desk.client(), ANA));
    }
}

#[test]
fn page_of_an_address_says_what_it_is_since_when_why_and_who_did_what() {
    let desk = Desk::open();
    off(&desk, "bounce");
    let mut root = desk.scratch.client(Role::Superuser);
    let mail: String = root.query_one("SELECT mail_id::text FROM crm.address_state", &[]).unwrap().get(0);
    let letter = "INSERT INTO crm.outbox (id, kind, state, mail_from, rcpt_to, message_id, subject, message, report,
                      reported_at, report_text)
                  VALUES (gen_random_uuid(), 'letter', 'sent', '', $1, '<x@y>', 'Offer', '{}', 'bounce', now(),
                      'the address takes no mail (5.1.1)')";
    root.execute(letter, &[&ANA]).unwrap();
    let page = desk.text(&["address", "show", ANA]);
    for words in [
        "ana@b.test: switched off since",
        "it takes no mail",
        "why: what it said",
        &format!("said by the mail {mail}"),
        "of Ana",
        "Came back",
        "the address takes no mail (5.1.1)",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    desk.text(&["address", "on", ANA, "--consent", "confirmed by telephone"]);
    desk.text(&["address", "off", ANA]);
    let page = desk.text(&["address", "show", ANA]);
    for words in
        ["by hand", "Consents", "confirmed by telephone", "By hand", "switched on", "switched on last:"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let mut shapes = serde_json::Map::new();
    for verb in [vec!["address", "show", ANA], vec!["address", "list"]] {
        shapes.insert(verb[..2].join(" "), shape(&desk.json(&verb)));
    }
    check_shapes(&shapes.into(), "addresses.json");
    let events = desk.json(&["address", "show", ANA])["history"].as_array().unwrap().len();
    assert_eq!(events, 2, "what the daemon did stands under what came back: {page}");
    let list = desk.json(&["address", "list", "--reason", "hand"]);
    assert_eq!((&list[0]["address"], &list[0]["contacts"]), (&ANA.into(), &"Ana".into()), "{list}");
    assert_eq!(desk.json(&["address", "list", "--reason", "bounce"]), serde_json::json!([]));
    assert_eq!(desk.json(&["address", "list", "--before", "1d"]), serde_json::json!([]));
    let (code, error) = desk.refused(&["address", "show", "nobody@b.test"]);
    assert!(code == 66 && error.contains("nobody@b.test"), "{error}");
    let (code, error) = desk.refused(&["address", "off", ANA]);
    assert!(code == 65 && error.contains("switched off already"), "{error}");
    let (code, error) = desk.refused(&["address", "off", "no address"]);
    assert!(code == 65 && error.contains("is no address"), "{error}");
}

#[test]
fn users_see_and_switch_addresses_of_the_contacts_that_they_see() {
    let company = Company::new();
    let (hers, his) = ("of.ann@b.test", "of.bob@b.test");
    let mut root = company.scratch.client(Role::Superuser);
    let off = "INSERT INTO crm.address_state (digest, address, off_at, reason)
               VALUES (crm.digest($1), $1, now() - interval '1 day', 'unsubscribe')";
    for address in [hers, his] {
        root.execute(off, &[&address]).unwrap();
    }
    let store = |login: &str| company.desk.acting_as(login).unwrap();
    for (login, sees) in [
        ("ann", vec![hers]),
        ("coo", vec![hers]),
        ("bob", vec![his]),
        ("eve", vec![]),
        ("adm", vec![his, hers]),
    ] {
        let filter = crm_milter::store::AddressFilter { limit: 10, ..Default::default() };
        let mut listed: Vec<_> =
            store(login).address_list(&filter).unwrap().into_iter().filter_map(|line| line.address).collect();
        listed.sort();
        let mut sees: Vec<_> = sees.into_iter().map(str::to_owned).collect();
        sees.sort();
        assert_eq!(listed, sees, "{login}");
    }
    for login in ["ann", "coo", "eve"] {
        let store = store(login);
        for error in [
            store.address_on(his, "he said so").unwrap_err(),
            store.address_show(his).map(drop).unwrap_err(),
            store.address_off(his, None).unwrap_err(),
            // Whether there is such an address is nobody's business either.
            store.address_off("of.nobody@b.test", None).unwrap_err(),
            store.address_off("unheard.of@b.test", None).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with("no contact that you see has "), "{login}: {error}");
        }
    }
    assert!(is_off(&mut root, his));
    store("ann").address_on(hers, "asked for it").unwrap();
    let by = "SELECT r.login || ' ' || c.recorded_by::text FROM crm.address_state s JOIN crm.users r ON r.id = s.reactivated_by
              JOIN crm.consent c ON c.address = s.address";
    assert_eq!(root.query_one(by, &[]).unwrap().get::<_, String>(0), format!("ann {}", company.users["ann"]));
    store("ann").address_off(hers, Some("and no more")).unwrap();
    assert_eq!(store("ann").address_show(hers).unwrap().off_by.as_deref(), Some("ann"));
    store("adm").address_on(his, "on paper").unwrap();
    assert!(!is_off(&mut root, his));
}

#[test]
fn rules_of_switching_on_hold_for_whichever_client() {
    let company = Company::new();
    let hers = "of.ann@b.test";
    let mut root = company.scratch.client(Role::Superuser);
    let off = "INSERT INTO crm.address_state (digest, address, off_at, reason)
               VALUES (crm.digest($1), $1, now() - interval '1 day', 'unsubscribe')";
    root.execute(off, &[&hers]).unwrap();
    for mut client in [company.client("ann"), company.client("adm"), company.scratch.client(Role::Desk)] {
        let mut state = |sql: &str| client.execute(sql, &[]).unwrap_err().code().unwrap().code().to_owned();
        assert_eq!(state("UPDATE crm.address_state SET off_at = NULL"), "55000", "without a consent");
        assert_eq!(state("UPDATE crm.address_state SET reactivated_at = NULL"), "42501");
        assert_eq!(state("UPDATE crm.address_state SET off_at = NULL, reactivated_at = NULL"), "42501");
        assert_eq!(state("UPDATE crm.address_state SET digest = crm.digest('x'), address = 'x'"), "42501");
        assert_eq!(state("DELETE FROM crm.address_state"), "42501");
    }
    assert!(is_off(&mut root, hers));
    let store = company.desk.acting_as("ann").unwrap();
    store.address_on(hers, "asked for it").unwrap();
    store.address_off(hers, None).unwrap();
    // A consent of before it was switched off is none, and thirty days are thirty days.
    let mut ann = company.client("ann");
    let error = ann.execute("UPDATE crm.address_state SET off_at = NULL", &[]).unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("can be again from"), "{error:?}");
    root.execute("UPDATE crm.address_state SET reactivated_at = now() - interval '31 days'", &[]).unwrap();
    let error = ann.execute("UPDATE crm.address_state SET off_at = NULL", &[]).unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("no consent"), "{error:?}");
}
