//! Every service that takes mail hands it to crm-milter: in its list, last, on our socket, and so that neither
//! a stopped nor a frozen daemon stops mail.

use super::Ours;
use super::settings::{Service, Settings, members, seconds};
use crate::cli::check::endpoint::Endpoint;
use crate::cli::check::finding::Report;

/// One member of a list of milters.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    socket: String,
    settings: Vec<(String, String)>,
}

impl Entry {
    fn read(member: &str) -> Entry {
        let inner = member.strip_prefix('{').map(|m| m.strip_suffix('}').unwrap_or(m));
        let mut words = members(inner.unwrap_or(member)).into_iter();
        let socket = words.next().unwrap_or_default();
        let pair = |word: String| {
            let word = word.trim_start_matches('{').trim_end_matches('}');
            word.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        };
        Entry { socket, settings: words.filter_map(pair).collect() }
    }

    fn get<'a>(&'a self, settings: &'a Settings, name: &str) -> &'a str {
        let own = self.settings.iter().find(|(n, _)| n == name);
        own.map_or_else(|| settings.main(&format!("milter_{name}")), |(_, value)| value)
    }
}

pub(super) fn check(settings: &Settings, ours: &Ours<'_>, socket: &Endpoint, report: &mut Report) {
    // What goes out takes a way of its own.
    let outbox = &ours.config.outbox;
    let listener = settings.listener(&outbox.host, outbox.port).map(|service| &service.name);
    let services: Vec<&Service> =
        settings.smtpd().filter(|service| Some(&service.name) != listener).collect();
    if services.is_empty() {
        let change = "master.cf: smtp inet n - y - - smtpd";
        return report.error("milter-missing", "master.cf has no service that takes mail by SMTP", change);
    }
    for service in &services {
        one(settings, service, ours, socket, report);
    }
    if !["milter-missing", "milter-last", "milter-socket"].iter().any(|c| report.complains_of(c)) {
        let names: Vec<_> = services.iter().map(|service| service.name.as_str()).collect();
        report.ok("milter", format!("crm-milter is the last milter of {}", names.join(", ")));
    }
    beyond(settings, ours, socket, report);
}

fn one(settings: &Settings, service: &Service, ours: &Ours<'_>, socket: &Endpoint, report: &mut Report) {
    let list = settings.at(service, "smtpd_milters");
    let entries: Vec<Entry> = members(list).iter().map(|member| Entry::read(member)).collect();
    let chrooted = settings.chrooted(service);
    let queue = settings.queue();
    let is_ours = |e: &Entry| Endpoint::seen(&e.socket, chrooted, &queue).is_some_and(|seen| seen.is(socket));
    let name = &service.name;
    let at = entries.iter().position(is_ours);
    let by_option = ["receive_override_options"]
        .iter()
        .any(|o| settings.at(service, o).split([',', ' ', '\t']).any(|word| word == "no_milters"));
    if comes_back(settings, service) {
        if at.is_some() && !by_option {
            report.warning(
                "milter-reinjection",
                format!(
                    "service {name} takes back what a content filter saw, and hands it to crm-milter again"
                ),
                format!("master.cf, below {name}: -o smtpd_milters="),
            );
        }
        return;
    }
    if by_option {
        return report.error(
            "milter-no-milters",
            format!(
                "service {name} has receive_override_options = no_milters: crm-milter sees nothing of it"
            ),
            format!("master.cf or main.cf: take no_milters out of receive_override_options for {name}"),
        );
    }
    let Some(at) = at else {
        return absent(settings, service, ours, &entries, report);
    };
    if at + 1 < entries.len() {
        report.error(
            "milter-last",
            format!(
                "service {name}: {} comes after crm-milter; what it refuses is recorded",
                entries[at + 1].socket
            ),
            format!("{}: put $crm_milter at the end of smtpd_milters", place(service)),
        );
    }
    conduct(settings, &entries[at], ours, report);
    if !ours.config.authority.authserv_id.is_empty() {
        for entry in entries[..at].iter().filter(|entry| is_open(settings, entry)) {
            report.warning(
                "milter-before",
                format!(
                    "service {name}: while {} is away forged Authentication-Results get in (default_action {}), and give strangers a colleague's rights",
                    entry.socket,
                    entry.get(settings, "default_action")
                ),
                format!(
                    "{}: {{ {}, default_action=tempfail }}, if it is the one that strips them",
                    place(service),
                    entry.socket
                ),
            );
        }
    }
    if !settings.at(service, "smtpd_proxy_filter").is_empty() {
        report.warning(
            "milter-proxy-filter",
            format!("service {name} has smtpd_proxy_filter: a milter there sees no content, mail comes by the door"),
            "master.cf: put crm-milter into smtpd_milters of the service behind the proxy instead".to_owned(),
        );
    }
}

/// It is not in the list: why, and what to write.
fn absent(settings: &Settings, service: &Service, ours: &Ours<'_>, entries: &[Entry], report: &mut Report) {
    let name = &service.name;
    let printed =
        Entry::read(ours.main_cf("crm_milter").split_once('=').map_or("", |(_, entry)| entry.trim()));
    // One that was meant: the same file name, or what a chroot makes something else of.
    let file = |socket: &str| socket.rsplit('/').next().map(str::to_owned);
    let meant = entries.iter().find(|e| {
        e.socket.contains("crm-milter")
            || (e.socket.starts_with("unix:") && file(&e.socket) == file(&printed.socket))
    });
    match meant {
        Some(entry) if settings.chrooted(service) && entry.socket.starts_with("unix:/") => report.error(
            "milter-chroot",
            format!(
                "service {name} runs in a chroot and looks for {} below {}",
                entry.socket.trim_start_matches("unix:"),
                settings.main("queue_directory")
            ),
            remedy_for_chroot(settings, ours, &printed.socket),
        ),
        Some(entry) => report.error(
            "milter-socket",
            format!(
                "service {name} calls {}, but crm-milter listens at {}",
                entry.socket, ours.config.socket
            ),
            ours.main_cf("crm_milter"),
        ),
        None => {
            let mut list: Vec<_> = entries.iter().map(|e| e.socket.clone()).collect();
            let (what, change) = match service.overridden("smtpd_milters") {
                Some(_) => {
                    list.push("$crm_milter".into());
                    let list = list.join(",");
                    (
                        "has a list of milters of its own without crm-milter",
                        format!("-o smtpd_milters={list}"),
                    )
                }
                None => {
                    list.push("$crm_milter".into());
                    let list = list.join(", ");
                    ("does not hand its mail to crm-milter", format!("smtpd_milters = {list}"))
                }
            };
            report.error(
                "milter-missing",
                format!("service {name} {what}"),
                format!("{}: {change}, and {}", place(service), ours.main_cf("crm_milter")),
            );
        }
    }
}

fn remedy_for_chroot(settings: &Settings, ours: &Ours<'_>, printed: &str) -> String {
    let inside = format!("{}/", settings.main("queue_directory"));
    let relative = printed.strip_prefix("unix:").and_then(|path| {
        let path = path.strip_prefix(&inside).unwrap_or(path);
        (!path.starts_with('/')).then(|| path.to_owned())
    });
    match relative {
        Some(path) => ours.main_cf("crm_milter").replace(printed, &format!("unix:{path}")),
        None => format!(
            "crm-milter.toml: socket = \"unix:{inside}crm-milter/milter.sock\", then the lines of `crmctl postfix`"
        ),
    }
}

/// Whether mail goes on, unstripped, while this milter is away.
fn is_open(settings: &Settings, entry: &Entry) -> bool {
    !["tempfail", "reject", "shutdown"].contains(&entry.get(settings, "default_action"))
}

/// What Postfix does when we do not answer.
fn conduct(settings: &Settings, entry: &Entry, ours: &Ours<'_>, report: &mut Report) {
    let action = entry.get(settings, "default_action");
    if action != "accept" {
        report.error(
            "milter-default-action",
            format!("default_action of crm-milter is {action}: while the daemon is down all mail is put off"),
            ours.main_cf("crm_milter"),
        );
    }
    for (name, most) in [("connect_timeout", 2), ("command_timeout", 3), ("content_timeout", 6)] {
        let value = entry.get(settings, name);
        if seconds(value).is_none_or(|seconds| seconds > most) {
            report.warning(
                "milter-timeouts",
                format!("{name} of crm-milter is {value}, not {most}s: a frozen daemon holds each client that long"),
                ours.main_cf("crm_milter"),
            );
        }
    }
}

/// Whether the service takes mail back from a content filter: it has switched off one that is on elsewhere.
fn comes_back(settings: &Settings, service: &Service) -> bool {
    let filter = |service: &Service| !settings.at(service, "content_filter").is_empty();
    let proxy = |service: &Service| !settings.at(service, "smtpd_proxy_filter").is_empty();
    let elsewhere = || !settings.main("content_filter").is_empty() || settings.services.iter().any(filter);
    let before = || settings.services.iter().any(proxy);
    (service.overridden("content_filter") == Some("") && elsewhere())
        || (service.overridden("smtpd_proxy_filter") == Some("") && before())
}

/// What else decides whether and how we are called.
fn beyond(settings: &Settings, ours: &Ours<'_>, socket: &Endpoint, report: &mut Report) {
    let queue = settings.queue();
    let local = members(settings.main("non_smtpd_milters"));
    let chrooted =
        settings.services.iter().find(|s| s.program == "cleanup").is_some_and(|s| settings.chrooted(s));
    let entry = local
        .iter()
        .map(|member| Entry::read(member))
        .find(|entry| Endpoint::seen(&entry.socket, chrooted, &queue).is_some_and(|seen| seen.is(socket)));
    match entry {
        Some(entry) => {
            conduct(settings, &entry, ours, report);
            report.note(
                "milter-local",
                "mail of local programs (sendmail) passes crm-milter; it is never refused and has nobody's rights",
                "",
            );
        }
        None => {
            report.ok("milter-local", "mail of local programs (sendmail) reaches the inboxes by the door")
        }
    }
    let protocol = settings.main("milter_protocol");
    if protocol != "6" {
        let what = format!("milter_protocol is {protocol}: crm-milter needs 6");
        report.error("milter-protocol", what, "main.cf: milter_protocol = 6");
    }
    let maps = settings.main("smtpd_milter_maps");
    if !maps.is_empty() {
        report.note(
            "milter-maps",
            format!(
                "smtpd_milter_maps = {maps} chooses other milters for some clients; those were not looked at"
            ),
            "end each list in it with the entry of crm-milter",
        );
    }
}

/// Where the list of this service stands.
fn place(service: &Service) -> String {
    match service.overridden("smtpd_milters") {
        Some(_) => format!("master.cf, below {}", service.name),
        None => "main.cf".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the milters before ours with these lines of main.cf.
    fn before(config: &str, main_cf: &str) -> Vec<String> {
        let config =
            crate::config::read::parse(config, std::path::Path::new("c.toml")).expect("a configuration");
        let path = std::path::PathBuf::from("/etc/crm-milter/crm-milter.toml");
        let lines = crate::cli::postfix::for_configuration(&config, &path, "/etc/postfix").expect("lines");
        let ours = Ours { config: &config, path, lines, owner: None };
        let settings = Settings::read(main_cf, "smtp inet n - n - - smtpd", "");
        let socket = Endpoint::Inet("127.0.0.1".into(), 8899);
        let mut report = Report::default();
        check(&settings, &ours, &socket, &mut report);
        let of_us = report.findings.iter().filter(|finding| finding.check == "milter-before");
        of_us.map(|finding| finding.what.clone()).collect()
    }

    #[test]
    fn filter_before_us_that_lets_mail_by_while_it_is_away_is_named_where_dmarc_counts() {
        let milters = |default, filter| {
            format!(
                "milter_default_action = {default}\n\
                 smtpd_milters = {filter}, {{ inet:127.0.0.1:8899, default_action=accept }}\n"
            )
        };
        let dmarc = "[authority]\nauthserv_id = \"mx.crm.test\"\n";
        let filter = "inet:127.0.0.1:8893";
        let found = before(dmarc, &milters("accept", filter));
        assert!(found.len() == 1 && found[0].contains(filter), "{found:?}");
        assert_eq!(before("", &milters("accept", filter)), Vec::<String>::new());
        assert_eq!(before(dmarc, &milters("tempfail", filter)), Vec::<String>::new());
        let own = format!("{{ {filter}, default_action=accept }}");
        assert_eq!(before(dmarc, &milters("tempfail", &own)).len(), 1);
    }

    #[test]
    fn entries_are_read_with_their_settings() {
        let entry = Entry::read("{ unix:/x, default_action=accept, { connect_timeout = 2s } }");
        assert_eq!(entry.socket, "unix:/x");
        let expected = [("default_action", "accept"), ("connect_timeout", "2s")];
        assert_eq!(entry.settings, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(Entry::read("inet:h:1"), Entry { socket: "inet:h:1".into(), settings: vec![] });
    }
}
