//! The command line of `crmctl dashboard`.

use clap::Args;

/// Show what there is for you: news of your contacts, what is due, your tickets, mail that waits.
#[derive(Debug, Args)]
pub struct Dashboard {
    /// For that user, by login; left out: for you, and everybody for an operator.
    #[arg(long = "for", value_name = "LOGIN")]
    pub user: Option<String>,
    /// Mark the news that are shown as seen.
    #[arg(long)]
    pub seen: bool,
    /// Most rows of each sort.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}
