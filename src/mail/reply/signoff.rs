//! Where the signature block under a text begins.
//!
//! These set a signature apart from the text: the delimiter `-- ` (RFC 3676, section 4.3) and what users type for
//! it (`--`, `__`, `—`), a container that the client marks as signature, the note of a device, and a formal
//! closing ("Kind regards", in any language) with at most a dozen short lines under it. A lone "Thanks" is
//! something said and stays with the text, as does a bare name without a closing: nobody is hurt by a name too
//! many in a text, but by a sentence too few.

use crate::mail::labels::{self, Closing};

/// Most lines of a signature under a closing.
const UNDER_CLOSING: usize = 14;
/// Most lines of a signature under a delimiter.
const UNDER_DELIMITER: usize = 30;
/// Longest line of a signature under a closing, in characters.
const SHORT: usize = 75;

/// The first line of the signature; the number of lines if there is none. `marked` says which lines the client
/// marked as signature, `note` where the note of a device stands.
pub fn start(lines: &[&str], marked: &[bool], note: Option<usize>) -> usize {
    let end = lines.iter().rposition(|l| !l.trim().is_empty()).map_or(0, |i| i + 1);
    let mut cut = note.unwrap_or(lines.len()).min(lines.len());
    if let Some(at) = marked_start(lines, marked, end) {
        cut = cut.min(at);
    }
    if let Some(at) = delimiter(lines, end.min(cut)) {
        cut = cut.min(at);
    }
    let end = lines[..cut.min(end)].iter().rposition(|l| !l.trim().is_empty()).map_or(0, |i| i + 1);
    if let Some(at) = closing(lines, end) {
        cut = cut.min(at);
    }
    cut
}

/// The client's own container, if nothing but it stands at the end.
fn marked_start(lines: &[&str], marked: &[bool], end: usize) -> Option<usize> {
    let first = marked.iter().position(|m| *m)?;
    let only = (first..end).all(|at| marked[at] || lines[at].trim().is_empty());
    only.then_some(first)
}

/// Whether the line is a delimiter of signatures.
pub fn is_delimiter(line: &str) -> bool {
    let raw = line.trim_end_matches(['\r', '\n']);
    if matches!(raw, "-- " | "--" | "--\u{a0}") {
        return true;
    }
    matches!(
        line.trim(),
        "--" | "__"
            | "___"
            | "—"
            | "––"
            | "---"
            | "----"
            | "_____"
            | "===="
            | "***"
            | "*****"
            | "- --"
            | "--=20"
    ) || (line.trim().len() >= 8
        && line.trim().len() <= 90
        && labels::is_rule(line)
        && !line.trim().contains(' '))
}

/// The last delimiter with a block under it.
fn delimiter(lines: &[&str], end: usize) -> Option<usize> {
    let mut filled = 0;
    let mut best = None;
    for at in (0..end).rev() {
        let line = lines[at].trim_end_matches('\r');
        if line.trim().is_empty() {
            continue;
        }
        if is_delimiter(line) {
            // A sentence goes on below it: it fences something in.
            if line != "-- " && goes_on(&lines[at + 1..end]) {
                return best;
            }
            let exact = matches!(line, "-- " | "--" | "--\u{a0}");
            let drawn = line.trim().chars().count() >= 5;
            let most = if exact {
                UNDER_DELIMITER
            } else if drawn {
                12
            } else {
                16
            };
            let above = lines[..at].iter().any(|l| !l.trim().is_empty());
            let paragraph = lines[at + 1..end].iter().any(|l| l.chars().count() > 120);
            if filled >= 1
                && filled <= most
                && above
                && (exact || !paragraph)
                && (!drawn || looks_signed(&lines[at + 1..end]))
            {
                best = Some(at);
                if exact {
                    return best;
                }
            }
        }
        filled += 1;
        if filled > UNDER_DELIMITER {
            break;
        }
    }
    best
}

/// Whether prose that began above goes on in the first of these lines.
fn goes_on(lines: &[&str]) -> bool {
    let first = lines.iter().map(|l| l.trim()).find(|l| !l.is_empty());
    first.is_some_and(|line| {
        line.starts_with(char::is_lowercase) && line.split_whitespace().count() >= 5 && !has_contact(line)
    })
}

/// Whether lines under a drawn line are those of a signature: something to reach a person or list by.
fn looks_signed(lines: &[&str]) -> bool {
    lines.iter().any(|l| has_contact(l))
        && lines.iter().filter(|l| !l.trim().is_empty()).all(|l| l.chars().count() <= 100)
}

/// Whether an address, a site or a telephone number stands there.
pub fn has_contact(line: &str) -> bool {
    let at = line.contains('@')
        && line.split(|c: char| c.is_whitespace() || "<>()[],;:|".contains(c)).any(|w| {
            w.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        });
    at || line.contains("www.") || line.contains("://") || has_phone(line)
}

/// Whether a run of digits long enough for a telephone number stands there, and no date or amount.
pub fn has_phone(line: &str) -> bool {
    phone(line).is_some()
}

/// The first telephone number of a line, as written.
pub fn phone(line: &str) -> Option<&str> {
    let mut start = None;
    let mut digits = 0;
    let mut last = 0;
    for (at, c) in line.char_indices().chain([(line.len(), '\n')]) {
        let part = c.is_ascii_digit()
            || (start.is_some() && matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '–' | '‑'))
            || (start.is_none() && matches!(c, '+' | '('));
        if part {
            start = start.or(Some(at));
            if c.is_ascii_digit() {
                digits += 1;
                last = at + 1;
            }
            continue;
        }
        if let Some(begin) = start.take()
            && (7..=15).contains(&digits)
            && is_number(&line[begin..last])
        {
            return Some(line[begin..last].trim());
        }
        digits = 0;
    }
    None
}

/// Digits that are no date, time, amount or postal code with a number behind it.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let year = |g: &&str| g.len() == 4 && (g.starts_with("19") || g.starts_with("20"));
    let date = groups.len() == 3
        && text.contains(['/', '.', '-'])
        && (year(&groups[0]) || year(&groups[2]))
        && groups.iter().filter(|g| g.len() <= 2).count() == 2;
    let lone = groups.len() == 1 && !text.starts_with('+') && (text.len() < 8 || text.len() > 12);
    let most = if text.starts_with('+') { 15 } else { 12 };
    !date && !lone && !groups.iter().any(|g| g.len() > most)
}

/// Whether a long line is one of the notices that companies put under every mail.
fn is_disclaimer(line: &str) -> bool {
    const WORDS: [&str; 27] = [
        "confidential",
        "intended solely",
        "intended recipient",
        "disclaimer",
        "consider the environment",
        "vertraulich",
        "registergericht",
        "handelsregister",
        "geschäftsführer",
        "confidentiel",
        "confidencial",
        "protección de datos",
        "riservat",
        "vertrouwelijk",
        "poufn",
        "důvěrn",
        "dôvern",
        "luottamuksell",
        "fortrolig",
        "konfidentiell",
        "конфиденц",
        "конфіденц",
        "поверител",
        "bizalmas",
        "confidenț",
        "gizli",
        "機密",
    ];
    let lower = line.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether the line adds something below the signature: it is text, and so is what stands above it.
fn is_postscript(line: &str) -> bool {
    let folded = labels::fold(&line[..labels::floor(line, 16)]);
    [
        "p.s", "ps:", "ps.", "ps ", "ps,", "ps-", "p. s.", "nb:", "n.b", "p.d", "pd:", "p.s.", "p/s",
        "p.p.s", "pps", "з.ы", "p.п", "追伸", "追記",
    ]
    .iter()
    .any(|start| folded.starts_with(start) || folded == start.trim_end())
}

/// A formal closing with short lines under it.
fn closing(lines: &[&str], end: usize) -> Option<usize> {
    let mut filled = 0;
    let mut found = None;
    for at in (0..end).rev() {
        let line = lines[at].trim();
        if line.is_empty() {
            continue;
        }
        if filled > UNDER_CLOSING || is_postscript(line) {
            break;
        }
        let text = line.trim_start_matches(['>', '*', '-', ' ']);
        let formal = labels::closing(text) == Some(Closing::Formal);
        let above = lines[..at].iter().any(|l| !l.trim().is_empty());
        if formal && above && filled >= 1 {
            found = Some(at);
        }
        if line.chars().count() > SHORT && !has_contact(line) && !formal && !is_disclaimer(line) {
            break;
        }
        if line.ends_with(['?', '!', ':'])
            && !formal
            && labels::closing(text).is_none()
            && filled >= 1
            && line.split_whitespace().count() > 4
        {
            break;
        }
        filled += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_telephone_number_only_if_it_can_be_one() {
        assert_eq!(phone("Tel: +44 20 7946 0958"), Some("+44 20 7946 0958"));
        assert_eq!(phone("ring (020) 7946-0958 now").map(str::trim), Some("(020) 7946-0958"));
        assert_eq!(phone("on 04.03.2025 at 10"), None);
        assert_eq!(phone("order 1234"), None);
    }
}
