//! Labels of form fields: which field a written label means, in every language of `labels.txt`.
//!
//! A label is compared in its [`normal`] form. If the whole is not in the table, small words (`your`, `del
//! cliente`) are left out and the rest is looked up; a label with a word that speaks of our own side (`agent
//! phone`, `email del anunciante`) means [`Field::Other`], so that a portal's hotline is never the customer's
//! number. Unknown labels are no error: they are just not understood.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// What a form's label can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Whole name.
    Name,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// `Mr`, `Frau`.
    Salutation,
    /// Mail address.
    Email,
    /// Telephone.
    Phone,
    /// What the customer wrote.
    Message,
    /// The customer's company.
    Company,
    /// Reference of the thing asked about.
    Reference,
    /// Where the customer came from.
    Source,
    /// The customer's country.
    Country,
    /// A mailbox behind `From:` in a form plug-in's mail.
    From,
    /// Subject that the customer chose.
    Subject,
    /// What a form plug-in adds about the submission itself; nothing behind it is the customer's.
    End,
    /// The heading of the customer's own block.
    Heading,
    /// A known label of no interest.
    Other,
}

/// Longest label in octets, and in words.
pub const LABEL: usize = 72;
const WORDS: usize = 10;

#[derive(Default)]
struct Table {
    labels: HashMap<String, Field>,
    /// The labels without articles and prepositions, for lookups without small words.
    bare: HashMap<String, Field>,
    filler: HashSet<String>,
    own: HashSet<String>,
    /// Words between labels that are alternatives.
    joint: HashSet<String>,
    /// What questions call a telephone number.
    number: HashSet<String>,
    /// Things advertised.
    listing: HashSet<String>,
    /// Labels that one language alone has.
    languages: HashMap<String, &'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("labels.txt")));

/// Reads the table. Where one label stands under two fields the first counts, but for first and last names,
/// which [`super::form`] puts together.
fn read(text: &'static str) -> Table {
    let mut table = Table::default();
    let mut stop = HashSet::new();
    let mut section = "";
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = name;
            continue;
        }
        if let Some(language) = section.strip_prefix("language ") {
            table.languages.extend(line.split(',').map(|label| (normal(label), language)));
            continue;
        }
        for label in line.split(',').map(normal).filter(|l| !l.is_empty()) {
            match (section, field_named(section)) {
                ("filler", _) => _ = table.filler.insert(label),
                ("stop", _) => _ = stop.insert(label),
                ("own", _) => _ = table.own.insert(label),
                ("joint", _) => _ = table.joint.insert(label),
                ("listing", _) => _ = table.listing.insert(label),
                ("number", _) => _ = table.number.insert(label),
                (_, Some(field)) => _ = table.labels.entry(label).or_insert(field),
                _ => {}
            }
        }
    }
    let without_stop =
        |label: &str| label.split(' ').filter(|w| !stop.contains(*w)).collect::<Vec<_>>().join(" ");
    // Sorted, so that of two labels that fall together the same one counts in every run.
    let mut bare: Vec<(String, Field)> =
        table.labels.iter().map(|(label, f)| (without_stop(label), *f)).collect();
    bare.sort();
    table.bare = bare.into_iter().filter(|(label, _)| label.contains(' ')).collect();
    table
}

fn field_named(section: &str) -> Option<Field> {
    Some(match section {
        "name" => Field::Name,
        "first_name" => Field::FirstName,
        "last_name" => Field::LastName,
        "salutation" => Field::Salutation,
        "email" => Field::Email,
        "phone" => Field::Phone,
        "message" => Field::Message,
        "company" => Field::Company,
        "reference" => Field::Reference,
        "source" => Field::Source,
        "country" => Field::Country,
        "from" => Field::From,
        "subject" => Field::Subject,
        "end" => Field::End,
        "heading" => Field::Heading,
        "other" => Field::Other,
        _ => return None,
    })
}

/// Labels of one source template, in normal form, before those of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own(HashMap<String, Field>);

impl Own {
    /// Adds a label as people write it; `false` if nothing of it counts.
    pub fn add(&mut self, label: &str, field: Field) -> bool {
        let normal = normal(label);
        !normal.is_empty() && {
            self.0.insert(normal, field);
            true
        }
    }

    /// The field that a written label means, by these labels, then by the table.
    pub fn field(&self, label: &str) -> Option<Field> {
        if !self.0.is_empty()
            && label.len() <= LABEL
            && let Some(field) = self.0.get(&normal(label))
        {
            return Some(*field);
        }
        field(label)
    }
}

/// The field that a written label means.
pub fn field(label: &str) -> Option<Field> {
    let label = label.trim();
    if label.is_empty() || label.len() > LABEL {
        return None;
    }
    // `Stock #`, `Order #`
    let numbered = || label.strip_suffix('#').and_then(|rest| field_of_normal(&(normal(rest) + " no")));
    field_of_normal(&normal(label))
        .or_else(numbered)
        .or_else(|| {
            // `Phone (mobile)`, `E-Mail (Pflichtfeld)`: without what stands in brackets.
            let open = label.find(['(', '[', '（'])?;
            (open > 0 && label.ends_with([')', ']', '）']) && !label[..open].contains(':'))
                .then(|| field_of_normal(&normal(&label[..open])))
                .flatten()
        })
        .or_else(|| alternatives(label))
}

/// `Comment or Message`, `Teléfono / WhatsApp`, `Name & Vorname`: labels side by side that mean one thing.
fn alternatives(label: &str) -> Option<Field> {
    let mut parts = vec![String::new()];
    for piece in label.split_inclusive(['/', '&', '|', '+']) {
        let bare = piece.trim_end_matches(['/', '&', '|', '+']);
        for word in normal(bare).split(' ').filter(|w| !w.is_empty()) {
            let part = parts.last_mut().expect("there is one from the start");
            if TABLE.joint.contains(word) && !part.is_empty() {
                parts.push(String::new());
            } else {
                part.push_str(if part.is_empty() { "" } else { " " });
                part.push_str(word);
            }
        }
        if bare.len() < piece.len() {
            parts.push(String::new());
        }
    }
    if !(2..=4).contains(&parts.len()) {
        return None;
    }
    let mut fields = parts.iter().map(|part| field_of_normal(part));
    let first = fields.next()??;
    fields.try_fold(first, |one, other| match (one, other?) {
        (one, other) if one == other => Some(one),
        (
            Field::FirstName | Field::LastName | Field::Name,
            Field::FirstName | Field::LastName | Field::Name,
        ) => Some(Field::Name),
        // Whichever of the two stands there is told by the value.
        (Field::Phone | Field::Email, Field::Phone | Field::Email) => Some(Field::Phone),
        _ => None,
    })
}

/// The telephone or mail address that a question asks for (`And on which number can we call you?`); only a fitting
/// value below makes it a label. `None` if it asks for both, or for our own side's.
pub fn asked(question: &str) -> Option<Field> {
    if question.len() > 2 * LABEL {
        return None;
    }
    let normal = normal(question);
    let words: Vec<&str> = normal.split(' ').collect();
    if words.len() > 2 * WORDS || words.iter().any(|w| TABLE.own.contains(*w)) {
        return None;
    }
    let runs = (1..=2).flat_map(|n| words.windows(n)).map(|run| run.join(" "));
    let mut found = None;
    for run in runs {
        let field = match TABLE.labels.get(&run) {
            Some(field @ (Field::Phone | Field::Email)) => *field,
            _ if TABLE.number.contains(&run) => Field::Phone,
            _ => continue,
        };
        if found.is_some_and(|f| f != field) {
            return None;
        }
        found = Some(field);
    }
    found
}

/// The field of a label in normal form.
fn field_of_normal(label: &str) -> Option<Field> {
    if label.is_empty() {
        return None;
    }
    if let Some(field) = TABLE.labels.get(label) {
        return Some(*field);
    }
    let words: Vec<&str> = label.split(' ').collect();
    if words.len() < 2 || words.len() > WORDS {
        return None;
    }
    let kept: Vec<&str> = words.iter().copied().filter(|w| !TABLE.filler.contains(*w)).collect();
    if kept.iter().any(|w| TABLE.own.contains(*w)) {
        let rest: Vec<&str> = kept.iter().copied().filter(|w| !TABLE.own.contains(*w)).collect();
        return (rest.is_empty() || TABLE.labels.contains_key(&rest.join(" "))).then_some(Field::Other);
    }
    if kept.is_empty() || kept.len() == words.len() {
        return None;
    }
    let kept = kept.join(" ");
    TABLE.labels.get(&kept).or_else(|| TABLE.bare.get(&kept)).copied().filter(|f| *f != Field::Heading)
}

/// Whether words name a thing advertised (`annonce`, `ogłoszenie nr`), behind which a bare number is its reference.
pub fn is_listing(words: &str) -> bool {
    TABLE.listing.contains(words)
}

/// The language, as ISO 639-1, that alone has this label.
pub fn language(label: &str) -> Option<&'static str> {
    (label.len() <= LABEL).then(|| TABLE.languages.get(&normal(label)).copied()).flatten()
}

/// Whether a heading speaks of our own side (`Agent details`, `Datos del anunciante`).
pub fn is_own_side(heading: &str) -> bool {
    let normal = normal(heading);
    normal.split(' ').count() <= 6 && normal.split(' ').any(|w| TABLE.own.contains(w))
}

/// Lower case, without accents, punctuation and superfluous space; `firstName` and `first_name` as two words.
pub fn normal(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    let mut was_lower = false;
    // ASCII, the common case, has nothing to decompose.
    let mut ascii = label.is_ascii().then(|| label.chars());
    let mut other = (!label.is_ascii()).then(|| label.nfkd());
    while let Some(c) = ascii.as_mut().map_or_else(|| other.as_mut().and_then(Iterator::next), Iterator::next)
    {
        if unicode_normalization::char::is_combining_mark(c) {
            continue;
        }
        if !c.is_alphanumeric() {
            was_lower = false;
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
            continue;
        }
        if was_lower && c.is_uppercase() {
            out.push(' ');
        }
        was_lower = c.is_lowercase();
        match c {
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            'ß' | 'ẞ' => out.push_str("ss"),
            'ł' | 'Ł' => out.push('l'),
            'ø' | 'Ø' => out.push('o'),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'đ' | 'Đ' => out.push('d'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            c => out.extend(c.to_lowercase().filter(|c| !unicode_normalization::char::is_combining_mark(*c))),
        }
    }
    out.truncate(out.trim_end().len());
    // `E-Mail`, `e mail` and `email` are one word.
    if let Some(at) = out.find("e mail")
        && (at == 0 || out.as_bytes()[at - 1] == b' ')
    {
        out.remove(at + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_in_every_spelling() {
        for (label, expected) in [
            ("Nombre", Field::Name),
            ("NOMBRE DEL CLIENTE *", Field::Name),
            ("your-email", Field::Email),
            ("E-Mail-Adresse", Field::Email),
            ("Ihre E-Mail-Adresse (Pflichtfeld)", Field::Email),
            ("firstName", Field::FirstName),
            ("First Name", Field::FirstName),
            ("Prénom", Field::FirstName),
            ("Teléfono de contacto", Field::Phone),
            ("Numer telefonu klienta", Field::Phone),
            ("What's your name?", Field::Name),
            ("Rif. immobile", Field::Reference),
            ("Ім'я", Field::Name),
            ("Телефон", Field::Phone),
            ("Wiadomość", Field::Message),
            ("Page URL", Field::End),
            ("お名前", Field::Name),
        ] {
            assert_eq!(field(label), Some(expected), "{label}");
        }
    }

    #[test]
    fn our_own_sides_labels_are_not_the_customers() {
        for label in
            ["Agent phone", "Email del anunciante", "Telefon des Maklers", "Agency name", "Support email"]
        {
            assert_eq!(field(label), Some(Field::Other), "{label}");
        }
        assert!(is_own_side("Datos del anunciante") && !is_own_side("Datos del interesado"));
    }

    #[test]
    fn prose_is_no_label() {
        for label in ["I would like to", "Please note", "https", "", "PS", "The name of the rose is a book"] {
            assert_eq!(field(label), None, "{label}");
        }
    }
}
