//! HTML to lines of text, with marks for what the structure says.
//!
//! A walker over html5ever's tokens, without a tree: time is linear in the markup and depth costs nothing but
//! a bounded stack. What is hidden (preheaders, `display:none`), styles and scripts are dropped; a table row
//! whose cells are single lines becomes one line with tabs between the cells.
//!
//! It does not judge what a quotation or a signature is: it only reports containers ([`MarkKind`]).

mod element;
mod lines;
mod tame;
pub use tame::floor;
mod walk;

use super::body::{Body, Mark, MarkKind};
use super::limits;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};

/// What an HTML document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Its text and marks.
    pub body: Body,
    /// Name and content of its `<meta>` elements, in order.
    pub meta: Vec<(String, String)>,
    /// Whether it holds a table with more than one cell in a row.
    pub tables: bool,
    /// Whether the text was cut at [`limits::TEXT`] or the markup at [`limits::MARKUP`].
    pub cut: bool,
}

/// Reads `markup`.
pub fn read(markup: &str) -> Document {
    let (markup, cut) = tame::tame(markup);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(&markup));
    let tokenizer = Tokenizer::new(walk::Walker::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let mut document = tokenizer.sink.finish();
    document.cut |= cut;
    document
}

/// Joins lines into a body of at most [`limits::TEXT`] octets.
fn body(lines: Vec<String>, mut marks: Vec<Mark>) -> (Body, bool) {
    let mut text = String::with_capacity(lines.iter().map(|l| l.len() + 1).sum::<usize>().min(limits::TEXT));
    let (mut count, mut cut) = (0, false);
    let last = lines.iter().rposition(|l| !l.is_empty()).map_or(0, |last| last + 1);
    for line in &lines[..last] {
        if text.len() + line.len() + 1 > limits::TEXT {
            cut = true;
            break;
        }
        text.push_str(line);
        text.push('\n');
        count += 1;
    }
    for mark in &mut marks {
        mark.line = mark.line.min(count);
    }
    marks.sort_by_key(|m| m.line);
    (Body { text, marks }, cut)
}

/// Whether a mark opens something that [`MarkKind::QuoteClose`] ends.
pub fn opens_quote(kind: MarkKind) -> bool {
    matches!(kind, MarkKind::QuoteOpen(_))
}
