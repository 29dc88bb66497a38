//! A colleague who turns to a client of their own: what an agent may not change, forge, take or break by raw SQL,
//! beyond what `store_access.rs` says of rows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use postgres::Client;
use store_support::company::{Company, names, tried};
use store_support::{CommitBatch as _, plan};
use uuid::Uuid;

const NEW: &str = "gen_random_uuid()";

/// What these come to; nothing is kept of it. Deferred rules are asked as at a commit.
fn outcome(client: &mut Client, sql: &str) -> String {
    let mut transaction = client.transaction().unwrap();
    let done = match transaction.batch_execute(&format!("{sql}; SET CONSTRAINTS ALL IMMEDIATE")) {
        Ok(()) => "done".to_owned(),
        Err(error) => error.code().unwrap_or_else(|| panic!("{sql}: {error}")).code().to_owned(),
    };
    transaction.rollback().unwrap();
    done
}

/// The record of that contact.
fn record(company: &Company, title: &str) -> Uuid {
    let mut owner = company.scratch.client(Role::Owner);
    owner.query_one("SELECT id FROM crm.record WHERE title = $1", &[&title]).unwrap().get(0)
}

#[test]
fn what_a_row_is_who_made_it_and_when_is_not_the_users_to_write() {
    let company = Company::new();
    let mut ann = company.login("ann");
    for (table, columns) in [
        ("contact", "id created_by created_at erased_at"),
        ("contact_address", "address shown digest created_at"),
        ("contact_phone", "number digest created_at"),
        ("contact_merge", "id contact_id into_id moved merged_by merged_at"),
        ("record", "id kind code series parent_id created_by created_at closed_at"),
        ("record_party", "record_id contact_id"),
        ("ticket", "id code series inbox created_by created_at solved_at closed_at follows_id"),
        ("mail_handling", "mail_id locked_by"),
        ("consent", "id address purpose evidence given_at recorded_by recorded_at"),
        ("block", "id kind value keyed_hash created_by created_at"),
        ("users", "id pg_role created_at"),
        ("note", "id author_id mail_id created_at"),
        ("task", "id created_by created_at"),
        ("activity", "id created_by created_at mail_id"),
        ("link", "mail_id contact_id how linked_by"),
        ("intake", "id mail_id inbox user_id outcome reason received_at"),
        ("series", "prefix last"),
    ] {
        for column in columns.split(' ') {
            let sql = format!("UPDATE crm.{table} SET {column} = DEFAULT");
            assert_eq!(tried(&mut ann, &sql), "42501", "{sql}");
        }
    }
    // Whoever says that it was somebody else is written down all the same.
    let (ann_id, bob) = (company.users["ann"], company.users["bob"]);
    let of_ann = company.contacts["of ann"];
    let made = format!(
        "INSERT INTO crm.contact (id, name, owner_id, created_by, created_at)
             VALUES ({NEW}, 'forged', '{ann_id}', '{bob}', '2001-01-01');
         INSERT INTO crm.record (id, kind, code, series, title, owner_id, created_by)
             VALUES ({NEW}, 'x', 'X', 'X', 'forged', '{ann_id}', '{bob}');
         INSERT INTO crm.consent (id, contact_id, purpose, evidence, given_at, recorded_by)
             VALUES ({NEW}, '{of_ann}', 'p', 'e', now(), '{bob}');
         INSERT INTO crm.block (id, kind, value, created_by) VALUES ({NEW}, 'address', 'z@b.test', 'ann');
         UPDATE crm.block SET removed_at = now(), removed_by = 'bob';
         UPDATE crm.intake SET resolved_at = now(), resolved_by = '{bob}' WHERE subject = 'loose'"
    );
    ann.batch_execute(&made).unwrap();
    let who = "SELECT u.login FROM crm.users u JOIN (
            SELECT created_by FROM crm.contact WHERE name = 'forged' AND created_at > '2020-01-01'
            UNION ALL SELECT created_by FROM crm.record WHERE title = 'forged'
            UNION ALL SELECT recorded_by FROM crm.consent
            UNION ALL SELECT u.id FROM crm.block b JOIN crm.users u ON u.login = b.removed_by
            UNION ALL SELECT resolved_by FROM crm.intake WHERE subject = 'loose') AS w (who) ON w.who = u.id";
    assert_eq!(names(&mut company.scratch.client(Role::Owner), who), "ann, ann, ann, ann, ann");
}

#[test]
fn numbers_of_codes_cannot_be_used_up_or_taken_in_advance() {
    let company = Company::new();
    let mut ann = company.login("ann");
    let ann_id = company.users["ann"];
    let record = |code: &str| {
        format!(
            "INSERT INTO crm.record (id, kind, code, series, title, owner_id)
             VALUES ({NEW}, 'lead', '{code}', 'LEAD', 'taken', '{ann_id}')"
        )
    };
    let ticket = |code: &str| {
        format!(
            "INSERT INTO crm.ticket (id, code, series, subject, owner_id, inbox)
             VALUES ({NEW}, '{code}', 'INC', 'taken', '{ann_id}', 'help')"
        )
    };
    for (sql, expected) in [
        ("UPDATE crm.series SET last = 9223372036854775807".to_owned(), "42501"),
        ("INSERT INTO crm.series VALUES ('DEAL', 0, 9223372036854775807)".to_owned(), "42501"),
        ("SELECT crm.allot('{LEAD}', '{f}', '{9223372036854775000}')".to_owned(), "22023"),
        ("SELECT crm.allot('{LEAD}', '{f}', '{-3}')".to_owned(), "22023"),
        ("SELECT crm.advance_series('LEAD', 9223372036854775807)".to_owned(), "22023"),
        (record("LEAD-5"), "42501"),
        (record("LEAD-999999999999999999"), "42501"),
        (ticket("INC-2026-00001"), "42501"),
        (ticket("INC-1"), "42501"),
        (record("OUR OWN"), "done"),
        (format!("SELECT crm.allot('{{LEAD}}', '{{f}}', '{{1}}'); {}", record("LEAD-5")), "done"),
    ] {
        assert_eq!(outcome(&mut ann, &sql), expected, "{sql}");
    }
    // The desk says so before the database does.
    let desk = company.desk.acting_as("ann").unwrap();
    let by_hand = |code: &str| crm_milter::store::RecordByHand {
        kind: "lead".into(),
        code: Some(code.into()),
        title: "by hand".into(),
        ..Default::default()
    };
    let error = desk.record_add(&by_hand("LEAD-9223372036854775807")).unwrap_err().to_string();
    assert!(error.contains("at most 999999999"), "{error}");
    assert_eq!(desk.record_add(&by_hand("LEAD-50")).unwrap().1, "LEAD-50");
    // And mail goes on opening leads.
    company.commit(&[plan::lead("next", "next@b.test")]);
    let code = "SELECT code FROM crm.record WHERE title = 'next'";
    assert_eq!(names(&mut company.scratch.client(Role::Owner), code), "LEAD-51");
}

#[test]
fn nothing_is_put_on_a_card_that_one_does_not_see() {
    let company = Company::new();
    let [of_ann, of_bob] = ["of ann", "of bob"].map(|name| company.contacts[name]);
    let [ann_id, bob] = ["ann", "bob"].map(|login| company.users[login]);
    let records = ["of ann", "of bob"].map(|title| record(&company, title));
    let of_bobs_mail = company.mails["of bob"];
    company
        .scratch
        .client(Role::Owner)
        .batch_execute(&format!(
            "INSERT INTO crm.ticket (id, code, series, subject, contact_id, owner_id, inbox)
                 VALUES ({NEW}, 'INC-2026-00001', 'INC', 's', '{of_bob}', '{ann_id}', 'help');
             INSERT INTO crm.note (id, contact_id, author_id, text) VALUES ({NEW}, '{of_ann}', '{ann_id}', 'n');
             INSERT INTO crm.task (id, contact_id, created_by, title) VALUES ({NEW}, '{of_ann}', '{ann_id}', 't');
             INSERT INTO crm.activity (id, contact_id, created_by, kind, title)
                 VALUES ({NEW}, '{of_ann}', '{ann_id}', 'call', 'a')"
        ))
        .unwrap();
    let mut ann = company.login("ann");
    let own = |contact: Uuid| {
        format!(
            "INSERT INTO crm.notification (id, user_id, kind, text, contact_id) VALUES ({NEW}, '{bob}', 'mail', 'x', '{contact}')"
        )
    };
    for (sql, expected) in [
        // Her ticket of his contact is hers to work on.
        ("UPDATE crm.ticket SET status = 'open'".to_owned(), "done"),
        (format!("UPDATE crm.ticket SET contact_id = '{of_ann}', record_id = '{}'", records[0]), "done"),
        (format!("UPDATE crm.ticket SET record_id = '{}'", records[1]), "42501"),
        (
            format!(
                "UPDATE crm.ticket SET contact_id = '{of_ann}'; UPDATE crm.ticket SET contact_id = '{of_bob}'"
            ),
            "42501",
        ),
        (format!("UPDATE crm.note SET contact_id = '{of_bob}'"), "42501"),
        (format!("UPDATE crm.task SET contact_id = '{of_bob}'"), "42501"),
        (format!("UPDATE crm.activity SET contact_id = '{of_bob}'"), "42501"),
        (
            format!(
                "INSERT INTO crm.record (id, kind, code, series, title, owner_id, parent_id) VALUES ({NEW}, 'x', 'X', 'X', 'x', '{ann_id}', '{}')",
                records[1]
            ),
            "42501",
        ),
        (format!("INSERT INTO crm.record_party VALUES ('{}', '{of_bob}')", records[0]), "42501"),
        (own(of_bob), "42501"),
        (own(of_ann), "done"),
        (
            format!(
                "INSERT INTO crm.notification (id, user_id, kind, text, mail_id) VALUES ({NEW}, '{bob}', 'mail', 'x', '{of_bobs_mail}')"
            ),
            "42501",
        ),
        (format!("UPDATE crm.contact SET merged_into = '{of_bob}'"), "42501"),
    ] {
        assert_eq!(outcome(&mut ann, &sql), expected, "{sql}");
    }
}

#[test]
fn merges_never_go_round() {
    let company = Company::new();
    let [of_ann, of_bob, of_nobody] = ["of ann", "of bob", "of nobody"].map(|name| company.contacts[name]);
    let mut ann = company.login("ann");
    assert_eq!(
        outcome(&mut ann, "UPDATE crm.contact SET merged_into = id"),
        "42501",
        "whoever follows it never ends"
    );
    let itself = format!(
        "INSERT INTO crm.contact (id, name, owner_id, merged_into) VALUES ('{0}', 'x', crm.me(), '{0}')",
        Uuid::now_v7()
    );
    assert_eq!(outcome(&mut ann, &itself), "42501");
    // Also for whoever sees all, and for two at once.
    let mut desk = company.scratch.client(Role::Desk);
    let merge =
        |from: Uuid, into: Uuid| format!("UPDATE crm.contact SET merged_into = '{into}' WHERE id = '{from}'");
    desk.batch_execute(&merge(of_ann, of_bob)).unwrap();
    for (from, into) in [(of_bob, of_ann), (of_nobody, of_ann), (of_nobody, of_nobody)] {
        assert_eq!(outcome(&mut desk, &merge(from, into)), "42501");
    }
    desk.batch_execute("UPDATE crm.contact SET merged_into = NULL").unwrap();
    for _ in 0..5 {
        std::thread::scope(|scope| {
            for (from, into) in [(of_ann, of_bob), (of_bob, of_ann)] {
                let mut client = company.scratch.client(Role::Desk);
                scope.spawn(move || client.batch_execute(&merge(from, into)));
            }
        });
        let merged = "SELECT count(*)::text FROM crm.contact WHERE merged_into IS NOT NULL";
        assert_eq!(names(&mut desk, merged), "1");
        desk.batch_execute("UPDATE crm.contact SET merged_into = NULL").unwrap();
    }
}

#[test]
fn lock_of_a_mail_is_not_got_around() {
    let company = Company::new();
    let (of_ann, mail, other) = (company.contacts["of ann"], company.mails["of ann"], company.mails["loose"]);
    let ann_id = company.users["ann"];
    company
        .scratch
        .client(Role::Desk)
        .batch_execute(&format!(
            "INSERT INTO crm.mail_handling (mail_id, locked_at) VALUES ('{mail}', now())"
        ))
        .unwrap();
    let mut ann = company.login("ann");
    let unlink = format!("DELETE FROM crm.link WHERE mail_id = '{mail}' AND contact_id = '{of_ann}'");
    let second = Uuid::now_v7();
    let contact =
        format!("INSERT INTO crm.contact (id, name, owner_id) VALUES ('{second}', 'second', '{ann_id}')");
    let merged = |into: Uuid| {
        format!(
            "INSERT INTO crm.contact_merge (id, contact_id, into_id, moved) VALUES ({NEW}, '{of_ann}', '{into}', '{{}}')"
        )
    };
    for sql in [
        unlink.clone(),
        format!("UPDATE crm.mail_handling SET mail_id = '{other}'"),
        "UPDATE crm.mail_handling SET locked_at = NULL".into(),
        format!("{}; {unlink}", merged(of_ann)),
        // Written down as a merge that moved nothing.
        format!("{contact}; {}; {unlink}", merged(second)),
        format!(
            "{contact}; UPDATE crm.contact SET merged_into = '{second}' WHERE id = '{of_ann}'; {}; {unlink}",
            merged(second)
        ),
    ] {
        assert!(["42501", "55000"].contains(&outcome(&mut ann, &sql).as_str()), "{sql}");
    }
}

#[test]
fn address_of_an_unseen_contact_is_not_shared_behind_its_owners_back() {
    let company = Company::new();
    let share = |login: &str| {
        let of = company.contacts[format!("of {login}").as_str()];
        format!(
            "INSERT INTO crm.contact_address (contact_id, address, shown, shared) VALUES ('{of}', 'of.bob@b.test', 'x', true)"
        )
    };
    assert_eq!(outcome(&mut company.login("ann"), &share("ann")), "42501");
    let first =
        format!("{}; UPDATE crm.contact_address SET shared = true", share("ann").replace("true", "false"));
    assert_eq!(outcome(&mut company.login("ann"), &first), "23505");
    assert_eq!(outcome(&mut company.login("adm"), &share("ann")), "done", "who sees both may");
}

#[test]
fn users_lock_none_of_the_tables_that_mail_needs() {
    let company = Company::new();
    let mut ann = company.login("ann");
    for table in
        ["contact", "record", "ticket", "users", "intake", "mail", "series", "office", "outbox", "block"]
    {
        let sql = format!("LOCK TABLE crm.{table} IN SHARE MODE NOWAIT");
        assert_eq!(outcome(&mut ann, &sql), "42501", "{sql}");
    }
}

#[test]
fn daemon_defines_nothing_deletes_no_mail_and_reads_nothing_of_the_desks() {
    let company = Company::new();
    let mut daemon = company.scratch.client(Role::Daemon);
    for sql in [
        "CREATE TABLE crm.mine ()",
        "CREATE FUNCTION crm.mine() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE SCHEMA mine",
        "ALTER TABLE crm.mail ADD COLUMN mine text",
        "ALTER TABLE crm.mail DISABLE TRIGGER ALL",
        "DROP TABLE crm.mail",
        "TRUNCATE crm.mail",
        "DELETE FROM crm.mail",
        "DELETE FROM crm.mail_raw",
        "DELETE FROM crm.party",
        "DELETE FROM crm.attachment",
        "DELETE FROM crm.attachment_content",
        "DELETE FROM crm.intake",
        "DELETE FROM crm.link",
        "UPDATE crm.mail SET subject = ''",
        "UPDATE crm.contact SET owner_id = NULL",
        "UPDATE crm.users SET role = 'administrator'",
        "UPDATE crm.intake SET outcome = 'recorded'",
        "INSERT INTO crm.erasure (reason, mail_id) VALUES ('x', gen_random_uuid())",
        "INSERT INTO crm.audit (action, entity) VALUES ('x', 'x')",
        "INSERT INTO crm.block (id, kind, value, created_by) VALUES (gen_random_uuid(), 'address', 'x', 'x')",
        "INSERT INTO crm.users (id, login, name) VALUES (gen_random_uuid(), 'x', 'x')",
        "SELECT FROM crm.note",
        "SELECT FROM crm.note_version",
        "SELECT FROM crm.task",
        "SELECT FROM crm.consent",
        "SELECT FROM crm.audit",
        "SELECT FROM crm.erasure",
        "SELECT FROM crm.contact_merge",
        "SELECT FROM crm.mail_handling",
        "SELECT crm.ensure_role('x', NULL, 'administrator', true)",
        "SELECT crm.advance_series('X', 1)",
        "SET ROLE crm_desk",
        "SET ROLE crm_owner",
        "SET ROLE crm_u_ann",
        "COPY crm.mail TO PROGRAM 'cat'",
        "SET session_replication_role = replica",
    ] {
        assert_eq!(outcome(&mut daemon, sql), "42501", "{sql}");
    }
    // It files mail all the same.
    company.scratch.store(Role::Daemon).commit_batch(&[plan::lead("goes on", "goes.on@b.test")]).unwrap();
}
