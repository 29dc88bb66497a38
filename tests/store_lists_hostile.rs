//! What an agent with a client of their own gets out of the functions that find lists: what the lists show, whatever is
//! given to them, and whatever the session is set to.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use postgres::Client;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store_support::company::{Company, names, tried};
use uuid::Uuid;

/// One text of each row, or the SQLSTATE of what was refused.
fn shown(client: &mut Client, sql: &str) -> Result<Vec<String>, String> {
    match client.query(sql, &[]) {
        Ok(rows) => Ok(rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect()),
        Err(error) => Err(error.code().unwrap_or_else(|| panic!("{sql}: {error}")).code().to_owned()),
    }
}

fn mails(filter: &str, order: &str, after: &str) -> String {
    format!("SELECT x::text FROM crm.mail_select($q${filter}$q$, '{order}', true, {after}, 50) AS x")
}

/// Ids of mails and contacts that a role sees.
fn seen(client: &mut Client) -> BTreeSet<String> {
    shown(client, "SELECT id::text FROM crm.mail UNION ALL SELECT id::text FROM crm.contact")
        .unwrap()
        .into_iter()
        .collect()
}

/// Beside what the company has: work on a contact of bob's and a record of ann's, which both see no more than half.
fn company() -> Company {
    let company = Company::new();
    let mut owner = company.scratch.client(Role::Owner);
    owner
        .batch_execute(&format!(
            "INSERT INTO crm.link (mail_id, record_id) SELECT '{}', id FROM crm.record WHERE title = 'of ann';
             INSERT INTO crm.outbox (id, kind, mail_from, rcpt_to, message_id, subject, message, contact_id, record_id)
             SELECT gen_random_uuid(), 'letter', '', 'x@b.test', 'x', 'x', '{{}}', '{}', id FROM crm.record WHERE title = 'of ann';
             INSERT INTO crm.task (id, title, contact_id, record_id)
             SELECT gen_random_uuid(), 'x', contact_id, record_id FROM crm.outbox",
            company.mails["filed"], company.contacts["of bob"]
        ))
        .unwrap();
    company
}

/// Everything that is asked of the functions by bob, with what shows whether a card, a link or a mail is there.
fn questions(company: &Company) -> Vec<String> {
    let (of_ann, unseen) = (company.contacts["of ann"], company.mails["of ann"]);
    let mut filters: Vec<String> = [
        "{}",
        r#"{"unlinked": true}"#,
        r#"{"contact": null}"#,
        r#"{"record": null}"#,
        r#"{"owner": null}"#,
        r#"["contact"]"#,
        r#""record""#,
    ]
    .map(str::to_owned)
    .into();
    filters.push(format!(r#"{{"contact": "{of_ann}"}}"#));
    filters.push(format!(r#"{{"among": ["{unseen}", null]}}"#));
    let mut asked: Vec<String> = ["recorded", "sent"]
        .iter()
        .flat_map(|order| filters.iter().map(|filter| mails(filter, order, "NULL")))
        .collect();
    asked.push(mails("{}", "sent", &format!("'{unseen}'")));
    for filter in ["{}", r#"{"owner": null}"#, r#"{"office": null, "stages": [null]}"#, r#"["office"]"#] {
        asked
            .push(format!("SELECT x::text FROM crm.contact_select('{filter}', 'name', NULL, 50, NULL) AS x"));
    }
    asked.push("SELECT x::text FROM crm.contacts_with('of', 50) AS x ORDER BY 1".into());
    asked.push("SELECT x::text FROM crm.search_mail('text', 50) AS x".into());
    for what in ["task", "activity", "outbox"] {
        asked.push(format!("SELECT crm.few_about('{what}')::text"));
    }
    asked.push("SELECT cardinality(crm.few_addresses())::text".into());
    asked.push("SELECT crm.own_lines_only()::text".into());
    asked
}

#[test]
fn no_setting_of_a_session_has_lists_show_more() {
    let company = company();
    let asked = questions(&company);
    let mut bob = company.login("bob");
    let plain: Vec<_> = asked.iter().map(|sql| shown(&mut bob, sql)).collect();
    assert!(plain.iter().flatten().any(|rows| rows.len() > 1), "{plain:?}");
    assert_eq!(plain[asked.len() - 3 - 2], Ok(vec!["{}".into()]), "tasks");
    let settings = "SELECT name || ' = ' || quote_literal(v) FROM pg_settings,
            unnest(CASE vartype WHEN 'bool' THEN ARRAY['on', 'off'] WHEN 'enum' THEN enumvals END) AS v
        WHERE context = 'user' AND v <> setting AND name NOT IN ('client_encoding', 'exit_on_error')
        UNION ALL SELECT * FROM unnest(ARRAY['search_path = mine, crm', 'datestyle = ''German''', 'timezone = ''Asia/Kathmandu''',
            'extra_float_digits = -15', 'work_mem = 64'])";
    let settings = shown(&mut bob, settings).unwrap();
    assert!(
        settings.iter().any(|set| set.starts_with("transform_null_equals")) && settings.len() > 80,
        "{settings:?}"
    );
    for set in settings {
        bob.batch_execute(&format!("SET {set}")).unwrap_or_else(|error| panic!("{set}: {error}"));
        for (sql, plain) in asked.iter().zip(&plain) {
            let found = shown(&mut bob, sql);
            assert!(found.is_err() || found == *plain, "{set}: {sql}: {found:?} and not {plain:?}");
        }
        bob.batch_execute("RESET ALL").unwrap();
    }
}

#[test]
fn names_of_the_caller_s_own_and_bare_roles_have_lists_show_nothing_else() {
    let company = company();
    let asked = questions(&company);
    let mut bob = company.login("bob");
    let plain: Vec<_> = asked.iter().map(|sql| shown(&mut bob, sql)).collect();
    company
        .scratch
        .client(Role::Superuser)
        .batch_execute("CREATE SCHEMA mine; GRANT ALL ON SCHEMA mine TO crm_u_bob; GRANT TEMPORARY ON DATABASE crm TO crm_u_bob")
        .unwrap();
    bob.batch_execute(
        "SET search_path = mine, pg_temp, pg_catalog, crm;
         CREATE FUNCTION mine.yes(uuid, uuid) RETURNS boolean LANGUAGE sql RETURN true;
         CREATE OPERATOR mine.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = mine.yes);
         CREATE FUNCTION mine.asked(jsonb, text) RETURNS boolean LANGUAGE sql RETURN false;
         CREATE OPERATOR mine.? (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = mine.asked);
         CREATE FUNCTION mine.caller() RETURNS name LANGUAGE sql RETURN 'crm_u_adm'::name;
         CREATE FUNCTION mine.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql RETURN 'SELECT id FROM crm.mail';
         CREATE TEMPORARY TABLE contact AS SELECT gen_random_uuid() AS id;
         CREATE TEMPORARY TABLE mail AS SELECT gen_random_uuid() AS id;
         CREATE DOMAIN mine.sight AS text",
    )
    .unwrap();
    for (sql, plain) in asked.iter().zip(&plain) {
        assert_eq!(shown(&mut bob, sql), *plain, "{sql}");
    }
    // A kind of users is no user.
    bob.batch_execute("RESET search_path").unwrap();
    for role in ["crm_agent", "crm_user"] {
        bob.batch_execute(&format!("SET ROLE {role}")).unwrap();
        for sql in &asked {
            let found = shown(&mut bob, sql).unwrap_or_default();
            assert!(
                found.iter().all(|text| ["", "{}", "0"].contains(&text.as_str())),
                "{role}: {sql}: {found:?}"
            );
        }
    }
}

#[test]
fn lists_tell_no_plans_of_what_is_not_seen() {
    let company = company();
    let asked = questions(&company);
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut config: postgres::Config = company.scratch.config.url(Role::Desk).parse().unwrap();
    let heard = Arc::clone(&told);
    config.notice_callback(move |notice| heard.lock().unwrap().push(format!("{notice:?}")));
    let mut bob = config.connect(postgres::NoTls).unwrap();
    bob.batch_execute("SET ROLE crm_u_bob; SET client_min_messages = 'debug5'; SET debug_print_plan = on")
        .unwrap();
    for sql in asked {
        told.lock().unwrap().clear();
        let _ = shown(&mut bob, &sql);
        let plans = told.lock().unwrap().iter().filter(|line| line.contains("PLANNEDSTMT")).count();
        assert!(plans <= 1, "{sql}: {plans} plans, of which one is the caller's own");
    }
}

#[test]
fn whatever_is_given_to_a_list_it_shows_no_more_than_is_seen() {
    let company = company();
    let mut bob = company.login("bob");
    let seen = seen(&mut bob);
    let ann = company.users["ann"];
    let deep = format!("{}1{}", "[".repeat(3000), "]".repeat(3000));
    let long = "x".repeat(100_000);
    let many = format!("[{}]", vec![format!("\"{}\"", company.mails["of ann"]); 1_000_000].join(","));
    let mut values: Vec<String> =
        ["null", "true", "7", "-1e400", "[]", "{}", "[null]", "[[1]]", r#"{"a": {"b": []}}"#, r#""""#]
            .map(str::to_owned)
            .into();
    for text in [
        "'",
        "''; DROP TABLE crm.mail; --",
        "%s%I%L%1$s%",
        "$1",
        "$$",
        "\\\\'",
        "\\u0001",
        "m.x",
        "E'",
        ") OR true --",
        "NULL",
        "infinity",
        "-infinity",
        "4714-01-01 BC",
        "1000-01-01",
        "99999-01-01",
        "(.*)*$",
    ] {
        values.push(format!("\"{text}\""));
    }
    values.extend([deep, format!("\"{long}\""), format!("\"{ann}\"")]);
    let names = [
        "direction",
        "source",
        "user",
        "owner",
        "contact",
        "record",
        "ticket",
        "inbox",
        "from",
        "to",
        "address",
        "since",
        "until",
        "attachment",
        "unresolved",
        "unlinked",
        "locked",
        "among",
        "text",
        "type",
        "stages",
        "state",
        "stars",
        "origin",
        "language",
        "interest",
        "office",
        "updated_since",
        "created_since",
        "colour",
    ];
    let begun = Instant::now();
    for name in names {
        for value in &values {
            let filter = format!("{{\"{name}\": {value}}}");
            let contacts = format!(
                "SELECT x::text FROM crm.contact_select($q${filter}$q$, 'name', NULL, 50, NULL) AS x"
            );
            for sql in [mails(&filter, "sent", "NULL"), mails(&filter, "received", "NULL"), contacts] {
                match shown(&mut bob, &sql) {
                    Ok(rows) => {
                        assert!(rows.iter().all(|id| seen.contains(id)), "{name} {value:.80}: {rows:?}");
                    }
                    Err(state) => {
                        let data = state.starts_with("22") || state == "54001";
                        assert!(data, "{name} {value:.80}: {state}");
                    }
                }
            }
        }
    }
    let filter = format!("{{\"among\": {many}}}");
    assert_eq!(shown(&mut bob, &mails(&filter, "sent", "NULL")), Ok(vec![]));
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    for filter in ["[]", "7", "\"contact\"", "[\"contact\"]", "true"] {
        assert_eq!(shown(&mut bob, &mails(filter, "sent", "NULL")), Err("22023".into()), "{filter}");
    }
    // Times before all that there is, and behind it.
    for order in ["recorded", "sent", "received"] {
        for (filter, expected) in [
            (r#"{"since": "1900-01-01", "until": "99999-01-01"}"#, 3),
            (r#"{"since": "-infinity", "until": "infinity"}"#, 3),
            (r#"{"since": "infinity"}"#, 0),
            (r#"{"since": "20000-01-01"}"#, 0),
            (r#"{"until": "1900-01-01"}"#, 0),
        ] {
            let found = shown(&mut bob, &mails(filter, order, "NULL")).unwrap();
            assert_eq!(found.len(), expected, "{order} {filter}");
        }
    }
    // Limits, orders and texts that are none.
    for (sql, expected) in [
        ("SELECT count(*)::text FROM crm.mail_select('{}', 'sent', true, NULL, -1)", Ok("0")),
        ("SELECT count(*)::text FROM crm.mail_select('{}', 'sent', true, NULL, 2147483647)", Ok("3")),
        ("SELECT count(*)::text FROM crm.mail_select(NULL, NULL, NULL, NULL, NULL)", Ok("0")),
        ("SELECT count(*)::text FROM crm.mail_select(NULL, 'x''; --', NULL, NULL, 9)", Ok("3")),
        ("SELECT count(*)::text FROM crm.contact_select(NULL, NULL, NULL, NULL, NULL)", Ok("1")),
        ("SELECT count(*)::text FROM crm.contact_select('{}', 'x', NULL, -1, NULL)", Err("2201W")),
        (
            "SELECT count(*)::text FROM crm.contact_select('{}', 'x', NULL, 9223372036854775807, ARRAY[NULL::uuid])",
            Ok("0"),
        ),
        ("SELECT count(*)::text FROM crm.contacts_with('of', -1)", Err("2201W")),
        ("SELECT count(*)::text FROM crm.contacts_with(NULL, 5)", Ok("0")),
        ("SELECT count(*)::text FROM crm.search_mail('text', -5)", Ok("0")),
        ("SELECT count(*)::text FROM crm.search_mail('te''xt & !((', 2147483647, NULL, 'x''; --')", Ok("0")),
        ("SELECT crm.few_about('contact')::text", Ok("")),
        ("SELECT crm.few_about('mail; DROP TABLE crm.mail')::text", Ok("")),
    ] {
        let expected = expected.map(|text| vec![text.to_owned()]).map_err(str::to_owned);
        assert_eq!(shown(&mut bob, sql), expected, "{sql}");
    }
}

#[test]
fn page_behind_a_mail_that_is_not_seen_tells_nothing_of_it() {
    let company = company();
    let mut bob = company.login("bob");
    // Mails of bob's are older and newer than this one.
    let unseen = company.mails["both"];
    let beside = Uuid::from_u128(unseen.as_u128() + 1);
    for order in ["recorded", "sent", "received", "x"] {
        let [there, not_there] = [unseen, beside]
            .map(|after| shown(&mut bob, &mails("{}", order, &format!("'{after}'"))).unwrap());
        assert_eq!(there, not_there, "{order}");
    }
    let contact = company.contacts["of ann"];
    for order in ["newest", "name", "updated"] {
        let sql =
            format!("SELECT x::text FROM crm.contact_select('{{}}', '{order}', '{contact}', 9, NULL) AS x");
        assert_eq!(shown(&mut bob, &sql), Ok(vec![]), "{order}");
    }
}

#[test]
fn what_the_lists_are_made_of_is_nobody_s_to_call() {
    let company = company();
    for mut client in [company.client("bob"), company.client("adm"), company.scratch.client(Role::Desk)] {
        for call in [
            "crm.sight_of('crm_u_ann')",
            "crm.sees_cards(NULL, NULL, NULL, NULL)",
            "crm.inboxes_of('{}')",
            "crm.mail_list('crm_u_ann', '{}', 'sent', true, NULL, 9)",
            "crm.mails_by('contact', '{}', NULL)",
            "crm.mails_begin('{}', 'sent', NULL)",
            "crm.mail_query('{}', 'sent', true, NULL, 9, NULL, 'mail', false)",
            "crm.mails_span('{}', 'sent')",
            "crm.plain_filter('{}')",
            "crm.few_cards(NULL)",
            "crm.sent_at(gen_random_uuid())",
            "crm.id_moment(gen_random_uuid())",
        ] {
            assert_eq!(shown(&mut client, &format!("SELECT ({call})::text")), Err("42501".into()), "{call}");
        }
    }
}

#[test]
fn what_the_daemon_asks_of_users_tells_colleagues_no_more_than_the_policies() {
    let company = company();
    let mut bob = company.login("bob");
    let proofs = "SELECT count(*)::text FROM crm.active_users() AS u WHERE u.sasl_logins <> '{}' OR u.client_addresses <> '{}' OR u.subjects <> '{}'";
    assert_eq!(shown(&mut bob, proofs), Ok(vec!["0".into()]));
    assert_eq!(shown(&mut company.scratch.client(Role::Daemon), proofs), Ok(vec!["5".into()]));
    let unseen = company.mails["of ann"];
    let mut owner = company.scratch.client(Role::Superuser);
    owner
        .batch_execute(&format!(
            "SET session_replication_role = replica; ALTER TABLE crm.mail DISABLE TRIGGER USER;
             UPDATE crm.mail SET erased_at = now() WHERE id = '{unseen}'; ALTER TABLE crm.mail ENABLE ALWAYS TRIGGER refuse_change"
        ))
        .unwrap();
    let erased = format!("SELECT crm.is_erased('{unseen}')::text");
    assert_eq!(shown(&mut bob, &erased), Ok(vec!["false".into()]));
    assert_eq!(shown(&mut company.scratch.client(Role::Daemon), &erased), Ok(vec!["true".into()]));
}

#[test]
fn when_a_mail_was_sent_is_the_server_s_to_write_wherever_it_stands() {
    let company = company();
    let (filed, loose) = (company.mails["filed"], company.mails["loose"]);
    let (of_bob, bob_id) = (company.contacts["of bob"], company.users["bob"]);
    let forged = "'1999-01-01'";
    let wrong = "SELECT count(*)::text FROM (SELECT mail_id, sent_at FROM crm.link UNION ALL SELECT mail_id, sent_at FROM crm.mail_handling) AS s
                 JOIN crm.mail m ON m.id = s.mail_id WHERE s.sent_at <> least(m.sent_at, m.received_at)";
    let mut owner = company.scratch.client(Role::Owner);
    let mut desk = company.scratch.client(Role::Desk);
    let mut bob = company.login("bob");
    let link = format!(
        "INSERT INTO crm.link (mail_id, contact_id, how, sent_at) VALUES ('{loose}', '{of_bob}', 'hand', {forged})"
    );
    let handle = |mail: Uuid| {
        format!(
            "INSERT INTO crm.mail_handling (mail_id, owner_id, sent_at) VALUES ('{mail}', '{bob_id}', {forged})"
        )
    };
    for (is_desk, sql) in [(false, link), (false, handle(filed)), (true, handle(loose))] {
        let client = if is_desk { &mut desk } else { &mut bob };
        assert_eq!(client.execute(&sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}")), 1);
        assert_eq!(names(&mut owner, wrong), "0", "{sql}");
    }
    for table in ["link", "mail_handling"] {
        assert_eq!(
            tried(&mut bob, &format!("UPDATE crm.{table} SET sent_at = {forged}")),
            "42501",
            "{table}"
        );
    }
    assert_eq!(tried(&mut desk, &format!("UPDATE crm.link SET sent_at = {forged}")), "42501");
    desk.batch_execute(&format!("UPDATE crm.mail_handling SET sent_at = {forged}")).unwrap();
    assert_eq!(names(&mut owner, wrong), "0", "the desk's change");
    desk.batch_execute(&format!(
        "UPDATE crm.mail_handling SET mail_id = '{}' WHERE mail_id = '{loose}'",
        company.mails["both"]
    ))
    .unwrap();
    assert_eq!(names(&mut owner, wrong), "0", "another mail");
    // Of a mail that is not seen or not there nothing is told but that.
    for mail in [company.mails["of ann"], Uuid::from_u128(7)] {
        let link =
            format!("INSERT INTO crm.link (mail_id, contact_id, how) VALUES ('{mail}', '{of_bob}', 'hand')");
        for sql in [handle(mail), link] {
            assert_eq!(tried(&mut bob, &sql), "42501", "{sql}");
        }
    }
    let not_there = handle(Uuid::from_u128(7));
    for client in [&mut desk, &mut company.client("adm")] {
        assert_eq!(tried(client, &not_there), "23503");
    }
}
