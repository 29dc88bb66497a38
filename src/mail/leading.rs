//! The leading run: the fields above everything that the sender wrote, which our own host has added.
//!
//! Nothing marks the place where our fields end and the sender's begin. The run ends at the first field that
//! no filter of a receiving host adds, and at a `Received` that is another host's. A sender can begin a
//! message with fields of such names: whoever gives authority by the run must know that those are stripped.

use super::message::{Field, Message};

/// Who wrote a field, by its name and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// Our host, and it is what is looked for.
    Ours,
    /// A filter of our host; the run goes on below.
    Filter,
    /// The sender, or a host on the way: the run ends.
    Sender,
}

/// The fields of the run that are [`Writer::Ours`], from the top. `judge` says whose a field is where its name
/// alone does not. At most `received` fields `Received` may stand above the first of them, and none between.
pub fn run(message: &Message, received: usize, judge: impl Fn(&Field) -> Option<Writer>) -> Vec<&Field> {
    let mut run = Vec::new();
    let mut left = received;
    for field in &message.fields {
        match judge(field).unwrap_or_else(|| writer(&field.name)) {
            Writer::Ours => run.push(field),
            Writer::Filter => {}
            Writer::Sender if field.name.eq_ignore_ascii_case("Received") && left > 0 && run.is_empty() => {
                left -= 1;
            }
            Writer::Sender => break,
        }
    }
    run
}

/// Whether filters of a receiving host add fields of that name.
fn writer(name: &str) -> Writer {
    const NAMES: [&str; 10] = [
        "return-path",
        "delivered-to",
        "x-original-to",
        "received-spf",
        "dkim-filter",
        "dmarc-filter",
        "arc-filter",
        "arc-seal",
        "arc-message-signature",
        "arc-authentication-results",
    ];
    let name = name.to_ascii_lowercase();
    let of_a_filter = NAMES.contains(&name.as_str())
        || ["x-spam", "x-virus", "x-rspamd"].iter().any(|start| name.starts_with(start));
    if of_a_filter { Writer::Filter } else { Writer::Sender }
}
