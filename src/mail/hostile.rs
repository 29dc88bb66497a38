//! Messages made to hurt: what is read stays within the limits, what is left out is found, and the work does
//! not grow faster than the message. How long it takes is measured by the benchmark.

use super::{automatic, charset, complaint, dsn, html, limits, message, text};
use proptest::prelude::*;

fn repeat(piece: &str, octets: usize) -> String {
    piece.repeat(octets / piece.len() + 1)
}

fn rules(raw: &str) -> Vec<&'static str> {
    message::read(raw.as_bytes()).findings.iter().map(|f| f.rule).collect()
}

#[test]
fn header_fields_over_the_limit_are_found_and_the_body_is_read() {
    let raw = format!("{}Subject: lost\n\nbody\n", "X-A: b\n".repeat(300_000));
    let message = message::read(raw.as_bytes());
    assert_eq!(message.fields.len(), limits::FIELDS);
    assert_eq!(message.body.text, "body\n");
    assert!(rules(&raw).contains(&"too-many-fields"));
}

#[test]
fn long_field_is_cut_and_found() {
    let raw = format!("Subject: {}\n\nbody\n", repeat("x", limits::FIELD + 10));
    assert_eq!(message::read(raw.as_bytes()).fields[0].value.len(), limits::FIELD - 1);
    assert!(rules(&raw).contains(&"field-cut"));
}

#[test]
fn parts_over_the_limit_are_found() {
    let raw = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(20_000));
    assert!(rules(&raw).contains(&"too-many-parts"));
}

#[test]
fn depth_over_the_limit_is_found() {
    let nested = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
    let raw: String = (0..20_000).map(nested).collect();
    assert!(rules(&raw).contains(&"too-deep"));
    let messages = "Content-Type: message/rfc822\n\n".repeat(20_000);
    assert!(rules(&messages).contains(&"too-deep"));
}

#[test]
fn long_text_is_cut_and_found() {
    for kind in ["plain", "html"] {
        let raw = format!("Content-Type: text/{kind}\n\n{}", repeat("palabra larga ", 4 * limits::MARKUP));
        let read = message::read(raw.as_bytes());
        assert!(read.body.text.len() <= limits::TEXT);
        assert!(rules(&raw).contains(&"text-cut"), "{kind}");
    }
}

#[test]
fn text_of_very_many_lines_is_cut_and_found() {
    for (kind, piece) in [("plain", "\n"), ("plain", "\r"), ("html", "x<br>")] {
        let raw = format!("Content-Type: text/{kind}\n\nx{}", piece.repeat(2 * limits::LINES));
        let lines = message::read(raw.as_bytes()).body.text.lines().count();
        assert!(lines <= limits::LINES, "{kind}: {lines}");
        assert!(rules(&raw).contains(&"text-cut"), "{kind}");
    }
}

#[test]
fn uuencoded_files_have_a_number() {
    let raw = format!("Subject: x\n\n{}", "begin 644 a\n#0V%T\n`\nend\n".repeat(2 * limits::PARTS));
    assert_eq!(message::read(raw.as_bytes()).attachments.len(), limits::PARTS);
}

#[test]
fn octets_below_a_space_are_no_uuencoded_data() {
    let raw = b"Subject: x\n\nbegin 644 a\n#0V%\x01\n`\nend\n";
    assert!(message::read(raw).attachments.is_empty());
}

#[test]
fn names_of_files_hold_no_controls() {
    let raw = b"Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''a%00%0D%0Ab.pdf\n\nx\n";
    assert_eq!(message::read(raw).attachments[0].name.as_deref(), Some("a\u{fffd}  b.pdf"));
}

#[test]
fn row_of_very_many_cells_is_read() {
    let document = html::read(&format!("<table><tr>{}", repeat("<td>x</td>", 100_000)));
    assert_eq!(document.body.text.lines().next().map(|l| l.split('\t').count()), Some(256));
}

#[test]
fn many_text_parts_cost_no_more_than_one() {
    let part = format!("--b\nContent-Type: text/html\n\n<p>{}\n", repeat("palabras ", 10_000));
    let raw = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", part.repeat(900));
    assert!(message::read(raw.as_bytes()).body.text.len() <= limits::TEXT);
}

#[test]
fn markup_that_nests_without_end_is_read() {
    for piece in ["<div>", "<b>", "<table><tr><td>x", "<blockquote>x", "<ol><li>", "<a href=x>", "<p>x", "<"]
    {
        let document = html::read(&repeat(piece, 60_000));
        assert!(document.body.text.len() <= limits::TEXT, "{piece}");
    }
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=1")).collect();
    assert_eq!(html::read(&format!("<p{attributes}>x</p>")).body.text, "x\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_read_without_panic_and_alike_twice(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let one = message::read(&raw);
        prop_assert_eq!(&one, &message::read(&raw));
        let _ = dsn::bounce(&one, true);
        let _ = complaint::complaint(&one);
        let _ = automatic::classify(&one, true);
    }

    #[test]
    fn anything_like_mail_is_read_alike_with_lf_and_crlf(
        raw in "((From|To|Subject|Content-Type|Content-Transfer-Encoding|X): [ -~]{0,40}(\n [ -~]{0,9})?\n){0,6}\
                \n(--b|--b--|[ -~ñ<>=&;]{0,60}|<(p|td|tr|table|div|br|li|a href=x)>)?\n{0,2}[ -~ñ]{0,200}"
    ) {
        prop_assert_eq!(message::read(raw.as_bytes()), message::read(raw.replace('\n', "\r\n").as_bytes()));
    }

    #[test]
    fn any_markup_is_read(markup in "(</?(p|b|i|div|table|tr|td|ul|li|blockquote|pre|a|dl|dt|dd|head|style)( hidden| class=gmail_quote)?>|[a-z &;<>]{0,5}){0,60}") {
        let document = html::read(&markup);
        let lines = document.body.text.lines().count();
        prop_assert!(document.body.marks.iter().all(|m| m.line <= lines));
        prop_assert!(document.body.marks.is_sorted_by_key(|m| m.line));
    }

    #[test]
    fn any_octets_are_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..300), label in "(utf-8|iso-2022-jp|koi8-r|utf-7|utf-16|gb18030|x|)") {
        let _ = text::clean(&charset::decode(&bytes, Some(&label)).text);
    }
}
