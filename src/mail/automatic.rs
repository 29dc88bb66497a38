//! Mail that no person wrote to us just now: automatic replies, challenges, lists, bulk, calendar answers.
//!
//! It reports facts and their evidence, and decides nothing: portals send leads with the marks of bulk mail,
//! and a form on a customer's site calls itself auto-generated. What senders must state by RFC 3834 and its
//! older relatives counts; what subjects and texts say only supports that.
//!
//! Delivery reports and complaints are read by [`super::dsn`] and [`super::complaint`].

use super::finding::Finding;
use super::message::Message;
use serde::Serialize;

/// What a mail is, besides being one of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing says that it is automatic.
    #[default]
    None,
    /// An answer that a machine gave to a mail: absence, receipt, "we got your message".
    AutoReply,
    /// A machine that asks the sender to prove to be a person.
    Challenge,
    /// An invitation, its cancellation, or an answer to one: [`calendar_method`] tells which.
    Calendar,
    /// From a mailing list (RFC 2369, RFC 2919).
    List,
    /// Made by a machine of its own accord.
    Generated,
    /// Sent to many.
    Bulk,
}

/// A verdict with its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Automatic {
    /// What it is.
    pub kind: Kind,
    /// Everything that speaks for it being automatic, whatever the verdict.
    pub evidence: Vec<Finding>,
}

/// Tells what kind of automatic mail this is. `null_sender` says whether the envelope sender was empty; where
/// the envelope is not known a `Return-Path` field tells.
pub fn classify(message: &Message, null_sender: bool) -> Automatic {
    let mut evidence = Vec::new();
    let marks = marks(message, null_sender, &mut evidence);
    let absent =
        marks.absence_subject && (marks.automatic || marks.supported || (marks.bulk && marks.absence_text));
    let kind = if marks.calendar {
        Kind::Calendar
    } else if marks.challenge && (marks.replied || marks.automatic || marks.supported) {
        Kind::Challenge
    } else if marks.replied || absent {
        Kind::AutoReply
    } else if marks.list {
        Kind::List
    } else if marks.automatic {
        Kind::Generated
    } else if marks.bulk {
        Kind::Bulk
    } else {
        Kind::None
    };
    Automatic { kind, evidence }
}

/// What was found.
#[derive(Debug, Default)]
struct Marks {
    calendar: bool,
    /// A field says that it is an automatic answer.
    replied: bool,
    /// A field says that a machine made it.
    automatic: bool,
    list: bool,
    bulk: bool,
    challenge: bool,
    absence_subject: bool,
    absence_text: bool,
    /// Something supports that it is automatic: a null sender, an absence in the text.
    supported: bool,
}

fn marks(message: &Message, null_sender: bool, evidence: &mut Vec<Finding>) -> Marks {
    let mut marks = Marks::default();
    for field in &message.fields {
        let name = field.name.to_ascii_lowercase();
        let value = field.value.trim().to_lowercase();
        let Some(mark) = field_mark(&name, &value) else { continue };
        evidence.push(Finding::new(mark.rule(), field.name.clone(), &field.value));
        match mark {
            Mark::Replied => marks.replied = true,
            Mark::Automatic => marks.automatic = true,
            Mark::List => marks.list = true,
            Mark::Bulk => marks.bulk = true,
            Mark::Challenge => (marks.challenge, marks.automatic) = (true, true),
            Mark::Suppress | Mark::NullSender => marks.supported = true,
        }
    }
    // "no" outweighs the marks that mass mailers and ticket systems set on mail of people.
    if message.field("Auto-Submitted").any(|v| first_word(&v.to_lowercase()) == "no") {
        (marks.automatic, marks.replied) = (false, false);
    }
    if null_sender {
        marks.supported = true;
        evidence.push(Finding::new("null-sender", "envelope", "<>"));
    }
    if let Some(method) = calendar_method(message) {
        marks.calendar = matches!(
            method.as_str(),
            "REPLY" | "COUNTER" | "DECLINECOUNTER" | "REFRESH" | "REQUEST" | "CANCEL"
        );
        evidence.push(Finding::new("calendar-method", "text/calendar", &method));
    }
    // RFC 8098: the receipt is the client's, not the person's.
    if let Some(part) =
        message.attachments.iter().find(|a| a.media_type == "message/disposition-notification")
    {
        marks.replied = true;
        evidence.push(Finding::new("disposition-notification", "message", &part.media_type));
    }
    read_words(message, &mut marks, evidence);
    marks
}

/// What subject and text say.
fn read_words(message: &Message, marks: &mut Marks, evidence: &mut Vec<Finding>) {
    const START: usize = 4_000;
    let subject = message.subject.as_deref().unwrap_or_default().to_lowercase();
    let text = &message.body.text;
    let text = text[..super::html::floor(text, START)].to_lowercase();
    if let Some(phrase) = ABSENCE_SUBJECTS.iter().find(|p| subject.contains(**p)) {
        marks.absence_subject = true;
        evidence.push(Finding::new("absence-subject", "Subject", phrase));
    }
    if let Some(phrase) = ABSENCE_TEXTS.iter().find(|p| text.contains(**p)) {
        // "Out of office next week" is a person's subject; clients write "Out of office: the subject".
        marks.supported |= marks.absence_subject && is_headed(&subject);
        marks.absence_text = true;
        evidence.push(Finding::new("absence-text", "text", phrase));
    }
    let challenge = CHALLENGES.iter().find(|p| subject.contains(**p) || text.contains(**p));
    if let Some(phrase) = challenge {
        marks.challenge = true;
        evidence.push(Finding::new("challenge-text", "text", phrase));
    }
}

/// Whether the subject begins with a phrase of absence and a colon.
fn is_headed(subject: &str) -> bool {
    let head = subject.split([':', '：', '-', '(']).next().unwrap_or_default().trim();
    head.len() < subject.trim().len()
        && ABSENCE_SUBJECTS.iter().any(|p| head.contains(p) && head.len() < 2 * p.len() + 10)
}

/// What one field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Replied,
    Automatic,
    List,
    Bulk,
    Challenge,
    Suppress,
    NullSender,
}

impl Mark {
    fn rule(self) -> &'static str {
        match self {
            Mark::Replied => "automatic-reply-field",
            Mark::Automatic => "automatic-field",
            Mark::List => "list-field",
            Mark::Bulk => "bulk-field",
            Mark::Challenge => "challenge-field",
            Mark::Suppress => "suppress-field",
            Mark::NullSender => "null-sender",
        }
    }
}

/// The value up to a comment or parameter.
fn first_word(value: &str) -> &str {
    value
        .split(|c: char| c.is_whitespace() || c == ';' || c == '(')
        .find(|w| !w.is_empty())
        .unwrap_or_default()
}

fn field_mark(name: &str, value: &str) -> Option<Mark> {
    let word = first_word(value);
    Some(match name {
        "auto-submitted" | "x-auto-submitted" => match word {
            "no" | "" => return None,
            "auto-replied" => Mark::Replied,
            _ => Mark::Automatic,
        },
        "precedence" | "x-precedence" => match word {
            "auto_reply" | "auto-reply" | "autoreply" => Mark::Replied,
            "list" => Mark::List,
            "bulk" | "junk" => Mark::Bulk,
            _ => return None,
        },
        "preference" if word == "auto_reply" => Mark::Replied,
        "x-autoreply"
        | "x-autorespond"
        | "x-autoresponder"
        | "x-autoreply-from"
        | "x-mail-autoreply"
        | "x-auto-reply"
        | "x-auto-reply-from"
        | "autoresponder"
        | "x-away-message"
        | "x-vacation"
        | "x-ooo"
        | "x-out-of-office"
        | "auto-reply"
        | "x-zendesk-auto-reply" => {
            if matches!(word, "no" | "false" | "0") {
                return None;
            }
            Mark::Replied
        }
        "x-autogenerated" => match word {
            "reply" | "forward" => Mark::Replied,
            _ => Mark::Automatic,
        },
        // Novell GroupWise: class 9 is an automatic reply.
        "x-post-messageclass" if value.starts_with('9') => Mark::Replied,
        "delivered-to" if word == "autoresponder" => Mark::Replied,
        "x-fc-machinegenerated" if word == "true" => Mark::Automatic,
        "x-auto-response-suppress" => match word {
            "none" | "" => return None,
            _ => Mark::Suppress,
        },
        "list-id" | "list-post" | "mailing-list" | "x-mailing-list" | "x-ml-name" | "x-beenthere"
        | "x-mailman-version" | "x-list-id" | "list-archive" | "x-ml-count" | "x-sequence"
        | "x-loop-list" => {
            if name == "list-post" && word == "no" {
                return None;
            }
            Mark::List
        }
        "list-unsubscribe"
        | "list-help"
        | "feedback-id"
        | "x-campaign"
        | "x-campaign-id"
        | "x-campaignid"
        | "x-mailchimp-campaign"
        | "x-bulkmail"
        | "x-mailer-recptid" => Mark::Bulk,
        "x-boxtrapper" | "x-spamarrest" | "x-challenge" | "x-tmda" | "x-asf-challenge" | "x-uniqme"
        | "x-confirm-reading" | "x-mailblocks" => Mark::Challenge,
        "return-path" if matches!(value, "<>" | "") => Mark::NullSender,
        // X-QQ-AutoReply, X-Mail-Auto-Response and what others invent.
        _ if ["autoreply", "auto-reply", "autorespon", "auto-respon"].iter().any(|n| name.contains(n)) => {
            if matches!(word, "no" | "false" | "0" | "none") {
                return None;
            }
            Mark::Replied
        }
        _ => return None,
    })
}

/// `METHOD` of the calendar part: from the part's type or from its content.
pub fn calendar_method(message: &Message) -> Option<String> {
    const HEAD: usize = 64 * 1024;
    let part = message
        .attachments
        .iter()
        .find(|a| matches!(a.media_type.as_str(), "text/calendar" | "application/ics"))?;
    let text = String::from_utf8_lossy(&part.content[..part.content.len().min(HEAD)]);
    let method = text.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(':')?;
        name.eq_ignore_ascii_case("method").then(|| value.trim().to_ascii_uppercase())
    })?;
    (!method.is_empty() && method.len() < 32).then_some(method)
}

/// How clients and servers head an automatic reply, in lower case.
#[rustfmt::skip]
const ABSENCE_SUBJECTS: &[&str] = &[
    "automatic reply", "auto-reply", "autoreply", "auto reply", "auto response", "autoresponse",
    "auto-response", "automated reply", "automated response", "out of office", "out-of-office",
    "out of the office", "ooo:", "vacation", "away from", "on leave", "on holiday", "annual leave",
    "i am away", "i'm away", "automatische antwort", "abwesenheit", "abwesend", "nicht im büro",
    "nicht im haus", "außer haus", "im urlaub", "réponse automatique", "reponse automatique",
    "absence du bureau", "absent du bureau", "message d'absence", "absence :", "en congé",
    "respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina", "ausente",
    "ausencia", "de vacaciones", "resposta automàtica", "fora de l'oficina", "resposta automática",
    "resposta automatica", "fora do escritório", "ausência", "em férias", "risposta automatica",
    "fuori sede", "fuori ufficio", "assenza", "in ferie", "automatisch antwoord", "afwezig",
    "niet op kantoor", "automatisk svar", "autosvar", "frånvaro", "fravær", "ikke til stede",
    "ikke på kontoret", "ej på kontoret", "semester", "ferie", "automaattinen vastaus", "poissa", "lomalla",
    "automatyczna odpowiedź", "autoodpowiedź", "poza biurem", "nieobecność", "na urlopie",
    "automatická odpověď", "mimo kancelář", "nepřítomnost", "dovolen", "automatická odpoveď",
    "mimo kancelárie", "neprítomnos", "automatikus válasz", "házon kívül", "szabadságon", "răspuns automat",
    "raspuns automat", "în afara biroului", "автоматичен отговор", "извън офиса", "отпуск",
    "автоматический ответ", "автоответ", "вне офиса", "автоматична відповідь", "відпустк",
    "αυτόματη απάντηση", "εκτός γραφείου", "otomatik yanıt", "otomatik cevap", "ofis dışında",
    "samodejni odgovor", "automatski odgovor", "odsutan", "automatinis atsakymas", "automātiska atbilde",
    "automaatvastus", "erantzun automatikoa", "resposta automática", "自動応答", "自動返信", "不在通知", "自动回复", "自动答复",
    "自動回覆", "자동 회신", "부재중", "רד אוטומטי", "الرد التلقائي",
];

/// What automatic replies say, in lower case.
#[rustfmt::skip]
const ABSENCE_TEXTS: &[&str] = &[
    "out of the office", "out of office", "away from the office", "i am currently away", "on vacation",
    "on holiday", "annual leave", "on leave", "maternity leave", "limited access to", "will be back",
    "i will return", "automatic reply", "automated response", "automated message",
    "automatically generated", "do not reply", "we have received your", "thank you for contacting",
    "no longer with", "no longer work", "nicht im büro", "im urlaub", "nicht im hause", "außer haus",
    "bin ich wieder", "automatische antwort", "je suis absent", "actuellement absent", "en congé",
    "de retour le", "réponse automatique", "fuera de la oficina", "de vacaciones", "estaré ausente",
    "me encuentro ausente", "respuesta automática", "fora de l'oficina", "de vacances",
    "fora do escritório", "de férias", "estarei ausente", "fuori ufficio", "fuori sede", "in ferie",
    "sono assente", "niet aanwezig", "afwezig", "met vakantie", "op vakantie", "på semester",
    "inte på kontoret", "på ferie", "sommerferie", "holder ferie", "er tilbage", "er tilbake", "tillbaka den", "palaan", "ikke på kontoret", "lomalla", "poza biurem", "na urlopie",
    "mimo kancelář", "na dovolené", "szabadságon", "în concediu", "в отпуске", "вне офиса", "у відпустці",
    "в отпуска", "εκτός γραφείου", "izinde", "ofis dışında", "不在", "休暇", "休假", "外出", "부재중",
];

/// What challenges say, in lower case.
#[rustfmt::skip]
const CHALLENGES: &[&str] = &[
    "confirm your message by", "confirm that you are a human", "confirm that you sent",
    "prove you are human", "verify that you are a real person", "requires verification", "verify#",
    "please verify yourself", "click the link below to verify",
    "click on the link below to complete the verification", "sender verification", "challenge-response",
    "challenge/response", "approve yourself", "to add yourself to", "anti-spam verification", "guest list",
    "approved senders list", "whitelist", "captcha", "confirm your message", "list of allowed senders", "to release it", "release your message", "awaiting your confirmation", "not yet on the list", "confirm your email to", "reply to this message to confirm",
    "reply to this email to be added", "verifica que eres", "bestätigen sie, dass", "prouver que vous",
];
