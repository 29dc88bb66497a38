//! Where quoted or forwarded matter begins: the first separator, header block or introduction of a body.

use super::intro::{self, Intro};
use super::lines::Lines;
use crate::mail::forwarded::block::{self, Block};
use crate::mail::forwarded::notes;
use crate::mail::labels::{self, Separator};

/// Lines with a colon that are tried as the first of a header block: a log of a hundred thousand lines is none.
const LABELLED: usize = 5_000;

/// What begins there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A header block.
    Block(Block),
    /// "On … wrote:".
    Intro(Intro),
    /// A separator without anything of the kind below it.
    Bare,
}

/// The beginning of quoted matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The first line that is the client's and not the author's: a rule, separator, header or introduction.
    pub start: usize,
    /// Where in that line it begins.
    pub column: usize,
    /// The first line of the quoted text.
    pub end: usize,
    /// How many `>` stand before it.
    pub depth: usize,
    /// The separator above, if there is one.
    pub separator: Option<Separator>,
    /// What it is.
    pub kind: Kind,
}

/// The first head from line `from` on. `subject` is that of the whole message.
pub fn first(lines: &Lines<'_>, from: usize, subject: Option<&str>) -> Option<Head> {
    let mut at = from;
    let mut labelled = 0;
    while at < lines.len() {
        let read = labelled < LABELLED;
        labelled += usize::from(lines.all[at].text.contains([':', '：']));
        if !lines.is_blank(at)
            && let Some(head) = head(lines, at, from, subject, read)
        {
            return Some(head);
        }
        at += 1;
    }
    None
}

fn head(lines: &Lines<'_>, at: usize, from: usize, subject: Option<&str>, blocks: bool) -> Option<Head> {
    let text = lines.all[at].text;
    if text.len() <= 2_000
        && let Some(separation) = labels::separation(text)
        && separation.kind != Separator::End
        && let Some(head) = separated(lines, at, from, &separation, subject)
    {
        return Some(head);
    }
    if labels::is_reply_marker(text) && (from..at).any(|above| !lines.is_blank(above)) {
        let (start, depth) = (above(lines, from, at), lines.all[at].depth);
        let separator = Some(Separator::Original);
        return Some(Head { start, column: 0, end: at + 1, depth, separator, kind: Kind::Bare });
    }
    let mut block = if blocks { block::read(lines, at, text, subject) } else { None };
    if let Some(block) = &mut block
        && block.lacks_author()
        && notes::complete(lines, from, block)
    {
        return Some(of_block(lines, from, block.start, None, block.clone()));
    }
    if let Some(mut block) = block
        && block.is_head()
    {
        let dated = at.checked_sub(1).filter(|above| *above >= from && block.date_above(&lines.all[*above]));
        return Some(of_block(lines, from, dated.unwrap_or(at), None, block));
    }
    if let Some(found) = intro::ending(lines, at)
        && found.start >= from
    {
        let start = found.start;
        return Some(Head {
            start,
            column: found.column,
            end: at + 1,
            depth: found.depth,
            separator: None,
            kind: Kind::Intro(found),
        });
    }
    None
}

fn separated(
    lines: &Lines<'_>,
    at: usize,
    from: usize,
    separation: &labels::Separation<'_>,
    subject: Option<&str>,
) -> Option<Head> {
    let kind = Some(separation.kind);
    if !separation.rest.is_empty() {
        let block = block::read(lines, at, separation.rest, subject).filter(Block::is_partial)?;
        return Some(of_block(lines, from, at, kind, block));
    }
    // "---- Forwarded by … on 10/09/2000" and "02:16 PM ----" on the next line.
    let wrapped = !lines.all[at].text.ends_with('-')
        && lines.all.get(at + 1).is_some_and(|line| {
            line.text.ends_with("---") && line.text.len() <= 120 && !labels::is_rule(line.text)
        });
    let last = if wrapped && !separation.bare { at + 1 } else { at };
    if let Some(block) = notes::read(lines, last, subject) {
        return Some(of_block(lines, from, at, kind, block));
    }
    if !separation.bare
        && let Some(block) = notes::columns(lines, last)
    {
        return Some(of_block(lines, from, at, kind, block));
    }
    let mut next = lines.next(last + 1, 6);
    for _ in 0..2 {
        let Some(line) = next else { break };
        let text = lines.all[line].text;
        if let Some(block) = block::read_separated(lines, line, subject).filter(Block::is_partial) {
            return Some(of_block(lines, from, at, kind, block));
        }
        let found = (line..lines.len().min(line + 3))
            .find_map(|end| intro::ending(lines, end))
            .filter(|i| i.start == line);
        if let Some(found) = found {
            let (start, end, depth) = (above(lines, from, at), found.end, found.depth);
            return Some(Head { start, column: 0, end, depth, separator: kind, kind: Kind::Intro(found) });
        }
        // A line drawn or a second separator may stand between.
        if !labels::is_rule(text) && labels::separation(text).is_none() {
            break;
        }
        next = lines.next(line + 1, 4);
    }
    (!separation.bare && lines.next(at + 1, 10).is_some()).then(|| Head {
        start: above(lines, from, at),
        column: 0,
        end: at + 1,
        depth: lines.all[at].depth,
        separator: kind,
        kind: Kind::Bare,
    })
}

fn of_block(lines: &Lines<'_>, from: usize, at: usize, separator: Option<Separator>, block: Block) -> Head {
    let mut end = block.end;
    if let Some(line) = lines.all.get(end)
        && separator.is_some()
        && (labels::is_rule(line.text)
            || labels::separation(line.text).is_some_and(|s| Some(s.kind) == separator && !s.bare))
        && lines.next(end + 1, 3).is_none_or(|next| labels::labelled(lines.all[next].text).is_empty())
    {
        end += 1;
    }
    Head {
        start: above(lines, from, at),
        column: 0,
        end,
        depth: block.depth,
        separator,
        kind: Kind::Block(block),
    }
}

/// The line from which on the client's own drawing reaches down to line `at`.
fn above(lines: &Lines<'_>, from: usize, at: usize) -> usize {
    let mut start = at;
    while let Some(before) = (from..start).rev().take(3).find(|i| !lines.is_blank(*i)) {
        let text = lines.all[before].text;
        let drawn = labels::is_rule(text) || labels::is_drawn_phrase(text);
        if drawn || (labels::separation(text).is_some() && start - before <= 2) {
            start = before;
        } else {
            break;
        }
    }
    start
}
