//! Stored mail that is read again after the configuration changed.

use super::{mbox, text};
use crate::harness::site::Site;
use nix::sys::signal::{Signal, kill};
use serde_json::Value;
use std::fs;

/// A portal's mail about somebody, which nobody can tell from a newsletter without a template.
fn portal(name: &str, phone: &str) -> String {
    format!(
        "From: Portal <news@portal.test>\nTo: info@crm.test\nSubject: Nueva solicitud\nPrecedence: bulk\n\
         List-Id: <news.portal.test>\nMessage-ID: <{name}@portal.test>\n\n\
         Our asker {name} of {name}@there.test and help@portal.test rings at {phone} today.\n"
    )
}

/// The template for it.
const TEMPLATE: &str = r#"
[[source]]
name = "portal"
from = ["@portal.test"]
[source.patterns]
name = 'asker (\S+) of'
email = 'of (\S+@\S+) and'
phone = 'rings at (\+\d+)'
"#;

fn run(site: &Site, words: &[&str]) -> Vec<Value> {
    let printed = site.crmctl(&[&["--json", "reprocess"], words].concat());
    serde_json::from_str::<Vec<Value>>(&printed).unwrap_or_else(|e| panic!("{e}: {printed}"))
}

fn counts(site: &Site) -> Vec<String> {
    ["contact", "record", "link", "mail", "intake", "ticket"]
        .map(|table| site.value(&format!("SELECT count(*) FROM crm.{table}")))
        .to_vec()
}

#[test]
fn stored_mail_is_read_again_after_a_template_came_and_only_what_is_new_is_added() {
    let site = Site::start();
    let plain = "From: eva@there.test\nTo: info@crm.test\nSubject: Hello\nMessage-ID: <eva@there.test>\n\nHello\n\n-- \n\
                 Eva Soler\nAcme S.L.\nTel. 600 333 444\n";
    let mails = [portal("ann", "+34600111222"), portal("ben", "+34600111333"), plain.to_owned()];
    let file = mbox(&site.scratch.path().join("old.mbox"), mails);
    site.crmctl(&["import", text(&file), "--inbox", "info"]);
    site.wait_spool_empty();
    let outcomes = "SELECT subject, outcome FROM crm.intake ORDER BY id";
    let before = [["Nueva solicitud", "automatic"], ["Nueva solicitud", "automatic"], ["Hello", "recorded"]];
    assert_eq!(site.rows(outcomes), before);
    assert_eq!(run(&site, &["--inbox", "info"]).len(), 1, "nothing has changed");
    let at_first = counts(&site);
    let config = site.scratch.path().join("crm-milter.toml");
    fs::write(&config, fs::read_to_string(&config).unwrap() + TEMPLATE).unwrap();
    kill(site.daemon().pid(), Signal::SIGUSR1).unwrap();
    let shown = run(&site, &["--inbox", "info"]);
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert_eq!(shown[0]["outcome"], serde_json::json!(["automatic", "recorded"]), "{shown:?}");
    assert_eq!(shown[0]["adds"][0], "contact ann", "{shown:?}");
    assert_eq!((shown[2]["changed"].as_u64(), shown[2]["applied"].as_bool()), (Some(2), Some(false)));
    assert_eq!(counts(&site), at_first, "nothing is written without --apply");
    let said = site.crmctl(&["reprocess", "--since", "2020-01-01", "--apply"]);
    assert!(
        said.contains("automatic → recorded")
            && said.contains("3 mails were read again: 2 have something new"),
        "{said}"
    );
    let leads = site.rows("SELECT r.title, c.name FROM crm.record r JOIN crm.record_party p ON p.record_id = r.id JOIN crm.contact c ON c.id = p.contact_id WHERE c.name IN ('ann', 'ben') ORDER BY 2");
    assert_eq!(leads, [["Nueva solicitud", "ann"], ["Nueva solicitud", "ben"]]);
    let resolution = site.value("SELECT resolution FROM crm.intake WHERE outcome = 'automatic' LIMIT 1");
    assert!(resolution.starts_with("read again by ") && resolution.contains("lead opened"), "{resolution}");
    assert_eq!(site.value("SELECT count(*) FROM crm.notification"), "0");
    let audited = "SELECT count(*) FROM crm.audit WHERE action = 'insert' AND entity IN ('contact', 'record') AND operator IS NOT NULL";
    assert_eq!(site.value(audited), "4");
    // Twice changes nothing more.
    let done = counts(&site);
    let again = run(&site, &["--source", "import", "--apply"]);
    assert_eq!((again.len(), again[0]["changed"].as_u64()), (1, Some(0)), "{again:?}");
    assert_eq!(counts(&site), done);
}

#[test]
fn what_people_decided_stays_and_empty_fields_of_cards_are_filled() {
    let site = Site::start();
    let plain = |n: usize| {
        format!(
            "From: Eva <eva@there.test>\nTo: info@crm.test\nSubject: Hello {n}\nMessage-ID: <{n}@there.test>\n\n\
             Nombre: Eva Soler\nEmail: eva@there.test\nTelefono: +34600333444\nEmpresa: Acme\nMensaje: Hola\n"
        )
    };
    let file = mbox(&site.scratch.path().join("old.mbox"), [1, 2, 3].map(plain));
    site.crmctl(&["import", text(&file), "--inbox", "info"]);
    site.wait_spool_empty();
    let mail = |n: usize| site.value(&format!("SELECT id FROM crm.mail WHERE subject = 'Hello {n}'"));
    let phones = "SELECT number FROM crm.contact_phone";
    assert_eq!(site.value(phones), "+34600333444");
    site.crmctl(&["contact", "phone", "remove", "eva@there.test", "+34600333444"]);
    site.crmctl(&["contact", "set", "eva@there.test", "company=", "name=eva@there.test"]);
    // One is taken off the card, and one is locked.
    site.crmctl(&["mail", "unlink", &mail(2), "eva@there.test"]);
    site.crmctl(&["mail", "unlink", &mail(3), "LEAD-1"]);
    site.crmctl(&["--as", "ana", "mail", "lock", &mail(3)]);
    let links = "SELECT mail_id, contact_id, record_id FROM crm.link ORDER BY 1, 2, 3";
    let before = site.rows(links);
    let raw = site.raw(&mail(1));
    let shown = run(&site, &["--mail", &mail(1)]);
    assert!(shown[0]["adds"][0].as_str().unwrap().contains("phone +34600333444"), "{shown:?}");
    let done = run(&site, &["--inbox", "info", "--apply"]);
    assert_eq!((done[1]["mails"].as_u64(), done[1]["passed_over"].as_u64()), (Some(3), Some(1)), "{done:?}");
    assert_eq!(site.rows(links), before, "no link comes back that somebody took away");
    assert_eq!(site.value(phones), "+34600333444");
    assert_eq!(site.value("SELECT name FROM crm.contact"), "Eva Soler");
    assert_eq!(site.raw(&mail(1)), raw);
    let again = run(&site, &["--inbox", "info", "--apply"]);
    assert_eq!(again[0]["changed"].as_u64(), Some(0), "{again:?}");
    for (words, code) in [
        (&["reprocess"][..], 64),
        (&["--as", "ana", "reprocess", "--inbox", "info"], 77),
        (&["reprocess", "--mail", "00000000-0000-7000-8000-000000000000"], 66),
    ] {
        assert_eq!(site.try_crmctl(words).status.code(), Some(code), "{words:?}");
    }
}
