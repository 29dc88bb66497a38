//! The company's own words: origins, types of contacts, and the stages of its funnels. Built-in origins and
//! types may be renamed in any language and never go; nothing goes that a contact or record still has.

use super::text::{SHORT, gate, gate_json, gate_option};
use super::{Error, Result, Store};
use postgres::error::SqlState;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// An origin.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Origin {
    pub key: String,
    /// By language.
    pub names: Value,
    pub icon: Option<String>,
    pub built_in: bool,
}

/// A type of contacts.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct ContactType {
    pub key: String,
    /// By language.
    pub names: Value,
    pub position: i16,
    pub built_in: bool,
}

/// A stage of a type of contacts or a kind of records.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Stage {
    pub id: Uuid,
    pub contact_type: Option<String>,
    pub record_kind: Option<String>,
    pub name: String,
    pub position: i16,
}

impl Store {
    /// Origins.
    ///
    /// # Errors
    /// The database's.
    pub fn origin_list(&self) -> Result<Vec<Origin>> {
        self.origins(None)
    }

    fn origins(&self, key: Option<&str>) -> Result<Vec<Origin>> {
        let key = gate_option(key, SHORT);
        let rows = self.connection()?.query(include_str!("sql/origin_list.sql"), &[&key])?;
        let origin = |row: &postgres::Row| Origin {
            key: row.get(0),
            names: row.get(1),
            icon: row.get(2),
            built_in: row.get(3),
        };
        Ok(rows.iter().map(origin).collect())
    }

    pub(super) fn origin_exists(&self, key: &str) -> Result<()> {
        exists(!self.origins(Some(key))?.is_empty(), "origin", key)
    }

    /// Adds an origin.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a key that is no word or is there already.
    pub fn origin_add(&self, key: &str, names: &Value, icon: Option<&str>) -> Result<()> {
        let (key, icon) = (word(key)?, gate_option(icon, SHORT));
        let sql = include_str!("sql/origin_add.sql");
        let made = self.connection()?.execute(sql, &[&key, &gate_json(names), &icon]);
        made.map_err(|error| taken(error, "origin", &key)).map(|_| ())
    }

    /// Changes names and icon of an origin; null takes a name away, an empty icon the icon.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn origin_edit(&self, key: &str, names: &Value, icon: Option<&str>) -> Result<()> {
        let icon = gate_option(icon, SHORT);
        let sql = include_str!("sql/origin_edit.sql");
        let changed = self.connection()?.execute(sql, &[&gate(key, SHORT), &gate_json(names), &icon])?;
        exists(changed > 0, "origin", key)
    }

    /// Removes an origin.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InUse`] while something has it; [`Error::Invalid`] for a built-in one.
    pub fn origin_remove(&self, key: &str) -> Result<()> {
        let gone = self.connection()?.execute(include_str!("sql/origin_remove.sql"), &[&gate(key, SHORT)]);
        exists(gone.map_err(|error| held(error, "origin", key))? > 0, "origin", key)
    }

    /// Types of contacts.
    ///
    /// # Errors
    /// The database's.
    pub fn type_list(&self) -> Result<Vec<ContactType>> {
        self.types(None)
    }

    fn types(&self, key: Option<&str>) -> Result<Vec<ContactType>> {
        let key = gate_option(key, SHORT);
        let rows = self.connection()?.query(include_str!("sql/contact_type_list.sql"), &[&key])?;
        let kind = |row: &postgres::Row| ContactType {
            key: row.get(0),
            names: row.get(1),
            position: row.get(2),
            built_in: row.get(3),
        };
        Ok(rows.iter().map(kind).collect())
    }

    pub(super) fn type_exists(&self, key: &str) -> Result<()> {
        exists(!self.types(Some(key))?.is_empty(), "type", key)
    }

    /// Adds a type.
    ///
    /// # Errors
    /// As [`Store::origin_add`].
    pub fn type_add(&self, key: &str, names: &Value, position: Option<i16>) -> Result<()> {
        let key = word(key)?;
        let sql = include_str!("sql/contact_type_add.sql");
        let made = self.connection()?.execute(sql, &[&key, &gate_json(names), &position]);
        made.map_err(|error| taken(error, "type", &key)).map(|_| ())
    }

    /// Changes names and place of a type.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn type_edit(&self, key: &str, names: &Value, position: Option<i16>) -> Result<()> {
        let sql = include_str!("sql/contact_type_edit.sql");
        let changed = self.connection()?.execute(sql, &[&gate(key, SHORT), &gate_json(names), &position])?;
        exists(changed > 0, "type", key)
    }

    /// Removes a type.
    ///
    /// # Errors
    /// As [`Store::origin_remove`].
    pub fn type_remove(&self, key: &str) -> Result<()> {
        let sql = include_str!("sql/contact_type_remove.sql");
        let gone = self.connection()?.execute(sql, &[&gate(key, SHORT)]);
        exists(gone.map_err(|error| held(error, "type", key))? > 0, "type", key)
    }

    /// Stages in their order, of all or of one type of contacts or kind of records.
    ///
    /// # Errors
    /// The database's.
    pub fn stage_list(&self, contact_type: Option<&str>, record_kind: Option<&str>) -> Result<Vec<Stage>> {
        let [contact_type, record_kind] = [contact_type, record_kind].map(|text| gate_option(text, SHORT));
        let sql = include_str!("sql/stage_list.sql");
        let rows = self.connection()?.query(sql, &[&contact_type, &record_kind])?;
        let stage = |row: &postgres::Row| Stage {
            id: row.get(0),
            contact_type: row.get(1),
            record_kind: row.get(2),
            name: row.get(3),
            position: row.get(4),
        };
        Ok(rows.iter().map(stage).collect())
    }

    /// Ids of the stages of that name, in whichever funnel.
    pub(super) fn stages_named(&self, name: &str) -> Result<Vec<Uuid>> {
        let known = self.stage_list(None, None)?;
        let named = known.iter().filter(|stage| stage.name.to_lowercase() == name.to_lowercase());
        Ok(named.map(|stage| stage.id).collect())
    }

    /// The stage of that name in a funnel.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn stage_find(&self, funnel: Funnel, name: &str) -> Result<Stage> {
        let (contact_type, record_kind) = funnel.columns();
        let stages = self.stage_list(contact_type, record_kind)?;
        let wanted = name.to_lowercase();
        let found = stages.into_iter().find(|stage| stage.name.to_lowercase() == wanted);
        found.ok_or_else(|| Error::NotFound { noun: "stage", name: name.into() })
    }

    /// Adds a stage, behind the others of its funnel unless a place is named.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a type that is not there; [`Error::Invalid`] for a name that is empty or there already.
    pub fn stage_add(&self, funnel: Funnel, name: &str, position: Option<i16>) -> Result<Uuid> {
        let (contact_type, record_kind) = funnel.columns();
        if let Some(kind) = contact_type {
            self.type_exists(kind)?;
        }
        let [contact_type, record_kind] = [contact_type, record_kind].map(|text| gate_option(text, SHORT));
        let name = stage_name(name)?;
        let id = Uuid::now_v7();
        let sql = include_str!("sql/stage_add.sql");
        let made = self.connection()?.execute(sql, &[&id, &contact_type, &record_kind, &name, &position]);
        made.map_err(|error| taken(error, "stage", &name)).map(|_| id)
    }

    /// Changes name and place of a stage.
    ///
    /// # Errors
    /// As [`Store::stage_add`].
    pub fn stage_edit(&self, id: Uuid, name: Option<&str>, position: Option<i16>) -> Result<()> {
        let name = name.map(stage_name).transpose()?;
        let sql = include_str!("sql/stage_edit.sql");
        let changed = self.connection()?.execute(sql, &[&id, &name, &position]);
        let shown = name.unwrap_or_default();
        exists(changed.map_err(|error| taken(error, "stage", &shown))? > 0, "stage", &id.to_string())
    }

    /// Removes a stage.
    ///
    /// # Errors
    /// [`Error::InUse`] while something stands on it.
    pub fn stage_remove(&self, stage: &Stage) -> Result<()> {
        let gone = self.connection()?.execute(include_str!("sql/stage_remove.sql"), &[&stage.id]);
        exists(gone.map_err(|error| held(error, "stage", &stage.name))? > 0, "stage", &stage.name)
    }
}

/// What stages belong to.
#[derive(Debug, Clone, Copy)]
pub enum Funnel<'a> {
    /// A type of contacts.
    Contacts(&'a str),
    /// A kind of records.
    Records(&'a str),
}

impl<'a> Funnel<'a> {
    fn columns(self) -> (Option<&'a str>, Option<&'a str>) {
        match self {
            Funnel::Contacts(kind) => (Some(kind), None),
            Funnel::Records(kind) => (None, Some(kind)),
        }
    }
}

fn exists(there: bool, noun: &'static str, name: &str) -> Result<()> {
    if there { Ok(()) } else { Err(Error::NotFound { noun, name: name.into() }) }
}

fn word(key: &str) -> Result<String> {
    let is_word = (1..=64).contains(&key.len())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c));
    if is_word {
        Ok(key.to_owned())
    } else {
        Err(Error::Invalid(format!("`{key}` is no key: a word of a-z, 0-9, - and _; names may be anything")))
    }
}

fn stage_name(name: &str) -> Result<String> {
    let name = gate(name.trim(), SHORT);
    if name.is_empty() { Err(Error::Invalid("a stage needs a name".into())) } else { Ok(name.into_owned()) }
}

fn taken(error: postgres::Error, noun: &str, name: &str) -> Error {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => Error::Invalid(format!("there is the {noun} {name} already")),
        _ => error.into(),
    }
}

fn held(error: postgres::Error, noun: &str, name: &str) -> Error {
    match error.code() {
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => Error::InUse {
            what: format!("{noun} {name}"),
            by: "contacts or records, perhaps such as you may not see; give them another first".into(),
        },
        Some(&SqlState::INTEGRITY_CONSTRAINT_VIOLATION) => {
            Error::Invalid(format!("{noun} {name} is built in and stays; its names can be changed"))
        }
        _ => error.into(),
    }
}
