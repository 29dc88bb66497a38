//! What goes out: from a row of the outbox to whoever it is for, by the real daemon.

use crate::harness::milter::{Milter, Verdict};
use crate::harness::sink::Sink;
use crate::harness::site::{Options, Site};
use crate::harness::wait;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// A row of the outbox, as the parts that make mail write it.
struct Row<'a> {
    kind: &'a str,
    inbox: &'a str,
    mail_from: &'a str,
    to: &'a str,
    subject: &'a str,
    content: &'a str,
    /// More columns with their values.
    more: (&'a str, &'a str),
}

impl Default for Row<'_> {
    fn default() -> Self {
        Row {
            kind: "reply",
            inbox: "'support'",
            mail_from: "support@crm.test",
            to: "eva@client.test",
            subject: "Hola",
            content: r#"{"text": "Buenos días.\n.\nUna línea con punto."}"#,
            more: ("", ""),
        }
    }
}

/// Puts a row into the outbox and returns its id.
fn put(site: &Site, row: &Row<'_>) -> String {
    let id = Uuid::now_v7().to_string();
    let Row { kind, inbox, mail_from, to, subject, content, more: (columns, values) } = row;
    site.rows(&format!(
        "INSERT INTO crm.outbox (id, kind, inbox, mail_from, rcpt_to, message_id, subject, message{columns}) \
         VALUES ('{id}', '{kind}', {inbox}, '{mail_from}', '{to}', '<{id}@crm.test>', '{subject}', '{content}'{values})"
    ));
    id
}

/// Waits until a row is in that state, and returns its error, reply and attempts.
fn settled(site: &Site, id: &str, state: &str) -> [String; 3] {
    let log = site.scratch.path().join("daemon.log");
    let watched: [&Path; 1] = [&log];
    let sql = format!("SELECT state, error, reply, attempts FROM crm.outbox WHERE id = '{id}'");
    wait::until(&format!("{id} {state}"), &watched, Duration::from_secs(60), || {
        let [found, error, reply, attempts] = site.rows(&sql).remove(0).try_into().unwrap();
        (found == state).then_some([error, reply, attempts])
    })
}

/// The value of `+b.` or the like in an address is signed: only its form is looked at here.
fn is_signed(address: &str, start: &str) -> bool {
    let detail = address.strip_prefix(start).and_then(|rest| rest.strip_suffix("@crm.test"));
    detail.is_some_and(|signature| {
        signature.len() == 17 && signature.bytes().all(|c| c.is_ascii_alphanumeric())
    })
}

#[test]
fn row_arrives_at_the_server_as_its_kind_wants_it_and_is_sent() {
    let sink = Sink::start();
    let site = Site::with(&Options { outbox_port: Some(sink.port), ..Options::default() });
    let id = put(&site, &Row { mail_from: "", ..Row::default() });
    let reply = &sink.wait(1)[0];
    let [error, said, attempts] = settled(&site, &id, "sent");
    assert_eq!(
        (error.as_str(), said.as_str(), attempts.as_str()),
        ("", "250 2.0.0 Ok: queued as 4F00000", "1")
    );
    assert_eq!((reply.mail.as_str(), reply.rcpt.as_str()), ("<>", "<eva@client.test>"));
    let field = |name: &str| reply.field(name).unwrap_or_default();
    assert_eq!(field("From"), "support <support@crm.test>");
    assert_eq!(field("To"), "eva@client.test");
    assert_eq!(field("Subject"), "Hola");
    assert_eq!(field("Message-ID"), format!("<{id}@crm.test>"));
    assert_eq!(field("Auto-Submitted"), "auto-replied");
    assert!(
        reply.message.contains("\r\n\r\nBuenos d=C3=ADas.\r\n.\r\nUna l=C3=ADnea con punto."),
        "{reply:?}"
    );
    let number = site.value(&format!("SELECT number FROM crm.outbox WHERE id = '{id}'"));
    let unsubscribe = field("List-Unsubscribe");
    let unsubscribe =
        unsubscribe.strip_prefix("<mailto:").and_then(|u| u.strip_suffix("?subject=unsubscribe>"));
    assert!(is_signed(unsubscribe.unwrap(), &format!("support+u.{number}.")), "{unsubscribe:?}");
    let log = site.daemon().log();
    assert!(
        log.contains(&format!("4F00000: outbox={number} kind=reply to=<eva@client.test>, status=sent (250 ")),
        "{log}"
    );
    // What a letter is, and nobody hides who wrote it.
    let bounces = put(&site, &Row { kind: "notice", inbox: "'info'", ..Row::default() });
    let notice = sink.wait(2)[1].clone();
    settled(&site, &bounces, "sent");
    let number = site.value(&format!("SELECT number FROM crm.outbox WHERE id = '{bounces}'"));
    assert!(is_signed(notice.mail.trim_matches(['<', '>']), &format!("info+b.{number}.")), "{notice:?}");
    assert_eq!(notice.field("List-Unsubscribe"), None);
    assert_eq!(notice.field("From").unwrap(), "Web <info@crm.test>");
    assert_eq!(notice.connection, 1, "one connection carries both");
}

#[test]
fn sent_letter_is_stored_as_mail_of_the_desk_and_stands_on_its_cards() {
    let sink = Sink::start();
    let site = Site::with(&Options { outbox_port: Some(sink.port), ..Options::default() });
    site.crmctl(&["contact", "add", "Eva Soler", "--address", "eva@client.test"]);
    let contact = site.value("SELECT id FROM crm.contact");
    let author = site.value("SELECT id FROM crm.users WHERE login = 'ana'");
    let values = format!(", '{contact}', '{author}'");
    let letter = Row {
        kind: "letter",
        inbox: "NULL",
        mail_from: "ana@crm.test",
        content: r#"{"to_name": "Eva Soler", "text": "Dear Eva", "html": "<p>Dear Eva</p>", "references": ["<a@b.test>", "no id"]}"#,
        more: (", contact_id, author_id", &values),
        ..Row::default()
    };
    let id = put(&site, &letter);
    let sent = &sink.wait(1)[0];
    settled(&site, &id, "sent");
    assert_eq!(
        (sent.field("From").unwrap().as_str(), sent.mail.as_str()),
        ("Ana Torres <ana@crm.test>", "<ana@crm.test>")
    );
    assert_eq!(sent.field("To").unwrap(), "Eva Soler <eva@client.test>");
    assert_eq!(sent.field("References").unwrap(), "<a@b.test>");
    assert_eq!(sent.field("Auto-Submitted"), None, "a person wrote it");
    let mail = site.value(&format!("SELECT mail_id FROM crm.outbox WHERE id = '{id}'"));
    let stored =
        site.rows(&format!("SELECT source, direction, message_id, text FROM crm.mail WHERE id = '{mail}'"));
    assert_eq!(stored, [["desk", "out", &format!("<{id}@crm.test>"), "Dear Eva"]]);
    assert_eq!(String::from_utf8(site.raw(&mail)).unwrap(), sent.message);
    assert_eq!(site.value(&format!("SELECT contact_id FROM crm.link WHERE mail_id = '{mail}'")), contact);
    assert!(site.crmctl(&["mail", "list", "--contact", "eva@client.test"]).contains("Hola"));
}

#[test]
fn what_goes_out_passes_the_signing_milter_and_not_ours() {
    let signer = Milter::start();
    let site = Site::with(&Options { outbox_milters: &[signer.endpoint()], ..Options::default() });
    signer.expect(&[Verdict::Prepend(vec![(
        "DKIM-Signature".into(),
        "v=1; d=crm.test; s=test; b=abc".into(),
    )])]);
    let id = put(&site, &Row::default());
    let [_, reply, _] = settled(&site, &id, "sent");
    let queue_id = reply.rsplit_once("queued as ").unwrap().1;
    site.postfix.wait_removed(queue_id);
    let delivered = site.postfix.delivered("eva@client.test");
    let message = String::from_utf8_lossy(&delivered[0].message).into_owned();
    assert!(message.contains("DKIM-Signature: v=1; d=crm.test; s=test; b=abc\n"), "{message}");
    assert_eq!(signer.ends(), 1);
    assert!(site.postfix.log().contains("postfix/crm-outbox/smtpd"), "{}", site.postfix.log());
}
