//! `crmctl check`: is everything as it must be, from the configuration to the running Postfix? One line for
//! each finding, with the line to change.
//!
//! It reads and changes nothing, but for what a probe has proven. What an ordinary user may not look at is a note that says so.
//!
//! # Diagnostics
//!
//! Ends with 0 if there is no error, warnings or not, and with 78 (`EX_CONFIG`) if there is one.

pub mod access;
pub mod command;
pub mod endpoint;
pub mod finding;
pub mod local;
pub mod negotiation;
pub mod people;
pub mod postfix;
pub mod probe;
pub mod smtp;

use super::desk::Desk;
use super::{exit, text};
use finding::{Finding, Report, Summary};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to check.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckArgs {
    /// Directory of the main.cf to look at; left out: that of the Postfix that postconf(1) speaks of.
    #[arg(long, value_name = "DIR")]
    pub postfix_directory: Option<PathBuf>,
    /// Send a message with forged fields through this listener, the one for mail from outside, and see what arrives.
    #[arg(long, value_name = "HOST:PORT")]
    pub probe: Option<String>,
}

/// What programs get.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    summary: Summary,
    findings: &'a [Finding],
}

/// Looks at everything and prints it.
pub fn run(desk: &Desk, args: &CheckArgs) -> anyhow::Result<()> {
    let mut report = Report::default();
    all(desk, args, &mut report)?;
    let summary = report.summary();
    desk.show(&Shown { summary, findings: &report.findings }, |shown| {
        let mut out: String = shown.findings.iter().map(|finding| format!("{finding}\n")).collect();
        let Summary { ok, notes, warnings, errors } = summary;
        let count = |n, one: &str| text::count(n, one, &format!("{one}s"));
        let (errors, warnings, notes) =
            (count(errors, "error"), count(warnings, "warning"), count(notes, "note"));
        out.push_str(&format!("\n{errors}, {warnings}, {notes}, {ok} ok\n"));
        out
    })?;
    match summary.errors {
        0 => Ok(()),
        n => Err(exit::fault(exit::CONFIG, format!("check found {}", text::count(n, "error", "errors")))),
    }
}

fn all(desk: &Desk, args: &CheckArgs, report: &mut Report) -> anyhow::Result<()> {
    let Some(config) = local::configuration(&desk.path, report) else { return Ok(()) };
    let owner = local::spool(&config, report);
    local::daemon(&config, Path::new("/var/spool/postfix"), report);
    local::database(desk, &config, report);
    let directory = args.postfix_directory.as_ref().map(std::path::absolute).transpose()?;
    let directory = directory.as_deref();
    let tables = directory.unwrap_or(Path::new("/etc/postfix"));
    let lines = super::postfix::for_configuration(&config, &desk.path, &tables.to_string_lossy())?;
    let path = std::path::absolute(&desk.path)?;
    postfix::check(directory, &postfix::Ours { config: &config, path, lines, owner }, report);
    match &args.probe {
        Some(server) => probe::check(&config, server, report),
        None => local::proven(&config, report),
    }
    Ok(())
}
