//! The company that a mail address belongs to, by its domain (row X19).
//!
//! Mailbox providers' domains belong to nobody in particular and give none; the list is `free_mail.txt`. The
//! company of `x@mail.sales.firm.example` is the registrable domain `firm.example`; two-part public suffixes
//! (`co.uk`) are known by rule and a short list, not by the whole public-suffix list.

use crate::mail::address;
use std::collections::HashSet;
use std::sync::LazyLock;

static FREE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("free_mail.txt")
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect()
});

/// Providers that give mailboxes under many top-level domains.
const FREE_NAMES: [&str; 14] = [
    "gmail",
    "googlemail",
    "yahoo",
    "ymail",
    "rocketmail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "gmx",
    "yandex",
    "protonmail",
    "tutanota",
    "zohomail",
];

/// Second-level labels that many registries use as public suffixes.
const SECOND: [&str; 15] =
    ["co", "com", "net", "org", "gov", "edu", "ac", "gob", "gouv", "or", "ne", "go", "nom", "asso", "ltd"];

/// Whether everybody can have a mailbox at that canonical domain.
pub fn is_free_mail(domain: &str) -> bool {
    let domain = registrable(domain);
    FREE.contains(domain)
        || domain.split_once('.').is_some_and(|(name, tld)| FREE_NAMES.contains(&name) && tld.len() <= 6)
}

/// The part of a canonical domain that somebody registered: `firm.example` of `mail.firm.example`.
pub fn registrable(domain: &str) -> &str {
    let domain = domain.trim_end_matches('.');
    let mut dots = domain.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), second) = (dots.next(), dots.next()) else { return domain };
    let Some(second) = second else { return domain };
    let tld = &domain[last + 1..];
    if tld.len() == 2 && SECOND.contains(&&domain[second + 1..last]) {
        return match dots.next() {
            Some(third) => &domain[third + 1..],
            None => domain,
        };
    }
    &domain[second + 1..]
}

/// Whether two canonical domains were registered by the same holder, as far as names tell.
pub fn same_holder(a: &str, b: &str) -> bool {
    registrable(a) == registrable(b)
}

/// The company domain of an address, `None` for a mailbox provider's.
pub fn domain_of(written: &str) -> Option<String> {
    let canonical = address::canonical(written, false)?;
    let domain = address::domain_of(&canonical)?;
    if domain.starts_with('[') || is_free_mail(domain) {
        return None;
    }
    Some(registrable(domain).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_is_the_registered_domain() {
        assert_eq!(domain_of("Ana@Mail.Sales.Firm.example").as_deref(), Some("firm.example"));
        assert_eq!(domain_of("a@shop.firm.co.uk").as_deref(), Some("firm.co.uk"));
        assert_eq!(domain_of("a@firm.com.br").as_deref(), Some("firm.com.br"));
        assert_eq!(domain_of("a@co.uk").as_deref(), Some("co.uk"));
    }

    #[test]
    fn mailbox_providers_are_no_company() {
        for address in [
            "a@gmail.com",
            "a@yahoo.co.uk",
            "a@hotmail.es",
            "a@web.de",
            "a@wp.pl",
            "a@orange.fr",
            "a@[192.0.2.1]",
        ] {
            assert_eq!(domain_of(address), None, "{address}");
        }
        assert!(FREE.len() >= 300, "{}", FREE.len());
        assert!(
            FREE.iter().all(|d| registrable(d) == *d),
            "{:?}",
            FREE.iter().find(|d| registrable(d) != **d)
        );
    }
}
