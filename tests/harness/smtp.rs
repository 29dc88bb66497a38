//! A small SMTP client that says exactly what it is told and remembers every reply.

use super::tls;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// One reply, continuation lines joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// `250`.
    pub code: u16,
    /// All that follows the code.
    pub text: String,
}

impl Reply {
    /// 2xx or 3xx.
    pub fn good(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// The queue id of `250 2.0.0 Ok: queued as 4F…`.
    pub fn queue_id(&self) -> Option<&str> {
        self.text.rsplit_once("queued as ").map(|(_, id)| id.trim())
    }
}

/// A message to send.
#[derive(Debug, Clone)]
pub struct Mail<'a> {
    /// Envelope sender, without brackets.
    pub from: &'a str,
    /// Recipients, without brackets.
    pub to: Vec<&'a str>,
    /// Header and body, any line ends.
    pub message: Vec<u8>,
    /// The login that the client has, through XCLIENT.
    pub login: Option<&'a str>,
    /// The client's address, through XCLIENT.
    pub client: Option<&'a str>,
}

impl<'a> Mail<'a> {
    /// A message from a stranger outside.
    pub fn new(from: &'a str, to: &[&'a str], message: impl AsRef<[u8]>) -> Mail<'a> {
        let message = message.as_ref().to_vec();
        Mail { from, to: to.to_vec(), message, login: None, client: Some("203.0.113.9") }
    }

    /// The same from a colleague who logged in.
    pub fn login(mut self, login: &'a str) -> Mail<'a> {
        self.login = Some(login);
        self
    }
}

/// Every reply of one transaction.
#[derive(Debug, Clone)]
pub struct Sent {
    /// To MAIL.
    pub mail: Reply,
    /// To each RCPT, in order.
    pub rcpts: Vec<Reply>,
    /// To the end of the data; to DATA if that was refused.
    pub data: Reply,
}

impl Sent {
    /// Whether the message was taken for every recipient.
    pub fn accepted(&self) -> bool {
        self.mail.good() && self.rcpts.iter().all(Reply::good) && self.data.code == 250
    }

    /// The queue id; panics if the message was not taken.
    pub fn queue_id(&self) -> &str {
        self.data.queue_id().unwrap_or_else(|| panic!("not queued: {self:?}"))
    }
}

/// An open session.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<Wire>,
    /// Every reply since the connection was opened.
    pub replies: Vec<Reply>,
}

/// What a session runs over.
#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    Tls(tls::Tunnel),
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.read(buffer),
            Wire::Tls(tunnel) => tunnel.stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.write(bytes),
            Wire::Tls(tunnel) => tunnel.stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Client {
    /// Connects, reads the banner, says EHLO.
    pub fn connect(port: u16) -> Client {
        let mut client = Client::connect_silently(port);
        assert!(client.command("EHLO client.example").good());
        client
    }

    /// Connects, reads the banner, and says nothing yet.
    pub fn connect_silently(port: u16) -> Client {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        stream.set_nodelay(true).unwrap();
        let reader = BufReader::new(Wire::Plain(stream));
        let mut client = Client { reader, replies: Vec::new() };
        assert!(client.reply().good(), "banner: {:?}", client.replies);
        client
    }

    /// Connects with STARTTLS and, where `certificate` is a file of [`tls::Authority`], that certificate.
    pub fn connect_tls(port: u16, certificate: Option<&Path>) -> Client {
        let tunnel = tls::Tunnel::open(port, certificate);
        let mut client = Client { reader: BufReader::new(Wire::Tls(tunnel)), replies: Vec::new() };
        assert!(client.command("EHLO client.example").good(), "{:?}", client.replies);
        client
    }

    /// Connects as another client: `address` and `login` as Postfix shall see them.
    pub fn connect_as(port: u16, address: Option<&str>, login: Option<&str>) -> Client {
        let mut client = Client::connect(port);
        let mut attributes = String::new();
        if let Some(address) = address {
            attributes.push_str(&format!(" ADDR={address} NAME=[UNAVAILABLE]"));
        }
        if let Some(login) = login {
            attributes.push_str(&format!(" LOGIN={login}"));
        }
        if !attributes.is_empty() {
            assert!(client.command(&format!("XCLIENT{attributes}")).good(), "{:?}", client.replies);
            assert!(client.command("EHLO client.example").good());
        }
        client
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.reader.get_mut().write_all(bytes).unwrap();
    }

    /// Reads one reply; a closed connection is `421`.
    pub fn reply(&mut self) -> Reply {
        let (mut code, mut text) = (421, String::from("connection closed"));
        let mut first = true;
        loop {
            let mut line = String::new();
            let read = self.reader.read_line(&mut line);
            if read.is_err() || line.len() < 4 {
                break;
            }
            code = line[..3].parse().unwrap_or(0);
            if std::mem::take(&mut first) {
                text.clear();
            } else {
                text.push('\n');
            }
            text.push_str(line[4..].trim_end());
            if line.as_bytes()[3] == b' ' {
                break;
            }
        }
        let reply = Reply { code, text };
        self.replies.push(reply.clone());
        reply
    }

    /// One command and its reply.
    pub fn command(&mut self, line: &str) -> Reply {
        self.write(format!("{line}\r\n").as_bytes());
        self.reply()
    }

    /// Commands in one packet, and their replies.
    pub fn pipeline(&mut self, lines: &[&str]) -> Vec<Reply> {
        self.write((lines.join("\r\n") + "\r\n").as_bytes());
        lines.iter().map(|_| self.reply()).collect()
    }

    /// Logs in with SASL's PLAIN.
    pub fn auth_plain(&mut self, login: &str, password: &str) -> Reply {
        self.command(&format!("AUTH PLAIN {}", base64(format!("\0{login}\0{password}").as_bytes())))
    }

    /// Logs in with LOGIN.
    pub fn auth_login(&mut self, login: &str, password: &str) -> Reply {
        if self.command("AUTH LOGIN").code == 334 && self.command(&base64(login.as_bytes())).code == 334 {
            self.command(&base64(password.as_bytes()));
        }
        self.replies.last().expect("there was a reply").clone()
    }

    /// One chunk of a message, as it is.
    pub fn bdat(&mut self, chunk: &[u8], last: bool) -> Reply {
        let command = format!("BDAT {}{}\r\n", chunk.len(), if last { " LAST" } else { "" });
        self.write(&[command.as_bytes(), chunk].concat());
        self.reply()
    }

    /// The end of a message whose envelope was taken: DATA and its content.
    pub fn data(&mut self, message: &[u8]) -> Reply {
        let reply = self.command("DATA");
        if reply.code != 354 {
            return reply;
        }
        self.write(&dotted(message));
        self.reply()
    }

    /// A whole transaction. Refused recipients are noted; with none left there is no DATA.
    pub fn send(&mut self, from: &str, to: &[&str], message: &[u8]) -> Sent {
        let mail = self.command(&format!("MAIL FROM:<{from}>"));
        let rcpts: Vec<_> = to.iter().map(|to| self.command(&format!("RCPT TO:<{to}>"))).collect();
        let data = self.data(message);
        Sent { mail, rcpts, data }
    }
}

/// Connects, sends, leaves.
pub fn send(port: u16, mail: &Mail<'_>) -> Sent {
    let mut client = Client::connect_as(port, mail.client, mail.login);
    let sent = client.send(mail.from, &mail.to, &mail.message);
    client.write(b"QUIT\r\n");
    sent
}

/// The message with CRLF line ends, doubled dots and the final dot. Bare CR and NUL stay.
pub fn dotted(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for line in message.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// RFC 4648.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, n| word << 8 | u32::from(*three.get(n).unwrap_or(&0)));
        for n in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * n)) as usize & 63];
            out.push(if n <= three.len() { letter.into() } else { '=' });
        }
    }
    out
}
