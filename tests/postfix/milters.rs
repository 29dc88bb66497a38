//! Other milters before and behind ours: what they refuse, put off or add.

use crate::harness::milter::{Milter, Verdict};
use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;
use crate::letters::plain;

const EVA: &str = "Eva Soler <eva@client.test>";

fn before() -> (Milter, Site) {
    let other = Milter::start();
    let site = Site::with(&Options { milters_before: &[other.endpoint()], ..Options::default() });
    (other, site)
}

fn behind() -> (Milter, Site) {
    let other = Milter::start();
    let site = Site::with(&Options { milters_after: &[other.endpoint()], ..Options::default() });
    (other, site)
}

fn outcomes(site: &Site, subject: &str) -> Vec<String> {
    let sql = format!("SELECT outcome FROM crm.intake WHERE subject = '{subject}' ORDER BY 1");
    site.rows(&sql).into_iter().map(|row| row[0].clone()).collect()
}

#[test]
fn what_an_earlier_milter_refuses_is_not_recorded() {
    let (other, site) = before();
    let to = ["info@crm.test", "luis@crm.test"];
    for (verdict, code) in [(Verdict::Reject, 550), (Verdict::Tempfail, 451)] {
        other.expect(&[verdict]);
        let letter = plain(EVA, "info@crm.test", &format!("Refused {code}"), "Hello.");
        let sent = site.send(&Mail::new("eva@client.test", &to, letter));
        assert_eq!(sent.data.code, code, "{sent:?}");
    }
    // A recipient that is refused is none of the message's; the others are.
    other.expect(&[Verdict::RefuseRcpt("info@crm.test".into())]);
    let letter = plain(EVA, "info@crm.test", "Ours refused", "Hello.");
    let sent = site.send(&Mail::new("eva@client.test", &["info@crm.test", "support@crm.test"], letter));
    assert_eq!(sent.rcpts[0].code, 550, "{sent:?}");
    let intake = site.intakes(sent.queue_id(), 1).remove(0);
    assert_eq!(intake.inbox, "support", "{intake:?}");
    site.wait_spool_empty();
    assert_eq!(site.rows("SELECT inbox FROM crm.intake"), [["support"]]);
}

#[test]
fn what_a_later_milter_refuses_or_puts_off_is_adopted_by_its_retry() {
    let (other, site) = behind();
    // Not its own recipient only: what we discard no later milter is asked about.
    let to = ["info@crm.test", "luis@crm.test"];
    for (verdict, code) in [(Verdict::Reject, 550), (Verdict::Tempfail, 451)] {
        let subject = format!("Adopted {code}");
        let letter = plain(EVA, "info@crm.test", &subject, "Hello.");
        other.expect(&[verdict.clone(), verdict]);
        for _ in 0..2 {
            let sent = site.send(&Mail::new("eva@client.test", &to, &letter));
            assert_eq!(sent.data.code, code, "{sent:?}");
        }
        let queue_id = site.accept(&Mail::new("eva@client.test", &to, &letter));
        site.postfix.wait_removed(&queue_id);
        site.intakes(&queue_id, 1);
        site.wait_spool_empty();
        assert_eq!(outcomes(&site, &subject), ["duplicate", "duplicate", "recorded"]);
    }
    assert_eq!(other.ends(), 6);
    // Each was delivered once, is one mail, and all of them are one lead.
    assert_eq!(site.postfix.delivered("luis@crm.test").len(), 2);
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "2");
    assert_eq!(site.value("SELECT count(*) FROM crm.record"), "1");
    assert!(!site.postfix.log().contains("relay=crm-milter"), "{}", site.postfix.log());
}

#[test]
fn colleagues_mail_that_a_later_milter_puts_off_is_filed_once() {
    let (other, site) = behind();
    let letter = plain("Ana <ana@crm.test>", "eva@client.test", "Put off", "Text.");
    let mail = Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test"], letter).login("ana");
    other.expect(&[Verdict::Tempfail]);
    assert_eq!(site.send(&mail).data.code, 451);
    let queue_id = site.accept(&mail);
    site.postfix.wait_removed(&queue_id);
    site.intakes(&queue_id, 1);
    site.wait_spool_empty();
    assert_eq!(outcomes(&site, "Put off"), ["duplicate", "recorded"]);
    assert_eq!(site.value("SELECT count(*) FROM crm.link WHERE contact_id IS NOT NULL"), "1");
    assert_eq!(site.postfix.delivered("eva@client.test").len(), 1);
}

#[test]
fn fields_that_an_earlier_milter_adds_are_recorded_and_make_no_other_mail() {
    let (other, site) = before();
    let letter = plain(EVA, "info@crm.test", "Checked", "Hello.");
    let checked = |id: &str| {
        Verdict::Prepend(vec![
            ("X-Spam-Status".into(), format!("No, id={id}")),
            ("Authentication-Results".into(), format!("mx.crm.test; spf=pass smtp.mailfrom={id}.test")),
        ])
    };
    other.expect(&[checked("one"), checked("two")]);
    let to = ["info@crm.test"];
    let first = site.record(&Mail::new("eva@client.test", &to, &letter));
    let raw = String::from_utf8(site.raw(&first.mail)).unwrap();
    assert!(
        raw.starts_with("Authentication-Results: mx.crm.test; spf=pass smtp.mailfrom=one.test\r\n"),
        "{raw}"
    );
    assert!(raw.contains("\r\nX-Spam-Status: No, id=one\r\n"), "{raw}");
    let second = site.record(&Mail::new("eva@client.test", &to, &letter));
    assert_eq!((second.outcome.as_str(), &second.mail), ("duplicate", &first.mail), "{second:?}");
}

#[test]
fn later_milter_sees_nothing_of_our_recipients_in_what_goes_on() {
    let (other, site) = behind();
    let letter = plain("Ana <ana@crm.test>", "eva@client.test", "Seen behind us", "Text.");
    let mail = Mail::new("ana@crm.test", &["eva@client.test", "log@crm.test"], letter).login("ana");
    site.accept(&mail);
    let fields = other.fields();
    assert!(fields.iter().any(|(name, _)| name == "Subject"), "{fields:?}");
    assert!(
        fields.iter().all(|(name, value)| !name.starts_with("X-CRM") && !value.contains("log@")),
        "{fields:?}"
    );
}
