//! What users write to contacts, by the real daemon and Postfix, and what comes back of it: rows W13, W14, W18, X06.

use crate::harness::sink::{Sink, Taken};
use crate::harness::site::{INBOXES, Intake, Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use std::path::Path;
use std::time::Duration;

const EVA: &str = "Eva Soler <eva@client.test>";
const SECRET: &str = "Fussy, and pays late";

/// A company whose mail goes to a sink, and Eva's ticket.
fn company(sink: &Sink) -> (Site, String) {
    let inboxes = INBOXES.replace("\"INC\"", "\"INC\"\nunknown_code = \"refuse\"");
    let (inboxes, outbox) = (inboxes.as_str(), "inbox = \"info\"");
    let site = Site::with(&Options { outbox_port: Some(sink.port), outbox, inboxes, ..Options::default() });
    let asked = plain(EVA, "support@crm.test", "Lamp", "It does not work.");
    assert_eq!(site.record(&Mail::new("eva@client.test", &["support@crm.test"], asked)).outcome, "recorded");
    let code = site.value("SELECT code FROM crm.ticket");
    (site, code)
}

/// Waits until everything that is to go out has been sent and is kept.
fn all_sent(site: &Site) {
    let log = site.scratch.path().join("daemon.log");
    let watched: [&Path; 1] = [&log];
    wait::until("an empty outbox", &watched, Duration::from_secs(60), || {
        (site.value("SELECT count(*) FROM crm.outbox WHERE state <> 'sent'") == "0").then_some(())
    });
}

/// An answer from that author to that address.
fn answer(site: &Site, from: &str, to: &str, number: u32, fields: &str) -> Intake {
    let (local, domain) = from.split_once('@').unwrap();
    let subject = if fields.contains("Subject: ") { "" } else { "Subject: Re: Lamp\n" };
    let message = format!(
        "From: {from}\nTo: {to}\n{subject}Message-ID: <{local}.{number}@{domain}>\n\
         Date: Sun, 22 Nov 2026 11:00:00 +0100\n{fields}\nAnswer {number}\n"
    );
    site.record(&Mail::new(from, &[to], message))
}

/// Solves the ticket again and says what it stood at.
fn solve(site: &Site, code: &str) -> String {
    let status = site.value(&format!("SELECT status FROM crm.ticket WHERE code = '{code}'"));
    site.crmctl(&["ticket", "set", code, "status=solved"]);
    status
}

fn tickets_of(site: &Site, mail: &str) -> Vec<Vec<String>> {
    site.rows(&format!(
        "SELECT t.code, l.unverified FROM crm.link l JOIN crm.ticket t ON t.id = l.ticket_id \
         WHERE l.mail_id = '{mail}' ORDER BY 1"
    ))
}

fn address_in(value: &str) -> String {
    value.rsplit_once('<').map_or(value, |(_, rest)| rest).trim_end_matches('>').to_owned()
}

fn comment(site: &Site, sink: &Sink, code: &str, text: &str) -> Taken {
    let before = sink.taken().len();
    site.crmctl(&["--as", "ana", "ticket", "comment", code, text]);
    let taken = sink.wait(before + 1).remove(before);
    all_sent(site);
    taken
}

#[test]
fn comment_goes_out_and_its_answer_comes_back_whatever_became_of_the_address() {
    let sink = Sink::start();
    let (site, code) = company(&sink);
    site.crmctl(&["--as", "ana", "ticket", "note", &code, SECRET]);
    let sent = comment(&site, &sink, &code, "It is on its way.");
    let field = |name: &str| sent.field(name).unwrap_or_default();
    let own = site.value("SELECT message_id FROM crm.outbox");
    let reply_to = address_in(&field("Reply-To"));
    assert_eq!(
        (sent.rcpt.as_str(), field("From").as_str()),
        ("<eva@client.test>", "support <support@crm.test>")
    );
    assert!(sent.mail.starts_with("<support+b.1."), "{}", sent.mail);
    assert!(reply_to.starts_with(&format!("support+{code}.")) && reply_to.len() < 80, "{reply_to}");
    assert_eq!((field("Subject"), field("Message-ID")), (format!("Re: Lamp [{code}]"), own.clone()));
    assert_eq!(
        (field("In-Reply-To").as_str(), field("References").as_str()),
        ("<lamp@letters.test>", "<lamp@letters.test>")
    );
    assert!(
        sent.message.contains("It is on its way.") && sent.message.contains("Ana Torres"),
        "{}",
        sent.message
    );
    let page = site.crmctl(&["ticket", "show", &code]);
    assert!(page.contains("wrote (sent)") && page.contains(SECRET), "{page}");
    solve(&site, &code);
    // As it is; in other cases; without its detail, by the thread; signed by a key that was rotated since.
    let (upper, lower) = (reply_to.to_uppercase(), reply_to.to_lowercase());
    site.rows("UPDATE crm.signing_key SET made_at = now() - interval '100 days'");
    assert_eq!(site.value("SELECT crm.rotate_signing_key()"), "t");
    let again = comment(&site, &sink, &code, "Has it come?");
    let newer = address_in(&again.field("Reply-To").unwrap());
    assert_ne!(newer, reply_to);
    assert!(again.field("References").unwrap().contains(&own), "{:?}", again.field("References"));
    let thread = format!("In-Reply-To: {own}\n");
    for (number, (to, fields)) in (1..).zip([
        (reply_to.as_str(), ""),
        (&upper, ""),
        (&lower, ""),
        (&newer, ""),
        ("support@crm.test", thread.as_str()),
    ]) {
        let intake = answer(&site, "eva@client.test", to, number, fields);
        assert_eq!(
            (intake.inbox.as_str(), intake.outcome.as_str()),
            ("support", "recorded"),
            "{to}: {intake:?}"
        );
        assert_eq!(tickets_of(&site, &intake.mail), [[code.as_str(), "f"]], "{to}");
        assert_eq!(solve(&site, &code), "open", "{to}");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.ticket"), "1");
    let details = site.rows("SELECT DISTINCT detail FROM crm.intake WHERE detail IS NOT NULL");
    assert_eq!(details, [[code]], "lists show the code alone");
    for taken in sink.taken() {
        assert!(!format!("{taken:?}").contains(SECRET), "{taken:?}");
    }
    assert!(!site.value("SELECT string_agg(o::text, '') FROM crm.outbox o").contains(SECRET));
}

#[test]
fn stranger_comes_into_no_ticket_by_its_number_or_a_forged_address_and_stays_unverified_by_a_true_one() {
    let sink = Sink::start();
    let (site, code) = company(&sink);
    let reply_to = address_in(&comment(&site, &sink, &code, "On its way.").field("Reply-To").unwrap());
    let other = plain("Max <max@else.test>", "support@crm.test", "Chair", "It is broken.");
    site.record(&Mail::new("max@else.test", &["support@crm.test"], other));
    let of_max = site.value(&format!("SELECT code FROM crm.ticket WHERE code <> '{code}'"));
    solve(&site, &code);
    // The number alone, in the subject and behind the delimiter; a true signature at another's number; a made one.
    let bare = format!("support+{code}@crm.test");
    let (moved, made) =
        (reply_to.replacen(&code, &of_max, 1), format!("support+{code}.abcdefghijklmnopq@crm.test"));
    let subject = format!("Subject: [{code}] me too\n");
    for (number, (to, fields)) in
        (1..).zip([("support@crm.test", subject.as_str()), (&bare, ""), (&moved, ""), (&made, "")])
    {
        let intake = answer(&site, "eve@evil.test", to, number, fields);
        let on: Vec<String> = tickets_of(&site, &intake.mail).into_iter().map(|row| row[0].clone()).collect();
        assert!(!on.contains(&code) && !on.contains(&of_max), "{to}: {on:?}");
        assert_eq!(solve(&site, &code), "solved", "{to}");
    }
    let log = site.daemon().log();
    assert!(
        log.contains(&format!("{moved} is not signed by us"))
            && log.contains(&format!("{made} is not signed by us")),
        "{log}"
    );
    // The true address, handed on: there, but unverified; nothing is made, reopened or sent.
    let (contacts, mails_out) = (site.value("SELECT count(*) FROM crm.contact"), sink.taken().len());
    for (number, from) in [(5, "mallory@evil.test"), (6, "max@else.test")] {
        let intake = answer(&site, from, &reply_to, number, "");
        assert_eq!(intake.outcome, "recorded");
        assert!(intake.reason.contains("unverified") && intake.reason.contains(from), "{}", intake.reason);
        assert_eq!(tickets_of(&site, &intake.mail), [[code.as_str(), "t"]]);
        assert!(site.crmctl(&["ticket", "show", &code]).contains("Unverified: nobody vouches"));
        assert!(site.crmctl(&["mail", "show", &intake.mail]).contains("rule, unverified"));
        assert_eq!(solve(&site, &code), "solved");
        let told = format!(
            "SELECT u.login FROM crm.notification n JOIN crm.users u ON u.id = n.user_id WHERE n.mail_id = '{}'",
            intake.mail
        );
        assert_eq!(site.rows(&told), [["luis"]], "the ticket's owner");
        site.crmctl(&["--as", "luis", "mail", "link", &intake.mail, &code]);
        assert_eq!(tickets_of(&site, &intake.mail), [[code.as_str(), "f"]], "vouched for");
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.contact"), contacts);
    assert_eq!((sink.taken().len(), site.value("SELECT count(*) FROM crm.outbox")), (mails_out, "1".into()));
    // The inbox refuses a colleague's unknown code, and takes the signed address.
    for (to, code) in [("support+INC-2026-00099@crm.test", 550), (reply_to.as_str(), 250)] {
        let from_ana = plain("Ana Torres <ana@crm.test>", to, "For the ticket", "See below.");
        let sent = site.send(&Mail::new("ana@crm.test", &["eva@client.test", to], from_ana).login("ana"));
        assert_eq!(sent.rcpts[1].code, code, "{sent:?}");
    }
}

#[test]
fn letter_goes_out_in_the_users_name_is_stored_and_its_answer_is_found() {
    let sink = Sink::start();
    let (site, _) = company(&sink);
    site.crmctl(&["contact", "set", "eva@client.test", "owner=luis"]);
    site.crmctl(&["contact", "add", "Kim", "--address", "kim@client.test", "--set", "owner=ana"]);
    site.crmctl(&[
        "record",
        "add",
        "--kind",
        "deal",
        "--title",
        "House",
        "--contact",
        "eva@client.test",
        "--owner",
        "luis",
    ]);
    let file = site.scratch.path().join("Angebot für Eva.pdf");
    std::fs::write(&file, b"%PDF-1.7\n\x00\xff\n").unwrap();
    let words = [
        "--as",
        "luis",
        "mail",
        "write",
        "--to",
        "eva@client.test",
        "--record",
        "DEAL-1",
        "--subject",
        "Ihr Angebot: größer\u{2026}",
        "--attach",
        file.to_str().unwrap(),
    ];
    site.crmctl_fed(&words, "Dear Eva,\n\nhere it is.\n");
    let letter = sink.wait(1).remove(0);
    all_sent(&site);
    let field = |name: &str| letter.field(name).unwrap_or_default();
    assert_eq!(
        (field("From").as_str(), letter.rcpt.as_str()),
        ("Luis Gil <luis@crm.test>", "<eva@client.test>")
    );
    assert!(letter.mail.starts_with("<info+b.1."), "{}", letter.mail);
    let reply_to = field("Reply-To");
    let (own, filed) = reply_to.split_once(", ").unwrap();
    assert_eq!(own, "Luis Gil <luis@crm.test>");
    let filed = address_in(filed);
    assert!(filed.starts_with("info+DEAL-1."), "{filed}");
    assert_eq!(field("Auto-Submitted"), "");
    let stored = site.rows("SELECT id, source, direction, subject FROM crm.mail WHERE source = 'desk'");
    assert_eq!(stored[0][1..], ["desk", "out", "Ihr Angebot: größer… [DEAL-1]"]);
    let attached = site.rows(&format!(
        "SELECT a.name, a.media_type, encode(c.content, 'hex') FROM crm.attachment a \
         JOIN crm.attachment_content c USING (sha256) WHERE a.mail_id = '{}'",
        stored[0][0]
    ));
    assert_eq!(attached, [["Angebot für Eva.pdf", "application/pdf", "255044462d312e370a00ff0a"]]);
    let message = crm_milter::mail::message::read(letter.message.as_bytes());
    assert_eq!(message.attachments[0].name.as_deref(), Some("Angebot für Eva.pdf"));
    assert_eq!(message.attachments[0].content, b"%PDF-1.7\n\x00\xff\n");
    assert!(site.crmctl(&["--as", "luis", "mail", "list", "--record", "DEAL-1"]).contains("Ihr Angebot"));
    // An answer to all reaches the user, and the record; one without the detail finds it by its thread.
    let to_all = format!(
        "From: {EVA}\nTo: luis@crm.test, {filed}\nSubject: Re: Ihr Angebot\nMessage-ID: <yes@client.test>\n\nYes.\n"
    );
    let queue_id = site.accept(&Mail::new("eva@client.test", &["luis@crm.test", &filed], to_all));
    let all = site.intakes(&queue_id, 1).remove(0);
    let records = |mail: &str| {
        site.rows(&format!(
            "SELECT r.code FROM crm.link l JOIN crm.record r ON r.id = l.record_id WHERE l.mail_id = '{mail}'"
        ))
    };
    assert_eq!((all.outcome.as_str(), records(&all.mail)), ("recorded", vec![vec!["DEAL-1".to_owned()]]));
    site.postfix.wait_removed(&queue_id);
    assert_eq!(site.postfix.delivered("luis@crm.test").len(), 1);
    let found = answer(
        &site,
        "eva@client.test",
        "info@crm.test",
        1,
        &format!("References: {}\n", field("Message-ID")),
    );
    assert!(found.reason.contains("filed with the mail that it answers"), "{found:?}");
    // Answered from the card: in its thread.
    let mail = all.mail.as_str();
    site.crmctl_fed(&["--as", "luis", "mail", "write", "--reply-to", mail, "--quote"], "Thank you.\n");
    let thanks = sink.wait(2).remove(1);
    assert_eq!(thanks.field("In-Reply-To").as_deref(), Some("<yes@client.test>"));
    assert_eq!(thanks.field("Subject").as_deref(), Some("Re: Ihr Angebot [DEAL-1]"));
    assert!(thanks.message.contains("Thank you.") && thanks.message.contains("> Yes."), "{}", thanks.message);
    // About no record: the inbox files answers under the contact.
    site.crmctl_fed(
        &["--as", "luis", "mail", "write", "--to", "eva@client.test", "--subject", "Hi"],
        "Hello.\n",
    );
    let plain = sink.wait(3).remove(2);
    assert_eq!(plain.field("Reply-To").as_deref(), Some("Luis Gil <luis@crm.test>, Web <info@crm.test>"));
    // Another's contact is nobody's to write to.
    let refused =
        site.try_crmctl(&["--as", "luis", "mail", "write", "--to", "kim@client.test", "--subject", "x"]);
    assert!(!refused.status.success(), "{refused:?}");
}
