//! An HTTP server that keeps what is posted to it and answers what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// One request.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its first line.
    pub line: String,
    /// Its header, in lower case names.
    pub fields: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Posted {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct State {
    answers: Vec<String>,
    posted: Vec<Posted>,
}

/// The server; it ends with the test's process.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Hook {
    /// A server that answers `204 No Content`, after the answers given here: whole status lines without version.
    pub fn start(answers: &[&str]) -> Hook {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let answers = answers.iter().rev().map(|answer| (*answer).to_owned()).collect();
        let state = Arc::new((Mutex::new(State { answers, ..State::default() }), Condvar::new()));
        let hook = Hook { port: listener.local_addr().unwrap().port(), state };
        let served = hook.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| served.serve(stream)));
        hook
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut posted = Posted { line: line.trim().to_owned(), fields: Vec::new(), body: String::new() };
        loop {
            let mut field = String::new();
            reader.read_line(&mut field).unwrap();
            let Some((name, value)) = field.trim().split_once(':') else { break };
            posted.fields.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = posted.field("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        posted.body = String::from_utf8(body).unwrap();
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        let answer = state.answers.pop().unwrap_or_else(|| "204 No Content".into());
        state.posted.push(posted);
        let text = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        reader.get_mut().write_all(text.as_bytes()).unwrap_or_default();
        changed.notify_all();
    }

    /// Waits for so many requests.
    pub fn wait(&self, count: usize) -> Vec<Posted> {
        let (state, changed) = &*self.state;
        let until = Instant::now() + Duration::from_secs(60);
        let mut state = state.lock().unwrap();
        while state.posted.len() < count {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {count} posts: {:?}", state.posted);
            state = changed.wait_timeout(state, left).unwrap().0;
        }
        state.posted.clone()
    }
}
