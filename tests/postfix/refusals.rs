//! What is refused on the line besides the blocked, and what never is: rows X01 S05 W12.

use crate::harness::postfix::Submission;
use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::{Client, Mail, Sent};
use crate::harness::wait;
use crate::letters::plain;
use std::time::Duration;

const EVA: &str = "Eva Soler <eva@client.test>";
const ANA: &str = "Ana Torres <ana@crm.test>";
const OUTSIDER: &str = "5.7.1 Only for colleagues who have logged in";

fn codes(sent: &Sent) -> Vec<u16> {
    sent.rcpts.iter().map(|reply| reply.code).collect()
}

fn count(site: &Site, table: &str) -> String {
    site.value(&format!("SELECT count(*) FROM crm.{table}"))
}

#[test]
fn outsider_is_refused_at_the_assistant_and_the_others_get_their_mail() {
    let site = Site::start();
    let to = ["luis@crm.test", "log@crm.test", "info@crm.test", "Log+DEAL-1@CRM.test"];
    let letter = plain(EVA, "luis@crm.test", "To all of them", "Hello.");
    let sent = site.send(&Mail::new("eva@client.test", &to, &letter));
    assert_eq!(codes(&sent), [250, 550, 250, 550], "{sent:?}");
    assert_eq!((sent.rcpts[1].text.as_str(), sent.rcpts[3].text.as_str()), (OUTSIDER, OUTSIDER));
    let intake = site.intakes(sent.queue_id(), 1).remove(0);
    assert_eq!((intake.inbox.as_str(), intake.outcome.as_str()), ("info", "recorded"), "{intake:?}");
    site.postfix.wait_removed(sent.queue_id());
    assert_eq!(site.postfix.delivered("luis@crm.test")[0].without_trace(), letter.as_bytes());
    // A colleague's name on the envelope changes nothing, nor does a login that is nobody's.
    let sent = site.send(&Mail::new("ana@crm.test", &["log@crm.test"], &letter));
    assert_eq!(codes(&sent), [550], "{sent:?}");
    let sent = site.send(&Mail::new("ana@crm.test", &["log@crm.test"], &letter).login("guest"));
    assert_eq!(codes(&sent), [550], "{sent:?}");
    site.wait_spool_empty();
    assert_eq!(count(&site, "intake WHERE inbox = 'log'"), "0");
}

#[test]
fn probes_of_other_servers_are_answered_yes_and_what_they_bring_is_not_filed() {
    let site = Site::start();
    for sender in ["", "double-bounce@mx.client.test"] {
        let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
        assert_eq!(client.command(&format!("MAIL FROM:<{sender}>")).code, 250);
        assert_eq!(client.command("RCPT TO:<log@crm.test>").code, 250, "{sender}");
        assert_eq!(client.command("QUIT").code, 221);
    }
    let letter = plain(ANA, "eva@client.test", "Null", "Text.");
    let sent = site.send(&Mail::new("", &["log@crm.test"], &letter));
    assert_eq!((sent.data.code, sent.data.text.as_str()), (550, OUTSIDER), "{sent:?}");
    // With another inbox beside the assistant it goes on, and nobody's authority is in it.
    let sent = site.send(&Mail::new("", &["log@crm.test", "luis@crm.test"], &letter));
    let intake = site.intakes(sent.queue_id(), 1).remove(0);
    assert_ne!(intake.outcome, "recorded", "{intake:?}");
    assert_eq!(count(&site, "contact"), "0");
}

#[test]
fn without_the_list_of_users_nobody_is_refused_for_not_being_one() {
    let mut site = Site::start();
    site.stop_daemon();
    let letter = plain(ANA, "eva@client.test", "While it is down", "Text.");
    let sent = site.send(&Mail::new("ana@crm.test", &["log@crm.test"], &letter));
    assert!(sent.accepted(), "{sent:?}");
    let mine =
        site.send(&Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test"], &letter).login("ana"));
    assert!(mine.accepted(), "{mine:?}");
    site.start_daemon();
    site.postfix.flush();
    // By the door: the stranger's is listed, the colleague's is filed.
    let intake = site.intakes(sent.queue_id(), 1).remove(0);
    assert_eq!((intake.outcome.as_str(), intake.door.as_str()), ("unresolved", "pipe"), "{intake:?}");
    let intake = site.intakes(mine.queue_id(), 1).remove(0);
    assert_eq!((intake.outcome.as_str(), intake.door.as_str()), ("recorded", "pipe"), "{intake:?}");
}

const STRICT: &str = r#"
[[inbox]]
key = "strict"
address = "strict@crm.test"
kind = "assistant"
unknown_code = "refuse"

[[inbox]]
key = "desk"
address = "desk@crm.test"
kind = "leads"
unknown_code = "refuse"
"#;

fn deal(site: &Site, code: &str) {
    let words =
        ["record", "add", "--kind", "deal", "--code", code, "--title", code, "--contact", "eva@client.test"];
    site.crmctl(&words);
}

/// Sends until the answer to its only recipient is this: the daemon hears of changes within a second.
fn until_answered(site: &Site, mail: &Mail<'_>, code: u16) -> Sent {
    let log = site.scratch.path().join("daemon.log");
    wait::until(&format!("{code} for {:?}", mail.to), &[&log], Duration::from_secs(10), || {
        let sent = site.send(mail);
        (sent.rcpts[0].code == code).then_some(sent)
    })
}

#[test]
fn unknown_code_is_refused_to_colleagues_with_the_reason_and_tells_strangers_nothing() {
    let site = Site::with(&Options { inboxes: &format!("{INBOXES}{STRICT}"), ..Options::default() });
    let letter = plain(EVA, "info@crm.test", "First", "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    deal(&site, "DEAL-1");
    let mail = |to: &'static str, subject: &str| {
        Mail::new("ana@crm.test", &[to], plain(ANA, "eva@client.test", subject, "Text.")).login("ana")
    };
    until_answered(&site, &mail("strict+DEAL-1@crm.test", "Known"), 250);
    let sent = site.send(&mail("strict+DEAL-9@crm.test", "Wrong"));
    assert_eq!(sent.rcpts[0].text, "5.1.1 No record has the code DEAL-9");
    for (to, code) in [
        ("strict+DEAL-1@crm.test", 250),
        ("Strict+deal-1@crm.test", 250),
        ("strict@crm.test", 250),
        ("desk+DEAL-9@crm.test", 550),
        ("desk+LEAD-1@crm.test", 250),
        // Where nothing else is configured it is taken, and the colleague is told.
        ("log+DEAL-9@crm.test", 250),
    ] {
        let sent = site.send(&mail(to, to));
        assert_eq!(codes(&sent), [code], "{to}: {sent:?}");
    }
    // Strangers hear the same for every code, right or wrong.
    let stranger =
        |to: &'static str| site.send(&Mail::new("eva@client.test", &[to], plain(EVA, to, to, "Hi.")));
    for to in ["desk+DEAL-1@crm.test", "desk+DEAL-9@crm.test", "desk+x@crm.test"] {
        assert_eq!(codes(&stranger(to)), [250], "{to}");
    }
    for to in ["strict+DEAL-1@crm.test", "strict+DEAL-9@crm.test"] {
        let sent = stranger(to);
        assert_eq!((sent.rcpts[0].code, sent.rcpts[0].text.as_str()), (550, OUTSIDER), "{to}");
    }
    // What named it while there was none is worked off before there is one.
    site.wait_spool_empty();
    // A record that is made is known within a second.
    deal(&site, "DEAL-9");
    until_answered(&site, &mail("strict+DEAL-9@crm.test", "Right now"), 250);
    site.wait_spool_empty();
    let told = site.rows("SELECT text FROM crm.notification WHERE kind = 'unresolved'");
    assert!(told.iter().any(|row| row[0].contains("has the code DEAL-9")), "{told:?}");
}

#[test]
fn unknown_code_by_sendmail_is_taken() {
    let site = Site::with(&Options {
        inboxes: &format!("{INBOXES}{STRICT}"),
        main_cf: "non_smtpd_milters = $smtpd_milters\n",
        ..Options::default()
    });
    let letter = plain(ANA, "eva@client.test", "Local", "Text.");
    let output = site.postfix.sendmail("ana@crm.test", &["strict+DEAL-9@crm.test"], letter.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let line = site.postfix.wait_for_line(&["/cleanup[", "message-id=<local@letters.test>"]);
    let intake = site.intakes(line.split(": ").nth(1).unwrap(), 1).remove(0);
    assert_eq!(intake.outcome, "unresolved", "{intake:?}");
}

/// Somebody whose mail is blocked.
fn block(site: &Site, address: &'static str) {
    site.crmctl(&["block", "add", address]);
    let letter = plain(address, "info@crm.test", "Blocked yet", "Hello.");
    until_answered(site, &Mail::new(address, &["info@crm.test"], letter), 550);
}

fn writing(outgoing: &str) -> Site {
    let inboxes = format!("{INBOXES}\n[block]\noutgoing = \"{outgoing}\"\n");
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    block(&site, "pest@spam.test");
    site
}

fn to_pest(sender: &'static str) -> Mail<'static> {
    let letter = plain(ANA, "pest@spam.test, eva@client.test", "To a pest", "Text.");
    let mut mail = Mail::new(sender, &["pest@spam.test", "eva@client.test"], letter);
    mail.client = None;
    mail
}

#[test]
fn colleagues_mail_to_a_blocked_address_is_refused_for_that_recipient_only() {
    let site = writing("refuse");
    let sent = site.send(&to_pest("ana@crm.test").login("ana"));
    assert_eq!(codes(&sent), [550, 250], "{sent:?}");
    assert_eq!(sent.rcpts[0].text, "5.7.1 Your company has blocked this address");
    site.postfix.wait_removed(sent.queue_id());
    assert_eq!(site.postfix.delivered("eva@client.test").len(), 1);
    // Who is no colleague is not told who is blocked.
    let sent = site.send(&to_pest("ana@crm.test"));
    assert_eq!(codes(&sent), [250, 250], "{sent:?}");
    let sent = site.send(&to_pest("ana@crm.test").login("guest"));
    assert_eq!(codes(&sent), [250, 250], "{sent:?}");
}

#[test]
fn colleagues_mail_to_a_blocked_address_goes_out_and_the_colleague_is_told() {
    let site = writing("notify");
    let sent = site.send(&to_pest("ana@crm.test").login("ana"));
    assert_eq!(codes(&sent), [250, 250], "{sent:?}");
    site.postfix.wait_removed(sent.queue_id());
    assert_eq!(site.postfix.delivered("pest@spam.test").len(), 1);
    site.wait_spool_empty();
    let told = site
        .rows("SELECT u.login, n.kind, n.text FROM crm.notification n JOIN crm.users u ON u.id = n.user_id");
    assert_eq!((told.len(), told[0][0].as_str(), told[0][1].as_str()), (1, "ana", "unwanted"), "{told:?}");
    let text = &told[0][2];
    assert!(text.contains("went out to pest@spam.test, but that address is blocked in the CRM"), "{text}");
    assert!(!text.contains("without a subject"), "{text}");
    // It is no mail of an inbox: nothing else is kept of it.
    assert_eq!(count(&site, "mail WHERE subject = 'To a pest'"), "0");
    assert_eq!(count(&site, "intake WHERE subject = 'To a pest'"), "0");
}

#[test]
fn submission_service_refuses_as_the_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let authority = crate::harness::tls::Authority::new(folder.path().join("ca"), "CA");
    let submission = Submission {
        logins: vec![("ana".into(), "secret".into()), ("guest".into(), "secret".into())],
        certificate: authority.issue("server", "mx.crm.test"),
        authority: authority.certificate(),
    };
    let inboxes = format!("{INBOXES}{STRICT}\n[block]\noutgoing = \"refuse\"\n");
    let site = Site::with(&Options { inboxes: &inboxes, submission: Some(submission), ..Options::default() });
    block(&site, "pest@spam.test");
    let to = ["pest@spam.test", "strict+DEAL-9@crm.test", "log@crm.test", "eva@client.test"];
    for (login, expected) in [("ana", [550, 550, 250, 250]), ("guest", [250, 550, 550, 250])] {
        let mut client = Client::connect(site.postfix.submission);
        assert_eq!(client.auth_plain(login, "secret").code, 235);
        let letter = plain(ANA, "eva@client.test", &format!("By {login}"), "Text.");
        let sent = client.send("ana@crm.test", &to, letter.as_bytes());
        assert_eq!(codes(&sent), expected, "{login}: {sent:?}");
        assert!(sent.data.good(), "{login}: {sent:?}");
    }
}
