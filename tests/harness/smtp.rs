//! A small SMTP client that says exactly what it is told and remembers every reply.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
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
    reader: BufReader<TcpStream>,
    /// Every reply since the connection was opened.
    pub replies: Vec<Reply>,
}

impl Client {
    /// Connects, reads the banner, says EHLO.
    pub fn connect(port: u16) -> Client {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Client { reader: BufReader::new(stream), replies: Vec::new() };
        assert!(client.reply().good(), "banner: {:?}", client.replies);
        assert!(client.command("EHLO client.example").good());
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

    /// A whole transaction. Refused recipients are noted; with none left there is no DATA.
    pub fn send(&mut self, from: &str, to: &[&str], message: &[u8]) -> Sent {
        let mail = self.command(&format!("MAIL FROM:<{from}>"));
        let rcpts: Vec<_> = to.iter().map(|to| self.command(&format!("RCPT TO:<{to}>"))).collect();
        let mut data = self.command("DATA");
        if data.code == 354 {
            self.write(&dotted(message));
            data = self.reply();
        }
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
