//! Offices and teams: how colleagues are grouped, which decides what a coordinator sees.

use super::text::{SHORT, gate};
use super::{Error, Result, Store};
use serde::Serialize;
use uuid::Uuid;

/// An office for people.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Office {
    pub id: Uuid,
    pub name: String,
    /// Login of its coordinator.
    pub coordinator: Option<String>,
    /// Logins of those who belong to it.
    pub members: Vec<String>,
}

/// A team for people.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Team {
    pub id: Uuid,
    pub name: String,
    /// Logins of its members.
    pub members: Vec<String>,
}

impl Store {
    /// All offices.
    ///
    /// # Errors
    /// The database's.
    pub fn office_list(&self) -> Result<Vec<Office>> {
        let rows = self.connection()?.query(include_str!("sql/office_list.sql"), &[])?;
        let office = |row: &postgres::Row| Office {
            id: row.get(0),
            name: row.get(1),
            coordinator: row.get(2),
            members: row.get(3),
        };
        Ok(rows.iter().map(office).collect())
    }

    /// Makes an office, unless there is one of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the coordinator, [`Error::Invalid`] for an empty name.
    pub fn office_add(&self, name: &str, coordinator: Option<&str>) -> Result<Uuid> {
        let name = named("office", name)?;
        let coordinator = coordinator.map(|login| self.user_id(login)).transpose()?;
        let row = self
            .connection()?
            .query_one(include_str!("sql/office_upsert.sql"), &[&Uuid::now_v7(), &name, &coordinator])?;
        Ok(row.get(0))
    }

    /// Renames an office; `coordinator` is the new one's login, or `Some(None)` for nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub fn office_set(
        &self,
        office: &str,
        name: Option<&str>,
        coordinator: Option<Option<&str>>,
    ) -> Result<()> {
        let name = name.map(|name| named("office", name)).transpose()?;
        let login = coordinator.flatten().map(|login| self.user_id(login)).transpose()?;
        let changed = self.connection()?.execute(
            include_str!("sql/office_set.sql"),
            &[&gate(office, SHORT), &name, &coordinator.is_some(), &login],
        )?;
        if changed > 0 {
            return Ok(());
        }
        let there = self.office_list()?.iter().any(|o| o.name.to_lowercase() == office.to_lowercase());
        Err(if there { administrators("offices") } else { missing("office", office) })
    }

    /// All teams.
    ///
    /// # Errors
    /// The database's.
    pub fn team_list(&self) -> Result<Vec<Team>> {
        let rows = self.connection()?.query(include_str!("sql/team_list.sql"), &[])?;
        let team = |row: &postgres::Row| Team { id: row.get(0), name: row.get(1), members: row.get(2) };
        Ok(rows.iter().map(team).collect())
    }

    /// Makes a team, unless there is one of that name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty name.
    pub fn team_add(&self, name: &str) -> Result<Uuid> {
        let name = named("team", name)?;
        let row =
            self.connection()?.query_one(include_str!("sql/team_upsert.sql"), &[&Uuid::now_v7(), &name])?;
        Ok(row.get(0))
    }

    /// Makes users members of a team, or takes them out of it. Returns how many that changed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the team or a user.
    pub fn team_members(&self, team: &str, logins: &[String], join: bool) -> Result<u64> {
        if !self.team_list()?.iter().any(|t| t.name.to_lowercase() == team.to_lowercase()) {
            return Err(missing("team", team));
        }
        let users = logins.iter().map(|login| self.user_find(login)).collect::<Result<Vec<Uuid>>>()?;
        let sql = if join {
            include_str!("sql/team_member_insert.sql")
        } else {
            include_str!("sql/team_member_delete.sql")
        };
        Ok(self.connection()?.execute(sql, &[&gate(team, SHORT), &users])?)
    }
}

fn named(noun: &str, name: &str) -> Result<String> {
    let name = gate(name.trim(), SHORT).into_owned();
    if name.is_empty() { Err(Error::Invalid(format!("a {noun} needs a name"))) } else { Ok(name) }
}

fn missing(noun: &'static str, name: &str) -> Error {
    Error::NotFound { noun, name: name.into() }
}

/// Nothing was changed of what is there to be seen.
pub(super) fn administrators(what: &str) -> Error {
    Error::NotAllowed(format!("only administrators change {what}"))
}
