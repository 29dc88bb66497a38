//! The command lines of `crmctl type`, `crmctl stage` and `crmctl origin`.

use super::names;
use clap::{Args, Subcommand};

/// Verbs of types.
#[derive(Debug, Subcommand)]
pub enum Type {
    /// Add a type of your own.
    Add {
        /// Key: a word of a-z, 0-9, - and _; keep it for ever.
        key: String,
        /// Name in a language, as en="Press".
        #[arg(long = "name", value_name = "LANGUAGE=NAME")]
        names: Vec<String>,
        /// Place among the types; left out: the last.
        #[arg(long, allow_negative_numbers = true)]
        position: Option<i16>,
    },
    /// List the types.
    List,
    /// Change names and place of a type.
    Set {
        /// Its key.
        key: String,
        /// Name in a language; an empty one goes.
        #[arg(long = "name", value_name = "LANGUAGE=NAME")]
        names: Vec<String>,
        /// Place among the types.
        #[arg(long, allow_negative_numbers = true)]
        position: Option<i16>,
    },
    /// Remove a type that no contact has; the built-in ones stay.
    Remove {
        /// Its key.
        key: String,
    },
}

/// Verbs of stages.
#[derive(Debug, Subcommand)]
pub enum Stage {
    /// Add a stage.
    #[command(after_help = names::STAGE)]
    Add {
        /// Of which funnel.
        #[command(flatten)]
        funnel: FunnelOf,
        /// Name.
        name: String,
        /// Place in the funnel; left out: the last.
        #[arg(long, allow_negative_numbers = true)]
        position: Option<i16>,
    },
    /// List the stages of all funnels, or of one.
    List {
        /// Of a type of contact.
        #[arg(long = "type", value_name = "TYPE", conflicts_with = "record_kind")]
        contact_type: Option<String>,
        /// Of a kind of record.
        #[arg(long = "kind", value_name = "KIND")]
        record_kind: Option<String>,
    },
    /// Change name or place of a stage; whoever stands on it stays there.
    Set {
        /// Of which funnel.
        #[command(flatten)]
        funnel: FunnelOf,
        /// Its name.
        name: String,
        /// Its new name.
        #[arg(long)]
        rename: Option<String>,
        /// Place in the funnel.
        #[arg(long, allow_negative_numbers = true)]
        position: Option<i16>,
    },
    /// Remove a stage that nobody stands on.
    Remove {
        /// Of which funnel.
        #[command(flatten)]
        funnel: FunnelOf,
        /// Its name.
        name: String,
    },
}

/// A funnel.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct FunnelOf {
    /// A type of contact.
    #[arg(long = "type", value_name = "TYPE")]
    pub contact_type: Option<String>,
    /// A kind of record.
    #[arg(long = "kind", value_name = "KIND")]
    pub record_kind: Option<String>,
}

/// Verbs of origins.
#[derive(Debug, Subcommand)]
pub enum Origin {
    /// Add an origin of your own.
    #[command(after_help = names::ORIGIN)]
    Add {
        /// Key: a word of a-z, 0-9, - and _; keep it for ever.
        key: String,
        /// Name in a language, as es=Feria.
        #[arg(long = "name", value_name = "LANGUAGE=NAME")]
        names: Vec<String>,
        /// Icon: an emoji, or a word that your programs know.
        #[arg(long)]
        icon: Option<String>,
    },
    /// List the origins.
    List,
    /// Change names and icon of an origin.
    Set {
        /// Its key.
        key: String,
        /// Name in a language; an empty one goes.
        #[arg(long = "name", value_name = "LANGUAGE=NAME")]
        names: Vec<String>,
        /// Icon; empty for none.
        #[arg(long)]
        icon: Option<String>,
    },
    /// Remove an origin that nothing has; the built-in ones stay.
    Remove {
        /// Its key.
        key: String,
    },
}
