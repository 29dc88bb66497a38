//! `crmctl ticket comment` and `crmctl ticket note`.
//!
//! A comment is what the contact is to read: in one transaction it is kept and put into the outbox, in the name of the
//! ticket's inbox, as an answer to the contact's newest mail. A note never leaves: it makes no row of the outbox.

use super::super::desk::Desk;
use super::super::exit::{CONFIG, DATAERR, fault};
use super::super::{outgoing, pick};
use crate::config::model::Config;
use crate::crm::inbox::Inbox;
use crate::crm::letter::{Content, LetterKind, NewLetter};
use crate::crm::template::{Purpose, Tag};
use crate::crm::writing;
use crate::store::{Store, Ticket, Writer};
use serde_json::json;
use uuid::Uuid;

/// `note`.
pub fn note(desk: &Desk, written: &str, words: &str) -> anyhow::Result<()> {
    let store = desk.store()?;
    let (ticket, id) = (pick::ticket(&store, written)?, Uuid::now_v7());
    store.ticket_comment(id, ticket, &pick::text(words)?, None)?;
    let done = json!({ "id": id, "is_public": false, "sent": false, "queued": false });
    desk.done(&done, "note kept, for colleagues only")
}

/// `comment`.
pub fn comment(desk: &Desk, written: &str, words: &str) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let ticket = store.ticket_show(written)?;
    let text = writing::text(&pick::text(words)?).map_err(|wrong| fault(DATAERR, wrong))?;
    let letter = letter(&config, &store, &ticket, &text)?;
    let id = letter.comment.unwrap_or_default();
    store.ticket_comment(id, ticket.line.id, &text, Some(&letter))?;
    let done =
        json!({ "id": id, "is_public": true, "sent": false, "queued": true, "rcpt_to": letter.rcpt_to });
    desk.done(&done, &format!("comment on {} goes to {}", ticket.line.code, letter.rcpt_to))
}

fn letter(config: &Config, store: &Store, ticket: &Ticket, text: &str) -> anyhow::Result<NewLetter> {
    let line = &ticket.line;
    let Some(contact) = line.contact_id else {
        let how = format!(
            "`crmctl ticket set {0} contact=…` names one, `crmctl ticket note {0} …` needs none",
            line.code
        );
        return Err(fault(DATAERR, format!("{} has no contact to send a comment to; {how}", line.code)));
    };
    // Who may see the ticket need not see its contact.
    let contact = store.contact_find(contact.to_string().as_str())?;
    let rcpt_to = outgoing::recipient(store, contact.id, &contact.name, None)?;
    let inbox = outgoing::inbox(config, Some(&line.inbox))?;
    let author = store.writer()?;
    let (subject, text, html) =
        filled(config, &inbox, ticket, contact.language.as_deref(), author.as_ref(), text)?;
    let thread = store.ticket_thread(line.id)?;
    let answered =
        thread.iter().rev().find(|mail| mail.incoming && writing::message_id(&mail.message_id).is_some());
    let id = Uuid::now_v7();
    let content = Content {
        to_name: Some(contact.name),
        text,
        html,
        in_reply_to: answered.and_then(|mail| writing::message_id(&mail.message_id)),
        references: writing::references(thread.iter().map(|mail| mail.message_id.as_str())),
        code: Some(line.code.clone()),
        ..Content::default()
    };
    Ok(NewLetter {
        id,
        kind: LetterKind::Comment,
        mail_from: inbox.address.clone(),
        rcpt_to,
        message_id: outgoing::message_id(id, &inbox),
        inbox: Some(inbox.key),
        subject,
        content,
        in_reply_to: answered.map(|mail| mail.mail),
        contact: Some(contact.id),
        record: None,
        ticket: Some(line.id),
        comment: Some(Uuid::now_v7()),
        author: author.map(|author| author.id),
    })
}

/// Subject, text and HTML by the template of comments.
fn filled(
    config: &Config,
    inbox: &Inbox,
    ticket: &Ticket,
    language: Option<&str>,
    author: Option<&Writer>,
    text: &str,
) -> anyhow::Result<(String, String, Option<String>)> {
    let templates = config.templates();
    let tags = templates
        .tags()
        .with(Tag::TicketCode, &ticket.line.code)
        // A subject may hold nothing that is seen: then the code stays.
        .with(Tag::TicketSubject, &ticket.line.code)
        .with(Tag::TicketSubject, &ticket.line.subject)
        .with(Tag::CommentText, text)
        .with(Tag::InboxName, &inbox.name)
        .with(Tag::InboxAddress, &inbox.address)
        .with(Tag::UserName, author.map_or(inbox.name.as_str(), |author| author.name.as_str()))
        .with_option(Tag::ContactName, ticket.line.contact.as_ref());
    let template = templates.find(Purpose::Comment, Some(&inbox.key), language);
    let template = template.ok_or_else(|| fault(CONFIG, "there is no template for comments"))?;
    let rendered = template
        .render(&tags)
        .map_err(|error| fault(DATAERR, format!("the template of comments cannot be filled in: {error}")))?;
    Ok((rendered.subject, rendered.text, rendered.html))
}
