//! What is asked while a client is on the line, at full size: ten million contacts' addresses and a million
//! blocks. `cargo bench --bench lists` prints sizes and the false hits beside the times.

#![allow(missing_docs, reason = "criterion's entry points")]

use criterion::{Criterion, criterion_group, criterion_main};
use crm_milter::crm::block::{BlockKeys, BlockKind, BlockList, BlockScope};
use crm_milter::crm::lists::{KnownAddresses, digest};
use std::hint::black_box;
use std::time::Instant;

const ADDRESSES: u32 = 10_000_000;
const BLOCKS: u32 = 1_000_000;

fn known(c: &mut Criterion) {
    let filter = KnownAddresses::with_room_for(BlockKeys::new(b"secret"), ADDRESSES as usize);
    let started = Instant::now();
    (0..ADDRESSES).for_each(|n| filter.insert(&digest(&format!("u{n}@x.test"))));
    let hits = (0..1_000_000).filter(|n| filter.contains(&format!("v{n}@x.test"))).count();
    println!(
        "{} addresses in {:?}: {} octets, {hits} of 1,000,000 strangers taken for contacts",
        filter.len(),
        started.elapsed(),
        filter.size()
    );
    c.bench_function("known address", |b| b.iter(|| filter.contains(black_box("u4711@x.test"))));
    c.bench_function("stranger", |b| b.iter(|| filter.contains(black_box("v4711@x.test"))));
}

fn blocks(c: &mut Criterion) {
    let keys = BlockKeys::new(b"secret");
    let one = |n| (keys.key(BlockKind::Address, &format!("u{n}@x.test")), BlockScope::Inbox);
    let started = Instant::now();
    let list = BlockList::new(keys.clone(), (0..BLOCKS).map(one));
    println!("{} blocks in {:?}: {} octets", list.len(), started.elapsed(), list.encode().len());
    c.bench_function("blocked sender", |b| b.iter(|| list.find(black_box("u4711@x.test"))));
    c.bench_function("sender who is not", |b| b.iter(|| list.find(black_box("v4711@mail.x.test"))));
}

criterion_group!(benches, known, blocks);
criterion_main!(benches);
