//! What is known of a person, handed out or erased, and mail that goes after its days: `crmctl` as a person runs it,
//! the worker, and a real database that is dumped afterwards.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod privacy;
mod store_support;
