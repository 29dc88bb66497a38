//! What answers what crm-milter answers: rows X30.

use crate::harness::sink::{Sink, Taken};
use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;
use crate::replies::{ENGLISH, Expected, INBOXES, case};

/// A message of one installation as the other sees it: each calls itself crm.test and the other else.test.
fn across(taken: &Taken) -> (String, Vec<u8>) {
    let swap = |text: &str| {
        text.replace("else.test", "\0").replace("crm.test", "else.test").replace('\0', "crm.test")
    };
    let rcpt = swap(taken.rcpt.trim_matches(['<', '>']));
    (rcpt, swap(&taken.message).into_bytes())
}

#[test]
fn two_installations_pointed_at_each_other_stop_after_one_reply() {
    let (at_a, at_b) = (Sink::start(), Sink::start());
    let site = |sink: &Sink| {
        Site::with(&Options { inboxes: INBOXES, outbox_port: Some(sink.port), ..Options::default() })
    };
    let (a, b) = (site(&at_a), site(&at_b));
    for inbox in ["info", "support"] {
        let before = (at_a.taken().len(), at_b.taken().len());
        // B's inbox seems to write to A's.
        let first = case("loop", inbox, "support@else.test", Expected::Nothing);
        a.record(&Mail::new(
            "support@else.test",
            &[&format!("{inbox}@crm.test")],
            first.message(before.0 + 900),
        ));
        let reply = at_a.wait(before.0 + 1).pop().unwrap();
        let (rcpt, message) = across(&reply);
        assert_eq!(rcpt, "support@crm.test");
        let line = b.record(&Mail::new("", &[&rcpt], message.clone()));
        assert_ne!(line.outcome, "recorded", "{line:?}");
        // Even where somebody gives it a sender and takes the marks of a machine away, the loop's mark is left.
        let bare = String::from_utf8(message)
            .unwrap()
            .replace("Auto-Submitted:", "X-Was:")
            .replace("Suppress:", "Was:");
        let bare =
            bare.replace("List-Unsubscribe:", "X-Was-Too:").replace("Message-ID: <", "Message-ID: <bare");
        b.record(&Mail::new("info@else.test", &[&rcpt], bare));
        let said = b.rows("SELECT reply FROM crm.intake ORDER BY id");
        assert!(said.iter().all(|row| row[0].starts_with("no reply: ")), "{said:?}");
        assert_eq!((at_a.taken().len(), at_b.taken().len()), (before.0 + 1, 0));
    }
    assert_eq!(b.value("SELECT count(*) FROM crm.outbox"), "0");
}

#[test]
fn absence_program_that_ignores_every_rule_gets_one_reply() {
    let sink = Sink::start();
    let site = Site::with(&Options { inboxes: INBOXES, outbox_port: Some(sink.port), ..Options::default() });
    for (at, inbox) in ["info", "support"].iter().enumerate() {
        let away = format!("away{at}@else.test");
        let to = format!("{inbox}@crm.test");
        let letter = |number: usize, subject: &str, text: &str| {
            format!(
                "From: Ann Smith <{away}>\nTo: {to}\nSubject: {subject}\nMessage-ID: <{inbox}{number}@else.test>\n\n{text}\n"
            )
        };
        site.record(&Mail::new(&away, &[&to], letter(0, "The house", ENGLISH)));
        // To the address in From, without a mark, a reference, a code or the word automatic.
        for number in 1..=5 {
            let reply = sink.wait(at + 1).pop().unwrap();
            assert!(reply.field("From").unwrap().contains(&to));
            site.record(&Mail::new(
                &away,
                &[&to],
                letter(number, "Thanks", &format!("I read mail on Mondays. {number}")),
            ));
        }
        let said = site.rows(&format!("SELECT reply FROM crm.intake WHERE inbox = '{inbox}' ORDER BY id"));
        let replies = said.iter().filter(|row| row[0].starts_with("reply to")).count();
        assert_eq!((replies, said.len()), (1, 6), "{said:?}");
    }
    assert_eq!(sink.taken().len(), 2);
}
