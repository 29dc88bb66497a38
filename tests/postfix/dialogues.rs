//! SMTP as clients really speak it: chunks, pipelining, several messages on a line, beginnings that come to
//! nothing, lines that are cut, odd spellings.

use crate::harness::postfix::Postfix;
use crate::harness::site::Site;
use crate::harness::smtp::{Client, Mail, Reply, dotted};
use crate::letters::plain;

const EVA: &str = "Eva Soler <eva@client.test>";
const OUTSIDE: Option<&str> = Some("203.0.113.9");

fn outsider(postfix: &Postfix) -> Client {
    Client::connect_as(postfix.port, OUTSIDE, None)
}

fn crlf(letter: &str) -> Vec<u8> {
    letter.replace('\n', "\r\n").into_bytes()
}

fn good(replies: &[Reply]) {
    assert!(replies.iter().all(Reply::good), "{replies:?}");
}

#[test]
fn message_in_chunks_is_recorded_as_it_was_sent() {
    let site = Site::start();
    let mut client = outsider(&site.postfix);
    let letter = crlf(&plain(EVA, "info@crm.test", "Chunks", "One.\n.two\n..three\n.\nno newline behind"));
    let whole = letter.strip_suffix(b"\r\n").unwrap();
    // Cut inside a field, between CR and LF, at a line of one dot; the last chunk is empty or not.
    let line_end = whole.windows(2).position(|two| two == b"\r\n").unwrap() + 1;
    let dot = whole.windows(5).position(|five| five == b"\r\n.\r\n").unwrap() + 2;
    for (number, (cuts, empty_last)) in
        [(vec![10, line_end, dot], true), (vec![line_end], false), (vec![], false)].into_iter().enumerate()
    {
        let id = format!("<chunks{number}@letters.test>");
        let whole = String::from_utf8_lossy(whole).replace("<chunks@letters.test>", &id).into_bytes();
        good(&client.pipeline(&["MAIL FROM:<eva@client.test>", "RCPT TO:<info@crm.test>"]));
        let mut begin = 0;
        for cut in cuts {
            assert_eq!(client.bdat(&whole[begin..cut], false).code, 250, "{:?}", client.replies);
            begin = cut;
        }
        let mut reply = client.bdat(&whole[begin..], !empty_last);
        if empty_last {
            reply = client.bdat(b"", true);
        }
        assert_eq!(reply.code, 250, "{:?}", client.replies);
        let intake = site.intakes(reply.queue_id().unwrap(), 1).remove(0);
        assert_eq!(intake.door, "milter", "{intake:?}");
        let expected = [&whole[..], b"\r\n"].concat();
        let raw = site.raw(&intake.mail);
        assert_eq!(String::from_utf8_lossy(&raw), String::from_utf8_lossy(&expected));
    }
    // DATA and BDAT of one message do not mix, and a transaction given up between chunks leaves nothing.
    good(&client.pipeline(&["MAIL FROM:<eva@client.test>", "RCPT TO:<info@crm.test>"]));
    assert_eq!(client.bdat(whole, false).code, 250);
    assert!(!client.command("DATA").good(), "{:?}", client.replies);
    assert_eq!(client.command("RSET").code, 250);
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "3");
}

#[test]
fn utf8_envelope_detail_and_header_are_recorded() {
    let site = Site::start();
    let mut client = outsider(&site.postfix);
    assert_eq!(client.command("MAIL FROM:<jörg@müller.test> SMTPUTF8 BODY=8BITMIME").code, 250);
    assert_eq!(client.command("RCPT TO:<info+straße@crm.test>").code, 250, "{:?}", client.replies);
    let letter = plain("Jörg Müller <jörg@müller.test>", "info@crm.test", "Grüße", "Schönen Tag.");
    let reply = client.data(letter.as_bytes());
    assert_eq!(reply.code, 250, "{reply:?}");
    let intake = site.intakes(reply.queue_id().unwrap(), 1).remove(0);
    assert_eq!((intake.door.as_str(), intake.outcome.as_str()), ("milter", "recorded"), "{intake:?}");
    assert_eq!(site.value("SELECT detail FROM crm.intake"), "straße");
    assert_eq!(site.value("SELECT mail_from FROM crm.mail"), "jörg@müller.test");
    assert_eq!(site.value("SELECT subject FROM crm.mail"), "Grüße");
    // An international domain is compared in its ASCII form.
    assert_eq!(site.value("SELECT address FROM crm.contact_address"), "jörg@xn--mller-kva.test");
}

#[test]
fn octets_beyond_ascii_are_recorded_as_they_were_sent() {
    let site = Site::start();
    let mut client = outsider(&site.postfix);
    good(&client.pipeline(&["MAIL FROM:<eva@client.test> BODY=8BITMIME", "RCPT TO:<info@crm.test>"]));
    let letter = b"From: eva@client.test\r\nSubject: 8bit\r\nMessage-ID: <8@client.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nse\xf1or \x80\xff\r\n";
    let reply = client.data(letter);
    let intake = site.intakes(reply.queue_id().unwrap(), 1).remove(0);
    assert_eq!(site.raw(&intake.mail), letter);
    assert!(site.value("SELECT text FROM crm.mail").starts_with("señor"), "{intake:?}");
}

#[test]
fn pipelined_messages_of_ours_and_of_others_alternate_on_one_connection() {
    let site = Site::start();
    let mut client = outsider(&site.postfix);
    let mut packet = Vec::new();
    let rounds = 12;
    for number in 0..rounds {
        let (first, second) = if number % 2 == 0 { ("info", "luis") } else { ("luis", "ana") };
        let commands = format!(
            "MAIL FROM:<eva@client.test>\r\nRCPT TO:<{first}@crm.test>\r\nRCPT TO:<{second}@crm.test>\r\nDATA\r\n"
        );
        packet.extend_from_slice(commands.as_bytes());
        let letter = plain(EVA, "info@crm.test", &format!("Round {number}"), "Hello.");
        packet.extend_from_slice(&dotted(letter.as_bytes()));
    }
    // Everything in one packet: no reply is waited for.
    client.write(&packet);
    let mut last = String::new();
    for number in 0..rounds {
        let replies: Vec<Reply> = (0..5).map(|_| client.reply()).collect();
        let codes: Vec<u16> = replies.iter().map(|reply| reply.code).collect();
        assert_eq!(codes, [250, 250, 250, 354, 250], "{number}: {replies:?}");
        last = replies[4].queue_id().unwrap().to_owned();
        if number % 2 == 0 {
            let intake = site.intakes(&last, 1).remove(0);
            assert_eq!((intake.inbox.as_str(), intake.outcome.as_str()), ("info", "recorded"), "{intake:?}");
        }
        site.postfix.wait_removed(&last);
    }
    assert_eq!(site.postfix.delivered("luis@crm.test").len(), rounds);
    assert_eq!(site.postfix.delivered("ana@crm.test").len(), rounds / 2);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), (rounds / 2).to_string());
    let parties = site.rows(&format!("SELECT count(*) FROM crm.intake WHERE queue_id = '{last}'"));
    assert_eq!(parties, [["0"]], "the last one was none of ours");
}

#[test]
fn what_is_begun_and_given_up_at_any_stage_leaves_nothing() {
    let site = Site::start();
    let mut client = outsider(&site.postfix);
    let (mail, ours, other) =
        ("MAIL FROM:<eva@client.test>", "RCPT TO:<info@crm.test>", "RCPT TO:<luis@crm.test>");
    let stages: [&[&str]; 6] = [
        &[],
        &[mail],
        &[mail, ours],
        &[mail, ours, other],
        &[mail, "RCPT TO:<nobody@crm.test>"],
        &[mail, other],
    ];
    for stage in stages {
        for way_out in ["RSET", "EHLO again.example", "HELO again.example", "RSET\r\nRSET\r\nNOOP"] {
            for command in stage {
                client.command(command);
            }
            client.write(format!("{way_out}\r\n").as_bytes());
            for _ in way_out.split("\r\n") {
                assert_eq!(client.reply().code, 250, "{stage:?} {way_out}");
            }
        }
        // A second MAIL is refused and changes nothing.
        for command in stage {
            client.command(command);
        }
        if !stage.is_empty() {
            assert_eq!(client.command("MAIL FROM:<mallory@evil.test>").code, 503);
        }
        assert_eq!(client.command("RSET").code, 250);
        // DATA without any recipient.
        client.command(mail);
        assert!(!client.command("DATA").good());
        assert_eq!(client.command("RSET").code, 250);
        // A line that ends here.
        let mut cut = outsider(&site.postfix);
        for command in stage {
            cut.command(command);
        }
    }
    // What comes next on the same connection is not touched by any of it.
    let letter = plain(EVA, "luis@crm.test", "For Luis", "Hello.");
    let sent = client.send("eva@client.test", &["luis@crm.test"], letter.as_bytes());
    site.postfix.wait_removed(sent.queue_id());
    let letter = plain(EVA, "support@crm.test", "For support", "Hello.");
    let sent = client.send("eva@client.test", &["support@crm.test"], letter.as_bytes());
    let intake = site.intakes(sent.queue_id(), 1).remove(0);
    assert_eq!(intake.inbox, "support");
    assert_eq!(site.rows("SELECT inbox FROM crm.intake"), [["support"]]);
    let people = site.rows("SELECT address FROM crm.party ORDER BY address");
    assert!(people.iter().all(|row| !row[0].contains("luis") && !row[0].contains("mallory")), "{people:?}");
}

#[test]
fn client_lost_in_the_middle_of_its_data_leaves_nothing_and_its_retry_is_recorded() {
    let site = Site::start();
    let letter = plain(EVA, "info@crm.test", "Cut", &"A line of text.\n".repeat(5000));
    let bytes = dotted(letter.as_bytes());
    for cut in [0, 20, bytes.len() / 2, bytes.len() - 5, bytes.len() - 1] {
        let mut client = outsider(&site.postfix);
        good(&client.pipeline(&["MAIL FROM:<eva@client.test>", "RCPT TO:<info@crm.test>"]));
        assert_eq!(client.command("DATA").code, 354);
        client.write(&bytes[..cut]);
    }
    let queue_id = site.accept(&Mail::new("eva@client.test", &["info@crm.test"], &letter));
    site.intakes(&queue_id, 1);
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "1");
}

#[test]
fn client_lost_right_after_its_last_dot_is_recorded_once_with_its_retry() {
    let site = Site::start();
    for (number, ours) in ["info@crm.test", "office@crm.test"].into_iter().enumerate() {
        let letter = plain(EVA, ours, &format!("Unanswered {number}"), "Hello.");
        let mut client = outsider(&site.postfix);
        let to = format!("RCPT TO:<{ours}>");
        good(&client.pipeline(&["MAIL FROM:<eva@client.test>", &to, "RCPT TO:<luis@crm.test>"]));
        assert_eq!(client.command("DATA").code, 354);
        client.write(&dotted(letter.as_bytes()));
        drop(client);
        // It does not know, and tries again.
        let queue_id = site.accept(&Mail::new("eva@client.test", &[ours, "luis@crm.test"], &letter));
        site.postfix.wait_removed(&queue_id);
        site.intakes(&queue_id, 1);
        site.wait_spool_empty();
        let sql =
            format!("SELECT count(*) FROM crm.intake WHERE subject = 'Unanswered {number}' AND outcome");
        assert_eq!(site.value(&format!("{sql} = 'recorded'")), "1", "{ours}");
        assert_eq!(site.value(&format!("{sql} NOT IN ('recorded', 'duplicate')")), "0", "{ours}");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "2");
    assert_eq!(site.value("SELECT count(*) FROM crm.record"), "1");
}

#[test]
fn empty_and_huge_messages_are_recorded() {
    let site = Site::start();
    let mut huge = plain(EVA, "info@crm.test", "Huge", "").into_bytes();
    while huge.len() < 24 << 20 {
        huge.extend_from_slice(b"A line of some seventy octets, again and again until it is large.\r\n");
    }
    for (name, letter) in [
        ("empty", Vec::new()),
        ("blank", b"\n".to_vec()),
        ("header", b"Subject: x\n".to_vec()),
        ("huge", huge),
    ] {
        let sent = site.send(&Mail::new("eva@client.test", &["info@crm.test", "luis@crm.test"], &letter));
        assert!(sent.accepted(), "{name}: {sent:?}");
        let intake = site.intakes(sent.queue_id(), 1).remove(0);
        assert_eq!(intake.door, "milter", "{name}: {intake:?}");
        let raw = site.raw(&intake.mail);
        assert!(raw.len() >= letter.len(), "{name}: {} of {}", raw.len(), letter.len());
        site.postfix.wait_removed(sent.queue_id());
    }
    assert_eq!(site.postfix.delivered("luis@crm.test").len(), 4);
}

#[test]
fn recipient_is_ours_in_whatever_spelling_it_comes() {
    let site = Site::start();
    let spellings = [
        ("<INFO@CRM.TEST>", ""),
        ("<Info@Crm.Test>", ""),
        ("<\"info\"@crm.test>", ""),
        ("<\"in\\fo\"@crm.test>", ""),
        ("<@relay.test:info@crm.test>", ""),
        ("<@a.test,@b.test:Info@crm.test>", ""),
        ("info@crm.test", ""),
        (" <info@crm.test> NOTIFY=NEVER ORCPT=rfc822;Info@crm.test", ""),
        ("<info+DEAL-7@crm.test>", "DEAL-7"),
        ("<\"info+DEAL-7\"@crm.test>", "DEAL-7"),
        ("<INFO+DEAL-7@CRM.TEST>", "DEAL-7"),
        ("<info+@crm.test>", ""),
        ("<info+a+b@crm.test>", "a+b"),
    ];
    for (number, (spelling, detail)) in spellings.into_iter().enumerate() {
        let mut client = outsider(&site.postfix);
        assert_eq!(client.command("MAIL FROM:<eva@client.test>").code, 250);
        let reply = client.command(&format!("RCPT TO:{spelling}"));
        assert_eq!(reply.code, 250, "{spelling}: {reply:?}");
        let letter = plain(EVA, "info@crm.test", &format!("Spelling {number}"), "Hello.");
        let reply = client.data(letter.as_bytes());
        let queue_id = reply.queue_id().unwrap_or_else(|| panic!("{spelling}: {reply:?}"));
        let intake = site.intakes(queue_id, 1).remove(0);
        assert_eq!(
            (intake.inbox.as_str(), intake.door.as_str()),
            ("info", "milter"),
            "{spelling}: {intake:?}"
        );
        let sql = format!("SELECT detail FROM crm.intake WHERE queue_id = '{queue_id}'");
        assert_eq!(site.value(&sql), detail, "{spelling}");
    }
    site.wait_spool_empty();
    assert!(!site.postfix.log().contains("relay=crm-milter"), "one was not deleted:\n{}", site.postfix.log());
}

#[test]
fn null_sender_is_listed_and_makes_nobody() {
    let site = Site::start();
    let letter = plain("MAILER-DAEMON@client.test", "info@crm.test", "Undelivered", "No such user.");
    let intake = site.record(&Mail::new("", &["info@crm.test"], letter));
    assert!(["automatic", "bounce"].contains(&intake.outcome.as_str()), "{intake:?}");
    let letter = plain(EVA, "info@crm.test", "Null", "Hello.");
    site.record(&Mail::new("", &["info@crm.test"], letter));
    let made = site.rows("SELECT address FROM crm.contact_address");
    assert!(made.iter().all(|row| row[0] == "eva@client.test"), "{made:?}");
}
