//! Header fields of what goes out: hostile text becomes one field and nothing else.
//!
//! Whatever a value holds, line ends, NUL, other control characters, what looks like an encoded word, kilobytes
//! without a space, one field of printable ASCII comes of it, folded to 78 octets where it can be (RFC 5322,
//! section 2.1.1), in encoded words of at most 76 (RFC 2047, section 2). Only addresses may hold UTF-8 beside that
//! (RFC 6532). White space is one space each; control characters count as white space.

use std::fmt::Write as _;

/// Octets of a line, without its end.
const LINE: usize = 78;
/// Octets of a line that holds an encoded word.
const ENCODED_LINE: usize = 76;
/// Longest word that is not encoded: what is longer cannot be folded.
const WORD: usize = 60;
const OPEN: &str = "=?utf-8?B?";
const CLOSE: &str = "?=";

/// The text as it arrives: control characters and line ends gone, white space one space each.
pub fn clean(text: &str) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(plain).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A field of free text, with its end.
pub fn unstructured(name: &str, text: &str) -> String {
    let text = clean(text);
    let mut field = Field::new(name);
    if is_plain(&text) {
        text.split(' ').for_each(|word| field.word(word));
    } else {
        field.encoded(&text);
    }
    field.end()
}

/// A field of words that are safe already: Message-IDs, tokens.
pub fn words<'w>(name: &str, words: impl IntoIterator<Item = &'w str>) -> String {
    let mut field = Field::new(name);
    words.into_iter().for_each(|word| field.word(word));
    field.end()
}

/// A field of one mailbox; `address` as [`addr_spec`] writes it.
pub fn mailbox(name: &str, person: Option<&str>, address: &str) -> String {
    let mut field = Field::new(name);
    let person = person.map(clean).filter(|person| !person.is_empty());
    let Some(person) = person else {
        field.word(address);
        return field.end();
    };
    let atoms = |c: char| c.is_ascii_alphanumeric() || " !#$%&'*+-/=?^_`{|}~".contains(c);
    if !is_plain(&person) {
        field.encoded(&person);
    } else if person.chars().all(atoms) {
        person.split(' ').for_each(|word| field.word(word));
    } else {
        let quoted = format!("\"{}\"", person.replace('\\', "\\\\").replace('"', "\\\""));
        quoted.split(' ').for_each(|word| field.word(word));
    }
    field.word(&format!("<{address}>"));
    field.end()
}

/// An address as it stands in envelope and header, from its canonical form; `None` if SMTP cannot carry it.
pub fn addr_spec(canonical: &str) -> Option<String> {
    let (local, domain) = canonical.rsplit_once('@')?;
    let of_domain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let literal = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']'));
    let good = match literal {
        Some(literal) => !literal.is_empty() && literal.chars().all(|c| of_domain(c) || c == ':'),
        None => {
            !domain.is_empty()
                && domain.split('.').all(|label| !label.is_empty())
                && domain.chars().all(of_domain)
        }
    };
    let unfit = |c: char| c.is_control() || (!c.is_ascii() && c.is_whitespace());
    if !good || local.is_empty() || local.len() > 64 || canonical.len() > 254 || local.contains(unfit) {
        return None;
    }
    let atom = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    if local.split('.').all(|part| !part.is_empty() && part.chars().all(atom)) {
        return Some(canonical.to_owned());
    }
    Some(format!("\"{}\"@{domain}", local.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A Message-ID with its angle brackets, if it is one that any server takes.
pub fn message_id(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let (left, right) = inner.split_once('@')?;
    let safe = inner.bytes().all(|c| c.is_ascii_graphic() && !b"<>".contains(&c));
    (safe && inner.len() <= 800 && !left.is_empty() && !right.is_empty()).then_some(text)
}

/// Whether it can stand as it is.
fn is_plain(text: &str) -> bool {
    let printable = text.bytes().all(|c| c == b' ' || c.is_ascii_graphic());
    printable && !text.contains("=?") && text.split(' ').all(|word| word.len() <= WORD)
}

/// A field as it is written, line after line.
struct Field {
    text: String,
    /// Octets of the last line.
    line: usize,
    empty: bool,
}

impl Field {
    fn new(name: &str) -> Field {
        Field { text: format!("{name}:"), line: name.len() + 1, empty: true }
    }

    /// A space and the word, on the next line if it does not fit into this one.
    fn word(&mut self, word: &str) {
        if self.line + 1 + word.len() > LINE && !self.empty {
            self.text.push_str("\r\n");
            self.line = 0;
        }
        self.text.push(' ');
        self.text.push_str(word);
        self.line += 1 + word.len();
        self.empty = false;
    }

    /// The text in encoded words, none of which ends within a character.
    fn encoded(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let room = ENCODED_LINE.saturating_sub(self.line + 1 + OPEN.len() + CLOSE.len()).max(8) / 4 * 3;
            let mut end = rest.len().min(room);
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (part, after) = rest.split_at(end);
            if !self.empty && self.line > 1 {
                // Each on a line of its own, but for the first.
                self.text.push_str("\r\n");
                self.line = 0;
            }
            let before = self.text.len();
            // Writing to a string does not fail.
            let _ = write!(self.text, " {OPEN}{}{CLOSE}", base64(part.as_bytes()));
            self.line += self.text.len() - before;
            self.empty = false;
            rest = after;
        }
    }

    fn end(mut self) -> String {
        if self.empty {
            self.text.push(' ');
        }
        self.text.push_str("\r\n");
        self.text
    }
}

/// RFC 4648, section 4.
fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(octets.len().div_ceil(3) * 4);
    for three in octets.chunks(3) {
        let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
