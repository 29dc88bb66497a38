//! The command line of `crmctl reply`.

use clap::Subcommand;
use std::net::IpAddr;
use std::path::PathBuf;

/// Verbs of automatic replies.
#[derive(Debug, Subcommand)]
pub enum Reply {
    /// Show the reply that a mail would get at an inbox, or why it would get none; nothing is sent or recorded.
    Preview {
        /// Key of the inbox.
        inbox: String,
        /// The message; standard input if absent or `-`.
        file: Option<PathBuf>,
        /// Envelope sender, empty for the null sender; left out: that of the field Return-Path, else From.
        #[arg(long, value_name = "ADDRESS")]
        from: Option<String>,
        /// Address of the SMTP client, for a `source` that goes by it.
        #[arg(long, value_name = "ADDRESS")]
        client: Option<IpAddr>,
    },
}
