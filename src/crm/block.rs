//! Blocks: whose mail is refused. A list is built whole from the store's rows, shared by all sessions and
//! never changed; a new list replaces it, which shares with the old one what they have in common.
//!
//! An entry is 128 bits of a keyed SHA-256 over the kind and the canonical value. So a million entries take
//! 16 MB, a look costs the same whatever the list holds, no address can be read out of a memory image or the
//! file kept for a start without database, and the block of an erased person needs nothing but that digest
//! (row W11). Two values meet in one digest with a probability of 2^-88 at a million entries.
//!
//! The file form ([`BlockList::encode`]) is bound to the secret and carries a checksum: a file of another
//! installation, cut short or changed is refused, and the caller starts with an empty list and a warning.

use crate::mail::address;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use thiserror::Error;

/// What an entry speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// One canonical address.
    Address,
    /// All addresses of one canonical domain, not of its subdomains.
    Domain,
    /// All addresses of a canonical domain and of all domains below it.
    Subdomains,
}

impl BlockKind {
    /// The name used in SQL, logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            BlockKind::Address => "address",
            BlockKind::Domain => "domain",
            BlockKind::Subdomains => "subdomains",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<BlockKind> {
        [BlockKind::Address, BlockKind::Domain, BlockKind::Subdomains]
            .into_iter()
            .find(|k| k.as_str() == name)
    }
}

/// To whom blocked mail is refused. The wider scope is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockScope {
    /// To inboxes.
    Inbox,
    /// To everybody.
    All,
}

impl BlockScope {
    /// The name used in SQL, logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            BlockScope::Inbox => "inbox",
            BlockScope::All => "all",
        }
    }

    /// The scope of that name.
    pub fn from_name(name: &str) -> Option<BlockScope> {
        [BlockScope::Inbox, BlockScope::All].into_iter().find(|s| s.as_str() == name)
    }
}

/// The digest that stands for a kind and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockKey(pub u128);

/// Makes keys: SHA-256 with the installation's secret already absorbed.
#[derive(Debug, Clone)]
pub struct BlockKeys {
    keyed: Sha256,
}

impl BlockKeys {
    /// Keys of an installation. The secret is the same on every node and never changes: the digests of
    /// erased persons' blocks depend on it.
    pub fn new(secret: &[u8]) -> BlockKeys {
        // The secret fills the hash's first block, whatever its length; the truncation of the result leaves
        // nothing to extend.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&Sha256::digest(secret));
        BlockKeys { keyed: Sha256::new().chain_update(block) }
    }

    /// The key of a canonical address or domain.
    pub fn key(&self, kind: BlockKind, canonical: &str) -> BlockKey {
        let digest = self.keyed.clone().chain_update([kind as u8]).chain_update(canonical).finalize();
        let (half, _) = digest.split_first_chunk().expect("SHA-256 has 32 octets");
        BlockKey::of_octets(half)
    }

    /// The key of what has this digest, in a [`KeySet`](super::lists::KeySet) and among
    /// [`KnownAddresses`](super::lists::KnownAddresses); the database makes the same (`crm.tell_keys`).
    pub fn of_digest(&self, digest: &[u8; 32]) -> BlockKey {
        let digest = self.keyed.clone().chain_update([u8::MAX]).chain_update(digest).finalize();
        let (half, _) = digest.split_first_chunk().expect("SHA-256 has 32 octets");
        BlockKey::of_octets(half)
    }

    /// Proves in a file that it was made under this secret.
    fn mark(&self) -> [u8; 16] {
        self.key(BlockKind::Address, "").0.to_be_bytes()
    }

    /// The file form of some sets: magic, mark of the secret, length and keys of each set, SHA-256 of all that.
    pub(super) fn encode(&self, magic: &[u8], sets: &[&Keyed]) -> Vec<u8> {
        let keys: usize = sets.iter().map(|set| set.len()).sum();
        let mut out = Vec::with_capacity(magic.len() + 64 + keys * 16);
        out.extend_from_slice(magic);
        out.extend_from_slice(&self.mark());
        for set in sets {
            out.extend_from_slice(&(set.len() as u64).to_be_bytes());
            set.merged().iter().for_each(|key| out.extend_from_slice(&key.to_be_bytes()));
        }
        let sum = Sha256::digest(&out);
        out.extend_from_slice(&sum);
        out
    }

    /// The sets in a file form.
    pub(super) fn decode<const N: usize>(&self, magic: &[u8], file: &[u8]) -> Result<[Keyed; N], KeptError> {
        let rest = file.strip_prefix(magic).ok_or(KeptError::Format)?;
        let (_, sum) = rest.split_last_chunk::<32>().ok_or(KeptError::Checksum)?;
        if Sha256::digest(&file[..file.len() - sum.len()])[..] != sum[..] {
            return Err(KeptError::Checksum);
        }
        let mut rest = &rest[..rest.len() - sum.len()];
        let mut take = |n: usize| {
            let (head, tail) = rest.split_at_checked(n).ok_or(KeptError::Checksum)?;
            rest = tail;
            Ok(head)
        };
        if take(16)? != self.mark() {
            return Err(KeptError::Secret);
        }
        let mut sets = std::array::from_fn(|_| Keyed::default());
        for set in &mut sets {
            let count = take(8)?.try_into().map(u64::from_be_bytes).map_err(|_| KeptError::Checksum)?;
            let octets = usize::try_from(count).ok().and_then(|n| n.checked_mul(16));
            let keys = take(octets.ok_or(KeptError::Checksum)?)?;
            let keys: Vec<_> = keys.as_chunks::<16>().0.iter().map(|key| u128::from_be_bytes(*key)).collect();
            if !keys.is_sorted() {
                return Err(KeptError::Checksum);
            }
            set.base = Arc::new(keys);
        }
        if rest.is_empty() { Ok(sets) } else { Err(KeptError::Checksum) }
    }
}

impl BlockKey {
    /// The key whose octets these are, as the database keeps it of erased persons.
    pub fn of_octets(octets: &[u8; 16]) -> BlockKey {
        BlockKey(u128::from_be_bytes(*octets))
    }
}

/// So many changes are kept beside the keys before they are merged into them.
const OVERLAY: usize = 4096;

/// Keys in order, without repetition, and what has changed since they were put in order. Clones share the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keyed {
    base: Arc<Vec<u128>>,
    /// Not in `base`.
    added: BTreeSet<u128>,
    /// In `base`, and no member any more.
    gone: BTreeSet<u128>,
}

impl Keyed {
    /// Of keys in any order.
    pub(super) fn new(keys: Vec<BlockKey>) -> Keyed {
        let mut keys: Vec<u128> = keys.into_iter().map(|key| key.0).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        Keyed { base: Arc::new(keys), ..Keyed::default() }
    }

    /// Puts a key in or takes it out.
    fn set(&mut self, key: BlockKey, member: bool) {
        let (into, from) =
            if member { (&mut self.added, &mut self.gone) } else { (&mut self.gone, &mut self.added) };
        from.remove(&key.0);
        if self.base.binary_search(&key.0).is_ok() != member {
            into.insert(key.0);
        }
    }

    /// These with changes: keys, and whether they are members from now on.
    pub(super) fn with(&self, changes: impl IntoIterator<Item = (BlockKey, bool)>) -> Keyed {
        let mut new = self.clone();
        for (key, member) in changes {
            new.set(key, member);
        }
        if new.added.len() + new.gone.len() <= OVERLAY {
            return new;
        }
        Keyed { base: new.merged(), ..Keyed::default() }
    }

    /// All in order.
    fn merged(&self) -> Arc<Vec<u128>> {
        if self.added.is_empty() && self.gone.is_empty() {
            return Arc::clone(&self.base);
        }
        let mut keys = Vec::with_capacity(self.len());
        keys.extend(self.base.iter().filter(|key| !self.gone.contains(key)));
        keys.extend(&self.added);
        // Not `sort_unstable`: this one makes use of the two runs that are in order.
        keys.sort();
        Arc::new(keys)
    }

    pub(super) fn len(&self) -> usize {
        self.base.len() + self.added.len() - self.gone.len()
    }

    pub(super) fn contains(&self, key: BlockKey) -> bool {
        self.added.contains(&key.0)
            || (self.base.binary_search(&key.0).is_ok() && !self.gone.contains(&key.0))
    }
}

/// A canonical address without the `+` extension of its local part, if it has one: a block of the one is a
/// block of the other.
pub fn without_extension(canonical: &str) -> Option<String> {
    let (local, domain) = canonical.rsplit_once('@')?;
    let (base, _) = local.split_once('+')?;
    (!base.is_empty()).then(|| format!("{base}@{domain}"))
}

/// Which block stands against an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// What it speaks of.
    pub kind: BlockKind,
    /// To whom its mail is refused.
    pub scope: BlockScope,
}

/// All blocks.
#[derive(Debug, Clone)]
pub struct BlockList {
    keys: BlockKeys,
    inbox: Keyed,
    all: Keyed,
}

/// Why a kept list cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeptError {
    /// Another format, or none.
    #[error("not a list of this version")]
    Format,
    /// Made under another secret.
    #[error("made by another installation")]
    Secret,
    /// Cut short or changed.
    #[error("damaged")]
    Checksum,
}

const MAGIC: &[u8] = b"crm-milter-blocks 1\n";

/// Entries of a list that is being built.
#[derive(Debug, Default)]
pub struct BlockEntries {
    inbox: Vec<BlockKey>,
    all: Vec<BlockKey>,
}

impl BlockEntries {
    /// One more.
    pub fn push(&mut self, key: BlockKey, scope: BlockScope) {
        match scope {
            BlockScope::Inbox => self.inbox.push(key),
            BlockScope::All => self.all.push(key),
        }
    }

    /// The list of them.
    pub fn into_list(self, keys: BlockKeys) -> BlockList {
        BlockList { keys, inbox: Keyed::new(self.inbox), all: Keyed::new(self.all) }
    }
}

impl BlockList {
    /// A list of these entries, in any order.
    pub fn new(keys: BlockKeys, entries: impl IntoIterator<Item = (BlockKey, BlockScope)>) -> BlockList {
        let mut list = BlockEntries::default();
        entries.into_iter().for_each(|(key, scope)| list.push(key, scope));
        list.into_list(keys)
    }

    /// This list with changes: how these keys are blocked from now on; `None`: they are not.
    pub fn with(&self, changes: &[(BlockKey, Option<BlockScope>)]) -> BlockList {
        let now = |scope| changes.iter().map(move |(key, blocked)| (*key, *blocked == Some(scope)));
        BlockList {
            keys: self.keys.clone(),
            inbox: self.inbox.with(now(BlockScope::Inbox)),
            all: self.all.with(now(BlockScope::All)),
        }
    }

    /// How a key is blocked.
    pub fn scope(&self, key: BlockKey) -> Option<BlockScope> {
        if self.all.contains(key) {
            return Some(BlockScope::All);
        }
        self.inbox.contains(key).then_some(BlockScope::Inbox)
    }

    /// A list that blocks nobody.
    pub fn empty() -> BlockList {
        BlockList::new(BlockKeys::new(b""), [])
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.inbox.len() + self.all.len()
    }

    /// Whether it blocks nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an entry speaks of everybody's mail: only then must mail without our recipients be looked at.
    pub fn has_scope_all(&self) -> bool {
        self.all.len() > 0
    }

    /// The widest block against a canonical address: its own, its domain's, or one of a domain above.
    pub fn find(&self, canonical: &str) -> Option<Block> {
        if self.is_empty() {
            return None;
        }
        let domain = address::domain_of(canonical)?;
        let parents = std::iter::successors(Some(domain), |d| d.split_once('.').map(|(_, above)| above));
        let mut best: Option<Block> = None;
        let own = [(BlockKind::Address, canonical), (BlockKind::Domain, domain)];
        for (kind, value) in own.into_iter().chain(parents.map(|d| (BlockKind::Subdomains, d))) {
            let Some(scope) = self.scope(self.keys.key(kind, value)) else { continue };
            if scope == BlockScope::All {
                return Some(Block { kind, scope });
            }
            best = best.or(Some(Block { kind, scope }));
        }
        best
    }

    /// The file form, for a start without database.
    pub fn encode(&self) -> Vec<u8> {
        self.keys.encode(MAGIC, &[&self.inbox, &self.all])
    }

    /// The list in a file form, if it was made under the same secret.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(keys: BlockKeys, file: &[u8]) -> Result<BlockList, KeptError> {
        let [inbox, all] = keys.decode(MAGIC, file)?;
        Ok(BlockList { keys, inbox, all })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn list(entries: &[(BlockKind, &str, BlockScope)]) -> BlockList {
        let keys = BlockKeys::new(b"secret");
        let entries: Vec<_> = entries.iter().map(|(k, v, s)| (keys.key(*k, v), *s)).collect();
        BlockList::new(keys, entries)
    }

    #[test]
    fn address_domain_and_subdomains_are_told_apart() {
        use BlockKind::*;
        let inbox = BlockScope::Inbox;
        let list = list(&[
            (Address, "ann@good.test", inbox),
            (Domain, "bad.test", inbox),
            (Subdomains, "worse.test", inbox),
        ]);
        let found = |address: &str| list.find(address).map(|b| b.kind);
        assert_eq!(found("ann@good.test"), Some(Address));
        assert_eq!(found("bob@good.test"), None);
        assert_eq!(found("bob@bad.test"), Some(Domain));
        assert_eq!(found("bob@sub.bad.test"), None);
        assert_eq!(found("bob@worse.test"), Some(Subdomains));
        assert_eq!(found("bob@a.b.worse.test"), Some(Subdomains));
        assert_eq!(found("bob@notworse.test"), None);
        assert_eq!(found("bad.test"), None);
        assert_eq!(found("bad.test@x.test"), None);
    }

    #[test]
    fn widest_scope_wins() {
        let list = list(&[
            (BlockKind::Address, "ann@bad.test", BlockScope::Inbox),
            (BlockKind::Subdomains, "test", BlockScope::All),
        ]);
        assert!(list.has_scope_all());
        let expected = Block { kind: BlockKind::Subdomains, scope: BlockScope::All };
        assert_eq!(list.find("ann@bad.test"), Some(expected));
    }

    #[test]
    fn changed_list_is_the_list_of_what_is_left_however_many_changes_there_were() {
        let keys = BlockKeys::new(b"secret");
        let key = |n: usize| keys.key(BlockKind::Address, &format!("u{n}@x.test"));
        let (one, all) = (Some(BlockScope::Inbox), Some(BlockScope::All));
        let mut list = BlockList::new(keys.clone(), (0..100).map(|n| (key(n), BlockScope::Inbox)));
        list =
            list.with(&[(key(0), None), (key(1), all), (key(100), one), (key(101), all), (key(777), None)]);
        assert_eq!([0, 1, 2, 100, 101, 777].map(|n| list.scope(key(n))), [None, all, one, one, all, None]);
        assert_eq!((list.len(), list.inbox.base.len()), (101, 100), "what was there is shared");
        list = list.with(&[(key(0), one), (key(1), one), (key(100), None), (key(101), None)]);
        let first = BlockList::new(keys.clone(), (0..100).map(|n| (key(n), BlockScope::Inbox)));
        assert_eq!((&list.inbox, &list.all), (&first.inbox, &first.all));
        let many: Vec<_> =
            (50..OVERLAY + 2000).map(|n| (key(n), (n >= 100).then_some(BlockScope::All))).collect();
        for changes in many.chunks(999) {
            list = list.with(changes);
        }
        assert!(list.all.added.len() <= OVERLAY && list.all.base.len() > OVERLAY);
        let anew = (0..OVERLAY + 2000).filter(|n| !(50..100).contains(n));
        let scope = |n| if n < 50 { BlockScope::Inbox } else { BlockScope::All };
        let anew = BlockList::new(keys.clone(), anew.map(|n| (key(n), scope(n))));
        assert_eq!(list.encode(), anew.encode());
        assert_eq!(list.len(), anew.len());
    }

    #[test]
    fn kept_list_comes_back_and_a_damaged_or_foreign_one_is_refused() {
        let keys = BlockKeys::new(b"secret");
        let made = list(&[
            (BlockKind::Address, "ann@bad.test", BlockScope::Inbox),
            (BlockKind::Domain, "all.test", BlockScope::All),
        ]);
        let file = made.encode();
        let read = BlockList::decode(keys.clone(), &file).unwrap();
        assert_eq!((&read.inbox, &read.all), (&made.inbox, &made.all));
        assert!(read.find("ann@bad.test").is_some());
        assert_eq!(BlockList::decode(BlockKeys::new(b"x"), &file).unwrap_err(), KeptError::Secret);
        for cut in 0..file.len() {
            assert!(BlockList::decode(keys.clone(), &file[..cut]).is_err());
        }
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(BlockList::decode(keys.clone(), &changed).is_err());
        }
        assert_eq!(BlockList::decode(keys, b"").unwrap_err(), KeptError::Format);
    }

    #[test]
    fn million_blocks_take_no_more_than_64_mb_and_a_check_no_more_than_50_microseconds() {
        let keys = BlockKeys::new(b"secret");
        let entries = (0..1_000_000u32)
            .map(|i| (keys.key(BlockKind::Address, &format!("u{i}@x.test")), BlockScope::Inbox));
        let list = BlockList::new(keys.clone(), entries);
        assert_eq!(list.len(), 1_000_000);
        assert!((list.inbox.base.capacity() + list.all.base.capacity()) * 16 <= 64 << 20);
        let started = std::time::Instant::now();
        for i in 0..1000 {
            assert!(list.find(&format!("u{}@x.test", i * 997)).is_some());
            assert!(list.find(&format!("v{i}@mail.some.where.test")).is_none());
        }
        let each = started.elapsed() / 2000;
        assert!(each.as_micros() <= 50, "{each:?}");
    }
}
