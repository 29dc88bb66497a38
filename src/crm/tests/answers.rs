//! Details behind the delimiter, and answers to signed addresses.

use super::super::known::{KnownTicket, Thread};
use super::super::signed::{Detail, Keys};
use super::*;
use crate::crm::facts::message_id_digest;

const INC: Uuid = Uuid::from_u128(40);

/// Carla's solved ticket, and the keys.
fn world() -> World {
    let mut world = World::new();
    world.known.keys = Keys::new([(1, vec![1; 32]), (0, vec![0; 32])]);
    let ticket = KnownTicket {
        id: INC,
        code: "INC-2026-00042".into(),
        owner: Some(BOSS),
        contact: Some(CLIENT),
        solved: true,
        closed: false,
    };
    world.known.tickets_by_code.insert(ticket.code.clone(), ticket);
    world
}

fn signed(world: &World, inbox: &str, code: &str) -> String {
    let inbox = format!("{inbox}@crm.test");
    world.known.keys.address(&inbox, Some('+'), &Detail::Answer(code.into())).expect("short enough")
}

fn told(plan: &Plan, user: Uuid) -> Vec<&str> {
    plan.notifications.iter().filter(|n| n.user == user).map(|n| n.text.as_str()).collect()
}

#[test]
fn answer_to_a_signed_address_is_filed_and_reopens_at_any_inbox_and_the_owner_hears() {
    for inbox in ["support", "info"] {
        let mut world = world();
        let address = signed(&world, inbox, "INC-2026-00042");
        let (local, domain) = address.split_once('@').expect("an address");
        let plan =
            world.plan(&mail(1, "carla@client.test", &[&format!("{}@{domain}", local.to_lowercase())]));
        assert_eq!(outcome(&plan), (Outcome::Recorded, None), "{inbox}");
        assert!(stands_on(&plan, Target::Ticket(INC)) && stands_on(&plan, Target::Contact(CLIENT)));
        assert_eq!((plan.reopened.as_slice(), plan.tickets.len()), ([INC].as_slice(), 0), "{inbox}");
        assert!(!stands_on(&plan, Target::Record(DEAL)), "the address says where it belongs");
        assert_eq!(plan.intakes[0].detail.as_deref(), Some("INC-2026-00042"));
        assert_eq!(
            (told(&plan, ANA).len(), told(&plan, BOSS).len()),
            (1, 1),
            "of the contact and of the ticket"
        );
        assert!(plan.unverified.is_empty());
    }
}

#[test]
fn answer_to_a_record_opens_no_ticket_and_no_lead() {
    let mut world = world();
    world.open_deal(Uuid::from_u128(21), "DEAL-124");
    let address = signed(&world, "support", "DEAL-124");
    let plan = world.plan(&mail(1, "carla@client.test", &[&address]));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(stands_on(&plan, Target::Record(Uuid::from_u128(21))) && !stands_on(&plan, Target::Record(DEAL)));
    assert!(plan.tickets.is_empty() && plan.records.is_empty());
}

#[test]
fn stranger_with_a_signed_address_is_put_on_the_ticket_unverified_and_gets_no_card() {
    let mut world = world();
    let address = signed(&world, "support", "INC-2026-00042");
    let plan = world.plan(&mail(1, "eve@evil.test", &[&address]));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(
        plan.intakes[0].reason.contains("unverified: eve@evil.test is no party"),
        "{}",
        plan.intakes[0].reason
    );
    assert_eq!(plan.links.iter().map(|l| l.target).collect::<Vec<_>>(), [Target::Ticket(INC)]);
    assert_eq!(plan.unverified, plan.links);
    assert!(plan.contacts.is_empty() && plan.tickets.is_empty() && plan.reopened.is_empty());
    assert!(told(&plan, BOSS)[0].contains("unverified"), "{:?}", plan.notifications);
    assert_eq!(plan.notifications.len(), 1);
}

#[test]
fn party_to_the_thread_vouches_for_itself_by_the_signed_address() {
    let mut world = world();
    let ticket = world.known.tickets_by_code["INC-2026-00042"].clone();
    let parties = vec!["carla@client.test".into(), "cc@client.test".into()];
    let thread = Thread { tickets: vec![ticket], parties, ..Thread::default() };
    world.known.threads.insert(message_id_digest("<c@crm.test>"), thread);
    let address = signed(&world, "support", "INC-2026-00042");
    let mut facts = mail(1, "cc@client.test", &[&address]);
    reading(&mut facts).references = vec!["<c@crm.test>".into()];
    let plan = world.plan(&facts);
    assert!(plan.unverified.is_empty() && plan.reopened == [INC]);
}

#[test]
fn forged_token_and_bare_code_give_a_stranger_nothing() {
    let forge = |world: &World| {
        let address = signed(world, "support", "INC-2026-00042");
        ["INC-2026-00041", "INC-2026-00043"].map(|other| address.replacen("INC-2026-00042", other, 1))
    };
    let mut world = world();
    let mut other = world.known.tickets_by_code["INC-2026-00042"].clone();
    (other.id, other.code) = (Uuid::from_u128(41), "INC-2026-00043".into());
    world.known.tickets_by_code.insert(other.code.clone(), other);
    let [missing, forged] = forge(&world);
    for (number, address) in [(1, missing), (2, forged.clone())] {
        let plan = world.plan(&mail(number, "eve@evil.test", &[&address]));
        assert_eq!(plan.unsigned, [address]);
        assert_eq!((plan.intakes[0].detail.as_deref(), plan.tickets.len()), (None, 1), "as without a detail");
        assert!(!stands_on(&plan, Target::Ticket(INC)) && plan.reopened.is_empty());
        assert!(!stands_on(&plan, Target::Ticket(Uuid::from_u128(41))));
    }
    let plan = world.plan(&mail(3, "carla@client.test", &[&forged]));
    assert!(
        !stands_on(&plan, Target::Ticket(Uuid::from_u128(41))),
        "nor does it help a customer to another's"
    );
    let mut named = mail(4, "eve@evil.test", &["support+INC-2026-00042@crm.test"]);
    reading(&mut named).codes = vec!["INC-2026-00042".into()];
    let plan = world.plan(&named);
    assert!(!stands_on(&plan, Target::Ticket(INC)) && plan.reopened.is_empty());
}

#[test]
fn closed_ticket_gets_no_answer_and_another_names_it() {
    let mut world = world();
    let ticket = world.known.tickets_by_code.get_mut("INC-2026-00042").expect("it is there");
    (ticket.solved, ticket.closed) = (false, true);
    let address = signed(&world, "support", "INC-2026-00042");
    let plan = world.plan(&mail(1, "carla@client.test", &[&address, "support@crm.test"]));
    assert_eq!(plan.tickets.len(), 1, "one, though it came twice");
    assert_eq!(plan.tickets[0].follows, Some(INC));
    assert!(!stands_on(&plan, Target::Ticket(INC)));
    let plan = world.plan(&mail(2, "eve@evil.test", &[&address]));
    assert!(plan.tickets.is_empty() && plan.unverified.len() == 1);
}

#[test]
fn one_message_to_a_signed_and_to_the_plain_address_is_one_answer() {
    let mut world = world();
    let address = signed(&world, "support", "INC-2026-00042");
    let plan =
        world.plan(&mail(1, "carla@client.test", &["support@crm.test", &address, &address.to_uppercase()]));
    assert_eq!((plan.intakes.len(), plan.tickets.len()), (2, 0), "{:?}", plan.intakes);
    assert_eq!(plan.reopened, [INC]);
}

#[test]
fn same_answer_again_is_a_repeat_whichever_key_signed_its_address() {
    let mut world = world();
    let by_new = signed(&world, "support", "INC-2026-00042");
    let old = Keys::new([(0, vec![0; 32])]);
    let by_old = old.address("support@crm.test", Some('+'), &Detail::Answer("INC-2026-00042".into()));
    world.plan(&mail(1, "carla@client.test", &[&by_new]));
    let mut again = mail(1, "carla@client.test", &[&by_old.expect("short enough")]);
    again.spool_id = Uuid::from_u128(900);
    assert_eq!(outcome(&world.plan(&again)), (Outcome::Duplicate, None));
}

#[test]
fn inbox_that_only_lists_names_the_ticket_that_the_answer_is_for() {
    let mut world = world();
    let address = signed(&world, "list", "INC-2026-00042");
    let plan = world.plan(&mail(1, "carla@client.test", &[&address]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("manual")));
    assert_eq!(plan.intakes[0].candidates, [Target::Ticket(INC)]);
}

#[test]
fn colleague_who_answers_is_told_of_no_unknown_code_and_reads_no_signature() {
    let mut world = world();
    let address = signed(&world, "support", "INC-2026-00042");
    let plan = world.plan(&from_ana(1, &["carla@client.test", &address]));
    assert!(stands_on(&plan, Target::Ticket(INC)) && plan.unverified.is_empty());
    let gone = signed(&world, "crm", "INC-2026-00099");
    let plan = world.plan(&from_ana(2, &["carla@client.test", &gone]));
    let [text] = told(&plan, ANA)[..] else { panic!("{:?}", plan.notifications) };
    assert!(text.contains("crm+INC-2026-00099@crm.test waits"), "{text}");
}

#[test]
fn one_message_opens_one_ticket_at_an_inbox_however_many_details_it_names() {
    let mut world = World::new();
    let plan = world.plan(&mail(
        1,
        "new@there.test",
        &["support@crm.test", "support+a@crm.test", "support+b@crm.test"],
    ));
    assert_eq!((plan.tickets.len(), plan.intakes.len(), plan.notifications.len()), (1, 3, 1));
    let ticket = Target::Ticket(plan.tickets[0].id);
    assert_eq!(plan.links.iter().filter(|link| link.target == ticket).count(), 1);
}
