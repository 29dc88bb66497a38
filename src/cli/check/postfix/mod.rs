//! The running Postfix, checked against the lines of `crmctl postfix`.
//!
//! - [`settings`]: what Postfix says of itself.
//! - [`milter`]: every service that takes mail hands it to us, last, and goes on without us.
//! - [`reach`]: those services get at the socket.
//! - [`door`]: the pipe transport and how mail gets to it.
//! - [`aliases`]: the inboxes' addresses are valid and lead to the door.
//! - [`outgoing`]: the listener for what we send.
//! - [`protection`]: what holds for the whole.

pub mod aliases;
pub mod door;
pub mod milter;
pub mod outgoing;
pub mod protection;
pub mod reach;
pub mod settings;

use super::access::Person;
use super::endpoint::Endpoint;
use super::finding::Report;
use crate::cli::postfix::Lines;
use crate::config::model::Config;
use settings::Settings;
use std::path::{Path, PathBuf};

/// Our side of it.
#[derive(Debug)]
pub struct Ours<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Its file.
    pub path: PathBuf,
    /// What `crmctl postfix` prints for it.
    pub lines: Lines,
    /// The spool's owner: who the door must run as.
    pub owner: Option<Person>,
}

impl Ours<'_> {
    /// The line of the lines for main.cf that sets this parameter.
    pub fn main_cf(&self, parameter: &str) -> String {
        let sets = |line: &&str| line.split_once('=').is_some_and(|(name, _)| name.trim() == parameter);
        let line = self.lines.main_cf.lines().find(sets).unwrap_or(parameter);
        format!("main.cf: {}", line.trim_end())
    }
}

impl Ours<'_> {
    /// What to do so that a list of tables knows an entry: write it into our table, and that into the list
    /// behind what stands there.
    pub fn in_table(&self, settings: &Settings, parameter: &str, file: &str, entry: &str) -> String {
        let list = settings.main(parameter);
        if list.contains(file) {
            return format!("{file}: {entry}");
        }
        let before = if list.is_empty() { String::new() } else { format!("{list}, ") };
        format!("main.cf: {parameter} = {before}texthash:{file}; {file}: {entry}")
    }
}

/// Looks at all of it.
pub fn check(directory: Option<&Path>, ours: &Ours<'_>, report: &mut Report) {
    let settings = match Settings::ask(directory) {
        Ok(settings) => settings,
        Err(error) => {
            let change = "name the directory of its main.cf with --postfix-directory";
            return report.error(
                "postfix",
                format!("Postfix's configuration cannot be read: {error}"),
                change,
            );
        }
    };
    report.ok(
        "postfix",
        format!("Postfix {} in {}", settings.main("mail_version"), settings.main("config_directory")),
    );
    for complaint in settings.complaints.iter().take(5) {
        report.note("postfix-warnings", format!("postconf says: {complaint}"), "");
    }
    let Some(socket) = Endpoint::ours(&ours.config.socket, &settings.queue()) else { return };
    milter::check(&settings, ours, &socket, report);
    reach::check(&settings, &socket, report);
    door::check(&settings, ours, report);
    aliases::check(&settings, ours, report);
    outgoing::check(&settings, ours, &socket, report);
    protection::check(&settings, ours, report);
}
