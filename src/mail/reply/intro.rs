//! The line that mail programs write above a quotation: "On … wrote:" in any language, on one line or wrapped.
//!
//! Such a line holds a date and a verb of writing, or a date, an address and a colon at its end (`2014-10-17 11:28
//! GMT+03:00 Name <a@b.example>:`); without a date it needs the quotation itself, with `>`, below it. A sentence
//! that happens to say "wrote" has no date with a year or no colon, and is left alone.

use super::lines::Lines;
use crate::mail::labels::{self, calendar};

/// Most lines over which an introduction is wrapped.
const WRAPPED: usize = 4;
/// Longest introduction, in octets.
const LONGEST: usize = 500;

/// An introduction of a quotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intro {
    /// Its first line.
    pub start: usize,
    /// Where in the first line it begins, in octets of the line's text: more than 0 if the answer stands on the
    /// same line.
    pub column: usize,
    /// The line after its last.
    pub end: usize,
    /// How many `>` stand before it.
    pub depth: usize,
    /// All of it on one line.
    pub text: String,
}

/// The introduction whose last line is `at`.
pub fn ending(lines: &Lines<'_>, at: usize) -> Option<Intro> {
    let line = lines.all.get(at)?;
    let text = line.text;
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let (core, drawn) = undrawn(text);
    let next = lines.next(at + 1, 4);
    let quoted = next.is_some_and(|next| lines.all[next].depth > line.depth);
    // Old Gmail: `2011/4/7 Name <a@b.example>`, and the quotation below.
    let colon =
        core.ends_with([':', '：']) || (quoted && core.ends_with('>') && calendar::opens_with_date(core));
    if !colon && !drawn && !labels::may_hold_verb(core) {
        return None;
    }
    let folded = labels::fold(core);
    let verb = labels::last_verb(&folded);
    let verb_last =
        verb.is_some_and(|(_, end)| folded[end..].trim_matches(|c: char| !c.is_alphanumeric()).is_empty());
    if !(colon && (verb.is_some() || core.contains('@') || core == ":" || core.ends_with(">:"))
        || verb_last
        || (drawn && verb.is_some()))
    {
        return colon.then(|| joined(lines, at, core)).flatten();
    }
    dated(lines, at, drawn, verb_last, quoted)
        .or_else(|| undated(lines, at, &folded, drawn, colon, verb, quoted))
}

/// The text without the dashes that some clients draw round the line.
fn undrawn(text: &str) -> (&str, bool) {
    let core = text.trim_matches(|c: char| matches!(c, '-' | '—' | '–' | '=' | '_') || c.is_whitespace());
    let drawn = text.len() >= core.len() + 4 && text.starts_with('-') && text.ends_with('-');
    if drawn { (core, true) } else { (text, false) }
}

/// A colon stands at the end, but verb or address are on the lines above: `… Name\n<a@b.example>\n:`.
fn joined(lines: &Lines<'_>, at: usize, core: &str) -> Option<Intro> {
    (core.len() <= 40).then(|| dated(lines, at, false, false, false)).flatten()
}

/// An introduction with a date, over as few lines as hold it.
fn dated(lines: &Lines<'_>, at: usize, drawn: bool, verb_last: bool, quoted: bool) -> Option<Intro> {
    let depth = lines.all[at].depth;
    let mut text = String::new();
    for start in (at.saturating_sub(WRAPPED - 1)..=at).rev() {
        let line = &lines.all[start];
        if line.text.is_empty() || line.depth != depth || text.len() + line.text.len() > LONGEST {
            return None;
        }
        text = if text.is_empty() { line.text.to_owned() } else { format!("{} {text}", line.text) };
        if !calendar::has_date(&text) {
            continue;
        }
        let (core, _) = undrawn(&text);
        if let Some(column) = opening(core, drawn, quoted) {
            let column = column + (core.as_ptr() as usize - text.as_ptr() as usize);
            let whole = is_intro(&core[column.min(core.len())..], verb_last, quoted);
            if whole && (column == 0 || column < line.text.len()) {
                let column = if drawn { 0 } else { column };
                return Some(Intro {
                    start,
                    column,
                    end: at + 1,
                    depth,
                    text: core[column.min(core.len())..].to_owned(),
                });
            }
        }
        if labels::labelled(line.text).iter().any(|l| l.role != labels::Role::Other && l.value.len() > 2)
            && !opens(line.text)
        {
            return None;
        }
    }
    None
}

fn opens(text: &str) -> bool {
    labels::opener(text).is_some() || calendar::opens_with_date(text)
}

/// Where the introduction begins in the text: at its start, or behind the answer at an "On" before a day.
fn opening(text: &str, drawn: bool, quoted: bool) -> Option<usize> {
    if drawn || opens(text) || labels::opens_quoting(text) {
        return Some(0);
    }
    for mark in ["--- On ", "-- On ", " On ", "\u{a0}On "] {
        if let Some(found) = text.rfind(mark) {
            let on = found + mark.len() - 3;
            if calendar::opens_with_date(text[on + 3..].trim_start()) {
                return Some(if mark.starts_with('-') { found } else { on });
            }
        }
    }
    // The author may stand first: "Name <a@b.example> ezt írta (időpont: …):".
    (text.contains('@') || quoted).then_some(0)
}

/// Whether one line with a date in it introduces a quotation.
fn is_intro(text: &str, verb_last: bool, quoted: bool) -> bool {
    let text = text.trim();
    let words = text.split_whitespace().count();
    if words > 45 || text.ends_with('?') {
        return false;
    }
    let folded = labels::fold(text);
    let verb = labels::last_verb(&folded);
    let colon = text.ends_with([':', '：', '-']) || (quoted && text.ends_with('>'));
    let addressed = text.contains('@');
    match verb {
        Some((_, end)) => {
            let tail = folded[end..].trim();
            let ends = colon || verb_last || tail.is_empty();
            let year = has_year(text);
            ends && (addressed || quoted || (year && opens(text) && words <= 25 && is_programs(text)))
        }
        None => colon && addressed && (opens(text) || quoted) && words <= 25 && has_year_or_time(text),
    }
}

/// Whether a program can have written the line: it says the time, or a name. "On 4 March my father wrote:" does not.
fn is_programs(text: &str) -> bool {
    let skipped = labels::opener(text).unwrap_or(0);
    let rest = text.get(skipped..).unwrap_or(text);
    let named = rest.split(|c: char| c.is_whitespace() || c == ',').any(|word| {
        let first = word.chars().find(|c| c.is_alphabetic());
        first.is_some_and(|c| !c.is_lowercase()) && !calendar::is_day_name(word)
    });
    named || rest.bytes().zip(rest.bytes().skip(1)).any(|(a, b)| a.is_ascii_digit() && b == b':')
}

fn has_year(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).count();
    calendar::has_mail_year(text) || numbers >= 5
}

fn has_year_or_time(text: &str) -> bool {
    has_year(text) || text.contains(':')
}

/// An introduction without a date: the quotation below it, or the dashes round it, must speak for it.
fn undated(
    lines: &Lines<'_>,
    at: usize,
    folded: &str,
    drawn: bool,
    colon: bool,
    verb: Option<(usize, usize)>,
    quoted: bool,
) -> Option<Intro> {
    let line = &lines.all[at];
    let words = line.text.split_whitespace().count();
    let quoting = labels::opens_quoting(line.text);
    let tail = verb.map_or("", |(_, end)| folded[end..].trim());
    let spoken = verb.is_some() && (tail.is_empty() || line.text.contains('@'));
    let fits = (drawn && verb.is_some() && tail.is_empty() && words <= 12)
        || (colon && quoted && (spoken || quoting) && words <= 25)
        || (colon && quoting && line.text.contains('@'));
    fits.then(|| {
        // The author's name or address may have been wrapped away.
        let mut start = at;
        let lone = verb.is_some_and(|(begin, _)| folded[..begin].trim().is_empty());
        if lone && at > 0 && !lines.is_blank(at - 1) && lines.all[at - 1].text.contains('@') {
            start = at - 1;
        }
        let text = lines.all[start..=at].iter().map(|l| l.text).collect::<Vec<_>>().join(" ");
        Intro { start, column: 0, end: at + 1, depth: line.depth, text }
    })
}
