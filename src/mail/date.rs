//! Dates of header fields.
//!
//! RFC 5322 first, with its obsolete forms; then what careless software writes: no time zone, zone names, the
//! order of asctime(3), RFC 3339. Dates in forwarded blocks, in people's languages, are not read here.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// The moment that a `Date` field names; without a zone it is taken as UTC.
pub fn parse(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    if value.len() > 200 {
        return None;
    }
    if value.len() > 10
        && value.as_bytes()[4] == b'-'
        && let Ok(moment) = value.replacen(' ', "T", 1).parse()
    {
        return Some(moment);
    }
    words(value)
}

/// Reads day, month name, year, time and zone in whatever order they stand.
fn words(value: &str) -> Option<Timestamp> {
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, None);
    let mut afternoon = None;
    let value = without_comments(value);
    for word in value.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
        if let Some(found) = clock(word) {
            time = time.or(Some(found));
        } else if let Some(found) = month_name(word) {
            month = month.or(Some(found));
        } else if let (Some(offset), true) = (numeric_zone(word), time.is_some()) {
            zone = zone.or(Some(offset));
        } else if let Ok(number) = word.parse::<i16>() {
            if day.is_none() && (1..=31).contains(&number) && word.len() != 4 {
                day = Some(number as i8);
            } else if year.is_none() {
                year = Some(full_year(number, word.len()));
            }
        } else if word.eq_ignore_ascii_case("pm") || word.eq_ignore_ascii_case("am") {
            afternoon = Some(word.eq_ignore_ascii_case("pm"));
        } else if let Some((d, m, y)) = dashed(word) {
            (day, month, year) = (Some(d), Some(m), Some(y));
        } else if let (Some(offset), true) = (named_zone(word), time.is_some()) {
            zone = zone.or(Some(offset));
        }
    }
    let (mut hour, minute, second) = time?;
    match afternoon {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    let (year, month, day) = (year?, month?, day?);
    let civil = Date::new(year, month, day).ok()?.at(hour, minute, second, 0);
    let offset = Offset::from_seconds(zone.unwrap_or(0) * 60).ok()?;
    offset.to_timestamp(civil).ok()
}

/// The text without parenthesised comments, which name zones that the offset already gives.
fn without_comments(value: &str) -> String {
    let mut depth = 0usize;
    value
        .chars()
        .filter(|c| match c {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// `14:05` or `14:05:09`, the leap second taken as the one before.
fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split([':', '.']);
    let number = |part: Option<&str>| part.filter(|p| (1..=2).contains(&p.len()))?.parse::<i8>().ok();
    if !word.contains(':') {
        return None;
    }
    let hour = number(parts.next()).filter(|h| (0..24).contains(h))?;
    let minute = number(parts.next()).filter(|m| (0..60).contains(m))?;
    let second = match parts.next() {
        None => 0,
        part => number(part).filter(|s| (0..=60).contains(s))?.min(59),
    };
    Some((hour, minute, second))
}

fn month_name(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = word.get(..3)?.to_ascii_lowercase();
    if !word.trim_end_matches('.').bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    MONTHS.iter().position(|m| *m == start).map(|m| m as i8 + 1)
}

/// `12-Mar-2020`.
fn dashed(word: &str) -> Option<(i8, i8, i16)> {
    let mut parts = word.split(['-', '/']);
    let day = parts.next()?.parse().ok()?;
    let month = month_name(parts.next()?)?;
    let text = parts.next()?;
    Some((day, month, full_year(text.parse().ok()?, text.len())))
}

/// RFC 5322, section 4.3: two digits below 50 are of this century, other short years count from 1900.
fn full_year(number: i16, digits: usize) -> i16 {
    match (number, digits) {
        (0..=49, 1..=2) => number + 2000,
        (0..=999, 1..=3) => number + 1900,
        _ => number,
    }
}

/// `+0100`, `-05:30`, `GMT+2`: minutes.
fn numeric_zone(word: &str) -> Option<i32> {
    let word = word.strip_prefix("GMT").or_else(|| word.strip_prefix("UTC")).unwrap_or(word);
    let (sign, rest) = match word.as_bytes().first()? {
        b'+' => (1, &word[1..]),
        b'-' => (-1, &word[1..]),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    let number: i32 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let minutes = match digits.len() {
        1 | 2 => number * 60,
        3 | 4 => number / 100 * 60 + number % 100,
        _ => return None,
    };
    (minutes <= 15 * 60).then_some(sign * minutes)
}

fn named_zone(word: &str) -> Option<i32> {
    Some(match word.to_ascii_uppercase().as_str() {
        "EDT" => -240,
        "EST" | "CDT" => -300,
        "CST" | "MDT" => -360,
        "MST" | "PDT" => -420,
        "PST" => -480,
        "BST" | "CET" | "MET" | "WEST" => 60,
        "CEST" | "MEST" | "EET" => 120,
        "EEST" | "MSK" => 180,
        "JST" => 540,
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_careless_software_writes_them() {
        for (text, want) in [
            ("Mon, 2 Mar 2020 10:00:00 +0100", "2020-03-02T09:00:00Z"),
            ("2 Mar 2020 10:00 -0500", "2020-03-02T15:00:00Z"),
            ("Mon, 02 Mar 2020 10:00:00 GMT", "2020-03-02T10:00:00Z"),
            ("Mon, 02 Mar 2020 10:00:00 EST", "2020-03-02T15:00:00Z"),
            ("Mon, 02 Mar 2020 10:00:00 +0200 (EET)", "2020-03-02T08:00:00Z"),
            ("Mon, 2 Mar 99 10:00:00 +0000", "1999-03-02T10:00:00Z"),
            ("Mon, 2 Mar 20 10:00:00 +0000", "2020-03-02T10:00:00Z"),
            ("Mon Mar  2 10:00:00 2020", "2020-03-02T10:00:00Z"),
            ("Mon Mar  2 10:00:00 PST 2020", "2020-03-02T18:00:00Z"),
            ("02-Mar-2020 10:00:00 +0000", "2020-03-02T10:00:00Z"),
            ("2020-03-02T10:00:00+01:00", "2020-03-02T09:00:00Z"),
            ("Mon, 2 Mar 2020 10:00:60 +0000", "2020-03-02T10:00:59Z"),
            ("Mon, 2 Mar 2020 10:00:00 PM +0000", "2020-03-02T22:00:00Z"),
            ("Mon, 2 Mar 2020 10:00:00 GMT+2", "2020-03-02T08:00:00Z"),
            ("Mon, (a comment) 2 March 2020 10:00:00 +0530", "2020-03-02T04:30:00Z"),
        ] {
            assert_eq!(parse(text).map(|t| t.to_string()).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "31 Feb 2020 10:00:00",
            "2 Mar 2020",
            "99 Mar 2020 10:00",
            "2 Mar 2020 25:00 +0000",
            "((((",
            "é2020-03-02 10",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
