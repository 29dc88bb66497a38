//! The text of a message as lines, with what the HTML said about them.
//!
//! Rules that look for quotations, forwarded header blocks and signatures work on this and never on HTML, so
//! that a layout is understood once whatever the client sent.

use serde::Serialize;

/// Decoded text: `\n` line ends, no `\r`, NUL or other C0 control but tab, NFC not applied. At most
/// [`super::limits::TEXT`] octets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Body {
    /// The whole text.
    pub text: String,
    /// What the HTML's structure said, ordered by line; empty for plain text.
    pub marks: Vec<Mark>,
}

/// Something that stands before line `line` (counted from 0) of a [`Body`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Index of the line which the mark precedes.
    pub line: usize,
    /// What it is.
    pub kind: MarkKind,
}

/// The structures of HTML mail that the text rules want to know about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// A container of quoted or forwarded matter begins.
    QuoteOpen(Container),
    /// It ends.
    QuoteClose,
    /// A container that the client marks as its signature begins (`gmail_signature`,
    /// `moz-signature`, `AppleMailSignature`, `#Signature` …).
    SignatureOpen,
    /// It ends.
    SignatureClose,
    /// A horizontal rule, or a top border that clients draw above a quoted header block.
    Rule,
}

/// Which container holds the quoted matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// `<blockquote>` without a client's own class. Its lines are *not* given `>` marks.
    Blockquote,
    /// `<blockquote type="cite">`, `gmail_quote`, `moz-cite-prefix`, `yahoo_quoted`, `protonmail_quote` …
    Client,
    /// Outlook's reply head: `divRplyFwdMsg`, `appendonsend`, `OLK_SRC_BODY_SECTION`, a bordered header div.
    Outlook,
}
