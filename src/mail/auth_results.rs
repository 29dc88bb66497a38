//! What our own host found out about a message: `Authentication-Results` (RFC 8601).
//!
//! Only the leading run counts: the fields with our authserv-id that stand above everything the sender wrote.
//! Inside it there must be exactly one `dmarc` result, `pass`, for the domain of the one author. Whatever is
//! odd refuses: a field of ours that does not parse, two results, two authors, a group, an author that
//! different parsers could read differently. Nobody loses mail by that; they lose authority. A name that is
//! ours only after cleaning (a control octet, another charset, a space of Unicode's) is not ours: the filter
//! that strips forged fields did not know it either.
//!
//! A sender can write such a field too. If our host does not strip those, and adds none of its own, a forged
//! one leads the run: the configuration must not name an authserv-id until that was tested.

mod syntax;
#[cfg(test)]
mod tests;

use super::address;
use super::envelope::Door;
use super::leading::{self, Writer};
use super::message::Message;

pub use syntax::{Field, Property, Result as MethodResult, parse};

/// The field's name. Its body is read exactly as written: see [`RawField::exact`](super::header::RawField::exact).
pub const FIELD: &str = "Authentication-Results";

/// Why no author is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No field with our authserv-id leads the header.
    #[error("no leading Authentication-Results field of ours")]
    NoField,
    /// A field of the run is not what RFC 8601 says.
    #[error("an Authentication-Results field of ours does not parse")]
    Malformed,
    /// No `dmarc` result in the run.
    #[error("no dmarc result")]
    NoResult,
    /// More than one.
    #[error("more than one dmarc result")]
    SeveralResults,
    /// The result is not `pass`.
    #[error("dmarc is not pass")]
    NotPassed,
    /// `header.from` is missing, stands twice or is another domain than the author's.
    #[error("dmarc is not for the author's domain")]
    NotAligned,
    /// Not exactly one author in exactly one `From` field, written beyond doubt.
    #[error("not exactly one plain author")]
    Author,
    /// The header was too large to be read whole.
    #[error("the header was cut")]
    Cut,
}

/// The author's address in canonical form (local part in lower case), if our host found DMARC passed for it.
/// `door` tells what stands on top: see `leading_run`.
pub fn author(message: &Message, authserv_id: &str, door: Door) -> Result<String, Refusal> {
    if message.findings.iter().any(|f| matches!(f.rule, "too-many-fields" | "field-cut")) {
        return Err(Refusal::Cut);
    }
    let run = leading_run(message, authserv_id, door)?;
    let mut results = run.iter().flat_map(|f| &f.results).filter(|r| r.method == "dmarc");
    let result = results.next().ok_or(Refusal::NoResult)?;
    if results.next().is_some() {
        return Err(Refusal::SeveralResults);
    }
    if result.result != "pass" {
        return Err(Refusal::NotPassed);
    }
    let mut domains = result.properties.iter().filter(|p| p.kind == "header" && p.name == "from");
    let domain = domains.next().ok_or(Refusal::NotAligned)?;
    if domains.next().is_some() {
        return Err(Refusal::NotAligned);
    }
    let domain = address::canonical_domain(&domain.value).ok_or(Refusal::NotAligned)?;
    let author = only_author(message).ok_or(Refusal::Author)?;
    match address::domain_of(&author) {
        Some(found) if found == domain => Ok(author),
        _ => Err(Refusal::NotAligned),
    }
}

/// Whether our own host says that DMARC failed, or says it in a way that cannot be read. It withholds things, and
/// grants none: a forged field only costs its sender what is withheld.
pub fn failed(message: &Message, authserv_id: &str, door: Door) -> bool {
    match leading_run(message, authserv_id, door) {
        Ok(run) => {
            let results = run.iter().flat_map(|f| &f.results).filter(|r| r.method == "dmarc");
            results
                .into_iter()
                .any(|r| !matches!(r.result.as_str(), "pass" | "none" | "bestguesspass" | "temperror"))
        }
        Err(refusal) => refusal == Refusal::Malformed,
    }
}

/// The fields with our authserv-id above everything that the sender wrote. At the pipe door our own Postfix has put
/// its `Received` above them; in the milter it has not, and the first one is the sender's.
fn leading_run(message: &Message, authserv_id: &str, door: Door) -> Result<Vec<Field>, Refusal> {
    let of_us = |value: &str| {
        syntax::authserv_id(value).is_some_and(|id| id.eq_ignore_ascii_case(authserv_id.trim()))
    };
    let run = leading::run(message, usize::from(door == Door::Pipe), |field| {
        let is_result = field.name.eq_ignore_ascii_case(FIELD);
        is_result.then(|| if of_us(&field.value) { Writer::Ours } else { Writer::Sender })
    });
    let run: Option<Vec<Field>> = run.into_iter().map(|field| syntax::parse(&field.value)).collect();
    match run.ok_or(Refusal::Malformed)? {
        empty if empty.is_empty() => Err(Refusal::NoField),
        run => Ok(run),
    }
}

/// The author's canonical address, if there is one `From` field with one mailbox that every parser reads alike.
pub fn only_author(message: &Message) -> Option<String> {
    let mut fields = message.field("From");
    let value = fields.next()?;
    if fields.next().is_some() {
        return None;
    }
    let written = syntax::sole_addr_spec(value)?;
    let canonical = address::canonical(&written, false)?;
    is_plain(&written, &canonical).then_some(canonical)
}

/// Whether every reader sees the same address: no letter of another width or alphabet (a full-width `c`, a
/// Kelvin sign) that only comparing turns into one of ASCII. A filter that maps none judged another domain.
fn is_plain(written: &str, canonical: &str) -> bool {
    let (Some((local, domain)), Some((same_local, same_domain))) =
        (written.rsplit_once('@'), canonical.rsplit_once('@'))
    else {
        return false;
    };
    let domain_alike = domain.is_ascii() || idna::domain_to_unicode(same_domain).0 == domain.to_lowercase();
    domain_alike && local.is_ascii() == same_local.is_ascii()
}
