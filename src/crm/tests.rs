//! The rules of intake, told as short stories: who writes to which inbox, and what it writes.
use super::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use super::facts::{Customer, Facts, Kind as MailKind, Original, Reading};
use super::inbox::{Inbox, InboxTable, Kind, Original as Fate, Recording};
use super::intake::{self, Ceilings, Rules};
use super::known::{Known, KnownContact, KnownIntake, KnownRecord, KnownUser, Wanted};
use super::plan::{Outcome, Plan, Target};
use super::policy::Policy;
use crate::mail::address::Mailbox;
use crate::mail::envelope::{Door, Envelope, InboxRcpt, Report};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

mod answers;
mod captures;
mod persons;
mod spam;

const ANA: Uuid = Uuid::from_u128(1);
const BOSS: Uuid = Uuid::from_u128(2);
const CLIENT: Uuid = Uuid::from_u128(10);
const DEAL: Uuid = Uuid::from_u128(20);

struct World {
    known: Known,
    policy: Policy,
    next: u128,
}

fn inbox(key: &str, kind: Kind) -> Inbox {
    let address = format!("{key}@crm.test");
    Inbox { kind, reference: Some("INC".into()), ..Inbox::new(key, &address) }
}

impl World {
    /// Users ana and boss, the client carla with the open deal DEAL-123, and four inboxes.
    fn new() -> World {
        let mut known = Known { default_owner: Some(BOSS), ..Known::default() };
        for (id, login) in [(ANA, "ana"), (BOSS, "boss")] {
            let address = format!("{login}@crm.test");
            known.users.by_login.insert(login.into(), id);
            known.users.by_sasl_login.insert(login.into(), id);
            known.users.by_address.insert(address.clone(), id);
            let user = KnownUser { id, login: login.into(), name: login.into(), addresses: vec![address] };
            known.users.by_id.insert(id, user);
        }
        let inboxes = vec![
            inbox("info", Kind::Leads),
            inbox("support", Kind::Tickets),
            inbox("crm", Kind::Assistant),
            Inbox { record: Recording::Manual, ..inbox("list", Kind::Leads) },
        ];
        let keys = BlockKeys::new(b"secret");
        let blocked = [(keys.key(BlockKind::Address, "pest@there.test"), BlockScope::Inbox)];
        let mut policy = Policy::sample(inboxes);
        policy.lists.blocks = Arc::new(BlockList::new(keys, blocked));
        let mut world = World { known, policy, next: 1000 };
        world.known.contacts_by_address.insert("carla@client.test".into(), vec![CLIENT]);
        let client = KnownContact {
            state: super::card::State::Open,
            id: CLIENT,
            name: "Carla".into(),
            owner: Some(ANA),
            addresses: vec!["carla@client.test".into()],
            companies: Vec::new(),
        };
        world.known.contacts.insert(CLIENT, client);
        world.open_deal(DEAL, "DEAL-123");
        world
    }

    fn open_deal(&mut self, id: Uuid, code: &str) {
        let deal =
            KnownRecord { id, code: code.into(), owner: Some(ANA), contacts: vec![CLIENT], open: true };
        self.known.records_by_code.insert(code.into(), deal.clone());
        self.known.open_records.entry(CLIENT).or_default().push(deal);
    }

    fn plan(&mut self, facts: &Facts) -> Plan {
        self.replan(facts).expect("not recorded yet")
    }

    fn replan(&mut self, facts: &Facts) -> Option<Plan> {
        let rules = Rules {
            policy: &self.policy,
            lead_series: "LEAD",
            code_series: &["DEAL".to_owned(), "LEAD".to_owned()],
            ceilings: Ceilings { client: 3, source: 3 },
        };
        let next = &mut self.next;
        let mut ids = || {
            *next += 1;
            Uuid::from_u128(*next)
        };
        intake::plan(facts, &mut self.known, &rules, &mut ids)
    }
}

fn mailbox(address: &str) -> Mailbox {
    Mailbox { name: None, address: Some(address.into()) }
}

/// A message from somebody to some recipients, inboxes among them.
fn mail(number: u8, from: &str, rcpt_to: &[&str]) -> Facts {
    let inboxes = rcpt_to.iter().filter_map(|rcpt| {
        let local = rcpt.strip_suffix("@crm.test")?;
        let (key, detail) = local.split_once('+').map_or((local, None), |(k, d)| (k, Some(d.to_owned())));
        ["info", "support", "crm", "list"].contains(&key).then(|| InboxRcpt {
            inbox: key.into(),
            detail,
            rcpt_to: rcpt.to_string(),
        })
    });
    let reading = Reading {
        from: vec![mailbox(from)],
        to: rcpt_to.iter().map(|rcpt| mailbox(rcpt)).collect(),
        subject: Some("Hello".into()),
        text: "Text".into(),
        message_id: Some(format!("{number}@{from}")),
        ..Reading::default()
    };
    Facts {
        spool_id: Uuid::from_u128(500 + u128::from(number)),
        envelope: Envelope {
            queue_id: Some("QID".into()),
            mail_from: from.into(),
            rcpt_to: rcpt_to.iter().map(|rcpt| rcpt.to_string()).collect(),
            inboxes: inboxes.collect(),
            client_address: "192.0.2.9".parse().ok(),
            ..Envelope::new(Door::Milter, Timestamp::UNIX_EPOCH)
        },
        fingerprint: [number; 32],
        anonymous: false,
        reading: Ok(reading),
        raw: b"raw".to_vec(),
    }
}

fn from_ana(number: u8, rcpt_to: &[&str]) -> Facts {
    let mut facts = mail(number, "ana@crm.test", rcpt_to);
    facts.envelope.sasl_login = Some("ana".into());
    facts
}

fn reading(facts: &mut Facts) -> &mut Reading {
    facts.reading.as_mut().expect("the story has a reading")
}

fn outcome(plan: &Plan) -> (Outcome, Option<&'static str>) {
    let [intake] = plan.intakes.as_slice() else { panic!("{} intakes", plan.intakes.len()) };
    (intake.outcome, intake.cause)
}

fn stands_on(plan: &Plan, target: Target) -> bool {
    plan.links.iter().any(|link| link.target == target)
}

#[test]
fn stranger_at_a_leads_inbox_becomes_a_contact_with_a_lead_for_the_first_administrator() {
    let plan = World::new().plan(&mail(1, "new@there.test", &["info@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert_eq!((plan.contacts.len(), plan.records.len()), (1, 1));
    assert_eq!(plan.contacts[0].owner, Some(BOSS));
    assert_eq!(plan.notifications[0].user, BOSS);
    let stored = plan.mail.expect("stored");
    assert_eq!((stored.source, stored.direction), ("inbox", "in"));
}

#[test]
fn mail_for_postmaster_or_abuse_is_stored_whoever_is_blocked() {
    for rcpt_to in ["postmaster@crm.test", "Abuse+x@crm.test"] {
        let mut facts = mail(1, "pest@there.test", &["info@crm.test"]);
        facts.envelope.inboxes[0].rcpt_to = rcpt_to.into();
        let plan = World::new().plan(&facts);
        // Stored, and a person decides: who is blocked becomes no contact.
        assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("excluded-address")), "{rcpt_to}");
        assert!(plan.mail.is_some() && plan.contacts.is_empty(), "{rcpt_to}");
    }
    let mut world = World::new();
    let inboxes = vec![Inbox::new("info", "abuse@crm.test")];
    world.policy.inboxes = InboxTable::new(inboxes, Some('+'), false);
    // By an alias, whose name is what the client wrote.
    assert!(world.plan(&mail(1, "pest@there.test", &["info@crm.test"])).mail.is_some());
}

#[test]
fn known_contact_stays_with_its_owner_and_its_one_open_record() {
    let plan = World::new().plan(&mail(1, "Carla@Client.test", &["info@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(plan.contacts.is_empty() && plan.records.is_empty());
    assert!(stands_on(&plan, Target::Contact(CLIENT)) && stands_on(&plan, Target::Record(DEAL)));
    assert_eq!(plan.intakes[0].owner, Some(ANA));
}

#[test]
fn several_open_records_link_the_contact_only_and_ask_a_person() {
    let mut world = World::new();
    world.open_deal(Uuid::from_u128(21), "DEAL-124");
    let plan = world.plan(&mail(1, "carla@client.test", &["info@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("several-records")));
    assert_eq!(plan.links.len(), 1);
    assert!(stands_on(&plan, Target::Contact(CLIENT)));
    assert_eq!(plan.intakes[0].candidates.len(), 2);
}

#[test]
fn form_names_the_customer_whoever_sent_it_and_its_reference_finds_the_record() {
    let mut world = World::new();
    let deal = world.known.records_by_code["DEAL-123"].clone();
    world.known.records_by_reference.insert("REF-9".into(), vec![deal]);
    let mut facts = mail(1, "web@crm.test", &["info@crm.test"]);
    reading(&mut facts).form = Some(Customer {
        name: Some("Luis Pérez".into()),
        address: Some("luis@there.test".into()),
        phones: vec!["+34600111222".into()],
        reference: Some("REF-9".into()),
        ..Customer::default()
    });
    let plan = world.plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert_eq!(plan.contacts[0].name, "Luis Pérez");
    assert_eq!(plan.contacts[0].phones, ["+34600111222"]);
    assert!(stands_on(&plan, Target::Record(DEAL)));
    assert!(plan.records.is_empty(), "the reference names a record: no second one");
}

#[test]
fn mail_among_colleagues_is_listed_and_not_stored() {
    let plan = World::new().plan(&from_ana(1, &["boss@crm.test", "crm@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Internal, None));
    assert!(plan.mail.is_none() && plan.links.is_empty() && plan.intakes[0].mail.is_none());
}

#[test]
fn bcc_of_a_user_files_under_every_outside_recipient_the_hidden_ones_too() {
    let mut facts = from_ana(1, &["carla@client.test", "hidden@there.test", "boss@crm.test", "crm@crm.test"]);
    reading(&mut facts).to = vec![mailbox("carla@client.test"), mailbox("boss@crm.test")];
    let plan = World::new().plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(stands_on(&plan, Target::Contact(CLIENT)));
    assert_eq!(plan.contacts.len(), 1);
    assert_eq!(plan.contacts[0].owner, Some(ANA));
    let stored = plan.mail.expect("stored");
    assert_eq!((stored.source, stored.direction, stored.filed_by), ("assistant-bcc", "out", Some(ANA)));
    let bcc: Vec<_> = stored.parties.iter().filter(|p| p.role == "bcc").collect();
    assert_eq!(bcc.len(), 1);
    assert_eq!(bcc[0].canonical.as_deref(), Some("hidden@there.test"));
}

#[test]
fn forward_of_a_user_files_the_original_and_that_of_a_stranger_does_not() {
    let original = Original {
        from: Some(mailbox("carla@client.test")),
        subject: Some("Offer".into()),
        sent_at: Some(Timestamp::UNIX_EPOCH),
        text: "Please".into(),
        note: Some("see below".into()),
        ..Original::default()
    };
    let mut facts = from_ana(1, &["crm@crm.test"]);
    reading(&mut facts).forward = Some(original.clone());
    let plan = World::new().plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(stands_on(&plan, Target::Contact(CLIENT)));
    let stored = plan.mail.expect("stored");
    assert_eq!((stored.source, stored.subject.as_deref()), ("assistant-forward", Some("Offer")));
    assert_eq!((stored.sent_at, stored.note.as_deref()), (Some(Timestamp::UNIX_EPOCH), Some("see below")));
    assert_eq!(stored.parties[0].contact, Some(CLIENT));

    let mut facts = mail(2, "eve@evil.test", &["info@crm.test"]);
    reading(&mut facts).forward = Some(original);
    let plan = World::new().plan(&facts);
    assert!(!stands_on(&plan, Target::Contact(CLIENT)));
    assert_eq!(plan.contacts[0].addresses[0].0, "eve@evil.test");
}

#[test]
fn redirected_mail_with_its_author_intact_files_under_the_author() {
    let mut facts = mail(1, "carla@client.test", &["crm@crm.test"]);
    facts.envelope.sasl_login = Some("ana".into());
    let plan = World::new().plan(&facts);
    assert!(stands_on(&plan, Target::Contact(CLIENT)));
    assert_eq!(plan.mail.expect("stored").source, "assistant-forward");
}

#[test]
fn from_alone_gives_nobody_a_users_authority() {
    let plan = World::new().plan(&mail(1, "ana@crm.test", &["carla@client.test", "crm@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("no-authority")));
    assert!(plan.links.is_empty() && plan.mail.is_some());
}

#[test]
fn author_proven_by_dmarc_is_a_user_unless_somebody_else_logged_in() {
    let mut world = World::new();
    let mut facts = mail(1, "ana@crm.test", &["crm@crm.test", "carla@client.test"]);
    reading(&mut facts).proven_author = Some("ana@crm.test".into());
    let plan = world.plan(&facts);
    assert_eq!((plan.intakes[0].user, plan.intakes[0].outcome), (Some(ANA), Outcome::Recorded));
    let mut facts = mail(2, "ana@crm.test", &["crm@crm.test"]);
    reading(&mut facts).proven_author = Some("ana@crm.test".into());
    facts.envelope.sasl_login = Some("eve".into());
    assert_eq!(world.plan(&facts).intakes[0].user, None);
}

#[test]
fn user_is_told_what_the_session_came_upon_and_what_could_not_be_filed() {
    let mut world = World::new();
    let mut facts = from_ana(1, &["ann@bad.test"]);
    facts.envelope.inboxes.clear();
    facts.envelope.reports = vec![Report { what: "blocked".into(), address: "ann@bad.test".into() }];
    let plan = world.plan(&facts);
    assert!(plan.mail.is_none() && plan.intakes.is_empty());
    let told = &plan.notifications[0];
    assert_eq!((told.user, told.kind), (ANA, "unwanted"));
    assert!(told.text.contains("went out to ann@bad.test, but that address is blocked"), "{}", told.text);
    let plan = world.plan(&from_ana(2, &["crm+DEAL-999@crm.test", "carla@client.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("unknown-code")));
    let told = |plan: &Plan, words: &str| {
        let mut of_ana = plan.notifications.iter().filter(|n| n.user == ANA && n.kind == "unresolved");
        assert!(of_ana.any(|n| n.text.contains(words)), "{words}: {:?}", plan.notifications);
    };
    told(&plan, "no record and no ticket has the code DEAL-999");
    let plan = world.plan(&from_ana(3, &["crm+FOO-2026-7@crm.test", "carla@client.test"]));
    told(&plan, "FOO-2026-7 is no code of this company, whose codes begin with DEAL-, LEAD-");
}

#[test]
fn code_counts_from_a_user_or_a_party_and_from_nobody_else() {
    let with_code = |mut facts: Facts| {
        reading(&mut facts).codes = vec!["DEAL-123".into()];
        World::new().plan(&facts)
    };
    let plan = with_code(from_ana(1, &["new@there.test", "crm@crm.test"]));
    assert!(stands_on(&plan, Target::Record(DEAL)));
    assert!(plan.records.is_empty(), "the code names a record: no lead beside it");
    let plan = with_code(mail(1, "carla@client.test", &["info@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    let plan = with_code(mail(1, "eve@evil.test", &["info@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("code-not-party")));
    assert!(!stands_on(&plan, Target::Record(DEAL)));
}

#[test]
fn detail_files_straight_to_its_record_and_an_unknown_one_asks_a_person() {
    let plan = World::new().plan(&from_ana(1, &["new@there.test", "crm+deal-123@crm.test"]));
    assert!(stands_on(&plan, Target::Record(DEAL)));
    let plan = World::new().plan(&from_ana(1, &["new@there.test", "crm+DEAL-999@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("unknown-code")));
    // A tag is no code: companies publish addresses with them.
    let plan = World::new().plan(&mail(1, "carla@client.test", &["info+newsletter@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
}

#[test]
fn mail_to_a_tickets_inbox_opens_a_ticket_in_its_series() {
    let plan = World::new().plan(&mail(1, "carla@client.test", &["support@crm.test"]));
    assert_eq!(plan.tickets[0].series, "INC");
    assert_eq!((plan.tickets[0].contact, plan.tickets[0].owner), (Some(CLIENT), Some(ANA)));
    let plan = World::new().plan(&mail(1, "new@there.test", &["support@crm.test"]));
    assert_eq!((plan.contacts.len(), plan.tickets.len(), plan.records.len()), (1, 1, 0));
}

#[test]
fn answer_finds_its_thread_if_a_party_writes_it() {
    let mut world = World::new();
    let opened = world.plan(&mail(1, "carla@client.test", &["support@crm.test"]));
    let ticket = Target::Ticket(opened.tickets[0].id);
    let mut answer = mail(2, "carla@client.test", &["support@crm.test"]);
    reading(&mut answer).references = vec!["1@carla@client.test".into()];
    let plan = world.plan(&answer);
    assert!(stands_on(&plan, ticket) && plan.tickets.is_empty());
    let mut stranger = mail(3, "eve@evil.test", &["support@crm.test"]);
    reading(&mut stranger).references = vec!["1@carla@client.test".into()];
    assert!(!stands_on(&world.plan(&stranger), ticket));
}

#[test]
fn one_message_to_two_inboxes_is_one_mail_with_two_intakes() {
    let plan = World::new().plan(&mail(1, "new@there.test", &["info@crm.test", "support@crm.test"]));
    assert_eq!(plan.intakes.len(), 2);
    assert!(plan.mail.is_some() && plan.intakes.iter().all(|intake| intake.mail == plan.intakes[0].mail));
    assert_eq!((plan.contacts.len(), plan.records.len(), plan.tickets.len()), (1, 1, 1));
}

#[test]
fn same_message_again_adds_its_routes_and_never_a_second_mail() {
    let mut world = World::new();
    let first = world.plan(&mail(1, "new@there.test", &["info@crm.test"]));
    let mut again = mail(1, "new@there.test", &["info@crm.test"]);
    again.spool_id = Uuid::from_u128(900);
    let plan = world.plan(&again);
    assert_eq!(outcome(&plan), (Outcome::Duplicate, None));
    assert!(plan.mail.is_none() && plan.contacts.is_empty());
    assert_eq!(plan.intakes[0].mail, first.intakes[0].mail);
    let mut other = mail(1, "new@there.test", &["support@crm.test"]);
    other.spool_id = Uuid::from_u128(901);
    let plan = world.plan(&other);
    assert_eq!(outcome(&plan), (Outcome::Recorded, None));
    assert!(plan.mail.is_none() && plan.tickets.len() == 1);
    assert_eq!(plan.links[0].mail, first.intakes[0].mail.expect("stored"));
}

#[test]
fn spool_entry_recorded_before_a_crash_writes_nothing() {
    let mut world = World::new();
    let facts = mail(1, "new@there.test", &["info@crm.test"]);
    world.plan(&facts);
    assert!(world.replan(&facts).is_none());
}

#[test]
fn message_without_an_own_id_is_a_repeat_only_within_six_hours() {
    let mut world = World::new();
    let arrives = |world: &mut World, spool: u128, hours: i64| {
        let mut facts = mail(1, "new@there.test", &["info@crm.test"]);
        facts.anonymous = true;
        facts.spool_id = Uuid::from_u128(spool);
        facts.envelope.received_at = Timestamp::from_second(hours * 3600).expect("in range");
        outcome(&world.plan(&facts)).0
    };
    assert_eq!(arrives(&mut world, 901, 0), Outcome::Recorded);
    assert_eq!(arrives(&mut world, 902, 5), Outcome::Duplicate);
    assert_eq!(arrives(&mut world, 903, 24), Outcome::Recorded);
}

#[test]
fn bounce_and_automatic_answer_are_stored_and_open_nothing() {
    for (kind, expected) in [(MailKind::Bounce, Outcome::Bounce), (MailKind::Automatic, Outcome::Automatic)] {
        let mut facts = mail(1, "new@there.test", &["info@crm.test"]);
        reading(&mut facts).kind = kind;
        let plan = World::new().plan(&facts);
        assert_eq!(outcome(&plan), (expected, None));
        assert!(plan.mail.is_some() && plan.contacts.is_empty() && plan.records.is_empty());
    }
}

#[test]
fn manual_inbox_lists_and_makes_nothing() {
    let plan = World::new().plan(&mail(1, "new@there.test", &["list@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("manual")));
    assert!(plan.mail.is_some() && plan.contacts.is_empty() && plan.links.is_empty());
}

#[test]
fn no_contact_is_made_of_addresses_that_nobody_reads() {
    let plan = World::new().plan(&mail(1, "no-reply@shop.test", &["info@crm.test"]));
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("excluded-address")));
    assert!(plan.contacts.is_empty());
}

#[test]
fn stranger_over_the_ceiling_opens_no_further_lead() {
    let mut world = World::new();
    let outcomes: Vec<_> = (1..=5)
        .map(|n| outcome(&world.plan(&mail(n, &format!("n{n}@there.test"), &["info@crm.test"]))))
        .collect();
    assert!(outcomes[..3].iter().all(|o| o.0 == Outcome::Recorded));
    assert!(outcomes[3..].iter().all(|o| *o == (Outcome::Unresolved, Some("ceiling"))));
}

#[test]
fn message_not_understood_is_stored_raw_with_the_reason() {
    let mut facts = mail(1, "new@there.test", &["info@crm.test"]);
    facts.reading = Err("the reader gave up".into());
    let plan = World::new().plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Failed, None));
    let stored = plan.mail.expect("stored");
    assert_eq!(
        (stored.raw.as_slice(), stored.unparsed.as_deref()),
        (&b"raw"[..], Some("the reader gave up"))
    );
}

#[test]
fn mail_of_a_blocked_author_is_listed_and_not_stored() {
    for (from, envelope) in [("pest@there.test", "x@there.test"), ("x@there.test", "pest@there.test")] {
        let mut facts = mail(1, from, &["info@crm.test"]);
        facts.envelope.mail_from = envelope.into();
        let plan = World::new().plan(&facts);
        assert_eq!(outcome(&plan), (Outcome::Blocked, None));
        assert!(plan.mail.is_none() && plan.contacts.is_empty());
    }
}

#[test]
fn recipients_that_were_not_looked_up_are_never_taken_for_unknown() {
    let mut world = World::new();
    // More colleagues than customers fit into one mail, then more customers than are looked up.
    let colleagues = (0..150).map(|n| format!("c{n}@crm.test"));
    let customers = (0..1500).map(|n| format!("k{n}@client.test"));
    let hidden: Vec<String> =
        ["crm@crm.test".to_owned()].into_iter().chain(colleagues).chain(customers).collect();
    let mut facts = from_ana(1, &["crm@crm.test"]);
    facts.envelope.rcpt_to.clone_from(&hidden);
    let mut named = from_ana(2, &["crm@crm.test"]);
    reading(&mut named).to = (0..1500).map(|n| mailbox(&format!("c{n}@crm.test"))).collect();
    reading(&mut named).cc = vec![mailbox("z1@client.test"), mailbox("z2@client.test")];
    for facts in [facts, named] {
        let mut wanted = Wanted::default();
        facts.want(false, &mut wanted);
        for contact in world.plan(&facts).contacts {
            let (address, _) = &contact.addresses[0];
            assert!(
                wanted.addresses.contains(address),
                "{address} would meet a contact that nobody looked up"
            );
        }
    }
}

#[test]
fn mail_whose_answers_go_outside_is_not_among_colleagues() {
    let mut world = World::new();
    let mut facts = mail(1, "web@crm.test", &["info@crm.test"]);
    reading(&mut facts).reply_to = vec![mailbox("new@there.test")];
    let plan = world.plan(&facts);
    assert_eq!(outcome(&plan).0, Outcome::Unresolved);
    assert!(plan.mail.is_some(), "the customer's words are kept");
}

#[test]
fn address_in_a_form_makes_nobody_a_party() {
    let named = || Customer { address: Some("carla@client.test".into()), ..Customer::default() };
    let mut world = World::new();
    let mut facts = mail(1, "eve@there.test", &["info@crm.test"]);
    reading(&mut facts).form = Some(named());
    reading(&mut facts).codes = vec!["DEAL-123".into()];
    let plan = world.plan(&facts);
    assert_eq!(outcome(&plan), (Outcome::Unresolved, Some("code-not-party")));
    // Who writes it and stands in it is one.
    let mut facts = mail(2, "carla@client.test", &["info@crm.test"]);
    reading(&mut facts).form = Some(named());
    reading(&mut facts).codes = vec!["DEAL-123".into()];
    let plan = world.plan(&facts);
    assert_eq!(outcome(&plan).0, Outcome::Recorded);
    assert!(stands_on(&plan, Target::Record(DEAL)));
}

#[test]
fn second_door_adopts_the_arrival_of_the_first_however_late_it_is() {
    let mut world = World::new();
    let keeping = Inbox { original: Fate::Keep, ..inbox("keep", Kind::Tickets) };
    world.policy.inboxes = InboxTable::new(vec![keeping], Some('+'), false);
    let arrives = |world: &mut World, spool: u128, door: Door, queue_id: &str, hours: i64| {
        let mut facts = mail(1, "new@there.test", &["info@crm.test"]);
        facts.envelope.inboxes[0].inbox = "keep".into();
        facts.anonymous = true;
        facts.spool_id = Uuid::from_u128(spool);
        facts.envelope.door = door;
        facts.envelope.queue_id = Some(queue_id.into());
        facts.envelope.sasl_login = (door == Door::Milter).then(|| "ana".into());
        facts.envelope.received_at = Timestamp::from_second(hours * 3600).expect("in range");
        world.plan(&facts)
    };
    assert_eq!(arrives(&mut world, 901, Door::Milter, "4A", 0).tickets.len(), 1);
    let late = arrives(&mut world, 902, Door::Pipe, "4A", 20);
    assert!(late.intakes.is_empty() && late.mail.is_none());
    let other = arrives(&mut world, 903, Door::Pipe, "4B", 30);
    assert_eq!((other.intakes.len(), other.tickets.len()), (1, 1));
}

#[test]
fn form_that_asks_about_the_same_thing_as_another_gets_a_lead_of_its_own() {
    let mut world = World::new();
    for n in 1..=2u8 {
        let mut facts = mail(n, "web@crm.test", &["info@crm.test"]);
        reading(&mut facts).form = Some(Customer {
            address: Some(format!("k{n}@there.test")),
            reference: Some("REF-1".into()),
            ..Customer::default()
        });
        let plan = world.plan(&facts);
        assert_eq!(plan.records.len(), 1);
        assert_eq!(plan.records[0].asked_about.as_deref(), Some("REF-1"));
    }
}
