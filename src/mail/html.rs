//! HTML to lines of text, with marks for what the structure says.
//!
//! A walker over html5ever's tokens, without a tree: time is linear in the markup and depth costs nothing but
//! a bounded stack. What is hidden (preheaders, `display:none`), styles and scripts are dropped; a table row
//! whose cells are single lines becomes one line with tabs between the cells.
//!
//! It does not judge what a quotation or a signature is: it only reports containers ([`super::body::MarkKind`]).

mod element;
mod lines;
mod tame;
pub use tame::floor;
mod walk;

#[cfg(test)]
use super::body::MarkKind;
use super::body::{Body, Mark};
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

/// Joins lines into a body of at most [`limits::TEXT`] octets and [`limits::LINES`] lines.
fn body(lines: Vec<String>, mut marks: Vec<Mark>) -> (Body, bool) {
    let mut text = String::with_capacity(lines.iter().map(|l| l.len() + 1).sum::<usize>().min(limits::TEXT));
    let (mut count, mut cut) = (0, false);
    let last = lines.iter().rposition(|l| !l.is_empty()).map_or(0, |last| last + 1);
    for line in &lines[..last] {
        if text.len() + line.len() + 1 > limits::TEXT || count == limits::LINES {
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

#[cfg(test)]
mod tests {
    use super::super::body::Container;
    use super::*;

    /// The lines, with the marks that stand before them.
    fn shown(markup: &str) -> String {
        let body = read(markup).body;
        let mut out = String::new();
        let lines: Vec<&str> = body.text.lines().collect();
        for at in 0..=lines.len() {
            for mark in body.marks.iter().filter(|m| m.line == at) {
                out.push_str(match mark.kind {
                    MarkKind::QuoteOpen(Container::Blockquote) => "[b ",
                    MarkKind::QuoteOpen(Container::Client) => "[c ",
                    MarkKind::QuoteOpen(Container::Outlook) => "[o ",
                    MarkKind::QuoteClose => "] ",
                    MarkKind::SignatureOpen => "(s ",
                    MarkKind::SignatureClose => ") ",
                    MarkKind::Rule => "-- ",
                });
            }
            if let Some(line) = lines.get(at) {
                out.push_str(line);
                out.push('/');
            }
        }
        out.trim_end().to_owned()
    }

    #[test]
    fn containers_of_clients_are_marked() {
        for (markup, want) in [
            (
                "<div>new</div><div class=gmail_quote>On x wrote:<blockquote class=gmail_quote>old</blockquote></div>",
                "new/[c On x wrote:/[c old/] ]",
            ),
            ("new<blockquote type=cite>old</blockquote>after", "new/[c old/] after/"),
            ("new<blockquote>old</blockquote>", "new/[b old/]"),
            ("new<div id=divRplyFwdMsg>From: a</div>old", "new/[o From: a/] old/"),
            ("new<div id=x_x_divRplyFwdMsg>From: a</div>", "new/[o From: a/]"),
            ("new<div id=appendonsend></div><hr>old", "new/[o ] -- old/"),
            (
                "<div class=moz-cite-prefix>On x</div><blockquote type=cite>old</blockquote>",
                "[c On x/] [c old/]",
            ),
            ("new<div class=\"moz-forward-container\">old</div>", "new/[c old/]"),
            ("new<div class=yahoo_quoted id=yahoo_quoted_1>old</div>", "new/[c old/]"),
            ("new<div class=protonmail_quote>old</div>", "new/[c old/]"),
            ("new<span id=OLK_SRC_BODY_SECTION><div>old</div></span>", "new/[o old/]"),
            (
                "new<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>From: a</div>",
                "new/[o From: a/]",
            ),
            (
                "new<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in'>From: a</div>",
                "new/[o From: a/]",
            ),
            ("new<div style='border-top:1px solid #ccc'>x</div>", "new/-- x/"),
            ("new<div class=gmail_signature>Ana</div>", "new/(s Ana/)"),
            ("new<pre class=moz-signature>-- \nAna</pre>", "new/(s --/Ana/)"),
            ("new<div id=AppleMailSignature>Ana</div>", "new/(s Ana/)"),
            ("new<div id=Signature>Ana</div>", "new/(s Ana/)"),
            ("new<div id=ms-outlook-mobile-signature>Ana</div>", "new/(s Ana/)"),
            ("new<div class=protonmail_signature_block>Ana</div>", "new/(s Ana/)"),
            ("a<hr>b", "a/-- b/"),
        ] {
            assert_eq!(shown(markup), want, "{markup}");
        }
    }

    #[test]
    fn hidden_containers_leave_no_marks() {
        assert_eq!(shown("a<div style='display: none !important' class=gmail_quote>x<hr></div>b"), "a/b/");
        assert_eq!(shown("a<div hidden><blockquote>x</blockquote></div>b"), "a/b/");
    }

    #[test]
    fn marks_inside_tables_stand_before_their_lines() {
        assert_eq!(
            shown(
                "<table><tr><td>a<blockquote>old</blockquote></td></tr><tr><td>k</td><td>v</td></tr></table>"
            ),
            "a/[b old/] k\tv/"
        );
        assert_eq!(
            shown("x<table><tr><td><div class=gmail_quote>a<br>b</div></td><td>c</td></tr></table>y"),
            "x/[c a/b/] c/y/"
        );
    }

    #[test]
    fn lead_metadata_is_kept() {
        let document = read(
            "<head><meta name='lead_name' content='Ana P&eacute;rez'><META NAME=lead_source CONTENT=x></head>",
        );
        let want =
            [("lead_name", "Ana Pérez"), ("lead_source", "x")].map(|(n, c)| (n.to_owned(), c.to_owned()));
        assert_eq!(document.meta, want);
    }

    #[test]
    fn forms_run_label_and_value_on_one_line() {
        for (markup, want) in [
            ("<b>Nombre</b>: Ana<br><b>Tel</b>: 600", "Nombre: Ana/Tel: 600/"),
            ("<tr><th>Nombre</th><td>Ana</td></tr>", "Nombre\tAna/"),
            ("<table><tr><td><strong>Nombre</strong><td>&nbsp;<td>Ana</table>", "Nombre\tAna/"),
            ("<table><tr><td><div>Nombre:</div></td><td><div>Ana</div></td></tr></table>", "Nombre:\tAna/"),
            ("<p style='margin:0'>Nombre: Ana</p><p style='margin:0'>Tel: 600</p>", "Nombre: Ana/Tel: 600/"),
            ("<p class=MsoNormal>Nombre: Ana</p><p class=x_MsoNormal>Tel: 600</p>", "Nombre: Ana/Tel: 600/"),
            ("<table><tr><td>Mensaje:</td><td>uno<br>dos</td></tr></table>", "Mensaje:/uno/dos/"),
        ] {
            assert_eq!(shown(markup), want, "{markup}");
        }
    }

    #[test]
    fn links_say_where_they_lead_only_if_their_text_does_not() {
        for (markup, want) in [
            ("<a href='http://www.x.example/'>www.x.example</a>", "www.x.example/"),
            ("<a href='http://track.example/abc'>http://x.example</a>", "http://x.example/"),
            ("<a href='tel:+34600'>Llámanos</a>", "Llámanos <+34600>/"),
            ("<a href='tel:+34600'>600</a>", "600/"),
            ("<a href='mailto:a@x.example?subject=x'>Ana</a>", "Ana <a@x.example>/"),
            ("<a href='#top'>Arriba</a> <a name=x>y</a> <a href='javascript:x'>z</a>", "Arriba y z/"),
            ("<a href='http://x.example'><img src=y></a>fin", "fin/"),
        ] {
            assert_eq!(shown(markup), want, "{markup}");
        }
    }
}
