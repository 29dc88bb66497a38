//! Webhooks: one HTTP POST for each piece of news.
//!
//! With `preset = "json"` the body is an object that stays what it is once published ([`payload`]); fields may be added:
//!
//! | field | what |
//! |---|---|
//! | `version` | 1 |
//! | `id` | of the news, the same on every attempt: repeats are known by it |
//! | `kind` | `news`, `assigned`, `unresolved`, … |
//! | `user` | login of whom it is for |
//! | `text` | one line for people |
//! | `about` | code of the record or ticket, name of the contact, or null |
//! | `mail` | id of the mail that caused it, or null |
//! | `subject` | its subject, or null |
//! | `mail_text` | its new text, if the configuration says so |
//! | `created_at` | RFC 3339, UTC |
//!
//! With a secret, `X-CRM-Signature: t=UNIX-TIME,v1=HEX` is the HMAC-SHA256 over the time as written, a full stop and the
//! body: a receiver compares it in constant time and refuses what is older than some minutes.
//!
//! With `preset = "ntfy"` the body is the line of text, for the topic that the URL names.
//!
//! DIAGNOSTICS: an answer of 2xx is done. 408, 425, 429, 5xx, no answer in time and no connection are tried again; any
//! other answer is final, a redirection too: it would carry the news to where nobody has configured it.

use super::private_file;
use crate::mail::hex;
use crate::store::{News, Reader};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use uuid::Uuid;

/// One program that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its short name, and its rows' `rcpt_to`.
    pub key: String,
    /// Where to.
    pub url: String,
    /// What ntfy takes, instead of JSON.
    pub ntfy: bool,
    /// Logins in lower case; empty: all.
    pub users: HashSet<String>,
    /// Kinds of news; empty: all.
    pub kinds: HashSet<String>,
    /// Where the secret stands.
    pub secret_file: Option<PathBuf>,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// Taken: its status.
    Done(String),
    /// To be tried again: why.
    Later(String),
    /// Refused for good: why.
    Refused(String),
}

/// What is shown of an answer.
const ANSWER_MAX: u64 = 300;

impl Webhook {
    /// Whether it is told of that news.
    pub fn wants(&self, reader: &Reader, news: &News) -> bool {
        (self.users.is_empty() || self.users.contains(&reader.login.to_lowercase()))
            && (self.kinds.is_empty() || self.kinds.contains(&news.kind))
    }

    /// Posts what stands in the outbox's row of that id.
    pub fn post(&self, id: Uuid, message: &Value, now: Timestamp) -> Posted {
        let secret = match self.secret_file.as_deref().map(secret).transpose() {
            Ok(secret) => secret,
            // The operator mends it, and nothing is lost meanwhile.
            Err(error) => return Posted::Later(error.to_string()),
        };
        let tls = TlsConfig::builder().root_certs(SYSTEM_ROOTS.clone()).build();
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(self.timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("crm-milter/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .into();
        let mut request = agent.post(&self.url).header("X-CRM-Delivery", id.to_string());
        let body = if self.ntfy {
            let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
            request = request.header("Title", plain(&format!("{} {}", text("kind"), text("about"))));
            if let Some(token) = &secret {
                request = request
                    .header("Authorization", format!("Bearer {}", plain(&String::from_utf8_lossy(token))));
            }
            match text("subject") {
                "" => text("text").to_owned(),
                subject => format!("{}: “{subject}”", text("text")),
            }
        } else {
            let body = message.to_string();
            request = request.header("Content-Type", "application/json");
            if let Some(secret) = &secret {
                request = request.header("X-CRM-Signature", signature(secret, now.as_second(), &body));
            }
            body
        };
        match request.send(body) {
            Ok(mut answer) => {
                let status = answer.status();
                let said =
                    answer.body_mut().with_config().limit(ANSWER_MAX).lossy_utf8(true).read_to_string();
                let line = format!("{status} {}", plain(&said.unwrap_or_default()));
                match status.as_u16() {
                    200..300 => Posted::Done(line),
                    408 | 425 | 429 | 500.. => Posted::Later(line),
                    _ => Posted::Refused(line),
                }
            }
            Err(error) => Posted::Later(error.to_string()),
        }
    }
}

/// What a webhook is told of a piece of news.
pub fn payload(reader: &Reader, news: &News) -> Value {
    let mut payload = json!({
        "version": 1,
        "id": news.id,
        "kind": news.kind,
        "user": reader.login,
        "text": news.text,
        "about": news.about,
        "mail": news.mail,
        "subject": news.mail_subject,
        "created_at": news.created_at.to_string(),
    });
    if let (Some(text), Some(fields)) = (&news.mail_text, payload.as_object_mut()) {
        fields.insert("mail_text".into(), text.as_str().into());
    }
    payload
}

/// `t=…,v1=…`
fn signature(secret: &[u8], seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex::of(&mac.finalize().into_bytes()))
}

/// The secret in a file, without the line's end.
fn secret(path: &Path) -> io::Result<Vec<u8>> {
    let at =
        |error: io::Error| io::Error::new(error.kind(), format!("secret_file {}: {error}", path.display()));
    let content = private_file::read(path).map_err(at)?;
    match content.trim_ascii() {
        b"" => Err(at(io::Error::other("it is empty"))),
        secret => Ok(secret.to_owned()),
    }
}

/// Printable ASCII for a header field or a log line.
fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { ' ' };
    text.chars().take(200).map(shown).collect::<String>().trim().to_owned()
}

/// The certificates that this host trusts, as they were when a webhook first needed them.
static SYSTEM_ROOTS: LazyLock<RootCerts> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    RootCerts::from(found.certs.iter().map(|der| Certificate::from_der(der).to_owned()))
});

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn signature_is_that_of_the_manual() {
        let expected = "t=1700000000,v1=";
        let signed = signature(b"secret", 1_700_000_000, "{}");
        assert!(signed.starts_with(expected) && signed.len() == expected.len() + 64, "{signed}");
        assert_ne!(signed, signature(b"Secret", 1_700_000_000, "{}"));
        assert_ne!(signed[expected.len()..], signature(b"secret", 1_700_000_001, "{}")[expected.len()..]);
    }

    #[test]
    fn secret_that_everybody_can_read_is_refused_and_an_empty_one_too() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), " key\n").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(secret(file.path()).unwrap_err().to_string().contains("chmod"));
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(secret(file.path()).unwrap(), b"key");
        fs::write(file.path(), "\n").unwrap();
        assert!(secret(file.path()).unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn fields_hold_printable_ascii_only() {
        assert_eq!(plain("a\r\nX: b\u{0}é\u{202e}"), "a  X: b");
    }
}
