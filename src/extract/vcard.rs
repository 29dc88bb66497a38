//! Business cards (row X15): vCard 2.1, 3.0 and 4.0 in attachments, through the `calcard` crate.
//!
//! A card that cannot be read gives nothing; so does one without name, address and telephone.

use super::phone::{self, Regions};
use crate::mail::message::Attachment;
use calcard::vcard::{VCard, VCardProperty, VCardValue};
use calcard::{Entry, Parser};
use serde::Serialize;

/// Largest file read, in octets; how much of it is parsed when its pictures are left out; most cards in it; most
/// addresses and most telephones of a card.
const FILE: usize = 1024 * 1024;
const TEXT: usize = 128 * 1024;
const CARDS: usize = 64;
const VALUES: usize = 32;

/// What a card says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    /// `FN`, else `N` put together.
    pub name: Option<String>,
    /// `EMAIL`, as written.
    pub emails: Vec<String>,
    /// `TEL` in E.164; those that are no number of any plan are left out.
    pub phones: Vec<String>,
    /// `ORG`, its parts with commas between.
    pub org: Option<String>,
    /// `TITLE`, else `ROLE`.
    pub title: Option<String>,
}

/// The cards in an attachment, if it is one.
pub fn read(attachment: &Attachment, regions: &Regions) -> Vec<Card> {
    let named = attachment.name.as_deref().is_some_and(|n| n.to_ascii_lowercase().ends_with(".vcf"));
    let typed = matches!(
        attachment.media_type.as_str(),
        "text/vcard" | "text/x-vcard" | "text/directory" | "application/vcard"
    );
    if !(named || typed) || attachment.content.len() > FILE {
        return Vec::new();
    }
    of_bytes(&attachment.content, regions)
}

/// The cards in the content of a file.
pub fn of_bytes(content: &[u8], regions: &Regions) -> Vec<Card> {
    let text = match std::str::from_utf8(content) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        // 2.1 cards of old telephones: octets above 127 in the sender's code page, most often this one.
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(content).0,
    };
    if !text.to_ascii_uppercase().contains("BEGIN:VCARD") {
        return Vec::new();
    }
    let text = without_pictures(&text);
    let mut parser = Parser::new(&text);
    let mut cards = Vec::new();
    // The parser reports what it cannot read line by line; a file of such lines ends here.
    for _ in 0..CARDS * 16 {
        match parser.entry() {
            Entry::VCard(card) => cards.extend(of_card(&card, regions)),
            Entry::Eof => break,
            _ => {}
        }
        if cards.len() == CARDS {
            break;
        }
    }
    cards
}

/// The first [`TEXT`] octets without pictures, sounds and keys: the parser keeps many times the size of a line.
fn without_pictures(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines() {
        // What follows them unfolded, as some telephones write it, is no property: there is no colon.
        if inside && (line.starts_with([' ', '\t']) || !line.contains(':')) {
            continue;
        }
        let name = line.split([';', ':']).next().unwrap_or(line);
        inside = ["PHOTO", "LOGO", "SOUND", "KEY"].iter().any(|n| name.eq_ignore_ascii_case(n));
        if inside {
            continue;
        }
        if out.len() + line.len() >= TEXT {
            break;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn of_card(card: &VCard, regions: &Regions) -> Option<Card> {
    let mut out = Card::default();
    let mut parts = None;
    let mut role = None;
    for entry in &card.entries {
        let value = || text(&entry.values);
        match entry.name {
            VCardProperty::Fn => out.name = out.name.or_else(value),
            VCardProperty::N => parts = parts.or_else(|| name_parts(&entry.values)),
            VCardProperty::Email => {
                if let Some(address) = value().as_deref().and_then(super::values::address)
                    && out.emails.len() < VALUES
                    && !out.emails.contains(&address)
                {
                    out.emails.push(address);
                }
            }
            VCardProperty::Tel if out.phones.len() < VALUES => {
                let written = value().unwrap_or_default();
                for number in phone::in_value(
                    written.trim_start_matches("tel:").replace(";ext=", " ext ").as_str(),
                    regions,
                ) {
                    if out.phones.len() < VALUES && !out.phones.contains(&number) {
                        out.phones.push(number);
                    }
                }
            }
            VCardProperty::Org => out.org = out.org.or_else(|| components(&entry.values)),
            VCardProperty::Title => out.title = out.title.or_else(value),
            VCardProperty::Role => role = role.or_else(value),
            _ => {}
        }
    }
    out.name = out.name.or(parts);
    out.title = out.title.or(role);
    (out.name.is_some() || !out.emails.is_empty() || !out.phones.is_empty()).then_some(out)
}

/// The first text of a property.
fn text(values: &[VCardValue]) -> Option<String> {
    strings(values).into_iter().find(|v| !v.is_empty())
}

/// A structured property's parts, with commas between.
fn components(values: &[VCardValue]) -> Option<String> {
    let parts: Vec<String> = strings(values).into_iter().filter(|v| !v.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `N` is family; given; additional; prefix; suffix.
fn name_parts(values: &[VCardValue]) -> Option<String> {
    let parts = strings(values);
    let part = |at: usize| parts.get(at).map(String::as_str).filter(|v| !v.is_empty());
    let name: Vec<&str> = [part(1), part(2), part(0)].into_iter().flatten().collect();
    (!name.is_empty()).then(|| name.join(" "))
}

fn strings(values: &[VCardValue]) -> Vec<String> {
    // Base64 with a wrong label holds any octets.
    let tidy = |s: &str| {
        let words = s.split(|c: char| c.is_whitespace() || c.is_control());
        words.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let mut out = Vec::new();
    for value in values {
        match value {
            VCardValue::Text(text) => out.push(tidy(text)),
            VCardValue::Component(parts) => out.extend(parts.iter().map(|p| tidy(p))),
            VCardValue::Integer(number) => out.push(number.to_string()),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards(text: &str) -> Vec<Card> {
        of_bytes(text.as_bytes(), &Regions::new(["ES"]))
    }

    #[test]
    fn picture_before_the_name_does_not_hide_it() {
        let picture = " TWFuIGlzIGRpc3Rpbmd1aXNo\n".repeat(20_000);
        let card =
            format!("BEGIN:VCARD\nVERSION:3.0\nPHOTO;ENCODING=b:\n{picture}FN:Ana\u{7} Ruiz\nEND:VCARD\n");
        assert_eq!(cards(&card)[0].name.as_deref(), Some("Ana Ruiz"));
    }

    #[test]
    fn all_three_versions_are_read() {
        let v21 = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ru=C3=ADz;Ana\r\nTEL;CELL:600112233\r\nEMAIL;INTERNET:ana@customer.example\r\nORG:Sol SL;Ventas\r\nEND:VCARD\r\n";
        let v30 = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Ruíz\nN:Ruíz;Ana;;;\nitem1.EMAIL;TYPE=INTERNET:ana@customer.example\nTEL;TYPE=CELL:+34 600 11 22 33\nORG:Sol SL;Ventas\nEND:VCARD\n";
        let v40 = "BEGIN:VCARD\nVERSION:4.0\nFN:Ana Ruíz\nEMAIL:ana@customer.example\nTEL;VALUE=uri;TYPE=\"voice,cell\":tel:+34-600-112-233\nORG:Sol SL;Ventas\nEND:VCARD\n";
        for text in [v21, v30, v40] {
            let card = &cards(text)[0];
            assert_eq!(card.name.as_deref(), Some("Ana Ruíz"), "{text}");
            assert_eq!(card.emails, ["ana@customer.example"], "{text}");
            assert_eq!(card.phones, ["+34600112233"], "{text}");
            assert_eq!(card.org.as_deref(), Some("Sol SL, Ventas"), "{text}");
        }
    }

    #[test]
    fn several_cards_and_broken_ones_do_no_harm() {
        let two = "BEGIN:VCARD\nVERSION:3.0\nFN:A\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:B\nEND:VCARD\n";
        assert_eq!(cards(two).len(), 2);
        for text in ["", "BEGIN:VCARD", "BEGIN:VCARD\nTEL:\nEND:VCARD", "hello"] {
            assert!(cards(text).is_empty(), "{text}");
        }
    }
}
