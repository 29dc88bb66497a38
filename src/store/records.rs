//! Records for people: listed, shown, made by hand, changed, ended, converted.

use super::mails::{MailFilter, MailLine};
use super::text::{LINE, SHORT, gate, gate_json, gate_option};
use super::{
    ActivityFilter, ActivityLine, Error, Note, NoteTarget, Page, Result, Store, TaskFilter, TaskLine,
    TicketFilter, TicketLine, write,
};
use crate::crm::change::Changes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A record in a list.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct RecordLine {
    pub id: Uuid,
    pub kind: String,
    pub code: String,
    pub external_reference: Option<String>,
    pub title: String,
    pub state: String,
    pub owner: Option<String>,
    pub origin: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Names of the contacts that are parties to it.
    pub contacts: Vec<String>,
    pub stage: Option<String>,
    pub office: Option<String>,
    /// As decimal digits.
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub closed_at: Option<Timestamp>,
    /// Code of the record that became this one.
    pub came_from: Option<String>,
    /// Code of the record that this one became.
    pub became: Option<String>,
}

/// A contact that is a party to a record.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct PartyToRecord {
    pub id: Uuid,
    pub name: String,
    pub role: Option<String>,
    pub address: Option<String>,
}

/// The card of a record.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "names of columns")]
pub struct Record {
    #[serde(flatten)]
    pub line: RecordLine,
    /// Fields of the company's own.
    pub fields: serde_json::Value,
    pub parties: Vec<PartyToRecord>,
    pub notes: Vec<Note>,
    pub tasks: Vec<TaskLine>,
    pub activities: Vec<ActivityLine>,
    pub tickets: Vec<TicketLine>,
    pub mails: Vec<MailLine>,
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// `lead`, `deal`, …
    pub kind: Option<String>,
    /// `open`, `won`, `lost`, `closed`.
    pub state: Option<String>,
    /// Login of the owner.
    pub owner: Option<String>,
    /// A contact that is a party.
    pub contact: Option<Uuid>,
    /// Name of the stage.
    pub stage: Option<String>,
    /// Key of the origin.
    pub origin: Option<String>,
    /// In the title, or the code or reference.
    pub text: Option<String>,
}

/// A record to make by hand.
#[derive(Debug, Clone, Default)]
pub struct RecordByHand {
    /// `lead`, `deal`, …
    pub kind: String,
    /// Series of its code; the kind in upper case if empty.
    pub series: String,
    /// Its code, if it has one already; else the next of the series.
    pub code: Option<String>,
    /// A form's `Referencia`, a portal's number.
    pub external_reference: Option<String>,
    /// Title.
    pub title: String,
    /// Contacts that are parties to it.
    pub contacts: Vec<Uuid>,
    /// Owner; else the contact's, else whoever makes it.
    pub owner: Option<Uuid>,
    /// A mail that it is made from.
    pub mail: Option<Uuid>,
}

/// The largest number of a code that is given by hand: the series goes on behind it, and must not come to its end.
const BY_HAND: i64 = 999_999_999;

impl Store {
    /// Records, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn record_list(&self, filter: &RecordFilter, page: Page) -> Result<Vec<RecordLine>> {
        let texts = [&filter.kind, &filter.state, &filter.origin, &filter.text];
        let [kind, state, origin, text] = texts.map(|text| gate_option(text.as_deref(), SHORT));
        // Ids and not names reach the statement: they are what the indexes hold, and the planner knows their number.
        let owner = self.owner_asked(filter.owner.as_deref())?;
        let stages = filter.stage.as_deref().map(|stage| self.stages_named(stage)).transpose()?;
        let search = include_str!("sql/record_search.sql");
        let found = text.as_deref().map(|text| self.few(search, text)).transpose()?.flatten();
        let text = text.filter(|_| found.is_none());
        let before = page.before;
        let rows = self.connection()?.query(
            include_str!("sql/record_list.sql"),
            &[&before, &kind, &state, &owner, &filter.contact, &page.limit, &stages, &origin, &text, &found],
        )?;
        Ok(rows.iter().map(line).collect())
    }

    /// The card of a record, by code, id or external reference.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] naming the records that share an external reference.
    pub fn record_show(&self, key: &str) -> Result<Record> {
        let id = Uuid::try_parse(key).ok();
        let rows =
            self.connection()?.query(include_str!("sql/record_show.sql"), &[&gate(key, SHORT), &id])?;
        let upper = key.to_uppercase();
        let row = match rows.as_slice() {
            [] => return Err(missing(key)),
            [first, ..] if first.get::<_, &str>(2) == upper || rows.len() == 1 => first,
            several => {
                let codes: Vec<&str> = several.iter().map(|row| row.get(2)).collect();
                return Err(Error::Invalid(format!("{key} is the reference of {}", codes.join(", "))));
            }
        };
        let (line, fields) = (line(row), row.get(18));
        let parties = self.connection()?.query(include_str!("sql/record_party_list.sql"), &[&line.id])?;
        let party = |row: &postgres::Row| PartyToRecord {
            id: row.get(0),
            name: row.get(1),
            role: row.get(2),
            address: row.get(3),
        };
        let record = Some(line.id);
        let activities = ActivityFilter { record, ..ActivityFilter::default() };
        let tickets = TicketFilter { record, ..TicketFilter::default() };
        let mails = MailFilter { record, ..MailFilter::default() };
        Ok(Record {
            fields,
            parties: parties.iter().map(party).collect(),
            notes: self.note_list(NoteTarget::Record(line.id), false)?,
            tasks: self.task_list(&TaskFilter { record, ..TaskFilter::default() }, None, 50)?,
            activities: self.activity_list(&activities, None, 50)?,
            tickets: self.ticket_list(&tickets, Page::default())?,
            mails: self.mail_list(&mails, Page::default())?,
            line,
        })
    }

    /// Makes a record; returns its code.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty kind or a code that is no word; [`Error::InUse`] if the code is
    /// another record's.
    pub fn record_add(&self, new: &RecordByHand) -> Result<(Uuid, String)> {
        if !is_word(&new.kind) {
            return Err(Error::Invalid("a record needs a kind: lead, deal, …".into()));
        }
        let series = if new.series.is_empty() { &new.kind } else { &new.series }.to_uppercase();
        if !is_word(&series) || new.code.as_deref().is_some_and(|code| !is_word(code)) {
            return Err(Error::Invalid("series and code are words of letters, digits and -_/.".into()));
        }
        let id = Uuid::now_v7();
        let title = gate(&new.title, LINE);
        let reference = gate_option(new.external_reference.as_deref(), SHORT);
        self.transaction(|t| {
            let (series, code) = match &new.code {
                Some(code) => {
                    let code = code.to_uppercase();
                    // A number given by hand must not be given again by the series.
                    match code.rsplit_once('-').map(|(prefix, n)| (prefix.to_owned(), n.parse::<i64>())) {
                        Some((_, Ok(number))) if number > BY_HAND => {
                            let error = format!("{code}: a number given by hand is at most {BY_HAND}");
                            return Err(Error::Invalid(error));
                        }
                        Some((prefix, Ok(number))) if !prefix.is_empty() && number > 0 => {
                            t.execute(include_str!("sql/series_advance.sql"), &[&prefix, &number])?;
                            (prefix, code)
                        }
                        _ => (series, code),
                    }
                }
                None => {
                    let mut codes = write::allot(t, &[(id, &series, false)])?;
                    codes.remove(&id).ok_or_else(|| Error::Invalid(format!("no series {series}")))?
                }
            };
            let made = t.execute(
                include_str!("sql/record_add.sql"),
                &[&id, &new.kind, &code, &series, &reference, &title, &new.owner, &new.contacts],
            );
            made.map_err(|error| match error.code() {
                Some(&postgres::error::SqlState::UNIQUE_VIOLATION) => {
                    Error::InUse { what: format!("code {code}"), by: "another record".into() }
                }
                _ => error.into(),
            })?;
            let records = vec![id; new.contacts.len()];
            t.execute(include_str!("sql/record_party_insert.sql"), &[&records, &new.contacts])?;
            if let Some(mail) = new.mail {
                t.execute(
                    include_str!("sql/link_by_hand.sql"),
                    &[&mail, &new.contacts, &Some(id), &None::<Uuid>],
                )?;
            }
            Ok((id, code))
        })
    }

    /// Changes fields and parties of a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the record, a user, office, origin or stage that is not there.
    pub fn record_edit(&self, id: Uuid, changes: &Changes, join: &[Uuid], leave: &[Uuid]) -> Result<()> {
        let mut fields = changes.fields.clone();
        if let Some(login) = changes.text("owner") {
            fields.insert("owner".into(), self.user_id(login)?.to_string().into());
        }
        if let Some(office) = changes.text("office") {
            fields.insert("office".into(), self.office_id(office)?.to_string().into());
        }
        if let Some(origin) = changes.text("origin") {
            self.origin_exists(origin)?;
        }
        let fields = gate_json(&Value::Object(fields));
        let free = gate_json(&Value::Object(changes.free.clone()));
        self.transaction(|t| {
            let row = t.query_opt(include_str!("sql/record_update.sql"), &[&id, &fields, &free])?;
            let row = row.ok_or_else(|| missing(&id.to_string()))?;
            if row.get(1) {
                let kind: String = row.get(0);
                let stage = changes.text("stage").unwrap_or_default();
                let name = format!("{stage} of kind {kind}; see `crmctl stage list`");
                return Err(Error::NotFound { noun: "stage", name });
            }
            let records = vec![id; join.len()];
            t.execute(include_str!("sql/record_party_insert.sql"), &[&records, &join])?;
            t.execute(include_str!("sql/record_party_remove.sql"), &[&id, &leave])?;
            Ok(())
        })
    }

    /// Ends a record, or opens it again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's refusal to open what became another record.
    pub fn record_state(&self, id: Uuid, state: &str) -> Result<()> {
        match self.connection()?.execute(include_str!("sql/record_state.sql"), &[&id, &state])? {
            0 => Err(missing(&id.to_string())),
            _ => Ok(()),
        }
    }

    /// Makes another record out of one; returns its id and code. The mail of the old one stands on both then.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for one that has ended, or became another one already.
    pub fn record_convert(&self, id: Uuid, to: &str, title: Option<&str>) -> Result<(Uuid, String)> {
        if !is_word(to) {
            return Err(Error::Invalid("it needs a kind to become: deal, project, …".into()));
        }
        let (new, title) = (Uuid::now_v7(), gate_option(title, LINE));
        self.transaction(|t| {
            let row = t.query_opt(include_str!("sql/record_convert_lock.sql"), &[&id])?;
            let row = row.ok_or_else(|| missing(&id.to_string()))?;
            let (code, state): (String, String) = (row.get(0), row.get(1));
            if let Some(other) = row.get::<_, Option<String>>(3) {
                return Err(Error::Invalid(format!("{code} became {other} already")));
            }
            if state != "open" {
                let remedy = format!("open it again first: `crmctl record reopen {code}`");
                return Err(Error::Invalid(format!("{code} is {state}; {remedy}")));
            }
            let mut codes = write::allot(t, &[(new, &to.to_uppercase(), false)])?;
            let (series, code) =
                codes.remove(&new).ok_or_else(|| Error::Invalid(format!("no series {to}")))?;
            t.query(include_str!("sql/record_convert.sql"), &[&id, &new, &to, &code, &series, &title])?;
            t.execute(include_str!("sql/record_convert_parties.sql"), &[&id, &new])?;
            t.execute(include_str!("sql/record_converted.sql"), &[&id])?;
            Ok((new, code))
        })
    }

    /// Codes of other records with the external reference of this one.
    ///
    /// # Errors
    /// The database's.
    pub fn record_same_reference(&self, code: &str) -> Result<Vec<String>> {
        let rows = self.connection()?.query(include_str!("sql/record_same_reference.sql"), &[&code])?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}

/// What can be a kind, a series or a code.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_alphanumeric() || "-_/.".contains(c))
}

fn missing(key: &str) -> Error {
    Error::NotFound { noun: "record", name: key.into() }
}

fn line(row: &postgres::Row) -> RecordLine {
    RecordLine {
        id: row.get(0),
        kind: row.get(1),
        code: row.get(2),
        external_reference: row.get(3),
        title: row.get(4),
        state: row.get(5),
        owner: row.get(6),
        origin: row.get(7),
        created_at: row.get(8),
        updated_at: row.get(9),
        contacts: row.get(10),
        stage: row.get(11),
        office: row.get(12),
        amount: row.get(13),
        currency: row.get(14),
        closed_at: row.get(15),
        came_from: row.get(16),
        became: row.get(17),
    }
}
