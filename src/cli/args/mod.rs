//! The command lines of `crmctl` and `crm-milter`: help, man pages and completions all come from here.
//!
//! One file per noun; this one holds what is common to all of them and the two programs themselves.

pub mod activity;
pub mod address;
pub mod audit;
pub mod block;
pub mod capture;
pub mod contact;
pub mod dashboard;
pub mod import;
pub mod intake;
pub mod mail;
pub mod names;
pub mod note;
pub mod notification;
pub mod outbox;
pub mod privacy;
pub mod record;
pub mod reply;
pub mod reprocess;
pub mod retention;
pub mod spool;
pub mod task;
pub mod ticket;
pub mod unresolved;
pub mod user;
pub mod vocabulary;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Files mail that passes Postfix as contacts, leads, tickets and history: the desk and the administration.
#[derive(Debug, Parser)]
#[command(name = "crmctl", version, max_term_width = 100, after_help = names::TOP)]
pub struct Cli {
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE", default_value = crate::config::read::PATH)]
    pub config: PathBuf,
    /// Print JSON, one object or array, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Act as that user: see and change what the user may. Without it, everything.
    // An id of its own: a noun may have a `user` too.
    #[arg(
        id = "acting_user",
        long = "as",
        global = true,
        value_name = "LOGIN",
        env = "CRM_USER",
        hide_env_values = true
    )]
    pub user: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Files mail that passes Postfix as contacts, leads, tickets and history in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "crm-milter", version, max_term_width = 100, after_help = DAEMON_AFTER_HELP)]
pub struct Daemon {
    /// Configuration file.
    #[arg(long, value_name = "FILE", default_value = crate::config::read::PATH)]
    pub config: PathBuf,
    /// Check the configuration and end: nothing is started or changed.
    #[arg(long)]
    pub check: bool,
    /// Go into the background.
    #[arg(long, conflicts_with = "check")]
    pub daemon: bool,
}

const DAEMON_AFTER_HELP: &str = "SIGTERM ends it without making a client wait; SIGHUP and SIGUSR1 make it read \
the configuration again: a bad file is refused and the old one stays. Exit codes are those of sysexits(3).";

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the database's schema to this version.
    Migrate,
    /// Colleagues who work with the CRM.
    #[command(subcommand)]
    User(user::User),
    /// People and companies outside.
    #[command(subcommand, after_help = names::CONTACT)]
    Contact(contact::Contact),
    /// Notes on contacts, records, tickets and mails.
    #[command(subcommand)]
    Note(note::Note),
    /// What is to be done, by whom and by when.
    #[command(subcommand)]
    Task(task::Task),
    /// Types of contacts.
    #[command(subcommand)]
    Type(vocabulary::Type),
    /// Stages of the funnels, by type of contact or kind of record.
    #[command(subcommand)]
    Stage(vocabulary::Stage),
    /// Where contacts come from.
    #[command(subcommand)]
    Origin(vocabulary::Origin),
    /// Leads, deals and other records with codes.
    #[command(subcommand)]
    Record(record::Record),
    /// Calls, meetings and other steps, planned on cards or from mails.
    #[command(subcommand)]
    Activity(activity::Activity),
    /// Tickets.
    #[command(subcommand)]
    Ticket(ticket::Ticket),
    /// Stored mail.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Take in mail of the past, out of mbox files and Maildirs.
    Import(import::Import),
    /// What reached the inboxes, and what came of it.
    #[command(subcommand)]
    Intake(intake::Intake),
    /// Read stored mail again with the present configuration, show what is new, and add it on request.
    Reprocess(reprocess::Reprocess),
    /// Mails that wait for a person, and what the person decides.
    #[command(subcommand)]
    Unresolved(unresolved::Unresolved),
    /// Show what there is for you: news of your contacts, what is due, your tickets, mail that waits.
    Dashboard(dashboard::Dashboard),
    /// News for users.
    #[command(subcommand)]
    Notification(notification::Notification),
    /// What goes out: replies, comments, letters and notices.
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Who changed what, and when.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Addresses, domains and contacts that are refused on the line.
    #[command(subcommand)]
    Block(block::Block),
    /// Addresses to which nothing is sent, and why.
    #[command(subcommand, after_help = names::ADDRESS)]
    Address(address::Address),
    /// Rules by which mail is recorded as it passes, without BCC.
    #[command(subcommand)]
    Capture(capture::Capture),
    /// Automatic replies.
    #[command(subcommand)]
    Reply(reply::Reply),
    /// What is known of a person: handed out, or erased. For administrators, who act by name (--as).
    #[command(subcommand, after_help = names::PRIVACY)]
    Privacy(privacy::Privacy),
    /// Mail that outlived the days of its inboxes.
    #[command(subcommand, after_help = names::RETENTION)]
    Retention(retention::Retention),
    /// Messages on their way to the database.
    #[command(subcommand)]
    Spool(spool::Spool),
    /// Take a message from Postfix's pipe(8) on standard input; see `crmctl postfix`.
    #[command(disable_help_flag = true)]
    Deliver {
        /// What `crmctl postfix` prints.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
    /// Print the lines and maps that Postfix needs for this configuration.
    Postfix,
    /// Check the configuration, the spool, the daemon, the database and the running Postfix, and say what to change.
    Check(super::check::CheckArgs),
    /// Show what is understood of one message.
    Extract(super::extract::ExtractArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a directory.
    #[command(hide = true)]
    Man {
        /// The directory.
        directory: PathBuf,
    },
}

/// How much of a list to print.
#[derive(Debug, Clone, Args)]
pub struct Page {
    /// Most rows.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Only what is older than this id, to go on where a list ended.
    #[arg(long, value_name = "ID")]
    pub before: Option<uuid::Uuid>,
}
