//! Hostile input: the kept inputs of the fuzz targets and seeded mutations of the corpus against the properties. The
//! long run is `tests/fuzz.sh`.
//!
//! A failure names target, seed and case. The same again: `HOSTILE_SEED=… cargo test --test hostile_input TARGET`; more
//! cases: `HOSTILE_CASES=…`.

mod mutate;
mod properties;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Where the generator begins when nothing else is said.
const SEED: u64 = 20_200_302;
/// Mutants for each target.
const CASES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder`, in order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Replays what was kept for the target, then mutants of that and of the corpus.
fn hold(target: &str) {
    let (_, property) =
        properties::TARGETS.iter().find(|(name, _)| *name == target).expect("a target of that name");
    let kept = files(&root().join("fuzz/corpus").join(target));
    let mails =
        files(&root().join("tests/corpus")).into_iter().filter(|p| p.extension().is_some_and(|e| e == "eml"));
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    for path in &kept {
        let input = std::fs::read(path).expect("a readable file");
        let held = catch_unwind(AssertUnwindSafe(|| property(&input)));
        assert!(held.is_ok(), "{target}: {} breaks a property", path.display());
        inputs.push(input);
    }
    inputs.extend(mails.map(|path| std::fs::read(path).expect("a readable file")));
    assert!(inputs.len() > 100, "the corpus is not where it is looked for");
    let seed = number("HOSTILE_SEED", SEED);
    let mut dice = mutate::Dice::new(seed);
    for case in 0..number("HOSTILE_CASES", CASES as u64) {
        let mutant = mutate::mutant(&mut dice, &inputs);
        if catch_unwind(AssertUnwindSafe(|| property(&mutant))).is_err() {
            let path = root().join("target").join(format!("hostile-{target}-{seed}-{case}"));
            std::fs::write(&path, &mutant).expect("a place to keep it");
            panic!(
                "{target}: HOSTILE_SEED={seed}, case {case} breaks a property; the input: {}",
                path.display()
            );
        }
    }
}

macro_rules! targets {
    ($($test:ident: $target:literal),* $(,)?) => {
        $(#[test] fn $test() { hold($target) })*
        #[test]
        fn every_fuzz_target_is_replayed() {
            let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("fuzz/corpus")).unwrap().map(|e| e.unwrap().path()).collect();
            folders.sort();
            let folders: Vec<&str> = folders.iter().filter_map(|p| p.file_name()?.to_str()).collect();
            let mut replayed = vec![$($target),*];
            replayed.sort();
            assert_eq!(folders, replayed);
        }
    };
}

targets! {
    messages_of_any_octets_are_read: "message",
    html_of_any_octets_is_read: "html",
    forwards_of_any_octets_are_read: "forward",
    replies_of_any_octets_are_read: "reply",
    forms_of_any_octets_are_read: "form",
    signatures_of_any_octets_are_read: "signature",
    reports_of_any_octets_are_read: "dsn",
    winmail_of_any_octets_is_read: "tnef",
    addresses_of_any_octets_are_read: "address",
    everything_is_extracted_from_any_octets: "extract",
}
