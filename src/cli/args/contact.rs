//! The command line of `crmctl contact`.

use super::Page;
use clap::Subcommand;

/// Verbs of contacts.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// List the contacts, newest first.
    List(Page),
    /// Show one contact with its records, tickets and mail.
    Show {
        /// Id, or one of its addresses.
        contact: String,
    },
}
