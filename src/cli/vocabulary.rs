//! `crmctl type`, `crmctl stage`, `crmctl origin`: the company's own words.

use super::args::vocabulary::{FunnelOf, Origin as OriginVerb, Stage as StageVerb, Type as TypeVerb};
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use crate::store::{ContactType, Funnel, Origin, Stage};
use serde_json::{Map, Value, json};

/// Runs a verb of types.
pub fn types(desk: &Desk, verb: &TypeVerb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        TypeVerb::Add { key, names, position } => {
            store.type_add(key, &by_language(names)?, *position)?;
            desk.done(&json!({ "key": key }), &format!("type {key} added"))
        }
        TypeVerb::List => desk.list(&store.type_list()?, type_table),
        TypeVerb::Set { key, names, position } => {
            store.type_edit(key, &by_language(names)?, *position)?;
            desk.done(&json!({ "key": key }), &format!("type {key} changed"))
        }
        TypeVerb::Remove { key } => {
            store.type_remove(key)?;
            desk.done(&json!({ "key": key }), &format!("type {key} removed"))
        }
    }
}

/// Runs a verb of stages.
pub fn stages(desk: &Desk, verb: &StageVerb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        StageVerb::Add { funnel, name, position } => {
            let id = store.stage_add(funnel_of(funnel), name, *position)?;
            desk.done(&json!({ "id": id, "name": name }), &format!("stage {name} added"))
        }
        StageVerb::List { contact_type, record_kind } => {
            desk.list(&store.stage_list(contact_type.as_deref(), record_kind.as_deref())?, stage_table)
        }
        StageVerb::Set { funnel, name, rename, position } => {
            let stage = store.stage_find(funnel_of(funnel), name)?;
            store.stage_edit(stage.id, rename.as_deref(), *position)?;
            desk.done(&json!({ "id": stage.id }), &format!("stage {name} changed"))
        }
        StageVerb::Remove { funnel, name } => {
            let stage = store.stage_find(funnel_of(funnel), name)?;
            store.stage_remove(&stage)?;
            desk.done(&json!({ "id": stage.id }), &format!("stage {name} removed"))
        }
    }
}

/// Runs a verb of origins.
pub fn origins(desk: &Desk, verb: &OriginVerb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        OriginVerb::Add { key, names, icon } => {
            let icon = icon.as_deref().filter(|icon| !icon.is_empty());
            store.origin_add(key, &by_language(names)?, icon)?;
            desk.done(&json!({ "key": key }), &format!("origin {key} added"))
        }
        OriginVerb::List => desk.list(&store.origin_list()?, origin_table),
        OriginVerb::Set { key, names, icon } => {
            store.origin_edit(key, &by_language(names)?, icon.as_deref())?;
            desk.done(&json!({ "key": key }), &format!("origin {key} changed"))
        }
        OriginVerb::Remove { key } => {
            store.origin_remove(key)?;
            desk.done(&json!({ "key": key }), &format!("origin {key} removed"))
        }
    }
}

fn funnel_of(funnel: &FunnelOf) -> Funnel<'_> {
    match (&funnel.contact_type, &funnel.record_kind) {
        (Some(kind), _) => Funnel::Contacts(kind),
        // One of the two is there, as the command line demands.
        (None, kind) => Funnel::Records(kind.as_deref().unwrap_or_default()),
    }
}

/// `en=Name` as JSON; an empty name is null, which takes it away.
fn by_language(names: &[String]) -> anyhow::Result<Value> {
    let mut out = Map::new();
    for written in names {
        let wrong =
            || fault(DATAERR, format!("`{written}` is no name in a language: write en=\"Trade fair\""));
        let (language, name) = written.split_once('=').ok_or_else(wrong)?;
        let is_language =
            (2..=3).contains(&language.len()) && language.chars().all(|c| c.is_ascii_lowercase());
        if !is_language {
            return Err(wrong());
        }
        let name = name.trim();
        let name = if name.is_empty() { Value::Null } else { name.into() };
        out.insert(language.to_owned(), name);
    }
    Ok(out.into())
}

fn names_shown(names: &Value) -> String {
    let names = names.as_object().into_iter().flatten();
    let shown = names.map(|(language, name)| format!("{language}: {}", name.as_str().unwrap_or_default()));
    shown.collect::<Vec<_>>().join(", ")
}

fn built_in(built_in: bool) -> String {
    if built_in { "built in".into() } else { "your own".into() }
}

fn type_table(types: &[ContactType]) -> Table {
    let mut table = Table::new(&["key", "names", "position", "kind"]);
    for kind in types {
        table.row([
            kind.key.clone(),
            names_shown(&kind.names),
            kind.position.to_string(),
            built_in(kind.built_in),
        ]);
    }
    table
}

fn stage_table(stages: &[Stage]) -> Table {
    let mut table = Table::new(&["funnel", "stage", "position"]);
    for stage in stages {
        let funnel = match (&stage.contact_type, &stage.record_kind) {
            (Some(kind), _) => format!("contacts: {kind}"),
            (None, kind) => format!("records: {}", kind.as_deref().unwrap_or_default()),
        };
        table.row([funnel, stage.name.clone(), stage.position.to_string()]);
    }
    table
}

fn origin_table(origins: &[Origin]) -> Table {
    let mut table = Table::new(&["key", "icon", "names", "kind"]);
    for origin in origins {
        table.row([
            origin.key.clone(),
            origin.icon.clone().unwrap_or_default(),
            names_shown(&origin.names),
            built_in(origin.built_in),
        ]);
    }
    table
}
