//! The door: the pipe transport that takes what the milter did not see, and the table that leads to it.

use super::Ours;
use super::settings::{Service, Settings, members};
use crate::cli::check::access::{Access, PASS, Person, READ, described};
use crate::cli::check::finding::Report;
use crate::cli::postfix::TRANSPORT;
use std::path::Path;

/// What `deliver` must be told, and by which of pipe(8)'s macros.
const ARGUMENTS: [(&str, &str); 7] = [
    ("-s", "${sender}"),
    ("-o", "${original_recipient}"),
    ("-r", "${recipient}"),
    ("-e", "${extension}"),
    ("-q", "${queue_id}"),
    ("-a", "${client_address}"),
    ("-l", "${sasl_username}"),
];

/// Flags by which pipe(8) changes the message or folds addresses: the two doors would no longer agree.
const CHANGING: &str = "BDFOR.>hu";

pub(super) fn check(settings: &Settings, ours: &Ours<'_>, report: &mut Report) {
    let before = report.summary();
    let domain = &*ours.config.door_domain;
    let name = transport(settings, ours, domain, report).unwrap_or_else(|| TRANSPORT.to_owned());
    let service = settings.services.iter().find(|s| s.kind == "unix" && s.name == name);
    let Some(service) = service else {
        return report.error(
            "door-service",
            format!("master.cf has no service {name}: mail for the door stays in the queue"),
            format!("master.cf: {}", one_line(&ours.lines.master_cf)),
        );
    };
    if service.program != "pipe" {
        let what = format!("service {name} runs {}, not pipe", service.program);
        return report.error("door-service", what, format!("master.cf: {}", one_line(&ours.lines.master_cf)));
    }
    let limit = settings.main(&format!("{name}_destination_recipient_limit"));
    if limit != "1" {
        report.error(
            "door-recipient-limit",
            format!(
                "{name}_destination_recipient_limit is {limit}: several recipients would become one call"
            ),
            format!("main.cf: {name}_destination_recipient_limit = 1"),
        );
    }
    service_itself(settings, service, ours, report);
    let now = report.summary();
    if (now.errors, now.warnings) == (before.errors, before.warnings) {
        report.ok("door", format!("mail for {domain} goes to `crmctl deliver` by the service {name}"));
    }
}

/// The transport that mail for the door's domain takes.
fn transport(settings: &Settings, ours: &Ours<'_>, domain: &str, report: &mut Report) -> Option<String> {
    let maps = settings.main("transport_maps");
    for table in members(maps) {
        match settings.look_up(&table, domain) {
            Ok(Some(found)) => {
                let name = found.split(':').next().unwrap_or_default().to_owned();
                if name == TRANSPORT
                    || settings.services.iter().any(|s| s.name == name && s.program == "pipe")
                {
                    return Some(name);
                }
                report.error(
                    "door-transport",
                    format!("{table} sends {domain} to {found}, not to {TRANSPORT}:"),
                    format!("in that table: {domain} {TRANSPORT}:"),
                );
                return None;
            }
            Ok(None) => {}
            Err(error) => report.note(
                "door-transport",
                format!("could not look into transport_maps: {error}"),
                "run crmctl check as root",
            ),
        }
    }
    report.error(
        "door-transport",
        format!("no table of transport_maps knows {domain}: mail for the door bounces"),
        ours.in_table(
            settings,
            "transport_maps",
            &ours.lines.transport_file,
            &format!("{domain} {TRANSPORT}:"),
        ),
    );
    None
}

fn service_itself(settings: &Settings, service: &Service, ours: &Ours<'_>, report: &mut Report) {
    let name = &service.name;
    let below = |line: &str| format!("master.cf, below {name}: {line}");
    if settings.at(service, "soft_bounce") != "yes" {
        report.error(
            "door-soft-bounce",
            format!("service {name} has no soft_bounce: a fault of ours bounces to the sender and tells of the BCC"),
            below("-o soft_bounce=yes"),
        );
    }
    if settings.chrooted(service) {
        let what = format!("service {name} runs in a chroot, where crmctl is not");
        report.error("door-chroot", what, format!("master.cf: {name} unix - n n - - pipe"));
    }
    let pipe = Pipe::read(&service.arguments);
    match &pipe.flags {
        Some(flags) if flags.contains(|c| CHANGING.contains(c)) => report.error(
            "door-flags",
            format!("service {name} has flags={flags}, which change the message"),
            below("flags=q"),
        ),
        Some(flags) if flags.contains('q') => {}
        _ => report.error(
            "door-flags",
            format!("service {name} lacks flags=q: addresses with quotes arrive as others"),
            below("flags=q"),
        ),
    }
    if pipe.null_sender.as_deref() != Some("") {
        report.error(
            "door-null-sender",
            format!("service {name} lacks an empty null_sender=: bounces seem to come from MAILER-DAEMON"),
            below("null_sender="),
        );
    }
    let person = user(&pipe, name, ours, report);
    program(&pipe, name, person.as_ref(), ours, report);
}

/// Who the pipe runs as.
fn user(pipe: &Pipe, name: &str, ours: &Ours<'_>, report: &mut Report) -> Option<Person> {
    let wanted = ours.owner.as_ref().map_or("crm-milter", |owner| owner.name.as_str());
    let change = format!("master.cf, below {name}: user={wanted}");
    let Some(user) = pipe.user.as_deref().map(|user| user.split(':').next().unwrap_or(user)) else {
        report.error("door-user", format!("service {name} has no user="), change);
        return None;
    };
    let Some(person) = Person::named(user) else {
        report.error("door-user", format!("service {name} runs as {user}, who does not exist"), change);
        return None;
    };
    if person.uid == 0 {
        report.error("door-user", format!("service {name} runs as root, which pipe(8) refuses"), change);
        return None;
    }
    if ours.owner.as_ref().is_some_and(|owner| owner.uid != person.uid) {
        let what = format!("service {name} runs as {user}, but the spool belongs to {wanted}");
        report.error("door-user", what, change);
    }
    Some(person)
}

/// What the pipe runs.
fn program(pipe: &Pipe, name: &str, person: Option<&Person>, ours: &Ours<'_>, report: &mut Report) {
    let line = format!("master.cf: {}", one_line(&ours.lines.master_cf));
    let words: Vec<&str> = pipe.argv.iter().map(String::as_str).collect();
    let Some((&program, rest)) = words.split_first() else {
        return report.error("door-program", format!("service {name} has no argv="), line);
    };
    if let Some(person) = person {
        let who = &person.name;
        match person.reaches(Path::new("/"), Path::new(program), PASS) {
            Access::Granted => {}
            Access::Missing(at) => {
                report.error("door-program", format!("{} is not there", at.display()), line.clone());
            }
            Access::Denied(at) | Access::Unknown(at) => report.error(
                "door-program",
                format!("{who} may not run {program}: {} has {}", at.display(), described(&at)),
                format!("chmod a+x {}", at.display()),
            ),
        }
    }
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let me = std::env::current_exe().ok().and_then(|me| real(&me));
    if real(Path::new(program)).zip(me.clone()).is_some_and(|(theirs, me)| theirs != me) {
        report.warning(
            "door-program",
            format!("service {name} runs {program}, another program than this one"),
            line.clone(),
        );
    }
    let at = rest.iter().position(|word| *word == "--config" || *word == "-c");
    let config = at.and_then(|at| rest.get(at + 1)).copied().unwrap_or(crate::config::read::PATH);
    if real(Path::new(config)) != real(&ours.path) {
        let what = format!("service {name} goes by {config}, not by {}", ours.path.display());
        report.error("door-config", what, line.clone());
    } else if let Some(Access::Denied(at)) =
        person.map(|p| p.reaches(Path::new("/"), Path::new(config), READ))
    {
        report.error(
            "door-config",
            format!("service {name} may not read {config}: {} has {}", at.display(), described(&at)),
            person.map_or_else(String::new, |p| {
                format!("chgrp {0} {1} && chmod g+r {1}", p.name, at.display())
            }),
        );
    }
    let told = |option: &str, value: &str| rest.windows(2).any(|two| two[0] == option && two[1] == value);
    let missing: Vec<_> =
        ARGUMENTS.iter().filter(|(option, value)| !told(option, value)).map(|(o, _)| *o).collect();
    if !rest.contains(&"deliver") || !missing.is_empty() {
        report.error(
            "door-arguments",
            format!(
                "service {name} does not call `deliver` with all that it must know ({})",
                missing.join(" ")
            ),
            line,
        );
    }
}

/// The attributes of a pipe service.
#[derive(Debug, Default)]
struct Pipe {
    flags: Option<String>,
    user: Option<String>,
    null_sender: Option<String>,
    argv: Vec<String>,
}

impl Pipe {
    /// Options come first, then attributes; `argv=` takes all that follows. White space inside of braces
    /// belongs to a word.
    fn read(arguments: &str) -> Pipe {
        let mut pipe = Pipe::default();
        let (before, argv) = match arguments.split_once(" argv=").or_else(|| arguments.split_once("argv=")) {
            Some((before, argv)) => (before, argv),
            None => (arguments, ""),
        };
        for word in before.split_whitespace() {
            match word.split_once('=') {
                Some(("flags", value)) => pipe.flags = Some(value.to_owned()),
                Some(("user", value)) => pipe.user = Some(value.to_owned()),
                Some(("null_sender", value)) => pipe.null_sender = Some(value.to_owned()),
                _ => {}
            }
        }
        // `$(name)` and `$name` mean the same.
        let same = |word: &str| match word.strip_prefix('$') {
            Some(macro_) => format!("${{{}}}", macro_.trim_matches(['(', ')', '{', '}'])),
            None => word.to_owned(),
        };
        pipe.argv = argv.split_whitespace().map(same).collect();
        pipe
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_the_pipe_are_read_in_any_notation() {
        let pipe = Pipe::read(
            "-o soft_bounce=yes flags=q user=crm:mail null_sender= argv=/x deliver -s $(sender) -l $y",
        );
        assert_eq!((pipe.flags.as_deref(), pipe.user.as_deref()), (Some("q"), Some("crm:mail")));
        assert_eq!(pipe.null_sender.as_deref(), Some(""));
        assert_eq!(pipe.argv, ["/x", "deliver", "-s", "${sender}", "-l", "${y}"]);
        assert!(Pipe::read("flags=q").argv.is_empty());
    }
}
