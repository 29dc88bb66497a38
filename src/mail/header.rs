//! Header sections: where fields begin and end, and what their bodies say.
//!
//! A section ends at an empty line or, as Postfix sees it, before the first line that is neither a field nor
//! a continuation. Reading is linear in the octets seen, whatever they are.

use super::charset;
use super::limits;
use memchr::memchr;

/// A header field as it stands in the message.
#[derive(Debug, Clone, Copy)]
pub struct RawField<'a> {
    /// Field name.
    pub name: &'a [u8],
    /// Field body with its folding.
    pub value: &'a [u8],
}

impl<'a> RawField<'a> {
    /// The body unfolded and without surrounding white space, cut to [`limits::FIELD`] octets.
    pub fn unfolded(&self) -> Vec<u8> {
        let value = &self.value[..self.value.len().min(limits::FIELD)];
        let mut out = Vec::with_capacity(value.len());
        for &byte in value.trim_ascii() {
            match byte {
                b'\r' | b'\n' => {}
                byte => out.push(byte),
            }
        }
        out
    }

    /// The body unfolded and nothing else, for whoever goes by a name that stands in it: another program has
    /// read the same octets and compared them. What is no UTF-8, and controls, become U+FFFD; no charset is
    /// tried, which the sender would name.
    pub fn exact(&self) -> String {
        let value = &self.value[..self.value.len().min(limits::FIELD)];
        let end_of_line = |at: usize| value[at] == b'\n' || value[at..].starts_with(b"\r\n");
        let octets: Vec<u8> = (0..value.len()).filter(|&at| !end_of_line(at)).map(|at| value[at]).collect();
        let shown = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
        let text: String = String::from_utf8_lossy(&octets).chars().map(shown).collect();
        text.trim_matches([' ', '\t']).to_owned()
    }
}

/// One line without its end, and the offset of the next.
pub fn line_at(raw: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &raw[at..];
    let (line, next) = match memchr(b'\n', rest) {
        Some(end) => (&rest[..end], at + end + 1),
        None => (rest, raw.len()),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}

/// The name of the field that begins with this line.
pub fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', &line[..line.len().min(limits::NAME)])?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| (33..127).contains(b))).then_some(name)
}

/// Text of raw octets in a header: UTF-8, else `charset`, else windows-1252. Controls become spaces, but NUL
/// becomes U+FFFD, so that those who decide about authority can see it.
pub fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0x1b) => text.to_owned(),
        _ => charset::decode(bytes, charset).text,
    };
    if text.bytes().any(|b| b.is_ascii_control()) {
        let shown = |c: char| match c {
            '\0' => '\u{fffd}',
            c if c.is_control() => ' ',
            c => c,
        };
        return text.chars().map(shown).collect();
    }
    text
}

/// Decodes the encoded words of RFC 2047 in `value`; what is none stays as it is. Neighbouring words of one
/// charset are joined before decoding, because senders split characters between them.
pub fn decode_words(value: &str) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    // Past the last end mark no word can be complete: not looking there keeps this linear.
    let last = value.rfind("?=").unwrap_or(0);
    let mut out = String::with_capacity(value.len());
    let mut run: Option<(String, Vec<u8>)> = None;
    let mut rest = value;
    while let Some(start) = rest.find("=?").filter(|start| value.len() - rest.len() + start < last) {
        let (before, from) = rest.split_at(start);
        match word(from) {
            Some((charset, bytes, length)) => {
                let joins = run.is_some() && before.trim().is_empty();
                if !joins {
                    flush(&mut run, &mut out);
                    out.push_str(before);
                }
                match &mut run {
                    Some((last, gathered)) if *last == charset => gathered.extend_from_slice(&bytes),
                    _ => {
                        flush(&mut run, &mut out);
                        run = Some((charset, bytes));
                    }
                }
                rest = &from[length..];
            }
            None => {
                flush(&mut run, &mut out);
                out.push_str(before);
                out.push_str("=?");
                rest = &from[2..];
            }
        }
    }
    flush(&mut run, &mut out);
    out.push_str(rest);
    out
}

fn flush(run: &mut Option<(String, Vec<u8>)>, out: &mut String) {
    if let Some((charset, bytes)) = run.take() {
        let text = charset::decode(&bytes, Some(&charset)).text;
        out.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
}

/// The encoded word at the start of `from`: charset in lower case, octets, length.
fn word(from: &str) -> Option<(String, Vec<u8>, usize)> {
    const LONGEST_CHARSET: usize = 48;
    let head = &from.as_bytes()[2..from.len().min(2 + LONGEST_CHARSET)];
    let mark = memchr(b'?', head)?;
    let charset = std::str::from_utf8(&head[..mark]).ok()?;
    if charset.is_empty() || charset.contains(char::is_whitespace) {
        return None;
    }
    let rest = from.get(2 + mark + 1..)?;
    let encoding = rest.as_bytes().first()?.to_ascii_uppercase();
    if !matches!(encoding, b'B' | b'Q') {
        return None;
    }
    let data = rest.get(1..)?.strip_prefix('?')?;
    let end = data_end(data, encoding)?;
    let text = &data[..end];
    let bytes = if encoding == b'B' { base64(text.as_bytes()) } else { q(text.as_bytes()) };
    let length = from.len() - data.len() + end + 2;
    let charset = charset.split('*').next().unwrap_or(charset).to_ascii_lowercase();
    Some((charset, bytes, length))
}

/// Where the data of a word ends. `?=` followed by two hex digits inside a Q word is a question mark and an
/// escape that the sender should have encoded.
fn data_end(data: &str, encoding: u8) -> Option<usize> {
    let end = data.find("?=")?;
    if encoding != b'Q' {
        return Some(end);
    }
    let after = data.as_bytes().get(end + 2..end + 4);
    if after.is_some_and(|a| a.iter().all(u8::is_ascii_hexdigit)) {
        let next = data[end + 2..].find("?=")?;
        if !data[end..end + 2 + next].contains(char::is_whitespace) {
            return Some(end + 2 + next);
        }
    }
    Some(end)
}

/// Q decoding, keeping what is not well formed.
fn q(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let hex = data.get(at + 1..at + 3).filter(|_| data[at] == b'=').and_then(hex_pair);
        match (data[at], hex) {
            (_, Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'_', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    out
}

/// The octet that two hex digits write.
pub fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16);
    match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    }
}

/// Base64, skipping everything outside its alphabet and taking up again after padding, as concatenated
/// pieces need.
pub fn base64(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0u8);
    for &byte in data {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count >= 2 {
            out.push((bits >> (6 * u32::from(count) % 8) & 0xff) as u8);
            if count == 4 {
                (bits, count) = (0, 0);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded_and_the_rest_is_kept() {
        for (text, want) in [
            ("=?utf-8?q?A=C3=B1o_nuevo?=", "Año nuevo"),
            ("=?UTF-8?B?QcOxbw==?= x", "Año x"),
            ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
            ("=?utf-8?q?a?=  x  =?utf-8?q?b?=", "a  x  b"),
            // One character in two words.
            ("=?utf-8?q?=C3?= =?utf-8?q?=B1?=", "ñ"),
            ("=?utf-8*es?q?=C3=B1?=", "ñ"),
            ("=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
            ("=?utf-8?q?what=3F?=3D?=", "what??="),
            ("=?utf-8?q?two words?=", "two words"),
            ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
            ("=?utf-8?q?a", "=?utf-8?q?a"),
            ("=?=?=", "=?=?="),
            ("=?utf-8?q?=0A=00x?=", "  x"),
            ("no words", "no words"),
        ] {
            assert_eq!(decode_words(text), want, "{text}");
        }
    }

    #[test]
    fn base64_is_decoded_through_garbage_and_joins() {
        assert_eq!(base64(b"SG9s\r\nYQ=="), b"Hola");
        assert_eq!(base64(b"SG 9!sYQ"), b"Hola");
        assert_eq!(base64(b"SA==SG9sYQ=="), b"HHola");
        assert_eq!(base64(b"="), b"");
        assert_eq!(base64(b"S"), b"");
    }

    #[test]
    fn field_names_end_at_a_colon() {
        assert_eq!(field_name(b"Subject: x"), Some(&b"Subject"[..]));
        assert_eq!(field_name(b"Subject : x"), Some(&b"Subject"[..]));
        assert_eq!(field_name(b"two words: x"), None);
        assert_eq!(field_name(b": x"), None);
        assert_eq!(field_name(b"no colon"), None);
    }
}
