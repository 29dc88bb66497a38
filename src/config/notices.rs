//! How users, and programs, are told of what is new: the tables `[notices]` and `[[webhook]]`. Doc comments are the texts
//! of the sample file, as in [`super::model`].

use super::value::{Key, Login};
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// What users are told by mail; `crmctl user set LOGIN --notices` says how each wants it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notices {
    /// Hour, from 0 to 23 of this host, from which the daily digest goes out to those who want one.
    pub digest_hour: u8,
    /// `true`: a notice of one mail carries the mail's new text; whoever can read the user's mailbox can read it then.
    pub mail_text: bool,
    /// `true`: a contact's owner is told when Postfix refuses the contact's mail because nobody has that address; once a day for each address.
    pub missed_mail: bool,
}

/// A program that is told, by HTTP, what users are told: for push services, chats and programs of your own.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Short name for logs and the outbox: 1 to 32 of a-z, 0-9 and -; keep it for ever.
    pub key: Spanned<Key>,
    /// Where to: `https://…`, or `http://…` of this host.
    pub url: Spanned<String>,
    /// `false`: it is told nothing.
    #[serde(default = "super::model::yes")]
    pub enabled: bool,
    /// `json`: the documented object, signed; `ntfy`: a message for a topic of ntfy.
    #[serde(default)]
    pub preset: Preset,
    /// Logins of the users whose news it is told; empty: all.
    #[serde(default)]
    pub users: Vec<Login>,
    /// Kinds of news that it is told: `news`, `assigned`, `unresolved`, `unwanted`, `missed`, `bounced`, …; empty: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// File with the secret that signs `json` (HMAC-SHA256), or with the access token of `ntfy`; not readable by others; empty: neither.
    #[serde(default)]
    pub secret_file: String,
    /// Longest wait in seconds for an answer, from 1 to 30.
    #[serde(default = "ten")]
    pub timeout_seconds: u8,
}

fn ten() -> u8 {
    10
}

/// What a webhook is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// A JSON object.
    #[default]
    Json,
    /// What ntfy takes.
    Ntfy,
}

impl Default for Notices {
    fn default() -> Self {
        Notices { digest_hour: 7, mail_text: false, missed_mail: true }
    }
}

/// Kinds of news: `crm::plan::NewNotification` says which comes when.
pub const KINDS: [&str; 6] = ["news", "assigned", "unresolved", "unwanted", "missed", "bounced"];

/// What serde cannot see. Gives the place and what is wrong.
pub(super) fn check(
    notices: &Notices,
    webhooks: &[Webhook],
) -> Result<(), (Option<std::ops::Range<usize>>, String)> {
    if notices.digest_hour > 23 {
        let hour = notices.digest_hour;
        return Err((None, format!("notices.digest_hour = {hour} is no hour; write 0 to 23")));
    }
    for (at, webhook) in webhooks.iter().enumerate() {
        let key: &str = webhook.key.get_ref();
        let complain = |what: String| Err((Some(webhook.key.span()), format!("webhook `{key}`: {what}")));
        if webhooks[..at].iter().any(|other| **other.key.get_ref() == *key) {
            return complain("a second one has this key; keys are unique".into());
        }
        let url = webhook.url.get_ref();
        if !is_safe(url) {
            let message = format!(
                "webhook `{key}`: url = \"{url}\" would carry news in the clear; write \"https://HOST/…\", or \
                 \"http://127.0.0.1:PORT/…\" for a program on this host"
            );
            return Err((Some(webhook.url.span()), message));
        }
        if let Some(kind) = webhook.kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
            return complain(format!("there is no news of the kind \"{kind}\"; write {}", KINDS.join(", ")));
        }
        if !(1..=30).contains(&webhook.timeout_seconds) {
            return complain("timeout_seconds is from 1 to 30".into());
        }
    }
    Ok(())
}

/// Whether nobody on the way can read what is posted there.
fn is_safe(url: &str) -> bool {
    let Ok(parsed) = url.parse::<ureq::http::Uri>() else { return false };
    let local = matches!(parsed.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match parsed.scheme_str() {
        Some("https") => parsed.host().is_some_and(|host| !host.is_empty()),
        Some("http") => local,
        _ => false,
    }
}
