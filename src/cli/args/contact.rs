//! The command line of `crmctl contact`.

use super::names;
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

/// Verbs of contacts.
///
/// Where a verb says CONTACT, an id, an address, a phone or the whole name of the contact may stand.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// Add a contact; an address or phone that another contact has is refused.
    #[command(after_help = names::ADD)]
    Add {
        /// Name; left out: the first address or phone.
        name: Option<String>,
        /// Mail address, the first is the main one; several times for several.
        #[arg(long = "address", value_name = "ADDRESS")]
        addresses: Vec<String>,
        /// Phone, the first is the main one; several times for several.
        #[arg(long = "phone", value_name = "PHONE")]
        phones: Vec<String>,
        /// Any other field, as `crmctl contact set` takes it; several times for several.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        changes: Vec<String>,
        /// The company that this person belongs to: a contact.
        #[arg(long, value_name = "CONTACT")]
        under: Option<String>,
    },
    /// List contacts.
    #[command(after_help = names::LIST)]
    List {
        /// Which.
        #[command(flatten)]
        filter: Filter,
        /// In which order.
        #[arg(long, value_enum, default_value_t = Order::Newest)]
        order: Order,
        /// Columns to print, between commas.
        #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
        columns: Vec<String>,
        /// Most rows.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on behind this contact, the last one of the page before.
        #[arg(long, visible_alias = "before", value_name = "ID")]
        after: Option<Uuid>,
    },
    /// Show the card: everything that stands on one contact.
    Show {
        /// The contact.
        contact: String,
    },
    /// Change fields of contacts.
    #[command(after_help = names::SET)]
    Set {
        /// The contact.
        contact: String,
        /// Changes; `FIELD=` empties a field.
        #[arg(value_name = "FIELD=VALUE", required = true)]
        changes: Vec<String>,
    },
    /// Change all contacts that a filter finds: a preview, then one confirmation.
    #[command(after_help = names::BULK)]
    Bulk {
        /// Which.
        #[command(flatten)]
        filter: Filter,
        /// A change, as `crmctl contact set` takes it; several times for several.
        #[arg(long = "set", value_name = "FIELD=VALUE", required = true)]
        changes: Vec<String>,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Say that contacts have bought: their state is won, their stage stays.
    Won(Several),
    /// Say that contacts will not buy: their state is lost, and nothing is sent to them by itself.
    Lost(Several),
    /// Take contacts out of every list; blocks of them go on.
    Inactive(Several),
    /// Put contacts that are won, lost or inactive to work again.
    Reopen(Several),
    /// Addresses of a contact.
    #[command(subcommand)]
    Address(Key),
    /// Phones of a contact.
    #[command(subcommand)]
    Phone(Key),
    /// Persons under a company: mail to and from a person stands on both.
    #[command(subcommand)]
    Person(Person),
    /// Merge a contact into another: everything on it moves, its id leads to the other from now on.
    #[command(after_help = names::MERGE)]
    Merge {
        /// The contact that goes.
        from: String,
        /// The contact that stays; its own fields hold where both have one.
        into: String,
    },
    /// Undo the merge of a contact; what was changed since stays where it is and is named.
    Unmerge {
        /// Id of the contact that went, as the other's card shows it.
        contact: Uuid,
    },
}

/// Several contacts.
#[derive(Debug, Args)]
pub struct Several {
    /// The contacts.
    #[arg(required = true, value_name = "CONTACT")]
    pub contacts: Vec<String>,
}

/// Verbs of addresses and phones.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Add one behind those that are there.
    Add {
        /// The contact.
        contact: String,
        /// The address or phone.
        value: String,
        /// Put it first.
        #[arg(long)]
        main: bool,
    },
    /// Take one away; mail that came by it stays on the card.
    Remove {
        /// The contact.
        contact: String,
        /// The address or phone.
        value: String,
    },
    /// Put one first.
    Main {
        /// The contact.
        contact: String,
        /// The address or phone.
        value: String,
    },
}

/// Verbs of persons under a company.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Put a person under a company; both are contacts.
    Add {
        /// The company.
        company: String,
        /// The person.
        person: String,
        /// What the person is there.
        #[arg(long)]
        job_title: Option<String>,
    },
    /// Take a person from a company; both stay.
    Remove {
        /// The company.
        company: String,
        /// The person.
        person: String,
    },
}

/// Which contacts.
#[derive(Debug, Clone, Default, Args)]
pub struct Filter {
    /// Part of a name or company, or beginning of an address.
    #[arg(long)]
    pub text: Option<String>,
    /// Login of the owner; `-` for nobody.
    #[arg(long, value_name = "LOGIN")]
    pub owner: Option<String>,
    /// Key of a type.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// Name of a stage.
    #[arg(long)]
    pub stage: Option<String>,
    /// State; without it all that are not inactive.
    #[arg(long, value_parser = ["open", "won", "lost", "inactive"])]
    pub state: Option<String>,
    /// So many stars at least.
    #[arg(long, value_parser = clap::value_parser!(i16).range(0..=3))]
    pub stars: Option<i16>,
    /// Key of an origin.
    #[arg(long)]
    pub origin: Option<String>,
    /// Language, as en or es.
    #[arg(long)]
    pub language: Option<String>,
    /// One of the interests.
    #[arg(long)]
    pub interest: Option<String>,
    /// Name of an office.
    #[arg(long)]
    pub office: Option<String>,
    /// Colour.
    #[arg(long)]
    pub colour: Option<String>,
    /// Changed since: a date, a time, `today`, or `7d` for seven days ago.
    #[arg(long, value_name = "WHEN")]
    pub updated_since: Option<String>,
    /// Added since, likewise.
    #[arg(long, value_name = "WHEN")]
    pub created_since: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// The newest first.
    Newest,
    /// By name.
    Name,
    /// What was changed last first.
    Updated,
}
