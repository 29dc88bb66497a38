//! The command line of `crmctl user`.

use clap::{Args, Subcommand, ValueEnum};

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
        /// Language of what the CRM writes to the user, as `en`.
        #[arg(long)]
        language: Option<String>,
        /// Do not open the list of received mails to the user.
        #[arg(long)]
        no_inbox: bool,
        /// What proves the user.
        #[command(flatten)]
        proofs: Proofs,
        /// Office to belong to; made if it is not there.
        #[arg(long)]
        office: Option<String>,
        /// Coordinate that office: its new contacts come to this user.
        #[arg(long, requires = "office")]
        coordinator: bool,
    },
    /// List the users.
    List,
    /// Show one user.
    Show {
        /// Login.
        login: String,
    },
    /// Change a user: what is not named stays.
    Set {
        /// Login; it never changes.
        login: String,
        /// Name shown to people.
        #[arg(long)]
        name: Option<String>,
        /// What the user may do.
        #[arg(long, value_enum)]
        role: Option<Role>,
        /// Language of what the CRM writes to the user, as `en`; empty for none.
        #[arg(long)]
        language: Option<String>,
        /// Whether the list of received mails is open to the user.
        #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
        inbox: Option<bool>,
        /// How the user is told of news by mail: each at once, all of a day in one mail, or not at all.
        #[arg(long, value_enum, value_name = "HOW")]
        notices: Option<Notices>,
        /// Office to belong to; made if it is not there.
        #[arg(long)]
        office: Option<String>,
        /// Belong to no office.
        #[arg(long, conflicts_with = "office")]
        no_office: bool,
        /// Proofs to add.
        #[command(flatten)]
        proofs: Proofs,
        /// Proofs to take away.
        #[command(flatten)]
        remove: RemovedProofs,
    },
    /// End the authority of a user, at once and everywhere; cards stay the user's.
    Deactivate {
        /// Login.
        login: String,
    },
    /// Renew the authority of a user who was deactivated.
    Activate {
        /// Login.
        login: String,
    },
    /// Offices: a coordinator sees what belongs to the own one.
    #[command(subcommand)]
    Office(Office),
    /// Teams: a coordinator sees what the members of the own ones own.
    #[command(subcommand)]
    Team(Team),
}

/// What proves a user to the CRM.
#[derive(Debug, Args)]
pub struct Proofs {
    /// Mail address; several times for several.
    #[arg(long = "address", value_name = "ADDRESS")]
    pub addresses: Vec<String>,
    /// SASL login at Postfix that proves this user; several times for several.
    #[arg(long = "sasl-login", value_name = "LOGIN")]
    pub sasl_logins: Vec<String>,
    /// Client address that belongs to this user alone, never loopback; several times for several.
    #[arg(long = "client-address", value_name = "IP")]
    pub client_addresses: Vec<std::net::IpAddr>,
    /// Client certificate that proves this user: the common names of its issuer, a private authority, and of its
    /// subject, as Postfix logs them; several times for several.
    #[arg(long = "certificate", num_args = 2, value_names = ["ISSUER", "SUBJECT"])]
    pub certificates: Vec<String>,
}

/// What no longer proves a user.
#[derive(Debug, Args)]
pub struct RemovedProofs {
    /// Take a mail address away.
    #[arg(id = "remove_addresses", long = "remove-address", value_name = "ADDRESS")]
    pub addresses: Vec<String>,
    /// Take a SASL login away.
    #[arg(id = "remove_sasl_logins", long = "remove-sasl-login", value_name = "LOGIN")]
    pub sasl_logins: Vec<String>,
    /// Take a client address away.
    #[arg(id = "remove_client_addresses", long = "remove-client-address", value_name = "IP")]
    pub client_addresses: Vec<std::net::IpAddr>,
    /// Take a client certificate away.
    #[arg(id = "remove_certificates", long = "remove-certificate", num_args = 2, value_names = ["ISSUER", "SUBJECT"])]
    pub certificates: Vec<String>,
}

/// Verbs of offices.
#[derive(Debug, Subcommand)]
pub enum Office {
    /// Add an office.
    Add {
        /// Its name.
        name: String,
        /// Login of its coordinator.
        #[arg(long)]
        coordinator: Option<String>,
    },
    /// List the offices.
    List,
    /// Change an office.
    Set {
        /// Its name.
        office: String,
        /// Its new name.
        #[arg(long)]
        name: Option<String>,
        /// Login of its coordinator.
        #[arg(long)]
        coordinator: Option<String>,
        /// Have no coordinator.
        #[arg(long, conflicts_with = "coordinator")]
        no_coordinator: bool,
    },
}

/// Verbs of teams.
#[derive(Debug, Subcommand)]
pub enum Team {
    /// Add a team.
    Add {
        /// Its name.
        name: String,
    },
    /// List the teams.
    List,
    /// Make users members of a team.
    Join {
        /// Name of the team.
        team: String,
        /// Logins.
        #[arg(required = true)]
        logins: Vec<String>,
    },
    /// Take users out of a team.
    Leave {
        /// Name of the team.
        team: String,
        /// Logins.
        #[arg(required = true)]
        logins: Vec<String>,
    },
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err("yes or no".into()),
    }
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything.
    Administrator,
    /// What the own office and the teams have.
    Coordinator,
    /// What is their own.
    Agent,
}

/// How a user is told by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Notices {
    /// Each piece of news at once.
    AtOnce,
    /// What was not seen yet, once a day.
    Digest,
    /// Not by mail.
    None,
}

impl Notices {
    /// The name used in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Notices::AtOnce => "at-once",
            Notices::Digest => "digest",
            Notices::None => "none",
        }
    }
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
