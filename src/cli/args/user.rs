//! The command line of `crmctl user`.

use clap::{Subcommand, ValueEnum};

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
