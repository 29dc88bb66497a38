//! The decisions at SMTP time with a million blocks: `cargo bench --bench policy`.
//!
//! Prints the percentiles of one decision at a time, clock included, beside those of the clock alone: the block
//! check of an envelope sender, and the whole of MAIL and RCPT. Fails when the 99th percentile of a block check
//! is over 50 µs.

use crm_milter::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use crm_milter::crm::inbox::InboxTable;
use crm_milter::crm::lists::Lists;
use crm_milter::crm::policy::Policy;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

const BLOCKS: u32 = 1_000_000;
const ROUNDS: u32 = 200_000;
const AIM: Duration = Duration::from_micros(50);

fn main() -> ExitCode {
    let (inbox, all) = (policy(BlockScope::Inbox), policy(BlockScope::All));
    let none = Policy::of_inboxes(InboxTable::new(Vec::new(), None, false));
    println!("{:<44}{:>9}{:>9}{:>9}{:>9}", "microseconds, of 200,000", "p50", "p99", "p99.9", "longest");
    row("the clock alone", |n| {
        black_box(n);
    });
    let mut failed = false;
    for (name, policy) in
        [("no block", &none), ("1,000,000 blocks", &inbox), ("1,000,000 blocks, scope all", &all)]
    {
        for (whose, sender) in SENDERS {
            let p99 = row(&format!("{name}: {whose}"), |n| {
                black_box(policy.block(black_box(&sender(n))));
            });
            failed |= p99 > AIM;
        }
    }
    println!("aim: p99 of a block check at most {AIM:?}: {}", if failed { "missed" } else { "met" });
    ExitCode::from(u8::from(failed))
}

type Sender = fn(u32) -> String;

/// Spread over the whole list, so that no look finds its place in the processor's cache.
const SENDERS: [(&str, Sender); 3] = [
    ("blocked", |n| format!("User{}@Client{}.test", n.wrapping_mul(2_654_435_761) % BLOCKS, n % 7)),
    ("stranger", |n| format!("ann{n}@mail{}.example.com", n % 1000)),
    ("stranger+detail, deep domain", |n| format!("ann{n}+news@a.b.c.d.e.f{}.example.com", n % 1000)),
];

fn policy(scope: BlockScope) -> Policy {
    let keys = BlockKeys::new(b"the secret of an installation..");
    let entry = |n: u32| (keys.key(BlockKind::Address, &format!("user{n}@client{}.test", n % 7)), scope);
    let mut policy = Policy::of_inboxes(InboxTable::new(Vec::new(), Some('+'), false));
    policy.lists = Lists::of_blocks(Arc::new(BlockList::new(keys.clone(), (0..BLOCKS).map(entry))));
    assert_eq!(policy.lists.blocks.len(), BLOCKS as usize);
    policy
}

/// Prints a row and returns its 99th percentile.
fn row(name: &str, mut once: impl FnMut(u32)) -> Duration {
    (0..ROUNDS / 10).for_each(&mut once);
    let mut took: Vec<Duration> = (0..ROUNDS)
        .map(|n| {
            let started = Instant::now();
            once(n);
            started.elapsed()
        })
        .collect();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let figures = [at(0.5), at(0.99), at(0.999), at(1.0)].map(|t| format!("{:>9.2}", t.as_secs_f64() * 1e6));
    println!("{name:<44}{}", figures.concat());
    at(0.99)
}
