//! The tags of templates: what may stand between `{{` and `}}`, in which templates, and with what value.
//!
//! Values are text and nothing else: what looks like a tag in one is printed as it is. A value that is not there is
//! an undefined tag, which cannot be printed; [`super::Template::new`] sees to it that no template would.

use super::Purpose;
use minijinja::Value;
use std::collections::BTreeMap;

/// Most characters of a value of one line.
const LINE: usize = 300;
/// Most characters of a value of several lines.
const TEXT: usize = 100_000;

/// What a template may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// Name of the contact, where it is known and a plain short one.
    ContactName,
    /// Company of the contact.
    ContactCompany,
    /// Code of the ticket.
    TicketCode,
    /// Subject of the ticket.
    TicketSubject,
    /// Code of the record.
    RecordCode,
    /// Title of the record.
    RecordTitle,
    /// Name of the inbox.
    InboxName,
    /// Address of the inbox.
    InboxAddress,
    /// Name of the user: whose the contact, record or ticket is, who writes, or who is told.
    UserName,
    /// Name of the company that runs the CRM.
    CompanyName,
    /// Subject of the mail that is answered, where it is short and clean.
    MailSubject,
    /// Text of the comment.
    CommentText,
    /// What the notice says.
    NoticeText,
    /// How many notices there are.
    NoticeCount,
}

impl Tag {
    /// All of them.
    pub const ALL: [Tag; 14] = [
        Tag::ContactName,
        Tag::ContactCompany,
        Tag::TicketCode,
        Tag::TicketSubject,
        Tag::RecordCode,
        Tag::RecordTitle,
        Tag::InboxName,
        Tag::InboxAddress,
        Tag::UserName,
        Tag::CompanyName,
        Tag::MailSubject,
        Tag::CommentText,
        Tag::NoticeText,
        Tag::NoticeCount,
    ];

    /// Its name in a template.
    pub fn name(self) -> &'static str {
        match self {
            Tag::ContactName => "contact.name",
            Tag::ContactCompany => "contact.company",
            Tag::TicketCode => "ticket.code",
            Tag::TicketSubject => "ticket.subject",
            Tag::RecordCode => "record.code",
            Tag::RecordTitle => "record.title",
            Tag::InboxName => "inbox.name",
            Tag::InboxAddress => "inbox.address",
            Tag::UserName => "user.name",
            Tag::CompanyName => "company.name",
            Tag::MailSubject => "mail.subject",
            Tag::CommentText => "comment.text",
            Tag::NoticeText => "notice.text",
            Tag::NoticeCount => "notice.count",
        }
    }

    /// What it stands for, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Tag::ContactName => "name of the contact, where it is known and a plain short one",
            Tag::ContactCompany => "company of the contact",
            Tag::TicketCode => "code of the ticket",
            Tag::TicketSubject => "subject of the ticket",
            Tag::RecordCode => "code of the record: lead, deal",
            Tag::RecordTitle => "title of the record",
            Tag::InboxName => "name of the inbox",
            Tag::InboxAddress => "address of the inbox",
            Tag::UserName => "name of the colleague: whose it is, who writes, or who is told",
            Tag::CompanyName => "name of your company",
            Tag::MailSubject => "subject of the mail that is answered, where it is short and clean",
            Tag::CommentText => "text of the comment",
            Tag::NoticeText => "what the notice says",
            Tag::NoticeCount => "how many notices there are",
        }
    }

    /// Whether it can be had in a template for this; `Some(true)`: always.
    pub fn in_template(self, purpose: Purpose) -> Option<bool> {
        use Purpose::{Comment, Digest, LeadReply, Notice, TicketReply};
        match self {
            Tag::CompanyName => Some(true),
            Tag::InboxName | Tag::InboxAddress => match purpose {
                Notice => Some(false),
                Digest => None,
                LeadReply | TicketReply | Comment => Some(true),
            },
            Tag::UserName => Some(matches!(purpose, Comment | Notice | Digest)),
            Tag::ContactName | Tag::ContactCompany => match purpose {
                Digest => None,
                // A stranger's word for it, which is quoted to nobody.
                LeadReply | TicketReply if self == Tag::ContactCompany => None,
                LeadReply | TicketReply | Comment | Notice => Some(false),
            },
            Tag::TicketCode => match purpose {
                TicketReply | Comment => Some(true),
                Notice => Some(false),
                LeadReply | Digest => None,
            },
            Tag::TicketSubject => match purpose {
                Comment => Some(true),
                Notice => Some(false),
                LeadReply | TicketReply | Digest => None,
            },
            Tag::RecordCode => match purpose {
                LeadReply | Notice => Some(false),
                TicketReply | Comment | Digest => None,
            },
            Tag::RecordTitle => (purpose == Notice).then_some(false),
            Tag::MailSubject => matches!(purpose, LeadReply | TicketReply).then_some(false),
            Tag::CommentText => (purpose == Comment).then_some(true),
            Tag::NoticeText => matches!(purpose, Notice | Digest).then_some(true),
            Tag::NoticeCount => (purpose == Digest).then_some(true),
        }
    }

    /// The tag of that name.
    pub fn from_name(name: &str) -> Option<Tag> {
        Tag::ALL.into_iter().find(|tag| tag.name() == name)
    }

    fn has_lines(self) -> bool {
        matches!(self, Tag::CommentText | Tag::NoticeText)
    }
}

/// Values of tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<Tag, String>);

impl Tags {
    /// With one value more, freed of what no text shows: control characters, and those that turn the direction of
    /// what stands around them. One of spaces only is none.
    pub fn with(mut self, tag: Tag, value: impl AsRef<str>) -> Tags {
        let value = if tag.has_lines() { lines(value.as_ref()) } else { line(value.as_ref(), LINE) };
        if !value.is_empty() {
            self.0.insert(tag, value);
        }
        self
    }

    /// With one value more, if there is one.
    pub fn with_option(self, tag: Tag, value: Option<impl AsRef<str>>) -> Tags {
        match value {
            Some(value) => self.with(tag, value),
            None => self,
        }
    }

    /// The value of a tag.
    pub fn value(&self, tag: Tag) -> Option<&str> {
        self.0.get(&tag).map(String::as_str)
    }

    /// As a template sees them: every group is there, so that `{% if ticket.code %}` can be asked.
    pub(super) fn groups(&self) -> Value {
        let mut groups: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for tag in Tag::ALL {
            let (group, field) = tag.name().split_once('.').expect("names of tags have a dot");
            groups.entry(group).or_default().extend(self.value(tag).map(|value| (field, value)));
        }
        Value::from_pairs(groups.into_iter().map(|(group, fields)| (group, Value::from_pairs(fields))))
    }
}

/// On one line, at most so many characters.
pub(super) fn line(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let clean: String = word.chars().filter(|c| !is_unseen(*c)).collect();
        if clean.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&clean);
    }
    match out.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", out[..at].trim_end()),
        None => out,
    }
}

/// With its lines, which end with LF.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = text.chars().filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || is_unseen(*c)));
    let kept: String = kept.take(TEXT).collect();
    kept.trim_matches('\n').trim_end().to_owned()
}

/// Directions' overrides and isolates, line and paragraph separators, tags, and zero-width characters but the joiners
/// that scripts and emoji need.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{ad}')
}
