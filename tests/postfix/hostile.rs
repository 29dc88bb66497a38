//! Broken and hostile mail to an inbox is recorded, raw at least; it is never put off and never harms the next.

use crate::harness::site::Site;
use crate::harness::smtp::{Client, Mail};
use crate::letters::plain;

/// What broken software and bad people send, and what it is called.
fn letters() -> Vec<(&'static str, Vec<u8>)> {
    let mut nested = String::from(
        "From: eva@client.test\nSubject: nested\nMessage-ID: <nested@client.test>\nMIME-Version: 1.0\n",
    );
    for depth in 0..200 {
        nested.push_str(&format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n"));
    }
    let long_id = format!(
        "From: eva@client.test\nSubject: long id\nMessage-ID: <{}@client.test>\n\nbody\n",
        "x".repeat(60_000)
    );
    let long_words =
        format!("From: eva@client.test\nSubject:{}\n\nbody\n", " =?utf-8?q?=C3=A1?=\n".repeat(3000));
    vec![
        ("nul-in-body", b"From: eva@client.test\nSubject: nul\nMessage-ID: <nul@client.test>\n\na\0b\n".to_vec()),
        ("nul-in-header", b"From: eva@client.test\nSubject: n\0ul\nMessage-ID: <nulh@client.test>\n\nbody\n".to_vec()),
        ("long-message-id", long_id.into_bytes()),
        ("no-header", b"\nonly a body\n".to_vec()),
        ("no-body", b"From: eva@client.test\nSubject: no body\nMessage-ID: <nobody@client.test>\n".to_vec()),
        ("empty", b"".to_vec()),
        ("8-bit-header", b"From: \xc1\xe9 <eva@client.test>\nSubject: \xff\xfe\nMessage-ID: <8bit@client.test>\n\nbody\n".to_vec()),
        ("bad-utf-8", b"From: eva@client.test\nSubject: bad\nMessage-ID: <utf8@client.test>\nContent-Type: text/plain; charset=utf-8\n\n\xc3\x28\xa0\xff\n".to_vec()),
        ("nested", nested.into_bytes()),
        ("long-words", long_words.into_bytes()),
        ("no-such-charset", b"From: eva@client.test\nSubject: =?x-none?q?a?=\nMessage-ID: <cs@client.test>\nContent-Type: text/plain; charset=x-none\n\nbody\n".to_vec()),
        ("broken-base64", b"From: eva@client.test\nSubject: b64\nMessage-ID: <b64@client.test>\nContent-Transfer-Encoding: base64\n\n!!!!%%%%\n".to_vec()),
        ("two-froms", b"From: a@client.test\nFrom: b@client.test\nSubject: two\nMessage-ID: <two@client.test>\n\nbody\n".to_vec()),
        ("control-characters", b"From: \"\x07\x1b[31m\" <eva@client.test>\nSubject: \x01\x02\nMessage-ID: <ctl@client.test>\n\n\x00\x1b[2J\n".to_vec()),
    ]
}

#[test]
fn broken_messages_are_recorded_raw_at_least_and_never_put_off() {
    let site = Site::start();
    for (name, letter) in letters() {
        let sent = site.send(&Mail::new("eva@client.test", &["info@crm.test"], letter));
        assert!(sent.accepted(), "{name}: {sent:?}");
        let intake = &site.intakes(sent.queue_id(), 1)[0];
        assert_eq!(intake.door, "milter", "{name}: {intake:?}");
        assert!(!intake.mail.is_empty(), "{name}: not even raw: {intake:?}");
        let raw = format!("SELECT length(raw) FROM crm.mail_raw WHERE mail_id = '{}'", intake.mail);
        assert!(site.value(&raw).parse::<u64>().is_ok(), "{name}: {intake:?}");
    }
    let letter = plain("Eva <eva@client.test>", "info@crm.test", "Sound", "Hello.");
    site.record(&Mail::new("eva@client.test", &["info@crm.test"], letter));
    assert!(!site.daemon().log().contains("panicked"), "{}", site.daemon().log());
}

#[test]
fn message_with_ten_thousand_recipients_is_recorded() {
    let site = Site::start();
    let people: Vec<String> = (0..10_000).map(|n| format!("p{n}@client.test")).collect();
    let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), Some("ana"));
    let mut commands = String::from("MAIL FROM:<ana@crm.test>\r\n");
    for person in people.iter().map(String::as_str).chain(["log@crm.test"]) {
        commands.push_str(&format!("RCPT TO:<{person}>\r\n"));
    }
    // Pipelined by hundreds: the replies must be read before the socket's buffers are full.
    for chunk in commands.lines().collect::<Vec<_>>().chunks(100) {
        client.write((chunk.join("\r\n") + "\r\n").as_bytes());
        for command in chunk {
            let reply = client.reply();
            assert_eq!(reply.code, 250, "{command}: {reply:?}");
        }
    }
    assert_eq!(client.command("DATA").code, 354);
    let letter = plain("Ana <ana@crm.test>", "everybody: ;", "To all", "Hello.").replace('\n', "\r\n");
    client.write(format!("{letter}\r\n.\r\n").as_bytes());
    let reply = client.reply();
    assert_eq!(reply.code, 250, "{reply:?}");
    let intake = &site.intakes(reply.queue_id().unwrap(), 1)[0];
    assert!(!intake.mail.is_empty(), "{intake:?}");
}
