//! SMTP replies and enhanced status codes in the words of a server.

/// The enhanced status code (RFC 3463) that stands first in `text`: `5.1.1`, also as `#5.1.1`. Numbers that go
/// on (IP addresses, versions) are none.
pub fn enhanced(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = text[from..].find('.').map(|at| at + from) {
        from = at + 1;
        if at == 0 || !matches!(bytes[at - 1], b'2' | b'4' | b'5') {
            continue;
        }
        let start = at - 1;
        if start > 0 && (bytes[start - 1].is_ascii_alphanumeric() || matches!(bytes[start - 1], b'.' | b'/'))
        {
            continue;
        }
        let middle = digits(bytes, at + 1);
        if !(1..=3).contains(&middle) || bytes.get(at + 1 + middle) != Some(&b'.') {
            continue;
        }
        let last_at = at + 2 + middle;
        let last = digits(bytes, last_at);
        let end = last_at + last;
        let goes_on = bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric())
            || (bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
        if (1..=3).contains(&last) && !goes_on {
            return Some(&text[start..end]);
        }
    }
    None
}

fn digits(bytes: &[u8], at: usize) -> usize {
    bytes[at.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count()
}

/// The SMTP reply code of a refusal (4xx or 5xx) that stands first in `text`, where a reply stands: at the
/// start of a line or after a word, a colon, a quote or a bracket, and before white space or a dash.
pub fn code(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 3 <= bytes.len() {
        let digit_run = digits(bytes, at);
        if digit_run != 3 {
            at += digit_run.max(1);
            continue;
        }
        let before = at.checked_sub(1).map(|b| bytes[b]);
        let clear = before.is_none_or(|b| b.is_ascii_whitespace() || b":;\"'([<>=#,-".contains(&b));
        let after = bytes.get(at + 3).copied().unwrap_or(b' ');
        let ended = after.is_ascii_whitespace() || b"-:;,)]\"'#.".contains(&after);
        // `port 587`, `550 bytes`, `192.0.2.550`, times and sizes are no replies.
        let port =
            before == Some(b':') && at >= 2 && (bytes[at - 2].is_ascii_digit() || bytes[at - 2] == b']');
        let decimal = after == b'.' && bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        if clear && ended && !port && !decimal && matches!(bytes[at], b'4' | b'5') && bytes[at + 1] <= b'7' {
            let code: u16 = text[at..at + 3].parse().unwrap_or(0);
            if plausible(code) {
                return Some(code);
            }
        }
        at += 3;
    }
    None
}

/// Codes that servers use; anything else is a number by chance.
fn plausible(code: u16) -> bool {
    matches!(code, 400..=459 | 471 | 472 | 499 | 500..=559 | 570..=579)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_told_from_addresses_and_versions() {
        for (text, want) in [
            ("550 5.1.1 User unknown", Some("5.1.1")),
            ("(#5.7.1 - chkusr)", Some("5.7.1")),
            ("said: 550-5.7.26 x", Some("5.7.26")),
            ("status 4.4.7.", Some("4.4.7")),
            ("host mx[192.0.2.5] said: 452 4.2.2 full", Some("4.2.2")),
            ("from 5.1.1.7", None),
            ("at 45.1.1", None),
            ("Exim/4.96.2", None),
            ("version 5.1.1a", None),
            ("5.1", None),
            ("5.1234.1", None),
            ("3.1.1", None),
            ("", None),
            ("5.", None),
        ] {
            assert_eq!(enhanced(text), want, "{text}");
        }
    }

    #[test]
    fn reply_codes_are_told_from_other_numbers() {
        for (text, want) in [
            ("550 no", Some(550)),
            ("said: 421-busy", Some(421)),
            ("<<< 554 <a@b>", Some(554)),
            ("[550 5.1.1 x]", Some(550)),
            ("\"452\"", Some(452)),
            ("port :587 closed", None),
            ("mx[192.0.2.1]:450 x", None),
            ("192.0.2.550", None),
            ("5500 bytes", None),
            ("x550", None),
            ("550.5 kB", None),
            ("250 ok", None),
            ("471 x", Some(471)),
            ("480", None),
        ] {
            assert_eq!(code(text), want, "{text}");
        }
    }
}
