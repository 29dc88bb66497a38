//! Lead Metadata Specification 1.0: portals put the lead's fields into `<meta name="lead_…" content="…">` of
//! the HTML. Where they are, nothing need be guessed.

use super::contact::Ours;
use super::form::Lead;
use super::labels::{self, Field};
use super::phone::{self, Regions};
use super::{name, values};

/// The lead in a message's metadata; `None` without a name, address or telephone in it.
pub fn read(meta: &[(String, String)], ours: &Ours, regions: &Regions) -> Option<Lead> {
    let mut lead = Lead::default();
    let (mut first, mut last) = (None, None);
    for (key, value) in meta {
        let key = labels::normal(key);
        let Some(key) = key.strip_prefix("lead ") else { continue };
        if values::is_absent(value) {
            continue;
        }
        let one_line = values::tidy(value);
        let field = match field_of(key) {
            Some(field) => field,
            None => continue,
        };
        let place = match field {
            Field::Name => {
                lead.name = lead.name.take().or_else(|| name::of_value(&one_line));
                "name"
            }
            Field::FirstName => {
                first = first.or_else(|| name::of_value(&one_line));
                continue;
            }
            Field::LastName => {
                last = last.or_else(|| name::of_value(&one_line));
                continue;
            }
            Field::Email => {
                lead.email = lead.email.take().or_else(|| values::address(&one_line).filter(|a| !ours.is(a)));
                "email"
            }
            Field::Phone => {
                lead.phones.extend(phone::in_value(value, regions));
                lead.phones.dedup();
                "phones"
            }
            Field::Message => {
                lead.message = lead.message.take().or_else(|| Some(value.trim().to_owned()));
                "message"
            }
            Field::Reference => {
                lead.reference = lead.reference.take().or_else(|| Some(one_line.clone()));
                "reference"
            }
            Field::Source => {
                lead.source = lead.source.take().or_else(|| Some(one_line.clone()));
                "source"
            }
            Field::Company => {
                lead.company = lead.company.take().or_else(|| Some(one_line.clone()));
                "company"
            }
            _ => continue,
        };
        lead.explained("lead-metadata", place, &format!("lead_{key}: {value}"));
    }
    if lead.name.is_none()
        && let Some(joined) = name::join(first.as_deref(), last.as_deref())
    {
        lead.explained("lead-metadata", "name", &joined);
        lead.name = Some(joined);
    }
    lead.names_somebody().then_some(lead)
}

/// The field of a key without its `lead_`. The thing asked about may be named by any of several ids.
fn field_of(key: &str) -> Option<Field> {
    Some(match key {
        "property mls"
        | "property mls id"
        | "property mls number"
        | "mls"
        | "property id"
        | "property reference"
        | "property ref"
        | "listing id"
        | "property mlsid"
        | "reference"
        | "property listing id"
        | "vehicle stock"
        | "vehicle vin" => Field::Reference,
        "source" | "provider" | "source name" => Field::Source,
        "message" | "comments" | "comment" | "notes" | "inquiry" | "enquiry" => Field::Message,
        "phone" | "mobile" | "phone number" | "phone mobile" | "phone home" | "phone work" | "cell" => {
            Field::Phone
        }
        key => match labels::field(key)? {
            field @ (Field::Name | Field::FirstName | Field::LastName | Field::Email | Field::Company) => {
                field
            }
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lead_is_read_from_the_meta_elements() {
        let meta = [
            ("lead_information_version", "1.0"),
            ("lead_source", "Portal.example"),
            ("lead_name", "Ana Ruiz"),
            ("lead_email", "ana@customer.example"),
            ("lead_phone", "(212) 555-2368"),
            ("lead_property_mls", "A-4711"),
            ("lead_message", "Is it free?"),
            ("viewport", "width=device-width"),
        ];
        let meta = meta.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let lead = read(&meta, &Ours::default(), &Regions::new(["US"])).unwrap();
        assert_eq!(lead.name.as_deref(), Some("Ana Ruiz"));
        assert_eq!(lead.email.as_deref(), Some("ana@customer.example"));
        assert_eq!(lead.phones, ["+12125552368"]);
        assert_eq!(lead.reference.as_deref(), Some("A-4711"));
        assert_eq!(lead.source.as_deref(), Some("Portal.example"));
        assert_eq!(lead.message.as_deref(), Some("Is it free?"));
    }

    #[test]
    fn other_meta_elements_are_no_lead() {
        let meta = [("generator".to_owned(), "x".to_owned()), ("author".to_owned(), "Ana Ruiz".to_owned())];
        assert!(read(&meta, &Ours::default(), &Regions::default()).is_none());
    }
}
