//! What stands around a form's pairs: the customer in a sentence above them, the reference in the subject or in the
//! portal's introduction, the customer's words between quotation marks, and the portal's own words below them.
//!
//! Only fills what the pairs left open; whether there is a form is judged before.

use super::footer::without_tail;
use super::lines::Reading;
use super::{Context, Lead, subject};
use crate::extract::labels::{self, Field};
use crate::extract::{company, name, values};
use crate::mail::address;
use regex::Regex;
use std::sync::LazyLock;

/// Lines above the pairs that are looked at.
const HEAD: usize = 30;
/// Longest line looked at, in octets.
const LINE: usize = 300;

/// Completes `lead`, read from `text`.
pub(super) fn complete(lead: &mut Lead, text: &str, reading: &Reading, context: Context<'_>) {
    let first = reading.pairs.iter().find(|p| p.field.is_some()).map_or(usize::MAX, |p| p.line);
    let lines = text.lines().take(HEAD).map(str::trim).filter(|l| !l.is_empty() && l.len() <= LINE);
    let above: Vec<&str> =
        text.lines().take(first.min(HEAD)).map(str::trim).filter(|l| l.len() <= LINE).collect();
    if lead.email.is_none() {
        mailbox(lead, &above, context);
    }
    if lead.name.is_none()
        && let Some((found, line)) = above.iter().find_map(|l| sentence(l).map(|found| (found, l)))
    {
        lead.explained("form-introduction", "name", line);
        lead.name = Some(found);
    }
    if lead.reference.is_none() {
        let subject = context.message.subject.as_deref().unwrap_or_default();
        if let Some((found, place)) = lines.chain([subject]).find_map(|l| reference(l).map(|r| (r, l))) {
            lead.explained("form-reference", "reference", place);
            lead.reference = Some(found);
        }
    }
    if lead.message.is_none()
        && let Some(found) = quoted(text)
    {
        lead.explained("form-quotation", "message", &found);
        lead.message = Some(found);
    }
    trim(lead, context);
}

/// `It was submitted by Ana Ruiz (ana@…) on Monday`: the first address above the pairs that is not ours.
fn mailbox(lead: &mut Lead, above: &[&str], context: Context<'_>) {
    for line in above {
        let Some((range, found)) = values::addresses(line).find(|(_, a)| !context.ours.is(a)) else {
            continue;
        };
        lead.email = Some(found.to_owned());
        lead.explained("form-introduction", "email", line);
        let before = line[..range.start].trim_end_matches(|c: char| "<([ \"".contains(c));
        let named =
            if before.is_empty() { None } else { subject::customer(before).or_else(|| whole_name(before)) };
        if lead.name.is_none()
            && let Some(found) = named
        {
            lead.explained("form-introduction", "name", line);
            lead.name = Some(found);
        }
        return;
    }
}

/// The person of two names or more whom a sentence names as the writer; `A customer has sent you …` names nobody.
fn sentence(line: &str) -> Option<String> {
    let found = subject::customer(line.trim_end_matches([':', '.', '!']))?;
    let mut words = found.split(' ');
    (words.clone().count() >= 2 && words.all(|w| labels::field(w).is_none())).then_some(found)
}

/// A line's begin that is a name of two words or more with capitals.
fn whole_name(text: &str) -> Option<String> {
    let words = text.split_whitespace().count();
    let capitals =
        text.split_whitespace().all(|w| w.chars().count() <= 3 || w.starts_with(char::is_uppercase));
    let good = (2..=5).contains(&words) && capitals && labels::field(text).is_none();
    good.then(|| name::of_value(text)).flatten()
}

/// A token behind a word for reference: `réf. TR512`, `Rif: SC-77`, `Objekt-Nr. 4711`.
fn reference(line: &str) -> Option<String> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?P<words>[\p{L}.\- ]{2,40}?)\s*(?:[.:#]|n[.º°]|no\.|nr\.?|\s)\s*(?:[:#]\s*)?(?P<token>[\p{Lu}\d][\p{Lu}\d/_.-]*\d[\p{Lu}\d/_-]*)")
            .expect("the pattern is fixed")
    });
    for hit in TOKEN.captures_iter(line) {
        let words = labels::normal(&hit["words"]);
        let words: Vec<&str> = words.split(' ').collect();
        let known = (1..=3.min(words.len())).any(|n| {
            let last = words[words.len() - n..].join(" ");
            let digits = hit["token"].bytes().filter(u8::is_ascii_digit).count();
            labels::field(&last) == Some(Field::Reference) || (digits >= 4 && labels::is_listing(&last))
        });
        if known && !hit["token"].ends_with('.') {
            return values::reference(&hit["token"]);
        }
    }
    None
}

/// A paragraph that stands between quotation marks: the customer's words, where no label says so.
fn quoted(text: &str) -> Option<String> {
    let paragraphs = text.split("\n\n").map(str::trim).take(60);
    paragraphs.filter(|p| p.len() <= 8 * 1024).find_map(|paragraph| {
        let marked = paragraph.lines().all(|l| l.starts_with('>'));
        let bare = |l: &str| l.trim_start_matches(['>', ' ']).to_owned();
        let plain = if marked {
            paragraph.lines().map(bare).collect::<Vec<_>>().join("\n")
        } else {
            paragraph.to_owned()
        };
        let inner = values::unquoted(&plain);
        (inner.len() < paragraph.len() && inner.split_whitespace().count() >= 3).then(|| inner.to_owned())
    })
}

/// Takes the portal's own words off the customer's.
pub(super) fn trim(lead: &mut Lead, context: Context<'_>) {
    let Some(message) = &lead.message else { return };
    let kept = without_tail(message, &brand(lead, context), |found| context.ours.is(found));
    if kept.len() < message.len() {
        lead.message = Some(kept.to_owned());
    }
}

/// The names of who sends: the display name and the domain's own, in normal form without spaces.
fn brand(lead: &Lead, context: Context<'_>) -> Vec<String> {
    let Some(author) = context.message.from.first() else { return Vec::new() };
    let mut names = Vec::new();
    let squeezed = |text: &str| labels::normal(text).replace(' ', "");
    let customers =
        |a: &str| lead.email.as_deref().map_or(!context.ours.is(a), |e| e.eq_ignore_ascii_case(a));
    if !author.address.as_deref().is_some_and(customers) {
        names.extend(author.name.as_deref().map(squeezed));
        let canonical = author.address.as_deref().and_then(|a| address::canonical(a, false));
        if let Some(domain) = canonical.as_deref().and_then(address::domain_of) {
            let own = company::registrable(domain).split('.').next().unwrap_or_default();
            names.extend((!company::is_free_mail(domain)).then(|| squeezed(own)));
        }
    }
    names.retain(|name| name.chars().count() >= 5);
    names
}
