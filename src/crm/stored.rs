//! The mail as it is stored for ever: whose it is, when it was sent, who stands in it.

use super::customer::{Found, Way};
use super::facts::{Facts, MOST_RECIPIENTS, Reading, message_id_digest};
use super::intake::Rules;
use super::known::{Known, KnownIntake, KnownMail, KnownRecord, Thread};
use super::plan::{NewMail, Outcome, Party, Plan, Target};
use crate::mail::address::{self, Mailbox};
use crate::mail::envelope::Door;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The row of a new mail. A filed forward stands there as its original: author, recipients, date, subject and
/// text; the raw message keeps the forward itself.
pub fn mail(
    facts: &Facts,
    id: Uuid,
    user: Option<Uuid>,
    found: Option<&Found>,
    known: &Known,
    rules: &Rules,
) -> NewMail {
    let envelope = &facts.envelope;
    let mut mail = NewMail {
        id,
        fingerprint: facts.fingerprint,
        anonymous: facts.anonymous,
        source: "inbox",
        direction: "in",
        sent_at: None,
        received_at: envelope.received_at,
        mail_from: envelope.mail_from.clone(),
        message_id: None,
        message_id_digests: Vec::new(),
        subject: None,
        text: String::new(),
        new_text: None,
        note: None,
        language: None,
        filed_by: user,
        unparsed: None,
        parties: Vec::new(),
        attachments: Vec::new(),
        findings: serde_json::Value::Array(Vec::new()),
        raw: facts.raw.clone(),
    };
    let reading = match &facts.reading {
        Ok(reading) => reading,
        Err(reason) => {
            mail.unparsed = Some(reason.clone());
            return mail;
        }
    };
    let way = found.map(|found| found.way);
    let captured = found.is_some_and(|found| found.captured);
    (mail.source, mail.direction) = match way {
        _ if envelope.door.is_by_hand() => {
            let source = if envelope.door == Door::Import { "import" } else { "desk" };
            (source, if way == Some(Way::Recipients) { "out" } else { "in" })
        }
        Some(Way::Recipients) if captured => ("capture", "out"),
        Some(_) if captured => ("capture", "in"),
        Some(Way::Forward) => ("assistant-forward", "in"),
        Some(Way::Recipients) => ("assistant-bcc", "out"),
        _ => ("inbox", "in"),
    };
    mail.sent_at = reading.sent_at;
    mail.message_id.clone_from(&reading.message_id);
    mail.subject.clone_from(&reading.subject);
    mail.text.clone_from(&reading.text);
    mail.new_text.clone_from(&reading.new_text);
    mail.language.clone_from(&reading.language);
    mail.attachments.clone_from(&reading.attachments);
    mail.findings.clone_from(&reading.findings);
    let mut ids: BTreeSet<_> = reading.message_id.iter().map(|id| message_id_digest(id)).collect();
    let parties = Parties { known, rules };
    match reading.forward.as_ref().filter(|_| way == Some(Way::Forward)) {
        Some(original) => {
            mail.sent_at = original.sent_at.or(mail.sent_at);
            mail.subject = original.subject.clone().or(mail.subject);
            mail.new_text = Some(original.text.clone());
            mail.note.clone_from(&original.note);
            ids.extend(original.message_id.iter().map(|id| message_id_digest(id)));
            let from: Vec<Mailbox> = original.from.iter().cloned().collect();
            mail.parties = parties.of(&[("from", &from), ("to", &original.to), ("cc", &original.cc)]);
        }
        None => {
            let hidden = if way == Some(Way::Recipients) { bcc(facts, reading, rules) } else { Vec::new() };
            let groups: [(&'static str, &[Mailbox]); 4] =
                [("from", &reading.from), ("to", &reading.to), ("cc", &reading.cc), ("bcc", &hidden)];
            mail.parties = parties.of(&groups);
        }
    }
    mail.message_id_digests = ids.into_iter().collect();
    mail
}

/// Outside recipients of the envelope that no header field names.
fn bcc(facts: &Facts, reading: &Reading, rules: &Rules) -> Vec<Mailbox> {
    let canonical = |text: &str| address::canonical(text, rules.policy.case_sensitive);
    let named: BTreeSet<String> =
        reading.to.iter().chain(&reading.cc).filter_map(|m| canonical(m.address.as_deref()?)).collect();
    let ours = |text: &str| rules.policy.inboxes.find(text).is_some();
    let hidden =
        facts.envelope.rcpt_to.iter().filter(|rcpt| {
            !ours(rcpt) && canonical(rcpt).is_some_and(|canonical| !named.contains(&canonical))
        });
    hidden.take(MOST_RECIPIENTS).map(|rcpt| Mailbox { name: None, address: Some(rcpt.clone()) }).collect()
}

struct Parties<'a> {
    known: &'a Known,
    rules: &'a Rules<'a>,
}

impl Parties<'_> {
    /// The parties of each role; at most ten times [`MOST_RECIPIENTS`], the raw message has all.
    fn of(&self, groups: &[(&'static str, &[Mailbox])]) -> Vec<Party> {
        let all = groups.iter().flat_map(|(role, mailboxes)| mailboxes.iter().map(move |m| (*role, m)));
        all.take(MOST_RECIPIENTS * 10).map(|(role, mailbox)| self.party(role, mailbox)).collect()
    }

    fn party(&self, role: &'static str, mailbox: &Mailbox) -> Party {
        let canonical =
            mailbox.address.as_deref().and_then(|a| address::canonical(a, self.rules.policy.case_sensitive));
        let user = canonical.as_ref().and_then(|c| self.known.users.by_address.get(c)).copied();
        let contact = match canonical.as_ref().and_then(|c| self.known.contacts_by_address.get(c)) {
            Some(one) if one.len() == 1 && user.is_none() => Some(one[0]),
            _ => None,
        };
        Party { role, name: mailbox.name.clone(), address: mailbox.address.clone(), canonical, contact, user }
    }
}

impl Plan {
    /// A plan that writes nothing yet.
    pub fn of(spool_id: Uuid) -> Plan {
        Plan {
            spool_id,
            mail: None,
            contacts: Vec::new(),
            records: Vec::new(),
            tickets: Vec::new(),
            reopened: Vec::new(),
            links: Vec::new(),
            unverified: Vec::new(),
            intakes: Vec::new(),
            turns: Vec::new(),
            notifications: Vec::new(),
            returned: Vec::new(),
            hearsay: Vec::new(),
            heard: Vec::new(),
            unsigned: Vec::new(),
            letters: Vec::new(),
            told_once: Vec::new(),
            dropped: None,
        }
    }
}

impl Known {
    /// Learns what a plan will write, so that the next message of the batch sees it.
    pub fn learn(&mut self, plan: &Plan, facts: &Facts) {
        self.recorded.insert(plan.spool_id);
        for key in plan.intakes.iter().flat_map(|intake| &intake.ceilings) {
            *self.recent_leads.entry(key.clone()).or_default() += 1;
        }
        let intakes = || {
            plan.intakes.iter().filter(|i| i.mail.is_some() && i.outcome != Outcome::Duplicate).map(|i| {
                let door = facts.envelope.door;
                KnownIntake {
                    inbox: i.inbox.clone(),
                    detail: i.detail.clone(),
                    user: i.user,
                    door,
                    queue_id: i.queue_id.clone(),
                    spam: i.outcome == Outcome::Spam,
                }
            })
        };
        match &plan.mail {
            Some(mail) => {
                let known = KnownMail {
                    id: mail.id,
                    received_at: mail.received_at,
                    intakes: intakes().collect(),
                    erased: false,
                };
                self.mails.insert(facts.fingerprint, known);
                let thread = self.thread_of(plan, mail);
                for digest in &mail.message_id_digests {
                    self.threads.insert(*digest, thread.clone());
                }
            }
            None => {
                if let Some(known) = self.mails.get_mut(&facts.fingerprint) {
                    known.intakes.extend(intakes());
                }
            }
        }
    }

    fn thread_of(&self, plan: &Plan, mail: &NewMail) -> Thread {
        let mut thread = Thread { mail: mail.id, ..Thread::default() };
        thread.parties = mail.parties.iter().filter_map(|party| party.canonical.clone()).collect();
        for link in plan.links.iter().filter(|link| link.mail == mail.id) {
            match link.target {
                Target::Contact(contact) => thread.contacts.push(contact),
                Target::Record(record) => {
                    let of_batch = plan.records.iter().find(|new| new.id == record).map(|new| KnownRecord {
                        id: new.id,
                        code: String::new(),
                        owner: new.owner,
                        contacts: new.contacts.clone(),
                        open: true,
                    });
                    let stored = || self.records_by_code.values().find(|known| known.id == record).cloned();
                    thread.records.extend(of_batch.or_else(stored));
                }
                Target::Ticket(ticket) => {
                    let of_batch = plan.tickets.iter().find(|new| new.id == ticket).map(Known::ticket_of);
                    let stored = || self.tickets_by_code.values().find(|known| known.id == ticket).cloned();
                    thread.tickets.extend(of_batch.or_else(stored));
                }
            }
        }
        thread
    }
}
