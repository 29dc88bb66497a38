//! Mailboxes as quoted header blocks show them: with links, "on behalf of", addresses of Exchange and Notes.
//!
//! Lists as such are taken apart by [`address::parse_list`]; here stands only what quoting clients add.

use crate::mail::address::{self, Mailbox};
use std::borrow::Cow;

/// Mailboxes as written in a header block.
pub fn mailboxes(value: &str) -> Vec<Mailbox> {
    let value = without_links(cut_behalf(value));
    let value = without_notes(&value);
    let mut boxes: Vec<Mailbox> = if value.contains(';') {
        // Exchange parts mailboxes by semicolons; commas then belong to names: `Doe, John; Roe, Jane`.
        value.split(';').filter(|piece| !piece.trim().is_empty()).flat_map(one_or_more).collect()
    } else {
        address::parse_list(&value)
    };
    for mailbox in &mut boxes {
        tidy(mailbox);
    }
    boxes.retain(|m| m.name.is_some() || m.address.is_some());
    boxes
}

/// The author in the value of a `From` label: one mailbox, whose name may hold a comma.
pub fn first(value: &str) -> Option<Mailbox> {
    if value.contains('@') || value.contains(';') || value.matches(',').count() != 1 {
        return mailboxes(value).into_iter().next();
    }
    let mut mailbox = Mailbox { name: Some(value.trim().to_owned()), address: None };
    tidy(&mut mailbox);
    Some(mailbox)
}

fn one_or_more(piece: &str) -> Vec<Mailbox> {
    if piece.contains('@') {
        return address::parse_list(piece);
    }
    vec![Mailbox { name: Some(piece.trim().to_owned()), address: None }]
}

/// The value with Notes' names cut to the name: `Ann Smith/Sales/Acme@ACME`, `Ann Smith@ACME`.
fn without_notes(value: &str) -> Cow<'_, str> {
    let canonical = |piece: &str| {
        let (name, domain) = piece.rsplit_once('@')?;
        let local = !domain.trim().is_empty()
            && domain.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let person = name.contains('/') || name.trim().contains(' ');
        (local && person && !piece.contains(['<', '[']))
            .then(|| name.split('/').next().unwrap_or(name).to_owned())
    };
    if !value.contains('@') || !value.split([',', ';']).any(|piece| canonical(piece).is_some()) {
        return Cow::Borrowed(value);
    }
    let pieces: Vec<String> =
        value.split([',', ';']).map(|piece| canonical(piece).unwrap_or_else(|| piece.to_owned())).collect();
    Cow::Owned(pieces.join(";"))
}

/// The value with `<mailto:…>` taken out where the address stands there anyway, and as plain `<…>` elsewhere.
fn without_links(value: &str) -> Cow<'_, str> {
    const LINK: &str = "<mailto:";
    if !value.contains(LINK) {
        return Cow::Borrowed(value);
    }
    let links: Vec<&str> = value
        .match_indices(LINK)
        .filter_map(|(at, _)| value[at + LINK.len()..].split(['>', '?']).next())
        .collect();
    let mut bare = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once(LINK) {
        bare.push_str(before);
        bare.push('\u{1}');
        rest = after.split_once('>').map_or("", |(_, rest)| rest);
    }
    bare.push_str(rest);
    let lower = bare.to_lowercase();
    let mut out = String::with_capacity(value.len());
    for (piece, link) in bare.split('\u{1}').zip(links.iter().map(Some).chain([None])) {
        out.push_str(piece);
        if let Some(link) = link
            && !lower.contains(&link.to_lowercase())
        {
            out.push_str(" <");
            out.push_str(link);
            out.push('>');
        }
    }
    Cow::Owned(out)
}

/// The value up to "on behalf of" and its like: who sent it stands before.
fn cut_behalf(value: &str) -> &str {
    let phrases = [
        " on behalf of ",
        " im auftrag von ",
        " de la part de ",
        " en nombre de ",
        " em nome de ",
        " per conto di ",
        " namens ",
        " w imieniu ",
        " jménem ",
        " på vegne af ",
        " på vegne av ",
        " för ",
        " от имени ",
    ];
    let lower = value.to_lowercase();
    if lower.len() != value.len() {
        return value;
    }
    phrases
        .iter()
        .filter_map(|p| lower.find(p))
        .min()
        .filter(|at| lower[..*at].contains('@'))
        .map_or(value, |at| value.get(..at).unwrap_or(value))
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Takes out of a mailbox what clients put beside name and address.
pub(super) fn tidy(mailbox: &mut Mailbox) {
    if let Some(name) = &mailbox.name {
        // Marks of direction round right-to-left names are the client's; joiners inside are the name's.
        let name = name.replace(is_direction, "");
        let mut name = name.trim().trim_matches(['"', '«', '»', '„', '“', '”']).trim().to_owned();
        // X.400 and X.500 addresses of Exchange are no addresses for anybody else.
        if let Some(at) = name.find("/O=").or_else(|| name.find("/o=")) {
            name.truncate(at);
        }
        // Notes: `Ann Smith/Sales/Acme@ACME`.
        let notes = name.contains('/') && name.split('/').all(|part| !part.trim().is_empty());
        if notes && mailbox.address.is_none() && !name.contains("://") {
            name = name.split('/').next().unwrap_or_default().to_owned();
        }
        let name = name.trim().trim_end_matches(['<', '[', '(', ',']).trim();
        let name =
            name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')).unwrap_or(name).trim().to_owned();
        let same =
            mailbox.address.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(name.trim_matches('\'')));
        mailbox.name = (!name.is_empty() && !same).then_some(name);
    }
    if let Some(address) = &mailbox.address
        && let Some((local, rest)) = address.split_once('/')
        && rest.contains('@')
    {
        mailbox.name = mailbox.name.take().or_else(|| Some(local.to_owned()));
        mailbox.address = None;
    }
}
