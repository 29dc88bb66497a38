//! winmail.dat: what Outlook packs into `application/ms-tnef` (MS-OXTNEF).
//!
//! Body in HTML, RTF or plain text, and attachments with their names. Every length is checked against the
//! octets that are there; what is broken ends the reading, and what was read so far counts. Checksums are not
//! checked: senders get them wrong.

mod mapi;
mod rtf;

use super::{charset, limits};
use mapi::{Props, Value};

/// What a winmail.dat holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tnef<'b> {
    /// Subject.
    pub subject: Option<String>,
    /// The header fields with which the message came over the Internet, if Outlook kept them.
    pub header: Option<String>,
    /// Name and address of the sender.
    pub sender: (Option<String>, Option<String>),
    /// Body as HTML.
    pub html: Option<String>,
    /// Body as text.
    pub text: Option<String>,
    /// Attachments in order.
    pub files: Vec<File<'b>>,
}

/// One attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File<'b> {
    /// The long file name, else the short one.
    pub name: Option<String>,
    /// Media type, if stated.
    pub media_type: Option<String>,
    /// Whether it belongs to the text (it has a Content-ID).
    pub inline: bool,
    /// The content.
    pub content: &'b [u8],
    /// The content is a TNEF stream of its own: an attached message.
    pub message: bool,
}

const SIGNATURE: u32 = 0x223E_9F78;
const SUBJECT: u16 = 0x8004;
const BODY: u16 = 0x800C;
const ATTACH_DATA: u16 = 0x800F;
const ATTACH_TITLE: u16 = 0x8010;
const ATTACH_REND_DATA: u16 = 0x9002;
const MAPI_PROPS: u16 = 0x9003;
const ATTACHMENT: u16 = 0x9005;
const OEM_CODEPAGE: u16 = 0x9007;

/// Attachments of one winmail.dat that are read.
const FILES: usize = 200;

/// Whether a media type or file name is that of a winmail.dat.
pub fn is_tnef(media_type: &str, name: Option<&str>) -> bool {
    matches!(media_type, "application/ms-tnef" | "application/vnd.ms-tnef")
        || (media_type == "application/octet-stream"
            && name
                .is_some_and(|n| n.eq_ignore_ascii_case("winmail.dat") || n.eq_ignore_ascii_case("win.dat")))
}

/// Reads a winmail.dat; `None` if it is none. `room` octets of a body in RTF are unpacked, which is small when
/// packed.
pub fn read(bytes: &[u8], room: usize) -> Option<Tnef<'_>> {
    let mut input = Input { rest: bytes };
    if input.u32()? != SIGNATURE {
        return None;
    }
    input.u16()?;
    let mut found = Tnef::default();
    let mut codepage = 1252;
    let mut props = Props::default();
    while let Some((id, data)) = attribute(&mut input) {
        match id {
            OEM_CODEPAGE => codepage = Input { rest: data }.u32().unwrap_or(codepage),
            SUBJECT => found.subject = Some(string8(data, codepage)),
            BODY => found.text = Some(string8(data, codepage)),
            MAPI_PROPS => props = mapi::read(data),
            ATTACH_REND_DATA if found.files.len() < FILES => found.files.push(File::default()),
            ATTACH_TITLE => {
                if let Some(file) = found.files.last_mut() {
                    file.name = file.name.take().or(Some(string8(data, codepage))).filter(|n| !n.is_empty());
                }
            }
            ATTACH_DATA => {
                if let Some(file) = found.files.last_mut() {
                    file.content = data;
                }
            }
            ATTACHMENT => {
                if let Some(file) = found.files.last_mut() {
                    describe(file, &mapi::read(data), codepage);
                }
            }
            _ => {}
        }
    }
    body(&mut found, &props, codepage, room);
    Some(found)
}

/// The next attribute: its id and data.
fn attribute<'b>(input: &mut Input<'b>) -> Option<(u16, &'b [u8])> {
    let _level = input.take(1)?;
    let id = input.u16()?;
    let _type = input.u16()?;
    let length = input.u32()? as usize;
    let data = input.take(length)?;
    // The checksum may be missing at the end of a cut file.
    let _checksum = input.u16();
    Some((id, data))
}

/// Takes the body from the message's properties, HTML before RTF before text.
fn body(found: &mut Tnef<'_>, props: &Props<'_>, codepage: u32, room: usize) {
    const PR_SUBJECT: u16 = 0x0037;
    const PR_TRANSPORT_MESSAGE_HEADERS: u16 = 0x007D;
    const PR_SENDER_NAME: u16 = 0x0C1A;
    const PR_SENDER_EMAIL_ADDRESS: u16 = 0x0C1F;
    const PR_BODY: u16 = 0x1000;
    const PR_RTF_COMPRESSED: u16 = 0x1009;
    const PR_HTML: u16 = 0x1013;
    const PR_INTERNET_CPID: u16 = 0x3FDE;
    let internet = match props.get(PR_INTERNET_CPID) {
        Some(Value::Number(page)) => *page,
        _ => codepage,
    };
    found.subject = found.subject.take().or_else(|| text_of(props, PR_SUBJECT, codepage));
    found.header = text_of(props, PR_TRANSPORT_MESSAGE_HEADERS, codepage);
    found.sender =
        (text_of(props, PR_SENDER_NAME, codepage), text_of(props, PR_SENDER_EMAIL_ADDRESS, codepage));
    found.text = text_of(props, PR_BODY, codepage).or_else(|| found.text.take());
    found.html = match props.get(PR_HTML) {
        Some(Value::Bytes(bytes) | Value::String8(bytes)) => Some(string8(bytes, internet)),
        Some(Value::Unicode(text)) => Some(text.clone()),
        _ => None,
    };
    if found.html.is_none()
        && room > 0
        && let Some(Value::Bytes(bytes)) = props.get(PR_RTF_COMPRESSED)
        && let Some(rtf) = rtf::decompress(bytes, room)
    {
        match rtf::read(&rtf, codepage) {
            rtf::Content::Html(html) => found.html = Some(html),
            rtf::Content::Text(text) => found.text = found.text.take().or(Some(text)),
        }
    }
}

fn text_of(props: &Props<'_>, id: u16, codepage: u32) -> Option<String> {
    match props.get(id)? {
        Value::Unicode(text) => Some(text.clone()),
        Value::String8(bytes) => Some(string8(bytes, codepage)),
        _ => None,
    }
}

/// Fills an attachment from its properties.
fn describe<'b>(file: &mut File<'b>, props: &Props<'b>, codepage: u32) {
    const PR_DISPLAY_NAME: u16 = 0x3001;
    const PR_ATTACH_DATA: u16 = 0x3701;
    const PR_ATTACH_FILENAME: u16 = 0x3704;
    const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;
    const PR_ATTACH_MIME_TAG: u16 = 0x370E;
    const PR_ATTACH_CONTENT_ID: u16 = 0x3712;
    let text = |id| text_of(props, id, codepage).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let long = text(PR_ATTACH_LONG_FILENAME).or_else(|| text(PR_DISPLAY_NAME));
    file.name = long.or(file.name.take()).or_else(|| text(PR_ATTACH_FILENAME));
    file.media_type = text(PR_ATTACH_MIME_TAG).map(|t| t.to_ascii_lowercase()).filter(|t| t.contains('/'));
    file.inline = text(PR_ATTACH_CONTENT_ID).is_some();
    match props.get(PR_ATTACH_DATA) {
        // An object begins with the id of its interface.
        Some(Value::Object(bytes)) => {
            let content = bytes.get(16..).unwrap_or_default();
            file.message = content.starts_with(&SIGNATURE.to_le_bytes());
            file.content = content;
        }
        Some(Value::Bytes(bytes)) if file.content.is_empty() => file.content = bytes,
        _ => {}
    }
}

/// Text of octets in a Windows code page, up to the first NUL; at most [`limits::MARKUP`] octets of them.
fn string8(bytes: &[u8], codepage: u32) -> String {
    let bytes = &bytes[..bytes.len().min(limits::MARKUP)];
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    charset::decode(&bytes[..end], Some(&label(codepage))).text
}

/// The charset name of a Windows code page.
fn label(codepage: u32) -> String {
    match codepage {
        65001 => "utf-8".into(),
        65000 => "utf-7".into(),
        1200 => "utf-16le".into(),
        20127 => "us-ascii".into(),
        20866 => "koi8-r".into(),
        21866 => "koi8-u".into(),
        28591..=28606 => format!("iso-8859-{}", codepage - 28590),
        50220..=50222 => "iso-2022-jp".into(),
        51932 => "euc-jp".into(),
        51949 | 949 => "euc-kr".into(),
        932 => "shift_jis".into(),
        936 => "gbk".into(),
        54936 => "gb18030".into(),
        950 => "big5".into(),
        874 => "windows-874".into(),
        1250..=1258 => format!("windows-{codepage}"),
        _ => "windows-1252".into(),
    }
}

/// Octets from which little-endian values are taken.
#[derive(Debug, Clone, Copy)]
struct Input<'b> {
    rest: &'b [u8],
}

impl<'b> Input<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (head, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(head)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn attr(id: u16, data: &[u8]) -> Vec<u8> {
        let mut out = vec![1];
        out.extend(id.to_le_bytes());
        out.extend([0, 0]);
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out.extend([0, 0]);
        out
    }

    /// Properties of variable length.
    fn props(all: &[(u16, u16, &[u8])]) -> Vec<u8> {
        let mut out = (all.len() as u32).to_le_bytes().to_vec();
        for (kind, id, data) in all {
            out.extend(kind.to_le_bytes());
            out.extend(id.to_le_bytes());
            if *kind == 3 {
                out.extend(*data);
                continue;
            }
            out.extend(1u32.to_le_bytes());
            out.extend((data.len() as u32).to_le_bytes());
            out.extend(*data);
            out.extend(vec![0; data.len().next_multiple_of(4) - data.len()]);
        }
        out
    }

    fn file(attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut out = SIGNATURE.to_le_bytes().to_vec();
        out.extend([1, 0]);
        out.extend(attributes.concat());
        out
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn sample() -> Vec<u8> {
        file(&[
            attr(OEM_CODEPAGE, &1252u32.to_le_bytes()),
            attr(SUBJECT, b"Oferta a\xf1o\0"),
            attr(
                MAPI_PROPS,
                &props(&[(3, 0x3FDE, &65001u32.to_le_bytes()), (0x102, 0x1013, "<p>Añil</p>".as_bytes())]),
            ),
            attr(ATTACH_REND_DATA, &[0; 14]),
            attr(ATTACH_TITLE, b"INFORM~1.PDF\0"),
            attr(ATTACH_DATA, b"%PDF"),
            attr(
                ATTACHMENT,
                &props(&[(0x1f, 0x3707, &utf16("Informe año.pdf")), (0x1e, 0x370E, b"application/pdf\0")]),
            ),
        ])
    }

    #[test]
    fn body_and_attachments_of_winmail_dat_are_read() {
        let bytes = sample();
        let found = read(&bytes, limits::MARKUP).unwrap();
        assert_eq!(found.subject.as_deref(), Some("Oferta año"));
        assert_eq!(found.html.as_deref(), Some("<p>Añil</p>"));
        assert_eq!(found.files[0].name.as_deref(), Some("Informe año.pdf"));
        assert_eq!(found.files[0].media_type.as_deref(), Some("application/pdf"));
        assert_eq!(found.files[0].content, b"%PDF");
    }

    #[test]
    fn cut_winmail_dat_gives_what_is_there() {
        let whole = sample();
        for end in 0..whole.len() {
            let found = read(&whole[..end], limits::MARKUP);
            assert_eq!(found.is_some(), end >= 6, "{end}");
        }
    }

    #[test]
    fn lengths_beyond_the_file_end_the_reading() {
        let mut bytes = sample();
        for at in 6..bytes.len() {
            let old = bytes[at];
            bytes[at] = 0xff;
            let _ = read(&bytes, limits::MARKUP);
            bytes[at] = old;
        }
    }

    #[test]
    fn values_without_octets_are_not_counted_out() {
        let mut endless = 2_000u32.to_le_bytes().to_vec();
        for _ in 0..2_000 {
            endless.extend([0x01, 0x10, 0x01, 0x00, 0xff, 0xff, 0xff, 0xff]);
        }
        assert!(read(&file(&[attr(MAPI_PROPS, &endless)]), limits::MARKUP).is_some());
    }

    #[test]
    fn attached_message_is_told_from_a_file() {
        let inner = file(&[attr(BODY, b"dentro\0")]);
        let object = [vec![7u8; 16], inner].concat();
        let outer =
            file(&[attr(ATTACH_REND_DATA, &[0; 14]), attr(ATTACHMENT, &props(&[(0x0d, 0x3701, &object)]))]);
        let found = read(&outer, limits::MARKUP).unwrap();
        assert!(found.files[0].message);
        assert_eq!(read(found.files[0].content, limits::MARKUP).unwrap().text.as_deref(), Some("dentro"));
    }
}
