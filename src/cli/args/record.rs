//! The command line of `crmctl record`.

use super::{Page, names};
use clap::{Args, Subcommand};
use uuid::Uuid;

/// Verbs of records.
#[derive(Debug, Subcommand)]
pub enum Record {
    /// Add a record.
    #[command(after_help = names::RECORD)]
    Add {
        /// `lead`, `deal`, `offer`, `project` or a kind of your own.
        #[arg(long, default_value = "deal")]
        kind: String,
        /// Code, as DEAL-123; left out: the next one of the series that the kind names.
        #[arg(long)]
        code: Option<String>,
        /// Title; left out with --mail: the mail's subject.
        #[arg(long, required_unless_present = "mail")]
        title: Option<String>,
        /// A contact that is a party to it: address, phone, name or id; several times for several.
        #[arg(long = "contact", value_name = "CONTACT")]
        contacts: Vec<String>,
        /// Id of a mail that it is made from: the mail is linked, its contacts are parties.
        #[arg(long, value_name = "ID")]
        mail: Option<Uuid>,
        /// Reference by which forms and portals name it.
        #[arg(long, value_name = "REFERENCE")]
        external_reference: Option<String>,
        /// Login of its owner; left out: the contact's owner, else whoever adds it.
        #[arg(long, value_name = "LOGIN")]
        owner: Option<String>,
    },
    /// List the records, newest first.
    List {
        /// Which.
        #[command(flatten)]
        filter: RecordFilter,
        /// Columns, between commas: code kind title contacts state stage owner reference amount origin since changed id.
        #[arg(long, value_delimiter = ',')]
        columns: Vec<String>,
        /// How much of it.
        #[command(flatten)]
        page: Page,
    },
    /// Show one record: fields, parties, tickets, work, notes, mail.
    Show {
        /// Code, id or external reference.
        record: String,
    },
    /// Change fields of a record.
    #[command(after_help = names::RECORD_SET)]
    Set {
        /// Code, id or external reference.
        record: String,
        /// FIELD=VALUE, as often as there is something to change.
        #[arg(required = true, value_name = "FIELD=VALUE")]
        changes: Vec<String>,
    },
    /// Records were won.
    Won(Several),
    /// Records were lost.
    Lost(Several),
    /// Close records that were neither won nor lost.
    Close(Several),
    /// Open records again.
    Reopen(Several),
    /// Make another record out of one, as a deal out of a lead; its mail then stands on both, for good.
    #[command(after_help = names::CONVERT)]
    Convert {
        /// Code or id of the one that there is.
        record: String,
        /// Kind of the new one.
        #[arg(long, value_name = "KIND", default_value = "deal")]
        to: String,
        /// Title of the new one; left out: the same.
        #[arg(long)]
        title: Option<String>,
    },
}

/// Some records.
#[derive(Debug, Args)]
pub struct Several {
    /// Codes or ids.
    #[arg(required = true, value_name = "RECORD")]
    pub records: Vec<String>,
}

/// Which records.
#[derive(Debug, Args)]
pub struct RecordFilter {
    /// Of that kind.
    #[arg(long)]
    pub kind: Option<String>,
    /// In that state: open, won, lost, closed.
    #[arg(long, value_parser = ["open", "won", "lost", "closed"])]
    pub state: Option<String>,
    /// On the stage of that name.
    #[arg(long)]
    pub stage: Option<String>,
    /// Of that owner, by login.
    #[arg(long, value_name = "LOGIN")]
    pub owner: Option<String>,
    /// To which that contact is a party.
    #[arg(long)]
    pub contact: Option<String>,
    /// Of that origin.
    #[arg(long)]
    pub origin: Option<String>,
    /// With that text in the title, or that code or reference.
    #[arg(long)]
    pub text: Option<String>,
}
