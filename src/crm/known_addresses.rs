//! The addresses of all contacts, as a Bloom filter: it never misses one, and takes about one stranger in
//! 600,000 for one when it is full (fewer before). Ten million addresses take 44 MB, so that every node can
//! hold them and ask without a round trip.
//!
//! An address can be added at any time, through a shared reference, but never taken out: what a contact has
//! lost is forgotten when the filter is built anew. A filter that is full should be. Who acts on a hit asks
//! the database in the end.

use super::block::{BlockKey, BlockKeys};
use super::known::Digest;
use super::lists::digest;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Sixteen looks at 28 bits for each address: (1 - e^(-16/28))^16 = 1.7e-6 when full.
const BITS_EACH: usize = 28;
const LOOKS: u64 = 16;
/// Room for so many at least.
const LEAST: usize = 10_000;

/// A Bloom filter over the keys ([`BlockKeys::of_digest`]) of canonical addresses: without the secret nobody can
/// ask it.
#[derive(Debug)]
pub struct KnownAddresses {
    keys: BlockKeys,
    bits: Box<[AtomicU64]>,
    room: usize,
    len: AtomicUsize,
}

impl KnownAddresses {
    /// An empty filter for so many addresses and a quarter more.
    pub fn with_room_for(keys: BlockKeys, addresses: usize) -> KnownAddresses {
        let room = addresses.saturating_add(addresses / 4).max(LEAST);
        let words = room.saturating_mul(BITS_EACH).div_ceil(64);
        KnownAddresses {
            keys,
            bits: (0..words).map(|_| AtomicU64::new(0)).collect(),
            room,
            len: AtomicUsize::new(0),
        }
    }

    /// A filter of what has these digests.
    pub fn new(keys: BlockKeys, digests: impl IntoIterator<Item = Digest>) -> KnownAddresses {
        let digests: Vec<Digest> = digests.into_iter().collect();
        let filter = KnownAddresses::with_room_for(keys, digests.len());
        digests.iter().for_each(|digest| filter.insert(digest));
        filter
    }

    /// Adds an address by its digest (see [`digest`]).
    pub fn insert(&self, digest: &Digest) {
        self.insert_key(self.keys.of_digest(digest));
    }

    /// Adds an address by its key.
    pub fn insert_key(&self, key: BlockKey) {
        let mut is_new = false;
        self.each_bit(key, |word, bit| {
            is_new |= word.fetch_or(bit, Ordering::Relaxed) & bit == 0;
            true
        });
        if is_new {
            self.len.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a canonical address is, in all likelihood, a contact's.
    pub fn contains(&self, canonical: &str) -> bool {
        self.each_bit(self.keys.of_digest(&digest(canonical)), |word, bit| {
            word.load(Ordering::Relaxed) & bit != 0
        })
    }

    /// How many distinct addresses it was given, within the filter's own error.
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether it knows nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has more than it was made for: build a new one.
    pub fn is_full(&self) -> bool {
        self.len() > self.room
    }

    /// Octets of memory.
    pub fn size(&self) -> usize {
        self.bits.len() * size_of::<AtomicU64>()
    }

    /// Looks at a key's bits until `look` says no. The key is uniform already: its halves are the two hashes of
    /// enhanced double hashing (Dillinger and Manolios, 2004).
    fn each_bit(&self, key: BlockKey, mut look: impl FnMut(&AtomicU64, u64) -> bool) -> bool {
        let (mut at, mut step) = ((key.0 >> 64) as u64, key.0 as u64);
        let bits = self.bits.len() as u128 * 64;
        for i in 0..LOOKS {
            // The product's upper half: below `bits`, which a usize holds.
            let bit = ((u128::from(at) * bits) >> 64) as usize;
            if !look(&self.bits[bit / 64], 1 << (bit % 64)) {
                return false;
            }
            at = at.wrapping_add(step);
            step = step.wrapping_add(i);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(addresses: usize) -> KnownAddresses {
        KnownAddresses::with_room_for(BlockKeys::new(b"secret"), addresses)
    }

    /// Distinct and uniform, as SHA-256 gives them, in a fraction of its time.
    fn uniform(seed: u64) -> BlockKey {
        let mut out = [0; 16];
        for (i, part) in out.chunks_exact_mut(8).enumerate() {
            let mut x = seed.wrapping_mul(4).wrapping_add(i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            part.copy_from_slice(&(x ^ (x >> 31)).to_be_bytes());
        }
        BlockKey::of_octets(&out)
    }

    fn false_hits(filter: &KnownAddresses, strangers: std::ops::Range<u64>) -> usize {
        let hit = |n: &u64| filter.each_bit(uniform(*n), |word, bit| word.load(Ordering::Relaxed) & bit != 0);
        strangers.filter(hit).count()
    }

    #[test]
    fn ten_million_addresses_take_no_more_than_48_mb() {
        let filter = room(10_000_000);
        assert!(filter.size() <= 48_000_000, "{}", filter.size());
    }

    #[test]
    fn full_filter_takes_one_stranger_in_100_000_at_most_for_a_contact() {
        // As many bits for each as at ten million; benches/lists.rs fills that one.
        let filter = room(160_000);
        for n in 0..200_000 {
            filter.insert_key(uniform(n));
        }
        assert!(!filter.is_full() && filter.len() > 199_990, "{}", filter.len());
        let strangers = 1_000_000;
        let hits = false_hits(&filter, 200_000..200_000 + strangers);
        assert!(hits <= 10, "{hits} of {strangers}");
        for n in 200_000..200_100 {
            filter.insert_key(uniform(n));
        }
        assert!(filter.is_full());
    }

    #[test]
    fn added_address_is_known_through_a_shared_reference() {
        let keys = BlockKeys::new(b"secret");
        let filter = KnownAddresses::new(keys.clone(), ["ann@a.test", "bob@b.test"].map(digest));
        let shared = &filter;
        assert!(shared.contains("ann@a.test") && shared.contains("bob@b.test"));
        assert!(!shared.contains("eve@e.test"));
        shared.insert(&digest("eve@e.test"));
        shared.insert_key(keys.of_digest(&digest("eve@e.test")));
        assert!(shared.contains("eve@e.test"));
        assert_eq!(shared.len(), 3);
    }

    #[test]
    fn filter_answers_nobody_who_has_not_got_the_secret() {
        let filter = KnownAddresses::new(BlockKeys::new(b"secret"), [digest("ann@a.test")]);
        let other = KnownAddresses { keys: BlockKeys::new(b"other"), ..filter };
        assert!(!other.contains("ann@a.test"));
        let digest = digest("ann@a.test");
        let plain = BlockKey::of_octets(digest.first_chunk().expect("a digest has 32 octets"));
        assert!(!other.each_bit(plain, |word, bit| word.load(Ordering::Relaxed) & bit != 0));
    }
}
