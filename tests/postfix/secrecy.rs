//! Nobody who gets a mail can see in it that one of our addresses got it too: row R01. A thousand messages of
//! every shape go through two Postfixes alike, one with us and one without.

use crate::harness::maildir::{Delivered, OUTSIDE};
use crate::harness::postfix::{Postfix, Settings};
use crate::harness::site::Site;
use crate::harness::smtp::{Client, Reply};
use crate::harness::wait;
use crate::shapes::{self, Dice};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const MESSAGES: usize = 1000;
const SESSIONS: usize = 8;
const PEOPLE: [&str; 6] = [
    "ana@crm.test",
    "eva@client.test",
    "max@client.test",
    "zoe@other.test",
    "x+y@other.test",
    "\"a b\"@other.test",
];
const OURS: [&str; 8] = [
    "log@crm.test",
    "Log+DEAL-1@CRM.test",
    "info@crm.test",
    "info+x@crm.test",
    "sales@crm.test",
    "office@crm.test",
    "support@crm.test",
    "\"log\"@crm.test",
];
/// What the two do alike, besides what our lines say.
const ALIKE: &str = "smtpd_forbid_bare_newline = normalize\nsmtpd_forbid_bare_newline_exclusions =\n";

/// One of them, and how it travels.
struct Case {
    mark: String,
    people: Vec<&'static str>,
    ours: Vec<&'static str>,
    message: Vec<u8>,
    chunked: bool,
    pipelined: bool,
    local: bool,
}

fn case(number: usize) -> Case {
    let mut dice = Dice::new(number as u64);
    let mark = format!("mark-{number:04}");
    let mut people = dice.some(&PEOPLE);
    if people.is_empty() {
        people.push(dice.of(&PEOPLE));
    }
    let mut ours = dice.some(&OURS);
    if ours.is_empty() {
        ours.push(dice.of(&OURS));
    }
    // Some of us openly in To, the others in BCC.
    let named: Vec<_> = people.iter().chain(&ours).copied().filter(|_| dice.once_in(3)).collect();
    let message = shapes::message(&mut dice, &mark, &named);
    let [chunked, pipelined, local] = [4, 2, 3].map(|n| dice.once_in(n));
    Case { mark, people, ours, message, chunked, pipelined, local }
}

/// The line ends as they are: some are LF alone.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for line in message.split_inclusive(|&b| b == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

fn send(client: &mut Client, case: &Case, to: &[&str]) {
    let mut lines = vec!["MAIL FROM:<ana@crm.test>".to_owned()];
    lines.extend(to.iter().map(|to| format!("RCPT TO:<{to}>")));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let replies: Vec<Reply> = if case.pipelined {
        client.pipeline(&lines)
    } else {
        lines.iter().map(|line| client.command(line)).collect()
    };
    assert!(replies.iter().all(Reply::good), "{}: {replies:?}", case.mark);
    let reply = if case.chunked {
        let half = case.message.len() / 2;
        client.bdat(&case.message[..half], false);
        client.bdat(&case.message[half..], true)
    } else {
        assert_eq!(client.command("DATA").code, 354);
        client.write(&stuffed(&case.message));
        client.reply()
    };
    assert_eq!(reply.code, 250, "{}: {reply:?}", case.mark);
}

/// Sends all of them, ours among the recipients or not, over several connections.
fn send_all(postfix: &Postfix, cases: &[Case], with_ours: bool) {
    std::thread::scope(|scope| {
        for part in cases.chunks(cases.len().div_ceil(SESSIONS)) {
            scope.spawn(move || {
                let connect = |client| Client::connect_as(postfix.port, client, Some("ana"));
                let (mut remote, mut local) = (connect(Some("203.0.113.9")), connect(None));
                for (number, case) in part.iter().enumerate() {
                    let mut to = case.people.clone();
                    if with_ours {
                        for (at, ours) in case.ours.iter().enumerate() {
                            to.insert((number + at) % (to.len() + 1), ours);
                        }
                    }
                    send(if case.local { &mut local } else { &mut remote }, case, &to);
                }
            });
        }
    });
}

fn folders(postfix: &Postfix) -> [PathBuf; 2] {
    [postfix.mail.join("crm.test/ana/new"), postfix.mail.join(OUTSIDE).join("new")]
}

/// Waits until everybody has theirs, and returns each delivery by recipient and mark.
fn delivered(postfix: &Postfix, expected: usize) -> BTreeMap<(String, String), Vec<u8>> {
    let count = |folder: &PathBuf| fs::read_dir(folder).map_or(0, Iterator::count);
    let log = postfix.config().parent().unwrap().join("log");
    wait::until(&format!("{expected} deliveries"), &[&log], Duration::from_secs(60), || {
        (folders(postfix).iter().map(count).sum::<usize>() >= expected).then_some(())
    });
    let mut all = BTreeMap::new();
    for folder in folders(postfix) {
        for entry in fs::read_dir(folder).unwrap() {
            let mail = Delivered::read(&entry.unwrap().path());
            let message = without_what_postfix_made(&mail);
            let text = String::from_utf8_lossy(&message).into_owned();
            let at = text.find("mark-").unwrap_or_else(|| panic!("no mark in {text}"));
            let to = mail.delivery.lines().find_map(|line| line.strip_prefix("Delivered-To: ")).unwrap();
            let double = all.insert((to.to_owned(), text[at..at + 9].to_owned()), message);
            assert!(double.is_none(), "{to} got {} twice", &text[at..at + 9]);
        }
    }
    all
}

/// Without the trace fields and the Message-Id that name this Postfix's time and queue id, and the Date that it
/// added for a sender who gave none.
fn without_what_postfix_made(mail: &Delivered) -> Vec<u8> {
    let message = mail.without_trace();
    let end = message.windows(2).position(|two| two == b"\n\n").map_or(message.len(), |at| at + 1);
    let (header, body) = message.split_at(end);
    let made = |line: &&[u8]| {
        let line = line.strip_prefix(b"Resent-").unwrap_or(line);
        (line.starts_with(b"Message-Id: <20") && line.ends_with(b"@mx.crm.test>\n"))
            || (line.starts_with(b"Date: ") && line.ends_with(b"(UTC)\n"))
    };
    let kept = header.split_inclusive(|&b| b == b'\n').filter(|line| !made(line));
    kept.chain([body]).collect::<Vec<_>>().concat()
}

#[test]
fn thousand_messages_with_us_in_bcc_leave_byte_identical_for_everybody_else() {
    let site = Site::start();
    let settings = Settings {
        mailboxes: vec!["ana@crm.test".into(), "luis@crm.test".into()],
        main_cf: ALIKE.into(),
        ..Settings::default()
    };
    let without = Postfix::start(&site.scratch, "plain", &settings);
    let cases: Vec<Case> = (0..MESSAGES).map(case).collect();
    let expected = cases.iter().map(|case| case.people.len()).sum();
    send_all(&site.postfix, &cases, true);
    send_all(&without, &cases, false);
    let (ours, theirs) = (delivered(&site.postfix, expected), delivered(&without, expected));
    assert_eq!(theirs.len(), expected);
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (key, message) in &theirs {
        assert!(
            ours[key] == *message,
            "{key:?} differ:\n{}\n--- and without us:\n{}",
            String::from_utf8_lossy(&ours[key]),
            String::from_utf8_lossy(message)
        );
    }
    // And we had them all, by the milter.
    site.wait_spool_empty();
    let seen = "SELECT count(DISTINCT queue_id) FROM crm.intake WHERE door = 'milter'";
    assert_eq!(site.value(seen), MESSAGES.to_string());
}
