//! What may be said of a stranger, and how a reply stands in its thread. Who gets one is tried with whole messages
//! (tests/postfix/replies.rs).

use super::*;
use proptest::prelude::*;

#[test]
fn name_is_used_only_if_it_can_be_nothing_else() {
    for good in [
        "Ann Smith",
        "José María Núñez",
        "O'Connor",
        "Anna-Lena Weiß",
        "Дар’я Іваненко",
        "王伟",
        "محمد علي",
        "Gal·la Ribó",
        "  Ann\t Smith ",
        "अनिता",
    ] {
        assert!(plain_name(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "A",
        "Win at evil.test",
        "http://x",
        "Ann1",
        "{{ 7*7 }}",
        "Ann <b>",
        "Ann, Bob",
        "Ann & Bob",
        "Ann\u{202e}",
        "-Ann",
        "💰 Ann",
        "a b c d e f g",
        "Annnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
        "ann@b",
        "Ann\u{200b}Smith",
    ] {
        assert_eq!(plain_name(bad), None, "{bad}");
    }
    assert_eq!(plain_name(" Ann \r\n Smith").as_deref(), Some("Ann Smith"));
}

#[test]
fn subject_is_repeated_only_if_it_is_short_and_leads_nowhere() {
    for good in ["The house", "Re: Casa con jardín, ¿sigue en venta?", "Order #1234", "Fw: v. 2", "3 rooms."]
    {
        assert!(clean_subject(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "see evil.test",
        "http://x",
        "www evil test",
        "call 600 112 233",
        "mail me@b.test",
        "{{ 7*7 }}",
        "<b>x</b>",
        "a/b",
        "100 % free $$$",
        "x\u{202e}y",
    ] {
        assert_eq!(clean_subject(bad), None, "{bad}");
    }
    assert_eq!(clean_subject(&"a ".repeat(40)), None);
}

#[test]
fn reply_names_the_message_and_its_thread_and_nothing_that_is_no_message_id() {
    let references =
        ["c@x".to_owned(), "b@x".into(), "bad id@x".into(), "a@x".into(), "x\r\nBcc: y@z".into()];
    let (answered, ids) = thread(Some("d@x"), &references);
    assert_eq!(answered.as_deref(), Some("<d@x>"));
    assert_eq!(ids, ["<a@x>", "<b@x>", "<c@x>", "<d@x>"]);
    assert_eq!(thread(None, &[]), (None, vec![]));
    assert_eq!(thread(Some("no address"), &["a@x".into()]), (None, vec!["<a@x>".into()]));
    let many: Vec<String> = (0..100).map(|at| format!("{at}@x")).collect();
    assert_eq!(thread(Some("new@x"), &many).1.len(), 20);
}

#[test]
fn sender_is_counted_without_the_tag_of_the_day() {
    let key = |address: &str| claims(&Inbox::new("info", "info@crm.test"), address, Limits::default())[0].key;
    assert_eq!(key("prvs=12ab=ann@b.test"), key("ann@b.test"));
    assert_eq!(key("btv1==12ab==ann@b.test"), key("ann@b.test"));
    assert_ne!(key("ann@b.test"), key("bob@b.test"));
    let other = claims(&Inbox::new("sales", "sales@crm.test"), "ann@b.test", Limits::default());
    assert_ne!(other[0].key, key("ann@b.test"), "each inbox counts for itself");
    assert_eq!(other[1].key, claims(&Inbox::new("x", "x@crm.test"), "ann@b.test", Limits::default())[1].key);
}

proptest! {
    #[test]
    fn nothing_said_of_a_stranger_breaks_a_line_or_looks_like_a_link(text in "\\PC{0,60}|(\\s|[a-zA-Z.:/@{}%<>0-9]){0,60}") {
        for said in [plain_name(&text), clean_subject(&text)].into_iter().flatten() {
            let bad = |c: char| c.is_control() || "<>@/\\{}%$[]=\"".contains(c);
            prop_assert!(!said.contains(bad) && !said.to_lowercase().contains("www.") && !said.contains("://"), "{said}");
        }
    }
}
