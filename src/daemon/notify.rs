//! The notice protocol of sd_notify(3): datagrams to the socket that `NOTIFY_SOCKET` names. Without it nothing
//! is sent, and an error is nobody's concern: systemd then judges by its own timeouts.

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, sendto, socket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

/// Tells systemd how the daemon does.
#[derive(Debug, Default)]
pub struct Notifier {
    to: Option<(OwnedFd, UnixAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// From the environment that systemd gives its services: `NOTIFY_SOCKET` and `WATCHDOG_USEC`.
    pub fn new(notify_socket: Option<&str>, watchdog_usec: Option<&str>) -> Notifier {
        let address = notify_socket.and_then(|name| match name.strip_prefix('@') {
            Some(abstracted) => UnixAddr::new_abstract(abstracted.as_bytes()).ok(),
            None if name.starts_with('/') => UnixAddr::new(name).ok(),
            None => None,
        });
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let to = address.and_then(|address| {
            Some((socket(AddressFamily::Unix, SockType::Datagram, flags, None).ok()?, address))
        });
        let watchdog =
            watchdog_usec.and_then(|n| n.parse().ok()).filter(|n| *n > 0).map(Duration::from_micros);
        Notifier { to, watchdog }
    }

    /// How often [`Notifier::alive`] must be called: half of systemd's patience.
    pub fn interval(&self) -> Option<Duration> {
        self.watchdog.map(|patience| patience / 2)
    }

    /// The socket is open.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// One line for `systemctl status`.
    pub fn status(&self, text: &str) {
        self.send(&format!("STATUS={}", text.replace('\n', " ")));
    }

    /// The configuration is being read again; [`Notifier::ready`] when that is over.
    pub fn reloading(&self, monotonic_usec: u64) {
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={monotonic_usec}"));
    }

    /// The main loop turns.
    pub fn alive(&self) {
        if self.watchdog.is_some() {
            self.send("WATCHDOG=1");
        }
    }

    /// The daemon is on its way out.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, text: &str) {
        if let Some((socket, to)) = &self.to {
            let _ = sendto(socket.as_raw_fd(), text.as_bytes(), to, MsgFlags::MSG_NOSIGNAL);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn systemd_is_told_and_its_absence_harms_nobody() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::new(path.to_str(), Some("3000000"));
        assert_eq!(notifier.interval(), Some(Duration::from_millis(1500)));
        notifier.ready();
        notifier.alive();
        notifier.stopping();
        let mut buffer = [0; 64];
        for expected in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
            let n = systemd.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..n], expected.as_bytes());
        }
        drop(systemd);
        notifier.ready();
        let nobody = Notifier::new(None, None);
        nobody.ready();
        assert_eq!(nobody.interval(), None);
    }
}
