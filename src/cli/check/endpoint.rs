//! Where the milter listens, and whether what Postfix calls is the same place.

use crate::cli::postfix::OWN_SOCKET;
use std::fmt;
use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};

/// A socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A file.
    Unix(PathBuf),
    /// Host and port.
    Inet(String, u16),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(f, "unix:{}", path.display()),
            Endpoint::Inet(host, port) => write!(f, "inet:{host}:{port}"),
        }
    }
}

impl Endpoint {
    /// Ours, as in our configuration; a socket that systemd passes is the shipped unit's.
    pub fn ours(socket: &str, queue: &Path) -> Option<Endpoint> {
        if socket.starts_with("fd:") {
            return Some(Endpoint::Unix(queue.join(OWN_SOCKET)));
        }
        let (kind, rest) = socket.split_once(':')?;
        if kind == "unix" || kind == "local" {
            return Some(Endpoint::Unix(rest.into()));
        }
        let (port, host) = rest.split_once('@')?;
        Some(Endpoint::Inet(host.to_owned(), port.parse().ok()?))
    }

    /// A milter of Postfix's as a service finds it: a name without a leading `/` below the queue directory, and
    /// in a chroot every name.
    pub fn seen(text: &str, chrooted: bool, queue: &Path) -> Option<Endpoint> {
        if let Some(path) = text.strip_prefix("unix:") {
            let inside = path.strip_prefix('/').filter(|_| chrooted).unwrap_or(path);
            return Some(Endpoint::Unix(queue.join(inside)));
        }
        let (host, port) = text.strip_prefix("inet:")?.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(Endpoint::Inet(host.to_owned(), port.parse().ok()?))
    }

    /// Whether both are one place, whatever they are called.
    pub fn is(&self, other: &Endpoint) -> bool {
        match (self, other) {
            (Endpoint::Unix(a), Endpoint::Unix(b)) => {
                let real = |path: &Path| {
                    // The socket itself may not be there while the daemon is down.
                    let parent = path.parent().and_then(|p| p.canonicalize().ok());
                    parent.zip(path.file_name()).map(|(parent, name)| parent.join(name))
                };
                a == b || real(a).is_some_and(|a| real(b) == Some(a))
            }
            (Endpoint::Inet(a, port), Endpoint::Inet(b, other)) => {
                let resolved = |host: &str| {
                    (host, *port).to_socket_addrs().map(|all| all.map(|a| a.ip()).collect::<Vec<_>>())
                };
                port == other
                    && (a == b
                        || resolved(a)
                            .ok()
                            .zip(resolved(b).ok())
                            .is_some_and(|(a, b)| a.iter().any(|ip| b.contains(ip))))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_socket_is_known_under_its_names() {
        let queue = Path::new("/var/spool/postfix");
        let ours = Endpoint::ours("unix:/var/spool/postfix/crm-milter/milter.sock", queue).expect("a socket");
        let seen = |text, chrooted| Endpoint::seen(text, chrooted, queue).is_some_and(|seen| seen.is(&ours));
        assert!(seen("unix:crm-milter/milter.sock", true) && seen("unix:crm-milter/milter.sock", false));
        assert!(seen("unix:/crm-milter/milter.sock", true) && !seen("unix:/crm-milter/milter.sock", false));
        assert!(seen("unix:/var/spool/postfix/crm-milter/milter.sock", false));
        assert!(!seen("unix:/var/spool/postfix/crm-milter/milter.sock", true));
        assert_eq!(Endpoint::ours("fd:3", queue), Some(ours));
        let ours = Endpoint::ours("inet:8899@127.0.0.1", queue).expect("a socket");
        let seen = |text| Endpoint::seen(text, true, queue).is_some_and(|seen| seen.is(&ours));
        assert!(seen("inet:127.0.0.1:8899") && seen("inet:localhost:8899") && !seen("inet:127.0.0.1:8890"));
    }
}
