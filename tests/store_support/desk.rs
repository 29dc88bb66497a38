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
        let crmctl = format!("{} --config {}", env!("CARGO_BIN_EXE_crmctl"), self.config.display());
        let mut command = Command::new("script");
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
