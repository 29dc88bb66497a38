//! What kind of thing a line of a signature says: a position, a company, an address, a fax.
//!
//! Judged by the words of `words.txt` and by how they are written. A line that none of them tells is not known:
//! callers get `false` and look at where it stands.

use crate::mail::labels;
use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Most words of a phrase in the table.
const PHRASE: usize = 4;

struct Words {
    title: HashSet<String>,
    /// Titles of scripts that put no spaces between words.
    joined_title: Vec<String>,
    form: HashSet<String>,
    prefix: HashSet<String>,
    joined_prefix: Vec<String>,
    kind: HashSet<String>,
    joined_kind: Vec<String>,
    fax: HashSet<String>,
    number: HashSet<String>,
    address: HashSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let of = |wanted: &str| -> Vec<String> {
        let lines = include_str!("words.txt").lines();
        let lines = lines.filter_map(|line| line.split_once(' ')).filter(|(name, _)| *name == wanted);
        lines.flat_map(|(_, words)| words.split('|')).map(labels::fold).collect()
    };
    let joined = |words: &[String]| -> Vec<String> {
        let dense = words.iter().filter(|w| w.chars().any(|c| is_dense(c) || c == '(' || c == '"'));
        dense.filter(|w| w.chars().count() >= 2).cloned().collect()
    };
    let set = |words: Vec<String>| -> HashSet<String> { words.into_iter().collect() };
    let (title, prefix, kind) = (of("title"), of("prefix"), of("kind"));
    Words {
        joined_title: joined(&title),
        joined_prefix: joined(&prefix),
        joined_kind: joined(&kind),
        title: set(title),
        form: set(of("form")),
        prefix: set(prefix),
        kind: set(kind),
        fax: set(of("fax")),
        number: set(of("number")),
        address: set(of("address")),
    }
});

/// Letters of scripts that put no spaces between words.
fn is_dense(c: char) -> bool {
    labels::is_ideograph(c) || matches!(c, '\u{e00}'..='\u{e7f}' | '㈜' | '㈱' | '（')
}

/// The words of a line, folded, without the marks round them.
fn tokens(line: &str) -> Vec<String> {
    let inner = |c: char| {
        c.is_alphanumeric() || matches!(c, '\'' | '/' | '-' | '.' | '"' | '״' | '&') || is_combining(c)
    };
    labels::fold(line)
        .split(|c: char| !inner(c))
        .map(|w| w.trim_matches(|c: char| matches!(c, '.' | '-' | '/' | '&')).to_owned())
        .filter(|w| !w.is_empty())
        .collect()
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e31}'..='\u{e4e}' | '\u{64b}'..='\u{655}')
}

/// Whether a phrase of the line is in the set.
fn any_phrase(tokens: &[String], set: &HashSet<String>) -> bool {
    (0..tokens.len()).any(|at| {
        (1..=PHRASE.min(tokens.len() - at)).any(|count| match count {
            1 => set.contains(&tokens[at]),
            _ => set.contains(&tokens[at..at + count].join(" ")),
        })
    })
}

/// Whether a word of the line names a position.
pub fn is_title(line: &str) -> bool {
    let tokens = tokens(line);
    if tokens.is_empty() || tokens.len() > 10 || line.chars().filter(char::is_ascii_digit).count() > 2 {
        return false;
    }
    // Germanic languages and others compound: Vertriebsleiter, avdelingsdirektør.
    let compound = |word: &String| {
        word.char_indices().skip(1).any(|(at, _)| word.len() >= at + 6 && WORDS.title.contains(&word[at..]))
    };
    any_phrase(&tokens, &WORDS.title)
        || tokens.iter().any(compound)
        || (line.chars().any(is_dense) && WORDS.joined_title.iter().any(|t| line.contains(t.as_str())))
}

/// Whether the line holds the form of a company: `GmbH`, `Sp. z o.o.`, `ООО`, `株式会社`.
pub fn is_company(line: &str) -> bool {
    let words: Vec<&str> =
        line.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).collect();
    if words.len() > 12 {
        return false;
    }
    let form = |at: usize| {
        let word = words[at];
        let plain = bare(word);
        let form = WORDS.form.contains(&plain);
        // Short forms are words too; as forms they are capitals or have stops.
        let written = plain.chars().count() > 3
            || word.trim_end_matches('.').contains('.')
            || word.contains('/')
            || word.starts_with(|c: char| !c.is_lowercase());
        form && written
    };
    let spaced = (1..words.len()).any(|at| {
        // `z o.o.`, `S. L.`
        let pair = words.get(at..=at + 1).map(|pair| pair.concat()).filter(|pair| pair.contains('.'));
        form(at) || pair.is_some_and(|pair| WORDS.form.contains(&bare(&pair)))
    });
    let prefixed = words.len() >= 2 && {
        let folded = tokens(line);
        folded.iter().any(|w| WORDS.prefix.contains(w) && !w.is_ascii())
            || folded.iter().take(2).any(|w| WORDS.prefix.contains(w))
            || folded.windows(2).any(|w| WORDS.prefix.contains(&w.join(" ")))
    };
    spaced
        || prefixed
        || (line.chars().any(is_dense) && WORDS.joined_prefix.iter().any(|p| line.contains(p.as_str())))
}

/// The region (ISO 3166) whose law alone knows the form of the company: `S.L.`, `Kft.`, `Sp. z o.o.`.
pub fn region_of(company: &str) -> Option<&'static str> {
    const FORMS: [(&str, &str); 40] = [
        ("sl", "ES"),
        ("slu", "ES"),
        ("sll", "ES"),
        ("gbr", "DE"),
        ("ohg", "DE"),
        ("ev", "DE"),
        ("ug", "DE"),
        ("eurl", "FR"),
        ("sasu", "FR"),
        ("srls", "IT"),
        ("spa", "IT"),
        ("bv", "NL"),
        ("vof", "NL"),
        ("bvba", "BE"),
        ("zoo", "PL"),
        ("spj", "PL"),
        ("kft", "HU"),
        ("zrt", "HU"),
        ("nyrt", "HU"),
        ("oy", "FI"),
        ("oyj", "FI"),
        ("ab", "SE"),
        ("aps", "DK"),
        ("a/s", "DK"),
        ("asa", "NO"),
        ("ehf", "IS"),
        ("oü", "EE"),
        ("uab", "LT"),
        ("sia", "LV"),
        ("ltda", "BR"),
        ("lda", "PT"),
        ("unipessoal", "PT"),
        ("şti", "TR"),
        ("aş", "TR"),
        ("ооо", "RU"),
        ("тов", "UA"),
        ("株式会社", "JP"),
        ("有限会社", "JP"),
        ("주식회사", "KR"),
        ("plc", "GB"),
    ];
    let words: Vec<String> = company.split(|c: char| c.is_whitespace() || c == ',').map(bare).collect();
    let joined = words.windows(2).map(|w| w.concat()).collect::<Vec<_>>();
    let dense = company.chars().any(is_dense);
    FORMS
        .iter()
        .find(|(form, _)| {
            words.iter().chain(&joined).any(|w| w == form)
                || (dense && form.chars().any(is_dense) && company.contains(form))
        })
        .map(|(_, region)| *region)
}

/// A form of a company without stops: `S.p.A.` as `spa`.
fn bare(word: &str) -> String {
    labels::fold(word).chars().filter(|c| !matches!(c, '.' | '(' | ')' | '"' | '«' | '»')).collect()
}

/// Whether the first or last word of a short line is a kind of house or trade: `Ridge Animal Clinic`.
pub fn is_house(line: &str) -> bool {
    let tokens = tokens(line);
    let named = (2..=8).contains(&tokens.len()) && {
        let ends = [tokens.first(), tokens.last()];
        ends.into_iter().flatten().any(|w| WORDS.kind.contains(w))
            || (tokens.len() > 2 && WORDS.kind.contains(&tokens[..2].join(" ")))
            || any_phrase(&tokens[1..], &WORDS.kind)
    };
    named || (line.chars().any(is_dense) && WORDS.joined_kind.iter().any(|k| line.contains(k.as_str())))
}

/// Whether the line is part of a postal address.
pub fn is_address(line: &str) -> bool {
    let tokens = tokens(line);
    let digits = line.chars().any(|c| c.is_ascii_digit());
    let figure = |word: Option<&String>| word.is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    let compound = |word: &String| {
        ["straße", "strasse", "platz", "gasse", "straat", "laan", "gatan", "vägen", "katu"]
            .iter()
            .any(|end| word.ends_with(end))
    };
    digits
        && (any_phrase(&tokens, &WORDS.address)
            || tokens.iter().any(compound)
            || figure(tokens.first())
            || figure(tokens.last()))
}

/// Whether what stands before a number says that it is a fax.
pub fn is_fax(label: &str) -> bool {
    let tokens = tokens(label);
    tokens.last().is_some_and(|w| WORDS.fax.contains(w))
        || tokens.iter().any(|w| w.len() > 2 && WORDS.fax.contains(w))
}

/// Whether what stands before digits says that they are no telephone: a register's number, or a street.
pub fn is_other_number(label: &str, number: &str) -> bool {
    let tokens = tokens(label);
    let last = &tokens[tokens.len().saturating_sub(PHRASE)..];
    let dense = label.chars().any(is_dense)
        && WORDS.number.iter().any(|n| n.chars().any(is_dense) && label.contains(n.as_str()));
    dense
        || any_phrase(last, &WORDS.number)
        || (!number.starts_with('+') && any_phrase(&tokens, &WORDS.address))
}

/// Whether the line is the name that the domain is made of: `Ridge Animals` at `ridge-animals.example`.
pub fn is_of_domain(line: &str, domain: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.nfd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
        let mut out: String = letters.collect();
        // Domains spell letters out that names have.
        for (from, to) in
            [("ø", "o"), ("æ", "a"), ("ß", "ss"), ("ł", "l"), ("đ", "d"), ("ı", "i"), ("œ", "o")]
        {
            out = out.replace(from, to);
        }
        for (from, to) in [("aa", "a"), ("ae", "a"), ("oe", "o"), ("ue", "u")] {
            out = out.replace(from, to);
        }
        out
    };
    let label = plain(domain.split('.').next().unwrap_or_default());
    let name = plain(line);
    if label.len() < 4 || name.len() < 4 || line.split_whitespace().count() > 6 {
        return false;
    }
    name.contains(&label) || (label.contains(&name) && name.len() * 10 >= label.len() * 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_of_many_countries_are_told_by_their_form() {
        for line in [
            "Muster GmbH & Co. KG",
            "Gallardo Luz, S.L.",
            "Firma Sp. z o.o.",
            "Pekarna d.o.o.",
            "Kovács Kft.",
            "Meri Oy",
            "Hedin Rör AB",
            "Jensen A/S",
            "Loch Mapping Ltd",
            "Acme, Inc.",
            "Agence SARL",
            "Dijkstra Zeilen B.V.",
            "株式会社青空",
            "ООО «Вектор»",
            "Moreira Toldos Ltda.",
            "Novák s.r.o.",
            "Uslu Makina San. ve Tic. Ltd. Şti.",
            "Công ty TNHH Sao Mai",
            "PT Maju Jaya",
            "UAB Vilkas",
        ] {
            assert!(is_company(line), "{line}");
        }
        for line in ["Working as a team", "we sell it", "London", "Head of Sales", "la casa de mi hermano"] {
            assert!(!is_company(line), "{line}");
        }
    }

    #[test]
    fn positions_of_many_languages_are_told() {
        for line in [
            "Projektledare",
            "Satış Müdürü",
            "Sales Manager",
            "Vertriebsleiterin",
            "Toimitusjohtaja",
            "Менеджер по продажам",
            "営業部長",
            "Ügyvezető igazgató",
            "مدير المبيعات",
            "Giám đốc kinh doanh",
        ] {
            assert!(is_title(line), "{line}");
        }
        for line in ["Lena Ford", "Loch Street 12", "Berlin"] {
            assert!(!is_title(line), "{line}");
        }
    }
}
