//! Codes of our records in a subject (row R04): `[DEAL-123]`, `DEAL-123`, `#DEAL-123`, `INC-2026-00042`.
//!
//! A code is a configured series, a hyphen and a number, standing as a word of its own. Nothing else is one:
//! not `#12`, `F-350`, `RFC 5322`, `(MS-20)` or another system's `[Ticket#2024]`. Whether the writer may use
//! a code is not decided here.

/// The series of the bare `crmctl extract`, which has no configuration.
pub const DEFAULT_SERIES: [&str; 6] = ["LEAD", "DEAL", "OFFER", "PROJECT", "INC", "TICKET"];

/// Most codes taken from one subject.
const CODES: usize = 32;

/// The codes in `text`, in upper case, in order, each once. `series` are compared without regard to case.
pub fn find(text: &str, series: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'-', &bytes[from..]).map(|at| at + from) {
        from = at + 1;
        let start = text[..at]
            .char_indices()
            .rev()
            .take_while(|(_, c)| c.is_ascii_alphanumeric())
            .last()
            .map_or(at, |(start, _)| start);
        let prefix = &text[start..at];
        if !series.iter().any(|s| s.eq_ignore_ascii_case(prefix)) || !opens(&text[..start]) {
            continue;
        }
        let Some(number) = number(&text[at + 1..]) else { continue };
        let code = format!("{}-{number}", prefix.to_ascii_uppercase());
        if !found.contains(&code) && found.len() < CODES {
            found.push(code);
        }
    }
    found
}

/// `123`, or a year and a number: `2026-00042`; followed by the end of a word.
fn number(rest: &str) -> Option<&str> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(rest);
    if first == 0 || first > 12 {
        return None;
    }
    let mut end = first;
    if first == 4 && rest[first..].starts_with('-') {
        let second = digits(&rest[first + 1..]);
        if (1..=12).contains(&second) {
            end = first + 1 + second;
        }
    }
    closes(&rest[end..]).then(|| &rest[..end])
}

/// Whether a code may begin behind `before`: at a word's begin, not inside an address, path or longer id.
fn opens(before: &str) -> bool {
    match before.chars().next_back() {
        None => true,
        Some('#') => before.chars().rev().nth(1).is_none_or(|c| !c.is_alphanumeric()),
        Some(c) => !(c.is_alphanumeric() || "-_@./\\&=%+~$".contains(c)),
    }
}

/// Whether a code may end before `after`. A full stop or comma that another digit or letter follows goes on.
fn closes(after: &str) -> bool {
    let mut chars = after.chars();
    match chars.next() {
        None => true,
        Some('.' | ',' | ':' | '/') => chars.next().is_none_or(|c| !c.is_alphanumeric()),
        Some(c) => !(c.is_alphanumeric() || "-_@\\&=%+~$'’".contains(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(subject: &str) -> Vec<String> {
        find(subject, &DEFAULT_SERIES.map(str::to_owned))
    }

    #[test]
    fn codes_are_found_in_every_written_form() {
        assert_eq!(codes("Re: [DEAL-123] Angebot"), ["DEAL-123"]);
        assert_eq!(codes("DEAL-123: offer"), ["DEAL-123"]);
        assert_eq!(codes("about #deal-123, please"), ["DEAL-123"]);
        assert_eq!(codes("Your ticket INC-2026-00042."), ["INC-2026-00042"]);
        assert_eq!(codes("[LEAD-1][DEAL-2] (OFFER-3) DEAL-2"), ["LEAD-1", "DEAL-2", "OFFER-3"]);
        assert_eq!(codes("关于DEAL-5"), Vec::<String>::new());
        assert_eq!(codes("关于 DEAL-5。"), ["DEAL-5"]);
    }

    #[test]
    fn look_alikes_are_no_codes() {
        for subject in [
            "#12",
            "F-350 for sale",
            "RFC 5322",
            "(MS-20)",
            "[Ticket#2024]",
            "DEAL 123",
            "IDEAL-123",
            "DEAL-12a",
            "DEAL-",
            "DEAL--1",
            "DEAL-1.5 million",
            "x@DEAL-1.example",
            "BIG-DEAL-12",
            "DEAL-1-2",
            "a/DEAL-1",
            "MISLEAD-4",
            "DEAL-2026-",
            "INC.-5",
            "DEAL-1234567890123",
            "COVID-19",
            "DEAL–5",
            "ÉDEAL-5",
        ] {
            assert!(codes(subject).is_empty(), "{subject}: {:?}", codes(subject));
        }
    }
}
