//! The first packet of the milter protocol and its answer: what tells a living milter from a socket that
//! somebody holds open.

use super::endpoint::Endpoint;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longest wait for the answer: what Postfix waits for us.
const LIMIT: Duration = Duration::from_secs(3);
/// An answer takes less than a millisecond.
pub const SLOW: Duration = Duration::from_millis(1000);

/// `O`: version 6, every action, every protocol step, as Postfix offers them.
const OFFER: [u8; 17] = [0, 0, 0, 13, b'O', 0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff];
const QUIT: [u8; 5] = [0, 0, 0, 1, b'Q'];

/// Connects, negotiates, says good-bye. How long the answer took.
pub fn attempt(socket: &Endpoint) -> io::Result<Duration> {
    let start = Instant::now();
    match socket {
        Endpoint::Unix(path) => {
            // A full backlog holds a connect for ever.
            let (send, receive) = mpsc::channel();
            let path = path.clone();
            std::thread::spawn(move || {
                // Nobody waits any more if the time is over.
                let _ = send.send(UnixStream::connect(path));
            });
            let stream =
                receive.recv_timeout(LIMIT).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            negotiate(stream)?;
        }
        Endpoint::Inet(host, port) => {
            let address = (host.as_str(), *port).to_socket_addrs()?.next();
            let address = address.ok_or_else(|| io::Error::other(format!("{host} has no address")))?;
            let stream = TcpStream::connect_timeout(&address, LIMIT)?;
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            negotiate(stream)?;
        }
    }
    Ok(start.elapsed())
}

fn negotiate(mut stream: impl Read + Write) -> io::Result<()> {
    stream.write_all(&OFFER)?;
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    if head[4] != b'O' {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no answer of a milter"));
    }
    // Only good manners: who does not hear it sees the end of the connection.
    let _ = stream.write_all(&QUIT);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn stale_silent_and_foreign_sockets_are_told_apart() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("s");
        let socket = Endpoint::Unix(path.clone());
        assert_eq!(attempt(&socket).unwrap_err().kind(), io::ErrorKind::NotFound);
        let listener = UnixListener::bind(&path).unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 17]).unwrap();
            stream.write_all(b"220 mx ESMTP\r\n").unwrap();
        });
        assert_eq!(attempt(&socket).unwrap_err().kind(), io::ErrorKind::InvalidData);
        other.join().unwrap();
        assert_eq!(attempt(&socket).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
