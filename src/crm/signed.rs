//! Addresses that prove themselves: what stands behind an inbox's delimiter in the addresses that we give out.
//!
//! - `support+INC-2026-00042.k7f3…@`: answers are filed to that ticket or record (`Reply-To`);
//! - `support+b.4711.k7f3…@`: the mail number 4711 of the outbox could not be delivered (envelope sender);
//! - `support+u.4711.k7f3…@`: its recipient wants no more (`List-Unsubscribe`).
//!
//! The last part is a letter for the key and 80 bits of HMAC-SHA256 over purpose and what is signed, in base32 and
//! any case: mail servers change the case of local parts. A detail that is not signed by us is no error; it counts
//! as if nothing stood there. The keys are the installation's (table `signing_key`): all nodes have the same, and
//! old ones are honoured for two years.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Octets of HMAC in an address.
const OCTETS: usize = 10;
/// Letters of a signature: one for the key, then base32.
const LETTERS: usize = 1 + OCTETS * 8 / 5;
/// Most octets of a local part (RFC 5321, section 4.5.3.1.1).
const LOCAL_PART: usize = 64;
/// What is signed for a loop's mark: details are in upper case, or have a dot.
const LOOP: &str = "loop";
/// RFC 4648's base32 in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What an address is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// Answers to what this code, in upper case, belongs to.
    Answer(String),
    /// Bounces of the mail with this number in the outbox.
    Bounce(i64),
    /// Unsubscribes of its recipient.
    Unsubscribe(i64),
}

impl Detail {
    /// What is signed: no two details have the same.
    fn text(&self) -> String {
        match self {
            Detail::Answer(code) => code.to_ascii_uppercase(),
            Detail::Bounce(number) => format!("b.{number}"),
            Detail::Unsubscribe(number) => format!("u.{number}"),
        }
    }

    fn of_text(text: &str) -> Option<Detail> {
        let number = |digits: &str| {
            let plain = digits.bytes().all(|c| c.is_ascii_digit()) && !digits.starts_with('0');
            digits.parse().ok().filter(|_| plain)
        };
        match text.split_once('.') {
            Some(("b" | "B", digits)) => number(digits).map(Detail::Bounce),
            Some(("u" | "U", digits)) => number(digits).map(Detail::Unsubscribe),
            Some(_) => None,
            None => Some(Detail::Answer(text.to_ascii_uppercase())).filter(|_| !text.is_empty()),
        }
    }
}

/// A detail that has the form of a signed one, taken apart; only [`Keys::verify`] tells whether it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claimed {
    /// What it says to be for.
    pub detail: Detail,
    signature: String,
}

impl Claimed {
    /// The signed detail that stands behind an inbox's delimiter, if it has the form of one.
    pub fn of(detail: &str) -> Option<Claimed> {
        let (text, signature) = detail.rsplit_once('.')?;
        let signature = signature.to_ascii_lowercase();
        let formed = signature.len() == LETTERS && signature.bytes().all(|c| ALPHABET.contains(&c));
        Some(Claimed { detail: Detail::of_text(text)?, signature }).filter(|_| formed)
    }
}

/// The installation's keys.
#[derive(Clone, Default)]
pub struct Keys(Vec<(u8, Hmac<Sha256>)>);

/// Without the secrets.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

impl Keys {
    /// Keys by their id, from 0 to 31, the one to sign with first.
    pub fn new(keys: impl IntoIterator<Item = (u8, Vec<u8>)>) -> Keys {
        let keyed = |secret: &[u8]| Hmac::new_from_slice(secret).expect("HMAC takes a key of any length");
        Keys(keys.into_iter().map(|(id, secret)| (id % 32, keyed(&secret))).collect())
    }

    /// The inbox's address with a signed detail; `None` without a key or a delimiter, or where the local part would be
    /// longer than SMTP allows.
    pub fn address(&self, inbox: &str, delimiter: Option<char>, detail: &Detail) -> Option<String> {
        let (id, key) = self.0.first()?;
        let (local, domain) = inbox.rsplit_once('@')?;
        let text = detail.text();
        let signature = signature(*id, key.clone(), &text);
        let local = format!("{local}{}{text}.{signature}", delimiter?);
        (local.len() <= LOCAL_PART).then(|| format!("{local}@{domain}"))
    }

    /// What our own mail carries, so that it is known where it comes back (`X-CRM-Loop`); `None` without a key.
    pub fn loop_mark(&self) -> Option<String> {
        self.0.first().map(|(id, key)| signature(*id, key.clone(), LOOP))
    }

    /// Whether the value of a field is such a mark of ours.
    pub fn is_loop_mark(&self, value: &str) -> bool {
        let value = value.trim().to_ascii_lowercase();
        self.0.iter().any(|(id, key)| signature(*id, key.clone(), LOOP) == value)
    }

    /// What a detail is for, if we signed it.
    pub fn verify<'c>(&self, claimed: &'c Claimed) -> Option<&'c Detail> {
        let id = ALPHABET.iter().position(|&c| Some(c) == claimed.signature.bytes().next())?;
        let (_, key) = self.0.iter().find(|(known, _)| usize::from(*known) == id)?;
        let given = octets(&claimed.signature[1..])?;
        let mut mac = key.clone();
        mac.update(claimed.detail.text().as_bytes());
        mac.verify_truncated_left(&given).ok()?;
        Some(&claimed.detail)
    }
}

fn signature(id: u8, mut key: Hmac<Sha256>, text: &str) -> String {
    key.update(text.as_bytes());
    let mac = key.finalize().into_bytes();
    let mut out = String::with_capacity(LETTERS);
    out.push(char::from(ALPHABET[usize::from(id % 32)]));
    let (mut bits, mut held) = (0_u32, 0);
    for octet in &mac[..OCTETS] {
        bits = bits << 8 | u32::from(*octet);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
        bits &= (1 << held) - 1;
    }
    out
}

/// The octets of a base32 text in lower case.
fn octets(letters: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::with_capacity(OCTETS), 0_u32, 0);
    for letter in letters.bytes() {
        bits = bits << 5 | u32::try_from(ALPHABET.iter().position(|&c| c == letter)?).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 255).ok()?);
        }
        bits &= (1 << held) - 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(id: u8) -> Keys {
        Keys::new([(id, vec![id; 32])])
    }

    fn detail_of(address: &str) -> String {
        address.split_once('+').unwrap().1.split_once('@').unwrap().0.to_owned()
    }

    #[test]
    fn what_we_sign_is_honoured_in_any_case_and_what_we_did_not_is_not() {
        let (old, new) = (keys(3), Keys::new([(31, vec![1; 32]), (3, vec![3; 32])]));
        for detail in [Detail::Answer("INC-2026-00042".into()), Detail::Bounce(4711), Detail::Unsubscribe(1)]
        {
            let address = old.address("support@crm.test", Some('+'), &detail).unwrap();
            let written = detail_of(&address);
            for written in [written.clone(), written.to_uppercase(), written.to_lowercase()] {
                let claimed = Claimed::of(&written).unwrap();
                assert_eq!(new.verify(&claimed), Some(&detail), "{written}");
                assert_eq!(keys(4).verify(&claimed), None);
                assert_eq!(Keys::new([(3, vec![9; 32])]).verify(&claimed), None);
            }
            for at in 0..written.len() {
                let mut other = written.clone().into_bytes();
                other[at] = if other[at] == b'7' { b'6' } else { b'7' };
                let other = String::from_utf8(other).unwrap();
                let honoured = Claimed::of(&other).is_some_and(|claimed| old.verify(&claimed).is_some());
                assert!(!honoured, "{other} for {written}");
            }
        }
    }

    #[test]
    fn signature_for_one_purpose_is_none_for_another() {
        let address = keys(0).address("s@crm.test", Some('+'), &Detail::Bounce(7)).unwrap();
        let written = detail_of(&address).replacen("b.", "u.", 1);
        assert_eq!(keys(0).verify(&Claimed::of(&written).unwrap()), None);
    }

    #[test]
    fn details_of_other_forms_are_not_signed() {
        for bad in [
            "",
            ".",
            "DEAL-1",
            "DEAL-1.abc",
            "b..aaaaaaaaaaaaaaaaa",
            "b.x.aaaaaaaaaaaaaaaaa",
            "ñ.ñ",
            ".aaaaaaaaaaaaaaaaa",
            "b.-1.aaaaaaaaaaaaaaaaa",
            "b.007.aaaaaaaaaaaaaaaaa",
            "b.99999999999999999999.aaaaaaaaaaaaaaaaa",
            "DEAL-1.aaaaaaaaaaaaaaaa1",
            "x.y.aaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(Claimed::of(bad), None, "{bad}");
        }
        assert_eq!(Keys::default().verify(&Claimed::of("DEAL-1.aaaaaaaaaaaaaaaaa").unwrap()), None);
    }

    #[test]
    fn marks_of_loops_are_the_installations_own() {
        let mark = keys(3).loop_mark().unwrap();
        let rotated = Keys::new([(4, vec![9; 32]), (3, vec![3; 32])]);
        assert!(rotated.is_loop_mark(&format!(" {} ", mark.to_uppercase())), "of an older key");
        assert!(
            !keys(4).is_loop_mark(&mark) && !Keys::default().is_loop_mark("") && !keys(3).is_loop_mark("d")
        );
        let answers = keys(3).address("s@crm.test", Some('+'), &Detail::Answer("LOOP".into())).unwrap();
        assert!(!answers.contains(&mark));
    }

    #[test]
    fn local_part_stays_within_its_limit() {
        let long = format!("{}@crm.test", "a".repeat(40));
        assert_eq!(keys(0).address(&long, Some('+'), &Detail::Answer("INC-2026-00042".into())), None);
        assert!(keys(0).address("support@crm.test", Some('+'), &Detail::Bounce(i64::MAX)).is_some());
        assert_eq!(keys(0).address("support@crm.test", None, &Detail::Bounce(1)), None);
    }
}
