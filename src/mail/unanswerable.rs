//! What in a header forbids a machine to answer the message (RFC 3834, and what implementations of RFC 5230 check
//! besides).
//!
//! Any of it is enough, whatever else the message looks like: an answer too few is a courtesy missed, one too many is
//! a loop, or mail to people who never wrote. It knows the header only; envelope, addressees and what our own host
//! found are the caller's.

use super::automatic;
use super::message::Message;

/// The field by which we know our own mail, and other installations theirs.
pub const LOOP: &str = "X-CRM-Loop";

/// Why a machine must not answer, for people.
pub fn mark(message: &Message) -> Option<String> {
    if message.findings.iter().any(|f| matches!(f.rule, "too-many-fields" | "field-cut")) {
        return Some("its header is too large to be read whole".into());
    }
    let of_field = message.fields.iter().find_map(|field| {
        let why = of_field(&field.name.to_ascii_lowercase(), &field.value.trim().to_ascii_lowercase())?;
        let value: String = field.value.trim().chars().take(60).filter(|c| !c.is_control()).collect();
        Some(format!("{why} ({}: {value})", field.name))
    });
    of_field.or_else(|| {
        let calendar = automatic::calendar_method(message)?;
        Some(format!("it is an invitation or an answer to one ({calendar})"))
    })
}

/// What one field says; name and value are in lower case.
fn of_field(name: &str, value: &str) -> Option<&'static str> {
    let word = value.split([' ', '\t', ';', '(', ',']).find(|word| !word.is_empty()).unwrap_or_default();
    Some(match name {
        "x-crm-loop" | "x-loop" => "it has been through an automatic reply already",
        "auto-submitted" | "x-auto-submitted" if word != "no" => "it says that it is automatic",
        "precedence" | "x-precedence" if ["bulk", "list", "junk"].contains(&word) => "it was sent to many",
        "precedence" | "x-precedence" if word.starts_with("auto") => "it says that it is automatic",
        "x-auto-response-suppress" if !["", "none"].contains(&word) => "it wants no automatic reply",
        "mailing-list" | "x-mailing-list" | "x-ml-name" | "x-beenthere" | "x-mailman-version" => {
            "it is a mailing list's"
        }
        // `List-Id`, `List-Unsubscribe` and whatever else there will be.
        _ if name.starts_with("list-") => "it is a mailing list's, or was sent to many",
        _ if name.starts_with("resent-") => "somebody has sent it on",
        "return-path" if value == "<>" => "it wants no answer: it came from the null sender",
        "content-type" if value.starts_with("multipart/report") => "it is a report",
        "content-type" if value.starts_with("text/calendar") => "it is an invitation or an answer to one",
        "x-ms-exchange-inbox-rules-loop" | "x-ms-exchange-generated-message-source" => {
            "it has been through an automatic reply already"
        }
        "sender" if value.rsplit_once('@').is_some_and(|(local, _)| is_system(local)) => "a program sent it",
        _ => return None,
    })
}

/// Whether a local part is a program's or a mailing list's, so that no person reads an answer: RFC 3834, section 2,
/// and what programs for absences leave out.
pub fn is_system(local: &str) -> bool {
    const NAMES: [&str; 21] = [
        "mailer-daemon",
        "postmaster",
        "root",
        "daemon",
        "nobody",
        "bin",
        "www",
        "www-data",
        "apache",
        "nginx",
        "httpd",
        "cron",
        "uucp",
        "listserv",
        "majordomo",
        "majordom",
        "mailman",
        "autoresponder",
        "autoreply",
        "auto-reply",
        "double-bounce",
    ];
    const ENDS: [&str; 8] =
        ["-request", "-owner", "-bounces", "-bounce", "-relay", "-errors", "-outgoing", "-return"];
    let local = local.trim().trim_start_matches('<').trim_matches('"').to_ascii_lowercase();
    let first = local.split(['+', '=']).next().unwrap_or(&local);
    NAMES.contains(&first)
        || first.starts_with("owner-")
        || ["bounce-", "bounces-", "double-bounce-", "msprvs1"].iter().any(|start| first.starts_with(start))
        || ENDS.iter().any(|end| first.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::super::message;
    use super::*;

    #[test]
    fn any_mark_of_a_machine_or_a_list_forbids_an_answer() {
        for field in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated; type=vacation",
            "auto-submitted:  auto-notified",
            "Auto-Submitted:",
            "Precedence: bulk",
            "Precedence: LIST",
            "Precedence: junk (really)",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            "List-Id: <a.b.test>",
            "LIST-Whatever: x",
            "X-CRM-Loop: abc",
            "Resent-From: x@y.test",
            "Return-Path: <>",
            "Content-Type: multipart/report; report-type=delivery-status",
            "Content-Type: text/calendar; method=REQUEST",
            "Sender: owner-news@b.test",
            "Sender: \"News\" <news-request@b.test>",
            "Mailing-List: contact x",
        ] {
            let text = format!("From: a@b.test\n{field}\nSubject: x\n\nhello\n");
            assert!(mark(&message::read(text.as_bytes())).is_some(), "{field}");
        }
        for field in [
            "Auto-Submitted: no",
            "Auto-Submitted: NO (a person)",
            "Precedence: normal",
            "X-Auto-Response-Suppress: None",
            "Subject: Auto-Submitted: auto-replied",
            "Sender: ann@b.test",
            "X-Priority: 1",
        ] {
            let text = format!("From: a@b.test\n{field}\n\nAuto-Submitted: auto-replied\n");
            assert_eq!(mark(&message::read(text.as_bytes())), None, "{field}");
        }
    }

    #[test]
    fn programs_are_known_by_their_local_part() {
        for yes in [
            "MAILER-DAEMON",
            "postmaster",
            "root",
            "owner-list",
            "list-owner",
            "list-request",
            "list-bounces+ann=b.test",
            "bounce-42",
            "www-data",
        ] {
            assert!(is_system(yes), "{yes}");
        }
        for no in ["ann", "rooty", "owner", "request", "postmasters", "ann-relays", "daemonic", "info"] {
            assert!(!is_system(no), "{no}");
        }
    }
}
