//! Text from strangers, made harmless for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with everything that could steer a terminal, reorder its line or hide in it written out: control
/// characters, bidirectional overrides and isolates, tags, invisible and zero-width characters, line and
/// paragraph separators. Joiners stay where they join letters of other scripts or emoji, which need them. Line
/// ends and tabs become a space.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_unsafe(c) || is_joiner(c) && before.is_ascii() => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Like [`line()`], over several lines.
pub fn lines(text: &str) -> String {
    text.split('\n').map(|l| line(l.strip_suffix('\r').unwrap_or(l))).collect::<Vec<_>>().join("\n")
}

/// A JSON text of the same value, in which nothing steers the terminal that it may be printed on. Such
/// characters stand only within strings, where JSON writes them as escapes too.
pub fn json(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c == '\n' || !is_unsafe(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
        out
    })
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{feff}' | '\u{00ad}' | '\u{034f}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // The selector of emoji makes a narrow character wide.
        let wide = if rest.peek() == Some(&'\u{fe0f}') { 2 } else { c.width().unwrap_or(0) };
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
    fn nothing_invisible_hides_in_a_text_and_emoji_stay_whole() {
        for (evil, shown) in [
            ("pay\u{200d}pal", "pay\\u{200d}pal"),
            ("pay\u{200b}pal", "pay\\u{200b}pal"),
            ("a\u{2067}b\u{2069}", "a\\u{2067}b\\u{2069}"),
            ("a\u{e0061}b", "a\\u{e0061}b"),
            ("a\u{85}b\u{9b}1m", "a\\u{85}b\\u{9b}1m"),
            ("a\u{ad}\u{3164}b", "a\\u{ad}\\u{3164}b"),
            ("\u{2028}\u{202c}", "\\u{2028}\\u{202c}"),
        ] {
            assert_eq!(line(evil), shown);
        }
        for fine in ["👩\u{200d}👧", "❤\u{fe0f}", "می\u{200c}خواهم", "Zoë, 日本, שלום"] {
            assert_eq!(line(fine), fine);
        }
    }

    #[test]
    fn json_says_the_same_without_steering_the_terminal() {
        let value = serde_json::json!({ "a\u{9b}": "\u{202e}\u{e0061}\u{1b}\n", "b": [1, "日本"] });
        let text = json(&serde_json::to_string_pretty(&value).expect("a value is JSON"));
        assert!(text.chars().all(|c| c == '\n' || !is_unsafe(c)), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON still"), value);
    }

    #[test]
    fn cut_counts_columns_not_characters() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 2), "a…");
        for columns in 1..8 {
            let hearts = "❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}";
            assert!(width(&cut(hearts, columns)) <= columns, "{columns}");
        }
    }
}
