//! What is wrong with a configuration, and where it stands.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// Line and column, counted from 1, where the place is known.
    pub place: Option<(usize, usize)>,
    /// What is wrong and what to write instead.
    pub message: String,
    /// The line, for people.
    pub line: Option<String>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        if let (Some(line), Some((_, column))) = (&self.line, self.place) {
            write!(f, "\n    {line}\n    {:>column$}", "^")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl Error {
    /// An error at a place of a file's text.
    pub(super) fn at(file: &Path, text: &str, span: Option<Range<usize>>, message: String) -> Error {
        let start = span.map(|s| s.start.min(text.len()));
        let place = start.map(|start| {
            let before = &text.as_bytes()[..start];
            let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
            // In characters: the marker below the line stands under them.
            let line_so_far = before.iter().rev().take_while(|&&b| b != b'\n');
            let column = line_so_far.filter(|&&b| b & 0xC0 != 0x80).count() + 1;
            (line, column)
        });
        let line = place.and_then(|(line, _)| text.lines().nth(line - 1)).map(str::to_owned);
        Error { file: file.into(), place, message, line }
    }
}
