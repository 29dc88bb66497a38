//! Mail from programs on this host, by sendmail(1): no refusal may ever stop it on its way into the queue,
//! and nobody is a colleague there.

use crate::harness::site::{Intake, Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use std::fs;
use std::time::Duration;

/// Submits, and returns the queue id that the message got.
fn submit(site: &Site, from: &str, to: &[&str], subject: &str) -> String {
    let letter = plain(from, to[1], subject, "Hello.");
    let output = site.postfix.sendmail(from, to, letter.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let id = format!("message-id=<{}@letters.test>", subject.to_lowercase().replace(' ', "-"));
    let line = site.postfix.wait_for_line(&["/cleanup[", &id]);
    line.split(": ").nth(1).expect("the queue id stands before the Message-ID").to_owned()
}

fn come_to(site: &Site, from: &str, inbox: &str, subject: &str) -> Intake {
    let queue_id = submit(site, from, &[inbox, "eva@client.test"], subject);
    site.postfix.wait_removed(&queue_id);
    site.intakes(&queue_id, 1).remove(0)
}

/// Waits for the block: the daemon hears of it within a second.
fn block(site: &Site, address: &str) {
    site.crmctl(&["block", "add", address]);
    let watched = site.scratch.path().join("daemon.log");
    wait::until("the block", &[&watched], Duration::from_secs(10), || {
        let letter = plain(address, "info@crm.test", "By SMTP", "Hello.");
        let sent = site.send(&Mail::new(address, &["info@crm.test"], letter));
        (sent.rcpts[0].code == 550).then_some(())
    });
}

/// The same promises with the milter asked about such mail and without.
fn check(non_smtpd_milters: &str, door: &str) {
    let site = Site::with(&Options { main_cf: non_smtpd_milters, ..Options::default() });
    let intake = come_to(&site, "www@crm.test", "info@crm.test", "A form");
    assert_eq!(intake.door, door, "{intake:?}");
    let intake = come_to(&site, "ana@crm.test", "log@crm.test", "Nobodys colleague");
    assert_eq!((intake.outcome.as_str(), intake.door.as_str()), ("unresolved", door), "{intake:?}");
    block(&site, "pest@spam.test");
    let intake = come_to(&site, "pest@spam.test", "info@crm.test", "Blocked");
    assert_eq!((intake.outcome.as_str(), intake.door.as_str()), ("blocked", door), "{intake:?}");
    // Everybody else got theirs, nothing waits to be submitted again, and nobody was told anything.
    assert_eq!(site.postfix.delivered("eva@client.test").len(), 3);
    let maildrop = site.postfix.config().parent().unwrap().join("queue/maildrop");
    assert_eq!(fs::read_dir(maildrop).unwrap().count(), 0);
    let log = site.postfix.log();
    let log: String = log.lines().filter(|line| !line.contains("/smtpd[")).collect::<Vec<_>>().join("\n");
    for trouble in ["milter-reject", "from=<>", "bounced", "configuration error"] {
        assert!(!log.contains(trouble), "{trouble}:\n{log}");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.intake WHERE user_id IS NOT NULL"), "0");
}

#[test]
fn mail_by_sendmail_is_recorded_and_never_refused() {
    check("non_smtpd_milters = $smtpd_milters\n", "milter");
}

#[test]
fn mail_by_sendmail_that_no_milter_sees_comes_in_by_the_door() {
    check("", "pipe");
}
