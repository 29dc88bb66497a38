//! Tickets and what their contacts answer: row W26.

use super::letters::{answer, letter, policy, record, users};
use crate::store_support::Scratch;
use crate::store_support::desk::Desk;
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

/// The inbox in whose name comments go out.
pub const SUPPORT: &str =
    "[[inbox]]\nkey = \"support\"\naddress = \"support@crm.test\"\nkind = \"tickets\"\n";

#[test]
fn ticket_is_changed_commented_and_its_times_are_kept() {
    let desk = Desk::with(SUPPORT);
    users(&desk.scratch, "administrator", &["ann", "ben"]);
    let letters = [letter("broken", "eva@b.test", "support"), letter("slow", "leo@b.test", "support")];
    record(&desk.scratch.store(Role::Daemon), &policy(&[]), &letters);
    let codes = desk.json(&["ticket", "list"]);
    let code = codes[1]["code"].as_str().unwrap();
    desk.text(&["record", "add", "--title", "Repair"]);
    desk.text(&["ticket", "set", code, "status=On hold", "priority=high", "owner=ben", "record=DEAL-1"]);
    let ticket = desk.json(&["ticket", "show", code]);
    assert_eq!((ticket["status"].as_str(), ticket["priority"].as_str()), (Some("on_hold"), Some("high")));
    assert_eq!((ticket["owner"].as_str(), ticket["record"].as_str()), (Some("ben"), Some("DEAL-1")));
    assert_eq!(desk.json(&["record", "show", "DEAL-1"])["tickets"][0]["code"], code);
    // A comment goes out; a note is for colleagues.
    let said = desk.text(&["ticket", "comment", code, "We are looking at it"]);
    assert!(said.contains("goes to "), "{said}");
    desk.text(&["ticket", "note", code, "Third time this year"]);
    let page = desk.text(&["ticket", "show", code]);
    assert!(page.contains("wrote (waits to be sent)") && page.contains("noted for colleagues"), "{page}");
    let comments = desk.json(&["ticket", "show", code])["comments"].clone();
    assert_eq!(
        (comments[0]["is_public"].as_bool(), comments[1]["is_public"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(desk.client().query_one("SELECT count(*) FROM crm.outbox", &[]).unwrap().get::<_, i64>(0), 1);
    assert!(desk.refused(&["ticket", "comment", code, "  "]).1.contains("there is no text"));
    assert!(desk.refused(&["ticket", "note", code, "  "]).1.contains("needs a text"));
    let status = |status: &str| {
        desk.text(&["ticket", "set", code, &format!("status={status}")]);
        let ticket = desk.json(&["ticket", "show", code]);
        (ticket["solved_at"].is_string(), ticket["closed_at"].is_string())
    };
    assert_eq!(
        [status("solved"), status("closed"), status("pending")],
        [(true, false), (true, true), (false, false)]
    );
    assert_eq!(
        desk.json(&["ticket", "list", "--status", "unsolved", "--owner", "ben"]).as_array().unwrap().len(),
        1
    );
    assert_eq!(desk.json(&["ticket", "list", "--status", "new"])[0]["subject"], "slow");
    let (code_of, error) = desk.refused(&["ticket", "set", code, "status=done"]);
    assert!(code_of == 65 && error.contains("on_hold"), "{error}");
}
