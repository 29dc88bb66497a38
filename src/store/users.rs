//! Users: made and listed. What proves a user belongs to that user alone.

use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Result, Store};
use jiff::Timestamp;
use serde::Serialize;
use std::net::IpAddr;
use uuid::Uuid;

/// A user to make. Addresses are canonical (see [`crate::mail::address::canonical`]).
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// Login name.
    pub login: String,
    /// Name shown to people; the login if empty.
    pub name: String,
    /// `administrator`, `coordinator`, `agent`; `agent` if empty.
    pub role: String,
    /// ISO 639-1.
    pub language: Option<String>,
    /// The user's role in PostgreSQL.
    pub pg_role: Option<String>,
    /// Canonical mail addresses, the first is the main one.
    pub addresses: Vec<String>,
    /// SASL logins, exactly as Postfix reports them.
    pub sasl_logins: Vec<String>,
    /// Client addresses that are this user's alone.
    pub client_addresses: Vec<IpAddr>,
    /// Issuer and subject of client certificates.
    pub certificates: Vec<(String, String)>,
    /// Office to belong to; made if there is none of that name.
    pub office: Option<String>,
    /// Whether to coordinate that office.
    pub coordinator: bool,
}

/// A user for people.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct User {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub role: String,
    pub language: Option<String>,
    pub created_at: Timestamp,
    pub deactivated_at: Option<Timestamp>,
    pub addresses: Vec<String>,
    pub sasl_logins: Vec<String>,
    pub client_addresses: Vec<IpAddr>,
    pub certificates: Vec<(String, String)>,
}

impl Store {
    /// Makes a user.
    ///
    /// # Errors
    /// [`Error::InUse`] with the holder of what is another's; [`Error::Invalid`] for a role that there is
    /// not, an empty login, or a loopback address, which proves nobody.
    pub fn user_add(&self, new: &NewUser) -> Result<Uuid> {
        let login = gate(new.login.trim(), SHORT);
        if login.is_empty() {
            return Err(Error::Invalid("a user needs a login name".into()));
        }
        let role = if new.role.is_empty() { "agent" } else { new.role.as_str() };
        if !["administrator", "coordinator", "agent"].contains(&role) {
            return Err(Error::Invalid(format!("no role {role}: administrator, coordinator or agent")));
        }
        if let Some(address) =
            new.client_addresses.iter().find(|address| address.to_canonical().is_loopback())
        {
            return Err(Error::Invalid(format!("{address} is every local program's, it proves no user")));
        }
        let name = if new.name.is_empty() { login.clone() } else { gate(&new.name, SHORT) };
        let language = gate_option(new.language.as_deref(), SHORT);
        let pg_role = gate_option(new.pg_role.as_deref(), SHORT);
        let addresses = distinct(&new.addresses);
        let logins = distinct(&new.sasl_logins);
        let mut clients = new.client_addresses.clone();
        clients.sort_unstable();
        clients.dedup();
        let mut certificates: Vec<(String, String)> = new
            .certificates
            .iter()
            .map(|(issuer, subject)| (gate(issuer, LINE).into_owned(), gate(subject, LINE).into_owned()))
            .collect();
        certificates.sort_unstable();
        certificates.dedup();
        if certificates.iter().any(|(issuer, subject)| issuer.is_empty() || subject.is_empty()) {
            return Err(Error::Invalid("a certificate needs the names of its issuer and its subject".into()));
        }
        let (issuers, subjects): (Vec<_>, Vec<_>) = certificates.into_iter().unzip();
        let id = Uuid::now_v7();
        self.transaction(|t| {
            let held = t.query_opt(
                include_str!("sql/users_find_proof.sql"),
                &[&login, &addresses, &logins, &clients, &issuers, &subjects],
            )?;
            if let Some(held) = held {
                let what = format!("{} {}", held.get::<_, &str>(0), held.get::<_, &str>(1));
                return Err(Error::InUse { what, by: format!("user {}", held.get::<_, &str>(2)) });
            }
            t.execute(
                include_str!("sql/users_insert.sql"),
                &[&id, &login, &name, &role, &language, &pg_role],
            )?;
            if let Some(office) = gate_option(new.office.as_deref(), SHORT) {
                let coordinator = new.coordinator.then_some(id);
                let made = Uuid::now_v7();
                let row =
                    t.query_one(include_str!("sql/office_upsert.sql"), &[&made, &office, &coordinator])?;
                t.execute(include_str!("sql/users_join_office.sql"), &[&id, &row.get::<_, Uuid>(0)])?;
            }
            t.execute(include_str!("sql/user_address_insert.sql"), &[&id, &addresses])?;
            t.execute(include_str!("sql/user_sasl_login_insert.sql"), &[&id, &logins])?;
            t.execute(include_str!("sql/user_client_address_insert.sql"), &[&id, &clients])?;
            t.execute(include_str!("sql/user_certificate_insert.sql"), &[&id, &issuers, &subjects])?;
            Ok(())
        })?;
        Ok(id)
    }

    /// All users.
    ///
    /// # Errors
    /// The database's.
    pub fn user_list(&self) -> Result<Vec<User>> {
        let rows = self.connection()?.query(include_str!("sql/users_list.sql"), &[])?;
        let user = |row: &postgres::Row| User {
            id: row.get(0),
            login: row.get(1),
            name: row.get(2),
            role: row.get(3),
            language: row.get(4),
            created_at: row.get(5),
            deactivated_at: row.get(6),
            addresses: row.get(7),
            sasl_logins: row.get(8),
            client_addresses: row.get(9),
            certificates: row
                .get::<_, Vec<String>>(10)
                .into_iter()
                .zip(row.get::<_, Vec<String>>(11))
                .collect(),
        };
        Ok(rows.iter().map(user).collect())
    }

    /// The id of an active user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn user_id(&self, login: &str) -> Result<Uuid> {
        let row = self.connection()?.query_opt(include_str!("sql/users_find.sql"), &[&gate(login, SHORT)])?;
        row.map(|row| row.get(0)).ok_or_else(|| Error::NotFound { noun: "user", name: login.into() })
    }
}

fn distinct(texts: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for text in texts.iter().map(|text| gate(text, SHORT).into_owned()) {
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out
}
