//! Who gets it: an ordered list of rules, the first that names somebody decides (rows W08, S03).
//!
//! 1. `use_contact_owner`: the owner of the known contact;
//! 2. `assigned_to` of the inbox;
//! 3. the coordinator of the inbox's office;
//! 4. the owner of the record that the mail refers to;
//! 5. the first administrator.

use super::inbox::Inbox;
use super::known::Known;
use uuid::Uuid;

/// The owner chosen, and the rule that chose, for people.
pub fn owner(
    inbox: &Inbox,
    contact_owner: Option<Uuid>,
    record_owner: Option<Uuid>,
    known: &Known,
) -> (Option<Uuid>, String) {
    let active = |user: Uuid| known.users.by_id.contains_key(&user);
    if let Some(user) = contact_owner.filter(|&u| inbox.use_contact_owner && active(u)) {
        return (Some(user), "owner: the contact's owner".into());
    }
    if let Some(login) = &inbox.assigned_to
        && let Some(&user) = known.users.by_login.get(&login.to_lowercase())
    {
        return (Some(user), format!("owner: {login}, to whom inbox {} is assigned", inbox.key));
    }
    if let Some(office) = &inbox.office
        && let Some(&user) = known.coordinators.get(&office.to_lowercase())
    {
        return (Some(user), format!("owner: coordinator of office {office}"));
    }
    if let Some(user) = record_owner.filter(|&u| active(u)) {
        return (Some(user), "owner: the record's owner".into());
    }
    match known.default_owner {
        Some(user) => (Some(user), "owner: the first administrator".into()),
        None => (None, "owner: nobody, there is no administrator".into()),
    }
}
