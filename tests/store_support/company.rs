//! A small company: two offices, one user of each kind, and cards and mails that are theirs.

#![allow(dead_code, reason = "each test file uses its own part")]

use super::{CommitBatch as _, Scratch, connect, plan};
use crm_milter::crm::plan::{Link, Outcome, Plan, Target};
use crm_milter::store::cluster::Role;
use crm_milter::store::{NewUser, Store};
use postgres::Client;
use std::collections::BTreeMap;
use uuid::Uuid;

/// `ann` and `coo` (its coordinator) of office Centro, `bob` of office Norte, `adm` an administrator of none,
/// `eve` an agent without an office and without permission for the inbox section.
///
/// Contacts `of ann`, `of bob`, `of nobody`, `of centro` (no owner, but that office); each with a record and a mail
/// of that name. Mail `both` stands on contacts of ann and bob. Mail `loose` stands on nothing. Mail `filed` stands
/// on the contact of ann and was filed by bob.
pub struct Company {
    pub scratch: Scratch,
    pub desk: Store,
    pub users: BTreeMap<&'static str, Uuid>,
    pub contacts: BTreeMap<&'static str, Uuid>,
    pub mails: BTreeMap<&'static str, Uuid>,
}

pub const EVERYBODY: [&str; 5] = ["adm", "coo", "ann", "bob", "eve"];

impl Company {
    pub fn new() -> Company {
        let scratch = Scratch::migrated();
        let desk = scratch.store(Role::Desk);
        let mut users = BTreeMap::new();
        for (login, role, office) in [
            ("adm", "administrator", None),
            ("coo", "coordinator", Some("Centro")),
            ("ann", "agent", Some("Centro")),
            ("bob", "agent", Some("Norte")),
            ("eve", "agent", None),
        ] {
            let new = NewUser {
                login: login.into(),
                role: role.into(),
                office: office.map(Into::into),
                no_inbox: login == "eve",
                addresses: vec![format!("{login}@crm.test")],
                sasl_logins: vec![login.into()],
                ..NewUser::default()
            };
            users.insert(login, desk.user_add(&new).unwrap());
        }
        let mut company = Company { scratch, desk, users, contacts: BTreeMap::new(), mails: BTreeMap::new() };
        company.cards();
        company.letters();
        company
    }

    fn cards(&mut self) {
        let mut client = self.scratch.client(Role::Desk);
        for name in ["of ann", "of bob", "of nobody", "of centro"] {
            let mut lead = plan::lead(name, &format!("{}@b.test", name.replace(' ', ".")));
            lead.contacts[0].name = name.into();
            let (contact, record) = (lead.contacts[0].id, lead.records[0].id);
            self.commit(&[lead.clone()]);
            self.contacts.insert(name, contact);
            self.mails.insert(name, lead.mail.unwrap().id);
            let owner = self.users.get(name.strip_prefix("of ").unwrap());
            let office = (name == "of centro").then_some("Centro");
            for (table, id) in [("contact", contact), ("record", record)] {
                let sql = format!(
                    "UPDATE crm.{table} SET owner_id = $2, office_id = (SELECT id FROM crm.office WHERE name = $3)
                     WHERE id = $1"
                );
                client.execute(&sql, &[&id, &owner, &office]).unwrap();
            }
        }
    }

    fn letters(&mut self) {
        let stands = |mail: Uuid, on: &[Uuid]| -> Vec<Link> {
            on.iter().map(|&id| Link { mail, target: Target::Contact(id) }).collect()
        };
        let (ann, bob) = (self.contacts["of ann"], self.contacts["of bob"]);
        for (name, on, filed_by) in [
            ("both", vec![ann, bob], None),
            ("loose", vec![], None),
            ("filed", vec![ann], Some(self.users["bob"])),
        ] {
            let mut mail = plan::mail(name, "x@b.test");
            mail.filed_by = filed_by;
            let outcome = if on.is_empty() { Outcome::Unresolved } else { Outcome::Recorded };
            let mut intake = plan::intake(Some(mail.id), outcome);
            intake.user = filed_by;
            intake.subject = Some(name.into());
            let links = stands(mail.id, &on);
            self.mails.insert(name, mail.id);
            let plan = Plan { mail: Some(mail), links, intakes: vec![intake], ..plan::empty() };
            self.commit(&[plan]);
        }
    }

    pub fn commit(&self, plans: &[Plan]) {
        self.scratch.store(Role::Daemon).commit_batch(plans).unwrap();
    }

    /// The desk's connection, acting as that user.
    pub fn client(&self, login: &str) -> Client {
        let mut client = connect(&self.scratch.config, Role::Desk);
        client.batch_execute(&format!("SET ROLE crm_u_{login}")).unwrap();
        client
    }

    /// A connection that logs in as that user's role: the company allowed it.
    pub fn login(&self, login: &str) -> Client {
        let role = format!("crm_u_{login}");
        let mut superuser = self.scratch.client(Role::Superuser);
        let map = self.scratch.config.directory.join("data/pg_ident.conf");
        let me = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
        let text = format!("{}crm \"{me}\" {role}\n", std::fs::read_to_string(&map).unwrap());
        std::fs::write(&map, text).unwrap();
        superuser.batch_execute(&format!("ALTER ROLE {role} LOGIN; SELECT pg_reload_conf()")).unwrap();
        let url = self.scratch.config.url(Role::Desk).replacen("crm_desk", &role, 1);
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            match Client::connect(&url, postgres::NoTls) {
                Ok(client) => return client,
                Err(error) => assert!(std::time::Instant::now() < until, "{error:?}"),
            }
        }
    }
}

/// One column of text of all rows, in its order.
pub fn names(client: &mut Client, sql: &str) -> String {
    let rows = client.query(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join(", ")
}

/// Rows that a statement changes, or its SQLSTATE; nothing is kept of it.
pub fn tried(client: &mut Client, sql: &str) -> String {
    let mut transaction = client.transaction().unwrap();
    let done = match transaction.execute(sql, &[]) {
        Ok(rows) => rows.to_string(),
        Err(error) => error.code().unwrap_or_else(|| panic!("{sql}: {error}")).code().to_owned(),
    };
    transaction.rollback().unwrap();
    done
}
