//! The command line of `crmctl ticket`.

use super::{Page, names};
use clap::{Args, Subcommand};
use uuid::Uuid;

/// Verbs of tickets.
#[derive(Debug, Subcommand)]
pub enum Ticket {
    /// Open a ticket by hand.
    #[command(after_help = names::TICKET_ADD)]
    Add(Add),
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
    /// Write a comment for the contact; it is kept here and not sent by mail.
    Comment {
        /// Code or id.
        ticket: String,
        /// The text; `-`: from standard input.
        text: String,
    },
    /// Write a note for colleagues only.
    Note {
        /// Code or id.
        ticket: String,
        /// The text; `-`: from standard input.
        text: String,
    },
}

/// A ticket that is opened by hand.
#[derive(Debug, Args)]
pub struct Add {
    /// What it is about; left out with --mail: the mail's subject.
    #[arg(long, required_unless_present = "mail")]
    pub subject: Option<String>,
    /// Whose it is: address, phone, name or id; left out with --mail: the contact that the mail stands on.
    #[arg(long)]
    pub contact: Option<String>,
    /// Key of the inbox that it belongs to; needed where there are several for tickets.
    #[arg(long, value_name = "KEY")]
    pub inbox: Option<String>,
    /// How urgent it is.
    #[arg(long, default_value = "normal", value_parser = ["low", "normal", "high", "urgent"])]
    pub priority: String,
    /// Login of its owner; left out: the contact's owner, else whoever opens it.
    #[arg(long, value_name = "LOGIN")]
    pub owner: Option<String>,
    /// Code of a record that it belongs to.
    #[arg(long, value_name = "CODE")]
    pub record: Option<String>,
    /// Id of a mail that it is opened from, which is linked.
    #[arg(long, value_name = "ID")]
    pub mail: Option<Uuid>,
    /// A first note, for colleagues only; `-`: from standard input.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
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
