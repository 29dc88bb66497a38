//! `crmctl contact`: added, listed, changed, merged. The card is in [`super::card`], the change of many in
//! [`super::bulk`].

use super::args::contact::{Contact as Verb, Filter, Key, Order, Person, Several};
use super::desk::Desk;
use super::exit::{DATAERR, USAGE, fault};
use super::table::Table;
use super::{bulk, card, pick, text};
use crate::crm::card::{Changes, State};
use crate::store::{ContactFilter, ContactLine, ContactOrder, Store};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Add { name, addresses, phones, changes, under } => {
            add(desk, name.as_deref(), addresses, phones, changes, under.as_deref())
        }
        Verb::List { filter, order, columns, limit, after } => {
            let columns = Columns::named(columns)?;
            let store = desk.store()?;
            let filter = filter_of(desk, filter)?;
            let order = order_of(*order);
            let ids = store.contact_select(&filter, order, *after, Some(i64::from(*limit)))?;
            desk.list(&store.contact_lines(&ids)?, |contacts| columns.table(contacts))
        }
        Verb::Show { contact } => card::show(desk, contact),
        Verb::Set { contact, changes } => {
            let changes = parse(changes)?;
            let (store, id) = find(desk, contact)?;
            store.contact_edit(&[id], &changes)?;
            shown(desk, &store, id, "changed")
        }
        Verb::Bulk { filter, changes, yes } => {
            bulk::run(desk, &filter_of(desk, filter)?, &parse(changes)?, *yes)
        }
        Verb::Won(several) => state(desk, several, State::Won),
        Verb::Lost(several) => state(desk, several, State::Lost),
        Verb::Inactive(several) => state(desk, several, State::Inactive),
        Verb::Reopen(several) => state(desk, several, State::Open),
        Verb::Address(verb) => key(desk, verb, true),
        Verb::Phone(verb) => key(desk, verb, false),
        Verb::Person(verb) => person(desk, verb),
        Verb::Merge { from, into } => {
            let (store, found) = find(desk, from)?;
            let into = pick::contact(&desk.config()?, &store, into)?;
            // Once more, for what the one who merged them did not see: by now the old id leads to the other contact.
            let again = Uuid::try_parse(from).ok().filter(|_| found == into);
            let from = again.unwrap_or(found);
            let done = store.contact_merge(from, into)?;
            let mut sentence = format!(
                "merged into {into}: {}; `crmctl contact unmerge {from}` undoes it",
                counts(&done.moved)
            );
            if done.left > 0 {
                sentence.push_str(&format!(
                    "\n{} left on it that you do not see or own: whoever does moves them by `crmctl contact merge {from} {into}`",
                    text::count(usize::try_from(done.left).unwrap_or(usize::MAX), "thing is", "things are")
                ));
            }
            desk.done(&done, &sentence)
        }
        Verb::Unmerge { contact } => {
            let done = desk.store()?.contact_unmerge(*contact)?;
            let mut sentence = format!("{contact} is itself again: {}", counts(&done.moved));
            for stays in &done.stays {
                sentence.push_str(&format!("; {stays} was changed since and stays with {}", done.from));
            }
            desk.done(&done, &sentence)
        }
    }
}

fn counts(moved: &BTreeMap<String, usize>) -> String {
    let words: Vec<String> = moved.iter().map(|(noun, count)| format!("{noun} {count}")).collect();
    if words.is_empty() { "nothing stood on it".into() } else { format!("moved {}", words.join(", ")) }
}

/// Changes as written.
pub fn parse(changes: &[String]) -> anyhow::Result<Changes> {
    Changes::parse(changes).map_err(|wrong| fault(DATAERR, wrong))
}

fn find(desk: &Desk, written: &str) -> anyhow::Result<(Store, Uuid)> {
    let store = desk.store()?;
    let id = pick::contact(&desk.config()?, &store, written)?;
    Ok((store, id))
}

/// Says what was done to a contact; programs get the contact as lists have it.
fn shown(desk: &Desk, store: &Store, id: Uuid, what: &str) -> anyhow::Result<()> {
    let line = store.contact_find(id.to_string().as_str())?;
    desk.done(&line, &format!("{} ({id}) {what}", line.name))
}

fn add(
    desk: &Desk,
    name: Option<&str>,
    addresses: &[String],
    phones: &[String],
    changes: &[String],
    under: Option<&str>,
) -> anyhow::Result<()> {
    let config = desk.config()?;
    let mut changes = parse(changes)?;
    if let Some(name) = name {
        changes.set("name", name.trim()).map_err(|wrong| fault(DATAERR, wrong))?;
    }
    let keys = pick::keys(&config, addresses, phones)?;
    let store = desk.store()?;
    // Before anything is made: a misspelt company should not leave a contact behind.
    let company = under.map(|company| pick::contact(&config, &store, company)).transpose()?;
    let id = store.contact_add(&changes, &keys, config.contacts.allow_duplicates)?;
    if let Some(company) = company {
        store.person_add(company, id, changes.text("job_title"))?;
    }
    shown(desk, &store, id, "added")
}

fn state(desk: &Desk, several: &Several, state: State) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let ids = several.contacts.iter().map(|contact| pick::contact(&config, &store, contact));
    let ids: Vec<Uuid> = ids.collect::<anyhow::Result<_>>()?;
    let changes = parse(&[format!("state={}", state.as_str())])?;
    let changed = store.contact_edit(&ids, &changes)?;
    let lines = store.contact_lines(&ids)?;
    let sentence = format!("{} {}", text::count(changed, "contact is", "contacts are"), state.as_str());
    desk.done(&lines, &sentence)
}

fn key(desk: &Desk, verb: &Key, is_address: bool) -> anyhow::Result<()> {
    let (Key::Add { contact, value, .. } | Key::Remove { contact, value } | Key::Main { contact, value }) =
        verb;
    let config = desk.config()?;
    let one = [value.clone()];
    let keys = if is_address { pick::keys(&config, &one, &[]) } else { pick::keys(&config, &[], &one) }?;
    let (store, id) = find(desk, contact)?;
    let done = match verb {
        Key::Add { main, .. } => {
            store.contact_extend(id, &keys, config.contacts.allow_duplicates)?;
            if *main {
                store.contact_main(id, &keys)?;
            }
            format!("has {value} too")
        }
        Key::Remove { .. } => {
            store.contact_reduce(id, &keys)?;
            format!("has {value} no more")
        }
        Key::Main { .. } => {
            store.contact_main(id, &keys)?;
            format!("has {value} first")
        }
    };
    shown(desk, &store, id, &done)
}

fn person(desk: &Desk, verb: &Person) -> anyhow::Result<()> {
    let (Person::Add { company, person, .. } | Person::Remove { company, person }) = verb;
    let (store, company) = find(desk, company)?;
    let person = pick::contact(&desk.config()?, &store, person)?;
    let what = match verb {
        Person::Add { job_title, .. } => {
            store.person_add(company, person, job_title.as_deref())?;
            "stands under"
        }
        Person::Remove { .. } => {
            store.person_remove(company, person)?;
            "stands no more under"
        }
    };
    let name = |id: Uuid| store.contact_find(id.to_string().as_str()).map(|line| line.name);
    let sentence = format!("{} {what} {}", name(person)?, name(company)?);
    desk.done(&json!({ "company": company, "person": person }), &sentence)
}

fn order_of(order: Order) -> ContactOrder {
    match order {
        Order::Newest => ContactOrder::Newest,
        Order::Name => ContactOrder::Name,
        Order::Updated => ContactOrder::Updated,
    }
}

fn filter_of(desk: &Desk, filter: &Filter) -> anyhow::Result<ContactFilter> {
    let since = |written: &Option<String>| {
        written.as_deref().map(|written| pick::when(desk, written, pick::Way::Back)).transpose()
    };
    Ok(ContactFilter {
        text: filter.text.clone(),
        owner: filter.owner.clone(),
        kind: filter.kind.clone(),
        stage: filter.stage.clone(),
        state: filter.state.clone(),
        stars: filter.stars,
        origin: filter.origin.clone(),
        language: filter.language.clone(),
        interest: filter.interest.clone(),
        office: filter.office.clone(),
        colour: filter.colour.clone(),
        updated_since: since(&filter.updated_since)?,
        created_since: since(&filter.created_since)?,
    })
}

/// Columns of a list: name, and what stands in it.
type Column = (&'static str, fn(&ContactLine) -> String);

const COLUMNS: [Column; 19] = [
    ("name", |c| c.emoji.as_ref().map_or_else(|| c.name.clone(), |emoji| format!("{emoji} {}", c.name))),
    ("addresses", |c| c.addresses.join(", ")),
    ("phones", |c| c.phones.join(", ")),
    ("company", |c| c.company.clone().unwrap_or_default()),
    ("job-title", |c| c.job_title.clone().unwrap_or_default()),
    ("type", |c| c.kind.clone()),
    ("stage", |c| c.stage.clone().unwrap_or_default()),
    ("state", |c| c.state.clone()),
    ("stars", |c| "★".repeat(usize::try_from(c.stars).unwrap_or(0))),
    ("colour", |c| c.colour.clone().unwrap_or_default()),
    ("emoji", |c| c.emoji.clone().unwrap_or_default()),
    ("language", |c| c.language.clone().unwrap_or_default()),
    ("interests", |c| c.interests.join(", ")),
    ("origin", |c| c.origin.clone().unwrap_or_default()),
    ("owner", |c| c.owner.clone().unwrap_or_default()),
    ("office", |c| c.office.clone().unwrap_or_default()),
    ("since", |c| text::time(c.created_at)),
    ("updated", |c| text::time(c.updated_at)),
    ("id", |c| c.id.to_string()),
];

const USUAL: [&str; 9] =
    ["name", "addresses", "phones", "company", "stage", "state", "stars", "owner", "since"];

/// The columns of one list.
#[derive(Debug)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// The columns of these names; the usual ones if there are none.
    fn named(names: &[String]) -> anyhow::Result<Columns> {
        let names: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        let find = |name: &&str| {
            let known = || COLUMNS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let column = COLUMNS.iter().find(|(column, _)| column == name);
            column.copied().ok_or_else(|| fault(USAGE, format!("no column `{name}`; there are {}", known())))
        };
        if names.is_empty() {
            return Ok(Columns::usual());
        }
        Ok(Columns(names.iter().map(find).collect::<anyhow::Result<_>>()?))
    }

    /// The usual columns.
    pub fn usual() -> Columns {
        Columns(COLUMNS.iter().filter(|(name, _)| USUAL.contains(name)).copied().collect())
    }

    /// The table.
    pub fn table(&self, contacts: &[ContactLine]) -> Table {
        let headers: Vec<&'static str> = self.0.iter().map(|(name, _)| *name).collect();
        let mut table = Table::new(&headers);
        for contact in contacts {
            table.cells(self.0.iter().map(|(_, cell)| cell(contact)).collect());
        }
        table
    }
}
