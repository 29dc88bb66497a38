//! The parts of `desk_work`, one file per noun.

mod json;
mod letters;
mod queue;
mod record;
mod ticket;
mod unresolved;
