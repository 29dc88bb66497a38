//! Abuse reports by RFC 5965: a recipient pressed "spam" on a mail of ours.

use super::message::{Field, Message, read};
use serde::Serialize;
use serde_json::Value;

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
    let part = message.attachments.iter().find(|a| a.media_type == "message/feedback-report");
    let report = match part {
        Some(part) => read(part.content.trim_ascii_start()),
        None => in_text(message).or_else(|| json(message))?,
    };
    let field = |name: &str| report.field(name).map(str::to_owned).find(|v| !v.is_empty());
    let attached = message.attached.iter().find_map(|m| m.message_id.clone());
    Some(Complaint {
        feedback_type: field("Feedback-Type").map_or("abuse".into(), |v| letters(&v)),
        original_rcpt_to: field("Original-Rcpt-To"),
        original_mail_from: field("Original-Mail-From"),
        source_ip: field("Source-IP"),
        user_agent: field("User-Agent"),
        original_message_id: attached.or_else(|| returned_id(message)).or(report.message_id),
    })
}

/// A report whose fields stand in the text, because its parts are mislabelled.
fn in_text(message: &Message) -> Option<Message> {
    let claims = message.field("Content-Type").any(|v| v.to_lowercase().contains("feedback-report"));
    let at = message.body.text.find("Feedback-Type:").filter(|_| claims)?;
    Some(read(&message.body.text.as_bytes()[at..]))
}

/// A complaint of Amazon SES as JSON, put into the fields of RFC 5965.
fn json(message: &Message) -> Option<Message> {
    let text = message.body.text.trim_start();
    let end = text.rfind('}').filter(|_| text.starts_with('{'))?;
    let mut value: Value = serde_json::from_str(&text[..=end]).ok()?;
    if let Some(inner) = value.get("Message").and_then(Value::as_str) {
        value = serde_json::from_str(inner).ok()?;
    }
    let complaint = value.get("complaint")?;
    let recipient = complaint.pointer("/complainedRecipients/0/emailAddress").and_then(Value::as_str);
    let mut report = Message::default();
    let mut push = |name: &str, value: Option<&str>| {
        report.fields.extend(value.map(|v| Field { name: name.to_owned(), value: v.to_owned() }));
    };
    push("Feedback-Type", complaint.get("complaintFeedbackType").and_then(Value::as_str));
    push("Original-Rcpt-To", recipient);
    push("Original-Mail-From", value.pointer("/mail/source").and_then(Value::as_str));
    push("User-Agent", complaint.get("userAgent").and_then(Value::as_str));
    let id = value.pointer("/mail/commonHeaders/messageId").and_then(Value::as_str);
    report.message_id = id.map(|id| id.trim_matches(['<', '>']).to_owned());
    Some(report)
}

fn returned_id(message: &Message) -> Option<String> {
    let header = message.attachments.iter().find(|a| a.media_type == "text/rfc822-headers")?;
    read(&header.content).message_id
}

fn letters(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn report_of_rfc_5965_is_read() {
        let raw = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nSpam.\n--b\n\
                   Content-Type: message/feedback-report\n\nFeedback-Type: Not-Spam\nUser-Agent: X/1\n\
                   Original-Mail-From: <>\nOriginal-Rcpt-To: <a@x.example>\nSource-IP: 192.0.2.1\n--b\n\
                   Content-Type: text/rfc822-headers\n\nMessage-ID: <m@x.example>\n--b--\n";
        for raw in [raw.to_owned(), raw.replace('\n', "\r\n")] {
            let found = complaint(&read(raw.as_bytes())).unwrap();
            assert_eq!(found.feedback_type, "notspam");
            assert_eq!(found.original_rcpt_to.as_deref(), Some("<a@x.example>"));
            assert_eq!(found.original_mail_from.as_deref(), Some("<>"));
            assert_eq!(found.original_message_id.as_deref(), Some("m@x.example"));
        }
    }

    #[test]
    fn complaint_as_json_is_read() {
        let raw = "Subject: x\n\n{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":\
                   [{\"emailAddress\":\"a@x.example\"}],\"complaintFeedbackType\":\"abuse\"},\"mail\":{\"source\":\"b@x.example\"}}\n";
        let found = complaint(&read(raw.as_bytes())).unwrap();
        assert_eq!(found.original_rcpt_to.as_deref(), Some("a@x.example"));
        assert_eq!(found.original_mail_from.as_deref(), Some("b@x.example"));
    }

    #[test]
    fn mail_that_speaks_of_feedback_is_no_complaint() {
        assert_eq!(complaint(&read(b"Subject: x\n\nFeedback-Type: abuse\n")), None);
        assert_eq!(complaint(&read(b"Subject: x\n\n{\"complaint\": 1")), None);
    }
}
