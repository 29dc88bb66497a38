//! The command line of `crmctl ticket`.

use super::{Page, names};
use clap::{Args, Subcommand};

/// Verbs of tickets.
#[derive(Debug, Subcommand)]
pub enum Ticket {
    /// List the tickets, newest first.
    List {
        /// Which.
        #[command(flatten)]
        filter: TicketFilter,
        /// Columns, between commas: code status priority subject contact owner inbox record since changed solved closed id.
        #[arg(long, value_delimiter = ',')]
        columns: Vec<String>,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
    /// Show one ticket with comments, notes and mail.
    Show {
        /// Code or id.
        ticket: String,
    },
    /// Change fields of a ticket.
    #[command(after_help = names::TICKET_SET)]
    Set {
        /// Code or id.
        ticket: String,
        /// FIELD=VALUE, as often as there is something to change.
        #[arg(required = true, value_name = "FIELD=VALUE")]
        changes: Vec<String>,
    },
    /// Write a comment for the contact; it is kept here and goes out by mail.
    Comment {
        /// Code or id.
        ticket: String,
        /// The text; `-`: from standard input.
        text: String,
    },
    /// Write a note for colleagues only; it never leaves.
    Note {
        /// Code or id.
        ticket: String,
        /// The text; `-`: from standard input.
        text: String,
    },
}

/// Which tickets.
#[derive(Debug, Args)]
pub struct TicketFilter {
    /// With that status; `unsolved` for all that are neither solved nor closed.
    #[arg(long, value_parser = ["new", "open", "pending", "on_hold", "solved", "closed", "unsolved"])]
    pub status: Option<String>,
    /// With that priority.
    #[arg(long, value_parser = ["low", "normal", "high", "urgent"])]
    pub priority: Option<String>,
    /// Of that owner, by login.
    #[arg(long, value_name = "LOGIN")]
    pub owner: Option<String>,
    /// Of that inbox, by its key.
    #[arg(long)]
    pub inbox: Option<String>,
    /// Of that contact.
    #[arg(long)]
    pub contact: Option<String>,
}
