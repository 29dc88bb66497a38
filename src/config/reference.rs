//! The reference of the configuration: every key with its sentence and default, read from the model's own
//! source, so that the sample file and the man page cannot fall behind it.

use super::model::Config;

/// One table of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its header as written in the file: empty, `[log]`, `[[inbox]]`.
    pub header: &'static str,
    /// Its keys in order.
    pub keys: Vec<Key>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its sentence.
    pub text: String,
    /// Its default in TOML's notation; `None`: it must be given, or has none.
    pub default: Option<String>,
}

/// The structs of the model, as they stand in the file.
const SECTIONS: [(&str, &str); 14] = [
    ("Config", ""),
    ("Company", "[company]"),
    ("Log", "[log]"),
    ("Database", "[database]"),
    ("Worker", "[worker]"),
    ("Authority", "[authority]"),
    ("Block", "[block]"),
    ("Spam", "[spam]"),
    ("Limits", "[limits]"),
    ("ContactCards", "[contacts]"),
    ("Records", "[records]"),
    ("Ceilings", "[ceilings]"),
    ("Outbox", "[outbox]"),
    ("Notices", "[notices]"),
];

/// The tables that may stand there any number of times.
const REPEATED: [&str; 5] = ["inbox", "capture", "source", "template", "webhook"];

/// Defaults of an inbox, which has no `Default`: a watched address cannot be guessed.
const INBOX: [(&str, &str); 13] = [
    ("enabled", "true"),
    ("name", "\"\""),
    ("original", "\"consume\""),
    ("mark_copy", "false"),
    ("reference", "\"TICKET\""),
    ("unknown_code", "\"accept\""),
    ("record", "\"auto\""),
    ("assigned_to", "\"\""),
    ("use_contact_owner", "true"),
    ("office", "\"\""),
    ("queue", "[]"),
    ("assign", "[]"),
    ("reply_hours", "24"),
];

/// Defaults of a text's keys.
const REPLY: [(&str, &str); 1] = [("language", "\"\"")];

/// Defaults of a capture rule, whose key cannot be guessed.
const CAPTURE: [(&str, &str); 8] = [
    ("enabled", "true"),
    ("users", "[]"),
    ("direction", "\"both\""),
    ("contacts", "\"known\""),
    ("internal_domains", "[]"),
    ("never_addresses", "[]"),
    ("never_domains", "[]"),
    ("markers", "[\"[private]\", \"[privado]\", \"[privat]\", \"[prywatne]\"]"),
];

/// Defaults of a webhook, whose key and place cannot be guessed.
const WEBHOOK: [(&str, &str); 6] = [
    ("enabled", "true"),
    ("preset", "\"json\""),
    ("users", "[]"),
    ("kinds", "[]"),
    ("secret_file", "\"\""),
    ("timeout_seconds", "10"),
];

/// Defaults of a source's keys.
const SOURCE: [(&str, &str); 5] =
    [("labels", "{}"), ("patterns", "{}"), ("reply_to", "true"), ("clients", "[]"), ("dmarc", "false")];

/// Where the structs stand.
const STRUCTS: &str =
    concat!(include_str!("model.rs"), include_str!("notices.rs"), include_str!("ceilings.rs"));

/// The whole reference, in the order of the model.
pub fn sections() -> Vec<Section> {
    let defaults = toml::Table::try_from(Config::default()).expect("the defaults are plain values");
    let mut sections: Vec<Section> = SECTIONS
        .iter()
        .map(|&(name, header)| {
            let table = header.trim_matches(['[', ']']);
            let values = if table.is_empty() { Some(&defaults) } else { defaults[table].as_table() };
            let keys = fields(STRUCTS, name).filter_map(|(key, text)| {
                let value = values.and_then(|v| v.get(&key));
                let is_table = SECTIONS.iter().any(|(_, h)| h.trim_matches(['[', ']']) == key);
                let default = value.map(ToString::to_string);
                (!is_table && !REPEATED.contains(&key.as_str())).then_some(Key { name: key, text, default })
            });
            Section { header, keys: keys.collect() }
        })
        .collect();
    sections.push(repeated("[[inbox]]", fields(STRUCTS, "Inbox"), &INBOX));
    let texts = include_str!("templates.rs");
    sections.push(repeated("[[inbox.reply]]", fields(texts, "Reply"), &REPLY));
    sections.push(repeated("[[capture]]", fields(STRUCTS, "Capture"), &CAPTURE));
    sections.push(repeated("[[webhook]]", fields(STRUCTS, "Webhook"), &WEBHOOK));
    let source = include_str!("../extract/source.rs");
    sections.push(repeated("[[source]]", fields(source, "Source"), &SOURCE));
    sections.push(repeated("[[template]]", fields(texts, "Text"), &REPLY));
    sections
}

/// A table that may stand in the file any number of times.
fn repeated(
    header: &'static str,
    fields: impl Iterator<Item = (String, String)>,
    defaults: &[(&str, &str)],
) -> Section {
    let keys = fields.map(|(name, text)| {
        let default = defaults.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
        Key { name, text, default }
    });
    Section { header, keys: keys.collect() }
}

/// Name and doc comment of each public field of a struct, from its source.
fn fields(source: &str, name: &str) -> impl Iterator<Item = (String, String)> {
    let opening = format!("pub struct {name} {{");
    let body = source.split_once(&opening).map_or("", |(_, rest)| rest);
    let body = body.split_once("\n}").map_or(body, |(body, _)| body);
    let mut found = Vec::new();
    let mut text = String::new();
    for line in body.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(doc.trim());
        } else if let Some(field) = line.strip_prefix("pub ") {
            let key = field.split(':').next().unwrap_or(field).trim_start_matches("r#");
            found.push((key.to_owned(), std::mem::take(&mut text)));
        }
    }
    found.into_iter()
}

/// Opening of the sample file.
const HEAD: &str = "\
# crm-milter's configuration. Every key stands here with its default behind `#`; what a company must say
# itself is filled in with an example. Check a change with `crm-milter --check`; the lines that Postfix
# needs are printed by `crmctl postfix`. See crm-milter.toml(5).
";

/// Values of the sample that are examples, not defaults.
const EXAMPLES: [(&str, &str, &str); 2] =
    [("[company]", "name", "\"Example Ltd\""), ("[company]", "domains", "[\"example.com\"]")];

/// Inboxes of the sample.
const INBOXES: &str = r#"
# Web forms, portals and people who write to info@: contacts and leads. The sales team keeps getting the mail.
[[inbox]]
key = "info"
address = "info@example.com"
kind = "leads"
name = "Web site"
original = "copy"
copy_to = "sales@example.com"

# Whoever writes to support@ gets a ticket: INC-2026-00001 and so on.
[[inbox]]
key = "support"
address = "support@example.com"
kind = "tickets"
name = "Support"
original = "consume"
reference = "INC"

# Colleagues put this address in BCC, or forward to it, to file a mail.
[[inbox]]
key = "crm"
address = "crm@example.com"
kind = "assistant"
name = "Assistant"
original = "consume"
"#;

/// Replies of the sample.
const REPLIES: &str = r#"
# Each [[inbox.reply]] belongs to the [[inbox]] above it. Whoever writes to support@ gets the ticket's code; the tags
# that may stand there are in crm-milter.toml(5), and `crmctl reply preview support < mail.eml` shows what would go out.
#
# [[inbox.reply]]
# language = "en"
# subject = "Your ticket {{ ticket.code }}"
# text = """
# {% if contact.name %}
# Dear {{ contact.name }},
# {% else %}
# Hello,
# {% endif %}
#
# we have your message. Its number is {{ ticket.code }}; to add something, just reply to this mail.
#
# {{ inbox.name }}, {{ company.name }}
# """
#
# [[inbox.reply]]
# language = "es"
# subject = "Su incidencia {{ ticket.code }}"
# text_file = "reply-es.txt"
# html_file = "reply-es.html"
"#;

/// Texts of the sample.
const TEXTS: &str = r#"
# Comments of tickets and notices have texts built in, in English, Spanish, German and French. As soon as a company
# writes one for comments, the built-in comments are not used any more.
#
# [[template]]
# for = "comment"
# language = "en"
# subject = "Re: {{ ticket.subject }} [{{ ticket.code }}]"
# text = """
# {{ comment.text }}
#
# {{ user.name }}, {{ inbox.name }}
# """
"#;

/// Capture rule of the sample. Only an example: whose mail is recorded is the company's to say.
const CAPTURES: &str = r#"
# The mail of the sales team with contacts is recorded as it passes, both ways, without BCC. `crmctl capture explain`
# says what would be recorded of a saved mail, and why.
#
# [[capture]]
# key = "sales-team"
# users = ["ana", "luis"]
# internal_domains = ["sister-company.example"]
# never_addresses = ["doctor@clinic.example"]
# never_domains = ["lawyers.example"]
"#;

/// Source of the sample. Only an example: a company names its own portals, if it needs any.
const SOURCES: &str = r#"
# Most forms and portals are understood without a word here. Where one is not, a template says who sends its mail
# and where the customer stands in it; `crmctl extract --site --explain FILE` shows what it finds in a saved mail.
# Fields are name, first_name, last_name, email, phone, company, message, reference, source and country. Patterns
# stand between ' so that nothing in them needs a second backslash, and have one group, which is the value.
#
# [[source]]
# name = "Homes portal"
# from = ["@portal.example", "leads@other-portal.example"]
# subject = '^new lead'
# origin = "portal"
# dmarc = true
# labels = { name = ["Who asks"], phone = ["Rings at"] }
# [source.patterns]
# reference = 'flat no\. (\S+)'
# message = '(?s)wrote to you:\s+(.+?)\s+-- \n'
"#;

/// The sample file.
pub fn sample() -> String {
    let mut out = String::from(HEAD);
    for section in sections() {
        let repeated = section.header.starts_with("[[");
        let margin = if repeated { "#   " } else { "" };
        match section.header {
            "" => {}
            header if repeated => {
                out.push_str(&format!("\n# Keys of {header}, as often as there are any:\n"))
            }
            header => out.push_str(&format!("\n{header}\n")),
        }
        for Key { name, text, default } in section.keys {
            let example = EXAMPLES.iter().find(|(header, key, _)| *header == section.header && *key == name);
            let line = match (example, default) {
                (Some((_, _, value)), _) => format!("{name} = {value}"),
                (None, Some(default)) => format!("#{name} = {default}"),
                (None, None) => format!("#{name} ="),
            };
            out.push_str(&format!("{margin}\n{margin}# {text}\n{margin}{line}\n"));
        }
        if section.header == "[[inbox]]" {
            out.push_str(INBOXES);
        }
        if section.header == "[[inbox.reply]]" {
            out.push_str(REPLIES);
        }
        if section.header == "[[template]]" {
            out.push_str(TEXTS);
        }
        if section.header == "[[capture]]" {
            out.push_str(CAPTURES);
        }
        if section.header == "[[source]]" {
            out.push_str(SOURCES);
        }
    }
    out.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_sentence() {
        for section in sections() {
            assert!(!section.keys.is_empty(), "{}", section.header);
            for key in section.keys {
                assert!(key.text.ends_with('.'), "{} {}: `{}`", section.header, key.name, key.text);
            }
        }
    }

    #[test]
    fn sample_file_holds_every_key_with_its_default() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/conf/crm-milter.toml");
        let file = std::fs::read_to_string(path).expect("the sample file");
        let wanted = sample();
        if file != wanted && std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, wanted).expect("writable sample file");
            return;
        }
        assert_eq!(file, wanted, "run the test with UPDATE_GOLDEN=1 to write the file anew");
    }

    #[test]
    fn example_of_a_source_is_one_when_its_marks_are_taken_off() {
        let (_, example) = SOURCES.split_once("#\n").expect("the words above it end with an empty line");
        let text: String = example.lines().map(|l| l.trim_start_matches("# ").to_owned() + "\n").collect();
        let config = super::super::read::parse(&text, std::path::Path::new("c.toml")).expect("the example");
        let [source] = config.source.as_slice() else { panic!("one source") };
        assert_eq!((source.name.as_str(), source.patterns.len(), source.dmarc), ("Homes portal", 2, true));
    }

    #[test]
    fn example_of_a_capture_rule_is_one_when_its_marks_are_taken_off() {
        let (_, example) = CAPTURES.split_once("#\n").expect("the words above it end with an empty line");
        let text: String = example.lines().map(|l| l.trim_start_matches("# ").to_owned() + "\n").collect();
        let config = super::super::read::parse(&text, std::path::Path::new("c.toml")).expect("the example");
        assert_eq!(config.captures().by_key("sales-team").map(|rule| rule.users.len()), Some(2));
    }

    #[test]
    fn examples_of_texts_are_some_when_their_marks_are_taken_off() {
        let bare = |example: &str| -> String {
            let (_, example) = example.split_once("#\n").expect("the words above it end with an empty line");
            let line = |l: &str| l.strip_prefix("# ").or(l.strip_prefix('#')).unwrap_or(l).to_owned() + "\n";
            example.lines().map(line).collect()
        };
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["reply-es.txt", "reply-es.html"] {
            std::fs::write(directory.path().join(name), "{{ ticket.code }}").expect("a file");
        }
        let inbox =
            "[company]\nname = \"X\"\n[[inbox]]\nkey = \"s\"\naddress = \"s@b.test\"\nkind = \"tickets\"\n";
        let text = format!("{inbox}{}{}", bare(REPLIES), bare(TEXTS));
        let config =
            super::super::read::parse(&text, &directory.path().join("c.toml")).expect("the examples");
        assert_eq!((config.inbox[0].reply.len(), config.template.len()), (2, 1));
    }

    #[test]
    fn defaults_of_a_capture_rule_are_those_of_the_reference() {
        let defaults = CAPTURE.map(|(key, value)| format!("{key} = {value}\n")).concat();
        let rules = |more: &str| {
            let text = format!("[[capture]]\nkey = \"a\"\n{more}");
            super::super::read::parse(&text, std::path::Path::new("c.toml")).expect("a rule").captures()
        };
        assert_eq!(rules(""), rules(&defaults));
    }

    #[test]
    fn sample_file_is_a_configuration() {
        let text = include_str!("../../conf/crm-milter.toml");
        super::super::read::parse(text, std::path::Path::new("crm-milter.toml")).expect("the sample file");
    }
}
