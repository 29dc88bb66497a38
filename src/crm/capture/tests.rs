//! The decision, told as short stories: ana and luis are users, carla is a contact, new@there.test is nobody.
#![allow(clippy::unwrap_used)]

use super::super::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use super::super::inbox::Inbox;
use super::super::known::KnownUser;
use super::super::policy::Policy;
use super::*;
use std::sync::Arc;

const ANA: Uuid = Uuid::from_u128(1);
const LUIS: Uuid = Uuid::from_u128(2);

fn rule(key: &str) -> Rule {
    Rule {
        key: key.into(),
        enabled: true,
        users: BTreeSet::new(),
        direction: Direction::Both,
        contacts: Contacts::Known,
        internal_domains: BTreeSet::new(),
        never_addresses: BTreeSet::new(),
        never_domains: BTreeSet::new(),
        markers: vec!["[private]".into()],
    }
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn users() -> Users {
    let mut users = Users::default();
    for (id, login) in [(ANA, "Ana"), (LUIS, "luis")] {
        let address = format!("{}@crm.test", login.to_lowercase());
        users.by_login.insert(login.to_lowercase(), id);
        users.by_address.insert(address.clone(), id);
        let user = KnownUser { id, login: login.into(), name: login.into(), addresses: vec![address] };
        users.by_id.insert(id, user);
    }
    users
}

fn policy() -> Policy {
    let mut policy = Policy::sample(vec![Inbox::new("info", "info@crm.test")]);
    let keys = BlockKeys::new(b"s");
    let pest = (keys.key(BlockKind::Address, "pest@there.test"), BlockScope::Inbox);
    policy.lists.blocks = Arc::new(BlockList::new(keys, [pest]));
    policy
}

/// A message: who submits, envelope sender, envelope recipients, From, Subject.
#[derive(Clone)]
struct Mail {
    user: Option<Uuid>,
    mail_from: String,
    rcpt_to: Vec<String>,
    from: Vec<Mailbox>,
    to: Vec<Mailbox>,
    reply_to: Vec<Mailbox>,
    subject: String,
    kind: Kind,
    spam: bool,
}

fn mailboxes(addresses: &[&str]) -> Vec<Mailbox> {
    addresses.iter().map(|a| Mailbox { name: None, address: Some((*a).to_owned()) }).collect()
}

fn mail(user: Option<Uuid>, from: &str, to: &[&str]) -> Mail {
    Mail {
        user,
        mail_from: from.into(),
        rcpt_to: to.iter().map(|to| (*to).to_owned()).collect(),
        from: mailboxes(&[from]),
        to: mailboxes(to),
        reply_to: Vec::new(),
        subject: "Offer".into(),
        kind: Kind::Person,
        spam: false,
    }
}

fn by_ana(to: &[&str]) -> Mail {
    mail(Some(ANA), "ana@crm.test", to)
}

fn to_ana(from: &str) -> Mail {
    mail(None, from, &["ana@crm.test"])
}

const CONTACTS: [&str; 3] = ["carla@client.test", "pest@there.test", "carla@sister.test"];

fn decide(rules: &[Rule], mail: &Mail, with_header: bool) -> Vec<Result<Hit, Exclusion>> {
    let (policy, users) = (policy(), users());
    let header = Header {
        kind: mail.kind,
        spam: mail.spam.then_some("X-Spam: Yes"),
        from: &mail.from,
        reply_to: &mail.reply_to,
        to: &mail.to,
        cc: &[],
        subject: Some(&mail.subject),
    };
    let question = Question {
        user: mail.user,
        mail_from: &mail.mail_from,
        rcpt_to: &mail.rcpt_to,
        header: with_header.then_some(header),
    };
    let known = |canonical: &str| CONTACTS.contains(&canonical);
    let captures = Captures::new(rules.to_vec());
    let company = Company { policy: &policy, users: &users };
    captures.decide(&question, company, &known).rules.into_iter().map(|(_, result)| result).collect()
}

/// What one rule says of the whole message; what it captures must have been possible at DATA.
fn one(rule: &Rule, mail: &Mail) -> Result<Hit, Exclusion> {
    let result = decide(std::slice::from_ref(rule), mail, true).remove(0);
    let at_data = decide(std::slice::from_ref(rule), mail, false).remove(0);
    assert!(at_data.is_ok() || result.is_err(), "let go at DATA ({at_data:?}), yet {result:?}");
    result
}

fn why(rule: &Rule, mail: &Mail) -> &'static str {
    one(rule, mail).map_or_else(|exclusion| exclusion.name(), |_| "captured")
}

fn outside(rule: &Rule, mail: &Mail) -> Vec<String> {
    one(rule, mail).map(|hit| hit.outside).unwrap_or_default()
}

#[test]
fn mail_between_users_and_contacts_is_captured_both_ways() {
    let rule = rule("team");
    let out = one(&rule, &by_ana(&["Carla@CLIENT.test"])).unwrap();
    assert_eq!(out, Hit { outgoing: true, user: ANA, outside: vec!["carla@client.test".into()] });
    let back = one(&rule, &to_ana("Carla@client.test")).unwrap();
    assert_eq!(back, Hit { outgoing: false, user: ANA, outside: vec!["carla@client.test".into()] });
    assert_eq!(why(&rule, &mail(None, "carla@client.test", &["ana+shop@crm.test"])), "captured");
    assert_eq!(why(&rule, &mail(None, "carla@client.test", &["info@crm.test"])), "no-user");
}

#[test]
fn strangers_are_captured_only_where_the_rule_is_about_everybody() {
    let known = rule("known");
    assert_eq!(why(&known, &by_ana(&["new@there.test"])), "no-contact");
    assert_eq!(why(&known, &to_ana("new@there.test")), "no-contact");
    let all = Rule { contacts: Contacts::All, ..rule("all") };
    assert_eq!(outside(&all, &by_ana(&["new@there.test", "no-reply@there.test"])), ["new@there.test"]);
    assert_eq!(outside(&all, &to_ana("new@there.test")), ["new@there.test"]);
    assert_eq!(why(&all, &by_ana(&["no-reply@there.test"])), "no-contact");
    assert_eq!(why(&all, &to_ana("no-reply@there.test")), "no-contact");
}

#[test]
fn colleague_and_contact_together_are_recorded_on_the_contact_and_colleagues_alone_never() {
    let rule = rule("team");
    let both = by_ana(&["luis@crm.test", "carla@client.test", "new@there.test"]);
    assert_eq!(outside(&rule, &both), ["carla@client.test"]);
    assert_eq!(why(&rule, &by_ana(&["luis@crm.test", "info@crm.test"])), "nobody-outside");
    assert_eq!(why(&rule, &mail(None, "luis@crm.test", &["ana@crm.test"])), "inside-author");
    let sister = Rule { internal_domains: set(&["sister.test"]), ..rule };
    assert_eq!(why(&sister, &by_ana(&["carla@sister.test"])), "nobody-outside");
    assert_eq!(why(&sister, &to_ana("carla@sister.test")), "inside-author");
    // Who wrote from inside and is nobody's login proves no user: nothing is outgoing.
    assert_eq!(why(&sister, &mail(None, "ana@crm.test", &["carla@client.test"])), "no-user");
}

#[test]
fn hidden_recipients_count_and_those_named_in_the_header_are_recorded_with_them() {
    let mut hidden = by_ana(&["luis@crm.test", "carla@client.test"]);
    hidden.to = mailboxes(&["luis@crm.test"]);
    assert_eq!(outside(&rule("team"), &hidden), ["carla@client.test"]);
    let mut named = by_ana(&["carla@client.test"]);
    named.to = mailboxes(&["carla@sister.test", "new@there.test"]);
    assert_eq!(outside(&rule("team"), &named), ["carla@client.test", "carla@sister.test"]);
}

#[test]
fn rule_covers_its_users_and_its_direction_only() {
    let luis = Rule { users: set(&["luis"]), ..rule("luis") };
    assert_eq!(why(&luis, &by_ana(&["carla@client.test"])), "not-covered");
    assert_eq!(why(&luis, &to_ana("carla@client.test")), "no-user");
    assert_eq!(why(&luis, &mail(None, "carla@client.test", &["ana@crm.test", "luis@crm.test"])), "captured");
    let ana = Rule { users: set(&["ana"]), ..rule("ana") };
    assert_eq!(why(&ana, &by_ana(&["carla@client.test"])), "captured");
    let incoming = Rule { direction: Direction::In, ..rule("in") };
    assert_eq!(why(&incoming, &by_ana(&["carla@client.test"])), "only-incoming");
    assert_eq!(why(&incoming, &to_ana("carla@client.test")), "captured");
    let outgoing = Rule { direction: Direction::Out, ..rule("out") };
    assert_eq!(why(&outgoing, &by_ana(&["carla@client.test"])), "captured");
    assert_eq!(why(&outgoing, &to_ana("carla@client.test")), "only-outgoing");
}

#[test]
fn never_lists_win_over_everything_whichever_rule_and_party_they_name() {
    let open = Rule { contacts: Contacts::All, ..rule("open") };
    let never = Rule {
        users: set(&["luis"]),
        never_addresses: set(&["doctor@clinic.test", "luis@crm.test"]),
        never_domains: set(&["lawyers.test"]),
        ..rule("never")
    };
    let rules = [open, never];
    let name =
        |mail: &Mail| decide(&rules, mail, true)[0].as_ref().map_or_else(Exclusion::name, |_| "captured");
    assert_eq!(name(&by_ana(&["carla@client.test"])), "captured");
    for party in
        ["doctor@clinic.test", "Doctor+results@CLINIC.test", "x@lawyers.test", "x@deep.in.lawyers.test"]
    {
        assert_eq!(name(&by_ana(&["carla@client.test", party])), "never", "{party}");
        assert_eq!(name(&to_ana(party)), "never", "{party}");
    }
    for free in ["doctor@client.test", "x@notlawyers.test"] {
        assert_eq!(name(&by_ana(&["carla@client.test", free])), "captured", "{free}");
    }
    assert_eq!(name(&by_ana(&["carla@client.test", "luis@crm.test"])), "never", "a colleague too");
    let mut answered = to_ana("carla@client.test");
    answered.reply_to = mailboxes(&["doctor@clinic.test"]);
    assert_eq!(name(&answered), "never");
    let mut relayed = to_ana("carla@client.test");
    relayed.mail_from = "bounce@lawyers.test".into();
    assert_eq!(name(&relayed), "never");
    let off = [rules[0].clone(), Rule { enabled: false, ..rules[1].clone() }];
    assert!(
        decide(&off, &by_ana(&["doctor@clinic.test"]), true)[0].is_ok(),
        "a rule that is off says nothing"
    );
    assert_eq!(decide(&off, &by_ana(&["doctor@clinic.test"]), true)[1], Err(Exclusion::Off));
}

#[test]
fn marker_in_the_subject_keeps_the_mail_and_its_answers_out() {
    let rule = rule("team");
    for subject in ["[private] Rent", "Re: AW: [PRIVATE] Rent", "Rent [Private]"] {
        let out = Mail { subject: subject.into(), ..by_ana(&["carla@client.test"]) };
        assert_eq!(why(&rule, &out), "marker", "{subject}");
        let back = Mail { subject: subject.into(), ..to_ana("carla@client.test") };
        assert_eq!(why(&rule, &back), "marker", "{subject}");
    }
    let accented = Rule { markers: vec!["[Tajné]".into()], ..rule.clone() };
    let decomposed = Mail { subject: "[TAJNE\u{301}] x".into(), ..to_ana("carla@client.test") };
    assert_eq!(why(&accented, &decomposed), "marker", "however the accent is written");
    let other = Mail { subject: "A private matter".into(), ..to_ana("carla@client.test") };
    assert_eq!(why(&rule, &other), "captured");
}

#[test]
fn programs_blocked_people_and_authors_who_are_not_one_are_not_captured() {
    let rule = Rule { contacts: Contacts::All, ..rule("all") };
    for kind in [Kind::Bounce, Kind::Complaint, Kind::Automatic, Kind::List, Kind::Calendar] {
        assert_eq!(why(&rule, &Mail { kind, ..to_ana("carla@client.test") }), "machine");
        assert_eq!(why(&rule, &Mail { kind, ..by_ana(&["carla@client.test"]) }), "machine");
    }
    assert_eq!(why(&rule, &Mail { spam: true, ..to_ana("carla@client.test") }), "spam");
    assert_eq!(
        why(&rule, &Mail { spam: true, ..by_ana(&["carla@client.test"]) }),
        "captured",
        "a user's own"
    );
    assert_eq!(why(&rule, &Mail { mail_from: String::new(), ..to_ana("carla@client.test") }), "null-sender");
    assert_eq!(why(&rule, &to_ana("pest@there.test")), "blocked", "though a contact");
    let several =
        Mail { from: mailboxes(&["carla@client.test", "eve@there.test"]), ..to_ana("carla@client.test") };
    assert_eq!(why(&rule, &several), "no-one-author");
    assert_eq!(why(&rule, &Mail { from: mailboxes(&["nonsense"]), ..several }), "no-one-author");
}

#[test]
fn resent_mail_is_its_recipients_incoming_mail_and_nobodys_outgoing() {
    let rule = rule("team");
    let resent = |to: &[&str]| Mail { from: mailboxes(&["carla@client.test"]), ..by_ana(to) };
    assert_eq!(why(&rule, &resent(&["carla@sister.test"])), "resent");
    let hit = one(&rule, &resent(&["luis@crm.test"])).unwrap();
    assert_eq!((hit.outgoing, hit.user), (false, LUIS));
}

#[test]
fn first_rule_that_captures_names_the_route_and_the_others_say_why_they_do_not() {
    let rules = [
        Rule { enabled: false, ..rule("off") },
        Rule { users: set(&["luis", "gone"]), ..rule("luis") },
        rule("team"),
        Rule { contacts: Contacts::All, ..rule("all") },
    ];
    let (policy, users) = (policy(), users());
    let rcpt_to = ["carla@client.test".to_owned()];
    let question = Question { user: Some(ANA), mail_from: "ana@crm.test", rcpt_to: &rcpt_to, header: None };
    let captures = Captures::new(rules.to_vec());
    let company = Company { policy: &policy, users: &users };
    let verdict = captures.decide(&question, company, &|_| true);
    assert_eq!(verdict.first(|_| true).unwrap().0, "team");
    assert_eq!(verdict.first(|key| key == "all").unwrap().0, "all", "only those that were named");
    assert_eq!(verdict.keys(), ["team", "all"]);
    assert_eq!(verdict.rules[1].1, Err(Exclusion::NotCovered("Ana".into())));
    assert_eq!(captures.unknown_logins(&users).collect::<Vec<_>>(), [("luis", "gone")]);
    assert!(captures.needs_known() && !captures.is_idle());
    assert!(
        !Captures::new(rules[..1].to_vec()).needs_known() && Captures::new(rules[..1].to_vec()).is_idle()
    );
    assert!(!Captures::new(rules[3..].to_vec()).needs_known());
}

#[test]
fn ten_thousand_recipients_cost_no_more_than_their_number() {
    let all: Vec<String> = (0..10_000).map(|n| format!("r{n}@there.test")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let never = Rule { never_domains: set(&["lawyers.test"]), ..rule("team") };
    let started = std::time::Instant::now();
    assert_eq!(why(&never, &by_ana(&all)), "no-contact");
    let took = started.elapsed();
    assert!(took.as_secs() < 3, "{took:?}");
}
