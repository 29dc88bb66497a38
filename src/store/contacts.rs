//! Contacts for people: found, listed, and one with all that stands on its card.
//!
//! Whatever the connection may not see is not there: nothing here asks past row-level security.

use super::look_up::digest;
use super::mails::MailLine;
use super::notes::{Note, NoteTarget};
use super::records::RecordLine;
use super::tasks::{TaskFilter, TaskLine};
use super::text::{SHORT, gate, gate_option};
use super::tickets::TicketLine;
use super::{Error, Page, Result, Store};
use crate::crm::card::{self, State};
use crate::mail::address;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// A contact in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct ContactLine {
    pub id: Uuid,
    pub name: String,
    pub company: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub state: String,
    pub stage: Option<String>,
    pub stars: i16,
    pub colour: Option<String>,
    pub emoji: Option<String>,
    pub is_company: bool,
    pub job_title: Option<String>,
    pub language: Option<String>,
    pub interests: Vec<String>,
    pub origin: Option<String>,
    pub owner: Option<String>,
    pub office: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub addresses: Vec<String>,
    pub phones: Vec<String>,
}

/// A contact with what stands on its card.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Contact {
    #[serde(flatten)]
    pub line: ContactLine,
    pub address_list: Vec<AddressLine>,
    pub phone_list: Vec<PhoneLine>,
    /// Why it gets no mail but what a colleague writes.
    pub no_automatic_mail: Option<&'static str>,
    pub persons: Vec<Relation>,
    pub companies: Vec<Relation>,
    pub blocks: Vec<BlockOnCard>,
    /// The pinned ones first.
    pub notes: Vec<Note>,
    /// Those that are not done.
    pub tasks: Vec<TaskLine>,
    pub records: Vec<RecordLine>,
    pub tickets: Vec<TicketLine>,
    /// The newest mails.
    pub mails: Vec<MailLine>,
    pub merged: Vec<MergedContact>,
}

/// An address on a card.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct AddressLine {
    pub address: String,
    pub link: String,
    /// Another contact has it too.
    pub shared: bool,
    /// Nothing is sent to it since then.
    pub off_at: Option<Timestamp>,
    pub off_reason: Option<String>,
    #[serde(skip)]
    canonical: String,
}

/// A phone on a card.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct PhoneLine {
    pub number: String,
    pub link: String,
    pub whatsapp: Option<String>,
}

/// A person under a company, or a company that a person stands under.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Relation {
    pub id: Uuid,
    pub name: String,
    pub job_title: Option<String>,
    pub address: Option<String>,
}

/// A block that holds for a contact.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct BlockOnCard {
    pub kind: String,
    pub value: Option<String>,
    pub scope: String,
    pub reason: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
}

/// A contact that was merged into this one.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct MergedContact {
    pub id: Uuid,
    pub name: String,
    pub merged_at: Timestamp,
    pub merged_by: Option<String>,
}

/// Which contacts.
#[derive(Debug, Clone, Default)]
pub struct ContactFilter {
    /// Part of a name or company, or beginning of an address.
    pub text: Option<String>,
    /// Login of the owner; `-`: nobody owns it.
    pub owner: Option<String>,
    /// Key of a type.
    pub kind: Option<String>,
    /// Name of a stage.
    pub stage: Option<String>,
    /// State; without one, all that are not inactive.
    pub state: Option<String>,
    /// So many stars at least.
    pub stars: Option<i16>,
    /// Key of an origin.
    pub origin: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// One of the interests.
    pub interest: Option<String>,
    /// Name of an office.
    pub office: Option<String>,
    /// Colour.
    pub colour: Option<String>,
    /// Changed since.
    pub updated_since: Option<Timestamp>,
    /// Made since.
    pub created_since: Option<Timestamp>,
}

/// In which order contacts are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContactOrder {
    /// The newest first.
    #[default]
    Newest,
    /// By name.
    Name,
    /// What was changed last first.
    Updated,
}

impl ContactOrder {
    fn as_str(self) -> &'static str {
        match self {
            ContactOrder::Newest => "newest",
            ContactOrder::Name => "name",
            ContactOrder::Updated => "updated",
        }
    }
}

/// What names a contact: each form that it may have.
#[derive(Debug, Clone, Default)]
pub struct ContactKey<'a> {
    /// As it was written: an id, or the whole name.
    pub written: &'a str,
    /// Canonical address, if it is one.
    pub address: Option<String>,
    /// E.164, if it is a phone.
    pub phone: Option<String>,
}

impl<'a> From<&'a str> for ContactKey<'a> {
    /// An id, a canonical address or a name.
    fn from(written: &'a str) -> Self {
        ContactKey { written, address: Some(written.to_owned()), phone: None }
    }
}

impl Store {
    /// Ids of contacts in the order asked for, after `after`; `limit`: all of them if `None`.
    ///
    /// # Errors
    /// The database's; [`Error::NotFound`] for a filter by something that is not there.
    pub fn contact_select(
        &self,
        filter: &ContactFilter,
        order: ContactOrder,
        after: Option<Uuid>,
        limit: Option<i64>,
    ) -> Result<Vec<Uuid>> {
        let stages = self.filter_names(filter)?;
        // Ids and not names reach the statement: the planner knows how many contacts an owner has.
        let owner = match filter.owner.as_deref() {
            Some("-") => Some(Uuid::nil()),
            owner => owner.map(|login| self.user_id(login)).transpose()?,
        };
        let office = filter.office.as_deref().map(|office| self.office_id(office)).transpose()?;
        let [text, kind, state] =
            [&filter.text, &filter.kind, &filter.state].map(|text| gate_option(text.as_deref(), SHORT));
        let [origin, language, interest, colour] =
            [&filter.origin, &filter.language, &filter.interest, &filter.colour]
                .map(|text| gate_option(text.as_deref(), SHORT));
        let with_text = text.as_deref().map(|text| self.contacts_with(text)).transpose()?.flatten();
        let interested =
            interest.as_deref().map(|word| self.contacts_interested(word)).transpose()?.flatten();
        // Who has been found by the text is not asked for it again.
        let text = text.filter(|_| with_text.is_none());
        let found = match (with_text, interested) {
            (Some(some), Some(others)) => {
                let others: HashSet<Uuid> = others.into_iter().collect();
                Some(some.into_iter().filter(|id| others.contains(id)).collect())
            }
            (some, others) => some.or(others),
        };
        let fields = [
            ("text", text.map(Value::from)),
            ("owner", owner.map(|id| Value::from(id.to_string()))),
            ("type", kind.map(Value::from)),
            ("stages", stages.map(|ids| ids.iter().map(Uuid::to_string).collect())),
            ("state", state.map(Value::from)),
            ("stars", filter.stars.map(Value::from)),
            ("origin", origin.map(Value::from)),
            ("language", language.map(Value::from)),
            ("interest", interest.map(Value::from)),
            ("office", office.map(|id| Value::from(id.to_string()))),
            ("updated_since", filter.updated_since.map(|time| Value::from(time.to_string()))),
            ("created_since", filter.created_since.map(|time| Value::from(time.to_string()))),
            ("colour", colour.map(Value::from)),
        ];
        let set: Map<_, _> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let rows = self.connection()?.query(
            include_str!("sql/contact_select.sql"),
            &[&Value::Object(set), &order.as_str(), &after, &limit, &found],
        )?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// The contacts with that text, if they are few. A frequent text is asked of the contacts in the list's own order,
    /// of which the first ones fill the page; so is a single letter, which is in most names.
    fn contacts_with(&self, text: &str) -> Result<Option<Vec<Uuid>>> {
        if text.chars().count() < 2 {
            return Ok(None);
        }
        self.few(include_str!("sql/contact_search.sql"), text)
    }

    /// The contacts with that interest, if they are few.
    fn contacts_interested(&self, interest: &str) -> Result<Option<Vec<Uuid>>> {
        self.few(include_str!("sql/contact_interest_search.sql"), interest)
    }

    /// What a statement finds by a text, unless it is more than a list would rather look through in its own order.
    pub(super) fn few(&self, sql: &str, text: &str) -> Result<Option<Vec<Uuid>>> {
        const FEW: i32 = 10_000;
        Ok(self.connection()?.query_one(sql, &[&text, &FEW])?.get(0))
    }

    /// A misspelt name in a filter would look like "there are none". The stages of the name that is asked for.
    fn filter_names(&self, filter: &ContactFilter) -> Result<Option<Vec<Uuid>>> {
        if let Some(kind) = &filter.kind {
            self.type_exists(kind)?;
        }
        if let Some(origin) = &filter.origin {
            self.origin_exists(origin)?;
        }
        let Some(stage) = &filter.stage else { return Ok(None) };
        match self.stages_named(stage)? {
            none if none.is_empty() => Err(Error::NotFound { noun: "stage", name: stage.clone() }),
            stages => Ok(Some(stages)),
        }
    }

    /// Contacts as lists show them, in the order of the ids.
    ///
    /// # Errors
    /// The database's.
    pub fn contact_lines(&self, ids: &[Uuid]) -> Result<Vec<ContactLine>> {
        let rows = self.connection()?.query(include_str!("sql/contact_lines.sql"), &[&ids])?;
        Ok(rows.iter().map(line).collect())
    }

    /// Contacts, the newest first, without merged and inactive ones.
    ///
    /// # Errors
    /// As [`Store::contact_select`].
    pub fn contact_list(&self, filter: &ContactFilter, page: Page) -> Result<Vec<ContactLine>> {
        self.contact_lines(&self.contact_select(
            filter,
            ContactOrder::Newest,
            page.before,
            Some(page.limit),
        )?)
    }

    /// The id of a contact named by id, address, phone or whole name. The id of a merged contact leads to the
    /// one that it was merged into.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] naming the contacts that it could be.
    pub fn contact_id<'a>(&self, key: impl Into<ContactKey<'a>>) -> Result<Uuid> {
        let key = key.into();
        let id = Uuid::try_parse(key.written).ok();
        let address = key.address.as_deref().map(|address| digest(&gate(address, SHORT)));
        let phone = key.phone.as_deref().map(|number| digest(&gate(number, SHORT)));
        let name = gate(key.written, SHORT);
        let rows = self
            .connection()?
            .query(include_str!("sql/contact_find.sql"), &[&id, &address, &phone, &name])?;
        match rows.as_slice() {
            [] => Err(Error::NotFound { noun: "contact", name: key.written.into() }),
            [row] => Ok(row.get(0)),
            several => {
                let shown = several.iter().take(10);
                let mut ids: Vec<String> = shown
                    .map(|row| format!("{} ({})", row.get::<_, Uuid>(0), row.get::<_, &str>(1)))
                    .collect();
                if several.len() > ids.len() {
                    ids.push("and more".into());
                }
                let ids = ids.join(", ");
                Err(Error::Invalid(format!("{} is shared, name one by its id: {ids}", key.written)))
            }
        }
    }

    /// The contact, as [`Store::contact_id`] finds it.
    ///
    /// # Errors
    /// As [`Store::contact_id`].
    pub fn contact_find<'a>(&self, key: impl Into<ContactKey<'a>>) -> Result<ContactLine> {
        let id = self.contact_id(key)?;
        let gone = || Error::NotFound { noun: "contact", name: id.to_string() };
        self.contact_lines(&[id])?.pop().ok_or_else(gone)
    }

    /// A contact with all that stands on its card.
    ///
    /// # Errors
    /// As [`Store::contact_find`].
    pub fn contact_show<'a>(&self, key: impl Into<ContactKey<'a>>) -> Result<Contact> {
        let line = self.contact_find(key)?;
        let id = line.id;
        let of_contact = super::records::RecordFilter { contact: Some(id), ..Default::default() };
        let records = self.record_list(&of_contact, Page::default())?;
        let of_contact = super::tickets::TicketFilter { contact: Some(id), ..Default::default() };
        let tickets = self.ticket_list(&of_contact, Page::default())?;
        let of_contact = super::mails::MailFilter { contact: Some(id), ..Default::default() };
        let mails = self.mail_list(&of_contact, Page::default())?;
        let of_contact = TaskFilter { contact: Some(id), ..TaskFilter::default() };
        let tasks = self.task_list(&of_contact, None, 100)?;
        let address_list = self.addresses(id)?;
        let relations = self.relations(id)?;
        let of = |is_company: bool| {
            relations.iter().filter(move |(company, _)| *company == is_company).map(|(_, r)| r.clone())
        };
        Ok(Contact {
            no_automatic_mail: State::from_name(&line.state).and_then(State::no_automatic_mail),
            blocks: self.blocks_of(id, &address_list)?,
            phone_list: line.phones.iter().map(|number| phone(number)).collect(),
            address_list,
            persons: of(false).collect(),
            companies: of(true).collect(),
            notes: self.note_list(NoteTarget::Contact(id), false)?,
            tasks,
            records,
            tickets,
            mails,
            merged: self.merged_into(id)?,
            line,
        })
    }

    fn addresses(&self, contact: Uuid) -> Result<Vec<AddressLine>> {
        let rows = self.connection()?.query(include_str!("sql/contact_address_list.sql"), &[&contact])?;
        let address = |row: &postgres::Row| AddressLine {
            link: card::mailto_link(row.get(0)),
            address: row.get(0),
            canonical: row.get(1),
            shared: row.get(2),
            off_at: row.get(3),
            off_reason: row.get(4),
        };
        Ok(rows.iter().map(address).collect())
    }

    /// Persons (`false`) and companies (`true`).
    fn relations(&self, contact: Uuid) -> Result<Vec<(bool, Relation)>> {
        let rows = self.connection()?.query(include_str!("sql/contact_relation_list.sql"), &[&contact])?;
        let relation = |row: &postgres::Row| {
            let relation =
                Relation { id: row.get(1), name: row.get(2), job_title: row.get(3), address: row.get(4) };
            (row.get(0), relation)
        };
        Ok(rows.iter().map(relation).collect())
    }

    fn blocks_of(&self, contact: Uuid, addresses: &[AddressLine]) -> Result<Vec<BlockOnCard>> {
        let canonical: Vec<&str> = addresses.iter().map(|line| line.canonical.as_str()).collect();
        let domains: Vec<&str> = canonical.iter().filter_map(|address| address::domain_of(address)).collect();
        let above = |domain: &&'_ str| domain.split_once('.').map(|(_, above)| above.to_owned());
        let mut all: Vec<String> = domains.iter().map(|domain| (*domain).to_owned()).collect();
        let mut place = 0;
        while let Some(next) = all.get(place) {
            all.extend(above(&next.as_str()));
            place += 1;
        }
        let rows = self
            .connection()?
            .query(include_str!("sql/contact_block_list.sql"), &[&contact, &canonical, &domains, &all])?;
        let block = |row: &postgres::Row| BlockOnCard {
            kind: row.get(0),
            value: row.get(1),
            scope: row.get(2),
            reason: row.get(3),
            created_by: row.get(4),
            created_at: row.get(5),
        };
        Ok(rows.iter().map(block).collect())
    }

    fn merged_into(&self, contact: Uuid) -> Result<Vec<MergedContact>> {
        let rows = self.connection()?.query(include_str!("sql/contact_merge_list.sql"), &[&contact])?;
        let merged = |row: &postgres::Row| MergedContact {
            id: row.get(0),
            name: row.get(1),
            merged_at: row.get(2),
            merged_by: row.get(3),
        };
        Ok(rows.iter().map(merged).collect())
    }
}

fn phone(number: &str) -> PhoneLine {
    PhoneLine { number: number.into(), link: card::tel_link(number), whatsapp: card::whatsapp_link(number) }
}

fn line(row: &postgres::Row) -> ContactLine {
    ContactLine {
        id: row.get(0),
        name: row.get(1),
        company: row.get(2),
        kind: row.get(3),
        state: row.get(4),
        stars: row.get(5),
        language: row.get(6),
        origin: row.get(7),
        owner: row.get(8),
        created_at: row.get(9),
        addresses: row.get(10),
        phones: row.get(11),
        is_company: row.get(12),
        job_title: row.get(13),
        interests: row.get(14),
        office: row.get(15),
        colour: row.get(16),
        emoji: row.get(17),
        stage: row.get(18),
        updated_at: row.get(19),
    }
}
