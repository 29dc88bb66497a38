//! The command line of `crmctl mail`.

use super::Page;
use clap::Subcommand;

/// Verbs of mail.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// List the stored mail, newest first.
    List(Page),
    /// Show one mail.
    Show {
        /// Id of the mail, or of the intake that an `X-CRM-Intake` field names.
        mail: uuid::Uuid,
        /// Show the header section as received.
        #[arg(long, conflicts_with = "raw")]
        headers: bool,
        /// Write the message as received to standard output, byte for byte.
        #[arg(long)]
        raw: bool,
    },
}
