//! An SMTP server that keeps what it takes and fails where it is told to; with a certificate it speaks TLS.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What it does with the next command of that name (`CONNECT`, `MAIL`, `RCPT`, `DATA`, `END`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers this.
    Reply(&'static str, String),
    /// Closes the line without a word.
    Close(&'static str),
    /// Says nothing for ever.
    Stall(&'static str),
    /// Takes the message at `END`, and closes instead of saying so.
    TakeAndClose,
}

impl Fault {
    fn command(&self) -> &'static str {
        match self {
            Fault::Reply(command, _) | Fault::Close(command) | Fault::Stall(command) => command,
            Fault::TakeAndClose => "END",
        }
    }
}

/// A message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// MAIL's argument, with its parameters.
    pub mail: String,
    /// RCPT's.
    pub rcpt: String,
    /// Header and body, dots undone, CRLF at the ends.
    pub message: String,
    /// Its number among the connections.
    pub connection: usize,
}

impl Taken {
    /// The first field of that name, unfolded.
    pub fn field(&self, name: &str) -> Option<String> {
        let header = self.message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let field = header
            .lines()
            .find(|line| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name)))?;
        Some(field.split_once(':').unwrap().1.trim().to_owned())
    }
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<Fault>,
    taken: Vec<Taken>,
    connections: usize,
    commands: Vec<String>,
    clear: Vec<String>,
    security: Option<Security>,
    lines: Vec<TcpStream>,
    stopped: bool,
}

/// How it speaks TLS.
#[derive(Debug, Clone)]
struct Security {
    config: Arc<ServerConfig>,
    /// From the first octet, or else by STARTTLS.
    at_once: bool,
    /// What somebody in between says behind the reply to STARTTLS, in the clear.
    meddled: &'static str,
}

/// A running sink; it stops when dropped.
#[derive(Debug)]
pub struct Sink {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Sink {
    /// On a free port.
    pub fn start() -> Sink {
        Sink::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
    }

    /// On that port.
    pub fn start_on(port: u16) -> Sink {
        Sink::on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap())
    }

    fn on(listener: TcpListener) -> Sink {
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let state = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut guard = state.0.lock().unwrap();
                if guard.stopped {
                    return;
                }
                guard.connections += 1;
                let number = guard.connections;
                drop(guard);
                let state = Arc::clone(&state);
                // A session ends where its client goes away.
                std::thread::spawn(move || {
                    let line = stream.try_clone()?;
                    Session { number, state }.run(stream).ok();
                    // Whoever else has a hand on it.
                    line.shutdown(Shutdown::Both)
                });
            }
        });
        Sink { port, shared }
    }

    /// Speaks TLS from now on, with the certificate and key in that file: from the first octet, or after STARTTLS.
    pub fn secure(&self, certificate: &Path, at_once: bool) {
        self.speak(Some(Security { config: server_config(certificate), at_once, meddled: "" }));
    }

    /// Has somebody in between say that in the clear behind the reply to STARTTLS, in the same segment.
    pub fn meddle(&self, said: &'static str) {
        self.state().security.as_mut().expect("it speaks TLS").meddled = said;
    }

    /// Speaks no TLS any more.
    pub fn expose(&self) {
        self.speak(None);
    }

    /// On new connections: those that there are end.
    fn speak(&self, security: Option<Security>) {
        let mut state = self.state();
        state.security = security;
        for line in state.lines.drain(..) {
            line.shutdown(Shutdown::Both).ok();
        }
    }

    /// All commands so far that came in the clear.
    pub fn clear(&self) -> Vec<String> {
        self.state().clear.clone()
    }

    /// Has the next commands fail, each once, in this order.
    pub fn fail(&self, faults: &[Fault]) {
        self.state().faults.extend_from_slice(faults);
    }

    /// What it took so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// All commands so far.
    pub fn commands(&self) -> Vec<String> {
        self.state().commands.clone()
    }

    /// Waits until it has taken so many.
    pub fn wait(&self, count: usize) -> Vec<Taken> {
        let end = Instant::now() + Duration::from_secs(60);
        let mut guard = self.state();
        while guard.taken.len() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{count} messages waited for in vain: {:?}", guard.commands);
            guard = self.shared.1.wait_timeout(guard, left).unwrap().0;
        }
        guard.taken.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.state().stopped = true;
        self.shared.1.notify_all();
        TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).ok();
    }
}

struct Session {
    number: usize,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Session {
    fn run(self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let security = {
            let mut state = self.state.0.lock().unwrap();
            state.lines.push(stream.try_clone()?);
            state.security.clone()
        };
        let mut line = BufReader::new(Line::Clear(stream));
        if let Some(security) = security.as_ref().filter(|security| security.at_once) {
            line = BufReader::new(line.into_inner().secure(security)?);
        }
        let (mut mail, mut rcpt) = (String::new(), String::new());
        let Some(reply) = self.answer("CONNECT", "220 sink ESMTP") else { return Ok(()) };
        say(&mut line, &reply)?;
        loop {
            let mut said = String::new();
            if line.by_ref().take(4096).read_line(&mut said)? == 0 {
                return Ok(());
            }
            let said = said.trim_end();
            let is_clear = matches!(line.get_ref(), Line::Clear(_));
            let verb = self.note(said, is_clear);
            if let Some(security) = security.as_ref().filter(|_| verb == "STARTTLS" && is_clear) {
                say(&mut line, &format!("220 2.0.0 go on\r\n{}", security.meddled))?;
                line = BufReader::new(line.into_inner().secure(security)?);
                continue;
            }
            let good = match verb.as_str() {
                "EHLO" if is_clear && security.is_some() => {
                    "250-sink\r\n250-STARTTLS\r\n250-8BITMIME\r\n250 AUTH PLAIN"
                }
                "EHLO" => "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN",
                "AUTH" => "235 2.7.0 welcome",
                "DATA" => "354 go on",
                "QUIT" => {
                    say(&mut line, "221 bye")?;
                    return Ok(());
                }
                _ => "250 2.0.0 Ok",
            };
            let Some(reply) = self.answer(&verb, good) else { return Ok(()) };
            match verb.as_str() {
                "MAIL" => mail = said["MAIL FROM:".len()..].to_owned(),
                "RCPT" => rcpt = said["RCPT TO:".len()..].to_owned(),
                _ => {}
            }
            say(&mut line, &reply)?;
            if verb != "DATA" || !reply.starts_with("354") {
                continue;
            }
            let message = content(&mut line)?;
            let taken = Taken { mail: mail.clone(), rcpt: rcpt.clone(), message, connection: self.number };
            let id = self.state.0.lock().unwrap().taken.len();
            let close = self.state.0.lock().unwrap().faults.first() == Some(&Fault::TakeAndClose);
            let reply = match close {
                true => None,
                false => self.answer("END", &format!("250 2.0.0 Ok: queued as 4F{id:05X}")),
            };
            if close || reply.as_ref().is_some_and(|reply| reply.starts_with("250")) {
                let mut state = self.state.0.lock().unwrap();
                if close {
                    state.faults.remove(0);
                }
                state.taken.push(taken);
                self.state.1.notify_all();
            }
            let Some(reply) = reply else { return Ok(()) };
            say(&mut line, &reply)?;
        }
    }

    /// Notes what was said, and returns its verb.
    fn note(&self, said: &str, is_clear: bool) -> String {
        let mut state = self.state.0.lock().unwrap();
        state.commands.push(said.to_owned());
        if is_clear {
            state.clear.push(said.to_owned());
        }
        said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase()
    }

    /// The answer to a command; `None`: the line is closed.
    fn answer(&self, command: &str, good: &str) -> Option<String> {
        let mut state = self.state.0.lock().unwrap();
        if state.faults.first().is_none_or(|fault| fault.command() != command) {
            return Some(good.to_owned());
        }
        match state.faults.remove(0) {
            Fault::Reply(_, reply) => Some(reply),
            Fault::Close(_) | Fault::TakeAndClose => None,
            Fault::Stall(_) => {
                while !state.stopped {
                    state = self.state.1.wait(state).unwrap();
                }
                None
            }
        }
    }
}

fn say(line: &mut BufReader<Line>, reply: &str) -> io::Result<()> {
    // A reply that ends with more of them is as it is wanted.
    let end = if reply.ends_with("\r\n") { "" } else { "\r\n" };
    line.get_mut().write_all(format!("{reply}{end}").as_bytes())?;
    line.get_mut().flush()
}

/// A connection, in the clear or inside TLS.
enum Line {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    fn secure(self, security: &Security) -> io::Result<Line> {
        let Line::Clear(mut stream) = self else { return Ok(self) };
        let mut tls = ServerConnection::new(Arc::clone(&security.config)).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut stream)?;
        }
        Ok(Line::Tls(Box::new(StreamOwned::new(tls, stream))))
    }
}

impl Read for Line {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self {
            Line::Clear(stream) => stream.read(octets),
            Line::Tls(stream) => stream.read(octets),
        }
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Line::Clear(stream) => stream.write(octets),
            Line::Tls(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Line::Clear(stream) => stream.flush(),
            Line::Tls(stream) => stream.flush(),
        }
    }
}

fn server_config(file: &Path) -> Arc<ServerConfig> {
    let pem = std::fs::read(file).unwrap();
    let certificates = CertificateDer::pem_slice_iter(&pem).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(&pem).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(certificates, key).unwrap())
}

/// A message up to its final dot.
fn content(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(String::from_utf8_lossy(&message).into_owned());
        }
        let line = if line.starts_with(b".") { &line[1..] } else { &line[..] };
        message.extend_from_slice(line);
    }
}
