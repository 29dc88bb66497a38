//! What comes from the database and is looked at while a client is on the line: who is blocked, who is a user,
//! which addresses get no mail, which codes and contacts there are. Each list is built whole and shared; a
//! session keeps those that it began with.
//!
//! No list holds an address or a code as text: entries are digests, so that neither a memory image nor a kept
//! file tells whom the company knows. What is not loaded is `None`, and nobody is refused for what a list that
//! is not there might have said.

use super::block::{BlockKeys, BlockList, Keyed};
use super::known::{Digest, Users};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
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
        let digests = digests.into_iter().map(Ok::<_, Infallible>);
        KeySet::try_new(keys, digests).unwrap_or_else(|never| match never {})
    }

    /// As [`new`](KeySet::new), of what arrives piece by piece.
    ///
    /// # Errors
    /// The first that arrives.
    pub fn try_new<E>(
        keys: BlockKeys,
        digests: impl IntoIterator<Item = Result<Digest, E>>,
    ) -> Result<KeySet, E> {
        let set = digests.into_iter().map(|digest| Ok(keys.of_digest(&digest?)));
        let set = Keyed::new(set.collect::<Result<_, E>>()?);
        Ok(KeySet { keys, set })
    }

    /// The empty set.
    pub fn empty() -> KeySet {
        KeySet::new(BlockKeys::new(b""), [])
    }

    /// The set with these added.
    pub fn with(&self, digests: &[Digest]) -> KeySet {
        let added = digests.iter().map(|digest| self.keys.of_digest(digest));
        KeySet { keys: self.keys.clone(), set: self.set.with(added) }
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
        assert!(
            set.with(&[digest("DEAL-2")]).contains("DEAL-2")
                && set.with(&[digest("DEAL-2")]).contains("DEAL-1")
        );
        for set in [&set, &read] {
            assert!(set.contains("ann@a.test") && set.contains("DEAL-1"));
            assert!(!set.contains("bob@a.test") && !set.contains("DEAL-2") && !set.contains(""));
        }
        assert_eq!(KeySet::decode(BlockKeys::new(b"x"), &set.encode()).unwrap_err(), KeptError::Secret);
        let blocks = BlockList::new(keys.clone(), []).encode();
        assert_eq!(KeySet::decode(keys, &blocks).unwrap_err(), KeptError::Format);
    }

    #[test]
    fn what_arrives_in_part_is_no_set() {
        let arrived = [Ok(digest("ann@a.test")), Err("gone")];
        assert_eq!(KeySet::try_new(BlockKeys::new(b"s"), arrived).unwrap_err(), "gone");
    }
}
