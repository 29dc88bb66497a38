//! A client that hands one message to an SMTP server: plain, one recipient, the null sender. No TLS and no
//! login: it stands for a stranger.
//!
//! Diagnostics: an error names the command that was refused and quotes the reply.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longest wait for one reply: a filter may think for a while at the end of the message.
const LIMIT: Duration = Duration::from_secs(60);
/// Longest reply that is read.
const REPLY_MAX: u64 = 64 * 1024;

/// Sends `message`, whose lines end with CRLF and do not begin with a dot. Returns the last reply.
pub fn send(server: &str, to: &str, message: &[u8]) -> io::Result<String> {
    let mut addresses = server.to_socket_addrs().map_err(|e| told(server, &e.to_string()))?;
    let address = addresses.next().ok_or_else(|| told(server, "it has no address"))?;
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))
        .map_err(|e| told(&format!("connecting to {server}"), &e.to_string()))?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut session = BufReader::new(stream);
    expect(&mut session, "the greeting", 220)?;
    for (command, code) in [
        ("EHLO localhost.localdomain".to_owned(), 250),
        ("MAIL FROM:<>".to_owned(), 250),
        (format!("RCPT TO:<{to}>"), 250),
        ("DATA".to_owned(), 354),
    ] {
        session.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        expect(&mut session, &command, code)?;
    }
    session.get_mut().write_all(&[message, b".\r\n"].concat())?;
    let reply = expect(&mut session, "the message", 250)?;
    // It has taken the message; it need not hear the farewell.
    let _ = session.get_mut().write_all(b"QUIT\r\n");
    Ok(reply)
}

fn expect(session: &mut BufReader<TcpStream>, what: &str, code: u16) -> io::Result<String> {
    let mut text = String::new();
    let mut reply = session.by_ref().take(REPLY_MAX);
    loop {
        let mut line = Vec::new();
        if reply.read_until(b'\n', &mut line)? == 0 {
            return Err(told(what, "the server closed the connection"));
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let last = line.as_bytes().get(3) != Some(&b'-');
        text.push_str(&line);
        if last {
            break;
        }
        text.push(' ');
    }
    match text.get(..3).and_then(|digits| digits.parse::<u16>().ok()) {
        Some(found) if found == code => Ok(text),
        _ => Err(told(what, &format!("the server says {text}"))),
    }
}

fn told(what: &str, why: &str) -> io::Error {
    io::Error::other(format!("{what}: {why}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn refusal_names_the_command_and_quotes_the_reply() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap().to_string();
        let other = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut session = BufReader::new(stream);
            for reply in
                ["220 mx\r\n", "250-mx\r\n250 SIZE\r\n", "250 ok\r\n", "550-5.7.1 no\r\n550 5.7.1 never\r\n"]
            {
                session.get_mut().write_all(reply.as_bytes()).unwrap();
                session.read_line(&mut String::new()).unwrap();
            }
        });
        let error = send(&server, "info@crm.test", b"").unwrap_err().to_string();
        assert_eq!(error, "RCPT TO:<info@crm.test>: the server says 550-5.7.1 no 550 5.7.1 never");
        other.join().unwrap();
    }
}
