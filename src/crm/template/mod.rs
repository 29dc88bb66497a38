//! Templates of what goes out (row S06): `Dear {{ contact.name }}, your ticket is {{ ticket.code }}`.
//!
//! A [`Template`] is checked when it is made, so that none can go out unfilled: a tag that does not exist, or that
//! is printed where its value may be missing, is a [`Fault`] with its place. What is checked is what can happen: the
//! template is filled with each mixture of what may be there and what may not.
//!
//! Plain text is never escaped. In HTML every value is, whatever the template says. A value is text: a tag in it
//! is not looked at. Rendering is bounded in work and length; over a bound there is an error and no mail.
//!
//! For callers: [`Templates`] holds those of the configuration and the built-in ones; make the values and render:
//!
//! ```
//! use crm_milter::crm::template::{Purpose, Tag, Templates};
//! let templates = Templates::new("Example Ltd", "en");
//! let tags = templates.tags().with(Tag::TicketCode, "INC-2026-00042").with(Tag::TicketSubject, "Lamp");
//! let tags = tags.with(Tag::UserName, "Ana").with(Tag::CommentText, "It is on its way.");
//! let tags = tags.with(Tag::InboxName, "Support").with(Tag::InboxAddress, "support@example.com");
//! let template = templates.find(Purpose::Comment, Some("support"), Some("de")).expect("comments have one built in");
//! let letter = template.render(&tags).expect("all that is always there was given");
//! assert_eq!(letter.subject, "Re: Lamp [INC-2026-00042]");
//! ```

mod built_in;
mod check;
mod tag;

pub use tag::{Tag, Tags};

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, filters};
use std::ops::Range;
use std::sync::LazyLock;

/// Work that one rendering may cost: about so many instructions, or 64 times as many octets.
const FUEL: u64 = 50_000;
/// Most octets of a text or HTML.
const LONGEST: usize = 1024 * 1024;
/// Most characters of a subject.
const SUBJECT: usize = 200;

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Automatic reply of an inbox for leads.
    LeadReply,
    /// Automatic reply of an inbox for tickets.
    TicketReply,
    /// A ticket's public comment, to the contact.
    Comment,
    /// One piece of news, to a user.
    Notice,
    /// Several of them together.
    Digest,
}

impl Purpose {
    /// The name used in the configuration and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::LeadReply | Purpose::TicketReply => "reply",
            Purpose::Comment => "comment",
            Purpose::Notice => "notice",
            Purpose::Digest => "digest",
        }
    }
}

/// The part of a template that something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Subject.
    Subject,
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In which part.
    pub part: Part,
    /// The octets of that part that it is about.
    pub at: Range<usize>,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Subject, text and HTML with tags in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What it is for.
    pub purpose: Purpose,
    subject: String,
    text: String,
    html: Option<String>,
}

/// A filled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Lines that end with LF, the last one too.
    pub text: String,
    /// The same in HTML.
    pub html: Option<String>,
}

impl Template {
    /// A checked template. `company` says whether the company has a name to fill in.
    ///
    /// # Errors
    /// The first fault.
    pub fn new(
        purpose: Purpose,
        company: bool,
        subject: &str,
        text: &str,
        html: Option<&str>,
    ) -> Result<Template, Fault> {
        let html = html.map(str::to_owned);
        let template = Template { purpose, subject: subject.into(), text: text.into(), html };
        check::check(&template, company)?;
        Ok(template)
    }

    /// Fills it in.
    ///
    /// # Errors
    /// A value that is always there was not given, or a bound is passed.
    pub fn render(&self, tags: &Tags) -> Result<Rendered, Error> {
        Ok(Rendered {
            subject: tag::line(&fill(Part::Subject, &self.subject, tags)?, SUBJECT),
            text: tidy(&fill(Part::Text, &self.text, tags)?),
            html: self.html.as_ref().map(|html| fill(Part::Html, html, tags)).transpose()?,
        })
    }

    fn parts(&self) -> impl Iterator<Item = (Part, &str)> {
        let html = self.html.as_deref().map(|html| (Part::Html, html));
        [(Part::Subject, self.subject.as_str()), (Part::Text, self.text.as_str())].into_iter().chain(html)
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Subject => "subject",
            Part::Text => "text",
            Part::Html => "html",
        }
    }
}

/// What templates can do: values, conditions, a few filters. No other templates, and no functions.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    environment.set_recursion_limit(50);
    // A line that holds only a condition leaves no empty line.
    let syntax = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters"));
    environment.set_formatter(print);
    environment.add_filter("default", filters::default);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("trim", filters::trim);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment
});

/// Prints a value; in HTML escaped, whatever the template says of it.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number => {}
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        _ => return Err(Error::new(ErrorKind::InvalidOperation, "only text can be printed")),
    }
    let text = value.to_string();
    if state.name() != Part::Html.name() {
        return Ok(out.write_str(&text)?);
    }
    for piece in text.split_inclusive(['&', '<', '>', '"', '\'']) {
        let (plain, entity) = match piece.chars().next_back() {
            Some('&') => (&piece[..piece.len() - 1], "&amp;"),
            Some('<') => (&piece[..piece.len() - 1], "&lt;"),
            Some('>') => (&piece[..piece.len() - 1], "&gt;"),
            Some('"') => (&piece[..piece.len() - 1], "&quot;"),
            Some('\'') => (&piece[..piece.len() - 1], "&#39;"),
            _ => (piece, ""),
        };
        out.write_str(plain)?;
        out.write_str(entity)?;
    }
    Ok(())
}

fn fill(part: Part, source: &str, tags: &Tags) -> Result<String, Error> {
    let template = ENVIRONMENT.template_from_named_str(part.name(), source)?;
    let filled = template.render(tags.groups())?;
    if filled.len() > LONGEST {
        return Err(Error::new(ErrorKind::OutOfFuel, format!("longer than {LONGEST} octets")));
    }
    Ok(filled)
}

/// Lines end with LF and hold no space at their end, but that of a signature's separator.
fn tidy(text: &str) -> String {
    let line = |line: &str| if line == "-- " { "-- ".to_owned() } else { line.trim_end().to_owned() };
    let lines: Vec<String> = text.replace("\r\n", "\n").split('\n').map(line).collect();
    let whole = lines.join("\n");
    format!("{}\n", whole.trim_matches('\n'))
}

/// The templates of the configuration and the built-in ones, by purpose, inbox and language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates {
    company: String,
    language: String,
    written: Vec<Written>,
}

/// A template of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    inbox: Option<String>,
    language: String,
    template: Template,
}

impl Templates {
    /// The built-in ones, for a company with that name (it may be empty) and language.
    pub fn new(company: &str, language: &str) -> Templates {
        Templates { company: company.trim().to_owned(), language: language.to_owned(), written: Vec::new() }
    }

    /// Adds one of the configuration; `inbox` is the key of the only inbox that it is for.
    pub fn add(&mut self, inbox: Option<&str>, language: &str, template: Template) {
        let (inbox, language) = (inbox.map(str::to_owned), language.to_owned());
        self.written.push(Written { inbox, language, template });
    }

    /// Whether the company has a name.
    pub fn company_named(&self) -> bool {
        !self.company.is_empty()
    }

    /// The values that are the same in every template.
    pub fn tags(&self) -> Tags {
        Tags::default().with(Tag::CompanyName, &self.company)
    }

    /// The template for this: one of the inbox's own, else one of all inboxes, else a built-in one; each in the
    /// language wanted, else the company's, else the first that was written. Automatic replies have none built in: an
    /// inbox without one sends none.
    pub fn find(&self, purpose: Purpose, inbox: Option<&str>, language: Option<&str>) -> Option<&Template> {
        let own = |of: Option<&str>| {
            let all = self.written.iter().filter(|written| written.template.purpose == purpose);
            let all = all.filter(|written| written.inbox.as_deref() == of);
            self.choose(all.map(|written| (written.language.as_str(), &written.template)), language)
        };
        inbox.and_then(|inbox| own(Some(inbox))).or_else(|| own(None)).or_else(|| {
            let all = built_in::all().iter().filter(|(_, template)| template.purpose == purpose);
            self.choose(all.map(|(language, template)| (*language, template)), language)
        })
    }

    fn choose<'a>(
        &self,
        all: impl Iterator<Item = (&'a str, &'a Template)>,
        language: Option<&str>,
    ) -> Option<&'a Template> {
        let all: Vec<_> = all.collect();
        let of = |wanted: &str| {
            let exact = all.iter().find(|(language, _)| language.eq_ignore_ascii_case(wanted));
            let base = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            exact.or_else(|| all.iter().find(|(language, _)| base(language) == base(wanted)))
        };
        language.and_then(of).or_else(|| of(&self.language)).or(all.first()).map(|(_, template)| *template)
    }
}

#[cfg(test)]
mod tests;
