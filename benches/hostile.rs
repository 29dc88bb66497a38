//! 10 MB of every hostile kind, with the limits held: `cargo bench --bench hostile [-- NAME…]`.
//!
//! Prints processor time and the peak of live memory for reading and extracting one mail; fails over 1 s or over
//! three times the message and 8 MB. The sizes that the limits name come on top: 300,000 header fields, 20,000
//! nested parts, a line of 40 MB.

#[path = "../tests/hostile_input/heap.rs"]
mod heap;
#[path = "../tests/hostile_input/sizes.rs"]
mod sizes;

use crm_milter::extract::{Options, extract};
use crm_milter::mail::message;
use std::process::ExitCode;
use std::time::Duration;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

const MEGABYTE: usize = 1 << 20;
const LONGEST: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let options = Options::default();
    let mut failed = 0;
    println!("{:<36} {:>7} {:>8} {:>9}", "10 MB of", "MB", "seconds", "heap / MB");
    for &(name, make) in sizes::KINDS {
        if !wanted.is_empty() && !wanted.iter().any(|w| name.contains(w.as_str())) {
            continue;
        }
        let size = match name {
            "one long line" => 40 * MEGABYTE,
            _ => 10 * MEGABYTE,
        };
        // What is built once, tables and the numbering plans of regions, is not the message's.
        extract(&message::read(&make(MEGABYTE / 16)), &options);
        failed += usize::from(!holds(name, &make(size), &options));
    }
    println!("{failed} over a limit (1 s; 3 × the message + 8 MB)");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads one mail, prints its figures, and says whether they hold.
fn holds(name: &str, raw: &[u8], options: &Options) -> bool {
    let start = heap::processor_time();
    let (_, peak) = heap::peak(|| extract(&message::read(raw), options));
    let took = heap::processor_time() - start;
    let holds = took <= LONGEST && peak <= 3 * raw.len() + 8 * MEGABYTE;
    let mega = |octets: usize| octets as f64 / MEGABYTE as f64;
    let note = if holds { "" } else { "  OVER" };
    println!("{name:<36} {:>7.1} {:>8.3} {:>9.1}{note}", mega(raw.len()), took.as_secs_f64(), mega(peak));
    holds
}
