//! Blocked people are refused while they are on the line: row W10.

use crate::harness::site::Site;
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use std::time::Duration;

/// Sends until the block is in force: the daemon hears of it from the database, within a second.
fn refused(site: &Site, from: &str) {
    let watched = site.scratch.path().join("daemon.log");
    wait::until("the block", &[&watched], Duration::from_secs(10), || {
        let sent =
            site.send(&Mail::new(from, &["info@crm.test"], plain(from, "info@crm.test", from, "Hello.")));
        (!sent.accepted()).then_some(())
    });
}

#[test]
fn blocked_sender_is_refused_at_rcpt_and_other_recipients_are_unharmed() {
    let mut site = Site::start();
    site.crmctl(&["block", "add", "pest@spam.test", "--reason", "pest"]);
    site.crmctl(&["block", "add", "@bad.test", "--reason", "all of them"]);
    refused(&site, "pest@spam.test");
    for from in ["pest@spam.test", "Pest@SPAM.test", "anybody@bad.test"] {
        let letter = plain(from, "info@crm.test", "Offer", "Buy.");
        let sent = site.send(&Mail::new(from, &["info@crm.test", "luis@crm.test"], &letter));
        assert_eq!((sent.rcpts[0].code, sent.rcpts[1].code), (550, 250), "{sent:?}");
        // Nothing in it tells why.
        assert!(sent.rcpts[0].text.ends_with("5.7.1 Message refused"), "{sent:?}");
        assert!(!sent.rcpts[0].text.contains("5.7.1 5.7.1"), "{sent:?}");
        site.postfix.wait_removed(sent.queue_id());
    }
    assert_eq!(site.postfix.delivered("luis@crm.test").len(), 3);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail WHERE subject = 'Offer'"), "0");
    // From memory and disk, not from the database: it holds right after a start.
    site.stop_daemon();
    site.start_daemon();
    let sent = site.send(&Mail::new("pest@spam.test", &["info@crm.test"], "Subject: again\n\nBuy.\n"));
    assert_eq!(sent.rcpts[0].code, 550, "{sent:?}");
}

#[test]
fn blocked_author_behind_another_envelope_is_refused_at_the_end_of_the_message() {
    let site = Site::start();
    site.crmctl(&["block", "add", "pest@spam.test", "--reason", "pest"]);
    refused(&site, "pest@spam.test");
    let letter = plain("Pest <pest@spam.test>", "info@crm.test", "Hidden", "Buy.");
    let sent = site.send(&Mail::new("x@relay.test", &["info@crm.test"], &letter));
    assert_eq!(sent.data.code, 550, "{sent:?}");
    // With others among the recipients only ours is taken out.
    let sent = site.send(&Mail::new("x@relay.test", &["info@crm.test", "luis@crm.test"], &letter));
    assert!(sent.accepted(), "{sent:?}");
    site.postfix.wait_removed(sent.queue_id());
    assert_eq!(site.postfix.delivered("luis@crm.test")[0].without_trace(), letter.as_bytes());
    assert_eq!(site.value("SELECT count(*) FROM crm.mail WHERE subject = 'Hidden'"), "0");
}

#[test]
fn lifted_block_lets_the_mail_in_again() {
    let site = Site::start();
    site.crmctl(&["block", "add", "eva@client.test"]);
    refused(&site, "eva@client.test");
    site.crmctl(&["block", "remove", "eva@client.test"]);
    let watched = site.scratch.path().join("daemon.log");
    let letter = plain("eva@client.test", "info@crm.test", "Back", "Hello.");
    wait::until("the end of the block", &[&watched], Duration::from_secs(10), || {
        site.send(&Mail::new("eva@client.test", &["info@crm.test"], &letter)).accepted().then_some(())
    });
}
