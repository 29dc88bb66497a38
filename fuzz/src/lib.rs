//! The properties that the fuzz targets and `tests/hostile_input` check alike.

#[path = "../../tests/hostile_input/properties.rs"]
pub mod properties;
