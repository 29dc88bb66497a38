//! The harness by itself.
mod harness;
use harness::postfix::{Postfix, Settings};
use harness::scratch::Scratch;
use harness::smtp::Mail;

#[test]
fn private_postfix_takes_and_delivers() {
    let scratch = Scratch::new();
    let settings = Settings { mailboxes: vec!["ana@crm.test".into()], ..Settings::default() };
    let postfix = Postfix::start(&scratch, "pf", &settings);
    let sent = postfix.send(&Mail::new(
        "bob@client.test",
        &["ana@crm.test", "nope@crm.test", "x@else.test"],
        "Subject: hi\n\nbody\n.\n",
    ));
    println!("{sent:?}");
    postfix.wait_removed(sent.queue_id());
    println!("{:?}", postfix.delivered("ana@crm.test")[0].text());
    let sent = postfix.send(
        &Mail::new("ana@crm.test", &["carl@client.test", "ana@crm.test"], "Subject: hi\n\nbody\n.\n")
            .login("ana"),
    );
    println!("{sent:?}");
    postfix.wait_removed(sent.queue_id());
    println!("{:?}", postfix.delivered("carl@client.test")[0].text());
    println!("{}", postfix.log());
}
