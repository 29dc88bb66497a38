//! Tickets and what their contacts answer: row W26.

use super::letters::{answer, letter, policy, record, users};
use crate::store_support::Scratch;
use crm_milter::store::cluster::Role;

#[test]
fn answer_reopens_a_solved_ticket_and_to_a_closed_one_opens_another_that_names_it() {
    let scratch = Scratch::migrated();
    users(&scratch, "administrator", &["ann"]);
    let (policy, store) = (policy(&[]), scratch.store(Role::Daemon));
    let mut desk = scratch.client(Role::Desk);
    let asked = letter("broken", "eva@b.test", "support");
    record(&store, &policy, std::slice::from_ref(&asked));
    let mut times = |status: &str| -> (String, bool, bool) {
        if !status.is_empty() {
            desk.execute("UPDATE crm.ticket SET status = $1", &[&status]).unwrap();
        }
        let sql =
            "SELECT status, solved_at IS NOT NULL, closed_at IS NOT NULL FROM crm.ticket ORDER BY id LIMIT 1";
        let row = desk.query_one(sql, &[]).unwrap();
        (row.get(0), row.get(1), row.get(2))
    };
    assert_eq!(times("solved"), ("solved".into(), true, false));
    let again = record(&store, &policy, &[answer("still broken", &asked, "support")]);
    assert!(again[0].tickets.is_empty());
    assert_eq!(times(""), ("open".into(), false, false));
    assert_eq!(times("closed"), ("closed".into(), true, true));
    let late = record(&store, &policy, &[answer("broken again", &asked, "support")]);
    assert_eq!(times(""), ("closed".into(), true, true), "closed is closed");
    let reason = &late[0].intakes[0].reason;
    assert!(reason.contains("-00001 is closed, ticket opened"), "{reason}");
    let sql = "SELECT n.code, o.code, (SELECT count(*) FROM crm.link l WHERE l.ticket_id = n.id), \
               (SELECT count(*) FROM crm.link l WHERE l.ticket_id = o.id), c.name \
               FROM crm.ticket n JOIN crm.ticket o ON o.id = n.follows_id JOIN crm.contact c ON c.id = n.contact_id";
    let row = scratch.client(Role::Desk).query_one(sql, &[]).unwrap();
    let codes: (String, String) = (row.get(0), row.get(1));
    assert!(codes.0.ends_with("-00002") && codes.1.ends_with("-00001"), "{codes:?}");
    assert_eq!((row.get::<_, i64>(2), row.get::<_, i64>(3), row.get::<_, &str>(4)), (1, 2, "eva@b.test"));
}
