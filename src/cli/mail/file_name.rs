//! File names that strangers chose for attachments, made harmless: what is left names a file in the directory that
//! was asked for and nothing else, on Linux and wherever the file is copied to.

/// Octets of a name at most; file systems take 255, and a number for clashes must fit in.
const LONGEST: usize = 200;

/// Names that are devices on Windows, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "clock$", "conin$"];

/// The name for an attachment: the last part of a path, without what steers a terminal or a shell's globbing, without
/// leading dots and dashes, never empty.
pub fn harmless(sent: Option<&str>, position: i16) -> String {
    let last = sent.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String =
        last.chars().filter(|&c| !is_invisible(c)).map(|c| if is_odd(c) { '_' } else { c }).collect();
    let name = name.trim_start_matches(['.', '-', '~', ' ', '_']).trim_end_matches(['.', ' ']);
    if name.is_empty() {
        return format!("attachment-{}", position + 1);
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = stem.len() == 4
        && (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.ends_with(|c: char| c.is_ascii_digit());
    let device = port || DEVICES.contains(&stem.as_str());
    shortened(&if device { format!("file-{name}") } else { name.to_owned() })
}

/// The same name with a number before its extension.
pub fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = parts(name);
    format!("{stem}-{number}{extension}")
}

/// Stem, and extension with its dot; a long tail is none.
fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= 16 => name.split_at(at),
        _ => (name, ""),
    }
}

/// Cut so that the extension stays.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = parts(name);
    let mut end = LONGEST - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &stem[..end])
}

/// Characters that show nothing or turn the reading direction: `gpj.exe` must not read `exe.jpg`.
fn is_invisible(c: char) -> bool {
    super::super::text::line(&c.to_string()) != c.to_string()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}')
}

/// Characters that mean something to a shell, or to another system's files.
fn is_odd(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '`' | '$' | ';' | '&' | '\'' | '!')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_directory_or_is_a_device_or_an_option() {
        let of = |sent: &str| harmless(Some(sent), 0);
        assert_eq!(of("Résumé (2).pdf"), "Résumé (2).pdf");
        assert_eq!(of("../../etc/passwd"), "passwd");
        assert_eq!(of("C:\\Windows\\system32\\cmd.exe"), "cmd.exe");
        assert_eq!(of("--checkpoint-action=exec=sh"), "checkpoint-action=exec=sh");
        assert_eq!(of(".bashrc"), "bashrc");
        assert_eq!(of("a\0b\u{1b}[2J\n.txt"), "ab[2J.txt");
        assert_eq!(of("\u{202e}gpj.exe"), "gpj.exe");
        assert_eq!(of("CON.txt"), "file-CON.txt");
        assert_eq!(of("lpt1"), "file-lpt1");
        assert_eq!(of("$(reboot).txt"), "(reboot).txt");
        for nothing in ["", ".", "..", "...", "/", "a/", "-", "\u{200b}", " . "] {
            assert_eq!(of(nothing), "attachment-1", "{nothing:?}");
        }
        assert_eq!(harmless(None, 4), "attachment-5");
    }

    #[test]
    fn long_names_keep_their_extension_and_fit_with_a_number() {
        let long = harmless(Some(&format!("{}.pdf", "é".repeat(1000))), 0);
        assert!(long.len() <= LONGEST && long.ends_with("é.pdf"));
        assert!(numbered(&long, u32::MAX).len() <= 255);
        assert_eq!(numbered("a.tar.gz", 2), "a.tar-2.gz");
        assert_eq!(numbered("README", 2), "README-2");
    }
}
