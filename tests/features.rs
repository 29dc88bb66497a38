//! The feature table names tests; a name that no test has would be a promise without proof.

use regex::Regex;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Names of all functions under `#[test]` in the folder, without those that are ignored.
fn tests(folder: &Path, found: &mut HashSet<String>) {
    let test = Regex::new(r"(?m)^\s*#\[test\]\n((?:\s*#\[[^\n]*\n)*)\s*fn ([a-z0-9_]+)").expect("a constant");
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            let here = test.captures_iter(&text).filter(|c| !c[1].contains("#[ignore"));
            found.extend(here.map(|c| c[2].to_owned()));
        }
    }
}

#[test]
fn every_test_that_the_feature_table_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = HashSet::new();
    tests(&root.join("tests"), &mut found);
    tests(&root.join("src"), &mut found);
    let table = fs::read_to_string(root.join("tests/FEATURES.md")).expect("the table is there");
    let name = Regex::new("`([a-z0-9_]+)`").expect("a constant");
    let mut rows = 0;
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, id, capability, proofs, _] = cells.as_slice() else { continue };
        if !id.starts_with(|c: char| c.is_ascii_uppercase()) {
            continue;
        }
        rows += 1;
        assert!(!capability.is_empty(), "{id} says nothing");
        let names: Vec<&str> =
            name.captures_iter(proofs).map(|c| c.get(1).expect("a group").as_str()).collect();
        assert!(!names.is_empty(), "{id} names no test");
        for name in names {
            assert!(found.contains(name), "{id}: no test is called {name}");
        }
    }
    assert!(rows > 0, "the table is empty");
}
