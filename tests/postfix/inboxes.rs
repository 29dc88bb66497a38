//! Mail to inboxes for leads and tickets: rows W01 W02 W03 W05 W06 S01 S02 S05.

use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::Mail;
use crate::letters::{ENGLISH_FORM, SPANISH_FORM, plain};

const EVA: &str = "Eva Soler <eva@client.test>";

#[test]
fn mail_to_a_leads_inbox_makes_the_contact_and_opens_a_lead() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "Price of the flat", "How much is it?");
    let intake = site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!((intake.outcome.as_str(), intake.door.as_str()), ("recorded", "milter"), "{intake:?}");
    let contacts = site.rows(
        "SELECT c.name, address, login FROM crm.contact c JOIN crm.contact_address a ON a.contact_id = c.id \
         JOIN crm.users u ON u.id = c.owner_id",
    );
    assert_eq!(contacts, [["Eva Soler", "eva@client.test", "ana"]]);
    let leads = "SELECT kind, code, title FROM crm.record";
    assert_eq!(site.rows(leads), [["lead", "LEAD-1", "Price of the flat"]]);
    let links = "SELECT count(contact_id), count(record_id) FROM crm.link";
    assert_eq!(site.rows(links), [["1", "1"]]);
    // The second one finds what the first one made.
    let letter = plain(EVA, "info@crm.test", "And the garage?", "Is it included?");
    let intake = site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    assert_eq!(
        site.rows("SELECT count(*) FROM crm.contact UNION ALL SELECT count(*) FROM crm.record"),
        [["1"], ["1"]]
    );
}

#[test]
fn switched_off_inbox_passes_its_mail_untouched_and_records_nothing() {
    let site = Site::start();
    let letter = plain(EVA, "off@crm.test", "Hello", "Anybody there?");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["off@crm.test"], &letter));
    site.postfix.wait_removed(&queue_id);
    assert_eq!(site.postfix.delivered("off@crm.test")[0].without_trace(), letter.as_bytes());
    // What comes behind it is recorded, so it was not merely late.
    let letter = plain(EVA, "info@crm.test", "Hello info", "Anybody here?");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!(site.rows("SELECT inbox FROM crm.intake"), [["info"]]);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "1");
}

#[test]
fn forms_in_spanish_and_english_become_contact_phone_and_record() {
    let site = Site::start();
    site.crmctl(&[
        "record",
        "add",
        "--kind",
        "property",
        "--code",
        "PROP-9",
        "--title",
        "Flat",
        "--external-reference",
        "REF-77",
    ]);
    let intake = site.record(&Mail::new("web@crm.test", &["info@crm.test"], SPANISH_FORM));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    let intake = site.record(&Mail::new("bounces@forms.test", &["info@crm.test"], ENGLISH_FORM));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    let contacts = site.rows(
        "SELECT name, address, number FROM crm.contact c JOIN crm.contact_address a ON a.contact_id = c.id \
         JOIN crm.contact_phone p ON p.contact_id = c.id ORDER BY c.id",
    );
    assert_eq!(
        contacts,
        [
            ["Lucía Marín", "lucia@cliente.test", "+34600112233"],
            ["John Smith", "john@client.test", "+442079460958"]
        ]
    );
    let linked = "SELECT code FROM crm.link JOIN crm.record ON record.id = record_id ORDER BY code";
    assert_eq!(site.rows(linked), [["LEAD-1"], ["PROP-9"]]);
    let text = site.value("SELECT new_text || text FROM crm.mail ORDER BY id LIMIT 1");
    assert!(text.contains("¿Podría verla esta semana?"), "{text}");
}

#[test]
fn every_message_that_reached_an_inbox_has_its_line_with_outcome_and_reason() {
    let site = Site::start();
    let out_of_office = "From: eva@client.test\nTo: info@crm.test\nSubject: Out of office\nAuto-Submitted: auto-replied\n\
                         Message-ID: <auto@client.test>\n\nI am away.\n";
    let bounce = "From: MAILER-DAEMON@client.test\nTo: info@crm.test\nSubject: Undelivered\nMessage-ID: <dsn@client.test>\n\
                  MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
                  --b\nContent-Type: text/plain\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\n\
                  Reporting-MTA: dns; mx.client.test\n\nFinal-Recipient: rfc822; x@client.test\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
    let cases = [
        ("eva@client.test", plain(EVA, "info@crm.test", "One", "text"), "recorded"),
        ("eva@client.test", out_of_office.to_owned(), "automatic"),
        ("", bounce.to_owned(), "bounce"),
        ("ana@crm.test", plain("Ana <ana@crm.test>", "info@crm.test", "Among us", "text"), "internal"),
    ];
    for (from, letter, outcome) in cases {
        let intake = site.record(&Mail::new(from, &["info@crm.test"], letter));
        assert_eq!(intake.outcome, outcome, "{intake:?}");
        assert!(!intake.reason.is_empty(), "{intake:?}");
    }
    let listed = site.crmctl(&["intake", "list"]);
    for outcome in ["recorded", "automatic", "bounce", "internal"] {
        assert!(listed.contains(outcome), "{outcome} in\n{listed}");
    }
}

#[test]
fn copy_of_the_original_reaches_its_one_address_unchanged() {
    let site = Site::start();
    let letter = plain(EVA, "sales@crm.test", "Offer", "Please send one.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["sales@crm.test"], &letter));
    assert_eq!(site.intakes(&queue_id, 1)[0].outcome, "recorded");
    site.postfix.wait_removed(&queue_id);
    let delivered = site.postfix.delivered("luis@crm.test");
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].without_trace(), letter.as_bytes());
}

#[test]
fn marked_copy_names_the_intake_unless_somebody_else_gets_the_message() {
    let inboxes = INBOXES.replace("copy_to = ", "mark_copy = true\ncopy_to = ");
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    let letter = plain(EVA, "sales@crm.test", "Marked", "Please.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["sales@crm.test"], letter));
    site.postfix.wait_removed(&queue_id);
    site.intakes(&queue_id, 1);
    let text = site.postfix.delivered("luis@crm.test")[0].text();
    assert!(text.contains("\nX-CRM-Intake: "), "{text}");
    let letter = plain(EVA, "ana@crm.test", "Not marked", "Please.");
    let queue_id = site.accept(&Mail::new("eva@client.test", &["ana@crm.test", "sales@crm.test"], &letter));
    site.postfix.wait_removed(&queue_id);
    assert_eq!(site.postfix.delivered("ana@crm.test")[0].without_trace(), letter.as_bytes());
    assert_eq!(site.postfix.delivered("luis@crm.test")[1].without_trace(), letter.as_bytes());
}

#[test]
fn mail_to_a_tickets_inbox_opens_a_ticket_in_its_series_for_its_assignee() {
    let site = Site::start();
    for (subject, number) in [("Cannot log in", 1), ("Still cannot", 2)] {
        let letter = plain(EVA, "support@crm.test", subject, "Help.");
        let intake = site.record(&Mail::new("eva@client.test", &["support@crm.test"], letter));
        assert_eq!(intake.outcome, "recorded", "{intake:?}");
        let ticket = site.rows(&format!(
            "SELECT subject, u.login, c.name, t.inbox, t.code = format('INC-%s-%s', extract(year FROM now()), lpad('{number}', 5, '0')) \
             FROM crm.ticket t JOIN crm.users u ON u.id = t.owner_id JOIN crm.contact c ON c.id = t.contact_id \
             WHERE subject = '{subject}'"
        ));
        assert_eq!(ticket, [[subject, "luis", "Eva Soler", "support", "t"]]);
    }
}

#[test]
fn any_number_of_inboxes_each_with_its_own_name_series_and_assignee() {
    let inboxes = r#"
        [[inbox]]
        key = "faults"
        address = "averias.urgentes@crm.test"
        kind = "tickets"
        name = "Averías"
        reference = "AV"
        assigned_to = "ana"

        [[inbox]]
        key = "billing"
        address = "billing@crm.test"
        kind = "tickets"
        reference = "FAC"
        assigned_to = "luis"
    "#;
    let site = Site::with(&Options { inboxes, ..Options::default() });
    for (to, series, login) in
        [("averias.urgentes@crm.test", "AV", "ana"), ("billing@crm.test", "FAC", "luis")]
    {
        // Two customers: a known one would stay with its owner.
        let customer = format!("{login}s-customer@client.test");
        let letter = plain(&customer, to, series, "Help.");
        site.record(&Mail::new(&customer, &[to], letter));
        let found = format!(
            "SELECT split_part(code, '-', 1), login FROM crm.ticket t JOIN crm.users u ON u.id = t.owner_id WHERE subject = '{series}'"
        );
        assert_eq!(site.rows(&found), [[series, login]]);
    }
}

#[test]
fn address_with_a_code_files_straight_to_the_record() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "First", "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    site.crmctl(&[
        "record",
        "add",
        "--kind",
        "deal",
        "--code",
        "DEAL-7",
        "--title",
        "Roof",
        "--contact",
        "eva@client.test",
    ]);
    let letter = plain(EVA, "info+DEAL-7@crm.test", "About the roof", "It leaks.");
    let intake = site.record(&Mail::new("eva@client.test", &["info+DEAL-7@crm.test"], letter));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    let linked = format!(
        "SELECT code FROM crm.link JOIN crm.record ON record.id = record_id WHERE mail_id = '{}'",
        intake.mail
    );
    assert_eq!(site.rows(&linked), [["DEAL-7"]]);
}
