//! The original of a forwarded message.
//!
//! An attached message comes first. Else the first header block of the text counts, judged by what it is (see
//! [`block`]) and never by the subject alone: below a line that only forwards have, always; below any other or
//! none, if the subject is that of a forward, or is not that of an answer and nothing else says that the mail is
//! one. An answer that quotes a header block is no forward. Of a forward of a forward the outermost original is
//! the answer; those inside it are the `chain`.
//!
//! Callers get `None` if there is no original; then nothing was guessed.

pub mod block;
mod explain;
pub mod introduced;
pub mod mailbox;
pub mod notes;

use super::address::{self, Mailbox};
use super::finding::Finding;
use super::labels::calendar::{self, Reference};
use super::labels::{self, ANY, Prefix, Role, Separator};
use super::message::Message;
use super::reply::head::{self, Head, Kind};
use super::reply::lines::Lines;
use block::Block;
use introduced::{author, date};
use jiff::Timestamp;
use mailbox::mailboxes;
use serde::Serialize;

/// Most originals inside the original.
const CHAIN: usize = 32;

/// How the original came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// As an attached message.
    Attachment,
    /// In the text.
    Inline,
}

/// The original of a forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forward {
    /// Its author.
    pub from: Option<Mailbox>,
    /// Its recipients.
    pub to: Vec<Mailbox>,
    /// Recipients of a copy.
    pub cc: Vec<Mailbox>,
    /// Its date, as written.
    pub date: Option<String>,
    /// Its date, if it can be told.
    pub sent_at: Option<Timestamp>,
    /// Its subject.
    pub subject: Option<String>,
    /// Its Message-ID, if it is shown.
    pub message_id: Option<String>,
    /// Its text.
    pub text: String,
    /// What the forwarder wrote above.
    pub note: Option<String>,
    /// How it came.
    pub via: Via,
    /// The originals that it forwards or answers in turn, from the outside in.
    pub chain: Vec<Link>,
    /// Which rule found which field, in which text.
    #[serde(skip)]
    pub explain: Vec<Finding>,
}

/// One of the originals inside an original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its author.
    pub from: Option<Mailbox>,
    /// Its date, as written.
    pub date: Option<String>,
    /// Its date, if it can be told.
    pub sent_at: Option<Timestamp>,
    /// Its subject.
    pub subject: Option<String>,
}

/// The original that the message forwards.
pub fn find(message: &Message) -> Option<Forward> {
    if let Some(original) = attached(message) {
        return Some(of_attachment(message, original));
    }
    let lines = Lines::new(&message.body);
    match inline(message, &lines) {
        (Some(head), true) => Some(of_text(message, &lines, &head)),
        _ => None,
    }
}

/// The attached message that is forwarded; none in reports, whose attached message was returned.
fn attached(message: &Message) -> Option<&Message> {
    let prefix = message.subject.as_deref().and_then(labels::prefix).map(|(prefix, _)| prefix);
    if prefix == Some(Prefix::Reply) && !message.references.is_empty() {
        return None;
    }
    let report = message.field("content-type").any(|t| t.to_ascii_lowercase().contains("multipart/report"));
    message.attached.iter().find(|m| !m.from.is_empty() || m.subject.is_some()).filter(|_| !report)
}

fn of_attachment(message: &Message, original: &Message) -> Forward {
    let note = message.body.text.trim();
    let mut chain = Vec::new();
    let mut inner = original;
    while let Some(next) = attached(inner).filter(|_| chain.len() < CHAIN) {
        chain.push(Link {
            from: next.from.first().cloned(),
            date: next.date.clone(),
            sent_at: next.sent_at,
            subject: next.subject.clone(),
        });
        inner = next;
    }
    if chain.is_empty() {
        let lines = Lines::new(&original.body);
        chain = links(&lines, 0, &Reference::new(original.sent_at, original.date.as_deref()), ANY);
    }
    let mut forward = Forward {
        from: original.from.first().cloned(),
        to: original.to.clone(),
        cc: original.cc.clone(),
        date: original.date.clone(),
        sent_at: original.sent_at,
        subject: original.subject.clone(),
        message_id: original.message_id.clone(),
        text: original.body.text.trim_end().to_owned(),
        note: (!note.is_empty()).then(|| note.to_owned()),
        via: Via::Attachment,
        chain,
        explain: Vec::new(),
    };
    forward.explain = explain::attachment(&forward, original);
    forward
}

/// The head of the forwarded matter in the text and `true`; or the first head of the text, if there is one, and
/// `false`.
pub(super) fn inline(message: &Message, lines: &Lines<'_>) -> (Option<Head>, bool) {
    let subject = message.subject.as_deref();
    let prefix = subject.and_then(labels::prefix).map(|(prefix, _)| prefix);
    let Some(first) = head::first(lines, 0, subject) else { return (None, false) };
    if forwards(message, lines, &first, prefix) {
        return (Some(first), true);
    }
    // An empty separator ("FYI" below "Original Message") may have the forward below it.
    let mut from = first.end;
    let mut bare = matches!(first.kind, Kind::Bare);
    for _ in 0..3 {
        if !bare || prefix == Some(Prefix::Reply) {
            break;
        }
        let Some(next) = head::first(lines, from, subject) else { break };
        if forwards(message, lines, &next, prefix) {
            return (Some(next), true);
        }
        from = next.end;
        bare = matches!(next.kind, Kind::Bare);
    }
    (Some(first), false)
}

/// Whether the first head of the text is that of a forward.
fn forwards(message: &Message, lines: &Lines<'_>, head: &Head, prefix: Option<Prefix>) -> bool {
    let answers = prefix == Some(Prefix::Reply);
    if answers && head.depth > 0 && (0..head.start).any(|at| lines.all[at].depth > 0 && !lines.is_blank(at)) {
        return false;
    }
    match &head.kind {
        Kind::Bare => false,
        Kind::Intro(_) if head.separator == Some(Separator::Forward) => true,
        Kind::Intro(intro) => {
            prefix == Some(Prefix::Forward) && (intro.text.contains('@') || author(intro).is_some())
        }
        Kind::Block(block) => {
            if head.separator == Some(Separator::Forward) {
                return true;
            }
            match prefix {
                Some(Prefix::Reply) => false,
                Some(Prefix::Forward) => block.is_partial() && block.value(Role::From).is_some(),
                Some(Prefix::Either) => block.langs & labels::language("fi") == 0 || block.langs == ANY,
                None => {
                    let separated = head.separator.is_some();
                    block.is_whole()
                        && (separated || (block.is_full() && !is_form(lines, head.end)))
                        && !is_answer(message, lines, head, block)
                }
            }
        }
    }
}

/// Whether the lines below a block are fields of a form: `Message: …`, `Phone: …`. Forms begin with the same
/// labels as quoted headers.
fn is_form(lines: &Lines<'_>, from: usize) -> bool {
    let field = |text: &str| {
        text.split_once([':', '：']).is_some_and(|(label, value)| {
            let short = label.split_whitespace().count() <= 3 && label.chars().count() <= 30;
            short && label.starts_with(char::is_alphabetic) && !value.starts_with("//")
        })
    };
    let mut next = from;
    for _ in 0..2 {
        let Some(at) = lines.next(next, 3) else { return false };
        if field(lines.all[at].text) {
            return true;
        }
        next = at + 1;
    }
    false
}

/// Whether a mail without any prefix in its subject answers the author of the block: it is in a thread and has
/// text above, or goes to that author, or has the block's subject with "Re:" to come.
fn is_answer(message: &Message, lines: &Lines<'_>, head: &Head, block: &Block) -> bool {
    let author = block.value(Role::From).and_then(mailbox::first);
    let address = author.and_then(|a| a.address).and_then(|a| address::canonical(&a, false));
    let writes_to_author = address.is_some_and(|address| {
        let all = message.to.iter().chain(&message.cc);
        all.filter_map(|m| m.address.as_deref())
            .any(|a| address::canonical(a, false).as_deref() == Some(&address))
    });
    let above = (0..head.start).any(|at| !lines.is_blank(at));
    writes_to_author || (above && !message.references.is_empty())
}

fn of_text(message: &Message, lines: &Lines<'_>, head: &Head) -> Forward {
    let reference = Reference::new(message.sent_at, message.date.as_deref());
    let note = match head.column {
        0 => lines.raw(0, head.start),
        column => {
            let first = &lines.all[head.start].text[..column];
            format!("{}\n{}", lines.raw(0, head.start), first.trim_end()).trim().to_owned()
        }
    };
    let (start, end) = text_range(lines, head);
    let depth = text_depth(lines, head, start, end);
    let text = dedented(lines.unquoted(start, end, depth));
    let langs = match &head.kind {
        Kind::Block(block) => block.langs,
        _ => ANY,
    };
    let chain = links(lines, start, &reference, langs);
    let subject =
        || message.subject.as_deref().map(|s| labels::prefix(s).map_or(s, |(_, rest)| rest).to_owned());
    let mut forward = Forward {
        from: None,
        to: Vec::new(),
        cc: Vec::new(),
        date: None,
        sent_at: None,
        subject: None,
        message_id: None,
        text,
        note: (!note.trim().is_empty()).then(|| note.trim().to_owned()),
        via: Via::Inline,
        chain,
        explain: Vec::new(),
    };
    match &head.kind {
        Kind::Block(block) => {
            forward.from = block.value(Role::From).and_then(mailbox::first);
            forward.to = block.value(Role::To).map(mailboxes).unwrap_or_default();
            forward.cc = block.value(Role::Cc).map(mailboxes).unwrap_or_default();
            forward.date = block.value(Role::Date).map(str::to_owned);
            forward.sent_at =
                forward.date.as_deref().and_then(|d| calendar::instant(d, block.langs, &reference));
            forward.subject = block.value(Role::Subject).map(str::to_owned).or_else(subject);
            forward.message_id =
                block.value(Role::MessageId).map(|v| v.trim_matches(['<', '>', ' ']).to_owned());
        }
        Kind::Intro(intro) => {
            forward.from = author(intro);
            forward.date = date(intro);
            forward.sent_at = calendar::instant(&intro.text, ANY, &reference);
            forward.subject = subject();
        }
        Kind::Bare => {}
    }
    forward.explain = explain::inline(&forward, lines, head);
    forward
}

/// The lines of the original's text: to the end, or to the line that ends it.
fn text_range(lines: &Lines<'_>, head: &Head) -> (usize, usize) {
    let start = head.end;
    let ending = |at: &usize| {
        let line = &lines.all[*at];
        line.text.len() < 200 && labels::separation(line.text).is_some_and(|s| s.kind == Separator::End)
    };
    let mut end = (start..lines.len()).find(ending).unwrap_or(lines.len());
    // What stands below the container of the original is the forwarder's.
    let inside = lines
        .quotes
        .iter()
        .find(|q| q.depth == 0 && q.start <= head.start + 1 && q.end > start && q.end < end);
    if let Some(quote) = inside
        && head.depth == 0
        && (quote.end..end).any(|at| labels::is_device_note(lines.all[at].text) || lines.all[at].raw == "-- ")
    {
        end = quote.end;
    }
    (start, end)
}

/// How many quotation marks belong to the forward and not to the original.
fn text_depth(lines: &Lines<'_>, head: &Head, start: usize, end: usize) -> usize {
    if head.depth > 0 {
        return head.depth;
    }
    let mut any = false;
    for at in start..end {
        if !lines.is_blank(at) || lines.all[at].depth > 0 {
            if lines.all[at].depth == 0 {
                return 0;
            }
            any = true;
        }
    }
    usize::from(any)
}

/// The text without the indentation that all its lines share.
fn dedented(text: String) -> String {
    let indent = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.len() - l.trim_start_matches(' ').len())
        .min();
    match indent {
        Some(indent) if indent > 0 => {
            let lines: Vec<&str> = text.lines().map(|l| l.get(indent..).unwrap_or("")).collect();
            lines.join("\n")
        }
        _ => text,
    }
}

/// The originals in the text from line `from` on.
fn links(lines: &Lines<'_>, from: usize, reference: &Reference, langs: labels::Langs) -> Vec<Link> {
    let mut chain = Vec::new();
    let mut at = from;
    while chain.len() < CHAIN {
        let Some(head) = head::first(lines, at, None) else { break };
        at = head.end.max(at + 1);
        let link = match &head.kind {
            Kind::Bare => continue,
            Kind::Block(block) => {
                let date = block.value(Role::Date).map(str::to_owned);
                Link {
                    from: block.value(Role::From).and_then(mailbox::first),
                    sent_at: date.as_deref().and_then(|d| calendar::instant(d, block.langs, reference)),
                    date,
                    subject: block.value(Role::Subject).map(str::to_owned),
                }
            }
            Kind::Intro(intro) => Link {
                from: author(intro),
                date: date(intro),
                sent_at: calendar::instant(&intro.text, langs, reference),
                subject: None,
            },
        };
        chain.push(link);
    }
    chain
}
