//! Enquiries without labels: a portal or plug-in writes a sentence, the customer's words, and puts the
//! customer into `Reply-To`, or on a line `Ana Ruiz <ana@…>` of their own.
//!
//! Asks for more signs than a form with labels does: subject or text must speak of an enquiry, and a machine
//! must have written. Newsletters have `Reply-To` and machine senders too, but speak of no enquiry.

use super::footer::is_footer;
use super::{Context, Lead, automated, subject};
use crate::extract::{labels, name, phone, values};

/// Lines looked at for the customer's mailbox and name.
const HEAD: usize = 40;
/// Lines in which the text must speak of an enquiry.
const SPEAKS: usize = 12;
/// Paragraphs looked at.
const PARAGRAPHS: usize = 60;

/// The enquiry in `text`, if it is one.
pub(super) fn find(text: &str, context: Context<'_>) -> Option<Lead> {
    let message = context.message;
    let replier = |line: &str| {
        let reply_to = message.reply_to.iter().filter_map(|m| m.address.as_deref());
        values::address(line)
            .is_some_and(|found| reply_to.into_iter().any(|r| r.eq_ignore_ascii_case(&found)))
    };
    // Whoever is answered stands on a line of his own: no words are needed to know what that is.
    let speaks = text.lines().take(SPEAKS).any(|l| l.len() <= 300 && values::is_address(l) && replier(l))
        || message.subject.as_deref().is_some_and(subject::speaks_of_a_form)
        || text.lines().take(SPEAKS).any(|l| l.len() <= 300 && subject::speaks_of_a_form(l));
    if !speaks || context.is_reply || automated(message) < 2 || message.field("List-Id").next().is_some() {
        return None;
    }
    let mut lead = Lead::default();
    head(text, context, &mut lead);
    let replies = message.reply_to.iter().filter_map(|m| m.address.as_deref()).any(|a| !context.ours.is(a));
    let subject_names = || message.subject.as_deref().is_some_and(|s| subject::customer(s).is_some());
    if lead.email.is_none() && !replies && !(lead.name.is_some() || subject_names()) {
        return None;
    }
    if message.field("List-Unsubscribe").next().is_some() && lead.email.is_none() && lead.name.is_none() {
        return None;
    }
    if let Some(words) = words(text, &lead) {
        lead.explained("enquiry-text", "message", &words);
        lead.message = Some(words);
    }
    Some(lead)
}

/// Name, address and telephone from lines that hold nothing else, up to the portal's footer.
fn head(text: &str, context: Context<'_>, lead: &mut Lead) {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && l.len() <= 300);
    let lines: Vec<&str> = lines.take(HEAD).take_while(|l| !is_footer(l)).collect();
    for (at, line) in lines.iter().enumerate() {
        if lead.email.is_none()
            && values::is_address(line)
            && let Some((range, found)) = values::addresses(line).next()
            && !context.ours.is(found)
        {
            lead.email = Some(found.to_owned());
            lead.explained("enquiry-mailbox", "email", line);
            let before = line[..range.start].trim_end_matches(|c: char| "<([ ".contains(c));
            beside(before, lead);
            lines[at.saturating_sub(2)..at].iter().rev().for_each(|l| beside(l, lead));
        }
        let number = line.starts_with(['+', '(']) || line.starts_with(|c: char| c.is_ascii_digit());
        if lead.phones.is_empty() && number && !line.chars().any(char::is_alphabetic) {
            lead.phones = phone::in_value(line, context.regions);
            if !lead.phones.is_empty() {
                lead.explained("enquiry-phone", "phones", line);
                lines[at.saturating_sub(2)..at].iter().rev().for_each(|l| beside(l, lead));
            }
        }
        if lead.name.is_none()
            && let Some(name) = subject::customer(line.trim_end_matches([':', '.']))
        {
            lead.explained("enquiry-sentence", "name", line);
            lead.name = Some(name);
        }
    }
}

/// Takes a name of two words or more, with capitals, that stands beside an address or telephone.
fn beside(text: &str, lead: &mut Lead) {
    let words = text.split_whitespace().count();
    let capitals =
        text.split_whitespace().all(|w| w.chars().next().is_some_and(|c| !c.is_lowercase()) || w.len() <= 3);
    if lead.name.is_some()
        || !(2..=5).contains(&words)
        || !capitals
        || text.ends_with([':', '.', ','])
        || labels::field(text).is_some()
    {
        return;
    }
    if let Some(name) = name::of_value(text) {
        lead.explained("enquiry-name", "name", text);
        lead.name = Some(name);
    }
}

/// The customer's words: the paragraphs that are neither the portal's introduction nor its footer.
fn words(text: &str, lead: &Lead) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    let mut before: Vec<&str> = Vec::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).take(PARAGRAPHS) {
        // What stands before the customer's own block is the portal's, if anything follows it.
        if introduces_customer(paragraph, lead) {
            before = std::mem::take(&mut kept);
            continue;
        }
        let first = paragraph.lines().next().unwrap_or_default();
        if is_footer(first) || first.chars().all(|c| "-=_* ".contains(c)) {
            if kept.is_empty() { continue } else { break }
        }
        let whole_link = paragraph.split_whitespace().count() <= 2 && paragraph.contains("://");
        let introduces = kept.is_empty()
            && (subject::speaks_of_a_form(first)
                || values::is_address(paragraph)
                || paragraph.lines().count() <= 4
                    && paragraph.lines().last().is_some_and(values::is_address)
                || is_greeting(paragraph)
                || paragraph.ends_with(':'));
        if !introduces && !whole_link {
            kept.push(paragraph);
        }
    }
    let kept = if kept.is_empty() { before } else { kept };
    (!kept.is_empty()).then(|| kept.join("\n\n"))
}

/// A short paragraph that holds the customer's address on a line of its own.
fn introduces_customer(paragraph: &str, lead: &Lead) -> bool {
    let Some(email) = lead.email.as_deref() else { return false };
    paragraph.lines().count() <= 6
        && paragraph.lines().any(|l| l.len() <= 300 && l.contains(email) && values::is_address(l))
}

/// `Hello Sol Homes,`: the portal's greeting to its client.
fn is_greeting(paragraph: &str) -> bool {
    paragraph.lines().count() == 1
        && paragraph.split_whitespace().count() <= 5
        && paragraph.ends_with([',', '!', '،'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::contact::Ours;
    use crate::extract::phone::Regions;
    use crate::mail::message;

    fn lead(raw: &str) -> Option<Lead> {
        let message = message::read(raw.as_bytes());
        let ours = Ours::new(&message, &crate::extract::Options::default());
        let context =
            Context { message: &message, regions: &Regions::default(), ours: &ours, is_reply: false };
        find(&message.body.text, context)
    }

    #[test]
    fn customer_on_a_line_of_its_own_is_found() {
        let raw = "From: site@firm.example\nTo: site@firm.example\nSubject: Contact form: hello\n\nThis is an enquiry email via https://firm.example/ from:\nAna Ruiz <ana@customer.example>\n\nIs it free?\n\nSecond paragraph.\n";
        let lead = lead(raw).unwrap();
        assert_eq!(lead.name.as_deref(), Some("Ana Ruiz"));
        assert_eq!(lead.email.as_deref(), Some("ana@customer.example"));
        assert_eq!(lead.message.as_deref(), Some("Is it free?\n\nSecond paragraph."));
    }

    #[test]
    fn newsletters_are_no_enquiries() {
        let raw = "From: noreply@esp.example\nReply-To: shop@shop.example\nTo: a@firm.example\nSubject: New message from the sale\nList-Unsubscribe: <mailto:x@esp.example>\nPrecedence: bulk\n\nBuy now!\n";
        assert!(lead(raw).is_none());
    }
}
