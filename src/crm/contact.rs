//! Which addresses never become contacts. The test is on the extracted customer, not on `From`: a form mail
//! that the company's own site sends is a lead (row R03).

use super::known::Users;
use super::policy::Policy;
use crate::mail::address::domain_of;

/// What the tests need to know of the company.
#[derive(Debug, Clone, Copy)]
pub struct Company<'a> {
    /// Its inboxes, own domains and blocks.
    pub policy: &'a Policy,
    /// Its users.
    pub users: &'a Users,
}

impl Company<'_> {
    /// Whether a canonical address is a colleague's, an inbox's or any of our own domains'.
    pub fn is_internal(&self, canonical: &str) -> bool {
        self.users.by_address.contains_key(canonical)
            || domain_of(canonical).is_some_and(|domain| self.policy.own_domains.contains(domain))
            || self.policy.inboxes.find(canonical).is_some()
    }

    /// Why a canonical address never becomes a contact; `None`: it may.
    pub fn excluded(&self, canonical: &str) -> Option<&'static str> {
        if self.is_internal(canonical) {
            return Some("it is a colleague's or our own");
        }
        if is_no_reply(canonical) {
            return Some("nobody reads it");
        }
        self.policy.block(canonical).is_some().then_some("it is blocked")
    }
}

/// Whether the local part says that a program writes there.
pub fn is_no_reply(canonical: &str) -> bool {
    const SYSTEM: [&str; 6] = ["mailer-daemon", "postmaster", "bounce", "bounces", "daemon", "listserv"];
    const WORDS: [&str; 16] = [
        "noreply",
        "donotreply",
        "dontreply",
        "notreply",
        "noresponder",
        "nocontestar",
        "norespondre",
        "nepasrepondre",
        "nichtantworten",
        "keineantwort",
        "naoresponda",
        "naoresponder",
        "nonrispondere",
        "nieodpowiadaj",
        "nereplicar",
        "geenantwoord",
    ];
    let local = canonical.rsplit_once('@').map_or(canonical, |(local, _)| local);
    let first = local.split(['+', '=']).next().unwrap_or(local);
    let letters: String = first.chars().filter(|c| c.is_alphanumeric()).collect();
    SYSTEM.contains(&first) || WORDS.iter().any(|word| letters.starts_with(word) || letters.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reply_addresses_are_known_by_their_local_part_alone() {
        for yes in ["no-reply@a.test", "noreply-42@a.test", "Do_Not_Reply@a.test", "mailer-daemon@a.test"] {
            assert!(is_no_reply(&yes.to_lowercase()), "{yes}");
        }
        for no in ["norepl@a.test", "noemi.reply@a.test", "ana@noreply.test", "bouncer@a.test", "info@a.test"]
        {
            assert!(!is_no_reply(no), "{no}");
        }
    }
}
