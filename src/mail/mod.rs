//! Bytes to facts: what one message says, without asking anybody.
//!
//! Everything here is pure: no clock, file, socket, environment or database. Input is hostile by default;
//! a function returns a value and [`finding::Finding`]s, never an error, and never panics.

pub mod address;
pub mod auth_results;
pub mod automatic;
pub mod body;
pub mod charset;
pub mod complaint;
pub mod date;
pub mod dsn;
pub mod envelope;
pub mod finding;
pub mod fingerprint;
pub mod forged;
pub mod forwarded;
pub mod header;
pub mod hex;
#[cfg(test)]
mod hostile;
pub mod html;
pub mod labels;
pub mod leading;
pub mod limits;
pub mod mbox;
pub mod message;
pub mod mime;
pub mod reply;
pub mod spam;
pub mod text;
pub mod tnef;
pub mod unanswerable;
pub mod uuencode;
