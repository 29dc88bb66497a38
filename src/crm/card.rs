//! The card of a contact: what may stand in its fields, how people write a change of them, the links by which
//! it is called and written to, and what its state means for mail that nobody writes by hand.
//!
//! It does not know which types, stages, origins and users there are: the store looks them up by the names
//! that stand in [`Changes`], and says so if there is none.

use serde_json::{Map, Value, json};

/// Where a contact stands. Won and lost are states, not stages: the stage that it was lost on is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Being worked on.
    Open,
    /// Bought.
    Won,
    /// Will not buy.
    Lost,
    /// Out of every list; its blocks hold.
    Inactive,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [State::Open, State::Won, State::Lost, State::Inactive];

    /// The name used in SQL and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Won => "won",
            State::Lost => "lost",
            State::Inactive => "inactive",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Why a contact in this state gets no mail but what a colleague writes; `None`: it may get it.
    pub fn no_automatic_mail(self) -> Option<&'static str> {
        match self {
            State::Open | State::Won => None,
            State::Lost => Some("the contact is lost"),
            State::Inactive => Some("the contact is inactive"),
        }
    }
}

/// The fields that people change, with what they hold.
pub const FIELDS: [(&str, &str); 15] = [
    ("name", "name shown to people"),
    ("company", "name of the company, as text"),
    ("is-company", "yes or no"),
    ("job-title", "text"),
    ("type", "key of a type: client, collaborator, other or your own"),
    ("stage", "name of a stage of the contact's type"),
    ("state", "open, won, lost or inactive"),
    ("owner", "login of a user"),
    ("office", "name of an office"),
    ("origin", "key of an origin"),
    ("language", "code as en or es"),
    ("interests", "words between commas; += adds, -= removes"),
    ("stars", "0 to 3"),
    ("colour", "#rrggbb or one of red, orange, yellow, green, blue, purple, pink, brown, grey"),
    ("emoji", "one emoji"),
];

const COLOURS: [&str; 9] = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "grey"];

/// Changes of fields, by the names of the columns; null empties a field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// Reads `field=value`, `field=` (empties it), `interests+=a,b` and `interests-=a`.
    ///
    /// # Errors
    /// What is wrong with which of them, for people.
    pub fn parse<T: AsRef<str>>(assignments: &[T]) -> Result<Changes, String> {
        let mut changes = Changes::default();
        for assignment in assignments.iter().map(AsRef::as_ref) {
            let (field, value) = assignment
                .split_once('=')
                .ok_or_else(|| format!("`{assignment}` is no change: write FIELD=VALUE"))?;
            changes.set(field.trim(), value.trim())?;
        }
        Ok(changes)
    }

    /// One change; an empty value empties the field.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn set(&mut self, field: &str, value: &str) -> Result<(), String> {
        let (name, column, value) = match field.strip_suffix(['+', '-']) {
            Some("interests") => {
                let adds = field.ends_with('+');
                ("interests", if adds { "interests_add" } else { "interests_remove" }, words(value).into())
            }
            Some(other) => return Err(format!("only interests know += and -=, not {other}")),
            None => (field, column(field)?, checked(field, value)?),
        };
        let again = self.0.insert(column.to_owned(), value).is_some();
        if again { Err(format!("{name} is changed twice")) } else { Ok(()) }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a column, if it is changed to a text.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column).and_then(Value::as_str)
    }

    /// Puts what was found in place of a name.
    pub fn replace(&mut self, column: &str, value: impl Into<Value>) {
        self.0.insert(column.to_owned(), value.into());
    }

    /// As the store hands it to the database.
    pub fn as_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// One line each, for a preview.
    pub fn lines(&self) -> Vec<String> {
        let shown = |value: &Value| match value {
            Value::Null => "(empty)".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        let line = |(column, value): (&String, &Value)| match column.as_str() {
            "interests_add" => format!("interests, more: {}", shown(value)),
            "interests_remove" => format!("interests, fewer: {}", shown(value)),
            "is_company" => format!("is-company: {}", if *value == json!(true) { "yes" } else { "no" }),
            "job_title" => format!("job-title: {}", shown(value)),
            other => format!("{other}: {}", shown(value)),
        };
        self.0.iter().map(line).collect()
    }
}

fn column(field: &str) -> Result<&str, String> {
    match field {
        "job-title" => Ok("job_title"),
        "is-company" => Ok("is_company"),
        other if FIELDS.iter().any(|(name, _)| *name == other) => Ok(other),
        other => {
            let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            Err(format!("a contact has no field `{other}`; there are {}", names.join(", ")))
        }
    }
}

/// The value as the database takes it.
fn checked(field: &str, value: &str) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("{field}: `{value}` is not {what}"));
    let is_letters = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
    match field {
        "name" | "type" | "state" if value.is_empty() => Err(format!("{field} cannot be empty")),
        "interests" => Ok(words(value).into()),
        "stars" => match if value.is_empty() { "0" } else { value }.parse::<u8>() {
            Ok(stars @ 0..=3) => Ok(stars.into()),
            _ => wrong("0 to 3"),
        },
        "is-company" => match value {
            "yes" => Ok(true.into()),
            "no" | "" => Ok(false.into()),
            _ => wrong("yes or no"),
        },
        _ if value.is_empty() => Ok(Value::Null),
        "state" if State::from_name(value).is_none() => wrong("open, won, lost or inactive"),
        "language" if !(2..=3).contains(&value.len()) || !is_letters(value) => wrong("a code as en or es"),
        "colour" if !is_colour(value) => wrong(&format!("#rrggbb or one of {}", COLOURS.join(", "))),
        "emoji" if !is_emoji(value) => wrong("one emoji"),
        _ => Ok(value.into()),
    }
}

fn words(list: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        if !out.iter().any(|known| known == word) {
            out.push(word.to_owned());
        }
    }
    out
}

fn is_colour(text: &str) -> bool {
    let is_hexadecimal = |digits: &str| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    COLOURS.contains(&text) || text.strip_prefix('#').is_some_and(is_hexadecimal)
}

/// A few characters that are no letters and no controls, with what joins and colours them.
fn is_emoji(text: &str) -> bool {
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}');
    let is_part = |c: char| {
        joins(c)
            || matches!(c, '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{1f000}'..='\u{1faff}')
            || matches!(c, '\u{a9}' | '\u{ae}')
    };
    // The longest families are seven people and three joiners with selectors.
    text.chars().count() <= 12 && text.chars().all(is_part) && text.chars().next().is_some_and(|c| !joins(c))
}

/// The link that calls a number in E.164, `;ext=` included (RFC 3966).
pub fn tel_link(number: &str) -> String {
    format!("tel:{number}")
}

/// The link that opens a chat, for numbers without an extension.
pub fn whatsapp_link(number: &str) -> Option<String> {
    let digits = number.strip_prefix('+')?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| format!("https://wa.me/{digits}"))
}

/// The link that writes to an address: nothing in it begins a field or a second address (RFC 6068).
pub fn mailto_link(address: &str) -> String {
    let mut link = String::from("mailto:");
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_~!$'*+".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn several_fields_change_at_once_and_an_empty_value_empties() {
        let changes = Changes::parse(&["stars=3", "colour=#a0B1c2", "company=", "interests+=golf, sea,golf"]);
        let expected =
            json!({ "stars": 3, "colour": "#a0B1c2", "company": null, "interests_add": ["golf", "sea"] });
        assert_eq!(changes.unwrap().as_json(), expected);
        assert_eq!(Changes::parse(&["name=a=b"]).unwrap().text("name"), Some("a=b"));
    }

    #[test]
    fn wrong_value_is_refused_with_what_may_stand_there() {
        for (wrong, says) in [
            ("stars=4", "0 to 3"),
            ("stars=-1", "0 to 3"),
            ("colour=puce", "#rrggbb"),
            ("emoji=x", "one emoji"),
            ("emoji=\u{202e}", "one emoji"),
            ("state=sold", "won"),
            ("language=English", "en or es"),
            ("name=", "cannot be empty"),
            ("shoe=43", "no field"),
            ("name+=x", "only interests"),
            ("stars", "FIELD=VALUE"),
        ] {
            let error = Changes::parse(&[wrong]).unwrap_err();
            assert!(error.contains(says), "{wrong}: {error}");
        }
        assert!(Changes::parse(&["stars=1", "stars=2"]).unwrap_err().contains("twice"));
    }

    #[test]
    fn emoji_with_joiners_is_one_emoji() {
        for emoji in ["🏠", "❤️", "👩‍👩‍👧‍👦", "⭐"] {
            assert!(Changes::parse(&[format!("emoji={emoji}")]).is_ok(), "{emoji}");
        }
    }

    #[test]
    fn links_carry_nothing_but_the_address() {
        assert_eq!(mailto_link("ana+x@b.test"), "mailto:ana+x@b.test");
        assert_eq!(
            mailto_link("\"a?bcc=x&subject=y\"@b.test"),
            "mailto:%22a%3Fbcc%3Dx%26subject%3Dy%22@b.test"
        );
        assert_eq!(mailto_link("ñ@b.test"), "mailto:%C3%B1@b.test");
        assert_eq!(tel_link("+34600111222;ext=7"), "tel:+34600111222;ext=7");
        assert_eq!(whatsapp_link("+34600111222").as_deref(), Some("https://wa.me/34600111222"));
        assert_eq!(whatsapp_link("+34600111222;ext=7"), None);
    }

    #[test]
    fn lost_and_inactive_contacts_get_no_automatic_mail() {
        let told: Vec<bool> = State::ALL.iter().map(|state| state.no_automatic_mail().is_some()).collect();
        assert_eq!(told, [false, false, true, true]);
    }
}
