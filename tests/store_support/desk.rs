//! `crmctl` as a person runs it, on a private database of the test's own.

#![allow(dead_code, reason = "each test file uses its own part")]

use super::Scratch;
use crm_milter::store::Store;
use crm_milter::store::cluster::Role;
use postgres::Client;
use serde_json::Value;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A migrated database, and the configuration by which `crmctl` finds it.
pub struct Desk {
    pub scratch: Scratch,
    config: PathBuf,
}

impl Desk {
    /// A desk at a fresh database.
    pub fn open() -> Desk {
        Desk::with("")
    }

    /// A desk with more in its configuration.
    pub fn with(more: &str) -> Desk {
        let scratch = Scratch::migrated();
        let config = scratch.directory.path().join("crm-milter.toml");
        let url = scratch.config.url(Role::Desk);
        std::fs::write(&config, format!("[database]\nurl = {url:?}\n{more}")).unwrap();
        Desk { scratch, config }
    }

    /// The desk's connection, past `crmctl`.
    pub fn client(&self) -> Client {
        self.scratch.client(Role::Desk)
    }

    /// The desk's store.
    pub fn store(&self) -> Store {
        self.scratch.store(Role::Desk)
    }

    /// Runs `crmctl` in Madrid, without a terminal.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crmctl"));
        command
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .env("TZ", "Europe/Madrid")
            .env_remove("CRM_USER");
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs `crmctl` with that on standard input.
    pub fn fed(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crmctl"));
        command.arg("--config").arg(&self.config).args(arguments).env_remove("CRM_USER");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What a verb prints for people; it must succeed.
    pub fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a verb prints for programs; it must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.text(&[&["--json"], arguments].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// The id of what a verb made.
    pub fn id(&self, arguments: &[&str]) -> String {
        self.json(arguments)["id"].as_str().unwrap().to_owned()
    }

    /// The exit code and the complaint of a verb that must fail.
    pub fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} was not refused");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// What a verb shows on a terminal on which somebody types that.
    pub fn on_terminal(&self, arguments: &str, typed: &str) -> String {
        self.on_terminal_with(&[], arguments, typed)
    }

    /// The same, with that in the environment.
    pub fn on_terminal_with(&self, variables: &[(&str, &str)], arguments: &str, typed: &str) -> String {
        let crmctl = format!("{} --config {}", env!("CARGO_BIN_EXE_crmctl"), self.config.display());
        let mut command = Command::new("script");
        command.envs(variables.iter().copied());
        command.args(["-qec", &format!("{crmctl} {arguments}"), "/dev/null"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // Open to the end: closing it would hang up the terminal.
        let mut input = child.stdin.take().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(input);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Names of the contacts that a list with these arguments finds, in its order.
    pub fn names(&self, arguments: &[&str]) -> Vec<String> {
        let list = self.json(&[&["contact", "list"], arguments].concat());
        list.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// The value with every leaf replaced by the name of its type, and every list cut to its first member: what
/// programs may rely on.
pub fn shape(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(text) if uuid::Uuid::try_parse(text).is_ok() => "id".into(),
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => "time".into(),
        Value::String(_) => "text".into(),
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
    }
}

/// Compares the shapes of what verbs print with those that are kept, and asks the manual for each name.
pub fn check_shapes(shapes: &Value, golden: &str) {
    let text = serde_json::to_string_pretty(shapes).unwrap() + "\n";
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = root.join("tests/golden").join(golden);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(text == kept, "shapes changed, UPDATE_GOLDEN=1 writes {}: {text}", golden.display());
    let manual = std::fs::read_to_string(root.join("man/crmctl.1")).unwrap().replace('\\', "");
    let mut undocumented = Vec::new();
    keys_of(shapes, &mut undocumented);
    undocumented.retain(|key| !manual.contains(&format!("fB{key}fR")));
    assert!(undocumented.is_empty(), "crmctl(1) says nothing of {undocumented:?}");
}

/// Names of all fields below the verbs.
fn keys_of(value: &serde_json::Value, keys: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if !name.contains(' ') && name.len() > 2 && !keys.contains(name) {
                    keys.push(name.clone());
                }
                keys_of(value, keys);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys_of(item, keys)),
        _ => {}
    }
}
