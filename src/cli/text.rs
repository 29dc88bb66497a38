//! Text from strangers, made harmless for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with everything that could steer a terminal or reorder its line written out: control characters,
/// bidirectional overrides, line and paragraph separators. Line ends and tabs become a space.
pub fn line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_unsafe(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
        out
    })
}

/// Like [`line()`], over several lines.
pub fn lines(text: &str) -> String {
    text.split('\n').map(|l| line(l.strip_suffix('\r').unwrap_or(l))).collect::<Vec<_>>().join("\n")
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Columns that the text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns, with `…` where it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut taken = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide > columns.saturating_sub(1) {
            break;
        }
        taken += wide;
        out.push(c);
    }
    out.push('…');
    out
}

/// A moment in the time zone of whoever reads it, with its offset.
pub fn time(moment: jiff::Timestamp) -> String {
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// `1 entry`, `2 entries`.
pub fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// A page of `Name: value` lines, aligned.
#[derive(Debug, Default)]
pub struct Page {
    fields: Vec<(&'static str, String)>,
}

impl Page {
    /// Adds a line.
    pub fn field(&mut self, name: &'static str, value: impl ToString) {
        self.fields.push((name, line(&value.to_string())));
    }

    /// Adds a line if there is a value.
    pub fn maybe(&mut self, name: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value.map(|v| v.to_string()).filter(|v| !v.is_empty()) {
            self.field(name, value);
        }
    }

    /// The page.
    pub fn finish(self) -> String {
        let longest = self.fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines = self.fields.iter().map(|(name, value)| format!("{name:>longest$}  {value}\n"));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        let evil = "a\u{1b}[31mred\u{202e}gro\r\nb\u{9b}2J\u{7}\0";
        let shown = line(evil);
        assert!(!shown.chars().any(is_unsafe), "{shown}");
        assert_eq!(line("a\r\nb\tc"), "a  b c");
        assert_eq!(lines("a\r\nb\u{1b}"), "a\nb\\u{1b}");
    }

    #[test]
    fn cut_counts_columns_not_characters() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 2), "a…");
    }
}
