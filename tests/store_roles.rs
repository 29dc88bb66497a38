//! Roles of PostgreSQL that users are: made, taken on, and never another's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::store::cluster::Role;
use crm_milter::store::{Error, NewUser, UserChange, migrate};
use std::collections::BTreeSet;
use store_support::Scratch;
use store_support::company::names;

fn user(login: &str) -> NewUser {
    NewUser { login: login.into(), ..NewUser::default() }
}

#[test]
fn every_login_gets_a_role_of_its_own_whatever_it_is_spelled_with() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut roles = BTreeSet::new();
    let logins = [
        "Ann".into(),
        "ann_2".into(),
        "ann-2".into(),
        "ann 2".into(),
        "Ana María O'Hara\"; DROP ROLE crm_desk --".into(),
        "none".into(),
        "x".repeat(40),
        "x".repeat(41),
        "x".repeat(64),
        "ü".repeat(300),
        "日本".into(),
    ];
    for login in &logins {
        let id = desk.user_add(&user(login)).unwrap();
        let role = desk.user_show(login).unwrap().pg_role.unwrap();
        assert!(role.len() <= 63 && role.starts_with("crm_u_"), "{login}: {role}");
        let me =
            desk.acting_as(login).unwrap().connection().unwrap().query_one("SELECT crm.me()", &[]).unwrap();
        assert_eq!(me.get::<_, uuid::Uuid>(0), id, "{login}");
        assert!(roles.insert(role), "{login}");
    }
    assert!(matches!(desk.acting_as("nobody"), Err(Error::NotFound { .. })));
    let mut client = scratch.client(Role::Desk);
    let renamed = client.execute("UPDATE crm.users SET login = 'other' WHERE login = 'Ann'", &[]);
    assert!(renamed.is_err(), "a role keeps its user's login");
    client.execute("UPDATE crm.users SET pg_role = 'crm_owner' WHERE login = 'Ann'", &[]).unwrap();
    assert_eq!(
        desk.user_show("Ann").unwrap().pg_role.as_deref(),
        Some("crm_u_ann"),
        "no role is chosen by hand"
    );
}

#[test]
fn role_that_is_somebody_else_s_is_never_taken() {
    let scratch = Scratch::migrated();
    let mut superuser = scratch.client(Role::Superuser);
    superuser
        .batch_execute(
            "CREATE ROLE crm_u_mal SUPERUSER; CREATE ROLE crm_u_ned NOLOGIN;
        COMMENT ON ROLE crm_u_ned IS 'user ned of crm-milter in database other'",
        )
        .unwrap();
    let desk = scratch.store(Role::Desk);
    for login in ["mal", "ned"] {
        desk.user_add(&user(login)).unwrap();
        let role = desk.user_show(login).unwrap().pg_role.unwrap();
        assert_ne!(role, format!("crm_u_{login}"));
        let members = format!(
            "SELECT m.member::regrole::text FROM pg_auth_members m WHERE m.roleid = 'crm_u_{login}'::regrole
                               OR m.member = 'crm_u_{login}'::regrole"
        );
        assert_eq!(names(&mut superuser, &members), "");
        desk.acting_as(login).unwrap().connection().unwrap();
    }
}

#[test]
fn roles_lost_with_a_server_are_made_again_by_a_migration() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    desk.user_add(&NewUser { role: "coordinator".into(), ..user("ann") }).unwrap();
    scratch.client(Role::Superuser).batch_execute("DROP ROLE crm_u_ann").unwrap();
    let error = desk.acting_as("ann").unwrap_err();
    assert!(error.to_string().contains("crmctl migrate"), "{error}");
    migrate(&scratch.config.url(Role::Owner)).unwrap();
    let role = "SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = 'crm_u_ann'::regrole";
    assert_eq!(names(&mut scratch.client(Role::Desk), role), "crm_coordinator");
    desk.acting_as("ann").unwrap().connection().unwrap();
}

#[test]
fn owner_who_may_not_make_roles_says_what_an_administrator_has_to_run() {
    let scratch = Scratch::migrated();
    let desk = scratch.store(Role::Desk);
    let mut superuser = scratch.client(Role::Superuser);
    superuser.batch_execute("ALTER ROLE crm_owner NOCREATEROLE").unwrap();
    // What the message says is run as it stands, and then the same works.
    let mut by_hand = |error: Error| {
        let text = error.to_string();
        let (_, statements) =
            text.split_once("as a PostgreSQL administrator, then the same again: ").expect(&text);
        superuser.batch_execute(statements).unwrap_or_else(|e| panic!("{statements}: {e}"));
    };
    by_hand(desk.user_add(&user("Zoë O'Hara")).unwrap_err());
    desk.user_add(&user("Zoë O'Hara")).unwrap();
    let promote = UserChange { role: Some("administrator".into()), ..UserChange::default() };
    by_hand(desk.user_set("Zoë O'Hara", &promote).unwrap_err());
    assert_eq!(desk.user_show("Zoë O'Hara").unwrap().role, "agent", "nothing was half done");
    // The statements did not make an administrator: the table decides as well.
    let all = "SELECT crm.sees_all()::text";
    let mut acting = desk.acting_as("Zoë O'Hara").unwrap().connection().unwrap();
    assert_eq!(names(&mut acting, all), "false");
    desk.user_set("Zoë O'Hara", &promote).unwrap();
    assert_eq!(names(&mut acting, all), "true");
    by_hand(desk.user_deactivate("Zoë O'Hara", true).unwrap_err());
    desk.user_deactivate("Zoë O'Hara", true).unwrap();
}
