//! Telephone numbers: from what people write to E.164 (`+34600111222`), with an extension as RFC 3966 has it
//! (`+34911234567;ext=12`).
//!
//! Only numbers that are valid in some numbering plan are returned. A number without a country code needs a
//! region: the configured one, else those that the message suggests, in order; without any it is left out,
//! since a guess would name a stranger's telephone. Dates, prices, postcodes and ids are no numbers: a value
//! under a telephone label is read as a whole, running text only through the library's text matcher.

use super::country;
use rlibphonenumber::phonenumber_matcher::{FindNumberExt, Leniency};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};
use std::str::FromStr;

/// Longest text searched for numbers, in octets: the matcher tries each digit run in several ways.
const TEXT: usize = 8 * 1024;
/// Most numbers taken from one value or text.
const NUMBERS: usize = 8;

/// Regions to read national numbers in, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regions(Vec<Region>);

impl Regions {
    /// From ISO 3166 codes; unknown ones are left out.
    pub fn new<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut regions = Regions::default();
        codes.into_iter().for_each(|code| regions.add(code));
        regions
    }

    /// Adds a region behind the others, unless it is there.
    pub fn add(&mut self, code: &str) {
        if let Some(region) = region(code)
            && !self.0.contains(&region)
        {
            self.0.push(region);
        }
    }

    /// Adds the region of a domain's country-code top-level domain.
    pub fn add_domain(&mut self, domain: &str) {
        if let Some(code) = country::of_domain(domain) {
            self.add(&code);
        }
    }

    /// Adds a region in front: what the form itself says of the customer's country.
    pub fn prefer(&mut self, code: &str) {
        if let Some(region) = region(code) {
            self.0.retain(|r| *r != region);
            self.0.insert(0, region);
        }
    }
}

/// The region of an ISO 3166 code in any case, if it has a numbering plan.
fn region(code: &str) -> Option<Region> {
    let region = Region::from_str(&code.to_ascii_uppercase()).ok()?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some_and(|c| c > 0).then_some(region)
}

/// Whether `code` is a region whose numbering plan is known.
pub fn is_region(code: &str) -> bool {
    region(code).is_some()
}

/// The numbers in a value that stands under a telephone label: `600 11 22 33 / +34 91 123 45 67 ext. 12`.
pub fn in_value(value: &str, regions: &Regions) -> Vec<String> {
    let value = clip(value);
    let mut found = Vec::new();
    for piece in value.split(|c: char| "/;,|\n\t".contains(c)) {
        if found.len() == NUMBERS {
            break;
        }
        if let Some(number) = read(piece, regions) {
            push(&mut found, number);
        }
    }
    // `93/1234567` and `04131,123456` write the area code apart; the whole is tried when its pieces fail.
    if found.is_empty()
        && value.lines().count() == 1
        && let Some(number) = read(&value.replace(['/', ',', '|', '\t'], " "), regions)
    {
        found.push(number);
    }
    // `600 11 22 33 y 91 123 45 67`: words between, or around all.
    let words = value.chars().any(char::is_alphabetic);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if found.is_empty() || (words && digits >= 14 && found.iter().all(|n| !n.contains(';'))) {
        in_text(value, regions).into_iter().for_each(|number| push(&mut found, number));
    }
    found
}

/// The numbers in running text, as the library's matcher finds them, with the octets where each stands.
pub fn in_text_at(text: &str, regions: &Regions) -> Vec<(std::ops::Range<usize>, String)> {
    let text = clip(text);
    let mut found: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    if text.bytes().filter(u8::is_ascii_digit).count() < 6 && text.is_ascii() {
        return found;
    }
    let preferred = regions.0.first().copied();
    let matcher = text
        .phone_number_matcher_builder()
        .leniency(Leniency::Valid)
        .preferred_region(preferred)
        .max_tries(200);
    for hit in matcher.build().take(NUMBERS) {
        found.push((hit.start..hit.end(), written(&hit.number)));
    }
    found
}

/// The numbers in running text, each once.
pub fn in_text(text: &str, regions: &Regions) -> Vec<String> {
    let mut found = Vec::new();
    for (_, number) in in_text_at(text, regions) {
        push(&mut found, number);
    }
    found
}

/// One number that fills `piece`.
fn read(piece: &str, regions: &Regions) -> Option<String> {
    let piece = strip_words(piece);
    let digits = piece.chars().filter(|c| c.is_numeric()).count();
    if !(6..=26).contains(&digits) || piece.len() > 80 || looks_like_date(piece) {
        return None;
    }
    // Brackets say nothing to a numbering plan.
    let piece = piece.replace("(0)", " ").replace(['(', ')'], " ");
    let piece = piece.trim();
    if piece.starts_with(['+', '\u{ff0b}']) {
        return PHONE_NUMBER_UTIL.parse(piece, None).ok().and_then(valid);
    }
    let national =
        regions.0.iter().find_map(|r| PHONE_NUMBER_UTIL.parse(piece, Some(*r)).ok().and_then(valid));
    // `0034 600…` and `34600…` written without a plus, where no region took them.
    national.or_else(|| {
        let rest = piece.strip_prefix("00")?;
        PHONE_NUMBER_UTIL.parse(format!("+{rest}"), None).ok().and_then(valid)
    })
}

fn valid(number: PhoneNumber) -> Option<String> {
    PHONE_NUMBER_UTIL.is_valid_number(&number).then(|| written(&number))
}

/// E.164 with the extension behind `;ext=`.
fn written(number: &PhoneNumber) -> String {
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    match number.extension.as_deref() {
        Some(ext) if !ext.is_empty() => format!("{e164};ext={ext}"),
        _ => e164.into_owned(),
    }
}

/// Without words before the number (`Tel.`, `M:`, `WhatsApp`) and remarks behind it (`(Büro)`, `mañanas`).
fn strip_words(piece: &str) -> &str {
    let starts = |c: char| c.is_numeric() || c == '+' || c == '\u{ff0b}' || c == '(';
    let Some(start) = piece.find(starts) else { return "" };
    let piece = &piece[start..];
    // Extensions are the only words kept; others end the number.
    let end = piece
        .char_indices()
        .find(|&(at, c)| {
            c.is_alphabetic() && !is_extension_word(&piece[at..]) && !inside_extension(&piece[..at])
        })
        .map_or(piece.len(), |(at, _)| at);
    piece[..end].trim_end_matches(|c: char| !c.is_numeric() && c != ')').trim()
}

const EXTENSION: [&str; 12] = [
    "ext",
    "extension",
    "extensión",
    "ext.",
    "x",
    "durchwahl",
    "poste",
    "interno",
    "int",
    "anexo",
    "ramal",
    "wew",
];

fn is_extension_word(rest: &str) -> bool {
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    EXTENSION.contains(&word.as_str())
}

fn inside_extension(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    !word.is_empty() && EXTENSION.iter().any(|e| e.starts_with(&word.to_lowercase()))
}

/// `2026-11-22`, `22.11.2026 10:15`, `10:15`: no telephone.
fn looks_like_date(piece: &str) -> bool {
    static DATE: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(
            r"^\s*(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d)\b|\d:\d\d",
        )
        .expect("the pattern is fixed")
    });
    DATE.is_match(piece)
}

fn push(found: &mut Vec<String>, number: String) {
    if !found.contains(&number) && found.len() < NUMBERS {
        found.push(number);
    }
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spain() -> Regions {
        Regions::new(["ES"])
    }

    #[test]
    fn labelled_values_become_e164_in_the_default_region() {
        for (value, expected) in [
            ("600 11 22 33", "+34600112233"),
            ("(+34) 600-112-233", "+34600112233"),
            ("0034 600112233", "+34600112233"),
            ("Tel. 91 123 45 67 (mañanas)", "+34911234567"),
            ("+49 (0)30 901820", "+4930901820"),
            ("+39 06 6982", "+39066982"),
            ("+1 (212) 555-2368", "+12125552368"),
        ] {
            assert_eq!(in_value(value, &spain()), [expected], "{value}");
        }
    }

    #[test]
    fn extensions_are_kept_and_several_numbers_are_told_apart() {
        assert_eq!(in_value("+34 911234567 ext. 12", &spain()), ["+34911234567;ext=12"]);
        assert_eq!(in_value("600112233 / 911234567", &spain()), ["+34600112233", "+34911234567"]);
        assert_eq!(in_value("600112233, +34 600 112 233", &spain()), ["+34600112233"]);
    }

    #[test]
    fn dates_prices_postcodes_and_ids_are_no_telephones() {
        for value in
            ["22/11/2026", "2026-11-22 10:15", "1.250.000 €", "28013", "12345678Z", "no", "", "-", "123"]
        {
            assert!(in_value(value, &spain()).is_empty(), "{value}");
        }
        let text = "Pedido 4711 del 22.11.2026, 1.250,00 €, CP 28013, IBAN ES91 2100 0418 4502 0005 1332.";
        assert!(in_text(text, &spain()).is_empty());
    }

    #[test]
    fn brackets_at_the_begin_do_no_harm() {
        assert_eq!(in_value("(11) 96123-4567", &Regions::new(["BR"])), ["+5511961234567"]);
        assert_eq!(in_value("(604) 555-0134", &Regions::new(["CA"])), ["+16045550134"]);
    }

    #[test]
    fn national_number_without_a_region_is_left_out() {
        assert!(in_value("600 11 22 33", &Regions::default()).is_empty());
        assert_eq!(in_value("+34 600 11 22 33", &Regions::default()), ["+34600112233"]);
    }

    #[test]
    fn country_codes_that_are_no_region_are_ignored() {
        assert!(is_region("es") && !is_region("XX") && !is_region("Spain"));
        assert_eq!(Regions::new(["zz", "es", "ES"]), spain());
    }
}
