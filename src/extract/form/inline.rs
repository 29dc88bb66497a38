//! Labels on one line: at its begin, alone, or several with their values between.

use super::lines::Raw;
use crate::extract::labels::{self, Field, Own};
use crate::extract::values;

/// How far before a colon a label may begin, in octets.
const REACH: usize = labels::LABEL;
/// Most colons looked at in one line; a form on one line has fewer.
const COLONS: usize = 200;
/// Most words of a label inside a line.
const WORDS: usize = 8;
/// Most labels of one line.
const PER_LINE: usize = 40;

/// The rule of a label that only its value shows to be one.
pub(super) const QUESTION: &str = "form-question";

/// The labels of `line`, in order; empty if it is text.
pub(super) fn raws<'a>(own: &Own, line: &'a str) -> Vec<Raw<'a>> {
    if line.contains('\t') {
        return cells(own, line, '\t');
    }
    // A table of Markdown.
    if line.len() > 2 && line.starts_with('|') && line.ends_with('|') {
        return cells(own, line, '|');
    }
    let bare = unmark(line);
    if let Some(raw) = alone(own, bare, line) {
        return vec![raw];
    }
    let found = with_colons(own, bare);
    if !found.is_empty() {
        return found;
    }
    let found = capitals(own, bare);
    if found.is_empty() { without_colon(own, bare).into_iter().collect() } else { found }
}

/// `NOMBRE Ana Ruiz EMAIL ana@…  MENSAJE Hola`: three labels or more in capitals, values between.
fn capitals<'a>(own: &Own, line: &'a str) -> Vec<Raw<'a>> {
    let shouts =
        |w: &str| w.chars().filter(|c| c.is_alphabetic()).count() >= 3 && !w.chars().any(char::is_lowercase);
    let mut words: Vec<(usize, &str)> = Vec::new();
    for word in line.split(' ').filter(|w| !w.is_empty()) {
        words.push((word.as_ptr() as usize - line.as_ptr() as usize, word));
    }
    let mut marks: Vec<(usize, usize, Field)> = Vec::new();
    let mut at = 0;
    while at < words.len() && marks.len() < PER_LINE {
        // The longest run of shouted words that is a label.
        let run = (1..=3)
            .rev()
            .filter(|n| at + n <= words.len() && words[at..at + n].iter().all(|(_, w)| shouts(w)));
        let hit = run.filter_map(|n| {
            let (last, word) = words[at + n - 1];
            let end = last + word.len();
            own.field(&line[words[at].0..end]).map(|field| (n, end, field))
        });
        match hit.into_iter().next() {
            Some((n, end, field)) => {
                marks.push((words[at].0, end, field));
                at += n;
            }
            None if marks.is_empty() => return Vec::new(),
            None => at += 1,
        }
    }
    if marks.len() < 3 {
        return Vec::new();
    }
    let until = |i: usize| marks.get(i + 1).map_or(line.len(), |m| m.0);
    let raw = |(i, &(start, end, field)): (usize, &(usize, usize, Field))| Raw {
        field: Some(field),
        label: &line[start..end],
        value: line[end..until(i)].trim(),
        rule: "form-upper",
        line,
    };
    marks.iter().enumerate().map(raw).collect()
}

/// A table row: label, value; or label, value, label, value.
fn cells<'a>(own: &Own, line: &'a str, separator: char) -> Vec<Raw<'a>> {
    let cells: Vec<&str> =
        line.split(separator).map(str::trim).filter(|c| !c.is_empty()).take(PER_LINE).collect();
    // A column of row numbers says nothing.
    let numbered = cells.len() > 2 && cells[0].chars().all(|c| c.is_ascii_digit() || c == '.');
    let cells = if numbered { &cells[1..] } else { &cells[..] };
    let known = |cell: &str| own.field(unmark(cell).trim_end_matches([':', '：']));
    match cells {
        [] => Vec::new(),
        [only] => raws(own, only),
        // A row of labels has its values in the next row.
        all if all.iter().all(|c| known(c).is_some()) && !all[0].ends_with(':') => Vec::new(),
        all if all.len() % 2 == 0 && all.chunks(2).all(|pair| known(pair[0]).is_some()) => {
            all.chunks(2).map(|pair| cell_pair(own, line, pair[0], pair[1])).collect()
        }
        [label, value, ..] if known(label).is_some() || label.ends_with(':') => {
            // Several cells behind a label: the value is the rest of the row.
            let start = value.as_ptr() as usize - line.as_ptr() as usize;
            vec![cell_pair(
                own,
                line,
                label,
                if cells.len() == 2 {
                    value
                } else {
                    line[start..].trim_matches(|c: char| c.is_whitespace() || c == separator)
                },
            )]
        }
        [label, ..] if label.split_whitespace().count() <= 6 && cells.len() == 2 => {
            vec![Raw { field: None, label, value: cells[1], rule: "form-table", line }]
        }
        _ => Vec::new(),
    }
}

fn cell_pair<'a>(own: &Own, line: &'a str, label: &'a str, value: &'a str) -> Raw<'a> {
    let label = unmark(label).trim_end_matches([':', '：']).trim();
    Raw { field: own.field(label), label, value, rule: "form-table", line }
}

/// A label that is the whole line: `Nombre`, `Nombre:`, `--- Nombre ---`.
fn alone<'a>(own: &Own, bare: &'a str, line: &'a str) -> Option<Raw<'a>> {
    if bare.len() > REACH + 16 {
        return None;
    }
    let inner = bare.trim_matches(|c: char| "-=_*~—–#".contains(c) || c.is_whitespace());
    let dashed = inner.len() + 4 <= bare.len() && line.starts_with(['-', '=', '_', '*', '~', '#']);
    let label = inner.trim_end_matches([':', '：', ' ', '*', '?']).trim_end_matches("：");
    let question = inner.ends_with(['?', '？']) && !label.contains([':', '：']);
    let rule = if dashed { "form-dashes" } else { "form-below" };
    let (field, rule) = match own.field(label) {
        Some(field) => (field, rule),
        None => (labels::asked(label).filter(|_| question)?, QUESTION),
    };
    let end = label.as_ptr() as usize + label.len() - line.as_ptr() as usize;
    Some(Raw { field: Some(field), label, value: &line[end..end], rule, line })
}

/// Labels that a colon ends, at the line's begin or inside it.
fn with_colons<'a>(own: &Own, line: &'a str) -> Vec<Raw<'a>> {
    let mut marks: Vec<(usize, usize, usize, Field)> = Vec::new();
    let mut from = 0;
    for (at, len) in colons(line).take(COLONS) {
        if marks.len() == PER_LINE {
            break;
        }
        let in_message = marks.last().is_some_and(|m| m.3 == Field::Message);
        if let Some((start, field)) = label_before(own, line, from, at, in_message)
            && !(start > 0 && field == Field::Other && marks.is_empty())
        {
            marks.push((start, at, at + len, field));
            from = at + len;
        }
    }
    let strong =
        |f: Field| matches!(f, Field::Name | Field::Email | Field::Phone | Field::Message | Field::FirstName);
    if marks.first().is_some_and(|m| m.0 > 0) && marks.iter().filter(|m| strong(m.3)).count() < 2 {
        marks.clear();
    }
    if marks.is_empty() {
        return at_begin(own, line).into_iter().collect();
    }
    let several = marks.len() > 1;
    let mut out = Vec::with_capacity(marks.len());
    for (i, &(start, end, value, field)) in marks.iter().enumerate() {
        let until = marks.get(i + 1).map_or(line.len(), |m| m.0);
        let label = line[start..end].trim_matches(|c: char| "*_ ".contains(c));
        let value =
            line[value..until].trim_matches(|c: char| c.is_whitespace() || (several && "|,;·•".contains(c)));
        let value = value.trim_start_matches(['*', '_']).trim_start();
        out.push(Raw {
            field: Some(field),
            label,
            value,
            rule: if several { "form-inline" } else { "form-colon" },
            line,
        });
    }
    out
}

/// Octets where a colon ends a label: not in a link or a time of day.
fn colons(line: &str) -> impl Iterator<Item = (usize, usize)> {
    line.char_indices().filter(|(_, c)| matches!(c, ':' | '：')).filter_map(|(at, c)| {
        let after = &line[at + c.len_utf8()..];
        let digit_before = line[..at].ends_with(|c: char| c.is_ascii_digit());
        let time = digit_before && after.starts_with(|c: char| c.is_ascii_digit());
        (!time && !after.starts_with("//")).then_some((at, c.len_utf8()))
    })
}

/// The longest known label that ends at `end`, begins at or behind `from`, and inside a line shows itself by a
/// capital or by punctuation before it.
fn label_before(own: &Own, line: &str, from: usize, end: usize, in_message: bool) -> Option<(usize, Field)> {
    let mut low = end.saturating_sub(REACH).max(from);
    while !line.is_char_boundary(low) {
        low += 1;
    }
    let mut before: Option<char> = line[..low].chars().next_back().filter(|_| low > from);
    let mut starts: Vec<usize> = Vec::new();
    for (at, c) in line[low..end].char_indices() {
        let start = before.is_none_or(|b| {
            // Nothing between a value and the next label: `RuizEmail`, `233Mensaje`, `exampleTel`.
            !b.is_alphanumeric() || (c.is_uppercase() && (b.is_lowercase() || b.is_numeric()))
        });
        before = Some(c);
        let start = start && c.is_alphanumeric() && end - low - at > 1;
        if start && (low + at == 0 || begins_label(line, low + at, in_message)) {
            starts.push(low + at);
        }
    }
    let nearest = &starts[starts.len().saturating_sub(WORDS)..];
    let field = |start: usize| {
        own.field(line[start..end].trim_end_matches(['*', '_', ' '])).map(|field| (start, field))
    };
    nearest.iter().find_map(|start| field(*start))
}

/// Whether what starts at `start` inside a line looks like a label and not like a word of a sentence: it has a
/// capital, or there is punctuation before it, or the line's labels are all in small letters. Inside a message,
/// the customer's own words, only a capital counts.
fn begins_label(line: &str, start: usize, in_message: bool) -> bool {
    let first = line[start..].chars().next().unwrap_or(' ');
    if first.is_uppercase() || !first.is_lowercase() {
        return true;
    }
    let before = line[..start].trim_end().chars().next_back().unwrap_or(' ');
    let small = line.starts_with(char::is_lowercase);
    !in_message && (small || "|,;·•-–/".contains(before) || line[..start].ends_with("  "))
}

/// `label = value`, `[label] => value`, `label | value`; and `Something: value` with a label not in the table.
fn at_begin<'a>(own: &Own, line: &'a str) -> Option<Raw<'a>> {
    for separator in ["=>", "=", " | ", " - ", " – ", " — "] {
        if let Some(at) = line.find(separator).filter(|&at| at > 0 && at <= REACH) {
            let label = line[..at].trim_matches(|c: char| "[]\"'* ".contains(c));
            if let Some(field) = own.field(label) {
                let value = line[at + separator.len()..].trim();
                return Some(Raw { field: Some(field), label, value, rule: "form-sign", line });
            }
        }
    }
    // `Stock # ..... A-12`: dots lead from the label to its value.
    if let Some(at) = line.find("...").filter(|&at| at > 0 && at <= REACH) {
        let (label, value) = (line[..at].trim(), line[at..].trim_start_matches(['.', ' ']));
        if let Some(field) = own.field(label).filter(|_| !value.is_empty()) {
            return Some(Raw { field: Some(field), label, value, rule: "form-sign", line });
        }
    }
    // `What is your e-mail? ana@…`
    if let Some(at) = line.find(['?', '？']).filter(|&at| at > 0 && at <= REACH) {
        let (label, value) = (&line[..at], line[at..].trim_start_matches(['?', '？', ':', ' ']));
        // A single word with a question mark (`Questions? Call us`) asks nobody for his own.
        let asks = !value.is_empty() && label.split_whitespace().count() >= 3;
        let known = own.field(label).filter(|_| asks);
        if let Some(field) = known.or_else(|| labels::asked(label).filter(|field| fits(*field, value))) {
            return Some(Raw { field: Some(field), label, value, rule: QUESTION, line });
        }
    }
    let (at, len) = colons(line).next().filter(|&(at, _)| at > 0)?;
    let value = line[at + len..].trim();
    // What a ticked box says is as long as lawyers like it.
    if at > 48 && !(at <= 300 && values::is_consent(value)) {
        return None;
    }
    let label = line[..at].trim_matches(|c: char| "*_ ".contains(c));
    let good = (label.split_whitespace().count() <= 5 || values::is_consent(value))
        && label.starts_with(|c: char| c.is_uppercase() || !c.is_ascii())
        && !label.contains(['.', ',', '!', '?', '@', '/']);
    good.then_some(Raw { field: None, label, value, rule: "form-unknown", line })
}

/// Whether a value shows by itself that it answers a question for an address or a telephone.
pub(super) fn fits(field: Field, value: &str) -> bool {
    match field {
        Field::Email => values::is_address(value) && value.split_whitespace().count() <= 2,
        Field::Phone => {
            value.chars().filter(char::is_ascii_digit).count() >= 6
                && value.chars().filter(|c| c.is_alphabetic()).count() <= 12
        }
        _ => false,
    }
}

/// `NOMBRE Ana Ruiz`, `Email ana@…`, `Phone  +34…`: a label with its value and no sign between.
fn without_colon<'a>(own: &Own, line: &'a str) -> Option<Raw<'a>> {
    let mut best = None;
    for (at, _) in line.char_indices().filter(|(_, c)| *c == ' ').take(5) {
        if at > REACH {
            break;
        }
        let label = &line[..at];
        let Some(field) = own.field(label) else { continue };
        let value = line[at..].trim_start();
        let upper = label.chars().any(char::is_alphabetic) && !label.chars().any(char::is_lowercase);
        let upper = upper && label.chars().filter(|c| c.is_alphabetic()).count() >= 3;
        // A shout (`NAME YOUR PRICE`) is no label: the value must not shout on, unless it is no word at all.
        let calm = value.chars().any(|c| c.is_lowercase() || c.is_ascii_digit() || c == '@');
        let wide = line[at..].starts_with("  ");
        let plain = match field {
            Field::Email => values::is_address(value) && value.split_whitespace().count() <= 2,
            Field::Phone => {
                value.chars().filter(char::is_ascii_digit).count() >= 6
                    && !value.chars().any(char::is_alphabetic)
            }
            _ => false,
        };
        if (upper && calm) || wide || plain {
            best = Some(Raw {
                field: Some(field),
                label,
                value,
                rule: if upper { "form-upper" } else { "form-gap" },
                line,
            });
        }
    }
    best
}

/// `Name Mr John Smith`: a label and a value with nothing to show it; only a run of such lines counts.
pub(super) fn loose<'a>(own: &Own, line: &'a str) -> Option<Raw<'a>> {
    let line = unmark(line);
    let at = line
        .char_indices()
        .filter(|(_, c)| *c == ' ')
        .map(|(at, _)| at)
        .take(4)
        .take_while(|at| *at <= REACH);
    let raw = |at: usize| {
        // `Message I would …`: a small word behind the label is the value's.
        let label = &line[..at];
        let small = label.rsplit(' ').next().is_some_and(|w| w.chars().count() <= 2) && label.contains(' ');
        let field = own.field(label).filter(|f| *f != Field::Heading && !small)?;
        Some(Raw { field: Some(field), label: &line[..at], value: line[at..].trim(), rule: "form-run", line })
    };
    if !line.starts_with(char::is_uppercase) || line.ends_with('.') && line.split(' ').count() > 12 {
        return None;
    }
    at.filter_map(raw).last()
}

/// Without bullets, numbering, pictures and marks of bold before a label.
fn unmark(line: &str) -> &str {
    let line = line.trim_start_matches(|c: char| {
        !c.is_alphanumeric()
            && !matches!(c, '[' | '(' | '{' | '+' | '<' | '"' | '\'' | '@' | '¿' | '¡' | '$' | '€' | '#')
    });
    // `1. Name`, `2) Email`
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    match rest.strip_prefix(['.', ')']) {
        Some(after) if (1..=2).contains(&digits) && after.starts_with(' ') => after.trim_start(),
        _ => line,
    }
}
