//! A small database where every list meets something of everybody's, those who ask, and the functions with smaller
//! thresholds: what is much in a database of years is then much here, too.

use crate::generate::{self, Scale};
use crate::store_support::Scratch;
use crm_milter::store::cluster::Role;
use postgres::Client;
use uuid::Uuid;

const SCALE: Scale = Scale { contacts: 1_000, records: 300, mails: 3_000 };

/// An administrator, a coordinator, an agent with much, two with little, of whom one has no permission for the inbox
/// section; and the operator: the desk's own connection.
pub const ASKERS: [&str; 6] = ["adm", "coo1", "agent1", "ann", "eve", ""];

pub fn filled() -> Scratch {
    let scratch = Scratch::migrated();
    let mut superuser = scratch.client(Role::Superuser);
    generate::generate(&mut superuser, SCALE, |_, _| {}).unwrap_or_else(|error| panic!("{error:?}"));
    superuser.batch_execute(include_str!("mixed.sql")).unwrap_or_else(|error| panic!("{error:?}"));
    scratch
}

/// A connection of the desk that has taken on the role.
pub fn asker(scratch: &Scratch, login: &str) -> Client {
    let mut client = scratch.client(Role::Desk);
    if !login.is_empty() {
        client.batch_execute(&format!("SET ROLE crm_u_{login}")).unwrap();
    }
    client
}

/// Ids that a statement gives.
pub fn ids(client: &mut Client, sql: &str) -> Vec<Uuid> {
    let rows = client.query(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// Chance that is the same in every run.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Functions as the migrations made them, whose text can be had with other numbers for the time of a test.
pub struct Thresholds<'a> {
    scratch: &'a Scratch,
    released: Vec<(String, String)>,
}

impl<'a> Thresholds<'a> {
    pub fn of(scratch: &'a Scratch, functions: &[&str]) -> Thresholds<'a> {
        let mut owner = scratch.client(Role::Owner);
        let sql = "SELECT pg_get_functiondef(p.oid) FROM pg_proc p
                   WHERE p.pronamespace = 'crm'::regnamespace AND p.proname = $1";
        let text = |name: &&str| ((*name).to_owned(), owner.query_one(sql, &[name]).unwrap().get(0));
        let released = functions.iter().map(text).collect();
        Thresholds { scratch, released }
    }

    /// Replaces words of a function's text, each of which must be there.
    pub fn set(&self, function: &str, words: &[(&str, &str)]) {
        let (_, released) = self.released.iter().find(|(name, _)| name == function).unwrap();
        let mut text = released.clone();
        for (old, new) in words {
            assert!(text.contains(old), "crm.{function} has no {old} any more: {released}");
            text = text.replace(old, new);
        }
        self.scratch.client(Role::Owner).batch_execute(&text).unwrap();
    }
}
