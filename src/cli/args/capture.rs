//! The command line of `crmctl capture`.

use clap::Subcommand;
use std::path::PathBuf;

/// Verbs of capture rules.
#[derive(Debug, Subcommand)]
pub enum Capture {
    /// List the rules of the configuration.
    List,
    /// Say what would be recorded of a mail and why, by each rule; without a file, which rules cover a user.
    Explain {
        /// The message; `-`: standard input.
        file: Option<PathBuf>,
        /// As if that user had submitted it; left out: whoever's address stands in From, if it is a user's.
        #[arg(long, value_name = "LOGIN", conflicts_with = "from")]
        login: Option<String>,
        /// As if it came from outside, with that envelope sender.
        #[arg(long, value_name = "ADDRESS", requires = "file")]
        from: Option<String>,
        /// Envelope recipient, instead of those in To and Cc; several times for several.
        #[arg(long = "to", value_name = "ADDRESS", requires = "file")]
        to: Vec<String>,
    },
}
