//! Contacts, notes, tasks and the company's own words, through `crmctl` on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::{Link, Target};
use crm_milter::store::cluster::Role;
use store_support::desk::{Desk, check_shapes, shape};
use store_support::{CommitBatch, plan};

#[test]
fn contact_is_added_with_all_its_fields_and_its_card_shows_them() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ben", "--office", "Centro"]);
    let company = desk.id(&["contact", "add", "Ruiz S.L.", "--set", "is-company=yes"]);
    let id = desk.id(&[
        "contact",
        "add",
        "Ana Ruiz",
        "--address",
        "Ana@Example.com",
        "--address",
        "ana.ruiz@example.com",
        "--phone",
        "600 111 222",
        "--phone",
        "+44 20 7946 0958",
        "--set",
        "owner=ben",
        "--set",
        "stars=2",
        "--set",
        "colour=green",
        "--set",
        "emoji=🏠",
        "--set",
        "language=es",
        "--set",
        "interests=golf, sea",
        "--set",
        "job-title=Buyer",
        "--set",
        "office=centro",
        "--under",
        "ruiz s.l.",
    ]);
    let card = desk.json(&["contact", "show", "+34600111222"]);
    assert_eq!(card["id"], id.as_str());
    assert_eq!(card["addresses"], serde_json::json!(["Ana@Example.com", "ana.ruiz@example.com"]));
    assert_eq!(card["phone_list"][0]["link"], "tel:+34600111222");
    assert_eq!(card["phone_list"][0]["whatsapp"], "https://wa.me/34600111222");
    assert_eq!(card["address_list"][0]["link"], "mailto:Ana@Example.com");
    assert_eq!(card["companies"][0]["id"], company.as_str());
    assert_eq!(
        (&card["owner"], &card["office"], &card["origin"]),
        (&"ben".into(), &"Centro".into(), &"desk".into())
    );
    let text = desk.text(&["contact", "show", "ana@example.COM"]);
    for shown in
        ["🏠 Ana Ruiz", "Buyer", "★★", "green", "golf, sea", "https://wa.me/442079460958", "Ruiz S.L."]
    {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert!(
        desk.text(&["contact", "show", &company]).contains("Ana Ruiz"),
        "the person stands on the company"
    );
}

#[test]
fn fields_are_changed_several_at_once_and_a_wrong_one_changes_none() {
    let desk = Desk::open();
    let id = desk.id(&["contact", "add", "Ana", "--set", "company=Old", "--set", "interests=a,b"]);
    desk.text(&["contact", "set", "Ana", "stars=3", "company=", "interests+=c", "language=en"]);
    desk.text(&["contact", "set", &id, "interests-=a"]);
    let card = desk.json(&["contact", "show", &id]);
    assert_eq!((&card["stars"], &card["company"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(card["interests"], serde_json::json!(["b", "c"]));
    for (wrong, code, says) in [
        ("stars=9", 65, "0 to 3"),
        ("owner=nobody", 66, "no user nobody"),
        ("stage=Nowhere", 66, "stage list"),
        ("type=martian", 66, "no type martian"),
        ("origin=mars", 66, "no origin mars"),
        ("shoe=43", 65, "no field"),
    ] {
        let (got, error) = desk.refused(&["contact", "set", &id, "stars=1", wrong]);
        assert!(got == code || wrong == "stars=9" && got == 65, "{wrong}: {got} {error}");
        assert!(error.contains(says) || error.contains("twice"), "{wrong}: {error}");
    }
    assert_eq!(desk.json(&["contact", "show", &id])["stars"], 3, "nothing was changed by halves");
}

#[test]
fn address_or_phone_of_another_contact_is_refused_with_its_name_and_owner() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ben"]);
    desk.text(&[
        "contact",
        "add",
        "Ana",
        "--phone",
        "600111222",
        "--address",
        "ana@b.test",
        "--set",
        "owner=ben",
    ]);
    let (code, error) = desk.refused(&["contact", "add", "Other", "--phone", "+34 600-111-222"]);
    assert_eq!(code, 65);
    assert!(error.contains("phone +34600111222 is in use by Ana, owner ben"), "{error}");
    let (_, error) = desk.refused(&["contact", "add", "Other", "--address", "ANA@B.TEST"]);
    assert!(error.contains("address ana@b.test is in use by Ana, owner ben"), "{error}");
    desk.text(&["contact", "add", "Other"]);
    let (_, error) = desk.refused(&["contact", "phone", "add", "Other", "600111222"]);
    assert!(error.contains("in use by Ana"), "{error}");
    let (_, error) = desk.refused(&["contact", "address", "add", "Ana", "ana@b.test"]);
    assert!(error.contains("has ana@b.test already"), "{error}");
    assert_eq!(desk.names(&[]), ["Other", "Ana"], "the refused ones left nothing behind");
}

#[test]
fn contacts_without_address_are_never_the_same() {
    let desk = Desk::open();
    for _ in 0..3 {
        desk.text(&["contact", "add", "Nameless", "--address", "", "--phone", " "]);
    }
    assert_eq!(desk.names(&[]).len(), 3);
    assert_eq!(desk.refused(&["contact", "add"]).0, 65);
    assert_eq!(desk.refused(&["contact", "add", "x", "--address", "none"]).0, 65);
}

#[test]
fn configuration_may_allow_one_phone_for_several_contacts() {
    let desk = Desk::with("[contacts]\nallow_duplicates = true\n");
    desk.text(&["contact", "add", "Ana", "--phone", "600111222", "--address", "home@b.test"]);
    desk.text(&["contact", "add", "Ben", "--phone", "600111222", "--address", "home@b.test"]);
    let (code, error) = desk.refused(&["contact", "show", "600111222"]);
    assert!(code == 65 && error.contains("Ana") && error.contains("Ben"), "{error}");
    assert_eq!(desk.json(&["contact", "show", "Ben"])["address_list"][0]["shared"], true);
}

#[test]
fn list_is_filtered_ordered_and_paged_without_gap_or_repeat() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ben"]);
    for (name, more) in [
        ("Cleo", "--set=language=es"),
        ("ana", "--set=owner=ben"),
        ("Bea", "--set=stars=3"),
        ("Dan", "--set=interests=golf"),
        ("Eva", "--set=state=inactive"),
        ("ana", "--set=stars=1"),
    ] {
        desk.text(&["contact", "add", name, more]);
    }
    assert_eq!(desk.names(&[]), ["ana", "Dan", "Bea", "ana", "Cleo"], "newest first, inactive ones left out");
    assert_eq!(desk.names(&["--order", "name"]), ["ana", "ana", "Bea", "Cleo", "Dan"]);
    for (arguments, names) in [
        (&["--owner", "ben"][..], &["ana"][..]),
        (&["--owner", "-", "--stars", "1"], &["ana", "Bea"]),
        (&["--state", "inactive"], &["Eva"]),
        (&["--language", "es"], &["Cleo"]),
        (&["--interest", "golf"], &["Dan"]),
        (&["--text", "EA"], &["Bea"]),
        (&["--updated-since", "today", "--stars", "2"], &["Bea"]),
        (&["--created-since", "2999-01-01"], &[]),
    ] {
        assert_eq!(desk.names(arguments), names, "{arguments:?}");
    }
    desk.text(&["contact", "set", "Cleo", "stars=1"]);
    assert_eq!(desk.names(&["--order", "updated", "--limit", "1"]), ["Cleo"]);
    for order in ["newest", "name", "updated"] {
        let whole = desk.json(&["contact", "list", "--order", order]);
        let mut paged = Vec::new();
        while let Some(page) = {
            let mut arguments = vec!["contact", "list", "--order", order, "--limit", "2"];
            let last: Option<String> =
                paged.last().map(|c: &serde_json::Value| c["id"].as_str().unwrap().into());
            if let Some(last) = &last {
                arguments.extend(["--after", last]);
            }
            Some(desk.json(&arguments)).filter(|page| !page.as_array().unwrap().is_empty())
        } {
            paged.extend(page.as_array().unwrap().clone());
        }
        assert_eq!(serde_json::Value::from(paged), whole, "{order}");
    }
    let text = desk.text(&["contact", "list", "--columns", "name,stars", "--text", "bea"]);
    assert_eq!(text.lines().map(str::trim_end).collect::<Vec<_>>(), ["NAME  STARS", "Bea   ★★★"]);
    assert_eq!(desk.refused(&["contact", "list", "--columns", "shoe"]).0, 64);
    assert_eq!(
        desk.refused(&["contact", "list", "--owner", "nobody"]).0,
        66,
        "a misspelt filter is no empty list"
    );
}

#[test]
fn bulk_edit_asks_once_and_does_nothing_without_a_terminal() {
    let desk = Desk::open();
    for name in ["Ana", "Bea", "Cleo"] {
        desk.text(&["contact", "add", name]);
    }
    desk.text(&["contact", "set", "Cleo", "stars=3"]);
    let arguments =
        ["contact", "bulk", "--text", "a", "--set", "stars=1", "--set", "emoji=⭐", "--set", "colour=red"];
    let (code, error) = desk.refused(&arguments);
    assert_eq!(code, 64);
    for shown in ["2 contacts", "Ana", "Bea", "stars: 1", "emoji: ⭐", "colour: red", "--yes"] {
        assert!(error.contains(shown), "{shown} in {error}");
    }
    assert_eq!(desk.names(&["--stars", "1"]), ["Cleo"]);
    let done = desk.json(&[&arguments[..], &["--yes"]].concat());
    assert_eq!((&done["contacts"], &done["changed"]), (&2.into(), &2.into()));
    assert_eq!(desk.names(&["--colour", "red"]), ["Bea", "Ana"]);
    assert_eq!(desk.json(&["contact", "bulk", "--text", "zoe", "--set", "stars=1", "--yes"])["contacts"], 0);
}

#[test]
fn bulk_edit_on_a_terminal_asks_once_and_takes_only_yes() {
    let desk = Desk::open();
    desk.text(&["contact", "add", "Ana"]);
    let shown = desk.on_terminal("contact bulk --text ana --set stars=1", "n\n");
    assert!(shown.contains("Change 1 contact? [y/N]") && shown.contains("nothing was changed"), "{shown}");
    assert_eq!(desk.names(&["--stars", "1"]), Vec::<String>::new());
    let shown = desk.on_terminal("contact bulk --text ana --set stars=1", "y\n");
    assert!(shown.contains("1 contact changed"), "{shown}");
    assert_eq!(desk.names(&["--stars", "1"]), ["Ana"]);
}

#[test]
fn stages_belong_to_a_type_and_won_and_lost_are_states() {
    let desk = Desk::open();
    desk.text(&["type", "add", "press", "--name", "es=Prensa"]);
    for (kind, stage) in [("client", "Offer sent"), ("client", "Visit"), ("press", "Called")] {
        desk.text(&["stage", "add", "--type", kind, stage]);
    }
    desk.text(&["stage", "set", "--type", "client", "Visit", "--position", "-1", "--rename", "First visit"]);
    let stages = desk.json(&["stage", "list", "--type", "client"]);
    assert_eq!((&stages[0]["name"], &stages[1]["name"]), (&"First visit".into(), &"Offer sent".into()));
    assert_eq!(desk.refused(&["stage", "add", "--type", "client", "offer SENT"]).0, 65);
    desk.text(&["contact", "add", "Ana", "--set", "stage=offer sent"]);
    assert_eq!(desk.refused(&["contact", "set", "Ana", "stage=Called"]).0, 66, "a stage of another type");
    desk.text(&["contact", "lost", "Ana"]);
    let card = desk.json(&["contact", "show", "Ana"]);
    assert_eq!((&card["state"], &card["stage"]), (&"lost".into(), &"Offer sent".into()));
    assert_eq!(card["no_automatic_mail"], "the contact is lost");
    assert!(desk.text(&["contact", "show", "Ana"]).contains("none: the contact is lost"));
    desk.text(&["contact", "reopen", "Ana"]);
    assert_eq!(desk.json(&["contact", "show", "Ana"])["no_automatic_mail"], serde_json::Value::Null);
    let (_, error) = desk.refused(&["stage", "remove", "--type", "client", "Offer sent"]);
    assert!(error.contains("in use"), "{error}");
    desk.text(&["contact", "set", "Ana", "type=press", "stage=Called"]);
    desk.text(&["contact", "set", "Ana", "type=client"]);
    assert_eq!(desk.json(&["contact", "show", "Ana"])["stage"], serde_json::Value::Null);
    desk.text(&["stage", "remove", "--type", "client", "Offer sent"]);
    assert_eq!(desk.refused(&["type", "remove", "client"]).0, 65, "built in");
    desk.text(&["stage", "remove", "--type", "press", "Called"]);
    desk.text(&["type", "remove", "press"]);
}

#[test]
fn inactive_contact_is_out_of_every_list_and_its_block_holds() {
    let desk = Desk::open();
    let id = desk.id(&["contact", "add", "Pest", "--address", "pest@b.test"]);
    desk.text(&["block", "add", "--contact", "pest@b.test", "--reason", "never stops"]);
    desk.text(&["contact", "inactive", "Pest"]);
    assert_eq!(desk.names(&[]), Vec::<String>::new());
    let card = desk.json(&["contact", "show", &id]);
    assert_eq!((&card["blocks"][0]["reason"], &card["state"]), (&"never stops".into(), &"inactive".into()));
    let why = desk.json(&["block", "why", "pest@b.test"]);
    assert!(why.to_string().contains("never stops"), "it is refused as before: {why}");
}

#[test]
fn card_says_which_addresses_are_switched_off_and_why() {
    let desk = Desk::open();
    desk.text(&["contact", "add", "Ana", "--address", "a@b.test", "--address", "gone@b.test"]);
    let off = "INSERT INTO crm.address_state (digest, address, off_at, reason)
               VALUES (crm.digest('gone@b.test'), 'gone@b.test', '2026-01-02T03:04:05Z', 'bounce')";
    desk.client().execute(off, &[]).unwrap();
    let card = desk.json(&["contact", "show", "Ana"]);
    assert_eq!(card["address_list"][0]["off_reason"], serde_json::Value::Null);
    assert_eq!(card["address_list"][1]["off_reason"], "bounce");
    let shown = desk.text(&["contact", "show", "Ana"]);
    assert!(shown.contains("switched off: bounce, since 2026-01-02 04:04:05 +01:00"), "{shown}");
}

#[test]
fn origins_built_in_stay_and_own_ones_have_icon_and_names_by_language() {
    let desk = Desk::open();
    desk.text(&["origin", "add", "fair", "--name", "en=Trade fair", "--name", "es=Feria", "--icon", "🎪"]);
    desk.text(&["origin", "set", "fair", "--name", "de=Messe", "--name", "en="]);
    let list = desk.json(&["origin", "list"]);
    let fair = list.as_array().unwrap().iter().find(|origin| origin["key"] == "fair").unwrap();
    assert_eq!(fair["names"], serde_json::json!({ "de": "Messe", "es": "Feria" }));
    assert_eq!((&fair["icon"], &fair["built_in"]), (&"🎪".into(), &false.into()));
    let (code, error) = desk.refused(&["origin", "remove", "mail"]);
    assert!(code == 65 && error.contains("built in"), "{error}");
    desk.text(&["contact", "add", "Ana", "--set", "origin=fair"]);
    assert!(desk.refused(&["origin", "remove", "fair"]).1.contains("in use"));
    desk.text(&["contact", "set", "Ana", "origin="]);
    desk.text(&["origin", "remove", "fair"]);
    assert_eq!(desk.refused(&["origin", "remove", "fair"]).0, 66);
    assert_eq!(desk.refused(&["origin", "add", "Two Words"]).0, 65);
    assert_eq!(desk.refused(&["origin", "add", "mail"]).0, 65);
}

#[test]
fn addresses_and_phones_are_added_removed_and_put_first() {
    let desk = Desk::open();
    let id = desk.id(&["contact", "add", "Ana", "--address", "a@b.test", "--phone", "600111222"]);
    desk.text(&["contact", "address", "add", &id, "c@b.test", "--main"]);
    desk.text(&["contact", "phone", "add", &id, "600 111 333"]);
    desk.text(&["contact", "phone", "main", &id, "+34600111333"]);
    let card = desk.json(&["contact", "show", &id]);
    assert_eq!(card["addresses"], serde_json::json!(["c@b.test", "a@b.test"]));
    assert_eq!(card["phones"], serde_json::json!(["+34600111333", "+34600111222"]));
    desk.text(&["contact", "address", "remove", &id, "C@B.test"]);
    assert_eq!(desk.refused(&["contact", "address", "remove", &id, "c@b.test"]).0, 66);
    assert_eq!(desk.refused(&["contact", "address", "main", &id, "c@b.test"]).0, 66);
    desk.text(&["contact", "add", "Ben", "--address", "c@b.test"]);
}

#[test]
fn notes_are_pinned_edited_and_deleted_and_what_they_said_is_kept() {
    let desk = Desk::open();
    desk.text(&["contact", "add", "Ana"]);
    let first = desk.id(&["note", "add", "--contact", "Ana", "first"]);
    let second = desk.id(&["note", "add", "--contact", "Ana", "second"]);
    let said = |arguments: &[&str]| -> Vec<String> {
        let list = desk.json(&[&["note", "list", "--contact", "Ana"], arguments].concat());
        list.as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(said(&[]), ["second", "first"]);
    desk.text(&["note", "pin", &first]);
    desk.text(&["note", "edit", &first, "changed"]);
    assert_eq!(said(&[]), ["changed", "second"], "pinned first");
    assert!(desk.text(&["contact", "show", "Ana"]).contains("pinned"));
    desk.text(&["note", "delete", &first]);
    assert_eq!(said(&[]), ["second"]);
    assert_eq!(said(&["--deleted"]), ["changed", "second"]);
    let whole = desk.json(&["note", "show", &first]);
    assert_eq!((&whole["note"]["text"], &whole["before"][0]["text"]), (&"changed".into(), &"first".into()));
    assert_eq!(desk.refused(&["note", "edit", &first, "again"]).0, 66, "a deleted note");
    assert_eq!(desk.refused(&["note", "edit", &second, " \n"]).0, 65);
    assert_eq!(desk.refused(&["note", "add", "no target"]).0, 64);
}

#[test]
fn tasks_are_due_in_the_users_time_zone_marked_when_overdue_and_completed() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ben"]);
    desk.text(&["contact", "add", "Ana"]);
    let late =
        desk.json(&["task", "add", "Call", "--contact", "Ana", "--due", "2020-01-02 10:00", "--for", "ben"]);
    assert_eq!((&late["due_at"], &late["overdue"]), (&"2020-01-02T09:00:00Z".into(), &true.into()));
    let whenever = desk.id(&["task", "add", "Whenever"]);
    let soon = desk.id(&["task", "add", "Soon", "--due", "2999-07-01"]);
    let titles = |arguments: &[&str]| -> Vec<String> {
        let list = desk.json(&[&["task", "list"], arguments].concat());
        list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&["--all"]), ["Call", "Soon", "Whenever"], "what is due first first");
    assert_eq!(titles(&["--all", "--limit", "1", "--after", late["id"].as_str().unwrap()]), ["Soon"]);
    assert_eq!(titles(&["--all", "--after", &soon]), ["Whenever"]);
    assert_eq!(titles(&["--for", "ben"]), ["Call"]);
    assert!(desk.text(&["contact", "show", "Ana"]).contains("OVERDUE 2020-01-02 10:00:00 +01:00"));
    desk.text(&["task", "complete", late["id"].as_str().unwrap(), &whenever]);
    assert_eq!(titles(&["--all"]), ["Soon"]);
    assert_eq!(titles(&["--all", "--done"]), ["Call", "Whenever"]);
    desk.text(&["task", "reopen", &whenever]);
    desk.text(&["task", "set", &soon, "--due", "", "--for", "ben", "--title", "Some day"]);
    assert_eq!(titles(&["--for", "ben"]), ["Some day"]);
    assert_eq!(desk.refused(&["task", "add", "x", "--due", "soon"]).0, 65);
    assert_eq!(desk.refused(&["task", "complete", "019a0000-0000-7000-8000-000000000000"]).0, 66);
}

#[test]
fn hostile_text_is_stored_and_shown_inert() {
    let desk = Desk::open();
    let payloads = [
        "'; DROP TABLE crm.contact; --",
        "\u{1b}]0;owned\u{7}\u{1b}[2J",
        "evil\u{202e}gpj.exe",
        "{{7*7}}{% include 'x' %}${jndi:ldap://x}",
        "=cmd|'/c calc'!A1",
        "pay\u{200b}pal \u{9b}31m",
        "%s%n$(id)`id`",
    ];
    for payload in payloads {
        let id = desk.id(&["contact", "add", payload, "--set", &format!("company={payload}")]);
        desk.text(&["note", "add", "--contact", &id, payload]);
        desk.text(&["task", "add", payload, "--contact", &id]);
        let card = desk.json(&["contact", "show", &id]);
        assert_eq!(
            (&card["name"], &card["company"]),
            (&payload.into(), &payload.into()),
            "as it was written"
        );
        assert_eq!(card["notes"][0]["text"], payload);
        let shown = [
            desk.text(&["contact", "show", &id]),
            desk.text(&["contact", "list"]),
            desk.text(&["--json", "contact", "show", &id]),
            desk.text(&["task", "list", "--all"]),
        ];
        for text in shown {
            let steers = |c: char| {
                c.is_control() && c != '\n'
                    || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.contains(steers), "{payload:?} in {text:?}");
        }
        assert!(desk.names(&["--text", payload]).contains(&payload.to_owned()), "found by itself, as a text");
    }
    assert_eq!(desk.names(&[]).len(), payloads.len());
}

#[test]
fn mail_to_a_person_stands_on_the_company_too() {
    let desk = Desk::open();
    let company = desk.id(&["contact", "add", "Ruiz S.L.", "--set", "is-company=yes"]);
    desk.text(&["contact", "add", "Ana", "--address", "ana@b.test", "--under", "Ruiz S.L."]);
    let known = {
        let mut wanted = crm_milter::crm::known::Wanted::default();
        wanted.addresses.insert("ana@b.test".into());
        desk.scratch.store(Role::Daemon).transaction(|t| crm_milter::store::look_up(t, &wanted)).unwrap()
    };
    let person = known.contacts_by_address["ana@b.test"][0];
    let companies = known.contacts[&person].companies.clone();
    assert_eq!(companies, [uuid::Uuid::parse_str(&company).unwrap()]);
    let mail = plan::mail("hello", "ana@b.test");
    let mut entry = plan::empty();
    entry.links = companies
        .iter()
        .chain([&person])
        .map(|c| Link { mail: mail.id, target: Target::Contact(*c) })
        .collect();
    entry.mail = Some(mail);
    desk.scratch.store(Role::Daemon).commit_batch(&[entry]).unwrap();
    for card in ["Ana", "Ruiz S.L."] {
        assert_eq!(desk.json(&["contact", "show", card])["mails"][0]["subject"], "hello", "{card}");
    }
    desk.text(&["contact", "person", "remove", "Ruiz S.L.", "Ana"]);
    assert_eq!(desk.refused(&["contact", "person", "remove", "Ruiz S.L.", "Ana"]).0, 66);
    assert_eq!(desk.refused(&["contact", "person", "add", "Ana", "Ana"]).0, 65);
}

#[test]
fn json_of_each_noun_has_its_documented_shape() {
    let desk = Desk::open();
    desk.text(&["user", "add", "ben", "--office", "Centro"]);
    desk.text(&["stage", "add", "--type", "client", "Visit"]);
    desk.text(&["contact", "add", "Ruiz S.L."]);
    let lead = plan::lead("question", "ana@b.test");
    let id = lead.contacts[0].id.to_string();
    let ticket = plan::ticket("broken", "ana@b.test", Some(lead.contacts[0].id));
    desk.scratch.store(Role::Daemon).commit_batch(&[lead, ticket]).unwrap();
    desk.text(&[
        "contact",
        "set",
        &id,
        "owner=ben",
        "office=Centro",
        "stage=Visit",
        "company=B",
        "colour=red",
        "emoji=⭐",
        "job-title=Buyer",
        "language=en",
        "interests=golf",
        "state=lost",
    ]);
    desk.text(&["contact", "phone", "add", &id, "600111222"]);
    desk.text(&["contact", "person", "add", "Ruiz S.L.", &id, "--job-title", "Buyer"]);
    desk.text(&["block", "add", "ana@b.test", "--reason", "pest"]);
    let note = desk.id(&["note", "add", "--contact", &id, "first"]);
    desk.text(&["note", "edit", &note, "second"]);
    desk.text(&["task", "add", "Call", "--contact", &id, "--due", "2020-01-01", "--for", "ben"]);
    let old = desk.id(&["contact", "add", "Old", "--address", "old@b.test", "--set", "stars=1"]);
    let merged = desk.json(&["contact", "merge", &old, &id]);
    let mut shapes = serde_json::Map::new();
    shapes.insert("contact merge".into(), shape(&merged));
    for verb in [
        &["contact", "show", &id][..],
        &["contact", "list"],
        &["note", "list", "--contact", &id],
        &["note", "show", &note],
        &["task", "list", "--all"],
        &["type", "list"],
        &["stage", "list"],
        &["origin", "list"],
    ] {
        shapes.insert(verb[..2].join(" "), shape(&desk.json(verb)));
    }
    shapes.insert("contact unmerge".into(), shape(&desk.json(&["contact", "unmerge", &old])));
    check_shapes(&serde_json::Value::Object(shapes), "cards.json");
}
