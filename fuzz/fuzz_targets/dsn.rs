//! Fuzz target: see tests/hostile_input/properties.rs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crm_milter_fuzz::properties::dsn(data));
