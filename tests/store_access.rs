//! Who sees and changes what, by raw SQL as every kind of user: the database decides, whatever the client.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::{Link, Outcome, Plan, Target};
use crm_milter::store::cluster::Role;
use crm_milter::store::{Error, UserChange};
use postgres::Client;
use std::time::{Duration, Instant};
use store_support::company::{Company, EVERYBODY, names, tried};
use store_support::plan;

/// `crm.mail_access` as it follows from links, cards and intakes alone.
fn assert_access_follows(client: &mut Client) {
    let differences = "
        WITH holders AS (
            SELECT l.mail_id, coalesce(c.owner_id, r.owner_id, t.owner_id) AS owner,
                coalesce(c.office_id, r.office_id, t.office_id) AS office
            FROM crm.link l LEFT JOIN crm.contact c ON c.id = l.contact_id
            LEFT JOIN crm.record r ON r.id = l.record_id LEFT JOIN crm.ticket t ON t.id = l.ticket_id
        ), wanted AS (
            SELECT m.id AS mail_id, coalesce((SELECT array_agg(DISTINCT concat(owner, '/', office)) FROM holders h
                                              WHERE h.mail_id = m.id), '{}') AS holders
            FROM crm.mail m
        ), found AS (
            SELECT a.mail_id, (SELECT coalesce(array_agg(DISTINCT concat(h.owner_id, '/', h.office_id)), '{}')
                               FROM crm.scope_holder h WHERE h.scope_id = a.scope_id) AS holders
            FROM crm.mail_access a WHERE NOT a.author
        )
        SELECT format('%s wanted %s found %s', coalesce(w.mail_id, f.mail_id), w.holders, f.holders)
        FROM wanted w FULL JOIN found f ON f.mail_id = w.mail_id AND f.holders = w.holders
        WHERE w.mail_id IS NULL OR f.mail_id IS NULL";
    assert_eq!(names(client, differences), "");
}

#[test]
fn each_kind_of_user_sees_what_the_table_says() {
    let company = Company::new();
    let of_cards = "of ann, of bob, of centro, of nobody";
    let mails = "SELECT subject FROM crm.mail ORDER BY 1";
    #[rustfmt::skip]
    let table = [
        // what                                      administrator, coordinator, ann, bob, eve
        ("SELECT name FROM crm.contact ORDER BY 1", [of_cards, "of ann, of centro", "of ann", "of bob", ""]),
        ("SELECT title FROM crm.record ORDER BY 1", [of_cards, "of ann, of centro", "of ann", "of bob", ""]),
        ("SELECT c.name FROM crm.contact_address a JOIN crm.contact c ON c.id = a.contact_id ORDER BY 1",
            [of_cards, "of ann, of centro", "of ann", "of bob", ""]),
        ("SELECT shown FROM crm.contact_address ORDER BY 1",
            ["of.ann@b.test, of.bob@b.test, of.centro@b.test, of.nobody@b.test", "of.ann@b.test, of.centro@b.test",
             "of.ann@b.test", "of.bob@b.test", ""]),
        (mails, ["both, filed, loose, of ann, of bob, of centro, of nobody", "filed, loose, of ann, of centro",
            "filed, loose, of ann", "filed, loose, of bob", ""]),
        ("SELECT convert_from(raw, 'UTF8') FROM crm.mail_raw ORDER BY 1",
            ["both, filed, loose, of ann, of bob, of centro, of nobody", "filed, loose, of ann, of centro",
             "filed, loose, of ann", "filed, loose, of bob", ""]),
        ("SELECT m.subject FROM crm.party p JOIN crm.mail m ON m.id = p.mail_id ORDER BY 1",
            ["both, filed, loose, of ann, of bob, of centro, of nobody", "filed, loose, of ann, of centro",
             "filed, loose, of ann", "filed, loose, of bob", ""]),
        // Links that an author may not follow are not shown.
        ("SELECT count(*)::text FROM crm.link", ["11", "5", "3", "2", "0"]),
        ("SELECT count(*)::text FROM crm.record_party", ["4", "2", "1", "1", "0"]),
        ("SELECT count(*)::text FROM crm.intake", ["7", "4", "3", "3", "0"]),
        ("SELECT login FROM crm.users ORDER BY 1", ["adm, ann, bob, coo, eve"; 5]),
        ("SELECT login FROM crm.user_sasl_login ORDER BY 1", ["adm, ann, bob, coo, eve", "", "", "", ""]),
        ("SELECT count(*)::text FROM crm.audit WHERE entity = 'users' AND action = 'insert'", ["5", "0", "0", "0", "0"]),
        ("SELECT subject FROM crm.crm_mails ORDER BY 1", ["both, filed, loose, of ann, of bob, of centro, of nobody",
            "filed, loose, of ann, of centro", "filed, loose, of ann", "filed, loose, of bob", ""]),
        ("SELECT name FROM crm.crm_contacts ORDER BY 1", [of_cards, "of ann, of centro", "of ann", "of bob", ""]),
    ];
    for (at, login) in EVERYBODY.into_iter().enumerate() {
        let mut acting = company.client(login);
        let mut own = company.login(login);
        for (sql, expected) in table {
            assert_eq!(names(&mut acting, sql), expected[at], "{login}, acting: {sql}");
            assert_eq!(names(&mut own, sql), expected[at], "{login}, logged in: {sql}");
        }
    }
    assert_access_follows(&mut company.scratch.client(Role::Owner));
}

#[test]
fn each_kind_of_user_changes_what_the_table_says() {
    let company = Company::new();
    let [ann, bob] = ["ann", "bob"].map(|login| company.users[login]);
    let [of_ann, of_bob] = ["of ann", "of bob"].map(|name| company.contacts[name]);
    let both = company.mails["both"];
    let id = "gen_random_uuid()";
    let denied = "42501";
    #[rustfmt::skip]
    let table = [
        ("UPDATE crm.contact SET stars = 3".to_owned(), ["4", "2", "1", "1", "0"]),
        // Giving away what one could not take back.
        (format!("UPDATE crm.contact SET owner_id = '{bob}' WHERE name = 'of ann'"), ["1", denied, denied, "0", "0"]),
        (format!("UPDATE crm.contact SET owner_id = '{ann}' WHERE name = 'of centro'"), ["1", "1", "0", "0", "0"]),
        ("UPDATE crm.contact SET owner_id = NULL WHERE name = 'of ann'".into(), ["1", denied, denied, "0", "0"]),
        (format!("INSERT INTO crm.contact (id, name, owner_id) VALUES ({id}, 'new', crm.me())"), ["1", "1", "1", "1", "1"]),
        (format!("INSERT INTO crm.contact (id, name, owner_id) VALUES ({id}, 'new', '{bob}')"), ["1", denied, denied, "1", denied]),
        (format!("INSERT INTO crm.contact_address (contact_id, address, shown) VALUES ('{of_bob}', 'n@b.test', 'n@b.test')"),
            ["1", denied, denied, "1", denied]),
        // The same whether it is another's or not there at all.
        (format!("INSERT INTO crm.contact_address (contact_id, address, shown) VALUES ({id}, 'n@b.test', 'n@b.test')"),
            ["23503", denied, denied, denied, denied]),
        ("DELETE FROM crm.contact_address".into(), ["4", "2", "1", "1", "0"]),
        ("DELETE FROM crm.contact".into(), [denied; 5]),
        (format!("INSERT INTO crm.note (id, contact_id, author_id, text) VALUES ({id}, '{of_ann}', crm.me(), 'n')"),
            ["1", "1", "1", denied, denied]),
        (format!("INSERT INTO crm.note (id, contact_id, author_id, text) VALUES ({id}, '{of_ann}', '{bob}', 'n')"),
            ["1", denied, denied, denied, denied]),
        (format!("INSERT INTO crm.note (id, mail_id, author_id, text) VALUES ({id}, '{both}', crm.me(), 'n')"),
            ["1", denied, denied, denied, denied]),
        (format!("INSERT INTO crm.task (id, title, contact_id, created_by) VALUES ({id}, 't', '{of_bob}', crm.me())"),
            ["1", denied, denied, "1", denied]),
        (format!("INSERT INTO crm.task (id, title, assigned_to, created_by) VALUES ({id}, 't', '{bob}', crm.me())"), ["1"; 5]),
        (format!("INSERT INTO crm.link (mail_id, contact_id) VALUES ('{both}', '{of_ann}')"), ["23505", denied, denied, denied, denied]),
        (format!("DELETE FROM crm.link WHERE mail_id = '{both}'"), ["2", "0", "0", "0", "0"]),
        ("UPDATE crm.link SET how = 'hand'".into(), [denied; 5]),
        ("UPDATE crm.mail SET subject = ''".into(), [denied; 5]),
        ("DELETE FROM crm.mail_raw".into(), [denied; 5]),
        (format!("INSERT INTO crm.mail_raw VALUES ({id}, '')"), [denied; 5]),
        ("INSERT INTO crm.mail_access VALUES (1, now(), gen_random_uuid())".into(), [denied; 5]),
        ("UPDATE crm.users SET role = 'administrator'".into(), ["5", "0", "0", "0", "0"]),
        ("UPDATE crm.users SET inbox_permission = true WHERE login = 'eve'".into(), ["1", "0", "0", "0", "0"]),
        (format!("INSERT INTO crm.users (id, login, name) VALUES ({id}, 'new', 'new')"), ["1", denied, denied, denied, denied]),
        ("INSERT INTO crm.user_sasl_login (login, user_id) VALUES ('boss', crm.me())".into(), ["1", denied, denied, denied, denied]),
        (format!("INSERT INTO crm.team (id, name) VALUES ({id}, 'new')"), ["1", denied, denied, denied, denied]),
        ("UPDATE crm.office SET coordinator_id = crm.me()".into(), ["2", "0", "0", "0", "0"]),
        ("INSERT INTO crm.origin (key) VALUES ('own')".into(), ["1", denied, denied, denied, denied]),
        (format!("INSERT INTO crm.block (id, kind, value, created_by) VALUES ({id}, 'address', 'z@b.test', 'ann')"),
            ["1", denied, "1", denied, denied]),
        ("INSERT INTO crm.audit (action, entity) VALUES ('x', 'x')".into(), [denied; 5]),
        ("DELETE FROM crm.audit".into(), [denied; 5]),
        ("UPDATE crm.series SET last = last - 1".into(), [denied; 5]),
        ("SELECT FROM crm.mail_key".into(), [denied; 5]),
        ("SELECT FROM crm.mail_search".into(), [denied; 5]),
        ("SELECT FROM crm.scope_holder".into(), [denied; 5]),
        ("TRUNCATE crm.note".into(), [denied; 5]),
        ("CREATE TABLE crm.mine ()".into(), [denied; 5]),
    ];
    for (at, login) in EVERYBODY.into_iter().enumerate() {
        let mut client = company.client(login);
        for (sql, expected) in &table {
            assert_eq!(tried(&mut client, sql), expected[at], "{login}: {sql}");
        }
    }
}

#[test]
fn mail_is_seen_by_who_sees_all_that_it_stands_on_and_by_its_author() {
    let company = Company::new();
    let subjects = |login: &str| names(&mut company.client(login), "SELECT subject FROM crm.mail ORDER BY 1");
    let mut desk = company.scratch.client(Role::Desk);
    // Neither ann nor bob sees all that `both` stands on; who coordinates both does.
    assert!(!subjects("ann").contains("both") && !subjects("bob").contains("both"));
    desk.batch_execute(
        "UPDATE crm.office SET coordinator_id = (SELECT id FROM crm.users WHERE login = 'coo')",
    )
    .unwrap();
    assert!(subjects("coo").contains("both"));
    desk.batch_execute("UPDATE crm.office SET coordinator_id = NULL").unwrap();
    desk.batch_execute("INSERT INTO crm.team VALUES (gen_random_uuid(), 'sales');
        INSERT INTO crm.team_member SELECT t.id, u.id FROM crm.team t, crm.users u WHERE u.login IN ('bob', 'coo', 'eve')")
        .unwrap();
    assert!(subjects("coo").contains("both"), "a coordinator sees what the team owns");
    assert!(!subjects("eve").contains("of bob"), "an agent of the team does not");
    // A link more, one viewer less; the author stays.
    let filed = company.mails["filed"];
    assert!(subjects("ann").contains("filed") && subjects("bob").contains("filed"));
    desk.execute(
        "INSERT INTO crm.link (mail_id, contact_id, how) VALUES ($1, $2, 'hand')",
        &[&filed, &company.contacts["of nobody"]],
    )
    .unwrap();
    assert!(!subjects("ann").contains("filed") && subjects("bob").contains("filed"));
    desk.execute(
        "DELETE FROM crm.link WHERE mail_id = $1 AND contact_id = $2",
        &[&filed, &company.contacts["of nobody"]],
    )
    .unwrap();
    assert!(subjects("ann").contains("filed"));
    // What changes hands takes its mails along.
    desk.batch_execute(
        "UPDATE crm.contact SET owner_id = (SELECT id FROM crm.users WHERE login = 'ann')
        WHERE name = 'of bob'",
    )
    .unwrap();
    assert!(
        subjects("ann").contains("both") && !subjects("ann").contains("of bob"),
        "the record is still bob's"
    );
    desk.batch_execute(
        "UPDATE crm.record SET owner_id = (SELECT id FROM crm.users WHERE login = 'ann')
        WHERE title = 'of bob'",
    )
    .unwrap();
    assert!(subjects("ann").contains("of bob") && !subjects("bob").contains("of bob"));
    // So does a ticket.
    let ticket = plan::ticket("broken", "x@b.test", None);
    company.commit(&[ticket]);
    assert!(!subjects("eve").contains("broken"));
    desk.batch_execute("UPDATE crm.ticket SET owner_id = (SELECT id FROM crm.users WHERE login = 'eve')")
        .unwrap();
    assert_eq!(subjects("eve"), "broken");
    assert_access_follows(&mut company.scratch.client(Role::Owner));
}

#[test]
fn mail_on_no_card_is_for_the_inbox_section_and_the_inbox_s_office() {
    let company = Company::new();
    let loose = |login: &str| {
        let mut client = company.client(login);
        names(
            &mut client,
            "SELECT subject FROM crm.mail WHERE subject = 'loose'
                            UNION ALL SELECT 'intake' FROM crm.intake WHERE subject = 'loose'",
        )
    };
    assert_eq!((loose("ann").as_str(), loose("eve").as_str()), ("loose, intake", ""));
    let permit = |login: &str, open: bool| {
        let change = UserChange { inbox_permission: Some(open), ..UserChange::default() };
        company.desk.user_set(login, &change).unwrap();
    };
    permit("eve", true);
    permit("ann", false);
    permit("coo", false);
    assert_eq!(
        (loose("ann").as_str(), loose("eve").as_str(), loose("coo").as_str()),
        ("", "loose, intake", "")
    );
    let daemon = company.scratch.store(Role::Daemon);
    daemon.inbox_declare(&[("info".into(), Some("CENTRO".into())), ("help".into(), None)]).unwrap();
    assert_eq!((loose("coo").as_str(), loose("ann").as_str()), ("loose, intake", ""));
    daemon.inbox_declare(&[("info".into(), Some("Norte".into()))]).unwrap();
    assert_eq!(loose("coo"), "");
    // Once it stands on a card it is the card's.
    let mut desk = company.scratch.client(Role::Desk);
    desk.execute(
        "INSERT INTO crm.link (mail_id, contact_id, how) VALUES ($1, $2, 'hand')",
        &[&company.mails["loose"], &company.contacts["of ann"]],
    )
    .unwrap();
    assert_eq!((loose("ann").as_str(), loose("eve").as_str()), ("loose", ""));
}

#[test]
fn deactivation_takes_everything_away_at_once_and_activation_gives_it_back() {
    let company = Company::new();
    let mut ann = company.client("ann");
    let mut logged_in = company.login("ann");
    let count = "SELECT count(*)::text FROM crm.contact";
    let statement = logged_in.prepare(count).unwrap();
    assert_eq!(
        (names(&mut ann, count).as_str(), logged_in.query_one(&statement, &[]).unwrap().get(0)),
        ("1", "1")
    );
    company.desk.user_deactivate("ANN", true).unwrap();
    for client in [&mut logged_in, &mut ann] {
        let refused = client.execute(count, &[]).map_err(|e| e.code().unwrap().code().to_owned());
        assert_eq!(refused, Err("42501".into()), "in a session that goes on");
    }
    let refused = logged_in.query(&statement, &[]).map_err(|e| e.code().unwrap().code().to_owned());
    assert_eq!(refused.map(|rows| rows.len()), Err("42501".into()), "also what was prepared before");
    let error = company.desk.acting_as("ann").unwrap_err();
    assert!(
        matches!(&error, Error::NotAllowed(text) if text.contains("crmctl user activate ann")),
        "{error}"
    );
    let can_login = "SELECT rolcanlogin::text FROM pg_roles WHERE rolname = 'crm_u_ann'";
    assert_eq!(names(&mut company.scratch.client(Role::Desk), can_login), "false");
    company.desk.user_deactivate("ann", false).unwrap();
    let again = company.desk.acting_as("ann").unwrap();
    assert_eq!(again.contact_list(&Default::default(), Default::default()).unwrap().len(), 1);
    // A demotion too takes effect within a prepared statement.
    let mut adm = company.client("adm");
    let statement = adm.prepare(count).unwrap();
    assert_eq!(adm.query_one(&statement, &[]).unwrap().get::<_, &str>(0), "4");
    company
        .desk
        .user_set("adm", &UserChange { role: Some("agent".into()), ..UserChange::default() })
        .unwrap();
    assert_eq!(adm.query_one(&statement, &[]).unwrap().get::<_, &str>(0), "0");
}

#[test]
fn nobody_becomes_another_by_a_trick() {
    let company = Company::new();
    let mut ann = company.login("ann");
    for sql in [
        "SET ROLE crm_u_bob",
        "SET ROLE crm_desk",
        "SET ROLE crm_owner",
        "SET ROLE crm_administrator",
        "SET SESSION AUTHORIZATION crm_u_bob",
        "SELECT set_config('role', 'crm_u_bob', false)",
        "SELECT set_config('session_authorization', 'crm_u_bob', false)",
        "SET row_security = off; SELECT count(*) FROM crm.contact",
        "SELECT crm.refresh_access('{}')",
        "SELECT crm.ensure_scopes('{}')",
        "SELECT crm.ensure_role('x', NULL, 'administrator', true)",
        "SELECT crm.ensure_user_roles()",
        "SELECT crm.declare_inboxes('{info}', '{Centro}')",
        "SELECT crm.audit_table('users', 'id')",
        "SELECT crm.index_mails(1)",
        "SELECT crm.ensure_partitions()",
        "CREATE FUNCTION crm.me() RETURNS uuid LANGUAGE sql RETURN NULL::uuid",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE users ()",
        "GRANT crm_administrator TO crm_u_ann",
        "ALTER ROLE crm_u_ann BYPASSRLS",
        "ALTER TABLE crm.contact DISABLE ROW LEVEL SECURITY",
        "DROP POLICY agent ON crm.contact",
        "CREATE POLICY mine ON crm.contact USING (true)",
        "ALTER TABLE crm.contact DISABLE TRIGGER ALL",
        "SELECT * FROM pg_catalog.pg_authid",
        "COPY crm.contact TO PROGRAM 'cat'",
    ] {
        let error = ann.batch_execute(sql).expect_err(sql);
        let state = error.code().unwrap_or_else(|| panic!("{sql}: {error}")).code();
        assert_eq!(state, "42501", "{sql}: {error}");
        ann.batch_execute("RESET ALL").unwrap();
    }
    // Paths, settings and functions that cost nothing do not help: they are asked after the policy.
    let mut superuser = company.scratch.client(Role::Superuser);
    superuser
        .batch_execute("CREATE SCHEMA mine; GRANT ALL ON SCHEMA mine TO crm_u_ann; GRANT TEMPORARY ON DATABASE crm TO crm_u_ann")
        .unwrap();
    ann.batch_execute(
        "SET search_path = mine, pg_temp, pg_catalog, crm;
         CREATE FUNCTION mine.uuid_eq(uuid, uuid) RETURNS boolean LANGUAGE sql RETURN true;
         CREATE OPERATOR mine.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = mine.uuid_eq);
         CREATE TEMPORARY TABLE users AS SELECT id, 'crm_u_ann'::text AS pg_role, 'administrator'::text AS role,
             NULL::timestamptz AS deactivated_at FROM crm.users;
         CREATE FUNCTION mine.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql
             AS $$ BEGIN RAISE WARNING '%', $1; IF $1 LIKE '%bob%' THEN RAISE EXCEPTION 'leaked %', $1; END IF; RETURN true; END $$;
         CREATE FUNCTION mine.as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM crm.contact'",
    )
    .unwrap();
    for (sql, expected) in [
        ("SELECT name FROM crm.contact WHERE mine.leak(name)", "of ann"),
        ("SELECT name FROM crm.crm_contacts WHERE mine.leak(name)", "of ann"),
        ("SELECT subject FROM crm.crm_mails WHERE mine.leak(subject) ORDER BY 1", "filed, loose, of ann"),
        ("SELECT name FROM crm.contact WHERE owner_id = owner_id", "of ann"),
        ("SELECT mine.as_owner()::text", "1"),
        ("SELECT count(*)::text FROM crm.search_mail('text', 100)", "3"),
        // What a policy works with says nothing of others but numbers.
        ("SELECT count(*)::text FROM crm.mail_access WHERE scope_id = ANY (crm.scopes_of('crm_u_bob'))", "1"),
        ("SELECT crm.caller()::text", "crm_u_ann"),
    ] {
        assert_eq!(names(&mut ann, sql), expected, "{sql}");
    }
    // The desk's own session acting as ann: what takes the role on again is not ann's.
    let mut acting = company.client("ann");
    let forged =
        "SELECT set_config('crm.caller', 'crm_u_adm', false), set_config('crm.operator', 'adm', false)";
    acting.batch_execute(forged).unwrap();
    assert_eq!(names(&mut acting, "SELECT count(*)::text FROM crm.search_mail('text', 100)"), "3");
}

#[test]
fn what_is_granted_to_users_is_guarded() {
    let company = Company::new();
    let mut owner = company.scratch.client(Role::Owner);
    // Catalogue-like tables without anything of anybody's.
    let unguarded = "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
          AND has_any_column_privilege('crm_user', c.oid, 'SELECT') ORDER BY 1";
    assert_eq!(names(&mut owner, unguarded), "inbox, schema_history, series");
    let views = "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('v', 'm')
          AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)";
    assert_eq!(names(&mut owner, views), "");
    let public = "SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace = 'crm'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')";
    assert_eq!(names(&mut owner, public), "", "functions are PUBLIC's until that is revoked");
    let unfixed = "SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace = 'crm'::regnamespace AND p.prosecdef
          AND NOT coalesce(array_to_string(p.proconfig, ',') LIKE '%search_path=pg_catalog, pg_temp%', false)";
    assert_eq!(names(&mut owner, unfixed), "", "a definer's function needs a fixed path");
    let partitions = "SELECT c.relname::text FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE c.relnamespace = 'crm'::regnamespace AND has_any_column_privilege('crm_user', c.oid, 'SELECT')";
    assert_eq!(names(&mut owner, partitions), "", "a partition by its own name would pass the policy by");
    let mut daemon = company.scratch.client(Role::Daemon);
    for table in ["note", "task", "consent", "audit", "erasure", "contact_merge", "mail_handling"] {
        assert_eq!(tried(&mut daemon, &format!("SELECT FROM crm.{table}")), "42501", "{table}");
    }
}

#[test]
fn links_and_changes_of_owner_at_the_same_moment_leave_no_mail_to_the_wrong_one() {
    let company = Company::new();
    let [of_ann, of_bob] = ["of ann", "of bob"].map(|name| company.contacts[name]);
    std::thread::scope(|scope| {
        for turn in 0..2 {
            let company = &company;
            scope.spawn(move || {
                for n in 0..30 {
                    let mail = plan::mail(&format!("{turn} {n}"), "x@b.test");
                    let links = [of_ann, of_bob]
                        .map(|id| Link { mail: mail.id, target: Target::Contact(id) })
                        .into_iter()
                        .skip(turn)
                        .collect();
                    let intakes = vec![plan::intake(Some(mail.id), Outcome::Recorded)];
                    company.commit(&[Plan { mail: Some(mail), links, intakes, ..plan::empty() }]);
                }
            });
        }
        for login in ["ann", "bob", "eve"] {
            let mut desk = company.scratch.client(Role::Desk);
            let (user, mail) = (company.users[login], company.mails["loose"]);
            let others = [company.contacts["of nobody"], company.contacts["of centro"]];
            scope.spawn(move || {
                for n in 0..30 {
                    let card = [of_ann, of_bob][n % 2];
                    desk.execute("UPDATE crm.contact SET owner_id = $2 WHERE id = $1", &[&card, &user])
                        .unwrap();
                    // The same mail is linked and unlinked by several at once.
                    let other = others[n % 2];
                    let link =
                        "INSERT INTO crm.link (mail_id, contact_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                    desk.execute(link, &[&mail, &other]).unwrap();
                    desk.execute(
                        "DELETE FROM crm.link WHERE mail_id = $1 AND contact_id = $2",
                        &[&mail, &other],
                    )
                    .unwrap();
                }
            });
        }
    });
    assert_access_follows(&mut company.scratch.client(Role::Owner));
}

#[test]
fn contact_with_a_hundred_thousand_mails_changes_hands_within_seconds() {
    let company = Company::new();
    let mut owner = company.scratch.client(Role::Owner);
    let many = format!(
        "INSERT INTO crm.mail (id, fingerprint, anonymous, source, direction, received_at, mail_from, text, size)
         SELECT crm.id_floor(date_trunc('month', now()) + n * interval '1 ms'), int8send(n), false, 'inbox', 'in', now(), '', '', 1
         FROM generate_series(1, 100000) AS n;
         INSERT INTO crm.link (mail_id, contact_id)
         SELECT crm.id_floor(date_trunc('month', now()) + n * interval '1 ms'), '{}' FROM generate_series(1, 100000) AS n",
        company.contacts["of ann"]
    );
    owner.batch_execute(&many).unwrap();
    let count = "SELECT count(*)::text FROM crm.mail WHERE subject IS NULL";
    assert_eq!(names(&mut company.client("ann"), count), "100000");
    let begun = Instant::now();
    let changed = company
        .scratch
        .client(Role::Desk)
        .execute(
            "UPDATE crm.contact SET owner_id = $2 WHERE id = $1",
            &[&company.contacts["of ann"], &company.users["bob"]],
        )
        .unwrap();
    let took = begun.elapsed();
    println!("a contact with 100,000 mails changed hands in {took:?}");
    assert!(changed == 1 && took < Duration::from_secs(20), "{took:?}");
    assert_eq!(names(&mut company.client("ann"), count), "0");
    assert_eq!(names(&mut company.client("bob"), count), "100000");
}

#[test]
fn bulk_edit_of_twenty_thousand_contacts_stays_within_seconds() {
    let company = Company::new();
    let many = "INSERT INTO crm.contact (id, name) SELECT gen_random_uuid(), n::text FROM generate_series(1, 20000) AS n";
    company.scratch.client(Role::Owner).batch_execute(many).unwrap();
    // With the settings of the program's own connections.
    let mut desk = company.desk.connection().unwrap();
    let begun = Instant::now();
    let owner = "UPDATE crm.contact SET owner_id = $1 WHERE owner_id IS NULL";
    assert_eq!(desk.execute(owner, &[&company.users["eve"]]).unwrap(), 20_002);
    let took = begun.elapsed();
    println!("20,000 contacts changed hands in {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    let audited = "SELECT count(*)::text FROM crm.audit WHERE entity = 'contact' AND action = 'update' AND change ? 'owner_id'";
    assert!(names(&mut desk, audited).parse::<u32>().unwrap() >= 20_002);
    assert_access_follows(&mut company.scratch.client(Role::Owner));
}
