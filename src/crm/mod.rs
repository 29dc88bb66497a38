//! The rules of the CRM, without clock, file or database: what an inbox is, who is who, and what one
//! message will write.

pub mod block;
pub mod inbox;
pub mod known;
pub mod plan;
pub mod policy;
