//! Web forms (row W03): the customer in a run of labels and values.
//!
//! [`lines`] finds the pairs; here is judged whether they make a form and what they say. A person's ordinary
//! mail has a `Tel:` and an `Email:` in its signature and now and then a `Name: x`: it is no form. What counts
//! is how many different fields there are with plausible values, how much of the text they are, and whether
//! the message shows a machine's hand ([`automated`]).

mod around;
mod footer;
mod inline;
mod json;
pub mod lines;
pub mod subject;
mod unlabelled;
mod xml;

use super::contact::{self, Ours};
use super::labels::{self, Field, Own};
use super::phone::{self, Regions};
use super::{country, name, values};
use crate::mail::finding::Finding;
use crate::mail::message::Message;
use lines::{Pair, Reading};

/// What a form says of the customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lead {
    /// Name.
    pub name: Option<String>,
    /// Mail address, as written.
    pub email: Option<String>,
    /// Telephones in E.164.
    pub phones: Vec<String>,
    /// Company.
    pub company: Option<String>,
    /// What the customer wrote.
    pub message: Option<String>,
    /// Reference of the thing asked about.
    pub reference: Option<String>,
    /// Where the customer came from, as the form or its source says.
    pub source: Option<String>,
    /// Which rule found which field.
    pub explain: Vec<Finding>,
}

impl Lead {
    /// Takes from `other` what is missing here.
    pub fn fill_from(&mut self, other: Lead) {
        let Lead { name, email, phones, company, message, reference, source, explain } = other;
        let missing: Vec<Finding> = explain.into_iter().filter(|f| !self.has(&f.place)).collect();
        self.name = self.name.take().or(name);
        self.email = self.email.take().or(email);
        if self.phones.is_empty() {
            self.phones = phones;
        }
        self.company = self.company.take().or(company);
        self.message = self.message.take().or(message);
        self.reference = self.reference.take().or(reference);
        self.source = self.source.take().or(source);
        self.explain.extend(missing);
    }

    fn has(&self, place: &str) -> bool {
        match place {
            "contact.name" => self.name.is_some(),
            "contact.email" => self.email.is_some(),
            "contact.phones" => !self.phones.is_empty(),
            "contact.company" => self.company.is_some(),
            "contact.message" => self.message.is_some(),
            "contact.reference" => self.reference.is_some(),
            "contact.source" => self.source.is_some(),
            _ => false,
        }
    }

    /// Remembers which rule found a field.
    pub fn explained(&mut self, rule: &'static str, field: &str, what: &str) {
        self.explain.push(Finding::new(rule, format!("contact.{field}"), what));
    }

    /// Whether it names anybody.
    pub fn names_somebody(&self) -> bool {
        self.name.is_some() || self.email.is_some() || !self.phones.is_empty()
    }
}

/// What the judge knows besides the text.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The message.
    pub message: &'a Message,
    /// Regions for national numbers.
    pub regions: &'a Regions,
    /// The portal's, relays' and our own addresses, which are never the customer's.
    pub ours: &'a Ours,
    /// The message answers another.
    pub is_reply: bool,
}

/// The form in `text`, if it is one.
pub fn find(text: &str, context: Context<'_>) -> Option<Lead> {
    let reading = json::read(text).or_else(|| xml::read(text));
    let reading = reading.unwrap_or_else(|| lines::read(text, &Own::default()));
    let (mut lead, seen) = fill(&reading, context);
    if is_form(&reading, &lead, seen, context) {
        around::complete(&mut lead, text, &reading, context);
        return Some(lead);
    }
    let mut lead = unlabelled::find(text, context)?;
    around::complete(&mut lead, text, &Reading::default(), context);
    Some(lead)
}

/// What a source template's labels find in `text`. The template vouches for the form: nothing is judged.
pub fn with_labels(text: &str, own: &Own, context: Context<'_>) -> Lead {
    let reading = json::read(text).unwrap_or_else(|| lines::read(text, own));
    let mut lead = fill(&reading, context).0;
    around::trim(&mut lead, context);
    lead
}

/// What the pairs showed besides the fields.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Labels that only a form plug-in writes (`Page URL`, `User Agent`).
    ends: usize,
    /// Known labels of any kind with a value.
    known: usize,
    /// `From: Ana <ana@…>` with a message body below it.
    from: bool,
}

/// The fields that the pairs fill, the first plausible value of each.
fn fill(reading: &Reading, context: Context<'_>) -> (Lead, Seen) {
    let mut lead = Lead::default();
    let mut seen = Seen::default();
    let (mut first, mut last) = (None::<String>, None::<String>);
    let mut from: Option<&Pair> = None;
    let machine = automated(context.message) > 0;
    let mut regions = context.regions.clone();
    if let Some(code) = reading
        .pairs
        .iter()
        .find(|p| p.field == Some(Field::Country))
        .and_then(|p| country::of_name(&p.value))
    {
        regions.prefer(code);
    }
    // Labels of a language tell the country where the text is too short for it.
    let spoken = reading.pairs.iter().filter(|p| p.field.is_some()).find_map(|p| labels::language(&p.label));
    if let Some(code) = spoken.and_then(country::of_language) {
        regions.add(code);
    }
    for pair in &reading.pairs {
        let Some(field) = pair.field else { continue };
        if field == Field::End {
            seen.ends += 1;
        }
        if pair.own_side || values::is_absent(&pair.value) {
            continue;
        }
        seen.known += 1;
        let one_line = values::tidy(&pair.value);
        match field {
            Field::Name if lead.name.is_none() => set(&mut lead, "name", pair, name::of_value(&one_line)),
            Field::FirstName if first.is_none() => first = name::of_value(&one_line),
            Field::LastName if last.is_none() => last = name::of_value(&one_line),
            Field::Company if lead.company.is_none() => {
                set(&mut lead, "company", pair, Some(one_line.clone()).filter(|v| v.chars().count() <= 100));
            }
            Field::Reference if lead.reference.is_none() => {
                set(&mut lead, "reference", pair, values::reference(&one_line))
            }
            Field::Source if lead.source.is_none() => {
                set(&mut lead, "source", pair, Some(one_line.clone()).filter(|v| v.chars().count() <= 100));
            }
            Field::Message if lead.message.is_none() => {
                set(&mut lead, "message", pair, Some(values::unquoted(pair.value.trim()).to_owned()));
            }
            Field::Phone if lead.phones.len() < 4 => phones(&mut lead, pair, &regions),
            Field::From => from = from.or(Some(pair)),
            _ => {}
        }
        if field == Field::Name
            && lead.phones.is_empty()
            && one_line.bytes().filter(u8::is_ascii_digit).count() >= 7
        {
            phones(&mut lead, pair, &regions);
        }
        // An address counts whatever the label says: `Contact: ana@…`, `Name: Ana (ana@…)`.
        if lead.email.is_none()
            && matches!(field, Field::Email | Field::Name | Field::Phone | Field::FirstName)
        {
            let found = values::address(&one_line).filter(|a| !context.ours.is(a));
            set(&mut lead, "email", pair, found);
        }
    }
    if first.is_some() && last.is_some() || lead.name.is_none() {
        // `Name: Ruiz` beside `First name: Ana`: with one part only, the whole name is the other part.
        let last = last.or_else(|| first.as_ref().and(lead.name.clone()));
        if let Some(joined) = name::join(first.as_deref(), last.as_deref()) {
            lead.explained("form-name-parts", "name", &joined);
            lead.name = Some(joined);
        }
    } else if let (Some(first), Some(name)) = (&first, &lead.name)
        && name.split(' ').count() == 1
        && name != first
    {
        lead.name = name::join(Some(first), Some(name));
    } else if let (Some(last), Some(name)) = (&last, &lead.name)
        && name.split(' ').count() == 1
        && name != last
    {
        lead.name = name::join(Some(name), Some(last));
    }
    if let Some(pair) =
        from.filter(|_| lead.message.is_some() || seen.ends > 0 || (lead.email.is_some() && machine))
    {
        seen.from = from_mailbox(&mut lead, pair, context);
    }
    (lead, seen)
}

/// Sets a field that the pair gave, and says so.
fn set(lead: &mut Lead, field: &str, pair: &Pair, value: Option<String>) {
    let Some(value) = value else { return };
    let slot = match field {
        "name" => &mut lead.name,
        "email" => &mut lead.email,
        "company" => &mut lead.company,
        "reference" => &mut lead.reference,
        "source" => &mut lead.source,
        _ => &mut lead.message,
    };
    *slot = Some(value);
    lead.explained(pair.rule, field, &format!("{}: {}", pair.label, pair.value));
}

fn phones(lead: &mut Lead, pair: &Pair, regions: &Regions) {
    for number in phone::in_value(&pair.value, regions) {
        if !lead.phones.contains(&number) {
            lead.phones.push(number);
            lead.explained(pair.rule, "phones", &format!("{}: {}", pair.label, pair.value));
        }
    }
}

/// `From: Ana Ruiz <ana@…>`, as Contact Form 7 and its relatives write it.
fn from_mailbox(lead: &mut Lead, pair: &Pair, context: Context<'_>) -> bool {
    let found = values::address(&pair.value).filter(|a| !context.ours.is(a));
    let name = name::of_value(&values::tidy(&pair.value));
    let any = found.is_some() || name.is_some();
    if lead.email.is_none() {
        set(lead, "email", pair, found);
    }
    if lead.name.is_none() {
        set(lead, "name", pair, name);
    }
    any
}

/// Whether what was read is a form and not a person's mail.
fn is_form(reading: &Reading, lead: &Lead, seen: Seen, context: Context<'_>) -> bool {
    let identity = [lead.name.is_some(), lead.email.is_some(), !lead.phones.is_empty()];
    let identities = identity.iter().filter(|i| **i).count();
    let rest = [lead.message.is_some(), lead.company.is_some(), lead.reference.is_some()];
    let core = identities + rest.iter().filter(|r| **r).count();
    // A run of contact details alone is a signature's.
    let told = lead.name.is_some() || lead.message.is_some() || lead.reference.is_some();
    let machine = automated(context.message) + usize::from(seen.ends > 0) + usize::from(seen.from);
    let named = context.message.subject.as_deref().is_some_and(|s| subject::customer(s).is_some());
    let told = told || machine >= 2 || (machine >= 1 && named);
    if core < 2 && !(core == 1 && (lead.message.is_some() || named) && machine >= 2) || !told {
        return false;
    }
    if context.is_reply && machine < 2 {
        return false;
    }
    let share = reading.covered * 100 / reading.lines.max(1);
    match machine {
        0 if lead.message.is_some() || core >= 4 => share >= 50,
        0 => share >= 60 && core >= 2 && seen.known >= 2,
        1 => share >= 25 || core >= 3,
        _ => share >= 5,
    }
}

/// How many signs the header shows that a program wrote the message for somebody else.
pub fn automated(message: &Message) -> usize {
    let from = message.from.first().and_then(|m| m.address.as_deref()).unwrap_or_default().to_lowercase();
    let local = from.split('@').next().unwrap_or_default();
    let mut signs = 0;
    let relay = from.split_once('@').is_some_and(|(local, domain)| contact::is_relay(local, domain));
    signs += usize::from(is_machine_local(local) || relay);
    let replies_elsewhere = message
        .reply_to
        .first()
        .and_then(|m| m.address.as_deref())
        .is_some_and(|r| !r.eq_ignore_ascii_case(&from));
    signs += usize::from(replies_elsewhere);
    let has = |name: &str| message.field(name).next().is_some();
    let mailer = message.field("X-Mailer").any(|m| {
        let m = m.to_ascii_lowercase();
        [
            "phpmailer",
            "php/",
            "wpforms",
            "drupal",
            "joomla",
            "prestashop",
            "typo3",
            "swift",
            "symfony",
            "laravel",
        ]
        .iter()
        .any(|p| m.contains(p))
    });
    let script = [
        "X-PHP-Originating-Script",
        "X-PHP-Script",
        "X-WPCF7-Content-Type",
        "X-Drupal-Module",
        "X-Form-Id",
        "Feedback-ID",
    ];
    let bulk =
        message.field("Auto-Submitted").any(|v| v.trim().to_ascii_lowercase().starts_with("auto-generated"))
            || message
                .field("Precedence")
                .any(|v| matches!(v.trim().to_ascii_lowercase().as_str(), "bulk" | "list" | "junk"))
            || has("List-Unsubscribe");
    signs += usize::from(mailer || bulk || script.iter().any(|s| has(s)));
    let same =
        message.to.iter().filter_map(|m| m.address.as_deref()).any(|to| to.eq_ignore_ascii_case(&from))
            && !from.is_empty();
    signs += usize::from(same);
    signs += usize::from(message.subject.as_deref().is_some_and(subject::speaks_of_a_form));
    signs
}

/// Local parts under which programs write.
pub fn is_machine_local(local: &str) -> bool {
    let local = local.split('+').next().unwrap_or(local);
    let squeezed: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    const WHOLE: &[&str] = &[
        "noreply",
        "donotreply",
        "noresponder",
        "norespondas",
        "naoresponda",
        "nepasrepondre",
        "nonrispondere",
        "nichtantworten",
        "wordpress",
        "wp",
        "www",
        "wwwdata",
        "apache",
        "nginx",
        "web",
        "website",
        "webmaster",
        "webform",
        "form",
        "forms",
        "formulario",
        "formularios",
        "formulaire",
        "formular",
        "kontaktformular",
        "contactform",
        "contactformulier",
        "notification",
        "notifications",
        "notify",
        "notifier",
        "notificaciones",
        "mailer",
        "lead",
        "leads",
        "enquiry",
        "enquiries",
        "inquiry",
        "inquiries",
        "system",
        "alert",
        "alerts",
        "portal",
        "nobody",
        "anonymous",
        "robot",
        "bot",
        "automail",
        "auto",
        "autoresponder",
        "server",
        "formsubmit",
        "formspree",
        "submissions",
        "submission",
        "nepasrepondre",
        "keineantwort",
        "antwortennicht",
        "powiadomienia",
        "benachrichtigung",
        "benachrichtigungen",
        "notifiche",
        "notifica",
        "notificacao",
        "notificacoes",
        "meldingen",
        "melding",
        "oznameni",
        "avisos",
        "alertas",
        "aviso",
        "anfrage",
        "anfragen",
        "richieste",
        "contatti",
        "messages",
        "message",
        "mensajes",
        "mensaje",
        "nachrichten",
        "mail",
        "mailing",
        "sistema",
        "root",
        "cgi",
        "php",
        "hello",
        "info",
        "contact",
        "contacto",
        "kontakt",
    ];
    squeezed.contains("noreply") || squeezed.contains("donotreply") || WHOLE.contains(&squeezed.as_str())
}
