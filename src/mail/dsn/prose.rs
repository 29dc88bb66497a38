//! Reports in prose: which address failed, and which words say why.
//!
//! Such a report has three parts, in this order: what a person may read, one passage per failed recipient, and
//! the returned message or its header. An address counts as a failed recipient by where it stands: at the
//! start of a line, behind a label that names recipients, or in one line with a refusal. Where several of
//! these are found the first kind wins, because the others also quote addresses of senders and of help desks.

use super::phrases::{FAILURES, HELP, LABELS, NOT_RECIPIENTS, SUBJECTS};
use super::report::judge;
use super::{Action, Bounce, from_daemon, is_daemon, reason, reply};
use crate::mail::message::Message;

/// Octets of a passage that are read.
const PASSAGE: usize = 8 * 1024;
/// Failed recipients of one report.
const RECIPIENTS: usize = 500;
/// Recipients of whom each may be judged by the words of the whole report.
const FEW: usize = 20;
/// Octets of a report that are read.
const REPORT: usize = 64 * 1024;

/// Reads a report in prose.
pub fn read(message: &Message, null_sender: bool) -> Option<Bounce> {
    let text = reading(message);
    let (report, returned) = split(&text);
    let strength = strength(message, null_sender, report, returned);
    if strength < ENOUGH {
        return None;
    }
    let mut found = failed(message, report);
    if found.is_empty() && !report.trim().is_empty() {
        found = named_elsewhere(message, returned, report);
    }
    if found.is_empty() && strength < ENOUGH + 1 {
        return None;
    }
    let delayed = is_delay(message, report);
    let action = if delayed { Action::Delayed } else { Action::Failed };
    let given_up = !delayed && has_given_up(&report.to_lowercase());
    let recipients = found
        .into_iter()
        .map(|(address, words)| {
            let mut recipient = judge(Some(address), action, None, "", &words);
            // A network error after which the server gave up is final if nothing but prose says so.
            if given_up && reply::enhanced(&words).is_none() && reply::code(&words).is_none() {
                recipient.status.replace_range(..1, "5");
                recipient.permanent = true;
            }
            recipient
        })
        .collect();
    Some(Bounce { recipients, original_message_id: None })
}

/// The passages of the text part by recipient, address in lower case.
pub fn diagnoses(message: &Message) -> Vec<(String, String)> {
    let text = reading(message);
    let found = failed(message, split(&text).0);
    found.into_iter().map(|(address, words)| (address.to_lowercase(), words)).collect()
}

/// The text to read.
fn reading(message: &Message) -> String {
    let text = &message.body.text;
    text[..crate::mail::html::floor(text, REPORT)].to_owned()
}

/// How much evidence makes a report.
const ENOUGH: u32 = 4;

/// Points of evidence that the mail is a report of a failed delivery.
fn strength(message: &Message, null_sender: bool, report: &str, returned: &str) -> u32 {
    let subject = message.subject.as_deref().unwrap_or_default().to_lowercase();
    let daemon = from_daemon(message, null_sender);
    let named = message.from.iter().any(|m| m.address.as_deref().is_some_and(is_daemon));
    let by_subject = SUBJECTS.iter().any(|s| subject.contains(s)) && !is_answer(&subject);
    let words = report.to_lowercase();
    let failure = FAILURES.iter().any(|f| words.contains(f));
    let code = reply::enhanced(report).is_some_and(|s| !s.starts_with('2')) || reply::code(report).is_some();
    let original = !returned.trim().is_empty() || !message.attached.is_empty();
    let listed = message.field("X-Failed-Recipients").next().is_some();
    let mut points = 0;
    points += u32::from(daemon) + 2 * u32::from(named) + 3 * u32::from(listed);
    points += 2 * u32::from(by_subject) + u32::from(failure) + 2 * u32::from(code) + u32::from(original);
    let answering = ["auto-replied", "vacation"];
    let answered =
        message.field("Auto-Submitted").any(|v| answering.iter().any(|a| v.to_lowercase().contains(a)));
    if (answered || is_absence(&subject)) && !named && !by_subject {
        points = points.saturating_sub(3);
    }
    let nobody = message.from.iter().filter_map(|m| m.address.as_deref()).any(|a| {
        let local = a.split('@').next().unwrap_or_default().to_lowercase();
        ["no-reply", "noreply", "no_reply", "do-not-reply", "donotreply", "notice"].contains(&local.as_str())
    });
    if nobody && failure && original {
        points += 2;
    }
    // Nobody but a machine sends these: without a sign of one, only an unmistakable report counts.
    if daemon || (nobody && failure && original) || (by_subject && code && failure && original) {
        points
    } else {
        0
    }
}

/// A person's answer to a report, or a report that a person forwards, is none.
fn is_answer(subject: &str) -> bool {
    let start = subject.trim_start_matches(['[', '*', ' ']);
    ["re:", "aw:", "fw:", "fwd:", "rv:", "tr:", "wg:", "sv:", "vs:", "antw:", "res:", "enc:", "r:", "i:"]
        .iter()
        .any(|p| start.starts_with(p))
}

fn is_absence(subject: &str) -> bool {
    [
        "out of office",
        "automatic reply",
        "autoreply",
        "auto-reply",
        "abwesenheit",
        "absence",
        "respuesta automática",
        "risposta automatica",
        "réponse automatique",
        "resposta automática",
        "vacation",
        "automatische antwort",
        "automatisch antwoord",
        "fuera de la oficina",
    ]
    .iter()
    .any(|p| subject.contains(p))
}

/// Whether the report says that delivery will be tried again.
fn is_delay(message: &Message, report: &str) -> bool {
    let subject = message.subject.as_deref().unwrap_or_default().to_lowercase();
    let words = report.to_lowercase();
    let sure = [
        "warning message only",
        "this is a warning only",
        "do not need to resend",
        "don't need to resend",
        "will be retried",
        "still being retried",
        "has been delayed",
        "will continue to",
        "will be attempted again",
        "still trying",
        "will keep trying",
        "no action is required on your part",
        "not yet been delivered",
        "have been delayed",
        "wird weiterhin versucht",
        "no need to resend",
        "you do not have to resend",
        "wurde verzögert",
        "se ha retrasado",
        "a été retardé",
        "è in ritardo",
        "message will be retried",
    ];
    let delay_subject = subject.contains("delay") || subject.contains("still being retried");
    (sure.iter().any(|s| words.contains(s)) || delay_subject) && !has_given_up(&words)
}

/// Whether the report, in lower case, says that delivery is given up.
fn has_given_up(words: &str) -> bool {
    [
        "given up",
        "giving up",
        "permanent error",
        "failed permanently",
        "permanent fatal errors",
        "permanent failure",
    ]
    .iter()
    .any(|g| words.contains(g))
}

/// The report and the returned message below it.
fn split(text: &str) -> (&str, &str) {
    let mut at = 0;
    let mut previous_blank = true;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if at > 0 && (is_separator(trimmed) || (previous_blank && begins_header(&text[at..]))) {
            return text.split_at(at);
        }
        previous_blank = trimmed.is_empty() || !trimmed.contains(|c: char| c.is_alphanumeric());
        at += line.len();
    }
    (text, "")
}

/// Whether a line announces the returned message.
fn is_separator(line: &str) -> bool {
    if line.is_empty() || line.len() > 120 {
        return false;
    }
    let words = line.to_lowercase();
    let framed = words.starts_with(['-', '=', '*', '|', '_', '#', '>'])
        || words.ends_with(':')
        || (words.ends_with('.') && words.len() < 40);
    framed
        && [
            "original message",
            "copy of the message",
            "copy of your message",
            "unsent message",
            "returned message",
            "message text follows",
            "message header",
            "original mail",
            "message headers",
            "message follows",
            "message contents",
            "mensaje original",
            "message d'origine",
            "ursprüngliche nachricht",
            "messaggio originale",
            "returned mail follows",
            "undelivered message",
            "header of the",
            "mail header",
            "original headers",
        ]
        .iter()
        .any(|s| words.contains(s))
        && !words.contains("received at")
        && !words.contains("report")
}

/// Whether header fields of a returned message begin here: a run of fields of which one is a trace field.
fn begins_header(text: &str) -> bool {
    const TRACE: [&str; 9] = [
        "received",
        "return-path",
        "dkim-signature",
        "x-received",
        "delivered-to",
        "domainkey-signature",
        "x-originating-ip",
        "x-mailer",
        "mime-version",
    ];
    let (mut fields, mut trace) = (0, false);
    for (count, line) in text.lines().take(12).enumerate() {
        if line.starts_with([' ', '\t']) && count > 0 {
            continue;
        }
        let Some((name, _)) = line.trim_start_matches(['>', ' ']).split_once(':') else { break };
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            break;
        }
        fields += 1;
        trace |= TRACE.contains(&name.to_ascii_lowercase().as_str());
    }
    trace && fields >= 2
}

/// Addresses in a text, in order.
pub fn addresses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices('@') {
        if at < from {
            continue;
        }
        let local = local_before(&text[from..at]);
        let domain = domain_after(&text[at + 1..]);
        if !local.is_empty() && !domain.is_empty() {
            found.push(format!("{local}@{domain}"));
            from = at + 1 + domain.len();
        }
    }
    found
}

/// The local part at the end of `text`.
fn local_before(text: &str) -> &str {
    const LONGEST: usize = 128;
    if let Some(quoted) = text.strip_suffix('"')
        && let Some(start) = quoted.rfind('"').filter(|start| quoted.len() - start < LONGEST)
    {
        return &text[start..];
    }
    let part = |c: char| c.is_alphanumeric() || ".!#$%&*+/=?^_{|}~'-".contains(c);
    let start = text.char_indices().rev().take(LONGEST).take_while(|(_, c)| part(*c)).last();
    start.map_or("", |(start, _)| text[start..].trim_start_matches(['\'', '=', '/', '.', '|']))
}

/// The domain at the start of `text`.
fn domain_after(text: &str) -> &str {
    const LONGEST: usize = 255;
    if text.starts_with('[') {
        return text.find(']').filter(|end| *end < 64).map_or("", |end| &text[..=end]);
    }
    let part = |c: char| c.is_alphanumeric() || ".-_*".contains(c);
    let end = text.char_indices().take(LONGEST).take_while(|(_, c)| part(*c)).last();
    end.map_or("", |(at, c)| text[..at + c.len_utf8()].trim_end_matches(['.', '-', '_']))
}

/// How an address stands in its line; the earlier kinds are the better evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stand {
    /// At the start of the line.
    First,
    /// Behind a label that names recipients.
    Labelled,
    /// In one line with a refusal.
    Refused,
}

/// The failed recipients of a report and the words about each.
fn failed(message: &Message, report: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = report.lines().collect();
    let mut found: Vec<(Stand, usize, String)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |b| lines[b]);
        if let Some((stand, addresses)) = stand(line, before) {
            found.extend(addresses.into_iter().map(|address| (stand, at, address)));
        }
        if found.len() > 4 * RECIPIENTS {
            break;
        }
    }
    let listed: Vec<String> = message.field("X-Failed-Recipients").flat_map(addresses).collect();
    let best = found.iter().map(|(stand, ..)| *stand).min();
    found.retain(|(stand, ..)| Some(*stand) == best);
    // The report is sent to the author: that address failed only if no other did.
    let author =
        |a: &str| message.to.iter().any(|m| m.address.as_deref().is_some_and(|t| t.eq_ignore_ascii_case(a)));
    if found.iter().any(|(_, _, a)| !author(a)) {
        found.retain(|(_, _, a)| !author(a));
    }
    let mut seen: Vec<(String, usize, String)> = Vec::new();
    for (_, at, address) in found {
        let key = address.to_lowercase();
        if !seen.iter().any(|(k, ..)| *k == key) && seen.len() < RECIPIENTS {
            seen.push((key, at, address));
        }
    }
    if !listed.is_empty() {
        let mut unique: Vec<(String, usize, String)> = Vec::new();
        for address in listed {
            let key = address.to_lowercase();
            let at = seen.iter().find(|(k, ..)| *k == key).map_or(usize::MAX, |(_, at, _)| *at);
            if !unique.iter().any(|(k, ..)| *k == key) {
                unique.push((key, at, address));
            }
        }
        seen = unique;
    }
    let naming = lines.iter().enumerate().filter(|(_, line)| line.contains('@'));
    let naming: Vec<(usize, String)> = naming.map(|(at, line)| (at, line.to_lowercase())).collect();
    let starts: Vec<usize> = seen.iter().map(|(_, at, _)| *at).collect();
    seen.into_iter()
        .map(|(key, at, address)| (address, passage(&lines, &naming, &starts, at, &key)))
        .collect()
}

/// Addresses in the line that stand like failed recipients.
fn stand(line: &str, before: &str) -> Option<(Stand, Vec<String>)> {
    let found = addresses(line);
    let first = found.first()?;
    let lower = line.trim().to_lowercase();
    let previous = before.to_lowercase();
    if NOT_RECIPIENTS.iter().any(|label| lower.starts_with(label))
        || HELP.iter().any(|word| lower.contains(word) || (previous.contains(word) && is_daemon(first)))
    {
        return None;
    }
    let start = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let bare = first.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let masked = line.trim_start().starts_with(first.as_str());
    if start.starts_with(bare) || masked {
        let after = start.get(bare.len()..).unwrap_or_default();
        // A sentence that begins with an address speaks about it; a list of several names them all.
        let several = found.len() > 1 && after.trim_start_matches(['>', ' ']).starts_with([',', ';']);
        return Some((Stand::First, if several { found } else { vec![first.clone()] }));
    }
    let at = line.find(first.as_str()).unwrap_or(0);
    // A pipe or a file failed for this address.
    if ["generated from", "generated by", "expanded from"].iter().any(|g| line[..at].contains(g)) {
        return Some((Stand::First, vec![first.clone()]));
    }
    let label = line[..at].trim_end_matches(['<', '"', '\'', ' ', '[', '(']).to_lowercase();
    let is_label = label.ends_with([':', '=', ';']) && label.len() < 80;
    if is_label && LABELS.iter().any(|l| label.contains(l)) {
        return Some((Stand::Labelled, vec![first.clone()]));
    }
    if is_label && reason::of_words(&label) != reason::Reason::Undefined {
        return Some((Stand::Labelled, vec![first.clone()]));
    }
    let refused = reply::enhanced(line).is_some_and(|s| !s.starts_with('2'))
        || reply::code(line).is_some()
        || reason::of_words(line) != reason::Reason::Undefined
        || FAILURES.iter().any(|f| lower.contains(f) || previous.contains(f));
    refused.then(|| (Stand::Refused, vec![first.clone()]))
}

/// The words about the recipient at line `at`: its own passage, then every other line that names it.
fn passage(lines: &[&str], naming: &[(usize, String)], starts: &[usize], at: usize, address: &str) -> String {
    const LONGEST: usize = 30;
    let begin = at.min(lines.len());
    let end = starts.iter().copied().filter(|s| *s > at && *s < lines.len()).min();
    let end = end.unwrap_or(lines.len()).min(begin + LONGEST);
    // Most servers end the passage with an empty line; where nothing is said before it, it goes on.
    let blank = (begin + 1..end).find(|n| lines[*n].trim().is_empty());
    if let Some(blank) = blank {
        let near = without(&lines[begin..blank].join("\n"), address);
        if reason::of_words(&near) != reason::Reason::Undefined || reply::code(&near).is_some() {
            return near;
        }
    }
    let mut words = String::new();
    for line in &lines[begin..end] {
        words.push_str(line.trim());
        words.push('\n');
    }
    for (n, line) in naming {
        let own = (begin..end).contains(n);
        if !own && words.len() < PASSAGE && line.contains(address) {
            words.push_str(lines[*n].trim());
            words.push('\n');
            words.extend(lines.get(n + 1).map(|l| l.trim()));
            words.push('\n');
        }
    }
    // The address itself says nothing about why.
    let said = without(&words, address);
    let few = starts.len() <= FEW;
    if few && reason::of_words(&said) == reason::Reason::Undefined && reply::code(&said).is_none() {
        let all: String = lines.join("\n");
        return without(&all[..crate::mail::html::floor(&all, PASSAGE)], address);
    }
    said
}

/// The text without an address, whatever its case.
fn without(text: &str, address: &str) -> String {
    if address.is_empty() || !text.is_ascii() {
        return text.replace(address, "");
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = lower[at..].find(address) {
        out.push_str(&text[at..at + found]);
        at += found + address.len();
    }
    out.push_str(&text[at..]);
    out
}

/// Where the report names nobody: the recipient of the returned message, if it had only one.
fn named_elsewhere(message: &Message, returned: &str, report: &str) -> Vec<(String, String)> {
    let mut to: Vec<String> = message
        .attached
        .first()
        .map(|m| m.to.iter().chain(&m.cc).filter_map(|b| b.address.clone()).collect())
        .unwrap_or_default();
    if to.is_empty() {
        let fields: Vec<&str> = returned.lines().collect();
        let field = fields.iter().find(|l| l.get(..3).is_some_and(|s| s.eq_ignore_ascii_case("to:")));
        to = field.map(|f| addresses(f)).unwrap_or_default();
    }
    to.dedup();
    match to.as_slice() {
        [one] => vec![(one.clone(), report.to_owned())],
        _ => Vec::new(),
    }
}
