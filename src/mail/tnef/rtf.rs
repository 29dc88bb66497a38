//! Compressed RTF (MS-OXRTFCP), and the HTML or text that it wraps (MS-OXRTFEX).

use super::Input;
use crate::mail::{charset, header, limits};

/// What the dictionary holds at the start.
const START: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Undoes the compression, up to `room` octets and [`limits::MARKUP`]; `None` if it is none.
pub fn decompress(bytes: &[u8], room: usize) -> Option<Vec<u8>> {
    const COMPRESSED: u32 = 0x7546_5A4C;
    const PLAIN: u32 = 0x414C_454D;
    const SIZE: usize = 4096;
    let mut input = Input { rest: bytes };
    let _size = input.u32()?;
    let length = (input.u32()? as usize).min(limits::MARKUP).min(room);
    let magic = input.u32()?;
    let _crc = input.u32()?;
    if magic == PLAIN {
        return Some(input.rest[..input.rest.len().min(length)].to_vec());
    }
    if magic != COMPRESSED {
        return None;
    }
    let mut dictionary = [0u8; SIZE];
    dictionary[..START.len()].copy_from_slice(START);
    let mut write = START.len();
    let mut out = Vec::with_capacity(length.min(bytes.len() * 4));
    let mut put = |byte: u8, dictionary: &mut [u8; SIZE], out: &mut Vec<u8>| {
        dictionary[write % SIZE] = byte;
        write += 1;
        out.push(byte);
        write % SIZE
    };
    let mut at = START.len();
    'runs: while out.len() < length {
        let Some(&[control]) = input.take(1) else { break };
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some(&[byte]) = input.take(1) else { break 'runs };
                at = put(byte, &mut dictionary, &mut out);
                continue;
            }
            let Some(&[high, low]) = input.take(2) else { break 'runs };
            let token = usize::from(high) << 8 | usize::from(low);
            let (offset, run) = (token >> 4, (token & 15) + 2);
            if offset == at {
                break 'runs;
            }
            for step in 0..run {
                at = put(dictionary[(offset + step) % SIZE], &mut dictionary, &mut out);
            }
        }
    }
    Some(out)
}

/// What RTF holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// HTML that was wrapped.
    Html(String),
    /// Text.
    Text(String),
}

/// Takes the HTML or the text out of RTF.
pub fn read(rtf: &[u8], codepage: u32) -> Content {
    let head = &rtf[..rtf.len().min(400)];
    let html = memchr::memmem::find(head, b"\\fromhtml").is_some();
    let mut reader = Reader {
        rtf,
        at: 0,
        html,
        codepage,
        groups: vec![Group::default()],
        out: String::new(),
        pending: Vec::new(),
        skip: 0,
    };
    reader.run();
    if html { Content::Html(reader.out) } else { Content::Text(reader.out) }
}

/// State that a group inherits and gives back.
#[derive(Debug, Clone, Copy)]
struct Group {
    /// Nothing in the group is shown.
    hidden: bool,
    /// The group is an HTML tag: shown whatever `htmlrtf` says.
    tag: bool,
    /// Between `\htmlrtf` and `\htmlrtf0`: only for RTF readers.
    rtf_only: bool,
    /// Characters to skip after `\u`.
    uc: u8,
}

impl Default for Group {
    fn default() -> Self {
        Group { hidden: false, tag: false, rtf_only: false, uc: 1 }
    }
}

struct Reader<'r> {
    rtf: &'r [u8],
    at: usize,
    html: bool,
    codepage: u32,
    groups: Vec<Group>,
    out: String,
    /// Octets in the code page that wait for the rest of their character.
    pending: Vec<u8>,
    skip: u8,
}

impl Reader<'_> {
    fn run(&mut self) {
        const GROUPS: usize = 500;
        while let Some(&byte) = self.rtf.get(self.at) {
            self.at += 1;
            match byte {
                b'{' if self.groups.len() < GROUPS => {
                    self.flush();
                    let top = self.group();
                    self.groups.push(top);
                }
                b'{' => break,
                b'}' => {
                    self.flush();
                    if self.groups.len() > 1 {
                        self.groups.pop();
                    }
                    self.skip = 0;
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                byte => self.octet(byte),
            }
        }
        self.flush();
    }

    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or_default()
    }

    fn top(&mut self, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.last_mut() {
            change(group);
        }
    }

    fn shown(&self) -> bool {
        let group = self.group();
        !group.hidden && (group.tag || !group.rtf_only)
    }

    fn octet(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.shown() {
            self.pending.push(byte);
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let bytes = std::mem::take(&mut self.pending);
            self.out.push_str(&charset::decode(&bytes, Some(&super::label(self.codepage))).text);
        }
    }

    fn push(&mut self, text: &str) {
        self.flush();
        if self.shown() {
            self.out.push_str(text);
        }
    }

    /// A control word or symbol; the backslash is passed.
    fn control(&mut self) {
        let Some(&first) = self.rtf.get(self.at) else { return };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            match first {
                b'\'' => {
                    let byte = self.rtf.get(self.at..self.at + 2).and_then(header::hex_pair);
                    self.at = (self.at + 2).min(self.rtf.len());
                    if let Some(byte) = byte {
                        self.octet(byte);
                    }
                }
                b'\\' | b'{' | b'}' => self.octet(first),
                b'~' => self.push("\u{a0}"),
                b'*' => self.destination(),
                b'\r' | b'\n' => self.push("\n"),
                _ => {}
            }
            return;
        }
        let start = self.at;
        while self.rtf.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
        }
        let word = &self.rtf[start..self.at];
        let number = self.number();
        if self.rtf.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.word(word, number);
    }

    fn number(&mut self) -> Option<i32> {
        let start = self.at;
        if self.rtf.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        while self.at - start < 11 && self.rtf.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        std::str::from_utf8(&self.rtf[start..self.at]).ok()?.parse().ok()
    }

    /// `\*`: a destination that readers may skip; of these only HTML tags are shown.
    fn destination(&mut self) {
        let tag = self.rtf[self.at..].starts_with(b"\\htmltag");
        self.top(|group| {
            group.tag = tag;
            group.hidden = group.hidden || !tag;
        });
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        match word {
            b"htmlrtf" => {
                self.flush();
                self.top(|group| group.rtf_only = number != Some(0));
            }
            b"par" | b"line" | b"sect" | b"page" => self.push("\n"),
            b"row" if !self.html => self.push("\n"),
            b"tab" => self.push("\t"),
            b"cell" if !self.html => self.push("\t"),
            b"lquote" => self.push("‘"),
            b"rquote" => self.push("’"),
            b"ldblquote" => self.push("“"),
            b"rdblquote" => self.push("”"),
            b"bullet" => self.push("•"),
            b"endash" => self.push("–"),
            b"emdash" => self.push("—"),
            b"uc" => self.top(|group| group.uc = number.unwrap_or(1).clamp(0, 9) as u8),
            b"ansicpg" => self.codepage = number.and_then(|n| u32::try_from(n).ok()).unwrap_or(self.codepage),
            b"u" => {
                let unit = number.unwrap_or(0).rem_euclid(0x1_0000) as u32;
                let text = char::from_u32(unit).unwrap_or('\u{fffd}').to_string();
                self.push(&text);
                self.skip = self.group().uc;
            }
            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header"
            | b"footer" | b"listtable" | b"listoverridetable" | b"generator" | b"fldinst" => {
                self.top(|group| group.hidden = true);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn example_of_the_specification_is_decompressed() {
        let bytes = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 3, 0, 0x0a, 0,
            0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 9, 0,
            0x20, 0x62, 0x77, 5, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(START.len(), 207);
        let rtf = decompress(&bytes, limits::MARKUP).unwrap();
        assert_eq!(rtf, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(read(&rtf, 1252), Content::Text("hello world".into()));
    }

    #[test]
    fn html_in_rtf_is_unwrapped() {
        let rtf = b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 {\\fonttbl{\\f0 Arial;}}\r\n{\\*\\htmltag64 <p>}\\htmlrtf {\\b \\htmlrtf0 \
                    A\\'f1il \\u8364?{\\*\\htmltag72 </p>}\\htmlrtf }\\par\\htmlrtf0 }";
        assert_eq!(read(rtf, 1252), Content::Html("<p>Añil €</p>".into()));
    }

    #[test]
    fn hostile_rtf_ends() {
        for rtf in
            [&b"{"[..], b"{{{{", b"\\", b"\\'", b"\\'f", b"\\u", b"\\u-99999999999999 x", b"}}}}", b"{\\*"]
        {
            let _ = read(rtf, 932);
        }
        assert_eq!(decompress(b"short", limits::MARKUP), None);
        let mut bytes = vec![0xff; 5000];
        bytes[8..12].copy_from_slice(&0x7546_5A4Cu32.to_le_bytes());
        assert!(decompress(&bytes, limits::MARKUP).unwrap().len() <= 5000 * 9);
    }
}
