//! A file with a secret: a login, a key, a token. It is read each time, so that a new one needs no reload.
//!
//! DIAGNOSTICS: a file that everybody may use is refused, with what to do.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Most octets of it.
const LONGEST: u64 = 4096;

/// Its content, if others cannot read it.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o007 != 0 {
        return Err(io::Error::other("everybody may use it; chmod o= and try again"));
    }
    let mut content = Vec::new();
    file.take(LONGEST).read_to_end(&mut content)?;
    Ok(content)
}
