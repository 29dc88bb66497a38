//! The command line of `crmctl task`.

use super::names;
use clap::Subcommand;
use uuid::Uuid;

/// Verbs of tasks.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add a task.
    #[command(after_help = names::TASK)]
    Add {
        /// What is to be done.
        title: String,
        /// By when.
        #[arg(long, value_name = "WHEN")]
        due: Option<String>,
        /// For whom; left out: for you.
        #[arg(long = "for", value_name = "LOGIN")]
        login: Option<String>,
        /// About a contact: id, address, phone or name.
        #[arg(long)]
        contact: Option<String>,
        /// About a record: code or id.
        #[arg(long)]
        record: Option<String>,
        /// About a ticket: code or id.
        #[arg(long)]
        ticket: Option<String>,
    },
    /// List open tasks, what is due first first: yours, or those that you name.
    List {
        /// Everybody's, as far as you may see them.
        #[arg(long, conflicts_with = "login")]
        all: bool,
        /// Those of a user.
        #[arg(long = "for", value_name = "LOGIN")]
        login: Option<String>,
        /// Those about a contact, whoever has them.
        #[arg(long)]
        contact: Option<String>,
        /// The done ones instead.
        #[arg(long)]
        done: bool,
        /// Most rows.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on behind this task, the last one of the page before.
        #[arg(long, value_name = "ID")]
        after: Option<Uuid>,
    },
    /// Change a task.
    Set {
        /// Its id.
        task: Uuid,
        /// What is to be done.
        #[arg(long)]
        title: Option<String>,
        /// By when; empty for whenever.
        #[arg(long, value_name = "WHEN")]
        due: Option<String>,
        /// For whom; empty for nobody.
        #[arg(long = "for", value_name = "LOGIN")]
        login: Option<String>,
    },
    /// Say that tasks are done.
    Complete {
        /// Their ids.
        #[arg(required = true)]
        tasks: Vec<Uuid>,
    },
    /// Open tasks again.
    Reopen {
        /// Their ids.
        #[arg(required = true)]
        tasks: Vec<Uuid>,
    },
}
