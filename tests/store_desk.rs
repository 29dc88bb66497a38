//! What people do at the desk, with the desk's rights, on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::known::Wanted;
use crm_milter::crm::plan::{Outcome, Target};
use crm_milter::store::cluster::Role;
use crm_milter::store::*;
use store_support::{CommitBatch, Scratch, plan};
use uuid::Uuid;

fn user(login: &str) -> NewUser {
    NewUser { login: login.into(), addresses: vec![format!("{login}@crm.test")], ..NewUser::default() }
}

#[test]
fn user_is_known_by_each_proof_and_no_proof_is_two_users() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let ann = NewUser {
        name: "Ann".into(),
        sasl_logins: vec!["ann".into()],
        client_addresses: vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()],
        certificates: vec![("CN=Own CA".into(), "CN=ann".into())],
        ..user("Ann")
    };
    let id = desk.user_add(&ann).unwrap();
    let known = scratch.store(Role::Daemon).transaction(|t| look_up(t, &Wanted::default())).unwrap().users;
    assert_eq!(known.by_login["ann"], id);
    assert_eq!(known.by_sasl_login["ann"], id);
    assert_eq!(known.by_client_address[&"2001:db8::7".parse().unwrap()], id);
    assert_eq!(known.by_certificate[&("CN=Own CA".into(), "CN=ann".into())], id);
    assert_eq!(known.by_address["Ann@crm.test"], id);
    assert_eq!(desk.user_id("ANN").unwrap(), id);
    for other in [
        user("ann"),
        NewUser { addresses: ann.addresses.clone(), ..user("bob") },
        NewUser { sasl_logins: vec!["ann".into()], ..user("bob") },
        NewUser { client_addresses: vec!["192.0.2.7".parse().unwrap()], ..user("bob") },
    ] {
        let error = desk.user_add(&other).unwrap_err();
        assert!(matches!(&error, Error::InUse { by, .. } if by == "user Ann"), "{error}");
    }
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        let wrong = NewUser { client_addresses: vec![address.parse().unwrap()], ..user("bob") };
        assert!(matches!(desk.user_add(&wrong), Err(Error::Invalid(_))), "{address}");
    }
    assert!(matches!(desk.user_add(&NewUser { role: "boss".into(), ..user("bob") }), Err(Error::Invalid(_))));
    assert!(matches!(desk.user_add(&NewUser::default()), Err(Error::Invalid(_))));
    let list = desk.user_list().unwrap();
    assert_eq!((list.len(), list[0].sasl_logins.as_slice()), (1, ["ann".to_owned()].as_slice()));
    assert!(serde_json::to_string(&list).unwrap().contains("192.0.2.7"));
}

#[test]
fn last_resort_is_the_first_administrator_or_the_second_where_the_first_is_in_several_teams() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let owner = || scratch.store(Role::Daemon).transaction(|t| look_up(t, &Wanted::default())).unwrap();
    desk.user_add(&user("agent")).unwrap();
    assert_eq!(owner().default_owner, None);
    let admin = |login| desk.user_add(&NewUser { role: "administrator".into(), ..user(login) }).unwrap();
    let (first, second) = (admin("first"), admin("second"));
    assert_eq!(owner().default_owner, Some(first));
    let mut client = scratch.client(Role::Desk);
    for team in ["north", "south"] {
        let id = Uuid::now_v7();
        client.execute("INSERT INTO crm.team (id, name) VALUES ($1, $2)", &[&id, &team]).unwrap();
        client.execute("INSERT INTO crm.team_member VALUES ($1, $2)", &[&id, &first]).unwrap();
    }
    assert_eq!(owner().default_owner, Some(second));
    let office = "INSERT INTO crm.office (id, name, coordinator_id) VALUES ($1, 'Madrid', $2)";
    client.execute(office, &[&Uuid::now_v7(), &second]).unwrap();
    assert_eq!(owner().coordinators["madrid"], second);
}

#[test]
fn card_shows_records_tickets_and_mails_of_a_contact() {
    let scratch = Scratch::migrated();
    let lead = plan::lead("viewing", "ann@b.test");
    let contact = lead.contacts[0].id;
    let mut ticket = plan::ticket("broken", "ann@b.test", Some(contact));
    ticket.links.push(crm_milter::crm::plan::Link {
        mail: ticket.mail.as_ref().unwrap().id,
        target: Target::Contact(contact),
    });
    let written = scratch.store(Role::Daemon).commit_batch(&[lead.clone(), ticket.clone()]).unwrap();
    let desk = scratch.store(Role::Desk);
    let card = desk.contact_show("ann@b.test").unwrap();
    assert_eq!(
        (card.line.id, card.line.addresses.as_slice()),
        (contact, ["ann@b.test".to_owned()].as_slice())
    );
    assert_eq!(card.records[0].code, "LEAD-1");
    assert_eq!(card.tickets[0].contact.as_deref(), Some("ann@b.test"));
    let subjects: Vec<_> = card.mails.iter().map(|mail| mail.subject.as_deref().unwrap()).collect();
    assert_eq!(subjects, ["broken", "viewing"], "the newest first");
    assert_eq!(card.mails[1].links, ["ann@b.test", "LEAD-1"]);
    assert_eq!(desk.contact_find(contact.to_string().as_str()).unwrap().id, contact);
    assert!(matches!(desk.contact_show("nobody@b.test"), Err(Error::NotFound { .. })));
    let record = desk.record_show("lead-1").unwrap();
    assert_eq!((record.line.contacts.len(), record.mails.len()), (1, 1));
    let code = &written.codes[&ticket.tickets[0].id];
    assert_eq!(desk.ticket_show(code).unwrap().mails[0].subject.as_deref(), Some("broken"));
    let json = serde_json::to_value(&card).unwrap();
    assert_eq!((&json["name"], &json["records"][0]["code"]), (&"ann@b.test".into(), &"LEAD-1".into()));
    let search = |text: &str| {
        let filter = ContactFilter { text: Some(text.into()), ..ContactFilter::default() };
        desk.contact_list(&filter, Page::default()).unwrap().len()
    };
    assert_eq!((search("ANN@"), search("nn@b"), search("zoe")), (1, 1, 0));
}

#[test]
fn mail_is_shown_with_its_parts_and_byte_for_byte() {
    let scratch = Scratch::migrated();
    let mut lead = plan::lead("whole", "ann@b.test");
    let mail = lead.mail.as_mut().unwrap();
    mail.raw = (0..=255).collect();
    mail.attachments.push(crm_milter::crm::plan::NewAttachment {
        name: Some("a.txt".into()),
        media_type: "text/plain".into(),
        sha256: plan::digest("content"),
        content: b"content".to_vec(),
    });
    let (id, raw) = (mail.id, mail.raw.clone());
    scratch.store(Role::Daemon).commit_batch(&[lead]).unwrap();
    let desk = scratch.store(Role::Desk);
    assert_eq!(desk.mail_raw(id).unwrap(), raw);
    assert_eq!(desk.attachment_content(id, 0).unwrap(), b"content");
    let mail = desk.mail_show(id).unwrap();
    assert_eq!((mail.line.text.as_deref(), mail.line.size), (Some("text of whole"), 256));
    assert_eq!((mail.parties.len(), mail.attachments.len(), mail.stands_on.len()), (1, 1, 2));
    assert_eq!(mail.intakes[0].outcome, "recorded");
    assert_eq!(mail.line.sent_at, Some("2026-01-02T03:04:05Z".parse().unwrap()));
    assert!(matches!(desk.mail_show(Uuid::now_v7()), Err(Error::NotFound { .. })));
    assert!(matches!(desk.mail_raw(Uuid::now_v7()), Err(Error::NotFound { .. })));
}

#[test]
fn list_of_received_mails_is_paged_without_gap_or_repeat() {
    let scratch = Scratch::migrated();
    let mut entry = plan::empty();
    entry.intakes = (0..7).map(|_| plan::intake(None, Outcome::Spam)).collect();
    let mut open = plan::intake(None, Outcome::Unresolved);
    open.cause = Some("ambiguous-record");
    open.candidates = vec![Target::Record(Uuid::now_v7())];
    entry.intakes.push(open);
    scratch.store(Role::Daemon).commit_batch(&[entry.clone()]).unwrap();
    let desk = scratch.store(Role::Desk);
    let mut seen = Vec::new();
    let mut page = Page { before: None, limit: 3 };
    loop {
        let lines = desk.intake_list(&IntakeFilter::default(), page).unwrap();
        let Some(last) = lines.last() else { break };
        page.before = Some(last.id);
        seen.extend(lines.iter().map(|line| line.id));
    }
    let mut expected: Vec<Uuid> = entry.intakes.iter().map(|intake| intake.id).collect();
    expected.sort_unstable();
    expected.reverse();
    assert_eq!(seen, expected);
    let unresolved = IntakeFilter { unresolved: true, ..IntakeFilter::default() };
    let lines = desk.intake_list(&unresolved, Page::default()).unwrap();
    assert_eq!((lines.len(), lines[0].cause.as_deref()), (1, Some("ambiguous-record")));
    assert!(lines[0].candidates[0]["record"].is_string());
    let spam = IntakeFilter { outcome: Some("spam".into()), ..IntakeFilter::default() };
    assert_eq!(desk.intake_list(&spam, Page::default()).unwrap().len(), 7);
}

#[test]
fn record_made_by_hand_gets_the_next_code_and_a_given_code_is_never_given_again() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let deal = RecordByHand { kind: "deal".into(), title: "Flat".into(), ..RecordByHand::default() };
    assert_eq!(desk.record_add(&deal).unwrap().1, "DEAL-1");
    let given = |code: &str| RecordByHand { code: Some(code.into()), ..deal.clone() };
    assert_eq!(desk.record_add(&given("deal-123")).unwrap().1, "DEAL-123");
    assert_eq!(desk.record_add(&deal).unwrap().1, "DEAL-124");
    assert!(matches!(desk.record_add(&given("DEAL-1")), Err(Error::InUse { .. })));
    assert_eq!(desk.record_add(&deal).unwrap().1, "DEAL-125", "no gap after a refusal");
    assert_eq!(desk.record_add(&given("HOUSE.7")).unwrap().1, "HOUSE.7");
    assert!(matches!(desk.record_add(&given("two words")), Err(Error::Invalid(_))));
    let shared = RecordByHand { external_reference: Some("REF".into()), ..deal.clone() };
    desk.record_add(&shared).unwrap();
    assert_eq!(desk.record_show("REF").unwrap().line.code, "DEAL-126");
    desk.record_add(&shared).unwrap();
    assert!(matches!(desk.record_show("REF"), Err(Error::Invalid(text)) if text.contains("DEAL-127")));
    let deals = RecordFilter { kind: Some("deal".into()), ..RecordFilter::default() };
    assert_eq!(desk.record_list(&deals, Page { before: None, limit: 2 }).unwrap().len(), 2);
}

#[test]
fn block_is_kept_as_history_and_a_contacts_block_holds_for_its_addresses() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut lead = plan::lead("spammer", "eve@b.test");
    lead.contacts[0].addresses.push(("eve2@b.test".into(), "Eve2@b.test".into()));
    let contact = Blocked::Contact(lead.contacts[0].id);
    scratch.store(Role::Daemon).commit_batch(&[lead]).unwrap();
    let address = Blocked::Address("mallory@c.test".into());
    desk.block_add(&address, Scope::All, Some("abuse"), "ann").unwrap();
    desk.block_add(&Blocked::Domain("bad.test".into()), Scope::Inbox, None, "ann").unwrap();
    desk.block_add(&contact, Scope::Inbox, None, "ann").unwrap();
    for again in [&address, &contact] {
        let error = desk.block_add(again, Scope::Inbox, None, "bob").unwrap_err();
        assert!(matches!(error, Error::InUse { .. }));
    }
    let stands = |address: &str| {
        let met = desk.block_why(address).unwrap();
        met.into_iter().map(|met| (met.block.kind, met.met, met.block.scope)).collect::<Vec<_>>()
    };
    let one = |kind: &str, met: &str, scope| vec![(kind.to_owned(), met.to_owned(), scope)];
    assert_eq!(stands("x@bad.test"), one("domain", "bad.test", Scope::Inbox));
    assert_eq!(stands("x@sub.bad.test"), []);
    assert_eq!(stands("eve2@b.test"), one("contact", "eve2@b.test", Scope::Inbox));
    assert_eq!(stands("mallory+x@c.test"), one("address", "mallory@c.test", Scope::All));
    desk.block_remove(&address, "bob").unwrap();
    desk.block_remove(&contact, "bob").unwrap();
    assert!(matches!(desk.block_remove(&address, "bob"), Err(Error::NotFound { .. })));
    assert_eq!((stands("eve@b.test"), stands("mallory@c.test")), (vec![], vec![]));
    let history = desk.block_list(true).unwrap();
    assert_eq!((desk.block_list(false).unwrap().len(), history.len()), (1, 3));
    let ended = history.iter().find(|block| block.value == "mallory@c.test").unwrap();
    assert_eq!((ended.reason.as_deref(), ended.removed_by.as_deref()), (Some("abuse"), Some("bob")));
    desk.block_add(&address, Scope::All, None, "ann").unwrap();
}
