//! A probe: a message that says of itself what only our own host may say, and the judgement of what of that
//! was still there when it arrived.
//!
//! A field that survived is one that a stranger can forge. Every spelling that [`super::auth_results`] reads
//! as our host's name is tried, as a filter that strips only the plain one strips too little. Each forged field
//! carries a mark of its own, made from the probe's token, so that what our filters add is not mistaken for it.

use super::message;

/// One forged field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forged {
    /// Field name, as written in the message.
    pub name: String,
    /// Field body.
    pub value: String,
    /// What of it no other field has.
    pub mark: String,
    /// How it is written, for people.
    pub how: &'static str,
}

/// Authentication-Results as if our host had written them.
pub fn results(authserv_id: &str, token: &str) -> Vec<Forged> {
    const NAME: &str = "Authentication-Results";
    let spellings = [
        (NAME, authserv_id.to_owned(), "as the first field"),
        (NAME, authserv_id.to_uppercase(), "in capitals"),
        (NAME, format!("\"{authserv_id}\""), "in quotes"),
        (NAME, format!("(x) {authserv_id}"), "behind a comment"),
        (NAME, format!("{authserv_id}(x)"), "before a comment"),
        (NAME, format!("\"\\{authserv_id}\""), "in quotes, with a backslash"),
        (NAME, format!("{authserv_id} 1"), "with a version"),
        (NAME, format!("\r\n {authserv_id}"), "on the second line of its field"),
        ("authentication-results", authserv_id.to_owned(), "with its name in small letters"),
        ("Authentication-Results ", authserv_id.to_owned(), "with a space in front of the colon"),
        (NAME, authserv_id.to_owned(), "further down"),
    ];
    let forged = |(number, (name, id, how)): (usize, (&str, String, &'static str))| {
        let mark = format!("{token}-{number:02}");
        let value = format!("{id}; dmarc=pass header.from=example.com policy.probe={mark}");
        Forged { name: name.to_owned(), value, mark, how }
    };
    spellings.into_iter().enumerate().map(forged).collect()
}

/// Marks of spam as if our host's filter had set them.
pub fn markers<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>, token: &str) -> Vec<Forged> {
    let forged = |(number, (name, value)): (usize, (&str, &str))| {
        let mark = format!("{token}-{number:02}");
        Forged {
            name: name.to_owned(),
            value: format!("{value} {mark}"),
            mark,
            how: "as a spam filter would",
        }
    };
    fields.into_iter().enumerate().map(forged).collect()
}

/// The message, with CRLF line ends: all forged fields but the last above its own. Its
/// last field is one that nobody has a reason to strip.
pub fn probe(forged: &[Forged], to: &str, token: &str) -> Vec<u8> {
    let line = |field: &Forged| format!("{}: {}\r\n", field.name, field.value);
    let (last, first) = forged.split_last().map_or((None, forged), |(last, first)| (Some(last), first));
    let mut out: String = first.iter().map(line).collect();
    out.push_str(&format!("From: crm-milter <{to}>\r\nTo: <{to}>\r\nSubject: Probe of crm-milter\r\n"));
    out.push_str("Auto-Submitted: auto-generated\r\n");
    out.extend(last.map(line));
    out.push_str(&format!("Message-ID: <{token}@crm-milter.invalid>\r\n"));
    out.push_str("\r\nSent by `crmctl check --probe`. It is recorded nowhere and may be deleted.\r\n");
    out.into_bytes()
}

/// Whether that header is the probe's, to its last field: of one that was lost on the way nothing is proven.
pub fn is_whole(header: &[u8], token: &str) -> bool {
    message::read(header).message_id.is_some_and(|id| id.split('@').next() == Some(token))
}

/// Those that still stand in the header as it arrived, under their own name: read as for authority.
pub fn survivors<'a>(forged: &'a [Forged], header: &[u8]) -> Vec<&'a Forged> {
    let arrived = message::read(header).fields;
    let left = |one: &&Forged| {
        let name = one.name.trim_end();
        arrived.iter().any(|field| field.name.eq_ignore_ascii_case(name) && field.value.contains(&one.mark))
    };
    forged.iter().filter(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::auth_results;
    use crate::mail::envelope::Door;

    const TOKEN: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn every_spelling_tried_is_one_that_would_be_believed() {
        for forged in results("mx.crm.test", TOKEN) {
            let text = format!("{}: {}\r\nFrom: a@example.com\r\n\r\n", forged.name, forged.value);
            let message = message::read(text.as_bytes());
            let author = auth_results::author(&message, "mx.crm.test", Door::Milter);
            assert_eq!(author.as_deref(), Ok("a@example.com"), "{}", forged.how);
        }
    }

    #[test]
    fn only_the_probes_own_fields_under_their_own_names_have_survived() {
        let forged = results("mx.crm.test", TOKEN);
        assert_eq!(survivors(&forged, &probe(&forged, "info@crm.test", TOKEN)).len(), forged.len());
        assert!(is_whole(&probe(&[], "info@crm.test", TOKEN), TOKEN) && !is_whole(b"", TOKEN));
        let stripped =
            b"Authentication-Results: mx.crm.test; dmarc=none header.from=x\r\nFrom: a@b.test\r\n\r\n";
        assert!(survivors(&forged, stripped).is_empty());
        let renamed = format!("X-Old-Authentication-Results: {}\r\n\r\n", forged[0].value);
        assert!(survivors(&forged, renamed.as_bytes()).is_empty());
        let folded = format!("authentication-RESULTS:{}\r\n\r\n", forged[0].value.replace(' ', "\r\n\t"));
        assert_eq!(survivors(&forged, folded.as_bytes()), [&forged[0]]);
    }
}
