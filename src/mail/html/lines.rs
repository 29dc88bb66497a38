//! Lines of text under construction: white space collapsed, cells gathered until their row is complete.

use super::super::body::{Mark, MarkKind};

/// Lines of the document or of one table cell.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<String>,
    marks: Vec<Mark>,
    current: String,
    /// White space is due before the next word.
    space: bool,
    /// An empty line is due before the next line.
    gap: bool,
    /// The current line holds more than spaces.
    filled: bool,
}

impl Lines {
    /// Adds text whose white space collapses.
    pub fn flow(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '\x0c' => self.space = true,
                c => self.push(c),
            }
        }
    }

    /// Adds text whose white space counts.
    pub fn pre(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => self.end_line(),
                '\r' => {}
                ' ' | '\t' => {
                    self.due();
                    self.current.push(c);
                }
                c => self.push(c),
            }
        }
    }

    fn push(&mut self, c: char) {
        match c {
            // Fillers of preheaders and soft hyphens: nothing that a reader sees.
            '\u{200b}' | '\u{feff}' | '\u{034f}' | '\u{ad}' | '\u{2060}' | '\u{180e}' | '\u{61c}' => {}
            // A paragraph with nothing but such a space is an empty line, and no empty line is due before it.
            '\u{a0}' | '\u{202f}' | '\u{2007}' if !self.filled => {
                self.current.push(' ');
                self.space = false;
            }
            '\u{a0}' | '\u{202f}' | '\u{2007}' => {
                self.due();
                self.current.push(' ');
            }
            c if c.is_control() && c != '\t' => {}
            c => {
                self.due();
                self.filled = true;
                self.current.push(c);
            }
        }
    }

    /// Writes what is due before a character.
    fn due(&mut self) {
        if !self.filled {
            if self.gap && self.lines.last().is_some_and(|l| !l.is_empty()) {
                self.lines.push(String::new());
            }
            self.gap = false;
        } else if self.space {
            self.current.push(' ');
        }
        self.space = false;
    }

    /// Ends the line that has something on it.
    pub fn break_block(&mut self) {
        self.space = false;
        if !self.current.is_empty() {
            self.end_line();
        }
    }

    /// Ends the line, with or without something on it.
    pub fn end_line(&mut self) {
        let line = std::mem::take(&mut self.current);
        self.lines.push(line.trim_end().to_owned());
        (self.filled, self.space, self.gap) = (false, false, false);
    }

    /// Wants an empty line before what follows.
    pub fn want_gap(&mut self) {
        self.break_block();
        self.gap = true;
    }

    /// Places a mark before the next line.
    pub fn mark(&mut self, kind: MarkKind) {
        self.break_block();
        let mut line = self.lines.len();
        if self.gap && self.lines.last().is_some_and(|l| !l.is_empty()) && !closes(kind) {
            self.lines.push(String::new());
            self.gap = false;
            line += 1;
        }
        self.marks.push(Mark { line, kind });
    }

    /// Where the text stands now: line and octet in it.
    pub fn position(&self) -> (usize, usize) {
        (self.lines.len(), self.current.len())
    }

    /// What was added to the current line since `position`.
    pub fn since(&self, (line, at): (usize, usize)) -> Option<&str> {
        if line != self.lines.len() {
            return Some(self.current.as_str()).filter(|c| !c.is_empty());
        }
        self.current.get(at..)
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        !self.filled && self.lines.iter().all(String::is_empty)
    }

    /// The finished lines and marks.
    pub fn finish(mut self) -> (Vec<String>, Vec<Mark>) {
        self.break_block();
        (self.lines, self.marks)
    }

    /// Adds one line that is complete.
    pub fn line(&mut self, text: &str) {
        self.break_block();
        self.due();
        self.current.push_str(text);
        self.filled = true;
        self.end_line();
    }

    /// Adds the lines of a cell or nested table.
    pub fn append(&mut self, cell: Lines) {
        self.break_block();
        let (lines, marks) = cell.finish();
        let first = lines.iter().position(|l| !l.is_empty()).unwrap_or(lines.len());
        if first < lines.len() {
            self.due();
        }
        let base = self.lines.len();
        for mark in marks {
            self.marks.push(Mark { line: base + mark.line.saturating_sub(first), kind: mark.kind });
        }
        self.lines.extend(lines.into_iter().skip(first));
        while self.lines.len() > base && self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
    }

    /// The cell as one line without marks, if it is one.
    pub fn single(&self) -> Option<&str> {
        if !self.marks.is_empty() {
            return None;
        }
        let mut filled = self.lines.iter().filter(|l| !l.is_empty());
        match (filled.next(), filled.next(), self.current.as_str()) {
            (None, _, current) => Some(current.trim()),
            (Some(line), None, "") => Some(line.trim()),
            _ => None,
        }
    }
}

fn closes(kind: MarkKind) -> bool {
    matches!(kind, MarkKind::QuoteClose | MarkKind::SignatureClose)
}
