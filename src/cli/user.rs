//! `crmctl user`.

use super::args::user::User as Verb;
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use crate::mail::address;
use crate::store::NewUser;
use serde_json::json;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Add {
            login,
            name,
            role,
            addresses,
            sasl_logins,
            client_addresses,
            certificates,
            office,
            coordinator,
        } => {
            let case_sensitive = desk.config()?.case_sensitive_local_parts;
            let canonical = |written: &String| {
                address::canonical(written, case_sensitive)
                    .ok_or_else(|| fault(DATAERR, format!("`{written}` is no mail address")))
            };
            let new = NewUser {
                name: name.unwrap_or_default(),
                role: role.as_str().into(),
                addresses: addresses.iter().map(canonical).collect::<anyhow::Result<_>>()?,
                sasl_logins,
                client_addresses,
                certificates: certificates
                    .chunks_exact(2)
                    .map(|pair| (pair[0].clone(), pair[1].clone()))
                    .collect(),
                office,
                coordinator,
                login,
                ..NewUser::default()
            };
            let id = desk.store()?.user_add(&new)?;
            let done = json!({ "id": id, "login": new.login });
            desk.done(&done, &format!("user {} added", new.login))
        }
        Verb::List => list(desk),
    }
}

fn list(desk: &Desk) -> anyhow::Result<()> {
    desk.list(&desk.store()?.user_list()?, |users| {
        let mut table = Table::new(&["login", "name", "role", "addresses", "proven by"]);
        for user in users {
            let logins = user.sasl_logins.iter().map(|login| format!("login {login}"));
            let clients = user.client_addresses.iter().map(|address| format!("client {address}"));
            let certificates = user
                .certificates
                .iter()
                .map(|(issuer, subject)| format!("certificate {subject} of {issuer}"));
            let proofs: Vec<String> = logins.chain(clients).chain(certificates).collect();
            let proofs = if proofs.is_empty() { "nothing yet".to_owned() } else { proofs.join(", ") };
            let role = match user.deactivated_at {
                Some(_) => format!("{}, gone", user.role),
                None => user.role.clone(),
            };
            table.row([user.login.clone(), user.name.clone(), role, user.addresses.join(", "), proofs]);
        }
        table
    })
}
