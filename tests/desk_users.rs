//! `crmctl user` and `crmctl --as`, through the program, on a real private database.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::known::Wanted;
use crm_milter::store::cluster::Role;
use crm_milter::store::look_up;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use store_support::company::{Company, names};
use store_support::{Scratch, plan};

/// `crmctl` with a configuration that leads to the scratch cluster.
struct Program {
    config: PathBuf,
}

impl Program {
    fn new(scratch: &Scratch) -> Program {
        let config = scratch.directory.path().join("crm-milter.toml");
        let socket = scratch.config.socket_directory.display();
        std::fs::write(&config, format!("[database]\nsocket_directory = \"{socket}\"\n")).unwrap();
        Program { config }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_crmctl"))
            .env_remove("CRM_USER")
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// What it prints for programs.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Exit code and what it says of what is wrong.
    fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn logins(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|user| user["login"].as_str().unwrap()).collect()
}

#[test]
fn user_is_added_shown_changed_and_deactivated() {
    let scratch = Scratch::migrated();
    let program = Program::new(&scratch);
    let users = || scratch.store(Role::Daemon).transaction(|t| look_up(t, &Wanted::default())).unwrap().users;
    #[rustfmt::skip]
    program.json(&["user", "add", "ann", "--name", "Ann", "--role", "coordinator", "--address", "Ann@CRM.test",
        "--sasl-login", "ann", "--client-address", "192.0.2.7", "--certificate", "CN=Own CA", "CN=ann",
        "--office", "Centro", "--coordinator", "--no-inbox", "--language", "en"]);
    let shown = program.json(&["user", "show", "ANN"]);
    assert_eq!((&shown["role"], &shown["office"]), (&"coordinator".into(), &"Centro".into()));
    assert_eq!((&shown["inbox_permission"], &shown["pg_role"]), (&false.into(), &"crm_u_ann".into()));
    assert_eq!(shown["certificates"], serde_json::json!([["CN=Own CA", "CN=ann"]]));
    assert!(users().by_certificate.contains_key(&("CN=Own CA".into(), "CN=ann".into())));
    #[rustfmt::skip]
    let set = program.json(&["user", "set", "ann", "--name", "Anna", "--role", "agent", "--inbox", "yes", "--no-office",
        "--language", "", "--sasl-login", "anna", "--remove-sasl-login", "ann", "--remove-client-address", "192.0.2.7",
        "--remove-certificate", "CN=Own CA", "CN=ann", "--address", "anna@crm.test"]);
    assert_eq!(
        (&set["name"], &set["role"], &set["language"]),
        (&"Anna".into(), &"agent".into(), &Value::Null)
    );
    assert_eq!((&set["office"], &set["inbox_permission"]), (&Value::Null, &true.into()));
    assert_eq!(set["addresses"], serde_json::json!(["ann@crm.test", "anna@crm.test"]));
    assert_eq!(
        (&set["sasl_logins"], &set["certificates"]),
        (&serde_json::json!(["anna"]), &serde_json::json!([]))
    );
    // What is named again changes nothing.
    assert_eq!(
        program.json(&["user", "set", "ann", "--address", "anna@crm.test"])["addresses"],
        set["addresses"]
    );
    assert!(users().by_sasl_login.contains_key("anna") && !users().by_sasl_login.contains_key("ann"));
    program.json(&["user", "deactivate", "ann"]);
    assert!(users().by_sasl_login.is_empty() && users().by_address.is_empty());
    let (code, said) = program.refused(&["user", "add", "bob", "--sasl-login", "anna"]);
    assert!(code == 65 && said.contains("user ann (deactivated"), "{code} {said}");
    program.json(&["user", "activate", "ann"]);
    assert!(users().by_sasl_login.contains_key("anna"));
    let table = String::from_utf8(program.run(&["user", "list"]).stdout).unwrap();
    assert!(table.contains("login anna") && table.contains("Anna"), "{table}");
    for (arguments, code) in [
        (vec!["user", "show", "nobody"], 66),
        (vec!["user", "set", "nobody", "--name", "x"], 66),
        (vec!["user", "set", "ann", "--name", " "], 65),
        (vec!["user", "set", "ann", "--client-address", "127.0.0.1"], 65),
        (vec!["user", "set", "ann", "--address", "no address"], 65),
        (vec!["user", "set", "ann", "--certificate", "", "x"], 65),
        (vec!["user", "set", "ann", "--inbox", "perhaps"], 64),
        (vec!["user", "deactivate", "nobody"], 66),
        (vec!["user", "add", ""], 65),
    ] {
        assert_eq!(program.refused(&arguments).0, code, "{arguments:?}");
    }
}

#[test]
fn offices_and_teams_are_kept() {
    let company = Company::new();
    let program = Program::new(&company.scratch);
    program.json(&["user", "office", "add", "Sur", "--coordinator", "coo"]);
    program.json(&["user", "office", "set", "sur", "--name", "Süd", "--no-coordinator"]);
    let offices = program.json(&["user", "office", "list"]);
    let find = |name: &str| offices.as_array().unwrap().iter().find(|o| o["name"] == name).unwrap().clone();
    assert_eq!(
        (&find("Süd")["coordinator"], &find("Centro")["members"]),
        (&Value::Null, &serde_json::json!(["ann", "coo"]))
    );
    program.json(&["user", "team", "add", "Sales"]);
    assert_eq!(program.json(&["user", "team", "join", "sales", "ann", "bob"])["joined"], 2);
    assert_eq!(program.json(&["user", "team", "join", "Sales", "ann"])["joined"], 0);
    assert_eq!(program.json(&["user", "team", "leave", "Sales", "bob", "eve"])["left"], 1);
    assert_eq!(program.json(&["user", "team", "list"])[0]["members"], serde_json::json!(["ann"]));
    assert_eq!(program.json(&["user", "show", "ann"])["teams"], serde_json::json!(["Sales"]));
    for (arguments, code) in [
        (["user", "office", "set", "Nowhere", "--no-coordinator"].as_slice(), 66),
        (&["user", "office", "add", " "], 65),
        (&["user", "office", "add", "x", "--coordinator", "nobody"], 66),
        (&["user", "team", "join", "Nobodies", "ann"], 66),
        (&["user", "team", "join", "Sales", "nobody"], 66),
        (&["--as", "ann", "user", "office", "set", "Centro", "--name", "x"], 77),
        (&["--as", "ann", "user", "office", "add", "Mine"], 77),
        (&["--as", "ann", "user", "team", "join", "Sales", "eve"], 77),
    ] {
        let (found, said) = program.refused(arguments);
        assert_eq!(found, code, "{arguments:?}: {said}");
    }
}

#[test]
fn desk_that_acts_as_a_user_shows_and_does_what_the_user_may() {
    let company = Company::new();
    let program = Program::new(&company.scratch);
    let contacts = |arguments: &[&str]| program.json(arguments).as_array().unwrap().len();
    assert_eq!(contacts(&["contact", "list"]), 4);
    assert_eq!(contacts(&["--as", "ann", "contact", "list"]), 1);
    assert_eq!(contacts(&["contact", "list", "--as", "Coo"]), 2);
    let by_environment = Command::new(env!("CARGO_BIN_EXE_crmctl"))
        .env("CRM_USER", "bob")
        .args(["--json", "contact", "list", "--config"])
        .arg(&program.config)
        .output()
        .unwrap();
    let seen: Value = serde_json::from_slice(&by_environment.stdout).unwrap();
    assert_eq!(seen[0]["name"], "of bob");
    let mail = company.mails["of bob"].to_string();
    assert!(program.run(&["mail", "show", &mail, "--raw"]).status.success());
    assert_eq!(program.refused(&["--as", "ann", "mail", "show", &mail, "--raw"]).0, 66);
    assert_eq!(program.refused(&["--as", "ann", "contact", "show", "of.bob@b.test"]).0, 66);
    assert!(program.run(&["--as", "ann", "contact", "show", "of.ann@b.test"]).status.success());
    assert_eq!(contacts(&["--as", "ann", "mail", "list"]), 3);
    assert_eq!(contacts(&["--as", "eve", "intake", "list"]), 0);
    // A user sees who there is, and not what proves them.
    let users = program.json(&["--as", "ann", "user", "list"]);
    assert_eq!(logins(&users), ["adm", "ann", "bob", "coo", "eve"]);
    assert_eq!(users[0]["sasl_logins"], serde_json::json!([]));
    for arguments in [
        ["--as", "ann", "user", "set", "ann", "--role", "administrator"].as_slice(),
        &["--as", "ann", "user", "set", "ann", "--sasl-login", "boss"],
        &["--as", "coo", "user", "deactivate", "bob"],
        &["--as", "ann", "user", "add", "mallory"],
    ] {
        let (code, said) = program.refused(arguments);
        assert_eq!(code, 77, "{arguments:?}: {said}");
    }
    program.json(&["--as", "adm", "user", "set", "ann", "--name", "Ann of Centro"]);
    let who =
        "SELECT u.login FROM crm.audit a JOIN crm.users u ON u.id = a.user_id ORDER BY a.id DESC LIMIT 1";
    assert_eq!(names(&mut company.scratch.client(Role::Desk), who), "adm");
    assert_eq!(program.refused(&["--as", "nobody", "contact", "list"]).0, 66);
    company.desk.user_deactivate("bob", true).unwrap();
    let (code, said) = program.refused(&["--as", "bob", "contact", "list"]);
    assert!(code == 77 && said.contains("crmctl user activate bob"), "{code} {said}");
    // A block is the user's who made it.
    company.commit(&[plan::lead("new", "new@b.test")]);
    program.json(&["--as", "ann", "block", "add", "spammer@b.test"]);
    assert_eq!(program.json(&["block", "list"])[0]["created_by"], "ann");
}
