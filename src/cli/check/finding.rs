//! What `crmctl check` found, one line each: how bad, what, and the line to change.
//!
//! Passwords never get in: whatever looks like the one in a URL or a connection string is written out as stars,
//! as findings quote configuration files and servers' messages.

use crate::cli::text;
use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Good to know, or could not be looked at.
    Note,
    /// Works, until something else goes wrong.
    Warning,
    /// Mail is lost, held, refused or not recorded.
    Error,
}

impl Level {
    /// The word in front of the line.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was looked at: a name for programs that stays.
    pub check: &'static str,
    /// What was found.
    pub what: String,
    /// What to change, and where.
    pub change: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level.as_str(), text::line(&self.what))?;
        match &self.change {
            Some(change) => write!(f, "; {}", text::line(change)),
            None => Ok(()),
        }
    }
}

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
pub struct Report {
    /// Them.
    pub findings: Vec<Finding>,
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// As they should be.
    pub ok: usize,
    /// Good to know.
    pub notes: usize,
    /// Warnings.
    pub warnings: usize,
    /// Errors.
    pub errors: usize,
}

impl Report {
    /// In order.
    pub fn ok(&mut self, check: &'static str, what: impl Into<String>) {
        self.add(Level::Ok, check, what.into(), None);
    }

    /// Good to know.
    pub fn note(&mut self, check: &'static str, what: impl Into<String>, change: impl Into<String>) {
        self.add(Level::Note, check, what.into(), Some(change.into()));
    }

    /// Should be changed.
    pub fn warning(&mut self, check: &'static str, what: impl Into<String>, change: impl Into<String>) {
        self.add(Level::Warning, check, what.into(), Some(change.into()));
    }

    /// Must be changed.
    pub fn error(&mut self, check: &'static str, what: impl Into<String>, change: impl Into<String>) {
        self.add(Level::Error, check, what.into(), Some(change.into()));
    }

    fn add(&mut self, level: Level, check: &'static str, what: String, change: Option<String>) {
        let change = change.map(|change| redacted(&change)).filter(|change| !change.is_empty());
        let finding = Finding { level, check, what: redacted(&what), change };
        // Ten services with the same entry are one mistake.
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Whether that was found to be wrong in any degree.
    pub fn complains_of(&self, check: &str) -> bool {
        self.findings.iter().any(|f| f.check == check && f.level > Level::Ok)
    }

    /// The counts.
    pub fn summary(&self) -> Summary {
        let count = |level| self.findings.iter().filter(|f| f.level == level).count();
        Summary {
            ok: count(Level::Ok),
            notes: count(Level::Note),
            warnings: count(Level::Warning),
            errors: count(Level::Error),
        }
    }
}

/// The text with stars for what stands where a password would: between `:` and `@` of a URL, and behind
/// `password=`.
fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let url = rest.find("://").map(|at| at + 3);
        let key = rest.to_ascii_lowercase().find("password=").map(|at| at + "password=".len());
        let Some(at) = url.into_iter().chain(key).min() else { break };
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let word = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
        if Some(at) == key {
            out.push_str("***");
            rest = &rest[rest[..word].find('&').unwrap_or(word)..];
        } else if let Some((user, _)) = rest[..word].rfind('@').and_then(|end| rest[..end].split_once(':')) {
            let end = rest[..word].rfind('@').unwrap_or(word);
            out.push_str(user);
            out.push_str(":***");
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        for (text, shown) in [
            ("url = \"postgresql://crm:s3:c@ret@db:5432/crm\"", "url = \"postgresql://crm:***@db:5432/crm\""),
            ("postgresql://crm@db/crm", "postgresql://crm@db/crm"),
            ("postgresql://db/crm?user=x&password=s3cret&a=b", "postgresql://db/crm?user=x&password=***&a=b"),
            ("host=db PASSWORD=s3cret user=x", "host=db PASSWORD=*** user=x"),
            ("see https://example.com and a@b", "see https://example.com and a@b"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn same_mistake_of_several_services_is_one_finding() {
        let mut report = Report::default();
        report.error("x", "no such thing", "write it");
        report.error("x", "no such thing", "write it");
        report.ok("y", "fine");
        assert_eq!(report.summary(), Summary { ok: 1, errors: 1, ..Summary::default() });
        assert_eq!(report.findings[0].to_string(), "error: no such thing; write it");
    }
}
