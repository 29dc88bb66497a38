//! Bodies that are XML of no known kind: `<lead><name>Ana</name>…</lead>`, elements as labels.

use super::lines::{Pair, Reading};
use crate::extract::{adf, labels};

/// Longest document read, and most pairs taken.
const TEXT: usize = 128 * 1024;
const PAIRS: usize = 200;

/// The pairs of a body that begins with a tag.
pub(super) fn read(text: &str) -> Option<Reading> {
    let text = text.trim_start();
    let named = text.strip_prefix('<')?.starts_with(|c: char| c == '?' || c.is_ascii_alphabetic());
    if !named || text.len() > TEXT || !text.contains("</") {
        return None;
    }
    let mut reading = Reading::default();
    adf::scan(text, |path, _, value| {
        let value = value.trim();
        if let Some(label) = path.last().filter(|_| !value.is_empty() && reading.pairs.len() < PAIRS) {
            let line = reading.pairs.len();
            let field = labels::field(label);
            let (label, value) = (label.clone(), value.to_owned());
            reading.pairs.push(Pair { field, label, value, line, own_side: false, rule: "form-xml" });
        }
    });
    reading.covered = reading.pairs.iter().filter(|p| p.field.is_some()).count();
    reading.lines = reading.pairs.len();
    (reading.covered >= 2).then_some(reading)
}
