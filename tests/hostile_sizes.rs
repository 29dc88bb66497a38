//! Big mails of every hostile kind against time and memory, half a megabyte each. In a program of its own, because the
//! allocator counts all threads. The promise itself, 10 MB in 1 s, is held by `cargo bench --bench hostile`.

#[path = "hostile_input/heap.rs"]
mod heap;
#[path = "hostile_input/sizes.rs"]
mod sizes;

use crm_milter::extract::{Options, extract};
use crm_milter::mail::message;
use std::time::Duration;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// Processor time for reading and extracting, and the peak of memory.
fn measure(raw: &[u8], options: &Options) -> (Duration, usize) {
    let start = heap::processor_time();
    let (_, peak) = heap::peak(|| extract(&message::read(raw), options));
    (heap::processor_time() - start, peak)
}

#[test]
fn half_a_megabyte_of_anything_is_read_in_time_and_memory() {
    const SIZE: usize = 512 << 10;
    const LONGEST: Duration = Duration::from_secs(3);
    let options = Options::default();
    let mut complaints = Vec::new();
    for (name, make) in sizes::KINDS {
        // What is built once, tables and the numbering plans of regions, is not the message's.
        measure(&make(SIZE / 16), &options);
        let raw = make(SIZE);
        let (took, peak) = measure(&raw, &options);
        println!("{name}: {took:.3?}, {} kB", peak >> 10);
        if took > LONGEST || peak > 3 * raw.len() + (8 << 20) {
            complaints.push(format!("{name}: {took:.1?}, {} kB", peak >> 10));
        }
    }
    assert!(
        complaints.is_empty(),
        "over {LONGEST:?} or three times the message and 8 MB:\n{}",
        complaints.join("\n")
    );
}
