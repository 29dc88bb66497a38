//! What holds for the whole of Postfix: protection from smuggled messages, what may claim another's login, and
//! settings that must agree with ours.

use super::Ours;
use super::settings::{Service, Settings, members};
use crate::cli::check::access::Person;
use crate::cli::check::finding::Report;
use crate::crm::inbox::Kind;

pub(super) fn check(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    bare_newline(settings, ours, report);
    delimiter(settings, ours, report);
    mapping(settings, report);
    impostors(settings, report);
    logins(settings, ours, report);
    if !settings.main("internal_mail_filter_classes").contains("bounce") {
        report.note(
            "internal-mail",
            "bounces that this Postfix makes pass no filter (internal_mail_filter_classes); those of our letters come by \
             the door all the same",
            ours.main_cf("internal_mail_filter_classes"),
        );
    }
    if settings.smtpd().any(|service| settings.at(service, "smtpd_delay_reject") == "no") {
        report.note(
            "delay-reject",
            "smtpd_delay_reject = no: what Postfix refuses before RCPT is in no log of ours with its recipient",
            "main.cf: smtpd_delay_reject = yes",
        );
    }
    size(settings, ours, report);
    tables(settings, report);
}

/// A table that Postfix cannot ask either puts off all mail that it is asked about.
fn tables(settings: &Settings, report: &mut Report) {
    let root = Person::me().is_some_and(|me| me.uid == 0);
    for (table, why) in settings.away() {
        let what = format!("could not ask {table}: {why}");
        if root {
            report.warning("tables", what, "see that Postfix can: while it cannot, it puts mail off");
        } else {
            report.note("tables", what, "run crmctl check as root");
        }
    }
}

/// A newline without its CR ends a message for some and not for others: a second message travels inside.
fn bare_newline(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    if !settings.knows("smtpd_forbid_bare_newline") {
        return report.error(
            "bare-newline",
            format!("Postfix {} cannot refuse smuggled messages", settings.main("mail_version")),
            "update Postfix: 3.5.23, 3.6.13, 3.7.9, 3.8.4, 3.9 or later",
        );
    }
    let mut right = true;
    for service in settings.smtpd() {
        let value = settings.at(service, "smtpd_forbid_bare_newline");
        if !["normalize", "yes", "reject"].contains(&value) {
            right = false;
            report.error(
                "bare-newline",
                format!("smtpd_forbid_bare_newline is {value}: a second message can be smuggled in, past every filter"),
                change(service, "smtpd_forbid_bare_newline", ours),
            );
        }
        let exclusions = settings.at(service, "smtpd_forbid_bare_newline_exclusions");
        if !exclusions.is_empty() {
            right = false;
            report.warning(
                "bare-newline-exclusions",
                format!(
                    "clients at {exclusions} may smuggle messages (smtpd_forbid_bare_newline_exclusions)"
                ),
                change(service, "smtpd_forbid_bare_newline_exclusions", ours),
            );
        }
    }
    if right {
        report.ok("bare-newline", "no message can be smuggled inside another (smtpd_forbid_bare_newline)");
    }
}

fn change(service: &Service, parameter: &str, ours: &Ours<'_>) -> String {
    match service.overridden(parameter) {
        Some(_) => format!("master.cf, below {}: take out -o {parameter}=…", service.name),
        None => ours.main_cf(parameter),
    }
}

fn delimiter(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    let (theirs, own) = (settings.main("recipient_delimiter"), &*ours.config.recipient_delimiter);
    if theirs == own {
        return report.ok("delimiter", format!("recipient_delimiter is `{own}` on both sides"));
    }
    let what = format!("recipient_delimiter is `{theirs}` in Postfix and `{own}` in crm-milter");
    if own.is_empty() || !theirs.contains(own) {
        report.error(
            "delimiter",
            format!("{what}: mail to an inbox with a code goes astray"),
            ours.main_cf("recipient_delimiter"),
        );
    } else {
        report.warning("delimiter", what, "main.cf or crm-milter.toml: the same character in both");
    }
}

/// Without address mapping there are no aliases and so no door.
fn mapping(settings: &Settings, report: &mut Report) {
    for service in settings.smtpd() {
        let options = members(settings.at(service, "receive_override_options"));
        if !options.iter().any(|option| option == "no_address_mappings") {
            continue;
        }
        let name = &service.name;
        let what = format!("service {name} has receive_override_options = no_address_mappings");
        if settings.at(service, "content_filter").is_empty() {
            let change = format!("master.cf or main.cf: take no_address_mappings out for {name}");
            report.error("address-mappings", format!("{what}: no alias works, the door is closed"), change);
        } else {
            report.note(
                "address-mappings",
                format!("{what}: the aliases work behind the content filter"),
                "",
            );
        }
    }
}

/// XCLIENT says who the client is and who logged in.
fn impostors(settings: &Settings, report: &mut Report) {
    for service in settings.smtpd() {
        let hosts = members(settings.at(service, "smtpd_authorized_xclient_hosts"));
        let anywhere = |host: &String| host.ends_with("/0") || host.starts_with("static:");
        if hosts.iter().any(anywhere) {
            report.error(
                "xclient",
                format!(
                    "service {}: any client may claim any login (smtpd_authorized_xclient_hosts)",
                    service.name
                ),
                "main.cf: smtpd_authorized_xclient_hosts =",
            );
        } else if !hosts.is_empty() {
            report.note(
                "xclient",
                format!("clients at {} may claim any colleague's login (XCLIENT)", hosts.join(", ")),
                "main.cf: smtpd_authorized_xclient_hosts = only the proxies in front of this Postfix",
            );
        }
    }
}

/// An assistant lives from logins.
fn logins(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    let table = ours.config.inbox_table();
    if !table.iter().any(|inbox| inbox.enabled && inbox.kind == Kind::Assistant) {
        return;
    }
    let with: Vec<_> = settings
        .smtpd()
        .filter(|service| settings.at(service, "smtpd_sasl_auth_enable") == "yes")
        .map(|service| service.name.as_str())
        .collect();
    if with.is_empty() {
        report.warning(
            "logins",
            "no service lets colleagues log in: nobody's BCC to an assistant counts, unless by address or certificate",
            "master.cf, below submission: -o smtpd_sasl_auth_enable=yes",
        );
    } else {
        report.ok("logins", format!("colleagues log in at {}", with.join(", ")));
    }
}

fn size(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    let (theirs, own) = (settings.main("message_size_limit"), ours.config.limits.message_size);
    // 0 is without limit.
    if theirs.parse::<u64>().is_ok_and(|theirs| (1..=own).contains(&theirs)) {
        return report.ok(
            "message-size",
            format!("Postfix takes messages of up to {theirs} octets, and so does crm-milter"),
        );
    }
    report.note(
        "message-size",
        format!("message_size_limit is {theirs}; mail of more than {own} octets is recorded by the door, a little later"),
        format!("main.cf: message_size_limit = {own}, or crm-milter.toml: [limits] message_size"),
    );
}
