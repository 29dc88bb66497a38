//! The rules of the CRM, without clock, file or database: what an inbox is, who is who, and what one
//! message will write.

pub mod assignment;
pub mod authority;
pub mod block;
pub mod capture;
pub mod card;
pub mod change;
pub mod contact;
pub mod customer;
pub mod duplicate;
pub mod facts;
pub mod filing;
pub mod inbox;
pub mod intake;
pub mod known;
pub mod known_addresses;
pub mod letter;
pub mod lists;
pub mod merge;
pub mod notice;
pub mod plan;
pub mod policy;
pub mod signed;
pub mod stored;
pub mod template;
pub mod unresolved;

#[cfg(test)]
mod tests;
