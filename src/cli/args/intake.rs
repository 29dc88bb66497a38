//! The command line of `crmctl intake`.

use super::Page;
use clap::Subcommand;

/// Verbs of intakes.
#[derive(Debug, Subcommand)]
pub enum Intake {
    /// List what reached the inboxes, newest first.
    List {
        /// Only that outcome: recorded, duplicate, internal, spam, automatic, bounce, unsubscribe, blocked,
        /// unresolved, failed.
        #[arg(long)]
        outcome: Option<String>,
        /// Only that inbox, by its key.
        #[arg(long)]
        inbox: Option<String>,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
    /// File a mail after all that was taken for spam; as root, on a host where crm-milter runs.
    Release {
        /// Id of the line, as `crmctl intake list --outcome spam` shows it.
        intake: uuid::Uuid,
    },
}
