//! The index page of an export: plain HTML that loads nothing, runs nothing and links only to files beside it. All that
//! came from outside is escaped, and nothing in it turns the direction of reading.

use super::super::text;
use serde_json::Value;
use std::fmt::Write as _;

/// Nouns whose rows are many and say little to people: the page only links to them.
const LONG: [&str; 3] = ["audit", "intakes", "notifications"];

/// A page in the making.
#[derive(Debug)]
pub struct Index {
    out: String,
}

impl Index {
    /// A page with its head.
    pub fn new(name: &str, company: &str) -> Index {
        let title = if company.is_empty() { name.to_owned() } else { format!("{name}: kept by {company}") };
        let title = escaped(&title);
        let out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n\
             <style>body{{font-family:sans-serif;margin:2em}}table{{border-collapse:collapse;margin:0 0 1em}}\
             th,td{{border:1px solid #ccc;padding:.2em .5em;text-align:left;vertical-align:top}}\
             td{{white-space:pre-wrap}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        );
        Index { out }
    }

    /// Adds the rows of a noun.
    pub fn rows(&mut self, noun: &str, file: &str, rows: &[&Value]) {
        self.heading(noun, rows.len(), file);
        if LONG.contains(&noun) {
            return;
        }
        for row in rows {
            self.out.push_str("<table>\n");
            for (field, value) in row.as_object().into_iter().flatten() {
                let shown = match value {
                    Value::Null => continue,
                    Value::Array(items) if items.is_empty() => continue,
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let _ =
                    writeln!(self.out, "<tr><th>{}</th><td>{}</td></tr>", escaped(field), escaped(&shown));
            }
            self.out.push_str("</table>\n");
        }
    }

    /// Adds the mails.
    pub fn mails(&mut self, file: &str, letters: &[Value]) {
        self.heading("mails", letters.len(), file);
        self.out.push_str(
            "<table>\n<tr><th>received</th><th>from</th><th>to</th><th>subject</th><th>file</th></tr>\n",
        );
        for letter in letters {
            let to: Vec<&str> =
                letter["to"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let text = |field: &str| escaped(letter[field].as_str().unwrap_or_default());
            let link = match letter["file"].as_str() {
                Some(file) => format!("<a href=\"{0}\">{0}</a>", escaped(file)),
                None => text("reason"),
            };
            let _ = writeln!(
                self.out,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{link}</td></tr>",
                text("received_at"),
                text("from"),
                escaped(&to.join(", ")),
                text("subject")
            );
        }
        self.out.push_str("</table>\n");
    }

    fn heading(&mut self, noun: &str, count: usize, file: &str) {
        let (noun, file) = (escaped(noun), escaped(file));
        let _ = writeln!(self.out, "<h2>{noun} ({count})</h2>\n<p><a href=\"{file}\">{file}</a></p>");
    }

    /// The page.
    pub fn finish(mut self) -> String {
        self.out.push_str("</body>\n</html>\n");
        self.out
    }
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in text::lines(value).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
