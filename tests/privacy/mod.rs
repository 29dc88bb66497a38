//! The parts of `desk_privacy`.

mod erasure;
mod export;
mod late;
mod person;
mod retention;
mod rights;
