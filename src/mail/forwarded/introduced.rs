//! Author and date of an original that only a line like "On … Name <a@b.example> wrote:" introduces.
//!
//! The author is the address in the line and the name before it; callers get `None` if there is no address.

use super::mailbox::tidy;
use crate::mail::address::Mailbox;
use crate::mail::labels;
use crate::mail::reply::intro::Intro;

/// The author that an introduction names.
pub fn author(intro: &Intro) -> Option<Mailbox> {
    let text = intro.text.as_str();
    let at = text.find('@')?;
    let start = text[..at]
        .rfind(|c: char| c.is_whitespace() || "<([\"':,;«»".contains(c))
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let end = at
        + text[at..]
            .find(|c: char| c.is_whitespace() || ">)]\"',;:<«»님".contains(c))
            .unwrap_or(text.len() - at);
    let address = &text[start..end];
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let before = text[..start].trim_end().trim_end_matches(['<', '(', '[']).trim_end();
    let name = name_at_end(before);
    let mut mailbox = Mailbox { name, address: Some(address.to_owned()) };
    tidy(&mut mailbox);
    Some(mailbox)
}

/// The name that stands at the end of the text, behind a date, a verb or nothing.
fn name_at_end(text: &str) -> Option<String> {
    for (open, close) in [('"', '"'), ('«', '»'), ('“', '”'), ('„', '“')] {
        if let Some(inner) = text.strip_suffix(close) {
            return inner
                .rfind(open)
                .map(|at| inner[at + open.len_utf8()..].trim().to_owned())
                .filter(|n| !n.is_empty());
        }
    }
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace().rev() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let ends = word.ends_with([',', ':', ';']) && !words.is_empty();
        if ends
            || bare.is_empty()
            || bare.chars().any(|c| c.is_ascii_digit())
            || is_filler(bare)
            || words.len() >= 6
        {
            break;
        }
        words.push(word.trim_end_matches(','));
    }
    words.reverse();
    let name = words.join(" ").trim_matches(|c: char| c == '"' || c == ',').to_owned();
    (!name.is_empty()).then_some(name)
}

/// Words between date and name that belong to neither.
fn is_filler(word: &str) -> bool {
    let folded = labels::fold(word);
    const WORDS: [&str; 30] = [
        "am",
        "pm",
        "at",
        "from",
        "von",
        "schrieb",
        "de",
        "użytkownik",
        "odesílatel",
        "používateľ",
        "пользователь",
        "користувач",
        "χρήστης",
        "ο",
        "lietotājs",
        "kirjutas",
        "schreef",
        "skrev",
        "heeft",
        "uhr",
        "gmt",
        "utc",
        "klo",
        "kl",
        "korisnik",
        "oseba",
        "je",
        "um",
        "le",
        "cet",
    ];
    WORDS.contains(&folded.as_str()) || labels::last_verb(&folded).is_some()
}

/// The date of an introduction, as written: from its first figure or day to the name.
pub fn date(intro: &Intro) -> Option<String> {
    let text = intro.text.as_str();
    let text = match author(intro).and_then(|a| a.address).and_then(|a| text.find(&a)) {
        Some(at) => text[..at].trim_end_matches(['<', '(', '[', '"', ' ', ',']),
        None => text,
    };
    let digit = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '午')?;
    let start = text[..digit]
        .split_whitespace()
        .next()
        .map_or(0, |first| if labels::opener(text).is_some() { first.len() } else { 0 });
    let rest = &text[last..];
    let tail = rest.split_whitespace().next().map_or(rest.len(), str::len);
    let zone = text[last..].split_whitespace().nth(1).filter(|w| {
        matches!(
            w.trim_matches([',', '.']),
            "AM" | "PM" | "am" | "pm" | "EST" | "CET" | "CEST" | "GMT" | "UTC"
        )
    });
    let end = match zone {
        Some(zone) => zone.as_ptr() as usize - text.as_ptr() as usize + zone.len(),
        None => last + tail,
    };
    let written = text.get(start..end)?.trim().trim_end_matches([',', ':']).trim();
    (!written.is_empty()).then(|| written.to_owned())
}
