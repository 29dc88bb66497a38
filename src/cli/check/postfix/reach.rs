//! Whether Postfix's own user gets at the socket: every directory on the way, and the socket itself.
//!
//! smtpd opens the socket after it has become `mail_owner` with all its groups, and hands the open connection
//! to cleanup: what smtpd reaches, cleanup has.

use super::settings::Settings;
use crate::cli::check::access::{Access, Person, WRITE, described};
use crate::cli::check::endpoint::Endpoint;
use crate::cli::check::finding::Report;
use std::path::Path;

pub(super) fn check(settings: &Settings, socket: &Endpoint, report: &mut Report) {
    let Endpoint::Unix(path) = socket else {
        return report.note(
            "milter-reach",
            "crm-milter listens on TCP: every message waits out a delay of 40 ms",
            "crm-milter.toml: socket = \"unix:/var/spool/postfix/crm-milter/milter.sock\"",
        );
    };
    let owner = settings.main("mail_owner");
    let Some(person) = Person::named(owner) else {
        let what = format!("Postfix's user {owner} does not exist");
        return report.error("milter-reach", what, "main.cf: mail_owner = postfix");
    };
    let chrooted = settings.smtpd().any(|service| settings.chrooted(service));
    let open = settings.smtpd().any(|service| !settings.chrooted(service));
    let queue = settings.queue();
    let root = if chrooted && !open { queue.as_path() } else { Path::new("/") };
    let shown = path.display();
    match person.reaches(root, path, WRITE) {
        Access::Granted => report.ok("milter-reach", format!("{owner} reaches {shown}")),
        Access::Denied(at) if at == *path => report.error(
            "milter-reach",
            format!("{owner} may not write to the socket {shown} ({})", described(path)),
            format!("crm-milter.toml: socket_mode = \"0660\" and socket_group = \"{owner}\", then restart crm-milter"),
        ),
        Access::Denied(at) => report.error(
            "milter-reach",
            format!("{owner} does not get past {} ({}) to the socket {shown}", at.display(), described(&at)),
            format!("chgrp {owner} {0} && chmod g+x {0}", at.display()),
        ),
        // That it is not there is told of the daemon.
        Access::Missing(_) => {}
        Access::Unknown(at) => report.note(
            "milter-reach",
            format!("could not look at {}: whether {owner} reaches the socket is not known", at.display()),
            "run crmctl check as root",
        ),
    }
}
