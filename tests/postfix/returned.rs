//! Bounces that come back over real servers: the next hop refuses, our own Postfix makes the report, and the
//! address is off (rows W15 and W17).

use crate::harness::database;
use crate::harness::postfix::free_port;
use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::letters::plain;
use crm_milter::crm::signed::{Detail, Keys};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A mail server of somebody else's that refuses every recipient with 5xx.
struct NextHop {
    sink: Child,
    port: u16,
}

impl NextHop {
    fn refusing() -> NextHop {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let sink = Command::new("/usr/sbin/smtp-sink")
            .args(["-u", "nobody", "-f", "RCPT", "-B", "550 5.1.1 no such user here", &listen, "100"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        NextHop { sink, port }
    }
}

impl Drop for NextHop {
    fn drop(&mut self) {
        self.sink.kill().unwrap();
        self.sink.wait().unwrap();
    }
}

/// A letter in the outbox as if it had been sent, and the signed addresses for what comes back.
struct Letter {
    bounce: String,
    unsubscribe: String,
}

fn letter(site: &Site, rcpt_to: &str) -> Letter {
    let number = site.value(&format!(
        "INSERT INTO crm.outbox (id, kind, state, inbox, mail_from, rcpt_to, message_id, subject, message) VALUES \
         (gen_random_uuid(), 'letter', 'sent', 'info', 'info@crm.test', '{rcpt_to}', '<' || gen_random_uuid() || \
         '@crm.test>', 'Offer', '{{}}') RETURNING number"
    ));
    let number: i64 = number.parse().unwrap();
    let rows = database::rows(
        &site.scratch.path().join("run/postgresql"),
        "SELECT id, encode(secret, 'hex') FROM crm.signing_key ORDER BY made_at DESC",
    );
    let octets =
        |hex: &str| (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    let keys = Keys::new(rows.unwrap().iter().map(|row| (row[0].parse().unwrap(), octets(&row[1]))));
    let signed = |detail| keys.address("info@crm.test", Some('+'), &detail).unwrap();
    Letter { bounce: signed(Detail::Bounce(number)), unsubscribe: signed(Detail::Unsubscribe(number)) }
}

fn wait_off(site: &Site, address: &str) -> String {
    let sql =
        format!("SELECT reason FROM crm.address_state WHERE address = '{address}' AND off_at IS NOT NULL");
    wait::until(&format!("{address} is off"), &[&site.spool()], PATIENCE, || {
        site.try_rows(&sql).unwrap_or_default().first().map(|row| row[0].clone())
    })
}

/// A letter goes to a server that refuses it, and the bounce that our Postfix makes comes in by that door.
fn own_bounce_comes_back_by(main_cf: &str, door: &str) {
    let next_hop = NextHop::refusing();
    let main_cf = format!(
        "{main_cf}transport_maps = inline:{{ {{ gone.test = smtp:[127.0.0.1]:{} }} }}, \
         texthash:${{config_directory}}/crm-milter-transport\n",
        next_hop.port
    );
    let site = Site::with(&Options { main_cf: &main_cf, ..Options::default() });
    site.crmctl(&["contact", "add", "Bob", "--address", "bob@gone.test"]);
    // The daemon itself sends it, to the listener that Postfix has for that.
    write(&site, "bob@gone.test");
    assert_eq!(wait_off(&site, "bob@gone.test"), "bounce");
    let intake = site.rows("SELECT outcome, door, mail_from, reason FROM crm.intake");
    assert_eq!(
        (intake.len(), intake[0][0].as_str(), intake[0][1].as_str()),
        (1, "bounce", door),
        "{intake:?}"
    );
    assert_eq!(intake[0][2], "", "{intake:?}");
    let sent = site.rows("SELECT report, report_text FROM crm.outbox");
    assert_eq!(sent[0][0], "bounce", "{sent:?}");
    assert!(sent[0][1].contains("550 5.1.1 no such user here"), "{sent:?}");
    assert!(site.crmctl(&["address", "show", "bob@gone.test"]).contains("it takes no mail"));
    let contact = site.crmctl(&["contact", "show", "bob@gone.test"]);
    assert!(contact.contains("switched off: bounce") && contact.contains("Undelivered Mail"), "{contact}");
    assert_eq!(site.value("SELECT count(*) FROM crm.contact"), "1");
    // The next letter stays here.
    let next = write(&site, "bob@gone.test");
    let sql = format!("SELECT error FROM crm.outbox WHERE id = '{next}' AND state = 'cancelled'");
    let log = site.scratch.path().join("daemon.log");
    let error = wait::until("the next letter's end", &[&log], PATIENCE, || {
        site.try_rows(&sql).unwrap_or_default().first().map(|row| row[0].clone())
    });
    assert!(error.contains("switched-off (bounce)"), "{error}");
    // Switched on again, one goes out once more.
    site.crmctl(&["address", "on", "bob@gone.test", "--consent", "he has a mailbox again"]);
    let again = write(&site, "bob@gone.test");
    let sql = format!("SELECT report FROM crm.outbox WHERE id = '{again}' AND report IS NOT NULL");
    let report = wait::until("the bounce of the last letter", &[&log], PATIENCE, || {
        site.try_rows(&sql).unwrap_or_default().first().map(|row| row[0].clone())
    });
    assert_eq!(report, "bounce");
}

/// Writes a letter into the outbox, for a contact that is there, and returns its id.
fn write(site: &Site, rcpt_to: &str) -> String {
    site.value(&format!(
        "INSERT INTO crm.outbox (id, kind, inbox, mail_from, rcpt_to, message_id, subject, message, contact_id) SELECT id, \
         'letter', 'info', 'info@crm.test', '{rcpt_to}', '<' || id || '@crm.test>', 'Offer', '{{\"text\": \"Dear customer\"}}', \
         (SELECT contact_id FROM crm.contact_address WHERE address = '{rcpt_to}') FROM gen_random_uuid() AS id RETURNING id"
    ))
}

#[test]
fn bounce_that_our_own_postfix_makes_comes_back_by_the_door_and_switches_off() {
    own_bounce_comes_back_by("internal_mail_filter_classes =\n", "pipe");
}

#[test]
fn bounce_that_our_own_postfix_makes_comes_back_by_the_milter_and_switches_off() {
    own_bounce_comes_back_by("non_smtpd_milters = $smtpd_milters\n", "milter");
}

#[test]
fn bounce_of_another_server_and_unsubscribe_by_mail_come_to_the_signed_addresses_by_both_doors() {
    let mut site = Site::start();
    let report = |id: &str| {
        format!(
            "From: MAILER-DAEMON@mx.client.test\nTo: info@crm.test\nSubject: Undelivered\nMessage-ID: <{id}@client.test>\n\
             MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n\
             It failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.client.test\n\n\
             Final-Recipient: rfc822; x@client.test\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
        )
    };
    let letters: Vec<Letter> =
        ["a", "b", "c", "d"].map(|name| letter(&site, &format!("{name}@client.test"))).into();
    let bounce = site.record(&Mail::new("", &[&letters[0].bounce], report("milter")));
    assert_eq!((bounce.outcome.as_str(), bounce.door.as_str()), ("bounce", "milter"), "{bounce:?}");
    let wish = plain("b@client.test", &letters[1].unsubscribe, "unsubscribe", "");
    let unsubscribe = site.record(&Mail::new("b@client.test", &[&letters[1].unsubscribe], wish));
    assert_eq!((unsubscribe.outcome.as_str(), unsubscribe.door.as_str()), ("unsubscribe", "milter"));
    // Without the milter they wait in Postfix and in the spool.
    site.stop_daemon();
    let by_door = site.accept(&Mail::new("", &[&letters[2].bounce], report("pipe")));
    let wish = plain("d@client.test", &letters[3].unsubscribe, "unsubscribe me", "");
    let wish = site.accept(&Mail::new("d@client.test", &[&letters[3].unsubscribe.to_uppercase()], wish));
    site.start_daemon();
    assert_eq!(site.intakes(&by_door, 1)[0].door, "pipe");
    assert_eq!(site.intakes(&wish, 1)[0].outcome, "unsubscribe");
    let off =
        site.rows("SELECT address, reason FROM crm.address_state WHERE off_at IS NOT NULL ORDER BY address");
    let expected = [("a", "bounce"), ("b", "unsubscribe"), ("c", "bounce"), ("d", "unsubscribe")];
    let expected = expected.map(|(name, reason)| [format!("{name}@client.test"), reason.to_owned()].to_vec());
    assert_eq!(off, expected);
    let listed = site.crmctl(&["intake", "list", "--outcome", "unsubscribe"]);
    assert_eq!(listed.matches("b@client.test is switched off").count(), 1, "{listed}");
    assert_eq!(site.value("SELECT count(*) FROM crm.contact"), "0");
}

#[test]
fn neither_a_block_nor_an_unknown_code_keeps_out_what_comes_back_of_our_mail() {
    let inboxes = format!(
        "{}\n[[inbox]]\nkey = \"strict\"\naddress = \"strict@crm.test\"\nkind = \"leads\"\nunknown_code = \"refuse\"\n",
        crate::harness::site::INBOXES
    );
    let site = Site::with(&Options { inboxes: &inboxes, ..Options::default() });
    site.crmctl(&["block", "add", "@client.test", "--scope", "all"]);
    let blocked = plain("x@client.test", "info@crm.test", "Hello", "Hello.");
    wait::until("the block", &[&site.scratch.path().join("daemon.log")], PATIENCE, || {
        let sent = site.send(&Mail::new("x@client.test", &["info@crm.test"], &blocked));
        (!sent.accepted()).then_some(())
    });
    let sent = letter(&site, "bob@client.test");
    let report =
        plain("MAILER-DAEMON@client.test", "x", "Undelivered", "<bob@client.test>: 550 5.1.1 no such user");
    let bounce = site.record(&Mail::new("", &[&sent.bounce], report));
    assert_eq!(bounce.outcome, "bounce", "{bounce:?}");
    let wish = plain("bob@client.test", "x", "unsubscribe", "");
    let wish = site.record(&Mail::new("bob@client.test", &[&sent.unsubscribe], wish));
    assert_eq!(wish.outcome, "unsubscribe", "{wish:?}");
    // A signature that is none opens no door to whoever is blocked.
    let forged = "info+u.1.aaaaaaaaaaaaaaaaa@crm.test";
    let forged = site.record(&Mail::new(
        "bob@client.test",
        &[forged],
        plain("bob@client.test", "x", "Forged", "Hello."),
    ));
    assert_eq!((forged.outcome.as_str(), forged.mail.as_str()), ("blocked", ""), "{forged:?}");
    let colleague = site.send(
        &Mail::new(
            "ana@crm.test",
            &["strict+b.1.aaaaaaaaaaaaaaaaa@crm.test"],
            plain("ana@crm.test", "x", "Code", "Hi"),
        )
        .login("ana"),
    );
    assert!(colleague.accepted(), "{colleague:?}");
}
