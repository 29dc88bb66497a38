//! What one HTML element means for the text, from its name, class, id and style.

use super::super::body::Container;
use html5ever::tokenizer::Tag;

/// How an element behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In the line.
    Inline,
    /// `<a>`.
    Link,
    /// On lines of its own.
    Block,
    /// On lines of its own with an empty line before and after.
    Paragraph,
    /// `<ul>` and `<ol>`.
    List {
        /// Whether its items are numbered.
        numbered: bool,
    },
    /// `<li>`.
    Item,
    /// `<table>` and `<dl>`.
    Table,
    /// `<tr>`.
    Row,
    /// `<td>`, `<th>`, `<dt>`, `<dd>`.
    Cell,
    /// `<pre>`, `<textarea>`: white space counts.
    Pre,
    /// `<br>`.
    Break,
    /// `<hr>`.
    Rule,
    /// Nothing inside it is text.
    Dropped,
    /// No content and no meaning here.
    Void,
}

/// The kind of an element.
pub fn kind(name: &str) -> Kind {
    match name {
        "a" => Kind::Link,
        "br" => Kind::Break,
        "hr" => Kind::Rule,
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Kind::Paragraph,
        "div" | "blockquote" | "center" | "address" | "article" | "aside" | "body" | "caption"
        | "details" | "dir" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header"
        | "html" | "legend" | "main" | "menu" | "nav" | "section" | "summary" | "tbody" | "tfoot"
        | "thead" | "option" | "optgroup" => Kind::Block,
        "ul" => Kind::List { numbered: false },
        "ol" => Kind::List { numbered: true },
        "li" => Kind::Item,
        "table" | "dl" => Kind::Table,
        "tr" => Kind::Row,
        "td" | "th" | "dt" | "dd" => Kind::Cell,
        "pre" | "textarea" | "listing" | "xmp" => Kind::Pre,
        "head" | "title" | "style" | "script" | "template" | "xml" | "svg" | "math" | "object" | "iframe"
        | "noembed" | "noframes" | "select" | "audio" | "video" | "canvas" | "map" => Kind::Dropped,
        "area" | "base" | "basefont" | "bgsound" | "col" | "embed" | "frame" | "img" | "input" | "keygen"
        | "link" | "meta" | "param" | "source" | "track" | "wbr" => Kind::Void,
        _ => Kind::Inline,
    }
}

/// The kind of an element with its attributes: a paragraph without margins is a line. Word and Outlook write
/// every line as such a paragraph.
pub fn kind_of(tag: &Tag) -> Kind {
    let kind = kind(&tag.name);
    if kind != Kind::Paragraph || &*tag.name != "p" {
        return kind;
    }
    let word = attribute(tag, "class")
        .is_some_and(|c| c.split_ascii_whitespace().any(|c| c.trim_start_matches("x_").starts_with("Mso")));
    let flat = attribute(tag, "style").is_some_and(|style| {
        let zero = |names: &[&str]| {
            style.split(';').filter_map(|d| d.split_once(':')).any(|(name, value)| {
                let first = value.split_whitespace().next().unwrap_or_default();
                names.contains(&name.trim().to_ascii_lowercase().as_str())
                    && is_zero(&first.to_ascii_lowercase())
            })
        };
        zero(&["margin"]) || (zero(&["margin-top"]) && zero(&["margin-bottom"]))
    });
    if word || flat { Kind::Block } else { kind }
}

/// An attribute's value.
pub fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

/// What hides an element's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Plain,
    /// It and all inside is not shown.
    Hidden,
    /// Its letters have no size; what is inside may set another.
    Tiny,
    /// Its letters have a size again.
    Sized,
}

/// Whether the reader sees the element.
pub fn shown(tag: &Tag) -> Shown {
    if attribute(tag, "hidden").is_some() {
        return Shown::Hidden;
    }
    let Some(style) = attribute(tag, "style") else { return Shown::Plain };
    let mut shown = Shown::Plain;
    let (mut flat, mut clipped) = (false, false);
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let value = value.trim().to_ascii_lowercase();
        let value = value.trim_end_matches("!important").trim();
        match property.trim().to_ascii_lowercase().as_str() {
            "display" if value == "none" => return Shown::Hidden,
            "visibility" if value == "hidden" => return Shown::Hidden,
            "mso-hide" if value == "all" => return Shown::Hidden,
            "opacity" if is_zero(value) => return Shown::Hidden,
            "max-height" | "height" | "max-width" if is_zero(value) => flat = true,
            "overflow" if value == "hidden" => clipped = true,
            "font-size" if is_zero(value) || value == "1px" => shown = Shown::Tiny,
            "font-size" => shown = Shown::Sized,
            _ => {}
        }
    }
    if flat && clipped { Shown::Hidden } else { shown }
}

fn is_zero(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').trim();
    !number.is_empty() && number.parse::<f32>().is_ok_and(|n| n == 0.0)
}

/// What a client's own class or id says about an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Quoted or forwarded matter.
    Quote(Container),
    /// A signature.
    Signature,
    /// A border above that separates.
    Rule,
}

/// The role of an element, if its client gave it one.
pub fn role(name: &str, tag: &Tag) -> Option<Role> {
    let class = attribute(tag, "class").unwrap_or_default();
    let words = class.split_ascii_whitespace().chain(attribute(tag, "id").map(str::trim));
    if let Some(role) = words.filter_map(named_role).next() {
        return Some(role);
    }
    if name == "blockquote" {
        let cite = attribute(tag, "type").is_some_and(|t| t.eq_ignore_ascii_case("cite"));
        return Some(Role::Quote(if cite { Container::Client } else { Container::Blockquote }));
    }
    if matches!(name, "div" | "p" | "td" | "table") {
        return attribute(tag, "style").and_then(bordered);
    }
    None
}

/// The role that a class or id names. Outlook on the web puts `x_` before foreign ones, once per pass.
fn named_role(word: &str) -> Option<Role> {
    let mut word = word;
    while let Some(rest) = word.strip_prefix("x_") {
        word = rest;
    }
    let lower = word.to_ascii_lowercase();
    Some(match lower.as_str() {
        "gmail_quote"
        | "gmail_quote_container"
        | "gmail_extra"
        | "moz-cite-prefix"
        | "moz-forward-container"
        | "moz-email-headers-table"
        | "yahoo_quoted"
        | "yahooquoted"
        | "yahoo-quoted-begin"
        | "protonmail_quote"
        | "tutanota_quote"
        | "zmail_extra"
        | "zmail_extra_hr"
        | "quoted-reply"
        | "replyforward"
        | "wps_quotion"
        | "reply-intro"
        | "hcl-quote"
        | "mail-quote-collapse"
        | "ymail_android_signature_quote"
        | "isforwardcontent"
        | "isreplycontent"
        | "replytextwrap"
        | "airmail_original"
        | "airmail_ext_on"
        | "bloop_original_html"
        | "front-blockquote"
        | "mailbird-quote"
        | "spark_quote"
        | "email_quote"
        | "ntes-mailmaster-quote"
        | "gmx_quote"
        | "cryptpad-quote"
        | "horde_quote"
        | "freebirdformail_quote"
        | "ms-outlook-mobile-body-separator-line" => Role::Quote(Container::Client),
        "divrplyfwdmsg"
        | "appendonsend"
        | "olk_src_body_section"
        | "reply-forward-message"
        | "mail-editor-reference-message-container"
        | "ms-outlook-mobile-reference-message"
        | "mailboxmailorig" => Role::Quote(Container::Outlook),
        "gmail_signature"
        | "gmail_signature_prefix"
        | "moz-signature"
        | "applemailsignature"
        | "signature"
        | "ms-outlook-mobile-signature"
        | "protonmail_signature_block"
        | "ymail_android_signature"
        | "yahoo_signature"
        | "bloop_sign"
        | "bloop_sign_container"
        | "zmail_signature"
        | "sig"
        | "email-signature"
        | "mail-signature"
        | "tutanota_signature"
        | "spark_signature"
        | "_rc_sig"
        | "rc_sig"
        | "lwp_signature"
        | "edo-signature"
        | "mailbird-signature"
        | "signature_block"
        | "signature_div"
        | "gmx_signature"
        | "divtagdefaultwrapper_signature"
        | "ios_signature"
        | "airmail_signature" => Role::Signature,
        _ if lower.starts_with("applemailsignature") || lower.starts_with("bloop_sign") => Role::Signature,
        _ if lower.starts_with("yahoo_quoted")
            || lower.starts_with("ydp") && lower.ends_with("yahoo_quoted") =>
        {
            Role::Quote(Container::Client)
        }
        _ if lower.starts_with("ydp") && lower.ends_with("signature") => Role::Signature,
        _ => return None,
    })
}

/// Outlook draws a thin line above the header block of what it quotes: `border:none;border-top:solid #E1E1E1
/// 1.0pt;padding:3.0pt 0cm 0cm 0cm`. Other top borders only separate.
fn bordered(style: &str) -> Option<Role> {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let top = style.find("border-top:")?;
    let value = style[top + 11..].split(';').next().unwrap_or_default();
    if !value.contains("solid") || value.starts_with('0') {
        return None;
    }
    let outlook = style.contains("border:none")
        && (style.contains("padding:3.0pt0")
            || style.contains("padding:3pt0")
            || value.contains("windowtext"));
    Some(if outlook { Role::Quote(Container::Outlook) } else { Role::Rule })
}
