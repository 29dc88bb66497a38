use super::*;

fn refused(text: &str) -> String {
    parse(text, Path::new("c.toml")).expect_err(text).to_string()
}

#[test]
fn empty_file_is_the_defaults() {
    assert!(parse("", Path::new("c.toml")).is_ok());
}

#[test]
fn errors_name_file_line_column_and_remedy() {
    let cases = [
        ("user = \"x\"\nsockt = \"unix:/x\"\n", "c.toml:2:1", "did you mean `socket`"),
        ("[database]\nulr = \"\"\n", "c.toml:2:1", "did you mean `url`"),
        ("socket = \"nonsense\"\n", "c.toml:1:10", "unix:/path"),
        ("[[inbox]]\nkey = \"A B\"\n", "c.toml:2:7", "a-z"),
        ("[[inbox]]\nkey = \"a\"\naddress = \"a@b.test, c@b.test\"\n", "c.toml:3:11", "exactly one"),
        ("[log]\nlevel = \"loud\"\n", "c.toml:2:9", "expected one of"),
        ("[[inbox]]\nkey = \"a\"\nkind = \"leads\"\n", "c.toml:1:1", "add `address = …`"),
        ("spool = [\n", "c.toml:1:", ""),
        ("[worker]\nbatch = 0\n", "c.toml", "1 to 1000"),
        ("socket_mode = \"rw\"\n", "c.toml", "0660"),
        ("[database]\nurl = \"mysql://x\"\n", "c.toml", "postgresql://"),
        ("[database]\nurl = \"postgresql://h/d?sslmode=require\"\n", "c.toml", "tunnel"),
        ("spool = \"spool\"\n", "c.toml", "from the root"),
        ("[database]\ndata_directory = \"pg\"\n", "c.toml", "from the root"),
        ("door_domain = \"b.test\"\n[company]\ndomains = [\"B.test\"]\n", "c.toml", "crm.invalid"),
        (
            "[spam]\nmarkers = [{ field = \"X-Spam:\", value = \"Yes\" }]\n",
            "c.toml:2:22",
            "without the colon",
        ),
        ("[spam]\nmarkers = [{ field = \"X-Spam\", value = \" \" }]\n", "c.toml:2:40", "first word"),
        ("[spam]\nmarkers = [{ field = \"X-Spam\" }]\n", "c.toml:2", "add `value = …`"),
        ("recipient_delimiter = \"x\"\n", "c.toml:1:23", "one character"),
    ];
    for (text, place, remedy) in cases {
        let error = refused(text);
        assert!(error.starts_with(place) && error.contains(remedy), "{text}\n{error}");
    }
}

#[test]
fn inboxes_that_contradict_each_other_are_refused() {
    let inbox = |key: &str, address: &str, more: &str| {
        format!("[[inbox]]\nkey = \"{key}\"\naddress = \"{address}\"\nkind = \"leads\"\n{more}\n")
    };
    let twice = inbox("a", "a@b.test", "") + &inbox("a", "c@b.test", "");
    assert!(refused(&twice).contains("c.toml:7:7: a second inbox has the key"), "{}", refused(&twice));
    let same = inbox("a", "Info@b.test", "") + &inbox("b", "info@B.test", "");
    assert!(refused(&same).contains("already the address of inbox `a`"));
    assert!(refused(&inbox("a", "a@b.test", "original = \"copy\"")).contains("needs copy_to"));
    assert!(refused(&inbox("a", "a@b.test", "copy_to = \"x@b.test\"")).contains("only with"));
    let ring = inbox("a", "a@b.test", "original = \"copy\"\ncopy_to = \"A@b.test\"");
    assert!(refused(&ring).contains("ring"));
    let ring = inbox("a", "a@b.test", "original = \"copy\"\ncopy_to = \"a+x@b.test\"");
    assert!(refused(&ring).contains("ring"));
    let door = format!("door_domain = \"b.test\"\n{}", inbox("a", "a@b.test", ""));
    assert!(refused(&door).contains("crm.invalid"));
}

#[test]
fn rules_of_assignment_that_name_nobody_are_refused() {
    let inbox =
        |more: &str| format!("[[inbox]]\nkey = \"a\"\naddress = \"a@b.test\"\nkind = \"leads\"\n{more}\n");
    let cases = [
        ("assign = [\"queue\"]", "c.toml:5:10: inbox `a`: assign = […] names `queue`, which needs queue = "),
        ("assign = [\"assigned-to\"]", "which needs assigned_to"),
        ("assign = [\"office-coordinator\"]\noffice = \"\"", "which needs office"),
        ("assign = [\"administrator\", \"administrator\"]", "names `administrator` twice"),
        ("assign = [\"contact-owner\"]\nuse_contact_owner = false", "rules out"),
        ("assign = [\"administrator\"]\nqueue = [\"ann\"]", "has no `queue`"),
        ("assign = [\"boss\"]", "unknown variant `boss`, expected one of `contact-owner`"),
    ];
    for (more, complaint) in cases {
        assert!(refused(&inbox(more)).contains(complaint), "{}", refused(&inbox(more)));
    }
    let b04 = inbox("queue = [\"Ann\", \"ben\"]\nassign = [\"contact-owner-in-queue\", \"queue\"]");
    let config = parse(&b04, Path::new("c.toml")).expect("row B04 can be written");
    let table = config.inbox_table();
    let assignment = &table.by_key("a").expect("it is there").assignment;
    assert_eq!(assignment.rules, [Rule::ContactOwnerInQueue, Rule::Queue]);
    assert_eq!(assignment.queue, ["ann", "ben"]);
}

#[test]
fn capture_rules_are_checked_like_everything_else() {
    let rule = |key: &str, more: &str| format!("[[capture]]\nkey = \"{key}\"\n{more}\n");
    let good = parse(&rule("team", "users = [\"Ana\"]\ncontacts = \"all\""), Path::new("c.toml"));
    let captures = good.expect("a rule").captures();
    let team = captures.by_key("team").expect("the rule");
    assert!(team.enabled && team.users.contains("ana") && team.markers.len() == 4);
    for (text, place, remedy) in [
        (rule("a", "") + &rule("a", ""), "c.toml:5:7", "unique"),
        (rule("a", "users = [\"ana\", \"\"]"), "c.toml:3:", "crmctl user list"),
        (rule("a", "markers = [\" \"]"), "c.toml:3:", "[private]"),
        (rule("a", "never_domains = [\"@x\"]"), "c.toml:3:", "example.com"),
        (rule("a", "never_addresses = [\"x\"]"), "c.toml:3:", "name@example.com"),
        (rule("a", "direction = \"out going\""), "c.toml:3:", "expected one of"),
        (rule("a", "user = [\"ana\"]"), "c.toml:3:1", "did you mean `users`"),
        ("[[capture]]\nusers = []\n".to_owned(), "c.toml:1:1", "add `key = …`"),
        (
            rule("a", "never_domains = [\"b.test\"]") + "[company]\ndomains = [\"x.b.test\"]",
            "c.toml:2:7",
            "take it out",
        ),
        (
            rule("a", "") + "[[inbox]]\nkey = \"a\"\naddress = \"a@b.test\"\nkind = \"leads\"",
            "c.toml:2:7",
            "an inbox",
        ),
    ] {
        let error = refused(&text);
        assert!(error.starts_with(place) && error.contains(remedy), "{text}\n{error}");
    }
}

#[test]
fn missing_file_says_how_to_name_it() {
    let error = load(Path::new("/nonexistent/c.toml")).expect_err("no file").to_string();
    assert!(error.contains("/nonexistent/c.toml") && error.contains("--config"), "{error}");
}

#[test]
fn login_goes_to_another_host_in_tls_only() {
    let outbox = |host: &str, tls: &str| {
        format!("[outbox]\nhost = \"{host}\"\ntls = \"{tls}\"\nlogin_file = \"/etc/crm-milter/login\"\n")
    };
    for host in ["mail.b.test", "192.0.2.1", "127.0.0.1.b.test", "localhost.b.test"] {
        let error = refused(&outbox(host, "none"));
        assert!(error.contains("in the clear; write \"starttls\" or \"tls\""), "{error}");
        assert!(parse(&outbox(host, "starttls"), Path::new("c.toml")).is_ok());
    }
    for host in ["localhost", "127.0.0.1", "127.8.9.1", "::1"] {
        assert!(parse(&outbox(host, "none"), Path::new("c.toml")).is_ok(), "{host}");
    }
}
