//! `crmctl privacy`.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;
use uuid::Uuid;

/// Verbs.
#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// Write everything about a person into an archive with an index page.
    Export {
        /// The contact: its id, an address, a telephone or its whole name.
        contact: String,
        /// New file FILE.tar, or new directory.
        #[arg(long, value_name = "FILE.tar|DIR")]
        to: PathBuf,
    },
    /// Erase a person: what was written goes, what is counted and the effect of a block stay.
    Erase {
        /// The contact: its id, an address, a telephone or its whole name.
        contact: String,
        /// More that names the person: a former name, a nickname, an account number; taken out of all texts.
        #[arg(long, value_name = "TEXT")]
        also: Vec<String>,
        /// Leave the name in texts that are not the person's, where it is no person's alone: `Sales Team`.
        #[arg(long)]
        spare_name: bool,
        /// Only say what would go.
        #[arg(long)]
        preview: bool,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// List mails of several parties, or that only name an erased person, whose bodies wait for a decision.
    Pending {
        /// Most rows.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Delete or keep the bodies of mails that wait.
    Decide {
        /// Ids of mails.
        #[arg(required = true, num_args = 1.., value_name = "MAIL")]
        mails: Vec<Uuid>,
        /// What becomes of them.
        decision: Decision,
    },
}

/// What becomes of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// A stub remains, with the other parties.
    Delete,
    /// It stays as it is: the others' interest weighs more.
    Keep,
}
