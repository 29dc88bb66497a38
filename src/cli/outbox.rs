//! `crmctl outbox`: what goes out.

use super::args::outbox::Outbox as Verb;
use super::desk::Desk;
use super::table::Table;
use super::text::{self, Page};
use crate::mail::address;
use crate::store::{OutboxFilter, OutboxLine, Store};
use serde_json::json;
use uuid::Uuid;

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::List { state, kind, to, page } => {
            let case_sensitive = desk.config()?.case_sensitive_local_parts;
            let canonical =
                |to: &String| address::canonical(to, case_sensitive).unwrap_or_else(|| to.clone());
            let filter = OutboxFilter {
                state: state.clone(),
                kind: kind.clone(),
                rcpt_to: to.as_ref().map(canonical),
            };
            desk.list(&store.outbox_list(&filter, page.into())?, table)
        }
        Verb::Show { mail } => desk.show(&store.outbox_show(mail)?, shown),
        Verb::Retry { mails, dead } => {
            let count = store.outbox_retry(&ids(&store, mails)?, *dead)?;
            desk.done(&json!({ "retried": count }), &format!("{} tried again now", counted(count)))
        }
        Verb::Cancel { mails } => {
            let count = store.outbox_cancel(&ids(&store, mails)?)?;
            desk.done(&json!({ "cancelled": count }), &format!("{} cancelled", counted(count)))
        }
    }
}

fn ids(store: &Store, mails: &[String]) -> anyhow::Result<Vec<Uuid>> {
    mails.iter().map(|mail| Ok(store.outbox_show(mail)?.id)).collect()
}

fn counted(count: u64) -> String {
    text::count(usize::try_from(count).unwrap_or(usize::MAX), "mail", "mails")
}

/// Mails as a table.
fn table(mails: &[OutboxLine]) -> Table {
    let mut table = Table::new(&["number", "made", "state", "kind", "to", "subject", "tries", "next", "why"]);
    for mail in mails {
        table.row([
            mail.number.to_string(),
            text::time(mail.created_at),
            if mail.leased { "being sent".to_owned() } else { mail.state.clone() },
            mail.kind.clone(),
            mail.rcpt_to.clone(),
            mail.subject.clone(),
            mail.attempts.to_string(),
            mail.next_at.map(text::time).unwrap_or_default(),
            mail.error.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// One mail for people.
fn shown(mail: &OutboxLine) -> String {
    let mut page = Page::default();
    page.field("mail", mail.number);
    page.field("id", mail.id);
    page.field("state", if mail.leased { "being sent" } else { mail.state.as_str() });
    page.field("kind", &mail.kind);
    page.field("to", &mail.rcpt_to);
    page.maybe("contact", mail.contact.as_ref());
    page.maybe("about", mail.code.as_ref());
    page.maybe("author", mail.author.as_ref());
    page.maybe("inbox", mail.inbox.as_ref());
    page.field("subject", &mail.subject);
    page.field("message-id", &mail.message_id);
    page.field("made", text::time(mail.created_at));
    page.field("tries", mail.attempts);
    page.maybe("next", mail.next_at.map(text::time));
    page.maybe("settled", mail.settled_at.map(text::time));
    page.maybe("why", mail.error.as_ref());
    page.maybe("reply", mail.reply.as_ref());
    page.maybe("stored as", mail.mail_id);
    let body = mail.text.as_deref().map(text::lines).unwrap_or_default();
    format!("{}\n{body}\n", page.finish())
}
