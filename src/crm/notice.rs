//! What users are told about their own mail: one sentence each for what happened, what became of the mail and
//! what to do. The texts stand in lists today and may go out by mail: they name everything that one needs to
//! know, and nothing of who else may read.

use crate::mail::envelope::Report;
use jiff::Timestamp;

/// Most characters of a subject that are quoted.
const SUBJECT: usize = 60;

/// A mail that waits for a decision. `done` says what was done all the same, if anything was; `series` is one of
/// ours, for an example of a code.
pub fn unfiled(subject: Option<&str>, rcpt_to: &str, why: &str, done: &str, series: &str) -> String {
    let mail = quoted(subject);
    let became = match done {
        "" => "It is stored, but stands on no contact and no record yet".to_owned(),
        done => format!("It is stored, and what could be done was done: {done}"),
    };
    let base =
        rcpt_to.rsplit_once('@').map(|(local, domain)| (local.split('+').next().unwrap_or(local), domain));
    let again = base.map_or_else(|| rcpt_to.to_owned(), |(local, domain)| format!("{local}@{domain}"));
    format!(
        "Your mail {mail} to {rcpt_to} waits for a decision: {why}. {became}. To file it, forward it to {again} with \
         the code of its record in the subject, as [{series}-123], and no other code."
    )
}

/// A recipient of a user's own mail who wants none (row W12). Of a mail that reached no inbox the milter has seen
/// the envelope only.
pub fn unwanted(subject: Option<&str>, received_at: Timestamp, report: &Report) -> String {
    let address = &report.address;
    let mail = subject.map_or_else(String::new, |subject| format!(" {}", quoted(Some(subject))));
    let when = received_at.strftime("%Y-%m-%d %H:%M UTC");
    let why = match report.what.as_str() {
        "blocked" => format!("is blocked in the CRM; `crmctl block why {address}` says by whom and why"),
        _ => "is switched off in the CRM: mail to it failed for good, or its owner wants none".to_owned(),
    };
    format!("Your mail{mail} of {when} went out to {address}, but that address {why}.")
}

/// A mail of ours that came back, or whose recipient wants no more.
pub fn came_back(rcpt_to: &str, subject: &str, sent_at: Timestamp, words: &str, done: &str) -> String {
    let mail = our_mail(rcpt_to, subject, sent_at);
    format!("{mail}: {words}; {done}. `crmctl address show {rcpt_to}` says more.")
}

/// A report that came without our signature: it may be anybody's.
pub fn hearsay(rcpt_to: &str, subject: &str, sent_at: Timestamp) -> String {
    format!(
        "{} may not have arrived: somebody says so, but not to the address that only the servers on its way know. \
         Nothing is switched off for that; ask {rcpt_to} another way if it matters.",
        our_mail(rcpt_to, subject, sent_at)
    )
}

fn our_mail(rcpt_to: &str, subject: &str, sent_at: Timestamp) -> String {
    let when = sent_at.strftime("%Y-%m-%d %H:%M UTC");
    format!("The mail {} of {when} to {rcpt_to}", quoted(Some(subject)))
}

/// A contact's mail to an address that is not there (row X07). Who wrote is not proven.
pub fn missed(name: &str, sender: &str, address: &str) -> String {
    let name: String = name.chars().take(SUBJECT).collect();
    format!(
        "{name} ({sender}) wrote to {address}, and the mail was refused: nobody has that address. Perhaps it is \
         mistyped, or a colleague's who has left."
    )
}

fn quoted(subject: Option<&str>) -> String {
    let subject = subject.map(str::trim).filter(|subject| !subject.is_empty());
    let Some(subject) = subject else { return "without a subject".to_owned() };
    format!("“{}”", shortened(subject, SUBJECT))
}

/// At most so many characters of a text; what is left out shows.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_says_which_mail_what_became_of_it_and_how_to_file_it() {
        let why = "no record and no ticket has the code DEAL-9";
        let text = unfiled(Some("Offer"), "log+DEAL-9@crm.test", why, "new contact Eva, lead opened", "LEAD");
        assert_eq!(
            text,
            "Your mail “Offer” to log+DEAL-9@crm.test waits for a decision: no record and no ticket has the code \
             DEAL-9. It is stored, and what could be done was done: new contact Eva, lead opened. To file it, \
             forward it to log@crm.test with the code of its record in the subject, as [LEAD-123], and no other code."
        );
        let text = unfiled(None, "log@crm.test", why, "", "LEAD");
        assert!(text.starts_with("Your mail without a subject to log@crm.test waits"), "{text}");
        assert!(text.contains("stands on no contact and no record yet"), "{text}");
        let text = unfiled(Some(&"ñ".repeat(10_000)), "log@crm.test", why, "", "LEAD");
        assert!(text.chars().count() < 500 && text.contains("ñ…”"), "{text}");
    }

    #[test]
    fn recipient_who_wants_no_mail_is_named_with_the_reason() {
        let of = |what: &str| {
            let report = Report { what: what.into(), address: "ann@bad.test".into() };
            unwanted(None, Timestamp::UNIX_EPOCH, &report)
        };
        let start = "Your mail of 1970-01-01 00:00 UTC went out to ann@bad.test, but";
        assert!(of("blocked").starts_with(start), "{}", of("blocked"));
        assert!(of("blocked").contains("`crmctl block why ann@bad.test`"), "{}", of("blocked"));
        assert!(of("switched-off").contains("switched off in the CRM"), "{}", of("switched-off"));
    }
}
