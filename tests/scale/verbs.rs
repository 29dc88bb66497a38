//! The lists of the desk as `crmctl` asks for them: every verb of the store that stands behind a list or a card, with the
//! filters that people use, on its first page and on one in the middle.
//!
//! tests/store_explain.rs looks at the plans of all that these run, tests/scale/measure.rs at the times. A statement in
//! src/store/sql that makes a list and that no verb here runs fails the former.

use crm_milter::store::{
    ActivityFilter, AddressFilter, AuditFilter, ContactFilter, ContactKey, ContactOrder, IntakeFilter,
    MailFilter, MailOrder, MailPage, NoteTarget, OutboxFilter, Page, RecordFilter, Result, Store, TaskFilter,
    TicketFilter,
};
use postgres::Client;
use uuid::Uuid;

/// What one role has on its lists, to ask about: ids of the own, in the middle of each list.
#[derive(Debug, Clone)]
pub struct Own {
    pub login: String,
    pub user: Uuid,
    pub contact: Option<Uuid>,
    pub record: Option<Uuid>,
    pub ticket: Option<Uuid>,
    pub mail: Option<Uuid>,
    pub intake: Option<Uuid>,
    pub task: Option<Uuid>,
    pub activity: Option<Uuid>,
    pub notification: Option<Uuid>,
    pub note: Option<Uuid>,
    /// The card that has most mails.
    pub busy: Option<Uuid>,
    pub address: String,
}

impl Own {
    /// Looked up by a connection that has taken on the role.
    pub fn of(client: &mut Client, login: &str) -> Own {
        let mut one = |sql: &str| -> Option<Uuid> {
            client.query_opt(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}")).map(|row| row.get(0))
        };
        let mut middle = |table: &str, months: i32| {
            one(&format!(
                "SELECT id FROM crm.{table} WHERE id > crm.id_floor(now() - make_interval(months => {months})) ORDER BY id LIMIT 1"
            ))
        };
        let (contact, record, ticket) = (middle("contact", 10), middle("record", 10), middle("ticket", 9));
        let (mail, intake, task) = (middle("mail", 7), middle("intake", 7), middle("task", 7));
        let (activity, notification, note) =
            (middle("activity", 7), middle("notification", 7), middle("note", 1));
        Own {
            login: login.to_owned(),
            user: one(&format!("SELECT id FROM crm.users WHERE login = '{login}'")).unwrap(),
            // The oldest have most mails.
            busy: one("SELECT id FROM crm.contact WHERE merged_into IS NULL ORDER BY id LIMIT 1"),
            address: one_address(client),
            contact,
            record,
            ticket,
            mail,
            intake,
            task,
            activity,
            notification,
            note,
        }
    }

    fn page(&self, before: Option<Uuid>) -> Page {
        Page { before, limit: 50 }
    }
}

fn one_address(client: &mut Client) -> String {
    let sql = "SELECT a.address FROM crm.contact c JOIN crm.contact_address a ON a.contact_id = c.id
               ORDER BY c.id LIMIT 1";
    client.query_opt(sql, &[]).unwrap().map_or_else(String::new, |row| row.get(0))
}

/// Something that `crmctl` asks for, and what it is called in a table.
pub struct Verb {
    pub name: String,
    run: Run,
}

type Run = Box<dyn Fn(&Store, &Own) -> Result<usize>>;

/// A filter about what the role has, by the name of the list.
type Filters<T> = Vec<(&'static str, fn(&Own) -> T)>;

impl Verb {
    /// Runs it; how many lines came.
    pub fn run(&self, store: &Store, own: &Own) -> Result<usize> {
        (self.run)(store, own)
    }
}

fn verb(name: &str, run: impl Fn(&Store, &Own) -> Result<usize> + 'static) -> Verb {
    Verb { name: name.to_owned(), run: Box::new(run) }
}

/// All of them.
pub fn verbs() -> Vec<Verb> {
    let mut all = contacts();
    all.extend(mails());
    all.extend(records_and_tickets());
    all.extend(intakes());
    all.extend(work());
    all.extend(cards());
    all.extend(mail_out());
    all.extend(administration());
    all.extend(small());
    all
}

/// A list of contacts: ids, then lines, as `crmctl contact list`.
fn contact_list(
    name: &str,
    order: ContactOrder,
    middle: bool,
    filter: impl Fn(&Own) -> ContactFilter + 'static,
) -> Verb {
    verb(&format!("contact list {name}"), move |store, own| {
        let after = own.contact.filter(|_| middle);
        let ids = store.contact_select(&filter(own), order, after, Some(50))?;
        Ok(store.contact_lines(&ids)?.len())
    })
}

fn contacts() -> Vec<Verb> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = Vec::new();
    for (order, name) in [
        (ContactOrder::Newest, "newest"),
        (ContactOrder::Name, "by name"),
        (ContactOrder::Updated, "by change"),
    ] {
        all.push(contact_list(name, order, false, |_| ContactFilter::default()));
        all.push(contact_list(&format!("{name}, middle"), order, true, |_| ContactFilter::default()));
    }
    let filters: Vec<(&str, ContactFilter)> = vec![
        ("--text, one contact", ContactFilter { text: some("quetzalcoatl"), ..ContactFilter::default() }),
        ("--text, none", ContactFilter { text: some("qqxyzq"), ..ContactFilter::default() }),
        ("--text, many", ContactFilter { text: some("gar"), ..ContactFilter::default() }),
        ("--text, two letters", ContactFilter { text: some("zq"), ..ContactFilter::default() }),
        ("--text, an address", ContactFilter { text: some("second.maria"), ..ContactFilter::default() }),
        (
            "--text, lost ones",
            ContactFilter { text: some("marcia"), state: some("lost"), ..ContactFilter::default() },
        ),
        ("--owner -", ContactFilter { owner: some("-"), ..ContactFilter::default() }),
        ("--owner agent40", ContactFilter { owner: some("agent40"), ..ContactFilter::default() }),
        ("--type other", ContactFilter { kind: some("other"), ..ContactFilter::default() }),
        ("--stage", ContactFilter { stage: some("stage 1"), ..ContactFilter::default() }),
        ("--state won", ContactFilter { state: some("won"), ..ContactFilter::default() }),
        ("--state inactive", ContactFilter { state: some("inactive"), ..ContactFilter::default() }),
        ("--stars 3", ContactFilter { stars: Some(3), ..ContactFilter::default() }),
        ("--origin import", ContactFilter { origin: some("import"), ..ContactFilter::default() }),
        ("--language ca", ContactFilter { language: some("ca"), ..ContactFilter::default() }),
        ("--interest land", ContactFilter { interest: some("land"), ..ContactFilter::default() }),
        ("--interest none", ContactFilter { interest: some("castles"), ..ContactFilter::default() }),
        ("--office", ContactFilter { office: some("Office 3"), ..ContactFilter::default() }),
        ("--colour red", ContactFilter { colour: some("red"), ..ContactFilter::default() }),
        ("--colour none", ContactFilter { colour: some("mauve"), ..ContactFilter::default() }),
    ];
    for (name, filter) in filters {
        for (order, by) in [(ContactOrder::Newest, ""), (ContactOrder::Name, " by name")] {
            let filter = filter.clone();
            all.push(contact_list(&format!("{name}{by}"), order, false, move |_| filter.clone()));
        }
    }
    all.push(contact_list("--owner me", ContactOrder::Updated, true, |own| ContactFilter {
        owner: Some(own.login.clone()),
        ..ContactFilter::default()
    }));
    let hour = jiff::SignedDuration::from_hours(1);
    all.push(contact_list("--updated-since", ContactOrder::Newest, false, move |_| ContactFilter {
        updated_since: Some(jiff::Timestamp::now() - hour),
        ..ContactFilter::default()
    }));
    all.push(contact_list("--created-since", ContactOrder::Name, false, move |_| ContactFilter {
        created_since: Some(jiff::Timestamp::now() - 24 * hour),
        ..ContactFilter::default()
    }));
    all
}

fn mail_list(name: &str, page: MailPage, filter: impl Fn(&Own) -> MailFilter + 'static) -> Verb {
    verb(&format!("mail list {name}"), move |store, own| {
        let mut page = page.clone();
        // A nil stands for the middle.
        page.after = page.after.and(own.mail);
        let ids = store.mail_select(&filter(own), &page)?;
        Ok(store.mail_lines(&ids, false)?.len())
    })
}

fn mails() -> Vec<Verb> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = Vec::new();
    let page = |order, middle: bool| MailPage { order, after: middle.then(Uuid::nil), ..MailPage::default() };
    for (order, name) in
        [(MailOrder::Recorded, "recorded"), (MailOrder::Sent, "sent"), (MailOrder::Received, "received")]
    {
        all.push(mail_list(name, page(order, false), |_| MailFilter::default()));
        all.push(mail_list(&format!("{name}, middle"), page(order, true), |_| MailFilter::default()));
    }
    let filters: Vec<(&str, MailFilter)> = vec![
        ("--inbox sales", MailFilter { inbox: some("sales"), ..MailFilter::default() }),
        ("--source capture", MailFilter { source: some("capture"), ..MailFilter::default() }),
        ("--direction out", MailFilter { direction: some("out"), ..MailFilter::default() }),
        ("--attachment", MailFilter { attachment: true, ..MailFilter::default() }),
        ("--unresolved", MailFilter { unresolved: true, ..MailFilter::default() }),
        ("--unlinked", MailFilter { unlinked: true, ..MailFilter::default() }),
        ("--locked", MailFilter { locked: true, ..MailFilter::default() }),
        ("--to inbox", MailFilter { to: some("info@crm.test"), ..MailFilter::default() }),
        ("--from stranger", MailFilter { from: some("nobody@d.test"), ..MailFilter::default() }),
    ];
    for (name, filter) in filters {
        all.push(mail_list(name, page(MailOrder::Recorded, false), move |_| filter.clone()));
    }
    for middle in [false, true] {
        let place = if middle { ", middle" } else { "" };
        let list = |name: &str, filter: fn(&Own) -> MailFilter| {
            mail_list(&format!("{name}{place}"), page(MailOrder::Sent, middle), filter)
        };
        all.push(list("--contact, many mails", |own| MailFilter {
            contact: Some(own.busy.unwrap_or_default()),
            ..MailFilter::default()
        }));
        all.push(list("--from", |own| MailFilter {
            from: Some(own.address.clone()),
            ..MailFilter::default()
        }));
        all.push(list("--owner me", |own| MailFilter { owner: Some(own.user), ..MailFilter::default() }));
        all.push(list("--user me", |own| MailFilter { user: Some(own.user), ..MailFilter::default() }));
    }
    for (name, words, middle) in [
        ("frequent word", "house", false),
        ("frequent word, middle", "house", true),
        ("rare word", "f4711", false),
        ("two words", "aguila17 terrace", false),
        ("no such word", "xyzzyplugh", false),
    ] {
        all.push(verb(&format!("mail list --search, {name}"), move |store, own| {
            let after = own.mail.filter(|_| middle);
            let found = store.mail_found(words, None, &MailFilter::default(), after, 50)?;
            let mut lines = store.mail_lines(&found.ids, false)?;
            store.mail_snippets(&mut lines, words, None)?;
            Ok(lines.len())
        }));
    }
    all
}

fn records_and_tickets() -> Vec<Verb> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = Vec::new();
    let records: Vec<(&str, RecordFilter)> = vec![
        ("", RecordFilter::default()),
        ("--kind deal", RecordFilter { kind: some("deal"), ..RecordFilter::default() }),
        ("--kind none", RecordFilter { kind: some("castle"), ..RecordFilter::default() }),
        ("--state open", RecordFilter { state: some("open"), ..RecordFilter::default() }),
        ("--owner agent40", RecordFilter { owner: some("agent40"), ..RecordFilter::default() }),
        ("--owner ann", RecordFilter { owner: some("ann"), ..RecordFilter::default() }),
        ("--stage", RecordFilter { stage: some("stage 5"), ..RecordFilter::default() }),
        ("--stage none", RecordFilter { stage: some("stage 1"), ..RecordFilter::default() }),
        ("--origin import", RecordFilter { origin: some("import"), ..RecordFilter::default() }),
        ("--text, many", RecordFilter { text: some("attic"), ..RecordFilter::default() }),
        ("--text, few", RecordFilter { text: some("studio in street 2003"), ..RecordFilter::default() }),
        ("--text, none", RecordFilter { text: some("castle"), ..RecordFilter::default() }),
        ("--text, a code", RecordFilter { text: some("lead-77"), ..RecordFilter::default() }),
        ("--text, a reference", RecordFilter { text: some("REF77"), ..RecordFilter::default() }),
    ];
    for (name, filter) in records {
        for middle in [false, true] {
            let filter = filter.clone();
            let place = if middle { ", middle" } else { "" };
            all.push(verb(&format!("record list {name}{place}"), move |store, own| {
                Ok(store.record_list(&filter, own.page(own.record.filter(|_| middle)))?.len())
            }));
        }
    }
    all.push(verb("record list --contact", |store, own| {
        let filter = RecordFilter { contact: own.busy, ..RecordFilter::default() };
        Ok(store.record_list(&filter, own.page(None))?.len())
    }));
    let tickets: Vec<(&str, TicketFilter)> = vec![
        ("", TicketFilter::default()),
        ("--status unsolved", TicketFilter { status: some("unsolved"), ..TicketFilter::default() }),
        ("--status new", TicketFilter { status: some("new"), ..TicketFilter::default() }),
        ("--status closed", TicketFilter { status: some("closed"), ..TicketFilter::default() }),
        ("--owner agent40", TicketFilter { owner: some("agent40"), ..TicketFilter::default() }),
        ("--owner ann", TicketFilter { owner: some("ann"), ..TicketFilter::default() }),
        ("--inbox help", TicketFilter { inbox: some("help"), ..TicketFilter::default() }),
        ("--inbox none", TicketFilter { inbox: some("info"), ..TicketFilter::default() }),
        ("--priority urgent", TicketFilter { priority: some("urgent"), ..TicketFilter::default() }),
    ];
    for (name, filter) in tickets {
        for middle in [false, true] {
            let filter = filter.clone();
            let place = if middle { ", middle" } else { "" };
            all.push(verb(&format!("ticket list {name}{place}"), move |store, own| {
                Ok(store.ticket_list(&filter, own.page(own.ticket.filter(|_| middle)))?.len())
            }));
        }
    }
    all.push(verb("ticket list --contact", |store, own| {
        let filter = TicketFilter { contact: own.busy, ..TicketFilter::default() };
        Ok(store.ticket_list(&filter, own.page(None))?.len())
    }));
    all.push(verb("ticket list --record", |store, own| {
        let filter = TicketFilter { record: own.record, ..TicketFilter::default() };
        Ok(store.ticket_list(&filter, own.page(None))?.len())
    }));
    all
}

fn intakes() -> Vec<Verb> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = Vec::new();
    let filters: Vec<(&str, IntakeFilter)> = vec![
        ("", IntakeFilter::default()),
        ("--inbox sales", IntakeFilter { inbox: some("sales"), ..IntakeFilter::default() }),
        ("--inbox none", IntakeFilter { inbox: some("none"), ..IntakeFilter::default() }),
        ("--outcome blocked", IntakeFilter { outcome: some("blocked"), ..IntakeFilter::default() }),
        ("--outcome failed", IntakeFilter { outcome: some("failed"), ..IntakeFilter::default() }),
        ("--unresolved", IntakeFilter { unresolved: true, ..IntakeFilter::default() }),
    ];
    for (name, filter) in filters {
        for middle in [false, true] {
            let filter = filter.clone();
            let place = if middle { ", middle" } else { "" };
            all.push(verb(&format!("intake list {name}{place}"), move |store, own| {
                Ok(store.intake_list(&filter, own.page(own.intake.filter(|_| middle)))?.len())
            }));
        }
    }
    let waiting: [(&str, Option<&'static str>, Option<&'static str>); 5] = [
        ("", None, None),
        ("--cause manual", Some("manual"), None),
        ("--cause none", Some("ceiling"), None),
        ("--inbox sales", None, Some("sales")),
        ("--inbox none", None, Some("crm")),
    ];
    for (name, cause, inbox) in waiting {
        for middle in [false, true] {
            let place = if middle { ", middle" } else { "" };
            all.push(verb(&format!("unresolved list {name}{place}"), move |store, own| {
                Ok(store.unresolved_list(cause, inbox, own.page(own.intake.filter(|_| middle)))?.len())
            }));
        }
    }
    all
}

fn work() -> Vec<Verb> {
    let mut all = Vec::new();
    let tasks: Filters<TaskFilter> = vec![
        ("", |_| TaskFilter::default()),
        ("--user me", |own| TaskFilter { user: Some(own.user), ..TaskFilter::default() }),
        ("--done", |_| TaskFilter { done: true, ..TaskFilter::default() }),
        ("--done --user me", |own| TaskFilter { done: true, user: Some(own.user), ..TaskFilter::default() }),
        ("--contact", |own| TaskFilter { contact: own.contact, ..TaskFilter::default() }),
        ("--record", |own| TaskFilter { record: own.record, ..TaskFilter::default() }),
        ("--ticket", |own| TaskFilter { ticket: own.ticket, ..TaskFilter::default() }),
    ];
    let activities: Filters<ActivityFilter> = vec![
        ("", |_| ActivityFilter { done: Some(false), ..ActivityFilter::default() }),
        ("--all", |_| ActivityFilter::default()),
        ("--done", |_| ActivityFilter { done: Some(true), ..ActivityFilter::default() }),
        ("--user me", |own| ActivityFilter {
            user: Some(own.user),
            done: Some(false),
            ..ActivityFilter::default()
        }),
        ("--all --user me", |own| ActivityFilter { user: Some(own.user), ..ActivityFilter::default() }),
        ("--contact", |own| ActivityFilter { contact: own.busy, ..ActivityFilter::default() }),
        ("--record", |own| ActivityFilter { record: own.record, ..ActivityFilter::default() }),
        ("--ticket", |own| ActivityFilter { ticket: own.ticket, ..ActivityFilter::default() }),
        ("--mail", |own| ActivityFilter { mail: own.mail, ..ActivityFilter::default() }),
    ];
    for middle in [false, true] {
        let place = if middle { ", middle" } else { "" };
        for (name, filter) in &tasks {
            let filter = *filter;
            all.push(verb(&format!("task list {name}{place}"), move |store, own| {
                Ok(store.task_list(&filter(own), own.task.filter(|_| middle), 50)?.len())
            }));
        }
        for (name, filter) in &activities {
            let filter = *filter;
            all.push(verb(&format!("activity list {name}{place}"), move |store, own| {
                Ok(store.activity_list(&filter(own), own.activity.filter(|_| middle), 50)?.len())
            }));
        }
        for (name, mine, seen) in [
            ("", true, false),
            ("--all", true, true),
            ("of everybody", false, false),
            ("of everybody --all", false, true),
        ] {
            all.push(verb(&format!("notification list {name}{place}"), move |store, own| {
                let before = own.notification.filter(|_| middle);
                Ok(store.notification_list(mine.then_some(own.user), seen, own.page(before))?.len())
            }));
        }
    }
    all.push(verb("dashboard", |store, own| {
        Ok(store.dashboard(Some((own.user, own.login.clone())), 10)?.news.len())
    }));
    all.push(verb("dashboard of everybody", |store, _| Ok(store.dashboard(None, 10)?.news.len())));
    all
}

/// Cards and whatever stands on them; each where the role has one.
fn cards() -> Vec<Verb> {
    vec![
        verb("contact show", |store, own| match own.busy {
            Some(id) => Ok(store.contact_show(&*id.to_string())?.mails.len()),
            None => Ok(0),
        }),
        verb("contact show, by phone", |store, _| {
            let key = ContactKey { phone: Some("+34600000011".into()), ..ContactKey::default() };
            Ok(usize::from(store.contact_id(key).is_ok()))
        }),
        verb("contact show, by name", |store, _| {
            Ok(usize::from(store.contact_id("Zaza Quetzalcoatl").is_ok()))
        }),
        verb("contact show, by address", |store, own| {
            Ok(usize::from(store.contact_id(&*own.address).is_ok()))
        }),
        verb("record show", |store, own| match own.record {
            Some(id) => Ok(store.record_show(&id.to_string())?.mails.len()),
            None => Ok(0),
        }),
        verb("ticket show", |store, own| match own.ticket {
            Some(id) => Ok(store.ticket_show(&id.to_string())?.mails.len()),
            None => Ok(0),
        }),
        verb("mail show", |store, own| match own.mail {
            Some(id) => Ok(store.mail_show(store.mail_find(id)?)?.parties.len()),
            None => Ok(0),
        }),
        verb("note show", |store, own| match own.note {
            Some(id) => Ok(store.note_show(id)?.1.len()),
            None => Ok(0),
        }),
        verb("note list", |store, own| {
            let targets = [own.busy.map(NoteTarget::Contact), own.record.map(NoteTarget::Record)];
            let others = [own.ticket.map(NoteTarget::Ticket), own.mail.map(NoteTarget::Mail)];
            let mut notes = 0;
            for target in targets.into_iter().chain(others).flatten() {
                notes += store.note_list(target, true)?.len();
            }
            Ok(notes)
        }),
    ]
}

/// What goes out, and the addresses to which nothing does.
fn mail_out() -> Vec<Verb> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = Vec::new();
    for (name, filter) in [
        ("", OutboxFilter::default()),
        ("--state dead", OutboxFilter { state: some("dead"), ..OutboxFilter::default() }),
    ] {
        all.push(verb(&format!("outbox list {name}"), move |store, own| {
            Ok(store.outbox_list(&filter, own.page(None))?.len())
        }));
    }
    all.push(verb("outbox list --to", |store, own| {
        let filter = OutboxFilter { rcpt_to: Some(own.address.clone()), ..OutboxFilter::default() };
        Ok(store.outbox_list(&filter, own.page(None))?.len())
    }));
    all.push(verb("address list", |store, _| {
        Ok(store.address_list(&AddressFilter { limit: 50, ..AddressFilter::default() })?.len())
    }));
    all.push(verb("address show", |store, own| Ok(usize::from(store.address_show(&own.address).is_ok()))));
    all
}

/// What only administrators see; nothing for others.
fn administration() -> Vec<Verb> {
    vec![
        verb("audit list", |store, _| {
            Ok(store.audit_list(&AuditFilter::default(), None, 50).map_or(0, |lines| lines.len()))
        }),
        verb("audit list --of", |store, own| {
            let filter = AuditFilter { of: own.busy, ..AuditFilter::default() };
            Ok(store.audit_list(&filter, None, 50).map_or(0, |lines| lines.len()))
        }),
        verb("erasure list", |store, _| Ok(store.erasure_pending(50).map_or(0, |bodies| bodies.len()))),
    ]
}

/// What does not grow with contacts and mails.
fn small() -> Vec<Verb> {
    vec![
        verb("block list", |store, _| Ok(store.block_list(false)?.len())),
        verb("block why", |store, own| Ok(store.block_why(&own.address)?.len())),
        verb("user list", |store, _| Ok(store.user_list()?.len())),
        verb("user office list", |store, _| Ok(store.office_list()?.len())),
        verb("user team list", |store, _| Ok(store.team_list()?.len())),
        verb("type list", |store, _| Ok(store.type_list()?.len())),
        verb("stage list", |store, _| Ok(store.stage_list(None, None)?.len())),
        verb("origin list", |store, _| Ok(store.origin_list()?.len())),
    ]
}
