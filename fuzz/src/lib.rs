//! The properties that the fuzz targets and `tests/hostile` check alike.

#[path = "../../tests/hostile/properties.rs"]
pub mod properties;
