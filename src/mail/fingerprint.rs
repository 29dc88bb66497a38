//! One digest for one message, whatever way it reaches us.
//!
//! The same message comes several times: through the milter and through the pipe door, from a client that
//! retries, by way of a second MX, with a scanner's fields added or its lines refolded. The fingerprint is
//! SHA-256 over a closed list of header fields and the body, both in the manner of DKIM's `relaxed`
//! canonicalisation (RFC 6376, section 3.4), so that all of these give one value. Trace fields are not in it.
//!
//! A message without a Message-ID of its sender's own is *anonymous*. Postfix adds a Message-ID and a Date when
//! they are missing, and they differ on every attempt; so both are left out, and the envelope sender and the
//! client are taken in instead. Two equal form mails then have one fingerprint, so the caller must count an
//! anonymous one as a repeat only within a short time.
//!
//! Works on the raw message, whole and without the limits that reading for people has: what lies beyond a
//! limit may be all that tells two messages apart.

use super::envelope::Envelope;
use super::header;
use sha2::{Digest, Sha256};

/// Identity of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// SHA-256.
    pub digest: [u8; 32],
    /// Whether the sender gave no Message-ID: a repeat is one only for some hours.
    pub anonymous: bool,
}

/// Header fields that count, besides all that begin with `content-`.
const FIELDS: [&str; 11] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
];
const DATE: u8 = 6;
const MESSAGE_ID: u8 = 7;
const CONTENT: u8 = 11;

/// A field that counts, as offsets into the message: thousands of them must cost little.
#[derive(Debug, Clone, Copy)]
struct Place {
    rank: u8,
    start: u32,
    end: u32,
}

/// The fingerprint of a message that came with `envelope`.
pub fn of(raw: &[u8], envelope: &Envelope) -> Fingerprint {
    let (mut places, body) = places(raw);
    let anonymous = is_anonymous(raw, &places, envelope);
    if anonymous {
        places.retain(|p| p.rank != DATE && p.rank != MESSAGE_ID);
    }
    // By name, because gateways reorder fields; fields of one name keep their order.
    places.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| name(raw, a).cmp(name(raw, b))));
    let mut sink = Sink::new();
    sink.raw(if anonymous { b"crm-milter anonymous message 1\n" } else { b"crm-milter message 1\n" });
    for place in &places {
        relaxed_field(&raw[place.start as usize..place.end as usize], &mut sink);
    }
    sink.raw(b"\r\n");
    relaxed_body(body, &mut sink);
    if anonymous {
        sink.raw(b"\0");
        sink.raw(envelope.mail_from.trim_matches(['<', '>']).as_bytes());
        sink.raw(b"\0");
        // sendmail(1) shows itself as no client at one door and as loopback at the other.
        if let Some(client) = envelope.client_address.filter(|a| !a.is_loopback()) {
            sink.raw(client.to_string().as_bytes());
        }
    }
    Fingerprint { digest: sink.finish(), anonymous }
}

/// The fields that count and the body.
fn places(raw: &[u8]) -> (Vec<Place>, &[u8]) {
    let mut places: Vec<Place> = Vec::new();
    let (mut at, mut counted) = (start(raw), None);
    while at < raw.len() {
        let (line, next) = header::line_at(raw, at);
        if line.is_empty() {
            return (places, &raw[next..]);
        }
        if matches!(line[0], b' ' | b'\t') && counted.is_some() {
            if let (Some(true), Some(place)) = (counted, places.last_mut()) {
                place.end = offset(next);
            }
        } else if let Some(name) = header::field_name(line) {
            let rank = rank(name);
            counted = Some(rank.is_some());
            if let Some(rank) = rank {
                places.push(Place { rank, start: offset(at), end: offset(next) });
            }
        } else {
            break;
        }
        at = next;
    }
    (places, &raw[at..])
}

/// Where the header begins: behind an mbox separator.
fn start(raw: &[u8]) -> usize {
    if raw.starts_with(b"From ") { header::line_at(raw, 0).1 } else { 0 }
}

/// Headers end long before 4 GB; what does not is cut there.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn rank(name: &[u8]) -> Option<u8> {
    if name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-")) {
        return Some(CONTENT);
    }
    FIELDS.iter().position(|f| name.eq_ignore_ascii_case(f.as_bytes())).map(|at| at as u8)
}

/// The letters of the field's name in lower case, where several names share a rank.
fn name<'r>(raw: &'r [u8], place: &Place) -> impl Iterator<Item = u8> + use<'r> {
    let field = &raw[place.start as usize..place.end as usize];
    let end = if place.rank == CONTENT { memchr::memchr(b':', field).unwrap_or(field.len()) } else { 0 };
    field[..end].trim_ascii_end().iter().map(u8::to_ascii_lowercase)
}

/// Whether the message has no Message-ID, or only one that our Postfix made.
fn is_anonymous(raw: &[u8], places: &[Place], envelope: &Envelope) -> bool {
    let Some(place) = places.iter().find(|p| p.rank == MESSAGE_ID) else { return true };
    let field = &raw[place.start as usize..place.end as usize];
    let value = memchr::memchr(b':', field).map_or(&field[..0], |colon| &field[colon + 1..]);
    let value = value.trim_ascii();
    if value.trim_ascii().is_empty() || value == b"<>" {
        return true;
    }
    let Some(made_from) = queue_id_in(value) else { return false };
    let Some(queue_id) = envelope.queue_id.as_deref() else { return false };
    made_from == queue_id.as_bytes() || earlier_queue_ids(raw, queue_id).any(|id| id == made_from)
}

/// The queue id in a Message-ID as Postfix makes it: `<YYYYMMDDhhmmss.QUEUEID@myhostname>`.
fn queue_id_in(value: &[u8]) -> Option<&[u8]> {
    let id = value.strip_prefix(b"<")?.strip_suffix(b">")?;
    let at = memchr::memchr(b'@', id)?;
    let (time, queue_id) = id[..at].split_at_checked(14)?;
    let queue_id = queue_id.strip_prefix(b".")?;
    let good = time.iter().all(u8::is_ascii_digit)
        && queue_id.len() >= 6
        && queue_id.iter().all(u8::is_ascii_alphanumeric);
    good.then_some(queue_id)
}

/// Queue ids that our Postfix gave the message before `queue_id`: a requeued message has a new one, but keeps
/// the Message-ID made from the old one. At the pipe door our own `Received` fields lead the header; that the
/// first of them has the queue id proves that they are ours.
fn earlier_queue_ids<'r>(raw: &'r [u8], queue_id: &str) -> impl Iterator<Item = &'r [u8]> {
    const OURS: usize = 8;
    let mut hops: Vec<(&[u8], &[u8])> = Vec::new();
    let mut at = start(raw);
    while hops.len() < OURS && at < raw.len() {
        let begin = at;
        let (line, mut next) = header::line_at(raw, at);
        let Some(name) = header::field_name(line) else { break };
        while next < raw.len() && matches!(raw[next], b' ' | b'\t') {
            next = header::line_at(raw, next).1;
        }
        at = next;
        if !name.eq_ignore_ascii_case(b"Received") {
            // Fields that filters of ours put above them are passed.
            if hops.is_empty() && rank(name).is_none() {
                continue;
            }
            break;
        }
        let Some(hop) = hop(&raw[begin..next]) else { break };
        if hops.first().is_some_and(|(host, _)| *host != hop.0) {
            break;
        }
        hops.push(hop);
    }
    let ours = hops.first().is_some_and(|(_, id)| *id == queue_id.as_bytes());
    hops.into_iter().skip(1).filter(move |_| ours).map(|(_, id)| id)
}

/// Host and queue id of a `Received` field: `by HOST (Postfix) … id QUEUEID`.
fn hop(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut words = field.split(|b| b.is_ascii_whitespace()).filter(|w| !w.is_empty());
    let (mut host, mut id) = (None, None);
    while let Some(word) = words.next() {
        match word {
            b"by" if host.is_none() => host = words.next(),
            b"id" if host.is_some() && id.is_none() => {
                id = words.next().map(|w| w.strip_suffix(b";").unwrap_or(w));
            }
            _ => {}
        }
    }
    Some((host?, id?))
}

/// SHA-256 with a buffer, because single octets are written.
struct Sink {
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Sink {
    const BUFFER: usize = 8 * 1024;

    fn new() -> Self {
        Sink { hash: Sha256::new(), buffer: Vec::with_capacity(Self::BUFFER) }
    }

    fn raw(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > Self::BUFFER {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
        if bytes.len() > Self::BUFFER {
            self.hash.update(bytes);
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn finish(mut self) -> [u8; 32] {
        self.hash.update(&self.buffer);
        self.hash.finalize().into()
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// Name in lower case, body unfolded, runs of white space as one space, none at its ends.
fn relaxed_field(field: &[u8], sink: &mut Sink) {
    let colon = memchr::memchr(b':', field).unwrap_or(field.len());
    sink.raw(&field[..colon].trim_ascii().to_ascii_lowercase());
    sink.raw(b":");
    let value = field.get(colon + 1..).unwrap_or_default();
    let words = value.split(|b| is_space(*b) || *b == b'\n').filter(|w| !w.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            sink.raw(b" ");
        }
        sink.raw(word);
    }
    sink.raw(b"\r\n");
}

/// Runs of white space as one space, none at line ends, no empty lines at the end.
fn relaxed_body(body: &[u8], sink: &mut Sink) {
    let mut empty = 0usize;
    let mut at = 0;
    while at < body.len() {
        let (line, next) = header::line_at(body, at);
        at = next;
        let mut started = false;
        let mut space = line.first().is_some_and(|b| is_space(*b));
        for word in line.split(|b| is_space(*b)) {
            if word.is_empty() {
                space = true;
                continue;
            }
            if !started {
                for _ in 0..empty {
                    sink.raw(b"\r\n");
                }
                empty = 0;
            }
            if started || space {
                sink.raw(b" ");
            }
            started = true;
            space = false;
            sink.raw(word);
        }
        if started {
            sink.raw(b"\r\n");
        } else {
            empty += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope::Door;
    use super::*;

    fn envelope(queue_id: Option<&str>) -> Envelope {
        Envelope {
            queue_id: queue_id.map(str::to_owned),
            mail_from: "ana@good.example".into(),
            client_address: "192.0.2.7".parse().ok(),
            ..Envelope::new(Door::Milter, jiff::Timestamp::UNIX_EPOCH)
        }
    }

    fn print(raw: &str) -> Fingerprint {
        of(raw.as_bytes(), &envelope(Some("4QAbCd1234z")))
    }

    const MAIL: &str = "From: Ana <ana@good.example>\nTo: b@x\nSubject: Uno dos\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\
                        Message-ID: <a1@good.example>\nContent-Type: text/plain\n\nHola  mundo\n\nfin\n";

    #[test]
    fn same_message_has_one_fingerprint_at_both_doors() {
        let milter = print(MAIL);
        assert!(!milter.anonymous);
        let pipe =
            format!("Received: from c by mx (Postfix) with ESMTP id 4QAbCd1234z\n\tfor <a@x>; Mon\n{MAIL}");
        assert_eq!(milter, print(&pipe));
        assert_eq!(milter, print(&MAIL.replace('\n', "\r\n")));
        assert_eq!(milter, of(MAIL.as_bytes(), &envelope(None)));
    }

    #[test]
    fn refolding_reordering_and_added_fields_change_nothing() {
        let print_of = print(MAIL);
        assert_eq!(print_of, print(&MAIL.replace("Uno dos", "Uno\n\tdos")));
        assert_eq!(print_of, print(&MAIL.replace("Subject: ", "SUBJECT:")));
        assert_eq!(print_of, print(&format!("X-Spam-Flag: NO\nReturn-Path: <>\n{MAIL}")));
        assert_eq!(
            print_of,
            print(&MAIL.replace("To: b@x\nSubject: Uno dos\n", "Subject: Uno dos\nTo: b@x\n"))
        );
        assert_eq!(print_of, print(&MAIL.replace("Hola  mundo\n", "Hola mundo \t\n")));
        assert_eq!(print_of, print(&format!("{MAIL}\n \n")));
        assert_eq!(print_of, print(MAIL.trim_end()));
    }

    #[test]
    fn any_other_word_gives_another_fingerprint() {
        let print_of = print(MAIL);
        for (from, to) in [
            ("Hola  mundo", "Holamundo"),
            ("Hola", " Hola"),
            ("\n\nfin", "\nfin"),
            ("Uno dos", "Unodos"),
            ("a1@", "a2@"),
            ("b@x", "c@x"),
            ("00:00:00", "00:00:01"),
            ("text/plain", "text/html"),
        ] {
            assert_ne!(print_of, print(&MAIL.replacen(from, to, 1)), "{from} -> {to}");
        }
        assert_ne!(print_of, print(&format!("Cc: d@x\n{MAIL}")));
    }

    #[test]
    fn message_id_made_from_the_queue_id_makes_it_anonymous() {
        let made = |id: &str, time: &str| {
            MAIL.replace("a1@good.example", &format!("20240101000000.{id}@mx.ours.example"))
                .replace("00:00:00", time)
        };
        let first = print(&made("4QAbCd1234z", "00:00:00"));
        assert!(first.anonymous);
        // Another attempt: another queue id, Message-ID and Date.
        let again = of(made("4QZZZZ9999z", "00:05:00").as_bytes(), &envelope(Some("4QZZZZ9999z")));
        assert_eq!(first, again);
        let none = MAIL.replace("Message-ID: <a1@good.example>\n", "");
        assert_eq!(first, print(&none));
        assert_eq!(first, print(&none.replace("Date: Mon, 1 Jan 2024 00:00:00 +0000\n", "")));
        assert_eq!(first, print(&MAIL.replace("<a1@good.example>", "")));
    }

    #[test]
    fn message_id_of_another_postfix_is_the_senders_own() {
        let theirs = MAIL.replace("a1@good.example", "20240101000000.4QAbCd9999z@web.example");
        assert!(!print(&theirs).anonymous);
        assert!(!of(theirs.as_bytes(), &envelope(None)).anonymous);
        let relayed = format!("Received: by web.example (Postfix) id 4QAbCd9999z; Mon\n{theirs}");
        assert!(!print(&relayed).anonymous);
        for odd in
            ["2024.4QAbCd1234z@mx", "20240101000000-4QAbCd1234z@mx", "20240101000000.@mx", "4QAbCd1234z@mx"]
        {
            assert!(!print(&MAIL.replace("a1@good.example", odd)).anonymous, "{odd}");
        }
    }

    #[test]
    fn requeued_message_stays_anonymous() {
        let made = MAIL.replace("a1@good.example", "20240101000000.4QOLD0000z@mx.ours.example");
        let pipe = format!(
            "Received: by mx.ours.example (Postfix, from userid 0)\n\tid 4QAbCd1234z; Mon\n\
             Received: from c by mx.ours.example (Postfix) with ESMTP id 4QOLD0000z\n\tfor <a@x>; Mon\n{made}"
        );
        let first = of(made.as_bytes(), &envelope(Some("4QOLD0000z")));
        assert!(first.anonymous);
        assert_eq!(first, print(&pipe));
    }

    #[test]
    fn anonymous_messages_of_two_senders_or_clients_differ() {
        let raw = b"Subject: x\n\nsame\n";
        let one = envelope(None);
        let other_sender = Envelope { mail_from: "eve@x".into(), ..one.clone() };
        let other_client = Envelope { client_address: "192.0.2.8".parse().ok(), ..one.clone() };
        assert_ne!(of(raw, &one), of(raw, &other_sender));
        assert_ne!(of(raw, &one), of(raw, &other_client));
        let local = Envelope { client_address: None, ..one.clone() };
        let loopback = Envelope { client_address: "127.0.0.1".parse().ok(), ..one };
        assert_eq!(of(raw, &local), of(raw, &loopback));
    }

    #[test]
    fn messages_without_header_or_body_have_fingerprints() {
        let all = [
            "",
            "\n",
            "\nbody",
            "no field at all\nbody",
            "Subject: x",
            "Subject: x\n",
            "From a Mon\nSubject: x\n\n",
        ];
        for raw in all {
            assert_eq!(print(raw), print(&raw.replace('\n', "\r\n")), "{raw:?}");
        }
        assert_eq!(print("Subject: x"), print("From a Mon\nSubject: x\n\n"));
    }
}
