//! Persons under companies.

use super::*;

#[test]
fn mail_of_a_person_stands_on_the_companies_too() {
    let mut world = World::new();
    let companies = [Uuid::from_u128(31), Uuid::from_u128(32)];
    world.known.contacts.get_mut(&CLIENT).expect("she is known").companies = companies.to_vec();
    let received = world.plan(&mail(1, "carla@client.test", &["info@crm.test"]));
    let filed = world.plan(&from_ana(2, &["carla@client.test", "crm@crm.test"]));
    let asked = world.plan(&mail(3, "carla@client.test", &["support@crm.test"]));
    for plan in [&received, &filed, &asked] {
        let on = companies.map(|company| stands_on(plan, Target::Contact(company)));
        assert_eq!((on, stands_on(plan, Target::Contact(CLIENT))), ([true, true], true));
    }
    assert_eq!(asked.tickets[0].contact, Some(CLIENT), "the ticket is the person's");
}
