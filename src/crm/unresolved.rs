//! Why a mail waits for a person: the stable name of each cause, and what the person can do about it.
//!
//! What was decided teaches nothing: no rule is learnt from it, the next mail of that sort waits again.

/// Causes, each with what it means.
pub const CAUSES: [(&str, &str); 14] = [
    ("ceiling", "strangers opened too many leads within an hour"),
    ("code-not-party", "it names a record that its sender is no party to"),
    ("erased-party", "one of its parties was erased after it was received; see `crmctl privacy pending`"),
    ("excluded-address", "the customer's address is nobody's: no-reply, the company's own"),
    ("manual", "the inbox only lists its mail"),
    ("no-address", "the customer has neither an address nor a telephone"),
    ("no-authority", "it came to an assistant and no colleague is proven to have sent it"),
    ("no-customer", "no customer's address could be found"),
    ("several-authors", "it names several authors"),
    ("several-records", "the contact has several open records and the mail names none"),
    ("shared-address", "several contacts have the address or telephone"),
    ("shared-reference", "several records have the reference that it names"),
    ("unknown-code", "it names a code that no record has"),
    ("unknown-inbox", "no such inbox is configured any more"),
];

/// Whether there is such a cause.
pub fn is_cause(name: &str) -> bool {
    CAUSES.iter().any(|(cause, _)| *cause == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_that_the_rules_name_is_explained() {
        let rules = [
            include_str!("filing.rs"),
            include_str!("intake.rs"),
            include_str!("intake/verdict.rs"),
            include_str!("intake/capture.rs"),
        ];
        let mut met = 0;
        for text in rules {
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
            for start in ["doubt(\"", "unresolved(\""] {
                for cause in flat.split(start).skip(1).filter_map(|rest| rest.split('"').next()) {
                    assert!(is_cause(cause), "{cause}");
                    met += 1;
                }
            }
        }
        assert!(met >= 14, "the rules name causes in another way now: {met}");
    }
}
