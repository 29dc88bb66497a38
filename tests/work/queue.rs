//! The queue of an inbox: row B04.

use super::letters::{letter, policy, record, users};
use crate::store_support::Scratch;
use crm_milter::store::cluster::Role;
use std::collections::BTreeMap;
use uuid::Uuid;

#[test]
fn queue_is_fair_across_nodes_and_batches_and_passes_over_who_was_deactivated() {
    let scratch = Scratch::migrated();
    let people = users(&scratch, "agent", &["ann", "ben", "cleo", "dora"]);
    let mut root = scratch.client(Role::Superuser);
    root.execute("UPDATE crm.users SET deactivated_at = now() WHERE login = 'dora'", &[]).unwrap();
    let policy = policy(&["ann", "dora", "ben", "cleo"]);
    std::thread::scope(|nodes| {
        for node in 0..3 {
            let (policy, store) = (&policy, scratch.store(Role::Daemon));
            nodes.spawn(move || {
                for batch in 0..10 {
                    let letters: Vec<_> = (0..3)
                        .map(|n| {
                            letter(
                                &format!("{node}-{batch}-{n}"),
                                &format!("c{node}.{batch}.{n}@b.test"),
                                "info",
                            )
                        })
                        .collect();
                    record(&store, policy, &letters);
                }
            });
        }
    });
    let mut leads: BTreeMap<Uuid, i64> = BTreeMap::new();
    for row in root.query("SELECT owner_id, count(*) FROM crm.record GROUP BY 1", &[]).unwrap() {
        leads.insert(row.get(0), row.get(1));
    }
    assert_eq!(leads, people[..3].iter().map(|user| (*user, 30)).collect());
    // Whatever the order of the commits, each three turns in a row were three people's.
    let owners: Vec<Uuid> = root
        .query("SELECT owner_id FROM crm.record ORDER BY substr(code, 6)::int", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    for three in owners.chunks(3) {
        assert!(three[0] != three[1] && three[1] != three[2] && three[0] != three[2], "{owners:?}");
    }
    // A batch that is rolled back gives nobody's turn away.
    let served = |root: &mut postgres::Client| -> Vec<Uuid> {
        root.query_one("SELECT served FROM crm.queue WHERE inbox = 'info'", &[]).unwrap().get(0)
    };
    let before = served(&mut root);
    root.batch_execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'internal_error'; END $$;
         CREATE TRIGGER fail BEFORE INSERT ON crm.intake FOR EACH ROW EXECUTE FUNCTION fail()",
    )
    .unwrap();
    let store = scratch.store(Role::Daemon);
    let late = [letter("late", "late@b.test", "info")];
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| record(&store, &policy, &late)));
    assert!(failed.is_err());
    assert_eq!(served(&mut root), before);
}

#[test]
fn known_contact_stays_with_its_owner_and_what_is_new_goes_round() {
    let scratch = Scratch::migrated();
    users(&scratch, "agent", &["ann", "ben", "zoe"]);
    let (policy, store) = (policy(&["ann", "ben"]), scratch.store(Role::Daemon));
    let mut root = scratch.client(Role::Superuser);
    let decided = |content: &str, from: &str, inbox: &str| {
        let plans = record(&store, &policy, &[letter(content, from, inbox)]);
        plans[0].intakes[0].assignment.clone().unwrap()
    };
    let turn =
        |login: &str, inbox: &str| format!("owner: {login}, whose turn it is in the queue of inbox {inbox}");
    let owns = |inbox: &str| format!("owner: the contact's owner, who is in the queue of inbox {inbox}");
    assert_eq!(decided("1", "one@b.test", "info"), turn("ann", "info"));
    assert_eq!(decided("2", "two@b.test", "info"), turn("ben", "info"));
    assert_eq!(decided("3", "two@b.test", "info"), owns("info"));
    assert_eq!(decided("4", "two@b.test", "support"), owns("support"), "a known contact's ticket as well");
    // An owner who is not in the queue: a new ticket goes round, and the contact's owner hears of it.
    root.execute("UPDATE crm.contact SET owner_id = (SELECT id FROM crm.users WHERE login = 'zoe')", &[])
        .unwrap();
    assert_eq!(decided("5", "two@b.test", "support"), turn("ann", "support"));
    let told = "SELECT n.kind || ' ' || n.text FROM crm.notification n JOIN crm.users u ON u.id = n.user_id WHERE u.login = 'zoe'";
    let news: Vec<String> = root.query(told, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(news, ["news news from two@b.test"]);
}
