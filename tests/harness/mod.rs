//! What the end-to-end tests stand on: a private Postfix, a private database behind the daemon, and an SMTP
//! client that remembers every reply. Needs root, as Postfix does; touches nothing of the system's own.
//!
//! Nothing here waits by the clock: [`wait::until`] looks again whenever a watched directory or file changes.
//! Whatever a test starts, it stops by process id when the value is dropped.
#![allow(dead_code, clippy::unwrap_used)]

pub mod daemon;
pub mod database;
pub mod hook;
pub mod maildir;
pub mod milter;
pub mod postfix;
pub mod scratch;
pub mod sink;
pub mod site;
pub mod smtp;
pub mod tls;
pub mod wait;
