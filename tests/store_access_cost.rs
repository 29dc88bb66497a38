//! What access, search queue and new indexes cost the intake: the same batches by the same code into a database
//! with and without them, in turns. Printed: `cargo nextest run --test store_access_cost --no-capture`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::Plan;
use crm_milter::store::cluster::Role;
use std::time::{Duration, Instant};
use store_support::{CommitBatch as _, Scratch, plan};

const ROUNDS: usize = 12;

fn batch(tag: &str, round: usize, size: usize) -> Vec<Plan> {
    let text =
        "Good morning, we would like to see the house by the sea next week, if that suits you. ".repeat(25);
    (0..size)
        .map(|n| {
            let name = format!("{tag} {round} {n}");
            let mut lead = plan::lead(&name, &format!("{tag}.{round}.{n}@b.test"));
            let mail = lead.mail.as_mut().unwrap();
            (mail.text, mail.new_text) = (text.clone(), Some(text.clone()));
            mail.raw = text.repeat(2).into_bytes();
            lead
        })
        .collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
fn intake_pays_little_for_access_and_search() {
    let with = Scratch::migrated();
    let without = Scratch::migrated();
    without
        .client(Role::Owner)
        .batch_execute(
            "DROP TRIGGER access_inserted ON crm.link; DROP TRIGGER access ON crm.intake; DROP TRIGGER search ON crm.intake;
             DROP TRIGGER access ON crm.contact; DROP TRIGGER access ON crm.record; DROP TRIGGER access ON crm.ticket;
             DROP INDEX crm.mail_sent, crm.contact_office_id, crm.record_office_id;
             DO $$ DECLARE t record; BEGIN
                 FOR t IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger WHERE tgname LIKE 'audit\\_%' LOOP
                     EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.of);
                 END LOOP;
                 FOR t IN SELECT oid::regclass AS of FROM pg_class WHERE relrowsecurity LOOP
                     EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t.of);
                 END LOOP;
             END $$",
        )
        .unwrap();
    let stores = [with.store(Role::Daemon), without.store(Role::Daemon)];
    for size in [100, 1] {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            for at in [round % 2, (round + 1) % 2] {
                let plans: Vec<_> =
                    (0..(100 / size).min(20)).map(|n| batch(&format!("s{size}n{n}"), round, size)).collect();
                let begun = Instant::now();
                for plan in &plans {
                    stores[at].commit_batch(plan).unwrap();
                }
                times[at].push(begun.elapsed() / u32::try_from(plans.len() * size).unwrap());
            }
        }
        let [with, without] = times.map(median);
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        println!(
            "batches of {size}: {with:?} a lead, {without:?} without access and search: {ratio:.2} times"
        );
        assert!(ratio < 2.5, "{ratio}");
    }
}
