//! Mails of a batch with their raw bytes, correspondents, attachments and Message-IDs.

use super::Result;
use crate::crm::plan::{NewAttachment, NewMail, Party};
use crate::store::text::{LINE, LONG, SHORT, gate, gate_json, gate_option, gate_time};
use postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Octets of content sent with one statement, unless one alone is larger: a parameter holds 1 GB at most,
/// and the server keeps it in memory.
const PART: usize = 16 << 20;

/// Writes the mails.
pub(super) fn mails(transaction: &mut Transaction<'_>, mails: &[&NewMail]) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let text = |mail: &&NewMail| {
        let more = mail.new_text.as_deref().map_or(0, str::len) + mail.note.as_deref().map_or(0, str::len);
        mail.text.len() + more
    };
    for part in parts(mails.to_vec(), text) {
        rows(transaction, &part)?;
    }
    let raws = mails.iter().map(|mail| (mail.id, mail.raw.as_slice()));
    for part in parts(raws.collect(), |(_, raw)| raw.len()) {
        let (ids, raws): (Vec<Uuid>, Vec<&[u8]>) = part.into_iter().unzip();
        transaction.execute(include_str!("../sql/mail_raw_insert.sql"), &[&ids, &raws])?;
    }
    parties(transaction, mails)?;
    attachments(transaction, mails)?;
    let digests: BTreeSet<(&[u8], Uuid)> = mails
        .iter()
        .flat_map(|mail| mail.message_id_digests.iter().map(|digest| (digest.as_slice(), mail.id)))
        .collect();
    if !digests.is_empty() {
        let (digests, ids): (Vec<&[u8]>, Vec<Uuid>) = digests.into_iter().unzip();
        transaction.execute(include_str!("../sql/message_id_key_insert.sql"), &[&digests, &ids])?;
    }
    Ok(())
}

fn rows(transaction: &mut Transaction<'_>, mails: &[&NewMail]) -> Result<()> {
    let option = |field: fn(&NewMail) -> Option<&str>, limit| {
        mails.iter().map(|mail| gate_option(field(mail), limit)).collect::<Vec<_>>()
    };
    let ids: Vec<Uuid> = mails.iter().map(|m| m.id).collect();
    let fingerprints: Vec<&[u8]> = mails.iter().map(|m| m.fingerprint.as_slice()).collect();
    let anonymous: Vec<bool> = mails.iter().map(|m| m.anonymous).collect();
    let sources: Vec<&str> = mails.iter().map(|m| m.source).collect();
    let directions: Vec<&str> = mails.iter().map(|m| m.direction).collect();
    let sent: Vec<_> = mails.iter().map(|m| m.sent_at.and_then(gate_time)).collect();
    let received: Vec<_> = mails.iter().map(|m| m.received_at).collect();
    let senders: Vec<_> = mails.iter().map(|m| gate(&m.mail_from, SHORT)).collect();
    let message_ids = option(|m| m.message_id.as_deref(), LINE);
    let subjects = option(|m| m.subject.as_deref(), LINE);
    let texts: Vec<_> = mails.iter().map(|m| gate(&m.text, LONG)).collect();
    let new_texts = option(|m| m.new_text.as_deref(), LONG);
    let notes = option(|m| m.note.as_deref(), LONG);
    let languages = option(|m| m.language.as_deref(), SHORT);
    let filed_by: Vec<Option<Uuid>> = mails.iter().map(|m| m.filed_by).collect();
    let unparsed = option(|m| m.unparsed.as_deref(), LINE);
    let findings: Vec<_> = mails.iter().map(|m| gate_json(&m.findings)).collect();
    let sizes: Vec<i64> = mails.iter().map(|m| octets(m.raw.len())).collect();
    transaction.execute(
        include_str!("../sql/mail_insert.sql"),
        &[
            &ids,
            &fingerprints,
            &anonymous,
            &sources,
            &directions,
            &sent,
            &received,
            &senders,
            &message_ids,
            &subjects,
            &texts,
            &new_texts,
            &notes,
            &languages,
            &filed_by,
            &unparsed,
            &findings,
            &sizes,
        ],
    )?;
    Ok(())
}

fn parties(transaction: &mut Transaction<'_>, mails: &[&NewMail]) -> Result<()> {
    // A position is a smallint: of ten thousand recipients all are kept, of a million the first.
    let all: Vec<(Uuid, i16, &Party)> = mails
        .iter()
        .flat_map(|mail| (0i16..i16::MAX).zip(&mail.parties).map(|(at, party)| (mail.id, at, party)))
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = all.iter().map(|(id, ..)| *id).collect();
    let positions: Vec<i16> = all.iter().map(|(_, at, _)| *at).collect();
    let roles: Vec<&str> = all.iter().map(|(.., p)| p.role).collect();
    let names: Vec<_> = all.iter().map(|(.., p)| gate_option(p.name.as_deref(), SHORT)).collect();
    let addresses: Vec<_> = all.iter().map(|(.., p)| gate_option(p.address.as_deref(), SHORT)).collect();
    let canonical: Vec<_> = all.iter().map(|(.., p)| gate_option(p.canonical.as_deref(), SHORT)).collect();
    let contacts: Vec<Option<Uuid>> = all.iter().map(|(.., p)| p.contact).collect();
    let users: Vec<Option<Uuid>> = all.iter().map(|(.., p)| p.user).collect();
    transaction.execute(
        include_str!("../sql/party_insert.sql"),
        &[&ids, &positions, &roles, &names, &addresses, &canonical, &contacts, &users],
    )?;
    Ok(())
}

fn attachments(transaction: &mut Transaction<'_>, mails: &[&NewMail]) -> Result<()> {
    let all: Vec<(Uuid, i16, &NewAttachment)> = mails
        .iter()
        .flat_map(|mail| (0i16..i16::MAX).zip(&mail.attachments).map(|(at, a)| (mail.id, at, a)))
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    let mut contents: BTreeMap<&[u8], &[u8]> =
        all.iter().map(|(.., a)| (a.sha256.as_slice(), a.content.as_slice())).collect();
    let digests: Vec<&[u8]> = contents.keys().copied().collect();
    for row in transaction.query(include_str!("../sql/attachment_content_known.sql"), &[&digests])? {
        contents.remove(row.get::<_, &[u8]>(0));
    }
    for part in parts(contents.into_iter().collect(), |(_, content)| content.len()) {
        let (digests, contents): (Vec<&[u8]>, Vec<&[u8]>) = part.into_iter().unzip();
        transaction.execute(include_str!("../sql/attachment_content_insert.sql"), &[&digests, &contents])?;
    }
    let ids: Vec<Uuid> = all.iter().map(|(id, ..)| *id).collect();
    let positions: Vec<i16> = all.iter().map(|(_, at, _)| *at).collect();
    let names: Vec<_> = all.iter().map(|(.., a)| gate_option(a.name.as_deref(), SHORT)).collect();
    let types: Vec<_> = all.iter().map(|(.., a)| gate(&a.media_type, SHORT)).collect();
    let digests: Vec<&[u8]> = all.iter().map(|(.., a)| a.sha256.as_slice()).collect();
    let sizes: Vec<i64> = all.iter().map(|(.., a)| octets(a.content.len())).collect();
    transaction.execute(
        include_str!("../sql/attachment_insert.sql"),
        &[&ids, &positions, &names, &types, &digests, &sizes],
    )?;
    Ok(())
}

/// Cuts rows into parts of at most [`PART`] octets of content; a row that is larger stands alone.
fn parts<T>(rows: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut filled = PART;
    for row in rows {
        let size = size(&row);
        if filled + size > PART || parts.is_empty() {
            parts.push(Vec::new());
            filled = 0;
        }
        filled += size;
        if let Some(part) = parts.last_mut() {
            part.push(row);
        }
    }
    parts
}

fn octets(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
