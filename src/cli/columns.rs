//! Columns of a list, chosen by whoever asks for it.

use super::exit::{USAGE, fault};
use super::table::Table;

/// A column's name, and what stands in it.
pub type Column<T> = (&'static str, fn(&T) -> String);

/// The columns of one list.
#[derive(Debug)]
pub struct Columns<T: 'static>(Vec<Column<T>>);

impl<T> Columns<T> {
    /// The columns of these names out of all that there are; the usual ones if none is named.
    pub fn named(names: &[String], all: &[Column<T>], usual: &[&str]) -> anyhow::Result<Columns<T>> {
        let named: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        let names = if named.is_empty() { usual.to_vec() } else { named };
        let find = |name: &&str| {
            let known = || all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let column = all.iter().find(|(column, _)| column == name);
            column.copied().ok_or_else(|| fault(USAGE, format!("no column `{name}`; there are {}", known())))
        };
        Ok(Columns(names.iter().map(find).collect::<anyhow::Result<_>>()?))
    }

    /// The table.
    pub fn table(&self, rows: &[T]) -> Table {
        let headers: Vec<&'static str> = self.0.iter().map(|(name, _)| *name).collect();
        let mut table = Table::new(&headers);
        for row in rows {
            table.cells(self.0.iter().map(|(_, cell)| cell(row)).collect());
        }
        table
    }
}
