//! Octets to text, whatever the label says.
//!
//! A label is believed unless the octets contradict it: text that is valid UTF-8 with non-ASCII characters is
//! UTF-8 whatever single-byte charset was claimed, and octets that are not valid in the claimed charset are
//! guessed. Nothing here fails: the last resort is windows-1252, which has a character for every octet.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Decoded text, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; a byte order mark is gone.
    pub text: String,
    /// Name of the charset used, if it is not the one that the label named.
    pub guessed: Option<&'static str>,
}

/// Decodes `bytes` that were labelled `label`.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return Decoded { text: plain(encoding, &bytes[length..]), guessed: None };
    }
    let label = label.map(|l| l.trim().trim_matches(['"', '\'']).to_ascii_lowercase());
    if label.as_deref().is_some_and(|l| l.contains("utf-7") || l == "utf7")
        && let Some(decoder) = charset_decoder(b"utf-7")
    {
        return Decoded { text: decoder(bytes), guessed: None };
    }
    let claimed = label.as_deref().and_then(encoding_of);
    if bytes.is_ascii() && !bytes.contains(&0x1b) {
        // HZ and UTF-16 without a mark are the only claimed charsets whose ASCII octets mean something else.
        return Decoded { text: ascii(bytes, claimed), guessed: None };
    }
    // A text that is not ASCII was not labelled at all if the label says ASCII.
    let ascii = ["us-ascii", "ascii", "iso-ir-6", "ansi_x3.4-1968", "us", "iso646-us"];
    let claimed = claimed.filter(|_| !label.as_deref().is_some_and(|l| ascii.contains(&l)));
    if let Some(encoding) = claimed {
        let single = encoding.is_single_byte();
        if !(single && std::str::from_utf8(bytes).is_ok()) {
            let (text, bad) = encoding.decode_without_bom_handling(bytes);
            if !bad {
                return Decoded { text: text.into_owned(), guessed: None };
            }
        }
    }
    guess(bytes, claimed)
}

/// Text of ASCII octets.
fn ascii(bytes: &[u8], claimed: Option<&'static Encoding>) -> String {
    match claimed {
        Some(encoding) if !encoding.is_ascii_compatible() => plain(encoding, bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn plain(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// The encoding of a label, with the names that mail uses and the web does not.
fn encoding_of(label: &str) -> Option<&'static Encoding> {
    let label = label.split('*').next().unwrap_or(label).trim_start_matches("x-");
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let bare: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
        let digits = bare.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let name = match bare.as_str() {
            "utf8" | "utf8mb4" | "unicode11utf8" => "utf-8",
            "latin1" | "iso88591windows1252" | "ansi" | "iso8859" | "88591" => "windows-1252",
            "latin9" | "iso885915fdis" => "iso-8859-15",
            "sjis" | "shiftjis" | "cp932" | "windows31j" | "mskanji" => "shift_jis",
            "cp936" | "gb2312" | "gbk" | "ms936" => "gbk",
            "cp949" | "ksc56011987" | "ks" => "euc-kr",
            "cp950" | "big5hkscs" => "big5",
            "iso2022jp1" | "iso2022jp2" | "iso2022jpms" | "cp50220" | "cp50221" => "iso-2022-jp",
            "koi8" | "koi8ru" => "koi8-u",
            _ if bare.starts_with("cp125")
                || bare.starts_with("win125")
                || bare.starts_with("windows125") =>
            {
                return Encoding::for_label(format!("windows-{digits}").as_bytes());
            }
            _ if bare.starts_with("iso8859") => {
                return Encoding::for_label(
                    format!("iso-8859-{}", &digits[4.min(digits.len())..]).as_bytes(),
                );
            }
            _ => return None,
        };
        Encoding::for_label(name.as_bytes())
    })
}

/// What octets are when the label is missing or wrong.
fn guess(bytes: &[u8], claimed: Option<&'static Encoding>) -> Decoded {
    let named = |encoding: &'static Encoding, text: String| Decoded {
        text,
        guessed: (claimed != Some(encoding)).then(|| encoding.name()),
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        if bytes.contains(&0x1b) && has_iso2022_jp(bytes) {
            let (text, bad) = encoding_rs::ISO_2022_JP.decode_without_bom_handling(bytes);
            if !bad {
                return named(encoding_rs::ISO_2022_JP, text.into_owned());
            }
        }
        return named(UTF_8, text.to_owned());
    }
    if mostly_utf8(bytes) {
        return named(UTF_8, String::from_utf8_lossy(bytes).into_owned());
    }
    if let Some(encoding) = claimed.filter(|e| *e != UTF_8 && *e != WINDOWS_1252) {
        return named(encoding, plain(encoding, bytes));
    }
    let encoding = single_byte_or_east_asian(bytes);
    named(encoding, plain(encoding, bytes))
}

fn has_iso2022_jp(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| matches!(w, b"\x1b$B" | b"\x1b$@" | b"\x1b(J"))
}

/// Whether text is UTF-8 with a few broken places (cut in the middle of a character, one foreign name).
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 4 * bad
}

/// Guesses among the charsets whose text looks like nothing else. Cyrillic in KOI8-R or windows-1251 consists
/// of long runs of high octets; Western text has them one by one.
fn single_byte_or_east_asian(bytes: &[u8]) -> &'static Encoding {
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    let runs = bytes.split(|b| *b < 0x80).filter(|run| run.len() >= 4).map(<[u8]>::len).sum::<usize>();
    if high < 16 || runs * 2 < high {
        return WINDOWS_1252;
    }
    // In KOI8-R lower case is C0–DF, in windows-1251 E0–FF; text is mostly lower case.
    let low = bytes.iter().filter(|b| (0xc0..=0xdf).contains(*b)).count();
    let top = bytes.iter().filter(|b| **b >= 0xe0).count();
    let letters = low + top;
    if letters * 10 >= high * 9 {
        if low > top * 3 {
            return encoding_rs::KOI8_R;
        }
        if top > low * 3 {
            return encoding_rs::WINDOWS_1251;
        }
    }
    let gb = encoding_rs::GB18030;
    let (text, bad) = gb.decode_without_bom_handling(bytes);
    let han = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    if !bad && han * 3 >= high { gb } else { WINDOWS_1252 }
}
