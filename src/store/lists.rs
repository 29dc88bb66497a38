//! The lists of [`crate::crm::lists`], loaded in portions, between which the listener hears of changes: ten
//! million addresses take a while. No more of them stands in memory than the keys that are kept.
//!
//! What changes while a list is being loaded may be in it or not: the listener adds it in the end.

use super::listener::{Heard, List};
use super::{Error, Result, look_up};
use crate::crm::block::{BlockEntries, BlockKey, BlockKeys, BlockKind, BlockList, BlockScope};
use crate::crm::known::{Digest, Users};
use crate::crm::lists::{KeySet, KnownAddresses};
use postgres::{Client, Row};
use std::sync::Arc;
use uuid::Uuid;

/// Rows in one portion: some hundredths of a second.
const PORTION: i64 = 10_000;

/// The secret from which the keys of all lists are made.
pub(super) fn secret(client: &mut Client) -> Result<Vec<u8>> {
    let row = client.query_opt(include_str!("sql/secret_find.sql"), &[&"blocks"])?;
    row.map(|row| row.get(0)).ok_or(Error::NotFound { noun: "secret", name: "blocks".into() })
}

/// How what these blocks speak of is blocked now, as changes of `list`.
pub(super) fn changed_blocks(
    client: &mut Client,
    keys: &BlockKeys,
    list: &BlockList,
    ids: &[Uuid],
) -> Result<Vec<(BlockKey, Option<BlockScope>)>> {
    let rows = client.query(include_str!("sql/block_load_changed.sql"), &[&ids])?;
    let changes = rows.iter().filter_map(|row| {
        let (key, scope) = (key(row, 0, keys)?, row.get::<_, Option<bool>>(3).map(scope));
        // Who else blocks the address behind a hash, the database cannot know.
        let is_hash = row.get::<_, &str>(0) == HASH;
        (!is_hash || scope > list.scope(key)).then_some((key, scope))
    });
    Ok(changes.collect())
}

const HASH: &str = "hash";

fn scope(is_all: bool) -> BlockScope {
    if is_all { BlockScope::All } else { BlockScope::Inbox }
}

/// The key of the kind, value and hash that stand there in a row. A blocked contact may have no address.
fn key(row: &Row, at: usize, keys: &BlockKeys) -> Option<BlockKey> {
    let kind: &str = row.get(at);
    if kind == HASH {
        let octets: Option<&[u8]> = row.get(at + 2);
        return octets?.first_chunk().map(BlockKey::of_octets);
    }
    let known = BlockKind::from_name(kind);
    if known.is_none() {
        log::warn!("a block of the kind {kind} is not known to this version; it has no effect here");
    }
    Some(keys.key(known?, row.get::<_, Option<&str>>(at + 1)?))
}

fn users(client: &mut Client) -> Result<Users> {
    let mut users = Users::default();
    for row in client.query(include_str!("sql/users_known.sql"), &[])? {
        look_up::add_user(&mut users, &row);
    }
    Ok(users)
}

fn digest_of(row: &Row, index: usize) -> Result<Digest> {
    let octets: &[u8] = row.get(index);
    octets.try_into().map_err(|_| Error::Invalid(format!("a digest of {} octets", octets.len())))
}

/// A list that is being loaded, and the last row that is in.
#[derive(Debug)]
pub(super) enum Loading {
    Users,
    Blocks { last: Uuid, entries: BlockEntries },
    Off { last: Vec<u8>, set: Vec<BlockKey> },
    Codes { last: Uuid, of_tickets: bool, set: Vec<BlockKey> },
    Known { last: (Uuid, Vec<u8>), filter: Arc<KnownAddresses> },
}

impl Loading {
    /// Begins. A filter has room for so many at least.
    pub(super) fn begin(client: &mut Client, list: List, keys: &BlockKeys, room: usize) -> Result<Loading> {
        let last = Uuid::nil();
        Ok(match list {
            List::Users => Loading::Users,
            List::Blocks => Loading::Blocks { last, entries: BlockEntries::default() },
            List::Off => Loading::Off { last: Vec::new(), set: Vec::new() },
            List::Codes => Loading::Codes { last, of_tickets: false, set: Vec::new() },
            List::Known => {
                // To count ten million rows takes seconds; a filter that turns out too small begins again.
                let row = client.query_one(include_str!("sql/contact_address_estimate.sql"), &[])?;
                let estimate = usize::try_from(row.get::<_, i64>(0)).unwrap_or(0);
                Loading::known(keys, estimate.max(room))
            }
        })
    }

    fn known(keys: &BlockKeys, room: usize) -> Loading {
        let filter = Arc::new(KnownAddresses::with_room_for(keys.clone(), room));
        Loading::Known { last: (Uuid::nil(), Vec::new()), filter }
    }

    /// Adds a code or an address that was told of meanwhile.
    pub(super) fn add(&mut self, key: BlockKey) {
        match self {
            Loading::Codes { set, .. } => set.push(key),
            Loading::Known { filter, .. } => filter.insert_key(key),
            Loading::Users | Loading::Blocks { .. } | Loading::Off { .. } => {}
        }
    }

    /// Loads the next portion; the list when all are in.
    pub(super) fn go_on(&mut self, client: &mut Client, keys: &BlockKeys) -> Result<Option<Heard>> {
        match self {
            Loading::Users => Ok(Some(Heard::Users(Arc::new(users(client)?)))),
            Loading::Blocks { last, entries } => {
                let rows = client.query(include_str!("sql/block_load.sql"), &[last, &PORTION])?;
                for row in &rows {
                    *last = row.get(0);
                    key(row, 1, keys).into_iter().for_each(|key| entries.push(key, scope(row.get(4))));
                }
                Ok(rows
                    .is_empty()
                    .then(|| Heard::Blocks(Arc::new(std::mem::take(entries).into_list(keys.clone())))))
            }
            Loading::Off { last, set } => {
                let rows = client.query(include_str!("sql/address_state_off.sql"), &[last, &PORTION])?;
                for row in &rows {
                    *last = row.get(0);
                    if row.get(1) {
                        set.push(keys.of_digest(&digest_of(row, 0)?));
                    }
                }
                Ok(rows
                    .is_empty()
                    .then(|| Heard::Off(Some(Arc::new(KeySet::of_keys(keys.clone(), std::mem::take(set)))))))
            }
            Loading::Codes { last, of_tickets, set } => {
                let records = include_str!("sql/record_codes.sql");
                let sql = if *of_tickets { include_str!("sql/ticket_codes.sql") } else { records };
                let rows = client.query(sql, &[last, &PORTION])?;
                for row in &rows {
                    *last = row.get(0);
                    set.push(keys.of_digest(&digest_of(row, 1)?));
                }
                if rows.is_empty() && !*of_tickets {
                    (*last, *of_tickets) = (Uuid::nil(), true);
                    return Ok(None);
                }
                Ok(rows.is_empty().then(|| {
                    Heard::Codes(Some(Arc::new(KeySet::of_keys(keys.clone(), std::mem::take(set)))))
                }))
            }
            Loading::Known { last, filter } => {
                let (contact, digest) = &*last;
                let sql = include_str!("sql/contact_address_digests.sql");
                let rows = client.query(sql, &[contact, digest, &PORTION])?;
                for row in &rows {
                    filter.insert(&digest_of(row, 1)?);
                    *last = (row.get(0), row.get(1));
                }
                if filter.is_full() {
                    *self = Loading::known(keys, filter.len() * 2);
                    return Ok(None);
                }
                Ok(rows.is_empty().then(|| Heard::Known(Some(Arc::clone(filter)))))
            }
        }
    }
}
