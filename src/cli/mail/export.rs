//! `crmctl mail export`: mails as CSV, JSON lines or mbox, a portion at a time, so that memory does not grow with
//! their number. Who got a blind copy is left out, but in what the user has sent or filed.

use super::super::args::mail::{Filter, Format, Sort};
use super::super::desk::Desk;
use super::super::exit::{USAGE, fault};
use super::super::text;
use super::csv;
use super::list::{Columns, Which};
use crate::mail::mbox;
use crate::store::{Error, MailLine, Store};
use anyhow::Context as _;
use std::fs::OpenOptions;
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use uuid::Uuid;

/// Mails that are read at a time; fewer where their texts come with them.
const PORTION: usize = 200;
const PORTION_OF_TEXTS: usize = 10;

/// What is written.
#[derive(Debug)]
pub struct What<'a> {
    pub mails: &'a [Uuid],
    pub filter: &'a Filter,
    pub sort: Sort,
    pub columns: &'a [String],
    pub text: bool,
}

/// Runs the verb.
pub fn run(desk: &Desk, what: &What<'_>, format: Format, output: Option<&Path>) -> anyhow::Result<()> {
    if !what.columns.is_empty() && format != Format::Csv {
        return Err(fault(USAGE, "--columns is for --format csv"));
    }
    if !what.mails.is_empty() && *what.filter != Filter::default() {
        return Err(fault(USAGE, "either ids of mails or a filter, not both"));
    }
    let columns = Columns::named(what.columns)?.unwrap_or_else(Columns::all);
    let store = desk.store()?;
    let which = Which::read(desk, &store, what.filter, what.sort)?;
    // Everything that can be wrong was found before a file is made.
    let written: Box<dyn Write> = match output {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            Box::new(file.with_context(|| format!("cannot make the file {}", path.display()))?)
        }
    };
    let with_text = match format {
        Format::Csv => columns.with_text(),
        Format::Jsonl => what.text,
        Format::Mbox => false,
    };
    let me = store.acting_user()?.map(|(_, login)| login);
    let mut export = Export { store: &store, format, columns, with_text, me, out: BufWriter::new(written) };
    let done = export.all(what.mails, &which);
    match done {
        // A reader that went away (`| head`) is no error.
        Err(error) if is_broken_pipe(&error) => Ok(()),
        Err(error) => {
            if let Some(path) = output {
                // Half an export looks like a whole one. It was made here a moment ago.
                std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
            Err(error)
        }
        Ok(count) => {
            if let Some(path) = output {
                let sentence = format!("{} in {}", text::count(count, "mail", "mails"), path.display());
                desk.done(&serde_json::json!({ "mails": count, "file": path.to_string_lossy() }), &sentence)?;
            }
            Ok(())
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

struct Export<'a> {
    store: &'a Store,
    format: Format,
    columns: Columns,
    with_text: bool,
    me: Option<String>,
    out: BufWriter<Box<dyn Write>>,
}

impl Export<'_> {
    /// Writes all of them; returns how many.
    fn all(&mut self, mails: &[Uuid], which: &Which) -> anyhow::Result<usize> {
        let mut count = 0;
        if self.format == Format::Csv {
            let names: Vec<String> = self.columns.names().into_iter().map(str::to_owned).collect();
            self.line_of(&names)?;
        }
        let portion = if self.with_text { PORTION_OF_TEXTS } else { PORTION };
        if !mails.is_empty() {
            for ids in mails.chunks(portion) {
                let ids = ids.iter().map(|&id| self.store.mail_find(id)).collect::<Result<Vec<_>, _>>()?;
                count += self.portion(&ids)?;
            }
            self.out.flush()?;
            return Ok(count);
        }
        let mut after = None;
        loop {
            let part = which.part(self.store, after, i32::try_from(portion).unwrap_or(i32::MAX))?;
            count += self.portion(&part.ids)?;
            after = part.next;
            if after.is_none() {
                self.out.flush()?;
                return Ok(count);
            }
        }
    }

    fn portion(&mut self, ids: &[Uuid]) -> anyhow::Result<usize> {
        let lines = self.store.mail_lines(ids, self.with_text)?;
        let mut written = lines.len();
        for line in &lines {
            match self.format {
                Format::Csv => {
                    let cells = self.columns.cells(line);
                    self.line_of(&cells)?;
                }
                Format::Jsonl => writeln!(self.out, "{}", text::json(&serde_json::to_string(line)?))?,
                Format::Mbox => written -= usize::from(!self.message(line)?),
            }
        }
        Ok(written)
    }

    fn line_of(&mut self, cells: &[String]) -> anyhow::Result<()> {
        let mut line = String::new();
        csv::append(&mut line, cells);
        Ok(self.out.write_all(line.as_bytes())?)
    }

    /// Whether there was a message to write.
    fn message(&mut self, line: &MailLine) -> anyhow::Result<bool> {
        let mut raw = match self.store.mail_raw(line.id) {
            Ok(raw) => raw,
            // Erased, or gone since it was listed.
            Err(Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if self.me.is_none() || self.me != line.filed_by {
            raw = mbox::without_bcc(&raw);
        }
        let mut out = Vec::new();
        mbox::append(&mut out, &raw, &line.mail_from, line.received_at);
        self.out.write_all(&out)?;
        Ok(true)
    }
}
