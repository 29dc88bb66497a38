//! A contact's mail that Postfix refused, as nobody has that address (row X07): news for the contact's owner, and no
//! line, as no message came. Any node notes it, once a day for each sender and address.

use super::Routes;
use crate::crm::block::without_extension;
use crate::crm::known::{Known, KnownContact};
use crate::crm::lists::digest;
use crate::crm::notice;
use crate::crm::plan::{NewNotification, Target};
use crate::mail::address;
use crate::mail::envelope::Report;

impl Routes<'_> {
    /// Tells the owners of the contacts that have the sender's address; those without an owner are the first
    /// administrator's.
    pub(super) fn missed(&mut self, known: &Known) {
        let envelope = &self.facts.envelope;
        let sensitive = self.rules.policy.case_sensitive;
        let Some(sender) = address::canonical(&envelope.mail_from, sensitive) else { return };
        let base = without_extension(&sender).filter(|_| !known.contacts_by_address.contains_key(&sender));
        let contacts = known.contacts_by_address.get(base.as_ref().unwrap_or(&sender));
        let contacts: Vec<&KnownContact> =
            contacts.into_iter().flatten().filter_map(|id| known.contacts.get(id)).collect();
        let day = envelope.received_at.strftime("%Y-%m-%d").to_string();
        for report in envelope.reports.iter().filter(|report| report.what == Report::MISSED) {
            for contact in &contacts {
                let owner = contact.owner.filter(|owner| known.users.by_id.contains_key(owner));
                let Some(user) = owner.or(known.default_owner) else { continue };
                let id = (self.ids)();
                let once = digest(&format!("missed {} {} {day}", contact.id, report.address));
                self.plan.told_once.push((id, once));
                self.plan.notifications.push(NewNotification {
                    id,
                    user,
                    kind: "missed",
                    target: Some(Target::Contact(contact.id)),
                    mail: None,
                    text: notice::missed(&contact.name, &sender, &report.address),
                });
            }
        }
    }
}
