//! Lists of mailboxes: RFC 5322 in header fields, and what clients write in the header blocks of forwards.

use super::super::{header, html, limits};
use super::Mailbox;

/// Mailboxes of `text`; in a `field`, encoded words are decoded after the addresses are known, and groups are
/// flattened.
pub fn parse(text: &str, field: bool) -> Vec<Mailbox> {
    let mut boxes: Vec<Mailbox> = Vec::new();
    // `Doe, John <j@x>` without quotes: a lone name before a comma belongs to the one that follows.
    let mut family: Option<&str> = None;
    for piece in pieces(text, field) {
        for (at, part) in apart(piece.text).into_iter().enumerate() {
            let mailbox = one(part, field);
            if let Some(word) = family.take() {
                match mailbox {
                    Some(Mailbox { name: Some(name), address: Some(address) }) if !name.contains(',') => {
                        let name = bare(&format!("{}, {name}", decoded(word, field)));
                        boxes.push(Mailbox { name: Some(name), address: Some(address) });
                        continue;
                    }
                    _ => boxes.extend(one(word, field)),
                }
            }
            let lone = mailbox.as_ref().is_some_and(|m| m.address.is_none());
            if lone && at == 0 && piece.comma && !part.contains(['"', '<', '(']) {
                family = Some(part);
                continue;
            }
            boxes.extend(mailbox);
        }
        if boxes.len() >= limits::MAILBOXES {
            break;
        }
    }
    if let Some(word) = family {
        boxes.extend(one(word, field));
    }
    boxes.truncate(limits::MAILBOXES);
    boxes
}

/// Mailboxes that stand side by side with nothing but white space between.
fn apart(text: &str) -> Vec<&str> {
    let text = text.trim();
    if text.matches('@').take(2).count() < 2 {
        return vec![text];
    }
    if !text.contains(['<', '[', '(', '"']) {
        let words: Vec<&str> = text.split_whitespace().collect();
        return if words.len() > 1 && words.iter().all(|w| looks_like_address(w)) {
            words
        } else {
            vec![text]
        };
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices("> ") {
        // What follows must bring an address of its own.
        let (head, rest) = (&text[start..at], &text[at + 1..]);
        let next = rest.find('<').filter(|open| *open < NAME);
        if head.contains('@') && next.is_some_and(|open| rest[open..].contains('@')) {
            parts.push(&text[start..=at]);
            start = at + 1;
        }
        if parts.len() >= limits::MAILBOXES {
            break;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Octets of a display name.
const NAME: usize = 400;

/// Text between separators.
struct Piece<'t> {
    text: &'t str,
    /// A comma ended it.
    comma: bool,
}

/// Splits at commas and semicolons outside quotes, comments and angle brackets. Text that is no field and has
/// semicolons is split at these: clients that write them write `Doe, John` without quotes.
fn pieces(text: &str, field: bool) -> Vec<Piece<'_>> {
    if field {
        return split(text, &[',', ';'], true);
    }
    let mut all = Vec::new();
    let rows = split(text, &[';', '\n'], false);
    let several = rows.len() > 1;
    for row in rows {
        if several && row.text.matches('@').take(2).count() < 2 {
            all.push(row);
        } else {
            all.extend(split(row.text, &[','], false));
        }
    }
    all
}

fn split<'t>(text: &'t str, separators: &[char], field: bool) -> Vec<Piece<'t>> {
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
            c if separators.contains(&c) && !angle && !square => {
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
        address = (cleaned.contains('@') && !is_directory(cleaned)).then(|| cleaned.to_owned());
        if address.is_none() && name.trim().is_empty() {
            name = cleaned.to_owned();
        }
    }
    let mut name = bare(&decoded(&unquoted(&name), field));
    if is_directory(&name) {
        name = common_name(&name).to_owned();
    }
    if name.is_empty() {
        name = comment.map(|c| decoded(&c, field)).unwrap_or_default();
    }
    let repeats = address.as_deref().is_some_and(|a| {
        let bare = strip_scheme(name.trim_matches(['<', '>', '\'', '"', '[', ']']));
        bare.eq_ignore_ascii_case(a)
    });
    let name = (name.contains(char::is_alphanumeric) && !repeats).then_some(name);
    (name.is_some() || address.is_some()).then_some(Mailbox { name, address })
}

/// The text outside brackets and comments, what stands in the last angle or square brackets, and the comment.
fn take_apart(text: &str) -> (String, Option<String>, Option<String>) {
    let (mut outside, mut address, mut comment) = (String::new(), None, None);
    // Brackets close within this many octets or not at all: the search stays linear.
    const INSIDE: usize = 400;
    let closing = text.rfind('"').unwrap_or(0);
    // After so many brackets that say nothing the rest are letters.
    let mut vain = 50;
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
        let end = match close.filter(|_| !quoted && vain > 0) {
            Some(')') => comment_end(near),
            Some(close) => near.find(close),
            None => None,
        };
        let inner = end.map(|end| rest[1..end].trim());
        match (c, inner) {
            ('<', Some("")) => {
                at += end.unwrap_or(0) + 1;
                continue;
            }
            ('<', Some(inner)) => {
                // Outlook's text of a link: `<j@x<mailto:j@x>>`.
                let first = inner.split('<').find(|i| i.contains('@')).unwrap_or(inner);
                address = Some(first.trim_matches(['<', '>']).to_owned());
                at += end.unwrap_or(0) + 1;
                at += text[at..].bytes().take_while(|b| *b == b'>').count();
                continue;
            }
            ('[', Some(inner)) if looks_like_address(inner) || is_directory(inner) => {
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
            _ => {
                vain -= u8::from(close.is_some() && vain > 0);
                outside.push(c);
            }
        }
        at += c.len_utf8();
    }
    (outside, address, comment)
}

/// Where the comment at the start of `text` ends.
fn comment_end(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// Whether a word is a name of a directory: X.500 (`/O=ACME/CN=JDOE`, `CN=John Doe/O=Acme`).
fn is_directory(word: &str) -> bool {
    let upper = word.trim_start().get(..4).unwrap_or(word).to_ascii_uppercase();
    upper.starts_with("/O=")
        || upper.starts_with("/CN=")
        || upper.starts_with("CN=")
        || upper.starts_with("EX:/")
}

/// The last `CN=` of a directory name.
fn common_name(word: &str) -> &str {
    let start = word.to_ascii_uppercase().rfind("CN=").map_or(0, |at| at + 3);
    word[start..].split('/').next().unwrap_or_default().trim()
}

/// The name without what clients put around it: single quotes, asterisks of bold text.
fn bare(name: &str) -> String {
    let name = name.trim().trim_matches('*').trim();
    let inner = name.strip_prefix('\'').and_then(|n| n.strip_suffix('\''));
    inner.map_or(name, str::trim).to_owned()
}

/// An address that stands without brackets, and the text around it.
fn bare_address(text: &str) -> Option<(String, String)> {
    // A quoted local part may hold spaces.
    if let Some(at) = text.find("\"@")
        && let Some(start) = text[..at].rfind('"')
    {
        let end = text[at..].find(char::is_whitespace).map_or(text.len(), |end| at + end);
        return Some((text[start..end].to_owned(), format!("{} {}", &text[..start], &text[end..])));
    }
    let word = text.split_whitespace().find(|w| looks_like_address(w.trim_matches(['\'', '"', ',', ';'])))?;
    let rest = text.replacen(word, " ", 1);
    Some((word.trim_matches(['\'', '"', ',', ';']).to_owned(), rest.trim().to_owned()))
}

/// Whether a word is an addr-spec, with a scheme before it or not.
fn looks_like_address(word: &str) -> bool {
    let word = strip_scheme(word);
    match word.rsplit_once('@') {
        // `John Doe/ACME@ACME` is a name of Notes.
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !word.contains(char::is_whitespace)
                && !domain.contains('/')
                && (domain.contains('.') || !local.contains('/'))
        }
        None => false,
    }
}

/// `mailto:j@x` and `SMTP:j@x` without what stands before the address.
fn strip_scheme(word: &str) -> &str {
    let word = word.trim().trim_matches(['<', '>']);
    let inner = ['"', '\''].iter().find_map(|q| word.strip_prefix(*q)?.strip_suffix(*q));
    let word = inner.unwrap_or(word);
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
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{parse_field, parse_list};
    use super::*;

    fn shown(boxes: &[Mailbox]) -> Vec<String> {
        let one = |m: &Mailbox| {
            format!("{}|{}", m.name.as_deref().unwrap_or(""), m.address.as_deref().unwrap_or(""))
        };
        boxes.iter().map(one).collect()
    }

    #[track_caller]
    fn list(text: &str, want: &[&str]) {
        assert_eq!(shown(&parse_list(text)), want, "{text}");
    }

    #[track_caller]
    fn field(text: &str, want: &[&str]) {
        assert_eq!(shown(&parse_field(text)), want, "{text}");
    }

    #[test]
    fn one_mailbox_is_read_however_a_client_writes_it() {
        list("John Doe <j@x.example>", &["John Doe|j@x.example"]);
        list("\"Doe, John\" <j@x.example>", &["Doe, John|j@x.example"]);
        list("'Doe, John' <j@x.example>", &["Doe, John|j@x.example"]);
        list("Doe, John <j@x.example>", &["Doe, John|j@x.example"]);
        list("John Doe [mailto:j@x.example]", &["John Doe|j@x.example"]);
        list("John Doe [SMTP:j@x.example]", &["John Doe|j@x.example"]);
        list("John Doe <mailto:j@x.example>", &["John Doe|j@x.example"]);
        list("John Doe <j@x.example<mailto:j@x.example>>", &["John Doe|j@x.example"]);
        list("j@x.example<mailto:j@x.example>", &["|j@x.example"]);
        list("j@x.example (John Doe)", &["John Doe|j@x.example"]);
        list("John Doe (j@x.example)", &["John Doe|j@x.example"]);
        list("j@x.example", &["|j@x.example"]);
        list("<j@x.example>", &["|j@x.example"]);
        list("'j@x.example' <j@x.example>", &["|j@x.example"]);
        list("\"j@x.example\" <j@x.example>", &["|j@x.example"]);
        list("John Doe j@x.example", &["John Doe|j@x.example"]);
        list("John Doe", &["John Doe|"]);
        list("John Doe (Acme)", &["John Doe (Acme)|"]);
        list("  *John Doe*  <j@x.example> ", &["John Doe|j@x.example"]);
        list("John \"Jack\" Doe <j@x.example>", &["John Jack Doe|j@x.example"]);
        list("O'Brien, Pat <pat.o'brien@x.example>", &["O'Brien, Pat|pat.o'brien@x.example"]);
        list("John Doe via Portal <no-reply@x.example>", &["John Doe via Portal|no-reply@x.example"]);
        list("José Ñandú <josé@bücher.example>", &["José Ñandú|josé@bücher.example"]);
        list("\"John Doe <j@x.example>", &["John Doe|j@x.example"]);
    }

    #[test]
    fn names_of_directories_are_names() {
        list("John Doe/ACME@ACME", &["John Doe/ACME@ACME|"]);
        list("CN=John Doe/O=Acme", &["John Doe|"]);
        list("/O=ACME/OU=HQ/CN=RECIPIENTS/CN=JDOE", &["JDOE|"]);
        list("John Doe </O=ACME/OU=HQ/CN=RECIPIENTS/CN=JDOE>", &["John Doe|"]);
        list("John Doe [/O=ACME/CN=JDOE]", &["John Doe|"]);
        list("IMCEAEX-_O=ACME_CN=JDOE@acme.example", &["|IMCEAEX-_O=ACME_CN=JDOE@acme.example"]);
    }

    #[test]
    fn lists_are_split_where_clients_split_them() {
        list("a@x.example, b@x.example; c@x.example", &["|a@x.example", "|b@x.example", "|c@x.example"]);
        list("Ann <a@x.example>, Bob <b@x.example>", &["Ann|a@x.example", "Bob|b@x.example"]);
        list("Doe, John; Roe, Jane", &["Doe, John|", "Roe, Jane|"]);
        list(
            "Doe, John <j@x.example>; Roe, Jane <r@x.example>",
            &["Doe, John|j@x.example", "Roe, Jane|r@x.example"],
        );
        list("Ann Doe; Bob Roe", &["Ann Doe|", "Bob Roe|"]);
        list(
            "\"Doe, John\" <j@x.example>, 'Roe, Jane' <r@x.example>",
            &["Doe, John|j@x.example", "Roe, Jane|r@x.example"],
        );
        list("a@x.example b@x.example", &["|a@x.example", "|b@x.example"]);
        list("Ann <a@x.example> Bob <b@x.example>", &["Ann|a@x.example", "Bob|b@x.example"]);
        list("Ann <a@x.example>;\n Bob <b@x.example>;", &["Ann|a@x.example", "Bob|b@x.example"]);
        list("", &[]);
        list(" ; , ", &[]);
    }

    #[test]
    fn groups_of_a_field_are_flattened() {
        field(
            "staff: a@x.example, Bob <b@x.example>;, c@x.example",
            &["|a@x.example", "Bob|b@x.example", "|c@x.example"],
        );
        field("undisclosed-recipients:;", &[]);
        field("\"a: b\" <a@x.example>", &["a: b|a@x.example"]);
    }

    #[test]
    fn address_in_an_encoded_word_is_never_an_address() {
        field("=?utf-8?q?ana=40good.example?=", &["ana@good.example|"]);
        field("=?utf-8?q?ana=40good.example?= <eve@evil.example>", &["ana@good.example|eve@evil.example"]);
        field(
            "=?utf-8?q?=3Cana=40good.example=3E?= <eve@evil.example>",
            &["<ana@good.example>|eve@evil.example"],
        );
        field("=?utf-8?b?QW5hLCBQw6lyZXo=?= <a@x.example>", &["Ana, Pérez|a@x.example"]);
        field("\"=?utf-8?q?An=C3=A1?=\" <a@x.example>", &["Aná|a@x.example"]);
        field(
            "=?iso-8859-1?q?M=FCller=2C?= =?iso-8859-1?q?_Jan?= <m@x.example>",
            &["Müller, Jan|m@x.example"],
        );
    }

    #[test]
    fn odd_fields_give_what_can_be_told() {
        field("Ana (Work (new)) <a@x.example>", &["Ana|a@x.example"]);
        field("<a@x.example> (Ana)", &["Ana|a@x.example"]);
        field("Ana<a@x.example>", &["Ana|a@x.example"]);
        field("\"quoted local\"@x.example", &["|\"quoted local\"@x.example"]);
        field("Ana <\"a b\"@x.example>", &["Ana|\"a b\"@x.example"]);
        field("Ana <a@x.example", &["Ana|a@x.example"]);
        field("Ana <>", &["Ana|"]);
        field("@", &[]);
        field("a@x.example,,b@x.example", &["|a@x.example", "|b@x.example"]);
        field("Ana \\\"A\\\" <a@x.example>", &["Ana \"A\"|a@x.example"]);
    }
}
