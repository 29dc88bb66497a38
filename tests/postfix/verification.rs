//! Address verification: other servers, and our own Postfix, ask whether an address exists by beginning a
//! message that never comes. The answer for an inbox is yes, whoever asks, and nothing is recorded of it.

use crate::harness::site::{Options, Site};
use crate::harness::smtp::Client;

#[test]
fn postfix_that_verifies_recipients_finds_every_inbox_and_records_nothing() {
    let main_cf = "smtpd_recipient_restrictions = reject_unverified_recipient\n\
                   unverified_recipient_reject_code = 550\n\
                   address_verify_poll_delay = 1s\naddress_verify_poll_count = 20\n";
    let site = Site::with(&Options { main_cf, ..Options::default() });
    let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
    client.command("MAIL FROM:<eva@client.test>");
    for inbox in ["info@crm.test", "sales@crm.test", "office@crm.test", "support+X@crm.test"] {
        let reply = client.command(&format!("RCPT TO:<{inbox}>"));
        assert_eq!(reply.code, 250, "{inbox}: {reply:?}");
    }
    assert_eq!(client.command("RCPT TO:<nobody@crm.test>").code, 550, "who is not there is not found");
    client.command("QUIT");
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "0");
    assert_eq!(site.value("SELECT count(*) FROM crm.mail"), "0");
}

#[test]
fn server_that_asks_before_it_forwards_finds_the_assistant() {
    let site = Site::start();
    for sender in ["", "double-bounce@mx.partner.test", "double-bounce-1a2b@mx.partner.test"] {
        let mut client = Client::connect_as(site.postfix.port, Some("203.0.113.9"), None);
        client.command(&format!("MAIL FROM:<{sender}>"));
        for address in ["log@crm.test", "log+DEAL-1@crm.test", "info@crm.test"] {
            let reply = client.command(&format!("RCPT TO:<{address}>"));
            assert_eq!(reply.code, 250, "from <{sender}>: {reply:?}");
        }
        assert_eq!(client.command("RSET").code, 250);
        assert_eq!(client.command("QUIT").code, 221);
    }
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "0");
}
