//! The blocks of `crmctl postfix`, each with its reasons for whoever finds it in a file years later.

use super::{ServiceLines, Site, TRANSPORT};
use crate::crm::inbox::{Inbox, Original};

/// The socket of the shipped unit, as Postfix names it from its queue directory.
pub const OWN_SOCKET: &str = "crm-milter/milter.sock";

pub(super) fn main_cf(site: &Site<'_>, aliases: &str, transport: &str) -> String {
    let endpoint = endpoint(site.socket);
    let delimiter = site.recipient_delimiter.map(String::from).unwrap_or_default();
    format!(
        "\
# crm-milter at SMTP time. A socket without a leading / lies below the queue directory and is found by an smtpd
# with or without chroot. With default_action=accept mail goes on while crm-milter is down, and ours comes in by
# the door below; without the time limits a frozen daemon would hold a client for five minutes.
crm_milter = {{ {endpoint}, default_action=accept, connect_timeout=2s, command_timeout=3s, content_timeout=6s }}
# Other milters stay, before it and behind commas: it is the last, so that what they refuse is never recorded.
smtpd_milters = $crm_milter

# Its inboxes are valid addresses, and what the milter did not see comes in by the door. Your own tables
# stay, behind a comma.
virtual_alias_maps = texthash:{aliases}
transport_maps = texthash:{transport}
{TRANSPORT}_destination_recipient_limit = 1
{TRANSPORT}_destination_concurrency_limit = 4

# The same delimiter as in crm-milter's configuration: what stands behind it files a mail to a record.
recipient_delimiter = {delimiter}

# The milters that sign your mail (DKIM), for what crm-milter sends: those of smtpd_milters that sign, never
# $crm_milter, which would see its own mail. Empty: it goes out unsigned.
crm_outbox_milters =

# Bounces that this Postfix makes pass the filters that mail of local programs passes (non_smtpd_milters).
internal_mail_filter_classes = bounce

# Without this a second message can be smuggled inside a first, past every filter.
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =

# message_size_limit stays as it is: mail above crm-milter's own limit is not recorded by the milter but by the
# door, a little later.
"
    )
}

pub(super) fn master_cf(site: &Site<'_>) -> String {
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

/// The host as `master.cf` takes it, if it is this one's loopback.
pub fn loopback(host: &str) -> Option<&str> {
    match host {
        "localhost" => Some("127.0.0.1"),
        "::1" | "[::1]" => Some("[::1]"),
        _ if host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()) => Some(host),
        _ => None,
    }
}

/// The service that takes what crm-milter sends. A content_filter stays in force, as it may be what signs; whatever
/// else main.cf demands of strangers does not count here.
pub(super) fn listener(host: &str, port: u16) -> String {
    format!(
        "\
# What crm-milter sends: from this host only, signed by crm_outbox_milters, and not seen by crm-milter again.
{host}:{port} inet n - n - - smtpd
  -o syslog_name=postfix/crm-outbox
  -o smtpd_milters=$crm_outbox_milters
  -o smtpd_sasl_auth_enable=no
  -o smtpd_tls_security_level=none
  -o smtpd_authorized_xclient_hosts=
  -o mynetworks=127.0.0.0/8,[::1]/128
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_relay_restrictions=permit_mynetworks,reject
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o smtpd_data_restrictions=
  -o smtpd_end_of_data_restrictions=
"
    )
}

/// Port 25 and the two for submission need different things.
pub(super) fn services() -> Vec<ServiceLines> {
    let milters = "  # Only if it has a `-o smtpd_milters=…` of its own, which hides that of main.cf: let that end with\n  \
                   # `,$crm_milter`\n";
    let service = |service: &str, port, why: &str, lines: String| ServiceLines {
        service: service.into(),
        port,
        why: why.into(),
        lines: format!("{lines}{milters}"),
    };
    let colleagues =
        "your colleagues. The login is what proves them: their BCC and forwards to an assistant count";
    let login = "  -o smtpd_sasl_auth_enable=yes\n  \
                 -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n";
    let strangers = "everybody outside. Nobody logs in here, so nobody has a colleague's rights";
    vec![
        service("smtp", 25, strangers, "  -o smtpd_sasl_auth_enable=no\n".into()),
        service("submission", 587, colleagues, format!("  -o smtpd_tls_security_level=encrypt\n{login}")),
        service("submissions", 465, colleagues, format!("  -o smtpd_tls_wrappermode=yes\n{login}")),
    ]
}

pub(super) fn virtual_aliases<'a>(door_domain: &str, inboxes: impl IntoIterator<Item = &'a Inbox>) -> String {
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
pub fn endpoint(socket: &str) -> String {
    if let Some((port, host)) = socket.strip_prefix("inet:").and_then(|rest| rest.split_once('@')) {
        return format!("inet:{host}:{port}");
    }
    if socket.starts_with("fd:") {
        return format!("unix:{OWN_SOCKET}");
    }
    let Some(path) = socket.strip_prefix("local:").or_else(|| socket.strip_prefix("unix:")) else {
        return socket.to_owned();
    };
    format!("unix:{}", path.strip_prefix("/var/spool/postfix/").unwrap_or(path))
}

/// An address as Postfix writes it: the local part in quotes where it is not a dot-string.
pub fn quoted(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.chars().all(plain) {
        return address.to_owned();
    }
    format!("\"{}\"@{domain}", local.replace('\\', "\\\\").replace('"', "\\\""))
}
