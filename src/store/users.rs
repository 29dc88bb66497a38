//! Users: made, changed, deactivated, listed. What proves a user belongs to that user alone, also after a
//! deactivation, until it is taken away. The user's role in PostgreSQL follows by triggers.

use super::offices::administrators;
use super::text::{LINE, SHORT, gate, gate_option};
use super::{Error, Result, Store};
use jiff::Timestamp;
use postgres::Transaction;
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
    /// Without permission for the inbox section.
    pub no_inbox: bool,
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
    /// Whether the list of received mails is open.
    pub inbox_permission: bool,
    pub office: Option<String>,
    pub teams: Vec<String>,
    /// The user's role in PostgreSQL.
    pub pg_role: Option<String>,
    /// Issuer and subject.
    pub certificates: Vec<(String, String)>,
    /// How the user is told by mail: `at-once`, `digest`, `none`.
    pub notices: String,
}

/// What proves a user.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// Canonical mail addresses.
    pub addresses: Vec<String>,
    /// SASL logins.
    pub sasl_logins: Vec<String>,
    /// Client addresses.
    pub client_addresses: Vec<IpAddr>,
    /// Issuer and subject of client certificates.
    pub certificates: Vec<(String, String)>,
}

/// What is to be changed of a user; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Name shown to people.
    pub name: Option<String>,
    /// `administrator`, `coordinator`, `agent`.
    pub role: Option<String>,
    /// ISO 639-1; empty for none.
    pub language: Option<String>,
    /// Whether the list of received mails is open.
    pub inbox_permission: Option<bool>,
    /// How the user is told by mail: `at-once`, `digest`, `none`.
    pub notices: Option<String>,
    /// Office to belong to, made if it is new; `Some(None)` for none.
    pub office: Option<Option<String>>,
    /// Proofs to add.
    pub add: Proofs,
    /// Proofs to take away; those that are not there are no error.
    pub remove: Proofs,
}

const ROLES: [&str; 3] = ["administrator", "coordinator", "agent"];

impl Store {
    /// Makes a user.
    ///
    /// # Errors
    /// [`Error::InUse`] with the holder of what is another's; [`Error::Invalid`] for a kind that there is
    /// not, an empty login, or a loopback address, which proves nobody.
    pub fn user_add(&self, new: &NewUser) -> Result<Uuid> {
        let login = gate(new.login.trim(), SHORT);
        if login.is_empty() {
            return Err(Error::Invalid("a user needs a login name".into()));
        }
        let role = if new.role.is_empty() { "agent" } else { new.role.as_str() };
        check_role(role)?;
        let name = if new.name.is_empty() { login.clone() } else { gate(&new.name, SHORT) };
        let language = gate_option(new.language.as_deref(), SHORT);
        let proofs = Proofs {
            addresses: new.addresses.clone(),
            sasl_logins: new.sasl_logins.clone(),
            client_addresses: new.client_addresses.clone(),
            certificates: new.certificates.clone(),
        };
        let id = Uuid::now_v7();
        self.transaction(|t| {
            let gated = Gated::new(&proofs)?;
            gated.refuse_held(t, Some(&login), id)?;
            t.execute(
                include_str!("sql/users_insert.sql"),
                &[&id, &login, &name, &role, &language, &!new.no_inbox],
            )?;
            if let Some(office) = gate_option(new.office.as_deref(), SHORT) {
                let coordinator = new.coordinator.then_some(id);
                let made = Uuid::now_v7();
                let row =
                    t.query_one(include_str!("sql/office_upsert.sql"), &[&made, &office, &coordinator])?;
                t.execute(include_str!("sql/users_join_office.sql"), &[&id, &row.get::<_, Uuid>(0)])?;
            }
            gated.insert(t, id)
        })?;
        Ok(id)
    }

    /// Changes a user.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotAllowed`] for whoever is no administrator; as [`Store::user_add`].
    pub fn user_set(&self, login: &str, change: &UserChange) -> Result<()> {
        change.role.as_deref().map_or(Ok(()), check_role)?;
        let id = self.user_find(login)?;
        let name = gate_option(change.name.as_deref(), SHORT);
        if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(Error::Invalid("a user's name is not empty".into()));
        }
        let language = gate_option(change.language.as_deref(), SHORT);
        self.transaction(|t| {
            let set = include_str!("sql/users_set.sql");
            if t.execute(
                set,
                &[&id, &name, &change.role, &language, &change.inbox_permission, &change.notices],
            )? == 0
            {
                return Err(administrators("users"));
            }
            match &change.office {
                Some(Some(office)) => {
                    let office = gate(office, SHORT);
                    let made: Option<Uuid> = None;
                    let row = t.query_one(
                        include_str!("sql/office_upsert.sql"),
                        &[&Uuid::now_v7(), &office, &made],
                    )?;
                    t.execute(include_str!("sql/users_join_office.sql"), &[&id, &row.get::<_, Uuid>(0)])?;
                }
                Some(None) => {
                    t.execute(include_str!("sql/users_join_office.sql"), &[&id, &None::<Uuid>])?;
                }
                None => {}
            }
            Gated::new(&change.remove)?.delete(t, id)?;
            let add = Gated::new(&change.add)?;
            add.refuse_held(t, None, id)?;
            add.insert(t, id)
        })
    }

    /// Ends the authority of a user everywhere, or renews it. Cards and proofs stay the user's.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotAllowed`] for whoever is no administrator.
    pub fn user_deactivate(&self, login: &str, end: bool) -> Result<()> {
        let id = self.user_find(login)?;
        let changed = self.connection()?.execute(include_str!("sql/users_deactivate.sql"), &[&id, &end])?;
        if changed == 0 { Err(administrators("users")) } else { Ok(()) }
    }

    /// All users, as far as this connection's role may see what proves them.
    ///
    /// # Errors
    /// The database's.
    pub fn user_list(&self) -> Result<Vec<User>> {
        let rows = self.connection()?.query(include_str!("sql/users_list.sql"), &[&None::<String>])?;
        Ok(rows.iter().map(user).collect())
    }

    /// One user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn user_show(&self, login: &str) -> Result<User> {
        let row = self.connection()?.query_opt(include_str!("sql/users_list.sql"), &[&gate(login, SHORT)])?;
        row.as_ref().map(user).ok_or_else(|| not_found(login))
    }

    /// The id of a user, deactivated or not.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(super) fn user_find(&self, login: &str) -> Result<Uuid> {
        let sql = include_str!("sql/users_find_any.sql");
        let row = self.connection()?.query_opt(sql, &[&gate(login, SHORT)])?;
        row.map(|row| row.get(0)).ok_or_else(|| not_found(login))
    }

    /// Whose cards a list is asked for: the owner of that login; without one, the agent as whom the connections act.
    /// Nobody of that login owns nothing.
    pub(super) fn owner_asked(&self, login: Option<&str>) -> Result<Option<Uuid>> {
        match login.map(|login| self.user_find(login)) {
            Some(Err(Error::NotFound { .. })) => Ok(Some(Uuid::nil())),
            Some(found) => found.map(Some),
            None => Ok(self.agent),
        }
    }

    /// The role in PostgreSQL that this connection may take on to act as that user; and the id, if it is an agent.
    ///
    /// # Errors
    /// As [`Store::acting_as`].
    pub(super) fn user_role(&self, login: &str) -> Result<(String, Option<Uuid>)> {
        let row = self.connection()?.query_opt(include_str!("sql/users_role.sql"), &[&gate(login, SHORT)])?;
        let row = row.ok_or_else(|| not_found(login))?;
        let role: Option<String> = row.get(0);
        if row.get::<_, Option<Timestamp>>(1).is_some() {
            return Err(Error::NotAllowed(format!(
                "user {login} is deactivated; `crmctl user activate {login}` renews the authority"
            )));
        }
        match role {
            Some(role) if row.get::<_, bool>(2) => {
                if row.get(3) {
                    return Ok((role, row.get(5)));
                }
                let me: &str = row.get(4);
                Err(Error::NotAllowed(format!(
                    "the database login {me} may not act as user {login}; as a PostgreSQL administrator: \
                     GRANT {role} TO {me};"
                )))
            }
            _ => Err(Error::NotAllowed(format!(
                "user {login} has no role in PostgreSQL; `crmctl migrate` makes it"
            ))),
        }
    }

    /// The id of an active user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn user_id(&self, login: &str) -> Result<Uuid> {
        let row = self.connection()?.query_opt(include_str!("sql/users_find.sql"), &[&gate(login, SHORT)])?;
        row.map(|row| row.get(0)).ok_or_else(|| not_found(login))
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

fn not_found(login: &str) -> Error {
    Error::NotFound { noun: "user", name: login.into() }
}

fn check_role(role: &str) -> Result<()> {
    if ROLES.contains(&role) {
        return Ok(());
    }
    Err(Error::Invalid(format!("no role {role}: administrator, coordinator or agent")))
}

fn user(row: &postgres::Row) -> User {
    let (issuers, subjects): (Vec<String>, Vec<String>) = (row.get(14), row.get(15));
    User {
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
        inbox_permission: row.get(10),
        office: row.get(11),
        teams: row.get(12),
        pg_role: row.get(13),
        certificates: issuers.into_iter().zip(subjects).collect(),
        notices: row.get(16),
    }
}

/// Proofs as they stand in columns.
struct Gated {
    addresses: Vec<String>,
    logins: Vec<String>,
    clients: Vec<IpAddr>,
    issuers: Vec<String>,
    subjects: Vec<String>,
}

impl Gated {
    fn new(proofs: &Proofs) -> Result<Gated> {
        if let Some(address) =
            proofs.client_addresses.iter().find(|address| address.to_canonical().is_loopback())
        {
            return Err(Error::Invalid(format!("{address} is every local program's, it proves no user")));
        }
        let mut clients = proofs.client_addresses.clone();
        clients.sort_unstable();
        clients.dedup();
        let mut certificates = proofs.certificates.clone();
        certificates.sort_unstable();
        certificates.dedup();
        if certificates.iter().any(|(issuer, subject)| issuer.is_empty() || subject.is_empty()) {
            return Err(Error::Invalid("a certificate needs the names of its issuer and its subject".into()));
        }
        let (issuers, subjects) = certificates
            .iter()
            .map(|(issuer, subject)| (gate(issuer, LINE).into_owned(), gate(subject, LINE).into_owned()))
            .unzip();
        let (addresses, logins) = (distinct(&proofs.addresses), distinct(&proofs.sasl_logins));
        Ok(Gated { addresses, logins, clients, issuers, subjects })
    }

    /// Refuses what another user has.
    fn refuse_held(&self, t: &mut Transaction<'_>, login: Option<&str>, user: Uuid) -> Result<()> {
        let held = t.query_opt(
            include_str!("sql/users_find_proof.sql"),
            &[&login, &self.addresses, &self.logins, &self.clients, &self.issuers, &self.subjects, &user],
        )?;
        let Some(held) = held else { return Ok(()) };
        let what = format!("{} {}", held.get::<_, &str>(0), held.get::<_, &str>(1));
        let gone = if held.get(3) { " (deactivated; `crmctl user set` takes it away there)" } else { "" };
        Err(Error::InUse { what, by: format!("user {}{gone}", held.get::<_, &str>(2)) })
    }

    fn insert(&self, t: &mut Transaction<'_>, user: Uuid) -> Result<()> {
        t.execute(include_str!("sql/user_address_insert.sql"), &[&user, &self.addresses])?;
        t.execute(include_str!("sql/user_sasl_login_insert.sql"), &[&user, &self.logins])?;
        t.execute(include_str!("sql/user_client_address_insert.sql"), &[&user, &self.clients])?;
        t.execute(include_str!("sql/user_certificate_insert.sql"), &[&user, &self.issuers, &self.subjects])?;
        Ok(())
    }

    fn delete(&self, t: &mut Transaction<'_>, user: Uuid) -> Result<()> {
        t.execute(include_str!("sql/user_address_delete.sql"), &[&user, &self.addresses])?;
        t.execute(include_str!("sql/user_sasl_login_delete.sql"), &[&user, &self.logins])?;
        t.execute(include_str!("sql/user_client_address_delete.sql"), &[&user, &self.clients])?;
        t.execute(include_str!("sql/user_certificate_delete.sql"), &[&user, &self.issuers, &self.subjects])?;
        Ok(())
    }
}
