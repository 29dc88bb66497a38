//! The command line of `crmctl ticket`.

use super::Page;
use clap::Subcommand;

/// Verbs of tickets.
#[derive(Debug, Subcommand)]
pub enum Ticket {
    /// List the tickets, newest first.
    List(Page),
    /// Show one ticket with its mail.
    Show {
        /// Code or id.
        ticket: String,
    },
}
