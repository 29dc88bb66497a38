//! `crmctl mail`: listed, shown, filed, handled, exported. A stored mail itself never changes.

mod add;
mod attachments;
mod csv;
mod export;
mod file_name;
mod handle;
mod list;
mod save;

use super::args::mail::Mail as Verb;
use super::desk::Desk;
use super::intake;
use super::table::Table;
use super::text::{self, Page};
use crate::store::{Mail, MailLine};

/// Runs a verb.
pub fn run(desk: &Desk, verb: &Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List { filter, sort, columns, limit, after } => {
            list::run(desk, filter, *sort, columns, *limit, *after)
        }
        Verb::Show { mail, headers, raw, save } => {
            let store = desk.store()?;
            let id = store.mail_find(*mail)?;
            if *raw {
                return desk.bytes(&store.mail_raw(id)?);
            }
            if *headers {
                return show_headers(desk, &store.mail_raw(id)?);
            }
            match save {
                Some(directory) => attachments::save(desk, &store, id, directory),
                None => show(desk, &store.mail_show(id)?),
            }
        }
        Verb::Link { mail, targets } => handle::link(desk, *mail, targets),
        Verb::Unlink { mail, targets } => handle::unlink(desk, *mail, targets),
        Verb::Relink { mail, from, to } => handle::relink(desk, *mail, from, to),
        Verb::Lock { mails } => handle::lock(desk, mails, true),
        Verb::Unlock { mails } => handle::lock(desk, mails, false),
        Verb::Owner { login, mails, filter, yes } => handle::owner(desk, login, mails, filter, *yes),
        Verb::Note { mail, text, pin } => handle::note(desk, *mail, text, *pin),
        Verb::Save(what) => save::run(desk, what),
        Verb::Add(what) => add::run(desk, what),
        Verb::Export { mails, filter, sort, format, columns, text, output } => {
            let what = export::What { mails, filter, sort: *sort, columns, text: *text };
            export::run(desk, &what, *format, output.as_deref())
        }
    }
}

/// Mails as a table with the usual columns.
pub fn table(mails: &[MailLine]) -> Table {
    list::Columns::usual(crate::store::MailOrder::Received, false).table(mails)
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
            out.push_str(&format!(
                "\n{}{}\n",
                desk.heading("Note above the forward"),
                text::lines(note.trim())
            ));
        }
        let whole = mail.line.text.as_deref().unwrap_or_default();
        let shown = mail.new_text.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(whole);
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
        desk.section(&mut out, "Notes", &mail.notes, |notes| {
            let mut table = Table::new(&["id", "written", "by", "note"]);
            for note in notes {
                let by = note.author.clone().unwrap_or_else(|| "an operator".into());
                table.row([note.id.to_string(), text::time(note.created_at), by, note.text.clone()]);
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
    let roles = [
        ("From", "from"),
        ("Sender", "sender"),
        ("Reply-To", "reply-to"),
        ("To", "to"),
        ("Cc", "cc"),
        ("Bcc", "bcc"),
    ];
    for (name, role) in roles {
        let parties = mail.parties.iter().filter(|party| party.role == role);
        let shown: Vec<String> = parties
            .map(|party| {
                let written = match (&party.name, &party.address) {
                    (Some(name), Some(address)) => format!("{name} <{address}>"),
                    (name, address) => name.clone().or_else(|| address.clone()).unwrap_or_default(),
                };
                match (&party.user, &party.contact) {
                    (Some(login), _) => format!("{written} (user {login})"),
                    (None, Some(contact)) => format!("{written} (contact {contact})"),
                    (None, None) => written,
                }
            })
            .collect();
        page.maybe(name, Some(shown.join(", ")));
    }
    page.maybe("Subject", line.subject.as_ref());
    page.maybe("Sent", line.sent_at.map(text::time));
    page.field("Received", text::time(line.received_at));
    page.field("Recorded", text::time(line.recorded_at));
    page.field("Source", format!("{}, {}", line.source, line.direction));
    page.maybe("Inboxes", Some(line.inboxes.join(", ")));
    page.maybe("Filed by", line.filed_by.as_ref());
    page.maybe("Owner", line.owner.as_ref());
    page.maybe(
        "Locked",
        line.locked_at
            .map(|at| format!("{} by {}", text::time(at), line.locked_by.as_deref().unwrap_or_default())),
    );
    page.maybe("Language", line.language.as_ref());
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
