//! Whom the configuration names: users who are there and active, offices that are there. Who is not gets no mail, and
//! nothing else would tell.

use super::finding::Report;
use crate::config::model::Config;
use crate::store::Store;

/// Looks for each user and office that the configuration names.
pub fn check(config: &Config, store: &Store, report: &mut Report) {
    let (users, offices) = match store.user_list().and_then(|users| Ok((users, store.office_list()?))) {
        Ok(found) => found,
        Err(error) => return report.error("configured-users", error.to_string(), "mend what it says"),
    };
    let mut missing = 0;
    let mut user = |login: &str, place: &str| {
        let found = users.iter().find(|user| user.login.eq_ignore_ascii_case(login));
        let (what, change) = match found {
            Some(user) if user.deactivated_at.is_none() => return,
            Some(_) => ("is deactivated", format!("take {login} out, or `crmctl user activate {login}`")),
            None => ("is no user", "`crmctl user list` shows the logins".to_owned()),
        };
        missing += 1;
        report.warning(
            "configured-users",
            format!("{place} names {login}, who {what} and gets nothing"),
            change,
        );
    };
    for inbox in &config.inbox {
        let key = inbox.key.get_ref();
        inbox.queue.iter().for_each(|login| user(&login.to_string(), &format!("queue of inbox {key}")));
        inbox.assigned_to.iter().for_each(|login| user(login, &format!("assigned_to of inbox {key}")));
    }
    for capture in &config.capture {
        let place = format!("users of capture rule {}", capture.key.get_ref());
        capture.users.iter().for_each(|login| user(&login.to_string(), &place));
    }
    for inbox in &config.inbox {
        let Some(office) = &inbox.office else { continue };
        if !offices.iter().any(|known| known.name.to_lowercase() == office.to_lowercase()) {
            missing += 1;
            report.warning(
                "configured-users",
                format!("office of inbox {} is {office}, which is none", inbox.key.get_ref()),
                format!("`crmctl user office add {office} --coordinator LOGIN` makes it"),
            );
        }
    }
    if missing == 0 {
        report.ok("configured-users", "every user and office that the configuration names is there");
    }
}
