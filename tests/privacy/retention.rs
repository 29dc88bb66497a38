//! Mail that goes after the days of its inboxes: row X42.

use crate::store_support::company::tried;
use crate::store_support::plan;
use crate::store_support::program::{Program, file};
use crm_milter::crm::plan::*;
use crm_milter::store::cluster::Role;
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

const CONFIG: &str = r#"
[[inbox]]
key = "info"
address = "info@crm.test"
kind = "leads"
retention_days = 60

[[inbox]]
key = "long"
address = "long@crm.test"
kind = "leads"
retention_days = 365

[[inbox]]
key = "ever"
address = "ever@crm.test"
kind = "leads"
"#;

fn open() -> Program {
    let crm = Program::open();
    let text = std::fs::read_to_string(&crm.config).unwrap();
    std::fs::write(&crm.config, text + CONFIG).unwrap();
    let mut owner = crm.company.scratch.client(Role::Owner);
    let first = "SELECT min(substring(pg_get_expr(c.relpartbound, c.oid) FROM '\\(''([0-9a-f-]{36})''\\) TO')) FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'crm.mail'::regclass";
    let first: String = owner.query_one(first, &[]).unwrap().get(0);
    for parent in ["mail", "mail_raw", "party", "attachment", "mail_search"] {
        let sql = format!(
            "CREATE TABLE crm.{parent}_2020_01 PARTITION OF crm.{parent} FOR VALUES FROM ('{}') TO ('{first}')",
            Uuid::nil()
        );
        owner.batch_execute(&sql).unwrap();
    }
    crm
}

/// A version 7 id of so many days ago.
fn id(days: i64) -> Uuid {
    let at = Timestamp::now() - (days * 24).hours();
    let unix = uuid::Timestamp::from_unix(uuid::NoContext, u64::try_from(at.as_second()).unwrap(), 0);
    Uuid::new_v7(unix)
}

/// Stores a mail of that age that came by these inboxes.
fn store(crm: &Program, subject: &str, days: i64, inboxes: &[&str], change: impl FnOnce(&mut Plan)) -> Uuid {
    let mut mail = plan::mail(subject, "x@b.test");
    mail.id = id(days);
    mail.attachments = vec![file("a.txt", b"the same for all"), file("b.txt", subject.as_bytes())];
    let mail_id = mail.id;
    let intakes = inboxes.iter().map(|inbox| {
        let mut intake = plan::intake(Some(mail_id), Outcome::Recorded);
        (intake.id, intake.inbox) = (id(days), (*inbox).into());
        intake
    });
    let mut plan = Plan { intakes: intakes.collect(), mail: Some(mail), ..plan::empty() };
    change(&mut plan);
    crm.company.commit(&[plan]);
    mail_id
}

fn there(crm: &Program, mail: Uuid) -> bool {
    let sql = "SELECT count(*) FROM crm.mail WHERE id = $1";
    crm.company.scratch.client(Role::Owner).query_one(sql, &[&mail]).unwrap().get::<_, i64>(0) == 1
}

/// Rows that name the mail anywhere.
fn rows(crm: &Program, mail: Uuid) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM crm.mail_raw WHERE mail_id = $1) + (SELECT count(*) FROM crm.party WHERE mail_id = $1)
        + (SELECT count(*) FROM crm.attachment WHERE mail_id = $1) + (SELECT count(*) FROM crm.link WHERE mail_id = $1)
        + (SELECT count(*) FROM crm.intake WHERE mail_id = $1) + (SELECT count(*) FROM crm.mail_key WHERE mail_id = $1)
        + (SELECT count(*) FROM crm.message_id_key WHERE mail_id = $1) + (SELECT count(*) FROM crm.note WHERE mail_id = $1)
        + (SELECT count(*) FROM crm.mail_access WHERE mail_id = $1) + (SELECT count(*) FROM crm.mail_search WHERE mail_id = $1)
        + (SELECT count(*) FROM crm.search_queue WHERE mail_id = $1) + (SELECT count(*) FROM crm.notification WHERE mail_id = $1)
        + (SELECT count(*) FROM crm.erasure WHERE mail_id = $1)";
    crm.company.scratch.client(Role::Owner).query_one(sql, &[&mail]).unwrap().get(0)
}

#[test]
fn mail_goes_when_all_inboxes_that_it_reached_let_it_go() {
    let crm = open();
    let ann = crm.company.contacts["of ann"];
    let old = store(&crm, "old", 90, &["info"], |plan| {
        let mail = plan.mail.as_ref().unwrap().id;
        plan.links.push(Link { mail, target: Target::Contact(ann) });
        let (user, text) = (crm.company.users["ann"], "old".to_owned());
        plan.notifications.push(NewNotification {
            id: Uuid::now_v7(),
            user,
            kind: "news",
            target: None,
            mail: Some(mail),
            text,
        });
    });
    crm.text(&["--as", "adm", "note", "add", "--mail", &old.to_string(), "a note on it"]);
    let young = store(&crm, "young", 30, &["info"], |_| ());
    let longer = store(&crm, "longer", 90, &["info", "long"], |_| ());
    let ever = store(&crm, "ever", 90, &["ever", "info"], |_| ());
    let oldest = store(&crm, "oldest", 400, &["info", "long"], |_| ());
    let locked = store(&crm, "locked", 90, &["info"], |_| ());
    crm.text(&["--as", "adm", "mail", "lock", &locked.to_string()]);
    let gone = store(&crm, "unknown inbox", 4000, &["removed"], |_| ());
    // A copy by an inbox that keeps for ever counts, though it was listed as a duplicate only.
    let copied = store(&crm, "copied", 90, &["info"], |plan| {
        let mut copy = plan::intake(Some(plan.mail.as_ref().unwrap().id), Outcome::Duplicate);
        (copy.id, copy.inbox) = (id(90), "ever".into());
        plan.intakes.push(copy);
    });
    let ticket = |status: &'static str, subject: &str| {
        let mut plan = plan::ticket(subject, "x@b.test", Some(ann));
        let (mail, ticket) = (id(90), plan.tickets[0].id);
        if let Some(new) = &mut plan.mail {
            new.id = mail;
        }
        plan.links[0].mail = mail;
        (plan.intakes[0].mail, plan.intakes[0].id) = (Some(mail), id(90));
        crm.company.commit(&[plan]);
        let sql = "UPDATE crm.ticket SET status = $2 WHERE id = $1";
        crm.company.scratch.client(Role::Owner).execute(sql, &[&ticket, &status]).unwrap();
        mail
    };
    let (open, closed) = (ticket("open", "open ticket"), ticket("closed", "closed ticket"));
    crm.text(&["mail", "list", "--search", "anything"]);

    let would = crm.json(&["--as", "adm", "retention", "run", "--preview"]);
    assert!(there(&crm, old) && there(&crm, oldest));
    assert_eq!((&would[0]["inbox"], &would[0]["mails"]), (&"info".into(), &3.into()), "{would}");
    let done = crm.json(&["--as", "adm", "retention", "run"]);
    assert_eq!(done[0]["mails"], 3, "{done}");
    for (name, mail, stays) in [
        ("old", old, false),
        ("young", young, true),
        ("longer", longer, true),
        ("ever", ever, true),
        ("oldest", oldest, false),
        ("locked", locked, true),
        ("of an inbox that is configured no more", gone, true),
        ("copied", copied, true),
        ("of an open ticket", open, true),
        ("of a closed ticket", closed, false),
    ] {
        assert_eq!(there(&crm, mail), stays, "{name}");
        assert_eq!(rows(&crm, mail) > 0, stays, "{name}");
    }
    let mut owner = crm.company.scratch.client(Role::Owner);
    let count =
        |sql: &str, owner: &mut postgres::Client| -> i64 { owner.query_one(sql, &[]).unwrap().get(0) };
    assert_eq!(
        count("SELECT count(*) FROM crm.attachment_content WHERE content IN ('old', 'oldest')", &mut owner),
        0
    );
    assert_eq!(
        count(
            "SELECT count(*) FROM crm.attachment_content WHERE content IN ('the same for all', 'young')",
            &mut owner
        ),
        2
    );
    let sql = "SELECT count(*) FROM crm.audit WHERE action = 'retention' AND change = '{\"mails\": 3, \"lines\": 4}'";
    assert_eq!(count(sql, &mut owner), 1);
    assert_eq!(
        count(
            "SELECT count(*) FROM crm.audit WHERE entity IN ('intake', 'link') AND change::text LIKE '%x@b.test%'",
            &mut owner
        ),
        0
    );
    // Nothing more to do; the ticket's end lets its mail go.
    assert_eq!(crm.json(&["--as", "adm", "retention", "run"])[0]["mails"], 0);
    owner.execute("UPDATE crm.ticket SET status = 'closed'", &[]).unwrap();
    assert_eq!(crm.json(&["--as", "adm", "retention", "run"])[0]["mails"], 1);
    assert!(!there(&crm, open));
}

#[test]
fn daemon_deletes_by_the_configured_days_only_and_drops_empty_months() {
    let crm = open();
    let old = store(&crm, "old", 90, &["info"], |_| ());
    let daemon = crm.company.scratch.store(Role::Daemon);
    // One partition holds all that is old here; while a mail is in it, it stays.
    let held = store(&crm, "held", 90, &["ever"], |_| ());
    let days = [("info".to_owned(), 60)];
    assert_eq!(daemon.retain(&days, false).unwrap()[0].mails, 1);
    assert!(!there(&crm, old));
    assert_eq!(daemon.drop_empty_partitions().unwrap(), 0);
    assert_eq!(daemon.retain(&[("ever".to_owned(), 30)], false).unwrap()[0].mails, 1);
    assert!(!there(&crm, held));
    assert_eq!(daemon.drop_empty_partitions().unwrap(), 5);
    let this_month = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'crm.mail'::regclass";
    let months: i64 = crm.company.scratch.client(Role::Owner).query_one(this_month, &[]).unwrap().get(0);
    assert_eq!(months, 4);
    // A slip, or a stolen login, does not empty an inbox.
    let error = daemon.retain(&[("info".to_owned(), 1)], false).unwrap_err().to_string();
    assert!(error.contains("30 days"), "{error}");
    let mut client = crm.company.scratch.client(Role::Daemon);
    assert_eq!(tried(&mut client, "SELECT crm.delete_mails('{}')"), "42501");
    assert_eq!(tried(&mut client, "DELETE FROM crm.mail"), "42501");
}

#[test]
fn batches_see_all_lines_of_an_inbox_also_behind_those_that_stay() {
    let crm = open();
    let mut stays = 0;
    let mut plans = Vec::new();
    for n in 0..1100 {
        let by: &[&str] = if n % 2 == 0 { &["info", "ever"] } else { &["info"] };
        stays += i64::from(n % 2 == 0);
        let mut mail = plan::mail(&format!("mail {n}"), "x@b.test");
        mail.id = id(90);
        let intakes = by.iter().map(|inbox| {
            let mut intake = plan::intake(Some(mail.id), Outcome::Recorded);
            (intake.id, intake.inbox) = (id(90), (*inbox).into());
            intake
        });
        plans.push(Plan { intakes: intakes.collect(), mail: Some(mail), ..plan::empty() });
    }
    crm.company.commit(&plans);
    // Lines without a mail go by their own age.
    for days in [90, 10] {
        let mut line = plan::intake(None, Outcome::Blocked);
        line.id = id(days);
        crm.company.commit(&[Plan { intakes: vec![line], ..plan::empty() }]);
    }
    let done = crm.company.scratch.store(Role::Daemon).retain(&[("info".to_owned(), 60)], false).unwrap();
    assert_eq!((done[0].mails, done[0].lines), (550, 551));
    let left = "SELECT count(*) FROM crm.mail WHERE id < crm.id_floor(now() - interval '60 days')";
    assert_eq!(crm.company.scratch.client(Role::Owner).query_one(left, &[]).unwrap().get::<_, i64>(0), stays);
}
