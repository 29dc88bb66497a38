//! `crmctl contact bulk`: many contacts changed at once, after one look and one question.
//!
//! The ids are taken before the question and exactly these are changed: what begins to fit the filter while
//! somebody reads the preview was never seen and stays as it is.

use super::contact::Columns;
use super::desk::Desk;
use super::exit::{DATAERR, USAGE, fault};
use super::text;
use crate::crm::card::Changes;
use crate::store::{ContactFilter, ContactOrder, MOST_EDITED};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};

/// Contacts that the preview shows.
const SHOWN: usize = 10;

/// Runs it.
pub fn run(desk: &Desk, filter: &ContactFilter, changes: &Changes, yes: bool) -> anyhow::Result<()> {
    let store = desk.store()?;
    let most = i64::try_from(MOST_EDITED + 1).unwrap_or(i64::MAX);
    let ids = store.contact_select(filter, ContactOrder::Newest, None, Some(most))?;
    if ids.len() > MOST_EDITED {
        let text =
            format!("the filter finds more than {MOST_EDITED} contacts; narrow it, as by --created-since");
        return Err(fault(DATAERR, text));
    }
    if ids.is_empty() {
        return desk
            .done(&json!({ "contacts": 0, "changed": 0 }), "the filter finds no contact; nothing changed");
    }
    let found = text::count(ids.len(), "contact", "contacts");
    if !yes {
        let first = store.contact_lines(&ids[..ids.len().min(SHOWN)])?;
        let mut preview = format!("{found}:\n");
        preview.push_str(&desk.rendered(&Columns::usual().table(&first)));
        if ids.len() > SHOWN {
            preview.push_str(&format!("… and {} more\n", ids.len() - SHOWN));
        }
        preview.push_str("\nAll of them get\n");
        for line in changes.lines() {
            preview.push_str(&format!("  {}\n", text::line(&line)));
        }
        confirm(&preview, &found)?;
    }
    let changed = store.contact_edit(&ids, changes)?;
    let sentence = format!("{} changed", text::count(changed, "contact", "contacts"));
    desk.done(&json!({ "contacts": ids.len(), "changed": changed }), &sentence)
}

/// Asks on standard error, so that `--json` keeps standard output for itself.
pub fn confirm(preview: &str, found: &str) -> anyhow::Result<()> {
    let mut out = std::io::stderr().lock();
    write!(out, "{preview}")?;
    let input = std::io::stdin();
    if !input.is_terminal() {
        let text = "nothing was changed: there is no terminal to ask on; --yes does it without asking";
        return Err(fault(USAGE, text));
    }
    write!(out, "\nChange {found}? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(fault(USAGE, "nothing was changed")),
    }
}
