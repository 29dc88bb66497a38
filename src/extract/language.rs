//! The language of a mail (row X17), as ISO 639-1, told from its new text. `None` when the text is too short
//! or two languages are about equally likely: a reply in the wrong language is worse than one in the default.

use std::sync::LazyLock;
use whatlang::{Detector, Lang};

/// Letters below which nothing is told.
const LETTERS: usize = 24;
/// Octets looked at.
const TEXT: usize = 4 * 1024;

const LANGUAGES: [(Lang, &str); 35] = [
    (Lang::Eng, "en"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Ita, "it"),
    (Lang::Pol, "pl"),
    (Lang::Nld, "nl"),
    (Lang::Cat, "ca"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "no"),
    (Lang::Fin, "fi"),
    (Lang::Ces, "cs"),
    (Lang::Slk, "sk"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
    (Lang::Ell, "el"),
    (Lang::Tur, "tr"),
    (Lang::Rus, "ru"),
    (Lang::Ukr, "uk"),
    (Lang::Bul, "bg"),
    (Lang::Hrv, "hr"),
    (Lang::Slv, "sl"),
    (Lang::Srp, "sr"),
    (Lang::Est, "et"),
    (Lang::Lit, "lt"),
    (Lang::Lav, "lv"),
    (Lang::Jpn, "ja"),
    (Lang::Cmn, "zh"),
    (Lang::Kor, "ko"),
    (Lang::Ara, "ar"),
    (Lang::Heb, "he"),
    (Lang::Vie, "vi"),
    (Lang::Tha, "th"),
];

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(LANGUAGES.iter().map(|(lang, _)| *lang).collect()));

/// The language of `text`.
pub fn detect(text: &str) -> Option<&'static str> {
    of_words(&words(text))
}

/// Tells the language of several texts of one mail, most of which are the same: telling takes longer than reading.
#[derive(Debug, Default)]
pub struct Told {
    words: String,
    language: Option<&'static str>,
}

impl Told {
    /// The language of `text`.
    pub fn detect(&mut self, text: &str) -> Option<&'static str> {
        let words = words(text);
        if words != self.words {
            self.language = of_words(&words);
            self.words = words;
        }
        self.language
    }
}

fn of_words(words: &str) -> Option<&'static str> {
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    let wide = words
        .chars()
        .any(|c| ('\u{3040}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7a3}').contains(&c));
    if letters < if wide { 6 } else { LETTERS } {
        return None;
    }
    let info = DETECTOR.detect(words)?;
    let sure = if letters < 80 { 0.5 } else { 0.2 };
    if info.confidence() < sure && !info.is_reliable() {
        return None;
    }
    LANGUAGES.iter().find(|(lang, _)| *lang == info.lang()).map(|(_, code)| *code)
}

/// The text without addresses, links, quoted lines and numbers, which say nothing of a language.
fn words(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|l| !l.trim_start().starts_with('>')) {
        for word in line.split_whitespace() {
            if word.contains('@')
                || word.contains("://")
                || word.starts_with("www.")
                || word.chars().any(char::is_numeric)
            {
                continue;
            }
            out.push_str(word);
            out.push(' ');
            if out.len() >= TEXT {
                return out;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_told_from_a_few_sentences() {
        for (language, text) in [
            (
                "es",
                "Buenos días, me gustaría visitar el piso de la calle Mayor el próximo jueves por la tarde.",
            ),
            ("en", "Good morning, I would like to know whether the flat is still available next week."),
            ("de", "Guten Tag, ich interessiere mich für die Wohnung und würde sie gerne besichtigen."),
            (
                "fr",
                "Bonjour, je souhaiterais visiter cet appartement la semaine prochaine, est-il toujours libre ?",
            ),
            ("it", "Buongiorno, vorrei avere maggiori informazioni su questo appartamento, grazie mille."),
            ("pl", "Dzień dobry, jestem zainteresowany tym mieszkaniem, kiedy można je obejrzeć?"),
            ("uk", "Доброго дня, мене цікавить ця квартира, коли можна її подивитися?"),
        ] {
            assert_eq!(detect(text), Some(language));
        }
    }

    #[test]
    fn short_or_wordless_text_has_no_language() {
        for text in
            ["", "OK", "Merci!", "+34 600 111 222 ana@customer.example https://shop.example/a/b/c?d=e"]
        {
            assert_eq!(detect(text), None, "{text}");
        }
    }
}
