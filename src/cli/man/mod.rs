//! Manual pages, made from the command lines and from the reference of the configuration.

use super::args::{Cli, Daemon};
use crate::config::reference;
use crate::crm::template::{Purpose, Tag};
use clap::CommandFactory;
use clap_mangen::Man;
use std::fmt::Write as _;
use std::path::Path;

/// Writes crmctl(1), crm-milter(8), crm-milter.toml(5) and crm-milter-views(7) into a directory.
pub fn write(directory: &Path) -> anyhow::Result<()> {
    for (name, page) in pages()? {
        std::fs::write(directory.join(name), page)?;
    }
    Ok(())
}

/// The pages by file name.
pub fn pages() -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
    Ok(vec![
        ("crmctl.1", crmctl()?),
        ("crm-milter.8", daemon()?),
        ("crm-milter.toml.5", configuration().into_bytes()),
        // Made from the comments in the database, by the test that compares it with them.
        ("crm-milter-views.7", include_bytes!("../../../man/crm-milter-views.7").to_vec()),
    ])
}

/// Title to options, as the command line has them.
fn beginning(command: &clap::Command, section: &str) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    let whole = Man::new(command.clone()).section(section);
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    Ok(page)
}

fn daemon() -> anyhow::Result<Vec<u8>> {
    let mut page = beginning(&Daemon::command(), "8")?;
    page.extend_from_slice(include_bytes!("crm-milter.8.roff"));
    Ok(page)
}

/// One page for all nouns and verbs: people search in it.
fn crmctl() -> anyhow::Result<Vec<u8>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut page = beginning(&command, "1")?;
    page.extend_from_slice(b".SH COMMANDS\n");
    verbs(&command, "crmctl", &mut page)?;
    page.extend_from_slice(include_bytes!("crmctl.1.roff"));
    Ok(page)
}

fn verbs(command: &clap::Command, path: &str, page: &mut Vec<u8>) -> anyhow::Result<()> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let path = format!("{path} {}", sub.get_name());
        if sub.has_subcommands() {
            verbs(sub, &path, page)?;
            continue;
        }
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        let mut text = format!(".SS {}\n{}\n", escaped(&path), escaped(&about));
        for arg in sub.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_id() != "help") {
            let shown = escaped(&arg.to_string());
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            writeln!(text, ".TP\n\\fB{shown}\\fR\n{}", escaped(&help))?;
        }
        if let Some(more) = sub.get_after_help() {
            // As it stands: its columns and examples are aligned.
            let lines = more.to_string();
            let lines: Vec<String> = lines.lines().map(escaped).collect();
            writeln!(text, ".PP\n.EX\n{}\n.EE", lines.join("\n"))?;
        }
        page.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

fn configuration() -> String {
    let mut page = String::from(
        ".TH crm-milter.toml 5\n.SH NAME\ncrm-milter.toml \\- configuration of crm-milter(8) and crmctl(1)\n\
         .SH DESCRIPTION\nThe file is TOML. Unknown keys are refused, with line and column. \
         \\fBcrm-milter \\-\\-check\\fR checks it; a running daemon reads it again on SIGHUP.\n",
    );
    for section in reference::sections() {
        let heading = if section.header.is_empty() { "TOP OF THE FILE" } else { section.header };
        let _ = writeln!(page, ".SH \"{}\"", escaped(heading));
        for key in section.keys {
            let default = match &key.default {
                Some(default) => format!(" = {}", escaped(default)),
                None => String::new(),
            };
            let _ = writeln!(page, ".TP\n\\fB{}\\fR{default}\n{}", escaped(&key.name), escaped(&key.text));
        }
    }
    page.push_str(include_str!("templates.roff"));
    for tag in Tag::ALL {
        let purposes = [
            (Purpose::LeadReply, "replies to leads"),
            (Purpose::TicketReply, "replies to tickets"),
            (Purpose::Comment, "comments"),
            (Purpose::Notice, "notices"),
            (Purpose::Digest, "digests"),
        ];
        let places = purposes.iter().filter_map(|(purpose, name)| {
            let always = tag.in_template(*purpose)?;
            Some(if always { format!("{name} (always)") } else { (*name).to_owned() })
        });
        let places: Vec<String> = places.collect();
        let name = escaped(&format!("{{{{ {} }}}}", tag.name()));
        let _ = writeln!(page, ".TP\n\\fB{name}\\fR\n{}: in {}.", escaped(tag.meaning()), places.join(", "));
    }
    page.push_str(".SH FILES\n/etc/crm\\-milter/crm\\-milter.toml\n.SH SEE ALSO\ncrm-milter(8), crmctl(1)\n");
    page
}

/// Text of a page: nothing in it is read as a request of roff.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('`', "\\(ga");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_pages_are_those_of_the_command_lines() {
        for (name, page) in pages().expect("pages are made in memory") {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man").join(name);
            let page = String::from_utf8(page).expect("pages are text");
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::write(&path, &page).expect("writable man page");
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == page, "{name}: run the test with UPDATE_GOLDEN=1 to write it anew");
        }
    }
}
