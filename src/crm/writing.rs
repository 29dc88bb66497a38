//! What users write to contacts: its subject, its thread, its quotation, and what may stand in it. The rows of the
//! outbox are made of it; see [`super::letter`].

use super::template::one_line;

/// Most characters of a subject.
pub const LONGEST_SUBJECT: usize = 250;
/// Most octets of a text.
pub const LONGEST_TEXT: usize = 1024 * 1024;
/// Most Message-IDs of a thread that are named: the first, and the newest ones.
const REFERENCES: usize = 20;
/// Most octets of a Message-ID that is named: field lines hold 998.
const MESSAGE_ID: usize = 250;
/// Most lines of a quotation.
const QUOTED: usize = 500;

/// The text as it goes out: lines end with LF, none of them has spaces at its end.
///
/// # Errors
/// Why it cannot go out, and what to do.
pub fn text(written: &str) -> Result<String, String> {
    let text = written.replace("\r\n", "\n");
    let text: Vec<&str> =
        text.split('\n').map(|line| if line == "-- " { line } else { line.trim_end() }).collect();
    let text = text.join("\n").trim_matches('\n').to_owned();
    if text.trim().is_empty() {
        return Err("there is no text; nothing is sent".into());
    }
    if text.len() > LONGEST_TEXT {
        return Err(format!("the text is longer than {LONGEST_TEXT} octets; attach it as a file"));
    }
    for (number, line) in (1..).zip(text.split('\n')) {
        if let Some(odd) = line.chars().find(|c| c.is_control() && *c != '\t') {
            let code = u32::from(odd);
            return Err(format!(
                "line {number} of the text has the control character U+{code:04X}; take it out"
            ));
        }
    }
    Ok(text)
}

/// The subject as it goes out, with the code of what it is about.
///
/// # Errors
/// Why it cannot go out, and what to do.
pub fn subject(written: &str, code: Option<&str>) -> Result<String, String> {
    let written = written.trim();
    if written.is_empty() {
        return Err("a letter needs a subject: --subject".into());
    }
    if written.chars().any(char::is_control) {
        return Err("a subject is one line without control characters".into());
    }
    if written.chars().count() > LONGEST_SUBJECT {
        return Err(format!("a subject has at most {LONGEST_SUBJECT} characters"));
    }
    Ok(with_code(written, code))
}

/// The subject of an answer, made of a stranger's.
pub fn reply_subject(answered: Option<&str>, code: Option<&str>) -> String {
    let answered = one_line(answered.unwrap_or_default(), LONGEST_SUBJECT);
    let before = answered.split(':').next().unwrap_or_default();
    let is_reply =
        answered.contains(':') && REPLIES.iter().any(|prefix| before.trim().eq_ignore_ascii_case(prefix));
    with_code(if is_reply { answered.clone() } else { format!("Re: {answered}") }.trim_end(), code)
}

/// How mail programs of our languages begin the subject of an answer.
const REPLIES: [&str; 6] = ["re", "aw", "antw", "sv", "odp", "rif"];

fn with_code(subject: &str, code: Option<&str>) -> String {
    match code {
        Some(code) if !subject.to_uppercase().contains(&format!("[{code}]")) => format!("{subject} [{code}]"),
        _ => subject.to_owned(),
    }
}

/// The Message-IDs of a thread that an answer names, the oldest first: those that have a Message-ID's form, the first
/// and the newest where there are many.
pub fn references<'a>(thread: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in thread.into_iter().filter_map(message_id) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let surplus = ids.len().saturating_sub(REFERENCES);
    ids.drain(usize::from(surplus > 0)..usize::from(surplus > 0) + surplus);
    ids
}

/// A Message-ID with its angle brackets, if it can be named in a header field: whoever wrote it may have put anything
/// there.
pub fn message_id(written: &str) -> Option<String> {
    let inner = written.trim().trim_start_matches('<').trim_end_matches('>');
    let (left, right) = inner.split_once('@')?;
    let plain = |c: u8| c.is_ascii_graphic() && !b"<>()\\,;\"".contains(&c);
    let formed =
        !left.is_empty() && !right.is_empty() && inner.bytes().all(plain) && inner.len() <= MESSAGE_ID;
    formed.then(|| format!("<{inner}>"))
}

/// A text as an answer quotes it, below the line that says whose it is.
pub fn quoted(whose: &str, text: &str) -> String {
    let mut out = format!("{}\n", one_line(whose, LONGEST_SUBJECT));
    let clean = |c: &char| *c == '\t' || !c.is_control();
    for (number, line) in text.trim_matches(['\r', '\n']).lines().enumerate() {
        if number == QUOTED {
            out.push_str("> …\n");
            break;
        }
        let line: String = line.chars().filter(clean).collect();
        let gap = if line.is_empty() || line.starts_with('>') { "" } else { " " };
        out.push_str(&format!(">{gap}{}\n", line.trim_end()));
    }
    out
}

/// The media type that a file's name says; what a mail program does not know it offers to save.
pub fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        "txt" | "log" | "md" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "json" => "application/json",
        "xml" => "application/xml",
        "rtf" => "application/rtf",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_of_an_answer_begins_with_re_once_and_names_the_code_once() {
        let code = Some("INC-2026-00042");
        assert_eq!(reply_subject(Some("Lamp"), code), "Re: Lamp [INC-2026-00042]");
        assert_eq!(reply_subject(Some("AW: Lamp [inc-2026-00042]"), code), "AW: Lamp [inc-2026-00042]");
        assert_eq!(reply_subject(Some("RE : Lamp"), None), "RE : Lamp");
        assert_eq!(reply_subject(Some("Reply: Lamp"), None), "Re: Reply: Lamp");
        assert_eq!(reply_subject(None, None), "Re:");
        assert_eq!(reply_subject(Some("a\r\nBcc: x@y.test\u{202e}"), None), "Re: a Bcc: x@y.test");
        assert_eq!(subject(" Offer ", Some("DEAL-1")), Ok("Offer [DEAL-1]".into()));
        for wrong in ["", "  ", "a\nBcc: x@y.test", "a\0b", &"x".repeat(251)] {
            assert!(subject(wrong, None).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn references_are_message_ids_and_nothing_else_and_not_too_many() {
        let odd =
            ["<a@b.test>", "c@d.test", "<a@b.test>", "<x y@z>", "<@>", "", "<é@b.test>", "<a@b>\r\nX: y"];
        assert_eq!(references(odd), ["<a@b.test>", "<c@d.test>"]);
        assert_eq!(message_id(&format!("<{}@b.test>", "a".repeat(300))), None);
        let many: Vec<String> = (0..50).map(|n| format!("<{n}@b.test>")).collect();
        let named = references(many.iter().map(String::as_str));
        assert_eq!((named.len(), named[0].as_str(), named[1].as_str()), (20, "<0@b.test>", "<31@b.test>"));
        assert_eq!(named.last(), many.last());
    }

    #[test]
    fn text_without_words_or_with_control_characters_does_not_go_out() {
        assert_eq!(text("Dear Ana,\r\n\r\nyes.  \n-- \nLuis\n\n"), Ok("Dear Ana,\n\nyes.\n-- \nLuis".into()));
        for wrong in ["", " \n\t\n", "a\0b", "red \u{1b}[31m", "a\rb", &"x".repeat(LONGEST_TEXT + 1)] {
            assert!(text(wrong).is_err(), "{:?}", wrong.get(..20));
        }
    }

    #[test]
    fn quotation_is_bounded_and_marks_every_line() {
        let quoted = quoted("On 2026-11-22 Eva\r\nwrote:", "Hello\n> before\n\nBye\u{1b}[0m");
        assert_eq!(quoted, "On 2026-11-22 Eva wrote:\n> Hello\n>> before\n>\n> Bye[0m\n");
        let long = super::quoted("x:", &"line\n".repeat(10_000));
        assert_eq!((long.lines().count(), long.ends_with("> …\n")), (QUOTED + 2, true));
    }
}
