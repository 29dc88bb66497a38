//! The lines of a body, with how deep each is quoted: by `>` marks in plain text, by containers in HTML.
//!
//! Quotation marks are taken off `text`, which is trimmed; `raw` is the line as it stands.

use crate::mail::body::{Body, Container, MarkKind};
use crate::mail::labels;

/// One line.
#[derive(Debug, Clone, Copy)]
pub struct Line<'t> {
    /// As it stands.
    pub raw: &'t str,
    /// Without quotation marks, trimmed.
    pub text: &'t str,
    /// How many quotation marks stood before it.
    pub depth: usize,
}

/// A quotation that the HTML said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// First line.
    pub start: usize,
    /// The line after the last.
    pub end: usize,
    /// What it is.
    pub container: Container,
    /// Containers round it.
    pub depth: usize,
}

/// A body as lines.
#[derive(Debug, Default)]
pub struct Lines<'t> {
    /// The lines.
    pub all: Vec<Line<'t>>,
    /// Quotations by container, in the order in which they open.
    pub quotes: Vec<Quote>,
    /// Lines before which a rule is drawn.
    pub rules: Vec<usize>,
    /// Lines that the client marked as a signature: first, and the one after the last.
    pub signatures: Vec<(usize, usize)>,
}

impl<'t> Lines<'t> {
    /// Reads a body.
    pub fn new(body: &'t Body) -> Self {
        let mut lines = Lines { all: split(&body.text), ..Lines::default() };
        let count = lines.all.len();
        let mut open: Vec<usize> = Vec::new();
        let mut signature = None;
        for mark in &body.marks {
            let line = mark.line.min(count);
            match mark.kind {
                MarkKind::QuoteOpen(container) => {
                    let quote = Quote { start: line, end: count, container, depth: open.len() };
                    open.push(lines.quotes.len());
                    lines.quotes.push(quote);
                }
                MarkKind::QuoteClose => {
                    if let Some(quote) = open.pop() {
                        lines.quotes[quote].end = line;
                    }
                }
                MarkKind::SignatureOpen => signature = signature.or(Some(line)),
                MarkKind::SignatureClose => {
                    if let Some(start) = signature.take() {
                        lines.signatures.push((start, line));
                    }
                }
                MarkKind::Rule => lines.rules.push(line),
            }
        }
        if let Some(start) = signature {
            lines.signatures.push((start, count));
        }
        lines
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether the body has no line.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether the line is empty but for quotation marks.
    pub fn is_blank(&self, at: usize) -> bool {
        self.all.get(at).is_none_or(|line| line.text.is_empty())
    }

    /// The first line from `at` on that is not blank, looking no further than `within` lines.
    pub fn next(&self, at: usize, within: usize) -> Option<usize> {
        (at..self.len().min(at + within)).find(|i| !self.is_blank(*i))
    }

    /// The lines as they stand, joined and trimmed.
    pub fn raw(&self, start: usize, end: usize) -> String {
        let end = end.min(self.len());
        join(self.all[start.min(end)..end].iter().map(|line| line.raw))
    }

    /// The lines with at most `depth` quotation marks taken off, joined and trimmed.
    pub fn unquoted(&self, start: usize, end: usize, depth: usize) -> String {
        let end = end.min(self.len());
        join(self.all[start.min(end)..end].iter().map(|line| strip(line.raw, depth)))
    }
}

fn join<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let text = out.trim_end().trim_start_matches(['\n', '\r', '\u{feff}']);
    text.to_owned()
}

fn split(text: &str) -> Vec<Line<'_>> {
    let mut out: Vec<Line<'_>> = Vec::new();
    // An address that a client wrapped in `<…` and `>:` is no quotation.
    let mut open = false;
    for raw in text.split('\n') {
        let (rest, depth) = if open && closes(raw) { (raw, 0) } else { quoted(raw) };
        let text = rest.trim_matches(|c: char| c.is_whitespace() || labels::is_invisible(c));
        open = depth == 0
            && match (text.rfind('<'), text.rfind('>')) {
                (Some(open), Some(close)) => open > close,
                (Some(_), None) => true,
                _ => false,
            };
        out.push(Line { raw, text, depth });
    }
    while out.last().is_some_and(|line| line.raw.trim().is_empty()) {
        out.pop();
    }
    out
}

fn closes(raw: &str) -> bool {
    let rest = raw.trim().strip_prefix('>').map(str::trim);
    rest.is_some_and(|rest| rest == ":" || (rest.ends_with(':') && rest.len() < 24))
}

/// The line without its quotation marks, and how many there were.
fn quoted(raw: &str) -> (&str, usize) {
    let start = raw.trim_start();
    if !start.starts_with('>') || raw.len() - start.len() > 4 || start.trim_end().ends_with("<<") {
        return (raw, 0);
    }
    let mut rest = start;
    let mut depth = 0;
    loop {
        let inner = rest.strip_prefix(' ').unwrap_or(rest);
        match inner.strip_prefix('>') {
            Some(more) => {
                rest = more;
                depth += 1;
            }
            None => return (rest, depth),
        }
    }
}

/// The line without at most `depth` quotation marks and the space behind the last of them.
fn strip(raw: &str, depth: usize) -> &str {
    if depth == 0 || quoted(raw).1 == 0 {
        return raw;
    }
    let mut rest = raw.trim_start();
    for _ in 0..depth {
        let inner = rest.trim_start();
        match inner.strip_prefix('>') {
            Some(more) => rest = more,
            None => break,
        }
    }
    rest.strip_prefix(' ').unwrap_or(rest)
}
