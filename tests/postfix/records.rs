//! What a stored mail is and stays, and what it is linked to: rows R03 R04 R05 R06 X05 B05.

use crate::harness::site::Site;
use crate::harness::smtp::Mail;
use crate::letters::{INLINE_FORWARD, plain};

const EVA: &str = "Eva Soler <eva@client.test>";

fn linked(site: &Site, mail: &str) -> Vec<String> {
    let sql = format!(
        "SELECT code FROM crm.link JOIN crm.record ON record.id = record_id WHERE mail_id = '{mail}' ORDER BY code"
    );
    site.rows(&sql).into_iter().map(|row| row[0].clone()).collect()
}

#[test]
fn unknown_customer_gets_a_lead_and_addresses_that_are_nobodys_do_not() {
    let site = Site::start();
    let cases = [
        ("new@client.test", "New Customer <new@client.test>", "recorded"),
        ("no-reply@shop.test", "Shop <no-reply@shop.test>", "unresolved"),
    ];
    for (from, author, outcome) in cases {
        let letter = plain(author, "info@crm.test", &format!("From {from}"), "Hello.");
        let intake = site.record(&Mail::new(from, &["info@crm.test"], letter));
        assert_eq!(intake.outcome, outcome, "{intake:?}");
    }
    let list = "From: eva@client.test\nTo: info@crm.test\nSubject: News\nList-Id: <news.client.test>\nPrecedence: bulk\n\
                Message-ID: <list@client.test>\n\nNews.\n";
    let intake = site.record(&Mail::new("eva@client.test", &["info@crm.test"], list));
    assert_eq!(intake.outcome, "automatic", "{intake:?}");
    assert_eq!(site.rows("SELECT name FROM crm.contact"), [["New Customer"]]);
    assert_eq!(site.rows("SELECT code FROM crm.record"), [["LEAD-1"]]);
}

#[test]
fn codes_link_from_users_and_parties_and_from_nobody_else() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "First", "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    for code in ["DEAL-1", "DEAL-2"] {
        site.crmctl(&[
            "record",
            "add",
            "--kind",
            "deal",
            "--code",
            code,
            "--title",
            code,
            "--contact",
            "eva@client.test",
        ]);
    }
    // A user: both codes, in two of the ways of writing them.
    let letter = plain("Ana <ana@crm.test>", EVA, "Offers [DEAL-1] and #DEAL-2", "Attached.");
    let mail = Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test"], letter).login("ana");
    let intake = site.record(&mail);
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    assert_eq!(linked(&site, &intake.mail), ["DEAL-1", "DEAL-2"]);
    // A party.
    let letter = plain(EVA, "info@crm.test", "Re: your offer DEAL-1", "Fine.");
    let intake = site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    assert_eq!(linked(&site, &intake.mail), ["DEAL-1"]);
    // A stranger.
    let letter = plain("Mallory <mallory@evil.test>", "info@crm.test", "About [DEAL-1]", "Send me all.");
    let intake = site.record(&Mail::new("mallory@evil.test", &["info@crm.test"], letter));
    assert_eq!(
        (intake.outcome.as_str(), intake.cause.as_str()),
        ("unresolved", "code-not-party"),
        "{intake:?}"
    );
    assert!(!linked(&site, &intake.mail).contains(&"DEAL-1".to_owned()));
}

#[test]
fn mail_is_linked_to_the_only_open_record_and_to_none_of_several() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "First", "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    let letter = plain(EVA, "info@crm.test", "Second", "Hello again.");
    let intake = site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    assert_eq!(linked(&site, &intake.mail), ["LEAD-1"]);
    site.crmctl(&[
        "record",
        "add",
        "--kind",
        "deal",
        "--code",
        "DEAL-5",
        "--title",
        "x",
        "--contact",
        "eva@client.test",
    ]);
    let letter = plain(EVA, "info@crm.test", "Third", "And now?");
    let intake = site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!(
        (intake.outcome.as_str(), intake.cause.as_str()),
        ("unresolved", "several-records"),
        "{intake:?}"
    );
    assert!(linked(&site, &intake.mail).is_empty());
    let contacts = format!("SELECT count(contact_id) FROM crm.link WHERE mail_id = '{}'", intake.mail);
    assert_eq!(site.value(&contacts), "1");
}

#[test]
fn stored_mail_cannot_be_changed_or_removed_by_anybody() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "For ever", "As it was.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    let before = site.rows("SELECT subject, text, sent_at, received_at, message_id FROM crm.mail");
    // As the superuser of the database, and as the daemon's own role.
    for role in ["", "SET ROLE crm_daemon; "] {
        for change in [
            "UPDATE crm.mail SET subject = 'else'",
            "UPDATE crm.mail SET text = ''",
            "UPDATE crm.mail SET sent_at = now()",
            "UPDATE crm.mail_raw SET raw = ''",
            "UPDATE crm.party SET address = 'x@y.test'",
            "DELETE FROM crm.mail",
            "DELETE FROM crm.mail_raw",
            "TRUNCATE crm.mail",
        ] {
            let error = site.try_rows(&format!("{role}{change}"));
            assert!(error.is_err(), "{role}{change} was carried out");
        }
    }
    assert_eq!(site.rows("SELECT subject, text, sent_at, received_at, message_id FROM crm.mail"), before);
}

#[test]
fn source_of_each_mail_is_kept() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "In", "Hello.");
    let incoming = site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    let letter = plain("Ana <ana@crm.test>", EVA, "Out", "Hello.");
    let bcc =
        site.record(&Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test"], letter).login("ana"));
    let forward = site.record(&Mail::new("ana@crm.test", &["log@crm.test"], INLINE_FORWARD).login("ana"));
    for (intake, source, direction) in
        [(incoming, "inbox", "in"), (bcc, "assistant-bcc", "out"), (forward, "assistant-forward", "in")]
    {
        let sql = format!("SELECT source, direction FROM crm.mail WHERE id = '{}'", intake.mail);
        assert_eq!(site.rows(&sql), [[source, direction]]);
    }
}

#[test]
fn mail_among_colleagues_leaves_only_its_intake_line() {
    let site = Site::start();
    let letter = plain("Ana <ana@crm.test>", "Luis <luis@crm.test>", "Lunch", "At two?");
    let intake =
        site.record(&Mail::new("ana@crm.test", &["luis@crm.test", "log@crm.test"], letter).login("ana"));
    assert_eq!((intake.outcome.as_str(), intake.mail.as_str()), ("internal", ""), "{intake:?}");
    assert_eq!(
        site.rows("SELECT count(*) FROM crm.mail UNION ALL SELECT count(*) FROM crm.contact"),
        [["0"], ["0"]]
    );
}
