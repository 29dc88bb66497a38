//! What stands in `crm-milter.toml`. The doc comment of each field is also its text in the sample file and
//! in crm-milter.toml(5) (see [`super::reference`]): one sentence for people who run mail servers.

use super::ceilings::Ceilings;
use super::notices::{Notices, Webhook};
use super::templates::{Reply, Text};
use super::value::{
    Address, AuthservId, Delimiter, Domain, FieldName, FirstWords, Key, Login, Marker, Prefix, Refusal,
    Region, Socket,
};
use crate::crm::template::Templates;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where Postfix reaches the milter: `unix:/path` (recommended), `inet:host:port`, or `fd:3` under a socket unit.
    pub socket: Socket,
    /// Permissions of a unix socket, in octal; its directory decides who gets that far.
    pub socket_mode: String,
    /// Group that may use the socket: Postfix's; it is given to the socket's directory when that is made by root.
    pub socket_group: String,
    /// User to become after the start as root; empty: stay who we are.
    pub user: String,
    /// File for the process id when started with --daemon; empty: none.
    pub pid_file: String,
    /// Directory of messages on their way to the database; it belongs on a disk that survives a power cut.
    pub spool: PathBuf,
    /// The character between an inbox and a detail, as Postfix's `recipient_delimiter`; empty: none.
    pub recipient_delimiter: Delimiter,
    /// Whether `Ana@` and `ana@` are two people; nearly no mail system makes that difference.
    pub case_sensitive_local_parts: bool,
    /// Domain of the pipe door in the maps that `crmctl postfix` prints; it exists in no DNS.
    pub door_domain: Domain,
    /// Your own company.
    pub company: Company,
    /// Logging.
    pub log: Log,
    /// The database.
    pub database: Database,
    /// From the spool into the database.
    pub worker: Worker,
    /// Who counts as a colleague.
    pub authority: Authority,
    /// Blocked senders, and mail to them.
    pub block: Block,
    /// Mail that a filter before us has marked.
    pub spam: Spam,
    /// What the milter takes upon itself.
    pub limits: Limits,
    /// Contacts made by hand.
    pub contacts: ContactCards,
    /// Codes of records.
    pub records: Records,
    /// How many leads strangers may open.
    pub ceilings: Ceilings,
    /// What goes out.
    pub outbox: Outbox,
    /// What users are told by mail.
    pub notices: Notices,
    /// Programs that are told what users are told.
    pub webhook: Vec<Webhook>,
    /// The watched addresses.
    pub inbox: Vec<Inbox>,
    /// What is recorded as it passes, without BCC.
    pub capture: Vec<Capture>,
    /// Web forms and portals, one table each.
    #[serde(skip_serializing)]
    pub source: Vec<crate::extract::source::Source>,
    /// Texts of comments and notices.
    pub template: Vec<Text>,
    /// All texts, checked.
    #[serde(skip)]
    pub(super) templates: Templates,
}

/// Your own company.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Company {
    /// Name shown to people.
    pub name: String,
    /// Domains whose addresses are colleagues and never become contacts.
    pub domains: Vec<Domain>,
    /// Region of phones that are written without a country code (ISO 3166).
    pub default_region: Region,
    /// Language of texts where a mail's own cannot be told (ISO 639-1).
    pub language: String,
}

/// Logging.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `syslog`, `stderr` or `both`.
    pub target: LogTarget,
    /// Least level that is logged: `error`, `warn`, `info`, `debug` or `trace`.
    pub level: LogLevel,
}

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogTarget {
    /// syslog(3), facility mail.
    Syslog,
    /// Standard error.
    Stderr,
    /// Both.
    Both,
}

/// Least level that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something was lost or cannot go on.
    Error,
    /// An operator should look.
    Warn,
    /// One line per message of ours.
    Info,
    /// Every decision.
    Debug,
    /// Everything.
    Trace,
}

/// The database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgresql://…` of a server; empty: crm-milter makes and runs a private cluster of its own.
    pub url: String,
    /// Directory of the private cluster.
    pub data_directory: PathBuf,
    /// Directory of the private cluster's unix socket, at most 90 bytes.
    pub socket_directory: PathBuf,
    /// Directory of PostgreSQL's programs for the private cluster; empty: the newest under /usr/lib/postgresql.
    pub bin_directory: String,
    /// Connections that the daemon keeps, from 2 to 100.
    pub connections: u32,
}

/// From the spool into the database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Worker {
    /// Most messages in one transaction, from 1 to 1000.
    pub batch: usize,
    /// Longest wait in seconds between attempts while the database is away, from 1 to 3600.
    pub retry_seconds: u64,
}

/// Who counts as a colleague, besides those who log in, show a certificate or have a client address of their own.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authority {
    /// Name by which this host signs its Authentication-Results: an aligned DMARC pass then proves a colleague; it counts once `crmctl check --probe` has found that forged fields are stripped, and needs a filter that lets no mail by while it is away (`default_action=tempfail`); empty: never.
    pub authserv_id: AuthservId,
    /// Text, behind `550 5.7.1`, for those who write to an assistant and are no colleague.
    pub outsider_reply: Refusal,
}

/// Blocked senders, and mail to them.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Block {
    /// Text of every refusal, behind `550 5.7.1`; it should not say why.
    pub reply: Refusal,
    /// A colleague's own mail to a blocked or switched-off address: `allow`, `notify` (it goes out, the colleague is told) or `refuse` (that recipient, with the reason).
    pub outgoing: Outgoing,
}

/// Mail that a spam filter has marked before us: it is stored and listed as `spam`, and nothing else comes of it until it is released.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spam {
    /// Header fields that mean spam, each with the first word or words of its value in any case; they count above the sender's own fields, and elsewhere once `crmctl check --probe` has found that forged ones are stripped; `[]`: no mail is spam.
    pub markers: Vec<SpamMarker>,
}

/// One header field by which a filter says that a message is spam.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SpamMarker {
    /// Name of the field.
    pub field: FieldName,
    /// Its first word or words.
    pub value: FirstWords,
}

/// What the milter takes upon itself; over a limit mail passes, and what is for an inbox comes by the pipe door.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// SMTP sessions at a time, from 1 to 100000.
    pub sessions: u32,
    /// Recipients of one message, from 1 to 1000000.
    pub recipients: u32,
    /// Bytes of one message, from 1000000; at least Postfix's `message_size_limit`.
    pub message_size: u64,
}

/// Contacts made by hand.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactCards {
    /// `true`: an address or phone may be several contacts'; mail from it then waits for a person to decide.
    pub allow_duplicates: bool,
}

/// Codes of records.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Records {
    /// What a code in a subject may begin with: `DEAL` finds `[DEAL-123]`, `DEAL-123` and `#DEAL-123`.
    pub prefixes: Vec<Prefix>,
    /// Series of the codes that new leads get.
    pub lead_series: Prefix,
}

/// What goes out: automatic replies, comments of tickets, letters and notices, by SMTP.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbox {
    /// Host of the SMTP server: by default the local Postfix's listener of its own, as `crmctl postfix` prints it, which signs and does not come back here.
    pub host: String,
    /// Port of the SMTP server.
    pub port: u16,
    /// `none`, `starttls` (nothing is sent without it) or `tls` (from the first octet, as on port 465): how the connection is kept secret. The server's certificate must be for `host`, and of an authority that this host trusts: a company's own is put into `/usr/local/share/ca-certificates` (`NAME.crt`), and `update-ca-certificates` run; the next connection goes by it. `SSL_CERT_FILE` in the daemon's environment names a file that is trusted instead.
    pub tls: Tls,
    /// File that holds `USER:PASSWORD` for the SMTP server, not readable by others; empty: no login. Without TLS only for a `host` that is this one.
    pub login_file: String,
    /// Key of the inbox whose address, signed, gets the bounces of what no other inbox sends; empty: bounces of that are not noticed.
    pub inbox: String,
    /// Most mails within a minute to one domain, from 1 to 100000.
    pub domain_per_minute: u32,
    /// Longest wait in seconds for one answer of the SMTP server, from 1 to 3600.
    pub timeout_seconds: u64,
}

/// How a connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Not at all: for a server on this host.
    None,
    /// STARTTLS, and nothing is sent without it.
    Starttls,
    /// From the first octet.
    Tls,
}

/// One watched address.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// Short name for logs and the pipe door: 1 to 32 of a-z, 0-9 and -; keep it for ever.
    pub key: Spanned<Key>,
    /// The watched address.
    pub address: Spanned<Address>,
    /// `leads`: contacts and leads; `tickets`: tickets; `assistant`: what users file by BCC or forwarding.
    pub kind: Kind,
    /// `false`: its mail passes untouched and nothing is recorded.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Name shown to people; empty: the key.
    #[serde(default)]
    pub name: String,
    /// `consume`: nobody else gets the original; `copy`: `copy_to` gets it; `keep`: the inbox is also a mailbox.
    #[serde(default)]
    pub original: Original,
    /// The one address that gets the original with `original = "copy"`.
    #[serde(default)]
    pub copy_to: Option<Address>,
    /// `true`: a copy carries `X-CRM-Intake: ID`, when nobody else gets the message.
    #[serde(default)]
    pub mark_copy: bool,
    /// Series of codes of its tickets: `INC` gives `INC-2026-00042`; empty: `TICKET`.
    #[serde(default)]
    pub reference: Option<Prefix>,
    /// A colleague's mail to this address with a code that no record has: `accept` it and tell them, or `refuse` it on the line.
    #[serde(default)]
    pub unknown_code: UnknownCode,
    /// `auto`: contacts and records are opened at once; `manual`: the mail is listed and a user files it.
    #[serde(default)]
    pub record: Recording,
    /// Login of the user who gets its mail where no rule before names one.
    #[serde(default)]
    pub assigned_to: Option<String>,
    /// `true`: a known contact's owner comes before `assigned_to`.
    #[serde(default = "yes")]
    pub use_contact_owner: bool,
    /// Office whose coordinator gets its new contacts.
    #[serde(default)]
    pub office: Option<String>,
    /// Logins of the users among whom what is new goes round in turn, whatever the node; empty: no queue.
    #[serde(default)]
    pub queue: Vec<Login>,
    /// Who gets it: the first of these rules that names an active user decides; the list of received mails says which did. `contact-owner`, `contact-owner-in-queue`, `filer` (who filed it), `assigned-to`, `office-coordinator`, `record-owner` (of the record that it refers to), `queue` (whose turn it is, for what opens something), `administrator` (the first one created, or the second where the first is in several teams); empty: `contact-owner` (with a queue `contact-owner-in-queue`; neither with `use_contact_owner = false`), for an assistant `filer`, `queue` if there is one, `assigned-to`, `office-coordinator`, `record-owner`, `administrator`.
    #[serde(default)]
    pub assign: Option<Spanned<Vec<crate::crm::assignment::Rule>>>,
    /// Origin given to the contacts that it makes; empty: that of the source, else `form` or `mail`.
    #[serde(default)]
    pub origin: Option<String>,
    /// Days after which its mail is deleted, from 30 to 36500, unless another inbox that it reached keeps it longer, it stands on an open record or ticket, or it is locked; 0: it is kept for ever.
    #[serde(default)]
    pub retention_days: u32,
    /// Hours within which one sender gets one automatic reply of an inbox for leads, from 1 to 8760; one for tickets answers each mail that opens a ticket.
    #[serde(default = "day")]
    pub reply_hours: u32,
    /// Texts of its automatic reply, one table for each language; without one there is no reply.
    #[serde(default)]
    pub reply: Vec<Reply>,
}

/// What is recorded as it passes, without BCC.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// Short name for the list of what came in: 1 to 32 of a-z, 0-9 and -, different from every inbox's; keep it for ever.
    pub key: Spanned<Key>,
    /// `false`: nothing is recorded by it, and its never lists do not count.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Logins of the users whose mail it covers, as `crmctl user list` shows them; empty: all users.
    #[serde(default)]
    pub users: Vec<Login>,
    /// `in`: what outsiders write to the users' own addresses; `out`: what users submit; `both`.
    #[serde(default)]
    pub direction: Direction,
    /// `known`: only mail with contacts; `all`: with everybody outside, who becomes a contact, without a lead.
    #[serde(default)]
    pub contacts: Contacts,
    /// Domains that count as inside besides `company.domains`: sister companies, accountants.
    #[serde(default)]
    pub internal_domains: Vec<Domain>,
    /// Addresses with which no mail is recorded, by this or any other rule, whoever else is in it.
    #[serde(default)]
    pub never_addresses: Vec<Address>,
    /// Domains with which, and below which, no mail is recorded, by this or any other rule.
    #[serde(default)]
    pub never_domains: Vec<Domain>,
    /// What a user writes in a subject to keep a mail, and the answers to it, out; case does not count.
    #[serde(default = "markers")]
    pub markers: Vec<Marker>,
}

/// Subjects' markers in English, Spanish, German and Catalan, and Polish.
const MARKERS: [&str; 4] = ["[private]", "[privado]", "[privat]", "[prywatne]"];

fn markers() -> Vec<Marker> {
    MARKERS.map(|marker| value(marker, Marker::new)).into()
}

pub(super) fn yes() -> bool {
    true
}

fn day() -> u32 {
    24
}

/// Which way mail goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To users.
    In,
    /// From users.
    Out,
    /// Both.
    #[default]
    Both,
}

/// Whom outside a capture rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Contacts {
    /// Contacts.
    #[default]
    Known,
    /// Everybody.
    All,
}

/// What becomes of a user's recipient who is blocked or switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outgoing {
    /// Nothing.
    Allow,
    /// It goes out, and the user is told.
    Notify,
    /// It is refused.
    Refuse,
}

/// What becomes of a user's recipient whose detail names no record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownCode {
    /// It is recorded, and the user is told.
    #[default]
    Accept,
    /// It is refused on the line.
    Refuse,
}

/// What a mail to an inbox becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Contacts and leads.
    Leads,
    /// Tickets.
    Tickets,
    /// A user's own filing.
    Assistant,
}

/// What becomes of the original.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Original {
    /// Nobody else gets it.
    #[default]
    Consume,
    /// `copy_to` gets it.
    Copy,
    /// The inbox's own mailbox gets it.
    Keep,
}

/// Whether records are made without a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Recording {
    /// At once.
    #[default]
    Auto,
    /// By a user.
    Manual,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            socket: value("unix:/var/spool/postfix/crm-milter/milter.sock", Socket::new),
            socket_mode: "0660".into(),
            socket_group: "postfix".into(),
            user: "crm-milter".into(),
            pid_file: String::new(),
            spool: "/var/spool/crm-milter".into(),
            recipient_delimiter: value("+", Delimiter::new),
            case_sensitive_local_parts: false,
            door_domain: value("crm.invalid", Domain::new),
            company: Company::default(),
            log: Log::default(),
            database: Database::default(),
            worker: Worker::default(),
            authority: Authority::default(),
            block: Block::default(),
            spam: Spam::default(),
            limits: Limits::default(),
            contacts: ContactCards::default(),
            records: Records::default(),
            ceilings: Ceilings::default(),
            outbox: Outbox::default(),
            notices: Notices::default(),
            webhook: Vec::new(),
            inbox: Vec::new(),
            capture: Vec::new(),
            source: Vec::new(),
            template: Vec::new(),
            templates: Templates::default(),
        }
    }
}

impl Default for Company {
    fn default() -> Self {
        let default_region = value("ES", Region::new);
        Company { name: String::new(), domains: Vec::new(), default_region, language: "en".into() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { target: LogTarget::Syslog, level: LogLevel::Info }
    }
}

impl Default for Database {
    fn default() -> Self {
        Database {
            url: String::new(),
            data_directory: "/var/lib/crm-milter/postgresql".into(),
            socket_directory: "/run/crm-milter/postgresql".into(),
            bin_directory: String::new(),
            connections: 4,
        }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Worker { batch: 100, retry_seconds: 10 }
    }
}

impl Default for Block {
    fn default() -> Self {
        Block { reply: value("Message refused", Refusal::new), outgoing: Outgoing::Allow }
    }
}

impl Default for Authority {
    fn default() -> Self {
        let outsider_reply = value("Only for colleagues who have logged in", Refusal::new);
        Authority { authserv_id: AuthservId::default(), outsider_reply }
    }
}

impl Default for Spam {
    /// What SpamAssassin, amavisd-new and rspamd write.
    fn default() -> Self {
        let markers = [
            ("X-Spam-Flag", "YES"),
            ("X-Spam-Status", "Yes"),
            ("X-Spam", "Yes"),
            ("X-Rspamd-Action", "add header"),
            ("X-Rspamd-Action", "rewrite subject"),
            ("X-Rspamd-Action", "quarantine"),
            ("X-Rspamd-Action", "reject"),
        ];
        let marker = |(field, words)| SpamMarker {
            field: value(field, FieldName::new),
            value: value(words, FirstWords::new),
        };
        Spam { markers: markers.map(marker).into() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { sessions: 2000, recipients: 50_000, message_size: 1 << 30 }
    }
}

impl Default for Records {
    fn default() -> Self {
        let prefixes = ["LEAD", "DEAL", "OFFER", "PROJECT"].map(|p| value(p, Prefix::new)).into();
        Records { prefixes, lead_series: value("LEAD", Prefix::new) }
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox {
            host: "127.0.0.1".into(),
            port: 10028,
            tls: Tls::None,
            login_file: String::new(),
            inbox: String::new(),
            domain_per_minute: 120,
            timeout_seconds: 300,
        }
    }
}

/// A default, which the checks of its own type must pass.
fn value<T>(text: &str, new: impl Fn(&str) -> Result<T, String>) -> T {
    new(text).expect("defaults pass their own checks, which a test runs")
}
