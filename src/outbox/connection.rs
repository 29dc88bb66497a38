//! A connection to the SMTP server: commands and replies, in the clear or inside TLS.
//!
//! lettre's commands and replies, but not its connection: that keeps what it had read ahead when TLS begins,
//! so that replies which somebody in between sends behind the 220 to STARTTLS would be taken for the server's own
//! inside TLS. Here nothing may be left over whenever something is said.
//!
//! DIAGNOSTICS: a [`Fault`] in words that say what to do; of what the server says, its own words. Where TLS is
//! wanted, nothing but EHLO and STARTTLS leaves before the certificate was found good.

use super::field;
use super::send::{Server, Tls};
use super::stream::{Stream, words};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::commands::{Auth, Ehlo, Quit, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use lettre::transport::smtp::response::{Response, Severity};
use std::fmt::Display;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::time::Duration;

/// Octets of one line of a reply.
const LONGEST_LINE: u64 = 1000;
/// Octets of a whole reply.
const LONGEST_REPLY: usize = 100_000;
/// Questions of one login.
const CHALLENGES: usize = 10;
/// How long the server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server says no.
    Refused(Response),
    /// Something else; in words.
    Broken(String),
}

impl Fault {
    /// The code of the server's reply.
    pub(super) fn code(&self) -> Option<String> {
        match self {
            Fault::Refused(reply) => Some(reply.code().to_string()),
            Fault::Broken(_) => None,
        }
    }

    /// Whether the server says so for ever.
    pub(super) fn is_permanent(&self) -> bool {
        matches!(self, Fault::Refused(reply)
            if reply.code().severity == Severity::PermanentNegativeCompletion)
    }

    /// The server's reply.
    pub(super) fn reply(&self) -> Option<String> {
        match self {
            Fault::Refused(reply) => Some(shown(reply)),
            Fault::Broken(_) => None,
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Refused(reply) => f.write_str(&shown(reply)),
            Fault::Broken(why) => f.write_str(why),
        }
    }
}

/// A reply on one line; an enhanced status code (RFC 2034) that each of its lines begins with stands there once.
pub(super) fn shown(reply: &Response) -> String {
    let first = reply.first_word().filter(|word| {
        let mut parts = word.split('.');
        parts.clone().count() == 3 && parts.all(|part| part.parse::<u16>().is_ok())
    });
    let mut text = reply.code().to_string();
    for (position, line) in reply.message().enumerate() {
        let repeated = first.filter(|_| position > 0).and_then(|code| line.strip_prefix(code));
        let line = repeated.filter(|rest| rest.starts_with(' ')).unwrap_or(line);
        text.push(' ');
        text.push_str(line.trim_start());
    }
    one_line(&text)
}

fn one_line(text: &str) -> String {
    field::clean(text).chars().take(1000).collect()
}

/// An open one.
pub(super) struct Connection {
    stream: BufReader<Stream>,
    info: ServerInfo,
    timeout: Duration,
}

impl Connection {
    /// Connects, and greets; inside TLS where that is wanted.
    pub(super) fn open(server: &Server) -> Result<Connection, Fault> {
        let timeout = server.timeout;
        let connect = || {
            let stream = Stream::connect(&server.host, server.port, timeout)?;
            stream.patience(timeout)?;
            if server.tls == Tls::Tls { stream.secure(&server.host) } else { Ok(stream) }
        };
        let stream = connect().map_err(|error| Fault::Broken(words(&error, timeout)))?;
        let info = ServerInfo::default();
        let mut connection = Connection { stream: BufReader::new(stream), info, timeout };
        connection.reply()?;
        connection.hello(&server.hello)?;
        if server.tls == Tls::Starttls {
            connection = connection.starttls(&server.host)?;
            connection.hello(&server.hello)?;
        }
        Ok(connection)
    }

    /// Whether the server can do that.
    pub(super) fn supports(&self, extension: Extension) -> bool {
        self.info.supports_feature(extension)
    }

    /// Says a command, and returns what the server answers if that is not a no.
    pub(super) fn command(&mut self, command: impl Display) -> Result<Response, Fault> {
        self.write(command.to_string().as_bytes())?;
        self.reply()
    }

    /// Sends a message whose lines end with CRLF, up to its final dot.
    pub(super) fn message(&mut self, message: &[u8]) -> Result<Response, Fault> {
        let mut data = Vec::with_capacity(message.len() + 64);
        for line in message.split_inclusive(|&octet| octet == b'\n') {
            if line.starts_with(b".") {
                data.push(b'.');
            }
            data.extend_from_slice(line);
        }
        if !data.ends_with(b"\r\n") {
            data.extend_from_slice(b"\r\n");
        }
        data.extend_from_slice(b".\r\n");
        self.write(&data)?;
        self.reply()
    }

    /// Logs in.
    pub(super) fn login(&mut self, login: &Credentials) -> Result<(), Fault> {
        let unknown = || Fault::Broken("it offers no login by AUTH PLAIN or LOGIN".to_owned());
        let mechanism = self.info.get_auth_mechanism(DEFAULT_MECHANISMS).ok_or_else(unknown)?;
        let broken = |error: lettre::transport::smtp::Error| Fault::Broken(one_line(&error.to_string()));
        let mut reply = self.command(Auth::new(mechanism, login.clone(), None).map_err(broken)?)?;
        for _ in 0..CHALLENGES {
            if !reply.has_code(334) {
                return Ok(());
            }
            let answer = Auth::new_from_response(mechanism, login.clone(), &reply).map_err(broken)?;
            reply = self.command(answer)?;
        }
        Err(Fault::Broken("it asks more for a login than anybody can answer".to_owned()))
    }

    /// Takes leave.
    pub(super) fn close(mut self) {
        // The answer changes nothing.
        let _ = self.stream.get_ref().patience(GOODBYE).is_ok() && self.command(Quit).is_ok();
    }

    fn hello(&mut self, name: &str) -> Result<(), Fault> {
        let reply = self.command(Ehlo::new(ClientId::Domain(name.to_owned())))?;
        let info = ServerInfo::from_response(&reply);
        self.info = info.map_err(|error| Fault::Broken(one_line(&error.to_string())))?;
        Ok(())
    }

    /// Goes over to TLS. What the server said before counts for nothing from there on.
    fn starttls(mut self, host: &str) -> Result<Connection, Fault> {
        if !self.supports(Extension::StartTls) {
            return Err(Fault::Broken(
                "it offers no STARTTLS, and nothing goes out without: have it offer that, or write tls = \"tls\" in \
                 [outbox] with the port where TLS begins at once"
                    .to_owned(),
            ));
        }
        let reply = self.command(Starttls)?;
        if !reply.has_code(220) {
            return Err(Fault::Refused(reply));
        }
        self.in_step()?;
        let timeout = self.timeout;
        let stream = self.stream.into_inner().secure(host);
        let stream = stream.map_err(|error| Fault::Broken(words(&error, timeout)))?;
        Ok(Connection { stream: BufReader::new(stream), info: ServerInfo::default(), timeout })
    }

    /// An answer that nobody asked for would be taken for that to what is said next.
    fn in_step(&self) -> Result<(), Fault> {
        if self.stream.buffer().is_empty() {
            return Ok(());
        }
        Err(Fault::Broken(
            "it answers more than it was asked: it is no SMTP server, or somebody in between meddles"
                .to_owned(),
        ))
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), Fault> {
        self.in_step()?;
        let stream = self.stream.get_mut();
        let written = stream.write_all(octets).and_then(|()| stream.flush());
        written.map_err(|error| Fault::Broken(words(&error, self.timeout)))
    }

    /// One reply, of as many lines as it has.
    fn reply(&mut self) -> Result<Response, Fault> {
        let broken = |why: &str| Err(Fault::Broken(why.to_owned()));
        let mut whole = String::new();
        loop {
            let mut line = Vec::new();
            let read = (&mut self.stream).take(LONGEST_LINE + 1).read_until(b'\n', &mut line);
            read.map_err(|error| Fault::Broken(words(&error, self.timeout)))?;
            if line.len() as u64 > LONGEST_LINE || whole.len() > LONGEST_REPLY {
                return broken("its reply is too long");
            }
            if !line.ends_with(b"\n") {
                return broken("connection closed by the server");
            }
            let line = String::from_utf8_lossy(&line);
            whole.push_str(line.trim_end_matches(['\r', '\n']));
            whole.push_str("\r\n");
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
        match whole.parse::<Response>() {
            Ok(reply) if reply.is_positive() => Ok(reply),
            Ok(reply) => Err(Fault::Refused(reply)),
            Err(_) => Err(Fault::Broken(one_line(&format!("it says what is no SMTP: {whole}")))),
        }
    }
}
