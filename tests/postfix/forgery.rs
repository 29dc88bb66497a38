//! Nobody gets a colleague's authority by what they write: row X04. Each way of [`super::forged`] goes through
//! Postfix to the assistant, with DMARC switched on and proven, and a filter of our own host before us.

use crate::forged::{self, ANA, Forgery, PASS};
use crate::harness::milter::{Milter, Verdict};
use crate::harness::site::{INBOXES, Options, Site};
use crate::harness::smtp::Client;
use crate::letters::plain;

const AUTHORITY: &str = "[authority]\nauthserv_id = \"mx.crm.test\"\n";

/// A company that trusts its filter, and the filter.
fn company(proven: bool) -> (Site, Milter) {
    let filter = Milter::start();
    let inboxes = format!("{INBOXES}\n{AUTHORITY}");
    let site = Site::with(&Options {
        inboxes: &inboxes,
        milters_before: &[filter.endpoint()],
        main_cf: "non_smtpd_milters = $smtpd_milters\nsmtputf8_enable = yes\n",
        ..Options::default()
    });
    if proven {
        site.prove("mx.crm.test");
    }
    (site, filter)
}

fn letter(number: usize, header: &str) -> Vec<u8> {
    let (header, body) = header.split_once("\n\n").unwrap_or((header, "Forged."));
    format!(
        "{header}\nTo: eva@client.test\nSubject: Number {number}\nMessage-ID: <{number}@evil.test>\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0100\n\n{body}\n"
    )
    .into_bytes()
}

fn says(host: &[String]) -> Verdict {
    Verdict::Prepend(host.iter().map(|value| ("Authentication-Results".to_owned(), value.clone())).collect())
}

/// Sends one with the assistant among others and to the assistant alone; returns the queue ids of what was taken.
fn send(client: &mut Client, filter: &Milter, number: usize, forgery: &Forgery) -> Vec<String> {
    let Forgery { name, host, header, mail_from, parameters } = forgery;
    let mut taken = Vec::new();
    for (to, number) in
        [(&["luis@crm.test", "log@crm.test"][..], 2 * number), (&["log@crm.test"], 2 * number + 1)]
    {
        filter.expect(&[says(host)]);
        let utf8 = if header.is_ascii() { "" } else { " SMTPUTF8" };
        assert_eq!(client.command(&format!("MAIL FROM:<{mail_from}>{utf8}{parameters}")).code, 250, "{name}");
        let replies: Vec<_> = to.iter().map(|to| client.command(&format!("RCPT TO:<{to}>"))).collect();
        assert!(replies.iter().all(|reply| [250, 550].contains(&reply.code)), "{name}: {replies:?}");
        let reply = client.data(&letter(number, header));
        match reply.queue_id() {
            Some(id) => taken.push(id.to_owned()),
            None => {
                assert!(matches!(reply.code, 550 | 554), "{name}: {reply:?}");
                assert_eq!(to.len(), 1, "{name}: the other recipient lost it: {reply:?}");
                assert_eq!(client.command("RSET").code, 250);
            }
        }
    }
    taken
}

#[test]
fn no_forgery_gives_a_colleagues_authority() {
    let (site, filter) = company(true);
    let forgeries = forged::all();
    assert!(forgeries.len() >= 60, "{}", forgeries.len());
    let mut taken = Vec::new();
    for (number, forgery) in forgeries.iter().enumerate() {
        let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
        let ids = send(&mut client, &filter, number, forgery);
        taken.extend(ids.into_iter().map(|id| (forgery.name, id)));
    }
    site.wait_spool_empty();
    // With others among the recipients it is never refused.
    assert!(taken.len() >= forgeries.len(), "{} taken", taken.len());
    let mut wrong = Vec::new();
    for (name, id) in &taken {
        let sql = format!("SELECT outcome, reason, user_id FROM crm.intake WHERE queue_id = '{id}'");
        let rows = site.rows(&sql);
        let harmless = |row: &Vec<String>| {
            ["unresolved", "automatic", "duplicate"].contains(&row[0].as_str()) && row[2].is_empty()
        };
        if rows.len() != 1 || !rows.iter().all(harmless) {
            wrong.push(format!("{name}: {rows:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), taken.len(), wrong.join("\n"));
    nothing_filed(&site);
}

fn nothing_filed(site: &Site) {
    for sql in [
        "SELECT count(*) FROM crm.mail WHERE filed_by IS NOT NULL",
        "SELECT count(*) FROM crm.intake WHERE user_id IS NOT NULL",
        "SELECT count(*) FROM crm.link",
        "SELECT count(*) FROM crm.contact",
        "SELECT count(*) FROM crm.record",
    ] {
        assert_eq!(site.value(sql), "0", "{sql}");
    }
}

#[test]
fn one_aligned_pass_of_our_own_host_gives_its_author_authority() {
    let (site, filter) = company(true);
    let ways = [
        (vec![PASS], ANA),
        (vec!["MX.CRM.test; DMARC=Pass (p=reject) header.from=CRM.test"], "From: ana@crm.test"),
        (
            vec![
                "mx.crm.test 1;\n\tspf=fail (dmarc=fail) smtp.mailfrom=x@evil.test;\n\tdmarc=pass header.from=crm.test",
            ],
            ANA,
        ),
        (
            vec![
                "mx.crm.test; dkim=fail header.d=evil.test",
                PASS,
                "mx.crm.test; spf=none smtp.mailfrom=evil.test",
            ],
            ANA,
        ),
        (vec![PASS], "From: \"Torres, Ana @ ACME\" <ANA@CRM.test>"),
        (vec![PASS], "From: =?utf-8?q?Ana_=3Ceve=40evil.test=3E?= <ana@crm.test>"),
        (vec![PASS], "X-Spam-Status: No\nFrom: Ana Torres <ana@crm.test>\nReply-To: eve@evil.test"),
    ];
    for (number, (host, header)) in ways.into_iter().enumerate() {
        let host: Vec<String> = host.into_iter().map(str::to_owned).collect();
        filter.expect(&[says(&host)]);
        let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
        let letter = letter(number, header);
        let sent = client.send("bounces@elsewhere.test", &["luis@crm.test", "log@crm.test"], &letter);
        assert!(sent.accepted(), "{header}: {sent:?}");
        let intake = site.intakes(sent.queue_id(), 1).remove(0);
        assert_eq!(intake.outcome, "recorded", "{header}: {intake:?}");
        let by = format!(
            "SELECT login FROM crm.users u JOIN crm.mail m ON m.filed_by = u.id WHERE m.id = '{}'",
            intake.mail
        );
        assert_eq!(site.value(&by), "ana", "{header}");
    }
    assert_eq!(site.rows("SELECT address FROM crm.contact_address"), [["eva@client.test"]]);
}

#[test]
fn pass_proves_nobody_before_a_probe_has_proven_the_filter() {
    let (site, filter) = company(false);
    filter.expect(&[says(&[PASS.to_owned()])]);
    let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
    let sent = client.send("ana@crm.test", &["luis@crm.test", "log@crm.test"], &letter(0, ANA));
    assert!(sent.data.good(), "{sent:?}");
    site.wait_spool_empty();
    nothing_filed(&site);
    // And a proof for another name proves nothing for ours.
    site.prove("mx2.crm.test");
    filter.expect(&[says(&[PASS.to_owned()])]);
    client.send("ana@crm.test", &["luis@crm.test", "log@crm.test"], &letter(1, ANA));
    site.wait_spool_empty();
    nothing_filed(&site);
}

/// Filters leave the mail of their own host alone, so that what stands in it may be forged.
#[test]
fn pass_proves_nobody_on_this_host_or_behind_a_strangers_login() {
    let (site, filter) = company(true);
    let field = format!("Authentication-Results: {PASS}\n{ANA}");
    let to = ["luis@crm.test", "log@crm.test"];
    let mut client = Client::connect(site.postfix.port);
    client.send("ana@crm.test", &to, &letter(0, &field));
    let mut client = Client::connect_as(site.postfix.port, Some("127.8.8.8"), None);
    client.send("ana@crm.test", &to, &letter(1, &field));
    filter.expect(&[says(&[PASS.to_owned()])]);
    let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), Some("guest"));
    client.send("ana@crm.test", &to, &letter(2, ANA));
    let output = site.postfix.sendmail("ana@crm.test", &to, &letter(3, &field));
    assert!(output.status.success(), "{output:?}");
    let line = site.postfix.wait_for_line(&["/cleanup[", "message-id=<3@evil.test>"]);
    let intake = site.intakes(line.split(": ").nth(1).unwrap(), 1).remove(0);
    assert_eq!(intake.outcome, "unresolved", "{intake:?}");
    site.wait_spool_empty();
    nothing_filed(&site);
}

#[test]
fn second_message_smuggled_in_the_first_is_none() {
    let (site, filter) = company(true);
    let inner = format!(
        "MAIL FROM:<ana@crm.test>\r\nRCPT TO:<log@crm.test>\r\nDATA\r\nAuthentication-Results: {PASS}\r\n{ANA}\r\n\
         To: eva@client.test\r\nSubject: Smuggled\r\n\r\nx"
    );
    for (number, end) in
        ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\n\0.\r\n", "\n.\r", "\r\n.\0\r\n"]
            .iter()
            .enumerate()
    {
        let failed = "mx.crm.test; dmarc=fail header.from=crm.test".to_owned();
        filter.expect(&[says(&[failed])]);
        let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
        for command in ["MAIL FROM:<eve@evil.test>", "RCPT TO:<luis@crm.test>", "RCPT TO:<log@crm.test>"] {
            let reply = client.command(command);
            assert!([250, 550].contains(&reply.code), "{reply:?}");
        }
        assert_eq!(client.command("DATA").code, 354);
        let outer = plain("Eve <eve@evil.test>", "eva@client.test", &format!("Outer {number}"), "x");
        let outer = outer.trim_end().replace('\n', "\r\n");
        client.write(format!("{outer}{end}{inner}\r\n.\r\n").as_bytes());
        assert_eq!(client.reply().code, 250, "{end:?}");
        // The next reply is to this: there was one message, and one end.
        assert_eq!(client.command("QUIT").code, 221, "{end:?}: {:?}", client.replies);
    }
    site.wait_spool_empty();
    assert_eq!(site.value("SELECT count(*) FROM crm.intake WHERE subject = 'Smuggled'"), "0");
    nothing_filed(&site);
}
