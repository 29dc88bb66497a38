//! The inboxes' addresses: in a domain that Postfix takes mail for, and an alias that leads to the door and
//! where else the original goes. Tables are asked as Postfix asks them: the whole address in every table
//! first, then the address without its detail.

use super::Ours;
use super::settings::{Settings, members};
use crate::cli::check::finding::Report;
use crate::cli::postfix::quoted;
use crate::crm::inbox::{Inbox, Original};

/// A detail that no table can be meant for.
const DETAIL: &str = "crmctl-check";

pub(super) fn check(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    let table = ours.config.inbox_table();
    let tables = members(settings.main("virtual_alias_maps"));
    let inboxes: Vec<&Inbox> = table.iter().filter(|inbox| inbox.enabled).collect();
    let mut right = 0;
    for inbox in &inboxes {
        let (takes, leads) = (domain(settings, inbox, report), alias(settings, &tables, inbox, ours, report));
        right += usize::from(takes && leads);
    }
    for inbox in table.iter().filter(|inbox| !inbox.enabled) {
        if let Ok(Some((_, found))) = first(settings, &tables, &quoted(&inbox.address))
            && targets(&found).contains(&door(inbox, ours))
        {
            let what = format!("{} is switched off, but its alias still leads to the door", inbox.address);
            report.warning(
                "alias",
                what,
                format!("take its line out of {}", ours.lines.virtual_aliases_file),
            );
        }
    }
    if right == inboxes.len() && right > 0 {
        report.ok("alias", format!("the addresses of all {right} inboxes are valid and lead to the door"));
    }
}

fn door(inbox: &Inbox, ours: &Ours<'_>) -> String {
    format!("{}@{}", inbox.key, ours.config.door_domain)
}

/// Whether Postfix takes mail for the inbox's domain at all.
fn domain(settings: &Settings, inbox: &Inbox, report: &mut Report) -> bool {
    let Some((_, domain)) = inbox.address.rsplit_once('@') else { return true };
    let classes = ["mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains"];
    let mut unknown = None;
    for class in classes {
        for member in members(settings.main(class)) {
            if member.eq_ignore_ascii_case(domain) {
                return true;
            }
            let below = member.trim_start_matches('.');
            if class == "relay_domains" && domain.to_ascii_lowercase().ends_with(&format!(".{below}")) {
                return true;
            }
            let table = if member.starts_with('/') {
                // A file of patterns, one to a line.
                let text = std::fs::read_to_string(&member);
                if text.is_ok_and(|text| text.lines().any(|line| line.trim().eq_ignore_ascii_case(domain))) {
                    return true;
                }
                continue;
            } else if member.contains(':') {
                member
            } else {
                continue;
            };
            match settings.look_up(&table, domain) {
                Ok(Some(_)) => return true,
                Ok(None) => {}
                Err(error) => unknown = Some(format!("{class}: {error}")),
            }
        }
    }
    let what = format!("Postfix takes no mail for {domain}, the domain of inbox {}", inbox.key);
    match unknown {
        Some(error) => report.note("inbox-domain", format!("{what}, as far as could be seen: {error}"), ""),
        None => report.error("inbox-domain", what, format!("main.cf: add {domain} to mydestination, virtual_mailbox_domains, virtual_alias_domains or relay_domains")),
    }
    false
}

fn alias(
    settings: &Settings,
    tables: &[String],
    inbox: &Inbox,
    ours: &Ours<'_>,
    report: &mut Report,
) -> bool {
    let address = quoted(&inbox.address);
    let mut line = ours.lines.virtual_aliases.lines();
    let line = line.find(|line| line.split_whitespace().next() == Some(&address)).unwrap_or(&address);
    let line = line.replace('\t', " ");
    if address.contains(char::is_whitespace) {
        let what =
            format!("{address} holds white space and cannot stand in a table: the door is closed to it");
        report.warning("alias", what, "crm-milter.toml: choose an address without white space");
        return false;
    }
    let found = match first(settings, tables, &address) {
        Ok(Some(found)) => found,
        Ok(None) => {
            report.error(
                "alias",
                format!("no table of virtual_alias_maps knows {address}: without the milter its mail is lost to us"),
                ours.in_table(settings, "virtual_alias_maps", &ours.lines.virtual_aliases_file, &line),
            );
            return false;
        }
        Err(error) => {
            let what = format!("could not look for {address} in virtual_alias_maps: {error}");
            report.note("alias", what, "run crmctl check as root");
            return false;
        }
    };
    leads(inbox, ours, &found, &line, report) && with_detail(settings, tables, inbox, ours, report)
}

/// Whether the alias says exactly what becomes of the original.
fn leads(
    inbox: &Inbox,
    ours: &Ours<'_>,
    (table, found): &(String, String),
    line: &str,
    report: &mut Report,
) -> bool {
    let mut expected = vec![door(inbox, ours)];
    match &inbox.original {
        Original::Consume => {}
        Original::Copy(to) => expected.push(quoted(to).to_lowercase()),
        Original::Keep => expected.push(quoted(&inbox.address).to_lowercase()),
    }
    expected.sort();
    if targets(found) == expected {
        return true;
    }
    let what = format!("{table} sends {} to {found}", inbox.address);
    let change = format!("there: {line}");
    if targets(found).contains(&expected_door(inbox, ours)) {
        report.warning(
            "alias",
            format!("{what}, which is not what `original` of inbox {} says", inbox.key),
            change,
        );
    } else {
        report.error("alias", format!("{what}, past the door"), change);
    }
    false
}

fn expected_door(inbox: &Inbox, ours: &Ours<'_>) -> String {
    door(inbox, ours).to_lowercase()
}

/// A table of patterns can take the address with a detail elsewhere.
fn with_detail(
    settings: &Settings,
    tables: &[String],
    inbox: &Inbox,
    ours: &Ours<'_>,
    report: &mut Report,
) -> bool {
    let Some(delimiter) = ours.config.recipient_delimiter.chars().next() else { return true };
    let Some((local, domain)) = inbox.address.rsplit_once('@') else { return true };
    let address = quoted(&format!("{local}{delimiter}{DETAIL}@{domain}"));
    let Ok(Some((table, found))) = first(settings, tables, &address) else { return true };
    let to_door = targets(&found).iter().any(|target| {
        target.split('@').next().and_then(|local| local.split(delimiter).next()) == Some(&inbox.key)
            && target.ends_with(&format!("@{}", ours.config.door_domain))
    });
    if !to_door {
        report.error(
            "alias-detail",
            format!(
                "{table} sends {address} to {found}: mail to inbox {} with a code goes past the door",
                inbox.key
            ),
            format!("in virtual_alias_maps: take {} out of what {table} matches", inbox.address),
        );
    }
    to_door
}

/// The first table that knows the address, and what it says.
fn first(settings: &Settings, tables: &[String], address: &str) -> Result<Option<(String, String)>, String> {
    let mut unknown = None;
    for table in tables {
        match settings.look_up(table, address) {
            Ok(Some(found)) => return Ok(Some((table.clone(), found))),
            Ok(None) => {}
            Err(error) => unknown = Some(error),
        }
    }
    unknown.map_or(Ok(None), Err)
}

fn targets(found: &str) -> Vec<String> {
    let mut all: Vec<_> = members(found).iter().map(|target| target.to_lowercase()).collect();
    all.sort();
    all
}
