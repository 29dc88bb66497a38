//! The command line of `crmctl notification`.

use super::Page;
use clap::Subcommand;

/// Verbs of notifications.
#[derive(Debug, Subcommand)]
pub enum Notification {
    /// List what users have not seen yet, newest first.
    List {
        /// Only that user's, by login.
        #[arg(long, value_name = "LOGIN")]
        user: Option<String>,
        /// Also what was seen.
        #[arg(long)]
        all: bool,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
    /// Mark news as seen.
    Seen {
        /// Id; several for several.
        #[arg(value_name = "ID", required_unless_present = "user")]
        notifications: Vec<uuid::Uuid>,
        /// All that this user has, by login.
        #[arg(long, value_name = "LOGIN", conflicts_with = "notifications")]
        user: Option<String>,
    },
}
