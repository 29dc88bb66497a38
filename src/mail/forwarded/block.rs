//! Quoted header blocks: a run of labelled lines that says who wrote what to whom and when.
//!
//! A block is judged by what it is: two or more different labels of header fields, in any language and order,
//! with values that such fields have. It may be quoted with `>`, bold, in a table, wrapped, with the value on
//! the line below its label, with empty lines between, or all in one line. A list of "From: … To: …" of a
//! journey has neither addresses nor a subject with a date, and is none.

use crate::mail::labels::{self, ANY, Labelled, Langs, Role, calendar};
use crate::mail::reply::lines::{Line, Lines};

/// Most lines that a block is followed over.
const LINES: usize = 120;
/// Most octets kept of one value.
const VALUE: usize = 16 * 1024;

/// A header block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// Its first line.
    pub start: usize,
    /// The line after its last.
    pub end: usize,
    /// How many `>` stand before its lines.
    pub depth: usize,
    /// Languages that its labels have in common.
    pub langs: Langs,
    fields: Vec<(Role, String)>,
}

impl Block {
    /// A block over these lines, whose fields are put there.
    pub fn empty(start: usize, end: usize, depth: usize) -> Self {
        Block { start, end, depth, langs: ANY, fields: Vec::new() }
    }

    /// The value of a field, if it has one that is not empty.
    pub fn value(&self, role: Role) -> Option<&str> {
        self.fields.iter().find(|(r, v)| *r == role && !v.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Takes the date from the line above the block, where it has no colon behind its label: Orange's
    /// `Message du 05/03/25 10:11`.
    pub fn date_above(&mut self, line: &Line<'_>) -> bool {
        let options = if line.depth == self.depth { labels::labelled_bare(line.text) } else { Vec::new() };
        let date = options
            .iter()
            .find(|l| l.role == Role::Date && l.langs & self.langs != 0)
            .filter(|_| !self.has(Role::Date));
        if let Some(date) = date {
            self.put(Role::Date, date.value.to_owned());
            self.start = self.start.saturating_sub(1);
        }
        date.is_some()
    }

    /// Whether recipients and subject have labels, author and date not: what Notes writes below a name and a date.
    pub fn lacks_author(&self) -> bool {
        !self.has(Role::From)
            && !self.has(Role::Date)
            && self.value(Role::To).is_some()
            && self.has(Role::Subject)
    }

    /// Sets a field that stood there without a label.
    pub fn put(&mut self, role: Role, value: String) {
        self.fields.retain(|(r, _)| *r != role);
        self.fields.push((role, value));
    }

    fn has(&self, role: Role) -> bool {
        self.fields.iter().any(|(r, _)| *r == role)
    }

    fn address_in(&self, role: Role) -> bool {
        self.value(role).is_some_and(|v| v.contains('@') || v.contains("/O=") || v.contains("/o="))
    }

    fn dated(&self) -> bool {
        self.value(Role::Date).is_some_and(|v| v.len() <= 160 && calendar::has_date(v))
    }

    /// Whether it names an author and more that belongs to a message.
    pub fn is_whole(&self) -> bool {
        let Some(from) = self.value(Role::From) else { return false };
        if !is_author(from) {
            return false;
        }
        let addressed = self.address_in(Role::From) || self.address_in(Role::To);
        if addressed {
            return self.dated() || self.has(Role::To) || self.has(Role::Cc);
        }
        // Programs write the year; people who plan a journey or a meeting leave it out.
        self.has(Role::Subject) && self.dated() && self.value(Role::Date).is_some_and(calendar::has_year)
    }

    /// Whether it has author, date, and recipients or subject.
    pub fn is_full(&self) -> bool {
        self.is_whole() && self.dated() && (self.has(Role::To) || self.has(Role::Subject))
    }

    /// Whether it is a quoted header at all: also one without an author, or of author and subject alone, which
    /// needs a separator above it to be believed.
    pub fn is_partial(&self) -> bool {
        let main = [Role::From, Role::To, Role::Cc, Role::Date, Role::Subject];
        let count = main.iter().filter(|role| self.value(**role).is_some()).count();
        count >= 2 && (self.dated() || self.address_in(Role::From) || self.address_in(Role::To))
    }

    /// Whether it shows without a separator that quoted matter follows: as [`Block::is_whole`], or date and
    /// recipients without an author.
    pub fn is_head(&self) -> bool {
        self.is_whole() || (!self.has(Role::From) && self.dated() && self.address_in(Role::To))
    }
}

/// Whether the value of a `From` label can be an author: a mailbox, or a name of a few words.
fn is_author(value: &str) -> bool {
    if value.contains('@') || value.contains("/O=") || value.contains("/o=") {
        return value.len() <= 1_000;
    }
    value.len() <= 160
        && value.split_whitespace().count() <= 9
        && value.chars().any(char::is_alphabetic)
        && !value.contains("http")
        && !value.ends_with(['?', '!', ';'])
}

/// The block that begins in line `at`, whose first line reads `first`. `subject` is the subject of the whole
/// message, which tells whether a wrapped one goes on.
pub fn read(lines: &Lines<'_>, at: usize, first: &str, subject: Option<&str>) -> Option<Block> {
    labels::labelled(first).iter().find(|l| l.role != Role::Other)?;
    follow(lines, at, first, subject)
}

/// As [`read`], directly below a separator: the labels may lack their colons.
pub fn read_separated(lines: &Lines<'_>, at: usize, subject: Option<&str>) -> Option<Block> {
    let first = lines.all.get(at)?.text;
    read(lines, at, first, subject).or_else(|| {
        labels::labelled_bare(first).iter().find(|l| l.role != Role::Subject)?;
        follow(lines, at, first, subject)
    })
}

fn follow(lines: &Lines<'_>, at: usize, first: &str, subject: Option<&str>) -> Option<Block> {
    let depth = lines.all.get(at)?.depth;
    let mut block = Block::empty(at, at + 1, depth);
    let bare = labels::labelled(first).is_empty();
    let mut pos = at;
    while pos < lines.len().min(at + LINES) {
        let line = &lines.all[pos];
        let text = if pos == at { first } else { line.text };
        if text.is_empty() {
            match goes_on(lines, &block, pos) {
                Some(next) => pos = next,
                None => break,
            }
            continue;
        }
        if line.depth != depth && !(line.depth == 0 && continues(lines, &block, pos, subject)) {
            break;
        }
        let options = if bare { labels::labelled_bare(text) } else { labels::labelled(text) };
        let taken = field(&mut block, &options)
            || continued(lines, &mut block, pos, subject)
            || foreign(&block, text);
        if !taken {
            break;
        }
        pos += 1;
        block.end = pos;
    }
    part_date(&mut block);
    (block.fields.len() >= 2).then_some(block)
}

/// Notes puts the date behind the author: `From: Ann Smith            03/05/2025 10:11`.
fn part_date(block: &mut Block) {
    let Some(from) = block.value(Role::From).filter(|_| !block.has(Role::Date)) else { return };
    let Some(gap) = from.find("   ").or_else(|| from.find('\t')) else { return };
    let (name, date) = (from[..gap].trim().to_owned(), from[gap..].trim().to_owned());
    if calendar::is_date(&date) && !name.is_empty() {
        block.put(Role::From, name);
        block.put(Role::Date, date);
    }
}

/// Where the block goes on behind an empty line, if it does.
fn goes_on(lines: &Lines<'_>, block: &Block, at: usize) -> Option<usize> {
    let next = lines.next(at, 3)?;
    let line = &lines.all[next];
    if line.depth != block.depth {
        return None;
    }
    let waits = block.fields.last().is_some_and(|(role, value)| value.is_empty() && *role != Role::Other);
    let options = labels::labelled(line.text);
    let new = options.iter().any(|l| is_main(l.role) && !block.has(l.role));
    let complete = block.is_whole() && block.has(Role::Subject);
    ((new && !complete)
        || (new && next == at + 1 && !spaced_out(lines, block))
        || (waits && options.is_empty() && next == at + 1 && !complete))
        .then_some(next)
}

/// Whether the block so far had no empty lines between its fields.
fn spaced_out(lines: &Lines<'_>, block: &Block) -> bool {
    !(block.start..block.end).any(|at| lines.is_blank(at))
}

fn is_main(role: Role) -> bool {
    !matches!(role, Role::Other | Role::MessageId)
}

/// Takes a labelled line into the block.
fn field(block: &mut Block, options: &[Labelled<'_>]) -> bool {
    let Some(chosen) = choose(block, options) else { return false };
    if chosen.role == Role::Other && block.fields.is_empty() {
        return false;
    }
    if block.langs & chosen.langs != 0 {
        block.langs &= chosen.langs;
    }
    split(block, chosen.role, chosen.langs, chosen.value);
    true
}

/// The reading of a label that fits: a role that is not there yet, in a language that the block has so far.
fn choose<'a>(block: &Block, options: &[Labelled<'a>]) -> Option<Labelled<'a>> {
    let open = |l: &&Labelled<'_>| l.role == Role::Other || !block.has(l.role);
    let same = options.iter().filter(open).find(|l| l.langs & block.langs != 0);
    same.or_else(|| options.iter().find(open)).copied()
}

/// Puts a value into the block, and the fields that stand behind it on the same line.
fn split(block: &mut Block, role: Role, langs: Langs, value: &str) {
    let mut role = role;
    let mut value = value;
    while !matches!(role, Role::Subject | Role::Other) && (has_label(value) || glued(block, role)) {
        let wanted: Vec<Role> =
            [Role::From, Role::To, Role::Cc, Role::Bcc, Role::Date, Role::Subject, Role::ReplyTo]
                .into_iter()
                .filter(|r| *r != role && !block.has(*r))
                .collect();
        let Some((at, end, next)) = labels::inside(value, langs | labels::language("en"), &wanted) else {
            break;
        };
        push(block, role, &value[..at]);
        role = next;
        value = value[end..].trim();
    }
    push(block, role, value);
}

fn push(block: &mut Block, role: Role, value: &str) {
    let value = value.trim_matches(|c: char| c.is_whitespace() || labels::is_mark(c));
    block.fields.push((role, value[..labels::floor(value, VALUE)].to_owned()));
}

/// Whether a colon stands behind a letter, other than in `mailto:` and the like.
fn has_label(value: &str) -> bool {
    value.char_indices().filter(|(_, c)| matches!(c, ':' | '：')).take(20).any(|(at, _)| {
        let before = value[..at].trim_end();
        let scheme = ["mailto", "smtp", "http", "https", "tel", "SMTP", "x500", "X500"]
            .iter()
            .any(|s| before.ends_with(s));
        !scheme && before.ends_with(|c: char| c.is_alphabetic() || c == '.' || c == '*')
    })
}

/// Whether fields stand one behind the other on a line: then a last label may lack its colon.
fn glued(block: &Block, role: Role) -> bool {
    role == Role::Date && block.end == block.start + 1 && block.fields.len() >= 2
}

/// Takes a line that continues the field before it.
fn continued(lines: &Lines<'_>, block: &mut Block, at: usize, subject: Option<&str>) -> bool {
    if !continues(lines, block, at, subject) {
        return false;
    }
    let text = lines.all[at].text;
    if let Some((role, mut value)) = block.fields.pop() {
        if !value.is_empty() && value.len() + text.len() < VALUE {
            value.push(' ');
        }
        if value.len() + text.len() < VALUE {
            value.push_str(text);
        }
        let langs = block.langs;
        split(block, role, langs, &value);
    }
    true
}

/// Whether the line continues the field before it.
fn continues(lines: &Lines<'_>, block: &Block, at: usize, subject: Option<&str>) -> bool {
    let Some((role, value)) = block.fields.last() else { return false };
    let text = lines.all[at].text;
    if text.is_empty() || labels::separation(text).is_some() || labels::is_rule(text) {
        return false;
    }
    if value.is_empty() {
        let fits = match role {
            Role::Date => calendar::has_date(text),
            Role::From => is_author(text),
            Role::To | Role::Cc | Role::Bcc => {
                text.contains('@') || (text.len() < 80 && more_follows(lines, block, at))
            }
            Role::Subject => block.fields.len() < 4 && (more_follows(lines, block, at) || at == block.end),
            _ => false,
        };
        return fits;
    }
    match role {
        Role::From | Role::To | Role::Cc | Role::Bcc | Role::ReplyTo => {
            let open = |a, b| value.rfind(a).is_some_and(|at: usize| value[at..].find(b).is_none());
            value.ends_with([',', ';', '<', '&', '(']) && text.contains('@')
                || open('<', '>')
                || (open('[', ']') && value.len() < 400)
                || (text.starts_with(['<', '[']) && text.contains('@') && !last_mailbox(value).contains('@'))
                || more_follows(lines, block, at)
        }
        Role::Subject => more_follows(lines, block, at) || wraps(subject, value, text),
        Role::Date | Role::Other | Role::MessageId => more_follows(lines, block, at),
    }
}

/// What stands behind the last comma or semicolon of a list.
fn last_mailbox(value: &str) -> &str {
    value.rsplit([',', ';']).next().unwrap_or(value)
}

/// Whether the subject of the whole message shows that `text` belongs to the subject `value`.
fn wraps(subject: Option<&str>, value: &str, text: &str) -> bool {
    let Some(subject) = subject else { return false };
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat(subject).ends_with(&flat(&format!("{value} {text}")))
}

/// Whether a further field of the block follows within three lines, without an empty line before it.
fn more_follows(lines: &Lines<'_>, block: &Block, at: usize) -> bool {
    for next in at + 1..lines.len().min(at + 4) {
        let line = &lines.all[next];
        if line.text.is_empty() {
            return false;
        }
        if labels::labelled(line.text).iter().any(|l| is_main(l.role) && !block.has(l.role)) {
            return true;
        }
    }
    false
}

/// A header field that says nothing to us, in the middle of a block: `X-Mailer: …`.
fn foreign(block: &Block, text: &str) -> bool {
    let Some((name, value)) = text.split_once(':') else { return false };
    block.fields.len() >= 2
        && name.len() <= 40
        && name.contains('-')
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && value.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::body::Body;

    fn whole(text: &str) -> bool {
        let body = Body { text: text.to_owned(), marks: Vec::new() };
        let lines = Lines::new(&body);
        let first = lines.all[0].text;
        read(&lines, 0, first, None).is_some_and(|block| block.is_whole())
    }

    #[test]
    fn a_journey_or_an_agenda_is_no_header_block() {
        assert!(!whole("From: Airport\nTo: Harbour Hotel\nDate: 12/05/2025\nTime: 10:30"));
        assert!(!whole("De: 10:00\nA: 12:00\nFecha: 5/3/2025"));
        assert!(whole("From: Ann Lee\nSent: 5 March 2025 10:00\nTo: Bob\nSubject: Garden"));
    }

    #[test]
    fn fields_in_one_line_are_told_apart() {
        let text = "Von: Ann Lee <ann@a.example>An: Bob <bob@b.example>Gesendet: Dienstag, 4. März 2025, 09:00 MEZBetreff: Garten";
        let body = Body { text: text.to_owned(), marks: Vec::new() };
        let lines = Lines::new(&body);
        let block = read(&lines, 0, text, None).expect("a block");
        assert_eq!(block.value(Role::To), Some("Bob <bob@b.example>"));
        assert_eq!(block.value(Role::Date), Some("Dienstag, 4. März 2025, 09:00 MEZ"));
        assert_eq!(block.value(Role::Subject), Some("Garten"));
    }
}
