//! An erased person at the line: row W11.

use crate::harness::site::Site;
use crate::harness::smtp::Mail;
use crate::letters::plain;

#[test]
fn mail_of_an_erased_blocked_person_is_refused_on_the_line_and_stays_refused() {
    let mut site = Site::start();
    let letter = |from: &str, subject: &str| {
        plain(&format!("Rosa Marin <{from}>"), "info@crm.test", subject, "secreto")
    };
    for (from, subject) in [("rosa@client.test", "first"), ("other@client.test", "other")] {
        site.record(&Mail::new(from, &["info@crm.test"], letter(from, subject)));
    }
    site.crmctl(&["block", "add", "--contact", "rosa@client.test", "--reason", "secreto"]);
    let log = site.scratch.path().join("daemon.log");
    let refused = |site: &Site, what: &str| {
        crate::harness::wait::until(what, &[&log], std::time::Duration::from_secs(10), || {
            let mail = Mail::new("rosa@client.test", &["info@crm.test"], "Subject: again\n\nsecreto\n");
            (site.send(&mail).rcpts[0].code == 550).then_some(())
        });
    };
    refused(&site, "the block");
    let output = site.try_crmctl(&["privacy", "erase", "rosa@client.test", "--yes"]);
    assert_eq!(output.status.code(), Some(77), "not without a name");
    site.crmctl(&["--as", "ana", "privacy", "erase", "rosa@client.test", "--yes"]);
    let left = "SELECT count(*) FROM crm.party WHERE canonical = 'rosa@client.test'";
    assert_eq!(site.value(left), "0");
    assert_eq!(
        site.value("SELECT count(*) FROM crm.block WHERE kind = 'contact' AND removed_at IS NULL"),
        "0"
    );
    // By envelope, and by author behind another envelope.
    refused(&site, "the hash");
    let sent =
        site.send(&Mail::new("x@relay.test", &["info@crm.test"], letter("rosa@client.test", "hidden")));
    assert_eq!(sent.data.code, 550, "{sent:?}");
    let sent =
        site.send(&Mail::new("rosa+casa@client.test", &["info@crm.test"], "Subject: detail\n\nsecreto\n"));
    assert_eq!(sent.rcpts[0].code, 550, "{sent:?}");
    // Others of that domain come through, and a start loads the hash again.
    assert!(
        site.send(&Mail::new("eva@client.test", &["info@crm.test"], letter("eva@client.test", "fine")))
            .accepted()
    );
    site.stop_daemon();
    site.start_daemon();
    let sent =
        site.send(&Mail::new("rosa@client.test", &["info@crm.test"], "Subject: after a start\n\nsecreto\n"));
    assert_eq!(sent.rcpts[0].code, 550, "{sent:?}");
    assert_eq!(site.value("SELECT count(*) FROM crm.mail WHERE subject = 'again'"), "0");
    let person = "SELECT count(*) FROM crm.contact_address WHERE address = 'rosa@client.test'";
    assert_eq!(site.value(person), "0");
}
