//! What users are told, by mail and by webhook: rows S04 W09.

use crate::harness::hook::Hook;
use crate::harness::sink::Sink;
use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const SECRET_WORD: &str = "Tulipan-4711";

/// Eva's mail to Ana's inbox, whose text nobody is told.
fn eva_writes(site: &Site, subject: &str) {
    writes(site, "Eva Soler <eva@client.test>", "info@crm.test", subject);
}

/// A stranger's mail to Luis's inbox.
fn max_writes(site: &Site, subject: &str) {
    writes(site, "Max <max@client.test>", "support@crm.test", subject);
}

fn writes(site: &Site, from: &str, inbox: &str, subject: &str) {
    let text = format!("The word is {SECRET_WORD}.");
    site.record(&Mail::new("sender@client.test", &[inbox], plain(from, inbox, subject, &text)));
}

/// Waits until a row to that recipient is in that state.
fn wait_row(site: &Site, rcpt_to: &str, state: &str) -> String {
    let log = site.scratch.path().join("daemon.log");
    let sql = format!(
        "SELECT coalesce(error, reply, '') FROM crm.outbox WHERE rcpt_to = '{rcpt_to}' AND state = '{state}' AND attempts > 0"
    );
    wait::until(&format!("{rcpt_to} {state}"), &[&log], Duration::from_secs(60), || {
        site.rows(&sql).into_iter().next().map(|row| row[0].clone())
    })
}

#[test]
fn owner_is_told_at_once_by_mail_and_by_a_signed_webhook_and_nothing_of_the_mail_is_in_it() {
    let (sink, hook) = (Sink::start(), Hook::start(&["503 Later please"]));
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "s3cret\n").unwrap();
    fs::set_permissions(secret.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let (uid, gid) = crate::harness::scratch::ids();
    nix::unistd::chown(secret.path(), Some(uid), Some(gid)).unwrap();
    let inboxes = format!(
        "{INBOXES}\n[[webhook]]\nkey = \"push\"\nurl = \"http://127.0.0.1:{}/crm?x=1\"\nusers = [\"ANA\"]\n\
         secret_file = \"{}\"\n",
        hook.port,
        secret.path().display()
    );
    let mut site = Site::with(&Options {
        inboxes: &inboxes,
        outbox_port: Some(sink.port),
        notices: true,
        ..Options::default()
    });
    eva_writes(&site, "Offer");

    let mail = &sink.wait(1)[0];
    assert_eq!((mail.mail.as_str(), mail.rcpt.as_str()), ("<>", "<ana@crm.test>"));
    assert_eq!(mail.field("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.field("To").as_deref(), Some("Ana Torres <ana@crm.test>"));
    assert!(mail.message.contains("new contact Eva Soler: =E2=80=9COffer=E2=80=9D"), "{}", mail.message);
    assert!(!mail.message.contains(SECRET_WORD), "{}", mail.message);

    // The first answer asked for patience: the second attempt is the same news.
    hook.wait(1);
    let why = wait_row(&site, "push", "queued");
    assert!(why.starts_with("503"), "{why}");
    site.rows("UPDATE crm.outbox SET next_at = now() WHERE rcpt_to = 'push'");
    // The webhook rests for half a minute after it failed; a new daemon knows nothing of that.
    site.stop_daemon();
    site.start_daemon();
    site.rows("UPDATE crm.outbox SET next_at = now() WHERE rcpt_to = 'push'");
    let posts = hook.wait(2);
    assert_eq!(posts[0].line, "POST /crm?x=1 HTTP/1.1");
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(posts[0].field("x-crm-delivery"), posts[1].field("x-crm-delivery"));
    let told: Value = serde_json::from_str(&posts[1].body).unwrap();
    assert_eq!(
        (&told["version"], &told["kind"], &told["user"]),
        (&1.into(), &"assigned".into(), &"ana".into())
    );
    assert_eq!(told["mail"], site.value("SELECT id FROM crm.mail"));
    assert!(!posts[1].body.contains(SECRET_WORD), "{}", posts[1].body);
    let signed = posts[1].field("x-crm-signature").unwrap();
    let (time, hex) = signed.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(format!("{time}.{}", posts[1].body).as_bytes());
    let expected: String = mac.finalize().into_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(hex, expected);
    wait_row(&site, "push", "sent");

    // Luis is no user of the webhook, and wants no mail.
    site.crmctl(&["user", "set", "luis", "--notices", "none"]);
    max_writes(&site, "Help");
    eva_writes(&site, "Another");
    let all = sink.wait(2);
    assert!(all.iter().all(|mail| !mail.rcpt.contains("luis")), "{all:?}");
    let untold = "SELECT count(*) FROM crm.notification WHERE told_at IS NULL";
    let log = site.scratch.path().join("daemon.log");
    wait::until("everybody told", &[&log], Duration::from_secs(60), || {
        (site.value(untold) == "0").then_some(())
    });
    let rows = "SELECT count(*) FROM crm.outbox WHERE rcpt_to = 'luis@crm.test'";
    assert_eq!(site.value(rows), "0");
}

#[test]
fn digest_goes_out_once_a_day_with_what_was_not_seen() {
    let sink = Sink::start();
    let inboxes = format!("{INBOXES}\n[notices]\ndigest_hour = 0\nmail_text = true\n");
    let site = Site::with(&Options {
        inboxes: &inboxes,
        outbox_port: Some(sink.port),
        notices: true,
        ..Options::default()
    });
    site.crmctl(&["user", "set", "ana", "--notices", "digest"]);
    // Today's digest has gone out, so that what comes waits.
    site.rows("UPDATE crm.users SET digest_on = current_date + 1 WHERE login = 'ana'");
    for subject in ["First", "Second", "Third"] {
        eva_writes(&site, subject);
    }
    let log = site.scratch.path().join("daemon.log");
    let waiting = "SELECT count(*) FROM crm.notification WHERE for_digest";
    wait::until("three for the digest", &[&log], Duration::from_secs(60), || {
        (site.value(waiting) == "3").then_some(())
    });
    site.rows("UPDATE crm.notification SET seen_at = now() WHERE id = (SELECT id FROM crm.notification ORDER BY id LIMIT 1)");
    // The day comes, and something else is new.
    site.rows("UPDATE crm.users SET digest_on = current_date - 1 WHERE login = 'ana'");
    max_writes(&site, "Help");
    let mails = sink.wait(2);
    let digest = mails.iter().find(|mail| mail.rcpt == "<ana@crm.test>").unwrap();
    assert_eq!(digest.field("Subject").as_deref(), Some("[CRM] 2 avisos nuevos"), "{digest:?}");
    assert!(digest.message.contains("Second") && !digest.message.contains("First"), "{digest:?}");
    assert!(!digest.message.contains(SECRET_WORD), "a digest has no texts: {digest:?}");
    let notice = mails.iter().find(|mail| mail.rcpt == "<luis@crm.test>").unwrap();
    assert!(notice.message.contains(SECRET_WORD), "the configuration wants the text: {notice:?}");
    assert_eq!(site.value(waiting), "0");
}

#[test]
fn webhook_of_ntfy_gets_a_line_and_a_title_and_what_is_refused_is_a_dead_letter() {
    let hook = Hook::start(&["200 OK", "403 Forbidden", "302 Found"]);
    let inboxes = format!(
        "{INBOXES}\n[[webhook]]\nkey = \"phone\"\nurl = \"http://127.0.0.1:{}/topic\"\npreset = \"ntfy\"\n\
         kinds = [\"assigned\", \"news\"]\n",
        hook.port
    );
    let sink = Sink::start();
    let site = Site::with(&Options {
        inboxes: &inboxes,
        outbox_port: Some(sink.port),
        notices: true,
        ..Options::default()
    });
    eva_writes(&site, "Offer");
    let post = &hook.wait(1)[0];
    assert_eq!(post.line, "POST /topic HTTP/1.1");
    assert_eq!(post.field("title"), Some("assigned Eva Soler"));
    assert!(post.body.contains("Eva Soler: “Offer”") && !post.body.contains('{'), "{post:?}");
    for (subject, said) in [("Second", "403"), ("Third", "302")] {
        eva_writes(&site, subject);
        let log = site.scratch.path().join("daemon.log");
        let sql = format!("SELECT count(*) FROM crm.outbox WHERE state = 'dead' AND error LIKE '{said}%'");
        wait::until(said, &[&log], Duration::from_secs(60), || (site.value(&sql) == "1").then_some(()));
    }
    assert_eq!(hook.wait(3).len(), 3, "a redirection is not followed");
}
