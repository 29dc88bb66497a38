//! What a batch writes and what is then known, on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::known::{Known, KnownIntake, Wanted};
use crm_milter::crm::plan::*;
use crm_milter::mail::envelope::Door;
use crm_milter::store::cluster::Role;
use crm_milter::store::{Store, look_up};
use store_support::{CommitBatch, Scratch, plan};
use uuid::Uuid;

fn ask(store: &Store, wanted: &Wanted) -> Known {
    store.transaction(|transaction| look_up(transaction, wanted)).unwrap()
}

fn count(scratch: &Scratch, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM crm.{table}");
    scratch.client(Role::Daemon).query_one(&sql, &[]).unwrap().get(0)
}

#[test]
fn what_a_batch_wrote_is_known_to_the_next() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let mut lead = plan::lead("first", "ann@b.test");
    lead.records[0].asked_about = Some("REF 7".into());
    let contact = lead.contacts[0].id;
    let ticket = plan::ticket("help", "bob@b.test", None);
    let written = store.commit_batch(&[lead.clone(), ticket.clone()]).unwrap();
    assert_eq!((written.mails, written.intakes), (2, 2));
    assert_eq!(written.codes[&lead.records[0].id], "LEAD-1");
    let ticket_code = written.codes[&ticket.tickets[0].id].clone();
    let year = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year();
    assert_eq!(ticket_code, format!("INC-{year}-00001"));

    let known = ask(
        &store,
        &Wanted {
            addresses: ["ann@b.test".into(), "nobody@b.test".into()].into(),
            phones: ["+34600000001".into()].into(),
            ceilings: ["inbox info".into()].into(),
            codes: ["LEAD-1".into(), ticket_code.clone(), "LEAD-9".into()].into(),
            external_references: ["REF 7".into()].into(),
            message_ids: [plan::digest("<first@b.test>"), plan::digest("<help@b.test>")].into(),
            fingerprints: [plan::digest("first"), plan::digest("never")].into(),
            spool_ids: [lead.spool_id, Uuid::now_v7()].into(),
            released: [].into(),
            ..Wanted::default()
        },
    );
    assert_eq!(known.contacts_by_address["ann@b.test"], [contact]);
    assert_eq!(known.contacts_by_address.len(), 1);
    assert_eq!(known.contacts[&contact].addresses, ["ann@b.test"]);
    let record = &known.records_by_code["LEAD-1"];
    assert!(record.open && record.contacts == [contact]);
    assert!(known.records_by_reference.is_empty(), "a lead is not the thing that it asks about");
    assert_eq!(known.open_records[&contact].len(), 1);
    assert!(!known.tickets_by_code[&ticket_code].solved);
    let thread = &known.threads[&plan::digest("<first@b.test>")];
    assert_eq!((thread.mail, &thread.parties), (lead.mail.as_ref().unwrap().id, &vec!["ann@b.test".into()]));
    assert_eq!((thread.contacts.clone(), thread.records[0].code.as_str()), (vec![contact], "LEAD-1"));
    assert_eq!(known.threads[&plan::digest("<help@b.test>")].tickets[0].code, ticket_code);
    let mail = &known.mails[&plan::digest("first")];
    assert_eq!(mail.id, thread.mail);
    let route = KnownIntake {
        inbox: "info".into(),
        detail: None,
        user: None,
        door: Door::Milter,
        queue_id: Some("4XYZ".into()),
        spam: false,
    };
    assert_eq!(mail.intakes, [route]);
    assert_eq!(known.recent_leads["inbox info"], 2);
    assert_eq!(known.mails.len(), 1);
    assert_eq!(known.recorded, [lead.spool_id].into());
}

#[test]
fn spool_entry_recorded_before_a_crash_writes_nothing_again() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let lead = plan::lead("once", "ann@b.test");
    store.commit_batch(std::slice::from_ref(&lead)).unwrap();
    let error = store.commit_batch(&[plan::empty(), lead]).unwrap_err();
    assert!(error.is_conflict() && !error.is_transient() && !error.is_data(), "{error}");
    assert_eq!((count(&scratch, "mail"), count(&scratch, "sighting")), (1, 1));
}

#[test]
fn lost_race_for_a_fingerprint_or_an_address_is_a_conflict_and_writes_nothing() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    store.commit_batch(&[plan::lead("one", "ann@b.test")]).unwrap();
    let same_mail = plan::lead("one", "other@b.test");
    let same_address = plan::lead("two", "ann@b.test");
    for lost in [same_mail, same_address] {
        let error = store.commit_batch(&[plan::lead("three", "new@b.test"), lost]).unwrap_err();
        assert!(error.is_conflict(), "{error}");
    }
    assert_eq!((count(&scratch, "mail"), count(&scratch, "contact")), (1, 1));
    // No gap in the series either.
    let lead = plan::lead("four", "dan@b.test");
    let written = store.commit_batch(std::slice::from_ref(&lead)).unwrap();
    assert_eq!(written.codes[&lead.records[0].id], "LEAD-2");
}

#[test]
fn two_nodes_with_the_same_mails_in_opposite_order_store_each_once_without_deadlock() {
    let scratch = Scratch::migrated();
    let spools: Vec<Vec<String>> = (0..20)
        .map(|batch| (0..25).map(|n| format!("mail {:03}", (batch * 13 + n * 7) % 200)).collect())
        .collect();
    std::thread::scope(|scope| {
        for node in 0..2 {
            let (scratch, spools) = (&scratch, &spools);
            scope.spawn(move || {
                let store = scratch.store(Role::Daemon);
                for batch in spools {
                    let mut contents: Vec<&String> = batch.iter().collect();
                    if node == 1 {
                        contents.reverse();
                    }
                    // The planner's part in this: what is known is left out, and a conflict is planned again.
                    loop {
                        let wanted = Wanted {
                            fingerprints: contents.iter().map(|c| plan::digest(c)).collect(),
                            ..Wanted::default()
                        };
                        let known = ask(&store, &wanted);
                        let new = contents.iter().filter(|c| !known.mails.contains_key(&plan::digest(c)));
                        let mut plans: Vec<Plan> =
                            new.map(|c| plan::lead(c, &format!("{}@b.test", c.replace(' ', "")))).collect();
                        plans.dedup_by_key(|p| p.mail.as_ref().unwrap().fingerprint);
                        match store.commit_batch(&plans) {
                            Ok(_) => break,
                            Err(error) => assert!(error.is_conflict(), "{error}"),
                        }
                    }
                }
            });
        }
    });
    let distinct: std::collections::BTreeSet<&String> = spools.iter().flatten().collect();
    let distinct = i64::try_from(distinct.len()).unwrap();
    for table in ["mail", "mail_key", "contact", "record", "intake"] {
        assert_eq!(count(&scratch, table), distinct, "{table}");
    }
    let sql = "SELECT max(split_part(code, '-', 2)::int)::bigint FROM crm.record";
    let last: i64 = scratch.client(Role::Daemon).query_one(sql, &[]).unwrap().get(0);
    assert_eq!(last, distinct, "a gap in the series");
}

#[test]
fn anonymous_mail_counts_as_a_repeat_for_six_hours_only() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let anonymous = |hours: i64| {
        let mut plan = plan::empty();
        let mut mail = plan::mail("same form", "www@b.test");
        mail.anonymous = true;
        mail.message_id_digests.clear();
        mail.received_at += jiff::SignedDuration::from_hours(hours);
        plan.mail = Some(mail);
        plan
    };
    store.commit_batch(&[anonymous(0)]).unwrap();
    assert!(store.commit_batch(&[anonymous(5)]).unwrap_err().is_conflict());
    let next_day = anonymous(24);
    store.commit_batch(std::slice::from_ref(&next_day)).unwrap();
    let wanted = Wanted { fingerprints: [plan::digest("same form")].into(), ..Wanted::default() };
    assert_eq!(ask(&store, &wanted).mails[&plan::digest("same form")].id, next_day.mail.as_ref().unwrap().id);
    store.commit_batch(&[anonymous(48), anonymous(72)]).unwrap();
    assert_eq!((count(&scratch, "mail"), count(&scratch, "mail_key")), (4, 1));
}

#[test]
fn hostile_content_is_stored() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let hostile = format!("a\0{}\u{202e}😀", "x".repeat(60_000));
    let mut plan = plan::lead("hostile", "ann@b.test");
    let mail = plan.mail.as_mut().unwrap();
    for field in [&mut mail.message_id, &mut mail.subject, &mut mail.new_text, &mut mail.note] {
        *field = Some(hostile.clone());
    }
    mail.language = Some(hostile.clone());
    mail.text.clone_from(&hostile);
    mail.mail_from.clone_from(&hostile);
    mail.unparsed = Some(hostile.clone());
    mail.sent_at = Some(jiff::Timestamp::MIN);
    mail.findings = serde_json::json!([{ "text\0": hostile }]);
    mail.raw = vec![0; 1000];
    for role in ["from", "sender", "reply-to", "to", "cc", "bcc"] {
        let text = Some(hostile.clone());
        mail.parties.push(Party {
            role,
            name: text.clone(),
            address: text.clone(),
            canonical: text,
            contact: None,
            user: None,
        });
    }
    mail.attachments.push(NewAttachment {
        name: Some(hostile.clone()),
        media_type: hostile.clone(),
        sha256: plan::digest(""),
        content: Vec::new(),
    });
    plan.contacts[0].name.clone_from(&hostile);
    plan.contacts[0].company = Some(hostile.clone());
    plan.contacts[0].origin = Some(hostile.clone());
    plan.contacts[0].phones = vec![hostile.clone(), "+34600000001".into(), "+34600000001".into()];
    plan.records[0].title.clone_from(&hostile);
    plan.records[0].asked_about = Some(hostile.clone());
    plan.intakes[0].reason.clone_from(&hostile);
    plan.intakes[0].detail = Some(hostile.clone());
    plan.intakes[0].subject = Some(hostile.clone());
    plan.intakes[0].queue_id = Some(hostile.clone());
    store.commit_batch(&[plan]).unwrap();
    assert_eq!(count(&scratch, "mail"), 1);
}

#[test]
fn ten_thousand_recipients_are_stored() {
    let scratch = Scratch::migrated();
    let mut plan = plan::empty();
    let mut mail = plan::mail("many", "ann@b.test");
    let party = mail.parties[0].clone();
    mail.parties = (0..10_000)
        .map(|n| Party { role: "to", canonical: Some(format!("r{n}@b.test")), ..party.clone() })
        .collect();
    plan.mail = Some(mail);
    scratch.store(Role::Daemon).commit_batch(&[plan]).unwrap();
    assert_eq!(count(&scratch, "party"), 10_000);
}

#[test]
fn data_that_breaks_a_rule_is_told_apart_from_a_conflict() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let mut wrong = plan::lead("wrong", "ann@b.test");
    wrong.mail.as_mut().unwrap().source = "nowhere";
    let error = store.commit_batch(&[wrong]).unwrap_err();
    assert!(error.is_data() && !error.is_conflict() && !error.is_transient(), "{error}");
    let twice = [plan::lead("same", "x@b.test"), plan::lead("same", "y@b.test")];
    assert!(store.commit_batch(&twice).unwrap_err().is_data());
    let mut gone = plan::empty();
    gone.links = vec![Link { mail: Uuid::now_v7(), target: Target::Contact(Uuid::now_v7()) }];
    assert!(store.commit_batch(&[gone]).unwrap_err().is_conflict());
}

#[test]
fn database_that_is_away_is_transient_and_its_return_is_noticed() {
    let Scratch { cluster, config, directory } = Scratch::migrated();
    let mut settings = crm_milter::store::StoreConfig::new(config.url(Role::Daemon));
    settings.connect_timeout = std::time::Duration::from_millis(300);
    let store = Store::new(&settings).unwrap();
    store.commit_batch(&[plan::lead("before", "ann@b.test")]).unwrap();
    cluster.stop();
    let lead = plan::lead("after", "bob@b.test");
    for _ in 0..2 {
        let error = store.commit_batch(std::slice::from_ref(&lead)).unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
    let cluster = crm_milter::store::cluster::Cluster::start(&config).unwrap();
    store.commit_batch(&[lead]).unwrap();
    drop((cluster, directory));
}

#[test]
fn equal_attachments_are_stored_once() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let with_logo = |content: &str| {
        let mut plan = plan::lead(content, &format!("{content}@b.test"));
        let logo = NewAttachment {
            name: Some("logo.png".into()),
            media_type: "image/png".into(),
            sha256: plan::digest("logo"),
            content: b"logo".to_vec(),
        };
        plan.mail.as_mut().unwrap().attachments = vec![logo.clone(), logo];
        plan
    };
    store.commit_batch(&[with_logo("a"), with_logo("b")]).unwrap();
    store.commit_batch(&[with_logo("c")]).unwrap();
    assert_eq!((count(&scratch, "attachment"), count(&scratch, "attachment_content")), (6, 1));
}

#[test]
fn phone_of_another_contact_is_shared_and_hinders_no_lead() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let with_phone = |content: &str| {
        let mut plan = plan::lead(content, &format!("{content}@b.test"));
        plan.contacts[0].phones = vec!["+34600000001".into()];
        plan
    };
    store.commit_batch(&[with_phone("a"), with_phone("b")]).unwrap();
    store.commit_batch(&[with_phone("c")]).unwrap();
    let sql = "SELECT count(*) FILTER (WHERE shared), count(*) FROM crm.contact_phone";
    let row = scratch.client(Role::Daemon).query_one(sql, &[]).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (2, 3));
}

#[test]
fn answer_reopens_a_solved_ticket() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let ticket = plan::ticket("help", "ann@b.test", None);
    let written = store.commit_batch(std::slice::from_ref(&ticket)).unwrap();
    let (id, code) = (ticket.tickets[0].id, written.codes[&ticket.tickets[0].id].clone());
    let solve = "UPDATE crm.ticket SET status = 'solved', solved_at = now()";
    scratch.client(Role::Desk).batch_execute(solve).unwrap();
    let wanted = Wanted { codes: [code.clone()].into(), ..Wanted::default() };
    assert!(ask(&store, &wanted).tickets_by_code[&code].solved);
    let mut answer = plan::empty();
    answer.reopened = vec![id];
    store.commit_batch(&[answer]).unwrap();
    assert!(!ask(&store, &wanted).tickets_by_code[&code].solved);
}

#[test]
fn later_mail_with_the_same_message_id_does_not_take_over_the_thread() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let first = plan::lead("true", "ann@b.test");
    let mut second = plan::lead("false", "eve@b.test");
    second.mail.as_mut().unwrap().message_id_digests =
        first.mail.as_ref().unwrap().message_id_digests.clone();
    store.commit_batch(std::slice::from_ref(&first)).unwrap();
    store.commit_batch(&[second]).unwrap();
    let wanted = Wanted { message_ids: [plan::digest("<true@b.test>")].into(), ..Wanted::default() };
    let known = ask(&store, &wanted);
    assert_eq!(known.threads[&plan::digest("<true@b.test>")].parties, ["ann@b.test"]);
}

#[test]
fn hundred_mails_cost_as_many_statements_as_one() {
    let directory = store_support::directory();
    let mut config = store_support::config(directory.path());
    config.settings.push(("log_statement".into(), "all".into()));
    let cluster = crm_milter::store::cluster::Cluster::start(&config).unwrap();
    crm_milter::store::migrate(&config.url(Role::Owner)).unwrap();
    let store = Store::new(&crm_milter::store::StoreConfig::new(config.url(Role::Daemon))).unwrap();
    let statements = |from: usize, to: usize| {
        let log = || std::fs::read_to_string(config.directory.join("server.log")).unwrap();
        let before = log().len();
        let plans: Vec<Plan> =
            (from..to).map(|n| plan::lead(&format!("mail {n}"), &format!("a{n}@b.test"))).collect();
        let wanted = Wanted {
            addresses: (from..to).map(|n| format!("a{n}@b.test")).collect(),
            fingerprints: (from..to).map(|n| plan::digest(&format!("mail {n}"))).collect(),
            message_ids: (from..to).map(|n| plan::digest(&format!("<mail {n}@b.test>"))).collect(),
            spool_ids: plans.iter().map(|plan| plan.spool_id).collect(),
            ..Wanted::default()
        };
        let asked = store.transaction(|transaction| {
            look_up(transaction, &wanted)?;
            crm_milter::store::write(transaction, &plans)
        });
        assert_eq!(asked.unwrap().mails, to - from);
        log()[before..].matches("LOG:  execute").count()
    };
    let (one, hundred) = (statements(0, 1), statements(1, 101));
    assert_eq!(one, hundred);
    assert!(one <= 24, "{one} statements");
    drop(cluster);
}

#[test]
fn stored_mail_is_changed_by_nobody_without_an_erasure_of_the_same_transaction() {
    let scratch = Scratch::migrated();
    let mut plan = plan::lead("kept", "ann@b.test");
    let id = plan.mail.as_ref().unwrap().id;
    plan.mail.as_mut().unwrap().attachments.push(NewAttachment {
        name: None,
        media_type: "text/plain".into(),
        sha256: plan::digest("content"),
        content: b"content".to_vec(),
    });
    let other = plan::lead("other", "bob@b.test");
    scratch.store(Role::Daemon).commit_batch(&[plan, other]).unwrap();
    let month = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')";
    let month: String = scratch.client(Role::Owner).query_one(month, &[]).unwrap().get(0);
    let refused = |client: &mut postgres::Client, sql: &str| {
        let error = client.batch_execute(sql).expect_err(sql);
        let state = error.code().unwrap().code();
        assert!(state == "55000" || state == "42501", "{sql}: {error}");
    };
    for role in [Role::Daemon, Role::Desk, Role::Owner, Role::Superuser] {
        let mut client = scratch.client(role);
        if role == Role::Superuser {
            client.batch_execute("SET session_replication_role = replica").unwrap();
        }
        for (table, change) in [
            ("mail", "subject = 'forged', text = ''"),
            ("mail_raw", "raw = ''"),
            ("party", "address = ''"),
            ("attachment", "name = ''"),
            ("attachment_content", "content = ''"),
        ] {
            for name in [table.to_owned(), format!("{table}_{month}")] {
                if table == "attachment_content" && name != table {
                    continue;
                }
                refused(&mut client, &format!("UPDATE crm.{name} SET {change}"));
                refused(&mut client, &format!("DELETE FROM crm.{name}"));
                refused(&mut client, &format!("TRUNCATE crm.{name}"));
            }
        }
    }
    // An erasure made by the owner allows its own mail, in its own transaction, and nothing else.
    let mut owner = scratch.client(Role::Owner);
    let erase = "INSERT INTO crm.erasure (reason, mail_id) VALUES ('asked for', $1)";
    let mut transaction = owner.transaction().unwrap();
    transaction.execute(erase, &[&id]).unwrap();
    assert_eq!(transaction.execute("UPDATE crm.mail SET text = '' WHERE id = $1", &[&id]).unwrap(), 1);
    assert_eq!(transaction.execute("DELETE FROM crm.mail_raw WHERE mail_id = $1", &[&id]).unwrap(), 1);
    let wide = transaction.execute("UPDATE crm.mail SET text = ''", &[]).unwrap_err();
    assert_eq!(wide.code().unwrap().code(), "55000");
    drop(transaction);
    owner.execute(erase, &[&id]).unwrap();
    let later = owner.execute("DELETE FROM crm.mail_raw WHERE mail_id = $1", &[&id]).unwrap_err();
    assert_eq!(later.code().unwrap().code(), "55000");
}

#[test]
fn month_without_partition_is_transient_and_mended() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    let mut owner = scratch.client(Role::Owner);
    let month = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')";
    let month: String = owner.query_one(month, &[]).unwrap().get(0);
    owner.batch_execute(&format!("DROP TABLE crm.mail_{month}, crm.party_{month}")).unwrap();
    let lead = plan::lead("turn of the year", "ann@b.test");
    let error = store.commit_batch(std::slice::from_ref(&lead)).unwrap_err();
    assert!(error.is_transient() && !error.is_data(), "{error}");
    store.commit_batch(&[lead]).unwrap();
}

#[test]
fn errors_are_told_apart_by_their_sqlstate() {
    let scratch = Scratch::start();
    let mut client = scratch.client(Role::Daemon);
    for (state, transient, conflict, data) in [
        ("40P01", true, false, false),
        ("40001", true, false, false),
        ("57014", true, false, false),
        ("57P01", true, false, false),
        ("53100", true, false, false),
        ("08006", true, false, false),
        ("25006", true, false, false),
        ("23505", false, true, false),
        ("23503", false, true, false),
        ("22021", false, false, true),
        ("22P05", false, false, true),
        ("54000", false, false, true),
        ("23502", false, false, true),
        ("42501", false, false, false),
        ("42P01", false, false, false),
        ("55000", false, false, false),
    ] {
        let sql = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = 'x'; END $$");
        let error = crm_milter::store::Error::from(client.batch_execute(&sql).unwrap_err());
        let is = (error.is_transient(), error.is_conflict(), error.is_data());
        assert_eq!(is, (transient, conflict, data), "{state}");
        assert_eq!(error.sqlstate(), Some(state));
    }
}

#[test]
fn second_host_of_the_url_is_used_when_the_first_is_away_or_read_only() {
    let (standby, primary) = (Scratch::migrated(), Scratch::migrated());
    let read_only = "ALTER ROLE crm_daemon SET default_transaction_read_only = on";
    standby.client(Role::Superuser).batch_execute(read_only).unwrap();
    let host = |scratch: &Scratch| scratch.config.socket_directory.to_str().unwrap().replace('/', "%2F");
    let url = format!(
        "postgresql://crm_daemon@%2Fnonexistent,{},{}/crm?target_session_attrs=read-write",
        host(&standby),
        host(&primary)
    );
    let store = Store::new(&crm_milter::store::StoreConfig::new(url)).unwrap();
    store.commit_batch(&[plan::lead("failover", "ann@b.test")]).unwrap();
    assert_eq!((count(&standby, "mail"), count(&primary, "mail")), (0, 1));
}

#[test]
fn daily_maintenance_forgets_old_sightings_only() {
    let scratch = Scratch::migrated();
    let store = scratch.store(Role::Daemon);
    store.commit_batch(&[plan::empty()]).unwrap();
    let old = "INSERT INTO crm.sighting SELECT crm.id_floor(now() - interval '32 days')";
    scratch.client(Role::Daemon).batch_execute(old).unwrap();
    let done = store.maintain().unwrap();
    assert_eq!((done.partitions, done.sightings), (0, 1));
    assert_eq!(count(&scratch, "sighting"), 1);
}

#[test]
fn batch_larger_than_one_statement_may_carry_is_stored() {
    let scratch = Scratch::migrated();
    let plans: Vec<Plan> = (0..12)
        .map(|n| {
            let mut lead = plan::lead(&format!("large {n}"), &format!("a{n}@b.test"));
            let mail = lead.mail.as_mut().unwrap();
            mail.raw = vec![b'x'; 5 << 20];
            mail.text = "x".repeat(5 << 20);
            mail.attachments.push(NewAttachment {
                name: None,
                media_type: "text/plain".into(),
                sha256: plan::digest(&n.to_string()),
                content: vec![b'y'; 4 << 20],
            });
            lead
        })
        .collect();
    scratch.store(Role::Daemon).commit_batch(&plans).unwrap();
    let sql = "SELECT count(*), min(length(raw))::bigint FROM crm.mail_raw";
    let row = scratch.client(Role::Daemon).query_one(sql, &[]).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (12, 5 << 20));
    assert_eq!(count(&scratch, "attachment_content"), 12);
}
