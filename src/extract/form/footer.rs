//! What form plug-ins and portals write below the customer's words: where it begins, a message ends.

use crate::extract::labels;

/// Whether a line is what form plug-ins and portals write below the customer's words.
pub fn is_footer(line: &str) -> bool {
    if line.len() > 400 {
        return false;
    }
    let normal = labels::normal(line);
    line == "--"
        || line.starts_with('©')
        || FOOTERS.iter().any(|f| normal.contains(f))
        || STARTS
            .iter()
            .any(|s| normal.strip_prefix(s).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}

/// Normal form; what a customer could write too inside a sentence counts at the begin of a line only.
const STARTS: &[&str] = &[
    "sent from",
    "sent via",
    "sent by the",
    "submitted via",
    "reply to this",
    "simply reply to",
    "just reply to",
    "replying to this",
    "reply directly",
    "answer this",
    "do not reply",
    "log in to",
    "enviado desde",
    "enviado a traves",
    "enviado por medio",
    "enviado por el formulario",
    "responde directamente",
    "responda directamente",
    "contesta directamente",
    "responda diretamente",
    "para contactar",
    "envoye depuis",
    "envoye via",
    "repondez directement",
    "repondez a ce",
    "repondez a cet",
    "gesendet von",
    "gesendet uber",
    "gesendet via",
    "antworten sie auf",
    "antworten sie einfach",
    "inviato da",
    "inviato tramite",
    "rispondi direttamente",
    "rispondi a questa",
    "rispondete direttamente",
    "wyslano z",
    "wyslano za",
    "wyslane przez",
    "odpowiedz bezposrednio",
    "odpowiedz na te",
    "odpowiadajac na te",
    "verzonden vanaf",
    "verzonden via",
    "verzonden vanuit",
    "verstuurd via",
    "beantwoord deze",
    "reageer direct",
    "u kunt reageren",
    "svara direkt",
    "svar direkte",
    "vastaa suoraan",
    "odpovezte primo",
    "odpovedajte priamo",
    "valaszoljon kozvetlenul",
    "raspundeti direct",
    "rispondi al piu presto",
    "respond within",
    "skickat fran",
    "skickat via",
    "sendt fra",
    "sendt via",
    "lahetetty",
    "odeslano z",
    "odoslane z",
    "trimis de pe",
    "отправлено с",
    "надіслано з",
];

/// `message` without the portal's paragraphs behind the customer's: its team's name, its thanks, its hotline with
/// an address of its own. `brand` are the portal's names in normal form without spaces; `own` says whether an
/// address is the portal's. The first paragraph always stays.
pub(super) fn without_tail<'a>(message: &'a str, brand: &[String], own: impl Fn(&str) -> bool) -> &'a str {
    let mut rest = message.trim_end();
    for _ in 0..6 {
        let Some(at) = rest.rfind("\n\n") else { break };
        let last = rest[at..].trim();
        if !is_tail(last, brand, &own) {
            break;
        }
        rest = rest[..at].trim_end();
    }
    // A form plug-in's own last line stands directly below the message.
    while let Some((before, last)) = rest.rsplit_once('\n')
        && signs(last, brand)
        && last.contains("://")
    {
        rest = before.trim_end();
    }
    rest
}

fn is_tail(paragraph: &str, brand: &[String], own: &impl Fn(&str) -> bool) -> bool {
    let first = paragraph.lines().next().unwrap_or_default();
    is_footer(first)
        || paragraph.len() <= 400
            && ((paragraph.lines().count() <= 4 && paragraph.lines().any(|l| signs(l, brand)))
                || crate::extract::values::addresses(paragraph).any(|(_, found)| own(found)))
}

/// A line of few words with the portal's name in it: `Your HomeFinder team`.
fn signs(line: &str, brand: &[String]) -> bool {
    let letters = |w: &&str| w.chars().any(char::is_alphabetic) && !w.contains("://");
    if line.contains('?') || line.len() > 200 || line.split_whitespace().filter(letters).count() > 7 {
        return false;
    }
    let squeezed = labels::normal(line).replace(' ', "");
    brand.iter().any(|name| squeezed.contains(name.as_str()))
}

/// Normal form.
const FOOTERS: &[&str] = &[
    "this e mail was sent",
    "for advertising with",
    "because you advertise",
    "submission look like spam",
    "you receive this",
    "you re receiving this",
    "do not share contact",
    "gracias por anunciar",
    "gracias por confiar",
    "obrigado por anunciar",
    "merci de votre confiance",
    "merci de ne pas",
    "grazie per aver scelto",
    "bitte nicht antworten",
    "ihr team von",
    "dziekujemy za korzystanie",
    "bedankt voor het adverteren",
    "this email was sent",
    "this message was sent",
    "this mail was sent",
    "this is a notification that",
    "was sent from a contact form",
    "sent from your website",
    "sent via your website",
    "sent via the contact form",
    "sent from the contact form",
    "sent through the",
    "manage submissions",
    "does this look like spam",
    "report as spam",
    "unsubscribe",
    "all rights reserved",
    "to reply to this",
    "reply directly to this",
    "you can reply to this",
    "view submission",
    "view all submissions",
    "powered by",
    "you are receiving this",
    "you received this",
    "please do not reply",
    "to edit your email settings",
    "to respond to",
    "edit this form",
    "este mensaje se ha enviado",
    "este mensaje fue enviado",
    "este correo se ha enviado",
    "este correo electronico",
    "este email ha sido",
    "este e mail",
    "este mensaje ha sido enviado",
    "mensaje enviado desde",
    "enviado desde el formulario",
    "darse de baja",
    "no responda a este",
    "no respondas a este",
    "puedes responder",
    "para responder",
    "responde a este",
    "responder a este",
    "este correo fue",
    "correo enviado desde",
    "has recibido este",
    "esta mensagem foi",
    "este e mail foi",
    "nao responda",
    "enviado pelo formulario",
    "enviado atraves",
    "para responder",
    "recebeu este",
    "ce message a ete",
    "cet e mail a ete",
    "cet email a ete",
    "message envoye depuis",
    "ne pas repondre",
    "se desabonner",
    "se desinscrire",
    "pour repondre",
    "vous pouvez repondre",
    "vous recevez cet",
    "vous recevez ce",
    "diese e mail wurde",
    "diese nachricht wurde",
    "diese email wurde",
    "gesendet uber das",
    "bitte antworten sie nicht",
    "abmelden",
    "dies ist eine automatisch",
    "um zu antworten",
    "antworten sie direkt",
    "sie erhalten diese",
    "mit freundlichen grussen ihr team von",
    "datenschutzhinweis",
    "questa email e stata",
    "questa e mail e stata",
    "questo messaggio e stato",
    "inviato dal modulo",
    "non rispondere a questa",
    "per rispondere",
    "ricevi questa",
    "hai ricevuto questa",
    "ta wiadomosc zostala",
    "wiadomosc wyslana",
    "ten e mail zostal",
    "wiadomosc wygenerowana",
    "prosimy nie odpowiadac",
    "aby odpowiedziec",
    "otrzymujesz te",
    "dit bericht is",
    "deze e mail is",
    "deze email is",
    "verzonden via het",
    "niet beantwoorden",
    "om te reageren",
    "u ontvangt deze",
    "uitschrijven",
    "aquest missatge s ha",
    "aquest correu",
    "enviat des del formulari",
    "detta meddelande skickades",
    "denne e mail er",
    "denne meldingen ble",
    "denne e posten",
    "tama viesti",
    "tato zprava byla",
    "tato sprava bola",
    "ezt az uzenetet",
    "acest mesaj a fost",
    "αυτο το μηνυμα",
    "bu mesaj",
    "bu e posta",
    "это сообщение",
    "письмо отправлено",
    "це повідомлення",
];
