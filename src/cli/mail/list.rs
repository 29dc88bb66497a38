//! `crmctl mail list`: which mails, which of their columns, in which order.

use super::super::args::mail::{Filter, Order, Sort};
use super::super::desk::Desk;
use super::super::exit::{DATAERR, USAGE, fault};
use super::super::pick::{self, Way};
use super::super::table::Table;
use super::super::text;
use crate::mail::address;
use crate::store::{MailFilter, MailLine, MailOrder, MailPage, Store};
use uuid::Uuid;

/// A column: its name, and what stands in it.
type Column = (&'static str, fn(&MailLine) -> String);

const COLUMNS: [Column; 20] = [
    ("id", |mail| mail.id.to_string()),
    ("sent", |mail| mail.sent_at.map(text::time).unwrap_or_default()),
    ("received", |mail| text::time(mail.received_at)),
    ("recorded", |mail| text::time(mail.recorded_at)),
    ("from", |mail| mail.from.clone().unwrap_or_else(|| format!("<{}>", mail.mail_from))),
    ("author", |mail| mail.from_address.clone().unwrap_or_default()),
    ("to", |mail| mail.to.join(", ")),
    ("subject", |mail| mail.subject.clone().unwrap_or_default()),
    ("source", |mail| mail.source.clone()),
    ("direction", |mail| mail.direction.clone()),
    ("links", |mail| mail.links.join(", ")),
    ("inboxes", |mail| mail.inboxes.join(", ")),
    ("attachments", |mail| mail.attachments.to_string()),
    ("owner", |mail| mail.owner.clone().unwrap_or_default()),
    ("filed-by", |mail| mail.filed_by.clone().unwrap_or_default()),
    ("locked", |mail| mail.locked_by.clone().unwrap_or_default()),
    ("size", |mail| mail.size.to_string()),
    ("language", |mail| mail.language.clone().unwrap_or_default()),
    ("message-id", |mail| mail.message_id.clone().unwrap_or_default()),
    ("snippet", |mail| mail.snippet.clone().unwrap_or_default()),
];
/// Not in the table above, as it must be asked for.
const TEXT: Column = ("text", |mail| mail.text.clone().unwrap_or_default());

/// Columns that were chosen.
#[derive(Debug, Clone)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// The columns of these names; `None` if there are none.
    pub fn named(names: &[String]) -> anyhow::Result<Option<Columns>> {
        let all = || COLUMNS.iter().chain([&TEXT]);
        let find = |name: &str| {
            let known = || all().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let column = all().find(|(column, _)| *column == name);
            column.copied().ok_or_else(|| fault(USAGE, format!("no column `{name}`; there are {}", known())))
        };
        let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        let columns: Vec<Column> = names.map(find).collect::<anyhow::Result<_>>()?;
        Ok((!columns.is_empty()).then_some(Columns(columns)))
    }

    /// The usual columns, with the time that is ordered by.
    pub fn usual(order: MailOrder, searched: bool) -> Columns {
        let time = match order {
            MailOrder::Recorded => "recorded",
            MailOrder::Sent => "sent",
            MailOrder::Received => "received",
        };
        let wanted = ["id", time, "from", "subject", "source", "links"];
        let usual = |name: &str| wanted.contains(&name) || searched && name == "snippet";
        Columns(COLUMNS.iter().filter(|(name, _)| usual(name)).copied().collect())
    }

    /// All columns but the text.
    pub fn all() -> Columns {
        Columns(COLUMNS.iter().filter(|(name, _)| *name != "snippet").copied().collect())
    }

    /// Whether the text is among them.
    pub fn with_text(&self) -> bool {
        self.0.iter().any(|(name, _)| *name == TEXT.0)
    }

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    /// What stands in them.
    pub fn cells(&self, mail: &MailLine) -> Vec<String> {
        self.0.iter().map(|(_, cell)| cell(mail)).collect()
    }

    /// The table.
    pub fn table(&self, mails: &[MailLine]) -> Table {
        let mut table = Table::new(&self.names());
        for mail in mails {
            table.cells(self.cells(mail));
        }
        table
    }
}

/// Runs the verb.
pub fn run(
    desk: &Desk,
    filter: &Filter,
    sort: Sort,
    columns: &[String],
    limit: u32,
    after: Option<Uuid>,
) -> anyhow::Result<()> {
    let chosen = Columns::named(columns)?;
    let store = desk.store()?;
    let which = Which::read(desk, &store, filter, sort)?;
    let columns = chosen.unwrap_or_else(|| Columns::usual(which.order, filter.search.is_some()));
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let part = which.part(&store, after, limit)?;
    let mut lines = store.mail_lines(&part.ids, columns.with_text())?;
    if let Some((words, language)) = &which.words {
        store.mail_snippets(&mut lines, words, language.as_deref())?;
    }
    desk.list(&lines, |mails| columns.table(mails))?;
    if let (Some(last), true) = (part.next, part.ids.len() < usize::try_from(limit).unwrap_or(0)) {
        eprintln!("crmctl: only the newest mails with these words were looked at; go on with --after {last}");
    }
    Ok(())
}

/// Mails as they were asked for.
#[derive(Debug)]
pub struct Which {
    filter: MailFilter,
    order: MailOrder,
    newest: bool,
    words: Option<(String, Option<String>)>,
}

/// A part of a list, and the mail behind which the next one begins; none: that was all.
#[derive(Debug)]
pub struct Part {
    pub ids: Vec<Uuid>,
    pub next: Option<Uuid>,
}

impl Which {
    /// What the arguments mean.
    pub fn read(desk: &Desk, store: &Store, filter: &Filter, sort: Sort) -> anyhow::Result<Which> {
        if filter.search.is_some() && (sort.order != Order::Recorded || sort.oldest) {
            let text = "words are found newest recorded first; leave --order and --oldest out with --search";
            return Err(fault(USAGE, text));
        }
        let order = match sort.order {
            Order::Recorded => MailOrder::Recorded,
            Order::Sent => MailOrder::Sent,
            Order::Received => MailOrder::Received,
        };
        let words = filter.search.clone().map(|words| (words, filter.language.clone()));
        Ok(Which { filter: filter_of(desk, store, filter)?, order, newest: !sort.oldest, words })
    }

    /// A part of them.
    pub fn part(&self, store: &Store, after: Option<Uuid>, limit: i32) -> anyhow::Result<Part> {
        let after = after.map(|id| store.mail_find(id)).transpose()?;
        if let Some((words, language)) = &self.words {
            let found = store.mail_found(words, language.as_deref(), &self.filter, after, limit)?;
            return Ok(Part { ids: found.ids, next: found.looked_until });
        }
        let page = MailPage { order: self.order, newest: self.newest, after, limit };
        let ids = store.mail_select(&self.filter, &page)?;
        let full = ids.len() >= usize::try_from(limit).unwrap_or(0);
        Ok(Part { next: ids.last().copied().filter(|_| full), ids })
    }
}

fn filter_of(desk: &Desk, store: &Store, filter: &Filter) -> anyhow::Result<MailFilter> {
    let config = desk.config()?;
    let canonical = |written: &Option<String>| match written {
        None => Ok(None),
        Some(written) => address::canonical(written, config.case_sensitive_local_parts)
            .map(Some)
            .ok_or_else(|| fault(DATAERR, format!("`{written}` is no mail address"))),
    };
    let user = |login: &Option<String>| login.as_deref().map(|login| store.user_id(login)).transpose();
    let when = |written: &Option<String>| {
        written.as_deref().map(|written| pick::when(desk, written, Way::Back)).transpose()
    };
    Ok(MailFilter {
        direction: filter.direction.clone(),
        source: filter.source.clone(),
        contact: filter.contact.as_deref().map(|c| pick::contact(&config, store, c)).transpose()?,
        record: filter.record.as_deref().map(|record| pick::record(store, record)).transpose()?,
        ticket: filter.ticket.as_deref().map(|ticket| pick::ticket(store, ticket)).transpose()?,
        inbox: filter.inbox.clone(),
        user: user(&filter.filed_by)?,
        owner: user(&filter.owner)?,
        from: canonical(&filter.from)?,
        to: canonical(&filter.to)?,
        address: canonical(&filter.address)?,
        since: when(&filter.since)?,
        until: when(&filter.until)?,
        attachment: filter.attachment,
        unresolved: filter.unresolved,
        unlinked: filter.unlinked,
        locked: filter.locked,
    })
}
