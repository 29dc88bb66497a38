//! What is imported, and what comes of it.

use super::{date, letter, maildir, mbox, text};
use crate::harness::site::Site;
use serde_json::Value;
use std::fs;

/// A mail that ana wrote, as her own mailbox keeps it.
fn sent(subject: &str, from: &str) -> String {
    format!(
        "From: {from}\nTo: Bert <bert@there.test>\nBcc: secret@there.test\nSubject: {subject}\nDate: {date} +0200\n\
         Message-ID: <{subject}@crm.test>\n\nDear Bert\n",
        date = date(0)
    )
}

fn summary(site: &Site, words: &[&str]) -> Value {
    let summary = serde_json::from_str(&site.crmctl(&[&["--json"], words].concat())).unwrap();
    site.wait_spool_empty();
    summary
}

#[test]
fn mbox_and_maildir_are_imported_with_times_source_and_authority_and_nobody_is_told() {
    let site = Site::start();
    let home = site.scratch.path().join("mail");
    maildir(&home);
    fs::write(home.join("new/1.a"), letter(1)).unwrap();
    fs::write(home.join("cur/2.b:2,S"), letter(2)).unwrap();
    fs::write(home.join("cur/3.draft:2,DS"), letter(3)).unwrap();
    fs::write(home.join("tmp/4.half"), letter(4)).unwrap();
    let folder = maildir(&home.join(".Enviados ñandú"));
    fs::write(folder.join("cur/5.c:2,S"), sent("offer", "Ana <ana@crm.test>")).unwrap();
    let file = mbox(&site.scratch.path().join("old.mbox"), [6, 7].map(letter));
    let words = ["--as", "ana", "import", text(&home), text(&file), "--inbox", "info"];
    let done = summary(&site, &words);
    assert_eq!((done["taken"].as_u64(), done["drafts_or_trashed"].as_u64()), (Some(5), Some(1)), "{done}");
    assert_eq!((done["failed"].as_u64(), done["daemon_runs"].as_bool()), (Some(0), Some(true)), "{done}");
    let rows = site.rows(
        "SELECT subject, source, direction, to_char(received_at, 'YYYY-MM-DD HH24:MI'), recorded_at > '2026-01-01', \
         mail_from, (SELECT login FROM crm.users u WHERE u.id = filed_by) FROM crm.mail ORDER BY received_at",
    );
    let of = |n: usize, from: &str, user: &str, direction: &str, at: &str| {
        let subject = if n == 0 { "offer".into() } else { format!("Question {n}") };
        [subject.as_str(), "import", direction, at, "t", from, user].map(str::to_owned).to_vec()
    };
    let expected = vec![
        of(0, "ana@crm.test", "ana", "out", "2025-10-01 08:00"),
        of(1, "c1@there.test", "", "in", "2025-10-01 10:01"),
        of(2, "c2@there.test", "", "in", "2025-10-01 10:02"),
        of(6, "c6@there.test", "", "in", "2025-10-01 10:06"),
        of(7, "c7@there.test", "", "in", "2025-10-01 10:07"),
    ];
    assert_eq!(rows, expected);
    let names = site.rows("SELECT address FROM crm.contact_address ORDER BY 1").concat();
    let customers = ["bert@there.test", "c1@there.test", "c2@there.test", "c6@there.test", "c7@there.test"];
    assert_eq!(names[..5], customers.map(str::to_owned));
    assert_eq!(names[5..], ["secret@there.test"], "the blind recipient of her own mail");
    // Line ends as from a mail server; what the mbox had quoted is whole again.
    let mail = site.value("SELECT id FROM crm.mail WHERE subject = 'Question 6'");
    assert_eq!(String::from_utf8(site.raw(&mail)).unwrap(), letter(6).replace('\n', "\r\n"));
    assert_eq!(site.value("SELECT count(*) FROM crm.notification"), "0");
    assert_eq!(site.value("SELECT count(*) FROM crm.outbox"), "0");
    assert_eq!(site.value("SELECT count(*) FROM crm.lead_count"), "0", "old leads are no burst of new ones");
    // Again: each is known, and nothing changes.
    let again = summary(&site, &words);
    assert_eq!(again["taken"].as_u64(), Some(5));
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "5");
    let outcomes = site.rows("SELECT outcome, door, count(*) FROM crm.intake GROUP BY 1, 2 ORDER BY 1");
    assert_eq!(outcomes, [["duplicate", "import", "5"], ["recorded", "import", "5"]]);
    assert!(
        fs::read_dir(site.scratch.path().join("spool/import")).unwrap().next().is_none(),
        "no notes are left"
    );
}

#[test]
fn import_carries_nobodys_authority_but_that_of_the_user_it_names() {
    let site = Site::start();
    let own = "Authentication-Results: mx.crm.test; dmarc=pass header.from=crm.test\nFrom: ana@crm.test\n";
    let mail = |id: &str, more: &str| {
        format!(
            "{more}To: bert{id}@there.test\nSubject: {id}\nMessage-ID: <{id}@crm.test>\nDate: {} +0000\n\nx\n",
            date(1)
        )
    };
    site.prove("mx.crm.test");
    let file = mbox(&site.scratch.path().join("forged.mbox"), [mail("1", own)]);
    summary(&site, &["import", text(&file), "--inbox", "log"]);
    let all = [
        mail("2", own),
        mail("3", "From: ana@crm.test, luis@crm.test\n"),
        mail("4", "From: luis@crm.test\n"),
    ];
    let file = mbox(&site.scratch.path().join("named.mbox"), all);
    summary(&site, &["--as", "ana", "import", text(&file), "--inbox", "log"]);
    let lines = site.rows(
        "SELECT subject, outcome, cause, (SELECT login FROM crm.users u WHERE u.id = user_id) FROM crm.intake ORDER BY 1",
    );
    let stranger = |n: &str| [n, "unresolved", "no-authority", ""].map(str::to_owned).to_vec();
    let user = ["2", "recorded", "", "ana"].map(str::to_owned).to_vec();
    assert_eq!(lines, [stranger("1"), user, stranger("3"), stranger("4")]);
    assert_eq!(site.value("SELECT count(*) FROM crm.notification"), "0");
    let refused = site.try_crmctl(&["--as", "nobody-here", "import", text(&file), "--inbox", "log"]);
    assert_eq!(refused.status.code(), Some(66), "a login that is nobody's would make strangers of all");
}

#[test]
fn history_opens_nothing_and_an_old_answer_reopens_no_ticket() {
    let site = Site::start();
    let ask =
        "From: eva@there.test\nTo: support@crm.test\nSubject: broken\nMessage-ID: <ask@there.test>\n\nx\n";
    let file = mbox(&site.scratch.path().join("ask.mbox"), [ask.to_owned()]);
    summary(&site, &["import", text(&file), "--inbox", "support"]);
    let code = site.value("SELECT code FROM crm.ticket");
    site.crmctl(&["ticket", "set", &code, "status=solved"]);
    let answer = "From: eva@there.test\nTo: support@crm.test\nSubject: Re: broken\nMessage-ID: <again@there.test>\n\
                  In-Reply-To: <ask@there.test>\n\nx\n";
    let new =
        "From: zoe@there.test\nTo: support@crm.test\nSubject: other\nMessage-ID: <other@there.test>\n\nx\n";
    let file = mbox(&site.scratch.path().join("rest.mbox"), [answer, new].map(str::to_owned));
    summary(&site, &["import", text(&file), "--inbox", "support", "--history"]);
    let file = mbox(&site.scratch.path().join("leads.mbox"), [letter(1), letter(600)]);
    let done = summary(
        &site,
        &["import", text(&file), "--inbox", "info", "--history", "--since", "2025-10-01 15:00Z"],
    );
    assert_eq!((done["taken"].as_u64(), done["too_old"].as_u64()), (Some(1), Some(1)), "{done}");
    assert_eq!(site.value("SELECT status FROM crm.ticket"), "solved", "and there is one only");
    assert_eq!(site.value("SELECT count(*) FROM crm.link WHERE ticket_id IS NOT NULL"), "2");
    assert_eq!(site.value("SELECT count(*) FROM crm.record"), "0");
    assert_eq!(
        site.value("SELECT string_agg(name, ',' ORDER BY name) FROM crm.contact"),
        "Customer 600,eva@there.test,zoe@there.test"
    );
}
