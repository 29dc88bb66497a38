//! `crmctl block`: who is refused, and why.
//!
//! Our own people cannot be blocked, nor anybody's postmaster and abuse: the error says who it would have met.

use super::args::block::{Block as Verb, BlockScope, Blocked as Who};
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use super::text;
use crate::config::model::Config;
use crate::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope as Reach};
use crate::crm::policy::is_exempt;
use crate::mail::address;
use crate::store::{BlockLine, BlockMet, Blocked, Error, Scope, Store};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Add { who, subdomains, scope, reason } => {
            add(desk, who, *subdomains, *scope, reason.as_deref())
        }
        Verb::Remove { who } => remove(desk, who),
        Verb::List { all } => list(desk, *all),
        Verb::Why { address } => why(desk, address),
    }
}

/// The blocks against those addresses, as a list that knows no others.
pub(super) fn against(
    store: &Store,
    addresses: impl Iterator<Item = String>,
) -> anyhow::Result<Arc<BlockList>> {
    let keys = BlockKeys::new(b"");
    let mut blocks = Vec::new();
    for address in addresses {
        if !store.block_why(&address)?.is_empty() {
            blocks.push((keys.key(BlockKind::Address, &address), Reach::Inbox));
        }
    }
    Ok(Arc::new(BlockList::new(keys, blocks)))
}

/// A block's object with the name by which people know it.
struct Target {
    what: Blocked,
    name: String,
    /// Its canonical addresses, if it is no domain.
    addresses: Vec<String>,
}

fn add(
    desk: &Desk,
    who: &Who,
    subdomains: bool,
    scope: BlockScope,
    reason: Option<&str>,
) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let mut target = target(&config, &store, who)?;
    if subdomains {
        let Blocked::Domain(domain) = target.what else {
            return Err(fault(DATAERR, "--subdomains belongs to a domain: `@` and its name"));
        };
        target.name = format!("{} with all below it", target.name);
        target.what = Blocked::Subdomains(domain);
    }
    refuse_our_own(&config, &store, &target)?;
    let (scope, where_) = match scope {
        BlockScope::Inbox => (Scope::Inbox, "at the inboxes"),
        BlockScope::All => (Scope::All, "for everybody"),
    };
    let name = &target.name;
    let id = store.block_add(&target.what, scope, reason, &desk.operator()).map_err(|error| match error {
        Error::InUse { .. } => fault(
            DATAERR,
            format!("{name} is blocked already; to change scope or reason, `crmctl block remove` first"),
        ),
        error => error.into(),
    })?;
    desk.done(
        &json!({ "id": id, "who": name, "scope": scope }),
        &format!("{name} is refused {where_} from now on"),
    )
}

fn remove(desk: &Desk, who: &Who) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let (what, name) = match who.who.as_deref().and_then(|id| Uuid::try_parse(id).ok()) {
        Some(id) => (Blocked::Contact(id), id.to_string()),
        None => target(&config, &store, who).map(|target| (target.what, target.name))?,
    };
    let removed = store.block_remove(&what, &desk.operator());
    let others = match &what {
        Blocked::Address(address) => store.block_why(address)?,
        _ => Vec::new(),
    };
    let others: Vec<String> = others.iter().map(because).collect();
    match removed {
        Err(Error::NotFound { .. }) if !others.is_empty() => {
            return Err(fault(DATAERR, format!("{name} has no block of its own: {}", others.join("; "))));
        }
        removed => removed?,
    }
    let sentence = if others.is_empty() {
        format!("{name} is let in again")
    } else {
        format!("{name}: its own block is gone, but {}", others.join("; "))
    };
    desk.done(&json!({ "who": name, "still": others }), &sentence)
}

fn list(desk: &Desk, all: bool) -> anyhow::Result<()> {
    desk.list(&desk.store()?.block_list(all)?, |blocks| {
        let head = ["who", "kind", "scope", "reason", "by", "since", "removed", "removed by"];
        let mut table = Table::new(if all { &head } else { &head[..6] });
        for block in blocks {
            let row = [
                shown(block),
                block.kind.clone(),
                block.scope.as_str().into(),
                block.reason.clone().unwrap_or_default(),
                block.created_by.clone(),
                text::time(block.created_at),
            ];
            if all {
                let [who, kind, scope, reason, by, since] = row;
                let removed = block.removed_at.map(text::time).unwrap_or_default();
                let removed_by = block.removed_by.clone().unwrap_or_default();
                table.row([who, kind, scope, reason, by, since, removed, removed_by]);
            } else {
                table.row(row);
            }
        }
        table
    })
}

fn why(desk: &Desk, asked: &str) -> anyhow::Result<()> {
    let config = desk.config()?;
    let canonical = address::canonical(asked, config.case_sensitive_local_parts)
        .ok_or_else(|| fault(DATAERR, format!("`{asked}` is no address")))?;
    let is_ours = is_own_domain(&config, address::domain_of(&canonical).unwrap_or_default());
    let blocks = desk.store()?.block_why(&canonical)?;
    let widest = blocks.first().map(|met| met.block.scope).filter(|_| !is_ours);
    let meaning = match widest {
        _ if is_ours => "never refused: it is of your own domain",
        None => "nothing blocks it",
        Some(Scope::Inbox) => "refused at the inboxes",
        Some(Scope::All) => "refused for everybody",
    };
    let answer = json!({ "address": canonical, "refused": widest, "meaning": meaning, "blocks": blocks });
    desk.show(&answer, |_| {
        let mut out = text::line(&format!("{canonical}: {meaning}"));
        out.push('\n');
        for met in &blocks {
            out.push_str(&text::line(&format!("  {}", because(met))));
            out.push('\n');
        }
        out
    })
}

/// A block that was met, in a sentence.
fn because(met: &BlockMet) -> String {
    let block = &met.block;
    let what = match block.kind.as_str() {
        "address" => format!("the address {} is blocked", met.met),
        "hash" => format!("the address {} is blocked since before an erasure", met.met),
        "domain" => format!("the domain {} is blocked", met.met),
        "subdomains" => format!("the domain {} is blocked with all below it", met.met),
        _ => format!("the contact {} is blocked", shown(block)),
    };
    let reason = block.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    let scope = match block.scope {
        Scope::Inbox => "at the inboxes",
        Scope::All => "for everybody",
    };
    format!("{what} {scope}, by {} at {}{reason}", block.created_by, text::time(block.created_at))
}

/// Whom a block speaks of, as it is written on the command line.
fn shown(block: &BlockLine) -> String {
    match (block.kind.as_str(), block.contact_id) {
        ("domain" | "subdomains", _) => format!("@{}", block.value),
        ("contact", Some(id)) => format!("{} ({id})", block.value),
        _ => block.value.clone(),
    }
}

/// An address, `@` and a domain, or a contact by its id or one of its addresses.
fn target(config: &Config, store: &Store, who: &Who) -> anyhow::Result<Target> {
    let canonical = |written: &str| address::canonical(written, config.case_sensitive_local_parts);
    let wrong = |written: &str| {
        fault(DATAERR, format!("`{written}` is neither an address, nor `@` and a domain, nor an id"))
    };
    let contact = |key: &str| -> anyhow::Result<Target> {
        let contact = store.contact_find(key)?;
        let addresses = contact.addresses.iter().filter_map(|shown| canonical(shown)).collect();
        let name = format!("{} ({})", contact.name, contact.addresses.join(", "));
        Ok(Target { what: Blocked::Contact(contact.id), name, addresses })
    };
    match (&who.contact, &who.who) {
        (Some(address), _) => contact(&canonical(address).ok_or_else(|| wrong(address))?),
        (None, Some(id)) if Uuid::try_parse(id).is_ok() => contact(id),
        (None, Some(written)) => match written.strip_prefix('@') {
            Some(domain) => {
                let domain = address::canonical_domain(domain).ok_or_else(|| wrong(written))?;
                Ok(Target {
                    name: format!("@{domain}"),
                    what: Blocked::Domain(domain),
                    addresses: Vec::new(),
                })
            }
            None => {
                let address = canonical(written).ok_or_else(|| wrong(written))?;
                Ok(Target {
                    name: address.clone(),
                    what: Blocked::Address(address.clone()),
                    addresses: vec![address],
                })
            }
        },
        (None, None) => Err(wrong("")),
    }
}

fn is_own_domain(config: &Config, domain: &str) -> bool {
    config.company.domains.iter().any(|own| **own == *domain)
}

/// Our own domains, colleagues, and whoever is there for complaints about mail are not blocked.
fn refuse_our_own(config: &Config, store: &Store, target: &Target) -> anyhow::Result<()> {
    let refuse = |why: String| Err(fault(DATAERR, format!("{} is not blocked: {why}", target.name)));
    let own = match &target.what {
        Blocked::Domain(domain) | Blocked::Subdomains(domain) => Some(domain.as_str()),
        _ => target.addresses.iter().filter_map(|a| address::domain_of(a)).find(|d| is_own_domain(config, d)),
    };
    if let Some(own) = own.filter(|domain| is_own_domain(config, domain)) {
        return refuse(format!("{own} is your own domain, its mail is never refused"));
    }
    if let Some(exempt) = target.addresses.iter().find(|address| is_exempt(address)) {
        return refuse(format!("complaints about mail come from {exempt}"));
    }
    let met = |theirs: &str| match &target.what {
        Blocked::Domain(domain) => address::domain_of(theirs) == Some(domain),
        Blocked::Subdomains(domain) => address::domain_of(theirs).is_some_and(|theirs| {
            theirs.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        }),
        _ => target.addresses.iter().any(|address| address == theirs),
    };
    for user in store.user_list()?.iter().filter(|user| user.deactivated_at.is_none()) {
        // Those of our own domains are never refused, whatever is blocked above.
        let outside =
            |theirs: &&String| !address::domain_of(theirs).is_some_and(|d| is_own_domain(config, d));
        if let Some(theirs) = user.addresses.iter().filter(outside).find(|theirs| met(theirs)) {
            return refuse(format!("{theirs} is an address of your colleague {}", user.login));
        }
    }
    Ok(())
}
