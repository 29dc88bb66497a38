//! What was odd about a message, or which rule found a field.

use serde::Serialize;

/// One remark about a message. Findings never stop the work; they are shown by `crmctl extract` and stored
/// with the intake line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name, in kebab case, stable over versions (`too-many-parts`, `charset-guessed`).
    pub rule: &'static str,
    /// Where in the message: a header field's name, `part 1.2`, `line 14`, or the field that was found.
    #[serde(rename = "where")]
    pub place: String,
    /// What stood there, cut to 200 characters, or the limit that was passed.
    pub what: String,
}

impl Finding {
    /// Longest `what`, in characters.
    const WHAT: usize = 200;

    /// A finding; `what` is cut to 200 characters.
    pub fn new(rule: &'static str, place: impl Into<String>, what: impl AsRef<str>) -> Self {
        let what = what.as_ref();
        let what = match what.char_indices().nth(Self::WHAT) {
            Some((end, _)) => format!("{}…", &what[..end]),
            None => what.to_owned(),
        };
        Finding { rule, place: place.into(), what }
    }
}
