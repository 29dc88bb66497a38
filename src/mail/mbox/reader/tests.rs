use super::super::append;
use super::*;
use std::io::Cursor;

const FROM: &str = "From a@b.test Sun Nov 22 14:54:43 2026\n";

/// All messages of a file, read whole.
fn read(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(Cursor::new(mbox), 0).unwrap();
    let mut messages = Vec::new();
    while reader.next_message().unwrap().is_some() {
        let mut message = Vec::new();
        while let Some(piece) = reader.piece().unwrap() {
            message.extend_from_slice(piece);
        }
        messages.push(message);
    }
    messages
}

fn texts(mbox: &str) -> Vec<String> {
    read(mbox.as_bytes()).into_iter().map(|message| String::from_utf8(message).unwrap()).collect()
}

#[test]
fn what_an_export_wrote_comes_back_octet_by_octet() {
    let long = [b"Subject: long\n\n".as_slice(), &vec![b'x'; 3 * BUFFER], b"\nend\n"].concat();
    let messages: [&[u8]; 7] = [
        b"Subject: plain\r\n\r\nbody\r\n",
        b"Subject: x\n\nFrom here on\n>From there\n>>From elsewhere\nfrom below\n From\n\n\n\n",
        b"Subject: y\r\n\r\nFrom a@b.test Sun Nov 22 14:54:43 2026\r\n\r\n",
        b"Subject: bare\r\n\r\na\rFrom b\r\n\n\n",
        b"\0\xff\xfe\n",
        b"",
        &long,
    ];
    let mut mbox = Vec::new();
    for message in messages {
        append(&mut mbox, message, "a@b.test", "2026-11-22T14:54:43Z".parse().unwrap());
    }
    assert!(read(&mbox) == messages);
}

#[test]
fn sentence_that_begins_with_from_and_a_line_in_the_middle_of_a_text_separate_nothing() {
    let body =
        "Subject: x\n\nHello\n\nFrom here on\n\nFrom Sun to Mon\nFrom x Sun Nov 22 1:2 2026\nno field\n";
    assert_eq!(texts(&format!("{FROM}{body}\n{FROM}Subject: z\n\n")), [body, "Subject: z\n"]);
    // Somebody forgot the empty line; a header follows.
    let joined = format!("{FROM}Subject: x\n\nHello\n{FROM}Subject: z\n\nBye\n");
    assert_eq!(texts(&joined), ["Subject: x\n\nHello\n", "Subject: z\n\nBye\n"]);
}

#[test]
fn content_length_counts_where_it_lands_on_a_separator_and_is_left_out() {
    let hidden = format!("Hello\n\n{FROM}Subject: no message\n\n>From kept\n");
    let head = format!("Subject: x\nContent-Length: {}\nTo: y\n\n", hidden.len());
    let shown = format!("Subject: x\nTo: y\n\n{hidden}");
    assert_eq!(
        texts(&format!("{FROM}{head}{hidden}\n{FROM}Subject: z\n\nBye\n")),
        [&shown, "Subject: z\n\nBye\n"]
    );
    assert_eq!(texts(&format!("{FROM}{head}{hidden}")), [shown.as_str()], "at the end of the file");
    // A body that was quoted and measured.
    let quoted = format!("{FROM}Content-Length: 12\n\n>From there\n\n{FROM}Subject: z\n\n");
    assert_eq!(texts(&quoted), ["\nFrom there\n", "Subject: z\n"]);
    // Elsewhere it is as if it were not there.
    for wrong in ["5", "4", "8", "100000", "18446744073709551615", "-1", "x", ""] {
        let mbox = format!("{FROM}Content-Length: {wrong}\nA: b\n\nHello\n\n{FROM}Subject: z\n\nBye\n");
        assert_eq!(texts(&mbox), ["A: b\n\nHello\n", "Subject: z\n\nBye\n"], "{wrong}");
    }
}

#[test]
fn reading_goes_on_at_a_separator_and_finds_none_elsewhere() {
    let mbox = format!("\n\n{FROM}A: 1\n\none\n\n{FROM}A: 2\n\ntwo\n");
    let mut reader = Reader::new(Cursor::new(mbox.as_bytes()), 0).unwrap();
    assert_eq!(reader.next_message().unwrap().unwrap().offset, 2);
    let second = reader.next_message().unwrap().unwrap();
    assert_eq!(
        (second.sender.as_deref(), second.at.to_string().as_str()),
        (Some("a@b.test"), "2026-11-22T14:54:43Z")
    );
    let mut reader = Reader::new(Cursor::new(mbox.as_bytes()), second.offset).unwrap();
    assert_eq!(reader.next_message().unwrap(), Some(second));
    assert_eq!(reader.piece().unwrap(), Some(&b"A: 2\n"[..]));
    assert_eq!(reader.next_message().unwrap(), None);
    assert_eq!(Reader::new(Cursor::new(mbox.as_bytes()), 9).unwrap().next_message().unwrap(), None);
    for other in [&b""[..], b"\n", b"Subject: a mail\n\n", b"\x7fELF\0\0", b"From ", b"From here on\n"] {
        assert_eq!(read(other), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn from_lines_of_all_writers_are_known() {
    let sender = |line: &str| separator(line.as_bytes(), 0).map(|found| found.sender.unwrap_or_default());
    for (line, want) in [
        ("From a@b.test Sun Nov  2 14:54:43 2026\r\n", Some("a@b.test")),
        ("From - Sun Nov 22 14:54:43 2026", Some("")),
        ("From MAILER-DAEMON Sun Nov 22 14:54:43 2026 +0100\n", Some("MAILER-DAEMON")),
        ("From a@b.test Sun Nov 22 14:54:43 MET 2026\n", Some("a@b.test")),
        ("From a@b.test Sun Nov 22 14:54 2026\n", Some("a@b.test")),
        ("From 123@xxx Sun Nov 22 14:54:43 +0000 2026\n", Some("123@xxx")),
        ("From \"a Mon b\"@b.test  Sun Nov 22 14:54:43 2026\n", Some("\"a Mon b\"@b.test")),
        ("From Sun Nov 22 14:54:43 2026\n", Some("")),
        ("From a@b.test Sun Nov 22 2026\n", None),
        ("From a@b.test Sun Nov 99 14:54:43 2026\n", None),
        ("From a@b.test Sunday Nov 22 14:54:43 2026\n", None),
        ("From the Sun Nov 22 14:54:43 2026 edition we learn that nothing is certain\n", None),
        ("from a@b.test Sun Nov 22 14:54:43 2026\n", None),
        (">From a@b.test Sun Nov 22 14:54:43 2026\n", None),
    ] {
        assert_eq!(sender(line).as_deref(), want, "{line}");
    }
}

#[test]
fn any_octets_are_read_in_linear_time_and_little_memory() {
    // A line of 8 MB, a file of separators, a file of quotation marks, a measured body that is all of them.
    let line = [FROM.as_bytes(), b"A: ", &vec![b'>'; 8 << 20]].concat();
    assert_eq!(read(&line)[0].len(), 3 + (8 << 20));
    let separators = FROM.repeat(20_000);
    assert!(!read(separators.as_bytes()).is_empty());
    let nested = "Content-Length: 9\n\n".repeat(20_000);
    assert_eq!(read(format!("{FROM}{nested}").as_bytes()).len(), 1);
    let mut reader = Reader::new(Cursor::new(&line), 0).unwrap();
    reader.next_message().unwrap();
    while let Some(piece) = reader.piece().unwrap() {
        assert!(piece.len() <= BUFFER);
    }
    assert_eq!(reader.buffer.len(), BUFFER);
}

#[test]
fn pieces_are_the_same_wherever_reads_end() {
    struct Slow<'a>(Cursor<&'a [u8]>);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(3);
            self.0.read(&mut buffer[..most])
        }
    }
    impl Seek for Slow<'_> {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let mbox = format!(
        "{FROM}Content-Length: 30\n\nab\nFrom unquoted\n>From quoted\n\n{FROM}B: c\r\n\r\n>>From x\r\n\r\n\r\n\r\n{FROM}"
    );
    let mut reader = Reader::new(Slow(Cursor::new(mbox.as_bytes())), 0).unwrap();
    let mut messages = Vec::new();
    while reader.next_message().unwrap().is_some() {
        let mut message = Vec::new();
        while let Some(piece) = reader.piece().unwrap() {
            message.extend_from_slice(piece);
        }
        messages.push(message);
    }
    assert_eq!(messages, read(mbox.as_bytes()));
    assert_eq!(messages[0], b"\nab\nFrom unquoted\n>From quoted\n");
    assert_eq!(messages[1], b"B: c\r\n\r\n>From x\r\n\r\n\r\n");
}
