//! `crmctl address`: addresses to which nothing is sent, and why.

use super::args::address::Address as Verb;
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::pick::{self, Way};
use super::table::Table;
use super::text;
use crate::mail::address;
use crate::store::{Address, AddressFilter};
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List { reason, before, limit } => {
            let before = before.as_deref().map(|written| pick::when(desk, written, Way::Back)).transpose()?;
            let reason = reason.map(|reason| reason.as_str().to_owned());
            let lines =
                desk.store()?.address_list(&AddressFilter { reason, before, limit: i64::from(*limit) })?;
            desk.list(&lines, |lines| {
                let mut table = Table::new(&["address", "since", "reason", "contact", "why"]);
                for line in lines {
                    table.row([
                        line.address.clone().unwrap_or_else(|| "(erased)".into()),
                        text::time(line.off_at),
                        line.reason.clone(),
                        line.contacts.clone().unwrap_or_default(),
                        line.note.clone().unwrap_or_default(),
                    ]);
                }
                table
            })
        }
        Verb::Show { address } => {
            let shown = desk.store()?.address_show(&canonical(desk, address)?)?;
            desk.show(&shown, |shown| page(desk, shown))
        }
        Verb::Off { address, reason } => {
            let address = canonical(desk, address)?;
            desk.store()?.address_off(&address, reason.as_deref())?;
            desk.done(&json!({ "address": address }), &format!("nothing is sent to {address} any more"))
        }
        Verb::On { address, consent } => {
            let address = canonical(desk, address)?;
            if consent.trim().is_empty() {
                return Err(fault(DATAERR, "--consent says how the owner of the address agreed: it is kept"));
            }
            desk.store()?.address_on(&address, consent.trim())?;
            desk.done(&json!({ "address": address }), &format!("mail goes to {address} again"))
        }
    }
}

fn canonical(desk: &Desk, written: &str) -> anyhow::Result<String> {
    address::canonical(written, desk.config()?.case_sensitive_local_parts)
        .ok_or_else(|| fault(DATAERR, format!("`{written}` is no address")))
}

/// The page of an address.
fn page(desk: &Desk, shown: &Address) -> String {
    let mut page = text::line(&format!("{}: {}", shown.address, standing(shown)));
    page.push('\n');
    let mut line = |words: &str, value: Option<String>| {
        if let Some(value) = value {
            page.push_str(&text::line(&format!("  {words} {value}")));
            page.push('\n');
        }
    };
    line("why:", shown.note.clone().filter(|_| shown.off_at.is_some() || shown.soft_failures > 0));
    line("said by the mail", shown.mail_id.filter(|_| shown.off_at.is_some()).map(|mail| mail.to_string()));
    line("of", Some(shown.contacts.join(", ")).filter(|names| !names.is_empty()));
    line(
        "switched on last:",
        shown.reactivated_at.map(|at| {
            let by = shown.reactivated_by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
            format!("{}{by}", text::time(at))
        }),
    );
    desk.section(&mut page, "Came back", &shown.reports, |reports| {
        let mut table = Table::new(&["mail", "sent", "came back", "what", "why", "message"]);
        for report in reports {
            table.row([
                report.number.to_string(),
                text::time(report.created_at),
                report.reported_at.map(text::time).unwrap_or_default(),
                report.report.clone(),
                report.report_text.clone().unwrap_or_default(),
                report.report_mail_id.map(|mail| mail.to_string()).unwrap_or_default(),
            ]);
        }
        table
    });
    desk.section(&mut page, "Consents", &shown.consents, |consents| {
        let mut table = Table::new(&["given", "for", "how", "recorded by", "withdrawn"]);
        for consent in consents {
            table.row([
                text::time(consent.given_at),
                consent.purpose.clone(),
                consent.evidence.clone(),
                consent.recorded_by.clone().unwrap_or_default(),
                consent.withdrawn_at.map(text::time).unwrap_or_default(),
            ]);
        }
        table
    });
    desk.section(&mut page, "By hand", &shown.history, |history| {
        let mut table = Table::new(&["at", "by", "what"]);
        for event in history {
            let what = if event.off { "switched off" } else { "switched on" };
            table.row([text::time(event.at), event.by.clone(), what.into()]);
        }
        table
    });
    page
}

fn standing(shown: &Address) -> String {
    let Some(off_at) = shown.off_at else {
        return match shown.soft_failures {
            0 => "mail goes to it".into(),
            count => format!(
                "mail goes to it; {} found the mailbox full",
                text::count(count.unsigned_abs() as usize, "letter", "letters")
            ),
        };
    };
    let since = text::time(off_at);
    match shown.reason.as_deref() {
        Some("bounce") => format!("switched off since {since}: it takes no mail"),
        Some("full") => format!("switched off since {since}: its mailbox is full again and again"),
        Some("complaint") => format!("switched off since {since}: its owner complained"),
        Some("unsubscribe") => format!("switched off since {since}: its owner wants no mail"),
        _ => match &shown.off_by {
            Some(by) => format!("switched off since {since} by {by}"),
            None => format!("switched off since {since} by hand"),
        },
    }
}
