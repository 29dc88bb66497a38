//! Names of persons as forms hold them: salutations taken off, parts put together, and what is no name told
//! apart. No guess which word is the family name.

use super::labels::normal;

/// Words before a name that are not part of it, normal form.
const SALUTATIONS: [&str; 60] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mister",
    "mx",
    "sir",
    "madam",
    "herr",
    "frau",
    "herrn",
    "familie",
    "hr",
    "fr",
    "sr",
    "sra",
    "srta",
    "senor",
    "senora",
    "senorita",
    "don",
    "dona",
    "senhor",
    "senhora",
    "m",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "mademoiselle",
    "sig",
    "sigra",
    "signor",
    "signora",
    "signorina",
    "gent",
    "pan",
    "pani",
    "panstwo",
    "dhr",
    "mevr",
    "mevrouw",
    "mw",
    "meneer",
    "heer",
    "de heer",
    "senyor",
    "senyora",
    "gospodin",
    "gospodja",
    "herra",
    "rouva",
    "pan pani",
    "bay",
    "bayan",
    "г н",
    "господин",
    "sra sr",
    "signa",
    "sigri",
];
/// Most words and characters of a person's name.
const WORDS: usize = 7;
const CHARS: usize = 80;

/// The name in a form's value; `None` if it does not look like one.
pub fn of_value(value: &str) -> Option<String> {
    let value = value.trim().trim_matches(|c: char| "\"'*_<>".contains(c)).trim();
    // `Ana Ruiz <ana@…>`, `Ana Ruiz (ana@…)`: the address is not part of the name.
    let value = match value.find('@') {
        Some(at) => {
            let start = value[..at].rfind(|c: char| c.is_whitespace() || "<([,;".contains(c)).unwrap_or(0);
            value[..start].trim_end_matches(|c: char| c.is_whitespace() || "<([,;-–:".contains(c))
        }
        None => value,
    };
    let value = without_salutation(value);
    let value = swap_comma(value);
    let value: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let value = value.trim_matches(|c: char| ",;:|-–".contains(c) || c.is_whitespace());
    is_name(value).then(|| value.to_owned())
}

/// Whether text could be a person's (or a firm's) name: short, of letters, no link, address or sentence.
pub fn is_name(text: &str) -> bool {
    let chars = text.chars().count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let words = text.split_whitespace().count();
    (1..=CHARS).contains(&chars)
        && (1..=WORDS).contains(&words)
        && letters > 0
        && letters * 2 >= chars
        && digits <= 2
        && !text.contains("://")
        && !text.contains(['@', '\n', '?', '!', '{', '}', '[', ']', '<', '>', '=', '\t', ':'])
        && !text.to_ascii_lowercase().starts_with("www.")
}

/// Without `Herr`, `Sra.`, `Mr and Mrs` before the name. A salutation alone stays: it may be the name `Don`.
pub fn without_salutation(name: &str) -> &str {
    let mut rest = name.trim();
    for _ in 0..4 {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = normal(&rest[..end]);
        // `Sig.ra`, `M.me`: one word with its point inside.
        if end < rest.len() && word.contains(' ') && SALUTATIONS.contains(&word.replace(' ', "").as_str()) {
            rest = rest[end..].trim_start();
            continue;
        }
        let glued = rest[..end]
            .find('.')
            .filter(|&at| at + 1 < end && SALUTATIONS.contains(&normal(&rest[..at]).as_str()));
        if let Some(at) = glued.filter(|_| rest[..end].matches('.').count() == 1) {
            rest = &rest[at + 1..];
            continue;
        }
        if rest.len() < name.trim().len()
            && ["and", "und", "et", "y", "e", "ed", "och", "og", "en"].contains(&word.as_str())
        {
            rest = rest[end..].trim_start();
            continue;
        }
        let slash = word.split(' ').all(|w| SALUTATIONS.contains(&w) || w == "a" || w == "o" || w == "ra");
        if end == rest.len() || !(SALUTATIONS.contains(&word.as_str()) || (word.contains(' ') && slash)) {
            break;
        }
        rest = rest[end..].trim_start();
    }
    rest
}

/// `Ruiz, Ana` is `Ana Ruiz`; `Ana Ruiz, arquitecta` is left to its first part.
fn swap_comma(name: &str) -> String {
    match name.split_once(',') {
        Some((last, first)) if !first.contains(',') => {
            let (last, first) = (last.trim(), first.trim());
            let words = |s: &str| s.split_whitespace().count();
            if words(last) <= 2 && (1..=2).contains(&words(first)) && first.starts_with(char::is_uppercase) {
                format!("{first} {last}")
            } else {
                last.to_owned()
            }
        }
        _ => name.to_owned(),
    }
}

/// First and last name together, either of them alone.
pub fn join(first: Option<&str>, last: Option<&str>) -> Option<String> {
    match (first, last) {
        (Some(first), Some(last)) if first.ends_with(last) && first.contains(' ') => Some(first.to_owned()),
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salutations_and_addresses_are_taken_off() {
        for (value, expected) in [
            ("Herr Max Muster", "Max Muster"),
            ("Frau Dr. Eva Klein", "Dr. Eva Klein"),
            ("Sra. Ana Ruiz", "Ana Ruiz"),
            ("Mr. and Mrs. Smith", "Smith"),
            ("Ana Ruiz <ana@customer.example>", "Ana Ruiz"),
            ("Ruiz Pérez, Ana", "Ana Ruiz Pérez"),
            ("D'Arcy O'Neill", "D'Arcy O'Neill"),
            ("Don", "Don"),
            ("Sr./Sra. Pérez", "Pérez"),
            ("Sig.ra Ombra Riva", "Ombra Riva"),
            ("Sig.Riva", "Riva"),
            ("María  del  Carmen", "María del Carmen"),
        ] {
            assert_eq!(of_value(value).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn sentences_links_and_numbers_are_no_names() {
        for value in
            ["https://x.example", "600 111 222", "How are you?", "", "-", "ana@customer.example", "a: b"]
        {
            assert_eq!(of_value(value), None, "{value}");
        }
    }
}
