use super::*;
use crate::mail::message;

const OURS: &str = "mx.ours.example";

fn judged(header: &str) -> Result<String, Refusal> {
    let lf = author(&message::read(format!("{header}\n\nbody\n").as_bytes()), OURS, Door::Pipe);
    let crlf = format!("{header}\n\nbody\n").replace('\n', "\r\n");
    assert_eq!(lf, author(&message::read(crlf.as_bytes()), OURS, Door::Pipe), "LF and CRLF differ");
    lf
}

const PASS: &str = "Authentication-Results: mx.ours.example; dmarc=pass header.from=good.example";
const FROM: &str = "From: Ana <ana@good.example>";

#[test]
fn aligned_pass_of_our_host_authenticates_the_author() {
    for header in [
        format!("{PASS}\n{FROM}"),
        format!("{PASS}\nFrom: ana@good.example"),
        format!("{PASS}\nFrom: \"Ana <x>\" <ANA@Good.Example>").replace("<x>", "x"),
        format!("{PASS}\nFrom: \"a@b, c\" <ana@good.example>"),
        format!("{PASS}\nFrom: =?utf-8?q?Ana_=40?= <ana@good.example>"),
        format!("{PASS}\nFrom: Ana (work) <ana@good.example>"),
        format!("Received: from x by mx.ours.example; Mon, 1 Jan 2024 00:00:00 +0000\n{PASS}\n{FROM}"),
        format!(
            "DMARC-Filter: OpenDMARC\n{PASS}\nDKIM-Filter: OpenDKIM\n\
                 Authentication-Results: mx.ours.example; dkim=pass header.d=good.example\n{FROM}"
        ),
        format!(
            "Authentication-Results: MX.ours.example 1;\n\tspf=pass (a; dmarc=fail) smtp.mailfrom=x@y;\n\
                 \tdmarc = pass (p=reject; \\) dis=none) header . from = \"good.example\"\n{FROM}"
        ),
        format!(
            "Authentication-Results: \"mx.ours.example\"; dmarc=pass reason=\"x; dmarc=fail\" header.from=good.example;\n{FROM}"
        ),
        format!(
            "Authentication-Results: mx.ours.example; dkim=pass header.b=ab/+c= header.i=@good.example; \
                 DMARC=PASS header.from=GOOD.example\n{FROM}"
        ),
        format!("Authentication-Results: mx.ours.example; dmarc/1=pass header.from=good.example\n{FROM}"),
    ] {
        assert_eq!(judged(&header).as_deref(), Ok("ana@good.example"), "{header}");
    }
}

#[test]
fn international_domain_is_compared_as_a_label() {
    let header = "Authentication-Results: mx.ours.example; dmarc=pass header.from=xn--bcher-kva.example\n\
                  From: a@bücher.example";
    assert_eq!(judged(header).as_deref(), Ok("a@xn--bcher-kva.example"));
}

#[track_caller]
fn refused(header: &str, why: Refusal) {
    assert_eq!(judged(header), Err(why), "{header}");
}

#[test]
fn fields_of_others_do_not_count() {
    for field in [
        "Authentication-Results: mx.evil.example; dmarc=pass header.from=good.example",
        "Authentication-Results: mx.ours.example.evil.example; dmarc=pass header.from=good.example",
        "Authentication-Results: xmx.ours.example; dmarc=pass header.from=good.example",
        "Authentication-Results: (mx.ours.example) evil; dmarc=pass header.from=good.example",
        "Authentication-Results: mx.evil.example (mx.ours.example); dmarc=pass header.from=good.example",
        "Authentication-Results: ; dmarc=pass header.from=good.example",
        "Authentication-Results: dmarc=pass header.from=good.example",
        "Authentication-Results: \"mx.ours.example; dmarc=pass header.from=good.example",
        "X-Authentication-Results: mx.ours.example; dmarc=pass header.from=good.example",
        "ARC-Authentication-Results: i=1; mx.ours.example; dmarc=pass header.from=good.example",
        "Authentication-Results-Original: mx.ours.example; dmarc=pass header.from=good.example",
    ] {
        refused(&format!("{field}\n{FROM}"), Refusal::NoField);
    }
}

#[test]
fn field_below_what_the_sender_wrote_does_not_count() {
    refused(&format!("{FROM}\n{PASS}"), Refusal::NoField);
    refused(&format!("Subject: x\n{PASS}\n{FROM}"), Refusal::NoField);
    refused(&format!("Received: by a\nReceived: by b\n{PASS}\n{FROM}"), Refusal::NoField);
    refused(&format!("Authentication-Results: mx.evil.example; none\n{PASS}\n{FROM}"), Refusal::NoField);
    refused(&format!("X-Mailer: x\n{PASS}\n{FROM}"), Refusal::NoField);
}

#[test]
fn received_above_ours_is_postfix_own_at_the_pipe_door_only() {
    let header = format!("Received: by a\n{PASS}\n{FROM}\n\nbody\n");
    let message = message::read(header.as_bytes());
    assert!(author(&message, OURS, Door::Pipe).is_ok());
    assert_eq!(author(&message, OURS, Door::Milter), Err(Refusal::NoField));
    let bare = message::read(format!("{PASS}\n{FROM}\n\nbody\n").as_bytes());
    assert!(author(&bare, OURS, Door::Milter).is_ok());
}

#[test]
fn forged_field_below_ours_does_not_help() {
    let ours = |result: &str| format!("Authentication-Results: mx.ours.example; {result}");
    refused(
        &format!("{}\n{PASS}\n{FROM}", ours("dmarc=fail header.from=good.example")),
        Refusal::SeveralResults,
    );
    refused(&format!("{}\nReceived: by a\n{PASS}\n{FROM}", ours("spf=fail")), Refusal::NoResult);
    refused(&format!("{}\nReceived: by a\n{PASS}\n{FROM}", ours("none")), Refusal::NoResult);
    refused(
        &format!("{}\nReceived: by a\n{PASS}\n{FROM}", ours("dmarc=none header.from=good.example")),
        Refusal::NotPassed,
    );
    refused(&format!("{PASS}\n{PASS}\n{FROM}"), Refusal::SeveralResults);
    refused(
        &format!(
            "{}\n{FROM}",
            ours("dmarc=pass header.from=evil.example; dmarc=pass header.from=good.example")
        ),
        Refusal::SeveralResults,
    );
}

#[test]
fn result_that_is_not_pass_is_not_taken_for_one() {
    for result in
        ["fail", "none", "temperror", "permerror", "bestguesspass", "passed", "pass-ish", "softfail"]
    {
        refused(
            &format!(
                "Authentication-Results: mx.ours.example; dmarc={result} header.from=good.example\n{FROM}"
            ),
            Refusal::NotPassed,
        );
    }
}

#[test]
fn pass_in_a_comment_a_quote_or_another_method_is_none() {
    for results in [
        "spf=pass (dmarc=pass header.from=good.example)",
        "spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=good.example\"",
        "dkim=pass header.from=good.example",
        "x-dmarc=pass header.from=good.example",
        "spf=pass reason=\"; dmarc=pass header.from=good.example\"",
        "spf=pass smtp.helo=dmarc=pass",
        "none (; dmarc=pass header.from=good.example)",
    ] {
        refused(&format!("Authentication-Results: mx.ours.example; {results}\n{FROM}"), Refusal::NoResult);
    }
}

#[test]
fn malformed_field_of_ours_refuses() {
    for results in [
        "dmarc=pass header.from=good.example (",
        "dmarc=pass header.from=\"good.example",
        "dmarc pass header.from=good.example",
        "dmarc=pass headerfrom=good.example",
        "dmarc=(x) header.from=good.example",
        "dmarc/2=pass header.from=good.example",
        "none; dmarc=pass header.from=good.example",
        "dmarc=pass header.from=good.example header",
        "dmarc=pass\"x\" header.from=good.example",
    ] {
        refused(&format!("Authentication-Results: mx.ours.example; {results}\n{FROM}"), Refusal::Malformed);
    }
    refused(
        &format!("Authentication-Results: mx.ours.example 2; dmarc=pass header.from=good.example\n{FROM}"),
        Refusal::Malformed,
    );
    refused(
        &format!(
            "Authentication-Results: mx.ours.example, mx.evil; dmarc=pass header.from=good.example\n{FROM}"
        ),
        Refusal::NoField,
    );
}

#[test]
fn pass_for_another_domain_is_not_aligned() {
    for results in [
        "dmarc=pass",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass header.from=sub.good.example",
        "dmarc=pass header.from=example",
        "dmarc=pass header.from=good.example header.from=evil.example",
        "dmarc=pass header.from=\"\"",
        "dmarc=pass header.d=good.example",
        "dmarc=pass smtp.from=good.example",
        "dmarc=pass header.from=ana@good.example",
        "dmarc=pass header.from=good.example.evil.example",
    ] {
        refused(&format!("Authentication-Results: mx.ours.example; {results}\n{FROM}"), Refusal::NotAligned);
    }
}

#[test]
fn author_that_parsers_could_read_differently_is_none() {
    for from in [
        "From: ana@good.example, eve@evil.example",
        "From: eve@evil.example\nFrom: ana@good.example",
        "From: ana@good.example\nfrom : eve@evil.example",
        "From: staff: ana@good.example;",
        "From: ana@good.example <eve@good.example>",
        "From: <ana@good.example> <eve@evil.example>",
        "From: Ana <eve@evil.example> <ana@good.example>",
        "From: <ana@good.example> eve@evil.example",
        "From: (<eve@evil.example>) ana@good.example",
        "From: ana@good.example (eve@evil.example)",
        "From: <@evil.example:ana@good.example>",
        "From: =?utf-8?q?ana=40good.example?=",
        "From: <=?utf-8?q?ana=40good.example?=>",
        "From: \"ana\"@evil.example@good.example",
        "From: ana@good.example\0.evil.example",
        "From: ana\0@good.example",
        "From: Ana\0 <ana@good.example>",
        "From: ana @good.example",
        "From: \"Ana <ana@good.example>",
        "From: Ana <ana@good.example",
        "From: ana@good.example>",
        "From: ana@evil.example@good.example",
        "From: Ana",
        "From:",
        "Sender: ana@good.example",
        "From: ana@good.example; eve@evil.example",
        "From: <\"ana\\\" <eve@evil.example>\"@good.example>",
        "From: ana@[192.0.2.1]",
    ] {
        refused(&format!("{PASS}\n{from}"), Refusal::Author);
    }
}

#[test]
fn header_too_large_to_be_read_refuses() {
    let many = "X-Spam: x\n".repeat(crate::mail::limits::FIELDS);
    refused(&format!("{PASS}\n{FROM}\n{many}From: eve@evil.example"), Refusal::Cut);
    let long = "x".repeat(crate::mail::limits::FIELD + 1);
    refused(&format!("{PASS}\n{FROM}\nX-Long: {long}"), Refusal::Cut);
}

#[test]
fn letters_that_only_comparing_makes_ours_refuse() {
    for from in [
        "ana@\u{ff47}ood.example",
        "ana@good\u{3002}example",
        "ana@go\u{200b}od.example",
        "ana@\u{24d6}ood.example",
        "\u{212a}ate@good.example",
    ] {
        refused(&format!("{PASS}\nFrom: {from}"), Refusal::Author);
    }
    let results = "Authentication-Results: mx.ours.example; dmarc=pass header.from=xn--mller-kva.example";
    let good = judged(&format!("{results}\nFrom: J\u{f6}rg <j\u{f6}rg@M\u{fc}ller.example>"));
    assert_eq!(good.as_deref(), Ok("j\u{f6}rg@xn--mller-kva.example"));
}

/// A filter compares octets: what it does not take for our name it leaves alone.
#[test]
fn name_that_is_ours_only_after_cleaning_is_the_senders() {
    let mut believed = Vec::new();
    for id in [
        &b"mx.ours.example\x0b"[..],
        b"mx.ours.example\x01",
        b"mx.ours.example\x7f",
        b"\x01mx.ours.example",
        b"\x0cmx.ours.example",
        b"mx.ours\r.example",
        b"m\x1b(Bx.ours.example",
        b"mx.ours.example\x00",
        b"\xc2\xa0mx.ours.example",
        b"\xe2\x80\x83mx.ours.example",
        b"\xc2\x85mx.ours.example",
        b"+AG0-x.ours.example",
    ] {
        for charset in ["iso-2022-jp", "utf-7", "us-ascii"] {
            // The last octets are no UTF-8: the charset that the sender names would be tried.
            for end in [&b""[..], b" (\xff)"] {
                let rest =
                    format!("\r\n{FROM}\r\nContent-Type: text/plain; charset={charset}\r\n\r\nbody\r\n");
                let result = b"; dmarc=pass header.from=good.example";
                let field = [b"Authentication-Results: ", id, result, end, rest.as_bytes()].concat();
                for door in [Door::Milter, Door::Pipe] {
                    if author(&message::read(&field), OURS, door).is_ok() {
                        believed.push((id.escape_ascii().to_string(), charset, !end.is_empty(), door));
                    }
                }
            }
        }
    }
    assert!(believed.is_empty(), "{believed:#?}");
}
