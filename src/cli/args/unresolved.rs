//! The command line of `crmctl unresolved`.

use super::{Page, names};
use clap::{Args, Subcommand};
use uuid::Uuid;

/// Verbs of mails that wait for a person.
#[derive(Debug, Subcommand)]
pub enum Unresolved {
    /// List the mails that wait, newest first, each with what makes it wait and what it could be.
    #[command(after_help = names::UNRESOLVED)]
    List {
        /// Only those of that cause.
        #[arg(long)]
        cause: Option<String>,
        /// Only those of that inbox, by its key.
        #[arg(long)]
        inbox: Option<String>,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
    /// Link the mail to a contact, record or ticket.
    Link {
        /// Id of the line.
        id: Uuid,
        /// To what.
        #[command(flatten)]
        target: LinkTo,
    },
    /// Make its author a contact, with a lead.
    Contact {
        /// Id of the line.
        id: Uuid,
        /// Name; left out: as the mail has it.
        #[arg(long)]
        name: Option<String>,
        /// Address; left out: the author's.
        #[arg(long)]
        address: Option<String>,
        /// Login of the owner; left out: you, else whom the rules chose.
        #[arg(long, value_name = "LOGIN")]
        owner: Option<String>,
        /// Open no lead.
        #[arg(long)]
        without_lead: bool,
    },
    /// Decide that nothing comes of it; the mail stays stored.
    Dismiss {
        /// Ids of lines.
        #[arg(required_unless_present = "cause", value_name = "ID")]
        ids: Vec<Uuid>,
        /// All that wait for that cause now.
        #[arg(long, conflicts_with = "ids")]
        cause: Option<String>,
        /// With --cause: only those of that inbox.
        #[arg(long, requires = "cause")]
        inbox: Option<String>,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// What a mail is linked to.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct LinkTo {
    /// A contact: id, address, phone or name.
    #[arg(long)]
    pub contact: Option<String>,
    /// A record: code or id.
    #[arg(long)]
    pub record: Option<String>,
    /// A ticket: code or id.
    #[arg(long)]
    pub ticket: Option<String>,
}
