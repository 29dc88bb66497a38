//! Checks a template when it is read: what could go wrong when it is filled in goes wrong here, with its place.

use super::tag::{Tag, Tags};
use super::{ENVIRONMENT, Fault, Part, Purpose, Template, fill, tag, tidy};
use minijinja::{Error, ErrorKind};
use std::collections::BTreeSet;
use std::ops::Range;

/// So many tags whose value may be missing are tried in every mixture; with more of them each is tried alone.
const MIXED: usize = 6;

/// The first fault of a template.
pub(super) fn check(template: &Template, company: bool) -> Result<(), Fault> {
    let mut used = BTreeSet::new();
    for (part, source) in template.parts() {
        used.extend(named(template.purpose, part, source)?);
    }
    let always = |tag: Tag| match tag {
        Tag::CompanyName => company,
        _ => tag.in_template(template.purpose) == Some(true),
    };
    let sample = |tag: Tag| if tag == Tag::NoticeCount { "3" } else { tag.name() };
    let fixed = used.iter().filter(|tag| always(**tag));
    let fixed = fixed.fold(Tags::default(), |tags, &tag| tags.with(tag, sample(tag)));
    let uncertain: Vec<Tag> = used.iter().copied().filter(|tag| !always(*tag)).collect();
    for present in mixtures(&uncertain) {
        let tags = present.iter().fold(fixed.clone(), |tags, &tag| tags.with(tag, sample(tag)));
        for (part, source) in template.parts() {
            let filled = fill(part, source, &tags).map_err(|error| fault(part, source, &error))?;
            let empty = match part {
                Part::Subject => tag::line(&filled, 1).is_empty(),
                Part::Text | Part::Html => tidy(&filled).trim().is_empty(),
            };
            if empty {
                let what = format!("the {} would be empty", part.name());
                let message = match (present.len(), uncertain.len()) {
                    (0, 0) => format!("{what}; write one"),
                    _ => format!("{what} where a value is missing; write text beside the tags"),
                };
                return Err(Fault { part, at: 0..source.len(), message });
            }
        }
    }
    Ok(())
}

/// The tags that a part names anywhere.
fn named(purpose: Purpose, part: Part, source: &str) -> Result<BTreeSet<Tag>, Fault> {
    let template = ENVIRONMENT
        .template_from_named_str(part.name(), source)
        .map_err(|error| fault(part, source, &error))?;
    let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    names.sort_by_key(|name| place(source, name).start);
    let mut used = BTreeSet::new();
    for name in names {
        match Tag::from_name(&name) {
            Some(tag) if tag.in_template(purpose).is_some() => {
                used.insert(tag);
            }
            _ => {
                let message = unknown(purpose, &name);
                return Err(Fault { part, at: place(source, &name), message });
            }
        }
    }
    Ok(used)
}

fn unknown(purpose: Purpose, name: &str) -> String {
    let here = Tag::ALL.into_iter().filter(|tag| tag.in_template(purpose).is_some());
    let here: Vec<&str> = here.map(Tag::name).collect();
    let what = match Tag::from_name(name) {
        Some(_) => {
            let kind = match purpose {
                Purpose::LeadReply => "a reply of an inbox for leads",
                Purpose::TicketReply => "a reply of an inbox for tickets",
                Purpose::Comment => "a comment",
                Purpose::Notice => "a notice",
                Purpose::Digest => "a digest",
            };
            format!("there is no {name} in {kind}")
        }
        None => format!("unknown tag `{name}`"),
    };
    format!("{what}; known here: {}", here.join(", "))
}

/// Where a name stands in a tag: its first occurrence between delimiters.
fn place(source: &str, name: &str) -> Range<usize> {
    // Values can be named with spaces around the dot; then the tag that begins with it is as near as it gets.
    let group = name.split('.').next().unwrap_or(name);
    for wanted in [name, group] {
        let found = source.match_indices(wanted).map(|(at, _)| at).find(|&at| {
            let before = &source[..at];
            let opened = before.rfind("{{").max(before.rfind("{%"));
            let closed = before.rfind("}}").max(before.rfind("%}"));
            opened.is_some() && opened > closed
        });
        if let Some(at) = found {
            return at..at + wanted.len();
        }
    }
    0..0
}

/// Every choice of the tags whose values may be missing.
fn mixtures(uncertain: &[Tag]) -> Vec<Vec<Tag>> {
    let of = |bits: usize| {
        let present = uncertain.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        present.map(|(_, tag)| *tag).collect()
    };
    let count = uncertain.len();
    if count <= MIXED {
        return (0..1 << count).map(of).collect();
    }
    let all = (1 << count) - 1;
    (0..count).flat_map(|at| [of(1 << at), of(all & !(1 << at))]).chain([of(0), of(all)]).collect()
}

/// What minijinja found, in our words where they help more.
fn fault(part: Part, source: &str, error: &Error) -> Fault {
    let line =
        error.line().and_then(|line| source.split_inclusive('\n').nth(line - 1).map(|text| (line, text)));
    let of_line = line.map_or(0..0, |(line, text)| {
        let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
        start..start + text.trim_end().len()
    });
    let at = error.range().filter(|range| source.get(range.clone()).is_some()).unwrap_or(of_line);
    let (at, tag) = match error.kind() {
        ErrorKind::UndefinedError => missing(source, at),
        _ => (at, None),
    };
    let message = match error.kind() {
        ErrorKind::UndefinedError => match tag {
            Some(tag) => format!(
                "{tag} is not always known; write {{{{ {tag} | default(\"…\") }}}}, or put it between \
                 {{% if {tag} %}} and {{% endif %}}",
                tag = tag.name()
            ),
            None => "a value that is not always known is used here; ask for it with {% if … %}".into(),
        },
        ErrorKind::UnknownFilter => {
            "unknown filter; known are default, upper, lower, title, capitalize and trim".into()
        }
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => "templates have no functions".into(),
        ErrorKind::OutOfFuel => "it does too much work".into(),
        _ => {
            let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            format!("not a template: {what}")
        }
    };
    Fault { part, at, message }
}

/// The tag whose value was missing at `at`: it stands there, or before the filter that does.
fn missing(source: &str, at: Range<usize>) -> (Range<usize>, Option<Tag>) {
    let before = source.get(..at.start).unwrap_or_default();
    let start = before.rfind("{{").max(before.rfind("{%")).map_or(at.start, |opened| opened + 2);
    for start in [at.start, start] {
        let text = source.get(start..at.end).unwrap_or_default();
        let name = text.split('|').next().unwrap_or(text);
        if let Some(tag) = Tag::from_name(name.trim()) {
            let start = start + name.len() - name.trim_start().len();
            return (start..start + name.trim().len(), Some(tag));
        }
    }
    (at, None)
}
