//! The new text of a message: what its author wrote, apart from the signature and from what was there before.
//!
//! Losing wanted text is the failure to fear. So matter counts as quoted only if something says so: a line above
//! it ("On … wrote:", a header block, "Original Message"), quotation marks, or a container of the HTML. Answers
//! between or below quotations are kept; if they stand between, they are kept with their quotations. A mail
//! without quotation is never cut, only its signature is set apart. The text of a forward is its note.

mod explain;
pub mod head;
pub mod intro;
pub mod lines;
pub mod signoff;

use super::body::Container;
use super::finding::Finding;
use super::forwarded;
use super::labels::{self, Prefix};
use super::message::Message;
use head::Head;
use lines::Lines;
use serde::Serialize;

/// A message taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// What its author wrote.
    pub text: String,
    /// The signature block under it.
    pub signature: Option<String>,
    /// What was there before.
    pub quoted: Option<String>,
    /// Whether a delimiter (`-- `) stood above the signature.
    #[serde(skip)]
    pub delimited: bool,
    /// Which rule found which field, in which text.
    #[serde(skip)]
    pub explain: Vec<Finding>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    New,
    Quoted,
}

/// Takes a message apart.
pub fn split(message: &Message) -> Reply {
    let lines = Lines::new(&message.body);
    let subject = message.subject.as_deref();
    let prefix = subject.and_then(labels::prefix).map(|(prefix, _)| prefix);
    let answers = prefix == Some(Prefix::Reply) || !message.references.is_empty();
    let (head, forwards) = forwarded::inline(message, &lines);
    // "Re:" over a forwarded message: the author put it there as part of the answer.
    if forwards && prefix == Some(Prefix::Reply) {
        return finish(&lines, vec![Part::New; lines.len()], None, answers);
    }
    // A form begins like a quoted header; where nothing stands above and nothing is answered, nothing is cut.
    let head = head.filter(|head| {
        let above = head.column > 0 || (0..head.start).any(|at| !lines.is_blank(at));
        above || forwards || answers || prefix.is_some() || head.separator.is_some() || head.depth > 0
    });
    let mut parts = vec![Part::New; lines.len()];
    match &head {
        Some(head) => cut_at(&lines, head, &mut parts),
        None => cut_marks(&lines, &mut parts, answers),
    }
    cut_containers(&lines, head.as_ref(), &mut parts, answers);
    finish(&lines, parts, head.as_ref(), answers)
}

/// Marks what the head introduces as quoted.
fn cut_at(lines: &Lines<'_>, head: &Head, parts: &mut [Part]) {
    let first = if head.column > 0 { head.start + 1 } else { head.start };
    match first_below(lines, head) {
        Some(below) => {
            parts[first..head.end.max(first)].fill(Part::Quoted);
            quotation(lines, below, parts);
        }
        None => parts.iter_mut().skip(first).for_each(|part| *part = Part::Quoted),
    }
}

/// The first quoted line below the head, if the quotation is marked with `>`.
fn first_below(lines: &Lines<'_>, head: &Head) -> Option<usize> {
    let next = (head.end..lines.len()).take(6).find(|at| !lines.is_blank(*at) || lines.all[*at].depth > 0)?;
    let depth = lines.all[next].depth;
    (depth > 0 && depth >= head.depth).then_some(next)
}

/// Marks a quotation that begins in line `from` and is marked with `>`. Lines without a mark inside it are
/// remains of wrapped lines, or answers.
fn quotation(lines: &Lines<'_>, from: usize, parts: &mut [Part]) {
    let marked = |at: usize| lines.all[at].depth > 0;
    let Some(last) = (from..lines.len()).rev().find(|at| marked(*at)) else { return };
    let chunks = answers(lines, from, last);
    if chunks.is_empty() {
        parts[from..=last].fill(Part::Quoted);
        remains(lines, last, parts);
        return;
    }
    // Answers stand between: keep all from the introduction down to the last answer.
    let below = (last + 1..lines.len()).any(|at| !lines.is_blank(at));
    let tail = if below { last + 1 } else { chunks.last().map_or(from, |(_, end)| *end) };
    parts[..tail].fill(Part::New);
    parts[tail..last + 1].fill(Part::Quoted);
}

/// A last line of the quotation may have been wrapped too.
fn remains(lines: &Lines<'_>, last: usize, parts: &mut [Part]) {
    if let Some(next) = lines.all.get(last + 1)
        && !next.text.is_empty()
        && is_remainder(lines, last, last + 1, last + 2)
        && lines.is_blank(last + 2)
    {
        parts[last + 1] = Part::Quoted;
    }
}

/// Runs of lines without a mark between quoted lines that are answers.
fn answers(lines: &Lines<'_>, from: usize, last: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = from;
    while at <= last {
        if lines.all[at].depth > 0 || lines.is_blank(at) {
            at += 1;
            continue;
        }
        let start = at;
        while at <= last && lines.all[at].depth == 0 {
            at += 1;
        }
        let end = (start..at).rev().find(|i| !lines.is_blank(*i)).map_or(start, |i| i + 1);
        if !is_remainder(lines, start.saturating_sub(1), start, end) {
            found.push((start, end));
        }
    }
    found
}

/// Whether lines `start..end` without a mark are the rest of the wrapped quoted line `before`.
fn is_remainder(lines: &Lines<'_>, before: usize, start: usize, end: usize) -> bool {
    if end - start > 2 || before + 1 != start {
        return false;
    }
    let above = &lines.all[before];
    if above.depth == 0 {
        return false;
    }
    let text = lines.all[start].text;
    let link = (text.starts_with(['(', '<', '[', '_', '=', '&', '?', '/']) && !is_initialled(text))
        || text.contains("://");
    let small = text.starts_with(|c: char| {
        c.is_lowercase() || c.is_ascii_digit() || matches!(c, ',' | '.' | ')' | ':' | ';')
    });
    let long = above.raw.chars().count() >= 60;
    link || (small && !above.text.is_empty())
        || (long
            && !above.text.ends_with(['.', '?', '!', ':'])
            && end - start == 1
            && text.chars().count() <= 40)
}

/// Whether the line begins with the initials of who answers: `[JD] Green, please.`
fn is_initialled(text: &str) -> bool {
    let Some((initials, rest)) = text.get(1..).and_then(|inner| inner.split_once([']', ')', '>'])) else {
        return false;
    };
    (1..=16).contains(&initials.len())
        && initials.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | ' '))
        && initials.starts_with(char::is_uppercase)
        && rest.starts_with([' ', ':'])
}

/// Without a head: lines with `>` are quotations if there are two or more, or the mail is an answer.
fn cut_marks(lines: &Lines<'_>, parts: &mut [Part], answers_mail: bool) {
    let marked: Vec<usize> =
        (0..lines.len()).filter(|at| lines.all[*at].depth > 0 && !lines.is_blank(*at)).collect();
    let (Some(first), true) = (marked.first(), marked.len() >= 2 || answers_mail) else { return };
    if marked.iter().all(|at| is_comparison(lines, *at)) {
        return;
    }
    if marked.windows(2).any(|w| w[1] == w[0] + 1) || answers_mail {
        quotation(lines, *first, parts);
    }
}

/// Whether the mark says "greater than": a figure behind it, and a sentence above that goes on.
fn is_comparison(lines: &Lines<'_>, at: usize) -> bool {
    let text = lines.all[at].text;
    let figure = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = figure.len() < text.len() && !figure.starts_with(['.', ')', ':']);
    let above = (0..at).rev().take(20).find(|i| !lines.is_blank(*i) && lines.all[*i].depth == 0);
    counted && above.is_some_and(|i| lines.all[i].text.ends_with(|c: char| c.is_alphanumeric() || c == ','))
}

/// Marks containers of the HTML that hold quoted matter.
fn cut_containers(lines: &Lines<'_>, head: Option<&Head>, parts: &mut [Part], answers_mail: bool) {
    if lines.quotes.is_empty() {
        return;
    }
    let whole = |start: usize, end: usize| !(0..start).chain(end..lines.len()).any(|at| !lines.is_blank(at));
    if let Some(head) = head {
        // What stands below the container that the head opens was written below it.
        let opened = lines.quotes.iter().find(|q| {
            q.depth == 0 && q.start <= head.end + 2 && q.end > head.end && q.start + 1 >= head.start
        });
        if let Some(quote) = opened
            && !whole(quote.start, quote.end)
            && quote.container != Container::Outlook
            && head.depth == 0
        {
            below(lines, quote.end, parts);
        }
        return;
    }
    let last = lines
        .quotes
        .iter()
        .filter(|q| q.depth == 0 && q.container == Container::Blockquote)
        .map(|q| q.start)
        .max();
    for quote in lines.quotes.iter().filter(|q| q.depth == 0) {
        let cut = match quote.container {
            Container::Outlook => true,
            // A client's own class without a line that introduces it is the author's own quotation.
            Container::Client => false,
            Container::Blockquote => answers_mail && Some(quote.start) == last,
        };
        let before = (0..quote.start).any(|at| !lines.is_blank(at));
        if cut && before && !whole(quote.start, quote.end) {
            let end = if quote.container == Container::Outlook { lines.len() } else { quote.end };
            parts[quote.start..end.max(quote.start)].fill(Part::Quoted);
        }
    }
}

/// Text below the container of a quotation is new, unless it is one more quotation.
fn below(lines: &Lines<'_>, from: usize, parts: &mut [Part]) {
    let mut at = from;
    while at < lines.len() {
        if let Some(quote) = lines.quotes.iter().find(|q| q.start == at && q.end > at) {
            at = quote.end;
            continue;
        }
        if lines.all[at].depth == 0 {
            parts[at] = Part::New;
        }
        at += 1;
    }
}

/// Puts the parts together.
fn finish(lines: &Lines<'_>, mut parts: Vec<Part>, head: Option<&Head>, answers_mail: bool) -> Reply {
    let shared = head.filter(|h| h.column > 0).map(|h| h.start);
    let device = device_note(lines, &parts, answers_mail);
    if let Some((at, true)) = device {
        // What follows the note of a device in an answer is history that the device did not mark.
        for part in &mut parts[at + 1..] {
            *part = Part::Quoted;
        }
    }
    let mut fresh: Vec<(usize, &str)> = Vec::new();
    let mut quoted = String::new();
    for (at, part) in parts.iter().enumerate() {
        let line = &lines.all[at];
        match part {
            Part::New => match head.filter(|_| shared == Some(at)) {
                Some(head) => {
                    fresh.push((at, line.text[..head.column].trim_end()));
                    push(&mut quoted, &line.text[head.column..]);
                }
                None => fresh.push((at, line.raw)),
            },
            Part::Quoted => push(&mut quoted, line.raw),
        }
    }
    let marked: Vec<bool> =
        fresh.iter().map(|(at, _)| lines.signatures.iter().any(|(a, b)| (*a..*b).contains(at))).collect();
    let texts: Vec<&str> = fresh.iter().map(|(_, text)| *text).collect();
    let note = device.and_then(|(at, _)| fresh.iter().position(|(line, _)| *line == at));
    let cut = signoff::start(&texts, &marked, note);
    let text = joined(&texts[..cut]);
    let delimited = texts.get(cut).is_some_and(|line| signoff::is_delimiter(line));
    let signature = joined(&texts[cut + usize::from(delimited)..]);
    // A signature alone is no mail: then it is what was written.
    let (text, signature) =
        if text.is_empty() && note.is_none() { (joined(&texts), String::new()) } else { (text, signature) };
    let mut reply = Reply {
        text,
        signature: (!signature.is_empty()).then_some(signature),
        quoted: (!quoted.trim().is_empty()).then(|| quoted.trim_end().to_owned()),
        delimited,
        explain: Vec::new(),
    };
    reply.explain = explain::fields(&reply, lines, head, texts.get(cut).copied());
    reply
}

/// The note of a device: where it stands, and whether unmarked history follows it. In a mail that answers
/// nothing, text below it is text.
fn device_note(lines: &Lines<'_>, parts: &[Part], answers_mail: bool) -> Option<(usize, bool)> {
    let at = (0..lines.len())
        .filter(|at| parts[*at] == Part::New && lines.all[*at].depth == 0 && !lines.is_blank(*at))
        .find(|at| labels::is_device_note(lines.all[*at].text))?;
    let follows = (at + 1..lines.len()).any(|i| parts[i] == Part::New && !lines.is_blank(i));
    let above = (0..at).any(|i| parts[i] == Part::New && !lines.is_blank(i));
    let history = (at + 1..lines.len()).any(|i| parts[i] == Part::Quoted);
    match (follows, answers_mail && above && !history) {
        (true, true) => Some((at, true)),
        (false, _) => Some((at, false)),
        _ => None,
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn joined(lines: &[&str]) -> String {
    let mut out = String::new();
    for line in lines {
        push(&mut out, line);
    }
    out.trim_end().trim_start_matches(['\n', '\u{feff}']).to_owned()
}
