//! Lists of contacts, and of what is made about cards: by the store's own verbs as each role, and by the functions.

use crate::agree::{ASKERS, Thresholds, asker, filled, ids};
use crm_milter::store::cluster::Role;
use crm_milter::store::{ActivityFilter, AddressFilter, IntakeFilter, OutboxFilter, Page, Store, TaskFilter};
use postgres::Client;
use serde_json::{Value, json};
use uuid::Uuid;

const PAGE: i64 = 7;

/// Filters of contacts, each with the plain condition that means the same.
fn contact_filters(client: &mut Client) -> Vec<(Value, String)> {
    let mut some = |column: &str| -> String {
        let sql = format!(
            "SELECT coalesce((SELECT {column}::text FROM crm.contact WHERE {column} IS NOT NULL GROUP BY 1
                 ORDER BY count(*) DESC, 1 LIMIT 1), gen_random_uuid()::text)"
        );
        client.query_one(&sql, &[]).unwrap().get(0)
    };
    let (owner, office, stage) = (some("owner_id"), some("office_id"), some("stage_id"));
    let (name, other): (String, String) = (some("name"), "00000000-0000-0000-0000-000000000001".into());
    let nobody = Uuid::nil().to_string();
    let day = "2026-03-01T00:00:00Z";
    let text = |part: &str| {
        format!(
            "(strpos(lower(c.name), '{part}') > 0 OR strpos(lower(c.company), '{part}') > 0
              OR EXISTS (SELECT FROM crm.contact_address a WHERE a.contact_id = c.id AND starts_with(a.address, '{part}')))"
        )
    };
    let first = name.to_lowercase().replace('\'', "");
    let first: String = first.split(' ').next().unwrap().into();
    vec![
        (json!({}), "true".into()),
        (json!({ "text": "ma" }), text("ma")),
        (json!({ "text": first }), text(&first)),
        (json!({ "text": "100%_'" }), "false".into()),
        (json!({ "owner": owner }), format!("c.owner_id = '{owner}'")),
        (json!({ "owner": other }), format!("c.owner_id = '{other}'")),
        (json!({ "owner": nobody }), "c.owner_id IS NULL".into()),
        (
            json!({ "owner": nobody, "office": office }),
            format!("c.owner_id IS NULL AND c.office_id = '{office}'"),
        ),
        (json!({ "type": "client" }), "c.type = 'client'".into()),
        (json!({ "stages": [stage, other] }), format!("c.stage_id IN ('{stage}', '{other}')")),
        (json!({ "state": "inactive" }), "c.state = 'inactive'".into()),
        (json!({ "state": "lost" }), "c.state = 'lost'".into()),
        (json!({ "stars": 2 }), "c.stars >= 2".into()),
        (json!({ "origin": "mail" }), "c.origin = 'mail'".into()),
        (json!({ "language": "en" }), "c.language = 'en'".into()),
        (json!({ "interest": "flats" }), "'flats' = ANY (c.interests)".into()),
        (json!({ "office": office }), format!("c.office_id = '{office}'")),
        (json!({ "updated_since": day }), format!("c.updated_at >= '{day}'")),
        (json!({ "created_since": day }), format!("c.id >= crm.id_floor('{day}')")),
        (json!({ "colour": "red" }), "c.colour = 'red'".into()),
        (
            json!({ "owner": owner, "type": "client", "language": "en" }),
            format!("c.owner_id = '{owner}' AND c.type = 'client' AND c.language = 'en'"),
        ),
        (json!({ "stars": 1, "text": "a" }), format!("c.stars >= 1 AND {}", text("a"))),
    ]
}

#[test]
fn lists_of_contacts_show_each_role_what_the_policies_let_it_see() {
    let scratch = filled();
    let mut chosen = ids(
        &mut scratch.client(Role::Superuser),
        "SELECT id FROM crm.contact ORDER BY md5(id::text) LIMIT 300",
    );
    chosen.extend([chosen[0], chosen[1], Uuid::from_u128(7)]);
    let list: Vec<String> = chosen.iter().map(Uuid::to_string).collect();
    let given = format!(" AND c.id = ANY ('{{{}}}')", list.join(","));
    let mut met = 0;
    for login in ASKERS {
        let mut client = asker(&scratch, login);
        let select = client.prepare("SELECT * FROM crm.contact_select($1, $2, $3, $4, $5)").unwrap();
        for (filter, condition) in contact_filters(&mut client) {
            let state = if filter.get("state").is_none() { " AND c.state <> 'inactive'" } else { "" };
            for (order, by) in [
                ("newest", "c.id DESC"),
                ("name", "lower(left(c.name, 200)), c.id"),
                ("updated", "c.updated_at DESC, c.id DESC"),
            ] {
                for among in [None, Some(&chosen)] {
                    let sql = format!(
                        "SELECT c.id FROM crm.contact c WHERE c.merged_into IS NULL AND c.erased_at IS NULL{state} AND {condition}{}
                         ORDER BY {by}",
                        if among.is_some() { &given } else { "" }
                    );
                    let expected = ids(&mut client, &sql);
                    met += usize::from(!expected.is_empty());
                    let mut page = |after: Option<Uuid>, most: Option<i64>| -> Vec<Uuid> {
                        let rows = client.query(&select, &[&filter, &order, &after, &most, &among]).unwrap();
                        rows.iter().map(|row| row.get(0)).collect()
                    };
                    let case = format!("{login}: {filter} {order} among {}", among.is_some());
                    assert_eq!(page(None, None), expected, "{case}");
                    let mut after = None;
                    for wanted in expected.chunks(usize::try_from(PAGE).unwrap()).take(3) {
                        assert_eq!(page(after, Some(PAGE)), wanted, "{case} behind {after:?}");
                        after = wanted.last().copied();
                    }
                    let last = expected.last().copied().or(Some(Uuid::nil()));
                    assert!(page(last, Some(PAGE)).is_empty(), "{case}, the end");
                }
            }
        }
        for part in ["ma", "garcia", "hold", "x", "zz", "%", "shared@"] {
            let mut found = ids(&mut client, &format!("SELECT crm.contacts_with('{part}', 100000)"));
            found.sort();
            let sql = format!(
                "SELECT c.id FROM crm.contact c WHERE strpos(lower(c.name), '{part}') > 0 OR strpos(lower(c.company), '{part}') > 0
                     OR EXISTS (SELECT FROM crm.contact_address a WHERE a.contact_id = c.id AND starts_with(a.address, '{part}')) ORDER BY 1"
            );
            assert_eq!(found, ids(&mut client, &sql), "{login}: contacts with {part}");
        }
    }
    assert!(met > 400, "{met}");
}

/// All pages of a list, put together.
fn all<T>(mut page: impl FnMut(Option<&T>) -> Vec<T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    loop {
        let more = page(found.last());
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The lists of the store, with the plain statement that shows the same.
fn work(store: &Store) -> Vec<(&'static str, Vec<String>, &'static str)> {
    const LIMIT: i64 = 130;
    let before = |id: Option<Uuid>| Page { before: id, limit: LIMIT };
    let names = |ids: Vec<Uuid>| ids.iter().map(Uuid::to_string).collect();
    let outbox = all(|last: Option<&Uuid>| {
        let lines = store.outbox_list(&OutboxFilter::default(), before(last.copied())).unwrap();
        lines.iter().map(|line| line.id).collect()
    });
    let activities = |done| {
        all(|last: Option<&Uuid>| {
            let filter = ActivityFilter { done, ..ActivityFilter::default() };
            let lines = store.activity_list(&filter, last.copied(), LIMIT).unwrap();
            lines.iter().map(|line| line.id).collect()
        })
    };
    let tasks = |done| {
        all(|last: Option<&Uuid>| {
            let lines =
                store.task_list(&TaskFilter { done, ..TaskFilter::default() }, last.copied(), LIMIT).unwrap();
            lines.iter().map(|line| line.id).collect()
        })
    };
    let intake = all(|last: Option<&Uuid>| {
        let lines = store
            .intake_list(&IntakeFilter::default(), Page { limit: 900, ..before(last.copied()) })
            .unwrap();
        lines.iter().map(|line| line.id).collect()
    });
    let unresolved = all(|last: Option<&Uuid>| {
        let lines = store.unresolved_list(None, None, before(last.copied())).unwrap();
        lines.iter().map(|line| line.id).collect()
    });
    let addresses =
        store.address_list(&AddressFilter { reason: None, before: None, limit: 100_000 }).unwrap();
    vec![
        ("outbox", names(outbox), "SELECT id::text FROM crm.outbox ORDER BY id DESC"),
        (
            "activity",
            names(activities(None)),
            "SELECT id::text FROM crm.activity ORDER BY coalesce(due_at, 'infinity'), id",
        ),
        (
            "activity, done",
            names(activities(Some(true))),
            "SELECT id::text FROM crm.activity WHERE completed_at IS NOT NULL ORDER BY coalesce(due_at, 'infinity'), id",
        ),
        (
            "task",
            names(tasks(false)),
            "SELECT id::text FROM crm.task WHERE completed_at IS NULL ORDER BY coalesce(due_at, 'infinity'), id",
        ),
        (
            "task, done",
            names(tasks(true)),
            "SELECT id::text FROM crm.task WHERE completed_at IS NOT NULL ORDER BY coalesce(due_at, 'infinity'), id",
        ),
        ("intake", names(intake), "SELECT id::text FROM crm.intake ORDER BY id DESC"),
        (
            "unresolved",
            names(unresolved),
            "SELECT id::text FROM crm.intake WHERE outcome = 'unresolved' AND resolved_at IS NULL ORDER BY id DESC",
        ),
        (
            "address",
            addresses.into_iter().map(|line| line.address.unwrap()).collect(),
            "SELECT address FROM crm.address_state WHERE off_at IS NOT NULL ORDER BY off_at DESC, digest",
        ),
    ]
}

#[test]
fn lists_of_work_show_each_role_what_the_policies_let_it_see() {
    let scratch = filled();
    let desk = scratch.wide_store(Role::Desk, 1);
    let thresholds = Thresholds::of(&scratch, &["few_cards", "few_about"]);
    // As released; what is about cards is much; the cards are many.
    for (cards, about) in [("3000", "3000"), ("3000", "60"), ("20", "3000")] {
        thresholds.set("few_cards", &[("3000", cards)]);
        thresholds.set("few_about", &[("3000", about)]);
        for login in ASKERS {
            let store = if login.is_empty() { desk.clone() } else { desk.acting_as(login).unwrap() };
            let mut client = asker(&scratch, login);
            for (list, found, sql) in work(&store) {
                let rows = client.query(sql, &[]).unwrap();
                let expected: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                assert!(!expected.is_empty(), "{login}: {list}");
                assert_eq!(found, expected, "{login}: {list}, few are {cards} and {about}");
            }
            // What the lists begin with tells nothing that they do not show.
            for table in ["task", "activity", "outbox"] {
                let sql = "SELECT crm.few_about($1), $2 AND crm.few_about($1) IS NULL";
                let is_released = login == "eve" && (cards, about) == ("3000", "3000");
                let row = client.query_one(sql, &[&table, &is_released]).unwrap();
                assert!(!row.get::<_, bool>(1), "{login}: {table}");
                if let Some(mut few) = row.get::<_, Option<Vec<Uuid>>>(0) {
                    few.sort();
                    assert_eq!(
                        few,
                        ids(&mut client, &format!("SELECT id FROM crm.{table} ORDER BY id")),
                        "{login}: {table}"
                    );
                }
            }
        }
    }
}
