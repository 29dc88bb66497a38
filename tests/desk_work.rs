//! Who gets what comes in, and what people do with it: rules with a real database, `crmctl` as a person runs it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;
mod work;
