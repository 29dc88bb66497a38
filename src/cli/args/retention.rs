//! `crmctl retention`.

use clap::Subcommand;

/// Verbs.
#[derive(Debug, Subcommand)]
pub enum Retention {
    /// Delete the mail that outlived the `retention_days` of all inboxes that it reached, as the daemon does each hour.
    Run {
        /// Only count.
        #[arg(long)]
        preview: bool,
    },
}
