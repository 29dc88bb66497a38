//! Messages of every shape that people's programs send, made from a seed: the same ones in each run.

/// Numbers that look like chance (splitmix64).
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("smaller than n")
    }

    /// True once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Some of them, in order; perhaps none.
    pub fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        all.iter().filter(|_| self.once_in(2)).copied().collect()
    }
}

const SUBJECTS: [&[u8]; 9] = [
    b" plain",
    b"no space",
    b"",
    b" ",
    b"\t tab and spaces   ",
    b" =?utf-8?q?=C3=A1rbol?= =?iso-8859-1?B?4Q==?=",
    b" folded\r\n\tonce\r\n  twice \r\n \r\n after a blank one",
    b" \xe1\xe9 raw octets \xff\xfe",
    b" DEAL-1 [LEAD-2] Re: Fwd: $(x) %s %n",
];

const ODD_FIELDS: [&[u8]; 12] = [
    b"X-Empty:",
    b"X-No-Space:x",
    b"X-Spaces  : x",
    b"Bcc: hidden@client.test, log@crm.test",
    b"Resent-Bcc: hidden@client.test",
    b"Received: from a.test by b.test; Sun, 22 Nov 2026 09:00:00 +0100",
    b"Received: from b.test by c.test\r\n\tfor <somebody@client.test>;\r\n\tSun, 22 Nov 2026 09:00:01 +0100",
    b"Authentication-Results: mx.crm.test; dmarc=pass header.from=crm.test",
    b"X-CRM-Intake: 0190d0d0-0000-7000-8000-000000000000",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=crm.test; s=x;\r\n\tbh=AAAA;\r\n\tb=BBBB",
    b"Return-Path: <old@client.test>",
    b"List-Id: <x.client.test>",
];

const LINES: [&[u8]; 14] = [
    b"A plain line.",
    b"",
    b".",
    b"..",
    b".leading dot",
    b"From here on",
    b"trailing blanks  \t ",
    b"8-bit \xe1\xe9\xff and UTF-8 \xc3\xa1 \xf0\x9f\x98\x80",
    b"> quoted",
    b"-- ",
    b"--b1",
    b"=C3=A1 =\t=",
    b"a\x00b and \x07 and \x1b[2J",
    b"a bare\rreturn",
];

/// A message with this mark in it, its lines ended by CRLF, here and there by LF alone. `to` is what its
/// header says.
pub fn message(dice: &mut Dice, mark: &str, to: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    // Some come without any header at all.
    if !dice.once_in(40) {
        header(dice, mark, to, &mut out);
    }
    out.extend_from_slice(b"\r\n");
    let multipart = dice.once_in(3);
    if multipart {
        out.extend_from_slice(b"A preamble.\r\n--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
    }
    line(mark.as_bytes(), dice, &mut out);
    for _ in 0..dice.below(12) {
        let text = dice.of(&LINES);
        line(text, dice, &mut out);
    }
    if dice.once_in(8) {
        let long = b"0123456789".repeat(50 + dice.below(400));
        line(&long, dice, &mut out);
    }
    if dice.once_in(25) {
        for _ in 0..1000 {
            line(b"One of many lines, that the body takes more than one piece to arrive.", dice, &mut out);
        }
    }
    if multipart {
        let part = dice.of(&[
            &b"Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK"[..],
            b"Content-Type: text/html\r\n\r\n<p>x</p>",
            b"Content-Type: message/rfc822\r\n\r\nFrom: a@b.test\r\nSubject: inner\r\n\r\ninner body",
        ]);
        out.extend_from_slice(b"--b1\r\n");
        out.extend_from_slice(part);
        // The last boundary may be missing.
        out.extend_from_slice(dice.of(&[&b"\r\n--b1--\r\nAn epilogue.\r\n"[..], b"\r\n"]));
    }
    out
}

fn header(dice: &mut Dice, mark: &str, to: &[&str], out: &mut Vec<u8>) {
    let mut fields: Vec<Vec<u8>> = vec![format!("X-Mark: {mark}").into_bytes()];
    if !dice.once_in(12) {
        fields.push(
            dice.of(&[
                &b"From: Ana Torres <ana@crm.test>"[..],
                b"from:ana@crm.test",
                b"FROM: \"T, A\" <ana@crm.test>",
            ])
            .to_vec(),
        );
    }
    if !to.is_empty() {
        fields.push([b"To: ", to.join(dice.of(&[", ", ",\r\n\t", ",\r\n "])).as_bytes()].concat());
    }
    if !dice.once_in(10) {
        fields.push([&b"Subject:"[..], dice.of(&SUBJECTS)].concat());
    }
    if !dice.once_in(4) {
        fields.push(b"Date: Sun, 22 Nov 2026 10:00:00 +0100".to_vec());
    }
    match dice.below(6) {
        0 => {}
        1 => fields.push(format!("Message-ID:\r\n <{mark}@crm.test>").into_bytes()),
        2 => fields.push(format!("message-id:<{mark}@crm.test> (comment)").into_bytes()),
        _ => fields.push(format!("Message-ID: <{mark}@crm.test>").into_bytes()),
    }
    let first = dice.below(8);
    fields.extend(dice.some(&ODD_FIELDS[first..]).into_iter().map(<[u8]>::to_vec));
    if dice.once_in(6) {
        let folded = "\r\n\tand so on, and so on, and so on".repeat(200);
        fields.push([b"X-Long:", folded.as_bytes()].concat());
    }
    // Any order.
    for at in (1..fields.len()).rev() {
        fields.swap(at, dice.below(at + 1));
    }
    for field in fields {
        out.extend_from_slice(&field);
        out.extend_from_slice(b"\r\n");
    }
}

fn line(text: &[u8], dice: &mut Dice, out: &mut Vec<u8>) {
    out.extend_from_slice(text);
    out.extend_from_slice(if dice.once_in(60) { b"\n" } else { b"\r\n" });
}
