//! Two contacts that are one person: what the one that stays takes from the other.
//!
//! The one that stays keeps what it has; the other fills what is empty there. The lines of both cards move
//! (see `store::merge`); fields are decided here, so that the undoing knows what the merge itself had put
//! there: what was changed since then is a person's decision and stays.

use serde_json::{Map, Value, json};

/// Fields that are taken over where the target has none.
const FILLED: [&str; 8] =
    ["company", "job_title", "language", "origin", "owner_id", "office_id", "colour", "emoji"];

/// What changes in the target, by column, from the columns of both.
pub fn filled(source: &Value, target: &Value) -> Map<String, Value> {
    let mut changes = Map::new();
    for field in FILLED {
        if target[field].is_null() && !source[field].is_null() {
            changes.insert(field.to_owned(), source[field].clone());
        }
    }
    if source["stars"].as_i64() > target["stars"].as_i64() {
        changes.insert("stars".into(), source["stars"].clone());
    }
    let interests = |contact: &Value| contact["interests"].as_array().cloned().unwrap_or_default();
    let mut all = interests(target);
    for interest in interests(source) {
        if !all.contains(&interest) {
            all.push(interest);
        }
    }
    if all != interests(target) {
        changes.insert("interests".into(), json!(all));
    }
    changes
}

/// What the undoing puts back: the fields that still hold what the merge had put there, as they were before.
/// The second value names the fields that were changed since.
pub fn restored(
    filled: &Map<String, Value>,
    before: &Value,
    now: &Value,
) -> (Map<String, Value>, Vec<String>) {
    let mut back = Map::new();
    let mut since = Vec::new();
    for (field, put) in filled {
        if now[field] == *put {
            back.insert(field.clone(), before[field].clone());
        } else {
            since.push(field.strip_suffix("_id").unwrap_or(field).replace('_', "-"));
        }
    }
    (back, since)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn target_keeps_what_it_has_and_the_other_fills_what_is_empty() {
        let source = json!({ "company": "A", "language": "es", "stars": 2, "interests": ["sea", "golf"] });
        let target = json!({ "company": "B", "language": null, "stars": 1, "interests": ["golf"] });
        let changes = filled(&source, &target);
        assert_eq!(json!(changes), json!({ "language": "es", "stars": 2, "interests": ["golf", "sea"] }));
        assert!(filled(&target, &source).is_empty());
    }

    #[test]
    fn undoing_puts_back_only_what_the_merge_had_put_there() {
        let put = json!({ "language": "es", "owner_id": "x" });
        let before = json!({ "language": null, "owner_id": null });
        let now = json!({ "language": "es", "owner_id": "y" });
        let (back, since) = restored(put.as_object().unwrap(), &before, &now);
        assert_eq!((json!(back), since), (json!({ "language": null }), vec!["owner".to_owned()]));
    }
}
