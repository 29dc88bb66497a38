//! Values of form fields: what is in them, and whether anything is.
//!
//! A field that a customer left empty arrives as `-`, `n/a`, `keine Angabe` or the plug-in's own placeholder;
//! all of these are absent.

use super::labels::normal;
use crate::mail::address;
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

/// "Not specified" as forms and people write it, normal form.
static ABSENT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    "n a,na,none,null,nil,nan,undefined,unknown,not specified,unspecified,not provided,not given,not supplied,\
     not available,not applicable,not set,not stated,no answer,no data,blank,empty,no value,no response,not entered,\
     not disclosed,hidden,left blank,no input,\
     no especificado,no indicado,sin especificar,sin indicar,no facilitado,no proporcionado,no disponible,sin datos,\
     ninguno,ninguna,no consta,vacio,desconocido,no informado,no informada,no aplica,sin telefono,sin email,\
     sin mensaje,no definido,no especificada,no indicada,no procede,\
     nao informado,nao especificado,nao indicado,nao disponivel,nenhum,nenhuma,sem informacao,desconhecido,\
     nao preenchido,nao definido,nao fornecido,nao se aplica,\
     non specifie,non precise,non renseigne,non indique,non communique,non disponible,aucun,aucune,inconnu,\
     pas renseigne,sans objet,vide,neant,nc,non specifiee,non renseignee,non fourni,\
     keine angabe,keine angaben,nicht angegeben,k a,ka,ohne angabe,ohne angaben,unbekannt,nicht verfugbar,leer,\
     keine,keiner,nicht ausgefullt,nicht vorhanden,o a,entfallt,nicht gesetzt,nicht bekannt,\
     non specificato,non indicato,non fornito,non disponibile,nessuno,nessuna,sconosciuto,non inserito,\
     non precisato,non pervenuto,non presente,vuoto,non compilato,non specificata,n d,nd,n s,\
     nie podano,brak,brak danych,nie okreslono,nieznany,nieokreslony,nie dotyczy,brak informacji,nie wypelniono,\
     niet opgegeven,niet ingevuld,onbekend,geen,niet gespecificeerd,niet beschikbaar,leeg,nvt,n v t,niet vermeld,\
     no especificat,no indicat,sense especificar,cap,desconegut,no disponible,\
     ej angivet,ej angiven,inte angivet,okant,saknas,uppgift saknas,ej specificerat,\
     ikke oplyst,ikke angivet,ikke oppgitt,ikke angitt,ukendt,ukjent,ingen,ikke spesifisert,mangler,\
     ei ilmoitettu,ei annettu,ei tiedossa,tyhja,puuttuu,ei maaritelty,\
     neuvedeno,nezadano,neuvedene,nezadane,neznamy,nevyplneno,nevyplnene,nespecifikovano,\
     nincs megadva,nem adta meg,ismeretlen,nincs,\
     nespecificat,necompletat,necunoscut,nu a fost specificat,fara,nedeterminat,\
     δεν δοθηκε,δεν εχει δοθει,κενο,αγνωστο,δεν οριστηκε,δεν συμπληρωθηκε,\
     belirtilmemis,belirtilmedi,bilinmiyor,yok,bos,girilmemis,\
     не указано,не указан,не указана,не задано,нет,неизвестно,не заполнено,отсутствует,нет данных,\
     не вказано,не вказаний,немає,невідомо,не заповнено,відсутній,\
     не е посочено,няма,nije navedeno,ni navedeno,zehaztu gabe,未入力,未填写,无,なし,없음,미입력"
        .split(',')
        .map(normal)
        .filter(|v| !v.is_empty())
        .collect()
});

/// Whether a value says that there is none.
pub fn is_absent(value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() || !value.chars().any(char::is_alphanumeric) {
        return true;
    }
    if value.len() > 48 {
        return false;
    }
    // A plug-in that did not fill its own tag: `[your-phone]`, `{{phone}}`, `%phone%`, `$phone`.
    let tag = |open: &str, close: &str| {
        value.strip_prefix(open).and_then(|v| v.strip_suffix(close)).is_some_and(|inner| {
            !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || "-_.: ".contains(c))
        })
    };
    if tag("{{", "}}") || tag("{", "}") || tag("%", "%") || (tag("[", "]") && !value.contains(' ')) {
        return true;
    }
    let bare = value.trim_matches(|c: char| "()[]<>-–—*\"'.:".contains(c) || c.is_whitespace());
    ABSENT.contains(&normal(bare))
}

/// Whether a value is what a ticked box sends.
pub fn is_consent(value: &str) -> bool {
    const TICKED: [&str; 26] = [
        "on",
        "yes",
        "true",
        "1",
        "checked",
        "accepted",
        "agreed",
        "i agree",
        "si",
        "sí",
        "acepto",
        "aceptado",
        "sim",
        "aceito",
        "oui",
        "accepte",
        "ja",
        "akzeptiert",
        "zugestimmt",
        "accetto",
        "tak",
        "akkoord",
        "ano",
        "igen",
        "da",
        "да",
    ];
    value.len() <= 24 && TICKED.contains(&normal(value).as_str())
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(?:xn--[a-z0-9-]{2,50}|\p{L}{2,24})")
        .expect("the pattern is fixed")
});

/// Every mail address in `text` with where it stands, as written.
pub fn addresses(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    // Without an `@` near, the expression is not even tried: text of 256 kB without one costs a memchr.
    let some = memchr::memchr(b'@', text.as_bytes()).is_some();
    let hits = some.then(|| ADDRESS.find_iter(text)).into_iter().flatten();
    hits.filter_map(|hit| {
        let cut = hit.as_str().trim_start_matches(['\'', '.', '/', '*', '=', '|', '`', '-', '{', '_']);
        let start = hit.end() - cut.len();
        address::canonical(cut, false).map(|_| (start..hit.end(), cut))
    })
}

/// The first mail address in a value.
pub fn address(value: &str) -> Option<String> {
    let value = value.trim();
    if value.len() <= 254
        && let Some((_, whole)) = addresses(value).next()
    {
        return Some(whole.to_owned());
    }
    addresses(value).next().map(|(_, found)| found.to_owned())
}

/// Whether a value consists of a mail address: nothing else of weight beside it.
pub fn is_address(value: &str) -> bool {
    let Some((range, _)) = addresses(value).next() else { return false };
    let rest = value[..range.start].chars().chain(value[range.end..].chars());
    rest.filter(|c| c.is_alphanumeric()).count() <= range.len() + 24
}

/// A value on one line, without marks of bold, links and quotes around it.
pub fn tidy(value: &str) -> String {
    let joined = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = joined.as_str();
    for mark in ["**", "__", "*", "\"", "“", "”", "«", "»"] {
        if let Some(inner) = rest.strip_prefix(mark) {
            rest = inner.strip_suffix(mark).unwrap_or(inner);
        }
    }
    rest.trim().to_owned()
}

/// Text without a pair of quotation marks around all of it.
pub fn unquoted(text: &str) -> &str {
    for (open, close) in
        [('"', '"'), ('“', '”'), ('«', '»'), ('„', '“'), ('„', '”'), ('»', '«'), ('‘', '’'), ('‚', '‘')]
    {
        if let Some(inner) = text.strip_prefix(open).and_then(|t| t.strip_suffix(close))
            && !inner.contains([open, close])
        {
            return inner.trim();
        }
    }
    text
}

/// A reference number: a short value with a digit or capitals, without the words around it.
pub fn reference(value: &str) -> Option<String> {
    let value = tidy(value);
    let value = value.trim_matches(|c: char| "()[]#\"'.,;:<> ".contains(c));
    if value.is_empty() || value.contains("://") || value.contains('@') {
        return None;
    }
    if value.chars().count() <= 32 && value.split(' ').count() <= 3 {
        return Some(value.to_owned());
    }
    // A title behind or before the number: `A-4711 · Piso en venta en …`.
    let word = value.split([' ', '\u{b7}', '|', ',', '(']).find(|w| {
        w.chars().count() <= 32
            && w.chars().any(|c| c.is_ascii_digit())
            && w.chars().filter(|c| c.is_alphanumeric()).count() >= 3
    });
    word.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_specified_is_absent_in_every_language() {
        for value in [
            "",
            "-",
            "--",
            "N/A",
            "keine Angabe",
            "No especificado",
            "(not provided)",
            "[your-phone]",
            "{{phone}}",
            "не указано",
            "nie podano",
            "k.A.",
            "null",
            "—",
        ] {
            assert!(is_absent(value), "{value}");
        }
        for value in ["Ana", "600", "no quiero nada más que saber el precio, gracias por contestar", "[A] B"]
        {
            assert!(!is_absent(value), "{value}");
        }
    }

    #[test]
    fn addresses_are_found_in_whatever_stands_around_them() {
        for value in [
            "ana@customer.example",
            "<ana@customer.example>",
            "mailto:ana@customer.example",
            "[ana@customer.example](mailto:x)",
            "ana@customer.example.",
            "'ana@customer.example'",
        ] {
            assert_eq!(address(value).as_deref(), Some("ana@customer.example"), "{value}");
        }
        assert_eq!(address("josé@correo.españa.example").as_deref(), Some("josé@correo.españa.example"));
        assert_eq!(address("ana at customer.example"), None);
        assert_eq!(address("@@@@.."), None);
    }

    #[test]
    fn references_are_short_and_without_their_titles() {
        assert_eq!(reference("A-4711").as_deref(), Some("A-4711"));
        assert_eq!(reference("#4711").as_deref(), Some("4711"));
        assert_eq!(
            reference("A-4711 · Piso en venta en calle Mayor, 3 habitaciones").as_deref(),
            Some("A-4711")
        );
        assert_eq!(reference("https://portal.example/4711"), None);
    }
}
