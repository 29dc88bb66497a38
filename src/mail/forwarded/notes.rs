//! Lotus and HCL Notes: "Forwarded by … on …", and header layouts whose first lines have no labels.
//!
//! ```text
//! ---------------------- Forwarded by Ann Smith/Acme on 04/03/2025 10:11 ---------------------------
//!
//! Karl Example <karl@example.com>
//! 03/03/2025 16:40
//! To:      Ann Smith/Acme@ACME
//! cc:
//! Subject: Offer
//! ```
//!
//! An answer has the same block without the line above.
//!
//! Notes 6 flattens a table: name, address and date in a column at the left, and at the right each label without a
//! colon above its value ([`columns`]).
//!
//! Name and date may share a line, with `on` or only spaces between; `To`, `cc` and `Subject` keep labels.

use super::block::{self, Block};
use crate::mail::labels::{self, Role, calendar};
use crate::mail::reply::lines::Lines;

/// Most lines between the separator and the first label.
const UNLABELLED: usize = 6;

/// Most lines of the flattened table.
const TABLE: usize = 30;

/// The header block below the last line `at` of a separator, if its first lines are a name and a date without labels.
pub fn read(lines: &Lines<'_>, at: usize, subject: Option<&str>) -> Option<Block> {
    let mut head: Vec<&str> = Vec::new();
    let first = lines.next(at + 1, 4)?;
    let mut line = first;
    while head.len() <= UNLABELLED {
        let text = lines.all.get(line)?.text;
        if text.is_empty() {
            line += 1;
            if line > first + UNLABELLED * 2 {
                return None;
            }
            continue;
        }
        if let Some(mut block) = block::read(lines, line, text, subject) {
            if head.is_empty() || block.value(Role::From).is_some() {
                return None;
            }
            let (name, date) = name_and_date(&head)?;
            block.start = at;
            block.put(Role::From, name);
            if let Some(date) = date {
                block.put(Role::Date, date);
            }
            return Some(block);
        }
        if text.len() > 200 {
            return None;
        }
        head.push(text);
        line += 1;
    }
    None
}

/// The header block below the last line `at` of a separator, if it is the flattened table of Notes 6.
pub fn columns(lines: &Lines<'_>, at: usize) -> Option<Block> {
    let first = lines.next(at + 1, 4)?;
    let margin = indent(lines.all[first].raw);
    let mut left: Vec<&str> = Vec::new();
    let mut fields: Vec<(Role, String)> = Vec::new();
    let mut end = first;
    for line in first..lines.len().min(first + TABLE) {
        let done = fields.last().is_some_and(|(role, value)| *role == Role::Subject && !value.is_empty());
        if lines.is_blank(line) {
            if done {
                break;
            }
            continue;
        }
        if lines.all[line].depth != lines.all[first].depth || lines.all[line].raw.len() > 200 {
            break;
        }
        for (column, text) in segments(lines.all[line].raw) {
            if column <= margin + 2 {
                left.push(text);
            } else if let Some(role) = labels::alone(text) {
                fields.push((role, String::new()));
            } else if let Some((_, value)) = fields.last_mut() {
                value.push_str(if value.is_empty() { "" } else { " " });
                value.push_str(text);
            } else {
                return None;
            }
        }
        end = line + 1;
    }
    let has = |role| fields.iter().any(|(r, _)| *r == role);
    if !has(Role::To) || !has(Role::Subject) || left.is_empty() {
        return None;
    }
    let dated = left.iter().position(|text| calendar::has_date(text)).unwrap_or(left.len());
    let mut block = Block::empty(at, end, lines.all[first].depth);
    block.put(Role::From, left[..dated].join(" "));
    block.put(Role::Date, left[dated..].join(" "));
    for (role, value) in fields {
        block.put(role, value);
    }
    Some(block)
}

/// How many columns of space stand before the text.
fn indent(raw: &str) -> usize {
    raw.len() - raw.trim_start().len()
}

/// The pieces of a line between wide gaps, and the column where each begins.
fn segments(raw: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for piece in raw.split("  ") {
        let text = piece.trim();
        if !text.is_empty() {
            found.push((at + indent(piece), text));
        }
        at += piece.len() + 2;
    }
    found
}

/// Completes a block that begins with recipients by the name and date that stand above it without labels. Gives
/// whether they do.
pub fn complete(lines: &Lines<'_>, from: usize, block: &mut Block) -> bool {
    let filled = |below: usize| (from..below).rev().take(3).find(|at| !lines.is_blank(*at));
    let Some(dated) = filled(block.start) else { return false };
    let text = lines.all[dated].text;
    if text.len() > 160 || !calendar::has_date(text) || text.ends_with(['.', ':', '?', '!', ',']) {
        return false;
    }
    let unlabelled = |text: &str| labels::labelled(text).is_empty();
    let (before, date) = split_at_date(text);
    let full = date.bytes().filter(u8::is_ascii_digit).count() >= 6;
    let addressed = block.value(Role::To).is_some_and(|to| to.contains(char::is_alphabetic));
    if !full || !addressed || !unlabelled(text) {
        return false;
    }
    let (start, name) = match before.trim_matches(|c: char| !c.is_alphanumeric()) {
        "" => match filled(dated)
            .filter(|at| at + 2 >= dated && !lines.all[*at].text.ends_with(['.', ':', '?', '!', ',']))
        {
            Some(at) => (at, lines.all[at].text),
            None => return false,
        },
        _ => (dated, before),
    };
    let name = name.trim().trim_matches('"').to_owned();
    if !unlabelled(&name) || name.contains(':') {
        return false;
    }
    if name.split_whitespace().count() > 6 {
        return false;
    }
    block.start = start;
    block.put(Role::From, name);
    block.put(Role::Date, date.to_owned());
    true
}

/// Takes the unlabelled lines apart: the name is what stands before the date.
fn name_and_date(head: &[&str]) -> Option<(String, Option<String>)> {
    let mut name = String::new();
    let mut date = None;
    for text in head {
        let text = text.trim_matches('"');
        let lower = text.to_lowercase();
        if lower.starts_with("sent by")
            || lower.starts_with("please respond")
            || lower.starts_with("gesendet von")
        {
            continue;
        }
        if date.is_none() && calendar::has_date(text) {
            let (before, when) = split_at_date(text);
            date = Some(when.to_owned());
            if name.is_empty() {
                name = before.to_owned();
            }
        } else if name.is_empty() {
            name = text.to_owned();
        }
    }
    let name = name.trim().trim_end_matches([',', '-']).trim().to_owned();
    (!name.is_empty() && name.split_whitespace().count() <= 10).then_some((name, date))
}

/// The text before the date that the line ends with, and the date.
fn split_at_date(text: &str) -> (&str, &str) {
    for mark in [" on ", " am ", " le ", " el ", " il ", " op ", " em ", " den "] {
        if let Some(found) = text.rfind(mark)
            && calendar::has_date(&text[found..])
        {
            return (&text[..found], text[found + mark.len()..].trim());
        }
    }
    let wide = text.find("  ").or_else(|| text.find('\t')).filter(|at| calendar::has_date(&text[*at..]));
    match wide {
        Some(at) => (&text[..at], text[at..].trim()),
        None => match text.find(|c: char| c.is_ascii_digit()) {
            Some(at) => (&text[..at], &text[at..]),
            None => (text, ""),
        },
    }
}
