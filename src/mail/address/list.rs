//! Lists of mailboxes: RFC 5322 in header fields, and what clients write in the header blocks of forwards.

use super::super::{header, html, limits};
use super::Mailbox;

/// Mailboxes of `text`; in a `field`, encoded words are decoded after the addresses are known, and groups are
/// flattened.
pub fn parse(text: &str, field: bool) -> Vec<Mailbox> {
    let pieces = pieces(text, field);
    let mut boxes: Vec<Mailbox> = Vec::new();
    // `Doe, John <j@x>` without quotes: a lone word before a comma belongs to the name that follows.
    let mut family: Option<&str> = None;
    for piece in pieces {
        let mailbox = one(piece.text, field);
        if let Some(word) = family.take() {
            match &mailbox {
                Some(Mailbox { name: Some(name), address: Some(address) }) if !name.contains(',') => {
                    let name = Some(format!("{}, {name}", decoded(word, field)));
                    boxes.push(Mailbox { name, address: Some(address.clone()) });
                    continue;
                }
                _ => boxes.extend(one(word, field)),
            }
        }
        let lone = mailbox.as_ref().is_some_and(|m| m.address.is_none());
        if lone && piece.comma && !piece.text.trim().contains(['"', '<', '(']) {
            family = Some(piece.text);
            continue;
        }
        boxes.extend(mailbox);
        if boxes.len() >= limits::MAILBOXES {
            break;
        }
    }
    if let Some(word) = family {
        boxes.extend(one(word, field));
    }
    boxes
}

/// Text between separators.
struct Piece<'t> {
    text: &'t str,
    /// A comma ended it.
    comma: bool,
}

/// Splits at commas and semicolons outside quotes, comments and angle brackets.
fn pieces(text: &str, field: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut comments, mut angle, mut square, mut quoted, mut escaped) =
        (0, 0usize, false, false, false, false);
    let closing = text.rfind('"').unwrap_or(0);
    let mut word_start = true;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' if quoted || comments > 0 => escaped = true,
            '"' if quoted => quoted = false,
            '"' if comments == 0 && at < closing && (field || word_start) => quoted = true,
            _ if quoted => {}
            '(' => comments += 1,
            ')' => comments = comments.saturating_sub(1),
            _ if comments > 0 => {}
            '<' => angle = true,
            '>' => angle = false,
            '[' => square = true,
            ']' => square = false,
            ':' if field && !angle && !square => start = at + 1,
            ',' | ';' if !angle && !square => {
                pieces.push(Piece { text: &text[start..at], comma: c == ',' });
                start = at + 1;
            }
            _ => {}
        }
        word_start = c.is_whitespace() || matches!(c, ',' | ';' | ':');
    }
    pieces.push(Piece { text: &text[start..], comma: false });
    pieces.retain(|p| !p.text.trim().is_empty());
    pieces
}

/// One mailbox.
fn one(text: &str, field: bool) -> Option<Mailbox> {
    let text = text.trim();
    let (outside, address, comment) = take_apart(text);
    let (mut name, mut address) = match address {
        Some(address) => (outside, Some(address)),
        None => match bare_address(&outside) {
            Some((address, rest)) => (rest, Some(address)),
            None => (outside, None),
        },
    };
    if let Some(found) = address.take() {
        let cleaned = strip_scheme(&found);
        address = cleaned.contains('@').then(|| cleaned.to_owned());
        if address.is_none() && name.trim().is_empty() {
            name = cleaned.to_owned();
        }
    }
    let mut name = decoded(&unquoted(&name), field);
    if name.is_empty() {
        name = comment.map(|c| decoded(&c, field)).unwrap_or_default();
    }
    let repeats = address.as_deref().is_some_and(|a| {
        let bare = strip_scheme(name.trim_matches(['<', '>', '\'', '"', '[', ']']));
        bare.eq_ignore_ascii_case(a)
    });
    let name = (!name.is_empty() && !repeats).then_some(name);
    (name.is_some() || address.is_some()).then_some(Mailbox { name, address })
}

/// The text outside brackets and comments, what stands in the last angle or square brackets, and the comment.
fn take_apart(text: &str) -> (String, Option<String>, Option<String>) {
    let (mut outside, mut address, mut comment) = (String::new(), None, None);
    // Brackets close within this many octets or not at all: the search stays linear.
    const INSIDE: usize = 400;
    let closing = text.rfind('"').unwrap_or(0);
    let mut quoted = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let close = match c {
            '<' => Some('>'),
            '[' => Some(']'),
            '(' => Some(')'),
            _ => None,
        };
        if c == '"' && (quoted || at < closing) {
            quoted = !quoted;
        }
        let near = &rest[..html::floor(rest, INSIDE)];
        let end = close.filter(|_| !quoted).and_then(|close| near.find(close));
        let inner = end.map(|end| rest[1..end].trim());
        match (c, inner) {
            ('<', Some(inner)) if !inner.is_empty() => {
                address = Some(inner.trim_matches(['<', '>']).to_owned());
                at += end.unwrap_or(0) + 1;
                continue;
            }
            ('[', Some(inner)) if looks_like_address(inner) => {
                address = address.or(Some(inner.to_owned()));
                at += end.unwrap_or(0) + 1;
                continue;
            }
            ('(', Some(inner)) if !inner.is_empty() => {
                if looks_like_address(inner) && address.is_none() && !text.contains('<') {
                    address = Some(inner.to_owned());
                } else {
                    comment = comment.or(Some(inner.to_owned()));
                    if !text.contains('@') {
                        outside.push_str(&rest[..=end.unwrap_or(0)]);
                    }
                }
                at += end.unwrap_or(0) + 1;
                continue;
            }
            _ => outside.push(c),
        }
        at += c.len_utf8();
    }
    (outside, address, comment)
}

/// An address that stands without brackets, and the text around it.
fn bare_address(text: &str) -> Option<(String, String)> {
    let word = text.split_whitespace().find(|w| looks_like_address(w.trim_matches(['\'', '"', ',', ';'])))?;
    let rest = text.replacen(word, " ", 1);
    Some((word.trim_matches(['\'', '"', ',', ';']).to_owned(), rest.trim().to_owned()))
}

/// Whether a word is an addr-spec, with a scheme before it or not.
fn looks_like_address(word: &str) -> bool {
    let word = strip_scheme(word);
    match word.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty() && !domain.is_empty() && !word.contains(char::is_whitespace)
        }
        None => false,
    }
}

/// `mailto:j@x` and `SMTP:j@x` without what stands before the address.
fn strip_scheme(word: &str) -> &str {
    let word = word.trim().trim_matches(['<', '>', '\'', '"']);
    for scheme in ["mailto:", "smtp:", "email:", "e-mail:"] {
        if word.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)) {
            let rest = word[scheme.len()..].trim();
            return rest.split('?').next().unwrap_or(rest);
        }
    }
    word
}

/// The name without quotes around it and backslashes in it.
fn unquoted(name: &str) -> String {
    let name = name.trim();
    let inner = name
        .strip_prefix('"')
        .and_then(|n| n.strip_suffix('"'))
        .or_else(|| name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')).filter(|n| !n.contains('\'')));
    let mut out = String::with_capacity(name.len());
    let mut chars = inner.unwrap_or(name).chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '"' => {}
            c => out.push(c),
        }
    }
    out
}

/// The name with encoded words decoded, on one line.
fn decoded(name: &str, field: bool) -> String {
    let name = if field { header::decode_words(name) } else { name.to_owned() };
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let inner = name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')).filter(|n| !n.contains('\''));
    inner.map(str::trim).unwrap_or(&name).to_owned()
}
