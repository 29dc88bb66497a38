//! Probes of this host: `crmctl check --probe` sends a message to `inbox+probe-TOKEN@…` and waits until one of
//! the doors has written down what arrived.
//!
//! ```text
//! probes/TOKEN          a probe that is under way; its name is 128 random bits
//! probes/TOKEN.seen     what a door saw of it: JSON
//! probes/TOKEN.spent    a probe that is over
//! ```
//!
//! A probe is never mail history, however late it arrives: the token of one that is over stays known for
//! longer than Postfix keeps a message, and mail with it is let go without a trace. Whoever does not know a
//! token gets nothing by writing to such an address: it is an inbox with a detail like any other.

use super::wait::{Waiter, Wake};
use super::{Spool, at};
use crate::mail::envelope::Door;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, lchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use uuid::Uuid;

/// What stands in front of the token in the address.
pub const PREFIX: &str = "probe-";
/// Longest header that a door writes down.
pub const HEADER_MAX: usize = 256 * 1024;

/// After this a probe is over, whoever still waits for it.
const LIFE: Duration = Duration::from_secs(600);
/// For so long a probe that is over is still known.
const MEMORY: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a door saw of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which door.
    pub door: Door,
    /// The header section, invalid UTF-8 replaced.
    pub header: String,
}

/// A token that this spool knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

/// A probe under way; over when dropped.
#[derive(Debug)]
pub struct Probe {
    path: PathBuf,
    token: String,
    waiter: Waiter,
}

impl Spool {
    /// Begins a probe.
    pub fn begin_probe(&self) -> io::Result<Probe> {
        let dir = self.probes_dir();
        match DirBuilder::new().mode(0o700).create(&dir) {
            Ok(()) => {
                if let Some((uid, gid)) = self.dirs.owner {
                    lchown(&dir, Some(uid), Some(gid)).map_err(|e| at(e, "chown", &dir))?;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                // Root may be working on another user's spool: it follows no link out of it.
                if !fs::symlink_metadata(&dir).map_err(|e| at(e, "look at", &dir))?.is_dir() {
                    return Err(at(io::ErrorKind::NotADirectory.into(), "use", &dir));
                }
                sweep(&dir);
            }
            Err(e) => return Err(at(e, "create", &dir)),
        }
        let token = random();
        let path = dir.join(&token);
        self.own(&create(&path)?, &path)?;
        let waiter = Waiter::new(&dir)?;
        Ok(Probe { path, token, waiter })
    }

    /// The token in an address's detail, if it is one of ours.
    pub fn probe(&self, detail: &str) -> Option<Token> {
        let token = detail.strip_prefix(PREFIX)?;
        if !is_token(token) {
            return None;
        }
        let path = self.probes_dir().join(token);
        (path.exists() || path.with_extension("spent").exists()).then(|| Token(token.to_owned()))
    }

    /// Writes down what a door saw, if somebody waits for it.
    pub fn saw_probe(&self, token: &Token, seen: &Seen) -> io::Result<()> {
        let path = self.probes_dir().join(&token.0);
        let age = fs::metadata(&path).and_then(|meta| meta.modified()).map(|time| time.elapsed());
        if !age.is_ok_and(|age| age.is_ok_and(|age| age < LIFE)) {
            return Ok(());
        }
        let beside = path.with_extension(format!("{}", Uuid::now_v7().simple()));
        let mut file = create(&beside)?;
        self.own(&file, &beside)?;
        file.write_all(&serde_json::to_vec(seen)?).map_err(|e| at(e, "write", &beside))?;
        let end = path.with_extension("seen");
        fs::rename(&beside, &end).map_err(|e| at(e, "rename", &beside))
    }

    fn probes_dir(&self) -> PathBuf {
        self.dirs.root.join("probes")
    }
}

impl Probe {
    /// The detail of the address that the probe goes to.
    pub fn detail(&self) -> String {
        format!("{PREFIX}{}", self.token)
    }

    /// Its token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Waits for a door to have seen it; `None`: none has in this time.
    pub fn wait(&self, limit: Duration) -> io::Result<Option<Seen>> {
        let until = Instant::now() + limit;
        let path = self.path.with_extension("seen");
        loop {
            match fs::read(&path) {
                Ok(bytes) => return Ok(Some(serde_json::from_slice(&bytes)?)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(at(e, "read", &path)),
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.waiter.wait(left)? == Wake::Stopped {
                return Ok(None);
            }
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // Whatever stays behind is swept by a later probe.
        let _ = fs::remove_file(self.path.with_extension("seen"));
        let _ = fs::rename(&self.path, self.path.with_extension("spent"));
    }
}

/// Nothing else becomes a file name.
fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// 128 random bits: two random UUIDs have 122 each, and the second gives what the first lacks.
fn random() -> String {
    let (mut bytes, other) = (*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes());
    (bytes[6], bytes[8]) = (other[0], other[1]);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn create(path: &Path) -> io::Result<File> {
    let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    open.map_err(|e| at(e, "create", path))
}

/// Removes what is too old to matter. What cannot be removed is left for the next time.
fn sweep(dir: &Path) {
    let Ok(files) = fs::read_dir(dir) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        if !name.to_str().and_then(|name| name.split('.').next()).is_some_and(is_token) {
            continue; // not ours
        }
        let modified = file.metadata().and_then(|meta| meta.modified());
        let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > MEMORY) {
            let _ = fs::remove_file(file.path());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn seen(door: Door) -> Seen {
        Seen { door, header: "A: b\r\n".into() }
    }

    #[test]
    fn what_a_door_saw_reaches_whoever_waits() {
        let dir = tempfile::TempDir::new().unwrap();
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        let probe = spool.begin_probe().unwrap();
        assert_eq!(probe.wait(Duration::ZERO).unwrap(), None);
        let (door, detail) = (spool.clone(), probe.detail());
        let other = std::thread::spawn(move || {
            let token = door.probe(&detail).unwrap();
            door.saw_probe(&token, &seen(Door::Milter)).unwrap();
        });
        assert_eq!(probe.wait(Duration::from_secs(30)).unwrap(), Some(seen(Door::Milter)));
        other.join().unwrap();
    }

    #[test]
    fn probe_that_is_over_is_known_and_writes_nothing() {
        let dir = tempfile::TempDir::new().unwrap();
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        let detail = spool.begin_probe().unwrap().detail();
        let token = spool.probe(&detail).expect("it is still known");
        spool.saw_probe(&token, &seen(Door::Pipe)).unwrap();
        let left: Vec<_> =
            fs::read_dir(spool.probes_dir()).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(left.len(), 1, "{left:?}");
        let slow = spool.begin_probe().unwrap();
        let past = SystemTime::now() - LIFE;
        File::options().write(true).open(&slow.path).unwrap().set_modified(past).unwrap();
        spool.saw_probe(&spool.probe(&slow.detail()).unwrap(), &seen(Door::Pipe)).unwrap();
        assert_eq!(slow.wait(Duration::ZERO).unwrap(), None);
    }

    #[test]
    fn nobody_makes_up_a_token() {
        let dir = tempfile::TempDir::new().unwrap();
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        let probe = spool.begin_probe().unwrap();
        assert_eq!(probe.token().len(), 32);
        let upper = probe.detail().to_uppercase();
        let unknown = format!("probe-{}", "0".repeat(32));
        for detail in
            ["probe-", "probe-../../new/x", "DEAL-1", &upper, &unknown, &format!("{}.seen", probe.detail())]
        {
            assert_eq!(spool.probe(detail), None, "{detail}");
        }
        assert_ne!(random(), random());
    }

    #[test]
    fn only_old_probes_are_swept_and_no_link_is_followed() {
        let dir = tempfile::TempDir::new().unwrap();
        let spool = Spool::open(dir.path().join("spool")).unwrap();
        drop(spool.begin_probe().unwrap());
        let past = SystemTime::now() - MEMORY - Duration::from_secs(1);
        let age = |path: &Path| File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
        let old = fs::read_dir(spool.probes_dir()).unwrap().next().unwrap().unwrap().path();
        let other = spool.probes_dir().join("notes");
        fs::write(&other, "x").unwrap();
        age(&old);
        age(&other);
        drop(spool.begin_probe().unwrap());
        assert!(!old.exists() && other.exists());
        fs::rename(spool.probes_dir(), dir.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), spool.probes_dir()).unwrap();
        assert_eq!(spool.begin_probe().unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}
