//! `crmctl mail`.

use super::args::mail::Mail as Verb;
use super::desk::Desk;
use super::intake;
use super::table::Table;
use super::text::{self, Page};
use crate::store::{Mail, MailFilter, MailLine};

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    let store = desk.store()?;
    match verb {
        Verb::List(page) => desk.list(&store.mail_list(&MailFilter::default(), page.into())?, table),
        Verb::Show { mail, headers, raw } => {
            let id = store.mail_find(*mail)?;
            if *raw {
                return desk.bytes(&store.mail_raw(id)?);
            }
            if *headers {
                return show_headers(desk, &store.mail_raw(id)?);
            }
            show(desk, &store.mail_show(id)?)
        }
    }
}

/// Mails as a table.
pub fn table(mails: &[MailLine]) -> Table {
    let mut table = Table::new(&["id", "received", "from", "subject", "source", "stands on"]);
    for mail in mails {
        table.row([
            mail.id.to_string(),
            text::time(mail.received_at),
            mail.from.clone().unwrap_or_else(|| format!("<{}>", mail.mail_from)),
            mail.subject.clone().unwrap_or_default(),
            mail.source.clone(),
            mail.links.join(", "),
        ]);
    }
    table
}

fn show_headers(desk: &Desk, raw: &[u8]) -> anyhow::Result<()> {
    let section = header_section(raw);
    desk.print(&format!("{}\n", text::lines(String::from_utf8_lossy(section).trim_end())))
}

/// The header section: up to the first empty line.
fn header_section(raw: &[u8]) -> &[u8] {
    let mut line = 0;
    while line < raw.len() {
        if raw[line..].starts_with(b"\n") || raw[line..].starts_with(b"\r\n") {
            return &raw[..line];
        }
        line = memchr::memchr(b'\n', &raw[line..]).map_or(raw.len(), |at| line + at + 1);
    }
    raw
}

fn show(desk: &Desk, mail: &Mail) -> anyhow::Result<()> {
    desk.show(mail, |mail| {
        let mut out = head(mail);
        if let Some(reason) = &mail.line.unparsed {
            out.push_str(&format!("\nNot understood: {}; see --raw.\n", text::line(reason)));
        }
        if let Some(note) = mail.note.as_ref().filter(|note| !note.trim().is_empty()) {
            out.push_str(&format!("\n{}{}\n", desk.heading("Note"), text::lines(note.trim())));
        }
        let shown = mail.new_text.as_ref().filter(|text| !text.trim().is_empty()).unwrap_or(&mail.text);
        out.push_str(&format!("\n{}\n", text::lines(shown.trim())));
        desk.section(&mut out, "Attachments", &mail.attachments, |attachments| {
            let mut table = Table::new(&["name", "type", "octets", "SHA-256"]);
            for attachment in attachments {
                table.row([
                    attachment.name.clone().unwrap_or_default(),
                    attachment.media_type.clone(),
                    attachment.size.to_string(),
                    attachment.sha256.clone(),
                ]);
            }
            table
        });
        desk.section(&mut out, "Stands on", &mail.stands_on, |links| {
            let mut table = Table::new(&["kind", "code", "title", "linked", "by"]);
            for link in links {
                table.row([
                    link.kind.clone(),
                    link.code.clone(),
                    link.title.clone(),
                    text::time(link.linked_at),
                    link.linked_by.clone().unwrap_or_else(|| link.how.clone()),
                ]);
            }
            table
        });
        desk.section(&mut out, "Intake", &mail.intakes, intake::table);
        out
    })
}

/// Who, to whom, when: the three times with their zone.
fn head(mail: &Mail) -> String {
    let line = &mail.line;
    let mut page = Page::default();
    for (name, role) in [("From", "from"), ("To", "to"), ("Cc", "cc"), ("Bcc", "bcc")] {
        let parties = mail.parties.iter().filter(|party| party.role == role);
        let shown: Vec<String> = parties
            .map(|party| match (&party.name, &party.address) {
                (Some(name), Some(address)) => format!("{name} <{address}>"),
                (name, address) => name.clone().or_else(|| address.clone()).unwrap_or_default(),
            })
            .collect();
        page.maybe(name, Some(shown.join(", ")));
    }
    page.maybe("Subject", line.subject.as_ref());
    page.maybe("Sent", line.sent_at.map(text::time));
    page.field("Received", text::time(line.received_at));
    page.field("Recorded", text::time(line.recorded_at));
    page.field("Source", format!("{}, {}", line.source, line.direction));
    page.maybe("Filed by", mail.filed_by.as_ref());
    page.maybe("Language", mail.language.as_ref());
    page.field("Id", line.id);
    page.finish()
}

impl From<&super::args::Page> for crate::store::Page {
    fn from(page: &super::args::Page) -> Self {
        crate::store::Page { before: page.before, limit: i64::from(page.limit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_section_ends_at_the_first_empty_line() {
        assert_eq!(header_section(b"A: b\r\nC: d\r\n\r\nbody\n\n"), b"A: b\r\nC: d\r\n");
        assert_eq!(header_section(b"A: b\n\nbody"), b"A: b\n");
        assert_eq!(header_section(b"\nbody"), b"");
        assert_eq!(header_section(b"A: b"), b"A: b");
    }
}
