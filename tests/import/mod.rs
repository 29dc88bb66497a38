//! The parts of `desk_import`, one file per subject, and the mailboxes that they use.

mod again;
mod by_hand;
mod hostile;
mod mailboxes;
mod memory;
mod restart;

use std::fs;
use std::path::{Path, PathBuf};

/// A mail of somebody outside to the company, received in October 2025.
pub fn letter(n: usize) -> String {
    format!(
        "Return-Path: <c{n}@there.test>\nReceived: from there.test by crm.test; {date} +0000\nFrom: Customer {n} <c{n}@there.test>\n\
         To: info@crm.test\nSubject: Question {n}\nDate: {date} +0000\nMessage-ID: <q{n}@there.test>\n\n\
         Hello,\n\nFrom here on I ask: {n}?\n",
        date = date(n)
    )
}

/// `Wed, 1 Oct 2025 10:00:00`, and so many minutes later.
pub fn date(n: usize) -> String {
    let at: jiff::Timestamp = "2025-10-01T10:00:00Z".parse().unwrap();
    let at = at + jiff::SignedDuration::from_mins(n.try_into().unwrap());
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %-d %b %Y %H:%M:%S").to_string()
}

/// An mbox file with these messages, as mboxrd.
pub fn mbox(path: &Path, messages: impl IntoIterator<Item = String>) -> PathBuf {
    use std::io::Write as _;
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    for message in messages {
        let mut out = Vec::new();
        let at = "2025-11-02T14:54:43Z".parse().unwrap();
        crm_milter::mail::mbox::append(&mut out, message.as_bytes(), "env@there.test", at);
        file.write_all(&out).unwrap();
    }
    file.flush().unwrap();
    path.to_owned()
}

/// A Maildir folder without messages.
pub fn maildir(path: &Path) -> PathBuf {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(path.join(part)).unwrap();
    }
    path.to_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
