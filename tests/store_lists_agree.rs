//! Lists that the owner's functions find show whoever asks exactly what the policies let that role see: each page of
//! each list is compared with a plain statement under row-level security.
//!
//! The functions begin each list elsewhere by how much there is of what; their thresholds are set so low here that
//! every way is gone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agree;
#[path = "agree/cards.rs"]
mod cards;
#[path = "scale/generate.rs"]
mod generate;
mod store_support;

use agree::{ASKERS, Chance, Thresholds, asker, filled, ids};
use crm_milter::store::cluster::Role;
use postgres::{Client, Statement};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store_support::Scratch;
use uuid::Uuid;

const PAGE: i32 = 7;
const PARTS: [&str; 18] = [
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
    "attachment",
    "unresolved",
    "unlinked",
    "locked",
    "among",
    "since",
    "until",
];
const ORDERS: [&str; 3] = ["recorded", "sent", "received"];

/// What a filter has, and the plain condition on `crm.mail m` that means the same.
#[derive(Clone)]
struct Part {
    name: &'static str,
    value: Value,
    condition: String,
}

fn part(name: &'static str, value: Value) -> Part {
    let text = value.as_str().unwrap_or_default();
    let link = |column: &str| {
        format!("EXISTS (SELECT FROM crm.link l WHERE l.mail_id = m.id AND l.{column} = '{text}')")
    };
    let party = |roles: &str| {
        format!("EXISTS (SELECT FROM crm.party p WHERE p.mail_id = m.id AND p.canonical = '{text}'{roles})")
    };
    let condition = match name {
        "direction" => format!("m.direction = '{text}'"),
        "source" => format!("m.source = '{text}'"),
        "user" => format!("m.filed_by = '{text}'"),
        "contact" => link("contact_id"),
        "record" => link("record_id"),
        "ticket" => link("ticket_id"),
        "from" => party(" AND p.role IN ('from', 'sender', 'reply-to')"),
        "to" => party(" AND p.role IN ('to', 'cc', 'bcc')"),
        "address" => party(""),
        "owner" => {
            format!(
                "EXISTS (SELECT FROM crm.mail_handling h WHERE h.mail_id = m.id AND h.owner_id = '{text}')"
            )
        }
        "locked" => {
            "EXISTS (SELECT FROM crm.mail_handling h WHERE h.mail_id = m.id AND h.locked_at IS NOT NULL)"
                .into()
        }
        "inbox" => format!(
            "EXISTS (SELECT FROM crm.intake i WHERE i.mail_id = m.id AND i.outcome <> 'duplicate' AND i.inbox = '{text}')"
        ),
        "unresolved" => "EXISTS (SELECT FROM crm.intake i WHERE i.mail_id = m.id AND i.outcome = 'unresolved'
                         AND i.resolved_at IS NULL)"
            .into(),
        "attachment" => "EXISTS (SELECT FROM crm.attachment f WHERE f.mail_id = m.id)".into(),
        // Whoever sees a mail only as its author must not learn whether it stands on somebody else's card.
        "unlinked" => "EXISTS (SELECT FROM crm.mail_access u WHERE u.mail_id = m.id
                       AND u.scope_id = ANY (crm.inbox_scopes()))"
            .into(),
        "among" => {
            let list: Vec<&str> = value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
            format!("m.id = ANY ('{{{}}}')", list.join(","))
        }
        // By the time of the order.
        "since" | "until" => "true".into(),
        other => panic!("no filter is called {other}"),
    };
    Part { name, value, condition }
}

/// What a role may filter by, so that something is met: of each kind what is frequent, and what is rare; and what is only
/// on mails that the role does not see.
fn parts(client: &mut Client, everything: &mut Client) -> Vec<Part> {
    let text = |value: &str| Value::from(value);
    let mut parts = vec![
        part("direction", text("in")),
        part("direction", text("out")),
        part("source", text("capture")),
        part("source", text("assistant-bcc")),
        part("inbox", text("info")),
        part("inbox", text("sales")),
        part("inbox", text("help")),
        part("from", text("often@b.test")),
        part("to", text("often@b.test")),
        part("address", text("often@b.test")),
        part("to", text("info@crm.test")),
    ];
    for flag in ["attachment", "unresolved", "unlinked", "locked"] {
        parts.push(part(flag, json!(true)));
    }
    for (name, column, table) in [
        ("contact", "contact_id", "link"),
        ("record", "record_id", "link"),
        ("ticket", "ticket_id", "link"),
        ("owner", "owner_id", "mail_handling"),
        ("user", "filed_by", "mail"),
        ("from", "canonical", "party"),
        ("address", "canonical", "party"),
    ] {
        let counted = |way: &str| {
            format!(
                "SELECT {column}::text FROM crm.{table} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) {way}, 1 LIMIT 40"
            )
        };
        let values = |client: &mut Client, way: &str| -> Vec<String> {
            client.query(&counted(way), &[]).unwrap().iter().map(|row| row.get(0)).collect()
        };
        let (often, seldom) = (values(client, "DESC"), values(client, "ASC"));
        let unseen = values(everything, "DESC").into_iter().find(|value| !often.contains(value));
        let chosen = [often.first(), seldom.first(), unseen.as_ref()];
        let chosen: BTreeSet<&String> = chosen.into_iter().flatten().collect();
        parts.extend(chosen.into_iter().map(|value| part(name, text(value))));
    }
    let all = ids(everything, "SELECT id FROM crm.mail ORDER BY md5(id::text) LIMIT 90");
    let among: Vec<Value> =
        all.iter().chain(&all[..3]).chain(&[Uuid::from_u128(7)]).map(|id| json!(id.to_string())).collect();
    parts.push(part("among", Value::Array(among)));
    let day = |days: i32| -> Value {
        let sql = "SELECT to_char((date_trunc('day', now()) - $1 * interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
        Value::from(everything.query_one(sql, &[&f64::from(days)]).unwrap().get::<_, String>(0))
    };
    let [early, late] = [200, 4].map(day);
    parts.push(part("since", early));
    parts.push(part("until", late));
    parts
}

/// A filter, and what the role sees of it in each order, the oldest first.
struct Case {
    filter: Value,
    name: String,
    expected: [Vec<Uuid>; 3],
}

impl Case {
    fn of(client: &mut Client, parts: &[Part]) -> Case {
        let filter: serde_json::Map<_, _> =
            parts.iter().map(|part| (part.name.to_owned(), part.value.clone())).collect();
        let time = |moment: &str, floor: &str| {
            let bound = |name: &str, sign: &str| match filter.get(name) {
                Some(at) => format!("{moment} {sign} {floor}('{}'::timestamptz)", at.as_str().unwrap()),
                None => "true".into(),
            };
            format!("{} AND {}", bound("since", ">="), bound("until", "<"))
        };
        let conditions: Vec<&str> = parts.iter().map(|part| &*part.condition).collect();
        let conditions = if conditions.is_empty() { "true".into() } else { conditions.join(" AND ") };
        let sql = format!(
            "SELECT array_agg(x.id ORDER BY x.id) FILTER (WHERE {}), array_agg(x.id ORDER BY x.sent, x.id) FILTER (WHERE {}),
                 array_agg(x.id ORDER BY x.received, x.id) FILTER (WHERE {})
             FROM (SELECT m.id, m.received_at AS received, least(m.sent_at, m.received_at) AS sent FROM crm.mail m WHERE {conditions}) AS x",
            time("x.id", "crm.id_floor"),
            time("x.sent", ""),
            time("x.received", ""),
        );
        let row = client.query_one(&sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let expected = [0, 1, 2].map(|n| row.get::<_, Option<Vec<Uuid>>>(n).unwrap_or_default());
        let name = parts.iter().map(|part| part.name).collect::<Vec<_>>().join("+");
        Case { filter: Value::Object(filter), name, expected }
    }
}

/// Compares pages with what is expected: all of them where there are few, otherwise the first and one behind it, or the last.
fn walk(
    mut page: impl FnMut(Option<Uuid>) -> Vec<Uuid>,
    expected: &[Uuid],
    chance: &mut Chance,
) -> Result<usize, String> {
    let size = usize::try_from(PAGE).unwrap();
    let starts: Vec<usize> = if expected.len() <= 2 * size {
        (0..=expected.len()).step_by(size).collect()
    } else {
        vec![
            0,
            if chance.below(3) > 0 { 1 + chance.below(expected.len() - size) } else { expected.len() - 4 },
        ]
    };
    for start in &starts {
        let after = start.checked_sub(1).map(|last| expected[last]);
        let found = page(after);
        let wanted = &expected[*start..expected.len().min(start + size)];
        if found != wanted {
            return Err(format!(
                "behind {after:?} of {}: found {found:?}, wanted {wanted:?}",
                expected.len()
            ));
        }
    }
    Ok(starts.len())
}

fn check(
    client: &mut Client,
    select: &Statement,
    case: &Case,
    chance: &mut Chance,
    every: bool,
) -> (usize, Vec<String>) {
    let mut complaints = Vec::new();
    let mut pages = 0;
    for (order, expected) in ORDERS.iter().zip(&case.expected) {
        let one = chance.below(2) == 0;
        for newest in [true, false] {
            if !every && newest != one {
                continue;
            }
            let mut expected = expected.clone();
            if newest {
                expected.reverse();
            }
            let page = |after: Option<Uuid>| -> Vec<Uuid> {
                let rows = client.query(select, &[&case.filter, order, &newest, &after, &PAGE]);
                let rows = rows.unwrap_or_else(|error| panic!("{} {order}: {error:?}", case.filter));
                rows.iter().map(|row| row.get(0)).collect()
            };
            match walk(page, &expected, chance) {
                Ok(count) => pages += count,
                Err(what) => complaints.push(format!("{} {order}, newest {newest}: {what}", case.name)),
            }
        }
    }
    (pages, complaints)
}

/// As released; what is few and what is many, as small as what there is here; and nothing being few.
const WAYS: [(&str, &str, &str); 3] =
    [("10000", "100000", "1 day"), ("20", "600", "5 days"), ("0", "1", "1 hour")];

/// One who asks, and what of: with every part of a filter alone, and with some together.
struct Asker {
    login: &'static str,
    client: Client,
    alone: Vec<Case>,
    together: Vec<Case>,
}

impl Asker {
    fn of(scratch: &Scratch, login: &'static str) -> Asker {
        let mut client = asker(scratch, login);
        let mut chance = Chance(login.bytes().map(u64::from).sum());
        let parts = parts(&mut client, &mut scratch.client(Role::Superuser));
        let mut alone = vec![Case::of(&mut client, &[])];
        alone.extend(parts.iter().map(|part| Case::of(&mut client, std::slice::from_ref(part))));
        let mut together = Vec::new();
        while together.len() < 20 {
            let some: Vec<Part> = (0..2 + together.len() % 2).map(|_| chance.one(&parts).clone()).collect();
            let names: BTreeSet<&str> = some.iter().map(|part| part.name).collect();
            if names.len() == some.len() {
                together.push(Case::of(&mut client, &some));
            }
        }
        Asker { login, client, alone, together }
    }

    /// Kinds of filters that meet nothing that the role sees.
    fn misses(&self) -> Vec<&'static str> {
        let meets =
            |name: &&str| self.alone.iter().any(|case| case.name == **name && !case.expected[0].is_empty());
        PARTS.into_iter().filter(|name| !meets(name)).collect()
    }

    /// What the lists begin with, as the owner sees it.
    fn begins(&self, owner: &mut Client) -> BTreeSet<String> {
        let role: String = match self.login {
            "" => "crm_desk".into(),
            login => format!("crm_u_{login}"),
        };
        let sql = "SELECT begins, position(') IS TRUE' IN query) > 0 FROM crm.mail_list($1::text::name, $2, $3, true, NULL, 7)";
        let list = owner.prepare(sql).unwrap();
        let mut begins = BTreeSet::new();
        for (at, case) in self.alone.iter().chain(&self.together).enumerate() {
            let row = owner.query_one(&list, &[&role, &case.filter, &ORDERS[at % 3]]).unwrap();
            begins.extend(row.get::<_, Option<String>>(0));
            begins.extend(row.get::<_, Option<bool>>(1).unwrap_or_default().then(|| "gathered".into()));
        }
        begins
    }

    /// How many pages were compared, and what does not agree; of each list `both` ways round, or one by chance.
    fn check(&mut self, both: bool) -> (usize, Vec<String>) {
        let select = self.client.prepare("SELECT * FROM crm.mail_select($1, $2, $3, $4, $5)").unwrap();
        let mut chance = Chance(11);
        let (mut pages, mut complaints) = (0, Vec::new());
        for (case, every) in
            self.alone.iter().map(|case| (case, both)).chain(self.together.iter().map(|case| (case, false)))
        {
            let (count, what) = check(&mut self.client, &select, case, &mut chance, every);
            pages += count;
            complaints.extend(what.into_iter().map(|what| format!("{}: {what}", self.login)));
        }
        (pages, complaints)
    }
}

#[test]
fn lists_of_mails_show_each_role_what_the_policies_let_it_see() {
    let scratch = filled();
    let unlinked = "SELECT m.id FROM crm.mail m WHERE NOT EXISTS (SELECT FROM crm.link l WHERE l.mail_id = m.id) ORDER BY 1";
    let unlinked = ids(&mut scratch.client(Role::Superuser), unlinked);
    let case = Case::of(&mut asker(&scratch, "adm"), &[part("unlinked", json!(true))]);
    assert!(unlinked.len() > 50 && unlinked == case.expected[0], "{unlinked:?}");
    let mut askers: Vec<Asker> = std::thread::scope(|scope| {
        let threads = ASKERS.map(|login| {
            scope.spawn({
                let scratch = &scratch;
                move || Asker::of(scratch, login)
            })
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for asker in &askers {
        let expected: &[&str] = if asker.login == "eve" { &["unlinked"] } else { &[] };
        assert_eq!(asker.misses(), expected, "{}: nothing was met by these", asker.login);
    }
    let thresholds = Thresholds::of(&scratch, &["mails_begin", "mail_select"]);
    let (mut pages, mut complaints, mut begins) = (0, Vec::new(), BTreeSet::new());
    for (few, many, width) in WAYS {
        thresholds.set("mails_begin", &[("100000", "MANY"), ("10000", few), ("MANY", many)]);
        thresholds.set("mail_select", &[("'1 day'", &format!("'{width}'"))]);
        let both = |asker: &Asker| few != "0" && !asker.login.is_empty();
        let found: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                askers.iter_mut().map(|asker| scope.spawn(move || asker.check(both(asker)))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut owner = scratch.client(Role::Owner);
        begins.extend(askers.iter().flat_map(|asker| asker.begins(&mut owner)));
        for (count, what) in found {
            pages += count;
            complaints.extend(what.into_iter().map(|what| format!("few are {few}: {what}")));
        }
    }
    println!("{pages} pages compared");
    let never = ["attachment", "direction", "since", "until", "unlinked"];
    for way in PARTS
        .into_iter()
        .filter(|name| !never.contains(name))
        .chain(["mail", "scopes", "windows", "gathered"])
    {
        assert!(begins.contains(way), "no list began with {way}: {begins:?}");
    }
    complaints.truncate(30);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn search_shows_each_role_what_the_policies_let_it_see() {
    let scratch = filled();
    let mut superuser = scratch.client(Role::Superuser);
    let thresholds = Thresholds::of(&scratch, &["search_mail"]);
    let queries =
        ["the", "kitchen", "quetzal", "\"sea view\"", "garden -quetzal", "nosuchword", "encina5 or faro7"];
    let mut met = 0;
    for few in ["100000", "600", "5"] {
        thresholds.set("search_mail", &[("100000", few)]);
        for login in ASKERS {
            let mut client = asker(&scratch, login);
            let seen: BTreeSet<Uuid> = ids(&mut client, "SELECT id FROM crm.mail").into_iter().collect();
            for query in queries {
                let words = format!(
                    "SELECT mail_id FROM crm.mail_search WHERE words @@ (websearch_to_tsquery('simple', '{query}')
                         || websearch_to_tsquery(crm.words_of('en'), '{query}')) ORDER BY 1 DESC"
                );
                let expected: Vec<Uuid> =
                    ids(&mut superuser, &words).into_iter().filter(|id| seen.contains(id)).collect();
                met += usize::from(!expected.is_empty());
                let page = |before: Option<Uuid>| -> Vec<Uuid> {
                    let sql = "SELECT * FROM crm.search_mail($1, $2, $3, 'en')";
                    let rows = client.query(sql, &[&query, &PAGE, &before]).unwrap();
                    rows.iter().map(|row| row.get(0)).collect()
                };
                if let Err(what) = walk(page, &expected, &mut Chance(3)) {
                    panic!("{login}, few are {few}, {query}: {what}");
                }
            }
        }
    }
    assert!(met >= 3 * ASKERS.len() * 4, "{met}");
}
