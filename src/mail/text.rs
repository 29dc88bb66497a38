//! Which parts of a message are its text, and which are attached.

use super::address::Mailbox;
use super::body::{Body, Mark};
use super::finding::Finding;
use super::message::{self, Attachment, Message};
use super::mime::{self, Encoding, Part};
use super::{charset, header, html, limits, tnef, uuencode};
use sha2::{Digest, Sha256};

/// A text as one part or several give it.
#[derive(Debug, Default)]
struct Text {
    body: Body,
    /// From HTML.
    html: bool,
    /// The HTML has rows of several cells.
    tables: bool,
}

/// Fills text, attachments and attached messages of `message` from its part.
pub(super) fn fill(message: &mut Message, part: &Part<'_>, depth: usize) {
    let mut reader =
        Reader { message, depth, path: Vec::new(), unread: limits::MARKUP + 2 * limits::TEXT, packed: None };
    let text = reader.part(part, true);
    let packed = reader.packed.take();
    // Outlook's own text stands in for one that is missing.
    let blank = text.as_ref().is_none_or(|t| t.body.text.trim().is_empty());
    let text = if blank { packed.or(text) } else { text };
    if let Some(text) = text {
        reader.message.body = text.body;
    }
}

struct Reader<'m> {
    message: &'m mut Message,
    depth: usize,
    /// Numbers of the part being read, as IMAP counts.
    path: Vec<usize>,
    /// Octets of text parts that may still be read: a thousand parts cost no more than one.
    unread: usize,
    /// The text of a winmail.dat.
    packed: Option<Text>,
}

impl Reader<'_> {
    /// Reads a part; its text is returned, the rest goes to the message. `first` says whether the part can be
    /// the message's own text although it bears a file name.
    fn part(&mut self, part: &Part<'_>, first: bool) -> Option<Text> {
        if part.holds_message() {
            self.attached(part);
            return None;
        }
        if part.children.is_empty() {
            return self.leaf(part, first);
        }
        match part.media.name.as_str() {
            "multipart/alternative" => self.alternative(part, first),
            "multipart/related" => self.related(part, first),
            "multipart/signed" => self.signed(part, first),
            _ => self.mixed(part, first),
        }
    }

    fn child(&mut self, at: usize, part: &Part<'_>, first: bool) -> Option<Text> {
        self.path.push(at + 1);
        let text = self.part(part, first);
        self.path.pop();
        text
    }

    fn alternative(&mut self, part: &Part<'_>, first: bool) -> Option<Text> {
        let mut texts: Vec<Text> = Vec::new();
        for (at, child) in part.children.iter().enumerate() {
            texts.extend(self.child(at, child, first));
        }
        let html = texts.iter().rposition(|t| t.html).map(|at| texts.swap_remove(at));
        let plain = texts.into_iter().filter(|t| !t.html).max_by_key(|t| t.body.text.len());
        match (plain, html) {
            (Some(plain), Some(html)) => Some(if says_more(&html, &plain) { html } else { plain }),
            (plain, html) => plain.or(html),
        }
    }

    fn related(&mut self, part: &Part<'_>, first: bool) -> Option<Text> {
        let start = part.media.param("start").map(str::to_owned);
        let root = start
            .and_then(|id| {
                part.children.iter().position(|c| {
                    c.field("Content-ID").is_some_and(|f| f.value.trim_ascii() == id.trim().as_bytes())
                })
            })
            .unwrap_or(0);
        let mut text = None;
        for (at, child) in part.children.iter().enumerate() {
            if at == root {
                text = self.child(at, child, first);
            } else if child.media.is("text") && child.disposition.is_none() {
                self.attach(child);
            } else {
                self.child(at, child, false);
            }
        }
        text
    }

    /// The signed part is the text; the signature is attached.
    fn signed(&mut self, part: &Part<'_>, first: bool) -> Option<Text> {
        let mut text = None;
        for (at, child) in part.children.iter().enumerate() {
            match at {
                0 => text = self.child(at, child, first),
                _ => self.attach(child),
            }
        }
        text
    }

    fn mixed(&mut self, part: &Part<'_>, first: bool) -> Option<Text> {
        let mut all: Option<Text> = None;
        for (at, child) in part.children.iter().enumerate() {
            let Some(text) = self.child(at, child, first && all.is_none()) else { continue };
            all = Some(match all {
                Some(before) => join(before, text),
                None => text,
            });
        }
        all
    }

    /// A leaf is text if it is shown in the text's place; else it is attached.
    fn leaf(&mut self, part: &Part<'_>, first: bool) -> Option<Text> {
        let shown = part.disposition.as_ref().is_none_or(|d| d.kind != "attachment");
        let named = file_name(part).is_some();
        let is_text = matches!(
            part.media.name.as_str(),
            "text/plain" | "text/html" | "text/enriched" | "text/richtext"
        ) || (!part.media.stated && part.media.name == "text/plain")
            || part.media.is("multipart");
        if !is_text || !shown || (named && !first) {
            self.attach(part);
            return None;
        }
        Some(self.text(part))
    }

    /// Decodes a text part.
    fn text(&mut self, part: &Part<'_>) -> Text {
        let is_html = part.media.name == "text/html";
        let most = if is_html { limits::MARKUP } else { 8 * limits::TEXT }.min(self.unread);
        let mut bytes = mime::decode(part.body, part.encoding, most);
        self.unread -= bytes.len().min(self.unread);
        if part.body.len() > most && bytes.len() >= most {
            self.cut();
        }
        if !is_html && part.encoding == Encoding::Identity {
            for file in uuencode::take(&mut bytes) {
                self.push(Some(file.name), "application/octet-stream".into(), false, file.content);
            }
        }
        let label = part.media.param("charset").map(str::to_owned);
        let decoded = charset::decode(&bytes, label.as_deref());
        if let Some(name) = decoded.guessed.filter(|_| !bytes.is_ascii()) {
            let place = self.place();
            self.message.findings.push(Finding::new(
                "charset-guessed",
                place,
                format!("{} read as {name}", label.as_deref().unwrap_or("none")),
            ));
        }
        if is_html { self.html(&decoded.text) } else { self.plain(part, &decoded.text) }
    }

    fn html(&mut self, markup: &str) -> Text {
        let document = html::read(markup);
        self.message.meta.extend(document.meta);
        if document.cut {
            self.cut();
        }
        Text { body: document.body, html: true, tables: document.tables }
    }

    fn plain(&mut self, part: &Part<'_>, text: &str) -> Text {
        let flowed = part.media.param("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
        let delsp = part.media.param("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
        let mut clean = clean(text);
        if clean.trim_start().starts_with(PGP_SIGNED) {
            clean = unsigned(&clean);
        }
        if flowed {
            clean = unflow(&clean, delsp);
        }
        let end = end(&clean);
        if end < clean.len() {
            clean.truncate(end);
            self.cut();
        }
        if !clean.is_empty() && !clean.ends_with('\n') {
            clean.push('\n');
        }
        Text { body: Body { text: clean, marks: Vec::new() }, html: false, tables: false }
    }

    fn cut(&mut self) {
        let place = self.place();
        self.message.findings.push(Finding::new("text-cut", place, limits::TEXT.to_string()));
    }

    /// Name of the part being read, for findings.
    fn place(&self) -> String {
        if self.path.is_empty() {
            return "body".into();
        }
        let numbers: Vec<String> = self.path.iter().map(usize::to_string).collect();
        format!("part {}", numbers.join("."))
    }

    /// Reads an attached message.
    fn attached(&mut self, part: &Part<'_>) {
        let depth = self.depth + self.path.len() + 1;
        if let Some(child) = part.children.first() {
            self.message.attached.push(message::from_part(child, depth));
        } else if depth < limits::DEPTH && part.encoding != Encoding::Identity {
            // RFC 6532 allows it for message/global, and some senders do it for message/rfc822 too.
            let bytes = mime::decode(part.body, part.encoding, part.body.len());
            self.message.attached.push(message::read_at(&bytes, depth));
        } else {
            self.attach(part);
        }
    }

    fn attach(&mut self, part: &Part<'_>) {
        if part.media.is("multipart") && !part.children.is_empty() {
            for child in &part.children {
                self.attach(child);
            }
            return;
        }
        let inline = part.field("Content-ID").is_some()
            || part.disposition.as_ref().is_some_and(|d| d.kind == "inline");
        let content = mime::decode(part.body, part.encoding, part.body.len());
        let name = file_name(part);
        if tnef::is_tnef(&part.media.name, name.as_deref())
            && let Some(found) = tnef::read(&content, if self.packed.is_none() { self.unread } else { 0 })
        {
            return self.unpack(found, 0);
        }
        self.push(name, part.media.name.clone(), inline, content);
    }

    /// Attaches what a winmail.dat holds; its text is kept in case there is no other.
    fn unpack(&mut self, found: tnef::Tnef<'_>, depth: usize) {
        const DEPTH: usize = 8;
        let length = found.html.as_ref().or(found.text.as_ref()).map_or(0, String::len);
        if self.packed.is_none() && self.unread >= length.min(limits::MARKUP) {
            self.unread -= length.min(self.unread);
            self.packed = match (found.html, found.text) {
                (Some(markup), _) => Some(self.html(&markup)),
                (None, Some(text)) => Some(self.plain(&Part::default(), &text)),
                (None, None) => None,
            };
        }
        for file in found.files {
            if file.message
                && depth < DEPTH
                && let Some(inner) = tnef::read(file.content, self.unread)
            {
                self.unpack_message(inner, depth + 1);
                continue;
            }
            let media_type = file.media_type.unwrap_or_else(|| "application/octet-stream".into());
            self.push(file.name, media_type, file.inline, file.content.to_vec());
        }
    }

    /// Attaches a message that was attached inside a winmail.dat.
    fn unpack_message(&mut self, found: tnef::Tnef<'_>, depth: usize) {
        let mut message = found.header.as_deref().map(|h| message::read(h.as_bytes())).unwrap_or_default();
        message.body = Body::default();
        message.subject = message.subject.or(found.subject.clone());
        let (name, address) = found.sender.clone();
        if message.from.is_empty() && (name.is_some() || address.is_some()) {
            message.from.push(Mailbox { name, address: address.filter(|a| a.contains('@')) });
        }
        let mut reader = Reader {
            message: &mut message,
            depth: self.depth,
            path: Vec::new(),
            unread: self.unread,
            packed: None,
        };
        reader.unpack(found, depth);
        let unread = reader.unread;
        let body = reader.packed.take().map(|text| text.body);
        message.body = body.unwrap_or_default();
        self.unread = unread;
        self.message.attached.push(message);
    }

    fn push(&mut self, name: Option<String>, media_type: String, inline: bool, content: Vec<u8>) {
        let sha256 = Sha256::digest(&content).iter().map(|b| format!("{b:02x}")).collect();
        let size = content.len();
        self.message.attachments.push(Attachment { name, media_type, inline, size, sha256, content });
    }
}

/// The file name of a part, from either field, encoded words undone.
fn file_name(part: &Part<'_>) -> Option<String> {
    let named = part.disposition.as_ref().and_then(|d| d.filename.as_deref());
    let name = named.or_else(|| part.media.param("name"))?;
    let name = header::decode_words(name).trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Puts one text below another.
fn join(mut first: Text, second: Text) -> Text {
    if second.body.text.trim().is_empty() {
        return first;
    }
    if first.body.text.trim().is_empty() {
        return second;
    }
    if !first.body.text.ends_with('\n') {
        first.body.text.push('\n');
    }
    let lines = first.body.text.bytes().filter(|b| *b == b'\n').count();
    let marks = second.body.marks.into_iter().map(|m| Mark { line: m.line + lines, kind: m.kind });
    first.body.marks.extend(marks);
    first.body.text.push_str(&second.body.text);
    first.body.text.truncate(end(&first.body.text));
    Text { body: first.body, html: first.html || second.html, tables: first.tables || second.tables }
}

/// Where [`limits::TEXT`] and [`limits::LINES`] end a text. One octet stays free for the last line end.
fn end(text: &str) -> usize {
    let end = if text.len() < limits::TEXT { text.len() } else { html::floor(text, limits::TEXT - 1) };
    memchr::memchr_iter(b'\n', &text.as_bytes()[..end]).nth(limits::LINES - 1).map_or(end, |last| last + 1)
}

/// Text with LF line ends and without controls but tab.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            '\x0c' => out.push('\n'),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// First line of a text signed in place (RFC 9580, section 7).
const PGP_SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// The text without the frame of its signature.
fn unsigned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.trim_start().lines().skip(1).skip_while(|line| !line.trim().is_empty()).skip(1);
    for line in lines.by_ref() {
        if line.starts_with("-----BEGIN PGP SIGNATURE-----") {
            break;
        }
        out.push_str(line.strip_prefix("- ").unwrap_or(line));
        out.push('\n');
    }
    // What follows the signature was not signed, and is shown all the same.
    for line in lines.skip_while(|line| !line.starts_with("-----END PGP SIGNATURE-----")).skip(1) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Undoes format=flowed (RFC 3676).
fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        if open == Some(depth) && content != "-- " {
            out.push_str(content);
        } else {
            if open.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.push_str(&line[..depth]);
                out.push(' ');
            }
            out.push_str(content);
        }
        if content.ends_with(' ') && content != "-- " {
            if delsp {
                out.pop();
            }
            open = Some(depth);
        } else {
            out.push('\n');
            open = None;
        }
    }
    if open.is_some() {
        out.push('\n');
    }
    out
}

/// Whether the HTML alternative tells the reader more than the plain one.
fn says_more(html: &Text, plain: &Text) -> bool {
    let letters = |t: &Text| t.body.text.chars().filter(|c| c.is_alphanumeric()).count();
    let (html_letters, plain_letters) = (letters(html), letters(plain));
    html_letters > 0
        && (plain_letters * 2 < html_letters
            || is_stub(&plain.body.text)
            || lacks_labels(html, &plain.body.text))
}

/// Whether a text only tells the reader to look at the HTML.
fn is_stub(plain: &str) -> bool {
    const LONGEST: usize = 400;
    const SAYS: [&str; 19] = [
        "not support html",
        "html-compatible",
        "html compatible",
        "html capable",
        "html-capable",
        "html email client",
        "enable html",
        "html mail",
        "html-mail",
        "in html format",
        "view this email in your browser",
        "view it in your browser",
        "no soporta html",
        "no admite html",
        "formato html",
        "format html",
        "html-format",
        "formato html",
        "unterstützt kein html",
    ];
    let text = plain.trim();
    text.len() < LONGEST && {
        let text = text.to_lowercase();
        SAYS.iter().any(|s| text.contains(s))
    }
}

/// Whether the table of the HTML labels its values and the plain text left most of the labels out.
fn lacks_labels(html: &Text, plain: &str) -> bool {
    const LABEL: usize = 40;
    if !html.tables {
        return false;
    }
    let plain = plain.to_lowercase();
    let rows = html.body.text.lines().filter_map(|line| line.split_once('\t')).map(|(label, _)| label.trim());
    let labels = rows.filter(|l| !l.is_empty() && l.chars().count() < LABEL).take(50);
    let (mut all, mut found) = (0, 0);
    for label in labels {
        all += 1;
        found += usize::from(plain.contains(label.trim_end_matches([':', ' ', '*']).to_lowercase().as_str()));
    }
    all >= 2 && found * 2 < all
}
