//! Points at which a test build (`--features faults`) ends the process, or turns round what must be in order,
//! when `CRM_MILTER_FAULT` names them. Without the feature nothing is left of it.
//!
//! `after-temp`, `after-rename`, `after-edits`: the process aborts there. `reply-before-rename`: a commit
//! answers before the entry is in place, which the kill test must catch. `panic-in-body`: a panic while a body
//! is read. `panic-in-worker`: one while a message is understood.

/// Whether the fault is asked for.
#[cfg(feature = "faults")]
pub fn is_set(name: &str) -> bool {
    use once_cell::sync::Lazy;
    static FAULT: Lazy<Option<String>> = Lazy::new(|| std::env::var("CRM_MILTER_FAULT").ok());
    FAULT.as_deref() == Some(name)
}

/// Whether the fault is asked for: never in this build.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn is_set(_name: &str) -> bool {
    false
}

/// Aborts if this is the point asked for.
pub fn reached(point: &str) {
    if is_set(point) {
        std::process::abort();
    }
}

/// Panics if this is the point asked for.
pub fn panic_at(point: &str) {
    assert!(!is_set(point), "fault {point} was asked for");
}
