//! The tree of parts of one message, as slices of it.
//!
//! One pass over the lines, whatever is nested in what: boundaries of all open multiparts are looked up in one
//! table, so the cost does not grow with the depth. Over [`limits::PARTS`] or [`limits::DEPTH`] what follows
//! stays unread and `findings` says so. Nothing is decoded here but `Content-` fields.

use super::finding::Finding;
use super::header::{self, RawField};
use super::limits;
use mail_parser::parsers::MessageStream;
use mail_parser::{Attribute, HeaderValue};
use std::collections::HashMap;

/// One entity: a header section and a body or children.
#[derive(Debug, Default)]
pub struct Part<'a> {
    /// Its header fields.
    pub fields: Vec<RawField<'a>>,
    /// What `Content-Type` says.
    pub media: Media,
    /// What `Content-Disposition` says.
    pub disposition: Option<Disposition>,
    /// How the body is encoded.
    pub encoding: Encoding,
    /// Its body, still encoded; everything between its header and the boundary that ends it.
    pub body: &'a [u8],
    /// Parts of a multipart, or the one message in a `message/rfc822`.
    pub children: Vec<Part<'a>>,
}

/// `Content-Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Type and subtype in lower case.
    pub name: String,
    /// Parameters, names in lower case, RFC 2231 undone.
    pub params: Vec<(String, String)>,
    /// Whether a `Content-Type` field said so.
    pub stated: bool,
}

impl Default for Media {
    fn default() -> Self {
        Media { name: "text/plain".into(), params: Vec::new(), stated: false }
    }
}

impl Media {
    /// A parameter's value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether the type is `multipart/…`, `text/…` as in `kind`.
    pub fn is(&self, kind: &str) -> bool {
        self.name.split('/').next() == Some(kind)
    }
}

/// `Content-Disposition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    /// `attachment`, `inline` or another word, in lower case.
    pub kind: String,
    /// The file name, RFC 2231 undone, encoded words not.
    pub filename: Option<String>,
}

/// `Content-Transfer-Encoding`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// 7bit, 8bit, binary, none, or an unknown word.
    #[default]
    Identity,
    /// Quoted-printable.
    QuotedPrintable,
    /// Base64.
    Base64,
    /// `x-uuencode` and its other names.
    Uuencode,
}

impl<'a> Part<'a> {
    /// The first field of that name.
    pub fn field(&self, name: &str) -> Option<&RawField<'a>> {
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Whether the part is an attached message that is not transfer-encoded.
    pub fn holds_message(&self) -> bool {
        matches!(self.media.name.as_str(), "message/rfc822" | "message/global")
    }
}

/// Reads the tree of `raw`, at `depth` inside other messages.
pub fn read<'a>(raw: &'a [u8], depth: usize, findings: &mut Vec<Finding>) -> Part<'a> {
    let mut scanner =
        Scanner { raw, at: 0, open: HashMap::new(), levels: 0, ended: None, parts: 0, findings };
    let mut first = 0;
    while let (line, next) = header::line_at(raw, first)
        && (line.starts_with(b"From ") || line.starts_with(b">From "))
        && next > first
        && first == 0
    {
        first = next;
    }
    scanner.at = first;
    scanner.part(depth, "text/plain")
}

/// Walks the lines of a message.
struct Scanner<'a, 'f> {
    raw: &'a [u8],
    at: usize,
    /// Open multiparts by boundary; the innermost of one boundary is last.
    open: HashMap<Vec<u8>, Vec<usize>>,
    levels: usize,
    /// Which multipart's boundary stands on the line just passed.
    ended: Option<Boundary>,
    parts: usize,
    findings: &'f mut Vec<Finding>,
}

#[derive(Debug, Clone, Copy)]
struct Boundary {
    level: usize,
    last: bool,
}

impl<'a> Scanner<'a, '_> {
    /// Reads an entity up to the boundary line that ends it, which is consumed and remembered in `ended`.
    fn part(&mut self, depth: usize, default: &str) -> Part<'a> {
        self.parts += 1;
        let mut part = Part { fields: self.fields(), ..Part::default() };
        part.media.name = default.to_owned();
        describe(&mut part);
        let start = self.at;
        if self.ended.is_some() {
            return part;
        }
        let deep = depth >= limits::DEPTH;
        let boundary = part.media.param("boundary").filter(|b| !b.is_empty()).map(|b| b.as_bytes().to_vec());
        match boundary {
            _ if deep && (part.media.is("multipart") || part.holds_message()) => {
                self.note("too-deep", limits::DEPTH);
                self.skip();
            }
            Some(boundary) if part.media.is("multipart") => self.multipart(&mut part, boundary, depth),
            _ if part.holds_message() && part.encoding == Encoding::Identity => {
                let child = self.part(depth + 1, "text/plain");
                part.children.push(child);
            }
            _ => self.skip(),
        }
        part.body = self.body_from(start);
        part
    }

    /// Reads the children of a multipart, then goes on to the boundary that ends the multipart itself.
    fn multipart(&mut self, part: &mut Part<'a>, boundary: Vec<u8>, depth: usize) {
        let default = if part.media.name == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        self.levels += 1;
        let level = self.levels;
        self.open.entry(boundary.clone()).or_default().push(level);
        self.skip();
        while let Some(Boundary { level: of, last: false }) = self.ended
            && of == level
        {
            if self.parts >= limits::PARTS {
                self.note("too-many-parts", limits::PARTS);
                self.at = self.raw.len();
                self.ended = None;
                break;
            }
            self.ended = None;
            let child = self.part(depth + 1, default);
            part.children.push(child);
        }
        if let Some(levels) = self.open.get_mut(&boundary) {
            levels.pop();
            if levels.is_empty() {
                self.open.remove(&boundary);
            }
        }
        self.levels -= 1;
        if self.ended.is_some_and(|ended| ended.level == level) {
            self.skip();
        }
    }

    /// Passes lines up to and including the next boundary of an open multipart, or to the end.
    fn skip(&mut self) {
        self.ended = None;
        while self.at < self.raw.len() {
            let (line, next) = header::line_at(self.raw, self.at);
            self.at = next;
            self.ended = self.boundary(line);
            if self.ended.is_some() {
                return;
            }
        }
    }

    /// What a boundary line ends or separates.
    fn boundary(&self, line: &[u8]) -> Option<Boundary> {
        let rest = line.strip_prefix(b"--")?;
        if self.open.is_empty() || rest.len() > limits::NAME {
            return None;
        }
        let rest = rest.trim_ascii_end();
        let level = |text: &[u8]| self.open.get(text).and_then(|levels| levels.last()).copied();
        if let Some(level) = level(rest) {
            return Some(Boundary { level, last: false });
        }
        let level = level(rest.strip_suffix(b"--")?)?;
        Some(Boundary { level, last: true })
    }

    /// The body from `start` to the line end before the boundary line just passed.
    fn body_from(&self, start: usize) -> &'a [u8] {
        let Some(_) = self.ended else { return &self.raw[start..] };
        let before = &self.raw[..self.at];
        let before = before.strip_suffix(b"\n").unwrap_or(before);
        let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let body = &self.raw[start..line.max(start)];
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        body.strip_suffix(b"\r").unwrap_or(body)
    }

    /// The header fields from here on, with the line that ends them.
    fn fields(&mut self) -> Vec<RawField<'a>> {
        let mut fields: Vec<RawField<'a>> = Vec::new();
        let mut value_start = None;
        while self.at < self.raw.len() {
            let (line, next) = header::line_at(self.raw, self.at);
            if line.is_empty() {
                self.at = next;
                break;
            }
            if let Some(ended) = self.boundary(line) {
                self.ended = Some(ended);
                self.at = next;
                break;
            }
            if matches!(line[0], b' ' | b'\t') && value_start.is_some() {
                if let (Some(Some(start)), Some(field)) = (value_start, fields.last_mut()) {
                    field.value = trimmed_end(&self.raw[start..next]);
                }
            } else if let Some(name) = header::field_name(line) {
                value_start = Some(None);
                if fields.len() < limits::FIELDS {
                    let colon = memchr::memchr(b':', line).unwrap_or(name.len());
                    let start = self.at + colon + 1;
                    fields.push(RawField { name, value: trimmed_end(&self.raw[start..next]) });
                    value_start = Some(Some(start));
                } else {
                    self.note("too-many-fields", limits::FIELDS);
                }
            } else {
                break;
            }
            self.at = next;
        }
        fields
    }

    /// Notes that a limit was passed, once.
    fn note(&mut self, rule: &'static str, limit: usize) {
        if !self.findings.iter().any(|f| f.rule == rule) {
            self.findings.push(Finding::new(rule, "message", limit.to_string()));
        }
    }
}

fn trimmed_end(value: &[u8]) -> &[u8] {
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    value.strip_suffix(b"\r").unwrap_or(value)
}

/// Reads the `Content-` fields of a part into it.
fn describe(part: &mut Part<'_>) {
    if let Some((name, params)) = part.field("Content-Type").and_then(|f| content_type(&f.unfolded())) {
        let name = match name.as_str() {
            "text" => "text/plain".to_owned(),
            _ => name,
        };
        part.media = Media { name, params, stated: true };
    }
    part.disposition =
        part.field("Content-Disposition").and_then(|f| content_type(&f.unfolded())).map(|(kind, params)| {
            let filename = params.into_iter().find(|(name, _)| name == "filename").map(|(_, value)| value);
            Disposition { kind, filename: filename.filter(|name| !name.trim().is_empty()) }
        });
    part.encoding = part.field("Content-Transfer-Encoding").map_or(Encoding::Identity, |field| {
        let word = field.unfolded().to_ascii_lowercase();
        let word = word.split(|b| !(b.is_ascii_alphanumeric() || *b == b'-')).find(|w| !w.is_empty());
        match word {
            Some(b"base64" | b"x-base64") => Encoding::Base64,
            Some(b"quoted-printable" | b"quotedprintable") => Encoding::QuotedPrintable,
            Some(b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue") => Encoding::Uuencode,
            _ => Encoding::Identity,
        }
    });
}

/// The word before the parameters, in lower case, and the parameters.
fn content_type(value: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    // Far beyond what any sender needs: parameters cost more memory than they take in the message.
    const LONGEST: usize = 8 * 1024;
    const PARAMS: usize = 32;
    let mut line = header::text(&value[..value.len().min(LONGEST)], None).into_bytes();
    line.push(b'\n');
    let HeaderValue::ContentType(content) = MessageStream::new(&line).parse_content_type() else {
        return None;
    };
    let mut name = content.ctype().trim().to_ascii_lowercase();
    if let Some(subtype) = content.subtype() {
        name.push('/');
        name.push_str(&subtype.trim().to_ascii_lowercase());
    }
    let all = content.attributes().unwrap_or_default();
    // RFC 2231 can write any character, NUL and line ends too.
    let value = |a: &Attribute<'_>| header::text(a.value.as_bytes(), None);
    let params = all.iter().take(PARAMS).map(|a| (a.name.to_ascii_lowercase(), value(a))).collect();
    Some((name, params))
}

/// Undoes a transfer encoding. Line ends become LF where the encoding is one of text, so that a message gives
/// the same with LF and with CRLF.
pub fn decode(body: &[u8], encoding: Encoding, longest: usize) -> Vec<u8> {
    match encoding {
        Encoding::Identity => lines(&body[..body.len().min(longest)]),
        Encoding::Base64 => header::base64(&body[..body.len().min(longest.saturating_mul(3) / 2)]),
        Encoding::QuotedPrintable => quoted_printable(&body[..body.len().min(longest.saturating_mul(3))]),
        Encoding::Uuencode => super::uuencode::decode(body).map_or_else(|| lines(body), |file| file.content),
    }
}

/// The octets with LF for CRLF.
fn lines(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out
}

/// Quoted-printable, keeping escapes that are none.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let (line, next) = header::line_at(body, at);
        let ended = body[at..next].ends_with(b"\n");
        at = next;
        let line = line.trim_ascii_end();
        let (line, soft) = match line.strip_suffix(b"=") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let mut i = 0;
        while i < line.len() {
            let hex = if line[i] == b'=' { line.get(i + 1..i + 3).and_then(header::hex_pair) } else { None };
            match hex {
                Some(byte) => {
                    out.push(byte);
                    i += 3;
                }
                None => {
                    out.push(line[i]);
                    i += 1;
                }
            }
        }
        if ended && !soft {
            out.push(b'\n');
        }
    }
    out
}
