//! Another company's milter beside ours: it does what it is told and remembers what it saw.
//!
//! Speaks version 6 of the protocol on a loopback port, without libmilter; a thread for each session.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What it does with a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Lets it through.
    #[default]
    Accept,
    /// Refuses each recipient of this name.
    RefuseRcpt(String),
    /// `550 5.7.1` at end of message.
    Reject,
    /// `451 4.7.1` at end of message.
    Tempfail,
    /// Puts these fields on top, the last one uppermost, and lets it through.
    Prepend(Vec<(String, String)>),
    /// Adds this field below all others, as spamass-milter and rspamd do, and lets it through.
    Append(String, String),
}

#[derive(Debug, Default)]
struct State {
    /// What is done with the next messages, the first one first; afterwards everything is let through.
    verdicts: Vec<Verdict>,
    ends: usize,
    fields: Vec<(String, String)>,
}

/// A running milter.
#[derive(Debug)]
pub struct Milter {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Milter {
    /// Starts one that lets everything through.
    pub fn start() -> Milter {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                // A session ends with an error where Postfix goes away.
                std::thread::spawn(move || Session { stream, state }.run().ok());
            }
        });
        Milter { port, state }
    }

    /// Its place in `smtpd_milters`.
    pub fn endpoint(&self) -> String {
        format!("{{ inet:127.0.0.1:{}, default_action=tempfail }}", self.port)
    }

    /// What shall become of the next messages.
    pub fn expect(&self, verdicts: &[Verdict]) {
        self.state().verdicts = verdicts.to_vec();
    }

    /// How many messages it saw the end of.
    pub fn ends(&self) -> usize {
        self.state().ends
    }

    /// The header fields of the last message.
    pub fn fields(&self) -> Vec<(String, String)> {
        self.state().fields.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

struct Session {
    stream: TcpStream,
    state: Arc<Mutex<State>>,
}

impl Session {
    fn run(mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        loop {
            let (letter, data) = self.packet()?;
            match letter {
                b'O' => self.send(b'O', &[6u32, 1, 0].map(u32::to_be_bytes).concat())?,
                b'D' | b'A' => {}
                b'Q' => return Ok(()),
                b'E' => self.end()?,
                b'R' => {
                    let refused = match self.state.lock().unwrap().verdicts.first() {
                        Some(Verdict::RefuseRcpt(name)) => data.starts_with(format!("<{name}>").as_bytes()),
                        _ => false,
                    };
                    self.send(if refused { b'r' } else { b'c' }, b"")?;
                }
                b'L' => {
                    let mut parts =
                        data.split(|b| *b == 0).map(|part| String::from_utf8_lossy(part).into_owned());
                    let field = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                    self.state.lock().unwrap().fields.push(field);
                    self.send(b'c', b"")?;
                }
                b'M' => {
                    self.state.lock().unwrap().fields.clear();
                    self.send(b'c', b"")?;
                }
                _ => self.send(b'c', b"")?,
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        let verdict = {
            let mut state = self.state.lock().unwrap();
            state.ends += 1;
            if state.verdicts.is_empty() { Verdict::Accept } else { state.verdicts.remove(0) }
        };
        match verdict {
            Verdict::Accept | Verdict::RefuseRcpt(_) => self.send(b'a', b""),
            Verdict::Reject => self.send(b'y', b"550 5.7.1 not with us\0"),
            Verdict::Tempfail => self.send(b'y', b"451 4.7.1 try later\0"),
            Verdict::Prepend(fields) => {
                for (name, value) in fields {
                    let insert = [&0u32.to_be_bytes()[..], name.as_bytes(), b"\0", value.as_bytes(), b"\0"];
                    self.send(b'i', &insert.concat())?;
                }
                self.send(b'a', b"")
            }
            Verdict::Append(name, value) => {
                self.send(b'h', &[name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat())?;
                self.send(b'a', b"")
            }
        }
    }

    fn packet(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut data = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut data)?;
        if data.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok((data.remove(0), data))
    }

    fn send(&mut self, letter: u8, data: &[u8]) -> io::Result<()> {
        let length = u32::try_from(data.len() + 1).unwrap().to_be_bytes();
        self.stream.write_all(&[&length[..], &[letter], data].concat())
    }
}
