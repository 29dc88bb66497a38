//! What a page of a list of mails reads: a few rows, however many there are, for everybody and by every filter.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use serde_json::{Value, json};
use store_support::company::Company;

const MAILS: i64 = 20_000;
/// A page has fifty mails; each costs its rows in a few tables.
const READ_AT_MOST: u64 = 2_000;

/// Mails in which everything that is filtered by is rare, or is what nearly all have.
fn fill(company: &Company) {
    let mut owner = company.scratch.client(Role::Owner);
    let ann = company.contacts["of ann"];
    let nobody = company.contacts["of nobody"];
    let bob = company.users["bob"];
    let made = format!(
        "CREATE TEMP TABLE made AS SELECT n, overlay((lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + n), 12, '0')
            || '70008' || lpad('', 15, '0'))::text PLACING '7' FROM 13 FOR 1)::uuid AS id,
            n % 2000 = 7 AS rare FROM generate_series(1, {MAILS}) AS n"
    );
    let statements = [
        made.as_str(),
        "INSERT INTO crm.mail (id, fingerprint, anonymous, source, direction, sent_at, received_at, recorded_at, mail_from,
             subject, text, filed_by, size)
         SELECT id, sha256(uuid_send(id)), false, CASE WHEN rare THEN 'capture' ELSE 'inbox' END, 'in',
             now() - n * interval '1 minute', now() - n * interval '1 minute', now(), 'x@b.test', 'mail ' || n, 'text',
             CASE WHEN rare THEN BOB::uuid END, 100 FROM made",
        "INSERT INTO crm.party (mail_id, position, role, address, canonical)
         SELECT id, 0, 'from', a, a FROM made, LATERAL (SELECT CASE WHEN rare THEN 'rare@b.test' ELSE 'often@b.test' END) AS x (a)
         UNION ALL SELECT id, 1, 'to', 'info@crm.test', 'info@crm.test' FROM made",
        "INSERT INTO crm.attachment (mail_id, position, media_type, sha256, size)
         SELECT id, 0, 'text/plain', sha256('x'), 1 FROM made WHERE n % 20 = 0",
        "INSERT INTO crm.link (mail_id, contact_id) SELECT id, NOBODY FROM made WHERE n % 1000 <> 9 AND NOT rare
         UNION ALL SELECT id, ANN FROM made WHERE rare",
        "INSERT INTO crm.intake (id, mail_id, spool_id, inbox, outcome, reason, door, received_at, mail_from)
         SELECT id, id, id, CASE WHEN rare THEN 'rare' ELSE 'info' END, CASE WHEN n % 1000 = 9 THEN 'unresolved' ELSE 'recorded' END,
             'a test', 'milter', now(), 'x@b.test' FROM made",
        "INSERT INTO crm.mail_handling (mail_id, owner_id, locked_at) SELECT id, BOB, CASE WHEN n > 10000 THEN now() END
         FROM made WHERE rare",
        "ANALYZE",
    ];
    for statement in statements {
        let text = [("ANN", ann), ("NOBODY", nobody), ("BOB", bob)]
            .iter()
            .fold(statement.to_owned(), |text, (name, id)| text.replace(name, &format!("'{id}'::uuid")));
        owner.batch_execute(&text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }
}

/// Rows that the scans of a plan met, and the tables that were read whole.
fn read(plan: &Value, whole: &mut Vec<String>) -> u64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    let kind = plan["Node Type"].as_str().unwrap();
    if kind == "Seq Scan" {
        whole.push(plan["Relation Name"].as_str().unwrap().to_owned());
    }
    let met =
        number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let own = if kind.contains("Scan") && plan.get("Relation Name").is_some() {
        met * number("Actual Loops")
    } else {
        0.0
    };
    let parts = plan["Plans"].as_array().into_iter().flatten();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let own = own as u64;
    own + parts.map(|part| read(part, whole)).sum::<u64>()
}

#[test]
fn page_of_mails_reads_few_rows_whoever_asks_for_whatever_in_whichever_order() {
    const GROWING: [&str; 10] = [
        "mail",
        "party",
        "attachment",
        "link",
        "intake",
        "mail_access",
        "mail_handling",
        "contact",
        "record",
        "ticket",
    ];
    let company = Company::new();
    fill(&company);
    let (ann, bob) = (company.contacts["of ann"].to_string(), company.users["bob"].to_string());
    let recorded = ["recorded"];
    let each = ["recorded", "sent", "received"];
    let filters: Vec<(Value, &[&str])> = vec![
        (json!({}), &each),
        (json!({ "direction": "in" }), &each),
        (json!({ "since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z" }), &each),
        (json!({ "attachment": true }), &each),
        (json!({ "contact": ann }), &each),
        (json!({ "from": "rare@b.test" }), &each),
        (json!({ "address": "rare@b.test", "direction": "in" }), &each),
        (json!({ "from": "often@b.test" }), &recorded),
        (json!({ "owner": bob }), &each),
        (json!({ "unlinked": true }), &recorded),
        (json!({ "unresolved": true }), &recorded),
        (json!({ "inbox": "info" }), &recorded),
        (json!({ "inbox": "rare" }), &recorded),
        (json!({ "source": "capture" }), &recorded),
        (json!({ "user": bob }), &recorded),
        (json!({ "locked": true }), &each),
    ];
    let mut worst = (0, String::new());
    for login in ["", "adm", "ann"] {
        let store =
            if login.is_empty() { company.desk.clone() } else { company.desk.acting_as(login).unwrap() };
        let mut client = store.connection().unwrap();
        let role: String = client.query_one("SELECT current_user::text", &[]).unwrap().get(0);
        // As crm.mail_select runs it, which is the owner's.
        let mut owner = company.scratch.client(Role::Owner);
        let settings = "SELECT set_config(split_part(c, '=', 1), split_part(c, '=', 2), false)
             FROM pg_proc, unnest(proconfig) AS c WHERE proname = 'mail_select' AND c LIKE 'enable_%'";
        assert_eq!(owner.query(settings, &[]).unwrap().len(), 5);
        for (filter, orders) in &filters {
            for order in *orders {
                for (newest, behind) in [(true, false), (false, true)] {
                    let select = "SELECT max(x::text)::uuid FROM crm.mail_select($1, $2, $3, NULL, 5) AS x";
                    let after: Option<uuid::Uuid> =
                        client.query_one(select, &[filter, order, &newest]).unwrap().get(0);
                    let after = after.filter(|_| behind);
                    let list = "SELECT query, begins FROM crm.mail_list($1::text::name, $2, $3, $4, $5, 50)";
                    let list = owner.query_one(list, &[&role, filter, order, &newest, &after]).unwrap();
                    let (query, begins): (String, String) = (list.get(0), list.get(1));
                    if login == "ann" && filter.get("from").is_some() && filter.get("direction").is_none() {
                        let expected = if filter["from"] == "often@b.test" { "windows" } else { "from" };
                        assert_eq!(begins, expected, "{query}");
                    }
                    // All windows of time at once.
                    let whole = match *order {
                        "recorded" => [uuid::Uuid::nil(), uuid::Uuid::max()].map(|id| format!("'{id}'")),
                        _ => ["'-infinity'".to_owned(), "'infinity'".to_owned()],
                    };
                    let query = query.replace("$1", &whole[0]).replace("$2", &whole[1]).replace("$3", "50");
                    let explain = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}");
                    let plan: Value = owner.query_one(&explain, &[]).unwrap().get(0);
                    let mut whole = Vec::new();
                    let rows = read(&plan[0]["Plan"], &mut whole);
                    let case = format!("{login} {filter} {order} newest {newest} behind {after:?}");
                    let grows = |table: &String| {
                        GROWING.iter().any(|name| table == name || table.starts_with(&format!("{name}_2")))
                    };
                    assert!(!whole.iter().any(grows), "{case} reads {whole:?} whole: {query}\n{plan:#}");
                    assert!(rows <= READ_AT_MOST, "{case} reads {rows} rows: {query}\n{plan:#}");
                    if rows > worst.0 {
                        worst = (rows, case);
                    }
                }
            }
        }
    }
    println!("the dearest of {MAILS} mails: {} reads {} rows", worst.1, worst.0);
}
