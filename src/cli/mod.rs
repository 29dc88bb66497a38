//! `crmctl`: one file per noun, each a list of verbs; tables for people, `--json` for programs.

pub mod args;
pub mod deliver;
pub mod desk;
pub mod exit;
pub mod extract;
pub mod man;
pub mod postfix;
pub mod run;
pub mod spool;
pub mod table;
pub mod text;
