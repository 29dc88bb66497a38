//! The command line of `crmctl activity`.

use super::names;
use clap::Subcommand;
use uuid::Uuid;

/// Verbs of activities.
#[derive(Debug, Subcommand)]
pub enum Activity {
    /// Plan an activity on a card, or from a mail.
    #[command(after_help = names::ACTIVITY)]
    Add {
        /// What is to be done.
        title: String,
        /// What sort of activity: call, meeting, visit, or a word of your own.
        #[arg(long, default_value = "call")]
        kind: String,
        /// By when.
        #[arg(long, value_name = "WHEN")]
        due: Option<String>,
        /// Who is responsible; left out: the owner of the card, else you.
        #[arg(long = "for", value_name = "LOGIN")]
        user: Option<String>,
        /// About a contact: id, address, phone or name.
        #[arg(long, required_unless_present_any = ["record", "ticket", "mail"])]
        contact: Option<String>,
        /// About a record: code or id.
        #[arg(long)]
        record: Option<String>,
        /// About a ticket: code or id.
        #[arg(long)]
        ticket: Option<String>,
        /// From a mail, by its id: about what the mail stands on, unless something else is named.
        #[arg(long, value_name = "ID")]
        mail: Option<Uuid>,
    },
    /// List open activities, what is due first first: yours, or those that you name.
    List {
        /// Everybody's, as far as you may see them.
        #[arg(long, conflicts_with = "user")]
        all: bool,
        /// Those of a user.
        #[arg(long = "for", value_name = "LOGIN")]
        user: Option<String>,
        /// Those about a contact, whoever has them.
        #[arg(long)]
        contact: Option<String>,
        /// Those from a mail, whoever has them.
        #[arg(long, value_name = "ID")]
        mail: Option<Uuid>,
        /// The done ones instead.
        #[arg(long)]
        done: bool,
        /// Most rows.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on behind this activity, the last one of the page before.
        #[arg(long, value_name = "ID")]
        after: Option<Uuid>,
    },
    /// Show an activity with its times.
    Show {
        /// Its id.
        activity: Uuid,
    },
    /// Change an activity.
    Set {
        /// Its id.
        activity: Uuid,
        /// What is to be done.
        #[arg(long)]
        title: Option<String>,
        /// What sort.
        #[arg(long)]
        kind: Option<String>,
        /// By when; empty for whenever.
        #[arg(long, value_name = "WHEN")]
        due: Option<String>,
        /// Who is responsible; empty for nobody.
        #[arg(long = "for", value_name = "LOGIN")]
        user: Option<String>,
    },
    /// Say that activities are done.
    Complete {
        /// Their ids.
        #[arg(required = true)]
        activities: Vec<Uuid>,
    },
    /// Open activities again.
    Reopen {
        /// Their ids.
        #[arg(required = true)]
        activities: Vec<Uuid>,
    },
}
