//! What a comment and a letter have in common before they go out: to which address of a contact, by which inbox.
//!
//! DIAGNOSTICS: each refusal says what to do. What is refused here the database and the daemon refuse as well; here it
//! is refused before somebody has written a page.

use super::exit::{CONFIG, DATAERR, fault};
use super::text;
use crate::config::model::Config;
use crate::crm::inbox::{Inbox, Kind};
use crate::crm::letter;
use crate::mail::address;
use crate::store::{Reach, Store};
use uuid::Uuid;

/// The address that something goes to: the wanted one, or the contact's main one that may be written to.
pub fn recipient(store: &Store, contact: Uuid, name: &str, wanted: Option<&str>) -> anyhow::Result<String> {
    let all = store.contact_reach(contact)?;
    let refusal = |reach: &Reach| {
        let shown = &reach.shown;
        if reach.blocked {
            return Some(format!(
                "{shown} of {name} is blocked; `crmctl block why {shown}` says by whom and why, `crmctl block remove` ends it"
            ));
        }
        let (at, reason) = reach.off.as_ref()?;
        let what = match reason.as_str() {
            "unsubscribe" => "it asked for no more mail",
            "complaint" => "our mail was reported as unwanted",
            "full" => "its mailbox was full again and again",
            "bounce" => "mail to it failed for good",
            _ => "somebody switched it off",
        };
        Some(format!(
            "{shown} of {name} is switched off since {}: {what}; write to another address of the contact, or call",
            text::time(*at)
        ))
    };
    if let Some(wanted) = wanted {
        let reach = all.iter().find(|reach| reach.address == wanted);
        let reach = reach.ok_or_else(|| {
            fault(DATAERR, format!("{wanted} is no address of {name}; `crmctl contact address add` adds it"))
        })?;
        return match refusal(reach) {
            Some(why) => Err(fault(DATAERR, why)),
            None => Ok(reach.address.clone()),
        };
    }
    if all.is_empty() {
        let how = format!("`crmctl contact address add {contact} ADDRESS` adds one");
        return Err(fault(DATAERR, format!("{name} has no mail address; {how}")));
    }
    // Who is blocked at the main address is not written to at the next one.
    let usual = all.iter().find(|reach| reach.off.is_none()).unwrap_or(&all[0]);
    match refusal(usual) {
        Some(why) => Err(fault(DATAERR, why)),
        None => Ok(usual.address.clone()),
    }
}

/// The inbox in whose name something goes out, and to which its answers come: the wanted one if it can, else the one of
/// `[outbox]`.
pub fn inbox(config: &Config, wanted: Option<&str>) -> anyhow::Result<Inbox> {
    let table = config.inbox_table();
    let usable = |key: &str| table.by_key(key).filter(|inbox| inbox.enabled && inbox.kind != Kind::Assistant);
    let of_outbox = config.outbox.inbox.as_str();
    let found = wanted.and_then(usable).or_else(|| usable(of_outbox)).cloned();
    found.ok_or_else(|| {
        let why = match of_outbox {
            "" => "no inbox is named for what no other sends".to_owned(),
            key => format!("inbox `{key}` is none that takes answers of contacts"),
        };
        fault(
            CONFIG,
            format!("{why}; name an inbox for leads or tickets as `inbox` in [outbox] of the configuration"),
        )
    })
}

/// The Message-ID of what goes out by that inbox.
pub fn message_id(id: Uuid, inbox: &Inbox) -> String {
    letter::message_id(id, address::domain_of(&inbox.address).unwrap_or("localhost"))
}
