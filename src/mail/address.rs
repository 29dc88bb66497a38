//! Mailboxes and addresses: how they are read, and when two are the same.
//!
//! Two addresses are the same if their [`canonical`] forms are equal. Nothing in the project compares
//! addresses any other way, never by substring and never by name.

mod list;

use serde::{Deserialize, Serialize};

/// A mailbox of RFC 5322, section 3.4: a display name, an addr-spec, or both. Forwarded header blocks often
/// keep only the name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name, decoded, without quotes.
    pub name: Option<String>,
    /// The addr-spec as written, decoded, without angle brackets.
    pub address: Option<String>,
}

/// The form in which addresses are compared and stored as keys: white space, angle brackets and needless
/// quotes gone, domain as lower-case A-label (RFC 5890), local part in lower case unless `case_sensitive`,
/// Unicode in NFC. `None` if it is not an addr-spec (RFC 5321, section 4.1.2, with RFC 6531's UTF-8), is
/// longer than 254 octets or holds control characters.
pub fn canonical(address: &str, case_sensitive: bool) -> Option<String> {
    let text = address.trim();
    let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text).trim();
    if text.len() > 254 || text.chars().any(|c| c.is_control()) {
        return None;
    }
    let (local, domain) = text.rsplit_once('@')?;
    let local = unquote(local)?;
    if local.is_empty() || local.len() > 64 {
        return None;
    }
    let local: String = unicode_normalization::UnicodeNormalization::nfc(local.as_str()).collect();
    let local = if case_sensitive { local } else { local.to_lowercase() };
    Some(format!("{local}@{}", canonical_domain(domain)?))
}

/// The domain as a lower-case A-label without a final dot, or an address literal as written, in lower case.
pub fn canonical_domain(domain: &str) -> Option<String> {
    let domain = domain.trim().trim_end_matches('.');
    if domain.starts_with('[') && domain.ends_with(']') {
        return Some(domain.to_ascii_lowercase());
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let good = !ascii.is_empty()
        && ascii.len() <= 253
        && ascii.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    good.then_some(ascii)
}

/// The local part without the quotes of a quoted-string; `None` if it is neither a dot-string nor quoted.
fn unquote(local: &str) -> Option<String> {
    if let Some(inner) = local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) {
        let mut out = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => out.push(chars.next()?),
                '"' => return None,
                c => out.push(c),
            }
        }
        return Some(out);
    }
    let bad = |c: char| c.is_whitespace() || "<>()[],;:\\\"@".contains(c);
    (!local.contains(bad)).then(|| local.to_owned())
}

/// The domain of an address in canonical form.
pub fn domain_of(canonical: &str) -> Option<&str> {
    canonical.rsplit_once('@').map(|(_, domain)| domain)
}

/// Mailboxes of a header field whose encoded words are not yet decoded. Groups are flattened. What an encoded
/// word holds is part of a name, never an address.
pub fn parse_field(value: &str) -> Vec<Mailbox> {
    list::parse(value, true)
}

/// Mailboxes of decoded text, as forwarded header blocks show them: `Doe, John <j@x>`, `John [mailto:j@x]`,
/// names only, several with `;` or `,` between.
pub fn parse_list(text: &str) -> Vec<Mailbox> {
    list::parse(text, false)
}
