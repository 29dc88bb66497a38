//! Who gets it, from the configuration to the line of intake: rows W08 W09 B04 S03.

use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::{SPANISH_FORM, plain};
use std::time::Duration;

const INBOXES: &str = r#"
[[inbox]]
key = "w08"
address = "info@crm.test"
kind = "leads"
office = "Centro"
assign = ["contact-owner", "office-coordinator", "record-owner", "administrator"]

[[inbox]]
key = "b04"
address = "sales@crm.test"
kind = "leads"
queue = ["luis", "ana"]

[[inbox]]
key = "s03"
address = "office@crm.test"
kind = "leads"
assigned_to = "luis"
assign = ["contact-owner", "assigned-to"]
"#;

/// Sends a mail and says who got it, by which rule.
fn assigned(site: &Site, from: &str, to: &str, subject: &str) -> String {
    let letter = plain(from, to, subject, "Hello.");
    let intake = site.record(&Mail::new(from, &[to], letter));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    of(site, &intake.mail)
}

fn of(site: &Site, mail: &str) -> String {
    let sql = format!(
        "SELECT u.login || '; ' || i.assignment FROM crm.intake i JOIN crm.users u ON u.id = i.owner_id \
         WHERE i.mail_id = '{mail}'"
    );
    site.value(&sql)
}

#[test]
fn mail_goes_by_the_contact_the_office_the_record_and_the_first_administrator() {
    let site = Site::with(&Options { inboxes: INBOXES, ..Options::default() });
    let to = "info@crm.test";
    site.rows(
        "INSERT INTO crm.office (id, name, coordinator_id) \
         SELECT gen_random_uuid(), 'Centro', id FROM crm.users WHERE login = 'luis'",
    );
    assert_eq!(assigned(&site, "eva@client.test", to, "one"), "luis; owner: coordinator of office Centro");
    site.rows("UPDATE crm.office SET coordinator_id = NULL");
    assert_eq!(assigned(&site, "eva@client.test", to, "two"), "luis; owner: the contact's owner");
    // W09: and hears of it.
    let list = site.crmctl(&["notification", "list", "--user", "luis"]);
    assert!(list.contains("news from eva@client.test"), "{list}");
    let add = ["record", "add", "--kind", "property", "--code", "PROP-9", "--title", "Flat"];
    site.crmctl(&[&add[..], &["--external-reference", "REF-77", "--owner", "luis"]].concat());
    let form = site.record(&Mail::new("web@crm.test", &[to], SPANISH_FORM));
    assert_eq!(of(&site, &form.mail), "luis; owner: the record's owner");
    assert_eq!(assigned(&site, "leo@client.test", to, "three"), "ana; owner: the first administrator");
    // Where the first one is in several teams, the second one created.
    site.crmctl(&["user", "add", "berta", "--role", "administrator"]);
    site.rows(
        "WITH t AS (INSERT INTO crm.team (id, name) VALUES (gen_random_uuid(), 'A'), (gen_random_uuid(), 'B') \
                    RETURNING id) \
         INSERT INTO crm.team_member SELECT t.id, u.id FROM t, crm.users u WHERE u.login = 'ana'",
    );
    assert_eq!(assigned(&site, "max@client.test", to, "four"), "berta; owner: the first administrator");
    // Who was deactivated is passed over.
    site.rows("UPDATE crm.users SET deactivated_at = now() WHERE login IN ('luis', 'berta')");
    assert_eq!(assigned(&site, "eva@client.test", to, "five"), "ana; owner: the first administrator");
    let shown = site.crmctl(&["--json", "intake", "list", "--limit", "1"]);
    assert!(shown.contains("\"assignment\": \"owner: the first administrator\""), "{shown}");
}

#[test]
fn known_client_goes_to_their_manager_and_new_ones_round_the_queue() {
    let site = Site::with(&Options { inboxes: INBOXES, ..Options::default() });
    let to = "sales@crm.test";
    let turn = |login: &str| format!("{login}; owner: {login}, whose turn it is in the queue of inbox b04");
    assert_eq!(assigned(&site, "a@client.test", to, "one"), turn("luis"));
    assert_eq!(assigned(&site, "b@client.test", to, "two"), turn("ana"));
    let known = "ana; owner: the contact's owner, who is in the queue of inbox b04";
    assert_eq!(assigned(&site, "b@client.test", to, "three"), known);
    assert_eq!(assigned(&site, "c@client.test", to, "four"), turn("luis"));
    site.rows("UPDATE crm.users SET deactivated_at = now() WHERE login = 'ana'");
    assert_eq!(assigned(&site, "d@client.test", to, "five"), turn("luis"));
}

#[test]
fn assignee_or_the_clients_agent_gets_it() {
    let site = Site::with(&Options { inboxes: INBOXES, ..Options::default() });
    let to = "office@crm.test";
    let assignee = "luis; owner: luis, to whom inbox s03 is assigned";
    assert_eq!(assigned(&site, "eva@client.test", to, "one"), assignee);
    site.rows("UPDATE crm.contact SET owner_id = (SELECT id FROM crm.users WHERE login = 'ana')");
    assert_eq!(assigned(&site, "eva@client.test", to, "two"), "ana; owner: the contact's owner");
}

#[test]
fn office_of_an_inbox_that_a_reload_brings_counts_at_once_for_who_sees_its_mail() {
    let site = Site::with(&Options { inboxes: INBOXES, ..Options::default() });
    let offices =
        || site.value("SELECT string_agg(concat(key, ' ', office), ', ' ORDER BY key) FROM crm.inbox");
    let wait = |expected: &str| {
        wait::until("the inboxes in the database", &[], Duration::from_secs(30), || {
            (offices() == expected).then_some(())
        });
    };
    wait("b04 , s03 , w08 Centro");
    site.configure("office = \"Centro\"", "office = \"Norte\"");
    wait("b04 , s03 , w08 Norte");
    // And what is configured wrong is named.
    site.configure("queue = [\"luis\", \"ana\"]", "queue = [\"luis\", \"anna\"]");
    let shown = String::from_utf8(site.try_crmctl(&["check"]).stdout).unwrap();
    for expected in
        ["queue of inbox b04 names anna, who is no user", "office of inbox w08 is Norte, which is none"]
    {
        assert!(shown.contains(expected), "{shown}");
    }
    site.crmctl(&["user", "deactivate", "luis"]);
    let shown = String::from_utf8(site.try_crmctl(&["check"]).stdout).unwrap();
    assert!(shown.contains("assigned_to of inbox s03 names luis, who is deactivated"), "{shown}");
}
