//! What goes out, composed from hostile values and read again by two parsers that know nothing of how it was made.
//!
//! `CRM_OUTBOX_VALUES=100000 cargo nextest run --lib outbox::tests` composes a hundred thousand values; without it
//! some thousands.

#![allow(clippy::unwrap_used)]

use super::compose::{Company, Composed, compose};
use super::field::{addr_spec, clean};
use crate::crm::inbox::Inbox;
use crate::crm::letter::{Attached, Content, LetterKind};
use crate::crm::policy::Policy;
use crate::crm::signed::Keys;
use crate::mail::message;
use crate::store::{Author, Queued};
use mail_parser::{MessageParser, MimeHeaders as _};
use uuid::Uuid;

/// Numbers that look random and come out the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    /// Text of what has broken header fields before.
    fn text(&mut self) -> String {
        const PIECES: [&str; 36] = [
            "\r\nBcc: all@evil.test",
            "\r\n\r\nbody",
            "\n",
            "\r",
            "\0",
            "%s%n%x",
            "%00%0d%0a",
            "=?utf-8?Q?a=0Ab?=",
            "=?",
            "?=",
            "\"",
            "\\",
            "\\\"",
            "<eve@evil.test>",
            ",",
            ";",
            ":",
            "(comment",
            ")",
            "@",
            "é",
            "ñandú",
            "你好世界",
            "🏳️‍🌈",
            "\u{202e}rtl",
            "\u{2028}",
            "\u{85}",
            "\u{7f}",
            "a\u{301}",
            "\t",
            "  ",
            "word",
            "x",
            ".",
            "To: x@evil.test",
            "=_",
        ];
        let mut text = String::new();
        for _ in 0..self.next(12) {
            match self.next(12) {
                0 => text.push_str(&"a".repeat(self.next(400))),
                1 => text.push_str(&"ü".repeat(self.next(200))),
                2 => text.push_str(&"lorem ipsum ".repeat(self.next(40))),
                3 => text.extend(char::from_u32(u32::try_from(self.next(0x11_0000)).unwrap())),
                _ => text.push_str(PIECES[self.next(PIECES.len())]),
            }
            if self.next(3) == 0 {
                text.push(' ');
            }
        }
        text
    }
}

fn row(dice: &mut Dice) -> Queued {
    let attachments = match dice.next(3) {
        0 => vec![Attached { name: dice.text(), media_type: dice.text(), sha256: String::new() }],
        _ => Vec::new(),
    };
    let content = Content {
        to_name: Some(dice.text()),
        text: dice.text(),
        html: (dice.next(2) == 0).then(|| dice.text()),
        in_reply_to: Some(dice.text()),
        references: vec![dice.text(), "<good@b.test>".into(), format!("<{}>", dice.text())],
        automatic: None,
        code: Some(dice.text()),
        attachments,
    };
    Queued {
        id: Uuid::from_u128(7),
        number: 7,
        kind: LetterKind::Letter,
        inbox: (dice.next(2) == 0).then(|| "info".into()),
        mail_from: "x".into(),
        rcpt_to: "eva@client.test".into(),
        message_id: dice.text(),
        subject: dice.text(),
        codes: content.code.iter().cloned().collect(),
        content: Ok(content),
        in_reply_to: None,
        contact: None,
        record: None,
        ticket: None,
        comment: None,
        author: Some(Author { id: Uuid::nil(), name: dice.text(), address: Some("ana@crm.test".into()) }),
        attempts: 0,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        since: jiff::Timestamp::UNIX_EPOCH,
        off: None,
        erased: false,
    }
}

fn policy(name: &str) -> Policy {
    Policy::sample(vec![Inbox { name: name.into(), ..Inbox::new("info", "info@crm.test") }])
}

fn keys() -> Keys {
    Keys::new([(1, vec![7; 32])])
}

/// Names of the header's fields, and that every line of it is one that any server takes.
fn fields(mail: &Composed) -> Vec<String> {
    let text = std::str::from_utf8(&mail.message).unwrap();
    let (header, _) = text.split_once("\r\n\r\n").unwrap();
    let mut names = Vec::new();
    for line in header.split("\r\n") {
        assert!(line.bytes().all(|c| c == b' ' || c.is_ascii_graphic()), "{line:?}");
        assert!(line.len() <= 998 && !line.trim().is_empty(), "{line:?}");
        assert!(!line.contains("=?") || line.len() <= 76 || line.starts_with("References"), "{line:?}");
        if !line.starts_with(' ') {
            names.push(line.split_once(": ").unwrap().0.to_owned());
        }
    }
    names
}

#[test]
fn hostile_values_make_one_field_each_and_come_back_from_two_parsers() {
    let values = std::env::var("CRM_OUTBOX_VALUES").ok().and_then(|n| n.parse().ok()).unwrap_or(6000);
    let mut dice = Dice(2026);
    // Six of each message are values of header fields.
    for _ in 0..values / 6 {
        let (row, inbox) = (row(&mut dice), dice.text());
        let policy = policy(&inbox);
        let file = vec![b"file\r\n.\r\n".to_vec(); row.content.as_ref().unwrap().attachments.len()];
        let company = Company { name: "ACME".into(), domain: "crm.test".into(), inbox: String::new() };
        let made = || compose(&row, &keys(), &policy, &company, &file).unwrap();
        let mail = made();
        assert_eq!(mail, made(), "the same on every attempt");
        check(&row, &mail, &inbox);
    }
}

fn check(row: &Queued, mail: &Composed, inbox: &str) {
    let content = row.content.as_ref().unwrap();
    let names = fields(mail);
    let mut expected =
        vec!["From", "To", "Subject", "Date", "Message-ID", "References", "X-CRM-Loop", "MIME-Version"];
    if names.contains(&"In-Reply-To".to_owned()) {
        expected.insert(5, "In-Reply-To");
    }
    if row.inbox.is_some() {
        expected.insert(expected.len() - 2, "List-Unsubscribe");
        if names.contains(&"Reply-To".to_owned()) {
            expected.insert(1, "Reply-To");
        }
    }
    let own: Vec<&str> = names.iter().map(String::as_str).take(expected.len()).collect();
    assert_eq!(own, expected);
    assert!(names[expected.len()..].iter().all(|name| name.starts_with("Content-")), "{names:?}");

    let (subject, to) = (clean(&row.subject), clean(content.to_name.as_deref().unwrap()));
    let from = match &row.inbox {
        Some(_) => clean(inbox),
        None => clean(&row.author.as_ref().unwrap().name),
    };
    let other = MessageParser::default().parse(&mail.message).unwrap();
    assert_eq!(other.subject().unwrap_or_default(), subject);
    let mailbox = |address: Option<&mail_parser::Address<'_>>| {
        let all: Vec<_> = address.unwrap().iter().collect();
        assert_eq!(all.len(), 1, "{all:?}");
        (all[0].name().unwrap_or_default().to_owned(), all[0].address().unwrap().to_owned())
    };
    assert_eq!(mailbox(other.to()), (to.clone(), "eva@client.test".to_owned()));
    let address = if row.inbox.is_some() { "info@crm.test" } else { "ana@crm.test" };
    assert_eq!(mailbox(other.from()), (from.clone(), address.to_owned()));
    assert!(other.bcc().is_none() && other.cc().is_none());
    assert_eq!(
        other.attachment_count(),
        content.attachments.len(),
        "{}",
        String::from_utf8_lossy(&mail.message)
    );
    for (attached, part) in content.attachments.iter().zip(other.attachments()) {
        let mut name: String =
            clean(&attached.name).chars().map(|c| if "/\\\"?*:<>|".contains(c) { '_' } else { c }).collect();
        while name.len() > 200 {
            name.pop();
        }
        let name = if name.is_empty() { "file".to_owned() } else { name };
        assert_eq!(part.attachment_name().unwrap_or_default().trim(), name.trim());
        assert_eq!(part.contents(), b"file\r\n.\r\n");
    }

    let ours = message::read(&mail.message);
    assert_eq!(clean(ours.subject.as_deref().unwrap_or_default()), subject);
    assert_eq!((ours.to.len(), ours.from.len()), (1, 1), "{ours:?}");
    assert_eq!(ours.to[0].address.as_deref(), Some("eva@client.test"));
    assert_eq!(ours.message_id.as_deref(), Some(mail.message_id.trim_matches(['<', '>'])));
    assert_eq!(ours.attachments.len(), content.attachments.len());
    for line in mail.message.split(|&c| c == b'\n') {
        assert!(line.len() <= 999 && (line.is_empty() || line.ends_with(b"\r")), "{line:?}");
    }
}

#[test]
fn addresses_stand_as_smtp_writes_them_or_not_at_all() {
    for (canonical, written) in [
        ("eva@client.test", Some("eva@client.test")),
        ("josé@client.test", Some("josé@client.test")),
        ("a b@client.test", Some("\"a b\"@client.test")),
        ("a\"b@client.test", Some("\"a\\\"b\"@client.test")),
        (".a@client.test", Some("\".a\"@client.test")),
        ("a@[192.0.2.1]", Some("a@[192.0.2.1]")),
        ("a@[x> RCPT]", None),
        ("a\r\nRCPT TO:<b@evil.test>@client.test", None),
        ("a\0@client.test", None),
        ("a@", None),
        ("@b.test", None),
        ("a", None),
        ("a@b..test", None),
        ("a@b.test>\r\nDATA", None),
    ] {
        assert_eq!(addr_spec(canonical).as_deref(), written, "{canonical:?}");
    }
    assert_eq!(addr_spec(&format!("{}@b.test", "a".repeat(65))), None);
    let mut dice = Dice(1);
    for _ in 0..5000 {
        let canonical =
            format!("{}@{}", dice.text(), if dice.next(2) == 0 { "b.test".into() } else { dice.text() });
        if let Some(written) = addr_spec(&canonical) {
            assert!(!written.chars().any(char::is_control), "{written:?}");
            let (local, domain) = written.rsplit_once('@').unwrap();
            let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
            assert!(quoted || !local.contains(['<', '>', ' ', ',', ';', '"', '\\']), "{written:?}");
            assert!(!domain.contains(['<', '>', ' ', ',', ';', '"']), "{written:?}");
        }
    }
}

#[test]
fn row_that_cannot_be_read_or_sent_says_why() {
    let mut dice = Dice(3);
    let company = Company { name: String::new(), domain: "crm.test".into(), inbox: String::new() };
    let why = |row: &Queued| compose(row, &keys(), &policy("Info"), &company, &[]).unwrap_err();
    let good = Queued { inbox: None, content: Ok(Content::default()), ..row(&mut dice) };
    assert!(why(&Queued { inbox: Some("gone".into()), ..good.clone() }).contains("no inbox `gone`"));
    assert!(why(&Queued { content: Err("missing".into()), ..good.clone() }).contains("cannot be read"));
    assert!(why(&Queued { rcpt_to: "nobody".into(), ..good.clone() }).contains("nobody"));
    let attachments = vec![Attached { name: "a".into(), media_type: "a/b".into(), sha256: String::new() }];
    assert!(
        why(&Queued { content: Ok(Content { attachments, ..Content::default() }), ..good.clone() })
            .contains("gone")
    );
    // A notice without inbox and author is the company's.
    let notice = Queued { kind: LetterKind::Notice, author: None, mail_from: String::new(), ..good };
    let mail = compose(&notice, &keys(), &policy("Info"), &company, &[]).unwrap();
    assert_eq!(mail.from, ("crm-milter".to_owned(), "postmaster@crm.test".to_owned()));
    let text = String::from_utf8(mail.message).unwrap();
    assert!(text.contains("\r\nAuto-Submitted: auto-generated\r\n") && mail.mail_from.is_none(), "{text}");
}

#[test]
fn answers_are_signed_for_the_rows_own_code_only() {
    let of = |codes: &[&str]| Queued {
        inbox: Some("info".into()),
        codes: codes.iter().map(|&code| code.into()).collect(),
        content: Ok(Content { code: Some("INC-2026-00042".into()), ..Content::default() }),
        ..row(&mut Dice(5))
    };
    let text = |row: &Queued| {
        let mail = compose(row, &keys(), &policy("Info"), &Company::default(), &[]).unwrap();
        String::from_utf8(mail.message).unwrap()
    };
    assert!(text(&of(&["inc-2026-00042"])).contains("<info+INC-2026-00042.b"));
    assert!(!text(&of(&["INC-2026-00041"])).contains("INC-2026"));
}

#[test]
fn news_that_were_lost_delay_nothing_by_more_than_a_minute() {
    use super::patience;
    use std::time::Duration;
    assert!(patience(None) < Duration::from_secs(60));
    assert!(patience(Some(Duration::MAX)) < Duration::from_secs(60));
    assert_eq!(patience(Some(Duration::from_secs(3))), Duration::from_secs(3));
}
