//! `crmctl block`.

use super::args::block::Block as Verb;
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use super::text;
use crate::mail::address;
use crate::store::{Blocked, Scope};
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Add { who, reason } => {
            let what = blocked(desk, who)?;
            let id = desk.store()?.block_add(&what, Scope::Inbox, reason.as_deref(), &desk.operator())?;
            desk.done(
                &json!({ "id": id, "who": who }),
                &format!("{who} is refused at the inboxes from now on"),
            )
        }
        Verb::Remove { who } => {
            desk.store()?.block_remove(&blocked(desk, who)?, &desk.operator())?;
            desk.done(&json!({ "who": who }), &format!("{who} is let in again"))
        }
        Verb::List => list(desk),
    }
}

fn list(desk: &Desk) -> anyhow::Result<()> {
    desk.list(&desk.store()?.block_list(false, None)?, |blocks| {
        let mut table = Table::new(&["who", "kind", "scope", "reason", "by", "since"]);
        for block in blocks {
            table.row([
                if block.kind == "domain" { format!("@{}", block.value) } else { block.value.clone() },
                block.kind.clone(),
                block.scope.as_str().into(),
                block.reason.clone().unwrap_or_default(),
                block.created_by.clone(),
                text::time(block.created_at),
            ]);
        }
        table
    })
}

/// An address, or `@` and a domain. Our own people cannot be blocked.
fn blocked(desk: &Desk, who: &str) -> anyhow::Result<Blocked> {
    let config = desk.config()?;
    let wrong = || fault(DATAERR, format!("`{who}` is neither an address nor `@` and a domain"));
    let what = match who.strip_prefix('@') {
        Some(domain) => Blocked::Domain(address::canonical_domain(domain).ok_or_else(wrong)?),
        None => {
            Blocked::Address(address::canonical(who, config.case_sensitive_local_parts).ok_or_else(wrong)?)
        }
    };
    let domain = match &what {
        Blocked::Address(address) => address::domain_of(address).unwrap_or_default(),
        Blocked::Domain(domain) => domain,
        Blocked::Contact(_) => "",
    };
    if config.company.domains.iter().any(|own| **own == *domain) {
        return Err(fault(DATAERR, format!("{domain} is your own domain; its mail is never refused")));
    }
    Ok(what)
}
