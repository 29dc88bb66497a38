//! Comma-separated values as RFC 4180 has them, inert in a spreadsheet.
//!
//! A cell that a spreadsheet would compute (it begins with `=`, `+`, `-` or `@`, also behind blanks, or with their
//! full-width forms) gets an apostrophe before it, which spreadsheets take as "this is text"; whoever reads the file
//! by program takes one leading apostrophe away. Control characters and what turns the reading direction are written
//! out as in tables.

use super::super::text;

/// Appends a line of cells.
pub fn append(out: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let inert = inert(cell);
        if inert.contains(['"', ',', '\n', ';']) || inert.starts_with(' ') || inert.ends_with(' ') {
            out.push('"');
            out.push_str(&inert.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&inert);
        }
    }
    out.push_str("\r\n");
}

fn inert(cell: &str) -> String {
    let shown = text::lines(cell);
    let begins = shown.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if begins { format!("'{shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let mut out = String::new();
        append(&mut out, &cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>());
        out
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(&["a", "b c", ""]), "a,b c,\r\n");
        assert_eq!(
            line(&["a,b", "say \"x\"", "two\nlines", "a;b"]),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"a;b\"\r\n"
        );
        assert_eq!(line(&["two\r\nlines"]), "\"two\nlines\"\r\n");
    }

    #[test]
    fn nothing_is_computed_by_a_spreadsheet() {
        for evil in [
            "=cmd|'/c calc'!A1",
            "+1+2",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            " =1",
            "\r=1",
            "\n=1",
            "＝1",
            "=1,\"2\"",
        ] {
            let shown = line(&[evil]);
            assert!(shown.trim_start_matches('"').starts_with('\''), "{evil:?}: {shown}");
        }
        assert_eq!(line(&["a=b", "x - y", "1-2"]), "a=b,x - y,1-2\r\n");
        assert!(!line(&["\u{1b}[2J\u{202e}"]).contains(['\u{1b}', '\u{202e}']));
    }
}
