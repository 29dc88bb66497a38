//! `crmctl postfix`: the lines that a Postfix needs to work with crm-milter, made from the inboxes.
//!
//! Text only: nothing is read from the running Postfix and nothing is written to it. What stands there
//! already (other milters, other tables) is the administrator's; the lines say where ours go beside it.
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

use super::desk::Desk;
use crate::crm::inbox::{Inbox, Original};
use serde::{Deserialize, Serialize};
use std::fmt;

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
}

/// The lines, by the file that they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// For `main.cf`.
    pub main_cf: String,
    /// For `master.cf`.
    pub master_cf: String,
    /// The alias table, a file of its own.
    pub virtual_aliases: String,
    /// The transport table, a file of its own.
    pub transport: String,
    /// Where the alias table goes.
    pub virtual_aliases_file: String,
    /// Where the transport table goes.
    pub transport_file: String,
}

/// The lines for these inboxes.
pub fn lines<'a>(site: &Site<'_>, inboxes: impl IntoIterator<Item = &'a Inbox>) -> Lines {
    let virtual_aliases_file = format!("{}/crm-milter-virtual", site.directory);
    let transport_file = format!("{}/crm-milter-transport", site.directory);
    Lines {
        main_cf: main_cf(site, &virtual_aliases_file, &transport_file),
        master_cf: master_cf(site),
        virtual_aliases: virtual_aliases(site.door_domain, inboxes),
        transport: format!("# The door of crm-milter.\n{}\t{TRANSPORT}:\n", site.door_domain),
        virtual_aliases_file,
        transport_file,
    }
}

fn main_cf(site: &Site<'_>, aliases: &str, transport: &str) -> String {
    let endpoint = endpoint(site.socket);
    let delimiter = site.recipient_delimiter.map(String::from).unwrap_or_default();
    format!(
        "\
# crm-milter at SMTP time. Other milters stay, before it: it must be the last, so that what they refuse
# is never recorded. Without the timeouts a frozen daemon would hold a client for five minutes.
smtpd_milters = {{ {endpoint}, default_action=accept, connect_timeout=2s, command_timeout=3s, content_timeout=6s }}

# Its inboxes are valid addresses, and what the milter did not see comes in by the door. Your own tables
# stay, behind a comma.
virtual_alias_maps = texthash:{aliases}
transport_maps = texthash:{transport}
{TRANSPORT}_destination_recipient_limit = 1
{TRANSPORT}_destination_concurrency_limit = 4

# The same delimiter as in crm-milter's configuration.
recipient_delimiter = {delimiter}

# Without this a second message can be smuggled inside a first, past every filter.
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =
"
    )
}

fn master_cf(site: &Site<'_>) -> String {
    let Site { user, crmctl, config, .. } = site;
    format!(
        "\
{TRANSPORT} unix - n n - - pipe
  -o soft_bounce=yes
  flags=q user={user} null_sender=
  argv={crmctl} --config {config} deliver -s ${{sender}} -o ${{original_recipient}} -r ${{recipient}}
  -e ${{extension}} -q ${{queue_id}} -z ${{size}} -a ${{client_address}} -l ${{sasl_username}}
"
    )
}

fn virtual_aliases<'a>(door_domain: &str, inboxes: impl IntoIterator<Item = &'a Inbox>) -> String {
    let mut out = String::from("# The inboxes of crm-milter; after a change: postfix reload\n");
    for inbox in inboxes {
        let address = quoted(&inbox.address);
        let door = format!("{}@{door_domain}", inbox.key);
        let line = match &inbox.original {
            _ if !inbox.enabled => format!("# {address} is switched off"),
            // A table ends a name at white space; there is no way to write it.
            _ if address.contains(char::is_whitespace) => {
                format!("# {address} holds white space and cannot stand in a Postfix table")
            }
            Original::Consume => format!("{address}\t{door}"),
            Original::Copy(to) => format!("{address}\t{door}, {}", quoted(to)),
            // Postfix ends the expansion where an alias names itself: the real mailbox gets it.
            Original::Keep => format!("{address}\t{door}, {address}"),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The socket in Postfix's notation: `inet:port@host` becomes `inet:host:port`. A socket passed by systemd
/// (`fd:3`) is the one of the shipped unit. A socket in Postfix's queue directory is named from there: Debian's
/// smtpd is chrooted to it and finds no other name, and whoever is not chrooted works in it.
fn endpoint(socket: &str) -> String {
    if let Some((port, host)) = socket.strip_prefix("inet:").and_then(|rest| rest.split_once('@')) {
        return format!("inet:{host}:{port}");
    }
    if socket.starts_with("fd:") {
        return "unix:crm-milter/milter.sock".to_owned();
    }
    let Some(path) = socket.strip_prefix("local:").or_else(|| socket.strip_prefix("unix:")) else {
        return socket.to_owned();
    };
    format!("unix:{}", path.strip_prefix("/var/spool/postfix/").unwrap_or(path))
}

/// An address as Postfix writes it: the local part in quotes where it is not a dot-string.
fn quoted(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.chars().all(plain) {
        return address.to_owned();
    }
    format!("\"{}\"@{domain}", local.replace('\\', "\\\\").replace('"', "\\\""))
}

/// All of it, for a person who copies it to the places that the headings name.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "### main.cf\n\n{}\n### master.cf\n\n{}\n", self.main_cf, self.master_cf)?;
        write!(f, "### {}\n\n{}\n", self.virtual_aliases_file, self.virtual_aliases)?;
        write!(f, "### {}\n\n{}", self.transport_file, self.transport)
    }
}

/// Prints the lines for the configuration.
pub fn run(desk: &Desk) -> anyhow::Result<()> {
    let config = desk.config()?;
    let program = std::env::current_exe()?;
    let path = std::path::absolute(&desk.path)?;
    let site = Site {
        socket: &config.socket,
        crmctl: &program.to_string_lossy(),
        config: &path.to_string_lossy(),
        user: if config.user.is_empty() { "crm-milter" } else { &config.user },
        directory: "/etc/postfix",
        recipient_delimiter: config.recipient_delimiter.chars().next(),
        door_domain: &config.door_domain,
    };
    desk.show(&lines(&site, config.inbox_table().iter()), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "smtpd_milters = { unix:/run/x.sock, default_action=accept, connect_timeout=2s, \
             command_timeout=3s, content_timeout=6s }\n"
        ));
        assert!(lines.master_cf.contains("-o soft_bounce=yes\n"));
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
