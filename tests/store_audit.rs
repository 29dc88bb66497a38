//! Audit, full-text search, and the views for programs that report.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::{Outcome, Plan};
use crm_milter::store::cluster::Role;
use crm_milter::store::{Store, StoreConfig, UserChange};
use std::path::Path;
use store_support::company::{Company, EVERYBODY, names, tried};
use store_support::{Scratch, plan};
use uuid::Uuid;

#[test]
fn every_change_by_people_says_who_when_and_what_and_nobody_can_write_it() {
    let company = Company::new();
    let mut superuser = company.scratch.client(Role::Superuser);
    let last = "SELECT concat_ws(' ', a.db_role, a.as_role, u.login, a.operator, a.action, a.entity, a.key::text, a.change::text)
                FROM crm.audit a LEFT JOIN crm.users u ON u.id = a.user_id ORDER BY a.id DESC LIMIT 1";
    let mut ann = company.client("ann");
    ann.batch_execute("SET crm.operator = 'the boss'; UPDATE crm.contact SET stars = 2, colour = 'red'")
        .unwrap();
    assert_eq!(
        names(&mut superuser, last),
        r#"crm_desk crm_u_ann ann the boss update contact {"stars": [0, 2], "colour": [null, "red"]}"#
    );
    let mut login = company.login("bob");
    login.batch_execute("UPDATE crm.contact_address SET position = 1").unwrap();
    let said = names(&mut superuser, last);
    assert!(said.starts_with("crm_u_bob crm_u_bob bob update contact_address {"), "{said}");
    assert!(
        said.ends_with(r#"{"position": [0, 1]}"#) && said.contains(r#""address": "of.bob@b.test""#),
        "{said}"
    );
    login.batch_execute("DELETE FROM crm.contact_address").unwrap();
    let said = names(&mut superuser, last);
    assert!(said.contains("delete contact_address") && said.contains("of.bob@b.test"), "{said}");
    // What changes nothing says nothing; a change of many is a line for each.
    let count = |client: &mut postgres::Client| names(client, "SELECT count(*)::text FROM crm.audit");
    let before = count(&mut superuser);
    ann.batch_execute("UPDATE crm.contact SET stars = 2, updated_at = now()").unwrap();
    assert_eq!(count(&mut superuser), before);
    let mut desk = company.scratch.client(Role::Desk);
    desk.batch_execute("UPDATE crm.record SET title = title || '!'").unwrap();
    assert_eq!(count(&mut superuser).parse::<u32>().unwrap(), before.parse::<u32>().unwrap() + 4);
    // The operator's own hand is there too, without a user.
    let mut settings = StoreConfig::new(company.scratch.config.url(Role::Desk));
    settings.operator = Some(r"O'Hara \ & sons".into());
    let store = Store::new(&settings).unwrap();
    store.user_set("eve", &UserChange { name: Some("Eve".into()), ..UserChange::default() }).unwrap();
    let said = names(&mut superuser, last);
    assert_eq!(said, r#"crm_desk crm_desk O'Hara \ & sons update users {"name": ["eve", "Eve"]}"#);
    for mut client in [company.client("adm"), desk, company.scratch.client(Role::Daemon)] {
        for sql in [
            "INSERT INTO crm.audit (action, entity) VALUES ('x', 'x')",
            "UPDATE crm.audit SET at = now()",
            "DELETE FROM crm.audit",
        ] {
            assert_eq!(tried(&mut client, sql), "42501", "{sql}");
        }
    }
    assert_eq!(tried(&mut company.client("ann"), "SELECT FROM crm.audit"), "0");
}

#[test]
fn audit_holds_no_text_of_mails_and_nothing_of_what_the_daemon_files() {
    let company = Company::new();
    let mut superuser = company.scratch.client(Role::Superuser);
    let by_daemon = "SELECT entity FROM crm.audit WHERE db_role = 'crm_daemon'";
    assert_eq!(names(&mut superuser, by_daemon), "");
    let mut ticket = plan::ticket("broken", "x@b.test", None);
    ticket.mail.as_mut().unwrap().text = "the body".into();
    company.commit(&[ticket]);
    superuser
        .batch_execute(
            "INSERT INTO crm.ticket_comment (id, ticket_id, is_public, text)
            SELECT gen_random_uuid(), id, true, 'the body' FROM crm.ticket;
            UPDATE crm.intake SET resolved_at = now(), resolution = 'by hand'",
        )
        .unwrap();
    let said = names(
        &mut superuser,
        "SELECT change::text FROM crm.audit WHERE entity IN ('ticket_comment', 'intake')",
    );
    assert!(said.contains("by hand") && !said.contains("the body") && !said.contains("subject"), "{said}");
    // Every table that people may write is audited.
    let silent = "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
          AND (has_any_column_privilege('crm_user', c.oid, 'INSERT') OR has_any_column_privilege('crm_user', c.oid, 'UPDATE')
               OR has_table_privilege('crm_user', c.oid, 'DELETE'))
          AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'audit%' AND t.tgenabled = 'A') <> 3
        ORDER BY 1";
    assert_eq!(
        names(&mut superuser, silent),
        "note_version, notification",
        "versions of notes are history themselves, news are no changes"
    );
}

fn mail_of(subject: &str, language: &str, text: &str) -> Plan {
    let mut mail = plan::mail(subject, "x@b.test");
    (mail.language, mail.text) = (Some(language.into()), text.into());
    let intakes = vec![plan::intake(Some(mail.id), Outcome::Unresolved)];
    Plan { mail: Some(mail), intakes, ..plan::empty() }
}

#[test]
fn search_finds_words_and_their_stems_in_what_the_caller_may_see() {
    let company = Company::new();
    company.commit(&[
        mail_of("visits", "en", "The houses were viewed, a penthouse too"),
        mail_of("visitas", "es", "Las casas con jardín"),
        mail_of("wizyty", "pl", "Ogród i taras"),
    ]);
    let subjects = |store: &Store, words: &str, language: Option<&str>| {
        let mut client = company.scratch.client(Role::Owner);
        let found = store.mail_search(words, language, None, 50).unwrap();
        let subject =
            |id: Uuid| client.query_one("SELECT subject FROM crm.mail WHERE id = $1", &[&id]).unwrap().get(0);
        found.into_iter().map(subject).collect::<Vec<String>>().join(", ")
    };
    let desk = &company.desk;
    for (words, language, expected) in [
        ("penthouse", None, "visits"),
        ("viewing house", Some("en"), "visits"),
        ("casa", Some("es"), "visitas"),
        ("casa", Some("en"), ""),
        ("jardín", None, "visitas"),
        ("ogród", Some("pl"), "wizyty"),
        ("OGRÓD or penthouse", None, "wizyty, visits"),
        ("\"a penthouse too\"", None, "visits"),
        ("houses -penthouse", None, ""),
        ("", None, ""),
        ("' & | ! ( :* \\ %s", None, ""),
        ("the", Some("en"), "visits"),
    ] {
        assert_eq!(subjects(desk, words, language), expected, "{words} {language:?}");
    }
    for (login, expected) in [
        ("adm", "visits, filed, loose, both, of centro, of nobody, of bob, of ann"),
        ("coo", "visits, filed, loose, of centro, of ann"),
        ("ann", "visits, filed, loose, of ann"),
        ("bob", "visits, filed, loose, of bob"),
        ("eve", ""),
    ] {
        let store = desk.acting_as(login).unwrap();
        assert_eq!(subjects(&store, "text or penthouse", None), expected, "{login}");
        let first = store.mail_search("text or penthouse", None, None, 2).unwrap();
        if let [_, last] = first[..] {
            let rest = store.mail_search("text or penthouse", None, Some(last), 50).unwrap();
            assert_eq!(
                first.len() + rest.len(),
                expected.split(", ").count(),
                "{login}: pages without gap or repeat"
            );
        }
        let mut logged_in = company.login(login);
        let count = names(&mut logged_in, "SELECT count(*)::text FROM crm.search_mail('text or penthouse')");
        assert_eq!(
            count,
            expected.split(", ").filter(|s| !s.is_empty()).count().to_string(),
            "{login}, logged in"
        );
    }
    assert_eq!(subjects(&company.scratch.store(Role::Owner), "penthouse", None), "visits");
    let daemon = company.scratch.store(Role::Daemon);
    assert_eq!(daemon.search_index(1000).unwrap(), 0, "what was searched needs no more work");
}

#[test]
fn hostile_text_is_searched_as_far_as_it_goes_and_hinders_no_other() {
    let company = Company::new();
    let distinct: String = (0..400_000u32)
        .filter_map(|n| char::from_u32(0x1_0000 + n % 0x2_0000))
        .enumerate()
        .map(|(n, c)| if n % 3 == 2 { ' ' } else { c })
        .collect();
    let words: String = (0..60_000).map(|n| format!("{n:x}\u{1F600}\u{4E00}{n} ")).collect();
    let hosts = "a.".repeat(100_000);
    let slashes = "a/".repeat(100_000);
    let tags = "<a ".repeat(60_000);
    let entities = "&#1".repeat(60_000);
    let ats = "a@".repeat(60_000);
    let long = "x".repeat(200_000);
    for (n, text) in [distinct, words, hosts, slashes, tags, entities, ats, long].into_iter().enumerate() {
        company.commit(&[mail_of(&format!("hostile {n}"), "en", &text)]);
    }
    company.commit(&[mail_of("good", "en", "harmless")]);
    let begun = std::time::Instant::now();
    while company.scratch.store(Role::Daemon).search_index(2).unwrap() == 2 {}
    println!("eight hostile mails made searchable in {:?}", begun.elapsed());
    assert_eq!(company.desk.mail_search("hostile", None, None, 50).unwrap().len(), 8);
    assert_eq!(company.desk.mail_search("harmless", None, None, 50).unwrap().len(), 1);
    let hostile_query = "(".repeat(5000) + &"a or ".repeat(5000) + &"\"-".repeat(1000);
    company.desk.mail_search(&hostile_query, None, None, 50).unwrap();
}

/// The plan of a statement, for that role.
fn plan_of(company: &Company, login: Option<&str>, sql: &str) -> String {
    let mut client = login.map_or_else(|| company.scratch.client(Role::Owner), |login| company.client(login));
    client.batch_execute("SET enable_seqscan = off").unwrap();
    let rows = client.query(&format!("EXPLAIN {sql}"), &[]).unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

#[test]
fn who_is_blocked_and_who_has_an_address_is_asked_of_indexes() {
    let company = Company::new();
    let why = include_str!("../src/store/sql/block_why.sql")
        .replace("$1", "'{x@b.test}'")
        .replace("$2", "'b.test'");
    let why = plan_of(&company, None, &why.replace("$3", "'{b.test,test}'"));
    let holders = "SELECT count(*) FROM crm.contact_address
        WHERE digest = crm.digest('x') AND NOT shared OR digest = crm.digest('x') AND shared";
    for plan in [why, plan_of(&company, None, holders)] {
        assert!(!plan.contains("Seq Scan"), "{plan}");
        assert!(plan.contains("contact_address_key") && plan.contains("contact_address_shared"), "{plan}");
    }
}

#[test]
fn first_pages_and_searches_of_who_sees_all_and_of_who_sees_little_use_indexes() {
    let company = Company::new();
    for table in ["contact", "record", "ticket"] {
        let list = format!("SELECT * FROM crm.{table} ORDER BY id DESC LIMIT 50");
        for (login, index) in [("adm", format!("{table}_pkey")), ("ann", format!("{table}_owner_id"))] {
            let plan = plan_of(&company, Some(login), &list);
            assert!(
                plan.contains(&format!("Backward using {index}")) && !plan.contains("Sort"),
                "{login}: {plan}"
            );
        }
    }
    // Mail of who sees little: a page of each scope, by the index, and of these the first.
    let page = "SELECT m.* FROM unnest(crm.scopes_of(current_user)) AS s (id)
        CROSS JOIN LATERAL (SELECT * FROM crm.mail_access a WHERE a.scope_id = s.id
                            ORDER BY a.sent_at DESC, a.mail_id DESC LIMIT 50) AS a
        JOIN crm.mail m ON m.id = a.mail_id ORDER BY a.sent_at DESC, a.mail_id DESC LIMIT 50";
    let plan = plan_of(&company, Some("ann"), page);
    assert!(plan.contains("Backward using mail_access_pkey") && plan.contains("_pkey on mail_20"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    let all = "SELECT * FROM crm.mail ORDER BY least(sent_at, received_at) DESC, id DESC LIMIT 50";
    let plan = plan_of(&company, Some("adm"), all);
    assert!(
        plan.contains("Merge Append") && plan.contains("Index Scan Backward") && !plan.contains("Seq Scan"),
        "{plan}"
    );
    let month = "SELECT m.mail_id FROM crm.mail_search m WHERE m.words @@ 'house'::tsquery
        AND EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = m.mail_id AND a.scope_id = ANY ('{1,2}'))";
    let plan = plan_of(&company, None, month);
    assert!(plan.contains("Bitmap Index Scan on mail_search_20") && !plan.contains("Seq Scan"), "{plan}");
}

#[test]
fn manual_page_of_the_views_is_what_the_database_says_of_them() {
    let scratch = Scratch::migrated();
    let mut client = scratch.client(Role::Owner);
    let page = names(
        &mut client,
        r"SELECT concat('.SH ', upper(c.relname), E'\n', obj_description(c.oid, 'pg_class'), E'\n',
              (SELECT string_agg(format(E'.TP\n\\fB%s\\fR %s\n%s\n', a.attname, format_type(a.atttypid, a.atttypmod),
                                        col_description(c.oid, a.attnum)), '' ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0))
          FROM pg_class c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'v' ORDER BY c.relname",
    )
    .replace("\n, .SH", "\n.SH")
    .replace('-', "\\-");
    let page = format!(
        "{}{page}{}",
        include_str!("../src/cli/man/views.head.roff"),
        include_str!("../src/cli/man/views.tail.roff")
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/crm-milter-views.7");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == page,
        "UPDATE_GOLDEN=1 writes {}",
        path.display()
    );
    let mute = "SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'v' AND attnum > 0
          AND col_description(attrelid, attnum) IS NULL";
    assert_eq!(names(&mut client, mute), "", "a column without a comment");
}

#[test]
fn every_view_answers_every_kind_of_user() {
    let company = Company::new();
    company.commit(&[plan::ticket("broken", "x@b.test", None)]);
    for login in EVERYBODY {
        let mut client = company.login(login);
        for view in ["crm_users", "crm_contacts", "crm_records", "crm_tickets", "crm_mails", "crm_intakes"] {
            client.query(&format!("SELECT * FROM crm.{view}"), &[]).unwrap();
            let written =
                format!("SELECT has_table_privilege('crm.{view}', 'INSERT, UPDATE, DELETE, TRUNCATE')::text");
            assert_eq!(names(&mut client, &written), "false", "{view}");
        }
    }
    let row =
        "SELECT concat_ws(' ', name, owner, office, main_address, state) FROM crm.crm_contacts ORDER BY 1";
    assert_eq!(
        names(&mut company.client("coo"), row),
        "of ann ann of.ann@b.test open, of centro Centro of.centro@b.test open"
    );
}
