//! Everything about a person, for the export: who it is, its rows by noun, and which mails. The mails themselves are
//! read one by one by the caller. For administrators: the database refuses the first question to everybody else.

use super::{Error, Result, Store};
use serde_json::Value;
use uuid::Uuid;

/// Who a person is in the database.
#[derive(Debug, Clone)]
pub struct Person {
    /// The contact, and those that were merged into it.
    pub contacts: Vec<Uuid>,
    /// Addresses that nobody else has.
    pub addresses: Vec<String>,
    /// Records that it is a party to.
    pub records: Vec<Uuid>,
    /// Tickets.
    pub tickets: Vec<Uuid>,
}

impl Store {
    /// Who a contact is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn export_person(&self, contact: Uuid) -> Result<Person> {
        let row = self.connection()?.query_one(include_str!("sql/export_person.sql"), &[&contact])?;
        let person =
            Person { contacts: row.get(0), addresses: row.get(1), records: row.get(2), tickets: row.get(3) };
        if person.contacts.is_empty() {
            return Err(Error::NotFound { noun: "contact", name: contact.to_string() });
        }
        Ok(person)
    }

    /// Mails that have to do with a person, and whether it is a party to them, in the order of recording.
    ///
    /// # Errors
    /// The database's.
    pub fn export_mails(&self, person: &Person) -> Result<Vec<(Uuid, bool)>> {
        self.patiently(|transaction| {
            let sql = include_str!("sql/export_mails.sql");
            let rows = transaction
                .query(sql, &[&person.contacts, &person.addresses, &person.records, &person.tickets])?;
            Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
        })
    }

    /// Everything but the mails, by noun, in a fixed order.
    ///
    /// # Errors
    /// The database's.
    pub fn export_rows(&self, person: &Person, mails: &[Uuid]) -> Result<Vec<(String, Value)>> {
        self.patiently(|transaction| {
            let rows = transaction.query(
                include_str!("sql/export_rows.sql"),
                &[&person.contacts, &person.addresses, &person.records, &person.tickets, &mails],
            )?;
            Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
        })
    }
}
