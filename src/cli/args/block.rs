//! The command line of `crmctl block`.

use clap::Subcommand;

/// Verbs of blocks.
#[derive(Debug, Subcommand)]
pub enum Block {
    /// Refuse an address, or a domain with all below it.
    Add {
        /// `ana@example.com`, or `@example.com` for the domain.
        who: String,
        /// Why, for colleagues; the sender never sees it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// List the blocks in force.
    List,
    /// Let an address or domain in again.
    Remove {
        /// `ana@example.com` or `@example.com`.
        who: String,
    },
}
