//! The listener that takes what crm-milter sends: there, answering, for this host only, with the milters that sign
//! and without crm-milter.

use super::Ours;
use super::settings::{Service, Settings, members};
use crate::cli::check::endpoint::Endpoint;
use crate::cli::check::finding::Report;
use crate::cli::postfix::loopback;
use std::io::{self, Read as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// Longest wait for its greeting.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) fn check(settings: &Settings, ours: &Ours<'_>, socket: &Endpoint, report: &mut Report) {
    let outbox = &ours.config.outbox;
    let place = format!("{}:{}", outbox.host, outbox.port);
    if loopback(&outbox.host).is_none() {
        let what =
            format!("what crm-milter sends goes to {place}; whether it is signed there is not looked at");
        return report.note("outbox", what, "");
    }
    let Some(service) = settings.listener(&outbox.host, outbox.port) else {
        let what = format!("no service takes what crm-milter sends at {place}: nothing goes out");
        let lines = ours.lines.listener.lines().filter(|line| !line.starts_with('#'));
        let lines = lines.map(str::trim).collect::<Vec<_>>().join(" ");
        return report.error("outbox-listener", what, format!("master.cf: {lines}"));
    };
    milters(settings, service, socket, report);
    let name = &service.name;
    if !name.contains(':') && settings.main("inet_interfaces") != "loopback-only" {
        report.warning(
            "outbox-open",
            format!("service {name} takes what crm-milter sends, and listens on every interface"),
            format!("master.cf: {place} instead of {name}"),
        );
    }
    let restrictions = settings.at(service, "smtpd_client_restrictions");
    if !restrictions.contains("reject") && !restrictions.contains("permit_mynetworks") {
        report.warning(
            "outbox-open",
            format!("service {name} does not say who may use it"),
            format!("master.cf, below {name}: -o smtpd_client_restrictions=permit_mynetworks,reject"),
        );
    }
    match greeting(&place) {
        Ok(greeting) if greeting.starts_with("220") => {
            if !["outbox-milter", "outbox-signers", "outbox-open"].iter().any(|c| report.complains_of(c)) {
                report.ok("outbox", format!("{place} takes what crm-milter sends"));
            }
        }
        Ok(greeting) => report.error(
            "outbox-listener",
            format!("{place} greets with {}", greeting.trim_end()),
            "read Postfix's log: it says why",
        ),
        Err(error) => report.error(
            "outbox-listener",
            format!("{place} does not answer ({error}): nothing goes out"),
            "postfix reload; after a change of the port: postfix stop && postfix start",
        ),
    }
}

fn milters(settings: &Settings, service: &Service, socket: &Endpoint, report: &mut Report) {
    let name = &service.name;
    let queue = settings.queue();
    let socket_of = |member: &String| {
        let inner = member.trim_start_matches('{').trim_end_matches('}').trim();
        members(inner).into_iter().next().unwrap_or_default()
    };
    let is_ours = |member: &String, chrooted| {
        Endpoint::seen(&socket_of(member), chrooted, &queue).is_some_and(|seen| seen.is(socket))
    };
    let own = members(settings.at(service, "smtpd_milters"));
    if own.iter().any(|member| is_ours(member, settings.chrooted(service))) {
        report.error(
            "outbox-milter",
            format!("service {name} hands what crm-milter sends to crm-milter again"),
            "main.cf: crm_outbox_milters = (those that sign, without $crm_milter)",
        );
    }
    let by_option = settings.at(service, "receive_override_options").contains("no_milters");
    let filter = settings.at(service, "content_filter");
    if (own.is_empty() || by_option) && filter.is_empty() {
        let others = settings.smtpd().filter(|other| other.name != *name).flat_map(|other| {
            let chrooted = settings.chrooted(other);
            let list = members(settings.at(other, "smtpd_milters"));
            list.into_iter().filter(move |member| !is_ours(member, chrooted))
        });
        let local = members(settings.main("non_smtpd_milters"));
        let mut others: Vec<String> =
            others.chain(local.into_iter().filter(|m| !is_ours(m, false))).map(|m| socket_of(&m)).collect();
        others.sort();
        others.dedup();
        if !others.is_empty() {
            report.warning(
                "outbox-signers",
                format!("service {name} has no milter: what crm-milter sends is not signed"),
                if by_option {
                    format!("master.cf, below {name}: -o receive_override_options=")
                } else {
                    format!("main.cf: crm_outbox_milters = {}, as far as it signs", others.join(", "))
                },
            );
        }
    }
}

/// What the server says first.
fn greeting(place: &str) -> io::Result<String> {
    let address = place.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut greeting = [0; 512];
    let length = stream.read(&mut greeting)?;
    Ok(String::from_utf8_lossy(&greeting[..length]).into_owned())
}
