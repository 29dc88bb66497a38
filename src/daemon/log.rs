//! Logging in Postfix's manner: `crm-milter[pid]: warning: text`, to syslog's mail facility, to standard
//! error, or to both. Control characters in a line are shown as `?`.
//!
//! A log never blocks the program: the syslog socket is non-blocking, and a line that it does not take is
//! dropped and counted in the next one that it does.

use ::log::{Level, LevelFilter, Log, Metadata, Record};
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use syslog::{Facility, LogFormat, Logger, LoggerBackend, Severity};

/// Where lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Syslog's mail facility.
    Syslog,
    /// Standard error.
    Stderr,
    /// Both.
    Both,
}

/// Sets the program's logger and a panic hook that logs; once per process. Without a syslog daemon the lines
/// for it are dropped until there is one.
pub fn init(program: &str, target: Target, level: LevelFilter) {
    let syslog = (target != Target::Stderr).then(|| Mutex::new(Syslog::new(program, Path::new("/dev/log"))));
    let stderr = (target != Target::Syslog).then(|| program.to_owned());
    if ::log::set_boxed_logger(Box::new(Lines { syslog, stderr, level })).is_ok() {
        ::log::set_max_level(level);
    }
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
        let thread = std::thread::current();
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("");
        // A panic may quote the mail that it happened on: enough to find the fault, no more.
        let text: String = text.chars().take(120).collect();
        ::log::error!("panic in thread {}{place}: {text}", thread.name().unwrap_or("?"));
    }));
}

#[derive(Debug)]
struct Lines {
    syslog: Option<Mutex<Syslog>>,
    stderr: Option<String>,
    level: LevelFilter,
}

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Other crates speak of their own affairs below a warning.
        metadata.level() <= self.level
            && (metadata.level() <= Level::Warn || metadata.target().starts_with("crm"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = line(record);
        if let Some(program) = &self.stderr {
            // There is nowhere left to complain.
            let _ = writeln!(io::stderr(), "{program}[{}]: {line}", std::process::id());
        }
        if let Some(syslog) = &self.syslog {
            lock(syslog).send(record.level(), &line);
        }
    }

    fn flush(&self) {}
}

fn line(record: &Record<'_>) -> String {
    let prefix = match record.level() {
        Level::Error => "error: ",
        Level::Warn => "warning: ",
        Level::Info => "",
        Level::Debug | Level::Trace => "debug: ",
    };
    let text = format!("{prefix}{}", record.args());
    if text.contains(char::is_control) {
        return text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    }
    text
}

fn lock(syslog: &Mutex<Syslog>) -> MutexGuard<'_, Syslog> {
    syslog.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Syslog {
    path: PathBuf,
    format: Rfc3164,
    logger: Option<Logger<LoggerBackend, Rfc3164>>,
    dropped: u64,
}

impl std::fmt::Debug for Syslog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Syslog").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Syslog {
    fn new(program: &str, path: &Path) -> Syslog {
        let format = Rfc3164 { program: program.to_owned() };
        Syslog { path: path.to_owned(), format, logger: None, dropped: 0 }
    }

    fn send(&mut self, level: Level, line: &str) {
        if self.dropped > 0 {
            let text = format!("warning: {} log lines dropped", self.dropped);
            if self.try_send(Level::Warn, &text) {
                self.dropped = 0;
            }
        }
        // Twice: the syslog daemon may have been started again since.
        if !self.try_send(level, line) && !self.try_send(level, line) {
            self.dropped += 1;
        }
    }

    fn try_send(&mut self, level: Level, line: &str) -> bool {
        if self.logger.is_none() {
            self.logger = connect(&self.path, self.format.clone()).ok();
        }
        let Some(logger) = self.logger.as_mut() else { return false };
        let sent = match level {
            Level::Error => logger.err(line),
            Level::Warn => logger.warning(line),
            Level::Info => logger.info(line),
            Level::Debug | Level::Trace => logger.debug(line),
        };
        if sent.is_err() {
            self.logger = None;
        }
        sent.is_ok()
    }
}

fn connect(path: &Path, format: Rfc3164) -> io::Result<Logger<LoggerBackend, Rfc3164>> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_nonblocking(true)?;
    Ok(Logger::new(LoggerBackend::Unix(socket), format))
}

/// The traditional line. The crate's own formatter writes the time in UTC, which syslog daemons take for
/// local time.
#[derive(Debug, Clone)]
struct Rfc3164 {
    program: String,
}

impl<T: std::fmt::Display> LogFormat<T> for Rfc3164 {
    fn format<W: Write>(&self, out: &mut W, severity: Severity, message: T) -> syslog::Result<()> {
        let priority = Facility::LOG_MAIL as u8 | severity as u8;
        let now = jiff::Zoned::now().strftime("%b %e %H:%M:%S").to_string();
        write!(out, "<{priority}>{now} {}[{}]: {message}", self.program, std::process::id())
            .map_err(syslog::Error::Write)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn line_reaches_syslog_and_again_after_its_restart() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("log");
        let mut syslog = Syslog::new("crm-milter", &path);
        syslog.send(Level::Info, "nobody hears this");
        for round in 0..2 {
            let _ = std::fs::remove_file(&path);
            let daemon = UnixDatagram::bind(&path).unwrap();
            syslog.send(Level::Warn, &format!("warning: round {round}"));
            let mut lines = Vec::new();
            let mut buffer = [0; 500];
            daemon.set_nonblocking(true).unwrap();
            while let Ok(n) = daemon.recv(&mut buffer) {
                lines.push(String::from_utf8_lossy(&buffer[..n]).into_owned());
            }
            let last = lines.last().unwrap();
            assert!(last.starts_with("<20>") && last.contains("crm-milter["), "{last}");
            assert!(last.ends_with(&format!("]: warning: round {round}")), "{last}");
            assert_eq!(lines.len(), 2 - round, "the loss is told once");
        }
    }

    #[test]
    fn hostile_text_stays_on_one_line() {
        let args = format_args!("a\r\nb\x1b[31m");
        let record = Record::builder().level(Level::Warn).args(args).build();
        assert_eq!(line(&record), "warning: a??b?[31m");
    }
}
