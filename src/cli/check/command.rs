//! Other programs, run without a shell and for a limited time.
//!
//! Diagnostics: a program that is missing, or is not done in time, is an error that names it; one that fails
//! is an output whose status says so.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A table on a server that is away can hold postmap(1) for very long.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs a program of Postfix's. These are in /usr/sbin, which is on no user's path but root's.
pub fn run(program: &str, arguments: &[&str]) -> io::Result<Output> {
    match attempt(program, arguments) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => attempt(&format!("/usr/sbin/{program}"), arguments),
        other => other,
    }
    .map_err(|e| io::Error::new(e.kind(), format!("{program}: {e}")))
}

fn attempt(program: &str, arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody waits any more if the time is over.
        let _ = send.send(child.wait_with_output());
    });
    receive.recv_timeout(LIMIT).unwrap_or_else(|_| {
        // The thread has not reaped it yet, or it would have answered: the id is still the child's.
        let _ = kill(pid, Signal::SIGKILL);
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("not done after {} s", LIMIT.as_secs())))
    })
}

/// What the program wrote to standard error, on one line.
pub fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).lines().map(str::trim).collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_program_is_named() {
        let error = run("no-such-program-here", &[]).expect_err("it is not there");
        assert!(error.to_string().starts_with("no-such-program-here: "), "{error}");
    }
}
