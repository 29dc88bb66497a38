//! The ways of passing for a colleague that [`super::forgery`] tries.

/// What our own host's filter would say of a colleague's mail.
pub const PASS: &str = "mx.crm.test; dmarc=pass header.from=crm.test";
/// A colleague's name.
pub const ANA: &str = "From: Ana Torres <ana@crm.test>";

/// One way.
#[derive(Debug)]
pub struct Forgery {
    /// What it tries.
    pub name: &'static str,
    /// What filters of our own host put on top, each one above the one before.
    pub host: Vec<String>,
    /// The sender's header, without Subject, To and Message-ID.
    pub header: String,
    /// Envelope sender.
    pub mail_from: &'static str,
    /// More behind MAIL FROM.
    pub parameters: &'static str,
}

fn forgery(name: &'static str, host: &[&str], header: &str) -> Forgery {
    let host = host.iter().map(|value| (*value).to_owned()).collect();
    Forgery { name, host, header: header.to_owned(), mail_from: "eve@evil.test", parameters: "" }
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    [authors(), results(), identities(), places(), envelopes()].into_iter().flatten().collect()
}

/// The host found a pass, for whomever it took for the author.
fn authors() -> Vec<Forgery> {
    let evil = "mx.crm.test; dmarc=pass header.from=evil.test";
    let passes = [
        ("two From fields, the colleague first", "From: ana@crm.test\nFrom: eve@evil.test"),
        ("two From fields, the colleague last", "From: eve@evil.test\nFrom: ana@crm.test"),
        ("the same From twice", "From: ana@crm.test\nFrom: ana@crm.test"),
        ("two mailboxes, the colleague first", "From: ana@crm.test, eve@evil.test"),
        ("two mailboxes, the colleague last", "From: eve@evil.test, ana@crm.test"),
        ("a comma and nothing behind it", "From: ana@crm.test,"),
        ("two mailboxes with a semicolon between", "From: ana@crm.test; eve@evil.test"),
        ("a group of one", "From: Staff: ana@crm.test;"),
        ("a group and a mailbox", "From: Staff:; ana@crm.test"),
        ("an encoded word for an address", "From: =?utf-8?q?ana=40crm.test?="),
        ("an encoded word in angle brackets", "From: Ana <=?utf-8?q?ana?=@crm.test>"),
        (
            "an encoded word that hides a second address",
            "From: =?utf-8?q?Eve_=3Ceve=40evil.test=3E=2C?= ana@crm.test>",
        ),
        ("an address for a name", "From: eve@evil.test <ana@crm.test>"),
        ("two pairs of angle brackets", "From: <eve@evil.test> <ana@crm.test>"),
        ("two pairs, the colleague first", "From: <ana@crm.test> <eve@evil.test>"),
        ("nested angle brackets", "From: <eve@evil.test <ana@crm.test>>"),
        ("an address in a comment in front", "From: (eve@evil.test) ana@crm.test"),
        ("an address in a comment behind", "From: ana@crm.test (eve@evil.test)"),
        ("a comment that hides the end", "From: ana@crm.test (<eve@evil.test>"),
        ("a comment inside of the address", "From: ana(x)@crm.test"),
        ("two at signs", "From: eve@evil.test@crm.test"),
        ("two at signs, the colleague in front", "From: ana@crm.test@evil.test"),
        ("a quoted local part with an address", "From: \"ana@crm.test\"@evil.test"),
        ("a quoted pair", "From: \"ana\\\"@crm.test <eve@evil.test>\""),
        ("a name that is never closed", "From: \"Ana <ana@crm.test>"),
        ("white space in the address", "From: ana @crm.test"),
        ("white space around the dot", "From: ana@crm .test"),
        ("a control character", "From: ana\x01@crm.test"),
        ("a bare CR before another field", "From: eve@evil.test\rFrom: ana@crm.test"),
        ("octets that are no UTF-8 for the name", "From: \u{fffd} <eve@evil.test>, ana@crm.test"),
        ("an empty From", "From:\nSender: ana@crm.test"),
        ("no From, only Sender", "Sender: ana@crm.test"),
        ("an address literal", "From: ana@[203.0.113.9]"),
        ("nobody of the company", "From: nobody@crm.test"),
        ("the colleague's address with a detail", "From: ana+x@crm.test"),
        ("a subdomain of the company's", "From: ana@sub.crm.test"),
        ("a homoglyph that the host took for ours", "From: Ana <ana@\u{441}rm.test>"),
        ("full-width letters", "From: Ana <ana@\u{ff43}rm.test>"),
        ("a zero-width space", "From: Ana <ana@crm\u{200b}.test>"),
    ];
    let fooled = passes.map(|(name, header)| forgery(name, &[PASS], header));
    let foreign = [
        forgery("a pass for another domain", &[evil], ANA),
        forgery("the colleague as the name", &[evil], "From: \"ana@crm.test\" <eve@evil.test>"),
        forgery("the colleague as Sender", &[evil], "From: eve@evil.test\nSender: ana@crm.test"),
        forgery("the colleague as Reply-To", &[evil], "From: eve@evil.test\nReply-To: ana@crm.test"),
        forgery("the colleague as Resent-From", &[evil], "Resent-From: ana@crm.test\nFrom: eve@evil.test"),
        forgery("NUL behind the colleague", &[evil], "From: ana@crm.test\0@evil.test"),
        forgery(
            "a domain that ends in ours",
            &["mx.crm.test; dmarc=pass header.from=evil-crm.test"],
            "From: ana@evil-crm.test",
        ),
        forgery(
            "a domain that begins with ours",
            &["mx.crm.test; dmarc=pass header.from=crm.test.evil.test"],
            "From: ana@crm.test.evil.test",
        ),
        forgery(
            "a subdomain with its own pass",
            &["mx.crm.test; dmarc=pass header.from=sub.crm.test"],
            "From: ana@sub.crm.test",
        ),
        forgery(
            "a homoglyph with its own pass",
            &["mx.crm.test; dmarc=pass header.from=xn--rm-nmc.test"],
            "From: Ana <ana@\u{441}rm.test>",
        ),
        forgery(
            "an A-label with its own pass",
            &["mx.crm.test; dmarc=pass header.from=xn--rm-nmc.test"],
            "From: Ana <ana@xn--rm-nmc.test>",
        ),
        forgery(
            "an A-label for plain letters",
            &["mx.crm.test; dmarc=pass header.from=xn--crm-.test"],
            "From: Ana <ana@xn--crm-.test>",
        ),
    ];
    fooled.into_iter().chain(foreign).collect()
}

/// What our host's filter said is no pass for the author, however much it looks like one.
fn results() -> Vec<Forgery> {
    let said = [
        ("a failure", "dmarc=fail header.from=crm.test"),
        ("no policy", "dmarc=none header.from=crm.test"),
        ("a temporary error", "dmarc=temperror header.from=crm.test"),
        ("a permanent error", "dmarc=permerror header.from=crm.test"),
        ("a guess", "dmarc=bestguesspass header.from=crm.test"),
        ("a longer word", "dmarc=passed header.from=crm.test"),
        ("a pass for nobody", "dmarc=pass"),
        ("a pass for two", "dmarc=pass header.from=evil.test header.from=crm.test"),
        ("a pass for two, ours first", "dmarc=pass header.from=crm.test header.from=evil.test"),
        ("another property", "dmarc=pass smtp.from=crm.test"),
        ("an address for the domain", "dmarc=pass header.from=ana@crm.test"),
        ("the organisational domain", "dmarc=pass header.from=test"),
        ("two results in a field", "dmarc=fail header.from=crm.test; dmarc=pass header.from=crm.test"),
        ("two passes in a field", "dmarc=pass header.from=crm.test; dmarc=pass header.from=crm.test"),
        ("DKIM only", "dkim=pass header.d=crm.test header.from=crm.test"),
        ("SPF only", "spf=pass smtp.mailfrom=crm.test header.from=crm.test"),
        ("a method that ends alike", "x-dmarc=pass header.from=crm.test"),
        ("another version of the method", "dmarc/2=pass header.from=crm.test"),
        ("a pass in a comment", "spf=fail (; dmarc=pass header.from=crm.test) smtp.mailfrom=evil.test"),
        ("a pass in a nested comment", "spf=fail ((x) dmarc=pass header.from=crm.test) smtp.mailfrom=x"),
        ("a pass in a reason", "spf=fail reason=\"x; dmarc=pass header.from=crm.test\" smtp.mailfrom=x"),
        (
            "a pass in the envelope's name",
            "spf=fail smtp.mailfrom=\"x; dmarc=pass header.from=crm.test\"@evil.test",
        ),
        ("a comment that never ends", "dmarc=pass header.from=crm.test (x"),
        ("a string that never ends", "dmarc=pass header.from=\"crm.test"),
        ("nothing", "none"),
    ];
    said.map(|(name, said)| forgery(name, &[&format!("mx.crm.test; {said}")], ANA)).into()
}

/// Fields by the sender that a host's filter has no reason to strip: they are not of our name.
fn identities() -> Vec<Forgery> {
    let said = "; dmarc=pass header.from=crm.test";
    let ids = [
        ("another host", "mx.evil.test"),
        ("no name", ""),
        ("a name within ours", "crm.test"),
        ("a name below ours", "a.mx.crm.test"),
        ("a name that begins with ours", "mx.crm.test.evil.test"),
        ("a name that ends in ours", "evil-mx.crm.test"),
        ("ours in a comment", "(mx.crm.test) mx.evil.test"),
        ("ours behind another", "mx.evil.test mx.crm.test"),
        ("ours with another behind", "mx.crm.test mx.evil.test"),
        ("ours with a comma", "mx.crm.test,mx.evil.test"),
        ("ours cut by white space", "mx .crm.test"),
        ("ours cut by a fold", "mx.\n crm.test"),
        ("ours with a closing dot", "mx.crm.test."),
        ("ours quoted with a blank", "\"mx.crm.test \""),
        ("ours in another version", "mx.crm.test 2"),
        ("ours with letters of another alphabet", "mx.\u{441}rm.test"),
        ("ours with full-width letters", "\u{ff4d}x.crm.test"),
        ("ours with a zero-width space", "mx.crm.test\u{200b}"),
        ("ours with a control character behind", "mx.crm.test\x01"),
        ("ours with a control character in front", "\x01mx.crm.test"),
        ("ours with a vertical tab", "mx.crm.test\x0b"),
        ("ours behind a form feed", "\x0cmx.crm.test"),
        ("ours behind a space of Unicode's", "\u{a0}mx.crm.test"),
        ("ours with a bare CR inside", "mx\r.crm.test"),
        ("ours with an escape sequence inside", "m\x1b(Bx.crm.test"),
    ];
    let of_id = |(name, id): &(&'static str, &str)| {
        forgery(name, &[], &format!("Authentication-Results: {id}{said}\n{ANA}"))
    };
    let no_id = format!("Authentication-Results: dmarc=pass header.from=crm.test\n{ANA}");
    ids.iter().map(of_id).chain([forgery("a result for a name", &[], &no_id)]).collect()
}

/// Our name in a place where our own host does not write.
fn places() -> Vec<Forgery> {
    let field = format!("Authentication-Results: {PASS}");
    let failed = "mx.crm.test; dmarc=fail header.from=crm.test";
    let spf = "mx.crm.test; spf=fail smtp.mailfrom=evil.test";
    vec![
        forgery("below From", &[], &format!("{ANA}\n{field}")),
        forgery(
            "below a Received of the sender's",
            &[],
            &format!("Received: from a by b; x\n{field}\n{ANA}"),
        ),
        forgery("below two", &[], &format!("Received: by b\nReceived: by a\n{field}\n{ANA}")),
        forgery(
            "below another host's field",
            &[],
            &format!("Authentication-Results: mx.evil.test; none\n{field}\n{ANA}"),
        ),
        forgery("below a field of the sender's program", &[], &format!("X-Mailer: x\n{field}\n{ANA}")),
        forgery("below our host's failure", &[failed], &format!("{field}\n{ANA}")),
        forgery(
            "below our host's failure and a Received",
            &[failed],
            &format!("Received: by b\n{field}\n{ANA}"),
        ),
        forgery("below our host's other results", &[spf], &format!("Received: by b\n{field}\n{ANA}")),
        forgery("below our host's pass", &[PASS], &format!("{field}\n{ANA}")),
        forgery("below our host's refusal to say", &["mx.crm.test; none"], &format!("X: y\n{field}\n{ANA}")),
        forgery("a name alike", &[], &format!("X-{field}\n{ANA}")),
        forgery("a name alike, with a line", &[], &format!("Authentication_Results: {PASS}\n{ANA}")),
        forgery("a chain's field", &[], &format!("ARC-Authentication-Results: i=1; {PASS}\n{ANA}")),
        forgery("behind a bare CR", &[], &format!("X-A: b\r{field}\n{ANA}")),
        forgery("in a folded line of another field", &[], &format!("X-A: b\n {field}\n{ANA}")),
        forgery("in the body", &[], &format!("{ANA}\n\n{field}")),
        forgery(
            "in an attached mail",
            &[],
            &format!("{ANA}\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n{field}\n{ANA}"),
        ),
    ]
}

/// What the envelope says of the sender.
fn envelopes() -> Vec<Forgery> {
    let ana = |name, parameters| Forgery { mail_from: "ana@crm.test", parameters, ..forgery(name, &[], ANA) };
    vec![
        ana("a colleague's envelope sender", ""),
        ana("a login as AUTH=", " AUTH=ana"),
        ana("an address as AUTH=", " AUTH=ana@crm.test"),
        ana("AUTH=<>", " AUTH=<>"),
        ana("an envelope id", " ENVID=ana@crm.test RET=HDRS"),
        Forgery { mail_from: "", ..forgery("the null sender", &[], ANA) },
    ]
}
