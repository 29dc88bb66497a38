//! The command line of `crmctl block`.

use clap::{Args, Subcommand, ValueEnum};

/// Verbs of blocks.
#[derive(Debug, Subcommand)]
pub enum Block {
    /// Refuse the mail of an address, a domain or a contact.
    Add {
        /// Whom.
        #[command(flatten)]
        who: Blocked,
        /// With the domain, all domains below it.
        #[arg(long, conflicts_with = "contact")]
        subdomains: bool,
        /// To whom their mail is refused.
        #[arg(long, value_enum, default_value_t = BlockScope::Inbox)]
        scope: BlockScope,
        /// Why, for colleagues; the sender never sees it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// List the blocks in force, newest first.
    List {
        /// Also those that have been removed.
        #[arg(long)]
        all: bool,
    },
    /// Let an address, a domain or a contact in again.
    Remove {
        /// Whom.
        #[command(flatten)]
        who: Blocked,
    },
    /// Say what stands against an address: who made the block, when and why, and what it does.
    Why {
        /// The address.
        address: String,
    },
}

/// Whom a block speaks of.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct Blocked {
    /// `ana@example.com`, `@example.com` for the domain, or the id of a contact (of a block, to remove it).
    pub who: Option<String>,
    /// The contact that has this address: all its addresses, and those that it will have.
    #[arg(long, value_name = "ADDRESS")]
    pub contact: Option<String>,
}

/// To whom blocked mail is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BlockScope {
    /// To the inboxes.
    Inbox,
    /// To everybody.
    All,
}
