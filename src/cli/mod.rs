//! `crmctl`: one file per noun, each a list of verbs; tables for people, `--json` for programs.

pub mod args;
pub mod block;
pub mod capture;
pub mod check;
pub mod contact;
pub mod deliver;
pub mod desk;
pub mod exit;
pub mod extract;
pub mod intake;
pub mod mail;
pub mod man;
pub mod migrate;
pub mod notification;
pub mod postfix;
pub mod record;
pub mod run;
pub mod spool;
pub mod table;
pub mod text;
pub mod ticket;
pub mod user;
