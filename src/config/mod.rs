//! The configuration file: its model, and how it is read and checked.
//!
//! Other modules never see the file: [`read`] ends in the plain values that they take (an
//! [`InboxTable`](crate::crm::inbox::InboxTable), a path, a number).

pub mod ceilings;
mod error;
pub mod model;
pub mod notices;
pub mod read;
pub mod reference;
mod retention;
pub mod templates;
pub mod value;
