//! What comes back of our own mail, with a real database: raw messages are read, planned and recorded as the
//! worker does it, and the addresses' state is what the outbox and the milter go by.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../store_support/mod.rs"]
mod store_support;

mod corpus;
mod forged;
mod full;
mod unsubscribe;
mod world;

use crm_milter::crm::signed::Detail;
use std::sync::Barrier;
use world::{World, dsn};

#[test]
fn permanent_bounce_switches_off_the_letters_own_address_and_tells_the_owner() {
    let mut world = World::new();
    let letter = world.letter("gone@client.test");
    let signed = world.signed(Detail::Bounce(letter.number));
    // The report names whom the letter was passed on to; what it says of others is no matter.
    let report = dsn("passed-on@else.test", "5.1.1", "550 5.1.1 no such user");
    let came = world.come(&report, "", &signed);
    assert_eq!(came.outcome, "bounce", "{came:?}");
    assert!(came.reason.contains("gone@client.test is switched off"), "{came:?}");
    assert!(came.reason.contains("which the report says of passed-on@else.test"), "{came:?}");
    assert_eq!(world.off(), [("gone@client.test".to_owned(), "bounce".to_owned())]);
    let shown = world.rows(
        "SELECT o.report || ' ' || (o.report_mail_id = s.mail_id) || ' ' || (s.mail_id = (SELECT id FROM crm.mail))
         FROM crm.outbox o JOIN crm.address_state s ON s.address = o.rcpt_to",
    );
    assert_eq!(shown, ["bounce true true"], "the letter and its address name the message that said so");
    let told = world.rows(
        "SELECT u.login || ' ' || n.kind || ' ' || (n.contact_id IS NOT NULL) || ' ' || n.text
         FROM crm.notification n JOIN crm.users u ON u.id = n.user_id",
    );
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("ann bounced true The mail “Offer” of"), "{told:?}");
    assert!(told[0].contains("`crmctl address show gone@client.test`"), "{told:?}");
    let history = world.rows("SELECT 'x' FROM crm.link l JOIN crm.contact c ON c.id = l.contact_id");
    assert_eq!(history, ["x"], "it stands on the contact's history");
    assert_eq!(world.rows("SELECT name FROM crm.contact"), ["gone@client.test"], "and makes nothing");
    assert!(world.rows("SELECT code FROM crm.record UNION SELECT code FROM crm.ticket").is_empty());
}

#[test]
fn refusal_that_is_not_about_the_address_switches_nothing_off_and_is_told() {
    let mut world = World::new();
    for (status, words) in [
        ("5.7.1", "550 5.7.1 message identified as spam"),
        ("5.7.26", "550 5.7.26 unauthenticated mail is not accepted due to DMARC policy"),
        ("5.3.4", "552 5.3.4 message size exceeds fixed limit"),
        ("4.4.7", "delivery time expired"),
    ] {
        let letter = world.letter("busy@client.test");
        let report = dsn("busy@client.test", status, words);
        let came = world.come(&report, "", &world.signed(Detail::Bounce(letter.number)));
        assert_eq!(came.outcome, "bounce", "{came:?}");
    }
    assert!(world.off().is_empty());
    assert_eq!(world.rows("SELECT DISTINCT report FROM crm.outbox"), ["refused"]);
    assert_eq!(world.rows("SELECT 'x' FROM crm.notification").len(), 4);
}

#[test]
fn delay_is_noted_and_nothing_else_and_the_failure_after_it_counts() {
    let mut world = World::new();
    let letter = world.letter("late@client.test");
    let signed = world.signed(Detail::Bounce(letter.number));
    let delay =
        dsn("late@client.test", "4.4.1", "connection timed out").replace("Action: failed", "Action: delayed");
    assert_eq!(world.come(&delay, "", &signed).outcome, "bounce");
    assert!(world.rows("SELECT text FROM crm.notification").is_empty());
    assert_eq!(world.rows("SELECT report FROM crm.outbox"), ["delayed"]);
    let arrived = dsn("late@client.test", "2.0.0", "250 ok").replace("Action: failed", "Action: delivered");
    world.come(&arrived, "", &signed);
    assert!(world.off().is_empty());
    world.come(dsn("late@client.test", "5.1.1", "550 5.1.1 unknown"), "", &signed);
    assert_eq!(world.off(), [("late@client.test".to_owned(), "bounce".to_owned())]);
    assert_eq!(world.rows("SELECT report FROM crm.outbox"), ["bounce"]);
}

#[test]
fn persons_mail_to_the_address_for_bounces_is_ordinary_and_a_machines_answer_does_nothing() {
    let mut world = World::new();
    let letter = world.letter("carla@client.test");
    let signed = world.signed(Detail::Bounce(letter.number));
    let vacation = "From: carla@client.test\nTo: x\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nI am away.\n";
    assert_eq!(world.come(vacation, "carla@client.test", &signed).outcome, "automatic");
    let silent = "From: robot@client.test\nTo: x\nSubject: Received\n\nWe got it.\n";
    assert_eq!(world.come(silent, "", &signed).outcome, "automatic", "the null sender is no person");
    let person = "From: dora@client.test\nTo: x\nSubject: Your offer\n\nYes please.\n";
    let came = world.come(person, "dora@client.test", &signed);
    assert_eq!(came.outcome, "recorded", "{came:?}");
    assert!(world.off().is_empty());
    assert_eq!(
        world.rows("SELECT name FROM crm.contact ORDER BY name"),
        ["carla@client.test", "dora@client.test"]
    );
}

#[test]
fn complaint_switches_off_and_what_only_has_its_form_does_not() {
    let mut world = World::new();
    let letter = world.letter("cross@client.test");
    let signed = world.signed(Detail::Bounce(letter.number));
    let report = |kind: &str| {
        format!(
            "From: fbl@provider.test\nTo: x\nSubject: complaint about message\nMIME-Version: 1.0\nContent-Type: \
             multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nAn abuse report.\n--b\nContent-Type: \
             message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: FBL/1\nVersion: 1\nOriginal-Rcpt-To: \
             else@client.test\n--b--\n"
        )
    };
    for kind in ["not-spam", "auth-failure"] {
        assert_eq!(world.come(report(kind), "fbl@provider.test", &signed).outcome, "bounce");
    }
    assert!(world.off().is_empty());
    world.come(report("abuse"), "fbl@provider.test", &signed);
    assert_eq!(world.off(), [("cross@client.test".to_owned(), "complaint".to_owned())]);
    // Only a letter's own report weighs more than what a person said of the address.
    let later = world.letter("cross@client.test");
    let bounce = dsn("cross@client.test", "5.1.1", "550 unknown");
    world.come(&bounce, "", &world.signed(Detail::Bounce(later.number)));
    assert_eq!(world.off(), [("cross@client.test".to_owned(), "complaint".to_owned())]);
}

#[test]
fn addresses_of_our_own_company_are_never_switched_off() {
    let mut world = World::new();
    for own in ["ann@crm.test", "anybody@crm.test", "ann.private@home.test"] {
        let letter = world.letter(own);
        let report = dsn(own, "5.1.1", "550 5.1.1 unknown");
        let came = world.come(&report, "", &world.signed(Detail::Bounce(letter.number)));
        assert!(came.reason.contains("your own company"), "{came:?}");
    }
    assert!(world.off().is_empty());
}

#[test]
fn bounces_of_one_address_on_several_nodes_at_once_are_all_counted() {
    let world = World::new();
    for round in 0..5 {
        let address = format!("full{round}@client.test");
        let letters: Vec<_> = (0..3).map(|_| world.letter(&address)).collect();
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            for letter in &letters {
                let (world, barrier, address) = (&world, &barrier, &address);
                scope.spawn(move || {
                    let report = dsn(address, "5.2.2", "552 5.2.2 mailbox full");
                    let facts = world.facts(&report, "", &world.signed(Detail::Bounce(letter.number)));
                    barrier.wait();
                    world.record(&[facts]);
                });
            }
        });
        let last = world.rows(&format!(
            "SELECT reason FROM crm.address_state WHERE address = '{address}' AND off_at IS NOT NULL"
        ));
        assert_eq!(last, ["full"], "{address}");
    }
}

#[test]
fn bounces_of_one_address_in_one_batch_are_all_counted() {
    let world = World::new();
    let letters: Vec<_> = (0..4).map(|_| world.letter("full@client.test")).collect();
    // The first letter's report comes twice.
    let batch: Vec<_> = [0, 0, 1, 2, 3]
        .map(|letter: usize| {
            let report = dsn("full@client.test", "5.2.2", "552 5.2.2 mailbox full");
            world.facts(&report, "", &world.signed(Detail::Bounce(letters[letter].number)))
        })
        .into();
    let plans = world.record(&batch);
    let reasons: Vec<&str> = plans.iter().map(|plan| plan.intakes[0].reason.as_str()).collect();
    assert!(reasons[1].ends_with("that was known of this mail already"), "{reasons:#?}");
    assert!(reasons[2].contains("2 of 3"), "{reasons:#?}");
    assert!(reasons[3].ends_with("full@client.test is switched off"), "{reasons:#?}");
    assert!(reasons[4].ends_with("switched off already"), "{reasons:#?}");
    assert_eq!(world.off(), [("full@client.test".to_owned(), "full".to_owned())]);
}

#[test]
fn contact_that_was_merged_since_has_the_bounce_on_its_card() {
    let mut world = World::new();
    let letter = world.letter("old@client.test");
    let other = world.letter("new@client.test");
    world.run(&format!(
        "UPDATE crm.contact SET merged_into = '{}' WHERE id = '{}'",
        other.contact, letter.contact
    ));
    world.come(dsn("old@client.test", "5.1.1", "unknown"), "", &world.signed(Detail::Bounce(letter.number)));
    assert_eq!(world.rows("SELECT contact_id::text FROM crm.link"), [other.contact.to_string()]);
    assert_eq!(world.off().len(), 1);
}
