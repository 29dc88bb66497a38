//! What the subject of a form mail says: that it is one, and sometimes, only there, the customer's name.

use crate::extract::labels::{self, normal};
use crate::extract::name;
use regex::Regex;
use std::sync::LazyLock;

/// Whether a subject speaks of a form, an enquiry or a lead, as portals and plug-ins word it.
pub fn speaks_of_a_form(subject: &str) -> bool {
    let normal = normal(subject);
    PHRASES.iter().any(|p| normal.contains(p))
}

/// Normal form.
const PHRASES: &[&str] = &[
    "contact form",
    "contact us form",
    "form submission",
    "form entry",
    "new entry",
    "new submission",
    "new message",
    "new lead",
    "new enquiry",
    "new inquiry",
    "website enquiry",
    "website inquiry",
    "web enquiry",
    "web inquiry",
    "enquiry from",
    "enquiry email",
    "inquiry email",
    "enquiry e mail",
    "using the contact form",
    "sent a message",
    "sent you a message",
    "has contacted you",
    "te ha enviado un mensaje",
    "te ha contactado",
    "hat ihnen eine nachricht",
    "hat dir eine nachricht",
    "vous a envoye un message",
    "ti ha inviato un messaggio",
    "enviou uma mensagem",
    "enviou lhe uma mensagem",
    "stuurde je een bericht",
    "heeft je een bericht",
    "heeft u een bericht",
    "wyslal ci wiadomosc",
    "wyslala ci wiadomosc",
    "new contact message",
    "inquiry from",
    "message from your",
    "message from",
    "enquiry for",
    "inquiry for",
    "enquiry about",
    "inquiry about",
    "property enquiry",
    "new contact",
    "contact request",
    "viewing request",
    "request for information",
    "information request",
    "lead for",
    "lead from",
    "interested in your",
    "interested in",
    "new response",
    "booking request",
    "quote request",
    "request a quote",
    "website form",
    "web form",
    "webform",
    "callback request",
    "new request",
    "someone is interested",
    "formulario",
    "nuevo mensaje",
    "nuevo contacto",
    "nueva solicitud",
    "nueva consulta",
    "nuevo lead",
    "mensaje de",
    "mensaje desde",
    "contacto desde",
    "contacto web",
    "consulta de",
    "consulta web",
    "solicitud de informacion",
    "solicitud de contacto",
    "peticion de informacion",
    "solicitud de visita",
    "interesado en",
    "esta interesad",
    "contacto de",
    "has recibido un",
    "presupuesto",
    "formulari",
    "novo contato",
    "novo contacto",
    "nova mensagem",
    "novo lead",
    "mensagem de",
    "pedido de informac",
    "pedido de contacto",
    "pedido de contato",
    "contato pelo site",
    "contato do site",
    "formulario de contato",
    "novo pedido",
    "interessado em",
    "nova solicitacao",
    "formulaire",
    "nouveau message",
    "nouveau contact",
    "nouvelle demande",
    "demande de contact",
    "demande d information",
    "demande de renseignement",
    "message de",
    "prise de contact",
    "nouveau lead",
    "demande de devis",
    "demande de visite",
    "contact depuis",
    "kontaktformular",
    "kontaktanfrage",
    "neue anfrage",
    "neue nachricht",
    "anfrage von",
    "anfrage zu",
    "nachricht von",
    "neuer lead",
    "neuer kontakt",
    "anfrage uber",
    "anfrage fur",
    "webanfrage",
    "interessent",
    "besichtigungsanfrage",
    "objektanfrage",
    "formulareingang",
    "neuer eintrag",
    "angebotsanfrage",
    "modulo di contatto",
    "nuovo messaggio",
    "nuovo contatto",
    "nuova richiesta",
    "richiesta di informazioni",
    "richiesta informazioni",
    "richiesta di contatto",
    "messaggio da",
    "contatto dal sito",
    "richiesta da",
    "richiesta per",
    "nuovo lead",
    "richiesta preventivo",
    "richiesta di visita",
    "formularz kontaktowy",
    "formularza",
    "nowa wiadomosc",
    "nowe zapytanie",
    "wiadomosc od",
    "zapytanie od",
    "zapytanie o",
    "zapytanie ze strony",
    "zapytanie dotyczace",
    "nowy kontakt",
    "nowy lead",
    "nowe zgloszenie",
    "odpowiedz na ogloszenie",
    "formularz",
    "contactformulier",
    "nieuw bericht",
    "nieuwe aanvraag",
    "nieuwe reactie",
    "bericht van",
    "aanvraag van",
    "contactaanvraag",
    "informatieaanvraag",
    "nieuwe lead",
    "reactie op",
    "bezichtigingsaanvraag",
    "offerteaanvraag",
    "aanvraag via",
    "formulier",
    "nieuw contact",
    "formulari de contacte",
    "nou missatge",
    "nova consulta",
    "missatge de",
    "kontaktformular",
    "nytt meddelande",
    "meddelande fran",
    "intresseanmalan",
    "ny forfragan",
    "ny besked",
    "ny henvendelse",
    "henvendelse fra",
    "ny melding",
    "melding fra",
    "foresporsel",
    "foresporgsel",
    "kontaktskjema",
    "yhteydenotto",
    "uusi viesti",
    "uusi yhteydenotto",
    "tarjouspyynto",
    "yhteydenottolomake",
    "kontaktni formular",
    "kontaktny formular",
    "nova zprava",
    "nova sprava",
    "novy dotaz",
    "novy kontakt",
    "nova poptavka",
    "poptavka",
    "zprava z",
    "zprava od",
    "dotaz na",
    "novy dopyt",
    "dopyt",
    "kapcsolatfelveteli",
    "uj uzenet",
    "kapcsolati urlap",
    "erdeklodes",
    "uj megkereses",
    "ajanlatkeres",
    "formular de contact",
    "mesaj nou",
    "solicitare noua",
    "cerere de",
    "mesaj de la",
    "φορμα επικοινωνιας",
    "νεο μηνυμα",
    "ενδιαφερον",
    "μηνυμα απο",
    "iletisim formu",
    "yeni mesaj",
    "yeni talep",
    "bilgi talebi",
    "yeni basvuru",
    "форма обратной связи",
    "новая заявка",
    "заявка с саита",
    "новое сообщение",
    "сообщение с саита",
    "сообщение от",
    "обратная связь",
    "новыи лид",
    "запрос с",
    "нова заявка",
    "заявка з",
    "нове повідомлення",
    "повідомлення від",
    "зворотнии звязок",
    "форма зворотного",
    "заявка",
    "запитване",
    "контактна форма",
    "お問い合わせ",
    "問い合わせ",
];

/// `New message from Ana Ruiz`; `Anfrage von Ana Ruiz zu Objekt 12`.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:messages?|enquiry|inquiry|leads?|contact|request|submission|e-?mail|entry|response|mensaje|consulta|contacto|solicitud|correo|petición|",
        r"mensagem|contato|pedido|solicitação|demande|courriel|nachricht|anfrage|kontaktanfrage|kontakt|eintrag|interessent|messaggio|richiesta|contatto|",
        r"wiadomość|zapytanie|zgłoszenie|bericht|aanvraag|reactie|missatge|meddelande|förfrågan|besked|henvendelse|melding|forespørsel|forespørgsel|",
        r"zpráva|správa|dotaz|poptávka|dopyt|mesaj|solicitare|μήνυμα|сообщение|заявка|запрос|повідомлення|запит|formulaire|formulario|form|formular)\s*(?::\s*)?",
        r"(?:from|by|de la|de parte de|de|del|da parte di|da|do|von|vom|van|från|fra|od|от|від|από)\s*(?::\s*|\s)(?P<name>\S.{1,80})$"
    ))
    .expect("the pattern is fixed")
});

/// `Ana Ruiz has sent you a message`; `Ana Ruiz te ha enviado un mensaje`.
static HAS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:[^:(]{0,30}:\s+)?(?P<name>\S.{1,60}?)\s+(?:has sent|sent you|sent a message|has contacted|contacted you|is interested|wants to|would like|has requested|requested|te ha enviado|le ha enviado|ha enviado|",
        r"se ha interesado|está interesad|quiere|ha solicitado|te ha escrito|ha contactado|enviou|tem interesse|está interessad|entrou em contato|vous a envoyé|vous a contacté|est intéressé|souhaite|",
        r"hat ihnen|hat eine|hat dir|interessiert sich|möchte|ti ha inviato|vi ha inviato|le ha scritto|ti ha scritto|è interessat|ha richiesto|vuole|wysłał|przesłał|jest zainteresowan|pyta o|",
        r"heeft u|heeft je|heeft gereageerd|is geïnteresseerd|stuurde|t'ha enviat|s'ha interessat|har skickat|har sendt|on lähettänyt|vám poslal|vám napsal|má zájem|отправил|оставил|надіслав|залишив)"
    ))
    .expect("the pattern is fixed")
});

/// The person whom the subject names as the writer.
pub fn customer(subject: &str) -> Option<String> {
    let subject: String = subject.chars().take(300).collect();
    let found = FROM.captures(&subject).or_else(|| HAS.captures(&subject))?;
    let text = found.name("name")?.as_str();
    let end = ENDS.iter().filter_map(|e| text.find(e)).min().unwrap_or(text.len());
    let text = text[..end].trim().trim_matches(|c: char| "\"'“”«»‘’,.!;".contains(c));
    // `user Ana Ruiz`, `użytkownik Ana Ruiz`: the name begins with its capital.
    let start = text.split_inclusive(' ').take_while(|w| w.chars().all(|c| c.is_lowercase() || c == ' '));
    let start: usize = start.map(str::len).sum();
    let text =
        if start < text.len() && start > 0 && text[start..].contains(' ') { &text[start..] } else { text };
    // A name has capitals: `message from your website` names nobody.
    let words: Vec<&str> = text.split_whitespace().collect();
    let small = [
        "de", "del", "la", "da", "dos", "do", "von", "van", "der", "den", "di", "el", "y", "e", "i", "le",
        "du", "af", "bin", "ter", "ten", "zu",
    ];
    let capital = |w: &&str| {
        w.chars().next().is_some_and(|c| !c.is_lowercase() && c.is_alphabetic()) || small.contains(w)
    };
    let good = (1..=5).contains(&words.len()) && words.iter().all(capital) && !small.contains(&words[0]);
    // `Ein Interessent`, `A customer`: somebody, not a name.
    let articles =
        ["a", "an", "the", "ein", "eine", "un", "una", "une", "uno", "um", "uma", "een", "en", "et", "ett"];
    let somebody = words.first().is_some_and(|w| {
        articles.contains(&w.to_lowercase().as_str()) || labels::field(w) == Some(labels::Field::Name)
    });
    let places = [
        "website", "web", "site", "webseite", "homepage", "portal", "www", "online", "formular", "kunde",
        "sitio", "página", "pagina",
    ];
    let place =
        words.iter().any(|w| places.contains(&w.to_lowercase().as_str()) || w.contains('.') && w.len() > 4);
    if !good || place || somebody {
        return None;
    }
    name::of_value(text)
}

/// What ends a name in a subject.
const ENDS: &[&str] = &[
    " - ",
    " – ",
    " — ",
    ": ",
    " (",
    " [",
    " | ",
    " / ",
    " via ",
    " about ",
    " regarding ",
    " for ",
    " on ",
    " through ",
    " sobre ",
    " para ",
    " por ",
    " acerca ",
    " en ",
    " em ",
    " au sujet ",
    " concernant ",
    " pour ",
    " sur ",
    " zu ",
    " über ",
    " für ",
    " bezüglich ",
    " wegen ",
    " per ",
    " su ",
    " riguardo ",
    " dotycząc",
    " w sprawie ",
    " ws.",
    " o ",
    " over ",
    " voor ",
    " om ",
    " angående ",
    " vedrørende ",
    " <",
    ", ",
    " #",
    " ref",
    " Ref",
    " has ",
    " is ",
    " at ",
    " bei ",
    " auf ",
    " re:",
    " Re:",
    "\t",
    " ohledně ",
    " с сайта",
    " з сайту",
    " по ",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customer_is_named_in_the_subject() {
        for subject in [
            "New message from Ana Ruiz",
            "[Sol] New enquiry from Ana Ruiz about flat A-12",
            "Nuevo mensaje de Ana Ruiz",
            "Neue Anfrage von Ana Ruiz zu Objekt 4711",
            "Ana Ruiz te ha enviado un mensaje",
            "Nouveau message de Ana Ruiz - Appartement 3 pièces",
            "Nowa wiadomość od Ana Ruiz",
            "Nuova richiesta da Ana Ruiz per immobile 12",
        ] {
            // Polish words its own `od`, which the noun before it introduces.
            assert_eq!(customer(subject).as_deref(), Some("Ana Ruiz"), "{subject}");
        }
    }

    #[test]
    fn subjects_without_a_person_name_nobody() {
        for subject in [
            "New message from your website",
            "New message from www.sol.example",
            "Contact form",
            "Re: offer",
            "Invoice from ACME-12.example",
            "",
        ] {
            assert_eq!(customer(subject), None, "{subject}");
        }
    }

    #[test]
    fn form_subjects_are_known_and_ordinary_ones_are_not() {
        assert!(speaks_of_a_form("[Sol] Contact Form: hello") && speaks_of_a_form("Neue Kontaktanfrage"));
        assert!(!speaks_of_a_form("Dinner on Friday?") && !speaks_of_a_form("Rechnung 4711"));
    }
}
