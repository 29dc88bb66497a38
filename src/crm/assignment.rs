//! Who gets it (rows W08, B04, S03): each inbox has an ordered list of rules, and the first that names an active
//! user decides.
//!
//! An inbox without a list of its own has the one of [`usual`]. Row W08 is the list `contact-owner`,
//! `office-coordinator`, `record-owner`, `administrator`; B04 is `contact-owner-in-queue`, `queue`; S03 is
//! `contact-owner`, `assigned-to`.
//!
//! The queue goes round: its turn is that of the user who was served longest ago, or never. Whose turn it was is
//! kept in the database, and its row is locked from the look-up to the commit, so that it stays fair whatever the
//! batches and nodes. Only what opens something takes a turn: an answer must not go to somebody else each time.
//!
//! Users who were deactivated are not known here, so no rule can name them. Where no rule names anybody, the mail
//! is recorded with no owner, and its line says so.

use super::inbox::{Inbox, Kind};
use super::known::Known;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One rule of an inbox's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The owner of the known contact.
    ContactOwner,
    /// The same, if that user is in the inbox's queue.
    ContactOwnerInQueue,
    /// The user who filed the mail.
    Filer,
    /// `assigned_to` of the inbox.
    AssignedTo,
    /// The coordinator of the inbox's office.
    OfficeCoordinator,
    /// The owner of the record that the mail refers to.
    RecordOwner,
    /// Whose turn it is in the inbox's queue.
    Queue,
    /// The first administrator; where that one is in several teams, the second one created.
    Administrator,
}

impl Rule {
    /// The name used in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::ContactOwner => "contact-owner",
            Rule::ContactOwnerInQueue => "contact-owner-in-queue",
            Rule::Filer => "filer",
            Rule::AssignedTo => "assigned-to",
            Rule::OfficeCoordinator => "office-coordinator",
            Rule::RecordOwner => "record-owner",
            Rule::Queue => "queue",
            Rule::Administrator => "administrator",
        }
    }
}

/// How an inbox finds the owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The rules in their order; empty: the usual ones.
    pub rules: Vec<Rule>,
    /// Logins of the users among whom it goes round.
    pub queue: Vec<String>,
}

/// The rules of an inbox that has no list of its own.
pub fn usual(inbox: &Inbox) -> Vec<Rule> {
    let mut rules = Vec::new();
    let queue = !inbox.assignment.queue.is_empty();
    if inbox.use_contact_owner {
        rules.push(if queue { Rule::ContactOwnerInQueue } else { Rule::ContactOwner });
    }
    if inbox.kind == Kind::Assistant {
        rules.push(Rule::Filer);
    }
    if queue {
        rules.push(Rule::Queue);
    }
    rules.extend([Rule::AssignedTo, Rule::OfficeCoordinator, Rule::RecordOwner, Rule::Administrator]);
    rules
}

/// What the rules are asked about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Case {
    /// Owner of the known contact.
    pub contact_owner: Option<Uuid>,
    /// Owner of the record that the mail refers to.
    pub record_owner: Option<Uuid>,
    /// The user on whose authority it came.
    pub filer: Option<Uuid>,
    /// Whether a contact, lead or ticket is opened.
    pub opens: bool,
}

/// The owner chosen, and the rule that chose, for people. A turn of the queue is noted in `known`.
pub fn owner(inbox: &Inbox, case: &Case, known: &mut Known) -> (Option<Uuid>, String) {
    let rules = match inbox.assignment.rules.as_slice() {
        [] => usual(inbox),
        own => own.to_vec(),
    };
    for &rule in &rules {
        if let Some((user, words)) = ask(rule, inbox, case, known) {
            return (Some(user), format!("owner: {words}"));
        }
    }
    match rules.last() {
        Some(Rule::Administrator) => (None, "owner: nobody, there is no administrator".into()),
        _ => (None, format!("owner: nobody, no rule of inbox {} names anybody", inbox.key)),
    }
}

/// The user whom one rule names, if it names an active one.
fn ask(rule: Rule, inbox: &Inbox, case: &Case, known: &mut Known) -> Option<(Uuid, String)> {
    let active = |user: &Uuid| known.users.by_id.contains_key(user);
    let by_login = |login: &String| known.users.by_login.get(&login.to_lowercase()).copied();
    match rule {
        Rule::ContactOwner => {
            let user = case.contact_owner.filter(active)?;
            Some((user, "the contact's owner".into()))
        }
        Rule::ContactOwnerInQueue => {
            let user = case.contact_owner.filter(active)?;
            let queued = inbox.assignment.queue.iter().filter_map(by_login).any(|member| member == user);
            queued.then(|| (user, format!("the contact's owner, who is in the queue of inbox {}", inbox.key)))
        }
        Rule::Filer => {
            let user = case.filer.filter(active)?;
            Some((user, "the user who filed it".into()))
        }
        Rule::AssignedTo => {
            let login = inbox.assigned_to.as_ref()?;
            Some((by_login(login)?, format!("{login}, to whom inbox {} is assigned", inbox.key)))
        }
        Rule::OfficeCoordinator => {
            let office = inbox.office.as_ref()?;
            let user = known.coordinators.get(&office.to_lowercase()).copied()?;
            Some((user, format!("coordinator of office {office}")))
        }
        Rule::RecordOwner => {
            let user = case.record_owner.filter(active)?;
            Some((user, "the record's owner".into()))
        }
        Rule::Queue if case.opens => {
            let members: Vec<Uuid> = inbox.assignment.queue.iter().filter_map(by_login).collect();
            let user = known.take_turn(&inbox.key, &members)?;
            let login = known.users.by_id.get(&user).map_or("", |user| user.login.as_str());
            Some((user, format!("{login}, whose turn it is in the queue of inbox {}", inbox.key)))
        }
        Rule::Queue => None,
        Rule::Administrator => Some((known.default_owner?, "the first administrator".into())),
    }
}

impl Known {
    /// Gives the turn in an inbox's queue to whoever was served longest ago, or never.
    fn take_turn(&mut self, inbox: &str, members: &[Uuid]) -> Option<Uuid> {
        let served = self.queues.entry(inbox.to_owned()).or_default();
        let last = |user: &Uuid| served.iter().position(|other| other == user);
        // `None` comes before any position, and of equals the first in the queue.
        let user = *members.iter().min_by_key(|user| last(user))?;
        served.retain(|other| *other != user);
        served.push(user);
        self.turns.push((inbox.to_owned(), user));
        Some(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::known::KnownUser;

    fn company(logins: &[&str]) -> Known {
        let mut known = Known::default();
        for login in logins {
            let id = id(login);
            let (login, name) = ((*login).to_owned(), String::new());
            known.users.by_login.insert(login.clone(), id);
            known.users.by_id.insert(id, KnownUser { id, login, name, addresses: Vec::new() });
        }
        known
    }

    fn id(login: &str) -> Uuid {
        let mut octets = [0; 16];
        octets[..login.len()].copy_from_slice(login.as_bytes());
        Uuid::from_bytes(octets)
    }

    fn inbox(rules: &[Rule], queue: &[&str]) -> Inbox {
        let queue = queue.iter().map(|login| (*login).to_owned()).collect();
        let assignment = Assignment { rules: rules.to_vec(), queue };
        Inbox {
            assignment,
            assigned_to: Some("ann".into()),
            office: Some("Centro".into()),
            ..Inbox::new("info", "info@crm.test")
        }
    }

    #[test]
    fn rules_are_asked_in_their_order_and_deactivated_users_are_passed_over() {
        use Rule::*;
        let mut known = company(&["ann", "ben", "cleo", "root"]);
        known.coordinators.insert("centro".into(), id("cleo"));
        known.default_owner = Some(id("root"));
        let gone = Some(id("gone"));
        let of = |user: &str| Some(id(user));
        // Row W08, literally.
        let w08 = inbox(&[ContactOwner, OfficeCoordinator, RecordOwner, Administrator], &[]);
        let case = Case { contact_owner: of("ben"), record_owner: of("ann"), ..Case::default() };
        assert_eq!(owner(&w08, &case, &mut known), (of("ben"), "owner: the contact's owner".into()));
        let case = Case { contact_owner: gone, ..case };
        assert_eq!(
            owner(&w08, &case, &mut known),
            (of("cleo"), "owner: coordinator of office Centro".into())
        );
        known.coordinators.clear();
        assert_eq!(owner(&w08, &case, &mut known), (of("ann"), "owner: the record's owner".into()));
        let case = Case { record_owner: gone, ..case };
        assert_eq!(owner(&w08, &case, &mut known), (of("root"), "owner: the first administrator".into()));
        // Row S03.
        let s03 = inbox(&[ContactOwner, AssignedTo], &[]);
        assert_eq!(owner(&s03, &case, &mut known).0, of("ann"));
        known.users.by_login.remove("ann");
        let nobody = (None, "owner: nobody, no rule of inbox info names anybody".into());
        assert_eq!(owner(&s03, &case, &mut known), nobody);
    }

    #[test]
    fn queue_goes_round_for_what_is_new_and_known_contacts_stay_with_their_owner() {
        let mut known = company(&["ann", "ben", "cleo"]);
        let b04 = inbox(&[], &["ann", "Ben", "gone", "cleo"]);
        let new = Case { opens: true, ..Case::default() };
        let mut next = |case: &Case| owner(&b04, case, &mut known).0;
        let of = |user: &str| Some(id(user));
        assert_eq!(
            [next(&new), next(&new), next(&new), next(&new)],
            [of("ann"), of("ben"), of("cleo"), of("ann")]
        );
        let of_ben = Case { contact_owner: of("ben"), ..new };
        assert_eq!(
            (next(&of_ben), next(&new)),
            (of("ben"), of("ben")),
            "a known contact takes nobody's turn"
        );
        let of_stranger = Case { contact_owner: Some(Uuid::nil()), ..new };
        assert_eq!(next(&of_stranger), of("cleo"), "an owner outside the queue does not get it");
        let (_, words) = owner(&b04, &new, &mut known);
        assert_eq!(words, "owner: ann, whose turn it is in the queue of inbox info");
        assert_eq!(known.turns.len(), 7);
        // Whoever joins is served first, and then in turn.
        let more = inbox(&[], &["ann", "ben", "cleo", "dora"]);
        known.users.by_login.insert("dora".into(), id("dora"));
        assert_eq!(owner(&more, &new, &mut known).0, of("dora"));
        assert_eq!(owner(&more, &new, &mut known).0, of("ben"));
    }

    #[test]
    fn usual_rules_are_those_of_the_inboxs_kind() {
        let names = |inbox: &Inbox| usual(inbox).into_iter().map(Rule::as_str).collect::<Vec<_>>().join(" ");
        let rest = "assigned-to office-coordinator record-owner administrator";
        assert_eq!(names(&inbox(&[], &[])), format!("contact-owner {rest}"));
        assert_eq!(names(&inbox(&[], &["ann"])), format!("contact-owner-in-queue queue {rest}"));
        let log = Inbox { kind: Kind::Assistant, ..inbox(&[], &[]) };
        assert_eq!(names(&log), format!("contact-owner filer {rest}"));
        let own = Inbox { use_contact_owner: false, ..inbox(&[], &[]) };
        assert_eq!(names(&own), rest);
    }
}
