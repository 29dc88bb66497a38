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
        self.cells(cells.into());
    }

    /// Adds a row whose columns were chosen when the program ran.
    pub fn cells(&mut self, cells: Vec<String>) {
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

    /// The table in at most `columns` columns where that is possible: columns in which nothing stands go first,
    /// then the widest ones give way.
    pub fn render(&self, columns: usize, bold: bool) -> String {
        if total(&self.natural_widths()) > columns
            && let Some(narrower) = self.without_empty_columns()
        {
            return narrower.render(columns, bold);
        }
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

    /// The table without columns in which nothing stands, if there are such.
    fn without_empty_columns(&self) -> Option<Table> {
        let full: Vec<usize> =
            (0..self.headers.len()).filter(|&at| self.rows.iter().any(|row| !row[at].is_empty())).collect();
        if full.len() == self.headers.len() || full.is_empty() {
            return None;
        }
        let rows = self.rows.iter().map(|row| full.iter().map(|&at| row[at].clone()).collect()).collect();
        Some(Table { headers: full.iter().map(|&at| self.headers[at]).collect(), rows })
    }

    fn natural_widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headers.iter().map(|h| text::width(h)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(cell));
            }
        }
        widths
    }

    fn widths(&self, columns: usize) -> Vec<usize> {
        let mut widths = self.natural_widths();
        loop {
            let over = total(&widths).saturating_sub(columns);
            let cuttable = self.headers.iter().zip(&mut widths).filter(|(header, _)| **header != WHOLE);
            let widest = cuttable.map(|(_, width)| width).max();
            let Some(widest) = widest.filter(|w| over > 0 && **w > LEAST) else {
                return widths;
            };
            *widest -= 1;
        }
    }
}

/// Columns of a line with gaps.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn cells(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, &width) in row.iter().zip(widths) {
        let cell = text::cut(cell, width);
        let padding = width.saturating_sub(text::width(&cell)) + GAP;
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
    fn columns_in_which_nothing_stands_leave_where_there_is_no_room() {
        let mut table = Table::new(&["name", "company", "since"]);
        table.row(["Ana Ruiz".into(), String::new(), "2026-11-22".into()]);
        assert!(table.render(80, false).starts_with("NAME      COMPANY  SINCE"));
        assert_eq!(table.render(20, false), "NAME      SINCE\nAna Ruiz  2026-11-22\n");
    }

    #[test]
    fn cell_with_line_ends_stays_on_its_line() {
        let mut table = Table::new(&["a"]);
        table.row(["one\ntwo".into()]);
        assert_eq!(table.render(80, false).lines().count(), 2);
    }
}
