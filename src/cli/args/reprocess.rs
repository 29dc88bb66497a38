//! The command line of `crmctl reprocess`.

use super::names;
use clap::Args;
use uuid::Uuid;

/// Which stored mail is read again.
#[derive(Debug, Args)]
#[command(after_help = names::REPROCESS)]
#[group(id = "which", required = true, multiple = true, args = ["mail", "inbox", "since", "source"])]
pub struct Reprocess {
    /// This mail.
    #[arg(long, value_name = "ID", conflicts_with_all = ["inbox", "since", "source"])]
    pub mail: Option<Uuid>,
    /// What reached this inbox, by its key.
    #[arg(long, value_name = "KEY")]
    pub inbox: Option<String>,
    /// What was received since a date, a time, `today`, or `7d` for seven days ago.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// What came this way.
    #[arg(long, value_parser = ["assistant-bcc", "assistant-forward", "inbox", "import"])]
    pub source: Option<String>,
    /// Write it; without it the difference is only shown.
    #[arg(long)]
    pub apply: bool,
}
