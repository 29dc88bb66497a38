//! Texts of what goes out, as they stand in the configuration or in files beside it, and how they become
//! [`Templates`].
//!
//! DIAGNOSTICS: a fault in a text names the line and column of the configuration, or of the text's own file, at which
//! it stands.

use super::model::{Config, Kind};
use super::read::Error;
use super::value::{Key, Language};
use crate::crm::template::{Part, Purpose, Template, Templates};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Most octets of a text.
const LONGEST: u64 = 256 * 1024;

/// Texts of an automatic reply, in one language.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Language of these texts (ISO 639-1); a mail in another one gets the company's language, else the first reply; empty: `company.language`.
    #[serde(default)]
    pub language: Language,
    /// Subject, with tags.
    pub subject: Spanned<String>,
    /// Plain text, with tags; several lines stand between `"""`.
    #[serde(default)]
    pub text: Option<Spanned<String>>,
    /// File that holds the plain text, beside the configuration or from the root.
    #[serde(default)]
    pub text_file: Option<Spanned<PathBuf>>,
    /// The same in HTML, with tags, whose values are escaped; absent: plain text only.
    #[serde(default)]
    pub html: Option<Spanned<String>>,
    /// File that holds the HTML.
    #[serde(default)]
    pub html_file: Option<Spanned<PathBuf>>,
}

/// Texts of what else goes out, in one language; as soon as there is one, the built-in ones of its kind are not used.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// `comment`: a ticket's public comment to the contact; `notice`: one piece of news to a user; `digest`: several together.
    pub r#for: For,
    /// Key of the only inbox that it is for; absent: all that have none of their own.
    #[serde(default)]
    pub inbox: Option<Spanned<Key>>,
    /// Language of these texts (ISO 639-1); another one gets the company's language, else the first; empty: `company.language`.
    #[serde(default)]
    pub language: Language,
    /// Subject, with tags.
    pub subject: Spanned<String>,
    /// Plain text, with tags; several lines stand between `"""`.
    #[serde(default)]
    pub text: Option<Spanned<String>>,
    /// File that holds the plain text, beside the configuration or from the root.
    #[serde(default)]
    pub text_file: Option<Spanned<PathBuf>>,
    /// The same in HTML, with tags, whose values are escaped; absent: plain text only.
    #[serde(default)]
    pub html: Option<Spanned<String>>,
    /// File that holds the HTML.
    #[serde(default)]
    pub html_file: Option<Spanned<PathBuf>>,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum For {
    /// A ticket's comment.
    Comment,
    /// One piece of news.
    Notice,
    /// Several.
    Digest,
}

/// The keys that a reply and another text have in common.
struct Written<'a> {
    purpose: Purpose,
    inbox: Option<&'a str>,
    language: &'a str,
    subject: &'a Spanned<String>,
    text: (&'a Option<Spanned<String>>, &'a Option<Spanned<PathBuf>>),
    html: (&'a Option<Spanned<String>>, &'a Option<Spanned<PathBuf>>),
}

/// A text, and where it stands.
struct Source {
    text: String,
    /// Its own file; `None`: the configuration.
    file: Option<PathBuf>,
    span: Range<usize>,
}

/// The texts of a configuration, checked. `text` is the configuration's own text; `at` makes an error of a place in it.
pub(super) fn load(
    config: &Config,
    text: &str,
    path: &Path,
    at: &dyn Fn(Option<Range<usize>>, String) -> Error,
) -> Result<Templates, Error> {
    let mut templates = Templates::new(&config.company.name, &config.company.language);
    let mut seen = HashSet::new();
    for written in written(config) {
        let complain = |message| at(Some(written.subject.span()), message);
        let language =
            if written.language.is_empty() { config.company.language.as_str() } else { written.language };
        let (kind, inbox) = (written.purpose.as_str(), written.inbox);
        if !seen.insert((written.purpose, inbox, language)) {
            return Err(complain(format!("a second {kind} in the language {language}; write one of each")));
        }
        let read = |(inline, file): (&Option<Spanned<String>>, &Option<Spanned<PathBuf>>), key: &str| {
            source(inline.as_ref(), file.as_ref(), key, path, at)
        };
        let Some(body) = read(written.text, "text")? else {
            let message =
                format!("this {kind} has no text; add text = \"\"\"…\"\"\" or text_file = \"FILE\"");
            return Err(complain(message));
        };
        let html = read(written.html, "html")?;
        let template = Template::new(
            written.purpose,
            templates.company_named(),
            written.subject.get_ref(),
            &body.text,
            html.as_ref().map(|html| html.text.as_str()),
        );
        let template = template.map_err(|fault| {
            let inline = |span: Range<usize>, decoded: &str| {
                let start = raw_offset(text, span, decoded, fault.at.start);
                at(Some(start..start), fault.message.clone())
            };
            let source = match fault.part {
                Part::Subject => return inline(written.subject.span(), written.subject.get_ref()),
                Part::Text => &body,
                Part::Html => html.as_ref().unwrap_or(&body),
            };
            match &source.file {
                None => inline(source.span.clone(), &source.text),
                Some(file) => Error::at(file, &source.text, Some(fault.at.clone()), fault.message.clone()),
            }
        })?;
        templates.add(inbox, language, template);
    }
    Ok(templates)
}

/// All texts of the configuration, in its order.
fn written(config: &Config) -> impl Iterator<Item = Written<'_>> {
    let replies = config.inbox.iter().flat_map(|inbox| {
        inbox.reply.iter().map(move |reply| Written {
            // An assistant's are refused before.
            purpose: if inbox.kind == Kind::Tickets { Purpose::TicketReply } else { Purpose::LeadReply },
            inbox: Some(inbox.key.get_ref()),
            language: &reply.language,
            subject: &reply.subject,
            text: (&reply.text, &reply.text_file),
            html: (&reply.html, &reply.html_file),
        })
    });
    let others = config.template.iter().map(|text| Written {
        purpose: match text.r#for {
            For::Comment => Purpose::Comment,
            For::Notice => Purpose::Notice,
            For::Digest => Purpose::Digest,
        },
        inbox: text.inbox.as_ref().map(|key| &**key.get_ref()),
        language: &text.language,
        subject: &text.subject,
        text: (&text.text, &text.text_file),
        html: (&text.html, &text.html_file),
    });
    replies.chain(others)
}

fn source(
    inline: Option<&Spanned<String>>,
    file: Option<&Spanned<PathBuf>>,
    key: &str,
    path: &Path,
    at: &dyn Fn(Option<Range<usize>>, String) -> Error,
) -> Result<Option<Source>, Error> {
    match (inline, file) {
        (Some(_), Some(file)) => {
            Err(at(Some(file.span()), format!("{key} and {key}_file stand side by side; leave out one")))
        }
        (Some(text), None) => {
            Ok(Some(Source { text: text.get_ref().clone(), file: None, span: text.span() }))
        }
        (None, Some(file)) => {
            let whole = path.parent().unwrap_or(Path::new("")).join(file.get_ref());
            let text = read(&whole).map_err(|what| {
                at(Some(file.span()), format!("{}: {what}; name a file of text in UTF-8", whole.display()))
            })?;
            Ok(Some(Source { text, file: Some(whole), span: 0..0 }))
        }
        (None, None) => Ok(None),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LONGEST {
        return Err(format!("it has {size} octets, and a text may have {LONGEST}"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// Where an octet of a TOML string's value stands in the file: `span` is the string's with its quotation marks.
fn raw_offset(file: &str, span: Range<usize>, decoded: &str, wanted: usize) -> usize {
    let raw = file.get(span.clone()).unwrap_or_default();
    let (quotes, basic) = match raw {
        _ if raw.starts_with("'''") => (3, false),
        _ if raw.starts_with("\"\"\"") => (3, true),
        _ => (1, raw.starts_with('"')),
    };
    let mut rest = raw.get(quotes..).unwrap_or_default();
    if quotes == 3 {
        // The line end behind the opening marks is no part of the value.
        rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest);
    }
    let mut values = decoded.char_indices().peekable();
    while values.peek().is_some_and(|(at, _)| *at < wanted) {
        let Some(c) = rest.chars().next() else { break };
        let escape = if basic && c == '\\' { rest[1..].chars().next() } else { None };
        let (length, makes) = match escape {
            Some('u') => (6, true),
            Some('U') => (10, true),
            Some('x') => (4, true),
            Some(c) if c.is_whitespace() => (rest.len() - rest[1..].trim_start().len(), false),
            Some(c) => (1 + c.len_utf8(), true),
            // Line ends may have been made one octet.
            None => (c.len_utf8(), c != '\r' || values.peek().is_some_and(|(_, value)| *value == '\r')),
        };
        rest = rest.get(length..).unwrap_or_default();
        if makes {
            values.next();
        }
    }
    span.end.saturating_sub(quotes).min(span.start + raw.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn parsed(text: &str) -> Result<Config, Error> {
        read::parse(text, Path::new("/nonexistent/c.toml"))
    }

    fn inbox(kind: &str, more: &str) -> String {
        format!("[[inbox]]\nkey = \"a\"\naddress = \"a@b.test\"\nkind = \"{kind}\"\n{more}")
    }

    #[test]
    fn fault_in_a_text_is_told_with_line_and_column_whatever_the_quotes() {
        let cases = [
            ("subject = \"Hé {{ x.y }}\"\ntext = \"t\"", "6:18: unknown tag `x.y`"),
            ("subject = 's'\ntext = 'é {{ x.y }}'", "7:14: unknown tag"),
            ("subject = 's'\ntext = \"\"\"\nline 1\n  {{ x.y }}\n\"\"\"", "9:6: unknown tag"),
            ("subject = 's'\ntext = '''a\n{{ x.y }}'''", "8:4: unknown tag"),
            ("subject = 's'\ntext = \"\\u00e9\\t\\\"{{ x.y }}\"", "7:22: unknown tag"),
            ("subject = 's'\ntext = \"\"\"a \\\n   b {{ x.y }}\"\"\"", "8:9: unknown tag"),
            ("subject = 's'\ntext = \"\"\"a\r\n{{ x.y }}\r\n\"\"\"", "8:4: unknown tag"),
            ("subject = 's'\ntext = \"{{ inbox.name\"", "7:18: not a template"),
            (
                "subject = 's'\ntext = 't'\nhtml = '<p>{{ contact.name }}'",
                "8:15: contact.name is not always known",
            ),
        ];
        for (reply, place) in cases {
            let text = inbox("leads", &format!("[[inbox.reply]]\n{reply}\n"));
            let error = parsed(&text).expect_err(reply).to_string();
            assert!(error.starts_with(&format!("/nonexistent/c.toml:{place}")), "{reply}\n{error}");
        }
    }

    #[test]
    fn texts_that_contradict_each_other_are_refused() {
        let reply = "[[inbox.reply]]\nsubject = \"s\"\n";
        let cases = [
            (inbox("leads", reply), "6:11: this reply has no text"),
            (
                inbox("leads", &format!("{reply}text = \"t\"\n{reply}text = \"t\"\n")),
                "9:11: a second reply in the language en",
            ),
            (inbox("assistant", &format!("{reply}text = \"t\"\n")), "an assistant answers nobody"),
            (
                inbox("leads", &format!("{reply}text = \"t\"\ntext_file = \"x\"\n")),
                "8:13: text and text_file",
            ),
            (
                inbox("leads", &format!("{reply}text_file = \"x.txt\"\n")),
                "7:13: /nonexistent/x.txt: No such file",
            ),
            (inbox("leads", &format!("{reply}txt = \"t\"\n")), "7:1: unknown key `txt`"),
            (
                inbox("leads", &format!("{reply}text = \"t\"\nlanguage = \"Spanish\"\n")),
                "8:12: `Spanish` is no language",
            ),
            (
                "[[template]]\nfor = \"comment\"\ninbox = \"b\"\nsubject = \"s\"\ntext = \"t\"\n".into(),
                "3:9: no inbox has the key `b`",
            ),
            (
                "[[template]]\nfor = \"letter\"\nsubject = \"s\"\ntext = \"t\"\n".into(),
                "2:7: unknown variant",
            ),
            (
                "[[template]]\nfor = \"notice\"\nsubject = \"{{ ticket.code }}\"\ntext = \"t\"\n".into(),
                "3:15: ticket.code is not always",
            ),
        ];
        for (text, place) in cases {
            let error = parsed(&text).expect_err(&text).to_string();
            assert!(error.contains(place), "{text}\n{error}");
        }
    }

    #[test]
    fn text_may_stand_in_a_file_beside_the_configuration() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("c.toml");
        std::fs::write(directory.path().join("reply.txt"), "Thank you,\n{{ inbox.name }}\n").unwrap();
        let text = inbox("leads", "[[inbox.reply]]\nsubject = \"Got it\"\ntext_file = \"reply.txt\"\n");
        let config = read::parse(&text, &path).expect("a reply");
        assert!(config.templates().find(Purpose::LeadReply, Some("a"), None).is_some());
        std::fs::write(directory.path().join("reply.txt"), "Thank you,\n  {{ inbox.nam }}\n").unwrap();
        let error = read::parse(&text, &path).expect_err("a wrong tag").to_string();
        assert!(error.contains("reply.txt:2:6: unknown tag `inbox.nam`"), "{error}");
    }
}
