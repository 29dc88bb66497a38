//! What comes from the database and is looked at while a client is on the line: who is blocked, who is a user,
//! which addresses get no mail, which codes and contacts there are. Each list is shared; a session keeps those
//! that it began with.
//!
//! Apart from the users, who are the company's own, no list holds an address or a code as text, nor its plain
//! digest: entries are keys made with the installation's secret, so that a list, a kept file or a notification
//! tells nothing to who has not got the secret. Who has it too, as who can read the daemon's memory or the
//! whole spool directory, can try address after address, as with any digest.
//!
//! What is not loaded is `None`, and nobody is refused for what a list that is not there might have said.

use super::block::{BlockKey, BlockKeys, BlockList, Keyed};
use super::known::{Digest, Users};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

pub use super::block::KeptError;
pub use super::known_addresses::KnownAddresses;

/// All lists. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Lists {
    /// Whose mail is refused; kept on disk for a start without database.
    pub blocks: Arc<BlockList>,
    /// The users; `None`: not loaded yet, so nobody can be told to be none.
    pub users: Option<Arc<Users>>,
    /// Addresses to which nothing is sent.
    pub off: Arc<KeySet>,
    /// Codes of records and tickets; `None`: not loaded, or not wanted.
    pub codes: Option<Arc<KeySet>>,
    /// Contacts' addresses; `None`: not loaded, or not wanted.
    pub known: Option<Arc<KnownAddresses>>,
}

impl Lists {
    /// Lists that know nothing but these blocks.
    pub fn of_blocks(blocks: Arc<BlockList>) -> Lists {
        Lists { blocks, users: None, off: Arc::new(KeySet::empty()), codes: None, known: None }
    }

    /// Lists that know nothing: nobody is refused.
    pub fn empty() -> Lists {
        Lists::of_blocks(Arc::new(BlockList::empty()))
    }
}

/// A set of canonical addresses or of codes in upper case, which it can recognise but not tell.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: BlockKeys,
    set: Keyed,
}

const MAGIC: &[u8] = b"crm-milter-keys 1\n";

impl KeySet {
    /// A set of what has these digests (see [`digest`]), in any order.
    pub fn new(keys: BlockKeys, digests: impl IntoIterator<Item = Digest>) -> KeySet {
        let set = digests.into_iter().map(|digest| keys.of_digest(&digest)).collect();
        KeySet::of_keys(keys, set)
    }

    /// A set of what has these keys ([`BlockKeys::of_digest`]), in any order.
    pub fn of_keys(keys: BlockKeys, set: Vec<BlockKey>) -> KeySet {
        KeySet { keys, set: Keyed::new(set) }
    }

    /// The empty set.
    pub fn empty() -> KeySet {
        KeySet::new(BlockKeys::new(b""), [])
    }

    /// The set with these added.
    pub fn with(&self, added: &[BlockKey]) -> KeySet {
        KeySet { keys: self.keys.clone(), set: self.set.with(added.iter().map(|key| (*key, true))) }
    }

    /// How many it holds.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it holds a canonical address, or a code in upper case.
    pub fn contains(&self, value: &str) -> bool {
        !self.is_empty() && self.set.contains(self.keys.of_digest(&digest(value)))
    }

    /// The file form, as [`BlockList::encode`].
    pub fn encode(&self) -> Vec<u8> {
        self.keys.encode(MAGIC, &[&self.set])
    }

    /// The set in a file form.
    ///
    /// # Errors
    /// As [`BlockList::decode`].
    pub fn decode(keys: BlockKeys, file: &[u8]) -> Result<KeySet, KeptError> {
        let [set] = keys.decode(MAGIC, file)?;
        Ok(KeySet { keys, set })
    }
}

/// The digest under which the database knows an address or a code (`crm.digest`).
pub fn digest(value: &str) -> Digest {
    Sha256::digest(value).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn set_recognises_what_it_holds_and_comes_back_from_its_file() {
        let keys = BlockKeys::new(b"secret");
        let set = KeySet::new(keys.clone(), ["ann@a.test", "DEAL-1", "ann@a.test"].map(digest));
        assert_eq!(set.len(), 2);
        let read = KeySet::decode(keys.clone(), &set.encode()).unwrap();
        let more = set.with(&[keys.of_digest(&digest("DEAL-2"))]);
        assert!(more.contains("DEAL-2") && more.contains("DEAL-1") && more.len() == 3);
        for set in [&set, &read] {
            assert!(set.contains("ann@a.test") && set.contains("DEAL-1"));
            assert!(!set.contains("bob@a.test") && !set.contains("DEAL-2") && !set.contains(""));
        }
        assert_eq!(KeySet::decode(BlockKeys::new(b"x"), &set.encode()).unwrap_err(), KeptError::Secret);
        let blocks = BlockList::new(keys.clone(), []).encode();
        assert_eq!(KeySet::decode(keys, &blocks).unwrap_err(), KeptError::Format);
    }
}
