//! The command line of `crmctl spool`.

use clap::Subcommand;

/// Verbs of the spool.
#[derive(Debug, Subcommand)]
pub enum Spool {
    /// List what waits and what was set aside.
    List,
    /// Show one entry: its envelope, and why it was set aside.
    Show {
        /// Id of the entry.
        entry: uuid::Uuid,
        /// Write the message as received to standard output, byte for byte.
        #[arg(long)]
        raw: bool,
    },
    /// Give an entry that was set aside to the worker again.
    Retry {
        /// Id of the entry.
        #[arg(required_unless_present = "all")]
        entry: Option<uuid::Uuid>,
        /// Every entry that was set aside.
        #[arg(long, conflicts_with = "entry")]
        all: bool,
    },
}
