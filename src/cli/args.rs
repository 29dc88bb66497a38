//! The command lines of `crmctl` and `crm-milter`: help, man pages and completions all come from here.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Files mail that passes Postfix as contacts, leads, tickets and history: the desk and the administration.
#[derive(Debug, Parser)]
#[command(name = "crmctl", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE", default_value = crate::config::read::PATH)]
    pub config: PathBuf,
    /// Print JSON, one object or array, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "Exit codes are those of sysexits(3): 64 usage, 65 bad data, 66 no input, \
69 service unavailable, 70 internal error, 73 cannot create, 74 input/output error, 75 try again later, \
77 no permission, 78 configuration error.";

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
    User(User),
    /// People and companies outside.
    #[command(subcommand)]
    Contact(Contact),
    /// Leads, deals and other records with codes.
    #[command(subcommand)]
    Record(Record),
    /// Tickets.
    #[command(subcommand)]
    Ticket(Ticket),
    /// Stored mail.
    #[command(subcommand)]
    Mail(Mail),
    /// What reached the inboxes, and what came of it.
    #[command(subcommand)]
    Intake(Intake),
    /// Addresses and domains that are refused on the line.
    #[command(subcommand)]
    Block(Block),
    /// Messages on their way to the database.
    #[command(subcommand)]
    Spool(Spool),
    /// Take a message from Postfix's pipe(8) on standard input; see `crmctl postfix`.
    #[command(disable_help_flag = true)]
    Deliver {
        /// What `crmctl postfix` prints.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
    /// Print the lines and maps that Postfix needs for this configuration.
    Postfix,
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

/// Verbs of users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a user.
    Add {
        /// Short unique name.
        login: String,
        /// Name shown to people.
        #[arg(long)]
        name: Option<String>,
        /// What the user may do.
        #[arg(long, value_enum, default_value_t = Role::Agent)]
        role: Role,
        /// Mail address; several times for several.
        #[arg(long = "address", value_name = "ADDRESS")]
        addresses: Vec<String>,
        /// SASL login at Postfix that proves this user; several times for several.
        #[arg(long = "sasl-login", value_name = "LOGIN")]
        sasl_logins: Vec<String>,
        /// Client address that belongs to this user alone, never loopback; several times for several.
        #[arg(long = "client-address", value_name = "IP")]
        client_addresses: Vec<std::net::IpAddr>,
        /// Client certificate that proves this user: the common names of its issuer, a private authority,
        /// and of its subject, as Postfix logs them; several times for several.
        #[arg(long = "certificate", num_args = 2, value_names = ["ISSUER", "SUBJECT"])]
        certificates: Vec<String>,
        /// Office to belong to; made if it is not there.
        #[arg(long)]
        office: Option<String>,
        /// Coordinate that office: its new contacts come to this user.
        #[arg(long, requires = "office")]
        coordinator: bool,
    },
    /// List the users.
    List,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything.
    Administrator,
    /// What the teams see.
    Coordinator,
    /// What is their own.
    Agent,
}

impl Role {
    /// The name used in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Coordinator => "coordinator",
            Role::Agent => "agent",
        }
    }
}

/// Verbs of contacts.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// List the contacts, newest first.
    List(Page),
    /// Show one contact with its records, tickets and mail.
    Show {
        /// Id, or one of its addresses.
        contact: String,
    },
}

/// Verbs of records.
#[derive(Debug, Subcommand)]
pub enum Record {
    /// Add a record.
    Add {
        /// `lead`, `deal`, `offer`, `project` or a kind of your own.
        #[arg(long, default_value = "deal")]
        kind: String,
        /// Code, as DEAL-123; left out: the next one of the series that the kind names.
        #[arg(long)]
        code: Option<String>,
        /// Title.
        #[arg(long)]
        title: String,
        /// Address of a contact that is a party to it; several times for several.
        #[arg(long = "contact", value_name = "ADDRESS")]
        contacts: Vec<String>,
        /// Reference by which forms and portals name it.
        #[arg(long, value_name = "REFERENCE")]
        external_reference: Option<String>,
        /// Login of its owner.
        #[arg(long, value_name = "LOGIN")]
        owner: Option<String>,
    },
    /// List the records, newest first.
    List(Page),
    /// Show one record with its mail.
    Show {
        /// Code or id.
        record: String,
    },
}

/// Verbs of tickets.
#[derive(Debug, Subcommand)]
pub enum Ticket {
    /// List the tickets, newest first.
    List(Page),
    /// Show one ticket with its mail.
    Show {
        /// Code or id.
        ticket: String,
    },
}

/// Verbs of mail.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// List the stored mail, newest first.
    List(Page),
    /// Show one mail.
    Show {
        /// Id of the mail, or of the intake that an `X-CRM-Intake` field names.
        mail: uuid::Uuid,
        /// Show the header section as received.
        #[arg(long, conflicts_with = "raw")]
        headers: bool,
        /// Write the message as received to standard output, byte for byte.
        #[arg(long)]
        raw: bool,
    },
}

/// Verbs of intakes.
#[derive(Debug, Subcommand)]
pub enum Intake {
    /// List what reached the inboxes, newest first.
    List {
        /// Only that outcome: recorded, duplicate, internal, spam, automatic, bounce, blocked, unresolved, failed.
        #[arg(long)]
        outcome: Option<String>,
        /// Only that inbox, by its key.
        #[arg(long)]
        inbox: Option<String>,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
}

/// Verbs of blocks.
#[derive(Debug, Subcommand)]
pub enum Block {
    /// Refuse an address, or a domain with all below it.
    Add {
        /// `ana@example.com`, or `@example.com` for the domain.
        who: String,
        /// Why, for colleagues; the sender never sees it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// List the blocks in force.
    List,
    /// Let an address or domain in again.
    Remove {
        /// `ana@example.com` or `@example.com`.
        who: String,
    },
}

/// Verbs of the spool.
#[derive(Debug, Subcommand)]
pub enum Spool {
    /// List what waits and what was set aside.
    List,
    /// Show one entry: its envelope, and why it was set aside.
    Show {
        /// Id of the entry.
        entry: uuid::Uuid,
        /// Write the message as received to standard output, byte for byte.
        #[arg(long)]
        raw: bool,
    },
    /// Give an entry that was set aside to the worker again.
    Retry {
        /// Id of the entry.
        #[arg(required_unless_present = "all")]
        entry: Option<uuid::Uuid>,
        /// Every entry that was set aside.
        #[arg(long, conflicts_with = "entry")]
        all: bool,
    },
}
