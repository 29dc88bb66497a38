//! The command line of `crmctl import`.

use super::names;
use clap::Args;
use std::path::PathBuf;

/// What is imported, and where to.
#[derive(Debug, Args)]
#[command(after_help = names::IMPORT)]
pub struct Import {
    /// mbox files, Maildirs, and directories that hold Maildirs.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Key of the inbox that the mail is taken to have reached.
    #[arg(long, value_name = "KEY")]
    pub inbox: String,
    /// Only what was received since a date, a time, `today`, or `7d` for seven days ago.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Contacts and history only: no lead and no ticket is opened.
    #[arg(long)]
    pub history: bool,
}
