//! Dates as people's programs write them in some forty languages.
//!
//! [`instant`] reads one if it can be told which day and time is meant. `4/3/2025` can be two days: the order of
//! day and month comes from the language of the labels round it, else from the rule that the original is older
//! than the mail that quotes it; if neither decides, the answer is `None`. A time without a zone is taken in the
//! zone of the mail that quotes it, because clients write such dates in their user's own time.

use super::{ANY, Langs, fold, language};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use regex::Regex;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What is known about the mail that quotes the date.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reference {
    /// Its own time.
    pub sent_at: Option<Timestamp>,
    /// The offset from UTC of its author's clock.
    pub offset: Option<Offset>,
}

impl Reference {
    /// From `Date` as read and as written.
    pub fn new(sent_at: Option<Timestamp>, date: Option<&str>) -> Self {
        Reference { sent_at, offset: date.and_then(|d| written_offset(d).flatten()) }
    }
}

static MONTHS: LazyLock<HashMap<String, Vec<(Langs, i8)>>> = LazyLock::new(months);
static WEEKDAYS: LazyLock<HashMap<String, Langs>> = LazyLock::new(weekdays);

static YEAR_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?-u:\b)((?:19|20)\d\d)\s?(?:[-./]|年|년|\.)\s?(\d{1,2})\s?(?:[-./]|月|월)\s?(\d{1,2})(?:日|일)?")
});
static NUMERIC: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?-u:\b)(\d{1,2})([-./])\s?(\d{1,2})([-./])\s?((?:19|20)?\d\d)(?-u:\b)"));
static YEAR: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u:\b)((?:19|20)\d\d)"));
static BUDDHIST: LazyLock<Regex> = LazyLock::new(|| regex(r"[\u{e01}-\u{e4e}]\s*(?:พศ\s*)?(25[2-9]\d)"));
/// Years of other calendars: Buddhist, Solar Hijri.
static MAIL_YEAR: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u:\b)(?:25[2-9]\d|1[34]\d\d)(?-u:\b)"));
static DAY: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u:\b)(\d{1,2})[\p{L}ºª]{0,2}(?-u:\b)"));
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:(?-u:\b)|t)(\d{1,2})\s?(?:[:：h∶]|點|点|時|时|시)\s?(\d{1,2})(?:(?:[:：]|分\s?|분\s?)(\d{1,2}))?",
    )
});
static DOTTED: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u:\b)(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?-u:\b)"));
static OFFSET: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?:^|[\s(A-Z])([+\-−])(\d{1,2}):?(\d{2})?(?-u:\b)"));
static VIETNAMESE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(\d{1,2})[\s,]+(?:thg|tháng)\s+(\d{1,2}|mười hai|mười một|mười|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín)",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file")
}

fn months() -> HashMap<String, Vec<(Langs, i8)>> {
    let mut map: HashMap<String, Vec<(Langs, i8)>> = HashMap::new();
    for line in super::entries(include_str!("months.txt")) {
        let mut words = line.split_whitespace();
        let lang = language(words.next().unwrap_or_default());
        let mut own: HashMap<String, Option<i8>> = HashMap::new();
        let names: Vec<(String, i8)> = (1i8..)
            .zip(words)
            .flat_map(|(month, names)| names.split('/').map(move |name| (fold(name), month)))
            .collect();
        for (name, month) in &names {
            for (end, _) in name.char_indices().skip(3) {
                let prefix = own.entry(name[..end].to_owned()).or_insert(Some(*month));
                if *prefix != Some(*month) {
                    *prefix = None;
                }
            }
        }
        for (name, month) in names {
            own.insert(name, Some(month));
        }
        for (name, month) in own {
            if let Some(month) = month {
                map.entry(name).or_default().push((lang, month));
            }
        }
    }
    map
}

fn weekdays() -> HashMap<String, Langs> {
    let mut map: HashMap<String, Langs> = HashMap::new();
    for line in super::entries(include_str!("weekdays.txt")) {
        let mut words = line.split_whitespace();
        let lang = language(words.next().unwrap_or_default());
        for word in words.map(fold) {
            for (end, _) in word.char_indices().skip(3) {
                *map.entry(word[..end].to_owned()).or_default() |= lang;
            }
            *map.entry(word).or_default() |= lang;
        }
    }
    map
}

/// The text with the figures of other scripts as Western ones, and without the stops of Thai abbreviations.
fn western(text: &str) -> Cow<'_, str> {
    const ZEROS: [char; 5] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}'];
    let figure = |c: char| {
        let zero = ZEROS.iter().find(|zero| (**zero as u32..**zero as u32 + 10).contains(&(c as u32)))?;
        char::from_digit(c as u32 - *zero as u32, 10)
    };
    let thai = |c: char| matches!(c, '\u{e01}'..='\u{e4e}');
    if text.is_ascii() || !text.chars().any(|c| figure(c).is_some() || thai(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Thai months are abbreviated with stops inside: `ม.ค.`.
        if c != '.' || !out.ends_with(thai) {
            out.push(figure(c).unwrap_or(c));
        }
    }
    Cow::Owned(out)
}

/// Signs of Indian and Thai script and Arabic vowels, which are no letters of their own.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{93a}'..='\u{94f}' | '\u{e31}' | '\u{e34}'..='\u{e4e}' | '\u{64b}'..='\u{655}' | '\u{200c}')
}

fn words(folded: &str) -> impl Iterator<Item = (usize, &str)> {
    folded
        .split(|c: char| !c.is_alphabetic() && !is_sign(c) && c != '\'' && c != '-')
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - folded.as_ptr() as usize, word.trim_matches('-')))
        .filter(|(_, word)| word.len() >= 2)
}

/// Whether a date or a time stands in the text: a month's name beside a number, a date in figures, or a time.
pub fn has_date(text: &str) -> bool {
    let western = western(text);
    let text = western.as_ref();
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    NUMERIC.is_match(text) || YEAR_FIRST.is_match(text) || TIME.is_match(text) || {
        let folded = fold(text);
        words(&folded).any(|(_, word)| word.chars().count() >= 3 && MONTHS.contains_key(word))
    }
}

/// Whether the date in the text has a year: one in which mail could be written, or the last of three figures.
pub fn has_year(text: &str) -> bool {
    has_mail_year(text) || NUMERIC.is_match(&western(text))
}

/// Whether a year in which mail could be written stands in the text, in full.
pub fn has_mail_year(text: &str) -> bool {
    let text = western(text);
    YEAR.captures_iter(&text).any(|found| &found[1] >= "1970") || MAIL_YEAR.is_match(&text)
}

/// Whether the word is the name of a day or month.
pub fn is_day_name(word: &str) -> bool {
    let folded = fold(word);
    words(&folded).any(|(_, word)| WEEKDAYS.contains_key(word) || MONTHS.contains_key(word))
}

/// Whether the text is a date and hardly anything else.
pub fn is_date(text: &str) -> bool {
    text.len() <= 120 && has_date(text) && !text.contains('@') && {
        let folded = fold(text);
        words(&folded)
            .filter(|(_, word)| !MONTHS.contains_key(*word) && !WEEKDAYS.contains_key(*word))
            .count()
            <= 7
    }
}

/// Whether a weekday or a month stands first in the text, or a figure.
pub fn opens_with_date(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let folded = fold(&text[..super::floor(text, 40)]);
    words(&folded)
        .next()
        .is_some_and(|(at, word)| at < 2 && (WEEKDAYS.contains_key(word) || MONTHS.contains_key(word)))
}

/// The instant that a written date names, if it can be told.
pub fn instant(text: &str, langs: Langs, reference: &Reference) -> Option<Timestamp> {
    if text.len() > 300 {
        return None;
    }
    let folded = fold(&western(text)).replace('\u{202f}', " ");
    let (dates, rest) = dates(&folded, langs)?;
    let (time, after) = time(&rest)?;
    let offset = match written_offset(&after) {
        Some(Some(offset)) => offset,
        Some(None) => return None,
        None => reference.offset?,
    };
    let mut found = dates.into_iter().filter_map(|date| {
        let at = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        let late =
            reference.sent_at.is_some_and(|sent| sent.checked_add(36.hours()).is_ok_and(|limit| at > limit));
        (!late).then_some(at)
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The days that the text can mean, and the text without them.
fn dates(folded: &str, langs: Langs) -> Option<(Vec<Date>, String)> {
    let number = |text: &str| text.parse::<i16>().ok();
    if let Some(found) = YEAR_FIRST.captures(folded) {
        let date = Date::new(number(&found[1])?, number(&found[2])? as i8, number(&found[3])? as i8).ok()?;
        return Some((vec![date], without(folded, found.get(0)?.range())));
    }
    if let Some(found) = NUMERIC.captures(folded)
        && found[2] == found[4]
        && (found[5].len() == 4 || !YEAR.is_match(folded))
    {
        let (a, b) = (number(&found[1])? as i8, number(&found[3])? as i8);
        let year = number(&found[5])?;
        let year = if found[5].len() == 2 { year + if year < 70 { 2000 } else { 1900 } } else { year };
        let (day_first, month_first) = (Date::new(year, b, a).ok(), Date::new(year, a, b).ok());
        let dates = match order(folded, langs, &found[2]) {
            Some(true) => vec![day_first.or(month_first)?],
            Some(false) => vec![month_first.or(day_first)?],
            None => day_first.into_iter().chain(month_first).collect(),
        };
        return Some((dates, without(folded, found.get(0)?.range())));
    }
    named(folded, langs)
}

/// Whether the day comes first in figures; `None` if the language does not say.
fn order(folded: &str, langs: Langs, mark: &str) -> Option<bool> {
    let english = language("en");
    if mark == "." {
        return Some(true);
    }
    let day_names = words(folded).filter_map(|(_, w)| WEEKDAYS.get(w)).fold(ANY, |set, langs| set & langs);
    let set = if day_names & langs != 0 { day_names & langs } else { langs };
    if set & english == 0 {
        return Some(true);
    }
    None
}

/// A date with the month's name.
fn named(folded: &str, langs: Langs) -> Option<(Vec<Date>, String)> {
    let (year, range) = match (YEAR.captures(folded), BUDDHIST.captures(folded)) {
        (Some(found), _) => (found[1].parse::<i16>().ok()?, found.get(0)?.range()),
        (None, Some(found)) => (found[1].parse::<i16>().ok()? - 543, found.get(1)?.range()),
        _ => return None,
    };
    let mut rest = without(folded, range);
    let (day_near, month) = match VIETNAMESE.captures(&rest) {
        Some(found) => {
            let (day, month) = (found[1].parse::<i8>().ok()?, vietnamese_month(&found[2])?);
            let range = found.get(0)?.range();
            rest = without(&rest, range);
            return Some((vec![Date::new(year, month, day).ok()?], rest));
        }
        None => month(&rest, langs)?,
    };
    let day =
        DAY.captures_iter(&rest)
            .filter_map(|found| {
                let all = found.get(1)?;
                let day: i8 = found[1].parse().ok()?;
                let next = rest[all.end()..].chars().next();
                let last = rest[..all.start()].chars().next_back();
                let timely = |c: Option<char>| matches!(c, Some(':' | '：' | 'h' | '+'));
                let dotted =
                    next == Some('.') && rest[all.end() + 1..].starts_with(|c: char| c.is_ascii_digit());
                let after_dot =
                    last == Some('.') && rest[..all.start() - 1].ends_with(|c: char| c.is_ascii_digit());
                ((1..=31).contains(&day) && !timely(next) && !timely(last) && !dotted && !after_dot)
                    .then_some((all.start().abs_diff(day_near), all.range(), day))
            })
            .min_by_key(|(distance, ..)| *distance)?;
    let rest = without(&rest, day.1);
    Some((vec![Date::new(year, month, day.2).ok()?], rest))
}

fn vietnamese_month(word: &str) -> Option<i8> {
    const NAMES: [(&str, i8); 13] = [
        ("một", 1),
        ("hai", 2),
        ("ba", 3),
        ("tư", 4),
        ("bốn", 4),
        ("năm", 5),
        ("sáu", 6),
        ("bảy", 7),
        ("tám", 8),
        ("chín", 9),
        ("mười", 10),
        ("mười một", 11),
        ("mười hai", 12),
    ];
    word.parse().ok().or_else(|| NAMES.iter().find(|(name, _)| *name == word).map(|(_, month)| *month))
}

/// The month that is named, and where.
fn month(folded: &str, langs: Langs) -> Option<(usize, i8)> {
    let spoken = words(folded)
        .filter(|(_, w)| w.chars().count() > 2)
        .filter_map(|(_, w)| WEEKDAYS.get(w).copied())
        .fold(ANY, |set, langs| if set & langs == 0 { set } else { set & langs });
    let mut found: Option<(usize, i8)> = None;
    for (at, word) in words(folded) {
        let Some(meanings) = MONTHS.get(word) else { continue };
        if WEEKDAYS.contains_key(word) && found.is_some() {
            continue;
        }
        let narrow = [langs & spoken, spoken, langs, ANY]
            .into_iter()
            .map(|set| meanings.iter().filter(|(of, _)| of & set != 0).map(|(_, m)| *m).collect::<Vec<_>>())
            .find(|months| !months.is_empty())?;
        if narrow.iter().all(|m| *m == narrow[0]) {
            let weekday_too = WEEKDAYS.contains_key(word);
            if found.is_none() || !weekday_too {
                found = Some((at, narrow[0]));
            }
        }
    }
    found
}

fn without(text: &str, range: std::ops::Range<usize>) -> String {
    format!("{} \u{1} {}", &text[..range.start], &text[range.end..])
}

/// The time of day, and the text behind it.
fn time(rest: &str) -> Option<(Time, String)> {
    let found = TIME.captures(rest).or_else(|| DOTTED.captures(rest))?;
    let all = found.get(0)?;
    let mut hour: i8 = found[1].parse().ok()?;
    let minute: i8 = found[2].parse().ok()?;
    let second: i8 = found.get(3).map_or(Ok(0), |s| s.as_str().parse()).ok()?;
    let after = &rest[all.end()..];
    let half = half(&rest[..all.start()], after);
    match half {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    Some((Time::new(hour, minute, second.min(59), 0).ok()?, after.to_owned()))
}

/// Whether it is after noon, where the text says so.
fn half(before: &str, after: &str) -> Option<bool> {
    let after = after.trim_start().replace(['.', ' '], "");
    let morning = ["am", "πμ", "öö", "fm", "vm", "sa", "dop", "pg", "fh", "de", "ص", "قظ", "sáng", "पूर्वाह्न"];
    let evening =
        ["pm", "μμ", "ös", "em", "nm", "ch", "odp", "ptg", "mh", "du", "م", "بظ", "chiều", "tối", "अपराह्न"];
    let stands = |word: &str| {
        after.strip_prefix(word).is_some_and(|r| {
            !r.starts_with(char::is_alphabetic)
                || (word.is_ascii() && !r.starts_with(|c: char| c.is_ascii_alphabetic()))
                || r.starts_with("est")
                || r.starts_with("gmt")
                || r.starts_with("utc")
                || r.starts_with("pst")
                || r.starts_with("cet")
        })
    };
    if morning.iter().any(|w| stands(w)) {
        return Some(false);
    }
    if evening.iter().any(|w| stands(w)) {
        return Some(true);
    }
    let before = before.trim_end();
    let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
    if ends(&["午前", "上午", "오전", "凌晨", "早上", "清晨", "de.", "πμ"]) {
        return Some(false);
    }
    if ends(&["午後", "下午", "오후", "晚上", "傍晚", "du."]) {
        return Some(true);
    }
    None
}

/// The offset from UTC that the text names; `Some(None)` if it names a zone that we do not know.
fn written_offset(text: &str) -> Option<Option<Offset>> {
    let upper = text.to_uppercase();
    if let Some(found) = OFFSET.captures(&upper) {
        let hours: i32 = found[2].parse().ok()?;
        let minutes: i32 = found.get(3).map_or(Ok(0), |m| m.as_str().parse()).ok()?;
        let seconds = hours * 3600 + minutes * 60;
        let sign = if &found[1] == "+" { 1 } else { -1 };
        return Some(Offset::from_seconds(sign * seconds).ok());
    }
    let zones: &[(&str, i32)] = &[
        ("UTC", 0),
        ("GMT", 0),
        ("WET", 0),
        ("WEST", 60),
        ("CET", 60),
        ("CEST", 120),
        ("MEZ", 60),
        ("MESZ", 120),
        ("EET", 120),
        ("EEST", 180),
        ("OEZ", 120),
        ("OESZ", 180),
        ("MSK", 180),
        ("EST", -300),
        ("EDT", -240),
        ("CDT", -300),
        ("MST", -420),
        ("MDT", -360),
        ("PST", -480),
        ("PDT", -420),
        ("JST", 540),
        ("KST", 540),
        ("AEST", 600),
        ("AEDT", 660),
        ("AKST", -540),
        ("HST", -600),
        ("HNEC", 60),
        ("HAEC", 120),
        ("BRT", -180),
        ("ART", -180),
        ("NZST", 720),
        ("NZDT", 780),
        ("SGT", 480),
        ("HKT", 480),
        ("Z", 0),
        ("TRT", 180),
        ("SAST", 120),
        ("AWST", 480),
    ];
    for word in upper.split(|c: char| !c.is_alphanumeric()) {
        if let Some((_, minutes)) = zones.iter().find(|(zone, _)| *zone == word) {
            return Some(Offset::from_seconds(minutes * 60).ok());
        }
        if matches!(word, "CST" | "BST" | "IST" | "AST" | "ADT" | "SST") {
            return Some(None);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, langs: Langs) -> Option<String> {
        let reference =
            Reference { sent_at: "2025-06-10T10:00:00Z".parse().ok(), offset: Some(Offset::constant(2)) };
        instant(text, langs, &reference).map(|at| at.to_string())
    }

    #[test]
    fn dates_of_many_languages_are_told() {
        for (lang, text, want) in [
            ("en", "Wed, 3 Nov 2021 15:51:30 +0100", "2021-11-03T14:51:30Z"),
            ("en", "Tuesday, November 2, 2021, 09:26:50 AM GMT+1", "2021-11-02T08:26:50Z"),
            ("en", "Wed, Oct 27, 2021 at 9:31 PM", "2021-10-27T19:31:00Z"),
            ("de", "Dienstag, 4. März 2025 10:11", "2025-03-04T08:11:00Z"),
            ("de", "26. Oktober 2021 um 14:25:08 MESZ", "2021-10-26T12:25:08Z"),
            ("fr", "mer. 27 oct. 2021 à 09:31", "2021-10-27T07:31:00Z"),
            ("fi", "ti 4. maalisk. 2025 klo 10.11", "2025-03-04T08:11:00Z"),
            ("ja", "2025年3月4日(火) 10:11", "2025-03-04T08:11:00Z"),
            ("ko", "2025년 3월 4일 (화) 오후 3:11", "2025-03-04T13:11:00Z"),
            ("zh", "2025年3月4日 下午3:11", "2025-03-04T13:11:00Z"),
            ("ru", "вторник, 4 марта 2025 г. 10:11", "2025-03-04T08:11:00Z"),
            ("cs", "úterý 4. března 2025 10:11", "2025-03-04T08:11:00Z"),
            ("hr", "četvrtak, 9. listopada 2023. 10:11", "2023-11-09T08:11:00Z"),
            ("pl", "czwartek, 9 listopada 2023 10:11", "2023-11-09T08:11:00Z"),
            ("lv", "2025. gada 4. marts 10:11", "2025-03-04T08:11:00Z"),
            ("hu", "2025. március 4. 10:11", "2025-03-04T08:11:00Z"),
            ("tr", "4 Mart 2025 Salı 10:11", "2025-03-04T08:11:00Z"),
            ("es", "04/03/2025 10:11", "2025-03-04T08:11:00Z"),
            ("vi", "4 thg 3, 2025 10:11", "2025-03-04T08:11:00Z"),
            ("el", "Τρίτη, 4 Μαρτίου 2025 10:11 π.μ.", "2025-03-04T08:11:00Z"),
        ] {
            let want = if lang == "hr" { "2023-10-09T08:11:00Z" } else { want };
            assert_eq!(told(text, language(lang)).as_deref(), Some(want), "{lang} {text}");
        }
    }

    #[test]
    fn day_and_month_are_not_guessed_in_english() {
        assert_eq!(told("02/10/2023 4:52 PM EST", language("en")), None);
        assert_eq!(told("02/25/2023 4:52 PM EST", language("en")).as_deref(), Some("2023-02-25T21:52:00Z"));
        assert_eq!(
            told("05/09/2025 10:00", language("en")).as_deref(),
            Some("2025-05-09T08:00:00Z"),
            "not yet September"
        );
    }
}
