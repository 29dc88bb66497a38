//! Merging two contacts, and undoing it.
//!
//! Each statement moves the rows of one table and gives them back as they were; together they are kept in
//! `contact_merge.moved`, and the undoing hands each its part again. What was added, moved on or taken away
//! since the merge is a person's decision: it stays where it is, and the undoing names what it left.
//!
//! It moves what the connection sees. A mail that stands on something that the user may not see stays on the
//! old contact, whose card nobody lists; merging the same two once more as somebody who sees it moves the rest.
//! Mails never change: their links move, and their parties keep who it was.

use super::text::gate_json;
use super::{Error, Result, Store};
use crate::crm::merge;
use postgres::Transaction;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// One table's part of a merge.
struct Part {
    /// Its name in `moved`, and what people call a row.
    noun: &'static str,
    merge: &'static str,
    unmerge: &'static str,
    /// What names a row.
    key: &'static [&'static str],
}

const PARTS: [Part; 5] = [
    Part {
        noun: "address",
        merge: include_str!("sql/contact_address_merge.sql"),
        unmerge: include_str!("sql/contact_address_unmerge.sql"),
        key: &["address"],
    },
    Part {
        noun: "phone",
        merge: include_str!("sql/contact_phone_merge.sql"),
        unmerge: include_str!("sql/contact_phone_unmerge.sql"),
        key: &["number"],
    },
    Part {
        noun: "mail",
        merge: include_str!("sql/link_merge.sql"),
        unmerge: include_str!("sql/link_unmerge.sql"),
        key: &["mail_id"],
    },
    Part {
        noun: "record",
        merge: include_str!("sql/record_party_merge.sql"),
        unmerge: include_str!("sql/record_party_unmerge.sql"),
        key: &["record_id"],
    },
    Part {
        noun: "relation",
        merge: include_str!("sql/contact_relation_merge.sql"),
        unmerge: include_str!("sql/contact_relation_unmerge.sql"),
        key: &["person_id", "company_id"],
    },
];

/// Parts whose rows belong to one contact unless they are shared, with the statement that says which.
const OWNED: [(&str, &str, &str); 2] = [
    ("address", "address", include_str!("sql/contact_address_own.sql")),
    ("phone", "number", include_str!("sql/contact_phone_own.sql")),
];

/// What a merge moved.
#[derive(Debug, Clone, Serialize)]
pub struct Merged {
    /// The merge.
    pub id: Uuid,
    /// The contact that is no more.
    pub from: Uuid,
    /// The contact that stays.
    pub into: Uuid,
    /// How many rows moved, by what they are.
    pub moved: BTreeMap<String, usize>,
    /// Fields that the contact that stays took over.
    pub fields: Vec<String>,
    /// How much stays on the old contact, as whoever merged does not see or own it.
    pub left: i64,
}

/// What undoing a merge brought back.
#[derive(Debug, Clone, Serialize)]
pub struct Unmerged {
    /// The contact that is itself again.
    pub contact: Uuid,
    /// The contact that it had been merged into.
    pub from: Uuid,
    /// How many rows moved back, by what they are.
    pub moved: BTreeMap<String, usize>,
    /// What was changed since the merge and stays where it is.
    pub stays: Vec<String>,
}

/// How often a merge that met a deadlock is tried again: mail that is just being recorded locks contacts in
/// the order of its links.
const ATTEMPTS: usize = 3;

impl Store {
    /// Merges a contact into another.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are one and nothing is left to move, or either was merged into a third; [`Error::NotFound`].
    pub fn contact_merge(&self, from: Uuid, into: Uuid) -> Result<Merged> {
        if from == into {
            return Err(Error::Invalid("both are the same contact already".into()));
        }
        self.again(|t| merge_in(t, from, into))
    }

    /// Undoes the merges of a contact.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it was not merged, or its target was merged on since.
    pub fn contact_unmerge(&self, contact: Uuid) -> Result<Unmerged> {
        self.again(|t| unmerge_in(t, contact))
    }

    fn again<T>(&self, work: impl Fn(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut attempt = 1;
        loop {
            match self.transaction(&work) {
                Err(error) if error.sqlstate() == Some("40P01") && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }
}

/// A contact of a merge, locked.
struct Locked {
    merged_into: Option<Uuid>,
    row: Value,
}

fn lock(t: &mut Transaction<'_>, ids: [Uuid; 2]) -> Result<[Locked; 2]> {
    let rows = t.query(include_str!("sql/contact_merge_lock.sql"), &[&&ids[..]])?;
    let find = |id: Uuid| {
        let row = rows.iter().find(|row| row.get::<_, Uuid>(0) == id);
        row.map(|row| Locked { merged_into: row.get(1), row: row.get(2) })
            .ok_or_else(|| Error::NotFound { noun: "contact", name: id.to_string() })
    };
    Ok([find(ids[0])?, find(ids[1])?])
}

fn merge_in(t: &mut Transaction<'_>, from: Uuid, into: Uuid) -> Result<Merged> {
    let [source, target] = lock(t, [from, into])?;
    if source.merged_into.is_some_and(|other| other != into) || target.merged_into.is_some() {
        return Err(Error::Invalid("one of them was merged into a third one meanwhile; look again".into()));
    }
    let mut moved = Map::new();
    for part in &PARTS {
        moved.insert(part.noun.into(), t.query_one(part.merge, &[&from, &into])?.get(0));
    }
    for (noun, key, statement) in OWNED {
        let own: Vec<String> = rows(&moved, noun)
            .filter(|row| row["both"] == true && row["shared"] == false)
            .filter_map(|row| row[key].as_str().map(str::to_owned))
            .collect();
        t.execute(statement, &[&into, &own, &false])?;
        moved.insert(format!("own_{noun}"), json!(own));
    }
    let scope: Option<String> = block_scope(t, into)?;
    let rest: Value = t.query_one(include_str!("sql/contact_merge_rest.sql"), &[&from, &into])?.get(0);
    let fields =
        if source.merged_into.is_none() { merge::filled(&source.row, &target.row) } else { Map::new() };
    t.execute(include_str!("sql/contact_fill.sql"), &[&into, &Value::Object(fields.clone())])?;
    t.execute(include_str!("sql/contact_merge_mark.sql"), &[&from, &into])?;
    // Marking hands a block for everybody on to the target, where both are blocked.
    let widened =
        scope.is_some_and(|scope| scope == "inbox") && block_scope(t, into)?.as_deref() == Some("all");
    moved.insert("widened".into(), widened.into());
    let mut counts: BTreeMap<String, usize> =
        PARTS.iter().map(|part| (part.noun.into(), rows(&moved, part.noun).count())).collect();
    for (table, ids) in rest.as_object().into_iter().flatten() {
        counts.insert(table.clone(), ids.as_array().map_or(0, Vec::len));
    }
    counts.retain(|_, count| *count > 0);
    if source.merged_into.is_some() && counts.is_empty() {
        return Err(Error::Invalid("both are the same contact already".into()));
    }
    let names = fields.keys().map(|field| field.strip_suffix("_id").unwrap_or(field).to_owned()).collect();
    moved.insert("rest".into(), rest);
    moved.insert("filled".into(), Value::Object(fields));
    moved.insert("before".into(), target.row);
    let id = Uuid::now_v7();
    let kept = gate_json(&Value::Object(moved));
    t.execute(include_str!("sql/contact_merge_insert.sql"), &[&id, &from, &into, &kept])?;
    let left = t.query_one(include_str!("sql/contact_merge_left.sql"), &[&from])?.get(0);
    Ok(Merged { id, from, into, moved: counts, fields: names, left })
}

fn block_scope(t: &mut Transaction<'_>, contact: Uuid) -> Result<Option<String>> {
    let row = t.query_opt(include_str!("sql/contact_block_scope.sql"), &[&contact])?;
    Ok(row.map(|row| row.get(0)))
}

fn unmerge_in(t: &mut Transaction<'_>, contact: Uuid) -> Result<Unmerged> {
    let merges = t.query(include_str!("sql/contact_merge_open.sql"), &[&contact])?;
    let into: Uuid = match merges.first() {
        Some(row) => row.get(1),
        None => return Err(Error::Invalid(format!("{contact} was not merged into another contact"))),
    };
    let [_, target] = lock(t, [contact, into])?;
    if let Some(third) = target.merged_into {
        return Err(Error::Invalid(format!(
            "{into}, into which it was merged, was itself merged into {third} since; undo that first"
        )));
    }
    t.execute(include_str!("sql/contact_merge_mark.sql"), &[&contact, &None::<Uuid>])?;
    let mut done = Unmerged { contact, from: into, moved: BTreeMap::new(), stays: Vec::new() };
    for row in &merges {
        let moved: Value = row.get(2);
        let moved = moved.as_object().cloned().unwrap_or_default();
        bring_back(t, contact, into, &moved, &mut done)?;
        let now = lock(t, [contact, into])?;
        let filled = moved.get("filled").and_then(Value::as_object).cloned().unwrap_or_default();
        let (back, since) = merge::restored(&filled, &moved["before"], &now[1].row);
        t.execute(include_str!("sql/contact_fill.sql"), &[&into, &Value::Object(back)])?;
        done.stays.extend(since.into_iter().map(|field| format!("field {field}")));
        if moved.get("widened") == Some(&Value::Bool(true)) {
            t.execute(include_str!("sql/contact_block_narrow.sql"), &[&into])?;
        }
        t.execute(include_str!("sql/contact_merge_undone.sql"), &[&row.get::<_, Uuid>(0)])?;
    }
    done.moved.retain(|_, count| *count > 0);
    Ok(done)
}

fn bring_back(
    t: &mut Transaction<'_>,
    contact: Uuid,
    into: Uuid,
    moved: &Map<String, Value>,
    done: &mut Unmerged,
) -> Result<()> {
    // The target's become shared again first: each has one contact of its own.
    for (noun, _, statement) in OWNED {
        let own: Vec<&str> = rows(moved, &format!("own_{noun}")).filter_map(Value::as_str).collect();
        t.execute(statement, &[&into, &own, &true])?;
    }
    for part in &PARTS {
        let was = moved.get(part.noun).cloned().unwrap_or_else(|| json!([]));
        let back = t.query(part.unmerge, &[&contact, &into, &was])?;
        let back: HashSet<String> = back.iter().map(|row| row.get(0)).collect();
        for row in rows(moved, part.noun) {
            let key: Vec<&str> = part.key.iter().filter_map(|column| row[*column].as_str()).collect();
            note(done, part.noun, &key.join(" "), &back);
        }
    }
    let Some(rest) = moved.get("rest").and_then(Value::as_object) else { return Ok(()) };
    let of = |ids: &Value| -> Vec<Uuid> {
        let texts = ids.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.filter_map(|id| Uuid::try_parse(id).ok()).collect()
    };
    let all: Vec<Uuid> = rest.values().flat_map(of).collect();
    let back = t.query(include_str!("sql/contact_unmerge_rest.sql"), &[&contact, &into, &all])?;
    let back: HashSet<String> = back.iter().map(|row| row.get(0)).collect();
    for (table, ids) in rest {
        for id in of(ids) {
            note(done, table, &id.to_string(), &back);
        }
    }
    Ok(())
}

/// Counts a row that moved back, or names one that stays.
fn note(done: &mut Unmerged, noun: &str, key: &str, back: &HashSet<String>) {
    if back.contains(key) {
        *done.moved.entry(noun.to_owned()).or_default() += 1;
    } else {
        done.stays.push(format!("{noun} {key}"));
    }
}

fn rows<'a>(moved: &'a Map<String, Value>, noun: &str) -> impl Iterator<Item = &'a Value> {
    moved.get(noun).and_then(Value::as_array).into_iter().flatten()
}
