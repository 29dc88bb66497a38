//! A colleague files mail by BCC or by forwarding: rows R01 R02, and that nobody else can see or do it.

use crate::harness::postfix::{Postfix, Settings};
use crate::harness::site::Site;
use crate::harness::smtp::Mail;
use crate::letters::{ATTACHED_FORWARD, INLINE_FORWARD, plain};

const ANA: &str = "Ana Torres <ana@crm.test>";

#[test]
fn bcc_to_the_assistant_is_filed_with_every_outside_recipient() {
    let site = Site::start();
    let letter = plain(
        ANA,
        "Eva <eva@client.test>\nCc: Max <max@client.test>, Luis <luis@crm.test>",
        "Contract",
        "Here.",
    );
    let to = ["eva@client.test", "max@client.test", "luis@crm.test", "hidden@client.test", "log@crm.test"];
    let intake = site.record(&Mail::new("ana@crm.test", &to, letter).login("ana"));
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    let linked = site.rows(
        "SELECT address FROM crm.link l JOIN crm.contact_address a ON a.contact_id = l.contact_id ORDER BY address",
    );
    assert_eq!(linked, [["eva@client.test"], ["hidden@client.test"], ["max@client.test"]]);
}

/// The message that a recipient gets from a Postfix with us and from the same Postfix without us, given that
/// the client sends the same bytes.
#[test]
fn mail_with_the_assistant_in_bcc_leaves_byte_identical_for_everybody_else() {
    let site = Site::start();
    let settings = Settings { mailboxes: vec!["luis@crm.test".into()], ..Settings::default() };
    let without = Postfix::start(&site.scratch, "plain", &settings);
    let mut letters: Vec<Vec<u8>> = vec![
        plain(ANA, "eva@client.test", "Plain", "Text.").into_bytes(),
        b"From: ana@crm.test\r\nTo: eva@client.test\r\nSubject:   odd\r\n   folding\t \r\nX-Empty:\r\nX-None:no space\r\n\
          Message-ID:\r\n <odd@crm.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\r\n  leading\r\n..dots\r\n\r\ntrailing  \r\n\r\n\r\n"
            .to_vec(),
        b"From: ana@crm.test\nSubject: \xe1\xe9 8-bit\nMessage-ID: <8bit@crm.test>\nDate: Sun, 22 Nov 2026 10:00:00 +0100\n\n\xff\xfe\x80 body\n"
            .to_vec(),
        b"From: ana@crm.test\nTo: eva@client.test\nMessage-ID: <empty@crm.test>\nDate: Sun, 22 Nov 2026 10:00:00 +0100\n\n".to_vec(),
    ];
    let mut long = plain(ANA, "eva@client.test", "Long", "").into_bytes();
    long.extend(std::iter::repeat_n(b'x', 200_000));
    long.extend_from_slice(b"\n");
    letters.push(long);
    for (number, letter) in letters.iter().enumerate() {
        let others = ["eva@client.test", "luis@crm.test"];
        let mail = Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test", "luis@crm.test"], letter)
            .login("ana");
        let queue_id = site.accept(&mail);
        site.postfix.wait_removed(&queue_id);
        let sent = without.send(&Mail::new("ana@crm.test", &others, letter).login("ana"));
        assert!(sent.accepted(), "{sent:?}");
        without.wait_removed(sent.queue_id());
        for other in others {
            let ours = &site.postfix.delivered(other)[number];
            let theirs = &without.delivered(other)[number];
            assert_eq!(
                String::from_utf8_lossy(&ours.without_trace()),
                String::from_utf8_lossy(&theirs.without_trace())
            );
            assert_eq!(ours.without_trace(), theirs.without_trace(), "letter {number} to {other}");
            assert!(!ours.text().contains("log@crm.test"), "the BCC shows:\n{}", ours.text());
        }
        assert_eq!(site.intakes(&queue_id, 1)[0].inbox, "log");
    }
}

#[test]
fn forward_to_the_assistant_makes_the_original_sender_the_contact() {
    let site = Site::start();
    for (letter, name, address, subject, day) in [
        (INLINE_FORWARD, "Carlos Ruiz", "carlos@oficinas.test", "Presupuesto para la oficina", "2026-11-20"),
        (ATTACHED_FORWARD, "Marta Gil", "marta@lift.test", "Lift", "2026-11-19"),
    ] {
        let intake = site.record(&Mail::new("ana@crm.test", &["log@crm.test"], letter).login("ana"));
        assert_eq!(intake.outcome, "recorded", "{intake:?}");
        let mail = &intake.mail;
        let contact = format!(
            "SELECT name, address FROM crm.link l JOIN crm.contact c ON c.id = l.contact_id \
             JOIN crm.contact_address a ON a.contact_id = c.id WHERE l.mail_id = '{mail}'"
        );
        assert_eq!(site.rows(&contact), [[name, address]]);
        let stored = format!("SELECT subject, sent_at::date FROM crm.mail WHERE id = '{mail}'");
        assert_eq!(site.rows(&stored), [[subject, day]]);
    }
}

#[test]
fn nobody_files_with_a_colleagues_authority_by_writing_their_name() {
    let site = Site::start();
    for letter in [
        plain(ANA, "eva@client.test", "Forged", "Text."),
        INLINE_FORWARD.replace("fwd-inline@", "fwd-forged@"),
    ] {
        let sent = site.send(&Mail::new("ana@crm.test", &["log@crm.test"], letter));
        assert_eq!((sent.rcpts[0].code, sent.data.code), (550, 554), "{sent:?}");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.contact"), "0");
}
