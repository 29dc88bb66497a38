//! What every verb needs: the configuration, the database, and how to print.

use super::table::Table;
use super::text;
use crate::config::model::Config;
use crate::config::read;
use crate::store::cluster::{ClusterConfig, Role};
use crate::store::{Store, StoreConfig};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// One run of `crmctl`.
#[derive(Debug)]
pub struct Desk {
    /// The configuration file.
    pub path: PathBuf,
    /// JSON instead of tables.
    pub json: bool,
    /// Login of the user to act as.
    user: Option<String>,
    columns: usize,
    bold: bool,
}

/// Columns where output is no terminal: nothing is cut away from what a program or a file gets.
const UNLIMITED: usize = 10_000;

impl Desk {
    /// A desk that prints to this process's standard output.
    pub fn new(path: PathBuf, json: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let columns = if terminal { terminal_columns() } else { UNLIMITED };
        let bold = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Desk { path, json, user: None, columns, bold }
    }

    /// The same desk, acting as that user; an empty login is none.
    pub fn acting_as(mut self, user: Option<String>) -> Self {
        self.user = user.filter(|login| !login.is_empty());
        self
    }

    /// Login of the user to act as.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Who does it, for the record: the user, or whoever runs this.
    pub fn operator(&self) -> String {
        self.user.clone().unwrap_or_else(operator)
    }

    /// The configuration.
    pub fn config(&self) -> anyhow::Result<Config> {
        Ok(read::load(&self.path)?)
    }

    /// The database, as the user that was asked for, or as the desk.
    pub fn store(&self) -> anyhow::Result<Store> {
        let store = self.store_as(Role::Desk)?;
        Ok(match &self.user {
            Some(login) => store.acting_as(login)?,
            None => store,
        })
    }

    /// The database, as that role of the private cluster, or as the URL says.
    pub fn store_as(&self, role: Role) -> anyhow::Result<Store> {
        let mut settings = StoreConfig::new(database_url(&self.config()?, role));
        settings.application_name = "crmctl".into();
        settings.connections = 1;
        settings.operator = Some(operator());
        Ok(Store::new(&settings)?)
    }

    /// Prints rows: a table for people, an array for programs.
    pub fn list<T: Serialize>(&self, rows: &[T], table: impl FnOnce(&[T]) -> Table) -> anyhow::Result<()> {
        if self.json {
            return self.value(&rows);
        }
        let table = table(rows);
        if table.is_empty() {
            return self.print("(none)\n");
        }
        self.print(&table.render(self.columns, self.bold))
    }

    /// Prints one thing: lines for people, an object for programs.
    pub fn show<T: Serialize>(&self, thing: &T, lines: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        if self.json {
            return self.value(thing);
        }
        self.print(&lines(thing))
    }

    /// Prints what was done: a sentence for people, the thing for programs.
    pub fn done<T: Serialize>(&self, thing: &T, sentence: &str) -> anyhow::Result<()> {
        self.show(thing, |_| format!("{}\n", text::line(sentence)))
    }

    /// Adds a part with a heading and a table to a longer page, if there is anything in it.
    pub fn section<T>(&self, page: &mut String, words: &str, rows: &[T], table: impl FnOnce(&[T]) -> Table) {
        if !rows.is_empty() {
            page.push('\n');
            page.push_str(&self.heading(words));
            page.push_str(&table(rows).render(self.columns, self.bold));
        }
    }

    /// A table as wide as the terminal.
    pub fn rendered(&self, table: &Table) -> String {
        table.render(self.columns, self.bold)
    }

    /// Now, in the time zone of whoever runs this.
    pub fn now(&self) -> jiff::Zoned {
        jiff::Zoned::now()
    }

    /// A heading, bold on a terminal.
    pub fn heading(&self, words: &str) -> String {
        if self.bold { format!("\x1b[1m{words}\x1b[0m\n") } else { format!("{words}\n") }
    }

    fn value(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut json = text::json(&serde_json::to_string_pretty(value)?);
        json.push('\n');
        self.print(&json)
    }

    /// Prints text as it is. A reader that went away (`| head`) is no error.
    pub fn print(&self, text: &str) -> anyhow::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Writes bytes as they are.
    pub fn bytes(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// The person in front of this process; under sudo, who called it.
fn operator() -> String {
    let me = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten();
    let person = std::env::var("SUDO_USER").ok().filter(|name| !name.is_empty());
    person.or_else(|| me.map(|user| user.name)).unwrap_or_else(|| nix::unistd::getuid().to_string())
}

/// Where the database is: the configured server, or the private cluster as that role.
pub fn database_url(config: &Config, role: Role) -> String {
    if config.database.url.is_empty() { cluster(config).url(role) } else { config.database.url.clone() }
}

/// The private cluster that the configuration describes.
pub fn cluster(config: &Config) -> ClusterConfig {
    let database = &config.database;
    let mut cluster = ClusterConfig::new(&database.data_directory, &database.socket_directory);
    if !database.bin_directory.is_empty() {
        cluster.bindir = Some(PathBuf::from(&database.bin_directory));
    }
    if !config.user.is_empty() {
        cluster.user = Some(config.user.clone());
    }
    // The daemon's, those that hear of news, the server's own, and the desk's.
    let connections = database.connections.saturating_add(36);
    cluster.settings.push(("max_connections".to_owned(), connections.to_string()));
    cluster
}

/// Columns of the terminal: what it says itself, else `COLUMNS`, else 80.
fn terminal_columns() -> usize {
    let asked = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let told = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked.or_else(told).filter(|&columns| columns >= 20).unwrap_or(80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_cluster_has_room_for_all_that_the_daemon_may_open_and_for_people_besides() {
        for connections in [4, 100] {
            let mut config = Config::default();
            config.database.connections = connections;
            let cluster = cluster(&config);
            let most = cluster.settings.iter().find(|(name, _)| name == "max_connections");
            let most: u32 = most.map_or(0, |(_, value)| value.parse().unwrap_or_default());
            // Two hear of news, three are the superuser's.
            assert!(most >= connections + 2 + 3 + 20, "{most}");
        }
    }
}
