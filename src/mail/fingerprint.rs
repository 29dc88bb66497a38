//! stub
use super::envelope::Envelope;
use sha2::{Digest, Sha256};
/// f
#[derive(Debug)]
pub struct Fingerprint {
    /// d
    pub digest: [u8; 32],
    /// a
    pub anonymous: bool,
}
/// f
pub fn of(raw: &[u8], _e: &Envelope) -> Fingerprint {
    Fingerprint { digest: Sha256::digest(raw).into(), anonymous: false }
}
