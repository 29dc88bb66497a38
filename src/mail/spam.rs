//! Spam markers: the fields by which a filter of our own host says that a message is spam.
//!
//! Where they stand depends on the filter. amavisd-new puts them on top. spamass-milter and rspamd append
//! them to the header, below all that the sender wrote, where anybody could have written them. So a marker
//! counts in the leading run, and elsewhere only if a probe has shown that this host strips forged fields of
//! that name. A marker further down that nobody vouches for says nothing: a forwarded or quoted-in header of
//! another host is no judgement of ours.
//!
//! Nobody wins by forging one: it hides their own mail. Nor does a missing one prove anything.

use super::leading::{self, Writer};
use super::message::{Field, Message};

/// A field that means spam if its body begins with that value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Field name.
    pub field: String,
    /// First word or words of the body; `Yes` finds `Yes, score=7.2` and not `Yesterday`.
    pub value: String,
}

/// What counts as a mark, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markers {
    /// The markers.
    pub markers: Vec<Marker>,
    /// Names of fields that a stranger cannot forge here, in lower case.
    pub proven: Vec<String>,
}

/// Most characters of a mark that are shown.
const SHOWN: usize = 60;

impl Markers {
    /// The mark of a message, `X-Spam-Flag: YES`. `received` is the number of `Received` fields of our own that
    /// stand above the message.
    pub fn find(&self, message: &Message, received: usize) -> Option<String> {
        let is_marker =
            |field: &Field| self.markers.iter().any(|m| m.field.eq_ignore_ascii_case(&field.name));
        let run = leading::run(message, received, |field| {
            // Which results are ours need not be known here.
            let passed = field.name.eq_ignore_ascii_case("Authentication-Results");
            if is_marker(field) { Some(Writer::Ours) } else { passed.then_some(Writer::Filter) }
        });
        let proven = |field: &&Field| self.proven.iter().any(|name| name.eq_ignore_ascii_case(&field.name));
        let anywhere = message.fields.iter().filter(proven);
        run.into_iter().chain(anywhere).find(|field| self.marks(field)).map(shown)
    }

    fn marks(&self, field: &Field) -> bool {
        let said = |marker: &Marker| begins_with(field.value.trim_start(), &marker.value);
        self.markers.iter().any(|m| m.field.eq_ignore_ascii_case(&field.name) && said(m))
    }
}

/// Whether `text` begins with those words, in any case.
fn begins_with(text: &str, words: &str) -> bool {
    let Some(start) = text.get(..words.len()) else { return false };
    let next = text[words.len()..].chars().next();
    start.eq_ignore_ascii_case(words) && next.is_none_or(|c| !(c.is_alphanumeric() || c == '-' || c == '_'))
}

fn shown(field: &Field) -> String {
    let mut value: String = field.value.trim().chars().take(SHOWN).collect();
    if field.value.trim().chars().nth(SHOWN).is_some() {
        value.push('…');
    }
    format!("{}: {value}", field.name)
}

#[cfg(test)]
mod tests {
    use super::super::message;
    use super::*;

    fn markers(proven: &[&str]) -> Markers {
        let all = [
            ("X-Spam-Flag", "YES"),
            ("X-Spam-Status", "Yes"),
            ("X-Spam", "Yes"),
            ("X-Rspamd-Action", "add header"),
            ("X-Filter", "spam"),
        ];
        let markers = all.map(|(field, value)| Marker { field: field.into(), value: value.into() });
        Markers { markers: markers.into(), proven: proven.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn found(header: &str, received: usize, proven: &[&str]) -> Option<String> {
        let raw = format!("{header}\nFrom: a@b.test\nX-Mailer: x\n{}\n\ntext\n", "X-Last: 1");
        markers(proven).find(&message::read(raw.as_bytes()), received)
    }

    #[test]
    fn marks_of_the_usual_filters_are_found_by_their_first_words() {
        for (header, want) in [
            ("X-Spam-Flag: YES", Some("X-Spam-Flag: YES")),
            ("x-spam-flag: yes", Some("x-spam-flag: yes")),
            ("X-Spam-Flag: NO", None),
            ("X-Spam-Flag:", None),
            ("X-Spam: Yes", Some("X-Spam: Yes")),
            (
                "X-Spam-Status: Yes, score=7.2 required=5.0",
                Some("X-Spam-Status: Yes, score=7.2 required=5.0"),
            ),
            ("X-Spam-Status: No, score=1.0 YES", None),
            ("X-Spam-Status: Yesterday", None),
            ("X-Spam-Status: Yes-but", None),
            ("X-Rspamd-Action: add header", Some("X-Rspamd-Action: add header")),
            ("X-Rspamd-Action: no action", None),
            ("X-Rspamd-Action: add headers", None),
            ("X-Spam-Score: 9\nX-Virus-Scanned: amavis\nX-Spam-Flag: YES", Some("X-Spam-Flag: YES")),
            ("X-Filter: Spam", Some("X-Filter: Spam")),
            ("Authentication-Results: mx.crm.test; spf=fail\nX-Filter: spam", Some("X-Filter: spam")),
        ] {
            assert_eq!(found(header, 0, &[]).as_deref(), want, "{header}");
        }
    }

    #[test]
    fn mark_below_the_senders_first_field_is_nobodys_unless_such_fields_are_stripped_here() {
        for header in [
            "Subject: x\nX-Spam-Flag: YES",
            "DKIM-Signature: v=1\nX-Spam-Flag: YES",
            "Received: from there\nX-Spam-Flag: YES",
            "X-Spam-Status: No\nReceived: from there\nX-Spam-Flag: YES",
        ] {
            assert_eq!(found(header, 0, &[]), None, "{header}");
            assert!(found(header, 0, &["x-spam-flag"]).is_some(), "{header}");
            assert_eq!(found(header, 0, &["x-spam", "x-spam-status"]), None, "{header}");
        }
    }

    #[test]
    fn our_own_line_of_the_journey_may_stand_above_the_mark() {
        let one = "Return-Path: <a@b.test>\nReceived: by mx.crm.test\nX-Spam-Flag: YES";
        assert!(found(one, 1, &[]).is_some());
        assert!(found(&format!("Received: by mx.crm.test\n{one}"), 1, &[]).is_none());
    }

    #[test]
    fn what_a_mark_says_is_shown_short() {
        let long = format!("X-Spam-Status: Yes, {}\n  tail", "ñ".repeat(500));
        let shown = found(&long, 0, &[]).expect("a mark");
        assert!(shown.chars().count() < 80 && shown.ends_with('…'), "{shown}");
        assert_eq!(found("X-Spam-Status: é", 0, &[]), None, "no character is cut");
    }
}
