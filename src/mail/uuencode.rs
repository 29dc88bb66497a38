//! Files that stand uuencoded in the text of a mail, as programs of the nineties and many a device send them.

use super::{header, limits};

/// One decoded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name on the `begin` line.
    pub name: String,
    /// The content.
    pub content: Vec<u8>,
}

/// The file that begins on the first line of `text` or later.
pub fn decode(text: &[u8]) -> Option<File> {
    let mut at = 0;
    while at < text.len() {
        let (line, next) = header::line_at(text, at);
        if begins(line).is_some() {
            return file(text, at).map(|(file, _)| file);
        }
        at = next;
    }
    None
}

/// Takes every uuencoded file out of `text`, up to [`limits::PARTS`] of them.
pub fn take(text: &mut Vec<u8>) -> Vec<File> {
    if memchr::memmem::find(text, b"begin ").is_none() {
        return Vec::new();
    }
    let (mut files, mut kept, mut at) = (Vec::new(), Vec::new(), 0);
    while at < text.len() {
        let (line, next) = header::line_at(text, at);
        // A begin line without an end is only looked at once: what follows is read as lines again, and another
        // begin line among them would have ended the first.
        match begins(line).filter(|_| files.len() < limits::PARTS).and_then(|_| file(text, at)) {
            Some((file, end)) => {
                files.push(file);
                at = end;
            }
            None => {
                kept.extend_from_slice(&text[at..next]);
                at = next;
            }
        }
    }
    if !files.is_empty() {
        *text = kept;
    }
    files
}

/// The file name on a `begin 644 name` line.
fn begins(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|b| (b'0'..=b'7').contains(*b)).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=4).contains(&digits) && !name.is_empty() && name.len() < 255).then_some(name)
}

/// The file whose `begin` line is at `at`, and where the text goes on.
fn file(text: &[u8], at: usize) -> Option<(File, usize)> {
    let (first, mut at) = header::line_at(text, at);
    let name = header::text(begins(first)?, None);
    let mut content = Vec::new();
    while at < text.len() {
        let (line, next) = header::line_at(text, at);
        at = next;
        if line == b"end" {
            return Some((File { name, content }, at));
        }
        row(line, &mut content)?;
    }
    None
}

/// One line of data; `None` if it is none.
fn row(line: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let value = |b: u8| (b' '..=b'`').contains(&b).then(|| (b - b' ') & 63);
    let Some((&first, data)) = line.split_first() else { return Some(()) };
    let length = usize::from(value(first)?);
    if data.len() > (length.div_ceil(3)) * 4 + 3 {
        return None;
    }
    let end = out.len() + length;
    for group in data.chunks(4) {
        let mut v = [0u8; 4];
        for (i, &b) in group.iter().enumerate() {
            v[i] = value(b)?;
        }
        out.extend_from_slice(&[v[0] << 2 | v[1] >> 4, v[1] << 4 | v[2] >> 2, v[2] << 6 | v[3]]);
    }
    out.resize(end, 0);
    Some(())
}
