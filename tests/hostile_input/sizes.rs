//! Big mails of one hostile kind each, made to any size: what a quadratic rule, a deep recursion or a copy too
//! many would show itself on. Shared by the tests (small sizes) and by `benches/hostile.rs` (10 MB).

/// Makes one of at least that many octets.
pub type Make = fn(usize) -> Vec<u8>;

/// Every kind: name, what it makes.
pub const KINDS: &[(&str, Make)] = &[
    ("header fields", |n| headed("", &over(n, |i| format!("X-{i}: value of {i}\n")), "text\n")),
    ("field of continuation lines", |n| {
        headed("", &format!("Subject: a\n{}", repeat(" folded on\n", n)), "t\n")
    }),
    ("encoded words in Subject", |n| {
        headed("", &format!("Subject: {}\n", repeat("=?utf-8?q?=C3=BC?=\n ", n)), "t\n")
    }),
    ("encoded words in To", |n| {
        headed("", &format!("To: {}\n", repeat("=?utf-8?b?w7w=?= <a@b.test>,\n ", n)), "t\n")
    }),
    ("unfinished encoded words", |n| headed("", &format!("Subject: {}\n", repeat("=?utf-8?q?", n)), "t\n")),
    ("addresses in To", |n| {
        headed("", &format!("To: {}x@y.test\n", over(n, |i| format!("N{i} <a{i}@b.test>,\n "))), "t\n")
    }),
    ("To fields", |n| headed("", &over(n, |i| format!("To: N{i} <a{i}@b.test>\n")), "t\n")),
    ("addresses in From", |n| {
        headed("", &format!("From: {}x@y.test\n", over(n, |i| format!("a{i}@b{i}.test, "))), "t\n")
    }),
    ("comments in To", |n| headed("", &format!("To: {}\n", repeat("(", n)), "t\n")),
    ("quotes in To", |n| headed("", &format!("To: {}\n", repeat("\"<,", n)), "t\n")),
    ("groups in To", |n| headed("", &format!("To: {}\n", repeat("g:;", n)), "t\n")),
    ("References", |n| headed("", &format!("References: {}\n", over(n, |i| format!("<{i}@x>\n "))), "t\n")),
    ("parameters", |n| {
        headed("", &format!("Content-Type: text/plain{}\n", over(n, |i| format!(";\n a{i}=b"))), "t\n")
    }),
    ("continued parameters", |n| {
        headed("", &format!("Content-Type: text/plain{}\n", over(n, |i| format!("; name*{i}=b"))), "t\n")
    }),
    ("codes in Subject", |n| headed("", &format!("Subject: {}\n", repeat("DEAL-1 INC-", n)), "t\n")),
    ("Re: in Subject", |n| headed("", &format!("Subject: {}\n", repeat("Re: Fwd: ", n)), "t\n")),
    ("continued parameters of many parts", |n| {
        let field = over(60_000, |i| format!("; a{i}*1=b"));
        let part = format!("--b\nContent-Type: text/plain{field}\n\n");
        headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat(&part, n))
    }),
    ("texts of many parts", |n| {
        let part = format!("--b\n\n{}\n", "word ".repeat(2_000));
        headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat(&part, n))
    }),
    ("vCards of many parts", |n| {
        let part =
            "--b\nContent-Type: text/vcard\n\nBEGIN:VCARD\nVERSION:3.0\nFN:A\nTEL:600112233\nEND:VCARD\n";
        headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat(part, n))
    }),
    ("attached messages", |n| {
        let text = "On Mon, 2 Mar 2020 at 10:00, Ana wrote:\n> x\nName: Ana\n".repeat(200);
        let part = format!("--b\nContent-Type: message/rfc822\n\nSubject: s\nFrom: a@b.test\n\n{text}");
        headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat(&part, n))
    }),
    ("nested parts", nested_parts),
    ("nested messages", |n| repeat("Subject: x\nContent-Type: message/rfc822\n\n", n).into_bytes()),
    ("empty parts", |n| headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat("--b\n\n", n))),
    ("boundaries that are none", |n| {
        headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat("--c--\n", n))
    }),
    ("one long line", |n| plain(&repeat("x", n))),
    ("one long line of words", |n| plain(&repeat("word ", n))),
    ("empty lines", |n| plain(&repeat("\n", n))),
    ("spaces", |n| plain(&repeat(" ", n))),
    ("carriage returns", |n| plain(&repeat("\r", n))),
    ("NUL", |n| plain(&repeat("\0", n))),
    ("octets of no charset", |n| [headed("", "", ""), vec![0xff; n]].concat()),
    ("UTF-7", |n| headed("Content-Type: text/plain; charset=utf-7\n", "", &repeat("+AOQ-", n))),
    ("ISO-2022-JP", |n| {
        headed("Content-Type: text/plain; charset=iso-2022-jp\n", "", &repeat("\x1b$B$\"\x1b(B", n))
    }),
    ("> lines", |n| plain(&repeat("> quoted words\n", n))),
    ("> and plain lines in turn", |n| plain(&repeat("> quoted words\nanswer to it\n", n))),
    ("one line of >", |n| plain(&repeat(">", n))),
    ("flowed lines", |n| headed("Content-Type: text/plain; format=flowed\n", "", &repeat(">> flowed \n", n))),
    ("From: lines", |n| plain(&repeat("From: Ana <ana@b.test>\n", n))),
    ("header blocks", |n| {
        plain(&over(n, |i| {
            format!("From: A{i} <a@b.test>\nSent: Monday, 2 March 2020 10:00\nTo: B\nSubject: s{i}\n\nt\n\n")
        }))
    }),
    ("labels without end", |n| plain(&repeat("From: a To: b Subject: ", n))),
    ("On … wrote: lines", |n| plain(&repeat("On Mon, 2 Mar 2020 at 10:00, Ana <a@b.test> wrote:\n", n))),
    ("On … without wrote", |n| plain(&repeat("On Mon, 2 Mar 2020 at 10:00, Ana\n", n))),
    ("wrote:", |n| plain(&repeat("wrote: ", n))),
    ("separators", |n| plain(&repeat("-----Original Message-----\n", n))),
    ("rules", |n| plain(&repeat("________________________________\n", n))),
    ("dashes", |n| plain(&repeat("- ", n))),
    ("signature marks", |n| plain(&repeat("-- \nAna\n", n))),
    ("closings", |n| plain(&repeat("Regards,\nAna\n+34 600 000 000\n", n))),
    ("label lines", |n| {
        plain(&over(n, |i| format!("Name: Ana {i}\nPhone: +34600{i:06}\nEmail: a{i}@b.test\n")))
    }),
    ("labels with the value below", |n| plain(&repeat("Name\nAna\nPhone\n600\n", n))),
    ("labels on one line", |n| plain(&repeat("Name: Ana Phone: 600 Email: a@b.test ", n))),
    ("colons", |n| plain(&repeat("a: ", n))),
    ("unknown labels", |n| plain(&over(n, |i| format!("label{i}: v\n")))),
    ("digits", |n| plain(&repeat("0123456789 ", n))),
    ("one number", |n| plain(&repeat("7", n))),
    ("telephones", |n| plain(&over(n, |i| format!("+34 600 {:03} {:03}\n", i / 1000 % 1000, i % 1000)))),
    ("telephones on one line", |n| plain(&repeat("(030) 1234-567 / +49-30/", n))),
    ("at signs", |n| plain(&repeat("a@", n))),
    ("mail addresses", |n| plain(&over(n, |i| format!("a{i}@b{i}.test ")))),
    ("angle brackets", |n| plain(&repeat("<", n))),
    ("square brackets", |n| plain(&repeat("[mailto:", n))),
    ("links", |n| plain(&repeat("https://a.test/x?y=z ", n))),
    ("dates", |n| plain(&repeat("2 March 2020 10:00 ", n))),
    ("Han text", |n| plain(&repeat("日本語の文章。", n))),
    ("combining marks", |n| plain(&repeat("a\u{301}\u{302}\u{303}", n))),
    ("text after the note of a device", |n| plain(&repeat("Sent from my iPhone\nx\n", n))),
    ("JSON arrays", |n| plain(&repeat("[", n))),
    ("JSON objects", |n| plain(&repeat("{\"a\":", n))),
    ("JSON pairs", |n| plain(&format!("{{{}\"z\":1}}", over(n, |i| format!("\"name{i}\":\"v\","))))),
    ("ADF", |n| {
        plain(&format!("<?adf version=\"1.0\"?>\n<adf>{}", repeat("<prospect><customer><contact><name>", n)))
    }),
    ("uuencode beginnings", |n| plain(&repeat("begin 644 a\n", n))),
    ("uuencoded files", |n| plain(&repeat("begin 644 a\n#0V%T\n`\nend\n", n))),
    ("quoted-printable", |n| {
        headed(
            "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n",
            "",
            &repeat("=C3=\n", n),
        )
    }),
    ("base64 text", |n| {
        headed("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n", "", &base64_lines(n))
    }),
    ("base64 file", |n| {
        headed("Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n", "", &base64_lines(n))
    }),
    ("eight-bit file", |n| headed("Content-Type: application/pdf\n", "", &repeat("%PDF eight-bit\n", n))),
    ("winmail.dat garbage", |n| {
        let head = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n";
        headed(head, "", &format!("eJ8+IgEAAQaQ{}", base64_lines(n)))
    }),
    ("winmail.dat of one text", |n| {
        winmail(&tnef(&[(
            0x1f,
            0x1000,
            "日本".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>().repeat(n / 6),
        )]))
    }),
    ("winmail.dat of octets", |n| winmail(&tnef(&[(0x1e, 0x1000, vec![0x80; n / 4 * 3])]))),
    ("winmail.dat with RTF that grows", |n| {
        let one = winmail(&tnef(&[(0x102, 0x1009, growing_rtf(250_000))]));
        let part = format!("--b\n{}\n", String::from_utf8_lossy(&one));
        headed("Content-Type: multipart/mixed; boundary=b\n", "", &repeat(&part, n))
    }),
    ("messages in winmail.dat with RTF that grows", |n| {
        let inner = tnef(&[(0x102, 0x1009, growing_rtf(250_000))]);
        let object = [vec![7; 16], inner].concat();
        let mut all = tnef(&[]);
        for _ in 0..n / 340_000 + 1 {
            all.extend(attribute(0x9002, &[0; 14]));
            all.extend(attribute(0x9005, &properties(&[(0x0d, 0x3701, object.clone())])));
        }
        winmail(&all)
    }),
    ("winmail.dat of properties", |n| {
        winmail(&attributes(n, &[1, 0x10, 1, 0, 255, 255, 255, 255].repeat(2_000)))
    }),
    ("vCards", |n| {
        headed(
            "Content-Type: text/vcard; name=a.vcf\n",
            "",
            &over(n, |i| format!("BEGIN:VCARD\nVERSION:3.0\nFN:A{i}\nTEL:+34600{i:06}\nEND:VCARD\n")),
        )
    }),
    ("vCard fields", |n| {
        headed(
            "Content-Type: text/vcard; name=a.vcf\n",
            "",
            &format!(
                "BEGIN:VCARD\nVERSION:3.0\nFN:A\n{}END:VCARD\n",
                over(n, |i| format!("TEL;TYPE=a:+34600{i:06}\n"))
            ),
        )
    }),
    ("vCards that never end", |n| {
        headed("Content-Type: text/vcard; name=a.vcf\n", "", &repeat("BEGIN:VCARD\n", n))
    }),
    ("recipients of a report", |n| {
        report(&over(n, |i| {
            format!("Final-Recipient: rfc822; a{i}@b.test\nAction: failed\nStatus: 5.1.1\n\n")
        }))
    }),
    ("fields of a report", |n| report(&repeat("Diagnostic-Code: smtp; 550 5.1.1 unknown user\n", n))),
    ("addresses of a free-form bounce", |n| {
        bounced(&over(n, |i| format!("<a{i}@b.test>:\n550 user unknown\n\n")))
    }),
    ("bounce passages", |n| {
        bounced(&repeat("Delivery has failed to these recipients: 550 5.1.1 unknown\n", n))
    }),
    ("nested blockquotes", |n| html(&repeat("<blockquote>x", n))),
    ("nested client quotations", |n| html(&repeat("<div class=gmail_quote>x", n))),
    ("nested tables", |n| html(&repeat("<table><tr><td>x", n))),
    ("table cells", |n| html(&format!("<table><tr>{}", repeat("<td>x</td>", n)))),
    ("table rows", |n| html(&format!("<table>{}", repeat("<tr><td>Name:<td>Ana", n)))),
    ("nested lists", |n| html(&repeat("<ul><li>x", n))),
    ("unclosed tags", |n| html(&repeat("<b ", n))),
    ("unclosed tags with text", |n| html(&repeat("<p><b><font size=1>x", n))),
    ("end tags", |n| html(&repeat("</div>", n))),
    ("attributes", |n| html(&format!("<a {}>x", over(n, |i| format!("a{i}=b "))))),
    ("quotes in tags", |n| html(&repeat("<a href=\"", n))),
    ("styles", |n| html(&format!("<p style=\"{}\">x", repeat("color:red;display:none;", n)))),
    ("comments", |n| html(&repeat("<!--", n))),
    ("paragraphs", |n| html(&repeat("<p>Some words of text</p>", n))),
    ("line breaks", |n| html(&repeat("x<br>", n))),
    ("&nbsp;", |n| html(&repeat("&nbsp;", n))),
    ("unfinished entities", |n| html(&repeat("&ampl", n))),
    ("meta elements", |n| html(&repeat("<meta name=lead_name content=Ana>", n))),
    ("links of HTML", |n| html(&repeat("<a href='https://a.test'>x</a>", n))),
    ("less-than signs", |n| html(&repeat("<", n))),
    ("flat HTML text", |n| html(&repeat("word ", n))),
];

/// `unit` until there are `size` octets.
fn repeat(unit: &str, size: usize) -> String {
    unit.repeat(size.div_ceil(unit.len()))
}

/// Numbered units until there are `size` octets.
fn over(size: usize, unit: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(size + 64);
    let mut number = 0;
    while out.len() < size {
        out.push_str(&unit(number));
        number += 1;
    }
    out
}

/// A mail with the field lines `first` and `more`.
fn headed(first: &str, more: &str, body: &str) -> Vec<u8> {
    let more = more.trim_end_matches([' ', '\n']);
    let end = if more.is_empty() { "" } else { "\n" };
    format!(
        "From: Ana <ana@example.com>\nSubject: Fwd: hello\nTo: us@example.org\n{first}{more}{end}\n{body}"
    )
    .into_bytes()
}

fn plain(body: &str) -> Vec<u8> {
    headed("Content-Type: text/plain; charset=utf-8\n", "", body)
}

fn html(body: &str) -> Vec<u8> {
    headed("Content-Type: text/html; charset=utf-8\n", "", body)
}

fn report(fields: &str) -> Vec<u8> {
    let head = "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n";
    let body = format!(
        "--b\n\nUndelivered\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{fields}\n--b--\n"
    );
    headed(head, "", &body)
}

fn bounced(text: &str) -> Vec<u8> {
    let head = "Return-Path: <>\nX-Failed-Recipients: a@b.test\n";
    headed(head, "", &format!("This message could not be delivered.\n\n{text}"))
}

fn base64_lines(size: usize) -> String {
    repeat("TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz\n", size)
}

/// Multiparts inside multiparts, each with a boundary of its own.
fn nested_parts(size: usize) -> Vec<u8> {
    over(size, |i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")).into_bytes()
}

/// A mail that is a winmail.dat.
fn winmail(content: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out =
        b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
            .to_vec();
    for three in content.chunks(3) {
        let octet = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        out.extend((0..4).map(|at| LETTERS[(bits >> (18 - 6 * at)) as usize & 63]));
    }
    out
}

/// A TNEF stream with the properties `(type, id, data)` of a message.
fn tnef(all: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    [vec![0x78, 0x9f, 0x3e, 0x22, 1, 0], attribute(0x9003, &properties(all))].concat()
}

/// A TNEF stream of message properties only, until there are `size` octets.
fn attributes(size: usize, data: &[u8]) -> Vec<u8> {
    let one = attribute(0x9003, &[2_000u32.to_le_bytes().to_vec(), data.to_vec()].concat());
    [vec![0x78, 0x9f, 0x3e, 0x22, 1, 0], one.repeat(size / one.len() + 1)].concat()
}

fn attribute(id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    out.extend(id.to_le_bytes());
    out.extend([0, 0]);
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out.extend([0, 0]);
    out
}

fn properties(all: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let mut out = (all.len() as u32).to_le_bytes().to_vec();
    for (kind, id, data) in all {
        out.extend(kind.to_le_bytes());
        out.extend(id.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out.extend(vec![0; data.len().next_multiple_of(4) - data.len()]);
    }
    out
}

/// Compressed RTF of `size` octets that is eight times as long: each token repeats seventeen octets.
fn growing_rtf(size: usize) -> Vec<u8> {
    const START: usize = 207;
    let mut out = Vec::new();
    for field in [size as u32, u32::MAX, 0x7546_5a4c, 0] {
        out.extend(field.to_le_bytes());
    }
    let mut at = START;
    for text in br"{\rtf1\ansi\fromhtml1 <p>x</p><td>y ".chunks_exact(8) {
        out.push(0);
        out.extend(text);
        at += text.len();
    }
    let from = at - 17;
    while out.len() < size {
        out.push(0xff);
        for _ in 0..8 {
            let offset = if at % 4096 == from { from - 1 } else { from };
            out.extend(((offset << 4 | 15) as u16).to_be_bytes());
            at += 17;
        }
    }
    out
}
