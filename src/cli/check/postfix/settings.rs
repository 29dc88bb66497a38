//! The running Postfix's own words: main.cf with all defaults and `$names` filled in, the services of
//! master.cf, and what each service overrides. Read with postconf(1), changed by nobody.

use crate::cli::check::command;
use crate::cli::postfix::loopback;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A Postfix instance as it is configured.
#[derive(Debug, Default)]
pub struct Settings {
    directory: Option<PathBuf>,
    main: HashMap<String, String>,
    /// Every service of master.cf, in order.
    pub services: Vec<Service>,
    /// What postconf(1) complained about.
    pub complaints: Vec<String>,
    /// Tables that could not be asked, and why: a server that is away is waited for once.
    away: RefCell<HashMap<String, String>>,
}

/// One service of master.cf.
#[derive(Debug, Clone, Default)]
pub struct Service {
    /// `smtp`, `127.0.0.1:10025`.
    pub name: String,
    /// `inet`, `unix`, `pass`.
    pub kind: String,
    /// The chroot column.
    pub chroot: String,
    /// The program, without its arguments.
    pub program: String,
    /// The program's arguments as they stand.
    pub arguments: String,
    overrides: HashMap<String, String>,
}

impl Service {
    /// What stands below this service for that parameter.
    pub fn overridden(&self, parameter: &str) -> Option<&str> {
        self.overrides.get(parameter).map(String::as_str)
    }
}

impl Settings {
    /// Asks postconf(1); `None`: for the default instance. A relative directory would fail silently.
    pub fn ask(directory: Option<&Path>) -> Result<Settings, String> {
        let of = directory.map(|d| d.to_string_lossy().into_owned());
        let mut complaints = Vec::new();
        let mut ask = |words: &[&str]| {
            let mut all = of.as_deref().map(|of| vec!["-c", of]).unwrap_or_default();
            all.extend(words);
            let output = command::run("postconf", &all).map_err(|e| e.to_string())?;
            if !output.status.success() {
                return Err(command::complaint(&output));
            }
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            complaints.extend(stderr.lines().map(|line| line.trim_start_matches("postconf: ").to_owned()));
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let (main, services, overrides) = (ask(&["-x"])?, ask(&["-M"])?, ask(&["-Px"])?);
        let mut settings = Settings::read(&main, &services, &overrides);
        complaints.sort();
        complaints.dedup();
        settings.directory = directory.map(Path::to_owned);
        settings.complaints = complaints;
        Ok(settings)
    }

    /// From what `postconf -x`, `-M` and `-Px` print.
    pub fn read(main: &str, services: &str, overrides: &str) -> Settings {
        let pair = |line: &str| {
            line.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        };
        let main = main.lines().filter_map(pair).collect();
        let mut services: Vec<Service> = services.lines().filter_map(service).collect();
        for (place, value) in overrides.lines().filter_map(pair) {
            // service/type/parameter, and a service's name may hold a slash.
            let mut parts = place.rsplitn(3, '/');
            let (Some(parameter), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            for service in services.iter_mut().filter(|s| s.name == name && s.kind == kind) {
                service.overrides.insert(parameter.to_owned(), value.clone());
            }
        }
        Settings { main, services, ..Settings::default() }
    }

    /// The value in main.cf or its default; empty where this version has no such parameter.
    pub fn main(&self, parameter: &str) -> &str {
        self.main.get(parameter).map_or("", String::as_str)
    }

    /// Whether this version knows the parameter.
    pub fn knows(&self, parameter: &str) -> bool {
        self.main.contains_key(parameter)
    }

    /// The value that holds for a service.
    pub fn at<'a>(&'a self, service: &'a Service, parameter: &str) -> &'a str {
        service.overridden(parameter).unwrap_or_else(|| self.main(parameter))
    }

    /// The services that take mail by SMTP.
    pub fn smtpd(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|service| service.program == "smtpd")
    }

    /// The service that takes what the outbox sends, if it is there.
    pub fn listener(&self, host: &str, port: u16) -> Option<&Service> {
        let host = loopback(host)?;
        let places = [format!("{host}:{port}"), port.to_string(), format!("localhost:{port}")];
        self.smtpd().find(|service| service.kind == "inet" && places.contains(&service.name))
    }

    /// Whether the service runs in a chroot.
    pub fn chrooted(&self, service: &Service) -> bool {
        match service.chroot.as_str() {
            "y" => true,
            "n" => false,
            // Before Postfix 3.0 the default was yes, and its backwards-compatible mode keeps that.
            _ => {
                self.main("compatibility_level").split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0)
                    < 1
            }
        }
    }

    /// The queue directory, where every service works and chrooted ones are shut in.
    pub fn queue(&self) -> PathBuf {
        PathBuf::from(self.main("queue_directory"))
    }

    /// Looks `key` up in a table, as Postfix would. `Ok(None)`: it is not there.
    pub fn look_up(&self, table: &str, key: &str) -> Result<Option<String>, String> {
        // The proxy daemon hides only who opens it.
        let table = table.strip_prefix("proxy:").unwrap_or(table);
        if let Some(why) = self.away.borrow().get(table) {
            return Err(why.clone());
        }
        let found = self.ask_table(table, key);
        if let Err(why) = &found {
            self.away.borrow_mut().insert(table.to_owned(), why.clone());
        }
        found
    }

    /// The tables that could not be asked, and why.
    pub fn away(&self) -> Vec<(String, String)> {
        let mut away: Vec<_> = self.away.borrow().clone().into_iter().collect();
        away.sort();
        away
    }

    fn ask_table(&self, table: &str, key: &str) -> Result<Option<String>, String> {
        let directory = self.directory.as_ref().map(|d| d.to_string_lossy().into_owned());
        let mut words = directory.as_deref().map(|of| vec!["-c", of]).unwrap_or_default();
        words.extend(["-q", key, table]);
        let output = command::run("postmap", &words).map_err(|e| e.to_string())?;
        if output.status.success() {
            return Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()));
        }
        // Ending with 1 is "not there" as well as "could not look"; mere warnings, of main.cf too, are neither.
        let stderr = String::from_utf8_lossy(&output.stderr);
        let fatal = output.status.code() != Some(1) || stderr.contains("fatal:") || stderr.contains("error:");
        if fatal { Err(command::complaint(&output)) } else { Ok(None) }
    }
}

fn service(line: &str) -> Option<Service> {
    let mut rest = line;
    let mut column = || {
        rest = rest.trim_start();
        let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        rest = after;
        word.to_owned()
    };
    let mut columns = [(); 8].map(|()| column());
    let program = std::mem::take(&mut columns[7]);
    let [name, kind, _private, _unprivileged, chroot, ..] = columns;
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let arguments = rest.trim().to_owned();
    (!program.is_empty()).then(|| Service { name, kind, chroot, program, arguments, ..Service::default() })
}

/// The members of a list of Postfix's: parted by commas and white space, except inside of braces.
pub fn members(list: &str) -> Vec<String> {
    let (mut found, mut word, mut depth) = (Vec::new(), String::new(), 0usize);
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (c == ',' || c.is_whitespace()) {
            if !word.is_empty() {
                found.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

/// Seconds of a time such as `30`, `30s`, `5m`.
pub fn seconds(time: &str) -> Option<u64> {
    let digits = time.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &time[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_parted_outside_of_braces_only() {
        assert_eq!(
            members("unix:/a, { inet:h:1, default_action=accept } inline:{ {a = b, c} }"),
            ["unix:/a", "{ inet:h:1, default_action=accept }", "inline:{ {a = b, c} }"]
        );
        assert!(members(" , ").is_empty());
        assert_eq!(members("{ never closed, x"), ["{ never closed, x"]);
    }

    #[test]
    fn times_are_read_in_every_unit() {
        assert_eq!(
            (seconds("6"), seconds("5m"), seconds("x"), seconds("")),
            (Some(6), Some(300), None, None)
        );
    }

    #[test]
    fn services_keep_their_own_settings() {
        let settings = Settings::read(
            "smtpd_milters = unix:/a\ncompatibility_level = 3.6\n",
            "smtp       inet  n       -       y       -       -       smtpd\n\
             [::1]:25   inet  n       -       -       -       -       smtpd -v -o smtpd_milters=\n\
             door       unix  -       n       n       -       -       pipe flags=q argv=/x ${sender}\n",
            "[::1]:25/inet/smtpd_milters = \n",
        );
        let all: Vec<_> = settings.smtpd().collect();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (settings.at(all[0], "smtpd_milters"), settings.at(all[1], "smtpd_milters")),
            ("unix:/a", "")
        );
        assert_eq!((settings.chrooted(all[0]), settings.chrooted(all[1])), (true, false));
        assert_eq!(settings.services[2].arguments, "flags=q argv=/x ${sender}");
    }
}
