//! Tables for people: as wide as the terminal, every cell on one line.

use super::text;
use std::fmt::Write as _;

/// A table in the making.
#[derive(Debug)]
pub struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Columns between two cells.
const GAP: usize = 2;
/// A column is not made narrower than this.
const LEAST: usize = 8;
/// The column that is never cut: what stands there is written into the next command.
const WHOLE: &str = "id";

impl Table {
    /// An empty table.
    pub fn new(headers: &[&'static str]) -> Self {
        Table { headers: headers.to_vec(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are headers.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.headers.len(), "a cell for each header");
        self.rows.push(cells.iter().map(|cell| text::line(cell)).collect());
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in at most `columns` columns where that is possible; the widest columns give way first.
    pub fn render(&self, columns: usize, bold: bool) -> String {
        let widths = self.widths(columns);
        let mut out = String::new();
        let headers: Vec<String> = self.headers.iter().map(|h| h.to_uppercase()).collect();
        let (on, off) = if bold { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(out, "{on}{}{off}", cells(&headers, &widths));
        for row in &self.rows {
            let _ = writeln!(out, "{}", cells(row, &widths));
        }
        out
    }

    fn widths(&self, columns: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headers.iter().map(|h| text::width(h)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(cell));
            }
        }
        let gaps = GAP * widths.len().saturating_sub(1);
        loop {
            let total: usize = widths.iter().sum::<usize>() + gaps;
            let over = total.saturating_sub(columns);
            let cuttable = self.headers.iter().zip(&mut widths).filter(|(header, _)| **header != WHOLE);
            let widest = cuttable.map(|(_, width)| width).max();
            let Some(widest) = widest.filter(|w| over > 0 && **w > LEAST) else {
                return widths;
            };
            *widest -= 1;
        }
    }
}

fn cells(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, &width) in row.iter().zip(widths) {
        let cell = text::cut(cell, width);
        let padding = width - text::width(&cell) + GAP;
        line.push_str(&cell);
        line.extend(std::iter::repeat_n(' ', padding));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_fits_the_terminal_and_the_widest_column_gives_way() {
        let mut table = Table::new(&["code", "subject"]);
        table.row(["DEAL-1".into(), "x".repeat(100)]);
        table.row(["DEAL-2".into(), "日本語".into()]);
        let shown = table.render(40, false);
        assert!(shown.lines().all(|line| text::width(line) <= 40), "{shown}");
        assert!(shown.contains("DEAL-1  xxx") && shown.contains('…') && shown.contains("日本語"));
    }

    #[test]
    fn id_is_never_cut() {
        let id = "0193".repeat(9);
        let mut table = Table::new(&["id", "subject"]);
        table.row([id.clone(), "x".repeat(30)]);
        assert!(table.render(50, false).contains(&format!("{id}  xxx")), "{}", table.render(50, false));
    }

    #[test]
    fn cell_with_line_ends_stays_on_its_line() {
        let mut table = Table::new(&["a"]);
        table.row(["one\ntwo".into()]);
        assert_eq!(table.render(80, false).lines().count(), 2);
    }
}
