//! What users write to contacts, up to the outbox: comments of tickets and letters, by `crmctl` and by raw SQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use crm_milter::crm::plan::{Link, Target};
use crm_milter::store::NewUser;
use crm_milter::store::cluster::Role;
use postgres::Client;
use serde_json::Value;
use store_support::desk::Desk;
use store_support::{CommitBatch as _, plan};
use uuid::Uuid;

const INBOXES: &str = r#"
[outbox]
inbox = "info"

[[inbox]]
key = "info"
address = "info@crm.test"
kind = "leads"

[[inbox]]
key = "support"
address = "support@crm.test"
name = "Help desk"
kind = "tickets"
"#;

/// Ann's contacts Eva, with the ticket INC-…-00001 and two mails on it, and Leo; Bob's contact Kim. Zed has no address.
struct Office {
    desk: Desk,
    code: String,
    mails: Vec<Uuid>,
}

impl Office {
    fn open() -> Office {
        let desk = Desk::with(INBOXES);
        for login in ["ann", "bob", "zed"] {
            let addresses = (login != "zed").then(|| format!("{login}@crm.test"));
            let new = NewUser {
                login: login.into(),
                name: format!("{login} López"),
                role: "agent".into(),
                addresses: addresses.into_iter().collect(),
                ..NewUser::default()
            };
            desk.store().user_add(&new).unwrap();
        }
        for (name, address, owner) in
            [("Eva", "eva@b.test", "ann"), ("Leo", "leo@b.test", "ann"), ("Kim", "kim@b.test", "bob")]
        {
            desk.text(&["contact", "add", name, "--address", address, "--set", &format!("owner={owner}")]);
        }
        let contact: Uuid = desk.id(&["contact", "show", "eva@b.test"]).parse().unwrap();
        let ann = desk.store().user_id("ann").unwrap();
        let mut opened = plan::ticket("lamp", "eva@b.test", Some(contact));
        let ticket = opened.tickets[0].id;
        opened.tickets[0].owner = Some(ann);
        (opened.tickets[0].subject, opened.tickets[0].inbox) = ("Lamp".into(), "support".into());
        let mut second = plan::ticket("second", "eva@b.test", None);
        second.tickets.clear();
        let mut mails = Vec::new();
        for one in [&mut opened, &mut second] {
            let mail = one.mail.as_mut().unwrap();
            let on = [Target::Contact(contact), Target::Ticket(ticket)];
            one.links = on.map(|target| Link { mail: mail.id, target }).to_vec();
            mails.push(mail.id);
        }
        let daemon = desk.scratch.store(Role::Daemon);
        daemon.commit_batch(&[opened]).unwrap();
        daemon.commit_batch(&[second]).unwrap();
        let code = desk.json(&["ticket", "list"])[0]["code"].as_str().unwrap().to_owned();
        Office { desk, code, mails }
    }

    fn outbox(&self) -> Vec<Value> {
        let sql = "SELECT to_jsonb(o) FROM crm.outbox o ORDER BY number";
        self.desk.client().query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
    }

    fn as_user(&self, login: &str) -> Client {
        let mut client = self.desk.client();
        client.batch_execute(&format!("SET ROLE crm_u_{login}")).unwrap();
        client
    }

    /// A letter by standard input; the exit code and the complaint.
    fn write(&self, login: &str, arguments: &[&str], text: &str) -> (i32, String) {
        let output = self.desk.fed(&[&["--as", login, "mail", "write"], arguments].concat(), text);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn sent(&self, login: &str, arguments: &[&str], text: &str) -> Value {
        let (code, error) = self.write(login, arguments, text);
        assert_eq!(code, 0, "{arguments:?}: {error}");
        self.outbox().pop().unwrap()
    }
}

#[test]
fn comment_goes_into_the_outbox_with_its_thread_and_a_note_never_does() {
    let office = Office::open();
    let (desk, code) = (&office.desk, office.code.as_str());
    desk.text(&["--as", "ann", "ticket", "note", code, "She always complains: a secret"]);
    assert!(office.outbox().is_empty());
    let said = desk.json(&["--as", "ann", "ticket", "comment", code, "It is on its way."]);
    assert_eq!((said["queued"].as_bool(), said["rcpt_to"].as_str()), (Some(true), Some("eva@b.test")));
    let [row] = office.outbox().try_into().unwrap();
    let message = &row["message"];
    let expected = [
        (&row["kind"], "comment"),
        (&row["inbox"], "support"),
        (&row["mail_from"], "support@crm.test"),
        (&row["rcpt_to"], "eva@b.test"),
        (&message["code"], code),
        (&message["in_reply_to"], "<second@b.test>"),
        (&row["subject"], &format!("Re: Lamp [{code}]")),
        (&row["comment_id"], said["id"].as_str().unwrap()),
        (&row["in_reply_to"], &office.mails[1].to_string()),
    ];
    for (found, expected) in expected {
        assert_eq!(found, expected);
    }
    assert_eq!(message["references"], serde_json::json!(["<lamp@b.test>", "<second@b.test>"]));
    let text = message["text"].as_str().unwrap();
    assert!(text.starts_with("It is on its way.") && text.contains("ann López"), "{text}");
    assert!(!row.to_string().contains("secret"));
    let page = desk.text(&["ticket", "show", code]);
    assert!(page.contains("wrote (waits to be sent)") && page.contains("noted for colleagues"), "{page}");
    // An operator's is the inbox's.
    desk.text(&["ticket", "comment", code, "Done."]);
    assert_eq!(office.outbox()[1]["author_id"], Value::Null);
}

#[test]
fn comment_that_cannot_reach_its_contact_is_refused_and_not_kept() {
    let office = Office::open();
    let (desk, code) = (&office.desk, office.code.as_str());
    let refused = |words: &str| {
        let (exit, error) = desk.refused(&["--as", "ann", "ticket", "comment", code, "Hello"]);
        assert!(exit == 65 && error.contains(words), "{words}: {error}");
        assert_eq!(desk.json(&["ticket", "show", code])["comments"].as_array().unwrap().len(), 0);
        assert!(office.outbox().is_empty());
    };
    assert!(desk.refused(&["--as", "ann", "ticket", "comment", code, " \n"]).1.contains("there is no text"));
    desk.text(&["block", "add", "eva@b.test"]);
    refused("`crmctl block why eva@b.test`");
    desk.text(&["block", "remove", "eva@b.test"]);
    let off = "INSERT INTO crm.address_state (digest, address, off_at, reason)
               VALUES (crm.digest('eva@b.test'), 'eva@b.test', now(), 'unsubscribe')";
    desk.client().execute(off, &[]).unwrap();
    refused("it asked for no more mail");
    desk.text(&["contact", "address", "add", "Eva", "eva2@b.test"]);
    desk.text(&["--as", "ann", "ticket", "comment", code, "To the other address"]);
    assert_eq!(office.outbox()[0]["rcpt_to"], "eva2@b.test");
    let lonely = desk.client().execute("UPDATE crm.ticket SET contact_id = NULL", &[]);
    assert_eq!(lonely.unwrap(), 1);
    assert!(desk.refused(&["ticket", "comment", code, "Hello"]).1.contains("has no contact"));
    // Who sees the ticket need not see its contact.
    desk.text(&["ticket", "set", code, "owner=bob", "contact=Eva"]);
    let (exit, error) = desk.refused(&["--as", "bob", "ticket", "comment", code, "Hello"]);
    assert!(exit == 66 && error.contains("contact"), "{error}");
}

#[test]
fn letter_goes_into_the_outbox_in_the_users_name_with_its_files() {
    let office = Office::open();
    let file = office.desk.scratch.directory.path().join("offer \u{202e}fdp.exe");
    std::fs::write(&file, b"MZ\0\x01").unwrap();
    let path = file.to_str().unwrap();
    office.desk.text(&[
        "record",
        "add",
        "--kind",
        "deal",
        "--title",
        "House",
        "--contact",
        "Eva",
        "--owner",
        "ann",
    ]);
    let arguments = [
        "--to",
        "eva@b.test",
        "--subject",
        "Your offer",
        "--record",
        "deal-1",
        "--attach",
        path,
        "--attach",
        path,
    ];
    let row = office.sent("ann", &arguments, "Dear Eva,\r\nhere it is.\n\n");
    let message = &row["message"];
    assert_eq!((row["kind"].as_str(), row["inbox"].as_str()), (Some("letter"), None));
    assert_eq!(
        (row["subject"].as_str(), message["code"].as_str()),
        (Some("Your offer [DEAL-1]"), Some("DEAL-1"))
    );
    assert_eq!(message["text"], "Dear Eva,\nhere it is.");
    assert_eq!(
        (row["mail_from"].as_str(), message["to_name"].as_str()),
        (Some("info@crm.test"), Some("Eva"))
    );
    assert!(row["message_id"].as_str().unwrap().ends_with("@crm.test>"));
    let name = message["attachments"][0]["name"].as_str().unwrap();
    assert!(!name.contains('\u{202e}') && name.ends_with(".exe"), "{name}");
    let kept = "SELECT count(*) FROM crm.attachment_content c
                JOIN crm.outbox o ON encode(c.sha256, 'hex') = o.message -> 'attachments' -> 1 ->> 'sha256'
                WHERE c.content = '\\x4d5a0001'";
    assert_eq!(office.desk.client().query_one(kept, &[]).unwrap().get::<_, i64>(0), 1, "once");
    // An answer: thread, subject, code and recipient follow from what it answers.
    let mail = office.mails[1].to_string();
    let row = office.sent("ann", &["--reply-to", &mail, "--quote"], "Yes.");
    let message = &row["message"];
    assert_eq!(
        (row["rcpt_to"].as_str(), message["code"].as_str()),
        (Some("eva@b.test"), Some(office.code.as_str()))
    );
    assert_eq!(row["subject"], format!("Re: second [{}]", office.code));
    assert_eq!(message["in_reply_to"], "<second@b.test>");
    let text = message["text"].as_str().unwrap();
    assert!(text.starts_with("Yes.\n\nOn ") && text.contains("\n> "), "{text}");
}

#[test]
fn letter_that_may_not_go_out_is_refused_with_what_to_do() {
    let office = Office::open();
    let desk = &office.desk;
    desk.text(&["contact", "add", "Mute", "--phone", "600 111 222", "--set", "owner=ann"]);
    desk.text(&["record", "add", "--kind", "deal", "--title", "House", "--contact", "Leo", "--owner", "ann"]);
    let eva = ["--to", "eva@b.test", "--subject", "x"];
    let refused = |login: &str, arguments: &[&str], text: &str, words: &str| {
        let (exit, error) = office.write(login, arguments, text);
        assert!(exit != 0 && error.contains(words), "{arguments:?}: {exit} {error}");
        assert!(office.outbox().is_empty(), "{arguments:?}");
    };
    refused("ann", &eva, " \n ", "there is no text");
    refused("ann", &eva, "red \u{1b}[31m", "control character U+001B");
    refused("ann", &["--to", "eva@b.test"], "x", "--subject");
    refused("ann", &["--to", "eva@b.test", "--subject", "a\nBcc: x@y.test"], "x", "one line");
    refused("ann", &["--to", "eva@b.test", "--subject", &"x".repeat(300)], "x", "at most 250");
    refused("ann", &["--subject", "x"], "x", "say to whom");
    refused("ann", &["--to", "Mute", "--subject", "x"], "x", "has no mail address");
    refused("ann", &["--to", "kim@b.test", "--subject", "x"], "x", "no contact");
    refused("bob", &["--to", "eva@b.test", "--subject", "x"], "x", "no contact");
    refused("", &eva, "x", "--as LOGIN");
    refused("ann", &[&eva[..], &["--record", "DEAL-1"]].concat(), "x", "no party to DEAL-1");
    refused(
        "ann",
        &[&eva[..], &["--attach", "/no/such/file"]].concat(),
        "x",
        "/no/such/file cannot be attached",
    );
    refused("ann", &[&eva[..], &["--attach", "/tmp"]].concat(), "x", "is no file");
    let big = desk.scratch.directory.path().join("big.bin");
    std::fs::File::create(&big).unwrap().set_len(1 << 30).unwrap();
    refused("ann", &[&eva[..], &["--attach", big.to_str().unwrap()]].concat(), "x", "message_size");
    desk.text(&["contact", "add", "Own", "--address", "own@b.test", "--set", "owner=zed"]);
    refused("zed", &["--to", "own@b.test", "--subject", "x"], "x", "no mail address to write from");
    desk.text(&["block", "add", "@b.test"]);
    refused("ann", &eva, "x", "is blocked");
}

#[test]
fn letter_on_a_terminal_is_edited_shown_and_asked_about() {
    let office = Office::open();
    let editor = office.desk.scratch.directory.path().join("editor");
    std::fs::write(&editor, "#!/bin/sh\necho 'Dear Eva, hello' > \"$1\"\n").unwrap();
    let run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&editor, run).unwrap();
    let typed = |editor: &str, answer: &str| {
        office.desk.on_terminal_with(
            &[("VISUAL", ""), ("EDITOR", editor)],
            "--as ann mail write --to eva@b.test --subject Hello",
            answer,
        )
    };
    let shown = typed(editor.to_str().unwrap(), "n\n");
    assert!(shown.contains("ann@crm.test") && shown.contains("Dear Eva, hello"), "{shown}");
    assert!(shown.contains("the text is in ") && office.outbox().is_empty(), "{shown}");
    let left = shown.split("the text is in ").nth(1).unwrap().split(['\r', '\n', ':']).next().unwrap();
    assert_eq!(std::fs::read_to_string(left).unwrap(), "Dear Eva, hello\n");
    std::fs::remove_file(left).unwrap();
    let shown = typed("true", "y\n");
    assert!(shown.contains("there is no text") && office.outbox().is_empty(), "{shown}");
    let shown = typed(editor.to_str().unwrap(), "y\n");
    assert!(shown.contains("goes to eva@b.test"), "{shown}");
    assert_eq!(office.outbox()[0]["message"]["text"], "Dear Eva, hello");
}

/// What a user writes by hand into the outbox: column and value, beside those of a letter that is in order.
fn by_hand(client: &mut Client, eva: Uuid, changed: &[(&str, &str)]) -> Result<u64, String> {
    let id = Uuid::now_v7();
    let mut columns = vec![
        ("id", format!("'{id}'")),
        ("kind", "'letter'".to_owned()),
        ("mail_from", "'info@crm.test'".to_owned()),
        ("rcpt_to", "'eva@b.test'".to_owned()),
        ("message_id", format!("'<{}@crm.test>'", id.simple())),
        ("subject", "'x'".to_owned()),
        ("message", r#"'{"text": "x"}'"#.to_owned()),
        ("contact_id", format!("'{eva}'")),
        ("author_id", "crm.me()".to_owned()),
    ];
    for (column, value) in changed {
        columns.retain(|(name, _)| name != column);
        columns.push((column, (*value).to_owned()));
    }
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let sql = format!("INSERT INTO crm.outbox ({}) VALUES ({})", names.join(", "), values.join(", "));
    client
        .execute(&sql, &[])
        .map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().into()))
}

#[test]
fn what_a_user_tells_a_colleague_by_hand_says_who_tells_it_and_holds_no_mail_up() {
    let office = Office::open();
    let desk = &office.desk;
    let bob = desk.store().user_id("bob").unwrap();
    let mut ann = office.as_user("ann");
    let sql = "INSERT INTO crm.notification (id, user_id, kind, text, told_at)
               VALUES (gen_random_uuid(), $1, 'news', E'Your password\\nends. ' || repeat('x', 100000), 'infinity')";
    ann.execute(sql, &[&bob]).unwrap();
    let told = "SELECT text, told_at IS NULL FROM crm.notification WHERE user_id = $1 AND kind = 'news' ORDER BY id DESC";
    let row = desk.client().query_one(&format!("{told} LIMIT 1"), &[&bob]).unwrap();
    let (text, untold): (String, bool) = (row.get(0), row.get(1));
    assert!(text.starts_with("ann: Your password ends. xxx") && text.len() < 600 && untold, "{}", text.len());
    let eva: Uuid = desk.id(&["contact", "show", "Eva"]).parse().unwrap();
    assert_eq!(by_hand(&mut ann, eva, &[]), Ok(1));
    let refused = ann.execute("UPDATE crm.outbox SET next_at = 'infinity'", &[]).unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "23514", "{refused}");
    let long = "jsonb_build_object('text', repeat('x', 20000000))";
    assert!(by_hand(&mut ann, eva, &[("message", long)]).unwrap_err().contains("too large"));
}

#[test]
fn user_writes_nothing_into_the_outbox_in_anothers_name_or_about_what_is_anothers() {
    let office = Office::open();
    let (desk, code) = (&office.desk, &office.code);
    let of = |name: &str| -> Uuid { desk.id(&["contact", "show", name]).parse().unwrap() };
    let (eva, kim) = (of("Eva"), of("Kim"));
    desk.text(&["record", "add", "--kind", "deal", "--title", "Bob's", "--contact", "Kim", "--owner", "bob"]);
    desk.text(&["--as", "ann", "ticket", "note", code, "private"]);
    let mut owner = desk.client();
    let note: Uuid = owner.query_one("SELECT id FROM crm.ticket_comment", &[]).unwrap().get(0);
    let ticket: Uuid = owner.query_one("SELECT id FROM crm.ticket", &[]).unwrap().get(0);
    let secret: String = {
        let mut daemon = desk.scratch.client(Role::Daemon);
        let sql = "INSERT INTO crm.attachment_content VALUES (sha256('bob only'), 'bob only') RETURNING encode(sha256, 'hex')";
        daemon.query_one(sql, &[]).unwrap().get(0)
    };
    let mut ann = office.as_user("ann");
    assert_eq!(by_hand(&mut ann, eva, &[]), Ok(1));
    let bob = format!("'{}'", desk.store().user_id("bob").unwrap());
    let (note, ticket, kim) = (format!("'{note}'"), format!("'{ticket}'"), format!("'{kim}'"));
    let foreign = format!(
        r#"'{{"text": "x", "attachments": [{{"name": "x", "media_type": "a/b", "sha256": "{secret}"}}]}}'"#
    );
    let of_ticket = format!(r#"'{{"text": "x", "code": "{code}"}}'"#);
    let cases: [&[(&str, &str)]; 15] = [
        &[("author_id", &bob)],
        &[("author_id", "NULL")],
        &[("kind", "'reply'")],
        &[("kind", "'notice'")],
        &[("contact_id", "NULL")],
        &[("contact_id", &kim), ("rcpt_to", "'kim@b.test'")],
        &[("rcpt_to", "'stranger@b.test'")],
        &[("inbox", "'support'")],
        &[("message_id", "'<second@b.test>'")],
        &[("kind", "'comment'"), ("inbox", "'support'"), ("ticket_id", &ticket)],
        &[("kind", "'comment'"), ("inbox", "'support'"), ("ticket_id", &ticket), ("comment_id", &note)],
        &[("message", r#"'{"text": "x", "code": "DEAL-1"}'"#)],
        &[("message", &of_ticket)],
        &[("message", &foreign)],
        &[("message", r#"'{"text": "x", "attachments": [{"sha256": "zz"}]}'"#)],
    ];
    for case in cases {
        let refused = by_hand(&mut ann, eva, case).unwrap_err();
        assert!(
            refused.contains("may not go out") || refused.contains("row-level security"),
            "{case:?}: {refused}"
        );
    }
    assert!(by_hand(&mut ann, eva, &[("state", "'sent'")]).unwrap_err().contains("permission denied"));
    // The same is no matter for administrators.
    desk.text(&["user", "add", "adm", "--role", "administrator"]);
    let mut administrator = office.as_user("adm");
    assert!(
        by_hand(&mut administrator, eva, &[("author_id", &bob)]).unwrap_err().contains("the author's own")
    );
    assert_eq!(by_hand(&mut administrator, eva, &[]), Ok(1));
    // In order: about the own ticket, with what was put there.
    assert_eq!(by_hand(&mut ann, eva, &[("message", &of_ticket), ("ticket_id", &ticket)]), Ok(1));
    let known: String =
        ann.query_one("SELECT encode(crm.add_content('bob only'), 'hex')", &[]).unwrap().get(0);
    assert_eq!(known, secret, "who has the content may attach it");
    assert_eq!(by_hand(&mut ann, eva, &[("message", &foreign)]), Ok(1));
    assert!(ann.execute("DELETE FROM crm.upload", &[]).is_err());
    assert!(ann.execute("INSERT INTO crm.upload VALUES ('x', crm.me())", &[]).is_err());
}
