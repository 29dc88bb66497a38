//! `crmctl`: one file per noun, each a list of verbs; tables for people, `--json` for programs.

pub mod postfix;
pub mod table;
pub mod text;
