//! What people do with a mail: link, unlink, move, lock, look after, note.

use super::super::args::mail::{Filter, Order, Sort};
use super::super::desk::Desk;
use super::super::exit::{DATAERR, USAGE, fault};
use super::super::{bulk, pick, text};
use super::list::{Columns, Which};
use crate::config::model::Config;
use crate::crm::plan::Target;
use crate::store::{Error, MailOrder, NoteTarget, Store};
use serde_json::json;
use uuid::Uuid;

/// Most mails whose owner one run changes.
const MOST_OWNED: usize = 200_000;
/// Mails that a preview shows.
const SHOWN: usize = 10;

/// `link`.
pub fn link(desk: &Desk, mail: Uuid, targets: &[String]) -> anyhow::Result<()> {
    let (store, mail, targets) = found(desk, mail, targets)?;
    let linked = store.mail_link(&[mail], &targets)?;
    let sentence = count(linked, "new link", "new links");
    desk.done(&json!({ "id": mail, "linked": linked }), &sentence)
}

/// `unlink`.
pub fn unlink(desk: &Desk, mail: Uuid, targets: &[String]) -> anyhow::Result<()> {
    let (store, mail, targets) = found(desk, mail, targets)?;
    let unlinked = store.mail_unlink(&[mail], &targets)?;
    if unlinked == 0 {
        return Err(fault(
            DATAERR,
            format!("mail {mail} stands on none of that; see `crmctl mail show {mail}`"),
        ));
    }
    let sentence = format!("{} taken away", count(unlinked, "link", "links"));
    desk.done(&json!({ "id": mail, "unlinked": unlinked }), &sentence)
}

/// `relink`.
pub fn relink(desk: &Desk, mail: Uuid, from: &str, to: &str) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let mail = store.mail_find(mail)?;
    let (old, new) = (target(&config, &store, from)?, target(&config, &store, to)?);
    if old == new {
        return Err(fault(USAGE, format!("{from} and {to} are the same")));
    }
    store.mail_relink(mail, old, new)?;
    desk.done(&json!({ "id": mail }), &format!("mail {mail} stands on {to} instead of {from}"))
}

/// `lock` and `unlock`.
pub fn lock(desk: &Desk, mails: &[Uuid], locked: bool) -> anyhow::Result<()> {
    let store = desk.store()?;
    let mails = mails.iter().map(|&mail| store.mail_find(mail)).collect::<Result<Vec<_>, _>>()?;
    let changed = store.mail_lock(&mails, locked)?;
    let word = if locked { "locked" } else { "unlocked" };
    let sentence = format!("{} {word}", count(changed, "mail", "mails"));
    desk.done(&json!({ "mails": mails, word: changed }), &sentence)
}

/// `owner`.
pub fn owner(desk: &Desk, login: &str, mails: &[Uuid], filter: &Filter, yes: bool) -> anyhow::Result<()> {
    let store = desk.store()?;
    let owner = if login == "-" { None } else { Some(store.user_id(login)?) };
    let ids = match (mails, *filter == Filter::default()) {
        ([], true) => {
            return Err(fault(USAGE, "say which mails: by their ids, or by a filter as --inbox info"));
        }
        (ids, true) => ids.iter().map(|&mail| store.mail_find(mail)).collect::<Result<Vec<_>, _>>()?,
        ([], false) => all_of(desk, &store, filter)?,
        _ => return Err(fault(USAGE, "either ids of mails or a filter, not both")),
    };
    let found = text::count(ids.len(), "mail", "mails");
    if mails.is_empty() && !yes && !ids.is_empty() {
        let first = store.mail_lines(&ids[..ids.len().min(SHOWN)], false)?;
        let table = Columns::usual(MailOrder::Recorded, false).table(&first);
        let mut preview = format!("{found}:\n{}", desk.rendered(&table));
        if ids.len() > SHOWN {
            preview.push_str(&format!("… and {} more\n", ids.len() - SHOWN));
        }
        let who = owner.map_or("nobody", |_| login);
        preview.push_str(&format!("\n{} looks after them from now on\n", text::line(who)));
        bulk::confirm(&preview, &found)?;
    }
    let changed = store.mail_own(&ids, owner)?;
    let sentence = format!("the owner of {} changed", count(changed, "mail", "mails"));
    desk.done(&json!({ "mails": ids.len(), "changed": changed }), &sentence)
}

fn all_of(desk: &Desk, store: &Store, filter: &Filter) -> anyhow::Result<Vec<Uuid>> {
    let which = Which::read(desk, store, filter, Sort { order: Order::Recorded, oldest: false })?;
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let part = which.part(store, after, 10_000)?;
        ids.extend(part.ids);
        if ids.len() > MOST_OWNED {
            let text = format!("the filter finds more than {MOST_OWNED} mails; narrow it, as by --since");
            return Err(fault(DATAERR, text));
        }
        after = part.next;
        if after.is_none() {
            return Ok(ids);
        }
    }
}

/// `note`.
pub fn note(desk: &Desk, mail: Uuid, written: &str, pin: bool) -> anyhow::Result<()> {
    let store = desk.store()?;
    let mail = store.mail_find(mail)?;
    let id = store.note_add(NoteTarget::Mail(mail), &pick::text(written)?, pin)?;
    desk.done(&json!({ "id": id }), &format!("note {id} written"))
}

fn found(desk: &Desk, mail: Uuid, targets: &[String]) -> anyhow::Result<(Store, Uuid, Vec<Target>)> {
    let (config, store) = (desk.config()?, desk.store()?);
    let mail = store.mail_find(mail)?;
    let targets =
        targets.iter().map(|written| target(&config, &store, written)).collect::<anyhow::Result<_>>()?;
    Ok((store, mail, targets))
}

/// What a code, an id, an address, a phone or a name means.
pub fn target(config: &Config, store: &Store, written: &str) -> anyhow::Result<Target> {
    if let Some(id) = known(pick::record(store, written))? {
        return Ok(Target::Record(id));
    }
    if let Some(id) = known(pick::ticket(store, written))? {
        return Ok(Target::Ticket(id));
    }
    match known(pick::contact(config, store, written))? {
        Some(id) => Ok(Target::Contact(id)),
        None => Err(Error::NotFound { noun: "record, ticket or contact", name: written.into() }.into()),
    }
}

fn known(found: anyhow::Result<Uuid>) -> anyhow::Result<Option<Uuid>> {
    match found {
        Ok(id) => Ok(Some(id)),
        Err(error) if matches!(error.downcast_ref(), Some(Error::NotFound { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

fn count(number: u64, one: &str, several: &str) -> String {
    text::count(usize::try_from(number).unwrap_or(usize::MAX), one, several)
}
