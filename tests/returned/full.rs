//! Full mailboxes: three letters within 14 days, and what begins the count anew.

use crate::world::{World, dsn};
use crm_milter::crm::signed::Detail;

const FULL: &str = "full@client.test";

fn full(world: &mut World) -> String {
    let letter = world.letter(FULL);
    let signed = world.signed(Detail::Bounce(letter.number));
    world.come(dsn(FULL, "5.2.2", "552 5.2.2 mailbox full"), "", &signed).reason
}

#[test]
fn full_mailbox_switches_off_with_the_third_letter_and_not_with_the_third_report_of_one() {
    let mut world = World::new();
    let letter = world.letter(FULL);
    let signed = world.signed(Detail::Bounce(letter.number));
    for _ in 0..5 {
        world.come(dsn(FULL, "4.2.2", "452 4.2.2 over quota"), "", &signed);
    }
    assert!(world.off().is_empty());
    assert_eq!(world.rows("SELECT soft_failures::text FROM crm.address_state"), ["1"]);
    assert!(full(&mut world).contains("2 of 3 before full@client.test is switched off"));
    assert!(world.off().is_empty());
    full(&mut world);
    assert_eq!(world.off(), [(FULL.to_owned(), "full".to_owned())]);
}

#[test]
fn full_mailbox_of_more_than_fourteen_days_ago_does_not_count() {
    let mut world = World::new();
    full(&mut world);
    full(&mut world);
    world.run(
        "UPDATE crm.outbox SET reported_at = reported_at - interval '14 days 1 minute' WHERE number = 1",
    );
    assert!(full(&mut world).contains("2 of 3"));
    assert!(world.off().is_empty());
    world.run(
        "UPDATE crm.outbox SET reported_at = reported_at - interval '13 days 23 hours' WHERE number = 2",
    );
    full(&mut world);
    assert_eq!(world.off(), [(FULL.to_owned(), "full".to_owned())]);
}

#[test]
fn mail_of_that_person_begins_the_count_anew_and_switches_nothing_on() {
    let mut world = World::new();
    full(&mut world);
    full(&mut world);
    let machine =
        format!("From: {FULL}\nTo: info@crm.test\nSubject: Away\nAuto-Submitted: auto-replied\n\nAway.\n");
    world.come(&machine, FULL, "info@crm.test");
    assert_eq!(
        world.rows("SELECT soft_failures::text FROM crm.address_state"),
        ["2"],
        "a machine is no person"
    );
    let person = format!("From: {FULL}\nTo: info@crm.test\nSubject: Hello\n\nI have room again.\n");
    world.come(&person, FULL, "info@crm.test");
    assert_eq!(world.rows("SELECT soft_failures::text FROM crm.address_state"), ["0"]);
    assert!(full(&mut world).contains("1 of 3"));
    assert!(full(&mut world).contains("2 of 3"));
    assert!(world.off().is_empty());
    full(&mut world);
    assert_eq!(world.off().len(), 1);
    // Whoever it is: what is switched off is switched on by colleagues only.
    world.come(person.replace("Hello", "Again"), FULL, "info@crm.test");
    assert_eq!(world.off().len(), 1);
}
