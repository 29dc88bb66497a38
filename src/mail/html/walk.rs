//! The walker: tokens in, lines and marks out.

use super::super::body::MarkKind;
use super::element::{self, Kind, Role, Shown};
use super::lines::Lines;
use super::{Document, body, limits};
use html5ever::LocalName;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use std::cell::RefCell;
use std::collections::HashMap;

/// Open elements that are remembered; deeper ones count as text of the deepest.
const OPEN: usize = 1_000;
/// Tables in tables whose rows are laid out; deeper cells are blocks.
const TABLES: usize = 40;
/// Cells of a row that are laid out together; a cell takes much more memory than its text.
const CELLS: usize = 256;
/// Octets taken beyond [`limits::TEXT`]: white space that collapses later.
const SLACK: usize = 64 * 1024;
/// `<meta>` elements kept, and octets of each.
const META: usize = 200;

/// Sink of the tokenizer.
#[derive(Debug, Default)]
pub struct Walker(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    open: Vec<Element>,
    /// How many elements of a name are open: unmatched end tags cost nothing.
    names: HashMap<LocalName, usize>,
    /// The document, then the cell being filled in each open table.
    lines: Vec<Lines>,
    rows: Vec<Row>,
    dropped: usize,
    hidden: usize,
    tiny: Vec<bool>,
    pre: usize,
    meta: Vec<(String, String)>,
    tables: bool,
    /// Octets and lines taken: what no reader will see is not built.
    taken: usize,
}

/// An open table's row: the cells that are complete.
#[derive(Debug, Default)]
struct Row {
    cells: Vec<Lines>,
    /// Whether the top of `lines` is a cell of this row.
    in_cell: bool,
}

#[derive(Debug)]
struct Element {
    name: LocalName,
    kind: Kind,
    hidden: bool,
    sized: bool,
    role: Option<Role>,
    link: Option<(String, (usize, usize))>,
    /// Number of the next item of a list.
    item: usize,
    /// Whether the table has a row in `rows`.
    laid_out: bool,
}

impl TokenSink for Walker {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        if state.taken > limits::TEXT + SLACK {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::CharacterTokens(text) => state.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                state.start(&tag);
                return match &*tag.name {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                        TokenSinkResult::RawData(RawKind::Rawtext)
                    }
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Token::TagToken(tag) => state.end(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Walker {
    /// What was read.
    pub fn finish(self) -> Document {
        let mut state = self.0.into_inner();
        while !state.open.is_empty() {
            state.pop();
        }
        let (lines, marks) = state.lines.pop().unwrap_or_default().finish();
        let (body, cut) = body(lines, marks);
        let cut = cut || state.taken > limits::TEXT + SLACK;
        Document { body, meta: state.meta, tables: state.tables, cut }
    }
}

impl State {
    fn out(&mut self) -> &mut Lines {
        if self.lines.is_empty() {
            self.lines.push(Lines::default());
        }
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn text(&mut self, text: &str) {
        if self.dropped > 0 || self.hidden > 0 || self.tiny.last() == Some(&true) {
            return;
        }
        let blank = text.bytes().all(|b| b.is_ascii_whitespace());
        if let Some(row) = self.rows.last()
            && !row.in_cell
            && !blank
        {
            // Text between cells: shown before the table by browsers, kept in its place here.
            self.flush_row();
        }
        self.taken += if blank { usize::from(self.pre > 0) * text.len() } else { text.len() + 1 };
        if self.pre > 0 {
            self.out().pre(text);
        } else {
            self.out().flow(text);
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name = &*tag.name;
        let kind = element::kind_of(tag);
        self.leave_head(name, kind);
        if kind == Kind::Void {
            if name == "meta" {
                self.note_meta(tag);
            }
            return;
        }
        if self.dropped > 0 && kind != Kind::Dropped {
            return;
        }
        self.taken += usize::from(!matches!(kind, Kind::Inline | Kind::Dropped));
        match kind {
            Kind::Break => {
                if self.shown() {
                    self.out().end_line();
                }
                return;
            }
            Kind::Rule => {
                if self.shown() {
                    self.out().mark(MarkKind::Rule);
                }
                return;
            }
            _ => {}
        }
        if self.open.len() >= OPEN || (tag.self_closing && matches!(kind, Kind::Dropped | Kind::Inline)) {
            return;
        }
        self.close_implied(kind, name);
        self.push(tag, kind);
    }

    /// Text in `<head>` is not shown, but a head that is never closed must not swallow the body.
    fn leave_head(&mut self, name: &str, kind: Kind) {
        let stays =
            matches!(name, "title" | "style" | "script" | "meta" | "link" | "base" | "xml" | "noscript");
        let in_head = self.open.last().is_some_and(|e| &*e.name == "head");
        if in_head && !stays && kind != Kind::Void {
            self.pop();
        }
    }

    fn shown(&self) -> bool {
        self.dropped == 0 && self.hidden == 0
    }

    fn push(&mut self, tag: &Tag, kind: Kind) {
        let name = &*tag.name;
        let shown = element::shown(tag);
        let hidden = shown == Shown::Hidden;
        let role = if hidden { None } else { element::role(name, tag) };
        let mut element = Element {
            name: tag.name.clone(),
            kind,
            hidden,
            sized: matches!(shown, Shown::Tiny | Shown::Sized),
            role,
            link: None,
            item: 1,
            laid_out: false,
        };
        self.hidden += usize::from(hidden);
        if element.sized {
            self.tiny.push(shown == Shown::Tiny);
        }
        self.dropped += usize::from(kind == Kind::Dropped);
        self.enter(tag, &mut element);
        if self.shown() {
            match element.role {
                Some(Role::Quote(container)) => self.out().mark(MarkKind::QuoteOpen(container)),
                Some(Role::Signature) => self.out().mark(MarkKind::SignatureOpen),
                Some(Role::Rule) => self.out().mark(MarkKind::Rule),
                None => {}
            }
        } else {
            element.role = None;
        }
        *self.names.entry(element.name.clone()).or_default() += 1;
        self.open.push(element);
    }

    /// What an element does to the lines when it begins.
    fn enter(&mut self, tag: &Tag, element: &mut Element) {
        match element.kind {
            Kind::Block => self.out().break_block(),
            Kind::Paragraph => self.out().want_gap(),
            Kind::Pre => {
                self.out().break_block();
                self.pre += 1;
            }
            Kind::List { .. } => self.out().break_block(),
            Kind::Item => self.item(),
            Kind::Link => {
                if let Some(href) = element::attribute(tag, "href") {
                    let href = href.trim().to_owned();
                    element.link = Some((href, self.out().position()));
                }
            }
            Kind::Table if self.rows.len() < TABLES => {
                element.laid_out = true;
                self.out().break_block();
                self.rows.push(Row::default());
            }
            // A row without a table is what some forms send.
            Kind::Row if self.rows.is_empty() => {
                element.laid_out = true;
                self.out().break_block();
                self.rows.push(Row::default());
            }
            Kind::Row => self.flush_row(),
            Kind::Cell => {
                let table = |e: &&Element| e.kind == Kind::Table || (e.kind == Kind::Row && e.laid_out);
                let laid_out = self.open.iter().rev().find(table).map(|e| e.laid_out);
                if &*element.name == "dt" {
                    self.flush_row();
                }
                match self.rows.last_mut() {
                    Some(row) if laid_out == Some(true) && !row.in_cell => {
                        row.in_cell = true;
                        element.laid_out = true;
                        self.lines.push(Lines::default());
                    }
                    _ => self.out().break_block(),
                }
            }
            _ => {}
        }
    }

    /// Begins an item of the innermost list.
    fn item(&mut self) {
        let list = self.open.iter_mut().rev().find(|e| matches!(e.kind, Kind::List { .. }));
        let head = match list {
            Some(Element { kind: Kind::List { numbered: true }, item, .. }) => {
                *item += 1;
                format!("{}. ", *item - 1)
            }
            _ => "- ".to_owned(),
        };
        self.out().break_block();
        if self.shown() {
            self.out().pre(&head);
        }
    }

    fn end(&mut self, tag: &Tag) {
        let name = &*tag.name;
        if element::kind(name) == Kind::Break {
            if self.shown() {
                self.out().end_line();
            }
            return;
        }
        if name == "p" && !self.names.contains_key(&tag.name) && self.shown() {
            self.out().want_gap();
        }
        if !self.names.contains_key(&tag.name) {
            return;
        }
        let kind = element::kind(name);
        let inline = matches!(kind, Kind::Inline | Kind::Link);
        let scope = |e: &Element| match kind {
            Kind::Inline | Kind::Link => !matches!(e.kind, Kind::Inline | Kind::Link),
            Kind::Table => false,
            // An end tag in a cell does not close what stands around the table.
            _ => e.kind == Kind::Table || (e.kind == Kind::Cell && kind != Kind::Row),
        };
        // Nobody nests this many elements in a line: the search stays short.
        let far = if inline { 100 } else { OPEN };
        let mut found = None;
        for (at, element) in self.open.iter().enumerate().rev().take(far) {
            if element.name == tag.name {
                found = Some(at);
                break;
            }
            if scope(element) {
                break;
            }
        }
        match found {
            Some(at) if inline => self.remove(at),
            Some(at) => {
                while self.open.len() > at {
                    self.pop();
                }
            }
            None => {}
        }
    }

    /// Closes one element in the line and leaves those inside it open.
    fn remove(&mut self, at: usize) {
        let element = self.open.remove(at);
        self.leave(element);
    }

    /// Elements that a start tag ends: a cell ends a cell, a row a row, an item an item, a paragraph a
    /// paragraph.
    fn close_implied(&mut self, kind: Kind, name: &str) {
        let ends = |e: &Element| match kind {
            Kind::Cell => e.kind == Kind::Cell,
            Kind::Row => e.kind == Kind::Row || e.kind == Kind::Cell,
            Kind::Item => e.kind == Kind::Item,
            Kind::Paragraph | Kind::Block | Kind::Table | Kind::List { .. } => &*e.name == "p",
            Kind::Link => e.kind == Kind::Link,
            Kind::Inline => name == "option" && &*e.name == "option",
            _ => false,
        };
        let stops = |e: &Element| match kind {
            Kind::Cell | Kind::Row => e.kind == Kind::Table,
            Kind::Item => matches!(e.kind, Kind::List { .. } | Kind::Table | Kind::Cell),
            _ => !matches!(e.kind, Kind::Inline | Kind::Link),
        };
        let mut from = None;
        for (at, element) in self.open.iter().enumerate().rev() {
            if ends(element) {
                from = Some(at);
                if kind != Kind::Row {
                    break;
                }
            } else if stops(element) {
                break;
            }
        }
        if let Some(at) = from {
            if kind == Kind::Link {
                return self.remove(at);
            }
            while self.open.len() > at {
                self.pop();
            }
        }
    }

    fn pop(&mut self) {
        if let Some(element) = self.open.pop() {
            self.leave(element);
        }
    }

    /// What an element does to the lines when it ends.
    fn leave(&mut self, element: Element) {
        if let Some(count) = self.names.get_mut(&element.name) {
            *count -= 1;
            if *count == 0 {
                self.names.remove(&element.name);
            }
        }
        match element.role {
            Some(Role::Quote(_)) => self.out().mark(MarkKind::QuoteClose),
            Some(Role::Signature) => self.out().mark(MarkKind::SignatureClose),
            _ => {}
        }
        match element.kind {
            Kind::Block | Kind::List { .. } | Kind::Item => self.out().break_block(),
            Kind::Paragraph => self.out().want_gap(),
            Kind::Pre => {
                self.out().break_block();
                self.pre -= 1;
            }
            Kind::Link => self.link(&element),
            Kind::Cell if element.laid_out => self.end_cell(),
            Kind::Cell => self.out().break_block(),
            Kind::Row if !element.laid_out => self.flush_row(),
            Kind::Row | Kind::Table if element.laid_out => {
                self.flush_row();
                self.rows.pop();
            }
            _ => {}
        }
        self.hidden -= usize::from(element.hidden);
        if element.sized {
            self.tiny.pop();
        }
        self.dropped -= usize::from(element.kind == Kind::Dropped);
    }

    fn end_cell(&mut self) {
        if let Some(row) = self.rows.last_mut().filter(|row| row.in_cell) {
            row.in_cell = false;
            if let Some(cell) = self.lines.pop() {
                row.cells.push(cell);
            }
            if row.cells.len() == CELLS {
                self.flush_row();
            }
        }
    }

    /// Writes the row gathered so far: on one line if every cell is one, else cell by cell.
    fn flush_row(&mut self) {
        self.end_cell();
        let Some(row) = self.rows.last_mut() else { return self.out().break_block() };
        let cells: Vec<Lines> =
            std::mem::take(&mut row.cells).into_iter().filter(|c| !c.is_empty()).collect();
        self.tables |= cells.len() > 1;
        let singles: Option<Vec<&str>> = cells.iter().map(Lines::single).collect();
        match singles {
            Some(texts) if !texts.is_empty() => {
                let line = texts.join("\t");
                self.out().line(&line);
            }
            _ => self.out_all(cells),
        }
    }

    /// Writes cells one below the other; a short first one stays on the line of what it labels.
    fn out_all(&mut self, cells: Vec<Lines>) {
        for cell in cells {
            self.out().append(cell);
        }
    }

    /// Writes where a link leads, if its text does not say so.
    fn link(&mut self, element: &Element) {
        let Some((href, from)) = &element.link else { return };
        if !self.shown() {
            return;
        }
        let Some(text) = self.out().since(*from).map(str::trim).filter(|t| !t.is_empty()) else { return };
        if let Some(shown) = target(href, text) {
            let addition = format!(" <{shown}>");
            self.out().pre(&addition);
        }
    }

    fn note_meta(&mut self, tag: &Tag) {
        let name = element::attribute(tag, "name").map(str::trim).filter(|n| !n.is_empty());
        if let (Some(name), Some(content)) = (name, element::attribute(tag, "content"))
            && self.meta.len() < META
        {
            self.meta.push((name.to_owned(), content.to_owned()));
        }
    }
}

/// What to write behind a link's text; `None` if that says it already or nobody can use it.
fn target<'h>(href: &'h str, text: &str) -> Option<&'h str> {
    const LONGEST: usize = 300;
    let lower = href.get(..8).unwrap_or(href).to_ascii_lowercase();
    if lower.starts_with("mailto:") {
        let address = href[7..].split('?').next().unwrap_or_default();
        let known = text.to_lowercase().contains(&address.to_lowercase());
        return (address.contains('@') && !known && address.len() < LONGEST).then_some(address);
    }
    if lower.starts_with("tel:") {
        return (!text.chars().any(|c| c.is_ascii_digit())).then(|| &href[4..]);
    }
    if !lower.starts_with("http://") && !lower.starts_with("https://") || href.len() > LONGEST {
        return None;
    }
    // Text that is an address of a page or a mailbox says enough, even where a tracker's link hides below it.
    let one_word = !text.contains(char::is_whitespace);
    let speaks = text.starts_with("http") || text.starts_with("www.") || (one_word && text.contains('.'));
    (!speaks).then_some(href)
}
