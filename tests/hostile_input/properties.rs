//! What must hold for every octet string there is, one function for each fuzz target. Shared by the tests here
//! and by the fuzz targets under `fuzz/`; a property that does not hold panics with what was broken.
//!
//! Everywhere: no panic, the same answer twice, and every returned text within the limits, without NUL and
//! carriage return. For whole mails also: LF and CRLF line ends say the same, and the new text of a mail stands
//! in its full text.

use crm_milter::extract::contact::Ours;
use crm_milter::extract::form::{self, Context};
use crm_milter::extract::phone::Regions;
use crm_milter::extract::{Options, extract, signature};
use crm_milter::mail::address::{self, Mailbox};
use crm_milter::mail::message;
use crm_milter::mail::{complaint, dsn, forwarded, html, limits, reply, text};
use serde::Serialize;
use serde_json::Value;

/// One fuzz target.
pub type Property = fn(&[u8]);

/// Every target by name; the names are those of the folders under `fuzz/corpus`.
pub const TARGETS: &[(&str, Property)] = &[
    ("message", message),
    ("html", html),
    ("forward", forward),
    ("reply", reply),
    ("form", form),
    ("signature", signature),
    ("dsn", dsn),
    ("tnef", tnef),
    ("address", address),
    ("extract", extract_all),
];

/// Reading a mail.
pub fn message(data: &[u8]) {
    alike(data, message::read);
}

/// Reading HTML.
pub fn html(data: &[u8]) {
    let read = |markup: &str| {
        let document = html::read(markup);
        let lines = document.body.text.lines().count();
        assert!(document.body.marks.iter().all(|m| m.line <= lines), "a mark below the last line");
        assert!(document.body.marks.is_sorted_by_key(|m| m.line), "marks out of order");
        (document.body, document.meta)
    };
    let markup = String::from_utf8_lossy(data);
    within_limits(&read(&markup));
    let [lf, crlf] = both(data).map(|raw| String::from_utf8_lossy(&raw).into_owned());
    let (lf, crlf) = (read(&lf), read(&crlf));
    assert_eq!(lf, crlf, "LF and CRLF differ");
    assert_eq!(lf, read(&String::from_utf8_lossy(&both(data)[0])), "not the same twice");
}

/// Finding the original of a forward.
pub fn forward(data: &[u8]) {
    alike(data, |raw| forwarded::find(&message::read(raw)));
}

/// Telling new text from old.
pub fn reply(data: &[u8]) {
    alike(data, |raw| {
        let message = message::read(raw);
        let reply = reply::split(&message);
        stands_in(&reply.text, &message.body.text);
        reply
    });
}

/// Reading labels and values, in a mail that a machine seems to have written.
pub fn form(data: &[u8]) {
    let text = text::clean(&String::from_utf8_lossy(data));
    let text = &text[..html::floor(&text, limits::TEXT)];
    let head = b"From: no-reply@portal.example\nReply-To: ana@example.com\nTo: us@example.org\nSubject: New lead\n\n";
    let message = message::read(head);
    let (regions, ours) = (Regions::new(["ES"]), Ours::new(&message, &Options::default()));
    let find = || {
        let lead =
            form::find(text, Context { message: &message, regions: &regions, ours: &ours, is_reply: false })?;
        Some((
            lead.name,
            lead.email,
            lead.phones,
            lead.company,
            lead.message,
            lead.reference,
            lead.source,
            lead.explain,
        ))
    };
    let found = find();
    within_limits(&found);
    assert_eq!(found, find(), "not the same twice");
}

/// Reading a signature.
pub fn signature(data: &[u8]) {
    let text = text::clean(&String::from_utf8_lossy(data));
    let author = Mailbox { name: Some("Ana Pérez".into()), address: Some("ana@example.com".into()) };
    let find = || signature::find(&text, Some(&author));
    let found = find();
    within_limits(&found);
    assert_eq!(found, find(), "not the same twice");
}

/// Understanding reports and complaints.
pub fn dsn(data: &[u8]) {
    alike(data, |raw| {
        let message = message::read(raw);
        (dsn::bounce(&message, true), dsn::bounce(&message, false), complaint::complaint(&message))
    });
}

/// Reading a `winmail.dat`.
pub fn tnef(data: &[u8]) {
    let head = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n";
    let raw = [head.as_bytes(), &base64(data)].concat();
    let read = message::read(&raw);
    within_limits(&read);
    assert_eq!(read, message::read(&raw), "not the same twice");
}

/// Reading addresses.
pub fn address(data: &[u8]) {
    let written = String::from_utf8_lossy(data);
    let written = crm_milter::mail::header::text(written.as_bytes(), None);
    for read in [address::parse_field, address::parse_list] {
        let found = read(&written);
        within_limits(&found);
        assert_eq!(found, read(&written), "not the same twice");
        for canonical in found.iter().filter_map(|m| address::canonical(m.address.as_deref()?, false)) {
            let again = address::canonical(&canonical, false);
            assert_eq!(again.as_deref(), Some(canonical.as_str()), "canonical form is not canonical");
        }
    }
}

/// Everything that one mail says.
pub fn extract_all(data: &[u8]) {
    let options = Options::default();
    alike(data, |raw| extract(&message::read(raw), &options));
}

/// The property of whole mails: limits hold, the same twice, the same with LF and CRLF.
fn alike<T: Serialize + PartialEq + std::fmt::Debug>(data: &[u8], facts: impl Fn(&[u8]) -> T) {
    let found = facts(data);
    within_limits(&found);
    let [lf, crlf] = both(data);
    let found = facts(&lf);
    assert_eq!(found, facts(&lf), "not the same twice");
    same(&found, &facts(&crlf));
}

/// Fails with the first place where LF and CRLF differ; two whole messages would fill the screen.
fn same<T: Serialize + PartialEq>(lf: &T, crlf: &T) {
    if lf == crlf {
        return;
    }
    let (lf, crlf) = (json(lf), json(crlf));
    let mut place = String::new();
    let (mut a, mut b) = (&lf, &crlf);
    loop {
        let step = match (a, b) {
            (Value::Object(x), Value::Object(_)) => {
                x.keys().find(|key| a[*key] != b[*key]).map(|key| (key.clone(), &a[key], &b[key]))
            }
            (Value::Array(x), Value::Array(y)) => {
                (0..x.len().max(y.len())).find(|at| x.get(*at) != y.get(*at)).map(|at| {
                    (at.to_string(), x.get(at).unwrap_or(&Value::Null), y.get(at).unwrap_or(&Value::Null))
                })
            }
            _ => None,
        };
        let Some((key, x, y)) = step else { break };
        place = format!("{place}/{key}");
        (a, b) = (x, y);
    }
    panic!("LF and CRLF differ at {place}: {a} / {b}");
}

/// The mail with LF and with CRLF line ends.
fn both(data: &[u8]) -> [Vec<u8>; 2] {
    let lf: Vec<u8> = data.iter().copied().filter(|b| *b != b'\r').collect();
    let crlf =
        lf.iter().flat_map(|b| if *b == b'\n' { &b"\r\n"[..] } else { std::slice::from_ref(b) }).copied();
    let crlf = crlf.collect();
    [lf, crlf]
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("facts hold no map with keys that are not text")
}

/// Every text in `value` is within the limits and without NUL and carriage return.
fn within_limits(value: &impl Serialize) {
    let mut open = vec![json(value)];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => {
                assert!(text.len() <= limits::TEXT, "{} octets in one text", text.len());
                assert!(!text.contains(['\0', '\r']), "NUL or carriage return in {text:?}");
            }
            Value::Array(all) => open.extend(all),
            Value::Object(all) => open.extend(all.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

/// Every line of `part` stands in `whole`, in order.
fn stands_in(part: &str, whole: &str) {
    let mut rest = whole;
    for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let at = rest.find(line);
        let at = at
            .unwrap_or_else(|| panic!("new text does not stand in the full text, or not in order: {line:?}"));
        rest = &rest[at + line.len()..];
    }
}

/// Base64 in lines.
fn base64(data: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(data.len() / 3 * 4 + 8);
    for (line, chunk) in data.chunks(3).enumerate() {
        let bits = (0..3).fold(0u32, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = LETTERS[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() { digit } else { b'=' });
        }
        if line % 19 == 18 {
            out.push(b'\n');
        }
    }
    out
}
