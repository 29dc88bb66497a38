//! Countries: which region's numbering plan a domain, a language or a written country name suggests.
//! Suggestions only: they order the plans in which a national telephone number is tried.

/// The ISO 3166 code that the domain's top-level domain stands for, if it is a country's.
pub fn of_domain(domain: &str) -> Option<String> {
    let tld = domain.trim_end_matches('.').rsplit_once('.')?.1;
    // Two letters that are sold to everybody say nothing of a country.
    const GENERIC: [&str; 12] = ["io", "ai", "co", "me", "tv", "cc", "ly", "gg", "to", "fm", "eu", "sh"];
    if tld.len() != 2 || !tld.is_ascii() || GENERIC.contains(&tld) {
        return None;
    }
    Some(if tld == "uk" { "GB".to_owned() } else { tld.to_ascii_uppercase() })
}

/// The country in which a language is chiefly written; `None` for those of many countries.
pub fn of_language(language: &str) -> Option<&'static str> {
    Some(match language {
        "es" | "ca" | "gl" | "eu" => "ES",
        "pt" => "PT",
        "fr" => "FR",
        "de" => "DE",
        "it" => "IT",
        "pl" => "PL",
        "nl" => "NL",
        "sv" => "SE",
        "da" => "DK",
        "no" => "NO",
        "fi" => "FI",
        "cs" => "CZ",
        "sk" => "SK",
        "hu" => "HU",
        "ro" => "RO",
        "el" => "GR",
        "tr" => "TR",
        "ru" => "RU",
        "uk" => "UA",
        "bg" => "BG",
        "hr" => "HR",
        "sl" => "SI",
        "ja" => "JP",
        _ => return None,
    })
}

/// The country that a form's value names, in the languages of the countries around it.
pub fn of_name(name: &str) -> Option<&'static str> {
    let name = super::labels::normal(name);
    let code = NAMES.iter().find(|(_, names)| names.split('|').any(|n| n == name)).map(|(code, _)| *code);
    code.or_else(|| {
        let upper = name.to_ascii_uppercase();
        NAMES.iter().map(|(code, _)| *code).find(|code| *code == upper)
    })
}

/// Names as [`super::labels::normal`] leaves them.
const NAMES: [(&str, &str); 38] = [
    ("ES", "espana|spain|spanien|espagne|spagna|espanha|hiszpania|spanje|espanya"),
    ("PT", "portugal|portogallo|portugalia"),
    ("FR", "france|francia|frankreich|franca|francja|frankrijk"),
    ("DE", "deutschland|germany|alemania|allemagne|germania|alemanha|niemcy|duitsland|alemanya"),
    ("IT", "italia|italy|italien|italie|wlochy"),
    ("PL", "polska|poland|polen|polonia|pologne"),
    ("NL", "nederland|netherlands|the netherlands|niederlande|paises bajos|pays bas|paesi bassi|holandia"),
    ("BE", "belgie|belgium|belgique|belgica|belgien|belgio"),
    (
        "GB",
        "united kingdom|uk|great britain|england|reino unido|royaume uni|grossbritannien|vereinigtes konigreich",
    ),
    ("IE", "ireland|irlanda|irland|irlande"),
    (
        "US",
        "united states|usa|us|united states of america|estados unidos|etats unis|vereinigte staaten|stati uniti",
    ),
    ("CA", "canada|kanada"),
    ("MX", "mexico|mexique|mexiko"),
    ("AR", "argentina|argentinien|argentine"),
    ("CL", "chile|chili"),
    ("CO", "colombia|kolumbien|colombie"),
    ("PE", "peru|perou"),
    ("BR", "brasil|brazil|bresil|brasilien|brasile"),
    ("AT", "osterreich|austria|autriche"),
    ("CH", "schweiz|switzerland|suisse|svizzera|suiza|suica"),
    ("LU", "luxembourg|luxemburg|luxemburgo"),
    ("SE", "sverige|sweden|schweden|suecia|suede"),
    ("NO", "norge|norway|norwegen|noruega|norvege"),
    ("DK", "danmark|denmark|danemark|dinamarca"),
    ("FI", "suomi|finland|finnland|finlandia"),
    ("CZ", "cesko|ceska republika|czech republic|czechia|tschechien|republica checa"),
    ("SK", "slovensko|slovakia|slowakei|eslovaquia"),
    ("HU", "magyarorszag|hungary|ungarn|hungria|hongrie"),
    ("RO", "romania|rumanien|rumania|roumanie"),
    ("BG", "bulgaria|bulgarien|balgariya"),
    ("GR", "greece|griechenland|grecia|grece|ελλαδα"),
    ("TR", "turkiye|turkey|turkei|turquia|turquie"),
    ("RU", "russia|россия|russland|rusia|russie"),
    ("UA", "ukraine|україна|ucrania|украіна"),
    ("HR", "hrvatska|croatia|kroatien|croacia"),
    ("SI", "slovenija|slovenia|slowenien|eslovenia"),
    ("AU", "australia|australien|australie"),
    ("MA", "maroc|morocco|marruecos|marokko"),
];
