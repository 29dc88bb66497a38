//! The command line of `crmctl audit`.

use clap::{Args, Subcommand};

/// Verbs of the audit.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// List changes, newest first; for administrators.
    #[command(after_help = super::names::AUDIT)]
    List(AuditFilter),
}

/// Which changes.
#[derive(Debug, Args)]
pub struct AuditFilter {
    /// Of a contact and what stands on it: id, address, phone or name.
    #[arg(long)]
    pub contact: Option<String>,
    /// Of a record and what stands on it: code or id.
    #[arg(long, conflicts_with = "contact")]
    pub record: Option<String>,
    /// Of a ticket and what stands on it: code or id.
    #[arg(long, conflicts_with_all = ["contact", "record"])]
    pub ticket: Option<String>,
    /// Of whatever else has this id: a mail, a user, a block.
    #[arg(long, conflicts_with_all = ["contact", "record", "ticket"])]
    pub id: Option<uuid::Uuid>,
    /// By a user.
    #[arg(long, value_name = "LOGIN")]
    pub by: Option<String>,
    /// Of a table: contact, contact_address, record, link, users, …
    #[arg(long, value_name = "TABLE")]
    pub table: Option<String>,
    /// Most rows.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Only what is older than this number, to go on where a list ended.
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<i64>,
}
