//! `crmctl`: one file per noun.

pub mod extract;
