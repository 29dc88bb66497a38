//! An mbox file as a stream of messages: nothing of it is held but one buffer, however long a line or a message is.
//!
//! # Where a message ends
//!
//! The format has no definition that its writers agree on. A `From ` line counts as a separator if it ends in a
//! date as asctime(3) writes it, and an empty line stands before it, or a header field behind it: writers that quote
//! (`mboxo`, `mboxrd`) leave no other such line, and a sentence that begins with "From " is none. What does not
//! quote (`mboxcl2`) says in `Content-Length` how long the body is; that is believed if the body then ends exactly at
//! a separator or at the end of the file, and otherwise it is as if it were not there: files are edited, and anybody
//! can write that field.
//!
//! # What is given
//!
//! The octets between the separators, with one `>` less on each line that begins with `>From ` or `>>From `, unless
//! the body was measured and holds a `From ` line that nobody quoted. The empty line before a separator belongs to
//! it. `Content-Length` fields are left out: a writer of mbox puts them in and Postfix takes them out, so that the
//! same mail has one fingerprint by whichever way it comes.
//!
//! Any octets at all are read without an error; errors are those of the input.

use crate::mail::date;
use jiff::Timestamp;
use memchr::{memchr, memmem};
use std::io::{self, Read, Seek, SeekFrom};

/// Octets read at a time.
const BUFFER: usize = 64 * 1024;
/// Octets of a line that are looked at for what it is; a longer one is text.
const LINE: usize = 4096;

/// What a `From ` line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separator {
    /// Where the line begins.
    pub offset: u64,
    /// Envelope sender; `None` where the line names none, as Thunderbird's `From - `.
    pub sender: Option<String>,
    /// When it was delivered; a writer's local time is taken as UTC.
    pub at: Timestamp,
}

/// Reads messages, one after another.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// Offset in the file of `buffer[start]`.
    offset: u64,
    message: Option<State>,
}

/// Where in a message we are.
#[derive(Debug, Default)]
struct State {
    in_header: bool,
    at_line_start: bool,
    /// The line before was empty; it is held back, as it may belong to a separator.
    held: &'static [u8],
    after_empty: bool,
    /// In a `Content-Length` field, which is left out.
    skips: bool,
    content_length: Option<u64>,
    /// End of a body that was measured.
    measured: Option<u64>,
    /// Whether lines of the body are as they were sent.
    unquoted: bool,
}

impl<R: Read + Seek> Reader<R> {
    /// A reader of `input` from the separator that stands at `offset`.
    ///
    /// # Errors
    /// The input's.
    pub fn new(mut input: R, offset: u64) -> io::Result<Reader<R>> {
        input.seek(SeekFrom::Start(offset))?;
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Ok(Reader { input, buffer, start: 0, end: 0, offset, message: None })
    }

    /// How far the file has been read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next separator, past whatever is left of the present message; `None` at the end of the file, and at a
    /// line that is no separator, which only stands where the reader began.
    ///
    /// # Errors
    /// The input's.
    pub fn next_message(&mut self) -> io::Result<Option<Separator>> {
        while self.piece()?.is_some() {}
        // Between messages, and at the top of a file that somebody has edited.
        loop {
            let line = self.line()?;
            if line != b"\n" && line != b"\r\n" {
                break;
            }
            let length = line.len();
            self.skip(length);
        }
        let offset = self.offset;
        let line = self.line()?;
        let Some(separator) = separator(line, offset) else { return Ok(None) };
        let length = line.len();
        self.skip(length);
        self.message = Some(State { in_header: true, at_line_start: true, ..State::default() });
        Ok(Some(separator))
    }

    /// The next octets of the message; `None` at its end.
    ///
    /// # Errors
    /// The input's.
    pub fn piece(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let Some(mut state) = self.message.take() else { return Ok(None) };
            let step = self.step(&mut state)?;
            if !matches!(step, Step::End) {
                self.message = Some(state);
            }
            match step {
                Step::End => return Ok(None),
                Step::Nothing => {}
                Step::Held(line) => return Ok(Some(line)),
                Step::Octets(length) => {
                    let from = self.start;
                    self.skip(length);
                    return Ok(Some(&self.buffer[from..from + length]));
                }
            }
        }
    }

    fn step(&mut self, state: &mut State) -> io::Result<Step> {
        let end = state.measured;
        if !state.at_line_start {
            return self.rest_of_line(state);
        }
        let offset = self.offset;
        let line = cut(self.line()?, offset, end);
        if line.is_empty() {
            return Ok(Step::End);
        }
        let empty = line == b"\n" || line == b"\r\n";
        let length = line.len();
        if end.is_none() && line.starts_with(b"From ") && separator(line, offset).is_some() {
            let ends = state.after_empty || !state.in_header && self.field_follows(length)?;
            if ends {
                return Ok(Step::End);
            }
        }
        if state.in_header {
            return self.header_line(state, empty);
        }
        if !state.held.is_empty() {
            return Ok(Step::Held(std::mem::take(&mut state.held)));
        }
        state.after_empty = empty;
        if empty && end.is_none() {
            state.held = if length == 1 { b"\n" } else { b"\r\n" };
            self.skip(length);
            return Ok(Step::Nothing);
        }
        self.text_line(state)
    }

    fn header_line(&mut self, state: &mut State, empty: bool) -> io::Result<Step> {
        let line = self.line()?;
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if empty {
            let length = line.len();
            state.in_header = false;
            state.after_empty = true;
            self.measure(state, length)?;
            if state.measured.is_some() {
                return Ok(Step::Octets(length));
            }
            // A message may be a header and nothing else.
            state.held = if length == 1 { b"\n" } else { b"\r\n" };
            self.skip(length);
            return Ok(Step::Nothing);
        }
        if !folded {
            state.skips = false;
            if let Some(length) = content_length(line) {
                state.content_length = length;
                state.skips = true;
            }
        }
        if state.skips && line.ends_with(b"\n") {
            let length = line.len();
            self.skip(length);
            return Ok(Step::Nothing);
        }
        self.text_line(state)
    }

    /// The beginning of a line that is no separator, with one `>` less if it was quoted.
    fn text_line(&mut self, state: &mut State) -> io::Result<Step> {
        if !state.unquoted {
            let line = self.line()?;
            let quoted = line.iter().position(|&octet| octet != b'>').unwrap_or(line.len());
            if quoted > 0 && line[quoted..].starts_with(b"From ") {
                self.skip(1);
            }
        }
        self.rest_of_line(state)
    }

    /// Octets up to the end of the line or of what is there.
    fn rest_of_line(&mut self, state: &mut State) -> io::Result<Step> {
        if self.start == self.end {
            self.fill()?;
        }
        let there = cut(&self.buffer[self.start..self.end], self.offset, state.measured);
        if there.is_empty() {
            return Ok(Step::End);
        }
        let end = memchr(b'\n', there);
        state.at_line_start = end.is_some();
        Ok(Step::Octets(end.map_or(there.len(), |at| at + 1)))
    }

    /// Whether a header field stands `behind` octets from here.
    fn field_follows(&mut self, behind: usize) -> io::Result<bool> {
        let there = self.look(behind + LINE)?;
        let next = there.get(behind..).unwrap_or_default();
        let name = next.iter().position(|&octet| octet == b':').unwrap_or(0);
        Ok((1..=76).contains(&name) && next[..name].iter().all(|octet| (33..127).contains(octet)))
    }

    /// Believes `Content-Length`, or not. The body begins `behind` octets from here.
    fn measure(&mut self, state: &mut State, behind: usize) -> io::Result<()> {
        let Some(length) = state.content_length.take() else { return Ok(()) };
        let here = self.offset;
        let body = here + behind as u64;
        let Some(end) = body.checked_add(length) else { return Ok(()) };
        if self.lands(body, end)? {
            state.measured = Some(end);
            self.seek(body)?;
            state.unquoted = self.holds_from(end)?;
        }
        self.seek(here)?;
        self.look(behind).map(drop)
    }

    /// Whether `end` is the end of the file, or that of a line before a separator.
    fn lands(&mut self, body: u64, end: u64) -> io::Result<bool> {
        if self.input.seek(SeekFrom::End(0))? <= end {
            return Ok(self.input.stream_position()? == end);
        }
        if end > body {
            self.seek(end - 1)?;
            if !self.look(1)?.starts_with(b"\n") {
                return Ok(false);
            }
        }
        self.seek(end)?;
        let line = self.line()?;
        if line == b"\n" || line == b"\r\n" {
            let length = line.len();
            self.skip(length);
        }
        let line = self.line()?;
        Ok(line.is_empty() || separator(line, 0).is_some())
    }

    /// Whether a line from here to `end` begins with `From `, unquoted.
    fn holds_from(&mut self, end: u64) -> io::Result<bool> {
        let mut before = *b"\n\n\n\n\n";
        loop {
            if self.start == self.end {
                self.fill()?;
            }
            let there = cut(&self.buffer[self.start..self.end], self.offset, Some(end));
            if there.is_empty() {
                return Ok(false);
            }
            let mut seam = before.to_vec();
            seam.extend_from_slice(&there[..there.len().min(5)]);
            if memmem::find(there, b"\nFrom ").is_some() || memmem::find(&seam, b"\nFrom ").is_some() {
                return Ok(true);
            }
            let mut all = before.to_vec();
            all.extend_from_slice(&there[there.len().saturating_sub(5)..]);
            before.copy_from_slice(&all[all.len() - 5..]);
            let length = there.len();
            self.skip(length);
        }
    }

    /// The line that begins here with its end, or the first [`LINE`] octets of it.
    fn line(&mut self) -> io::Result<&[u8]> {
        let there = self.look(LINE)?;
        let there = &there[..there.len().min(LINE)];
        Ok(&there[..memchr(b'\n', there).map_or(there.len(), |at| at + 1)])
    }

    /// At least `wanted` octets from here, unless the file ends before.
    fn look(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.end - self.start < wanted && self.fill()? {}
        Ok(&self.buffer[self.start..self.end])
    }

    /// Reads more; whether there was any.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(n) => {
                    self.end += n;
                    return Ok(n > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn skip(&mut self, octets: usize) {
        self.start += octets;
        self.offset += octets as u64;
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.input.seek(SeekFrom::Start(offset))?;
        (self.start, self.end, self.offset) = (0, 0, offset);
        Ok(())
    }
}

/// What comes next of a message.
enum Step {
    /// Nothing yet.
    Nothing,
    /// An empty line that was held back.
    Held(&'static [u8]),
    /// So many octets from here.
    Octets(usize),
    /// It is over.
    End,
}

/// What of `there`, which stands at `offset`, lies before `end`.
fn cut(there: &[u8], offset: u64, end: Option<u64>) -> &[u8] {
    let Some(end) = end else { return there };
    let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
    &there[..there.len().min(left)]
}

/// What a `Content-Length` field says, if the line is one; the inner one is `None` for what is no number.
fn content_length(line: &[u8]) -> Option<Option<u64>> {
    const NAME: &[u8] = b"content-length";
    let rest =
        line.get(..NAME.len()).filter(|name| name.eq_ignore_ascii_case(NAME)).map(|_| &line[NAME.len()..])?;
    let value = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
    Some(std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()))
}

/// What a line says if it is a `From ` line: `From SENDER Sun Nov 22 14:54:43 2026`, with or without seconds, with a
/// zone before or behind the year, with or without a sender.
pub fn separator(line: &[u8], offset: u64) -> Option<Separator> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let line = line.strip_prefix(b"From ")?;
    if line.len() >= LINE {
        return None;
    }
    let line = String::from_utf8_lossy(line);
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    // A sender may be anything, a weekday's name too: the last one that is a date counts.
    let day = (0..words.len().saturating_sub(4)).rev().find(|&at| {
        let clock = words[at + 3].as_bytes();
        DAYS.contains(&words[at])
            && words[at + 1].len() == 3
            && words[at + 2].parse::<u8>().is_ok()
            && clock.first().is_some_and(u8::is_ascii_digit)
            && clock.contains(&b':')
    })?;
    if words.len() > day + 8 {
        return None;
    }
    let year = |word: &&str| word.len() == 4 && word.bytes().all(|octet| octet.is_ascii_digit());
    words[day + 4..].iter().find(|word| year(word))?;
    let at = date::parse(&words[day..].join(" "))?;
    let sender = words[..day].join(" ");
    Some(Separator {
        offset,
        sender: Some(sender).filter(|sender| sender.contains('@') || sender == "MAILER-DAEMON"),
        at,
    })
}

#[cfg(test)]
mod tests;
