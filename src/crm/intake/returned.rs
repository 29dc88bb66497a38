//! The route of what comes back of our own mail, decided before everything else.
//!
//! To a signed address: bounces and complaints at the one for bounces, and whatever is no machine's answer at the
//! one for unsubscribes, from whomever it comes: the address proves that its sender had the letter. Mail
//! clients unsubscribe on a button, hence "auto-generated" mail counts there; answers, lists and the null
//! sender do not. A person's mail to the address for bounces is ordinary mail.
//!
//! Without our signature a report proves nothing, as everybody who had a letter knows its Message-ID: it is told
//! once, and switches nothing off. An imported mail is history and does nothing at all.

use super::{Routes, Verdict};
use crate::crm::facts::{Kind, Reading, sent_id_digest};
use crate::crm::filing::Filing;
use crate::crm::known::{Known, KnownSent};
use crate::crm::notice;
use crate::crm::plan::{NewNotification, Outcome, Target};
use crate::crm::reached::Reached;
use crate::crm::returned::{self, Effect, Off, Returned, Said, Sign};
use crate::crm::signed::Detail;
use crate::mail::address;
use crate::mail::envelope::Door;
use uuid::Uuid;

impl Routes<'_> {
    /// What comes of a message to an address that we signed for what comes back; `None`: it is ordinary mail.
    pub(super) fn returned(
        &mut self,
        reached: &Reached,
        reading: &Reading,
        known: &mut Known,
    ) -> Option<(Verdict, Filing)> {
        let (number, unsubscribes) = match reached.proven.as_ref()? {
            Detail::Bounce(number) => (*number, false),
            Detail::Unsubscribe(number) => (*number, true),
            Detail::Answer(_) => return None,
        };
        let rcpt_to = known.sent.get(&number).map_or("", |sent| sent.rcpt_to.as_str());
        let (outcome, said) = self.said(reading, unsubscribes, rcpt_to)?;
        let Some(sent) = known.sent.get(&number).cloned() else {
            let reason = format!("{}; our mail number {number} is not in the outbox any more", said.words);
            return Some((Verdict::stored(outcome, reason), Filing::default()));
        };
        let done = match said.sign {
            Some(sign) => self.report(number, &sent, sign, &said.words, known),
            None => String::new(),
        };
        let reason = format!("of our mail number {number} to {}: {}{done}", sent.rcpt_to, said.words);
        let filing = Filing::about(targets(&sent));
        Some((Verdict::stored(outcome, reason), filing))
    }

    /// What a message says of the letter to `rcpt_to`; `None`: a person wrote it.
    fn said(&self, reading: &Reading, unsubscribes: bool, rcpt_to: &str) -> Option<(Outcome, Said)> {
        if let Some(complaint) = &reading.complaint {
            return Some((Outcome::Bounce, returned::said_by_complaint(complaint)));
        }
        let nothing = |words: &str| Said { sign: None, words: words.to_owned() };
        if let Some(bounce) = &reading.bounce {
            let said = match unsubscribes {
                true => nothing("a delivery report, but not where these go"),
                false => returned::said_by_bounce(bounce, rcpt_to, self.rules.policy.case_sensitive),
            };
            return Some((Outcome::Bounce, said));
        }
        let answers = reading.kind != Kind::Person || self.facts.envelope.mail_from.is_empty();
        if answers || (reading.by_machine && !unsubscribes) {
            return Some((Outcome::Automatic, nothing("an automatic answer")));
        }
        unsubscribes.then(|| {
            let words = "its recipient wants no more".to_owned();
            (Outcome::Unsubscribe, Said { sign: Some(Sign::Unsubscribe), words })
        })
    }

    /// Plans what a report does, and says it.
    fn report(
        &mut self,
        number: i64,
        sent: &KnownSent,
        sign: Sign,
        words: &str,
        known: &mut Known,
    ) -> String {
        let envelope = &self.facts.envelope;
        if envelope.door == Door::Import || envelope.released.is_some() {
            return "; this mail is history and changes nothing".into();
        }
        let state = known.states.entry(sent.rcpt_to.clone()).or_default();
        let was_off = state.off.is_some();
        let (mut effect, mut why) = returned::effect(sign, sent, state, envelope.received_at);
        if effect != Effect::None && is_ours(&sent.rcpt_to, self, &known.users.by_address) {
            (effect, why) = (Effect::None, Some("addresses of your own company are not switched off"));
        }
        let news = sent.report.is_none_or(|reported| reported < sign);
        if news || effect != Effect::None {
            self.plan.returned.push(Returned {
                sent: sent.id,
                address: sent.rcpt_to.clone(),
                sign,
                words: words.to_owned(),
                mail: self.mail,
                at: envelope.received_at,
                effect,
            });
            known.learn_returned(number, sign, effect, envelope.received_at);
        }
        let done = match effect {
            Effect::Off(_) => format!("{} is switched off", sent.rcpt_to),
            Effect::Counted(count) => {
                format!("{count} of {} before {} is switched off", returned::FULL, sent.rcpt_to)
            }
            Effect::None => why.unwrap_or("nothing is switched off for that").to_owned(),
        };
        if news && sign != Sign::Delayed && !was_off {
            let text = notice::came_back(&sent.rcpt_to, &sent.subject, sent.created_at, words, &done);
            self.tell_of(sent, Some(self.mail), &text, known.default_owner);
        }
        format!("; {done}")
    }

    /// A report without our signature about a mail of ours: told once.
    pub(super) fn hearsay(&mut self, reading: &Reading, stored: bool, known: &mut Known) {
        if self.facts.envelope.door == Door::Import || self.facts.envelope.released.is_some() {
            return;
        }
        let Some(id) = reading.original_message_id() else { return };
        let number = known.sent_by_id.get(&sent_id_digest(id));
        let Some(sent) = number.and_then(|number| known.sent.get_mut(number)) else { return };
        if sent.hearsay || sent.report.is_some() {
            return;
        }
        sent.hearsay = true;
        let sent = sent.clone();
        self.plan.hearsay.push(sent.id);
        let text = notice::hearsay(&sent.rcpt_to, &sent.subject, sent.created_at);
        self.tell_of(&sent, stored.then_some(self.mail), &text, known.default_owner);
    }

    fn tell_of(&mut self, sent: &KnownSent, mail: Option<Uuid>, text: &str, last_resort: Option<Uuid>) {
        let target = targets(sent).last().copied();
        let nobody = sent.told.is_empty();
        for &user in sent.told.iter().chain(last_resort.iter().filter(|_| nobody)) {
            let (id, text) = ((self.ids)(), text.to_owned());
            self.plan.notifications.push(NewNotification { id, user, kind: "bounced", target, mail, text });
        }
    }

    /// A person wrote: their mailbox is not full any more. Anybody can write in another's name, and brings about no
    /// more than some mail to a full mailbox; what is switched off stays so.
    pub(super) fn heard(&mut self, reading: &Reading, known: &mut Known) {
        let envelope = &self.facts.envelope;
        let theirs = self.user.is_none() && envelope.door != Door::Import && !envelope.mail_from.is_empty();
        if !theirs || reading.by_machine || reading.kind != Kind::Person || reading.form.is_some() {
            return;
        }
        let case_sensitive = self.rules.policy.case_sensitive;
        let [author] = reading.from.as_slice() else { return };
        let canonical = author.address.as_deref().and_then(|a| address::canonical(a, case_sensitive));
        let Some(canonical) = canonical.filter(|canonical| !self.plan.heard.contains(canonical)) else {
            return;
        };
        if let Some(state) = known.states.get_mut(&canonical) {
            state.full.clear();
        }
        self.plan.heard.push(canonical);
    }
}

/// What a letter was about: contact, record, ticket.
fn targets(sent: &KnownSent) -> Vec<Target> {
    let contact = sent.contact.map(Target::Contact);
    contact
        .into_iter()
        .chain(sent.record.map(Target::Record))
        .chain(sent.ticket.map(Target::Ticket))
        .collect()
}

fn is_ours(canonical: &str, routes: &Routes<'_>, users: &std::collections::HashMap<String, Uuid>) -> bool {
    let domain = address::domain_of(canonical).unwrap_or_default();
    routes.rules.policy.own_domains.contains(domain) || users.contains_key(canonical)
}

impl Known {
    /// Learns what a message of the batch said of a letter.
    fn learn_returned(&mut self, number: i64, sign: Sign, effect: Effect, at: jiff::Timestamp) {
        let Some(sent) = self.sent.get_mut(&number) else { return };
        sent.report = sent.report.max(Some(sign));
        let state = self.states.entry(sent.rcpt_to.clone()).or_default();
        if sign == Sign::Full {
            state.full.push((sent.id, at));
        }
        if let Effect::Off(reason) = effect {
            state.off = Some(Off::from_name(reason));
        }
    }
}
