//! An SMTP server that keeps what it takes and fails where it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
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
    stopped: bool,
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
                std::thread::spawn(move || Session { number, state }.run(stream).ok());
            }
        });
        Sink { port, shared }
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
        self.shared.0.lock().unwrap()
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
    fn run(self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut writer = stream.try_clone()?;
        let mut reader = BufReader::new(stream);
        let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes());
        let (mut mail, mut rcpt) = (String::new(), String::new());
        let Some(reply) = self.answer("CONNECT", "220 sink ESMTP") else { return Ok(()) };
        say(&reply)?;
        loop {
            let mut line = String::new();
            if reader.by_ref().take(4096).read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            self.state.0.lock().unwrap().commands.push(line.to_owned());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let good = match verb.as_str() {
                "EHLO" => "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN",
                "AUTH" => "235 2.7.0 welcome",
                "DATA" => "354 go on",
                "QUIT" => {
                    say("221 bye")?;
                    return Ok(());
                }
                _ => "250 2.0.0 Ok",
            };
            let Some(reply) = self.answer(&verb, good) else { return Ok(()) };
            match verb.as_str() {
                "MAIL" => mail = line["MAIL FROM:".len()..].to_owned(),
                "RCPT" => rcpt = line["RCPT TO:".len()..].to_owned(),
                _ => {}
            }
            say(&reply)?;
            if verb != "DATA" || !reply.starts_with("354") {
                continue;
            }
            let message = content(&mut reader)?;
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
            say(&reply)?;
        }
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
