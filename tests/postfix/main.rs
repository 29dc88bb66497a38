//! End to end: a mail goes in at a real Postfix, and what must come of it comes out of PostgreSQL and lies in
//! the mailboxes.
//!
//! Each test has its own private Postfix, daemon and database. Run as root, by tests/run.sh.
#![allow(clippy::unwrap_used)]

#[path = "../harness/mod.rs"]
mod harness;

mod answers;
mod assignment;
mod assistant;
mod blocks;
mod capture;
mod check;
mod dialogues;
mod doors;
mod erasure;
mod forged;
mod forgery;
mod hostile;
mod inboxes;
mod letters;
mod limits;
mod lines;
mod loops;
mod milters;
mod missed;
mod notices;
mod order;
mod outbox;
mod outbox_files;
mod outbox_tls;
mod preview;
mod probe;
mod records;
mod refusals;
mod replies;
mod returned;
mod secrecy;
mod sendmail;
mod shapes;
mod spam;
mod submission;
mod verification;
