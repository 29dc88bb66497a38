//! Messages as one mbox file, of the kind `mboxrd`: readers that know it get every message back octet by octet.
//!
//! A message begins with a `From ` line (envelope sender, time of receipt in UTC) and ends with an empty line; a
//! line of it that looks like a `From ` line, with any number of `>` before it, gets one `>` more. Line ends stay
//! as they were received. A message without a line end at its end gets one: the format has no other way.
//!
//! [`reader`] reads such files, and those of other writers.
//!
//! What an export hides, the `Bcc` fields of others' mail, is taken out here as well, whole folded fields.

pub mod reader;

use jiff::Timestamp;

/// Appends a message.
pub fn append(out: &mut Vec<u8>, raw: &[u8], mail_from: &str, received_at: Timestamp) {
    out.reserve(raw.len() + 128);
    out.extend_from_slice(from_line(mail_from, received_at).as_bytes());
    for line in lines(raw) {
        let quoted = line.iter().position(|&octet| octet != b'>').unwrap_or(line.len());
        if line[quoted..].starts_with(b"From ") {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    if !raw.is_empty() && !raw.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// `From alice@example.com Sun Nov 22 14:54:43 2026`. An envelope sender may hold anything: what would break the
/// line or its fields becomes `?`.
fn from_line(mail_from: &str, received_at: Timestamp) -> String {
    let harmless = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    let sender: String = match mail_from {
        "" => "MAILER-DAEMON".into(),
        address => address.chars().take(320).map(harmless).collect(),
    };
    let time = received_at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a %b %e %H:%M:%S %Y");
    format!("From {sender} {time}\n")
}

/// The message without its `Bcc` and `Resent-Bcc` fields.
pub fn without_bcc(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    let mut hidden = false;
    for line in lines(raw) {
        if line == b"\n" || line == b"\r\n" {
            break;
        }
        rest = &rest[line.len()..];
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|&octet| octet == b':').next().unwrap_or_default().trim_ascii_end();
            hidden = name.eq_ignore_ascii_case(b"bcc") || name.eq_ignore_ascii_case(b"resent-bcc");
        }
        if !hidden {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Lines with their ends.
fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split_inclusive(|&octet| octet == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-11-02T14:54:43Z";

    fn mbox(messages: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for raw in messages {
            append(&mut out, raw, "a@b.test", AT.parse().unwrap());
        }
        out
    }

    /// A reader as the format's description has it.
    fn read(mbox: &[u8]) -> Vec<Vec<u8>> {
        let mut messages: Vec<Vec<u8>> = Vec::new();
        for line in lines(mbox) {
            if line.starts_with(b"From ") {
                messages.push(Vec::new());
                continue;
            }
            let message = messages.last_mut().expect("it begins with a From line");
            let quoted = line.iter().position(|&octet| octet != b'>').unwrap_or(line.len());
            let cut = usize::from(quoted > 0 && line[quoted..].starts_with(b"From "));
            message.extend_from_slice(&line[cut..]);
        }
        for message in &mut messages {
            assert_eq!(message.pop(), Some(b'\n'), "an empty line ends a message");
        }
        messages
    }

    #[test]
    fn every_message_comes_back_octet_by_octet() {
        let messages: [&[u8]; 6] = [
            b"Subject: plain\r\n\r\nbody\r\n",
            b"Subject: x\n\nFrom here on\n>From there\n>>From elsewhere\nfrom below\n From\n",
            b"From \r\n\r\nFrom a@b.test Sun Nov 22 14:54:43 2026\r\n\r\n",
            b"Subject: bare\r\n\r\na\rFrom b\r\n\n\n",
            b"\0\xff\xfe\n",
            b"",
        ];
        assert_eq!(read(&mbox(&messages)), messages);
        assert_eq!(read(&mbox(&[b"no end"])), [b"no end\n"], "the one thing that the format cannot say");
    }

    #[test]
    fn envelope_sender_cannot_begin_a_message_or_add_fields() {
        let mut out = Vec::new();
        append(&mut out, b"\n", "", AT.parse().unwrap());
        assert!(out.starts_with(b"From MAILER-DAEMON Mon Nov  2 14:54:43 2026\n"));
        for evil in ["a\nFrom b", "a b@c.test", "\u{1b}[2J@c.test", "a\r\nSubject: x", "ñ@c.test"] {
            let line = from_line(evil, AT.parse().unwrap());
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert_eq!(line.split_ascii_whitespace().count(), 7, "{line}");
            assert!(line.trim_end().bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()), "{line}");
        }
    }

    #[test]
    fn bcc_fields_go_whole_and_nothing_else_does() {
        let raw = b"To: a@b.test\r\nBCC : eve@b.test,\r\n zoe@b.test\r\nSubject: Bcc: no\r\nresent-bcc:x\r\n\r\nBcc: body\r\n";
        assert_eq!(without_bcc(raw), b"To: a@b.test\r\nSubject: Bcc: no\r\n\r\nBcc: body\r\n");
        for whole in [&b""[..], b"\n", b"no header", b"A: b\n\nBcc: c\n", b" Bcc: folded\nB: c\n"] {
            assert_eq!(without_bcc(whole), whole);
        }
    }
}
