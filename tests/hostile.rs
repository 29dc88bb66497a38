//! Hostile mail: whatever arrives, the extract neither panics nor loses its head, gives the same answer each
//! time and with either line end, and takes time in proportion to the length.

// A helper that cannot go on is a failed test.
#![allow(clippy::unwrap_used)]

use crm_milter::cli::extract::run;
use crm_milter::extract::{Options, code};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut found = Vec::new();
    for set in fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let mails = fs::read_dir(set).unwrap().map(|e| e.unwrap().path());
        found.extend(mails.filter(|p| p.extension().is_some_and(|e| e == "eml")));
    }
    found.sort();
    assert!(found.len() > 100, "the corpus is there");
    found.into_iter().map(|path| fs::read(path).unwrap()).collect()
});

fn json(raw: &[u8]) -> String {
    run(raw, &Options::default(), true).to_string()
}

/// One change to a message.
#[derive(Debug, Clone)]
enum Change {
    Cut(usize),
    Drop(usize, usize),
    Put(usize, Vec<u8>),
    Repeat(usize, usize, u8),
    Swap(usize, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let words: Vec<Vec<u8>> = [
        ":",
        "\n",
        "\r\n",
        "\t",
        "Name:",
        "Email: a@b.example",
        "\n\n",
        "<",
        ">",
        "|",
        "=?utf-8?q?",
        "--",
        "[DEAL-1]",
        "+34600112233",
        "\0",
        "é",
        "。",
        "\u{202e}",
        "From: x\n",
        "Teléfono",
        "{\"",
        "<adf><prospect>",
        "BEGIN:VCARD\n",
        "((((",
        "@@@@",
        "://",
    ]
    .iter()
    .map(|w| w.as_bytes().to_vec())
    .collect();
    prop_oneof![
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), 0usize..200).prop_map(|(at, n)| Change::Drop(at, n)),
        (any::<usize>(), prop::sample::select(words)).prop_map(|(at, w)| Change::Put(at, w)),
        (any::<usize>(), 1usize..60, 2u8..40).prop_map(|(at, n, times)| Change::Repeat(at, n, times)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, octet)| Change::Swap(at, octet)),
    ]
}

fn changed(raw: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut out = raw.to_vec();
    for change in changes {
        let len = out.len().max(1);
        match change {
            Change::Cut(at) => out.truncate((at % len).max(len / 4)),
            Change::Drop(at, n) => {
                let start = at % len;
                let end = (start + n).min(out.len());
                out.drain(start.min(end)..end);
            }
            Change::Put(at, word) => {
                let at = at % len;
                out.splice(at.min(out.len())..at.min(out.len()), word.iter().copied());
            }
            Change::Repeat(at, n, times) => {
                let start = (at % len).min(out.len());
                let piece: Vec<u8> = out[start..(start + n).min(out.len())].repeat(usize::from(*times));
                out.splice(start..start, piece);
            }
            Change::Swap(at, octet) => {
                if let Some(place) = out.get_mut(at % len) {
                    *place = *octet;
                }
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_mail_of_the_corpus_is_read_without_panic_and_the_same_each_time(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..8),
    ) {
        let raw = changed(which.get::<Vec<u8>>(CORPUS.as_slice()), &changes);
        prop_assert_eq!(json(&raw), json(&raw));
    }

    #[test]
    fn octets_of_any_kind_are_read_without_panic(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        json(&raw);
    }

    #[test]
    fn text_of_any_kind_is_read_without_panic(text in "\\PC{0,400}") {
        json(format!("From: a@b.example\nSubject: {text}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n").as_bytes());
    }

    #[test]
    fn line_ends_do_not_matter(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 0..4),
    ) {
        let raw = changed(which.get::<Vec<u8>>(CORPUS.as_slice()), &changes);
        let lf: Vec<u8> = raw.into_iter().filter(|octet| *octet != b'\r').collect();
        let crlf: Vec<u8> = lf.iter().flat_map(|octet| if *octet == b'\n' { vec![b'\r', b'\n'] } else { vec![*octet] }).collect();
        prop_assert_eq!(json(&lf), json(&crlf));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_made_up_subject_holds_a_code(subject in subject()) {
        let series = code::DEFAULT_SERIES.map(str::to_owned);
        prop_assert_eq!(code::find(&subject, &series), Vec::<String>::new(), "{}", subject);
    }
}

/// A subject as people and systems write them, without a code of ours.
fn subject() -> impl Strategy<Value = String> {
    let prefix = prop::sample::select(vec![
        "",
        "Re: ",
        "RE: ",
        "Fwd: ",
        "AW: ",
        "[EXTERNAL] ",
        "SV: ",
        "[list-users] ",
        "Re[2]: ",
    ]);
    let number = 1u32..99_999;
    let shape = prop::sample::select(SHAPES.to_vec());
    let tail = prop::sample::select(vec![
        "",
        " - urgent",
        " (2 of 3)",
        "?",
        " ✔",
        " for 22-11-2026",
        " 10:15-11:00",
        " +34 600-112-233",
    ]);
    (prefix, shape, number, tail)
        .prop_map(|(p, s, n, t)| format!("{p}{}{t}", s.replace("{n}", &n.to_string())))
}

const SHAPES: [&str; 60] = [
    "Invoice #{n}",
    "Order {n} shipped",
    "F-{n} for sale",
    "RFC {n} question",
    "(MS-{n}) manual",
    "[Ticket#{n}] received",
    "[#{n}] Your request",
    "Case {n}: printer",
    "DEAL {n}",
    "Deal of the day {n}",
    "[ABC-{n}] Fix login",
    "JIRA (PROJ-{n}) updated",
    "[acme/app] Crash (#{n})",
    "Flight LH-{n}",
    "COVID-{n} rules",
    "ISO-{n} audit",
    "Offer no. {n}",
    "Angebot Nr. {n}",
    "Projekt-{n} Start",
    "Offerte-{n}",
    "Budget 2025-{n}",
    "LEAD{n}",
    "LEADS-{n}",
    "Leadership-{n}",
    "INCIDENT-{n}",
    "INC.-{n}",
    "INC{n}",
    "TICKETS-{n}",
    "TICKET #{n}",
    "e-ticket {n}-{n}",
    "PROJECTS-{n}",
    "sub-project-{n}",
    "IDEAL-{n}",
    "ORDEAL-{n}",
    "MISLEAD-{n}",
    "x_DEAL-{n}",
    "DEAL-{n}x",
    "DEAL-{n}.5",
    "deal-{n}@shop.example",
    "https://x.example/deal-{n}",
    "a/OFFER-{n}",
    "OFFER–{n}",
    "OFFER_{n}",
    "OFFER - {n}",
    "Special offer: -{n}%",
    "Room {n}-B",
    "Part no {n}-{n}",
    "S/N {n}-AB",
    "Bug {n} in v1.{n}-rc1",
    "Rechnung RE-{n}",
    "Factura FAC-{n}",
    "Pedido PED-{n}",
    "Commande CMD-{n}",
    "Zamówienie ZAM-{n}",
    "见面 {n}",
    "заказ З-{n}",
    "Your code is {n}",
    "SR-{n} opened",
    "CHG{n} approved",
    "PO-{n}",
];

/// The time for `text` in a mail, and for four times as much, must not differ as a square would.
fn linear(name: &str, unit: &str) {
    let mail = |octets: usize| {
        let body = unit.repeat(octets / unit.len() + 1);
        format!("From: web@firm.example\nTo: info@firm.example\nSubject: New lead\nContent-Type: text/plain; charset=utf-8\n\n{body}\n").into_bytes()
    };
    // The thread's own time: other tests and programs run beside it.
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap().user_time();
        Duration::from_micros(u64::try_from(usage.num_microseconds()).unwrap())
    };
    let time = |raw: &[u8]| {
        let start = used();
        run(raw, &Options::default(), false);
        used() - start
    };
    time(&mail(500));
    let (small, large) = (mail(20_000), mail(80_000));
    let best = |raw: &[u8]| (0..2).map(|_| time(raw)).min().unwrap();
    let (one, four) = (best(&small), best(&large));
    assert!(
        four <= one * 9 + Duration::from_millis(60),
        "{name}: {one:?} for one, {four:?} for four times as much"
    );
}

#[test]
fn time_grows_with_the_length_and_not_with_its_square() {
    for (name, unit) in [
        ("colons", ":"),
        ("labels", "Name: a\n"),
        ("empty labels", "Name:\n"),
        ("messages", "Message: a\nSize: 4\n"),
        ("one line of labels", "Name: a "),
        ("glued labels", "aName:"),
        ("capitals", "NAME EMAIL "),
        ("words", "aB cD "),
        ("addresses", "a@b.example "),
        ("at signs", "@"),
        ("digits", "600 112 233 "),
        ("plus signs", "+1"),
        ("tabs", "a\tb\t"),
        ("rows", "Name\tEmail\n"),
        ("bars", "|a"),
        ("braces", "{\"a\":"),
        ("tags", "<a>"),
        ("open comments", "<!--"),
        ("adf", "<adf><prospect><name>"),
        ("quotes", "> "),
        ("dashes", "-\n"),
        ("blank lines", "\n"),
        ("hyphens", "DEAL-"),
        ("ideographs", "名前："),
        ("loose labels", "Name a b c\n"),
        ("headings", "Agent details\n"),
    ] {
        linear(name, unit);
    }
}
