//! Bodies that are JSON, as webhook relays and home-made forms mail them: an object of fields, or a list of
//! `{"label": …, "value": …}`.

use super::lines::{Pair, Reading};
use crate::extract::labels;
use serde_json::Value;

/// Longest JSON read, and most pairs taken.
const TEXT: usize = 128 * 1024;
const PAIRS: usize = 200;

/// The pairs of a body whose first line with text, or one of its first few, opens a JSON value.
pub(super) fn read(text: &str) -> Option<Reading> {
    let mut offset = 0;
    for line in text.lines().take(12) {
        let start = offset + (line.len() - line.trim_start().len());
        if line.trim_start().starts_with('{') || line.trim_start().starts_with("[{") || line.trim() == "[" {
            return read_at(text.get(start..)?);
        }
        offset += line.len() + 1;
    }
    None
}

fn read_at(text: &str) -> Option<Reading> {
    if text.len() > TEXT {
        return None;
    }
    let value = serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok()?;
    let mut reading = Reading::default();
    walk(&value, "", &mut reading);
    let known = reading.pairs.iter().filter(|p| p.field.is_some()).count();
    reading.covered = known;
    reading.lines = reading.pairs.len();
    (known > 0).then_some(reading)
}

fn walk(value: &Value, label: &str, reading: &mut Reading) {
    if reading.pairs.len() >= PAIRS {
        return;
    }
    match value {
        Value::Object(fields) => {
            if let Some((label, value)) = labelled(fields) {
                return push(label, value, reading);
            }
            fields.iter().for_each(|(key, value)| walk(value, key, reading));
        }
        Value::Array(items) => {
            if items.iter().all(|i| !i.is_object() && !i.is_array()) {
                let joined: Vec<String> = items.iter().filter_map(scalar).collect();
                return push(label, joined.join(", "), reading);
            }
            items.iter().for_each(|item| walk(item, label, reading));
        }
        other => {
            if let Some(text) = scalar(other) {
                push(label, text, reading);
            }
        }
    }
}

/// `{"label": "Name", "value": "Ana"}` in its several wordings.
fn labelled(fields: &serde_json::Map<String, Value>) -> Option<(&str, String)> {
    let text = |keys: &[&str]| keys.iter().find_map(|k| fields.get(*k));
    let label = text(&["label", "question", "field", "title", "key", "name"])?.as_str()?;
    let value = scalar(text(&["value", "answer", "text", "content"])?)?;
    (fields.len() <= 6).then_some((label, value))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn push(label: &str, value: String, reading: &mut Reading) {
    let field = labels::field(label);
    let line = reading.pairs.len();
    reading.pairs.push(Pair {
        field,
        label: label.to_owned(),
        value,
        line,
        own_side: false,
        rule: "form-json",
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::labels::Field;

    #[test]
    fn objects_and_lists_of_answers_are_read() {
        for text in [
            r#"{"firstName":"Ana","email":"ana@customer.example","phone":"600112233"}"#,
            r#"{"form":{"fields":{"first_name":"Ana","e-mail":"ana@customer.example","tel":600112233}}}"#,
            "New entry:\n\n[{\"label\":\"First name\",\"value\":\"Ana\"},{\"label\":\"Email\",\"value\":\"ana@customer.example\"},{\"label\":\"Phone\",\"value\":\"600112233\"}]\n-- \nsent",
        ] {
            let found: Vec<(Option<Field>, String)> =
                read(text).unwrap().pairs.into_iter().map(|p| (p.field, p.value)).collect();
            assert_eq!(
                found,
                [
                    (Some(Field::FirstName), "Ana".to_owned()),
                    (Some(Field::Email), "ana@customer.example".to_owned()),
                    (Some(Field::Phone), "600112233".to_owned())
                ]
            );
        }
    }

    #[test]
    fn what_is_not_json_is_left_alone() {
        for text in ["{", "{}", "[1,2,3]", "Hello {name},\nhow are you", "{\"a\":"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
