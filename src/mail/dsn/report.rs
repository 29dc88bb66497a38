//! Reports by RFC 3464, also those whose parts are mislabelled or stand in the text.

use super::reason::{self, Reason};
use super::{Action, Bounce, Recipient, from_daemon, prose, reply};
use crate::mail::message::Message;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Recipients of one report that are read.
const RECIPIENTS: usize = 2_000;
/// Octets of one report that are read.
const REPORT: usize = 1024 * 1024;

/// Fields of one group of a report, names in lower case.
type Group = Vec<(String, String)>;

/// Reads the per-recipient groups of `message`; `None` if there are none.
pub fn read(message: &Message, null_sender: bool) -> Option<Bounce> {
    let parts = message.attachments.iter().filter(|a| {
        a.media_type.ends_with("/delivery-status") || a.media_type == "message/global-delivery-status"
    });
    let mut groups: Vec<Group> = Vec::new();
    for part in parts {
        groups.extend(recipient_groups(&String::from_utf8_lossy(
            &part.content[..part.content.len().min(REPORT)],
        )));
    }
    if groups.is_empty() {
        let is_report = message.field("Content-Type").any(|v| v.to_lowercase().contains("delivery-status"));
        if is_report || from_daemon(message, null_sender) {
            groups = recipient_groups(&message.body.text);
            for part in message.attachments.iter().filter(|a| a.media_type.starts_with("text/")) {
                groups.extend(recipient_groups(&String::from_utf8_lossy(
                    &part.content[..part.content.len().min(REPORT)],
                )));
            }
        }
    }
    if groups.is_empty() {
        return json(message);
    }
    groups.truncate(RECIPIENTS);
    let passages = prose::diagnoses(message);
    let told: HashMap<&str, &str> = passages.iter().map(|(a, text)| (a.as_str(), text.as_str())).collect();
    let mut originals: HashMap<String, usize> = HashMap::new();
    for first in groups.iter().filter_map(|g| address(g, "original-recipient")) {
        *originals.entry(first).or_default() += 1;
    }
    let mut seen: HashSet<String> = HashSet::new();
    let mut recipients: Vec<Recipient> = Vec::new();
    for group in &groups {
        let last = address(group, "final-recipient").or_else(|| address(group, "x-actual-recipient"));
        let first = address(group, "original-recipient").filter(|a| a.contains('@'));
        let key = last.clone().or(first.clone()).unwrap_or_default().to_lowercase();
        if !key.is_empty() && !seen.insert(key.clone()) {
            continue;
        }
        let shared = first.as_ref().and_then(|f| originals.get(f)).is_some_and(|count| *count > 1);
        let address = if shared { last.or(first) } else { first.or(last) };
        let prose = told.get(key.as_str()).copied();
        let prose =
            prose.or(if groups.len() == 1 { passages.first().map(|(_, t)| t.as_str()) } else { None });
        recipients.push(recipient(group, address, prose.unwrap_or_default()));
    }
    Some(Bounce { recipients, original_message_id: None })
}

/// The groups that speak of a recipient.
fn recipient_groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![Vec::new()];
    for line in text.lines() {
        let line = line.trim_end();
        if line.trim().is_empty() {
            groups.push(Vec::new());
            continue;
        }
        let Some(group) = groups.last_mut() else { break };
        let folded = line.starts_with([' ', '\t']);
        if let (true, Some((_, value))) = (folded, group.last_mut()) {
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        match line.trim().split_once(':') {
            Some((name, value)) if !name.is_empty() && name.len() < 60 && !name.contains(' ') => {
                let name = name.to_ascii_lowercase();
                // Some servers leave out the empty line between recipients.
                if name == "final-recipient" && group.iter().any(|(n, _)| *n == name) {
                    groups.push(vec![(name, value.trim().to_owned())]);
                } else {
                    group.push((name, value.trim().to_owned()));
                }
            }
            _ => {
                if let Some((_, value)) = group.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
        }
    }
    let named = |g: &Group, name: &str| g.iter().any(|(n, _)| n == name);
    groups.retain(|g| {
        (named(g, "final-recipient") || named(g, "original-recipient") || named(g, "x-actual-recipient"))
            && (named(g, "action") || named(g, "status") || named(g, "diagnostic-code"))
    });
    groups
}

fn field<'g>(group: &'g Group, name: &str) -> Option<&'g str> {
    group.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, value)| value.as_str())
}

/// The address in a recipient field: what stands behind the address type.
fn address(group: &Group, name: &str) -> Option<String> {
    let value = field(group, name)?;
    let value = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let found = prose::addresses(value).into_iter().next();
    let bare = value.trim_matches(['<', '>', '"', '\'']).trim();
    found.or_else(|| (!bare.is_empty() && bare.len() < 255).then(|| bare.to_owned()))
}

fn recipient(group: &Group, address: Option<String>, prose: &str) -> Recipient {
    let action = match field(group, "action").map(|a| a.to_ascii_lowercase()) {
        Some(a) if a.starts_with("delayed") || a.starts_with("deferred") => Action::Delayed,
        Some(a) if a.starts_with("deliver") => Action::Delivered,
        Some(a) if a.starts_with("relayed") => Action::Relayed,
        Some(a) if a.starts_with("expanded") => Action::Expanded,
        _ => Action::Failed,
    };
    let code = field(group, "diagnostic-code").or_else(|| field(group, "x-diagnostic-code"));
    let reply = code.or_else(|| field(group, "x-smtp-response"));
    let stated = field(group, "status").and_then(reply::enhanced);
    let diagnostic = reply.map(str::to_owned).unwrap_or_default();
    judge(address, action, stated, &diagnostic, prose)
}

/// Puts together what a report states and what its words say.
pub fn judge(
    address: Option<String>,
    action: Action,
    stated: Option<&str>,
    diagnostic: &str,
    prose: &str,
) -> Recipient {
    let said = if diagnostic.is_empty() { prose } else { diagnostic };
    let in_words = reply::enhanced(said).map(str::to_owned);
    let code = reply::code(said);
    let generic = |s: &str| s.ends_with(".0.0");
    let mut status = match (stated, in_words) {
        // A precise code in the server's words says more than a general one in the report.
        (Some(s), Some(w))
            if generic(s) && !generic(&w) && (s[..1] == w[..1] || action == Action::Failed) =>
        {
            w
        }
        (Some(s), _) => s.to_owned(),
        (None, Some(w)) => w,
        (None, None) => String::new(),
    };
    if status.is_empty()
        && let Some(code) = code
    {
        status = format!("{}.0.0", code / 100);
    }
    let mut reason = reason::of(&status, said);
    if matches!(reason, Reason::Undefined | Reason::Rejected | Reason::System) && !prose.is_empty() {
        let more = reason::of_words(prose);
        reason = if more == Reason::Undefined { reason } else { more };
    }
    if status.is_empty() || (status.starts_with('2') && action == Action::Failed) {
        let class = match action {
            Action::Delayed => '4',
            Action::Failed => reason.class(),
            _ => '2',
        };
        status = format!("{class}.{}", reason.detail());
    }
    if action == Action::Delayed && status.starts_with('5') {
        status.replace_range(..1, "4");
    }
    let permanent = action == Action::Failed && status.starts_with('5');
    let words = if said.is_empty() { prose } else { said };
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect();
    let diagnostic = (!words.is_empty()).then_some(words);
    Recipient { address, status, permanent, reason, action, diagnostic }
}

/// Reports that are JSON: Amazon SES, also wrapped by SNS.
fn json(message: &Message) -> Option<Bounce> {
    let text = message.body.text.trim_start();
    if !text.starts_with('{') {
        return None;
    }
    let end = text.rfind('}')?;
    let mut value: Value = serde_json::from_str(&text[..=end]).ok()?;
    if let Some(inner) = value.get("Message").and_then(Value::as_str) {
        value = serde_json::from_str(inner).ok()?;
    }
    let kind = value.get("notificationType").or_else(|| value.get("eventType"))?.as_str()?.to_lowercase();
    let bounce = value.get(kind.as_str())?;
    let list = bounce.get("bouncedRecipients").or_else(|| bounce.get("delayedRecipients"));
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let recipients = match list.and_then(Value::as_array) {
        Some(list) => list
            .iter()
            .map(|one| {
                let action = match text(one, "action").as_deref() {
                    Some("delayed") => Action::Delayed,
                    _ => Action::Failed,
                };
                let status = text(one, "status");
                let said = text(one, "diagnosticCode").unwrap_or_default();
                let mut found = judge(text(one, "emailAddress"), action, status.as_deref(), &said, "");
                if text(bounce, "bounceType").as_deref() == Some("Transient") && status.is_none() {
                    found.permanent = false;
                }
                found
            })
            .collect(),
        None => {
            let list = bounce.get("recipients")?.as_array()?;
            let delivered = |a: &Value| judge(a.as_str().map(str::to_owned), Action::Delivered, None, "", "");
            list.iter().map(delivered).collect()
        }
    };
    Some(Bounce { recipients, original_message_id: None })
}
