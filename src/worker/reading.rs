//! From a spool entry to the facts that the rules plan with. Hostile bytes are read here, fenced: a panic is
//! one message's, and that message is stored raw; if even its fingerprint cannot be had, under its bare digest.

use crate::crm::facts::Facts;
use crate::crm::policy::Policy;
use crate::crm::reading;
use crate::extract::Options;
use crate::mail::fingerprint::{self, Fingerprint};
use crate::spool::{Entry, fault};
use sha2::{Digest as _, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The facts of an entry. The policy says which fields of our own host's count.
pub fn facts(entry: Entry, options: &Options, policy: &Policy) -> Facts {
    let reading = if entry.suspect {
        Err("reading it ended the program twice".to_owned())
    } else {
        catch_unwind(AssertUnwindSafe(|| {
            fault::panic_at("panic-in-worker");
            reading::read(&entry.message, &entry.envelope, options, policy)
        }))
        .map_err(|_| "reading it made the program panic".to_owned())
    };
    let fingerprint = catch_unwind(AssertUnwindSafe(|| fingerprint::of(&entry.message, &entry.envelope)))
        .unwrap_or_else(|_| Fingerprint { digest: Sha256::digest(&entry.message).into(), anonymous: false });
    Facts {
        spool_id: entry.id,
        fingerprint: fingerprint.digest,
        anonymous: fingerprint.anonymous,
        reading,
        envelope: entry.envelope,
        raw: entry.message,
    }
}
