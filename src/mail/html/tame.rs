//! Makes hostile markup harmless before the tokenizer sees it.
//!
//! html5ever compares each attribute of a tag with all before it: a tag with a hundred thousand attributes
//! takes minutes. Attributes after the first [`ATTRIBUTES`] and values over [`VALUE`] octets are left out
//! here; none of either matters to the text.

use super::limits;
use std::borrow::Cow;

/// Attributes of one tag that are kept.
const ATTRIBUTES: usize = 64;
/// Longest attribute value that is kept (`data:` URIs are longer).
const VALUE: usize = 4096;

/// The markup that the tokenizer may see, and whether its end was cut off.
pub fn tame(markup: &str) -> (Cow<'_, str>, bool) {
    let end = floor(markup, limits::MARKUP);
    let cut = end < markup.len();
    let markup = &markup[..end];
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    let bytes = markup.as_bytes();
    while let Some(open) = memchr::memchr(b'<', &bytes[at..]) {
        let tag = at + open + 1;
        at = tag;
        if bytes[tag..].starts_with(b"!--") {
            let close = memchr::memmem::find(&bytes[tag..], b"-->");
            at = close.map_or(bytes.len(), |c| tag + c + 3);
        } else if bytes.get(tag).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/') {
            at = walk_tag(markup, tag, &mut out, &mut copied);
        }
    }
    if copied == 0 {
        return (Cow::Borrowed(markup), cut);
    }
    out.push_str(&markup[copied..]);
    (Cow::Owned(out), cut)
}

/// Passes the tag whose name begins at `tag`; copies what precedes anything left out to `out` and moves
/// `copied` behind it. Returns where the tag ends.
fn walk_tag(markup: &str, tag: usize, out: &mut String, copied: &mut usize) -> usize {
    let bytes = markup.as_bytes();
    let mut at = tag;
    let mut attributes = 0;
    let mut dropped_from = None;
    while at < bytes.len() && bytes[at] != b'>' {
        match bytes[at] {
            quote @ (b'"' | b'\'') if bytes[at - 1] == b'=' || before_is_equals(bytes, at) => {
                let close = memchr::memchr(quote, &bytes[at + 1..]).map_or(bytes.len(), |c| at + 1 + c);
                if close - at > VALUE && dropped_from.is_none() {
                    out.push_str(&markup[*copied..=at]);
                    *copied = close;
                }
                at = close;
            }
            b if b.is_ascii_whitespace() || b == b'/' => {
                let next = bytes.get(at + 1).copied().unwrap_or(b'>');
                if !next.is_ascii_whitespace() && !matches!(next, b'>' | b'=' | b'/') {
                    attributes += 1;
                    if attributes > ATTRIBUTES && dropped_from.is_none() {
                        dropped_from = Some(at);
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    let end = at.min(bytes.len());
    if let Some(from) = dropped_from.filter(|from| *from >= *copied) {
        out.push_str(&markup[*copied..from]);
        *copied = end;
    }
    end
}

/// Whether the quote at `at` follows an equals sign and white space.
fn before_is_equals(bytes: &[u8], at: usize) -> bool {
    const LOOK_BACK: usize = 8;
    let from = at.saturating_sub(LOOK_BACK);
    bytes[from..at].iter().rev().find(|b| !b.is_ascii_whitespace()) == Some(&b'=')
}

/// The greatest character boundary not above `end`.
pub fn floor(text: &str, end: usize) -> usize {
    let mut end = end.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}
