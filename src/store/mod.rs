//! PostgreSQL: the only folder with SQL.

pub mod cluster;
