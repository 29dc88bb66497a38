//! `crmctl postfix`: the lines that a Postfix needs to work with crm-milter, made from the inboxes.
//!
//! Text only: nothing is read from the running Postfix and nothing is written to it. What stands there
//! already (other milters, other tables) is the administrator's; the lines say where ours go beside it, and
//! `crmctl check` says afterwards whether they got there.
//!
//! # Why `crm_milter` is a parameter of its own
//!
//! A service in `master.cf` with `-o smtpd_milters=…` forgets the list of `main.cf`, which on a port for
//! submission is the usual case. `$crm_milter` lets each list end with the same entry, which stands, with its
//! time limits, in one place.
//!
//! # Why an alias to a domain of our own
//!
//! A table entry that chooses a transport does not make an address valid: in each of Postfix's four domain
//! classes another table does, and a recipient found in none is refused with 550 5.1.1. A virtual alias is
//! valid in all four, so each inbox is an alias of `key@crm.invalid`, and only `crm.invalid` is sent to
//! pipe(8). When the milter deletes the recipient, the alias and with it the door are gone too; when the
//! milter is down, or the address was reached through another alias or `always_bcc`, the door gets the mail.
//! In a chain of aliases the name in the middle is lost, hence the inbox's key as the local part.
//!
//! # Why `soft_bounce`
//!
//! pipe(8) returns the mail for nearly every exit code, with the program's output quoted to a sender who may
//! not know that we were in BCC. `soft_bounce` on that one service turns each of them into another try.

mod blocks;

use super::desk::Desk;
use crate::config::model::Config;
use crate::crm::inbox::Inbox;
pub use blocks::{OWN_SOCKET, endpoint, loopback, quoted};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// The name of the pipe transport in `master.cf` and in the transport table.
pub const TRANSPORT: &str = "crm-milter";

/// What the lines need to know besides the inboxes.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The milter's socket as in our configuration, in libmilter's or Postfix's notation.
    pub socket: &'a str,
    /// The absolute path of `crmctl`.
    pub crmctl: &'a str,
    /// The absolute path of the configuration file.
    pub config: &'a str,
    /// The user that the pipe runs as: the spool's owner, never root.
    pub user: &'a str,
    /// Where the two tables will stand.
    pub directory: &'a str,
    /// What separates a local part from its detail.
    pub recipient_delimiter: Option<char>,
    /// The domain that stands for the pipe door, one that no DNS knows.
    pub door_domain: &'a str,
    /// Where the outbox's own listener is, if it is on this host.
    pub listener: Option<(&'a str, u16)>,
}

/// The lines, by the file that they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// For `main.cf`.
    pub main_cf: String,
    /// For `master.cf`: the door's service.
    pub master_cf: String,
    /// For `master.cf`: the listener for what goes out; empty if that goes to another host.
    pub listener: String,
    /// For the services of `master.cf` that are there already.
    pub services: Vec<ServiceLines>,
    /// The alias table, a file of its own.
    pub virtual_aliases: String,
    /// The transport table, a file of its own.
    pub transport: String,
    /// Where the alias table goes.
    pub virtual_aliases_file: String,
    /// Where the transport table goes.
    pub transport_file: String,
}

/// What a service that takes mail by SMTP needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLines {
    /// Its name in `master.cf`.
    pub service: String,
    /// Its port.
    pub port: u16,
    /// Why.
    pub why: String,
    /// Lines to stand below it, next to those that are there.
    pub lines: String,
}

/// The lines for these inboxes.
pub fn lines<'a>(site: &Site<'_>, inboxes: impl IntoIterator<Item = &'a Inbox>) -> Lines {
    let virtual_aliases_file = format!("{}/crm-milter-virtual", site.directory);
    let transport_file = format!("{}/crm-milter-transport", site.directory);
    Lines {
        main_cf: blocks::main_cf(site, &virtual_aliases_file, &transport_file),
        master_cf: blocks::master_cf(site),
        listener: site.listener.map(|(host, port)| blocks::listener(host, port)).unwrap_or_default(),
        services: blocks::services(),
        virtual_aliases: blocks::virtual_aliases(site.door_domain, inboxes),
        transport: format!("# The door of crm-milter.\n{}\t{TRANSPORT}:\n", site.door_domain),
        virtual_aliases_file,
        transport_file,
    }
}

/// All of it, for a person who copies it to the places that the headings name.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lines { virtual_aliases_file: aliases, transport_file: transport, .. } = self;
        write!(f, "### 1. {aliases}: a new file\n\n{}\n", self.virtual_aliases)?;
        write!(f, "### 2. {transport}: a new file\n\n{}\n", self.transport)?;
        write!(
            f,
            "### 3. main.cf: put these in place of, or beside, what stands there\n\n{}\n",
            self.main_cf
        )?;
        write!(f, "### 4. master.cf: at the end\n\n{}{}\n", self.master_cf, self.listener)?;
        write!(f, "### 5. master.cf: the services that take mail by SMTP, as far as you have them\n\n")?;
        for service in &self.services {
            write!(f, "# {}, port {}: {}\n{}\n", service.service, service.port, service.why, service.lines)?;
        }
        write!(f, "### Then\n\npostfix check && postfix reload\ncrmctl check\n")
    }
}

/// Prints the lines for the configuration.
pub fn run(desk: &Desk) -> anyhow::Result<()> {
    let lines = for_configuration(&desk.config()?, &desk.path, "/etc/postfix")?;
    desk.show(&lines, ToString::to_string)
}

/// The lines for a configuration that was read from `path`, with the tables in `directory`.
pub fn for_configuration(config: &Config, path: &Path, directory: &str) -> anyhow::Result<Lines> {
    let program = std::env::current_exe()?;
    let path = std::path::absolute(path)?;
    let site = Site {
        socket: &config.socket,
        crmctl: &program.to_string_lossy(),
        config: &path.to_string_lossy(),
        user: if config.user.is_empty() { "crm-milter" } else { &config.user },
        directory,
        recipient_delimiter: config.recipient_delimiter.chars().next(),
        door_domain: &config.door_domain,
        listener: blocks::loopback(&config.outbox.host).map(|host| (host, config.outbox.port)),
    };
    Ok(lines(&site, config.inbox_table().iter()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::inbox::Original;

    fn inbox(key: &str, address: &str, original: Original) -> Inbox {
        Inbox { original, ..Inbox::sample(key, address) }
    }

    fn site(socket: &str) -> Site<'_> {
        Site {
            socket,
            crmctl: "/usr/bin/crmctl",
            config: "/etc/crm-milter/crm-milter.toml",
            user: "crm-milter",
            directory: "/etc/postfix",
            recipient_delimiter: Some('+'),
            door_domain: "crm.invalid",
            listener: Some(("127.0.0.1", 10028)),
        }
    }

    #[test]
    fn each_disposition_of_the_original_has_its_alias() {
        let inboxes = [
            inbox("info", "info@crm.test", Original::Consume),
            inbox("sales", "sales@crm.test", Original::Copy("ana@crm.test".into())),
            inbox("office", "office@crm.test", Original::Keep),
            Inbox { enabled: false, ..inbox("off", "off@crm.test", Original::Consume) },
            inbox("odd", "a(b@crm.test", Original::Consume),
            inbox("space", "a b@crm.test", Original::Consume),
        ];
        let lines = lines(&site("unix:/run/crm-milter/milter.sock"), &inboxes);
        assert_eq!(
            lines.virtual_aliases,
            "# The inboxes of crm-milter; after a change: postfix reload\n\
             info@crm.test\tinfo@crm.invalid\n\
             sales@crm.test\tsales@crm.invalid, ana@crm.test\n\
             office@crm.test\toffice@crm.invalid, office@crm.test\n\
             # off@crm.test is switched off\n\
             \"a(b\"@crm.test\todd@crm.invalid\n\
             # \"a b\"@crm.test holds white space and cannot stand in a Postfix table\n"
        );
    }

    #[test]
    fn milter_line_never_stops_or_holds_mail_for_our_faults() {
        let lines = lines(&site("unix:/run/x.sock"), &[]);
        assert!(lines.main_cf.contains(
            "crm_milter = { unix:/run/x.sock, default_action=accept, connect_timeout=2s, \
             command_timeout=3s, content_timeout=6s }\n"
        ));
        assert!(lines.main_cf.contains("\nsmtpd_milters = $crm_milter\n"));
        assert!(lines.master_cf.contains("-o soft_bounce=yes\n"));
    }

    #[test]
    fn colleagues_log_in_at_submission_and_nobody_at_port_25() {
        let lines = lines(&site("fd:3"), &[]);
        let ports: Vec<_> = lines.services.iter().map(|s| (s.service.as_str(), s.port)).collect();
        assert_eq!(ports, [("smtp", 25), ("submission", 587), ("submissions", 465)]);
        for service in &lines.services {
            let login = service.lines.contains("-o smtpd_sasl_auth_enable=yes\n");
            assert_eq!(login, service.port != 25, "{}", service.lines);
            assert!(service.lines.contains(",$crm_milter"), "a list of its own ends with ours");
            assert!(
                service.lines.lines().all(|line| line.starts_with("  ")),
                "each line belongs to the service"
            );
        }
        assert!(lines.to_string().contains("crmctl check\n"));
    }

    #[test]
    fn socket_is_written_in_the_notation_of_postfix() {
        for (ours, postfix) in [
            ("unix:/run/m.sock", "unix:/run/m.sock"),
            ("local:/run/m.sock", "unix:/run/m.sock"),
            ("unix:/var/spool/postfix/crm-milter/milter.sock", "unix:crm-milter/milter.sock"),
            ("inet:8899@127.0.0.1", "inet:127.0.0.1:8899"),
            ("inet:127.0.0.1:8899", "inet:127.0.0.1:8899"),
            ("fd:3", "unix:crm-milter/milter.sock"),
        ] {
            assert_eq!(endpoint(ours), postfix);
        }
    }
}
