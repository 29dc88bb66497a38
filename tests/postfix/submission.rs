//! Who a colleague is at the submission port: real SASL logins, client certificates, and an address of
//! one's own: row X04.

use crate::harness::postfix::Submission;
use crate::harness::site::{Intake, Options, Site};
use crate::harness::smtp::{Client, Mail, Sent};
use crate::harness::tls::Authority;
use crate::letters::plain;

const ANA: &str = "Ana Torres <ana@crm.test>";
const OUTSIDER: &str = "5.7.1 Only for colleagues who have logged in";
const TO: [&str; 2] = ["eva@client.test", "log@crm.test"];

/// A company with a submission service, its authority, and somebody else's.
fn company() -> (Site, Authority, Authority, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new(folder.path().join("ours"), "ACME Staff CA");
    let theirs = Authority::new(folder.path().join("theirs"), "ACME Staff CA");
    let logins = [("ana", "correct horse"), ("luis", "battery"), ("guest", "visitor")];
    let submission = Submission {
        logins: logins.iter().map(|(login, password)| ((*login).into(), (*password).into())).collect(),
        certificate: ours.issue("server", "mx.crm.test"),
        authority: ours.certificate(),
    };
    let site = Site::with(&Options { submission: Some(submission), ..Options::default() });
    (site, ours, theirs, folder)
}

fn letter(subject: &str) -> Vec<u8> {
    plain(ANA, "eva@client.test", subject, "Text.").into_bytes()
}

/// Sends Ana's letter with the assistant in BCC over an open session, and returns what came of it.
fn file(site: &Site, client: &mut Client, subject: &str) -> Intake {
    let sent = client.send("ana@crm.test", &TO, &letter(subject));
    assert!(sent.accepted(), "{subject}: {:?}", client.replies);
    site.intakes(sent.queue_id(), 1).remove(0)
}

fn filed_by(site: &Site, intake: &Intake) -> String {
    let sql = format!(
        "SELECT u.login FROM crm.mail m JOIN crm.users u ON u.id = m.filed_by WHERE m.id = '{}'",
        intake.mail
    );
    site.value(&sql)
}

#[test]
fn colleague_who_logs_in_files_with_the_assistant_in_bcc() {
    let (site, ..) = company();
    let submission = site.postfix.submission;
    for (number, plainly) in [true, false].into_iter().enumerate() {
        let mut client = Client::connect(submission);
        let reply = if plainly {
            client.auth_plain("ana", "correct horse")
        } else {
            client.auth_login("ana", "correct horse")
        };
        assert_eq!(reply.code, 235, "{:?}", client.replies);
        let intake = file(&site, &mut client, &format!("Filed {number}"));
        assert_eq!(intake.outcome, "recorded", "{intake:?}");
        assert_eq!(filed_by(&site, &intake), "ana");
    }
    assert_eq!(site.value("SELECT address FROM crm.contact_address"), "eva@client.test");
}

#[test]
fn wrong_password_or_none_relays_and_files_nothing() {
    let (site, ..) = company();
    let submission = site.postfix.submission;
    let mut client = Client::connect(submission);
    assert_eq!(client.auth_plain("ana", "wrong").code, 535, "{:?}", client.replies);
    assert_eq!(client.auth_login("ana", "wrong").code, 535, "{:?}", client.replies);
    let sent = client.send("ana@crm.test", &TO, &letter("Not logged in"));
    assert!(sent.rcpts.iter().all(|reply| reply.code == 554), "{sent:?}");
    // Who is Postfix's to believe: nobody names a login on a service that grants none of it.
    let mut client = Client::connect(submission);
    assert!(!client.command("XCLIENT LOGIN=ana").good(), "{:?}", client.replies);
    let mut client = Client::connect(site.postfix.port);
    assert!(!client.command("AUTH PLAIN AGFuYQBjb3JyZWN0IGhvcnNl").good(), "{:?}", client.replies);
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "0");
}

#[test]
fn login_that_is_no_users_is_an_outsiders() {
    let (site, ..) = company();
    let mut client = Client::connect(site.postfix.submission);
    assert_eq!(client.auth_plain("guest", "visitor").code, 235, "{:?}", client.replies);
    let sent = client.send("ana@crm.test", &TO, &letter("From a guest"));
    nothing_filed(&site, &sent);
}

#[test]
fn deactivated_user_is_an_outsider_within_a_second() {
    let (site, ..) = company();
    let submission = site.postfix.submission;
    let mut client = Client::connect(submission);
    client.auth_plain("ana", "correct horse");
    assert_eq!(file(&site, &mut client, "Still here").outcome, "recorded");
    let begun = std::time::Instant::now();
    site.crmctl(&["user", "deactivate", "ana"]);
    site.daemon().wait_for(" 1 users known");
    let took = begun.elapsed();
    assert!(took < std::time::Duration::from_secs(5), "{took:?} on a busy machine");
    println!("{took:?} with the command's own time");
    let mut client = Client::connect(submission);
    assert_eq!(client.auth_plain("ana", "correct horse").code, 235, "Postfix still knows the password");
    let sent = client.send("ana@crm.test", &TO, &letter("Gone"));
    assert_eq!(sent.rcpts[1].text, OUTSIDER, "{sent:?}");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "1");
}

/// The outside recipient has the mail, and the assistant refused it.
fn nothing_filed(site: &Site, sent: &Sent) {
    assert_eq!(sent.rcpts[1].code, 550, "{sent:?}");
    assert_eq!(sent.rcpts[1].text, OUTSIDER, "{sent:?}");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "0");
}

#[test]
fn certificate_of_the_staffs_authority_proves_its_user_and_no_other_does() {
    let (site, ours, theirs, _folder) = company();
    let add = ["user", "add", "cora", "--address", "cora@crm.test", "--certificate", "ACME Staff CA", "cora"];
    site.crmctl(&add);
    site.daemon().wait_for(" 3 users known");
    let again = ["user", "add", "dora", "--certificate", "ACME Staff CA", "cora"];
    let refused = site.try_crmctl(&again);
    assert!(!refused.status.success());
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.contains("certificate cora of ACME Staff CA") && error.contains("user cora"), "{error}");
    assert!(site.crmctl(&["user", "list"]).contains("certificate cora of ACME Staff CA"));
    let submission = site.postfix.submission;
    let send = |client: &mut Client, subject: &str| {
        let letter = plain("Cora <cora@crm.test>", "eva@client.test", subject, "Text.");
        client.send("cora@crm.test", &TO, letter.as_bytes())
    };
    // The same names from an authority that this Postfix does not trust.
    let mut client = Client::connect_tls(submission, Some(&theirs.issue("forged", "cora")));
    let sent = send(&mut client, "Forged");
    assert!(sent.rcpts.iter().all(|reply| reply.code == 554), "{sent:?}");
    // A trusted certificate that is no user's.
    let mut client = Client::connect_tls(submission, Some(&ours.issue("printer", "printer")));
    let sent = send(&mut client, "Printer");
    nothing_filed(&site, &sent);
    let mut client = Client::connect_tls(submission, Some(&ours.issue("cora", "cora")));
    let sent = send(&mut client, "Her own");
    assert!(sent.accepted(), "{:?}", client.replies);
    let intake = site.intakes(sent.queue_id(), 1).remove(0);
    assert_eq!(intake.outcome, "recorded", "{intake:?}");
    assert_eq!(filed_by(&site, &intake), "cora");
}

#[test]
fn client_address_of_one_user_proves_that_user_and_loopback_never() {
    let site =
        Site::with(&Options { main_cf: "mynetworks = 127.0.0.0/8 198.51.100.0/24\n", ..Options::default() });
    site.crmctl(&[
        "user",
        "add",
        "scanner",
        "--address",
        "scan@crm.test",
        "--client-address",
        "198.51.100.7",
    ]);
    let refused = site.try_crmctl(&["user", "add", "web", "--client-address", "127.0.0.1"]);
    assert!(!refused.status.success());
    let send = |client: Option<&'static str>, subject: &str| {
        let letter = plain("Scan <scan@crm.test>", "eva@client.test", subject, "Text.");
        let mut mail = Mail::new("scan@crm.test", &TO, letter);
        mail.client = client;
        site.send(&mail)
    };
    for stranger in [None, Some("198.51.100.8"), Some("IPV6:::ffff:127.0.0.1")] {
        nothing_filed(&site, &send(stranger, &format!("From {stranger:?}")));
    }
    for (number, own) in ["198.51.100.7", "IPV6:::ffff:198.51.100.7"].into_iter().enumerate() {
        let sent = send(Some(own), &format!("Scan {number}"));
        assert!(sent.accepted(), "{own}: {sent:?}");
        let intake = site.intakes(sent.queue_id(), 1).remove(0);
        assert_eq!(intake.outcome, "recorded", "{intake:?}");
        assert_eq!(filed_by(&site, &intake), "scanner");
    }
}
