//! The command line of `crmctl address`.

use clap::{Subcommand, ValueEnum};

/// Verbs of addresses.
#[derive(Debug, Subcommand)]
pub enum Address {
    /// List the addresses to which nothing is sent, the last ones switched off first.
    List {
        /// Only those switched off for that reason.
        #[arg(long, value_enum)]
        reason: Option<OffReason>,
        /// Only those switched off before: a date, a moment, or `7d` for seven days ago.
        #[arg(long, value_name = "WHEN")]
        before: Option<String>,
        /// Most rows.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show an address: whether mail goes to it, since when and why not, the message that said so, and the consents.
    Show {
        /// The address.
        address: String,
    },
    /// Send nothing to an address any more.
    Off {
        /// The address.
        address: String,
        /// Why, for colleagues.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Send to an address again: with its owner's consent, and once in 30 days.
    On {
        /// The address.
        address: String,
        /// How its owner agreed, or that the mailbox is in order again; it is kept with the address.
        #[arg(long, value_name = "HOW")]
        consent: String,
    },
}

/// Why an address is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OffReason {
    /// A server said that it takes no mail.
    Bounce,
    /// Its mailbox was full three times within 14 days.
    Full,
    /// Its owner complained of a mail.
    Complaint,
    /// Its owner wants no mail.
    Unsubscribe,
    /// A colleague said so.
    Hand,
}

impl OffReason {
    /// The name used in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            OffReason::Bounce => "bounce",
            OffReason::Full => "full",
            OffReason::Complaint => "complaint",
            OffReason::Unsubscribe => "unsubscribe",
            OffReason::Hand => "hand",
        }
    }
}
