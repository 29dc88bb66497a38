//! The command line of `crmctl mail`.

use super::names;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use uuid::Uuid;

/// Verbs of mail.
///
/// Where a verb says MAIL, the id of a mail stands, of one of its lines of intake, or the one that an `X-CRM-Intake`
/// field names. TARGET is the code of a record or ticket, or a contact: its id, address, phone or whole name.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// List stored mail.
    #[command(after_help = names::MAIL_LIST)]
    List {
        /// Which.
        #[command(flatten)]
        filter: Filter,
        /// In which order.
        #[command(flatten)]
        sort: Sort,
        /// Columns to print, between commas.
        #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
        columns: Vec<String>,
        /// Most rows.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on behind this mail, the last one of the page before.
        #[arg(long, visible_alias = "before", value_name = "MAIL")]
        after: Option<Uuid>,
    },
    /// Show one mail.
    Show {
        /// The mail.
        mail: Uuid,
        /// Show the header section as received.
        #[arg(long, conflicts_with = "raw")]
        headers: bool,
        /// Write the message as received to standard output, byte for byte.
        #[arg(long)]
        raw: bool,
        /// Save the attachments into this directory, under harmless names; nothing there is overwritten.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["headers", "raw"])]
        save: Option<PathBuf>,
    },
    /// Put a mail on contacts, records or tickets; what it stands on stays.
    Link {
        /// The mail.
        mail: Uuid,
        /// On what.
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Take a mail from contacts, records or tickets; the mail stays.
    Unlink {
        /// The mail.
        mail: Uuid,
        /// From what.
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Move a mail from one record, ticket or contact to another.
    Relink {
        /// The mail.
        mail: Uuid,
        /// What it stands on.
        #[arg(value_name = "TARGET")]
        from: String,
        /// What it shall stand on instead.
        #[arg(value_name = "TARGET")]
        to: String,
    },
    /// Lock mails: their links and owners stay as they are.
    Lock {
        /// The mails.
        #[arg(required = true, value_name = "MAIL")]
        mails: Vec<Uuid>,
    },
    /// Unlock mails; an agent unlocks only what the agent has locked.
    Unlock {
        /// The mails.
        #[arg(required = true, value_name = "MAIL")]
        mails: Vec<Uuid>,
    },
    /// Say who looks after mails: the named ones, or all that a filter finds, after a preview and one confirmation.
    #[command(after_help = names::MAIL_OWNER)]
    Owner {
        /// Login of the user; `-`: nobody.
        login: String,
        /// The mails.
        #[arg(value_name = "MAIL")]
        mails: Vec<Uuid>,
        /// Or all of these.
        #[command(flatten)]
        filter: Filter,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Write a note on a mail.
    Note {
        /// The mail.
        mail: Uuid,
        /// The text; `-`: from standard input.
        text: String,
        /// Pin it: pinned notes stand first.
        #[arg(long)]
        pin: bool,
    },
    /// File a mail that its inbox only lists, or that waits for a decision.
    #[command(after_help = names::MAIL_SAVE)]
    Save(Save),
    /// Store and file messages that never reached an inbox, out of files.
    #[command(after_help = names::MAIL_ADD)]
    Add(Add),
    /// Write mails into a file or to standard output, as CSV, JSON lines or mbox.
    #[command(after_help = names::MAIL_EXPORT)]
    Export {
        /// The mails; without any, all that the filter finds.
        #[arg(value_name = "MAIL")]
        mails: Vec<Uuid>,
        /// Which.
        #[command(flatten)]
        filter: Filter,
        /// In which order.
        #[command(flatten)]
        sort: Sort,
        /// As what.
        #[arg(long, value_enum)]
        format: Format,
        /// Columns of a CSV file, between commas.
        #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
        columns: Vec<String>,
        /// With the whole text in JSON lines.
        #[arg(long)]
        text: bool,
        /// Into this file, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// A mail that is filed.
#[derive(Debug, Args)]
pub struct Save {
    /// The mail, or the line of intake.
    #[arg(value_name = "INTAKE")]
    pub mail: Uuid,
    /// Where to.
    #[command(flatten)]
    pub under: Under,
}

/// Messages that are brought to the desk.
#[derive(Debug, Args)]
pub struct Add {
    /// Files with one message each, as mail programs save them (.eml); `-`: standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where to.
    #[command(flatten)]
    pub under: Under,
}

/// What a mail is filed under.
#[derive(Debug, Args)]
pub struct Under {
    /// Under this contact; without one, under whoever outside wrote it or got it, made where there is none yet.
    #[arg(long = "contact", value_name = "CONTACT")]
    pub contacts: Vec<String>,
    /// And under this record or ticket, by its code.
    #[arg(long = "record", visible_alias = "ticket", value_name = "CODE")]
    pub records: Vec<String>,
    /// And under a new record of this kind: lead, deal, …
    #[arg(long, value_name = "KIND")]
    pub new: Option<String>,
    /// Title of the new record; left out: the subject.
    #[arg(long, requires = "new")]
    pub title: Option<String>,
}

/// Which mails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Filter {
    /// On this contact.
    #[arg(long)]
    pub contact: Option<String>,
    /// On this record, by its code.
    #[arg(long, value_name = "CODE")]
    pub record: Option<String>,
    /// On this ticket, by its code.
    #[arg(long, value_name = "CODE")]
    pub ticket: Option<String>,
    /// That reached this inbox, by its key.
    #[arg(long, value_name = "KEY")]
    pub inbox: Option<String>,
    /// That came this way.
    #[arg(long, value_parser = ["assistant-bcc", "assistant-forward", "inbox", "capture", "desk", "import", "api"])]
    pub source: Option<String>,
    /// Written by outsiders (in) or by users (out).
    #[arg(long, value_parser = ["in", "out"])]
    pub direction: Option<String>,
    /// Written or filed by this user.
    #[arg(long = "user", value_name = "LOGIN")]
    pub filed_by: Option<String>,
    /// Looked after by this user.
    #[arg(long, value_name = "LOGIN")]
    pub owner: Option<String>,
    /// From this address, by From, Sender or Reply-To.
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// To this address, blind copies included.
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<String>,
    /// From or to this address.
    #[arg(long)]
    pub address: Option<String>,
    /// Since a date, a time, `today`, or `7d` for seven days ago, by the time of the order.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Before, likewise.
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// With an attachment.
    #[arg(long)]
    pub attachment: bool,
    /// That waits for a decision.
    #[arg(long)]
    pub unresolved: bool,
    /// That stands on nothing.
    #[arg(long)]
    pub unlinked: bool,
    /// That is locked.
    #[arg(long)]
    pub locked: bool,
    /// With these words: `viewing "sea view" -garage`, newest first.
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// Language of the words, as en or es; left out: the user's.
    #[arg(long, requires = "search")]
    pub language: Option<String>,
}

/// In which order.
#[derive(Debug, Clone, Copy, Args)]
pub struct Sort {
    /// By which of its times.
    #[arg(long, value_enum, default_value_t = Order::Recorded)]
    pub order: Order,
    /// The oldest first.
    #[arg(long)]
    pub oldest: bool,
}

/// The times of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// When it was stored.
    Recorded,
    /// By the sender's clock.
    Sent,
    /// By the server's clock.
    Received,
}

/// As what mails are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values, a line each.
    Csv,
    /// A JSON object each, on a line.
    Jsonl,
    /// The messages as received, in one mbox file (mboxrd).
    Mbox,
}
