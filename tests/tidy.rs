//! The rules of the house that the compiler does not know: which folder may use which, where SQL, libmilter
//! and fsync may stand, what may not be in a pure layer, how long a file may be, and that no test waits by
//! the clock. It reads the sources as text; a rule that needs more than a line of text belongs in clippy.

use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may use whom, by the folders under `src`. `bin` may use everything. What is not listed is forbidden.
const ARROWS: &[(&str, &[&str])] = &[
    ("mail", &[]),
    ("extract", &["mail"]),
    ("crm", &["mail", "extract"]),
    ("spool", &["mail", "extract", "crm"]),
    ("store", &["mail", "extract", "crm"]),
    // No database at SMTP time.
    ("milter", &["mail", "extract", "crm", "spool"]),
    ("worker", &["mail", "extract", "crm", "spool", "store"]),
    ("outbox", &["mail", "extract", "crm", "store"]),
    // A preview is the worker's own decision and the outbox's own composition.
    ("cli", &["mail", "extract", "crm", "spool", "store", "worker", "outbox", "config", "daemon"]),
    // What a value of the file is, its own module says: of the milter only the notation of its socket.
    ("config", &["mail", "extract", "crm", "milter"]),
    ("daemon", &[]),
];

/// The layers without clock, environment, file, socket and database.
const PURE: &[&str] = &["mail", "extract", "crm"];

const LONGEST_FILE: usize = 600;

/// One source file, cut where its tests begin.
struct Source {
    /// Relative to the project's root.
    path: String,
    code: String,
    tests: String,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Source {
        let text = fs::read_to_string(path).expect("sources are UTF-8");
        let path = path.strip_prefix(root).expect("it was found below the root");
        let path = path.to_str().expect("file names are UTF-8").to_owned();
        let all_tests = path.starts_with("tests/") || path.contains("/tests/");
        let cut = if all_tests { 0 } else { text.find("#[cfg(test)]").unwrap_or(text.len()) };
        let (code, tests) = text.split_at(cut);
        Source { path, code: code.to_owned(), tests: tests.to_owned() }
    }

    /// The folder under `src` that it belongs to: `mail` for `src/mail/mime.rs` and for `src/mail.rs`.
    fn layer(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        let first = rest.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }

    /// The lines of `text` that are no comments, numbered from one; `first` is the number of lines before it.
    fn lines(text: &str, first: usize) -> impl Iterator<Item = (usize, &str)> {
        text.lines()
            .enumerate()
            .map(move |(at, line)| (at + first + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        Self::lines(&self.code, 0)
    }

    fn test_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        Self::lines(&self.tests, self.code.lines().count())
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn walk(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut entries: Vec<_> = entries.map(|entry| entry.expect("a readable directory").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

/// Every Rust file of the project: library, programs, tests, benches, examples.
fn sources() -> Vec<Source> {
    let root = root();
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches", "examples", "packaging"] {
        walk(&root.join(folder), "rs", &mut paths);
    }
    assert!(paths.len() > 10, "the sources are not where they are looked for: {}", root.display());
    let mut sources: Vec<Source> = paths.iter().map(|path| Source::read(&root, path)).collect();
    let of_tests: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        if of_tests
            .iter()
            .any(|stem| source.path == format!("{stem}.rs") || source.path.starts_with(&format!("{stem}/")))
        {
            source.tests = std::mem::take(&mut source.code) + &source.tests;
        }
    }
    sources
}

/// Paths, without `.rs`, of the modules that this file declares for tests only.
fn test_modules(source: &Source) -> Vec<String> {
    let declared =
        Regex::new(r"#\[cfg\(test\)\]\s*(?:#\[[^\n]*\s+)*(?:pub(?:\([a-z]+\))? )?mod ([a-z_0-9]+);")
            .expect("a constant");
    let path = source.path.strip_suffix(".rs").expect("a Rust file");
    let folder = ["/mod", "/lib", "/main"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let text = format!("{}{}", source.code, source.tests);
    declared.captures_iter(&text).map(|c| format!("{folder}/{}", &c[1])).collect()
}

/// Fails with every complaint at once, `file:line: why`.
fn check(rule: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{rule}:\n{}", complaints.join("\n"));
}

/// Every line of the library's code (tests excepted) that `pattern` finds, unless `excused` says so.
fn forbid(pattern: &str, excused: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let pattern = Regex::new(pattern).expect("the pattern is a constant");
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("src/")) {
        for (number, line) in source.code_lines() {
            if pattern.is_match(line) && !excused(source, line) {
                complaints.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    complaints
}

/// The layers named in a piece of code: `crate::mail::x`, and each of `crate::{mail::x, crm}`.
fn used_layers(code: &str) -> Vec<String> {
    let path = Regex::new(r"\bcrate::([a-z_]+)").expect("a constant");
    let mut found: Vec<String> = path.captures_iter(code).map(|c| c[1].to_owned()).collect();
    let mut rest = code;
    while let Some(at) = rest.find("crate::{") {
        rest = &rest[at + "crate::{".len()..];
        found.extend(group_heads(rest));
    }
    found
}

/// The first name of each member of a `{…}` group, whose opening brace is already behind.
fn group_heads(text: &str) -> Vec<String> {
    let (mut depth, mut heads, mut word, mut at_start) = (0usize, Vec::new(), String::new(), true);
    for c in text.chars() {
        if at_start && (c.is_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            heads.push(std::mem::take(&mut word));
            at_start = false;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            _ => {}
        }
    }
    heads
}

#[test]
fn arrows_between_folders_point_one_way() {
    let mut complaints = Vec::new();
    for source in sources() {
        let Some(layer) = source.layer() else { continue };
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == layer) else { continue };
        for used in used_layers(&source.code).iter().chain(&used_layers(&source.tests)) {
            let is_layer = ARROWS.iter().any(|(name, _)| name == used);
            if is_layer && used != layer && !allowed.contains(&used.as_str()) {
                complaints.push(format!("{}: {layer} must not use {used}", source.path));
            }
        }
    }
    check("mail ← extract ← crm ← {spool, store} ← {milter, worker, outbox, cli} ← bin", complaints);
}

#[test]
fn every_folder_has_its_place_among_the_arrows() {
    let mut complaints = Vec::new();
    for source in sources() {
        let Some(layer) = source.layer() else { continue };
        if !["lib", "bin"].contains(&layer) && !ARROWS.iter().any(|(name, _)| *name == layer) {
            complaints.push(format!("{}: {layer} is not in the table of this test", source.path));
        }
    }
    check("each folder under src stands in ARROWS", complaints);
}

#[test]
fn pure_layers_have_no_clock_environment_file_socket_or_database() {
    let world = r"\bstd::(fs|env|process|thread|io::std|os)\b|\bstd::net::(Tcp|Udp|ToSocket)|SystemTime|Instant::now|\b(Timestamp|Zoned)::now|Uuid::(now_v7|new_v4)|\b(postgres|nix|r2d2_postgres|syslog|lettre)::";
    check("pure layers", forbid(world, |source, _| !source.layer().is_some_and(|l| PURE.contains(&l))));
}

#[test]
fn sql_stands_only_in_the_store() {
    let sql = r"\b(SELECT\s.+\sFROM\s|INSERT INTO\s|DELETE FROM\s|UPDATE\s\S+\sSET\s|CREATE (TABLE|INDEX|ROLE|SCHEMA|FUNCTION)\b|ALTER (TABLE|ROLE)\b|TRUNCATE\s)";
    check("SQL outside src/store", forbid(sql, |source, _| source.layer() == Some("store")));
}

#[test]
fn statements_say_what_they_are_for() {
    let root = root();
    let mut files = Vec::new();
    walk(&root.join("src/store/sql"), "sql", &mut files);
    let mut complaints = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        let comments = text.lines().take_while(|line| line.starts_with("--")).count();
        if comments == 0 {
            complaints.push(format!("{}: no purpose, parameters, index and lock at the top", path.display()));
        }
        let body: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        if body.trim_end().trim_end_matches(';').contains(';') && !body.contains('\'') {
            complaints.push(format!("{}: more than one statement", path.display()));
        }
    }
    check("one commented statement per file in src/store/sql", complaints);
}

#[test]
fn libmilter_is_called_only_by_the_milter() {
    let outside = |source: &Source, _: &str| source.layer() == Some("milter");
    check("libmilter outside src/milter", forbid(r"^\s*(pub )?use milter(_sys)?::|\bmilter_sys::", outside));
}

#[test]
fn only_the_spool_syncs_files() {
    // The making of a cluster of the database is no message's way.
    let excused = |source: &Source, _: &str| {
        source.layer() == Some("spool") || source.path.starts_with("src/store/cluster/")
    };
    check("fsync outside src/spool", forbid(r"\bsync_(all|data)\(|\bf(data)?sync\(", excused));
}

#[test]
fn library_never_unwraps_and_expects_only_with_an_invariant() {
    let mut complaints = forbid(r"\.unwrap\(\)", |_, _| false);
    // An invariant is a sentence: at least two words, and no format.
    let invariant = Regex::new(r#"\.expect\(\s*"[^"{]+ [^"]+"\s*\)"#).expect("a constant");
    let multi_line = Regex::new(r"\.expect\($").expect("a constant");
    complaints.extend(forbid(r"\.expect\(", |_, line| invariant.is_match(line) || multi_line.is_match(line)));
    check("unwrap and expect", complaints);
}

#[test]
fn files_stay_readable_in_one_sitting() {
    let mut complaints = Vec::new();
    for source in sources() {
        let lines = source.code.lines().count() + source.tests.lines().count();
        if lines > LONGEST_FILE {
            complaints.push(format!("{}: {lines} lines", source.path));
        }
    }
    check("files above 600 lines", complaints);
}

#[test]
fn files_open_with_a_manual() {
    let mut complaints = Vec::new();
    // A module's tests in a file of their own belong to the manual of the module.
    for source in sources().iter().filter(|source| !source.path.ends_with("/tests.rs")) {
        let text = if source.code.is_empty() { &source.tests } else { &source.code };
        if !text.starts_with("//!") && !text.starts_with("#!/") {
            complaints.push(format!("{}: no opening comment", source.path));
        }
    }
    check("every file opens with what it is for", complaints);
}

#[test]
fn tests_wait_on_events_and_never_on_the_clock() {
    // Put together here, so that this file does not find itself.
    let sleep = ["thread::", "sleep"].concat();
    let mut complaints = Vec::new();
    for source in sources() {
        for (number, line) in source.test_lines() {
            if line.contains(&sleep) {
                complaints.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    check("sleeping tests", complaints);
}

#[test]
fn groups_of_imports_are_read_to_their_ends() {
    let code = "use crate::{mail::{self, address}, crm::plan::Plan, store};\nuse crate::spool::Spool;";
    assert_eq!(used_layers(code), ["spool", "mail", "crm", "store"]);
}
