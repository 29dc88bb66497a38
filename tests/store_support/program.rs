//! `crmctl` at a small company's database, and mails that wait for a person.

#![allow(dead_code, reason = "each test file uses its own part")]

use super::company::Company;
use super::plan;
use crm_milter::crm::plan::{NewAttachment, Outcome, Plan};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use uuid::Uuid;

/// `crmctl` in Madrid, at a company's database.
pub struct Program {
    pub company: Company,
    pub config: PathBuf,
}

impl Program {
    pub fn open() -> Program {
        let company = Company::new();
        let config = company.scratch.directory.path().join("crm-milter.toml");
        let socket = company.scratch.config.socket_directory.display();
        let text = format!(
            "[company]\ndomains = [\"crm.test\"]\n[database]\nsocket_directory = \"{socket}\"\n\
             [outbox]\ninbox = \"letters\"\n\
             [[inbox]]\nkey = \"letters\"\naddress = \"letters@crm.test\"\nkind = \"leads\"\n"
        );
        std::fs::write(&config, text).unwrap();
        Program { company, config }
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crmctl"));
        command.env_remove("CRM_USER").env("TZ", "Europe/Madrid").arg("--config").arg(&self.config);
        command.args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    pub fn bytes(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub fn text(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.bytes(arguments)).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.bytes(&[&["--json"], arguments].concat())).unwrap()
    }

    pub fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} was not refused");
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Subjects that a list with these arguments finds, in its order.
    pub fn subjects(&self, arguments: &[&str]) -> Vec<String> {
        let list = self.json(&[&["mail", "list"], arguments].concat());
        list.as_array().unwrap().iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
    }

    pub fn mail(&self, name: &str) -> String {
        self.company.mails[name].to_string()
    }

    pub fn contact(&self, name: &str) -> String {
        self.company.contacts[name].to_string()
    }

    /// Commits a mail that waits for a person, without any link.
    pub fn waiting(&self, subject: &str, from: &str, change: impl FnOnce(&mut Plan)) -> (Uuid, Uuid) {
        let mail = plan::mail(subject, from);
        let mut intake = plan::intake(Some(mail.id), Outcome::Unresolved);
        intake.cause = Some("manual");
        let ids = (mail.id, intake.id);
        let mut entry = Plan { mail: Some(mail), intakes: vec![intake], ..plan::empty() };
        change(&mut entry);
        self.company.commit(&[entry]);
        ids
    }
}

/// An attachment.
pub fn file(name: &str, content: &[u8]) -> NewAttachment {
    NewAttachment {
        name: Some(name.into()),
        media_type: "application/octet-stream".into(),
        sha256: plan::digest(&String::from_utf8_lossy(content)),
        content: content.to_vec(),
    }
}
