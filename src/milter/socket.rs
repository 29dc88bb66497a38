//! Where the milter listens. Both Postfix's notation (`inet:host:port`) and libmilter's (`inet:port@host`) are
//! read; `fd:3` is a socket that systemd opened for us.
//!
//! A unix socket left by an earlier run is removed, but only if it is a socket and nobody answers on it.

use super::Error;
use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, UnixAddr, getsockname};
use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::net::TcpStream;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// A listening address with the mode of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    address: Address,
    mode: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Unix(PathBuf),
    Inet { six: bool, host: String, port: u16 },
    Fd(RawFd),
}

/// Octets of a unix socket's path (`sun_path` less its NUL).
const PATH_LENGTH: usize = 107;

/// How long libmilter may take to open its socket.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

impl FromStr for Socket {
    type Err = String;

    fn from_str(text: &str) -> Result<Socket, String> {
        let address = match text.split_once(':') {
            _ if text.starts_with('/') => return format!("unix:{text}").parse(),
            Some(("unix" | "local", path)) if path.len() > PATH_LENGTH => {
                return Err(format!("socket path of {} octets; the kernel takes {PATH_LENGTH}", path.len()));
            }
            Some(("unix" | "local", path)) if path.starts_with('/') => Address::Unix(path.into()),
            Some(("unix" | "local", path)) => {
                return Err(format!("socket path {path:?} must begin with /"));
            }
            Some((kind @ ("inet" | "inet6"), rest)) => {
                // libmilter: port@host; Postfix: host:port, the host of IPv6 in brackets.
                let (host, port) = match rest.split_once('@') {
                    Some((port, host)) => (host, port),
                    None => rest.rsplit_once(':').ok_or_else(|| format!("{text:?} lacks a host or port"))?,
                };
                let port: u16 = port
                    .parse()
                    .ok()
                    .filter(|&port| port > 0)
                    .ok_or_else(|| format!("{port:?} is no port"))?;
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '@') {
                    return Err(format!("{text:?} lacks a host"));
                }
                Address::Inet { six: kind == "inet6" || host.contains(':'), host, port }
            }
            Some(("fd", number)) => match number.parse() {
                Ok(fd) if fd >= 3 => Address::Fd(fd),
                _ => return Err(format!("{number:?} is no descriptor of a socket")),
            },
            _ => {
                return Err(format!("{text:?} is none of unix:/path, inet:host:port, inet:port@host, fd:3"));
            }
        };
        Ok(Socket { address, mode: 0o660 })
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_libmilter())
    }
}

impl Socket {
    /// The same with another mode than 0660.
    pub fn with_mode(mut self, mode: u32) -> Socket {
        self.mode = mode;
        self
    }

    /// Removes the socket's file, so that a stopping daemon gets no new connections.
    pub fn remove(&self) {
        if let Address::Unix(path) = &self.address {
            // Nobody is helped by an error here: the next start looks again.
            let _ = fs::remove_file(path);
        }
    }

    /// Whether connections come without TCP's delays.
    pub(super) fn is_unix(&self) -> bool {
        match self.address {
            Address::Unix(_) => true,
            Address::Inet { .. } => false,
            Address::Fd(fd) => {
                // SAFETY: the caller of the program promised an open descriptor; a closed one is an error here.
                let fd = unsafe { BorrowedFd::borrow_raw(fd) };
                use std::os::fd::AsRawFd;
                getsockname::<SockaddrStorage>(fd.as_raw_fd())
                    .is_ok_and(|name| name.family() == Some(AddressFamily::Unix))
            }
        }
    }

    pub(super) fn to_libmilter(&self) -> String {
        match &self.address {
            Address::Unix(path) => format!("unix:{}", path.display()),
            Address::Inet { six: false, host, port } => format!("inet:{port}@{host}"),
            Address::Inet { six: true, host, port } => format!("inet6:{port}@{host}"),
            Address::Fd(fd) => format!("fd:{fd}"),
        }
    }

    /// Removes a stale file.
    pub(super) fn prepare(&self) -> Result<(), Error> {
        let Address::Unix(path) = &self.address else { return Ok(()) };
        match fs::symlink_metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(self.error(&e.to_string())),
            Ok(meta) if !meta.file_type().is_socket() => {
                return Err(self.error("there is a file of that name that is no socket"));
            }
            Ok(_) => {}
        }
        match UnixStream::connect(path) {
            Ok(_) => Err(self.error("another process listens there")),
            Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(|e| self.error(&e.to_string()))
            }
            Err(e) => Err(self.error(&e.to_string())),
        }
    }

    /// Waits until the socket accepts connections. A connection that is closed at once disturbs nobody.
    pub(super) fn wait_until_open(&self) -> Result<(), Error> {
        let until = Instant::now() + OPEN_WITHIN;
        loop {
            let attempt = match &self.address {
                Address::Fd(_) => Ok(()),
                _ => self.knock(),
            };
            match attempt {
                Ok(()) => return Ok(()),
                Err(e) if Instant::now() >= until => return Err(self.error(&e.to_string())),
                // libmilter tells nobody when it has opened its socket.
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// Connects, and closes at once.
    pub(super) fn knock(&self) -> io::Result<()> {
        match &self.address {
            Address::Unix(path) => UnixStream::connect(path).map(drop),
            Address::Inet { host, port, .. } => TcpStream::connect((host.as_str(), *port)).map(drop),
            Address::Fd(fd) => {
                let path = getsockname::<UnixAddr>(*fd)?.path().map(Path::to_owned);
                UnixStream::connect(path.ok_or(io::ErrorKind::Unsupported)?).map(drop)
            }
        }
    }

    /// Gives the socket's file its mode.
    pub(super) fn opened(&self) -> Result<(), Error> {
        match &self.address {
            Address::Unix(path) => fs::set_permissions(path, Permissions::from_mode(self.mode))
                .map_err(|e| self.error(&e.to_string())),
            _ => Ok(()),
        }
    }

    fn error(&self, why: &str) -> Error {
        Error::Socket(self.to_string(), why.to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_are_read() {
        let read = |text: &str| text.parse::<Socket>().map(|s| s.to_libmilter());
        for (text, expected) in [
            ("unix:/run/x.sock", "unix:/run/x.sock"),
            ("local:/run/x.sock", "unix:/run/x.sock"),
            ("/run/x.sock", "unix:/run/x.sock"),
            ("inet:127.0.0.1:8891", "inet:8891@127.0.0.1"),
            ("inet:8891@127.0.0.1", "inet:8891@127.0.0.1"),
            ("inet:[::1]:8891", "inet6:8891@::1"),
            ("inet6:8891@::1", "inet6:8891@::1"),
            ("fd:3", "fd:3"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected));
        }
        for text in ["", "unix:x.sock", "inet:8891", "inet:@host", "inet:host:99999", "fd:1", "tcp:1:2"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn stale_socket_is_removed_but_no_file_and_no_living_one() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("s");
        let socket: Socket = format!("unix:{}", path.display()).parse().unwrap();
        socket.prepare().unwrap();
        let living = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(socket.prepare().unwrap_err().to_string().contains("another process listens"));
        drop(living);
        socket.prepare().unwrap();
        assert!(!path.exists());
        fs::write(&path, "precious").unwrap();
        assert!(socket.prepare().unwrap_err().to_string().contains("no socket"));
        assert!(path.exists());
    }
}
