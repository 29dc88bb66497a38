//! A database with mail in it, as the last release left it, is brought to this version.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use crm_milter::store::{MailFilter, MailOrder, MailPage};
use crm_milter::store::{built_in_version, migrate};
use postgres::Client;
use std::path::Path;
use store_support::Scratch;
use uuid::Uuid;

/// The schema's version in the last release.
const RELEASED: i32 = 47;

/// Makes the schema anew as that release had it, with what refinery wrote down.
fn go_back(owner: &mut Client) {
    let history = "CREATE TEMP TABLE history AS SELECT * FROM crm.schema_history WHERE version <= $1";
    let history = history.replace("$1", &RELEASED.to_string());
    let table = "CREATE TABLE crm.schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255),
                                                  checksum varchar(255))";
    owner.batch_execute(&format!("{history}; DROP SCHEMA crm CASCADE; CREATE SCHEMA crm; {table}")).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let version = |path: &Path| -> i32 { path.file_name().unwrap().to_str().unwrap()[1..4].parse().unwrap() };
    for file in files.iter().filter(|file| version(file) <= RELEASED) {
        let sql = std::fs::read_to_string(file).unwrap();
        owner
            .batch_execute(&format!("BEGIN; {sql}; COMMIT"))
            .unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
    }
    let rest = "INSERT INTO crm.schema_history SELECT * FROM history; SELECT crm.ensure_partitions()";
    owner.batch_execute(rest).unwrap();
}

/// Two agents with a card each; four mails: of either, of both, and one that ann looks after; the later, the longer
/// on the way.
fn fill(owner: &mut Client) -> Vec<Uuid> {
    let sql = "
        INSERT INTO crm.users (id, login, name, role) SELECT crm.id_floor(now() + n * interval '1 s'), login, login, 'agent'
        FROM unnest(ARRAY['ann', 'bob']) WITH ORDINALITY AS u (login, n);
        INSERT INTO crm.contact (id, name, owner_id) SELECT id, 'of ' || login, id FROM crm.users;
        INSERT INTO crm.mail (id, fingerprint, anonymous, source, direction, sent_at, received_at, mail_from, text, size)
        SELECT crm.id_floor(now() + n * interval '1 s'), int8send(n), false, 'inbox', 'in', now() - n * interval '1 hour', now(), '', '', 1
        FROM generate_series(1, 4) AS n;
        INSERT INTO crm.link (mail_id, contact_id)
        SELECT m.id, c.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM crm.mail) AS m
        JOIN crm.contact c ON c.name = 'of ann' AND m.n IN (1, 3, 4) OR c.name = 'of bob' AND m.n IN (2, 3);
        INSERT INTO crm.mail_handling (mail_id, owner_id) SELECT m.id, u.id FROM (SELECT id FROM crm.mail ORDER BY id DESC LIMIT 1) AS m,
            crm.users u WHERE u.login = 'ann'";
    owner.batch_execute(sql).unwrap_or_else(|error| panic!("{error:?}"));
    let ids = owner.query("SELECT id FROM crm.mail ORDER BY id", &[]).unwrap();
    ids.iter().map(|row| row.get(0)).collect()
}

#[test]
fn database_of_the_last_release_is_brought_up_to_date_with_the_mail_in_it() {
    let scratch = Scratch::migrated();
    let mut owner = scratch.client(Role::Owner);
    go_back(&mut owner);
    let mails = fill(&mut owner);
    let report = migrate(&scratch.config.url(Role::Owner)).unwrap();
    assert_eq!((report.from, report.to), (RELEASED, built_in_version()));

    // The times stand on what had none, and scopes know their holders.
    let wrong = "SELECT (SELECT count(*) FROM crm.link l JOIN crm.mail m ON m.id = l.mail_id WHERE l.sent_at <> m.sent_at)
               + (SELECT count(*) FROM crm.mail_handling h JOIN crm.mail m ON m.id = h.mail_id WHERE h.sent_at <> m.sent_at)
               + (SELECT count(*) FROM crm.scope_holder h
                  WHERE h.holders <> (SELECT count(*) FROM crm.scope_holder o WHERE o.scope_id = h.scope_id))";
    assert_eq!(owner.query_one(wrong, &[]).unwrap().get::<_, i64>(0), 0);
    assert_eq!(owner.query_one("SELECT count(*) FROM crm.link", &[]).unwrap().get::<_, i64>(0), 5);

    let desk = scratch.store(Role::Desk);
    let sent = MailPage { order: MailOrder::Sent, ..MailPage::default() };
    for (login, seen) in [("ann", vec![mails[0], mails[3]]), ("bob", vec![mails[1]])] {
        let store = desk.acting_as(login).unwrap();
        assert_eq!(store.mail_select(&MailFilter::default(), &sent).unwrap(), seen, "{login}");
    }
    let of_ann = MailFilter { owner: Some(desk.user_id("ann").unwrap()), ..MailFilter::default() };
    assert_eq!(desk.acting_as("ann").unwrap().mail_select(&of_ann, &sent).unwrap(), [mails[3]]);
}
