//! Changes mails the way a fuzzer does, by a seeded generator: the same seed gives the same mails everywhere.

/// A generator of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; zero if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Largest mail that is made.
const LARGEST: usize = 64 * 1024;

/// What the parsers look for.
const WORDS: &[&str] = &[
    "\n\n",
    "\r\n",
    "\r",
    "\0",
    "\t",
    " ",
    "\u{feff}",
    "\u{301}",
    "é",
    "日本",
    "\u{1f600}",
    "=?utf-8?q?",
    "?=",
    "=?utf-8?b?w7w=?=",
    "=?iso-2022-jp?B?",
    "=0D=0A",
    "=00",
    "%00",
    "=\n",
    "> ",
    ">>>> ",
    "--",
    "-- \n",
    "--b",
    "--b--",
    "-----Original Message-----\n",
    "________________________________\n",
    "From: ",
    "To: ",
    "Subject: ",
    "Date: ",
    "Sent: ",
    "Von: ",
    "De: ",
    "发件人: ",
    "Name: ",
    "Phone: ",
    "Email: ",
    "Message: ",
    ": ",
    ":",
    "<",
    ">",
    "<a@b.test>",
    "[mailto:a@b.test]",
    "\"",
    "(",
    ")",
    ",",
    ";",
    "@",
    "+34 600 000 000",
    "On Mon, 2 Mar 2020 at 10:00, Ana <a@b.test> wrote:\n",
    "El lun, 2 mar 2020 a las 10:00, Ana (<a@b.test>) escribió:\n",
    "---------- Forwarded message ---------\n",
    "Sent from my iPhone\n",
    "Regards,\n",
    "begin 644 a\n",
    "\nend\n",
    "{\"",
    "\":\"",
    "}",
    "<table><tr><td>",
    "</td><td>",
    "<blockquote>",
    "</div>",
    "<br>",
    "&nbsp;",
    "&#0;",
    "&#13;",
    "<!--",
    "<pre>",
    "<style>",
    "<div style='display:none'>",
    "<meta name=lead_name content=x>",
    "BEGIN:VCARD\n",
    "END:VCARD\n",
    "<?adf version=\"1.0\"?>",
    "<prospect>",
    "Content-Type: multipart/mixed; boundary=b\n",
    "Content-Type: message/rfc822\n",
    "Content-Type: text/html\n",
    "Content-Type: text/plain; format=flowed; delsp=yes\n",
    "Content-Transfer-Encoding: base64\n",
    "charset=utf-7",
    "charset=utf-16",
    "name*0*=utf-8''%00",
    "Content-Disposition: attachment; filename=\"a\n",
    "Final-Recipient: rfc822; a@b.test\n",
    "Action: failed\n",
    "Status: 5.1.1\n",
    "Diagnostic-Code: smtp; 550 5.1.1 unknown\n",
    "DEAL-1",
    "550 5.1.1",
    "\u{78}\u{9f}\u{3e}\u{22}",
];

/// One of `mails`, changed in a few places.
pub fn mutant(dice: &mut Dice, mails: &[Vec<u8>]) -> Vec<u8> {
    let mut mail = dice.one_of(mails).clone();
    for _ in 0..=dice.below(6) {
        change(dice, &mut mail, mails);
    }
    mail.truncate(LARGEST);
    mail
}

/// Changes one place.
fn change(dice: &mut Dice, mail: &mut Vec<u8>, mails: &[Vec<u8>]) {
    let at = dice.below(mail.len() + 1);
    let until = (at + dice.below(200)).min(mail.len());
    match dice.below(10) {
        0 if at < mail.len() => mail[at] = dice.next() as u8,
        1 if at < mail.len() => mail[at] ^= 1 << dice.below(8),
        2 => _ = mail.drain(at..until),
        3 => {
            let piece = mail[at..until].to_vec();
            let times = 1 + dice.below(30);
            mail.splice(at..at, piece.repeat(times));
        }
        4 => {
            let other = dice.one_of(mails);
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(2_000)).min(other.len());
            mail.splice(at..until, other[from..to].iter().copied());
        }
        5 => mail.truncate(at),
        6 => swap_lines(dice, mail),
        _ => {
            let word = dice.one_of(WORDS).as_bytes();
            let times = if dice.below(8) == 0 { 1 + dice.below(60) } else { 1 };
            let to = if dice.below(2) == 0 { at } else { until };
            mail.splice(at..to, word.repeat(times));
        }
    }
}

fn swap_lines(dice: &mut Dice, mail: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = mail.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
    lines.swap(a, b);
    *mail = lines.join(&b'\n');
}
