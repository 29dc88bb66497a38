//! What must be true of `[outbox]`.

use super::{Complaint, within};
use crate::config::model::{Config, Tls};
use std::net::IpAddr;
use std::path::Path;

/// Where what goes out goes.
pub(super) fn check(config: &Config) -> Result<(), Complaint> {
    let outbox = &config.outbox;
    within("outbox.port", outbox.port.into(), 1..=65_535)?;
    within("outbox.domain_per_minute", outbox.domain_per_minute.into(), 1..=100_000)?;
    within("outbox.timeout_seconds", outbox.timeout_seconds, 1..=3600)?;
    if outbox.host.is_empty() || outbox.host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err((
            None,
            format!("outbox.host = \"{}\" is no host; write its name or address", outbox.host),
        ));
    }
    let none = || !config.inbox.iter().any(|inbox| **inbox.key.get_ref() == *outbox.inbox);
    if !outbox.inbox.is_empty() && none() {
        let inbox = &outbox.inbox;
        return Err((
            None,
            format!("outbox.inbox = \"{inbox}\": no [[inbox]] has this key; write one that is there"),
        ));
    }
    if !outbox.login_file.is_empty() && !Path::new(&outbox.login_file).is_absolute() {
        let file = &outbox.login_file;
        return Err((None, format!("outbox.login_file = \"{file}\" is relative; write the path from / on")));
    }
    if !outbox.login_file.is_empty() && outbox.tls == Tls::None && !is_here(&outbox.host) {
        return Err((
            None,
            format!(
                "outbox.tls = \"none\": the login in outbox.login_file would go to {} in the clear; write \"starttls\" \
                 or \"tls\"",
                outbox.host
            ),
        ));
    }
    Ok(())
}

/// Whether what goes there stays on this host.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
