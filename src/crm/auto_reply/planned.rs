//! A reply between the decision and the outbox: what it says is filled in when the codes are there.

use super::{Addressee, Claim};
use crate::crm::letter::{self, Content, LetterKind, NewLetter};
use crate::crm::template::{Tag, Tags, Template};
use uuid::Uuid;

/// A reply to write. What it says is filled in when the codes of what the message opened are known.
#[derive(Debug, Clone)]
pub struct PlannedReply {
    /// Key of the row of the outbox.
    pub id: Uuid,
    /// The line of intake that says what came of it.
    pub intake: Uuid,
    /// Key of the inbox.
    pub inbox: String,
    /// Domain of the inbox's address, for the Message-ID.
    pub domain: String,
    /// Who gets it.
    pub to: Addressee,
    /// The text, in the language chosen.
    pub template: Template,
    /// The values, but codes.
    pub tags: Tags,
    /// The stored mail that caused it.
    pub mail: Option<Uuid>,
    /// Message-ID that it answers, with angle brackets.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, the oldest first.
    pub references: Vec<String>,
    /// The contact.
    pub contact: Option<Uuid>,
    /// The lead that the message opened.
    pub record: Option<Uuid>,
    /// The ticket that the message opened.
    pub ticket: Option<Uuid>,
    /// What must be free for it to go out.
    pub claims: Vec<Claim>,
}

impl PlannedReply {
    /// The row of the outbox, with the code of what the message opened.
    ///
    /// # Errors
    /// The template could not be filled in, which the check of the configuration should have found.
    pub fn letter(&self, code: Option<&str>) -> Result<NewLetter, minijinja::Error> {
        let of_code = if self.ticket.is_some() { Tag::TicketCode } else { Tag::RecordCode };
        let filled = self.template.render(&self.tags.clone().with_option(of_code, code))?;
        Ok(NewLetter {
            id: self.id,
            kind: LetterKind::Reply,
            inbox: Some(self.inbox.clone()),
            mail_from: String::new(),
            rcpt_to: self.to.address.clone(),
            message_id: letter::message_id(self.id, &self.domain),
            subject: filled.subject,
            content: Content {
                to_name: self.to.name.clone(),
                text: filled.text,
                html: filled.html,
                in_reply_to: self.in_reply_to.clone(),
                references: self.references.clone(),
                automatic: Some(self.to.automatic),
                code: code.map(str::to_owned),
                attachments: Vec::new(),
            },
            in_reply_to: self.mail,
            contact: self.contact,
            record: self.record,
            ticket: self.ticket,
            comment: None,
            author: None,
        })
    }
}
