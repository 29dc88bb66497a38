//! Facts to fields: the customer, phones, codes and signature that a message speaks of. Pure.
pub mod signature;
