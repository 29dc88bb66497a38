//! What strangers can send: nothing of it switches anything off.

use crate::world::{World, dsn, dsn_of};
use crm_milter::crm::signed::Detail;

const VICTIM: &str = "victim@client.test";

#[test]
fn bounce_at_the_plain_inbox_with_a_known_message_id_is_told_once_and_switches_nothing_off() {
    let mut world = World::new();
    let letter = world.letter(VICTIM);
    for rcpt_to in ["info@crm.test", "info+b.1@crm.test", "info@crm.test"] {
        let came = world.come(dsn_of(VICTIM, "5.1.1", "550 unknown", &letter.message_id), "", rcpt_to);
        assert_eq!(came.outcome, "bounce", "{came:?}");
    }
    let complaint = format!(
        "From: fbl@provider.test\nTo: x\nSubject: complaint\nMIME-Version: 1.0\nContent-Type: multipart/report; \
         report-type=feedback-report; boundary=b\n\n--b\n\nReport.\n--b\nContent-Type: message/feedback-report\n\n\
         Feedback-Type: abuse\nVersion: 1\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {}\n--b--\n",
        letter.message_id
    );
    assert_eq!(world.come(&complaint, "fbl@provider.test", "info@crm.test").outcome, "bounce");
    assert!(world.off().is_empty());
    assert!(world.rows("SELECT report FROM crm.outbox WHERE report IS NOT NULL").is_empty());
    let told = world.rows("SELECT kind || ': ' || text FROM crm.notification");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("bounced: The mail “Offer”") && told[0].contains("Nothing is switched off"),
        "{told:?}"
    );
    // Of a mail that is not ours nobody is told.
    world.come(dsn_of(VICTIM, "5.1.1", "550 unknown", "<other@there.test>"), "", "info@crm.test");
    assert_eq!(world.rows("SELECT text FROM crm.notification").len(), 1);
}

#[test]
fn token_of_another_number_or_purpose_or_key_counts_as_none() {
    let mut world = World::new();
    let (known, victim) = (world.letter("mallory@client.test"), world.letter(VICTIM));
    let bounce = world.signed(Detail::Bounce(known.number));
    let unsubscribe = world.signed(Detail::Unsubscribe(known.number));
    let renumbered =
        |address: &str| address.replace(&format!(".{}.", known.number), &format!(".{}.", victim.number));
    let forged = [
        renumbered(&bounce),
        renumbered(&unsubscribe),
        unsubscribe.replacen("+u.", "+b.", 1),
        bounce.replacen("+b.", "+u.", 1),
        format!("info+b.{}@crm.test", victim.number),
        format!("info+u.{}.aaaaaaaaaaaaaaaaa@crm.test", victim.number),
        format!("info+b.{}.{}@crm.test", victim.number, "7".repeat(17)),
        world.signed(Detail::Answer("DEAL-1".into())),
    ];
    let person = "From: mallory@client.test\nTo: x\nSubject: unsubscribe\n\nunsubscribe\n";
    for address in &forged {
        let came = world.come(dsn(VICTIM, "5.1.1", "550 unknown"), "", address);
        assert_eq!(came.outcome, "bounce", "{address}: {came:?}");
        let came = world.come(person, "mallory@client.test", address);
        assert!(["recorded", "unresolved"].contains(&came.outcome), "{address}: {came:?}");
    }
    assert!(world.off().is_empty());
    assert!(world.rows("SELECT report FROM crm.outbox WHERE report IS NOT NULL").is_empty());
}

#[test]
fn bounce_at_the_address_for_unsubscribes_switches_nothing_off() {
    let mut world = World::new();
    let letter = world.letter(VICTIM);
    let signed = world.signed(Detail::Unsubscribe(letter.number));
    assert_eq!(world.come(dsn(VICTIM, "5.1.1", "550 unknown"), "", &signed).outcome, "bounce");
    assert!(world.off().is_empty());
}

#[test]
fn bounce_sent_again_after_the_address_was_switched_on_switches_nothing_off() {
    let mut world = World::new();
    let (first, second) = (world.letter(VICTIM), world.letter(VICTIM));
    let signed = world.signed(Detail::Bounce(first.number));
    let report = dsn(VICTIM, "5.1.1", "550 unknown");
    world.come(&report, "", &signed);
    assert_eq!(world.off().len(), 1);
    let desk = world.scratch.store(crm_milter::store::cluster::Role::Desk);
    desk.address_on(VICTIM, "she says the mailbox is there again").unwrap();
    assert!(world.off().is_empty());
    // The same message, the same report in another message, and one of a letter that went out before.
    assert_eq!(world.come(&report, "", &signed).outcome, "duplicate");
    world.come(dsn(VICTIM, "5.1.1", "550 unknown"), "", &signed);
    let of_before =
        world.come(dsn(VICTIM, "5.1.1", "550 unknown"), "", &world.signed(Detail::Bounce(second.number)));
    assert!(of_before.reason.contains("switched on since"), "{of_before:?}");
    assert!(world.off().is_empty());
    let after = world.letter(VICTIM);
    world.come(dsn(VICTIM, "5.1.1", "550 unknown"), "", &world.signed(Detail::Bounce(after.number)));
    assert_eq!(world.off().len(), 1, "a letter of afterwards counts");
}

#[test]
fn imported_bounce_is_history_and_switches_nothing_off() {
    let world = World::new();
    let letter = world.letter(VICTIM);
    let mut facts =
        world.facts(dsn(VICTIM, "5.1.1", "550 unknown"), "", &world.signed(Detail::Bounce(letter.number)));
    facts.envelope.door = crm_milter::mail::envelope::Door::Import;
    let plans = world.record(&[facts]);
    assert!(plans[0].intakes[0].reason.contains("history"), "{:?}", plans[0].intakes);
    assert!(world.off().is_empty());
}
