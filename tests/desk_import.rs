//! `crmctl import` and what else brings mail of the past in, through the program, the spool, the daemon and a real
//! PostgreSQL: rows X43 B02 W26.
#![allow(clippy::unwrap_used)]

mod harness;
mod import;
