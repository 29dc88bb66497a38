//! Contacts' mail to addresses that are not there: row X07.

use crate::harness::site::{Options, Site};
use crate::harness::smtp::{Client, Mail};
use crate::harness::wait;
use crate::letters::plain;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const NEWS: &str = "SELECT u.login, n.kind, n.text FROM crm.notification n JOIN crm.users u ON u.id = n.user_id \
     WHERE n.kind = 'missed' ORDER BY n.id";

/// A company that knows Eva, whose owner is Ana, and whose daemon knows that it does.
fn with_eva() -> Site {
    let mut site = Site::with(&Options::default());
    site.record(&Mail::new(
        "eva@client.test",
        &["info@crm.test"],
        plain("Eva <eva@client.test>", "info@crm.test", "Offer", "Please."),
    ));
    site.stop_daemon();
    site.start_daemon();
    site.daemon().wait_for(" 1 contacts' addresses known");
    site
}

/// Asks for a recipient and returns the reply's code.
fn rcpt(site: &Site, from: &str, to: &str) -> u16 {
    let mut client = Client::connect_as(site.postfix.port, Some("192.0.2.7"), None);
    assert!(client.command(&format!("MAIL FROM:<{from}>")).good());
    let code = client.command(&format!("RCPT TO:<{to}>")).code;
    client.command("QUIT");
    code
}

#[test]
fn owner_is_told_once_a_day_of_a_contacts_mail_to_an_address_that_is_not_there() {
    let site = with_eva();
    let spool = site.spool();
    assert_eq!(rcpt(&site, "eva@client.test", "jhon@crm.test"), 550);
    assert_eq!(rcpt(&site, "EVA@Client.test", "Jhon@CRM.test"), 550, "the same in other letters");
    // Strangers, the null sender and a recipient that is there.
    assert_eq!(rcpt(&site, "max@else.test", "jhon@crm.test"), 550);
    assert_eq!(rcpt(&site, "", "jhon@crm.test"), 550);
    assert_eq!(rcpt(&site, "eva@client.test", "ana@crm.test"), 250);
    // Refused for another reason: the contact knows the address, we do not relay.
    assert_eq!(rcpt(&site, "eva@client.test", "someone@elsewhere.test") / 100, 5);
    assert_eq!(rcpt(&site, "eva+shop@client.test", "gone@crm.test"), 550, "an extension of hers");
    let told = wait::until("two pieces of news", &[&spool], LIMIT, || {
        let told = site.rows(NEWS);
        (told.len() >= 2).then_some(told)
    });
    site.wait_spool_empty();
    assert_eq!(site.rows(NEWS).len(), 2, "{told:?}");
    assert_eq!(told[0][..2], ["ana", "missed"]);
    assert!(told[0][2].starts_with("Eva (eva@client.test) wrote to jhon@crm.test, and"), "{told:?}");
    assert!(told[1][2].contains("gone@crm.test"), "{told:?}");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "1", "no message came, so no line");
}

#[test]
fn nothing_is_told_where_the_configuration_says_so() {
    let inboxes = format!("{}\n[notices]\nmissed_mail = false\n", crate::harness::site::INBOXES);
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    let letter = plain("Eva <eva@client.test>", "info@crm.test", "Offer", "Please.");
    let mail = Mail::new("eva@client.test", &["info@crm.test"], letter);
    site.record(&mail);
    assert_eq!(rcpt(&site, "eva@client.test", "jhon@crm.test"), 550);
    // What came after it in the spool is recorded.
    assert_eq!(site.record(&mail).outcome, "duplicate");
    assert_eq!(site.value("SELECT count(*) FROM crm.notification WHERE kind = 'missed'"), "0");
}
