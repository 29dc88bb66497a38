//! End to end: a mail goes in at a real Postfix, and what must come of it comes.
//!
//! Each test has its own private Postfix (and daemon, and database). Run as root, by tests/run.sh.
#![allow(clippy::unwrap_used)]

#[path = "../harness/mod.rs"]
mod harness;

mod lines;
