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
pub mod notes;

use super::address::{self, Mailbox};
use super::labels::calendar::{self, Reference};
use super::labels::{self, ANY, Prefix, Role, Separator};
use super::message::Message;
use super::reply::head::{self, Head, Kind};
use super::reply::intro::Intro;
use super::reply::lines::Lines;
use block::Block;
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

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
    Forward {
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
    }
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
                None => block.is_whole() && !is_answer(message, lines, head, block),
            }
        }
    }
}

/// Whether a mail without any prefix in its subject answers the author of the block: it is in a thread and has
/// text above, or goes to that author, or has the block's subject with "Re:" to come.
fn is_answer(message: &Message, lines: &Lines<'_>, head: &Head, block: &Block) -> bool {
    let author = block.value(Role::From).and_then(|v| mailboxes(v).into_iter().next());
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
    };
    match &head.kind {
        Kind::Block(block) => {
            forward.from = block.value(Role::From).and_then(|v| mailboxes(v).into_iter().next());
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
                    from: block.value(Role::From).and_then(|v| mailboxes(v).into_iter().next()),
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

/// Mailboxes as written in a header block.
pub fn mailboxes(value: &str) -> Vec<Mailbox> {
    let value = without_links(cut_behalf(value));
    let mut boxes = address::parse_list(&without_notes(&value));
    for mailbox in &mut boxes {
        tidy(mailbox);
    }
    boxes.retain(|m| m.name.is_some() || m.address.is_some());
    boxes
}

/// The value with Notes' names cut to the name: `Ann Smith/Sales/Acme@ACME`, `Ann Smith@ACME`.
fn without_notes(value: &str) -> Cow<'_, str> {
    let canonical = |piece: &str| {
        let (name, domain) = piece.rsplit_once('@')?;
        let local = !domain.trim().is_empty()
            && domain.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let person = name.contains('/') || name.trim().contains(' ');
        (local && person && !piece.contains(['<', '[']))
            .then(|| name.split('/').next().unwrap_or(name).to_owned())
    };
    if !value.contains('@') || !value.split([',', ';']).any(|piece| canonical(piece).is_some()) {
        return Cow::Borrowed(value);
    }
    let pieces: Vec<String> =
        value.split([',', ';']).map(|piece| canonical(piece).unwrap_or_else(|| piece.to_owned())).collect();
    Cow::Owned(pieces.join(";"))
}

/// The value with `<mailto:…>` taken out where the address stands there anyway, and as plain `<…>` elsewhere.
fn without_links(value: &str) -> Cow<'_, str> {
    const LINK: &str = "<mailto:";
    if !value.contains(LINK) {
        return Cow::Borrowed(value);
    }
    let links: Vec<&str> = value
        .match_indices(LINK)
        .filter_map(|(at, _)| value[at + LINK.len()..].split(['>', '?']).next())
        .collect();
    let mut bare = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once(LINK) {
        bare.push_str(before);
        bare.push('\u{1}');
        rest = after.split_once('>').map_or("", |(_, rest)| rest);
    }
    bare.push_str(rest);
    let lower = bare.to_lowercase();
    let mut out = String::with_capacity(value.len());
    for (piece, link) in bare.split('\u{1}').zip(links.iter().map(Some).chain([None])) {
        out.push_str(piece);
        if let Some(link) = link
            && !lower.contains(&link.to_lowercase())
        {
            out.push_str(" <");
            out.push_str(link);
            out.push('>');
        }
    }
    Cow::Owned(out)
}

/// The value up to "on behalf of" and its like: who sent it stands before.
fn cut_behalf(value: &str) -> &str {
    let phrases = [
        " on behalf of ",
        " im auftrag von ",
        " de la part de ",
        " en nombre de ",
        " em nome de ",
        " per conto di ",
        " namens ",
        " w imieniu ",
        " jménem ",
        " på vegne af ",
        " på vegne av ",
        " för ",
        " от имени ",
    ];
    let lower = value.to_lowercase();
    if lower.len() != value.len() {
        return value;
    }
    phrases
        .iter()
        .filter_map(|p| lower.find(p))
        .min()
        .filter(|at| lower[..*at].contains('@'))
        .map_or(value, |at| value.get(..at).unwrap_or(value))
}

/// Takes out of a mailbox what clients put beside name and address.
fn tidy(mailbox: &mut Mailbox) {
    if let Some(name) = &mailbox.name {
        let mut name = name.trim().trim_matches(['"', '«', '»', '„', '“', '”']).trim().to_owned();
        // X.400 and X.500 addresses of Exchange are no addresses for anybody else.
        if let Some(at) = name.find("/O=").or_else(|| name.find("/o=")) {
            name.truncate(at);
        }
        // Notes: `Ann Smith/Sales/Acme@ACME`.
        let notes = name.contains('/') && name.split('/').all(|part| !part.trim().is_empty());
        if notes && mailbox.address.is_none() && !name.contains("://") {
            name = name.split('/').next().unwrap_or_default().to_owned();
        }
        let name = name.trim().trim_end_matches(['<', '[', '(', ',']).trim();
        let name =
            name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')).unwrap_or(name).trim().to_owned();
        let same =
            mailbox.address.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(name.trim_matches('\'')));
        mailbox.name = (!name.is_empty() && !same).then_some(name);
    }
    if let Some(address) = &mailbox.address
        && let Some((local, rest)) = address.split_once('/')
        && rest.contains('@')
    {
        mailbox.name = mailbox.name.take().or_else(|| Some(local.to_owned()));
        mailbox.address = None;
    }
}

/// The author that an introduction names.
pub fn author(intro: &Intro) -> Option<Mailbox> {
    let text = intro.text.as_str();
    let at = text.find('@')?;
    let start = text[..at]
        .rfind(|c: char| c.is_whitespace() || "<([\"':,;«»".contains(c))
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let end = at
        + text[at..]
            .find(|c: char| c.is_whitespace() || ">)]\"',;:<«»님".contains(c))
            .unwrap_or(text.len() - at);
    let address = &text[start..end];
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let before = text[..start].trim_end().trim_end_matches(['<', '(', '[']).trim_end();
    let name = name_at_end(before);
    let mut mailbox = Mailbox { name, address: Some(address.to_owned()) };
    tidy(&mut mailbox);
    Some(mailbox)
}

/// The name that stands at the end of the text, behind a date, a verb or nothing.
fn name_at_end(text: &str) -> Option<String> {
    for (open, close) in [('"', '"'), ('«', '»'), ('“', '”'), ('„', '“')] {
        if let Some(inner) = text.strip_suffix(close) {
            return inner
                .rfind(open)
                .map(|at| inner[at + open.len_utf8()..].trim().to_owned())
                .filter(|n| !n.is_empty());
        }
    }
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace().rev() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let ends = word.ends_with([',', ':', ';']) && !words.is_empty();
        if ends
            || bare.is_empty()
            || bare.chars().any(|c| c.is_ascii_digit())
            || is_filler(bare)
            || words.len() >= 6
        {
            break;
        }
        words.push(word.trim_end_matches(','));
    }
    words.reverse();
    let name = words.join(" ").trim_matches(|c: char| c == '"' || c == ',').to_owned();
    (!name.is_empty()).then_some(name)
}

/// Words between date and name that belong to neither.
fn is_filler(word: &str) -> bool {
    let folded = labels::fold(word);
    const WORDS: [&str; 30] = [
        "am",
        "pm",
        "at",
        "from",
        "von",
        "schrieb",
        "de",
        "użytkownik",
        "odesílatel",
        "používateľ",
        "пользователь",
        "користувач",
        "χρήστης",
        "ο",
        "lietotājs",
        "kirjutas",
        "schreef",
        "skrev",
        "heeft",
        "uhr",
        "gmt",
        "utc",
        "klo",
        "kl",
        "korisnik",
        "oseba",
        "je",
        "um",
        "le",
        "cet",
    ];
    WORDS.contains(&folded.as_str()) || labels::last_verb(&folded).is_some()
}

/// The date of an introduction, as written: from its first figure or day to the name.
fn date(intro: &Intro) -> Option<String> {
    let text = intro.text.as_str();
    let text = match author(intro).and_then(|a| a.address).and_then(|a| text.find(&a)) {
        Some(at) => text[..at].trim_end_matches(['<', '(', '[', '"', ' ', ',']),
        None => text,
    };
    let digit = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '午')?;
    let start = text[..digit]
        .split_whitespace()
        .next()
        .map_or(0, |first| if labels::opener(text).is_some() { first.len() } else { 0 });
    let rest = &text[last..];
    let tail = rest.split_whitespace().next().map_or(rest.len(), str::len);
    let zone = text[last..].split_whitespace().nth(1).filter(|w| {
        matches!(
            w.trim_matches([',', '.']),
            "AM" | "PM" | "am" | "pm" | "EST" | "CET" | "CEST" | "GMT" | "UTC"
        )
    });
    let end = match zone {
        Some(zone) => zone.as_ptr() as usize - text.as_ptr() as usize + zone.len(),
        None => last + tail,
    };
    let written = text.get(start..end)?.trim().trim_end_matches([',', ':']).trim();
    (!written.is_empty()).then(|| written.to_owned())
}
