//! What people write for a contact, a record, a ticket or a moment, turned into what it is.

use super::desk::Desk;
use super::exit::{DATAERR, fault};
use crate::config::model::Config;
use crate::crm::duplicate::{self, Keys, Reading};
use crate::mail::address;
use crate::store::{ContactKey, Store};
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan, Zoned};
use uuid::Uuid;

/// The id of the contact that an id, an address, a phone or a whole name means.
pub fn contact(config: &Config, store: &Store, written: &str) -> anyhow::Result<Uuid> {
    Ok(store.contact_id(key(config, written))?)
}

/// The forms that a text for a contact may have.
pub fn key<'a>(config: &Config, written: &'a str) -> ContactKey<'a> {
    ContactKey {
        written,
        address: address::canonical(written, config.case_sensitive_local_parts),
        phone: duplicate::number(written, &config.company.default_region).ok(),
    }
}

/// Addresses and phones in the form in which they are compared.
pub fn keys(config: &Config, addresses: &[String], phones: &[String]) -> anyhow::Result<Keys> {
    let reading =
        Reading { case_sensitive: config.case_sensitive_local_parts, region: &config.company.default_region };
    Keys::read(addresses, phones, reading).map_err(|wrong| fault(DATAERR, wrong))
}

/// The id of a record by its code, id or external reference.
pub fn record(store: &Store, written: &str) -> anyhow::Result<Uuid> {
    Ok(store.record_show(written)?.line.id)
}

/// The id of a ticket by its code or id.
pub fn ticket(store: &Store, written: &str) -> anyhow::Result<Uuid> {
    Ok(store.ticket_show(written)?.line.id)
}

/// A text, or standard input if it is `-`.
pub fn text(written: &str) -> anyhow::Result<String> {
    if written == "-" { Ok(std::io::read_to_string(std::io::stdin())?) } else { Ok(written.to_owned()) }
}

/// Which way `3d` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Three days ago; a day is meant from its beginning.
    Back,
    /// In three days; a day is meant to its end.
    Ahead,
}

/// A moment in the time zone of whoever writes it.
pub fn when(desk: &Desk, written: &str, way: Way) -> anyhow::Result<Timestamp> {
    moment(written, &desk.now(), way).ok_or_else(|| {
        let how = "write 2026-11-30, \"2026-11-30 10:00\", today, tomorrow, or 3d for three days";
        fault(DATAERR, format!("`{written}` is no time: {how}"))
    })
}

/// When something is due, or never for an empty text.
pub fn due(desk: &Desk, written: &str) -> anyhow::Result<Option<Timestamp>> {
    if written.is_empty() { Ok(None) } else { when(desk, written, Way::Ahead).map(Some) }
}

/// A user, or nobody for an empty text.
pub fn user(store: &Store, login: &str) -> anyhow::Result<Option<Uuid>> {
    if login.is_empty() { Ok(None) } else { Ok(Some(store.user_id(login)?)) }
}

/// Whose work is listed: a named user's, everybody's, or that of whoever asks. An operator has none.
pub fn whose(store: &Store, all: bool, login: Option<&str>) -> anyhow::Result<Option<Uuid>> {
    match login {
        Some(login) => Ok(Some(store.user_id(login)?)),
        None if all => Ok(None),
        None => Ok(store.acting_user()?.map(|(id, _)| id)),
    }
}

fn moment(written: &str, now: &Zoned, way: Way) -> Option<Timestamp> {
    let written = written.trim();
    let of_day = |day: Date| {
        let time = if way == Way::Back { Time::midnight() } else { Time::constant(23, 59, 59, 0) };
        Some(day.to_datetime(time).to_zoned(now.time_zone().clone()).ok()?.timestamp())
    };
    match written {
        "today" => return of_day(now.date()),
        "tomorrow" => return of_day(now.date().tomorrow().ok()?),
        "yesterday" => return of_day(now.date().yesterday().ok()?),
        _ => {}
    }
    if let Some(days) = written.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()) {
        let days = if way == Way::Back { -i64::from(days) } else { i64::from(days) };
        return of_day(now.date().checked_add(days.days()).ok()?);
    }
    if let Ok(moment) = written.parse::<Timestamp>() {
        return Some(moment);
    }
    if written.len() == "2026-11-30".len() {
        return of_day(written.parse().ok()?);
    }
    let local: DateTime = written.parse().ok()?;
    Some(local.to_zoned(now.time_zone().clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_time_zone_of_whoever_writes_them() {
        let now: Zoned = "2026-03-28T12:00:00+01:00[Europe/Madrid]".parse().expect("a constant moment");
        let at = |written: &str, way| moment(written, &now, way).map(|moment| moment.to_string());
        assert_eq!(at("2026-11-30 10:00", Way::Ahead).as_deref(), Some("2026-11-30T09:00:00Z"));
        assert_eq!(at("2026-11-30T10:00:00-05:00", Way::Ahead).as_deref(), Some("2026-11-30T15:00:00Z"));
        // The clocks go forward that night.
        assert_eq!(at("tomorrow", Way::Ahead).as_deref(), Some("2026-03-29T21:59:59Z"));
        assert_eq!(at("today", Way::Back).as_deref(), Some("2026-03-27T23:00:00Z"));
        assert_eq!(at("7d", Way::Back).as_deref(), Some("2026-03-20T23:00:00Z"));
        assert_eq!(at("2026-12-01", Way::Ahead).as_deref(), Some("2026-12-01T22:59:59Z"));
        for wrong in ["", "soon", "d", "2026-13-01", "2026-02-30", "99999999999d", "-1d", "65536d", "25:00"] {
            assert_eq!(at(wrong, Way::Back), None, "{wrong}");
        }
    }
}
