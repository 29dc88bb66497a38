//! The lists of [`crate::crm::lists`], loaded row by row: no more of them stands in memory than the digests
//! that are kept.
//!
//! Contacts' addresses come in portions, between which the listener hears of other changes: ten million take
//! a while.

use super::{Error, Result, look_up};
use crate::crm::block::{BlockKey, BlockKeys, BlockKind, BlockList, BlockScope};
use crate::crm::known::{Digest, Users};
use crate::crm::lists::{KeySet, KnownAddresses};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Row, RowIter};
use std::sync::Arc;
use uuid::Uuid;

/// Addresses in one portion.
const PORTION: i64 = 20_000;

/// The secret from which the keys of blocks are made.
pub(super) fn secret(client: &mut Client) -> Result<Vec<u8>> {
    let row = client.query_opt(include_str!("sql/secret_find.sql"), &[&"blocks"])?;
    row.map(|row| row.get(0)).ok_or(Error::NotFound { noun: "secret", name: "blocks".into() })
}

/// All blocks in force.
pub(super) fn blocks(client: &mut Client, keys: &BlockKeys) -> Result<BlockList> {
    let rows = stream(client, include_str!("sql/block_load.sql"))?;
    let entries = rows.iterator().filter_map(|row| match row {
        Ok(row) => key(&row, keys).map(|key| Ok((key, scope(&row)))),
        Err(error) => Some(Err(Error::from(error))),
    });
    BlockList::try_new(keys.clone(), entries)
}

fn scope(row: &Row) -> BlockScope {
    if row.get(3) { BlockScope::All } else { BlockScope::Inbox }
}

fn key(row: &Row, keys: &BlockKeys) -> Option<BlockKey> {
    let kind: &str = row.get(0);
    if kind == "hash" {
        let octets: &[u8] = row.get(2);
        return octets.first_chunk().map(BlockKey::of_octets);
    }
    let known = BlockKind::from_name(kind);
    if known.is_none() {
        log::warn!("a block of the kind {kind} is not known to this version; it has no effect here");
    }
    Some(keys.key(known?, row.get(1)))
}

/// The active users.
pub(super) fn users(client: &mut Client) -> Result<Users> {
    let mut users = Users::default();
    for row in client.query(include_str!("sql/users_known.sql"), &[])? {
        look_up::add_user(&mut users, &row);
    }
    Ok(users)
}

/// Addresses to which nothing is sent.
pub(super) fn off(client: &mut Client, keys: &BlockKeys) -> Result<KeySet> {
    digests(client, keys, include_str!("sql/address_state_off.sql"))
}

/// Codes of records and tickets.
pub(super) fn codes(client: &mut Client, keys: &BlockKeys) -> Result<KeySet> {
    digests(client, keys, include_str!("sql/record_codes.sql"))
}

fn digests(client: &mut Client, keys: &BlockKeys, sql: &str) -> Result<KeySet> {
    let rows = stream(client, sql)?;
    KeySet::try_new(keys.clone(), rows.iterator().map(|row| digest_of(&row?, 0)))
}

fn stream<'a>(client: &'a mut Client, sql: &str) -> Result<RowIter<'a>> {
    Ok(client.query_raw(sql, std::iter::empty::<&str>())?)
}

fn digest_of(row: &Row, index: usize) -> Result<Digest> {
    let octets: &[u8] = row.get(index);
    octets.try_into().map_err(|_| Error::Invalid(format!("a digest of {} octets", octets.len())))
}

/// A filter of contacts' addresses that is being filled.
#[derive(Debug)]
pub(super) struct Filling {
    filter: Arc<KnownAddresses>,
    last: (Uuid, Digest),
}

impl Filling {
    /// An empty one with room for what there is.
    pub(super) fn begin(client: &mut Client) -> Result<Filling> {
        let count: i64 = client.query_one(include_str!("sql/contact_address_count.sql"), &[])?.get(0);
        let room = usize::try_from(count).unwrap_or(0);
        Ok(Filling { filter: Arc::new(KnownAddresses::with_room_for(room)), last: (Uuid::nil(), [0; 32]) })
    }

    /// Adds an address that was told of meanwhile.
    pub(super) fn insert(&self, digest: &Digest) {
        self.filter.insert(digest);
    }

    /// Fills in the next portion; the filter when all are in.
    pub(super) fn go_on(&mut self, client: &mut Client) -> Result<Option<Arc<KnownAddresses>>> {
        let (contact, digest) = (self.last.0, self.last.1.as_slice());
        let rows =
            client.query(include_str!("sql/contact_address_digests.sql"), &[&contact, &digest, &PORTION])?;
        for row in &rows {
            self.last = (row.get(0), digest_of(row, 1)?);
            self.filter.insert(&self.last.1);
        }
        let all = (rows.len() as i64) < PORTION;
        Ok(all.then(|| Arc::clone(&self.filter)))
    }
}
