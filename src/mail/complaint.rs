//! Abuse reports by RFC 5965: a recipient pressed "spam" on a mail of ours.

use super::message::Message;
use serde::Serialize;

/// An abuse report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// `Feedback-Type`, its letters in lower case: `abuse`, `fraud`, `authfailure`, `notspam` …
    pub feedback_type: String,
    /// `Original-Rcpt-To` as written; [`super::address::canonical`] takes it with its angle brackets.
    pub original_rcpt_to: Option<String>,
    /// `Original-Mail-From` as written; `<>` for the null sender.
    pub original_mail_from: Option<String>,
    /// `Source-IP`, as written.
    pub source_ip: Option<String>,
    /// `User-Agent` of the reporter.
    pub user_agent: Option<String>,
    /// `Message-ID` of the mail complained about.
    pub original_message_id: Option<String>,
}

/// Reads the report in `message`; `None` if there is none.
pub fn complaint(message: &Message) -> Option<Complaint> {
    let part = message.attachments.iter().find(|a| a.media_type == "message/feedback-report")?;
    let report = super::message::read(part.content.trim_ascii_start());
    let field = |name: &str| report.field(name).map(str::to_owned).find(|v| !v.is_empty());
    let attached = message.attached.iter().find_map(|m| m.message_id.clone());
    Some(Complaint {
        feedback_type: field("Feedback-Type").map_or("abuse".into(), |v| letters(&v)),
        original_rcpt_to: field("Original-Rcpt-To"),
        original_mail_from: field("Original-Mail-From"),
        source_ip: field("Source-IP"),
        user_agent: field("User-Agent"),
        original_message_id: attached.or_else(|| returned_id(message)),
    })
}

fn returned_id(message: &Message) -> Option<String> {
    let header = message.attachments.iter().find(|a| a.media_type == "text/rfc822-headers")?;
    super::message::read(&header.content).message_id
}

fn letters(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
