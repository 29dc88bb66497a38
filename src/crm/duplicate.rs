//! When two contacts are the same one: they have a canonical address or a phone in common. Nothing else makes
//! them the same, no name and no company; and having no address is nothing that two have in common.

use crate::extract::phone::{self, Regions};
use crate::mail::address;

/// The keys by which a contact is one with another, in the order in which every writer claims them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Canonical addresses with the form shown to people and their places, sorted by address.
    pub addresses: Vec<(String, String, i16)>,
    /// Phones in E.164 with their places, sorted.
    pub phones: Vec<(String, i16)>,
}

/// What the keys depend on.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Whether local parts differ by case.
    pub case_sensitive: bool,
    /// Region of phones that are written without a country code.
    pub region: &'a str,
}

impl Keys {
    /// The keys of what a person wrote. Empty texts are no keys; one that is written twice is one.
    ///
    /// # Errors
    /// Which text is no address or phone.
    pub fn read<T: AsRef<str>>(addresses: &[T], phones: &[T], reading: Reading) -> Result<Keys, String> {
        let mut keys = Keys::default();
        for (place, written) in (0i16..).zip(written(addresses)) {
            let canonical = address::canonical(written, reading.case_sensitive)
                .ok_or_else(|| format!("`{written}` is no mail address; leave it out if there is none"))?;
            if !keys.addresses.iter().any(|(known, ..)| *known == canonical) {
                keys.addresses.push((canonical, written.to_owned(), place));
            }
        }
        for (place, written) in (0i16..).zip(written(phones)) {
            let number = number(written, reading.region)?;
            if !keys.phones.iter().any(|(known, _)| *known == number) {
                keys.phones.push((number, place));
            }
        }
        keys.addresses.sort();
        keys.phones.sort();
        Ok(keys)
    }
}

fn written<T: AsRef<str>>(texts: &[T]) -> impl Iterator<Item = &str> {
    texts.iter().map(|text| text.as_ref().trim()).filter(|text| !text.is_empty())
}

/// A phone in E.164.
///
/// # Errors
/// The text is none, or needs its country code.
pub fn number(written: &str, region: &str) -> Result<String, String> {
    match phone::in_value(written, &Regions::new([region])).as_slice() {
        [number] => Ok(number.clone()),
        [] => Err(format!(
            "`{written}` is no phone of {region}; one of another country begins with + and its code"
        )),
        _ => Err(format!("`{written}` is more than one phone; give each by itself")),
    }
}

/// Who has an address or phone already, for the person who wants it. Of a contact that this person may not
/// see, only its owner is told: that is whom to ask, and the refusal itself has said the rest.
pub fn holder(name: Option<&str>, owner: Option<&str>) -> String {
    let owner = owner.filter(|login| !login.is_empty());
    match (name, owner) {
        (Some(name), Some(owner)) => format!("{name}, owner {owner}"),
        (Some(name), None) => format!("{name}, without an owner"),
        (None, Some(owner)) => format!("a contact of {owner}"),
        (None, None) => "a contact that you may not see".into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SPAIN: Reading = Reading { case_sensitive: false, region: "ES" };

    #[test]
    fn no_address_and_no_phone_are_no_keys() {
        assert_eq!(Keys::read(&["", " "], &["", "\t"], SPAIN).unwrap(), Keys::default());
        for none in ["-", "none", "n/a", "@", "no tiene"] {
            assert!(Keys::read(&[none], &[], SPAIN).is_err(), "{none}");
            assert!(Keys::read(&[], &[none], SPAIN).is_err(), "{none}");
        }
    }

    #[test]
    fn keys_are_the_same_however_they_are_written() {
        let keys = Keys::read(&["Ana@B.test", "ana@b.test"], &["600 111 222", "+34 600-111-222"], SPAIN);
        let keys = keys.unwrap();
        assert_eq!(keys.addresses, [("ana@b.test".into(), "Ana@B.test".into(), 0)]);
        assert_eq!(keys.phones, [("+34600111222".into(), 0)]);
    }

    #[test]
    fn holder_of_a_hidden_contact_is_told_by_its_owner_alone() {
        assert_eq!(holder(Some("Ana"), Some("ben")), "Ana, owner ben");
        assert_eq!(holder(None, Some("ben")), "a contact of ben");
        assert_eq!(holder(None, Some("")), "a contact that you may not see");
    }
}
