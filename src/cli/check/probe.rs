//! The probe: a message that comes in as a stranger's would, with forged fields. It shows that the milter is
//! attached to that listener, and which fields a filter in front of it strips. What was proven is kept in the
//! spool; see [`crate::spool::proven`].
//!
//! One message tries Authentication-Results and another the marks of spam, as a filter may refuse mail that is
//! so marked. Where the milter is attached, what is not found stripped now is not proven any more; where it is
//! not (a mistyped port), nothing was tried, and what an earlier probe has found stays.

use super::finding::Report;
use super::smtp;
use crate::config::model::Config;
use crate::crm::inbox::{Inbox, Kind, Original};
use crate::mail::envelope::Door;
use crate::mail::forged::{self, Forged};
use crate::spool::Spool;
use crate::spool::probes::Seen;
use crate::spool::proven::Proven;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;

/// Longest wait for a door: the second takes as long as Postfix's queue manager does.
const PATIENCE: Duration = Duration::from_secs(30);

/// Probes that listener.
pub fn check(config: &Config, server: &str, report: &mut Report) {
    let spool = match Spool::open(&config.spool) {
        Ok(spool) => spool,
        Err(error) => return report.error("probe", format!("no probe: {error}"), "run crmctl check as root"),
    };
    let table = config.inbox_table();
    // One whose mail nobody else gets: if the milter is not attached, a copy of the probe would go out.
    let inbox = table
        .iter()
        .filter(|inbox| inbox.enabled)
        .min_by_key(|inbox| (inbox.original != Original::Consume, inbox.kind == Kind::Assistant));
    let Some(delimiter) = config.recipient_delimiter.chars().next() else {
        let what = "no probe: it needs a recipient_delimiter";
        return report.error("probe", what, "main.cf and crm-milter.toml: recipient_delimiter = +");
    };
    let Some(inbox) = inbox else { return report.error("probe", "no probe: no inbox is enabled", "") };
    let sent = Sender { spool: &spool, server, inbox, delimiter };
    let before = Proven::read(&config.spool);
    let mut proven = Proven { at: Some(Timestamp::now()), ..Proven::default() };
    if let Some(seen) = sent.probe(|_| Vec::new(), report) {
        if seen.seen.door == Door::Milter {
            report.ok("probe", format!("crm-milter saw what came in at {server}"));
            proven.authserv_id = authserv_id(config, &sent, report);
            proven.markers = markers(config, &sent, report);
            keep(config, &before, &proven, report);
        } else {
            report.error(
                "probe",
                format!("what came in at {server} did not pass the milter: it came by the door"),
                "main.cf or master.cf: end smtpd_milters of that service with $crm_milter",
            );
        }
    }
}

fn keep(config: &Config, before: &Proven, proven: &Proven, report: &mut Report) {
    if let Err(error) = proven.write(&config.spool) {
        return report.error(
            "probe",
            format!("what was proven could not be kept: {error}"),
            "run crmctl check as root",
        );
    }
    if (&before.authserv_id, &before.markers) != (&proven.authserv_id, &proven.markers) {
        report.note("probe-reload", "crm-milter goes by it after a reload", "systemctl reload crm-milter");
    }
}

/// Whether every spelling of our Authentication-Results is stripped.
fn authserv_id(config: &Config, sent: &Sender<'_>, report: &mut Report) -> Option<String> {
    let id = config.authority.authserv_id.to_string();
    if id.is_empty() {
        report.ok("probe-results", "authority.authserv_id is empty: DMARC gives nobody a colleague's rights");
        return None;
    }
    let arrived = sent.probe(|token| forged::results(&id, token), report)?;
    let left = arrived.survivors();
    if left.is_empty() {
        report.ok("probe-results", format!("forged Authentication-Results of {id} are stripped"));
        return Some(id);
    }
    let how: Vec<_> = left.iter().map(|forged| forged.how).collect();
    report.error(
        "probe-results",
        format!("a stranger can forge Authentication-Results of {id}: {}", how.join(", ")),
        "let the filter that adds them strip those that arrive; until then DMARC gives nobody a colleague's rights",
    );
    None
}

/// The marks of spam that are stripped.
fn markers(config: &Config, sent: &Sender<'_>, report: &mut Report) -> Vec<String> {
    let fields: Vec<_> = config.spam.markers.iter().map(|marker| (&*marker.field, &*marker.value)).collect();
    if fields.is_empty() {
        return Vec::new();
    }
    let Some(arrived) = sent.probe(|token| forged::markers(fields, token), report) else {
        return Vec::new();
    };
    let left: BTreeSet<_> = arrived.survivors().iter().map(|forged| forged.name.to_lowercase()).collect();
    let names = arrived.forged.iter().map(|forged| forged.name.to_lowercase());
    // Two markers may be of one field.
    let stripped: BTreeSet<String> = names.filter(|name| !left.contains(name)).collect();
    let stripped: Vec<_> = stripped.into_iter().collect();
    if !stripped.is_empty() {
        report.ok("probe-markers", format!("forged marks of spam are stripped: {}", stripped.join(", ")));
    }
    if !left.is_empty() {
        let left: Vec<_> = left.into_iter().collect();
        report.note(
            "probe-markers",
            format!(
                "a stranger can forge {}: they count only above the sender's own fields",
                left.join(", ")
            ),
            "",
        );
    }
    stripped
}

struct Sender<'a> {
    spool: &'a Spool,
    server: &'a str,
    inbox: &'a Inbox,
    delimiter: char,
}

/// What a door saw, and what had been sent.
struct Arrived {
    seen: Seen,
    forged: Vec<Forged>,
}

impl Arrived {
    fn survivors(&self) -> Vec<&Forged> {
        forged::survivors(&self.forged, self.seen.header.as_bytes())
    }
}

impl Sender<'_> {
    /// Sends a probe with the forged fields that `forge` makes for its token, and waits for it.
    fn probe(&self, forge: impl FnOnce(&str) -> Vec<Forged>, report: &mut Report) -> Option<Arrived> {
        let failed = |report: &mut Report, why: String, change: &str| {
            report.error("probe", format!("probe at {}: {why}", self.server), change);
            None
        };
        let probe = match self.spool.begin_probe() {
            Ok(probe) => probe,
            Err(error) => return failed(report, error.to_string(), "run crmctl check as root"),
        };
        let forged = forge(probe.token());
        let (local, domain) = self.inbox.address.rsplit_once('@')?;
        let to =
            crate::cli::postfix::quoted(&format!("{local}{}{}@{domain}", self.delimiter, probe.detail()));
        let message = forged::probe(&forged, &self.inbox.address, probe.token());
        if let Err(error) = smtp::send(self.server, &to, &message) {
            let change = "name the listener that takes mail from outside, HOST:25; mend what its reply says";
            return failed(report, error.to_string(), change);
        }
        match probe.wait(PATIENCE) {
            Ok(Some(seen)) if forged::is_whole(seen.header.as_bytes(), probe.token()) => {
                Some(Arrived { seen, forged })
            }
            Ok(Some(_)) => {
                failed(report, "it did not arrive as it was sent".into(), "look at the log of Postfix")
            }
            Ok(None) => {
                let why =
                    format!("taken, but neither milter nor door saw it within {} s", PATIENCE.as_secs());
                failed(report, why, "look at the log of Postfix, and whether that Postfix is on this host")
            }
            Err(error) => failed(report, error.to_string(), "run crmctl check as root"),
        }
    }
}
