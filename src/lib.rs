//! crm-milter: mail that passes Postfix becomes contacts, records, tickets and immutable history in
//! PostgreSQL.
//!
//! # Map
//!
//! Arrows of dependency point one way, and `tests/tidy.rs` holds them to it:
//!
//! ```text
//! mail ← extract ← crm ← {spool, store} ← {milter, worker, outbox, cli} ← bin
//! ```
//!
//! - [`mail`]: bytes to facts. Pure.
//! - [`extract`]: facts to fields. Pure.
//! - [`crm`]: rules; ends in the plan of all that one message writes. Pure.
//! - [`spool`]: the durable directory; the only code that syncs files.
//! - [`store`]: PostgreSQL; the only folder with SQL.
//! - [`milter`]: libmilter; the only folder that knows it.
//! - [`worker`]: from the spool through the rules into the store.
//! - [`outbox`]: what goes out, by SMTP.
//! - [`cli`]: `crmctl`, one file per noun.
//! - [`config`]: the configuration file, read into the values that the others take.
//! - [`daemon`]: signals, privileges, logging.
//!
//! # Invariants
//!
//! - `mail`, `extract` and `crm` have no clock, environment, file, socket or database.
//! - Nothing is answered to Postfix before the spool has it: the spool is the only write path.
//! - Nothing outside `store` contains SQL; nothing outside `milter` calls libmilter.
//! - No callback of the milter waits for anything but the spool's disk.
//! - A data error never loops: the message is stored raw as `unparsed`, with the reason.

pub mod cli;
pub mod config;
pub mod crm;
pub mod daemon;
pub mod extract;
pub mod mail;
pub mod milter;
pub mod outbox;
pub mod spool;
pub mod store;
pub mod worker;
