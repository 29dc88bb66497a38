//! The command line of `crmctl outbox`.

use super::Page;
use clap::Subcommand;

const STATES: [&str; 4] = ["queued", "sent", "dead", "cancelled"];
const KINDS: [&str; 4] = ["reply", "notice", "comment", "letter"];

/// Verbs of what goes out.
#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// List what goes out, the newest first, with why it did not.
    List {
        /// Only what is in this state: `dead` is what the server refused for ever.
        #[arg(long, value_parser = STATES)]
        state: Option<String>,
        /// Only of this kind.
        #[arg(long, value_parser = KINDS)]
        kind: Option<String>,
        /// Only what goes to this address.
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
    /// Show one mail with its text, its attempts and the server's last reply.
    Show {
        /// Its number or its id.
        mail: String,
    },
    /// Have mails tried again now; dead and cancelled ones begin anew.
    Retry {
        /// Their numbers or ids.
        #[arg(value_name = "MAIL", required_unless_present = "dead")]
        mails: Vec<String>,
        /// All dead ones, when what the server refused them for is mended.
        #[arg(long)]
        dead: bool,
    },
    /// Have mails not sent that still wait.
    Cancel {
        /// Their numbers or ids.
        #[arg(value_name = "MAIL", required = true)]
        mails: Vec<String>,
    },
}
