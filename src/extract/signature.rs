//! The signature of a mail, and what it says about its author.
//!
//! **What counts.** A signature is a block at the end of the author's own text that says who signs: below a
//! delimiter (`-- `), in a container that the client marks, or a name, alone or with title, company and numbers
//! under it. A closing with a name ("Thanks, Ben") is a signature, because it names the author; a closing alone
//! ("Thanks in advance!") is none, nor is a telephone number in a sentence. A name is one if it is the author's
//! as the header shows it, or stands alone on the last line below an empty line or a closing.
//!
//! `fields` reads the block. Numbers are given as written; callers normalise them. Everything is a suggestion for empty fields: a title may
//! be a department. The functions look at the last twenty lines only.

mod fields;
mod words;

pub use words::region_of;

use super::company;
use crate::mail::address::{self, Mailbox};
use crate::mail::finding::Finding;
use crate::mail::labels;
use crate::mail::reply::signoff;
use serde::Serialize;

/// Most lines of a block.
const LINES: usize = 20;

/// A signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// The block.
    pub text: String,
    /// Who signs.
    pub name: Option<String>,
    /// Company or organisation.
    pub company: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Telephone numbers as written.
    pub phones: Vec<String>,
    /// Sites.
    pub urls: Vec<String>,
    /// Which rule found which field, in which line.
    #[serde(skip)]
    pub explain: Vec<Finding>,
}

/// The signature at the end of `text`, the new text of a mail with its signature. `author` is the mail's author
/// as its header says.
pub fn find(text: &str, author: Option<&Mailbox>) -> Option<Signature> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().rposition(|l| !l.trim().is_empty())? + 1;
    let names = names(author);
    let start = start(&lines[..end], &names)?;
    let block: Vec<&str> = lines[start..end].to_vec();
    let domain = author.and_then(|a| a.address.as_deref()).and_then(address::domain_of);
    Some(fields::read(&block, &names, domain.filter(|d| !company::is_free_mail(d))))
}

/// Words of the author's name and address, folded.
fn names(author: Option<&Mailbox>) -> Vec<String> {
    let Some(author) = author else { return Vec::new() };
    let local = author.address.as_deref().and_then(|a| a.split('@').next()).unwrap_or_default();
    let name = author.name.as_deref().unwrap_or_default();
    name.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .chain(local.split(|c: char| !c.is_alphabetic()))
        .map(labels::fold)
        .filter(|w| w.chars().count() >= 3 || (w.chars().count() == 2 && w.chars().all(labels::is_ideograph)))
        .collect()
}

/// Where the block begins.
fn start(lines: &[&str], names: &[String]) -> Option<usize> {
    if let Some(at) = delimited(lines) {
        return Some(at);
    }
    let filled: Vec<usize> =
        (0..lines.len()).rev().filter(|at| !lines[*at].trim().is_empty()).take(LINES).collect();
    let own = filled
        .iter()
        .copied()
        .take(14)
        .filter(|at| is_own_name(lines[*at], names))
        .filter(|at| block_below(lines, *at))
        .min();
    let closed = filled
        .iter()
        .copied()
        .take(12)
        .filter(|at| closes(lines, *at))
        .filter(|at| block_below(lines, *at))
        .min();
    if let Some(at) = [own, closed].into_iter().flatten().min() {
        return Some(with_closing(lines, at));
    }
    if let Some(at) = contact_block(lines, &filled) {
        return Some(with_closing(lines, at));
    }
    last_name(lines, &filled).map(|at| with_closing(lines, at))
}

fn delimited(lines: &[&str]) -> Option<usize> {
    let marked = vec![false; lines.len()];
    let at = signoff::start(lines, &marked, None);
    (at < lines.len()).then_some(at)
}

/// Whether the line is the author's name, alone or with little round it.
fn is_own_name(line: &str, names: &[String]) -> bool {
    let line = line.trim().trim_start_matches(['-', '–', '—', '~', '*', '_', ' ']);
    if line.is_empty() || line.contains('\t') || line.chars().count() > 60 {
        return false;
    }
    let words: Vec<String> = words(line);
    let few = words.len() <= 5;
    if !few || line.ends_with(['?', ':']) {
        return false;
    }
    let own = words
        .iter()
        .filter(|w| {
            names.iter().any(|n| {
                n == *w
                    || (n.chars().count() > 3
                        && w.starts_with(n.as_str())
                        && w.chars().count() <= n.chars().count() + 14)
            })
        })
        .count();
    own >= 1
        && (own * 2 >= words.len() || starts_capital(line))
        && words
            .first()
            .is_some_and(|w| names.iter().any(|n| n == w || w.contains(n.as_str())) || words.len() <= 4)
        && all_named(line)
}

/// Whether each word of letters begins with a capital, but for particles, or all are small.
fn all_named(line: &str) -> bool {
    let particles = [
        "de", "von", "van", "der", "den", "del", "di", "da", "dos", "la", "le", "el", "bin", "al", "y", "e",
        "zu", "ten", "ter", "du", "af", "av",
    ];
    let mut words = line
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '-'))
        .filter(|w| w.chars().any(char::is_alphabetic));
    words.all(|w| {
        let first = w.chars().find(|c| c.is_alphabetic());
        first.is_some_and(|c| !c.is_lowercase())
            || particles.contains(&w)
            || line.split_whitespace().count() == 1
    })
}

fn starts_capital(line: &str) -> bool {
    line.chars().find(|c| c.is_alphabetic()).is_some_and(|c| !c.is_lowercase())
}

fn words(line: &str) -> Vec<String> {
    line.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| w.chars().any(char::is_alphabetic))
        .map(labels::fold)
        .collect()
}

/// Whether what stands below the line is a block: short lines, no prose.
fn block_below(lines: &[&str], at: usize) -> bool {
    let below: Vec<&str> = lines[at + 1..].iter().map(|l| l.trim()).filter(|l| !l.is_empty()).collect();
    below.len() <= 12
        && below.iter().all(|l| {
            let words = l.split_whitespace().count();
            signoff::has_contact(l) && words <= 14
                || l.chars().count() <= 60 && !is_sentence(l)
                || labels::is_device_note(l)
        })
}

/// Whether the line is a sentence: many words, small letters, a stop.
fn is_sentence(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let small = words.iter().filter(|w| w.starts_with(char::is_lowercase)).count();
    (words.len() >= 5 && small * 2 > words.len() && line.ends_with(['.', '!', '?', ':']))
        || (words.len() >= 7 && small * 3 > words.len() * 2)
        || line.ends_with(['?', ':'])
}

/// Whether the line is a closing with a name on it or on the next line.
fn closes(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    if labels::closing(line).is_some() {
        let next = lines[at + 1..].iter().map(|l| l.trim()).find(|l| !l.is_empty());
        return next.is_some_and(|l| is_name(l) || signoff::has_contact(l));
    }
    // "Thanks, Ben", "Regards. BT".
    let split = line.find([',', '.', '!', ';']).or_else(|| line.find(" - ")).or_else(|| line.rfind(' '));
    split.is_some_and(|cut| {
        let (closing, name) =
            (&line[..cut], line[cut..].trim_matches(|c: char| !c.is_alphanumeric() && c != ')'));
        labels::closing(closing).is_some() && !name.is_empty() && is_name(name)
    })
}

/// Whether the line can be a person's name: one to four words, capitals, no figures.
fn is_name(line: &str) -> bool {
    let line = line
        .trim()
        .trim_start_matches(['-', '–', '—', '~', '*', ' '])
        .trim_end_matches(['.', ',', '*', ' ', '_']);
    let count = line.split_whitespace().count();
    if !(1..=5).contains(&count) || line.chars().count() > 45 || labels::closing(line).is_some() {
        return false;
    }
    let letters = line.chars().all(|c| {
        c.is_alphabetic()
            || c.is_whitespace()
            || matches!(c, '.' | '-' | '\'' | '’' | ',' | '(' | ')' | '&' | '"' | '/')
    });
    letters
        && line.chars().any(char::is_alphabetic)
        && all_named(line)
        && !line.ends_with(['!', '?', ':', ';'])
}

/// The closing right above a line, if there is one.
fn with_closing(lines: &[&str], at: usize) -> usize {
    let above = (0..at).rev().take(3).find(|i| !lines[*i].trim().is_empty());
    match above {
        Some(above) if labels::closing(lines[above]).is_some() || signoff::is_delimiter(lines[above]) => {
            above
        }
        _ => at,
    }
}

/// A block at the end whose lines hold ways to reach somebody: below a name or an empty line.
fn contact_block(lines: &[&str], filled: &[usize]) -> Option<usize> {
    let last = *filled.first()?;
    let mut first = last;
    let mut contacts = 0;
    for at in filled {
        let line = lines[*at].trim();
        let gap = first.saturating_sub(*at) > 2;
        if gap || is_sentence(line) || line.chars().count() > 75 || line.split_whitespace().count() > 12 {
            break;
        }
        if prose_contact(line) {
            break;
        }
        contacts += usize::from(signoff::has_contact(line) || short_extension(line));
        first = *at;
    }
    if contacts == 0 || first == 0 {
        return None;
    }
    let head =
        (first..=last).find(|at| is_name(lines[*at]) && (*at == 0 || lines[*at - 1].trim().is_empty()))?;
    let below = (head + 1..=last).filter(|at| !lines[*at].trim().is_empty()).count();
    let above_blank = head == 0 || lines[head - 1].trim().is_empty();
    ((1..=12).contains(&below)
        && above_blank
        && (head..=last).any(|at| signoff::has_contact(lines[at]) || short_extension(lines[at])))
    .then_some(head)
}

/// A number or link inside a list or instruction.
fn prose_contact(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit())
        && line.contains([')', '.'])
        && line.find([')', '.']).is_some_and(|at| at <= 2)
}

/// An extension of a house: `x-37059`, `3-7060`, `*7086`, `ext. 12`.
fn short_extension(line: &str) -> bool {
    let line = line.trim();
    let digits = line.chars().filter(char::is_ascii_digit).count();
    line.len() <= 14
        && (3..=7).contains(&digits)
        && line
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, 'x' | 'X' | '-' | '*' | '#' | '.' | ' ' | 'e' | 't'))
}

/// A name alone on the last line, below an empty line.
fn last_name(lines: &[&str], filled: &[usize]) -> Option<usize> {
    let last = *filled.first()?;
    let line = lines[last].trim();
    let single = line.split_whitespace().count() <= 3 && is_name(line) && line.chars().count() >= 2;
    let alone = last >= 2 && lines[last - 1].trim().is_empty() && filled.len() >= 2;
    let prose = filled.get(1).is_some_and(|at| {
        let above = lines[*at].trim();
        above.split_whitespace().count() >= 4 && !above.contains('\t')
    });
    (single && alone && prose && !lines[last].starts_with("    ") && !lines[last].contains('\t'))
        .then_some(last)
}
