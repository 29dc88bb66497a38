//! `crmctl user`: users with what proves them, offices and teams.

use super::args::user::{
    Office as OfficeVerb, Proofs as Named, RemovedProofs, Team as TeamVerb, User as Verb,
};
use super::desk::Desk;
use super::exit::{DATAERR, fault};
use super::table::Table;
use super::text::{self, Page};
use crate::mail::address;
use crate::store::{NewUser, Proofs, User, UserChange};
use serde_json::json;
use std::net::IpAddr;

/// Runs a verb.
pub fn run(desk: &Desk, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Add { login, name, role, language, no_inbox, proofs, office, coordinator } => {
            let proofs = named(desk, proofs)?;
            let new = NewUser {
                login,
                name: name.unwrap_or_default(),
                role: role.as_str().into(),
                language,
                no_inbox,
                addresses: proofs.addresses,
                sasl_logins: proofs.sasl_logins,
                client_addresses: proofs.client_addresses,
                certificates: proofs.certificates,
                office,
                coordinator,
            };
            let id = desk.store()?.user_add(&new)?;
            let done = json!({ "id": id, "login": new.login });
            desk.done(&done, &format!("user {} added", new.login))
        }
        Verb::List => list(desk),
        Verb::Show { login } => show(desk, &login),
        Verb::Set { login, name, role, language, inbox, notices, office, no_office, proofs, remove } => {
            let change = UserChange {
                name,
                role: role.map(|role| role.as_str().into()),
                language,
                inbox_permission: inbox,
                notices: notices.map(|notices| notices.as_str().into()),
                office: if no_office { Some(None) } else { office.map(Some) },
                add: named(desk, proofs)?,
                remove: removed(desk, remove)?,
            };
            let store = desk.store()?;
            store.user_set(&login, &change)?;
            desk.done(&store.user_show(&login)?, &format!("user {login} changed"))
        }
        Verb::Deactivate { login } => {
            desk.store()?.user_deactivate(&login, true)?;
            desk.done(&json!({ "login": login }), &format!("user {login} has no authority any more"))
        }
        Verb::Activate { login } => {
            desk.store()?.user_deactivate(&login, false)?;
            desk.done(&json!({ "login": login }), &format!("user {login} has authority again"))
        }
        Verb::Office(verb) => office(desk, verb),
        Verb::Team(verb) => team(desk, verb),
    }
}

fn list(desk: &Desk) -> anyhow::Result<()> {
    desk.list(&desk.store()?.user_list()?, |users| {
        let mut table = Table::new(&["login", "name", "role", "office", "addresses", "proven by"]);
        for user in users {
            let proofs = proofs_of(user);
            let proofs = if proofs.is_empty() { "nothing yet".to_owned() } else { proofs.join(", ") };
            table.row([
                user.login.clone(),
                user.name.clone(),
                role_of(user),
                user.office.clone().unwrap_or_default(),
                user.addresses.join(", "),
                proofs,
            ]);
        }
        table
    })
}

fn show(desk: &Desk, login: &str) -> anyhow::Result<()> {
    desk.show(&desk.store()?.user_show(login)?, |user| {
        let mut page = Page::default();
        page.field("Login", &user.login);
        page.field("Name", &user.name);
        page.field("Role", role_of(user));
        page.maybe("Office", user.office.as_ref());
        page.maybe("Teams", Some(user.teams.join(", ")));
        page.field("Received mails", if user.inbox_permission { "open" } else { "closed" });
        page.field("Told by mail", told(&user.notices));
        page.maybe("Language", user.language.as_ref());
        page.maybe("Addresses", Some(user.addresses.join(", ")));
        page.maybe("Proven by", Some(proofs_of(user).join(", ")));
        page.maybe("In PostgreSQL", user.pg_role.as_ref());
        page.field("Since", text::time(user.created_at));
        page.maybe("Deactivated", user.deactivated_at.map(text::time));
        page.finish()
    })
}

fn told(notices: &str) -> &str {
    match notices {
        "digest" => "once a day",
        "none" => "not",
        _ => "at once",
    }
}

fn role_of(user: &User) -> String {
    match user.deactivated_at {
        Some(_) => format!("{}, gone", user.role),
        None => user.role.clone(),
    }
}

fn proofs_of(user: &User) -> Vec<String> {
    let logins = user.sasl_logins.iter().map(|login| format!("login {login}"));
    let clients = user.client_addresses.iter().map(|address| format!("client {address}"));
    let certificates =
        user.certificates.iter().map(|(issuer, subject)| format!("certificate {subject} of {issuer}"));
    logins.chain(clients).chain(certificates).collect()
}

fn named(desk: &Desk, proofs: Named) -> anyhow::Result<Proofs> {
    gathered(desk, &proofs.addresses, proofs.sasl_logins, proofs.client_addresses, &proofs.certificates)
}

fn removed(desk: &Desk, proofs: RemovedProofs) -> anyhow::Result<Proofs> {
    gathered(desk, &proofs.addresses, proofs.sasl_logins, proofs.client_addresses, &proofs.certificates)
}

fn gathered(
    desk: &Desk,
    addresses: &[String],
    sasl_logins: Vec<String>,
    client_addresses: Vec<IpAddr>,
    certificates: &[String],
) -> anyhow::Result<Proofs> {
    let case_sensitive = desk.config()?.case_sensitive_local_parts;
    let canonical = |written: &String| {
        address::canonical(written, case_sensitive)
            .ok_or_else(|| fault(DATAERR, format!("`{written}` is no mail address")))
    };
    let addresses = addresses.iter().map(canonical).collect::<anyhow::Result<_>>()?;
    let certificates = certificates.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    Ok(Proofs { addresses, sasl_logins, client_addresses, certificates })
}

fn office(desk: &Desk, verb: OfficeVerb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        OfficeVerb::Add { name, coordinator } => {
            let id = store.office_add(&name, coordinator.as_deref())?;
            desk.done(&json!({ "id": id, "name": name }), &format!("office {name} is there"))
        }
        OfficeVerb::List => desk.list(&store.office_list()?, |offices| {
            let mut table = Table::new(&["office", "coordinator", "members"]);
            for office in offices {
                let coordinator = office.coordinator.clone().unwrap_or_default();
                table.row([office.name.clone(), coordinator, office.members.join(", ")]);
            }
            table
        }),
        OfficeVerb::Set { office, name, coordinator, no_coordinator } => {
            let coordinator = if no_coordinator { Some(None) } else { coordinator.as_deref().map(Some) };
            store.office_set(&office, name.as_deref(), coordinator)?;
            desk.done(
                &json!({ "name": name.as_ref().unwrap_or(&office) }),
                &format!("office {office} changed"),
            )
        }
    }
}

fn team(desk: &Desk, verb: TeamVerb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        TeamVerb::Add { name } => {
            let id = store.team_add(&name)?;
            desk.done(&json!({ "id": id, "name": name }), &format!("team {name} is there"))
        }
        TeamVerb::List => desk.list(&store.team_list()?, |teams| {
            let mut table = Table::new(&["team", "members"]);
            for team in teams {
                table.row([team.name.clone(), team.members.join(", ")]);
            }
            table
        }),
        TeamVerb::Join { team, logins } => {
            let changed = store.team_members(&team, &logins, true)?;
            desk.done(&json!({ "team": team, "joined": changed }), &format!("{changed} joined team {team}"))
        }
        TeamVerb::Leave { team, logins } => {
            let changed = store.team_members(&team, &logins, false)?;
            desk.done(&json!({ "team": team, "left": changed }), &format!("{changed} left team {team}"))
        }
    }
}
