//! Blocked people are refused while they are on the line: rows W10, W11, X20 and X21.

use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use serde_json::Value;
use std::fs;
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

/// What `crmctl` says when it cannot, with its exit code.
fn fails(site: &Site, words: &[&str]) -> (i32, String) {
    let output = site.try_crmctl(words);
    assert!(!output.status.success(), "{words:?}");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn refusal_is_the_same_for_every_kind_of_block_for_contacts_and_strangers() {
    let site = Site::start();
    let letter = |from: &str| plain(from, "info@crm.test", &format!("From {from}"), "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter("eva@client.test")));
    site.crmctl(&["block", "add", "--contact", "eva@client.test", "--reason", "rude"]);
    site.crmctl(&["block", "add", "pest@spam.test"]);
    site.crmctl(&["block", "add", "@bad.test"]);
    site.crmctl(&["block", "add", "@worse.test", "--subdomains", "--scope", "all"]);
    site.value(
        "INSERT INTO crm.block (id, kind, keyed_hash, created_by)
         VALUES (gen_random_uuid(), 'hash', crm.block_key('erased@old.test'), 'ana') RETURNING kind",
    );
    // An address that the blocked contact has only now.
    site.value(
        "INSERT INTO crm.contact_address (contact_id, address, shown)
         SELECT contact_id, 'eva@home.test', 'eva@home.test' FROM crm.contact_address RETURNING address",
    );
    let blocked = [
        "eva@client.test",
        "eva@home.test",
        "pest@spam.test",
        "x@bad.test",
        "x@a.worse.test",
        "erased@old.test",
    ];
    let mut at_rcpt = Vec::new();
    let mut at_end = Vec::new();
    for from in blocked {
        refused(&site, from);
        let sent = site.send(&Mail::new(from, &["info@crm.test"], letter(from)));
        at_rcpt.push(format!("{:?}", sent.rcpts[0]));
        let sent = site.send(&Mail::new("bounce@relay.test", &["info@crm.test"], letter(from)));
        at_end.push(format!("{:?}", sent.data));
    }
    at_rcpt.dedup();
    at_end.dedup();
    assert!(at_rcpt.len() == 1 && at_rcpt[0].contains("550"), "{at_rcpt:?}");
    assert!(at_end.len() == 1 && at_end[0].contains("550"), "{at_end:?}");
    let sent = site.send(&Mail::new("x@a.bad.test", &["info@crm.test"], letter("x@a.bad.test")));
    assert!(sent.accepted(), "a domain is not what lies below it: {sent:?}");
}

#[test]
fn block_for_everybody_refuses_mail_to_colleagues_too_and_never_to_postmaster() {
    let options = Options { aliases: &[("postmaster@crm.test", "luis@crm.test")], ..Options::default() };
    let site = Site::with(&options);
    site.crmctl(&["block", "add", "pest@spam.test", "--scope", "all"]);
    refused(&site, "pest@spam.test");
    let letter = plain("pest@spam.test", "luis@crm.test", "Offer", "Buy.");
    let sent = site.send(&Mail::new("pest@spam.test", &["luis@crm.test"], &letter));
    assert_eq!(sent.rcpts[0].code, 550, "{sent:?}");
    let sent = site.send(&Mail::new("x@relay.test", &["luis@crm.test"], &letter));
    assert_eq!(sent.data.code, 550, "{sent:?}");
    let sent = site.send(&Mail::new("pest@spam.test", &["postmaster@crm.test"], &letter));
    assert_eq!(sent.rcpts[0].code, 250, "{sent:?}");
}

#[test]
fn start_without_database_refuses_from_the_first_connection() {
    let mut site = Site::start();
    site.crmctl(&["block", "add", "pest@spam.test"]);
    refused(&site, "pest@spam.test");
    site.stop_daemon();
    // A database that this program cannot start.
    let version = site.scratch.path().join("database/cluster/data/PG_VERSION");
    let right = fs::read(&version).unwrap();
    fs::write(&version, "9\n").unwrap();
    site.start_daemon_alone();
    let sent = site.send(&Mail::new("pest@spam.test", &["info@crm.test"], "Subject: x\n\nBuy.\n"));
    assert_eq!(sent.rcpts[0].code, 550, "{sent:?}");
    assert!(!site.try_crmctl(&["block", "list"]).status.success(), "there is no database");
    fs::write(&version, right).unwrap();
    site.daemon().wait_database();
    site.crmctl(&["block", "remove", "pest@spam.test"]);
    // A kept list that was changed is refused with a warning; the database has the word.
    site.stop_daemon();
    let kept = site.scratch.path().join("spool/blocks");
    let mut damaged = fs::read(&kept).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&kept, damaged).unwrap();
    site.start_daemon();
    assert!(site.daemon().log().contains("damaged; empty until the database answers"));
}

#[test]
fn block_why_says_who_blocked_when_why_and_what_it_does() {
    let site = Site::start();
    let letter = plain("Eva Ruiz <eva@client.test>", "info@crm.test", "Hello", "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert_eq!(site.crmctl(&["block", "why", "eva@client.test"]), "eva@client.test: nothing blocks it\n");
    site.crmctl(&["block", "add", "Eva@Client.test", "--reason", "rude"]);
    site.crmctl(&["block", "add", "@test", "--subdomains", "--scope", "all", "--reason", "all of them"]);
    site.crmctl(&["block", "add", "--contact", "eva@client.test"]);
    let said = site.crmctl(&["block", "why", "eva+x@client.test"]);
    for part in [
        "eva+x@client.test: refused for everybody\n",
        "the domain test is blocked with all below it for everybody, by root at 2",
        "the address eva@client.test is blocked at the inboxes, by root at 2",
        ": rude\n",
        "the contact Eva Ruiz (",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let json: Value =
        serde_json::from_str(&site.crmctl(&["--json", "block", "why", "eva@client.test"])).unwrap();
    assert_eq!((&json["refused"], &json["blocks"][0]["kind"]), (&"all".into(), &"subdomains".into()));
    assert_eq!(json["blocks"].as_array().unwrap().len(), 3);
    // The log has the same block, under the queue id or NOQUEUE and the session.
    refused(&site, "eva@client.test");
    let log = site.daemon().log();
    let line = log.lines().find(|line| line.contains("refused: RCPT") && line.contains("eva@client.test"));
    let line = line.expect("a line for the refusal");
    assert!(line.contains("block=") && line.contains("scope=all") && line.contains("session="), "{line}");
    // Removed is what was named; what still stands is told.
    let said = site.crmctl(&["block", "remove", "eva@client.test"]);
    assert!(said.contains("its own block is gone, but the domain test is blocked"), "{said}");
    let (code, said) = fails(&site, &["block", "remove", "eva@client.test"]);
    assert!(code == 65 && said.contains("has no block of its own: the domain test"), "{said}");
    site.crmctl(&["block", "remove", "@test"]);
    site.crmctl(&["block", "remove", "--contact", "eva@client.test"]);
    assert_eq!(site.crmctl(&["block", "why", "eva@client.test"]), "eva@client.test: nothing blocks it\n");
    assert_eq!(site.crmctl(&["block", "list"]), "(none)\n");
    let history = site.crmctl(&["block", "list", "--all"]);
    assert!(history.contains("Eva Ruiz") && history.contains("rude"), "{history}");
}

#[test]
fn our_own_people_and_postmasters_cannot_be_blocked() {
    let site = Site::start();
    site.crmctl(&["user", "add", "ada", "--address", "ada@home.test"]);
    for (who, why) in [
        ("eva@crm.test", "your own domain"),
        ("@crm.test", "your own domain"),
        ("Ada@home.test", "colleague ada"),
        ("@home.test", "colleague ada"),
        ("postmaster@x.test", "complaints about mail"),
        ("abuse@x.test", "complaints about mail"),
        ("nonsense", "neither an address"),
        ("@", "neither an address"),
    ] {
        let (code, said) = fails(&site, &["block", "add", who]);
        assert!(code == 65 && said.contains(why), "{who}: {code} {said}");
    }
    let (code, said) = fails(&site, &["block", "add", "@test", "--subdomains"]);
    assert!(code == 65 && said.contains("colleague ada"), "{said}");
    assert_eq!(fails(&site, &["block", "add"]).0, 64);
    assert_eq!(fails(&site, &["block", "add", "--contact", "nobody@x.test"]).0, 66);
    assert_eq!(fails(&site, &["block", "add", "x@x.test", "--subdomains"]).0, 65);
    site.crmctl(&["block", "add", "x@x.test"]);
    let (code, said) = fails(&site, &["block", "add", "x@x.test", "--scope", "all"]);
    assert!(code == 65 && said.contains("is blocked already"), "{said}");
    let said = site.crmctl(&["block", "why", "luis@crm.test"]);
    assert_eq!(said, "luis@crm.test: never refused: it is of your own domain\n");
}
