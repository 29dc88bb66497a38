//! The words that mail programs write around quoted and forwarded mail, in their users' languages: labels of
//! header fields, lines that separate, verbs of "… wrote:", notes of devices, closings, months, days.
//!
//! The tables are text files beside this one, taken from the translations of the programs themselves. Nothing
//! here judges whether a line *is* a header or a quotation: that needs its neighbours (see [`super::forwarded`]
//! and [`super::reply`]). A word that is not in a table is simply not known; callers get `None`.

pub mod calendar;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// What a labelled line of a quoted header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The author.
    From,
    /// Recipients.
    To,
    /// Recipients of a copy.
    Cc,
    /// Hidden recipients.
    Bcc,
    /// When it was sent.
    Date,
    /// Its subject.
    Subject,
    /// Where answers go.
    ReplyTo,
    /// Its Message-ID.
    MessageId,
    /// A header field that says nothing of the above.
    Other,
}

/// A set of languages, a bit each, in the order of `fields.txt`.
pub type Langs = u64;

/// Every language.
pub const ANY: Langs = u64::MAX;

/// A line of a separator's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// Stands only above forwarded mail.
    Forward,
    /// Stands above forwarded and answered mail alike.
    Original,
    /// Stands below a forwarded message.
    End,
}

/// A closing of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// "Kind regards": what follows is a signature.
    Formal,
    /// "Many thanks": something said.
    Thanks,
}

/// Longest label, in octets.
const LABEL: usize = 64;

/// One spelling of a label in one role: its languages.
struct Fields {
    roles: HashMap<String, Vec<(Role, Langs)>>,
    /// As written by the clients, for labels that stand in the middle of a line, longest first.
    written: Vec<(&'static str, Role, Langs)>,
}

static LANGS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut langs: Vec<&str> = Vec::new();
    for line in entries(include_str!("fields.txt")) {
        let lang = line.split(' ').next().unwrap_or(line);
        if !langs.contains(&lang) {
            langs.push(lang);
        }
    }
    langs
});

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let mut fields = Fields { roles: HashMap::new(), written: Vec::new() };
    for line in entries(include_str!("fields.txt")) {
        let mut words = line.splitn(3, ' ');
        let (Some(lang), Some(role), Some(labels)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let role = match role {
            "from" => Role::From,
            "to" => Role::To,
            "cc" => Role::Cc,
            "bcc" => Role::Bcc,
            "date" => Role::Date,
            "subject" => Role::Subject,
            "reply-to" => Role::ReplyTo,
            "message-id" => Role::MessageId,
            _ => Role::Other,
        };
        let lang = language(lang);
        for label in labels.split('|').map(str::trim) {
            let of_label = fields.roles.entry(fold(label)).or_default();
            match of_label.iter_mut().find(|(r, _)| *r == role) {
                Some((_, langs)) => *langs |= lang,
                None => of_label.push((role, lang)),
            }
            fields.written.push((label, role, lang));
        }
    }
    fields.written.sort_by_key(|(label, ..)| std::cmp::Reverse(label.len()));
    fields
});

static SEPARATORS: LazyLock<HashMap<String, Separator>> = LazyLock::new(|| {
    let kinds = [("forward", Separator::Forward), ("original", Separator::Original), ("end", Separator::End)];
    phrases(include_str!("separators.txt"), &kinds)
});

static CLOSINGS: LazyLock<HashMap<String, Closing>> = LazyLock::new(|| {
    let kinds = [("formal", Closing::Formal), ("thanks", Closing::Thanks)];
    phrases(include_str!("closings.txt"), &kinds)
});

static VERBS: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(include_str!("wrote.txt"), "verb"));
static MARKERS: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(include_str!("separators.txt"), "marker"));
static QUOTING: LazyLock<Vec<String>> = LazyLock::new(|| list(include_str!("wrote.txt"), "quoting"));
static OPENERS: LazyLock<Vec<String>> = LazyLock::new(|| list(include_str!("wrote.txt"), "opener"));
static PROGRAMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let names = list(include_str!("devices.txt"), "name");
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(names)
        .expect("a few hundred short words make an automaton")
});
static DEVICE_STARTS: LazyLock<Vec<String>> = LazyLock::new(|| list(include_str!("devices.txt"), "start"));
static DEVICE_ENDS: LazyLock<Vec<String>> = LazyLock::new(|| list(include_str!("devices.txt"), "end"));

fn entries(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn list(table: &'static str, kind: &str) -> Vec<String> {
    let mut words: Vec<String> = entries(table)
        .filter_map(|line| line.split_once(' ').filter(|(k, _)| *k == kind))
        .flat_map(|(_, words)| words.split('|').map(fold))
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

fn phrases<T: Copy>(table: &'static str, kinds: &[(&str, T)]) -> HashMap<String, T> {
    let mut map = HashMap::new();
    for line in entries(table) {
        let Some((kind, words)) = line.split_once(' ') else { continue };
        let Some((_, value)) = kinds.iter().find(|(k, _)| *k == kind) else { continue };
        for word in words.split('|') {
            map.entry(fold(word)).or_insert(*value);
        }
    }
    map
}

fn automaton(table: &'static str, kind: &str) -> AhoCorasick {
    AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostLongest)
        .build(list(table, kind))
        .expect("a few hundred short words make an automaton")
}

/// The bit of a language code of `fields.txt`; none for a code that is not there.
pub fn language(code: &str) -> Langs {
    LANGS.iter().position(|lang| *lang == code).map_or(0, |at| 1 << at)
}

/// The form in which labels compare: NFC, lower case, one space for any white space, without stars,
/// underscores, invisible characters, and without a colon at the end.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let composed: Cow<'_, str> =
        if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) };
    for c in composed.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !is_mark(c) {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            match c {
                '’' | '`' | '´' => out.push('\''),
                'İ' => out.push('i'),
                c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
                c => out.extend(c.to_lowercase()),
            }
        }
    }
    out.truncate(out.trim_end_matches([':', '：', ' ']).len());
    out
}

/// Bold marks and characters that nobody sees.
pub fn is_mark(c: char) -> bool {
    matches!(c, '*' | '_' | '|') || is_invisible(c)
}

/// Characters that nobody sees: directions, joiners, byte order marks, soft hyphens.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// A label and what follows it on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labelled<'a> {
    /// What the label says.
    pub role: Role,
    /// In which languages it says so.
    pub langs: Langs,
    /// The rest of the line, trimmed.
    pub value: &'a str,
}

/// The roles that the label of this line can have, and its value: `From: x`, `*De :* x`, `发件人：x`,
/// `| Von: | x |`, `| 发件人 | x |`, `Betreff:<tab>x`.
pub fn labelled(line: &str) -> Vec<Labelled<'_>> {
    if let Some(row) = line.trim_start().strip_prefix('|')
        && let Some((label, value)) = row.split_once('|')
        && let Some(roles) = roles(label.trim())
    {
        return given(roles, value);
    }
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c) || c == '•' || c == '-');
    let Some((at, colon)) =
        line.char_indices().take(LABEL).find(|(_, c)| matches!(c, ':' | '：' | '﹕' | '︰'))
    else {
        return Vec::new();
    };
    let value = &line[at + colon.len_utf8()..];
    roles(&line[..at]).map_or(Vec::new(), |roles| given(roles, value))
}

fn given<'a>(roles: &[(Role, Langs)], value: &'a str) -> Vec<Labelled<'a>> {
    let value = value.trim_matches(|c: char| c.is_whitespace() || is_mark(c));
    roles.iter().map(|&(role, langs)| Labelled { role, langs, value }).collect()
}

/// As [`labelled`], for a label that stands without a colon before a value which shows what it is: `From "Name"
/// <a@b.example>`, `Message du 05/03/25 10:11`. Only lines below a separator or inside a block are read so.
pub fn labelled_bare(line: &str) -> Vec<Labelled<'_>> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c));
    let mut found = Vec::new();
    for (at, gap) in line.char_indices().take(LABEL).filter(|(_, c)| c.is_whitespace()).take(3) {
        let Some(roles) = roles(&line[..at]) else { continue };
        found = given(roles, &line[at + gap.len_utf8()..]);
        found.retain(|l| match l.role {
            Role::From | Role::To | Role::Cc | Role::Bcc | Role::ReplyTo => l.value.contains('@'),
            Role::Date => calendar::is_date(l.value),
            Role::Subject => gap == '\t' || !l.value.is_empty(),
            Role::MessageId | Role::Other => false,
        });
    }
    found
}

/// The role of a label that stands alone, without a colon.
pub fn alone(label: &str) -> Option<Role> {
    roles(label)?.iter().map(|(role, _)| *role).find(|role| *role != Role::Other)
}

fn roles(label: &str) -> Option<&'static [(Role, Langs)]> {
    if label.len() > LABEL || label.is_empty() {
        return None;
    }
    FIELDS.roles.get(&fold(label)).map(Vec::as_slice)
}

/// The next label *inside* a line, of the given languages and written with a capital as clients do:
/// `…<a@b.example>To: …`, `… MEZBetreff: …`. A subject's label may lack its colon. Gives where the label
/// begins, where its value begins, and its role.
pub fn inside(line: &str, langs: Langs, wanted: &[Role]) -> Option<(usize, usize, Role)> {
    let mut best: Option<(usize, usize, Role)> = None;
    for &(label, role, of) in &FIELDS.written {
        if of & langs == 0 || !wanted.contains(&role) {
            continue;
        }
        if let Some((at, end)) = inside_one(line, label, role)
            && best.is_none_or(|(b, ..)| at < b)
        {
            best = Some((at, end, role));
        }
    }
    best
}

fn inside_one(line: &str, label: &str, role: Role) -> Option<(usize, usize)> {
    for (at, _) in line.match_indices(label).take(8) {
        let before = line[..at].chars().next_back();
        let rest = &line[at + label.len()..];
        let bare =
            rest.trim_start_matches(|c: char| c == ' ' || is_mark(c) || c == '\u{a0}' || c == '\u{202f}');
        let end = match bare.chars().next() {
            Some(c @ (':' | '：')) => line.len() - bare.len() + c.len_utf8(),
            Some(_)
                if role == Role::Subject && rest.starts_with(' ') && label.is_ascii() && label.len() > 5 =>
            {
                if before.is_none_or(|c| c.is_whitespace()) {
                    continue;
                }
                line.len() - bare.len()
            }
            _ => continue,
        };
        let glued = before.is_some_and(char::is_alphanumeric);
        if glued && label.chars().count() < 4 {
            continue;
        }
        return Some((at, end));
    }
    None
}

/// A separator and how it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separation<'a> {
    /// What it separates.
    pub kind: Separator,
    /// Nothing is drawn round it.
    pub bare: bool,
    /// What follows the phrase before the dashes end: `from …`, `by … on …`; often empty.
    pub detail: &'a str,
    /// What follows the dashes on the same line; often empty.
    pub rest: &'a str,
}

/// The separator that this line is, if it is one: dashes, underscores, equals signs and a colon round it do
/// not matter. With dashes before it more may follow: a name and a date, or the whole header block.
pub fn separation(line: &str) -> Option<Separation<'_>> {
    let trimmed = line.trim_matches(|c: char| c.is_whitespace() || is_mark(c));
    let inner = trimmed.trim_start_matches(is_dash);
    let bare = trimmed.len() - inner.len() < 2;
    if bare {
        let phrase = trimmed.trim_matches(|c: char| c.is_whitespace() || is_mark(c) || is_dash(c));
        let kind = (phrase.len() <= 100).then(|| SEPARATORS.get(&fold(phrase))).flatten()?;
        // A single word needs something drawn round it: "Reply" may be all that somebody wrote.
        if !phrase.contains(char::is_whitespace) && !phrase.chars().any(is_ideograph) {
            return None;
        }
        return Some(Separation { kind: *kind, bare, detail: "", rest: "" });
    }
    let inner =
        inner.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c) || "8<".contains(c) || is_dash(c));
    let (phrase, rest) = match dashes(inner) {
        Some((from, to)) => (&inner[..from], inner[to..].trim()),
        None => (inner, ""),
    };
    let phrase = phrase.trim_matches(|c: char| c.is_whitespace() || is_mark(c) || is_dash(c));
    if phrase.is_empty() || phrase.len() > 300 {
        return None;
    }
    let mut end = phrase.len();
    for _ in 0..30 {
        let cut = phrase[..end]
            .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：' | ',' | '.' | ';'));
        if cut.len() <= 100
            && let Some(kind) = SEPARATORS.get(&fold(cut))
        {
            let detail = phrase[cut.len()..]
                .trim_matches(|c: char| c.is_whitespace() || is_mark(c) || matches!(c, ':' | '：'));
            return Some(Separation { kind: *kind, bare, detail, rest });
        }
        end = cut.rfind(char::is_whitespace)?;
    }
    None
}

/// The first run of three dashes or more.
fn dashes(text: &str) -> Option<(usize, usize)> {
    let mut run: Option<(usize, usize)> = None;
    for (at, c) in text.char_indices() {
        if is_dash(c) && c != '.' && c != '<' && c != '>' {
            run = Some((run.map_or(at, |(start, _)| start), at + c.len_utf8()));
        } else if let Some((start, end)) = run.take()
            && text[start..end].chars().count() >= 3
        {
            return Some((start, end));
        }
    }
    run.filter(|(start, end)| text[*start..*end].chars().count() >= 3)
}

/// A character that lines are drawn with.
pub fn is_dash(c: char) -> bool {
    matches!(c, '-' | '=' | '_' | '#' | '~' | '–' | '—' | '―' | '─' | '━' | '+' | '·' | '>' | '<')
}

/// Whether the line is a phrase of a few words between two runs of dashes, whatever it says.
pub fn is_drawn_phrase(line: &str) -> bool {
    let line = line.trim();
    let inner = line.trim_start_matches(is_dash);
    let core = inner.trim_end_matches(is_dash);
    line.len() >= inner.len() + 3
        && inner.len() >= core.len() + 3
        && (1..=8).contains(&core.split_whitespace().count())
}

/// Whether the line is drawn from end to end.
pub fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 4 && line.chars().all(|c| is_dash(c) && c != '>' && c != '<' || c == '*' || c == ' ')
}

/// Whether a ticket system drew this line for the answer to stand above: `##- Please type your reply above this
/// line -##`.
pub fn is_reply_marker(line: &str) -> bool {
    let line = line.trim();
    let inner = line.trim_matches(|c: char| c.is_whitespace() || is_dash(c) || matches!(c, '*' | '[' | ']'));
    let drawn =
        line.len() >= inner.len() + 4 && line.starts_with(|c: char| is_dash(c) || matches!(c, '*' | '['));
    drawn && line.len() <= 300 && MARKERS.is_match(&fold(inner))
}

/// The closing that this line is, alone or before a comma: `Mit freundlichen Grüßen,`, `Thanks!`.
pub fn closing(line: &str) -> Option<Closing> {
    let line = line.trim();
    if line.is_empty() || line.len() > 80 {
        return None;
    }
    let bare = line.trim_end_matches(|c: char| c.is_whitespace() || ",.!;:-–—，。！、*_🙂😊".contains(c));
    CLOSINGS.get(&fold(bare)).copied()
}

/// Whether this line is a note which a device or a program adds by itself: "Sent from my …".
pub fn is_device_note(line: &str) -> bool {
    let line = line.trim().trim_matches(|c: char| is_mark(c) || c == '-' || c == '[' || c == '(' || c == '<');
    if line.is_empty() || line.chars().count() > 160 {
        return false;
    }
    let text = match line.find(['<', '[', '(']).filter(|at| *at > 0) {
        Some(at) => &line[..at],
        None => line,
    };
    if text.chars().count() > 75 || text.trim_end().ends_with([':', '?', ',']) {
        return false;
    }
    if !names_program(text) {
        return false;
    }
    let folded = fold(text);
    DEVICE_STARTS.iter().any(|start| folded.starts_with(start.as_str()))
        || DEVICE_ENDS.iter().any(|end| folded.trim_end_matches('.').ends_with(end.as_str()))
}

/// Whether a device's or program's name stands in the line.
fn names_program(text: &str) -> bool {
    PROGRAMS.is_match(text)
}

/// Whether the line opens as lines above quotations do without naming a day: "Quoting …".
pub fn opens_quoting(line: &str) -> bool {
    let folded = fold(&line[..floor(line, 60)]);
    QUOTING.iter().any(|word| {
        folded.strip_prefix(word.as_str()).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// The word that opens a line above a quotation ("On", "Am", "Le" …), as octets of the line.
pub fn opener(line: &str) -> Option<usize> {
    let folded = fold(&line[..floor(line, 40)]);
    OPENERS
        .iter()
        .find(|word| folded.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with([' ', ',', '-'])))
        .map(|word| word.len())
}

/// Where the last verb of writing stands in folded text: begin and end.
pub fn last_verb(folded: &str) -> Option<(usize, usize)> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_ideograph(c));
    VERBS
        .find_iter(folded)
        .filter(|m| {
            let before = folded[..m.start()].chars().next_back();
            let after = folded[m.end()..].chars().next();
            let first = folded[m.start()..].chars().next();
            first.is_some_and(is_ideograph) || (!word(before) && !word(after))
        })
        .last()
        .map(|m| (m.start(), m.end()))
}

/// A quick look whether a verb of writing can stand in text that is not folded.
pub fn may_hold_verb(text: &str) -> bool {
    VERBS.is_match(text)
}

/// Han, kana and hangul, which are written without spaces between words.
pub fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// The greatest character boundary of the text that is not above `at`.
pub fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What the subject's first prefix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// An answer.
    Reply,
    /// A forward.
    Forward,
    /// `VS:`: a forward in Danish and Norwegian, an answer in Finnish.
    Either,
}

static PREFIXES: LazyLock<HashMap<String, Prefix>> = LazyLock::new(|| {
    let table = include_str!("subjects.txt");
    let mut map: HashMap<String, Prefix> = phrases(table, &[("forward", Prefix::Forward)]);
    for (word, _) in phrases(table, &[("reply", ())]) {
        map.entry(word).and_modify(|p| *p = Prefix::Either).or_insert(Prefix::Reply);
    }
    map
});

/// The prefix that a subject begins with, and the subject behind it. `[Fwd: x]`, `Re[2]: x` and `Fwd : x`
/// count too.
pub fn prefix(subject: &str) -> Option<(Prefix, &str)> {
    let text = subject.trim();
    let (text, bracketed) = match text.strip_prefix('[') {
        Some(inner) if inner.ends_with(']') => (&inner[..inner.len() - 1], true),
        _ => (text, false),
    };
    let (at, colon) = text.char_indices().take(24).find(|(_, c)| matches!(c, ':' | '：'))?;
    let word = text[..at].trim_end();
    let word = match word.find(['[', '(', '^']) {
        Some(end) if word[end..].trim_matches(|c: char| !c.is_alphabetic()).is_empty() => &word[..end],
        _ => word,
    };
    let kind = *PREFIXES.get(&fold(word))?;
    if bracketed && kind == Prefix::Reply {
        return None;
    }
    Some((kind, text[at + colon.len_utf8()..].trim()))
}
