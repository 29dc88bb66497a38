//! Mail that a filter before us has marked, blocked mail that comes through the door, and what users are told:
//! rows B03 S05 W10 W12.

use crate::harness::milter::{Milter, Verdict};
use crate::harness::site::{INBOXES, Intake, Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use crm_milter::spool::proven::Proven;
use serde_json::Value;
use std::process::Output;
use std::time::Duration;

const EVA: &str = "Eva Soler <eva@client.test>";
const WRITTEN: &str = "SELECT (SELECT count(*) FROM crm.mail), (SELECT count(*) FROM crm.contact), \
    (SELECT count(*) FROM crm.record), (SELECT count(*) FROM crm.ticket), (SELECT count(*) FROM crm.link), \
    (SELECT count(*) FROM crm.notification)";

/// A company whose filter does what `expect` tells it.
fn filtered() -> (Milter, Site) {
    let filter = Milter::start();
    let site = Site::with(&Options { milters_before: &[filter.endpoint()], ..Options::default() });
    (filter, site)
}

fn on_top(name: &str, value: &str) -> Verdict {
    Verdict::Prepend(vec![(name.into(), value.into())])
}

fn to_info(site: &Site, subject: &str, header: &str) -> Intake {
    let letter = plain(EVA, "info@crm.test", subject, "Buy.");
    let letter = letter.replacen("MIME-Version", &format!("{header}MIME-Version"), 1);
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter))
}

/// The id of that inbox's line, as a person reads it in the list.
fn listed(site: &Site, inbox: &str) -> String {
    let list: Value = serde_json::from_str(&site.crmctl(&[
        "--json",
        "intake",
        "list",
        "--outcome",
        "spam",
        "--inbox",
        inbox,
    ]))
    .unwrap();
    let id = list[0]["id"].as_str().unwrap().to_owned();
    assert!(site.crmctl(&["intake", "list", "--outcome", "spam"]).contains(&id));
    id
}

fn refused(output: &Output, code: i32, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(why), "{said}");
}

#[test]
fn marked_mail_is_listed_as_spam_and_nothing_else_comes_of_it_until_it_is_released() {
    let (filter, site) = filtered();
    filter.expect(&[on_top("X-Spam-Status", "Yes, score=9.1 required=5.0"), on_top("X-Spam-Flag", "YES")]);
    let letter = plain(EVA, "info@crm.test", "Best price", "Buy now.");
    let mail = Mail::new("eva@client.test", &["info@crm.test", "support@crm.test"], letter);
    let queue_id = site.accept(&mail);
    let lines = site.intakes(&queue_id, 2);
    for line in &lines {
        assert_eq!(line.outcome, "spam", "{line:?}");
        let why = "marked as spam by the field X-Spam-Status: Yes, score=9.1 required=5.0";
        assert_eq!(line.reason, why);
    }
    assert_eq!(site.rows(WRITTEN), [["1", "0", "0", "0", "0", "0"]]);
    assert!(site.crmctl(&["mail", "show", &lines[0].mail]).contains("Buy now."));
    // The same again adds a line and nothing else.
    assert!(site.intakes(&site.accept(&mail), 2).iter().all(|line| line.outcome == "duplicate"));

    let id = listed(&site, "info");
    let said = site.crmctl(&["intake", "release", &id]);
    assert!(said.starts_with("recorded: released by root: new contact Eva Soler, lead opened"), "{said}");
    assert_eq!(site.rows(WRITTEN), [["1", "1", "1", "0", "2", "1"]]);
    let stands = format!("SELECT DISTINCT mail_id FROM crm.link WHERE mail_id = '{}'", lines[0].mail);
    assert_eq!(site.rows(&stands), [[lines[0].mail.as_str()]]);
    let line =
        format!("SELECT outcome, resolved_at IS NOT NULL, resolution FROM crm.intake WHERE id = '{id}'");
    let line = site.rows(&line).remove(0);
    assert_eq!((line[0].as_str(), line[1].as_str()), ("spam", "t"), "{line:?}");
    assert!(line[2].starts_with("released by root on "), "{line:?}");
    assert!(site.crmctl(&["intake", "list"]).contains(&format!("; {}", line[2])));

    refused(&site.try_crmctl(&["intake", "release", &id]), 65, "it was released by root on ");
    let recorded = site.value("SELECT id FROM crm.intake WHERE outcome = 'recorded'");
    refused(&site.try_crmctl(&["intake", "release", &recorded]), 65, "it is no spam but `recorded`");
    refused(&site.try_crmctl(&["intake", "release", &lines[0].mail]), 66, "no line of intake");
    // The other inbox has its own line, and its own decision.
    let said = site.crmctl(&["intake", "release", &listed(&site, "support")]);
    assert!(said.starts_with("recorded: released by root: "), "{said}");
    assert_eq!(site.rows(WRITTEN)[0][..4], ["1", "1", "1", "1"]);
}

#[test]
fn release_that_was_cut_short_can_be_repeated_and_files_nothing_twice() {
    let (filter, site) = filtered();
    filter.expect(&[on_top("X-Spam-Flag", "YES")]);
    to_info(&site, "Twice", "");
    let id = listed(&site, "info");
    site.crmctl(&["intake", "release", &id]);
    // As after a crash between the spool and the line.
    site.try_rows(&format!(
        "UPDATE crm.intake SET resolved_at = NULL, resolution = NULL WHERE id = '{id}' RETURNING id"
    ))
    .unwrap();
    let said = site.crmctl(&["intake", "release", &id]);
    assert!(said.starts_with("duplicate: released by root: "), "{said}");
    assert_eq!(site.rows(WRITTEN), [["1", "1", "1", "0", "2", "1"]]);
}

#[test]
fn mark_that_anybody_could_have_written_counts_only_once_a_probe_has_shown_that_it_is_stripped() {
    let (filter, mut site) = filtered();
    for (number, forged) in ["X-Spam-Flag: YES\n", "X-Spam: Yes\n", "X-Spam-Status: Yes\n"].iter().enumerate()
    {
        let line = to_info(&site, &format!("Forged {number}"), forged);
        assert_eq!(line.outcome, "recorded", "{line:?}");
    }
    let appended = || Verdict::Append("X-Spam".into(), "Yes".into());
    filter.expect(&[appended()]);
    assert_eq!(to_info(&site, "Appended", "").outcome, "recorded");
    site.stop_daemon();
    let proven = Proven { markers: vec!["x-spam".into()], ..Proven::default() };
    proven.write(&site.scratch.path().join("spool")).unwrap();
    site.start_daemon();
    filter.expect(&[appended()]);
    let line = to_info(&site, "Appended and believed", "");
    assert_eq!(
        (line.outcome.as_str(), line.reason.as_str()),
        ("spam", "marked as spam by the field X-Spam: Yes")
    );
    let line = to_info(&site, "Another field", "X-Spam-Flag: YES\n");
    assert_eq!(line.outcome, "recorded", "of that one nothing was shown: {line:?}");
}

#[test]
fn colleagues_own_mail_is_never_spam_and_a_company_chooses_its_markers() {
    let filter = Milter::start();
    let inboxes = format!("[spam]\nmarkers = [{{ field = \"X-Our-Filter\", value = \"junk\" }}]\n{INBOXES}");
    let options = Options { milters_before: &[filter.endpoint()], inboxes: &inboxes, ..Options::default() };
    let site = Site::with(&options);
    filter.expect(&[on_top("X-Our-Filter", "Junk; 7")]);
    let letter = plain("Ana <ana@crm.test>", EVA, "Offer", "Here.");
    let mail = Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test"], letter).login("ana");
    assert_eq!(site.record(&mail).outcome, "recorded");
    filter.expect(&[on_top("X-Our-Filter", "Junk; 7"), on_top("X-Spam-Flag", "YES")]);
    assert_eq!(to_info(&site, "Ours", "").outcome, "spam");
    assert_eq!(to_info(&site, "Not ours", "").outcome, "recorded");
}

/// Waits until the daemon has that many blocks.
fn wait_blocks(site: &Site, count: usize) {
    let watched = site.scratch.path().join("daemon.log");
    wait::until("the blocks", &[&watched], Duration::from_secs(10), || {
        site.daemon().log().contains(&format!("{count} blocks in force")).then_some(())
    });
}

#[test]
fn blocked_mail_that_comes_through_the_door_is_listed_and_nothing_comes_of_it() {
    let mut site = Site::start();
    to_info(&site, "First", "");
    site.crmctl(&["block", "add", "pest@spam.test"]);
    site.crmctl(&["block", "add", "@bad.test"]);
    site.crmctl(&["block", "add", "@worse.test", "--subdomains"]);
    site.crmctl(&["block", "add", "--contact", "eva@client.test"]);
    wait_blocks(&site, 4);
    site.stop_daemon();
    // Envelope sender, author, outcome.
    let cases = [
        ("pest@spam.test", "Pest <pest@spam.test>", "blocked"),
        ("bounce-17@relay.test", "Pest <Pest+x@SPAM.test>", "blocked"),
        ("pest@spam.test", "Somebody <somebody@fine.test>", "blocked"),
        ("any@bad.test", "Any <any@bad.test>", "blocked"),
        ("any@sub.bad.test", "Any <any@sub.bad.test>", "recorded"),
        ("any@deep.sub.worse.test", "Any <any@deep.sub.worse.test>", "blocked"),
        ("eva@client.test", EVA, "blocked"),
    ];
    let sent: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(number, (from, author, _))| {
            let letter = plain(author, "info@crm.test", &format!("Blocked {number}"), "Buy.");
            site.accept(&Mail::new(from, &["info@crm.test"], letter))
        })
        .collect();
    // A colleague hands on what a blocked author wrote: that is the colleague's mail.
    let letter = plain("Pest <pest@spam.test>", "ana@crm.test", "Handed on", "Buy.");
    let handed_on = site.accept(&Mail::new("ana@crm.test", &["log@crm.test"], letter).login("ana"));
    // By sendmail(1), where nobody can be refused.
    let letter = plain("Pest <pest@spam.test>", "info@crm.test", "By a program", "Buy.");
    assert!(site.postfix.sendmail("www@crm.test", &["info@crm.test"], letter.as_bytes()).status.success());
    site.start_daemon();
    for (queue_id, (from, author, outcome)) in sent.iter().zip(&cases) {
        let line = site.intakes(queue_id, 1).remove(0);
        assert_eq!(
            (line.outcome.as_str(), line.door.as_str()),
            (*outcome, "pipe"),
            "{from} {author} {line:?}"
        );
        assert_eq!(line.mail.is_empty(), *outcome == "blocked", "{line:?}");
    }
    let line = site.intakes(&handed_on, 1).remove(0);
    assert_eq!(line.cause, "excluded-address", "stored, and the blocked author is made no contact: {line:?}");
    wait::until("the program's mail", &[&site.spool()], Duration::from_secs(30), || {
        let sql = "SELECT outcome FROM crm.intake WHERE subject = 'By a program'";
        (site.value(sql) == "blocked").then_some(())
    });
    let mails = site.rows("SELECT subject FROM crm.mail ORDER BY 1");
    assert_eq!(mails, [["Blocked 4"], ["First"], ["Handed on"]]);
    let written = site.rows(WRITTEN).remove(0);
    assert_eq!(
        (written[1].as_str(), written[2].as_str()),
        ("2", "2"),
        "nobody but the customers of two: {written:?}"
    );
    assert_eq!(site.value("SELECT count(*) FROM crm.notification WHERE mail_id IS NULL"), "0");
    let blocked = site.value("SELECT id FROM crm.intake WHERE outcome = 'blocked' LIMIT 1");
    refused(&site.try_crmctl(&["intake", "release", &blocked]), 65, "`crmctl block remove`");
}

/// What that user has not seen yet, the newest first.
fn news(site: &Site, login: &str) -> Vec<Value> {
    serde_json::from_str(&site.crmctl(&["--json", "notification", "list", "--user", login])).unwrap()
}

fn text(news: &Value) -> &str {
    news["text"].as_str().unwrap()
}

#[test]
fn colleague_is_told_of_a_code_that_is_none_and_of_a_recipient_who_wants_no_mail() {
    let inboxes = format!("[block]\noutgoing = \"notify\"\n{INBOXES}");
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    let letter = |subject: &str| plain("Luis <luis@crm.test>", EVA, subject, "Here.");
    let file = |subject: &str, assistant: &str| {
        let mail = Mail::new("luis@crm.test", &["eva@client.test", assistant], letter(subject));
        site.record(&mail.login("luis"))
    };
    let line = file("Missing record", "log+DEAL-77@crm.test");
    assert_eq!((line.outcome.as_str(), line.cause.as_str()), ("unresolved", "unknown-code"), "{line:?}");
    assert!(line.reason.ends_with("; done already: new contact Eva Soler, lead opened"), "{line:?}");
    let told = news(&site, "luis").remove(0);
    assert_eq!((told["kind"].as_str(), told["mail_id"].as_str()), (Some("unresolved"), Some(&*line.mail)));
    for words in [
        "“Missing record” to log+DEAL-77@crm.test",
        "no record and no ticket has the code DEAL-77",
        "new contact Eva Soler, lead opened",
        "forward it to log@crm.test with the code",
    ] {
        assert!(text(&told).contains(words), "{words}: {told}");
    }
    file("Foreign series", "log+TCK-5@crm.test");
    let told = news(&site, "luis").remove(0);
    assert!(text(&told).contains("TCK-5 is no code of this company, whose codes begin with DEAL-"), "{told}");

    site.crmctl(&["block", "add", "pest@spam.test"]);
    wait_blocks(&site, 1);
    let mail = Mail::new("luis@crm.test", &["pest@spam.test"], letter("Dear pest")).login("luis");
    site.postfix.wait_removed(&site.accept(&mail));
    site.wait_spool_empty();
    assert_eq!(site.postfix.delivered("pest@spam.test").len(), 1, "it goes out all the same");
    let told = news(&site, "luis").remove(0);
    assert_eq!(told["kind"], "unwanted");
    assert!(text(&told).contains(" UTC went out to pest@spam.test, but that address is blocked"), "{told}");

    assert!(site.crmctl(&["notification", "list"]).contains(text(&told)));
    let id = told["id"].as_str().unwrap();
    assert_eq!(site.crmctl(&["notification", "seen", id]), "1 notification marked as seen\n");
    assert_eq!(news(&site, "luis").len(), 2);
    site.crmctl(&["notification", "seen", "--user", "luis"]);
    assert!(news(&site, "luis").is_empty());
    assert!(site.crmctl(&["notification", "list", "--user", "luis", "--all"]).contains("pest@spam.test"));
    refused(&site.try_crmctl(&["notification", "list", "--user", "nobody"]), 66, "no user nobody");
    let missing = "0193b0c0-0000-7000-8000-000000000000";
    refused(&site.try_crmctl(&["notification", "seen", missing]), 66, "no notification");
    refused(&site.try_crmctl(&["notification", "seen"]), 64, "required");
}
