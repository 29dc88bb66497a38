//! `crmctl`, one file per noun.

pub mod deliver;
