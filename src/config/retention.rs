//! After how many days an inbox's mail is deleted.

use super::model::{Config, Inbox};
use super::read::Complaint;

/// A month at least: the database refuses less as well.
pub(super) fn check(inbox: &Inbox) -> Result<(), Complaint> {
    if matches!(inbox.retention_days, 0 | 30..=36_500) {
        return Ok(());
    }
    let key = inbox.key.get_ref();
    let message = format!("inbox `{key}`: retention_days is 0 (for ever) or from 30 to 36500");
    Err((Some(inbox.key.span()), message))
}

impl Config {
    /// Keys of the inboxes whose mail is deleted after some days, and these days.
    pub fn retention(&self) -> Vec<(String, i32)> {
        let days = |inbox: &Inbox| i32::try_from(inbox.retention_days).ok().filter(|&days| days > 0);
        self.inbox.iter().filter_map(|i| Some((i.key.get_ref().to_string(), days(i)?))).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::config::read;
    use std::path::Path;

    #[test]
    fn days_that_a_slip_would_make_are_refused_with_the_place() {
        let file = |days: &str| {
            let inbox = format!("address = \"info@crm.test\"\nkind = \"leads\"\nretention_days = {days}");
            read::parse(&format!("[[inbox]]\nkey = \"info\"\n{inbox}\n"), Path::new("x.toml"))
        };
        for wrong in ["1", "29", "36501"] {
            let error = file(wrong).unwrap_err().to_string();
            assert!(error.contains("retention_days") && error.contains("inbox `info`"), "{error}");
        }
        assert_eq!(file("30").unwrap().retention(), [("info".to_owned(), 30)]);
        assert_eq!(file("0").unwrap().retention(), []);
    }
}
