//! Label/value pairs in lines of text, in every layout that forms are mailed in.
//!
//! Reads what is there and judges nothing: whether the pairs make a form is [`super`]'s to say. Each line is
//! looked at a bounded number of times.

use super::footer::is_footer;
use super::inline;
use crate::extract::labels::{self, Field, Own};
use crate::extract::values;
use crate::mail::labels::closing;

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What the label means; `None` for a label that is not in the table.
    pub field: Option<Field>,
    /// The label as written.
    pub label: String,
    /// The value as written; a message keeps its lines.
    pub value: String,
    /// First line, counted from 0.
    pub line: usize,
    /// Under a heading of our own side (`Agent details`).
    pub own_side: bool,
    /// The layout in which it was found.
    pub rule: &'static str,
}

/// All pairs of a text, and how much of the text they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// In order.
    pub pairs: Vec<Pair>,
    /// Non-blank lines that belong to a pair with a known label.
    pub covered: usize,
    /// Non-blank lines.
    pub lines: usize,
}

/// Most pairs read of one text; a form has fewer.
const PAIRS: usize = 400;

/// What one line is.
#[derive(Debug)]
enum Line<'a> {
    Blank,
    /// Dashes, stars, underscores.
    Rule,
    Labelled(Vec<Raw<'a>>),
    Text(&'a str),
}

/// A label on a line with what follows it there.
#[derive(Debug, Clone)]
pub(super) struct Raw<'a> {
    pub field: Option<Field>,
    pub label: &'a str,
    pub value: &'a str,
    pub rule: &'static str,
    /// The line that it stands on.
    pub line: &'a str,
}

/// Reads `text`; `own` are the labels of a source template, empty for any form.
pub fn read(text: &str, own: &Own) -> Reading {
    let mut lines: Vec<Line<'_>> = text.lines().map(|line| classify(line, own)).collect();
    questions(&mut lines);
    label_runs(&mut lines, own);
    let mut reader = Reader { own, reading: Reading::default(), own_side: false, filled: Vec::new() };
    reader.reading.lines = lines.iter().filter(|l| !matches!(l, Line::Blank | Line::Rule)).count();
    let mut at = 0;
    while at < lines.len() && reader.reading.pairs.len() < PAIRS {
        at = reader.step(&lines, at);
    }
    reader.reading
}

/// Takes back the labels of questions that no fitting value follows.
fn questions(lines: &mut [Line<'_>]) {
    for at in 0..lines.len() {
        let Line::Labelled(raws) = &lines[at] else { continue };
        let raw = &raws[0];
        if raw.rule != inline::QUESTION || !raw.value.is_empty() {
            continue;
        }
        let (field, line) = (raw.field, raw.line);
        let next = lines[at + 1..].iter().take(3).find(|l| !matches!(l, Line::Blank));
        if !field.is_some_and(|f| next.is_some_and(|n| inline::fits(f, whole(n)))) {
            lines[at] = Line::Text(line);
        }
    }
}

/// Labels lines that begin with a label and have no sign behind it, where three or more stand together and one
/// of them is sure.
fn label_runs(lines: &mut [Line<'_>], own: &Own) {
    let mut start = 0;
    while start < lines.len() {
        let mut end = start;
        let (mut sure, mut found) = (0, Vec::new());
        while let Some(line) = lines.get(end) {
            match line {
                Line::Blank => {}
                Line::Labelled(raws) if raws[0].rule == "form-gap" => sure += 1,
                Line::Text(text) => match inline::loose(own, text) {
                    Some(raw) => found.push((end, raw)),
                    None => break,
                },
                _ => break,
            }
            end += 1;
        }
        if sure > 0 && sure + found.len() >= 3 {
            for (at, raw) in found {
                lines[at] = Line::Labelled(vec![raw]);
            }
        }
        start = end + 1;
    }
}

struct Reader<'o> {
    own: &'o Own,
    reading: Reading,
    own_side: bool,
    filled: Vec<Field>,
}

impl Reader<'_> {
    /// Reads the line at `at` and what belongs to it; the next line to read.
    fn step(&mut self, lines: &[Line<'_>], at: usize) -> usize {
        match &lines[at] {
            Line::Blank => at + 1,
            Line::Rule => {
                self.own_side = false;
                at + 1
            }
            Line::Text(text) => {
                self.heading(lines, at, text);
                if let Some(next) = self.header_row(lines, at, text) {
                    return next;
                }
                at + 1
            }
            Line::Labelled(raws) => self.labelled(lines, at, raws),
        }
    }

    /// A short line above labels can say whose details follow.
    fn heading(&mut self, lines: &[Line<'_>], at: usize, text: &str) {
        let title = text.trim_end_matches([':', ' ']);
        if title.split_whitespace().count() > 6 || title.contains([',', '.', '!', '?', ';']) {
            return;
        }
        let next = lines[at + 1..].iter().find(|l| !matches!(l, Line::Blank | Line::Rule));
        if labels::is_own_side(text) && matches!(next, Some(Line::Labelled(_))) {
            self.own_side = true;
        } else if text.ends_with(':') {
            self.own_side = false;
        }
    }

    /// A table with its labels in one row and the values in the next.
    fn header_row(&mut self, lines: &[Line<'_>], at: usize, text: &str) -> Option<usize> {
        let heads: Vec<&str> = text.split('\t').map(str::trim).collect();
        let fields: Vec<Option<Field>> = heads.iter().map(|h| self.own.field(h)).collect();
        if heads.len() < 2 || fields.iter().filter(|f| f.is_some()).count() < 2 {
            return None;
        }
        let next =
            (at + 1..lines.len().min(at + 3)).find(|i| !matches!(lines[*i], Line::Blank | Line::Rule))?;
        let Line::Text(values) = lines[next] else { return None };
        let values: Vec<&str> = values.split('\t').map(str::trim).collect();
        if values.len() != heads.len() {
            return None;
        }
        for ((head, field), value) in heads.iter().zip(fields).zip(values) {
            self.push(field, head, value.to_owned(), at, "form-header-row");
        }
        self.reading.covered += 2;
        Some(next + 1)
    }

    fn labelled(&mut self, lines: &[Line<'_>], at: usize, raws: &[Raw<'_>]) -> usize {
        let mut next = at + 1;
        if raws[0].field == Some(Field::Heading) {
            self.own_side = false;
            return next;
        }
        for (i, raw) in raws.iter().enumerate() {
            let last = i + 1 == raws.len();
            let mut value = raw.value.trim().to_owned();
            let mut rule = raw.rule;
            if last && raw.field == Some(Field::Message) {
                next = self.message(lines, at + 1, &mut value);
            } else if last
                && value.is_empty()
                && !is_heading(raw)
                && let Some(below) = below(lines, at, raw.field.is_some())
            {
                next = below + 1;
                value = whole(&lines[below]).to_owned();
                rule = "form-below";
            }
            if last && value.is_empty() && raws.len() == 1 && matches!(raw.field, None | Some(Field::Other)) {
                self.heading(lines, at, raw.line);
            }
            if raw.field.is_some() && i == 0 {
                self.reading.covered +=
                    lines[at..next].iter().filter(|l| !matches!(l, Line::Blank | Line::Rule)).count();
            }
            self.push(raw.field, raw.label, value, at, rule);
        }
        next
    }

    /// The rest of a message whose label stood before line `from`; the line behind it.
    fn message(&self, lines: &[Line<'_>], from: usize, value: &mut String) -> usize {
        let mut end = from;
        let mut taken = from;
        let mut blank = false;
        while end < lines.len() {
            let line = &lines[end];
            match line {
                Line::Blank => blank = true,
                Line::Rule if value.is_empty() => {}
                Line::Rule => break,
                Line::Text(text) if is_footer(text) || (blank && !value.is_empty() && is_link(text)) => break,
                Line::Labelled(raws) if self.ends_message(lines, end, raws, value.is_empty()) => break,
                Line::Text(_) | Line::Labelled(_) => {
                    if !value.is_empty() {
                        value.push_str(if blank { "\n\n" } else { "\n" });
                    }
                    value.push_str(whole(line));
                    blank = false;
                    taken = end + 1;
                }
            }
            end += 1;
        }
        taken.max(if value.is_empty() { from } else { taken })
    }

    /// Whether a labelled line inside a message is the form's next field and not the customer's own words.
    fn ends_message(&self, lines: &[Line<'_>], at: usize, raws: &[Raw<'_>], empty: bool) -> bool {
        let after_blank = matches!(lines.get(at.wrapping_sub(1)), Some(Line::Blank));
        let Some(raw) = raws.first() else { return false };
        if raw.rule == "form-table" || (raw.rule == "form-dashes" && raw.field.is_some()) {
            return true;
        }
        // `I agree to the terms: on`
        if raws.len() == 1 && values::is_consent(raw.value) && self.fields_follow(&lines[at..]) {
            return true;
        }
        match raw.field {
            None => is_footer(raw.line) || (after_blank && fields_to_the_end(&lines[at..])),
            Some(Field::End | Field::Heading) => true,
            Some(field) if !is_customers(field) && field != Field::Message => {
                empty || self.fields_follow(&lines[at..])
            }
            Some(field) => !self.filled.contains(&field),
        }
    }

    /// Whether labelled lines alone follow until one that can only be the form's, or to the end. Looks at a bounded
    /// number of lines.
    fn fields_follow(&self, lines: &[Line<'_>]) -> bool {
        let mut value_below = false;
        for line in lines.iter().take(24) {
            match line {
                Line::Blank => {}
                Line::Rule => return true,
                Line::Labelled(raws) => match raws[0].field {
                    Some(Field::End | Field::Heading) => return true,
                    Some(field) if is_customers(field) && !self.filled.contains(&field) => return true,
                    _ => value_below = raws[0].value.is_empty(),
                },
                Line::Text(text) if is_footer(text) => return true,
                Line::Text(_) if value_below => value_below = false,
                Line::Text(_) => return false,
            }
        }
        true
    }

    fn push(&mut self, field: Option<Field>, label: &str, value: String, line: usize, rule: &'static str) {
        if let Some(field) = field
            && !value.is_empty()
            && !self.own_side
        {
            self.filled.push(field);
        }
        let label = label.trim().to_owned();
        self.reading.pairs.push(Pair { field, label, value, line, own_side: self.own_side, rule });
    }
}

/// Whether a field is the customer's own.
fn is_customers(field: Field) -> bool {
    use Field::{Company, Email, FirstName, LastName, Name, Phone, Reference};
    matches!(field, Name | FirstName | LastName | Email | Phone | Company | Reference)
}

/// Whether a label that stands alone is the title of our own side's block and has no value.
fn is_heading(raw: &Raw<'_>) -> bool {
    matches!(raw.field, None | Some(Field::Other)) && labels::is_own_side(raw.label)
}

/// Whether only labelled lines follow, two or more: the form's tail and not the customer's words. Looks at a
/// bounded number of lines.
fn fields_to_the_end(lines: &[Line<'_>]) -> bool {
    let mut labelled = 0;
    for line in lines.iter().take(16) {
        match line {
            Line::Blank => {}
            Line::Labelled(_) => labelled += 1,
            Line::Rule => break,
            Line::Text(text) if is_footer(text) => break,
            Line::Text(_) => return false,
        }
    }
    labelled >= 2
}

/// The line that holds the value of a label standing alone at `at`: the next one with text, over at most two
/// blank ones, if it is no label itself.
fn below(lines: &[Line<'_>], at: usize, known: bool) -> Option<usize> {
    let next = (at + 1..lines.len().min(at + 4)).find(|i| !matches!(lines[*i], Line::Blank))?;
    match &lines[next] {
        Line::Text(text) => (known && !is_footer(text)).then_some(next),
        Line::Labelled(raws) => {
            let foreign = raws.first().is_some_and(|r| r.field.is_none() && !r.value.trim().is_empty());
            (known
                && foreign
                && raws[0].label.split_whitespace().count() <= 1
                && raws[0].rule != "form-table")
                .then_some(next)
        }
        _ => None,
    }
}

/// The line as it stands, without quotation marks before it.
fn whole<'a>(line: &Line<'a>) -> &'a str {
    match line {
        Line::Text(text) => text,
        Line::Labelled(raws) => raws.first().map_or("", |r| r.line),
        Line::Blank | Line::Rule => "",
    }
}

fn classify<'a>(line: &'a str, own: &Own) -> Line<'a> {
    let line = unquote(line);
    if line.is_empty() {
        return Line::Blank;
    }
    let rule = line.chars().all(|c| "-=_*~—–─━#+. ".contains(c)) && line.chars().count() >= 2;
    if rule || line.chars().all(|c| "()[]{},;".contains(c)) {
        return Line::Rule;
    }
    // "Best wishes" above a name is no label of wishes.
    if closing(line).is_some() {
        return Line::Text(line);
    }
    let raws = inline::raws(own, line);
    if raws.is_empty() { Line::Text(line) } else { Line::Labelled(raws) }
}

/// Without `>` marks and surrounding space; the tabs of an empty first cell go too.
fn unquote(line: &str) -> &str {
    line.trim()
        .trim_start_matches(|c: char| c == '>' || c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}')
}

fn is_link(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www."))
        && !text.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(Field, String)> {
        read(text, &Own::default()).pairs.into_iter().filter_map(|p| p.field.map(|f| (f, p.value))).collect()
    }

    fn ana() -> Vec<(Field, String)> {
        vec![
            (Field::Name, "Ana Ruiz".into()),
            (Field::Email, "ana@customer.example".into()),
            (Field::Phone, "600 112 233".into()),
            (Field::Message, "Hola, ¿sigue libre?".into()),
        ]
    }

    #[test]
    fn every_layout_gives_the_same_pairs() {
        for text in [
            "Nombre: Ana Ruiz\nEmail: ana@customer.example\nTeléfono: 600 112 233\nMensaje: Hola, ¿sigue libre?",
            "NOMBRE Ana Ruiz\nEMAIL ana@customer.example\nTELÉFONO 600 112 233\nMENSAJE Hola, ¿sigue libre?",
            "Nombre:\tAna Ruiz\nEmail:\tana@customer.example\nTeléfono:\t600 112 233\nMensaje:\tHola, ¿sigue libre?",
            "Nombre\nAna Ruiz\nEmail\nana@customer.example\nTeléfono\n600 112 233\nMensaje\nHola, ¿sigue libre?",
            "Nombre:\n\nAna Ruiz\n\nEmail:\n\nana@customer.example\n\nTeléfono:\n\n600 112 233\n\nMensaje:\n\nHola, ¿sigue libre?",
            "Nombre: Ana Ruiz Email: ana@customer.example Teléfono: 600 112 233 Mensaje: Hola, ¿sigue libre?",
            "Nombre: Ana RuizEmail: ana@customer.exampleTeléfono: 600 112 233Mensaje: Hola, ¿sigue libre?",
            "--- Nombre ---\n\nAna Ruiz\n\n--- Email ---\n\nana@customer.example\n\n--- Teléfono ---\n\n600 112 233\n\n--- Mensaje ---\n\nHola, ¿sigue libre?",
            "**Nombre:** Ana Ruiz\n**Email:** ana@customer.example\n**Teléfono:** 600 112 233\n**Mensaje:** Hola, ¿sigue libre?",
            "> Nombre: Ana Ruiz\n> Email: ana@customer.example\n> Teléfono: 600 112 233\n> Mensaje: Hola, ¿sigue libre?",
            "• Nombre : Ana Ruiz\n• Email : ana@customer.example\n• Teléfono : 600 112 233\n• Mensaje : Hola, ¿sigue libre?",
            "Nombre\tEmail\tTeléfono\tMensaje\nAna Ruiz\tana@customer.example\t600 112 233\tHola, ¿sigue libre?",
            "[Nombre] => Ana Ruiz\n[Email] => ana@customer.example\n[Teléfono] => 600 112 233\n[Mensaje] => Hola, ¿sigue libre?",
        ] {
            assert_eq!(fields(text), ana(), "{text}");
        }
    }

    #[test]
    fn message_keeps_its_lines_and_ends_at_the_next_field() {
        let text =
            "Mensaje: Hola.\n\nNota: el jueves no puedo.\nGracias\nTeléfono: 600 112 233\n---\nPowered by X";
        assert_eq!(
            fields(text),
            [
                (Field::Message, "Hola.\n\nNota: el jueves no puedo.\nGracias".into()),
                (Field::Phone, "600 112 233".to_owned())
            ]
        );
    }

    #[test]
    fn field_left_empty_does_not_swallow_the_next_label() {
        let text = "Name: Ana Ruiz\nPhone:\nEmail: ana@customer.example\n";
        assert_eq!(fields(text)[1], (Field::Phone, String::new()));
    }
}
