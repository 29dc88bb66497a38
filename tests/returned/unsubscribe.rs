//! Unsubscribing by mail (row W17).

use crate::world::World;
use crm_milter::crm::signed::Detail;

const EVA: &str = "eva@client.test";

fn plain(from: &str, more: &str) -> String {
    format!("From: {from}\nTo: x\nSubject: unsubscribe\n{more}\n\n")
}

#[test]
fn mail_to_the_signed_unsubscribe_address_switches_off_whoever_sends_it_and_makes_nothing() {
    for (from, more) in [
        (EVA, ""),
        ("eva.private@home.test", ""),
        ("ann@crm.test", ""),
        (EVA, "X-Spam-Flag: YES\n"),
        // The button of a mail client.
        (EVA, "Auto-Submitted: auto-generated\n"),
    ] {
        let mut world = World::new();
        let letter = world.letter(EVA);
        let signed = world.signed(Detail::Unsubscribe(letter.number));
        let came = world.come(plain(from, more.trim_end()), from, &signed.to_uppercase());
        assert_eq!(came.outcome, "unsubscribe", "{from} {more}: {came:?}");
        assert_eq!(world.off(), [(EVA.to_owned(), "unsubscribe".to_owned())], "{from} {more}");
        assert_eq!(world.rows("SELECT name FROM crm.contact"), [EVA]);
        assert!(world.rows("SELECT code FROM crm.record UNION SELECT code FROM crm.ticket").is_empty());
        assert_eq!(world.rows("SELECT kind FROM crm.notification"), ["bounced"]);
        let history = "SELECT m.subject FROM crm.link l JOIN crm.mail m ON m.id = l.mail_id WHERE l.contact_id IS NOT NULL";
        assert_eq!(world.rows(history), ["unsubscribe"]);
        assert_eq!(world.rows("SELECT report FROM crm.outbox"), ["unsubscribe"]);
    }
}

#[test]
fn machines_answer_to_the_unsubscribe_address_does_nothing() {
    let mut world = World::new();
    let letter = world.letter(EVA);
    let signed = world.signed(Detail::Unsubscribe(letter.number));
    for (from, more) in [
        (EVA, "Auto-Submitted: auto-replied"),
        (EVA, "X-Autoreply: yes"),
        ("list@client.test", "List-Id: <l.client.test>\nPrecedence: list"),
        ("", ""),
    ] {
        let came = world.come(plain(EVA, more), from, &signed);
        assert_eq!(came.outcome, "automatic", "{more}: {came:?}");
    }
    assert!(world.off().is_empty());
}

#[test]
fn forwarded_unsubscribe_link_without_its_token_does_nothing() {
    let mut world = World::new();
    let letter = world.letter(EVA);
    for address in [
        "info@crm.test".to_owned(),
        "info+unsubscribe@crm.test".to_owned(),
        format!("info+u.{}@crm.test", letter.number),
        "info+u@crm.test".to_owned(),
    ] {
        let came = world.come(plain("friend@else.test", ""), "friend@else.test", &address);
        assert!(["recorded", "unresolved"].contains(&came.outcome), "{address}: {came:?}");
    }
    // The link in the text proves nothing either.
    let signed = world.signed(Detail::Unsubscribe(letter.number));
    let quoted =
        format!("From: friend@else.test\nTo: x\nSubject: Fwd\n\n> List-Unsubscribe: <mailto:{signed}>\n");
    world.come(&quoted, "friend@else.test", "info@crm.test");
    assert!(world.off().is_empty());
}

#[test]
fn unsubscribe_is_honoured_again_after_the_address_was_switched_on() {
    let mut world = World::new();
    let letter = world.letter(EVA);
    let signed = world.signed(Detail::Unsubscribe(letter.number));
    world.come(plain(EVA, ""), EVA, &signed);
    let desk = world.scratch.store(crm_milter::store::cluster::Role::Desk);
    desk.address_on(EVA, "asked for the offer by telephone").unwrap();
    // Anybody's mail in that name brings back nothing, and no forged one does.
    world.come(plain(EVA, ""), EVA, &signed);
    assert_eq!(world.off(), [(EVA.to_owned(), "unsubscribe".to_owned())]);
    world.come("From: eva@client.test\nTo: x\nSubject: Hello\n\nWrite to me!\n", EVA, "info@crm.test");
    assert_eq!(world.off().len(), 1, "a forged From switches nothing on");
}
