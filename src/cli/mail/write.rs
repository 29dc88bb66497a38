//! `crmctl mail write` (row W18): a letter of a user to a contact.
//!
//! The text is written with an editor on a terminal, or comes by standard input. What is going out is shown and asked
//! about on a terminal. It goes out in the user's name from the user's main address; answers come to the user and, by
//! the signed address of the inbox of `[outbox]`, to the record or ticket that it is about.
//!
//! DIAGNOSTICS: nothing is written before everything is known to be in order. A text that could not be sent is left in
//! its file, whose name is said.

use super::super::args::mail::Write as Args;
use super::super::desk::Desk;
use super::super::exit::{DATAERR, NOPERM, USAGE, fault};
use super::super::{outgoing, pick, text};
use super::file_name;
use crate::config::model::Config;
use crate::crm::letter::{self, Attached, Content, LetterKind, NewLetter};
use crate::crm::writing;
use crate::mail::{address, message};
use crate::store::{ContactLine, Error, Mail, Store, Writer};
use anyhow::Context as _;
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Octets of a message beside its text and attachments.
const REST: u64 = 16 << 10;

/// Runs it.
pub fn run(desk: &Desk, args: &Args) -> anyhow::Result<()> {
    let (config, store) = (desk.config()?, desk.store()?);
    let sheet = Sheet::prepared(&config, &store, args)?;
    let draft = Draft::take(&store, args, sheet.answered.as_ref())?;
    let ask = draft.file.is_some() && !args.yes;
    let sent = sheet.send(desk, &store, &draft.text, ask);
    draft.finish(sent)
}

/// A letter but for its text.
struct Sheet {
    author: Writer,
    contact: ContactLine,
    rcpt_to: String,
    subject: String,
    about: About,
    answered: Option<Mail>,
    files: Vec<File>,
    bounces: String,
}

impl Sheet {
    fn prepared(config: &Config, store: &Store, args: &Args) -> anyhow::Result<Sheet> {
        let author = author(store)?;
        let answered = args.reply_to.map(|mail| store.mail_find(mail).and_then(|mail| store.mail_show(mail)));
        let answered = answered.transpose()?;
        let (contact, wanted) = to(config, store, args, answered.as_ref())?;
        let rcpt_to = outgoing::recipient(store, contact.id, &contact.name, wanted.as_deref())?;
        let about = About::find(store, args, answered.as_ref(), &contact)?;
        let code = about.code.as_deref();
        let subject = match (&args.subject, &answered) {
            (None, Some(mail)) => Ok(writing::reply_subject(mail.line.subject.as_deref(), code)),
            (subject, _) => writing::subject(subject.as_deref().unwrap_or_default(), code),
        };
        let subject = subject.map_err(|wrong| fault(DATAERR, wrong))?;
        let bounces = outgoing::inbox(config, None)?.address;
        let files = files(config, &args.attach)?;
        Ok(Sheet { author, contact, rcpt_to, subject, about, answered, files, bounces })
    }

    /// Puts it into the outbox with that text, after a look at it if `ask` says so.
    fn send(&self, desk: &Desk, store: &Store, written: &str, ask: bool) -> anyhow::Result<()> {
        let text = writing::text(written).map_err(|wrong| fault(DATAERR, wrong))?;
        if ask {
            self.confirm(&text)?;
        }
        let letter = self.letter(store, text)?;
        store.outbox_add(&letter)?;
        let (rcpt_to, subject) = (&self.rcpt_to, &self.subject);
        let done = json!({
            "id": letter.id, "rcpt_to": rcpt_to, "subject": subject, "attachments": self.files.len(),
            "queued": true,
        });
        desk.done(&done, &format!("“{subject}” goes to {rcpt_to}"))
    }

    fn letter(&self, store: &Store, text: String) -> anyhow::Result<NewLetter> {
        let thread = self.answered.as_ref().map(|mail| thread(store, mail)).transpose()?;
        let (in_reply_to, references) = thread.unwrap_or_default();
        let id = Uuid::now_v7();
        let domain = self.author.addresses.first().and_then(|own| address::domain_of(own));
        let content = Content {
            to_name: Some(self.contact.name.clone()),
            text,
            in_reply_to,
            references,
            code: self.about.code.clone(),
            attachments: attach(store, &self.files)?,
            ..Content::default()
        };
        Ok(NewLetter {
            id,
            kind: LetterKind::Letter,
            mail_from: self.bounces.clone(),
            rcpt_to: self.rcpt_to.clone(),
            message_id: letter::message_id(id, domain.unwrap_or("localhost")),
            // In the author's name.
            inbox: None,
            subject: self.subject.clone(),
            content,
            in_reply_to: self.answered.as_ref().map(|mail| mail.line.id),
            contact: Some(self.contact.id),
            record: self.about.record,
            ticket: self.about.ticket,
            comment: None,
            author: Some(self.author.id),
        })
    }

    /// Shows what goes out, and asks.
    fn confirm(&self, written: &str) -> anyhow::Result<()> {
        let mut page = text::Page::default();
        let own = self.author.addresses.first().map_or("", String::as_str);
        page.field("From", format!("{} <{own}>", self.author.name));
        page.field("To", format!("{} <{}>", self.contact.name, self.rcpt_to));
        page.field("Subject", &self.subject);
        let names = self.files.iter().map(|file| format!("{} ({} octets)", file.name, file.content.len()));
        page.maybe("Attached", Some(names.collect::<Vec<_>>().join(", ")));
        let mut out = std::io::stderr().lock();
        write!(out, "{}\n{}\n\nSend it? [y/N] ", page.finish(), text::lines(written))?;
        out.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(fault(USAGE, "nothing was sent")),
        }
    }
}

/// The user, who has an address to write from.
fn author(store: &Store) -> anyhow::Result<Writer> {
    let author = store.writer()?;
    let author =
        author.ok_or_else(|| fault(NOPERM, "a letter is somebody's own: say whose with --as LOGIN"))?;
    if author.addresses.is_empty() {
        let login = &author.login;
        let how = format!("an administrator adds one: crmctl user set {login} --address …");
        return Err(fault(DATAERR, format!("user {login} has no mail address to write from; {how}")));
    }
    Ok(author)
}

/// The contact, and the one of its addresses that was asked for.
fn to(
    config: &Config,
    store: &Store,
    args: &Args,
    answered: Option<&Mail>,
) -> anyhow::Result<(ContactLine, Option<String>)> {
    let canonical = |written: &str| address::canonical(written, config.case_sensitive_local_parts);
    if let Some(written) = &args.to {
        let contact = store.contact_find(pick::key(config, written))?;
        return Ok((contact, canonical(written)));
    }
    let Some(mail) = answered else {
        return Err(fault(USAGE, "say to whom: --to CONTACT, or --reply-to MAIL"));
    };
    let mut authors = mail.parties.iter().filter(|party| party.role == "from" && party.user.is_none());
    let author = authors.find_map(|party| party.canonical.as_deref());
    let nobody = || {
        let how = "say to whom with --to; `crmctl mail save` makes a contact of its author";
        fault(DATAERR, format!("no contact of yours wrote mail {}: {how}", mail.line.id))
    };
    let author = author.ok_or_else(nobody)?;
    match store.contact_find(pick::key(config, author)) {
        Ok(contact) => Ok((contact, Some(author.to_owned()))),
        Err(Error::NotFound { .. }) => Err(nobody()),
        Err(error) => Err(error.into()),
    }
}

/// What a letter is about.
#[derive(Default)]
struct About {
    record: Option<Uuid>,
    ticket: Option<Uuid>,
    code: Option<String>,
}

impl About {
    /// The record or ticket that was named, or the one that the answered mail stands on.
    fn find(
        store: &Store,
        args: &Args,
        answered: Option<&Mail>,
        contact: &ContactLine,
    ) -> anyhow::Result<About> {
        let on = |kind: &str| {
            let mut on = answered.iter().flat_map(|mail| &mail.stands_on).filter(|link| link.kind == kind);
            on.next().filter(|_| on.next().is_none()).map(|link| link.code.clone())
        };
        let (ticket, record) = match (&args.ticket, &args.record) {
            (None, None) => (on("ticket"), on("record")),
            named => (named.0.clone(), named.1.clone()),
        };
        if let Some(ticket) = ticket {
            let ticket = store.ticket_show(&ticket)?.line;
            if args.ticket.is_some() && ticket.contact_id.is_some_and(|of| of != contact.id) {
                return Err(fault(DATAERR, not_of(&ticket.code, contact, "crmctl ticket set")));
            }
            return Ok(About { ticket: Some(ticket.id), code: Some(ticket.code), record: None });
        }
        let Some(record) = record else { return Ok(About::default()) };
        let record = store.record_show(&record)?;
        if args.record.is_some() && !record.parties.iter().any(|party| party.id == contact.id) {
            return Err(fault(DATAERR, not_of(&record.line.code, contact, "crmctl record set")));
        }
        Ok(About { record: Some(record.line.id), code: Some(record.line.code), ticket: None })
    }
}

fn not_of(code: &str, contact: &ContactLine, verb: &str) -> String {
    let name = &contact.name;
    format!(
        "{name} is no party to {code}, and an answer would not be filed there; see `{verb} --help`, or leave {code} out"
    )
}

/// The Message-ID of the answered mail, and those of its thread, the oldest first. A forward is stored as its original,
/// but its Message-IDs are the forwarder's, which the contact has never seen.
fn thread(store: &Store, mail: &Mail) -> anyhow::Result<(Option<String>, Vec<String>)> {
    if mail.line.source == "assistant-forward" {
        return Ok((None, Vec::new()));
    }
    let raw = store.mail_raw(mail.line.id)?;
    let mut ids = message::read(super::header_section(&raw)).references;
    ids.reverse();
    ids.extend(mail.line.message_id.clone());
    let answered = mail.line.message_id.as_deref().and_then(writing::message_id);
    Ok((answered, writing::references(ids.iter().map(String::as_str))))
}

/// A file to attach.
struct File {
    name: String,
    media_type: &'static str,
    content: Vec<u8>,
}

fn files(config: &Config, paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let most = config.limits.message_size;
    let mut left = most.saturating_sub(REST);
    let mut files = Vec::new();
    for (position, path) in (0..).zip(paths) {
        let shown = path.display();
        let about = path.metadata().with_context(|| format!("{shown} cannot be attached"))?;
        if !about.is_file() {
            return Err(fault(DATAERR, format!("{shown} is no file; pack a directory first")));
        }
        // Base64 makes 57 octets a line of 78.
        let encoded = |octets: u64| octets.div_ceil(57).saturating_mul(78);
        let too_large = || {
            let what = format!("with {shown} the message has more than {most} octets, the most that is sent");
            fault(DATAERR, format!("{what} (message_size in [limits]); send a link to it instead"))
        };
        left = left.checked_sub(encoded(about.len())).ok_or_else(too_large)?;
        let content = std::fs::read(path).with_context(|| format!("{shown} cannot be attached"))?;
        if content.len() as u64 > about.len() {
            return Err(fault(DATAERR, format!("{shown} grows while it is read; attach a copy")));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = file_name::harmless(name.as_deref(), position);
        files.push(File { media_type: writing::media_type(&name), name, content });
    }
    Ok(files)
}

fn attach(store: &Store, files: &[File]) -> anyhow::Result<Vec<Attached>> {
    let attached = |file: &File| {
        let sha256 = store.content_add(&file.content)?;
        Ok(Attached { name: file.name.clone(), media_type: file.media_type.into(), sha256 })
    };
    files.iter().map(attached).collect()
}

/// The text while it is being written; on a terminal it has a file.
struct Draft {
    text: String,
    file: Option<PathBuf>,
}

impl Draft {
    fn take(store: &Store, args: &Args, answered: Option<&Mail>) -> anyhow::Result<Draft> {
        let quote = answered.filter(|_| args.quote).map(|mail| quotation(store, mail)).transpose()?;
        let quote = quote.unwrap_or_default();
        if !std::io::stdin().is_terminal() {
            let text = std::io::read_to_string(std::io::stdin())?;
            let gap = if quote.is_empty() { "" } else { "\n\n" };
            // A quotation alone is no answer.
            let text = if text.trim().is_empty() { text } else { format!("{}{gap}{quote}", text.trim_end()) };
            return Ok(Draft { text, file: None });
        }
        let before = if quote.is_empty() { String::new() } else { format!("\n\n{quote}") };
        let file = std::env::temp_dir().join(format!("crmctl-letter-{}.txt", Uuid::new_v4().simple()));
        create(&file, &before)?;
        edit(&file)?;
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        // As it was: nothing was written.
        let text = if text.trim() == before.trim() { String::new() } else { text };
        Ok(Draft { text, file: Some(file) })
    }

    /// Removes the file, or says where it is if there is something in it that was not sent.
    fn finish(self, done: anyhow::Result<()>) -> anyhow::Result<()> {
        let Some(file) = self.file else { return done };
        if done.is_ok() || self.text.trim().is_empty() {
            let _ = std::fs::remove_file(&file);
            return done;
        }
        done.with_context(|| format!("not sent; the text is in {}", file.display()))
    }
}

fn create(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let open = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut open = open.with_context(|| format!("{} cannot be made", file.display()))?;
    Ok(open.write_all(text.as_bytes())?)
}

/// Runs the user's editor, as the shell reads its name.
fn edit(file: &Path) -> anyhow::Result<()> {
    let named = |name| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".into());
    let mut command = std::process::Command::new("sh");
    let ended = command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file).status();
    match ended.with_context(|| format!("the editor {editor} cannot be started"))? {
        status if status.success() => Ok(()),
        _ => Err(fault(
            DATAERR,
            format!("the editor {editor} failed, nothing is sent; the text is in {}", file.display()),
        )),
    }
}

/// What was new in the mail, as an answer quotes it.
fn quotation(store: &Store, mail: &Mail) -> anyhow::Result<String> {
    let line = &mail.line;
    let new = mail.new_text.clone().filter(|text| !text.trim().is_empty());
    let whole = || Ok::<_, Error>(store.mail_lines(&[line.id], true)?.pop().and_then(|line| line.text));
    let quoted = if new.is_some() { new } else { whole()? };
    let when = text::time(line.sent_at.unwrap_or(line.received_at));
    let whose = format!("On {when} {} wrote:", line.from.as_deref().unwrap_or("somebody"));
    Ok(writing::quoted(&whose, &quoted.unwrap_or_default()))
}
