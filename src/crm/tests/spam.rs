//! Marked mail, and mail that was released.

use super::*;
use crate::mail::envelope::Released;

fn marked(number: u8, from: &str, rcpt_to: &[&str]) -> Facts {
    let mut facts = mail(number, from, rcpt_to);
    reading(&mut facts).spam = Some("X-Spam-Flag: YES".into());
    facts
}

/// The entry by which a person releases what `facts` came to at one inbox.
fn released(facts: &Facts, plan: &Plan, at: usize) -> Facts {
    let mut again = facts.clone();
    again.spool_id = Uuid::from_u128(900 + u128::try_from(at).expect("a small number"));
    let mail = plan.intakes[at].mail.expect("stored");
    again.envelope.released = Some(Released { mail, by: "root".into() });
    let inboxes = &mut again.envelope.inboxes;
    inboxes.retain(|rcpt| rcpt.inbox == plan.intakes[at].inbox);
    again
}

/// As the store would answer: the batch before has ended.
fn answer(world: &mut World, facts: &Facts, plan: &Plan) {
    let mail = plan.intakes[0].mail.expect("stored");
    let routes = world.known.mails[&facts.fingerprint].intakes.clone();
    world.known.released.insert(mail, routes);
}

#[test]
fn marked_mail_is_stored_and_nothing_comes_of_it() {
    let mut world = World::new();
    for (number, from, inbox) in
        [(1, "new@there.test", "info"), (2, "carla@client.test", "support"), (3, "carla@client.test", "list")]
    {
        let plan = world.plan(&marked(number, from, &[&format!("{inbox}@crm.test")]));
        assert_eq!(outcome(&plan), (Outcome::Spam, None));
        assert_eq!(plan.intakes[0].reason, "marked as spam by the field X-Spam-Flag: YES");
        assert!(plan.mail.is_some() && plan.links.is_empty() && plan.notifications.is_empty());
        assert!(plan.contacts.is_empty() && plan.records.is_empty() && plan.tickets.is_empty());
    }
}

#[test]
fn form_that_is_marked_opens_no_lead_and_a_blocked_authors_mail_is_not_stored() {
    let mut facts = marked(1, "web@there.test", &["info@crm.test"]);
    let customer = Customer { address: Some("eve@evil.test".into()), ..Customer::default() };
    reading(&mut facts).form = Some(customer);
    let plan = World::new().plan(&facts);
    assert!(plan.contacts.is_empty() && outcome(&plan).0 == Outcome::Spam);
    let plan = World::new().plan(&marked(1, "pest@there.test", &["info@crm.test"]));
    assert!(plan.mail.is_none() && outcome(&plan).0 == Outcome::Blocked);
}

#[test]
fn users_own_mail_is_not_judged() {
    let mut facts = from_ana(1, &["carla@client.test", "crm@crm.test"]);
    reading(&mut facts).spam = Some("X-Spam-Flag: YES".into());
    let plan = World::new().plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
}

#[test]
fn released_mail_is_filed_at_that_inbox_as_if_it_had_no_mark_and_once() {
    let mut world = World::new();
    let facts = marked(1, "new@there.test", &["info@crm.test", "support@crm.test"]);
    let first = world.plan(&facts);
    answer(&mut world, &facts, &first);
    let plan = world.plan(&released(&facts, &first, 0));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert_eq!((plan.contacts.len(), plan.records.len(), plan.tickets.len()), (1, 1, 0));
    assert!(plan.mail.is_none(), "it is stored already");
    assert!(plan.links.iter().all(|link| Some(link.mail) == first.intakes[0].mail));
    assert!(plan.intakes[0].reason.starts_with("released by root: new contact"), "{:?}", plan.intakes[0]);
    let route = KnownIntake {
        inbox: "info".into(),
        detail: None,
        user: None,
        door: Door::Milter,
        queue_id: None,
        spam: false,
    };
    let mail = first.intakes[0].mail.expect("stored");
    world.known.released.get_mut(&mail).expect("answered").push(route);
    let mut again = released(&facts, &first, 0);
    again.spool_id = Uuid::from_u128(990);
    let plan = world.plan(&again);
    assert_eq!(outcome(&plan), (Outcome::Duplicate, None));
    assert!(plan.contacts.is_empty() && plan.links.is_empty());
}

#[test]
fn released_mail_has_no_users_authority_whatever_it_says() {
    let mut world = World::new();
    let facts = marked(1, "ana@crm.test", &["crm@crm.test", "carla@client.test"]);
    let first = world.plan(&facts);
    answer(&mut world, &facts, &first);
    let mut again = released(&facts, &first, 0);
    reading(&mut again).proven_author = Some("ana@crm.test".into());
    let plan = world.plan(&again);
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("no-authority")));
}

#[test]
fn spam_swallows_its_repeat_and_not_the_same_message_without_a_mark() {
    let mut world = World::new();
    let facts = marked(1, "new@there.test", &["info@crm.test"]);
    let first = world.plan(&facts);
    let mut repeat = facts.clone();
    repeat.spool_id = Uuid::from_u128(901);
    assert_eq!(outcome(&world.plan(&repeat)), (Outcome::Duplicate, None));
    let mut unmarked = mail(1, "new@there.test", &["info@crm.test"]);
    unmarked.spool_id = Uuid::from_u128(902);
    let plan = world.plan(&unmarked);
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert_eq!(plan.intakes[0].mail, first.intakes[0].mail, "one mail");
    repeat.spool_id = Uuid::from_u128(903);
    assert_eq!(outcome(&world.plan(&repeat)), (Outcome::Duplicate, None));
}

#[test]
fn own_notice_that_quotes_a_form_is_no_lead_and_no_news() {
    let mut facts = mail(1, "postmaster@other.test", &["info@crm.test"]);
    let read = reading(&mut facts);
    read.form = Some(Customer { address: Some("luis@there.test".into()), ..Customer::default() });
    (read.own_mark, read.by_machine) = (true, true);
    let plan = World::new().plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Automatic, None));
    assert!(plan.contacts.is_empty() && plan.records.is_empty() && plan.notifications.is_empty());
    // A person's letter out of another company's CRM is a letter.
    reading(&mut facts).by_machine = false;
    assert_eq!(outcome(&World::new().plan(&facts)), (Outcome::Recorded, None));
}
