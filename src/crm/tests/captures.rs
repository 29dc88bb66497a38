//! Captured mail in the worker: what the database says decides, and what comes of it.

use super::super::capture::{Captures, Contacts, Direction, Rule};
use super::*;

fn rule(key: &str) -> Rule {
    Rule {
        key: key.into(),
        enabled: true,
        users: [].into(),
        direction: Direction::Both,
        contacts: Contacts::Known,
        internal_domains: [].into(),
        never_addresses: [].into(),
        never_domains: [].into(),
        markers: vec!["[private]".into()],
    }
}

fn world(rules: &[Rule]) -> World {
    let mut world = World::new();
    world.policy.captures = Arc::new(Captures::new(rules.to_vec()));
    world
}

fn captured(key: &str, mut facts: Facts) -> Facts {
    facts.envelope.capture = vec![key.into()];
    facts
}

fn nothing(plan: &Plan) -> &'static str {
    let stored = plan.mail.is_some() || !plan.contacts.is_empty() || !plan.links.is_empty();
    assert!(!stored && plan.intakes.is_empty() && plan.notifications.is_empty(), "{plan:?}");
    plan.dropped.expect("a reason")
}

#[test]
fn captured_mail_is_stored_on_its_contact_and_the_one_open_record_and_is_no_news() {
    let plan =
        world(&[rule("team")]).plan(&captured("team", from_ana(1, &["carla@client.test", "boss@crm.test"])));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert_eq!((plan.intakes[0].inbox.as_str(), plan.intakes[0].user), ("team", Some(ANA)));
    assert!(stands_on(&plan, Target::Contact(CLIENT)) && stands_on(&plan, Target::Record(DEAL)));
    assert!(plan.notifications.is_empty());
    let stored = plan.mail.expect("stored");
    assert_eq!((stored.source, stored.direction, stored.filed_by), ("capture", "out", Some(ANA)));

    let plan =
        world(&[rule("team")]).plan(&captured("team", mail(2, "carla@client.test", &["boss@crm.test"])));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(stands_on(&plan, Target::Contact(CLIENT)));
    assert!(plan.notifications.is_empty(), "its user has it in the mailbox");
    let stored = plan.mail.expect("stored");
    assert_eq!((stored.source, stored.direction, stored.filed_by), ("capture", "in", None));
}

#[test]
fn what_is_not_captured_after_all_leaves_nothing() {
    let stranger = || captured("team", mail(1, "new@there.test", &["ana@crm.test"]));
    assert_eq!(nothing(&world(&[rule("team")]).plan(&stranger())), "no-contact");
    let stricter = Rule { never_domains: ["client.test".to_owned()].into(), ..rule("team") };
    let carla = || captured("team", mail(1, "carla@client.test", &["ana@crm.test"]));
    assert_eq!(nothing(&world(&[stricter]).plan(&carla())), "never");
    assert_eq!(nothing(&world(&[Rule { enabled: false, ..rule("team") }]).plan(&carla())), "off");
    assert_eq!(nothing(&world(&[rule("another")]).plan(&carla())), "no-such-rule");
    for kind in [MailKind::Automatic, MailKind::List, MailKind::Bounce] {
        let mut facts = carla();
        reading(&mut facts).kind = kind;
        assert_eq!(nothing(&world(&[rule("team")]).plan(&facts)), "machine");
    }
    let mut newsletter = carla();
    reading(&mut newsletter).by_machine = true;
    assert_eq!(nothing(&world(&[rule("team")]).plan(&newsletter)), "machine");
    let unread = Facts { reading: Err("panic".into()), ..carla() };
    assert_eq!(nothing(&world(&[rule("team")]).plan(&unread)), "not-understood");
}

#[test]
fn only_contacts_are_linked_and_strangers_beside_them_stay_unknown() {
    let facts = captured("team", from_ana(1, &["carla@client.test", "new@there.test"]));
    let plan = world(&[rule("team")]).plan(&facts);
    assert!(plan.contacts.is_empty() && plan.records.is_empty());
    assert_eq!(plan.links.len(), 2);
}

#[test]
fn rule_about_everybody_makes_contacts_of_its_user_and_never_a_lead() {
    let all = || Rule { contacts: Contacts::All, ..rule("all") };
    let plan =
        world(&[all()]).plan(&captured("all", from_ana(1, &["new@there.test", "no-reply@there.test"])));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert_eq!((plan.contacts.len(), plan.records.len()), (1, 0));
    assert_eq!(plan.contacts[0].owner, Some(ANA));
    let mut world = world(&[all()]);
    for n in 1..=3 {
        let plan = world.plan(&captured("all", mail(n, &format!("new{n}@there.test"), &["ana@crm.test"])));
        assert_eq!((plan.contacts.len(), plan.records.len(), plan.contacts[0].owner), (1, 0, Some(ANA)));
    }
    let flood = world.plan(&captured("all", mail(4, "new4@there.test", &["ana@crm.test"])));
    assert_eq!(outcome(&flood), (Outcome::Unresolved, Some("ceiling")));
    assert!(flood.contacts.is_empty() && flood.notifications.is_empty());
}

#[test]
fn several_open_records_ask_nobody_to_decide() {
    let mut world = world(&[rule("team")]);
    world.open_deal(Uuid::from_u128(21), "DEAL-124");
    let plan = world.plan(&captured("team", mail(1, "carla@client.test", &["ana@crm.test"])));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(plan.intakes[0].reason.contains("2 open records"), "{}", plan.intakes[0].reason);
    assert_eq!((plan.links.len(), plan.intakes[0].candidates.len()), (1, 2));
    let mut coded = captured("team", from_ana(2, &["carla@client.test"]));
    reading(&mut coded).codes = vec!["DEAL-124".into()];
    assert!(stands_on(&world.plan(&coded), Target::Record(Uuid::from_u128(21))));
}

#[test]
fn mail_that_is_captured_and_filed_is_one_mail_with_both_routes() {
    let facts = captured("team", from_ana(1, &["carla@client.test", "crm@crm.test"]));
    let plan = world(&[rule("team")]).plan(&facts);
    let routes: Vec<_> = plan.intakes.iter().map(|i| (i.inbox.as_str(), i.outcome)).collect();
    assert_eq!(routes, [("crm", Outcome::Recorded), ("team", Outcome::Recorded)]);
    assert_eq!(plan.links.len(), 2);
    assert_eq!(plan.mail.expect("stored").source, "assistant-bcc");
    // In the other order, by two nodes: the second adds its route.
    let mut world = world(&[rule("team")]);
    let first = world.plan(&captured("team", from_ana(1, &["carla@client.test"])));
    assert_eq!(first.mail.expect("stored").source, "capture");
    let mut second = captured("team", from_ana(1, &["carla@client.test", "crm@crm.test"]));
    second.spool_id = Uuid::from_u128(777);
    let plan = world.plan(&second);
    let routes: Vec<_> = plan.intakes.iter().map(|i| (i.inbox.as_str(), i.outcome)).collect();
    assert_eq!(routes, [("crm", Outcome::Recorded), ("team", Outcome::Duplicate)]);
    assert!(plan.mail.is_none());
}

#[test]
fn transaction_to_another_contact_adds_its_link_to_the_same_mail() {
    let mut world = world(&[rule("team")]);
    let max = Uuid::from_u128(11);
    world.known.contacts_by_address.insert("max@client.test".into(), vec![max]);
    world.plan(&captured("team", from_ana(1, &["carla@client.test"])));
    let mut second = captured("team", from_ana(1, &["max@client.test"]));
    second.spool_id = Uuid::from_u128(777);
    let plan = world.plan(&second);
    assert_eq!(outcome(&plan), (Outcome::Duplicate, None));
    assert!(plan.mail.is_none() && stands_on(&plan, Target::Contact(max)));
}

#[test]
fn dmarc_proves_no_user_of_captured_mail() {
    let mut facts = captured("team", mail(1, "ana@crm.test", &["carla@client.test"]));
    reading(&mut facts).proven_author = Some("ana@crm.test".into());
    assert_eq!(nothing(&world(&[rule("team")]).plan(&facts)), "no-user");
}
