//! Speed over the project's own corpus: `cargo bench --bench extract`.
//!
//! First the distribution over mails below 100 kB — each mail's own median of many runs, then median and p99 of
//! those, per core — then criterion's groups, which compare with the run before. Exit status 1 over the targets:
//! median 300 µs, p99 3 ms.

use criterion::{Criterion, Throughput};
use crm_milter::extract::{Options, extract};
use crm_milter::mail::message;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const RUNS: usize = 15;
const LARGEST: u64 = 100_000;
const MEDIAN: Duration = Duration::from_micros(300);
const P99: Duration = Duration::from_millis(3);

fn main() {
    let mails = mails();
    let good = distribution(&mails);
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3)).configure_from_args();
    groups(&mut criterion, &mails);
    criterion.final_summary();
    if !good {
        std::process::exit(1);
    }
}

/// Every mail of the corpus below 100 kB: its set and its octets.
fn mails() -> Vec<(PathBuf, Vec<u8>)> {
    let mut mails = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the corpus is there") {
            let path = entry.expect("a readable corpus").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "eml") {
                let raw = std::fs::read(&path).expect("a readable mail");
                if raw.len() as u64 <= LARGEST {
                    mails.push((path, raw));
                }
            }
        }
    }
    mails.sort();
    mails
}

/// Prints median and p99 over the mails, and the slowest. Whether both are within the targets.
fn distribution(mails: &[(PathBuf, Vec<u8>)]) -> bool {
    let options = Options::default();
    let mut times = Vec::new();
    for (path, raw) in mails {
        let mut runs: Vec<Duration> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                black_box(extract(&message::read(black_box(raw)), &options));
                start.elapsed()
            })
            .collect();
        runs.sort();
        times.push((runs[RUNS / 2], raw.len(), path));
    }
    times.sort();
    let at = |part: usize| times[(times.len() * part / 1000).min(times.len() - 1)].0;
    let (median, p99) = (at(500), at(990));
    println!(
        "{} mails: median {median:.1?}, p90 {:.1?}, p99 {p99:.1?}, slowest {:.1?}",
        times.len(),
        at(900),
        at(999)
    );
    for (time, size, path) in times.iter().rev().take(8) {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path);
        println!("  {time:>10.1?}  {size:>6} octets  {}", name.display());
    }
    median <= MEDIAN && p99 <= P99
}

/// Reading alone, and reading with extraction, over each set of the corpus.
fn groups(criterion: &mut Criterion, mails: &[(PathBuf, Vec<u8>)]) {
    let options = Options::default();
    let mut sets: Vec<&Path> = mails.iter().filter_map(|(path, _)| path.parent()).collect();
    sets.dedup();
    for set in sets {
        let raws: Vec<&[u8]> =
            mails.iter().filter(|(p, _)| p.parent() == Some(set)).map(|(_, raw)| raw.as_slice()).collect();
        let name = set.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(raws.len() as u64));
        group.bench_function("read", |b| {
            b.iter(|| raws.iter().map(|raw| message::read(raw).body.text.len()).sum::<usize>())
        });
        group.bench_function("extract", |b| {
            b.iter(|| raws.iter().map(|raw| extract(&message::read(raw), &options).text.len()).sum::<usize>())
        });
        group.finish();
    }
}
