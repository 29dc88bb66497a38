//! How people write a change of a record or a ticket: `FIELD=VALUE`, an empty value empties, `+=` and `-=` add and
//! take away.
//!
//! It does not know which users, stages, origins and contacts there are: the store and the desk look them up by the
//! names that stand here, and say so if there is none.

use serde_json::{Map, Value};

/// Which fields there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Those of a record.
    Record,
    /// Those of a ticket.
    Ticket,
}

/// Statuses of a ticket.
pub const STATUSES: [&str; 6] = ["new", "open", "pending", "on_hold", "solved", "closed"];
/// Priorities of a ticket.
pub const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];

const RECORD: [&str; 8] = ["title", "owner", "office", "stage", "reference", "origin", "amount", "currency"];
const TICKET: [&str; 6] = ["subject", "owner", "status", "priority", "record", "contact"];
/// What must not be empty.
const NEEDED: [&str; 4] = ["title", "subject", "status", "priority"];

/// Changes, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// New values by field; null empties.
    pub fields: Map<String, Value>,
    /// Free fields of a record; null takes one away.
    pub free: Map<String, Value>,
    /// Contacts that become parties to a record.
    pub join: Vec<String>,
    /// Contacts that cease to be.
    pub leave: Vec<String>,
}

impl Changes {
    /// Reads `FIELD=VALUE` words.
    ///
    /// # Errors
    /// What is wrong, and what can be written instead.
    pub fn parse<T: AsRef<str>>(words: &[T], of: Of) -> Result<Changes, String> {
        let mut changes = Changes::default();
        for word in words {
            let word = word.as_ref();
            let Some((field, value)) = word.split_once('=') else {
                return Err(format!("`{word}` is no change: write FIELD=VALUE"));
            };
            changes.word(field.trim(), value.trim(), of)?;
        }
        Ok(changes)
    }

    fn word(&mut self, field: &str, value: &str, of: Of) -> Result<(), String> {
        if of == Of::Record {
            match (field, field.strip_prefix("field.")) {
                ("party+", _) => return push(&mut self.join, value),
                ("party-", _) => return push(&mut self.leave, value),
                (_, Some(name)) if !name.is_empty() => {
                    self.free.insert(name.to_owned(), text(value));
                    return Ok(());
                }
                _ => {}
            }
        }
        let fields: &[&str] = if of == Of::Record { &RECORD } else { &TICKET };
        if !fields.contains(&field) {
            let more = if of == Of::Record { ", party+, party-, field.NAME" } else { "" };
            return Err(format!("no field `{field}`; there are {}{more}", fields.join(", ")));
        }
        if value.is_empty() && NEEDED.contains(&field) {
            return Err(format!("{field} cannot be empty"));
        }
        let value = match field {
            "status" => one_of(field, &value.replace([' ', '-'], "_").to_lowercase(), &STATUSES)?,
            "priority" => one_of(field, &value.to_lowercase(), &PRIORITIES)?,
            "amount" => amount(value)?,
            "currency" => currency(value)?,
            _ => text(value),
        };
        match self.fields.insert(field.to_owned(), value) {
            Some(_) => Err(format!("{field} stands there twice")),
            None => Ok(()),
        }
    }

    /// A field that is set to a text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }
}

fn push(list: &mut Vec<String>, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("party+= and party-= need a contact: its id, address, phone or name".into());
    }
    list.push(value.to_owned());
    Ok(())
}

fn text(value: &str) -> Value {
    if value.is_empty() { Value::Null } else { value.into() }
}

fn one_of(field: &str, value: &str, known: &[&str]) -> Result<Value, String> {
    if known.contains(&value) {
        return Ok(value.into());
    }
    Err(format!("no {field} `{value}`; there are {}", known.join(", ")))
}

/// An amount, written without a currency and without signs between the thousands.
fn amount(value: &str) -> Result<Value, String> {
    let (whole, cents) = value.split_once('.').unwrap_or((value, "0"));
    let digits =
        |text: &str, most| !text.is_empty() && text.len() <= most && text.chars().all(|c| c.is_ascii_digit());
    if value.is_empty() || digits(whole, 15) && digits(cents, 4) {
        return Ok(text(value));
    }
    Err(format!("`{value}` is no amount: write 1234.50, and the currency apart"))
}

fn currency(value: &str) -> Result<Value, String> {
    let upper = value.to_uppercase();
    if value.is_empty() || upper.len() == 3 && upper.chars().all(|c| c.is_ascii_uppercase()) {
        return Ok(text(&upper));
    }
    Err(format!("`{value}` is no currency: write three letters, as EUR"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_read_and_mistakes_say_what_can_be_written() {
        let words =
            ["title=A = B", "owner=", "amount=1200.50", "currency=eur", "field.rooms=4", "party+=eva@b.test"];
        let changes = Changes::parse(&words, Of::Record).expect("all of them are fine");
        let fields = json!({ "title": "A = B", "owner": null, "amount": "1200.50", "currency": "EUR" });
        assert_eq!(Value::Object(changes.fields), fields);
        assert_eq!(
            (changes.free["rooms"].as_str(), changes.join),
            (Some("4"), vec!["eva@b.test".to_owned()])
        );
        let ticket = Changes::parse(&["status=On hold", "priority=HIGH"], Of::Ticket).expect("as written");
        assert_eq!((ticket.text("status"), ticket.text("priority")), (Some("on_hold"), Some("high")));
        for (word, of, complaint) in [
            ("title", Of::Record, "write FIELD=VALUE"),
            ("title= ", Of::Record, "title cannot be empty"),
            ("colour=red", Of::Record, "there are title, owner"),
            ("amount=1.200,50", Of::Record, "write 1234.50"),
            ("amount=-5", Of::Record, "is no amount"),
            ("currency=euro", Of::Record, "as EUR"),
            ("party+=", Of::Record, "need a contact"),
            ("field.=4", Of::Record, "no field `field.`"),
            ("status=done", Of::Ticket, "new, open, pending, on_hold, solved, closed"),
            ("party+=eva", Of::Ticket, "no field `party+`"),
        ] {
            let error = Changes::parse(&[word], of).expect_err(word);
            assert!(error.contains(complaint), "{word}: {error}");
        }
        assert!(Changes::parse(&["owner=a", "owner=b"], Of::Record).is_err());
    }
}
