//! Name, title, company, numbers and sites from the lines of a signature.
//!
//! Each line falls into pieces (`Name | Title | Company`); pieces that hold a way to reach somebody give numbers
//! and sites, the others are told apart by their words, then by the domain of the author's address, then by where
//! they stand: what is between the name and the company is a title. What is none of this is left out.

use super::words::{is_address, is_company, is_fax, is_house, is_of_domain, is_other_number, is_title};
use super::{Signature, is_name, is_own_name};
use crate::extract::company;
use crate::mail::finding::Finding;
use crate::mail::labels;
use crate::mail::reply::signoff;

/// Longest line that names, titles and companies are looked for in, in characters.
const LINE: usize = 110;
/// Most numbers taken from a piece.
const NUMBERS: usize = 6;

/// Reads the fields of a block. `domain` is the author's, unless it is a mailbox provider's.
pub fn read(block: &[&str], names: &[String], domain: Option<&str>) -> Signature {
    let first = block.iter().position(|l| !signoff::is_delimiter(l)).unwrap_or(block.len());
    let text = block[first..].join("\n").trim().to_owned();
    let mut signature = Signature { text, ..Signature::default() };
    let opening = signature.text.lines().next().unwrap_or_default();
    signature.explain.push(Finding::new("signature-block", "signature.text", opening));
    let mut plain: Vec<&str> = Vec::new();
    for line in &block[first..] {
        let line = line.trim().trim_matches(['*', '_', '|', ' ']).trim();
        if line.is_empty() || labels::closing(line).is_some() || labels::is_device_note(line) {
            continue;
        }
        for piece in line
            .split(['|', '•', '·', '\t', '¦', '●', '▪', '│', '︱'])
            .map(str::trim)
            .filter(|p| !p.is_empty())
        {
            match reach(&mut signature, piece, domain) {
                Some(before) => plain.extend(named_before(before)),
                None if line.chars().count() <= LINE => plain.push(piece),
                None => {}
            }
        }
    }
    let domain = domain.map(str::to_owned).or_else(|| signature.urls.iter().find_map(|url| site(url)));
    let mut fields = Fields { signature, names, domain: domain.as_deref() };
    fields.tell(plain);
    fields.signature
}

/// Takes numbers and sites from a piece, if it has any; gives what stands before the first of them.
fn reach<'a>(signature: &mut Signature, piece: &'a str, domain: Option<&str>) -> Option<&'a str> {
    let mut first = piece.len();
    let mut from = 0;
    for _ in 0..NUMBERS {
        let Some(number) = signoff::phone(&piece[from..]) else { break };
        let at = number.as_ptr() as usize - piece.as_ptr() as usize;
        let end = at + number.len();
        let label = &piece[from..at];
        let ext = extension(&piece[end..]);
        if !is_fax(label) && !is_other_number(label, number) {
            let written = piece[at..end + ext].to_owned();
            signature.explain.push(Finding::new("signature-number", "signature.phones", piece));
            signature.phones.push(written);
        }
        first = first.min(at);
        from = end + ext;
    }
    for word in piece.split_whitespace() {
        let at = word.as_ptr() as usize - piece.as_ptr() as usize;
        let word = word.trim_matches(|c: char| "<>()[],;*\"'".contains(c));
        let lower = word.to_ascii_lowercase();
        let link = lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("www.");
        let own =
            domain.is_some_and(|d| lower == d || lower.strip_suffix(d).is_some_and(|sub| sub.ends_with('.')));
        if link || own {
            if !signature.urls.iter().any(|url| url == word) {
                signature.explain.push(Finding::new("signature-site", "signature.urls", piece));
                signature.urls.push(word.to_owned());
            }
            first = first.min(at);
        } else if word.contains('@') && word.contains('.') {
            first = first.min(at);
        }
    }
    (first < piece.len()).then(|| &piece[..first])
}

/// How many octets at the start of the text are an extension: ` ext. 12`, ` x12`, ` -Durchwahl 3`.
fn extension(text: &str) -> usize {
    let rest = text.trim_start_matches([' ', ',', '-', '(']);
    let lower = labels::fold(&rest[..labels::floor(rest, 24)]);
    let words = ["extension", "ext.", "ext", "durchwahl", "poste", "interno", "int.", "ramal", "wew.", "x"];
    let Some(word) = words.iter().find(|word| lower.starts_with(**word)) else { return 0 };
    let Some(after) = rest.get(word.len()..) else { return 0 };
    let number = after.trim_start_matches([' ', '.', ':']);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=6).contains(&digits) {
        return 0;
    }
    number.as_ptr() as usize - text.as_ptr() as usize + digits
}

/// The domain of a site.
fn site(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', ':']).next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (host.contains('.') && !company::is_free_mail(host)).then(|| company::registrable(host).to_owned())
}

/// Pieces that stand before a number on its line: `Archive Weser, Tel. 0555 …`, `Ann Lee (0555 …)`.
fn named_before(before: &str) -> Option<&str> {
    let cut = before.rfind([',', ';', '(', '–', '-'])?;
    let named = before[..cut].trim();
    (named.contains(' ') && (is_name(named) || is_company(named) || is_title(named))).then_some(named)
}

struct Fields<'a> {
    signature: Signature,
    names: &'a [String],
    domain: Option<&'a str>,
}

impl Fields<'_> {
    fn tell(&mut self, plain: Vec<&str>) {
        let mut rest = self.name(plain);
        let named = self.signature.name.is_some();
        rest.retain(|line| !self.by_words(line));
        if self.signature.company.is_none()
            && let Some(at) = rest.iter().position(|line| self.is_house(line))
        {
            let line = rest.remove(at);
            self.put_company("signature-company", line, line);
            // What was between the name and the house is a position.
            rest.truncate(at);
        }
        if named
            && self.signature.title.is_none()
            && self.signature.company.is_some()
            && let Some(line) = rest.first().filter(|line| is_position(line))
        {
            self.put_title("signature-place", line, line);
        }
    }

    /// Finds the name and gives the other pieces, in order, those above the name left out.
    fn name<'l>(&mut self, mut plain: Vec<&'l str>) -> Vec<&'l str> {
        let fits = |l: &&str| is_own_name(l, self.names) && !is_company(without_name(l));
        // "Ann" over "Ann Lee | CEO": the fuller name.
        let full = |l: &str| {
            let words = super::words(l.split(',').next().unwrap_or(l));
            if words.iter().all(|w| self.names.contains(w)) { words.len() } else { 0 }
        };
        let most = plain.iter().filter(|l| fits(l)).map(|l| full(l)).max().unwrap_or(0);
        let own = plain.iter().position(|l| fits(l) && full(l) >= most.min(3));
        let at = own.or_else(|| {
            plain.iter().take(2).position(|l| {
                let bare = unclosed(l);
                is_name(bare)
                    && !is_company(l)
                    && (bare != *l || (!is_title(l) && !is_house(l) && !self.is_house(l)))
            })
        });
        let Some(at) = at else { return spaced(plain, self.names) };
        let whole = plain[at];
        let line = unclosed(whole);
        let split =
            line.split_once(',').or_else(|| line.split_once(" - ")).or_else(|| line.split_once(" – "));
        let (name, more) = match split {
            Some((name, more)) if !more.trim().is_empty() && name.contains(' ') => (name, Some(more.trim())),
            // Chinese and Korean put the position behind the name.
            _ => match line.split_once(' ') {
                Some((name, more))
                    if line.chars().all(|c| c == ' ' || labels::is_ideograph(c)) && is_title(more) =>
                {
                    (name, Some(more))
                }
                _ => (line, None),
            },
        };
        let name = name.trim_matches(|c: char| c.is_whitespace() || "-–—~*.,_".contains(c));
        self.signature.explain.push(Finding::new(
            if own.is_some() { "signature-author" } else { "signature-name" },
            "signature.name",
            whole,
        ));
        self.signature.name = Some(name.to_owned());
        let below = plain.split_off(at + 1);
        let more = more.filter(|more| !is_degree(more));
        // Japanese and Chinese blocks name the house above the person.
        let above = plain.into_iter().take(at);
        more.into_iter().chain(below).chain(above).collect()
    }

    /// Takes a piece whose words say what it is.
    fn by_words(&mut self, line: &str) -> bool {
        let (no_company, no_title) = (self.signature.company.is_none(), self.signature.title.is_none());
        if is_company(line) {
            if !no_company {
                return true;
            }
            match parted(line)
                .filter(|(title, company)| is_title(title) && !is_company(title) && !company.is_empty())
            {
                Some((title, company)) if no_title && is_company(company) => {
                    self.put_title("signature-title", title, line);
                    self.put_company("signature-company", company, line);
                }
                _ => self.put_company("signature-company", line, line),
            }
            return true;
        }
        if is_address(line) || !is_title(line) || (is_house(line) && self.is_of_domain(line)) {
            return false;
        }
        if no_title {
            match parted(line) {
                Some((title, company)) if no_company && is_title(title) => {
                    self.put_title("signature-title", title, line);
                    self.put_company("signature-company", company, line);
                }
                _ => self.put_title("signature-title", line, line),
            }
        }
        true
    }

    fn is_of_domain(&self, line: &str) -> bool {
        self.domain.is_some_and(|domain| is_of_domain(line, domain))
    }

    fn is_house(&self, line: &str) -> bool {
        line.chars().count() <= 60
            && !line.ends_with(['.', '!', '?', ':', ','])
            && !is_address(line)
            && (self.is_of_domain(line) || is_house(line))
    }

    fn put_company(&mut self, rule: &'static str, company: &str, line: &str) {
        let company = company.trim().trim_end_matches(['!', ',', ';']).trim();
        self.signature.explain.push(Finding::new(rule, "signature.company", line));
        self.signature.company = Some(company.to_owned());
    }

    fn put_title(&mut self, rule: &'static str, title: &str, line: &str) {
        self.signature.explain.push(Finding::new(rule, "signature.title", line));
        self.signature.title = Some(title.trim().trim_end_matches([',', ';', '-', '–']).trim().to_owned());
    }
}

/// Title and company of one line: `Director at Acme`, `Vertrieb bei Acme`, `Director - Acme`.
fn parted(line: &str) -> Option<(&str, &str)> {
    let marks = [" @ ", " at ", " bei ", " chez ", " bij ", " hos ", " presso ", " – ", " — ", " - ", ", "];
    marks
        .iter()
        .find_map(|mark| line.split_once(mark))
        .filter(|(_, company)| company.trim().chars().count() >= 2)
}

/// The line without a closing in front of the name: `Thanks, Ben`.
fn unclosed(line: &str) -> &str {
    line.match_indices([',', '.', '!', ';'])
        .take(3)
        .find(|(at, _)| labels::closing(&line[..*at]).is_some())
        .map(|(at, mark)| line[at + mark.len()..].trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|name| !name.is_empty())
        .unwrap_or(line)
}

fn without_name(line: &str) -> &str {
    line.split_once(',').map_or(line, |(_, more)| more)
}

/// Letters behind a name: `DVM`, `PhD`, `M.A.`, `Jr.`.
fn is_degree(text: &str) -> bool {
    text.split([',', ' ']).filter(|w| !w.is_empty()).all(|word| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        letters <= 6 && (capitals >= 2 || word.ends_with('.')) && !is_title(word)
    })
}

/// Lines of scripts with house, department and name behind one another: `株式会社青空　営業部　山田太郎`.
fn spaced<'l>(plain: Vec<&'l str>, names: &[String]) -> Vec<&'l str> {
    let known = |word: &str| names.iter().any(|n| word.contains(n.as_str()));
    plain
        .into_iter()
        .flat_map(|line| match line.chars().any(labels::is_ideograph) && !known(line) {
            true => line.split(['\u{3000}', ' ']).filter(|w| !w.is_empty()).collect(),
            false => vec![line],
        })
        .collect()
}

/// Whether a line without a telling word can be a position: a few words, no figures.
fn is_position(line: &str) -> bool {
    let most = if line.starts_with(char::is_lowercase) { 3 } else { 6 };
    line.split_whitespace().count() <= most
        && line.chars().count() <= 60
        && !line.chars().any(|c| c.is_numeric() || matches!(c, '@' | ':' | '?' | '!'))
        && !line.ends_with(['.', ',', ';'])
}
