//! The gate before every `text` and `jsonb` column: PostgreSQL refuses NUL, and what is shown in lists has
//! a length. The raw message is kept beside it as it was, so nothing is lost here.

use serde_json::Value;
use std::borrow::Cow;

/// Octets of names, addresses, reasons.
pub(super) const SHORT: usize = 1_000;
/// Octets of subjects, titles, Message-IDs.
pub(super) const LINE: usize = 4_000;
/// Octets of a mail's text: four times what the rules look at.
pub(super) const LONG: usize = 4 * crate::mail::limits::TEXT;

/// `text` without NUL (U+FFFD stands for it), cut at a character's end to at most `limit` octets.
pub(super) fn gate(text: &str, limit: usize) -> Cow<'_, str> {
    let cut = cut(text, limit);
    if !cut.contains('\0') {
        return Cow::Borrowed(cut);
    }
    // U+FFFD is longer than NUL: cut once more.
    let mut replaced = cut.replace('\0', "\u{FFFD}");
    replaced.truncate(self::cut(&replaced, limit).len());
    Cow::Owned(replaced)
}

fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The gate for what may be absent.
pub(super) fn gate_option(text: Option<&str>, limit: usize) -> Option<Cow<'_, str>> {
    text.map(|text| gate(text, limit))
}

/// The gate for every string and key of a JSON value. Depth is bounded by `serde_json`'s own limit where
/// it was parsed, and by the code where it was built.
pub(super) fn gate_json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(gate(text, LONG).into_owned()),
        Value::Array(items) => items.iter().map(gate_json).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (gate(name, SHORT).into_owned(), gate_json(value))).collect()
        }
        other => other.clone(),
    }
}

/// A time that PostgreSQL can hold; jiff's reach farther back.
pub(super) fn gate_time(time: jiff::Timestamp) -> Option<jiff::Timestamp> {
    // Year 1: nothing older was mailed.
    (time.as_second() >= -62_135_596_800).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_replaced_and_length_holds_at_a_characters_end() {
        assert_eq!(gate("plain", 100), "plain");
        assert_eq!(gate("a\0b", 100), "a\u{FFFD}b");
        assert_eq!(gate("aé", 2), "a");
        assert_eq!(gate("\0\0\0", 3), "\u{FFFD}");
        assert_eq!(gate("", 0), "");
        let value = serde_json::json!({"a\0": ["\0", {"b": 1}]});
        assert_eq!(gate_json(&value), serde_json::json!({"a\u{FFFD}": ["\u{FFFD}", {"b": 1}]}));
    }
}
