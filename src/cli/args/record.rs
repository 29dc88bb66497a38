//! The command line of `crmctl record`.

use super::Page;
use clap::Subcommand;

/// Verbs of records.
#[derive(Debug, Subcommand)]
pub enum Record {
    /// Add a record.
    Add {
        /// `lead`, `deal`, `offer`, `project` or a kind of your own.
        #[arg(long, default_value = "deal")]
        kind: String,
        /// Code, as DEAL-123; left out: the next one of the series that the kind names.
        #[arg(long)]
        code: Option<String>,
        /// Title.
        #[arg(long)]
        title: String,
        /// Address of a contact that is a party to it; several times for several.
        #[arg(long = "contact", value_name = "ADDRESS")]
        contacts: Vec<String>,
        /// Reference by which forms and portals name it.
        #[arg(long, value_name = "REFERENCE")]
        external_reference: Option<String>,
        /// Login of its owner.
        #[arg(long, value_name = "LOGIN")]
        owner: Option<String>,
    },
    /// List the records, newest first.
    List(Page),
    /// Show one record with its mail.
    Show {
        /// Code or id.
        record: String,
    },
}
