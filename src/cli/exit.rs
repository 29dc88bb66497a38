//! Exit codes of sysexits(3), found from the error that a verb ended with.

use crate::config;
use crate::store;
use std::process::ExitCode;

/// Wrong usage.
pub const USAGE: u8 = 64;
/// Bad data.
pub const DATAERR: u8 = 65;
/// What was asked for is not there.
pub const NOINPUT: u8 = 66;
/// The database is away.
pub const UNAVAILABLE: u8 = 69;
/// An error of the program.
pub const SOFTWARE: u8 = 70;
/// Reading or writing failed.
pub const IOERR: u8 = 74;
/// Try again later.
pub const TEMPFAIL: u8 = 75;
/// No permission.
pub const NOPERM: u8 = 77;
/// Bad configuration.
pub const CONFIG: u8 = 78;

/// Prints what clap has to say: help and version to standard output, or what is wrong with the arguments.
pub fn usage(error: &clap::Error) -> ExitCode {
    // Nobody reads it: no reason to fail otherwise.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// An error that a verb found itself, with its code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What is wrong, and what to do.
    pub message: String,
    /// The exit code.
    pub code: u8,
}

/// An error with that code.
pub fn fault(code: u8, message: impl Into<String>) -> anyhow::Error {
    Fault { message: message.into(), code }.into()
}

/// What was asked for is not there.
pub fn not_found(what: impl std::fmt::Display) -> anyhow::Error {
    fault(NOINPUT, format!("there is no {what}"))
}

/// The code of an error, by the first cause that has one.
pub fn code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return fault.code;
        }
        if cause.is::<config::read::Error>() {
            return CONFIG;
        }
        if let Some(error) = cause.downcast_ref::<store::Error>() {
            return store_code(error);
        }
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            return match error.kind() {
                std::io::ErrorKind::NotFound => NOINPUT,
                std::io::ErrorKind::PermissionDenied => NOPERM,
                _ => IOERR,
            };
        }
    }
    SOFTWARE
}

fn store_code(error: &store::Error) -> u8 {
    match error {
        store::Error::NotFound { .. } => NOINPUT,
        store::Error::InUse { .. } => DATAERR,
        store::Error::Url(_) => CONFIG,
        store::Error::Rights { .. } | store::Error::NotAllowed(_) => NOPERM,
        error if error.is_data() => DATAERR,
        error => match error.sqlstate() {
            // What a rule of the database holds as it is: a lock, a conversion, a stored mail.
            Some("42501" | "28000" | "28P01" | "55000") => NOPERM,
            _ => UNAVAILABLE,
        },
    }
}

/// What to do about an error, where that is not in its own words.
pub fn remedy(error: &anyhow::Error) -> Option<&'static str> {
    let store = error.chain().find_map(|cause| cause.downcast_ref::<store::Error>())?;
    Some(match store {
        store::Error::Pool(_) => {
            "is crm-milter running (it runs the private database), or the server of database.url?"
        }
        store::Error::NotFound { noun, .. } => match *noun {
            "contact" => "`crmctl contact list --text WORDS` finds contacts that you may see",
            "user" => "`crmctl user list` shows the logins",
            "office" => "`crmctl user office list` shows the offices",
            "record" => "`crmctl record list` shows the codes of what you may see",
            "ticket" => "`crmctl ticket list` shows the codes of what you may see",
            "mail" => "`crmctl mail list` shows the ids of what you may see",
            _ => return None,
        },
        _ => return None,
    })
}
